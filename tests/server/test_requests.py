"""What the listener makes of the bytes that clients send."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_ims.server import Listener
from fake_ims.serving import Refusal
from fake_ims.wsgi import BadRequestError, Request, RequestReader

Connect = Callable[[Listener], Any]
Listen = Callable[..., Listener]

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_environ_is_complete(listen: Listen, connect: Connect) -> None:
    seen: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append({**environ, "body": environ["wsgi.input"].read()})
        start_response("200 OK", [])
        return []

    listener = listen(app, environ={"fake_ims.desk": seen})
    client = connect(listener)
    client.send(
        b"POST /a%20b%C3%A9?q=%41&q HTTP/1.1\r\nHost: h:1\r\nContent-Type: text/plain\r\n"
        b"Content-Length: 2\r\nx-acs-action: RegisterMediaInfo\r\n\r\nhi"
    ).answer()
    (environ,) = seen
    errors = environ.pop("wsgi.errors")
    assert hasattr(errors, "write")
    assert environ.pop("fake_ims.socket").getsockname()[1] == listener.port
    with environ.pop("fake_ims.pausing")():
        pass
    environ.pop("fake_ims.after_answer")(lambda: None)
    assert environ.pop("wsgi.input").read() == b""
    assert environ == {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/a b\xc3\xa9",
        "QUERY_STRING": "q=%41&q",
        "REQUEST_URI": "/a%20b%C3%A9?q=%41&q",
        "RAW_URI": "/a%20b%C3%A9?q=%41&q",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "2",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(listener.port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": str(client.sock.getsockname()[1]),
        "HTTP_HOST": "h:1",
        "HTTP_X_ACS_ACTION": "RegisterMediaInfo",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        "fake_ims.desk": seen,
        "body": b"hi",
    }


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/", "/", ""),
        ("/?", "/", ""),
        ("/a//b?x=y?z", "/a//b", "x=y?z"),
        ("//host/path", "//host/path", ""),
        ("?x=y", "/", "x=y"),
        ("http://h:1", "/", ""),
        ("http://h:1?x=y", "/", "x=y"),
        ("http://h:1/p?x=http://z/", "/p", "x=http://z/"),
        ("HTTP://user:pass@[::1]:1/p", "/p", ""),
        ("*", "/", ""),
        ('/"<>{}|^`\\', '/"<>{}|^`\\', ""),
        ("/%00%ff%zz%", "/\x00\xff%zz%", ""),
    ],
)
def test_targets(listen: Listen, connect: Connect, target: str, path: str, query: str) -> None:
    client = connect(listen())
    for method in ("GET", "POST", "OPTIONS"):
        said = client.send(f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).answer().json
        assert (said["PATH_INFO"], said["QUERY_STRING"]) == (path, query)
        assert said["RAW_URI"] == said["REQUEST_URI"] == target
        assert said["REQUEST_METHOD"] == method


def test_absolute_form_names_the_host_only_when_no_header_does(
    listen: Listen, connect: Connect
) -> None:
    client = connect(listen())
    client.send(b"GET http://u@a:1/ HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert client.answer().json["HTTP_HOST"] == "a:1"
    said = client.send(b"GET http://a:1/ HTTP/1.1\r\nHost: signed\r\n\r\n").answer().json
    assert said["HTTP_HOST"] == "signed"


@pytest.mark.parametrize(
    ("sent", "key", "value"),
    [
        (b"X-A: 1\r\nx-a: 2\r\n", "HTTP_X_A", "1, 2"),
        (b"Cookie: a=1\r\nCookie: b=2\r\n", "HTTP_COOKIE", "a=1; b=2"),
        (b"X_A: shadow\r\nX-A: 1\r\n", "HTTP_X_A", "1"),
        (b"X-A: 1\r\nX_A: shadow\r\n", "HTTP_X_A", "1"),
        (b"X-A:\t  a  b \t\r\n", "HTTP_X_A", "a  b"),
        (b"X-A:\r\n", "HTTP_X_A", ""),
        (b"X-A: \xe4\xff\r\n", "HTTP_X_A", "\xe4\xff"),
        (b"Content_Length: 9\r\n", "CONTENT_LENGTH", None),
        (b"Transfer_Encoding: chunked\r\n", "HTTP_TRANSFER_ENCODING", None),
    ],
)
def test_headers(
    listen: Listen, connect: Connect, sent: bytes, key: str, value: str | None
) -> None:
    assert connect(listen()).send(HEAD + sent + b"\r\n").answer().json.get(key) == value


def test_a_long_request_line_works(listen: Listen, connect: Connect) -> None:
    query = "x=" + "%E5%AA%92" * 20_000
    client = connect(listen())
    assert client.get(f"/?{query}").json["QUERY_STRING"] == query
    assert client.get("/after").json["PATH_INFO"] == "/after"


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"0\r\n\r\n", ""),
        (b"2\r\nhi\r\n0\r\n\r\n", "hi"),
        (b"2\r\nhi\r\n00A\r\n0123456789\r\n000\r\n\r\n", "hi0123456789"),
        (b"3;name=value\r\n\r\nx\r\n0;last\r\n\r\n", "\r\nx"),
        (b'3 ; name="v"\r\nabc\r\n0\r\nX-Trailer: 1\r\nX-Sum:\r\n\r\n', "abc"),
    ],
)
def test_chunked_bodies(listen: Listen, connect: Connect, sent: bytes, body: str) -> None:
    request = HEAD + b"Transfer-Encoding: Chunked\r\n\r\n" + sent
    client = connect(listen())
    first, second = client.send(request + GET).answer().json, client.answer().json
    assert (first["body"], first["CONTENT_LENGTH"]) == (body, str(len(body)))
    assert (second["REQUEST_METHOD"], second["body"]) == ("GET", "")
    assert "HTTP_X_TRAILER" not in first


def test_pipelined_requests_are_answered_in_order(listen: Listen, connect: Connect) -> None:
    client = connect(listen())
    client.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % n for n in range(500)))
    assert [client.answer().json["PATH_INFO"] for _ in range(500)] == [f"/{n}" for n in range(500)]


def test_pipelined_requests_before_a_bad_one_are_answered(listen: Listen, connect: Connect) -> None:
    client = connect(listen()).send(GET + GET + b"\r\n\r\nHELO\r\n" + GET)
    assert [client.answer().status for _ in range(3)] == [200, 200, 400]
    assert client.rest() == b""


def test_nothing_is_answered_after_connection_close(listen: Listen, connect: Connect) -> None:
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: foo, Close\r\n\r\n"
    listener = listen()
    for more in (GET * 3, b"x" * 8_000_000):  # so much that a reset would lose the answers
        client = connect(listener).send(GET + last + more)
        assert [client.answer()["Connection"] for _ in range(2)] == ["keep-alive", "close"]
        assert client.rest() == b""


def test_http_1_0(listen: Listen, connect: Connect) -> None:
    listener = listen()
    client = connect(listener).send(b"GET / HTTP/1.0\r\n\r\n")
    answer = client.answer()
    assert (answer.json["SERVER_PROTOCOL"], answer["Connection"]) == ("HTTP/1.0", "close")
    assert client.rest() == b""
    client = connect(listener)
    for _ in range(2):
        answer = client.send(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").answer()
        assert answer["Connection"] == "keep-alive"


@pytest.mark.parametrize("framing", [b"Content-Length: 2", b"Transfer-Encoding: chunked"])
def test_expect_is_answered_before_the_body(
    listen: Listen, connect: Connect, framing: bytes
) -> None:
    client = connect(listen()).send(HEAD + framing + b"\r\nExpect: 100-Continue\r\n\r\n")
    assert client.answer().status == 100
    body = b"hi" if b"Length" in framing else b"2\r\nhi\r\n0\r\n\r\n"
    for byte in body:  # said once, however slowly the body comes
        client.send(bytes([byte]))
    assert client.answer().json["body"] == "hi"
    assert client.get().status == 200


@pytest.mark.parametrize(
    ("request_", "statuses"),
    [
        (HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\nhi", [200]),
        (HEAD + b"Expect: 100-continue\r\n\r\n", [200]),
        (HEAD + b"Content-Length: 99\r\nExpect: 100-continue\r\n\r\n", [413]),
    ],
    ids=["the body is there", "no body", "too large"],
)
def test_expect_is_not_answered_when_nothing_is_to_come(
    listen: Listen, connect: Connect, request_: bytes, statuses: list[int]
) -> None:
    client = connect(listen(max_body=50)).send(request_)
    assert [client.answer().status for _ in statuses] == statuses


def test_expect_means_nothing_in_http_1_0(listen: Listen, connect: Connect) -> None:
    client = connect(listen())
    client.send(b"POST / HTTP/1.0\r\nContent-Length: 200\r\nExpect: 100-continue\r\n\r\n")
    for _ in range(200):
        client.send(b"x")
    assert client.answer().status == 200


def test_a_wish_to_upgrade_is_ignored(listen: Listen, connect: Connect) -> None:
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi"
    client = connect(listen()).send(HEAD + wish + GET)
    assert [client.answer().json["body"] for _ in range(2)] == ["hi", ""]


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SMUGGLED = {
    "two lengths": HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length twice": HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
    "a list of lengths": HEAD + b"Content-Length: 1, 1\r\n\r\na",
    "length with a sign": HEAD + b"Content-Length: +1\r\n\r\na",
    "negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "empty length": HEAD + b"Content-Length:\r\n\r\n",
    "hexadecimal length": HEAD + b"Content-Length: 0x1\r\n\r\na",
    "length over 64 bits": HEAD + b"Content-Length: 99999999999999999999\r\n\r\n",
    "length and chunked": HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": HEAD
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "unknown coding": HEAD + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "identity": HEAD + b"Transfer-Encoding: identity\r\n\r\n",
    "chunked not last": HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": HEAD
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk size with a sign": CHUNKED + b"+2\r\nhi\r\n0\r\n\r\n",
    "chunk size with 0x": CHUNKED + b"0x2\r\nhi\r\n0\r\n\r\n",
    "chunk size with a space": CHUNKED + b"2 \r\nhi\r\n0\r\n\r\n",
    "chunk size after a space": CHUNKED + b" 2\r\nhi\r\n0\r\n\r\n",
    "chunk size over 64 bits": CHUNKED + b"10000000000000002\r\nhi\r\n0\r\n\r\n",
    "empty chunk size": CHUNKED + b"\r\nhi\r\n0\r\n\r\n",
    "chunk size, bare LF": CHUNKED + b"2\nhi\r\n0\r\n\r\n",
    "chunk extension, bare LF": CHUNKED + b"2;a\nhi\r\n0\r\n\r\n",
    "chunk size, bare CR": CHUNKED + b"2;a\rb\r\nhi\r\n0\r\n\r\n",
    "chunk longer than its size": CHUNKED + b"2\r\nhiho\r\n0\r\n\r\n",
    "chunk without its line end": CHUNKED + b"2\r\nhi0\r\n\r\n",
    "NUL in a trailer": CHUNKED + b"0\r\nX: \0\r\n\r\n",
    "folded trailer": CHUNKED + b"0\r\nX: a\r\n b\r\n\r\n",
    "trailer, bare LF": CHUNKED + b"0\r\nX: a\n\r\n",
    "end of trailers, bare LF": CHUNKED + b"0\r\n\n",
    "obsolete folding": HEAD + b"X: a\r\n b\r\n\r\n",
    "folded coding": HEAD + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "space before the colon": HEAD + b"Content-Length : 1\r\n\r\na",
    "space before the first header": b"GET / HTTP/1.1\r\n X: a\r\n\r\n",
    "header without a colon": HEAD + b"foo\r\n\r\n",
    "header without a name": HEAD + b": foo\r\n\r\n",
    "NUL in a header": HEAD + b"X: a\0b\r\n\r\n",
    "NUL in a header name": HEAD + b"X\0: a\r\n\r\n",
    "bare CR in a header": HEAD + b"X: a\rContent-Length: 1\r\n\r\n",
    "bare LF after a header": HEAD + b"X: a\nY: b\r\n\r\n",
    "bare LF everywhere": b"GET / HTTP/1.1\nHost: x\n\n",
    "bare CR everywhere": b"GET / HTTP/1.1\rHost: x\r\r",
    "two hosts": HEAD + b"Host: y\r\n\r\n",
    "high bytes in the target": b"GET /\xe4?x=\xff HTTP/1.1\r\n\r\n",
    "control character in the target": b"GET /\x01 HTTP/1.1\r\n\r\n",
    "tab in the target": b"GET /\ta HTTP/1.1\r\n\r\n",
    "space in the target": b"GET /a b HTTP/1.1\r\n\r\n",
    "space after the version": b"GET / HTTP/1.1 \r\n\r\n",
    "target without a slash": b"GET foo HTTP/1.1\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "method in small letters": b"get / HTTP/1.1\r\n\r\n",
    "unknown method": b"FROB / HTTP/1.1\r\n\r\n",
    "method of RTSP": b"DESCRIBE / HTTP/1.1\r\n\r\n",
    "HTTP/1.2": b"GET / HTTP/1.2\r\n\r\n",
    "an answer": b"HTTP/1.1 200 OK\r\n\r\n",
}


@pytest.mark.parametrize("sent", SMUGGLED.values(), ids=SMUGGLED)
def test_ambiguous_requests_are_refused(
    listen: Listen, connect: Connect, refusals: list[Refusal], sent: bytes
) -> None:
    client = connect(listen())
    client.send(sent + b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n")
    answer = client.answer()
    assert (answer.status, answer["Connection"]) == (400, "close")
    assert client.rest() == b""
    (refusal,) = refusals
    assert (refusal.status, refusal.reason) == (400, "Bad Request")
    assert refusal.detail in answer.body.decode()


@pytest.mark.parametrize(
    ("sent", "status", "detail"),
    [
        (b"CONNECT ice.aliyuncs.com:443 HTTP/1.1\r\nHost: x\r\n\r\n", 405, "HTTPS_PROXY"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP/2"),
        (b"GET / HTTP/2.0\r\n\r\n", 505, "HTTP/2.0"),
        (b"DESCRIBE / RTSP/1.0\r\n\r\n", 505, "RTSP/1.0"),
        (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "gzip, chunked"),
    ],
    ids=["CONNECT", "HTTP/2 preface", "HTTP/2.0", "RTSP", "gzip"],
)
def test_what_is_not_spoken_here_is_explained(
    listen: Listen,
    connect: Connect,
    refusals: list[Refusal],
    sent: bytes,
    status: int,
    detail: str,
) -> None:
    client = connect(listen()).send(sent)
    answer = client.answer()
    assert answer.status == status == refusals[0].status
    assert detail in refusals[0].detail
    assert refusals[0].client == "{}:{}".format(*client.sock.getsockname())
    assert client.rest() == b""
    if status == 405:
        assert answer["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "sent",
    [
        b"\0",
        b"\x80\x01\x02",
        b"hello",
        b"HELO x",
        b"A" * 40,
        b"POST x ",
        b"GET /\x7f",
        b"GET / HTTP/1.1\nHost: x\n\n",
    ],
)
def test_garbage_is_refused_before_its_line_ends(
    listen: Listen, connect: Connect, sent: bytes
) -> None:
    client = connect(listen()).send(sent)
    assert client.answer().status == 400
    assert client.rest() == b""


def test_a_tls_hello_is_closed_and_reported(
    listen: Listen, connect: Connect, refusals: list[Refusal]
) -> None:
    client = connect(listen()).send(bytes.fromhex("16030100c8010000c40303") + bytes(194))
    assert client.rest() == b""
    (refusal,) = refusals
    assert (refusal.status, refusal.reason) == (0, "TLS hello")
    assert "protocol='http'" in refusal.detail


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_bound_is_refused_so_that_its_sender_sees_it(
    listen: Listen, connect: Connect, refusals: list[Refusal], chunked: bool
) -> None:
    body = b"x" * 8_000_000  # more than the buffers of both sockets hold
    client = connect(listen(max_body=1000))
    if chunked:
        client.send(CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
    else:
        client.send(HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
    answer = client.answer()
    assert (answer.status, answer["Connection"]) == (413, "close")
    assert client.rest() == b""
    assert [refusal.status for refusal in refusals] == [413]


def test_a_refused_client_is_not_listened_to_for_ever(
    listen: Listen, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fake_ims.connections._DRAIN_LIMIT", 100_000)
    client = connect(listen(max_body=10))
    client.send(HEAD + b"Content-Length: 999999999\r\n\r\n")
    with pytest.raises(OSError, match=r"reset|[Pp]ipe"):
        client.send(b"x" * 100_000_000)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000, 200),
        (HEAD + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001, 413),
        (HEAD + b"Content-Length: 0001000\r\n\r\n" + b"x" * 1000, 200),
        (CHUNKED + b"1f4\r\n%b\r\n1f4\r\n%b\r\n0\r\n\r\n" % (b"x" * 500, b"x" * 500), 200),
        (CHUNKED + b"1f4\r\n%b\r\n1f5\r\n" % (b"x" * 500), 413),
        (b"GET /%b HTTP/1.1\r\n\r\n" % (b"x" * (2000 - 18)), 200),
        (b"GET /%b HTTP/1.1\r\n\r\n" % (b"x" * (2001 - 18)), 431),
        (b"GET /%b" % (b"x" * 2000), 414),
        (b"GET / HTTP/1.1\r\nX: %b" % (b"x" * 2000), 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 400, 431),
        (CHUNKED + b"0\r\n" + b"X: y\r\n" * 400, 431),
        (CHUNKED + b"0;%b" % (b"x" * 2001), 400),
    ],
    ids=[
        "body as large as may be",
        "body one byte over",
        "length with zeros in front",
        "chunks as large as may be",
        "chunks one byte over",
        "head as long as may be",
        "head one byte over",
        "request line without end",
        "header without end",
        "headers without end",
        "trailers without end",
        "chunk extension without end",
    ],
)
def test_bounds(listen: Listen, connect: Connect, sent: bytes, status: int) -> None:
    client = connect(listen(max_body=1000, max_head=2000)).send(sent)
    assert client.answer().status == status


def test_empty_lines_before_a_request_are_skipped(listen: Listen, connect: Connect) -> None:
    client = connect(listen()).send(b"\r\n\r\n" + GET + b"\r\n" + GET)
    assert [client.answer().status for _ in range(2)] == [200, 200]


def _answers(packets: list[bytes]) -> list[Any]:
    """The requests, and at the end perhaps the refusal, that a reader makes of these packets."""
    reader = RequestReader(max_head=4000, max_body=4000)
    found: list[Any] = []
    try:
        for packet in packets:
            reader.feed(packet)
            while (request := reader.next()) is not None:
                found.append(request)
    except BadRequestError as bad:
        found.append(bad.status)
    return found


_CHUNKS = st.lists(st.binary(min_size=1, max_size=30), max_size=4)
_GOOD = st.one_of(
    st.sampled_from(
        [
            GET,
            b"\r\n" + GET,
            b"POST ?x=y HTTP/1.1\r\nHost: x\r\n\r\n",
            b"GET http://h/p?q HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
            CHUNKED + b"2;a=b\r\n\r\n\r\n0\r\nX: y\r\n\r\n",
        ]
    ),
    st.binary(max_size=60).map(lambda b: HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(b), b)),
    _CHUNKS.map(
        lambda chunks: (
            CHUNKED + b"".join(b"%x\r\n%b\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"
        )
    ),
)
_BAD = st.sampled_from([b"", *SMUGGLED.values()])


def _split(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    cuts = draw(st.lists(st.integers(0, len(stream)), max_size=20))
    at = [0, *sorted(cuts), len(stream)]
    return [stream[a:b] for a, b in itertools.pairwise(at) if a < b]


@st.composite
def _packets(draw: st.DrawFn) -> list[bytes]:
    return _split(draw, b"".join(draw(st.lists(_GOOD, max_size=6))) + draw(_BAD))


@given(_packets())
@settings(max_examples=300, database=None, deadline=None)
def test_packets_do_not_matter_to_the_reader(packets: list[bytes]) -> None:
    stream = b"".join(packets)
    whole = _answers([stream])
    assert _answers(packets) == whole
    bytewise = [stream[n : n + 1] for n in range(len(stream))]
    assert _answers(bytewise) == whole
    assert all(isinstance(found, Request) for found in whole[:-1])


@given(st.data())
@settings(
    max_examples=40,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_packets_do_not_matter_to_clients(
    listen: Listen, connect: Connect, data: st.DataObject
) -> None:
    requests = data.draw(st.lists(_GOOD, min_size=1, max_size=5))
    last = b"GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

    def said(packets: list[bytes]) -> list[Any]:
        listener = Listener(_echo_what_matters)
        with listener, connect(listener) as client:
            for packet in packets:
                client.send(packet)
            answers = [client.answer().json for _ in range(len(requests) + 1)]
            assert client.rest() == b""
        return answers

    stream = b"".join(requests) + last
    packets = data.draw(st.composite(_split)(stream))
    assert said(packets) == said([stream])


def _echo_what_matters(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    keys = ("REQUEST_METHOD", "RAW_URI", "PATH_INFO", "QUERY_STRING", "CONTENT_LENGTH")
    said = {key: environ.get(key) for key in keys}
    return [json.dumps({**said, "body": environ["wsgi.input"].read().decode("latin-1")}).encode()]


def test_a_half_closed_client_gets_its_answer(listen: Listen, connect: Connect) -> None:
    client = connect(listen()).send(GET)
    client.sock.shutdown(socket.SHUT_WR)
    assert client.answer().status == 200
    assert client.rest() == b""


def test_a_request_before_a_tls_hello_is_answered(connect: Connect) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b"done"]

    with Listener(app) as listener:
        client = connect(listener).send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01")
        assert client.answer().body == b"done"
        assert client.rest() == b""
