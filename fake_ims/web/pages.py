"""The Flask app: what is under ``/_fake_ims/``, for people and for programs that drive the fake.

One per process, whatever listener or world a request is for: the desk is in the WSGI environ.
"""

from __future__ import annotations

import functools

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from fake_ims.web.desk import DESK_KEY, Desk


@functools.cache
def flask_app() -> Flask:
    """The app, built at the first call."""
    app = Flask("fake_ims", static_folder=None)
    app.add_url_rule(
        "/_fake_ims/api/health", "health", _health, provide_automatic_options=False
    )  # Flask's answer to OPTIONS is a page
    app.register_error_handler(HTTPException, _refused)
    return app


def _desk() -> Desk:
    desk: Desk = request.environ[DESK_KEY]
    return desk


def _health() -> Response:
    return jsonify(status="ok", worlds=len(_desk().worlds))


def _refused(error: HTTPException) -> tuple[Response, int]:
    """Programs read these answers, too: JSON, never a page."""
    return jsonify(error=error.name, detail=error.description), error.code or 500
