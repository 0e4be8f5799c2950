"""Categories and marks of the naive library."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from naive_parameters import Answer, Seen, Sent, invalid, listed, missing, text, whole, word

if TYPE_CHECKING:
    from naive_library import NaiveLibrary
    from naive_records import Item

TYPES = ("default", "material")
MARK_KEYS = (
    "MarkId", "MarkStartTime", "MarkEndTime", "MarkTag", "MarkContent", "MarkStatus",
)  # fmt: skip


@dataclass
class Category:
    """One category; ``parent`` is -1 on the first level."""

    cate_id: int
    name: str
    parent: int
    level: int
    its_type: str
    created: int
    number: int

    def shown(self) -> Seen:
        """As answers have it."""
        return {
            "CateId": self.cate_id,
            "CateName": self.name,
            "Level": self.level,
            "ParentId": self.parent,
            "Type": self.its_type,
        }


class NaiveFiling:
    """Categories, and marks on assets."""

    def __init__(self, library: NaiveLibrary) -> None:
        self.library = library

    # ------------------------------------------------------------ categories

    def name_of(self, cate_id: int | None) -> str | None:
        """The name of a category."""
        return next((c.name for c in self.library.categories if c.cate_id == cate_id), None)

    def require(self, cate_id: int, name: str = "CateId") -> Category:
        """The category of an id."""
        for category in self.library.categories:
            if category.cate_id == cate_id:
                return category
        raise invalid(name)

    def under(self, cate_id: int, its_type: str) -> list[Category]:
        """Those right under one, oldest first."""
        found = [
            each
            for each in self.library.categories
            if (each.parent, each.its_type) == (cate_id, its_type)
        ]
        return sorted(found, key=lambda each: (each.created, each.number))

    def add_category(self, sent: Sent, answer: Answer) -> Seen:
        """AddCategory: three levels, and a hundred under one parent."""
        name = text(sent, "CateName", most=64)
        its_type = word(sent, "Type", TYPES) or "default"
        parent, level = whole(sent, "ParentId") or -1, 0
        if parent < 1:
            parent = -1
        else:
            above = self.require(parent, "ParentId")
            level, its_type = above.level + 1, above.its_type
        if level > 2 or len(self.under(parent, its_type)) >= 100:
            raise invalid("ParentId")
        library = self.library
        cate_id = library.new_id(answer.get("Category", {}).get("CateId"))
        category = Category(
            cate_id, name or "", parent, level, its_type, library.now, library.next_number()
        )
        library.categories.append(category)
        return {"Category": category.shown()}

    def update_category(self, sent: Sent, _: Answer) -> Seen:
        """UpdateCategory."""
        name = text(sent, "CateName", most=64)
        self.require(int(sent["CateId"])).name = name or ""
        return {}

    def delete_category(self, sent: Sent, _: Answer) -> Seen:
        """DeleteCategory: what is under it goes too, and assets are in no category then."""
        gone = [self.require(int(sent["CateId"])).cate_id]
        for cate_id in gone:
            gone += [each.cate_id for each in self.library.categories if each.parent == cate_id]
        left = [each for each in self.library.categories if each.cate_id not in gone]
        self.library.categories = left
        for item in self.library.items:
            if item.fields["CateId"] in gone:
                item.fields["CateId"] = None
        return {}

    def get_categories(self, sent: Sent, _: Answer) -> Seen:
        """GetCategories: one, and a page of those right under it."""
        sort_by = word(sent, "SortBy", ("CreationTime:Desc", "CreationTime:Asc"))
        its_type = word(sent, "Type", TYPES)
        page = max(whole(sent, "PageNo") or 1, 1)
        size = min(max(whole(sent, "PageSize") or 10, 10), 100)
        cate_id, own_type, shown = whole(sent, "CateId") or -1, "default", {}
        if cate_id >= 1:
            category = self.require(cate_id)
            own_type, shown = category.its_type, {"Category": category.shown()}
        found = self.under(max(cate_id, -1) or -1, its_type or own_type)
        if sort_by != "CreationTime:Asc":
            found.reverse()
        return shown | {
            "SubCategories": {
                "Category": [
                    each.shown() | {"SubTotal": len(self.under(each.cate_id, each.its_type))}
                    for each in found[(page - 1) * size : page * size]
                ]
            },
            "SubTotal": len(found),
        }

    # ------------------------------------------------------------ marks

    def marks_sent(self, sent: Sent) -> list[dict[str, Any]]:
        """The items of MediaMarks; a null counts as not sent."""
        try:
            items = json.loads(sent["MediaMarks"])
        except ValueError:
            raise invalid("MediaMarks") from None
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise invalid("MediaMarks")
        marks = [
            {key: item[key] for key in MARK_KEYS if item.get(key) is not None} for item in items
        ]
        for mark in marks:
            for key, value in mark.items():
                good = is_time(value) if key.endswith("Time") else isinstance(value, str)
                if not good:
                    raise invalid("MediaMarks")
            check_span(mark)
        return marks

    def add_media_marks(self, sent: Sent, answer: Answer) -> Seen:
        """AddMediaMarks: the service draws the ids."""
        marks = self.marks_sent(sent)
        item = self.library.require({"MediaId": sent["MediaId"]})
        told = answer.get("MediaMarkIds", "").split(",")
        if len(told) != len(marks):
            told = [""] * len(marks)
        drawn = [self.library.new_id(each) for each in told if marks]
        for mark, mark_id in zip(marks, drawn, strict=True):
            item.marks.append(mark | {"MarkId": mark_id})
        return {"MediaId": item.media_id, "MediaMarkIds": ",".join(drawn)}

    def update_media_marks(self, sent: Sent, _: Answer) -> Seen:
        """UpdateMediaMarks: what is not sent of a mark stays; unknown ids change nothing."""
        marks = self.marks_sent(sent)
        item = self.library.require({"MediaId": sent["MediaId"]})
        new, changed = [dict(mark) for mark in item.marks], []
        for sent_mark in marks:
            for mark in new:
                if mark["MarkId"] == sent_mark.get("MarkId"):
                    mark.update(sent_mark)
                    check_span(mark)
                    changed.append(mark["MarkId"])
        item.marks = new
        return {"MediaId": item.media_id, "MediaMarkIds": ",".join(dict.fromkeys(changed))}

    def list_media_marks(self, sent: Sent, _: Answer) -> Seen:
        """ListMediaMarks: all of an asset."""
        item = self.library.require({k: v for k, v in sent.items() if k == "MediaId"})
        return {"MediaId": item.media_id, "MediaMarks": item.marks}

    def chosen(self, sent: Sent) -> tuple[Seen, list[tuple[Item, dict[str, Any]]]]:
        """Marks by ids, in that order, of one asset or of any; or all of an asset."""
        wanted = listed(sent, "MediaMarkIds") if "MediaMarkIds" in sent else None
        if "MediaId" not in sent and wanted is None:
            raise missing("MediaId")
        items = self.library.items
        if "MediaId" in sent:
            items = [self.library.require({"MediaId": sent["MediaId"]})]
        there = [(item, mark) for item in items for mark in item.marks]
        if wanted is not None:
            there = [pair for each in wanted for pair in there if pair[1]["MarkId"] == each]
        holders = {item.media_id for item, _ in there}
        if "MediaId" in sent:
            return {"MediaId": sent["MediaId"]}, there
        return {"MediaId": holders.pop()} if len(holders) == 1 else {}, there

    def get_media_marks(self, sent: Sent, _: Answer) -> Seen:
        """GetMediaMarks."""
        head, chosen = self.chosen(sent)
        return head | {"MediaMarks": [mark for _, mark in chosen]}

    def delete_media_marks(self, sent: Sent, _: Answer) -> Seen:
        """DeleteMediaMarks."""
        head, chosen = self.chosen(sent)
        for item, mark in chosen:
            item.marks.remove(mark)
        return head | {"MediaMarkIds": ",".join(mark["MarkId"] for _, mark in chosen)}


def is_time(value: object) -> bool:
    """Whether it is a number of seconds, or such a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return False
    try:
        return 0 <= float(value) < float("inf")
    except (ValueError, OverflowError):
        return False


def check_span(mark: dict[str, Any]) -> None:
    """A mark does not end before it starts."""
    if "MarkStartTime" in mark and "MarkEndTime" in mark:
        if float(mark["MarkEndTime"]) < float(mark["MarkStartTime"]):
            raise invalid("MediaMarks")
