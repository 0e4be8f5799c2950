"""Assets as answers show them: the same in every operation that does."""

from __future__ import annotations

import json
from typing import Final, Literal

from fake_ims import errors
from fake_ims.gateway.catalogue import Services
from fake_ims.library.assets import NORMAL, Asset
from fake_ims.media.details import FileDetails, Unreadable
from fake_ims.media.frames import Frames
from fake_ims.media.locations import Location
from fake_ims.media.objects import ObjectFacts
from fake_ims.operations.shapes import FileBasicInfo, FileInfo, MediaBasicInfo

AUTH_TIMEOUT: Final = (1, 86400)
DEFAULT_AUTH_TIMEOUT: Final = 3600
"""Seconds (documented)."""


def expiry(
    auth_timeout: int | None,
    services: Services,
    *,
    limits: tuple[int, int] = AUTH_TIMEOUT,
    name: str = "AuthTimeout",
) -> int:
    """Until when signed URLs are valid, in seconds since 1970.

    :raises ApiError: InvalidParameter with the parameter's name if the setting
        ``auth_timeout_range`` says so.
    """
    low, high = limits
    timeout = DEFAULT_AUTH_TIMEOUT if auth_timeout is None else auth_timeout
    if not low <= timeout <= high:
        if services.choices.of("auth_timeout_range") == "reject":
            raise errors.INVALID_PARAMETER(name=name)
        timeout = min(max(timeout, low), high)
    return services.now // 1_000_000 + timeout


def basic_info(
    asset: Asset,
    services: Services,
    expires: int,
    *,
    snapshots: Literal["urls", "job", "none"] = "urls",
) -> MediaBasicInfo:
    """What is known of an asset, the URLs of its pictures signed until ``expires``.

    :param snapshots: how the document of the operation shows Snapshots.
    """
    cover_url, made = asset.cover_url, asset.made
    if cover_url is None and made.cover is not None:
        cover_url = made.cover.location(1).http_url
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
        snapshots=_snapshots(made.snapshots, services, expires, snapshots),
        sprite_images=None if made.sprite is None else made.sprite.described(),
        user_data=asset.user_data,
        reference_id=asset.reference_id,
    )


def _snapshots(
    frames: Frames | None, services: Services, expires: int, documented: str
) -> str | None:
    if frames is None or documented == "none":
        return None
    shape = services.settings.snapshots_shape
    if "job" in (shape, documented) and shape != "urls":
        return frames.described()
    locations = map(frames.location, range(1, frames.total + 1))
    return json.dumps([services.signer.sign(each, expires) for each in locations])


def file_infos(
    asset: Asset, services: Services, expires: int, *, cdn: bool = False
) -> tuple[FileInfo, ...]:
    """The asset's files, their URLs signed until ``expires``: none before they are analysed."""
    return (_file_info(asset, services, expires, cdn=cdn),) if asset.status == NORMAL else ()


def _file_info(asset: Asset, services: Services, expires: int, *, cdn: bool) -> FileInfo:
    location = asset.location
    details = details_of(location, asset.media_type, asset.object_facts, services)
    from_vod = location.source == "vod"
    suffix = suffix_of(location, asset.media_type)
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


def details_of(
    location: Location, media_type: str, facts: ObjectFacts | None, services: Services
) -> FileDetails:
    """What is in a file whose analysis was a success."""
    details = services.objects.analyse(location, media_type, facts)
    assert not isinstance(details, Unreadable), "Normal is only what was read"
    return details


def suffix_of(location: Location, media_type: str) -> str:
    """The suffix of a file; one that fits its type where there is none, as for a file of VOD."""
    fitting = {"image": "jpg", "audio": "mp3", "text": "srt"}.get(media_type, "mp4")
    return location.suffix or fitting


def bounded(
    asked: int | None, limits: tuple[int, int], default: int, name: str, services: Services
) -> int:
    """The number of a page, or its size: what was asked for, within the limits.

    :raises ApiError: InvalidParameter with its name if the setting ``page_size_range`` says so.
    """
    low, high = limits
    number = default if asked is None else asked
    if not low <= number <= high:
        if services.choices.of("page_size_range") == "reject":
            raise errors.INVALID_PARAMETER(name=name)
        number = min(max(number, low), high)
    return number
