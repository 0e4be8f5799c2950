"""What a snapshot template says, and the OverwriteParams of a job that uses it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

TYPES: Final = ("Normal", "Sprite", "WebVtt")
"""Documented."""

FRAME_TYPES: Final = ("normal", "intra")
"""Documented; the second takes key frames only."""

_MOST: Final = (1 << 31) - 1
_CELLS: Final = {
    "CellWidth": 1, "CellHeight": 1, "Padding": 0, "Margin": 0, "Columns": 1, "Lines": 1,
}  # fmt: skip
_NUMBERS: Final = {
    "Time": 0, "Count": 1, "Interval": 0, "Width": 1, "Height": 1, "BlackLevel": 0,
    "PixelBlackThreshold": 0,
}  # fmt: skip
"""Numbers by name, and the least that each can be."""

_TILES_OF_A_LINE: Final = 10
"""Columns of a sprite, and its lines, if nothing is said: observed for WebVtt, inferred for
Sprite."""


class SnapshotParams(NamedTuple):
    """What is said of the pictures; what is not said is None.

    ``time`` in milliseconds, ``interval`` in seconds (documented and observed): pictures lie at
    ``time``, ``time + interval`` and so on, ``wanted`` of them. ``tiled`` puts the
    pictures of a WebVtt together. ``text`` is all that was said, as JSON.
    """

    type: str | None = None
    frame_type: str = "normal"
    time: int = 0
    wanted: int | None = None
    interval: int | None = None
    columns: int = _TILES_OF_A_LINE
    lines: int = _TILES_OF_A_LINE
    tiled: bool = False
    has_cells: bool = False
    text: str = "{}"

    @property
    def start(self) -> float:
        """When the first picture is taken, in seconds."""
        return self.time / 1000


def read_params(given: Mapping[str, Any]) -> SnapshotParams:
    """Read the parameters of a template, or of a job. Numbers may be sent as text.

    :raises ValueError: for a value that none of them can have. Names that nobody documents are
        kept, and have no effect.
    """
    said: dict[str, Any] = {}
    for name, value in given.items():
        if value is None or value == "":
            continue  # generic clients send what is not set
        said[name] = _read(name, value)
    cells = said.get("SpriteSnapshotConfig", {})
    return SnapshotParams(
        type=said.get("Type"),
        frame_type=said.get("FrameType", "normal"),
        time=said.get("Time", 0),
        wanted=said.get("Count"),
        interval=said.get("Interval"),
        columns=cells.get("Columns", _TILES_OF_A_LINE),
        lines=cells.get("Lines", _TILES_OF_A_LINE),
        tiled=said.get("IsSptFrag", False),
        has_cells=bool(cells),
        text=json.dumps(said, ensure_ascii=False, separators=(",", ":")),
    )


def _read(name: str, value: Any) -> Any:
    if name in _NUMBERS:
        return _whole(name, value, _NUMBERS[name])
    if name == "Type":
        return _word(name, value, TYPES)
    if name == "FrameType":
        return _word(name, value, FRAME_TYPES)
    if name == "IsSptFrag":
        words = {"true": True, "false": False}
        if isinstance(value, str) and value.lower() in words:
            return words[value.lower()]
        if not isinstance(value, bool):
            raise ValueError(f"{name} is neither true nor false")
    if name == "SpriteSnapshotConfig":
        if not isinstance(value, Mapping):
            raise ValueError(f"{name} is no object")
        return {
            inner: _whole(inner, said, _CELLS[inner]) if inner in _CELLS else said
            for inner, said in value.items()
            if said is not None and said != ""
        }
    return value


def _word(name: str, value: Any, words: tuple[str, ...]) -> str:
    if value not in words:
        raise ValueError(f"{name} is none of {', '.join(words)}")
    word: str = value
    return word


def _whole(name: str, value: Any, low: int) -> int:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= _MOST:
        raise ValueError(f"{name} must be a whole number from {low} on")
    return value
