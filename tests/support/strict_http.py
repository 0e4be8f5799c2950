"""HTTP/1.1 read to the letter: which requests a stream of bytes holds, and which answers.

Written from RFC 9112, without a look at the server: where the RFC lets a recipient be lenient, this
reader is not.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

TIMEOUT = 20  # seconds after which a test is taken to hang

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TEXT = rb"[\t\x20-\x7e\x80-\xff]*"
_REQUEST_LINE = re.compile(rb"(" + _TOKEN + rb") [\x21-\x7e]+ HTTP/1\.([01])")
_FIELD = re.compile(rb"(" + _TOKEN + rb"):[ \t]*(" + _TEXT + rb")")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]+)(?:[ \t]*;" + _TEXT + rb")?")
_ANSWER_HEAD = re.compile(
    rb"HTTP/1\.1 [1-5][0-9]{2} [ -~]*(?:\r\n" + _TOKEN + rb": " + _TEXT + rb")*"
)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

End = Literal["clean", "closed", "incomplete", "ambiguous", "TLS"]


# ---------------------------------------------------------------- what a client sent


class _AmbiguousError(Exception):
    """These bytes are no request, or more than one reading of them is possible."""


class _IncompleteError(Exception):
    """More bytes are needed."""


@dataclass
class Reading:
    """What the bytes of one connection hold.

    ``end`` says what comes after the requests that are whole: nothing (``clean``), bytes that do
    not matter because the last of them closes the connection (``closed``), a part of a request
    (``incomplete``), a TLS hello, or what nobody may take for a request (``ambiguous``).
    """

    lines: list[bytes] = field(default_factory=list)
    """The request lines of the requests that are whole."""
    end: End = "clean"
    rest: bytes = b""
    expects: bool = False
    """Whether some request may ask for "100 Continue"."""

    def method(self, number: int) -> str:
        """The method of the n-th request, whole or not."""
        line = self.lines[number] if number < len(self.lines) else self.rest
        return line.partition(b" ")[0].decode("latin-1")


def strict_requests(stream: bytes) -> Reading:
    """The requests in what one client sends."""
    reading = Reading(expects=b"100-continue" in stream.lower())
    closes = False
    while stream := stream.lstrip(b"\r\n"):
        reading.rest = stream
        if closes:
            reading.end = "closed"
        elif stream.startswith(b"\x16"):
            reading.end = "TLS"
        else:
            try:
                line, closes, stream = _one_request(stream)
            except _AmbiguousError:
                reading.end = "ambiguous"
            except _IncompleteError:
                reading.end = "incomplete"
            else:
                reading.lines.append(line)
                continue
        return reading
    reading.rest = b""
    return reading


def _one_request(stream: bytes) -> tuple[bytes, bool, bytes]:
    """A request's line, whether it closes the connection, and what follows it."""
    head, found, after = stream.partition(b"\r\n\r\n")
    if not found:
        raise _IncompleteError
    line, *rest = head.split(b"\r\n")
    said = _REQUEST_LINE.fullmatch(line)
    if said is None:
        raise _AmbiguousError
    fields = _fields(rest)
    if len(fields.get(b"host", [])) > 1:
        raise _AmbiguousError
    is_1_1 = said[2] == b"1"
    lengths, codings = fields.get(b"content-length", []), fields.get(b"transfer-encoding", [])
    if codings:
        if lengths or not is_1_1 or [coding.lower() for coding in codings] != [b"chunked"]:
            raise _AmbiguousError
        after = _after_chunks(after)
    elif lengths:
        if len(lengths) > 1 or re.fullmatch(rb"[0-9]+", lengths[0]) is None:
            raise _AmbiguousError
        if len(lengths[0]) > 18:
            raise _IncompleteError
        after = _after(int(lengths[0]), after)
    said_of_connection = b",".join(fields.get(b"connection", [])).lower()
    options = {option.strip(b" \t") for option in said_of_connection.split(b",")}
    return line, b"close" in options or not (is_1_1 or b"keep-alive" in options), after


def _fields(lines: list[bytes]) -> dict[bytes, list[bytes]]:
    fields: dict[bytes, list[bytes]] = {}
    for line in lines:
        said = _FIELD.fullmatch(line)
        if said is None:
            raise _AmbiguousError
        fields.setdefault(said[1].lower(), []).append(said[2].rstrip(b" \t"))
    return fields


def _after(length: int, stream: bytes) -> bytes:
    if len(stream) < length:
        raise _IncompleteError
    return stream[length:]


def _after_chunks(stream: bytes) -> bytes:
    while True:
        line, found, stream = stream.partition(b"\r\n")
        if not found:
            raise _IncompleteError
        said = _CHUNK_SIZE.fullmatch(line)
        if said is None:
            raise _AmbiguousError
        length = int(said[1], 16)
        if not length:
            break
        stream = _after(length, stream)
        if not stream.startswith(b"\r\n"):
            raise _IncompleteError if len(stream) < 2 else _AmbiguousError
        stream = stream[2:]
    while True:
        line, found, stream = stream.partition(b"\r\n")
        if not found:
            raise _IncompleteError
        if not line:
            return stream
        _fields([line])


# ---------------------------------------------------------------- what came back


@dataclass(frozen=True)
class Answer:
    """One answer; ``headers`` by name in lower case. One to HEAD has no body."""

    status: int
    headers: dict[str, str]
    body: bytes
    to_head: bool

    @property
    def closes(self) -> bool:
        """Whether it says that the connection ends with it."""
        return self.headers["connection"] == "close"


class _Received(io.BytesIO):
    """What a socket is to :mod:`http.client`."""

    def makefile(self, *_: Any) -> _Received:
        return self

    def close(self) -> None:
        """Stay open: after one answer comes the next."""


def strict_answers(received: bytes, reading: Reading) -> list[Answer]:
    """The answers to these requests; fails unless they are well formed, with nothing between."""
    stream: Any = _Received(received)
    answers: list[Answer] = []
    while (start := stream.tell()) < len(received):
        if reading.expects and received.startswith(_CONTINUE, start):
            stream.seek(start + len(_CONTINUE))
            continue
        method = reading.method(len(answers))
        response = http.client.HTTPResponse(stream, method=method)
        response.begin()
        assert not received.startswith(_CONTINUE, start)
        head = received[start : received.index(b"\r\n\r\n", start)]
        assert _ANSWER_HEAD.fullmatch(head), head
        assert not response.headers.defects
        names = [name.lower() for name, _ in response.getheaders()]
        assert len(names) == len(set(names)), names
        headers = {name.lower(): value for name, value in response.getheaders()}
        body = response.read()
        assert method == "HEAD" or len(body) == int(headers["content-length"])
        answers.append(Answer(response.status, headers, body, method == "HEAD"))
    return answers


def talk(endpoint: str, packets: Iterable[bytes]) -> bytes:
    """Send these, end our half of the connection; all that comes back until the other half ends.

    A reset is an end like any other: whether all was answered is for the caller to see.
    """
    host, _, port = endpoint.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=TIMEOUT) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = bytearray()
        with contextlib.suppress(OSError):
            for packet in packets:
                sock.sendall(packet)
            sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while piece := sock.recv(1 << 16):
                received += piece
    return bytes(received)


def check_count(reading: Reading, answers: Sequence[Answer]) -> None:
    """As many answers as requests; one more, or fewer, only if the last refuses to read on.

    No answer at all is right for nothing, for part of a request, and for a TLS hello.
    """
    whole = len(reading.lines)
    refused = bool(answers) and answers[-1].closes and answers[-1].status >= 400
    assert not any(answer.closes for answer in answers[:-1])
    if len(answers) < whole or reading.end == "ambiguous":
        assert refused, (reading, answers)
    may_be_refused = reading.end in ("ambiguous", "incomplete")
    assert len(answers) <= whole + (may_be_refused and refused), (reading, answers)
