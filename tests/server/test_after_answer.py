"""What an app wants done when its answer has been sent, and not before."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import pytest

from fake_ims.server import Listener

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Listen = Callable[..., Listener]
HANG = 20


class Teller:
    """An app that answers, and tells in the order in which things happen what did."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.done = threading.Semaphore(0)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        environ["fake_ims.after_answer"](lambda: self._after(path))
        self.told.append(f"answers {path}")
        if path == "/gone":
            environ["fake_ims.socket"].shutdown(socket.SHUT_RDWR)
        if path == "/crash":
            raise ValueError("crash")
        start_response("200 OK", [])
        return [path.encode()]

    def _after(self, path: str) -> None:
        self.told.append(f"after {path}")
        self.done.release()
        if path == "/fails":
            raise ValueError("fails")


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.mark.parametrize("path", ["/a", "/gone", "/crash"])
def test_it_is_done_whatever_becomes_of_the_answer(
    listen: Listen, connect: Callable[[Listener], Any], path: str
) -> None:
    teller = Teller()
    client = connect(listen(teller))
    client.send(get(path))
    assert teller.done.acquire(timeout=HANG)
    assert teller.told == [f"answers {path}", f"after {path}"]


def test_answers_in_a_row_each_have_their_own(
    listen: Listen, connect: Callable[[Listener], Any]
) -> None:
    teller = Teller()
    client = connect(listen(teller))
    client.send(get("/1") + get("/2"))
    assert teller.done.acquire(timeout=HANG)
    assert teller.done.acquire(timeout=HANG)
    assert teller.told == ["answers /1", "after /1", "answers /2", "after /2"]


def test_the_answer_has_left_when_it_is_done(
    listen: Listen, connect: Callable[[Listener], Any]
) -> None:
    """The client can read all of the answer while the function still runs."""
    read = threading.Event()
    seen: list[bool] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ["fake_ims.after_answer"](lambda: seen.append(read.wait(HANG)))
        start_response("200 OK", [])
        return [b"whole"]

    client = connect(listen(app))
    assert client.get().body == b"whole"
    read.set()
    client.get()
    assert seen[0] is True


def test_what_fails_then_costs_nobody_anything(
    listen: Listen, connect: Callable[[Listener], Any], caplog: pytest.LogCaptureFixture
) -> None:
    teller = Teller()
    client = connect(listen(teller))
    for path in ("/fails", "/next"):
        client.send(get(path))
        assert teller.done.acquire(timeout=HANG)
    assert teller.told[-1] == "after /next"
    assert "after an answer" in caplog.text
