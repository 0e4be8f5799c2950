"""Signatures: what a client signs, computed again from the request, and compared.

Three algorithms (all taken from what the official clients send; recorded requests are in
``fixtures/wire``): HMAC-SHA1 over the parameters (``SignatureVersion=1.0``), and over the headers
ACS3-HMAC-SHA256 and, where OpenSSL has the digest, ACS3-HMAC-SM3.

Parameters are signed as they are meant, not as they were sent: clients differ in what they escape
on the wire (``+`` or ``%20``, ``*`` or ``%2A``), so each is decoded and encoded anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Final, NamedTuple
from urllib.parse import quote

RPC_METHOD: Final = "HMAC-SHA1"
ACS3_DIGESTS: Final = {"ACS3-HMAC-SHA256": "sha256", "ACS3-HMAC-SM3": "sm3"}
"""The algorithms that :class:`Authorization` may name, with their digests."""

_AUTHORIZATION = re.compile(
    r"(?P<algorithm>ACS3-[A-Z0-9-]+)[ \t]+"
    r"Credential=(?P<key>[^,\s]+),[ \t]*"
    r"SignedHeaders=(?P<headers>[^,\s]+),[ \t]*"
    r"Signature=(?P<signature>[^,\s]+)",
    re.ASCII,
)

_DELIMITER = re.compile("[%&=]")
_BLANKS: Final = " \t"

Pairs = Iterable[tuple[str, str]]


def _encoded(text: str) -> str:
    """Percent-encoded, except letters, digits and ``-_.~``."""
    return text if text.isalnum() and text.isascii() else quote(text, safe="")


def _in_order(pairs: Pairs) -> list[tuple[str, str]]:
    """By name, as it is before it is encoded; those of one name as they were sent.

    The first of them counts, so that another order would be another request.
    """
    return sorted(pairs, key=itemgetter(0))


def _query(pairs: Pairs) -> str:
    """All pairs, encoded and in order."""
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in _in_order(pairs))


def same(one: str, other: str) -> bool:
    """Whether two signatures are equal; takes as long if they are not."""
    return hmac.compare_digest(one.encode(), other.encode())


# ---------------------------------------------------------------- HMAC-SHA1


def rpc_string_to_sign(method: str, pairs: Pairs) -> str:
    """What a client signs that puts its signature among the parameters.

    :param pairs: all parameters, of query and body; ``Signature`` itself is left out.
    """
    query = _query((name, value) for name, value in pairs if name != "Signature")
    return f"{method}&%2F&{quote(query, safe='')}"


def rpc_signature(secret: str, string_to_sign: str) -> str:
    """The value of the parameter ``Signature``."""
    key = f"{secret}&".encode()
    return base64.b64encode(hmac.digest(key, string_to_sign.encode(), "sha1")).decode()


# ---------------------------------------------------------------- ACS3


class Authorization(NamedTuple):
    """The header ``Authorization`` of an ACS3 request, taken apart."""

    algorithm: str
    access_key_id: str
    signed_headers: tuple[str, ...]
    """As they are listed: which ones is the client's choice."""
    signature: str


def read_authorization(value: str) -> Authorization | None:
    """The parts of the header, or None if it is not of the form that ACS3 prescribes.

    A header that is listed twice is not: what is signed would be as long as a client likes.
    """
    match = _AUTHORIZATION.fullmatch(value.strip())
    if match is None:
        return None
    names = tuple(match["headers"].split(";"))
    if len({name.upper().replace("_", "-") for name in names}) < len(names):
        return None
    return Authorization(match["algorithm"], match["key"], names, match["signature"])


def can_verify(algorithm: str) -> bool:
    """Whether this Python has the digest of an ACS3 algorithm."""
    return ACS3_DIGESTS.get(algorithm, "") in hashlib.algorithms_available


def body_digest(algorithm: str, body: bytes) -> str:
    """What the header ``x-acs-content-sha256`` says, under whichever algorithm."""
    return hashlib.new(ACS3_DIGESTS[algorithm], body).hexdigest()


def canonical_requests(
    authorization: Authorization,
    method: str,
    pairs: Pairs,
    headers: Mapping[str, str],
    digest: str,
) -> tuple[bytes, ...]:
    """The forms of the request that a client may have signed, the prescribed one first.

    The second is how the official Python SDKs write a query whose parameter names would have to be
    escaped: with the names as they are, where these leave no doubt which parameters they are.

    :param pairs: the parameters of the query alone.
    :param headers: by name in lower case; a listed one that was not sent counts as empty.
    :param digest: the body's, by :func:`body_digest`.
    """
    names = authorization.signed_headers
    lines = "".join(
        f"{name}:{headers.get(name, '').strip(_BLANKS)}\n" for name in map(str.lower, names)
    )
    rest = f"\n{lines}\n{';'.join(names)}\n{digest}".encode("latin-1", "replace")
    pairs = list(pairs)
    queries = [_query(pairs)]
    all_names = "".join(name for name, _ in pairs)
    if _encoded(all_names) != all_names and not _DELIMITER.search(all_names):
        queries.append("&".join(f"{name}={_encoded(value)}" for name, value in _in_order(pairs)))
    return tuple(f"{method}\n/\n{query}".encode() + rest for query in queries)


def acs3_string_to_sign(algorithm: str, canonical_request: bytes) -> str:
    """What an ACS3 client signs."""
    return f"{algorithm}\n{hashlib.new(ACS3_DIGESTS[algorithm], canonical_request).hexdigest()}"


def acs3_signature(secret: str, algorithm: str, string_to_sign: str) -> str:
    """The ``Signature`` of the header ``Authorization``."""
    digest = ACS3_DIGESTS[algorithm]
    return hmac.new(secret.encode(), string_to_sign.encode(), digest).hexdigest()
