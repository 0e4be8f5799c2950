"""NextTokens: where a list goes on, in a text that nobody else can make."""

from __future__ import annotations

import base64
import hashlib
from typing import Final, NamedTuple

from fake_ims.clock import Instant

SIZE: Final = 16
"""Bytes of a real one, which is written in base64 (observed)."""

_TIME, _NUMBER, _QUERY, _CHECK = 60, 32, 12, 24
"""Bits of its parts: the Instants from year 1 to 9999 take 60 with their sign."""


class Mark(NamedTuple):
    """What a token says: after which place the list goes on, and whether in the same list."""

    place: tuple[Instant, int]
    foreign: bool


class NextTokens:
    """Writes and reads the tokens of one world; keeps nothing.

    A token holds the place of the last asset that was shown, not how many came before: it stays
    right whatever is added or deleted, that asset itself included.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def write(self, position: tuple[Instant, int], query: object) -> str:
        """The token of a place in the list that a query asks for; ``query`` has a telling repr."""
        created_at, number = position
        place = (created_at + (1 << (_TIME - 1))) << _NUMBER | number
        asked = self._digest(_QUERY, place, repr(query))
        whole = ((place << _QUERY) | asked) << _CHECK | self._digest(_CHECK, place, asked)
        return base64.b64encode(whole.to_bytes(SIZE, "big")).decode()

    def read(self, text: str, query: object) -> Mark | None:
        """What a token says; None for a text that this world has not written.

        A space counts as the ``+`` that it is in a query string which was not percent-encoded.
        """
        text = text.replace(" ", "+")
        try:
            data = base64.b64decode(text, validate=True)
        except ValueError:
            return None
        if len(data) != SIZE or base64.b64encode(data).decode() != text:
            return None
        whole = int.from_bytes(data, "big")
        place, asked = whole >> (_QUERY + _CHECK), (whole >> _CHECK) & ((1 << _QUERY) - 1)
        if whole & ((1 << _CHECK) - 1) != self._digest(_CHECK, place, asked):
            return None
        created_at = Instant((place >> _NUMBER) - (1 << (_TIME - 1)))
        number = place & ((1 << _NUMBER) - 1)
        return Mark((created_at, number), asked != self._digest(_QUERY, place, repr(query)))

    def _digest(self, bits: int, *parts: object) -> int:
        text = repr((self._seed, *parts)).encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> (64 - bits)
