"""SubmitMediaInfoJob, GetMediaInfoJob, ListMediaInfoJobs and SubmitSyncMediaInfoJob."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import fields

from fake_ims.clock import Instant
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Decimal,
    RequestSchema,
    ResponseSchema,
    Structure,
    Text,
    Time,
    Written,
)
from fake_ims.jobs.job import Job
from fake_ims.jobs.kinds import kind_of
from fake_ims.jobs.listing import status_of
from fake_ims.jobs.media_info_jobs import FAMILY, Found, MediaInfoOrder
from fake_ims.media.details import AudioStream, VideoStream
from fake_ims.operations.job_shapes import (
    ANYWHERE,
    INPUT_QUESTIONS,
    LIST_QUESTIONS,
    JobIdQuery,
    JobIdRequest,
    JobList,
    JobListQuery,
    JobListRequest,
    MediaObject,
    MediaObjectSchema,
    Schedule,
    ScheduleSchema,
    job_list_schema,
    listed,
    read_job,
    read_media_object,
    read_schedule,
    source_of,
)
from fake_ims.operations.shapes import AudioStreamSchema, FileBasicInfo, FileBasicInfoSchema
from fake_ims.operations.showing import suffix_of

# ---------------------------------------------------------------- how a job is shown


class VideoStreamInfoSchema(ResponseSchema):
    """Writes a video stream under the names of these operations, which are none of the others'."""

    stream_index = Written(data_key="Index")
    codec_name = Written(data_key="Codec_name")
    codec_long_name = Written(data_key="Codec_long_name")
    profile = Written(data_key="Profile")
    codec_time_base = Written(data_key="Codec_time_base")
    codec_tag_string = Written(data_key="Codec_tag_string")
    codec_tag = Written(data_key="Codec_tag")
    width = Written(data_key="Width")
    height = Written(data_key="Height")
    has_b_frames = Written(data_key="Has_b_frames")
    sar = Written(data_key="Sar")
    dar = Written(data_key="Dar")
    pix_fmt = Written(data_key="PixFmt")
    level = Written(data_key="Level")
    fps = Decimal(3, trimmed=True, data_key="Fps")
    average_fps = Decimal(3, trimmed=True, data_key="Avg_fps")
    timebase = Written(data_key="Time_base")
    start_time = Decimal(6, data_key="Start_time")
    duration = Decimal(6, data_key="Duration")
    bitrate = Decimal(3, trimmed=True, data_key="Bit_rate")
    num_frames = Written(data_key="NumFrames")
    lang = Written(data_key="Lang")
    rotate = Written(data_key="Rotate")


@dataclass(slots=True, kw_only=True, eq=False)
class BasicInfo(FileBasicInfo):
    """What is known of a file, and whose it is."""

    media_id: str | None = None


class BasicInfoSchema(FileBasicInfoSchema):
    """Writes :class:`BasicInfo`; FileUrl is not signed (as in the example)."""

    media_id = Written(data_key="MediaId")


@dataclass(slots=True, eq=False)
class MediaInfoProperty:
    """What is in a file."""

    basic: BasicInfo
    audio: tuple[AudioStream, ...]
    video: tuple[VideoStream, ...]


class MediaInfoPropertySchema(ResponseSchema):
    """Writes :class:`MediaInfoProperty`."""

    basic = fields.Nested(
        BasicInfoSchema(exclude=("create_time", "modified_time")), data_key="FileBasicInfo"
    )
    audio = fields.List(
        fields.Nested(AudioStreamSchema(exclude=("profile", "num_frames"))),
        data_key="AudioStreamInfoList",
    )
    video = fields.List(fields.Nested(VideoStreamInfoSchema()), data_key="VideoStreamInfoList")


@dataclass(slots=True, kw_only=True, eq=False)
class MediaInfoJob:
    """A job. ``request_id`` is made up of its id (inferred: no call has had it)."""

    job_id: str
    request_id: str
    status: str
    trigger_source: str
    input: MediaObject
    found: MediaInfoProperty | None
    submit_result: dict[str, str]
    submit_time: Instant
    finish_time: Instant | None
    name: str | None
    schedule: Schedule | None
    user_data: str | None
    asynchronous: bool


class MediaInfoJobSchema(ResponseSchema):
    """Writes :class:`MediaInfoJob`.

    No field is documented to say why a job failed: SubmitResultJson, an empty object in the
    example, has Code and Message then (inferred).
    """

    job_id = Written(data_key="JobId")
    name = Written(data_key="Name")
    status = Written(data_key="Status")
    asynchronous = fields.Boolean(data_key="Async")
    input = fields.Nested(MediaObjectSchema(), data_key="Input")
    found = fields.Nested(MediaInfoPropertySchema(), data_key="MediaInfoProperty")
    schedule = fields.Nested(ScheduleSchema(), data_key="ScheduleConfig")
    submit_result = fields.Raw(data_key="SubmitResultJson")
    trigger_source = Written(data_key="TriggerSource")
    user_data = Written(data_key="UserData")
    request_id = Written(data_key="RequestId")
    submit_time = Time(data_key="SubmitTime")
    finish_time = Time(data_key="FinishTime")


def _show(job: Job, services: Services) -> MediaInfoJob:
    order: MediaInfoOrder = job.order
    schedule = Schedule(order.pipeline_id, order.priority)
    failure, found = job.failure, job.result
    result = {} if failure is None else {"Code": failure.code, "Message": failure.message}
    return MediaInfoJob(
        job_id=job.job_id,
        request_id=str(uuid.uuid5(uuid.NAMESPACE_OID, job.job_id)).upper(),
        status=status_of(job, services.now),
        trigger_source=job.trigger,
        input=MediaObject(job.source.kind, job.source.media),
        found=_property(found, services) if isinstance(found, Found) else None,
        submit_result=result,
        submit_time=job.submitted_at,
        finish_time=job.finished_at,
        name=job.name,
        schedule=schedule if any(schedule) else None,
        user_data=job.user_data,
        asynchronous=order.asynchronous,
    )


def _property(found: Found, services: Services) -> MediaInfoProperty:
    location, details, media_id = found
    stored = services.signer.stored(location, suffix_of(location, "video"))
    basic = BasicInfo(
        media_id=media_id,
        file_name=stored.file_name,
        file_size=details.size,
        file_url=stored.http_url,
        region=stored.region,
        format_name=details.format_name,
        duration=details.duration,
        bitrate=details.bitrate,
        width=details.width,
        height=details.height,
        create_time=services.now,
        modified_time=services.now,
    )
    return MediaInfoProperty(basic, details.audio, details.video)


@dataclass(slots=True, eq=False)
class MediaInfoJobFound:
    """The answer of the operations on one job."""

    job: MediaInfoJob


class MediaInfoJobResponse(ResponseSchema):
    """One job."""

    job = fields.Nested(MediaInfoJobSchema(), data_key="MediaInfoJob")


# ---------------------------------------------------------------- submitting


@dataclass(slots=True, kw_only=True, eq=False)
class MediaInfoSubmission:
    """A job as it is submitted."""

    input: MediaObject
    name: str | None = None
    schedule_config: Schedule = ANYWHERE
    user_data: str | None = None


class SubmitMediaInfoJobRequest(RequestSchema):
    """UserData is any text (``user-data`` in the example)."""

    record = MediaInfoSubmission

    input = Structure(read_media_object, data_key="Input", required=True)
    name = Text(data_key="Name")
    schedule_config = Structure(read_schedule, data_key="ScheduleConfig")
    user_data = Text(data_key="UserData")


def _submit(request: MediaInfoSubmission, services: Services, *, asynchronous: bool) -> Job:
    source, media_id = source_of(request.input, services)
    order = MediaInfoOrder(asynchronous, *request.schedule_config)
    return services.jobs.submit(
        kind_of("media_info_job"), services.now, source, order,
        media_id=media_id, name=request.name, user_data=request.user_data,
    )  # fmt: skip


@operation(
    "SubmitMediaInfoJob",
    request=SubmitMediaInfoJobRequest,
    response=MediaInfoJobResponse,
    access="create",
    questions=INPUT_QUESTIONS,
)
def submit_media_info_job(request: MediaInfoSubmission, services: Services) -> MediaInfoJobFound:
    """Have a file looked into; the answer shows the job as it begins."""
    return MediaInfoJobFound(_show(_submit(request, services, asynchronous=True), services))


@operation(
    "SubmitSyncMediaInfoJob",
    request=SubmitMediaInfoJobRequest,
    response=MediaInfoJobResponse,
    access="create",
    questions=INPUT_QUESTIONS,
)
def submit_sync_media_info_job(
    request: MediaInfoSubmission, services: Services
) -> MediaInfoJobFound:
    """Look into a file at once; the answer shows the job at its end. A file that cannot be read is
    a job that failed, no error (inferred).
    """
    job = _submit(request, services, asynchronous=False)
    return MediaInfoJobFound(_show(services.jobs.finish(job, services.now, forced=False), services))


# ---------------------------------------------------------------- reading


@operation(
    "GetMediaInfoJob",
    request=JobIdRequest,
    response=MediaInfoJobResponse,
    access="get",
)
def get_media_info_job(query: JobIdQuery, services: Services) -> MediaInfoJobFound:
    """Show a job."""
    return MediaInfoJobFound(_show(read_job(query, FAMILY, services), services))


DEFAULT_PAGE_SIZE: Final = 10
"""Documented."""


@operation(
    "ListMediaInfoJobs",
    request=JobListRequest,
    response=job_list_schema(MediaInfoJobSchema()),
    access="list",
    questions=LIST_QUESTIONS,
)
def list_media_info_jobs(query: JobListQuery, services: Services) -> JobList:
    """List jobs by the time of their submission, newest first unless asked otherwise."""
    page = listed(query, FAMILY, DEFAULT_PAGE_SIZE, services)
    shown: list[Any] = [_show(job, services) for job in page.jobs]
    return JobList(shown, page.token)
