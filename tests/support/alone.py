"""Registrations that set nothing off beyond the analysis of their file."""

from __future__ import annotations

from typing import Final

ALONE: Final = {
    "RegisterConfig": '{"NeedSnapshot": "false", "NeedSprite": "false"}',
    "CoverURL": "oss://bucket/cover.png",
}
"""Neither snapshots nor a sprite, and the cover is given."""

IN_VAIN: Final = {
    "job_failures": ("snapshots", "sprite", "cover"),
    "job_delays": {"snapshots": 0, "sprite": 0, "cover": 0, "search_index": 0},
}
"""Settings with which nothing that follows an analysis shows, or takes time."""
