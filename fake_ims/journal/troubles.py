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
    """One call that means trouble; ``kind`` is one of :data:`fake_ims.settings.TROUBLES`."""

    kind: str
    call: Call


class Troubles:
    """The troubles that nobody has been told of yet; safe from any thread."""

    def __init__(self) -> None:
        self._untold: deque[Trouble] = deque(maxlen=_MOST)

    def look_at(self, call: Call) -> None:
        """Take a call that was refused, if it means trouble: not one that a fault refused."""
        if call.traceback:
            self._untold.append(Trouble("internal_error", _excerpt(call)))
        elif call.code in _CODES and not any(fault.answers for fault in call.faults):
            self._untold.append(Trouble(_CODES[call.code], _excerpt(call)))

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
    if call.size + len(call.traceback or "") < _LARGE:
        return call
    some = itertools.islice(call.parameters.items(), _PARAMETERS)
    return dataclasses.replace(
        call,
        parameters={shortened(name): shortened(value) for name, value in some},
        body=b"",
        traceback=call.traceback and shortened(call.traceback, _LARGE // 2),
    )
