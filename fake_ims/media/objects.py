"""The files that InputURLs point to, as far as a test has said what they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final

from fake_ims.media.details import FileDetails, Unreadable
from fake_ims.media.locations import Location

_MOST: Final = 1e12


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFacts:
    """What is said of one object; what is not said is made up to fit.

    ``duration`` in seconds, ``size`` in bytes, ``bitrate`` in kbit/s, ``fps`` frames a second.
    ``fails`` is the reason why the object cannot be analysed.

    :raises ValueError: for a value that no file can have.
    """

    duration: float | None = None
    width: int | None = None
    height: int | None = None
    size: int | None = None
    bitrate: float | None = None
    fps: float | None = None
    format_name: str | None = None
    has_audio: bool | None = None
    fails: str | None = None

    def __post_init__(self) -> None:
        for name in ("duration", "width", "height", "size", "bitrate", "fps"):
            value = getattr(self, name)
            if not isinstance(value, (int, float, type(None))) or isinstance(value, bool):
                raise ValueError(f"{name} must be a number, not {value!r}")
            least = 0 if name == "size" else 1e-6
            if value is not None and not (least <= value <= _MOST):
                raise ValueError(f"{name} must be positive and at most {_MOST:g}, not {value!r}")
            if name in ("width", "height", "size") and value is not None and value != int(value):
                raise ValueError(f"{name} must be a whole number, not {value!r}")
        for name, kind in (("format_name", str), ("fails", str), ("has_audio", bool)):
            value = getattr(self, name)
            if not isinstance(value, (kind, type(None))):
                raise ValueError(f"{name} must be a {kind.__name__}, not {value!r}")
            if isinstance(value, str):
                value.encode()  # UnicodeEncodeError is a ValueError
        if None not in (self.duration, self.size, self.bitrate):
            raise ValueError("give two of duration, size and bitrate: the third follows")

    def __repr__(self) -> str:
        said = ", ".join(
            f"{field.name}={value!r}"
            for field in fields(self)
            if (value := getattr(self, field.name)) is not None
        )
        return f"ObjectFacts({said})"


NOTHING_SAID = ObjectFacts()
_DELETED = ObjectFacts(fails="the object was deleted")

Probe = Callable[[Location, str, ObjectFacts], FileDetails]
"""Finds what is in a file: its location, its MediaType, and what has been said of it."""


class ObjectStore:
    """What has been said of objects, by location; everything else exists and is made up."""

    def __init__(self, probe: Probe) -> None:
        self._facts: dict[str, ObjectFacts] = {}
        self._probe = probe

    def put(self, location: Location, facts: ObjectFacts) -> None:
        """Say what the object is; assets that are analysed from now on show it."""
        self._facts[location.canonical] = facts

    def delete(self, location: Location) -> None:
        """Take the object away: what is analysed from now on fails, until it is put again."""
        self._facts[location.canonical] = _DELETED

    def exists(self, location: Location) -> bool:
        """Whether the object is there: whatever was not taken away is."""
        return self._facts.get(location.canonical) is not _DELETED

    def facts(self, location: Location) -> ObjectFacts | None:
        """What has been said of the object, or None."""
        return self._facts.get(location.canonical)

    def analyse(
        self, location: Location, media_type: str, facts: ObjectFacts | None
    ) -> FileDetails | Unreadable:
        """What an analysis of the object finds, given what had been said of it then."""
        said = facts or NOTHING_SAID
        if said.fails is not None:
            return Unreadable(said.fails)
        return self._probe(location, media_type, said)

    def __len__(self) -> int:
        return len(self._facts)
