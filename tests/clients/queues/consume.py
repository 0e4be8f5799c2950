"""The official Python client of the message service, any version, as a consumer of callbacks.

Standard input says where the service is, with which keys, and the queue; standard output is a JSON
list of what the program sees at each step, in the words of ``test_message_service.py``.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from typing import Any

from mns.account import Account
from mns.mns_exception import MNSServerException
from mns.queue import Message, QueueMeta

warnings.simplefilter("ignore")  # the client's own: it means to drop the counts of messages

task = json.load(sys.stdin)
told: list[Any] = []
REAL_STDOUT, sys.stdout = sys.stdout, sys.stderr  # an old version prints what it signs


def connect(key: str, secret: str) -> Any:
    """An account of the client's."""
    return Account(task["url"], key, secret)


def refused(do: Callable[[], object]) -> list[str]:
    """The codes that the service refuses something with."""
    try:
        do()
    except MNSServerException as error:
        parts = getattr(error, "sub_errors", None) or []
        return [error.type, *(part["ErrorCode"] for part in parts)]
    raise AssertionError("it was not refused")


def body_of(message: Any) -> str:
    """The message's text."""
    body = message.message_body
    return body.decode() if isinstance(body, bytes) else str(body)


account = connect(task["key"], task["secret"])
other = account.get_queue(task["other"])
told.append(other.create(QueueMeta(vis_timeout=100)).split("/")[-2:])
told.append(other.get_attributes().visibility_timeout)
other.set_attributes(QueueMeta(vis_timeout=50))
told.append(other.get_attributes().visibility_timeout)
urls, marker = account.list_queue("o")[:2]
told.append([urls[0].rpartition("/")[2], marker])

told.append(other.send_message(Message("片 <&>")).message_body_md5)
received = other.receive_message()
told.append([body_of(received), received.dequeue_count, received.priority])
other.delete_message(received.receipt_handle)
other.delete()
told.append(refused(other.receive_message))

queue = account.get_queue(task["queue"])
queue.set_encoding(False)
told.append(refused(queue.receive_message))
print("ready", file=REAL_STDOUT, flush=True)
message = queue.receive_message(30)
told.append([body_of(message), message.dequeue_count])
changed = queue.change_message_visibility(message.receipt_handle, 100)
told.append(refused(lambda: queue.delete_message(message.receipt_handle)))
queue.delete_message(changed.receipt_handle)
told.append(refused(lambda: queue.delete_message("nonsense")))

coded = account.get_queue(task["queue"])  # Base64 both ways, which it does by default
sent = coded.batch_send_message([Message(str(number)) for number in range(5)])
told.append(len(sent))
told.append(body_of(coded.peek_message()))
told.append([body_of(each) for each in coded.batch_peek_message(16)])
batch = coded.batch_receive_message(16, 10)
told.append([body_of(each) for each in batch])
handles = [each.receipt_handle for each in batch]
coded.batch_delete_message(handles[1:])
told.append(refused(lambda: coded.batch_delete_message([*handles[1:2], handles[0]]))[-1])
told.append(refused(lambda: coded.batch_receive_message(16)))

for key, secret in ((task["key"], "wrong"), ("LTAIunknown", "wrong")):
    told.append(refused(connect(key, secret).get_queue(task["queue"]).receive_message))
json.dump(told, REAL_STDOUT)
