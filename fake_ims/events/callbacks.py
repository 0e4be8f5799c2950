"""Callbacks: events on their way to a receiver, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fake_ims.clock import Instant, iso
from fake_ims.events.record import Event
from fake_ims.events.targets import Target
from fake_ims.texts import listing, printable, shortened

PENDING: Final = "pending"
"""It has not been delivered yet: an attempt is under way, or another is to come."""
DELIVERED: Final = "delivered"
"""The receiver answered 200, or the queue has it."""
DROPPED: Final = "dropped"
"""Three attempts failed (documented)."""
RECORDED: Final = "recorded"
"""Its address is not on this machine, and not allowed: nothing was sent."""
CANCELLED: Final = "cancelled"
"""Its asset was deleted before it could be delivered."""
WITHHELD: Final = "withheld"
"""A test asked that it be lost."""

OUTCOMES: Final = (PENDING, DELIVERED, DROPPED, RECORDED, CANCELLED, WITHHELD)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver a callback.

    ``at`` is world time, ``latency`` seconds of real time. ``status`` is None when there was no
    answer, or a queue took it; ``reason`` says why it failed, and is empty when it did not.
    ``headers`` are those of the request that belong to the service: its type and its signature.
    """

    at: Instant
    status: int | None
    reason: str
    latency: float
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def ok(self) -> bool:
        """Whether it delivered the callback."""
        return not self.reason

    def __repr__(self) -> str:
        how = "delivered" if self.status is None else str(self.status)
        said = printable(shortened(self.reason)) if self.reason else how
        return f"<attempt {iso(self.at)} {said}, {self.latency * 1000:.0f} ms>"


@dataclass(frozen=True, slots=True)
class Callback:
    """An event for one receiver: a snapshot, which does not change.

    ``number`` counts the callbacks of a world. ``copy_of`` is the number of the one that this is a
    copy of: a test asked for it.
    """

    number: int
    event: Event
    target: Target
    outcome: str = PENDING
    attempts: tuple[Attempt, ...] = ()
    why: str = ""
    copy_of: int | None = None

    @property
    def event_type(self) -> str:
        """``EventType``."""
        return self.event.event_type

    @property
    def media_id(self) -> str | None:
        """``MediaId`` of its message body."""
        return self.event.media_id

    @property
    def subject(self) -> str:
        """What its event is about: the id of an asset, or of a job on none."""
        return self.event.subject

    @property
    def to(self) -> str:
        """The URL or the queue that it is for."""
        return self.target.address

    @property
    def body(self) -> str:
        """What is posted, or put into the queue: compact JSON."""
        return self.event.to_json()

    def matches(self, event_type: str | None, media_id: str | None, to: str | None) -> bool:
        """Whether it is one of these; None stands for any."""
        return (
            event_type in (None, self.event_type)
            and media_id in (None, self.media_id)
            and to in (None, self.to)
        )

    def __repr__(self) -> str:
        copy = f" (copy of {self.copy_of})" if self.copy_of is not None else ""
        tries = "".join(f"\n    {attempt!r}" for attempt in self.attempts)
        why = f": {printable(shortened(self.why))}" if self.why else ""
        return (
            f"<callback {self.number}{copy} {self.event_type} {self.subject} "
            f"to {printable(shortened(self.to))} {self.outcome}{why}>{tries}"
        )


class Callbacks(tuple[Callback, ...]):
    """A snapshot of the callbacks so far, oldest first."""

    __slots__ = ()

    def of(
        self,
        event_type: str | None = None,
        *,
        media_id: str | None = None,
        to: str | None = None,
        outcome: str | None = None,
    ) -> Callbacks:
        """Those of one type, of one asset, for one receiver, with one outcome."""
        return Callbacks(
            callback
            for callback in self
            if callback.matches(event_type, media_id, to) and outcome in (None, callback.outcome)
        )

    def __repr__(self) -> str:
        return listing("callbacks", self)
