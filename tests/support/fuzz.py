"""Requests as clients send them, validly signed, and what may go wrong with them on the way."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import time
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from signed import UNRESERVED, acs3_signature, canonical_query, rpc_signature

Pair = tuple[str, str]

RAW_IN_QUERY = UNRESERVED | frozenset(b"!$'()*,;:@/?")
"""What RFC 3986 lets stand in a query as it is, and no form takes for anything else."""

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


# ---------------------------------------------------------------- signing


def acs3_authorization(
    keys: Any,
    method: str,
    pairs: Iterable[Pair],
    headers: Sequence[tuple[bytes, bytes]],
    body: bytes,
) -> bytes:
    """The header ``Authorization``: ACS3-HMAC-SHA256 over all of these headers.

    :param pairs: of the query.
    """
    signed = sorted((name.lower(), value.strip(b" \t")) for name, value in headers)
    names = b";".join(name for name, _ in signed)
    lines = b"".join(b"%b:%b\n" % header for header in signed)
    canonical = b"\n".join(
        [method.encode(), b"/", canonical_query(pairs).encode(), lines, names,
         hashlib.sha256(body).hexdigest().encode()]
    )  # fmt: skip
    signature = acs3_signature(keys.access_key_secret, "ACS3-HMAC-SHA256", canonical)
    return b"ACS3-HMAC-SHA256 Credential=%b,SignedHeaders=%b,Signature=%b" % (
        keys.access_key_id.encode(), names, signature.encode(),
    )  # fmt: skip


def spelled(text: str, dice: random.Random, raw: frozenset[int] = RAW_IN_QUERY) -> bytes:
    """The text in one of its encodings: whatever may stand raw, sometimes does."""
    out = bytearray()
    for byte in text.encode("utf-8"):
        if byte == 0x20 and dice.random() < 0.5:
            out += b"+"
        elif byte in raw and dice.random() < 0.7:
            out.append(byte)
        else:
            out += (b"%%%02X" if dice.random() < 0.5 else b"%%%02x") % byte
    return bytes(out)


def spelled_pairs(pairs: Iterable[Pair], dice: random.Random) -> list[bytes]:
    """The pairs as they may stand in a query or form."""
    segments = []
    for name, value in pairs:
        bare = name and not value and dice.random() < 0.3
        end = b"" if bare else b"=" + spelled(value, dice, RAW_IN_QUERY | {0x3D})
        segments.append(spelled(name, dice) + end)
    return segments


def in_any_order(pairs: Sequence[Pair], dice: random.Random) -> list[Pair]:
    """The pairs in an order that means the same: of one name, the first value counts."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    names = [name for name, _ in pairs]
    dice.shuffle(names)
    return [(name, values[name].pop(0)) for name in names]


# ---------------------------------------------------------------- a request


@dataclass
class Sent:
    """A request in its parts, each of which can be spoilt by itself."""

    method: bytes
    query: list[bytes]
    headers: list[bytes]
    """Whole lines, those of the framing left out."""
    body: bytes = b""
    path: bytes = b"/"
    version: bytes = b"HTTP/1.1"
    space: bytes = b" "
    framing: list[bytes] | None = None
    """Header lines; None for those that fit."""
    chunks: list[int] = field(default_factory=list)
    """Where the body is cut into chunks; without any it has a Content-Length."""

    def raw(self) -> bytes:
        """As it goes over the wire."""
        framing, body = [b"Content-Length: %d" % len(self.body)], self.body
        if self.chunks:
            framing, body = [b"Transfer-Encoding: chunked"], chunked(self.body, self.chunks)
        elif not body and self.method == b"GET":
            framing = []
        if self.framing is not None:
            framing = self.framing
        target = self.path + (b"?" + b"&".join(self.query) if self.query else b"")
        line = self.space.join((self.method, target, self.version))
        return b"\r\n".join([line, *self.headers, *framing, b"", body])


def chunked(body: bytes, cuts: Iterable[int]) -> bytes:
    """The body in chunks, cut at these places."""
    at = [0, *sorted({min(cut, len(body)) for cut in cuts} - {0, len(body)}), len(body)]
    pieces = [body[a:b] for a, b in itertools.pairwise(at) if a < b]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def common_pairs(keys: Any, action: str = "RegisterMediaInfo", **others: str) -> list[Pair]:
    """What every RPC request says, with a new nonce and the time it is."""
    said = {
        "Action": action,
        "Version": "2020-11-09",
        "Format": "JSON",
        "AccessKeyId": keys.access_key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": now(),
        **({"SecurityToken": keys.security_token} if keys.security_token else {}),
        **others,
    }
    return list(said.items())


def acs3_headers(
    keys: Any, host: str, body: bytes, action: str = "RegisterMediaInfo"
) -> list[tuple[bytes, bytes]]:
    """What every ACS3 request says in its headers, with a new nonce and the time it is."""
    said = {
        "Host": host,
        "x-acs-action": action,
        "x-acs-version": "2020-11-09",
        "x-acs-date": now(),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        **({"x-acs-security-token": keys.security_token} if keys.security_token else {}),
    }
    return [(name.encode(), value.encode()) for name, value in said.items()]


def now() -> str:
    """The time it is, as clients write it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


# ---------------------------------------------------------------- what callers say

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PAIRS = st.lists(st.tuples(TEXTS | st.sampled_from(["", "x", "~*"]), TEXTS), max_size=5)
DICE = st.integers(0, 2**32).map(random.Random)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
ODD_VALUES = st.sampled_from([
    "", " ", "a b+c*d~e", "%", "%2F", "/../", "a;b", "a,b", "\0", "\r\nX: y", "{0}{x}%s", "]]>&<",
    "\ud7ff\ue000\uffff\U0010ffff", "e\u0301", "-1", "\u0661", "9" * 19, "1e3", "nan", "TRUE",
    "true", "{}", "[]", "null", "NaN", '{"a": [1]}', "[" * 200, "oss://b/a.mp4", "http://[::1",
    "oss://", "video", "tag1,,tag2", "x" * 200, "A" * 32, "XML", "0", "a" * 64,
])  # fmt: skip
NAMES = (
    "InputURL", "MediaType", "BusinessType", "Title", "Description", "MediaTags", "CoverURL",
    "UserData", "Overwrite", "ClientToken", "RegisterConfig", "CateId", "WorkflowId",
    "ReferenceId", "SmartTagTemplateId", "MediaId", "OutputType", "AuthTimeout",
    "ReturnDetailedInfo", "RegionId", "Format", "SecurityToken", "BearerToken", "SignatureType",
)  # fmt: skip
ODD_PAIRS = st.lists(st.tuples(st.sampled_from(NAMES) | TEXTS, ODD_VALUES | TEXTS), max_size=4)
ACTIONS = st.sampled_from(
    ["RegisterMediaInfo", "RegisterMediaInfo", "GetMediaInfo", "ListSmartJobs", "Nonsense"]
)


@st.composite
def signed(draw: st.DrawFn, keys: Any, host: str) -> Sent:
    """A request that is validly signed, in one of the ways that clients have; the values are any.

    In a JSON body, numbers and the like are signed (``rpc``) as the query would carry them.
    """
    url = f"oss://bucket/{uuid.uuid4().hex}.mp4"
    odd, action, dice = draw(ODD_PAIRS), draw(ACTIONS), draw(DICE)
    own = [("InputURL", url), *odd]
    chunks = draw(st.just([]) | st.lists(st.integers(0, 400), min_size=1, max_size=4))
    way = draw(
        st.sampled_from(["rpc GET", "rpc query", "rpc form", "acs3", "acs3 form", "acs3 JSON"])
    )
    method = "GET" if way == "rpc GET" else "POST"
    if way.startswith("rpc"):
        common = common_pairs(keys, action, Format=draw(st.sampled_from(["JSON", "XML", "json"])))
        pairs = [*common, *own]
        pairs.append(("Signature", rpc_signature(keys.access_key_secret, method, pairs)))
        segments = spelled_pairs(in_any_order(pairs, dice), dice)
        host_line = f"Host: {host}".encode()
        if way != "rpc form":
            return Sent(method.encode(), segments, [host_line])
        at = draw(st.integers(0, len(segments)))
        type_line = f"Content-Type: {FORM}".encode()
        body = b"&".join(segments[at:])
        return Sent(b"POST", segments[:at], [host_line, type_line], body, chunks=chunks)
    query, body, content_type = own, b"", ""
    if way == "acs3 form":
        query, content_type = [], FORM
        body = b"&".join(spelled_pairs(own, dice))
    elif way == "acs3 JSON":
        query, content_type = [], JSON
        document = {**dict(own), **draw(st.dictionaries(st.sampled_from(NAMES), JSON_VALUES))}
        body = json.dumps(document, ensure_ascii=draw(st.booleans())).encode()
    headers = acs3_headers(keys, host, body, action)
    if content_type:
        headers.append((b"content-type", content_type.encode()))
    headers.append((b"Authorization", acs3_authorization(keys, method, query, headers, body)))
    lines = [b"%b: %b" % header for header in headers]
    segments = spelled_pairs(in_any_order(query, dice), dice)
    return Sent(b"POST", segments, lines, body, chunks=chunks)
