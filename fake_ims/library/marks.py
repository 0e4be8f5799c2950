"""Marks: what is noted of spans of an asset's time. They live on the asset, and die with it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from fake_ims import errors
from fake_ims.settings import Choices
from fake_ims.texts import shortened

if TYPE_CHECKING:
    from fake_ims.library.assets import Asset
    from fake_ims.library.library import Library

Seconds: TypeAlias = "int | float | str"
"""A time as it was sent: documented as Float, and written as a text in all the examples."""

TIMES: Final = (("MarkStartTime", "mark_start_time"), ("MarkEndTime", "mark_end_time"))
TEXTS: Final = (
    ("MarkTag", "mark_tag"), ("MarkContent", "mark_content"), ("MarkStatus", "mark_status"),
)  # fmt: skip
KEYS: Final = (("MarkId", "mark_id"), *TIMES, *TEXTS)
"""Documented: what a mark says, none of it required; and the names of it here."""

_NAMES: Final = frozenset(key for key, _ in KEYS)
_DECIMAL: Final = re.compile(r"\+?([0-9]+(?:\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One mark: never changed, only replaced. What was not sent is None; times are as sent."""

    mark_id: str
    mark_start_time: Seconds | None = None
    mark_end_time: Seconds | None = None
    mark_tag: str | None = None
    mark_content: str | None = None
    mark_status: str | None = None

    def written(self) -> dict[str, Any]:
        """The mark as answers show it: what was not sent is left out."""
        return {key: value for key, name in KEYS if (value := getattr(self, name)) is not None}

    def __repr__(self) -> str:
        said = {name.removeprefix("mark_"): getattr(self, name) for _, name in KEYS[1:]}
        told = [f"{name}={value!r}" for name, value in said.items() if value is not None]
        return f"<Mark {shortened(' '.join([self.mark_id, *told]))}>"


class Draft(NamedTuple):
    """What one item of MediaMarks says: of which mark, and its values by their names here."""

    mark_id: str | None
    values: dict[str, Any]


class Chosen(NamedTuple):
    """Marks, and the asset that they are on; None if they are on several, or there are none."""

    media_id: str | None
    marks: tuple[Mark, ...]


def refusal() -> errors.ApiError:
    """The answer for MediaMarks of another form (inferred)."""
    return errors.INVALID_PARAMETER(name="MediaMarks")


def read_marks(items: Sequence[object], *, strict: bool) -> list[Draft]:
    """What the items of MediaMarks say. A null counts as not sent.

    :raises ApiError: InvalidParameter "MediaMarks" for what is no mark; with ``strict`` also for a
        key that is not documented.
    """
    return [_read_mark(item, strict=strict) for item in items]


def _read_mark(item: object, *, strict: bool) -> Draft:
    if not isinstance(item, dict) or (strict and not item.keys() <= _NAMES):
        raise refusal()
    values: dict[str, Any] = {}
    for key, name in KEYS:
        value = item.get(key)
        if value is None:
            continue
        if (key, name) in TIMES:
            if seconds(value) is None:
                raise refusal()
        elif not isinstance(value, str) or not _is_utf8(value):
            raise refusal()
        values[name] = value
    mark_id = values.pop("mark_id", None) or None
    _check_span(values.get("mark_start_time"), values.get("mark_end_time"))
    return Draft(mark_id, values)


def _is_utf8(text: str) -> bool:
    """JSON can spell half of a surrogate pair, which no answer could carry."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def seconds(value: object) -> float | None:
    """A time as a number; None for what is no time: negative, infinite, or not a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str) and _DECIMAL.fullmatch(value) is None:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if number >= 0 and math.isfinite(number) else None


def _check_span(start: Seconds | None, end: Seconds | None) -> None:
    """Refuse a mark that ends before it starts.

    :raises ApiError: InvalidParameter "MediaMarks".
    """
    begins, ends = seconds(start), seconds(end)
    if begins is not None and ends is not None and ends < begins:
        raise refusal()


def add(library: Library, asset: Asset, drafts: Iterable[Draft]) -> tuple[str, ...]:
    """Add marks to an asset; their ids, in the same order.

    A MarkId that is sent has no effect: the service draws its own (inferred).
    """
    marks = tuple(Mark(mark_id=library.ids.mark_id(), **draft.values) for draft in drafts)
    library.assets.put(replace(asset, marks=asset.marks + marks))
    return tuple(mark.mark_id for mark in marks)


def update(
    library: Library, asset: Asset, drafts: Iterable[Draft], choices: Choices
) -> tuple[str, ...]:
    """Change marks of an asset; the ids of those that were changed (documented).

    What a draft does not say stays. One of an unknown mark changes nothing (inferred); one without
    an id does what the setting ``mark_without_id`` says.

    :raises ApiError: for one that would end before it starts; nothing has changed then.
    """
    marks = {mark.mark_id: mark for mark in asset.marks}
    places, changed = list(marks), dict[str, None]()
    for place, draft in enumerate(drafts):
        mark_id = draft.mark_id
        if mark_id is None:
            rule = choices.of("mark_without_id")
            if rule == "reject":
                raise refusal()
            if rule == "position" and place < len(places):
                mark_id = places[place]
        if mark_id is not None and mark_id in marks:
            mark = marks[mark_id] = replace(marks[mark_id], **draft.values)
            _check_span(mark.mark_start_time, mark.mark_end_time)
            changed[mark_id] = None
    if changed:
        library.assets.put(replace(asset, marks=tuple(marks.values())))
    return tuple(changed)


def choose(
    library: Library, media_id: str | None, mark_ids: tuple[str, ...] | None, choices: Choices
) -> Chosen:
    """The marks of these ids, in that order, or all marks of an asset; unknown ids are left out.

    Without a MediaId, which is not declared as required, the ids say enough (inferred).

    :raises ApiError: MissingParameter "MediaId" without either; for an unknown asset, as the
        setting ``unknown_media`` says.
    """
    if media_id is not None or mark_ids is None:
        asset = library.require(media_id, None, choices)
        if mark_ids is None:
            return Chosen(asset.media_id, asset.marks)
        own = {mark.mark_id: mark for mark in asset.marks}
        return Chosen(asset.media_id, tuple(own[each] for each in mark_ids if each in own))
    holders = {each.media_id: each for id_ in mark_ids if (each := library.assets.by_mark(id_))}
    known = {mark.mark_id: mark for asset in holders.values() for mark in asset.marks}
    return Chosen(
        next(iter(holders)) if len(holders) == 1 else None,
        tuple(known[each] for each in mark_ids if each in known),
    )


def delete(library: Library, marks: Iterable[Mark]) -> None:
    """Take marks off the assets that they are on."""
    gone = {mark.mark_id for mark in marks}
    holders = {each.media_id: each for id_ in gone if (each := library.assets.by_mark(id_))}
    for asset in holders.values():
        rest = tuple(mark for mark in asset.marks if mark.mark_id not in gone)
        library.assets.put(replace(asset, marks=rest))


def as_json(marks: Iterable[Mark]) -> str:
    """Marks as the JSON text that answers hold; what is not ASCII stays readable."""
    written = [mark.written() for mark in marks]
    return json.dumps(written, ensure_ascii=False, separators=(",", ":"))
