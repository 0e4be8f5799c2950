"""What the benchmarks share: ratios against a limit, and servers in processes of their own."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Ratio:
    """A measured ratio and what it must not exceed, or, with ``at_least``, must reach."""

    what: str
    value: float
    limit: float
    at_least: bool = False
    note: str = ""

    @property
    def holds(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        verdict = "ok  " if self.holds else "OVER"
        return f"{verdict} {self.value:6.2f}  ({sign} {self.limit})  {self.what}  {self.note}"


@contextlib.contextmanager
def server_process(script: str, *arguments: str) -> Iterator[int]:
    """Run a script of this folder that prints its port; that port."""
    process = subprocess.Popen(
        (sys.executable, str(HERE / script), *arguments), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
