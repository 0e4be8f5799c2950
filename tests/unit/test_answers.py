"""What an answer may look like: the shapes that are known, and what is said of other answers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib.metadata import version
from random import Random
from types import ModuleType
from typing import Any, Dict, List  # noqa: UP035 - as the SDK of 2021 writes them

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, fields

from fake_ims.gateway.answers import (
    MOST_DEPARTURES,
    Shape,
    departures,
    documented_actions,
    modelled_shape,
    shape_of,
)
from fake_ims.gateway.catalogue import known_actions
from fake_ims.gateway.fields import Number, Written
from fake_ims.operations import every_operation

DOCUMENTED = sorted(documented_actions())
SDK = "alibabacloud_ice20201109"
AGREED = "6.20.2"
"""The SDK that says the same as the documents in every name and type."""


def places(shape: Shape, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and kind of everything in a shape."""
    yield path, shape.kind
    for name, field in shape.fields.items():
        yield from places(field, f"{path}.{name}")
    if shape.item is not None:
        yield from places(shape.item, f"{path}[]")


def whole_shape(action: str) -> Shape:
    shape = shape_of(action)
    assert shape is not None
    return shape


# What is known


def test_documented_operations_are_operations() -> None:
    assert len(DOCUMENTED) == 85
    assert documented_actions() <= known_actions()


@pytest.mark.parametrize("action", DOCUMENTED)
def test_the_sdk_reads_what_is_documented(action: str) -> None:
    model = modelled_shape(action)
    assert model is not None
    documented, modelled = dict(places(whole_shape(action))), dict(places(model))
    differing = documented.items() - modelled.items()
    if version(SDK.replace("_", "-")) == AGREED:
        differing |= modelled.items() - documented.items()
    assert differing == set()


def test_the_sdk_has_a_shape_for_every_operation() -> None:
    shapes = {action: modelled_shape(action) for action in known_actions()}
    assert [action for action, shape in shapes.items() if shape is None] == []
    vague = {place for shape in shapes.values() if shape for place in places(shape)}
    assert [path for path, kind in vague if kind == "any"] == []


def declared(schema: Schema, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Path of each field that a response schema writes, and the kinds that it may be of."""
    for field in schema.fields.values():
        here = f"{path}.{field.data_key}"
        if isinstance(field, fields.List):
            yield here, {"array"}
            field, here = field.inner, f"{here}[]"  # noqa: PLW2901
        if isinstance(field, fields.Nested):
            yield here, {"object"}
            yield from declared(field.schema, here)
        elif isinstance(field, fields.Boolean):
            yield here, {"boolean"}
        elif isinstance(field, Number):
            yield here, {"integer", "number"}
        elif isinstance(field, Written):
            yield here, {"string"}
        else:
            assert isinstance(field, fields.Raw), field


@pytest.mark.parametrize("operation", every_operation(), ids=lambda operation: operation.action)
def test_implemented_operations_write_what_is_documented(operation: Any) -> None:
    documented = dict(places(whole_shape(operation.action)))
    written = dict(declared(operation.response))
    assert written or documented.keys() == {"", ".RequestId"}
    assert {
        path: documented.get(path)
        for path, kinds in written.items()
        if documented.get(path) not in kinds
    } == {}


def test_a_shape_in_few_words() -> None:
    shape = whole_shape("SearchMedia")
    assert repr(shape.fields["Total"]) == "<Shape integer>"
    assert repr(shape.fields["MediaInfoList"]) == "<Shape array: object>"
    assert repr(whole_shape("AddMediaMarks")) == "<Shape object: RequestId MediaId MediaMarkIds>"


# Answers that are as documented, and answers that are not


def value_for(shape: Shape, random: Random) -> Any:
    """A value of a shape."""
    match shape.kind:
        case "object":
            names = [name for name in shape.fields if random.random() < 0.7]
            made = {name: value_for(shape.fields[name], random) for name in names}
            return made if shape.fields else {"Anything": [1, {}]}
        case "array":
            assert shape.item is not None
            return [value_for(shape.item, random) for _ in range(random.randrange(3))]
    choices: dict[str, list[Any]] = {
        "string": ["", "text", None],
        "integer": [0, -1, 1 << 62, 3.0, None],
        "number": [0, -1.5, 10**300, None],
        "boolean": [True, False, None],
    }
    return random.choice(choices[shape.kind])


def objects(shape: Shape, value: Any) -> Iterator[tuple[Shape, dict[str, Any]]]:
    """The objects of a value that may not have any name, with their shapes."""
    if isinstance(value, dict) and shape.fields:
        yield shape, value
        for name, inner in value.items():
            yield from objects(shape.fields[name], inner)
    elif isinstance(value, list) and shape.item is not None:
        for inner in value:
            yield from objects(shape.item, inner)


actions = st.sampled_from([*DOCUMENTED, "SubmitASRJob", "ListLiveTranscodeTemplates"])
randoms = st.randoms(use_true_random=False)


@given(actions, randoms)
def test_nothing_is_said_of_an_answer_as_documented(action: str, random: Random) -> None:
    assert departures(action, value_for(whole_shape(action), random)) == ()


@given(actions, randoms, st.sampled_from(["{}X", "X{}", "{}_"]))
def test_a_renamed_field_is_named_with_the_right_name(
    action: str, random: Random, form: str
) -> None:
    shape = whole_shape(action)
    answer = value_for(shape, random)
    named = [each for each in objects(shape, answer) if each[1]]
    if named:
        inner, chosen = random.choice(named)
        name = random.choice(list(chosen))
        wrong = form.format(name)
        if wrong in inner.fields:
            return
        chosen[wrong] = chosen.pop(name)
        (sentence,) = departures(action, answer)
        assert sentence.startswith(action)
        assert f' answers no "{wrong}"; did you mean ' in sentence


@pytest.mark.parametrize(
    ("action", "answer", "sentence"),
    [
        ("SubmitASRJob", {"Jobid": "1"}, 'SubmitASRJob answers no "Jobid"; did you mean JobId?'),
        ("SubmitASRJob", {"job_id": "1"}, 'SubmitASRJob answers no "job_id"; did you mean JobId?'),
        ("AddMediaMarks", {"Zzz": 1}, 'AddMediaMarks answers no "Zzz"'),
        ("AddMediaMarks", {"a\x1b[m": 1}, "AddMediaMarks answers no 'a\\x1b[m'"),
        (
            "AddMediaMarks",
            {5: 1},
            "AddMediaMarks answers the number 5 as a name, which is no text",
        ),
        (
            "GetMediaInfo",
            {"MediaId": "1"},
            'GetMediaInfo answers no "MediaId"; did you mean MediaInfo.MediaId?',
        ),
        (
            "GetMediaInfo",
            {"FileSize": "1"},
            'GetMediaInfo answers no "FileSize"; '
            "did you mean MediaInfo.FileInfoList[].FileBasicInfo.FileSize?",
        ),
        (
            "GetMediaInfo",
            {"MediaInfo": {"FileInfoList": [{"Foo": 1}, {"Foo": 2}]}},
            'GetMediaInfo: MediaInfo.FileInfoList[0] answers no "Foo"',
        ),
        (
            "GetMediaInfo",
            {"MediaInfo": {"FileInfoList": {}}},
            "GetMediaInfo: MediaInfo.FileInfoList is an object, not an array",
        ),
        (
            "GetMediaInfo",
            {"MediaInfo": [None, "x"]},
            "GetMediaInfo: MediaInfo is an array, not an object",
        ),
        (
            "DeleteMediaInfos",
            {"IgnoredList": ["a", None, {}]},
            "DeleteMediaInfos: IgnoredList[2] is an object, not text",
        ),
        ("DeleteCategory", {"Code": "1"}, 'DeleteCategory answers no "Code"'),
    ],
)
def test_names_and_structure(action: str, answer: dict[Any, Any], sentence: str) -> None:
    assert departures(action, {"RequestId": "1", **answer}) == (sentence,)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CateId", "5", 'the text "5", not a number; some clients convert it'),
        ("CateId", "-1", 'the text "-1", not a number'),
        ("CateId", True, "the boolean true, not a number"),
        ("CateId", 1.5, "the number 1.5, not a whole number of 64 bits"),
        ("CateId", 1 << 63, "the number 9223372036854775808, not a whole number of 64 bits"),
        ("CateId", 10**400, "a number of 1329 bits, not a whole number of 64 bits"),
        ("CateId", float("nan"), "the number nan, not a whole number of 64 bits"),
        ("Title", 5, "the number 5, not text; some clients convert it"),
        ("Title", False, "the boolean false, not text; some clients convert it"),
        ("Title", {}, "an object, not text"),
        ("Title", ["a"], "an array, not text"),
        ("Title", b"a", "a Python bytes, not text"),
        ("CreationTime", datetime(2026, 1, 1, tzinfo=timezone.utc), "a Python datetime, not text"),
    ],
)
def test_kinds_of_values(name: str, value: Any, said: str) -> None:
    answer = {"MediaBase": {name: value}}
    assert departures("GetPlayInfo", answer) == (f"GetPlayInfo: MediaBase.{name} is {said}",)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("true", 'the text "true", not a boolean; some clients convert it'),
        (1, "the number 1, not a boolean; some clients convert it"),
        (2, "the number 2, not a boolean"),
    ],
)
def test_kinds_of_booleans(value: Any, said: str) -> None:
    answer = {"ContentAnalyzeConfig": {"Auto": value}}
    (sentence,) = departures("GetContentAnalyzeConfig", answer)
    assert sentence == f"GetContentAnalyzeConfig: ContentAnalyzeConfig.Auto is {said}"


def test_of_an_operation_without_a_shape_nothing_is_said() -> None:
    assert shape_of("NoSuchOperation") is None
    assert departures("NoSuchOperation", {"Foo": object()}) == ()


# Whatever comes


NAMES = sorted({path.rpartition(".")[2] for path, _ in places(whole_shape("GetMediaInfo"))})
scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
names = st.sampled_from(NAMES) | st.text() | st.none() | st.integers() | st.floats()
anything = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(names, inner))


def pulled_in(value: Any, path: str) -> dict[str, Any]:
    """An answer with a value at a path."""
    for name in reversed(path.split(".")):
        value = {name.removesuffix("[]"): [value] if name.endswith("[]") else value}
    assert isinstance(value, dict)
    return value


@given(
    st.dictionaries(names, anything)
    | anything.map(lambda value: pulled_in(value, "MediaInfo.FileInfoList[].FileBasicInfo"))
    | anything.map(lambda value: pulled_in(value, "MediaInfo.MediaBasicInfo"))
)
def test_anything_can_be_looked_at(answer: dict[str, Any]) -> None:
    found = departures("GetMediaInfo", answer)
    assert len(found) <= MOST_DEPARTURES
    for sentence in found:
        assert sentence.startswith("GetMediaInfo")
        assert sentence.isprintable()
        assert len(sentence) < 500


@given(anything)
def test_even_what_is_no_object(answer: Any) -> None:
    departures("GetMediaInfo", answer)


def test_depth_costs_nothing() -> None:
    deep: Any = []
    for _ in range(10_000):
        deep = [{"MediaInfo": deep}]
    for path in ("MediaInfo", "MediaInfo.FileInfoList[]", "MediaInfo.MediaBasicInfo.Title"):
        (sentence,) = departures("GetMediaInfo", pulled_in(deep, path))
        assert "is an array, not " in sentence
    assert (
        departures("GetMediaInfoJob", pulled_in({"": deep}, "MediaInfoJob.SubmitResultJson")) == ()
    )


def test_length_is_bounded() -> None:
    answer = {f"Name{number}": number for number in range(1000)}
    assert len(departures("AddMediaMarks", answer)) == MOST_DEPARTURES
    assert len(departures("ListPublicMediaBasicInfos", {"TotalCount": 10**5000})) == 1
    long = departures("AddMediaMarks", {"x" * 1_000_000: 1, "MediaId": ["y" * 1_000_000]})
    assert max(map(len, long)) < 200
    files: list[dict[str, Any]] = [{"Foo": 1}] * 1_000_000
    files[10_000] = {"Bar": 1}
    assert len(departures("GetMediaInfo", {"MediaInfo": {"FileInfoList": files}})) == 2


# The SDK: absent, old, or of another make


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Stands in for the SDK's module of models."""
    module = ModuleType("models")
    monkeypatch.setitem(sys.modules, f"{SDK}.models", module)
    shape_of.cache_clear()
    yield module
    shape_of.cache_clear()


def test_without_the_sdk_the_documented_shapes_remain(
    monkeypatch: pytest.MonkeyPatch, models: ModuleType
) -> None:
    monkeypatch.setitem(sys.modules, f"{SDK}.models", None)
    monkeypatch.setitem(sys.modules, SDK, None)
    assert shape_of("SubmitASRJob") is None
    assert departures("SubmitASRJob", {"Foo": 1}) == ()
    assert departures("AddMediaMarks", {"Foo": 1}) == ('AddMediaMarks answers no "Foo"',)


class Inner:
    """A model as the SDKs up to 6.4 have them: types as annotations, not texts."""

    def __init__(self, size: Any = None) -> None:
        self.size = size

    def from_map(self, m: Any = None) -> Any:
        m = m or {}
        if m.get("Size") is not None:
            self.size = m.get("Size")
        return self


Inner.__init__.__annotations__["size"] = int


class OldResponseBody:
    """With one field of each kind."""

    def __init__(self, **values: Any) -> None:
        self.values: Any = None
        self.inner: Any = None
        self.inners: Any = None
        self.tags: Any = None
        self.ratio: Any = None
        self.odd: Any = None
        self.again: Any = None
        self.rows: Any = None

    def from_map(self, m: Any = None) -> Any:
        m = m or {}
        if m.get("Values") is not None:
            self.values = m.get("Values")
        if m.get("Inner") is not None:
            self.inner = Inner().from_map(m["Inner"])
        self.inners = []
        if m.get("Inners") is not None:
            for k in m.get("Inners"):
                self.inners.append(Inner().from_map(k))
        for name in ("Tags", "Ratio", "Odd"):
            if m.get(name) is not None:
                setattr(self, name.lower(), m.get(name))
        if m.get("Again") is not None:
            self.again = OldResponseBody().from_map(m.get("Again"))
        self.rows = []
        if m.get("Rows") is not None:
            self.rows = [[Inner().from_map(k) for k in row] for row in m.get("Rows")]
        m.get("Unused")
        return self


OldResponseBody.__init__.__annotations__.update(
    values=List[str],  # noqa: UP006
    tags=Dict[str, str],  # noqa: UP006
    ratio=float,
    odd=bytes,
)


def test_a_model_of_2021(models: ModuleType) -> None:
    models.OldResponseBody = OldResponseBody  # type: ignore[attr-defined]
    assert dict(places(whole_shape("Old"))) == {
        "": "object",
        ".RequestId": "string",
        ".Values": "array",
        ".Values[]": "string",
        ".Inner": "object",
        ".Inner.Size": "integer",
        ".Inners": "array",
        ".Inners[]": "object",
        ".Inners[].Size": "integer",
        ".Tags": "object",
        ".Ratio": "number",
        ".Odd": "any",
        ".Again": "any",
        ".Rows": "array",
        ".Rows[]": "array",
        ".Rows[][]": "any",
        ".Unused": "any",
    }
    answer = {"Odd": object(), "Unused": {}, "Rows": [[{}]], "Tags": {"a": 1}, "Ratio": "1"}
    assert departures("Old", answer) == (
        'Old: Ratio is the text "1", not a number; some clients convert it',
    )


def test_a_model_of_another_make_says_nothing(models: ModuleType) -> None:
    models.NoClassResponseBody = "text"  # type: ignore[attr-defined]
    models.NoMethodResponseBody = object  # type: ignore[attr-defined]
    models.NeedsResponseBody = type("Needs", (Inner,), {"__init__": lambda self, needed: None})  # type: ignore[attr-defined]
    models.NothingResponseBody = type("Nothing", (Inner,), {"from_map": lambda self, m: None})  # type: ignore[attr-defined]
    assert shape_of("NoClass") is None
    assert shape_of("NoMethod") is None
    assert shape_of("Needs") is None
    assert shape_of("Nothing") is None
