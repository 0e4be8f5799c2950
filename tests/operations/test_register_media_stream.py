"""RegisterMediaStream: which streams an asset takes, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from alone import ALONE
from hypothesis import given
from hypothesis import strategies as st
from rpc import Rpc, in_form, invalid, missing

from fake_ims import FakeIms
from fake_ims.library.streams import Stream

URL = "oss://bucket/a.mp4"
STREAM = "oss://bucket/hd/a b.mp4"
HTTP = "http://bucket.oss-cn-shanghai.aliyuncs.com/hd/a%20b.mp4"
VOD = "vod://20b48fb04483915d4f2cd8ac00000000"
USER_DATA = '{"MessageCallback":{"CallbackURL":"http://test.test.com"},"Extend":{"localId":"xxx"}}'
TAGS = '{"key1": "value1"}'


@pytest.fixture
def media_id(fake_ims: FakeIms) -> str:
    """An asset that has been analysed."""
    media_id = fake_ims.register(InputURL=URL, **ALONE).media_id
    fake_ims.settle()
    return media_id


def stream_of(ims: FakeIms, media_id: str) -> Stream:
    (stream,) = ims.assets[media_id].streams
    return stream


# ---------------------------------------------------------------- what is taken


@pytest.mark.parametrize(
    "url",
    [
        STREAM,
        HTTP,
        HTTP.replace("http", "https"),
        HTTP + "?Expires=1&Signature=x",
        "OSS://bucket/\u6d41.m3u8",
        "https://other.oss-cn-beijing-internal.aliyuncs.com/a.ts",
    ],
)
def test_any_form_of_an_oss_url_is_taken(
    fake_ims: FakeIms, rpc: Rpc, media_id: str, url: str
) -> None:
    reply = rpc("RegisterMediaStream", MediaId=media_id, InputURL=url)
    assert reply.status == 200
    assert reply.json.keys() == {"RequestId", "MediaId"}
    assert reply.media_id == media_id
    stream = stream_of(fake_ims, media_id)
    assert (stream.input_url, stream.status) == (url, "Preparing")


def test_everything_of_the_example_is_kept(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    rpc(
        "RegisterMediaStream", MediaId=media_id, InputURL=STREAM, UserData=USER_DATA,
        StreamTags=TAGS,
    )  # fmt: skip
    stream = stream_of(fake_ims, media_id)
    assert (stream.user_data, stream.stream_tags) == (USER_DATA, TAGS)
    assert TAGS in repr(stream)
    assert "Preparing" in repr(stream)
    assert fake_ims.calls[-1].ignored == ()


@pytest.mark.parametrize(
    ("url", "media_type"),
    [("oss://b/a.mp3", "audio"), ("oss://b/a.m3u8", "video"), ("oss://b/a.mpd", "audio")],
)
def test_media_type_is_what_the_suffix_tells_or_else_that_of_the_asset(
    fake_ims: FakeIms, rpc: Rpc, url: str, media_type: str
) -> None:
    media_id = rpc.register("oss://b/asset.aac").media_id
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=url)
    assert stream_of(fake_ims, media_id).media_type == media_type


def test_stream_of_a_picture_without_a_suffix_is_taken_for_a_video(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register("oss://b/asset.png").media_id
    rpc("RegisterMediaStream", MediaId=media_id, InputURL="oss://b/stream")
    assert stream_of(fake_ims, media_id).media_type == "video"


def test_asset_of_vod_takes_streams_too(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(VOD).media_id
    assert rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM).media_id == media_id


def test_one_file_may_be_the_stream_of_two_assets(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = [rpc.register(f"oss://b/{number}.mp4").media_id for number in range(2)]
    for media_id in ids:
        rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM)
    fake_ims.settle()
    assert [stream_of(fake_ims, media_id).status for media_id in ids] == ["Normal"] * 2


def test_stream_is_no_asset_and_an_assets_file_may_be_a_stream(
    fake_ims: FakeIms, rpc: Rpc, media_id: str
) -> None:
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM)
    assert rpc("GetMediaInfo", InputURL=STREAM).refusal == invalid("InputURL")
    other = rpc.register(STREAM).media_id
    assert rpc("RegisterMediaStream", MediaId=other, InputURL=URL).status == 200
    assert len(fake_ims.assets) == 2


def test_asset_itself_does_not_change(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    before = fake_ims.assets[media_id]
    fake_ims.clock.advance("1h")
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM)
    fake_ims.settle()
    (stream,) = fake_ims.assets[media_id].streams
    assert fake_ims.assets[media_id] == replace(before, streams=(stream,))


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({}, missing("InputURL")),
        ({"InputURL": "", "MediaId": ""}, missing("InputURL")),
        ({"MediaId": "x"}, missing("InputURL")),
        ({"InputURL": STREAM}, missing("MediaId")),
        ({"InputURL": STREAM, "MediaId": ""}, missing("MediaId")),
        ({"InputURL": STREAM, "MediaId": "0" * 32}, invalid("MediaId")),
        ({"InputURL": STREAM, "MediaId": "\u5a92" * 9999}, invalid("MediaId")),
        ({"InputURL": "nonsense", "MediaId": "0" * 32}, invalid("InputURL")),
    ],
)
def test_both_must_be_there_and_the_asset_known(
    rpc: Rpc, sent: dict[str, str], refusal: tuple[int, str, str]
) -> None:
    assert rpc("RegisterMediaStream", **sent).refusal == refusal


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("InputURL", url) for url in (VOD, "http://example.com/a.mp4", "oss://b/", "oss://b/\n")),
        *(("StreamTags", text) for text in ("{", "[]", '"x"', "1", "null", "NaN", "key1")),
        *(("UserData", text) for text in ("{", "x", "NaN", '{"a":Infinity}', "[" * 100_000)),
    ],
    ids=lambda text: text[:20],
)
def test_wrong_value_is_refused_and_changes_nothing(
    fake_ims: FakeIms, rpc: Rpc, media_id: str, name: str, value: str
) -> None:
    sent = {"MediaId": media_id, "InputURL": STREAM, name: value}
    assert in_form(rpc, "RegisterMediaStream", sent).refusal == invalid(name)
    assert fake_ims.assets[media_id].streams == ()
    assert fake_ims.settle() == ()


@pytest.mark.fake_ims(strict=True)
def test_strictly_the_file_lies_in_the_region_of_the_service(rpc: Rpc, media_id: str) -> None:
    elsewhere = "http://bucket.oss-cn-beijing.aliyuncs.com/a.mp4"
    reply = rpc("RegisterMediaStream", MediaId=media_id, InputURL=elsewhere)
    assert reply.refusal == invalid("InputURL")
    assert rpc("RegisterMediaStream", MediaId=media_id, InputURL=HTTP).status == 200


@pytest.mark.fake_ims(unreadable_object="at_once")
def test_unreadable_file_is_refused_at_once_where_the_setting_says_so(
    fake_ims: FakeIms, rpc: Rpc, media_id: str
) -> None:
    fake_ims.objects.put(STREAM, fails="gone")
    reply = rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM)
    assert reply.refusal == invalid("InputURL")
    assert fake_ims.calls[-1].relied_on == ("unreadable_object",)
    assert fake_ims.assets[media_id].streams == ()


@pytest.mark.fake_ims(unknown_media="not_found")
def test_unknown_asset_is_not_found_where_the_setting_says_so(rpc: Rpc) -> None:
    reply = rpc("RegisterMediaStream", MediaId="0" * 32, InputURL=STREAM)
    assert (reply.status, reply.code) == (404, "ResourceNotFound")


# ---------------------------------------------------------------- the event


def test_event_has_the_fields_of_an_upload(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM, UserData=USER_DATA)
    assert fake_ims.calls[-1].relied_on == (
        "callback_content_type", "event_user_data", "notify_events",
    )  # fmt: skip
    (event,) = fake_ims.settle()
    assert event.event_type == "RegisterStreamComplete"
    assert event.message_body == {
        "Status": "Success", "FileUrl": HTTP, "MediaId": media_id, "UserData": USER_DATA,
    }  # fmt: skip
    assert stream_of(fake_ims, media_id).status == "Normal"


@pytest.mark.parametrize("omit", [False, True])
def test_event_without_user_data(omit: bool) -> None:
    with FakeIms(event_user_data="omit" if omit else "echo") as ims:
        media_id = ims.register(InputURL=URL).media_id
        ims.settle()
        sent = {"UserData": USER_DATA} if omit else {}
        Rpc(ims)("RegisterMediaStream", MediaId=media_id, InputURL=STREAM, **sent)
        (event,) = ims.settle()
        assert event.message_body.keys() == {"Status", "FileUrl", "MediaId"}


@pytest.mark.parametrize(
    ("url", "reason"),
    [(STREAM, "no such key"), ("oss://b/a.png", "neither"), ("oss://b/a.srt", "neither")],
)
def test_stream_that_cannot_be_played_fails(
    fake_ims: FakeIms, rpc: Rpc, media_id: str, url: str, reason: str
) -> None:
    fake_ims.objects.put(STREAM, fails="no such key")
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=url)
    (event,) = fake_ims.settle()
    assert (event.status, event.media_id) == ("Fail", media_id)
    assert reason in repr(stream_of(fake_ims, media_id))
    assert rpc.status(media_id) == "Normal"


@pytest.mark.parametrize("url", [STREAM, "oss://b/a.png"])
def test_any_stream_can_be_made_normal_by_hand(
    fake_ims: FakeIms, rpc: Rpc, media_id: str, url: str
) -> None:
    fake_ims.objects.put(STREAM, fails="no such key")
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=url)
    fake_ims.complete(media_id)
    stream = stream_of(fake_ims, media_id)
    assert (stream.status, stream.failure) == ("Normal", None)
    assert fake_ims.events[-1].status == "Success"
    assert rpc("GetPlayInfo", MediaId=media_id).status == 200


# ---------------------------------------------------------------- the same file again


@pytest.mark.parametrize("again", [STREAM, HTTP])
def test_file_registered_again_is_the_same_stream_with_new_tags(
    fake_ims: FakeIms, rpc: Rpc, media_id: str, again: str
) -> None:
    for url in (STREAM, "oss://bucket/ld.mp4"):
        rpc("RegisterMediaStream", MediaId=media_id, InputURL=url, StreamTags=TAGS)
    fake_ims.settle()
    before = fake_ims.assets[media_id].streams[0]
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=again, StreamTags='{"b":2}')
    assert ("url_identity" in fake_ims.calls[-1].relied_on) == (again != STREAM)
    first, second = fake_ims.assets[media_id].streams
    assert (first.stream_tags, second.stream_tags) == ('{"b":2}', TAGS)
    assert (first.status, first.created_at) == ("Normal", before.created_at)
    (event,) = fake_ims.settle()
    assert event.message_body["FileUrl"] == HTTP


@pytest.mark.fake_ims(url_identity="exact")
def test_other_url_of_a_file_is_another_stream_where_urls_count_byte_for_byte(
    fake_ims: FakeIms, rpc: Rpc, media_id: str
) -> None:
    for url in (STREAM, HTTP):
        rpc("RegisterMediaStream", MediaId=media_id, InputURL=url)
    assert len(fake_ims.assets[media_id].streams) == 2


def test_tags_that_are_not_sent_again_are_gone(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM, StreamTags=TAGS)
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM)
    assert stream_of(fake_ims, media_id).stream_tags is None


def test_failed_stream_may_be_tried_again(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    fake_ims.objects.put(STREAM, fails="not yet there")
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM)
    fake_ims.settle()
    fake_ims.objects.put(STREAM, duration=5)
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM)
    assert stream_of(fake_ims, media_id).status == "Preparing"
    assert "not yet there" not in repr(stream_of(fake_ims, media_id))
    (event,) = fake_ims.settle()
    assert event.status == "Success"
    assert stream_of(fake_ims, media_id).status == "Normal"


def test_each_registration_has_an_event_of_its_own(
    fake_ims: FakeIms, rpc: Rpc, media_id: str
) -> None:
    for number in range(3):
        rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM, UserData=str(number))
    happened = fake_ims.settle()
    assert sorted(event.message_body["UserData"] for event in happened) == ["0", "1", "2"]
    assert stream_of(fake_ims, media_id).user_data == "2"


# ---------------------------------------------------------------- any request

TEXTS = st.text() | st.sampled_from(
    ["", "{}", "[]", "0", "null", '{"a":{"b":[1]}}', STREAM, HTTP, VOD, "oss://", "\x00", "1e999"]
)


@given(
    sent=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(("MediaId", "InputURL", "UserData", "StreamTags"), TEXTS),
    ),
    known=st.booleans(),
)
def test_any_request_is_answered_and_a_refused_one_changes_nothing(
    sent: dict[str, str], known: bool
) -> None:
    with FakeIms() as ims:
        media_id = ims.register(InputURL=URL).media_id
        ims.settle()
        if known:
            sent = {**sent, "MediaId": media_id}
        before: Any = ims.assets[media_id]
        reply = Rpc(ims)("RegisterMediaStream", **sent)
        if reply.status == 200:
            assert known
            assert len(ims.assets[media_id].streams) == 1
        else:
            assert 400 <= reply.status < 500
            assert ims.assets[media_id] == before


# ---------------------------------------------------------------- the Python side


def test_repr_is_one_short_line_whatever_was_sent(
    fake_ims: FakeIms, rpc: Rpc, media_id: str
) -> None:
    for tags in ('{\n"a": 1}', '{"a": "\u202e\u2028\x7f"}', '{"a": "' + "x" * 9999 + '"}'):
        rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM, StreamTags=tags)
        assert stream_of(fake_ims, media_id).stream_tags == tags
        assert repr(stream_of(fake_ims, media_id)).isprintable()
        assert len(repr(stream_of(fake_ims, media_id))) < 500


@pytest.mark.parametrize("reason", ["x\n1 failed", "\x1b[31m", "\u202e", "x" * 9999])
def test_repr_of_what_failed_is_one_short_line_whatever_the_reason(
    fake_ims: FakeIms, rpc: Rpc, reason: str
) -> None:
    asset = fake_ims.register(InputURL=URL)
    rpc("RegisterMediaStream", MediaId=asset.media_id, InputURL=STREAM)
    asset = fake_ims.fail(asset.media_id, reason)
    (stream,) = asset.streams
    assert (asset.failure, stream.failure) == (reason, reason)
    for shown in (repr(asset), repr(stream)):
        assert shown.isprintable()
        assert len(shown) < 500
