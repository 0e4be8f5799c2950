"""The laboratory of callbacks: a test watches them, waits for them, and bends what they do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, SupportsIndex, overload

from fake_ims.clock import TimeDelta, micros, real_monotonic
from fake_ims.event_loops import elsewhere, in_event_loop
from fake_ims.events.bends import Bend, Kind
from fake_ims.events.callbacks import DELIVERED, OUTCOMES, PENDING, RECORDED, Callback, Callbacks
from fake_ims.events.names import EVENT_TYPES, MESSAGES
from fake_ims.texts import listing, nearest
from fake_ims.world import World

if TYPE_CHECKING:
    from fake_ims.receiver import Handle, Receiver

_LOOK: Final = 0.02
"""Seconds between two looks at a world in which nothing is pending: another thread may act."""


class CallbackError(AssertionError):
    """A callback that a test waited for did not come; the message says what came instead."""


class Laboratory(Sequence[Callback]):
    """The callbacks so far, oldest first, and what a test can do with them.

    What it hands out are snapshots, which do not change. They belong to the world, and so do bends:
    after ``reset()`` there are none, and a ``scratch()`` block has its own.
    """

    def __init__(self, world: Callable[[], World]) -> None:
        self._world = world

    # ------------------------------------------------------------ looking

    def snapshot(self) -> Callbacks:
        """The callbacks so far."""
        return self._world().callbacks()

    def of(
        self,
        event_type: str | None = None,
        *,
        media_id: str | None = None,
        to: str | None = None,
        outcome: str | None = None,
    ) -> Callbacks:
        """Those of one type, of one asset, for one receiver, with one outcome.

        :raises ValueError: for an event or an outcome that does not exist.
        """
        _check(event_type, outcome, media_id, to)
        return self.snapshot().of(event_type, media_id=media_id, to=to, outcome=outcome)

    @overload
    def __getitem__(self, index: SupportsIndex) -> Callback: ...
    @overload
    def __getitem__(self, index: slice) -> Callbacks: ...
    def __getitem__(self, index: Any) -> Any:
        found = self.snapshot()[index]
        return Callbacks(found) if isinstance(index, slice) else found

    def __len__(self) -> int:
        return len(self.snapshot())

    def __iter__(self) -> Iterator[Callback]:
        return iter(self.snapshot())

    def __repr__(self) -> str:
        world = self._world()
        with world.lock:
            bends = list(world.dispatcher.bends)
            shown = [repr(world.dispatcher.snapshot())]
        return "\n".join(shown + ([listing("bends", bends)] if bends else []))

    # ------------------------------------------------------------ waiting

    def wait_for(
        self,
        event_type: str | None = None,
        *,
        media_id: str | None = None,
        to: str | None = None,
        outcome: str | None = None,
        count: int = 1,
        timeout: TimeDelta = 5.0,
    ) -> Callback:
        """The first callback of this kind that has come to this end, or the ``count``-th.

        Nothing sleeps: while it has not come, the world's clock moves to the next due time, no
        further than needed, and attempts that are under way are waited for. Where nothing is
        pending, another thread may still set something off, for ``timeout`` seconds of real time.

        :param outcome: which end; by default ``delivered``, or ``recorded``, which a callback to
            another machine comes to.
        :raises CallbackError: if it does not come in time; with a ``count`` of 1 at once if one
            has come to another end and nothing more is pending.
        :raises RuntimeError: inside a running event loop, where the receiver may live:
            :meth:`wait_for_async` serves there.
        :raises ValueError: for an event or an outcome that does not exist.
        """
        __tracebackhide__ = True
        from fake_ims import absence  # for those who wait in vain

        _check(event_type, outcome, media_id, to)
        if outcome == PENDING:
            raise ValueError("pending is no end that a callback comes to")
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count}")
        wanted = (DELIVERED, RECORDED) if outcome is None else (outcome,)
        world = self._world()
        deadline = real_monotonic() + micros(timeout) / 1_000_000
        otherwise: list[Callback] = []
        with world.lock:
            world.catch_up()
            seen = fit = 0
            while True:
                ended, seen = world.dispatcher.ended_after(seen)
                for callback in ended.of(event_type, media_id=media_id, to=to):
                    if callback.outcome not in wanted:
                        otherwise.append(callback)
                        continue
                    fit += 1
                    if fit == count:
                        world.forgive(callback)
                        return callback
                left = deadline - real_monotonic()
                busy = world.dispatcher.busy
                more = busy or world.queue.next_due() is not None
                if otherwise and count == 1 and (left <= 0 or not more):
                    raise CallbackError(absence.another_end(Callbacks(otherwise), wanted))
                if left <= 0:
                    raise CallbackError(absence.not_come(world, count, event_type, media_id, to))
                if in_event_loop():
                    raise RuntimeError(
                        "that callback has not been delivered yet, and this thread runs an event "
                        "loop: await ims.callbacks.wait_for_async(...)"
                    )
                if busy:
                    world.dispatcher.wait(min(left, 1.0))
                elif more:
                    world.move_to_next()
                else:
                    world.dispatcher.wait(min(left, _LOOK))
                    world.catch_up()

    async def wait_for_async(
        self,
        event_type: str | None = None,
        *,
        media_id: str | None = None,
        to: str | None = None,
        outcome: str | None = None,
        count: int = 1,
        timeout: TimeDelta = 5.0,
    ) -> Callback:
        """:meth:`wait_for` in another thread: a receiver on this event loop can answer."""
        __tracebackhide__ = True
        return await elsewhere(
            self.wait_for, event_type, media_id=media_id, to=to, outcome=outcome, count=count,
            timeout=timeout,
        )  # fmt: skip

    def deliver_now(self, *callbacks: Callback) -> Callbacks:
        """Make all attempts at once that are pending, without moving the clock, and wait for them;
        the callbacks that were pending, as they are then.

        Those that :meth:`delay` and :meth:`reorder` hold back leave as well. Inside a running event
        loop it does not wait; :meth:`deliver_now_async` does. Nor in the handler of a receiver.

        :param callbacks: only these, in this order, one after the other.
        :raises KeyError: as for :meth:`redeliver`.
        """
        world = self._world()
        with world.lock:
            world.catch_up()
            for callback in callbacks:
                _check_world(world, callback)
            numbers = [callback.number for callback in callbacks]
            if not numbers:
                numbers = [each.number for each in self.snapshot() if each.outcome == PENDING]
                world.deliver_now()
            for callback in callbacks:
                world.deliver_now([callback.number])
            return Callbacks(each for each in self.snapshot() if each.number in numbers)

    async def deliver_now_async(self, *callbacks: Callback) -> Callbacks:
        """:meth:`deliver_now` in another thread: a receiver on this event loop can answer."""
        return await elsewhere(self.deliver_now, *callbacks)

    def redeliver(self, callback: Callback) -> Callback:
        """Deliver a callback once more, whatever became of it; the copy after its first attempt.

        Inside a running event loop, the copy before it.

        :raises KeyError: for one that its world has forgotten, or of another world: ``reset()``
            and ``scratch()`` make new ones.
        """
        world = self._world()
        with world.lock:
            _check_world(world, callback)
            number = world.dispatcher.redeliver(callback.number)
            if not in_event_loop():
                world.dispatcher.wait_for_attempts([number])
            return world.dispatcher.find(number)

    async def redeliver_async(self, callback: Callback) -> Callback:
        """:meth:`redeliver` in another thread: a receiver on this event loop can answer."""
        return await elsewhere(self.redeliver, callback)

    # ------------------------------------------------------------ bending

    def drop(
        self,
        event_type: str | None = None,
        *,
        media_id: str | None = None,
        to: str | None = None,
        times: int | None = None,
    ) -> Bend:
        """Lose callbacks of this kind, as if they had never left: none of their attempts is made.

        :param times: how many; without end by default.
        :raises ValueError: for an event that does not exist, or ``times`` under 1.
        """
        return self._bend("drop", event_type, media_id, to, times)

    def delay(
        self,
        by: TimeDelta,
        event_type: str | None = None,
        *,
        media_id: str | None = None,
        to: str | None = None,
        times: int | None = None,
    ) -> Bend:
        """Let callbacks of this kind leave later, by world time; others pass them meanwhile, and
        the deletion of their asset does not stop them.

        Errors as for :meth:`drop`, and for a length of time that is not positive.
        """
        length = micros(by)
        if length <= 0:
            raise ValueError(f"a delay is longer than nothing, not {by!r}")
        return self._bend("delay", event_type, media_id, to, times, delay=length)

    def duplicate(
        self,
        event_type: str | None = None,
        *,
        copies: int = 2,
        media_id: str | None = None,
        to: str | None = None,
        times: int | None = None,
    ) -> Bend:
        """Deliver callbacks of this kind more than once, one copy after the other.

        Errors as for :meth:`drop`, and for ``copies`` under 2.
        """
        if copies < 2:
            raise ValueError(f"a duplicate is at least 2 copies, not {copies}")
        return self._bend("duplicate", event_type, media_id, to, times, count=copies)

    def reorder(
        self,
        event_type: str | None = None,
        *,
        count: int = 2,
        media_id: str | None = None,
        to: str | None = None,
        times: int | None = None,
    ) -> Bend:
        """Collect ``count`` callbacks of this kind, then deliver them one after the other, the last
        first; again and again. What is still held leaves when the bend ends.

        Errors as for :meth:`drop`, and for ``count`` under 2.
        """
        if count < 2:
            raise ValueError(f"to reorder takes at least 2 callbacks, not {count}")
        return self._bend("reorder", event_type, media_id, to, times, count=count)

    def before_the_answer(
        self,
        event_type: str | None = None,
        *,
        media_id: str | None = None,
        to: str | None = None,
        times: int | None = None,
    ) -> Bend:
        """Deliver callbacks of this kind before the call that causes them is answered: the caller
        does not know the MediaId yet. A registration is analysed at once then.

        Errors as for :meth:`drop`.
        """
        return self._bend("before the answer", event_type, media_id, to, times)

    def _bend(
        self,
        kind: Kind,
        event_type: str | None,
        media_id: str | None,
        to: str | None,
        times: int | None,
        *,
        delay: int = 0,
        count: int = 0,
    ) -> Bend:
        _check(event_type, None, media_id, to)
        if times is not None and times < 1:
            raise ValueError(f"times must be at least 1, not {times}")
        world = self._world()

        def end(bend: Bend) -> None:
            with world.lock:
                world.dispatcher.bends.remove(bend)
                world.dispatcher.let_go(bend)

        bend = Bend(kind, event_type, media_id, to, times, end, delay=delay, count=count)
        with world.lock:
            world.dispatcher.bends.add(bend)
        return bend

    # ------------------------------------------------------------ receiving

    def receiver(self, handle: Handle | None = None) -> Receiver:
        """A receiver of callbacks for who has none: ``with ims.callbacks.receiver() as inbox:``.

        :param handle: called with each :class:`~fake_ims.receiver.Received`, in a thread of the
            receiver; what it returns is the status (None is 200), an exception is a 500. There
            ``settle()``, ``complete()`` and the clock do not wait for callbacks.
            Callbacks that are dropped because the receiver was told to fail do not fail the test.
        """
        from fake_ims.receiver import Receiver

        if handle is not None and not callable(handle):
            raise TypeError(f"a handler is called with what was received, not {handle!r}")
        return Receiver(handle, provoked=self._world().journal.troubles.provoked.add)


def _check(
    event_type: str | None, outcome: str | None, media_id: str | None, to: str | None
) -> None:
    for name, value, such_as in (
        ("event_type", event_type, '"RegisterMediaComplete"'),
        ("outcome", outcome, '"delivered"'),
        ("media_id", media_id, "asset.media_id"),
        ("to", to, "inbox.url"),
    ):
        if not isinstance(value, (str, type(None))):
            raise TypeError(f"{name} is a text, such as {such_as}, not {value!r}")
    names = (*EVENT_TYPES, *MESSAGES)
    if event_type is not None and event_type not in names:
        raise ValueError(f"no event is called {event_type!r}{nearest(event_type, names)}")
    if outcome is not None and outcome not in OUTCOMES:
        hint = nearest(outcome, OUTCOMES) or f": there are {', '.join(OUTCOMES)}"
        raise ValueError(f"no outcome is called {outcome!r}{hint}")


def _check_world(world: World, callback: Callback) -> None:
    if not isinstance(callback, Callback):
        raise TypeError(f"a callback is one of ims.callbacks, not {callback!r}")
    if world.dispatcher.find(callback.number).event is not callback.event:
        raise KeyError(f"callback {callback.number} is of another world: {callback!r}")
