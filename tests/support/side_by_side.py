"""A world and the naive model of it, side by side: calls at random, over the wire.

A rule is a call, or time that goes by. What is answered, all events, and all that Python is shown
must be what the model says, after each.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import timedelta
from unittest import mock

from at_once import check_indexes
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, precondition, rule
from library_calls import BROKEN_URLS, IN_OTHER_LIBRARY, Parameters
from library_client import Body, Caller, Seen, compare, events_of_the_library, seen
from naive_library import TOKEN_WINDOW, NaiveLibrary
from naive_parameters import SECOND
from naive_records import Item
from naive_search import OTHER_LIBRARY

from fake_ims import FakeIms
from fake_ims.clock import instant
from fake_ims.library import index
from fake_ims.library.assets import Asset
from fake_ims.library.categories import Category

START = "2026-01-31T12:00:00.500Z"
DELAY = 2 * SECOND
FIRST_ASSETS: list[Parameters] = [
    {"InputURL": "oss://bucket/a.mp4", "ReferenceId": "reference-0", "MediaTags": "red,blue"},
    {"InputURL": "https://bucket.oss-cn-shanghai.aliyuncs.com/b.mp4", "Title": "CHINA"},
    {"InputURL": "oss://bucket/folder/c.mp3", "ReferenceId": "reference-1", "CateId": "2"},
    {"InputURL": "oss://bucket/d.jpg", "BusinessType": "opening"},
    {"InputURL": "oss://other/a.mp4", "Description": "of China", "MediaTags": "blue"},
    {"InputURL": "oss://other/f.bin", "RegisterConfig": IN_OTHER_LIBRARY},
    {"InputURL": BROKEN_URLS[0], "Title": "China"},
]
UNKNOWN_ASSET, UNKNOWN_CATEGORY, UNKNOWN_MARK = "0" * 32, "777", "mark-0"


media_ids: Bundle[str] = Bundle("media_ids")
cate_ids: Bundle[str] = Bundle("cate_ids")
mark_ids: Bundle[str] = Bundle("mark_ids")
"""Ids that there are or were, and in each bundle one that nothing ever has."""

places = st.integers(0, 9)
"""Assets that there are, by their place in the order of registration; the last stands for none."""


@dataclass
class Walk:
    """A list that is walked page by page while other things happen.

    ``always`` is what has been in it since it was begun.
    """

    action: str
    parameters: Parameters
    token: str
    shown: list[str]
    always: set[str]


class SideBySide(RuleBasedStateMachine):
    """A world, and the model of it."""

    def __init__(self, ims: FakeIms, caller: Caller) -> None:
        super().__init__()
        self.ims, self.caller = ims, caller
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(ims.scratch())
        ims.clock.freeze(START)
        ims.declare(search_libs=(OTHER_LIBRARY,))
        for url in BROKEN_URLS:
            ims.objects.put(url, fails="broken")
        self.model = NaiveLibrary(instant(START), delay=DELAY)
        self.days = 0
        self.with_tokens: list[Parameters] = []
        self.walking: list[Walk] = []

    def teardown(self) -> None:
        """The world goes; its indexes have kept up with it."""
        with self._stack:
            check_indexes(self.ims)

    def call(self, action: str, parameters: Parameters) -> Body:
        """Call, and compare what is answered with what the model says."""
        status, body = self.caller(action, parameters)
        got, predicted = seen(status, body), self.model.call(action, parameters, body)
        compare(f"{action} {parameters}", got, predicted)
        self.check()
        return body

    def check(self) -> None:
        """Events and assets are those of the model."""
        compare("events", events_of_the_library(self.ims), self.model.events)
        assets = {media_id: asset_seen(asset) for media_id, asset in self.ims.assets.items()}
        compare("assets", assets, {item.media_id: item_seen(item) for item in self.model.items})
        categories = {each.cate_id: category_seen(each) for each in self.ims.categories.values()}
        compare(
            "categories", categories, {each.cate_id: each.shown() for each in self.model.categories}
        )
        for walk in self.walking:
            walk.always &= self.now_in(walk)

    def id_at(self, place: int) -> str:
        """The MediaId of an asset, which most calls need to do anything."""
        items = self.model.items
        return items[place % len(items)].media_id if items and place < 9 else UNKNOWN_ASSET

    def now_in(self, walk: Walk) -> set[str]:
        """What the list of a walk has."""
        room = self.model.lists if walk.action == "ListMediaBasicInfos" else self.model.search
        return {item.media_id for item in room.matching(walk.parameters)}

    @initialize(few=st.sampled_from([0, index.FEW]))
    def shelves(self, few: int) -> None:
        """How many assets a shelf of the index holds in the way of small ones."""
        self._stack.enter_context(mock.patch.object(index, "FEW", few))

    # ------------------------------------------------------------ time

    @rule(seconds=st.sampled_from([0.5, 1, 2, 10, -1, -5, None]))
    def time_passes(self, seconds: float | None) -> None:
        """A little, or back and all that is pending with it, or until nothing is pending."""
        if seconds is None:
            self.ims.settle()
            self.model.settle()
        else:
            if self.days:  # a token that has ended might come back, or not
                seconds = abs(seconds)
            self.ims.clock.advance(seconds)
            self.model.advance(int(seconds * SECOND))
        self.check()

    @precondition(lambda self: self.model.uses and not self.days)
    @rule(early=st.sampled_from([0, 0, 1]))
    def a_day_goes_by(self, early: int) -> None:
        """The latest ClientToken has just been forgotten, or is about to be."""
        self.days += 1
        by = self.model.uses[-1].at + TOKEN_WINDOW - early - self.model.now
        self.ims.clock.advance(timedelta(microseconds=by))
        self.model.advance(by)
        for sent in self.with_tokens[-2:]:
            self.call("RegisterMediaInfo", sent)


def asset_seen(asset: Asset) -> Seen:
    """What Python is shown of an asset."""
    streams = [(s.input_url, s.status, s.modified_at, s.stream_tags) for s in asset.streams]
    return {
        "url": asset.input_url, "status": asset.status, "tags": list(asset.media_tags),
        "created": asset.created_at, "modified": asset.modified_at, "streams": streams,
        "marks": [mark.written() for mark in asset.marks], "category": asset.category,
        "CateId": asset.cate_id, "Title": asset.title, "Description": asset.description,
        "CoverURL": asset.cover_url, "UserData": asset.user_data, "MediaType": asset.media_type,
        "BusinessType": asset.business_type, "ReferenceId": asset.reference_id,
    }  # fmt: skip


def item_seen(item: Item) -> Seen:
    """The same of the model's."""
    fields = {name: value for name, value in item.fields.items() if name != "Category"}
    return fields | {
        "url": item.url, "status": item.status, "tags": item.tags, "created": item.created,
        "modified": item.modified, "marks": item.marks, "category": item.fields.get("Category"),
        "streams": [(s.url, s.status, s.modified, s.tags) for s in item.streams],
    }  # fmt: skip


def category_seen(category: Category) -> Seen:
    """What Python is shown of a category, as answers have it."""
    return {
        "CateId": category.cate_id, "CateName": category.cate_name, "Level": category.level,
        "ParentId": category.parent_id, "Type": category.category_type,
    }  # fmt: skip
