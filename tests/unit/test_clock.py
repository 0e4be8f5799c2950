"""Lengths of time, points in time, and the clock of a world."""

from __future__ import annotations

import contextlib
import datetime
import math
from typing import Any

import pytest
from freezers import ticking_by_reads
from hypothesis import given
from hypothesis import strategies as st

from fake_ims.clock import Clock, Instant, instant, iso, micros, outside, to_datetime

UTC = datetime.timezone.utc
DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3s", 3_000_000),
        ("2.5s", 2_500_000),
        (".5s", 500_000),
        ("1h30m", 5_400_000_000),
        ("1h 30m 5s", 5_405_000_000),
        ("1d", DAY),
        ("7us", 7),
        ("1.5ms", 1_500),
        ("0", 0),
        ("10", 10_000_000),
        ("1.5", 1_500_000),
        ("-2s", -2_000_000),
        ("-1h30m", -5_400_000_000),
        (" 3s ", 3_000_000),
        (3, 3_000_000),
        (2.5, 2_500_000),
        (-1, -1_000_000),
        (0, 0),
        (1e-6, 1),
        (datetime.timedelta(days=1, microseconds=1), DAY + 1),
        (datetime.timedelta(microseconds=-1), -1),
        (datetime.timedelta.max, 86_399_999_999_999_999_999),
    ],
)
def test_length_of_time(value: Any, expected: int) -> None:
    assert micros(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "-", "s", "abc", "1x", "1 2", "1s2", "1h30", "--1s", "+1s", "1h-30m", "1,5s",
        "1e3s", "inf", "nan", "\uff11s", "\u0661s", "1 s x", "s1", "1.s.", "0x10",
        True, False, math.inf, -math.inf, math.nan, "9" * 400 + "s", "-" + "9" * 400,
    ],
    ids=lambda value: repr(value)[:20],
)  # fmt: skip
def test_what_is_no_length_of_time_is_a_value_error(value: Any) -> None:
    with pytest.raises(ValueError, match="not a length of time"):
        micros(value)


@given(st.integers(-(10**15), 10**15))
def test_microseconds_are_exact(number: int) -> None:
    assert micros(datetime.timedelta(microseconds=number)) == number
    assert micros(f"{number}us") == number


@given(st.text())
def test_no_text_breaks_reading_a_length_of_time(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(micros(text), int)


NOON = 1_769_860_800_000_000
PLUS_8 = datetime.timezone(datetime.timedelta(hours=8))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31T12:00:00z", NOON),
        ("2026-01-31T12:00:00", NOON),
        ("2026-01-31 12:00:00", NOON),
        ("2026-01-31T20:00:00+08:00", NOON),
        ("2026-01-31T12:00:00.250000Z", NOON + 250_000),
        ("2026-01-31T12:00:00.250Z", NOON + 250_000),
        ("2026-01-31T12:00:00.7Z", NOON + 700_000),
        ("2026-01-31T12:00:00.123456789Z", NOON + 123_456),
        ("2026-01-31T12:00Z", NOON),
        (" 2026-01-31T12:00:00Z ", NOON),
        ("2026-01-31", NOON - 43_200_000_000),
        (1_769_860_800, NOON),
        (1_769_860_800.5, NOON + 500_000),
        (0, 0),
        (-1, -1_000_000),
        (datetime.datetime(2026, 1, 31, 12), NOON),  # noqa: DTZ001 one without a zone
        (datetime.datetime(2026, 1, 31, 12, tzinfo=UTC), NOON),
        (datetime.datetime(2026, 1, 31, 20, tzinfo=PLUS_8), NOON),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
        ("0001-01-01T00:00:00+14:00", -62_135_596_800_000_000 - 14 * 3_600_000_000),
    ],
    ids=repr,
)
def test_point_in_time(value: Any, expected: int) -> None:
    assert instant(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "Z", "now", "12:00", "2026-13-01T00:00:00Z", "2026-02-30", "2026-01-31T25:00:00Z",
        "10000-01-01T00:00:00Z", "0000-01-01", "2026-01-31T12:00:00ZZ", "2026-01-31T12:00:00+99:00",
        "\uff12026-01-31", True, math.nan, math.inf,
    ],
)  # fmt: skip
def test_what_is_no_point_in_time_is_a_value_error(value: Any) -> None:
    with pytest.raises(ValueError, match=r"not a (point in|length of) time"):
        instant(value)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_datetime_comes_back(moment: datetime.datetime) -> None:
    assert to_datetime(instant(moment)) == moment
    assert instant(moment.isoformat()) == instant(moment)
    assert instant(iso(instant(moment))) == instant(moment.replace(microsecond=0))


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (999_999, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (NOON, "2026-01-31T12:00:00Z"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00Z"),
        (-62_135_596_800_000_001, "0001-01-01T00:00:00Z"),
        (-(10**30), "0001-01-01T00:00:00Z"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59Z"),
        (10**30, "9999-12-31T23:59:59Z"),
    ],
)
def test_iso_is_utc_in_whole_seconds_within_the_calendar(at: int, text: str) -> None:
    assert iso(Instant(at)) == text


@given(st.integers())
def test_iso_has_always_one_form(at: int) -> None:
    text = iso(Instant(at))
    assert len(text) == 20
    assert text[4] + text[7] + text[10] + text[13] + text[16] + text[19] == "--T::Z"


# ---------------------------------------------------------------- the clock


def test_running_clock_is_outside_time() -> None:
    clock = Clock()
    before = outside()
    assert before <= clock.read() <= outside()
    assert not clock.frozen


def test_frozen_clock_stands() -> None:
    clock = Clock()
    clock.freeze("2026-01-31T12:00:00Z")
    assert clock.frozen
    assert clock.read() == clock.read() == NOON
    assert clock.now() == to_datetime(Instant(NOON))


def test_freeze_without_a_point_stands_where_it_was() -> None:
    clock = Clock()
    clock.freeze(NOON / 1_000_000)
    clock.freeze()
    assert clock.read() == NOON
    running = Clock()
    before = running.read()
    running.freeze()
    assert before <= running.read() <= outside()


@pytest.mark.parametrize("delta", ["3s", "-3s", 3, datetime.timedelta(seconds=-3), "0"])
def test_advance_moves_a_frozen_clock_exactly(delta: Any) -> None:
    clock = Clock()
    clock.freeze("2026-01-31T12:00:00Z")
    clock.advance(delta)
    assert clock.read() == NOON + micros(delta)
    assert clock.frozen


def test_advance_moves_a_running_clock_and_leaves_it_running() -> None:
    clock = Clock()
    clock.advance("1d")
    assert outside() + DAY - 60_000_000 < clock.read() <= outside() + DAY
    assert not clock.frozen


def test_move_to_sets_a_frozen_clock_exactly_and_a_running_one_going() -> None:
    clock = Clock()
    clock.move_to("2026-01-31T12:00:00Z")
    assert NOON <= clock.read() < NOON + 60_000_000
    assert not clock.frozen
    clock.freeze()
    clock.move_to("2001-01-01T00:00:00Z")
    assert clock.read() == instant("2001-01-01T00:00:00Z")
    assert clock.frozen


def test_resume_runs_on_and_does_nothing_to_a_running_clock() -> None:
    clock = Clock()
    clock.freeze("2026-01-31T12:00:00Z")
    clock.resume()
    assert NOON <= clock.read() < NOON + 60_000_000
    clock.resume()
    assert NOON <= clock.read() < NOON + 60_000_000


@pytest.mark.parametrize(
    "wrong",
    [
        lambda clock: clock.advance("soon"),
        lambda clock: clock.advance(math.inf),
        lambda clock: clock.move_to("soon"),
        lambda clock: clock.freeze("soon"),
    ],
    ids=["advance", "advance inf", "move_to", "freeze"],
)
def test_mistake_changes_nothing(wrong: Any) -> None:
    clock = Clock()
    clock.freeze("2026-01-31T12:00:00Z")
    with pytest.raises(ValueError, match="not a"):
        wrong(clock)
    assert (clock.read(), clock.frozen) == (NOON, True)


def test_each_change_is_told_and_its_answer_handed_on() -> None:
    clock = Clock(lambda: "what happened")
    assert clock.freeze() == "what happened"
    assert clock.advance(1) == "what happened"
    assert clock.move_to(NOON) == "what happened"
    assert clock.resume() == "what happened"


def test_two_clocks_are_two() -> None:
    one, two = Clock(), Clock()
    one.freeze("2026-01-31T12:00:00Z")
    assert not two.frozen
    assert two.read() != one.read()


@given(st.lists(st.integers(-(10**20), 10**20), max_size=8))
def test_beyond_the_calendar_nothing_breaks_and_nothing_is_lost(steps: list[int]) -> None:
    clock = Clock()
    clock.freeze(0)
    for step in steps:
        clock.advance(step)
        assert clock.now().year in range(1, 10_000)
        assert repr(clock)
        clock.resume()
        clock.freeze()
    elapsed = clock.read() - sum(steps) * 1_000_000
    assert 0 <= elapsed < 60_000_000  # what ran between resume and freeze


def test_looking_moves_no_clock_that_ticks_by_being_read() -> None:
    with ticking_by_reads("2026-01-31T12:00:00Z", 5):
        clock = Clock()
        assert clock.read(tick=False) == clock.read(tick=False) == NOON
        assert clock.read() == NOON
        assert clock.read(tick=False) == NOON + 5_000_000


def test_repr_says_when_and_whether_it_runs() -> None:
    clock = Clock()
    clock.freeze("2026-01-31T12:00:00Z")
    assert repr(clock) == "<Clock 2026-01-31T12:00:00Z frozen>"
    clock.resume()
    assert repr(clock).endswith(" running>")
