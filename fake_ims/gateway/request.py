"""Reading a request: the same call in whatever form a client sends it."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from fake_ims import errors
from fake_ims.errors import ApiError
from fake_ims.ids import key_of_bearer_token
from fake_ims.journal.wanted import COMMON_PARAMETERS

_CREDENTIAL = re.compile(r"ACS3-[A-Z0-9-]+\s.*?\bCredential=([^,\s]*)", re.ASCII | re.IGNORECASE)
_JSON_TYPE = re.compile(r"application/(?:[\w.+-]+\+)?json\b", re.IGNORECASE)
_FORM_TYPE = re.compile(r"application/x-www-form-urlencoded\b", re.IGNORECASE)


@dataclass(slots=True, eq=False)
class HttpRequest:
    """A request as it came over the wire; header names in lower case, ``body`` whole.

    Whoever keeps it waiting does so inside ``pausing()``. What is given to ``after_answer`` is done
    when the answer has been sent, or cannot be.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    pausing: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext
    after_answer: Callable[[Callable[[], None]], object] = lambda do: do()


@dataclass(slots=True, eq=False)
class ApiRequest:
    """What a request asks for, whichever client built it.

    ``scheme`` names how it is signed: ``rpc`` (parameters), ``acs3`` (headers), ``bearer``, or
    ``none``. ``parameters`` are the operation's own; blank ones are kept. ``query`` and
    ``body`` are all pairs that were sent there, as signatures cover them. ``in_headers``: headers
    say when it was sent, as with ACS3, whether it is signed or not.
    """

    action: str
    version: str
    scheme: str
    access_key_id: str
    parameters: dict[str, str]
    common: dict[str, str] = field(default_factory=dict)
    query: list[tuple[str, str]] = field(default_factory=list, repr=False)
    body: list[tuple[str, str]] = field(default_factory=list, repr=False)
    bearer_token: str = field(default="", repr=False)
    in_headers: bool = False


def read_request(http: HttpRequest) -> ApiRequest:
    """Merge query, form and JSON body; find the action and the key that the request names.

    Of a name sent twice the first value counts, the query's before the body's (inferred).

    :raises ApiError: for a path that the API does not have, a body that cannot be read, or a
        parameter that is not UTF-8.
    """
    if http.path not in ("/", ""):
        raise errors.UNKNOWN_ACTION()
    parameters: dict[str, str] = {}
    common: dict[str, str] = {}
    query, body = _pairs(http.query), _body_pairs(http)
    pairs = [*query, *body]
    check_texts(pairs)
    for name, value in pairs:
        (common if name in COMMON_PARAMETERS else parameters).setdefault(name, value)
    headers = http.headers
    action = common.get("Action") or headers.get("x-acs-action", "")
    scheme, key, bearer = _credential(common, headers)
    version = common.get("Version") or headers.get("x-acs-version", "")
    return ApiRequest(
        action, version, scheme, key, parameters, common, query, body, bearer,
        in_headers=scheme != "rpc" and has_acs3_headers(headers),
    )  # fmt: skip


def format_of(http: HttpRequest) -> str:
    """The ``Format`` that a request asks for which could not be read as a whole."""
    pairs = _pairs(http.query)
    with contextlib.suppress(ApiError):
        pairs += _body_pairs(http)
    return next((value for name, value in pairs if name == "Format"), "")


def has_acs3_headers(headers: Mapping[str, str]) -> bool:
    """Whether a request says in headers what others say in parameters, signed or not."""
    return "x-acs-date" in headers or _is_acs3(headers.get("authorization", ""))


def _credential(common: Mapping[str, str], headers: Mapping[str, str]) -> tuple[str, str, str]:
    """Which signature scheme a request uses, the access key that it names, its bearer token."""
    authorization = headers.get("authorization", "")
    if _is_acs3(authorization):
        match = _CREDENTIAL.match(authorization)
        return "acs3", match[1] if match else "", ""
    bearer = common.get("BearerToken") or headers.get("x-acs-bearer-token", "")
    if bearer:  # which is not signed (measured)
        return "bearer", key_of_bearer_token(bearer), bearer
    key = common.get("AccessKeyId") or headers.get("x-acs-accesskey-id", "")
    return ("rpc" if "Signature" in common else "none"), key, ""


def _is_acs3(authorization: str) -> bool:
    return authorization[:5].upper() == "ACS3-"


def _pairs(text: str) -> list[tuple[str, str]]:
    """The parameters of a query or form, blank ones too; other bytes than UTF-8 as surrogates."""
    if not text:
        return []
    return parse_qsl(text, keep_blank_values=True, errors="surrogateescape")


def _body_pairs(http: HttpRequest) -> list[tuple[str, str]]:
    """The parameters of the body; the content type decides only where there is something to read.

    An empty body with any type is normal: aiohttp and the command-line tool send such.
    """
    if not http.body:
        return []
    content_type = http.headers.get("content-type", "")
    if _JSON_TYPE.match(content_type):
        return _json_pairs(http.body)
    if not content_type or _FORM_TYPE.match(content_type):
        return _pairs(http.body.decode("utf-8", "surrogateescape"))
    return []


def _json_pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        document = json.loads(body)
        if isinstance(document, dict):
            return [(name, _flat(value)) for name, value in document.items() if value is not None]
    except (ValueError, RecursionError):  # the latter when it is written again, too
        raise errors.BAD_REQUEST(detail="the body is not JSON") from None
    raise errors.BAD_REQUEST(detail="the body is not a JSON object")


def _flat(value: Any) -> str:
    """A JSON value as the query would carry it: nested ones as JSON in a string."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def check_texts(pairs: Collection[tuple[str, str]]) -> None:
    """Let pass what can be written in UTF-8.

    :raises ApiError: Invalid<Name>, for a name or value that came as other bytes.
    """
    try:
        "".join(map("".join, pairs)).encode()
    except UnicodeEncodeError:
        wrong = next(name for name, value in pairs if not _is_text(name + value))
        raise errors.INVALID(name=wrong.encode("utf-8", "replace").decode()) from None


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
