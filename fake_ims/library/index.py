"""Indexes of the assets: any page of any list without a look at the rest of the library."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from sortedcontainers import SortedList

from fake_ims.clock import Instant, held

if TYPE_CHECKING:
    from fake_ims.library.assets import Asset

Entry: TypeAlias = "tuple[Any, ...]"
"""A time, the order of registration, and a MediaId: sorts assets, and no two are equal."""

Bound: TypeAlias = "tuple[Any, ...]"
"""The beginning of an Entry: stands before every entry that begins with it."""

BEGINNING: Bound = ()
END: Bound = (1 << 80,)


class Facet(NamedTuple):
    """What an asset is filed under on each timeline: a few dozen at most, whatever callers send."""

    media_type: str
    status: str
    source: str


class Facets(NamedTuple):
    """The facets that a query wants; None stands for any."""

    media_types: frozenset[str] | None = None
    statuses: frozenset[str] | None = None
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

    __slots__ = ("_high", "_lists", "_low", "_pivots")

    def __init__(
        self, pivots: SortedList[Entry], lists: list[SortedList[Entry]], low: Bound, high: Bound
    ) -> None:
        self._pivots, self._lists, self._low, self._high = pivots, lists, low, high

    def __len__(self) -> int:
        return max(self._before(self._high) - self._before(self._low), 0)

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

    def after(self, position: Bound, *, descending: bool = False) -> Selection:
        """Those that come after a position in the order, whether or not an asset is still there."""
        if descending:
            return self.narrowed(high=position)
        at, number = position
        return self.narrowed(low=(at, number + 1))

    def skipping(self, count: int, *, descending: bool = False) -> Selection:
        """All but the first ``count``."""
        total = len(self)
        if count <= 0:
            return self
        if count >= total:
            return self.narrowed(high=self._low)
        wanted = self._before(self._low) + (total - count if descending else count)
        bound = self._with_so_many_before(wanted)[:2]
        return self.narrowed(high=bound) if descending else self.narrowed(low=bound)

    def _with_so_many_before(self, wanted: int) -> Entry:
        """The first pivot that has ``wanted`` of the lists' entries before it."""
        if len(self._lists) == 1:
            return self._lists[0][wanted]
        low, high = 0, len(self._pivots)
        while low < high:
            middle = (low + high) // 2
            if self._before(self._pivots[middle]) >= wanted:
                high = middle
            else:
                low = middle + 1
        return self._pivots[low]


FEW: Final = 64


def selection_of(entries: Iterable[Entry]) -> Selection:
    """A selection of all of these entries, whatever they are sorted by."""
    pivots: SortedList[Entry] = SortedList(entries)
    high = (pivots[-1][0], pivots[-1][1] + 1) if pivots else BEGINNING
    return Selection(pivots, [pivots], BEGINNING, high)


class Timeline:
    """Assets in the order of a time, all in one list and those of each facet in another.

    A few stay in a dict, and are sorted when they are asked for: lists of their own would cost
    each tag that only one asset has three times as much memory.
    """

    __slots__ = ("_all", "_by_facet", "_few")

    def __init__(self) -> None:
        self._few: dict[Entry, Facet] | None = {}
        self._all: SortedList[Entry]
        self._by_facet: dict[Facet, SortedList[Entry]]

    def __len__(self) -> int:
        return len(self._all if self._few is None else self._few)

    def load(self, sorted_out: Mapping[Facet, list[Entry]]) -> None:
        """Put many in at once, where there are none yet."""
        if sum(map(len, sorted_out.values())) <= FEW:
            self._few = {entry: facet for facet, those in sorted_out.items() for entry in those}
            return
        self._few = None
        self._all = SortedList(itertools.chain.from_iterable(sorted_out.values()))
        self._by_facet = {facet: SortedList(those) for facet, those in sorted_out.items()}

    def add(self, entry: Entry, facet: Facet) -> None:
        """Put one in."""
        if self._few is not None:
            self._few[entry] = facet
            if len(self._few) > FEW:
                sorted_out: dict[Facet, list[Entry]] = {}
                for each, its_facet in self._few.items():
                    sorted_out.setdefault(its_facet, []).append(each)
                self.load(sorted_out)
        else:
            self._all.add(entry)
            self._file(entry, facet)

    def remove(self, entry: Entry, facet: Facet) -> None:
        """Take one out."""
        if self._few is not None:
            del self._few[entry]
        else:
            self._all.remove(entry)
            self._unfile(entry, facet)

    def refile(self, entry: Entry, old: Facet, new: Facet) -> None:
        """Give one another facet."""
        if self._few is not None:
            self._few[entry] = new
        else:
            self._unfile(entry, old)
            self._file(entry, new)

    def _file(self, entry: Entry, facet: Facet) -> None:
        found = self._by_facet.get(facet)
        if found is None:
            found = self._by_facet[facet] = SortedList()
        found.add(entry)

    def _unfile(self, entry: Entry, facet: Facet) -> None:
        self._by_facet[facet].remove(entry)
        if not self._by_facet[facet]:
            del self._by_facet[facet]

    def select(
        self, facets: Facets = ANY, *, low: Bound = BEGINNING, high: Bound = END
    ) -> Selection:
        """Those of the wanted facets, within bounds."""
        if self._few is not None:
            wanted = SortedList(entry for entry, facet in self._few.items() if facets.admit(facet))
            return Selection(wanted, [wanted], low, high)
        if facets == ANY:
            lists = [self._all]
        else:
            lists = [each for facet, each in self._by_facet.items() if facets.admit(facet)]
        return Selection(self._all, lists, low, high)


Shelf: TypeAlias = "tuple[str, object]"
"""What some assets have in common: ``("category", 5)``."""

CREATED, MODIFIED = "created", "modified"
BUSINESS, CATEGORY, TAG = "business", "category", "tag"
STORAGE, SEARCH_LIB = "storage", "search library"

_VALUES: Mapping[str, Callable[[Asset], Collection[object]]] = {
    CREATED: lambda asset: (None,),
    MODIFIED: lambda asset: (None,),
    BUSINESS: lambda asset: (asset.business_type,),
    CATEGORY: lambda asset: () if asset.cate_id is None else (asset.cate_id,),
    STORAGE: lambda asset: () if asset.storage_location is None else (asset.storage_location,),
    SEARCH_LIB: lambda asset: asset.search_libs,
    TAG: lambda asset: frozenset(asset.media_tags),
}
"""By kind of shelf, those that an asset is on."""


class Index:
    """Timelines of a library, kept up with each change.

    By the time of creation: of all assets, and of those on each shelf. By the time of the last
    change: of all. Times are those that answers can show. What callers make up as they like, such
    as business types and tags, is a shelf, so that no query looks through all that there are. A
    kind of shelf that nobody asked for yet is not there, and costs nothing.
    """

    def __init__(self, assets: Iterable[Asset]) -> None:
        self._assets = assets
        self._kinds: list[str] = []
        self._timelines: dict[Shelf, Timeline] = {}
        self._numbers = {asset.media_id: number for number, asset in enumerate(assets)}
        self._next = len(self._numbers)

    @property
    def created(self) -> Timeline:
        """All assets by the time of their creation."""
        return self.on(CREATED, None)

    @property
    def modified(self) -> Timeline:
        """All assets by the time of their last change."""
        return self.on(MODIFIED, None)

    def on(self, kind: str, value: object) -> Timeline:
        """The assets of a business type, category or search library, with a tag, or at a storage
        location, by the time of their creation.
        """
        if kind not in self._kinds:
            self._make(kind)
        return self._timelines.get((kind, value)) or Timeline()

    def position(self, asset: Asset) -> tuple[Instant, int]:
        """Where an asset stands among those in the order of their creation: for ever, and no other
        asset stood or will stand there.
        """
        return (held(asset.created_at), self._numbers[asset.media_id])

    def replace(self, old: Asset | None, new: Asset | None) -> None:
        """Keep up with an asset that was added, replaced or taken out."""
        if old is None and new is not None:
            self._numbers[new.media_id] = self._next
            self._next += 1
            for shelf, entry in self._entries(new).items():
                self._timeline(shelf).add(entry, facet_of(new))
        elif old is not None and new is None:
            for shelf, entry in self._entries(old).items():
                self._take_out(shelf, entry, facet_of(old))
            del self._numbers[old.media_id]
        elif old is not None and new is not None:
            self._move(old, new)

    def _move(self, old: Asset, new: Asset) -> None:
        """Change what is different, and leave the rest where it is."""
        before, after = self._entries(old), self._entries(new)
        was, becomes = facet_of(old), facet_of(new)
        for shelf, entry in before.items():
            if after.get(shelf) != entry:
                self._take_out(shelf, entry, was)
            elif was != becomes:
                self._timelines[shelf].refile(entry, was, becomes)
        for shelf, entry in after.items():
            if before.get(shelf) != entry:
                self._timeline(shelf).add(entry, becomes)

    def _make(self, kind: str) -> None:
        values = _VALUES[kind]
        sorted_out: dict[object, dict[Facet, list[Entry]]] = {}
        for asset in self._assets:
            entry, facet = self._entry(kind, asset), facet_of(asset)
            for value in values(asset):
                sorted_out.setdefault(value, {}).setdefault(facet, []).append(entry)
        for value, those in sorted_out.items():
            self._timeline((kind, value)).load(those)
        self._kinds.append(kind)

    def _entries(self, asset: Asset) -> dict[Shelf, Entry]:
        """Each shelf that an asset is on, of the kinds that are there, and its entry on it."""
        entries: dict[Shelf, Entry] = {}
        for kind in self._kinds:
            entry = self._entry(kind, asset)
            for value in _VALUES[kind](asset):
                entries[kind, value] = entry
        return entries

    def _entry(self, kind: str, asset: Asset) -> Entry:
        at = asset.modified_at if kind == MODIFIED else asset.created_at
        return (held(at), self._numbers[asset.media_id], asset.media_id)

    def _timeline(self, shelf: Shelf) -> Timeline:
        timeline = self._timelines.get(shelf)
        if timeline is None:
            timeline = self._timelines[shelf] = Timeline()
        return timeline

    def _take_out(self, shelf: Shelf, entry: Entry, facet: Facet) -> None:
        timeline = self._timelines[shelf]
        timeline.remove(entry, facet)
        if not timeline:
            del self._timelines[shelf]


def facet_of(asset: Asset) -> Facet:
    """What the asset is filed under."""
    return Facet(asset.media_type, asset.status, asset.location.source)
