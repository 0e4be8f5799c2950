"""CreateSearchLib, ListSearchLib, QuerySearchLib, AlterSearchLib and DropSearchLib."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from marshmallow import fields

from fake_ims import errors
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Int32,
    JsonText,
    Number,
    RequestSchema,
    ResponseSchema,
    Text,
    Written,
)
from fake_ims.jobs.job import Source
from fake_ims.jobs.kinds import kind_of
from fake_ims.jobs.listing import status_of
from fake_ims.library.search_libs import INDEX_TYPES, SearchLib
from fake_ims.operations.showing import bounded

MOST_FACE_GROUPS: Final = 3
"""Of a library's config (documented)."""

PAGE_SIZE: Final = (1, 50)
DEFAULT_PAGE_SIZE: Final = 10
"""Of ListSearchLib (documented)."""


@dataclass(slots=True, kw_only=True, eq=False)
class LibRequest:
    """Which library, and what it is to be like."""

    name: str
    config: str | None = None


@dataclass(slots=True, eq=False)
class Answered:
    """What every answer about search libraries has: code and success, both texts (documented)."""

    name: str | None = None
    code: str = "200"
    success: str = "true"


class AnsweredSchema(ResponseSchema):
    """Writes :class:`Answered`."""

    code = Written(data_key="Code")
    success = Written(data_key="Success")


class NamedSchema(AnsweredSchema):
    """Writes :class:`Answered` with the name of the library."""

    name = Written(data_key="SearchLibName")


def _check_config(config: str | None) -> None:
    """Refuse a config with more face groups than there can be.

    :raises ApiError: InvalidParameter "SearchLibConfig".
    """
    groups = json.loads(config).get("faceGroupIds") if config else None
    wrong = not isinstance(groups, (str, type(None)))
    if wrong or len([each for each in (groups or "").split(",") if each]) > MOST_FACE_GROUPS:
        raise errors.INVALID_PARAMETER(name="SearchLibConfig")


class CreateSearchLibRequest(RequestSchema):
    """SearchLibName is declared as required."""

    record = LibRequest

    name = Text(data_key="SearchLibName", required=True)
    config = JsonText(data_key="SearchLibConfig", object_only=True)


@operation("CreateSearchLib", request=CreateSearchLibRequest, response=NamedSchema, access="create")
def create_search_lib(request: LibRequest, services: Services) -> Answered:
    """Add a search library with all indexes; a job makes them, by default at once (inferred)."""
    _check_config(request.config)
    lib = services.library.search_libs.create(request.name, request.config)
    job = services.jobs.submit(
        kind_of("search_lib"), services.now, Source("SearchLib", lib.name, None), lib.name
    )
    if job.due is not None and job.due <= services.now:
        services.jobs.finish(job, services.now, forced=False)
    return Answered(lib.name)


class AlterSearchLibRequest(CreateSearchLibRequest):
    """As for CreateSearchLib."""


@operation("AlterSearchLib", request=AlterSearchLibRequest, response=NamedSchema, access="update")
def alter_search_lib(request: LibRequest, services: Services) -> Answered:
    """Replace a library's config."""
    _check_config(request.config)
    return Answered(services.library.search_libs.alter(request.name, request.config).name)


class DropSearchLibRequest(RequestSchema):
    """SearchLibName is declared as required."""

    record = LibRequest

    name = Text(data_key="SearchLibName", required=True)


@operation("DropSearchLib", request=DropSearchLibRequest, response=AnsweredSchema, access="delete")
def drop_search_lib(request: LibRequest, services: Services) -> Answered:
    """Take a library away, and all that is in it; the assets stay."""
    libs = services.library.search_libs
    job = services.jobs.get(libs.require(request.name).job_id or "")
    libs.drop(request.name, services.library.assets)
    if job is not None and not job.ended:
        services.jobs.cancel(job, services.now)
    return Answered()


# ---------------------------------------------------------------- showing them


@dataclass(slots=True, eq=False)
class IndexInfo:
    """One of the indexes of a library."""

    index_type: str
    index_status: str = "Active"
    index_readiness: str = "Normal"


class IndexInfoSchema(ResponseSchema):
    """Writes :class:`IndexInfo`."""

    index_readiness = Written(data_key="IndexReadiness")
    index_status = Written(data_key="IndexStatus")
    index_type = Written(data_key="IndexType")


@dataclass(slots=True, eq=False)
class LibInfo(Answered):
    """A library with its indexes."""

    config: str | None = None
    status: str = "normal"
    indexes: tuple[IndexInfo, ...] = ()


class LibInfoSchema(ResponseSchema):
    """Writes :class:`LibInfo` as an item of a list."""

    indexes = fields.List(fields.Nested(IndexInfoSchema()), data_key="IndexInfo")
    config = Written(data_key="SearchLibConfig")
    name = Written(data_key="SearchLibName")
    status = Written(data_key="Status")


def _shown(lib: SearchLib, services: Services) -> LibInfo:
    readiness, job = "Normal", services.jobs.get(lib.job_id or "")
    if job is not None:
        job = services.jobs.note_read(job, services.now)
        readiness = status_of(job, services.now)
    indexes = tuple(IndexInfo(each, index_readiness=readiness) for each in INDEX_TYPES)
    return LibInfo(name=lib.name, config=lib.config, indexes=indexes)


class QuerySearchLibRequest(DropSearchLibRequest):
    """SearchLibName is declared as required."""


class QuerySearchLibResponse(AnsweredSchema, LibInfoSchema):
    """A library, and what every answer has."""


@operation(
    "QuerySearchLib", request=QuerySearchLibRequest, response=QuerySearchLibResponse, access="get"
)
def query_search_lib(request: LibRequest, services: Services) -> LibInfo:
    """Show one library."""
    return _shown(services.library.search_libs.require(request.name), services)


@dataclass(slots=True, kw_only=True, eq=False)
class LibQuery:
    """Which page."""

    page_no: int | None = None
    page_size: int | None = None


class ListSearchLibRequest(RequestSchema):
    """The page, by its number."""

    record = LibQuery

    page_no = Int32(data_key="PageNo")
    page_size = Int32(data_key="PageSize")


@dataclass(slots=True, eq=False)
class LibPage(Answered):
    """A page of libraries, and the number of all."""

    libs: tuple[LibInfo, ...] = ()
    total: int = 0


class ListSearchLibResponse(AnsweredSchema):
    """A page, in the order of creation (inferred)."""

    libs = fields.List(fields.Nested(LibInfoSchema()), data_key="SearchLibInfoList")
    total = Number(data_key="Total")


@operation(
    "ListSearchLib", request=ListSearchLibRequest, response=ListSearchLibResponse, access="list",
    questions=("page_size_range",),
)  # fmt: skip
def list_search_lib(query: LibQuery, services: Services) -> LibPage:
    """List the libraries, the default one first."""
    size = bounded(query.page_size, PAGE_SIZE, DEFAULT_PAGE_SIZE, "PageSize", services)
    number = bounded(query.page_no, (1, 1 << 31), 1, "PageNo", services)
    libs = services.library.search_libs.all()
    page = libs[(number - 1) * size : number * size]
    return LibPage(libs=tuple(_shown(lib, services) for lib in page), total=len(libs))
