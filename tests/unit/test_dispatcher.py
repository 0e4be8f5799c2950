"""The dispatcher with a courier that a test drives by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import MappingProxyType

import pytest

from fake_ims.clock import Clock, Instant
from fake_ims.events.bends import Bend
from fake_ims.events.callbacks import Callback
from fake_ims.events.courier import Courier
from fake_ims.events.dispatcher import BETWEEN, Dispatcher
from fake_ims.events.posting import Post, Result
from fake_ims.events.queue import EventQueue
from fake_ims.events.record import Event
from fake_ims.events.targets import Target
from fake_ims.settings import Settings

URL, OTHER = "http://127.0.0.1:9/one", "http://127.0.0.1:9/other"
OK = Result(200, "", 0.5, contacted=True)
FAILED = Result(500, "answered 500", 0.25, contacted=True)
NOT_ALLOWED = Result(None, "another machine", 0.0, contacted=False)


class ByHand(Courier):
    """Keeps what it is given; the test tells what becomes of it."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, Callable[[Result], None]]] = []
        self.stopped = False

    def send(
        self,
        owner: object,
        post: Post,
        done: Callable[[Result], None],
        *,
        timeout: float,
        allow_hosts: tuple[str, ...],
    ) -> bool:
        if not self.stopped:
            self.sent.append((post.url, done))
        return not self.stopped


class Bench:
    """A dispatcher, and all that it needs of a world, whose lock the test holds."""

    def __init__(self, journal_size: int = 1000) -> None:
        self.clock: Clock[None] = Clock()
        self.clock.freeze("2026-01-31T12:00:00Z")
        self.began = self.clock.read()
        self.queue = EventQueue()
        self.courier = ByHand()
        self.planned = 0
        self.dropped: list[Callback] = []
        self.written: list[tuple[str, str, Instant]] = []
        self.queue_is_there = True
        lock = threading.RLock()
        lock.acquire()
        self.dispatcher = Dispatcher(
            Settings(journal_size=journal_size),
            clock=self.clock,
            now=lambda: self.clock.read(tick=False),
            lock=lock,
            queue=self.queue,
            put=self._put,
            courier=lambda: self.courier,
            planned=self._count,
            dropped=self.dropped.append,
        )

    def _count(self) -> None:
        self.planned += 1

    def _put(self, queue: str, text: str, at: Instant) -> bool:
        self.written.append((queue, text, at))
        return self.queue_is_there

    def announce(self, media_id: str = "a", *to: str, kind: str = "RegisterMediaComplete") -> None:
        body = MappingProxyType({"MediaId": media_id})
        event = Event(kind, 1, self.clock.read(), body)
        self.dispatcher.announce(event, [Target("http", url) for url in to or (URL,)])

    def announce_to_queue(self) -> None:
        event = Event("RegisterMediaComplete", 1, self.clock.read(), {"MediaId": "a"})
        self.dispatcher.announce(event, [Target("queue", "ice-callback-q")])

    def tell(self, result: Result, index: int = -1) -> None:
        self.courier.sent[index][1](result)

    def run_due(self) -> None:
        """What is due now is done, as a world does it."""
        while (due := self.queue.next_due()) is not None and due <= self.clock.read():
            self.dispatcher.due(self.queue.pop(), due)

    def next(self) -> None:
        due = self.queue.next_due()
        assert due is not None
        self.clock.move_to_instant(due)
        self.run_due()

    @property
    def outcomes(self) -> list[str]:
        return [each.outcome for each in self.dispatcher.snapshot()]

    def times(self, number: int) -> list[float]:
        """When a callback was attempted, in seconds from the beginning."""
        attempts = self.dispatcher.find(number).attempts
        return [(attempt.at - self.began) / 1_000_000 for attempt in attempts]

    def bend(self, kind: str, times: int | None = None, delay: int = 0, count: int = 0) -> Bend:
        bend = Bend(
            kind,  # type: ignore[arg-type]
            None, None, None, times, lambda bend: None, delay=delay, count=count,
        )  # fmt: skip
        self.dispatcher.bends.add(bend)
        return bend


def is_busy(bench: Bench) -> bool:
    """A call, which mypy does not take for a constant."""
    return bench.dispatcher.busy


@pytest.fixture
def bench() -> Bench:
    return Bench()


# ---------------------------------------------------------------- attempts


def test_three_attempts_a_second_apart_and_then_it_is_dropped(bench: Bench) -> None:
    bench.announce()
    bench.tell(FAILED)
    for _ in range(2):
        due = bench.queue.next_due()
        assert due == bench.clock.read() + BETWEEN
        assert bench.outcomes == ["pending"]
        assert not bench.dropped
        bench.next()
        bench.tell(FAILED)
    assert bench.times(1) == [0, 1, 2]
    assert bench.outcomes == ["dropped"]
    assert bench.dropped == [bench.dispatcher.find(1)]
    assert len(bench.queue) == 0
    assert bench.planned == 2


def test_what_an_attempt_was_like_is_kept(bench: Bench) -> None:
    bench.announce()
    bench.tell(FAILED)
    bench.next()
    bench.tell(OK)
    first, second = bench.dispatcher.find(1).attempts
    assert (first.status, first.reason, first.latency, first.ok) == (
        500,
        "answered 500",
        0.25,
        False,
    )
    assert (second.status, second.reason, second.latency, second.ok) == (200, "", 0.5, True)
    assert bench.outcomes == ["delivered"]


def test_the_time_an_attempt_takes_counts_as_far_as_the_worlds_time_has_passed(
    bench: Bench,
) -> None:
    bench.announce()
    bench.clock.advance("0.1s")
    bench.tell(FAILED)  # after a quarter of a second of real time
    assert bench.queue.next_due() == bench.began + 100_000 + BETWEEN
    bench.next()
    bench.clock.advance("60s")  # a test moved the clock meanwhile: that is not how long it took
    bench.tell(FAILED)
    assert bench.queue.next_due() == bench.began + 1_100_000 + 250_000 + BETWEEN


def test_after_a_clock_that_went_back_meanwhile_the_next_attempt_follows_the_new_time(
    bench: Bench,
) -> None:
    bench.announce()
    bench.clock.move_to_instant(Instant(bench.began - 10_000_000))
    bench.tell(FAILED)
    assert bench.queue.next_due() == bench.began - 10_000_000 + BETWEEN


def test_what_may_not_leave_this_machine_is_recorded_and_the_next_goes_on(bench: Bench) -> None:
    bench.announce()
    bench.announce()
    bench.tell(NOT_ALLOWED)
    assert bench.outcomes == ["recorded", "pending"]
    assert bench.dispatcher.find(1).why == "another machine"
    assert bench.dispatcher.find(1).attempts == ()
    assert len(bench.courier.sent) == 2


def test_a_queue_that_is_gone_is_tried_again(bench: Bench) -> None:
    bench.queue_is_there = False
    bench.announce_to_queue()
    bench.next()
    bench.queue_is_there = True
    bench.next()
    assert bench.times(1) == [0, 1, 2]
    assert [attempt.ok for attempt in bench.dispatcher.find(1).attempts] == [False, False, True]
    assert bench.outcomes == ["delivered"]
    assert [(at - bench.began) / 1_000_000 for _, _, at in bench.written] == [0, 1, 2]


# ---------------------------------------------------------------- lanes


def test_one_asset_and_one_receiver_are_a_lane(bench: Bench) -> None:
    bench.announce("a", URL, OTHER)
    bench.announce("a")
    bench.announce("b")
    assert [url for url, _ in bench.courier.sent] == [URL, OTHER, URL]  # the second of a waits
    bench.tell(OK, 1)
    assert len(bench.courier.sent) == 3
    bench.tell(OK, 0)
    assert len(bench.courier.sent) == 4


def test_the_next_leaves_no_earlier_than_the_one_before_it_came_to_its_end(bench: Bench) -> None:
    bench.announce()
    bench.announce()
    bench.tell(FAILED)
    bench.next()
    bench.tell(OK)
    bench.tell(OK)
    assert bench.times(1) == [0, 1]
    assert bench.times(2) == [1]


def test_an_asset_that_is_gone_is_cancelled_what_waits_and_not_what_is_under_way(
    bench: Bench,
) -> None:
    bench.announce("a", URL, OTHER)
    bench.announce("a", URL, OTHER)
    bench.tell(FAILED, 0)
    bench.dispatcher.forget("a")
    assert bench.outcomes == ["cancelled", "pending", "cancelled", "pending"]
    bench.announce("a", URL, OTHER, kind="DeleteMediaComplete")
    assert len(bench.courier.sent) == 3  # to URL; OTHER is busy
    bench.tell(FAILED, 1)  # which is not tried again
    assert bench.outcomes == ["cancelled"] * 4 + ["pending"] * 2
    assert bench.dispatcher.find(2).why == "its asset was deleted"
    assert len(bench.dispatcher.find(2).attempts) == 1
    assert len(bench.courier.sent) == 4
    bench.tell(OK, 2)
    bench.tell(OK, 3)
    assert bench.outcomes == ["cancelled"] * 4 + ["delivered"] * 2
    assert len(bench.queue) == 0


def test_what_was_under_way_and_arrives_leaves_the_rest_of_its_lane_to_follow(
    bench: Bench,
) -> None:
    bench.announce()
    bench.announce()
    bench.dispatcher.forget("a")
    bench.tell(OK)
    bench.tell(OK)
    assert bench.outcomes == ["delivered", "delivered"]


# ---------------------------------------------------------------- answers


def test_nothing_of_an_asset_leaves_before_all_its_calls_have_been_answered(bench: Bench) -> None:
    calls = []
    for _ in range(2):
        bench.dispatcher.calls.begin()
        bench.dispatcher.calls.touch("a")
        bench.dispatcher.calls.touch("")
        bench.announce("a")
        assert not bench.courier.sent
        call = bench.dispatcher.calls.end(awaited=True, leaving=False)
        assert call is not None
        assert call.media_ids == {"a"}
        calls.append(call)
    bench.announce("b")
    assert len(bench.courier.sent) == 1
    bench.clock.advance("3s")
    bench.dispatcher.answered(calls[1])
    assert len(bench.courier.sent) == 1
    bench.dispatcher.answered(calls[0])
    assert len(bench.courier.sent) == 2
    bench.tell(OK)
    assert bench.times(1) == [3]
    bench.dispatcher.calls.begin()
    assert bench.dispatcher.calls.end(awaited=True, leaving=False) is None
    bench.dispatcher.calls.touch("c")  # no call is at work
    bench.announce("c")
    assert len(bench.courier.sent) == 4


def test_nothing_is_kept_for_a_call_while_nobody_awaits_callbacks(bench: Bench) -> None:
    bench.dispatcher.calls.begin()
    bench.dispatcher.calls.touch("a")
    assert bench.dispatcher.calls.end(awaited=False, leaving=True) is None
    bench.announce("a")
    assert len(bench.courier.sent) == 1


def test_it_is_busy_while_an_answer_is_leaving_that_keeps_callbacks(bench: Bench) -> None:
    bench.dispatcher.calls.begin()
    bench.dispatcher.calls.touch("a")
    bench.announce("a")
    call = bench.dispatcher.calls.end(awaited=True, leaving=False)
    assert call is not None
    assert not is_busy(bench)  # it may be kept back for long
    bench.dispatcher.calls.leave(call)
    assert is_busy(bench)
    bench.dispatcher.answered(call)
    assert is_busy(bench)  # the attempt is under way
    bench.tell(OK)
    assert not is_busy(bench)


# ---------------------------------------------------------------- the world's end


def test_what_was_cut_when_the_world_ended_is_attempted_again_and_counts_once(
    bench: Bench,
) -> None:
    bench.announce()
    bench.dispatcher.end()
    assert not is_busy(bench)
    assert bench.dispatcher.find(1).why == "its world has ended"
    bench.dispatcher.begin()
    assert bench.dispatcher.find(1).why == ""
    assert len(bench.courier.sent) == 2
    bench.tell(FAILED, 0)  # late, of the one that was cut
    assert bench.dispatcher.find(1).attempts == ()
    assert is_busy(bench)
    bench.tell(OK, 1)
    assert bench.outcomes == ["delivered"]
    assert not is_busy(bench)


def test_what_comes_back_after_the_end_changes_nothing(bench: Bench) -> None:
    bench.announce()
    bench.dispatcher.end()
    bench.tell(FAILED)
    assert bench.outcomes == ["pending"]
    assert bench.dispatcher.find(1).attempts == ()
    bench.announce("b")
    assert len(bench.courier.sent) == 1
    assert bench.outcomes == ["pending", "pending"]
    assert bench.dispatcher.find(2).why == "its world has ended"


def test_an_answer_that_leaves_while_the_world_ends_is_counted_once(bench: Bench) -> None:
    def call() -> None:
        bench.dispatcher.calls.begin()
        bench.dispatcher.calls.touch("a")
        bench.announce("a")
        unanswered = bench.dispatcher.calls.end(awaited=True, leaving=False)
        assert unanswered is not None
        bench.dispatcher.calls.leave(unanswered)
        calls.append(unanswered)

    calls: list[object] = []
    call()
    bench.dispatcher.end()
    assert not is_busy(bench)
    bench.dispatcher.answered(calls[0])  # type: ignore[arg-type]
    bench.dispatcher.begin()
    call()
    assert is_busy(bench)


def test_what_a_reorder_holds_is_held_when_the_world_begins_again(bench: Bench) -> None:
    bend = bench.bend("reorder", count=3)
    held, ended = "a reorder holds it until 3 are there", "its world has ended"
    bench.announce()
    assert bench.dispatcher.find(1).why == held
    bench.dispatcher.end()
    bench.announce()
    assert [each.why for each in bench.dispatcher.snapshot()] == [ended, ended]
    bench.dispatcher.begin()
    assert [each.why for each in bench.dispatcher.snapshot()] == [held, held]
    assert not bench.courier.sent
    bench.announce()
    assert [each.why for each in bench.dispatcher.snapshot()] == ["", "", ""]
    assert bend.held == []
    assert len(bench.courier.sent) == 1


def test_what_is_let_go_after_the_end_still_waits_for_the_beginning(bench: Bench) -> None:
    bend = bench.bend("reorder", count=3)
    bench.announce()
    bench.announce()
    bench.dispatcher.end()
    bench.dispatcher.hurry([1])
    bench.dispatcher.let_go(bend)
    assert [each.why for each in bench.dispatcher.snapshot()] == ["its world has ended"] * 2
    bench.dispatcher.begin()
    assert [each.why for each in bench.dispatcher.snapshot()] == ["", ""]
    assert len(bench.courier.sent) == 2


def test_when_the_courier_takes_nothing_more_it_is_cancelled(bench: Bench) -> None:
    bench.courier.stopped = True
    bench.announce()
    bench.announce()
    assert bench.outcomes == ["cancelled", "cancelled"]
    assert bench.dispatcher.find(1).why == "the server was stopped"
    assert not is_busy(bench)


# ---------------------------------------------------------------- bends


def test_copies_follow_one_another(bench: Bench) -> None:
    bench.bend("duplicate", count=3, times=1)
    bench.announce()
    bench.announce()
    for number in range(4):
        assert len(bench.courier.sent) == number + 1
        bench.tell(OK)
    assert [each.copy_of for each in bench.dispatcher.snapshot()] == [None, 1, 1, None]


def test_a_delayed_one_holds_nobody_up(bench: Bench) -> None:
    bench.bend("delay", delay=5_000_000, times=1)
    bench.announce()
    bench.announce()
    bench.tell(OK)
    assert bench.outcomes == ["pending", "delivered"]
    bench.dispatcher.forget("a")
    assert bench.outcomes == ["pending", "delivered"]
    bench.next()
    bench.tell(OK)
    assert bench.times(1) == [5]


def test_a_reorder_lets_the_last_go_first_and_one_after_the_other(bench: Bench) -> None:
    bend = bench.bend("reorder", count=3)
    for _ in range(3):
        assert not bench.courier.sent
        bench.announce()
        bench.clock.advance("1s")
    assert bend.held == []
    for number in range(3):
        assert len(bench.courier.sent) == number + 1
        bench.tell(OK)
    assert [bench.times(number) for number in (3, 2, 1)] == [[2], [2.5], [2.5]]
    bench.announce()
    assert len(bench.courier.sent) == 3
    assert bend.held == [4]
    bench.dispatcher.let_go(bend)
    bench.dispatcher.let_go(bend)  # nothing more
    assert len(bench.courier.sent) == 4


def test_a_lost_one_is_no_attempt(bench: Bench) -> None:
    bench.bend("drop", times=1)
    bench.announce()
    bench.announce()
    assert bench.outcomes == ["withheld", "pending"]
    assert not bench.dropped


def test_hurry_makes_all_that_waits_go_now(bench: Bench) -> None:
    bench.bend("delay", delay=5_000_000, times=1)
    bench.announce("delayed")
    bend = bench.bend("reorder", count=2, times=1)
    bench.announce("held")
    bench.announce("failed")
    bench.tell(FAILED)
    assert bench.dispatcher.hurry([3])
    assert len(bench.courier.sent) == 2
    assert bench.dispatcher.hurry([2, 99])
    assert bend.held == []
    assert len(bench.courier.sent) == 3
    assert bench.dispatcher.hurry()
    for index in (1, 2, 3):
        bench.tell(OK, index)
    assert bench.times(1) == bench.times(2) == [0]
    assert bench.times(3) == [0, 0]
    assert len(bench.queue) == 0
    assert not bench.dispatcher.hurry()


# ---------------------------------------------------------------- looking


def test_what_has_ended_is_told_in_the_order_of_its_ends_as_far_as_it_is_kept() -> None:
    bench = Bench(journal_size=2)
    for name in "abc":
        bench.announce(name)
    for index in (2, 0):
        bench.tell(OK, index)
    ended, count = bench.dispatcher.ended_after(0)
    assert ([each.number for each in ended], count) == ([3, 1], 2)
    ended, count = bench.dispatcher.ended_after(1)
    assert ([each.number for each in ended], count) == ([1], 2)
    bench.tell(OK, 1)
    ended, count = bench.dispatcher.ended_after(0)
    assert ([each.number for each in ended], count) == ([1, 2], 3)
    assert bench.dispatcher.ended_after(3) == ((), 3)
    assert [each.number for each in bench.dispatcher.snapshot()] == [1, 2]
    with pytest.raises(KeyError, match="no callback 3 is known"):
        bench.dispatcher.find(3)


def test_a_redelivered_one_is_a_copy_that_waits_for_nobody(bench: Bench) -> None:
    bench.announce()
    bench.clock.advance("2s")
    assert bench.dispatcher.redeliver(1) == 2
    assert len(bench.courier.sent) == 2
    bench.tell(OK)
    assert bench.times(2) == [2]
    assert bench.dispatcher.find(2).copy_of == 1
    assert bench.dispatcher.find(1).outcome == "pending"
