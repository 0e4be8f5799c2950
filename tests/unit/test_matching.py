"""Matching: what a wanted value fits, and where it does not."""

from __future__ import annotations

import collections
import enum
import json
import re
import sys
from decimal import Decimal
from typing import Any
from unittest.mock import ANY, MagicMock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims.journal.matching import Misfit, check, fits, misfits

DEEP = "[" * 200_000 + "]" * 200_000


class Kind(str, enum.Enum):
    VIDEO = "video"


class Even:
    """Equal to even numbers, as matchers of other libraries are to what they mean."""

    def __eq__(self, other: object) -> bool:
        return int(str(other)) % 2 == 0

    __hash__ = None  # type: ignore[assignment]


class EqualByType(type):
    """A type that is itself a matcher, as dirty-equals' are."""

    def __eq__(cls, other: object) -> bool:
        return isinstance(other, str)

    __hash__ = type.__hash__


class IsText(metaclass=EqualByType):
    pass


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ("x", "x"),
        (Kind.VIDEO, "video"),
        (5, "5"),
        (0.5, "0.5"),
        (Decimal("1.50"), "1.50"),
        (True, "True"),
        (True, "true"),
        (False, "FALSE"),
        (None, None),
        (None, ""),
        ("", ""),
        ([], ""),
        (ANY, "x"),
        (re.compile("b"), "abc"),
        (str.isdigit, "12"),
        (Even(), "4"),
        (IsText, "x"),
        (["a", "b"], "a,b"),
        (("a", re.compile("b")), "a,xbx"),
        (["a"], "a"),
        ([1, 2], "1,2"),
        ([1, 2], " [1, 2]"),
        (["[1]"], "[1]"),
        ({}, "{}"),
        ({"a": "x"}, '{"a": "x", "b": 1}'),
        ({"a": 1}, '{"a": "1"}'),
        ({"a": 1}, '{"a": 1.0}'),
        ({"a": True}, '{"a": "True"}'),
        ({"a": True}, '{"a": true}'),
        ({"a": None}, "{}"),
        ({"a": None}, '{"a": null}'),
        ({"a": {"b": [{"c": ANY}, 2]}}, '{"a": {"b": [{"c": 1, "d": 2}, 2]}}'),
        ({"a": {"b": 1}}, json.dumps({"a": '{"b": 1}'})),
        ({"a": "last"}, '{"a": "first", "a": "last"}'),
        ({"a": re.compile("^5$")}, '{"a": 5}'),
        ({"a": lambda number: number > 4}, '{"a": 5}'),
        (collections.OrderedDict(a="x"), '{"a": "x"}'),
    ],
)
def test_fits(wanted: Any, sent: str | None) -> None:
    check(wanted)
    assert fits(wanted, sent)


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        ("x", "X"),
        ("x", None),
        ("", None),
        (5, "05"),
        (5, "5.0"),
        (True, "1"),
        (None, "x"),
        (ANY, None),
        (ANY, ""),
        (re.compile(""), ""),
        (lambda text: True, ""),
        (lambda text: text == "", ""),
        (Even(), "3"),
        (b"x", "x"),
        ({"a", "b"}, "a,b"),
        (["a", "b"], "b,a"),
        (["a"], "a,b"),
        (["a"], None),
        ([1, 2], "[1, 2, 3]"),
        ([], "x"),
        ({}, None),
        ({}, ""),
        ({}, "[]"),
        ({"a": ANY}, "{}"),
        ({"a": ANY}, '{"a": null}'),
        ({"a": "5"}, '{"a": 5}'),
        ({"a": 1}, '{"a": true}'),
        ({"a": True}, '{"a": 1}'),
        ({"a": "x"}, '{"a": ["x"]}'),
        ({"a": ["x"]}, '{"a": 5}'),
        ({"a": {}}, '{"a": []}'),
        ({"a": re.compile("")}, '{"a": []}'),
    ],
)
def test_does_not_fit(wanted: Any, sent: str | None) -> None:
    check(wanted)
    assert not fits(wanted, sent)


@pytest.mark.parametrize(
    ("sent", "remark"),
    [
        ('{"a": NaN}', "not JSON: NaN is none"),
        ('{"a": -Infinity}', "not JSON: -Infinity is none"),
        ("{a: 1}", "not JSON: Expecting property name"),
        (DEEP, "not JSON: nested too deeply"),
        ('{"a":' * 200_000, "not JSON: "),
        ('{"a": ' + "9" * 5000 + "}", "not JSON: " if sys.version_info >= (3, 11) else ""),
        ("\ufeff{}", "not JSON: "),
        ("5", "not a JSON object"),
    ],
    ids=range(8),
)
def test_what_is_no_json_object_is_said(sent: str, remark: str) -> None:
    (misfit,) = misfits({"a": 1}, sent, "UserData")
    assert misfit.path.startswith("UserData")
    assert misfit.remark.startswith(remark)


def test_misfits_say_where_in_the_json() -> None:
    wanted = {"NotifyAddress": "x", "a b": {"list": [1, {"c": 2}]}, "fits": 1}
    sent = '{"NotifyAddress": "y", "a b": {"list": [1, {"c": 3}]}, "fits": 1}'
    assert list(misfits(wanted, sent, "UserData")) == [
        Misfit("UserData.NotifyAddress", "x", "y"),
        Misfit("UserData['a b'].list[1].c", 2, 3),
    ]


def test_misfits_of_a_list_say_which_item_or_how_many() -> None:
    assert list(misfits(["a", "b"], "a,c", "MediaTags")) == [Misfit("MediaTags[1]", "b", "c")]
    (misfit,) = misfits(["a", "b"], "a", "MediaTags")
    assert misfit == Misfit("MediaTags", ["a", "b"], "a", "1 item, not 2")


def raising(text: str) -> bool:
    raise ValueError("no\nway")


class NoTruth:
    def __bool__(self) -> bool:
        raise LookupError("neither")


@pytest.mark.parametrize(
    ("wanted", "remark"),
    [
        (raising, "raised ValueError: no\nway"),
        (lambda text: NoTruth(), "raised LookupError: neither"),
        (Even(), "raised ValueError: invalid literal for int() with base 10: 'x'"),
        (lambda: True, "raised TypeError: "),
        (lambda text: text.nonsense, "raised AttributeError: "),
        (Decimal("sNaN"), ""),
    ],
    ids=["predicate", "truth", "equality", "arguments", "attribute", "signalling nan"],
)
def test_what_raises_does_not_fit_and_says_so(wanted: Any, remark: str) -> None:
    (misfit,) = misfits(wanted, "x", "Title")
    assert misfit.remark.startswith(remark)


def test_what_ends_a_test_is_not_swallowed() -> None:
    def interrupt(text: str) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fits(interrupt, "x")


async def waiting(text: str) -> bool:
    return False


def cyclic() -> Any:
    found: dict[str, Any] = {}
    found["a"] = found
    return found


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (str, "the type str is no wanted value"),
        (Kind, "the type Kind is no wanted value"),
        ({"a": [int]}, "the type int is no wanted value"),
        (re.compile(b"x"), "is a pattern for bytes"),
        (waiting, "waiting is a coroutine function"),
        ({1: 2}, "1 is no key of a JSON object"),
        (cyclic(), "more than 100 deep"),
    ],
    ids=["type", "enum", "type inside", "bytes", "coroutine", "key", "cycle"],
)
def test_what_cannot_be_meant_is_refused(wanted: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        check(wanted)


# ---------------------------------------------------------------- properties

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
OBJECTS = st.dictionaries(st.text(max_size=3), JSON, max_size=4)
TEXTS = st.none() | st.text(max_size=8) | JSON.map(json.dumps) | st.sampled_from([DEEP, "NaN"])
WANTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=5)
    | st.binary(max_size=3) | st.complex_numbers()
    | st.sampled_from([ANY, raising, len, Even(), NoTruth(), MagicMock(), re.compile("a")]),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner)
    | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(WANTED, TEXTS)
def test_matching_never_raises(wanted: Any, sent: str | None) -> None:
    check(wanted)
    assert fits(wanted, sent) is (list(misfits(wanted, sent, "Title")) == [])


@given(st.one_of(OBJECTS, st.lists(JSON)), st.booleans())
def test_json_fits_itself(document: Any, ascii_only: bool) -> None:
    assert fits(document, json.dumps(document, ensure_ascii=ascii_only))


@given(OBJECTS, st.data())
def test_an_object_fits_each_part_of_it(document: dict[str, Any], data: st.DataObject) -> None:
    keys = data.draw(st.lists(st.sampled_from(sorted(document)), unique=True)) if document else []
    assert fits({key: document[key] for key in keys}, json.dumps(document))


@given(OBJECTS, st.text(max_size=3))
def test_one_more_key_does_not_fit(document: dict[str, Any], key: str) -> None:
    smaller = {name: value for name, value in document.items() if name != key}
    assert not fits({**smaller, key: ANY}, json.dumps(smaller))
    assert fits({**smaller, key: None}, json.dumps(smaller))


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1))
def test_tags_fit_as_they_are_written(tags: list[str]) -> None:
    assert fits(tags, ",".join(tags))
    assert fits(tags, json.dumps(tags))
    assert not fits([*tags, "d"], ",".join(tags))
