"""Writing answers: the one place that knows their shape."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple

from fake_ims.errors import ApiError
from fake_ims.faults.effects import Effect

Format = Literal["json", "xml"]

CONTENT_TYPES: Final[Mapping[Format, str]] = {
    "json": "application/json;charset=utf-8",
    "xml": "text/xml;charset=utf-8",
}
"""Exactly so: some SDKs read XML errors under no other spelling (measured)."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class Sending(NamedTuple):
    """How an answer is sent that a fault spoils.

    ``wait`` waits for some seconds; it is false when there is no reason to wait any more.
    """

    effect: Effect
    wait: Callable[[float], bool]


@dataclass(slots=True, eq=False)
class Answer:
    """An answer, ready to be sent; ``sending`` when a fault spoils that, too."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    sending: Sending | None = None


def render_success(
    document: Mapping[str, Any], request_id: str, action: str, form: Format = "json"
) -> Answer:
    """The answer of an operation that succeeded."""
    return _answer(
        200, {"RequestId": request_id, **document}, request_id, f"{action}Response", form
    )


def render_error(error: ApiError, request_id: str, host_id: str, form: Format = "json") -> Answer:
    """The answer of a request that was refused.

    The order of the keys tells who refused, the gateway or the product (captures of 2023); in XML
    it is always that of the product.
    """
    recommend = (
        f"https://api.aliyun.com/troubleshoot?q={error.code}&product=ICE&requestId={request_id}"
    )
    document: dict[str, Any] = {"RequestId": request_id}
    if error.kind.layer == "gateway" and form == "json":
        document |= {"Message": error.message, "Recommend": recommend}
        document |= {"HostId": host_id, "Code": error.code}
    else:
        document |= {"HostId": host_id, "Code": error.code}
        document |= {"Message": error.message, "Recommend": recommend}
    if error.access_denied_detail is not None:
        document["AccessDeniedDetail"] = error.access_denied_detail
    return _answer(error.status, document, request_id, "Error", form)


def _answer(
    status: int, document: Mapping[str, Any], request_id: str, root: str, form: Format
) -> Answer:
    if form == "json":
        text = _ENCODER.encode(document)
    else:
        from fake_ims.gateway.xml import write_xml

        text = write_xml(root, document)
    headers = (
        ("Content-Type", CONTENT_TYPES[form]),
        ("x-acs-request-id", request_id),
        ("x-acs-trace-id", request_id.replace("-", "").lower()),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "*"),
    )
    return Answer(status, headers, text.encode())
