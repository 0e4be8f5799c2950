"""From Preparing to Normal or PrepareFail, on the world's own clock."""

from __future__ import annotations

import pytest
from rpc import Rpc

from fake_ims import FakeIms

URL = "oss://bucket/a.mp3"
ENDS = ["RegisterMediaComplete", "VideoAnalysisComplete"]
"""The events of the end of a video's analysis, which come at one instant."""

START = "2026-01-31T12:00:00Z"


@pytest.fixture(autouse=True)
def _frozen(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze(START)


@pytest.mark.fake_ims(delay="2.5s")
def test_registration_is_done_after_the_delay_and_not_before(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    assert rpc.get(media_id)["FileInfoList"] == []
    assert len(fake_ims.clock.advance("2.499999s")) == 0
    assert rpc.status(media_id) == "Preparing"
    happened = fake_ims.clock.advance("1us")
    assert [(event.event_type, event.media_id, event.status) for event in happened] == [
        (event_type, media_id, "Success") for event_type in ENDS
    ]
    assert rpc.status(media_id) == "Normal"
    assert rpc.file_of(media_id)["FileBasicInfo"]["FileUrl"]


@pytest.mark.fake_ims(delay="2.5s")
def test_unreadable_object_is_prepare_fail_after_the_same_delay(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.objects.put(URL, fails="no such key")
    media_id = rpc.register(URL).media_id
    assert rpc.status(media_id) == "Preparing"
    happened = fake_ims.clock.advance("2.5s")
    assert [(event.event_type, event.status) for event in happened] == [
        (event_type, "Fail") for event_type in ENDS
    ]
    assert rpc.status(media_id) == "PrepareFail"
    assert rpc.get(media_id)["FileInfoList"] == []


def test_default_delay_is_two_to_three_seconds(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = [rpc.register(f"oss://b/{number}.mp3").media_id for number in range(20)]
    fake_ims.clock.advance("1.999999s")
    assert {fake_ims.assets[media_id].status for media_id in ids} == {"Preparing"}
    fake_ims.clock.advance("500ms")
    assert {fake_ims.assets[media_id].status for media_id in ids} == {"Preparing", "Normal"}
    fake_ims.clock.advance("500.001ms")
    assert {fake_ims.assets[media_id].status for media_id in ids} == {"Normal"}


@pytest.mark.fake_ims(delay=0)
def test_without_delay_the_analysis_is_done_when_the_answer_is_there(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(URL).media_id
    assert fake_ims.assets[media_id].status == rpc.status(media_id) == "Normal"
    assert [(event.event_type, event.media_id) for event in fake_ims.events] == [
        (event_type, media_id) for event_type in ENDS
    ]
    assert fake_ims.register(InputURL="oss://b/b.mp3").status == "Normal"


def dues(seed: int) -> list[object]:
    with FakeIms(seed=seed, delay="1s..9s") as ims:
        ims.clock.freeze(START)
        return [
            (asset.media_id, pending.due)
            for asset in (ims.register(InputURL=f"oss://b/{n}.mp3") for n in range(10))
            for pending in ims.world.queue.of(asset.media_id)
        ]


def test_delays_and_ids_are_drawn_from_the_seed() -> None:
    assert dues(7) == dues(7)
    assert dues(7) != dues(8)


def test_keys_are_not_drawn_from_the_seed() -> None:
    with FakeIms(seed=7) as one, FakeIms(seed=7) as two:
        assert one.access_key_id != two.access_key_id
        assert one.access_key_secret != two.access_key_secret


@pytest.mark.fake_ims(delay="2s")
def test_late_work_is_stamped_with_its_due_time(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.clock.advance("1d")
    assert [event.event_time for event in fake_ims.events] == ["2026-01-31T12:00:02Z"] * 2
    basic = rpc.get(media_id)["MediaBasicInfo"]
    assert (basic["CreateTime"], basic["ModifiedTime"]) == (START, "2026-01-31T12:00:02Z")


@pytest.mark.fake_ims(delay="1s")
def test_what_is_due_happens_in_order_of_its_time(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = []
    for number in range(5):
        ids.append(rpc.register(f"oss://b/{number}.mp3").media_id)
        fake_ims.clock.advance("10ms")
    happened = fake_ims.clock.advance("1h")
    assert [(event.event_type, event.media_id) for event in happened] == [
        (event_type, media_id) for media_id in ids for event_type in ENDS
    ]
    assert [event.at for event in happened] == sorted(event.at for event in happened)


@pytest.mark.fake_ims(delay="2s")
def test_settle_moves_the_clock_to_the_last_due_time_and_no_further(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    rpc.register(URL)
    fake_ims.clock.advance("1s")
    last = rpc.register("oss://b/b.mp3").media_id
    happened = fake_ims.settle()
    assert [event.event_time for event in happened] == [
        *["2026-01-31T12:00:02Z"] * 2, *["2026-01-31T12:00:03Z"] * 2,
    ]  # fmt: skip
    assert happened[-1].media_id == last
    assert fake_ims.clock.now().isoformat() == "2026-01-31T12:00:03+00:00"
    assert fake_ims.settle() == ()


def test_settle_leaves_a_running_clock_running(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.resume()
    rpc.register(URL)
    assert [event.event_type for event in fake_ims.settle()] == ENDS
    assert not fake_ims.clock.frozen


# ---------------------------------------------------------------- completion


@pytest.mark.fake_ims(completion="reads", reads=3)
def test_completion_by_reads_shows_so_many_answers_preparing(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.clock.advance("1d")
    assert [rpc.status(media_id) for _ in range(5)] == ["Preparing"] * 3 + ["Normal"] * 2
    assert [event.event_type for event in fake_ims.events] == ENDS


@pytest.mark.fake_ims(completion="reads", reads=0)
def test_completion_by_no_reads_shows_the_first_answer_normal(rpc: Rpc) -> None:
    assert rpc.status(rpc.register(URL).media_id) == "Normal"


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_completion_by_reads_counts_each_asset_alone(rpc: Rpc) -> None:
    one, two = rpc.register(URL).media_id, rpc.register("oss://b/b.mp3").media_id
    assert [rpc.status(one), rpc.status(two), rpc.status(one), rpc.status(two)] == [
        "Preparing", "Preparing", "Normal", "Normal",
    ]  # fmt: skip


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_completion_by_reads_lets_an_unreadable_object_fail(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, fails="no such key")
    media_id = rpc.register(URL).media_id
    assert [rpc.status(media_id) for _ in range(2)] == ["Preparing", "PrepareFail"]
    assert [event.status for event in fake_ims.events] == ["Fail", "Fail"]


@pytest.mark.fake_ims(completion="reads", reads=2)
def test_looking_from_python_is_no_read(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    for _ in range(5):
        assert fake_ims.assets[media_id].status == "Preparing"


@pytest.mark.fake_ims(completion="hand")
def test_completion_by_hand_waits_for_the_test(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = [rpc.register(f"oss://b/{number}.mp3").media_id for number in range(4)]
    fake_ims.objects.put("oss://b/3.mp3", fails="gone")
    assert fake_ims.clock.advance("365d") == ()
    assert [rpc.status(media_id) for media_id in ids] == ["Preparing"] * 4
    fake_ims.complete(ids[0])
    fake_ims.fail(ids[1], "no bucket")
    assert [rpc.status(media_id) for media_id in ids[:3]] == ["Normal", "PrepareFail", "Preparing"]
    assert [(event.event_type, event.media_id) for event in fake_ims.settle()] == [
        (event_type, media_id) for media_id in ids[2:] for event_type in ENDS
    ]
    assert [rpc.status(media_id) for media_id in ids[2:]] == ["Normal", "PrepareFail"]


@pytest.mark.fake_ims(completion="hand")
def test_completion_by_hand_is_stamped_with_the_moment_of_the_hand(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.clock.advance("1h")
    fake_ims.complete(media_id)
    assert rpc.get(media_id)["MediaBasicInfo"]["ModifiedTime"] == "2026-01-31T13:00:00Z"


@pytest.mark.fake_ims(delay="1h")
def test_completion_before_its_time_leaves_nothing_pending(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id)
    assert fake_ims.clock.advance("2h") == ()
    assert [event.event_type for event in fake_ims.events] == ENDS
    assert fake_ims.assets[media_id].status == "Normal"


# ---------------------------------------------------------------- the world's own clock


@pytest.mark.fake_ims(delay="2s")
@pytest.mark.parametrize("back", ["-1h", "-36500d", "-1us"])
def test_jump_backwards_shifts_what_is_pending(fake_ims: FakeIms, rpc: Rpc, back: str) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.clock.advance("500ms")
    assert fake_ims.clock.advance(back) == ()
    assert len(fake_ims.clock.advance("1.499999s")) == 0
    happened = fake_ims.clock.advance("1us")
    assert [(event.media_id, event.at) for event in happened] == [
        (media_id, fake_ims.clock.read())
    ] * 2


@pytest.mark.fake_ims(delay="2s")
def test_move_to_the_past_shifts_what_is_pending(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.clock.move_to("2001-01-01T00:00:00Z")
    assert fake_ims.assets[media_id].status == "Preparing"
    happened = fake_ims.clock.advance("2s")
    assert [event.event_time for event in happened] == ["2001-01-01T00:00:02Z"] * 2


@pytest.mark.fake_ims(delay="2s")
def test_move_to_the_future_lets_happen_what_is_due_on_the_way(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL)
    happened = fake_ims.clock.move_to("2090-01-01T00:00:00Z")
    assert [event.event_time for event in happened] == ["2026-01-31T12:00:02Z"] * 2


@pytest.mark.fake_ims(delay="2s")
def test_freezing_in_the_past_shifts_what_is_pending(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL)
    fake_ims.clock.freeze("1999-12-31T23:59:59Z")
    happened = fake_ims.clock.advance("2s")
    assert [event.event_time for event in happened] == ["2000-01-01T00:00:01Z"] * 2


@pytest.mark.fake_ims(delay="2s")
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
def test_world_lives_at_the_ends_of_the_calendar_and_beyond(
    fake_ims: FakeIms, rpc: Rpc, at: str
) -> None:
    fake_ims.clock.move_to(at)
    assert rpc.get(rpc.register(URL).media_id)["MediaBasicInfo"]["CreateTime"] == at[:19] + "Z"
    for step in ("-1000000d", "1000000d", "1000000d", "-1000000d"):
        fake_ims.clock.advance(step)
        url = f"oss://b/{fake_ims.clock.read()}{step}.mp4"
        media_id = rpc.register(url).media_id
        assert rpc.status(media_id) == "Preparing"
        fake_ims.settle()
        assert rpc.file_of(media_id)["FileBasicInfo"]["FileUrl"]
        assert repr(fake_ims)


def test_two_reads_of_one_frozen_instant_are_equal(fake_ims: FakeIms, rpc: Rpc) -> None:
    assert fake_ims.clock.now() == fake_ims.clock.now()
    one, two = rpc.register(URL).media_id, rpc.register("oss://b/b.mp3").media_id
    assert fake_ims.assets[one].created_at == fake_ims.assets[two].created_at
    assert rpc.get(one) == rpc.get(one)


def test_resume_runs_on_from_where_the_clock_stands(fake_ims: FakeIms) -> None:
    before = fake_ims.clock.read()
    fake_ims.clock.resume()
    after = fake_ims.clock.read()
    assert before <= after < before + 60_000_000
    assert not fake_ims.clock.frozen
