"""UploadMediaByURL and GetUrlUploadInfos."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from marshmallow import fields

from fake_ims import errors
from fake_ims.clock import Instant
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    JsonText,
    RequestSchema,
    ResponseSchema,
    Text,
    Time,
    Written,
    WrongParameterError,
)
from fake_ims.jobs.job import Job, Source
from fake_ims.jobs.kinds import kind_of
from fake_ims.jobs.listing import status_of
from fake_ims.jobs.url_uploads import FAMILY
from fake_ims.library.uploads import DEFAULT_APP_ID, Metadata, Upload, expect_upload, workflow_in
from fake_ims.media.locations import InputUrlError, parse_location
from fake_ims.media.types import media_type_of
from fake_ims.operations.upload_metadata import (
    bucket_of,
    expect_callbacks,
    is_suffix,
    read_metadata,
)

MOST_URLS: Final = 20
"""Of one call of UploadMediaByURL (documented)."""

MOST_ASKED: Final = 10
"""Ids or URLs of one call of GetUrlUploadInfos (documented)."""

_UPLOADABLE: Final = ("video", "audio")
"""What UploadMediaByURL takes (observed: images are registered)."""

# ---------------------------------------------------------------- UploadMediaByURL


@dataclass(slots=True, kw_only=True, eq=False)
class FetchRequest:
    """What a caller of UploadMediaByURL asks for."""

    upload_urls: str | None = None
    app_id: str = DEFAULT_APP_ID
    entity_id: str | None = None
    media_meta_data: str | None = None
    post_process_config: str | None = None
    upload_target_config: str | None = None
    user_data: str | None = None


class UploadMediaByURLRequest(RequestSchema):
    """No parameter is declared as required, but UploadURLs must be there."""

    record = FetchRequest

    upload_urls = Text(data_key="UploadURLs")
    app_id = Text(data_key="AppId")
    entity_id = Text(data_key="EntityId", inert=True)
    media_meta_data = JsonText(data_key="MediaMetaData")
    post_process_config = JsonText(data_key="PostProcessConfig", object_only=True)
    upload_target_config = JsonText(data_key="UploadTargetConfig", object_only=True)
    user_data = JsonText(data_key="UserData", max_bytes=1024)


@dataclass(slots=True, eq=False)
class UploadJob:
    """One file that is being fetched."""

    job_id: str
    media_id: str
    source_url: str


class UploadJobSchema(ResponseSchema):
    """Writes :class:`UploadJob`."""

    job_id = Written(data_key="JobId")
    media_id = Written(data_key="MediaId")
    source_url = Written(data_key="SourceURL")


@dataclass(slots=True, eq=False)
class UploadJobs:
    """The answer of UploadMediaByURL."""

    upload_jobs: list[UploadJob]


class UploadMediaByURLResponse(ResponseSchema):
    """A job for each URL."""

    upload_jobs = fields.List(fields.Nested(UploadJobSchema()), data_key="UploadJobs")


@operation(
    "UploadMediaByURL",
    request=UploadMediaByURLRequest,
    response=UploadMediaByURLResponse,
    access="create",
    questions=("event_user_data", "notify_address", "notify_events", "notify_signature",
               "callback_content_type", "event_fields", "analysis_event",
               "undeclared_workflow"),
)  # fmt: skip
def upload_media_by_url(request: FetchRequest, services: Services) -> UploadJobs:
    """Create assets whose files are fetched from URLs: only audio and video."""
    urls = _listed_urls(request.upload_urls, "UploadURLs", MOST_URLS)
    described = _described(request.media_meta_data)
    bucket = bucket_of(request.upload_target_config, services)
    suffixes = [_suffix(url, described.get(url, {})) for url in urls]
    jobs = []
    for url, suffix in zip(urls, suffixes, strict=True):
        asset = expect_upload(
            services.library,
            services.now,
            upload=Upload(request.app_id, by_url=True),
            media_type=media_type_of(suffix) or "video",
            bucket=bucket,
            suffix=suffix,
            metadata=_metadata(described.get(url, {})),
            user_data=request.user_data,
            workflow_id=workflow_in(request.post_process_config),
        )
        try:
            location = parse_location(url, services.settings.region)
        except InputUrlError:
            location = None  # of no bucket: whatever is there is made up
        job = services.jobs.submit(
            kind_of("url_upload"), services.now, Source("URL", url, location),
            media_id=asset.media_id, user_data=request.user_data,
        )  # fmt: skip
        expect_callbacks(asset, services)
        jobs.append(UploadJob(job.job_id, asset.media_id, url))
    return UploadJobs(jobs)


def _listed_urls(text: str | None, name: str, most: int) -> list[str]:
    """URLs between commas, each percent-encoded (documented), or not (sent by callers)."""
    if text is None:
        raise errors.MISSING_PARAMETER(name=name)
    urls = list(dict.fromkeys(unquote(part.strip()) for part in text.split(",") if part.strip()))
    if not urls or len(urls) > most:
        raise errors.INVALID_PARAMETER(name=name)
    return urls


def _described(text: str | None) -> dict[str, dict[str, Any]]:
    """The items of MediaMetaData by their SourceURL: what fits no URL has no effect (documented).

    :raises ApiError: InvalidParameter "MediaMetaData" for what is no list of objects, and for a
        value that an asset cannot have.
    """
    document = json.loads(text) if text else []
    items = document if isinstance(document, list) else [document]
    found = {}
    for item in items:
        if not isinstance(item, dict):
            raise errors.INVALID_PARAMETER(name="MediaMetaData")
        _metadata(item)
        if isinstance(url := item.get("SourceURL"), str):
            found[unquote(url)] = item
    return found


def _metadata(item: dict[str, Any]) -> Metadata:
    try:
        return read_metadata(item)
    except (ValueError, WrongParameterError):
        raise errors.INVALID_PARAMETER(name="MediaMetaData") from None


def _suffix(url: str, item: dict[str, Any]) -> str:
    """The suffix of a file to fetch: FileExtension counts before the URL's own (documented).

    :raises ApiError: InvalidParameter "UploadURLs" for a URL that is no ``http(s)://`` one, has no
        suffix, or names neither audio nor video.
    """
    path = url.partition("?")[0].partition("#")[0]
    given = item.get("FileExtension")
    own = path.rpartition("/")[2].rpartition(".")[2]
    suffix = str(given).lstrip(".") if is_suffix(given) else own
    is_url = url.lower().startswith(("http://", "https://")) and "/" in path.partition("://")[2]
    named = "." in path.rpartition("/")[2] or is_suffix(given)
    if not is_url or not named or media_type_of(suffix.lower()) not in _UPLOADABLE:
        raise errors.INVALID_PARAMETER(name="UploadURLs")
    return suffix


# ---------------------------------------------------------------- GetUrlUploadInfos


@dataclass(slots=True, kw_only=True, eq=False)
class UploadQuery:
    """Which uploads: by the ids of their jobs, or else by their URLs."""

    job_ids: str | None = None
    upload_urls: str | None = None


class GetUrlUploadInfosRequest(RequestSchema):
    """One of the two must be there; JobIds counts if both are sent (documented)."""

    record = UploadQuery

    job_ids = Text(data_key="JobIds")
    upload_urls = Text(data_key="UploadURLs")


@dataclass(slots=True, eq=False)
class UploadInfo:
    """How far an upload has come."""

    job_id: str
    media_id: str
    upload_url: str
    status: str
    creation_time: Instant
    complete_time: Instant | None
    error_code: str | None
    error_message: str | None
    file_size: int | None
    user_data: str | None


class UploadInfoSchema(ResponseSchema):
    """Writes :class:`UploadInfo`."""

    complete_time = Time(data_key="CompleteTime")
    creation_time = Time(data_key="CreationTime")
    error_code = Written(data_key="ErrorCode")
    error_message = Written(data_key="ErrorMessage")
    file_size = Written(data_key="FileSize")
    job_id = Written(data_key="JobId")
    media_id = Written(data_key="MediaId")
    status = Written(data_key="Status")
    upload_url = Written(data_key="UploadURL")
    user_data = Written(data_key="UserData")


@dataclass(slots=True, eq=False)
class UploadInfos:
    """The answer of GetUrlUploadInfos."""

    found: list[UploadInfo]
    non_exists: list[str]


class GetUrlUploadInfosResponse(ResponseSchema):
    """Two lists, which are there even if they are empty (inferred)."""

    non_exists = fields.List(Written(), data_key="NonExists")
    found = fields.List(fields.Nested(UploadInfoSchema()), data_key="URLUploadInfoList")


@operation(
    "GetUrlUploadInfos",
    request=GetUrlUploadInfosRequest,
    response=GetUrlUploadInfosResponse,
    access="get",
    questions=("url_upload_status",),
)
def get_url_upload_infos(query: UploadQuery, services: Services) -> UploadInfos:
    """Show how far uploads from URLs have come, those of a URL all of them."""
    answer = UploadInfos([], [])
    if query.job_ids is not None:
        for job_id in _listed_urls(query.job_ids, "JobIds", MOST_ASKED):
            job = services.jobs.get(job_id)
            if job is None or kind_of(job.kind).family != FAMILY:
                answer.non_exists.append(job_id)
            else:
                answer.found.append(_info(job, services))
        return answer
    if query.upload_urls is None:
        raise errors.MISSING_PARAMETER(name="JobIds")
    wanted = _listed_urls(query.upload_urls, "UploadURLs", MOST_ASKED)
    jobs = [job for job in services.jobs.walk(FAMILY) if job.source.media in wanted]
    answer.found += (_info(job, services) for job in jobs)
    there = {job.source.media for job in jobs}
    answer.non_exists += (url for url in wanted if url not in there)
    return answer


def _info(job: Job, services: Services) -> UploadInfo:
    job = services.jobs.note_read(job, services.now)
    status = status_of(job, services.now)
    if job.ended and services.choices.of("url_upload_status") == "media":
        status = "Normal" if job.failure is None else "PrepareFail"
    done = job.ended and job.failure is None
    code, message = ("200", "Success") if done else (job.failure or (None, None))
    return UploadInfo(
        job_id=job.job_id,
        media_id=job.media_id or "",
        upload_url=job.source.media,
        status=status,
        creation_time=job.submitted_at,
        complete_time=job.finished_at,
        error_code=code,
        error_message=message,
        file_size=job.result.size if done else None,
        user_data=job.user_data,
    )
