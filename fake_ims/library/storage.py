"""Storage: the buckets that were added to the service, one of them by default."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from fake_ims.clock import Instant, iso
from fake_ims.texts import printable, quoted, shortened

VOD: Final = "vod_oss_bucket"
USER: Final = "user_oss_bucket"
STORAGE_TYPES: Final = (VOD, USER)
"""Of ApsaraVideo VOD, and of one's own (documented)."""

NORMAL: Final = "Normal"
NOT_EXIST: Final = "notExist"
STATUSES: Final = (NORMAL, NOT_EXIST)
"""As in the example of GetStorageList; GetDefaultStorageLocation writes ``normal`` (documented)."""

APP_ID: Final = "app-1000000"
"""The application of everything that names none, as in ApsaraVideo VOD."""

BUCKET: Final = r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]"
"""The names that OSS allows: 3 to 63 lower-case letters, digits and hyphens, a hyphen neither first
nor last.
"""
LONGEST_PATH: Final = 1023
"""Of an object in OSS, in bytes of UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """One bucket that was added: never changed, only replaced. ``path`` is a folder in one's own
    bucket, as it was said; ``exists`` is whether OSS has the bucket.
    """

    bucket: str
    storage_type: str
    created_at: Instant
    modified_at: Instant
    path: str | None = None
    exists: bool = True
    app_id: str = APP_ID

    @property
    def folder(self) -> str:
        """What keys begin with: empty in the root, which ``/`` is as well (documented), else with a
        slash at its end, as in the documented example.
        """
        inner = (self.path or "").strip("/")
        return f"{inner}/" if inner else ""

    @property
    def status(self) -> str:
        """One of STATUSES."""
        return NORMAL if self.exists else NOT_EXIST

    def __repr__(self) -> str:
        place = printable(shortened(f"{self.bucket}/{self.folder}"))
        return f"<storage {place} {self.storage_type} {self.status} {iso(self.created_at)}>"


class StorageLocations:
    """The buckets of a world, in the order in which they were added, and the default one.

    With a ``first`` one, that is the default until another is set. The caller holds the world's
    lock.
    """

    def __init__(self, first: Storage | None = None) -> None:
        self._all: dict[tuple[str, str], Storage] = {}
        self._first = self._default = None if first is None else self._put(first)

    def _put(self, storage: Storage) -> tuple[str, str]:
        key = (storage.storage_type, storage.bucket)
        self._all[key] = storage
        return key

    @property
    def first(self) -> Storage | None:
        """What was the default in the beginning."""
        return None if self._first is None else self._all[self._first]

    @property
    def default(self) -> Storage | None:
        """Where temporary files of editing go (documented); None before one is set."""
        return None if self._default is None else self._all[self._default]

    def all(self) -> list[Storage]:
        """All that were added."""
        return list(self._all.values())

    def put(
        self,
        bucket: str,
        storage_type: str,
        path: str | None,
        now: Instant,
        *,
        exists: bool | None = None,
        app_id: str | None = None,
        default: bool = False,
    ) -> Storage:
        """Add a bucket, or say anew where in it; what is None otherwise stays as it was.

        A path has no effect in a bucket of ApsaraVideo VOD (documented).
        """
        path = path if storage_type == USER else None
        old = self._all.get((storage_type, bucket)) or Storage(
            bucket=bucket, storage_type=storage_type, created_at=now, modified_at=now
        )
        key = self._put(replace(
            old, path=path, modified_at=now,
            exists=old.exists if exists is None else exists,
            app_id=old.app_id if app_id is None else app_id,
        ))  # fmt: skip
        if default:
            self._default = key
        return self._all[key]


def check_storage(bucket: str, storage_type: str, path: str | None, app_id: str | None) -> None:
    """What SetDefaultStorageLocation demands of a bucket, and that an AppId is a text.

    :raises ValueError: if it is not met.
    """
    if not isinstance(bucket, str) or re.fullmatch(BUCKET, bucket, re.ASCII) is None:
        raise ValueError(f"no bucket can be called {quoted(str(bucket))}")
    if storage_type not in STORAGE_TYPES:
        raise ValueError(f"a storage_type is {' or '.join(STORAGE_TYPES)}, not {storage_type!r}")
    for name, text in (("path", path), ("app_id", app_id)):
        if text is None:
            continue
        if not isinstance(text, str) or len(text.encode()) > LONGEST_PATH:
            raise ValueError(
                f"{name} is a text of at most {LONGEST_PATH} bytes, not {quoted(str(text))}"
            )
