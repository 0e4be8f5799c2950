"""One client's connection to a listener."""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from fake_ims.addresses import endpoint_of
from fake_ims.wsgi import RequestReader

if TYPE_CHECKING:
    from fake_ims.server import Listener

_log = logging.getLogger(__name__)

_LINGER = 0.05  # seconds a worker stays with a connection that it has answered
_SEND_TIMEOUT = 10.0  # seconds for a client to take one answer
_DRAIN_LIMIT = 256 * 1024 * 1024  # bytes read for nothing, so that a client sees its refusal
TIMED_OUT = (TimeoutError, BlockingIOError)
"""What a time-out of a socket raises: Python's, the kernel's."""


class Connection:
    """A client's socket and what has been read of its next request. One thread has it at a time."""

    __slots__ = ("after", "client", "drain", "environ", "lingering", "reader", "sock", "timeout")

    def __init__(
        self,
        sock: socket.socket,
        peer: tuple[Any, ...],
        owner: Listener,
        pausing: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.sock = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The kernel's time-outs, on a blocking socket, make one system call of each read and write.
        # Python's make two, each without the GIL: it cost 8 clients a quarter of their throughput.
        self.timeout = _LINGER if sys.platform == "win32" else None
        sock.settimeout(self.timeout)
        if sys.platform != "win32":
            timeval = struct.pack("ll", *divmod(int(_LINGER * 1_000_000), 1_000_000))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeval)
        self.client = endpoint_of(peer[0], peer[1])
        self.reader = RequestReader(owner.max_head, owner.max_body)
        self.lingering = False
        self.after: list[Callable[[], object]] = []  # to be done when the answer is with the client
        self.drain = 0  # bytes still to be thrown away before closing; 0 while requests are served
        self.environ = {
            "SERVER_NAME": owner.host,
            "SERVER_PORT": str(owner.port),
            "REMOTE_ADDR": peer[0],
            "REMOTE_PORT": str(peer[1]),
            "fake_ims.socket": sock,
            "fake_ims.pausing": pausing,
            "fake_ims.after_answer": self.after.append,
            **owner.environ,
        }

    def send(self, data: bytes) -> None:
        """Raises OSError when the client is gone, or does not take it all in time."""
        sent = 0
        with contextlib.suppress(*TIMED_OUT):
            sent = self.sock.send(data)
        if sent < len(data):
            self.sock.settimeout(_SEND_TIMEOUT)
            self.sock.sendall(memoryview(data)[sent:])
            self.sock.settimeout(self.timeout)
        if self.after:
            self.answered()

    def answered(self) -> None:
        """Do what was to wait for the answer, which has been sent or never will be."""
        while self.after:
            self._do(self.after.pop(0))

    def _do(self, what: Callable[[], object]) -> None:
        try:
            what()
        except Exception:
            _log.exception("after an answer to %s", self.client)

    def drain_and_close(self) -> bool:
        """Ends our half; closing with bytes unread would reset it, and lose the answer."""
        self.drain = _DRAIN_LIMIT
        return self.shut_down(socket.SHUT_WR)

    def shut_down(self, how: int) -> bool:
        try:
            self.sock.shutdown(how)
        except OSError:
            return False
        return True
