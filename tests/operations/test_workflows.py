"""StartWorkflow, GetWorkflowTask, ListWorkflowTasks; tasks that follow a registration."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from rpc import Rpc, invalid, missing

from fake_ims import FakeIms
from fake_ims.clock import Instant

URL = "oss://bucket/dir/影 a.mp4"
NOBODY = "0" * 32


def given(media: str = URL, kind: str = "OSS") -> str:
    return json.dumps({"Type": kind, "Media": media})


def start(rpc: Rpc, workflow_id: str, task_input: str | None = None, **sent: str) -> str:
    """The TaskId."""
    reply = rpc("StartWorkflow", WorkflowId=workflow_id, TaskInput=task_input or given(), **sent)
    task_id = reply.json["TaskId"]
    assert isinstance(task_id, str)
    return task_id


def task_of(rpc: Rpc, task_id: str) -> dict[str, Any]:
    """What GetWorkflowTask shows."""
    task = rpc("GetWorkflowTask", TaskId=task_id).json["WorkflowTask"]
    assert isinstance(task, dict)
    return task


def results_in(task: Mapping[str, Any]) -> dict[str, Any]:
    """ActivityResults of a task or an event."""
    results = json.loads(task["ActivityResults"])
    assert isinstance(results, dict)
    return results


def listed(rpc: Rpc, **sent: str) -> list[str]:
    """The ids in a page."""
    return [task["TaskId"] for task in rpc("ListWorkflowTasks", **sent).json["TaskList"]]


@pytest.fixture
def flow(fake_ims: FakeIms) -> str:
    """The id of a workflow with two nodes."""
    activities = {"Transcode": {"JobId": "任务"}, "Audit": None}
    return fake_ims.add_workflow(name="转码 1", activities=activities).workflow_id


# ---------------------------------------------------------------- a task from end to end


def test_a_task_is_shown_from_its_beginning_to_its_end(
    fake_ims: FakeIms, rpc: Rpc, flow: str
) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    with fake_ims.jobs.expect("workflow", takes=10):
        task_id = start(rpc, flow, UserData='{"键":1}')
    task = task_of(rpc, task_id)
    workflow = fake_ims.workflows[flow]
    shown = task.pop("Workflow")
    assert (shown["WorkflowId"], shown["Name"]) == (flow, "转码 1")
    assert (shown["Type"], shown["Status"]) == ("Common", "Active")
    assert shown["CreateTime"] == shown["ModifiedTime"]
    assert task == {
        "TaskId": task_id, "Status": "Init", "TaskInput": given(), "UserData": '{"键":1}',
        "CreateTime": "2026-01-31T12:00:00Z",
    }  # fmt: skip
    fake_ims.clock.advance(6)
    assert task_of(rpc, task_id)["Status"] == "Processing"
    fake_ims.clock.advance(4)
    task = task_of(rpc, task_id)
    assert (task["Status"], task["FinishTime"]) == ("Succeed", "2026-01-31T12:00:10Z")
    results = results_in(task)
    assert [*results] == ["Transcode", "Audit"] == [each.name for each in workflow.activities]
    first, second = results.values()
    assert first["Result"] == {"JobId": "任务"}
    assert first.keys() == {
        "Status", "StartTime", "EndTime", "ActivityId", "ActivityInstanceId", "Result",
    }  # fmt: skip
    assert (first["Status"], second["Result"]["Status"]) == ("Succeed", "Finished")
    assert (first["ActivityId"], second["ActivityId"]) == ("Transcode", "Audit")
    times = [each[name][-3:-1] for each in (first, second) for name in ("StartTime", "EndTime")]
    assert times == ["00", "05", "05", "10"]
    assert first["ActivityInstanceId"] != second["ActivityInstanceId"]


def test_the_event_tells_of_a_task_on_a_file(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    task_id = start(rpc, flow, UserData='{"a":1}')
    (event,) = fake_ims.settle()
    task, body = task_of(rpc, task_id), event.message_body
    assert event.event_type == "WorkflowTaskComplete"
    assert body == {
        "WorkflowId": flow,
        "UserData": '{"a":1}',
        "ModifiedTime": task["FinishTime"],
        **{name: task[name] for name in task.keys() - {"Workflow"}},
    }
    assert [*body][:3] == ["WorkflowId", "Status", "TaskId"]


@pytest.mark.parametrize("name", ["a.mp4", "a.mp3", "a.png", "a.srt"])
def test_a_registration_sets_a_task_off(fake_ims: FakeIms, rpc: Rpc, flow: str, name: str) -> None:
    media_id = rpc.register(f"oss://b/{name}", WorkflowId=flow, UserData="{}").media_id
    happened = fake_ims.settle()
    assert happened[0].event_type == "RegisterMediaComplete"
    (event,) = happened.of("WorkflowTaskComplete")
    task = task_of(rpc, event.message_body["TaskId"])
    assert json.loads(task["TaskInput"]) == {"Type": "Media", "Media": media_id}
    assert (event.media_id, event.status, task["Status"]) == (media_id, "Succeed", "Succeed")
    assert event.message_body["UserData"] == task["UserData"] == "{}"
    (job,) = fake_ims.jobs.of("workflow", media_id=media_id)
    assert job.automatic
    assert results_in(task)["Audit"]["Result"]["MediaId"] == media_id


def test_no_task_follows_an_analysis_that_failed_or_a_registration_without_workflow(
    fake_ims: FakeIms, rpc: Rpc, flow: str
) -> None:
    fake_ims.objects.put(URL, fails="no moov")
    rpc.register(URL, WorkflowId=flow)
    rpc.register("oss://b/other.mp4")
    assert not fake_ims.settle().of("WorkflowTaskComplete")


def refusal_of(rpc: Rpc, workflow_id: str | None, task_input: str | None, **sent: str) -> object:
    """How StartWorkflow is refused."""
    named = {"WorkflowId": workflow_id, "TaskInput": task_input}
    asked = {name: value for name, value in named.items() if value is not None}
    return rpc("StartWorkflow", **asked, **sent).refusal


def test_an_inactive_workflow_is_not_started(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    """What counts is how it is at the end of the analysis; a task that has begun goes on."""
    first = fake_ims.workflows[flow]
    begun = start(rpc, flow)
    rpc.register(URL, WorkflowId=flow)
    fake_ims.clock.advance(1)
    changed = fake_ims.add_workflow(flow, name="off", status="Inactive")
    assert changed.created_at == first.created_at < changed.modified_at
    assert len(fake_ims.workflows) == 1
    assert refusal_of(rpc, flow, given()) == invalid("WorkflowId")
    (event,) = fake_ims.settle().of("WorkflowTaskComplete")
    assert event.message_body["TaskId"] == begun
    task = task_of(rpc, begun)
    assert (task["Workflow"]["Status"], task["Workflow"]["Name"]) == ("Inactive", "off")
    assert [*results_in(task)] == ["Transcode", "Audit"]


@pytest.mark.fake_ims(strict=True)
def test_strictly_a_registration_needs_an_active_workflow(
    fake_ims: FakeIms, rpc: Rpc, flow: str
) -> None:
    off = fake_ims.add_workflow("off", status="Inactive").workflow_id
    for workflow_id in (off, NOBODY):
        assert rpc.register(URL, WorkflowId=workflow_id).refusal == invalid("WorkflowId")
    assert rpc.register(URL, WorkflowId=flow).status == 200


def test_an_upload_names_its_workflow(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    config = json.dumps({"ProcessType": "Workflow", "ProcessID": flow})
    info = json.dumps({"Type": "video", "Name": "n", "Ext": "mp4"})
    media_id = rpc("CreateUploadMedia", FileInfo=info, PostProcessConfig=config).media_id
    assert not fake_ims.settle()
    fake_ims.upload(media_id)
    (event,) = fake_ims.settle().of("WorkflowTaskComplete")
    assert (event.media_id, event.message_body["WorkflowId"]) == (media_id, flow)


def test_tasks_go_beside_other_jobs_and_by_their_own_delay(
    fake_ims: FakeIms, rpc: Rpc, flow: str
) -> None:
    media_id = rpc.register(URL, WorkflowId=flow).media_id
    fake_ims.complete(media_id, "workflow")
    (job,) = fake_ims.jobs.of("workflow")
    assert job.failure is None
    assert not any(each.ended for each in fake_ims.jobs.of("snapshots"))


# ---------------------------------------------------------------- tasks that fail


def test_an_activity_that_fails_ends_the_task(fake_ims: FakeIms, rpc: Rpc) -> None:
    flow = fake_ims.add_workflow(activities={"A": None, "B": "violence", "C": None}).workflow_id
    task_id = start(rpc, flow)
    (event,) = fake_ims.settle()
    task = task_of(rpc, task_id)
    assert event.status == task["Status"] == "Failed"
    results = results_in(task)
    assert [(name, each["Status"]) for name, each in results.items()] == [
        ("A", "Succeed"), ("B", "Failed"),
    ]  # fmt: skip
    told = results["B"]["Result"]
    assert (told["Status"], told["Message"]) == ("Failed", "violence")
    assert "Message" not in results["A"]["Result"]


def test_what_a_test_wants_comes_of_it(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    with fake_ims.jobs.expect("workflow", fails="no disk", code="Disk.Full", url=URL):
        failed = start(rpc, flow)
    with fake_ims.jobs.expect("workflow", result={"Mine": {"n": [1, None, "值"]}, "Other": None}):
        done = start(rpc, flow)
    fake_ims.settle()
    (first,) = results_in(task_of(rpc, failed)).values()
    assert (first["ActivityId"], first["Result"]["Code"]) == ("Transcode", "Disk.Full")
    results = results_in(task_of(rpc, done))
    assert results["Mine"]["Result"] == {"n": [1, None, "值"]}
    assert [*results] == ["Mine", "Other"]
    assert task_of(rpc, failed)["Status"] == "Failed"


@pytest.mark.parametrize("result", [
    [], "x", 5, {"A": 5}, {"A": ["x"]}, {"A": "it failed"}, {"": {}}, {" ": None},
    {"A": {"x": float("nan")}}, {"A": {"x": {1, 2}}}, {"A": {"x": "\ud800"}}, {5: {}},
])  # fmt: skip
def test_what_cannot_come_of_one_is_refused(fake_ims: FakeIms, result: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        fake_ims.jobs.expect("workflow", result=result)
    assert len(fake_ims.world.jobs.expectations) == 0


def test_a_task_can_be_ended_by_hand(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    done, failed = start(rpc, flow), start(rpc, flow)
    fake_ims.jobs.complete(done)
    fake_ims.jobs.fail(failed, "broken")
    assert [task_of(rpc, each)["Status"] for each in (done, failed)] == ["Succeed", "Failed"]


def test_a_task_that_was_cancelled_has_no_results(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    task_id = start(rpc, flow)
    world = fake_ims.world
    world.jobs.cancel(world.jobs.require("workflow task", task_id), Instant(world.catch_up()))
    task = task_of(rpc, task_id)
    assert (task["Status"], "ActivityResults" in task) == ("Canceled", False)
    assert not fake_ims.settle()


def test_a_file_that_cannot_be_read_fails_the_task(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    fake_ims.objects.put(URL, fails="no moov atom")
    task_id = start(rpc, flow)
    fake_ims.settle()
    task = task_of(rpc, task_id)
    (only,) = results_in(task).values()
    assert (task["Status"], only["Result"]["Message"]) == ("Failed", "no moov atom")


def test_a_file_that_was_taken_away_is_refused_unless_verification_is_skipped(
    fake_ims: FakeIms, rpc: Rpc, flow: str
) -> None:
    fake_ims.objects.delete(URL)
    sent = {"WorkflowId": flow, "TaskInput": given()}
    for skip in ("false", "False", ""):
        reply = rpc("StartWorkflow", **sent, SkipInputVerification=skip)
        assert reply.refusal == invalid("TaskInput")
    skipped = start(rpc, flow, SkipInputVerification="true")
    nowhere = start(rpc, flow, given("no url"), SkipInputVerification="True")
    fake_ims.settle()
    assert [task_of(rpc, each)["Status"] for each in (skipped, nowhere)] == ["Failed", "Failed"]
    fake_ims.objects.put(URL)
    again = start(rpc, flow)
    fake_ims.settle()
    assert task_of(rpc, again)["Status"] == "Succeed"


def test_a_deleted_asset_takes_its_tasks_along(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    media_id = rpc.register(URL, WorkflowId=flow).media_id
    fake_ims.complete(media_id, "analysis")
    (automatic,) = fake_ims.jobs.of("workflow")
    submitted = start(rpc, flow, given(media_id, "Media"))
    fake_ims.delete(media_id)
    assert rpc("GetWorkflowTask", TaskId=automatic.job_id).status == 404
    assert task_of(rpc, submitted)["Status"] == "Failed"
    assert not fake_ims.settle().of("WorkflowTaskComplete")


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("text", [
    "{", "[]", "5", "null", "{}", "NaN", '{"Type":"Media"}', '{"Media":"oss://b/a.mp4"}',
    '{"Type":"URL","Media":"https://b/a.mp4"}', '{"Type":"oss","Media":"oss://b/a.mp4"}',
    '{"Type":"OSS","Media":""}', '{"Type":"OSS","Media":5}', '{"Type":"OSS","Media":"nowhere"}',
    '{"Type":"OSS","Media":"vod://20b48fb04483915d4f2cd8ac00000000"}', "[" * 5000,
    '{"Type":"Media","Media":["x"]}', "x" * 100_000,
])  # fmt: skip
def test_a_wrong_task_input_is_refused(rpc: Rpc, flow: str, text: str) -> None:
    assert refusal_of(rpc, flow, text) == invalid("TaskInput")


def test_what_is_not_there_is_told(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    assert refusal_of(rpc, None, given()) == missing("WorkflowId")
    assert refusal_of(rpc, flow, None) == missing("TaskInput")
    assert refusal_of(rpc, NOBODY, given()) == invalid("WorkflowId")
    assert refusal_of(rpc, "影" * 5000, given()) == invalid("WorkflowId")
    assert rpc("GetWorkflowTask").refusal == missing("TaskId")
    other_job = rpc("SubmitMediaInfoJob", Input=given()).json["MediaInfoJob"]["JobId"]
    for task_id in (NOBODY, other_job):
        assert rpc("GetWorkflowTask", TaskId=task_id).status == 404
    assert fake_ims.jobs.of("workflow") == []


@pytest.mark.parametrize(("user_data", "status"), [
    ('{"NotifyAddress":"ice-callback-x"}', 200), ('"text"', 200), ("text", 400),
    (json.dumps("x" * 510), 200), (json.dumps("x" * 511), 400),
    (json.dumps("影" * 200, ensure_ascii=False), 400),
])  # fmt: skip
def test_user_data_is_json_of_at_most_512_bytes(
    rpc: Rpc, flow: str, user_data: str, status: int
) -> None:
    reply = rpc("StartWorkflow", WorkflowId=flow, TaskInput=given(), UserData=user_data)
    assert reply.status == status
    if status == 400:
        assert reply.refusal == invalid("UserData")


def test_a_wrong_skip_is_refused_by_the_gateway(rpc: Rpc, flow: str) -> None:
    reply = rpc("StartWorkflow", WorkflowId=flow, TaskInput=given(), SkipInputVerification="1")
    assert reply.code == "InvalidSkipInputVerification"


@pytest.mark.fake_ims(strict=True)
def test_strictly_an_object_is_in_the_region(rpc: Rpc, flow: str) -> None:
    elsewhere = given("https://b.oss-cn-beijing.aliyuncs.com/a.mp4")
    assert refusal_of(rpc, flow, elsewhere) == invalid("TaskInput")
    start(rpc, flow)


# ---------------------------------------------------------------- lists


def test_the_newest_come_first_page_by_page(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    ids = [start(rpc, flow) for _ in range(12)]
    fake_ims.settle()
    page = rpc("ListWorkflowTasks").json
    assert (page["MaxResults"], len(page["TaskList"])) == (10, 10)
    assert "TotalCount" not in page
    newer = start(rpc, flow)
    rest = rpc("ListWorkflowTasks", NextToken=page["NextToken"]).json
    shown = [task["TaskId"] for task in page["TaskList"] + rest["TaskList"]]
    assert shown == ids[::-1]
    assert "NextToken" not in rest
    (first,) = rpc("ListWorkflowTasks", MaxResults="1").json["TaskList"]
    full = task_of(rpc, newer)
    first["Workflow"].pop("MediaType")
    assert first == {name: full[name] for name in full.keys() - {"ActivityResults"}}


def test_tasks_are_found_by_workflow_by_text_and_by_time(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    fake_ims.declare(workflows=("one", "two"))
    fake_ims.add_workflow("two", name="Second")
    media_id = rpc.register("oss://b/a.mp4", WorkflowId="two").media_id
    fake_ims.settle()
    (of_asset,) = listed(rpc)
    fake_ims.clock.advance(60)
    of_file = start(rpc, "one")
    found = rpc("ListWorkflowTasks").json["TaskList"]
    assert [task["Workflow"]["MediaType"] for task in found] == ["OSS", "Media"]
    for sent, tasks in (
        ({"WorkflowId": "one"}, [of_file]),
        ({"WorkflowName": "Second"}, [of_asset]),
        ({"WorkflowName": "second"}, []),
        ({"WorkflowId": "one", "WorkflowName": "Second"}, []),
        ({"WorkflowId": NOBODY}, []),
        ({"KeyText": media_id}, [of_asset]),
        ({"KeyText": "影 A"}, [of_file]),
        ({"KeyText": "B"}, [of_file, of_asset]),
        ({"KeyText": '"Media"'}, [of_file, of_asset]),
        ({"KeyText": "*.mp4"}, []),
        ({"EndOfCreateTime": "2026-01-31T12:00:30Z"}, [of_asset]),
        ({"StartOfCreateTime": "2026-01-31T12:00:30Z"}, [of_file]),
        ({"StartOfCreateTime": "2026-02-01T00:00:00Z"}, []),
    ):
        assert listed(rpc, **sent) == tasks, sent


@pytest.mark.parametrize(("name", "value"), [
    ("KeyText", "x" * 33), ("StartOfCreateTime", "yesterday"), ("EndOfCreateTime", "2026-01-31"),
    ("NextToken", "AAAA"), ("NextToken", "影"),
])  # fmt: skip
def test_a_wrong_query_is_refused(rpc: Rpc, name: str, value: str) -> None:
    assert rpc("ListWorkflowTasks", **{name: value}).refusal == invalid(name)


def test_a_key_text_counts_in_characters(rpc: Rpc) -> None:
    assert rpc("ListWorkflowTasks", KeyText="影" * 32).status == 200
    assert rpc("ListWorkflowTasks", MaxResults="x").code == "InvalidMaxResults"


def test_old_tasks_are_not_listed_and_then_not_shown(
    fake_ims: FakeIms, rpc: Rpc, flow: str
) -> None:
    """For 90 days and a year (documented)."""
    task_id = start(rpc, flow)
    day = 86_400
    fake_ims.clock.advance(89 * day)
    assert listed(rpc) == [task_id]
    fake_ims.clock.advance(2 * day)
    assert listed(rpc) == listed(rpc, StartOfCreateTime="2000-01-01T00:00:00Z") == []
    assert task_of(rpc, task_id)["Status"] == "Succeed"
    fake_ims.clock.advance(275 * day)
    assert rpc("GetWorkflowTask", TaskId=task_id).status == 404


# ---------------------------------------------------------------- how far it comes, where it goes


@pytest.mark.fake_ims(completion="reads", reads=2)
def test_reads_bring_a_task_on(rpc: Rpc, flow: str) -> None:
    task_id = start(rpc, flow)
    states = [task_of(rpc, task_id)["Status"] for _ in range(3)]
    assert [state == "Succeed" for state in states] == [False, False, True]


def test_its_end_goes_where_user_data_says(fake_ims: FakeIms, rpc: Rpc, flow: str) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        task_id = start(rpc, flow, UserData=json.dumps({"NotifyAddress": inbox.url}))
        fake_ims.settle()
        (received,) = inbox.received
    assert received.event_type == "WorkflowTaskComplete"
    assert received.event["MessageBody"]["TaskId"] == task_id


# ---------------------------------------------------------------- the Python side


def test_workflows_are_a_mapping(fake_ims: FakeIms) -> None:
    fake_ims.declare(workflows=("w",))
    own = fake_ims.add_workflow(workflow_type="System", activities=["A", "B"])
    fake_ims.declare(workflows=("w", own.workflow_id))
    assert [*fake_ims.workflows] == ["w", own.workflow_id]
    assert fake_ims.workflows[own.workflow_id] == own
    assert (own.type, own.name, own.active) == ("System", own.workflow_id, True)
    assert [each.name for each in own.activities] == ["A", "B"]
    assert "w" in fake_ims.workflows
    assert NOBODY not in fake_ims.workflows
    with pytest.raises(KeyError, match="no workflow has the id"):
        fake_ims.workflows[NOBODY]
    assert "A, B" in repr(fake_ims.workflows)
    assert len(own.workflow_id) == 32
    assert fake_ims.add_workflow().workflow_id != own.workflow_id


@pytest.mark.parametrize("values", [
    {"activities": "Transcode"}, {"activities": ["A", "A"]}, {"activities": [5]},
    {"activities": [""]}, {"activities": {"A": 5}}, {"activities": {"A": ""}},
    {"workflow_type": "common"}, {"status": "Off"}, {"name": ""}, {"name": "\ud800"},
    {"workflow_id": ""}, {"workflow_id": 5},
])  # fmt: skip
def test_a_workflow_that_cannot_be_is_refused(fake_ims: FakeIms, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        fake_ims.add_workflow(**values)
    assert len(fake_ims.workflows) == 0
