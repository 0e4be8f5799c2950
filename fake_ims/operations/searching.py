"""SearchMedia."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marshmallow import fields

from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Int32,
    JsonText,
    Listed,
    Number,
    Parameter,
    RequestSchema,
    ResponseSchema,
    Text,
    Written,
)
from fake_ims.library.assets import UNFINISHED, Asset
from fake_ims.library.insights import AiLabel, Insights
from fake_ims.operations.shapes import (
    FileInfo,
    FileInfoSchema,
    MediaBasicInfo,
    MediaBasicInfoSchema,
)
from fake_ims.operations.showing import basic_info, bounded, expiry, file_infos

if TYPE_CHECKING:
    from fake_ims.library.match_grammar import ParsedMatch
    from fake_ims.library.search import Search

PAGES: Final = (1, (1 << 31) - 1)
PAGE_SIZES: Final = (1, 50)
DEFAULT_PAGE_SIZE: Final = 10
"""Documented."""


@dataclass(slots=True, kw_only=True, eq=False)
class SearchQuery:
    """What is searched for, in which order, and which page of it."""

    match: ParsedMatch | None = None
    sort_by: tuple[str, ...] = ()
    page_no: int | None = None
    page_size: int | None = None
    scroll_token: str | None = None
    search_lib_name: str | None = None
    custom_filters: str | None = None
    entity_id: str | None = None


class MatchText(Parameter):
    """A Match, parsed with the other parameters: before the world's lock is taken."""

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> ParsedMatch | None:
        from fake_ims.library.match_grammar import parse_match  # with all it needs

        return parse_match(value)


class SearchMediaRequest(RequestSchema):
    """All of it can be left out: then the newest videos are found."""

    record = SearchQuery

    match = MatchText(data_key="Match")
    sort_by = Listed(data_key="SortBy")
    page_no = Int32(data_key="PageNo")
    page_size = Int32(data_key="PageSize")
    scroll_token = Text(data_key="ScrollToken")
    search_lib_name = Text(data_key="SearchLibName")
    custom_filters = JsonText(data_key="CustomFilters", object_only=True)
    entity_id = Text(data_key="EntityId", inert=True)


class AiLabelSchema(ResponseSchema):
    """Writes an :class:`~fake_ims.library.insights.AiLabel`."""

    category = Written(data_key="Category")
    label_id = Written(data_key="LabelId")
    label_name = Written(data_key="LabelName")


@dataclass(slots=True, eq=False)
class OcrText:
    """A text that was read off the pictures."""

    content: str


class OcrTextSchema(ResponseSchema):
    """Writes :class:`OcrText`."""

    content = Written(data_key="Content")


@dataclass(slots=True, eq=False)
class AiData:
    """What other services found out."""

    labels: tuple[AiLabel, ...] | None
    ocr: list[OcrText] | None


class AiDataSchema(ResponseSchema):
    """Writes :class:`AiData`."""

    labels = fields.List(fields.Nested(AiLabelSchema()), data_key="AiLabelInfo")
    ocr = fields.List(fields.Nested(OcrTextSchema()), data_key="OcrInfo")


@dataclass(slots=True, eq=False)
class FoundMedia:
    """An asset that was found. ``custom_fields`` is JSON."""

    media_id: str
    basic: MediaBasicInfo
    files: tuple[FileInfo, ...]
    custom_fields: str | None
    ai_data: AiData | None


class FoundMediaSchema(ResponseSchema):
    """Writes :class:`FoundMedia`: of its files only what FileBasicInfo says."""

    media_id = Written(data_key="MediaId")
    basic = fields.Nested(MediaBasicInfoSchema(), data_key="MediaBasicInfo")
    files = fields.List(fields.Nested(FileInfoSchema(only=("basic",))), data_key="FileInfoList")
    custom_fields = Written(data_key="CustomFields")
    ai_data = fields.Nested(AiDataSchema(), data_key="AiData")


@dataclass(slots=True, eq=False)
class FoundPage:
    """The answer of SearchMedia."""

    media: list[FoundMedia]
    total: int
    scroll_token: str | None
    code: str = "200"
    success: str = "True"


class SearchMediaResponse(ResponseSchema):
    """A page, the number of all, and the token to go on with; Success is text (documented)."""

    media = fields.List(fields.Nested(FoundMediaSchema()), data_key="MediaInfoList")
    total = Number(data_key="Total")
    scroll_token = Written(data_key="ScrollToken")
    code = Written(data_key="Code")
    success = Written(data_key="Success")


@operation(
    "SearchMedia",
    request=SearchMediaRequest,
    response=SearchMediaResponse,
    access="get",
    questions=(
        "match_operators", "fuzzy_case", "scroll_back", "foreign_scroll_token", "page_size_range",
        "first_status",
    ),
)  # fmt: skip
def search_media(query: SearchQuery, services: Services) -> FoundPage:
    """Search assets, those among them that are not analysed yet (inferred: their status can be
    searched for).
    """
    from fake_ims.library.paging import page  # with all it needs: most runs never search

    library = services.library
    size = bounded(query.page_size, PAGE_SIZES, DEFAULT_PAGE_SIZE, "PageSize", services)
    asked = query.page_no
    page_no = None if asked is None else bounded(asked, PAGES, 1, "PageNo", services)
    found = page(
        _search(query, services), library.assets, library.scrolls, services.choices,
        size=size, page_no=page_no, token=query.scroll_token,
    )  # fmt: skip
    if any(asset.unfinished for asset in found.assets):
        services.choices.note("first_status")
    expires = expiry(None, services)
    shown = [_shown(asset, services, expires) for asset in found.assets]
    return FoundPage(shown, found.total, found.token)


def _search(query: SearchQuery, services: Services) -> Search:
    from fake_ims.library.match import has_cased_text, read_match, values_of
    from fake_ims.library.ordering import read_order
    from fake_ims.library.predicates import read_custom_filters
    from fake_ims.library.search import Search, in_search_lib, searched_media_types

    choices = services.choices
    match = None if query.match is None else read_match(query.match, choices)
    if not values_of(match, "status").isdisjoint(UNFINISHED):
        choices.note("first_status")
    in_lib = in_search_lib(query.search_lib_name, services.library.search_libs)
    return Search(
        conditions=(*((match,) if match else ()), searched_media_types(match), *in_lib),
        custom_filters=read_custom_filters(custom_filters(query.custom_filters)),
        order=read_order(query.sort_by),
        exact_case=has_cased_text(match) and choices.of("fuzzy_case") == "exact",
    )


def custom_filters(text: str | None) -> dict[str, Any]:
    """CustomFilters, which the request's schema has found to be a JSON object."""
    document: dict[str, Any] = json.loads(text) if text else {}
    return document


def _shown(asset: Asset, services: Services, expires: int) -> FoundMedia:
    insights = asset.insights
    custom = dict(insights.custom_fields)
    return FoundMedia(
        media_id=asset.media_id,
        basic=basic_info(asset, services, expires, snapshots="job"),
        files=file_infos(asset, services, expires),
        custom_fields=json.dumps(custom, ensure_ascii=False) if custom else None,
        ai_data=_ai_data(insights),
    )


def _ai_data(insights: Insights) -> AiData | None:
    if not insights.labels and not insights.ocr:
        return None
    texts = [OcrText(text) for text in insights.ocr]
    return AiData(insights.labels or None, texts or None)
