"""Registrations that set nothing off beyond the analysis of their file."""

from __future__ import annotations

from typing import Final

ALONE: Final = {
    "RegisterConfig": '{"NeedSnapshot": "false", "NeedSprite": "false"}',
    "CoverURL": "oss://bucket/cover.png",
}
"""Neither snapshots nor a sprite, and the cover is given."""
