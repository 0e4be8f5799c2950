"""VideoAnalysisComplete, which comes with RegisterMediaComplete."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from alone import ALONE
from hypothesis import given
from hypothesis import strategies as st
from rpc import Rpc

from fake_ims import Event, FakeIms

URL = "oss://bucket/a.mp4"
AUDIO = "oss://bucket/a.mp3"
USER_DATA = '{"NotifyAddress":"http://127.0.0.1:1/"}'
BAD = {
    "ErrorCode": "InvalidParameter.ResourceContentBad",
    "ErrorMessage": "The resource operated InputFile is bad",
}


def analysed(ims: FakeIms, url: str, **parameters: str) -> Event:
    """The event of one registration."""
    media_id = ims.register(InputURL=url, **parameters).media_id
    ims.settle()
    (event,) = ims.events.of("VideoAnalysisComplete", media_id=media_id)
    return event


# ---------------------------------------------------------------- the body


def test_success_tells_what_was_found_in_the_order_of_the_sample(fake_ims: FakeIms) -> None:
    fake_ims.objects.put(URL, duration=12, width=630, height=360, fps=30, bitrate=499)
    event = analysed(fake_ims, URL)
    assert list(event.message_body.items()) == [
        ("Status", "Success"), ("MediaId", event.media_id), ("Duration", "12"), ("Height", "360"),
        ("Width", "630"), ("Fps", "30"), ("Bitrate", "499"), ("Size", "748500"),
    ]  # fmt: skip


def test_parts_of_a_second_are_told_as_far_as_they_go(fake_ims: FakeIms) -> None:
    fake_ims.objects.put(URL, duration=12.050, fps=29.97, size=1000)
    body = analysed(fake_ims, URL).message_body
    assert (body["Duration"], body["Fps"], body["Bitrate"]) == ("12.05", "29.97", "0.664")


def test_zeros_before_the_point_stay(fake_ims: FakeIms) -> None:
    fake_ims.objects.put(URL, duration=100, fps=10, bitrate=1000)
    body = analysed(fake_ims, URL).message_body
    assert [body[name] for name in ("Duration", "Fps", "Bitrate")] == ["100", "10", "1000"]


@pytest.mark.parametrize("url", [AUDIO, "oss://bucket/a.flac"])
def test_audio_has_neither_a_frame_nor_a_rate(fake_ims: FakeIms, url: str) -> None:
    fake_ims.objects.put(url, duration=60, bitrate=128)
    event = analysed(fake_ims, url)
    assert list(event.message_body.items()) == [
        ("Status", "Success"), ("MediaId", event.media_id), ("Duration", "60"),
        ("Bitrate", "128"), ("Size", "960000"),
    ]  # fmt: skip


@pytest.mark.parametrize("url", [URL, AUDIO])
def test_failure_tells_only_why(fake_ims: FakeIms, url: str) -> None:
    fake_ims.objects.put(url, fails="no such key")
    event = analysed(fake_ims, url)
    assert list(event.message_body.items()) == [
        ("Status", "Fail"), ("MediaId", event.media_id), *BAD.items(),
    ]  # fmt: skip


def test_failure_by_hand_tells_the_same(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.fail(media_id, "no bucket")
    assert fake_ims.events[-1].message_body == {"Status": "Fail", "MediaId": media_id, **BAD}


def test_success_by_hand_tells_of_a_file_that_could_not_be_read(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.objects.put(URL, fails="gone", duration=7)
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id)
    (event,) = fake_ims.events.of("VideoAnalysisComplete")
    body = event.message_body
    assert (body["Status"], body["Duration"]) == ("Success", "7")


positive = st.floats(1e-6, 1e12)
frames = st.integers(1, 10_000)
SAID = st.one_of(
    st.fixed_dictionaries({}, optional={"duration": positive, "size": st.integers(0, 10**12)}),
    st.fixed_dictionaries(
        {"width": frames, "height": frames, "fps": positive}, optional={"bitrate": positive}
    ),
)


@given(said=SAID, url=st.sampled_from([URL, AUDIO, "oss://bucket/f.bin", "vod://a1b2c3d4"]))
def test_numbers_are_those_of_get_media_info(said: dict[str, Any], url: str) -> None:
    if url == AUDIO:
        said = {name: said[name] for name in said if name not in ("width", "height", "fps")}
    with FakeIms() as ims:
        ims.objects.put(url, **said)
        event = analysed(ims, url)
        assert event.media_id is not None
        file = Rpc(ims).file_of(event.media_id)
    shown = dict(file["FileBasicInfo"])
    shown["Size"] = shown.pop("FileSize")
    for stream in file["VideoStreamInfoList"]:
        shown["Fps"] = stream["Fps"]
    told = dict(event.message_body)
    assert (told.pop("Status"), told.pop("MediaId")) == ("Success", event.media_id)
    of_frames = set() if url == AUDIO else {"Height", "Width", "Fps"}
    assert told.keys() == {"Duration", "Bitrate", "Size"} | of_frames
    for name, value in told.items():
        assert re.fullmatch(r"(0|[1-9]\d*)(\.\d*[1-9])?", value), name
        assert float(value) == float(shown[name]), name


# ---------------------------------------------------------------- what the settings say


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.fake_ims(event_fields="minimal")
def test_minimal_body(fake_ims: FakeIms, broken: bool) -> None:
    fake_ims.objects.put(URL, fails="gone" if broken else None)
    event = analysed(fake_ims, URL)
    assert list(event.message_body.items()) == [
        ("Status", "Fail" if broken else "Success"), ("MediaId", event.media_id),
    ]  # fmt: skip


@pytest.mark.parametrize("event_fields", ["relative", "minimal"])
@pytest.mark.parametrize("event_user_data", ["echo", "omit"])
def test_user_data_comes_last_in_both_events(event_fields: str, event_user_data: str) -> None:
    with FakeIms(event_fields=event_fields, event_user_data=event_user_data) as ims:
        ims.register(InputURL=URL, UserData=USER_DATA)
        for event in ims.settle():
            last = list(event.message_body.items())[-1]
            assert (last == ("UserData", USER_DATA)) == (event_user_data == "echo")
            assert ("UserData" in event.message_body) == (event_user_data == "echo")


@pytest.mark.parametrize("order", ["after", "before"])
@pytest.mark.parametrize("broken", [False, True])
def test_either_order_is_of_one_instant_and_the_asset_shows_its_state(
    order: str, broken: bool
) -> None:
    states = []
    with FakeIms(analysis_event=order) as ims:
        ims.objects.put(URL, fails="gone" if broken else None)
        media_id = ims.register(InputURL=URL, **ALONE).media_id

        class Told(logging.Handler):
            """Looks at the asset at the moment of each event."""

            def emit(self, record: logging.LogRecord) -> None:
                states.append(ims.world.library.assets[media_id].status)

        log, handler = logging.getLogger("fake_ims"), Told()
        level = log.level
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        try:
            happened = ims.settle()
        finally:
            log.removeHandler(handler)
            log.setLevel(level)
    types = [event.event_type for event in happened]
    assert types == sorted(types, reverse=order == "before")
    assert len(types) == len(set(types)) == 2
    assert happened[0].at == happened[1].at
    assert happened[0].status == happened[1].status
    assert states == ["PrepareFail" if broken else "Normal"] * 2


@pytest.mark.parametrize("url", ["oss://bucket/a.jpg", "oss://bucket/a.srt"])
@pytest.mark.parametrize("order", ["after", "before", "omit"])
def test_image_and_text_have_no_such_event(url: str, order: str) -> None:
    with FakeIms(analysis_event=order) as ims:
        ims.register(InputURL=url, UserData=USER_DATA)
        assert [event.event_type for event in ims.settle()] == ["RegisterMediaComplete"]


def test_media_type_that_was_sent_decides(fake_ims: FakeIms, rpc: Rpc) -> None:
    for media_type in ("video", "image"):
        rpc.register(f"oss://b/{media_type}.mp4", MediaType=media_type)
    fake_ims.settle()
    (event,) = fake_ims.events.of("VideoAnalysisComplete")
    assert fake_ims.assets[event.media_id or ""].media_type == "video"


# ---------------------------------------------------------------- what a call relies on


@pytest.mark.parametrize(
    ("url", "user_data", "relied_on"),
    [
        (URL, USER_DATA,
         ("analysis_event", "callback_content_type", "event_fields", "event_user_data",
          "notify_events")),
        (AUDIO, '{"NotifyAddress":"ice-callback-a"}',
         ("analysis_event", "event_fields", "event_user_data", "notify_events")),
        (URL, r'{"\u004eotifyAddress":"ice-callback-a"}',
         ("analysis_event", "event_fields", "event_user_data", "notify_events")),
        ("oss://bucket/a.jpg", USER_DATA,
         ("callback_content_type", "event_user_data", "notify_events")),
        (URL, '{"NotifyAddress":""}', ("event_user_data",)),
        (URL, '{"NotifyAddress":null}', ("event_user_data",)),
        (URL, '["NotifyAddress"]', ("event_user_data",)),
        (URL, '"NotifyAddress"', ("event_user_data",)),
        (URL, "1", ("event_user_data",)),
        (URL, "[" * 500 + "]" * 500, ("event_user_data",)),
    ],
)  # fmt: skip
def test_who_asks_to_be_told_relies_on_it(
    fake_ims: FakeIms, rpc: Rpc, url: str, user_data: str, relied_on: tuple[str, ...]
) -> None:
    assert rpc.register(url, UserData=user_data).status == 200
    assert fake_ims.calls[-1].relied_on == relied_on


@pytest.mark.fake_ims(analysis_event="omit")
def test_without_the_event_its_fields_are_no_question(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL, UserData=USER_DATA)
    assert fake_ims.calls[-1].relied_on == (
        "analysis_event", "callback_content_type", "event_user_data", "notify_events",
    )  # fmt: skip


# ---------------------------------------------------------------- many


@pytest.mark.fake_ims(journal_size=3)
def test_events_of_as_many_assets_as_calls_are_kept(fake_ims: FakeIms) -> None:
    ids = [fake_ims.register(InputURL=f"oss://b/{number}.mp4").media_id for number in range(5)]
    assert len(fake_ims.settle()) == 6
    assert {event.media_id for event in fake_ims.events} <= set(ids)
    assert len(fake_ims.events) == 6
    assert fake_ims.clock.advance("1h") == ()
