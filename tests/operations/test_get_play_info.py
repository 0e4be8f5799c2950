"""GetPlayInfo: what of an asset can be played, and where."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from rpc import Rpc, invalid

from fake_ims import FakeIms

URL = "oss://bucket/dir/a b.mp4"
HTTP = "http://bucket.oss-cn-shanghai.aliyuncs.com/dir/a%20b.mp4"
STREAM = "oss://bucket/hd.m3u8"
VOD = "vod://20b48fb04483915d4f2cd8ac00000000"
UNKNOWN = "0123456789ab71efabcdef0123456789"
START = "2026-01-31T12:00:00Z"


def ready(ims: FakeIms, url: str = URL, *streams: str, **parameters: Any) -> str:
    """An asset and its streams, all analysed."""
    media_id = ims.register(**{"InputURL": url, **parameters}).media_id
    for stream in streams:
        assert Rpc(ims)("RegisterMediaStream", MediaId=media_id, InputURL=stream).status == 200
    ims.settle()
    return media_id


def play(rpc: Rpc, media_id: str, **parameters: str) -> list[dict[str, Any]]:
    """``PlayInfoList``."""
    reply = rpc("GetPlayInfo", MediaId=media_id, **parameters)
    assert reply.status == 200, reply
    found: list[dict[str, Any]] = reply.json["PlayInfoList"]
    return found


def names(items: list[dict[str, Any]]) -> list[str]:
    return [item["FileURL"].rpartition("/")[2] for item in items]


# ---------------------------------------------------------------- which asset


@pytest.mark.parametrize("sent", [{}, {"MediaId": "", "InputURL": ""}], ids=["none", "blank"])
def test_neither_is_a_missing_parameter(rpc: Rpc, sent: dict[str, str]) -> None:
    reply = rpc("GetPlayInfo", **sent)
    assert (reply.status, reply.code) == (400, "MissingParameter")


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"MediaId": UNKNOWN}, "MediaId"),
        ({"MediaId": UNKNOWN, "InputURL": URL}, "MediaId"),
        ({"InputURL": "oss://bucket/unknown.mp4"}, "InputURL"),
        ({"InputURL": "nonsense"}, "InputURL"),
    ],
)
def test_unknown_asset_is_an_invalid_parameter(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str], name: str
) -> None:
    ready(fake_ims)
    assert rpc("GetPlayInfo", **sent).refusal == invalid(name)


@pytest.mark.parametrize("url", [URL, HTTP, HTTP + "?Expires=1"])
def test_any_form_of_the_url_finds_the_asset(fake_ims: FakeIms, rpc: Rpc, url: str) -> None:
    media_id = ready(fake_ims)
    assert rpc("GetPlayInfo", InputURL=url).json["MediaBase"]["MediaId"] == media_id


def test_url_of_a_stream_is_not_the_url_of_its_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    ready(fake_ims, URL, STREAM)
    assert rpc("GetPlayInfo", InputURL=STREAM).refusal == invalid("InputURL")


# ---------------------------------------------------------------- MediaBase


def test_media_base_shows_what_was_registered(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze(START)
    cover = "http://bucket.oss-cn-shanghai.aliyuncs.com/cover.png"
    media_id = ready(
        fake_ims, URL, Title="\u6807\u9898", Description="d", MediaTags="b,a", CoverURL=cover,
        CateId="7",
    )  # fmt: skip
    base = rpc("GetPlayInfo", MediaId=media_id).json["MediaBase"]
    assert base.pop("CoverURL").startswith(f"{cover}?Expires=")
    assert base == {
        "MediaId": media_id, "CateId": 7, "Title": "\u6807\u9898", "Description": "d",
        "MediaTags": "b,a", "MediaType": "video", "Status": "Normal", "CreationTime": START,
    }  # fmt: skip


def test_what_was_not_registered_is_absent(fake_ims: FakeIms, rpc: Rpc) -> None:
    base = rpc("GetPlayInfo", MediaId=ready(fake_ims, Title="t", MediaType="audio")).json[
        "MediaBase"
    ]
    assert base.keys() == {"MediaId", "Title", "MediaType", "Status", "CreationTime"}


# ---------------------------------------------------------------- the asset's own file


@pytest.mark.fake_ims(delay="2s")
def test_source_file_is_listed_in_its_original_quality(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze(START)
    fake_ims.objects.put(URL, duration=9.0464, size=418112, width=1280, height=720, fps=25)
    (item,) = play(rpc, ready(fake_ims))
    assert item.pop("PlayURL").startswith(f"{HTTP}?Expires=")
    assert float(item.pop("Bitrate")) == pytest.approx(418112 * 8 / 1000 / 9.0464, abs=0.001)
    assert item == {
        "FileURL": HTTP, "Format": "mp4", "StreamType": "video", "Definition": "OD",
        "Status": "Normal", "Size": 418112, "Duration": "9.0464", "Fps": "25", "BitDepth": 8,
        "Width": 1280, "Height": 720, "Encrypt": 0, "CreationTime": START,
        "ModificationTime": "2026-01-31T12:00:02Z",
    }  # fmt: skip


def test_audio_file_has_no_picture(fake_ims: FakeIms, rpc: Rpc) -> None:
    (item,) = play(rpc, ready(fake_ims, "oss://bucket/a.mp3"))
    assert (item["Format"], item["StreamType"], item["Definition"]) == ("mp3", "audio", "OD")
    assert float(item["Duration"]) > 0
    assert item.keys().isdisjoint({"Width", "Height", "Fps", "BitDepth"})


@pytest.mark.parametrize(
    ("url", "kind", "written"),
    [
        ("oss://b/A.MP4", "video", "mp4"),
        ("oss://b/a.m3u8", "video", "m3u8"),
        ("oss://b/a", "video", "mp4"),
        ("oss://b/a", "audio", "mp3"),
        (VOD, "video", "mp4"),
        (VOD, "audio", "mp3"),
    ],
)
def test_format_is_the_suffix_or_else_what_is_documented_for_the_type(
    fake_ims: FakeIms, rpc: Rpc, url: str, kind: str, written: str
) -> None:
    (item,) = play(rpc, ready(fake_ims, url, MediaType=kind))
    assert item["Format"] == written


@pytest.mark.parametrize("url", ["oss://b/a.png", "oss://b/a.srt"])
def test_picture_or_text_cannot_be_played(fake_ims: FakeIms, rpc: Rpc, url: str) -> None:
    media_id = ready(fake_ims, url)
    assert rpc("GetPlayInfo", MediaId=media_id).json["MediaBase"]["Status"] == "Normal"
    assert play(rpc, media_id) == []
    assert fake_ims.calls[-1].relied_on == ()


def test_before_the_analysis_and_after_a_failed_one_there_is_no_file(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.objects.put(URL, fails="gone")
    media_id = rpc.register(URL).media_id
    for status in ("Preparing", "PrepareFail"):
        reply = rpc("GetPlayInfo", MediaId=media_id)
        assert reply.json["MediaBase"]["Status"] == status
        assert reply.json["PlayInfoList"] == []
        fake_ims.settle()


@pytest.mark.fake_ims(early_get="not_found")
def test_answer_is_there_before_the_analysis_whatever_get_media_info_says(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(URL).media_id
    assert rpc("GetPlayInfo", MediaId=media_id).status == 200
    assert fake_ims.calls[-1].relied_on == ("first_status",)


# ---------------------------------------------------------------- streams


def test_streams_follow_in_the_order_of_their_registration(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    for number in range(20):
        rpc("RegisterMediaStream", MediaId=media_id, InputURL=f"oss://b/{number}.mp4")
    rpc("RegisterMediaStream", MediaId=media_id, InputURL="oss://b/7.mp4")
    fake_ims.settle()
    assert names(play(rpc, media_id)) == ["a%20b.mp4", *(f"{n}.mp4" for n in range(20))]
    assert fake_ims.calls[-1].relied_on == ("play_info_source",)


def test_stream_shows_its_own_file_and_its_tags_as_they_were_sent(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.objects.put(STREAM, width=640, height=360, duration=8)
    tags = '{ "ims.audioServiceType" :"AudioEnhancement", "\u952e": [1,{}] }'
    media_id = ready(fake_ims)
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM, StreamTags=tags)
    fake_ims.settle()
    source, stream = play(rpc, media_id)
    assert stream["FileURL"] == "http://bucket.oss-cn-shanghai.aliyuncs.com/hd.m3u8"
    assert (stream["Format"], stream["Width"], stream["Duration"]) == ("m3u8", 640, "8")
    assert stream["StreamTags"] == tags
    assert "StreamTags" not in source


def test_times_of_a_stream_are_its_own(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id)
    fake_ims.clock.advance("1h")
    rpc("RegisterMediaStream", MediaId=media_id, InputURL="oss://bucket/times.mp4")
    fake_ims.clock.move_to("2026-01-31T14:00:00Z")
    rpc("UpdateMediaInfo", MediaId=media_id, Title="new")
    files = rpc("GetPlayInfo", MediaId=media_id).json["PlayInfoList"]
    times = [(each["CreationTime"][11:13], each["ModificationTime"][11:19]) for each in files]
    assert times[0] == ("12", "14:00:00")
    assert times[1][0] == "13"
    assert "13:00:00" < times[1][1] < "13:01:00"


def test_details_are_those_of_the_analysis(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(STREAM, width=640, height=360)
    media_id = ready(fake_ims, URL, STREAM)
    fake_ims.objects.put(STREAM, fails="gone")
    before = play(rpc, media_id, AuthTimeout="1")[1]
    assert before["Width"] == 640
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=STREAM)
    assert play(rpc, media_id)[1]["Width"] == 640
    fake_ims.settle()
    assert names(play(rpc, media_id)) == ["a%20b.mp4"]


def test_file_that_is_asset_and_stream_is_listed_once(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = ready(fake_ims, URL, STREAM)
    rpc("RegisterMediaStream", MediaId=media_id, InputURL=HTTP, StreamTags='{"a":1}')
    assert names(play(rpc, media_id)) == ["a%20b.mp4", "hd.m3u8"]
    fake_ims.settle()
    stream, own = play(rpc, media_id)
    assert names([stream, own]) == ["hd.m3u8", "a%20b.mp4"]
    assert (own["StreamTags"], own["Definition"]) == ('{"a":1}', "OD")


def test_streams_do_not_wait_for_their_asset_nor_share_its_fate(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.objects.put(URL, fails="gone")
    media_id = ready(fake_ims, URL, STREAM)
    reply = rpc("GetPlayInfo", MediaId=media_id)
    assert reply.json["MediaBase"]["Status"] == "PrepareFail"
    assert names(reply.json["PlayInfoList"]) == ["hd.m3u8"]


def test_streams_die_with_their_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = ready(fake_ims, URL, STREAM)
    new = rpc.register(URL, Overwrite="true").media_id
    fake_ims.settle()
    assert rpc("GetPlayInfo", MediaId=media_id).refusal == invalid("MediaId")
    assert names(play(rpc, new)) == ["a%20b.mp4"]


@pytest.mark.parametrize(
    ("width", "height", "definition"),
    [
        (640, 360, "FD"), (641, 361, "LD"), (854, 480, "LD"), (1280, 720, "SD"),
        (1920, 1080, "HD"), (1080, 1920, "HD"), (2560, 1440, "2K"), (3840, 2160, "4K"),
        (10_000_000, 1, "FD"),
    ],
)  # fmt: skip
def test_definition_of_a_video_stream_goes_by_its_shorter_side(
    fake_ims: FakeIms, rpc: Rpc, width: int, height: int, definition: str
) -> None:
    fake_ims.objects.put(STREAM, width=width, height=height)
    assert play(rpc, ready(fake_ims, URL, STREAM))[1]["Definition"] == definition


@pytest.mark.parametrize(("bitrate", "definition"), [(64, "SQ"), (128, "HQ"), (320, "HQ")])
def test_definition_of_an_audio_stream_goes_by_its_bitrate(
    fake_ims: FakeIms, rpc: Rpc, bitrate: int, definition: str
) -> None:
    fake_ims.objects.put("oss://b/a.mp3", bitrate=bitrate)
    stream = play(rpc, ready(fake_ims, URL, "oss://b/a.mp3"))[1]
    assert (stream["Definition"], stream["Bitrate"]) == (definition, str(bitrate))


# ---------------------------------------------------------------- URLs


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [({}, 3600), ({"AuthTimeout": "1"}, 1), ({"AuthTimeout": "86400"}, 86400)],
    ids=str,
)
def test_play_urls_are_valid_for_auth_timeout(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str], seconds: int
) -> None:
    media_id = ready(fake_ims, URL, STREAM)
    fake_ims.clock.freeze("2026-01-31T12:00:00.999Z")
    for item in play(rpc, media_id, **sent):
        query = parse_qs(urlsplit(item["PlayURL"]).query)
        assert query["Expires"] == [str(1769860800 + seconds)]
        assert item["PlayURL"].partition("?")[0] == item["FileURL"]


def test_auth_timeout_is_checked_as_elsewhere(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = ready(fake_ims)
    assert rpc("GetPlayInfo", MediaId=media_id, AuthTimeout="x").code == "InvalidAuthTimeout"
    assert len(play(rpc, media_id, AuthTimeout="0")) == 1
    assert "auth_timeout_range" in fake_ims.calls[-1].relied_on


def test_file_of_vod_lies_in_a_bucket_of_vod(fake_ims: FakeIms, rpc: Rpc) -> None:
    (item,) = play(rpc, ready(fake_ims, VOD))
    parts = urlsplit(item["FileURL"])
    assert parts.netloc.startswith("outin-")
    assert (parts.path, parts.query) == (f"/{VOD[6:]}.mp4", "")
    assert item["PlayURL"].startswith(f"{item['FileURL']}?Expires=")


@pytest.mark.fake_ims(vod_domain="cdn.example.com")
def test_only_files_of_vod_are_played_from_the_acceleration_domain(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    source, stream = play(rpc, ready(fake_ims, VOD, STREAM), AuthTimeout="60")
    assert source["PlayURL"].startswith(f"http://cdn.example.com/{VOD[6:]}.mp4?auth_key=")
    assert ".aliyuncs.com/" in source["FileURL"]
    assert urlsplit(stream["PlayURL"]).netloc == "bucket.oss-cn-shanghai.aliyuncs.com"


# ---------------------------------------------------------------- the official SDK


def test_official_sdk_reads_every_field_in_its_documented_type(
    fake_ims: FakeIms, fake_ims_client: Any
) -> None:
    models = pytest.importorskip("alibabacloud_ice20201109.models")
    media_id = ready(fake_ims, URL, CateId="7", Description="d", MediaTags="a", CoverURL=HTTP)
    answer = fake_ims_client.register_media_stream(
        models.RegisterMediaStreamRequest(
            media_id=media_id, input_url=STREAM, stream_tags='{"a":1}', user_data="{}"
        )
    )
    assert (answer.body.media_id, answer.status_code) == (media_id, 200)
    fake_ims.settle()
    body = fake_ims_client.get_play_info(
        models.GetPlayInfoRequest(media_id=media_id, auth_timeout=60)
    ).body
    sent = Rpc(fake_ims)("GetPlayInfo", MediaId=media_id, AuthTimeout="60").json
    read = body.to_map()
    for answered in (sent, read):
        del answered["RequestId"], answered["MediaBase"]["CoverURL"]
        for item in answered["PlayInfoList"]:
            del item["PlayURL"]
    assert read == sent
    assert body.media_base.cate_id == 7
    integers = ("bit_depth", "encrypt", "height", "size", "width")
    texts = (
        "bitrate", "creation_time", "definition", "duration", "file_url", "format", "fps",
        "modification_time", "play_url", "status", "stream_type",
    )  # fmt: skip
    for item in body.play_info_list:
        assert {type(getattr(item, name)) for name in integers} == {int}
        assert {type(getattr(item, name)) for name in texts} == {str}
    assert body.play_info_list[1].stream_tags == '{"a":1}'
