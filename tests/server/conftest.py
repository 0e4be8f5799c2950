"""A listener around a small app, and a client that says exactly what it is told to."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from fake_ims.server import Listener
from fake_ims.serving import Refusal

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HANG = 20  # seconds after which a test is taken to hang


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def __getitem__(self, name: str) -> str:
        (value,) = [value for key, value in self.headers if key.lower() == name.lower()]
        return value

    @property
    def json(self) -> dict[str, Any]:
        decoded = json.loads(self.body)
        assert isinstance(decoded, dict)
        return decoded


class Client:
    """One connection."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.sock = socket.create_connection(address, timeout=HANG)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.sock.makefile("rb")

    def send(self, data: bytes) -> Client:
        self.sock.sendall(data)
        return self

    def get(self, target: str = "/") -> Answer:
        return self.send(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).answer()

    def answer(self, *, to_head: bool = False) -> Answer:
        line = self.file.readline()
        if not line:
            raise EOFError
        status = int(line.split()[1])
        headers = []
        while (line := self.file.readline()) != b"\r\n":
            assert line, "the answer ends within its head"
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name, value.strip()))
        length = int({k.lower(): v for k, v in headers}.get("content-length", 0))
        body = b"" if to_head or status in (100, 204, 304) else self.file.read(length)
        return Answer(status, headers, body)

    def rest(self) -> bytes:
        """All until the server closes."""
        return self.file.read()

    def close(self) -> None:
        self.file.close()
        self.sock.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answers with the environ's strings and the body, as JSON."""
    said = {key: value for key, value in environ.items() if isinstance(value, str)}
    said["body"] = environ["wsgi.input"].read().decode("latin-1")
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]


class Listen(Protocol):
    def __call__(self, app: WSGIApplication = ..., **options: Any) -> Listener: ...


@pytest.fixture
def refusals() -> list[Refusal]:
    """What the listeners of this test reported."""
    return []


@pytest.fixture
def listen(refusals: list[Refusal]) -> Iterator[Listen]:
    """Starts listeners; at the end they are stopped, and no thread of theirs may be left."""
    listeners = []
    before = set(threading.enumerate())

    def start(app: WSGIApplication = echo, **options: Any) -> Listener:
        listener = Listener(app, **{"report": refusals.append, **options})
        listeners.append(listener)
        listener.start()
        return listener

    yield start
    for listener in listeners:
        listener.stop()
    left = {t for t in threading.enumerate() if t.name.startswith("fake-ims-")} - before
    assert not left


@pytest.fixture
def connect() -> Iterator[Callable[[Listener], Client]]:
    """Opens connections, which are closed at the end."""
    clients = []

    def open_one(listener: Listener) -> Client:
        clients.append(Client(("127.0.0.1", listener.port)))
        return clients[-1]

    yield open_one
    for client in clients:
        client.close()
