"""What happens later: plain records with due times, in one queue."""

from __future__ import annotations

import heapq
from typing import NamedTuple

from fake_ims.clock import Instant, Micros, iso


class Pending(NamedTuple):
    """One thing that will happen: nothing but data, so that a world can be written to a file.

    ``due`` is None for what only a caller sets off (``completion = reads`` or ``hand``).
    ``subject`` is the id of the thing it happens to.
    """

    sequence: int
    kind: str
    due: Instant | None
    subject: str
    data: dict[str, str]

    def __repr__(self) -> str:
        when = "when a call sets it off" if self.due is None else f"due {iso(self.due)}"
        return f"<{self.kind} of {self.subject} {when}>"


class EventQueue:
    """Pending work, in order of due time, then of sequence; the caller holds the world's lock."""

    def __init__(self) -> None:
        self._sequence = 0
        self._heap: list[tuple[int, int]] = []
        self._held: dict[int, None] = {}
        self._entries: dict[int, Pending] = {}
        self._of_subject: dict[str, list[int]] = {}
        self.touched: set[str] | None = None
        """Collects the subjects of what is added, if somebody wants to know."""

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, sequence: object) -> bool:
        return sequence in self._entries

    def entries(self) -> list[Pending]:
        """What is pending: the timed in order, then the held."""
        return sorted(
            self._entries.values(),
            key=lambda entry: (entry.due is None, entry.due or 0, entry.sequence),
        )

    def of(self, subject: str) -> list[Pending]:
        """What is pending for one subject, in the order it was added."""
        return [self._entries[number] for number in self._of_subject.get(subject, ())]

    def add(
        self, kind: str, due: Instant | None, subject: str, data: dict[str, str] | None = None
    ) -> Pending:
        """Put something in; ``due`` None holds it until it is taken by hand."""
        self._sequence += 1
        entry = Pending(self._sequence, kind, due, subject, data or {})
        self._entries[entry.sequence] = entry
        self._of_subject.setdefault(subject, []).append(entry.sequence)
        if self.touched is not None:
            self.touched.add(subject)
        if due is None:
            self._held[entry.sequence] = None
        else:
            heapq.heappush(self._heap, (due, entry.sequence))
        return entry

    def next_due(self) -> Instant | None:
        """When the next timed entry is due, or None."""
        self._drop_cancelled()
        return Instant(self._heap[0][0]) if self._heap else None

    def pop(self) -> Pending:
        """Take the next timed entry, whether it is due or not.

        :raises IndexError: if there is none.
        """
        self._drop_cancelled()
        return self.remove(heapq.heappop(self._heap)[1])

    def pop_held(self) -> Pending | None:
        """Take the oldest held entry, or None."""
        return self.remove(next(iter(self._held))) if self._held else None

    def remove(self, sequence: int) -> Pending:
        """Take an entry out, whatever its due time."""
        entry = self._entries.pop(sequence)
        self._held.pop(sequence, None)
        numbers = self._of_subject[entry.subject]
        numbers.remove(sequence)
        if not numbers:
            del self._of_subject[entry.subject]
        if len(self._heap) > 2 * len(self._entries) + 64:
            self.shift(0)  # drops what was cancelled
        return entry

    def cancel(self, subject: str, kind: str | None = None) -> list[Pending]:
        """Take out what is pending for a subject: all of it, or all of one kind."""
        return [
            self.remove(entry.sequence)
            for entry in self.of(subject)
            if kind is None or entry.kind == kind
        ]

    def shift(self, by: Micros) -> None:
        """Move all due times, after the clock has jumped backwards."""
        self._heap = [(due + by, number) for due, number in self._heap if number in self._entries]
        heapq.heapify(self._heap)
        for due, number in self._heap:
            old = self._entries[number]
            self._entries[number] = Pending(
                old.sequence, old.kind, Instant(due), old.subject, old.data
            )

    def _drop_cancelled(self) -> None:
        while self._heap and self._heap[0][1] not in self._entries:
            heapq.heappop(self._heap)
