"""What comes of a smart tagging: findings of several types, each with its own shape."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from fake_ims.library.insights import AiLabel
from fake_ims.texts import nearest

TYPES: Final = ("NLP", "TextLabel", "VideoLabel", "ASR", "OCR", "Meta", "Process", "CPVLabel")
"""What findings there are: the first five of an asset (documented), the others of a job (documented
of ApsaraVideo Media Processing).
"""


class TagResult(NamedTuple):
    """What was found of one type. ``data`` is a JSON document."""

    type: str
    data: Any

    @property
    def text(self) -> str:
        """The data as an answer has it."""
        return json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))


TagResults = tuple[TagResult, ...]


def read_results(given: Any) -> TagResults:
    """What a test wants to be found: ``{"OCR": {"details": [...]}}``, or a list of Type and Data as
    answers have it. The data are JSON documents, or such a document as text.

    :raises ValueError: for anything else, and for a type that does not exist.
    """
    if isinstance(given, Mapping):
        pairs = list(given.items())
    elif isinstance(given, list) and all(
        isinstance(each, Mapping) and each.keys() == {"Type", "Data"} for each in given
    ):
        pairs = [(each["Type"], each["Data"]) for each in given]
    else:
        raise ValueError(
            'findings by type, such as {"OCR": {...}}, or a list of {"Type": ..., "Data": ...}, '
            f"not {given!r}"
        )
    return tuple(_result(kind, data) for kind, data in pairs)


def _result(kind: Any, data: Any) -> TagResult:
    if kind not in TYPES:
        raise ValueError(f"nothing of type {kind!r} is found{nearest(str(kind), TYPES)}")
    try:
        if not isinstance(data, str):
            data = json.dumps(data, ensure_ascii=False, allow_nan=False)
        data.encode()
        return TagResult(kind, json.loads(data))  # a copy, which nobody else can change
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the data of {kind} are no JSON: {error}") from None


def texts_of(results: TagResults) -> tuple[str, ...]:
    """What was read off the pictures, each text once."""
    found = (
        info.get("value")
        for result in results
        if result.type == "OCR"
        for detail in _items(result.data, "details")
        for info in _items(detail, "info")
    )
    return tuple(dict.fromkeys(text for text in found if isinstance(text, str) and text))


def labels_of(results: TagResults) -> tuple[AiLabel, ...]:
    """The things and persons that were seen, each once. A label's id is its name (inferred)."""
    return tuple(dict.fromkeys(_labels(results)))


def _labels(results: TagResults) -> Iterator[AiLabel]:
    for result in results:
        if result.type == "VideoLabel":
            for tag in _items(result.data, "tags"):
                yield from _label(tag.get("mainTagName"), tag.get("subTagName"))
            for person in _items(result.data, "persons"):
                yield from _label(person.get("category"), person.get("name"))


def _label(category: Any, name: Any) -> Iterator[AiLabel]:
    if isinstance(category, str) and isinstance(name, str) and name:
        yield AiLabel(category, name, name)


def _items(data: Any, name: str) -> Iterable[dict[str, Any]]:
    """The objects in a list of a document that a test may have written."""
    found = data.get(name) if isinstance(data, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else ()
