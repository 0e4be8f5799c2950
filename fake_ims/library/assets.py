"""Media assets and the store that finds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fake_ims.clock import Instant, iso
from fake_ims.library.insights import NO_INSIGHTS, Insights
from fake_ims.library.made import NOTHING_MADE, Made
from fake_ims.library.marks import Mark
from fake_ims.library.register_config import RegisterConfig, read_register_config
from fake_ims.media.locations import Location
from fake_ims.media.objects import ObjectFacts
from fake_ims.texts import printable, shortened

if TYPE_CHECKING:
    from fake_ims.library.index import Index
    from fake_ims.library.streams import Stream
    from fake_ims.library.uploads import Upload

INIT: Final = "Init"
PREPARING: Final = "Preparing"
PREPARE_FAIL: Final = "PrepareFail"
NORMAL: Final = "Normal"
UNFINISHED: Final = (INIT, PREPARING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One media asset: never changed, only replaced, so that every reader holds a snapshot.

    ``identity`` is what makes two InputURLs one. ``object_facts`` is what had been said of the
    file when it was analysed; its details follow from that and the location. ``search_libs`` are
    the search libraries that it has entered, ``streams`` are the files that were registered as
    its streams, ``upload`` says how the file comes if the asset was there first, ``made`` is what
    the service made of the file after its analysis, ``insights`` what other services found out,
    ``marks`` what was noted of spans of its time.
    """

    media_id: str
    input_url: str
    identity: str
    location: Location
    media_type: str
    business_type: str
    title: str
    status: str
    created_at: Instant
    modified_at: Instant
    description: str | None = None
    media_tags: tuple[str, ...] = ()
    cover_url: str | None = None
    user_data: str | None = None
    category: str | None = None
    cate_id: int | None = None
    reference_id: str | None = None
    workflow_id: str | None = None
    smart_tag_template_id: str | None = None
    register_config: str | None = None
    search_libs: tuple[str, ...] = ()
    streams: tuple[Stream, ...] = ()
    object_facts: ObjectFacts | None = None
    failure: str | None = None
    upload: Upload | None = None
    made: Made = NOTHING_MADE
    insights: Insights = NO_INSIGHTS
    marks: tuple[Mark, ...] = ()

    @property
    def unfinished(self) -> bool:
        """Whether its analysis has still to come."""
        return self.status in UNFINISHED

    @property
    def config(self) -> RegisterConfig:
        """What the registration's RegisterConfig says."""
        return read_register_config(self.register_config)

    @property
    def storage_location(self) -> str | None:
        """The host of the bucket where its file is; None for a file of ApsaraVideo VOD."""
        return self.location.host if self.location.source == "oss" else None

    def __repr__(self) -> str:
        why = f" ({printable(shortened(self.failure))})" if self.failure else ""
        return (
            f"<Asset {self.media_id} {self.status}{why} "
            f"{shortened(repr(self.input_url))} {self.title!r} {iso(self.created_at)}>"
        )


class AssetStore:
    """Assets by MediaId, by identity of their URL, by ReferenceId, and by the ids of their marks.

    The caller holds the world's lock. Every operation takes the same time whatever the size, but
    for the first use of each part of :attr:`index`.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, Asset] = {}
        self._by_identity: dict[str, str] = {}
        self._by_reference: dict[str, str] = {}
        self._by_mark: dict[str, str] = {}
        self._index: Index | None = None

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._by_id.values())

    def __reversed__(self) -> Iterator[Asset]:
        return reversed(self._by_id.values())

    def __contains__(self, media_id: object) -> bool:
        return media_id in self._by_id

    def __getitem__(self, media_id: str) -> Asset:
        return self._by_id[media_id]

    def get(self, media_id: str) -> Asset | None:
        """The asset of a MediaId, or None."""
        return self._by_id.get(media_id)

    def by_identity(self, identity: str) -> Asset | None:
        """The asset of a URL's identity, or None."""
        return self._by_id.get(self._by_identity.get(identity, ""))

    def by_reference(self, reference_id: str) -> Asset | None:
        """The asset of a ReferenceId, or None."""
        return self._by_id.get(self._by_reference.get(reference_id, ""))

    def by_mark(self, mark_id: str) -> Asset | None:
        """The asset that a mark is on, or None."""
        return self._by_id.get(self._by_mark.get(mark_id, ""))

    def filed_under(self, cate_id: int) -> list[Asset]:
        """The assets right in a category, the oldest first."""
        if not self._by_id:
            return []
        from fake_ims.library.index import CATEGORY  # see the index

        return [self._by_id[each] for each in self.index.on(CATEGORY, cate_id).select().walk()]

    @property
    def index(self) -> Index:
        """What lists and searches go by: made when it is first asked for, since most worlds only
        register and get, and kept up from then on.
        """
        if self._index is None:
            from fake_ims.library.index import Index  # a tenth of a cold start

            self._index = Index(self)
        return self._index

    def put(self, asset: Asset) -> None:
        """Add an asset, or replace the one of the same MediaId."""
        old = self._by_id.get(asset.media_id)
        if old is not None and old.reference_id != asset.reference_id:
            self._forget_reference(old)
        self._by_id[asset.media_id] = asset
        self._by_identity[asset.identity] = asset.media_id
        if asset.reference_id:
            self._by_reference[asset.reference_id] = asset.media_id
        self._remember_marks(() if old is None else old.marks, asset)
        if self._index is not None:
            self._index.replace(old, asset)

    def remove(self, media_id: str) -> Asset:
        """Take an asset out of every index.

        :raises KeyError: if there is none of that MediaId.
        """
        asset = self._by_id.pop(media_id)
        if self._by_identity.get(asset.identity) == media_id:
            del self._by_identity[asset.identity]
        self._forget_reference(asset)
        self._forget_marks(asset.marks)
        if self._index is not None:
            self._index.replace(asset, None)
        return asset

    def _forget_reference(self, asset: Asset) -> None:
        if asset.reference_id and self._by_reference.get(asset.reference_id) == asset.media_id:
            del self._by_reference[asset.reference_id]

    def _remember_marks(self, before: tuple[Mark, ...], asset: Asset) -> None:
        """Take in an asset's marks; those that come after all that were there cost nothing else."""
        if asset.marks[: len(before)] != before:
            self._forget_marks(before)
            before = ()
        for mark in asset.marks[len(before) :]:
            self._by_mark[mark.mark_id] = asset.media_id

    def _forget_marks(self, marks: tuple[Mark, ...]) -> None:
        for mark in marks:
            del self._by_mark[mark.mark_id]
