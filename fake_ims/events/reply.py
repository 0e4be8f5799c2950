"""What a receiver of callbacks answers, read as it arrives: the status decides, nothing else."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import httptools

from fake_ims.texts import printable, quoted, shortened

MOST_HEAD: Final = 64 * 1024
"""Bytes up to the end of the final answer's head, those of 1xx answers before it included."""

MOST_BODY: Final = 64 * 1024
"""Bytes of a body that are waited for, so that its sender sees no broken connection."""

_SHOWN: Final = 60
_KEPT: Final = 1024


class NotHttpError(Exception):
    """What has arrived is no HTTP answer; the message says so, and shows it."""


class Reply:
    """The answer to one request. Answers with a 1xx status before it are skipped, but for 101,
    which nobody asked for.

    ``status`` is None until the head has arrived; ``complete`` says that the body has, as well, or
    as much of it as is waited for.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.complete = False
        self._parser = httptools.HttpResponseParser(self)
        self._start = b""
        self._fed = 0
        self._phrase = b""
        self._location = b""
        self._body = bytearray()
        self._body_length = 0

    def __repr__(self) -> str:
        return f"<Reply {self.status or self.begun}{'' if self.complete else ', incomplete'}>"

    @property
    def begun(self) -> str:
        """The first bytes, for people; empty when there are none."""
        if not self._start:
            return ""
        return repr(self._start[:_SHOWN]) + ("..." if self._fed > _SHOWN else "")

    def feed(self, data: bytes) -> None:
        """Read what was received.

        :raises NotHttpError: if that is no HTTP answer. Once the status is known, never.
        """
        if self.complete:
            return
        self._start += data[: _SHOWN + 1 - len(self._start)]
        self._fed += len(data)
        try:
            self._parser.feed_data(data)
            why = ""
        except httptools.HttpParserUpgrade:  # its head is complete
            why = "an upgrade"
        except httptools.HttpParserError as error:
            why = str(error)
        if self.status is not None:
            self.complete |= bool(why)
        elif why or not self._begins_like_http():
            raise NotHttpError(f"not an HTTP answer: {self.begun}{self._hint()}")
        elif self._fed > MOST_HEAD:
            raise NotHttpError(f"an answer whose head is over {MOST_HEAD} bytes: {self.begun}")

    def _begins_like_http(self) -> bool:
        """llhttp takes ICE/ and RTSP/ as well, and versions that nobody has asked for."""
        line = self._start.lstrip(b"\r\n")
        return b"HTTP/1.".startswith(line[:7])

    def _hint(self) -> str:
        if self._start.startswith((b"\x15\x03", b"\x16\x03")):
            return " (TLS: is it an https:// URL?)"
        if self._start.startswith(b"POST "):
            return " (it sends back what it gets)"
        return ""

    @property
    def summary(self) -> str:
        """Why the answer is a failure, for people; empty when it is none."""
        status = self.status
        if status is None or status == 200:
            return ""
        text = f"{status} {self._reason_phrase(status)}".rstrip()
        if self._location and 300 <= status < 400:
            where = self._location.decode("utf-8", "replace")
            return f"{text} is not followed, to {quoted(where)}"
        if 200 < status < 300:
            text += ": only 200 counts"
        body = bytes(self._body).decode("utf-8", "replace").strip()
        return f"{text}: {quoted(body)}" if body else text

    def _reason_phrase(self, status: int) -> str:
        phrase = self._phrase.decode("utf-8", "replace").strip()
        if not phrase and status in HTTPStatus._value2member_map_:
            phrase = HTTPStatus(status).phrase
        return printable(shortened(phrase))

    # What the parser calls.

    def on_message_begin(self) -> None:
        self._phrase = self._location = b""

    def on_status(self, phrase: bytes) -> None:
        if self.status is None:
            self._phrase += phrase[:_KEPT]

    def on_header(self, name: bytes, value: bytes | None) -> None:
        if self.status is None and name.lower() == b"location":
            self._location = (value or b"")[:_KEPT]

    def on_headers_complete(self) -> None:
        status = int(self._parser.get_status_code())
        if self.status is None and self._begins_like_http() and (status == 101 or status >= 200):
            self.status = status

    def on_body(self, part: bytes) -> None:
        if self.status is not None:
            self._body_length += len(part)
            self._body += part[: max(0, _KEPT - len(self._body))]
            self.complete |= self._body_length >= MOST_BODY

    def on_message_complete(self) -> None:
        self.complete |= self.status is not None
