"""GetMediaInfo: which asset, and what is said of it."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from rpc import Rpc, invalid

from fake_ims import FakeIms

URL = "oss://bucket/path/a b.mp4"
HTTPS = "https://bucket.oss-cn-shanghai.aliyuncs.com/path/a%20b.mp4"
UNKNOWN = "0123456789ab71efabcdef0123456789"
VOD = "vod://20b48fb04483915d4f2cd8ac00000000"


def ready(ims: FakeIms, **parameters: Any) -> str:
    """An analysed asset."""
    media_id = ims.register(**{"InputURL": URL, **parameters}).media_id
    ims.settle()
    return media_id


# ---------------------------------------------------------------- which asset


@pytest.mark.parametrize(
    "url",
    [
        URL,
        HTTPS,
        HTTPS.replace("https", "http"),
        HTTPS + "?Expires=1&Signature=x",
        HTTPS.replace("aliyuncs", "ALIYUNCS"),
        "OSS://bucket/path/a%20b.mp4",
        "https://bucket.oss-cn-shanghai-internal.aliyuncs.com/path/a%20b.mp4",
    ],
)
def test_any_form_of_the_url_finds_the_asset(rpc: Rpc, url: str) -> None:
    media_id = rpc.register(URL).media_id
    media_info = rpc("GetMediaInfo", InputURL=url).json["MediaInfo"]
    assert media_info["MediaId"] == media_id
    assert media_info["MediaBasicInfo"]["InputURL"] == URL


def test_media_id_wins_over_input_url(rpc: Rpc) -> None:
    one = rpc.register(URL).media_id
    rpc.register("oss://bucket/b.mp4")
    reply = rpc("GetMediaInfo", MediaId=one, InputURL="oss://bucket/b.mp4")
    assert reply.json["MediaInfo"]["MediaId"] == one
    assert rpc("GetMediaInfo", MediaId=UNKNOWN, InputURL=URL).refusal == invalid("MediaId")


def test_blank_media_id_gives_way_to_input_url(rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    reply = rpc("GetMediaInfo", MediaId="", InputURL=URL)
    assert reply.json["MediaInfo"]["MediaId"] == media_id


@pytest.mark.parametrize("sent", [{}, {"MediaId": "", "InputURL": ""}], ids=["none", "blank"])
def test_neither_is_a_missing_parameter(rpc: Rpc, sent: dict[str, str]) -> None:
    reply = rpc("GetMediaInfo", **sent)
    assert (reply.status, reply.code) == (400, "MissingParameter")


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ({"MediaId": UNKNOWN}, "MediaId"),
        ({"MediaId": "icepublic-1234"}, "MediaId"),
        ({"MediaId": "x" * 10_000}, "MediaId"),
        ({"MediaId": "\u5a92"}, "MediaId"),
        ({"InputURL": "oss://bucket/unknown.mp4"}, "InputURL"),
        ({"InputURL": "http://example.com/a.mp4"}, "InputURL"),
        ({"InputURL": "nonsense"}, "InputURL"),
    ],
)
def test_unknown_asset_is_an_invalid_parameter(rpc: Rpc, sent: dict[str, str], name: str) -> None:
    assert rpc("GetMediaInfo", **sent).refusal == invalid(name)


def test_media_id_is_not_looked_up_in_another_case(rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    assert rpc("GetMediaInfo", MediaId=media_id.upper()).refusal == invalid("MediaId")


# ---------------------------------------------------------------- before the analysis and after


def test_right_after_registration_there_is_no_file_yet(rpc: Rpc) -> None:
    media_info = rpc.get(rpc.register(URL).media_id)
    assert media_info["FileInfoList"] == []
    assert media_info["MediaBasicInfo"]["Status"] == "Preparing"


def test_analysed_asset_is_normal_and_has_its_source_file(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = ready(fake_ims)
    assert rpc.status(media_id) == "Normal"
    basic = rpc.file_of(media_id)["FileBasicInfo"]
    assert (basic["FileName"], basic["FileType"], basic["FileStatus"]) == (
        "a b.mp4", "source_file", "Normal",
    )  # fmt: skip
    assert int(basic["FileSize"]) > 0
    assert re.fullmatch(r"[1-9]\d*", basic["Width"])
    assert re.fullmatch(r"[1-9]\d*", basic["Height"])
    assert float(basic["Duration"]) >= 0.5


def test_failed_asset_says_so_and_has_no_file(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, fails="no such key")
    media_id = ready(fake_ims)
    media_info = rpc.get(media_id)
    assert media_info["MediaBasicInfo"]["Status"] == "PrepareFail"
    assert media_info["FileInfoList"] == []
    assert "no such key" in repr(fake_ims.assets[media_id])
    assert fake_ims.events[-1].status == "Fail"


def test_media_id_of_the_answer_stands_in_both_places(rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    media_info = rpc.get(media_id)
    assert media_info["MediaId"] == media_info["MediaBasicInfo"]["MediaId"] == media_id


@pytest.mark.parametrize(
    ("url", "source"), [(URL, "oss"), (HTTPS, "oss"), (VOD, "vod")], ids=["oss", "https", "vod"]
)
def test_source_is_where_the_file_lies(rpc: Rpc, url: str, source: str) -> None:
    assert rpc.get(rpc.register(url).media_id)["MediaBasicInfo"]["Source"] == source


@pytest.mark.parametrize(
    ("url", "region"),
    [
        (URL, "cn-shanghai"),
        ("https://b.oss-cn-beijing.aliyuncs.com/a.mp4", "cn-beijing"),
        ("https://b.oss-ap-southeast-1.aliyuncs.com/a.mp4", "ap-southeast-1"),
        ("https://b.oss-us-west-1-internal.aliyuncs.com/a.mp4", "us-west-1"),
        (VOD, "cn-shanghai"),
    ],
)
def test_region_of_the_file_follows_from_the_url(
    fake_ims: FakeIms, rpc: Rpc, url: str, region: str
) -> None:
    media_id = ready(fake_ims, InputURL=url)
    assert rpc.file_of(media_id)["FileBasicInfo"]["Region"] == region


@pytest.mark.fake_ims(region="cn-beijing")
def test_oss_url_is_in_the_region_of_the_service(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = ready(fake_ims, InputURL="oss://b/a.mp4")
    assert rpc.file_of(media_id)["FileBasicInfo"]["Region"] == "cn-beijing"
    assert rpc("GetMediaInfo", InputURL="http://b.oss-cn-beijing.aliyuncs.com/a.mp4").status == 200
    assert rpc("GetMediaInfo", InputURL="http://b.oss-cn-shanghai.aliyuncs.com/a.mp4").status == 400


# ---------------------------------------------------------------- what tests say of the file


def test_what_was_said_of_the_file_is_shown(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(HTTPS, duration=12.5, width=640, height=360, size=1_000_000, fps=30)
    found = rpc.file_of(ready(fake_ims))
    basic = found["FileBasicInfo"]
    assert basic["Duration"] == "12.500000"
    assert (basic["Width"], basic["Height"]) == ("640", "360")
    assert basic["FileSize"] == "1000000"
    assert basic["Bitrate"] == "640.0"
    (video,) = found["VideoStreamInfoList"]
    assert (video["Fps"], video["AvgFPS"]) == ("30.0", "30.0")
    assert video["NumFrames"] == video["Nb_frames"] == "375"


def test_what_is_said_before_the_analysis_counts(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.objects.put(URL, width=640, height=360)
    fake_ims.settle()
    fake_ims.objects.put(URL, width=1, height=1)
    assert rpc.file_of(media_id)["FileBasicInfo"]["Width"] == "640"


def test_silent_video_has_no_audio_stream(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, has_audio=False)
    assert rpc.file_of(ready(fake_ims))["AudioStreamInfoList"] == []


def test_same_file_has_the_same_details_wherever_the_seed_is_the_same() -> None:
    def plain(found: dict[str, Any]) -> dict[str, Any]:
        basic = {
            name: value
            for name, value in found["FileBasicInfo"].items()
            if name not in ("FileUrl", "CreateTime", "ModifiedTime")
        }
        return {**found, "FileBasicInfo": basic}

    def details(seed: int, url: str) -> dict[str, Any]:
        with FakeIms(seed=seed) as ims:
            return plain(Rpc(ims).file_of(ready(ims, InputURL=url)))

    assert details(1, URL) == details(1, HTTPS)
    assert details(1, URL) != details(2, URL)


# ---------------------------------------------------------------- signed URLs


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        ({}, 3600),
        ({"AuthTimeout": ""}, 3600),
        ({"AuthTimeout": "1"}, 1),
        ({"AuthTimeout": "600"}, 600),
        ({"AuthTimeout": "86400"}, 86400),
    ],
    ids=str,
)
def test_signed_urls_expire_after_auth_timeout(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str], seconds: int
) -> None:
    cover = "http://bucket.oss-cn-shanghai.aliyuncs.com/example.png"
    media_id = ready(fake_ims, CoverURL=cover)
    fake_ims.clock.freeze("2026-01-31T12:00:00.999Z")
    media_info = rpc.get(media_id, **sent)
    file_url = media_info["FileInfoList"][0]["FileBasicInfo"]["FileUrl"]
    for url in (file_url, media_info["MediaBasicInfo"]["CoverURL"]):
        assert query_of(url)["Expires"] == str(1769860800 + seconds)


def test_file_url_is_absolute_and_signed_like_the_examples(fake_ims: FakeIms, rpc: Rpc) -> None:
    url = rpc.file_of(ready(fake_ims))["FileBasicInfo"]["FileUrl"]
    parts = urlsplit(url)
    assert parts.scheme == "http"
    assert parts.netloc == "bucket.oss-cn-shanghai.aliyuncs.com"
    assert unquote(parts.path) == "/path/a b.mp4"
    names = [part.partition("=")[0] for part in parts.query.split("&")]
    assert names == ["Expires", "OSSAccessKeyId", "Signature", "security-token"]
    assert all(query_of(url).values())


def test_signed_url_never_shows_the_callers_keys(fake_ims: FakeIms, rpc: Rpc) -> None:
    url = rpc.file_of(ready(fake_ims))["FileBasicInfo"]["FileUrl"]
    assert fake_ims.access_key_id not in url
    assert fake_ims.access_key_secret not in url


def test_signature_depends_on_expiry(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze()
    media_id = ready(fake_ims)
    urls = [
        rpc.file_of(media_id, AuthTimeout=timeout)["FileBasicInfo"]["FileUrl"]
        for timeout in ("1", "1", "2")
    ]
    signatures = {query_of(url)["Signature"] for url in urls}
    assert len(signatures) == 2


def test_cover_elsewhere_is_shown_unsigned(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = ready(fake_ims, CoverURL="https://example.com/cover.png?v=1")
    assert rpc.get(media_id)["MediaBasicInfo"]["CoverURL"] == "https://example.com/cover.png?v=1"


@pytest.mark.parametrize("value", ["x", "1.0", "1s", "9223372036854775808", "\uff11", "true"])
def test_auth_timeout_of_the_wrong_type_is_the_gateways(
    fake_ims: FakeIms, rpc: Rpc, value: str
) -> None:
    reply = rpc("GetMediaInfo", MediaId=ready(fake_ims), AuthTimeout=value)
    assert reply.refusal == (
        400, "InvalidAuthTimeout", "Specified parameter AuthTimeout is not valid.",
    )  # fmt: skip


def test_output_type_cdn_is_only_for_vod_with_a_domain(fake_ims: FakeIms, rpc: Rpc) -> None:
    for url in (URL, VOD):
        media_id = ready(fake_ims, InputURL=url)
        for output_type in ("oss", "cdn", ""):
            found = rpc.file_of(media_id, OutputType=output_type)["FileBasicInfo"]["FileUrl"]
            assert urlsplit(found).netloc.endswith(".oss-cn-shanghai.aliyuncs.com")


@pytest.mark.fake_ims(vod_domain="cdn.example.com")
def test_output_type_cdn_answers_with_the_acceleration_domain(fake_ims: FakeIms, rpc: Rpc) -> None:
    from_vod, from_oss = ready(fake_ims, InputURL=VOD), ready(fake_ims)

    def host(media_id: str, output_type: str) -> str:
        found = rpc.file_of(media_id, OutputType=output_type)["FileBasicInfo"]["FileUrl"]
        assert isinstance(found, str)
        return urlsplit(found).netloc

    assert host(from_vod, "cdn") == "cdn.example.com"
    assert host(from_vod, "oss") != "cdn.example.com"
    assert host(from_oss, "cdn") == "bucket.oss-cn-shanghai.aliyuncs.com"


# ---------------------------------------------------------------- the rest of the request


@pytest.mark.parametrize("value", ["{", "[]", "true", "NaN"])
def test_return_detailed_info_must_be_a_json_object(
    fake_ims: FakeIms, rpc: Rpc, value: str
) -> None:
    reply = rpc("GetMediaInfo", MediaId=ready(fake_ims), ReturnDetailedInfo=value)
    assert reply.refusal == invalid("ReturnDetailedInfo")


def test_return_detailed_info_adds_nothing_to_what_is_not_there(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    detailed = '{"AiRoughData.StandardSmartTagJob": true}'
    found = rpc.get(ready(fake_ims), ReturnDetailedInfo=detailed)
    assert "AiRoughData" not in found
    assert fake_ims.calls[-1].ignored == ()


def test_category_is_shown_with_its_declared_name(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(categories={3048: "\u4f53\u80b2"})
    basic = rpc.get(rpc.register(URL, CateId="3048").media_id)["MediaBasicInfo"]
    assert (basic["CateId"], basic["CateName"]) == (3048, "\u4f53\u80b2")
    other = rpc.get(rpc.register(VOD, CateId="1").media_id)["MediaBasicInfo"]
    assert other["CateId"] == 1
    assert "CateName" not in other


def test_category_zero_is_not_shown_for_an_asset_without_one(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(categories={0: "zero"})
    assert "CateName" not in rpc.get(rpc.register(URL).media_id)["MediaBasicInfo"]


@pytest.mark.fake_ims(delay="2s", url_identity="location")
def test_times_are_utc_seconds_of_registration_and_of_the_end_of_the_analysis(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.clock.freeze("2020-12-26T04:11:08.7Z")
    media_id = rpc.register(URL).media_id
    basic = rpc.get(media_id)["MediaBasicInfo"]
    assert basic["CreateTime"] == basic["ModifiedTime"] == "2020-12-26T04:11:08Z"
    fake_ims.clock.advance("10m")
    basic = rpc.get(media_id)["MediaBasicInfo"]
    assert (basic["CreateTime"], basic["ModifiedTime"]) == (
        "2020-12-26T04:11:08Z", "2020-12-26T04:11:10Z",
    )  # fmt: skip
