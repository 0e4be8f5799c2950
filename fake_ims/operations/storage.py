"""GetDefaultStorageLocation, SetDefaultStorageLocation and GetStorageList."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from marshmallow import fields

from fake_ims import errors
from fake_ims.clock import Instant
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import OneOf, RequestSchema, ResponseSchema, Text, Time, Written
from fake_ims.library.storage import (
    BUCKET,
    LONGEST_PATH,
    NOT_EXIST,
    STATUSES,
    STORAGE_TYPES,
    Storage,
)
from fake_ims.media.locations import Location


class GetDefaultStorageLocationRequest(RequestSchema):
    """No parameters (documented)."""

    record = SimpleNamespace


@dataclass(slots=True, kw_only=True, eq=False)
class DefaultShown:
    """The answer of GetDefaultStorageLocation."""

    status: str
    bucket: str | None = None
    path: str | None = None
    storage_type: str | None = None


class GetDefaultStorageLocationResponse(ResponseSchema):
    """A bucket; Status is ``normal`` or ``notExist`` (documented)."""

    bucket = Written(data_key="Bucket")
    path = Written(data_key="Path")
    status = Written(data_key="Status")
    storage_type = Written(data_key="StorageType")


@operation(
    "GetDefaultStorageLocation",
    request=GetDefaultStorageLocationRequest,
    response=GetDefaultStorageLocationResponse,
    access="get",
    questions=("first_storage",),
)
def get_default_storage_location(request: SimpleNamespace, services: Services) -> DefaultShown:
    """Show where temporary files of editing go; if nothing was set, that no bucket exists
    (inferred).
    """
    shown = services.storage.default
    if shown is services.storage.first:
        services.choices.note("first_storage")
    if shown is None:
        return DefaultShown(status=NOT_EXIST)
    return DefaultShown(
        status="normal" if shown.exists else NOT_EXIST,
        bucket=shown.bucket,
        path=shown.path,
        storage_type=shown.storage_type,
    )


@dataclass(slots=True, kw_only=True, eq=False)
class DefaultRequest:
    """Which bucket is to be the default."""

    bucket: str | None = None
    path: str | None = None
    storage_type: str | None = None


class SetDefaultStorageLocationRequest(RequestSchema):
    """No parameter is declared as required, but Bucket and StorageType must be there (inferred).

    Bucket is a name that OSS allows, not an address (documented: the name of a bucket).
    """

    record = DefaultRequest

    bucket = Text(data_key="Bucket", pattern=BUCKET)
    path = Text(data_key="Path", max_bytes=LONGEST_PATH)
    storage_type = OneOf(*STORAGE_TYPES, data_key="StorageType")


@dataclass(slots=True, eq=False)
class DefaultSet:
    """The answer of SetDefaultStorageLocation."""

    success: bool = True


class SetDefaultStorageLocationResponse(ResponseSchema):
    """``Success`` is a JSON boolean (documented)."""

    success = fields.Boolean(data_key="Success")


@operation(
    "SetDefaultStorageLocation",
    request=SetDefaultStorageLocationRequest,
    response=SetDefaultStorageLocationResponse,
    access="update",
)
def set_default_storage_location(request: DefaultRequest, services: Services) -> DefaultSet:
    """Set where temporary files of editing go (documented); the bucket is added if it is new."""
    if request.bucket is None:
        raise errors.MISSING_PARAMETER(name="Bucket")
    if request.storage_type is None:
        raise errors.MISSING_PARAMETER(name="StorageType")
    services.storage.put(
        request.bucket, request.storage_type, request.path, services.now, default=True
    )
    return DefaultSet()


# ---------------------------------------------------------------- GetStorageList


@dataclass(slots=True, kw_only=True, eq=False)
class StorageQuery:
    """Which buckets: those that fit all that is said."""

    app_id: str | None = None
    status: str | None = None
    storage_type: str | None = None

    def finds(self, storage: Storage) -> bool:
        """Whether a bucket fits."""
        return (
            self.app_id in (None, storage.app_id)
            and (self.status is None or self.status.lower() == storage.status.lower())
            and self.storage_type in (None, storage.storage_type)
        )


class GetStorageListRequest(RequestSchema):
    """Status in either of the spellings that the documents have."""

    record = StorageQuery

    app_id = Text(data_key="AppId")
    status = OneOf(*STATUSES, "normal", data_key="Status")
    storage_type = OneOf(*STORAGE_TYPES, data_key="StorageType")


@dataclass(slots=True, kw_only=True, eq=False)
class StorageInfo:
    """A bucket as the list shows it. ``path`` is always there, to be put before a file's name."""

    app_id: str
    created_at: Instant
    modified_at: Instant
    path: str
    status: str
    location: str
    storage_type: str
    default_storage: bool
    editing_temp_file_storage: bool


class StorageInfoSchema(ResponseSchema):
    """Writes :class:`StorageInfo`."""

    app_id = Written(data_key="AppId")
    created_at = Time(data_key="CreationTime")
    default_storage = fields.Boolean(data_key="DefaultStorage")
    editing_temp_file_storage = fields.Boolean(data_key="EditingTempFileStorage")
    modified_at = Time(data_key="ModifiedTime")
    path = Written(data_key="Path")
    status = Written(data_key="Status")
    location = Written(data_key="StorageLocation")
    storage_type = Written(data_key="StorageType")


@dataclass(slots=True, eq=False)
class StorageList:
    """The answer of GetStorageList."""

    infos: list[StorageInfo]


class GetStorageListResponse(ResponseSchema):
    """A list, which is there even if it is empty (inferred)."""

    infos = fields.List(fields.Nested(StorageInfoSchema()), data_key="StorageInfoList")


@operation(
    "GetStorageList",
    request=GetStorageListRequest,
    response=GetStorageListResponse,
    access="list",
    questions=("first_storage", "default_storage", "storage_location"),
)
def get_storage_list(query: StorageQuery, services: Services) -> StorageList:
    """List the buckets that were added, the first one first (inferred)."""
    services.choices.note("first_storage")
    return StorageList([
        _shown(each, services) for each in services.storage.all() if query.finds(each)
    ])  # fmt: skip


def _shown(storage: Storage, services: Services) -> StorageInfo:
    known, choices = services.storage, services.choices
    of_editing = is_default = storage is known.default
    if known.default is not known.first and choices.of("default_storage") == "editing":
        is_default = storage is known.first
    location = storage.bucket
    if choices.of("storage_location") == "host":
        location = Location("oss", services.settings.region, storage.bucket, "").host
    return StorageInfo(
        app_id=storage.app_id,
        created_at=storage.created_at,
        modified_at=storage.modified_at,
        path=storage.folder,
        status=storage.status,
        location=location,
        storage_type=storage.storage_type,
        default_storage=is_default,
        editing_temp_file_storage=of_editing,
    )
