"""The journal: what was called, and how it was answered."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fake_ims.clock import Instant, iso
from fake_ims.texts import listing, printable, shortened


class Objection(NamedTuple):
    """What ``mode=enforce`` would have refused; ``note`` says more than the service would."""

    code: str
    message: str
    note: str


@dataclass(slots=True, eq=False)
class Call:
    """One request and its answer.

    ``caller`` is the user who called, empty for one that ``mode=enforce`` does not know; ``scheme``
    how the request was signed: ``rpc``, ``acs3``, ``bearer`` or ``none``. ``ignored`` names
    parameters that were accepted without effect; ``relied_on`` the settings for open questions of
    the real service that the outcome depended on. ``note`` says of a refusal what its message does
    not. With ``mode=soft``, ``would_refuse`` holds what ``enforce`` objects to.
    """

    action: str
    parameters: Mapping[str, str]
    at: Instant
    access_key_id: str = ""
    caller: str = ""
    scheme: str = ""
    http_method: str = ""
    client: str = ""
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str = ""
    ignored: tuple[str, ...] = ()
    relied_on: tuple[str, ...] = ()
    would_refuse: tuple[Objection, ...] = ()
    note: str = ""
    traceback: str | None = field(default=None, repr=False)

    @property
    def ok(self) -> bool:
        """Whether it was answered with success."""
        return self.status == 200

    def matches(self, action: str | None, parameters: Mapping[str, Any]) -> bool:
        """Whether it is a call of this action with at least these parameters."""
        return action in (None, self.action) and all(
            name in self.parameters and _is_sent_as(value, self.parameters[name])
            for name, value in parameters.items()
        )

    def __repr__(self) -> str:
        parameters = ", ".join(
            f"{shortened(printable(name))}={shortened(repr(value))}"
            for name, value in self.parameters.items()
        )
        action = shortened(printable(self.action))
        outcome = f"{self.status or '...'}{' ' + printable(self.code) if self.code else ''}"
        notes = [self.note] if self.note else []
        notes += [f"would be refused: {each.code}" for each in self.would_refuse]
        remark = "".join(f" ({printable(note)})" for note in notes)
        return f"<{action}({shortened(parameters, 1000)}) {outcome}{remark} at {iso(self.at)}>"


def _is_sent_as(value: Any, sent: str) -> bool:
    """Whether a value is what was sent; booleans are in whatever case the client writes them."""
    if isinstance(value, bool):
        return sent.lower() == str(value).lower()
    return sent == str(value)


class Calls(tuple[Call, ...]):
    """A snapshot of the calls so far, oldest first."""

    __slots__ = ()

    def of(self, action: str | None = None, **parameters: Any) -> Calls:
        """Those of one action, with at least these parameters."""
        return Calls(call for call in self if call.matches(action, parameters))

    def assert_called(self, action: str, *, times: int | None = None, **parameters: Any) -> Call:
        """Assert that an action was called with at least these parameters; the last such call.

        :param times: how often exactly; any number but 0 when not given.
        :raises AssertionError: with all that was called instead.
        """
        found = self.of(action, **parameters)
        wanted = f"{action}({', '.join(f'{name}={value!r}' for name, value in parameters.items())})"
        if times is None:
            assert found, f"{wanted} was not called. {self!r}"
        else:
            assert len(found) == times, (
                f"{wanted} was called {len(found)} times, not {times}. {self!r}"
            )
        return found[-1] if found else Call(action, {}, Instant(0))

    def assert_not_called(self, action: str, **parameters: Any) -> None:
        """Assert that an action was not called with these parameters."""
        self.assert_called(action, times=0, **parameters)

    def __repr__(self) -> str:
        return listing("calls", self)


class Journal:
    """The latest calls, up to a number; safe from any thread."""

    def __init__(self, size: int) -> None:
        self._calls: deque[Call] = deque(maxlen=size)
        self._count = 0
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        """Enter a call, at its beginning."""
        with self._lock:
            self._calls.append(call)
            self._count += 1

    def snapshot(self) -> Calls:
        """All that is kept, oldest first."""
        with self._lock:
            return Calls(self._calls)

    def after(self, count: int) -> tuple[Calls, int]:
        """The calls entered after the first ``count``, and how many there are now in all."""
        with self._lock:
            fresh = min(self._count - count, len(self._calls))
            return Calls(list(self._calls)[len(self._calls) - fresh :]), self._count
