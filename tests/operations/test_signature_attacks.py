"""mode=enforce against requests made to get past it, or to break it, over the socket."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from refusals import SCHEMES, UNKNOWN, URL
from rpc import FORM, JSON, Reply, Rpc, exchange
from signed import Prepared, Signed, rpc_signature

from fake_ims import FakeIms

pytestmark = pytest.mark.fake_ims(mode="enforce")
each_scheme = pytest.mark.parametrize("scheme", SCHEMES)
COVERED = (
    "host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce",
    "x-acs-content-sha256", "x-acs-security-token", "x-acs-accesskey-id",
)  # fmt: skip
LET_IN = "InvalidParameter"  # what GetMediaInfo answers for UNKNOWN
WRONG = "SignatureDoesNotMatch"
INCOMPLETE = "IncompleteSignature"


def registration(ims: FakeIms, scheme: str = "rpc", **options: Any) -> Prepared:
    client = Signed(ims)
    prepare = client.rpc_request if scheme == "rpc" else client.acs3_request
    return prepare("RegisterMediaInfo", **{"InputURL": URL, **options})


def parameters_of(request: Prepared) -> dict[str, str]:
    return dict(parse_qsl(request.target.partition("?")[2], True))


def check_refused(ims: FakeIms, reply: Reply, *codes: str) -> None:
    """Refused by the gateway, and without a trace in the world."""
    assert 400 <= reply.status < 500, reply
    assert reply.code in codes
    assert len(ims.assets) == 0
    assert all(call.traceback is None for call in ims.calls)


# ---------------------------------------------------------------- unsigned parts


def test_action_in_an_unsigned_header_counts_for_nothing(fake_ims: FakeIms) -> None:
    signed = Signed(fake_ims).rpc_request("GetMediaInfo", InputURL=URL)
    check_refused(
        fake_ims, signed.with_headers(x_acs_action="RegisterMediaInfo").send(), "InvalidParameter"
    )
    assert fake_ims.calls[-1].action == "GetMediaInfo"
    for common in ({"Action": None}, {"Action": ""}):
        bare = Signed(fake_ims).rpc_request("", common=common, InputURL=URL)
        check_refused(
            fake_ims, bare.with_headers(x_acs_action="RegisterMediaInfo").send(), "MissingAction"
        )


def test_version_in_an_unsigned_header_counts_for_nothing(fake_ims: FakeIms) -> None:
    request = registration(fake_ims, common={"Version": None})
    check_refused(fake_ims, request.with_headers(x_acs_version="2020-11-09").send(),
                  "MissingVersion")  # fmt: skip


@pytest.mark.parametrize("headers", [FORM, {}, JSON], ids=["form", "no type", "JSON"])
def test_parameters_in_a_body_that_is_not_signed(
    fake_ims: FakeIms, headers: dict[str, str]
) -> None:
    sent = {"Title": "smuggled"}
    body = (json.dumps(sent) if headers is JSON else urlencode(sent)).encode()
    request = registration(fake_ims).changed(body=body, headers=headers)
    check_refused(fake_ims, request.send(), WRONG)


def test_json_body_whose_parameters_are_signed(fake_ims: FakeIms) -> None:
    request = registration(fake_ims)
    common = parameters_of(request)
    del common["Signature"], common["InputURL"]
    sent = {"InputURL": URL, "CateId": 7, "Overwrite": True, "UserData": {"a": 1}, "Title": None}
    flat = [("InputURL", URL), ("CateId", "7"), ("Overwrite", "true"), ("UserData", '{"a": 1}')]
    secret = fake_ims.access_key_secret
    signature = rpc_signature(secret, "POST", [*common.items(), *flat])
    target = "/?" + urlencode({**common, "Signature": signature})
    request = request.changed(target=target, body=json.dumps(sent).encode(), headers=JSON)
    for other in ({"CateId": 8}, {"UserData": {"a": 2}}, {"Title": "x"}, {"InputURL": None}):
        altered = request.changed(body=json.dumps({**sent, **other}).encode())
        check_refused(fake_ims, altered.send(), WRONG)
    assert fake_ims.assets[request.send().media_id].cate_id == 7


def test_body_that_is_not_read_changes_nothing(fake_ims: FakeIms) -> None:
    """Its type says that there are no parameters in it."""
    plain = {"Content-Type": "text/plain"}
    request = registration(fake_ims).changed(body=b"Title=smuggled", headers=plain)
    assert fake_ims.assets[request.send().media_id].title != "smuggled"
    request = registration(fake_ims, "acs3", InputURL="oss://bucket/b.mp4")
    check = request.changed(body=b"Title=smuggled", headers={**request.headers, **plain}).send()
    assert check.code == WRONG


# ---------------------------------------------------------------- the same thing twice


@pytest.mark.parametrize(
    ("first", "second", "codes"),
    [("right", "garbage", ()), ("garbage", "right", (WRONG,)), ("", "right", (INCOMPLETE,))],
)
@pytest.mark.parametrize("place", ["query", "form"])
def test_of_two_signatures_the_first_counts(
    fake_ims: FakeIms, first: str, second: str, codes: tuple[str, ...], place: str
) -> None:
    request = registration(fake_ims)
    sent = parameters_of(request)
    right = sent.pop("Signature")
    one, two = (("Signature", right if text == "right" else text) for text in (first, second))
    if place == "query":
        request = request.changed(target="/?" + urlencode([*sent.items(), one, two]))
    else:
        target = "/?" + urlencode([*sent.items(), one])
        request = request.changed(target=target, body=urlencode([two]).encode(), headers=FORM)
    reply = request.send()
    if codes:
        check_refused(fake_ims, reply, *codes)
    else:
        assert reply.media_id in fake_ims.assets


def test_parameter_sent_twice_is_signed_in_its_order(fake_ims: FakeIms) -> None:
    request = registration(fake_ims)
    sent = parameters_of(request)
    del sent["Signature"]
    titles = [("Title", "first"), ("Title", "second")]
    signature = rpc_signature(fake_ims.access_key_secret, "POST", [*sent.items(), *titles])
    rest = urlencode({**sent, "Signature": signature})

    def with_titles(*pairs: tuple[str, str]) -> Prepared:
        return request.changed(target=f"/?{urlencode(pairs)}&{rest}")

    for pairs in (titles[::-1], titles[:1], titles[1:], [*titles, titles[1]]):
        check_refused(fake_ims, with_titles(*pairs).send(), WRONG)
    split = request.changed(target=f"/?{rest}&Title=second", body=b"Title=first", headers=FORM)
    check_refused(fake_ims, split.send(), WRONG)
    assert fake_ims.assets[with_titles(*titles).send().media_id].title == "first"


@pytest.mark.parametrize(
    "name", ["AccessKeyId", "Action", "Version", "Timestamp", "SignatureNonce", "SignatureMethod"]
)
def test_common_parameter_once_more(fake_ims: FakeIms, name: str) -> None:
    request = registration(fake_ims)
    value = parameters_of(request)[name]
    for target in (
        f"{request.target}&{urlencode({name: value})}",
        request.target.replace("/?", f"/?{urlencode({name: value})}&"),
    ):
        check_refused(fake_ims, request.changed(target=target).send(), WRONG)


@pytest.mark.parametrize("name", ["x-acs-date", "x-acs-action", "x-acs-x", "authorization"])
def test_header_of_acs3_once_more(fake_ims: FakeIms, name: str) -> None:
    request = registration(fake_ims, "acs3", headers={"x-acs-x": "1"})
    value = request.headers[name]
    lines = [f"{each}: {text}" for each, text in request.headers.items()]
    found = raw(fake_ims, "\r\n".join([
        f"POST {request.target} HTTP/1.1", *lines, f"{name}: {value}", "Connection: close", "", "",
    ]).encode())  # fmt: skip
    check_refused(fake_ims, found, WRONG, INCOMPLETE, "InvalidTimeStamp.Format")


# ---------------------------------------------------------------- two schemes at once


def test_right_parameters_beside_a_wrong_header_are_refused(fake_ims: FakeIms) -> None:
    key = fake_ims.access_key_id
    for value, codes in {
        f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders=host,Signature=00": ["MissingTimestamp"],
        f"ACS3-HMAC-SHA256 Credential={key}": ["MissingTimestamp"],
        "ACS3-": ["MissingTimestamp"],
        "acs3-hmac-sha256 x": ["MissingTimestamp"],
    }.items():
        reply = registration(fake_ims).with_headers(authorization=value).send()
        check_refused(fake_ims, reply, *codes)


def test_header_of_another_kind_is_not_looked_at(fake_ims: FakeIms) -> None:
    for number, value in enumerate(("Bearer x", "Basic eDp5", "ACS4-HMAC-SHA256 x", "\u00e9", "x")):
        request = registration(fake_ims, InputURL=f"oss://bucket/{number}.mp4")
        assert request.with_headers(authorization=value).send().status == 200


def test_right_header_beside_wrong_parameters_is_judged_alone(fake_ims: FakeIms) -> None:
    """They are parameters of the query like any others, and signed as such."""
    request = registration(
        fake_ims, "acs3", Signature="garbage", AccessKeyId="garbage", Timestamp="garbage",
        SignatureMethod="garbage",
    )  # fmt: skip
    assert request.send().media_id in fake_ims.assets
    smuggled = registration(fake_ims, "acs3")
    target = f"{smuggled.target}&Action=GetMediaInfo"
    assert smuggled.changed(target=target).send().code == WRONG


def test_bearer_token_beside_a_signature(fake_ims: FakeIms) -> None:
    nobody = {"x_acs_bearer_token": "nobody's"}
    reply = registration(fake_ims).with_headers(**nobody).send()
    check_refused(fake_ims, reply, "FakeIms.UnknownBearerToken")
    assert registration(fake_ims, "acs3").with_headers(**nobody).send().status == 200


# ---------------------------------------------------------------- odd requests that are right


def raw(ims: FakeIms, data: bytes) -> Reply:
    """Bytes on a socket, and the answer to them."""
    host, _, port = ims.endpoint.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        sock.sendall(data)
        received = b""
        while chunk := sock.recv(65536):
            received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines[1:])
    return Reply(int(lines[0].split()[1]), headers, body)


def written(request: Prepared, target: str) -> bytes:
    lines = [f"{name}: {value}" for name, value in request.headers.items()]
    if "host" not in request.headers:
        lines.append(f"Host: {request.endpoint}")
    start = f"{request.method} {target} HTTP/1.1"
    return "\r\n".join([start, *lines, "Connection: close", "", ""]).encode("latin-1")


@each_scheme
def test_absolute_form_of_the_target(fake_ims: FakeIms, scheme: str) -> None:
    """As clients send it that take the fake for a proxy."""
    for number, host in enumerate(("ice.cn-shanghai.aliyuncs.com", fake_ims.endpoint)):
        request = registration(fake_ims, scheme, InputURL=f"oss://bucket/{number}.mp4")
        reply = raw(fake_ims, written(request, f"http://{host}{request.target}"))
        assert reply.media_id in fake_ims.assets
        altered = registration(fake_ims, scheme).target.replace("mp4", "mp3")
        reply = raw(fake_ims, written(request, f"http://{host}{altered}"))
        assert reply.code in (WRONG, "SignatureNonceUsed")


def test_target_without_a_path(fake_ims: FakeIms) -> None:
    request = registration(fake_ims, "acs3")
    assert raw(fake_ims, written(request, request.target[1:])).media_id in fake_ims.assets


@each_scheme
def test_head_is_refused_without_a_body(fake_ims: FakeIms, scheme: str) -> None:
    reply = registration(fake_ims, scheme, method="HEAD").send()
    assert (reply.status, reply.body) == (403, b"")
    assert len(fake_ims.assets) == 0
    assert fake_ims.calls[-1].code == "UnsupportedHTTPMethod"


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:1", "127.0.0.1:1/", "ice.aliyuncs.com", "", "x" * 1000, "\u00e9"]
)
def test_any_host_that_is_signed_is_right(fake_ims: FakeIms, host: str) -> None:
    request = registration(fake_ims, "acs3", headers={"host": host})
    assert request.send().media_id in fake_ims.assets


def test_chunked_body_of_acs3_is_signed_as_a_whole(fake_ims: FakeIms) -> None:
    body = urlencode({"InputURL": URL}).encode()
    request = Signed(fake_ims).acs3_request("RegisterMediaInfo", body=body)
    headers = {**request.headers, "Transfer-Encoding": "chunked"}

    def send(*pieces: bytes) -> Reply:
        return exchange(fake_ims.endpoint, "POST", "/", iter(pieces), headers, chunked=True)

    check_refused(fake_ims, send(body, b"x"), WRONG)
    assert send(body[:5], body[5:]).media_id in fake_ims.assets


def test_client_says_which_headers_it_signs(fake_ims: FakeIms) -> None:
    request = registration(fake_ims, "acs3", InputURL="oss://bucket/a.mp4")
    assert request.with_headers(x_acs_x="unsigned").send().status == 200


@pytest.mark.parametrize("left_out", COVERED)
def test_header_that_decides_something_must_be_signed(fake_ims: FakeIms, left_out: str) -> None:
    keys = fake_ims.ram.temporary_keys()
    client = Signed(fake_ims, keys)
    headers = {"x-acs-accesskey-id": keys.access_key_id}
    names = [name for name in COVERED if name != left_out]
    reply = client.acs3("GetMediaInfo", headers=headers, signed=names, **UNKNOWN)
    assert (reply.status, reply.code) == (400, "IncompleteSignature")
    assert fake_ims.calls[-1].note == f"SignedHeaders does not list {left_out}"
    assert client.acs3("GetMediaInfo", headers=headers, signed=COVERED, **UNKNOWN).code == LET_IN


@pytest.mark.parametrize("digest", ["UNSIGNED-PAYLOAD", "", "0" * 64])
def test_digest_of_the_body_must_be_right_though_it_is_signed(
    fake_ims: FakeIms, digest: str
) -> None:
    headers = {"x-acs-content-sha256": digest}
    check_refused(fake_ims, registration(fake_ims, "acs3", headers=headers).send(), WRONG)


def test_digest_of_the_body_may_be_left_out(fake_ims: FakeIms) -> None:
    request = registration(fake_ims, "acs3", headers={"x-acs-content-sha256": None})
    assert request.send().status == 200


# ---------------------------------------------------------------- odd bytes, and many


ODD: Mapping[str, str] = {
    "latin-1": "\u00e9\u00ff\u00a0",
    "UTF-8": "\u6807".encode().decode("latin-1"),
    "not UTF-8": "\u00c3(",
    "empty": "",
    "commas": ",,;;==",
    "braces": "{0}{x}%s%(x)s",
    "long": "x" * 50_000,
}
HEADERS = (
    "authorization", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce",
    "x-acs-content-sha256", "x-acs-security-token", "x-acs-bearer-token", "x-acs-accesskey-id",
    "content-type", "user-agent",
)  # fmt: skip


@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_any_value_of_any_header_is_answered(fake_ims: FakeIms, value: str) -> None:
    acs3, rpc = registration(fake_ims, "acs3", signed=["host"]), registration(fake_ims)
    for name in HEADERS:
        values = [value]
        if name == "authorization":
            parts = acs3.headers[name].replace("host", value or "host")
            values = [value, parts, acs3.headers[name] + value, f"ACS3-HMAC-SHA256 {value}"]
            values += [f"ACS3-HMAC-SHA256 Credential={value},SignedHeaders=host,Signature={value}"]
        for each in values:
            for request in (acs3, rpc):
                reply = request.with_headers(**{name: each}).send()
                assert reply.status < 500, (name, each, reply)
                assert reply.headers["x-acs-request-id"] == reply.json["RequestId"]
    assert all(call.traceback is None for call in fake_ims.calls)


@pytest.mark.parametrize(
    "names",
    [";" * 100_000, ";".join(["host"] * 20_000), ";".join(f"x-{n}" for n in range(15_000)),
     "x" * 100_000, "host;x-a;X_A", "\u00e9;host"],
    ids=lambda names: names[:20],
)  # fmt: skip
def test_huge_and_odd_lists_of_headers(fake_ims: FakeIms, names: str) -> None:
    key = fake_ims.access_key_id
    value = f"ACS3-HMAC-SHA256 Credential={key},SignedHeaders={names},Signature=00"
    request = registration(fake_ims, "acs3", headers={"x-pad": "p" * 50_000})
    begin = time.process_time()
    reply = request.with_headers(authorization=value).send()
    assert time.process_time() - begin < 2
    check_refused(fake_ims, reply, WRONG, INCOMPLETE)
    assert len(reply.body) < 1_000_000


def test_thousands_of_signed_parameters(fake_ims: FakeIms) -> None:
    fake_ims.ram.deny("ice:*")
    many = {f"Name {number}": "v\u00e4" for number in range(5000)}
    assert registration(fake_ims, in_body=True, **many).send().code == "Forbidden"
    assert registration(fake_ims, in_body=True, after={"Name 7": "x"}, **many).send().code == WRONG


def test_huge_parameters(fake_ims: FakeIms) -> None:
    fake_ims.ram.deny("ice:*")
    huge = "\u6807" * 100_000
    for sent in ({"Huge": huge}, {huge: "1"}):
        assert registration(fake_ims, in_body=True, **sent).send().code == "Forbidden"


def test_no_secret_is_in_any_answer_or_in_the_journal(fake_ims: FakeIms, rpc: Rpc) -> None:
    keys = fake_ims.ram.temporary_keys()
    secrets = [fake_ims.access_key_secret, keys.access_key_secret]
    for caller in (fake_ims.ram.default, keys):
        for call in (Signed(fake_ims, caller, "wrong").rpc, Signed(fake_ims, caller, "wrong").acs3):
            reply = call("GetMediaInfo")
            assert reply.code == WRONG
            for secret in secrets:
                assert secret.encode() not in reply.body
                assert secret not in repr(fake_ims.calls) + str(fake_ims.calls[-1].message)
