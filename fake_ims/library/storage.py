"""Storage: the buckets that the service may keep files in, one of them by default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from fake_ims.clock import Instant

VOD: Final = "vod_oss_bucket"
USER: Final = "user_oss_bucket"
STORAGE_TYPES: Final = (VOD, USER)
"""Of ApsaraVideo VOD, and of one's own (documented)."""

NORMAL: Final = "Normal"
NOT_EXIST: Final = "notExist"
STATUSES: Final = (NORMAL, NOT_EXIST)
"""Documented; an example has ``normal``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """One bucket that was added; ``path`` is a folder in one's own bucket."""

    bucket: str
    storage_type: str
    created_at: Instant
    modified_at: Instant
    path: str | None = None
    status: str = NORMAL
    app_id: str = "app-1000000"


class StorageLocations:
    """The buckets of a world, in the order in which they were added, and the default one.

    One of ApsaraVideo VOD is there from the beginning, and is the default until another is set
    (inferred). The caller holds the world's lock.
    """

    def __init__(self, first: Storage) -> None:
        self._all = {(first.storage_type, first.bucket): first}
        self._default = (first.storage_type, first.bucket)

    @property
    def default(self) -> Storage:
        """Where files go that name no bucket."""
        return self._all[self._default]

    def all(self) -> list[Storage]:
        """All that were added."""
        return list(self._all.values())

    def set_default(
        self, bucket: str, storage_type: str, path: str | None, now: Instant
    ) -> Storage:
        """Make a bucket the default, and add it if it is new."""
        key = (storage_type, bucket)
        path = path if storage_type == USER else None
        old = self._all.get(key)
        if old is None:
            new = Storage(
                bucket=bucket, storage_type=storage_type, created_at=now, modified_at=now, path=path
            )
        else:
            new = replace(old, path=path, modified_at=now)
        self._all[key], self._default = new, key
        return new
