"""Whatever arrives, what goes back is an answer that an SDK can read, and nobody is smuggled in.

Examples are the same in each run. ``pytest --hypothesis-profile=long tests/server/test_fuzz.py``
draws others, fifty times as many.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import fuzz
import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracle import Factory, examples, exchange, fake, read
from signed import canonical_query, rpc_signature
from spoiling import CONTENT, FORM, FRAMINGS, packets, scrambled, spoil_headers, spoilt
from strict_http import check_count, strict_answers, strict_requests, talk

from fake_ims import FakeIms

pytestmark = pytest.mark.fake_ims(allow="not_implemented stray")


@pytest.fixture(scope="module", params=["open", "soft", "enforce"])
def ims(request: pytest.FixtureRequest, fake_ims_factory: Factory) -> Iterator[FakeIms]:
    """A fake in each mode; the one in ``soft`` is strict about everything else."""
    mode: str = request.param
    with fake(fake_ims_factory, mode=mode, strict=mode == "soft") as ims:
        yield ims


@pytest.fixture(scope="module")
def opened(fake_ims_factory: Factory) -> Iterator[FakeIms]:
    """A fake that does not look at signatures."""
    with fake(fake_ims_factory, mode="open") as ims:
        yield ims


@pytest.fixture(scope="module")
def enforcing(fake_ims_factory: Factory) -> Iterator[FakeIms]:
    """A fake that refuses wrong signatures."""
    with fake(fake_ims_factory, mode="enforce") as ims:
        yield ims


# ---------------------------------------------------------------- anything


@st.composite
def streams(draw: st.DrawFn, ims: FakeIms, ways: Any) -> bytes:
    """One or a few requests on one connection: good ones, and some that were spoilt."""
    keys = draw(st.sampled_from([ims.ram.default, ims.ram.temporary_keys()]))
    requests = draw(st.lists(fuzz.signed(keys, ims.endpoint), min_size=1, max_size=3))
    return b"".join([draw(spoilt(request, ways)) for request in requests])


@given(st.data())
@examples(200)
def test_whatever_a_request_says_the_answer_can_be_read(ims: FakeIms, data: st.DataObject) -> None:
    with ims.scratch():
        reading, answers = exchange(ims, [data.draw(streams(ims, CONTENT))])
        assert (len(reading.lines), reading.end) == (len(answers), "clean")


@given(st.data())
@examples(300)
def test_however_it_is_written_the_answer_can_be_read(opened: FakeIms, data: st.DataObject) -> None:
    with opened.scratch():
        stream = data.draw(streams(opened, [*CONTENT, *FORM, *FORM]))
        exchange(opened, data.draw(packets(stream)))


@given(st.data())
@examples(200)
def test_whatever_the_bytes_are_the_answer_can_be_read(
    opened: FakeIms, data: st.DataObject
) -> None:
    with opened.scratch():
        stream = data.draw(st.binary(max_size=60) | streams(opened, CONTENT).flatmap(scrambled))
        exchange(opened, data.draw(packets(stream)))


@given(st.data())
@examples(60)
def test_the_official_sdk_reads_any_answer(
    enforcing: FakeIms, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
    sdk = pytest.importorskip("alibabacloud_ice20201109.client", exc_type=ImportError)
    core = pytest.importorskip("darabonba.core", exc_type=ImportError)
    exceptions = pytest.importorskip("alibabacloud_tea_openapi.exceptions", exc_type=ImportError)
    with enforcing.scratch():
        client, request = sdk.Client(enforcing.sdk_config()), models.RegisterMediaInfoRequest()
        _, answers = exchange(enforcing, [data.draw(streams(enforcing, [*CONTENT, *FORM]))])
        for answer in answers:
            in_xml = answer.headers["content-type"].startswith("text/xml")
            if answer.to_head or (in_xml and answer.status == 200):  # it never asks for these
                continue
            document = read(answer)
            canned = SimpleNamespace(
                status_code=answer.status, headers=answer.headers, body=answer.body
            )
            monkeypatch.setattr(core.DaraCore, "do_action", lambda *_, canned=canned: canned)
            if answer.status == 200:
                said = client.register_media_info(request)
                assert said.body.request_id == document["RequestId"]
                continue
            with pytest.raises(exceptions.AlibabaCloudException) as refused:
                client.register_media_info(request)
            error = refused.value
            assert (error.status_code, error.code) == (answer.status, document["Code"])
            assert error.data["RequestId"] == document["RequestId"]
            assert document["Message"].strip() in error.message


@given(
    st.data(), st.sampled_from(["api/health", "", "%ff", "%00", "x;y", "%2e%2e/", "api/health?%"])
)
@examples(40)
def test_what_is_beside_the_api_is_never_a_page(
    enforcing: FakeIms, data: st.DataObject, path: str
) -> None:
    sent = data.draw(fuzz.signed(enforcing.ram.default, enforcing.endpoint))
    sent.path = b"/_fake_ims/" + path.encode()
    spoil_headers(data.draw, sent)
    sent.method = data.draw(
        st.sampled_from([b"GET", b"HEAD", b"OPTIONS", b"POST", b"PUT", b"TRACE"])
    )
    reading = strict_requests(sent.raw())
    answers = strict_answers(talk(enforcing.endpoint, [sent.raw()]), reading)
    check_count(reading, answers)
    for answer in answers:
        assert answer.status != 500
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.to_head or isinstance(json.loads(answer.body), dict)


FOUND = {
    "HEAD with a body too large": b"HEAD / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n",
    "HEAD with a bad header": b"HEAD / HTTP/1.1\r\nx : y\r\n\r\n",
    "HEAD after HEAD": b"HEAD / HTTP/1.1\r\n\r\nHEAD / HTTP/2.0\r\n\r\n",
    "two spaces before the target": b"GET  / HTTP/1.1\r\n\r\n",
    "two spaces before the version": b"GET /  HTTP/1.1\r\n\r\n",
    "a space in the name of a header": b"GET / HTTP/1.1\r\nContent -Length: 1\r\n\r\na",
}
"""What once got an answer that could not be read, or was taken for a request."""


@pytest.mark.parametrize("stream", FOUND.values(), ids=FOUND)
def test_what_has_been_found_is_mended(enforcing: FakeIms, stream: bytes) -> None:
    exchange(enforcing, [stream])


def test_json_of_any_depth_is_no_internal_error(enforcing: FakeIms) -> None:
    """What json.loads() reads at its limit, json.dumps() may not write again."""
    line = b"POST /?Action=GetMediaInfo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for depth in range(900, 1000):
        body = b'{"UserData": ' + b"[" * depth + b"]" * depth + b"}"
        exchange(enforcing, [line + b"Content-Length: %d\r\n\r\n%b" % (len(body), body)])


# ---------------------------------------------------------------- smuggling


def canary(ims: FakeIms, number: int, *headers: bytes) -> bytes:
    """The head of a request that registers a file of its own, whoever takes it for one."""
    keys = ims.ram.default
    pairs = [("InputURL", f"oss://bucket/canary-{number}.mp4"), *fuzz.common_pairs(keys)]
    pairs.append(("Signature", rpc_signature(keys.access_key_secret, "POST", pairs)))
    line = b"POST /?%b HTTP/1.1" % canonical_query(pairs).encode()
    return b"\r\n".join([line, b"Host: x", b"Content-Type: text/plain", *headers, b"\r\n"])


ENDS = [b"\n", b"\r", b"", b"\r\n ", b"\n\r\n", b"\r\r\n", b"XX"]
CHUNK = {
    "size": [
        b"%x", b"%X", b"000%x", b"0x%x", b"%x ", b" %x", b"\t%x", b"%x;a=b", b"%x ; a", b"%x;\n",
        b"+%x", b"-%x", b"%x\r", b"%x\n", b"%x\0", b"%x;\r", b"%d", b"1%x", b"%xg", b"_%x",
        b"%x;\0", b"10000000000000000%x", b"%x;a\n0",
    ],
    "end of size": [b"\r\n", *ENDS],
    "end of data": [b"\r\n", *ENDS],
    "last": [b"0", b"00", b"0;a", b"0\n", b"", b"0 ", b"0x0", b"-0", b"0;\n"],
    "end of last": [b"\r\n", *ENDS],
    "trailer": [
        b"", b"X: y\r\n", b"Content-Length: 9\r\n", b"X: y\n", b" x\r\n", b"X\r\n", b"X: \0\r\n",
        b"X: y\r\n z\r\n", b"X : y\r\n", b": y\r\n",
    ],
    "end": [b"\r\n", *ENDS],
}  # fmt: skip
"""The parts of a body in chunks: how each should be, then how else it may be."""


@st.composite
def hiding_places(draw: st.DrawFn, smuggled: bytes) -> bytes:
    """A body that holds a whole request."""
    odd = draw(st.sets(st.sampled_from(sorted(CHUNK)), max_size=2))
    part = {
        name: draw(st.sampled_from(ways if name in odd else ways[:1]))
        for name, ways in CHUNK.items()
    }
    chunk = [part["size"] % len(smuggled), part["end of size"], smuggled, part["end of data"]]
    last = [part["last"], part["end of last"], part["trailer"], part["end"]]
    hidden = [*chunk, *last]
    bodies = [[smuggled], [*last, smuggled], [*chunk, *hidden], hidden, hidden, hidden]
    return b"".join(draw(st.sampled_from(bodies)))


@given(st.data())
@examples(500)
def test_no_request_is_smuggled_in(opened: FakeIms, data: st.DataObject) -> None:
    usual = st.sampled_from([[b"Transfer-Encoding: chunked"], [b"Content-Length: LENGTH"]])
    with opened.scratch():
        body = data.draw(hiding_places(canary(opened, 1)))
        lines = data.draw(usual | usual | FRAMINGS)
        framing = [line.replace(b"LENGTH", b"%d" % len(body)) for line in lines]
        stream = canary(opened, 0, *framing) + body + data.draw(st.booleans()) * canary(opened, 2)
        reading, answers = exchange(opened, data.draw(packets(stream)))
        asked_for = {line.partition(b"canary-")[2][:1] for line in reading.lines}
        found = {opened.assets[media_id].input_url for media_id in opened.assets}
        assert {url.partition("canary-")[2][:1].encode() for url in found} <= asked_for
        assert len(found) == sum(answer.status == 200 for answer in answers)
