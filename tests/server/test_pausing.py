"""An app that keeps clients waiting: others take its thread's place, and leave it again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from patience import until

from fake_ims import serving
from fake_ims.server import Listener

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

Listen = Callable[..., Listener]
HANG = 20


class Keeper:
    """An app that answers at once, but to /kept, which it keeps waiting until it is let go."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.let_go = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/kept":
            with environ["fake_ims.pausing"]():
                self.arrived.release()
                self.let_go.wait(HANG)
        start_response("200 OK", [])
        return [b"x"]


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    keeper = Keeper()
    yield keeper
    keeper.let_go.set()


def workers(listener: Listener) -> int:
    name = f"fake-ims-worker-{listener.port}-"
    return sum(thread.name.startswith(name) for thread in threading.enumerate())


def test_many_wait_at_once_and_nobody_else_does(
    listen: Listen, connect: Callable[[Listener], Any], keeper: Keeper
) -> None:
    listener = listen(keeper, max_threads=2)
    kept = [connect(listener) for _ in range(60)]
    for client in kept:
        client.send(b"GET /kept HTTP/1.1\r\nHost: x\r\n\r\n")
    for _ in kept:
        assert keeper.arrived.acquire(timeout=HANG)
    assert workers(listener) >= 60
    client = connect(listener)
    for _ in range(10):
        assert client.get().body == b"x"
    keeper.let_go.set()
    for client in kept:
        assert client.answer().body == b"x"
    until(lambda: workers(listener) <= 2)


def test_those_who_came_in_their_place_leave_and_come_again(
    listen: Listen, connect: Callable[[Listener], Any], keeper: Keeper
) -> None:
    listener = listen(keeper, max_threads=1)
    for _ in range(5):
        keeper.let_go.clear()
        kept = [connect(listener) for _ in range(8)]
        for client in kept:
            client.send(b"GET /kept HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in kept:
            assert keeper.arrived.acquire(timeout=HANG)
        keeper.let_go.set()
        for client in kept:
            assert client.answer().body == b"x"
            assert client.get().body == b"x"
        until(lambda: workers(listener) == 1)


def test_beyond_the_limit_others_wait_as_well_but_not_for_ever(
    listen: Listen,
    connect: Callable[[Listener], Any],
    keeper: Keeper,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "_MOST_PAUSED", 2)
    listener = listen(keeper, max_threads=1)
    kept = [connect(listener) for _ in range(6)]
    for client in kept:
        client.send(b"GET /kept HTTP/1.1\r\nHost: x\r\n\r\n")
    for _ in range(3):
        assert keeper.arrived.acquire(timeout=HANG)
    assert not keeper.arrived.acquire(timeout=0.1)
    keeper.let_go.set()
    for client in kept:
        assert client.answer().body == b"x"
    until(lambda: workers(listener) == 1)
