"""Faults over HTTP: what a caller gets, what is done nevertheless, and what the journal says."""

from __future__ import annotations

import http.client
import json
import random
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from xml.etree import ElementTree

import pytest
from freezegun import freeze_time
from patience import until
from rpc import Reply, Rpc
from signed import Signed

from fake_ims import FakeIms, FakeServer, errors
from fake_ims.clock import real_monotonic
from fake_ims.reporting import describe

URL = "oss://bucket/a.mp4"
GET, REGISTER = "GetMediaInfo", "RegisterMediaInfo"
TOKEN = "0" * 32
HANG = 20
LONG = "10m"  # nobody waits for it: it is ended


@pytest.fixture
def media_id(fake_ims: FakeIms) -> str:
    """An asset that is there, so that GetMediaInfo succeeds."""
    return fake_ims.register(InputURL=URL).media_id


# ---------------------------------------------------------------- errors

KINDS = {kind.code: kind for kind in reversed(errors.kinds())}
"""The first of each code: the one that a fault takes."""


@pytest.mark.parametrize("code", KINDS)
def test_every_error_of_the_table(fake_ims: FakeIms, rpc: Rpc, code: str) -> None:
    fake_ims.faults.add(code=code)
    reply = rpc.register(URL)
    assert reply.status == KINDS[code].status
    assert reply.code == code.replace("{name}", "InputURL")
    assert not {*"{}"} & {*reply.message}
    assert reply.json["RequestId"] == reply.headers["x-acs-request-id"]
    (call,) = fake_ims.calls
    assert (call.status, call.code, call.message) == reply.refusal
    assert fake_ims.world.journal.troubles.take() == []


def test_templates_are_filled_from_the_call(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    fake_ims.faults.add(code="MediaAlreadyExist", times=1)
    url = "oss://bucket/{braces}.mp4"
    message = rpc.register(url).message
    assert message.startswith(f'The media with the given inputUrl "{url}" has already been')
    made_up = message.rpartition(' "')[2].rstrip('".')
    assert len(made_up) == 32
    assert made_up != media_id
    fake_ims.faults.add(code="MediaAlreadyExist", values={"media_id": media_id}, times=1)
    assert rpc.register(url).message.endswith(f'"{media_id}".')
    fake_ims.faults.add(code="MissingTitle")
    assert rpc.register(url).refusal == (400, "MissingTitle", "Title is mandatory for this action.")


def test_status_message_and_headers_of_ones_own(fake_ims: FakeIms, rpc: Rpc) -> None:
    headers = {"Content-Type": "application/json", "X-Mine": "1"}
    options: dict[str, Any] = {"status": 418, "message": "m {x}", "headers": headers}
    fake_ims.faults.add(code="Forbidden", **options, retry_after="2s")
    connection = http.client.HTTPConnection(fake_ims.endpoint, timeout=HANG)
    connection.request("GET", rpc.target(GET))
    response = connection.getresponse()
    assert response.status == 418
    assert response.headers.get_all("content-type") == ["application/json"]
    assert response.headers["x-mine"] == "1"
    assert response.headers["x-acs-retry-after"] == "2000"
    assert json.loads(response.read())["Message"] == "m {x}"
    connection.close()


def test_an_error_that_the_fake_does_not_know(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.faults.add(code="Quota {x}", status=429, message="Too \u591a.")
    assert rpc.register(URL).refusal == (429, "Quota {x}", "Too \u591a.")


@pytest.mark.parametrize(("setting", "status"), [("400", 400), ("429", 429)])
def test_status_of_throttling_is_the_setting(setting: str, status: int) -> None:
    with FakeIms(throttling_status=setting) as ims:
        ims.faults.add(code="Throttling.User", times=1)
        assert Rpc(ims).register(URL).status == status
        ims.faults.add(code="Throttling.User", status=500)
        assert Rpc(ims).register(URL).status == 500
        assert [call.relied_on for call in ims.calls] == [("throttling_status",), ()]


def test_in_xml(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    with fake_ims.faults.add(code="Throttling.User", message="<slow>"):
        reply = rpc(GET, Format="XML", MediaId=media_id)
    assert reply.headers["content-type"] == "text/xml;charset=utf-8"
    assert ElementTree.fromstring(reply.body).findtext("Message") == "<slow>"
    with fake_ims.faults.add(answer="malformed"):
        reply = rpc(GET, Format="XML", MediaId=media_id)
    assert reply.status == 200
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(reply.body)


# ---------------------------------------------------------------- other answers


@pytest.mark.parametrize(
    ("options", "status", "kind", "body"),
    [
        ({"status": 503}, 503, None, b""),
        ({"status": 204}, 204, None, b""),
        ({"status": 304, "body": "x"}, 304, "text/plain;charset=utf-8", b""),
        ({"body": {"a": "\xe4"}}, 200, "application/json;charset=utf-8", b'{"a": "\xc3\xa4"}'),
        ({"body": "x" * 3_000_000}, 200, "text/plain;charset=utf-8", b"x" * 3_000_000),
        ({"status": 599, "body": b"\0"}, 599, "application/octet-stream", b"\0"),
        ({"status": 302, "headers": {"Location": "/x"}}, 302, None, b""),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_answer_as_it_is(
    fake_ims: FakeIms, rpc: Rpc, options: dict[str, Any], status: int, kind: str, body: bytes
) -> None:
    fake_ims.faults.add(**options, times=1)
    reply = rpc.register(URL)
    assert (reply.status, reply.headers.get("content-type"), reply.body) == (status, kind, body)
    assert not len(fake_ims.assets)
    call = fake_ims.calls[-1]
    assert (call.status, call.code) == (status, None)
    assert len(repr(call)) < 500
    rpc.register(URL)
    assert len(fake_ims.assets) == 1


def test_a_page_of_a_proxy(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.faults.add(answer="html")
    reply = rpc.register(URL)
    assert (reply.status, reply.headers["content-type"]) == (502, "text/html")
    assert reply.body.startswith(b"<html>")
    fake_ims.faults.clear()
    fake_ims.faults.add(answer="html", status=200)
    assert rpc.register(URL).status == 200
    assert not len(fake_ims.assets)


def test_malformed(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    fake_ims.faults.add(answer="malformed")
    reply = rpc(GET, MediaId=media_id)
    assert reply.status == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)
    assert fake_ims.calls[-1].body == reply.body
    assert fake_ims.calls[-1].answer == reply.body.decode()


def test_half(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.faults.add(answer="half")
    with pytest.raises(http.client.IncompleteRead) as cut:
        rpc.register(URL)
    assert cut.value.partial.startswith(b'{"RequestId":')
    assert len(fake_ims.assets) == 1
    assert fake_ims.calls[-1].status == 200


def sent(ims: FakeIms, target: str, method: str = "POST") -> socket.socket:
    """A connection on which a request has been sent."""
    host, _, port = ims.endpoint.rpartition(":")
    sock = socket.create_connection((host, int(port)), timeout=HANG)
    sock.sendall(f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    return sock


def test_reset(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.faults.add(reset=True)
    sock = sent(fake_ims, rpc.target(REGISTER, InputURL=URL))
    with sock, pytest.raises(ConnectionResetError):
        sock.recv(1)
    call = fake_ims.calls[-1]
    assert (call.status, call.code, call.body) == (None, None, b"")
    assert call.duration is not None
    assert "connection reset" in repr(call)
    assert not len(fake_ims.assets)


@pytest.mark.parametrize("options", [{"reset": True}, {"answer": "half"}, {"slow": "10ms"}])
def test_the_connection_ends_and_the_next_one_works(
    fake_ims: FakeIms, rpc: Rpc, media_id: str, options: dict[str, Any]
) -> None:
    fake_ims.faults.add(**options, times=1)
    with sent(fake_ims, rpc.target(GET, MediaId=media_id)) as sock:
        read = b""
        try:
            while piece := sock.recv(65536):
                read += piece
        except ConnectionResetError:
            assert not read
    assert read.count(b"HTTP/1.1") == (not options.get("reset"))
    assert b"Connection: keep-alive" not in read
    assert rpc.status(media_id) == "Preparing"


def test_slow_comes_whole_in_the_end(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    fake_ims.faults.add(slow="200ms")
    began = real_monotonic()
    assert rpc.status(media_id) == "Preparing"
    assert real_monotonic() - began > 0.15


def test_a_client_that_leaves_a_slow_answer(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    fake_ims.faults.add(slow="400ms", times=20)
    for _ in range(20):
        with sent(fake_ims, rpc.target(GET, MediaId=media_id)) as sock:
            assert sock.recv(12) == b"HTTP/1.1 200"
    assert rpc.status(media_id) == "Preparing"


# ---------------------------------------------------------------- done nevertheless


@pytest.mark.parametrize(
    "options", [{"reset": True}, {"code": "InternalError"}, {"status": 502}, {"answer": "html"}]
)
@pytest.mark.parametrize("after_work", [True, False, None])
@pytest.mark.parametrize("token", [{"ClientToken": TOKEN}, {}], ids=["token", "no token"])
def test_what_a_retry_finds(
    fake_ims: FakeIms,
    rpc: Rpc,
    options: dict[str, Any],
    after_work: bool | None,
    token: dict[str, str],
) -> None:
    """The story for which a ClientToken is there."""
    fake_ims.faults.add(REGISTER, **options, after_work=after_work, times=1)
    try:
        assert rpc.register(URL, **token).status >= 500
    except ConnectionError:
        assert "reset" in options
    assert len(fake_ims.assets) == (after_work is True)
    retried = rpc.register(URL, **token)
    if after_work and not token:
        assert retried.code == "MediaAlreadyExist"
    else:
        assert retried.media_id in fake_ims.assets
    assert len(fake_ims.assets) == 1


def test_a_refusal_after_the_work_hides_what_the_work_said(
    fake_ims: FakeIms, rpc: Rpc, media_id: str
) -> None:
    fake_ims.faults.add(code="Throttling.User", after_work=True)
    assert rpc.register(URL).code == "Throttling.User"
    fake_ims.faults.clear()
    fake_ims.faults.add(reset=True, after_work=True)
    with pytest.raises(ConnectionError):
        rpc.register(URL)
    call = fake_ims.calls[-1]
    assert (call.status, call.code) == (None, "MediaAlreadyExist")


# ---------------------------------------------------------------- whose calls, and where


@pytest.mark.fake_ims(mode="enforce")
def test_a_fault_comes_before_authentication(fake_ims: FakeIms) -> None:
    """As a gateway that is overloaded does not look at signatures first."""
    fake_ims.faults.add(code="Throttling.User", times=2)
    for key, caller in (("LTAI5tNobody", ""), (None, "default")):
        client = Signed(fake_ims, key, "wrong secret")
        assert client.rpc(GET, MediaId="0" * 32).code == "Throttling.User"
        assert fake_ims.calls[-1].caller == caller
    assert client.rpc(GET, MediaId="0" * 32).code == "SignatureDoesNotMatch"


@pytest.mark.fake_ims(mode="enforce")
def test_with_enforce_nobody_is_taken_for_the_default_caller(fake_ims: FakeIms) -> None:
    fake_ims.faults.add(caller=fake_ims.ram.default, reset=True)
    reply = Signed(fake_ims, "LTAI5tNobody", "x").rpc(GET, MediaId="0" * 32)
    assert reply.code == "InvalidAccessKeyId.NotFound"


@pytest.mark.fake_ims(mode="enforce")
def test_by_caller(fake_ims: FakeIms) -> None:
    everything = {"Version": "1", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    alice = fake_ims.ram.create_user("alice", everything)
    alices = fake_ims.ram.temporary_keys(alice)
    others = fake_ims.ram.temporary_keys()
    callers: dict[str, Any] = {
        "default": fake_ims.ram.default,
        "alice": alice,
        "alice's": alices,
        "others": others,
    }

    def throttled(caller: Any) -> set[str]:
        with fake_ims.faults.add(caller=caller, code="Throttling"):
            return {
                name
                for name, keys in callers.items()
                if Signed(fake_ims, keys).rpc(GET, MediaId="0" * 32).code == "Throttling"
            }

    assert throttled(alice) == throttled("alice") == {"alice", "alice's"}
    assert throttled(alices) == throttled(alices.access_key_id) == {"alice's"}
    assert throttled(alice.access_key_id) == {"alice"}
    assert throttled(fake_ims.ram.default) == {"default", "others"}
    assert throttled(None) == {*callers}
    assert throttled("bob") == set()


def test_in_open_mode_unknown_keys_are_the_default_callers(fake_ims: FakeIms) -> None:
    fake_ims.faults.add(caller=fake_ims.ram.default, code="Throttling")
    assert Rpc(fake_ims, "LTAI5tNobody").register(URL).code == "Throttling"


def test_by_parameters(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.faults.add(REGISTER, InputURL=URL, Overwrite=True, code="Throttling")
    assert rpc.register(URL).status == 200
    assert rpc.register(URL, Overwrite="True").code == "Throttling"
    assert rpc.register(URL + "4", Overwrite="true").status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({"code": "Forbidden"}, 403),
        ({"status": 500, "body": "x"}, 500),
        ({"answer": "half"}, None),
        ({"slow": "10ms"}, None),
        ({"answer": "malformed"}, None),
        ({"latency": "1ms"}, None),
    ],
    ids=str,
)
def test_other_methods(
    fake_ims: FakeIms, rpc: Rpc, media_id: str, method: str, options: dict[str, Any], status: int
) -> None:
    fake_ims.faults.add(**options)
    usual = 200 if method == "GET" else 403  # UnsupportedHTTPMethod
    try:
        reply = rpc.raw(method, rpc.target(GET, MediaId=media_id))
    except http.client.IncompleteRead:
        assert options == {"answer": "half"}
        assert method != "HEAD"
        return
    assert reply.status == (status or usual)
    assert bool(reply.body) == (method != "HEAD")


def test_on_an_operation_that_is_not_implemented(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.faults.add("SubmitASRJob", code="Throttling.User", times=1)
    assert rpc("SubmitASRJob").code == "Throttling.User"
    assert fake_ims.world.journal.troubles.take() == []
    fake_ims.faults.add("SubmitASRJob", latency="1ms")
    assert rpc("SubmitASRJob").code == "FakeIms.OperationNotImplemented"
    (trouble,) = fake_ims.world.journal.troubles.take()
    assert trouble.kind == "not_implemented"


def test_a_fault_comes_before_a_stub(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.stub("SubmitASRJob", {"JobId": "mine"}, times=1)
    fake_ims.faults.add("SubmitASRJob", code="Throttling.User", times=1)
    fake_ims.faults.add("SubmitASRJob", latency="1ms")
    assert rpc("SubmitASRJob").code == "Throttling.User"
    assert rpc("SubmitASRJob").json["JobId"] == "mine"


def test_on_a_request_that_names_no_action(fake_ims: FakeIms, rpc: Rpc) -> None:
    with fake_ims.faults.add(GET, reset=True):
        assert rpc.raw("POST", "/?AccessKeyId=x").code == "MissingAction"
    with fake_ims.faults.add(code="Throttling"):
        assert rpc.raw("POST", "/?AccessKeyId=x").code == "Throttling"


@pytest.mark.fake_ims(allow="stray")
def test_what_has_no_world_has_no_faults(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.faults.add(reset=True)
    assert rpc.raw("POST", "/other").code == "InvalidAction.NotFound"
    assert rpc.raw("POST", rpc.target(GET, MediaId="x") + "&Title=%ff").code == "InvalidTitle"
    with FakeIms(server=fake_ims.server) as other:
        ended = other.access_key_id
    assert Rpc(fake_ims, ended).register(URL).code == "FakeIms.EndedWorld"
    assert fake_ims.calls == ()


# ---------------------------------------------------------------- the journal


def test_the_journal_says_which_faults_fired(fake_ims: FakeIms, rpc: Rpc) -> None:
    kept = fake_ims.faults.add(REGISTER, latency="50ms")
    refused = fake_ims.faults.add(REGISTER, code="Throttling.User", times=1)
    rpc.register(URL)
    rpc.register(URL)
    rpc(GET, InputURL=URL)
    first, second, third = fake_ims.calls
    assert (first.faults, second.faults, third.faults) == ((kept, refused), (kept,), ())
    assert first.duration is not None
    assert first.duration >= 0.05
    assert second.duration is not None
    assert second.duration >= 0.05
    assert "429 Throttling.User" in repr(first) or "400 Throttling.User" in repr(first)
    assert "latency 0.05s" in repr(second)


def test_the_section_of_a_failing_test_says_what_did_not_fire(fake_ims: FakeIms, rpc: Rpc) -> None:
    assert "faults" not in describe(fake_ims.world)
    fake_ims.faults.add("GetMediaInfo", code="Throttling", times=2)
    rpc.register(URL)
    assert "<1 faults>\n  <fault GetMediaInfo: Throttling; fired 0 of 2>" in describe(
        fake_ims.world
    )


@pytest.mark.fake_ims(allow="internal_error")
def test_what_a_function_of_the_test_does_wrong_is_told(fake_ims: FakeIms, rpc: Rpc) -> None:
    def wrong(dice: random.Random) -> float:
        raise KeyError("mine")

    fault = fake_ims.faults.add(latency=wrong)
    assert rpc.register(URL).refusal[:2] == (500, "InternalError")
    call = fake_ims.calls[-1]
    assert call.faults == (fault,)
    assert "KeyError: 'mine'" in (call.traceback or "")


# ---------------------------------------------------------------- time


@pytest.mark.fake_ims(allow="internal_error")
def test_a_function_that_fails_the_test_in_another_thread(fake_ims: FakeIms, rpc: Rpc) -> None:
    def latency(dice: random.Random) -> float:
        pytest.fail("not now")

    before = fake_ims.server.calls
    fake_ims.faults.add(GET, latency=latency)
    assert rpc(GET, InputURL=URL).refusal[:2] == (500, "InternalError")
    (call,) = fake_ims.calls
    assert call.status == 500
    assert "Failed: not now" in str(call.traceback)
    assert fake_ims.server.calls == before


def test_what_a_fault_asks_the_test_may_wait_for_other_calls(fake_ims: FakeIms, rpc: Rpc) -> None:
    """More of them than the listener has threads."""
    arrived, let_go = threading.Semaphore(0), threading.Event()

    def held(url: str) -> bool:
        arrived.release()
        return let_go.wait(HANG)

    fake_ims.faults.add(GET, code="Throttling", InputURL=held)
    with ThreadPoolExecutor(40) as pool:
        replies = [pool.submit(rpc, GET, InputURL=URL) for _ in range(40)]
        for _ in replies:
            assert arrived.acquire(timeout=HANG)
        assert rpc.register(URL).status == 200
        let_go.set()
        assert {reply.result().code for reply in replies} == {"Throttling"}


def test_latency_is_real_time_whatever_the_clocks_say(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.faults.add(latency="100ms")
    for frozen in (False, True):
        if frozen:
            fake_ims.clock.freeze()
        began, now = real_monotonic(), fake_ims.clock.now()
        rpc.register(URL)
        assert real_monotonic() - began >= 0.1
        if frozen:
            assert fake_ims.clock.now() == now
    with freeze_time("2001-02-03"):
        began = real_monotonic()
        rpc.register(URL)
        assert real_monotonic() - began >= 0.1
    assert all((call.duration or 0) >= 0.1 for call in fake_ims.calls)


def test_slow_is_real_time_as_well(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    fake_ims.faults.add(slow="100ms")
    with freeze_time("2001-02-03"):
        began = real_monotonic()
        rpc(GET, MediaId=media_id)
        assert real_monotonic() - began >= 0.09


def test_ttl_is_world_time(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.faults.add(GET, code="Throttling", ttl="1h")
    fake_ims.clock.advance("59m")
    assert rpc(GET, InputURL=URL).code == "Throttling"
    fake_ims.clock.advance("2m")
    assert rpc(GET, InputURL=URL).code != "Throttling"


def test_what_is_delayed_before_its_work_sees_the_time_after_it(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    moved = threading.Event()

    def until_moved(dice: random.Random) -> float:
        assert moved.wait(HANG)
        return 0.001

    fake_ims.faults.add(GET, latency=until_moved, after_work=False)
    with ThreadPoolExecutor() as pool:
        status = pool.submit(rpc.status, media_id)
        until(lambda: len(fake_ims.calls) == 1)
        fake_ims.clock.advance("3s")
        moved.set()
        assert status.result(HANG) == "Normal"


@pytest.mark.parametrize(
    ("moves", "seconds", "created"),
    [("1h", 0.001, "2026-01-31T13:00:00Z"), ("-1h", 0.0, "2026-01-31T11:00:00Z")],
)
def test_work_has_the_time_at_which_it_is_done(
    fake_ims: FakeIms, rpc: Rpc, moves: str, seconds: float, created: str
) -> None:
    """The time after a delay; and none that has not come yet, when the clock was put back."""
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")

    def latency(dice: random.Random) -> float:
        fake_ims.clock.advance(moves)
        return seconds

    fake_ims.faults.add(REGISTER, latency=latency, after_work=False)
    media_id = rpc.register(URL).json["MediaId"]
    assert rpc.get(media_id)["MediaBasicInfo"]["CreateTime"] == created


# ---------------------------------------------------------------- many at once, and the end


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(200) as pool:
        yield pool


def kept_back(ims: FakeIms, crowd: ThreadPoolExecutor, count: int) -> list[Future[Reply]]:
    """So many calls that are being kept back."""
    rpc = Rpc(ims)
    ims.faults.add(REGISTER, latency=LONG)
    replies = [crowd.submit(rpc.register, f"oss://b/{n}.mp4") for n in range(count)]
    until(lambda: len(ims.assets) == count)
    return replies


def unanswered(replies: list[Future[Reply]]) -> int:
    return sum(not reply.done() for reply in replies)


def test_nobody_waits_for_those_who_are_kept_back(
    fake_ims: FakeIms, rpc: Rpc, crowd: ThreadPoolExecutor
) -> None:
    replies = kept_back(fake_ims, crowd, 150)
    for _ in range(20):
        assert rpc(GET, MediaId="0" * 32).status == 400
    assert unanswered(replies) == 150
    fake_ims.reset()
    assert {reply.result(HANG).status for reply in replies} == {200}
    assert len(fake_ims.assets) == 0
    assert len(fake_ims.faults) == 0


def test_as_many_as_come_wait_side_by_side(
    fake_ims: FakeIms, rpc: Rpc, crowd: ThreadPoolExecutor
) -> None:
    fake_ims.faults.add(REGISTER, latency="800ms")
    began = real_monotonic()
    rpc.register(URL)
    alone = real_monotonic() - began
    began = real_monotonic()
    for reply in [crowd.submit(rpc.register, f"oss://b/{n}.mp4") for n in range(200)]:
        assert reply.result(HANG).status == 200
    assert real_monotonic() - began < 5 * alone  # 200 on 32 threads would take 7 times as long


def threads_of(ims: FakeIms) -> list[str]:
    port = ims.endpoint.rpartition(":")[2]
    return [thread.name for thread in threading.enumerate() if f"-{port}" in thread.name]


def test_closing_lets_go_who_is_kept_back(crowd: ThreadPoolExecutor) -> None:
    with FakeIms() as ims:
        replies = kept_back(ims, crowd, 50)
        assert unanswered(replies) == 50
    # Had the listener cut them off after its two seconds, these would be errors.
    assert {reply.result(HANG).status for reply in replies} == {200}
    assert threads_of(ims) == []


def test_stopping_the_server_lets_go_who_is_kept_back(crowd: ThreadPoolExecutor) -> None:
    server = FakeServer().start()
    with FakeIms(server=server) as first, FakeIms(server=server) as second:
        replies = [*kept_back(first, crowd, 5), *kept_back(second, crowd, 5)]
        server.stop()
        assert {reply.result(HANG).status for reply in replies} == {200}
        server.start()
        replies = [crowd.submit(Rpc(first).register, "oss://b/new.mp4")]
        until(lambda: len(first.assets) == 6)
        assert unanswered(replies) == 1
    assert replies[0].result(HANG).status == 200
    server.stop()


def test_a_slow_answer_is_sent_at_once_when_the_world_ends(crowd: ThreadPoolExecutor) -> None:
    with FakeIms() as ims:
        ims.faults.add(slow=LONG)
        reply = crowd.submit(Rpc(ims).register, URL)
        until(lambda: any(call.status for call in ims.calls))
    assert reply.result(HANG).media_id


def test_faults_of_a_scratch_world_end_with_it(fake_ims: FakeIms, rpc: Rpc) -> None:
    outer = fake_ims.faults.add(GET, code="Throttling")
    with ThreadPoolExecutor() as pool:
        with fake_ims.scratch():
            assert len(fake_ims.faults) == 0
            (reply,) = kept_back(fake_ims, pool, 1)
            assert rpc(GET, InputURL=URL).code != "Throttling"
        assert reply.result(HANG).status == 200
    assert list(fake_ims.faults) == [outer]
    assert rpc(GET, InputURL=URL).code == "Throttling"


def test_two_worlds_have_faults_of_their_own(fake_ims: FakeIms, rpc: Rpc) -> None:
    with FakeIms(server=fake_ims.server) as other:
        other.faults.add(code="Throttling")
        assert Rpc(other).register(URL).code == "Throttling"
        assert rpc.register(URL).status == 200


def test_slow_bodies_keep_nobody_else_waiting(rpc: Rpc, fake_ims: FakeIms) -> None:
    """More of them than the listener has threads."""
    fake_ims.faults.add(GET, slow=LONG)
    slow = [sent(fake_ims, rpc.target(GET, InputURL=URL)) for _ in range(40)]
    try:
        for sock in slow:
            assert sock.recv(1) == b"H"
        assert rpc.register(URL).status == 200
    finally:
        fake_ims.world.faults.end()
        for sock in slow:
            sock.close()


@pytest.mark.parametrize("spoilt", [{"answer": "half"}, {"slow": "1ms"}])
def test_what_is_spoilt_of_an_answer_to_head_has_no_body(
    rpc: Rpc, fake_ims: FakeIms, spoilt: dict[str, Any]
) -> None:
    fake_ims.faults.add(GET, **spoilt)
    with sent(fake_ims, rpc.target(GET, InputURL=URL), "HEAD") as sock:
        received = b"".join(iter(lambda: sock.recv(65536), b""))
    assert received.endswith(b"\r\n\r\n")
    assert received.count(b"\r\n\r\n") == 1
