"""``ims.queues``: message queues as a test sees them."""

from __future__ import annotations

import base64
import threading

import pytest
from freezers import STANDING, Freezer

from fake_ims import FakeIms
from fake_ims.clock import real_monotonic, to_datetime
from fake_ims.queue_views import EmptyQueueError

EVENT = (
    '{"EventType":"RegisterMediaComplete","UserId":1,"MessageBody":{"MediaId":"m","Status":"x"}}'
)


def test_receive_look_and_delete(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze()
    queue = fake_ims.queues["ice-callback-demo"]
    put = queue.put(EVENT)
    assert (len(queue), [each.body for each in queue]) == (1, [EVENT])
    peeked = queue.peek()
    assert peeked is not None
    assert (peeked.dequeue_count, peeked.message_id) == (0, put.message_id)
    message = queue.receive()
    assert message.body == EVENT
    assert message.json()["UserId"] == 1
    assert (message.event_type, message.media_id) == ("RegisterMediaComplete", "m")
    assert (message.dequeue_count, message.message_id) == (1, put.message_id)
    assert queue.peek() is None
    assert len(queue) == 1
    for never_received in (put, peeked):
        with pytest.raises(LookupError, match="never received"):
            never_received.delete()
    message.delete()
    assert len(queue) == 0
    with pytest.raises(LookupError, match="deleted"):
        message.delete()


def test_what_is_not_deleted_comes_again_in_its_time(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze()
    queue = fake_ims.queues["ice-callback-demo"]
    queue.put(EVENT)
    first = queue.receive()
    with pytest.raises(EmptyQueueError, match="0 visible"):
        queue.receive()
    fake_ims.clock.advance("30s")
    with pytest.raises(LookupError, match="visible again"):
        first.delete()
    assert queue.receive().dequeue_count == 2


@pytest.mark.parametrize("freezer", STANDING.values(), ids=list(STANDING))
def test_it_does_so_in_frozen_outside_time(fake_ims: FakeIms, freezer: Freezer) -> None:
    with freezer(fake_ims.clock.now()) as move:
        queue = fake_ims.queues["ice-callback-demo"]
        queue.put(EVENT)
        queue.receive()
        move(29)
        assert queue.receive_all() == []
        move(1)
        assert queue.receive(wait="20s").dequeue_count == 2


def test_a_clock_that_jumps_back_takes_hidden_messages_with_it(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze()
    queue = fake_ims.queues["ice-callback-demo"]
    queue.put(EVENT)
    message = queue.receive()
    fake_ims.clock.advance("-1h")
    assert queue.receive_all() == []
    fake_ims.clock.advance("29s")
    message.delete()
    assert len(queue) == 0


def test_receive_all(fake_ims: FakeIms) -> None:
    queue = fake_ims.queues["ice-callback-demo"]
    assert queue.receive_all() == []
    for number in range(40):
        queue.put(str(number))
    assert [each.json() for each in queue.receive_all()] == list(range(40))
    assert queue.receive_all() == []


def test_waiting_for_a_message(fake_ims: FakeIms) -> None:
    queue = fake_ims.queues["ice-callback-demo"]
    began = real_monotonic()
    timer = threading.Timer(0.05, lambda: fake_ims.queues["ice-callback-demo"].put(EVENT))
    timer.start()
    assert queue.receive(wait="20s").body == EVENT
    assert real_monotonic() - began < 15
    timer.join()
    with pytest.raises(EmptyQueueError):
        queue.receive(wait=0.01)


def test_waiting_ends_with_the_world(fake_ims: FakeIms) -> None:
    queue = fake_ims.queues["ice-callback-demo"]
    world = fake_ims.world
    timer = threading.Timer(0.05, world.end)
    timer.start()
    began = real_monotonic()
    with pytest.raises(EmptyQueueError):
        queue.receive(wait="20s")
    assert real_monotonic() - began < 15
    timer.join()
    world.begin()


def test_names(fake_ims: FakeIms) -> None:
    queues = fake_ims.queues
    assert (len(queues), list(queues), "a" in queues) == (0, [], False)
    assert len(queues["a"]) == 0
    assert len(queues["ice-callback-b"]) == 0
    assert (len(queues), list(queues), "a" in queues) == (2, ["a", "ice-callback-b"], True)
    for wrong in ("", "a b", "-", "x" * 121, "ü"):
        with pytest.raises(ValueError, match="no queue can be called"):
            queues[wrong]


def test_a_queue_follows_its_fake_through_a_reset(fake_ims: FakeIms) -> None:
    queue = fake_ims.queues["ice-callback-demo"]
    queue.put(EVENT)
    old = queue.receive()
    fake_ims.reset()
    assert len(queue) == 0
    with pytest.raises(LookupError):
        old.delete()
    with fake_ims.scratch():
        queue.put(EVENT)
        assert len(queue) == 1
    assert len(queue) == 0


def test_bodies_that_are_no_event(fake_ims: FakeIms) -> None:
    queue = fake_ims.queues["q"]
    queue.put("[1]")
    assert (queue.receive().event_type, queue.put("{}").media_id) == (None, None)
    message = queue.put("no JSON")
    with pytest.raises(ValueError, match="the body is no JSON: 'no JSON'"):
        message.json()
    with pytest.raises(ValueError, match="no JSON"):
        _ = queue.put(base64.b64encode(b"\xff\xfe").decode()).event_type
    sent_by_a_client = base64.b64encode(EVENT.encode()).decode()
    assert queue.put(sent_by_a_client).media_id == "m"


def test_reprs_tell_what_a_failing_test_needs(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze("2026-01-01T00:00:00Z")
    queue = fake_ims.queues["ice-callback-demo"]
    queue.put(EVENT)
    queue.put("second")
    message = queue.receive()
    assert repr(message) == f"<QueueMessage received 1 time {EVENT}>"
    shown = repr(queue)
    assert "2 messages in ice-callback-demo, 1 visible" in shown
    assert "the others not before 2026-01-01T00:00:30Z" in shown
    assert "<QueueMessage second>" in shown
    assert repr(fake_ims.queues) == "<1 queues>\n  <MessageQueue ice-callback-demo of 2 messages>"
    queue.put("x" * 100_000)
    assert len(repr(queue)) < 2000


def test_what_an_ended_fake_held_can_still_be_read() -> None:
    with FakeIms() as ims:
        ims.clock.freeze("2026-01-01T00:00:00Z")
        queue = ims.queues["ice-callback-demo"]
        queue.put(EVENT)
    assert [each.media_id for each in queue] == ["m"]
    assert to_datetime(ims.world.clock.read()).year == 2026
