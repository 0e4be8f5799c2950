"""What the service itself made of an asset's file after its analysis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fake_ims.media.frames import Frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Snapshots, a sprite and a cover, as far as they have been made."""

    snapshots: Frames | None = None
    sprite: Frames | None = None
    cover: Frames | None = None


NOTHING_MADE: Final = Made()
