"""One attempt to post a callback: whatever the receiver does, a result, and in time."""

from __future__ import annotations

import contextlib
import datetime
import itertools
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from freezers import ALL, UTC, Freezer
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from raw_receivers import (
    HANG,
    OK,
    Act,
    RawReceiver,
    certificate,
    dribbles,
    floods,
    hangs,
    resets,
    says,
    says_and_hangs,
)

from fake_ims.clock import real_monotonic
from fake_ims.events.posting import Post, Posting, Result
from fake_ims.events.reply import MOST_BODY, NotHttpError, Reply

BODY = b'{"EventType":"RegisterMediaComplete"}'
SHORT = 0.3
"""Seconds, for receivers that take longer than they may."""
SLACK = 5.0
"""Seconds that a busy machine may take in addition."""


def post(url: str, *, timeout: float = HANG, allow_hosts: tuple[str, ...] = ()) -> Result:
    """Make an attempt, which has to end in time."""
    began = real_monotonic()
    result = Posting(Post(url, BODY), timeout=timeout, allow_hosts=allow_hosts).run()
    assert real_monotonic() - began < timeout + SLACK
    assert 0 <= result.latency < timeout + SLACK
    assert result.ok == (result.status == 200) == (result.reason == "")
    return result


# ---------------------------------------------------------------- what is sent


def test_the_request_is_whole_and_names_its_receiver() -> None:
    with RawReceiver(says(OK)) as receiver:
        headers = (("X-ICE-TIMESTAMP", "1519375990"),)
        url = f"http://LOCALHOST:{receiver.port}/a b/\u4e2d?x=\u4e2d%20&y=1#part"
        result = Posting(Post(url, BODY, headers), timeout=HANG, allow_hosts=()).run()
    assert (result.status, result.contacted, result.reason) == (200, True, "")
    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    assert line == "POST /a%20b/%E4%B8%AD?x=%E4%B8%AD%20&y=1 HTTP/1.1"
    assert sorted(fields) == [
        "Connection: close",
        f"Content-Length: {len(BODY)}",
        "Content-Type: application/json",
        f"Host: localhost:{receiver.port}",
        "User-Agent: fake-ims",
        "X-ICE-TIMESTAMP: 1519375990",
    ]
    assert body == BODY


def test_a_large_body_arrives() -> None:
    body = b"x" * 5_000_000
    with RawReceiver(says(OK)) as receiver:
        result = Posting(Post(receiver.url, body), timeout=HANG, allow_hosts=()).run()
    assert result.ok
    assert receiver.requests[0].endswith(b"\r\n\r\n" + body)


def test_a_given_content_type_takes_the_place_of_the_usual_one() -> None:
    with RawReceiver(says(OK)) as receiver:
        headers = (("content-type", "text/plain"),)
        assert Posting(Post(receiver.url, b"", headers), timeout=HANG, allow_hosts=()).run().ok
    assert receiver.requests[0].lower().count(b"content-type: ") == 1


@pytest.mark.parametrize(
    "header", [("X", "a\r\nEvil: 1"), ("X\r\nEvil", "1"), ("", "x"), ("X", "\u4e2d")]
)
def test_no_header_is_smuggled_in(header: tuple[str, str]) -> None:
    with RawReceiver(says(OK)) as receiver:
        result = Posting(Post(receiver.url, b"", (header,)), timeout=HANG, allow_hosts=()).run()
    assert "not a header" in result.reason
    assert receiver.requests == []


def test_no_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with RawReceiver(says(OK)) as receiver:
        assert post(receiver.url).ok


# ---------------------------------------------------------------- what comes back

ANSWERS = {
    "200": (says(OK), 200, ""),
    "no reason phrase": (says(b"HTTP/1.1 200\r\n\r\n"), 200, ""),
    "HTTP/1.0": (says(b"HTTP/1.0 200 OK\r\n\r\nuntil the end"), 200, ""),
    "no Content-Length": (says(b"HTTP/1.1 200 OK\r\n\r\nuntil the end"), 200, ""),
    "in pieces": (says(b"HTTP/1.1 2", b"00 OK\r\nA", b": b\r\n\r", b"\n"), 200, ""),
    "chunked": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"), 200, "",
    ),
    "wrongly chunked": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), 200, "",
    ),
    "100, then 200": (says(b"HTTP/1.1 100 Continue\r\n\r\n", OK), 200, ""),
    "103, 102, then 500": (
        says(b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 500 No\r\n\r\n"),
        500, "500 No",
    ),
    "101": (
        says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + OK),
        101, "101 Switching Protocols",
    ),
    "two answers": (says(OK + b"HTTP/1.1 500 No\r\n\r\n"), 200, ""),
    "less than it says": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), 200, ""),
    "201": (says(b"HTTP/1.1 201 Created\r\n\r\n"), 201, "201 Created: only 200 counts"),
    "204": (says(b"HTTP/1.1 204 No Content\r\n\r\n"), 204, "204 No Content: only 200 counts"),
    "301": (
        says(b"HTTP/1.1 301 Moved\r\nLocation: http://x/\xc3\xa4\r\n\r\n"),
        301, "301 Moved is not followed, to 'http://x/ä'",
    ),
    "304": (says(b"HTTP/1.1 304\r\n\r\n"), 304, "304 Not Modified"),
    "404": (
        says(b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nno \x1b[1m"),
        404, "404 Not Found: 'no \\x1b[1'",
    ),
    "500": (
        says(b"HTTP/1.1 500 \xff\r\n\r\nValueError: \xe4\xb8\xad"), 500, "500 �: 'ValueError: 中'",
    ),
    "an unknown status": (says(b"HTTP/1.1 999\r\n\r\n"), 999, "999"),
    "nothing": (says(), None, "closed without an answer"),
    "half a head": (
        says(b"HTTP/1.1 200 OK\r\nA: b"), None,
        "closed in the middle of an answer: b'HTTP/1.1 200 OK\\r\\nA: b'",
    ),
    "only 100": (
        says(b"HTTP/1.1 100 Continue\r\n\r\n"), None,
        "closed in the middle of an answer: b'HTTP/1.1 100 Continue\\r\\n\\r\\n'",
    ),
    "garbage": (says(b"hello\r\n"), None, "not an HTTP answer: b'hello\\r\\n'"),
    "HTTP/0.9": (says(b"<html>ok</html>"), None, "not an HTTP answer: b'<html>ok</html>'"),
    "HTTP/2.0": (says(b"HTTP/2.0 200 OK\r\n\r\n"), None, "not an HTTP answer: "),
    "HTTP/2.0 in pieces": (
        says_and_hangs(b"H", b"TTP/", b"2.0 200 OK\r\n\r\n"), None, "not an HTTP answer: ",
    ),
    "another protocol": (says(b"RTSP/1.0 200 OK\r\n\r\n"), None, "not an HTTP answer: "),
    "a TLS alert": (
        says(b"\x15\x03\x01\x00\x02\x02\x46"), None,
        "not an HTTP answer: b'\\x15\\x03\\x01\\x00\\x02\\x02F' (TLS: is it an https:// URL?)",
    ),
    "what was sent": (
        lambda receiver, sock: sock.sendall(receiver.read(sock)), None,
        f"not an HTTP answer: {b'POST /cb HTTP/1.1'!r}"[:-1],
    ),
    "a head without end": (
        floods(b"HTTP/1.1 200 OK\r\n", b"A: " + b"b" * 1000 + b"\r\n"), None,
        "an answer whose head is over 65536 bytes: b'HTTP/1.1 200 OK\\r\\nA: bbb",
    ),
    "100 without end": (
        floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), None,
        "an answer whose head is over 65536 bytes: ",
    ),
    "reset at once": (resets(read=False), None, "reset before an answer"),
    "reset when it has read": (resets(), None, "reset before an answer"),
    "reset in the head": (
        resets(b"HTTP/1.1 200"), None, "reset ",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("act", "status", "reason"), ANSWERS.values(), ids=ANSWERS)
def test_the_status_decides(act: Act, status: int | None, reason: str) -> None:
    with RawReceiver(act) as receiver:
        result = post(receiver.url)
    assert result.contacted
    assert result.status == status
    assert result.reason.startswith(reason)
    assert result.reason.isprintable()


def test_an_answer_without_reading_counts() -> None:
    """A receiver may refuse a body that is too large for it before it has come."""

    def act(_: RawReceiver, sock: socket.socket) -> None:
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass

    with RawReceiver(act) as receiver:
        result = Posting(Post(receiver.url, b"x" * 9_000_000), timeout=HANG, allow_hosts=()).run()
    assert result.reason == "413 Too Large"


def test_an_answer_before_the_connection_ends_is_not_missed_for_what_cannot_be_sent() -> None:
    """It may be lost with the connection, or may not."""

    def act(_: RawReceiver, sock: socket.socket) -> None:
        sock.recv(1000)
        sock.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")

    with RawReceiver(act) as receiver:
        for _ in range(20):
            big = Post(receiver.url, b"x" * 9_000_000)
            result = Posting(big, timeout=HANG, allow_hosts=()).run()
            assert result.reason in ("413 Too Large", "reset before an answer")


def test_a_body_is_read_to_its_end() -> None:
    """The receiver can send an ordinary body without being cut off."""
    whole: list[bool] = []

    def act(receiver: RawReceiver, sock: socket.socket) -> None:
        receiver.read(sock)
        length = MOST_BODY - 1
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length)
        for _ in range(length):
            sock.send(b"x")
        sock.shutdown(socket.SHUT_WR)
        whole.append(sock.recv(1) == b"")  # closed, not reset

    with RawReceiver(act) as receiver:
        assert post(receiver.url).ok
    assert whole == [True]


@pytest.mark.parametrize(("status", "reason"), [(200, ""), (500, "500 No: 'xxx")])
def test_a_body_without_end_is_given_up_soon(status: int, reason: str) -> None:
    with RawReceiver(floods(b"HTTP/1.1 %d No\r\n\r\n" % status, b"x" * 1000)) as receiver:
        began = real_monotonic()
        assert post(receiver.url).reason.startswith(reason)
        assert real_monotonic() - began < HANG / 2


# ---------------------------------------------------------------- receivers that take their time

SLOW = {
    "hangs": (hangs, None, "no answer in 0.3 s"),
    "hangs when it has read": (says_and_hangs(), None, "no answer in 0.3 s"),
    "hangs in the head": (
        says_and_hangs(b"HTTP/1.1 2"), None, "no whole answer in 0.3 s: b'HTTP/1.1 2'",
    ),
    "hangs after 100": (
        says_and_hangs(b"HTTP/1.1 100 Go\r\n\r\n"), None,
        "no whole answer in 0.3 s: b'HTTP/1.1 100 Go",
    ),
    "hangs in the body": (
        says_and_hangs(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), 200, "",
    ),
    "hangs in the body of a failure": (
        says_and_hangs(b"HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nbut"), 500, "500 No: 'but'",
    ),
    "keeps the connection": (says_and_hangs(OK), 200, ""),
    "dribbles": (dribbles(OK), None, "no whole answer in 0.3 s: b'HT"),
    "dribbles its body": (
        says_and_hangs(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx"), 200, "",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("act", "status", "reason"), SLOW.values(), ids=SLOW)
def test_there_is_one_deadline_for_all_of_it(act: Act, status: int | None, reason: str) -> None:
    with RawReceiver(act) as receiver:
        result = post(receiver.url, timeout=SHORT)
    assert result.status == status
    assert result.reason.startswith(reason)
    assert result.latency >= SHORT or result.status is not None


def test_who_keeps_the_connection_open_after_a_whole_answer_costs_no_time() -> None:
    with RawReceiver(says_and_hangs(OK)) as receiver:
        began = real_monotonic()
        assert post(receiver.url).ok
        assert real_monotonic() - began < HANG / 2


def test_a_body_that_nobody_reads_is_given_up() -> None:
    with RawReceiver(hangs) as receiver:
        big = Post(receiver.url, b"x" * 50_000_000)
        result = Posting(big, timeout=SHORT, allow_hosts=()).run()
    assert result.reason == "the request was not read in 0.3 s"


@contextlib.contextmanager
def full_backlog() -> Iterator[str]:
    """A receiver that does not even accept."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(8):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listening.getsockname())
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def test_nobody_accepts() -> None:
    with full_backlog() as url:
        assert post(url, timeout=SHORT).reason == "not connected in 0.3 s"


@pytest.mark.parametrize("timeout", [0, -1, 1e-9, 1e30])
def test_any_timeout_will_do(timeout: float) -> None:
    with RawReceiver(says(OK)) as receiver:
        result = Posting(Post(receiver.url, BODY), timeout=timeout, allow_hosts=()).run()
    assert result.ok if timeout > 1 else " in " in result.reason


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    for host in ("127.0.0.1", "localhost", "[::1]"):
        result = post(f"http://{host}:{port}/")
        assert result.contacted
        assert result.reason == "connection refused" or "[::1]" in host


# ---------------------------------------------------------------- frozen time


@pytest.mark.parametrize("freezer", ALL.values(), ids=ALL)
@pytest.mark.parametrize(
    ("act", "reason"),
    [(says(OK), ""), (hangs, "no answer in 0.3 s"), (dribbles(OK), "no whole answer in 0.3 s")],
    ids=["answers", "hangs", "dribbles"],
)
def test_frozen_time_neither_hangs_nor_stretches_the_deadline(
    freezer: Freezer, act: Act, reason: str
) -> None:
    with RawReceiver(act) as receiver, freezer(datetime.datetime(2030, 1, 1, tzinfo=UTC)) as move:
        timer = threading.Timer(0.1, move, [3600])
        timer.start()
        result = post(receiver.url, timeout=SHORT if reason else HANG)
        timer.join()
    assert result.reason.startswith(reason)
    assert result.ok == (not reason)


# ---------------------------------------------------------------- cut from outside


def test_cut_before_it_begins() -> None:
    with RawReceiver(says(OK)) as receiver:
        posting = Posting(Post(receiver.url, BODY), timeout=HANG, allow_hosts=())
        posting.abort()
        assert posting.run().reason == "cut short"
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("act", "scheme", "status"),
    [
        (hangs, "http", None),
        (hangs, "https", None),
        (says_and_hangs(b"HTTP/1.1 2"), "http", None),
        (says_and_hangs(b"HTTP/1.1 200 OK\r\n\r\nx"), "http", 200),
    ],
    ids=["answer", "TLS handshake", "head", "body"],
)
def test_cut_while_it_waits(act: Act, scheme: str, status: int | None) -> None:
    with RawReceiver(act) as receiver:
        url = receiver.url.replace("http", scheme)
        posting = Posting(Post(url, BODY), timeout=HANG, allow_hosts=())

        def cut() -> None:
            assert receiver.arrived.acquire(timeout=HANG)
            receiver.gone.wait(0.1)
            posting.abort()
            posting.abort()

        cutter = threading.Thread(target=cut)
        cutter.start()
        began = real_monotonic()
        result = posting.run()
        assert real_monotonic() - began < HANG / 2
        cutter.join()
    assert (result.status, result.reason) == (status, "" if status else "cut short")


def test_cut_while_it_connects() -> None:
    with full_backlog() as url:
        posting = Posting(Post(url, BODY), timeout=HANG, allow_hosts=())
        timer = threading.Timer(0.1, posting.abort)
        timer.start()
        assert posting.run().reason == "cut short"
        timer.join()


def test_cut_at_any_moment() -> None:
    with RawReceiver(says(OK)) as receiver:
        for number in range(60):
            posting = Posting(Post(receiver.url, BODY), timeout=HANG, allow_hosts=())
            timer = threading.Timer(number * 0.00005, posting.abort)
            timer.start()
            result = posting.run()
            timer.join()
            assert result.ok or result.reason == "cut short"


# ---------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server's, with a certificate that nobody trusts."""
    path: Path = certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def over_tls(context: ssl.SSLContext, act: Act) -> Act:
    def encrypted(receiver: RawReceiver, sock: socket.socket) -> None:
        with contextlib.suppress(ssl.SSLError), context.wrap_socket(sock, server_side=True) as tls:
            act(receiver, tls)

    return encrypted


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "a.localhost", "[::ffff:127.0.0.1]"])
def test_a_self_signed_certificate_will_do_on_this_machine(tls: ssl.SSLContext, host: str) -> None:
    with RawReceiver(over_tls(tls, says(OK))) as receiver:
        assert post(f"https://{host}:{receiver.port}/cb").ok
        assert receiver.requests[0].startswith(b"POST /cb HTTP/1.1\r\nHost: " + host.encode())


def test_elsewhere_it_will_not(tls: ssl.SSLContext) -> None:
    """0.0.0.0 leads to this machine, but is no loopback address."""
    with RawReceiver(over_tls(tls, says(OK))) as receiver:
        result = post(f"https://0.0.0.0:{receiver.port}/", allow_hosts=("0.0.0.0",))
    assert result.reason == "TLS: self-signed certificate"


def test_tls_to_a_plain_receiver() -> None:
    def act(_: RawReceiver, sock: socket.socket) -> None:
        sock.recv(65536)
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with RawReceiver(act) as receiver:
        result = post(receiver.url.replace("http", "https"))
    assert result.reason.startswith("TLS: ")
    assert result.reason.endswith("(is it an http:// URL?)")


RECORD = b"\x16\x03\x03\x40\x00" + b"\xff" * 999
HANDSHAKES = {
    "hangs": (hangs, SHORT, "no TLS handshake in 0.3 s"),
    "dribbles": (dribbles(RECORD, read=False), SHORT, "no TLS handshake in 0.3 s"),
    "resets": (resets(read=False), HANG, ("reset before an answer", "TLS: ")),
    "closes": (lambda _, sock: sock.recv(65536), HANG, "TLS: "),
}


@pytest.mark.parametrize(("act", "timeout", "reason"), HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_handshake_that_comes_to_nothing(
    act: Act, timeout: float, reason: str | tuple[str, ...]
) -> None:
    with RawReceiver(act) as receiver:
        result = post(receiver.url.replace("http", "https"), timeout=timeout)
    assert result.reason.startswith(reason)


def test_a_name_that_tls_cannot_say() -> None:
    with RawReceiver(hangs) as receiver:
        assert post(f"https://.localhost:{receiver.port}/").reason.startswith("TLS: ")


def test_a_large_body_and_a_long_answer_go_through_tls(tls: ssl.SSLContext) -> None:
    answer = b"HTTP/1.1 500 No\r\n\r\n" + b"x" * 60_000
    with RawReceiver(over_tls(tls, says(answer))) as receiver:
        big = Post(receiver.url.replace("http", "https"), b"y" * 2_000_000)
        result = Posting(big, timeout=HANG, allow_hosts=()).run()
    assert result.reason.startswith("500 No: 'xxx")
    assert receiver.requests[0].endswith(b"\r\n\r\n" + big.body)


def test_hanging_over_tls(tls: ssl.SSLContext) -> None:
    with RawReceiver(over_tls(tls, says_and_hangs(b"HTTP/1.1 2"))) as receiver:
        result = post(receiver.url.replace("http", "https"), timeout=SHORT)
    assert result.reason == "no whole answer in 0.3 s: b'HTTP/1.1 2'"


# ---------------------------------------------------------------- any bytes

LINES = st.sampled_from([
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 500 No\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"\r\n",
    b"HTTP/1.1 204\r\n", b"HTTP/1.0 301\r\n", b"HTTP/1.1 101 x\r\n", b"HTTP/2 200\r\n", b"HTTP/",
    b"Content-Length: 3\r\n", b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: -1\r\n", b"Transfer-Encoding: chunked\r\n",
    b"Connection: upgrade\r\nUpgrade: x\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n", b"\n", b"\0",
    b"abc", b" folded\r\n", b"Location: \xff\r\n", b"Connection: close\r\n",
])  # fmt: skip
STREAMS = st.lists(LINES | st.binary(max_size=8), max_size=8).map(b"".join)


def read_in(pieces: list[bytes]) -> int | str | None:
    """The status, or what it was refused for, without what is shown of it."""
    reply = Reply()
    try:
        for piece in pieces:
            before = reply.status
            reply.feed(piece)
            assert before in (None, reply.status)
    except NotHttpError as error:
        assert reply.status is None
        return str(error).partition(":")[0]
    assert (reply.summary == "") == (reply.status in (None, 200))
    assert reply.summary.isprintable()
    return reply.status


@given(STREAMS, st.lists(st.integers(0, 200)))
@examples(max_examples=500)
def test_however_it_is_cut_an_answer_means_the_same(stream: bytes, places: list[int]) -> None:
    ends = [0, *sorted(place for place in places if place < len(stream)), len(stream)]
    pieces = [stream[a:b] for a, b in itertools.pairwise(ends)]
    assert read_in(pieces) == read_in([stream])


def test_whatever_comes_back_there_is_a_result() -> None:
    answer = b""

    def act(receiver: RawReceiver, sock: socket.socket) -> None:
        says(answer)(receiver, sock)

    @given(STREAMS)
    @examples(max_examples=150)
    def check(stream: bytes) -> None:
        nonlocal answer
        answer = stream
        result = post(receiver.url)
        assert result.contacted
        assert result.reason.isprintable()

    with RawReceiver(act) as receiver:
        check()
