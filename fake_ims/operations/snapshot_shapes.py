"""How snapshot jobs are shown, those of callers and those that registrations set off."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import fields

from fake_ims.clock import Instant
from fake_ims.gateway.catalogue import Services
from fake_ims.gateway.fields import Number, ResponseSchema, Time, Written
from fake_ims.jobs.job import Job
from fake_ims.jobs.listing import status_of
from fake_ims.jobs.snapshot_jobs import SnapshotOrder, frames_of, output_of
from fake_ims.jobs.snapshots import planned
from fake_ims.media.frames import Frames
from fake_ims.media.locations import Location
from fake_ims.operations.job_shapes import OSS, OssFile, OssFileSchema, oss_file


@dataclass(slots=True, kw_only=True, eq=False)
class NamedFile:
    """Input or Output: as it was sent, and the object that it names."""

    kind: str
    media: str
    oss_file: OssFile | None


class NamedFileSchema(ResponseSchema):
    """Writes :class:`NamedFile`; lists leave the second out."""

    kind = Written(data_key="Type")
    media = Written(data_key="Media")
    oss_file = fields.Nested(OssFileSchema(), data_key="OssFile")


@dataclass(slots=True, kw_only=True, eq=False)
class SnapshotJob:
    """A job, of a caller or of a registration. ``count`` is known when the pictures are there."""

    job_id: str
    status: str
    trigger_source: str
    snapshot_type: str
    input: NamedFile
    output: NamedFile
    template_id: str
    template_config: str
    create_time: Instant
    modified_time: Instant
    finish_time: Instant | None
    name: str | None
    pipeline_id: str | None
    count: int | None
    code: str | None
    message: str | None
    user_data: str | None
    asynchronous: bool = True

    @property
    def submit_time(self) -> Instant:
        """The same: no job waits to be submitted."""
        return self.create_time


class SnapshotJobSchema(ResponseSchema):
    """Writes :class:`SnapshotJob`."""

    job_id = Written(data_key="JobId")
    name = Written(data_key="Name")
    status = Written(data_key="Status")
    asynchronous = fields.Boolean(data_key="Async")
    snapshot_type = Written(data_key="Type")
    count = Number(data_key="Count")
    input = fields.Nested(NamedFileSchema(), data_key="Input")
    output = fields.Nested(NamedFileSchema(), data_key="Output")
    template_id = Written(data_key="TemplateId")
    template_config = Written(data_key="TemplateConfig")
    pipeline_id = Written(data_key="PipelineId")
    trigger_source = Written(data_key="TriggerSource")
    user_data = Written(data_key="UserData")
    code = Written(data_key="Code")
    message = Written(data_key="Message")
    create_time = Time(data_key="CreateTime")
    submit_time = Time(data_key="SubmitTime")
    modified_time = Time(data_key="ModifiedTime")
    finish_time = Time(data_key="FinishTime")


ONLY_IN_FULL: Final = (
    "code", "message", "template_config", "user_data", "input.oss_file", "output.oss_file",
)  # fmt: skip
"""What a list does not show (documented)."""


def taken_by(job: Job) -> Frames | None:
    """The pictures that a job has taken, if it has."""
    return frames_of(job) if job.kind == "snapshot_job" else job.result


def show(job: Job, services: Services) -> SnapshotJob:
    """A job as it is now."""
    frames, taken = taken_by(job), None
    if frames is not None:
        taken = frames.total
    if job.kind == "snapshot_job":
        order: SnapshotOrder = job.order
        kind, template_id, pipeline_id = order.snapshot_type, order.template_id, order.pipeline_id
        template_config = _written({"Type": kind, **json.loads(order.params.text)})
        output = NamedFile(
            kind=order.output_kind, media=order.output_media,
            oss_file=oss_file(output_of(job), services),
        )  # fmt: skip
        if taken is None:
            taken = order.params.wanted
    else:
        plan = planned(job, services.jobs)
        kind = "Sprite" if job.kind == "sprite" else "Normal"
        template_id, pipeline_id = plan.template_id, None
        told = {"Type": kind, "FrameType": "normal", "Time": round(plan.start * 1000)}
        template_config = _written(told)
        place = Location("oss", plan.region, plan.bucket, plan.shown_key)
        url = f"http://{place.host}/{place.key}"
        output = NamedFile(kind=OSS, media=url, oss_file=oss_file(place, services))
    return SnapshotJob(
        job_id=job.job_id,
        status=status_of(job, services.now),
        trigger_source=job.trigger,
        snapshot_type=kind,
        input=NamedFile(
            kind=job.source.kind, media=job.source.media,
            oss_file=oss_file(job.source.location, services),
        ),
        output=output,
        template_id=template_id,
        template_config=template_config,
        create_time=job.submitted_at,
        modified_time=job.submitted_at if job.finished_at is None else job.finished_at,
        finish_time=job.finished_at,
        name=job.name,
        pipeline_id=pipeline_id,
        count=taken,
        code=None if job.failure is None else job.failure.code,
        message=None if job.failure is None else job.failure.message,
        user_data=job.user_data,
    )  # fmt: skip


def _written(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
