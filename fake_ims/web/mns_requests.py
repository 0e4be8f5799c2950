"""Reading requests to the message service: what is asked, of which queue, and the XML bodies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote
from xml.etree import ElementTree

from fake_ims.events.message_queues import MOST_AT_ONCE, NAME, QueueAttributes
from fake_ims.gateway.request import HttpRequest
from fake_ims.web import mns_errors

_FIRST_TAG: Final = re.compile(rb"<([A-Za-z]+)")
_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)

ATTRIBUTES: Final[Mapping[str, tuple[str, int, int, str]]] = {
    "DelaySeconds": ("delay_seconds", 0, 604800, "seconds"),
    "MaximumMessageSize": ("maximum_message_size", 1024, 65536, "bytes"),
    "MessageRetentionPeriod": ("message_retention_period", 60, 604800, "seconds"),
    "VisibilityTimeout": ("visibility_timeout", 1, 43200, "seconds"),
    "PollingWaitSeconds": ("polling_wait_seconds", 0, 30, "seconds"),
}
"""Attributes of a queue with their ranges (documented)."""

_KNOWN: Final = {"MessageBody", "DelaySeconds", "Priority"}


@dataclass(slots=True)
class MnsRequest:
    """One request; ``query`` by name in lower case, ``action`` empty for what there is not."""

    http: HttpRequest
    target: str
    action: str
    queue_name: str
    query: Mapping[str, str]
    ignored: tuple[str, ...] = field(default=())

    @property
    def parameters(self) -> dict[str, str]:
        """What the journal shows of it."""
        queue = {"QueueName": self.queue_name} if self.queue_name else {}
        return {**queue, **self.query}


def read_mns_request(http: HttpRequest, target: str) -> MnsRequest:
    """What a request asks for.

    :param target: of the request line: receipt handles hold ``+``, which stands for itself here.
    """
    pairs = (part.partition("=") for part in target.partition("?")[2].split("&") if part)
    query = {unquote(name).lower(): unquote(value) for name, _, value in pairs}
    parts = http.path.rstrip("/").split("/")[2:]
    queue_name = parts[0] if parts else ""
    action = ""
    if not parts:
        action = {"GET": "ListQueue"}.get(http.method, "")
    elif len(parts) == 1:
        creates = "SetQueueAttributes" if "metaoverride" in query else "CreateQueue"
        action = {
            "PUT": creates, "GET": "GetQueueAttributes", "DELETE": "DeleteQueue",
        }.get(http.method, "")  # fmt: skip
    elif parts[1:] == ["messages"]:
        action = _of_messages(http, query)
    return MnsRequest(http, target, action, queue_name, query)


def _of_messages(http: HttpRequest, query: Mapping[str, str]) -> str:
    if http.method == "POST":
        root = _FIRST_TAG.search(http.body)
        several = root is not None and root[1] == b"Messages"
        return "BatchSendMessage" if several else "SendMessage"
    if http.method == "GET":
        verb = "Peek" if query.get("peekonly", "").lower() == "true" else "Receive"
        return f"{'Batch' if 'numofmessages' in query else ''}{verb}Message"
    if http.method == "DELETE":
        return "DeleteMessage" if "receipthandle" in query else "BatchDeleteMessage"
    return "ChangeMessageVisibility" if http.method == "PUT" else ""


def whole_number(text: str, name: str, low: int, high: int, unit: str = "") -> int:
    """A number in its range.

    :raises ApiError: InvalidArgument.
    """
    if _NUMBER.fullmatch(text) is None or not low <= int(text) <= high:
        error = mns_errors.OUT_OF_RANGE(name=name, low=str(low), high=str(high), unit=unit)
        error.message = error.message.replace(" .", ".")
        raise error
    return int(text)


def check_queue_name(name: str) -> None:
    """Refuse a name that no queue can have.

    :raises ApiError: InvalidQueueName or QueueNameLengthError.
    """
    if not 1 <= len(name) <= 256:
        raise mns_errors.QUEUE_NAME_LENGTH()
    if not NAME.fullmatch(name):
        raise mns_errors.INVALID_QUEUE_NAME()


# ---------------------------------------------------------------- bodies


class _NoDoctype(ElementTree.TreeBuilder):
    """Refuses what could define entities."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Refuse it."""
        raise ValueError("a document type")


def _read_xml(body: bytes, root: str) -> ElementTree.Element:
    """The root element of a body.

    :raises ApiError: MalformedXML; InvalidArgument for another root.
    """
    parser = ElementTree.XMLParser(target=_NoDoctype())
    try:
        parser.feed(body)
        element: ElementTree.Element = parser.close()
    except (ElementTree.ParseError, LookupError, ValueError):  # of an encoding, too
        raise mns_errors.MALFORMED_XML() from None
    if _name(element) != root:
        raise mns_errors.INVALID_XML(element=_name(element))
    return element


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _values(element: ElementTree.Element) -> dict[str, str]:
    return {_name(child): child.text or "" for child in element}


def read_attributes(request: MnsRequest, known: QueueAttributes) -> QueueAttributes:
    """The attributes that a body sets, the others as they are known.

    :raises ApiError: for a body that is no such document, or a value out of range.
    """
    body = request.http.body
    if not body.strip():
        return known
    values = _values(_read_xml(body, "Queue"))
    request.ignored = tuple(sorted(values.keys() - ATTRIBUTES.keys() - {"LoggingEnabled"}))
    found: dict[str, int] = {}
    for name, (attribute, low, high, unit) in ATTRIBUTES.items():
        if name in values:
            found[attribute] = whole_number(values[name].strip(), name, low, high, unit)
    logging = values.get("LoggingEnabled", str(known.logging_enabled)).strip().lower()
    if logging not in ("true", "false"):
        raise mns_errors.INVALID_XML(element="LoggingEnabled")
    numbers = {each: getattr(known, each) for each, *_ in ATTRIBUTES.values()}
    return QueueAttributes(**{**numbers, **found}, logging_enabled=logging == "true")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that a client sends."""

    body: str
    priority: int
    delay_seconds: int | None


def read_messages(request: MnsRequest, attributes: QueueAttributes) -> list[Sent]:
    """The messages of a body, of one or of several.

    :raises ApiError: for a body that is no such document, or a value out of range.
    """
    several = request.action == "BatchSendMessage"
    root = _read_xml(request.http.body, "Messages" if several else "Message")
    elements = [each for each in root if _name(each) == "Message"] if several else [root]
    if not 1 <= len(elements) <= MOST_AT_ONCE:
        raise mns_errors.INVALID_XML(element="Messages")
    return [_read_message(request, each, attributes) for each in elements]


def _read_message(
    request: MnsRequest, element: ElementTree.Element, attributes: QueueAttributes
) -> Sent:
    values = _values(element)
    request.ignored = tuple(sorted({*request.ignored, *values.keys() - _KNOWN}))
    if "MessageBody" not in values:
        raise mns_errors.INVALID_XML(element="MessageBody")
    body, most = values["MessageBody"], attributes.maximum_message_size
    whole_number(str(len(body.encode())), "MessageBody", 1, most, "bytes")
    priority = whole_number(values.get("Priority", "8").strip(), "Priority", 1, 16)
    delay = values.get("DelaySeconds")
    if delay is None:
        return Sent(body, priority, None)
    return Sent(body, priority, whole_number(delay.strip(), "DelaySeconds", 0, 604800, "seconds"))


def read_receipt_handles(request: MnsRequest) -> Iterator[str]:
    """The receipt handles of a body.

    :raises ApiError: for a body that is no such document, or has none or too many.
    """
    root = _read_xml(request.http.body, "ReceiptHandles")
    handles = [each.text or "" for each in root if _name(each) == "ReceiptHandle"]
    if not 1 <= len(handles) <= MOST_AT_ONCE:
        raise mns_errors.INVALID_XML(element="ReceiptHandles")
    return iter(handles)
