"""Operations as data: each declared once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from fake_ims.clock import Instant
from fake_ims.events.configuration import Configured
from fake_ims.evidence import Evidence
from fake_ims.gateway.fields import RequestSchema, ResponseSchema
from fake_ims.jobs.jobs import Jobs
from fake_ims.library.library import Library
from fake_ims.library.storage import StorageLocations
from fake_ims.media.objects import ObjectStore
from fake_ims.media.signing import UrlSigner
from fake_ims.settings import Choices, Settings

Access = Literal["create", "get", "list", "update", "delete"]

PRODUCT: Final = "ICE"
VERSION: Final = "2020-11-09"

ANONYMOUS_ACTIONS: Final = frozenset({
    "GetPublicMediaInfo", "ListAllPublicMediaTags", "ListPublicMediaBasicInfos",
})  # fmt: skip
"""What may be called without a signature: the newest SDKs send none (measured)."""


OF_EVERY_CALL: Final = (
    "missing_parameter", "bad_value", "throttling_status", "default_format",
    "unsupported_method_status", "action_check", "unknown_key_status", "security_token_status",
    "signed_headers", "signature_message",
)  # fmt: skip
"""The open questions that the gateway asks: an answer of any operation can depend on them."""


@dataclass(slots=True, eq=False)
class Services:
    """All that a handler may use; it runs under the world's lock, at one point in time."""

    now: Instant
    settings: Settings
    choices: Choices
    library: Library
    objects: ObjectStore
    signer: UrlSigner
    callback: Configured
    jobs: Jobs
    find_storage: Callable[[], StorageLocations]

    @property
    def storage(self) -> StorageLocations:
        """The buckets; most worlds never need them."""
        return self.find_storage()


Handler = Callable[[Any, Services], Any]

Find = Callable[[str], "Operation | None"]
"""The operation that the fake implements under a name, or None."""


def ram_action(action: str) -> str:
    """The action that a policy names for an operation (documented): ``ice:<Operation>``."""
    return f"{PRODUCT.lower()}:{action}"


class Operation(NamedTuple):
    """One operation of the API: its request, what it does, its response, its RAM access level.

    ``evidence`` says how its answers are known, ``questions`` which open questions of the real
    service they can depend on: names of settings, beside those OF_EVERY_CALL.
    """

    action: str
    request: RequestSchema
    response: ResponseSchema
    handler: Handler
    access: Access
    evidence: Evidence = Evidence.DOCUMENTED
    questions: tuple[str, ...] = ()
    product: str = PRODUCT
    version: str = VERSION

    @property
    def ram_action(self) -> str:
        """The action that a policy names."""
        return ram_action(self.action)

    def __repr__(self) -> str:
        return f"<Operation {self.action} {self.product} {self.version}>"


def operation(
    action: str,
    *,
    request: type[RequestSchema],
    response: type[ResponseSchema],
    access: Access,
    evidence: Evidence = Evidence.DOCUMENTED,
    questions: tuple[str, ...] = (),
) -> Callable[[Handler], Operation]:
    """Declare an operation: the decorated handler becomes its record, and nothing else changes.

    The handler takes the request schema's record and :class:`Services`, and returns the object
    that the response schema writes. It raises :class:`~fake_ims.errors.ApiError` to refuse.
    """

    def declare(handler: Handler) -> Operation:
        return Operation(action, request(), response(), handler, access, evidence, questions)

    return declare


@functools.cache
def known_actions() -> frozenset[str]:
    """The names of all operations of the real service, as its newest Python SDK has them."""
    import importlib.resources  # a tenth of a cold start, for what most runs never ask

    text = importlib.resources.files("fake_ims.gateway").joinpath("known_actions.txt")
    lines = text.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
