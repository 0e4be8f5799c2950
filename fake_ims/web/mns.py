"""The message service (MNS, now SMQ): the REST API of its queues, at ``/queues``.

A request is answered by the world of its key, as those of the API are. It is in the world's
``queue_calls``, not among its calls: a consumer asks every few seconds whether there is something.
"""

from __future__ import annotations

import logging
import traceback
from typing import Final

from fake_ims.clock import real_monotonic
from fake_ims.errors import ApiError
from fake_ims.gateway.rendering import Answer
from fake_ims.gateway.request import HttpRequest
from fake_ims.gateway.xml import write_xml
from fake_ims.journal.calls import Call, Objection
from fake_ims.settings import DEFAULTS, Settings
from fake_ims.texts import legible, printable, shortened
from fake_ims.web import mns_errors
from fake_ims.web.desk import Desk
from fake_ims.web.mns_operations import Reply, Wait, handle, messages_reply
from fake_ims.web.mns_requests import MnsRequest, read_mns_request
from fake_ims.web.mns_signatures import objections, read_credential
from fake_ims.world import World

log = logging.getLogger("fake_ims")

NAMESPACE: Final = "http://mns.aliyuncs.com/doc/v1/"
VERSION: Final = "2015-06-06"

QUESTIONS: Final = ("queue_body",)
"""The open questions that answers with messages depend on."""


def answer_queues(http: HttpRequest, target: str, desk: Desk) -> Answer:
    """Answer a request; there is always an answer that a client of the service can read.

    :param target: of the request line, as it was sent.
    """
    began = real_monotonic()
    if not target.startswith("/"):  # as clients send it to a proxy
        target = "/" + target.partition("://")[2].partition("/")[2]
    request = read_mns_request(http, target)
    credential = read_credential(http.headers.get("authorization", ""))
    key = credential.access_key_id if credential else ""
    call = Call(
        request.action or f"{http.method} {http.path}", request.parameters, desk.now(),
        access_key_id=key, scheme="mns" if credential else "none", http_method=http.method,
        user_agent=http.headers.get("user-agent", ""),
    )  # fmt: skip
    world: World | None = None
    error: ApiError | None = None
    reply = Reply(500)
    journal = desk.journal
    try:
        world = desk.route(key)
        journal = world.queue_calls
        call.at = world.clock.read(tick=False)
        journal.add(call, len(target) + len(http.body))
        reply = _reply(request, world, key, call)
    except ApiError as refusal:
        error = refusal.with_traceback(None)
    except Exception:
        error = mns_errors.INTERNAL_ERROR()
        call.traceback = legible(traceback.format_exc().rstrip())
        log.error("inside fake_ims, on %s:\n%s", printable(http.path), call.traceback)
    if world is None:
        journal.add(call, len(target) + len(http.body))
    if error is not None:
        call.code, call.message, call.note = error.code, error.message, error.note
    elif reply.code:
        call.code = reply.code
    call.ignored = request.ignored
    request_id = (world or desk).new_request_id().replace("-", "")[:24]
    written = _written(reply, error, request_id, world.settings if world else DEFAULTS)
    call.request_id, call.status, call.body = request_id, written.status, written.body
    call.duration = real_monotonic() - began
    journal.finish(call)
    log.info("%r", call)
    return written


def _reply(request: MnsRequest, world: World, key: str, call: Call) -> Reply:
    """Take a request through all checks, and handle it.

    :raises ApiError: if it is refused.
    """
    mode, http = world.settings.mode, request.http
    caller = world.ram.caller(key)
    call.caller = caller.name
    if mode == "open":
        if not caller.active and caller.access_key_id == key:
            raise mns_errors.UNKNOWN_KEY().with_note("the key is disabled")
    else:
        now, gateway_time = world.clock.read(tick=False), world.clock.gateway_time()
        for objection in objections(http, request.target, world.ram, gateway_time, now):
            if mode == "enforce":
                raise objection
            _forgive(call, objection)
    if not request.action:
        raise mns_errors.INVALID_URL()
    if not _allowed(request, world, key):
        if mode != "soft":
            raise mns_errors.ACCESS_DENIED()
        _forgive(call, mns_errors.ACCESS_DENIED())
    try:
        with world.lock:
            reply = handle(request, world)
    except Wait as wait:
        with http.pausing():
            found = world.receive_messages(wait.queue, wait.most, wait.seconds)
        if wait.queue.deleted:
            raise mns_errors.QUEUE_NOT_EXIST() from None
        reply = messages_reply(request, found)
    if reply.status == 200 and "Message" in reply.root:
        call.relied_on = QUESTIONS
    return reply


def _forgive(call: Call, objection: ApiError) -> None:
    """Record what the mode ``soft`` lets pass."""
    call.would_refuse += (
        Objection(objection.code, shortened(objection.message, 1000), objection.note),
    )


def _allowed(request: MnsRequest, world: World, key: str) -> bool:
    """Whether RAM lets the caller: the account itself if nothing denies it, users if allowed.

    Of a batch the permission for one is enough (inferred).
    """
    settings, caller = world.settings, world.ram.caller(key)
    path = f"/queues/{request.queue_name}" if request.queue_name else "/queues"
    if "Message" in request.action:
        path += "/messages"
    resource = f"acs:mns:{settings.region}:{settings.account_id}:{path}"
    actions = {request.action, request.action.removeprefix("Batch")}
    decisions = {caller.decide(f"mns:{action}", resource) for action in actions}
    if "Deny" in decisions:
        return False
    return "Allow" in decisions or caller is world.ram.default


def _written(reply: Reply, error: ApiError | None, request_id: str, settings: Settings) -> Answer:
    headers = (("x-mns-request-id", request_id), ("x-mns-version", VERSION), *reply.headers)
    status, root, document = reply.status, reply.root, reply.document
    if error is not None:
        status, root = error.status, "Error"
        document = {
            "Code": error.code,
            "Message": error.message,
            "RequestId": request_id,
            "HostId": f"http://{settings.account_id}.mns.{settings.region}.aliyuncs.com",
        }
    if document is None:
        return Answer(status, headers, b"")
    text = write_xml(root, document, NAMESPACE)
    return Answer(status, (("Content-Type", "text/xml;charset=utf-8"), *headers), text.encode())
