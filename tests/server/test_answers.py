"""What the listener makes of an app's answers, and of its failures."""

from __future__ import annotations

import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from fake_ims.server import Listener
from fake_ims.serving import Refusal, Rendered

Connect = Callable[[Listener], Any]
Listen = Callable[..., Listener]
App = Callable[[dict[str, Any], Any], Iterable[bytes]]

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def fixed(status: str, headers: Any, body: Iterable[bytes] = (b"body",)) -> App:
    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        start_response(status, headers)
        return body

    return app


def test_an_answer_is_one_packet(listen: Listen, connect: Connect) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        sock = environ["fake_ims.socket"]
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        start_response("200 OK", [("X-A", "1")])
        return [b"a", b"b"] * 10

    client = connect(listen(app))
    for _ in range(50):
        received = client.send(GET).sock.recv(65536)
        assert received == (
            b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 20\r\nConnection: keep-alive\r\n\r\n"
            + b"ab" * 10
        )


@pytest.mark.parametrize(
    ("request_", "status", "headers", "expected"),
    [
        ("GET", "200 OK", [], {"content-length": "4", "connection": "keep-alive"}),
        ("GET", "299", [], {"content-length": "4", "connection": "keep-alive"}),
        ("GET", "200 OK", [("content-length", "4")], {"connection": "keep-alive"}),
        ("GET", "200 OK", [("Connection", "Close")], {"content-length": "4"}),
        ("GET", "200 OK", [("connection", "keep-alive")], {"content-length": "4"}),
        ("GET", "204 No Content", [("Content-Length", "4")], {"connection": "keep-alive"}),
        ("GET", "304 Not Modified", [("ETag", "x")], {"connection": "keep-alive"}),
        ("GET", "103 Early Hints", [], {"connection": "close"}),
        ("HEAD", "200 OK", [], {"content-length": "4", "connection": "keep-alive"}),
        ("HEAD", "200 OK", [("Content-Length", "999")], {"connection": "keep-alive"}),
        ("HEAD", "204 No Content", [], {"connection": "keep-alive"}),
    ],
)
def test_framing(
    listen: Listen,
    connect: Connect,
    request_: str,
    status: str,
    headers: list[tuple[str, str]],
    expected: dict[str, str],
) -> None:
    client = connect(listen(fixed(status, headers)))
    client.send(f"{request_} / HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    received = client.sock.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    assert line == f"HTTP/1.1 {status}"
    sent = [] if "204" in status else headers
    assert fields[: len(sent)] == [f"{name}: {value}" for name, value in sent]
    added = dict(field.lower().split(": ") for field in fields[len(sent) :])
    assert added == expected
    bodiless = request_ == "HEAD" or status[0] == "1" or status[:3] in ("204", "304")
    assert body == (b"" if bodiless else b"body")
    closes = "close" in (added.get("connection"), dict(headers).get("Connection", "").lower())
    if closes:
        assert client.rest() == b""
    else:
        client.send(GET)
        assert client.sock.recv(65536).startswith(b"HTTP/1.1 ")


def test_head_without_a_body_claims_no_length(listen: Listen, connect: Connect) -> None:
    client = connect(listen(fixed("200 OK", [], [])))
    answer = client.send(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").answer(to_head=True)
    assert [name for name, _ in answer.headers] == ["Connection"]


def test_an_app_may_chunk_by_itself(listen: Listen, connect: Connect) -> None:
    app = fixed("200 OK", [("Transfer-Encoding", "chunked")], [b"2\r\nhi\r\n", b"0\r\n\r\n"])
    received = connect(listen(app)).send(GET).sock.recv(65536)
    assert received.endswith(b"\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
    assert b"Content-Length" not in received


def test_date_comes_from_the_owner_or_the_app(listen: Listen, connect: Connect) -> None:
    client = connect(listen(fixed("200 OK", []), date=lambda: "then"))
    assert client.get()["Date"] == "then"
    client = connect(listen(fixed("200 OK", [("date", "now")]), date=lambda: "then"))
    assert client.get()["Date"] == "now"


def test_a_date_that_fails_is_left_out(
    listen: Listen, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(listen(fixed("200 OK", []), date=lambda: 1 / 0))
    assert [name for name, _ in client.get().headers] == ["Content-Length", "Connection"]
    assert "ZeroDivisionError" in caplog.text


class Body:
    """An iterable that counts how often it is closed."""

    def __init__(self, *parts: Any) -> None:
        self.parts = parts
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            if isinstance(part, BaseException):
                raise part
            yield part

    def close(self) -> None:
        self.closed += 1


def test_iterables_are_closed_once(listen: Listen, connect: Connect) -> None:
    good, bad = Body(b"a", b"b"), Body(b"a", ValueError("no"))
    bodies = [good, bad]

    def app(environ: dict[str, Any], start_response: Any) -> Body:
        start_response("200 OK", [])
        return bodies.pop(0)

    client = connect(listen(app))
    assert client.get().body == b"ab"
    assert client.get().status == 500
    assert (good.closed, bad.closed) == (1, 1)


def test_start_response_may_be_late_write_and_be_taken_back(
    listen: Listen, connect: Connect
) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        write = start_response("200 OK", [("X-First", "1")])
        write(b"written, ")
        yield b"yielded"
        try:
            raise ValueError
        except ValueError as error:
            start_response("503 Later", [], (ValueError, error, error.__traceback__))

    answer = connect(listen(app)).get()
    assert (answer.status, answer.body) == (503, b"written, yielded")
    assert [name for name, _ in answer.headers] == ["Content-Length", "Connection"]


def _exit(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise SystemExit(3)


def _silent(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    return [b"x"]


def _twice(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    start_response("200 OK", [])
    return []


def _surrogate(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise ValueError("\udc80")


class _FailsToClose(Body):
    def close(self) -> None:
        raise KeyError("close")


FAILURES: dict[str, tuple[App, str]] = {
    "SystemExit": (_exit, "SystemExit: 3"),
    "text that UTF-8 cannot hold": (_surrogate, "ValueError"),
    "no start_response": (_silent, "start_response"),
    "start_response twice": (_twice, "exc_info"),
    "close fails": (fixed("200 OK", [], _FailsToClose(b"a")), "KeyError: 'close'"),
    "text body": (fixed("200 OK", [], ["a"]), "str"),  # type: ignore[list-item]
    "LF in a value": (fixed("200 OK", [("X", "a\nSet-Cookie: b")]), "line end"),
    "CR LF in a value": (fixed("200 OK", [("X", "a\r\nSet-Cookie: b")]), "line end"),
    "CR in a value": (fixed("200 OK", [("X", "a\rb")]), "line end"),
    "NUL in a value": (fixed("200 OK", [("X", "a\0b")]), "NUL"),
    "LF in a name": (fixed("200 OK", [("X\n", "a")]), "header name"),
    "space in a name": (fixed("200 OK", [("X Y", "a")]), "header name"),
    "LF in the status": (fixed("200 OK\n", []), "status"),
    "CR in the status": (fixed("200 O\rK", []), "line end"),
    "no status": (fixed("OK", []), "status"),
    "status as a number": (fixed(200, []), "TypeError"),  # type: ignore[arg-type]
    "beyond latin-1": (fixed("200 OK", [("X", "媒体")]), "UnicodeEncodeError"),
    "length too short": (fixed("200 OK", [("Content-Length", "3")]), "Content-Length 3"),
    "length too long": (fixed("200 OK", [("Content-Length", "5")]), "Content-Length 5"),
}


@pytest.mark.parametrize(("app", "detail"), FAILURES.values(), ids=FAILURES)
def test_an_app_that_fails_is_reported_and_answered(
    listen: Listen, connect: Connect, refusals: list[Refusal], app: App, detail: str
) -> None:
    client = connect(listen(app))
    for _ in range(2):  # the connection goes on
        answer = client.get()
        assert (answer.status, answer["Connection"]) == (500, "keep-alive")
        assert b"Traceback" not in answer.body
        assert "Set-Cookie" not in dict(answer.headers)
    assert [(refusal.status, refusal.reason) for refusal in refusals] == [
        (500, "Internal Server Error")
    ] * 2
    assert detail in refusals[0].detail
    assert refusals[0].traceback.startswith("Traceback")


def test_an_app_that_fails_at_head_is_answered_without_a_body(
    listen: Listen, connect: Connect
) -> None:
    client = connect(listen(_exit))
    answer = client.send(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").answer(to_head=True)
    assert (answer.status, int(answer["Content-Length"]) > 0) == (500, True)
    assert client.get().status == 500


def test_refusals_look_as_the_owner_wants(listen: Listen, connect: Connect) -> None:
    def refuse(refusal: Refusal) -> Rendered:
        return [("Content-Type", "application/json")], f'{{"Code": "{refusal.reason}"}}'.encode()

    client = connect(listen(_exit, refuse=refuse))
    answer = client.get()
    assert (answer["Content-Type"], answer.json) == (
        "application/json",
        {"Code": "Internal Server Error"},
    )
    answer = client.send(b"garbage").answer()
    assert (answer["Content-Type"], answer.json) == ("application/json", {"Code": "Bad Request"})


@pytest.mark.parametrize(
    "refuse",
    [
        lambda refusal: 1 / 0,
        lambda refusal: None,
        lambda refusal: ([("Content-Type", "text/plain\r\nX: y")], b""),
        lambda refusal: ([("Content-Type", "text/plain")], "text"),
    ],
    ids=["raises", "None", "bad type", "bad body"],
)
def test_a_refuse_that_fails_costs_nobody_an_answer(
    listen: Listen, connect: Connect, caplog: pytest.LogCaptureFixture, refuse: Any
) -> None:
    client = connect(listen(_exit, refuse=refuse))
    assert b"500 Internal Server Error: SystemExit: 3" in client.get().body
    assert client.send(b"garbage").answer().status == 400
    assert "refuse() failed" in caplog.text


def test_a_report_that_fails_costs_nobody_an_answer(
    listen: Listen, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def report(refusal: Refusal) -> None:
        pytest.fail("report")

    listener = listen(_exit, report=report)
    client = connect(listener)
    assert client.get().status == 500
    assert client.send(b"garbage").answer().status == 400
    assert connect(listener).send(b"\x16\x03\x01").rest() == b""
    assert connect(listener).get().status == 500
    assert "report() failed" in caplog.text


def test_without_report_the_log_is_told(
    listen: Listen, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    connect(listen(_exit, report=None)).get()
    (record,) = caplog.records
    assert (record.name, record.levelno) == ("fake_ims.server", logging.WARNING)
    assert "SystemExit: 3" in record.getMessage()


@pytest.mark.filterwarnings("error")
def test_wsgiref_finds_nothing_to_complain_of(
    listen: Listen, connect: Connect, refusals: list[Refusal]
) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(-1)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [body or b"no"]

    client = connect(listen(validator(app)))
    assert client.get("/a?b").body == b"no"
    head = b"POST ?a HTTP/1.1\r\nHost: x\r\n"
    assert client.send(head + b"Content-Length: 2\r\n\r\nhi").answer().body == b"hi"
    chunked = b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    assert client.send(head + chunked).answer().body == b"hi"
    assert client.send(b"HEAD / HTTP/1.0\r\n\r\n").answer(to_head=True).status == 200
    assert refusals == []


def test_a_client_that_goes_away_makes_no_noise(
    listen: Listen,
    connect: Connect,
    refusals: list[Refusal],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    gone, called = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/wait":
            called.set()
            assert gone.wait(20)
        start_response("200 OK", [])
        return [b"x" * 4_000_000]

    listener = listen(app)
    leaving = [
        b"",
        b"GE",
        b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
        GET,
        b"GET /wait HTTP/1.1\r\n\r\n",
    ]
    for sent in leaving:
        client = connect(listener).send(sent)
        if b"wait" in sent:
            assert called.wait(20)
        # Closed in the rudest way: with a reset.
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    gone.set()
    assert len(connect(listener).get().body) == 4_000_000
    listener.stop()
    assert refusals == []
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_client_that_does_not_read_loses_its_worker(
    listen: Listen, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fake_ims.connections._SEND_TIMEOUT", 0.2)
    answered = threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        if environ["PATH_INFO"] == "/small":
            return [b"small"]
        answered.set()
        return [b"x" * 50_000_000]

    listener = listen(app, max_threads=1)
    stuck = connect(listener).send(GET)
    assert answered.wait(20)
    assert connect(listener).get("/small").body == b"small"
    assert len(stuck.rest()) < 50_000_000  # cut


def test_a_client_that_reads_late_gets_all(listen: Listen, connect: Connect) -> None:
    body = bytes(range(256)) * 100_000
    timeouts = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        timeouts.append(environ["fake_ims.socket"].gettimeout())
        start_response("200 OK", [])
        return [body]

    client = connect(listen(app)).send(GET)
    client.sock.recv(1, socket.MSG_PEEK)
    threading.Event().wait(0.1)  # so that the first send times out with half of the answer sent
    assert client.answer().body == body
    assert client.get().body == body
    assert timeouts[0] == timeouts[1]  # the one for sending is gone


@pytest.mark.parametrize("way", ["close", "shutdown", "reset", "truncate"])
def test_an_app_may_have_the_socket(
    listen: Listen,
    connect: Connect,
    refusals: list[Refusal],
    caplog: pytest.LogCaptureFixture,
    way: str,
) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        sock = environ["fake_ims.socket"]
        if environ["PATH_INFO"] == "/fault":
            if way == "truncate":
                sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
            if way in ("shutdown", "truncate"):
                sock.shutdown(socket.SHUT_RDWR)
            else:
                if way == "reset":
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                sock.close()
        return [b"fine"]

    listener = listen(app)
    client = connect(listener)
    assert client.get().body == b"fine"
    client.send(b"GET /fault HTTP/1.1\r\nHost: x\r\n\r\n")
    if way == "reset":
        with pytest.raises(ConnectionResetError):
            client.rest()
    else:
        expected = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"
        assert client.rest() == (expected if way == "truncate" else b"")
    assert connect(listener).get().body == b"fine"
    assert refusals == []
    assert caplog.records == []
