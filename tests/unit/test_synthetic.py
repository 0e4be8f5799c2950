"""Made-up file details: consistent, the same for the same file, true to what was said."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fake_ims.media.details import AudioStream, FileDetails, Unreadable, VideoStream
from fake_ims.media.locations import parse_location
from fake_ims.media.objects import ObjectFacts, ObjectStore
from fake_ims.media.synthetic import probe

SUFFIXES = [
    "mp4",
    "mov",
    "mkv",
    "ts",
    "wmv",
    "mp3",
    "wav",
    "flac",
    "png",
    "gif",
    "srt",
    "ttf",
    "x",
    "",
]
KINDS = ["video", "audio", "image", "text"]
URLS = st.builds("oss://b/{}.{}".format, st.integers(0, 10**6), st.sampled_from(SUFFIXES))
PLAYABLE = st.sampled_from(["video", "audio"])

sizes = st.integers(10_000, 10**12)
durations = st.floats(0.04, 10_000)
bitrates = st.floats(1, 1e6)
LENGTHS = st.one_of(
    st.just({}),
    st.fixed_dictionaries({"duration": durations}),
    st.fixed_dictionaries({"size": sizes}),
    st.fixed_dictionaries({"bitrate": bitrates}),
    st.fixed_dictionaries({"duration": durations, "size": sizes}),
    st.fixed_dictionaries({"duration": durations, "bitrate": bitrates}),
    st.fixed_dictionaries({"size": sizes, "bitrate": bitrates}),
)
PICTURES = st.fixed_dictionaries(
    {},
    optional={
        "width": st.integers(1, 10_000),
        "height": st.integers(1, 10_000),
        "fps": st.floats(1, 240),
        "has_audio": st.booleans(),
        "format_name": st.sampled_from(["mp4", "webm"]),
    },
)
FACTS = st.builds(lambda lengths, pictures: {**lengths, **pictures}, LENGTHS, PICTURES)


def look(url: str, kind: str, said: dict[str, Any]) -> FileDetails:
    return probe(parse_location(url, "cn-shanghai"), kind, ObjectFacts(**said))


def streams_of(found: FileDetails) -> list[VideoStream | AudioStream]:
    return [*found.video, *found.audio]


@given(URLS, PLAYABLE, FACTS)
def test_size_is_duration_times_bitrate(url: str, kind: str, said: dict[str, Any]) -> None:
    found = look(url, kind, said)
    assert found.duration is not None
    assert found.bitrate is not None
    expected = found.duration * found.bitrate * 1000 / 8
    assert math.isclose(found.size, expected, rel_tol=1e-9, abs_tol=0.51)


@given(URLS, FACTS)
def test_frames_are_duration_times_rate(url: str, said: dict[str, Any]) -> None:
    (video,) = look(url, "video", said).video
    assert video.num_frames == video.nb_frames
    assert video.average_fps == video.fps
    assert abs(video.num_frames - video.duration * video.fps) <= 0.5 or video.num_frames == 1


@given(URLS, PLAYABLE, FACTS)
def test_streams_last_as_long_as_the_file_and_take_less_than_all_of_it(
    url: str, kind: str, said: dict[str, Any]
) -> None:
    found = look(url, kind, said)
    assert found.bitrate is not None
    streams = streams_of(found)
    assert all(stream.duration == found.duration for stream in streams)
    assert all(stream.bitrate > 0 for stream in streams)
    assert sum(stream.bitrate for stream in streams) < found.bitrate
    assert [stream.stream_index for stream in streams] == list(range(len(streams)))


@pytest.mark.parametrize(
    "said",
    [{"size": 0}, {"size": 1, "duration": 1e6}, {"bitrate": 1e-6}, {"size": 0, "bitrate": 5}],
    ids=str,
)
@pytest.mark.parametrize("kind", ["video", "audio"])
def test_streams_never_take_more_than_a_tiny_file_has(kind: str, said: dict[str, Any]) -> None:
    found = look("oss://b/a.mp4", kind, said)
    assert found.bitrate is not None
    streams = streams_of(found)
    assert sum(stream.bitrate for stream in streams) <= found.bitrate


@given(URLS, FACTS)
def test_video_has_pictures(url: str, said: dict[str, Any]) -> None:
    found = look(url, "video", said)
    (video,) = found.video
    assert (video.width, video.height) == (found.width, found.height)
    assert len(found.audio) == (said.get("has_audio") is not False)
    across, down = map(int, video.dar.split(":"))
    assert across * video.height == down * video.width


@given(URLS, FACTS)
def test_audio_has_sound_and_no_pictures(url: str, said: dict[str, Any]) -> None:
    found = look(url, "audio", said)
    assert (found.width, found.height, found.video) == (None, None, ())
    assert len(found.audio) == 1


@given(URLS, FACTS)
def test_image_has_pictures_and_no_duration(url: str, said: dict[str, Any]) -> None:
    found = look(url, "image", said)
    assert (found.duration, found.bitrate, found.video, found.audio) == (None, None, (), ())
    assert found.width
    assert found.height
    assert found.size > 0


@given(URLS, FACTS)
def test_text_has_neither(url: str, said: dict[str, Any]) -> None:
    found = look(url, "text", said)
    assert (found.duration, found.bitrate, found.width, found.height) == (None,) * 4
    assert found.size > 0


@given(URLS, st.sampled_from(KINDS), FACTS)
def test_same_file_has_the_same_details(url: str, kind: str, said: dict[str, Any]) -> None:
    assert look(url, kind, said) == look(url, kind, said)
    assert look(url.replace("oss:", "OSS:"), kind, said) == look(url, kind, said)


def test_different_files_differ() -> None:
    assert len({look(f"oss://b/{n}.mp4", "video", {}).size for n in range(50)}) == 50


@given(URLS, st.sampled_from(KINDS), FACTS)
def test_what_was_said_is_kept(url: str, kind: str, said: dict[str, Any]) -> None:
    found = look(url, kind, said)
    shown = {"size", "format_name"}
    if kind in ("video", "audio"):
        shown |= {"duration", "bitrate"}
    if kind in ("video", "image"):
        shown |= {"width", "height"}
    for name in shown & said.keys():
        assert getattr(found, name) == said[name]
    if "fps" in said and kind == "video":
        assert found.video[0].fps == said["fps"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_size_of_nothing_is_kept(kind: str) -> None:
    assert look("oss://b/a.x", kind, {"size": 0}).size == 0


@pytest.mark.parametrize("more", [{}, {"bitrate": 800}])
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_size_is_an_integer_however_it_was_said(kind: str, more: dict[str, Any]) -> None:
    found = look("oss://b/a.x", kind, {"size": 1e6, **more})
    assert repr(found.size) == "1000000"


@pytest.mark.parametrize("value", [1e-6, 1e12], ids=["least", "most"])
@pytest.mark.parametrize("name", ["duration", "bitrate", "fps", "width", "height", "size"])
@pytest.mark.parametrize("kind", KINDS)
def test_extremes_are_made_up_without_error(kind: str, name: str, value: float) -> None:
    whole = name in ("width", "height", "size")
    found = look("oss://b/a.mp4", kind, {name: max(1, int(value)) if whole else value})
    for stream in found.video:
        assert "/0" not in stream.codec_time_base
        assert "/0" not in stream.timebase


@pytest.mark.parametrize(
    "said",
    [
        {"duration": 0}, {"duration": -1}, {"duration": math.nan}, {"duration": math.inf},
        {"width": 0}, {"width": -1}, {"width": 1.5}, {"height": 0}, {"height": 0.5},
        {"size": -1}, {"size": 1.5}, {"size": 1e13}, {"size": math.nan},
        {"bitrate": 0}, {"bitrate": -5}, {"bitrate": math.inf}, {"fps": 0}, {"fps": math.nan},
        {"duration": 1e13}, {"duration": 1, "size": 1, "bitrate": 1},
        {"duration": 10, "size": 1_000_000, "bitrate": 800},
    ],
    ids=str,
)  # fmt: skip
def test_what_no_file_can_have_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|give two"):
        ObjectFacts(**said)


@pytest.mark.parametrize(
    "said",
    [
        {"duration": Decimal("5")}, {"duration": Fraction(5, 2)}, {"duration": "5"},
        {"duration": True}, {"width": "640"}, {"width": True}, {"size": "1"}, {"fps": [25]},
        {"fails": False}, {"fails": True}, {"fails": 404}, {"has_audio": "no"}, {"has_audio": 2},
        {"format_name": 5},
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("kind", ["video", "audio"])
def test_value_of_the_wrong_kind_is_refused_before_it_breaks_the_analysis(
    kind: str, said: dict[str, Any]
) -> None:
    """What put() takes must be understood: fails=False is no reason, and "no" is not False."""
    try:
        facts = ObjectFacts(**said)
    except (TypeError, ValueError):
        return
    store = ObjectStore(probe)
    found = store.analyse(parse_location("oss://b/a.mp4", "cn-shanghai"), kind, facts)
    assert isinstance(found, FileDetails)
    assert said.keys().isdisjoint({"has_audio", "format_name", "fails"})


@given(
    st.sampled_from(["duration", "width", "height", "size", "bitrate", "fps"]),
    st.one_of(st.floats(), st.integers()),
    st.sampled_from(KINDS),
)
def test_any_number_is_refused_or_made_up(name: str, value: float, kind: str) -> None:
    try:
        facts = ObjectFacts(**{name: value})  # type: ignore[arg-type]
    except ValueError:
        return
    assume(facts is not None)
    assert probe(parse_location("oss://b/a.mp4", "cn-shanghai"), kind, facts).size >= 0


def test_store_finds_what_was_said_by_any_form_of_the_url() -> None:
    store = ObjectStore(probe)
    here = parse_location("oss://b/a.mp4", "cn-shanghai")
    there = parse_location("https://b.oss-cn-shanghai.aliyuncs.com/a.mp4?x=1", "cn-beijing")
    assert store.facts(here) is None
    store.put(here, ObjectFacts(width=5))
    assert store.facts(there) == ObjectFacts(width=5)
    assert len(store) == 1


def test_object_that_fails_is_unreadable_for_its_reason() -> None:
    store = ObjectStore(probe)
    location = parse_location("oss://b/a.mp4", "cn-shanghai")
    assert store.analyse(location, "video", ObjectFacts(fails="gone")) == Unreadable("gone")
    assert isinstance(store.analyse(location, "video", None), FileDetails)


def test_repr_of_facts_shows_what_was_said() -> None:
    assert repr(ObjectFacts(width=5, fails="gone")) == "ObjectFacts(width=5, fails='gone')"
    assert repr(ObjectFacts()) == "ObjectFacts()"
