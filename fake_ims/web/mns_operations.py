"""What clients of the message service can ask: the operations of queues and messages."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from fake_ims.clock import Instant
from fake_ims.errors import ApiError
from fake_ims.events.message_queues import (
    MOST_AT_ONCE,
    Message,
    MessageNotExistError,
    MessageQueue,
    QueueAttributes,
    ReceiptHandleError,
)
from fake_ims.web import mns_errors
from fake_ims.web.mns_requests import (
    ATTRIBUTES,
    MnsRequest,
    check_queue_name,
    read_attributes,
    read_messages,
    read_receipt_handles,
    whole_number,
)
from fake_ims.world import World

_MOST_LISTED: Final = 1000


class Reply(NamedTuple):
    """An answer: its document under its root element, or no body without one."""

    status: int
    root: str = ""
    document: Mapping[str, Any] | None = None
    headers: tuple[tuple[str, str], ...] = ()
    code: str = ""
    """What went wrong with part of it."""


@dataclass(slots=True)
class Doing:
    """A request being handled, under the world's lock."""

    request: MnsRequest
    world: World
    now: Instant
    queue: MessageQueue = field(init=False)

    @property
    def name(self) -> str:
        """Of the queue that is asked for."""
        return self.request.queue_name

    def url_of(self, name: str) -> str:
        """Where this client finds a queue."""
        return f"http://{self.request.http.headers.get('host', '')}/queues/{name}"

    def number(self, name: str, low: int, high: int, default: int, unit: str = "") -> int:
        """A number of the query string."""
        text = self.request.query.get(name.lower())
        return default if text is None else whole_number(text, name, low, high, unit)


# ---------------------------------------------------------------- queues


def create_queue(doing: Doing) -> Reply:
    """201; 204 if it exists with the same attributes (documented)."""
    queues = doing.world.queues
    attributes = read_attributes(doing.request, QueueAttributes())
    queue = queues.open(doing.name, doing.now)
    assert queue is not None  # the name has been checked
    status = 201
    if not queue.created:
        queue.created, queue.attributes, queue.last_modify_at = True, attributes, doing.now
    elif queue.attributes == attributes:
        status = 204
    else:
        raise mns_errors.QUEUE_ALREADY_EXIST()
    return Reply(status, headers=(("Location", doing.url_of(doing.name)),))


def set_queue_attributes(doing: Doing) -> Reply:
    """204; what is not sent stays."""
    doing.queue.attributes = read_attributes(doing.request, doing.queue.attributes)
    doing.queue.last_modify_at = doing.now
    return Reply(204)


def get_queue_attributes(doing: Doing) -> Reply:
    """200; times are seconds (documented)."""
    return Reply(200, "Queue", _described(doing.queue, doing.now))


def _described(queue: MessageQueue, now: Instant) -> dict[str, Any]:
    counts = queue.counts(now)
    set_ = {
        name: getattr(queue.attributes, attribute) for name, (attribute, *_) in ATTRIBUTES.items()
    }
    return {
        "QueueName": queue.name,
        "CreateTime": queue.create_at // 1_000_000,
        "LastModifyTime": queue.last_modify_at // 1_000_000,
        **set_,
        "ActiveMessages": counts.active,
        "InactiveMessages": counts.inactive,
        "DelayMessages": counts.delayed,
        "LoggingEnabled": str(queue.attributes.logging_enabled),
    }


def delete_queue(doing: Doing) -> Reply:
    """204, also if there is none (documented)."""
    doing.world.queues.remove(doing.name)
    return Reply(204)


def list_queue(doing: Doing) -> Reply:
    """200; by name, which is the marker of the next page."""
    headers = doing.request.http.headers
    prefix, marker = headers.get("x-mns-prefix", ""), headers.get("x-mns-marker", "")
    text = headers.get("x-mns-ret-number", str(_MOST_LISTED))
    most = whole_number(text, "x-mns-ret-number", 1, _MOST_LISTED)
    found = (
        queue
        for queue in doing.world.queues
        if queue.name.startswith(prefix) and queue.name >= marker
    )
    page = heapq.nsmallest(most + 1, found, key=lambda queue: queue.name)
    with_meta = headers.get("x-mns-with-meta", "").lower() == "true"
    shown = [
        {
            "QueueURL": doing.url_of(queue.name),
            **(_described(queue, doing.now) if with_meta else {}),
        }
        for queue in page[:most]
    ]
    following = page[most].name if len(page) > most else None
    return Reply(200, "Queues", {"Queue": shown, "NextMarker": following})


# ---------------------------------------------------------------- messages


def send_message(doing: Doing) -> Reply:
    """201; nothing is sent unless all can be."""
    sent = [
        doing.queue.put(
            each.body, doing.now, priority=each.priority, delay_seconds=each.delay_seconds
        )
        for each in read_messages(doing.request, doing.queue.attributes)
    ]
    told = [
        {
            "MessageId": message.message_id,
            "MessageBodyMD5": message.body_md5,
            "ReceiptHandle": message.receipt_handle or None,
        }
        for message in sent
    ]
    if doing.request.action == "SendMessage":
        return Reply(201, "Message", told[0])
    return Reply(201, "Messages", {"Message": told})


def receive_message(doing: Doing) -> Reply:
    """200, or 404 MessageNotExist after ``waitseconds``, or else PollingWaitSeconds."""
    most = doing.number("numOfMessages", 1, MOST_AT_ONCE, 1)
    default = doing.queue.attributes.polling_wait_seconds
    seconds = doing.number("waitseconds", 0, 30, default, "seconds")
    return _shown(doing, doing.queue.receive(doing.now, most), seconds, most)


def _shown(doing: Doing, found: list[Message], seconds: int, most: int) -> Reply:
    if not found and seconds:
        raise Wait(doing.queue, most, seconds)
    return messages_reply(doing.request, found)


class Wait(Exception):  # noqa: N818
    """Nothing is there yet, and the client is willing to wait."""

    def __init__(self, queue: MessageQueue, most: int, seconds: int) -> None:
        super().__init__()
        self.queue, self.most, self.seconds = queue, most, seconds


def messages_reply(request: MnsRequest, found: list[Message]) -> Reply:
    """What was received or looked at.

    :raises ApiError: MessageNotExist for nothing.
    """
    if not found:
        raise mns_errors.MESSAGE_NOT_EXIST()
    peeked = "Peek" in request.action
    told = [_told(message, peeked=peeked) for message in found]
    if request.action.startswith("Batch"):
        return Reply(200, "Messages", {"Message": told})
    return Reply(200, "Message", told[0])


def _told(message: Message, *, peeked: bool) -> dict[str, Any]:
    """Times are milliseconds (documented); 0 for what has not been received yet (inferred)."""
    first = message.first_dequeue_at
    return {
        "MessageId": message.message_id,
        "ReceiptHandle": None if peeked else message.receipt_handle,
        "MessageBody": message.body,
        "MessageBodyMD5": message.body_md5,
        "EnqueueTime": message.enqueue_at // 1000,
        "NextVisibleTime": None if peeked else message.next_visible_at // 1000,
        "FirstDequeueTime": 0 if first is None else first // 1000,
        "DequeueCount": message.dequeue_count,
        "Priority": message.priority,
    }


def peek_message(doing: Doing) -> Reply:
    """200, or 404 MessageNotExist."""
    most = doing.number("numOfMessages", 1, MOST_AT_ONCE, 1)
    return messages_reply(doing.request, doing.queue.peek(doing.now, most))


def delete_message(doing: Doing) -> Reply:
    """204."""
    handle = doing.request.query["receipthandle"]
    if not handle:
        raise mns_errors.MISSING_HANDLE()
    _with_handle(lambda: doing.queue.delete(handle, doing.now))
    return Reply(204)


def batch_delete_message(doing: Doing) -> Reply:
    """204; 404 if some could not be deleted, with those (documented); the others are."""
    if not doing.request.http.body.strip():
        raise mns_errors.MISSING_HANDLE()
    handles = read_receipt_handles(doing.request)
    failed = [each for each in (_failure(doing, handle) for handle in handles) if each]
    if not failed:
        return Reply(204)
    return Reply(404, "Errors", {"Error": failed}, code=failed[0]["ErrorCode"])


def _failure(doing: Doing, handle: str) -> dict[str, str] | None:
    """Delete one of several; what went wrong."""
    try:
        _with_handle(lambda: doing.queue.delete(handle, doing.now))
    except ApiError as error:
        return {"ErrorCode": error.code, "ErrorMessage": error.message, "ReceiptHandle": handle}
    return None


def change_message_visibility(doing: Doing) -> Reply:
    """200, with a new handle."""
    query = doing.request.query
    if not query.get("receipthandle"):
        raise mns_errors.MISSING_HANDLE()
    if "visibilitytimeout" not in query:
        raise mns_errors.MISSING_TIMEOUT()
    seconds = doing.number("VisibilityTimeout", 1, 43200, 0, "seconds")
    message = _with_handle(
        lambda: doing.queue.change_visibility(query["receipthandle"], seconds, doing.now)
    )
    return Reply(200, "ChangeVisibility", {
        "ReceiptHandle": message.receipt_handle,
        "NextVisibleTime": message.next_visible_at // 1000,
    })  # fmt: skip


def _with_handle(do: Callable[[], Any]) -> Any:
    try:
        return do()
    except MessageNotExistError:
        raise mns_errors.MESSAGE_NOT_EXIST() from None
    except ReceiptHandleError:
        raise mns_errors.WRONG_HANDLE() from None


OPERATIONS: Final[Mapping[str, Callable[[Doing], Reply]]] = {
    "CreateQueue": create_queue,
    "SetQueueAttributes": set_queue_attributes,
    "GetQueueAttributes": get_queue_attributes,
    "DeleteQueue": delete_queue,
    "ListQueue": list_queue,
    "SendMessage": send_message,
    "BatchSendMessage": send_message,
    "ReceiveMessage": receive_message,
    "BatchReceiveMessage": receive_message,
    "PeekMessage": peek_message,
    "BatchPeekMessage": peek_message,
    "DeleteMessage": delete_message,
    "BatchDeleteMessage": batch_delete_message,
    "ChangeMessageVisibility": change_message_visibility,
}

_WITHOUT_QUEUE: Final = ("CreateQueue", "DeleteQueue", "ListQueue")


def handle(request: MnsRequest, world: World) -> Reply:
    """Do what a request asks; the caller holds the world's lock.

    :raises ApiError: if it is refused.
    :raises Wait: if there is nothing yet, but the client is willing to wait.
    """
    doing = Doing(request, world, world.catch_up())
    if request.action != "ListQueue":
        check_queue_name(request.queue_name)
    if request.action not in _WITHOUT_QUEUE:
        queue = world.queues.get(request.queue_name, doing.now)
        if queue is None:
            raise mns_errors.QUEUE_NOT_EXIST()
        doing.queue = queue
    return OPERATIONS[request.action](doing)
