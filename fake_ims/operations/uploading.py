"""CreateUploadMedia and RefreshUploadMedia."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from fake_ims import errors
from fake_ims.clock import Instant, iso
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    JsonRecord,
    JsonText,
    RequestSchema,
    ResponseSchema,
    Text,
    Written,
)
from fake_ims.library.assets import Asset
from fake_ims.library.uploads import (
    DEFAULT_APP_ID,
    FILE_TYPES,
    NO_METADATA,
    Metadata,
    Upload,
    expect_upload,
    workflow_in,
)
from fake_ims.operations.upload_metadata import (
    bucket_of,
    expect_callbacks,
    is_suffix,
    read_metadata,
)

CREDENTIAL_SECONDS: Final = 3000
"""How long an upload credential is valid (documented)."""


class FileInfo(NamedTuple):
    """What a client is about to upload."""

    file_type: str
    name: str
    suffix: str


def _read_file_info(given: dict[str, Any]) -> FileInfo:
    """Read FileInfo: Type, Name and Ext are required (documented).

    :raises ValueError: if one is not there, or Type is another.
    """
    file_type, name, suffix = (given.get(key) for key in ("Type", "Name", "Ext"))
    if file_type not in FILE_TYPES:
        raise ValueError("Type is none of " + ", ".join(FILE_TYPES))
    if not isinstance(name, str) or not name or not is_suffix(suffix):
        raise ValueError("Name and Ext must be texts")
    return FileInfo(file_type, name, str(suffix).lstrip("."))


# ---------------------------------------------------------------- CreateUploadMedia


@dataclass(slots=True, kw_only=True, eq=False)
class UploadRequest:
    """What a caller of CreateUploadMedia asks for."""

    app_id: str = DEFAULT_APP_ID
    entity_id: str | None = None
    file_info: FileInfo | None = None
    media_meta_data: Metadata = NO_METADATA
    post_process_config: str | None = None
    upload_target_config: str | None = None
    user_data: str | None = None


class CreateUploadMediaRequest(RequestSchema):
    """No parameter is declared as required, but FileInfo must be there."""

    record = UploadRequest

    app_id = Text(data_key="AppId")
    entity_id = Text(data_key="EntityId", inert=True)
    file_info = JsonRecord(_read_file_info, data_key="FileInfo")
    media_meta_data = JsonRecord(read_metadata, data_key="MediaMetaData")
    post_process_config = JsonText(data_key="PostProcessConfig", object_only=True)
    upload_target_config = JsonText(data_key="UploadTargetConfig", object_only=True)
    user_data = JsonText(data_key="UserData", max_bytes=1024)


@dataclass(slots=True, eq=False)
class UploadPlace:
    """Where a client uploads a file, and with what credentials."""

    media_id: str
    upload_address: str
    upload_auth: str
    file_url: str | None = None
    media_url: str | None = None


class CreateUploadMediaResponse(ResponseSchema):
    """``MediaURL`` is the URL behind the acceleration domain, if the account has one."""

    file_url = Written(data_key="FileURL")
    media_id = Written(data_key="MediaId")
    media_url = Written(data_key="MediaURL")
    upload_address = Written(data_key="UploadAddress")
    upload_auth = Written(data_key="UploadAuth")


@operation(
    "CreateUploadMedia",
    request=CreateUploadMediaRequest,
    response=CreateUploadMediaResponse,
    access="create",
    questions=("event_user_data", "notify_address", "notify_events", "notify_signature",
               "callback_content_type", "event_fields", "analysis_event",
               "undeclared_workflow"),
)  # fmt: skip
def create_upload_media(request: UploadRequest, services: Services) -> UploadPlace:
    """Create an asset whose file a client will upload."""
    if request.file_info is None:
        raise errors.MISSING_PARAMETER(name="FileInfo")
    info, metadata = request.file_info, request.media_meta_data
    if metadata.title is None:
        metadata = _titled(metadata, info.name)
    asset = expect_upload(
        services.library,
        services.now,
        upload=Upload(request.app_id, by_url=False),
        media_type=info.file_type,
        bucket=bucket_of(request.upload_target_config, services),
        suffix=info.suffix,
        metadata=metadata,
        user_data=request.user_data,
        workflow_id=workflow_in(request.post_process_config),
    )
    expect_callbacks(asset, services)
    place = _place(asset, services)
    place.file_url = asset.location.http_url
    domain = services.settings.vod_domain
    place.media_url = f"https://{domain}/{asset.location.key}" if domain else place.file_url
    return place


def _titled(metadata: Metadata, name: str) -> Metadata:
    """The metadata with the file's name for a title, as much of it as a title can have."""
    title = name.encode()[:128].decode(errors="ignore")
    return Metadata(
        title=title,
        description=metadata.description,
        cate_id=metadata.cate_id,
        tags=metadata.tags,
        business_type=metadata.business_type,
        cover_url=metadata.cover_url,
    )


def _place(asset: Asset, services: Services) -> UploadPlace:
    """UploadAddress and UploadAuth, JSON in Base64, whose keys are those of ApsaraVideo VOD."""
    location = asset.location
    ends = Instant(services.now + CREDENTIAL_SECONDS * 1_000_000)
    address = {
        "Endpoint": f"https://oss-{location.region}.aliyuncs.com",
        "Bucket": location.bucket,
        "FileName": location.key,
    }
    auth = {
        "SecurityToken": services.signer.security_token,
        "AccessKeyId": services.signer.access_key_id,
        "ExpireUTCTime": iso(ends),
        "AccessKeySecret": services.signer.secret.hex(),
        "Expiration": str(CREDENTIAL_SECONDS),
        "Region": location.region,
    }
    return UploadPlace(asset.media_id, _packed(address), _packed(auth))


def _packed(document: dict[str, str]) -> str:
    return base64.b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()


# ---------------------------------------------------------------- RefreshUploadMedia


@dataclass(slots=True, kw_only=True, eq=False)
class RefreshRequest:
    """Whose credential has expired."""

    media_id: str | None = None


class RefreshUploadMediaRequest(RequestSchema):
    """Not declared as required, but MediaId must be there."""

    record = RefreshRequest

    media_id = Text(data_key="MediaId")


class RefreshUploadMediaResponse(ResponseSchema):
    """The place, and a new credential."""

    media_id = Written(data_key="MediaId")
    upload_address = Written(data_key="UploadAddress")
    upload_auth = Written(data_key="UploadAuth")


@operation(
    "RefreshUploadMedia",
    request=RefreshUploadMediaRequest,
    response=RefreshUploadMediaResponse,
    access="create",
    questions=("unknown_media",),
)
def refresh_upload_media(request: RefreshRequest, services: Services) -> UploadPlace:
    """A new credential for the file of an asset that was to be uploaded, or to upload another."""
    asset = services.library.require(request.media_id, None, services.choices)
    if asset.upload is None:
        raise errors.INVALID_PARAMETER(name="MediaId").with_note("it was registered, not uploaded")
    return _place(asset, services)
