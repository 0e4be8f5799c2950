"""What a test wants to come of jobs: failures, results, and how long they take."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fake_ims.clock import Micros
from fake_ims.jobs.job import JobFailure, Source


@dataclass(slots=True, eq=False)
class Expectation:
    """What shall come of the jobs that it covers; in a ``with`` statement it ends with the block.

    ``url`` may have ``*`` in it. ``times`` counts down from job to job; None has no end.
    """

    kind: str
    url: str | None
    canonical: str | None
    media_id: str | None
    times: int | None
    failure: JobFailure | None = None
    result: Any = None
    delay: Micros | None = None
    met: int = 0
    _end: Callable[[Expectation], None] = field(default=lambda each: None, repr=False)

    def covers(self, kind: str, source: Source, media_id: str | None, input_url: str) -> bool:
        """Whether a job that begins is one of its."""
        if kind != self.kind or self.times == self.met:
            return False
        if self.media_id is not None and media_id != self.media_id:
            return False
        if self.url is None:
            return True
        if self.canonical is not None:
            return source.location is not None and source.location.canonical == self.canonical
        pattern = ".*".join(map(re.escape, self.url.split("*")))
        return any(re.fullmatch(pattern, each, re.DOTALL) for each in (input_url, source.media))

    def clear(self) -> None:
        """End it; jobs that have begun keep to it."""
        self._end(self)

    def __enter__(self) -> Expectation:
        return self

    def __exit__(self, *exception: object) -> None:
        self.clear()

    def __repr__(self) -> str:
        of = self.media_id or self.url
        what = []
        if self.failure is not None:
            what.append(f"fail with {self.failure.code}")
        if self.result is not None:
            what.append("have a given result")
        if self.delay is not None:
            what.append(f"take {self.delay / 1_000_000:g}s")
        times = "" if self.times is None else f", {self.times - self.met} times more"
        which = f"{self.kind} jobs" + (f" of {of}" if of else "")
        return f"<{which} {' and '.join(what)}{times}>"


class Expectations:
    """Those of a world; of several that cover a job the latest counts. The world's lock is held."""

    def __init__(self) -> None:
        self._all: list[Expectation] = []

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Expectation]:
        return iter(tuple(self._all))

    def add(self, expectation: Expectation) -> Expectation:
        """Take one in."""
        expectation._end = self._remove
        self._all.append(expectation)
        return expectation

    def _remove(self, expectation: Expectation) -> None:
        if expectation in self._all:
            self._all.remove(expectation)

    def find(
        self, kind: str, source: Source, media_id: str | None, input_url: str
    ) -> Expectation | None:
        """The one that counts for a job that begins; it counts the job."""
        for expectation in reversed(self._all):
            if expectation.covers(kind, source, media_id, input_url):
                expectation.met += 1
                if expectation.met == expectation.times:
                    self._remove(expectation)
                return expectation
        return None
