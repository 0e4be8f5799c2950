"""What settings are made of: their kinds of value, and what the table says of each."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, Literal, NamedTuple, TypeVar

from fake_ims.clock import Micros, micros
from fake_ims.evidence import Evidence
from fake_ims.texts import nearest

T = TypeVar("T")
Scope = Literal["world", "listener", "pytest"]

ENVIRONMENT_PREFIX: Final = "FAKE_IMS_"


class SettingInfo(NamedTuple):
    """What the table says of one setting."""

    name: str
    default: Any
    help: str
    form: str
    scope: Scope
    evidence: Evidence
    parse: Callable[[Any], Any]

    @property
    def environment(self) -> str:
        """Its environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Its flag on the command line."""
        return "--" + self.name.replace("_", "-")


class Delay(NamedTuple):
    """How long the analysis of a registered asset takes, in microseconds, both ends included."""

    low: Micros
    high: Micros

    def draw(self, generator: random.Random) -> Micros:
        """A length of time between the ends, from the world's generator."""
        return self.low + int(generator.random() * (self.high - self.low + 1))

    def __str__(self) -> str:
        low, high = (f"{end / 1_000_000:g}s" for end in (self.low, self.high))
        return low if low == high else f"{low}..{high}"


def read_delay(value: Any) -> Delay:
    """A length of time, or two: ``"2s"``, ``"2s..3s"``, ``(2, 3)``.

    :raises ValueError: for anything else.
    """
    if isinstance(value, Delay):
        return value
    ends = value
    if isinstance(value, str):
        ends = re.split(r"\s*(?:\.\.|-)\s*", value.strip())
    elif not isinstance(value, (tuple, list)):
        ends = [value]
    if len(ends) not in (1, 2):
        raise ValueError("one length of time, or two")
    low, high = micros(ends[0]), micros(ends[-1])
    if not 0 <= low <= high:
        raise ValueError("not negative, the smaller end first")
    return Delay(low, high)


class Span(int):
    """A length of time in microseconds that has been read: another number means seconds."""

    def __str__(self) -> str:
        return f"{self / 1_000_000:g}s"


def read_span(value: Any) -> Span:
    length = value if isinstance(value, Span) else Span(micros(value))
    if length < 0:
        raise ValueError("not negative")
    return length


def read_positive_span(value: Any) -> Span:
    length = read_span(value)
    if not length:
        raise ValueError("more than nothing")
    return length


def read_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "on": True}
    words |= {"false": False, "0": False, "no": False, "off": False}
    try:
        return words[str(value).strip().lower()]
    except KeyError:
        raise ValueError("true or false") from None


def whole(low: int, high: int | None = None) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, (bool, float)):
            raise ValueError("a whole number")
        number = int(value)
        if number < low or (high is not None and number > high):
            raise ValueError(f"at least {low}" + (f" and at most {high}" if high else ""))
        return number

    return parse


def read_seed(value: Any) -> int | None:
    return None if value is None or value == "" else whole(0)(value)


def read_size(value: Any) -> int:
    text = str(value).strip()
    match = re.fullmatch(r"(\d+)\s*(KiB|MiB|GiB)?", text, re.ASCII | re.IGNORECASE)
    if match is None or isinstance(value, bool):
        raise ValueError('a number of bytes, or "64MiB"')
    return int(match[1]) << {"": 0, "kib": 10, "mib": 20, "gib": 30}[(match[2] or "").lower()]


def matching(pattern: str, form: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            raise ValueError(form)
        text = str(value)
        if re.fullmatch(pattern, text, re.ASCII) is None:
            raise ValueError(form)
        return text

    return parse


def read_names(value: Any) -> tuple[str, ...]:
    parts: Iterable[Any] = re.split(r"[\s,]+", value) if isinstance(value, str) else value
    return tuple(str(part) for part in parts if str(part))


def read_hosts(value: Any) -> tuple[str, ...]:
    names = read_names(value)
    for name in names:
        if "/" in name or name.count(":") == 1 or "]:" in name:
            raise ValueError(f"{name!r} is a URL, a network, or has a port: a host alone")
    return names


def some_of(*kinds: str) -> Callable[[Any], tuple[str, ...]]:
    def parse(value: Any) -> tuple[str, ...]:
        names = read_names(value)
        for name in names:
            if name not in kinds:
                raise ValueError(f"{name!r} is none of {', '.join(kinds)}{nearest(name, kinds)}")
        return names

    return parse


def setting(
    default: T,
    text: str,
    form: str,
    parse: Callable[[Any], Any],
    *,
    scope: Scope = "world",
    evidence: Evidence = Evidence.FAKE,
) -> T:
    metadata = {
        "help": text, "form": form, "parse": parse, "scope": scope, "evidence": evidence,
    }  # fmt: skip
    field: T = dataclasses.field(default=default, metadata=metadata)
    return field


def switch(default: str, *others: str, text: str) -> str:
    """A setting for an open question of the real service: the default is an inference."""
    values = (default, *others)

    def parse(value: Any) -> str:
        if value not in values:
            raise ValueError(" or ".join(values))
        return str(value)

    return setting(default, text, " | ".join(values), parse, evidence=Evidence.INFERRED)
