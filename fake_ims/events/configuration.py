"""What SetEventCallback has set: where events go, and which."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from fake_ims import errors
from fake_ims.events.message_queues import NAME
from fake_ims.events.names import EVENT_TYPES
from fake_ims.events.targets import QUEUE_PREFIX, Target, address_in, http_url
from fake_ims.settings import Choices, Settings

HTTP: Final = "HTTP"
MNS: Final = "MNS"
ON: Final = "on"

ALL: Final = "ALL"
"""Every event, in the EventTypeList of ApsaraVideo VOD (documented there; inferred for IMS)."""

_AUTH_KEY: Final = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9]).{1,32}", re.ASCII | re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class CallbackConfiguration:
    """One setting of the callback of a region, whole: each takes the place of the one before
    (inferred).
    """

    callback_type: str | None = None
    callback_url: str | None = None
    callback_queue_name: str | None = None
    event_type_list: str | None = None
    auth_switch: str | None = None
    auth_key: str | None = None

    @cached_property
    def event_types(self) -> frozenset[str]:
        """The names in EventTypeList."""
        names = (self.event_type_list or "").split(",")
        return frozenset(name.strip() for name in names if name.strip())

    @property
    def open_ended(self) -> bool:
        """Whether EventTypeList leaves open which events are meant, without one or with ``ALL``."""
        return not self.event_types or ALL in self.event_types

    @property
    def signs(self) -> str | None:
        """The key that callbacks are signed with, if they are; only over HTTP (documented)."""
        return self.auth_key if self.callback_type == HTTP and self.auth_switch == ON else None

    def target_of(self, event_type: str, settings: Settings) -> Target | None:
        """Where an event of this type goes, unless its task says otherwise."""
        everything = self.open_ended and settings.event_type_list == "all"
        if not everything and event_type not in self.event_types:
            return None
        if self.callback_type == MNS:
            return Target("queue", self.callback_queue_name or "")
        return Target("http", self.callback_url or "", self.signs)


class Configured:
    """The callback configuration of a world; None until SetEventCallback has been called.

    ``awaited``: somebody has asked for callbacks, there or in a task's UserData.
    """

    __slots__ = ("awaited", "current")

    def __init__(self) -> None:
        self.current: CallbackConfiguration | None = None
        self.awaited = False

    def expect(self, user_data: str | None, choices: Choices) -> None:
        """Know of the receiver that a task's UserData names, if it names one, and note what its
        callbacks rest on, as far as the task's call can know.
        """
        own = address_in(user_data)
        if own is None:
            return
        self.awaited = True
        choices.note("notify_events")
        if own.kind == "http":
            choices.note("callback_content_type")
        if self.current is not None:
            choices.note("notify_address")
            if own.kind == "http" and self.current.signs is not None:
                choices.note("notify_signature")

    def set(self, asked: CallbackConfiguration, choices: Choices) -> None:
        """Set it. A queue without a CallbackType is MNS: official SDKs before 1.3.0 send no more
        than CallbackQueueName and EventTypeList, the first ones not even the latter.

        What belongs to the other CallbackType is kept and has no effect, as the example of
        GetEventCallback shows a queue's name beside HTTP (documented).

        :raises ApiError: MissingParameter for what its CallbackType needs (documented for HTTP),
            InvalidParameter for a value of another form than the documented one (both errors
            inferred); nothing has changed then.
        """
        if asked.callback_type is None:
            if asked.callback_queue_name is None:
                raise errors.MISSING_PARAMETER(name="CallbackType")
            asked = replace(asked, callback_type=MNS)
        if asked.callback_type == HTTP:
            _check_http(asked)
        elif asked.callback_queue_name is None:
            raise errors.MISSING_PARAMETER(name="CallbackQueueName")
        queue = asked.callback_queue_name
        if queue is not None and not (queue.startswith(QUEUE_PREFIX) and NAME.fullmatch(queue)):
            raise errors.INVALID_PARAMETER(name="CallbackQueueName")
        if choices.settings.strict and not asked.event_types.issubset(EVENT_TYPES):
            raise errors.INVALID_PARAMETER(name="EventTypeList")
        if asked.callback_type == HTTP:
            choices.note("callback_content_type")
        if asked.open_ended:
            choices.note("event_type_list")
        self.current, self.awaited = asked, True


def _check_http(asked: CallbackConfiguration) -> None:
    if asked.callback_url is None:
        raise errors.MISSING_PARAMETER(name="CallbackURL")
    if http_url(asked.callback_url) is None:
        raise errors.INVALID_PARAMETER(name="CallbackURL")
    if asked.auth_key is None:
        if asked.auth_switch == ON:
            raise errors.MISSING_PARAMETER(name="AuthKey")
    elif _AUTH_KEY.fullmatch(asked.auth_key) is None:
        raise errors.INVALID_PARAMETER(name="AuthKey")
