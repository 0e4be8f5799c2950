"""The receiver for who has none: what it keeps, what it can be told, and that it goes at once."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from freezers import ALL, UTC, Freezer
from patience import until

from fake_ims.clock import real_monotonic
from fake_ims.event_loops import elsewhere, needed_by_receiver
from fake_ims.events.posting import Post, Posting, Result
from fake_ims.received import Received
from fake_ims.receiver import Receiver

HANG = 20
SHORT = 0.3
EVENT = {"EventType": "RegisterMediaComplete", "UserId": 1, "MessageBody": {"MediaId": "a" * 32}}
BODY = json.dumps(EVENT).encode()


def post(url: str, body: bytes = BODY, *headers: tuple[str, str], timeout: float = HANG) -> Result:
    return Posting(Post(url, body, headers), timeout=timeout, allow_hosts=()).run()


@pytest.fixture
def inbox() -> Iterator[Receiver]:
    with Receiver() as inbox:
        yield inbox


# ---------------------------------------------------------------- what is kept


def test_what_comes_is_kept(inbox: Receiver) -> None:
    assert post(inbox.url + "/cb?x=%20").ok
    (received,) = inbox.wait_for()
    assert (received,) == inbox.received
    assert received.event == EVENT
    assert received.event_type == "RegisterMediaComplete"
    assert received.media_id == "a" * 32
    assert received.body == BODY
    assert received.path == "/cb?x=%20"
    assert received.url == inbox.url + "/cb?x=%20"
    assert (received.method, received.answered, received.error) == ("POST", 200, None)
    assert (
        received.headers["content-type"] == received.headers["Content-Type"] == "application/json"
    )
    assert "X-ICE-SIGNATURE" not in received.headers


@pytest.mark.parametrize(
    "body",
    [
        b"", b"hello", b"[1]", b"1", b"null", b'"x"', b"\xff\xfe", b"{", b"[" * 100_000,
        b'{"a": ' * 5000, b"9" * 10_000, "\u4e2d".encode("gbk"), b"\0" * 1000,
        b'{"EventType": 1, "MessageBody": []}', b'{"MessageBody": {"MediaId": null}}',
    ],
)  # fmt: skip
def test_any_body_is_kept(inbox: Receiver, body: bytes) -> None:
    assert post(inbox.url, body).ok
    (received,) = inbox.wait_for()
    assert received.body == body
    assert (received.event_type, received.media_id) == (None, None)
    assert repr(received).isprintable()
    assert len(repr(received)) < 500


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"])
def test_any_method_and_path_is_received(inbox: Receiver, method: str) -> None:
    port = int(inbox.url.rpartition(":")[2])
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=HANG)) as client:
        for path in ("/", "/a/b?c=d", "*"):
            client.request(method, path)
            assert client.getresponse().read() == b""
    assert [(each.method, each.path) for each in inbox.wait_for(3)] == [
        (method, "/"), (method, "/a/b?c=d"), (method, "*"),
    ]  # fmt: skip


def test_many_at_once(inbox: Receiver) -> None:
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda number: post(f"{inbox.url}/{number}"), range(200)))
    assert all(result.ok for result in results)
    paths = {received.path for received in inbox.wait_for(200)}
    assert paths == {f"/{number}" for number in range(200)}
    assert len(inbox.received) == 200


def test_clear_forgets(inbox: Receiver) -> None:
    assert post(inbox.url).ok
    inbox.wait_for()
    inbox.clear()
    assert inbox.received == ()
    with pytest.raises(AssertionError):
        inbox.wait_for(timeout=0)


# ---------------------------------------------------------------- signatures

TIMESTAMP, AUTH_KEY = "1519375990", "Test123"
SIGNATURE = "c587b80d2d0ede300e8967937da7219b"


def signed(url: str, signature: str = SIGNATURE, timestamp: str = TIMESTAMP) -> Received:
    headers = {"X-ICE-TIMESTAMP": timestamp, "X-ICE-SIGNATURE": signature}
    return Received("POST", "/your/callback", headers, b"", url)


def test_the_documented_example_is_signed() -> None:
    url = "https://www.example.com/your/callback"
    assert signed(url).signed_by(AUTH_KEY)
    assert signed("http://127.0.0.1:1/").signed_by(AUTH_KEY, url)
    assert not signed(url + "/").signed_by(AUTH_KEY)
    assert not signed(url).signed_by("Test124")
    assert not signed(url, SIGNATURE.upper()).signed_by(AUTH_KEY)
    assert not signed(url, timestamp="1519375991").signed_by(AUTH_KEY)
    assert not Received("POST", "/", {}, b"", url).signed_by(AUTH_KEY)


@pytest.mark.parametrize("path", ["", "/", "/cb", "/cb?x=1", "/cb/"])
def test_a_signature_over_http_is_checked_for_the_url_it_came_to(
    inbox: Receiver, path: str
) -> None:
    import hashlib

    def headers(url: str) -> list[tuple[str, str]]:
        text = f"{url}|{TIMESTAMP}|\u4e2dkey"
        return [
            ("X-ICE-TIMESTAMP", TIMESTAMP),
            ("X-ICE-SIGNATURE", hashlib.md5(text.encode()).hexdigest()),
        ]

    assert post(inbox.url + path, BODY, *headers(inbox.url + path)).ok
    assert post(inbox.url + path, BODY, *headers(inbox.url + "/other")).ok
    right, wrong = inbox.wait_for(2)
    assert right.signed_by("\u4e2dkey")
    assert not wrong.signed_by("\u4e2dkey")
    assert wrong.signed_by("\u4e2dkey", inbox.url + "/other")


# ---------------------------------------------------------------- a handler of the test's own


def test_the_handler_decides() -> None:
    def handle(received: Received) -> int | None:
        return {"/503": 503, "/200": 200}.get(received.path)

    with Receiver(handle) as inbox:
        statuses = [post(inbox.url + path).status for path in ("/503", "/200", "/")]
        assert statuses == [503, 200, 200]
        assert [each.answered for each in inbox.wait_for(3)] == statuses


class _Odd(BaseException):
    pass


@pytest.mark.parametrize(
    "error", [ValueError("so\x1b[1m \u4e2d"), AssertionError("no"), _Odd(), SystemExit(3)]
)
def test_what_the_handler_raises_is_a_500_that_tells_it(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def handle(_: Received) -> None:
        raise error

    with Receiver(handle) as inbox:
        result = post(inbox.url)
        (received,) = inbox.wait_for()
    assert result.status == 500
    assert type(error).__name__ in result.reason
    assert received.error is error
    assert received.answered == 500
    assert type(error).__name__ in repr(received)
    assert repr(received).isprintable()
    assert "the handler of" in caplog.text


async def _coroutine(_: Received) -> None: ...


@pytest.mark.parametrize(
    "handle",
    [
        _coroutine, lambda _: True, lambda _: "200", lambda _: 100, lambda _: 600, lambda _: 200.0,
        lambda _: (200, "x"),
    ],
)  # fmt: skip
def test_what_is_no_status_is_a_500(handle: Any, caplog: pytest.LogCaptureFixture) -> None:
    with Receiver(handle) as inbox:
        assert "TypeError: the handler" in post(inbox.url).reason
        assert isinstance(inbox.wait_for()[0].error, TypeError)
    assert caplog.records


def test_a_handlers_thread_is_needed_until_the_handler_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """However it ends. A thread that it starts is not the receiver's, one that it awaits is."""
    told: list[bool] = []

    def tell() -> None:
        told.append(needed_by_receiver())

    def handle(_: Received) -> None:
        tell()
        thread = threading.Thread(target=tell)
        thread.start()
        thread.join()
        asyncio.run(elsewhere(tell))
        raise RuntimeError

    def call_handler(receiver: Receiver, received: Received) -> tuple[int, bytes]:
        answer = genuine(receiver, received)
        tell()
        return answer

    genuine = Receiver._call_handler
    monkeypatch.setattr(Receiver, "_call_handler", call_handler)
    with Receiver(handle) as inbox:
        assert post(inbox.url).status == 500
    assert told == [True, False, True, False]
    assert not needed_by_receiver()


def test_a_handler_may_close_its_receiver_and_look_into_it() -> None:
    seen: list[int] = []

    def handle(received: Received) -> None:
        seen.append(len(receiver.received))
        assert received.answered is None
        receiver.close()

    receiver = Receiver(handle)
    with receiver:
        assert post(receiver.url).ok
    assert seen == [1]


# ---------------------------------------------------------------- what it is told to do


def test_it_does_what_it_is_told_in_order(inbox: Receiver) -> None:
    inbox.answer(500, times=2, body="\u4e2d")
    inbox.reset(times=1)
    inbox.hang(times=1)
    inbox.slow("60s", times=1)
    inbox.slow("20ms", times=1)
    inbox.answer(204, times=1, body=b"not sent")
    reasons = [post(inbox.url, timeout=SHORT).reason for _ in range(8)]
    assert reasons[:4] == [
        "500 Internal Server Error: '\u4e2d'",
        "500 Internal Server Error: '\u4e2d'",
        "reset before an answer",
        "no answer in 0.3 s",
    ]
    assert reasons[4] == "no answer in 0.3 s"
    assert reasons[5:] == ["", "204 No Content: only 200 counts", ""]
    answered = [500, 500, None, None, None, 200, 204, 200]
    until(lambda: [each.answered for each in inbox.received] == answered)  # it is told afterwards


def test_a_slow_answer_dribbles(inbox: Receiver) -> None:
    inbox.slow("1.5s")
    assert post(inbox.url, timeout=SHORT).reason.startswith("no whole answer in 0.3 s: b'HT")


def test_without_times_it_lasts_until_it_is_told_something_else(inbox: Receiver) -> None:
    inbox.answer(500)
    assert [post(inbox.url).status for _ in range(3)] == [500] * 3
    inbox.answer(503, times=1)
    inbox.answer(404)
    assert [post(inbox.url).status for _ in range(3)] == [503, 404, 404]
    inbox.answer(200)
    assert post(inbox.url).ok


@pytest.mark.parametrize("act", ["answer", "reset", "hang", "slow"])
@pytest.mark.parametrize("handled", [True, False])
def test_the_handler_is_called_then_only_if_that_is_wanted(act: str, handled: bool) -> None:
    calls: list[Received] = []
    with Receiver(calls.append) as inbox:
        {
            "answer": lambda: inbox.answer(500, times=1, handled=handled),
            "reset": lambda: inbox.reset(times=1, handled=handled),
            "hang": lambda: inbox.hang(times=1, handled=handled),
            "slow": lambda: inbox.slow("1m", times=1, handled=handled),
        }[act]()
        assert not post(inbox.url, timeout=SHORT).ok
        assert len(calls) == handled
        assert post(inbox.url).ok
        assert len(calls) == handled + 1


@pytest.mark.parametrize("status", [0, 100, 199, 600, -1, True, None, "200", 200.0])
def test_what_is_no_status_is_refused(inbox: Receiver, status: Any) -> None:
    with pytest.raises(ValueError, match="200 to 599"):
        inbox.answer(status)


def test_what_makes_no_sense_is_refused(inbox: Receiver) -> None:
    for times in (0, -1):
        with pytest.raises(ValueError, match="at least 1"):
            inbox.hang(times=times)
    for length in ("-1s", "soon"):
        with pytest.raises(ValueError, match="length of time"):
            inbox.slow(length)
    assert post(inbox.url).ok


def test_who_is_to_know_of_failures_is_told() -> None:
    told: list[str] = []
    receiver = Receiver(provoked=told.append)
    receiver.hang(times=1)
    with receiver as inbox:
        assert told == [inbox.url]
        inbox.answer(200)
        inbox.reset()
        assert set(told) == {inbox.url}
    with Receiver(provoked=told.append) as other:
        other.answer(200)
        assert other.url not in told


# ---------------------------------------------------------------- waiting


def test_waiting_ends_when_enough_has_come(inbox: Receiver) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: [post(f"{inbox.url}/{number}") for number in range(3)])
        assert [each.path for each in inbox.wait_for(3, timeout=HANG)] == ["/0", "/1", "/2"]
        assert len(inbox.wait_for(2)) == 2


def test_what_did_not_come_is_told(inbox: Receiver) -> None:
    assert post(inbox.url).ok
    with pytest.raises(AssertionError, match=r"1 of 2 came in 0\.05 s") as raised:
        inbox.wait_for(2, timeout=0.05)
    assert "RegisterMediaComplete" in str(raised.value)
    assert inbox.url[7:] in str(raised.value)


@pytest.mark.parametrize("freezer", ALL.values(), ids=ALL)
def test_frozen_time_stops_nothing(freezer: Freezer) -> None:
    with freezer(datetime.datetime(2030, 1, 1, tzinfo=UTC)), Receiver() as inbox:
        inbox.slow("50ms", times=1)
        inbox.hang(times=1)
        began = real_monotonic()
        assert post(inbox.url).ok
        assert not post(inbox.url, timeout=SHORT).ok
        assert len(inbox.wait_for(2, timeout=HANG)) == 2
        with pytest.raises(AssertionError):
            inbox.wait_for(3, timeout=0.05)
        assert real_monotonic() - began < HANG / 2


# ---------------------------------------------------------------- its end


def test_closing_waits_for_nobody(inbox: Receiver) -> None:
    inbox.hang(times=3)
    inbox.slow("1h", times=3)
    with ThreadPoolExecutor(6) as pool:
        futures = [pool.submit(post, inbox.url, timeout=HANG) for _ in range(6)]
        inbox.wait_for(3, timeout=HANG)
        until(lambda: len(inbox.received) == 6)
        idle = socket.create_connection(("127.0.0.1", int(inbox.url.rpartition(":")[2])))
        idle.sendall(b"POST / HT")
        began = real_monotonic()
        inbox.close()
        assert real_monotonic() - began < 1.5
        idle.close()
        assert not any(future.result().ok for future in futures)
    inbox.close()
    assert len(inbox.received) == 6
    assert not [each for each in threading.enumerate() if inbox.url[-5:] in each.name]


def test_it_was_down_and_is_there_again(inbox: Receiver) -> None:
    url = inbox.url
    inbox.close()
    assert post(url).reason == "connection refused"
    inbox.start()
    assert inbox.url == url
    inbox.hang(times=1)
    assert post(url, timeout=SHORT).reason == "no answer in 0.3 s"
    assert post(url).ok
    assert len(inbox.received) == 2


def test_before_it_is_started() -> None:
    receiver = Receiver()
    with pytest.raises(RuntimeError, match="start it first"):
        _ = receiver.url
    assert "stopped" in repr(receiver)
    receiver.close()


def test_hanging_ends_with_the_sender(inbox: Receiver) -> None:
    """No thread is left for each callback that was kept waiting and has gone."""
    inbox.hang()
    for _ in range(40):
        post(inbox.url, timeout=0.02)
    inbox.answer(200)
    assert post(inbox.url).ok
    until(lambda: not inbox._kept_waiting)
