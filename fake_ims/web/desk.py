"""The desk of a listener: which world answers for which access key."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Final

from fake_ims import errors
from fake_ims.clock import Instant, outside
from fake_ims.events.pump import Pump
from fake_ims.ids import (
    KeyParts,
    RequestIds,
    access_key_id,
    access_key_secret,
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


class Desk:
    """Finds the world of a request, on a listener that several worlds share.

    1. The key of a live world, or of one of its users: that world.
    2. The key of an ended world, or one that a world had before its reset: refused.
    3. An unknown key, or none: the foremost world, else the only one, else refused.

    :param on_end: told of each world that has ended or been put aside, while the lock is held.
    """

    def __init__(self, on_end: Callable[[World], object] = lambda world: None) -> None:
        self.journal = Journal(1000, DEFAULTS.journal_bytes, Troubles())
        self.pump = Pump()
        self._on_end = on_end
        self._worker = new_worker()
        self._shared_secret = access_key_secret()
        self._request_ids = RequestIds(secrets.randbits(64))
        self._lock = threading.Lock()
        self._serial = _SHARED
        self._worlds: dict[int, World] = {}
        self._users: dict[int, int] = {}
        self._foremost: list[int] = []

    @property
    def worlds(self) -> tuple[World, ...]:
        """The live worlds, oldest first."""
        with self._lock:
            return tuple(self._worlds.values())

    def open(self, settings: Settings, *, foremost: bool = False, shared_keys: bool = False) -> int:
        """Make an empty world; its serial.

        :param foremost: it answers for unknown keys, before all others that are open.
        :param shared_keys: its own keys are the ones that every such world of this desk has.
        """
        with self._lock:
            self._serial += 1
            serial = self._serial
            own = self._key(serial, 0), access_key_secret()
            if shared_keys:
                own = self._key(_SHARED, 0), self._shared_secret
            own = settings.access_key_id or own[0], settings.access_key_secret or own[1]
            self._worlds[serial] = self._make(serial, settings, own)
            if foremost:
                self._foremost.append(serial)
            return serial

    def renew(self, serial: int) -> tuple[World, World]:
        """Put an empty world in the place of another, behind the same keys; the old and the new."""
        with self._lock:
            old = self._worlds[serial]
            self._on_end(old)
            own = old.ram.default.access_key_id, old.ram.default.access_key_secret
            new = self._make(serial, old.settings, own, old.journal.troubles)
            self._worlds[serial] = new
        self.pump.let_go(serial)
        new.look()  # a request may have reached it already, and been let go with the old one
        return old, new

    def restore(self, serial: int, world: World) -> None:
        """Put a world back that :meth:`renew` took away."""
        with self._lock:
            if serial not in self._worlds:
                return  # it was closed meanwhile
            self._on_end(self._worlds[serial])
            self._worlds[serial] = world
        self.pump.let_go(serial)
        world.look()

    def world(self, serial: int) -> World:
        """The world of a serial.

        :raises KeyError: if it has ended.
        """
        return self._worlds[serial]

    def close(self, serial: int) -> None:
        """End a world; its keys are refused from now on."""
        with self._lock:
            if serial in self._worlds:
                self._on_end(self._worlds.pop(serial))
            self._users.pop(serial, None)
            if serial in self._foremost:
                self._foremost.remove(serial)
        self.pump.let_go(serial)

    def _make(
        self,
        serial: int,
        settings: Settings,
        own: tuple[str, str],
        troubles: Troubles | None = None,
    ) -> World:
        """An empty world with these keys of its own; its users get keys that nobody there had."""

        def new_keys(user: int) -> tuple[str, str]:
            if user == 0:
                return own
            number = self._users[serial] = self._users.get(serial, 0) + 1
            return self._key(serial, number), access_key_secret()

        return World(settings, new_keys, self._watcher(serial), troubles)

    def _key(self, serial: int, user: int) -> str:
        return access_key_id(KeyParts(self._worker, serial, user))

    def _watcher(self, serial: int) -> Callable[[World], None]:
        def watch(world: World) -> None:
            if self._worlds.get(serial) is world:  # and not an ended one, or one put aside
                self.pump.watch(serial, world.look)

        return watch

    # ------------------------------------------------------------ routing

    def route(self, access_key_id: str) -> World:
        """The world that answers for a key.

        :raises ApiError: FakeIms.EndedWorld or FakeIms.NoWorld.
        """
        parts = read_access_key_id(access_key_id)
        with self._lock:
            if parts is not None and self._issued(parts):
                world = self._worlds.get(parts.world)
                if world is None:
                    raise errors.ENDED_WORLD(key=access_key_id)
                if parts.user and world.ram.keys(access_key_id) is None:
                    raise errors.ENDED_KEYS(key=access_key_id)
                return world
            if self._foremost:
                return self._worlds[self._foremost[-1]]
            if len(self._worlds) == 1:
                return next(iter(self._worlds.values()))
        raise errors.NO_WORLD(key=repr(access_key_id), live=self._live())

    def _issued(self, parts: KeyParts) -> bool:
        """Whether this desk has given such a key to one world alone, or may have."""
        world = parts.world
        if parts.worker != self._worker or not _SHARED < world <= self._serial:
            return False
        return world not in self._worlds or parts.user <= self._users.get(world, 0)

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
        return f"<Desk of {len(self._worlds)} worlds>"
