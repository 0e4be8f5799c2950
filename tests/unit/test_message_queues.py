"""Message queues: what becomes of a message, in world time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from fake_ims.clock import Instant, real_monotonic
from fake_ims.events.message_queues import (
    MessageCounts,
    MessageNotExistError,
    MessageQueue,
    MessageQueues,
    QueueAttributes,
    ReceiptHandleError,
)

SECOND = 1_000_000
START = Instant(1_700_000_000_000_000)


def at(seconds: float) -> Instant:
    return Instant(START + round(seconds * SECOND))


@pytest.fixture
def queue() -> MessageQueue:
    return MessageQueue("q", QueueAttributes(), START, threading.Condition(threading.RLock()))


def bodies(queue: MessageQueue, seconds: float, most: int = 16) -> list[str]:
    return [message.body for message in queue.receive(at(seconds), most)]


def test_a_received_message_is_hidden_until_its_time(queue: MessageQueue) -> None:
    queue.put("a", at(0))
    (first,) = queue.receive(at(1))
    assert (first.dequeue_count, first.first_dequeue_at, first.next_visible_at) == (
        1, at(1), at(31),
    )  # fmt: skip
    assert bodies(queue, 30.999999) == []
    assert queue.visible_again_at(at(30)) == at(31)
    (again,) = queue.receive(at(31))
    assert (again.message_id, again.body) == (first.message_id, "a")
    assert (again.dequeue_count, again.first_dequeue_at) == (2, at(1))
    assert again.receipt_handle != first.receipt_handle


def test_only_the_latest_handle_deletes_and_only_while_it_is_hidden(queue: MessageQueue) -> None:
    queue.put("a", at(0))
    (first,) = queue.receive(at(0))
    with pytest.raises(MessageNotExistError):
        queue.delete(first.receipt_handle, at(30))  # visible again
    (second,) = queue.receive(at(30))
    with pytest.raises(MessageNotExistError):
        queue.delete(first.receipt_handle, at(30))
    queue.delete(second.receipt_handle, at(59.999999))
    with pytest.raises(MessageNotExistError):
        queue.delete(second.receipt_handle, at(59.999999))
    assert len(queue) == 0
    assert bodies(queue, 100) == []


@pytest.mark.parametrize(
    "handle",
    ["", "1-", "nonsense", "1-AAAA", "1-" + "A" * 300, "1-ODU4OTkzNDU5My0x\n", "é" * 20,
     "1-ODU4OTkzNDU5MyAxNzk1NDAyNjA5LTEtOA=="],
)  # fmt: skip
def test_handles_that_no_queue_gave_out(queue: MessageQueue, handle: str) -> None:
    queue.put("a", at(0))
    queue.receive(at(0))
    with pytest.raises(ReceiptHandleError):
        queue.delete(handle, at(1))
    with pytest.raises(ReceiptHandleError):
        queue.change_visibility(handle, 5, at(1))


def test_changed_visibility_counts_from_the_change_and_gives_a_new_handle(
    queue: MessageQueue,
) -> None:
    queue.put("a", at(0))
    (received,) = queue.receive(at(0))
    changed = queue.change_visibility(received.receipt_handle, 100, at(20))
    assert changed.next_visible_at == at(120)
    assert changed.receipt_handle != received.receipt_handle
    assert bodies(queue, 31) == []
    with pytest.raises(MessageNotExistError):
        queue.delete(received.receipt_handle, at(31))
    shorter = queue.change_visibility(changed.receipt_handle, 1, at(40))
    assert bodies(queue, 41) == ["a"]
    with pytest.raises(MessageNotExistError):
        queue.change_visibility(shorter.receipt_handle, 1, at(41))


def test_order_is_priority_then_age_and_peeking_leaves_it(queue: MessageQueue) -> None:
    for body, priority in (("b1", 8), ("a1", 1), ("b2", 8), ("c", 16), ("a2", 1)):
        queue.put(body, at(0), priority=priority)
    peeked = queue.peek(at(1), 16)
    assert [message.body for message in peeked] == ["a1", "a2", "b1", "b2", "c"]
    assert {message.dequeue_count for message in peeked} == {0}
    assert {message.receipt_handle for message in peeked} == {""}
    assert bodies(queue, 1, 3) == ["a1", "a2", "b1"]
    assert bodies(queue, 1) == ["b2", "c"]
    assert bodies(queue, 31) == ["a1", "a2", "b1", "b2", "c"]


def test_delayed_and_old_messages(queue: MessageQueue) -> None:
    queue.put("late", at(0), delay_seconds=10)
    queue.put("now", at(0))
    assert queue.counts(at(0)) == MessageCounts(active=1, inactive=0, delayed=1)
    assert bodies(queue, 9) == ["now"]
    assert queue.counts(at(9)) == MessageCounts(active=0, inactive=1, delayed=1)
    assert bodies(queue, 10) == ["late"]
    retention = queue.attributes.message_retention_period
    assert len(queue.messages(at(retention - 1))) == 2
    assert queue.messages(at(retention)) == []
    assert bodies(queue, retention) == []
    assert queue.counts(at(retention)) == (0, 0, 0)


def test_the_delay_of_the_queue_holds_unless_the_message_has_its_own(queue: MessageQueue) -> None:
    queue.attributes = replace(queue.attributes, delay_seconds=5)
    queue.put("queue's", at(0))
    queue.put("own", at(0), delay_seconds=0)
    assert bodies(queue, 4) == ["own"]
    assert bodies(queue, 5) == ["queue's"]


def test_a_clock_that_jumps_back_takes_what_is_hidden_with_it(queue: MessageQueue) -> None:
    queue.put("a", at(0))
    (received,) = queue.receive(at(0))
    queue.shift(-1000 * SECOND)
    assert queue.visible_again_at(at(-1000)) == at(-970)
    assert bodies(queue, -971) == []
    queue.delete(received.receipt_handle, at(-971))
    assert len(queue) == 0


def test_message_ids_and_digest_are_of_the_documented_form(queue: MessageQueue) -> None:
    first, second = queue.put("a", at(0)), queue.put("é" * 3, at(0))
    assert first.message_id != second.message_id
    assert first.message_id.split("-")[1:] == ["1", "18BCFE56800", "200000001"]
    assert first.body_md5 == "0CC175B9C0F1B6A831C399E269772661"
    assert len(second.body_md5) == 32


def test_ten_thousand_messages_cost_little_each() -> None:
    def cost(count: int) -> float:
        queue = MessageQueue("q", QueueAttributes(), START, threading.Condition(threading.RLock()))
        began = real_monotonic()
        for number in range(count):
            queue.put(str(number), at(number))
        handles = []
        now = at(count)
        while received := queue.receive(now, 16):
            handles += [
                queue.change_visibility(each.receipt_handle, 50, now).receipt_handle
                for each in received
            ]
        for handle in reversed(handles):
            queue.delete(handle, now)
        assert len(queue) == 0
        return (real_monotonic() - began) / count

    small = min(cost(500) for _ in range(3))
    assert min(cost(10_000) for _ in range(2)) < 8 * small


# ---------------------------------------------------------------- several queues


def test_queues_that_are_there_when_they_are_named_and_others() -> None:
    queues = MessageQueues(threading.RLock())
    assert queues.get("other", START) is None
    assert queues.get("ice-callback-", START) is not None
    assert queues.put("other", "a", START) is not None
    assert [queue.name for queue in queues] == ["ice-callback-", "other"]
    queues.remove("other")
    queues.remove("ice-callback-")
    assert len(queues) == 0
    assert queues.put("other", "a", START) is None
    assert queues.get("ice-callback-", START) is None
    assert queues.open("other", START) is not None
    assert queues.put("other", "a", START) is not None


@pytest.mark.parametrize("name", ["", "-a", "a_b", "a" * 121, "a b", "ä", "ice-callback-\n"])
def test_names_that_no_queue_can_have(name: str) -> None:
    queues = MessageQueues(threading.RLock())
    assert queues.open(name, START) is None
    assert queues.get(name, START) is None
    assert queues.put(name, "a", START) is None


class Waiting:
    """Someone who waits for a message in a thread."""

    def __init__(self, queues: MessageQueues, lock: threading.RLock, seconds: float) -> None:
        self.found: list[str] | None = None
        self.now = START
        self._looked = threading.Event()

        def look() -> Instant:
            self._looked.set()
            return self.now

        def wait() -> None:
            with lock:
                queue = queues.open("q", START)
                assert queue is not None
                received = queues.receive(queue, 1, seconds, look)
            self.found = [message.body for message in received]

        self._thread = threading.Thread(target=wait)
        self._thread.start()
        assert self._looked.wait(20)

    def end(self) -> list[str] | None:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.found


def end(queues: MessageQueues) -> None:
    queues.end()


def remove(queues: MessageQueues) -> None:
    queues.remove("q")


def put(queues: MessageQueues) -> None:
    queues.put("q", "a", START)


@pytest.mark.parametrize(("act", "found"), [(put, ["a"]), (end, []), (remove, [])])
def test_who_waits_is_woken(act: Callable[[MessageQueues], None], found: list[str]) -> None:
    lock = threading.RLock()
    queues = MessageQueues(lock)
    waiting = Waiting(queues, lock, 30)
    began = real_monotonic()
    with lock:
        act(queues)
    assert waiting.end() == found
    assert real_monotonic() - began < 15


def test_who_waits_sees_what_time_alone_makes_visible() -> None:
    lock = threading.RLock()
    queues = MessageQueues(lock)
    queue = queues.open("q", START)
    assert queue is not None
    queue.put("a", START, delay_seconds=60)
    waiting = Waiting(queues, lock, 30)
    waiting.now = at(60)
    assert waiting.end() == ["a"]


def test_no_waiting_after_the_end_and_again_after_a_new_beginning() -> None:
    lock = threading.RLock()
    queues = MessageQueues(lock)
    queues.end()
    assert Waiting(queues, lock, 30).end() == []
    queues.begin()
    waiting = Waiting(queues, lock, 30)
    with lock:
        put(queues)
    assert waiting.end() == ["a"]


# ---------------------------------------------------------------- against a plain model


@dataclass
class Kept:
    """What the model knows of a message."""

    id: str
    number: int
    priority: int
    born: int
    until: int
    handle: str = ""
    count: int = 0


class QueueMachine(RuleBasedStateMachine):
    """The queue beside a list of what should be in it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.queue = MessageQueue(
            "q", QueueAttributes(), START, threading.Condition(threading.RLock())
        )
        self.model: list[Kept] = []
        self.handles: list[str] = []

    @initialize(visibility=st.integers(1, 40), retention=st.integers(60, 90))
    def set_up(self, visibility: int, retention: int) -> None:
        self.queue.attributes = QueueAttributes(
            visibility_timeout=visibility, message_retention_period=retention
        )

    def drop_old(self) -> None:
        retention = self.queue.attributes.message_retention_period * SECOND
        self.model = [each for each in self.model if self.now - each.born < retention]

    def visible(self) -> list[Kept]:
        self.drop_old()
        found = [each for each in self.model if each.until <= self.now]
        return sorted(found, key=lambda each: (each.priority, each.number))

    @rule(priority=st.integers(1, 3), delay=st.sampled_from([0, 0, 5]))
    def put(self, priority: int, delay: int) -> None:
        message = self.queue.put("x", self.now, priority=priority, delay_seconds=delay)
        until = self.now + delay * SECOND
        self.model.append(Kept(message.message_id, message.serial, priority, self.now, until))
        self.model[-1].handle = message.receipt_handle

    @rule(most=st.integers(1, 4))
    def receive(self, most: int) -> None:
        expected = self.visible()[:most]
        assert [m.message_id for m in self.queue.peek(self.now, most)] == [
            each.id for each in expected
        ]
        received = self.queue.receive(self.now, most)
        assert [m.message_id for m in received] == [each.id for each in expected]
        for message, each in zip(received, expected, strict=True):
            each.count += 1
            each.until = self.now + self.queue.attributes.visibility_timeout * SECOND
            each.handle = message.receipt_handle
            assert message.dequeue_count == each.count
            self.handles.append(message.receipt_handle)

    def held_by(self, handle: str) -> Kept | None:
        self.drop_old()
        for each in self.model:
            if each.handle == handle and each.until > self.now:
                return each
        return None

    @rule(data=st.data(), seconds=st.none() | st.integers(1, 20))
    def use_a_handle(self, data: st.DataObject, seconds: int | None) -> None:
        if not self.handles:
            return
        handle = data.draw(st.sampled_from(self.handles))
        held = self.held_by(handle)
        if held is None:
            with pytest.raises(MessageNotExistError):
                self.queue.delete(handle, self.now)
        elif seconds is None:
            self.queue.delete(handle, self.now)
            self.model.remove(held)
        else:
            changed = self.queue.change_visibility(handle, seconds, self.now)
            held.until, held.handle = self.now + seconds * SECOND, changed.receipt_handle
            self.handles.append(changed.receipt_handle)

    @rule(seconds=st.integers(1, 50))
    def go_on(self, seconds: int) -> None:
        self.now = Instant(self.now + seconds * SECOND)

    @rule(seconds=st.integers(1, 100))
    def jump_back(self, seconds: int) -> None:
        by = -seconds * SECOND
        self.now = Instant(self.now + by)
        self.queue.shift(by)
        for each in self.model:
            each.born += by
            each.until += by

    @invariant()
    def counts_are_right(self) -> None:
        visible = len(self.visible())
        hidden = [each for each in self.model if each.until > self.now]
        delayed = sum(each.count == 0 for each in hidden)
        expected = MessageCounts(visible, len(hidden) - delayed, delayed)
        assert self.queue.counts(self.now) == expected
        assert len(self.queue) == len(self.model)


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=60, stateful_step_count=40)
