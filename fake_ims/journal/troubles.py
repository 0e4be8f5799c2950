"""Troubles: what a fake met that a passing test should not hide."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections import deque
from typing import Final, NamedTuple

from fake_ims.journal.calls import Call
from fake_ims.texts import shortened

_CODES: Final = {
    "FakeIms.OperationNotImplemented": "not_implemented",
    "FakeIms.EndedWorld": "stray",
    "FakeIms.NoWorld": "stray",
}
_MOST: Final = 1000
_LARGE: Final = 16 << 10
_PARAMETERS: Final = 50


class Trouble(NamedTuple):
    """One call that means trouble, or what is ``said`` of something else that does.

    ``kind`` is one of :data:`fake_ims.settings.TROUBLES`.
    """

    kind: str
    call: Call | None
    said: str = ""


class Troubles:
    """The troubles that nobody has been told of yet; safe from any thread."""

    def __init__(self) -> None:
        self._untold: deque[Trouble] = deque(maxlen=_MOST)
        self.provoked: set[str] = set()
        """URLs of receivers that the test told to fail: what they drop is no trouble."""

    def look_at(self, call: Call) -> None:
        """Take a call that was refused, if it means trouble: not one that a fault refused."""
        if call.traceback:
            self._untold.append(Trouble("internal_error", _excerpt(call)))
        elif call.code in _CODES and not any(fault.answers for fault in call.faults):
            self._untold.append(Trouble(_CODES[call.code], _excerpt(call)))

    def add(self, kind: str, said: str) -> None:
        """Take something that is no call."""
        self._untold.append(Trouble(kind, None, shortened(said, _LARGE)))

    def withdraw(self, kind: str, said: str) -> None:
        """Forget what :meth:`add` has taken: the test knows of it."""
        with contextlib.suppress(ValueError):
            self._untold.remove(Trouble(kind, None, shortened(said, _LARGE)))

    def __len__(self) -> int:
        return len(self._untold)

    def take(self) -> list[Trouble]:
        """Those that came up since the last time; each is told once."""
        taken: list[Trouble] = []
        with contextlib.suppress(IndexError):
            while True:
                taken.append(self._untold.popleft())
        return taken


def _excerpt(call: Call) -> Call:
    """The call, or as much of a large one as is told: the journal may drop it, this does not."""
    if _size(call) < _LARGE:
        return call
    some = itertools.islice(call.parameters.items(), _PARAMETERS)
    return dataclasses.replace(
        call,
        action=shortened(call.action),
        parameters={shortened(name): shortened(value) for name, value in some},
        access_key_id=shortened(call.access_key_id),
        user_agent=shortened(call.user_agent),
        message=call.message and shortened(call.message, _LARGE // 4),
        body=b"",
        ignored=tuple(map(shortened, call.ignored[:_PARAMETERS])),
        note=shortened(call.note, _LARGE // 4),
        traceback=call.traceback and shortened(call.traceback, _LARGE // 2),
    )


def _size(call: Call) -> int:
    """How long its texts are; what the journal counts is less exact, and 0 once it is dropped."""
    texts = (
        call.action, call.access_key_id, call.user_agent, call.message or "", call.note,
        call.traceback or "", *call.ignored, *itertools.chain(*call.parameters.items()),
    )  # fmt: skip
    return len(call.body) + sum(map(len, texts))
