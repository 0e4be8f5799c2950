"""The jobs of a world: submitted, listed, brought to their ends."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from fake_ims import errors
from fake_ims.clock import Instant, Micros
from fake_ims.events.queue import Pending
from fake_ims.jobs.expectations import Expectation, Expectations
from fake_ims.jobs.job import Job, JobError, JobFailure, Source
from fake_ims.jobs.kinds import CHAINS, Kind, kind_of
from fake_ims.library.assets import NORMAL, Asset
from fake_ims.library.content_analysis import NO_ANALYSIS
from fake_ims.library.library import ANALYSIS, Library
from fake_ims.media.details import FileDetails, Unreadable
from fake_ims.media.signing import UrlSigner
from fake_ims.media.types import media_type_of
from fake_ims.settings import Settings

_FAILED: Final = JobFailure(
    "InternalError", "The request processing has failed due to some unknown error."
)
"""Why a job fails that a test lets fail without a reason."""

_GONE: Final = JobFailure("ResourceNotFound", "The media asset was deleted.")


Position = tuple[Instant, int]
"""Where a job stands in lists: when it was submitted, and its serial number."""

Notify = Callable[[str, Instant, Mapping[str, Any], str, str], None]
"""Sends a message to a URL that a job names: what it is called, when, its body, the URL, and the id
of the asset or the job that it is about.
"""


class Jobs:
    """The jobs of a world, and what follows an analysis; the caller holds the world's lock.

    Jobs on an asset die with it: those that its registration set off are forgotten, those that a
    caller submitted fail, and no event tells of either (inferred).

    ``content_analysis`` is what SetContentAnalyzeConfig has set.
    """

    def __init__(self, library: Library, signer: UrlSigner, notify: Notify) -> None:
        self.library = library
        self.settings: Settings = library.settings
        self.signer = signer
        self.notify = notify
        self.content_analysis = NO_ANALYSIS
        self.expectations = Expectations()
        self._jobs: dict[str, Job] = {}
        self._of_family: dict[str, list[tuple[Instant, int, str]]] = {}
        self._of_asset: dict[str, dict[str, None]] = {}
        self._expected: dict[str, Expectation] = {}
        self._reads: dict[str, int] = {}
        self._serial = 0

    def __len__(self) -> int:
        return len(self._jobs)

    # ------------------------------------------------------------ looking

    def get(self, job_id: str) -> Job | None:
        """The job of this id, of any kind."""
        return self._jobs.get(job_id)

    def every(self) -> list[Job]:
        """All jobs, the oldest first."""
        return list(self._jobs.values())

    def of_asset(self, media_id: str) -> list[Job]:
        """The jobs on an asset, the oldest first."""
        return [self._jobs[job_id] for job_id in self._of_asset.get(media_id, ())]

    def walk(
        self,
        family: str,
        low: Instant | None = None,
        high: Instant | None = None,
        after: Position | None = None,
        *,
        descending: bool = False,
    ) -> Iterator[Job]:
        """The jobs of a family in the order in which they were submitted, or the other way round.

        :param low: none that was submitted before this.
        :param high: none that was submitted after it.
        :param after: only those that come after this place in that order.
        """
        places = self._of_family.get(family, [])
        first = 0 if low is None else bisect.bisect_left(places, (low, 0, ""))
        end = len(places) if high is None else bisect.bisect_left(places, (high + 1, 0, ""))
        if after is not None and descending:
            end = min(end, bisect.bisect_left(places, (*after, "")))
        elif after is not None:
            first = max(first, bisect.bisect_left(places, (after[0], after[1] + 1, "")))
        numbers = range(first, end)
        for number in reversed(numbers) if descending else numbers:
            yield self._jobs[places[number][2]]

    def require(self, family: str, job_id: str | None, name: str = "JobId") -> Job:
        """The job of a family.

        :raises ApiError: MissingParameter without an id; ResourceNotFound for one that is unknown
            or of another family (inferred).
        """
        if not job_id:
            raise errors.MISSING_PARAMETER(name=name)
        job = self._jobs.get(job_id)
        if job is None or kind_of(job.kind).family != family:
            raise errors.RESOURCE_NOT_FOUND()
        return job

    def note_read(self, job: Job, now: Instant) -> Job:
        """Count an answer that shows a job, for ``completion = reads``; the job as it is shown."""
        if self.settings.completion != "reads" or job.ended:
            return job
        seen = self._reads.get(job.job_id, 0)
        if seen < self.settings.reads:
            self._reads[job.job_id] = seen + 1
            return job
        return self.finish(job, now, forced=False)

    def duration_of(self, job: Job) -> float:
        """How long the file is that a job works on, in seconds; 0 for one without a length.

        :raises JobError: if it cannot be read.
        """
        details = self.details_of(job)
        return details.duration or 0.0

    def details_of(self, job: Job) -> FileDetails:
        """What is in the file that a job works on.

        :raises JobError: if it cannot be read.
        """
        asset = self.library.assets.get(job.media_id or "")
        location = job.source.location if asset is None else asset.location
        if location is None:
            message = f'The specified resource for "{job.source.kind}" could not be found.'
            raise JobError("ResourceNotFound", message)  # documented of a job's Pipeline
        analysed = asset is not None and asset.status == NORMAL
        facts = asset.object_facts if asset and analysed else self.library.objects.facts(location)
        suffix_type = media_type_of(location.suffix) or "video"
        media_type = suffix_type if asset is None else asset.media_type
        found = self.library.objects.analyse(location, media_type, facts)
        if isinstance(found, Unreadable):
            raise JobError("InvalidParameter.ResourceContentBad", found.reason)
        return found

    # ------------------------------------------------------------ what begins

    def submit(
        self,
        kind: Kind,
        now: Instant,
        source: Source,
        order: Any = None,
        *,
        media_id: str | None = None,
        automatic: bool = False,
        name: str | None = None,
        user_data: str | None = None,
    ) -> Job:
        """Begin a job; it ends when the setting ``completion`` says.

        :param media_id: the asset that it works on.
        :param automatic: whether an asset's registration sets it off.
        """
        self._serial += 1
        job_id, fraction = self._draw(kind.name, media_id if automatic else None)
        asset = self.library.assets.get(media_id or "")
        expected = None
        if self.expectations:
            input_url = source.media if asset is None else asset.input_url
            expected = self.expectations.find(kind.name, source, media_id, input_url)
        length = None if expected is None else expected.delay
        if length is None:
            low, high = self.settings.job_delay(kind.name)
            length = low + int(fraction * (high - low + 1))
        job = Job(
            job_id=job_id,
            serial=self._serial,
            kind=kind.name,
            source=source,
            submitted_at=now,
            due=self._due(now, length, automatic=automatic),
            order=order,
            media_id=media_id,
            automatic=automatic,
            name=name,
            user_data=user_data,
        )
        if expected is not None:
            self._expected[job_id] = expected
        self._jobs[job_id] = job
        bisect.insort(self._of_family.setdefault(kind.family, []), _place(job))
        if media_id is not None:
            self._of_asset.setdefault(media_id, {})[job_id] = None
        self.library.queue.add(kind.name, job.due, media_id or job_id, {"JobId": job_id})
        if kind.begun is not None:
            kind.begun(job, self)
        return job

    def _draw(self, kind: str, media_id: str | None) -> tuple[str, float]:
        """An id, and a number from 0 to 1, that move no other draw of the world."""
        drawn_for = str(self._serial)
        if media_id is not None:
            before = sum(job.kind == kind for job in self.of_asset(media_id) if job.automatic)
            drawn_for = f"{media_id} {before}"
        drawn = f"{self.library.seed} {kind} {drawn_for}".encode()
        digest = hashlib.blake2b(drawn, digest_size=20).digest()
        return digest[:16].hex(), int.from_bytes(digest[16:], "big") / (1 << 32)

    def _due(self, now: Instant, length: Micros, *, automatic: bool) -> Instant | None:
        completion = self.settings.completion
        if completion == "reads" and automatic:
            return now  # with the analysis, whose reads were counted
        return Instant(now + length) if completion == "time" else None

    def follow(self, asset: Asset, at: Instant) -> None:
        """The analysis of an asset has ended: if it was a success, begin what its registration
        asked for.
        """
        for job in self.of_asset(asset.media_id):
            if job.automatic and not job.ended:
                self.cancel(job, at)  # of a file that was uploaded before
        if asset.status == NORMAL:
            for chain in CHAINS:
                self._next(asset, chain, at)

    def _next(self, asset: Asset, chain: tuple[str, ...], at: Instant) -> None:
        for name in chain:
            kind = kind_of(name)
            assert kind.wanted is not None, "what follows an analysis says when"
            order = kind.wanted(asset, self)
            if order is not None:
                source = Source("Media", asset.media_id, asset.location)
                self.submit(
                    kind, at, source, order, media_id=asset.media_id, automatic=True,
                    user_data=asset.user_data,
                )  # fmt: skip
                return

    def expected_failure(self, asset: Asset) -> str | None:
        """Why the analysis of an asset shall fail, if a test or a setting says so."""
        if self.expectations:
            source = Source("Media", asset.media_id, asset.location)
            found = self.expectations.find(ANALYSIS, source, asset.media_id, asset.input_url)
            if found is not None and found.failure is not None:
                return found.failure.message
        return _FAILED.message if ANALYSIS in self.settings.job_failures else None

    # ------------------------------------------------------------ what ends

    def run(
        self,
        pending: Pending,
        at: Instant,
        failure: JobFailure | None = None,
        *,
        forced: bool = False,
    ) -> None:
        """Bring a job to its end: as it comes, with a failure, or with success (``forced``)."""
        job = self._jobs[pending.data["JobId"]]
        kind = kind_of(job.kind)
        expected = self._expected.pop(job.job_id, None)
        self._reads.pop(job.job_id, None)
        if failure is None and not forced:
            failure = self._failure_of(job, expected)
        result = None
        if failure is None:
            try:
                if expected is not None and expected.result is not None:
                    result = expected.result
                else:
                    result = kind.work(job, self, at)
            except JobError as error:
                failure = error.failure
        job = replace(job, finished_at=at, failure=failure, result=result)
        self._jobs[job.job_id] = job
        kind.ended(job, self, at)
        if job.automatic:
            chain = next(each for each in CHAINS if job.kind in each)
            rest = chain[chain.index(job.kind) + 1 :]
            self._next(self.library.assets[job.media_id or ""], rest, at)

    def _failure_of(self, job: Job, expected: Expectation | None) -> JobFailure | None:
        if expected is not None and (expected.failure or expected.result) is not None:
            return expected.failure
        return _FAILED if job.kind in self.settings.job_failures else None

    def finish(
        self, job: Job, at: Instant, failure: JobFailure | None = None, *, forced: bool = True
    ) -> Job:
        """Bring a job to its end now: with a failure, with success, or as it comes."""
        self.run(self._taken(job), at, failure, forced=forced)
        return self._jobs[job.job_id]

    def cancel(self, job: Job, at: Instant) -> Job:
        """End a job without a result; nothing tells of it."""
        self._taken(job)
        return self._stop(job, at, cancelled=True)

    def _taken(self, job: Job) -> Pending:
        """The queue's entry for a job that has not ended, which it has no more."""
        queue = self.library.queue
        return next(
            queue.remove(pending.sequence)
            for pending in queue.of(job.media_id or job.job_id)
            if pending.data.get("JobId") == job.job_id
        )

    def _stop(
        self, job: Job, at: Instant, failure: JobFailure | None = None, *, cancelled: bool = False
    ) -> Job:
        self._expected.pop(job.job_id, None)
        self._reads.pop(job.job_id, None)
        job = replace(job, finished_at=at, failure=failure, cancelled=cancelled)
        self._jobs[job.job_id] = job
        return job

    def forget(self, media_id: str, at: Instant) -> None:
        """An asset is gone, and with it what was pending of its jobs."""
        for job_id in self._of_asset.pop(media_id, ()):
            job = self._jobs[job_id]
            if job.automatic:
                del self._jobs[job_id]
                places = self._of_family[kind_of(job.kind).family]
                del places[bisect.bisect_left(places, _place(job))]
                self._expected.pop(job_id, None)
                self._reads.pop(job_id, None)
            elif not job.ended:
                self._stop(job, at, _GONE)

    def read_result(self, kind: str, given: Any) -> Any:
        """The result that a test wants to come of jobs of a kind.

        :raises ValueError: if it cannot be one.
        """
        read = kind_of(kind).read_result
        if read is None:
            raise ValueError(f"what comes of {kind} jobs cannot be given")
        return read(given)

    def events_of(self, pending: Pending) -> tuple[str, ...]:
        """The types of the events that a pending job ends in."""
        return kind_of(pending.kind).events


def _place(job: Job) -> tuple[Instant, int, str]:
    return job.submitted_at, job.serial, job.job_id
