"""Threads that a receiver may need: those of event loops, asyncio's and trio's, and of handlers."""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Final, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")

_HANDLING: Final = ContextVar("fake_ims_handling", default=False)


def needed_by_receiver() -> bool:
    """Whether a receiver may need this very thread: who waits here for a delivery may wait for
    itself.
    """
    return _HANDLING.get() or in_event_loop()


@contextlib.contextmanager
def handling() -> Iterator[None]:
    """This thread runs a receiver's handler; what it calls :func:`elsewhere` belongs to it."""
    before = _HANDLING.set(True)
    try:
        yield
    finally:
        _HANDLING.reset(before)


def in_event_loop() -> bool:
    """Whether this thread runs an event loop: a receiver may live there, too."""
    events = sys.modules.get("asyncio.events")
    return (events is not None and events._get_running_loop() is not None) or _in_trio()


def _in_trio() -> bool:
    trio = sys.modules.get("trio.lowlevel")
    try:
        return trio is not None and trio.current_task() is not None
    except RuntimeError:
        return False


async def elsewhere(
    function: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
) -> Result:
    """Call a function in another thread, so that this event loop goes on meanwhile."""
    call = functools.partial(function, *args, **kwargs)
    if _in_trio():
        result: Result = await sys.modules["trio"].to_thread.run_sync(call)
        return result
    import asyncio

    return await asyncio.to_thread(call)
