"""RegisterMediaInfo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Boolean,
    Int64,
    JsonText,
    OneOf,
    RequestSchema,
    ResponseSchema,
    Tags,
    Text,
    Written,
)
from fake_ims.library.registration import Registration
from fake_ims.media.types import MEDIA_TYPES
from fake_ims.operations.awaiting import await_analysis


class RegisterMediaInfoRequest(RequestSchema):
    """The fifteen parameters, with the limits of the document."""

    record = Registration

    input_url = Text(data_key="InputURL", required=True)
    media_type = OneOf(*MEDIA_TYPES, data_key="MediaType")
    business_type = Text(data_key="BusinessType")
    title = Text(data_key="Title", max_bytes=128)
    description = Text(data_key="Description", max_bytes=1024)
    media_tags = Tags(data_key="MediaTags", most=16, max_bytes=32)
    cover_url = Text(data_key="CoverURL", max_bytes=128)
    user_data = JsonText(data_key="UserData", max_bytes=1024)
    overwrite = Boolean(data_key="Overwrite")
    client_token = Text(data_key="ClientToken")
    register_config = JsonText(data_key="RegisterConfig", object_only=True)
    cate_id = Int64(data_key="CateId")
    workflow_id = Text(data_key="WorkflowId")
    reference_id = Text(data_key="ReferenceId", pattern=r"[A-Za-z0-9_-]{6,64}")
    smart_tag_template_id = Text(data_key="SmartTagTemplateId")


@dataclass(slots=True, eq=False)
class Registered:
    """The answer of RegisterMediaInfo."""

    media_id: str


class RegisterMediaInfoResponse(ResponseSchema):
    """``RequestId`` and ``MediaId``, nothing else (documented)."""

    media_id = Written(data_key="MediaId")


@operation(
    "RegisterMediaInfo",
    request=RegisterMediaInfoRequest,
    response=RegisterMediaInfoResponse,
    access="create",
    questions=(
        "url_identity", "unknown_suffix", "text_suffix", "reference_id_conflict",
        "client_token_conflict", "client_token_window", "overwrite_unregistered",
        "unreadable_object", "event_user_data", "event_fields", "analysis_event",
        "notify_address", "notify_events", "notify_signature", "callback_content_type",
        "undeclared_workflow",
    ),
)  # fmt: skip
def register_media_info(request: Any, services: Services) -> Registered:
    """Register a media asset; its file is analysed afterwards."""
    media_id = services.library.register(request, services.now, services.choices)
    await_analysis(services.library.assets.get(media_id), request.user_data, services)
    return Registered(media_id)
