"""Media information jobs: what is in a file, be it an asset's or not."""

from __future__ import annotations

from typing import Final, NamedTuple

from fake_ims.clock import Instant
from fake_ims.jobs.job import Job
from fake_ims.jobs.jobs import Jobs
from fake_ims.jobs.kinds import Words, job_kind
from fake_ims.library.assets import Asset
from fake_ims.media.details import FileDetails
from fake_ims.media.locations import Location, identity

FAMILY: Final = "media_info"

WORDS: Final = Words("Init", "Init", "Success", "Fail", "Fail")
"""Documented: Init, Success and Fail."""


class MediaInfoOrder(NamedTuple):
    """What was asked for, beside the file."""

    asynchronous: bool = True
    pipeline_id: str | None = None
    priority: int | None = None


class Found(NamedTuple):
    """What is in the file, and whose it is: the asset of a job on one, or that is registered with
    this file (inferred).
    """

    location: Location
    details: FileDetails
    media_id: str | None


@job_kind("media_info_job", family=FAMILY, words=WORDS)
def look_into(job: Job, jobs: Jobs, at: Instant) -> Found:
    """The same that an analysis finds; no event tells of it (none is documented)."""
    details = jobs.details_of(job)
    location = job.source.location
    assert location is not None, "it has been read"
    asset: Asset | None = jobs.library.assets.get(job.media_id or "")
    if asset is None:
        rule = jobs.settings.url_identity
        asset = jobs.library.assets.by_identity(identity(job.source.media, location, rule))
    return Found(location, details, None if asset is None else asset.media_id)
