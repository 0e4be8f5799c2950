"""SearchMediaByHybrid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marshmallow import fields

from fake_ims import errors
from fake_ims.evidence import Evidence
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Int32,
    JsonText,
    Number,
    OneOf,
    RequestSchema,
    ResponseSchema,
    Text,
    Written,
)
from fake_ims.library.assets import NORMAL, Asset
from fake_ims.media.details import Unreadable
from fake_ims.operations.searching import (
    DEFAULT_PAGE_SIZE,
    PAGE_SIZES,
    PAGES,
    custom_filters,
)
from fake_ims.operations.showing import bounded

if TYPE_CHECKING:
    from fake_ims.library.match import Condition

MEDIA_TYPES: Final = ("image", "video")


@dataclass(slots=True, kw_only=True, eq=False)
class HybridQuery:
    """What is searched for in words, among which assets, and which page of it."""

    text: str | None = None
    media_id: str | None = None
    media_type: str | None = None
    utc_create: str | None = None
    custom_filters: str | None = None
    search_lib_name: str | None = None
    page_no: int | None = None
    page_size: int | None = None
    namespace: str | None = None


class SearchMediaByHybridRequest(RequestSchema):
    """No parameter is declared as required, but one of the first two must be there (inferred)."""

    record = HybridQuery

    text = Text(data_key="Text")
    media_id = Text(data_key="MediaId")
    media_type = OneOf(*MEDIA_TYPES, data_key="MediaType")
    utc_create = JsonText(data_key="UtcCreate", object_only=True)
    custom_filters = JsonText(data_key="CustomFilters", object_only=True)
    search_lib_name = Text(data_key="SearchLibName")
    page_no = Int32(data_key="PageNo")
    page_size = Int32(data_key="PageSize")
    namespace = Text(data_key="Namespace", inert=True)


@dataclass(slots=True, eq=False)
class Clip:
    """From which second to which, and how well it fits."""

    start: float
    end: float
    score: float


class ClipSchema(ResponseSchema):
    """Writes :class:`Clip`."""

    start = Number(data_key="From")
    end = Number(data_key="To")
    score = Number(data_key="Score")


@dataclass(slots=True, eq=False)
class FoundClips:
    """An asset that was found, and what of it."""

    media_id: str
    clips: tuple[Clip, ...]


class FoundClipsSchema(ResponseSchema):
    """Writes :class:`FoundClips`."""

    media_id = Written(data_key="MediaId")
    clips = fields.List(fields.Nested(ClipSchema()), data_key="ClipInfo")


@dataclass(slots=True, eq=False)
class RankedPage:
    """The answer of SearchMediaByHybrid."""

    media: list[FoundClips]
    total: int
    code: str = "200"
    success: str = "true"


class SearchMediaByHybridResponse(ResponseSchema):
    """A page, best first, and the number of all; Success is text (documented)."""

    media = fields.List(fields.Nested(FoundClipsSchema()), data_key="MediaList")
    total = Number(data_key="Total")
    code = Written(data_key="Code")
    success = Written(data_key="Success")


@operation(
    "SearchMediaByHybrid",
    request=SearchMediaByHybridRequest,
    response=SearchMediaByHybridResponse,
    access="get",
    evidence=Evidence.INFERRED,
    questions=("page_size_range",),
)
def search_media_by_hybrid(query: HybridQuery, services: Services) -> RankedPage:
    """Search analysed assets by words: an approximation, see :mod:`fake_ims.library.hybrid`.

    With MediaId only that asset is looked at; without Text it fits as it is.
    """
    from fake_ims.library.hybrid import ranked  # with all it needs: most runs never search
    from fake_ims.library.predicates import read_custom_filters
    from fake_ims.library.search import Search, in_search_lib, select

    if query.text is None and query.media_id is None:
        raise errors.MISSING_PARAMETER(name="Text")
    size = bounded(query.page_size, PAGE_SIZES, DEFAULT_PAGE_SIZE, "PageSize", services)
    page_no = bounded(query.page_no, PAGES, 1, "PageNo", services)
    library = services.library
    search = Search(
        conditions=(
            *_conditions(query), *in_search_lib(query.search_lib_name, library.search_libs),
        ),
        custom_filters=read_custom_filters(custom_filters(query.custom_filters)),
    )  # fmt: skip
    found = ranked(select(search, library.assets), library.assets, query.text)
    start = (page_no - 1) * size
    shown = [_shown(asset, score, services) for score, asset in found[start : start + size]]
    return RankedPage(shown, len(found))


def _conditions(query: HybridQuery) -> Iterator[Condition]:
    from fake_ims.library.match import OneOf as Is
    from fake_ims.library.match import Within

    yield Is("status", (NORMAL,))
    yield Is("mediaType", MEDIA_TYPES if query.media_type is None else (query.media_type,))
    if query.media_id is not None:
        yield Is("mediaId", (query.media_id,))
    if query.utc_create is not None:
        low, high = _milliseconds(query.utc_create)
        yield Within(
            "utcCreate",
            None if low is None else low * 1000,
            None if high is None else (high + 1) * 1000,
        )


def _milliseconds(text: str) -> tuple[int | None, int | None]:
    """The bounds of ``{"gte": ..., "lte": ...}``, either of which can be left out."""
    document: dict[str, Any] = json.loads(text)
    bounds = list(document.values())
    if (
        not document
        or not document.keys() <= {"gte", "lte"}
        or not all(
            isinstance(each, int) and not isinstance(each, bool) and abs(each) < 1 << 63
            for each in bounds
        )
    ):
        raise errors.INVALID_PARAMETER(name="UtcCreate").with_note(
            '"gte", "lte" or both, in whole milliseconds'
        )
    return document.get("gte"), document.get("lte")


def _shown(asset: Asset, score: float, services: Services) -> FoundClips:
    """The asset with one clip: all of it, from 0 to 0 for an image."""
    details = services.objects.analyse(asset.location, asset.media_type, asset.object_facts)
    assert not isinstance(details, Unreadable), "an asset is Normal only if its file was read"
    return FoundClips(asset.media_id, (Clip(0.0, float(details.duration or 0), score),))
