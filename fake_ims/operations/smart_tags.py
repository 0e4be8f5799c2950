"""SubmitSmarttagJob and QuerySmarttagJob."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from marshmallow import fields

from fake_ims import errors
from fake_ims.events.targets import http_url
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    JsonText,
    RequestSchema,
    ResponseSchema,
    Structure,
    Text,
    Written,
)
from fake_ims.jobs.job import Job, Source
from fake_ims.jobs.kinds import kind_of
from fake_ims.jobs.listing import status_of
from fake_ims.jobs.smart_tags import FAMILY, TagOrder, read_params
from fake_ims.library.assets import Asset
from fake_ims.library.declared import SMART_TAG_REGIONS
from fake_ims.media.locations import InputUrlError, Location, parse_location

_KEPT: Final = 180 * 86_400_000_000
"""How long a job is kept, in microseconds: 180 days (documented)."""


class MediaInput(NamedTuple):
    """What a job is to read: a MediaId, the address of an OSS object, or a URL."""

    kind: str
    media: str


def _read_input(document: dict[str, Any]) -> MediaInput:
    kind, media = document.get("Type"), document.get("Media")
    if kind not in ("Media", "OSS", "URL") or not isinstance(media, str) or not media:
        raise ValueError("Type is Media, OSS or URL, and Media says which")
    return MediaInput(kind, media)


@dataclass(slots=True, kw_only=True)
class Submission:
    """What a caller wants to be tagged, each value within its documented limits."""

    media: MediaInput | None = None
    title: str | None = None
    content: str | None = None
    content_type: str | None = None
    content_addr: str | None = None
    template_id: str | None = None
    template_config: str | None = None
    params: str | None = None
    notify_url: str | None = None
    user_data: str | None = None
    schedule_config: Any = None


class SubmitSmarttagJobRequest(RequestSchema):
    """No parameter is declared as required, but Input must be there."""

    record = Submission

    media = Structure(_read_input, data_key="Input")
    title = Text(data_key="Title", max_bytes=256)
    content = Text(data_key="Content", max_bytes=1024, inert=True)
    content_type = Text(data_key="ContentType", inert=True)
    content_addr = Text(data_key="ContentAddr", inert=True)
    template_id = Text(data_key="TemplateId")
    template_config = JsonText(data_key="TemplateConfig", object_only=True, inert=True)
    params = JsonText(data_key="Params", object_only=True)
    notify_url = Text(data_key="NotifyUrl")
    user_data = Text(data_key="UserData", max_bytes=1024)
    schedule_config = Structure(dict, data_key="ScheduleConfig", inert=True)


@dataclass(slots=True, eq=False)
class Submitted:
    """The answer of SubmitSmarttagJob."""

    job_id: str


class SubmitSmarttagJobResponse(ResponseSchema):
    """``RequestId`` and ``JobId``."""

    job_id = Written(data_key="JobId")


@operation(
    "SubmitSmarttagJob",
    request=SubmitSmarttagJobRequest,
    response=SubmitSmarttagJobResponse,
    access="create",
    questions=(
        "unknown_media", "event_user_data", "event_fields", "notify_address", "notify_events",
        "notify_signature", "callback_content_type",
    ),
)  # fmt: skip
def submit_smarttag_job(request: Submission, services: Services) -> Submitted:
    """Begin to look for what is in a file; of an asset, what is found is saved with it."""
    if request.media is None:
        raise errors.MISSING_PARAMETER(name="Input")
    params = read_params(request.params)
    if services.settings.strict:
        _check_strictly(request, params.wrong, services)
    if request.notify_url is not None and http_url(request.notify_url) is None:
        raise errors.INVALID_PARAMETER(name="NotifyUrl")
    source, asset = _source(request.media, services)
    callback, choices = services.callback, services.choices
    if request.notify_url is not None:
        callback.awaited = True
        choices.note("callback_content_type")
    if asset is not None:
        callback.expect(request.user_data, choices)
        choices.note("event_fields")
        if request.user_data is not None:
            choices.note("event_user_data")
    title = request.title if request.title or asset is None else asset.title
    job = services.jobs.submit(
        kind_of("smart_tags"),
        services.now,
        source,
        TagOrder(request.template_id, params, title, notify_url=request.notify_url),
        media_id=None if asset is None else asset.media_id,
        user_data=request.user_data,
    )
    return Submitted(job.job_id)


def _check_strictly(request: Submission, wrong: tuple[str, ...], services: Services) -> None:
    """Refuse what the documents forbid.

    :raises ApiError: InvalidParameter with the name of the first that is wrong.
    """
    declared = services.library.declared.smart_tag_templates
    for name, is_wrong in {
        "RegionId": services.settings.region not in SMART_TAG_REGIONS,
        "Title": not _plain(request.title),
        "Content": not _plain(request.content),
        "Params": bool(wrong),
        "TemplateId": request.template_id not in (None, *declared),
    }.items():
        if is_wrong:
            raise errors.INVALID_PARAMETER(name=name)


def _plain(text: str | None) -> bool:
    """Whether a text begins with none of the special characters (documented)."""
    return text is None or text[0].isalnum()


def _source(asked: MediaInput, services: Services) -> tuple[Source, Asset | None]:
    """What a job reads, and the asset that it works on, if it is one.

    :raises ApiError: for an unknown asset as the setting ``unknown_media`` says; InvalidParameter
        "Input" for what is no address of its Type.
    """
    kind, media = asked
    if kind == "Media":
        asset = services.library.require(media, None, services.choices)
        return Source(kind, media, asset.location), asset
    location: Location | None = None
    try:
        location = parse_location(media, services.settings.region)
    except InputUrlError:
        if kind == "OSS" or http_url(media) is None:
            raise errors.INVALID_PARAMETER(name="Input") from None
    is_web = media[:4].lower() == "http"
    if (location is not None and location.source != "oss") or (kind == "URL" and not is_web):
        raise errors.INVALID_PARAMETER(name="Input")
    return Source(kind, media, location), None


# ---------------------------------------------------------------- asking for one


@dataclass(slots=True, kw_only=True)
class JobQuestion:
    """Which job."""

    job_id: str
    params: str | None = None


class QuerySmarttagJobRequest(RequestSchema):
    """The job; Params choose between findings of the machine and of people, who add none here."""

    record = JobQuestion

    job_id = Text(data_key="JobId", required=True)
    params = JsonText(data_key="Params", object_only=True, inert=True)


class TagResultSchema(ResponseSchema):
    """Writes a :class:`~fake_ims.jobs.tag_results.TagResult`."""

    type = Written(data_key="Type")
    text = Written(data_key="Data")


@dataclass(slots=True, eq=False)
class Results:
    """The findings, one of each type."""

    result: Any


class ResultsSchema(ResponseSchema):
    """Writes :class:`Results`."""

    result = fields.List(fields.Nested(TagResultSchema()), data_key="Result")


@dataclass(slots=True, eq=False)
class JobShown:
    """The answer of QuerySmarttagJob."""

    job_status: str
    user_data: str | None
    results: Results | None


class QuerySmarttagJobResponse(ResponseSchema):
    """``Results`` are there once the job was a success; ``Usages`` never: no document says what is
    counted.
    """

    job_status = Written(data_key="JobStatus")
    user_data = Written(data_key="UserData")
    results = fields.Nested(ResultsSchema(), data_key="Results")


@operation(
    "QuerySmarttagJob",
    request=QuerySmarttagJobRequest,
    response=QuerySmarttagJobResponse,
    access="get",
)
def query_smarttag_job(query: JobQuestion, services: Services) -> JobShown:
    """Show how far a smart tagging has come, and what it found."""
    jobs, now = services.jobs, services.now
    job: Job = jobs.require(FAMILY, query.job_id)
    if now - job.submitted_at > _KEPT:
        raise errors.RESOURCE_NOT_FOUND().with_note("jobs are kept for 180 days (documented)")
    job = jobs.note_read(job, now)
    found = job.succeeded
    return JobShown(status_of(job, now), job.user_data, Results(job.result) if found else None)
