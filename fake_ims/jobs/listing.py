"""Lists of jobs by the time of their submission, page by page."""

from __future__ import annotations

import base64
import itertools
from typing import NamedTuple, Protocol

from fake_ims import errors
from fake_ims.clock import Instant
from fake_ims.jobs.job import Job
from fake_ims.jobs.jobs import Jobs, Position
from fake_ims.jobs.kinds import kind_of
from fake_ims.library.next_tokens import NextTokens
from fake_ims.settings import Choices


class Query(Protocol):
    """Which jobs of a family, in which order. A query has a telling repr."""

    @property
    def family(self) -> str:
        """Whose jobs."""

    @property
    def since(self) -> Instant | None:
        """None that was submitted before this."""

    @property
    def until(self) -> Instant | None:
        """None that was submitted after this."""

    @property
    def newest_first(self) -> bool:
        """Whether the list begins with the newest."""

    def finds(self, job: Job, now: Instant, /) -> bool:
        """Whether a job of the family is one of those asked for, its time apart."""


class JobQuery(NamedTuple):
    """Which jobs: those of a family, submitted from ``since`` to ``until``, both included, or only
    the one of ``job_id``; ``status`` is the API's word. A query has a telling repr.
    """

    family: str
    since: Instant | None = None
    until: Instant | None = None
    job_id: str | None = None
    status: str | None = None
    newest_first: bool = True

    def finds(self, job: Job, now: Instant) -> bool:
        """Whether a job of the family is one of those asked for, its time apart."""
        if self.job_id is not None and job.job_id != self.job_id:
            return False
        return self.status is None or status_of(job, now) == self.status


class JobPage(NamedTuple):
    """Some of the jobs, and the token of the next page: None at the end."""

    jobs: list[Job]
    token: str | None


def status_of(job: Job, now: Instant) -> str:
    """The API's word for how far a job has come."""
    return kind_of(job.kind).words.of(job.state(now))


def list_jobs(
    query: Query,
    jobs: Jobs,
    now: Instant,
    choices: Choices,
    *,
    size: int,
    token: str | None = None,
    token_name: str = "NextPageToken",
    hexadecimal: bool = True,
    oldest: Instant | None = None,
) -> JobPage:
    """A page of jobs, right whatever is submitted or deleted between two pages.

    :param hexadecimal: whether tokens are written so, as in the examples of some operations; else
        in base64.
    :param oldest: jobs that were submitted before this are not listed any more.
    :raises ApiError: InvalidParameter with the token's name for one that this world has not given,
        or, if the setting ``foreign_next_token`` says so, for another list.
    """
    tokens = NextTokens(jobs.library.seed)
    after: Position | None = None
    if token:
        after = _place(token, query, tokens, choices, token_name, hexadecimal=hexadecimal)
    low, high = query.since, query.until
    if oldest is not None:
        low = oldest if low is None else max(low, oldest)
    found = (
        job
        for job in jobs.walk(query.family, low, high, after, descending=query.newest_first)
        if query.finds(job, now)
    )
    page = list(itertools.islice(found, size + 1))
    if len(page) <= size:
        return JobPage(page, None)
    written = tokens.write((page[size - 1].submitted_at, page[size - 1].serial), query)
    if hexadecimal:
        written = base64.b64decode(written).hex()
    return JobPage(page[:size], written)


def _place(
    token: str, query: Query, tokens: NextTokens, choices: Choices, name: str, *,
    hexadecimal: bool,
) -> Position:  # fmt: skip
    refusal = errors.INVALID_PARAMETER(name=name)
    if hexadecimal:
        try:
            token = base64.b64encode(bytes.fromhex(token)).decode()
        except ValueError:
            raise refusal.with_note("no list was answered with this token") from None
    mark = tokens.read(token, query)
    if mark is None:
        raise refusal.with_note("no list was answered with this token")
    if mark.foreign and choices.of("foreign_next_token") == "reject":
        raise refusal.with_note("the token was given for another list")
    return mark.place
