"""Stubs that are functions: what they are given, what they may do, what becomes of their errors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from rpc import Reply, Rpc

from fake_ims import FakeIms, StubError, api_error
from fake_ims.gateway import answers
from fake_ims.gateway.catalogue import known_actions
from fake_ims.journal.calls import Call

ACTION = "SubmitASRJob"
internal = pytest.mark.fake_ims(allow="internal_error")


def test_a_function_is_given_the_call(fake_ims: FakeIms, rpc: Rpc) -> None:
    seen: list[Call] = []

    def job(call: Call) -> dict[str, Any]:
        seen.append(call)
        return {"JobId": f"{call.caller} {call.parameters['InputFile']}"}

    fake_ims.stub(ACTION, job)
    assert rpc(ACTION, InputFile="f").json["JobId"] == "default f"
    assert seen == list(fake_ims.calls)
    assert repr(fake_ims.stubs) == f"<1 stubs>\n  <stub {ACTION}: a function; answered 1>"


def test_a_function_can_refuse(fake_ims: FakeIms, rpc: Rpc) -> None:
    def busy(call: Call) -> dict[str, Any]:
        raise api_error("RequestsTooFrequent")

    def odd(call: Call) -> dict[str, Any]:
        raise api_error("ServiceBusy", status=599, message="\u6d4b")

    fake_ims.stub(ACTION, busy, times=1)
    fake_ims.stub(ACTION, odd)
    assert rpc(ACTION).refusal == (403, "RequestsTooFrequent", "Requests are too frequent")
    reply = rpc(ACTION)
    assert reply.refusal == (599, "ServiceBusy", "\u6d4b")
    assert list(reply.json) == ["RequestId", "HostId", "Code", "Message", "Recommend"]
    call = fake_ims.calls[-1]
    assert (call.code, call.stubbed, call.traceback) == ("ServiceBusy", True, None)


def test_departures_of_what_a_function_makes_are_noted(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.stub(ACTION, lambda call: {"jobId": "1", "JobId": 2})
    assert rpc(ACTION).status == 200
    note = fake_ims.calls[-1].note
    assert note.startswith('SubmitASRJob answers no "jobId"; did you mean JobId?; ')
    assert "JobId is the number 2, not text" in note
    assert "did you mean JobId?" in repr(fake_ims.calls)


# ---------------------------------------------------------------- what it may do


def test_a_function_may_use_its_fake(fake_ims: FakeIms, rpc: Rpc) -> None:
    def job(call: Call) -> dict[str, Any]:
        asset = fake_ims.register(InputURL=call.parameters["InputFile"])
        fake_ims.clock.advance("3s")
        assert fake_ims.calls[-1] is call
        with fake_ims.stub("GetCategories", {"SubTotal": 1}):
            assert rpc("GetCategories").json["SubTotal"] == 1
        status = rpc.status(asset.media_id)
        fake_ims.settle()
        return {"JobId": f"{asset.media_id} {status}"}

    fake_ims.stub(ACTION, job)
    media_id, status = rpc(ACTION, InputFile="oss://b/a.mp4").json["JobId"].split()
    assert (list(fake_ims.assets), status) == ([media_id], "Normal")
    assert [call.action for call in fake_ims.calls] == [ACTION, "GetCategories", "GetMediaInfo"]


def test_a_function_may_reset_its_fake(fake_ims: FakeIms, rpc: Rpc) -> None:
    def job(call: Call) -> dict[str, Any]:
        fake_ims.reset()
        return {"JobId": "j"}

    fake_ims.stub(ACTION, job)
    assert rpc(ACTION).json["JobId"] == "j"
    assert (len(fake_ims.calls), len(fake_ims.stubs)) == (0, 0)


def test_functions_that_call_the_fake_do_not_starve_each_other(fake_ims: FakeIms, rpc: Rpc) -> None:
    """More of them than the listener has threads, and all of them wait for one more answer."""
    count = 40
    together = threading.Barrier(count)

    def job(call: Call) -> dict[str, Any]:
        together.wait(15)
        return {"JobId": str(rpc("GetMediaInfo", MediaId="m").status)}

    fake_ims.stub(ACTION, job)
    assert [reply.json.get("JobId") for reply in at_once(count, lambda: rpc(ACTION))] == [
        "400"
    ] * count


def test_a_stub_may_end_while_its_function_runs(fake_ims: FakeIms, rpc: Rpc) -> None:
    def job(call: Call) -> dict[str, Any]:
        fake_ims.stubs.remove(stub)
        return {"JobId": "j"}

    stub = fake_ims.stub(ACTION, job)
    assert rpc(ACTION).json["JobId"] == "j"


def at_once(count: int, call: Callable[[], Reply]) -> list[Reply]:
    replies: list[Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(call())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return replies


@pytest.mark.fake_ims(allow="not_implemented")
def test_the_last_answer_of_a_stub_goes_to_one_call_and_the_others_fall_back(
    fake_ims: FakeIms, rpc: Rpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have seen that there is a stub, before either takes it."""
    together = threading.Barrier(2)
    authorise = fake_ims.ram.authorise

    def authorise_together(*args: Any) -> Any:
        together.wait(15)
        return authorise(*args)

    monkeypatch.setattr(fake_ims.ram, "authorise", authorise_together)
    fake_ims.stub(ACTION, {"JobId": "j"}, times=1)
    assert sorted(reply.status for reply in at_once(2, lambda: rpc(ACTION))) == [200, 501]
    fake_ims.stub("RegisterMediaInfo", {"MediaId": "stub"}, times=1)
    replies = at_once(2, lambda: rpc.register("oss://b/a.mp4"))
    assert sorted(reply.media_id == "stub" for reply in replies) == [False, True]
    assert len(fake_ims.assets) == 1


# ---------------------------------------------------------------- its errors


class Escape(BaseException):
    """What ``except Exception`` does not catch."""


@internal
@pytest.mark.parametrize(
    "error",
    [
        AssertionError("mine"), RecursionError("mine"), pytest.fail.Exception("mine"),
        pytest.skip.Exception("mine"), SystemExit("mine"), KeyboardInterrupt("mine"),
        Escape("mine"), StubError("mine"),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_whatever_it_raises_is_an_internal_error_with_a_traceback(
    fake_ims: FakeIms, rpc: Rpc, error: BaseException
) -> None:
    def broken(call: Call) -> dict[str, Any]:
        raise error

    stub = fake_ims.stub(ACTION, broken)
    assert rpc(ACTION).code == "InternalError"
    call = fake_ims.calls[-1]
    assert (call.status, call.stubbed, stub.answered) == (500, True, 1)
    assert "in broken" in (call.traceback or "")
    assert "mine" in (call.traceback or "")
    fake_ims.stub(ACTION, {"JobId": "j"})
    assert rpc(ACTION).status == 200, "it serves on"


def test_an_error_of_a_function_fails_the_test(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.stub(ACTION, lambda call: {"JobId": call.parameters["Absent"]})
    rpc(ACTION)
    with pytest.raises(AssertionError, match="KeyError: 'Absent'"):
        fake_ims.check()


@internal
def test_an_error_that_cannot_be_written_is_an_internal_error(fake_ims: FakeIms, rpc: Rpc) -> None:
    def broken(call: Call) -> dict[str, Any]:
        raise api_error("ServiceBusy", status=503, message="\ud800")

    fake_ims.stub(ACTION, broken)
    assert rpc(ACTION).code == "InternalError"
    assert rpc(ACTION).code == "InternalError"


# ---------------------------------------------------------------- coroutines


async def job_later(call: Call) -> dict[str, Any]:
    await asyncio.sleep(0)
    return {"JobId": "j"}


class Later:
    """Callable, and what it returns is to be awaited."""

    async def __call__(self, call: Call) -> dict[str, Any]:
        return await job_later(call)


@pytest.mark.parametrize("function", [job_later, Later()], ids=["function", "object"])
def test_a_coroutine_function_is_refused_at_once(fake_ims: FakeIms, function: Any) -> None:
    with pytest.raises(StubError, match="not a coroutine function"):
        fake_ims.stub(ACTION, function)


@internal
def test_a_coroutine_is_no_answer(fake_ims: FakeIms, rpc: Rpc) -> None:
    function: Any = lambda call: job_later(call)  # noqa: E731, PLW0108 (hidden from inspection)
    fake_ims.stub(ACTION, function)
    assert rpc(ACTION).code == "InternalError"
    assert "StubError: an answer is a mapping, not a coroutine" in (
        fake_ims.calls[-1].traceback or ""
    )


def test_an_error_that_is_raised_again_and_again_holds_on_to_no_call(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    """A module may make its error once, and raise it in every test of a run."""
    error = api_error("RequestsTooFrequent")

    def busy(call: Call) -> dict[str, Any]:
        raise error

    fake_ims.stub(ACTION, busy)
    for _ in range(3):
        assert rpc(ACTION).code == "RequestsTooFrequent"
    assert error.__traceback__ is None


def test_what_is_known_of_the_answer_is_read_in_the_thread_of_the_test(
    fake_ims: FakeIms, rpc: Rpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may import the official SDK with warnings silenced, which all threads would notice."""
    threads = []

    def modelled_shape(action: str) -> None:
        threads.append(threading.current_thread())

    monkeypatch.setattr(answers, "modelled_shape", modelled_shape)
    answers.shape_of.cache_clear()
    action = min(known_actions() - answers.documented_actions())
    fake_ims.stub(action, lambda call: {"Anything": 1})
    assert rpc(action).json["Anything"] == 1
    answers.shape_of.cache_clear()
    assert threads == [threading.main_thread()]
