"""Texts for people: short enough for the output of a failing test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SHOWN: Final = 50
"""How many items a listing shows."""


def shortened(text: str, most: int = 160) -> str:
    """The text, its middle left out when it is longer than ``most`` characters."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}...({len(text)} characters)...{text[-half:]}"


def quoted(text: str, most: int = 160) -> str:
    """The repr of a text, its middle left out when it is longer than ``most`` characters."""
    if len(text) <= most:
        return shortened(repr(text), 2 * most)
    head, tail = repr(text[: most // 2]), repr(text[-(most // 2) :])
    return f"{head[:most]}...({len(text)} characters)...{tail[-most:]}"


def printable(text: str) -> str:
    """The text, or its repr where it would move the cursor or colour the screen."""
    return text if text.isprintable() else repr(text)


def listing(
    what: str, items: Sequence[object], *, total: int | None = None, most: int = SHOWN
) -> str:
    """How many there are, and the last of them, one a line."""
    count = len(items) if total is None else total
    more = f", the last {most}" if count > most else ""
    return "\n".join([f"<{count} {what}{more}>", *(f"  {item!r}" for item in items[-most:])])
