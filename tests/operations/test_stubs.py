"""Answers of the test's own: for which calls, how often, and what may be answered."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from types import MappingProxyType
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rpc import WAYS, Reply, Rpc
from signed import Signed

from fake_ims import FakeIms, StubError, StubWarning, api_error

ACTION = "SubmitASRJob"
JOB = {"JobId": "job-1"}


def answers(rpc: Rpc, count: int) -> list[str]:
    return [rpc(ACTION).json["JobId"] for _ in range(count)]


# ---------------------------------------------------------------- which calls


@pytest.mark.parametrize("way", WAYS)
def test_an_operation_that_is_not_implemented_is_answered(
    fake_ims: FakeIms, rpc: Rpc, way: str
) -> None:
    fake_ims.stub(ACTION, JOB)
    reply = WAYS[way](rpc, ACTION, {"InputFile": "oss://b/a.mp4"})
    assert (reply.status, reply.json["JobId"]) == (200, "job-1")
    assert list(reply.json) == ["RequestId", "JobId"]
    assert reply.json["RequestId"] == reply.headers["x-acs-request-id"]
    call = fake_ims.calls.assert_called(ACTION, InputFile="oss://b/a.mp4", times=1)
    assert (call.ok, call.stubbed, call.note) == (True, True, "")
    assert call.request_id == reply.json["RequestId"]


def test_an_operation_that_is_implemented_is_answered_by_the_stub_first(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    with fake_ims.stub("RegisterMediaInfo", {"MediaId": "mine"}):
        assert rpc("RegisterMediaInfo").json["MediaId"] == "mine", "its parameters are not checked"
        assert len(fake_ims.assets) == 0
    assert rpc("RegisterMediaInfo").code == "MissingInputURL"
    assert not fake_ims.calls[-1].stubbed


def test_another_operation_and_another_version_are_not_answered(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    stub = fake_ims.stub("GetCategories", {})
    assert rpc("GetMediaInfo", MediaId="m").code == "InvalidParameter"
    assert rpc("GetCategories", Version="2019-01-01").code == "InvalidVersion"
    assert stub.answered == 0


def test_a_limited_stub_answers_before_an_unlimited_one_and_the_latest_of_those_last(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.stub(ACTION, {"JobId": "old"})
    fake_ims.stub(ACTION, {"JobId": "first"}, times=1)
    fake_ims.stub(ACTION, {"JobId": "then"}, times=2)
    fake_ims.stub(ACTION, {"JobId": "new"})
    assert answers(rpc, 5) == ["first", "then", "then", "new", "new"]


@pytest.mark.fake_ims(allow="not_implemented")
def test_used_up_stubs_leave_the_operation_as_it_is_without(fake_ims: FakeIms, rpc: Rpc) -> None:
    stub = fake_ims.stub(ACTION, JOB, times=1)
    assert (stub.left, stub.answered) == (1, 0)
    assert rpc(ACTION).status == 200
    assert (stub.left, stub.answered) == (0, 1)
    assert rpc(ACTION).status == 501
    assert repr(stub) == f"<stub {ACTION}: {JOB}; answered 1 of 1>"


@pytest.mark.fake_ims(allow="not_implemented")
def test_a_stub_ends_with_its_block_and_so_does_one_in_a_nested_block(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    with fake_ims.stub(ACTION, {"JobId": "outer"}) as outer:
        with fake_ims.stub(ACTION, {"JobId": "inner"}):
            assert answers(rpc, 1) == ["inner"]
        assert answers(rpc, 1) == ["outer"]
        assert list(fake_ims.stubs) == [outer]
        fake_ims.stubs.remove(outer)
        assert rpc(ACTION).status == 501
    assert len(fake_ims.stubs) == 0


def test_stubs_belong_to_the_world(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.stub(ACTION, {"JobId": "before"})
    with fake_ims.scratch():
        assert len(fake_ims.stubs) == 0
        fake_ims.stub(ACTION, {"JobId": "inside"})
        assert answers(rpc, 1) == ["inside"]
    assert answers(rpc, 1) == ["before"]
    fake_ims.reset()
    assert len(fake_ims.stubs) == 0


def test_two_worlds_do_not_see_each_others_stubs(
    fake_ims: FakeIms, rpc: Rpc, fake_ims_factory: Callable[..., Any]
) -> None:
    with fake_ims_factory(allow="not_implemented") as other:
        fake_ims.stub(ACTION, JOB)
        assert Rpc(other)(ACTION).status == 501
        assert rpc(ACTION).status == 200


@pytest.mark.fake_ims(allow="not_implemented")
def test_times_are_exact_from_many_threads(fake_ims: FakeIms, rpc: Rpc) -> None:
    for number in range(5):
        fake_ims.stub(ACTION, {"JobId": str(number)}, times=7)
    seen: Counter[Any] = Counter()
    start = threading.Barrier(16)

    def work() -> None:
        start.wait(20)
        for _ in range(4):
            reply = rpc(ACTION)
            seen[reply.json.get("JobId", reply.status)] += 1

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert seen == {"0": 7, "1": 7, "2": 7, "3": 7, "4": 7, 501: 64 - 35}


# ---------------------------------------------------------------- what comes before it


def test_ram_is_asked_and_a_refused_call_does_not_use_a_stub_up(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    stub = fake_ims.stub(ACTION, JOB, times=1)
    fake_ims.ram.deny(f"ice:{ACTION}")
    refused = rpc(ACTION)
    assert (refused.status, refused.code) == (403, "Forbidden")
    assert stub.answered == 0
    fake_ims.ram.allow(f"ice:{ACTION}")
    assert rpc(ACTION).status == 200


@pytest.mark.fake_ims(mode="enforce")
def test_a_signature_is_verified_first(fake_ims: FakeIms, rpc: Rpc) -> None:
    stub = fake_ims.stub(ACTION, JOB)
    assert rpc(ACTION).status == 400
    wrong = Signed(fake_ims, fake_ims.access_key_id, "wrong")
    assert wrong.rpc(ACTION).code == wrong.acs3(ACTION).code == "SignatureDoesNotMatch"
    assert stub.answered == 0
    assert Signed(fake_ims).rpc(ACTION).status == Signed(fake_ims).acs3(ACTION).status == 200


@pytest.mark.fake_ims(mode="enforce", allow="not_implemented")
def test_what_may_be_called_without_a_signature_still_may(fake_ims: FakeIms, rpc: Rpc) -> None:
    def call() -> Reply:
        return rpc.raw("POST", "/?Action=GetPublicMediaInfo&Version=2020-11-09&MediaId=m")

    assert call().status == 501
    fake_ims.stub("GetPublicMediaInfo", {})
    assert call().status == 200


@pytest.mark.fake_ims(mode="soft")
def test_in_soft_mode_what_would_be_refused_is_noted(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.stub(ACTION, JOB)
    fake_ims.ram.deny("ice:*")
    assert rpc(ACTION).status == 200
    assert "Forbidden" in [each.code for each in fake_ims.calls[-1].would_refuse]


# ---------------------------------------------------------------- faults


def test_a_fault_instead_of_the_work_leaves_the_stub_alone(fake_ims: FakeIms, rpc: Rpc) -> None:
    stub = fake_ims.stub(ACTION, JOB, times=1)
    fake_ims.faults.add(ACTION, code="Throttling.User", times=1)
    assert rpc(ACTION).code == "Throttling.User"
    assert (stub.answered, fake_ims.calls[-1].stubbed) == (0, False)
    assert answers(rpc, 1) == ["job-1"]


def test_a_fault_after_the_work_spoils_what_the_stub_answered(fake_ims: FakeIms, rpc: Rpc) -> None:
    stub = fake_ims.stub(ACTION, JOB)
    fake_ims.faults.add(ACTION, answer="malformed", times=1)
    body = rpc(ACTION).body
    with pytest.raises(ValueError, match=r"."):
        json.loads(body)
    fake_ims.faults.add(ACTION, code="InternalError", after_work=True, times=1)
    assert rpc(ACTION).code == "InternalError"
    assert stub.answered == 2
    assert answers(rpc, 1) == ["job-1"]


# ---------------------------------------------------------------- RequestId, and XML


@pytest.mark.parametrize("given", ["my-request", "A_b.c:1", "x" * 64])
def test_a_request_id_can_be_given(fake_ims: FakeIms, rpc: Rpc, given: str) -> None:
    fake_ims.stub(ACTION, {"RequestId": given, **JOB})
    reply = rpc(ACTION)
    assert reply.json == {"RequestId": given, "JobId": "job-1"}
    assert reply.headers["x-acs-request-id"] == fake_ims.calls[-1].request_id == given


@pytest.mark.parametrize("given", ["", "a b", "a\r\nSet-Cookie: b", "\u00e9", "x" * 65])
def test_a_request_id_that_no_header_can_hold_is_in_the_body_alone(
    fake_ims: FakeIms, rpc: Rpc, given: str
) -> None:
    fake_ims.stub(ACTION, {"RequestId": given, **JOB})
    reply = rpc(ACTION)
    assert reply.json["RequestId"] == given
    assert reply.headers["x-acs-request-id"] == fake_ims.calls[-1].request_id
    assert len(fake_ims.calls[-1].request_id) == 36
    assert "set-cookie" not in reply.headers


def test_xml(fake_ims: FakeIms, rpc: Rpc) -> None:
    category = {"CateName": "<&\x00\u6d4b", "CateId": 5, "Type": None}
    fake_ims.stub("AddCategory", {"Category": category})
    tree = ET.fromstring(rpc("AddCategory", Format="XML").body)
    assert tree.tag == "AddCategoryResponse"
    assert tree.findtext("Category/CateName") == "<&\ufffd\u6d4b"
    assert tree.findtext("Category/CateId") == "5"
    assert tree.find("Category/Type") is None, "null is as good as absent"


# ---------------------------------------------------------------- what can be answered


def test_what_the_test_does_to_its_objects_later_changes_nothing(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    mine: dict[str, Any] = {"JobId": "before"}
    fake_ims.stub(ACTION, MappingProxyType(mine))
    mine["JobId"] = "after"
    assert answers(rpc, 1) == ["before"]


def test_a_large_answer_arrives_whole(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.stub(ACTION, {"JobId": "\u6d4b" * 3_000_000})
    assert len(rpc(ACTION).json["JobId"]) == 3_000_000
    assert len(repr(fake_ims.stubs)) < 1000


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    for _ in range(depth):
        inner = {"In": inner}
    return inner


@pytest.mark.parametrize("form", ["JSON", "XML"])
def test_a_deep_answer_arrives_in_either_form(fake_ims: FakeIms, rpc: Rpc, form: str) -> None:
    with pytest.warns(StubWarning):
        fake_ims.stub("RegisterMediaInfo", nested(99))
    assert rpc("RegisterMediaInfo", Format=form).body.count(b"In") >= 99
    assert "..." in repr(fake_ims.stubs)


def circular() -> dict[str, Any]:
    mine: dict[str, Any] = {}
    mine["JobId"] = [mine]
    return mine


class Unpresentable:
    """What cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError


IMPOSSIBLE = {
    "bytes": {"JobId": b"x"},
    "set": {"JobId": {1}},
    "object": {"JobId": object()},
    "NaN": {"JobId": float("nan")},
    "infinity": {"JobId": [float("-inf")]},
    "surrogate": {"JobId": "\ud800"},
    "surrogate name": {"\udfff": "x"},
    "tuple as a name": {("a",): "x"},
    "circle": circular(),
    "101 deep": nested(101),
    "10,000 deep": nested(10_000),
    "lists 500 deep": {"JobId": json.loads("[" * 500 + "]" * 500)},
    "a very long number": {"JobId": 10**5000},
    "list": ["JobId"],
    "text": '{"JobId": "x"}',
    "None": None,
    "unpresentable": Unpresentable(),
    "error": api_error("InternalError"),
}


@pytest.mark.parametrize("response", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_json_cannot_say_is_refused_at_once(fake_ims: FakeIms, response: Any) -> None:
    with pytest.raises(StubError):
        fake_ims.stub(ACTION, response)
    assert len(fake_ims.stubs) == 0


@pytest.mark.parametrize("response", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
@pytest.mark.fake_ims(allow="internal_error")
def test_what_json_cannot_say_is_an_internal_error_when_a_function_makes_it(
    fake_ims: FakeIms, rpc: Rpc, response: Any
) -> None:
    fake_ims.stub(ACTION, lambda call: response)
    reply = rpc(ACTION)
    assert (reply.status, reply.code) == (500, "InternalError")
    assert "StubError" in (fake_ims.calls[-1].traceback or "")


@pytest.mark.parametrize(
    ("action", "times", "message"),
    [
        ("SubmitAsrJob", None, r"no operation 'SubmitAsrJob'; did you mean SubmitASRJob\?"),
        ("submit_asr_job", None, r"did you mean SubmitASRJob\?"),
        ("SubmitASRJbo", None, r"did you mean SubmitASRJob\?"),
        ("", None, "no operation ''"),
        (None, None, "no operation None"),
        ([], None, r"no operation \[\]"),
        (ACTION, 0, "at least 1, not 0"),
        (ACTION, -1, "not -1"),
        (ACTION, 1.0, r"not 1\.0"),
        (ACTION, True, "not True"),
        (ACTION, "1", "not '1'"),
    ],
)
def test_what_cannot_be_stubbed(fake_ims: FakeIms, action: Any, times: Any, message: str) -> None:
    with pytest.raises(StubError, match=message):
        fake_ims.stub(action, JOB, times=times)


def test_an_ended_or_unstarted_fake_takes_no_stub() -> None:
    ims = FakeIms()
    with pytest.raises(RuntimeError, match="not started"):
        ims.stub(ACTION, JOB)


# ---------------------------------------------------------------- departures


def test_what_the_service_does_not_answer_is_a_warning_at_the_users_line(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    with pytest.warns(StubWarning) as caught:
        fake_ims.stub(ACTION, {"jobID": "1", "Status": {}})
    assert [str(each.message) for each in caught][:1] == [
        'SubmitASRJob answers no "jobID"; did you mean JobId?'
    ]
    with pytest.warns(StubWarning) as caught_too:
        fake_ims.stubs.add(ACTION, {"JobId": 5})
    assert [len(caught), len(caught_too)] == [2, 1]
    assert {each.filename for each in (*caught, *caught_too)} == {__file__}
    assert rpc(ACTION).json["JobId"] == 5, "they answer nevertheless"


def test_a_warning_that_is_an_error_adds_no_stub(fake_ims: FakeIms) -> None:
    with pytest.raises(StubWarning):
        fake_ims.stub(ACTION, {"jobID": "1"})
    assert len(fake_ims.stubs) == 0


def test_null_and_what_is_not_there_are_no_departures(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.stub(ACTION, {"JobId": None})
    assert rpc(ACTION).json["JobId"] is None
    fake_ims.stub(ACTION, {})
    assert list(rpc(ACTION).json) == ["RequestId"]
