"""The order of a search's results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, NoReturn

from fake_ims import errors
from fake_ims.library.assets import Asset
from fake_ims.library.index import Bound, Entry, Index
from fake_ims.library.match import FIELDS, STATUSES
from fake_ims.library.predicates import VALUE_OF
from fake_ims.texts import nearest, quoted

_DIRECTIONS: Final = ("asc", "desc")

_STATUS_NUMBERS: Final = {name: number for number, name in STATUSES.items()}
_SORTED_BY: Final[Mapping[str, Callable[[Asset], Any]]] = {
    **VALUE_OF, "status": lambda asset: _STATUS_NUMBERS[asset.status],
}  # fmt: skip
"""What a field is sorted by: a status by the number that it has in a Match."""


class SortKey(NamedTuple):
    """A field, and whether its largest value comes first."""

    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Order:
    """By the first key, then by the next; at last by the order of registration, in the last key's
    direction.

    An order by nothing but a time is that of a timeline of the index, in one direction or the
    other; any other has entries of its own, which are walked upwards.
    """

    keys: tuple[SortKey, ...]

    @property
    def timeline(self) -> str | None:
        """The field of the index's timeline that is in this order, if there is one."""
        field = self.keys[0].field
        return field if len(self.keys) == 1 and field in ("utcCreate", "utcModified") else None

    @property
    def descending(self) -> bool:
        """Whether its entries are walked downwards."""
        return self.timeline is not None and self.keys[0].descending

    def entries(self, assets: Iterable[Asset], index: Index) -> list[Entry]:
        """An entry for each asset, in no order."""
        key_of = self._key_of()
        turned = self.timeline is None and self.keys[-1].descending

        def entry(asset: Asset) -> Entry:
            number = index.position(asset)[1]
            return (key_of(asset), -number if turned else number, asset.media_id)

        return [entry(asset) for asset in assets]

    def _key_of(self) -> Callable[[Asset], Any]:
        if self.timeline is not None:
            return VALUE_OF[self.timeline]
        keys = [(_SORTED_BY[key.field], key.descending) for key in self.keys]
        return lambda asset: tuple(_part(value_of(asset), down) for value_of, down in keys)

    def after(self, place: Bound) -> tuple[Bound | None, Bound | None]:
        """The bounds, low and high, of what follows a place: that of an entry."""
        return (None, place) if self.descending else ((place[0], place[1] + 1), None)


_TURNED: Final = bytes((0xFE - byte) & 0xFF for byte in range(256))
"""Turns the order of bytes around, and leaves 0xFF for the end: UTF-8 has no byte above 0xF4."""


def _part(value: int | str | None, descending: bool) -> tuple[Any, ...]:
    """A value as part of a key that is sorted upwards; what an asset lacks comes last.

    Only plain data, so that a place can be kept.
    """
    if value is None:
        return (1,)
    if not descending:
        return (0, value)
    if isinstance(value, int):
        return (0, -value)
    return (0, value.encode("utf-8", "surrogatepass").translate(_TURNED) + b"\xff")


NEWEST_FIRST: Final = Order((SortKey("utcCreate", True),))
"""Documented."""


def read_order(parts: Iterable[str]) -> Order:
    """The order of a SortBy: each part is a field and its direction, ``utcCreate:Desc``.

    :raises ApiError: InvalidParameter "SortBy" for a field that does not exist or has more than
        one value, or another direction than ``Asc`` and ``Desc``, in any case.
    """
    keys: dict[str, SortKey] = {}
    for part in parts:
        name, _, direction = (each.strip() for each in part.partition(":"))
        field = FIELDS.get(name.lower())
        if field is None or not field.sortable:
            names = [each.name for each in FIELDS.values() if each.sortable]
            hint = nearest(name, names) or f" (there are {', '.join(names)})"
            _refuse(f"nothing is sorted by {quoted(name)}{hint}")
        if direction.lower() not in _DIRECTIONS:
            _refuse(f"{field.name} is sorted Asc or Desc, not {quoted(direction)}")
        keys.setdefault(field.name, SortKey(field.name, direction.lower() == "desc"))
    return Order(tuple(keys.values())) if keys else NEWEST_FIRST


def _refuse(note: str) -> NoReturn:
    raise errors.INVALID_PARAMETER(name="SortBy").with_note(note)
