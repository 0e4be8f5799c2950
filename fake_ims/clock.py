"""The one clock. No other module of the package reads the time.

World time is outside time plus an offset, or an instant of its own while frozen. Outside time is
the system's, or freezegun's, or time-machine's: it is looked up at each read, so it does not
matter whether a test froze time before or after this module was imported or the world was made.
"""

from __future__ import annotations

import datetime as _datetime
import functools
import math
import re
import sys
import time as _time
from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, NewType, TypeAlias, TypeVar, overload

T = TypeVar("T")

Instant = NewType("Instant", int)
"""Microseconds since 1970-01-01T00:00:00Z: exact under addition, and never out of range."""

Micros: TypeAlias = int
"""A length of time in microseconds."""

TimeDelta: TypeAlias = "str | int | float | _datetime.timedelta"
"""A length of time: ``"1.5s"``, ``"1h30m"``, a number of seconds, or a timedelta."""

TimePoint: TypeAlias = "str | int | float | _datetime.datetime"
"""A point in time: ISO 8601 (UTC when it names no zone), seconds since 1970, or a datetime."""

_EPOCH = _datetime.datetime(1970, 1, 1, tzinfo=_datetime.timezone.utc)
_MICROSECOND = _datetime.timedelta(microseconds=1)
_UNITS = {"us": 1, "ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}
_UNITS["d"] = 24 * _UNITS["h"]
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(us|ms|s|m|h|d)?\s*", re.ASCII)
_FRACTION = re.compile(r"\.(\d+)", re.ASCII)
_ISO_RANGE = (-62_135_596_800_000_000, 253_402_300_799_999_999)  # years 1 to 9999


def micros(value: TimeDelta) -> Micros:
    """A length of time as microseconds.

    :raises ValueError: if the text is not a length of time, or the number is not finite.
    """
    if isinstance(value, _datetime.timedelta):
        return value // _MICROSECOND
    if isinstance(value, bool):
        raise ValueError(f"not a length of time: {value!r}")
    if isinstance(value, (int, float)):
        try:
            return round(value * 1_000_000)
        except (OverflowError, ValueError):
            raise ValueError(f"not a length of time: {value!r}") from None
    if not isinstance(value, str):
        raise ValueError(f"not a length of time: {value!r}")
    text = value.strip()
    sign, text = (-1, text[1:]) if text.startswith("-") else (1, text)
    total, position = 0.0, 0
    while position < len(text) or not text:
        part = _PART.match(text, position)
        # A number without a unit is seconds, if it stands alone.
        if part is None or (part[2] is None and part[0] != text):
            raise ValueError(f'not a length of time: {value!r} (write "2.5s", "1h30m" or a number)')
        total += float(part[1]) * _UNITS[part[2] or "s"]
        position = part.end()
    if math.isinf(total):
        raise ValueError(f"not a length of time: {value!r}")
    return sign * round(total)


def instant(value: TimePoint) -> Instant:
    """A point in time as an Instant; a datetime or text without a zone is UTC.

    :raises ValueError: if the text is not ISO 8601, or the number is not finite.
    """
    if isinstance(value, bool):
        raise ValueError(f"not a point in time: {value!r}")
    if isinstance(value, (int, float)):
        return Instant(micros(value))
    if isinstance(value, str):
        text = value.strip()
        if text[-1:] in "Zz":  # fromisoformat reads this, and short fractions, from 3.11 on
            text = text[:-1] + "+00:00" if text[-2:-1].isdigit() else ""
        text = _FRACTION.sub(lambda match: f".{match[1][:6]:0<6}", text)
        try:
            value = _datetime.datetime.fromisoformat(text)
        except ValueError:
            raise ValueError(
                f'not a point in time: {value!r} (write "2026-01-31T12:00:00Z")'
            ) from None
    if value.tzinfo is None:
        value = value.replace(tzinfo=_datetime.timezone.utc)
    return Instant((value - _EPOCH) // _MICROSECOND)


def held(at: Instant) -> Instant:
    """The Instant, held within the years 1 to 9999: no other can be written."""
    low, high = _ISO_RANGE
    return Instant(min(max(at, low), high))


def to_datetime(at: Instant) -> _datetime.datetime:
    """The Instant as an aware datetime in UTC, held within the years 1 to 9999."""
    return _EPOCH + _datetime.timedelta(microseconds=held(at))


def iso(at: Instant) -> str:
    """The Instant as the API writes it: ``2020-12-26T04:11:08Z``, whole seconds, UTC."""
    return _iso_of_second(at // 1_000_000)


@functools.lru_cache(maxsize=64)
def _iso_of_second(second: int) -> str:
    whole = to_datetime(Instant(second * 1_000_000)).replace(tzinfo=None, microsecond=0)
    return f"{whole.isoformat()}Z"


def real_monotonic() -> float:
    """Seconds of real time that no library freezes, for deadlines and durations.

    :func:`time.monotonic` does not serve: a module that was first imported under ``freeze_time``
    may keep freezegun's for ever. freezegun and time-machine both leave this one alone.
    """
    if hasattr(_time, "clock_gettime"):
        return _time.clock_gettime(_time.CLOCK_MONOTONIC)
    freezegun: Any = sys.modules.get("freezegun.api")
    monotonic = freezegun.real_monotonic if freezegun else _time.monotonic
    return float(monotonic())


def _frozen_by_freezegun(*, tick: bool) -> _datetime.datetime | None:
    """freezegun's current time, as naive UTC; with ``tick=False`` without moving it.

    Its ``datetime.now(timezone.utc)`` is off by ``tz_offset``, and its ``time.time()`` is real in
    threads with a shallow stack, so its own list of frozen times is asked instead.
    """
    freezegun: Any = sys.modules.get("freezegun.api")
    if freezegun is None:
        return None
    try:
        factory = freezegun.freeze_factories[-1]
    except (AttributeError, IndexError):
        return None
    frozen: _datetime.datetime = (
        factory() if tick or not hasattr(factory, "step_width") else factory.time_to_freeze
    )
    return frozen


def outside(*, tick: bool = True) -> Instant:
    """Outside time, as the process under test sees it.

    With ``tick=False`` a clock that moves by being read (``freeze_time(auto_tick_seconds=...)``)
    is looked at without being moved.
    """
    now = _frozen_by_freezegun(tick=tick)
    if now is None:
        now = _datetime.datetime.now(_datetime.timezone.utc)
    elif now.tzinfo is None:
        now = now.replace(tzinfo=_datetime.timezone.utc)
    return Instant((now - _EPOCH) // _MICROSECOND)


class Clock(Generic[T]):
    """A world's time.

    ``moves`` is called before and after each change that a caller makes, outside the clock's lock:
    before, so that what is due by then has its time; after, and what it returns then is handed to
    that caller.
    """

    @overload
    def __init__(self: Clock[None]) -> None: ...
    @overload
    def __init__(self, moves: Callable[[], T]) -> None: ...
    def __init__(self, moves: Callable[[], Any] = lambda: None) -> None:
        self._offset: Micros = 0
        self._skew: Micros = 0
        self._frozen_at: Instant | None = None
        self._moves: Callable[[], T] = moves
        self._lock = RLock()

    def __repr__(self) -> str:
        state = "frozen" if self.frozen else "running"
        skew = f", the gateway's skewed by {self._skew / 1_000_000:g}s" if self._skew else ""
        return f"<Clock {iso(self.read(tick=False))} {state}{skew}>"

    @property
    def frozen(self) -> bool:
        """Whether world time stands at an instant of its own."""
        return self._frozen_at is not None

    def read(self, *, tick: bool = True) -> Instant:
        """World time. ``tick=False`` looks without moving a clock that moves by being read."""
        with self._lock:
            if self._frozen_at is not None:
                return self._frozen_at
            return Instant(outside(tick=tick) + self._offset)

    def now(self) -> _datetime.datetime:
        """World time as an aware datetime in UTC."""
        return to_datetime(self.read())

    def freeze(self, at: TimePoint | None = None) -> T:
        """Stop world time, now or at a given point; outside time no longer matters."""
        self._moves()
        with self._lock:
            self._frozen_at = self.read() if at is None else instant(at)
        return self._moves()

    def advance(self, delta: TimeDelta) -> T:
        """Move world time by ``delta``, frozen or running; what falls due on the way happens.

        A negative ``delta`` moves it back, and whatever is pending with it.
        """
        step = micros(delta)
        self._moves()
        with self._lock:
            if self._frozen_at is not None:
                self._frozen_at = Instant(self._frozen_at + step)
            else:
                self._offset += step
        return self._moves()

    def move_to(self, at: TimePoint) -> T:
        """Move world time to a point; a running clock runs on from there."""
        return self.move_to_instant(instant(at))

    def move_to_instant(self, target: Instant) -> T:
        """:meth:`move_to` for an Instant."""
        self._moves()
        with self._lock:
            if self._frozen_at is not None:
                self._frozen_at = target
            else:
                self._offset += target - self.read(tick=False)
        return self._moves()

    def resume(self) -> T:
        """Let frozen world time run on from where it stands, at the pace of outside time."""
        self._moves()
        with self._lock:
            if self._frozen_at is not None:
                self._offset = self._frozen_at - outside(tick=False)
                self._frozen_at = None
        return self._moves()

    def skew(self, delta: TimeDelta) -> None:
        """Let the gateway's own time be ahead of outside time by ``delta``; ``0`` ends it.

        With it the gateway judges timestamps and repeated nonces. It has nothing to do with world
        time: a test may move that by a year without making its client's requests stale.
        """
        self._skew = micros(delta)

    def gateway_time(self) -> Instant:
        """The time by which the gateway judges what clients sign; looks without moving anything."""
        return Instant(outside(tick=False) + self._skew)
