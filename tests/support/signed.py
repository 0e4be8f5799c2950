"""A client that signs, and that can be told to sign wrongly.

It computes signatures by itself, by hand, from the documents of the two schemes: it shares nothing
with the package, so that a mistake there is not made here, too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

from rpc import FORM, Reply, exchange

from fake_ims.clock import iso, outside

if TYPE_CHECKING:
    from fake_ims import FakeIms

Pairs = Iterable[tuple[str, str]]
Encode = Callable[[list[tuple[str, str]]], str]

UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~")
DIGESTS = {"ACS3-HMAC-SHA256": "sha256", "ACS3-HMAC-SM3": "sm3"}


class Keys(Protocol):
    """A user of RAM, or temporary keys."""

    @property
    def access_key_id(self) -> str: ...
    @property
    def access_key_secret(self) -> str: ...
    @property
    def security_token(self) -> str | None: ...


# ---------------------------------------------------------------- what is computed


def encoded(text: str) -> str:
    """Percent-encoded as RFC 3986 prescribes, all but what is in ``UNRESERVED``."""
    return "".join(
        chr(byte) if byte in UNRESERVED else f"%{byte:02X}" for byte in text.encode("utf-8")
    )


def canonical_query(pairs: Pairs) -> str:
    """The parameters, encoded, in the order of their names."""
    ordered = sorted(pairs, key=lambda pair: pair[0])
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in ordered)


def rpc_string_to_sign(method: str, pairs: Pairs) -> str:
    """What HMAC-SHA1 is computed of; ``Signature`` must not be among the pairs."""
    return f"{method}&%2F&{encoded(canonical_query(pairs))}"


def rpc_signature(secret: str, method: str, pairs: Pairs) -> str:
    """``Signature`` of HMAC-SHA1."""
    text = rpc_string_to_sign(method, pairs)
    mac = hmac.new(f"{secret}&".encode(), text.encode(), hashlib.sha1)
    return base64.b64encode(mac.digest()).decode()


def acs3_signature(secret: str, algorithm: str, canonical_request: bytes) -> str:
    """``Signature`` of ACS3."""
    digest = DIGESTS[algorithm]
    text = f"{algorithm}\n{hashlib.new(digest, canonical_request).hexdigest()}"
    return hmac.new(secret.encode(), text.encode(), digest).hexdigest()


def canonical_request(
    method: str, query: str, headers: Mapping[str, str], names: Iterable[str], body_digest: str
) -> bytes:
    """What ACS3 is computed of; header values in latin-1, as they go over the wire."""
    names = list(names)
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    text = f"{method}\n/\n{query}\n{lines}\n{';'.join(names)}\n{body_digest}"
    return text.encode("latin-1")


# ---------------------------------------------------------------- what is sent


@dataclass(frozen=True)
class Prepared:
    """A signed request, to be sent once or again, as it is or changed."""

    endpoint: str
    method: str
    target: str
    body: bytes
    headers: Mapping[str, str]

    def send(self) -> Reply:
        """The answer."""
        return exchange(self.endpoint, self.method, self.target, self.body, self.headers)

    def changed(self, **values: Any) -> Prepared:
        """The request with other parts."""
        return replace(self, **values)

    def with_headers(self, **headers: str) -> Prepared:
        """The request with further or other headers; ``_`` in their names stands for ``-``."""
        further = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **further})


class Signed:
    """Calls operations with a signature: ``Signed(ims).rpc(...)`` or ``.acs3(...)``.

    :param keys: whose keys, or an access key id, with the secret beside it.
    """

    def __init__(self, ims: FakeIms, keys: Keys | str | None = None, secret: str = "") -> None:
        self._endpoint = ims.endpoint
        caller = ims.ram.default if keys is None else keys
        if isinstance(caller, str):
            self._key, self._secret, self._token = caller, secret, ""
        else:
            self._key, self._secret = caller.access_key_id, secret or caller.access_key_secret
            self._token = caller.security_token or ""

    def rpc(self, action: str, **options: Any) -> Reply:
        """HMAC-SHA1 in the parameters; the options are those of :meth:`rpc_request`."""
        return self.rpc_request(action, **options).send()

    def acs3(self, action: str, **options: Any) -> Reply:
        """ACS3 in the headers; the options are those of :meth:`acs3_request`."""
        return self.acs3_request(action, **options).send()

    def rpc_request(
        self,
        action: str,
        *,
        method: str = "POST",
        in_body: bool = False,
        common: Mapping[str, str | None] | None = None,
        after: Mapping[str, str] | None = None,
        encode: Encode = urlencode,
        **parameters: str,
    ) -> Prepared:
        """A request with HMAC-SHA1 in the parameters.

        :param common: other values of common parameters; those that are None are left out.
        :param after: what is changed once it has been signed.
        :param encode: how the parameters are written on the wire.
        """
        sent: dict[str, str | None] = {
            "Action": action,
            "Version": "2020-11-09",
            "Format": "JSON",
            "AccessKeyId": self._key,
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "Timestamp": iso(outside(tick=False)),
            **({"SecurityToken": self._token} if self._token else {}),
            **parameters,
            **(common or {}),
        }
        query = {name: value for name, value in sent.items() if value is not None}
        if "Signature" not in sent:
            query["Signature"] = rpc_signature(self._secret, method, query.items())
        query |= after or {}
        text = encode(list(query.items()))
        if in_body:
            return Prepared(self._endpoint, method, "/", text.encode(), FORM)
        return Prepared(self._endpoint, method, f"/?{text}", b"", {})

    def acs3_request(
        self,
        action: str,
        *,
        method: str = "POST",
        body: bytes = b"",
        headers: Mapping[str, str | None] | None = None,
        after: Mapping[str, str] | None = None,
        algorithm: str = "ACS3-HMAC-SHA256",
        signed: Iterable[str] | None = None,
        encode: Encode = urlencode,
        **parameters: str,
    ) -> Prepared:
        """A request with ACS3 in the headers.

        :param headers: other values of headers; those that are None are left out.
        :param after: headers that are changed once they have been signed.
        :param signed: the names of the headers that are signed; by default all of them.
        :param encode: how the parameters are written on the wire.
        """
        body_digest = hashlib.new(DIGESTS.get(algorithm, "sha256"), body).hexdigest()
        given: dict[str, str | None] = {
            "host": self._endpoint,
            "x-acs-action": action,
            "x-acs-version": "2020-11-09",
            "x-acs-date": iso(outside(tick=False)),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": body_digest,
            **({"content-type": FORM["Content-Type"]} if body else {}),
            **({"x-acs-security-token": self._token} if self._token else {}),
            **(headers or {}),
        }
        sent = {name: value for name, value in given.items() if value is not None}
        if "authorization" not in given:
            names = sorted(sent) if signed is None else list(signed)
            signature = "any"
            if algorithm in DIGESTS:
                query = canonical_query(parameters.items())
                canonical = canonical_request(method, query, sent, names, body_digest)
                signature = acs3_signature(self._secret, algorithm, canonical)
            sent["authorization"] = (
                f"{algorithm} Credential={self._key},"
                f"SignedHeaders={';'.join(names)},Signature={signature}"
            )
        sent |= after or {}
        text = encode(list(parameters.items()))
        return Prepared(self._endpoint, method, f"/?{text}", body, sent)


# ---------------------------------------------------------------- ways to write the same query


def with_percent_20(pairs: Pairs) -> str:
    """A space as ``%20``, everything that can be escaped escaped."""
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs)


def with_raw_punctuation(pairs: Pairs) -> str:
    """As aiohttp does: what a query may hold as it is, is not escaped."""
    return "&".join(
        f"{quote(name, safe='')}={quote(value, safe=':/?@!*(),;$~').replace('%20', '+')}"
        for name, value in pairs
    )


def with_everything_escaped(pairs: Pairs) -> str:
    """Each byte as ``%xx``, in lower case."""

    def escaped(text: str) -> str:
        return "".join(f"%{byte:02x}" for byte in text.encode())

    return "&".join(f"{escaped(name)}={escaped(value)}" for name, value in pairs)


def backwards(pairs: Pairs) -> str:
    """The last parameter first, with empty ones between them."""
    return "&&".join(urlencode([pair]) for pair in reversed(list(pairs))) + "&"


ENCODINGS: Mapping[str, Encode] = {
    "plus": urlencode,
    "%20": with_percent_20,
    "raw punctuation": with_raw_punctuation,
    "everything escaped": with_everything_escaped,
    "backwards": backwards,
}
"""Different bytes that mean the same parameters."""
