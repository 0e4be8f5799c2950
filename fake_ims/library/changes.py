"""Changes to assets that are there: new values for some of what is known, and deletion."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fake_ims import errors
from fake_ims.clock import Instant
from fake_ims.library.assets import Asset
from fake_ims.media.types import business_type_fits
from fake_ims.settings import Choices

if TYPE_CHECKING:
    from fake_ims.library.library import Library

MOST_TAGS: Final = 16

_REPLACED: Final = (
    "title", "description", "category", "cate_id", "cover_url", "user_data", "business_type",
    "reference_id",
)  # fmt: skip

_TOLD: Final = {
    "title": "Title",
    "description": "Description",
    "cover_url": "CoverURL",
    "cate_id": "CateId",
    "media_tags": "Tags",
}
"""What MediaBaseChangeComplete of ApsaraVideo VOD tells (documented there)."""


@dataclass(slots=True, kw_only=True)
class Change:
    """Which asset, and what of it shall be new: None stays as it is.

    ``append_tags`` adds ``media_tags`` to those that are there, instead of putting them in their
    place.
    """

    media_id: str | None = None
    input_url: str | None = None
    title: str | None = None
    description: str | None = None
    category: str | None = None
    cate_id: int | None = None
    media_tags: tuple[str, ...] | None = None
    append_tags: bool = False
    cover_url: str | None = None
    user_data: str | None = None
    business_type: str | None = None
    reference_id: str | None = None


def update(library: Library, change: Change, now: Instant, choices: Choices) -> Asset:
    """Change an asset, whatever its status; the asset as it is then.

    A change that names nothing new is no error, and leaves ModifiedTime alone (inferred).

    :raises ApiError: for an unknown asset, a ReferenceId of another, too many tags, and with
        ``strict`` for values that are not documented; nothing has changed then.
    """
    old = library.require(change.media_id, change.input_url, choices)
    if library.settings.strict:
        _check_strictly(library, change, old)
    library.check_reference_id(change.reference_id, old, choices)
    values: dict[str, Any] = {name: getattr(change, name) for name in _REPLACED}
    values["media_tags"] = _tags(old, change)
    values = {name: value for name, value in values.items() if value is not None}
    if not values:
        return old
    new = replace(old, **values, modified_at=now)
    library.assets.put(new)
    if any(getattr(old, name) != value for name, value in values.items()):
        choices.note("event_fields")
        library.announce("MediaBaseChangeComplete", now, {
            "Status": "Success", "MediaType": new.media_type, "MediaId": new.media_id,
            "OperateMode": "update", "MediaContent": _content(old, new),
        })  # fmt: skip
    return new


def _check_strictly(library: Library, change: Change, asset: Asset) -> None:
    business_type = change.business_type
    if business_type is not None and not business_type_fits(business_type, asset.media_type):
        raise errors.INVALID_PARAMETER(name="BusinessType")
    if change.cate_id is not None and change.cate_id not in library.categories:
        raise errors.INVALID_PARAMETER(name="CateId")


def _tags(asset: Asset, change: Change) -> tuple[str, ...] | None:
    tags = change.media_tags
    if tags is not None and change.append_tags:
        there = asset.media_tags
        tags = (*there, *(tag for tag in dict.fromkeys(tags) if tag not in there))
        if len(tags) > MOST_TAGS:
            raise errors.INVALID_PARAMETER(name="MediaTags")
    return tags


def _content(old: Asset, new: Asset) -> str:
    """What has changed, as ApsaraVideo VOD writes it: JSON in JSON, without what was not there."""
    changed = {}
    for attribute, name in _TOLD.items():
        before, after = getattr(old, attribute), getattr(new, attribute)
        if before != after:
            values = {"OldValue": before, "NewValue": after}
            changed[name] = _compact({
                side: ",".join(value) if isinstance(value, tuple) else value
                for side, value in values.items()
                if value not in (None, ())
            })  # fmt: skip
    return _compact(changed)


def _compact(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True, kw_only=True)
class Removal:
    """Which assets shall go, and whether their files go as well."""

    media_ids: tuple[str, ...] = ()
    input_urls: tuple[str, ...] = ()
    delete_physical_files: bool = False


class Removed(NamedTuple):
    """What of a removal did not happen: ids or URLs as they were given."""

    ignored: list[str]
    forbidden: list[str]


def remove(library: Library, removal: Removal, now: Instant, choices: Choices) -> Removed:
    """Delete assets; MediaIds count if there are URLs as well (documented).

    All are looked up before the first goes, so that two URLs of one asset are both found.

    :raises ApiError: MissingParameter "MediaIds" if none is named.
    """
    if not removal.media_ids and not removal.input_urls:
        raise errors.MISSING_PARAMETER(name="MediaIds")
    if removal.media_ids:
        named = {name: library.assets.get(name) for name in removal.media_ids}
    else:
        named = {name: _by_url(library, name, choices) for name in removal.input_urls}
    ignored, forbidden = [], []
    found: dict[str, Asset] = {}
    for name, asset in named.items():
        if asset is None:
            ignored.append(name)
        elif removal.delete_physical_files and not _may_delete_file(library, asset):
            forbidden.append(name)
        else:
            found[asset.media_id] = asset
    for asset in found.values():
        choices.note("event_fields")
        library.delete(asset, now)
        if removal.delete_physical_files:
            library.objects.delete(asset.location)
    return Removed(ignored, forbidden)


def _by_url(library: Library, input_url: str, choices: Choices) -> Asset | None:
    """The asset of a URL, which may end in ``?`` as in the document of DeleteMediaInfos."""
    try:
        asset = library.find_by_url(input_url, choices)
        if asset is None and input_url.endswith("?"):
            asset = library.find_by_url(input_url[:-1], choices)
    except errors.ApiError:
        return None
    return asset


def _may_delete_file(library: Library, asset: Asset) -> bool:
    """Files in a bucket of one's own need the service's role (documented)."""
    return asset.location.source != "oss" or library.settings.default_role == "granted"
