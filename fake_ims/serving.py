"""One run of a listener: its threads and its sockets, between start() and stop().

One thread accepts connections and watches those that have nothing to say; a connection with bytes
to read goes to a worker, which answers what is complete and hands the connection back. So idle and
slow clients cost no thread. A worker that has just answered stays with its connection for a moment,
because the next request of a keep-alive client usually follows at once, and a change of thread
costs more than parsing it.

Nothing here reads the time: waits are bounded by time-outs of sockets, locks and selectors alone.
These stay real when a test freezes its clock, even if it did before it imported this module.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import selectors
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeAlias

from fake_ims.connections import TIMED_OUT, Connection
from fake_ims.wsgi import BadRequestError, call_app, environ_of, render

if TYPE_CHECKING:
    from fake_ims.server import Listener
    from fake_ims.wsgi import Request

_log = logging.getLogger(__name__)

_STOP_TIMEOUT = 2.0  # seconds that stop() gives to answers in flight
_CUT_TIMEOUT = 0.5  # seconds that stop() then gives to workers whose sockets it cut
_MOST_PAUSED = 512  # clients that the app keeps waiting, beyond which others wait as well
_ACCEPT_PAUSE = 0.1  # seconds without accepting after accept() failed
_ACCEPTS_AT_ONCE = 64
_READ_SIZE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that the listener dealt with by itself, without the app or after it crashed."""

    status: int
    """The HTTP status that was answered; 0 when nothing was."""
    reason: str
    """A short phrase: the one in the status line, when there is one."""
    detail: str
    """What a person should know, in a sentence."""
    client: str
    """The client's address, ``127.0.0.1:50312``."""
    traceback: str = ""
    """The traceback, when the app crashed."""


Rendered: TypeAlias = "tuple[list[tuple[str, str]], bytes]"
"""Headers and body of an answer that the listener makes by itself."""


def plain_text(refusal: Refusal) -> Rendered:
    """The default of ``Listener(refuse=)``."""
    text = f"{refusal.status} {refusal.reason}: {refusal.detail}\n"
    return [("Content-Type", "text/plain; charset=utf-8")], text.encode(errors="replace")


class Run:
    """The threads and sockets between one start() and its stop().

    A connection belongs to exactly one of: the selector thread, the queue of jobs, one worker.
    """

    def __init__(self, owner: Listener, listening: list[socket.socket]) -> None:
        self.owner = owner
        self.listening = listening
        self.selector = selectors.DefaultSelector()
        self.wake_receiver, self.wake_sender = socket.socketpair()
        self.wake_receiver.setblocking(False)
        self.wake_sender.setblocking(False)
        self.jobs: queue.SimpleQueue[Connection | None] = queue.SimpleQueue()
        self.watcher = threading.Thread(
            target=self._watch, name=f"fake-ims-listener-{owner.port}", daemon=True
        )
        self.resting: list[socket.socket] = []  # their accept() failed, and would again at once
        self.failing = False
        self.last_left = threading.Event()
        self.lock = threading.Lock()  # for all below
        self.stopping = False
        self.connections: set[Connection] = set()
        self.returned: list[Connection] = []  # from workers to the selector thread
        self.threads: list[threading.Thread] = []
        self.leaving: list[threading.Thread] = []  # no longer among them, but perhaps still there
        self.working: set[threading.Thread] = set()
        self.spare = 0  # workers without a job, less jobs without a worker
        self.lingering = 0
        self.paused = 0  # workers that keep their client waiting, and have a thread in their place
        self.may_stay = 0  # 1 when stop() is called in a worker, which cannot wait for itself

    def start(self) -> None:
        try:
            for sock in self.listening:
                self.selector.register(sock, selectors.EVENT_READ, sock)
            self.selector.register(self.wake_receiver, selectors.EVENT_READ)
            self.watcher.start()
        except BaseException:
            self._close_down()
            self.wake_sender.close()
            raise

    def stop(self) -> None:
        here = threading.current_thread()
        with self.lock:
            self.stopping = True
            self._wake()
            self.may_stay = 1 if here in self.working else 0
            for connection in self.connections:
                if connection.lingering:  # what has arrived is still read and answered
                    connection.shut_down(socket.SHUT_RD)
        if here is not self.watcher:
            self.watcher.join(_STOP_TIMEOUT)
        for _ in self.threads:
            self.jobs.put(None)
        if not self._all_left(_STOP_TIMEOUT):
            with self.lock:
                for connection in self.connections:
                    connection.shut_down(socket.SHUT_RDWR)
            if not self._all_left(_CUT_TIMEOUT):
                running = len(self.working) - self.may_stay
                _log.warning("%r: %d calls of the app go on after stop()", self.owner, running)
        for thread in (*self.threads, *self.leaving):
            if thread not in self.working and thread is not here:
                thread.join()
        self.wake_sender.close()

    def _all_left(self, timeout: float) -> bool:
        with self.lock:
            if len(self.working) <= self.may_stay:
                return True
        return self.last_left.wait(timeout)

    # The selector thread.

    def _watch(self) -> None:
        try:
            while not self.stopping:
                events = self.selector.select(_ACCEPT_PAUSE if self.resting else None)
                while self.resting:
                    listening = self.resting.pop()
                    self.selector.register(listening, selectors.EVENT_READ, listening)
                for key, _ in events:
                    if isinstance(key.data, Connection):
                        self.selector.unregister(key.data.sock)
                        self._dispatch(key.data)
                    elif isinstance(key.data, socket.socket):
                        self._accept(key.data)
                    else:
                        self.wake_receiver.recv(4096)
                self._watch_returned()
        finally:
            self._close_down()

    def _accept(self, listening: socket.socket) -> None:
        try:
            for _ in range(_ACCEPTS_AT_ONCE):
                self._welcome(*listening.accept())
                self.failing = False
        except (BlockingIOError, ConnectionAbortedError):
            pass
        except Exception as error:  # no descriptors left, above all
            self.selector.unregister(listening)
            self.resting.append(listening)
            if not self.failing:
                detail = f"it is tried again every {_ACCEPT_PAUSE} s: {error}"
                self._report(Refusal(0, "cannot accept connections", detail, ""))
            self.failing = True

    def _welcome(self, sock: socket.socket, peer: tuple[Any, ...]) -> None:
        try:
            connection = Connection(sock, peer, self.owner, self.pausing)
        except OSError:  # the client is gone already
            sock.close()
            return
        with self.lock:
            self.connections.add(connection)
        self._watch_for_data(connection)

    def _watch_returned(self) -> None:
        with self.lock:
            returned, self.returned = self.returned, []
        for connection in returned:
            self._watch_for_data(connection)

    def _watch_for_data(self, connection: Connection) -> None:
        try:
            self.selector.register(connection.sock, selectors.EVENT_READ, connection)
        except (OSError, ValueError, KeyError):  # the app has closed it
            self._close(connection)

    def _dispatch(self, connection: Connection) -> None:
        new = None
        with self.lock:
            self.spare -= 1
            if self.spare < 0:
                new = self._new_thread()
        self.jobs.put(connection)
        self._start(new)

    def _new_thread(self) -> threading.Thread | None:
        """Needs the lock. None when there are enough."""
        if self.stopping or len(self.threads) >= self.owner.max_threads + self.paused:
            return None
        name = f"fake-ims-worker-{self.owner.port}-{len(self.threads) + 1}"
        new = threading.Thread(target=self._work, name=name, daemon=True)
        self.threads.append(new)
        self.working.add(new)
        self.spare += 1
        return new

    def _start(self, new: threading.Thread | None) -> None:
        if new is not None:
            try:
                new.start()
            except RuntimeError:  # no more threads; the next connection tries again
                _log.exception("%r cannot start a thread", self.owner)
                with self.lock:
                    self.threads.remove(new)
                    self.working.discard(new)
                    self.spare -= 1

    def _close_down(self) -> None:
        with self.lock:
            self.stopping = True
            parked, self.returned = self.returned, []
        parked += [
            key.data for key in self.selector.get_map().values() if isinstance(key.data, Connection)
        ]
        for sock in (*self.listening, self.wake_receiver):
            sock.close()
        for connection in parked:
            self._close(connection)
        self.selector.close()

    def _wake(self) -> None:
        """Needs the lock."""
        with contextlib.suppress(OSError):  # it has been woken already, or is gone
            self.wake_sender.send(b"!")

    # The workers.

    @contextlib.contextmanager
    def pausing(self) -> Iterator[None]:
        """This worker keeps its client waiting: another may take its place."""
        with self.lock:
            counts = self.paused < _MOST_PAUSED
            self.paused += counts
            new = self._new_thread() if self.spare < 0 else None
        self._start(new)
        try:
            yield
        finally:
            with self.lock:
                self.paused -= counts

    def _too_many(self) -> bool:
        """Needs the lock. Whether a worker without a job was one for those who were paused."""
        most = self.owner.max_threads + self.paused
        return len(self.threads) > most and self.spare >= 0 and not self.stopping

    def _work(self) -> None:
        try:
            while (connection := self.jobs.get()) is not None:
                try:
                    self._serve(connection)
                except BaseException:  # a worker never dies: its place would be lost
                    _log.exception("%r failed while serving %s", self.owner, connection.client)
                    self._close(connection)
                with self.lock:
                    if self._too_many():
                        here = threading.current_thread()
                        self.threads.remove(here)
                        self.leaving = [*filter(threading.Thread.is_alive, self.leaving), here]
                        return
                    self.spare += 1
        finally:
            with self.lock:
                self.working.discard(threading.current_thread())
                if len(self.working) <= self.may_stay:
                    self.last_left.set()

    def _serve(self, connection: Connection) -> None:
        """Answers what has arrived; at the end the connection is parked or closed."""
        if self.stopping:
            return self._close(connection)
        while (data := self._receive(connection)) is not None:
            if not data or not self._take(connection, data):
                return self._close(connection)
            if not connection.lingering:
                break
        return self._park(connection)

    def _receive(self, connection: Connection) -> bytes | None:
        """What has arrived; empty when the client is gone, None when nothing did in time."""
        try:
            return connection.sock.recv(_READ_SIZE)
        except TIMED_OUT:
            return None
        except OSError:
            return b""
        finally:
            if connection.lingering:
                with self.lock:
                    self._linger_no_more(connection)

    def _linger_no_more(self, connection: Connection) -> None:
        """Needs the lock."""
        if connection.lingering:
            connection.lingering = False
            self.lingering -= 1

    def _may_linger(self, connection: Connection) -> None:
        """Let this worker stay with the connection for a moment, if it can be spared."""
        most = self.owner.max_threads
        with self.lock:
            free = self.spare > 0 or (self.spare == 0 and len(self.threads) < most)
            if not self.stopping and free and self.lingering < most // 2:
                connection.lingering = True
                self.lingering += 1

    def _park(self, connection: Connection) -> None:
        with self.lock:
            if not self.stopping:
                self.returned.append(connection)
                if len(self.returned) == 1:
                    self._wake()
                return
        self._close(connection)

    def _close(self, connection: Connection) -> None:
        with self.lock:  # so that stop() never shuts down a descriptor that is another's by now
            self.connections.discard(connection)
            self._linger_no_more(connection)
        connection.sock.close()
        connection.answered()

    def _take(self, connection: Connection, data: bytes) -> bool:
        """Answers each request that is complete with this data; whether the connection goes on."""
        reader, answer = connection.reader, b""
        if connection.drain:
            connection.drain -= len(data)
            return connection.drain > 0
        reader.feed(data)
        try:
            while (request := reader.next()) is not None:
                if answer:  # to the request before this one
                    connection.send(answer)
                answer, goes_on = self._answer(connection, request)
                if not goes_on:
                    connection.send(answer)
                    return reader.pending and connection.drain_and_close()
            if reader.wants_continue():
                answer += b"HTTP/1.1 100 Continue\r\n\r\n"
            # All is ready to wait again before the answer goes: with the client in this process,
            # each instruction after that is one it waits for.
            self._may_linger(connection)
            if answer:
                connection.send(answer)
            return True
        except BadRequestError as bad:
            return self._refuse(connection, bad, after=answer)
        except OSError:  # the client is gone, or does not read
            return False

    def _refuse(self, connection: Connection, bad: BadRequestError, *, after: bytes) -> bool:
        """Refuse, after the answer to the request before."""
        reason = HTTPStatus(bad.status).phrase if bad.status else "TLS hello"
        refusal = Refusal(bad.status, reason, str(bad), connection.client)
        self._report(refusal)
        if not bad.status:
            with contextlib.suppress(OSError):
                connection.send(after)
            return False
        to_head = connection.reader.to_head
        try:
            connection.send(after + self._refusal(refusal, to_head=to_head, keep_alive=False))
        except OSError:
            return False
        return connection.drain_and_close()

    def _answer(self, connection: Connection, request: Request) -> tuple[bytes, bool]:
        """The answer, and whether the connection goes on after it."""
        owner = self.owner
        to_head = request.method == "HEAD"
        try:
            environ = environ_of(request, connection.environ)
            status, headers, body = call_app(owner.app, environ)
            keep_alive = request.keep_alive and not self.stopping
            answer, keep_alive = render(
                status, headers, body, to_head=to_head, keep_alive=keep_alive, date=self._date()
            )
        except BaseException as crash:  # SystemExit too: it is the app's, and this is our thread
            what = traceback.format_exception_only(type(crash), crash)[-1].strip()
            text = traceback.format_exc()
            refusal = Refusal(500, "Internal Server Error", what, connection.client, text)
            self._report(refusal)
            keep_alive = request.keep_alive and not self.stopping
            answer = self._refusal(refusal, to_head=to_head, keep_alive=keep_alive)
        return answer, keep_alive

    # What the owner wants to know and to say. Its mistakes must not cost the client its answer.

    def _report(self, refusal: Refusal) -> None:
        try:
            self.owner.report(refusal)
        except BaseException:
            _log.exception("%r: report() failed", self.owner)

    def _refusal(self, refusal: Refusal, *, to_head: bool, keep_alive: bool) -> bytes:
        def rendered(refuse: Callable[[Refusal], Rendered]) -> bytes:
            given, body = refuse(refusal)
            headers = list(given)
            if refusal.status == 405:
                headers.append(("Allow", "GET, HEAD, POST"))
            status = f"{refusal.status} {refusal.reason}"
            return render(
                status, headers, body, to_head=to_head, keep_alive=keep_alive, date=self._date()
            )[0]

        try:
            return rendered(self.owner.refuse)
        except BaseException:
            _log.exception("%r: refuse() failed", self.owner)
            return rendered(plain_text)

    def _date(self) -> str | None:
        try:
            return self.owner.date() if self.owner.date is not None else None
        except BaseException:
            _log.exception("%r: date() failed", self.owner)
            return None
