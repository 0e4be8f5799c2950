"""What SetContentAnalyzeConfig has set: whether assets are analysed without being asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TEMPLATES: Final = ("S00000101-100040", "S00000101-100060", "S00000101-100070")
"""Documented: text recognition; categories and faces; both."""

SAVE_TYPES: Final = ("TEXT", "FACE", "DNA")
"""Where the findings can be saved (documented)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentAnalysis:
    """The configuration: nothing is analysed by default. ``save_type`` has words of
    :data:`SAVE_TYPES` between commas: without one, nothing is saved (documented).
    """

    auto: bool = False
    save_type: str | None = None
    template_id: str | None = None


NO_ANALYSIS: Final = ContentAnalysis()
