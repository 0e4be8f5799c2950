"""The laboratory of callbacks: a test watches them, waits for them, and bends what they do."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    ParamSpec,
    SupportsIndex,
    TypeVar,
    overload,
)

from fake_ims.clock import TimeDelta, iso, micros, real_monotonic
from fake_ims.events.bends import Bend, Kind
from fake_ims.events.callbacks import DELIVERED, OUTCOMES, PENDING, RECORDED, Callback, Callbacks
from fake_ims.events.dispatcher import in_event_loop
from fake_ims.events.names import EVENT_TYPES
from fake_ims.texts import listing, nearest
from fake_ims.world import World

if TYPE_CHECKING:
    from fake_ims.receiver import Handle, Receiver

Given = ParamSpec("Given")
Result = TypeVar("Result")

_LOOK: Final = 0.02
"""Seconds between two looks at a world in which nothing is pending: another thread may act."""


class CallbackError(AssertionError):
    """A callback that a test waited for did not come; the message says what came instead."""


class Laboratory(Sequence[Callback]):
    """The callbacks so far, oldest first, and what a test can do with them.

    What it hands out are snapshots, which do not change. They belong to the world: after
    ``reset()`` there are none, and a ``scratch()`` block has its own.
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
        _check(event_type, outcome)
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
        timeout: float = 5.0,
    ) -> Callback:
        """The first callback of this kind that has come to its end, or the ``count``-th.

        Nothing sleeps: while it has not come, the world's clock moves to the next due time, no
        further than needed, and attempts that are under way are waited for. Where nothing is
        pending, another thread may still set something off, for ``timeout`` seconds of real time.

        :param outcome: which end; by default ``delivered``, or ``recorded``, which a callback to
            another machine comes to.
        :raises CallbackError: if it does not come, or has come to another end.
        :raises RuntimeError: inside a running event loop, where the receiver may live:
            :meth:`wait_for_async` serves there.
        :raises ValueError: for an event or an outcome that does not exist.
        """
        __tracebackhide__ = True
        _check(event_type, outcome)
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count}")
        wanted = (DELIVERED, RECORDED) if outcome is None else (outcome,)
        world = self._world()
        deadline = real_monotonic() + timeout
        with world.lock:
            world.catch_up()
            seen = fit = 0
            while True:
                ended, seen = world.dispatcher.ended_after(seen)
                for callback in ended.of(event_type, media_id=media_id, to=to):
                    fit += callback.outcome in wanted
                    if fit == count:
                        world.forgive(callback)
                        return callback
                    if count == 1:
                        raise CallbackError(
                            f"a callback came to another end than {' or '.join(wanted)}:\n"
                            f"{callback!r}"
                        )
                left = deadline - real_monotonic()
                if left <= 0:
                    raise CallbackError(_not_come(count, world, event_type, media_id, to))
                if in_event_loop():
                    raise RuntimeError(
                        "that callback has not been delivered yet, and this thread runs an event "
                        "loop: await ims.callbacks.wait_for_async(...)"
                    )
                if world.dispatcher.busy:
                    world.dispatcher.wait(min(left, 1.0))
                elif not world.move_to_next():
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
        timeout: float = 5.0,
    ) -> Callback:
        """:meth:`wait_for` in another thread: a receiver on this event loop can answer."""
        __tracebackhide__ = True
        return await _elsewhere(
            self.wait_for, event_type, media_id=media_id, to=to, outcome=outcome, count=count,
            timeout=timeout,
        )  # fmt: skip

    def deliver_now(self, *callbacks: Callback) -> Callbacks:
        """Make all attempts at once that are pending, without moving the clock, and wait for them;
        the callbacks that were pending, as they are then.

        Those that :meth:`delay` and :meth:`reorder` hold back leave as well. Inside a running event
        loop it does not wait; :meth:`deliver_now_async` does.

        :param callbacks: only these, in this order, one after the other.
        """
        world = self._world()
        numbers = [callback.number for callback in callbacks]
        with world.lock:
            world.catch_up()
            if not numbers:
                numbers = [each.number for each in self.snapshot() if each.outcome == PENDING]
                world.deliver_now()
            for callback in callbacks:
                world.deliver_now([callback.number])
            return Callbacks(each for each in self.snapshot() if each.number in numbers)

    async def deliver_now_async(self, *callbacks: Callback) -> Callbacks:
        """:meth:`deliver_now` in another thread: a receiver on this event loop can answer."""
        return await _elsewhere(self.deliver_now, *callbacks)

    def redeliver(self, callback: Callback) -> Callback:
        """Deliver a callback once more, whatever became of it; the copy after its first attempt.

        Inside a running event loop, the copy before it.

        :raises KeyError: for one that its world has forgotten.
        """
        world = self._world()
        with world.lock:
            number = world.dispatcher.redeliver(callback.number)
            if not in_event_loop():
                world.dispatcher.wait_for_attempts([number])
            return world.dispatcher.find(number)

    async def redeliver_async(self, callback: Callback) -> Callback:
        """:meth:`redeliver` in another thread: a receiver on this event loop can answer."""
        return await _elsewhere(self.redeliver, callback)

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
        _check(event_type, None)
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
            receiver; what it returns is the status (None is 200), an exception is a 500.
            Callbacks that are dropped because the receiver was told to fail do not fail the test.
        """
        from fake_ims.receiver import Receiver

        return Receiver(handle, provoked=self._world().provoked.add)


async def _elsewhere(
    function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
) -> Result:
    import asyncio

    return await asyncio.to_thread(functools.partial(function, *args, **kwargs))


def _check(event_type: str | None, outcome: str | None) -> None:
    if event_type is not None and event_type not in EVENT_TYPES:
        raise ValueError(f"no event is called {event_type!r}{nearest(event_type, EVENT_TYPES)}")
    if outcome is not None and outcome not in OUTCOMES:
        hint = nearest(outcome, OUTCOMES) or f": there are {', '.join(OUTCOMES)}"
        raise ValueError(f"no outcome is called {outcome!r}{hint}")


def _not_come(
    count: int, world: World, event_type: str | None, media_id: str | None, to: str | None
) -> str:
    """What a person should know of a callback that did not come."""
    what = f"{event_type or 'any event'} of {media_id or 'any asset'}"
    what = f"{count} callbacks {what}" if count > 1 else f"no callback {what}"
    what += "" if to is None else f" to {to}"
    lines = [f"{what}{' did not come' if count > 1 else ' came'}:"]
    found = world.dispatcher.snapshot().of(event_type, media_id=media_id, to=to)
    events = [
        event
        for event in world.events()
        if event_type in (None, event.event_type) and media_id in (None, event.media_id)
    ]
    if events and not found:
        lines.append(
            f"{events[-1]!r} happened, and no callback is set for it: SetEventCallback sets one "
            "for all assets, NotifyAddress in the UserData of RegisterMediaInfo one for that asset."
        )
    held = [each for each in world.queue.entries() if media_id in (None, each.subject)]
    lines += [f"pending: {each!r}" for each in held[:5]]
    lines.append(repr(found or world.dispatcher.snapshot()))
    lines.append(f"It is {iso(world.clock.read(tick=False))} there.")
    return "\n".join(lines)
