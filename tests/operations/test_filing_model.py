"""Categories and marks at random, over the wire, against models as plain as can be."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from rpc import Reply, Rpc

from fake_ims import FakeIms

INVALID = (400, "InvalidParameter")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
TYPES = st.sampled_from(["default", "material"])


def outcome(reply: Reply) -> tuple[int, str]:
    return reply.status, "" if reply.status == 200 else reply.code


class Model:
    """Categories in a list, the oldest first, as the answers show them."""

    def __init__(self) -> None:
        self.all: list[dict[str, Any]] = []

    def get(self, cate_id: int) -> dict[str, Any] | None:
        return next((each for each in self.all if each["CateId"] == cate_id), None)

    def under(self, cate_id: int, of_type: str) -> list[dict[str, Any]]:
        return [each for each in self.all if (each["ParentId"], each["Type"]) == (cate_id, of_type)]

    def full(self, cate_id: int, of_type: str) -> bool:
        return len(self.under(cate_id, of_type)) >= 100

    def add(self, name: str, parent_id: int, of_type: str) -> dict[str, Any] | None:
        """The new one; None for one that is refused."""
        parent = self.get(parent_id)
        if parent_id >= 1 and (parent is None or parent["Level"] == 2):
            return None
        if parent is not None:
            of_type = parent["Type"]
        if self.full(parent_id if parent else -1, of_type):
            return None
        return {
            "CateName": name,
            "Level": parent["Level"] + 1 if parent else 0,
            "ParentId": parent_id if parent else -1,
            "Type": of_type,
        }

    def delete(self, cate_id: int) -> set[int]:
        """The ids that are gone."""
        gone = {cate_id}
        for each in self.all:  # a parent stands before its children
            if each["ParentId"] in gone:
                gone.add(each["CateId"])
        self.all = [each for each in self.all if each["CateId"] not in gone]
        return gone


class Filing(RuleBasedStateMachine):
    """Every operation on categories, and assets that are filed in them."""

    categories = Bundle("categories")
    ims: FakeIms

    def __init__(self) -> None:
        super().__init__()
        self.rpc = Rpc(self.ims)
        self.model = Model()
        self.filed: dict[str, int | None] = {}
        self.latest = 0

    def teardown(self) -> None:
        assert [each.cate_id for each in self.ims.categories.values()] == [
            each["CateId"] for each in self.model.all
        ]
        for media_id, cate_id in self.filed.items():
            asset, known = self.ims.assets[media_id], self.model.get(cate_id or 0)
            assert asset.cate_id == cate_id
            basic = self.rpc.get(media_id)["MediaBasicInfo"]
            assert basic.get("CateName") == (known and known["CateName"])
        for cate_id in set(self.filed.values()) - {None}:
            assert {each.media_id for each in self.ims.categories.assets_in(cate_id or 0)} == {
                media_id for media_id, filed in self.filed.items() if filed == cate_id
            }

    @initialize(target=categories)
    def root(self) -> int:
        return -1

    @rule(target=categories, name=NAMES, parent=categories, of_type=TYPES)
    def add(self, name: str, parent: int, of_type: str) -> Any:
        reply = self.rpc("AddCategory", CateName=name, ParentId=str(parent), Type=of_type)
        expected = self.model.add(name, parent, of_type) if len(name.encode()) <= 64 else None
        if expected is None:
            assert outcome(reply) == INVALID
            return multiple()
        category = reply.json["Category"]
        assert category["CateId"] > self.latest
        self.latest = category["CateId"]
        assert category == {"CateId": self.latest, **expected}
        self.model.all.append(category)
        return self.latest

    @rule(parent=categories, most=st.integers(98, 101))
    def fill(self, parent: int, most: int) -> None:
        """Bring a category close to its limit."""
        known = self.model.get(parent)
        of_type = known["Type"] if known else "default"
        assume((known is not None and known["Level"] < 2) or parent == -1)
        while len(self.model.under(parent, of_type)) < most:
            before = len(self.model.all)
            self.add("filling", parent, of_type)
            if len(self.model.all) == before:
                assert self.model.full(parent, of_type)
                return

    @rule(cate_id=categories, name=NAMES)
    def rename(self, cate_id: int, name: str) -> None:
        reply = self.rpc("UpdateCategory", CateId=str(cate_id), CateName=name)
        known = self.model.get(cate_id)
        if known is None or len(name.encode()) > 64:
            assert outcome(reply) == INVALID
        else:
            assert outcome(reply) == (200, "")
            known["CateName"] = name

    @rule(cate_id=categories)
    def delete(self, cate_id: int) -> None:
        reply = self.rpc("DeleteCategory", CateId=str(cate_id))
        if self.model.get(cate_id) is None:
            assert outcome(reply) == INVALID
            return
        assert outcome(reply) == (200, "")
        gone = self.model.delete(cate_id)
        self.filed = {
            media_id: None if filed in gone else filed for media_id, filed in self.filed.items()
        }

    @precondition(lambda self: len(self.filed) < 20)
    @rule(cate_id=categories)
    def file(self, cate_id: int) -> None:
        url = f"oss://bucket/{len(self.filed)}.mp4"
        self.filed[self.rpc.register(url, CateId=str(cate_id)).media_id] = cate_id

    @rule(
        cate_id=categories,
        of_type=TYPES | st.none(),
        page=st.none() | st.integers(-1, 4),
        size=st.none() | st.integers(8, 102),
        order=st.sampled_from(["Asc", "Desc", None]),
    )
    def get(
        self, cate_id: int, of_type: str | None, page: int | None, size: int | None,
        order: str | None,
    ) -> None:  # fmt: skip
        asked = {
            "CateId": cate_id, "Type": of_type, "PageNo": page, "PageSize": size,
            "SortBy": order and f"CreationTime:{order}",
        }  # fmt: skip
        sent = {name: str(value) for name, value in asked.items() if value is not None}
        reply = self.rpc("GetCategories", **sent)
        known = self.model.get(cate_id)
        if known is None and cate_id >= 1:
            assert outcome(reply) == INVALID
            return
        assert reply.json.get("Category") == known
        of_type = of_type or (known["Type"] if known else "default")
        found = self.model.under(cate_id, of_type)
        assert reply.json["SubTotal"] == len(found)
        if order != "Asc":
            found.reverse()
        count = min(max(size or 10, 10), 100)
        start = (max(page or 1, 1) - 1) * count
        assert reply.json["SubCategories"]["Category"] == [
            {**each, "SubTotal": len(self.model.under(each["CateId"], of_type))}
            for each in found[start : start + count]
        ]


def test_categories_at_random(fake_ims: FakeIms) -> None:
    class InScratch(Filing):
        ims = fake_ims

        def __init__(self) -> None:
            self.block = fake_ims.scratch()
            self.block.__enter__()
            super().__init__()
            fake_ims.clock.freeze()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                self.block.__exit__(None, None, None)

    run_state_machine_as_test(
        InScratch,
        settings=settings(
            max_examples=25, stateful_step_count=40, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip


# ---------------------------------------------------------------- marks

KEYS = ["MarkId", "MarkStartTime", "MarkEndTime", "MarkTag", "MarkContent", "MarkStatus"]
TEXTS = st.text(max_size=8)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
    | st.integers(0, 99).map(str) | st.floats(0, 99).map(str)
)  # fmt: skip
TIMES = st.integers(0, 9) | st.floats(0, 9) | st.integers(0, 9).map(str) | SCALARS
MARKS = st.fixed_dictionaries(
    {},
    optional={
        "MarkStartTime": TIMES, "MarkEndTime": TIMES, "MarkTag": TEXTS | SCALARS,
        "MarkContent": TEXTS, "MarkStatus": TEXTS, "Other": SCALARS,
    },
)  # fmt: skip
DOCUMENTS = st.lists(MARKS, max_size=3) | st.recursive(
    SCALARS | MARKS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)
    ),
    max_leaves=8,
)


def time_of(value: object) -> float:
    """The number, or NaN for what is none: by Python's own reading, wherever that is not wider."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return math.nan
    if isinstance(value, str) and not set(value) <= set("0123456789.eE+-"):
        return math.nan
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return math.nan
    signed = isinstance(value, str) and value.startswith("-")
    return number if 0 <= number < math.inf and not signed else math.nan


def is_mark(mark: object) -> bool:
    if not isinstance(mark, dict):
        return False
    said = {key: value for key, value in mark.items() if key in KEYS and value is not None}
    times = [time_of(said.get(key, default)) for key, default in
             (("MarkStartTime", 0), ("MarkEndTime", 1e308))]  # fmt: skip
    texts = [value for key, value in said.items() if not key.endswith("Time")]
    return (
        not any(map(math.isnan, times))
        and (times[0] <= times[1] or not {"MarkStartTime", "MarkEndTime"} <= said.keys())
        and all(isinstance(value, str) and is_utf8(value) for value in texts)
    )


def is_utf8(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def constants(document: object) -> Iterator[float]:
    """The numbers that JSON cannot say."""
    if isinstance(document, float) and not math.isfinite(document):
        yield document
    elif isinstance(document, dict):
        for value in document.values():
            yield from constants(value)
    elif isinstance(document, list):
        for value in document:
            yield from constants(value)


@settings(
    deadline=None, max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(DOCUMENTS)
def test_any_document_is_taken_or_refused_whole(fake_ims: FakeIms, document: Any) -> None:
    right = (
        isinstance(document, list)
        and all(map(is_mark, document))
        and not any(True for _ in constants(document))
    )
    with fake_ims.scratch():
        rpc = Rpc(fake_ims)
        media_id = rpc.register("oss://bucket/a.mp4").media_id
        text = json.dumps(document)
        reply = rpc("AddMediaMarks", MediaId=media_id, MediaMarks=text)
        shown = json.loads(rpc("ListMediaMarks", MediaId=media_id).json["MediaMarks"])
        if not right:
            assert outcome(reply) == INVALID
            assert shown == []
            return
        added = [each for each in reply.json["MediaMarkIds"].split(",") if each]
        assert shown == [
            {
                "MarkId": mark_id,
                **{
                    key: value
                    for key, value in mark.items()
                    if key in KEYS[1:] and value is not None
                },
            }
            for mark_id, mark in zip(added, document, strict=True)
        ]
        again = [{**mark, "MarkId": mark_id} for mark_id, mark in zip(added, document, strict=True)]
        reply = rpc("UpdateMediaMarks", MediaId=media_id, MediaMarks=json.dumps(again))
        assert reply.json["MediaMarkIds"] == ",".join(added)
        reply = rpc("GetMediaMarks", MediaId=media_id, MediaMarkIds=",".join(added))
        assert json.loads(reply.json["MediaMarks"]) == shown
