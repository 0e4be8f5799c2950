"""What other services add to an asset, for search and for detailed answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple


class AiLabel(NamedTuple):
    """A label that smart tagging gave."""

    category: str
    label_id: str
    label_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """Texts that were read off the pictures, labels, and the fields that callers search by.

    ``custom_fields`` has any of ``intField1``, ``strField1`` and ``strField2`` (documented).
    """

    ocr: tuple[str, ...] = ()
    labels: tuple[AiLabel, ...] = ()
    custom_fields: Mapping[str, int | str] = field(default_factory=lambda: MappingProxyType({}))
    dynamic_meta_data: str | None = None


NO_INSIGHTS: Final = Insights()
