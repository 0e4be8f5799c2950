"""Write fake_ims/gateway/answers.json: names and types of what documented operations answer.

    python .ci/write_answers.py operations.json

operations.json maps each action to its documented trees; that under "response" is a list of fields
``{"name": ..., "type": ..., "fields": [...]}``, whose type is a scalar's, "object" or "array<...>".

A shape in answers.json maps a type's word (str, int, num, bool, obj; in brackets, an array of it)
to the names of that type, and the name of an object or, in brackets, of an array of objects to the
shape inside. A shape that stands at several places is among the shared ones, and a place names it.
RequestId is left out: every answer has it.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "fake_ims" / "gateway" / "answers.json"
WORDS = {
    "string": "str", "integer(int32)": "int", "integer(int64)": "int", "number(float)": "num",
    "number(double)": "num", "boolean": "bool", "object": "obj", "array<string>": "[str]",
}  # fmt: skip
WORTH_SHARING = 60
"""Characters of a shape that stands at several places."""

Written = dict[str, Any]


def written(fields: list[dict[str, Any]]) -> Written:
    """The shape of documented fields, in its canonical order."""
    names = defaultdict(list)
    inside: Written = {}
    for field in fields:
        name, kind = field["name"], field["type"]
        if name in WORDS.values():
            raise ValueError(f"{name} is the name of a field and the word of a type")
        if "fields" not in field:
            names[WORDS[kind]].append(name)
        else:
            shape = written(field["fields"])
            inside[name] = {"object": shape, "array<object>": [shape]}[kind]
    return {
        **{word: " ".join(sorted(names[word])) for word in sorted(names)},
        **dict(sorted(inside.items())),
    }


def inner_shapes(shape: Written) -> Iterator[tuple[str, Written]]:
    """The shapes inside, each with the name of its field."""
    for name, value in shape.items():
        if not isinstance(value, str):
            (inner,) = value if isinstance(value, list) else [value]
            yield name, inner
            yield from inner_shapes(inner)


def shared_names(answers: dict[str, Written]) -> dict[str, str]:
    """What to call the shapes that stand at several places, by their text."""
    uses: Counter[str] = Counter()
    fields: dict[str, Counter[str]] = defaultdict(Counter)
    for name, shape in itertools.chain.from_iterable(map(inner_shapes, answers.values())):
        text = json.dumps(shape)
        uses[text] += 1
        fields[text][name] += 1
    called: dict[str, str] = {}
    numbers: Counter[str] = Counter()
    for text in sorted(text for text, count in uses.items() if count > 1):
        if len(text) >= WORTH_SHARING:
            name = min(fields[text].items(), key=lambda item: (-item[1], item[0]))[0]
            numbers[name] += 1
            called[text] = name if numbers[name] == 1 else f"{name}-{numbers[name]}"
    return called


def with_references(shape: Written, called: dict[str, str]) -> Written:
    """The shape, with the names of shared shapes in their places."""

    def place(value: Any) -> Any:
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            return [place(value[0])]
        return called.get(json.dumps(value)) or with_references(value, called)

    return {name: place(value) for name, value in shape.items()}


def lines(shapes: dict[str, Written]) -> str:
    """The shapes as JSON, one a line."""
    return ",\n".join(
        f"{json.dumps(name)}:{json.dumps(shapes[name], separators=(',', ':'))}"
        for name in sorted(shapes)
    )


def main(source: Path) -> None:
    operations = json.loads(source.read_text(encoding="utf-8"))
    answers = {
        action: written([field for field in operation["response"] if field["name"] != "RequestId"])
        for action, operation in operations.items()
    }
    called = shared_names(answers)
    shared = {name: with_references(json.loads(text), called) for text, name in called.items()}
    answers = {action: with_references(shape, called) for action, shape in answers.items()}
    TARGET.write_text(
        f'{{"shared":{{\n{lines(shared)}\n}},\n"answers":{{\n{lines(answers)}\n}}}}\n',
        encoding="utf-8",
    )
    print(f"{len(answers)} operations, {len(shared)} shared shapes, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
