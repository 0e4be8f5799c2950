"""freezegun and time-machine behind one face, so that each test runs under both."""

from __future__ import annotations

import contextlib
import datetime
import gc
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Final

import freezegun
import time_machine

UTC: Final = datetime.timezone.utc
Move = Callable[[float], None]
"""Moves the frozen time by so many seconds."""

Freezer = Callable[[datetime.datetime], AbstractContextManager[Move]]


@contextlib.contextmanager
def by_freezegun(at: datetime.datetime) -> Iterator[Move]:
    with freezegun.freeze_time(at, real_asyncio=True) as frozen:

        def move(seconds: float) -> None:
            frozen.tick(datetime.timedelta(seconds=seconds))

        yield move


@contextlib.contextmanager
def by_freezegun_ticking(at: datetime.datetime) -> Iterator[Move]:
    with freezegun.freeze_time(at, tick=True, real_asyncio=True) as frozen:

        def move(seconds: float) -> None:
            frozen.tick(datetime.timedelta(seconds=seconds))

        yield move


@contextlib.contextmanager
def by_time_machine(at: datetime.datetime) -> Iterator[Move]:
    with time_machine.travel(at, tick=False) as traveller:
        yield traveller.shift


@contextlib.contextmanager
def by_time_machine_ticking(at: datetime.datetime) -> Iterator[Move]:
    with time_machine.travel(at, tick=True) as traveller:
        yield traveller.shift


STANDING: dict[str, Freezer] = {"freezegun": by_freezegun, "time-machine": by_time_machine}
RUNNING: dict[str, Freezer] = {
    "freezegun, ticking": by_freezegun_ticking,
    "time-machine, ticking": by_time_machine_ticking,
}
ALL = STANDING | RUNNING


@contextlib.contextmanager
def ticking_by_reads(at: str, step: float) -> Iterator[Callable[[], datetime.datetime]]:
    """freezegun's ``auto_tick_seconds``; yields a look at the time that does not move it.

    Without garbage collection: hypothesis, once used, measures each with ``time.perf_counter``,
    which is a read of the frozen clock like any other.
    """
    gc.disable()
    try:
        with freezegun.freeze_time(at, auto_tick_seconds=step) as frozen:
            yield lambda: frozen.time_to_freeze
    finally:
        gc.enable()
