"""The desk of a listener: which world answers for which access key."""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator
from typing import Final

from fake_ims import errors
from fake_ims.clock import Instant, outside
from fake_ims.events.courier import Courier
from fake_ims.events.pump import Pump
from fake_ims.ids import (
    KeyParts,
    RequestIds,
    access_key_id,
    access_key_secret,
    derived_seed,
    new_worker,
    read_access_key_id,
)
from fake_ims.journal.book import Journal
from fake_ims.journal.troubles import Troubles
from fake_ims.settings import DEFAULTS, Settings
from fake_ims.world import World

DESK_KEY: Final = "fake_ims.desk"
"""Where the WSGI environ of a request holds its listener's :class:`Desk`."""

_SHARED: Final = 0
"""Serial of the keys that stand for whichever world is the running test's."""

_LABELS: Final = 10_000


class _Place:
    """Where a world lives, and those that follow it behind the same keys."""

    __slots__ = ("label", "own_keys", "users", "world")

    def __init__(self, own_keys: tuple[str, str], label: str) -> None:
        self.own_keys = own_keys
        self.label = label
        self.users = 0
        self.world: World


class Desk:
    """Finds the world of a request, on a listener that several worlds share.

    1. The key of a live world, or of one of its users: that world.
    2. The key of an ended world, or one that a world had before its reset: refused.
    3. An unknown key, or none: the world that a redirect leads to, else the foremost world, else
       the only one, else refused.

    :param on_end: told of each world that has ended or been put aside, while the lock is held.
    """

    def __init__(self, on_end: Callable[[World], object] = lambda world: None) -> None:
        self.journal = Journal(1000, DEFAULTS.journal_bytes, Troubles())
        self.pump = Pump()
        self.courier = Courier()
        self._on_end = on_end
        self._worker = new_worker()
        self._shared_secret = access_key_secret()
        self._request_ids = RequestIds(secrets.randbits(64))
        self._lock = threading.Lock()
        self._serial = _SHARED
        self._places: dict[int, _Place] = {}
        self._foremost: list[int] = []
        self._redirected: dict[object, int] = {}
        self._ended_labels: dict[int, str] = {}

    @property
    def worlds(self) -> tuple[World, ...]:
        """The live worlds, oldest first."""
        with self._lock:
            return tuple(place.world for place in self._places.values())

    def open(
        self,
        settings: Settings,
        *,
        foremost: bool = False,
        shared_keys: bool = False,
        label: str = "",
        run_seed: int | None = None,
    ) -> int:
        """Make an empty world; its serial.

        :param foremost: it answers for unknown keys, before all others that are open.
        :param shared_keys: its own keys are the ones that every such world of this desk has.
        :param label: whose it is, for whoever still calls it when it has ended.
        :param run_seed: together with the label, seeds it if its settings do not.
        """
        with self._lock:
            self._serial += 1
            serial = self._serial
            own = self._key(serial, 0), access_key_secret()
            if shared_keys:
                own = self._key(_SHARED, 0), self._shared_secret
            own = settings.access_key_id or own[0], settings.access_key_secret or own[1]
            seed = None if run_seed is None else derived_seed(run_seed, label)
            place = _Place(own, label)
            place.world = self._make(serial, place, settings, Troubles(), seed)
            self._places[serial] = place
            if foremost:
                self._foremost.append(serial)
            return serial

    def renew(self, serial: int, why: str) -> tuple[World, World]:
        """Put an empty world in the place of another, behind the same keys; the old and the new.

        :param why: together with the old one's seed, seeds the new one if its settings do not.
        """
        with self._lock:
            place = self._places[serial]
            old, settings = place.world, place.world.settings
            self._on_end(old)
            seed = derived_seed(old.seed, why)
            new = place.world = self._make(serial, place, settings, old.journal.troubles, seed)
        self.pump.let_go(serial)
        new.look()  # a request may have reached it already, and been let go with the old one
        return old, new

    def restore(self, serial: int, world: World) -> None:
        """Put a world back that :meth:`renew` took away."""
        with self._lock:
            if serial not in self._places:
                return  # it was closed meanwhile
            self._on_end(self._places[serial].world)
            self._places[serial].world = world
        self.pump.let_go(serial)
        world.look()

    def world(self, serial: int) -> World:
        """The world of a serial.

        :raises KeyError: if it has ended.
        """
        return self._places[serial].world

    def close(self, serial: int) -> None:
        """End a world; its keys are refused from now on."""
        with self._lock:
            place = self._places.pop(serial, None)
            if place is not None:
                self._on_end(place.world)
                self._remember(serial, place.label)
            if serial in self._foremost:
                self._foremost.remove(serial)
        self.pump.let_go(serial)

    def _remember(self, serial: int, label: str) -> None:
        """Keep the label of a world that has ended, of the latest."""
        if label:
            self._ended_labels[serial] = label
        if len(self._ended_labels) > _LABELS:
            del self._ended_labels[next(iter(self._ended_labels))]

    def _make(
        self, serial: int, place: _Place, settings: Settings, troubles: Troubles, seed: int | None
    ) -> World:
        """An empty world with its place's keys; its users get keys that nobody there had."""

        def new_keys(user: int) -> tuple[str, str]:
            if user == 0:
                return place.own_keys
            place.users += 1
            return self._key(serial, place.users), access_key_secret()

        return World(
            settings, new_keys, self._watcher(serial), troubles, seed, courier=self.courier
        )

    def _key(self, serial: int, user: int) -> str:
        return access_key_id(KeyParts(self._worker, serial, user))

    def _watcher(self, serial: int) -> Callable[[World], None]:
        def watch(world: World) -> None:
            place = self._places.get(serial)
            if place is not None and place.world is world:  # not an ended one, or one put aside
                self.pump.watch(serial, world.look)

        return watch

    # ------------------------------------------------------------ routing

    @contextlib.contextmanager
    def redirected(self, serial: int) -> Iterator[None]:
        """Inside the block, a world answers for the keys that nobody has; the latest block's."""
        block = object()
        with self._lock:
            self._redirected[block] = serial
        try:
            yield
        finally:
            with self._lock:
                del self._redirected[block]

    def route(self, access_key_id: str) -> World:
        """The world that answers for a key.

        :raises ApiError: FakeIms.EndedWorld or FakeIms.NoWorld.
        """
        parts = read_access_key_id(access_key_id)
        with self._lock:
            if parts is not None and self._issued(parts):
                place = self._places.get(parts.world)
                if place is None:
                    label = self._ended_labels.get(parts.world)
                    fake = f"the fake of {label}" if label else "a fake"
                    raise errors.ENDED_WORLD(key=access_key_id, fake=fake)
                world = place.world
                if parts.user and world.ram.keys(access_key_id) is None:
                    raise errors.ENDED_KEYS(key=access_key_id)
                return world
            shared = parts is not None and (parts.worker, parts.world) == (self._worker, _SHARED)
            redirected = () if shared else tuple(self._redirected.values())
            for first in (*reversed(redirected), *reversed(self._foremost)):
                if first in self._places:
                    return self._places[first].world
            if len(self._places) == 1:
                return next(iter(self._places.values())).world
        raise errors.NO_WORLD(key=repr(access_key_id), live=self._live())

    def _issued(self, parts: KeyParts) -> bool:
        """Whether this desk has given such a key to one world alone, or may have."""
        world = parts.world
        if parts.worker != self._worker or not _SHARED < world <= self._serial:
            return False
        place = self._places.get(world)
        return place is None or parts.user <= place.users

    def _live(self) -> str:
        keys = [world.ram.default.access_key_id for world in self.worlds]
        return f"Live are {', '.join(keys)}." if keys else "None is live."

    # ------------------------------------------------------------ what belongs to no world

    def now(self) -> Instant:
        """Outside time."""
        return outside(tick=False)

    def new_request_id(self) -> str:
        """Draw a RequestId."""
        return self._request_ids.draw()

    def __repr__(self) -> str:
        return f"<Desk of {len(self._places)} worlds>"
