"""What a registration asks for, and what of it the documents forbid."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from fake_ims import errors
from fake_ims.library.declared import SMART_TAG_REGIONS
from fake_ims.library.register_config import RegisterConfig, read_register_config
from fake_ims.media.locations import Location
from fake_ims.media.types import business_type_fits, suffix_fits

if TYPE_CHECKING:
    from fake_ims.library.library import Library

_CLIENT_TOKEN: Final = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)


@dataclass(slots=True, kw_only=True)
class Registration:
    """What a caller of RegisterMediaInfo asks for, each value within its documented limits."""

    input_url: str
    media_type: str | None = None
    business_type: str | None = None
    title: str | None = None
    description: str | None = None
    media_tags: tuple[str, ...] = ()
    cover_url: str | None = None
    user_data: str | None = None
    overwrite: bool = False
    client_token: str | None = field(default=None, compare=False)
    register_config: str | None = None
    cate_id: int | None = None
    workflow_id: str | None = None
    reference_id: str | None = None
    smart_tag_template_id: str | None = None

    @property
    def config(self) -> RegisterConfig:
        """What RegisterConfig says."""
        return read_register_config(self.register_config)


def check_strictly(request: Registration, location: Location, library: Library) -> None:
    """Refuse what the documents forbid but production callers are seen to send.

    :raises ApiError: InvalidParameter with the name of the first that is wrong.
    """
    declared, config = library.declared, request.config
    business_type, media_type = request.business_type, request.media_type
    wrong = {
        "InputURL": location.region != library.settings.region,
        "MediaType": bool(media_type) and not suffix_fits(location.suffix, media_type or ""),
        "BusinessType": (business_type is not None or media_type == "text")
        and not business_type_fits(business_type, media_type),
        "ClientToken": request.client_token is not None
        and _CLIENT_TOKEN.fullmatch(request.client_token) is None,
        "RegisterConfig": bool(config.wrong)
        or (config.search_lib is not None and config.search_lib not in library.search_libs),
        "CateId": request.cate_id not in (None, *library.categories),
        "WorkflowId": request.workflow_id is not None
        and not declared.workflows.startable(request.workflow_id),
        "SmartTagTemplateId": request.smart_tag_template_id is not None
        and (
            request.smart_tag_template_id not in declared.smart_tag_templates
            or library.settings.region not in SMART_TAG_REGIONS
        ),
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise errors.INVALID_PARAMETER(name=name)
