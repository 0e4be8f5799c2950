"""Many threads that begin together, and what must hold of the library after them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from rpc import Reply

from fake_ims import FakeIms
from fake_ims.library.library import ANALYSIS


def at_once(number: int, act: Callable[[int], Reply]) -> list[Reply]:
    """What so many threads are answered that begin together."""
    barrier = threading.Barrier(number)

    def begin(index: int) -> Reply:
        barrier.wait(20)
        return act(index)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(begin, range(number)))


def check_indexes(ims: FakeIms) -> None:
    """The store's ways to an asset agree, and only what is unfinished is pending."""
    world = ims.world
    with world.lock:
        store = world.library.assets
        assets = list(store)
        assert len({asset.identity for asset in assets}) == len(assets) == len(store)
        for asset in assets:
            assert store.get(asset.media_id) is asset
            assert store.by_identity(asset.identity) is asset
            if asset.reference_id:
                assert store.by_reference(asset.reference_id) is asset
        assert len(store._by_id) == len(store._by_identity) == len(assets)
        assert len(store._by_reference) == sum(bool(asset.reference_id) for asset in assets)
        assert store._by_mark == {
            mark.mark_id: asset.media_id for asset in assets for mark in asset.marks
        }
        unfinished = Counter(asset.media_id for asset in assets if asset.unfinished)
        pending = [entry for entry in world.queue.entries() if entry.kind == ANALYSIS]
        assert Counter(entry.subject for entry in pending) == unfinished
        assert all(entry.subject in store for entry in world.queue.entries())
