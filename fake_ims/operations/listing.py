"""ListMediaBasicInfos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marshmallow import fields

from fake_ims import errors
from fake_ims.clock import Instant
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Boolean,
    Int32,
    Int64,
    Number,
    OneOf,
    RequestSchema,
    ResponseSchema,
    Text,
    UtcTime,
    Written,
)
from fake_ims.library.assets import INIT, NORMAL, PREPARE_FAIL, PREPARING, UNFINISHED, Asset
from fake_ims.library.listing import Page, Wanted, page
from fake_ims.library.next_tokens import NextTokens
from fake_ims.media.types import BUSINESS_TYPES, MEDIA_TYPES
from fake_ims.operations.shapes import (
    FileInfo,
    FileInfoSchema,
    MediaBasicInfo,
    MediaBasicInfoSchema,
)
from fake_ims.operations.showing import basic_info, bounded, expiry, file_infos

MAX_RESULTS: Final = (1, 100)
DEFAULT_MAX_RESULTS: Final = 10
"""Documented."""

PAGES: Final = (1, (1 << 31) - 1)
SOURCES: Final = ("oss", "vod", "live", "general")
ANY_TYPE: Final = "all"
"""The MediaType that the official web editor sends, with PageNo and PageSize (observed)."""


@dataclass(slots=True, kw_only=True, eq=False)
class ListQuery:
    """Which assets, in which order, which page, and how to show them."""

    start_time: Instant | None = None
    end_time: Instant | None = None
    media_type: str | None = None
    business_type: str | None = None
    source: str | None = None
    status: str | None = None
    media_id: str | None = None
    sort_by: str = "desc"
    next_token: str | None = None
    max_results: int | None = None
    page_no: int | None = None
    page_size: int | None = None
    include_file_basic_info: bool = False
    auth_timeout: int | None = None


class ListMediaBasicInfosRequest(RequestSchema):
    """The twelve parameters of the document, and two of the first SDK, which the official web
    editor still sends.

    SortBy in any of the usual spellings (inferred: other operations' words are ``Desc``, ``Asc``).
    """

    record = ListQuery

    start_time = UtcTime(data_key="StartTime")
    end_time = UtcTime(data_key="EndTime")
    media_type = OneOf(*MEDIA_TYPES, ANY_TYPE, data_key="MediaType")
    business_type = Text(data_key="BusinessType")
    source = OneOf(*SOURCES, data_key="Source")
    status = OneOf(INIT, PREPARING, PREPARE_FAIL, NORMAL, data_key="Status")
    media_id = Text(data_key="MediaId")
    sort_by = OneOf("desc", "asc", "Desc", "Asc", "DESC", "ASC", data_key="SortBy")
    next_token = Text(data_key="NextToken")
    max_results = Int32(data_key="MaxResults")
    page_no = Int32(data_key="PageNo")
    page_size = Int32(data_key="PageSize")
    include_file_basic_info = Boolean(data_key="IncludeFileBasicInfo")
    auth_timeout = Int64(data_key="AuthTimeout")


@dataclass(slots=True, eq=False)
class ListedMedia:
    """An asset, with its files if they were asked for."""

    media_id: str
    basic: MediaBasicInfo
    files: tuple[FileInfo, ...] | None


class ListedMediaSchema(ResponseSchema):
    """Writes :class:`ListedMedia`: of its files only what FileBasicInfo says."""

    media_id = Written(data_key="MediaId")
    basic = fields.Nested(MediaBasicInfoSchema(exclude=("cate_name",)), data_key="MediaBasicInfo")
    files = fields.List(fields.Nested(FileInfoSchema(only=("basic",))), data_key="FileInfoList")


@dataclass(slots=True, eq=False)
class MediaList:
    """The answer of ListMediaBasicInfos."""

    media_infos: list[ListedMedia]
    total_count: int
    max_results: int
    next_token: str | None


class ListMediaBasicInfosResponse(ResponseSchema):
    """A page, the number of all, and where to go on: NextToken is absent at the end."""

    media_infos = fields.List(fields.Nested(ListedMediaSchema()), data_key="MediaInfos")
    total_count = Number(data_key="TotalCount")
    max_results = Number(data_key="MaxResults")
    next_token = Written(data_key="NextToken")


@operation(
    "ListMediaBasicInfos",
    request=ListMediaBasicInfosRequest,
    response=ListMediaBasicInfosResponse,
    access="get",
    questions=(
        "page_size_range", "foreign_next_token", "auth_timeout_range", "first_status",
    ),
)  # fmt: skip
def list_media_basic_infos(query: ListQuery, services: Services) -> MediaList:
    """List assets by the time of their creation, newest first unless asked otherwise.

    With NextToken the list goes on where the page before ended; else PageNo counts, if it is sent.
    """
    if services.settings.strict:
        _check_strictly(query)
    expires = expiry(query.auth_timeout, services)
    size = _size(query, services)
    wanted = _wanted(query)
    found = _find(query, wanted, size, services)
    if query.status in UNFINISHED or any(asset.unfinished for asset in found.assets):
        services.choices.note("first_status")

    def show(asset: Asset) -> ListedMedia:
        files = file_infos(asset, services, expires) if query.include_file_basic_info else None
        return ListedMedia(
            asset.media_id, basic_info(asset, services, expires, snapshots="job"), files
        )

    next_token = None
    if found.more:
        last = services.library.assets.index.position(found.assets[-1])
        next_token = NextTokens(services.library.seed).write(last, wanted)
    return MediaList([show(asset) for asset in found.assets], found.total, size, next_token)


def _check_strictly(query: ListQuery) -> None:
    wrong = {
        "MediaType": query.media_type == ANY_TYPE,
        "BusinessType": query.business_type not in (None, *BUSINESS_TYPES),
        "PageNo": query.page_no is not None,
        "PageSize": query.page_size is not None,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise errors.INVALID_PARAMETER(name=name)


def _size(query: ListQuery, services: Services) -> int:
    name, asked = "MaxResults", query.max_results
    if asked is None:
        name, asked = "PageSize", query.page_size
    return bounded(asked, MAX_RESULTS, DEFAULT_MAX_RESULTS, name, services)


def _wanted(query: ListQuery) -> Wanted:
    return Wanted(
        media_type=None if query.media_type == ANY_TYPE else query.media_type,
        status=query.status,
        source=query.source,
        business_type=query.business_type,
        media_id=query.media_id,
        after=query.start_time,
        until=query.end_time,
        descending=query.sort_by.lower() == "desc",
    )


def _find(query: ListQuery, wanted: Wanted, size: int, services: Services) -> Page:
    if query.next_token is None:
        page_no = bounded(query.page_no, PAGES, 1, "PageNo", services)
        return page(services.library.assets, wanted, size, skip=(page_no - 1) * size)
    mark = NextTokens(services.library.seed).read(query.next_token, wanted)
    if mark is None:
        raise errors.INVALID_PARAMETER(name="NextToken")
    if mark.foreign and services.choices.of("foreign_next_token") == "reject":
        raise errors.INVALID_PARAMETER(name="NextToken")
    return page(services.library.assets, wanted, size, position=mark.place)
