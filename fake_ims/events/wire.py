"""A connection's bytes, plain or over TLS, sent and received before one deadline."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    import ssl

Result = TypeVar("Result")

_READ_SIZE: Final = 16 * 1024


class Wire:
    """A socket that somebody else opens and closes.

    :param left: the seconds that are left; raises TimeoutError when there are none.
    """

    def __init__(self, sock: socket.socket, left: Callable[[], float]) -> None:
        self._sock = sock
        self._left = left

    def send(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(self._left())
            rest = rest[self._sock.send(rest) :]

    def receive(self) -> bytes:
        """What has arrived, or does; empty at the end. Raises OSError."""
        self._sock.settimeout(self._left())
        return self._sock.recv(_READ_SIZE)


class TlsWire(Wire):
    """TLS over another wire. Not by ssl's own sockets: these take the socket away from who may want
    to shut it down, and lose it when the connection is reset before they begin.
    """

    def __init__(self, plain: Wire, context: ssl.SSLContext, host: str) -> None:
        import ssl

        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)

    def shake_hands(self) -> None:
        """Has to come first. Raises OSError, of which SSLError is one."""
        self._do(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        self._do(lambda: self._tls.write(data))

    def receive(self) -> bytes:
        import ssl

        try:
            return self._do(lambda: self._tls.read(_READ_SIZE))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def _do(self, step: Callable[[], Result]) -> Result:
        import ssl

        done: list[Result] = []
        while not done:
            with contextlib.suppress(ssl.SSLWantReadError):
                done.append(step())
            self._flush()
            if not done:
                self._feed()
        return done[0]

    def _feed(self) -> None:
        data = self._plain.receive()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _flush(self) -> None:
        self._plain.send(self._outgoing.read())
