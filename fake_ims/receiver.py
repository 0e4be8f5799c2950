"""A receiver of callbacks for who has none: an HTTP endpoint that a test looks into, and bends."""

from __future__ import annotations

import contextlib
import functools
import inspect
import logging
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, TypeGuard

from fake_ims.clock import TimeDelta, micros, real_monotonic
from fake_ims.event_loops import handling
from fake_ims.received import Headers, Received, said
from fake_ims.server import Listener
from fake_ims.texts import listing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_LINGER_NOT: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
_PIECES: Final = 20  # that a slow answer comes in, at most
_LONG: Final = 3600.0
_SEND_TIMEOUT: Final = 10.0

log = logging.getLogger("fake_ims")

Handle: TypeAlias = Callable[[Received], "int | None"]
"""A test's own handler: what it returns is the status, None is 200, an exception is a 500."""

_PLAIN_TEXT: Final = ("Content-Type", "text/plain; charset=utf-8")


def _is_status(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 200 <= value <= 599


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


@dataclass(slots=True)
class _Act:
    """What a test wants done to the next requests, instead of what would be."""

    kind: Literal["answer", "hang", "reset", "slow"]
    times: int | None
    status: int = 200
    body: bytes = b""
    seconds: float = 0.0
    handled: bool = False

    @property
    def fails(self) -> bool:
        """Whether a callback may be lost by it."""
        return self.kind != "answer" or self.status != 200

    def __repr__(self) -> str:
        what = {"answer": f"answer {self.status}", "slow": f"slow {self.seconds:g}s"}
        times = "until told otherwise" if self.times is None else f"{self.times} times"
        return f"<{what.get(self.kind, self.kind)}, {times}>"


class Receiver:
    """An HTTP endpoint on 127.0.0.1 that receives callbacks, between ``start()`` and ``close()`` or
    in a ``with`` statement. It takes any method, any path and any body.

    What it is told (:meth:`answer`, :meth:`hang`, :meth:`reset`, :meth:`slow`) it does in that
    order, each so many ``times``. Without ``times`` it goes on until it is told something else. The
    handler is not called then, unless ``handled`` is true: the request takes effect, and its sender
    does not learn of it and comes again.

    :param handle: called with each :class:`Received` in a thread of the receiver, perhaps in
        several at once. ``settle()`` and the like do not wait for callbacks in it.
    :param provoked: told the URL when the receiver is told to fail, before it does.
    """

    def __init__(
        self, handle: Handle | None = None, *, provoked: Callable[[str], object] | None = None
    ) -> None:
        self._handle = handle
        self._provoked = provoked or (lambda url: None)
        self._listener = Listener(self._app)
        self._closing = threading.Event()
        self._changed = threading.Condition()  # for all below
        self._received: list[Received] = []
        self._at_work: set[Received] = set()
        self._acts: list[_Act] = []
        self._kept_waiting: set[socket.socket] = set()

    def __repr__(self) -> str:
        with self._changed:
            told = "".join(f"\n  {act!r}" for act in self._acts)
            return f"<Receiver {self._listener!r}>\n{listing('received', self._received)}{told}"

    # ------------------------------------------------------------ its life

    @property
    def url(self) -> str:
        """Where callbacks go, without a slash at the end: any path may follow.

        :raises RuntimeError: before it has been started.
        """
        if not self._listener.port:
            raise RuntimeError("start it first: with ims.callbacks.receiver() as inbox: ...")
        return self._listener.url

    def start(self) -> None:
        """Receive; after ``close()`` again on the same port, as a receiver that was down."""
        self._closing.clear()
        self._listener.start()
        self._warn()

    def close(self) -> None:
        """Receive no more. Who is kept waiting is cut off; what came in can still be read."""
        self._closing.set()
        with self._changed:
            for sock in self._kept_waiting:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self._listener.stop()

    def __enter__(self) -> Receiver:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # ------------------------------------------------------------ looking

    @property
    def received(self) -> tuple[Received, ...]:
        """What has come so far, in the order in which it came."""
        with self._changed:
            return tuple(self._received)

    def clear(self) -> None:
        """Forget what has come so far."""
        with self._changed:
            self._received = []
            self._at_work.clear()

    def wait_for(self, count: int = 1, timeout: float = 5.0) -> tuple[Received, ...]:
        """Wait until so many requests have come, and the first of them, which are returned, have
        been answered, or are kept waiting, or were cut off.

        :param timeout: seconds of real time.
        :raises AssertionError: if they have not come by then; the message says what has.
        """
        __tracebackhide__ = True
        deadline = real_monotonic() + timeout
        with self._changed:
            found, done = self._received, 0
            while done < count:
                if found is not self._received:  # it was cleared
                    found, done = self._received, 0
                elif done < len(found) and found[done] not in self._at_work:
                    done += 1
                elif (left := deadline - real_monotonic()) > 0:
                    self._changed.wait(min(left, _LONG))
                else:
                    raise AssertionError(f"{done} of {count} came in {timeout:g} s: {self!r}")
            return tuple(found[:count])

    # ------------------------------------------------------------ telling it what to do

    def answer(
        self, status: int, *, times: int | None = None, body: str | bytes = b"",
        handled: bool = False,
    ) -> None:  # fmt: skip
        """Answer with this status.

        :raises ValueError: for one that is not 200 to 599, or ``times`` under 1.
        """
        if not _is_status(status):
            raise ValueError(f"a status is a number from 200 to 599, not {status!r}")
        data = body.encode() if isinstance(body, str) else body
        self._tell(_Act("answer", times, status=int(status), body=data, handled=handled))

    def hang(self, *, times: int | None = None, handled: bool = False) -> None:
        """Do not answer; wait until the sender gives up.

        :raises ValueError: for ``times`` under 1.
        """
        self._tell(_Act("hang", times, handled=handled))

    def reset(self, *, times: int | None = None, handled: bool = False) -> None:
        """Reset the connection without an answer.

        :raises ValueError: for ``times`` under 1.
        """
        self._tell(_Act("reset", times, handled=handled))

    def slow(self, length: TimeDelta, *, times: int | None = None, handled: bool = False) -> None:
        """Answer 200, in small pieces that take this long together, in real time.

        :raises ValueError: if it is not a length of time, or negative, or ``times`` is under 1.
        """
        seconds = micros(length) / 1_000_000
        if seconds < 0:
            raise ValueError(f"a length of time is not negative: {length!r}")
        self._tell(_Act("slow", times, seconds=seconds, handled=handled))

    def _tell(self, act: _Act) -> None:
        if act.times is not None and act.times < 1:
            raise ValueError(f"times must be at least 1, not {act.times}")
        with self._changed:
            if self._acts and self._acts[-1].times is None:
                del self._acts[-1]
            self._acts.append(act)
        self._warn()

    def _warn(self) -> None:
        with self._changed:
            fails = any(act.fails for act in self._acts)
        if fails and self._listener.port:
            self._provoked(self.url)

    def _next_act(self) -> _Act | None:
        """Needs the lock."""
        if not self._acts:
            return None
        act = self._acts[0]
        if act.times is not None:
            act.times -= 1
            if not act.times:
                del self._acts[0]
        return act

    # ------------------------------------------------------------ receiving

    def _app(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        path = environ["RAW_URI"]
        headers = Headers(environ)
        host = headers.get("Host", self._listener.endpoint)
        received = Received(
            environ["REQUEST_METHOD"],
            path,
            headers,
            environ["wsgi.input"].read(),
            path if "://" in path else f"http://{host}{path}",
        )
        with self._changed:
            act = self._next_act()
            self._received.append(received)
            self._at_work.add(received)
        status, body = 200, b""
        if act is None or act.handled:
            status, body = self._call_handler(received)
        if act is not None:
            status, body = act.status, act.body
        if act is None or act.kind == "answer":
            environ["fake_ims.after_answer"](functools.partial(self._is_dealt_with, received))
            received.answered = status
        else:
            self._misbehave(act, received, environ)
        start_response(f"{status} {_phrase(status)}".rstrip(), [_PLAIN_TEXT])
        return [body]

    def _misbehave(self, act: _Act, received: Received, environ: WSGIEnvironment) -> None:
        """Do something else than answer, and end the connection: what follows is not sent."""
        sock: socket.socket = environ["fake_ims.socket"]
        if act.kind == "reset":
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
            sock.close()
            self._is_dealt_with(received)
            return
        with contextlib.suppress(OSError), environ["fake_ims.pausing"]():
            if act.kind == "hang":
                self._is_dealt_with(received)
                self._keep_waiting(sock)
            else:
                self._dribble(sock, received, act.seconds)
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
        self._is_dealt_with(received)

    def _is_dealt_with(self, received: Received) -> None:
        with self._changed:
            self._at_work.discard(received)
            self._changed.notify_all()

    def _call_handler(self, received: Received) -> tuple[int, bytes]:
        """The status that the handler wants, and a body that tells of its error."""
        if self._handle is None:
            return 200, b""
        try:
            with handling():
                status: object = self._handle(received)
            if inspect.iscoroutine(status):
                status.close()
                raise TypeError("the handler is a coroutine function: a plain one is called")
            if status is None:
                return 200, b""
            if not _is_status(status):
                raise TypeError(f"the handler returned {status!r}, not a status from 200 to 599")
        except BaseException as error:  # pytest.fail() too: it is the test's, and this our thread
            received.error = error
            log.exception("the handler of %s failed at %r", self._listener.url, received)
            return 500, said(error).encode("utf-8", "replace")
        return int(status), b""

    def _keep_waiting(self, sock: socket.socket) -> None:
        """Until the client goes, or we do. Raises OSError."""
        with self._changed:
            self._kept_waiting.add(sock)
        try:
            sock.settimeout(_LONG)
            while not self._closing.is_set() and sock.recv(65536):
                pass
        finally:
            with self._changed:
                self._kept_waiting.discard(sock)

    def _dribble(self, sock: socket.socket, received: Received, seconds: float) -> None:
        """Raises OSError when the client has gone."""
        sock.settimeout(_SEND_TIMEOUT)
        text = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        size = -(-len(text) // _PIECES)
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        for piece in pieces:
            if self._closing.wait(min(seconds, _LONG) / len(pieces)):
                return
            sock.sendall(piece)
        received.answered = 200
