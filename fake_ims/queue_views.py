"""What a test sees of the message queues that callbacks are written to, and takes from them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from fake_ims.clock import TimeDelta, iso, micros
from fake_ims.events import message_queues
from fake_ims.events.message_queues import MessageNotExistError, MessageQueue
from fake_ims.journal.calls import Calls
from fake_ims.texts import SHOWN, listing, quoted, shortened
from fake_ims.views import CurrentWorld
from fake_ims.world import World


class EmptyQueueError(LookupError):
    """There was no message to receive; the message says what there was instead."""


class QueueMessage:
    """A message as it was when it was received, or looked at."""

    def __init__(self, queue: Queue, message: message_queues.Message) -> None:
        self._queue = queue
        self._message = message

    @property
    def body(self) -> str:
        """As it is in the queue: what a client of the message service gets."""
        return self._message.body

    def json(self) -> Any:
        """The event: the body, or what is encoded in it as Base64, decoded from JSON.

        :raises ValueError: if it is no JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError:
            try:
                return json.loads(base64.b64decode(self.body, validate=True))
            except ValueError:
                raise ValueError(f"the body is no JSON: {quoted(self.body)}") from None

    def _field(self, *names: str) -> Any:
        found = self.json()
        for name in names:
            found = found.get(name) if isinstance(found, Mapping) else None
        return found

    @property
    def event_type(self) -> str | None:
        """``EventType`` of the event."""
        found: str | None = self._field("EventType")
        return found

    @property
    def media_id(self) -> str | None:
        """``MediaId`` of the event's ``MessageBody``."""
        found: str | None = self._field("MessageBody", "MediaId")
        return found

    @property
    def message_id(self) -> str:
        """The id of the message, which stays when it is received again."""
        return self._message.message_id

    @property
    def dequeue_count(self) -> int:
        """How often it has been received."""
        return self._message.dequeue_count

    @property
    def receipt_handle(self) -> str:
        """By which it can be deleted until it is visible again; empty unless it was received."""
        return self._message.receipt_handle

    def delete(self) -> None:
        """Delete it, as a consumer does that has dealt with it.

        :raises LookupError: if it is visible again, or has been received anew or deleted since; or
            has only been looked at.
        """
        self._queue._delete(self._message.receipt_handle)

    def __repr__(self) -> str:
        count = self.dequeue_count
        received = f" received {count} time{'' if count == 1 else 's'}" if count else ""
        return f"<QueueMessage{received} {shortened(self.body, 400)}>"


class Queue:
    """A message queue of the current world, by its name.

    It counts, and a loop over it goes over, all messages that have not been deleted, oldest first;
    looking at them does not receive them.
    """

    def __init__(self, world: CurrentWorld, name: str) -> None:
        self._world = world
        self.name = name

    def receive(self, *, wait: TimeDelta = 0) -> QueueMessage:
        """Receive a message: others do not see it until its VisibilityTimeout (30 s) has passed.

        :param wait: how long to wait for one, in real time; not on the thread of an event loop
            that something needs to go on.
        :raises EmptyQueueError: if none is there.
        """
        world = self._world()
        found = world.receive_messages(self._found(world), 1, micros(wait) / 1_000_000)
        if not found:
            raise EmptyQueueError(f"no message can be received: {self!r}")
        return QueueMessage(self, found[0])

    def receive_all(self) -> list[QueueMessage]:
        """Receive all messages that are visible."""
        world = self._world()
        with world.lock:
            queue = self._found(world)
            found = world.receive_messages(queue, max(len(queue), 1))
        return [QueueMessage(self, message) for message in found]

    def peek(self) -> QueueMessage | None:
        """The message that is received next, if one is visible; it stays so."""
        world = self._world()
        with world.lock:
            queue, now = self._found(world), world.catch_up()
            found = queue.peek(now)
        return QueueMessage(self, found[0]) if found else None

    def put(self, body: str) -> QueueMessage:
        """Put a text into it, as the service would a callback."""
        world = self._world()
        with world.lock:
            self._found(world)
            message = world.queues.put(self.name, body, world.catch_up())
        assert message is not None  # it has just been found
        return QueueMessage(self, message)

    def _delete(self, receipt_handle: str) -> None:
        world = self._world()
        try:
            with world.lock:
                self._found(world).delete(receipt_handle, world.catch_up())
        except (MessageNotExistError, ValueError):
            raise LookupError(
                "it cannot be deleted by this receipt: it is visible again, or has been received "
                "anew or deleted since, or was never received"
            ) from None

    def _found(self, world: World) -> MessageQueue:
        with world.lock:
            queue = world.queues.open(self.name, world.clock.read(tick=False))
        if queue is None:
            raise ValueError(
                f"no queue can be called {self.name!r}: up to 120 letters, digits and hyphens,"
                " the first no hyphen"
            )
        return queue

    def _all(self) -> list[message_queues.Message]:
        world = self._world()
        with world.lock:
            return self._found(world).messages(world.catch_up())

    def __iter__(self) -> Iterator[QueueMessage]:
        return iter([QueueMessage(self, message) for message in self._all()])

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        world = self._world()
        with world.lock:
            world.look()
            now = world.clock.read(tick=False)
            queue = self._found(world)
            counts, hidden = queue.counts(now), queue.visible_again_at(now)
            messages = queue.messages(now)[-SHOWN:]
        what = f"messages in {self.name}, {counts.active} visible"
        if hidden is not None:
            what += f", the others not before {iso(hidden)} (now {iso(now)})"
        shown = [QueueMessage(self, message) for message in messages]
        return listing(what, shown, total=sum(counts))


class Queues:
    """The message queues by name. One that is asked for is there from then on."""

    def __init__(self, world: CurrentWorld) -> None:
        self._world = world

    def __getitem__(self, name: str) -> Queue:
        """A queue.

        :raises ValueError: for a name that no queue can have.
        """
        queue = Queue(self._world, name)
        queue._found(self._world())
        return queue

    def _names(self) -> list[str]:
        world = self._world()
        with world.lock:
            world.catch_up()
            return [queue.name for queue in world.queues]

    def __contains__(self, name: object) -> bool:
        return name in self._names()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names())

    def __len__(self) -> int:
        return len(self._names())

    @property
    def calls(self) -> Calls:
        """The requests that clients of the message service made; they are not in ``ims.calls``."""
        return self._world().queue_calls.snapshot()

    def __repr__(self) -> str:
        world = self._world()
        with world.lock:
            world.look()
            return listing("queues", list(world.queues))
