"""The event queue against a sorted list, and the pump that watches it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from fake_ims.clock import Instant
from fake_ims.events.pump import Pump
from fake_ims.events.queue import EventQueue, Pending

HANG = 20
DUES = st.integers(-1000, 1000)
SUBJECTS = st.sampled_from(["a", "b", "c"])
KINDS = st.sampled_from(["x", "y"])


def pop_due(queue: EventQueue, now: Instant) -> Pending | None:
    """The next entry that is due, as a world takes it."""
    due = queue.next_due()
    return queue.pop() if due is not None and due <= now else None


class QueueMachine(RuleBasedStateMachine):
    """Whatever is done to the queue, it is a list sorted by due time and sequence."""

    entries = Bundle("entries")

    @initialize()
    def begin(self) -> None:
        self.queue = EventQueue()
        self.timed: list[tuple[int, int, str]] = []
        self.held: list[tuple[int, str]] = []
        self.kinds: dict[int, str] = {}

    @rule(target=entries, due=DUES, subject=SUBJECTS, kind=KINDS)
    def add(self, due: int, subject: str, kind: str) -> int:
        entry = self.queue.add(kind, Instant(due), subject, {"n": str(due)})
        assert (entry.kind, entry.due, entry.subject) == (kind, due, subject)
        assert entry.data == {"n": str(due)}
        self.kinds[entry.sequence] = kind
        self.timed.append((due, entry.sequence, subject))
        self.timed.sort()
        return entry.sequence

    @rule(target=entries, subject=SUBJECTS, kind=KINDS)
    def hold(self, subject: str, kind: str) -> int:
        entry = self.queue.add(kind, None, subject)
        self.kinds[entry.sequence] = kind
        self.held.append((entry.sequence, subject))
        return entry.sequence

    @rule(subject=SUBJECTS, kind=st.none() | KINDS)
    def cancel(self, subject: str, kind: str | None) -> None:
        expected = {number for _, number, of in self.timed if of == subject}
        expected |= {number for number, of in self.held if of == subject}
        expected = {number for number in expected if kind in (None, self.kinds[number])}
        cancelled = self.queue.cancel(subject, kind)
        assert [entry.sequence for entry in cancelled] == sorted(expected)
        self.timed = [entry for entry in self.timed if entry[1] not in expected]
        self.held = [entry for entry in self.held if entry[0] not in expected]

    @rule(number=entries)
    def remove(self, number: int) -> None:
        known = {each for _, each, _ in self.timed} | {each for each, _ in self.held}
        if number in known:
            assert self.queue.remove(number).sequence == number
        else:
            with pytest.raises(KeyError):
                self.queue.remove(number)
        self.timed = [entry for entry in self.timed if entry[1] != number]
        self.held = [entry for entry in self.held if entry[0] != number]

    @rule(now=DUES)
    def pop_due(self, now: int) -> None:
        found = pop_due(self.queue, Instant(now))
        if self.timed and self.timed[0][0] <= now:
            due, number, subject = self.timed.pop(0)
            assert found is not None
            assert (found.due, found.sequence, found.subject) == (due, number, subject)
        else:
            assert found is None

    @rule()
    def pop_held(self) -> None:
        found = self.queue.pop_held()
        if self.held:
            assert found is not None
            assert (found.sequence, found.subject) == self.held.pop(0)
            assert found.due is None
        else:
            assert found is None

    @rule(by=DUES)
    def shift(self, by: int) -> None:
        self.queue.shift(by)
        self.timed = [(due + by, number, subject) for due, number, subject in self.timed]

    @invariant()
    def is_the_list(self) -> None:
        assert len(self.queue) == len(self.timed) + len(self.held)
        assert [(entry.due, entry.sequence) for entry in self.queue.entries()] == [
            *((due, number) for due, number, _ in self.timed),
            *((None, number) for number, _ in self.held),
        ]
        assert self.queue.next_due() == (self.timed[0][0] if self.timed else None)
        for subject in "abc":
            expected = sorted(
                [number for _, number, of in self.timed if of == subject]
                + [number for number, of in self.held if of == subject]
            )
            assert [entry.sequence for entry in self.queue.of(subject)] == expected
            assert all(entry.subject == subject for entry in self.queue.of(subject))


TestQueue = QueueMachine.TestCase


def test_entry_is_nothing_but_data() -> None:
    entry = EventQueue().add("kind", Instant(5), "subject", {"a": "b"})
    assert entry == Pending(1, "kind", Instant(5), "subject", {"a": "b"})
    with pytest.raises(AttributeError):
        entry.due = None  # type: ignore[misc]


def test_same_due_time_happens_in_the_order_of_adding() -> None:
    queue = EventQueue()
    for subject in "cab":
        queue.add("kind", Instant(5), subject)
    found = [pop_due(queue, Instant(5)) for _ in range(3)]
    assert [entry.subject for entry in found if entry] == ["c", "a", "b"]


def test_overwriting_for_ever_does_not_grow_the_queue_for_ever() -> None:
    """An entry that was cancelled long before its time must not stay until then."""
    queue = EventQueue()
    queue.add("kind", Instant(0), "first")
    for _ in range(10_000):
        queue.add("kind", Instant(1_000_000), "a")
        queue.cancel("a")
    assert len(queue._heap) < 1000


# ---------------------------------------------------------------- the pump


@pytest.fixture
def pump() -> Iterator[Pump]:
    pump = Pump()
    yield pump
    pump.stop()


def test_pump_looks_until_nothing_is_pending(pump: Pump) -> None:
    looks, done = [True, True, False], threading.Event()

    def look() -> bool:
        still = looks.pop(0) if looks else False
        if not still:
            done.set()
        return still

    pump.watch(1, look)
    assert done.wait(HANG)


def test_work_that_comes_up_while_the_pump_is_letting_go_is_not_lost(pump: Pump) -> None:
    """A request may add work just after a look has found none, and before it is noted."""
    looked_again = threading.Event()
    work: list[str] = []

    def look() -> bool:
        if work:
            looked_again.set()
            return False
        work.append("came up after the look")
        pump.watch(1, look)
        return False

    pump.watch(1, look)
    assert looked_again.wait(HANG)


def test_world_that_takes_the_place_of_another_is_not_let_go_with_it(pump: Pump) -> None:
    """reset() puts a new world behind the old one's number, also while that is looked at."""
    served = threading.Event()
    resets = [True]

    def new() -> bool:
        served.set()
        return False

    def old() -> bool:
        if resets:
            resets.clear()
            pump.let_go(1)
            pump.watch(1, new)
        return False

    pump.watch(1, old)
    assert served.wait(2)


def test_world_that_was_let_go_is_looked_at_no_more(pump: Pump) -> None:
    looked, other = threading.Event(), threading.Event()
    looks: list[int] = []

    def look() -> bool:
        looks.append(1)
        pump.let_go(1)
        looked.set()
        return True

    pump.watch(1, look)
    assert looked.wait(HANG)
    count = len(looks)

    def later() -> bool:
        other.set()
        return False

    pump.watch(2, later)
    assert other.wait(HANG)
    assert len(looks) == count


def test_look_that_raises_does_not_end_the_pump_for_other_worlds(
    pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One broken world must not stop the time of the others behind the same listener."""
    monkeypatch.setattr(threading, "excepthook", lambda args: None)
    raised, served = threading.Event(), threading.Event()

    def broken() -> bool:
        raised.set()
        raise RuntimeError("inside a look")

    def sound() -> bool:
        served.set()
        return False

    pump.watch(1, broken)
    assert raised.wait(HANG)
    pump.watch(2, sound)
    assert served.wait(2)


def test_stopped_pump_has_no_thread_and_takes_no_more_work() -> None:
    pump = Pump()
    pump.watch(1, lambda: True)
    assert pump._thread is not None
    pump.stop()
    assert not pump._thread.is_alive()
    pump.watch(2, lambda: True)
    pump.stop()
    assert not pump._thread.is_alive()


def test_pump_that_never_had_work_stops_at_once() -> None:
    pump = Pump()
    pump.stop()
    assert pump._thread is None
