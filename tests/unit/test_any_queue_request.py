"""Whatever is asked of the message service, it answers in a document that its clients can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from fake_ims import FakeIms
from fake_ims.gateway.request import HttpRequest
from fake_ims.web.mns import answer_queues

NAMES = st.sampled_from(["ice-callback-a", "b", "ice-callback-a/", "", "%FF", "a" * 300, "-"])
HANDLES = ["x", "1-ODU4OTkzNDU5My0xNzk1NDAyNjA5LTEtOA==", "%", "1-" + "A" * 100]
QUERIES = st.dictionaries(
    st.sampled_from([
        "waitseconds", "numOfMessages", "peekonly", "ReceiptHandle", "visibilityTimeout",
        "metaoverride", "%00", "é",
    ]),
    st.sampled_from(["", "0", "1", "16", "-1", "true", "9" * 30, "%C3%A9", *HANDLES]),
    max_size=4,
)  # fmt: skip
TEXTS = st.text(max_size=20) | st.sampled_from(["1", "60", "True", "1e3", "\x7f", " 8 "])
ELEMENTS = st.dictionaries(
    st.sampled_from([
        "MessageBody", "DelaySeconds", "Priority", "VisibilityTimeout", "LoggingEnabled",
        "ReceiptHandle", "Message", "Other",
    ]),
    TEXTS,
    max_size=4,
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Something like the body of a request."""
    root = draw(st.sampled_from(["Message", "Messages", "Queue", "ReceiptHandles", "Else"]))
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in draw(ELEMENTS).items())
    if draw(st.booleans()):
        inside = f"<Message>{inside}</Message>" * draw(st.integers(1, 3))
    encoding = draw(st.sampled_from(["utf-8", "utf-16", "latin-1"]))
    return f"<{root}>{inside}</{root}>".encode(encoding, "replace")


HEADERS = st.dictionaries(
    st.sampled_from([
        "authorization", "date", "content-md5", "x-mns-version", "x-mns-ret-number",
        "x-mns-prefix", "x-mns-marker", "x-mns-with-meta", "security-token", "host",
    ]),
    st.sampled_from([
        "", "MNS a:b", "MNS LTAI:c2ln", "Mon, 23 Nov 2026 03:06:33 GMT", "yesterday", "10", "é",
        "MNS4-HMAC-SHA256 Credential=k/20261123/r/mns/aliyun_v4_request,Signature=00", "true",
        "Mon, 99 Nov 99999 99:99:99 GMT",
    ]),
    max_size=5,
)  # fmt: skip


def asked(mode: str) -> Callable[..., None]:
    """A property of a fake in a mode."""

    @given(
        method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"]),
        name=NAMES,
        tail=st.sampled_from(["", "/messages", "/messages/", "/others", "//messages"]),
        query=QUERIES,
        headers=HEADERS,
        body=st.just(b"") | documents() | st.binary(max_size=30),
    )
    def ask(
        method: str, name: str, tail: str, query: dict[str, str], headers: dict[str, str],
        body: bytes,
    ) -> None:  # fmt: skip
        path = f"/queues/{name}{tail}"
        line = "&".join(f"{key}={value}" for key, value in query.items() if key != "waitseconds")
        decoded = unquote_to_bytes(path).decode("latin-1")
        if "authorization" in headers:  # a key that is the world's, or nobody's
            headers["authorization"] = headers["authorization"].replace("LTAI", key_of_world)
        http = HttpRequest(method, decoded, line, headers, body)
        answer = answer_queues(http, f"{path}?{line}", desk)
        assert answer.status != 500, body
        assert dict(answer.headers)["x-mns-version"]
        if answer.body:
            ElementTree.fromstring(answer.body)
        else:
            assert answer.status in (201, 204)

    desk: Any
    key_of_world: str

    def run() -> None:
        nonlocal desk, key_of_world
        with FakeIms(mode=mode) as ims:
            desk, key_of_world = ims.server.desk, ims.access_key_id
            ims.queues["ice-callback-a"].put("x")
            ask()

    return run


def test_open() -> None:
    asked("open")()


def test_enforce() -> None:
    asked("enforce")()


def test_soft() -> None:
    asked("soft")()
