"""Which nonces have been used lately."""

from __future__ import annotations

import hashlib
import itertools
import threading
from typing import Final

from fake_ims.clock import Instant, Micros

WINDOW: Final[Micros] = 15 * 60 * 1_000_000
"""How long a nonce is remembered (generic to the gateway: some 15 minutes)."""

MOST: Final = 100_000
"""How many are remembered at most, some 20 MB; the oldest are forgotten before their time."""


class Nonces:
    """The nonces of a world, by access key (inferred: two callers may draw the same one)."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._used: dict[bytes, Instant] = {}  # in the order of use
        self._lock = threading.Lock()

    def use(self, access_key_id: str, nonce: str, at: Instant) -> bool:
        """Use a nonce up; whether it was fresh.

        :param at: the gateway's time. It may jump in tests: what was used more than
            :data:`WINDOW` before or after it is forgotten.
        """
        digest = hashlib.blake2b(f"{access_key_id}\0{nonce}".encode(), digest_size=16).digest()
        with self._lock:
            used = self._used.get(digest)
            if used is not None and abs(at - used) < WINDOW:
                return False
            self._used.pop(digest, None)  # to the end of the order
            self._used[digest] = at
            for oldest in list(itertools.islice(self._used, 2)):  # two for one: they die out
                if len(self._used) > self._most or abs(at - self._used[oldest]) >= WINDOW:
                    del self._used[oldest]
            return True

    def __len__(self) -> int:
        return len(self._used)
