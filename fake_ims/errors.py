"""Errors as data: each kind says its code, status, message, and how it is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from fake_ims.evidence import Evidence
from fake_ims.texts import nearest

Layer = Literal["gateway", "product", "fake"]


class ErrorKind(NamedTuple):
    """One error of the API.

    ``code`` and ``message`` are templates for :meth:`str.format`. ``layer`` says who raises it:
    the answers of the gateway and of the product differ in the order of their JSON keys.
    """

    code: str
    status: int
    message: str
    layer: Layer
    evidence: Evidence
    source: str

    def __call__(self, **values: str) -> ApiError:
        """The error with its templates filled in."""
        return ApiError(self, values)


class ApiError(Exception):
    """An answer other than success, on its way to the caller."""

    def __init__(self, kind: ErrorKind, values: Mapping[str, str]) -> None:
        self.kind = kind
        self.code = kind.code.format_map(values)
        self.message = kind.message.format_map(values)
        self.status = kind.status
        self.access_denied_detail: dict[str, str] | None = None
        self.note = ""
        """What the answer does not tell but the reader of a test's report should know."""
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.status} {self.code}: {self.message}"

    def with_status(self, status: int | str) -> ApiError:
        """The same error with another status."""
        self.status = int(status)
        return self

    def with_note(self, note: str) -> ApiError:
        """The same error with a note."""
        self.note = note
        return self


class UnknownCodeError(ValueError):
    """No error has this code; the message says what to write."""


# ---------------------------------------------------------------- the gateway's

MISSING = ErrorKind(
    "Missing{name}", 400, "{name} is mandatory for this action.", "gateway",
    Evidence.GENERIC, "gateway error table; for InputURL inferred",
)  # fmt: skip
INVALID = ErrorKind(
    "Invalid{name}", 400, "Specified parameter {name} is not valid.", "gateway",
    Evidence.GENERIC, "gateway error table: a value that fails its declared type",
)  # fmt: skip
UNKNOWN_ACTION = ErrorKind(
    "InvalidAction.NotFound", 404,
    "Specified api is not found, please check your url and method.", "gateway",
    Evidence.GENERIC, "gateway error table",
)  # fmt: skip
INVALID_VERSION = ErrorKind(
    "InvalidVersion",
    400,
    "Specified parameter Version is not valid.",
    "gateway",
    Evidence.GENERIC,
    "gateway documents and clients; not captured",
)
INVALID_FORMAT = ErrorKind(
    "InvalidParameter.Format", 400, "Specified parameter format is not valid.", "gateway",
    Evidence.GENERIC, "gateway error table",
)  # fmt: skip
UNSUPPORTED_METHOD = ErrorKind(
    "UnsupportedHTTPMethod", 403, "This http method not supported.", "gateway",
    Evidence.GENERIC, "tables disagree on 403 and 400 (unsupported_method_status)",
)  # fmt: skip
FORBIDDEN = ErrorKind(
    "Forbidden", 403, "User not authorized to operate on the specified resource.", "gateway",
    Evidence.DOCUMENTED, "RegisterMediaInfo, error codes",
)  # fmt: skip
INCOMPLETE_SIGNATURE = ErrorKind(
    "IncompleteSignature", 400, "The request signature does not conform to Aliyun standards.",
    "gateway", Evidence.GENERIC, "gateway error table: a signature that is missing or unreadable",
)  # fmt: skip
INVALID_SIGNATURE_METHOD = ErrorKind(
    "InvalidSignatureMethod", 400, "Specified signature method is not valid.", "gateway",
    Evidence.GENERIC, "gateway error table",
)  # fmt: skip
UNKNOWN_KEY = ErrorKind(
    "InvalidAccessKeyId.NotFound", 404, "Specified access key is not found.", "gateway",
    Evidence.GENERIC, "gateway error table; some products say 400 (unknown_key_status)",
)  # fmt: skip
INACTIVE_KEY = ErrorKind(
    "InvalidAccessKeyId.Inactive", 400, "Specified access key is disabled.", "gateway",
    Evidence.GENERIC, "gateway error table",
)  # fmt: skip
EXPIRED_TOKEN = ErrorKind(
    "InvalidSecurityToken.Expired", 400, "Specified SecurityToken is expired.", "gateway",
    Evidence.GENERIC, "tables disagree on 400 and 403 (security_token_status)",
)  # fmt: skip
MALFORMED_TOKEN = ErrorKind(
    "InvalidSecurityToken.Malformed", 400, "Specified SecurityToken is malformed.", "gateway",
    Evidence.GENERIC, "tables disagree on 400 and 403 (security_token_status)",
)  # fmt: skip
MISMATCHED_TOKEN = ErrorKind(
    "InvalidSecurityToken.MismatchWithAccessKey", 400,
    "Specified SecurityToken mismatch with the AccessKey.", "gateway",
    Evidence.GENERIC, "tables disagree on 400 and 403 (security_token_status)",
)  # fmt: skip
MALFORMED_TIMESTAMP = ErrorKind(
    "InvalidTimeStamp.Format", 400,
    "Specified time stamp or date value is not well formatted.", "gateway",
    Evidence.GENERIC, "gateway error table",
)  # fmt: skip
EXPIRED_TIMESTAMP = ErrorKind(
    "InvalidTimeStamp.Expired", 400, "Specified time stamp or date value is expired.", "gateway",
    Evidence.GENERIC, "gateway error table: more than 15 minutes away",
)  # fmt: skip
WRONG_SIGNATURE = ErrorKind(
    "SignatureDoesNotMatch", 400,
    "Specified signature is not matched with our calculation. "
    "server string to sign is:{string_to_sign}", "gateway",
    Evidence.GENERIC, "public clients, which compare what stands after the colon with their own",
)  # fmt: skip
WRONG_ACS3_SIGNATURE = ErrorKind(
    "SignatureDoesNotMatch", 400,
    "Specified signature does not match our calculation. server StringToSign is [{string_to_sign}] "
    "server CanonicalRequest is [{canonical_request}]", "gateway",
    Evidence.INFERRED, "one report of another product, separators uncertain (signature_message)",
)  # fmt: skip
WRONG_ACS3_SIGNATURE_BRIEFLY = ErrorKind(
    "SignatureDoesNotMatch", 400, "Specified signature does not match our calculation.", "gateway",
    Evidence.GENERIC, "public clients (signature_message)",
)  # fmt: skip
NONCE_USED = ErrorKind(
    "SignatureNonceUsed", 400, "Specified signature nonce was used already.", "gateway",
    Evidence.GENERIC, "gateway error table: within some 15 minutes",
)  # fmt: skip
THROTTLING = ErrorKind(
    "Throttling", 400, "Request was denied due to request throttling.", "gateway",
    Evidence.GENERIC, "only faults; gateway error table; newer ones say 429 (throttling_status)",
)  # fmt: skip
THROTTLING_USER = ErrorKind(
    "Throttling.User", 400, "Request was denied due to user flow control.", "gateway",
    Evidence.GENERIC, "only faults; gateway error table; newer ones say 429 (throttling_status)",
)  # fmt: skip
THROTTLING_API = ErrorKind(
    "Throttling.Api", 400, "Request was denied due to user flow control.", "gateway",
    Evidence.GENERIC, "only faults; one report has this text (throttling_status)",
)  # fmt: skip
NEEDS_SSL = ErrorKind(
    "InvalidProtocol.NeedSsl", 404, "Your request is denied as lack of ssl protect.", "gateway",
    Evidence.GENERIC, "only faults; gateway error table",
)  # fmt: skip
INTERNAL_ERROR = ErrorKind(
    "InternalError", 500, "The request processing has failed due to some unknown error.",
    "product", Evidence.DOCUMENTED, "IMS error codes",
)  # fmt: skip
BAD_REQUEST = ErrorKind(
    "FakeIms.BadRequest", 400, "The request could not be read: {detail}", "fake",
    Evidence.FAKE, "what is no HTTP has the status of its fault: 405, 413, 414, 431, 501, 505",
)  # fmt: skip

# ---------------------------------------------------------------- the product's

MISSING_PARAMETER = ErrorKind(
    "MissingParameter", 400,
    'The input parameter "{name}" that is mandatory for processing this request is not supplied.',
    "product", Evidence.DOCUMENTED, "IMS error codes",
)  # fmt: skip
INVALID_PARAMETER = ErrorKind(
    "InvalidParameter", 400, 'The specified parameter "{name}" is not valid.', "product",
    Evidence.DOCUMENTED, "IMS error codes; which input raises it is inferred",
)  # fmt: skip
NOT_SUPPORTED = ErrorKind(
    "InvalidParameter.NotSupport", 400, 'Vtt snapshot does not support "{name}" parameter',
    "product", Evidence.OBSERVED,
    "a public program; its status, and that SubmitSnapshotJob answers it, too, are inferred",
)  # fmt: skip
PARAMETER_CONFLICT = ErrorKind(
    "InvalidParameter", 409, 'The specified parameter "{name}" is not valid.', "product",
    Evidence.INFERRED, "the documented text with the status of a duplicate",
)  # fmt: skip
MEDIA_ALREADY_EXIST = ErrorKind(
    "MediaAlreadyExist", 409,
    'The media with the given inputUrl "{url}" has already been registered '
    'with mediaId "{media_id}".',
    "product", Evidence.OBSERVED, "customer reports of 2024 and captures of 2026",
)  # fmt: skip
RESOURCE_NOT_FOUND = ErrorKind(
    "ResourceNotFound", 404, "Resource not found", "product",
    Evidence.DOCUMENTED, "IMS error codes (no full stop)",
)  # fmt: skip
PROJECT_NOT_FOUND = ErrorKind(
    "ProjectNotFound", 404, "Project not found.", "product",
    Evidence.DOCUMENTED, "only faults; IMS error codes",
)  # fmt: skip
OPERATION_DENIED = ErrorKind(
    "OperationDenied", 403, "Your account does not open IMS service yet.", "product",
    Evidence.DOCUMENTED, "only faults; IMS error codes",
)  # fmt: skip
SUSPENDED = ErrorKind(
    "OperationDenied.Suspended", 403, "Your IMS service is suspended.", "product",
    Evidence.DOCUMENTED, "only faults; IMS error codes",
)  # fmt: skip
TOO_FREQUENT = ErrorKind(
    "RequestsTooFrequent", 403, "Requests are too frequent", "product",
    Evidence.DOCUMENTED, "only faults; IMS error codes (no full stop)",
)  # fmt: skip
SERVICE_UNAVAILABLE = ErrorKind(
    "ServiceUnAvailable", 503,
    "The request has failed due to a temporary failure of the server.", "product",
    Evidence.DOCUMENTED, "only faults; IMS error codes (a capital A)",
)  # fmt: skip
IDEMPOTENCE_MISMATCH = ErrorKind(
    "IdempotentParameterMismatch", 400,
    "The request uses the same client token as a previous, but non-identical request.",
    "product", Evidence.INFERRED, "the code other Alibaba Cloud products use",
)  # fmt: skip

# ---------------------------------------------------------------- the fake's own

NOT_IMPLEMENTED = ErrorKind(
    "FakeIms.OperationNotImplemented", 501,
    "{action} is an operation of the real service that fake-ims does not implement yet. "
    "`fake-ims operations` lists what it does.",
    "fake", Evidence.FAKE, "",
)  # fmt: skip
ENDED_KEYS = ErrorKind(
    "FakeIms.EndedWorld", 403,
    "The access key {key} was made before reset() or outside scratch(): the users, temporary keys "
    "and bearer tokens of a fake go with its world. Make it anew.",
    "fake", Evidence.FAKE, "",
)  # fmt: skip
ENDED_WORLD = ErrorKind(
    "FakeIms.EndedWorld", 403,
    "The access key {key} belongs to {fake}, which has ended: a client or thread of it is still in "
    "use. Build the client from this test's fake_ims, or, for code that caches its "
    "client, set fake_ims_keys = session (users' and temporary keys are of one world still).",
    "fake", Evidence.FAKE, "",
)  # fmt: skip
NO_WORLD = ErrorKind(
    "FakeIms.NoWorld", 403,
    "No fake answers for access key {key}. {live} Calls with keys of their own reach the fixture "
    "fake_ims, the world of a redirect(), or one of fake_ims_factory(own_listener=True).",
    "fake", Evidence.FAKE, "",
)  # fmt: skip
UNKNOWN_BEARER_TOKEN = ErrorKind(
    "FakeIms.UnknownBearerToken", 403,
    "Nobody has this bearer token; ims.ram.bearer_token() gives one. What the real service answers "
    "is not known.",
    "fake", Evidence.FAKE, "",
)  # fmt: skip
CANNOT_VERIFY = ErrorKind(
    "FakeIms.CannotVerifySignature", 501,
    "{algorithm} is an algorithm of the real service that fake-ims cannot verify here: {reason}.",
    "fake", Evidence.FAKE, "",
)  # fmt: skip


# ---------------------------------------------------------------- the table


def kinds() -> tuple[ErrorKind, ...]:
    """Every error of the fake, in the order in which it is declared here."""
    return tuple(kind for kind in globals().values() if isinstance(kind, ErrorKind))


def resolve(code: str, status: int | None) -> tuple[ErrorKind, dict[str, str]]:
    """The error with a code, and what its code's template was filled with.

    One that is not in the table is a test's own, if its status is given.

    :raises UnknownCodeError: else.
    """
    found = find(code)
    if found is not None:
        return found
    if status is None:
        hint = nearest(code, (kind.code for kind in kinds()))
        raise UnknownCodeError(
            f"{code} is no error that the fake knows{hint} "
            "(`fake-ims errors` lists them; for another, give its status, and its message)"
        )
    literal = code.replace("{", "{{").replace("}", "}}")
    return ErrorKind(literal, status, "", "product", Evidence.FAKE, "a test's own"), {}


def api_error(
    code: str, *, status: int | None = None, message: str | None = None, **values: str
) -> ApiError:
    """An error of the service, for the function of a stub to raise.

    :param code: of ``fake-ims errors``, or another with a ``status``.
    :param values: what stands in braces in the table's message.
    :raises UnknownCodeError: for a code that is not in the table, without a status.
    :raises ValueError: for a status that HTTP does not have, and for what UTF-8 cannot write.
    """
    if status is not None and (type(status) is not int or not 200 <= status <= 599):
        raise ValueError(f"status is a whole number from 200 to 599, not {status!r}")
    kind, filled = resolve(code, status)
    error = ApiError(kind, _Filled({**filled, **values}))
    if status is not None:
        error.with_status(status)
    if message is not None:
        error.message = message
    str(error).encode()
    return error


class _Filled(dict[str, str]):
    """Values of a template; what is not given stays in parentheses."""

    def __missing__(self, name: str) -> str:
        return f"({name})"


def find(code: str) -> tuple[ErrorKind, dict[str, str]] | None:
    """The first error with this code, and what its code's template was filled with, or None.

    ``MissingInputURL`` is an error of the table, too: it fills ``Missing{name}``.
    """
    for kind in kinds():
        if kind.code == code:
            return kind, {}
    for kind in kinds():
        head, brace, name = kind.code.partition("{")
        filled = re.fullmatch(f"{re.escape(head)}([A-Z][A-Za-z0-9.]*)", code) if brace else None
        if filled is not None:
            return kind, {name.rstrip("}"): filled[1]}
    return None
