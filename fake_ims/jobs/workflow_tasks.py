"""Workflow tasks: a workflow goes through its activities, on an asset or another file.

They are started by a caller, or follow the analysis of an asset whose registration names a
workflow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from fake_ims.clock import Instant, iso
from fake_ims.jobs.job import Job, JobError, JobFailure
from fake_ims.jobs.jobs import Jobs
from fake_ims.jobs.kinds import Words, job_kind
from fake_ims.library.assets import Asset
from fake_ims.library.workflows import Activity, Workflow, read_activities, unknown

FAMILY: Final = "workflow task"

WORDS: Final = Words("Init", "Processing", "Succeed", "Failed", "Canceled")
"""Documented."""

_FAILED: Final = "InternalError"
"""Code of an activity that fails as its workflow says (inferred)."""


class TaskOrder(NamedTuple):
    """What was asked for: the workflow as it was then, and TaskInput as it was sent."""

    workflow: Workflow
    task_input: str


class Performed(NamedTuple):
    """What came of it: all activities were a success."""

    activities: tuple[Activity, ...]


class TaskQuery(NamedTuple):
    """Which tasks: of a workflow by id or name, with ``key_text`` in their TaskInput, begun from
    ``since`` to ``until``, both included; the newest first. A query has a telling repr.
    """

    since: Instant | None = None
    until: Instant | None = None
    workflow_id: str | None = None
    workflow_name: str | None = None
    key_text: str | None = None
    exact_case: bool = False
    family: str = FAMILY
    newest_first: bool = True

    def finds(self, job: Job, now: Instant) -> bool:
        """Whether a task is one of those asked for, its time apart."""
        workflow = job.order.workflow
        if self.workflow_id not in (None, workflow.workflow_id):
            return False
        if self.workflow_name not in (None, workflow.name):
            return False
        if self.key_text is None:
            return True
        texts = (job.order.task_input, job.source.media)  # JSON may escape what is in it
        if self.exact_case:
            return any(self.key_text in text for text in texts)
        return any(self.key_text.lower() in text.lower() for text in texts)


def workflow_of(job: Job, jobs: Jobs) -> Workflow:
    """The workflow of a task as it is now."""
    then: Workflow = job.order.workflow
    return jobs.library.declared.workflows.get(then.workflow_id) or then


def task_input_of(media_id: str) -> str:
    """TaskInput of a task on an asset, as a registration sets it off."""
    return json.dumps({"Type": "Media", "Media": media_id}, separators=(",", ":"))


# ---------------------------------------------------------------- what came of the activities


def activity_results(job: Job) -> str | None:
    """ActivityResults of a task, JSON by activity; None before it has ended (inferred).

    They share the task's time. What comes after one that failed has not begun, so it is not there
    (inferred).
    """
    if job.finished_at is None or job.cancelled:
        return None
    activities = _performed(job)
    first = min(job.submitted_at, job.finished_at)  # the clock may have jumped backwards
    length = job.finished_at - first
    shown = {}
    for number, activity in enumerate(activities):
        began, ended = (
            Instant(first + length * each // len(activities)) for each in (number, number + 1)
        )
        shown[activity.name] = _shown(job, activity, began, ended)
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _performed(job: Job) -> tuple[Activity, ...]:
    """The activities up to the one that failed: the one that was to fail, or else the first."""
    if job.failure is None:
        performed: Performed = job.result
        return performed.activities
    activities: tuple[Activity, ...] = job.order.workflow.activities
    for number, activity in enumerate(activities):
        if activity.fails is not None and job.failure == _failure(activity):
            return activities[: number + 1]
    return tuple(Activity(each.name, fails=job.failure.message) for each in activities[:1])


def _failure(activity: Activity) -> JobFailure:
    return JobFailure(_FAILED, activity.fails or "")


def _shown(job: Job, activity: Activity, began: Instant, ended: Instant) -> dict[str, Any]:
    """One activity, with the keys that ApsaraVideo VOD documents (inferred for IMS).

    Result has those of its example; Code and Message are there if it failed (inferred).
    """
    digest = hashlib.blake2b(f"{job.job_id} {activity.name}".encode(), digest_size=32).hexdigest()
    result: dict[str, Any] = {
        "Status": "Finished" if activity.fails is None else "Failed",
        "JobType": activity.name,
        "CreateTime": iso(began),
        "ModifiedTime": iso(ended),
        "JobId": digest[32:],
    }
    if job.media_id is not None:
        result["MediaId"] = job.media_id
    if job.failure is not None and activity.fails is not None:
        result |= {"Code": job.failure.code, "Message": job.failure.message}
    if activity.result is not None:
        result = json.loads(activity.result)
    return {
        "Status": WORDS.done if activity.fails is None else WORDS.failed,
        "StartTime": iso(began),
        "EndTime": iso(ended),
        "ActivityId": activity.name,
        "ActivityInstanceId": digest[:32],
        "Result": result,
    }


# ---------------------------------------------------------------- the kind


def _tell(job: Job, jobs: Jobs, at: Instant) -> None:
    """Let WorkflowTaskComplete happen.

    Its fields are those of the event of this name in ApsaraVideo VOD, MediaId for VideoId
    (inferred).
    """
    body: dict[str, Any] = {
        "WorkflowId": job.order.workflow.workflow_id,
        "Status": WORDS.of(job.state(at)),
    }
    if job.media_id is not None:
        body["MediaId"] = job.media_id
    body |= {
        "TaskId": job.job_id,
        "ActivityResults": activity_results(job),
        "TaskInput": job.order.task_input,
        "CreateTime": iso(job.submitted_at),
        "ModifiedTime": iso(at),
        "FinishTime": iso(at),
    }
    of_no_asset = job.job_id if job.media_id is None else None
    jobs.library.announce("WorkflowTaskComplete", at, body, job.user_data, of_no_asset)


def _wanted(asset: Asset, jobs: Jobs) -> TaskOrder | None:
    """The task of the workflow that a registration names, as it is when the analysis is done: none
    if it is inactive; if it was never declared, as the setting ``undeclared_workflow`` says.
    """
    if asset.workflow_id is None:
        return None
    workflow = jobs.library.declared.workflows.get(asset.workflow_id)
    if workflow is None and jobs.settings.undeclared_workflow == "run":
        workflow = unknown(asset.workflow_id, asset.modified_at)
    if workflow is None or not workflow.active:
        return None
    return TaskOrder(workflow, task_input_of(asset.media_id))


def read_performed(given: Any) -> Performed:
    """What a test wants to come of the activities: ``{"Transcode": {"JobId": "..."}}``, by name
    the Result of each, or None for one that is made up. They take the place of the workflow's.

    :raises ValueError: for anything else.
    """
    if not isinstance(given, Mapping):
        raise ValueError(f"what comes of activities, by their names, not {given!r}")
    activities = read_activities(given)
    if any(each.fails is not None for each in activities):
        raise ValueError("a task of which an activity fails is one that fails: say fails=...")
    return Performed(activities)


@job_kind(
    "workflow",
    family=FAMILY,
    words=WORDS,
    ended=_tell,
    wanted=_wanted,
    events=("WorkflowTaskComplete",),
    read_result=read_performed,
)
def perform(job: Job, jobs: Jobs, at: Instant) -> Performed:
    """Go through the activities of the workflow; the file must be there, and be readable."""
    jobs.details_of(job)
    activities: tuple[Activity, ...] = job.order.workflow.activities
    for activity in activities:
        if activity.fails is not None:
            raise JobError(*_failure(activity))
    return Performed(activities)
