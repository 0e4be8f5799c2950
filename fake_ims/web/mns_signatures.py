"""How requests to the message service are signed, and what is wrong with one that is not well.

``MNS <key>:<signature>`` (HMAC-SHA1, documented), and ``MNS4-HMAC-SHA256 Credential=...`` (as the
newest official clients sign).
"""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

from fake_ims.clock import Instant, instant, iso
from fake_ims.errors import ApiError
from fake_ims.gateway.authentication import TOLERANCE
from fake_ims.gateway.ram import Ram, TemporaryKeys, User
from fake_ims.gateway.request import HttpRequest
from fake_ims.gateway.signatures import same
from fake_ims.web import mns_errors

_V2: Final = re.compile(r"MNS +([^\s:]+):(\S+)", re.ASCII)
_V4: Final = re.compile(
    r"MNS4-HMAC-SHA256 +Credential=([^\s/,]+)/([0-9]{8})/([^\s/,]+)/mns/aliyun_v4_request"
    r", *Signature=([0-9a-f]+)",
    re.ASCII,
)
_SIGNED: Final = ("content-md5", "content-type")


class Credential(NamedTuple):
    """What an Authorization header says; ``scope`` is empty but for the newer scheme."""

    access_key_id: str
    signature: str
    scope: tuple[str, ...] = ()


def read_credential(authorization: str) -> Credential | None:
    """The key and signature of an Authorization header; None for one of another form."""
    if match := _V2.fullmatch(authorization.strip()):
        return Credential(match[1], match[2])
    if match := _V4.fullmatch(authorization.strip()):
        return Credential(match[1], match[4], (match[2], match[3]))
    return None


def signature(secret: str, http: HttpRequest, target: str) -> str:
    """The signature of ``Authorization: MNS``.

    :param target: of the request line, as it was sent.
    """
    headers = http.headers
    lines = [http.method, *(headers.get(name, "") for name in _SIGNED), _date(headers)]
    lines += _mns_headers(headers)
    text = "\n".join([*lines, target])
    digest = hmac.digest(secret.encode(), text.encode("latin-1"), "sha1")
    return base64.b64encode(digest).decode()


def signature_v4(
    secret: str, http: HttpRequest, target: str, scope: tuple[str, ...], date: str
) -> str:
    """The signature of ``Authorization: MNS4-HMAC-SHA256``.

    :param scope: day and region, as the header has them.
    :param date: when it was sent, as ``20251204T063235Z``.
    """
    path, _, query = target.partition("?")
    pairs = sorted(
        (_encoded(unquote(name).strip().lower()), _encoded(unquote(value).strip()))
        for name, _, value in (part.partition("=") for part in query.split("&") if part)
    )
    headers = http.headers
    signed = [f"{name}:{headers[name].strip()}" for name in _SIGNED if name in headers]
    canonical = [
        http.method,
        quote(unquote(path), safe="/-_.~"),
        "&".join(f"{name}={value}" if value else name for name, value in pairs),
        *sorted([*signed, *_mns_headers(headers)]),
        "", "",
    ]  # fmt: skip
    text = "\n".join(
        ["MNS4-HMAC-SHA256", date, "/".join([*scope, "mns", "aliyun_v4_request"]), *canonical]
    )
    key = f"aliyun_v4{secret}".encode()
    for part in (*scope, "mns", "aliyun_v4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode("latin-1"), "sha256").hex()


def objections(
    http: HttpRequest, target: str, ram: Ram, gateway_time: Instant, world_time: Instant
) -> Iterator[ApiError]:
    """What the service objects to in a request; a mode that refuses takes the first."""
    authorization = http.headers.get("authorization", "")
    credential = read_credential(authorization)
    if credential is None:
        missing = mns_errors.MISSING_AUTHORIZATION
        yield (mns_errors.INVALID_AUTHORIZATION if authorization else missing)()
        return
    keys = ram.keys(credential.access_key_id)
    if keys is None:
        yield mns_errors.UNKNOWN_KEY()
    else:
        yield from _objections_to_keys(keys, http.headers.get("security-token", ""), world_time)
    date = _date(http.headers)
    at = _read_date(date)
    if not date:
        yield mns_errors.MISSING_DATE()
    elif at is None:
        yield mns_errors.INVALID_DATE()
    elif abs(at - gateway_time) > TOLERANCE:
        yield mns_errors.TIME_EXPIRED()
    if keys is not None and not _signed_with(keys.access_key_secret, credential, http, target, at):
        yield mns_errors.WRONG_SIGNATURE()
    if not _digest_fits(http):
        yield mns_errors.WRONG_DIGEST()


def _objections_to_keys(
    keys: User | TemporaryKeys, token: str, world_time: Instant
) -> Iterator[ApiError]:
    if isinstance(keys, User):
        if not keys.active:
            yield mns_errors.UNKNOWN_KEY().with_note("the key is disabled")
        if token:
            yield mns_errors.WRONG_TOKEN()
    elif not same(keys.security_token, token):
        yield mns_errors.WRONG_TOKEN()
    elif world_time >= keys.expires:
        yield mns_errors.EXPIRED_TOKEN()


def _signed_with(
    secret: str, credential: Credential, http: HttpRequest, target: str, at: Instant | None
) -> bool:
    if not credential.scope:
        return same(signature(secret, http, target), credential.signature)
    if at is None:
        return False
    date = re.sub("[-:]", "", iso(at))
    if not date.startswith(credential.scope[0]):
        return False
    expected = signature_v4(secret, http, target, credential.scope, date)
    return same(expected, credential.signature)


def _digest_fits(http: HttpRequest) -> bool:
    """Whether Content-MD5 is the body's; clients encode its bytes or its hex digits."""
    sent = http.headers.get("content-md5", "")
    digest = hashlib.md5(http.body, usedforsecurity=False)
    right = (digest.digest(), digest.hexdigest().encode())
    return not sent or sent in [base64.b64encode(each).decode() for each in right]


def _date(headers: Mapping[str, str]) -> str:
    return headers.get("date") or headers.get("x-mns-date", "")


def _read_date(date: str) -> Instant | None:
    try:
        return instant(email.utils.parsedate_to_datetime(date))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _mns_headers(headers: Mapping[str, str]) -> list[str]:
    return [f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-mns-")]


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")
