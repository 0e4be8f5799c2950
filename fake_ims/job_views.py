"""``ims.jobs``: what jobs there are, and what a test wants to come of them; ``ims.workflows``."""

from __future__ import annotations

from typing import Any

from fake_ims import by_hand
from fake_ims.clock import TimeDelta, micros
from fake_ims.errors import ApiError
from fake_ims.job_names import DEFAULT_DELAYS
from fake_ims.jobs.expectations import Expectation
from fake_ims.jobs.job import Job, read_failure
from fake_ims.library.library import ANALYSIS
from fake_ims.library.workflows import Workflow
from fake_ims.texts import SHOWN, check_text, listing, nearest
from fake_ims.views import Snapshots


class JobList(list[Job]):
    """Some jobs, the oldest first; its repr is for people."""

    def __repr__(self) -> str:
        return listing("jobs", self)


class JobsView(Snapshots[str, Job]):
    """The jobs by their ids, the oldest first. What it hands out are snapshots."""

    def _all(self) -> dict[str, Job]:
        world = self._world()
        with world.lock:
            world.catch_up()
            return {job.job_id: job for job in world.jobs.every()}

    def __getitem__(self, job_id: str) -> Job:
        world = self._world()
        with world.lock:
            world.catch_up()
            job = world.jobs.get(job_id)
        if job is None:
            raise KeyError(f"no job has the id {job_id!r}")
        return job

    def __contains__(self, job_id: object) -> bool:
        return isinstance(job_id, str) and self._world().jobs.get(job_id) is not None

    def __len__(self) -> int:
        return len(self._world().jobs)

    def of(self, kind: str | None = None, *, media_id: str | None = None) -> JobList:
        """The jobs of a kind, or on an asset.

        :raises ValueError: for a kind that does not exist.
        """
        if kind is not None:
            _check_kind(kind)
        world = self._world()
        with world.lock:
            world.catch_up()
            found = world.jobs.every() if media_id is None else world.jobs.of_asset(media_id)
        return JobList(job for job in found if kind in (None, job.kind))

    def complete(self, job_id: str) -> Job:
        """End a job now, with success.

        :raises KeyError: if there is no such job.
        :raises ValueError: if it has ended.
        """
        return by_hand.finish_job(self._world(), job_id)

    def fail(
        self, job_id: str, message: str = "failed by the test", code: str = "InternalError"
    ) -> Job:
        """End a job now, with failure. Errors as for :meth:`complete`, and ValueError for what is
        no text.
        """
        return by_hand.finish_job(self._world(), job_id, read_failure(code, message))

    def expect(
        self,
        kind: str,
        *,
        fails: str | None = None,
        code: str = "InternalError",
        result: Any = None,
        takes: TimeDelta | None = None,
        url: str | None = None,
        media_id: str | None = None,
        times: int | None = None,
    ) -> Expectation:
        """Say what shall come of the jobs of a kind that begin from now on, or ``"analysis"``: of
        those that end from now on, that they fail. Of several that cover a job the latest counts.

        :param fails: they fail, with this message; ``code`` goes with it.
        :param result: what comes of them, in the form that the kind's document says.
        :param takes: world time from their beginning to their end.
        :param url: only those on this file, whatever form of URL names it; with ``*`` in it, those
            on URLs that fit.
        :param media_id: only those on this asset.
        :param times: only so many.
        :raises ValueError: for a kind that does not exist, or if nothing is said.
        """
        if kind == ANALYSIS and (result is not None or takes is not None):
            raise ValueError(
                "of an analysis only that it fails: objects.put() says what is found, and the "
                "setting delay how long it takes"
            )
        if kind != ANALYSIS:
            _check_kind(kind)
        if fails is None and result is None and takes is None:
            raise ValueError("say what shall come of them: fails, result, or takes")
        if fails is not None and result is not None:
            raise ValueError("a job that fails has no result")
        failure = None if fails is None else read_failure(code, fails)
        if times is not None and (not isinstance(times, int) or times is True or times < 1):
            raise ValueError(f"times must be at least 1, not {times!r}")
        for name, text in (("url", url), ("media_id", media_id)):
            if text is not None:
                check_text(name, text)
        length = None if takes is None else micros(takes)
        if length is not None and length < 0:
            raise ValueError(f"a job takes no less than nothing, not {takes!r}")
        world = self._world()
        with world.lock:
            if result is not None:
                result = world.jobs.read_result(kind, result)
            canonical = None
            if url is not None and "*" not in url:
                try:
                    canonical = world.library.locate(url).canonical
                except ApiError:
                    canonical = None  # of no OSS object: compared as it is
            return world.jobs.expectations.add(Expectation(
                kind=kind, url=url, canonical=canonical, media_id=media_id, times=times,
                failure=failure, result=result,
                delay=length,
            ))  # fmt: skip

    def __repr__(self) -> str:
        world = self._world()
        with world.lock:
            world.look()
            jobs = world.jobs.every()
            return listing("jobs", jobs[-SHOWN:], total=len(jobs))


class WorkflowsView(Snapshots[str, Workflow]):
    """The workflows by WorkflowId, the first added first. What it hands out are snapshots."""

    def _all(self) -> dict[str, Workflow]:
        world = self._world()
        with world.lock:
            return {each.workflow_id: each for each in world.library.declared.workflows}

    def __getitem__(self, workflow_id: str) -> Workflow:
        workflow = self._world().library.declared.workflows.get(workflow_id)
        if workflow is None:
            raise KeyError(f"no workflow has the id {workflow_id!r}")
        return workflow

    def __contains__(self, workflow_id: object) -> bool:
        return workflow_id in self._world().library.declared.workflows

    def __len__(self) -> int:
        return len(self._world().library.declared.workflows)

    def __repr__(self) -> str:
        return listing("workflows", list(self.values())[-SHOWN:], total=len(self))


def _check_kind(kind: str) -> None:
    if kind not in DEFAULT_DELAYS:
        raise ValueError(f"no kind of job is called {kind!r}{nearest(str(kind), DEFAULT_DELAYS)}")
