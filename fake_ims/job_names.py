"""The kinds of jobs by name, and how long each takes when nothing else is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from fake_ims.setting_kinds import Delay, read_delay
from fake_ims.texts import nearest

_ONE: Final = 1_000_000

DEFAULT_DELAYS: Final[Mapping[str, Delay]] = MappingProxyType({
    "snapshots": Delay(_ONE, 2 * _ONE),
    "sprite": Delay(_ONE, 2 * _ONE),
    "cover": Delay(_ONE, _ONE),
    "smart_tags": Delay(10 * _ONE, 20 * _ONE),
    "saving": Delay(_ONE, _ONE),
    "search_index": Delay(2 * _ONE, 4 * _ONE),
    "workflow": Delay(5 * _ONE, 10 * _ONE),
    "snapshot_job": Delay(2 * _ONE, 3 * _ONE),
    "media_info_job": Delay(_ONE, 2 * _ONE),
    "url_upload": Delay(3 * _ONE, 6 * _ONE),
    "search_lib": Delay(0, 0),
})  # fmt: skip
"""In world time; no document says how long any of them takes."""


class JobDelays(tuple[tuple[str, Delay], ...]):
    """How long jobs take, by kind: those that differ from the default."""

    __slots__ = ()

    def of(self, kind: str) -> Delay | None:
        """How long a job of this kind takes, if it is said."""
        return next((delay for name, delay in self if name == kind), None)

    def __str__(self) -> str:
        return " ".join(f"{name}={delay}" for name, delay in self)


def read_job_delays(value: Any) -> JobDelays:
    """Lengths of time by kind: ``"snapshots=1s sprite=1s..2s"``, or a mapping.

    :raises ValueError: for anything else, and for a kind that does not exist.
    """
    if isinstance(value, JobDelays):
        return value
    if isinstance(value, str):
        parts = [part.partition("=") for part in re.split(r"[\s,]+", value.strip()) if part]
        pairs: list[tuple[Any, Any]] = [(name, length) for name, _, length in parts]
    elif isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        raise ValueError("lengths of time by kind of job")
    for name, _ in pairs:
        if name not in DEFAULT_DELAYS:
            raise ValueError(
                f"no kind of job is called {name!r}{nearest(str(name), DEFAULT_DELAYS)}"
            )
    return JobDelays({name: read_delay(length) for name, length in pairs}.items())
