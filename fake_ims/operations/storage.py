"""GetDefaultStorageLocation, SetDefaultStorageLocation and GetStorageList."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

from marshmallow import fields

from fake_ims import errors
from fake_ims.clock import Instant
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import OneOf, RequestSchema, ResponseSchema, Text, Time, Written
from fake_ims.library.storage import STATUSES, STORAGE_TYPES, Storage


class GetDefaultStorageLocationRequest(RequestSchema):
    """No parameters (documented)."""

    record = SimpleNamespace


class GetDefaultStorageLocationResponse(ResponseSchema):
    """A bucket."""

    bucket = Written(data_key="Bucket")
    path = Written(data_key="Path")
    status = Written(data_key="Status")
    storage_type = Written(data_key="StorageType")


@operation(
    "GetDefaultStorageLocation",
    request=GetDefaultStorageLocationRequest,
    response=GetDefaultStorageLocationResponse,
    access="get",
)
def get_default_storage_location(request: SimpleNamespace, services: Services) -> Storage:
    """Show where files go that name no bucket."""
    return services.storage.default


@dataclass(slots=True, kw_only=True, eq=False)
class DefaultRequest:
    """Which bucket is to be the default."""

    bucket: str | None = None
    path: str | None = None
    storage_type: str | None = None


class SetDefaultStorageLocationRequest(RequestSchema):
    """No parameter is declared as required, but Bucket and StorageType must be there (inferred).

    Bucket keeps to the rules of OSS: 3 to 63 lower-case letters, digits and hyphens, a hyphen
    neither first nor last.
    """

    record = DefaultRequest

    bucket = Text(data_key="Bucket", pattern=r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
    path = Text(data_key="Path", max_bytes=1023)
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
    """Set where files go that name no bucket; a Path counts for one's own bucket (documented)."""
    if request.bucket is None:
        raise errors.MISSING_PARAMETER(name="Bucket")
    if request.storage_type is None:
        raise errors.MISSING_PARAMETER(name="StorageType")
    services.storage.set_default(request.bucket, request.storage_type, request.path, services.now)
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


@dataclass(slots=True, eq=False)
class StorageInfo:
    """A bucket, and whether it is the default one."""

    app_id: str
    created_at: Instant
    default_storage: bool
    modified_at: Instant
    path: str | None
    status: str
    location: str
    storage_type: str
    editing_temp_file_storage: bool = False


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
    "GetStorageList", request=GetStorageListRequest, response=GetStorageListResponse, access="list"
)
def get_storage_list(query: StorageQuery, services: Services) -> StorageList:
    """List the buckets that were added, the first one first (inferred)."""
    default = services.storage.default
    return StorageList([
        StorageInfo(
            each.app_id, each.created_at, each == default, each.modified_at, each.path,
            each.status, each.bucket, each.storage_type,
        )
        for each in services.storage.all() if query.finds(each)
    ])  # fmt: skip
