"""The dispatcher of a world: which callback leaves when, what comes of it, and what then."""

from __future__ import annotations

import functools
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from fake_ims.clock import Clock, Instant, Micros
from fake_ims.events.bends import Bend, Bends
from fake_ims.events.callbacks import (
    CANCELLED,
    DELIVERED,
    DROPPED,
    RECORDED,
    WITHHELD,
    Attempt,
    Callback,
    Callbacks,
)
from fake_ims.events.lanes import Lanes, Live
from fake_ims.events.queue import EventQueue, Pending
from fake_ims.events.record import Event
from fake_ims.events.targets import Target, signature_headers
from fake_ims.events.unanswered import Unanswered, UnansweredCalls
from fake_ims.settings import Settings

if TYPE_CHECKING:
    from fake_ims.events.courier import Courier
    from fake_ims.events.posting import Result

log = logging.getLogger("fake_ims")

ATTEMPT: Final = "callback"
"""Kind of the queue's entries for attempts that are to be made later."""

MOST_ATTEMPTS: Final = 3
"""The first, and two more (documented)."""

BETWEEN: Final[Micros] = 1_000_000
"""World time from a failed attempt to the next (documented)."""


class Dispatcher:
    """Callbacks on their way, of one world; the caller holds the world's lock.

    Those of one asset for one receiver are a lane (:mod:`.lanes`). A callback waits until the call
    that caused it has been answered (:mod:`.unanswered`).

    :param now: the time it is; it notices when the clock has jumped backwards.
    :param lock: the world's; it is let go of while waiting for attempts.
    :param put: puts a text into a queue of the message service.
    :param courier: makes the attempts over HTTP; asked for when there is one.
    :param planned: called when something has been put into the queue by a thread of the courier.
    :param dropped: told of each callback that was dropped.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock[Any],
        now: Callable[[], Instant],
        lock: threading.RLock,
        queue: EventQueue,
        put: Callable[[str, str, Instant], object],
        courier: Callable[[], Courier],
        planned: Callable[[], None],
        dropped: Callable[[Callback], None],
    ) -> None:
        self.bends = Bends()
        self.calls = UnansweredCalls(queue)
        self.lanes = Lanes()
        self._settings = settings
        self._clock = clock
        self._now = now
        self._lock = lock
        self._waiters: threading.Condition | None = None  # most worlds have none
        self._queue = queue
        self._put = put
        self._courier = courier
        self._planned = planned
        self._dropped = dropped
        self._count = 0
        self._ended = ""  # when it has, what is said of those that do not leave
        self._finished: deque[Callback] = deque(maxlen=settings.journal_size)
        self._finished_count = 0
        self._live = self.lanes.live
        self._under_way = 0

    # ------------------------------------------------------------ looking

    def snapshot(self) -> Callbacks:
        """The callbacks so far, oldest first."""
        found = [*self._finished, *(live.callback for live in self._live.values())]
        return Callbacks(sorted(found, key=lambda callback: callback.number))

    def ended_after(self, count: int) -> tuple[Callbacks, int]:
        """Those that came to their end after the first ``count`` that did, as far as they are kept,
        and how many have by now.
        """
        new = min(self._finished_count - count, len(self._finished))
        latest = itertools.islice(reversed(self._finished), new)
        return Callbacks(reversed(list(latest))), self._finished_count

    def find(self, number: int) -> Callback:
        """A callback as it is now.

        :raises KeyError: if there is none, or it is so old that it has been forgotten.
        """
        if number in self._live:
            return self._live[number].callback
        for callback in reversed(self._finished):
            if callback.number == number:
                return callback
        raise KeyError(f"no callback {number} is known")

    @property
    def busy(self) -> bool:
        """Whether attempts are being made, or are once an answer has been sent that is leaving."""
        return not self._ended and (self._under_way > 0 or self.calls.let_go_soon)

    # ------------------------------------------------------------ what comes in

    def announce(self, event: Event, targets: Iterable[Target]) -> None:
        """Let an event leave for its receivers, as soon as nothing keeps it."""
        for target in targets:
            bend = self.bends.find(event, target) if self.bends else None
            callback = self._new(event, target)
            if bend is None:
                self._line_up(callback)
            elif bend.kind == "drop":
                self._keep(replace(callback, outcome=WITHHELD, why="a test asked that it be lost"))
            elif bend.kind == "delay":
                self._plan(self.lanes.add_alone(callback), Instant(event.at + bend.delay))
            elif bend.kind == "duplicate":
                self._line_up(callback)
                for _ in range(bend.count - 1):
                    self._line_up(self._new(event, target, copy_of=callback.number))
            elif bend.kind == "before the answer":
                self._line_up(callback, early=True)
            else:
                live = self.lanes.add_alone(callback)
                live.held = bend
                live.explain(self._ended)
                bend.held.append(callback.number)
                if len(bend.held) == bend.count:
                    self.let_go(bend)
        self._tell()

    def _new(self, event: Event, target: Target, copy_of: int | None = None) -> Callback:
        self._count += 1
        return Callback(self._count, event, target, why=self._ended, copy_of=copy_of)

    def _line_up(self, callback: Callback, *, early: bool = False) -> None:
        self._go(self.lanes.line_up(callback, early=early).lane)

    def let_go(self, bend: Bend) -> None:
        """Let the callbacks go that a reorder has collected, the last first."""
        lives = [self._live[number] for number in reversed(bend.held) if number in self._live]
        bend.held.clear()
        if not lives:
            return
        now = self._now()
        for live in lives:
            live.at, live.held = max(live.at, now), None
            live.explain(self._ended)
        self._go(self.lanes.join(lives))

    def redeliver(self, number: int) -> int:
        """Deliver a callback once more, whatever became of it; the number of the copy.

        :raises KeyError: as for :meth:`find`.
        """
        first = self.find(number)
        copy = self._new(first.event, first.target, copy_of=number)
        live = self.lanes.add_alone(copy)
        live.at = self._now()
        self._go(live.lane)
        return copy.number

    # ------------------------------------------------------------ what keeps it back

    def answered(self, call: Unanswered) -> None:
        """A call's answer has been sent, or cannot be: what it kept back leaves."""
        for lane in self.calls.answered(call):
            live = self.lanes.first(lane)
            if live is not None:
                live.at = max(live.at, self._now())
                self._go(lane)
        self._tell()

    def forget(self, media_id: str) -> None:
        """An asset is gone: what waits for another attempt is never made, nor what waits for that.

        What is under way, or was due and only has to be sent, goes on; it is not tried again.
        """
        for lane in self.lanes.of(media_id):
            waiting = self.lanes.inside(lane)
            for live in waiting:
                live.doomed = True
            if waiting[0].entry is not None:
                self._cancel_doomed(lane)
                self._go(lane)

    def _cancel_doomed(self, lane: Hashable) -> None:
        for live in self.lanes.inside(lane):
            if live.doomed:
                if live.entry is not None:
                    self._queue.remove(live.entry)
                self._finish(live, CANCELLED, "its asset was deleted")

    # ------------------------------------------------------------ attempts

    def due(self, pending: Pending, at: Instant) -> None:
        """Make the attempt that a queue's entry stands for."""
        live = self._live[int(pending.subject)]
        live.entry, live.at = None, at
        self._go(live.lane)

    def _go(self, lane: Hashable) -> None:
        """Let the first of a lane leave, if nothing keeps it."""
        while not self._ended and (live := self.lanes.first(lane)) is not None:
            if live.under_way or live.entry is not None or live.held is not None:
                return
            if not live.early and self.calls.keep_back(live.subject, lane):
                return
            self._leave(live)

    def _leave(self, live: Live) -> None:
        target, body, now = live.callback.target, live.callback.body, self._now()
        live.at = min(live.at, now)  # the clock may have jumped backwards
        if target.kind == "queue":
            written = self._put(target.address, body, live.at)
            reason = "" if written else f"no queue can be called {target.address!r}, or it is gone"
            self._conclude(live, Attempt(live.at, None, reason, 0.0), live.at)
            return
        from fake_ims.events.posting import Post  # most worlds have no receiver

        live.headers = (("Content-Type", self._settings.callback_content_type),)
        if target.auth_key is not None:
            second = self._clock.gateway_time() // 1_000_000
            live.headers += signature_headers(target.address, target.auth_key, second)
        live.began = now
        live.under_way = True
        live.flights += 1
        self._under_way += 1
        sent = self._courier().send(
            self,
            Post(target.address, body.encode(), live.headers),
            functools.partial(self._done, live.callback.number, live.flights),
            timeout=self._settings.callback_timeout / 1_000_000,
            allow_hosts=self._settings.callback_hosts,
        )
        if not sent:
            self._come_back(live)
            self._finish(live, CANCELLED, "the server was stopped")

    def _come_back(self, live: Live) -> None:
        live.under_way = False
        self._under_way -= 1
        self._tell()

    def _done(self, number: int, flight: int, result: Result) -> None:
        with self._lock:
            live = self._live.get(number)
            if live is None or self._ended or (flight, True) != (live.flights, live.under_way):
                return  # it was cut when its world ended
            self._come_back(live)
            if not result.contacted:
                self._finish(live, RECORDED, result.reason)
                self._go(live.lane)
                return
            now = self._now()
            passed = now - (live.began or live.at)  # none while the world's time stands
            took = min(max(0, passed), round(result.latency * 1_000_000))
            reason = "" if result.ok else result.reason
            attempt = Attempt(live.at, result.status, reason, result.latency, live.headers)
            self._conclude(live, attempt, Instant(min(live.at + took, now)))
            self._go(live.lane)

    def _conclude(self, live: Live, attempt: Attempt, at: Instant) -> None:
        """Judge an attempt that ended ``at``: whether it was the last, and when the next is."""
        live.callback = replace(live.callback, attempts=(*live.callback.attempts, attempt))
        live.at = at
        if attempt.ok:
            self._finish(live, DELIVERED)
        elif live.doomed:
            self._cancel_doomed(live.lane)
        elif len(live.callback.attempts) < MOST_ATTEMPTS:
            log.info("%r", live.callback)
            self._plan(live, Instant(at + BETWEEN))
            self._planned()
        else:
            self._finish(live, DROPPED)
            self._dropped(self._finished[-1])

    def _plan(self, live: Live, at: Instant) -> None:
        live.at = at
        live.entry = self._queue.add(ATTEMPT, at, str(live.callback.number)).sequence

    def _finish(self, live: Live, outcome: str, why: str = "") -> None:
        """Bring a callback to its end; the next in its lane does not leave before it did."""
        self.lanes.remove(live)
        self._keep(replace(live.callback, outcome=outcome, why=why))

    def _keep(self, callback: Callback) -> None:
        self._finished.append(callback)
        self._finished_count += 1
        if callback.outcome != DROPPED:  # of which the world warns
            log.info("%r", callback)

    # ------------------------------------------------------------ for those who wait

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is not :attr:`busy`, or for so many seconds of real time, or until
        something happens; whether it was.

        The lock is let go of meanwhile.
        """
        was = self.busy
        if timeout is not None:
            self._wait(timeout)
        while timeout is None and self.busy:
            self._wait()
        return was

    def _wait(self, timeout: float | None = None) -> None:
        if self._waiters is None:
            self._waiters = threading.Condition(self._lock)
        self._waiters.wait(timeout)

    def _tell(self) -> None:
        """Something has happened that somebody may wait for."""
        if self._waiters is not None:
            self._waiters.notify_all()

    def wait_for_attempts(self, numbers: Iterable[int]) -> None:
        """Wait until each of these callbacks has been attempted once, or cannot be for now."""
        for number in numbers:
            while (live := self._live.get(number)) and not live.callback.attempts:
                first = self.lanes.first(live.lane)
                if first is None or not first.under_way:
                    break  # it stands behind one that waits for another attempt
                self._wait()

    def hurry(self, numbers: Iterable[int] | None = None) -> bool:
        """Make the attempts at once that are to be made later, of these callbacks or of all.

        Whether it is :attr:`busy` then.
        """
        if numbers is None:
            for bend in self.bends:
                self.let_go(bend)
        now = self._now()
        for number in list(self._live) if numbers is None else numbers:
            live = self._live.get(number)
            if live is None:
                continue
            if live.held is not None:
                live.held.held.remove(number)
                live.held = None
                live.explain(self._ended)
            elif live.entry is not None:
                self._queue.remove(live.entry)
                live.entry = None
            else:
                continue
            live.at = max(live.latest, now)  # not when it was to be attempted, but when it is
            self._go(live.lane)
        return self.busy

    def begin(self) -> None:
        """Take :meth:`end` back: what was under way then is attempted again."""
        with self._lock:
            self._ended = ""
            for live in self._live.values():
                live.explain(self._ended)
            for lane in self.lanes:
                self._go(lane)

    def end(self) -> bool:
        """Let nothing leave any more, and nobody wait; whether attempts were under way."""
        with self._lock:
            was, self._ended = self._under_way > 0, "its world has ended"
            for live in list(self._live.values()):
                live.explain(self._ended)
                live.under_way = False
            self._under_way = 0
            self._tell()
            return was
