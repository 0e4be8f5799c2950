"""What a registration sets off, and what becomes of its callbacks, written down naively: lists,
gone through from the beginning.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SECOND: Final = 1_000_000
OF_AN_ANALYSIS: Final = ("RegisterMediaComplete", "VideoAnalysisComplete")
STAGES: Final = {
    "analysis": (2_500_000, OF_AN_ANALYSIS),
    "snapshots": (700_001, ("SnapshotComplete",)),
    "sprite": (300_003, ("SnapshotComplete",)),
    "cover": (1_000_007, ("SnapshotComplete",)),
    "smart_tags": (1_100_011, ()),
    "saving": (200_013, ("MediaAiAnalysisComplete",)),
    "search_index": (1_500_017, ()),
    "workflow": (900_019, ("WorkflowTaskComplete",)),
}
"""How long each takes, and the events that it ends in."""

FAILED: Final = {"smart_tags": ("MediaAiAnalysisComplete",)}
"""Other events, if it fails."""

CHAINS: Final = (
    ("snapshots", "sprite", "cover"),
    ("smart_tags", "saving"),
    ("search_index",),
    ("workflow",),
)
"""What follows an analysis."""

STOPS: Final = ("analysis", "smart_tags")
"""What nothing follows if it fails."""


@dataclass
class Sent:
    """One event on its way to one receiver; times in microseconds."""

    media_id: str
    event_type: str
    to: str
    at: int
    attempts: list[tuple[int, bool]] = field(default_factory=list)
    outcome: str = "pending"
    retry: int | None = None


@dataclass
class Stage:
    """Something that is done to an asset, and what of its chain is to follow."""

    media_id: str
    name: str
    began: int
    due: int
    notify: str | None
    fails: frozenset[str]
    rest: tuple[str, ...] = ()
    ended: bool = False

    @property
    def failed(self) -> bool:
        """Whether it has failed."""
        return self.ended and self.name in self.fails


class NaiveCallbacks:
    """Assets that are worked on for fixed times, and receivers that answer 200 or do not."""

    def __init__(self, now: int) -> None:
        self.now = now
        self.answers: dict[str, bool] = {}
        self.everywhere: str | None = None
        self.sent: list[Sent] = []
        self.stages: list[Stage] = []
        self._wanted: dict[str, frozenset[str]] = {}

    def register(
        self, media_id: str, notify: str | None, wanted: frozenset[str], fails: frozenset[str]
    ) -> None:
        """Begin the analysis; the ``wanted`` stages shall follow, and those in ``fails`` fail."""
        self._wanted[media_id] = wanted
        self._begin(Stage(media_id, "", 0, self.now, notify, fails), ("analysis",))

    def _begin(self, before: Stage, chain: tuple[str, ...]) -> None:
        for number, name in enumerate(chain):
            if name == "analysis" or name in self._wanted[before.media_id]:
                due = before.due + STAGES[name][0]
                rest = chain[number + 1 :]
                self.stages.append(Stage(
                    before.media_id, name, before.due, due, before.notify, before.fails, rest
                ))  # fmt: skip
                return

    def change(self, media_id: str) -> None:
        self._happen(media_id, "MediaBaseChangeComplete", self.everywhere, self.now)

    def delete(self, media_id: str) -> None:
        self.stages = [each for each in self.stages if each.media_id != media_id]
        for each in self.sent:
            if each.media_id == media_id and each.outcome == "pending":
                each.outcome = "cancelled"
        self._happen(media_id, "DeleteMediaComplete", self.everywhere, self.now)

    def advance(self, by: int) -> None:
        self.now += by
        while (due := self._next()) is not None and due <= self.now:
            self._run(due)

    def settle(self) -> None:
        while (due := self._next()) is not None:
            self.now = max(self.now, due)
            self._run(due)

    def _next(self) -> int | None:
        dues = [each.due for each in self.stages if not each.ended]
        dues += [
            each.retry for each in self.sent if each.outcome == "pending" and each.retry is not None
        ]
        return min(dues, default=None)

    def _run(self, due: int) -> None:
        for stage in [each for each in self.stages if not each.ended and each.due == due]:
            stage.ended = True
            events = STAGES[stage.name][1]
            for event_type in FAILED.get(stage.name, events) if stage.failed else events:
                to = stage.notify or self.everywhere
                self._happen(stage.media_id, event_type, to, due)
            if stage.failed and stage.name in STOPS:
                continue
            for chain in CHAINS if stage.name == "analysis" else (stage.rest,):
                self._begin(stage, chain)
        for each in self.sent:
            if each.outcome == "pending" and each.retry == due:
                self._attempt(each, due)

    def _happen(self, media_id: str, event_type: str, to: str | None, at: int) -> None:
        if to is not None:
            each = Sent(media_id, event_type, to, at)
            self.sent.append(each)
            if self._line(each)[0] is each:
                self._attempt(each, at)

    def _line(self, of: Sent) -> list[Sent]:
        """What is pending for the same asset and receiver."""
        return [
            each
            for each in self.sent
            if (each.media_id, each.to, each.outcome) == (of.media_id, of.to, "pending")
        ]

    def _attempt(self, each: Sent, at: int) -> None:
        ok = self.answers[each.to]
        each.attempts.append((at, ok))
        if ok:
            each.outcome = "delivered"
        elif len(each.attempts) == 3:
            each.outcome = "dropped"
        else:
            each.retry = at + SECOND
            return
        following = self._line(each)
        if following:
            self._attempt(following[0], max(at, following[0].at))
