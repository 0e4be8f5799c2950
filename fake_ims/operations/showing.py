"""Assets as answers show them: the same in every operation that does."""

from __future__ import annotations

from typing import Final

from fake_ims import errors
from fake_ims.gateway.catalogue import Services
from fake_ims.library.assets import NORMAL, Asset
from fake_ims.media.details import Unreadable
from fake_ims.operations.shapes import FileBasicInfo, FileInfo, MediaBasicInfo

AUTH_TIMEOUT: Final = (1, 86400)
DEFAULT_AUTH_TIMEOUT: Final = 3600
"""Seconds (documented)."""


def expiry(auth_timeout: int | None, services: Services) -> int:
    """Until when signed URLs are valid, in seconds since 1970.

    :raises ApiError: InvalidParameter "AuthTimeout" if the setting ``auth_timeout_range`` says so.
    """
    low, high = AUTH_TIMEOUT
    timeout = DEFAULT_AUTH_TIMEOUT if auth_timeout is None else auth_timeout
    if not low <= timeout <= high:
        if services.choices.of("auth_timeout_range") == "reject":
            raise errors.INVALID_PARAMETER(name="AuthTimeout")
        timeout = min(max(timeout, low), high)
    return services.now // 1_000_000 + timeout


def basic_info(asset: Asset, services: Services, expires: int) -> MediaBasicInfo:
    """What is known of an asset, its cover's URL signed until ``expires``."""
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
        category=asset.category,
        cate_id=asset.cate_id,
        cate_name=services.library.categories.name_of(asset.cate_id),
        media_tags=",".join(asset.media_tags) or None,
        cover_url=services.signer.sign_text(cover_url, expires) if cover_url else None,
        user_data=asset.user_data,
        reference_id=asset.reference_id,
    )


def file_infos(
    asset: Asset, services: Services, expires: int, *, cdn: bool = False
) -> tuple[FileInfo, ...]:
    """The asset's files, their URLs signed until ``expires``: none before they are analysed."""
    return (_file_info(asset, services, expires, cdn=cdn),) if asset.status == NORMAL else ()


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


def bounded(
    asked: int | None, span: tuple[int, int], default: int, name: str, services: Services
) -> int:
    """How many, or which page, was asked for, within the documented span.

    :raises ApiError: InvalidParameter of that name if the setting ``page_size_range`` says so.
    """
    low, high = span
    if asked is None:
        return default
    if not low <= asked <= high:
        if services.choices.of("page_size_range") == "reject":
            raise errors.INVALID_PARAMETER(name=name)
        return min(max(asked, low), high)
    return asked
