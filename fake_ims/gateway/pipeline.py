"""The life of a request, step by step."""

from __future__ import annotations

import functools
import logging
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from fake_ims import errors
from fake_ims.clock import Clock, Instant, real_monotonic
from fake_ims.errors import ApiError
from fake_ims.events.unanswered import Unanswered
from fake_ims.faults.effects import Reset
from fake_ims.faults.registry import Faults, Firing
from fake_ims.gateway import stubs
from fake_ims.gateway.catalogue import (
    VERSION,
    Find,
    Operation,
    Services,
    known_actions,
    ram_action,
)
from fake_ims.gateway.nonces import Nonces
from fake_ims.gateway.parameters import check_parameters, read_record, without_effect
from fake_ims.gateway.ram import Ram, User
from fake_ims.gateway.rendering import Answer, Format, render_error, render_success
from fake_ims.gateway.request import (
    ApiRequest,
    HttpRequest,
    format_of,
    has_acs3_headers,
    read_request,
)
from fake_ims.ids import REQUEST_ID
from fake_ims.journal.book import Journal
from fake_ims.journal.calls import Call, Objection
from fake_ims.settings import DEFAULTS, Choices, Settings
from fake_ims.texts import legible, shortened

log = logging.getLogger("fake_ims")


class Tenant(Protocol):
    """The world that a request is for, as far as the pipeline needs to know it."""

    settings: Settings
    journal: Journal
    ram: Ram
    nonces: Nonces
    clock: Clock[Any]
    faults: Faults
    stubs: stubs.Stubs
    find_operation: Find

    @property
    def lock(self) -> AbstractContextManager[Any]:
        """Re-entrant; held while the world changes, never while sending."""

    def catch_up(self) -> Instant:
        """Do what is due; the time it is, read once."""

    def still(self, now: Instant) -> Instant:
        """A time that was read before, unless the clock has jumped backwards since."""

    def run_due(self, now: Instant) -> object:
        """Do what is due at a time that has been read already; the caller holds the lock."""

    def begin_call(self) -> None:
        """A handler is at work: the events that it causes leave after its answer."""

    def end_call(self, *, leaving: bool) -> Unanswered | None:
        """It has done its work; None if no callback can come of it before its answer is sent.

        :param leaving: as :meth:`leave` says, from the beginning.
        """

    def leave(self, call: Unanswered) -> None:
        """Nothing keeps the call's answer back any more."""

    def answered(self, call: Unanswered) -> None:
        """Its answer has been sent, or cannot be."""

    @property
    def bent(self) -> bool:
        """Whether callbacks may have to be delivered early."""

    def deliver_early(self, call: Unanswered) -> None:
        """Deliver what shall arrive before the answer of the call that causes it."""

    def new_request_id(self) -> str:
        """Draw a RequestId."""

    def services(self, now: Instant, choices: Choices) -> Services:
        """What a handler may use."""


class Desk(Protocol):
    """Where requests arrive: it finds their world, and keeps those that have none."""

    journal: Journal

    def route(self, access_key_id: str) -> Tenant:
        """The world that answers for a key.

        :raises ApiError: if there is none.
        """

    def now(self) -> Instant:
        """Outside time, for what belongs to no world."""

    def new_request_id(self) -> str:
        """Draw a RequestId for what belongs to no world."""


@dataclass(slots=True, eq=False)
class Exchange:
    """A request on its way to an answer; the fields fill up step by step."""

    http: HttpRequest
    desk: Desk
    request: ApiRequest = field(init=False)
    tenant: Tenant | None = None
    world: Tenant = field(init=False)
    now: Instant = field(init=False)
    choices: Choices = field(init=False)
    call: Call | None = None
    began: float = field(default_factory=real_monotonic)
    firing: Firing | None = None
    operation: Operation = field(init=False)
    caller: User = field(init=False)
    stubbed: bool = False
    unanswered: Unanswered | None = None
    record: Any = None
    result: Any = None
    document: Mapping[str, Any] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """What stands for the action of a request that names none."""
        return f"{self.http.method} {self.http.path}"

    def forgive(self, objection: ApiError) -> None:
        """Record what the mode ``soft`` lets pass."""
        if self.call is not None:
            message = shortened(objection.message, 1000)
            self.call.would_refuse += (Objection(objection.code, message, objection.note),)

    def format(self) -> Format:
        """Whether the answer is JSON or XML.

        With ACS3 it is JSON (its clients say so in ``accept``); what cannot be told is JSON.
        """
        request = getattr(self, "request", None)
        in_headers = has_acs3_headers(self.http.headers) if request is None else request.in_headers
        if in_headers:
            return "json"
        asked = format_of(self.http) if request is None else request.common.get("Format", "")
        if not asked and self.tenant is not None:
            asked = self.choices.of("default_format")
        return "xml" if asked.upper() == "XML" else "json"


def parse(exchange: Exchange) -> None:
    """Read the request, whichever client built it."""
    exchange.request = read_request(exchange.http)


def route(exchange: Exchange) -> None:
    """Find the world of the key that the request names."""
    exchange.tenant = exchange.world = exchange.desk.route(exchange.request.access_key_id)
    exchange.choices = Choices(exchange.world.settings)


def catch_up(exchange: Exchange) -> None:
    """Let happen what is due; from here on the request has one time."""
    exchange.now = exchange.world.catch_up()


def open_journal_entry(exchange: Exchange) -> None:
    """Enter the call, so that it is seen even if the rest goes wrong."""
    request, world = exchange.request, exchange.world
    exchange.caller = world.ram.caller(request.access_key_id)
    nobody = world.settings.mode == "enforce" and world.ram.keys(request.access_key_id) is None
    exchange.call = Call(
        request.action or exchange.line,
        request.parameters,
        exchange.now,
        access_key_id=request.access_key_id,
        caller="" if nobody else exchange.caller.name,
        scheme=request.scheme,
        http_method=exchange.http.method,
        user_agent=exchange.http.headers.get("user-agent", ""),
    )
    world.journal.add(exchange.call, len(exchange.http.query) + len(exchange.http.body))


class FaultInsteadError(Exception):
    """A fault answers instead of the work."""


def inject_faults(exchange: Exchange) -> None:
    """Let go wrong what a test has asked for."""
    world, call = exchange.world, exchange.call
    if not world.faults or call is None:
        return
    with exchange.http.pausing():  # functions of the test may wait for what they like
        exchange.firing = firing = world.faults.fire(call, exchange.now)
    if firing is None:
        return
    if firing.before:
        with exchange.http.pausing():
            world.faults.wait(firing.before)
        exchange.now = world.catch_up()
    if firing.instead:
        raise FaultInsteadError


def check_line(exchange: Exchange) -> None:
    """What every call has: a method of HTTP that the API knows, and an Action."""
    if exchange.http.method not in ("GET", "POST"):
        status = exchange.choices.of("unsupported_method_status")
        raise errors.UNSUPPORTED_METHOD().with_status(status)
    if not exchange.request.action:
        raise errors.MISSING(name="Action")


def authenticate(exchange: Exchange) -> None:
    """Ask who calls, and whether he signed what arrived; the mode says what becomes of it."""
    request, world = exchange.request, exchange.world
    mode = world.settings.mode
    if mode == "open":
        caller = exchange.caller
        if not caller.active and caller.access_key_id == request.access_key_id:
            raise errors.INACTIVE_KEY()
        return
    from fake_ims.gateway.authentication import Gate, objections  # most runs never need it

    soft = mode == "soft"
    choices = Choices(world.settings) if soft else exchange.choices  # no outcome rests on them
    gate = Gate(world.ram, world.nonces, world.clock.gateway_time(), exchange.now, choices)
    found = objections(exchange.http, request, gate)
    if soft:
        for objection in found:
            exchange.forgive(objection)
    elif (first := next(found, None)) is not None:
        if not _exists(exchange) and exchange.choices.of("action_check") == "before":
            look_up_operation(exchange)
        raise first


def _exists(exchange: Exchange) -> bool:
    request = exchange.request
    return request.action in known_actions() and request.version in ("", VERSION)


def look_up_operation(exchange: Exchange) -> None:
    """Tell what the fake does from what only the real service does, and from nonsense."""
    action, version = exchange.request.action, exchange.request.version
    if version not in ("", VERSION):
        raise errors.INVALID_VERSION()
    exchange.stubbed = bool(exchange.world.stubs) and exchange.world.stubs.has(action)
    if exchange.stubbed:
        return
    found = exchange.world.find_operation(action)
    if found is None:
        if action in known_actions():
            raise errors.NOT_IMPLEMENTED(action=action)
        raise errors.UNKNOWN_ACTION()
    exchange.operation = found


def check_declared(exchange: Exchange) -> None:
    """What the gateway knows of the parameters: which are required, and of which type."""
    if exchange.stubbed:
        return
    check_parameters(exchange.operation, exchange.request.parameters, exchange.choices)


def authorise(exchange: Exchange) -> None:
    """Ask RAM."""
    try:
        exchange.world.ram.authorise(exchange.caller, ram_action(exchange.request.action))
    except ApiError as refusal:
        if exchange.world.settings.mode != "soft":
            raise
        exchange.forgive(refusal)


def validate(exchange: Exchange) -> None:
    """What the product knows of the parameters: lengths, forms, values."""
    if exchange.stubbed:
        return
    parameters = exchange.request.parameters
    exchange.record = read_record(exchange.operation, parameters, exchange.choices)
    ignored = without_effect(exchange.operation, parameters)
    if ignored and exchange.call is not None:
        exchange.call.ignored = ignored


def handle(exchange: Exchange) -> None:
    """Do it. What is due at once has happened when the answer is sent."""
    world = exchange.world
    while exchange.stubbed and exchange.call is not None:
        stub = world.stubs.take(exchange.request.action)
        if stub is not None:  # without the lock: a test's function may wait for what it likes
            exchange.call.stubbed = True
            with exchange.http.pausing():  # which leaves this listener's threads to others
                exchange.document = stubs.answer(stub, exchange.call)
            return
        for step in (look_up_operation, check_declared, validate):  # another call took the last
            step(exchange)
    with world.lock:
        exchange.now = world.still(exchange.now)
        services = world.services(exchange.now, exchange.choices)
        world.begin_call()
        try:
            exchange.result = exchange.operation.handler(exchange.record, services)
            world.run_due(exchange.now)
        finally:
            exchange.unanswered = world.end_call(leaving=exchange.firing is None)
    if exchange.unanswered is not None and world.bent:
        with exchange.http.pausing():
            world.deliver_early(exchange.unanswered)
    exchange.document = exchange.operation.response.dump(exchange.result)


STEPS: tuple[Callable[[Exchange], None], ...] = (
    parse,
    route,
    catch_up,
    open_journal_entry,
    inject_faults,
    check_line,
    authenticate,
    look_up_operation,
    check_declared,
    authorise,
    validate,
    handle,
)


def answer(http: HttpRequest, desk: Desk) -> Answer:
    """Take a request through all the steps; there is always an answer that an SDK can read."""
    exchange = Exchange(http, desk)
    error: ApiError | None = None
    trace: str | None = None
    try:
        for step in STEPS:
            step(exchange)
    except FaultInsteadError:
        pass
    except ApiError as refusal:
        error = refusal.with_traceback(None)  # a test may raise one again: it would grow
    except BaseException:  # of pytest.fail(), too: it is meant for another thread
        error, trace = errors.INTERNAL_ERROR(), legible(traceback.format_exc().rstrip())
        log.error("inside fake_ims, on %s:\n%s", http.path, trace)
    try:
        return close(exchange, error, trace)
    finally:
        if (unanswered := exchange.unanswered) is not None:
            if not unanswered.leaving:
                exchange.world.leave(unanswered)
            http.after_answer(functools.partial(exchange.world.answered, unanswered))


def close(exchange: Exchange, error: ApiError | None, trace: str | None) -> Answer:
    """Write the answer, and close the journal entry."""
    request_id = _request_id(exchange)
    call, journal = exchange.call, (exchange.tenant or exchange.desk).journal
    if call is None:
        call, journal = _unrouted_call(exchange), exchange.desk.journal
        journal.add(call, len(exchange.http.query) + len(exchange.http.body))
    form, settings = exchange.format(), exchange.tenant.settings if exchange.tenant else DEFAULTS
    host_id = f"ice.{settings.region}.aliyuncs.com"
    if error is None:
        written = render_success(exchange.document, request_id, call.action, form)
    else:
        written = render_error(error, request_id, host_id, form)
        call.code, call.message, call.traceback = error.code, error.message, trace
        call.note = error.note
    call.request_id = request_id
    if exchange.firing is not None:
        written = _with_faults(exchange, exchange.firing, call, written, host_id)
    if exchange.tenant is not None:
        call.relied_on = tuple(sorted(exchange.choices.relied_on))
    call.status, call.body = written.status, written.body
    if written.sending is not None and isinstance(written.sending.effect, Reset):
        call.status, call.body = None, b""
    call.duration = real_monotonic() - exchange.began
    journal.finish(call)
    log.info("%r", call)
    return written


def _request_id(exchange: Exchange) -> str:
    """A new RequestId, but for a stub that brings one."""
    given = exchange.document.get("RequestId")
    if exchange.stubbed and isinstance(given, str) and REQUEST_ID.fullmatch(given):
        return given
    return (exchange.tenant or exchange.desk).new_request_id()


def _with_faults(
    exchange: Exchange, firing: Firing, call: Call, written: Answer, host_id: str
) -> Answer:
    """The answer with what the faults make of it, kept back for as long as they say."""
    if firing.effect is not None:
        from fake_ims.gateway.bending import bend  # most runs never need it

        written = bend(
            firing.effect, call, written, dice=firing.dice,
            request_id=call.request_id, host_id=host_id, form=exchange.format(),
            choices=exchange.choices, wait=exchange.world.faults.wait,
        )  # fmt: skip
    if firing.after:
        with exchange.http.pausing():
            exchange.world.faults.wait(firing.after)
    return written


def _unrouted_call(exchange: Exchange) -> Call:
    """The entry of a request that could not be read, or has no world."""
    http = exchange.http
    request = getattr(exchange, "request", None)
    call = Call(exchange.line, {}, exchange.desk.now(), http_method=http.method)
    if request is not None:
        call.action, call.parameters = request.action, request.parameters
        call.access_key_id, call.scheme = request.access_key_id, request.scheme
    call.user_agent = http.headers.get("user-agent", "")
    return call
