"""Uploads: assets that are there before their file is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fake_ims import errors
from fake_ims.clock import Instant, iso
from fake_ims.library.assets import INIT, PREPARE_FAIL, PREPARING, Asset
from fake_ims.library.streams import PLAYABLE
from fake_ims.media.locations import Location, identity
from fake_ims.media.objects import NOTHING_SAID, ObjectFacts

if TYPE_CHECKING:
    from fake_ims.library.library import Library

DEFAULT_APP_ID: Final = "app-1000000"
"""Documented."""

FILE_TYPES: Final = ("video", "image", "audio", "text", "other")
"""What an uploaded file can be (documented)."""

_VOD_BUCKET: Final = re.compile(
    r"(?P<bucket>outin-[a-z0-9-]+)\.oss-(?P<region>[a-z0-9-]+)\.aliyuncs\.com"
)


class Upload(NamedTuple):
    """How an asset's file comes: by a client, or from a URL."""

    app_id: str
    by_url: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """What is said of an asset whose file is to be uploaded: keys of MediaMetaData."""

    title: str | None = None
    description: str | None = None
    cate_id: int | None = None
    tags: tuple[str, ...] = ()
    business_type: str | None = None
    cover_url: str | None = None


NO_METADATA: Final = Metadata()


def target_bucket(config: str | None, own: str, region: str) -> tuple[str, str]:
    """The bucket that UploadTargetConfig names, and its region; else that of VOD's own.

    :raises ApiError: InvalidParameter "UploadTargetConfig" for what is no bucket of ApsaraVideo
        VOD: files cannot be uploaded to other buckets (documented).
    """
    document = json.loads(config) if config else {}
    location = document.get("StorageLocation")
    if document.get("StorageType", "oss") != "oss":
        raise errors.INVALID_PARAMETER(name="UploadTargetConfig")
    if not location:
        return own, region
    match = _VOD_BUCKET.fullmatch(location) if isinstance(location, str) else None
    if match is None:
        raise errors.INVALID_PARAMETER(name="UploadTargetConfig")
    return match["bucket"], match["region"]


def workflow_in(config: str | None) -> str | None:
    """The workflow that PostProcessConfig names."""
    document = json.loads(config) if config else {}
    process_id = document.get("ProcessID")
    known = document.get("ProcessType") == "Workflow" and isinstance(process_id, str)
    return process_id or None if known else None


def expect_upload(
    library: Library,
    now: Instant,
    *,
    upload: Upload,
    media_type: str,
    bucket: tuple[str, str],
    suffix: str,
    metadata: Metadata,
    user_data: str | None,
    workflow_id: str | None,
) -> Asset:
    """Add an asset whose file is still to come.

    It lies in a bucket of ApsaraVideo VOD, and its InputURL is the file's URL there (inferred); it
    is ``Init`` until a client has uploaded the file, ``Preparing`` while it is fetched.
    """
    media_id = library.new_media_id()
    folder = "image" if media_type == "image" else "sv"
    location = Location("oss", bucket[1], bucket[0], f"{folder}/{media_id}.{suffix}")
    asset = Asset(
        media_id=media_id,
        input_url=location.http_url,
        identity=identity(location.http_url, location, library.settings.url_identity),
        location=location,
        media_type="text" if media_type == "other" else media_type,
        business_type=metadata.business_type or "general",
        title=metadata.title or f"default_title_{iso(now)}",
        description=metadata.description,
        media_tags=metadata.tags,
        cover_url=metadata.cover_url,
        user_data=user_data,
        cate_id=metadata.cate_id,
        workflow_id=workflow_id,
        upload=upload,
        status=PREPARING if upload.by_url else INIT,
        created_at=now,
        modified_at=now,
    )
    library.assets.put(asset)
    return asset


def arrive(library: Library, asset: Asset, at: Instant, facts: ObjectFacts | None = None) -> Asset:
    """The file is there: it is analysed next, as after a registration."""
    if facts is not None:
        library.objects.put(asset.location, facts)
    asset = replace(asset, status=PREPARING, failure=None, modified_at=at)
    library.assets.put(asset)
    library.begin_analysis(asset, at)
    return asset


def miss(library: Library, asset: Asset, at: Instant, reason: str) -> None:
    """The file will not come."""
    library.assets.put(replace(asset, status=PREPARE_FAIL, failure=reason, modified_at=at))


def tell_of_upload(library: Library, asset: Asset, at: Instant) -> None:
    """Record that a client has uploaded an asset's file.

    The body is that of FileUploadComplete, in the order of its example; images and other files have
    events of their own, of whose bodies no document says more (inferred: the same).
    """
    assert asset.upload is not None, "only what was uploaded"
    body: dict[str, Any] = {
        "Status": "Success",
        "FileUrl": asset.location.http_url,
        "MediaId": asset.media_id,
        "AppId": asset.upload.app_id,
        "Size": str(size_of(library, asset)),
        "MediaType": asset.media_type,
    }
    if asset.user_data is not None and library.settings.event_user_data == "echo":
        body["UserData"] = asset.user_data
    library.emit(event_of_upload(asset), at, body, asset.user_data)


def event_of_upload(asset: Asset) -> str:
    """The type of the event of an upload."""
    if asset.media_type in PLAYABLE:
        return "FileUploadComplete"
    return "ImageUploadComplete" if asset.media_type == "image" else "AttachedMediaUploadComplete"


def size_of(library: Library, asset: Asset) -> int:
    """How large a file is, in bytes; also of one that cannot be read."""
    said = library.objects.facts(asset.location) or NOTHING_SAID
    found = library.objects.analyse(asset.location, asset.media_type, replace(said, fails=None))
    return getattr(found, "size", 0)
