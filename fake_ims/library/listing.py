"""Lists of assets by the time of their creation, page by page."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from fake_ims.clock import Instant
from fake_ims.library.assets import Asset, AssetStore

if TYPE_CHECKING:
    from fake_ims.library.index import Bound, Selection

_SECOND = 1_000_000


class Wanted(NamedTuple):
    """Which assets a list has, None standing for any, and in which order.

    ``after`` excludes its own second, ``until`` includes it (documented); an asset counts with the
    whole second that its CreateTime shows (inferred).
    """

    media_type: str | None = None
    status: str | None = None
    source: str | None = None
    business_type: str | None = None
    media_id: str | None = None
    after: Instant | None = None
    until: Instant | None = None
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: ``total`` counts all of the list, ``more`` says whether anything follows
    the last asset shown.
    """

    assets: list[Asset]
    total: int
    more: bool


def page(
    store: AssetStore, wanted: Wanted, size: int, *, position: Bound | None = None, skip: int = 0
) -> Page:
    """The first ``size`` of a list that come after a position, or after the first ``skip``."""
    whole = _select(store, wanted)
    rest = whole
    if position is not None:
        rest = whole.after(position, descending=wanted.descending)
    elif skip:
        rest = whole.skipping(skip, descending=wanted.descending)
    walk = rest.walk(descending=wanted.descending)
    assets = [store[media_id] for media_id in itertools.islice(walk, size)]
    return Page(assets, len(whole), next(walk, None) is not None)


def _select(store: AssetStore, wanted: Wanted) -> Selection:
    from fake_ims.library.index import BUSINESS, Facets

    index = store.index
    timeline = index.created
    if wanted.business_type is not None:
        timeline = index.on(BUSINESS, wanted.business_type)
    kinds = (wanted.media_type, wanted.status, wanted.source)
    facets = Facets(*(None if kind is None else frozenset((kind,)) for kind in kinds))
    selection = timeline.select(facets)
    if wanted.after is not None:
        selection = selection.narrowed(low=(_second(wanted.after) + _SECOND,))
    if wanted.until is not None:
        selection = selection.narrowed(high=(_second(wanted.until) + _SECOND,))
    if wanted.media_id is not None:
        selection = _only(store, wanted.media_id, selection)
    return selection


def _only(store: AssetStore, media_id: str, selection: Selection) -> Selection:
    asset = store.get(media_id)
    if asset is None:
        return selection.narrowed(high=())
    at, number = store.index.position(asset)
    return selection.narrowed(low=(at, number), high=(at, number + 1))


def _second(at: Instant) -> int:
    return at // _SECOND * _SECOND
