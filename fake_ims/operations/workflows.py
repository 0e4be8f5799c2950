"""StartWorkflow, GetWorkflowTask and ListWorkflowTasks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from marshmallow import fields

from fake_ims import errors
from fake_ims.clock import Instant
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Boolean,
    Int32,
    JsonText,
    Number,
    RequestSchema,
    ResponseSchema,
    Text,
    Time,
    UtcTime,
    Written,
)
from fake_ims.jobs.job import Job, Source
from fake_ims.jobs.kinds import kind_of
from fake_ims.jobs.listing import list_jobs, status_of
from fake_ims.jobs.workflow_tasks import (
    FAMILY,
    TaskOrder,
    TaskQuery,
    activity_results,
    workflow_of,
)
from fake_ims.library.workflows import Workflow
from fake_ims.media.locations import Location
from fake_ims.operations.job_shapes import (
    INPUT_QUESTIONS,
    LIST_QUESTIONS,
    OSS,
    PAGE_SIZES,
    MediaObject,
    location_of,
    read_media_object,
    source_of,
)
from fake_ims.operations.showing import bounded

_DAY: Final = 86_400_000_000
_KEPT: Final = 365 * _DAY
_LISTED: Final = 90 * _DAY
"""In microseconds: tasks are shown for a year, and listed for 90 days (documented)."""

# ---------------------------------------------------------------- StartWorkflow


@dataclass(slots=True, kw_only=True, eq=False)
class WorkflowStart:
    """Which workflow, and what it shall work on."""

    workflow_id: str | None = None
    task_input: str | None = None
    user_data: str | None = None
    skip_input_verification: bool = False


class StartWorkflowRequest(RequestSchema):
    """No parameter is declared as required, but nothing is done without the first two (inferred:
    an older document says so of WorkflowId).
    """

    record = WorkflowStart

    workflow_id = Text(data_key="WorkflowId")
    task_input = JsonText(data_key="TaskInput", object_only=True)
    user_data = JsonText(data_key="UserData", max_bytes=512)
    skip_input_verification = Boolean(data_key="SkipInputVerification")


@dataclass(slots=True, eq=False)
class TaskStarted:
    """The answer of StartWorkflow."""

    task_id: str


class StartWorkflowResponse(ResponseSchema):
    """``RequestId`` and ``TaskId``, nothing else (documented)."""

    task_id = Written(data_key="TaskId")


@operation(
    "StartWorkflow",
    request=StartWorkflowRequest,
    response=StartWorkflowResponse,
    access="create",
    questions=(
        "unknown_workflow", *INPUT_QUESTIONS, "event_fields", "event_user_data", "notify_address",
        "notify_events", "notify_signature", "callback_content_type",
    ),
)  # fmt: skip
def start_workflow(request: WorkflowStart, services: Services) -> TaskStarted:
    """Start a workflow; WorkflowTaskComplete tells when it has ended."""
    choices, user_data = services.choices, request.user_data
    workflow = _workflow(request.workflow_id, services)
    if request.task_input is None:
        raise errors.MISSING_PARAMETER(name="TaskInput")
    verified = not request.skip_input_verification
    source, media_id = _source(request.task_input, services, verified=verified)
    if user_data is not None:
        choices.note("event_user_data")
    services.callback.expect(user_data, choices)
    if services.callback.awaited:
        choices.note("event_fields")
    job = services.jobs.submit(
        kind_of("workflow"), services.now, source, TaskOrder(workflow, request.task_input),
        media_id=media_id, user_data=user_data,
    )  # fmt: skip
    return TaskStarted(job.job_id)


def _workflow(workflow_id: str | None, services: Services) -> Workflow:
    """The workflow to start.

    :raises ApiError: MissingParameter without an id; for one that is not there, or inactive, as
        the setting ``unknown_workflow`` says.
    """
    if workflow_id is None:
        raise errors.MISSING_PARAMETER(name="WorkflowId")
    workflow = services.library.declared.workflows.get(workflow_id)
    if workflow is not None and workflow.active:
        return workflow
    refusal = errors.INVALID_PARAMETER(name="WorkflowId")
    if services.choices.of("unknown_workflow") == "not_found":
        refusal = errors.RESOURCE_NOT_FOUND()
    raise refusal.with_note(
        "no workflow has this id; add_workflow() adds one" if workflow is None
        else "the workflow is Inactive"
    )  # fmt: skip


def _source(text: str, services: Services, *, verified: bool) -> tuple[Source, str | None]:
    """What TaskInput names, and the MediaId of the asset that it is.

    An object is verified to be there, unless that is skipped, which goes for objects only
    (documented; the error inferred). Without that, a text that is no URL fails the task.
    """
    try:
        given = read_media_object(json.loads(text))
    except ValueError as error:
        raise errors.INVALID_PARAMETER(name="TaskInput").with_note(str(error)) from None
    if given.kind != OSS:
        return source_of(given, services)
    return Source(*given, _object(given, services, verified=verified)), None


def _object(given: MediaObject, services: Services, *, verified: bool) -> Location | None:
    try:
        location = location_of(given.media, "TaskInput", services)
    except errors.ApiError:
        if verified:
            raise
        return None
    if verified and not services.objects.exists(location):
        raise errors.INVALID_PARAMETER(name="TaskInput").with_note("the object is not there")
    return location


# ---------------------------------------------------------------- how a task is shown


class WorkflowSchema(ResponseSchema):
    """Writes a :class:`~fake_ims.library.workflows.Workflow`."""

    workflow_id = Written(data_key="WorkflowId")
    name = Written(data_key="Name")
    type = Written(data_key="Type")
    status = Written(data_key="Status")
    created_at = Time(data_key="CreateTime")
    modified_at = Time(data_key="ModifiedTime")


@dataclass(slots=True, kw_only=True, eq=False)
class ListedWorkflow:
    """A workflow as lists show it: ``media_type`` is the Type of the task's input."""

    workflow_id: str
    name: str
    type: str
    status: str
    created_at: Instant
    modified_at: Instant
    media_type: str


class ListedWorkflowSchema(WorkflowSchema):
    """Writes :class:`ListedWorkflow`."""

    media_type = Written(data_key="MediaType")


@dataclass(slots=True, kw_only=True, eq=False)
class WorkflowTask:
    """A task; only where one is asked for, ``activity_results`` are shown."""

    task_id: str
    status: str
    task_input: str
    user_data: str | None
    create_time: Instant
    finish_time: Instant | None
    workflow: Workflow | ListedWorkflow
    activity_results: str | None = None


class ListedTaskSchema(ResponseSchema):
    """Writes :class:`WorkflowTask`."""

    task_id = Written(data_key="TaskId")
    status = Written(data_key="Status")
    task_input = Written(data_key="TaskInput")
    user_data = Written(data_key="UserData")
    create_time = Time(data_key="CreateTime")
    finish_time = Time(data_key="FinishTime")
    workflow = fields.Nested(ListedWorkflowSchema(), data_key="Workflow")


class WorkflowTaskSchema(ListedTaskSchema):
    """Writes :class:`WorkflowTask`, all of it."""

    activity_results = Written(data_key="ActivityResults")
    workflow = fields.Nested(WorkflowSchema(), data_key="Workflow")


def _shown(job: Job, services: Services, workflow: Workflow | ListedWorkflow) -> WorkflowTask:
    return WorkflowTask(
        task_id=job.job_id,
        status=status_of(job, services.now),
        task_input=job.order.task_input,
        user_data=job.user_data,
        create_time=job.submitted_at,
        finish_time=job.finished_at,
        workflow=workflow,
    )


def _listed_workflow(job: Job, services: Services) -> ListedWorkflow:
    workflow = workflow_of(job, services.jobs)
    return ListedWorkflow(
        workflow_id=workflow.workflow_id,
        name=workflow.name,
        type=workflow.type,
        status=workflow.status,
        created_at=workflow.created_at,
        modified_at=workflow.modified_at,
        media_type=job.source.kind,
    )


# ---------------------------------------------------------------- GetWorkflowTask


@dataclass(slots=True, kw_only=True, eq=False)
class TaskIdQuery:
    """Which task."""

    task_id: str | None = None


class GetWorkflowTaskRequest(RequestSchema):
    """A task by its id, which the product demands (inferred: not declared as required)."""

    record = TaskIdQuery

    task_id = Text(data_key="TaskId")


@dataclass(slots=True, eq=False)
class TaskFound:
    """The answer of GetWorkflowTask."""

    task: WorkflowTask


class GetWorkflowTaskResponse(ResponseSchema):
    """One task, in full."""

    task = fields.Nested(WorkflowTaskSchema(), data_key="WorkflowTask")


@operation(
    "GetWorkflowTask",
    request=GetWorkflowTaskRequest,
    response=GetWorkflowTaskResponse,
    access="get",
)
def get_workflow_task(query: TaskIdQuery, services: Services) -> TaskFound:
    """Show a task: one that was started, or one that a registration set off."""
    jobs, now = services.jobs, services.now
    job = jobs.require(FAMILY, query.task_id, "TaskId")
    if now - job.submitted_at > _KEPT:
        raise errors.RESOURCE_NOT_FOUND().with_note("tasks are shown for a year (documented)")
    job = jobs.note_read(job, now)
    task = _shown(job, services, workflow_of(job, jobs))
    task.activity_results = activity_results(job)
    return TaskFound(task)


# ---------------------------------------------------------------- ListWorkflowTasks

DEFAULT_MAX_RESULTS: Final = 10
"""Documented."""


@dataclass(slots=True, kw_only=True, eq=False)
class TaskListQuery:
    """Which tasks, and which page of them."""

    workflow_id: str | None = None
    workflow_name: str | None = None
    key_text: str | None = None
    start_of_create_time: Instant | None = None
    end_of_create_time: Instant | None = None
    max_results: int | None = None
    next_token: str | None = None


class ListWorkflowTasksRequest(RequestSchema):
    """KeyText has at most 32 characters (documented)."""

    record = TaskListQuery

    workflow_id = Text(data_key="WorkflowId")
    workflow_name = Text(data_key="WorkflowName")
    key_text = Text(data_key="KeyText", pattern=r"(?s:.{1,32})")
    start_of_create_time = UtcTime(data_key="StartOfCreateTime")
    end_of_create_time = UtcTime(data_key="EndOfCreateTime")
    max_results = Int32(data_key="MaxResults")
    next_token = Text(data_key="NextToken")


@dataclass(slots=True, eq=False)
class TaskList:
    """The answer of ListWorkflowTasks."""

    tasks: list[WorkflowTask]
    max_results: int
    next_token: str | None


class ListWorkflowTasksResponse(ResponseSchema):
    """A page: NextToken is absent at the end, as in other lists (inferred: it is documented to be
    always there). TotalCount is not returned by default (documented).
    """

    tasks = fields.List(fields.Nested(ListedTaskSchema()), data_key="TaskList")
    max_results = Number(data_key="MaxResults")
    next_token = Written(data_key="NextToken")


@operation(
    "ListWorkflowTasks",
    request=ListWorkflowTasksRequest,
    response=ListWorkflowTasksResponse,
    access="list",
    questions=(*LIST_QUESTIONS, "fuzzy_case"),
)
def list_workflow_tasks(query: TaskListQuery, services: Services) -> TaskList:
    """List tasks by the time at which they began, newest first (inferred), both times included.

    A list counts in whole seconds, as CreateTime shows them.
    """
    choices, now = services.choices, services.now
    size = bounded(query.max_results, PAGE_SIZES, DEFAULT_MAX_RESULTS, "MaxResults", services)
    until, text = query.end_of_create_time, query.key_text
    cased = text is not None and text.lower() != text.upper()
    wanted = TaskQuery(
        since=query.start_of_create_time,
        until=None if until is None else Instant(until + 999_999),
        workflow_id=query.workflow_id,
        workflow_name=query.workflow_name,
        key_text=text,
        exact_case=cased and choices.of("fuzzy_case") == "exact",
    )
    page = list_jobs(
        wanted, services.jobs, now, choices,
        size=size, token=query.next_token, token_name="NextToken", hexadecimal=False,
        oldest=Instant(now - _LISTED),
    )  # fmt: skip
    tasks = [_shown(job, services, _listed_workflow(job, services)) for job in page.jobs]
    return TaskList(tasks, size, page.token)
