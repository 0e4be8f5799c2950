"""A server that writes down what it is sent, to the byte, and redirects to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

import pytest

from fake_ims.hooks import Hooks
from fake_ims.redirect import Redirect


class Sent(NamedTuple):
    """A request, as it arrived."""

    method: str
    target: str
    hosts: list[str]
    body: bytes
    headers: dict[str, str]


class Recorder:
    """Answers 200, or what the next of ``answers`` says: a status and headers."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionError:  # a client may go when it likes
                    self.close_connection = True

            def answer(self) -> None:
                recorder.sent.append(
                    Sent(
                        self.command,
                        self.path,
                        self.headers.get_all("Host") or [],
                        self.rfile.read(int(self.headers.get("Content-Length") or 0)),
                        {name.lower(): value for name, value in self.headers.items()},
                    )
                )
                status, headers = recorder.answers.pop(0) if recorder.answers else (200, {})
                body = b'{"MediaId": "m"}'
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = answer  # noqa: N815 - names of http.server

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        """Its address, as a redirect takes it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def last(self) -> Sent:
        """The request of a test that makes one."""
        (sent,) = self.sent
        return sent

    @contextmanager
    def serving(self) -> Iterator[Recorder]:
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder().serving() as recorder:
        yield recorder


@pytest.fixture
def redirected(recorder: Recorder) -> Iterator[Recorder]:
    """The server to which everything for IMS goes."""
    with Redirect(recorder.url, Hooks()):
        yield recorder
