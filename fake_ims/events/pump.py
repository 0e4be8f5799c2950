"""The pump: lets things happen in their time when no request comes to notice."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

INTERVAL: Final = 0.02
"""Seconds of real time between two looks: a test may move the time at any moment."""

log = logging.getLogger("fake_ims")

Look = Callable[[], bool]
"""Does what is due, without moving any clock; whether timed work is still pending."""


class Pump:
    """One thread for all worlds of a server, asleep while none of them has timed work."""

    def __init__(self) -> None:
        self._looks: dict[int, Look] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._asleep = False
        self._stopped = False

    def start(self) -> None:
        """Be ready to look, again after :meth:`stop`."""
        with self._changed:
            if self._stopped:
                self._stopped, self._thread = False, None

    def watch(self, world: int, look: Look) -> None:
        """Look after a world until nothing timed is pending there, or it is let go."""
        if world in self._looks:  # the usual case; _run() looks once more after letting go
            return
        with self._changed:
            if self._stopped:
                return
            self._looks[world] = look
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="fake-ims-pump", daemon=True)
                self._thread.start()
            if self._asleep:  # waking it costs the caller more than the rest of this
                self._changed.notify()

    def let_go(self, world: int, look: Look | None = None) -> None:
        """Look no more after a world, or only if it is still looked after in this way."""
        with self._changed:
            if look is None or self._looks.get(world) == look:
                self._looks.pop(world, None)

    def stop(self) -> None:
        """End the thread, and wait for its end."""
        with self._changed:
            self._stopped = True
            self._looks.clear()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._looks and not self._stopped:
                    self._asleep = True
                    self._changed.wait()
                    self._asleep = False
                if self._stopped:
                    return
                self._changed.wait(INTERVAL)
                looks = list(self._looks.items())
            for world, look in looks:
                if not _safely(look):
                    self.let_go(world, look)
                    if _safely(look):  # work came up in between, and was not announced
                        self.watch(world, look)


def _safely(look: Look) -> bool:
    """Look; a bug in one world must not stop the others'."""
    try:
        return look()
    except Exception:
        log.exception("inside fake_ims, on what was due")
        return False
