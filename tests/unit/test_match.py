"""The Match language: what a text means, and where a wrong one is wrong."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fake_ims.errors import ApiError
from fake_ims.library.match import (
    DEEPEST,
    FIELDS,
    LONGEST_FUZZY,
    AllOf,
    AnyOf,
    Condition,
    Contains,
    OneOf,
    Within,
    read_match,
)
from fake_ims.library.match_grammar import LONGEST, grammar, parse_match
from fake_ims.settings import Choices, Settings

DOCUMENTED = Settings()
ANY = Settings(match_operators="any")


def read(text: str, settings: Settings = DOCUMENTED) -> Condition | None:
    return read_with(text, Choices(settings))


def read_with(text: str, choices: Choices) -> Condition | None:
    parsed = parse_match(text)
    return None if parsed is None else read_match(parsed, choices)


def refusal(text: str, settings: Settings = DOCUMENTED) -> str:
    """The note of a Match that is refused."""
    with pytest.raises(ApiError) as refused:
        read(text, settings)
    error = refused.value
    assert (error.status, error.code) == (400, "InvalidParameter")
    assert error.message == 'The specified parameter "Match" is not valid.'
    return error.note


# What a text means


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("title = 'China'", Contains("title", ("China",))),
        ('description="a b"', Contains("description", ("a b",))),
        ("ocrInfo.tracks.content = '\u718a'", Contains("ocrInfo.tracks.content", ("\u718a",))),
        ("tagList in ('a','b','a')", OneOf("tagList", ("a", "b"))),
        ("mediaId == 'id'", OneOf("mediaId", ("id",))),
        ("cateId == 5", OneOf("cateId", (5,))),
        ("cateId == '-5'", OneOf("cateId", (-5,))),
        ("status == 3", OneOf("status", ("Normal",))),
        ("status in (0, '1', 2)", OneOf("status", ("Init", "Preparing", "PrepareFail"))),
        ("status == 17", OneOf("status", ("Deleted",))),
        ("utcCreate = ('1','9')", Within("utcCreate", 2000, 9000)),
        ("utcCreate = ['1','9']", Within("utcCreate", 1000, 10000)),
        ("utcModified = [1,9)", Within("utcModified", 1000, 9000)),
        ("utcCreate = ('1','')", Within("utcCreate", 2000, None)),
        ("utcCreate = ['','9']", Within("utcCreate", None, 10000)),
        ('utcModified = ["",""]', Within("utcModified", None, None)),
        ("utcModified = (1,9]", Within("utcModified", 2000, 10000)),
        ("fileInfo.storageLocation == 'h'", OneOf("fileInfo.storageLocation", ("h",))),
        ("fileInfo.storageLocation in ('h')", OneOf("fileInfo.storageLocation", ("h",))),
        ("aiLabelInfo.category == 'c'", OneOf("aiLabelInfo.category", ("c",))),
        ("aiLabelInfo.label_id == '1'", OneOf("aiLabelInfo.label_id", ("1",))),
        ("mediaType == 'audio'", OneOf("mediaType", ("audio",))),
        ("mediaType in ('audio','video')", OneOf("mediaType", ("audio", "video"))),
    ],
)  # fmt: skip
def test_each_field_with_its_operators(text: str, meaning: Condition) -> None:
    assert read(text) == meaning


A, B, C = (Contains("title", (letter,)) for letter in "abc")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("title='a' and title='b'", AllOf((A, B))),
        ("title='a'and(title='b')AND title='c'", AllOf((A, B, C))),
        ("(title='a' or title='b')", AnyOf((A, B))),
        ("((title='a') Or ((title='b')))", AnyOf((A, B))),
        ("(title='a' or title='b') and title='c'", AllOf((AnyOf((A, B)), C))),
        ("(title='a' or title='b' and title='c')", AnyOf((A, AllOf((B, C))))),
        ("(title='a' and (title='b' or title='c'))", AllOf((A, AnyOf((B, C))))),
        ("(cateId==1 or cateId==2)", OneOf("cateId", (1, 2))),
        ("(mediaId=='1' or cateId==1)", AnyOf((OneOf("mediaId", ("1",)), OneOf("cateId", (1,))))),
        ("\r\n\ttitle\u3000=\xa0'a' ", A),
        ("", None),
        (" \n", None),
    ],
)
def test_groups(text: str, meaning: Condition | None) -> None:
    assert read(text) == meaning


def test_example_of_the_documents() -> None:
    text = "title = 'China' and mediaId == 'id' and utcCreate = ('1693367158561','1693367158562')"
    assert read(text) == AllOf(
        (
            Contains("title", ("China",)),
            OneOf("mediaId", ("id",)),
            Within("utcCreate", 1693367158562000, 1693367158562000),
        )
    )


@pytest.mark.parametrize("backslashes", ["", "\\", "\\\\", "\\\\\\"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_example_of_the_sdks(backslashes: str, quote: str) -> None:
    text = 'Title = "China" and utcCreate = ["1693367158561","1693367158562"]'
    assert read(text.replace('"', backslashes + quote)) == AllOf(
        (Contains("title", ("China",)), Within("utcCreate", 1693367158561000, 1693367158563000))
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (r"'it\'s'", "it's"),
        (r'"it\'s"', "it's"),
        (r"""'say "x"'""", 'say "x"'),
        (r"'a\\'", "a\\"),
        (r"'a\b\n'", r"a\b\n"),
        (r"'\\\''", r"\'"),
        ("''", ""),
        ('\\"a \\ b\\"', r"a \ b"),
        ("\\'a\"b\\'", 'a"b'),
        ("'and (or) in [1,2] == x'", "and (or) in [1,2] == x"),
        ("'a\nb\0'", "a\nb\0"),
        ("7", "7"),
    ],
)
def test_values(written: str, value: str) -> None:
    assert read(f"title = {written}") == Contains("title", (value,))


@pytest.mark.parametrize("name", [field.name for field in FIELDS.values()])
def test_capitals_of_a_name_do_not_matter(name: str) -> None:
    operator = {"=": "= '3'", "==": "== '3'", "in": "in ('3')", "range": "= [3,3]"}
    said = operator[FIELDS[name.lower()].operators[0]]
    if name == "mediaType":
        said = "== 'audio'"
    assert read(f"{name.upper()} {said}") == read(f"{name} {said}")


# Where a wrong one is wrong


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("title", 6, 'expected "=", "==" or "in", found the end'),
        ("title =  ", 8, 'expected "(", "[" or a value, found the end'),
        ("title = China", 9, "expected \"(\", \"[\" or a value, found 'China'"),
        ("title = 'a' title = 'b'", 13, 'expected "and" or the end, found \'title\''),
        ("title = 'a' ;", 13, "expected \"and\" or the end, found ';'"),
        ("(title = 'a' ;", 14, 'expected ")", "and" or "or", found \';\''),
        ("(title = 'a'", 13, 'expected ")", "and" or "or", found the end'),
        ("(title = 'a'))", 14, "expected \"and\" or the end, found ')'"),
        ("title = 'a' or title = 'b'", 13, '"or" stands inside parentheses only'),
        ("title = 'a' and", 16, 'expected "(" or a field, found the end'),
        ("title = 'a", 9, "never closed"),
        ("title = 'a\\'", 9, "never closed"),
        ("title = \u2018a\u2019", 9, "found '\u2018'"),
        ("title \uff1d 'a'", 7, "found '\uff1d'"),
        ("\0", 1, r"found '\x00'"),
        ("()", 2, "expected \"(\" or a field, found ')'"),
        ("tagList in ()", 13, "expected a value, found ')'"),
        ("tagList in ('a',)", 17, "expected a value, found ')'"),
        ("utcCreate = (1)", 15, 'expected ",", found \')\''),
        ("utcCreate = (1,2,3)", 17, 'expected ")" or "]", found \',\''),
        ("titel = 'a'", 1, "no field is called 'titel'; did you mean title?"),
        ("colour = 'a'", 1, "no field is called 'colour' (there are title, description, tagList,"),
        ("searchLib == 'a'", 1, "no field is called 'searchLib'"),
        ("cateId == '5 '", 11, "expected a whole number of 64 bits"),
        ("cateId == 9223372036854775808", 11, "expected a whole number of 64 bits"),
        ("cateId == '\u0665'", 11, "expected a whole number of 64 bits"),
        ("utcCreate = ('2026-01-01', 2)", 14, "expected a whole number of 64 bits"),
        ("status == 4", 11, "status is one of 0, 1, 2, 3, 10, 12,"),
        ("status == 'Normal'", 11, "expected a whole number"),
        ("mediaType == 'text'", 14, "mediaType is one of video, image, audio"),
        ("mediaType == 'Video'", 14, "mediaType is one of video, image, audio"),
        ("mediaType in ('video','image')", 23, "images are not searched together"),
        ("(mediaType == 'image' or (title='a' and mediaType == 'audio'))", 15, "images are not"),
        (f"title = '{'x' * 61}'", 9, "61 characters, and at most 60 are matched"),
    ],
)  # fmt: skip
def test_a_wrong_one_is_pointed_at(text: str, column: int, said: str) -> None:
    first, shown, caret = refusal(text).split("\n")
    assert first.startswith(f"column {column}: ")
    assert said in first
    assert caret.strip() == "^"
    assert shown.isprintable()


OPERATORS = {"==": "== '3'", "=": "= '3'", "in": "in ('3')", "range": "= ['3','3']"}
UNLISTED = [
    (field.name, operator)
    for field in FIELDS.values()
    for operator in OPERATORS
    if operator not in field.operators
]


@pytest.mark.parametrize(("name", "operator"), UNLISTED)
def test_operator_that_is_not_documented_for_its_field(name: str, operator: str) -> None:
    text = f"{name} {OPERATORS[operator]}"
    if name == "mediaType":
        text = text.replace("'3'", "'audio'")
    note = refusal(text)
    assert note.startswith(f"column {len(name) + 2}: {name} takes ")
    if operator == "range":
        assert refusal(text, ANY) == note
    else:
        meanings: dict[str, Condition] = {
            "text": Contains(name, ("3",)),
            "words": OneOf(name, ("3",)),
            "whole": OneOf(name, (3,)),
            "status": OneOf(name, ("Normal",)),
            "time": Within(name, 3000, 4000),
            "media type": OneOf(name, ("audio",)),
        }
        assert read(text, ANY) == meanings[FIELDS[name.lower()].kind]


def test_unlisted_operators_are_answered_in_the_way_that_the_field_has() -> None:
    assert read("title in ('a','b')", ANY) == Contains("title", ("a", "b"))
    assert read("title == 'a'", ANY) == A
    assert read("tagList = 'a'", ANY) == OneOf("tagList", ("a",))
    assert read("utcCreate == 1", ANY) == Within("utcCreate", 1000, 2000)
    two = (Within("utcCreate", 1000, 2000), Within("utcCreate", 5000, 6000))
    assert read("utcCreate in (1,5)", ANY) == AnyOf(two)


def test_only_an_unlisted_operator_relies_on_the_setting() -> None:
    choices = Choices(ANY)
    read_with("title = 'a' and status in (1)", choices)
    assert choices.relied_on == set()
    read_with("title == 'a'", choices)
    assert choices.relied_on == {"match_operators"}


def test_caret_stands_under_the_place() -> None:
    assert refusal("title = 'a' nor b") == (
        "column 13: expected \"and\" or the end, found 'nor'\n"
        "title = 'a' nor b\n"
        "            ^"
    )  # fmt: skip
    wide = refusal("title = '\u718a\u732b' x").split("\n")[2]
    assert wide == " " * 15 + "^"  # each of the two takes two columns
    accented = refusal("title = 'e\u0301' x").split("\n")[2]
    assert accented == " " * 12 + "^"  # and a combining accent takes none
    long = refusal("title = 'a' and " * 50 + "! and " + "title = 'a' and " * 50)
    first, shown, caret = long.split("\n")
    assert first == "column 801: expected \"(\" or a field, found '!'"
    assert shown == "...tle = 'a' and title = 'a' and ! and title = 'a' and title = ..."
    assert shown[caret.index("^")] == "!"


# Sizes


def test_fuzzy_text_of_sixty_characters() -> None:
    text = "\U0001f43c" * LONGEST_FUZZY
    assert read(f"title = '{text}'") == Contains("title", (text,))


def test_parentheses_that_group_nothing_can_be_any_number() -> None:
    assert read("(" * 10_000 + "title='a'" + ")" * 10_000) == A
    assert refusal("(" * 10_000).startswith("column 10001: expected")
    assert refusal(")" * 10_000).startswith("column 1: expected")


def test_groups_within_groups_have_a_bound() -> None:
    def nested(depth: int) -> str:
        return "(title='a' or (title='b' and " * (depth // 2) + "title='c'" + "))" * (depth // 2)

    assert isinstance(read(nested(DEEPEST)), AnyOf)
    assert refusal(nested(DEEPEST + 2)).startswith(f"more than {DEEPEST} groups")
    assert refusal(nested(5_000)).startswith("more than")


def test_many_threads_can_parse_at_once() -> None:
    grammar.cache_clear()
    start = threading.Barrier(4)

    def read_one(number: int) -> Condition | None:
        start.wait(20)
        return read(f"title = 'a' and cateId == {number}")

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(read_one, range(4)))
    assert found == [AllOf((A, OneOf("cateId", (number,)))) for number in range(4)]


def test_length_has_a_bound() -> None:
    assert refusal("x" * (LONGEST + 1)) == f"{LONGEST + 1} characters, and the fake takes {LONGEST}"
    many = " and ".join(["cateId == 5"] * (LONGEST // 17))
    condition = read(many)
    assert isinstance(condition, AllOf)
    assert len(condition.parts) == LONGEST // 17


@pytest.mark.parametrize("piece", ["\\", "'", "\\'a", '\\"a', "'\\'", "\x1b[31m", "\u0301", " "])
def test_notes_stay_small_and_plain(piece: str) -> None:
    note = refusal(f"title = 'a' {piece * (LONGEST // 4 // len(piece))} x")
    assert len(note) < 400
    assert all(line.isprintable() for line in note.split("\n"))


# Anything at all


def looked_at(text: str, settings: Settings) -> None:
    """A meaning, or a refusal with a note that can be shown."""
    note = "column 1: "
    try:
        read(text, settings)
    except ApiError as error:
        note = error.note
    assert re.match(r"column \d+: ", note)
    assert all(line.isprintable() for line in note.split("\n"))
    assert len(note) < 600


names = st.sampled_from([*(field.name for field in FIELDS.values()), "x", "TITLE"])
written = st.sampled_from(
    [
        "0",
        "3",
        "-1",
        "9" * 20,
        "''",
        "'a'",
        '"3"',
        "'video'",
        "'image'",
        r"'\''",
        r"\'b\'",
        r"\"c\"",
    ]
)
comparisons = st.one_of(
    st.builds("{}{}{}".format, names, st.sampled_from([" == ", "="]), written),
    st.builds("{} in ({})".format, names, st.lists(written, min_size=1, max_size=3).map(",".join)),
    st.builds(
        "{} = {}{},{}{}".format,
        names, st.sampled_from("(["), written, written, st.sampled_from(")]"),
    ),
)  # fmt: skip


def some(parts: st.SearchStrategy[str], word: str) -> st.SearchStrategy[str]:
    return st.lists(parts, min_size=1, max_size=3).map(f" {word} ".join)


sentences = some(
    st.recursive(
        comparisons, lambda inner: some(some(inner, "AND"), "or").map("({})".format), max_leaves=6
    ),
    "and",
)


@given(sentences, st.sampled_from([DOCUMENTED, ANY]))
def test_whatever_the_grammar_allows_is_answered(text: str, settings: Settings) -> None:
    looked_at(text, settings)


@given(
    st.lists(
        st.sampled_from(
            ["title", " = ", "==", "=", " in ", "(", ")", "[", "]", ",", "'a'", '"', "'", "\\", "3",
             " and ", " or ", "status", "utcCreate", "mediaType", "'video'", "'image'", " ", "\0"]
        )
        | st.text(max_size=3)
    ).map("".join)
)  # fmt: skip
@example("'")
@example("\\")
@example("title = (1")
def test_anything_is_answered(text: str) -> None:
    looked_at(text, DOCUMENTED)


@given(st.text(max_size=LONGEST_FUZZY), st.sampled_from("'\""))
def test_any_value_can_be_written(value: str, quote: str) -> None:
    escaped = re.sub(r"['\"\\]", lambda found: "\\" + found[0], value)
    meaning: Any = read(f"title = {quote}{escaped}{quote} and cateId == 1")
    assert meaning == AllOf((Contains("title", (value,)), OneOf("cateId", (1,))))
