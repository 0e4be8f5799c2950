"""GetMediaInfo."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import fields

from fake_ims import errors
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import Int64, JsonText, RequestSchema, ResponseSchema, Text, Written
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
    return_detailed_info = JsonText(data_key="ReturnDetailedInfo", object_only=True, inert=True)


@dataclass(slots=True, eq=False)
class MediaInfo:
    """An asset with its files: none before they are analysed."""

    media_id: str
    basic: MediaBasicInfo
    files: tuple[FileInfo, ...]


class MediaInfoSchema(ResponseSchema):
    """Writes :class:`MediaInfo`."""

    media_id = Written(data_key="MediaId")
    basic = fields.Nested(
        MediaBasicInfoSchema(exclude=("transcode_status",)), data_key="MediaBasicInfo"
    )
    files = fields.List(fields.Nested(FileInfoSchema()), data_key="FileInfoList")


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
    questions=("url_identity", "unknown_media", "early_get", "first_status", "auth_timeout_range"),
)
def get_media_info(query: MediaQuery, services: Services) -> Found:
    """Show one asset, by MediaId or by InputURL; MediaId counts if both are sent (documented)."""
    if services.settings.strict and query.output_type not in (None, "oss", "cdn"):
        raise errors.INVALID_PARAMETER(name="OutputType")
    expires = expiry(query.auth_timeout, services)
    asset = services.library.require(query.media_id, query.input_url, services.choices)
    asset = services.library.note_read(asset, services.now)
    if asset.unfinished:
        services.choices.note("first_status")
        if services.choices.of("early_get") == "not_found":
            raise errors.RESOURCE_NOT_FOUND()
    files = file_infos(asset, services, expires, cdn=query.output_type == "cdn")
    return Found(MediaInfo(asset.media_id, basic_info(asset, services, expires), files))
