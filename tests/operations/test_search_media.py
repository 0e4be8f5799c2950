"""SearchMedia: what is found, how it is shown, and what is refused."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest
from alone import ALONE
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark
from rpc import Reply, Rpc, invalid

from fake_ims import FakeIms
from fake_ims.clock import iso

models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)

HOST = "bucket.oss-cn-shanghai.aliyuncs.com"


def add(ims: FakeIms, name: str, **parameters: Any) -> str:
    """An asset of this title, not analysed yet."""
    url = f"oss://bucket/{name}.mp4"
    return ims.register(**{"InputURL": url, "Title": name, **parameters}).media_id


def search(rpc: Rpc, **parameters: str) -> dict[str, Any]:
    reply = rpc("SearchMedia", **parameters)
    assert reply.status == 200, reply
    return reply.json


def titles(rpc: Rpc, match: str = "", **parameters: str) -> list[str]:
    """The titles of what is found, in their order."""
    answer = search(rpc, Match=match, **parameters)
    return [each["MediaBasicInfo"]["Title"] for each in answer["MediaInfoList"]]


# ---------------------------------------------------------------- what is found


def test_empty_library(rpc: Rpc) -> None:
    answer = search(rpc)
    del answer["RequestId"]
    assert answer == {"MediaInfoList": [], "Total": 0, "Code": "200", "Success": "True"}


def test_newest_videos_without_a_word(fake_ims: FakeIms, rpc: Rpc) -> None:
    for name in ("one", "two", "three"):
        add(fake_ims, name)
    add(fake_ims, "song", InputURL="oss://bucket/a.mp3")
    add(fake_ims, "picture", InputURL="oss://bucket/a.png")
    add(fake_ims, "letters", InputURL="oss://bucket/a.srt")
    assert titles(rpc) == titles(rpc, " ") == ["three", "two", "one"]


@pytest.fixture
def zoo(fake_ims: FakeIms) -> dict[str, str]:
    """A library of which each asset differs in each field; the milliseconds of its making."""
    fake_ims.clock.freeze("2026-01-31T12:00:00.0005Z")
    fake_ims.declare(categories={7: "Asia"})
    panda = add(
        fake_ims, "Giant Panda", Description="eats Bamboo", MediaTags="animal,asia", CateId=7
    )
    fake_ims.assets.describe(
        panda, ocr=["Chengdu Zoo", "\u56db\u5ddd"], labels=[("Animal", "1031", "Panda")]
    )
    fake_ims.settle()
    fake_ims.clock.advance("1m")
    add(fake_ims, "Lion", MediaTags="animal", CateId=8)
    fake_ims.objects.put("oss://other/a.mp4", fails="gone")
    add(fake_ims, "Gone", InputURL="oss://other/a.mp4")
    fake_ims.settle()
    add(fake_ims, "New", MediaTags="asia")
    add(fake_ims, "Roar", InputURL="oss://bucket/roar.mp3")
    add(fake_ims, "Paw", InputURL="oss://bucket/paw.png")
    created = fake_ims.assets[panda].created_at // 1000
    return {"id": panda, "made": str(created), "later": str(created + 60_000)}


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ("title = 'PANDA'", "Giant Panda"),
        ("title = 'a'", "Giant Panda"),
        ("description = 'bamboo'", "Giant Panda"),
        ("tagList in ('asia', 'animal')", "New Lion Giant Panda"),
        ("tagList in ('Asia')", ""),
        ("mediaId == '{id}'", "Giant Panda"),
        ("cateId == 8", "Lion"),
        ("cateId == '7'", "Giant Panda"),
        ("status == 1", "New"),
        ("status in (2, 3)", "Gone Lion Giant Panda"),
        ("status == 17", ""),
        ("utcCreate = ['{made}','{made}']", "Giant Panda"),
        ("utcCreate = ('{made}','{made}']", ""),
        ("utcCreate = ['{made}',9999999999999)", "New Gone Lion Giant Panda"),
        ("utcModified = (0,{later})", "Giant Panda"),
        (f"fileInfo.storageLocation == '{HOST}'", "New Lion Giant Panda"),
        (f"fileInfo.storageLocation in ('{HOST.replace('bucket', 'other')}','x')", "Gone"),
        ("ocrInfo.tracks.content = 'zoo'", "Giant Panda"),
        ("ocrInfo.tracks.content = '\u5ddd'", "Giant Panda"),
        ("aiLabelInfo.category == 'Animal'", "Giant Panda"),
        ("aiLabelInfo.label_id == '1031'", "Giant Panda"),
        ("aiLabelInfo.label_id == '103'", ""),
        ("mediaType == 'audio'", "Roar"),
        ("mediaType == 'image'", "Paw"),
        ("mediaType in ('video','audio') and status == 1", "Roar New"),
        ("title = 'l' and tagList in ('animal')", "Lion"),
        ("(title = 'lion' or description = 'bamboo')", "Lion Giant Panda"),
        ("(mediaType == 'audio' or title = 'Gone')", "Roar Gone"),
        ("title = 'Paw'", ""),
        (r"Title = \"panda\" and utcCreate = [\"{made}\",\"{made}\"]", "Giant Panda"),
    ],
)
def test_each_field(rpc: Rpc, zoo: dict[str, str], match: str, found: str) -> None:
    assert " ".join(titles(rpc, match.format_map(zoo))) == found


def test_example_of_the_documents(rpc: Rpc, zoo: dict[str, str]) -> None:
    match = "title = 'Panda' and mediaId == '{id}' and utcCreate = ('1693367158561','{later}')"
    assert titles(rpc, match.format_map(zoo)) == ["Giant Panda"]


def test_what_has_changed_is_found_as_it_is_now(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = add(fake_ims, "clip")
    assert titles(rpc, "status == 1") == ["clip"]
    fake_ims.settle()
    assert titles(rpc, "status == 1") == []
    assert titles(rpc, "status == 3") == ["clip"]
    assert titles(rpc, "ocrInfo.tracks.content = 'x'") == []
    fake_ims.assets.describe(media_id, ocr=["x"])
    assert titles(rpc, "ocrInfo.tracks.content = 'x'") == ["clip"]
    again = add(fake_ims, "new clip", InputURL="oss://bucket/clip.mp4", Overwrite=True)
    assert again != media_id
    assert titles(rpc, "title = 'clip'") == ["new clip"]


# ---------------------------------------------------------------- how it is shown


def test_an_asset_is_shown_with_its_file_and_what_is_known_of_it(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.declare(categories={7: "\u4f53\u80b2"})
    media_id = add(
        fake_ims, "clip", Description="d", MediaTags="a,b", CateId=7, UserData="{}",
        ReferenceId="123-123", **ALONE,
    )  # fmt: skip
    fake_ims.settle()
    fake_ims.assets.describe(
        media_id,
        ocr=["one", "two"],
        labels=[("Vehicle", "103102", "Car"), ("Animal", "1031")],
        custom_fields={"intField1": 12, "strField1": "\u718a"},
    )
    (found,) = search(rpc)["MediaInfoList"]
    assert list(found) == ["MediaId", "MediaBasicInfo", "FileInfoList", "CustomFields", "AiData"]
    assert found["MediaId"] == found["MediaBasicInfo"]["MediaId"] == media_id
    own = rpc.get(media_id)
    basic, own_basic = found["MediaBasicInfo"], own["MediaBasicInfo"]
    assert basic.pop("TranscodeStatus") == "Init"
    for each in (basic, own_basic):
        assert each.pop("CoverURL").startswith(f"http://{HOST}/cover.png?Expires=")
    assert basic == own_basic
    assert (basic["CateId"], basic["CateName"]) == (7, "\u4f53\u80b2")
    (file,), own_file = found["FileInfoList"], own["FileInfoList"][0]
    assert list(file) == ["FileBasicInfo"]
    assert file["FileBasicInfo"].pop("FileUrl").startswith(f"http://{HOST}/clip.mp4?Expires=")
    del own_file["FileBasicInfo"]["FileUrl"]
    assert file["FileBasicInfo"] == own_file["FileBasicInfo"]
    assert found["CustomFields"] == '{"intField1": 12, "strField1": "\u718a"}'
    assert found["AiData"] == {
        "AiLabelInfo": [
            {"Category": "Vehicle", "LabelId": "103102", "LabelName": "Car"},
            {"Category": "Animal", "LabelId": "1031", "LabelName": ""},
        ],
        "OcrInfo": [{"Content": "one"}, {"Content": "two"}],
    }


def test_what_is_absent_is_left_out(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = add(fake_ims, "clip")
    (found,) = search(rpc)["MediaInfoList"]
    assert list(found) == ["MediaId", "MediaBasicInfo", "FileInfoList"]
    assert found["FileInfoList"] == []
    assert fake_ims.calls[-1].relied_on == ("first_status",)
    fake_ims.assets.describe(media_id, labels=[("a", "b", "c")])
    (found,) = search(rpc)["MediaInfoList"]
    assert list(found["AiData"]) == ["AiLabelInfo"]


def without_empty(value: Any) -> Any:
    """Without empty lists, which the SDK makes of what is absent."""
    if isinstance(value, dict):
        return {name: without_empty(each) for name, each in value.items() if each != []}
    return [without_empty(each) for each in value] if isinstance(value, list) else value


def test_the_official_sdk_reads_all_of_it(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    media_id = add(fake_ims, "clip", MediaTags="a,b")
    fake_ims.settle()
    fake_ims.assets.describe(
        media_id, ocr=["o"], labels=[("c", "1", "n")], custom_fields={"intField1": 1}
    )
    request = models.SearchMediaRequest(
        match=r"Title = \"CLIP\" and tagList in ('b')", sort_by="utcCreate:Desc", page_no=1,
        page_size=20, custom_filters='{"intField1":{"gte":1}}', entity_id="e",
        search_lib_name="ims-default-search-lib",
    )  # fmt: skip
    body = fake_ims_client.search_media(request).body
    assert (body.code, body.success, body.total) == ("200", "True", 1)
    assert len(body.scroll_token) == 32
    assert without_empty(body.to_map()) == without_empty(fake_ims.calls[-1].answer)
    (found,) = body.media_info_list
    assert found.media_id == media_id
    assert found.media_basic_info.title == "clip"
    assert found.file_info_list[0].file_basic_info.file_name == "clip.mp4"
    assert found.ai_data.ai_label_info[0].label_name == "n"
    assert found.ai_data.ocr_info[0].content == "o"
    assert json.loads(found.custom_fields) == {"intField1": 1}
    assert fake_ims.calls[-1].ignored == ("EntityId",)


# ---------------------------------------------------------------- order and pages


@pytest.mark.parametrize(
    ("sort_by", "found"),
    [
        ("", "New Gone Lion Giant Panda"),
        ("utcCreate:Desc", "New Gone Lion Giant Panda"),
        ("utccreate:ASC", "Giant Panda Lion Gone New"),
        ("title:asc", "Giant Panda Gone Lion New"),
        (" title : desc ,", "New Lion Gone Giant Panda"),
        ("cateId:Desc", "Lion Giant Panda New Gone"),
        ("status:Asc,title:Desc", "New Gone Lion Giant Panda"),
        ("status:Desc,title:Asc", "Giant Panda Lion Gone New"),
        ("description:Asc,utcCreate:Desc", "Giant Panda New Gone Lion"),
    ],
)
def test_sort_by(rpc: Rpc, zoo: dict[str, str], sort_by: str, found: str) -> None:
    assert " ".join(titles(rpc, SortBy=sort_by)) == found


@pytest.mark.parametrize(
    ("sort_by", "said"),
    [
        ("utcCreate", "utcCreate is sorted Asc or Desc, not ''"),
        ("utcCreate:Down", "utcCreate is sorted Asc or Desc, not 'Down'"),
        ("utcCreated:Desc", "nothing is sorted by 'utcCreated'; did you mean utcCreate?"),
        ("title:Asc,tagList:Asc", "nothing is sorted by 'tagList' (there are title, description,"),
        (":", "nothing is sorted by ''"),
        ("x" * 100_000 + "\0", "nothing is sorted by 'xxx"),
    ],
)
def test_sort_by_of_another_kind(fake_ims: FakeIms, rpc: Rpc, sort_by: str, said: str) -> None:
    assert rpc("SearchMedia", SortBy=sort_by).refusal == invalid("SortBy")
    assert fake_ims.calls[-1].note.startswith(said)
    assert len(fake_ims.calls[-1].note) < 600


def test_pages(fake_ims: FakeIms, rpc: Rpc) -> None:
    names = [f"{number:02}" for number in range(23)]
    for name in names:
        add(fake_ims, name)
    assert titles(rpc, SortBy="title:Asc") == names[:10]
    assert titles(rpc, SortBy="title:Asc", PageNo="3") == names[20:]
    assert titles(rpc, SortBy="utcCreate:Asc", PageNo="2", PageSize="7") == names[7:14]
    answer = search(rpc, PageNo="2147483647", PageSize="50")
    assert (answer["MediaInfoList"], answer["Total"]) == ([], 23)


@pytest.mark.parametrize("name", ["PageNo", "PageSize"])
@pytest.mark.parametrize("value", ["x", "1.0", "2147483648", "\uff11"])
def test_numbers_of_the_wrong_type_are_the_gateways(rpc: Rpc, name: str, value: str) -> None:
    assert rpc("SearchMedia", **{name: value}).code == f"Invalid{name}"


# ---------------------------------------------------------------- libraries and custom fields


def test_search_libraries(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(search_libs=("mine", "empty"))
    add(fake_ims, "in mine", RegisterConfig={"SearchLibName": "mine"})
    add(fake_ims, "anywhere")
    assert titles(rpc, SearchLibName="mine") == []
    fake_ims.settle()
    assert titles(rpc, SearchLibName="mine") == ["in mine"]
    assert titles(rpc, "title = 'any'", SearchLibName="mine") == []
    assert titles(rpc, SearchLibName="empty") == []
    assert titles(rpc, SearchLibName="ims-default-search-lib") == ["anywhere", "in mine"]
    assert rpc("SearchMedia", SearchLibName="other").refusal == invalid("SearchLibName")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ("{}", "c b a"),
        ('{"intField1": 12}', "a"),
        ('{"intField1": [12, 13, 14]}', "b a"),
        ('{"intField1":{"gte":12,"lte":13},"strField2":["cd","de"],"strField1":"abc"}', "a"),
        ('{"strField1": "ab"}', ""),
        ('{"intField1": -9223372036854775808}', ""),
    ],
)  # fmt: skip
def test_custom_filters(fake_ims: FakeIms, rpc: Rpc, filters: str, found: str) -> None:
    described = fake_ims.assets.describe
    described(
        add(fake_ims, "a"), custom_fields={"intField1": 12, "strField1": "abc", "strField2": "de"}
    )
    described(add(fake_ims, "b"), custom_fields={"intField1": 13})
    add(fake_ims, "c")
    assert " ".join(titles(rpc, CustomFilters=filters)) == found


@pytest.mark.parametrize(
    "filters",
    [
        "[]", "x", "NaN", '{"intField1": NaN}', "[" * 50_000, '{"a": 1}', '{"intField1": "12"}',
        '{"intField1": true}', '{"intField1": 1.0}', '{"intField1": null}', '{"intField1": []}',
        '{"intField1": {}}', '{"intField1": {"gt": 1}}', '{"intField1": {"gte": [1]}}',
        '{"intField1": {"gte": null}}', '{"intField1": [[1]]}', '{"strField1": 1}',
        '{"strField2": ["a", 1]}', '{"intField1": 9223372036854775808}',
        '{"intField1": ' + "9" * 5000 + "}", '{"strField1": {"gte": "a", "lte": "b", "x": "c"}}',
    ],
)  # fmt: skip
def test_custom_filters_of_another_kind(rpc: Rpc, filters: str) -> None:
    assert rpc("SearchMedia", CustomFilters=filters).refusal == invalid("CustomFilters")


# ---------------------------------------------------------------- what is refused


def test_the_journal_points_at_what_is_wrong_in_a_match(fake_ims: FakeIms, rpc: Rpc) -> None:
    assert rpc("SearchMedia", Match="title = 'a' or title = 'b'").refusal == invalid("Match")
    call = fake_ims.calls[-1]
    said = 'column 13: expected "and" or the end: "or" stands inside parentheses only'
    assert call.note == f"{said}\ntitle = 'a' or title = 'b'\n            ^"
    assert repr(call) == (
        f"<SearchMedia(Match=\"title = 'a' or title = 'b'\") 400 InvalidParameter ({said}) "
        f"at {iso(call.at)}>\n"
        "    title = 'a' or title = 'b'\n"
        "                ^"
    )


def test_a_failing_test_shows_the_place(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc("SearchMedia", Match="titel = 'a'")
    with pytest.raises(AssertionError) as failed:
        fake_ims.calls.assert_called("SearchMedia", ok=True)
    assert "no field is called 'titel'; did you mean title?" in str(failed.value)
    assert "titel = 'a'\n" in str(failed.value)


@pytest.mark.parametrize(
    "match",
    [
        "x" * 1_000_000,
        "(" * 10_000,
        "(" * 10_000 + ")" * 10_000,
        "(title = 'a' and " * 3_000 + "title = 'a'" + ")" * 3_000,
        "title = '\0\x1b[31m\r\n" + "\u0301" * 100,
        "\u718a" * 1_000,
        "'" * 50_000,
        "\\" * 50_000,
    ],
    ids=range(8),
)
def test_a_monstrous_match_is_refused_in_a_few_plain_lines(
    fake_ims: FakeIms, rpc: Rpc, match: str
) -> None:
    reply = rpc.raw("POST", rpc.target("SearchMedia"), *form(Match=match))
    assert reply.refusal == invalid("Match")
    lines = repr(fake_ims.calls[-1]).split("\n")
    assert len(lines) <= 3
    assert all(line.isprintable() for line in lines)
    assert sum(map(len, lines)) < 2_000


@pytest.mark.parametrize("shelf", ["cateId == {}", "tagList in ('{}')"])
def test_a_match_of_thousands_of_conditions_is_answered(
    fake_ims: FakeIms, rpc: Rpc, shelf: str
) -> None:
    """Not in the time of their number squared: the client waits for a few seconds only."""
    add(fake_ims, "clip", MediaTags="1", CateId=1)
    numbers = range(1, 1_701)
    parts = [*(f"utcCreate=[1,{10**9 + each}]" for each in numbers), *map(shelf.format, numbers)]
    match = " and ".join(parts)
    assert len(match) > 80_000
    reply = rpc.raw("POST", rpc.target("SearchMedia"), *form(Match=match))
    assert (reply.status, reply.json["Total"]) == (200, 0)


def test_a_match_is_parsed_without_the_lock(
    fake_ims: FakeIms, rpc: Rpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, parse, free = fake_ims.world.lock, Lark.parse, []

    def parsing(self: Lark, text: str) -> Any:
        def try_it() -> None:
            free.append(lock.acquire(blocking=False))
            if free[-1]:
                lock.release()

        other = threading.Thread(target=try_it)
        other.start()
        other.join()
        return parse(self, text)

    monkeypatch.setattr(Lark, "parse", parsing)
    assert titles(rpc, "title = 'a'") == []
    assert free == [True]


@pytest.mark.parametrize(
    ("match", "relied_on"),
    [("status == 1", True), ("(status in (0,3) or title = 'x')", True), ("status == 3", False)],
)
def test_a_search_for_what_is_not_analysed_relies_on_the_first_status(
    fake_ims: FakeIms, rpc: Rpc, match: str, relied_on: bool
) -> None:
    assert titles(rpc, match) == []
    assert ("first_status" in fake_ims.calls[-1].relied_on) == relied_on


def form(**parameters: str) -> tuple[bytes, dict[str, str]]:
    """A body for what no query can hold."""
    from urllib.parse import urlencode

    return urlencode(parameters).encode(), {"Content-Type": "application/x-www-form-urlencoded"}


PIECES = st.sampled_from([
    "title", "tagList", "mediaId", "cateId", "status", "utcCreate", "utcModified", "mediaType",
    "fileInfo.storageLocation", "ocrInfo.tracks.content", "aiLabelInfo.category", " == ", " = ",
    " in ", "(", ")", "[", "]", ",", " and ", " or ", "'a'", "'3'", "'video'", "3", "'", '"', "\\",
])  # fmt: skip
VALUES = {
    "Match": st.lists(PIECES | st.text(max_size=2), max_size=12).map("".join),
    "SortBy": st.lists(
        st.sampled_from(["title", "utcCreate", "cateId", ":", "Asc", "Desc", ",", " ", "x"])
    ).map("".join),
    "PageNo": st.integers(-3, 3).map(str),
    "PageSize": st.sampled_from(["0", "1", "50", "51", "-1", "x"]),
    "ScrollToken": st.sampled_from(["", "0" * 32, "x", "token"]),
    "SearchLibName": st.sampled_from(["", "ims-default-search-lib", "x"]),
    "CustomFilters": st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["intField1", "strField1", "gte", "lte"]), inner)
        ),
    ).map(json.dumps),
    "Text": st.text(max_size=9),
    "MediaId": st.text(max_size=3),
    "UtcCreate": st.dictionaries(
        st.sampled_from(["gte", "lte", "x"]), st.integers() | st.none() | st.floats()
    ).map(json.dumps),
}


def answered(reply: Reply) -> None:
    assert reply.status == 200 or (reply.status == 400 and reply.code.startswith("Invalid")), reply


@pytest.mark.parametrize("action", ["SearchMedia", "SearchMediaByHybrid"])
def test_any_request_is_answered(action: str) -> None:
    with FakeIms() as ims:
        rpc = Rpc(ims)
        for name in "abc":
            add(ims, name, MediaTags="a", CateId=3)
        ims.settle()
        token = search(rpc)["ScrollToken"]
        names = ims.world.parameters_of(action) & VALUES.keys()

        @given(st.fixed_dictionaries({}, optional={name: VALUES[name] for name in sorted(names)}))
        @settings(max_examples=100, deadline=None)
        def any_request(parameters: dict[str, str]) -> None:
            if parameters.get("ScrollToken") == "token":
                parameters["ScrollToken"] = token
            if action == "SearchMediaByHybrid":
                parameters.setdefault("Text", "a")
                parameters["Text"] = parameters["Text"] or "a"
            answered(rpc(action, **parameters))

        any_request()
        assert len(ims.assets) == 3
