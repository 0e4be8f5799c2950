"""InputURL: which forms there are, and which of them are one and the same file."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims.media.locations import InputUrlError, Location, identity, parse_location
from fake_ims.media.types import media_type_of, suffix_fits

HERE = "cn-shanghai"
HOST = "bucket.oss-cn-shanghai.aliyuncs.com"

ACCEPTED = [
    # url, source, region, bucket, key
    ("oss://bucket/a.mp4", "oss", HERE, "bucket", "a.mp4"),
    ("oss://bucket/dir/a.mp4", "oss", HERE, "bucket", "dir/a.mp4"),
    ("OSS://bucket/a.mp4", "oss", HERE, "bucket", "a.mp4"),
    ("Oss://bucket/A.MP4", "oss", HERE, "bucket", "A.MP4"),
    ("oss://bucket/a b.mp4", "oss", HERE, "bucket", "a b.mp4"),
    ("oss://bucket/a%20b.mp4", "oss", HERE, "bucket", "a b.mp4"),
    ("oss://bucket/\u5f71\u7247.mp4", "oss", HERE, "bucket", "\u5f71\u7247.mp4"),
    ("oss://test.sample.com/media/id.jpg", "oss", HERE, "test.sample.com", "media/id.jpg"),
    ("oss://bucket/a#b.mp4", "oss", HERE, "bucket", "a#b.mp4"),
    (f"http://{HOST}/a.mp4", "oss", HERE, "bucket", "a.mp4"),
    (f"https://{HOST}/a.mp4", "oss", HERE, "bucket", "a.mp4"),
    (f"HTTPS://{HOST}/a.mp4", "oss", HERE, "bucket", "a.mp4"),
    (f"https://{HOST.replace('aliyuncs', 'ALIYUNCS')}/a.mp4", "oss", HERE, "bucket", "a.mp4"),
    (f"https://{HOST}:443/a.mp4", "oss", HERE, "bucket", "a.mp4"),
    (f"http://{HOST}:80/a.mp4", "oss", HERE, "bucket", "a.mp4"),
    (f"https://{HOST}/a.mp4?Expires=1&Signature=a%2Fb", "oss", HERE, "bucket", "a.mp4"),
    (f"https://{HOST}/a.mp4?", "oss", HERE, "bucket", "a.mp4"),
    (f"https://{HOST}/dir/a%20%E5%BD%B1.mp4", "oss", HERE, "bucket", "dir/a \u5f71.mp4"),
    (f"https://{HOST}/a b \u5f71.mp4", "oss", HERE, "bucket", "a b \u5f71.mp4"),
    ("https://b.oss-cn-shanghai-internal.aliyuncs.com/a.mp4", "oss", HERE, "b", "a.mp4"),
    ("https://b.oss-cn-beijing.aliyuncs.com/a.mp4", "oss", "cn-beijing", "b", "a.mp4"),
    ("https://b.oss-cn-beijing-internal.aliyuncs.com/a", "oss", "cn-beijing", "b", "a"),
    ("https://b.oss-ap-southeast-1.aliyuncs.com/a", "oss", "ap-southeast-1", "b", "a"),
    ("https://b.oss-us-west-1-internal.aliyuncs.com/a", "oss", "us-west-1", "b", "a"),
    ("https://outin-1-2.oss-cn-shanghai.aliyuncs.com/a.mp4", "oss", HERE, "outin-1-2", "a.mp4"),
    ("vod://20b48fb04483915d4f2cd8ac00000000", "vod", HERE, "", "20b48fb04483915d4f2cd8ac00000000"),
    ("vod://****20b48fb04483915d4f2cd8ac****", "vod", HERE, "", "****20b48fb04483915d4f2cd8ac****"),
    ("VOD://20b48fb04483915d4f2cd8ac00000000", "vod", HERE, "", "20b48fb04483915d4f2cd8ac00000000"),
]  # fmt: skip

REFUSED = [
    "", " ", "a.mp4", "/bucket/a.mp4", "bucket/a.mp4", "oss", "oss:", "oss:/", "oss://", "oss:///",
    "oss:///a.mp4", "oss://bucket", "oss://bucket/", "oss:/bucket/a.mp4", "oss//bucket/a.mp4",
    " oss://bucket/a.mp4", "oss://buc ket/a.mp4", "oss://user@bucket/a.mp4", "oss://b:80/a.mp4",
    "http://", "https://example.com/a.mp4", "https://aliyuncs.com/a.mp4", "http://bucket/a.mp4",
    f"https://{HOST}", f"https://{HOST}/", f"https://{HOST}/?x=1", f"ftp://{HOST}/a.mp4",
    f"//{HOST}/a.mp4", f"https://{HOST}.evil.com/a.mp4", f"https://evil.com/{HOST}/a.mp4",
    f"https://evil.com/?https://{HOST}/a.mp4", f"https://user@{HOST}/a.mp4",
    f"https://{HOST}:8080/a.mp4", f"https://{HOST}\\a.mp4",
    "https://oss-cn-shanghai.aliyuncs.com/bucket/a.mp4", "https://.oss-cn-shanghai.aliyuncs.com/a",
    "https://b.oss-.aliyuncs.com/a", "https://b.oss-cn-shanghai.aliyuncs.com.cn/a",
    "https://b.s3-cn-shanghai.amazonaws.com/a", "s3://bucket/a.mp4", "file:///a.mp4",
    "vod://", "vod://a/b", "vod://a b", "vod:20b4", "vod://a?x=1",
    "oss://bucket/a\n.mp4", "oss://bucket/a\0.mp4", "oss://bucket/a\x7f.mp4", "oss://bucket/a\t",
    f"https://{HOST}/a\r\n.mp4", "vod://a\n", "oss://bucket/a.mp4\n", "\noss://bucket/a.mp4",
]  # fmt: skip


@pytest.mark.parametrize(("url", "source", "region", "bucket", "key"), ACCEPTED)
def test_documented_form_is_read(url: str, source: str, region: str, bucket: str, key: str) -> None:
    location = parse_location(url, HERE)
    found = (location.source, location.region, location.bucket, location.key)
    assert found == (source, region, bucket, key)


@pytest.mark.parametrize("url", REFUSED, ids=repr)
def test_other_form_is_refused(url: str) -> None:
    with pytest.raises(InputUrlError):
        parse_location(url, HERE)


URLS = st.one_of(
    st.text(),
    st.builds(
        "{}{}{}{}".format,
        st.sampled_from(["oss://", "OSS:", "http://", "https://", "vod://", "//", ""]),
        st.sampled_from([HOST, "b", "b.oss-", ".aliyuncs.com", ""]) | st.text(max_size=10),
        st.sampled_from(["/", "?", "#", ":80/", ":", "", "%", "\n"]),
        st.text(max_size=20),
    ),
)


@given(URLS)
def test_reading_raises_nothing_but_input_url_error(url: str) -> None:
    try:
        location = parse_location(url, HERE)
    except InputUrlError:
        return
    assert location.key
    assert location.canonical
    assert "/" not in location.suffix
    assert "." not in location.suffix


BUCKETS = st.from_regex(r"[a-z0-9][a-z0-9-]{1,20}[a-z0-9]", fullmatch=True)
KEYS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30
)
REGIONS = st.sampled_from([HERE, "cn-beijing", "ap-southeast-1", "us-west-1"])


@given(BUCKETS, KEYS, REGIONS, st.sampled_from(["http", "https"]), st.booleans(), st.booleans())
def test_oss_and_http_forms_of_one_object_agree(
    bucket: str, key: str, region: str, scheme: str, internal: bool, signed: bool
) -> None:
    escaped = quote(key, safe="/")
    host = f"{bucket}.oss-{region}{'-internal' * internal}.aliyuncs.com"
    one = parse_location(f"oss://{bucket}/{escaped}", region)
    two = parse_location(f"{scheme}://{host}/{escaped}{'?Expires=1' * signed}", HERE)
    assert one.canonical == two.canonical
    assert one.key == two.key == key
    assert one.suffix == two.suffix
    assert parse_location(one.http_url, HERE).canonical == one.canonical


@given(BUCKETS, KEYS, KEYS)
def test_different_keys_are_different_files(bucket: str, one: str, two: str) -> None:
    locations = {
        parse_location(f"oss://{bucket}/{quote(key, safe='/')}", HERE).canonical
        for key in (one, two)
    }
    assert len(locations) == len({one, two})


@pytest.mark.parametrize("form", ["oss://b/{}.mp4", f"https://{HOST}/{{}}.mp4"])
def test_keys_that_are_not_utf_8_are_refused_or_different_files(form: str) -> None:
    """OSS has no such keys; two of them must not become one."""

    def file_of(key: str) -> str:
        try:
            return parse_location(form.format(key), HERE).canonical
        except InputUrlError:
            return key

    assert len({file_of(key) for key in ("%FE", "%FF", "%25FF", "%ED%A0%80")}) == 4


def test_regions_and_buckets_are_part_of_the_file() -> None:
    urls = [
        "oss://b/a.mp4", "oss://c/a.mp4", "https://b.oss-cn-beijing.aliyuncs.com/a.mp4",
        "vod://a", "oss://b/A.mp4", "oss://b/a.mp4/",
    ]  # fmt: skip
    assert len({parse_location(url, HERE).canonical for url in urls}) == len(urls)


FORMS = {
    "oss": "oss://bucket/a%20b.mp4",
    "oss, raw": "oss://bucket/a b.mp4",
    "http": f"http://{HOST}/a%20b.mp4",
    "https": f"https://{HOST}/a%20b.mp4",
    "signed": f"https://{HOST}/a%20b.mp4?Expires=1",
    "signed again": f"https://{HOST}/a%20b.mp4?Expires=2",
}


@pytest.mark.parametrize(
    ("rule", "assets"),
    [
        ("location", [set(FORMS)]),
        ("url", [{"oss"}, {"oss, raw"}, {"http"}, {"https", "signed", "signed again"}]),
        ("exact", [{name} for name in FORMS]),
    ],
)
def test_identity_by_each_rule(rule: str, assets: list[set[str]]) -> None:
    groups: dict[str, set[str]] = {}
    for name, url in FORMS.items():
        groups.setdefault(identity(url, parse_location(url, HERE), rule), set()).add(name)
    assert sorted(groups.values(), key=sorted) == sorted(assets, key=sorted)


@pytest.mark.parametrize(
    ("key", "file_name", "suffix"),
    [
        ("a.mp4", "a.mp4", "mp4"),
        ("dir.d/a", "a", ""),
        ("dir/a.b.MP4", "a.b.MP4", "mp4"),
        ("a.", "a.", ""),
        ("dir/", "dir", ""),
        ("a", "a", ""),
        ("\u5f71\u7247.MOV", "\u5f71\u7247.MOV", "mov"),
    ],
)
def test_file_name_and_suffix(key: str, file_name: str, suffix: str) -> None:
    location = Location("oss", HERE, "b", key)
    assert (location.file_name, location.suffix) == (file_name, suffix)


# ---------------------------------------------------------------- media types

SUFFIXES = {
    "video": "mp4 ts 3gp mpg mpeg mpe dat vob asf avi wmv flv f4v rm rmvb mov mkv m3u8 dv m2t m4v "
    "mj2 mjpeg mts ogg qt swf webm",
    "audio": "mp3 wma wav aac ra m4a flac ape ac3 amr caf acm",
    "image": "gif webp png jpg jpeg heic",
    "text": "srt vtt ass ttf ttc fon",
}
TABLE = [(suffix, kind) for kind, text in SUFFIXES.items() for suffix in text.split()]


@pytest.mark.parametrize(("suffix", "kind"), TABLE)
def test_media_type_of_each_documented_suffix(suffix: str, kind: str) -> None:
    assert media_type_of(suffix) == kind
    assert suffix_fits(suffix, kind)
    others = set(SUFFIXES) - {kind} - ({"video"} if suffix == "gif" else set())
    assert not any(suffix_fits(suffix, other) for other in others)


@pytest.mark.parametrize("suffix", ["", "xyz", "mp", "mp44", "exe"])
def test_unknown_suffix_tells_nothing_and_fits_any(suffix: str) -> None:
    assert media_type_of(suffix) is None
    assert all(suffix_fits(suffix, kind) for kind in SUFFIXES)


def test_gif_is_an_image_that_may_be_a_video() -> None:
    assert media_type_of("gif") == "image"
    assert suffix_fits("gif", "video")
    assert not suffix_fits("gif", "audio")
