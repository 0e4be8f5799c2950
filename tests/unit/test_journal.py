"""The journal: its bounds in number and bytes, under threads too; troubles; what a call tells."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import recorded

from fake_ims.clock import Instant
from fake_ims.faults.effects import Reset
from fake_ims.faults.fault import Fault, Scope
from fake_ims.journal.book import Journal
from fake_ims.journal.calls import Call, Calls
from fake_ims.journal.troubles import Trouble, Troubles

ENTRY = 1024  # what an entry counts beside its texts


def journal(size: int = 1000, max_bytes: int = 1 << 30) -> Journal:
    return Journal(size, max_bytes, Troubles())


def a_call(action: str = "GetMediaInfo", **fields: Any) -> Call:
    return Call(action, {}, Instant(0), **fields)


def actions(calls: Calls) -> list[str]:
    return [call.action for call in calls]


def fill(book: Journal, count: int, size: int = 0) -> list[Call]:
    calls = [a_call(str(number)) for number in range(count)]
    for call in calls:
        book.add(call, size)
    return calls


# ---------------------------------------------------------------- bounds


def test_the_latest_calls_are_kept_and_the_others_counted() -> None:
    book = journal(size=3)
    fill(book, 5)
    found = book.snapshot()
    assert actions(found) == ["2", "3", "4"]
    assert found.dropped == 2


def test_nothing_is_dropped_up_to_the_bounds() -> None:
    book = journal(size=3, max_bytes=3 * (ENTRY + 10))
    fill(book, 3, size=10)
    assert (len(book.snapshot()), book.snapshot().dropped) == (3, 0)
    book.add(a_call("3"))
    assert actions(book.snapshot()) == ["1", "2", "3"]


def test_calls_are_dropped_by_what_was_sent() -> None:
    book = journal(max_bytes=3 * ENTRY)
    fill(book, 2)
    book.add(a_call("large"), ENTRY)
    assert actions(book.snapshot()) == ["1", "large"]
    assert book.snapshot().dropped == 1


def test_calls_are_dropped_by_what_was_answered() -> None:
    book = journal(max_bytes=3 * ENTRY)
    calls = fill(book, 3)
    calls[2].body = b"x"
    book.finish(calls[2])
    assert actions(book.snapshot()) == ["1", "2"]


def test_the_latest_is_kept_however_large_it_is() -> None:
    book = journal(max_bytes=ENTRY)
    fill(book, 2)
    book.add(a_call("large"), 1 << 40)
    assert actions(book.snapshot()) == ["large"]
    book.add(a_call("next"))
    assert actions(book.snapshot()) == ["next"]
    assert book.snapshot().dropped == 3


def test_a_call_may_be_dropped_before_its_answer_is_known() -> None:
    book = journal(size=1, max_bytes=10 * ENTRY)
    first, second = fill(book, 2)
    first.body = b"x" * 100 * ENTRY
    book.finish(first)
    assert actions(book.snapshot()) == ["1"]
    assert (first.size, second.size) == (0, ENTRY)


def test_a_large_answer_may_drop_its_own_call() -> None:
    book = journal(max_bytes=10 * ENTRY)
    first, *_ = fill(book, 2)
    first.body = b"x" * 100 * ENTRY
    book.finish(first)
    assert actions(book.snapshot()) == ["1"]
    assert sum(call.size for call in book.snapshot()) == ENTRY


def test_snapshots_do_not_change() -> None:
    book = journal(size=2)
    fill(book, 2)
    before = book.snapshot()
    fill(book, 2)
    assert (actions(before), before.dropped) == (["0", "1"], 0)


def test_calls_after_a_count_are_those_that_are_kept() -> None:
    book = journal(size=3)
    fill(book, 2)
    _, count = book.after(0)
    assert count == 2
    fill(book, 5)
    calls, count = book.after(count)
    assert (actions(calls), count) == (["2", "3", "4"], 7)
    calls, count = book.after(6)
    assert (actions(calls), count) == (["4"], 7)
    assert book.after(7) == ((), 7)


@given(
    st.integers(1, 5),
    st.integers(0, 6 * ENTRY),
    st.lists(st.tuples(st.integers(0, 3 * ENTRY), st.integers(0, 3 * ENTRY), st.booleans())),
)
def test_bounds_hold_whatever_is_entered(
    size: int, most: int, entries: list[tuple[int, int, bool]]
) -> None:
    book = journal(size, most)
    late: list[Call] = []
    for sent, answered, at_once in entries:
        call = a_call(body=b"x" * answered)
        book.add(call, sent)
        late.append(call)
        if at_once:
            book.finish(late.pop(0))
        kept = book.snapshot()
        assert kept[-1] is call
        assert len(kept) <= size
        assert sum(each.size for each in kept) <= most or len(kept) == 1
    for call in late:
        book.finish(call)
    assert book.snapshot().dropped + len(book.snapshot()) == len(entries)


@pytest.fixture
def restless() -> Iterator[None]:
    """Threads that change as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless")
def test_many_threads_may_enter_calls() -> None:
    book = journal(size=20, max_bytes=15 * ENTRY)
    everything: list[Call] = []
    failures: list[BaseException] = []

    def enter(thread: int) -> None:
        try:
            for number in range(300):
                call = a_call(f"{thread}.{number}", body=b"x" * (number % 7 * 100), code="x")
                everything.append(call)
                book.add(call, number % 5 * 100)
                book.snapshot()
                book.finish(call)
                book.troubles.take()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    kept = book.snapshot()
    assert kept.dropped + len(kept) == len(everything) == 2400
    assert sum(call.size for call in everything) == sum(call.size for call in kept)
    assert sum(call.size for call in kept) <= 15 * ENTRY
    (last,) = (a_call("last"),)
    book.add(last, 1 << 30)
    assert book.snapshot() == (last,)
    assert sum(call.size for call in everything) == 0


# ---------------------------------------------------------------- troubles


def fault() -> Fault:
    return Fault(
        Scope(), Reset(), None, False, None, 0, 1.0, None, "seed", lambda fault: None
    )  # fmt: skip


def test_troubles_are_told_once_even_of_dropped_calls() -> None:
    book = journal(size=1)
    calls = [
        a_call(code="FakeIms.OperationNotImplemented"),
        a_call(code="FakeIms.EndedWorld"),
        a_call(code="FakeIms.NoWorld"),
        a_call(code="InternalError", traceback="Traceback"),
        a_call(code="InvalidParameter"),
        a_call(),
    ]
    for call in calls:
        book.add(call)
    for call in calls:
        book.finish(call)
    kinds = ["not_implemented", "stray", "stray", "internal_error"]
    assert book.troubles.take() == [
        Trouble(kind, call) for kind, call in zip(kinds, calls[:4], strict=True)
    ]
    assert book.troubles.take() == []


def test_what_a_fault_answered_is_no_trouble() -> None:
    troubles = Troubles()
    troubles.look_at(a_call(code="FakeIms.OperationNotImplemented", faults=(fault(),)))
    assert troubles.take() == []


def test_troubles_are_bounded() -> None:
    troubles = Troubles()
    for number in range(5000):
        troubles.look_at(a_call(str(number), code="FakeIms.NoWorld"))
    found = troubles.take()
    assert 0 < len(found) < 5000
    assert [trouble.call.action for trouble in found[-1:] if trouble.call] == ["4999"]


# ---------------------------------------------------------------- a call


def expected_client(name: str) -> str:
    if name.startswith("cli_"):
        return "Aliyun-CLI"
    language = {"go": "Golang", "no": "Node.js", "py": "Python"}[name[:2]]
    return f"AlibabaCloud {language}"


@pytest.mark.parametrize("name", sorted(recorded()))
def test_recorded_clients_are_told_by_their_user_agent(name: str) -> None:
    for request in recorded()[name]:
        call = a_call(user_agent=request.http.headers["user-agent"])
        assert call.client == expected_client(name)
        assert re.fullmatch(r"\d+\.\d+(\.\d+)?", call.client_version)


@pytest.mark.parametrize(
    ("user_agent", "client", "version"),
    [
        ("", "", ""),
        ("   ", "", ""),
        ("()", "", ""),
        ("/", "", ""),
        ("curl/8.5.0", "curl", "8.5.0"),
        ("curl", "curl", ""),
        ("python-requests/2.32.3", "python-requests", "2.32.3"),
        ("Mozilla/5.0 (X11; Linux) Gecko/1", "Mozilla", "5.0"),
        ("AlibabaCloud", "AlibabaCloud", ""),
        ("AlibabaCloud (Linux) Python/3.11.7 Core/1.2.3", "AlibabaCloud Python", "1.2.3"),
        ("AlibabaCloud (Linux) Python/3.11.7", "AlibabaCloud Python", ""),
        ("AlibabaCloud (a; b) Golang/1 Core/0.01 mine/9 Core/7", "AlibabaCloud Golang", "0.01"),
        ("AlibabaCloud (Linux Python/1", "AlibabaCloud Linux", ""),
    ],
)
def test_odd_user_agents_are_read_as_far_as_they_go(
    user_agent: str, client: str, version: str
) -> None:
    call = a_call(user_agent=user_agent)
    assert (call.client, call.client_version) == (client, version)


@pytest.mark.parametrize("piece", ["(", ")", "/", "a/", "a/(", " ", "()", ";", "\x00", "\ud800"])
def test_huge_user_agents_are_read_in_no_time(piece: str) -> None:
    call = a_call(user_agent=piece * 1_000_000)
    assert len(call.client) <= 1000


@given(st.text())
def test_any_user_agent_can_be_read(user_agent: str) -> None:
    call = a_call(user_agent=user_agent)
    assert isinstance(call.client, str)
    assert isinstance(call.client_version, str)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'{"MediaId": "x"}', {"MediaId": "x"}),
        (b"", ""),
        (b"<a>1</a>", "<a>1</a>"),
        (b'{"MediaId', '{"MediaId'),
        ("é".encode(), "é"),
        (b"\xff\x00", "\ufffd\x00"),
        (b"[" * 200_000, "[" * 200_000),
    ],
    ids=["json", "none", "xml", "half", "text", "binary", "deep"],
)
def test_answer_is_read_as_far_as_it_can_be(body: bytes, answer: object) -> None:
    assert a_call(body=body).answer == answer


@given(st.binary())
def test_any_answer_can_be_read(body: bytes) -> None:
    answer = a_call(body=body).answer
    assert isinstance(answer, str) or json.dumps(answer)


def test_a_fault_is_told_in_the_repr_of_its_call() -> None:
    assert "connection reset" in repr(a_call(faults=(fault(),)))


def test_a_long_value_is_cut_in_the_repr_of_its_call_with_its_own_length() -> None:
    call = Call("A", {"Title": "x" * 161, "Short": "y" * 160}, Instant(0))
    half = "x" * 80
    assert f"Title='{half}'...(161 characters)...'{half}', Short='{'y' * 160}')" in repr(call)


def test_a_traceback_counts_as_well() -> None:
    book = journal(max_bytes=10 * ENTRY)
    for number in range(5):
        call = a_call(str(number))
        book.add(call)
        call.traceback = "x" * 4 * ENTRY
        book.finish(call)
    assert actions(book.snapshot()) == ["3", "4"]
