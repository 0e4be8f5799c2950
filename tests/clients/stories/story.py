"""Tells a story with a Python client: the programs beside this module each bring one.

Standard input says who calls and what is called in which step; standard output is a JSON list of
what came of each: the answer's document, or how the client shows the refusal.
"""

from __future__ import annotations

import json
import re
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


class UnknownActionError(Exception):
    """The client, an old one, has no such operation."""


def tell(connect: Callable[[Access], Call]) -> None:
    """Tell the story with the clients that ``connect`` makes.

    A step's ``keeps`` names values of its answer; a parameter's ``<name>`` stands for such a value.
    """
    task = json.load(sys.stdin)
    clients = {caller: connect(Access(**access)) for caller, access in task["callers"].items()}
    kept: dict[str, Any] = {}
    told: list[dict[str, Any]] = []
    for step in task["steps"]:
        sent = {name: _filled(value, kept) for name, value in step["parameters"].items()}
        try:
            answer = clients[step["caller"]](step["action"], sent)
        except RefusedError as refused:
            told.append({"refused": refused.shown})
        except UnknownActionError:
            told.append({"unknown": step["action"]})
        else:
            told.append({"answer": answer})
            kept |= {name: _found_at(path, answer) for name, path in step["keeps"].items()}
    json.dump(told, sys.stdout)


_PLACE = re.compile(r"<(\w+)>", re.ASCII)


def _filled(value: Any, kept: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, kept) for name, each in value.items()}
    if not isinstance(value, str):
        return value
    whole = _PLACE.fullmatch(value)
    if whole:
        return kept.get(whole[1], value)
    return _PLACE.sub(lambda place: str(kept.get(place[1], place[0])), value)


def _found_at(path: str, answer: Any) -> Any:
    for part in path.split("."):
        answer = answer[int(part) if isinstance(answer, list) else part]
    return answer
