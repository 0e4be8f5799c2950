"""Sending answers as no server should: what a fault wants done to the connection itself."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from typing import TYPE_CHECKING, Final

from fake_ims.faults.effects import Half, Reset, Slow
from fake_ims.gateway.rendering import Answer, Sending
from fake_ims.wsgi import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIEnvironment

_LINGER_NOT: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_SEND_TIMEOUT: Final = 10.0
_PIECES: Final = 20  # that a slow body comes in, at most


def send(environ: WSGIEnvironment, status: str, answer: Answer, how: Sending) -> None:
    """Send an answer as a fault wants it sent, and close the connection."""
    sock: socket.socket = environ["fake_ims.socket"]
    if isinstance(how.effect, Reset):
        with contextlib.suppress(OSError):  # the client has gone before us
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        sock.close()
        return
    with contextlib.suppress(OSError):
        _send_spoilt(sock, environ, status, answer, how)
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)  # or the listener would send the whole answer after it


def _send_spoilt(
    sock: socket.socket, environ: WSGIEnvironment, status: str, answer: Answer, how: Sending
) -> None:
    sock.settimeout(_SEND_TIMEOUT)
    head, _ = render(
        status, list(answer.headers), answer.body, to_head=True, keep_alive=False, date=None
    )
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
    if isinstance(how.effect, Half):
        sock.sendall(head + body[: len(body) // 2])
    elif isinstance(how.effect, Slow):
        sock.sendall(head)
        with environ["fake_ims.pausing"]():
            _dribble(sock, body, how.effect.seconds, how.wait)


def _dribble(
    sock: socket.socket, body: bytes, seconds: float, wait: Callable[[float], bool]
) -> None:
    size = -(-len(body) // _PIECES) or 1
    pieces = [body[at : at + size] for at in range(0, len(body), size)] or [b""]
    for piece in pieces:
        wait(seconds / len(pieces))
        sock.sendall(piece)
