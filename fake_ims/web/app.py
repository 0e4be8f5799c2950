"""The Flask app: one per process, whatever listener or world a request is for.

The listener puts its desk into the WSGI environ, so nothing here belongs to one listener.
"""

from __future__ import annotations

import functools
import logging
from typing import Final

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from fake_ims import errors
from fake_ims.gateway.pipeline import answer
from fake_ims.gateway.rendering import JSON_TYPE, Answer, render_error
from fake_ims.gateway.request import HttpRequest
from fake_ims.journal import Call
from fake_ims.server import Refusal
from fake_ims.settings import Settings
from fake_ims.web.desk import Desk

log = logging.getLogger("fake_ims")

DESK_KEY: Final = "fake_ims.desk"
"""Where the WSGI environ holds the :class:`~fake_ims.web.desk.Desk`."""

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@functools.cache
def flask_app() -> Flask:
    """The app, built at the first call."""
    app = Flask("fake_ims", static_folder=None)
    app.add_url_rule("/", "api", _api, methods=METHODS, provide_automatic_options=False)
    app.add_url_rule("/_fake_ims/api/health", "health", _health)
    app.register_error_handler(HTTPException, _not_routed)
    return app


def _api() -> Response:
    environ = request.environ
    desk: Desk = environ[DESK_KEY]
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    http = HttpRequest(
        method=environ["REQUEST_METHOD"],
        path=environ.get("PATH_INFO", "/"),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=environ["wsgi.input"].read(),
        client=environ.get("REMOTE_ADDR", ""),
    )
    return _response(answer(http, desk))


def _health() -> dict[str, object]:
    desk: Desk = request.environ[DESK_KEY]
    return {"status": "ok", "worlds": len(desk.worlds)}


def _not_routed(error: HTTPException) -> Response:
    """A path that the app does not have: an error of the API, never an HTML page."""
    return _api()


def _response(written: Answer) -> Response:
    return Response(written.body, written.status, list(written.headers))


def refuse(refusal: Refusal, desk: Desk) -> tuple[str, bytes]:
    """Content type and body of what the listener itself answers: JSON that an SDK can read."""
    if refusal.status >= 500:
        error = errors.INTERNAL_ERROR()
    else:
        error = errors.BAD_REQUEST(detail=refusal.detail or refusal.reason)
    error.status = refusal.status
    written = render_error(error, desk.new_request_id(), f"ice.{Settings().region}.aliyuncs.com")
    return JSON_TYPE, written.body


def report(refusal: Refusal, desk: Desk) -> None:
    """Enter what the listener dealt with by itself into the desk's journal, and into the log."""
    call = Call(f"({refusal.reason})", {}, desk.now(), client=refusal.client)
    call.status, call.message = refusal.status, refusal.detail
    call.traceback = refusal.traceback or None
    desk.journal.add(call)
    log.warning("%s", f"{refusal.reason}: {refusal.detail}\n{refusal.traceback}".rstrip())
