"""One attempt to post a callback over HTTP: one connection, one deadline, no retry.

It speaks through sockets of its own. The clients of the standard library have a time-out for each
read, not for the whole, take proxies from the environment, and are what tests replace in order to
see the HTTP calls of the code under test, which these are not.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fake_ims.clock import real_monotonic
from fake_ims.events.destinations import (
    Address,
    Destination,
    DestinationError,
    NotAllowedError,
    addresses_of,
    is_loopback,
    parse,
)
from fake_ims.events.wire import TlsWire, Wire

if TYPE_CHECKING:
    from fake_ims.events.reply import Reply

_LONGEST: Final = 86_400.0
"""Seconds: a socket takes no time-out of more than some weeks."""
_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [\t -~\x80-\xff]*")

_CUT: Final = "cut short"

log = logging.getLogger("fake_ims")


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted where. ``Content-Type: application/json`` is added unless ``headers`` have
    another: no document says what the service sends.
    """

    url: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<Post {self.url!r} {len(self.body)} bytes>"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an attempt.

    ``status`` is None when no answer came in time. ``reason`` says to a person why it failed; it is
    empty when it did not. ``latency`` is seconds of real time, to the end of the answer's head.
    ``contacted`` is False when nothing was tried, because the URL leads to another machine.
    """

    status: int | None
    reason: str
    latency: float
    contacted: bool

    @property
    def ok(self) -> bool:
        """Only 200 counts (documented)."""
        return self.status == 200


def destination(url: str) -> str:
    """Host and port of a URL, in lower case; the URL itself if nothing can be posted to it."""
    try:
        return parse(url).endpoint
    except DestinationError:
        return url


class _FailedError(Exception):
    """The attempt has failed; the message is the reason."""


class Posting:
    """One attempt, made by ``run()``, which is called once; ``abort()`` cuts it.

    The status decides, and has to arrive in time: redirects are not followed, and of the body only
    so much is read, within the same deadline, that an ordinary receiver can send it. Certificates
    are verified, except those of loopback addresses.

    :param timeout: seconds of real time for all of it. Looking up an allowed name may take longer,
        since nothing can cut that.
    :param allow_hosts: as for :func:`~fake_ims.events.destinations.addresses_of`.
    """

    def __init__(self, post: Post, *, timeout: float, allow_hosts: tuple[str, ...]) -> None:
        self.post = post
        self.timeout = timeout
        self.allow_hosts = allow_hosts
        self._deadline = 0.0
        self._lock = threading.Lock()  # for all below
        self._aborted = False
        self._sock: socket.socket | None = None

    def __repr__(self) -> str:
        return f"<Posting {self.post!r}{' aborted' if self._aborted else ''}>"

    def abort(self) -> None:
        """Let ``run()`` return soon: from another thread, at any time, even before it is called."""
        with self._lock:
            self._aborted = True
            if self._sock is not None:
                with contextlib.suppress(OSError):
                    self._sock.shutdown(socket.SHUT_RDWR)

    def run(self) -> Result:
        """Make the attempt. Raises nothing."""
        began = real_monotonic()
        self._deadline = began + min(self.timeout, _LONGEST)
        contacted = True
        try:
            return self._attempt(began)
        except NotAllowedError as error:
            reason, contacted = str(error), False
        except (_FailedError, DestinationError) as error:
            reason = _CUT if self._aborted else str(error)
        except Exception as error:
            log.exception("inside fake_ims, while posting to %r", self.post.url)
            reason = f"inside fake_ims: {error!r}"
        finally:
            self._drop()
        return Result(None, reason, real_monotonic() - began, contacted)

    def _attempt(self, began: float) -> Result:
        from fake_ims.events.reply import Reply

        where = parse(self.post.url)
        request = _request(self.post, where)
        wire = self._connect(where)
        lost = self._send(wire, request)
        reply = Reply()
        self._read_head(wire, reply, lost)
        latency = real_monotonic() - began
        with contextlib.suppress(OSError):
            while not reply.complete and (data := wire.receive()):
                reply.feed(data)
        return Result(reply.status, reply.summary, latency, contacted=True)

    # ------------------------------------------------------------ the connection

    def _left(self) -> float:
        left = self._deadline - real_monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _too_late(self, what: str) -> _FailedError:
        return _FailedError(f"{what} in {self.timeout:g} s")

    def _hold(self, sock: socket.socket) -> None:
        """Let ``abort()`` reach this socket."""
        with self._lock:
            self._sock = sock
            if self._aborted:
                raise _FailedError(_CUT)

    def _drop(self) -> None:
        with self._lock:
            sock, self._sock = self._sock, None
            if sock is not None:
                sock.close()

    def _connect(self, where: Destination) -> Wire:
        with self._lock:
            if self._aborted:
                raise _FailedError(_CUT)
        try:
            addresses = addresses_of(where, self.allow_hosts)
        except OSError as error:
            raise _FailedError(f"{where.host} cannot be looked up: {_said(error)}") from None
        errors: list[OSError] = []
        for address in addresses:
            sock = self._connect_to(address, errors)
            if sock is not None:
                wire = Wire(sock, self._left)
                return self._speak_tls(wire, where, address) if where.scheme == "https" else wire
        if isinstance(errors[0], ConnectionRefusedError):
            raise _FailedError("connection refused")
        raise _FailedError(f"cannot connect: {_said(errors[0])}")

    def _connect_to(self, address: Address, errors: list[OSError]) -> socket.socket | None:
        family, where = address
        try:
            sock = socket.socket(family, socket.SOCK_STREAM)
            self._hold(sock)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(self._left())
            sock.connect(where)
            if sock.getsockname() == where:  # TCP can do that, where nobody listens
                raise ConnectionRefusedError
        except TimeoutError:
            raise self._too_late("not connected") from None
        except ConnectionResetError:  # so fast that it is the connecting which fails
            raise _FailedError("reset before an answer") from None
        except OSError as error:
            errors.append(error)
            self._drop()
            return None
        return sock

    def _speak_tls(self, plain: Wire, where: Destination, address: Address) -> Wire:
        import ssl  # most receivers speak none

        if is_loopback(address[1][0]):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        else:
            context = ssl.create_default_context()
        try:
            wire = TlsWire(plain, context, where.host)
            wire.shake_hands()
        except TimeoutError:
            raise self._too_late("no TLS handshake") from None
        except ssl.SSLCertVerificationError as error:
            raise _FailedError(f"TLS: {error.verify_message}") from None
        except ssl.SSLError as error:
            why = str(error.reason or error).lower().replace("_", " ")
            raise _FailedError(f"TLS: {why} (is it an http:// URL?)") from None
        except OSError as error:
            raise _FailedError(f"TLS: {_said(error)}") from None
        except ValueError as error:  # a name that TLS has none for
            raise _FailedError(f"TLS: {error}") from None
        return wire

    # ------------------------------------------------------------ the exchange

    def _send(self, wire: Wire, request: bytes) -> OSError | None:
        """What went wrong, if anything did: perhaps it has answered before that."""
        try:
            wire.send(request)
        except TimeoutError:
            raise self._too_late("the request was not read") from None
        except OSError as error:
            return error
        return None

    def _read_head(self, wire: Wire, reply: Reply, lost: OSError | None) -> None:
        from fake_ims.events.reply import NotHttpError

        try:
            while reply.status is None:
                data = wire.receive()
                if not data and lost is not None:
                    raise lost
                if not data:
                    how = f"in the middle of an answer: {reply.begun}"
                    raise _FailedError(f"closed {how if reply.begun else 'without an answer'}")
                reply.feed(data)
        except NotHttpError as error:
            raise _FailedError(str(error)) from None
        except TimeoutError:
            if reply.begun:
                late = self._too_late("no whole answer")
                raise _FailedError(f"{late}: {reply.begun}") from None
            raise self._too_late("no answer") from None
        except OSError as error:
            what = "reset" if isinstance(error, ConnectionError) else _said(error)
            how = (
                f"in the middle of an answer: {reply.begun}" if reply.begun else "before an answer"
            )
            raise _FailedError(f"{what} {how}") from None


def _said(error: OSError) -> str:
    """What an error says, without its number."""
    return error.strerror or str(error) or type(error).__name__


def _request(post: Post, where: Destination) -> bytes:
    headers = [
        ("Host", where.host_header),
        ("User-Agent", "fake-ims"),
        ("Content-Length", str(len(post.body))),
        ("Connection", "close"),
        *post.headers,
    ]
    if where.authorization:
        headers.append(("Authorization", where.authorization))
    if all(name.lower() != "content-type" for name, _ in post.headers):
        headers.append(("Content-Type", "application/json"))
    lines = [f"{name}: {value}" for name, value in headers]
    for line in lines:
        if _HEADER.fullmatch(line) is None:
            raise DestinationError(f"not a header: {line!r}")
    head = "\r\n".join([f"POST {where.target} HTTP/1.1", *lines, "", ""])
    return head.encode("latin-1") + post.body
