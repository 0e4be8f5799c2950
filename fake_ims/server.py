"""A small threaded HTTP/1.1 server around any WSGI app; :mod:`fake_ims.serving` has its threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

from fake_ims.addresses import endpoint_of, listen
from fake_ims.serving import Refusal, Rendered, Run, plain_text

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

_log = logging.getLogger(__name__)


class Listener:
    """Serves a WSGI app over HTTP/1.1 between ``start()`` and ``stop()``, from daemon threads.

    ``port`` 0 takes a free port, and keeps it when started again. ``max_body`` and ``max_head`` are
    bytes. ``environ`` is added to each request's WSGI environ. ``refuse`` gives headers and
    body of an answer that the listener makes by itself; ``report`` is told of it, in the thread
    where it happens (by default the log is). ``date`` gives the Date header, absent otherwise.

    The environ also holds the client's socket as ``fake_ims.socket``. Until it returns, an app may
    write to it (after setting its time-out), reset it or close it; what the app then returns is
    lost quietly. An answer is sent when the app has given all of it: an endless one never is. An
    app that keeps a client waiting does so inside ``fake_ims.pausing()`` of the environ, a context
    manager: another thread takes its place meanwhile, so that nobody else has to wait. A function
    that it gives to ``fake_ims.after_answer`` is called, in the same thread, when the answer has
    been sent, or cannot be.
    """

    def __init__(
        self,
        app: WSGIApplication,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        max_threads: int = 32,
        max_body: int = 64 * 1024 * 1024,
        max_head: int = 256 * 1024,
        environ: Mapping[str, object] | None = None,
        refuse: Callable[[Refusal], Rendered] = plain_text,
        report: Callable[[Refusal], None] | None = None,
        date: Callable[[], str] | None = None,
    ) -> None:
        if max_threads < 1:
            raise ValueError(f"max_threads must be at least 1, not {max_threads}")
        self.app = app
        self.host = host
        self.port = port
        self.max_threads = max_threads
        self.max_body = max_body
        self.max_head = max_head
        self.environ = dict(environ or {})
        self.refuse = refuse
        self.report = report or _log_refusal
        self.date = date
        self._lifecycle = threading.RLock()
        self._run: Run | None = None

    def __repr__(self) -> str:
        state = "listening" if self._run else "stopped"
        return f"<Listener {self.endpoint} {state}>"

    @property
    def endpoint(self) -> str:
        """Host and port for a client on this machine, as in a URL: ``127.0.0.1:40213``."""
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return endpoint_of(host, self.port)

    @property
    def url(self) -> str:
        """``http://`` and the endpoint, without a slash at the end."""
        return f"http://{self.endpoint}"

    def start(self) -> None:
        """Takes the address and serves; does nothing while it already does. Raises ListenError."""
        with self._lifecycle:
            if self._run is None:
                listening = listen(self.host, self.port)
                self.port = listening[0].getsockname()[1]
                run = Run(self, listening)
                run.start()
                self._run = run

    def stop(self) -> None:
        """Stops accepting, lets answers in flight go out, closes every socket, ends the threads.

        Waits two seconds at most for the app; then it cuts the connections, and a thread that is
        still inside the app ends when the app returns. May be called from the app itself.
        """
        with self._lifecycle:
            run, self._run = self._run, None
            if run is not None:
                run.stop()

    def __enter__(self) -> Listener:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.stop()


def _log_refusal(refusal: Refusal) -> None:
    _log.warning("%s %s: %s %s", refusal.client, refusal.reason, refusal.detail, refusal.traceback)
