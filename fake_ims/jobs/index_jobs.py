"""Jobs of search libraries: one makes the indexes of a library, another lets a file enter it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from fake_ims.clock import Instant
from fake_ims.jobs.job import Job, JobError
from fake_ims.jobs.jobs import Jobs
from fake_ims.jobs.kinds import Words, job_kind
from fake_ims.library.assets import Asset
from fake_ims.library.search_libs import DEFAULT_SEARCH_LIB, INDEX_TYPES, Entry

FAMILY: Final = "search index"

WORDS: Final = Words("Running", "Running", "Success", "Fail", "Fail")
"""Documented: Running, Success and Fail."""


class IndexOrder(NamedTuple):
    """Which library something is to enter, under which MediaId."""

    lib: str
    media_id: str


def _begun(asset: Asset, jobs: Jobs) -> IndexOrder | None:
    lib = asset.config.search_lib
    return None if lib is None else IndexOrder(lib, asset.media_id)


def entered(job: Job, jobs: Jobs) -> None:
    """Note that a job lets something enter its library, if that exists: no other job does now."""
    order: IndexOrder = job.order
    libs = jobs.library.search_libs
    if order.lib in libs:
        asset = jobs.library.assets.get(order.media_id)
        old = libs.entry(order.lib, order.media_id)
        entry = old or Entry(
            media_id=order.media_id,
            lib=order.lib,
            job_id=job.job_id,
            input_url=job.source.media if asset is None else asset.input_url,
            media_type="video" if asset is None else asset.media_type,
        )
        before = jobs.get(entry.job_id)
        if before is not None and before is not job and not before.ended:
            jobs.cancel(before, job.submitted_at)
        libs.put(replace(entry, job_id=job.job_id))


def _ended(job: Job, jobs: Jobs, at: Instant) -> None:
    order: IndexOrder = job.order
    asset = jobs.library.assets.get(order.media_id)
    entry = jobs.library.search_libs.entry(order.lib, order.media_id)
    if job.failure is not None or asset is None or entry is None:
        return
    libs = dict.fromkeys((*asset.search_libs, order.lib))
    libs.pop(DEFAULT_SEARCH_LIB, None)  # in which every asset is
    asset = entry.told_of(asset, jobs.settings.search_lib_title)
    jobs.library.assets.put(replace(asset, search_libs=tuple(libs)))


@job_kind("search_index", family=FAMILY, words=WORDS, begun=entered, wanted=_begun, ended=_ended)
def index(job: Job, jobs: Jobs, at: Instant) -> tuple[str, ...]:
    """The types of the indexes in which it can be found then.

    It fails if there was no such library when it began, or it is gone since.
    """
    entry = jobs.library.search_libs.entry(job.order.lib, job.order.media_id)
    if entry is None:
        raise JobError("ResourceNotFound", "The specified search library could not be found.")
    if job.source.location is not None:
        jobs.details_of(job)
    return INDEX_TYPES


MAKING_WORDS: Final = Words("Initializing", "Initializing", "Normal", "Fail", "Fail")
"""The readiness of an index (documented)."""


def _making(job: Job, jobs: Jobs) -> None:
    jobs.library.search_libs.note_job(job.order, job.job_id)


@job_kind("search_lib", family="search library", words=MAKING_WORDS, begun=_making)
def make_lib(job: Job, jobs: Jobs, at: Instant) -> tuple[str, ...]:
    """The types of the indexes that a library has then; its order is the name of the library."""
    return INDEX_TYPES
