"""Calls that have not been answered: the callbacks of their assets are kept back until then."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from fake_ims.events.queue import EventQueue


@dataclass(slots=True, eq=False)
class Unanswered:
    """A call that has done its work, and the assets that it had to do with.

    ``leaving``: nothing keeps its answer back any more.
    """

    media_ids: set[str]
    leaving: bool = False


class UnansweredCalls:
    """The calls of a world that are at work or wait for their answer to be sent, and the lanes of
    callbacks that wait for that. The caller holds the world's lock.
    """

    __slots__ = ("_counts", "_kept", "_leaving", "_queue", "_touched")

    def __init__(self, queue: EventQueue) -> None:
        self._queue = queue
        self._counts: dict[str, int] = {}  # of calls that have done their work, by asset
        self._kept: dict[str, dict[Hashable, None]] = {}
        self._leaving = 0
        self._touched: set[str] | None = None

    def begin(self) -> None:
        """A call is at work: nothing leaves of the assets that it has to do with."""
        self._touched = self._queue.touched = set()

    def touch(self, subject: str) -> None:
        """If a call is at work, it has to do with this asset, or this job on none."""
        if self._touched is not None and subject:
            self._touched.add(subject)

    def end(self, *, awaited: bool, leaving: bool) -> Unanswered | None:
        """The work is done: nothing of the assets that it had to do with leaves before
        :meth:`answered`. None if there are none, or nobody awaits callbacks.

        :param leaving: as :meth:`leave` says, from the beginning.
        """
        touched, self._touched, self._queue.touched = self._touched, None, None
        if not touched or not awaited:
            return None
        for media_id in touched:
            self._counts[media_id] = self._counts.get(media_id, 0) + 1
        self._leaving += leaving
        return Unanswered(touched, leaving)

    def leave(self, call: Unanswered) -> None:
        """Its answer is about to be sent: who waits for callbacks waits for that as well."""
        call.leaving = True
        self._leaving += 1

    def answered(self, call: Unanswered) -> Iterable[Hashable]:
        """Its answer has been sent, or cannot be: the lanes that no call keeps back any more."""
        self._leaving -= call.leaving
        freed: list[Hashable] = []
        for media_id in call.media_ids:
            left = self._counts.pop(media_id) - 1
            if left:
                self._counts[media_id] = left
            else:
                freed += self._kept.pop(media_id, ())
        return freed

    def keep_back(self, media_id: str, lane: Hashable) -> bool:
        """Whether a lane of an asset waits for an answer; :meth:`answered` tells of it then."""
        if media_id not in self._counts and media_id not in (self._touched or ()):
            return False
        self._kept.setdefault(media_id, {})[lane] = None
        return True

    @property
    def let_go_soon(self) -> bool:
        """Whether callbacks wait, and an answer is about to be sent."""
        return self._leaving > 0 and len(self._kept) > 0
