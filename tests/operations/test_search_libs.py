"""Search libraries: which there are, and what is found in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rpc import Reply, Rpc, invalid

from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"
DEFAULT = "ims-default-search-lib"
CONFIG = '{"faceGroupIds":"a,b,c"}'
INDEXES = [
    {"IndexReadiness": "Normal", "IndexStatus": "Active", "IndexType": kind}
    for kind in ("mm", "face", "aiLabel")
]
DONE = {"Code": "200", "Success": "true"}


def answer(rpc: Rpc, action: str, **parameters: str) -> dict[str, Any]:
    reply = rpc(action, **parameters)
    assert reply.status == 200, reply
    body: dict[str, Any] = dict(reply.json)
    del body["RequestId"]
    return body


def found(rpc: Rpc, lib: str) -> list[str]:
    reply = rpc("SearchMedia", SearchLibName=lib)
    assert reply.status == 200, reply
    return [media["MediaId"] for media in reply.json["MediaInfoList"]]


def insert(rpc: Rpc, url: str = URL, lib: str = "mine", **parameters: str) -> Reply:
    return rpc("InsertMediaToSearchLib", Input=url, SearchLibName=lib, **parameters)


def statuses(rpc: Rpc, media_id: str, lib: str = "mine") -> list[str]:
    body = answer(rpc, "QueryMediaIndexJob", MediaId=media_id, SearchLibName=lib)
    return [job["Status"] for job in body["IndexJobInfoList"]]


def config(lib: object) -> dict[str, str]:
    return {"RegisterConfig": json.dumps({"SearchLibName": lib})}


# ---------------------------------------------------------------- the libraries


def test_a_library_from_its_creation_to_its_end(rpc: Rpc) -> None:
    created = answer(rpc, "CreateSearchLib", SearchLibName="mine", SearchLibConfig=CONFIG)
    assert created == {**DONE, "SearchLibName": "mine"}
    shown = answer(rpc, "QuerySearchLib", SearchLibName="mine")
    info = {
        "IndexInfo": INDEXES, "SearchLibConfig": CONFIG, "SearchLibName": "mine",
        "Status": "normal",
    }  # fmt: skip
    assert shown == {**DONE, **info}
    listed = answer(rpc, "ListSearchLib")
    default = {"IndexInfo": INDEXES, "SearchLibName": DEFAULT, "Status": "normal"}
    assert listed == {**DONE, "SearchLibInfoList": [default, info], "Total": 2}
    altered = answer(rpc, "AlterSearchLib", SearchLibName="mine", SearchLibConfig="{}")
    assert altered == {**DONE, "SearchLibName": "mine"}
    assert answer(rpc, "QuerySearchLib", SearchLibName="mine")["SearchLibConfig"] == "{}"
    assert answer(rpc, "DropSearchLib", SearchLibName="mine") == DONE
    assert answer(rpc, "ListSearchLib")["Total"] == 1
    reply = rpc("QuerySearchLib", SearchLibName="mine")
    assert reply.refusal == invalid("SearchLibName")


@pytest.mark.parametrize("name", ["a", "IPCamera_7", "A" * 200, "0"])
def test_names_are_letters_and_digits(rpc: Rpc, name: str) -> None:
    assert answer(rpc, "CreateSearchLib", SearchLibName=name)["SearchLibName"] == name


@pytest.mark.parametrize(
    "name", ["my lib", "a-b", "a_b", "IPCamera_", "\u5e93", DEFAULT, "a/b", "a\n", "x" * 9 + "!"]
)
def test_other_names_are_refused(rpc: Rpc, name: str) -> None:
    reply = rpc("CreateSearchLib", SearchLibName=name)
    assert reply.refusal == invalid("SearchLibName")
    assert answer(rpc, "ListSearchLib")["Total"] == 1


def test_a_name_is_taken_once(rpc: Rpc) -> None:
    answer(rpc, "CreateSearchLib", SearchLibName="mine", SearchLibConfig=CONFIG)
    reply = rpc("CreateSearchLib", SearchLibName="mine")
    assert reply.refusal == invalid("SearchLibName")
    assert answer(rpc, "QuerySearchLib", SearchLibName="mine")["SearchLibConfig"] == CONFIG


@pytest.mark.parametrize("text", ["x", "[]", '{"faceGroupIds": "a,b,c,d"}', '{"faceGroupIds": 5}'])
@pytest.mark.parametrize("action", ["CreateSearchLib", "AlterSearchLib"])
def test_a_wrong_config_is_refused(fake_ims: FakeIms, rpc: Rpc, action: str, text: str) -> None:
    if action == "AlterSearchLib":
        fake_ims.declare(search_libs=("mine",))
    reply = rpc(action, SearchLibName="mine", SearchLibConfig=text)
    assert reply.refusal == invalid("SearchLibConfig")


@pytest.mark.parametrize("action", ["AlterSearchLib", "QuerySearchLib", "DropSearchLib"])
def test_what_does_not_exist(rpc: Rpc, action: str) -> None:
    assert rpc(action, SearchLibName="none").refusal == invalid("SearchLibName")
    refusal = rpc(action).refusal
    assert refusal[:2] == (400, "MissingSearchLibName")


def test_the_default_one_stays(rpc: Rpc) -> None:
    assert rpc("DropSearchLib", SearchLibName=DEFAULT).refusal == invalid("SearchLibName")
    assert answer(rpc, "QuerySearchLib", SearchLibName=DEFAULT)["SearchLibName"] == DEFAULT


def test_libraries_are_listed_page_by_page(rpc: Rpc) -> None:
    for number in range(12):
        answer(rpc, "CreateSearchLib", SearchLibName=f"lib{number}")
    names = []
    for page in ("1", "2", "3"):
        body = answer(rpc, "ListSearchLib", PageNo=page)
        assert body["Total"] == 13
        names.append([info["SearchLibName"] for info in body["SearchLibInfoList"]])
    assert [len(each) for each in names] == [10, 3, 0]
    assert names[0][:2] == [DEFAULT, "lib0"]
    assert len(answer(rpc, "ListSearchLib", PageSize="13")["SearchLibInfoList"]) == 13


# ---------------------------------------------------------------- their indexes


def readiness(rpc: Rpc, lib: str = "mine") -> set[str]:
    shown = answer(rpc, "QuerySearchLib", SearchLibName=lib)["IndexInfo"]
    listed = {
        info["SearchLibName"]: info["IndexInfo"]
        for info in answer(rpc, "ListSearchLib")["SearchLibInfoList"]
    }
    assert listed[lib] == shown
    return {index["IndexReadiness"] for index in shown}


@pytest.mark.fake_ims(job_delays={"search_lib": "5s"})
def test_indexes_are_made_by_a_job(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze()
    answer(rpc, "CreateSearchLib", SearchLibName="mine")
    assert readiness(rpc) == {"Initializing"}
    assert readiness(rpc, DEFAULT) == {"Normal"}
    fake_ims.clock.advance("4s")
    answer(rpc, "AlterSearchLib", SearchLibName="mine", SearchLibConfig=CONFIG)
    assert readiness(rpc) == {"Initializing"}
    fake_ims.clock.advance("1s")
    assert readiness(rpc) == {"Normal"}


@pytest.mark.fake_ims(job_delays={"search_lib": "5s"})
def test_a_library_dropped_before_its_indexes_are_made(fake_ims: FakeIms, rpc: Rpc) -> None:
    answer(rpc, "CreateSearchLib", SearchLibName="mine")
    answer(rpc, "DropSearchLib", SearchLibName="mine")
    assert len(fake_ims.world.queue) == 0
    answer(rpc, "CreateSearchLib", SearchLibName="mine")
    assert readiness(rpc) == {"Initializing"}
    fake_ims.settle()
    assert readiness(rpc) == {"Normal"}


def test_indexes_that_cannot_be_made(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.jobs.expect("search_lib", fails="too many", times=1)
    for lib in ("mine", "other"):
        answer(rpc, "CreateSearchLib", SearchLibName=lib)
    assert (readiness(rpc), readiness(rpc, "other")) == ({"Fail"}, {"Normal"})
    assert len(fake_ims.world.queue) == 0


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_indexes_are_made_when_they_have_been_read(rpc: Rpc) -> None:
    answer(rpc, "CreateSearchLib", SearchLibName="mine")
    read = [
        answer(rpc, "QuerySearchLib", SearchLibName="mine")["IndexInfo"][0]["IndexReadiness"]
        for _ in range(2)
    ]
    assert read == ["Initializing", "Normal"]


# ---------------------------------------------------------------- registrations


@pytest.mark.fake_ims(delay="2s", job_delays={"search_index": "3s"})
def test_a_registered_asset_enters_the_library_it_names(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    answer(rpc, "CreateSearchLib", SearchLibName="mine")
    media_id = rpc.register(URL, **config("mine")).media_id
    other = rpc.register("oss://bucket/b.mp4").media_id
    assert statuses(rpc, media_id) == []
    fake_ims.clock.advance("2s")
    body = answer(rpc, "QueryMediaIndexJob", MediaId=media_id, SearchLibName="mine")
    assert body == {**DONE, "IndexJobInfoList": [
        {"GmtSubmit": "2026-01-31 12:00:02", "IndexType": kind, "Status": "Running"}
        for kind in ("mm", "face", "aiLabel")
    ]}  # fmt: skip
    assert found(rpc, "mine") == []
    fake_ims.clock.advance("3s")
    body = answer(rpc, "QueryMediaIndexJob", MediaId=media_id, SearchLibName="mine")
    assert {job["GmtFinish"] for job in body["IndexJobInfoList"]} == {"2026-01-31 12:00:05"}
    assert statuses(rpc, media_id) == ["Success"] * 3
    assert found(rpc, "mine") == [media_id]
    assert set(found(rpc, DEFAULT)) == {media_id, other}


def test_a_library_that_does_not_exist(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, **config("none")).media_id
    fake_ims.settle()
    assert rpc.status(media_id) == "Normal"
    (job,) = fake_ims.jobs.of("search_index")
    assert job.failure is not None
    assert job.failure.code == "ResourceNotFound"
    answer(rpc, "CreateSearchLib", SearchLibName="none")
    assert found(rpc, "none") == []


def test_the_library_may_be_created_before_the_job_ends(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, **config("mine")).media_id
    fake_ims.complete(media_id, "analysis")
    answer(rpc, "CreateSearchLib", SearchLibName="mine")
    fake_ims.settle()
    assert found(rpc, "mine") == []  # it has not been let in
    answer(rpc, "InsertMediaToSearchLib", Input=URL, SearchLibName="mine")
    fake_ims.settle()
    assert found(rpc, "mine") == [media_id]


def test_a_job_that_fails_lets_nothing_in(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(search_libs=("mine",))
    fake_ims.jobs.expect("search_index", fails="no index", times=1)
    media_id = rpc.register(URL, **config("mine")).media_id
    fake_ims.settle()
    assert statuses(rpc, media_id) == ["Fail"] * 3
    assert found(rpc, "mine") == []


# ---------------------------------------------------------------- inserting


def test_an_asset_is_inserted_by_its_id_or_its_url(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(search_libs=("mine", "other"))
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    same = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4"
    assert insert(rpc, same).json["MediaId"] == media_id
    assert insert(rpc, "https://example.com/x.mp4", "other", MediaId=media_id).status == 200
    assert statuses(rpc, media_id) == ["Running"] * 3
    fake_ims.settle()
    assert found(rpc, "mine") == found(rpc, "other") == [media_id]
    assert statuses(rpc, media_id) == ["Success"] * 3
    body = answer(rpc, "DeleteMediaFromSearchLib", MediaId=media_id, SearchLibName="mine")
    assert body == {**DONE, "MediaId": media_id}
    assert (found(rpc, "mine"), found(rpc, "other")) == ([], [media_id])
    again = rpc("DeleteMediaFromSearchLib", MediaId=media_id, SearchLibName="mine")
    assert again.refusal == invalid("MediaId")


def test_a_file_that_is_no_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    reply = rpc("InsertMediaToSearchLib", Input="http://example.com/a.mp4", MediaType="audio")
    media_id = reply.json["MediaId"]
    assert len(media_id) == 32
    assert statuses(rpc, media_id, DEFAULT) == ["Running"] * 3
    fake_ims.settle()
    assert statuses(rpc, media_id, DEFAULT) == ["Success"] * 3
    own = rpc("InsertMediaToSearchLib", Input="http://example.com/b.mp4", MediaId="my-id")
    assert own.json["MediaId"] == "my-id"
    assert found(rpc, DEFAULT) == []
    assert len(fake_ims.assets) == 0


def test_an_object_that_cannot_be_read_is_not_indexed(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, fails="gone")
    media_id = rpc("InsertMediaToSearchLib", Input=URL).json["MediaId"]
    fake_ims.settle()
    assert statuses(rpc, media_id, DEFAULT) == ["Fail"] * 3


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"Input": "a.mp4"}, "Input"),
        ({"Input": "ftp://example.com/a.mp4"}, "Input"),
        ({"Input": URL, "SearchLibName": "none"}, "SearchLibName"),
        ({"Input": URL, "MediaType": "text"}, "MediaType"),
        ({"Input": URL, "MsgBody": "x"}, "MsgBody"),
        ({"Input": URL, "MsgBody": '{"title": 5}'}, "MsgBody"),
        ({"Input": URL, "MsgBody": '{"customFields": []}'}, "MsgBody"),
        ({"Input": URL, "MsgBody": '{"customFields": {"intField1": "x"}}'}, "MsgBody"),
    ],
)
def test_what_is_wrong_is_refused(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str], name: str
) -> None:
    assert rpc("InsertMediaToSearchLib", **sent).refusal == invalid(name)
    assert len(fake_ims.jobs) == 0


# ---------------------------------------------------------------- what is said of it


def test_what_msg_body_says_can_be_searched_by(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(search_libs=("mine",))
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    body = {"title": "t", "customFields": {"intField1": 12, "strField1": "abc", "unknown": 1}}
    insert(rpc, MsgBody=json.dumps(body), Namespace="n")
    fake_ims.settle()

    def by(filters: str) -> list[str]:
        reply = rpc("SearchMedia", SearchLibName="mine", CustomFilters=filters)
        return [media["MediaId"] for media in reply.json["MediaInfoList"]]

    assert by('{"intField1": 12}') == [media_id]
    changed = json.dumps({"customFields": {"intField1": 13}})
    shown = answer(
        rpc, "UpdateMediaToSearchLib", MediaId=media_id, MsgBody=changed, SearchLibName="mine"
    )
    assert shown == {**DONE, "MediaId": media_id}
    assert by('{"intField1": 12}') == []
    assert by('{"intField1": 13, "strField1": "abc"}') == [media_id]
    reply = rpc("UpdateMediaToSearchLib", MediaId="none", MsgBody="{}", SearchLibName="mine")
    assert reply.refusal == invalid("MediaId")


# ---------------------------------------------------------------- the end


@pytest.mark.parametrize("pending", [False, True])
@pytest.mark.parametrize("end", ["delete", "overwrite", "drop"])
def test_nothing_is_left_behind(fake_ims: FakeIms, rpc: Rpc, end: str, pending: bool) -> None:
    fake_ims.declare(search_libs=("mine",))
    media_id = rpc.register(URL, **config("mine")).media_id
    fake_ims.complete(media_id, "analysis")
    if not pending:
        fake_ims.settle()
    if end == "delete":
        fake_ims.delete(media_id)
    elif end == "overwrite":
        rpc.register(URL, Overwrite="true")
    else:
        answer(rpc, "DropSearchLib", SearchLibName="mine")
        answer(rpc, "CreateSearchLib", SearchLibName="mine")
    fake_ims.settle()
    assert found(rpc, "mine") == []
    reply = rpc("QueryMediaIndexJob", MediaId=media_id, SearchLibName="mine")
    if end == "drop":
        assert reply.json["IndexJobInfoList"] == []
        (job,) = fake_ims.jobs.of("search_index")
        assert (job.failure is not None) == pending
    else:
        assert reply.refusal == invalid("MediaId")
        assert fake_ims.jobs.of("search_index") == []


def test_what_is_taken_out_meanwhile_does_not_enter(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(search_libs=("mine",))
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    insert(rpc)
    answer(rpc, "DeleteMediaFromSearchLib", MediaId=media_id, SearchLibName="mine")
    fake_ims.settle()
    assert found(rpc, "mine") == []
    assert len(fake_ims.world.queue) == 0


def test_what_is_inserted_again_has_one_job(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(search_libs=("mine",))
    fake_ims.clock.freeze()
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    for _ in range(2):
        insert(rpc)
        fake_ims.clock.advance("1s")
    first, second = fake_ims.jobs.of("search_index")
    assert (first.cancelled, second.ended) == (True, False)
    answer(rpc, "DeleteMediaFromSearchLib", MediaId=media_id, SearchLibName="mine")
    insert(rpc)
    fake_ims.clock.advance("1s")
    assert found(rpc, "mine") == []
    fake_ims.settle()
    assert found(rpc, "mine") == [media_id]
    assert statuses(rpc, media_id) == ["Success"] * 3


def test_a_title_finds_what_was_inserted_under_it(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(search_libs=("mine",))
    media_id = rpc.register(URL, Title="old").media_id
    fake_ims.settle()
    insert(rpc, MsgBody=json.dumps({"title": "\u718a\u732b"}))

    def by(title: str) -> list[str]:
        reply = rpc("SearchMedia", SearchLibName="mine", Match=f"title = '{title}'")
        return [media["MediaId"] for media in reply.json["MediaInfoList"]]

    assert fake_ims.assets[media_id].title == "old"
    fake_ims.settle()
    assert by("\u718a\u732b") == [media_id]
    assert by("old") == []
    answer(rpc, "UpdateMediaToSearchLib", MediaId=media_id, MsgBody="{}", SearchLibName="mine")
    assert by("\u718a\u732b") == [media_id]
