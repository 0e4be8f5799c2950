"""Waiting in real time for what other threads do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

LONGEST: Final = 20
"""Seconds: much longer than anything takes."""


def until(condition: Callable[[], bool]) -> None:
    """Wait until it holds.

    :raises AssertionError: if it never does.
    """
    waiting = threading.Event()  # whose time-outs are real while time is frozen
    for _ in range(LONGEST * 100):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came about")
