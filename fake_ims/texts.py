"""Texts for people: short enough for the output of a failing test."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def legible(text: str) -> str:
    """The text, each line of it printable: a log, a terminal and pytest-xdist can take it."""
    return "\n".join(printable(line.expandtabs()) for line in text.split("\n"))


def check_text(what: str, value: object) -> None:
    """Refuse what is no text, an empty one, and one that UTF-8 cannot write.

    :raises ValueError: that says what it would have been.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{what} must be a text that is not empty, not {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} must be a text that UTF-8 can write, not {value!r}") from None


def listing(
    what: str, items: Sequence[object], *, total: int | None = None, most: int = SHOWN
) -> str:
    """How many there are, and the last of them, one a line."""
    count = len(items) if total is None else total
    more = f", the last {most}" if count > most else ""
    return "\n".join([f"<{count} {what}{more}>", *(f"  {item!r}" for item in items[-most:])])


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint that names the nearest of ``names``, or nothing."""
    import difflib  # for mistakes only

    known = list(names)
    plain = name.replace("_", "").casefold()
    close = [each for each in known if each.replace("_", "").casefold() == plain]
    close = close or difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""
