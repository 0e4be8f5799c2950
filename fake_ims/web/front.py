"""The front: the WSGI app that listeners serve, the API itself and behind it the Flask app.

Every request of an SDK goes to one path. It is answered here, in front of Flask's dispatch, which
would take longer than all the rest of a request, and whose import would be most of a cold start
(measured in ``benchmarks/``). Flask, imported when a page is asked for, has what is under
``/_fake_ims/``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fake_ims import errors
from fake_ims.gateway.pipeline import answer
from fake_ims.gateway.rendering import render_error
from fake_ims.gateway.request import HttpRequest
from fake_ims.journal.calls import Call
from fake_ims.serving import Refusal, Rendered
from fake_ims.settings import DEFAULTS
from fake_ims.texts import legible
from fake_ims.web.desk import DESK_KEY, Desk

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

log = logging.getLogger("fake_ims")

PAGES: Final = "/_fake_ims/"
"""Whatever is below this path is Flask's."""

QUEUES: Final = "/queues"
"""This path and what is below it is the message service's; everything else is the API's."""


def front(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer a request: WSGI. The listener puts its desk into the environ under ``DESK_KEY``."""
    path: str = environ["PATH_INFO"]
    if path.startswith(PAGES) and "//" not in path:  # which Flask would redirect, as a page
        from fake_ims.web.pages import flask_app

        return flask_app()(environ, start_response)
    desk: Desk = environ[DESK_KEY]
    if path.startswith(QUEUES) and path[len(QUEUES) :][:1] in ("", "/"):
        from fake_ims.web.mns import answer_queues

        written = answer_queues(_http_request(environ), environ["RAW_URI"], desk)
    else:
        written = answer(_http_request(environ), desk)
    status = _STATUS_LINES.get(written.status) or f"{written.status} Unknown"
    if written.sending is not None:
        from fake_ims.web.spoiling import send

        send(environ, status, written, written.sending)
    start_response(status, list(written.headers))
    return (written.body,)


_STATUS_LINES: Final = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def _http_request(environ: WSGIEnvironment) -> HttpRequest:
    length = environ.get("CONTENT_LENGTH")
    return HttpRequest(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=environ["QUERY_STRING"],
        headers=_Headers(environ),
        body=environ["wsgi.input"].read() if length != "0" else b"",
        pausing=environ["fake_ims.pausing"],
        after_answer=environ["fake_ims.after_answer"],
    )


class _Headers(Mapping[str, str]):
    """The headers in a WSGI environ, by name in lower case: most requests need few of them."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        value: str = self._environ[self._key(name)]
        return value

    def get(self, name: str, default: Any = None) -> Any:
        return self._environ.get(self._key(name), default)

    def __iter__(self) -> Iterator[str]:
        for key in self._environ:
            if key.startswith("HTTP_"):
                yield key[5:].replace("_", "-").lower()
            elif key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                yield key.replace("_", "-").lower()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @staticmethod
    def _key(name: str) -> str:
        key = name.replace("-", "_").upper()
        return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def refuse(refusal: Refusal, desk: Desk) -> Rendered:
    """What the listener itself answers: JSON that an SDK can read."""
    if refusal.traceback:
        error = errors.INTERNAL_ERROR()
    else:
        error = errors.BAD_REQUEST(detail=refusal.detail or refusal.reason)
    written = render_error(
        error.with_status(refusal.status),
        desk.new_request_id(),
        f"ice.{DEFAULTS.region}.aliyuncs.com",
    )
    return list(written.headers), written.body


def report(refusal: Refusal, desk: Desk) -> None:
    """Enter what the listener dealt with by itself into the desk's journal, and into the log."""
    call = Call(f"({refusal.reason})", {}, desk.now(), user_agent=refusal.client)
    call.status, call.message = refusal.status, refusal.detail
    call.traceback = legible(refusal.traceback.rstrip()) or None
    desk.journal.add(call)
    desk.journal.finish(call)
    text = f"{refusal.reason}: {legible(refusal.detail)}\n{call.traceback or ''}"
    log.warning("%s", text.rstrip())
