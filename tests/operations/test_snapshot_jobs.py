"""SubmitSnapshotJob, GetSnapshotJob, ListSnapshotJobs and GetSnapshotUrls."""

from __future__ import annotations

import json
import math
import threading
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from patience import until
from rpc import Reply, Rpc, invalid, missing

from fake_ims import FakeIms
from fake_ims.jobs.job import JobError
from fake_ims.jobs.snapshot_jobs import SnapshotOrder, count_of
from fake_ims.jobs.snapshot_params import read_params
from fake_ims.media.locations import Location
from fake_ims.media.objects import ObjectFacts
from fake_ims.media.synthetic import probe

URL = "oss://bucket/a.mp4"
NOBODY = "0" * 32
TEMPLATE = "0123456789abcdef0123456789abcdef"
OUTPUT = "oss://pictures/dir/x-{Count}.jpg"
NOT_FOUND = (404, "ResourceNotFound", "Resource not found")


def submit(
    rpc: Rpc, media: str = URL, output: str = OUTPUT, /, *, of: str = "OSS", to: str = "OSS",
    template: str = TEMPLATE, **overwrite: Any,
) -> Reply:  # fmt: skip
    """A job; the keywords are OverwriteParams."""
    return rpc(
        "SubmitSnapshotJob",
        Input=json.dumps({"Type": of, "Media": media}),
        Output=json.dumps({"Type": to, "Media": output}),
        TemplateConfig=json.dumps({"TemplateId": template, "OverwriteParams": overwrite}),
    )


def submitted(rpc: Rpc, *places: str, **words: Any) -> str:
    reply = submit(rpc, *places, **words)
    assert reply.status == 200, reply
    job_id = reply.json["JobId"]
    assert isinstance(job_id, str)
    return job_id


def job_of(rpc: Rpc, job_id: str) -> dict[str, Any]:
    """What GetSnapshotJob shows."""
    reply = rpc("GetSnapshotJob", JobId=job_id)
    assert reply.status == 200, reply
    shown = reply.json["SnapshotJob"]
    assert isinstance(shown, dict)
    return shown


def urls_of(rpc: Rpc, job_id: str, **page: str) -> tuple[int, list[str]]:
    """Total, and the objects of SnapshotUrls."""
    reply = rpc("GetSnapshotUrls", JobId=job_id, **page)
    assert reply.status == 200, reply
    objects = [unquote(urlsplit(url).path) for url in reply.json["SnapshotUrls"]]
    return reply.json["Total"], objects


@pytest.fixture(autouse=True)
def long_video(fake_ims: FakeIms) -> None:
    fake_ims.objects.put(URL, duration=89.584, width=1080, height=1920, fps=25)


# ---------------------------------------------------------------- a job's life


def test_a_job_is_init_until_its_time_and_then_a_success(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    job_id = submitted(rpc, Type="Normal", Time=10000, Count=5, Interval=2)
    asked = '{"Type":"Normal","Time":10000,"Count":5,"Interval":2}'
    began = {
        "JobId": job_id, "Status": "Init", "Async": True, "Type": "Normal", "Count": 5,
        "Input": {"Type": "OSS", "Media": URL,
                  "OssFile": {"Bucket": "bucket", "Location": "oss-cn-shanghai",
                              "Object": "a.mp4"}},
        "Output": {"Type": "OSS", "Media": OUTPUT,
                   "OssFile": {"Bucket": "pictures", "Location": "oss-cn-shanghai",
                               "Object": "dir/x-{Count}.jpg"}},
        "TemplateId": TEMPLATE, "TemplateConfig": asked, "TriggerSource": "API",
        "CreateTime": "2026-01-31T12:00:00Z", "SubmitTime": "2026-01-31T12:00:00Z",
        "ModifiedTime": "2026-01-31T12:00:00Z",
    }  # fmt: skip
    assert job_of(rpc, job_id) == began
    assert urls_of(rpc, job_id) == (0, [])
    fake_ims.clock.advance("1.9s")
    assert job_of(rpc, job_id) == began
    fake_ims.clock.advance("1.1s")
    done = job_of(rpc, job_id)
    assert done.pop("FinishTime") == done["ModifiedTime"] > began["ModifiedTime"]
    assert done == {**began, "Status": "Success", "ModifiedTime": done["ModifiedTime"]}
    assert urls_of(rpc, job_id) == (5, [f"/dir/x-0000{number}.jpg" for number in range(1, 6)])


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_a_job_ends_by_being_read(rpc: Rpc) -> None:
    job_id = submitted(rpc)
    assert [job_of(rpc, job_id)["Status"] for _ in range(3)] == ["Init", "Success", "Success"]


def test_what_it_tells_when_it_ends(fake_ims: FakeIms, rpc: Rpc) -> None:
    """It is told of to where its UserData says, and is told from those of a registration."""
    user_data = '{"NotifyAddress":"ice-callback-jobs"}'
    for media, kind in ((URL, "OSS"), (NOBODY, "Media")):
        rpc("SubmitSnapshotJob", Input=json.dumps({"Type": kind, "Media": media}),
            Output=json.dumps({"Type": "OSS", "Media": OUTPUT}), UserData=user_data,
            TemplateConfig='{"TemplateId": "t", "OverwriteParams": {"Count": 2}}')  # fmt: skip
        fake_ims.settle()
    done, failed = (job.job_id for job in fake_ims.jobs.of("snapshot_job"))
    bodies = [message.json()["MessageBody"] for message in fake_ims.queues["ice-callback-jobs"]]
    assert bodies == [
        {
            "Status": "Success", "SubType": "SpecifiedTime", "UserData": user_data,
            "SnapshotInfos": [{
                "Status": "Success", "SnapshotType": "NormalSnapshot", "SnapshotCount": 2,
                "SnapshotFormat": "dir/x-{SnapshotCount}.jpg", "JobId": done,
                "SnapshotRegular":
                    "http://pictures.oss-cn-shanghai.aliyuncs.com/dir/x-{SnapshotCount}.jpg",
            }],
        },
        {
            "Status": "Fail", "SubType": "SpecifiedTime", "UserData": user_data,
            "ErrorCode": "ResourceNotFound",
            "ErrorMessage": 'The specified resource for "Media" could not be found.',
            "SnapshotInfos": [
                {"Status": "Fail", "SnapshotType": "NormalSnapshot", "JobId": failed}
            ],
        },
    ]  # fmt: skip


@pytest.mark.fake_ims(job_delays="snapshot_job=0")
@pytest.mark.parametrize("of", ["OSS", "Media"])
def test_a_callback_leaves_after_the_answer(of: str, fake_ims: FakeIms, rpc: Rpc) -> None:
    """The answer is kept back after the work: the callback is, too, even of a file of no asset."""
    media = URL if of == "OSS" else rpc.register(URL).media_id
    template = '{"TemplateId": "t"}'
    with fake_ims.callbacks.receiver() as inbox:
        sent = {
            "Input": json.dumps({"Type": of, "Media": media}),
            "Output": '{"Type": "OSS", "Media": "oss://pictures/a.jpg"}',
            "TemplateConfig": template, "UserData": json.dumps({"NotifyAddress": inbox.url}),
        }  # fmt: skip
        fake_ims.faults.add("SubmitSnapshotJob", latency="300ms")
        seen: list[int] = []

        def call() -> None:
            assert rpc("SubmitSnapshotJob", **sent).status == 200
            seen.append(len(fake_ims.callbacks.of(outcome="delivered")))

        thread = threading.Thread(target=call)
        thread.start()
        until(lambda: len(fake_ims.events.of("SnapshotComplete")) == 1)
        assert not inbox.received
        thread.join()
        fake_ims.callbacks.wait_for("SnapshotComplete")
        assert len(inbox.received) == 1
    (callback,) = fake_ims.callbacks
    job_id = fake_ims.jobs.of("snapshot_job")[0].job_id
    assert (media if of == "Media" else job_id) in repr(callback)


def test_jobs_on_files_do_not_wait_for_each_others_callbacks(fake_ims: FakeIms, rpc: Rpc) -> None:
    """Each has a lane of its own, as each asset has."""
    fake_ims.clock.freeze()
    with fake_ims.callbacks.receiver() as inbox:
        inbox.answer(500, times=1)
        told = json.dumps({"NotifyAddress": inbox.url})
        for name in "ab":
            rpc("SubmitSnapshotJob", UserData=told, TemplateConfig='{"TemplateId": "t"}',
                Input=json.dumps({"Type": "OSS", "Media": URL}),
                Output=json.dumps({"Type": "OSS", "Media": f"oss://o/{name}.jpg"}))  # fmt: skip
            fake_ims.jobs.complete(fake_ims.jobs.of("snapshot_job")[-1].job_id)
            fake_ims.clock.advance(0)
        outcomes = [callback.outcome for callback in fake_ims.callbacks]
        assert outcomes == ["pending", "delivered"]


def test_a_job_on_an_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register("oss://bucket/b.mp4").media_id
    job_id = submitted(rpc, media_id, of="Media")
    fake_ims.settle()
    assert job_of(rpc, job_id)["Input"]["OssFile"]["Object"] == "b.mp4"
    (event,) = [each for each in fake_ims.events if "SubType" in each.message_body]
    assert (event.media_id, event.status) == (media_id, "Success")
    before = rpc.get(media_id)["MediaBasicInfo"]["Snapshots"]
    assert "pictures" not in before, "the asset keeps the snapshots of its registration"


def test_what_is_said_of_a_file_counts_before_its_asset_is_analysed(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(URL).media_id
    job_id = submitted(rpc, media_id, of="Media", Count=1000, Interval=1)
    fake_ims.jobs.complete(job_id)
    assert rpc.status(media_id) == "Preparing"
    assert job_of(rpc, job_id)["Count"] == 90


def test_the_asset_of_a_job_is_deleted(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    job_id = submitted(rpc, media_id, of="Media")
    rpc("DeleteMediaInfos", MediaIds=media_id)
    fake_ims.settle()
    shown = job_of(rpc, job_id)
    assert (shown["Status"], shown["Code"]) == ("Fail", "ResourceNotFound")
    assert urls_of(rpc, job_id) == (0, [])
    assert fake_ims.events.of("SnapshotComplete") == ()


# ---------------------------------------------------------------- how it fails


@pytest.mark.parametrize(
    ("media", "overwrite", "code"),
    [
        ("oss://bucket/sound.mp3", {}, "InvalidParameter.ResourceContentBad"),
        ("oss://bucket/picture.png", {}, "InvalidParameter.ResourceContentBad"),
        ("oss://bucket/broken.mp4", {}, "InvalidParameter.ResourceContentBad"),
        (URL, {"Time": 89_584}, "InvalidParameter"),
        (URL, {"Time": 2_000_000_000}, "InvalidParameter"),
    ],
)
def test_what_cannot_be_done_is_a_job_that_fails(
    media: str, overwrite: dict[str, int], code: str, fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.objects.put("oss://bucket/broken.mp4", fails="cut short")
    job_id = submitted(rpc, media, **overwrite)
    fake_ims.settle()
    shown = job_of(rpc, job_id)
    assert (shown["Status"], shown["Code"]) == ("Fail", code)
    assert shown["Message"]
    assert ("cut short" in shown["Message"]) == ("broken" in media)
    assert urls_of(rpc, job_id) == (0, [])
    assert fake_ims.events[-1].message_body["ErrorCode"] == code


def test_a_test_decides_what_comes_of_it(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.jobs.expect("snapshot_job", result={"Count": 44}, url=URL)
    fake_ims.jobs.expect("snapshot_job", fails="no time", code="Busy", times=1)
    first, second, other = (
        submitted(rpc, url, Count=2) for url in (URL, URL, "oss://bucket/other.mp4")
    )
    fake_ims.settle()
    assert job_of(rpc, first)["Code"] == "Busy"
    assert urls_of(rpc, second)[0] == 44
    assert urls_of(rpc, other)[0] == 2
    for wrong in (8, {"Count": 0}, {"Count": True}, {"Count": 1, "x": 2}, {}, "8"):
        with pytest.raises(ValueError, match=r"pictures|Count"):
            fake_ims.jobs.expect("snapshot_job", result=wrong)


# ---------------------------------------------------------------- which pictures


def test_pictures_that_are_put_together(fake_ims: FakeIms, rpc: Rpc) -> None:
    """A sprite has Lines of Columns, and there are as many sprites as it takes."""
    cells = {"Columns": 8, "Lines": 5, "CellWidth": 135, "Padding": 4, "Color": "#000000"}
    place = "oss://pictures/s-{TileCount}.jpg"
    job_id = submitted(rpc, URL, place, Type="Sprite", Interval=1, SpriteSnapshotConfig=cells)
    fake_ims.settle()
    shown = job_of(rpc, job_id)
    assert (shown["Type"], shown["Count"]) == ("Sprite", 90)
    assert json.loads(shown["TemplateConfig"])["SpriteSnapshotConfig"] == cells
    assert urls_of(rpc, job_id) == (3, [f"/s-0000{number}.jpg" for number in (1, 2, 3)])
    info = fake_ims.events[-1].message_body["SnapshotInfos"][0]
    assert (info["SnapshotType"], info["SnapshotCount"]) == ("SpriteSnapshot", 3)


@pytest.mark.parametrize(
    ("tiled", "total", "first"),
    [(True, 1, "/dir/v/snapshot-tile-00001.jpg"), (False, 40, "/dir/v/snapshot-00001.jpg")],
)
def test_a_web_vtt_and_what_it_tells_of(
    tiled: bool, total: int, first: str, fake_ims: FakeIms, rpc: Rpc
) -> None:
    words = {"Type": "WebVtt", "Count": 40, "Interval": 2, "IsSptFrag": tiled}
    job_id = submitted(rpc, URL, "oss://pictures/dir/v.vtt", **words)
    assert "WebVTTUrl" not in rpc("GetSnapshotUrls", JobId=job_id).json
    fake_ims.settle()
    count, objects = urls_of(rpc, job_id)
    assert (count, objects[0]) == (total, first)
    url = rpc("GetSnapshotUrls", JobId=job_id).json["WebVTTUrl"]
    assert urlsplit(url).path == "/dir/v.vtt"
    assert "Signature" in parse_qs(urlsplit(url).query)


def test_output_in_an_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register("oss://elsewhere/b.mp4").media_id
    job_id = submitted(rpc, URL, media_id, to="Media", Count=2)
    nowhere = submitted(rpc, URL, NOBODY, to="Media", Count=2)
    fake_ims.settle()
    assert job_of(rpc, job_id)["Output"]["Media"] == media_id
    total, objects = urls_of(rpc, job_id)
    key = f"/{media_id}/snapshots/normal/{job_id[:8].upper()}-0000"
    assert (total, objects) == (2, [f"{key}1.jpg", f"{key}2.jpg"])
    assert job_of(rpc, nowhere)["Code"] == "ResourceNotFound"
    assert "OssFile" not in job_of(rpc, nowhere)["Output"]


def test_what_a_declared_template_says_counts_unless_the_job_says_otherwise(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    template = {"Type": "Normal", "Time": 1000, "Count": 7, "Interval": 3}
    fake_ims.declare(snapshot_templates={TEMPLATE: template})
    as_it_is, otherwise = submitted(rpc), submitted(rpc, Count=4, Time="0")
    fake_ims.settle()
    assert [job_of(rpc, each)["Count"] for each in (as_it_is, otherwise)] == [7, 4]
    assert json.loads(job_of(rpc, as_it_is)["TemplateConfig"]) == template
    assert json.loads(job_of(rpc, otherwise)["TemplateConfig"])["Time"] == 0
    with pytest.raises(ValueError, match="Count"):
        fake_ims.declare(snapshot_templates={TEMPLATE: {"Count": "many"}})


def test_without_a_word_the_output_tells_the_type(fake_ims: FakeIms, rpc: Rpc) -> None:
    places = ("o/one.jpg", "o/{Count}.jpg", "o/{TileCount}.jpg", "o/x.vtt")
    ids = [submitted(rpc, URL, f"oss://{place}", template="any") for place in places]
    fake_ims.settle()
    shown = [(job_of(rpc, job_id)["Type"], job_of(rpc, job_id)["Count"]) for job_id in ids]
    assert shown == [("Normal", 1), ("Normal", 10), ("Sprite", 9), ("WebVtt", 9)]


LOCATION = Location("oss", "cn-shanghai", "b", "{Count}.jpg")


@given(
    duration=st.floats(0.04, 5000),
    fps=st.sampled_from([1.0, 23.976, 25.0, 60.0]),
    time=st.integers(0, 6_000_000),
    count=st.none() | st.integers(1, 4000),
    interval=st.none() | st.integers(0, 100),
    kind=st.sampled_from(["Normal", "Sprite", "WebVtt"]),
    intra=st.booleans(),
)
def test_no_picture_lies_after_the_end(
    duration: float, fps: float, time: int, count: int | None, interval: int | None, kind: str,
    intra: bool,
) -> None:  # fmt: skip
    """Against counting the instants one by one."""
    params = read_params(
        {"Time": time, "Count": count, "Interval": interval,
         "FrameType": "intra" if intra else "normal"}
    )  # fmt: skip
    details = probe(LOCATION, "video", ObjectFacts(duration=duration, fps=fps))
    order = SnapshotOrder(kind, params, "OSS", "", LOCATION, "t")
    assert details.duration == duration
    if time / 1000 >= duration:
        with pytest.raises(JobError):
            count_of(order, details, key_frames_only=False)
        return
    found = count_of(order, details, key_frames_only=False)
    frames_left = math.ceil((duration - time / 1000) * fps)
    assert 1 <= found <= max(1, frames_left)
    if interval:
        assert time / 1000 + (found - 1) * interval < duration
        if count is not None and found < min(count, frames_left):
            assert time / 1000 + found * interval >= duration
    elif count is not None:
        assert found == min(count, max(1, frames_left))
    key_frames = count_of(order, details, key_frames_only=True)
    assert 1 <= key_frames <= found
    assert intra or key_frames == found


# ---------------------------------------------------------------- jobs of registrations


def test_those_of_a_registration_are_shown_as_well(fake_ims: FakeIms, rpc: Rpc) -> None:
    config = '{"CoverConfig": {"StartTime": 1.5}}'
    media_id = rpc.register(URL, RegisterConfig=config, UserData='{"a": 1}').media_id
    assert rpc("ListSnapshotJobs").json["Jobs"] == [], "they begin after the analysis"
    fake_ims.settle()
    jobs = rpc("ListSnapshotJobs", OrderBy="CreateTimeAsc").json["Jobs"]
    assert [(job["Type"], job["Count"], job["TriggerSource"]) for job in jobs] == [
        ("Normal", 3, "Workflow"), ("Sprite", 9, "Workflow"), ("Normal", 1, "Workflow"),
    ]  # fmt: skip
    sprite, cover = (job_of(rpc, job["JobId"]) for job in jobs[1:])
    assert cover["Input"]["Media"] == media_id
    assert json.loads(cover["TemplateConfig"])["Time"] == 1500
    described = json.loads(rpc.get(media_id)["MediaBasicInfo"]["SpriteImages"])[0]
    assert described["iceJobId"] == sprite["JobId"]
    assert described["spriteRegular"] == sprite["Output"]["OssFile"]["Object"]
    assert urls_of(rpc, sprite["JobId"])[0] == int(described["tileCount"])
    shown = json.loads(rpc.get(media_id)["MediaBasicInfo"]["Snapshots"])
    objects = [urlsplit(url).path for url in shown]
    assert urls_of(rpc, jobs[0]["JobId"]) == (3, objects)


def test_those_of_a_registration_before_their_end(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id, "analysis")
    (job,) = rpc("ListSnapshotJobs").json["Jobs"]
    assert job["Status"] == "Init"
    assert "Count" not in job
    output = job["Output"]["Media"]
    fake_ims.complete(media_id, "snapshots")
    assert job_of(rpc, job["JobId"])["Output"]["Media"] == output


# ---------------------------------------------------------------- pages


def test_pages_of_urls(fake_ims: FakeIms, rpc: Rpc) -> None:
    job_id = submitted(rpc, Count=45, Interval=1)
    fake_ims.settle()
    names = [f"/dir/x-{number:05d}.jpg" for number in range(1, 46)]
    assert urls_of(rpc, job_id) == (45, names[:10])
    assert urls_of(rpc, job_id, OrderBy="Asc", PageNumber="2", PageSize="30") == (45, names[30:])
    assert urls_of(rpc, job_id, OrderBy="Desc", PageSize="2") == (45, names[:-3:-1])
    assert urls_of(rpc, job_id, PageNumber="6") == (45, [])
    assert urls_of(rpc, job_id, PageNumber="2147483647", PageSize="30") == (45, [])
    assert len(urls_of(rpc, job_id, PageSize="31")[1]) == 30
    assert len(urls_of(rpc, job_id, PageSize="0", PageNumber="-1")[1]) == 1


@pytest.mark.parametrize(
    ("timeout", "seconds"), [(None, 3600), ("129600", 129600), ("129601", 129600), ("0", 1)]
)
def test_urls_expire(timeout: str | None, seconds: int, fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("1970-01-01T00:00:00Z")
    job_id = submitted(rpc)
    fake_ims.jobs.complete(job_id)
    sent = {} if timeout is None else {"Timeout": timeout}
    for url in rpc("GetSnapshotUrls", JobId=job_id, **sent).json["SnapshotUrls"]:
        query = parse_qs(urlsplit(url).query)
        assert query.keys() == {"Expires", "OSSAccessKeyId", "Signature", "security-token"}
        assert query["Expires"] == [str(seconds)]


@pytest.mark.fake_ims(page_size_range="reject", auth_timeout_range="reject")
@pytest.mark.parametrize(
    ("name", "value"),
    [("PageSize", "31"), ("PageSize", "0"), ("PageNumber", "0"), ("Timeout", "129601")],
)
def test_out_of_range(name: str, value: str, fake_ims: FakeIms, rpc: Rpc) -> None:
    job_id = submitted(rpc)
    assert rpc("GetSnapshotUrls", JobId=job_id, **{name: value}).refusal == invalid(name)


def test_lists(fake_ims: FakeIms, rpc: Rpc) -> None:
    """Page by page, in both orders, whatever is submitted in between; by time and status."""
    fake_ims.clock.freeze("2026-01-31T12:00:00.5Z")
    ids = []
    for _ in range(45):
        ids.append(submitted(rpc))
        fake_ims.clock.advance("1s")
    first = rpc("ListSnapshotJobs").json
    assert [job["JobId"] for job in first["Jobs"]] == ids[:-21:-1]
    ids.append(submitted(rpc))
    token = first["NextPageToken"]
    second = rpc("ListSnapshotJobs", NextPageToken=token, PageSize="100").json
    assert [job["JobId"] for job in second["Jobs"]] == ids[24::-1]
    assert "NextPageToken" not in second
    between = {"StartOfCreateTime": "2026-01-31T12:00:02Z",
               "EndOfCreateTime": "2026-01-31T12:00:04Z"}  # fmt: skip
    found = rpc("ListSnapshotJobs", OrderBy="CreateTimeAsc", **between).json["Jobs"]
    assert [job["JobId"] for job in found] == ids[2:5]
    waiting = rpc("ListSnapshotJobs", Status="Init").json["Jobs"]
    assert {job["JobId"] for job in waiting} == {
        job.job_id for job in fake_ims.jobs.of("snapshot_job") if not job.ended
    }
    fake_ims.settle()
    assert rpc("ListSnapshotJobs", Status="Init").json["Jobs"] == []
    assert rpc("ListSnapshotJobs", JobId=NOBODY).json["Jobs"] == []
    only = rpc("ListSnapshotJobs", JobId=ids[3]).json["Jobs"]
    assert [job["JobId"] for job in only] == [ids[3]]


# ---------------------------------------------------------------- what is refused

GOOD = {
    "Input": json.dumps({"Type": "OSS", "Media": URL}),
    "Output": json.dumps({"Type": "OSS", "Media": OUTPUT}),
    "TemplateConfig": json.dumps({"TemplateId": TEMPLATE}),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_must_be_there(name: str, rpc: Rpc) -> None:
    sent = {each: value for each, value in GOOD.items() if each != name}
    reply = rpc("SubmitSnapshotJob", **sent)
    assert reply.refusal == (400, f"Missing{name}", f"{name} is mandatory for this action.")


BAD_FILES: list[Any] = [
    "text", 1, [], None, {}, {"Type": "OSS"}, {"Media": URL}, {"Type": "URL", "Media": URL},
    {"Type": "OSS", "Media": ""}, {"Type": "OSS", "Media": 5}, {"Type": "oss", "Media": URL},
    {"Type": "OSS", "Media": {"a": 1}}, {"Type": ["OSS"], "Media": URL},
    {"Type": "OSS", "Media": "ftp://b/a.mp4"}, {"Type": "OSS", "Media": "vod://" + "0" * 32},
    {"Type": "OSS", "Media": "oss://b/\x00"}, {"Type": "OSS", "Media": "https://example.com/a.mp4"},
    {"Type": "OSS", "Media": "http://b.oss-cn-shanghai.aliyuncs.com/%ff"},
]  # fmt: skip


@pytest.mark.parametrize("name", ["Input", "Output"])
@pytest.mark.parametrize("value", BAD_FILES, ids=str)
def test_files_that_cannot_be_read(name: str, value: Any, rpc: Rpc) -> None:
    sent = {**GOOD, name: json.dumps(value)}
    assert rpc("SubmitSnapshotJob", **sent).refusal == invalid(name)


@pytest.mark.parametrize("name", [*GOOD, "ScheduleConfig"])
@pytest.mark.parametrize("value", ["{", "no JSON", "[" * 5000, "NaN", '{"a": NaN}', "[1]", "中"])
def test_what_is_no_json_object(name: str, value: str, rpc: Rpc) -> None:
    assert rpc("SubmitSnapshotJob", **{**GOOD, name: value}).refusal == invalid(name)


@pytest.mark.parametrize(
    "overwrite",
    [
        {"Count": 0}, {"Count": -1}, {"Count": 1.5}, {"Count": True}, {"Count": "many"},
        {"Count": 1 << 31}, {"Count": [1]}, {"Interval": -1}, {"Time": -1}, {"Time": "1s"},
        {"Width": 0}, {"Height": "x"}, {"Type": "Cover"}, {"Type": "normal"}, {"Type": 1},
        {"FrameType": "I"}, {"IsSptFrag": "yes"}, {"IsSptFrag": 1}, {"SpriteSnapshotConfig": 1},
        {"SpriteSnapshotConfig": {"Columns": 0}}, {"SpriteSnapshotConfig": {"Lines": "ten"}},
        "text", [1],
    ],
    ids=str,
)  # fmt: skip
def test_parameters_that_cannot_be(overwrite: Any, rpc: Rpc) -> None:
    config = json.dumps({"TemplateId": TEMPLATE, "OverwriteParams": overwrite})
    sent = {**GOOD, "TemplateConfig": config}
    assert rpc("SubmitSnapshotJob", **sent).refusal == invalid("TemplateConfig")


@pytest.mark.parametrize("config", [{}, {"TemplateId": ""}, {"TemplateId": 5}])
def test_a_template_must_be_named(config: object, rpc: Rpc) -> None:
    sent = {**GOOD, "TemplateConfig": json.dumps(config)}
    assert rpc("SubmitSnapshotJob", **sent).refusal == invalid("TemplateConfig")


@pytest.mark.parametrize(
    ("kind", "place"),
    [("Sprite", "x-{Count}.jpg"), ("WebVtt", "x-{Count}.jpg"), ("Normal", "x.jpg"),
     ("WebVtt", "x.vtt.jpg"), ("Sprite", "x.vtt")],
)  # fmt: skip
def test_an_output_that_does_not_fit(kind: str, place: str, fake_ims: FakeIms, rpc: Rpc) -> None:
    reply = submit(rpc, URL, f"oss://b/{place}", Type=kind, Count=2)
    assert reply.refusal == invalid("Output")
    assert "{TileCount}" in fake_ims.calls[-1].note
    assert submit(rpc, URL, "oss://b/x.jpg", Type="Normal", Count=1).status == 200


def test_a_web_vtt_has_no_cells(rpc: Rpc) -> None:
    words: dict[str, Any] = {"Type": "WebVtt", "SpriteSnapshotConfig": {"Columns": 8}}
    assert submit(rpc, URL, "oss://b/x.vtt", **words).refusal == (
        400, "InvalidParameter.NotSupport",
        'Vtt snapshot does not support "SpriteSnapshotConfig" parameter',
    )  # fmt: skip
    assert rpc("ListSnapshotJobs").json["Jobs"] == []


@pytest.mark.parametrize("action", ["GetSnapshotJob", "GetSnapshotUrls"])
def test_jobs_that_are_not_there(action: str, fake_ims: FakeIms, rpc: Rpc) -> None:
    name = "JobId is mandatory for this action."
    no_id = (400, "MissingJobId", name) if action == "GetSnapshotJob" else missing("JobId")
    assert rpc(action).refusal == no_id
    media_info = rpc("SubmitMediaInfoJob", Input=GOOD["Input"]).json["MediaInfoJob"]["JobId"]
    for job_id in (NOBODY, "中", "x" * 9999, media_info):
        assert rpc(action, JobId=job_id).refusal == NOT_FOUND


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({"OrderBy": "Asc"}, invalid("OrderBy")),
        ({"Status": "Processing"}, invalid("Status")),
        ({"StartOfCreateTime": "2026-01-31"}, invalid("StartOfCreateTime")),
        ({"EndOfCreateTime": "yesterday"}, invalid("EndOfCreateTime")),
        ({"NextPageToken": "zz"}, invalid("NextPageToken")),
        ({"NextPageToken": "ab" * 16}, invalid("NextPageToken")),
        ({"PageSize": "x"}, (400, "InvalidPageSize", "Specified parameter PageSize is not valid.")),
    ],
    ids=str,
)
def test_lists_that_cannot_be(
    sent: dict[str, str], refusal: tuple[int, str, str], rpc: Rpc
) -> None:
    for action in ("ListSnapshotJobs", "ListMediaInfoJobs"):
        assert rpc(action, **sent).refusal == refusal


@pytest.mark.fake_ims(strict=True)
def test_strictly(fake_ims: FakeIms, rpc: Rpc) -> None:
    """Templates must be declared, UserData is JSON, buckets are of the region."""
    assert submit(rpc).refusal == invalid("TemplateConfig")
    fake_ims.declare(snapshot_templates={TEMPLATE: {"Count": 3}})
    assert submit(rpc).status == 200
    assert rpc("SubmitSnapshotJob", **GOOD, UserData="text").refusal == invalid("UserData")
    elsewhere = "http://b.oss-cn-beijing.aliyuncs.com/a-{Count}.mp4"
    assert submit(rpc, elsewhere).refusal == invalid("Input")
    assert submit(rpc, URL, elsewhere).refusal == invalid("Output")


# ---------------------------------------------------------------- how it is sent


def test_values_that_are_sent_one_by_one(fake_ims: FakeIms, rpc: Rpc) -> None:
    """As generic clients take nested values apart; they are known, and have an effect."""
    flat = {
        "Input.Type": "OSS", "Input.Media": URL, "Output.Type": "OSS", "Output.Media": OUTPUT,
        "TemplateConfig.TemplateId": TEMPLATE, "TemplateConfig.OverwriteParams.Count": "7",
        "TemplateConfig.OverwriteParams.Interval": "2", "ScheduleConfig.PipelineId": "p",
    }  # fmt: skip
    reply = rpc("SubmitSnapshotJob", **flat)
    assert reply.status == 200, reply
    fake_ims.settle()
    shown = job_of(rpc, reply.json["JobId"])
    assert (shown["Count"], shown["PipelineId"]) == (7, "p")
    assert fake_ims.calls[0].ignored == ()
    for name in ("Input.Type", "Output.Media", "TemplateConfig.TemplateId"):
        sent = {each: value for each, value in flat.items() if each != name}
        refusal = rpc("SubmitSnapshotJob", **sent).refusal
        assert refusal == invalid(name.partition(".")[0])
    deep = {**flat, "Input" + ".a" * 5000: "1"}
    assert rpc("SubmitSnapshotJob", **deep).status == 200
    odd = {**flat, "Input": GOOD["Input"], "Input.Media.x": "1", "Output..": "2", "Input.": "3"}
    assert rpc("SubmitSnapshotJob", **odd).status == 200


@pytest.mark.parametrize("user_data", ["text", "{", '{"NotifyAddress": 5}', "中" * 2000])
def test_any_user_data(user_data: str, fake_ims: FakeIms, rpc: Rpc) -> None:
    job_id = rpc("SubmitSnapshotJob", **GOOD, UserData=user_data, Name="名").json["JobId"]
    fake_ims.settle()
    shown = job_of(rpc, job_id)
    assert (shown["UserData"], shown["Name"]) == (user_data, "名")
    assert fake_ims.events[-1].message_body["UserData"] == user_data
