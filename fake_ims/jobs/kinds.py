"""The kinds of jobs: each is declared once, in a module of its own."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fake_ims.clock import Instant
from fake_ims.jobs.job import Job, State
from fake_ims.library.assets import Asset

if TYPE_CHECKING:
    from fake_ims.jobs.jobs import Jobs

MODULES: Final = {
    "snapshots": "snapshots",
    "sprite": "snapshots",
    "cover": "snapshots",
    "url_upload": "url_uploads",
    "search_index": "index_jobs",
    "search_lib": "index_jobs",
    "snapshot_job": "snapshot_jobs",
    "media_info_job": "media_info_jobs",
    "workflow": "workflow_tasks",
    "smart_tags": "smart_tags",
    "saving": "smart_tags",
}
"""The module that declares each kind; imported when it is first needed."""

CHAINS: Final = (
    ("snapshots", "sprite", "cover"),
    ("smart_tags", "saving"),
    ("search_index",),
    ("workflow",),
)
"""What follows the analysis of an asset: chains side by side, their jobs one after the other."""


class Words(NamedTuple):
    """What the API calls the states of a kind."""

    waiting: str
    running: str
    done: str
    failed: str
    cancelled: str

    def of(self, state: State) -> str:
        """The API's word for a state."""
        word: str = getattr(self, state)
        return word


Work = Callable[[Job, "Jobs", Instant], Any]
Wanted = Callable[[Asset, "Jobs"], Any]
Begun = Callable[[Job, "Jobs"], None]
Ended = Callable[[Job, "Jobs", Instant], None]


def nothing(job: Job, jobs: Jobs, at: Instant) -> None:
    """What the end of a job causes, if it causes nothing."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job.

    ``family`` is what its ids are looked up under: kinds of one family are shown by the same
    operations. ``work`` gives the result, or raises :class:`~fake_ims.jobs.job.JobError`;
    ``ended`` says what the end causes, ``events`` the types of the events among that. ``wanted``
    gives the order of the job that follows an asset's analysis, or None if there shall be none.
    ``begun`` is told of each job that has been submitted.
    ``read_result`` checks what a test wants to come of one, and makes a result of it; without it a
    test can want none. It raises ValueError.
    """

    name: str
    family: str
    words: Words
    work: Work
    ended: Ended = nothing
    wanted: Wanted | None = None
    begun: Begun | None = None
    events: tuple[str, ...] = ()
    read_result: Callable[[Any], Any] | None = None


def job_kind(
    name: str,
    *,
    family: str,
    words: Words,
    ended: Ended = nothing,
    wanted: Wanted | None = None,
    begun: Begun | None = None,
    events: tuple[str, ...] = (),
    read_result: Callable[[Any], Any] | None = None,
) -> Callable[[Work], Kind]:
    """Declare a kind of job: the decorated work becomes its record."""

    def declare(work: Work) -> Kind:
        return Kind(name, family, words, work, ended, wanted, begun, events, read_result)

    return declare


@functools.cache
def kind_of(name: str) -> Kind:
    """The kind of this name."""
    module = importlib.import_module(f"fake_ims.jobs.{MODULES[name]}")
    return next(
        each for each in vars(module).values() if isinstance(each, Kind) and each.name == name
    )
