"""A million assets in one world: bytes each, and whether register and get stay as cheap."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from common import HERE, Ratio

SMALL, LARGE, SAMPLE = 1_000, 1_000_000, 500


def timed(work: Callable[[int], object], first: int) -> float:
    """Microseconds for one of a sample, the median of several samples."""
    samples = []
    for sample in range(9):
        began = time.perf_counter()
        for number in range(SAMPLE):
            work(first + sample * SAMPLE + number)
        samples.append((time.perf_counter() - began) / SAMPLE * 1e6)
    return statistics.median(samples)


def main() -> None:
    """One process of its own, so that its memory is that of the assets."""
    from fake_ims import FakeIms, by_hand

    with FakeIms(delay=0, journal_size=1) as ims:
        world, ids = ims.world, []

        def register(number: int) -> None:
            sent = {"InputURL": f"oss://bucket/folder/{number}.mp4", "Title": f"asset {number}"}
            ids.append(by_hand.call(world, "RegisterMediaInfo", sent).media_id)

        def get(number: int) -> None:
            by_hand.call(world, "GetMediaInfo", {"MediaId": ids[number * 7919 % len(ids)]})

        def at(size: int) -> tuple[float, float]:
            while len(ids) < size:
                register(len(ids))
            return timed(register, len(ids)), timed(get, 0)

        small = at(SMALL)
        before, count = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, len(ids)
        large = at(LARGE)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        unit = 1 if sys.platform == "darwin" else 1024
        print(json.dumps([small, large, grown * unit / (len(ids) - count)]))


def measure() -> list[Ratio]:
    command = (sys.executable, str(HERE / "million.py"))
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    (register, get), (register_large, get_large), each = json.loads(done.stdout)
    note = f"{register_large:.0f} us and {register:.0f} us; {each:.0f} bytes an asset"
    return [
        Ratio("register at a million / at a thousand", register_large / register, 1.5, note=note),
        Ratio("get at a million / at a thousand", get_large / get, 1.5,
              note=f"{get_large:.0f} us and {get:.0f} us"),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
