"""InsertMediaToSearchLib, UpdateMediaToSearchLib, DeleteMediaFromSearchLib, QueryMediaIndexJob."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from marshmallow import fields

from fake_ims import errors
from fake_ims.clock import Instant, iso
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    JsonText,
    OneOf,
    RequestSchema,
    ResponseSchema,
    Text,
    Written,
)
from fake_ims.jobs.index_jobs import IndexOrder
from fake_ims.jobs.job import Source
from fake_ims.jobs.kinds import kind_of
from fake_ims.jobs.listing import status_of
from fake_ims.library.insights import CUSTOM_FIELDS, is_custom_value
from fake_ims.library.search_libs import INDEX_TYPES, Entry
from fake_ims.media.locations import InputUrlError, Location, parse_location
from fake_ims.operations.search_libs import Answered, AnsweredSchema


@dataclass(slots=True, kw_only=True, eq=False)
class EntryRequest:
    """What is to be inserted, changed or taken out."""

    input_url: str = ""
    media_id: str | None = None
    lib: str | None = None
    media_type: str = "video"
    msg_body: str | None = None
    namespace: str | None = None
    images_input: str | None = None


class MediaAnsweredSchema(AnsweredSchema):
    """What every answer has, and the MediaId."""

    name = Written(data_key="MediaId")


def _said(msg_body: str | None, entry: Entry) -> Entry:
    """An entry with what MsgBody says of it: title, and customFields of the known ones.

    :raises ApiError: InvalidParameter "MsgBody" for a value of another type.
    """
    document: dict[str, Any] = json.loads(msg_body) if msg_body else {}
    title, custom = document.get("title", entry.title), document.get("customFields", {})
    if not isinstance(title, (str, type(None))) or not isinstance(custom, dict):
        raise errors.INVALID_PARAMETER(name="MsgBody")
    known = {name: value for name, value in custom.items() if name in CUSTOM_FIELDS}
    if not all(is_custom_value(name, value) for name, value in known.items()):
        raise errors.INVALID_PARAMETER(name="MsgBody")
    return replace(entry, title=title, custom_fields={**entry.custom_fields, **known})


def _titled(entry: Entry, services: Services) -> str:
    """The setting ``search_lib_title``, which matters to an entry with a title."""
    if entry.title is not None:
        services.choices.note("search_lib_title")
    return services.settings.search_lib_title


# ---------------------------------------------------------------- InsertMediaToSearchLib


class InsertMediaToSearchLibRequest(RequestSchema):
    """Input is declared as required: an URL of an object, or any other."""

    record = EntryRequest

    input_url = Text(data_key="Input", required=True)
    media_id = Text(data_key="MediaId")
    lib = Text(data_key="SearchLibName")
    media_type = OneOf("video", "image", "audio", data_key="MediaType")
    msg_body = JsonText(data_key="MsgBody", object_only=True)
    namespace = Text(data_key="Namespace", inert=True)
    images_input = JsonText(data_key="ImagesInput", object_only=True, inert=True)


def _location(url: str, services: Services) -> Location | None:
    """The object at a URL; None at a URL of any other server.

    :raises ApiError: InvalidParameter "Input" for what is neither; with ``strict``, also for an
        object of another region, which cannot be found (documented).
    """
    region = services.settings.region
    try:
        location = parse_location(url, region)
    except InputUrlError:
        if _is_http(url):
            return None
        raise errors.INVALID_PARAMETER(name="Input") from None
    if services.settings.strict and location.region != region:
        raise errors.INVALID_PARAMETER(name="Input")
    return location


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


@operation(
    "InsertMediaToSearchLib",
    request=InsertMediaToSearchLibRequest,
    response=MediaAnsweredSchema,
    access="create",
    questions=("url_identity", "search_lib_title"),
)
def insert_media_to_search_lib(request: EntryRequest, services: Services) -> Answered:
    """Let a file enter a library: an asset if MediaId names one, else the one of this URL; else a
    file that is no asset (inferred). A job indexes it.
    """
    library = services.library
    lib = library.search_libs.require(request.lib)
    location = _location(request.input_url, services)
    asset = library.assets.get(request.media_id or "")
    if asset is None and request.media_id is None and location is not None:
        asset = library.find_by_url(request.input_url, services.choices)
    media_id = request.media_id or (library.new_media_id() if asset is None else asset.media_id)
    before = library.search_libs.entry(lib.name, media_id)
    entry = _said(
        request.msg_body,
        Entry(
            media_id=media_id,
            lib=lib.name,
            job_id="" if before is None else before.job_id,
            input_url=request.input_url,
            media_type=request.media_type if asset is None else asset.media_type,
        ),
    )
    if asset is not None:
        _titled(entry, services)
    library.search_libs.put(entry)
    services.jobs.submit(
        kind_of("search_index"), services.now,
        Source("URL", request.input_url, location), IndexOrder(lib.name, media_id),
        media_id=None if asset is None else media_id,
    )  # fmt: skip
    return Answered(media_id)


# ---------------------------------------------------------------- changing, taking out


class UpdateMediaToSearchLibRequest(RequestSchema):
    """MediaId and MsgBody are declared as required."""

    record = EntryRequest

    media_id = Text(data_key="MediaId", required=True)
    msg_body = JsonText(data_key="MsgBody", object_only=True, required=True)
    lib = Text(data_key="SearchLibName")
    namespace = Text(data_key="Namespace", inert=True)


def _entry(request: EntryRequest, services: Services) -> Entry:
    """What was inserted under a MediaId.

    :raises ApiError: InvalidParameter "MediaId" if nothing was (inferred).
    """
    libs = services.library.search_libs
    entry = libs.entry(libs.require(request.lib).name, request.media_id or "")
    if entry is None:
        raise errors.INVALID_PARAMETER(name="MediaId")
    return entry


@operation(
    "UpdateMediaToSearchLib",
    request=UpdateMediaToSearchLibRequest,
    response=MediaAnsweredSchema,
    access="update",
    questions=("search_lib_title",),
)
def update_media_to_search_lib(request: EntryRequest, services: Services) -> Answered:
    """Change what MsgBody said of what was inserted: searches find it by that at once."""
    entry = _said(request.msg_body, _entry(request, services))
    library = services.library
    library.search_libs.put(entry)
    asset = library.assets.get(entry.media_id)
    if asset is not None:
        library.assets.put(entry.told_of(asset, _titled(entry, services)))
    return Answered(entry.media_id)


class DeleteMediaFromSearchLibRequest(RequestSchema):
    """MediaId is declared as required."""

    record = EntryRequest

    media_id = Text(data_key="MediaId", required=True)
    lib = Text(data_key="SearchLibName")
    msg_body = JsonText(data_key="MsgBody", object_only=True, inert=True)
    namespace = Text(data_key="Namespace", inert=True)


@operation(
    "DeleteMediaFromSearchLib",
    request=DeleteMediaFromSearchLibRequest,
    response=MediaAnsweredSchema,
    access="delete",
)
def delete_media_from_search_lib(request: EntryRequest, services: Services) -> Answered:
    """Take something out of a library; the asset stays, and is found in the default one."""
    entry = _entry(request, services)
    library, job = services.library, services.jobs.get(entry.job_id)
    if job is not None and not job.ended:
        services.jobs.cancel(job, services.now)
    library.search_libs.take(entry.lib, entry.media_id, library.assets)
    return Answered(entry.media_id)


# ---------------------------------------------------------------- QueryMediaIndexJob


class QueryMediaIndexJobRequest(RequestSchema):
    """MediaId is declared as required."""

    record = EntryRequest

    media_id = Text(data_key="MediaId", required=True)
    lib = Text(data_key="SearchLibName")


@dataclass(slots=True, eq=False)
class IndexJobInfo:
    """How far an index has come."""

    index_type: str
    status: str
    gmt_submit: str
    gmt_finish: str | None


class IndexJobInfoSchema(ResponseSchema):
    """Writes :class:`IndexJobInfo`."""

    gmt_finish = Written(data_key="GmtFinish")
    gmt_submit = Written(data_key="GmtSubmit")
    index_type = Written(data_key="IndexType")
    status = Written(data_key="Status")


@dataclass(slots=True, eq=False)
class IndexJobs(Answered):
    """The answer of QueryMediaIndexJob."""

    jobs: tuple[IndexJobInfo, ...] = ()


class QueryMediaIndexJobResponse(AnsweredSchema):
    """One index after the other; times in UTC, in the form of the example."""

    jobs = fields.List(fields.Nested(IndexJobInfoSchema()), data_key="IndexJobInfoList")


@operation(
    "QueryMediaIndexJob",
    request=QueryMediaIndexJobRequest,
    response=QueryMediaIndexJobResponse,
    access="get",
    questions=("unindexed_media",),
)
def query_media_index_job(request: EntryRequest, services: Services) -> IndexJobs:
    """Show how far the indexes of something have come: all of a library end together.

    :raises ApiError: InvalidParameter "MediaId" for what is neither an asset nor was inserted.
    """
    libs = services.library.search_libs
    entry = libs.entry(libs.require(request.lib).name, request.media_id or "")
    if entry is None and request.media_id in services.library.assets:
        if services.choices.of("unindexed_media") == "empty":
            return IndexJobs()
        raise errors.INVALID_PARAMETER(name="MediaId")
    job = services.jobs.get(_entry(request, services).job_id)
    if job is None:  # it went with the asset
        return IndexJobs()
    job = services.jobs.note_read(job, services.now)
    finished = None if job.finished_at is None else _written(job.finished_at)
    status = status_of(job, services.now)
    return IndexJobs(jobs=tuple(
        IndexJobInfo(each, status, _written(job.submitted_at), finished) for each in INDEX_TYPES
    ))  # fmt: skip


def _written(at: Instant) -> str:
    return iso(at).replace("T", " ").rstrip("Z")
