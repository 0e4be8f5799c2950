"""Who calls, and whether he has signed what arrived: the gateway's checks, in order.

The order is that of one public fake of the gateway (inferred; no document tells it). Of what is
asked of every request, the pipeline has seen to the HTTP method and the Action before:

1. ``Format``
2. the common parameters: none is missing
3. a signature that can be read, of a method that exists
4. the access key: known, active; for a temporary one the security token
5. the timestamp: of the right form, not more than 15 minutes away
6. the signature
7. the nonce: not used in the last 15 minutes

What follows does so in each mode: the version and the action, the declared parameters, RAM, and the
product.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from fake_ims import errors
from fake_ims.clock import Instant, Micros, instant, iso
from fake_ims.errors import ApiError
from fake_ims.gateway import signatures
from fake_ims.gateway.catalogue import ANONYMOUS_ACTIONS
from fake_ims.gateway.nonces import Nonces
from fake_ims.gateway.ram import TemporaryKeys, User
from fake_ims.gateway.request import ApiRequest, HttpRequest
from fake_ims.settings import Choices

TOLERANCE: Final[Micros] = 15 * 60 * 1_000_000
"""How far a timestamp may be from the gateway's time, either way (generic to the gateway)."""

_FORMATS = ("", "JSON", "XML", "NONE")  # None: the V1 SDK's do_action() sends it (measured)
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_COVERED = (
    "host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce",
    "x-acs-content-sha256", "x-acs-security-token", "x-acs-accesskey-id",
)  # fmt: skip
"""The headers that decide something: all recorded clients list those that they send."""

_ANOTHER_SECRET = "signed with another secret, or altered on its way"
_MOST_SHOWN = 1 << 18  # characters of what was signed: a body of 64 MiB is not sent back


class KeyRing(Protocol):
    """What the checks ask of RAM."""

    def keys(self, access_key_id: str) -> User | TemporaryKeys | None:
        """Who or what has a key; None if nobody has it."""

    def security_token_known(self, token: str) -> bool:
        """Whether some temporary keys have this token."""

    def bearer(self, token: str) -> User | None:
        """Who has a bearer token; None if nobody has it."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What the checks need to know beside the request."""

    ram: KeyRing
    nonces: Nonces
    gateway_time: Instant
    world_time: Instant
    choices: Choices


def objections(http: HttpRequest, request: ApiRequest, gate: Gate) -> Iterator[ApiError]:
    """What the gateway objects to in a request, in the order of its checks.

    A mode that refuses takes the first. Where later checks rest on what is missing, it ends early.
    The nonce is used up only when all before it was asked for.
    """
    if request.common.get("Format", "").upper() not in _FORMATS:
        yield errors.INVALID_FORMAT()
    if request.scheme == "none" and request.action in ANONYMOUS_ACTIONS:
        return
    signed = _Signed(http, request)
    for name in signed.missing():
        yield errors.MISSING(name=name)
    if request.scheme == "bearer":
        owner = gate.ram.bearer(request.bearer_token)
        if owner is None or not owner.active:
            yield errors.UNKNOWN_BEARER_TOKEN() if owner is None else errors.INACTIVE_KEY()
        yield from _objections_to_timestamp(signed.timestamp, gate)
        yield from _objections_to_nonce(request.access_key_id, signed.nonce, gate)
        return
    yield from signed.objections_to_form(gate.choices)
    keys = gate.ram.keys(request.access_key_id)
    if keys is None and request.access_key_id:
        yield errors.UNKNOWN_KEY().with_status(gate.choices.of("unknown_key_status"))
    elif keys is not None:
        yield from _objections_to_keys(keys, signed.security_token, gate)
    yield from _objections_to_timestamp(signed.timestamp, gate)
    if keys is not None:
        yield from signed.objections_to_signature(keys.access_key_secret, gate.choices)
    yield from _objections_to_nonce(request.access_key_id, signed.nonce, gate)


def _objections_to_keys(keys: User | TemporaryKeys, token: str, gate: Gate) -> Iterator[ApiError]:
    if isinstance(keys, User):
        if not keys.active:
            yield errors.INACTIVE_KEY()
        if not token:
            return
    elif not token:
        yield errors.MISSING(name="SecurityToken")
        return
    if isinstance(keys, TemporaryKeys) and signatures.same(keys.security_token, token):
        if gate.world_time < keys.expires:
            return
        wrong = errors.EXPIRED_TOKEN()
    elif gate.ram.security_token_known(token):
        wrong = errors.MISMATCHED_TOKEN()
    else:
        wrong = errors.MALFORMED_TOKEN()
    yield wrong.with_status(gate.choices.of("security_token_status"))


def _objections_to_timestamp(timestamp: str, gate: Gate) -> Iterator[ApiError]:
    if not timestamp:
        return
    try:
        at = instant(timestamp) if _TIMESTAMP.fullmatch(timestamp) else None
    except ValueError:  # such as the 30th of February
        at = None
    if at is None:
        yield errors.MALFORMED_TIMESTAMP()
    elif abs(at - gate.gateway_time) > TOLERANCE:
        now = iso(gate.gateway_time)
        yield errors.EXPIRED_TIMESTAMP().with_note(
            f"{timestamp} by the client's clock, {now} by the gateway's"
        )


def _objections_to_nonce(access_key_id: str, nonce: str, gate: Gate) -> Iterator[ApiError]:
    if nonce and not gate.nonces.use(access_key_id, nonce, gate.gateway_time):
        yield errors.NONCE_USED()


class _Signed:
    """What clients put into parameters, or with ACS3 into headers."""

    def __init__(self, http: HttpRequest, request: ApiRequest) -> None:
        self._http = http
        self._request = request
        common, headers = request.common, http.headers
        if request.in_headers:
            self.timestamp: str = headers.get("x-acs-date", "")
            self.nonce: str = headers.get("x-acs-signature-nonce", "")
            self.security_token: str = headers.get("x-acs-security-token", "")
        else:
            self.timestamp = common.get("Timestamp", "")
            self.nonce = common.get("SignatureNonce", "")
            self.security_token = common.get("SecurityToken", "")
        self._authorization = signatures.read_authorization(headers.get("authorization", ""))

    def missing(self) -> Iterator[str]:
        """The common parameters that are not there, or empty; ACS3 has them under other names."""
        request, common = self._request, self._request.common
        if request.in_headers:
            present = {"Version": request.version}
            if request.scheme == "none":
                present["AccessKeyId"] = request.access_key_id
        else:
            present = {name: common.get(name, "") for name in ("Action", "Version")}
            if request.scheme != "bearer":
                unsigned = ("AccessKeyId", "SignatureMethod", "SignatureVersion")
                present |= {name: common.get(name, "") for name in unsigned}
        present |= {"Timestamp": self.timestamp, "SignatureNonce": self.nonce}
        return (name for name, value in present.items() if not value)

    def objections_to_form(self, choices: Choices) -> Iterator[ApiError]:
        """Whether there is a signature that can be read, and by a method that is known."""
        request = self._request
        if request.in_headers:
            yield from self._objections_to_acs3_form(choices)
            return
        if not request.common.get("Signature"):
            yield errors.INCOMPLETE_SIGNATURE()
        if request.common.get("SignatureMethod", signatures.RPC_METHOD) != signatures.RPC_METHOD:
            yield errors.INVALID_SIGNATURE_METHOD()
        if request.common.get("SignatureVersion", "1.0") != "1.0":
            yield errors.INVALID(name="SignatureVersion")

    def _objections_to_acs3_form(self, choices: Choices) -> Iterator[ApiError]:
        authorization = self._authorization
        if authorization is None:
            yield errors.INCOMPLETE_SIGNATURE()
            return
        listed = {name.lower() for name in authorization.signed_headers}
        unlisted = [name for name in _COVERED if name in self._http.headers and name not in listed]
        if unlisted and choices.of("signed_headers") == "required":
            note = f"SignedHeaders does not list {', '.join(unlisted)}"
            yield errors.INCOMPLETE_SIGNATURE().with_note(note)
        algorithm = authorization.algorithm
        if algorithm == "ACS3-RSA-SHA256":
            yield errors.CANNOT_VERIFY(algorithm=algorithm, reason="it knows no public keys")
        elif algorithm not in signatures.ACS3_DIGESTS:
            yield errors.INVALID_SIGNATURE_METHOD()
        elif not signatures.can_verify(algorithm):
            reason = "this Python's OpenSSL has no such digest"
            yield errors.CANNOT_VERIFY(algorithm=algorithm, reason=reason)

    def objections_to_signature(self, secret: str, choices: Choices) -> Iterator[ApiError]:
        """Whether the signature is the one that the secret makes; nothing if there is none."""
        authorization = self._authorization
        if signature := self._request.scheme == "rpc" and self._request.common["Signature"]:
            pairs = [*self._request.query, *self._request.body]
            text = signatures.rpc_string_to_sign(self._http.method, pairs)
            if not signatures.same(signatures.rpc_signature(secret, text), signature):
                wrong = errors.WRONG_SIGNATURE(string_to_sign=text[:_MOST_SHOWN])
                yield wrong.with_note(_ANOTHER_SECRET)
        elif authorization is not None and signatures.can_verify(authorization.algorithm):
            yield from self._objections_to_acs3(authorization, secret, choices)

    def _objections_to_acs3(
        self, authorization: signatures.Authorization, secret: str, choices: Choices
    ) -> Iterator[ApiError]:
        http, algorithm = self._http, authorization.algorithm
        digest = signatures.body_digest(algorithm, http.body)
        intact = http.headers.get("x-acs-content-sha256", digest) == digest
        candidates = signatures.canonical_requests(
            authorization, http.method, self._request.query, http.headers, digest
        )
        for candidate in candidates:
            text = signatures.acs3_string_to_sign(algorithm, candidate)
            expected = signatures.acs3_signature(secret, algorithm, text)
            if signatures.same(expected, authorization.signature) and intact:
                return
        if choices.of("signature_message") == "short":
            wrong = errors.WRONG_ACS3_SIGNATURE_BRIEFLY()
        else:
            prescribed = candidates[0]
            wrong = errors.WRONG_ACS3_SIGNATURE(
                string_to_sign=signatures.acs3_string_to_sign(algorithm, prescribed),
                canonical_request=prescribed.decode("utf-8", "replace")[:_MOST_SHOWN],
            )
        yield wrong.with_note(
            _ANOTHER_SECRET if intact else "x-acs-content-sha256 is not the body's"
        )
