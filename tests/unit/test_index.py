"""The index of the assets against a plain list that is sorted anew for each query."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims.clock import Instant
from fake_ims.library import index as index_module
from fake_ims.library.assets import Asset, AssetStore
from fake_ims.library.index import (
    BEGINNING,
    BUSINESS,
    CATEGORY,
    CREATED,
    END,
    MODIFIED,
    STORAGE,
    TAG,
    Bound,
    Facet,
    Facets,
    Selection,
    Timeline,
)
from fake_ims.media.locations import parse_location

TYPES, STATUSES = ("video", "image", "audio"), ("Preparing", "Normal")
BUSINESS_TYPES, TAGS = ("general", "opening"), ("a", "b", "\u6807")
URLS = ("oss://one/a.mp4", "https://two.oss-cn-beijing.aliyuncs.com/a.mp4", f"vod://{'0' * 32}")
LOCATIONS = [parse_location(url, "cn-shanghai") for url in URLS]
TIMES = st.integers(-3, 6)


def values() -> st.SearchStrategy[dict[str, Any]]:
    """What can be different between assets, and between an asset and what replaces it."""
    return st.fixed_dictionaries(
        {
            "location": st.sampled_from(LOCATIONS),
            "media_type": st.sampled_from(TYPES),
            "status": st.sampled_from(STATUSES),
            "business_type": st.sampled_from(BUSINESS_TYPES),
            "media_tags": st.lists(st.sampled_from(TAGS), max_size=4).map(tuple),
            "cate_id": st.none() | st.sampled_from([0, 1, -5]),
            "created_at": TIMES.map(Instant),
            "modified_at": TIMES.map(Instant),
        }
    )


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "put", "change", "remove"]), st.integers(0), values()),
    max_size=40,
)


def asset(media_id: str, **how: Any) -> Asset:
    """An asset of which only what the index looks at matters."""
    plain: dict[str, Any] = {
        "location": LOCATIONS[0], "media_type": "video", "status": "Normal",
        "business_type": "general", "created_at": Instant(0), "modified_at": Instant(0),
    }  # fmt: skip
    named = {"media_id": media_id, "input_url": media_id, "identity": media_id, "title": "t"}
    return Asset(**{**plain, **named, **how})


def do(store: AssetStore, steps: list[tuple[str, int, dict[str, Any]]]) -> None:
    for number, (verb, which, how) in enumerate(steps):
        there = [each.media_id for each in store]
        if verb == "put" or not there:
            # Not in the order of the ids, so that the order of registration is what counts.
            store.put(asset(f"{number * 37 % 100:02}", **how))
        elif verb == "change":
            old = store[there[which % len(there)]]
            store.put(replace(old, **{**how, "created_at": old.created_at}))
        else:
            store.remove(there[which % len(there)])


def shelves_of(each: Asset) -> set[tuple[str, object]]:
    """Where an asset belongs, in the words of ``Index.on``."""
    tags: set[tuple[str, object]] = {(TAG, tag) for tag in each.media_tags}
    own = {(CATEGORY, each.cate_id), (STORAGE, each.storage_location)}
    return tags | own | {(BUSINESS, each.business_type)}


SHELVES: list[tuple[str, object]] = [
    *((TAG, tag) for tag in (*TAGS, "unused", "")),
    *((CATEGORY, cate_id) for cate_id in (0, 1, -5, 99)),
    *((BUSINESS, business_type) for business_type in (*BUSINESS_TYPES, "font")),
    *((STORAGE, location.host) for location in LOCATIONS[:2]),
]


def plain_lists(store: AssetStore) -> Iterator[tuple[Timeline, list[Asset]]]:
    """Each timeline, and the assets that belong on it in their order."""
    assets = list(store)  # in the order of registration, which sorting keeps
    by_creation = sorted(assets, key=lambda each: each.created_at)
    yield store.index.created, by_creation
    yield store.index.modified, sorted(assets, key=lambda each: each.modified_at)
    for shelf in SHELVES:
        yield store.index.on(*shelf), [each for each in by_creation if shelf in shelves_of(each)]


def ids(assets: list[Asset]) -> list[str]:
    return [each.media_id for each in assets]


def check_same(selection: Selection, expected: list[Asset]) -> None:
    assert len(selection) == len(expected)
    assert list(selection.walk()) == ids(expected)
    assert list(selection.walk(descending=True)) == ids(expected)[::-1]


wishes = st.none() | st.frozensets(st.sampled_from([*TYPES, *STATUSES, "oss", "vod", "x"]))
facet_wishes = st.builds(Facets, wishes, wishes, wishes)
few = st.sampled_from([0, 3, index_module.FEW])
"""How many assets a timeline keeps without lists."""


def is_wanted(each: Asset, facets: Facets) -> bool:
    return (
        (facets.media_types is None or each.media_type in facets.media_types)
        and (facets.statuses is None or each.status in facets.statuses)
        and (facets.sources is None or each.location.source in facets.sources)
    )


shelves = st.lists(st.sampled_from([(CREATED, None), (MODIFIED, None), *SHELVES]))


@given(STEPS, STEPS, shelves, facet_wishes, few)
def test_every_timeline_has_its_assets_in_order(
    before: list[Any], after: list[Any], asked: list[Any], facets: Facets, most: int
) -> None:
    store = AssetStore()
    with mock.patch.object(index_module, "FEW", most):
        do(store, before)
        for shelf in asked:  # is made here, and kept up from here on
            store.index.on(*shelf)
        do(store, [(verb, which + 1, how) for verb, which, how in after])
        for timeline, expected in plain_lists(store):
            assert len(timeline) == len(expected)
            check_same(timeline.select(), expected)
            wanted = [each for each in expected if is_wanted(each, facets)]
            check_same(timeline.select(facets), wanted)
        for each in list(store):
            store.remove(each.media_id)
    assert len(store.index.created) == len(store.index.modified) == 0
    assert [shelf for shelf in SHELVES if len(store.index.on(*shelf))] == []
    assert not store.index._timelines
    assert not store.index._numbers


bounds = st.none() | st.tuples(TIMES) | st.tuples(TIMES, st.integers(-1, 45))
counts = st.integers(-3, 50)


@given(STEPS, facet_wishes, bounds, bounds, counts, few)
def test_bounds_and_skipping_are_those_of_a_list(
    steps: list[Any], facets: Facets, low: Bound | None, high: Bound | None, count: int, most: int
) -> None:
    store = AssetStore()
    with mock.patch.object(index_module, "FEW", most):
        do(store, steps)
        position = store.index.position
        expected = [
            each
            for each in sorted(store, key=lambda each: each.created_at)
            if is_wanted(each, facets)
            and (low is None or position(each) >= low)
            and (high is None or position(each) < high)
        ]
        selection = store.index.created.select(facets).narrowed(low=low, high=high)
        check_same(selection, expected)
        check_same(selection.narrowed(low=BEGINNING, high=END), expected)
        kept = max(count, 0)
        check_same(selection.skipping(count), expected[kept:])
        left = expected[: max(len(expected) - kept, 0)]
        check_same(selection.skipping(count, descending=True), left)
        for number, each in enumerate(expected):
            check_same(selection.after(position(each)), expected[number + 1 :])
            check_same(selection.after(position(each), descending=True), expected[:number])


@given(STEPS, STEPS)
def test_an_index_that_was_kept_up_is_one_that_is_made_anew(
    before: list[Any], after: list[Any]
) -> None:
    store = AssetStore()
    kept = store.index
    for kind in index_module._VALUES:
        kept.on(kind, None)
    do(store, before + after)
    anew = Index(store)
    for kind in index_module._VALUES:
        anew.on(kind, None)
    assert kept._timelines.keys() == anew._timelines.keys()
    for shelf, timeline in kept._timelines.items():
        assert list(timeline.select().walk()) == list(anew._timelines[shelf].select().walk())


@pytest.mark.parametrize("size", [index_module.FEW, index_module.FEW + 1, 2_100])
def test_many_facets_are_one_order(size: int) -> None:
    store = AssetStore()
    for number in range(size):
        how = {"media_type": TYPES[number % 3], "status": STATUSES[number % 2]}
        at = Instant(number * 7919 % size)
        store.put(asset(f"{number:05}", created_at=at, location=LOCATIONS[number % 3], **how))
    ordered = sorted(store, key=lambda each: each.created_at)
    facets = Facets(media_types=frozenset(("video", "image")))
    wanted = [each for each in ordered if each.media_type != "audio"]
    for selected, expected in (
        (store.index.created.select(), ordered),
        (store.index.created.select(facets), wanted),
    ):
        check_same(selected, expected)
        for count in (1, 63, len(expected) // 2, len(expected) - 1):
            check_same(selected.skipping(count), expected[count:])
            check_same(selected.skipping(count, descending=True), expected[:-count])


def test_no_text_of_a_caller_makes_more_facets() -> None:
    store = AssetStore()
    for number in range(3_000):
        made_up = {"business_type": f"b{number}", "media_tags": (f"t{number}",), "cate_id": number}
        store.put(asset(str(number), **made_up))
    facets = Facets(statuses=frozenset(("Normal",)))
    selection = store.index.created.select(facets)
    assert (len(selection), len(selection._lists)) == (3_000, 1)
    assert list(store.index.on(BUSINESS, "b7").select(facets).walk()) == ["7"]


def test_times_that_cannot_be_written_are_held_where_they_are_shown() -> None:
    store = AssetStore()
    far = 10**40
    for media_id, at in (("a", far), ("b", -far), ("c", far + 1), ("d", 0)):
        store.put(asset(media_id, created_at=Instant(at), modified_at=Instant(-at)))
    assert list(store.index.created.select().walk()) == ["b", "d", "a", "c"]
    assert list(store.index.modified.select().walk()) == ["a", "c", "d", "b"]
    assert store.index.position(store["a"])[0] == store.index.position(store["c"])[0]


def test_an_asset_that_keeps_its_place_is_not_taken_out() -> None:
    """A change of the title costs the same however many tags an asset has."""
    store = AssetStore()
    first = asset("a", media_tags=tuple("abcdefgh"), cate_id=1)
    store.put(first)
    for kind in (CREATED, CATEGORY, TAG):
        store.index.on(kind, None)
    with (
        mock.patch.object(Timeline, "remove", autospec=True) as removed,
        mock.patch.object(Timeline, "add", autospec=True) as added,
    ):
        store.put(replace(first, title="new"))
        store.put(replace(first, title="new", status="Preparing"))
    assert (removed.call_count, added.call_count) == (0, 0)
    preparing = Facets(statuses=frozenset(("Preparing",)))
    assert len(store.index.on(TAG, "h").select(preparing)) == 1


def test_a_kind_that_nobody_asked_for_is_not_there() -> None:
    store = AssetStore()
    store.put(asset("a", media_tags=("tag",)))
    assert len(store.index.created) == 1
    store.put(asset("b", media_tags=("tag",)))
    assert store.index._timelines.keys() == {(CREATED, None)}
    assert list(store.index.on(TAG, "tag").select().walk()) == ["a", "b"]


def test_an_emptied_facet_is_forgotten() -> None:
    store = AssetStore()
    for number in range(index_module.FEW + 1):
        store.put(asset(str(number)))
    assert len(store.index.created) == len(store)
    store.put(replace(store["0"], status="Preparing"))
    store.put(replace(store["0"], status="Normal"))
    assert len(store.index.created.select(Facets(frozenset(("video",))))._lists) == 1


def test_facets_admit_what_they_name() -> None:
    facet = Facet("video", "Normal", "oss")
    assert Facets().admit(facet)
    assert Facets(frozenset(("video",)), frozenset(("Normal",)), frozenset(("oss",))).admit(facet)
    assert not Facets(sources=frozenset(("vod",))).admit(facet)
    assert not Facets(media_types=frozenset()).admit(facet)
