"""Indexes of the assets: any page of any list without a look at the rest of the library."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from sortedcontainers import SortedList

if TYPE_CHECKING:
    from fake_ims.library.assets import Asset

Entry: TypeAlias = "tuple[Any, ...]"
"""A time, the order of registration, and a MediaId: sorts assets, and no two are equal."""

Bound: TypeAlias = "tuple[Any, ...]"
"""The beginning of an Entry: stands before every entry that begins with it."""

BEGINNING: Bound = ()
END: Bound = (1 << 80,)


class Facet(NamedTuple):
    """What an asset is filed under."""

    media_type: str
    status: str
    business_type: str
    source: str


class Facets(NamedTuple):
    """The facets that a query wants; None stands for any."""

    media_types: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
    business_types: frozenset[str] | None = None
    sources: frozenset[str] | None = None

    def admit(self, facet: Facet) -> bool:
        """Whether an asset of this facet is wanted."""
        wishes: tuple[frozenset[str] | None, ...] = self
        return all(wish is None or value in wish for wish, value in zip(wishes, facet, strict=True))


ANY = Facets()


class Selection:
    """Entries of a timeline between two bounds, ``low`` included, ``high`` not: none where ``low``
    is the later one.
    """

    def __init__(
        self, pivots: SortedList[Entry], lists: list[SortedList[Entry]], low: Bound, high: Bound
    ) -> None:
        self._pivots, self._lists, self._low, self._high = pivots, lists, low, high

    def __len__(self) -> int:
        return max(0, self._before(self._high) - self._before(self._low))

    def _before(self, bound: Bound) -> int:
        return sum(each.bisect_left(bound) for each in self._lists)

    def walk(self, *, descending: bool = False) -> Iterator[str]:
        """Their MediaIds in order, one at a time."""
        walks: list[Iterator[Entry]] = [
            each.islice(
                each.bisect_left(self._low), each.bisect_left(self._high), reverse=descending
            )
            for each in self._lists
        ]
        merged = walks[0] if len(walks) == 1 else heapq.merge(*walks, reverse=descending)
        return (entry[2] for entry in merged)

    def entries(self) -> Iterator[Entry]:
        """The entries themselves, in no order: cheaper than a walk through many lists."""
        for each in self._lists:
            yield from each.islice(each.bisect_left(self._low), each.bisect_left(self._high))

    def narrowed(self, *, low: Bound | None = None, high: Bound | None = None) -> Selection:
        """Those between closer bounds."""
        return Selection(
            self._pivots, self._lists,
            self._low if low is None else max(self._low, low),
            self._high if high is None else min(self._high, high),
        )  # fmt: skip

    def skipping(self, count: int, *, descending: bool = False) -> Selection:
        """All but the first ``count``."""
        total = len(self)
        if count <= 0:
            return self
        if count >= total:
            return self.narrowed(high=self._low)
        wanted = self._before(self._low) + (total - count if descending else count)
        low, high = 0, len(self._pivots)
        while low < high:  # the first pivot with so many of the selected before it
            middle = (low + high) // 2
            if self._before(self._pivots[middle]) >= wanted:
                high = middle
            else:
                low = middle + 1
        bound = self._pivots[low][:2]
        return self.narrowed(high=bound) if descending else self.narrowed(low=bound)


def selection_of(entries: Iterable[Entry]) -> Selection:
    """A selection of all of these entries, whatever they are sorted by."""
    pivots: SortedList[Entry] = SortedList(entries)
    high = (pivots[-1][0], pivots[-1][1] + 1) if pivots else BEGINNING
    return Selection(pivots, [pivots], BEGINNING, high)


class Timeline:
    """Assets in the order of a time, all in one list and those of each facet in another."""

    def __init__(self) -> None:
        self._all: SortedList[Entry] = SortedList()
        self._by_facet: dict[Facet, SortedList[Entry]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def load(self, entries: Iterable[tuple[Entry, Facet]]) -> None:
        """Put many in at once."""
        sorted_out: dict[Facet, list[Entry]] = {}
        for entry, facet in entries:
            sorted_out.setdefault(facet, []).append(entry)
        for facet, those in sorted_out.items():
            self._by_facet.setdefault(facet, SortedList()).update(those)
            self._all.update(those)

    def add(self, entry: Entry, facet: Facet) -> None:
        """Put one in."""
        self._all.add(entry)
        found = self._by_facet.get(facet)
        if found is None:
            found = self._by_facet[facet] = SortedList()
        found.add(entry)

    def remove(self, entry: Entry, facet: Facet) -> None:
        """Take one out."""
        self._all.remove(entry)
        self._by_facet[facet].remove(entry)
        if not self._by_facet[facet]:
            del self._by_facet[facet]

    def select(
        self, facets: Facets = ANY, *, low: Bound = BEGINNING, high: Bound = END
    ) -> Selection:
        """Those of the wanted facets, within bounds."""
        if facets == ANY:
            lists = [self._all]
        else:
            lists = [each for facet, each in self._by_facet.items() if facets.admit(facet)]
        return Selection(self._all, lists, low, high)


Shelf: TypeAlias = "tuple[str, object]"
"""What some assets have in common: ``("category", 5)``."""

CATEGORY, TAG, STORAGE, SEARCH_LIB = "category", "tag", "storage", "search library"


class Index:
    """Every timeline of a library, kept up with each change.

    By the time of creation: of all assets, and of those on each shelf. By the time of the last
    change: of all.
    """

    def __init__(self, assets: Iterable[Asset]) -> None:
        self.created = Timeline()
        self.modified = Timeline()
        self._shelves: dict[Shelf, Timeline] = {}
        self._numbers: dict[str, int] = {}
        self._latest = 0
        created, modified = [], []
        shelves: dict[Shelf, list[tuple[Entry, Facet]]] = {}
        for asset in assets:
            facet, number = facet_of(asset), self._number(asset)
            filed = ((asset.created_at, number, asset.media_id), facet)
            created.append(filed)
            modified.append(((asset.modified_at, number, asset.media_id), facet))
            for shelf in shelves_of(asset):
                shelves.setdefault(shelf, []).append(filed)
        self.created.load(created)
        self.modified.load(modified)
        for shelf, those in shelves.items():
            self._shelf(shelf).load(those)

    def on(self, kind: str, value: object) -> Timeline:
        """The assets of a category, with a tag, at a storage location, or of a search library."""
        found = self._shelves.get((kind, value))
        return Timeline() if found is None else found

    def position(self, asset: Asset) -> Bound:
        """Where an asset stands among those in the order of their creation."""
        return (asset.created_at, self._numbers[asset.media_id])

    def replace(self, old: Asset | None, new: Asset | None) -> None:
        """Keep up with an asset that was added, replaced or taken out."""
        if old is not None:
            self._take_out(old)
        if new is not None:
            self._put_in(new)
        elif old is not None:
            del self._numbers[old.media_id]

    def _put_in(self, asset: Asset) -> None:
        number, facet = self._number(asset), facet_of(asset)
        entry = (asset.created_at, number, asset.media_id)
        self.created.add(entry, facet)
        self.modified.add((asset.modified_at, number, asset.media_id), facet)
        for shelf in shelves_of(asset):
            self._shelf(shelf).add(entry, facet)

    def _take_out(self, asset: Asset) -> None:
        number, facet = self._numbers[asset.media_id], facet_of(asset)
        entry = (asset.created_at, number, asset.media_id)
        self.created.remove(entry, facet)
        self.modified.remove((asset.modified_at, number, asset.media_id), facet)
        for shelf in shelves_of(asset):
            timeline = self._shelves[shelf]
            timeline.remove(entry, facet)
            if not len(timeline):
                del self._shelves[shelf]

    def _number(self, asset: Asset) -> int:
        number = self._numbers.get(asset.media_id)
        if number is None:
            self._latest += 1
            number = self._numbers[asset.media_id] = self._latest
        return number

    def _shelf(self, shelf: Shelf) -> Timeline:
        timeline = self._shelves.get(shelf)
        if timeline is None:
            timeline = self._shelves[shelf] = Timeline()
        return timeline


def facet_of(asset: Asset) -> Facet:
    """What the asset is filed under."""
    return Facet(asset.media_type, asset.status, asset.business_type, asset.location.source)


def shelves_of(asset: Asset) -> Iterator[Shelf]:
    """Where else it is filed, each shelf once."""
    if asset.cate_id is not None:
        yield (CATEGORY, asset.cate_id)
    if asset.storage_location is not None:
        yield (STORAGE, asset.storage_location)
    if asset.search_lib is not None:
        yield (SEARCH_LIB, asset.search_lib)
    for tag in dict.fromkeys(asset.media_tags):
        yield (TAG, tag)
