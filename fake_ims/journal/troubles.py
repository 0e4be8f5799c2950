"""Troubles: what a fake met that a passing test should not hide."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Final, NamedTuple

from fake_ims.journal.calls import Call

_CODES: Final = {
    "FakeIms.OperationNotImplemented": "not_implemented",
    "FakeIms.EndedWorld": "stray",
    "FakeIms.NoWorld": "stray",
}
_MOST: Final = 1000


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
            self._untold.append(Trouble("internal_error", call))
        elif call.code in _CODES and not any(fault.answers for fault in call.faults):
            self._untold.append(Trouble(_CODES[call.code], call))

    def __len__(self) -> int:
        return len(self._untold)

    def take(self) -> list[Trouble]:
        """Those that came up since the last time; each is told once."""
        taken: list[Trouble] = []
        with contextlib.suppress(IndexError):
            while True:
                taken.append(self._untold.popleft())
        return taken
