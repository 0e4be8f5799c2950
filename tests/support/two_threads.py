"""Calls of two threads at once, and whether some order of them explains what came of it."""

from __future__ import annotations

import copy
import random
import string
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

from library_client import Body, Caller, Seen, differing, events_of_the_library, seen
from naive_library import NaiveLibrary

from fake_ims import FakeIms

Call = tuple[str, Mapping[str, str]]
"""An operation and its parameters; ``$name`` in them stands for an id."""


@dataclass(frozen=True)
class Done:
    """A call, what it was answered, and when: ``sent`` and ``answered`` on one clock."""

    action: str
    parameters: Mapping[str, str]
    status: int
    body: Body
    sent: float = 0.0
    answered: float = 0.0

    @property
    def seen(self) -> Seen:
        """What matters of the answer."""
        return seen(self.status, self.body)

    def __repr__(self) -> str:
        took = f"{self.sent * 1e6:.0f}..{self.answered * 1e6:.0f}us"
        return f"  {took} {self.action} {dict(self.parameters)} -> {self.seen}"


def do(caller: Caller, call: Call, ids: Mapping[str, str], began: float | None = None) -> Done:
    """Do one call; by default it is no matter when."""
    action, sent_as = call
    began = time.perf_counter() if began is None else began
    parameters = {k: string.Template(v).substitute(ids) for k, v in sent_as.items()}
    sent = time.perf_counter()
    status, body = caller(action, parameters)
    return Done(action, parameters, status, body, sent - began, time.perf_counter() - began)


class Turns:
    """Lets threads take turns in the midst of what they do in the fake, where nothing stops them.

    Of threads that begin inside the block, while ``often``: without it an unlocked spot is so short
    that hardly ever two threads are in it.
    """

    def __init__(self) -> None:
        self.often = False
        self._dice = random.Random(0)

    def __enter__(self) -> Turns:
        threading.setprofile(self._look_up)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        threading.setprofile(None)

    def _look_up(self, frame: FrameType, event: str, arg: object) -> None:
        if self.often and event == "call" and "fake_ims" in frame.f_code.co_filename:
            if self._dice.random() < 0.3:
                time.sleep(1e-6)


def at_once(
    pool: ThreadPoolExecutor,
    callers: Sequence[Caller],
    plans: Sequence[Sequence[Call]],
    ids: Mapping[str, str],
    turns: Turns,
) -> list[list[Done]]:
    """What each thread did, which began together."""
    barrier = threading.Barrier(len(plans))
    began = time.perf_counter()

    def run(number: int) -> list[Done]:
        barrier.wait(20)
        return [do(callers[number], call, ids, began) for call in plans[number]]

    turns.often = True
    try:
        return list(pool.map(run, range(len(plans))))
    finally:
        turns.often = False


@dataclass
class Outcome:
    """What two threads did in a world, and what was found there afterwards, by calls and events."""

    before: NaiveLibrary
    histories: Sequence[Sequence[Done]]
    found: Sequence[Done]
    events: Sequence[Any]

    def complaint(self) -> str:
        """Empty, if some order of the calls gives all of this; else why not the one that goes
        furthest, and everything that was done and found.

        Each thread's calls are in their order, and a call that was answered before another was
        sent comes before it.
        """
        complaints: list[tuple[int, str]] = []
        for problem in self._problems(self.before, []):
            if not problem[1]:
                return ""
            complaints.append(problem)
        return f"{max(complaints)[1]}\n{self!r}"

    def _problems(
        self, model: NaiveLibrary, before: list[tuple[int, Done]]
    ) -> Iterator[tuple[int, str]]:
        """For each order of the calls that begins like this: how far it goes, and what then is
        not as it should be; nothing, if all is.
        """
        at = [sum(thread == which for which, _ in before) for thread in (0, 1)]
        heads = [history[i : i + 1] for history, i in zip(self.histories, at, strict=True)]
        if not any(heads):
            yield from self._problems_afterwards(copy.deepcopy(model), before)
        for thread, head in enumerate(heads):
            for done in head:
                other = heads[1 - thread]
                if other and other[0].answered < done.sent:
                    continue
                after = copy.deepcopy(model)
                predicted = after.call(done.action, done.parameters, done.body)
                order = [*before, (thread, done)]
                if predicted == done.seen:
                    yield from self._problems(after, order)
                else:
                    yield len(order), told(order, done.seen, predicted)

    def _problems_afterwards(
        self, model: NaiveLibrary, order: list[tuple[int, Done]]
    ) -> Iterator[tuple[int, str]]:
        for number, done in enumerate(self.found, len(order)):
            predicted = model.call(done.action, done.parameters, done.body)
            if predicted != done.seen:
                last = [*order, (-1, done)]
                yield number, told(last, done.seen, predicted)
                return
        model.settle()
        right = list(model.events) == list(self.events)
        yield 1000, "" if right else told(order, list(self.events), model.events)

    def __repr__(self) -> str:
        parts: list[str] = []
        for number, history in enumerate(self.histories):
            parts += [f"thread {number}:", *map(repr, history)]
        return "\n".join([*parts, "found afterwards:", *map(repr, self.found)])


def told(order: list[tuple[int, Done]], got: object, predicted: object) -> str:
    """An order of calls, and what it does not explain."""
    names = [
        f"  {'afterwards' if thread < 0 else f'thread {thread}'}: {done.action} "
        f"{dict(done.parameters)}"
        for thread, done in order
    ]
    return "\n".join(["in this order", *names, "there would be", *differing(got, predicted)])


def outcome(
    ims: FakeIms, caller: Caller, model: NaiveLibrary, histories: list[list[Done]], look: list[Call]
) -> Outcome:
    """Look at what the threads left behind."""
    found = [do(caller, call, {}) for call in look]
    ims.settle()
    return Outcome(model, histories, found, events_of_the_library(ims))
