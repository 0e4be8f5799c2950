"""What an operation's answer may look like, and how a given one departs from that.

Nothing imports this module at start: only a stubbed answer is checked.
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from fake_ims.texts import nearest, shortened

MOST_DEPARTURES: Final = 20
"""How many departures of one answer are told."""

MOST_VALUES: Final = 50_000
"""How many values of one answer are looked at."""

Kind = Literal["string", "integer", "number", "boolean", "object", "array", "any"]


class Shape(NamedTuple):
    """The documented shape of a JSON value.

    An object without ``fields`` may have any; ``item`` is the shape of an array's elements.
    """

    kind: Kind
    fields: Mapping[str, Shape] = MappingProxyType({})
    item: Shape | None = None

    def __repr__(self) -> str:
        inside = self.item.kind if self.item else " ".join(self.fields)
        return f"<Shape {self.kind}{': ' if inside else ''}{shortened(inside)}>"


ANY: Final = Shape("any")
STRING: Final = Shape("string")

_WORDS: Final = MappingProxyType({
    "str": STRING, "int": Shape("integer"), "num": Shape("number"), "bool": Shape("boolean"),
    "obj": Shape("object"), "[str]": Shape("array", item=STRING),
})  # fmt: skip
"""The words for types in answers.json."""


@functools.cache
def shape_of(action: str) -> Shape | None:
    """The shape of an operation's answer, or None if nothing is known of it.

    It is the documented one, or else that of the official SDK's model, where the SDK can be
    imported and is built as those of 2021 to 2026 are. ``RequestId`` is always in it.
    """
    known = documented_shape(action) or modelled_shape(action)
    if known is None:
        return None
    return Shape("object", MappingProxyType({"RequestId": STRING, **known.fields}))


@functools.cache
def documented_actions() -> frozenset[str]:
    """The operations whose answers the package itself knows."""
    return frozenset(_file()["answers"])


def departures(action: str, answer: Mapping[str, Any]) -> tuple[str, ...]:
    """What in an answer would surprise a client of the real service, a sentence each.

    Names that are not documented, and values of another kind than the documented one; what is
    None is as good as absent. A departure that several elements of an array share is told of the
    first. At most MOST_DEPARTURES are told, of the first MOST_VALUES values. Nothing can be said
    of an operation without a known shape.
    """
    shape = shape_of(action)
    if shape is None:
        return ()
    found: dict[tuple[Any, ...], str] = {}
    for path, expected, value in itertools.islice(_values(shape, answer, ""), MOST_VALUES):
        place = _INDEX.sub("[]", path)
        wrong = _wrong_kind(expected, value)
        if wrong:
            found.setdefault((place,), f"{action}: {path or 'the answer'} is {wrong}")
        for name in _unknown_names(expected, value):
            if (place, name) not in found:
                where = f"{action}: {path}" if path else action
                named = _named(name, expected, None if path else shape)
                found[place, name] = f"{where} answers {named}"
        if len(found) >= MOST_DEPARTURES:
            break
    return tuple(found.values())[:MOST_DEPARTURES]


_INDEX: Final = re.compile(r"\[\d+\]", re.ASCII)


def _values(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, Shape, Any]]:
    """The values that a shape is known for, each with its path; no deeper than the shape is."""
    yield path, shape, value
    if shape.kind == "object" and isinstance(value, Mapping):
        for name, inner in value.items():
            field = shape.fields.get(name)
            if field is not None and inner is not None:
                yield from _values(field, inner, f"{path}.{name}" if path else name)
    elif shape.item is not None and isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            if inner is not None:
                yield from _values(shape.item, inner, f"{path}[{index}]")


def _unknown_names(shape: Shape, value: Any) -> Iterator[Any]:
    """The names that an object has and its shape has not; only so many can be told."""
    if shape.fields and isinstance(value, Mapping):
        unknown = (name for name in value if name not in shape.fields)
        yield from itertools.islice(unknown, MOST_DEPARTURES)


def _named(name: Any, shape: Shape, whole: Shape | None) -> str:
    """A name that is unknown, and the right one: beside it or, in the ``whole``, further in."""
    if not isinstance(name, str):
        return f"{_described(name)} as a name, which is no text"
    folded = {known.replace("_", "").casefold(): known for known in shape.fields}
    right = folded.get(name.replace("_", "").casefold()) or (whole and _place(name, whole))
    hint = f"; did you mean {right}?" if right else nearest(name[:100], shape.fields)
    return f"no {_quoted(name)}{hint}"


def _place(name: str, shape: Shape) -> str | None:
    """Where in a shape a name stands, the outermost place."""
    rows = deque([("", shape)])
    while rows:
        path, current = rows.popleft()
        if name in current.fields:
            return path + name
        rows.extend((f"{path}{each}.", field) for each, field in current.fields.items())
        if current.item is not None:
            rows.append((f"{path.removesuffix('.')}[].", current.item))
    return None


_LARGEST: Final = sys.float_info.max
_WANTED: Final = MappingProxyType({
    "string": "text", "integer": "a number", "number": "a number", "boolean": "a boolean",
    "object": "an object", "array": "an array",
})  # fmt: skip


def _wrong_kind(shape: Shape, value: Any) -> str | None:
    """What a value is and what it is not, or None if it is of the documented kind."""
    boolean = isinstance(value, bool)
    number = isinstance(value, (int, float)) and not boolean
    wanted = _WANTED.get(shape.kind)
    match shape.kind:
        case "any":
            return None
        case "string":
            fits, converted = isinstance(value, str), number or boolean
        case "boolean":
            fits = boolean
            converted = (number and value in (0, 1)) or value in ("true", "false")
        case "object":
            fits, converted = isinstance(value, Mapping), False
        case "array":
            fits, converted = isinstance(value, (list, tuple)), False
        case _:
            fits = number and -_LARGEST <= value <= _LARGEST
            if number and shape.kind == "integer":
                fits = fits and value == int(value) and -(1 << 63) <= value < 1 << 63
                wanted = "a whole number of 64 bits"
            converted = isinstance(value, str) and re.fullmatch("[0-9]+", value) is not None
    if fits:
        return None
    # Node's client converts these, Go's is as lenient (measured); others hand on what came.
    hint = "; some clients convert it" if converted else ""
    return f"{_described(value)}, not {wanted}{hint}"


def _described(value: Any) -> str:
    """A value in a few words, whatever it is."""
    match value:
        case None:
            return "null"
        case str():
            return f"the text {_quoted(value)}"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() if value.bit_length() > 128:  # Python refuses to write very long ones
            return f"a number of {value.bit_length()} bits"
        case int() | float():
            return f"the number {value}"
        case Mapping():
            return "an object"
        case list() | tuple():
            return "an array"
    return f"a Python {type(value).__name__}"


def _quoted(text: str) -> str:
    short = shortened(text, 80)
    return f'"{short}"' if short.isprintable() else repr(short)


@functools.cache
def _file() -> Mapping[str, Mapping[str, Any]]:
    import importlib.resources  # late, as for every file of the package
    import json

    text = importlib.resources.files("fake_ims.gateway").joinpath("answers.json")
    found: dict[str, dict[str, Any]] = json.loads(text.read_text(encoding="utf-8"))
    return found


def documented_shape(action: str) -> Shape | None:
    """The shape in answers.json, without RequestId; .ci/write_answers.py says how it is written."""
    written = _file()["answers"].get(action)
    return None if written is None else _read(written)


def _read(written: Any) -> Shape:
    if isinstance(written, list):
        return Shape("array", item=_read(written[0]))
    if isinstance(written, str):
        return _read(_file()["shared"][written])
    fields: dict[str, Shape] = {}
    for name, value in written.items():
        word = _WORDS.get(name)
        fields |= {name: _read(value)} if word is None else dict.fromkeys(value.split(), word)
    return Shape("object", MappingProxyType(fields))


def modelled_shape(action: str) -> Shape | None:
    """The shape that the installed SDK's model has, or None where it tells none."""
    import importlib
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # those of the SDK's own dependencies
            models = importlib.import_module("alibabacloud_ice20201109.models")
        shape = _of_model(getattr(models, f"{action}ResponseBody"), ())
    except Exception:  # no SDK, no such model, or one of another make: nothing is known
        return None
    return shape if shape.fields else None


class _Asked:
    """Stands for an answer that has nothing, and keeps the names it was asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def get(self, name: str) -> None:
        self.names.append(name)


_PROBE: Final = MappingProxyType({"": None})
"""To a model an empty object; to a list of models a list of one; else a value to recognise."""


def _of_model(model: Any, above: tuple[Any, ...]) -> Shape:
    """The shape that a model class of the SDK reads.

    Each class has ``from_map(mapping)``, which fills one attribute for each name, and annotates
    its constructor (1.0.0 to 6.20.2 do). So one is asked to read what has nothing, which tells
    the names, and then a probe under each name, which tells the attribute.
    """
    if model in above:
        return ANY
    asked = _Asked()
    model().from_map(asked)
    fields = {}
    for name in asked.names:
        read = vars(model().from_map({name: _PROBE}))
        fields[name] = next(
            (
                _of_attribute(value, model.__init__.__annotations__.get(attribute), (*above, model))
                for attribute, value in read.items()
                if value
            ),
            ANY,
        )
    return Shape("object", MappingProxyType(fields))


def _of_attribute(value: Any, annotation: Any, above: tuple[Any, ...]) -> Shape:
    if value is _PROBE:
        return _of_annotation(str(annotation))
    if isinstance(value, list):
        return Shape("array", item=_of_attribute(value[0] if value else None, None, above))
    return _of_model(type(value), above) if hasattr(value, "from_map") else ANY


def _of_annotation(text: str) -> Shape:
    """The shape of an annotation, a text (from 6.5 on) or a type's (before)."""
    found = re.fullmatch(r"(?:<class ')?(?:typing\.)?(\w+)(?:\[(.*)\])?(?:'>)?", text)
    word, inside = found.groups() if found else ("", None)
    match word:
        case "str" | "int" | "bool":
            return _WORDS[word]
        case "float":
            return _WORDS["num"]
        case "List" | "list":
            return Shape("array", item=_of_annotation(inside or ""))
        case "Dict" | "dict":
            return _WORDS["obj"]
    return ANY
