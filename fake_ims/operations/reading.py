"""GetMediaInfo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marshmallow import fields

from fake_ims import errors
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import Int64, JsonText, RequestSchema, ResponseSchema, Text, Written
from fake_ims.library.assets import NORMAL, Asset
from fake_ims.media.details import Unreadable
from fake_ims.operations.shapes import (
    FileBasicInfo,
    FileInfo,
    FileInfoSchema,
    MediaBasicInfo,
    MediaBasicInfoSchema,
)

AUTH_TIMEOUT: Final = (1, 86400)
DEFAULT_AUTH_TIMEOUT: Final = 3600
"""Seconds; documented for the sibling operations."""


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
    basic = fields.Nested(MediaBasicInfoSchema(), data_key="MediaBasicInfo")
    files = fields.List(fields.Nested(FileInfoSchema()), data_key="FileInfoList")


@dataclass(slots=True, eq=False)
class Found:
    """The answer of GetMediaInfo."""

    media_info: MediaInfo


class GetMediaInfoResponse(ResponseSchema):
    """``MediaInfo``, with what is absent left out."""

    media_info = fields.Nested(MediaInfoSchema(), data_key="MediaInfo")


@operation("GetMediaInfo", request=GetMediaInfoRequest, response=GetMediaInfoResponse, access="get")
def get_media_info(query: MediaQuery, services: Services) -> Found:
    """Show one asset, by MediaId or by InputURL; MediaId counts if both are sent (documented)."""
    if services.settings.strict and query.output_type not in (None, "oss", "cdn"):
        raise errors.INVALID_PARAMETER(name="OutputType")
    timeout = _auth_timeout(query.auth_timeout, services)
    asset = services.library.note_read(_find(query, services), services.now)
    if asset.unfinished:
        services.choices.note("first_status")
        if services.choices.of("early_get") == "not_found":
            raise errors.RESOURCE_NOT_FOUND()
    expires = services.now // 1_000_000 + timeout
    files: tuple[FileInfo, ...] = ()
    if asset.status == NORMAL:
        files = (_file_info(asset, services, expires, cdn=query.output_type == "cdn"),)
    return Found(MediaInfo(asset.media_id, _basic_info(asset, services, expires), files))


def _find(query: MediaQuery, services: Services) -> Asset:
    if query.media_id is not None:
        name, asset = "MediaId", services.library.assets.get(query.media_id)
    elif query.input_url is not None:
        name = "InputURL"
        asset = services.library.find_by_url(query.input_url, services.choices)
    else:
        raise errors.MISSING_PARAMETER(name="MediaId")
    if asset is None:
        if services.choices.of("unknown_media") == "not_found":
            raise errors.RESOURCE_NOT_FOUND()
        raise errors.INVALID_PARAMETER(name=name)
    return asset


def _auth_timeout(asked: int | None, services: Services) -> int:
    if asked is None:
        return DEFAULT_AUTH_TIMEOUT
    low, high = AUTH_TIMEOUT
    if low <= asked <= high:
        return asked
    if services.choices.of("auth_timeout_range") == "reject":
        raise errors.INVALID_PARAMETER(name="AuthTimeout")
    return min(max(asked, low), high)


def _basic_info(asset: Asset, services: Services, expires: int) -> MediaBasicInfo:
    cover_url = asset.cover_url
    return MediaBasicInfo(
        media_id=asset.media_id,
        input_url=asset.input_url,
        media_type=asset.media_type,
        business_type=asset.business_type,
        source=asset.location.source,
        title=asset.title,
        status=asset.status,
        create_time=asset.created_at,
        modified_time=asset.modified_at,
        description=asset.description,
        cate_id=asset.cate_id,
        cate_name=services.library.declared.category_name(asset.cate_id),
        media_tags=",".join(asset.media_tags) or None,
        cover_url=services.signer.sign_text(cover_url, expires) if cover_url else None,
        user_data=asset.user_data,
        reference_id=asset.reference_id,
    )


def _file_info(asset: Asset, services: Services, expires: int, *, cdn: bool) -> FileInfo:
    location = asset.location
    details = services.objects.analyse(location, asset.media_type, asset.object_facts)
    assert not isinstance(details, Unreadable), "an asset is Normal only if its file was read"
    from_vod = location.source == "vod"
    suffix = {"image": "jpg", "audio": "mp3", "text": "srt"}.get(asset.media_type, "mp4")
    basic = FileBasicInfo(
        file_name=f"{location.key}.{suffix}" if from_vod else location.file_name,
        file_size=details.size,
        file_url=services.signer.file_url(location, suffix, expires, cdn=cdn),
        region=location.region,
        format_name=details.format_name,
        duration=details.duration,
        bitrate=details.bitrate,
        width=details.width,
        height=details.height,
        create_time=asset.created_at,
        modified_time=asset.modified_at,
    )
    return FileInfo(basic, details.audio, details.video)
