"""SearchMedia of the naive library. A Match comes with a function that says what it means."""

from __future__ import annotations

import copy
import functools
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from naive_parameters import Answer, Seen, Sent, invalid, json_text, listed, whole

if TYPE_CHECKING:
    from naive_library import NaiveLibrary
    from naive_records import Item

DEFAULT_LIBRARY, OTHER_LIBRARY = "ims-default-search-lib", "mine"
STATUSES = {"0": "Init", "1": "Preparing", "2": "PrepareFail", "3": "Normal", "17": "Deleted"}
SORT_VALUES: dict[str, Callable[[Item], Any]] = {
    "utcCreate": lambda item: item.created,
    "utcModified": lambda item: item.modified,
    "title": lambda item: item.fields["Title"],
    "description": lambda item: item.fields["Description"],
    "cateId": lambda item: item.fields["CateId"],
    "mediaType": lambda item: item.fields["MediaType"],
}


@dataclass(frozen=True)
class Match:
    """A Match, which assets it means, and which media types it names."""

    text: str
    holds: Callable[[Item], bool]
    named: frozenset[str] = frozenset()


# ---------------------------------------------------------------- its parts


def quoted(value: str) -> str:
    """A value in quotes."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def several(values: Iterable[str]) -> str:
    """Values in parentheses."""
    return f"({','.join(map(quoted, values))})"


def contains(field: str, value: str) -> Match:
    """Fuzzy: a part of the text, in any case."""
    name = field.capitalize()
    return Match(
        f"{field} = {quoted(value)}",
        lambda item: value.casefold() in (item.fields[name] or "").casefold(),
    )


def tagged(values: list[str]) -> Match:
    """One of the tags."""
    return Match(
        f"tagList in {several(values)}", lambda item: any(tag in values for tag in item.tags)
    )


def with_id(media_id: str) -> Match:
    """The asset of an id."""
    return Match(f"mediaId == {quoted(media_id)}", lambda item: item.media_id == media_id)


def filed(cate_id: str) -> Match:
    """The assets right in a category."""
    return Match(f"cateId == {cate_id}", lambda item: str(item.fields["CateId"]) == cate_id)


def in_status(numbers: list[str]) -> Match:
    """Those of a few states."""
    names = [STATUSES[number] for number in numbers]
    way = f"== {numbers[0]}" if len(numbers) == 1 else f"in ({','.join(numbers)})"
    return Match(f"status {way}", lambda item: item.status in names)


def at(field: str, low: str, high: str, brackets: str) -> Match:
    """A time in milliseconds, the bounds included or not; an empty one does not count."""

    def holds(item: Item) -> bool:
        value = int(SORT_VALUES[field](item)) // 1000
        above = not low or value > int(low) or (brackets[0] == "[" and value == int(low))
        below = not high or value < int(high) or (brackets[1] == "]" and value == int(high))
        return above and below

    return Match(f"{field} = {brackets[0]}'{low}','{high}'{brackets[1]}", holds)


def read_off(text: str) -> Match:
    """A part of a text that was read off the pictures."""
    return Match(
        f"ocrInfo.tracks.content = {quoted(text)}",
        lambda item: any(text.casefold() in each.casefold() for each in item.ocr),
    )


def labelled(place: int, value: str) -> Match:
    """A label's category or id."""
    field = ("aiLabelInfo.category", "aiLabelInfo.label_id")[place]
    return Match(
        f"{field} == {quoted(value)}",
        lambda item: any(label[place] == value for label in item.labels),
    )


def stored(buckets: list[str]) -> Match:
    """Those in a few buckets."""
    hosts = [f"{bucket}.oss-cn-shanghai.aliyuncs.com" for bucket in buckets]
    way = f"== {quoted(hosts[0])}" if len(hosts) == 1 else f"in {several(hosts)}"
    return Match(
        f"fileInfo.storageLocation {way}",
        lambda item: item.source == "oss" and item.file.partition("/")[0] in buckets,
    )


def of_type(media_types: list[str]) -> Match:
    """Those of a few media types."""
    way = f"== {quoted(media_types[0])}" if len(media_types) == 1 else f"in {several(media_types)}"
    named = frozenset(media_types)
    return Match(f"mediaType {way}", lambda item: item.fields["MediaType"] in named, named)


def both(one: Match, two: Match) -> Match:
    """And."""
    return Match(
        f"{one.text} and {two.text}",
        lambda item: one.holds(item) and two.holds(item),
        one.named | two.named,
    )


def either(one: Match, two: Match) -> Match:
    """Or, which is in parentheses only."""
    return Match(
        f"({one.text} or {two.text})",
        lambda item: one.holds(item) or two.holds(item),
        one.named | two.named,
    )


# ---------------------------------------------------------------- custom fields


def custom_filters(sent: Sent) -> dict[str, Any]:
    """CustomFilters: of each field a value, a list of values, or a range."""
    document = json.loads(json_text(sent, "CustomFilters", kind=dict) or "{}")
    if not document.keys() <= {"intField1", "strField1", "strField2"}:
        raise invalid("CustomFilters")
    return dict(document)


def admits(wanted: Any, value: Any) -> bool:
    """Whether a custom field is as it is wanted."""
    if value is None:
        return False
    if isinstance(wanted, dict):
        return bool(wanted.get("gte", value) <= value <= wanted.get("lte", value))
    return value in (wanted if isinstance(wanted, list) else [wanted])


# ---------------------------------------------------------------- searching


Key = tuple[str, bool]
"""A field, and whether its largest value comes first."""


def read_order(sent: Sent) -> list[Key]:
    """SortBy: fields, each with its direction."""
    keys: list[Key] = []
    for part in listed(sent, "SortBy"):
        name, _, direction = part.partition(":")
        if name not in SORT_VALUES or direction.lower() not in ("asc", "desc"):
            raise invalid("SortBy")
        if name not in [key for key, _ in keys]:
            keys.append((name, direction.lower() == "desc"))
    return keys or [("utcCreate", True)]


def order_of(one: Item, two: Item, keys: list[Key]) -> int:
    """Negative if one comes first. What lacks a value comes after all others; at last the order of
    registration counts, in the direction of the last key.
    """
    for name, descending in keys:
        a, b = SORT_VALUES[name](one), SORT_VALUES[name](two)
        if a != b:
            if a is None or b is None:
                return 1 if a is None else -1
            return -1 if (a < b) != descending else 1
    by_number = one.number - two.number
    return -by_number if keys[-1][1] else by_number


@dataclass
class Scroll:
    """What a ScrollToken stands for: a page, and the last asset on it as it was then."""

    keys: list[Key]
    page: int
    last: Item


class NaiveSearch:
    """SearchMedia. ``meanings`` is told what each Match means before it is used."""

    def __init__(self, library: NaiveLibrary) -> None:
        self.library = library
        self.meanings: dict[str, Match] = {}
        self.scrolls: dict[str, Scroll] = {}

    def matching(self, sent: Sent) -> list[Item]:
        """All that is found, in its order."""
        match = Match("", lambda _: True)
        if "Match" in sent:
            if sent["Match"] not in self.meanings:
                raise invalid("Match")
            match = self.meanings[sent["Match"]]
        if "image" in match.named and len(match.named) > 1:
            raise invalid("Match")
        searched = ("image",) if "image" in match.named else ("video", "audio")
        if not match.named:
            searched = ("video",)
        library = sent.get("SearchLibName", DEFAULT_LIBRARY)
        if library not in (DEFAULT_LIBRARY, OTHER_LIBRARY):
            raise invalid("SearchLibName")
        filters, keys = custom_filters(sent), read_order(sent)
        found = [
            item
            for item in self.library.items
            if match.holds(item)
            and item.fields["MediaType"] in searched
            and (library == DEFAULT_LIBRARY or (library == item.library and item.entered))
            and all(admits(wanted, item.custom.get(name)) for name, wanted in filters.items())
        ]

        def compared(one: Item, two: Item) -> int:
            return order_of(one, two, keys)

        return sorted(found, key=functools.cmp_to_key(compared))

    def search_media(self, sent: Sent, answer: Answer) -> Seen:
        """SearchMedia: a page by its number, or the next ones after that of a ScrollToken."""
        asked_size, asked_page = whole(sent, "PageSize"), whole(sent, "PageNo")
        size = 10 if asked_size is None else min(max(asked_size, 1), 50)
        asked = None if asked_page is None else max(asked_page, 1)
        found, keys = self.matching(sent), read_order(sent)
        rest, number, scroll = found, asked or 1, None
        if "ScrollToken" in sent:
            scroll = self.scrolls.get(sent["ScrollToken"])
            if scroll is None or scroll.keys != keys:
                raise invalid("ScrollToken")
            rest = [item for item in found if order_of(scroll.last, item, keys) < 0]
            number = max(asked or 0, scroll.page + 1)
            if (number - scroll.page) * size > 1000:
                raise invalid("PageNo")
        before = number - 1 - (0 if scroll is None else scroll.page)
        shown = rest[before * size : (before + 1) * size]
        seen: Seen = {
            "Code": "200",
            "Success": "True",
            "Total": len(found),
            "MediaInfoList": [
                {
                    "MediaId": item.media_id,
                    "MediaBasicInfo": self.library.basic_info(item),
                    "FileInfoList": self.library.files(item),
                    **found_out(item),
                }
                for item in shown
            ],
        }
        if shown:
            last = copy.deepcopy(shown[-1])
            self.scrolls[str(answer.get("ScrollToken"))] = Scroll(keys, number, last)
            seen["ScrollToken"] = "(there)"
        return seen


def found_out(item: Item) -> Seen:
    """What other services said of an asset."""
    names = ("Category", "LabelId", "LabelName")
    labels = [dict(zip(names, label, strict=True)) for label in item.labels]
    data: Seen = {"AiLabelInfo": labels} if labels else {}
    data |= {"OcrInfo": [{"Content": each} for each in item.ocr]} if item.ocr else {}
    shown: Seen = {"AiData": data} if data else {}
    return shown | ({"CustomFields": item.custom} if item.custom else {})
