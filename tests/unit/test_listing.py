"""Pages of a list: against a plain one, and while the library changes between them."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from fake_ims.clock import Instant
from fake_ims.library.assets import Asset, AssetStore
from fake_ims.library.listing import Page, Wanted, page
from fake_ims.media.locations import parse_location

LOCATIONS = [parse_location(url, "cn-shanghai") for url in ("oss://b/a.mp4", f"vod://{'0' * 32}")]
TYPES, STATUSES, BUSINESS_TYPES = ("video", "image"), ("Preparing", "Normal"), ("general", "film")
HALF_SECONDS = st.integers(-4, 8).map(lambda number: Instant(number * 500_000))


def asset(media_id: str, created_at: Instant, **how: Any) -> Asset:
    plain: dict[str, Any] = {
        "location": LOCATIONS[0], "media_type": "video", "status": "Normal",
        "business_type": "general", "title": "t", "modified_at": created_at,
        "input_url": media_id, "identity": media_id,
    }  # fmt: skip
    return Asset(media_id=media_id, created_at=created_at, **{**plain, **how})


kinds = st.fixed_dictionaries(
    {
        "location": st.sampled_from(LOCATIONS),
        "media_type": st.sampled_from(TYPES),
        "status": st.sampled_from(STATUSES),
        "business_type": st.sampled_from(BUSINESS_TYPES),
    }
)


def or_none(*words: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(words)


times = st.none() | HALF_SECONDS
wishes = st.builds(
    Wanted,
    media_type=or_none(*TYPES, "text"),
    status=or_none(*STATUSES),
    source=or_none("oss", "vod", "live"),
    business_type=or_none(*BUSINESS_TYPES, "x"),
    media_id=or_none("0", "5", "none"),
    after=times,
    until=times,
    descending=st.booleans(),
)


def second(at: Instant) -> int:
    return at // 1_000_000


def is_wanted(each: Asset, wanted: Wanted) -> bool:
    pairs = (
        (wanted.media_type, each.media_type),
        (wanted.status, each.status),
        (wanted.source, each.location.source),
        (wanted.business_type, each.business_type),
        (wanted.media_id, each.media_id),
    )
    return (
        all(wish in (None, value) for wish, value in pairs)
        and (wanted.after is None or second(each.created_at) > second(wanted.after))
        and (wanted.until is None or second(each.created_at) <= second(wanted.until))
    )


@given(
    st.lists(st.tuples(HALF_SECONDS, kinds), max_size=30),
    wishes,
    st.integers(1, 12),
    st.integers(0, 40),
)
def test_every_combination_of_filters(
    made: list[Any], wanted: Wanted, size: int, skip: int
) -> None:
    store = AssetStore()
    for number, (at, how) in enumerate(made):
        store.put(asset(str(number), at, **how))
    expected = [
        each.media_id
        for each in sorted(store, key=lambda each: each.created_at)
        if is_wanted(each, wanted)
    ][:: -1 if wanted.descending else 1]

    found = page(store, wanted, size, skip=skip)
    assert [each.media_id for each in found.assets] == expected[skip : skip + size]
    assert (found.total, found.more) == (len(expected), len(expected) > skip + size)

    seen: list[str] = []
    found = page(store, wanted, size)
    seen.extend(each.media_id for each in found.assets)
    while found.more:
        last = store.index.position(found.assets[-1])
        found = page(store, wanted, size, position=last)
        assert found.assets
        assert found.total == len(expected)
        seen.extend(each.media_id for each in found.assets)
    assert seen == expected


@given(st.lists(HALF_SECONDS, max_size=12), times, times, st.booleans())
def test_times_count_in_whole_seconds(
    made: list[Instant], after: Instant | None, until: Instant | None, descending: bool
) -> None:
    store = AssetStore()
    for number, at in enumerate(made):
        store.put(asset(str(number), at))
    wanted = Wanted(after=after, until=until, descending=descending)
    expected = {each.media_id for each in store if is_wanted(each, wanted)}
    found = page(store, wanted, 100)
    assert {each.media_id for each in found.assets} == expected
    assert found.total == len(expected)


class Paging(RuleBasedStateMachine):
    """Somebody pages through a list while the library changes and the clock jumps."""

    @initialize(descending=st.booleans(), first=st.lists(HALF_SECONDS, max_size=12))
    def begin(self, descending: bool, first: list[Instant]) -> None:
        self.store, self.ids = AssetStore(), count()
        self.wanted = Wanted(media_type="video", descending=descending)
        for at in first:
            self.add(at)
        self.start_over()

    def start_over(self) -> None:
        self.there_throughout = {each.media_id for each in self.store}
        self.seen: list[str] = []
        self.position: Any = None
        self.ended = False

    @rule(at=HALF_SECONDS)
    def add(self, at: Instant) -> None:
        self.store.put(asset(f"{next(self.ids) * 7919 % 1000}", at))

    @rule(which=st.integers(0))
    def remove(self, which: int) -> None:
        there = [each.media_id for each in self.store]
        if there:
            gone = self.store.remove(there[which % len(there)]).media_id
            self.there_throughout.discard(gone)

    @rule(which=st.integers(0))
    def remove_the_last_seen(self, which: int) -> None:
        if self.seen and self.seen[-1] in self.store:
            self.store.remove(self.seen[-1])
            self.there_throughout.discard(self.seen[-1])

    @rule(which=st.integers(0), at=HALF_SECONDS)
    def overwrite(self, which: int, at: Instant) -> None:
        self.remove(which)
        self.add(at)

    @rule(which=st.integers(0), at=HALF_SECONDS)
    def change(self, which: int, at: Instant) -> None:
        there = [each.media_id for each in self.store]
        if there:
            old = self.store[there[which % len(there)]]
            self.store.put(replace(old, title="new", modified_at=at, status="PrepareFail"))

    @rule(which=st.integers(0))
    def let_one_leave_the_list(self, which: int) -> None:
        there = [each.media_id for each in self.store]
        if there:
            old = self.store[there[which % len(there)]]
            self.store.put(replace(old, media_type="image"))
            self.there_throughout.discard(old.media_id)

    @precondition(lambda self: not self.ended)
    @rule(size=st.integers(1, 4))
    def read_on(self, size: int) -> None:
        found: Page = page(self.store, self.wanted, size, position=self.position)
        self.seen.extend(each.media_id for each in found.assets)
        self.ended = not found.more
        if found.more:
            self.position = self.store.index.position(found.assets[-1])

    @precondition(lambda self: self.ended)
    @rule()
    def begin_again(self) -> None:
        self.there_throughout = {each.media_id for each in self.store if each.media_type == "video"}
        self.seen, self.position, self.ended = [], None, False

    @invariant()
    def nothing_comes_twice(self) -> None:
        seen = getattr(self, "seen", [])
        assert len(set(seen)) == len(seen)

    @invariant()
    def nothing_is_left_out(self) -> None:
        if getattr(self, "ended", False):
            assert self.there_throughout <= set(self.seen)


TestPaging = Paging.TestCase
