"""One fault: what goes wrong, on which calls, how often."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from fake_ims.clock import Instant
from fake_ims.faults.effects import INSTEAD, Effect
from fake_ims.texts import printable, shortened

if TYPE_CHECKING:
    from types import TracebackType

    from fake_ims.journal.calls import Call

LONGEST: Final = 86_400.0
"""Seconds that one answer is kept back, at most."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which calls a fault is for: those of an action, a caller, and with these parameters.

    What is not given is any. ``caller`` is the name of a user, or an access key.
    """

    action: str | None = None
    caller: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def covers(self, call: Call) -> bool:
        """Whether the call is one of them."""
        return self.caller in (None, call.caller, call.access_key_id) and call.matches(
            self.action, self.parameters
        )

    def __repr__(self) -> str:
        wanted = [f"caller={self.caller!r}"] if self.caller is not None else []
        wanted += [f"{printable(str(name))}={value!r}" for name, value in self.parameters.items()]
        action = printable(self.action or "any call")
        return f"{action}({shortened(', '.join(wanted), 300)})" if wanted else action


@dataclass(frozen=True, slots=True)
class Latency:
    """How long an answer is kept back, in seconds of real time; ``text`` is how it was given."""

    draw: Callable[[random.Random], float]
    text: str

    def seconds(self, dice: random.Random) -> float:
        """Draw; what is no length of time is none."""
        return min(max(0.0, self.draw(dice)), LONGEST)


@dataclass(slots=True, eq=False)
class Fault:
    """Something that goes wrong; made by :meth:`~fake_ims.faults.registry.Faults.add`.

    ``seen`` counts the calls that it covered until it was used up, ``fired`` those on which it
    fired. In a ``with`` statement it ends with the block. ``seed`` is that of its draws.
    """

    scope: Scope
    effect: Effect | None
    latency: Latency | None
    after_work: bool
    times: int | None
    after: int
    probability: float
    until: Instant | None
    seed: str
    end: Callable[[Fault], None] = field(repr=False)
    seen: int = 0
    fired: int = 0
    _luck: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._luck = random.Random(self.seed)

    @property
    def answers(self) -> bool:
        """Whether the answer is the fault's, not the service's."""
        return isinstance(self.effect, INSTEAD)

    @property
    def left(self) -> int | None:
        """How often it will still fire, at most; None when there is no end."""
        return None if self.times is None else self.times - self.fired

    def covers(self, call: Call, now: Instant) -> bool:
        """Whether it has a say in a call."""
        if self.left == 0 or (self.until is not None and now >= self.until):
            return False
        return self.scope.covers(call)

    def fires(self, *, decided: bool) -> bool:
        """Count a call that it covers; whether it fires on it.

        :param decided: another fault has changed the answer already. That makes no difference to
            what is counted and drawn here.
        """
        if self.left == 0:
            return False
        self.seen += 1
        if self.seen <= self.after:
            return False
        if self.probability < 1 and self._luck.random() >= self.probability:
            return False
        if decided and self.effect is not None:
            return False
        self.fired += 1
        return True

    def dice(self) -> random.Random:
        """For what is drawn when it fires, that of each time its own."""
        return random.Random(f"{self.seed}, {self.fired}")

    def __enter__(self) -> Fault:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(self)

    def __repr__(self) -> str:
        what = [] if self.effect is None else [str(self.effect)]
        if self.answers and self.after_work:
            what.append("after the work")
        what += [] if self.latency is None else [f"latency {self.latency.text}"]
        of = "" if self.times is None else f" of {self.times}"
        return f"<fault {self.scope!r}: {', '.join(what)}; fired {self.fired}{of}>"
