"""The Match language of SearchMedia: a parsed text is read into conditions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, NoReturn, TypeAlias

from fake_ims.library.assets import INIT, NORMAL, PREPARE_FAIL, PREPARING
from fake_ims.library.match_grammar import ParsedMatch, plain, refuse
from fake_ims.library.place import pointed_at
from fake_ims.settings import Choices
from fake_ims.texts import nearest, quoted

if TYPE_CHECKING:
    from lark import Token, Tree

# ---------------------------------------------------------------- fields

Kind = Literal["text", "words", "whole", "status", "time", "media type"]
Operator = Literal["==", "=", "in", "range"]


class Field(NamedTuple):
    """A field that can be searched by, and the operators that the documents list for it."""

    name: str
    kind: Kind
    operators: tuple[Operator, ...]
    sortable: bool = True


FIELDS: Final = {
    field.name.lower(): field
    for field in (
        Field("title", "text", ("=",)),
        Field("description", "text", ("=",)),
        Field("tagList", "words", ("in",), sortable=False),
        Field("mediaId", "words", ("==",)),
        Field("cateId", "whole", ("==",)),
        Field("status", "status", ("==", "in")),
        Field("utcCreate", "time", ("range",)),
        Field("utcModified", "time", ("range",)),
        Field("fileInfo.storageLocation", "words", ("==", "in")),
        Field("ocrInfo.tracks.content", "text", ("=",), sortable=False),
        Field("aiLabelInfo.category", "words", ("==",), sortable=False),
        Field("aiLabelInfo.label_id", "words", ("==",), sortable=False),
        Field("mediaType", "media type", ("==", "in")),
    )
}
"""By name in lower case (documented; that capitals do not matter is inferred from an example)."""

SEARCH_LIB_FIELD: Final = "searchLib"
"""A field that no Match can name: of which search library an asset is."""

MEDIA_TYPES: Final = ("video", "image", "audio")

STATUSES: Final = {
    0: INIT, 1: PREPARING, 2: PREPARE_FAIL, 3: NORMAL,
    10: "Uploading", 12: "Uploaded", 13: "Transcoding", 14: "TranscodeFailed", 15: "InReview",
    16: "ReviewRejected", 17: "Deleted", 18: "UploadFailed",
}  # fmt: skip
"""Documented numbers; no asset of the fake has any status from 10 on."""

LONGEST_FUZZY: Final = 60
"""Characters (documented)."""

DEEPEST: Final = 100
"""Groups within groups that the fake takes; the real limit is unknown."""

# ---------------------------------------------------------------- conditions


@dataclass(frozen=True, slots=True)
class Contains:
    """A text of the field contains one of these, as they were written."""

    field: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field is one of these; a status as a name, a number as an int."""

    field: str
    values: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Within:
    """A time of the field is from ``low`` on and before ``high``, in microseconds."""

    field: str
    low: int | None
    high: int | None


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of the parts hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of the parts holds."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = Contains | OneOf | Within | AllOf | AnyOf


def read_match(match: ParsedMatch, choices: Choices) -> Condition:
    """The conditions of a Match.

    Documented: ``==`` exact, ``=`` contains, ``in``, ranges, ``and``, and that images are not
    searched together with video or audio; ``or`` in parentheses by the sibling product's page.

    :raises ApiError: InvalidParameter "Match" with a note that points at the place.
    """
    reader = _Reader(match.text, choices)
    condition = reader.condition(match.tree, 0)
    asked = reader.media_types
    if "image" in asked and len(asked) > 1:
        reader.refuse(asked["image"], "images are not searched together with video or audio")
    return condition


def values_of(condition: Condition | None, field: str) -> set[str]:
    """What a condition says that a field may be, anywhere in it."""
    if isinstance(condition, (AllOf, AnyOf)):
        return set().union(*(values_of(part, field) for part in condition.parts))
    if isinstance(condition, OneOf) and condition.field == field:
        return {str(value) for value in condition.values}
    return set()


def has_cased_text(condition: Condition | None) -> bool:
    """Whether a fuzzy search for a text with capitals or small letters is in it."""
    if isinstance(condition, (AllOf, AnyOf)):
        return any(has_cased_text(part) for part in condition.parts)
    return isinstance(condition, Contains) and any(
        text.lower() != text.upper() for text in condition.texts
    )


# ---------------------------------------------------------------- what a tree means


class _Reader:
    """Makes conditions of a tree, and remembers where each media type is named."""

    def __init__(self, text: str, choices: Choices) -> None:
        self._text = text
        self._choices = choices
        self.media_types: dict[str, Token] = {}

    def refuse(self, token: Token, note: str) -> NoReturn:
        """Refuse the Match because of what stands at a place."""
        refuse(pointed_at(self._text, int(token.start_pos or 0), note))

    def condition(self, node: Tree[Token] | Token, depth: int) -> Condition:
        """What a node of the tree says."""
        from lark import Tree

        assert isinstance(node, Tree), "the grammar has no lone token"
        if node.data == "comparison":
            return self._comparison(*(each for each in node.children if not isinstance(each, Tree)))
        if depth == DEEPEST:
            refuse(f"more than {DEEPEST} groups within each other, which the fake does not take")
        parts = tuple(
            self.condition(each, depth + 1) for each in node.children if isinstance(each, Tree)
        )
        return _any_of(parts) if node.data == "disjunction" else AllOf(parts)

    def _comparison(self, name: Token, operator: Token, *rest: Token) -> Condition:
        field = FIELDS.get(str(name).lower())
        if field is None:
            names = [each.name for each in FIELDS.values()]
            hint = nearest(str(name), names) or f" (there are {', '.join(names)})"
            self.refuse(name, f"no field is called {quoted(str(name))}{hint}")
        if rest[0].type in ("OPEN", "OPEN_CLOSED"):
            self._check_operator(field, "range", operator)
            return self._range(field, *rest)
        self._check_operator(field, _OPERATORS[operator.type], operator)
        if field.kind == "time":
            times = [self._number(token) * 1000 for token in rest]
            return _any_of(tuple(Within(field.name, time, time + 1000) for time in times))
        if field.kind == "text":
            return Contains(field.name, tuple(self._fuzzy(token) for token in rest))
        return OneOf(field.name, tuple(dict.fromkeys(self._value(field, each) for each in rest)))

    def _check_operator(self, field: Field, used: Operator, token: Token) -> None:
        """Refuse an operator that is not documented for the field, unless the setting
        ``match_operators`` lets the field's own way answer, as the sibling product does.
        """
        if used in field.operators:
            return
        if used == "range" or self._choices.of("match_operators") == "documented":
            others = " and ".join(_said(each) for each in field.operators)
            self.refuse(token, f"{field.name} takes {others}, not {_said(used)}")

    def _range(self, field: Field, opened: Token, low: Token, high: Token, closed: Token) -> Within:
        """Times are compared in whole milliseconds; an empty value is no bound, as the pages of
        ApsaraVideo VOD have it.
        """
        first = last = None
        if plain(low):
            first = self._number(low) + (opened.type == "OPEN")
        if plain(high):
            last = self._number(high) - (closed.type == "CLOSE")
        return Within(
            field.name,
            None if first is None else first * 1000,
            None if last is None else (last + 1) * 1000,
        )

    def _value(self, field: Field, token: Token) -> str | int:
        if field.kind == "words":
            return plain(token)
        if field.kind == "media type":
            media_type = plain(token)
            if media_type not in MEDIA_TYPES:
                self.refuse(token, f"mediaType is one of {', '.join(MEDIA_TYPES)}")
            self.media_types.setdefault(media_type, token)
            return media_type
        number = self._number(token)
        if field.kind == "status":
            if number not in STATUSES:
                self.refuse(token, f"status is one of {', '.join(map(str, STATUSES))}")
            return STATUSES[number]
        return number

    def _number(self, token: Token) -> int:
        text = plain(token)
        if _NUMBER.fullmatch(text) is None or not -(1 << 63) <= int(text) < 1 << 63:
            self.refuse(token, "expected a whole number of 64 bits")
        return int(text)

    def _fuzzy(self, token: Token) -> str:
        text = plain(token)
        if len(text) > LONGEST_FUZZY:
            self.refuse(token, f"{len(text)} characters, and at most {LONGEST_FUZZY} are matched")
        return text


def _any_of(parts: tuple[Condition, ...]) -> Condition:
    """One of the parts; as one condition where all are of one field, so that an index answers."""
    fields = {part.field for part in parts if isinstance(part, OneOf)}
    values = [value for part in parts if isinstance(part, OneOf) for value in part.values]
    if len(parts) == 1:
        return parts[0]
    if len(fields) == 1 and all(isinstance(part, OneOf) for part in parts):
        return OneOf(fields.pop(), tuple(dict.fromkeys(values)))
    return AnyOf(parts)


def _said(operator: Operator) -> str:
    return "ranges" if operator == "range" else f'"{operator}"'


_OPERATORS: Final[dict[str, Operator]] = {"EXACT": "==", "FUZZY": "=", "IN": "in"}
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
