"""RegisterConfig: what a registration says of the jobs that follow it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Final, NamedTuple

KEYS: Final = frozenset({
    "NeedSprite", "NeedSnapshot", "CoverConfig", "SearchLibName",
    "StorageLocation",  # observed in production for VOD buckets, undocumented
})  # fmt: skip


class RegisterConfig(NamedTuple):
    """Its keys. ``cover_start`` in seconds. ``wrong`` are keys nobody documents, and those whose
    values cannot be read: they count as not there.
    """

    need_snapshot: bool = True
    need_sprite: bool = True
    cover_start: float = 0.0
    search_lib: str | None = None
    wrong: tuple[str, ...] = ()


@lru_cache(maxsize=256)  # a pure function; callers send the same few
def read_register_config(text: str | None) -> RegisterConfig:
    """Read a RegisterConfig that is known to be a JSON object, or absent.

    Flags are sent as ``"false"`` and as ``false`` (documented and observed).
    """
    given: dict[str, Any] = json.loads(text) if text else {}
    wrong = [name for name in given if name not in KEYS]
    flags = {}
    for name in ("NeedSnapshot", "NeedSprite"):
        flags[name] = _flag(given.get(name, True))
        if flags[name] is None:
            wrong.append(name)
    start = _start(given.get("CoverConfig", {}))
    if start is None:
        wrong.append("CoverConfig")
    lib = given.get("SearchLibName")
    if not isinstance(lib, (str, type(None))):
        wrong.append("SearchLibName")
    return RegisterConfig(
        need_snapshot=flags["NeedSnapshot"] is not False,
        need_sprite=flags["NeedSprite"] is not False,
        cover_start=start or 0.0,
        search_lib=lib if isinstance(lib, str) and lib else None,
        wrong=tuple(wrong),
    )


def _flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def _start(config: Any) -> float | None:
    """StartTime of CoverConfig: 0 without one, None for what is no time."""
    value = config.get("StartTime", 0.0) if isinstance(config, dict) else None
    try:
        start = None if isinstance(value, bool) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return start if start is not None and 0 <= start < 1e9 else None
