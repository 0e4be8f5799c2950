"""SubmitMediaInfoJob, GetMediaInfoJob, ListMediaInfoJobs and SubmitSyncMediaInfoJob."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from rpc import Rpc, invalid, missing

from fake_ims import FakeIms

URL = "oss://bucket/dir/a b.mp4"
HTTP = "http://bucket.oss-cn-shanghai.aliyuncs.com/dir/a%20b.mp4"
NOBODY = "0" * 32
ODD_NAMES: Mapping[str, str] = {
    "Avg_fps": "AvgFPS", "Bit_rate": "Bitrate", "Codec_long_name": "CodecLongName",
    "Codec_name": "CodecName", "Codec_tag": "CodecTag", "Codec_tag_string": "CodecTagString",
    "Codec_time_base": "CodecTimeBase", "Has_b_frames": "HasBFrames", "Start_time": "StartTime",
    "Time_base": "Timebase",
}  # fmt: skip
"""Of video streams, and what GetMediaInfo calls the same."""


def given(media: str = URL, kind: str = "OSS") -> str:
    return json.dumps({"Type": kind, "Media": media})


def submit(rpc: Rpc, media: str = URL, kind: str = "OSS", **sent: str) -> dict[str, Any]:
    """The job as SubmitMediaInfoJob shows it."""
    return job_in(rpc("SubmitMediaInfoJob", Input=given(media, kind), **sent).json)


def at_once(rpc: Rpc, media: str = URL, kind: str = "OSS", **sent: str) -> dict[str, Any]:
    """The job as SubmitSyncMediaInfoJob shows it."""
    return job_in(rpc("SubmitSyncMediaInfoJob", Input=given(media, kind), **sent).json)


def job_of(rpc: Rpc, job_id: str) -> dict[str, Any]:
    """What GetMediaInfoJob shows."""
    return job_in(rpc("GetMediaInfoJob", JobId=job_id).json)


def job_in(answer: dict[str, Any]) -> dict[str, Any]:
    job = answer["MediaInfoJob"]
    assert isinstance(job, dict)
    return job


# ---------------------------------------------------------------- what is found


def test_it_finds_what_an_analysis_finds(fake_ims: FakeIms, rpc: Rpc) -> None:
    """The same values as GetMediaInfo has, under other names, in the order of those."""
    fake_ims.objects.put(URL, duration=403.04, width=848, height=478, fps=29.97)
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    file = rpc.file_of(media_id)
    found = at_once(rpc)["MediaInfoProperty"]
    (video,), (audio,) = found["VideoStreamInfoList"], found["AudioStreamInfoList"]
    known = file["VideoStreamInfoList"][0]
    assert video == {name: known[ODD_NAMES.get(name, name)] for name in video}
    assert video.keys() - ODD_NAMES.keys() == {
        "Index", "Profile", "Width", "Height", "Sar", "Dar", "PixFmt", "Level", "Fps", "Duration",
        "NumFrames", "Lang", "Rotate",
    }  # fmt: skip
    assert ODD_NAMES.keys() <= video.keys()
    known = file["AudioStreamInfoList"][0]
    assert audio == {name: known[name] for name in known.keys() - {"Profile", "NumFrames"}}
    basic, known = found["FileBasicInfo"], file["FileBasicInfo"]
    assert basic.pop("MediaId") == media_id
    assert basic.pop("FileUrl") == HTTP, "which is not signed"
    assert basic == {
        name: known[name] for name in known.keys() - {"FileUrl", "CreateTime", "ModifiedTime"}
    }
    assert (basic["Width"], basic["Duration"], video["Fps"]) == ("848", "403.040000", "29.97")


@pytest.mark.parametrize(
    ("url", "absent", "streams"),
    [
        ("oss://b/a.mp3", {"Width", "Height"}, (0, 1)),
        ("oss://b/a.png", {"Duration", "Bitrate"}, (0, 0)),
        ("oss://b/a.srt", {"Duration", "Bitrate", "Width", "Height"}, (0, 0)),
        ("oss://b/silent.mp4", set(), (1, 0)),
        ("oss://b/no suffix", set(), (1, 1)),
    ],
)
def test_files_of_all_kinds(
    url: str, absent: set[str], streams: tuple[int, int], fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.objects.put("oss://b/silent.mp4", has_audio=False)
    job = at_once(rpc, url)
    found = job["MediaInfoProperty"]
    basic = found["FileBasicInfo"]
    assert {"Duration", "Bitrate", "Width", "Height", "MediaId"} - basic.keys() == {
        *absent, "MediaId",
    }  # fmt: skip
    counted = len(found["VideoStreamInfoList"]), len(found["AudioStreamInfoList"])
    assert (counted, job["Status"]) == (streams, "Success")


def test_on_an_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    """By its MediaId, before its analysis as well, wherever its file lies."""
    fake_ims.objects.put(URL, width=848)
    for url in (URL, "vod://" + "0a" * 16):
        media_id = rpc.register(url).media_id
        basic = at_once(rpc, media_id, "Media")["MediaInfoProperty"]["FileBasicInfo"]
        assert basic["MediaId"] == media_id
        assert (basic.get("Width") == "848") == (url == URL)
    assert basic["FileUrl"].endswith(f"/{'0a' * 16}.mp4")
    assert [rpc.status(media_id) for media_id in fake_ims.assets] == ["Preparing"] * 2


@pytest.mark.parametrize(("rule", "is_its"), [("location", True), ("exact", False)])
def test_a_file_that_is_an_assets(rule: str, is_its: bool) -> None:
    with FakeIms(url_identity=rule) as ims:
        media_id = Rpc(ims).register(URL).media_id
        basic = at_once(Rpc(ims), HTTP)["MediaInfoProperty"]["FileBasicInfo"]
    assert (basic.get("MediaId") == media_id) == is_its


# ---------------------------------------------------------------- a job's life


def test_the_life_of_a_job(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    schedule = {"PipelineId": "p", "Priority": 5}
    told = {"Name": "名", "UserData": "user data"}
    began = submit(rpc, **told, ScheduleConfig=json.dumps(schedule))
    job_id = began["JobId"]
    assert began == {
        "JobId": job_id, "Name": "名", "UserData": "user data", "ScheduleConfig": schedule,
        "Status": "Init", "Async": True, "Input": {"Type": "OSS", "Media": URL},
        "TriggerSource": "API", "SubmitTime": "2026-01-31T12:00:00Z", "SubmitResultJson": {},
        "RequestId": began["RequestId"],
    }  # fmt: skip
    assert job_of(rpc, job_id) == began
    fake_ims.clock.advance("0.9s")
    assert job_of(rpc, job_id)["Status"] == "Init"
    fake_ims.clock.advance("1.1s")
    done = job_of(rpc, job_id)
    assert done["Status"] == "Success"
    assert done["FinishTime"] in ("2026-01-31T12:00:01Z", "2026-01-31T12:00:02Z")
    new = {"Status", "FinishTime", "MediaInfoProperty"}
    assert {name: done[name] for name in done.keys() - new} == {
        name: began[name] for name in began.keys() - new
    }
    assert fake_ims.events == (), "no event is documented"


def test_at_once_is_at_once(fake_ims: FakeIms, rpc: Rpc) -> None:
    job = at_once(rpc)
    assert (job["Async"], job["Status"]) == (False, "Success")
    assert job["FinishTime"] >= job["SubmitTime"]
    assert job_of(rpc, job["JobId"]) == job
    assert fake_ims.settle() == ()
    assert "ScheduleConfig" not in job


@pytest.mark.parametrize("completion", ["reads", "hand"])
def test_at_once_whatever_completion_says(completion: str) -> None:
    with FakeIms(completion=completion) as ims:
        assert at_once(Rpc(ims))["Status"] == "Success"
        job_id = submit(Rpc(ims))["JobId"]
        seen = [job_of(Rpc(ims), job_id)["Status"] for _ in range(3)]
    assert (seen[0], seen[-1]) == ("Init", "Success" if completion == "reads" else "Init")


def test_how_it_fails(fake_ims: FakeIms, rpc: Rpc) -> None:
    """The file cannot be read, the asset is not there, a test or a setting says so."""
    fake_ims.objects.put(URL, fails="cut short")
    bad = {"Code": "InvalidParameter.ResourceContentBad", "Message": "cut short"}
    gone = {"Code": "ResourceNotFound",
            "Message": 'The specified resource for "Media" could not be found.'}  # fmt: skip
    for job, why in ((at_once(rpc), bad), (at_once(rpc, NOBODY, "Media"), gone)):
        assert (job["Status"], job["SubmitResultJson"]) == ("Fail", why)
        assert "MediaInfoProperty" not in job
        assert job_of(rpc, job["JobId"]) == job
    job_id = submit(rpc)["JobId"]
    fake_ims.settle()
    assert job_of(rpc, job_id)["SubmitResultJson"] == bad
    fake_ims.jobs.expect("media_info_job", fails="too busy", times=1)
    other = "oss://bucket/other.mp4"
    assert at_once(rpc, other)["SubmitResultJson"]["Message"] == "too busy"
    assert at_once(rpc, other)["Status"] == "Success"
    with pytest.raises(ValueError, match="cannot be given"):
        fake_ims.jobs.expect("media_info_job", result={"Width": 1})


def test_an_asset_that_is_deleted(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    done = at_once(rpc, media_id, "Media")
    waiting = submit(rpc, media_id, "Media")["JobId"]
    rpc("DeleteMediaInfos", MediaIds=media_id)
    fake_ims.settle()
    assert job_of(rpc, done["JobId"]) == done
    assert job_of(rpc, waiting)["Status"] == "Fail"


# ---------------------------------------------------------------- lists


def test_lists(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = [at_once(rpc, f"oss://bucket/{number}.mp4")["JobId"] for number in range(12)]
    rpc.register(URL)
    fake_ims.settle()  # whose jobs are others
    ids.append(submit(rpc)["JobId"])
    first = rpc("ListMediaInfoJobs").json
    assert [job["JobId"] for job in first["Jobs"]] == ids[:2:-1]
    rest = rpc("ListMediaInfoJobs", NextPageToken=first["NextPageToken"]).json
    assert [job["JobId"] for job in rest["Jobs"]] == ids[2::-1]
    assert rest["Jobs"][0] == job_of(rpc, ids[2])
    waiting = rpc("ListMediaInfoJobs", Status="Init").json["Jobs"]
    assert [job["JobId"] for job in waiting] == ids[-1:]
    oldest = rpc("ListMediaInfoJobs", OrderBy="CreateTimeAsc", PageSize="1").json["Jobs"]
    assert [job["JobId"] for job in oldest] == ids[:1]
    assert rpc("ListMediaInfoJobs", PageSize="100").json["Jobs"][0]["JobId"] == ids[-1]


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize("action", ["SubmitMediaInfoJob", "SubmitSyncMediaInfoJob"])
def test_what_cannot_be_submitted(action: str, rpc: Rpc) -> None:
    assert rpc(action).refusal == (400, "MissingInput", "Input is mandatory for this action.")
    for wrong in ("{}", "[]", "x", given("", "OSS"), given(URL, "URL"), given("vod://" + NOBODY)):
        assert rpc(action, Input=wrong).refusal == invalid("Input")
    bad: list[Any] = [
        {"Priority": 0}, {"Priority": 11}, {"Priority": "x"}, {"Priority": True},
        {"Priority": 1.5}, {"Priority": "5" * 5000}, {"PipelineId": 5}, [],
    ]  # fmt: skip
    for schedule in bad:
        sent = {"Input": given(), "ScheduleConfig": json.dumps(schedule)}
        assert rpc(action, **sent).refusal == invalid("ScheduleConfig")
    assert rpc("ListMediaInfoJobs").json["Jobs"] == []
    for text in ('{"Priority": "10"}', '{"Priority": null}', "{}"):
        sent = {"Input": given(), "ScheduleConfig": text}
        assert rpc(action, **sent).status == 200


def test_jobs_that_are_not_there(rpc: Rpc) -> None:
    assert rpc("GetMediaInfoJob").refusal == missing("JobId")
    assert rpc("GetMediaInfoJob", JobId=NOBODY).refusal == (
        404, "ResourceNotFound", "Resource not found",
    )  # fmt: skip


@pytest.mark.fake_ims(strict=True)
def test_strictly_the_bucket_is_in_the_region(rpc: Rpc) -> None:
    elsewhere = "http://b.oss-cn-beijing.aliyuncs.com/a.mp4"
    reply = rpc("SubmitMediaInfoJob", Input=given(elsewhere))
    assert reply.refusal == invalid("Input")
    assert rpc("SubmitMediaInfoJob", Input=given()).status == 200


def test_as_xml(rpc: Rpc) -> None:
    reply = rpc("SubmitSyncMediaInfoJob", Input=given("oss://b/a.png"), Format="XML")
    assert reply.status == 200
    assert b"<Async>false</Async>" in reply.body
    assert b"<FormatName>png</FormatName>" in reply.body
