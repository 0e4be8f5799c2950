"""Uploads from a URL: a job fetches the file of an asset that is there already."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from fake_ims.clock import Instant
from fake_ims.jobs.job import Job
from fake_ims.jobs.jobs import Jobs
from fake_ims.jobs.kinds import Words, job_kind
from fake_ims.library.uploads import arrive, miss, size_of

FAMILY: Final = "url upload"

WORDS: Final = Words("PENDING", "PROCESSING", "SUCCESS", "FAIL", "FAIL")
"""Of ApsaraVideo VOD, to whose page the documents of IMS point."""


class Fetched(NamedTuple):
    """What was fetched: its size in bytes."""

    size: int


def _tell(job: Job, jobs: Jobs, at: Instant) -> None:
    """Let UploadByURLComplete happen, and the analysis of what was fetched begin.

    The body has the fields of the event of this name in ApsaraVideo VOD, MediaId for VideoId
    (inferred).
    """
    library = jobs.library
    asset = library.assets[job.media_id or ""]
    body: dict[str, Any] = {
        "Status": "Success" if job.failure is None else "Fail",
        "MediaId": asset.media_id,
        "JobId": job.job_id,
        "SourceURL": job.source.media,
    }
    body |= {"Size": str(job.result.size)} if job.failure is None else job.failure.fields()
    library.announce("UploadByURLComplete", at, body, job.user_data)
    if job.failure is None:
        arrive(library, asset, at)
    else:
        miss(library, asset, at, job.failure.message)


@job_kind("url_upload", family=FAMILY, words=WORDS, ended=_tell, events=("UploadByURLComplete",))
def fetch(job: Job, jobs: Jobs, at: Instant) -> Fetched:
    """The file at the URL, as far as a test has said what it is."""
    library = jobs.library
    asset = library.assets[job.media_id or ""]
    said = None if job.source.location is None else library.objects.facts(job.source.location)
    if said is not None:
        library.objects.put(asset.location, said)
    return Fetched(size_of(library, asset))
