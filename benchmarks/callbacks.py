"""Callbacks: whether ten thousand cost ten times what a thousand do, and whether a receiver that
hangs costs those anything who have nothing to do with it.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import math
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from common import HERE, Ratio

if TYPE_CHECKING:
    from fake_ims import FakeIms

SMALL, LARGE = 1_000, 10_000
ROUNDS, CALLS = 9, 400
HANGING = 200


def settled(size: int) -> float:
    """Microseconds for each of so many registrations, all of them settled with their callbacks."""
    from fake_ims import FakeIms

    with FakeIms(delay="1s..60s", seed=1) as ims, ims.callbacks.receiver() as inbox:
        ims.clock.freeze()
        for number in range(size):
            ims.register(
                InputURL=f"oss://bucket/{number}.png", UserData={"NotifyAddress": inbox.url}
            )
        began = time.perf_counter()
        ims.settle()
        took = time.perf_counter() - began
        assert len(inbox.received) == size
        return took / size * 1e6


@contextlib.contextmanager
def hanging() -> Iterator[str]:
    """The URL of a receiver that takes everything and answers nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1000)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


def asked(ims: FakeIms, media_id: str) -> float:
    """Microseconds for a GetMediaInfo over HTTP, the median of a round."""
    client = http.client.HTTPConnection(ims.endpoint)
    target = f"/?Action=GetMediaInfo&MediaId={media_id}&AccessKeyId={ims.access_key_id}"
    times = []
    for _ in range(CALLS):
        began = time.perf_counter()
        client.request("POST", target)
        client.getresponse().read()
        times.append(time.perf_counter() - began)
    client.close()
    return statistics.median(times) * 1e6


def disturbed() -> tuple[float, float]:
    """The same request in a world alone, and beside one whose callbacks all hang, in turns."""
    from fake_ims import FakeIms

    quiet, loud = [], []
    with FakeIms(completion="hand") as alone, hanging() as url:
        other = alone.register(InputURL="oss://bucket/a.png").media_id
        for _ in range(ROUNDS):
            quiet.append(asked(alone, other))
            with FakeIms(server=alone.server, delay=0, allow="undelivered") as ims:
                for number in range(HANGING):
                    ims.register(
                        InputURL=f"oss://bucket/{number}.png", UserData={"NotifyAddress": url}
                    )
                loud.append(asked(alone, other))
                assert not ims.callbacks.of(outcome="delivered")
    return statistics.median(quiet), statistics.median(loud)


def main() -> None:
    """One process of its own, in which nothing else has run."""
    small, large = [], []
    for _ in range(3):
        small.append(settled(SMALL))
        large.append(settled(LARGE))
    print(json.dumps([statistics.median(small), statistics.median(large), *disturbed()]))


def measure() -> list[Ratio]:
    command = (sys.executable, str(HERE / "callbacks.py"))
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    small, large, quiet, loud = json.loads(done.stdout)
    growth = math.log(LARGE) / math.log(SMALL)
    return [
        Ratio("settle 10 000 with callbacks / 1 000, each", large / small, 1.1 * growth,
              note=f"{large:.0f} us and {small:.0f} us"),
        Ratio("get while callbacks hang / while none do", loud / quiet, 1.2,
              note=f"{loud:.0f} us and {quiet:.0f} us"),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
