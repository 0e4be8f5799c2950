"""Pages of a search: by number, or onwards from where a ScrollToken was given."""

from __future__ import annotations

import itertools
from typing import Final, NamedTuple

from fake_ims import errors
from fake_ims.library.assets import Asset, AssetStore
from fake_ims.library.scrolling import Scroll, Scrolls
from fake_ims.library.search import Search, select
from fake_ims.settings import Choices

FARTHEST: Final = 1000
"""Assets that a page may lie beyond the one that its token came with (documented)."""


class Page(NamedTuple):
    """Some of what was found, how much was found in all, and the token to go on with.

    A page with nothing on it has none (inferred): loops end, whether they go on for as long as
    there is a token or for as long as there are assets.
    """

    assets: list[Asset]
    total: int
    token: str | None


def page(
    search: Search,
    assets: AssetStore,
    scrolls: Scrolls,
    choices: Choices,
    *,
    size: int,
    page_no: int | None,
    token: str | None,
) -> Page:
    """A page of what a search finds.

    :raises ApiError: InvalidParameter "ScrollToken" for one that is not known or of another
        order; "PageNo" for a page that is farther from the token's than the documents allow, or,
        if the setting ``scroll_back`` says so, not beyond it.
    """
    found = rest = select(search, assets)
    descending = search.order.descending
    number, skip = page_no or 1, ((page_no or 1) - 1) * size
    if token is not None:
        scroll = _scroll(token, search, scrolls, choices)
        number = _next_page(scroll.page_no, page_no, size, choices)
        skip = (number - scroll.page_no - 1) * size
        low, high = search.order.after(scroll.place)
        rest = found.narrowed(low=low, high=high)
    shown = rest.skipping(skip, descending=descending).walk(descending=descending)
    on_page = [assets[media_id] for media_id in itertools.islice(shown, size)]
    total = len(found)
    if not on_page:
        return Page([], total, None)
    (entry,) = search.order.entries([on_page[-1]], assets.index)
    scroll = Scroll(search.fingerprint, search.order, number, entry[:2])
    return Page(on_page, total, scrolls.add(scroll))


def _scroll(token: str, search: Search, scrolls: Scrolls, choices: Choices) -> Scroll:
    refusal = errors.INVALID_PARAMETER(name="ScrollToken")
    scroll = scrolls.find(token)
    if scroll is None:
        raise refusal.with_note("no search was answered with this token, or too long ago")
    if scroll.order != search.order:
        raise refusal.with_note("the token was given for another SortBy")
    if scroll.search != search.fingerprint and choices.of("foreign_scroll_token") == "reject":
        raise refusal.with_note("the token was given for another search")
    return scroll


def _next_page(last: int, asked: int | None, size: int, choices: Choices) -> int:
    """The number of the page that is meant, after the last: forward only."""
    refusal = errors.INVALID_PARAMETER(name="PageNo")
    if asked is None:
        return last + 1
    if asked <= last:
        if choices.of("scroll_back") == "reject":
            raise refusal.with_note(f"the token came with page {last}, and leads forward only")
        return last + 1
    if (asked - last) * size > FARTHEST:
        raise refusal.with_note(f"more than {FARTHEST} assets beyond page {last}")
    return asked
