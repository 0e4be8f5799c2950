"""Search libraries: which exist, and what is in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from fake_ims import errors

if TYPE_CHECKING:
    from fake_ims.library.assets import Asset, AssetStore

DEFAULT_SEARCH_LIB: Final = "ims-default-search-lib"
"""What is meant where no library is named (documented): every asset is found in it."""

INDEX_TYPES: Final = ("mm", "face", "aiLabel")
"""What a library is searched by (documented): a large model, faces, smart tags."""

_NAME: Final = re.compile(r"(IPCamera_)?[A-Za-z0-9]+")
"""Letters and digits; that prefix for cameras (documented)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchLib:
    """One search library; ``config`` is its SearchLibConfig as it was sent.

    ``job_id`` is that of the job that makes its indexes; None where they are there already.
    """

    name: str
    config: str | None = None
    job_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was inserted into a library: an asset, or a file that is none.

    ``job_id`` is that of its last index job. ``title`` and ``custom_fields`` are of its MsgBody.
    """

    media_id: str
    lib: str
    job_id: str
    input_url: str
    media_type: str = "video"
    title: str | None = None
    custom_fields: Mapping[str, Any] = field(default_factory=dict)

    def told_of(self, asset: Asset, titled: str) -> Asset:
        """The asset with what MsgBody said of it.

        :param titled: the setting ``search_lib_title``: with ``asset``, MsgBody's title is the
            asset's from then on.
        """
        if self.title is not None and titled == "asset":
            asset = replace(asset, title=self.title)
        if self.custom_fields:
            fields = {**asset.insights.custom_fields, **self.custom_fields}
            asset = replace(asset, insights=replace(asset.insights, custom_fields=fields))
        return asset


class SearchLibs:
    """The libraries of a world in the order of their creation; the caller holds its lock."""

    def __init__(self) -> None:
        self._libs = {DEFAULT_SEARCH_LIB: SearchLib(name=DEFAULT_SEARCH_LIB)}
        self._entries: dict[str, dict[str, Entry]] = {}
        self._of_media: dict[str, set[str]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._libs

    def __len__(self) -> int:
        return len(self._libs)

    def all(self) -> list[SearchLib]:
        """All of them, the default one first."""
        return list(self._libs.values())

    def declare(self, names: Iterable[str]) -> None:
        """Let libraries exist, whatever their names."""
        for name in names:
            self._libs.setdefault(name, SearchLib(name=name))

    def require(self, name: str | None) -> SearchLib:
        """A library, by default the default one.

        :raises ApiError: InvalidParameter "SearchLibName" for one that does not exist (inferred).
        """
        lib = self._libs.get(name or DEFAULT_SEARCH_LIB)
        if lib is None:
            raise errors.INVALID_PARAMETER(name="SearchLibName")
        return lib

    def create(self, name: str, config: str | None) -> SearchLib:
        """Add a library.

        :raises ApiError: InvalidParameter "SearchLibName" for a name that is not of letters and
            digits, or is taken (inferred).
        """
        if _NAME.fullmatch(name) is None or name in self._libs:
            raise errors.INVALID_PARAMETER(name="SearchLibName")
        lib = self._libs[name] = SearchLib(name=name, config=config)
        return lib

    def note_job(self, name: str, job_id: str) -> None:
        """Which job makes the indexes of a library."""
        self._libs[name] = replace(self._libs[name], job_id=job_id)

    def alter(self, name: str, config: str | None) -> SearchLib:
        """Replace a library's config, if another is given.

        :raises ApiError: as :meth:`require`.
        """
        lib = self.require(name)
        if config is not None:
            lib = self._libs[lib.name] = replace(lib, config=config)
        return lib

    def drop(self, name: str, assets: AssetStore) -> None:
        """Take a library away, with all that is in it; the assets stay.

        :raises ApiError: as :meth:`require`, and for the default one (inferred).
        """
        if self.require(name).name == DEFAULT_SEARCH_LIB:
            raise errors.INVALID_PARAMETER(name="SearchLibName")
        del self._libs[name]
        for media_id in self._entries.pop(name, {}):
            self._leave(media_id, name, assets)

    # ------------------------------------------------------------ what is in them

    def entry(self, lib: str, media_id: str) -> Entry | None:
        """What was inserted under a MediaId."""
        return self._entries.get(lib, {}).get(media_id)

    def put(self, entry: Entry) -> None:
        """Insert something, or replace what was inserted under its MediaId."""
        self._entries.setdefault(entry.lib, {})[entry.media_id] = entry
        self._of_media.setdefault(entry.media_id, set()).add(entry.lib)

    def take(self, lib: str, media_id: str, assets: AssetStore) -> Entry | None:
        """Take something out of a library."""
        entry = self._entries.get(lib, {}).pop(media_id, None)
        if entry is not None:
            self._leave(media_id, lib, assets)
        return entry

    def _leave(self, media_id: str, lib: str, assets: AssetStore) -> None:
        libs = self._of_media[media_id]
        libs.discard(lib)
        if not libs:
            del self._of_media[media_id]
        asset = assets.get(media_id)
        if asset is not None and lib in asset.search_libs:
            left = tuple(each for each in asset.search_libs if each != lib)
            assets.put(replace(asset, search_libs=left))

    def forget(self, media_id: str) -> None:
        """An asset is gone, and with it what it was in libraries."""
        for lib in self._of_media.pop(media_id, ()):
            del self._entries[lib][media_id]
