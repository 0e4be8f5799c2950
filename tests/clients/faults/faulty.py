"""Calls something once for each of several URLs, and tells what its user sees of it.

Standard input says whom to call, how long to wait for an answer, and the URLs; standard output is
a JSON list: null for success, or the exception as a program sees it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Access:
    """Whom to call, as whom, and how many milliseconds to wait for an answer."""

    endpoint: str
    access_key_id: str
    access_key_secret: str
    patience: int


Register = Callable[[str], object]
"""Calls RegisterMediaInfo for a URL."""


def tell(connect: Callable[[Access], Register], see: Callable[[Any], dict[str, Any]]) -> None:
    """Tell of each URL what ``see`` sees in the exception."""
    task = json.load(sys.stdin)
    register = connect(Access(**task["access"]))
    json.dump([_seen(register, url, see) for url in task["urls"]], sys.stdout)


def _seen(
    register: Register, url: str, see: Callable[[Any], dict[str, Any]]
) -> dict[str, Any] | None:
    try:
        register(url)
    except Exception as error:
        return {"kind": type(error).__name__, "message": str(error), **see(error)}
    return None
