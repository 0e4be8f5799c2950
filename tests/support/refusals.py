"""What a gateway that enforces refuses: each refusal, and a request that has just that wrong.

The table is in the order of the checks, so of two things that are wrong the one that stands higher
up is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from signed import Prepared, Signed

if TYPE_CHECKING:
    from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"
UNKNOWN = {"MediaId": "0" * 32}
"""An asset that nobody has: InvalidParameter, once it is let in."""
SCHEMES = ("rpc", "acs3")
GATEWAY_ORDER = ["RequestId", "Message", "Recommend", "HostId", "Code"]
PRODUCT_ORDER = ["RequestId", "HostId", "Code", "Message", "Recommend"]
LONG_AGO = "2001-02-03T04:05:06Z"
USED = "a-nonce-that-was-used"


@dataclass(frozen=True)
class Wrong:
    """One thing that is wrong with a request, and what is answered.

    ``message`` is its beginning. ``schemes`` says which signatures can have it. What is wrong is
    any of: parameters in ``common`` and headers in ``headers`` (of the one scheme and the other),
    the operation's ``parameters``, ``options`` of both schemes, the ``keys``, their ``secret``, and
    what was done ``before`` to the world.
    """

    stage: str
    status: int
    code: str
    message: str
    schemes: tuple[str, ...] = SCHEMES
    common: Mapping[str, str | None] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    parameters: Mapping[str, str | None] = field(default_factory=dict)
    acs3: Mapping[str, Any] = field(default_factory=dict)
    changed: Mapping[str, Any] = field(default_factory=dict)
    keys: Callable[[FakeIms], Any] | None = None
    secret: str = ""
    before: Callable[[FakeIms], object] | None = None
    order: tuple[str, ...] = tuple(GATEWAY_ORDER)

    def touches(self, scheme: str) -> set[str]:
        """What two of them cannot both change."""
        names = {*(self.common if scheme == "rpc" else self.headers), *self.parameters}
        single = {"keys": self.keys, "secret": self.secret, "acs3": self.acs3}
        return names | {name for name, value in single.items() if value}


def missing(name: str, header: str | None = None) -> Wrong:
    return Wrong(
        "common parameters", 400, f"Missing{name}", f"{name} is mandatory for this action.",
        schemes=SCHEMES if header else ("rpc",),
        common={name: None}, headers={header: None} if header else {},
    )  # fmt: skip


def wrong_token(code: str, message: str, keys: Callable[[FakeIms], Any]) -> Wrong:
    return Wrong("access key", 400, code, message, keys=keys)


def use_the_nonce(ims: FakeIms) -> None:
    client = Signed(ims)
    client.rpc("GetMediaInfo", common={"SignatureNonce": USED})


WRONGS: Mapping[str, Wrong] = {
    "method": Wrong(
        "line", 403, "UnsupportedHTTPMethod", "This http method not supported.",
        changed={"method": "PUT"},
    ),
    "no action": Wrong(
        "line", 400, "MissingAction", "Action is mandatory for this action.",
        common={"Action": None}, headers={"x-acs-action": None},
    ),
    "format": Wrong(
        "format", 400, "InvalidParameter.Format", "Specified parameter format is not valid.",
        common={"Format": "YAML"}, parameters={"Format": "YAML"},
    ),
    "no version": missing("Version", "x-acs-version"),
    "no key": missing("AccessKeyId"),
    "no method of signature": missing("SignatureMethod"),
    "no version of signature": missing("SignatureVersion"),
    "no timestamp": missing("Timestamp", "x-acs-date"),
    "no nonce": missing("SignatureNonce", "x-acs-signature-nonce"),
    "no signature": Wrong(
        "form of signature", 400, "IncompleteSignature",
        "The request signature does not conform to Aliyun standards.",
        common={"Signature": ""}, acs3={"headers": {"authorization": "ACS3-HMAC-SHA256 nonsense"}},
    ),
    "method of signature": Wrong(
        "form of signature", 400, "InvalidSignatureMethod",
        "Specified signature method is not valid.",
        common={"SignatureMethod": "HMAC-SHA256"}, acs3={"algorithm": "ACS3-HMAC-SHA1"},
    ),
    "version of signature": Wrong(
        "form of signature", 400, "InvalidSignatureVersion",
        "Specified parameter SignatureVersion is not valid.",
        schemes=("rpc",), common={"SignatureVersion": "2.0"},
    ),
    "signature of RSA": Wrong(
        "form of signature", 501, "FakeIms.CannotVerifySignature", "ACS3-RSA-SHA256 is ",
        schemes=("acs3",), acs3={"algorithm": "ACS3-RSA-SHA256"}, order=tuple(PRODUCT_ORDER),
    ),
    "unknown key": Wrong(
        "access key", 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.",
        keys=lambda ims: "LTAI5tNobodyHasThisKey", secret="any",
    ),
    "disabled key": Wrong(
        "access key", 400, "InvalidAccessKeyId.Inactive", "Specified access key is disabled.",
        keys=lambda ims: ims.ram.default, before=lambda ims: ims.ram.disable(),
    ),
    "no token": wrong_token(
        "MissingSecurityToken", "SecurityToken is mandatory for this action.",
        lambda ims: ims.ram.temporary_keys()._replace(security_token=""),
    ),
    "wrong token": wrong_token(
        "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.",
        lambda ims: ims.ram.temporary_keys()._replace(security_token="CAISwrong"),
    ),
    "token of others": wrong_token(
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
        lambda ims: ims.ram.temporary_keys()._replace(
            security_token=ims.ram.temporary_keys().security_token
        ),
    ),
    "expired token": wrong_token(
        "InvalidSecurityToken.Expired", "Specified SecurityToken is expired.",
        lambda ims: ims.ram.temporary_keys(lifetime="0s"),
    ),
    "malformed timestamp": Wrong(
        "timestamp", 400, "InvalidTimeStamp.Format",
        "Specified time stamp or date value is not well formatted.",
        common={"Timestamp": "yesterday"}, headers={"x-acs-date": "yesterday"},
    ),
    "stale timestamp": Wrong(
        "timestamp", 400, "InvalidTimeStamp.Expired",
        "Specified time stamp or date value is expired.",
        common={"Timestamp": LONG_AGO}, headers={"x-acs-date": LONG_AGO},
    ),
    "wrong secret": Wrong(
        "signature", 400, "SignatureDoesNotMatch", "Specified signature ", secret="wrong",
    ),
    "used nonce": Wrong(
        "nonce", 400, "SignatureNonceUsed", "Specified signature nonce was used already.",
        common={"SignatureNonce": USED}, headers={"x-acs-signature-nonce": USED},
        before=use_the_nonce,
    ),
    "wrong version": Wrong(
        "operation", 400, "InvalidVersion", "Specified parameter Version is not valid.",
        common={"Version": "2019-01-01"}, headers={"x-acs-version": "2019-01-01"},
    ),
    "unknown action": Wrong(
        "operation", 404, "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method.",
        common={"Action": "Nonsense"}, headers={"x-acs-action": "Nonsense"},
    ),
    "no url": Wrong(
        "declared parameters", 400, "MissingInputURL", "InputURL is mandatory for this action.",
        parameters={"InputURL": None},
    ),
    "no number": Wrong(
        "declared parameters", 400, "InvalidCateId", "Specified parameter CateId is not valid.",
        parameters={"CateId": "x"},
    ),
    "denied": Wrong(
        "RAM", 403, "Forbidden", "User not authorized to operate on the specified resource.",
        before=lambda ims: ims.ram.deny("ice:*"), order=(*GATEWAY_ORDER, "AccessDeniedDetail"),
    ),
    "wrong value": Wrong(
        "product", 400, "InvalidParameter", 'The specified parameter "MediaType" is not valid.',
        parameters={"MediaType": "x"}, order=tuple(PRODUCT_ORDER),
    ),
}  # fmt: skip

AUTHENTICATION = (
    "format", "common parameters", "form of signature", "access key", "timestamp", "signature",
    "nonce",
)  # fmt: skip
"""The stages that the setting ``mode`` decides about."""


def prepared(ims: FakeIms, scheme: str, *wrongs: Wrong) -> Prepared:
    """A RegisterMediaInfo that is right but for some things; the world is made ready for it."""
    for wrong in reversed(wrongs):
        if wrong.before is not None:
            wrong.before(ims)
    keys = next((wrong.keys(ims) for wrong in wrongs if wrong.keys is not None), None)
    secret = next((wrong.secret for wrong in wrongs if wrong.secret), "")
    client = Signed(ims, keys, secret)
    sent: dict[str, str | None] = {"InputURL": URL}
    common: dict[str, str | None] = {}
    headers: dict[str, str | None] = {}
    for wrong in wrongs:
        sent |= wrong.parameters
        common |= wrong.common
        headers |= wrong.headers
    parameters: dict[str, Any] = {name: text for name, text in sent.items() if text is not None}
    if scheme == "rpc":
        request = client.rpc_request("RegisterMediaInfo", common=common, **parameters)
    else:
        options: dict[str, Any] = {}
        for wrong in wrongs:
            options |= wrong.acs3
        headers |= options.pop("headers", {})
        request = client.acs3_request("RegisterMediaInfo", headers=headers, **options, **parameters)
    for wrong in wrongs:
        request = request.changed(**wrong.changed)
    return request


def pairs_of(scheme: str) -> Iterator[tuple[Wrong, Wrong]]:
    """Each two that one request can have, the earlier first."""
    possible = [wrong for wrong in WRONGS.values() if scheme in wrong.schemes]
    for earlier, later in combinations(possible, 2):
        if not earlier.touches(scheme) & later.touches(scheme):
            yield earlier, later
