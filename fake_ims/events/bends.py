"""Bends: what a test wants done to callbacks that the service would never do, or seldom does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from fake_ims.clock import Micros
from fake_ims.events.record import Event
from fake_ims.events.targets import Target
from fake_ims.texts import listing, printable, shortened

if TYPE_CHECKING:
    from types import TracebackType

Kind = Literal["drop", "delay", "duplicate", "reorder", "before the answer"]


@dataclass(slots=True, eq=False)
class Bend:
    """Something done to the callbacks that it covers, until it has been ``times`` times.

    ``fired`` counts the callbacks that it was done to. In a ``with`` statement it ends with the
    block; what it holds back at its end is let go.

    ``delay`` is world time. ``count`` is how many copies there are of a duplicate, or how many
    callbacks a reorder collects before it lets them go; ``held`` are the numbers of these.
    """

    kind: Kind
    event_type: str | None
    media_id: str | None
    to: str | None
    times: int | None
    end: Callable[[Bend], None] = field(repr=False)
    delay: Micros = 0
    count: int = 0
    fired: int = 0
    held: list[int] = field(default_factory=list)

    def covers(self, event: Event, target: Target) -> bool:
        """Whether it is done to this callback."""
        return (
            (self.times is None or self.fired < self.times)
            and self.event_type in (None, event.event_type)
            and self.media_id in (None, event.media_id)
            and self.to in (None, target.address)
        )

    def __enter__(self) -> Bend:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(self)

    def __repr__(self) -> str:
        whose = [self.event_type or "any event"]
        whose += [f"of {self.media_id}"] if self.media_id is not None else []
        whose += [f"to {printable(shortened(self.to))}"] if self.to is not None else []
        what = {
            "delay": f"delay by {self.delay / 1_000_000:g}s",
            "duplicate": f"deliver {self.count} times",
            "reorder": f"reorder {self.count}, {len(self.held)} held",
        }.get(self.kind, self.kind)
        of = "" if self.times is None else f" of {self.times}"
        return f"<{what}: {' '.join(whose)}; fired {self.fired}{of}>"


class Bends:
    """The bends of a world, in the order in which they were added; the first that covers a
    callback decides. The caller holds the world's lock.
    """

    def __init__(self) -> None:
        self._bends: list[Bend] = []

    def __len__(self) -> int:
        return len(self._bends)

    def __iter__(self) -> Iterator[Bend]:
        return iter(tuple(self._bends))

    def __repr__(self) -> str:
        return listing("bends", self._bends)

    def add(self, bend: Bend) -> None:
        """Put one in, behind the others."""
        self._bends.append(bend)

    def remove(self, bend: Bend) -> None:
        """Take one out; nothing happens if it is out."""
        if bend in self._bends:
            self._bends.remove(bend)

    def find(self, event: Event, target: Target) -> Bend | None:
        """What is done to a callback, which counts then; None for most of them."""
        for bend in self._bends:
            if bend.covers(event, target):
                bend.fired += 1
                return bend
        return None

    def expects_before_the_answer(self, event_type: str, media_id: str) -> bool:
        """Whether an event of this type, of this asset, is to come before an answer."""
        return any(
            bend.kind == "before the answer"
            and (bend.times is None or bend.fired < bend.times)
            and bend.event_type in (None, event_type)
            and bend.media_id in (None, media_id)
            for bend in self._bends
        )
