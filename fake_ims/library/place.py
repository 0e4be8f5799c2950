"""A place in a text, shown to people."""

from __future__ import annotations

import unicodedata
from typing import Final

_AROUND: Final = 30
"""How many characters are shown on either side."""


def pointed_at(text: str, at: int, note: str) -> str:
    """The note with the column, and below it the text around the place with a caret under it.

    Nothing of it moves a cursor: what cannot be printed is shown as a middle dot.
    """
    low, high = max(0, at - _AROUND), at + _AROUND
    before = "".join(map(_shown, ("..." if low else "") + text[low:at]))
    after = "".join(map(_shown, text[at:high] + ("..." if high < len(text) else "")))
    indent = " " * sum(map(_width, before))
    return f"column {at + 1}: {note}\n{before}{after}\n{indent}^"


def _shown(character: str) -> str:
    return character if character.isprintable() else "\u00b7"


def _width(character: str) -> int:
    """How many columns of a terminal it takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
