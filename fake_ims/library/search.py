"""Searches: which assets are found, by way of the smallest part of the library that holds them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from fake_ims.library.assets import Asset, AssetStore
from fake_ims.library.index import (
    CATEGORY,
    SEARCH_LIB,
    STORAGE,
    TAG,
    Bound,
    Facets,
    Index,
    Selection,
    Timeline,
    selection_of,
)
from fake_ims.library.match import (
    SEARCH_LIB_FIELD,
    AllOf,
    Condition,
    OneOf,
    Within,
    values_of,
)
from fake_ims.library.ordering import NEWEST_FIRST, Order
from fake_ims.library.predicates import CustomFilter, Predicate, all_hold
from fake_ims.library.search_libs import DEFAULT_SEARCH_LIB, SearchLibs


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is searched for, and the order of what is found. All conditions must hold."""

    conditions: tuple[Condition, ...] = ()
    custom_filters: tuple[CustomFilter, ...] = ()
    order: Order = NEWEST_FIRST
    exact_case: bool = False

    @property
    def fingerprint(self) -> bytes:
        """The same for equal searches, and small however long their Match is."""
        return hashlib.blake2b(repr(self).encode(), digest_size=16).digest()


def in_search_lib(name: str | None, libs: SearchLibs) -> tuple[Condition, ...]:
    """What holds of the assets of a search library: of the default one, nothing more.

    :raises ApiError: InvalidParameter "SearchLibName" for one that does not exist.
    """
    if libs.require(name).name == DEFAULT_SEARCH_LIB:
        return ()
    return (OneOf(SEARCH_LIB_FIELD, (name or "",)),)


def searched_media_types(match: Condition | None) -> Condition:
    """The media types that a search with this Match is about.

    Documented: video, if none is asked for; images never together with the others. Inferred: one
    that is asked for, be it in a group, opens its half of the library to the whole search.
    """
    asked = values_of(match, "mediaType")
    if not asked:
        return OneOf("mediaType", ("video",))
    return OneOf("mediaType", ("image",) if "image" in asked else ("video", "audio"))


# ---------------------------------------------------------------- planning

_SHELF_OF: Final = {
    "cateId": CATEGORY, "tagList": TAG, "fileInfo.storageLocation": STORAGE,
    SEARCH_LIB_FIELD: SEARCH_LIB,
}  # fmt: skip


@dataclass(slots=True, kw_only=True)
class _Way:
    """A part of the library that holds all that is searched for: the selections of a timeline.

    ``unsaid`` are the conditions that the timeline's facets and bounds say nothing of, of which
    ``covered``, if there is one, holds all the same.
    """

    timeline: str
    selections: list[Selection]
    unsaid: list[Condition]
    covered: Condition | None = None

    @property
    def size(self) -> int:
        """How many assets there are to look at."""
        return sum(map(len, self.selections))

    @property
    def exact(self) -> bool:
        """Whether it holds nothing else."""
        return len(self.selections) == 1 and len(self.unsaid) == (self.covered is not None)

    @property
    def left(self) -> list[Condition]:
        """The conditions that are still to be looked at."""
        return [each for each in self.unsaid if each is not self.covered]


def select(search: Search, assets: AssetStore) -> Selection:
    """What a search finds, in its order.

    As fast as the index where one shelf or none, facets and one time say it all, sorted by that
    time; else as long as the smallest part of the library takes that the index can tell.
    """
    conditions = list(dict.fromkeys(_flat(search.conditions)))
    named = [each for each in conditions if isinstance(each, OneOf) and each.field == "mediaId"]
    if named:
        found = _by_media_id(min(named, key=lambda each: len(each.values)), assets)
        return _sorted(_those_that(found, conditions, search), search.order, assets.index)
    ways = list(_ways(conditions, search.order, assets.index))
    ready = [way for way in ways if way.exact and way.timeline == search.order.timeline]
    if ready and not search.custom_filters:
        return ready[0].selections[0]
    way = min(ways, key=lambda each: (each.size, each.timeline != search.order.timeline))
    return _walked(way, search, assets)


def _flat(conditions: tuple[Condition, ...]) -> Iterator[Condition]:
    for each in conditions:
        if isinstance(each, AllOf):
            yield from _flat(each.parts)
        else:
            yield each


def _ways(conditions: list[Condition], order: Order, index: Index) -> Iterator[_Way]:
    """Every part of the library that holds what is searched for.

    There can be thousands of conditions and of ways: each way costs only its own lookups.
    """
    by_change = order.timeline == "utcModified" or any(
        isinstance(each, Within) and each.field == "utcModified" for each in conditions
    )
    facets = [each for each in conditions if _field(each) in ("mediaType", "status")]
    wanted = Facets(media_types=_common("mediaType", facets), statuses=_common("status", facets))

    def of(timeline: str) -> Callable[..., _Way]:
        times = [each for each in conditions if isinstance(each, Within) and each.field == timeline]
        low, high = _bounds(times)
        said = {id(each) for each in (*facets, *times)}
        unsaid = [each for each in conditions if id(each) not in said]

        def way(on: list[Timeline], covered: Condition | None = None) -> _Way:
            selections = [each.select(wanted, low=low, high=high) for each in on]
            return _Way(timeline=timeline, selections=selections, unsaid=unsaid, covered=covered)

        return way

    by_creation = of("utcCreate")
    yield by_creation([index.created])
    if by_change:  # else it would be made for nothing
        yield of("utcModified")([index.modified])
    for each in conditions:
        if isinstance(each, OneOf) and each.field in _SHELF_OF:
            kind = _SHELF_OF[each.field]
            yield by_creation([index.on(kind, value) for value in each.values], each)


def _field(condition: Condition) -> str:
    return condition.field if isinstance(condition, OneOf) else ""


def _common(field: str, conditions: list[Condition]) -> frozenset[str] | None:
    """The values that all conditions on a field admit; None without any."""
    admitted = [
        frozenset(map(str, each.values))
        for each in conditions
        if isinstance(each, OneOf) and each.field == field
    ]
    return frozenset.intersection(*admitted) if admitted else None


def _bounds(times: list[Within]) -> tuple[Bound, Bound]:
    lows = [each.low for each in times if each.low is not None]
    highs = [each.high for each in times if each.high is not None]
    return (max(lows, default=-_NEVER),), (min(highs, default=_NEVER),)


_NEVER: Final = 1 << 80


# ---------------------------------------------------------------- looking at assets


def _by_media_id(condition: OneOf, assets: AssetStore) -> list[Asset]:
    found = (assets.get(str(media_id)) for media_id in condition.values)
    return [asset for asset in found if asset is not None]


def _those_that(assets: list[Asset], conditions: list[Condition], search: Search) -> list[Asset]:
    predicate = _predicate(conditions, search)
    return assets if predicate is None else [each for each in assets if predicate(each)]


def _predicate(conditions: list[Condition], search: Search) -> Predicate | None:
    """Whether the conditions and all custom filters hold; None if there are none."""
    filters = search.custom_filters
    hold = all_hold(conditions, exact_case=search.exact_case)
    if not filters:
        return hold
    return lambda asset: (
        (hold is None or hold(asset)) and all(each.admits(asset) for each in filters)
    )


def _walked(way: _Way, search: Search, assets: AssetStore) -> Selection:
    """What is found on a way, in the order of the search."""
    predicate = _predicate(way.left, search)
    entries = [entry for selection in way.selections for entry in selection.entries()]
    if predicate is not None:
        entries = [entry for entry in entries if predicate(assets[entry[2]])]
    if len(way.selections) > 1:  # an asset can be on two shelves
        entries = list(dict.fromkeys(entries))
    if way.timeline == search.order.timeline:
        return selection_of(entries)
    return _sorted([assets[entry[2]] for entry in entries], search.order, assets.index)


def _sorted(found: list[Asset], order: Order, index: Index) -> Selection:
    return selection_of(order.entries(found, index))
