"""``ims.storage``: the buckets that were added to the service."""

from __future__ import annotations

from collections.abc import Iterator

from fake_ims.library.storage import USER, Storage, check_storage
from fake_ims.texts import SHOWN, listing
from fake_ims.views import CurrentWorld


class StorageView:
    """The buckets that were added, the first one first. What it hands out are snapshots."""

    def __init__(self, world: CurrentWorld) -> None:
        self._world = world

    @property
    def default(self) -> Storage | None:
        """What GetDefaultStorageLocation answers; None before one is set, with
        ``first_storage="none"``.
        """
        world = self._world()
        with world.lock:
            return world.storage.default

    def put(
        self,
        bucket: str,
        *,
        storage_type: str = USER,
        path: str | None = None,
        exists: bool = True,
        app_id: str | None = None,
        default: bool = False,
    ) -> Storage:
        """Add a bucket, or put another in the place of the one of its name and type.

        :param path: a folder in one's own bucket.
        :param exists: False for the Status ``notExist``: OSS has no such bucket any more.
        :param app_id: by default ``app-1000000``, or what it was.
        :param default: whether it is the default from now on.
        :raises ValueError: for a bucket, a type or a path that SetDefaultStorageLocation refuses,
            and for what is no text.
        """
        check_storage(bucket, storage_type, path, app_id)
        world = self._world()
        with world.lock:
            return world.storage.put(
                bucket, storage_type, path, world.clock.read(tick=False),
                exists=exists, app_id=app_id, default=default,
            )  # fmt: skip

    def __iter__(self) -> Iterator[Storage]:
        world = self._world()
        with world.lock:
            return iter(world.storage.all())

    def __len__(self) -> int:
        world = self._world()
        with world.lock:
            return len(world.storage.all())

    def __repr__(self) -> str:
        found = list(self)
        return listing("storage locations", found[-SHOWN:], total=len(found))
