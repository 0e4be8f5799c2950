"""SubmitSnapshotJob, GetSnapshotJob, ListSnapshotJobs and GetSnapshotUrls."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from marshmallow import fields

from fake_ims import errors
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Int32,
    Int64,
    Number,
    OneOf,
    RequestSchema,
    ResponseSchema,
    Structure,
    Text,
    Written,
)
from fake_ims.jobs.kinds import kind_of
from fake_ims.jobs.snapshot_jobs import SnapshotOrder, place_in
from fake_ims.jobs.snapshot_params import SnapshotParams, read_params
from fake_ims.jobs.snapshots import FAMILY
from fake_ims.media.frames import COUNT, TILE_COUNT
from fake_ims.media.locations import Location
from fake_ims.operations.job_shapes import (
    ANYWHERE,
    INPUT_QUESTIONS,
    LIST_QUESTIONS,
    OSS,
    JobIdQuery,
    JobIdRequest,
    JobList,
    JobListQuery,
    JobListRequest,
    MediaObject,
    Schedule,
    asset_of,
    job_list_schema,
    listed,
    location_of,
    read_job,
    read_media_object,
    read_schedule,
    source_of,
)
from fake_ims.operations.showing import bounded, expiry
from fake_ims.operations.snapshot_shapes import (
    ONLY_IN_FULL,
    SnapshotJob,
    SnapshotJobSchema,
    show,
    taken_by,
)

# ---------------------------------------------------------------- SubmitSnapshotJob


class TemplateConfig(NamedTuple):
    """A template, and what a job says otherwise than it."""

    template_id: str
    overwrite: dict[str, Any]


def read_template_config(given: dict[str, Any]) -> TemplateConfig:
    """Read TemplateConfig: TemplateId is required (documented).

    :raises ValueError: for one that cannot be read.
    """
    template_id, overwrite = given.get("TemplateId"), given.get("OverwriteParams") or {}
    if not isinstance(template_id, str) or not template_id:
        raise ValueError("TemplateId must be a text")
    if not isinstance(overwrite, dict):
        raise ValueError("OverwriteParams must be an object")
    read_params(overwrite)
    return TemplateConfig(template_id, overwrite)


@dataclass(slots=True, kw_only=True, eq=False)
class SnapshotSubmission:
    """A job as it is submitted."""

    input: MediaObject
    output: MediaObject
    template_config: TemplateConfig
    name: str | None = None
    schedule_config: Schedule = ANYWHERE
    user_data: str | None = None


class SubmitSnapshotJobRequest(RequestSchema):
    """UserData is JSON in the document; other text is refused only with ``strict``."""

    record = SnapshotSubmission

    input = Structure(read_media_object, data_key="Input", required=True)
    output = Structure(read_media_object, data_key="Output", required=True)
    template_config = Structure(read_template_config, data_key="TemplateConfig", required=True)
    name = Text(data_key="Name")
    schedule_config = Structure(read_schedule, data_key="ScheduleConfig")
    user_data = Text(data_key="UserData")


@dataclass(slots=True, eq=False)
class Submitted:
    """The answer of SubmitSnapshotJob."""

    job_id: str


class SubmitSnapshotJobResponse(ResponseSchema):
    """``RequestId`` and ``JobId``, nothing else (documented)."""

    job_id = Written(data_key="JobId")


@operation(
    "SubmitSnapshotJob",
    request=SubmitSnapshotJobRequest,
    response=SubmitSnapshotJobResponse,
    access="create",
    questions=(
        *INPUT_QUESTIONS, "intra_snapshots", "event_fields", "event_user_data", "notify_address",
        "notify_events", "notify_signature", "callback_content_type",
    ),
)  # fmt: skip
def submit_snapshot_job(request: SnapshotSubmission, services: Services) -> Submitted:
    """Have pictures taken of a video; SnapshotComplete tells when they are there.

    A TemplateId that was not declared is any template, unless ``strict`` is on (inferred): then
    what OverwriteParams does not say is made up.
    """
    choices = services.choices
    if services.settings.strict:
        _check_strictly(request, services)
    order = _order(request, services)
    source, media_id = source_of(request.input, services)
    if order.params.frame_type == "intra":
        choices.note("intra_snapshots")
    if request.user_data is not None:
        choices.note("event_user_data")
    services.callback.expect(request.user_data, choices)
    if services.callback.awaited:
        choices.note("event_fields")
    job = services.jobs.submit(
        kind_of("snapshot_job"), services.now, source, order,
        media_id=media_id, name=request.name, user_data=request.user_data,
    )  # fmt: skip
    return Submitted(job.job_id)


def _check_strictly(request: SnapshotSubmission, services: Services) -> None:
    if request.template_config.template_id not in services.library.declared.snapshot_templates:
        raise errors.INVALID_PARAMETER(name="TemplateConfig")
    if request.user_data is not None:
        try:
            json.loads(request.user_data)
        except (ValueError, RecursionError):
            raise errors.INVALID_PARAMETER(name="UserData") from None


def _order(request: SnapshotSubmission, services: Services) -> SnapshotOrder:
    template_id, overwrite = request.template_config
    template = services.library.declared.snapshot_templates.get(template_id, {})
    params = read_params({**template, **overwrite})
    kind = params.type or _type_told_by(request.output)
    if kind == "WebVtt" and params.has_cells:
        raise errors.NOT_SUPPORTED(name="SpriteSnapshotConfig")
    return SnapshotOrder(
        snapshot_type=kind,
        params=params,
        output_kind=request.output.kind,
        output_media=request.output.media,
        output=_output(request.output, kind, params, services),
        template_id=template_id,
        pipeline_id=request.schedule_config.pipeline_id,
    )


def _type_told_by(output: MediaObject) -> str:
    """The type of a template that nobody knows: the one that Output is made for (inferred)."""
    if output.kind == OSS and TILE_COUNT in output.media:
        return "Sprite"
    return "WebVtt" if output.kind == OSS and output.media.endswith(".vtt") else "Normal"


def _output(
    output: MediaObject, kind: str, params: SnapshotParams, services: Services
) -> Location | None:
    """The object that Output names, with what it must have in it (documented): ``{Count}`` for
    several pictures, ``{TileCount}`` for sprites, ``.vtt`` at its end for a WebVtt.

    :raises ApiError: InvalidParameter "Output" for another one (inferred).
    """
    if output.kind != OSS:
        asset = asset_of(output.media, services)
        return None if asset is None else place_in(asset, kind, services.signer)
    location = location_of(output.media, "Output", services)
    fits = {
        "Normal": COUNT in location.key or (params.wanted or 1) == 1,
        "Sprite": TILE_COUNT in location.key,
        "WebVtt": location.key.endswith(".vtt"),
    }
    if not fits[kind]:
        raise errors.INVALID_PARAMETER(name="Output").with_note(
            f"for {kind} it needs {{Count}}, {{TileCount}} or .vtt in it"
        )
    return location


# ---------------------------------------------------------------- GetSnapshotJob


@dataclass(slots=True, eq=False)
class SnapshotJobFound:
    """The answer of GetSnapshotJob."""

    job: SnapshotJob


class GetSnapshotJobResponse(ResponseSchema):
    """One job, in full."""

    job = fields.Nested(SnapshotJobSchema(), data_key="SnapshotJob")


class GetSnapshotJobRequest(JobIdRequest):
    """JobId is required here (documented)."""

    job_id = Text(data_key="JobId", required=True)


@operation(
    "GetSnapshotJob",
    request=GetSnapshotJobRequest,
    response=GetSnapshotJobResponse,
    access="get",
)
def get_snapshot_job(query: JobIdQuery, services: Services) -> SnapshotJobFound:
    """Show a job: one that was submitted, or one that a registration set off."""
    return SnapshotJobFound(show(read_job(query, FAMILY, services), services))


# ---------------------------------------------------------------- ListSnapshotJobs

DEFAULT_PAGE_SIZE: Final = 20
"""Documented."""


@operation(
    "ListSnapshotJobs",
    request=JobListRequest,
    response=job_list_schema(SnapshotJobSchema(exclude=ONLY_IN_FULL)),
    access="list",
    questions=LIST_QUESTIONS,
)
def list_snapshot_jobs(query: JobListQuery, services: Services) -> JobList:
    """List jobs by the time of their submission, newest first unless asked otherwise."""
    page = listed(query, FAMILY, DEFAULT_PAGE_SIZE, services)
    return JobList([show(job, services) for job in page.jobs], page.token)


# ---------------------------------------------------------------- GetSnapshotUrls

URL_TIMEOUT: Final = (1, 129600)
URLS_OF_A_PAGE: Final = (1, 30)
DEFAULT_URLS: Final = 10
PAGES: Final = (1, (1 << 31) - 1)
"""Documented, but for the least."""


@dataclass(slots=True, kw_only=True, eq=False)
class UrlQuery(JobIdQuery):
    """The pictures of which job, which page of them, and for how many seconds."""

    job_id: str | None = None
    order_by: str = "Asc"
    page_number: int | None = None
    page_size: int | None = None
    timeout: int | None = None


class GetSnapshotUrlsRequest(RequestSchema):
    """JobId is not declared as required, but nothing is answered without it."""

    record = UrlQuery

    job_id = Text(data_key="JobId")
    order_by = OneOf("Asc", "Desc", data_key="OrderBy")
    page_number = Int32(data_key="PageNumber")
    page_size = Int32(data_key="PageSize")
    timeout = Int64(data_key="Timeout")


@dataclass(slots=True, eq=False)
class SnapshotUrls:
    """The answer of GetSnapshotUrls."""

    total: int
    urls: list[str]
    web_vtt_url: str | None


class GetSnapshotUrlsResponse(ResponseSchema):
    """URLs of a page, and how many pictures there are."""

    total = Number(data_key="Total")
    urls = fields.List(Written(), data_key="SnapshotUrls")
    web_vtt_url = Written(data_key="WebVTTUrl")


@operation(
    "GetSnapshotUrls",
    request=GetSnapshotUrlsRequest,
    response=GetSnapshotUrlsResponse,
    access="get",
    questions=("auth_timeout_range", "page_size_range"),
)
def get_snapshot_urls(query: UrlQuery, services: Services) -> SnapshotUrls:
    """Signed URLs of a job's pictures; of those that were put together, of the sprites (observed).

    There are none before the job is a success (inferred).
    """
    expires = expiry(query.timeout, services, limits=URL_TIMEOUT, name="Timeout")
    size = bounded(query.page_size, URLS_OF_A_PAGE, DEFAULT_URLS, "PageSize", services)
    number = bounded(query.page_number, PAGES, 1, "PageNumber", services)
    frames = taken_by(read_job(query, FAMILY, services))
    if frames is None:
        return SnapshotUrls(0, [], None)
    numbers = range(1, frames.shown_total + 1)
    if query.order_by == "Desc":
        numbers = range(frames.shown_total, 0, -1)
    page = numbers[(number - 1) * size : number * size]
    sign = services.signer.sign
    vtt = frames.vtt_key and Location("oss", frames.region, frames.bucket, frames.vtt_key)
    return SnapshotUrls(
        frames.shown_total,
        [sign(frames.shown_location(each), expires) for each in page],
        sign(vtt, expires) if vtt else None,
    )
