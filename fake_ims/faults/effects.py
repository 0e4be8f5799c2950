"""What a fault does to an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from fake_ims.errors import ErrorKind
from fake_ims.texts import printable, shortened


@dataclass(frozen=True, slots=True)
class Refuse:
    """The service's own error; ``values`` fill its templates."""

    kind: ErrorKind
    values: Mapping[str, str]
    status: int | None
    message: str | None
    headers: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        code = shortened(printable(self.kind.code.format_map(_Given(self.values))))
        return code if self.status is None else f"{self.status} {code}"


class _Given(dict[str, str]):
    """What fills a template; what is missing stays as it is."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is given as it is: of a gateway in between, or of nobody's."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    name: str

    def __str__(self) -> str:
        return f"{self.status} {self.name}"


@dataclass(frozen=True, slots=True)
class Reset:
    """No answer: the connection is reset."""

    def __str__(self) -> str:
        return "connection reset"


@dataclass(frozen=True, slots=True)
class Half:
    """The answer ends in the middle of its body, and with it the connection."""

    def __str__(self) -> str:
        return "half an answer"


@dataclass(frozen=True, slots=True)
class Malformed:
    """The answer is whole, but its text is not: it stops in the middle."""

    def __str__(self) -> str:
        return "malformed answer"


@dataclass(frozen=True, slots=True)
class Slow:
    """The body dribbles; ``seconds`` for all of it."""

    seconds: float

    def __str__(self) -> str:
        return f"body within {self.seconds:g}s"


Effect: TypeAlias = Refuse | Reply | Reset | Half | Malformed | Slow

INSTEAD: Final = (Refuse, Reply, Reset)
"""What can be instead of the work; the others spoil the answer of work that was done."""
