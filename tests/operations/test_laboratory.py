"""The laboratory: looking at callbacks, waiting for them, delivering them again or at once."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from typing import Any

import pytest
from rpc import Rpc

from fake_ims import CallbackError, FakeIms
from fake_ims.clock import real_monotonic
from fake_ims.events.callbacks import Callbacks
from fake_ims.receiver import Receiver

HANG = 20
ELSEWHERE = "https://app.example.com/callback"
KINDS = "RegisterMediaComplete,VideoAnalysisComplete,MediaBaseChangeComplete,DeleteMediaComplete"


def register(ims: FakeIms, to: str, name: str = "a.png") -> str:
    url = f"oss://bucket/{name}"
    return ims.register(InputURL=url, UserData={"NotifyAddress": to}).media_id


def set_callback(rpc: Rpc, url: str) -> None:
    rpc("SetEventCallback", CallbackType="HTTP", CallbackURL=url, EventTypeList=KINDS)


def came(inbox: Receiver) -> list[str | None]:
    return [received.media_id for received in inbox.received]


# ---------------------------------------------------------------- looking


def test_looking_is_as_at_a_tuple_of_snapshots(fake_ims: FakeIms) -> None:
    for name in ("a.png", "b.png", "c.png"):
        register(fake_ims, "ice-callback-demo", name)
    assert (len(fake_ims.callbacks), list(fake_ims.callbacks)) == (0, [])
    assert not fake_ims.callbacks
    fake_ims.settle()
    before = fake_ims.callbacks.snapshot()
    assert len(before) == len(fake_ims.callbacks) == 3
    assert [each.number for each in fake_ims.callbacks] == [1, 2, 3]
    assert fake_ims.callbacks[-1].number == 3
    assert isinstance(fake_ims.callbacks[1:], Callbacks)
    assert fake_ims.callbacks[1:] == before[1:]
    assert fake_ims.callbacks.index(before[1]) == 1
    assert before[2] in fake_ims.callbacks
    assert [each.number for each in reversed(fake_ims.callbacks)] == [3, 2, 1]
    fake_ims.callbacks.redeliver(before[0])
    assert (len(before), len(fake_ims.callbacks)) == (3, 4)
    with pytest.raises(IndexError):
        fake_ims.callbacks[4]


def test_of_each_filter(fake_ims: FakeIms, rpc: Rpc) -> None:
    set_callback(rpc, ELSEWHERE)
    video = fake_ims.register(InputURL="oss://bucket/a.mp4").media_id
    image = register(fake_ims, "ice-callback-demo")
    fake_ims.settle()
    fake_ims.update(image, Title="other")
    fake_ims.settle()

    def kinds(**filters: str) -> list[tuple[str, str | None]]:
        found = fake_ims.callbacks.of(**filters)
        assert isinstance(found, Callbacks)
        return sorted((each.event_type, each.media_id) for each in found)

    assert len(kinds()) == 4
    assert kinds(event_type="VideoAnalysisComplete") == [("VideoAnalysisComplete", video)]
    assert kinds(media_id=image) == [
        ("MediaBaseChangeComplete", image), ("RegisterMediaComplete", image),
    ]  # fmt: skip
    assert kinds(to="ice-callback-demo") == [("RegisterMediaComplete", image)]
    assert kinds(outcome="delivered") == [("RegisterMediaComplete", image)]
    assert len(kinds(outcome="recorded", to=ELSEWHERE)) == 3
    assert kinds(media_id=video, to="ice-callback-demo") == []
    assert kinds(event_type="SnapshotComplete") == []


def test_its_repr_shows_callbacks_and_bends(fake_ims: FakeIms) -> None:
    assert repr(fake_ims.callbacks) == "<0 callbacks>"
    with fake_ims.callbacks.delay("90s", "RegisterMediaComplete", to="ice-callback-demo", times=2):
        media_id = register(fake_ims, "ice-callback-demo")
        fake_ims.settle()
        assert repr(fake_ims.callbacks).splitlines() == [
            "<1 callbacks>",
            f"  <callback 1 RegisterMediaComplete {media_id} to ice-callback-demo delivered>",
            f"    {fake_ims.callbacks[0].attempts[0]!r}",
            "<1 bends>",
            "  <delay by 90s: RegisterMediaComplete to ice-callback-demo; fired 1 of 2>",
        ]
    assert "bends" not in repr(fake_ims.callbacks)


# ---------------------------------------------------------------- waiting


def test_wait_for_each_filter(fake_ims: FakeIms, rpc: Rpc) -> None:
    set_callback(rpc, "http://127.0.0.1:9/all")  # nobody waits for those in vain: it is recorded
    fake_ims.callbacks.drop(to="http://127.0.0.1:9/all")
    first = register(fake_ims, "ice-callback-one", "a.mp4")
    second = register(fake_ims, "ice-callback-two", "b.mp4")
    wait_for = fake_ims.callbacks.wait_for
    assert wait_for().number == 1
    assert wait_for("VideoAnalysisComplete", media_id=first).to == "ice-callback-one"
    assert wait_for(media_id=second).event_type == "RegisterMediaComplete"
    found = wait_for("VideoAnalysisComplete", to="ice-callback-two")
    assert (found.media_id, found.event_type) == (second, "VideoAnalysisComplete")
    fake_ims.delete(first)
    gone = wait_for("DeleteMediaComplete", outcome="withheld")
    assert (gone.media_id, gone.attempts) == (first, ())


def test_wait_for_moves_the_clock_no_further_than_needed(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze()
    for name in ("a.png", "b.png"):
        register(fake_ims, "ice-callback-demo", name)
        fake_ims.clock.advance("1ms")
    first = fake_ims.callbacks.wait_for(count=1)
    assert fake_ims.clock.read() == first.attempts[0].at
    assert len(fake_ims.callbacks) == 1
    second = fake_ims.callbacks.wait_for(count=2)
    assert fake_ims.clock.read() == second.attempts[0].at > first.attempts[0].at
    assert fake_ims.callbacks.wait_for(count=2) == second  # it is there: at once, and again
    assert fake_ims.clock.read() == second.attempts[0].at


def test_what_is_recorded_counts_as_come(fake_ims: FakeIms) -> None:
    register(fake_ims, ELSEWHERE)
    found = fake_ims.callbacks.wait_for()
    assert (found.outcome, found.attempts) == ("recorded", ())
    with pytest.raises(CallbackError, match=r"came to another end than delivered:\n.* recorded"):
        fake_ims.callbacks.wait_for(outcome="delivered")


def test_wait_for_cancelled(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        inbox.answer(500, times=1)
        fake_ims.clock.freeze()
        media_id = register(fake_ims, inbox.url)
        fake_ims.clock.advance("3s")
        fake_ims.delete(media_id)
        found = fake_ims.callbacks.wait_for(media_id=media_id, outcome="cancelled")
    assert [attempt.status for attempt in found.attempts] == [500]
    assert found.why == "its asset was deleted"


def test_the_count_is_of_the_wanted_end_alone(fake_ims: FakeIms) -> None:
    fake_ims.callbacks.drop(times=2)
    for name in ("a.png", "b.png", "c.png", "d.png"):
        register(fake_ims, "ice-callback-demo", name)
    assert fake_ims.callbacks.wait_for(count=2).number == 4
    assert fake_ims.callbacks.wait_for(count=2, outcome="withheld").number == 2


def test_another_end_is_told_at_once_and_not_while_more_is_pending(fake_ims: FakeIms) -> None:
    fake_ims.callbacks.drop(times=1)
    for name in ("a.png", "b.png"):
        register(fake_ims, "ice-callback-demo", name)
    assert fake_ims.callbacks.wait_for().number == 2  # the first was lost: a second was to come
    fake_ims.callbacks.drop()
    media_id = register(fake_ims, "ice-callback-demo", "c.png")
    began = real_monotonic()
    with pytest.raises(CallbackError, match="another end"):
        fake_ims.callbacks.wait_for(media_id=media_id, timeout=HANG)
    assert real_monotonic() - began < HANG / 2


@pytest.mark.parametrize(
    "timeout", [0.2, "0.2s", "200ms", datetime.timedelta(milliseconds=200)], ids=repr
)
def test_a_time_out_is_real_time_in_any_form(fake_ims: FakeIms, timeout: Any) -> None:
    fake_ims.clock.freeze()
    before = fake_ims.clock.read()
    began = real_monotonic()
    with pytest.raises(CallbackError, match="no callback came"):
        fake_ims.callbacks.wait_for(timeout=timeout)
    assert 0.15 < real_monotonic() - began < HANG / 2
    assert fake_ims.clock.read() == before


@pytest.mark.parametrize("timeout", [0, -1, "-5s"], ids=repr)
def test_without_time_only_what_is_there_is_found(fake_ims: FakeIms, timeout: Any) -> None:
    register(fake_ims, "ice-callback-demo")
    with pytest.raises(CallbackError, match="pending: <analysis"):
        fake_ims.callbacks.wait_for(timeout=timeout)
    fake_ims.settle()
    assert fake_ims.callbacks.wait_for(timeout=timeout).outcome == "delivered"


def test_a_time_out_ends_the_wait_for_a_receiver_that_hangs(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        inbox.hang()
        register(fake_ims, inbox.url)
        with pytest.raises(CallbackError, match=r"(?s)no callback came.* pending>"):
            fake_ims.callbacks.wait_for(timeout="300ms")
        assert len(inbox.received) == 1


def test_what_another_thread_sets_off_is_waited_for(fake_ims: FakeIms) -> None:
    thread = threading.Timer(0.2, register, (fake_ims, "ice-callback-demo"))
    thread.start()
    assert fake_ims.callbacks.wait_for(timeout=HANG).outcome == "delivered"
    thread.join(HANG)


def test_another_end_does_not_end_the_wait_for_several(fake_ims: FakeIms) -> None:
    fake_ims.callbacks.drop(times=1)
    for name in ("a.png", "b.png"):
        register(fake_ims, "ice-callback-demo", name)
    fake_ims.settle()
    thread = threading.Timer(0.2, register, (fake_ims, "ice-callback-demo", "c.png"))
    thread.start()
    assert fake_ims.callbacks.wait_for(count=2, timeout=HANG).number == 3
    thread.join(HANG)


def test_several_may_wait_at_once(fake_ims: FakeIms) -> None:
    found: dict[str, str | None] = {}

    def wait(to: str) -> None:
        found[to] = fake_ims.callbacks.wait_for(to=to, timeout=HANG).media_id

    with fake_ims.callbacks.receiver() as inbox:
        urls = [f"{inbox.url}/{number}" for number in range(4)]
        threads = [threading.Thread(target=wait, args=(url,)) for url in urls]
        for thread in threads:
            thread.start()
        ids = {url: register(fake_ims, url, f"{number}.png") for number, url in enumerate(urls)}
        for thread in threads:
            thread.join(HANG)
    assert found == ids


def test_waiting_inside_a_handler(fake_ims: FakeIms) -> None:
    """A thread of the receiver may wait for what is there, and is told of what is not."""
    told: list[object] = []

    def handle(received: Any) -> None:
        told.append(fake_ims.callbacks.wait_for(to="ice-callback-demo", timeout=HANG).outcome)
        with pytest.raises(CallbackError, match=r"pending>") as error:
            fake_ims.callbacks.wait_for(to=inbox.url, timeout=0.05)
        told.append(type(error.value))

    register(fake_ims, "ice-callback-demo", "b.png")
    with fake_ims.callbacks.receiver(handle) as inbox:
        register(fake_ims, inbox.url)
        fake_ims.settle()
        assert inbox.received[0].error is None
    assert told == ["delivered", CallbackError]


# ---------------------------------------------------------------- delivering now, and again


def test_deliver_now_makes_the_next_attempt_of_what_failed(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        inbox.answer(503, times=2)
        fake_ims.clock.freeze()
        register(fake_ims, inbox.url)
        fake_ims.clock.advance("3s")
        now = fake_ims.clock.read()
        (done,) = fake_ims.callbacks.deliver_now()
        assert fake_ims.clock.read() == now
    # until it comes to its end: further attempts are not put off, either
    assert [attempt.status for attempt in done.attempts] == [503, 503, 200]
    assert done.outcome == "delivered"
    assert {attempt.at for attempt in done.attempts[1:]} == {now}


def test_deliver_now_with_nothing_pending_does_nothing(fake_ims: FakeIms) -> None:
    assert fake_ims.callbacks.deliver_now() == ()
    register(fake_ims, "ice-callback-demo")
    assert fake_ims.callbacks.deliver_now() == ()  # it has no callback yet
    fake_ims.settle()
    (done,) = fake_ims.callbacks
    assert fake_ims.callbacks.deliver_now() == ()
    assert fake_ims.callbacks.deliver_now(done) == (done,)
    assert len(fake_ims.queues["ice-callback-demo"]) == 1


def test_deliver_now_what_a_reorder_holds(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        bend = fake_ims.callbacks.reorder(count=3)
        ids = [register(fake_ims, inbox.url, name) for name in ("a.png", "b.png")]
        fake_ims.settle()
        held = fake_ims.callbacks.snapshot()
        assert {each.why for each in held} == {"a reorder holds it until 3 are there"}
        assert came(inbox) == []
        done = fake_ims.callbacks.deliver_now(held[1])
        assert (done[0].outcome, done[0].why) == ("delivered", "")
        assert bend.held == [held[0].number]
        fake_ims.callbacks.deliver_now()
        assert bend.held == []
        assert sorted(came(inbox), key=str) == sorted(ids)


def test_redeliver_is_a_copy_after_its_first_attempt(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        media_id = register(fake_ims, inbox.url)
        first = fake_ims.callbacks.wait_for()
        fake_ims.clock.freeze()
        inbox.answer(500, times=1)
        again = fake_ims.callbacks.redeliver(first)
        assert (again.number, again.copy_of, again.outcome) == (2, first.number, "pending")
        assert [attempt.status for attempt in again.attempts] == [500]
        fake_ims.settle()
        assert fake_ims.callbacks[1].outcome == "delivered"
        assert fake_ims.callbacks[0] == first
        assert came(inbox) == [media_id] * 3
        assert len({received.body for received in inbox.received}) == 1


def test_redeliver_whatever_became_of_it(fake_ims: FakeIms) -> None:
    """Of one that was lost, of one whose asset is gone, of a copy; past all bends."""
    with fake_ims.callbacks.receiver() as inbox:
        fake_ims.callbacks.drop()
        media_id = register(fake_ims, inbox.url)
        fake_ims.settle()
        fake_ims.delete(media_id)
        lost = fake_ims.callbacks[0]
        again = fake_ims.callbacks.redeliver(lost)
        assert (again.outcome, again.copy_of) == ("delivered", lost.number)
        third = fake_ims.callbacks.redeliver(again)
        assert (third.outcome, third.copy_of) == ("delivered", again.number)
        assert len(inbox.received) == 2


def test_a_callback_of_another_world_is_refused(fake_ims: FakeIms) -> None:
    register(fake_ims, "ice-callback-demo")
    old = fake_ims.callbacks.wait_for()
    with fake_ims.scratch():
        assert len(fake_ims.callbacks) == 0
        with pytest.raises(KeyError, match="no callback 1 is known"):
            fake_ims.callbacks.redeliver(old)
        register(fake_ims, "ice-callback-demo")
        inside = fake_ims.callbacks.wait_for()
        assert inside.number == old.number
        for act in (fake_ims.callbacks.redeliver, fake_ims.callbacks.deliver_now):
            with pytest.raises(KeyError, match="callback 1 is of another world"):
                act(old)
        assert len(fake_ims.callbacks) == 1
    assert fake_ims.callbacks.redeliver(old).copy_of == 1  # its world is back
    with pytest.raises(KeyError, match="another world"):
        fake_ims.callbacks.redeliver(inside)
    fake_ims.reset()
    with pytest.raises(KeyError, match="no callback 1"):
        fake_ims.callbacks.deliver_now(old)


@pytest.mark.fake_ims(journal_size=2)
def test_a_callback_that_has_been_forgotten(fake_ims: FakeIms) -> None:
    for name in ("a.png", "b.png", "c.png"):
        register(fake_ims, "ice-callback-demo", name)
    oldest = fake_ims.callbacks.wait_for()
    fake_ims.settle()
    assert [each.number for each in fake_ims.callbacks] == [2, 3]
    with pytest.raises(KeyError, match="no callback 1 is known"):
        fake_ims.callbacks.redeliver(oldest)
    assert fake_ims.callbacks.wait_for(media_id=fake_ims.callbacks[0].media_id).number == 2


# ---------------------------------------------------------------- bends and worlds


def test_bends_end_with_their_world(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        outer = fake_ims.callbacks.drop()
        with fake_ims.scratch():
            register(fake_ims, inbox.url)
            assert fake_ims.callbacks.wait_for().outcome == "delivered"
            fake_ims.callbacks.reorder()
            assert "bends" in repr(fake_ims.callbacks)
        register(fake_ims, inbox.url, "b.png")
        assert fake_ims.callbacks.wait_for(outcome="withheld").number == 1
        assert outer.fired == 1
        with fake_ims.callbacks.reorder() as bend:
            fake_ims.reset()
            assert len(fake_ims.callbacks) == 0
            assert repr(fake_ims.callbacks) == "<0 callbacks>"
        assert (bend.fired, outer.fired) == (0, 1)
        register(fake_ims, inbox.url)
        assert fake_ims.callbacks.wait_for().outcome == "delivered"


def test_what_an_old_world_holds_does_not_leave_when_its_bend_ends(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        with fake_ims.callbacks.reorder():
            register(fake_ims, inbox.url)
            fake_ims.settle()
            fake_ims.reset()
        register(fake_ims, inbox.url + "/new")
        fake_ims.callbacks.wait_for()
        assert [received.path for received in inbox.received] == ["/new"]


def test_the_first_bend_that_covers_a_callback_decides(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        first = fake_ims.callbacks.duplicate("RegisterMediaComplete", copies=3, times=1)
        second = fake_ims.callbacks.drop("RegisterMediaComplete")
        register(fake_ims, inbox.url)
        register(fake_ims, inbox.url, "b.png")
        fake_ims.settle()
        assert (first.fired, second.fired) == (1, 1)
        assert [each.outcome for each in fake_ims.callbacks] == ["delivered"] * 3 + ["withheld"]
        assert [each.copy_of for each in fake_ims.callbacks] == [None, 1, 1, None]
        assert len(inbox.received) == 3


def test_a_delay_does_not_die_with_its_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        set_callback(rpc, inbox.url)
        fake_ims.clock.freeze()
        fake_ims.callbacks.delay(datetime.timedelta(hours=1), "RegisterMediaComplete")
        media_id = rpc.register("oss://bucket/a.png").media_id
        fake_ims.clock.advance("10s")
        fake_ims.update(media_id, Title="passes it")
        fake_ims.delete(media_id)
        fake_ims.clock.advance("59m")
        assert [received.event_type for received in inbox.received] == [
            "MediaBaseChangeComplete", "DeleteMediaComplete",
        ]  # fmt: skip
        late = fake_ims.callbacks.wait_for("RegisterMediaComplete")
        assert late.attempts[0].at - late.event.at == 3600 * 1_000_000
        assert fake_ims.clock.read() == late.attempts[0].at


def test_a_reorder_again_and_again(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        bend = fake_ims.callbacks.reorder("RegisterMediaComplete", count=2, times=5)
        ids = []
        for name in "abcdef":
            ids.append(register(fake_ims, inbox.url, f"{name}.png"))
            fake_ims.settle()
        a, b, c, d, _, f = ids
        assert came(inbox) == [b, a, d, c, f]  # the fifth is held, the sixth is no longer bent
        assert bend.fired == 5
        fake_ims.callbacks.deliver_now()
        assert came(inbox)[5:] == [ids[4]]


# ---------------------------------------------------------------- mistakes


@pytest.mark.parametrize(
    ("mistake", "error", "said"),
    [
        (lambda it, inbox: it.wait_for(1), TypeError, "event_type is a text, such as"),
        (lambda it, inbox: it.of(media_id=7), TypeError, "media_id is a text, such as asset.med"),
        (lambda it, inbox: it.wait_for(to=inbox), TypeError, "to is a text, such as inbox.url"),
        (lambda it, inbox: it.of(outcome=200), TypeError, "outcome is a text"),
        (lambda it, inbox: it.drop(to=b"ice-callback-a"), TypeError, "to is a text"),
        (lambda it, inbox: it.before_the_answer(["R"]), TypeError, "event_type is a text"),
        (lambda it, inbox: it.wait_for(outcome="pending"), ValueError, "pending is no end"),
        (lambda it, inbox: it.wait_for(outcome="lost"), ValueError, "there are pending, delivered"),
        (lambda it, inbox: it.wait_for(timeout="soon"), ValueError, "not a length of time: 'soon'"),
        (lambda it, inbox: it.wait_for(timeout=None), ValueError, "not a length of time: None"),
        (lambda it, inbox: it.wait_for(timeout=float("inf")), ValueError, "not a length of time"),
        (lambda it, inbox: it.delay("RegisterMediaComplete", "1h"), ValueError, "length of time"),
        (lambda it, inbox: it.delay("-1s"), ValueError, "longer than nothing, not '-1s'"),
        (lambda it, inbox: it.redeliver(1), TypeError, "one of ims.callbacks, not 1"),
        (lambda it, inbox: it.deliver_now(it.snapshot()), TypeError, "ims.callbacks, not <0 c"),
        (lambda it, inbox: it.receiver("handle"), TypeError, "a handler is called with what"),
    ],
)  # fmt: skip
def test_mistakes_are_told(
    fake_ims: FakeIms,
    mistake: Callable[[Any, Receiver], object],
    error: type[Exception],
    said: str,
) -> None:
    with fake_ims.callbacks.receiver() as inbox, pytest.raises(error, match=said):
        mistake(fake_ims.callbacks, inbox)
    assert not fake_ims.world.bent
