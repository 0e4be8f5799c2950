"""A client that signs, and that can be told to sign wrongly."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from rpc import FORM, Reply, exchange

from fake_ims.clock import iso, outside
from fake_ims.gateway import signatures

if TYPE_CHECKING:
    from fake_ims import FakeIms


class Keys(Protocol):
    """A user of RAM, or temporary keys."""

    @property
    def access_key_id(self) -> str: ...
    @property
    def access_key_secret(self) -> str: ...
    @property
    def security_token(self) -> str | None: ...


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

    def rpc(
        self,
        action: str,
        *,
        method: str = "POST",
        in_body: bool = False,
        common: Mapping[str, str | None] | None = None,
        after: Mapping[str, str] | None = None,
        **parameters: str,
    ) -> Reply:
        """HMAC-SHA1 in the parameters.

        :param common: other values of common parameters; those that are None are left out.
        :param after: what is changed once it has been signed.
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
            text = signatures.rpc_string_to_sign(method, query.items())
            query["Signature"] = signatures.rpc_signature(self._secret, text)
        query |= after or {}
        if in_body:
            return exchange(self._endpoint, method, "/", urlencode(query).encode(), FORM)
        return exchange(self._endpoint, method, "/?" + urlencode(query))

    def acs3(
        self,
        action: str,
        *,
        method: str = "POST",
        body: bytes = b"",
        headers: Mapping[str, str | None] | None = None,
        after: Mapping[str, str] | None = None,
        algorithm: str = "ACS3-HMAC-SHA256",
        **parameters: str,
    ) -> Reply:
        """ACS3 in the headers.

        :param headers: other values of headers; those that are None are left out.
        :param after: headers that are changed once they have been signed.
        """
        digest = signatures.body_digest(
            algorithm if algorithm in signatures.ACS3_DIGESTS else "ACS3-HMAC-SHA256", body
        )
        given: dict[str, str | None] = {
            "host": self._endpoint,
            "x-acs-action": action,
            "x-acs-version": "2020-11-09",
            "x-acs-date": iso(outside(tick=False)),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": digest,
            **({"content-type": FORM["Content-Type"]} if body else {}),
            **({"x-acs-security-token": self._token} if self._token else {}),
            **(headers or {}),
        }
        sent = {name: value for name, value in given.items() if value is not None}
        if "authorization" not in given:
            names = tuple(sorted(sent))
            value = f"{algorithm} Credential={self._key},SignedHeaders={';'.join(names)},Signature="
            if algorithm in signatures.ACS3_DIGESTS:
                unsigned = signatures.Authorization(algorithm, self._key, names, "")
                canonical = signatures.canonical_requests(
                    unsigned, method, parameters.items(), sent, body
                )[0]
                text = signatures.acs3_string_to_sign(algorithm, canonical)
                value += signatures.acs3_signature(self._secret, algorithm, text)
            else:
                value += base64.b16encode(b"any").decode().lower()
            sent["authorization"] = value
        sent |= after or {}
        return exchange(self._endpoint, method, "/?" + urlencode(parameters), body, sent)
