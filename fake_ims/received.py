"""What comes to a receiver of callbacks: a request, and the event that is its body."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fake_ims.texts import printable, quoted, shortened

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class Received:
    """A request that has come to a receiver.

    ``path`` is as the request line has it, with the query. ``event`` is the body when that is a
    JSON object, and empty otherwise. ``answered`` is the status of the answer, or None: there was
    none, or there is none yet. ``error`` is what the handler raised.
    """

    def __init__(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, url: str = ""
    ) -> None:
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
        self.url = url or path
        self.answered: int | None = None
        self.error: BaseException | None = None
        self.event = _object(body)
        """The event: ``EventType``, ``UserId``, ``EventTime``, ``MessageBody``."""

    def __repr__(self) -> str:
        if self.event_type is None:
            what = f"{len(self.body)} bytes {quoted(self.body[:60].decode('utf-8', 'replace'))}"
        else:
            what = printable(shortened(f"{self.event_type} {self.media_id}"))
        came = "not answered" if self.answered is None else f"answered {self.answered}"
        error = "" if self.error is None else f", {quoted(said(self.error))}"
        return f"<received {self.method} {shortened(self.path)} {what}: {came}{error}>"

    @property
    def event_type(self) -> str | None:
        """``EventType``, if there is one."""
        return _text(self.event, "EventType")

    @property
    def media_id(self) -> str | None:
        """``MediaId`` of the message body, if there is one."""
        message_body = self.event.get("MessageBody")
        return _text(message_body, "MediaId") if isinstance(message_body, dict) else None

    def signed_by(self, auth_key: str, url: str | None = None) -> bool:
        """Whether ``X-ICE-SIGNATURE`` is right: the MD5 of ``url|timestamp|key`` in lower-case hex
        (documented). How old ``X-ICE-TIMESTAMP`` is does not matter here.

        :param url: the callback URL as it was set; by default the one that this came to.
        """
        timestamp, signature = (
            self.headers.get(f"X-ICE-{name}") for name in ("TIMESTAMP", "SIGNATURE")
        )
        if timestamp is None or signature is None:
            return False
        urls = [self.url if url is None else url]
        if url is None and self.path == "/":  # it may have been set without
            urls.append(self.url[:-1])
        return signature in [_signature(each, timestamp, auth_key) for each in urls]


def said(error: BaseException) -> str:
    """What an error is, and what it says."""
    return f"{type(error).__name__}: {error}"


def _signature(url: str, timestamp: str, auth_key: str) -> str:
    text = f"{url}|{timestamp}|{auth_key}"
    return hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(values: dict[str, Any], name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) else None


class Headers(Mapping[str, str]):
    """Headers, whatever the case of their names; repeated ones are joined."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._values = {
            key.removeprefix("HTTP_").replace("_", "-"): str(value)
            for key, value in environ.items()
            if key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        }

    def __getitem__(self, name: str) -> str:
        return self._values[name.upper()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(self._values)
