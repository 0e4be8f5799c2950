"""The courier: threads that carry callbacks to their receivers, few of them, for all worlds."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fake_ims.events.posting import Post, Posting, Result

MOST_THREADS: Final = 128
MOST_AT_ONCE: Final = 4
"""Attempts at one receiver: one that hangs leaves the other threads to the others."""
_IDLE: Final = 5.0
"""Seconds after which a thread without work ends."""
_STOP_TIMEOUT: Final = 2.0

log = logging.getLogger("fake_ims")


@dataclass(slots=True, eq=False)
class _Errand:
    owner: object
    posting: Posting
    done: Callable[[Result], None]
    forgotten: bool = False


class Courier:
    """Makes the attempts that it is given, soon; those at one receiver begin in their order.

    ``done`` is told of each, in a thread of the courier.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[_Errand]] = {}  # by destination
        self._ready: deque[str] = deque()  # destinations that may be gone to, each once
        self._under_way: dict[str, list[_Errand]] = {}
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._stopped = False

    def __repr__(self) -> str:
        with self._changed:
            waiting = sum(map(len, self._waiting.values()))
            under_way = sum(map(len, self._under_way.values()))
        return f"<Courier {under_way} under way, {waiting} waiting>"

    def start(self) -> None:
        """Be ready, again after :meth:`stop`."""
        with self._changed:
            self._stopped = False

    def send(
        self,
        owner: object,
        post: Post,
        done: Callable[[Result], None],
        *,
        timeout: float,
        allow_hosts: tuple[str, ...],
    ) -> bool:
        """Make an attempt, for an owner who may forget it; False after :meth:`stop`."""
        from fake_ims.events.posting import Posting, destination  # most runs have no receiver

        errand = _Errand(owner, Posting(post, timeout=timeout, allow_hosts=allow_hosts), done)
        where = destination(post.url)
        with self._changed:
            if self._stopped:
                return False
            self._waiting.setdefault(where, deque()).append(errand)
            self._offer(where)
            self._summon()
            return True

    def forget(self, owner: object) -> None:
        """Make no more attempts for an owner, cut those under way; nobody is told of them."""
        with self._changed:
            for where, errands in list(self._waiting.items()):
                left = deque(errand for errand in errands if errand.owner is not owner)
                self._waiting[where] = left
                self._tidy(where)
            cut = [
                errand
                for errands in self._under_way.values()
                for errand in errands
                if errand.owner is owner
            ]
            for errand in cut:
                errand.forgotten = True
        for errand in cut:
            errand.posting.abort()

    def stop(self) -> None:
        """Cut what is under way, and end the threads; what waits has failed then."""
        with self._changed:
            self._stopped = True
            waiting = [errand for errands in self._waiting.values() for errand in errands]
            self._waiting.clear()
            self._ready.clear()
            cut = [errand for errands in self._under_way.values() for errand in errands]
            threads = list(self._threads)
            self._changed.notify_all()
        for errand in cut:
            errand.posting.abort()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(_STOP_TIMEOUT)  # one that looks a name up cannot be cut
        for errand in waiting:
            errand.posting.abort()
            _tell(errand, errand.posting.run())

    def _offer(self, where: str) -> None:
        """Let a destination be gone to, if there is something for it and it has not too much."""
        busy = len(self._under_way.get(where, ()))
        if self._waiting.get(where) and busy < MOST_AT_ONCE and where not in self._ready:
            self._ready.append(where)

    def _tidy(self, where: str) -> None:
        """Keep nothing of a destination that nothing is for."""
        if not self._waiting.get(where) and not self._under_way.get(where):
            self._waiting.pop(where, None)
            self._under_way.pop(where, None)

    def _summon(self) -> None:
        """See that a thread comes for what is ready."""
        if self._idle:
            self._changed.notify()
            return
        if len(self._threads) >= MOST_THREADS:
            return
        thread = threading.Thread(target=self._work, name="fake-ims-courier", daemon=True)
        with contextlib.suppress(RuntimeError):  # no more threads: those that there are do it
            thread.start()
            self._threads.append(thread)

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            where, errand = taken
            result = errand.posting.run()
            with self._changed:
                self._under_way[where].remove(errand)
                self._offer(where)
                self._tidy(where)
            _tell(errand, result)

    def _take(self) -> tuple[str, _Errand] | None:
        """The next attempt, which is under way from here on; None when the thread may end."""
        with self._changed:
            while True:
                while self._ready and not self._stopped:
                    where = self._ready.popleft()
                    errands = self._waiting.get(where)
                    if errands:
                        errand = errands.popleft()
                        self._under_way.setdefault(where, []).append(errand)
                        self._offer(where)
                        if self._ready:
                            self._summon()
                        return where, errand
                if self._stopped or not self._wait():
                    self._threads.remove(threading.current_thread())
                    return None

    def _wait(self) -> bool:
        """Wait for work; whether there is some, or there may be."""
        self._idle += 1
        try:
            return self._changed.wait(_IDLE) or bool(self._ready)
        finally:
            self._idle -= 1


def _tell(errand: _Errand, result: Result) -> None:
    if errand.forgotten:
        return
    try:
        errand.done(result)
    except Exception:
        log.exception("inside fake_ims, after a callback")
