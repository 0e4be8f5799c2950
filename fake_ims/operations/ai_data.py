"""AiRoughData: what smart tagging has made of an asset, as GetMediaInfo shows it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marshmallow import fields

from fake_ims.gateway.fields import ResponseSchema, Written
from fake_ims.media import tagging
from fake_ims.media.locations import Location

if TYPE_CHECKING:
    from fake_ims.clock import Instant
    from fake_ims.gateway.catalogue import Services
    from fake_ims.jobs.job import Job
    from fake_ims.library.assets import Asset

DETAILED: Final = "AiRoughData.StandardSmartTagJob"
"""The one key of ReturnDetailedInfo (documented)."""


@dataclass(slots=True, eq=False)
class SmartTagJob:
    """The job, with its findings as text or under a URL (documented)."""

    ai_job_id: str
    status: str
    result_url: str | None = None
    results: Any = None


class _ResultSchema(ResponseSchema):
    type = Written(data_key="Type")
    text = Written(data_key="Data")


class SmartTagJobSchema(ResponseSchema):
    """Writes :class:`SmartTagJob`."""

    ai_job_id = Written(data_key="AiJobId")
    status = Written(data_key="Status")
    result_url = Written(data_key="ResultUrl")
    results = fields.List(fields.Nested(_ResultSchema()), data_key="Results")


@dataclass(slots=True, eq=False)
class AiRoughData:
    """How far the last smart tagging of an asset has come, and what came of it."""

    ai_job_id: str
    status: str
    save_type: str | None
    job: SmartTagJob
    ai_category: str | None = None
    result: str | None = None


class AiRoughDataSchema(ResponseSchema):
    """Writes :class:`AiRoughData`."""

    ai_category = Written(data_key="AiCategory")
    ai_job_id = Written(data_key="AiJobId")
    result = Written(data_key="Result")
    save_type = Written(data_key="SaveType")
    status = Written(data_key="Status")
    job = fields.Nested(SmartTagJobSchema(), data_key="StandardSmartTagJob")


def is_detailed(return_detailed_info: str | None) -> bool | None:
    """Whether ReturnDetailedInfo, known to be a JSON object, wants the findings as text; None if it
    says something that no document has.
    """
    given: dict[str, Any] = json.loads(return_detailed_info) if return_detailed_info else {}
    value = given.pop(DETAILED, False)
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower())
    return value if isinstance(value, bool) and not given else None


def ai_rough_data(
    asset: Asset, services: Services, expires: int, *, detailed: bool
) -> AiRoughData | None:
    """What the last smart tagging of an asset found; None without one. URLs are signed until
    ``expires``.
    """
    jobs, now = services.jobs, services.now
    every = [job for job in jobs.of_asset(asset.media_id) if job.kind == "smart_tags"]
    if not every:
        return None
    from fake_ims.jobs.smart_tags import file_of, saving_of  # most assets have none

    job = jobs.note_read(every[-1], now)
    saving = saving_of(job, jobs)
    if saving is not None:
        saving = jobs.note_read(saving, now)
    shown = SmartTagJob(job.job_id, _analysis(job))
    data = AiRoughData(
        job.job_id, shown.status if saving is None else _saving(saving, now),
        job.order.save_type, shown,
    )  # fmt: skip
    if job.succeeded:
        url = services.signer.sign(_location(asset, job, services), expires)
        shown.result_url, shown.results = (None, job.result) if detailed else (url, None)
        data.result = url
        data.ai_category = tagging.category(file_of(job, jobs), services.library.seed)
    return data


def _analysis(job: Job) -> str:
    if not job.ended:
        return "Analyzing"
    return "AnalyzeSuccess" if job.succeeded else "AnalyzeFailed"


def _saving(job: Job, now: Instant) -> str:
    """As long as it waits for its turn, the analysis is all that is done (inferred)."""
    words = {"waiting": "AnalyzeSuccess", "running": "Saving", "done": "SaveSuccess"}
    return words.get(job.state(now), "SaveFailed")


def _location(asset: Asset, job: Job, services: Services) -> Location:
    """Where the findings lie: in a folder of the service beside the file (documented; its name and
    what follows are inferred).
    """
    stored = services.signer.stored(asset.location, "mp4")
    folder, slash, _ = stored.key.rpartition("/")
    return stored._replace(key=f"{folder}{slash}ice-generated/{job.job_id}/result.json")
