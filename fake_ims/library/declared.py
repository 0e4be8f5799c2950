"""What stands beside the assets and can be referred to by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_ims.library.workflows import Workflows

SYSTEM_SMART_TAG_TEMPLATES: Final = ("S00000101-300080", "S00000103-000001", "S00000103-000002")
"""Documented: the system templates of smart tagging."""

SMART_TAG_REGIONS: Final = ("cn-beijing", "cn-hangzhou", "cn-shanghai")
"""Where there is smart tagging (documented)."""


@dataclass(slots=True)
class Declared:
    """Workflows and templates that exist in this world.

    A registration, or a job, may refer to others as well, unless the setting ``strict`` is on.
    ``snapshot_templates`` say by id what TemplateConfig says of each.
    """

    workflows: Workflows = field(default_factory=Workflows)
    smart_tag_templates: set[str] = field(default_factory=lambda: {*SYSTEM_SMART_TAG_TEMPLATES})
    snapshot_templates: dict[str, Mapping[str, Any]] = field(default_factory=dict)
