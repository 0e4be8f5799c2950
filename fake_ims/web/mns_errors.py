"""Errors of the message service, as its error table has them (codes, statuses, messages)."""

from __future__ import annotations

from typing import Final

from fake_ims.errors import ErrorKind
from fake_ims.evidence import Evidence

_TABLE: Final = "error codes of the message service"


def _kind(code: str, status: int, message: str, evidence: Evidence) -> ErrorKind:
    return ErrorKind(code, status, message, "product", evidence, _TABLE)


def _documented(code: str, status: int, message: str) -> ErrorKind:
    return _kind(code, status, message, Evidence.DOCUMENTED)


def _inferred(code: str, status: int, message: str) -> ErrorKind:
    return _kind(code, status, message, Evidence.INFERRED)


ACCESS_DENIED: Final = _documented(
    "AccessDenied", 403,
    "The OwnerId that your Access Key Id associated to is forbidden for this operation.",
)  # fmt: skip
UNKNOWN_KEY: Final = _documented(
    "InvalidAccessKeyId", 403, "The AccessKey Id you provided is not exist."
)
INTERNAL_ERROR: Final = _documented("InternalError", 500, "Interal error.")
"""The spelling is the service's."""
INVALID_AUTHORIZATION: Final = _documented(
    "InvalidAuthorizationHeader", 400, "The Authorization header format is invalid."
)
MISSING_AUTHORIZATION: Final = _documented(
    "MissingAuthorizationHeader", 400, "Authorization header is required."
)
INVALID_DATE: Final = _documented("InvalidDateHeader", 400, "The Date header format is invalid.")
MISSING_DATE: Final = _documented("MissingDateHeader", 400, "Date header is required.")
TIME_EXPIRED: Final = _documented("TimeExpired", 408, "The http request you sent is expired.")
WRONG_SIGNATURE: Final = _documented(
    "SignatureDoesNotMatch", 403,
    "The request signature we calculated does not match the signature you provided. Check your"
    " key and signing method.",
)  # fmt: skip
WRONG_DIGEST: Final = _documented("InvalidDegist", 400, "The Content-MD5 you specified is invalid.")
"""The spelling is the service's."""

WRONG_TOKEN: Final = _inferred("InvalidSecurityToken", 403, "The security token is invalid.")
EXPIRED_TOKEN: Final = _inferred("InvalidSecurityToken", 403, "The security token is expired.")

INVALID_URL: Final = _documented("InvalidRequestURL", 400, "Http request URL format invalid.")
OUT_OF_RANGE: Final = _documented(
    "InvalidArgument", 400, "The value of {name} should between {low} and {high} {unit}."
)
INVALID_XML: Final = _documented(
    "InvalidArgument", 400,
    "The XML you provided did not validate against our published schema, cause by {element}.",
)  # fmt: skip
MALFORMED_XML: Final = _documented("MalformedXML", 400, "The XML you provided was not well-formed.")
MISSING_HANDLE: Final = _documented("MissingReceiptHandle", 400, "ReceiptHandle is required.")
MISSING_TIMEOUT: Final = _documented(
    "MissingVisibilityTimeout", 400, "VisibilityTimeout is required."
)

MESSAGE_NOT_EXIST: Final = _documented("MessageNotExist", 404, "Message not exist.")
WRONG_HANDLE: Final = _documented(
    "ReceiptHandleError", 400, "The receipt handle you provide is not valid."
)
QUEUE_NOT_EXIST: Final = _documented(
    "QueueNotExist", 404, "The queue name you provided is not exist."
)
QUEUE_ALREADY_EXIST: Final = _documented(
    "QueueAlreadyExist", 409, "The queue you want to create is already exist."
)
INVALID_QUEUE_NAME: Final = _documented(
    "InvalidQueueName", 400,
    "The queue name you provided is invalid. QueueName should start with alpha and contain only"
    " alpha, digit or -.",
)  # fmt: skip
QUEUE_NAME_LENGTH: Final = _documented(
    "QueueNameLengthError", 400, "Queue name length should between 1 to 256."
)
