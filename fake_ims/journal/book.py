"""The book: the latest calls, bounded by their number and by their size."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from fake_ims.journal.calls import Call, Calls
from fake_ims.journal.troubles import Troubles
from fake_ims.journal.wanted import Known

_CALL: Final = 1024
"""Bytes that an entry takes beside its texts, about."""


class Journal:
    """The latest calls; safe from any thread.

    :param size: how many are kept, at most.
    :param max_bytes: how large they may be together; the latest is kept however large it is.
    :param troubles: told of each call that means trouble, kept or not.
    :param known: what the service has, for assertions on the calls.
    """

    def __init__(
        self, size: int, max_bytes: int, troubles: Troubles, known: Known | None = None
    ) -> None:
        self.troubles = troubles
        self._known = known
        self._calls: deque[Call] = deque()
        self._size = size
        self._max_bytes = max_bytes
        self._bytes = 0
        self._count = 0
        self._lock = threading.Lock()

    def add(self, call: Call, size: int = 0) -> None:
        """Enter a call, at its beginning.

        :param size: of what was sent, in bytes.
        """
        with self._lock:
            self._calls.append(call)
            self._count += 1
            self._grow(call, _CALL + size)

    def finish(self, call: Call) -> None:
        """Its answer is known."""
        if call.code is not None or call.traceback is not None:
            self.troubles.look_at(call)
        with self._lock:
            if call.size:  # and has not been dropped meanwhile
                self._grow(call, len(call.body) + len(call.traceback or ""))

    def _grow(self, call: Call, by: int) -> None:
        call.size += by
        self._bytes += by
        calls = self._calls
        while len(calls) > self._size or (self._bytes > self._max_bytes and len(calls) > 1):
            dropped = calls.popleft()
            self._bytes -= dropped.size
            dropped.size = 0

    def snapshot(self) -> Calls:
        """All that is kept, oldest first."""
        with self._lock:
            dropped = self._count - len(self._calls)
            return Calls(self._calls, dropped=dropped, known=self._known)

    def after(self, count: int) -> tuple[Calls, int]:
        """The calls entered after the first ``count``, and how many there are now in all."""
        with self._lock:
            fresh = min(self._count - count, len(self._calls))
            return Calls(list(self._calls)[len(self._calls) - fresh :]), self._count
