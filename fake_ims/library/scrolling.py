"""ScrollTokens: where each page of a search ended."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fake_ims.library.index import Bound
    from fake_ims.library.ordering import Order

KEPT: Final = 10_000
"""How many tokens are remembered, those used latest; how long real ones live is unknown."""


@dataclass(frozen=True, slots=True)
class Scroll:
    """Where a page of a search ended: not how many assets came before, but the last one's place,
    so that it stays right whatever is added or deleted. ``search`` is the fingerprint of the whole.
    """

    search: bytes
    order: Order
    page_no: int
    place: Bound


class Scrolls:
    """What each token of a world stands for; the caller holds the world's lock.

    Tokens follow from the world's seed and their number, so that they move no other draw.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = itertools.count()
        self._known: dict[str, Scroll] = {}

    def __len__(self) -> int:
        return len(self._known)

    def add(self, scroll: Scroll) -> str:
        """A new token: 32 upper-case hex digits (by the documents' example)."""
        drawn = f"{self._seed}/scroll/{next(self._count)}".encode()
        token = hashlib.blake2b(drawn, digest_size=16).hexdigest().upper()
        self._known[token] = scroll
        if len(self._known) > KEPT:
            del self._known[next(iter(self._known))]
        return token

    def find(self, token: str) -> Scroll | None:
        """What a token stands for, or None for any other text."""
        scroll = self._known.pop(token, None)
        if scroll is not None:
            self._known[token] = scroll
        return scroll
