"""UpdateMediaInfo: what can be changed, what stays, and what is told of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from alone import ALONE
from hypothesis import given
from hypothesis import strategies as st
from rpc import Reply, Rpc, invalid

from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"
OTHER = "oss://bucket/b.mp4"
HTTPS = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4"
UNKNOWN = "0123456789ab71efabcdef0123456789"
HAN = "\u5a92"  # 3 bytes in UTF-8
SMILE = "\U0001f600"  # 4 bytes
BEFORE = {
    "Title": "title",
    "Description": "description",
    "MediaTags": "one,two",
    "CoverURL": "http://example.com/cover.png",
    "UserData": '{"a":1}',
    "CateId": "1",
    "ReferenceId": "reference-1",
    "BusinessType": "opening",
}


def update(rpc: Rpc, media_id: str, **parameters: str) -> Reply:
    return rpc("UpdateMediaInfo", MediaId=media_id, **parameters)


def basic(rpc: Rpc, media_id: str) -> dict[str, Any]:
    shown = rpc.get(media_id)["MediaBasicInfo"]
    assert isinstance(shown, dict)
    return shown


# ---------------------------------------------------------------- what is changed


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Title", "a new title", "a new title"),
        ("Description", "a & b = c + d %20\n\x01", "a & b = c + d %20\n\x01"),
        ("Category", HAN, HAN),
        ("CateId", "-9223372036854775808", -9223372036854775808),
        ("MediaTags", "three,,four,", "three,four"),
        ("CoverURL", "http://example.com/new.png", "http://example.com/new.png"),
        ("UserData", "plain text", "plain text"),
        ("UserData", '{"b":', '{"b":'),
        ("BusinessType", "video", "video"),
        ("ReferenceId", "reference-2", "reference-2"),
        ("Title", "None", "None"),
    ],
)
def test_what_is_sent_is_changed_and_the_rest_stays(
    fake_ims: FakeIms, rpc: Rpc, name: str, value: str, shown: object
) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    media_id = rpc.register(URL, **ALONE | BEFORE).media_id
    fake_ims.settle()
    before = basic(rpc, media_id)
    fake_ims.clock.advance("1h")
    reply = update(rpc, media_id, **{name: value})
    assert (reply.status, list(reply.json)) == (200, ["RequestId", "MediaId"])
    assert reply.media_id == media_id
    after = basic(rpc, media_id)
    assert after == before | {
        name: shown,
        "ModifiedTime": fake_ims.clock.now().isoformat()[:19] + "Z",
    }
    assert after["ModifiedTime"] > before["ModifiedTime"]


def test_everything_at_once_as_in_the_example(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    sent = {
        "Title": "defaultTitle",
        "Description": "defaultDescription",
        "Category": "defaultCategory",
        "CateId": "3048",
        "MediaTags": "updateTags1,updateTags2",
        "AppendTags": "true",
        "CoverURL": "http://example.com/example.png",
        "UserData": "userData",
        "BusinessType": "video",
        "ReferenceId": "123-123",
    }
    update(rpc, media_id, **sent)
    expected: dict[str, object] = {**sent, "CateId": 3048}
    del expected["AppendTags"]
    assert basic(rpc, media_id).items() >= expected.items()
    assert fake_ims.calls[1].ignored == ()
    fake_ims.calls.assert_called("UpdateMediaInfo", MediaId=media_id, CateId=3048, AppendTags=True)


@pytest.mark.parametrize("url", [URL, HTTPS, HTTPS + "?Expires=1"])
def test_by_url(fake_ims: FakeIms, rpc: Rpc, url: str) -> None:
    media_id = rpc.register(URL).media_id
    assert rpc("UpdateMediaInfo", InputURL=url, Title="new").media_id == media_id
    assert fake_ims.assets[media_id].title == "new"
    assert fake_ims.assets[media_id].input_url == URL


def test_media_id_wins_over_input_url_which_cannot_be_changed(fake_ims: FakeIms, rpc: Rpc) -> None:
    one, two = rpc.register(URL).media_id, rpc.register(OTHER, Title="two").media_id
    for url in (OTHER, "oss://bucket/unknown.mp4", "nonsense"):
        assert update(rpc, one, InputURL=url, Title="new").media_id == one
    assert fake_ims.assets[one].input_url == URL
    assert fake_ims.assets[two].title == "two"
    assert update(rpc, UNKNOWN, InputURL=URL, Title="x").refusal == invalid("MediaId")


@pytest.mark.parametrize("sent", [{}, {"MediaId": "", "InputURL": ""}], ids=["none", "blank"])
def test_neither_is_a_missing_parameter(rpc: Rpc, sent: dict[str, str]) -> None:
    reply = rpc("UpdateMediaInfo", Title="x", **sent)
    assert (reply.status, reply.code) == (400, "MissingParameter")
    assert '"MediaId"' in reply.message


def test_asset_that_was_deleted_is_unknown(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.delete(media_id)
    assert update(rpc, media_id, Title="x").refusal == invalid("MediaId")
    assert rpc("UpdateMediaInfo", InputURL=URL, Title="x").refusal == invalid("InputURL")


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Title", HAN * 42 + "xx"),
        ("Description", SMILE * 256),
        ("Category", SMILE * 16),
        ("CoverURL", HAN * 42 + "xx"),
        ("UserData", HAN * 341 + "x"),
        ("MediaTags", ",".join([HAN * 10 + "xx"] * 16)),
        ("MediaTags", ",".join(map(str, range(16)))),
        ("ReferenceId", "abc-_9"),
        ("ReferenceId", "x" * 64),
        ("CateId", "9223372036854775807"),
    ],
)
def test_at_the_limit_it_is_taken(rpc: Rpc, name: str, value: str) -> None:
    media_id = rpc.register(URL).media_id
    assert update(rpc, media_id, **{name: value}).status == 200
    assert str(basic(rpc, media_id)[name]) == value


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Title", HAN * 43),
        ("Title", "x" * 129),
        ("Description", SMILE * 256 + "x"),
        ("Category", SMILE * 16 + "x"),
        ("Category", "x" * 65),
        ("CoverURL", HAN * 43),
        ("UserData", HAN * 341 + "xx"),
        ("MediaTags", HAN * 11),
        ("MediaTags", ",".join(map(str, range(17)))),
        ("ReferenceId", "short"),
        ("ReferenceId", "x" * 65),
        ("ReferenceId", "with space"),
        ("ReferenceId", HAN * 6),
        ("ReferenceId", "line\nfeed"),
    ],
)
def test_over_the_limit_it_is_refused_and_nothing_changes(
    fake_ims: FakeIms, rpc: Rpc, name: str, value: str
) -> None:
    media_id = rpc.register(URL, **BEFORE).media_id
    before = fake_ims.assets[media_id]
    sent = {"Title": "new", "UserData": "new"} | {name: value}
    assert update(rpc, media_id, **sent).refusal == invalid(name)
    assert fake_ims.assets[media_id] is before
    assert len(fake_ims.events) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("CateId", "x"), ("CateId", "1.0"), ("CateId", "9223372036854775808"), ("AppendTags", "1")],
)
def test_value_of_the_wrong_type_is_the_gateways(rpc: Rpc, name: str, value: str) -> None:
    reply = update(rpc, rpc.register(URL).media_id, **{name: value})
    assert reply.refusal == (400, f"Invalid{name}", f"Specified parameter {name} is not valid.")


@pytest.mark.fake_ims(strict=True)
def test_strict_refuses_values_that_are_not_documented(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(categories={5: "five"})
    media_id = rpc.register(URL).media_id
    assert update(rpc, media_id, BusinessType="video").refusal == invalid("BusinessType")
    assert update(rpc, media_id, CateId="6").refusal == invalid("CateId")
    assert update(rpc, media_id, CateId="5", BusinessType="ending").status == 200
    text = rpc.register("oss://b/a.srt", MediaType="text", BusinessType="font").media_id
    assert update(rpc, text, BusinessType="general").refusal == invalid("BusinessType")
    assert update(rpc, text, Title="new").status == 200
    assert update(rpc, text, BusinessType="subtitles").status == 200


# ---------------------------------------------------------------- ReferenceId


def test_reference_id_of_another_asset_is_refused(fake_ims: FakeIms, rpc: Rpc) -> None:
    one = rpc.register(URL, ReferenceId="reference-1").media_id
    two = rpc.register(OTHER).media_id
    reply = update(rpc, two, ReferenceId="reference-1", Title="new")
    assert reply.refusal == invalid("ReferenceId")
    assert fake_ims.assets[two].title != "new"
    assert update(rpc, one, ReferenceId="reference-1").status == 200
    assert fake_ims.assets.by_reference_id("reference-1").media_id == one


def test_reference_id_that_was_given_up_is_free_again(fake_ims: FakeIms, rpc: Rpc) -> None:
    one = rpc.register(URL, ReferenceId="reference-1").media_id
    two = rpc.register(OTHER, ReferenceId="reference-2").media_id
    assert update(rpc, one, ReferenceId="reference-3").status == 200
    assert update(rpc, two, ReferenceId="reference-1").status == 200
    assert fake_ims.assets.by_reference_id("reference-1").media_id == two
    with pytest.raises(KeyError):
        fake_ims.assets.by_reference_id("reference-2")


# ---------------------------------------------------------------- tags


@pytest.mark.parametrize(
    ("append", "tags", "after"),
    [
        ({}, "three", ("three",)),
        ({"AppendTags": "false"}, "three", ("three",)),
        ({"AppendTags": "False"}, ",", ()),
        ({"AppendTags": ""}, "", ("one", "two")),
        ({"AppendTags": "true"}, "three", ("one", "two", "three")),
        ({"AppendTags": "True"}, "two,three,three,one", ("one", "two", "three")),
        ({"AppendTags": "true"}, "Two", ("one", "two", "Two")),
        ({"AppendTags": "true"}, ",", ("one", "two")),
        ({"AppendTags": "true"}, "", ("one", "two")),
    ],
)
def test_tags_are_replaced_or_appended(
    fake_ims: FakeIms, rpc: Rpc, append: dict[str, str], tags: str, after: tuple[str, ...]
) -> None:
    media_id = rpc.register(URL, MediaTags="one,two").media_id
    assert update(rpc, media_id, MediaTags=tags, **append).status == 200
    assert fake_ims.assets[media_id].media_tags == after


def test_appended_tags_are_16_at_most_with_those_there(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, MediaTags=",".join(map(str, range(15)))).media_id
    before = fake_ims.assets[media_id]
    over = update(rpc, media_id, MediaTags="15,16", AppendTags="true", Title="new")
    assert over.refusal == invalid("MediaTags")
    assert fake_ims.assets[media_id] is before
    full = update(rpc, media_id, MediaTags="0,1,2,15", AppendTags="true")
    assert full.status == 200
    assert fake_ims.assets[media_id].media_tags == tuple(map(str, range(16)))


TAGS = st.lists(st.sampled_from("abcdefghijklmnopqr"), max_size=16)


@given(TAGS, TAGS)
def test_appending_is_idempotent_and_keeps_what_is_there(
    before: list[str], more: list[str]
) -> None:
    with FakeIms() as ims:
        asset = ims.register(InputURL=URL, MediaTags=before)
        if len(before) + len(set(more) - set(before)) > 16:
            return
        once = ims.update(asset.media_id, MediaTags=more, AppendTags=True)
        again = ims.update(asset.media_id, MediaTags=more, AppendTags=True)
        assert once.media_tags == again.media_tags
        assert list(once.media_tags[: len(before)]) == before
        assert set(once.media_tags) == {*before, *more}


# ---------------------------------------------------------------- nothing to change


@pytest.mark.parametrize("sent", [{}, {"Title": ""}, {"AppendTags": "true"}], ids=str)
def test_update_without_anything_new_does_nothing(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str]
) -> None:
    media_id = rpc.register(URL, Title="title").media_id
    before = fake_ims.assets[media_id]
    fake_ims.clock.advance("1s")
    assert update(rpc, media_id, **sent).media_id == media_id
    assert fake_ims.assets[media_id] is before
    assert len(fake_ims.events) == 0


def test_same_value_again_is_an_update_without_an_event(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze()
    media_id = rpc.register(URL, Title="title").media_id
    fake_ims.clock.advance("1s")
    assert update(rpc, media_id, Title="title").media_id == media_id
    asset = fake_ims.assets[media_id]
    assert asset.modified_at - asset.created_at == 1_000_000
    assert len(fake_ims.events) == 0


# ---------------------------------------------------------------- while it is analysed


@pytest.mark.fake_ims(delay="3s")
def test_update_before_the_end_of_the_analysis_stays(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    media_id = rpc.register(URL, Title="old", UserData='{"a":1}').media_id
    fake_ims.clock.advance("1s")
    update(rpc, media_id, Title="new", UserData="b")
    assert rpc.status(media_id) == "Preparing"
    assert basic(rpc, media_id)["ModifiedTime"] == "2026-01-31T12:00:01Z"
    fake_ims.clock.advance("2s")
    shown = basic(rpc, media_id)
    assert (shown["Title"], shown["UserData"], shown["Status"]) == ("new", "b", "Normal")
    assert shown["ModifiedTime"] == "2026-01-31T12:00:03Z"
    changed, registered, analysed = fake_ims.events
    assert (changed.event_type, changed.event_time) == (
        "MediaBaseChangeComplete", "2026-01-31T12:00:01Z",
    )  # fmt: skip
    assert registered.event_type == "RegisterMediaComplete"
    assert analysed.event_type == "VideoAnalysisComplete"
    assert registered.message_body["UserData"] == analysed.message_body["UserData"] == "b"


def test_update_of_a_failed_asset_leaves_it_failed(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.fail(media_id, "no such key")
    update(rpc, media_id, Title="new")
    asset = fake_ims.assets[media_id]
    assert (asset.status, asset.failure, asset.title) == ("PrepareFail", "no such key", "new")


# ---------------------------------------------------------------- the event


def test_event_tells_what_has_changed(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = fake_ims.register(InputURL=URL, **BEFORE).media_id
    fake_ims.settle()
    update(
        rpc, media_id, Title=HAN, Description="description", MediaTags="three", AppendTags="true",
        CateId="9223372036854775807", CoverURL="http://example.com/new.png", UserData="new",
    )  # fmt: skip
    event = fake_ims.events[-1]
    assert event.event_type == "MediaBaseChangeComplete"
    assert (event.media_id, event.status) == (media_id, "Success")
    assert list(event.message_body) == [
        "Status", "MediaType", "MediaId", "OperateMode", "MediaContent",
    ]  # fmt: skip
    assert event.message_body["MediaType"] == "video"
    assert event.message_body["OperateMode"] == "update"
    content = json.loads(event.message_body["MediaContent"])
    assert {name: json.loads(values) for name, values in content.items()} == {
        "Title": {"OldValue": "title", "NewValue": HAN},
        "CoverURL": {
            "OldValue": "http://example.com/cover.png", "NewValue": "http://example.com/new.png",
        },
        "CateId": {"OldValue": 1, "NewValue": 9223372036854775807},
        "Tags": {"OldValue": "one,two", "NewValue": "one,two,three"},
    }  # fmt: skip
    assert json.loads(event.to_json())["MessageBody"] == dict(event.message_body)


def test_event_leaves_out_what_was_not_there(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, MediaTags="one").media_id
    update(rpc, media_id, Description="new", CateId="0", MediaTags=",")
    content = json.loads(fake_ims.events[-1].message_body["MediaContent"])
    assert content == {
        "Description": '{"NewValue":"new"}', "CateId": '{"NewValue":0}',
        "Tags": '{"OldValue":"one"}',
    }  # fmt: skip


def test_event_of_other_changes_has_an_empty_content(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register("oss://bucket/a.png").media_id
    update(rpc, media_id, UserData="new", Category="new")
    assert dict(fake_ims.events[-1].message_body) == {
        "Status": "Success", "MediaType": "image", "MediaId": media_id, "OperateMode": "update",
        "MediaContent": "{}",
    }  # fmt: skip


# ---------------------------------------------------------------- the Python side


def test_update_without_http(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=URL, MediaTags=["a"]).media_id
    asset = fake_ims.update(media_id, Title="new", MediaTags=["b"], AppendTags=True, CateId=None)
    assert asset is fake_ims.assets[media_id]
    assert (asset.title, asset.media_tags, asset.cate_id) == ("new", ("a", "b"), None)
    assert len(fake_ims.calls) == 0
    with pytest.raises(TypeError, match="UpdateMediaInfo has no parameter Titel; did you mean T"):
        fake_ims.update(media_id, Titel="x")
