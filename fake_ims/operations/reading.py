"""GetMediaInfo and BatchGetMediaInfos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marshmallow import fields

from fake_ims import errors
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Int64,
    JsonText,
    Listed,
    RequestSchema,
    ResponseSchema,
    Text,
    Written,
)
from fake_ims.library.assets import Asset
from fake_ims.operations.ai_data import (
    AiRoughData,
    AiRoughDataSchema,
    ai_rough_data,
    is_detailed,
)
from fake_ims.operations.shapes import (
    FileInfo,
    FileInfoSchema,
    MediaBasicInfo,
    MediaBasicInfoSchema,
)
from fake_ims.operations.showing import basic_info, expiry, file_infos


@dataclass(slots=True, kw_only=True, eq=False)
class MediaQuery:
    """Which asset, and how to show it. ``auth_timeout`` in seconds."""

    media_id: str | None = None
    input_url: str | None = None
    output_type: str | None = None
    auth_timeout: int | None = None
    return_detailed_info: str | None = None


class GetMediaInfoRequest(RequestSchema):
    """No parameter is declared as required, but one of the first two must be there."""

    record = MediaQuery

    media_id = Text(data_key="MediaId")
    input_url = Text(data_key="InputURL")
    output_type = Text(data_key="OutputType")
    auth_timeout = Int64(data_key="AuthTimeout")
    return_detailed_info = JsonText(data_key="ReturnDetailedInfo", object_only=True)


@dataclass(slots=True, eq=False)
class MediaInfo:
    """An asset with its files: none before they are analysed."""

    media_id: str
    basic: MediaBasicInfo
    files: tuple[FileInfo, ...]
    ai_rough_data: AiRoughData | None


class MediaInfoSchema(ResponseSchema):
    """Writes :class:`MediaInfo`."""

    media_id = Written(data_key="MediaId")
    basic = fields.Nested(
        MediaBasicInfoSchema(exclude=("transcode_status",)), data_key="MediaBasicInfo"
    )
    files = fields.List(fields.Nested(FileInfoSchema()), data_key="FileInfoList")
    ai_rough_data = fields.Nested(AiRoughDataSchema(), data_key="AiRoughData")


@dataclass(slots=True, eq=False)
class Found:
    """The answer of GetMediaInfo."""

    media_info: MediaInfo


class GetMediaInfoResponse(ResponseSchema):
    """``MediaInfo``, with what is absent left out."""

    media_info = fields.Nested(MediaInfoSchema(), data_key="MediaInfo")


@operation(
    "GetMediaInfo",
    request=GetMediaInfoRequest,
    response=GetMediaInfoResponse,
    access="get",
    questions=(
        "url_identity", "unknown_media", "early_get", "first_status", "auth_timeout_range",
    ),
)  # fmt: skip
def get_media_info(query: MediaQuery, services: Services) -> Found:
    """Show one asset, by MediaId or by InputURL; MediaId counts if both are sent (documented)."""
    if services.settings.strict and query.output_type not in (None, "oss", "cdn"):
        raise errors.INVALID_PARAMETER(name="OutputType")
    detailed = is_detailed(query.return_detailed_info)
    if services.settings.strict and detailed is None:
        raise errors.INVALID_PARAMETER(name="ReturnDetailedInfo")
    expires = expiry(query.auth_timeout, services)
    found = services.library.require(query.media_id, query.input_url, services.choices)
    asset = _read(found, services)
    if asset is None:
        raise errors.RESOURCE_NOT_FOUND()
    ai_data = ai_rough_data(asset, services, expires, detailed=detailed is True)
    files = file_infos(asset, services, expires, cdn=query.output_type == "cdn")
    basic = basic_info(asset, services, expires)
    return Found(MediaInfo(asset.media_id, basic, files, ai_data))


def _read(asset: Asset, services: Services) -> Asset | None:
    """The asset as this read of it finds it; None if the setting ``early_get`` says so."""
    asset = services.library.note_read(asset, services.now)
    if asset.unfinished:
        services.choices.note("first_status")
        if services.choices.of("early_get") == "not_found":
            return None
    return asset


# ---------------------------------------------------------------- many at once

MOST_IDS: Final = 20
"""Of most operations on several assets, this one's documented relative in ApsaraVideo VOD among
them; of BatchGetMediaInfos no document says so (``batch_get_limit``).
"""


@dataclass(slots=True, kw_only=True, eq=False)
class BatchQuery:
    """Which assets, and what to add to the basic information. ``auth_timeout`` in seconds."""

    media_ids: tuple[str, ...] = ()
    addition_type: tuple[str, ...] = ()
    auth_timeout: int | None = None


class BatchGetMediaInfosRequest(RequestSchema):
    """No parameter is declared as required, but MediaIds must be there."""

    record = BatchQuery

    media_ids = Listed(data_key="MediaIds")
    addition_type = Listed(words=("FileInfo", "DynamicMetaData"), data_key="AdditionType")
    auth_timeout = Int64(data_key="AuthTimeout")


@dataclass(slots=True, eq=False)
class DynamicMetaData:
    """What other services stored with an asset, as text."""

    data: str


class DynamicMetaDataSchema(ResponseSchema):
    """Writes :class:`DynamicMetaData`."""

    data = Written(data_key="Data")


@dataclass(slots=True, eq=False)
class MediaDynamicInfo:
    """What other services know of an asset."""

    dynamic_meta_data: DynamicMetaData


class MediaDynamicInfoSchema(ResponseSchema):
    """Writes :class:`MediaDynamicInfo`."""

    dynamic_meta_data = fields.Nested(DynamicMetaDataSchema(), data_key="DynamicMetaData")


@dataclass(slots=True, eq=False)
class BatchItem:
    """An asset with what was asked for beside its basic information."""

    media_id: str
    basic: MediaBasicInfo
    files: tuple[FileInfo, ...] | None
    dynamic: MediaDynamicInfo | None


class BatchItemSchema(ResponseSchema):
    """Writes :class:`BatchItem`: of an asset and of its file less than GetMediaInfo."""

    media_id = Written(data_key="MediaId")
    basic = fields.Nested(
        MediaBasicInfoSchema(exclude=("cate_id", "cate_name", "reference_id", "upload_source")),
        data_key="MediaBasicInfo",
    )
    files = fields.List(
        fields.Nested(FileInfoSchema(exclude=("basic.create_time", "basic.modified_time"))),
        data_key="FileInfoList",
    )
    dynamic = fields.Nested(MediaDynamicInfoSchema(), data_key="MediaDynamicInfo")


@dataclass(slots=True, eq=False)
class Batch:
    """The answer of BatchGetMediaInfos."""

    media_infos: list[BatchItem]
    ignored: list[str]


class BatchGetMediaInfosResponse(ResponseSchema):
    """Two lists, which are there even if they are empty (inferred)."""

    media_infos = fields.List(fields.Nested(BatchItemSchema()), data_key="MediaInfos")
    ignored = fields.List(Written(), data_key="IgnoredList")


@operation(
    "BatchGetMediaInfos",
    request=BatchGetMediaInfosRequest,
    response=BatchGetMediaInfosResponse,
    access="get",
    questions=(
        "batch_get_limit", "early_get", "first_status", "auth_timeout_range",
    ),
)  # fmt: skip
def batch_get_media_infos(query: BatchQuery, services: Services) -> Batch:
    """Show several assets in the order asked for; ids that cannot be read are ignored."""
    if not query.media_ids:
        raise errors.MISSING_PARAMETER(name="MediaIds")
    if len(query.media_ids) > MOST_IDS and services.choices.of("batch_get_limit") == "20":
        raise errors.INVALID_PARAMETER(name="MediaIds")
    expires = expiry(query.auth_timeout, services)
    batch = Batch([], [])
    for media_id in query.media_ids:
        found = services.library.assets.get(media_id)
        asset = None if found is None else _read(found, services)
        if asset is None:
            batch.ignored.append(media_id)
        else:
            batch.media_infos.append(_item(asset, query, services, expires))
    return batch


def _item(asset: Asset, query: BatchQuery, services: Services, expires: int) -> BatchItem:
    files, data = None, None
    if "FileInfo" in query.addition_type:
        files = file_infos(asset, services, expires)
    if "DynamicMetaData" in query.addition_type:
        data = asset.insights.dynamic_meta_data
    return BatchItem(
        asset.media_id,
        basic_info(asset, services, expires),
        files,
        None if data is None else MediaDynamicInfo(DynamicMetaData(data)),
    )
