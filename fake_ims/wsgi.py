"""HTTP/1.1 messages on one side, WSGI on the other: what `server` does between reading and sending.

No sockets and no threads. llhttp (through httptools) parses each head. Where a message ends is
decided here, since httptools does not tell at which byte the next one begins.
"""

from __future__ import annotations

import functools
import io
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote_to_bytes

import httptools

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    _ExcInfo: TypeAlias = (
        tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
    )

Headers: TypeAlias = "list[tuple[str, str]]"

_START = re.compile(rb"[A-Z-]{1,24} (.)", re.DOTALL)
_START_SO_FAR = re.compile(rb"[A-Z-]{0,24} ?")
_TEXT = rb"[^\x00-\x08\x0a-\x1f\x7f]*"
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;" + _TEXT + rb")?")
_TRAILER = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:" + _TEXT)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_STATUS = re.compile(r"[1-9][0-9]{2}( .*)?")

_NO_NAME = " "  # stands for each name that holds a space; httptools 0.6.1 accepts those
_TLS = "the client speaks TLS and this is plain HTTP: set protocol='http' in the SDK's Config"
_NO_END = "not a valid HTTP request: no version, or no CR LF CR LF at the end of the head"
_CONNECT = (
    "the client takes this for a proxy and asks it for a tunnel (is HTTPS_PROXY set to it?);"
    " it is none: call it directly, over http"
)


class BadRequestError(Exception):
    """The bytes read are no request to serve; the connection cannot be read any further."""

    def __init__(self, status: int, detail: str) -> None:
        """Status 0: a TLS hello, which wants no answer."""
        super().__init__(detail)
        self.status = status
        self.detail = detail


@dataclass(slots=True)
class Request:
    """A request that has arrived as a whole."""

    method: str
    target: str
    """As in the request line, in latin-1."""
    protocol: str
    fields: dict[str, str]
    """The headers under their WSGI names (``HTTP_HOST``), repeated ones joined."""
    keep_alive: bool
    chunked: bool
    body: bytes = b""


class RequestReader:
    """Cuts what one client sends into requests. After a BadRequestError it is of no use."""

    def __init__(self, max_head: int, max_body: int) -> None:
        self._max_head = max_head
        self._max_body = max_body
        self._buffer = bytearray()
        self._start()

    def _start(self) -> None:
        self._head = _Head()
        self._parser = httptools.HttpRequestParser(self._head)
        self._parsed = 0  # bytes of the buffer that the parser has seen
        self._empty_path = False
        self._to_head = False
        self._request: Request | None = None  # set when its head is complete
        self._length = 0  # of the body; -1: chunked
        self._continue = False
        self._chunks = bytearray()
        self._chunk_left = -1  # of the current chunk, with its line end; -1: a size line is next
        self._in_trailers = False
        self._trailers = 0

    def feed(self, data: bytes) -> None:
        """Adds what was received."""
        self._buffer += data

    def next(self) -> Request | None:
        """The next request, or None until more has been fed."""
        if self._request is None:
            self._read_head()
        request = self._request
        if request is None or not self._read_body(request):
            return None
        self._start()
        return request

    def wants_continue(self) -> bool:
        """Whether the client waits for "100 Continue" before it sends the body; true once."""
        wants, self._continue = self._continue, False
        return wants

    @property
    def pending(self) -> bool:
        """Whether anything has been fed that no request has used."""
        return bool(self._buffer) or self._request is not None

    @property
    def to_head(self) -> bool:
        """Whether what is being read is a HEAD request: even a refusal of it has no body."""
        return self._to_head

    def _read_head(self) -> None:
        buffer = self._buffer
        if not self._parsed and not self._started():
            return
        end = buffer.find(b"\r\n\r\n", max(0, self._parsed - 3)) + 4
        if end > self._max_head or (end < 4 and len(buffer) > self._max_head):
            line = buffer.find(b"\r\n", 0, self._max_head) < 0
            what = "request line is" if line else "request line and headers are"
            raise BadRequestError(414 if line else 431, f"the {what} over {self._max_head} bytes")
        piece = bytes(buffer[self._parsed : end if end >= 4 else len(buffer)])
        self._parsed += len(piece)
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserUpgrade:
            pass  # CONNECT is refused below; any other wish to upgrade may be ignored
        except httptools.HttpParserError as error:
            raise BadRequestError(400, f"not a valid HTTP request: {error}") from None
        if end >= 4:
            head = bytes(buffer[:end])
            del buffer[:end]
            self._interpret(head)
        elif self._head.complete:
            raise BadRequestError(400, _NO_END)

    def _started(self) -> bool:
        """Whether enough is there to parse; refuses early what can never become a request."""
        buffer = self._buffer
        while buffer.startswith((b"\r", b"\n")):
            del buffer[:1]
        if buffer.startswith(b"\x16"):
            raise BadRequestError(0, _TLS)
        start = _START.match(buffer)
        if start is None:
            if _START_SO_FAR.fullmatch(buffer):
                return False
            raise BadRequestError(
                400, f"not an HTTP request: it starts with {bytes(buffer[:16])!r}"
            )
        self._to_head = buffer.startswith(b"HEAD ")
        if start[1] == b"?":  # llhttp wants a path
            buffer[start.start(1) : start.start(1)] = b"/"
            self._empty_path = True
        return True

    def _interpret(self, head: bytes) -> None:
        # llhttp refuses most of what is refused here and in _body_length, but not in each version
        # (httptools 0.6.1 accepts folding). Its leniency must never make two requests of one.
        line_ends = head.count(b"\r\n")
        if head.count(b"\n") != line_ends or head.count(b"\r") != line_ends:
            raise BadRequestError(400, "not a valid HTTP request: a line end that is not CR LF")
        if b"\r\n " in head or b"\r\n\t" in head or b"\r\n:" in head:
            raise BadRequestError(400, "not a valid HTTP request: a header that has no name")
        if self._parser.get_http_version() == "0.9":
            raise BadRequestError(400, _NO_END)
        line = head[: head.index(b"\r\n")]
        if line.count(b" ") != 2:
            raise BadRequestError(400, "not a valid HTTP request: more than one space in a row")
        protocol = line.rpartition(b" ")[2].decode("latin-1")
        if protocol not in ("HTTP/1.1", "HTTP/1.0"):
            raise BadRequestError(505, f"{protocol} is not spoken here, only HTTP/1.1 and HTTP/1.0")
        method = self._parser.get_method().decode("latin-1")
        if method == "CONNECT":
            raise BadRequestError(405, _CONNECT)
        fields = self._head.fields
        if _NO_NAME in fields:
            raise BadRequestError(400, "not a valid HTTP request: a space in the name of a header")
        if ", " in fields.get("HTTP_HOST", ""):
            raise BadRequestError(400, "more than one Host header")
        target = self._head.target.decode("latin-1")
        if not (target.isascii() and target.isprintable()):
            raise BadRequestError(400, f"not a valid request target: {target[:40]!r}")
        connection = fields.get("HTTP_CONNECTION", "").lower().split(",")
        options = {option.strip() for option in connection}
        is_1_1 = protocol == "HTTP/1.1"
        coding = fields.get("HTTP_TRANSFER_ENCODING")
        self._length = self._body_length(coding, fields.get("HTTP_CONTENT_LENGTH"), is_1_1)
        self._continue = (
            is_1_1 and self._length != 0 and fields.get("HTTP_EXPECT", "").lower() == "100-continue"
        )
        self._request = Request(
            method=method,
            target=target[1:] if self._empty_path else target,
            protocol=protocol,
            fields=fields,
            keep_alive="close" not in options and (is_1_1 or "keep-alive" in options),
            chunked=coding is not None,
        )

    def _body_length(self, coding: str | None, length: str | None, is_1_1: bool) -> int:
        if coding is not None:
            if length is not None:
                raise BadRequestError(400, "both Content-Length and Transfer-Encoding")
            if not is_1_1:
                raise BadRequestError(400, "Transfer-Encoding in an HTTP/1.0 request")
            if coding.lower() != "chunked":
                raise BadRequestError(501, f"Transfer-Encoding {coding!r} is not chunked")
            return -1
        if length is None:
            return 0
        if not (length.isascii() and length.isdigit()):
            raise BadRequestError(400, f"Content-Length {length!r} is not one number")
        if len(length) > 18 or int(length) > self._max_body:
            raise self._too_large()
        return int(length)

    def _too_large(self) -> BadRequestError:
        return BadRequestError(413, f"the body is over {self._max_body} bytes")

    def _read_body(self, request: Request) -> bool:
        if self._length < 0:
            return self._read_chunks(request)
        if len(self._buffer) < self._length:
            return False
        if self._length:
            request.body = bytes(self._buffer[: self._length])
            del self._buffer[: self._length]
        return True

    def _read_chunks(self, request: Request) -> bool:
        buffer, at, complete = self._buffer, 0, False
        while not complete:
            if self._chunk_left >= 0:
                piece = buffer[at : at + self._chunk_left]
                at += len(piece)
                self._chunk_left -= len(piece)
                self._chunks += piece
                if self._chunk_left:
                    break
                if not self._chunks.endswith(b"\r\n"):
                    raise BadRequestError(400, "a chunk is not as long as its size says")
                del self._chunks[-2:]
                self._chunk_left = -1
            end = buffer.find(b"\n", at)
            if (len(buffer) if end < 0 else end) - at > self._max_head:
                raise BadRequestError(
                    400, f"a line of the chunked body is over {self._max_head} bytes"
                )
            if end < 0:
                break
            line = bytes(buffer[at : end + 1])
            at = end + 1
            complete = self._read_trailer(line) if self._in_trailers else self._read_size(line)
        del buffer[:at]
        if complete:
            request.body = bytes(self._chunks)
        return complete

    def _read_size(self, line: bytes) -> bool:
        size = _CHUNK_SIZE.fullmatch(line[:-2])
        if size is None or not line.endswith(b"\r\n"):
            raise BadRequestError(400, f"not a chunk size: {line[:40]!r}")
        length = int(size[1], 16)
        if len(self._chunks) + length > self._max_body:
            raise self._too_large()
        if length:
            self._chunk_left = length + 2
        self._in_trailers = not length
        return False

    def _read_trailer(self, line: bytes) -> bool:
        self._trailers += len(line)
        if self._trailers > self._max_head:
            raise BadRequestError(431, f"the trailers are over {self._max_head} bytes")
        if line != b"\r\n" and not (_TRAILER.fullmatch(line[:-2]) and line.endswith(b"\r\n")):
            raise BadRequestError(400, f"not a trailer: {line[:40]!r}")
        return line == b"\r\n"


class _Head:
    """What the parser found in one head."""

    __slots__ = ("complete", "fields", "target")

    def __init__(self) -> None:
        self.complete = False
        self.fields: dict[str, str] = {}
        self.target = b""

    def on_url(self, part: bytes) -> None:
        self.target += part

    def on_header(self, name: bytes, value: bytes | None) -> None:
        key = _environ_key(name)
        text = (value or b"").decode("latin-1").strip(" \t")
        if key in self.fields:
            text = self.fields[key] + ("; " if key == "HTTP_COOKIE" else ", ") + text
        if key:
            self.fields[key] = text

    def on_headers_complete(self) -> None:
        self.complete = True


@functools.lru_cache(maxsize=512)
def _environ_key(name: bytes) -> str:
    if b" " in name:
        return _NO_NAME
    if b"_" in name:  # X_Y would be taken for X-Y
        return ""
    return "HTTP_" + name.decode("latin-1").upper().replace("-", "_")


def environ_of(request: Request, base: Mapping[str, object]) -> dict[str, object]:
    """The WSGI environ of a request; ``base`` has what is the same for a connection."""
    target = request.target
    path, _, query = target.partition("?")
    host = ""
    if not path.startswith("/"):
        # "*", nothing, or the absolute form that clients send to a proxy.
        host, _, path = path.partition("://")[2].partition("/")
        path = "/" + path
    environ: dict[str, object] = {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    environ.update(base)
    environ.update(request.fields)
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if "HTTP_" + key in request.fields:
            environ[key] = environ.pop("HTTP_" + key)
    if request.chunked:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    if host:  # the Host header stays as it was sent if it was: signatures cover it
        environ.setdefault("HTTP_HOST", host.rpartition("@")[2])
    environ["REQUEST_METHOD"] = request.method
    environ["SCRIPT_NAME"] = ""
    environ["PATH_INFO"] = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
    environ["QUERY_STRING"] = query
    environ["REQUEST_URI"] = environ["RAW_URI"] = target
    environ["SERVER_PROTOCOL"] = request.protocol
    environ["wsgi.input"] = io.BytesIO(request.body)
    environ["wsgi.input_terminated"] = True
    return environ


class _Call:
    """The server's half of one call of an app."""

    def __init__(self) -> None:
        self.status: str | None = None
        self.headers: Headers = []
        self.parts: list[bytes] = []

    def start_response(
        self, status: str, headers: Headers, exc_info: _ExcInfo | None = None, /
    ) -> Callable[[bytes], object]:
        # Nothing is sent before the app has finished: with exc_info this answer replaces the last.
        if self.status is not None and not exc_info:
            raise RuntimeError("start_response() called again without exc_info")
        self.status = status
        self.headers = list(headers)
        return self.parts.append


def call_app(app: WSGIApplication, environ: dict[str, object]) -> tuple[str, Headers, bytes]:
    """Status, headers and the whole body of the app's answer. Raises what the app raises."""
    call = _Call()
    parts: Iterable[bytes] = app(environ, call.start_response)
    try:
        for part in parts:
            call.parts.append(part)
    finally:
        close = getattr(parts, "close", None)
        if close is not None:
            close()
    if call.status is None:
        raise RuntimeError("the app returned without calling start_response()")
    return call.status, call.headers, b"".join(call.parts)


def render(
    status: str, headers: Headers, body: bytes, *, to_head: bool, keep_alive: bool, date: str | None
) -> tuple[bytes, bool]:
    """The bytes of an answer, and whether the connection goes on after it.

    Raises ValueError for what would not be one HTTP answer: line ends in a header, a Content-Length
    other than the body's.
    """
    if not _STATUS.fullmatch(status):
        raise ValueError(f"not an HTTP status: {status!r}")
    code = int(status[:3])
    interim = code < 200
    bodiless = interim or code in (204, 304)
    if interim or code == 204:  # may not have one
        headers = [header for header in headers if header[0].lower() != "content-length"]
    given: dict[str, str] = {}
    lines = [f"HTTP/1.1 {status}"]
    for name, value in headers:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a header name: {name!r}")
        given[name.lower()] = value
        lines.append(f"{name}: {value}")
    if "content-length" in given:
        if not (bodiless or to_head) and given["content-length"] != str(len(body)):
            raise ValueError(f"Content-Length {given['content-length']}, body of {len(body)} bytes")
    elif "transfer-encoding" not in given and not bodiless and (body or not to_head):
        lines.append(f"Content-Length: {len(body)}")
    if date is not None and "date" not in given:
        lines.append(f"Date: {date}")
    if "connection" in given:
        keep_alive = keep_alive and "close" not in given["connection"].lower()
    else:
        keep_alive = keep_alive and not interim  # nothing else would answer the request
        lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1 or "\0" in text:
        raise ValueError("a header holds a line end or a NUL")
    head = text.encode("latin-1") + b"\r\n\r\n"
    return head if bodiless or to_head else head + body, keep_alive
