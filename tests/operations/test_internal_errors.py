"""An error of our own: HTTP 500 in JSON, the traceback in the log and in the journal."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from rpc import Rpc

from fake_ims import FakeIms
from fake_ims.gateway.catalogue import Operation, Services
from fake_ims.operations import find
from fake_ims.serving import Refusal
from fake_ims.web.desk import Desk
from fake_ims.web.front import report

pytestmark = pytest.mark.fake_ims(allow="internal_error")

URL = "oss://bucket/a.mp4"


class BrokenError(Exception):
    """What a bug in a handler raises."""


def break_handler(ims: FakeIms, error: BaseException) -> None:
    """Let every operation of this world raise."""

    def handler(request: Any, services: Services) -> Any:
        raise error

    replace_operations(ims, handler=handler)


def replace_operations(ims: FakeIms, **changes: Any) -> None:
    """Let every operation of this world be another."""

    def find_changed(action: str) -> Operation | None:
        found = find(action)
        return None if found is None else found._replace(**changes)

    ims.world.find_operation = find_changed


def test_bug_in_a_handler_is_a_500_in_json(fake_ims: FakeIms, rpc: Rpc) -> None:
    break_handler(fake_ims, BrokenError("flux capacitor"))
    reply = rpc.register(URL)
    assert reply.refusal == (
        500,
        "InternalError",
        "The request processing has failed due to some unknown error.",
    )
    assert list(reply.json) == ["RequestId", "HostId", "Code", "Message", "Recommend"]
    assert reply.json["RequestId"] == reply.headers["x-acs-request-id"]
    assert b"flux capacitor" not in reply.body


def test_traceback_is_in_the_journal_and_in_the_log(
    fake_ims: FakeIms, rpc: Rpc, caplog: pytest.LogCaptureFixture
) -> None:
    break_handler(fake_ims, BrokenError("flux capacitor"))
    with caplog.at_level(logging.ERROR, logger="fake_ims"):
        rpc.register(URL)
    call = fake_ims.calls[-1]
    assert (call.status, call.code) == (500, "InternalError")
    assert call.traceback is not None
    assert "BrokenError: flux capacitor" in call.traceback
    assert "in handler" in call.traceback
    assert "BrokenError: flux capacitor" in caplog.text


def test_bug_is_no_error_of_the_next_request(fake_ims: FakeIms, rpc: Rpc) -> None:
    break_handler(fake_ims, BrokenError())
    assert rpc.register(URL).status == 500
    fake_ims.world.find_operation = find
    assert rpc.register(URL).status == 200


def test_lock_is_free_after_a_bug(fake_ims: FakeIms, rpc: Rpc) -> None:
    break_handler(fake_ims, BrokenError())
    for _ in range(40):  # more than the listener has threads
        assert rpc.register(URL).status == 500
    assert len(fake_ims.assets) == 0


@pytest.mark.parametrize("error", [RecursionError(), MemoryError(), KeyError("x"), OSError(5)])
def test_whatever_is_raised(fake_ims: FakeIms, rpc: Rpc, error: Exception) -> None:
    break_handler(fake_ims, error)
    assert rpc.register(URL).code == "InternalError"


def test_bug_in_writing_the_answer_is_a_500_too(fake_ims: FakeIms, rpc: Rpc) -> None:
    def handler(request: Any, services: Services) -> Any:
        return object()

    class Unwritable:
        def dump(self, result: Any) -> Any:
            raise BrokenError("cannot be written")

    broken: Any = Unwritable()
    replace_operations(fake_ims, handler=handler, response=broken)
    assert rpc.register(URL).code == "InternalError"
    assert "cannot be written" in (fake_ims.calls[-1].traceback or "")


def test_bug_in_what_was_pending_is_a_500_with_a_traceback(
    fake_ims: FakeIms, rpc: Rpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catching up is a step of a request like any other."""
    fake_ims.clock.freeze()

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise BrokenError("while catching up")

    rpc.register(URL)
    monkeypatch.setattr(fake_ims.world, "run_due", broken)
    reply = rpc.register("oss://b/b.mp4")
    assert reply.code == "InternalError"
    calls = [*fake_ims.calls, *fake_ims.server.calls]
    assert any("while catching up" in (call.traceback or "") for call in calls)


def test_the_log_of_what_the_listener_dealt_with_moves_no_cursor(
    caplog: pytest.LogCaptureFixture,
) -> None:
    desk = Desk()
    report(Refusal(500, "Internal Server Error", "LookupError: \x1b[2J", "client", "\x1b"), desk)
    (call,) = desk.journal.snapshot()
    assert call.status == 500
    assert "\\x1b[2J" in caplog.text
    assert "\x1b" not in caplog.text
