"""The life of streams on the world's clock: pending, analysed, gone with their asset."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rpc import Rpc

from fake_ims import FakeIms

URL = "oss://bucket/a.mp3"
STREAM = "oss://bucket/hd.mp4"
OTHER = "oss://bucket/ld.mp4"
START = "2026-01-31T12:00:00Z"
EVENTS = ["RegisterMediaComplete", "VideoAnalysisComplete", "RegisterStreamComplete"]
"""Of an asset and a stream of it."""


@pytest.fixture(autouse=True)
def _frozen(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze(START)


def add(rpc: Rpc, media_id: str, url: str = STREAM, **parameters: str) -> None:
    reply = rpc("RegisterMediaStream", MediaId=media_id, InputURL=url, **parameters)
    assert reply.status == 200, reply


def played(rpc: Rpc, media_id: str) -> list[str]:
    items = rpc("GetPlayInfo", MediaId=media_id).json["PlayInfoList"]
    return [item["FileURL"].rpartition("/")[2] for item in items]


def statuses(ims: FakeIms, media_id: str) -> list[str]:
    asset = ims.assets[media_id]
    return [asset.status, *(stream.status for stream in asset.streams)]


# ---------------------------------------------------------------- the delay


@pytest.mark.fake_ims(delay="2.5s")
def test_stream_shows_after_the_delay_and_not_before(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.settle()
    add(rpc, media_id)
    assert len(fake_ims.clock.advance("2.499999s")) == 0
    assert played(rpc, media_id) == ["a.mp3"]
    (event,) = fake_ims.clock.advance("1us")
    assert (event.event_type, event.event_time) == (
        "RegisterStreamComplete", "2026-01-31T12:00:05Z",
    )  # fmt: skip
    assert played(rpc, media_id) == ["a.mp3", "hd.mp4"]


@pytest.mark.fake_ims(delay=0)
def test_without_delay_the_stream_shows_when_the_answer_is_there(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(URL).media_id
    add(rpc, media_id)
    assert played(rpc, media_id) == ["a.mp3", "hd.mp4"]


@pytest.mark.fake_ims(delay="2s")
def test_late_analysis_is_stamped_with_its_due_time(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    add(rpc, media_id)
    fake_ims.clock.advance("1d")
    stream = rpc("GetPlayInfo", MediaId=media_id).json["PlayInfoList"][1]
    assert (stream["CreationTime"], stream["ModificationTime"]) == (START, "2026-01-31T12:00:02Z")


@pytest.mark.fake_ims(delay="2s")
def test_jump_backwards_shifts_what_is_pending(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    add(rpc, media_id)
    assert fake_ims.clock.advance("-1h") == ()
    (event,) = fake_ims.clock.advance("2s")
    assert event.event_type == "RegisterStreamComplete"


# ---------------------------------------------------------------- the end of the asset


def test_nothing_more_is_heard_of_the_streams_of_an_asset_that_is_gone(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    old = rpc.register(URL).media_id
    add(rpc, old)
    new = rpc.register(URL, Overwrite="true").media_id
    happened = fake_ims.settle()
    assert [(event.event_type, event.media_id) for event in happened] == [
        ("RegisterMediaComplete", new), ("VideoAnalysisComplete", new),
    ]  # fmt: skip
    assert played(rpc, new) == ["a.mp3"]


# ---------------------------------------------------------------- by hand


@pytest.mark.fake_ims(completion="hand")
def test_by_hand_the_analyses_of_asset_and_streams_end_together(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(URL).media_id
    add(rpc, media_id)
    fake_ims.objects.put(STREAM, fails="gone")
    assert fake_ims.clock.advance("365d") == ()
    assert fake_ims.complete(media_id).streams[0].status == "Normal"
    assert [event.event_type for event in fake_ims.events] == EVENTS
    assert played(rpc, media_id) == ["a.mp3", "hd.mp4"]
    assert fake_ims.settle() == ()


@pytest.mark.fake_ims(completion="hand")
def test_by_hand_a_later_stream_ends_alone(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id)
    add(rpc, media_id)
    add(rpc, media_id, OTHER)
    assert statuses(fake_ims, media_id) == ["Normal", "Preparing", "Preparing"]
    asset = fake_ims.fail(media_id, "no bucket")
    assert (asset.status, asset.failure) == ("Normal", None)
    assert {stream.failure for stream in asset.streams} == {"no bucket"}
    assert [(event.event_type, event.status) for event in fake_ims.events] == [
        ("RegisterMediaComplete", "Success"), ("VideoAnalysisComplete", "Success"),
        ("RegisterStreamComplete", "Fail"), ("RegisterStreamComplete", "Fail"),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="nothing is pending"):
        fake_ims.complete(media_id)


@pytest.mark.fake_ims(completion="hand")
def test_settle_ends_what_waits_for_the_hand(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    add(rpc, media_id)
    assert [event.event_type for event in fake_ims.settle()] == EVENTS
    assert statuses(fake_ims, media_id) == ["Normal", "Normal"]


@pytest.mark.parametrize("end", [FakeIms.complete, FakeIms.fail])
def test_before_their_time_all_end_by_hand_and_leave_nothing_pending(
    fake_ims: FakeIms, rpc: Rpc, end: Callable[[FakeIms, str], object]
) -> None:
    media_id = rpc.register(URL).media_id
    add(rpc, media_id)
    end(fake_ims, media_id)
    assert [event.event_type for event in fake_ims.events] == EVENTS
    assert fake_ims.clock.advance("1h") == ()


# ---------------------------------------------------------------- by reads


@pytest.mark.fake_ims(completion="reads", reads=2)
def test_by_reads_so_many_answers_leave_the_stream_out(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id)
    add(rpc, media_id)
    fake_ims.clock.advance("1d")
    shown = [len(played(rpc, media_id)) for _ in range(4)]
    assert shown == [1, 1, 2, 2]
    assert [event.event_type for event in fake_ims.events] == EVENTS


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_asset_that_is_ready_by_reads_does_not_lose_its_streams(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(URL).media_id
    add(rpc, media_id)
    assert [rpc.status(media_id) for _ in range(2)] == ["Preparing", "Normal"]
    assert statuses(fake_ims, media_id) == ["Normal", "Preparing"]
    assert [played(rpc, media_id) for _ in range(2)] == [["a.mp3"], ["a.mp3", "hd.mp4"]]
    assert [event.event_type for event in fake_ims.events] == EVENTS


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_get_play_info_is_a_read_of_the_asset(rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    assert [played(rpc, media_id) for _ in range(2)] == [[], ["a.mp3"]]


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_reads_are_counted_anew_from_the_latest_stream(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id)
    add(rpc, media_id)
    played(rpc, media_id)
    add(rpc, media_id, OTHER)
    assert [len(played(rpc, media_id)) for _ in range(2)] == [1, 3]


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_reads_are_forgotten_with_their_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    add(rpc, media_id)
    played(rpc, media_id)
    streams = fake_ims.world.library.streams
    assert list(streams._reads) == [media_id]
    rpc.register(URL, Overwrite="true")
    assert streams._reads == {}


@pytest.mark.parametrize("how", ["reads", "settle", "complete", "delete"])
@pytest.mark.fake_ims(completion="reads", reads=1)
def test_nothing_is_kept_of_reads_that_count_no_more(fake_ims: FakeIms, rpc: Rpc, how: str) -> None:
    media_id = rpc.register(URL).media_id
    add(rpc, media_id)
    played(rpc, media_id)
    if how == "reads":
        played(rpc, media_id)
    elif how == "settle":
        fake_ims.settle()
    else:
        getattr(fake_ims, how)(media_id)
    library = fake_ims.world.library
    assert (library._reads, library.streams._reads, len(fake_ims.world.queue)) == ({}, {}, 0)
    assert list(library.streams._places) == ([] if how == "delete" else [media_id])


@pytest.mark.fake_ims(completion="reads", reads=0)
def test_by_no_reads_the_first_answer_shows_the_stream(rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    add(rpc, media_id)
    assert played(rpc, media_id) == ["a.mp3", "hd.mp4"]


# ---------------------------------------------------------------- against a model

ASSETS = st.integers(0, 1)
FILES = st.integers(0, 2)
DELAY = 2_000_000
STEPS = st.one_of(
    st.tuples(st.just("stream"), ASSETS, FILES),
    st.tuples(st.just("overwrite"), ASSETS, st.just(0)),
    st.tuples(st.just("break"), FILES, st.booleans()),
    st.tuples(st.just("advance"), st.integers(0, DELAY + 1), st.just(0)),
)


class Model:
    """Streams as a list of what is shown and a list of what will be, and no more."""

    def __init__(self) -> None:
        self.now = 0
        self.broken = [False] * 3
        self.registered: list[list[int]] = [[], []]
        self.shown: list[set[int]] = [set(), set()]
        self.tags: list[dict[int, int]] = [{}, {}]
        self.pending: list[tuple[int, int, int]] = []
        self.events: list[tuple[int, bool]] = []

    def stream(self, asset: int, file: int, step: int) -> None:
        if file not in self.registered[asset]:
            self.registered[asset].append(file)
        self.tags[asset][file] = step
        self.pending.append((self.now + DELAY, asset, file))

    def overwrite(self, asset: int) -> None:
        self.registered[asset], self.shown[asset], self.tags[asset] = [], set(), {}
        self.pending = [each for each in self.pending if each[1] != asset]

    def advance(self, by: int) -> None:
        self.now += by
        while self.pending and self.pending[0][0] <= self.now:
            _, asset, file = self.pending.pop(0)
            self.events.append((file, not self.broken[file]))
            (self.shown[asset].discard if self.broken[file] else self.shown[asset].add)(file)

    def played(self, asset: int) -> list[tuple[str, str]]:
        return [
            (f"{file}.mp4", str({"step": self.tags[asset][file]}).replace("'", '"'))
            for file in self.registered[asset]
            if file in self.shown[asset]
        ]


@settings(deadline=None)  # a world for each example takes longer on a busy machine
@given(steps=st.lists(STEPS, max_size=25))
def test_streams_live_as_in_a_list(steps: list[tuple[str, int, int]]) -> None:
    with FakeIms(delay=f"{DELAY}us", play_info_source="omitted") as ims:
        ims.clock.freeze(START)
        rpc, model = Rpc(ims), Model()
        ids = [ims.register(InputURL=f"oss://b/asset{asset}.mp3").media_id for asset in range(2)]
        for number, (verb, one, two) in enumerate([*steps, ("advance", DELAY, 0)]):
            if verb == "stream":
                add(rpc, ids[one], f"oss://b/{two}.mp4", StreamTags=f'{{"step": {number}}}')
                model.stream(one, two, number)
            elif verb == "overwrite":
                url = f"oss://b/asset{one}.mp3"
                ids[one] = ims.register(InputURL=url, Overwrite=True).media_id
                model.overwrite(one)
            elif verb == "break":
                ims.objects.put(f"oss://b/{one}.mp4", fails="broken" if two else None)
                model.broken[one] = bool(two)
            else:
                ims.clock.advance(f"{one}us")
                model.advance(one)
            for asset, media_id in enumerate(ids):
                items = rpc("GetPlayInfo", MediaId=media_id).json["PlayInfoList"]
                shown = [(i["FileURL"].rpartition("/")[2], i["StreamTags"]) for i in items]
                assert shown == model.played(asset)
        told = [
            (int(event.message_body["FileUrl"][-5]), event.status == "Success")
            for event in ims.events.of("RegisterStreamComplete")
        ]
        assert told == model.events
