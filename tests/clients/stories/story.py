"""Tells a story with a Python client: the programs beside this module each bring one.

Standard input says who calls and what is called in which step; standard output is a JSON list of
what came of each: the answer's document, or how the client shows the refusal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Access:
    """Where to call, and as whom."""

    endpoint: str
    access_key_id: str
    access_key_secret: str
    security_token: str | None
    protocol: str = "http"


class RefusedError(Exception):
    """An error answer, as the client shows it; what it keeps to itself is None."""

    def __init__(self, status: int | None, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.shown = {"status": status, "code": code, "message": message}


Call = Callable[[str, dict[str, Any]], Mapping[str, Any]]
"""Calls an action with parameters; returns the answer's document or raises RefusedError."""


def tell(connect: Callable[[Access], Call]) -> None:
    """Tell the story with the clients that ``connect`` makes.

    A parameter ``id1`` stands for the first MediaId that was answered, ``id2`` for the second.
    """
    task = json.load(sys.stdin)
    clients = {caller: connect(Access(**access)) for caller, access in task["callers"].items()}
    ids: dict[str, str] = {}
    told = []
    for step in task["steps"]:
        sent = {name: ids.get(value, value) for name, value in step["parameters"].items()}
        try:
            answer = clients[step["caller"]](step["action"], sent)
            told.append({"answer": answer})
        except RefusedError as refused:
            told.append({"refused": refused.shown})
            continue
        media_id = answer.get("MediaId")
        if media_id is not None and media_id not in ids.values():
            ids[f"id{len(ids) + 1}"] = media_id
    json.dump(told, sys.stdout)
