"""World: one empty cloud, all of its state, and the lock around it."""

from __future__ import annotations

import functools
import itertools
import logging
import random
import secrets
import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Any

from fake_ims.clock import Clock, Instant
from fake_ims.event_loops import needed_by_receiver
from fake_ims.events.callbacks import Callback, Callbacks
from fake_ims.events.configuration import Configured
from fake_ims.events.courier import Courier
from fake_ims.events.dispatcher import ATTEMPT, Dispatcher
from fake_ims.events.message_queues import Message, MessageQueue, MessageQueues
from fake_ims.events.queue import EventQueue, Pending
from fake_ims.events.record import Event, Events
from fake_ims.events.targets import Target, targets_of
from fake_ims.events.unanswered import Unanswered
from fake_ims.faults.registry import Faults
from fake_ims.gateway.catalogue import Find, Services, known_actions
from fake_ims.gateway.nonces import Nonces
from fake_ims.gateway.ram import Ram
from fake_ims.gateway.stubs import Stubs
from fake_ims.ids import IdGenerator, RequestIds
from fake_ims.jobs.job import JobFailure
from fake_ims.jobs.jobs import Jobs
from fake_ims.journal.book import Journal
from fake_ims.journal.calls import Call
from fake_ims.journal.troubles import Troubles
from fake_ims.journal.wanted import Known
from fake_ims.library.assets import Asset
from fake_ims.library.library import ANALYSES, Library
from fake_ims.library.storage import VOD, Storage, StorageLocations
from fake_ims.media.objects import ObjectStore
from fake_ims.media.signing import UrlSigner
from fake_ims.media.synthetic import probe
from fake_ims.operations import find
from fake_ims.settings import Choices, Settings

log = logging.getLogger("fake_ims")


class World:
    """All state of one fake cloud. Two worlds never see each other.

    :param new_keys: makes the access keys of the world's n-th user.
    :param troubles: collects what a passing test should not hide; a world put in the place of
        another goes on with its.
    :param seed: of everything that is drawn, if the settings have none; by default drawn anew.
    :param watch: called when timed work has come up, so that somebody looks after it.
    :param courier: carries its callbacks; by default one of its own.
    """

    def __init__(
        self,
        settings: Settings,
        new_keys: Callable[[int], tuple[str, str]],
        watch: Callable[[World], None] = lambda world: None,
        troubles: Troubles | None = None,
        seed: int | None = None,
        *,
        courier: Courier | None = None,
    ) -> None:
        self.settings = settings
        given = seed if settings.seed is None else settings.seed
        self.seed = secrets.randbits(32) if given is None else given
        self._random = random.Random(self.seed)
        self._request_ids = RequestIds(self.seed)
        self.lock = threading.RLock()
        self._watch = watch
        self._seen: Instant | None = None
        self._events: deque[Event] = deque(maxlen=2 * settings.journal_size)  # two of an asset
        self._event_count = 0
        self.clock: Clock[Events] = Clock(self._clock_moves)
        self.queue = EventQueue()
        self.callback = Configured()
        self._queues: MessageQueues | None = None
        self._courier = courier
        self._storage: StorageLocations | None = None
        self.dispatcher = Dispatcher(
            settings,
            clock=self.clock,
            now=lambda: self._read_clock(tick=False),
            lock=self.lock,
            queue=self.queue,
            put=self._put_message,
            courier=self._find_courier,
            planned=lambda: self._watch(self),
            dropped=self._callback_dropped,
        )
        self.objects = ObjectStore(functools.partial(probe, seed=self.seed))
        self.journal = Journal(
            settings.journal_size,
            settings.journal_bytes,
            Troubles() if troubles is None else troubles,
            Known(known_actions, self.parameters_of),
        )
        self.seeded: deque[Call] = deque(maxlen=settings.journal_size)
        """What was done without HTTP: not in the journal, which holds requests."""
        self.stubs = Stubs()
        self.find_operation: Find = find
        self.ram = Ram(settings.account_id, new_keys, lambda: self.clock.read(tick=False))
        self.nonces = Nonces()
        self.faults = Faults(
            self.seed, lambda: self.clock.read(tick=False), known_actions, self.parameters_of
        )
        self.library = Library(
            settings,
            seed=self.seed,
            ids=IdGenerator(self._random),
            queue=self.queue,
            objects=self.objects,
            draw_delay=lambda: settings.delay.draw(self._random),
            emit=self._emit,
            forget=self._forget_asset,
            follow=self._follow,
            expected=self._expected_failure,
        )
        self._signer = UrlSigner(
            access_key_id=f"STS.{self._random.getrandbits(96):024x}",
            secret=self._random.randbytes(20),
            security_token=f"CAIS{self._random.getrandbits(128):032x}",
            region=settings.region,
            vod_domain=settings.vod_domain,
        )
        self.jobs = Jobs(self.library, self._signer, self._notify)

    def __repr__(self) -> str:
        return f"<World {self.summary()}>"

    def summary(self) -> str:
        """Its size, seed and time, in a few words."""
        return (
            f"{len(self.library.assets)} assets, {len(self.queue)} pending, "
            f"seed {self.seed}, {self.clock!r}"
        )

    def _put_message(self, name: str, body: str, at: Instant) -> Message | None:
        return self.queues.put(name, body, at)

    @property
    def queues(self) -> MessageQueues:
        """The queues of the message service; most worlds never need them."""
        with self.lock:
            if self._queues is None:
                encoded = self.settings.queue_body == "base64"
                self._queues = MessageQueues(self.lock, encoded=encoded)
            return self._queues

    @functools.cached_property
    def queue_calls(self) -> Journal:
        """What clients asked of its message queues: not in the journal, which holds the API's."""
        size, most = self.settings.journal_size, self.settings.journal_bytes
        return Journal(size, most, self.journal.troubles)

    # ------------------------------------------------------------ time

    def catch_up(self) -> Instant:
        """Do what is due; the time it is, read once."""
        with self.lock:
            now = self._read_clock()
            self.run_due(now)
            return now

    def _read_clock(self, *, tick: bool = True) -> Instant:
        """The time it is. After a jump backwards all that is pending moves back with the clock.

        The caller holds the lock from here on, or it would compare readings out of order.
        """
        now = self.clock.read(tick=tick)
        if self._seen is not None and now < self._seen:
            self.queue.shift(now - self._seen)
            if self._queues is not None:
                self._queues.shift(now - self._seen)
        self._seen = now
        return now

    def still(self, now: Instant) -> Instant:
        """A time that was read before, or the time since then if the clock has jumped backwards.

        The caller holds the lock.
        """
        return now if self._seen is None else min(now, self._seen)

    def run_due(self, now: Instant) -> Events:
        """Do what is due at ``now``, each thing stamped with its own due time; what happened.

        The caller holds the lock.
        """
        before = self._event_count
        while (due := self.queue.next_due()) is not None:
            if due > now:
                self._watch(self)
                break
            pending = self.queue.pop()
            if pending.kind == ATTEMPT:
                self.dispatcher.due(pending, due)
            else:
                self.run(pending, due)
        return self._events_since(before)

    def run(
        self, pending: Pending, at: Instant, failure: str | None = None, *, forced: bool = False
    ) -> None:
        """Do a piece of pending work: as it comes, with a failure's reason, or with success."""
        if pending.kind in ANALYSES:
            self.library.run(pending, at, failure, forced=forced)
        else:
            why = None if failure is None else JobFailure("InternalError", failure)
            self.jobs.run(pending, at, why, forced=forced)

    def _follow(self, asset: Asset, at: Instant) -> None:
        self.jobs.follow(asset, at)

    def _expected_failure(self, asset: Asset) -> str | None:
        return self.jobs.expected_failure(asset)

    def _forget_asset(self, media_id: str, at: Instant) -> None:
        self.dispatcher.forget(media_id)
        self.jobs.forget(media_id, at)

    def run_through(self, now: Instant) -> None:
        """Do what is due, and wait for what leaves because of it, and for what is due then.

        Not for receivers that may need this very thread.
        """
        self.run_due(now)
        while not needed_by_receiver() and self.dispatcher.wait():
            self.run_due(now)

    def look(self) -> bool:
        """Do what is due without moving a clock that moves by being read.

        Whether timed work is still pending.
        """
        with self.lock:
            self.run_due(self._read_clock(tick=False))
            return self.queue.next_due() is not None

    def receive_messages(
        self, queue: MessageQueue, most: int = 1, wait: float = 0.0
    ) -> list[Message]:
        """Receive from a message queue, waiting up to ``wait`` seconds of real time for one."""

        def look() -> Instant:
            now = self._read_clock(tick=False)
            self.run_due(now)
            return now

        with self.lock:
            return self.queues.receive(queue, most, wait, look)

    def begin(self) -> None:
        """Take :meth:`end` back."""
        self.faults.begin()
        if self._queues is not None:
            self._queues.begin()
        self.dispatcher.begin()
        self.look()  # nobody has looked after it meanwhile

    def end(self) -> None:
        """Nobody is kept waiting, and no callback leaves, now or later."""
        self.faults.end()
        if self._queues is not None:
            self._queues.end()
        if self.dispatcher.end() and self._courier is not None:
            self._courier.forget(self.dispatcher)

    def settle(self) -> Events:
        """Move the clock to each due time in turn until nothing is pending; what happened.

        What waits for a call (``completion = reads`` or ``hand``) happens as well.
        """
        with self.lock:
            before = self._event_count
            now = self._read_clock()
            self.run_through(now)
            while self.queue:
                if not self.move_to_next() and (held := self.queue.pop_held()) is not None:
                    self.run(held, now)
                    self.run_through(now)
            return self._events_since(before)

    def move_to_next(self) -> bool:
        """Move the clock to the next due time, if there is one, and do what is due; whether there
        was. The caller holds the lock.
        """
        due = self.queue.next_due()
        if due is not None:
            self.clock.move_to_instant(max(due, self.clock.read(tick=False)))
        return due is not None

    def _clock_moves(self) -> Events:
        with self.lock:
            before = self._event_count
            self.run_through(self._read_clock(tick=False))
            return self._events_since(before)

    # ------------------------------------------------------------ events

    def _emit(
        self,
        event_type: str,
        at: Instant,
        body: Mapping[str, Any],
        user_data: str | None = None,
        job_id: str | None = None,
    ) -> None:
        account, body = int(self.settings.account_id), MappingProxyType(dict(body))
        event = Event(event_type, account, at, body, job_id=job_id)
        self._events.append(event)
        self._event_count += 1
        log.info("%r", event)
        configuration = self.callback.current
        if user_data is None and configuration is None:
            return
        targets = targets_of(event_type, user_data, configuration, self.settings)
        if targets:
            self.dispatcher.calls.touch(event.subject)
            self.dispatcher.announce(event, targets)

    def _notify(
        self, name: str, at: Instant, body: Mapping[str, Any], url: str, about: str
    ) -> None:
        """Send the message of a job to the URL that its caller named: no event of the account."""
        account = int(self.settings.account_id)
        message = Event(name, account, at, MappingProxyType(dict(body)), about)
        log.info("%r", message)
        self.dispatcher.calls.touch(about)
        self.dispatcher.announce(message, (Target("http", url),))

    def _find_courier(self) -> Courier:
        if self._courier is None:
            self._courier = Courier()
        return self._courier

    def _callback_dropped(self, callback: Callback) -> None:
        log.warning("%r", callback)
        troubles = self.journal.troubles
        if not any(
            callback.to == url or callback.to.startswith((f"{url}/", f"{url}?", f"{url}#"))
            for url in tuple(troubles.provoked)  # other threads add to it
        ):
            troubles.add("undelivered", repr(callback))

    def forgive(self, callback: Callback) -> None:
        """The test knows that this callback was dropped: it is no trouble."""
        self.journal.troubles.withdraw("undelivered", repr(callback))

    def _events_since(self, before: int) -> Events:
        latest = itertools.islice(reversed(self._events), self._event_count - before)
        return Events(reversed(list(latest)))

    def events(self) -> Events:
        """A snapshot of the events so far, oldest first."""
        with self.lock:
            self.catch_up()
            return Events(self._events)

    def callbacks(self) -> Callbacks:
        """A snapshot of the callbacks so far, oldest first."""
        with self.lock:
            self.catch_up()
            return self.dispatcher.snapshot()

    # ------------------------------------------------------------ what requests need

    def services(self, now: Instant, choices: Choices) -> Services:
        """What a handler may use."""
        return Services(
            now,
            self.settings,
            choices,
            self.library,
            self.objects,
            self._signer,
            self.callback,
            self.jobs,
            lambda: self.storage,
        )

    @property
    def storage(self) -> StorageLocations:
        """The buckets that were added; most worlds never ask. The caller holds the lock."""
        if self._storage is None:
            now = self.clock.read(tick=False)
            first = Storage(
                bucket=self._signer.vod_bucket, storage_type=VOD, created_at=now, modified_at=now
            )
            given = self.settings.first_storage == "vod"
            self._storage = StorageLocations(first if given else None)
        return self._storage

    def begin_call(self) -> None:
        """A handler is at work: the events that it causes leave after its answer."""
        self.dispatcher.calls.begin()

    def end_call(self, *, leaving: bool) -> Unanswered | None:
        """It has done its work; None if no callback can come of it before its answer is sent."""
        return self.dispatcher.calls.end(awaited=self.callback.awaited, leaving=leaving)

    def leave(self, call: Unanswered) -> None:
        """Nothing keeps the call's answer back any more."""
        with self.lock:
            self.dispatcher.calls.leave(call)

    def answered(self, call: Unanswered) -> None:
        """Its answer has been sent, or cannot be."""
        with self.lock:
            self.dispatcher.answered(call)

    @property
    def bent(self) -> bool:
        """Whether callbacks may have to be delivered early."""
        return len(self.dispatcher.bends) > 0

    def deliver_early(self, call: Unanswered) -> None:
        """Deliver what a test wants to arrive before the answer of the call that causes it."""
        with self.lock:
            now = self._read_clock(tick=False)
            for media_id in call.media_ids:
                for pending in self.queue.of(media_id):
                    if any(
                        self.dispatcher.bends.expects_before_the_answer(event_type, media_id)
                        for event_type in self._events_of(pending)
                    ):
                        self.run(self.queue.remove(pending.sequence), now)
            self.dispatcher.wait_for_attempts(self.dispatcher.lanes.early(call.media_ids))

    def _events_of(self, pending: Pending) -> tuple[str, ...]:
        """The types of the events that a piece of pending work ends in."""
        owner = self.library if pending.kind in ANALYSES else self.jobs
        return owner.events_of(pending)

    def deliver_now(self, numbers: Collection[int] | None = None) -> None:
        """Make all attempts of callbacks that are pending, without moving the clock, and wait."""
        with self.lock:
            self.run_due(self._read_clock(tick=False))
            while self.dispatcher.hurry(numbers) and not needed_by_receiver():
                self.dispatcher.wait()

    def new_request_id(self) -> str:
        """Draw a RequestId."""
        return self._request_ids.draw()

    def parameters_of(self, action: str) -> Collection[str]:
        """The parameters of an operation that the fake implements; of another, none."""
        operation = self.find_operation(action)
        return () if operation is None else operation.request.names
