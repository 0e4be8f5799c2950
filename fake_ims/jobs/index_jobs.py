"""Index jobs: an asset, or another file, enters a search library."""

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
    """Note that a job lets something enter its library, if that exists."""
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
        libs.put(replace(entry, job_id=job.job_id))


def _ended(job: Job, jobs: Jobs, at: Instant) -> None:
    order: IndexOrder = job.order
    asset = jobs.library.assets.get(order.media_id)
    entry = jobs.library.search_libs.entry(order.lib, order.media_id)
    if job.failure is not None or asset is None or entry is None:
        return
    libs = dict.fromkeys((*asset.search_libs, order.lib))
    libs.pop(DEFAULT_SEARCH_LIB, None)  # in which every asset is
    insights = asset.insights
    if entry.custom_fields:
        fields = {**insights.custom_fields, **entry.custom_fields}
        insights = replace(insights, custom_fields=fields)
    jobs.library.assets.put(replace(asset, search_libs=tuple(libs), insights=insights))


@job_kind("search_index", family=FAMILY, words=WORDS, begun=entered, wanted=_begun, ended=_ended)
def index(job: Job, jobs: Jobs, at: Instant) -> tuple[str, ...]:
    """The types of the indexes in which it can be found then."""
    if job.order.lib not in jobs.library.search_libs:
        raise JobError("ResourceNotFound", "The specified search library could not be found.")
    if job.source.location is not None:
        jobs.details_of(job)
    return INDEX_TYPES
