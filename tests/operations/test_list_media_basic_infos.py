"""ListMediaBasicInfos: filters, order, pages, and what it shows of an asset."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from rpc import WAYS, Reply, Rpc

from fake_ims import FakeIms

NOON = "2026-01-31T12:00:00Z"
VOD = "vod://20b48fb04483915d4f2cd8ac00000000"


def listed(rpc: Rpc, **parameters: Any) -> dict[str, Any]:
    """The answer."""
    sent = {name: str(value) for name, value in parameters.items()}
    reply = rpc("ListMediaBasicInfos", **sent)
    assert reply.status == 200, reply
    return reply.json


def ids(answer: dict[str, Any]) -> list[str]:
    return [each["MediaId"] for each in answer["MediaInfos"]]


def all_pages(rpc: Rpc, **parameters: Any) -> list[str]:
    """What a caller gets who pages until there is no NextToken."""
    found, token = [], ""
    while True:
        answer = listed(rpc, NextToken=token, **parameters)
        found += ids(answer)
        token = answer.get("NextToken", "")
        if not token:
            return found


def registered(ims: FakeIms, number: int, **parameters: str) -> list[str]:
    """So many assets, a second apart, oldest first."""
    made = []
    for _ in range(number):
        name = f"oss://bucket/{len(ims.assets)}.mp4"
        made.append(ims.register(**{"InputURL": name, **parameters}).media_id)
        ims.clock.advance("1s")
    return made


@pytest.fixture
def mixed(fake_ims: FakeIms) -> dict[str, str]:
    """Four assets that differ in everything; their MediaIds by name."""
    fake_ims.clock.freeze(NOON)
    fake_ims.objects.put("oss://b/broken.mp3", fails="gone")
    made = {
        "video": ("oss://b/a.mp4", "opening"),
        "audio": ("oss://b/broken.mp3", "general"),
        "image": ("oss://b/a.png", "my own"),
        "vod": (VOD, "opening"),
    }
    found = {}
    for name, (url, business_type) in made.items():
        sent = {"InputURL": url, "BusinessType": business_type}
        found[name] = fake_ims.register(**sent).media_id
        if name != "vod":
            fake_ims.settle()
            fake_ims.clock.move_to(NOON)
            fake_ims.clock.advance(f"{len(found)}s")
    return found


# ---------------------------------------------------------------- filters


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, "vod image audio video"),
        ({"SortBy": "desc"}, "vod image audio video"),
        ({"SortBy": "asc"}, "video audio image vod"),
        ({"SortBy": "Asc"}, "video audio image vod"),
        ({"SortBy": ""}, "vod image audio video"),
        ({"MediaType": "video"}, "vod video"),
        ({"MediaType": "text"}, ""),
        ({"MediaType": "all"}, "vod image audio video"),
        ({"MediaType": ""}, "vod image audio video"),
        ({"BusinessType": "opening"}, "vod video"),
        ({"BusinessType": "my own"}, "image"),
        ({"BusinessType": "Opening"}, ""),
        ({"BusinessType": "nothing"}, ""),
        ({"Source": "vod"}, "vod"),
        ({"Source": "oss"}, "image audio video"),
        ({"Source": "live"}, ""),
        ({"Source": "general"}, ""),
        ({"Status": "Normal"}, "image video"),
        ({"Status": "PrepareFail"}, "audio"),
        ({"Status": "Preparing"}, "vod"),
        ({"Status": "Init"}, ""),
        ({"StartTime": "2026-01-31T12:00:00Z"}, "vod image audio"),
        ({"StartTime": "2026-01-31T11:59:59Z"}, "vod image audio video"),
        ({"EndTime": "2026-01-31T12:00:00Z"}, "video"),
        ({"EndTime": "2026-01-31T11:59:59Z"}, ""),
        ({"StartTime": "2026-01-31T12:00:00Z", "EndTime": "2026-01-31T12:00:02Z"}, "image audio"),
        ({"StartTime": "2026-01-31T12:00:02Z", "EndTime": "2026-01-31T12:00:02Z"}, ""),
        ({"StartTime": "2026-01-31T12:00:03Z", "EndTime": "2026-01-31T12:00:00Z"}, ""),
        ({"StartTime": "0001-01-01T00:00:00Z", "EndTime": "9999-12-31T23:59:59Z"},
         "vod image audio video"),
        ({"MediaType": "video", "Source": "oss"}, "video"),
        ({"MediaType": "video", "BusinessType": "opening", "Status": "Preparing"}, "vod"),
        ({"BusinessType": "opening", "EndTime": "2026-01-31T12:00:01Z", "SortBy": "asc"}, "video"),
        ({"BusinessType": "opening", "Source": "vod", "MediaType": "image"}, ""),
    ],
)  # fmt: skip
def test_filters(rpc: Rpc, mixed: dict[str, str], sent: dict[str, str], expected: str) -> None:
    answer = listed(rpc, **sent)
    names = {media_id: name for name, media_id in mixed.items()}
    assert " ".join(names[media_id] for media_id in ids(answer)) == expected
    assert answer["TotalCount"] == len(expected.split())
    assert "NextToken" not in answer


def test_media_id_is_a_filter_like_any_other(rpc: Rpc, mixed: dict[str, str]) -> None:
    assert ids(listed(rpc, MediaId=mixed["audio"])) == [mixed["audio"]]
    assert listed(rpc, MediaId=mixed["audio"], Status="PrepareFail")["TotalCount"] == 1
    for other in (
        {"Status": "Normal"}, {"MediaType": "video"}, {"StartTime": "2026-01-31T12:00:01Z"},
        {"EndTime": NOON}, {"BusinessType": "x"}, {"Source": "vod"},
    ):  # fmt: skip
        assert listed(rpc, MediaId=mixed["audio"], **other)["TotalCount"] == 0
    for unknown in ("0" * 32, mixed["audio"].upper(), "\u5a92", "x" * 10_000):
        answer = listed(rpc, MediaId=unknown)
        assert (answer["MediaInfos"], answer["TotalCount"]) == ([], 0)


def test_times_are_compared_in_the_whole_seconds_that_are_shown(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00.7Z")
    fake_ims.register(InputURL="oss://b/a.mp4")
    (shown,) = listed(rpc)["MediaInfos"]
    assert shown["MediaBasicInfo"]["CreateTime"] == NOON
    assert listed(rpc, StartTime=NOON)["TotalCount"] == 0
    assert listed(rpc, EndTime=NOON)["TotalCount"] == 1


def test_a_status_is_found_as_it_is_now(fake_ims: FakeIms, rpc: Rpc) -> None:
    (media_id,) = registered(fake_ims, 1)
    assert ids(listed(rpc, Status="Preparing")) == [media_id]
    fake_ims.settle()
    assert ids(listed(rpc, Status="Preparing")) == []
    assert ids(listed(rpc, Status="Normal")) == [media_id]
    assert ids(listed(rpc, Status="Init")) == []
    assert [call.relied_on for call in fake_ims.calls[-2:]] == [(), ("first_status",)]


def test_deleted_and_overwritten_assets_are_gone(fake_ims: FakeIms, rpc: Rpc) -> None:
    old = rpc.register("oss://b/a.mp4").media_id
    assert ids(listed(rpc)) == [old]
    new = rpc.register("oss://b/a.mp4", Overwrite="true").media_id
    assert ids(listed(rpc)) == ids(listed(rpc, MediaType="video")) == [new]
    assert ids(listed(rpc, MediaId=old)) == []


def test_listing_is_no_read_that_completes(rpc: Rpc) -> None:
    with FakeIms(completion="reads") as ims:
        other = Rpc(ims)
        other.register("oss://b/a.mp4")
        for _ in range(5):
            (shown,) = listed(other)["MediaInfos"]
            assert shown["MediaBasicInfo"]["Status"] == "Preparing"


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MediaType", "film"), ("MediaType", "Video"), ("MediaType", "video,audio"),
        ("Source", "oss "), ("Source", "all"), ("Status", "normal"), ("Status", "3"),
        ("SortBy", "utcCreate:Desc"), ("SortBy", "descending"),
        ("StartTime", "2026-01-31"), ("StartTime", "2026-01-31T12:00:00+08:00"),
        ("StartTime", "2026-02-30T12:00:00Z"), ("StartTime", "0000-01-01T00:00:00Z"),
        ("EndTime", "2026-01-31T12:00:00.5Z"), ("EndTime", "1769860800"), ("EndTime", " "),
        ("NextToken", "x"), ("NextToken", "8EqYpQbZ6Eh7+Zz8DxVYoQ=="), ("NextToken", "\u4e0b"),
        ("NextToken", "null"), ("NextToken", "="), ("NextToken", "A" * 100_000),
    ],
)  # fmt: skip
def test_wrong_values(rpc: Rpc, name: str, value: str) -> None:
    assert rpc("ListMediaBasicInfos", **{name: value}).refusal == (
        400, "InvalidParameter", f'The specified parameter "{name}" is not valid.',
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MaxResults", "ten"), ("MaxResults", "1.5"), ("MaxResults", "2147483648"),
        ("PageNo", "first"), ("PageSize", "9" * 19), ("AuthTimeout", "soon"),
        ("IncludeFileBasicInfo", "yes"),
    ],
)  # fmt: skip
def test_wrong_types(rpc: Rpc, name: str, value: str) -> None:
    reply = rpc("ListMediaBasicInfos", **{name: value})
    assert (reply.status, reply.code) == (400, f"Invalid{name}")


@pytest.mark.fake_ims(strict=True)
@pytest.mark.parametrize(
    ("name", "value"),
    [("MediaType", "all"), ("BusinessType", "film"), ("PageNo", "1"), ("PageSize", "10")],
)
def test_strict_refuses_what_no_document_has(rpc: Rpc, name: str, value: str) -> None:
    assert rpc("ListMediaBasicInfos", BusinessType="font").status == 200
    reply = rpc("ListMediaBasicInfos", **{name: value})
    assert (reply.status, reply.code) == (400, "InvalidParameter")
    assert f'"{name}"' in reply.message


@pytest.mark.parametrize(("sent", "counts"), [("0", 1), ("-5", 1), ("101", 100), ("100", 100)])
def test_the_nearest_size_counts(rpc: Rpc, sent: str, counts: int) -> None:
    assert listed(rpc, MaxResults=sent)["MaxResults"] == counts
    assert listed(rpc, PageSize=sent)["MaxResults"] == counts


@pytest.mark.fake_ims(page_size_range="reject")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MaxResults", "0"), ("MaxResults", "101"), ("MaxResults", "-2147483648"),
        ("PageSize", "0"), ("PageSize", "101"), ("PageNo", "0"), ("PageNo", "-1"),
    ],
)  # fmt: skip
def test_out_of_range(rpc: Rpc, name: str, value: str) -> None:
    assert rpc("ListMediaBasicInfos", MaxResults="100", PageNo="1").status == 200
    reply = rpc("ListMediaBasicInfos", **{name: value})
    assert (reply.status, reply.code) == (400, "InvalidParameter")
    assert f'"{name}"' in reply.message


@pytest.mark.fake_ims(auth_timeout_range="reject")
def test_auth_timeout_counts_even_without_a_url(rpc: Rpc) -> None:
    assert rpc("ListMediaBasicInfos", AuthTimeout="0").code == "InvalidParameter"


# ---------------------------------------------------------------- pages


def test_an_empty_library(rpc: Rpc) -> None:
    answer = listed(rpc)
    del answer["RequestId"]
    assert answer == {"MediaInfos": [], "TotalCount": 0, "MaxResults": 10}


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("size", [1, 4, 11, 12, 13])
def test_pages_by_token_show_everything_once(
    fake_ims: FakeIms, rpc: Rpc, order: str, size: int
) -> None:
    made = registered(fake_ims, 12)
    expected = made if order == "asc" else made[::-1]
    assert all_pages(rpc, SortBy=order, MaxResults=size) == expected


@pytest.mark.parametrize("order", ["desc", "asc"])
def test_pages_of_assets_of_one_instant(fake_ims: FakeIms, rpc: Rpc, order: str) -> None:
    fake_ims.clock.freeze()
    made = [fake_ims.register(InputURL=f"oss://b/{n}.mp4").media_id for n in range(7)]
    assert all_pages(rpc, SortBy=order, MaxResults=2) == made[:: 1 if order == "asc" else -1]


def test_a_page_says_how_many_there_are_and_how_many_it_may_hold(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    registered(fake_ims, 12)
    answer = listed(rpc)
    assert (len(answer["MediaInfos"]), answer["TotalCount"], answer["MaxResults"]) == (10, 12, 10)
    answer = listed(rpc, NextToken=answer["NextToken"], MaxResults=100)
    assert (len(answer["MediaInfos"]), answer["TotalCount"], answer["MaxResults"]) == (2, 12, 100)
    assert "NextToken" not in answer


def test_total_count_is_that_of_each_page(fake_ims: FakeIms, rpc: Rpc) -> None:
    registered(fake_ims, 3)
    token = listed(rpc, MaxResults=1)["NextToken"]
    registered(fake_ims, 2)
    assert listed(rpc, MaxResults=1, NextToken=token)["TotalCount"] == 5


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"PageNo": 1, "PageSize": 5}, [11, 10, 9, 8, 7]),
        ({"PageNo": 2, "PageSize": 5}, [6, 5, 4, 3, 2]),
        ({"PageNo": 3, "PageSize": 5, "MediaType": "all"}, [1, 0]),
        ({"PageNo": 4, "PageSize": 5}, []),
        ({"PageNo": 2_147_483_647, "PageSize": 100}, []),
        ({"PageNo": 2, "PageSize": 1}, [10]),
        ({"PageNo": 2}, [1, 0]),
        ({"PageNo": 2, "PageSize": 5, "SortBy": "asc"}, [5, 6, 7, 8, 9]),
        ({"PageNo": 2, "PageSize": 5, "MaxResults": 3}, [8, 7, 6]),
        ({"PageSize": 2}, [11, 10]),
        ({"PageNo": 0, "PageSize": 1}, [11]),
        ({"PageNo": 5, "PageSize": 1, "MediaType": "image"}, []),
    ],
)
def test_pages_by_number_as_the_web_editor_asks(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, Any], expected: list[int]
) -> None:
    made = registered(fake_ims, 12)
    answer = listed(rpc, **sent)
    assert ids(answer) == [made[number] for number in expected]
    assert answer["TotalCount"] == (0 if "image" in sent.values() else 12)


def test_a_page_by_number_goes_on_by_token(fake_ims: FakeIms, rpc: Rpc) -> None:
    made = registered(fake_ims, 9)
    second = listed(rpc, PageNo=2, PageSize=3)
    third = listed(rpc, PageNo=2, PageSize=3, NextToken=second["NextToken"])
    assert ids(second) + ids(third) == made[5::-1]


@pytest.mark.parametrize("way", WAYS)
def test_a_token_travels_in_every_way(fake_ims: FakeIms, rpc: Rpc, way: str) -> None:
    made = registered(fake_ims, 30)
    found, token = [], ""
    for _ in range(30):
        sent = {"MaxResults": "1", "NextToken": token}
        answer = WAYS[way](rpc, "ListMediaBasicInfos", sent).json
        found += ids(answer)
        token = answer.get("NextToken", "")
    assert found == made[::-1]
    assert token == ""


def test_a_plus_that_was_not_encoded_is_one(fake_ims: FakeIms, rpc: Rpc) -> None:
    made = registered(fake_ims, 40)
    pages = [listed(rpc, PageNo=number, PageSize=1) for number in range(1, 40)]
    tokens = [page["NextToken"] for page in pages]
    number, token = next(each for each in enumerate(tokens) if "+" in each[1])
    target = rpc.target("ListMediaBasicInfos", MaxResults="1") + f"&NextToken={token}"
    assert ids(rpc.raw("POST", target).json) == [made[::-1][number + 1]]


def test_a_token_of_another_world_is_refused(fake_ims: FakeIms, rpc: Rpc) -> None:
    registered(fake_ims, 2)
    with FakeIms(seed=1) as ims:
        registered(ims, 2)
        token = listed(Rpc(ims), MaxResults=1)["NextToken"]
        assert listed(Rpc(ims), NextToken=token)
    assert rpc("ListMediaBasicInfos", NextToken=token).code == "InvalidParameter"


def test_a_token_in_another_list_goes_on_from_its_point(fake_ims: FakeIms, rpc: Rpc) -> None:
    made = registered(fake_ims, 5)
    token = listed(rpc, MaxResults=2)["NextToken"]  # after the fourth made
    assert ids(listed(rpc, NextToken=token, SortBy="asc")) == made[4:]
    assert ids(listed(rpc, NextToken=token, MediaType="video", Source="oss")) == made[2::-1]
    assert ids(listed(rpc, NextToken=token, MediaType="image")) == []
    assert "foreign_next_token" in fake_ims.calls[-1].relied_on


@pytest.mark.fake_ims(foreign_next_token="reject")
def test_other_page_sizes_and_other_ways_of_showing_are_the_same_list(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    registered(fake_ims, 5)
    token = listed(rpc, MaxResults=2)["NextToken"]
    same = {"SortBy": "DESC", "MediaType": "all", "IncludeFileBasicInfo": "true"}
    assert len(ids(listed(rpc, NextToken=token, MaxResults=3, **same))) == 3


# ---------------------------------------------------------------- while the library changes


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("clock", ["running", "frozen", "jumping"])
def test_nothing_twice_and_nothing_left_out_while_it_changes(
    fake_ims: FakeIms, rpc: Rpc, order: str, clock: str
) -> None:
    generator = random.Random(0)
    made = registered(fake_ims, 40)
    if clock == "frozen":
        fake_ims.clock.freeze()
    kept, found, token = set(made), [], ""
    for number in itertools.count():
        answer = listed(rpc, SortBy=order, MaxResults=3, NextToken=token)
        found += ids(answer)
        token = answer.get("NextToken", "")
        if not token:
            break
        victim = fake_ims.assets[generator.choice([*fake_ims.assets])]
        rpc.register(victim.input_url, Overwrite="true")  # deletes it, and adds a new one
        kept.discard(victim.media_id)
        last = fake_ims.assets.get(found[-1])
        if number % 2 and last is not None:  # the very one that the token is about
            rpc.register(last.input_url, Overwrite="true")
            kept.discard(last.media_id)
        if clock == "jumping":
            fake_ims.clock.advance(f"{generator.uniform(-30, 20):f}s")
        if number > 200:
            break
    assert len(found) == len(set(found))
    assert kept
    assert kept <= set(found)


def test_paging_while_other_threads_add_and_delete(fake_ims: FakeIms, rpc: Rpc) -> None:
    kept = set(registered(fake_ims, 60))
    fake_ims.clock.advance("-30s")  # what is added now stands in the middle
    stop = threading.Event()

    def change(thread: int) -> Reply | None:
        for number in itertools.cycle(range(5)):
            if stop.is_set():
                return None
            reply = rpc.register(f"oss://moving/{thread}/{number}.mp4", Overwrite="true")
            if reply.status != 200:
                return reply
        return None

    failed: list[Reply | None] = []
    threads = [
        threading.Thread(target=lambda each=number: failed.append(change(each)))
        for number in range(3)
    ]
    for thread in threads:
        thread.start()
    try:
        runs = [all_pages(rpc, SortBy=order, MaxResults=7) for order in ("desc", "asc", "desc")]
    finally:
        stop.set()
        for thread in threads:
            thread.join(20)
    assert failed == [None] * 3
    for found in runs:
        assert len(found) == len(set(found))
        assert kept <= set(found)
    assert listed(rpc)["TotalCount"] == len(fake_ims.assets)


# ---------------------------------------------------------------- what is shown


@pytest.mark.parametrize("sent", [{}, {"IncludeFileBasicInfo": "false"}], ids=["unasked", "false"])
def test_files_are_not_shown_unless_asked_for(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str]
) -> None:
    registered(fake_ims, 1)
    fake_ims.settle()
    (shown,) = listed(rpc, **sent)["MediaInfos"]
    assert shown.keys() == {"MediaId", "MediaBasicInfo"}


def test_files_show_what_get_media_info_shows_of_them_but_their_streams(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.clock.freeze(NOON)
    (media_id,) = registered(fake_ims, 1)
    fake_ims.settle()
    (shown,) = listed(rpc, IncludeFileBasicInfo="True", AuthTimeout=30)["MediaInfos"]
    (file_info,) = shown["FileInfoList"]
    whole = rpc.get(media_id, AuthTimeout="30")
    assert file_info == {"FileBasicInfo": whole["FileInfoList"][0]["FileBasicInfo"]}
    expires = int(fake_ims.clock.now().timestamp()) + 30
    assert f"Expires={expires}&" in file_info["FileBasicInfo"]["FileUrl"]


def test_an_asset_that_is_not_analysed_has_no_file_yet(fake_ims: FakeIms, rpc: Rpc) -> None:
    registered(fake_ims, 1)
    (shown,) = listed(rpc, IncludeFileBasicInfo="true")["MediaInfos"]
    assert shown["FileInfoList"] == []
    assert fake_ims.calls[-1].relied_on == ("first_status",)


def test_basic_information_is_that_of_get_media_info_without_the_name_of_the_category(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    everything = {
        "Title": "\u6807\u9898", "Description": "d", "MediaTags": "a,b", "BusinessType": "opening",
        "CoverURL": "oss://bucket/c.png", "UserData": '{"a":1}', "ReferenceId": "123-123",
        "CateId": "7",
    }  # fmt: skip
    fake_ims.clock.freeze(NOON)
    fake_ims.world.library.categories.declare(7, "films", fake_ims.world.catch_up())
    (media_id,) = registered(fake_ims, 1, **everything)
    basic = rpc.get(media_id)["MediaBasicInfo"]
    assert basic.pop("CateName") == "films"
    (shown,) = listed(rpc)["MediaInfos"]
    assert shown["MediaId"] == media_id
    assert shown["MediaBasicInfo"] == {**basic, "TranscodeStatus": "Init"}


# ---------------------------------------------------------------- the official client


def all_by_sdk(models: Any, client: Any, **sent: Any) -> Iterator[Any]:
    """Every asset, page by page, as callers of the SDK write it."""
    token = None
    while True:
        request = models.ListMediaBasicInfosRequest(next_token=token, **sent)
        body = client.list_media_basic_infos(request).body
        assert isinstance(body.total_count, int)
        assert isinstance(body.max_results, int)
        yield from body.media_infos
        token = body.next_token
        if not token:
            return


def test_the_official_sdk_pages_and_reads_every_field(
    fake_ims: FakeIms, fake_ims_client: Any, rpc: Rpc
) -> None:
    models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
    made = registered(fake_ims, 5, CateId="5", Title="t")
    fake_ims.settle()
    sent = {"max_results": 2, "include_file_basic_info": True, "auth_timeout": 30, "sort_by": "asc"}
    found = list(all_by_sdk(models, fake_ims_client, **sent))
    assert [each.media_id for each in found] == made
    assert found[0].media_basic_info.cate_id == 5
    assert found[0].media_basic_info.transcode_status == "Init"
    assert int(found[0].file_info_list[0].file_basic_info.width) > 0
    answer = listed(rpc, IncludeFileBasicInfo="true", SortBy="asc", MaxResults=100, AuthTimeout=30)
    assert [each.to_map() for each in found] == answer["MediaInfos"]


def test_nothing_is_without_effect_and_a_plain_list_relies_on_nothing(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    registered(fake_ims, 3)
    fake_ims.settle()
    listed(rpc, MaxResults=2, PageNo=1, PageSize=2, MediaType="all", IncludeFileBasicInfo="true")
    (call,) = fake_ims.calls
    assert (call.ignored, call.relied_on) == ((), ())
