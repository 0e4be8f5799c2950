"""Whatever arrives: signed by somebody it passes, unsigned it does not, and nothing breaks."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote, quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signed import (
    ENCODINGS,
    acs3_signature,
    canonical_query,
    canonical_request,
    rpc_signature,
)

from fake_ims.clock import iso, outside
from fake_ims.gateway.pipeline import answer
from fake_ims.gateway.request import HttpRequest
from fake_ims.journal.wanted import COMMON_PARAMETERS
from fake_ims.settings import DEFAULTS
from fake_ims.web.desk import Desk

SHA256 = "ACS3-HMAC-SHA256"
LATIN = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PAIRS = st.lists(st.tuples(TEXT.filter(lambda name: name not in COMMON_PARAMETERS), TEXT))
ORDERLY = st.sampled_from(sorted(ENCODINGS.keys() - {"backwards"}))
"""Of a name sent twice the order counts."""

QUERY = st.lists(
    st.one_of(
        st.sampled_from(sorted(COMMON_PARAMETERS)),
        st.sampled_from(
            ["=", "&", "=&", "Signature=", "%", "%FF", "+", ";", "Action=GetMediaInfo"]
        ),
        st.binary(max_size=8).map(quote_from_bytes),
        TEXT.map(quote),
    )
).map("".join)
NAMES = (
    "authorization", "content-type", "host", "user-agent", "x-acs-accesskey-id", "x-acs-action",
    "x-acs-bearer-token", "x-acs-content-sha256", "x-acs-date", "x-acs-security-token",
    "x-acs-signature-nonce", "x-acs-version", "x-acs-x",
)  # fmt: skip
VALUES = st.one_of(
    LATIN,
    st.lists(
        st.sampled_from([
            "ACS3-HMAC-SHA256", "ACS3-HMAC-SM3", "ACS3-RSA-SHA256", " ", "Credential=", "KEY", ",",
            "SignedHeaders=", "host", ";", "x-acs-x", "Signature=", "00", "\u00e9", "=", "\t",
            "application/json", "application/x-www-form-urlencoded", "2026-01-01T00:00:00Z",
            "GetMediaInfo", "2020-11-09",
        ])
    ).map("".join),
    st.builds(
        "ACS3-HMAC-SHA256 Credential={},SignedHeaders={},Signature={}".format,
        st.one_of(st.just("KEY"), LATIN), LATIN, LATIN,
    ),
)  # fmt: skip


class Gateway:
    """A world without a socket."""

    def __init__(self, mode: str) -> None:
        self.desk = Desk()
        settings = DEFAULTS.replace(mode=mode, completion="hand")
        self.world = self.desk.world(self.desk.open(settings))
        self.key = self.world.ram.default.access_key_id
        self.secret = self.world.ram.default.access_key_secret

    def answer(self, http: HttpRequest) -> tuple[int, dict[str, Any] | str]:
        """Status and body; an error inside the fake is a failure."""
        found = answer(http, self.desk)
        text = found.body.decode()
        if dict(found.headers)["Content-Type"].startswith("text/xml"):
            return found.status, text
        document: dict[str, Any] = json.loads(text)
        return found.status, document


MODES = {mode: Gateway(mode) for mode in ("open", "soft", "enforce")}
each_mode = pytest.mark.parametrize("mode", MODES)


@each_mode
@given(
    st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    QUERY,
    st.dictionaries(st.sampled_from(NAMES), VALUES),
    st.one_of(st.binary(max_size=40), QUERY.map(str.encode)),
)
def test_anything_is_answered_and_nothing_is_let_in(
    mode: str, method: str, query: str, headers: dict[str, str], body: bytes
) -> None:
    gateway = MODES[mode]
    given_headers = {name: value.replace("KEY", gateway.key) for name, value in headers.items()}
    query = query.replace("AccessKeyId", f"AccessKeyId={gateway.key}&")
    status, document = gateway.answer(HttpRequest(method, "/", query, given_headers, body))
    assert status in (400, 403, 404, 501), document


@given(PAIRS, PAIRS, ORDERLY, st.sampled_from(["GET", "POST"]))
def test_whatever_is_signed_by_hmac_sha1_is_let_in(
    query: list[tuple[str, str]], form: list[tuple[str, str]], encoding: str, method: str
) -> None:
    gateway, encode = MODES["enforce"], ENCODINGS[encoding]
    nonce = str(len(gateway.world.nonces))
    common = [
        ("Action", "RegisterMediaInfo"), ("Version", "2020-11-09"), ("AccessKeyId", gateway.key),
        ("SignatureMethod", "HMAC-SHA1"), ("SignatureVersion", "1.0"), ("SignatureNonce", nonce),
        ("Timestamp", iso(outside())),
    ]  # fmt: skip
    pairs = [*query, *common, ("InputURL", "not a URL"), *form]
    signature = rpc_signature(gateway.secret, method, pairs)
    middle = len(query) + len(common)
    http = HttpRequest(
        method, "/", encode([("Signature", signature), *pairs[:middle]]), {},
        encode(pairs[middle:]).encode(),
    )  # fmt: skip
    status, document = gateway.answer(http)
    assert isinstance(document, dict)
    assert (status, document["Code"]) == (400, "InvalidParameter")


@given(
    PAIRS,
    st.binary(max_size=40),
    st.dictionaries(st.from_regex("x-[a-z]{1,5}", fullmatch=True), LATIN.map(str.strip)),
    ORDERLY,
)
def test_whatever_is_signed_by_acs3_is_let_in(
    query: list[tuple[str, str]], body: bytes, headers: dict[str, str], encoding: str
) -> None:
    gateway, encode = MODES["enforce"], ENCODINGS[encoding]
    sent = {
        "host": "h", "x-acs-action": "GetMediaInfo", "x-acs-version": "2020-11-09",
        "x-acs-date": iso(outside()), "x-acs-signature-nonce": str(len(gateway.world.nonces)),
        "content-type": "application/octet-stream", **headers,
    }  # fmt: skip
    pairs = [*query, ("MediaId", "x")]
    digest = hashlib.sha256(body).hexdigest()
    names = sorted(sent)
    canonical = canonical_request("POST", canonical_query(pairs), sent, names, digest)
    signature = acs3_signature(gateway.secret, SHA256, canonical)
    sent["authorization"] = (
        f"{SHA256} Credential={gateway.key},SignedHeaders={';'.join(names)},Signature={signature}"
    )
    status, document = gateway.answer(HttpRequest("POST", "/", encode(pairs), sent, body))
    assert isinstance(document, dict)
    assert (status, document["Code"]) == (400, "InvalidParameter"), document
