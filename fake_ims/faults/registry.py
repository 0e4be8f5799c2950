"""The faults of a world: what has been asked for, and what fires on a call."""

from __future__ import annotations

import inspect
import random
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from fake_ims.clock import Instant, TimeDelta
from fake_ims.faults.effects import INSTEAD, Effect
from fake_ims.faults.fault import LONGEST, Fault
from fake_ims.texts import listing, nearest

if TYPE_CHECKING:
    from fake_ims.faults.reading import AnswerFault
    from fake_ims.journal.calls import Call

Draw: TypeAlias = "Callable[[random.Random], float]"


@dataclass(frozen=True, slots=True)
class Firing:
    """What happens to one call: seconds of waiting before and after its work, and an effect.

    ``instead``: the work is not done. ``dice`` are for what the effect draws.
    """

    before: float
    after: float
    effect: Effect | None
    instead: bool
    dice: random.Random


class Faults:
    """The faults of a world, in the order in which they were added; safe from any thread.

    Each counts and draws for itself, on every call that it covers. Of those that then would change
    the answer the first decides, and the others do not fire; those that only delay fire besides,
    and their delays add up.

    :param seed: of the draws of each fault. They move no other draw; another fault moves them only
        if it comes before and has the same operation and effect.
    :param now: world time, for those that end.
    :param actions: the operations that the service has.
    :param parameters: those of an operation, as far as they are known.
    """

    def __init__(
        self,
        seed: int,
        now: Callable[[], Instant],
        actions: Callable[[], Iterable[str]],
        parameters: Callable[[str], Collection[str]] = lambda action: (),
    ) -> None:
        self._seed = seed
        self._now = now
        self._actions = actions
        self._parameters = parameters
        self._faults: dict[Fault, None] = {}
        self._kinds: dict[str, int] = {}
        self._lock = threading.Lock()
        self._ended = False
        self._over: threading.Event | None = None  # most worlds keep nobody waiting

    def __len__(self) -> int:
        return len(self._faults)

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter(tuple(self._faults))

    def __repr__(self) -> str:
        return listing("faults", list(self))

    def add(
        self,
        action: str | None = None,
        *,
        code: str | None = None,
        status: int | None = None,
        message: str | None = None,
        values: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        retry_after: TimeDelta | None = None,
        reset: bool = False,
        answer: AnswerFault | None = None,
        slow: TimeDelta | None = None,
        latency: TimeDelta | tuple[TimeDelta, TimeDelta] | Draw | None = None,
        after_work: bool | None = None,
        caller: Any = None,
        parameters: Mapping[str, Any] | None = None,
        times: int | None = None,
        after: int = 0,
        probability: float = 1.0,
        ttl: TimeDelta | None = None,
        **api_parameters: Any,
    ) -> Fault:
        """Let something go wrong, on calls of ``action``, or on any.

        What goes wrong is one of these, or nothing but ``latency``:

        * ``code``: an error of ``fake-ims errors``, ``values`` for what stands in braces there;
          ``status`` and ``message`` instead of the table's; another code with a ``status``;
        * ``status``, ``body`` (bytes, text, or JSON): an answer that is given as it is;
        * ``reset``: the connection is reset;
        * ``answer``: ``"half"`` ends it in the middle of its body, and the connection with it;
          ``"malformed"`` stops its text in the middle; ``"html"`` is a proxy's error page;
        * ``slow``: the body dribbles, for so long.

        :param headers: of an answer by ``code``, ``status`` or ``body``.
        :param retry_after: sent as ``x-acs-retry-after`` with them.
        :param latency: keeps the answer back, in real time: a length of time, the two ends
            of a range, or a function that draws seconds from a :class:`random.Random`.
        :param after_work: whether the operation is done nevertheless; by default it is for what
            spoils its answer or delays it, and is not for what is instead of it.
        :param caller: a user, temporary keys, a user's name, or an access key.
        :param parameters: what the call must have sent, as in ``calls.of()``; those that the
            operation is known to have can be keywords: ``InputURL=...``.
        :param times: how often it fires; without end by default.
        :param after: how many calls of its scope it leaves alone first.
        :param probability: of firing on each further call; drawn by the world's seed.
        :param ttl: world time until it ends.
        :raises FaultError: for what cannot be.
        """
        __tracebackhide__ = True
        from fake_ims.faults import reading

        wrong = next((name for name in api_parameters if not name[:1].isupper()), None)
        if wrong is not None:
            names = [*inspect.signature(Faults.add).parameters][1:-1]
            hint = nearest(wrong, names)
            if not hint and isinstance(action, str):
                hint = nearest(wrong, self._parameters(action))
            raise TypeError(f"faults.add() has no option {wrong}{hint}")
        wish = reading.Wish(
            code, status, message, values, body, headers, retry_after, reset, answer, slow
        )
        effect = reading.read_effect(wish)
        delay = reading.read_latency(latency)
        if effect is None and delay is None:
            raise reading.FaultError("say what goes wrong: code, status, reset, answer, ...")
        spoils = not isinstance(effect, INSTEAD)
        if not spoils and after_work is None:
            after_work = False
        elif effect is not None and spoils and after_work is False:
            raise reading.FaultError(f"{effect} spoils the answer of the work: it must be done")
        reading.check_numbers(times, after, probability)
        life = reading.read_ttl(ttl)
        scope = reading.read_scope(action, caller, api_parameters, parameters or {}, self._actions)
        if action is not None:
            reading.check_known(action, api_parameters, self._parameters(action))
        until = None if life is None else Instant(self._now() + life)
        kind = f"{action}, {effect}"  # faults of another kind do not move its draws
        with self._lock:
            self._kinds[kind] = number = self._kinds.get(kind, 0) + 1
            fault = Fault(
                scope=scope,
                effect=effect,
                latency=delay,
                after_work=after_work is not False,
                times=times,
                after=after,
                probability=probability,
                until=until,
                seed=f"{self._seed}, {kind}, {number}",
                end=self.remove,
            )
            self._faults[fault] = None
            return fault

    def remove(self, fault: Fault) -> None:
        """End a fault; nothing happens if it has ended."""
        with self._lock:
            self._faults.pop(fault, None)

    def clear(self) -> None:
        """End them all."""
        with self._lock:
            self._faults.clear()

    def fire(self, call: Call, now: Instant) -> Firing | None:
        """What happens to a call, which is told of it; None when nothing does."""
        # What belongs to the test (its predicates, its latencies) runs outside the lock.
        covering = [fault for fault in self if fault.covers(call, now)]
        if not covering:
            return None
        fired: list[tuple[Fault, random.Random]] = []
        decides: tuple[Fault, random.Random] | None = None
        with self._lock:
            for fault in covering:
                if fault in self._faults and fault.fires(decided=decides is not None):
                    fired.append((fault, fault.dice()))
                    if fault.effect is not None:
                        decides = fired[-1]
        if not fired:
            return None
        call.faults = tuple(fault for fault, _ in fired)
        before = after = 0.0
        for fault, dice in fired:
            if fault.latency is not None:
                seconds = fault.latency.seconds(dice)
                after += seconds if fault.after_work else 0.0
                before += 0.0 if fault.after_work else seconds
        fault, dice = decides or fired[0]
        instead = fault.answers and not fault.after_work
        return Firing(min(before, LONGEST), min(after, LONGEST), fault.effect, instead, dice)

    # ------------------------------------------------------------ waiting

    def wait(self, seconds: float) -> bool:
        """Wait in real time; whether the whole time passed before the world ended."""
        with self._lock:
            if self._over is None:
                self._over = threading.Event()
                if self._ended:
                    self._over.set()
        return not self._over.wait(seconds)

    def end(self) -> None:
        """Nobody is kept waiting, now or later."""
        with self._lock:
            self._ended = True
            if self._over is not None:
                self._over.set()

    def begin(self) -> None:
        """Take :meth:`end` back."""
        with self._lock:
            self._ended = False
            if self._over is not None:
                self._over.clear()
