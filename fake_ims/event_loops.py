"""Event loops, asyncio's and trio's: whoever would block one that a receiver may live on."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


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
