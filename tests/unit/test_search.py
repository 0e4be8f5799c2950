"""What a search finds, against an evaluator that knows neither index nor plan; and its pages while
assets come and go.
"""

from __future__ import annotations

import functools
import itertools
import pickle
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_ims.clock import Instant
from fake_ims.library.assets import Asset, AssetStore
from fake_ims.library.index import Selection
from fake_ims.library.insights import NO_INSIGHTS, AiLabel, described
from fake_ims.library.match import Condition, read_match
from fake_ims.library.match_grammar import parse_match
from fake_ims.library.ordering import NEWEST_FIRST, read_order
from fake_ims.library.paging import Page, page
from fake_ims.library.predicates import CustomFilter, read_custom_filters
from fake_ims.library.scrolling import KEPT, Scroll, Scrolls
from fake_ims.library.search import Search, in_search_lib, searched_media_types, select
from fake_ims.library.search_libs import SearchLibs
from fake_ims.media.locations import parse_location
from fake_ims.settings import Choices, Settings

WORDS = ("Panda", "panda bear", "\u718a\u732b", "", "STRASSE", "stra\u00dfe", "a b")
TAGS = ("a", "b", "c")
TIMES = (-1500, 0, 999, 1000, 1001, 2000, 5999, 6000)
"""Microseconds around the edges of milliseconds."""


def drawn_asset(dice: Random, number: int) -> Asset:
    """An asset of which anything may be the same as of another."""
    bucket = dice.choice("xy")
    url = f"oss://{bucket}/{number}.mp4" if dice.random() < 0.8 else f"vod://{number}"
    custom: list[dict[str, int | str]] = [{}, {"intField1": dice.randrange(4)}, {"strField1": "a"}]
    insights = described(
        NO_INSIGHTS,
        ocr=dice.sample(WORDS, dice.randrange(3)),
        labels=[AiLabel(dice.choice(TAGS), dice.choice("12"))] * dice.randrange(2),
        custom_fields=dice.choice(custom),
    )
    return Asset(
        media_id=f"{dice.randrange(1 << 40):x}-{number}",
        input_url=url,
        identity=url,
        location=parse_location(url, "cn-shanghai"),
        media_type=dice.choice(["video", "video", "audio", "image", "text"]),
        business_type=dice.choice(["general", "opening"]),
        title=dice.choice(WORDS),
        status=dice.choice(["Preparing", "Normal", "PrepareFail"]),
        created_at=Instant(dice.choice(TIMES)),
        modified_at=Instant(dice.choice(TIMES)),
        description=dice.choice([None, *WORDS]),
        media_tags=tuple(dice.choices(TAGS, k=dice.randrange(3))),
        cate_id=dice.choice([None, 1, 2]),
        search_libs=dice.choice([(), ("mine",)]),
        insights=insights,
    )


class Library(NamedTuple):
    """A store, and its assets in the order of registration."""

    store: AssetStore
    assets: list[Asset]


@functools.cache
def library(seed: int) -> Library:
    """Some assets, some of which were changed, and from among which some were taken out."""
    dice = Random(seed)
    store = AssetStore()
    assets = [drawn_asset(dice, number) for number in range(40)]
    for asset in assets[:20]:
        store.put(asset)
    assert store.index
    for asset in assets[20:]:
        store.put(asset)
    for asset in dice.sample(assets, 5):
        store.remove(asset.media_id)
        assets.remove(asset)
    for place in range(0, len(assets), 3):
        old, new = assets[place], drawn_asset(dice, 100 + place)
        assets[place] = replace(new, media_id=old.media_id, created_at=old.created_at)
        store.put(assets[place])
    return Library(store, assets)


libraries = st.integers(0, 9).map(library)


# ---------------------------------------------------------------- the naive evaluator

Naive = tuple[str, Callable[[Asset], bool]]
"""A Match, and whether it holds of an asset."""


def quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def listed(values: list[str]) -> str:
    return "(" + ", ".join(map(quoted, values)) + ")"


fuzzy = st.sampled_from(["panda", "PANDA", "\u732b", "", "strasse", "a", "zzz"])
tag_lists = st.lists(st.sampled_from([*TAGS, "zzz"]), min_size=1, max_size=3)
hosts = st.sampled_from(["x.oss-cn-shanghai.aliyuncs.com", "y.oss-cn-shanghai.aliyuncs.com", "z"])
host_lists = st.lists(hosts, min_size=1, max_size=3)
numbers = st.sampled_from([0, 1, 2, 3, 10, 18])
number_lists = st.lists(numbers, min_size=1, max_size=3)
bounds = st.tuples(
    st.integers(-3, 7), st.integers(-3, 7), st.booleans(), st.booleans()
)  # milliseconds, and which of them count


def holds(text: str, *said: str | None) -> bool:
    return any(text.casefold() in (each or "").casefold() for each in said)


def time_range(field: str, attribute: str, drawn: tuple[int, int, bool, bool]) -> Naive:
    low, high, with_low, with_high = drawn
    text = f"{field} = {'[' if with_low else '('}{low},'{high}'{']' if with_high else ')'}"

    def test(asset: Asset) -> bool:
        at = getattr(asset, attribute) // 1000
        return bool(
            (low <= at if with_low else low < at) and (at <= high if with_high else at < high)
        )

    return text, test


NUMBERS = {"Preparing": 1, "PrepareFail": 2, "Normal": 3}


def exact(field: str, operator: str, values: Any, read: Callable[[Asset], Any]) -> Naive:
    """A field that has one value."""
    if operator == "in":
        return f"{field} in {listed([str(value) for value in values])}", lambda a: read(a) in values
    return f"{field} == {quoted(str(values))}", lambda a: read(a) == values


def of_label(field: str, drawn: str) -> Naive:
    def test(asset: Asset) -> bool:
        return drawn in [getattr(label, field) for label in asset.insights.labels]

    return f"aiLabelInfo.{field} == {quoted(drawn)}", test


LEAVES: dict[str, Callable[[Any], Naive]] = {
    "title": lambda x: (f"title = {quoted(x)}", lambda a: holds(x, a.title)),
    "description": lambda x: (f"Description={quoted(x)}", lambda a: holds(x, a.description)),
    "ocr": lambda x: (f"ocrInfo.tracks.content = {quoted(x)}", lambda a: holds(x, *a.insights.ocr)),
    "tags": lambda x: (f"tagList in {listed(x)}", lambda a: bool({*x} & {*a.media_tags})),
    "host": lambda x: exact("fileInfo.storageLocation", "==", x, lambda a: a.storage_location),
    "hosts": lambda x: exact("fileInfo.storageLocation", "in", x, lambda a: a.storage_location),
    "category": lambda x: exact("cateId", "==", x, lambda a: a.cate_id),
    "status": lambda x: exact("status", "==", x, lambda a: NUMBERS[a.status]),
    "statuses": lambda x: exact("status", "in", x, lambda a: NUMBERS[a.status]),
    "label": lambda x: of_label("label_id", x),
    "label category": lambda x: of_label("category", x),
    "created": lambda x: time_range("utcCreate", "created_at", x),
    "modified": lambda x: time_range("utcModified", "modified_at", x),
}


def leaves(kind: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Naive]:
    return values.map(LEAVES[kind])


def by_media_id(seed: int, place: int) -> Naive:
    assets = library(seed).assets
    media_id = assets[place % len(assets)].media_id
    return f"mediaId == {quoted(media_id)}", lambda a: a.media_id == media_id


def by_media_type(types: list[str]) -> Naive:
    return f"mediaType in {listed(types)}", lambda a: a.media_type in types


plain_leaves = st.one_of(
    leaves("title", fuzzy), leaves("description", fuzzy), leaves("ocr", fuzzy),
    leaves("tags", tag_lists), leaves("host", hosts), leaves("hosts", host_lists),
    leaves("category", st.integers(0, 3)), leaves("status", numbers),
    leaves("statuses", number_lists), leaves("label", st.sampled_from("123")),
    leaves("label category", st.sampled_from([*TAGS, "z"])), leaves("created", bounds),
    leaves("modified", bounds),
    st.builds(by_media_id, st.integers(0, 9), st.integers(0, 99)),
)  # fmt: skip


def joined(parts: list[Naive], word: str) -> Naive:
    text = f" {word} ".join(part[0] for part in parts)
    together = all if word == "and" else any
    tests = [part[1] for part in parts]
    return text, lambda asset: together(test(asset) for test in tests)


def grouped(inner: Naive) -> Naive:
    return f"({inner[0]})", inner[1]


def conditions(own: st.SearchStrategy[Naive]) -> st.SearchStrategy[Naive]:
    """Whole Matches."""

    def groups(inner: st.SearchStrategy[Naive]) -> st.SearchStrategy[Naive]:
        return st.builds(
            lambda parts, word: grouped(joined(parts, word)),
            st.lists(inner, min_size=1, max_size=3),
            st.sampled_from(["and", "or"]),
        )

    some = st.recursive(own, groups, max_leaves=6)
    return st.lists(some, min_size=1, max_size=4).map(lambda parts: joined(parts, "and"))


@st.composite
def matches(draw: st.DrawFn) -> Naive:
    """A Match that names no media type, or images, or the others."""
    half = draw(st.sampled_from([(), ("image",), ("video", "audio")]))
    if not half:
        text, test = draw(conditions(plain_leaves))
    else:
        types = st.lists(st.sampled_from(half), min_size=1, max_size=2).map(by_media_type)
        text, test = draw(conditions(plain_leaves | types))
    named = {name for name in ("video", "image", "audio") if quoted(name) in text}
    searched = half if named else ("video",)
    return text, lambda asset: test(asset) and asset.media_type in searched


SORTED = {
    "title": "title", "description": "description", "mediaId": "media_id", "cateId": "cate_id",
    "status": "status", "utcCreate": "created_at", "utcModified": "modified_at",
    "fileInfo.storageLocation": "storage_location", "mediaType": "media_type",
}  # fmt: skip
sort_keys = st.lists(
    st.tuples(st.sampled_from(list(SORTED)), st.sampled_from(["Desc", "asc", "ASC", "desc"])),
    max_size=3,
)


def naively_sorted(assets: list[Asset], keys: list[tuple[str, str]]) -> list[str]:
    """Sorted by the last key first, after the order of registration in its direction."""
    first: dict[str, str] = {}
    for field, direction in keys or [("utcCreate", "Desc")]:
        first.setdefault(field, direction)
    keys = list(first.items())
    found = assets[::-1] if keys[-1][1].lower() == "desc" else assets[:]
    for field, direction in reversed(keys):
        values: dict[str, Any] = {each.media_id: getattr(each, SORTED[field]) for each in found}
        if field == "status":
            values = {media_id: NUMBERS[status] for media_id, status in values.items()}
        known = [each for each in found if values[each.media_id] is not None]
        known.sort(key=lambda each: values[each.media_id], reverse=direction.lower() == "desc")
        found = known + [each for each in found if values[each.media_id] is None]
    return [each.media_id for each in found]


def found_by(search: Search, store: AssetStore) -> list[str]:
    selection = select(search, store)
    found = list(selection.walk(descending=search.order.descending))
    assert len(found) == len(selection)
    return found


def read(text: str, choices: Choices) -> Condition | None:
    parsed = parse_match(text)
    return None if parsed is None else read_match(parsed, choices)


def search_for(text: str, *, sort_by: list[str] | None = None, **others: Any) -> Search:
    match = read(text, Choices(Settings()))
    known = (match,) if match else ()
    return Search(
        conditions=(*known, searched_media_types(match)),
        order=read_order(sort_by or []),
        **others,
    )


# ---------------------------------------------------------------- what is found


@given(libraries, matches(), sort_keys)
@settings(max_examples=150)
def test_a_search_finds_what_the_naive_one_does(
    known: Library, match: Naive, keys: list[tuple[str, str]]
) -> None:
    text, test = match
    search = search_for(text, sort_by=[f"{field}:{direction}" for field, direction in keys])
    wanted = naively_sorted([asset for asset in known.assets if test(asset)], keys)
    assert found_by(search, known.store) == wanted


@given(libraries, st.sampled_from(["", "title = 'panda'", "tagList in ('a','b')"]))
def test_a_search_library_and_custom_filters_narrow_it(known: Library, text: str) -> None:
    declared = SearchLibs()
    declared.declare(["mine"])
    everything = set(found_by(search_for(text), known.store))
    mine = in_search_lib("mine", declared)
    narrowed = search_for(text)
    narrowed = replace(
        narrowed,
        conditions=(*narrowed.conditions, *mine),
        custom_filters=(CustomFilter("intField1", (), 1, 2),),
    )
    assert set(found_by(narrowed, known.store)) == {
        asset.media_id
        for asset in known.assets
        if asset.media_id in everything
        and asset.search_libs == ("mine",)
        and asset.insights.custom_fields.get("intField1") in (1, 2)
    }
    for default in (None, "ims-default-search-lib"):
        assert in_search_lib(default, declared) == ()


def test_case_of_fuzzy_texts() -> None:
    known = library(4)
    text = "(title = 'Panda' or ocrInfo.tracks.content = 'Panda')"
    exact = found_by(search_for(text, exact_case=True), known.store)
    assert exact
    assert set(exact) == {
        asset.media_id
        for asset in known.assets
        if asset.media_type == "video"
        and any("Panda" in each for each in (asset.title, *asset.insights.ocr))
    }
    assert set(exact) < set(found_by(search_for(text), known.store))


def test_any_of_many_fuzzy_texts() -> None:
    known = library(1)
    choices = Choices(Settings(match_operators="any"))
    for field, attribute in (("title", "title"), ("description", "description")):
        match = read(f"{field} in ('bear', 'A B')", choices)
        assert match is not None
        wanted = {
            asset.media_id for asset in known.assets if holds("bear", getattr(asset, attribute))
        } | {asset.media_id for asset in known.assets if holds("a b", getattr(asset, attribute))}
        assert wanted
        assert set(found_by(Search(conditions=(match,)), known.store)) == wanted


@pytest.mark.parametrize(
    ("text", "sort_by"),
    [
        ("", []),
        ("mediaType == 'audio'", ["utcCreate:Asc"]),
        ("mediaType in ('video','audio') and status in (2,3)", []),
        ("cateId == 1", []),
        ("(cateId == 1)", []),
        ("cateId == 1 and cateId == 1", []),
        ("tagList in ('a') and status == 3 and utcCreate = [0,9]", []),
        ("fileInfo.storageLocation == 'x.oss-cn-shanghai.aliyuncs.com'", []),
        ("utcCreate = (0,9) and (utcCreate = [1,5] and mediaType == 'video')", []),
        ("", ["utcModified:Desc"]),
        ("status == 3 and utcModified = [0,5]", ["utcModified:Asc"]),
    ],
)
def test_what_the_index_answers_looks_at_no_asset(
    monkeypatch: pytest.MonkeyPatch, text: str, sort_by: list[str]
) -> None:
    known = library(2)
    wanted = found_by(search_for(text, sort_by=sort_by), known.store)

    def looked(*_: object) -> None:
        raise AssertionError("it walked")

    monkeypatch.setattr(Selection, "entries", looked)
    monkeypatch.setattr(AssetStore, "__getitem__", looked)
    assert found_by(search_for(text, sort_by=sort_by), known.store) == wanted


def test_what_the_index_cannot_answer_looks_at_the_smallest_shelf(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = library(3)
    text = "title = '' and cateId == 1 and tagList in ('a','b','c') and status == 3"
    looked_at: set[str] = set()
    look = AssetStore.__getitem__

    def looking(store: AssetStore, media_id: str) -> Asset:
        looked_at.add(media_id)
        return look(store, media_id)

    monkeypatch.setattr(AssetStore, "__getitem__", looking)
    select(search_for(text), known.store)
    filed = [
        each for each in known.assets
        if (each.cate_id, each.status, each.media_type) == (1, "Normal", "video")
    ]  # fmt: skip
    assert looked_at == {each.media_id for each in filed}


@given(libraries, bounds)
def test_bounds_that_cross_hold_nothing(known: Library, drawn: tuple[int, int, bool, bool]) -> None:
    low, high, _, _ = drawn
    selection = known.store.index.created.select(low=(low,), high=(high,))
    if low >= high:
        assert len(selection) == 0
        assert [*selection.walk(), *selection.entries(), *selection.skipping(1).walk()] == []


# ---------------------------------------------------------------- custom filters


@pytest.mark.parametrize(
    ("document", "admitted"),
    [
        ({}, [{}, {"intField1": 3}]),
        ({"intField1": 3}, [{"intField1": 3}]),
        ({"intField1": [3, 4]}, [{"intField1": 3}, {"intField1": 4, "strField1": "a"}]),
        ({"intField1": {"gte": 4}}, [{"intField1": 4, "strField1": "a"}]),
        ({"intField1": {"lte": 3}}, [{"intField1": 3}]),
        ({"intField1": {"gte": 4, "lte": 3}}, []),
        ({"intField1": {"gte": 3}, "strField1": "a"}, [{"intField1": 4, "strField1": "a"}]),
        ({"strField2": {"gte": "b", "lte": "c"}}, [{"strField2": "bc"}]),
        ({"strField2": "b"}, []),
    ],
)
def test_custom_filters(document: dict[str, Any], admitted: list[dict[str, Any]]) -> None:
    fields: list[dict[str, Any]] = [
        {}, {"intField1": 3}, {"intField1": 4, "strField1": "a"}, {"strField2": "bc"},
    ]  # fmt: skip
    filters = read_custom_filters(document)
    plain = drawn_asset(Random(1), 1)
    found = []
    for each in fields:
        asset = replace(plain, insights=described(plain.insights, custom_fields=each))
        if all(one.admits(asset) for one in filters):
            found.append(each)
    assert found == (fields if not document else admitted)


# ---------------------------------------------------------------- pages

ORDERS: tuple[list[str], ...] = (
    [], ["utcCreate:Asc"], ["utcModified:Desc"], ["utcModified:Asc"], ["title:Desc"],
    ["title:Asc", "utcCreate:Desc"], ["cateId:Asc"], ["description:Desc", "mediaId:Asc"],
)  # fmt: skip
MATCHES = ("", "title = 'a'", "tagList in ('a','b')", "status == 3", "cateId == 1")


class Reader:
    """Reads a search page by page, as a client does."""

    def __init__(self, store: AssetStore, search: Search, size: int) -> None:
        self.store, self.search, self.size = store, search, size
        self.scrolls = Scrolls(1)
        self.token: str | None = None

    def next(self, page_no: int | None = None) -> Page:
        found = page(
            self.search, self.store, self.scrolls, Choices(Settings()),
            size=self.size, page_no=page_no, token=self.token,
        )  # fmt: skip
        self.token = found.token or self.token
        return found


@given(libraries, st.sampled_from(MATCHES), st.sampled_from(ORDERS), st.integers(1, 7))
def test_pages_by_number_and_by_token_are_the_same(
    known: Library, text: str, order: list[str], size: int
) -> None:
    search = search_for(text, sort_by=order)
    wanted = found_by(search, known.store)
    reader = Reader(known.store, search, size)
    for number, start in enumerate(range(0, len(wanted) + size, size), start=1):
        by_token = reader.next()
        reader_by_number = Reader(known.store, search, size)
        by_number = reader_by_number.next(number)
        ids = [asset.media_id for asset in by_token.assets]
        assert ids == [asset.media_id for asset in by_number.assets] == wanted[start : start + size]
        assert by_token.total == by_number.total == len(wanted)
        assert (by_number.token is not None) == bool(ids)
        if ids:
            following = [asset.media_id for asset in reader_by_number.next().assets]
            assert following == wanted[start + size : start + 2 * size]


@given(
    st.integers(0, 9), st.sampled_from(MATCHES), st.sampled_from(ORDERS), st.integers(1, 7),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_pages_stay_right_while_assets_come_and_go(
    seed: int, text: str, order: list[str], size: int, dice: Random
) -> None:
    store = AssetStore()
    for asset in library(seed).assets:
        store.put(asset)
    search = search_for(text, sort_by=order)
    reader = Reader(store, search, size)
    throughout, seen = set(found_by(search, store)), []
    for number in itertools.count(1000):
        shown = reader.next().assets
        if not shown:
            break
        seen += [asset.media_id for asset in shown]
        for _ in range(dice.randrange(4)):
            victim = dice.choice(list(store)).media_id
            store.remove(victim)
            throughout.discard(victim)
        for _ in range(dice.randrange(3) if number < 1010 else 0):
            store.put(drawn_asset(dice, number * 10 + dice.randrange(10)))
        if not len(store):
            break
    assert len(seen) == len(set(seen))
    assert throughout <= set(seen)


@given(libraries, st.sampled_from(ORDERS), st.integers(1, 5), st.integers(1, 5), st.integers(1, 5))
def test_a_token_jumps_forward(
    known: Library, order: list[str], size: int, first: int, jump: int
) -> None:
    search = search_for("", sort_by=order)
    wanted = found_by(search, known.store)
    reader = Reader(known.store, search, size)
    reader.next(first)
    jumped = [asset.media_id for asset in reader.next(first + jump).assets]
    begun = min(first * size, len(wanted)) + (jump - 1) * size
    assert jumped == wanted[begun : begun + size]


def test_a_search_that_was_read_to_its_end_goes_on_with_what_is_new() -> None:
    dice = Random(5)
    store = AssetStore()
    for number in range(3):
        store.put(
            replace(drawn_asset(dice, number), media_type="video", created_at=Instant(number))
        )
    reader = Reader(store, search_for("", sort_by=["utcCreate:Asc"]), 2)
    assert [len(reader.next().assets) for _ in range(4)] == [2, 1, 0, 0]
    new = replace(drawn_asset(dice, 9), media_type="video", created_at=Instant(9))
    store.put(new)
    assert reader.next().assets == [new]
    for media_id in [asset.media_id for asset in store]:
        store.remove(media_id)
    assert reader.next() == Page([], 0, None)


# ---------------------------------------------------------------- tokens


def test_tokens_follow_from_the_seed() -> None:
    scroll = Scroll(b"", NEWEST_FIRST, 1, (0, 1))
    one, same, other = ([s.add(scroll) for _ in range(3)] for s in map(Scrolls, (1, 1, 2)))
    assert one == same
    assert not {*one} & {*other}
    assert all(len(token) == 32 and token == token.upper() for token in one)


def test_a_token_does_not_keep_its_search() -> None:
    """Ten thousand are remembered, and a Match can have a hundred thousand characters."""
    known = library(1)
    text = "tagList in ('a'," + ",".join(str(number) for number in range(5_000)) + ")"
    reader = Reader(known.store, search_for(text), 1)
    assert reader.next().assets
    kept = pickle.dumps(reader.scrolls.find(reader.token or ""))
    assert len(kept) < 1_000


def test_tokens_that_were_not_used_for_long_are_forgotten() -> None:
    scrolls = Scrolls(1)
    scroll = Scroll(b"", NEWEST_FIRST, 1, (0, 1))
    first, second = scrolls.add(scroll), scrolls.add(scroll)
    for _ in range(KEPT - 2):
        scrolls.add(scroll)
    assert scrolls.find(first) == scroll
    scrolls.add(scroll)
    assert len(scrolls) == KEPT
    assert scrolls.find(first) == scroll
    assert scrolls.find(second) is None
