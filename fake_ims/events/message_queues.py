"""Queues of the message service (MNS, now SMQ), as far as a consumer of callbacks needs them.

What happens to a message, the attributes of queues, their ranges and defaults are documented
(CreateQueue, ReceiveMessage, ChangeMessageVisibility and their kin of version 2015-06-06).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from fake_ims.clock import Instant, Micros, real_monotonic
from fake_ims.events.targets import QUEUE_PREFIX
from fake_ims.texts import shortened

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,119}", re.ASCII)
"""What a queue can be called (documented)."""


DEFAULT_PRIORITY: Final = 8
MOST_AT_ONCE: Final = 16

_SECOND: Final[Micros] = 1_000_000
_FIRST_ID: Final = 0x200000000  # as in the ids of the documents' examples
_HANDLE: Final = re.compile(r"1-([A-Za-z0-9+/]{8,200}={0,2})", re.ASCII)
_IN_HANDLE: Final = re.compile(rb"([0-9]{1,18})-[0-9-]{1,60}")
_POLL: Final = 0.02  # real seconds between two looks, while a message waits for its time


class MessageNotExistError(LookupError):
    """No message is there to receive, or a receipt handle is no longer its message's."""


class ReceiptHandleError(ValueError):
    """A receipt handle that no queue gave out."""


@dataclass(frozen=True, slots=True)
class QueueAttributes:
    """What is set of a queue; times in seconds, sizes in bytes."""

    delay_seconds: int = 0
    maximum_message_size: int = 65536
    message_retention_period: int = 345600
    visibility_timeout: int = 30
    polling_wait_seconds: int = 0
    logging_enabled: bool = False


class MessageCounts(NamedTuple):
    """How many messages can be received, have been, and are delayed."""

    active: int
    inactive: int
    delayed: int


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was at one moment.

    ``serial`` counts the messages of its queue. ``receipt_handle`` is empty, and
    ``next_visible_at`` when it came, unless it has been received or was delayed.
    """

    serial: int
    message_id: str
    body: str
    priority: int
    enqueue_at: Instant
    next_visible_at: Instant
    first_dequeue_at: Instant | None = None
    dequeue_count: int = 0
    receipt_handle: str = ""

    @property
    def body_md5(self) -> str:
        """Of the body's UTF-8, in upper-case hex."""
        return hashlib.md5(self.body.encode(), usedforsecurity=False).hexdigest().upper()

    def __repr__(self) -> str:
        received = f", received {self.dequeue_count} times" if self.dequeue_count else ""
        return f"<Message {self.message_id}{received}: {shortened(self.body)}>"


class MessageQueue:
    """One queue; the caller holds the world's lock.

    Times are the world's. A message that has been received is hidden until its time, and can be
    deleted with its latest receipt handle until then. Each step costs O(log n) at most.
    """

    def __init__(
        self, name: str, attributes: QueueAttributes, now: Instant, changed: threading.Condition
    ) -> None:
        self.name = name
        self.attributes = attributes
        self.create_at = self.last_modify_at = now
        self.created = False
        """Whether somebody created it, as others are there when they are first named."""
        self.deleted = False
        self._changed = changed
        self._id = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()[:16].upper()
        self._serial = 0
        self._handles = 0
        self._messages: dict[int, Message] = {}
        self._visible: list[tuple[int, int]] = []  # priority, serial
        self._hidden: dict[int, Instant] = {}  # until when, in steady time
        self._hidden_heap: list[tuple[Instant, int]] = []
        self._delayed: set[int] = set()
        self._by_age: deque[tuple[Instant, int]] = deque()  # steady time, serial
        self._shifted: Micros = 0

    def __len__(self) -> int:
        return len(self._messages)

    def __repr__(self) -> str:
        return f"<MessageQueue {self.name} of {len(self)} messages>"

    # ------------------------------------------------------------ messages

    def put(
        self,
        body: str,
        now: Instant,
        *,
        priority: int = DEFAULT_PRIORITY,
        delay_seconds: int | None = None,
    ) -> Message:
        """Add a message; the highest priority, 1, is received first, then the oldest."""
        self._catch_up(now)
        self._serial += 1
        serial = self._serial
        delay = self.attributes.delay_seconds if delay_seconds is None else delay_seconds
        message_id = f"{self._id}-1-{now // 1000:X}-{_FIRST_ID + serial:X}"
        message = Message(serial, message_id, body, priority, now, now)
        self._messages[serial] = message
        self._by_age.append((self._steady(now), serial))
        if delay:
            message = self._hide(message, delay, now)
            self._delayed.add(serial)
        else:
            heapq.heappush(self._visible, (priority, serial))
        self.tell()
        return message

    def receive(self, now: Instant, most: int = 1) -> list[Message]:
        """Receive up to ``most`` messages: they are hidden for the queue's VisibilityTimeout."""
        self._catch_up(now)
        received = []
        for message in self._pop_visible(most):
            first = now if message.first_dequeue_at is None else message.first_dequeue_at
            seen = replace(message, first_dequeue_at=first, dequeue_count=message.dequeue_count + 1)
            received.append(self._hide(seen, self.attributes.visibility_timeout, now))
        return received

    def peek(self, now: Instant, most: int = 1) -> list[Message]:
        """What :meth:`receive` would receive, left as it is."""
        self._catch_up(now)
        found = self._pop_visible(most)
        for message in found:
            heapq.heappush(self._visible, (message.priority, message.serial))
        return found

    def delete(self, receipt_handle: str, now: Instant) -> None:
        """Delete a message that has been received.

        :raises ReceiptHandleError: for a handle that no queue gave out.
        :raises MessageNotExistError: if the message is visible again, has been received anew or
            deleted since: the handle is no longer its own.
        """
        self._forget(self._held(receipt_handle, now).serial)

    def change_visibility(self, receipt_handle: str, seconds: int, now: Instant) -> Message:
        """Hide a received message for ``seconds`` from now on; it gets a new handle.

        Errors as for :meth:`delete`.
        """
        message = self._hide(self._held(receipt_handle, now), seconds, now)
        self.tell()
        return message

    # ------------------------------------------------------------ looking

    def counts(self, now: Instant) -> MessageCounts:
        """How many messages are in which state."""
        self._catch_up(now)
        delayed = len(self._delayed)
        inactive = len(self._hidden) - delayed
        return MessageCounts(len(self._messages) - len(self._hidden), inactive, delayed)

    def messages(self, now: Instant) -> list[Message]:
        """All that are not deleted, oldest first."""
        self._catch_up(now)
        return list(self._messages.values())

    def visible_again_at(self, now: Instant) -> Instant | None:
        """When the first of the hidden messages is visible again; None if none is hidden."""
        self._catch_up(now)
        return Instant(self._hidden_heap[0][0] + self._shifted) if self._hidden_heap else None

    @property
    def any_hidden(self) -> bool:
        """Whether time alone may make a message visible."""
        return bool(self._hidden)

    # ------------------------------------------------------------ inside

    def shift(self, by: Micros) -> None:
        """The clock has jumped by this: what waits for its time waits as long as before."""
        self._shifted += by

    def tell(self) -> None:
        """Wake those who wait for a message."""
        with self._changed:
            self._changed.notify_all()

    def _steady(self, at: Instant) -> Instant:
        """The time, on a clock that does not jump backwards."""
        return Instant(at - self._shifted)

    def _catch_up(self, now: Instant) -> None:
        """Drop what is too old, and show what was hidden until now."""
        steady = self._steady(now)
        oldest = steady - self.attributes.message_retention_period * _SECOND
        while self._by_age and (
            self._by_age[0][1] not in self._messages or self._by_age[0][0] <= oldest
        ):
            self._forget(self._by_age.popleft()[1])
        heap = self._hidden_heap
        while heap:
            due, serial = heap[0]
            if self._hidden.get(serial) == due:
                if due > steady:
                    break
                del self._hidden[serial]
                self._delayed.discard(serial)
                message = self._messages[serial]
                heapq.heappush(self._visible, (message.priority, serial))
            heapq.heappop(heap)

    def _pop_visible(self, most: int) -> list[Message]:
        found: list[Message] = []
        while self._visible and len(found) < most:
            message = self._messages.get(heapq.heappop(self._visible)[1])
            if message is not None:  # it may have been too old
                found.append(message)
        return found

    def _hide(self, message: Message, seconds: int, now: Instant) -> Message:
        """Hide a message, which gets a new handle."""
        self._handles += 1
        until, serial = Instant(now + seconds * _SECOND), message.serial
        text = f"{_FIRST_ID + serial}-{until // _SECOND}-{self._handles}-{message.priority}"
        handle = f"1-{base64.b64encode(text.encode()).decode()}"
        message = replace(message, next_visible_at=until, receipt_handle=handle)
        self._messages[serial] = message
        self._hidden[serial] = due = self._steady(until)
        heapq.heappush(self._hidden_heap, (due, serial))
        if len(self._hidden_heap) > 2 * len(self._hidden) + 64:
            self._hidden_heap = [(due, serial) for serial, due in self._hidden.items()]
            heapq.heapify(self._hidden_heap)
        return message

    def _held(self, receipt_handle: str, now: Instant) -> Message:
        """The hidden message whose current handle this is."""
        serial = _serial_in(receipt_handle)
        self._catch_up(now)
        message = self._messages.get(serial)
        if (
            message is None
            or serial not in self._hidden
            or message.receipt_handle != receipt_handle
        ):
            raise MessageNotExistError
        return message

    def _forget(self, serial: int) -> None:
        self._messages.pop(serial, None)
        self._hidden.pop(serial, None)
        self._delayed.discard(serial)


def _serial_in(receipt_handle: str) -> int:
    match = _HANDLE.fullmatch(receipt_handle)
    try:
        text = base64.b64decode(match[1], validate=True) if match else b""
    except binascii.Error:
        text = b""
    found = _IN_HANDLE.fullmatch(text)
    if found is None:
        raise ReceiptHandleError(f"no queue gave out {shortened(receipt_handle)!r}")
    return int(found[1]) - _FIRST_ID


class MessageQueues:
    """The queues of a world, by name; the caller holds the world's lock.

    A queue whose name begins with ``ice-callback-`` is there when it is first named, as if it had
    been set up in the console; others when something is put into them, or they are created.

    :param lock: the world's.
    :param encoded: whether the body of a callback's message is Base64.
    """

    def __init__(self, lock: threading.RLock, *, encoded: bool = False) -> None:
        self._queues: dict[str, MessageQueue] = {}
        self._removed: set[str] = set()
        self._changed = threading.Condition(lock)
        self._encoded = encoded
        self._ended = False

    def __iter__(self) -> Iterator[MessageQueue]:
        return iter(self._queues.values())

    def __len__(self) -> int:
        return len(self._queues)

    def put(self, name: str, body: str, now: Instant) -> Message | None:
        """Write a callback into a queue; None if that fails.

        It does for a queue that has been deleted, and for a name that no queue can have.
        """
        queue = None if name in self._removed else self.open(name, now)
        if queue is None:
            return None
        return queue.put(base64.b64encode(body.encode()).decode() if self._encoded else body, now)

    def get(self, name: str, now: Instant) -> MessageQueue | None:
        """The queue of a name, as a client of the message service finds it."""
        queue = self._queues.get(name)
        if queue is None and name.startswith(QUEUE_PREFIX) and name not in self._removed:
            return self.open(name, now)
        return queue

    def open(self, name: str, now: Instant) -> MessageQueue | None:
        """The queue of a name, made if there is none; None for a name that no queue can have."""
        queue = self._queues.get(name)
        if queue is None and NAME.fullmatch(name):
            queue = MessageQueue(name, QueueAttributes(), now, self._changed)
            self._queues[name] = queue
            self._removed.discard(name)
        return queue

    def remove(self, name: str) -> None:
        """Delete a queue with its messages; without one, nothing."""
        self._removed.add(name)
        queue = self._queues.pop(name, None)
        if queue is not None:
            queue.deleted = True
            queue.tell()

    def shift(self, by: Micros) -> None:
        """The clock has jumped backwards by this (negative) length."""
        for queue in self._queues.values():
            queue.shift(by)

    # ------------------------------------------------------------ waiting

    def receive(
        self, queue: MessageQueue, most: int, seconds: float, look: Callable[[], Instant]
    ) -> list[Message]:
        """Receive, and wait for a message for ``seconds`` of real time if none is there.

        The lock, held once or more, is let go of while waiting. Ends early when the queue is
        deleted, or the world ends.

        :param look: the time, with what is due by then done; does not move any clock.
        """
        deadline = real_monotonic() + seconds
        while True:
            found = queue.receive(look(), most)
            left = deadline - real_monotonic()
            if found or left <= 0 or self._ended or queue.deleted:
                return found
            self._changed.wait(min(left, _POLL) if queue.any_hidden else left)

    def end(self) -> None:
        """Nobody is kept waiting, now or later."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def begin(self) -> None:
        """Take :meth:`end` back."""
        with self._changed:
            self._ended = False
