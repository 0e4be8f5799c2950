"""Events of the service: what it would tell a callback, as it happened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fake_ims.clock import Instant, iso
from fake_ims.texts import listing


@dataclass(frozen=True, slots=True)
class Event:
    """One event, in the documented envelope.

    With ``about``, the id of an asset or a job, it is a message of that alone, which leaves without
    an envelope: its body is all that is sent. ``job_id`` is the job that an event is about, if that
    works on no asset.
    """

    event_type: str
    user_id: int
    at: Instant
    message_body: Mapping[str, Any]
    about: str | None = None
    job_id: str | None = None

    @property
    def event_time(self) -> str:
        """``EventTime`` as the service writes it."""
        return iso(self.at)

    @property
    def media_id(self) -> str | None:
        """``MediaId`` of the message body; of a message without an envelope, what it is about."""
        return self.message_body.get("MediaId") if self.about is None else self.about

    @property
    def subject(self) -> str:
        """What it is about: the id of an asset, or of a job on none."""
        return self.media_id or self.job_id or ""

    @property
    def status(self) -> str | None:
        """``Status`` of the message body, ``Success`` or ``Fail``; ``State`` of a message alone."""
        return self.message_body.get("Status" if self.about is None else "State")

    def to_dict(self) -> dict[str, Any]:
        """The whole event, keys in the order that was observed."""
        if self.about is not None:
            return dict(self.message_body)
        return {
            "EventType": self.event_type,
            "UserId": self.user_id,
            "EventTime": self.event_time,
            "MessageBody": dict(self.message_body),
        }

    def to_json(self) -> str:
        """The compact JSON that a callback carries."""
        return json.dumps(self.to_dict(), ensure_ascii=False, separators=(",", ":"))

    def __repr__(self) -> str:
        return f"<{self.event_type} {self.event_time} {self.status} {self.subject}>"


class Events(tuple[Event, ...]):
    """A snapshot of the events so far, oldest first."""

    __slots__ = ()

    def of(self, event_type: str, *, media_id: str | None = None) -> Events:
        """Those of one type, and of one asset if it is named."""
        return Events(
            event
            for event in self
            if event.event_type == event_type and media_id in (None, event.media_id)
        )

    def __repr__(self) -> str:
        return listing("events", self)
