"""Lists of the naive library, by filters and by search."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from naive_parameters import SECOND, Answer, Seen, Sent, flag, invalid, whole, word

if TYPE_CHECKING:
    from naive_library import NaiveLibrary
    from naive_records import Item

MEDIA_TYPES = ("image", "video", "audio", "text", "all")
STATUSES = ("Init", "Preparing", "PrepareFail", "Normal")
SOURCES = ("oss", "vod", "live", "general")
ORDERS = ("desc", "asc", "Desc", "Asc", "DESC", "ASC")

Place = tuple[int, int]
"""Where an asset stands in the order of creation."""


def time(sent: Sent, name: str) -> int | None:
    """A point in time, in seconds."""
    if name not in sent:
        return None
    try:
        moment = datetime.strptime(f"{sent[name]}+0000", "%Y-%m-%dT%H:%M:%SZ%z")
    except ValueError:
        raise invalid(name) from None
    return int(moment.timestamp())


def place(item: Item) -> Place:
    """By the time of creation, those of one time by their registration."""
    return item.created, item.number


class NaiveLists:
    """ListMediaBasicInfos."""

    def __init__(self, library: NaiveLibrary) -> None:
        self.library = library
        self.tokens: dict[str, Place] = {}

    def matching(self, sent: Sent) -> list[Item]:
        """All that a list has, in its order: StartTime is exclusive, EndTime inclusive."""
        after, until = time(sent, "StartTime"), time(sent, "EndTime")
        media_type = word(sent, "MediaType", MEDIA_TYPES)
        source = word(sent, "Source", SOURCES)
        status = word(sent, "Status", STATUSES)
        order = word(sent, "SortBy", ORDERS) or "desc"
        found = [
            item
            for item in self.library.items
            if (after is None or item.created // SECOND > after)
            and (until is None or item.created // SECOND <= until)
            and media_type in (None, "all", item.fields["MediaType"])
            and sent.get("BusinessType") in (None, item.fields["BusinessType"])
            and source in (None, item.source)
            and status in (None, item.status)
            and sent.get("MediaId") in (None, item.media_id)
        ]
        return sorted(found, key=place, reverse=order.lower() == "desc")

    def list_media_basic_infos(self, sent: Sent, answer: Answer) -> Seen:
        """ListMediaBasicInfos; a NextToken stands for the place where a page ended."""
        found = self.matching(sent)
        asked = whole(sent, "MaxResults" if "MaxResults" in sent else "PageSize")
        size = 10 if asked is None else min(max(asked, 1), 100)
        descending = sent.get("SortBy", "desc").lower() == "desc"
        token, rest = sent.get("NextToken"), found
        if token is None:
            number = whole(sent, "PageNo")
            rest = found[(max(1 if number is None else number, 1) - 1) * size :]
        elif token not in self.tokens:
            raise invalid("NextToken")
        else:
            at = self.tokens[token]
            rest = [
                each for each in found if (place(each) < at if descending else place(each) > at)
            ]
        shown = rest[:size]
        seen: Seen = {
            "MediaInfos": [
                self.info(item, files=flag(sent, "IncludeFileBasicInfo")) for item in shown
            ],
            "TotalCount": len(found),
            "MaxResults": size,
        }
        if len(rest) > size:
            told = answer.get("NextToken")
            if isinstance(told, str):
                self.tokens[told] = place(shown[-1])
            seen["NextToken"] = "(there)"
        return seen

    def info(self, item: Item, *, files: bool) -> Seen:
        """One asset of a list."""
        basic = self.library.basic_info(item)
        basic.pop("CateName", None)
        shown: dict[str, Any] = {"MediaId": item.media_id, "MediaBasicInfo": basic}
        return shown | ({"FileInfoList": self.library.files(item)} if files else {})
