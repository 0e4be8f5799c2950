"""Troubles: the calls that a passing test should not hide, and how much they may hold on to."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from fake_ims.clock import Instant
from fake_ims.journal.book import Journal
from fake_ims.journal.calls import Call
from fake_ims.journal.excerpt import tell
from fake_ims.journal.troubles import Troubles

MEGABYTE = 1 << 20


def refused(journal: Journal, *, size: int = 0, **values: Any) -> Call:
    call = Call("SubmitASRJob", values.pop("parameters", {}), Instant(0))
    journal.add(call, size)
    call.code, call.message, call.status = "FakeIms.OperationNotImplemented", "no", 501
    call.traceback = values.pop("traceback", None)
    call.body = b"x" * size
    journal.finish(call)
    return call


def test_a_trouble_outlives_its_call_in_the_journal() -> None:
    journal = Journal(2, MEGABYTE, Troubles())
    for number in range(5):
        refused(journal, parameters={"Number": str(number)})
    told = tell(journal, ())
    assert told.count("  > <SubmitASRJob(Number=") == 5
    assert tell(journal, ()) == ""


def test_troubles_that_nobody_asks_for_hold_on_to_little() -> None:
    """A server in the foreground may run for weeks, and nobody calls check()."""
    journal = Journal(1, MEGABYTE, Troubles())
    for _ in range(1500):
        refused(
            journal,
            size=MEGABYTE,
            parameters={"A" * 5000: "x" * MEGABYTE, **{str(each): "" for each in range(1000)}},
            traceback="x" * MEGABYTE,
        )
    taken = journal.troubles.take()
    calls = [trouble.call for trouble in taken if trouble.call is not None]
    assert len(calls) == 1000
    held = sum(
        len(call.body) + len(call.traceback or "") + sum(map(len, call.parameters.values()))
        for call in calls
    )
    assert held < 16 * MEGABYTE


def test_a_large_call_is_told_like_any_other() -> None:
    journal = Journal(10, 9 * MEGABYTE, Troubles())
    refused(journal, size=MEGABYTE, parameters={"InputFile": "x" * MEGABYTE, "Title": "mine"})
    told = tell(journal, ())
    assert "  > <SubmitASRJob(InputFile='xxx" in told
    assert "Title='mine'" in told
    assert len(told) < 5000


def test_what_is_allowed_is_not_told_but_has_been_taken() -> None:
    journal = Journal(10, MEGABYTE, Troubles())
    refused(journal)
    refused(journal, traceback="Traceback\nLookupError: x")
    assert "internal_error" in tell(journal, ["not_implemented"])
    assert tell(journal, ()) == ""


@pytest.mark.parametrize(
    "texts",
    [
        {"access_key_id": "x" * MEGABYTE},
        {"user_agent": "x" * MEGABYTE},
        {"message": "x" * MEGABYTE},
        {"note": "x" * MEGABYTE},
        {"action": "x" * MEGABYTE},
        {"ignored": tuple(f"{each:099}" for each in range(10_000))},
    ],
)
def test_whatever_of_a_call_is_large_is_not_held(texts: dict[str, Any]) -> None:
    journal = Journal(1, 100 * MEGABYTE, Troubles())
    call = Call("SubmitASRJob", {}, Instant(0))
    journal.add(call)
    call.code, call.status = "FakeIms.NoWorld", 403
    for name, text in texts.items():
        setattr(call, name, text)
    journal.finish(call)
    ((_, held, _),) = journal.troubles.take()
    assert held is not None
    assert len(repr(dataclasses.asdict(held))) < MEGABYTE // 20


def test_a_large_call_that_was_dropped_before_its_end_is_not_held() -> None:
    journal = Journal(1, 100 * MEGABYTE, Troubles())
    call = Call("SubmitASRJob", {"A": "x" * MEGABYTE}, Instant(0))
    journal.add(call, MEGABYTE)
    journal.add(Call("GetMediaInfo", {}, Instant(0)))
    call.code, call.status = "FakeIms.OperationNotImplemented", 501
    journal.finish(call)
    ((_, held, _),) = journal.troubles.take()
    assert held is not None
    assert len(held.parameters["A"]) < 1000


def test_what_is_told_moves_no_cursor() -> None:
    journal = Journal(10, MEGABYTE, Troubles())
    call = Call("GetMediaInfo", {}, Instant(0))
    journal.add(call)
    call.code, call.message, call.status = "FakeIms.NoWorld", "the fake of \x1b[2J", 403
    journal.finish(call)
    assert "\x1b" not in tell(journal, ())


def test_what_is_no_call_is_told_once_and_can_be_taken_back() -> None:
    troubles = Troubles()
    for said in ("first", "second", "x" * MEGABYTE):
        troubles.add("undelivered", said)
    troubles.withdraw("undelivered", "first")
    troubles.withdraw("undelivered", "never said")
    second, large = troubles.take()
    assert (second.kind, second.call, second.said) == ("undelivered", None, "second")
    assert len(large.said) < MEGABYTE // 20
    assert troubles.take() == []
