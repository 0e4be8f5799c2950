"""What stands beside the assets and can be referred to by them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

SYSTEM_SMART_TAG_TEMPLATES: Final = ("S00000101-300080", "S00000103-000001", "S00000103-000002")
"""Documented: the system templates of smart tagging."""

DEFAULT_SEARCH_LIB: Final = "ims-default-search-lib"


@dataclass(slots=True)
class Declared:
    """Categories, workflows, templates and search libraries that exist in this world.

    A registration may refer to others as well, unless the setting ``strict`` is on.
    """

    categories: dict[int, str] = field(default_factory=dict)
    workflows: set[str] = field(default_factory=set)
    smart_tag_templates: set[str] = field(default_factory=lambda: {*SYSTEM_SMART_TAG_TEMPLATES})
    search_libs: set[str] = field(default_factory=lambda: {DEFAULT_SEARCH_LIB})

    def category_name(self, cate_id: int | None) -> str | None:
        """CateName of a category, or None if there is none of that id."""
        return None if cate_id is None else self.categories.get(cate_id)
