"""What may go wrong with a request on its way, by mistake or on purpose."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from fuzz import DICE, JSON_VALUES, Sent
from hypothesis import assume
from hypothesis import strategies as st


class Draw(Protocol):
    """What both composite strategies and tests draw with."""

    def __call__(self, strategy: st.SearchStrategy[Any], /) -> Any: ...


def _place(at: int) -> Callable[[Sequence[int]], int]:
    return lambda stream: len(stream) * at // 9999


PLACES = st.integers(0, 9999).map(_place)
"""Where in a stream: its length is not the same in each run, as keys and signatures are not."""

ODD_BYTES = st.binary(max_size=6) | st.sampled_from([
    b"\0", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\t", b" ", b":", b",", b";", b"\x0b", b"\x7f",
    b"\x80", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xc3\xa0", b"%", b"+", b"&", b"=", b"?", b"#",
    b"/", b"\x16\x03\x01\x02\0\x01\0",
])  # fmt: skip
ODD_METHODS = [
    b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"TRACE", b"CONNECT", b"PRI", b"DESCRIBE",
    b"M-SEARCH", b"get", b"PoST", b"FROB", b"", b"POST ", b" POST", b"P" * 40, b"GET\0",
]  # fmt: skip
ODD_PATHS = [
    b"", b"*", b"//", b"/x", b"/%2f", b"/%00", b"/%ff", b"/%zz", b"/..", b"/;", b"/#f", b"x",
    b"/a b", b"/\xff", b"/" * 3000, b"http://h", b"HTTP://u:p@[::1]:1/", b"http://h/x", b"ftp:",
    b"://", b"/\t",
]  # fmt: skip
ODD_VERSIONS = [
    b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.10", b"HTTP/1.", b"http/1.1", b"",
    b"RTSP/1.0", b"HTTP/1.1 ", b"HTTP/1.1\nX: y", b"HTTP/1.1 HTTP/1.1", b"ICE/1.0", b"HTTP/11",
]  # fmt: skip
ODD_LINES = [
    b"", b"x", b":", b": x", b" x: y", b"\tx", b"x : y", b"x\t: y", b"x y: z", b"x:", b"x: \0",
    b"x: a\rb", b"x: a\nContent-Length: 1", b"x\xff: y", b"x: \xff", b"X_Y: z", b"\r\n",
    b"x: " + b"y" * 9000, b"Expect: 100-continue", b"Expect: x", b"Connection: close",
    b"Connection: keep-alive", b"Connection: upgrade, x", b"Upgrade: h2c", b"Host: y", b"Host:",
    b"Content-Length: 3", b"Transfer-Encoding: chunked", b"TE: trailers", b"Trailer: x",
]  # fmt: skip
HEADER_NAMES = [
    b"Authorization", b"Content-Type", b"Content-Encoding", b"Content-MD5", b"Accept", b"Cookie",
    b"Accept-Encoding", b"User-Agent", b"Range", b"If-Match", b"X-Forwarded-For", b"Date",
    b"x-acs-action", b"x-acs-version", b"x-acs-date", b"x-acs-signature-nonce", b"x-acs-note",
    b"x-acs-content-sha256", b"x-acs-security-token", b"x-acs-accesskey-id", b"x-acs-bearer-token",
]  # fmt: skip
HEADER_VALUES = [
    b"", b"x", b"\xff", b"\xc3\xa0", b"\xa0", b"a,b;c=d", b"GetMediaInfo", b"2020-11-09",
    b"application/json", b"application/x-www-form-urlencoded; charset=utf-7", b"text/xml", b"gzip",
    b"Basic eDp5", b"ACS3-HMAC-SHA256", b"Bearer x", b"2026-02-30T00:00:00Z", b"{0}%s", b"<x>&",
    b"1" * 3000,
]  # fmt: skip
FIELD_BYTES = st.binary(max_size=6).map(
    lambda text: bytes(each | 0x80 if each < 32 or each == 127 else each for each in text)
)
QUERY_BYTES = st.binary(max_size=6).map(lambda text: bytes(each % 94 + 33 for each in text))
ODD_SEGMENTS = [
    b"", b"=", b"==", b"=v", b"&", b"Title", b"Title=%", b"Title=%z", b"Title=%2", b"Title=%c0%af",
    b"Title=%ED%A0%80", b"Title=%2525", b"Title=%2f%2F~*%7E", b"Title=+%20%2B", b"Title=a;b=c",
    b"%54itle=x", b"Title=%00", b"Title=a=b", b"Title[]=x", b"Format=XML", b"Format=YAML",
    b"Format=", b"Format=%ff", b"Action=GetMediaInfo", b"Action=", b"action=x", b"]]%3E<&%00%FF=1",
    b"Version=1", b"Version=", b"Timestamp=x", b"Timestamp=2026-02-30T00:00:00Z",
    b"Timestamp=0000-00-00T00:00:00Z", b"Timestamp=9999-12-31T23:59:60Z",
    b"Timestamp=0001-01-01T00:00:00Z", b"SignatureNonce=", b"SignatureMethod=HMAC-SHA256",
    b"SignatureVersion=2.0", b"Signature=", b"Signature=%C3%A4", b"SignatureType=BEARERTOKEN",
    b"BearerToken=x", b"SecurityToken=CAIS", b"AccessKeyId=", b"AccessKeyId=%E5%AA%92",
    b"CateId=%D9%A1", b"CateId=99999999999999999999", b"InputURL=", b"UserData=%7B%22a%22%3A",
    b"Title=" + b"%F0%9F%98%80" * 300,
]  # fmt: skip


# ---------------------------------------------------------------- what a request says


def add_headers(draw: Draw, sent: Sent) -> None:
    """Such as mean something to somebody."""
    for name in draw(st.lists(st.sampled_from(HEADER_NAMES), min_size=1, max_size=3)):
        sent.headers.append(name + b": " + draw(st.sampled_from(HEADER_VALUES) | FIELD_BYTES))


def spoil_query(draw: Draw, sent: Sent) -> None:
    at = draw(st.integers(0, len(sent.query)))
    segment = b"".join(sent.query[at : at + 1])
    changed = {
        "repeat": [segment, segment],
        "drop": [],
        "encode twice": [segment.replace(b"%", b"%25")],
        "case": [segment.swapcase()],
        "break": [segment[: len(segment) // 2] + draw(QUERY_BYTES)],
    }
    what = draw(st.sampled_from(["add", *["go before"] * 3, "shuffle", *sorted(changed)]))
    if what in changed:
        sent.query[at : at + 1] = changed[what]
    elif what == "shuffle":
        draw(DICE).shuffle(sent.query)
    else:  # the first of a name counts
        at = 0 if what == "go before" else at
        sent.query[at:at] = draw(st.lists(st.sampled_from(ODD_SEGMENTS), min_size=1, max_size=3))


def spoil_body(draw: Draw, sent: Sent) -> None:
    what = draw(st.sampled_from(["JSON", "form", "binary", "break", "drop"]))
    if what == "JSON":
        sent.headers.append(b"Content-Type: application/json; charset=utf-8")
        sent.body = json.dumps(draw(JSON_VALUES)).encode()
    elif what == "form":
        sent.body = b"&".join(draw(st.lists(st.sampled_from(ODD_SEGMENTS), max_size=4)))
    elif what == "binary":
        sent.body = draw(st.binary(max_size=40))
    else:
        at = draw(PLACES)(sent.body)
        odd = draw(ODD_BYTES) if what == "break" else b""
        sent.body = sent.body[:at] + odd + sent.body[at + len(odd) :]


def spoil_authorization(draw: Draw, sent: Sent) -> None:
    name = b"Authorization: "
    for at, line in enumerate(sent.headers):
        if line.startswith(name) and line.count(b",") == 2:
            sent.headers[at] = name + draw(odd_authorizations(line.removeprefix(name)))


_ODD_ALGORITHMS = [
    b"ACS3-RSA-SHA256", b"ACS3-HMAC-SM3", b"ACS3-HMAC-SHA1", b"ACS3-", b"ACS4-X", b"Basic", b"",
    b"acs3-hmac-sha256",
]  # fmt: skip


@st.composite
def odd_authorizations(draw: st.DrawFn, good: bytes) -> bytes:
    """An ACS3 ``Authorization`` that says something else, or nothing, made from a good one."""
    algorithm, _, rest = good.partition(b" ")
    key, headers, signature = pieces = rest.split(b",")
    at = draw(st.integers(0, 2))
    name, _, value = pieces[at].partition(b"=")
    odd = draw(FIELD_BYTES.filter(lambda odd: odd.strip(b" ,")))
    digits = signature.partition(b"=")[2]
    said = {
        "swapped": draw(st.permutations(pieces).filter(lambda order: order != pieces)),
        "one piece gone": [*pieces[:at], *pieces[at + 1 :]],
        "one piece twice": [*pieces[: at + 1], *pieces[at:]],
        "another name": [*pieces[:at], odd + name + b"=" + value, *pieces[at + 1 :]],
        "name in small letters": [*pieces[:at], pieces[at].lower(), *pieces[at + 1 :]],
        "another value": [*pieces[:at], name + b"=" + odd + value[1:], *pieces[at + 1 :]],
        "more value": [*pieces[:at], pieces[at] + odd, *pieces[at + 1 :]],
        "digits": [key, headers, b"Signature=" + digits[: draw(st.integers(0, 63))]],
        "more digits": [key, headers, signature + b"0"],
        "other digits": [key, headers, b"Signature=" + draw(st.sampled_from([b"0", b"g"])) * 64],
        "capital digits": [key, headers, b"Signature=" + digits.upper()],
    }
    what = draw(st.sampled_from([*said, "another algorithm", "anything"]))
    if what == "anything":
        return draw(FIELD_BYTES | st.sampled_from([b"", good[:40], good + good]))
    if what == "another algorithm":
        algorithm = draw(st.sampled_from(_ODD_ALGORITHMS))
    changed = algorithm + b" " + b",".join(said.get(what, pieces))
    assume(changed != good)
    return changed


# ---------------------------------------------------------------- how it is written


def spoil_line(draw: Draw, sent: Sent) -> None:
    part = draw(st.sampled_from(["method", "path", "version", "space"]))
    odd = {"method": ODD_METHODS, "path": ODD_PATHS, "version": ODD_VERSIONS, "space": [b"  "]}
    setattr(sent, part, draw(st.sampled_from(odd[part]) | ODD_BYTES))


def spoil_headers(draw: Draw, sent: Sent) -> None:
    at = draw(st.integers(0, len(sent.headers)))
    line = b"".join(sent.headers[at : at + 1])
    name, _, value = line.partition(b":")
    odd = draw(ODD_BYTES)
    changed = {
        "add": [draw(st.sampled_from(ODD_LINES) | ODD_BYTES), line],
        "repeat": [line, name + b":" + odd],
        "drop": [],
        "case": [name.swapcase() + b":" + value],
        "value": [name + b":" + odd + value[:4]],
        "fold": [name + b":\r\n " + value],
        "break": [line[: len(line) // 2] + odd + line[len(line) // 2 :]],
    }
    lines = changed[draw(st.sampled_from(sorted(changed)))]
    sent.headers[at : at + 1] = [each for each in lines if each or line]


def spoil_length(draw: Draw, sent: Sent) -> None:
    """More of a body, or less, than its length says."""
    sent.framing = [b"Content-Length: %d" % len(sent.body)]
    sent.body = draw(st.sampled_from([sent.body + draw(ODD_BYTES), sent.body[:-1], b""]))


_LENGTH_NAMES = [
    b"Content-Length", b"Content-Length", b"content-length", b"Content-Length ",
    b"Content-Length\t", b"Content_Length", b" Content-Length", b"\x0bContent-Length",
    b"X: y\nContent-Length", b"X: y\rContent-Length", b"Content-Length\0", b"Content-Length:",
    b"X:\r\n Content-Length",
]  # fmt: skip
_LENGTHS = [
    b"LENGTH", b"LENGTH", b"LENGTH", b"0", b"1", b"4", b"00LENGTH", b"+LENGTH", b"-LENGTH",
    b"0xLENGTH", b"LENGTH, LENGTH", b"LENGTH,0", b"LENGTH ", b"LENGTH;", b"LENGTH.0", b"LENGTH\xa0",
    b"\xb2", b"1_0", b"18446744073709551616", b"18446744073709551617", b"9" * 5000, b"", b"L",
    b"0\n1", b"\x0bLENGTH",
]  # fmt: skip
_CODING_NAMES = [
    b"Transfer-Encoding", b"Transfer-Encoding", b"transfer-encoding", b"Transfer-Encoding ",
    b"Transfer_Encoding", b" Transfer-Encoding", b"X:\r\n Transfer-Encoding",
    b"Transfer-Encoding\x0b", b"X: y\nTransfer-Encoding", b"X: y\rTransfer-Encoding",
    b"Transfer-Encoding:",
]  # fmt: skip
_CODINGS = [
    b"chunked", b"chunked", b"chunked", b"Chunked", b"chunked ", b"\x0bchunked", b"chunked\x0b",
    b"xchunked", b"chunkedx", b"chunked, identity", b"identity, chunked", b"chunked, chunked",
    b"chunked;q=1", b"", b'"chunked"', b"gzip, chunked", b"identity", b"chunked,", b",chunked",
    b"\xa0chunked", b"\r\n chunked",
]  # fmt: skip
_COLONS = [b": ", b": ", b":", b":\t", b" :", b":\r\n ", b"", b":\n", b": \0", b":\x0b"]


def _lines(names: list[bytes], values: list[bytes]) -> st.SearchStrategy[bytes]:
    """Mostly the usual line, or with a value that is not."""
    odd = [st.sampled_from(part) for part in (names, _COLONS, values)]
    usual = [st.just(names[0]), st.just(b": ")]
    lines = [(*usual, st.just(values[0])), (*usual, odd[2]), tuple(odd)]
    return st.one_of([st.tuples(*line).map(b"".join) for line in lines])


FRAMINGS = st.lists(
    _lines(_LENGTH_NAMES, _LENGTHS) | _lines(_CODING_NAMES, _CODINGS), min_size=1, max_size=3
)
"""Header lines that say how long a body is; LENGTH stands for what it really is."""


def spoil_framing(draw: Draw, sent: Sent) -> None:
    length = str(len(sent.body)).encode()
    sent.framing = [line.replace(b"LENGTH", length) for line in draw(FRAMINGS)]


CONTENT = [spoil_query, spoil_body, spoil_authorization, add_headers]
"""What leaves no doubt where the request ends."""

FORM = [spoil_line, spoil_headers, spoil_framing, spoil_length]


@st.composite
def spoilt(draw: st.DrawFn, sent: Sent, ways: Sequence[Callable[[Draw, Sent], None]]) -> bytes:
    """What arrives when one thing or two are not as they should be."""
    for spoil in draw(st.lists(st.sampled_from(ways), max_size=2)):
        spoil(draw, sent)
    return sent.raw()


@st.composite
def scrambled(draw: st.DrawFn, stream: bytes) -> bytes:
    """These bytes with some of them changed, gone, repeated or new."""
    changed = bytearray(stream)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(PLACES)(changed)
        to = at + draw(st.integers(0, 8))
        changed[at:to] = draw(ODD_BYTES | st.sampled_from([bytes(changed[at:to] * 2), b""]))
    return bytes(changed)


@st.composite
def packets(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """The stream in one piece or a few."""
    cuts = draw(st.just([]) | st.lists(PLACES, max_size=3))
    at = [0, *sorted(cut(stream) for cut in cuts), len(stream)]
    return [stream[a:b] for a, b in itertools.pairwise(at) if a < b]
