"""UpdateMediaInfo and DeleteMediaInfos."""

from __future__ import annotations

from dataclasses import dataclass

from marshmallow import fields

from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Boolean,
    Int64,
    Listed,
    RequestSchema,
    ResponseSchema,
    Tags,
    Text,
    Written,
)
from fake_ims.library.changes import MOST_TAGS, Change, Removal, Removed, remove, update


class UpdateMediaInfoRequest(RequestSchema):
    """No parameter is declared as required, but one of the first two must be there."""

    record = Change

    media_id = Text(data_key="MediaId")
    input_url = Text(data_key="InputURL")
    title = Text(data_key="Title", max_bytes=128)
    description = Text(data_key="Description", max_bytes=1024)
    category = Text(data_key="Category", max_bytes=64)
    cate_id = Int64(data_key="CateId")
    media_tags = Tags(data_key="MediaTags", most=MOST_TAGS, max_bytes=32)
    append_tags = Boolean(data_key="AppendTags")
    cover_url = Text(data_key="CoverURL", max_bytes=128)
    user_data = Text(data_key="UserData", max_bytes=1024)
    business_type = Text(data_key="BusinessType")
    reference_id = Text(data_key="ReferenceId", pattern=r"[A-Za-z0-9_-]{6,64}")


@dataclass(slots=True, eq=False)
class Updated:
    """The answer of UpdateMediaInfo."""

    media_id: str


class UpdateMediaInfoResponse(ResponseSchema):
    """``RequestId`` and ``MediaId``, nothing else (documented)."""

    media_id = Written(data_key="MediaId")


@operation(
    "UpdateMediaInfo",
    request=UpdateMediaInfoRequest,
    response=UpdateMediaInfoResponse,
    access="update",
    questions=(
        "url_identity", "unknown_media", "reference_id_conflict", "event_fields", "notify_address",
        "notify_events", "notify_signature", "callback_content_type",
    ),
)  # fmt: skip
def update_media_info(change: Change, services: Services) -> Updated:
    """Change what is known of an asset; its InputURL stays (documented)."""
    asset = update(services.library, change, services.now, services.choices)
    services.callback.expect(change.user_data, services.choices)
    return Updated(asset.media_id)


class DeleteMediaInfosRequest(RequestSchema):
    """At most 20 assets a call (documented)."""

    record = Removal

    media_ids = Listed(data_key="MediaIds", most=20)
    input_urls = Listed(data_key="InputURLs", most=20)
    delete_physical_files = Boolean(data_key="DeletePhysicalFiles")


class DeleteMediaInfosResponse(ResponseSchema):
    """Two lists, which are there even if they are empty (inferred)."""

    ignored = fields.List(Written(), data_key="IgnoredList")
    forbidden = fields.List(Written(), data_key="ForbiddenList")


@operation(
    "DeleteMediaInfos",
    request=DeleteMediaInfosRequest,
    response=DeleteMediaInfosResponse,
    access="delete",
    questions=("url_identity", "event_fields"),
)
def delete_media_infos(removal: Removal, services: Services) -> Removed:
    """Delete assets; what is not there is told, and no error (documented)."""
    return remove(services.library, removal, services.now, services.choices)
