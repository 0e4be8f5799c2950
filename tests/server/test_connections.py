"""Many connections, few threads: nobody waits for somebody else's silence."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from fake_ims.server import Listener

Connect = Callable[[Listener], Any]
Listen = Callable[..., Listener]

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HALVES = {
    "nothing": b"",
    "half a request line": b"GET /ha",
    "half a head": b"GET / HTTP/1.1\r\nHost: x\r\n",
    "half a body": b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf",
    "half a chunk": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf",
    "an answered request": GET,
}
REST = {
    "nothing": GET,
    "half a request line": b"lf HTTP/1.1\r\n\r\n",
    "half a head": b"\r\n",
    "half a body": b"-body",
    "half a chunk": b"-body\r\n0\r\n\r\n",
    "an answered request": GET,
}


def workers(listener: Listener) -> list[str]:
    prefix = f"fake-ims-worker-{listener.port}-"
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(prefix)]


@pytest.mark.parametrize("half", HALVES)
def test_500_waiting_connections_stop_nobody(listen: Listen, connect: Connect, half: str) -> None:
    listener = listen(max_threads=4)
    waiting = [connect(listener).send(HALVES[half]) for _ in range(500)]
    if half == "an answered request":
        assert all(client.answer().status == 200 for client in waiting)
    for _ in range(20):
        assert connect(listener).get().status == 200
    assert len(workers(listener)) <= 4
    for client in waiting:
        client.send(REST[half])
    assert all(client.answer().status == 200 for client in waiting)


@contextmanager
def hot(clients: list[Any]) -> Iterator[None]:
    """Each client sends one request after the other as long as the context lasts."""
    end = threading.Event()

    def send(client: Any) -> None:
        while not end.is_set():
            assert client.get().status == 200

    with ThreadPoolExecutor(len(clients)) as pool:
        sending = [pool.submit(send, client) for client in clients]
        try:
            yield
        finally:
            end.set()
        for each in sending:
            each.result()


@pytest.mark.parametrize("max_threads", [1, 2, 3])
def test_busy_connections_starve_nobody(listen: Listen, connect: Connect, max_threads: int) -> None:
    listener = listen(max_threads=max_threads)
    with hot([connect(listener) for _ in range(4)]):
        kept = connect(listener)
        for _ in range(10):
            assert kept.get().status == 200
            assert connect(listener).get().status == 200
        assert len(workers(listener)) <= max_threads


@pytest.mark.parametrize("max_threads", [1, 2])
def test_the_last_free_worker_does_not_linger(
    listen: Listen, connect: Connect, monkeypatch: pytest.MonkeyPatch, max_threads: int
) -> None:
    monkeypatch.setattr("fake_ims.connections._LINGER", 60.0)
    entered, leave = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/slow":
            entered.set()
            assert leave.wait(20)
        start_response("200 OK", [])
        return []

    listener = listen(app, max_threads=max_threads)
    with ExitStack() as stack:
        stack.callback(leave.set)
        if max_threads == 2:
            connect(listener).send(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
            assert entered.wait(20)
        for _ in range(10):
            assert connect(listener).get().status == 200


@pytest.mark.parametrize("max_threads", [1, 5])
def test_threads_are_bounded_and_spawned_when_needed(
    listen: Listen, connect: Connect, max_threads: int
) -> None:
    lock, inside, most = threading.Lock(), 0, 0
    full, leave = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            if inside == max_threads:
                full.set()
        assert leave.wait(20)
        with lock:
            inside -= 1
        start_response("200 OK", [])
        return []

    listener = listen(app, max_threads=max_threads)
    assert workers(listener) == []
    clients = [connect(listener).send(GET) for _ in range(max_threads * 4)]
    assert full.wait(20)
    assert len(workers(listener)) == max_threads
    leave.set()
    assert all(client.answer().status == 200 for client in clients)
    assert most == max_threads


def test_max_threads_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_threads"):
        Listener(lambda environ, start_response: [], max_threads=0)


def test_half_of_the_workers_linger_at_most(
    listen: Listen, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fake_ims.connections._LINGER", 60.0)
    listener = listen(max_threads=8)
    clients = [connect(listener) for _ in range(8)]
    for _ in range(5):
        for client in clients:
            client.get()
        assert listener._run is not None
        assert 0 < listener._run.lingering <= 4


def test_one_client_after_the_other_needs_few_workers(listen: Listen, connect: Connect) -> None:
    listener = listen()
    for _ in range(100):
        with connect(listener) as client:
            client.get()
    assert len(workers(listener)) < 16


def test_one_client_needs_one_worker(listen: Listen, connect: Connect) -> None:
    listener = listen()
    client = connect(listener)
    for _ in range(200):
        client.get()
    assert len(workers(listener)) == 1


def test_no_request_is_lost_or_answered_twice(listen: Listen, connect: Connect) -> None:
    """More clients than may linger: connections change hands all the time."""
    listener = listen(max_threads=4)

    def talk(number: int) -> None:
        client = connect(listener)
        for n in range(100):
            body = b"%d/%d" % (number, n) * (1 + n % 7)
            head = b"POST /%d/%d HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (number, n, len(body))
            client.send(head)
            client.send(body)
            said = client.answer().json
            assert (said["PATH_INFO"], said["body"]) == (f"/{number}/{n}", body.decode())
        client.sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.sock.recv(1)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(talk, range(16)))


def test_an_idle_connection_stays_open(listen: Listen, connect: Connect) -> None:
    client = connect(listen())
    for _ in range(3):
        assert client.get().status == 200
        threading.Event().wait(0.12)  # longer than a worker lingers


_WITHOUT_DESCRIPTORS = """
import os, resource, socket, threading
from fake_ims.server import Listener

def app(environ, start_response):
    start_response("200 OK", [])
    return [b"fine"]

def get(sock):
    sock.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    assert sock.recv(65536).endswith(b"fine")

reports = []
with Listener(app, report=reports.append) as listener:
    address = ("127.0.0.1", listener.port)
    kept = socket.create_connection(address, 20)
    get(kept)
    fds = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (fds + 9, fds + 9))
    clients = []
    while True:  # each takes two descriptors of this process
        try:
            clients.append(socket.create_connection(address, 20))
        except OSError:
            break
    before = sum(os.times()[:2])
    threading.Event().wait(0.5)
    spent = sum(os.times()[:2]) - before
    assert spent < 0.25, f"{spent} s of CPU while there was nothing to do"
    get(kept)
    assert [(r.status, r.reason) for r in reports] == [(0, "cannot accept connections")], reports
    waiting = clients.pop()
    for sock in clients:
        sock.close()
    get(waiting)
    waiting.close()
    kept.close()
print("done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_without_descriptors_it_waits_and_goes_on() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _WITHOUT_DESCRIPTORS],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_an_accept_that_fails_is_tried_again(
    listen: Listen, connect: Connect, monkeypatch: pytest.MonkeyPatch, refusals: list[Any]
) -> None:
    failures: list[BaseException] = [
        ConnectionAbortedError(),
        OSError(24, "Too many open files"),
        RuntimeError("no sockets in this test"),
    ]
    import socket

    accept = socket.socket.accept

    def failing(self: socket.socket) -> tuple[socket.socket, Any]:
        if failures:
            raise failures.pop(0)
        return accept(self)

    listener = listen()
    monkeypatch.setattr(socket.socket, "accept", failing)
    assert connect(listener).get().status == 200
    assert failures == []
    (refusal,) = refusals
    assert "Too many open files" in refusal.detail


def test_without_threads_the_next_connection_tries_again(
    listen: Listen, connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    listener = listen()
    failures = [RuntimeError("can't start new thread")]
    start = threading.Thread.start

    def failing(self: threading.Thread) -> None:
        if failures and self.name.startswith("fake-ims-worker"):
            raise failures.pop()
        start(self)

    monkeypatch.setattr(threading.Thread, "start", failing)
    first = connect(listener).send(GET)
    assert connect(listener).get().status == 200
    assert first.answer().status == 200
    assert "cannot start a thread" in caplog.text


def test_a_worker_survives_what_it_did_not_foresee(
    listen: Listen, connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    listener = listen(max_threads=1)
    with monkeypatch.context() as patched:
        patched.setattr("fake_ims.serving.BadRequestError", None)  # an except clause that fails
        assert connect(listener).send(b"garbage").rest() == b""
    assert connect(listener).get().status == 200
    assert "failed while serving" in caplog.text
