"""What becomes of callbacks, written down naively: lists, gone through from the beginning."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SECOND: Final = 1_000_000
OF_AN_ANALYSIS: Final = ("RegisterMediaComplete", "VideoAnalysisComplete")


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
class Analysis:
    media_id: str
    due: int
    notify: str | None


class NaiveCallbacks:
    """Assets that are analysed after a fixed delay, and receivers that answer 200 or do not."""

    def __init__(self, now: int, delay: int) -> None:
        self.now = now
        self.delay = delay
        self.answers: dict[str, bool] = {}
        self.everywhere: str | None = None
        self.sent: list[Sent] = []
        self.analyses: list[Analysis] = []

    def register(self, media_id: str, notify: str | None) -> None:
        self.analyses.append(Analysis(media_id, self.now + self.delay, notify))

    def change(self, media_id: str) -> None:
        self._happen(media_id, "MediaBaseChangeComplete", self.everywhere, self.now)

    def delete(self, media_id: str) -> None:
        self.analyses = [each for each in self.analyses if each.media_id != media_id]
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
        dues = [each.due for each in self.analyses]
        dues += [
            each.retry for each in self.sent if each.outcome == "pending" and each.retry is not None
        ]
        return min(dues, default=None)

    def _run(self, due: int) -> None:
        for analysis in [each for each in self.analyses if each.due == due]:
            self.analyses.remove(analysis)
            for event_type in OF_AN_ANALYSIS:
                to = analysis.notify or self.everywhere
                self._happen(analysis.media_id, event_type, to, due)
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
