"""Conditions as functions of an asset, made once for a search."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from fake_ims import errors
from fake_ims.clock import held
from fake_ims.library.assets import Asset
from fake_ims.library.insights import CUSTOM_FIELDS, is_custom_value
from fake_ims.library.match import (
    SEARCH_LIB_FIELD,
    AllOf,
    AnyOf,
    Condition,
    Contains,
    OneOf,
)

Predicate: TypeAlias = Callable[[Asset], bool]

VALUE_OF: Final[Mapping[str, Callable[[Asset], Any]]] = {
    "title": operator.attrgetter("title"),
    "description": operator.attrgetter("description"),
    "mediaId": operator.attrgetter("media_id"),
    "cateId": operator.attrgetter("cate_id"),
    "status": operator.attrgetter("status"),
    "utcCreate": lambda asset: held(asset.created_at),
    "utcModified": lambda asset: held(asset.modified_at),
    "fileInfo.storageLocation": operator.attrgetter("storage_location"),
    "mediaType": operator.attrgetter("media_type"),
}
"""What a field is of an asset, or None."""

VALUES_OF: Final[Mapping[str, Callable[[Asset], Iterable[str]]]] = {
    "tagList": operator.attrgetter("media_tags"),
    SEARCH_LIB_FIELD: operator.attrgetter("search_libs"),
    "ocrInfo.tracks.content": operator.attrgetter("insights.ocr"),
    "aiLabelInfo.category": lambda asset: [label.category for label in asset.insights.labels],
    "aiLabelInfo.label_id": lambda asset: [label.label_id for label in asset.insights.labels],
}
"""What a field is of an asset, where there can be many of them."""


def all_hold(conditions: Iterable[Condition], *, exact_case: bool = False) -> Predicate | None:
    """Whether all the conditions hold of an asset; None if there are none.

    :param exact_case: of what contains a text in a fuzzy search; by default any case will do.
    """
    predicates = [_predicate(each, exact_case=exact_case) for each in conditions]
    if not predicates:
        return None
    return predicates[0] if len(predicates) == 1 else _all(predicates)


def _all(predicates: list[Predicate]) -> Predicate:
    first, *rest = predicates  # a generator costs more than most predicates
    return lambda asset: first(asset) and all(each(asset) for each in rest)


def _any(predicates: list[Predicate]) -> Predicate:
    first, *rest = predicates
    return lambda asset: first(asset) or any(each(asset) for each in rest)


def _predicate(condition: Condition, *, exact_case: bool) -> Predicate:
    if isinstance(condition, AllOf):
        return _all([_predicate(part, exact_case=exact_case) for part in condition.parts])
    if isinstance(condition, AnyOf):
        return _any([_predicate(part, exact_case=exact_case) for part in condition.parts])
    if isinstance(condition, Contains):
        return _contains(condition, str if exact_case else str.casefold)
    if isinstance(condition, OneOf):
        return _one_of(condition)
    value_of, low, high = VALUE_OF[condition.field], condition.low, condition.high
    return lambda asset: (
        (low is None or low <= value_of(asset)) and (high is None or value_of(asset) < high)
    )


def _contains(condition: Contains, fold: Callable[[str], str]) -> Predicate:
    wanted = [fold(text) for text in condition.texts]
    if condition.field in VALUES_OF:
        values_of = VALUES_OF[condition.field]
        return lambda asset: any(
            text in folded for folded in map(fold, values_of(asset)) for text in wanted
        )
    value_of = VALUE_OF[condition.field]
    if len(wanted) == 1:
        (only,) = wanted
        return lambda asset: only in fold(value_of(asset) or "")
    return lambda asset: any(text in fold(value_of(asset) or "") for text in wanted)


def _one_of(condition: OneOf) -> Predicate:
    wanted = frozenset(condition.values)
    if condition.field in VALUES_OF:
        values_of = VALUES_OF[condition.field]
        return lambda asset: not wanted.isdisjoint(values_of(asset))
    value_of = VALUE_OF[condition.field]
    return lambda asset: value_of(asset) in wanted


# ---------------------------------------------------------------- custom fields


@dataclass(frozen=True, slots=True)
class CustomFilter:
    """A custom field is one of the values, or, without any, within the bounds, both included."""

    name: str
    values: tuple[int | str, ...]
    low: int | str | None = None
    high: int | str | None = None

    def admits(self, asset: Asset) -> bool:
        """Whether the asset has such a field."""
        value: Any = asset.insights.custom_fields.get(self.name)
        if value is None:
            return False
        if self.values:
            return value in self.values
        low: Any = self.low
        high: Any = self.high
        return (low is None or low <= value) and (high is None or value <= high)


def read_custom_filters(document: Mapping[str, Any]) -> tuple[CustomFilter, ...]:
    """The filters of CustomFilters, all of which must admit an asset.

    Documented: a value, a list of values, or ``{"gte": ..., "lte": ...}``.

    :raises ApiError: InvalidParameter "CustomFilters" for a field that does not exist, or a value
        that it cannot have.
    """
    return tuple(_custom_filter(name, wanted) for name, wanted in document.items())


def _custom_filter(name: str, wanted: Any) -> CustomFilter:
    if name not in CUSTOM_FIELDS:
        there_are = ", ".join(CUSTOM_FIELDS)
        _refuse(f"the fields are {there_are}")
    ranged = isinstance(wanted, dict)
    if ranged:
        if not wanted or not wanted.keys() <= {"gte", "lte"}:
            _refuse(f'{name}: a range has "gte", "lte" or both')
        values = list(wanted.values())
    else:
        values = wanted if isinstance(wanted, list) else [wanted]
    if not values or not all(is_custom_value(name, value) for value in values):
        kind = "whole numbers of 64 bits" if CUSTOM_FIELDS[name] is int else "texts"
        _refuse(f"{name}: its values are {kind}")
    if ranged:
        return CustomFilter(name, (), wanted.get("gte"), wanted.get("lte"))
    return CustomFilter(name, tuple(values))


def _refuse(note: str) -> None:
    raise errors.INVALID_PARAMETER(name="CustomFilters").with_note(note)
