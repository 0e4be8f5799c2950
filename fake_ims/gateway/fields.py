"""marshmallow fields and schemas for the kinds of value that the API has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from marshmallow import Schema, ValidationError, fields, missing

from fake_ims.clock import Instant, instant, iso

if TYPE_CHECKING:
    AnyField = fields.Field[Any]
else:
    AnyField = fields.Field  # generic from marshmallow 4 on only

_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_DEEPEST = 8
"""How deep a value that is sent apart can lie; no operation has one below 4."""
_HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")
"""What JSON can spell of a character that is written as a pair: half of it is no text."""
_DEEPEST_JSON = 500
"""Half of Python's recursion limit: what was read once can be read again further down the stack."""
_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class Parameter(AnyField):
    """A request parameter, which travels as text.

    ``declared`` marks a type that the gateway itself checks: its error is ``Invalid<Name>``, and
    it comes before RAM; any other is the product's ``InvalidParameter``.
    ``inert`` marks one that is accepted and has no effect in this version of the fake.
    """

    declared: ClassVar[bool] = False

    def __init__(self, *, inert: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.inert = inert


class Text(Parameter):
    """Text of at most ``max_bytes`` bytes in UTF-8, or matching a pattern from end to end."""

    def __init__(
        self, *, max_bytes: int | None = None, pattern: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._max_bytes = max_bytes
        self._pattern = re.compile(pattern, re.ASCII) if pattern else None

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> Any:
        if self._max_bytes is not None and len(value.encode()) > self._max_bytes:
            raise ValidationError(f"longer than {self._max_bytes} bytes")
        if self._pattern is not None and self._pattern.fullmatch(value) is None:
            raise ValidationError("not of the documented form")
        return value


class OneOf(Parameter):
    """One of a few words, in exactly this spelling."""

    def __init__(self, *words: str, **options: Any) -> None:
        super().__init__(**options)
        self._words = words

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> str:
        if value not in self._words:
            raise ValidationError("none of " + ", ".join(self._words))
        return value


class Tags(Parameter):
    """Tags between commas, at most ``most`` of ``max_bytes`` bytes each; empty ones fall out."""

    def __init__(self, *, most: int, max_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self._most, self._max_bytes = most, max_bytes

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> tuple[str, ...]:
        tags = tuple(tag for tag in value.split(",") if tag)
        if len(tags) > self._most:
            raise ValidationError(f"more than {self._most} tags")
        if any(len(tag.encode()) > self._max_bytes for tag in tags):
            raise ValidationError(f"a tag of more than {self._max_bytes} bytes")
        return tags


class Listed(Parameter):
    """Texts between commas, each once, at most ``most`` of them; empty ones fall out.

    With ``words``, only these.
    """

    def __init__(
        self, *, most: int | None = None, words: Collection[str] | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._most, self._words = most, words

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> tuple[str, ...]:
        texts = tuple(dict.fromkeys(text for part in value.split(",") if (text := part.strip())))
        if self._most is not None and len(texts) > self._most:
            raise ValidationError(f"more than {self._most}")
        if self._words is not None and not set(texts).issubset(self._words):
            raise ValidationError("not only " + ", ".join(self._words))
        return texts


def read_json(text: str) -> Any:
    """Strict JSON (no NaN), not too deep, all of which UTF-8 can write.

    :raises ValueError: for anything else.
    """

    def refuse(constant: str) -> Any:
        raise ValueError(f"{constant} is not JSON")

    try:
        document = json.loads(text, parse_constant=refuse)
        if _HALF_PAIR.search(text) is not None:
            json.dumps(document, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if text.count("[") + text.count("{") > _DEEPEST_JSON:
        _check_depth(document)
    return document


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(_DEEPEST_JSON + 1):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return
    raise ValueError("nested too deeply")


class JsonText(Text):
    """Text that must be JSON, with ``object_only`` a JSON object; it is kept as it was sent."""

    def __init__(self, *, object_only: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._object_only = object_only

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            document = read_json(text)
        except ValueError as error:
            raise ValidationError(f"not JSON: {error}") from None
        if self._object_only and not isinstance(document, dict):
            raise ValidationError("not a JSON object")
        return text


class JsonRecord(Parameter):
    """A text that is a JSON object of several values, read by ``reader``, which raises ValueError
    for one it cannot read.
    """

    def __init__(self, reader: Callable[[dict[str, Any]], Any], **options: Any) -> None:
        super().__init__(**options)
        self._reader = reader

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> Any:
        try:
            document = read_json(value)
            if not isinstance(document, dict):
                raise ValueError("not a JSON object")
            return self._reader(document)
        except ValueError as error:
            raise ValidationError(str(error)) from None


class Structure(JsonRecord):
    """A parameter that is declared as an object. It is sent as JSON in one parameter, as all
    official clients do, or value by value, as ``Input.Type`` (:func:`gathered`).
    """


def gathered(names: Collection[str], parameters: Mapping[str, str]) -> Mapping[str, str]:
    """Parameters of which ``names`` are objects, each of these in one JSON text.

    Generic clients take a nested value apart (``TemplateConfig.OverwriteParams.Count``); what is
    sent whole counts.
    """
    parts = [name for name in parameters if name.partition(".")[0] in names and "." in name]
    if not parts:
        return parameters
    objects: dict[str, Any] = {}
    for name in parts:
        first, *path = name.split(".", _DEEPEST)
        place = objects.setdefault(first, {})
        for part in path[:-1]:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):
                inner = place[part] = {}
            place = inner
        place[path[-1]] = parameters[name]
    whole = {name: value for name, value in parameters.items() if name not in parts}
    return {**{name: json.dumps(value) for name, value in objects.items()}, **whole}


class Int64(Parameter):
    """A whole number of 64 bits, as declared to the gateway."""

    declared = True
    bits: ClassVar[int] = 64

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> int:
        limit = 1 << (self.bits - 1)
        if _INTEGER.fullmatch(value) is None or not -limit <= int(value) < limit:
            raise ValidationError(f"not an integer of {self.bits} bits")
        return int(value)


class Int32(Int64):
    """A whole number of 32 bits, as declared to the gateway."""

    bits = 32


class UtcTime(Parameter):
    """A point in time as ``YYYY-MM-DDTHH:mm:ssZ``, whole seconds; read as an Instant."""

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> Instant:
        try:
            if _UTC.fullmatch(value) is None:
                raise ValueError(value)
            return instant(value)
        except ValueError:
            raise ValidationError("not of the form YYYY-MM-DDTHH:mm:ssZ") from None


class Boolean(Parameter):
    """``true`` or ``false`` in any case: the Python SDK sends ``True``, others ``true``."""

    declared = True

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> bool:
        words = {"true": True, "false": False}
        try:
            return words[value.lower()]
        except KeyError:
            raise ValidationError("neither true nor false") from None


class WrongParameterError(ValueError):
    """A parameter that cannot be read."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class RequestSchema(Schema):
    """Reads an operation's parameters into its ``record``.

    Blank parameters count as not sent (observed: callers send blanks for unset values).
    """

    record: ClassVar[type]

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, AnyField] = {
            field.data_key or name: field for name, field in self.fields.items()
        }
        self.required = tuple(name for name, field in self.names.items() if field.required)
        self.inert = frozenset(
            name
            for name, field in self.names.items()
            if isinstance(field, Parameter) and field.inert
        )
        self.structures = frozenset(
            name for name, field in self.names.items() if isinstance(field, Structure)
        )
        self._declared = {
            name: field
            for name, field in self.names.items()
            if isinstance(field, Parameter) and field.declared
        }

    def check_declared(self, parameters: Mapping[str, str]) -> None:
        """Check the types that the gateway knows.

        :raises WrongParameterError: for the first that does not fit.
        """
        for name, field in self._declared.items():
            value = parameters.get(name)
            if value:
                try:
                    field.deserialize(value)
                except ValidationError:
                    raise WrongParameterError(name) from None

    def read(self, parameters: Mapping[str, str]) -> Any:
        """The record of the parameters.

        Field by field: ``Schema.load`` would spend most of its time on what no API parameter has.

        :raises WrongParameterError: for the first that is wrong, in the order of declaration.
        """
        data: dict[str, Any] = {}
        for name, field in self.names.items():
            value = parameters.get(name)
            if value:
                try:
                    data[str(field.name)] = field.deserialize(value)
                except ValidationError:
                    raise WrongParameterError(name) from None
        return self.record(**data)


class Written(AnyField):
    """A value of an answer: nearly every scalar is a string there (documented)."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return str(value)


class Number(AnyField):
    """A value of an answer that is a JSON number."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> Any:
        return value


class Decimal(Written):
    """A number written with a fixed number of ``places``, or, ``trimmed``, with up to so many."""

    def __init__(self, places: int, *, trimmed: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self._places, self._trimmed = places, trimmed

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> str:
        text = f"{value:.{self._places}f}"
        if self._trimmed:
            text = text.rstrip("0")
            return f"{text}0" if text.endswith(".") else text
        return text


class Time(Written):
    """An Instant as ISO 8601 in UTC, whole seconds."""

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> str:
        return iso(value)


class ResponseSchema(Schema):
    """Writes an answer: what is None is left out, not null (observed)."""

    def get_attribute(self, obj: Any, attr: str, default: Any) -> Any:
        value = getattr(obj, attr, None)
        return missing if value is None else value
