"""Jobs in the hands of those who send and say what nobody should, in the wrong order."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rpc import FORM, Rpc, invalid

from fake_ims import FakeIms, Received, Receiver

OBJECT = '{"Type":"OSS","Media":"oss://b/a.mp4"}'
HALF = '{"Type":"OSS","Media":"oss://b/\\ud800.mp4"}'
OUTPUT = '{"Type":"OSS","Media":"oss://b/x.jpg"}'
TEMPLATE = '{"TemplateId":"t"}'
FILE = '{"Type":"video","Name":"n","Ext":"mp4"}'
SNAPSHOT = {"Input": OBJECT, "Output": OUTPUT, "TemplateConfig": TEMPLATE}


# ---------------------------------------------------------------- what is sent


@pytest.mark.parametrize(
    ("action", "name", "sent"),
    [
        ("SubmitSnapshotJob", "Input", {**SNAPSHOT, "Input": HALF}),
        ("SubmitSnapshotJob", "Output", {**SNAPSHOT, "Output": HALF}),
        ("SubmitSnapshotJob", "TemplateConfig",
         {**SNAPSHOT, "TemplateConfig": '{"TemplateId":"\\udfff"}'}),
        ("SubmitSnapshotJob", "TemplateConfig",
         {**SNAPSHOT, "TemplateConfig": '{"TemplateId":"t","OverwriteParams":{"\\uD800":[1]}}'}),
        ("SubmitMediaInfoJob", "Input", {"Input": HALF}),
        ("SubmitSmarttagJob", "Input", {"Input": HALF}),
        ("SubmitSmarttagJob", "Params",
         {"Input": OBJECT, "Params": '{"nlpParams":{"sourceLanguage":"\\ud800"}}'}),
        ("StartWorkflow", "TaskInput", {"WorkflowId": "wf", "TaskInput": HALF}),
        ("CreateUploadMedia", "FileInfo",
         {"FileInfo": '{"Type":"video","Name":"\\ud800","Ext":"mp4"}'}),
        ("InsertMediaToSearchLib", "MsgBody",
         {"Input": "oss://b/a.mp4", "MsgBody": '{"title":"\\ud800"}'}),
    ],
)  # fmt: skip
def test_half_a_character_in_json_is_refused(
    fake_ims: FakeIms, rpc: Rpc, action: str, name: str, sent: dict[str, str]
) -> None:
    fake_ims.declare(workflows=("wf",))
    assert rpc(action, **sent).refusal == invalid(name)
    assert len(fake_ims.jobs) == 0


def test_a_whole_character_of_two_halves_is_not(fake_ims: FakeIms, rpc: Rpc) -> None:
    both = OBJECT.replace("a.mp4", "\\ud83d\\ude00.mp4")
    job_id = rpc("SubmitSnapshotJob", **{**SNAPSHOT, "Input": both}).json["JobId"]
    fake_ims.settle()
    shown = rpc("GetSnapshotJob", JobId=job_id).json["SnapshotJob"]
    assert shown["Input"]["Media"] == "oss://b/\U0001f600.mp4"


@pytest.mark.parametrize("depth", [400, 490, 520, *range(960, 990), 100_000])
def test_no_depth_of_json_is_an_internal_error(rpc: Rpc, depth: int) -> None:
    config = '{"x":' + "[" * depth + "]" * depth + "}"
    sent = {**rpc.common("RegisterMediaInfo"), "InputURL": "oss://b/a.mp4"}
    body = "&".join(f"{name}={value}" for name, value in sent.items())
    reply = rpc.raw("POST", "/", f"{body}&RegisterConfig={config}".encode(), FORM)
    if depth < 500:
        assert reply.status == 200
    else:
        assert reply.refusal == invalid("RegisterConfig")


# ---------------------------------------------------------------- what a test says


@pytest.mark.parametrize(
    "said",
    [
        {"fails": "\ud800"}, {"fails": ""}, {"fails": 5}, {"fails": "x", "code": ""},
        {"fails": "x", "code": None}, {"fails": "x", "code": "\udfff"},
        {"fails": "x", "times": "2"}, {"fails": "x", "times": True}, {"fails": "x", "times": 1.5},
        {"fails": "x", "times": 0}, {"fails": "x", "url": 5}, {"fails": "x", "url": ""},
        {"fails": "x", "media_id": 5},
    ],
)  # fmt: skip
def test_what_no_job_can_come_to_is_not_expected(fake_ims: FakeIms, said: Any) -> None:
    with pytest.raises(ValueError, match="must be"):
        fake_ims.jobs.expect("snapshot_job", **said)


@pytest.mark.parametrize("wrong", ["\ud800", "", None, 5])
def test_a_job_fails_with_texts_only(fake_ims: FakeIms, rpc: Rpc, wrong: Any) -> None:
    job_id = rpc("SubmitSnapshotJob", **SNAPSHOT).json["JobId"]
    for message, code in ((wrong, "Code"), ("message", wrong)):
        with pytest.raises(ValueError, match="must be a text"):
            fake_ims.jobs.fail(job_id, message, code)
    assert not fake_ims.jobs[job_id].ended


def test_an_analysis_fails_with_texts_only(fake_ims: FakeIms) -> None:
    asset = fake_ims.register(InputURL="oss://b/a.mp4")
    for wrong in ("\ud800", ""):
        with pytest.raises(ValueError, match="must be a text"):
            fake_ims.fail(asset.media_id, wrong)
    with pytest.raises(ValueError, match="surrogates"):
        fake_ims.objects.put("oss://b/a.mp4", fails="\ud800")
    assert fake_ims.assets[asset.media_id].status != "PrepareFail"


@pytest.mark.fake_ims(completion="hand")
def test_a_stage_that_no_registration_has_ends_nothing(fake_ims: FakeIms) -> None:
    asset = fake_ims.register(InputURL="oss://b/a.mp4")
    with pytest.raises(ValueError, match="did you mean snapshots"):
        fake_ims.complete(asset.media_id, "snapshot")
    assert fake_ims.assets[asset.media_id].status == asset.status
    assert len(fake_ims.jobs) == 0


@pytest.mark.parametrize(
    ("url", "sent", "fits"),
    [
        ("https://example.com/a[1].mp4", "https://example.com/a[1].mp4", True),
        ("https://example.com/*[1].mp4", "https://example.com/a[1].mp4", True),
        ("https://example.com/a?b.mp4", "https://example.com/axb.mp4", False),
        ("https://example.com/[a]*.mp4", "https://example.com/ab.mp4", False),
        ("*", "https://example.com/a.mp4", True),
    ],
)
def test_only_a_star_stands_for_other_text(
    fake_ims: FakeIms, rpc: Rpc, url: str, sent: str, fits: bool
) -> None:
    fake_ims.jobs.expect("smart_tags", fails="told to", url=url)
    rpc("SubmitSmarttagJob", Input=json.dumps({"Type": "URL", "Media": sent}))
    fake_ims.settle()
    (job,) = fake_ims.jobs.of("smart_tags")
    assert (job.failure is not None) is fits


# ---------------------------------------------------------------- in the middle of it


def uploaded_again(ims: FakeIms, rpc: Rpc) -> str:
    """The MediaId of an asset with another file to analyse, while work on the first goes on."""
    ims.clock.freeze()
    media_id = rpc("CreateUploadMedia", FileInfo=FILE).media_id
    ims.upload(media_id)
    ims.clock.advance(10.5)
    ims.upload(media_id)
    ims.clock.advance(2)
    assert [job.kind for job in ims.jobs.values()] == ["snapshots", "sprite"]
    return media_id


AGAIN = pytest.mark.fake_ims(delay="10s", job_delays={"snapshots": "1s", "sprite": "1m"})


@AGAIN
def test_an_asset_is_completed_whose_file_came_again(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = uploaded_again(fake_ims, rpc)
    assert fake_ims.complete(media_id).status == "Normal"
    found = [(job.kind, job.state(job.submitted_at)) for job in fake_ims.jobs.values()]
    assert found == [
        ("snapshots", "done"), ("sprite", "cancelled"),
        ("snapshots", "done"), ("sprite", "done"), ("cover", "done"),
    ]  # fmt: skip


@AGAIN
def test_nothing_follows_an_earlier_file_once_a_later_one_failed(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = uploaded_again(fake_ims, rpc)
    fake_ims.objects.put(fake_ims.assets[media_id].input_url, fails="broken")
    events = fake_ims.settle()
    assert [event.event_type for event in events] == ["VideoAnalysisComplete"]
    assert fake_ims.assets[media_id].status == "PrepareFail"
    assert all(job.ended for job in fake_ims.jobs.values())


@pytest.mark.fake_ims(delay=0, job_delays={"smart_tags": "1h"})
def test_tagging_that_was_cancelled_has_found_nothing(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc("SetContentAnalyzeConfig", Auto="true")
    fake_ims.clock.freeze()
    media_id = rpc("CreateUploadMedia", FileInfo=FILE).media_id
    fake_ims.upload(media_id)
    (job,) = fake_ims.jobs.of("smart_tags")
    rpc("SetContentAnalyzeConfig", Auto="false")
    fake_ims.upload(media_id)
    data = rpc("GetMediaInfo", MediaId=media_id).json["MediaInfo"]["AiRoughData"]
    assert (data["AiJobId"], data["Status"]) == (job.job_id, "AnalyzeFailed")
    assert "Result" not in data
    shown = rpc("QuerySmarttagJob", JobId=job.job_id).json
    assert (shown["JobStatus"], "Results" in shown) == ("Fail", False)


def test_a_receiver_may_delete_what_is_being_completed(fake_ims: FakeIms, rpc: Rpc) -> None:
    def delete(got: Received) -> None:
        rpc("DeleteMediaInfos", MediaIds=got.media_id or "")

    fake_ims.clock.freeze()
    with Receiver(delete) as receiver:
        told = json.dumps({"NotifyAddress": receiver.url})
        asset = fake_ims.register(InputURL="oss://b/a.mp4", UserData=told)
        assert fake_ims.complete(asset.media_id).status == "Normal"
        assert asset.media_id not in fake_ims.assets
        media_id = rpc("CreateUploadMedia", FileInfo=FILE, UserData=told).media_id
        assert fake_ims.upload(media_id).status == "Preparing"
        assert media_id not in fake_ims.assets


def test_an_expectation_that_has_been_met_is_looked_at_no_more(fake_ims: FakeIms, rpc: Rpc) -> None:
    for number in range(3):
        fake_ims.jobs.expect("snapshot_job", fails=f"reason {number}", times=1)
    with fake_ims.jobs.expect("snapshot_job", fails="the last", times=1):
        for _ in range(5):
            rpc("SubmitSnapshotJob", **SNAPSHOT)
        assert len(fake_ims.world.jobs.expectations) == 0
    fake_ims.settle()
    reasons = [job.failure and job.failure.message for job in fake_ims.jobs.values()]
    assert reasons == ["the last", "reason 2", "reason 1", "reason 0", None]


@pytest.mark.fake_ims(job_delays={"workflow": "100s"})
def test_no_activity_ends_before_it_began(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-01T12:00:00Z")
    workflow = fake_ims.add_workflow(name="w", activities=["A", "B"])
    task = {"WorkflowId": workflow.workflow_id, "TaskInput": OBJECT}
    task_id = rpc("StartWorkflow", **task).json["TaskId"]
    fake_ims.clock.freeze("2026-01-01T10:00:00Z")
    fake_ims.settle()
    shown = rpc("GetWorkflowTask", TaskId=task_id).json["WorkflowTask"]
    for activity in json.loads(shown["ActivityResults"]).values():
        assert activity["StartTime"] <= activity["EndTime"] <= shown["FinishTime"]
