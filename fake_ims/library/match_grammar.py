"""The grammar of the Match language: a text is parsed into a tree."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn

from fake_ims import errors
from fake_ims.library.place import pointed_at
from fake_ims.texts import quoted

if TYPE_CHECKING:
    from lark import Lark, Token, Tree
    from lark.exceptions import UnexpectedInput

LONGEST: Final = 100_000
"""Characters of a Match that the fake takes; the real limit is unknown."""


class ParsedMatch(NamedTuple):
    """A Match that the grammar allows, and its tree."""

    text: str
    tree: Tree[Token] | Token


def parse_match(text: str) -> ParsedMatch | None:
    """The tree of a Match; None for one of blanks.

    It asks for no settings and no assets, so that nobody else has to wait meanwhile: half a second
    for the longest.

    :raises ApiError: InvalidParameter "Match" with a note that points at the place.
    """
    if len(text) > LONGEST:
        refuse(f"{len(text)} characters, and the fake takes {LONGEST}")
    return ParsedMatch(text, _parse(text)) if text.strip() else None


def refuse(note: str) -> NoReturn:
    """Refuse a Match, for the reason that the journal shows."""
    raise errors.INVALID_PARAMETER(name="Match").with_note(note)


GRAMMAR: Final = r"""
?start: conjunction
?conjunction: part (AND part)*
?part: comparison | "(" disjunction ")"
?disjunction: inner (OR inner)*
?inner: part (AND part)*

comparison: FIELD EXACT value
    | FIELD FUZZY value
    | FIELD IN "(" value ("," value)* ")"
    | FIELD FUZZY (OPEN | OPEN_CLOSED) value "," value (CLOSE | CLOSE_CLOSED)
?value: SINGLE | DOUBLE | ESCAPED_SINGLE | ESCAPED_DOUBLE | NUMBER

AND: /and\b/i
OR: /or\b/i
IN: /in\b/i
FIELD: /[a-z_][a-z0-9_.]*/i
EXACT: "=="
FUZZY: "="
OPEN: "("
OPEN_CLOSED: "["
CLOSE: ")"
CLOSE_CLOSED: "]"
NUMBER: /[+-]?[0-9]+/
SINGLE: /'[^'\\]*(\\.[^'\\]*)*'/s
DOUBLE: /"[^"\\]*(\\.[^"\\]*)*"/s
ESCAPED_SINGLE: /\\+'[^'\\]*(\\+[^'\\][^'\\]*)*\\+'/
ESCAPED_DOUBLE: /\\+"[^"\\]*(\\+[^"\\][^"\\]*)*\\+"/

%ignore /\s+/
"""
"""``inner`` is a ``conjunction`` of another name, so that what is expected at a place is exact:
``or`` inside parentheses only. Backslashes before both quotes are as in the SDKs' own example.
"""

_WORDS: Final = {
    "AND": '"and"', "OR": '"or"', "IN": '"in"', "FIELD": "a field", "EXACT": '"=="',
    "FUZZY": '"="', "OPEN": '"("', "LPAR": '"("', "OPEN_CLOSED": '"["', "CLOSE": '")"',
    "RPAR": '")"', "CLOSE_CLOSED": '"]"', "COMMA": '","', "NUMBER": "a value",
    "SINGLE": "a value", "DOUBLE": "a value", "ESCAPED_SINGLE": "a value",
    "ESCAPED_DOUBLE": "a value", "$END": "the end",
}  # fmt: skip


@functools.cache
def grammar() -> Lark:
    """The parser, built once per process."""
    from lark import Lark  # heavy, and only a search needs it

    return Lark(GRAMMAR, parser="lalr")


def _parse(text: str) -> Tree[Token] | Token:
    from lark.exceptions import UnexpectedInput

    try:
        return grammar().parse(text)
    except UnexpectedInput as error:
        wrong = error
    at, found = _found(wrong, text)
    expected = _expected(text[:at])
    note = f"expected {_listed(expected)}, found {found}"
    if found.lower() == "'or'" and '"and"' in expected:
        note = 'expected "and" or the end: "or" stands inside parentheses only'
    refuse(pointed_at(text, at, note))


def _found(error: UnexpectedInput, text: str) -> tuple[int, str]:
    """Where it is wrong, and what stands there."""
    from lark.exceptions import UnexpectedToken

    if not isinstance(error, UnexpectedToken):
        at = int(error.pos_in_stream or 0)
        if text[at] in "'\"\\":
            return at, f"{text[at]!r} that is never closed"
        return at, repr(text[at])
    if error.token.type == "$END":
        return len(text.rstrip()), "the end"
    return int(error.token.start_pos or 0), quoted(str(error.token), 40)


def _expected(before: str) -> set[str]:
    """What may stand after the beginning of a Match."""
    from lark.exceptions import UnexpectedToken

    try:
        grammar().parse(before)
    except UnexpectedToken as error:
        return {_WORDS[name] for name in error.expected}
    return {_WORDS["AND"], _WORDS["$END"]}


def _listed(words: set[str]) -> str:
    *others, last = sorted(words)
    return f"{', '.join(others)} or {last}" if others else last


_ESCAPED: Final = re.compile(r"\\(['\"\\])")


def plain(token: Token) -> str:
    """The value that a token stands for, without its quotes.

    Inferred: a backslash before a quote or a backslash takes its meaning away, and is itself
    anywhere else. Between quotes that have a backslash themselves nothing more is escaped.
    """
    text = str(token)
    if token.type == "NUMBER":
        return text
    if token.type.startswith("ESCAPED"):
        return text.strip("\\")[1:-1].rstrip("\\")
    return _ESCAPED.sub(r"\1", text[1:-1])
