"""What the operations on jobs have in common: Input, ScheduleConfig, lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from marshmallow import fields

from fake_ims import errors
from fake_ims.clock import Instant
from fake_ims.gateway.catalogue import Services
from fake_ims.gateway.fields import (
    Int32,
    Number,
    OneOf,
    RequestSchema,
    ResponseSchema,
    Text,
    UtcTime,
    Written,
)
from fake_ims.jobs.job import Job, Source
from fake_ims.jobs.listing import JobPage, JobQuery, list_jobs
from fake_ims.library.assets import Asset
from fake_ims.media.locations import InputUrlError, Location, parse_location
from fake_ims.operations.showing import bounded, suffix_of

OSS: Final = "OSS"
MEDIA: Final = "Media"

INPUT_QUESTIONS: Final = ("unknown_job_media",)
"""The open questions of a job's Input."""


# ---------------------------------------------------------------- what is sent


class MediaObject(NamedTuple):
    """A file as Input and Output name it: ``kind`` is ``OSS`` or ``Media``."""

    kind: str
    media: str


def read_media_object(given: dict[str, Any]) -> MediaObject:
    """Read Input or Output.

    :raises ValueError: without Type and Media, both texts, or with another Type.
    """
    kind, media = given.get("Type"), given.get("Media")
    if kind not in (OSS, MEDIA):
        raise ValueError("Type must be OSS or Media")
    if not isinstance(media, str) or not media:
        raise ValueError("Media must be a text")
    return MediaObject(kind, media)


class Schedule(NamedTuple):
    """Where a job waits for its turn; nothing depends on it."""

    pipeline_id: str | None = None
    priority: int | None = None


ANYWHERE: Final = Schedule()


def read_schedule(given: dict[str, Any]) -> Schedule:
    """Read ScheduleConfig: Priority is 1 to 10 (documented).

    :raises ValueError: for another one, and for a PipelineId that is no text.
    """
    pipeline_id, priority = given.get("PipelineId"), given.get("Priority")
    if not isinstance(pipeline_id, (str, type(None))):
        raise ValueError("PipelineId must be a text")
    if priority is not None and priority != "":
        if isinstance(priority, str) and priority.isascii() and priority.isdigit():
            priority = int(priority[:3])
        if not isinstance(priority, int) or isinstance(priority, bool) or not 1 <= priority <= 10:
            raise ValueError("Priority must be 1 to 10")
    return Schedule(pipeline_id or None, priority or None)


def location_of(url: str, name: str, services: Services) -> Location:
    """The OSS object of a URL; its bucket is in the service's region (documented: with ``strict``).

    :raises ApiError: InvalidParameter with the parameter's name for anything else.
    """
    try:
        location = parse_location(url, services.settings.region)
    except InputUrlError:
        raise errors.INVALID_PARAMETER(name=name) from None
    elsewhere = services.settings.strict and location.region != services.settings.region
    if location.source != "oss" or elsewhere:
        raise errors.INVALID_PARAMETER(name=name)
    return location


def asset_of(media_id: str, services: Services) -> Asset | None:
    """The asset that Input or Output names; None for one that is not there, which fails the job.

    :raises ApiError: ResourceNotFound instead, if the setting ``unknown_job_media`` says so.
    """
    asset = services.library.assets.get(media_id)
    if asset is None and services.choices.of("unknown_job_media") == "reject":
        raise errors.RESOURCE_NOT_FOUND()
    return asset


def source_of(given: MediaObject, services: Services) -> tuple[Source, str | None]:
    """The file that Input names, and the MediaId of the asset whose it is.

    :raises ApiError: as :func:`location_of` and :func:`asset_of` do.
    """
    if given.kind == OSS:
        return Source(*given, location_of(given.media, "Input", services)), None
    asset = asset_of(given.media, services)
    if asset is None:
        return Source(*given, None), None
    return Source(*given, asset.location), asset.media_id


# ---------------------------------------------------------------- what is answered


class MediaObjectSchema(ResponseSchema):
    """Writes :class:`MediaObject`."""

    kind = Written(data_key="Type")
    media = Written(data_key="Media")


class OssFile(NamedTuple):
    """An object in three parts."""

    bucket: str
    location: str
    key: str


class OssFileSchema(ResponseSchema):
    """Writes :class:`OssFile`."""

    bucket = Written(data_key="Bucket")
    location = Written(data_key="Location")
    key = Written(data_key="Object")


def oss_file(location: Location | None, services: Services) -> OssFile | None:
    """An object in three parts; None for what is no object."""
    if location is None:
        return None
    stored = services.signer.stored(location, suffix_of(location, "video"))
    return OssFile(stored.bucket, f"oss-{stored.region}", stored.key)


class ScheduleSchema(ResponseSchema):
    """Writes :class:`Schedule`."""

    pipeline_id = Written(data_key="PipelineId")
    priority = Number(data_key="Priority")


@dataclass(slots=True, eq=False)
class JobList:
    """A page of jobs as they are shown."""

    jobs: list[Any]
    next_page_token: str | None


def job_list_schema(job_schema: ResponseSchema) -> type[ResponseSchema]:
    """The response of an operation that lists jobs: NextPageToken is absent at the end."""

    class JobListResponse(ResponseSchema):
        jobs = fields.List(fields.Nested(job_schema), data_key="Jobs")
        next_page_token = Written(data_key="NextPageToken")

    return JobListResponse


# ---------------------------------------------------------------- lists

NEWEST_FIRST: Final = "CreateTimeDesc"
PAGE_SIZES: Final = (1, 100)
"""Documented for snapshot jobs, inferred for others."""


@dataclass(slots=True, kw_only=True, eq=False)
class JobListQuery:
    """Which jobs, in which order, which page."""

    start_of_create_time: Instant | None = None
    end_of_create_time: Instant | None = None
    job_id: str | None = None
    status: str | None = None
    order_by: str = NEWEST_FIRST
    page_size: int | None = None
    next_page_token: str | None = None


class JobListRequest(RequestSchema):
    """Parameters by which jobs are listed; both times included (inferred)."""

    record = JobListQuery

    start_of_create_time = UtcTime(data_key="StartOfCreateTime")
    end_of_create_time = UtcTime(data_key="EndOfCreateTime")
    job_id = Text(data_key="JobId")
    status = OneOf("Init", "Success", "Fail", data_key="Status")
    order_by = OneOf(NEWEST_FIRST, "CreateTimeAsc", data_key="OrderBy")
    page_size = Int32(data_key="PageSize")
    next_page_token = Text(data_key="NextPageToken")


LIST_QUESTIONS: Final = ("page_size_range", "foreign_next_token")


def listed(query: JobListQuery, family: str, default_size: int, services: Services) -> JobPage:
    """The page of jobs that was asked for.

    A list counts in whole seconds, as CreateTime shows them.
    """
    size = bounded(query.page_size, PAGE_SIZES, default_size, "PageSize", services)
    until = query.end_of_create_time
    wanted = JobQuery(
        family,
        since=query.start_of_create_time,
        until=None if until is None else Instant(until + 999_999),
        job_id=query.job_id,
        status=query.status,
        newest_first=query.order_by == NEWEST_FIRST,
    )
    return list_jobs(
        wanted,
        services.jobs,
        services.now,
        services.choices,
        size=size,
        token=query.next_page_token,
    )


@dataclass(slots=True, kw_only=True, eq=False)
class JobIdQuery:
    """Which job."""

    job_id: str | None = None


class JobIdRequest(RequestSchema):
    """A job by its id, which the product demands (inferred: not declared as required)."""

    record = JobIdQuery

    job_id = Text(data_key="JobId")


def read_job(query: JobIdQuery, family: str, services: Services) -> Job:
    """The job that is asked for, which counts as a read of it.

    :raises ApiError: MissingParameter, ResourceNotFound.
    """
    job = services.jobs.require(family, query.job_id)
    return services.jobs.note_read(job, services.now)
