"""Writing answers: the one place that knows their shape."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from fake_ims.errors import ApiError

Format = Literal["json", "xml"]

CONTENT_TYPES: Final[Mapping[Format, str]] = {
    "json": "application/json;charset=utf-8",
    "xml": "text/xml;charset=utf-8",
}
"""Exactly so: some SDKs read XML errors under no other spelling (measured)."""

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})


@dataclass(slots=True, eq=False)
class Answer:
    """An answer, ready to be sent."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


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
    text = _ENCODER.encode(document) if form == "json" else _xml(root, document)
    headers = (
        ("Content-Type", CONTENT_TYPES[form]),
        ("x-acs-request-id", request_id),
        ("x-acs-trace-id", request_id.replace("-", "").lower()),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "*"),
    )
    return Answer(status, headers, text.encode())


def _xml(root: str, document: Mapping[str, Any]) -> str:
    """The document as XML. What XML cannot write, such as NUL, becomes U+FFFD."""
    return "<?xml version='1.0' encoding='UTF-8'?>" + "".join(_elements(root, document))


def _elements(name: str, value: Any) -> Iterator[str]:
    """An element; of a list one for each item, under the name of the list (inferred)."""
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _elements(name, item)
        return
    yield f"<{name}>"
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _elements(key, part)
    elif name == "Recommend":
        yield f"<![CDATA[{_legible(value).replace(']]>', ']]]]><![CDATA[>')}]]>"
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        yield _legible(text).translate(_ESCAPES)
    yield f"</{name}>"


def _legible(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
