"""Run the benchmarks: ``python benchmarks/run.py [name ...]``, by default all of :data:`NAMES`."""

from __future__ import annotations

import importlib
import sys

NAMES = ("fixture", "throughput", "cold_start", "million", "library", "callbacks")


def main(names: list[str]) -> int:
    """Print every ratio; 1 if one is over its limit."""
    holds = True
    for name in names or NAMES:
        for ratio in importlib.import_module(name).measure():
            print(ratio, flush=True)
            holds = holds and ratio.holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
