"""Lanes: callbacks that leave one after the other, each when the one before came to its end."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace

from fake_ims.clock import Instant
from fake_ims.events.bends import Bend
from fake_ims.events.callbacks import Callback


@dataclass(slots=True, eq=False)
class Live:
    """A callback that has not come to its end.

    ``at`` is the time of its next attempt, ``entry`` the queue's entry for it, if it waits for
    one. ``doomed``: its asset is gone. ``early``: it does not wait for an answer to be sent.
    ``held`` by the reorder that has collected it. ``flights`` counts what the courier was given.
    """

    callback: Callback
    lane: Hashable
    at: Instant
    early: bool = False
    doomed: bool = False
    held: Bend | None = None
    under_way: bool = False
    flights: int = 0
    entry: int | None = None
    began: Instant | None = None
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def subject(self) -> str:
        """What its event is about: the id of an asset, or of a job on none."""
        return self.callback.subject

    @property
    def latest(self) -> Instant:
        """When it was attempted last; before the first attempt, when its event was."""
        attempts = self.callback.attempts
        return attempts[-1].at if attempts else self.callback.event.at

    def explain(self, why: str) -> None:
        """Say why it does not leave: for this reason, or else because a reorder holds it."""
        if not why and self.held is not None:
            why = f"a reorder holds it until {self.held.count} are there"
        self.callback = replace(self.callback, why=why)


class Lanes:
    """The callbacks of a world that have not come to their end, each in its lane; by number in
    ``live``. The caller holds the world's lock.
    """

    __slots__ = ("_numbers", "_of_asset", "live")

    def __init__(self) -> None:
        self.live: dict[int, Live] = {}
        self._numbers: dict[Hashable, deque[int]] = {}
        self._of_asset: dict[str, dict[Hashable, None]] = {}

    def __iter__(self) -> Iterator[Hashable]:
        return iter(tuple(self._numbers))

    def first(self, lane: Hashable) -> Live | None:
        """Whose turn it is; None if nothing is in the lane any more."""
        numbers = self._numbers.get(lane)
        return self.live[numbers[0]] if numbers else None

    def inside(self, lane: Hashable) -> list[Live]:
        """What is in a lane, in its order."""
        return [self.live[number] for number in self._numbers.get(lane, ())]

    def of(self, media_id: str) -> tuple[Hashable, ...]:
        """The lanes of an asset, without those of single callbacks."""
        return tuple(self._of_asset.get(media_id, ()))

    def early(self, subjects: Collection[str]) -> list[int]:
        """The callbacks of these assets that shall arrive before the answer."""
        return [
            number for number, live in self.live.items() if live.early and live.subject in subjects
        ]

    def line_up(self, callback: Callback, *, early: bool = False) -> Live:
        """Put one behind those of the same asset for the same receiver."""
        lane = (callback.subject, callback.target)
        live = self.live[callback.number] = Live(callback, lane, callback.event.at, early=early)
        self._of_asset.setdefault(callback.subject, {})[lane] = None
        self._numbers.setdefault(lane, deque()).append(callback.number)
        return live

    def add_alone(self, callback: Callback) -> Live:
        """Put one into a lane of its own, if a test has bent it: no other waits for it."""
        live = self.live[callback.number] = Live(callback, callback.number, callback.event.at)
        self._numbers[live.lane] = deque([callback.number])
        return live

    def join(self, lives: Iterable[Live]) -> Hashable:
        """Put those that were alone into one lane, in this order."""
        numbers = deque(live.callback.number for live in lives)
        lane = ("reorder", *numbers)
        for number in numbers:
            del self._numbers[number]
            self.live[number].lane = lane
        self._numbers[lane] = numbers
        return lane

    def remove(self, live: Live) -> None:
        """Take one out that came to its end: the next does not leave before it did."""
        number, lane = live.callback.number, live.lane
        del self.live[number]
        self._numbers[lane].remove(number)
        following = self.first(lane)
        if following is not None:
            following.at = max(following.at, live.at)
            return
        del self._numbers[lane]
        lanes = self._of_asset.get(live.subject, {})
        lanes.pop(lane, None)
        if not lanes:
            self._of_asset.pop(live.subject, None)
