"""Snapshots, sprite and cover, which follow the analysis of a video, and how they show."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from alone import ALONE
from rpc import Rpc, invalid

from fake_ims import FakeIms, SettingError

URL = "oss://bucket/dir/a.mp4"
START = "2026-01-31T12:00:00Z"
DELAYS = {"snapshots": "1s", "sprite": "2s", "cover": "4s"}
SNAPSHOTS = ["snapshots", "sprite", "cover"]


def kinds(ims: FakeIms, media_id: str) -> list[str]:
    return [job.kind for job in ims.jobs.of(media_id=media_id)]


def basic(rpc: Rpc, media_id: str) -> dict[str, Any]:
    shown = rpc.get(media_id)["MediaBasicInfo"]
    assert isinstance(shown, dict)
    return shown


def config(**keys: object) -> dict[str, str]:
    return {"RegisterConfig": json.dumps(keys)}


# ---------------------------------------------------------------- which, and when


@pytest.mark.fake_ims(delay="2s", job_delays=DELAYS)
def test_they_follow_one_another_on_the_worlds_clock(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze(START)
    media_id = rpc.register(URL).media_id
    seen = []
    for step in ("1.999999s", "1us", "1s", "2s", "3.999999s", "1us"):
        happened = [event.event_type for event in fake_ims.clock.advance(step)]
        shown = [
            name
            for name in ("Snapshots", "SpriteImages", "CoverURL")
            if name in basic(rpc, media_id)
        ]
        seen.append((happened, shown))
    assert seen == [
        ([], []),
        (["RegisterMediaComplete", "VideoAnalysisComplete"], []),
        (["SnapshotComplete"], ["Snapshots"]),
        (["SnapshotComplete"], ["Snapshots", "SpriteImages"]),
        ([], ["Snapshots", "SpriteImages"]),
        (["SnapshotComplete"], ["Snapshots", "SpriteImages", "CoverURL"]),
    ]
    assert fake_ims.settle() == ()


@pytest.mark.parametrize("false", [False, "false", "False"])
@pytest.mark.parametrize(
    ("flags", "left"),
    [
        (["NeedSnapshot"], ["sprite", "cover"]),
        (["NeedSprite"], ["snapshots", "cover"]),
        (["NeedSnapshot", "NeedSprite"], ["cover"]),
    ],
)
def test_flags_leave_them_out(
    fake_ims: FakeIms, flags: list[str], left: list[str], false: object
) -> None:
    asset = fake_ims.register(InputURL=URL, **config(**dict.fromkeys(flags, false)))
    fake_ims.settle()
    assert kinds(fake_ims, asset.media_id) == left


@pytest.mark.parametrize(
    "keys",
    [
        {"NeedSnapshot": True, "NeedSprite": "true"},
        {"NeedSnapshot": "no", "NeedSprite": 0},  # neither is documented: as if not sent
        {"needsnapshot": "false", "Whatever": {"a": 1}},
        {"CoverConfig": {"StartTime": "soon"}},
        {"CoverConfig": {"StartTime": [1]}},
        {"CoverConfig": "first"},
        {"CoverConfig": None, "SearchLibName": 5},
        {"CoverConfig": {"StartTime": True}},
        {"CoverConfig": {"StartTime": -1}},
        {"CoverConfig": {"StartTime": "9" * 999}},
    ],
)
def test_other_values_leave_nothing_out_and_strictly_are_refused(
    fake_ims: FakeIms, rpc: Rpc, keys: dict[str, object]
) -> None:
    asset = fake_ims.register(InputURL=URL, **config(**keys))
    fake_ims.settle()
    assert kinds(fake_ims, asset.media_id) == SNAPSHOTS
    assert fake_ims.jobs.of("cover")[0].result.start == 0.0
    with FakeIms(strict=True) as strict:
        reply = Rpc(strict).register(URL, **config(**keys))
        right = keys.keys() <= {"NeedSnapshot", "NeedSprite"} and True in keys.values()
        assert reply.status == 200 if right else reply.refusal == invalid("RegisterConfig")


@pytest.mark.parametrize("url", ["oss://b/a.mp3", "oss://b/a.png", "oss://b/a.srt"])
def test_only_videos_have_them(fake_ims: FakeIms, rpc: Rpc, url: str) -> None:
    media_id = rpc.register(url).media_id
    fake_ims.settle()
    assert kinds(fake_ims, media_id) == []
    assert not {"Snapshots", "SpriteImages", "CoverURL"} & basic(rpc, media_id).keys()


def test_a_video_of_vod_has_them_in_the_bucket_of_vod(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register("vod://20b48fb04483915d4f2cd8ac00000000").media_id
    fake_ims.settle()
    urls = json.loads(basic(rpc, media_id)["Snapshots"])
    host = rpc.file_of(media_id)["FileBasicInfo"]["FileUrl"].split("/")[2]
    assert host.startswith("outin-")
    assert {url.split("/")[2] for url in urls} == {host}


def test_nothing_follows_an_analysis_that_failed(fake_ims: FakeIms) -> None:
    fake_ims.objects.put(URL, fails="gone")
    asset = fake_ims.register(InputURL=URL)
    assert [event.event_type for event in fake_ims.settle()] == [
        "RegisterMediaComplete", "VideoAnalysisComplete",
    ]  # fmt: skip
    assert (fake_ims.assets[asset.media_id].status, len(fake_ims.jobs)) == ("PrepareFail", 0)


@pytest.mark.parametrize("end", ["delete", "overwrite"])
def test_they_end_with_their_asset_and_leave_nothing_behind(fake_ims: FakeIms, end: str) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.complete(media_id, "snapshots")
    assert kinds(fake_ims, media_id) == ["snapshots", "sprite"]
    if end == "delete":
        fake_ims.delete(media_id)
    else:
        fake_ims.register(InputURL=URL, Overwrite=True, **ALONE)
    happened = fake_ims.settle()
    assert media_id not in {event.media_id for event in happened}
    assert len(fake_ims.jobs) == len(fake_ims.world.queue) == 0


# ---------------------------------------------------------------- how they show


def test_urls_are_signed_and_name_each_picture(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register("https://other.oss-cn-beijing.aliyuncs.com/a%20b.mp4").media_id
    fake_ims.settle()
    shown = basic(rpc, media_id)
    job = fake_ims.jobs.of("snapshots")[0]
    begin = f"http://other.oss-cn-beijing.aliyuncs.com/{media_id}/snapshots/normal/"
    urls = json.loads(shown["Snapshots"])
    assert [url.partition("?")[0] for url in urls] == [
        f"{begin}{job.job_id[:8].upper()}-{number:05}.jpg" for number in (1, 2, 3)
    ]
    for url in (*urls, shown["CoverURL"]):
        names = [pair.partition("=")[0] for pair in url.partition("?")[2].split("&")]
        assert names == ["Expires", "OSSAccessKeyId", "Signature", "security-token"]


def test_sprite_images_have_the_shape_of_the_example(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, duration=2009.5)
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    (sprite,) = json.loads(basic(rpc, media_id)["SpriteImages"])
    job = fake_ims.jobs.of("sprite")[0]
    path = f"{media_id}/snapshots/sprite/{job.job_id[:8].upper()}"
    assert list(sprite) == [
        "bucket", "count", "iceJobId", "location", "snapshotRegular", "spriteRegular",
        "templateId", "tileCount",
    ]  # fmt: skip
    assert sprite.pop("templateId").isalnum()
    assert sprite == {
        "bucket": "bucket", "count": "201", "iceJobId": job.job_id, "tileCount": "3",
        "location": "oss-cn-shanghai", "snapshotRegular": f"{path}-{{Count}}.jpg",
        "spriteRegular": f"{path}-{{TileCount}}.jpg",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "single", "many"),
    [("documented", "urls", "job"), ("urls", "urls", "urls"), ("job", "job", "job")],
)
def test_snapshots_have_one_of_the_two_documented_shapes(
    setting: str, single: str, many: str
) -> None:
    with FakeIms(snapshots_shape=setting) as ims:
        rpc = Rpc(ims)
        media_id = rpc.register(URL, Title="t").media_id
        ims.settle()

        def shape(item: Any) -> str:
            document = json.loads(item["MediaBasicInfo"]["Snapshots"])
            return "urls" if isinstance(document[0], str) else "job"

        assert shape(rpc.get(media_id)) == single
        batch = rpc("BatchGetMediaInfos", MediaIds=media_id).json["MediaInfos"]
        listed = rpc("ListMediaBasicInfos").json["MediaInfos"]
        found = rpc("SearchMedia", Match="title = 't'").json["MediaInfoList"]
        assert [shape(items[0]) for items in (batch, listed, found)] == [single, many, many]
        if many == "job":
            (told,) = json.loads(listed[0]["MediaBasicInfo"]["Snapshots"])
            assert list(told) == [
                "bucket", "count", "iceJobId", "location", "snapshotRegular", "templateId",
            ]  # fmt: skip
            assert (told["count"], told["iceJobId"]) == ("3", ims.jobs.of("snapshots")[0].job_id)


def test_a_cover_that_is_given_counts(fake_ims: FakeIms, rpc: Rpc) -> None:
    given = "http://example.com/cover.png"
    media_id = rpc.register(URL, CoverURL=given).media_id
    later = rpc.register("oss://bucket/b.mp4").media_id
    fake_ims.settle()
    assert kinds(fake_ims, media_id) == ["snapshots", "sprite"]
    made = basic(rpc, later)["CoverURL"]
    assert "/snapshots/cover/" in made
    rpc("UpdateMediaInfo", MediaId=later, CoverURL=given)
    assert basic(rpc, media_id)["CoverURL"] == basic(rpc, later)["CoverURL"] == given


@pytest.mark.parametrize("start", [1.5, "1.5"])
def test_a_cover_is_taken_where_cover_config_says(fake_ims: FakeIms, start: object) -> None:
    fake_ims.register(InputURL=URL, **config(CoverConfig={"StartTime": start}))
    fake_ims.settle()
    (cover,) = fake_ims.jobs.of("cover")
    assert (cover.result.start, cover.result.total) == (1.5, 1)


def test_what_was_made_does_not_count_as_a_change(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id, "analysis")
    before = basic(rpc, media_id)["ModifiedTime"]
    fake_ims.settle()
    assert basic(rpc, media_id)["ModifiedTime"] == before


# ---------------------------------------------------------------- the event


def test_the_event_tells_what_was_made(fake_ims: FakeIms) -> None:
    fake_ims.objects.put(URL, duration=95)
    media_id = fake_ims.register(InputURL=URL, UserData='{"a":1}').media_id
    fake_ims.settle()
    told = [event.message_body for event in fake_ims.events.of("SnapshotComplete")]
    for body, job in zip(told, fake_ims.jobs.of(media_id=media_id), strict=True):
        (info,) = body["SnapshotInfos"]
        assert (body["Status"], body["MediaId"], body["UserData"]) == (
            "Success",
            media_id,
            '{"a":1}',
        )
        assert list(info) == [
            "Status", "SnapshotType", "SnapshotCount", "SnapshotFormat", "SnapshotRegular", "JobId",
        ]  # fmt: skip
        assert info["JobId"] == job.job_id
        assert info["SnapshotRegular"] == (
            f"http://bucket.oss-cn-shanghai.aliyuncs.com/{info['SnapshotFormat']}"
        )
        assert info["SnapshotFormat"].endswith("-{SnapshotCount}.jpg")
    assert [body["SnapshotInfos"][0]["SnapshotType"] for body in told] == [
        "NormalSnapshot", "SpriteSnapshot", "CoverSnapshot",
    ]  # fmt: skip
    assert [body["SnapshotInfos"][0]["SnapshotCount"] for body in told] == [3, 1, 1]
    assert ["CoverUrl" in body for body in told] == [False, False, True]
    assert told[2]["CoverUrl"] == told[2]["SnapshotInfos"][0]["SnapshotRegular"].replace(
        "{SnapshotCount}", "00001"
    )


def test_the_event_of_a_failure_tells_why(fake_ims: FakeIms) -> None:
    fake_ims.jobs.expect("sprite", fails="no such frame", code="InvalidParameter")
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.settle()
    (_, failed, _) = fake_ims.events.of("SnapshotComplete")
    job = fake_ims.jobs.of("sprite")[0]
    assert dict(failed.message_body) == {
        "Status": "Fail", "MediaId": media_id,
        "SnapshotInfos": [
            {"Status": "Fail", "SnapshotType": "SpriteSnapshot", "JobId": job.job_id}
        ],
        "ErrorCode": "InvalidParameter", "ErrorMessage": "no such frame",
    }  # fmt: skip


# ---------------------------------------------------------------- bending them


@pytest.mark.parametrize("failing", SNAPSHOTS)
@pytest.mark.parametrize("how", ["setting", "url", "pattern", "asset", "by hand"])
def test_each_can_fail_alone(failing: str, how: str) -> None:
    with FakeIms(job_failures=failing if how == "setting" else ()) as ims:
        media_id = ims.register(InputURL=URL).media_id
        if how == "url":
            ims.jobs.expect(
                failing, fails="broken", url="https://bucket.oss-cn-shanghai.aliyuncs.com/dir/a.mp4"
            )
        elif how == "pattern":
            ims.jobs.expect(failing, fails="broken", url="oss://bucket/*")
        elif how == "asset":
            ims.jobs.expect(failing, fails="broken", media_id=media_id)
        if how == "by hand":
            ims.fail(media_id, "broken", failing)
        ims.settle()
        failed = {job.kind for job in ims.jobs.of(media_id=media_id) if job.failure}
        assert failed == {failing}
        assert kinds(ims, media_id) == SNAPSHOTS
        made = ims.assets[media_id].made
        assert {kind for kind in SNAPSHOTS if getattr(made, kind) is None} == {failing}
        assert ims.assets[media_id].status == "Normal"


@pytest.mark.parametrize("how", ["setting", "url", "pattern", "asset", "fault", "by hand"])
def test_an_analysis_can_fail_as_a_job_can(how: str) -> None:
    with FakeIms(job_failures="analysis" if how == "setting" else ()) as ims:
        media_id = ims.register(InputURL=URL).media_id
        if how == "url":
            ims.jobs.expect("analysis", fails="broken", url="oss://bucket/dir/a.mp4")
        elif how == "pattern":
            ims.jobs.expect("analysis", fails="broken", url="oss://bucket/*")
        elif how == "asset":
            ims.jobs.expect("analysis", fails="broken", media_id=media_id)
        elif how == "fault":
            ims.jobs.expect("analysis", fails="broken", times=1)
        elif how == "by hand":
            ims.fail(media_id, "broken", "analysis")
        ims.settle()
        asset = ims.assets[media_id]
        assert asset.status == "PrepareFail"
        assert asset.failure == "broken" or how == "setting"
        assert len(ims.jobs) == 0
        other = ims.register(InputURL="oss://other/b.mp4").media_id
        ims.settle()
        assert ims.assets[other].status == ("PrepareFail" if how == "setting" else "Normal")


@pytest.mark.parametrize("said", [{"takes": "1s"}, {"result": "x"}])
def test_of_an_analysis_only_a_failure_is_expected(fake_ims: FakeIms, said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="of an analysis only that it fails"):
        fake_ims.jobs.expect("analysis", **said)


@pytest.mark.fake_ims(job_failures="analysis")
def test_complete_makes_it_a_success_all_the_same(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    assert fake_ims.complete(media_id).status == "Normal"


def test_what_is_expected_is_of_its_asset_or_file_alone_and_so_often(fake_ims: FakeIms) -> None:
    other = fake_ims.register(InputURL="oss://bucket/other.mp4").media_id
    with fake_ims.jobs.expect("cover", fails="x", url="oss://bucket/dir/*", times=1) as expected:
        for number in range(3):
            fake_ims.register(InputURL=f"oss://bucket/dir/{number}.mp4")
        fake_ims.settle()
        assert "0 times more" in repr(expected)
    failed = [job for job in fake_ims.jobs.of("cover") if job.failure]
    assert len(failed) == 1
    assert failed[0].media_id != other


def test_the_latest_that_covers_a_job_counts_and_it_ends_with_its_block(fake_ims: FakeIms) -> None:
    fake_ims.jobs.expect("snapshots", takes="1h")
    with fake_ims.jobs.expect("snapshots", takes=7):
        first = fake_ims.register(InputURL=URL)
        fake_ims.complete(first.media_id, "analysis")
    second = fake_ims.register(InputURL="oss://bucket/b.mp4")
    fake_ims.complete(second.media_id, "analysis")
    taken = [(job.due or 0) - job.submitted_at for job in fake_ims.jobs.of("snapshots")]
    assert taken == [7_000_000, 3_600_000_000]


@pytest.mark.fake_ims(job_failures="cover")
def test_what_only_says_how_long_jobs_take_does_not_say_how_they_end(fake_ims: FakeIms) -> None:
    fake_ims.jobs.expect("cover", takes="7s")
    fake_ims.register(InputURL=URL)
    fake_ims.settle()
    assert fake_ims.jobs.of("cover")[0].failure is not None


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"kind": "snapshot", "fails": "x"}, "no kind of job is called 'snapshot'; did you mean"),
        ({"kind": "cover"}, "say what shall come"),
        ({"kind": "cover", "fails": "x", "result": "y"}, "a job that fails has no result"),
        ({"kind": "cover", "fails": "x", "times": 0}, "at least 1"),
        ({"kind": "cover", "takes": "-1s"}, "no less than nothing"),
        ({"kind": "cover", "result": "y"}, "what comes of cover jobs cannot be given"),
    ],
)
def test_an_expectation_that_makes_no_sense_is_refused(
    fake_ims: FakeIms, said: dict[str, Any], error: str
) -> None:
    with pytest.raises(ValueError, match=error):
        fake_ims.jobs.expect(**said)
    assert len(fake_ims.world.jobs.expectations) == 0


# ---------------------------------------------------------------- by hand, by reads, at once


@pytest.mark.fake_ims(completion="hand")
def test_by_hand_each_stage_ends_when_it_is_told(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    assert fake_ims.clock.advance("1h") == ()
    for done in (1, 2, 3):
        fake_ims.complete(media_id, ["analysis", *SNAPSHOTS][done - 1])
        assert kinds(fake_ims, media_id) == SNAPSHOTS[:done]
        assert fake_ims.clock.advance("1h") == ()
    fake_ims.jobs.complete(fake_ims.jobs.of("cover")[0].job_id)
    assert fake_ims.assets[media_id].made.cover is not None
    assert len(fake_ims.world.queue) == 0


@pytest.mark.parametrize("completion", ["time", "hand", "reads"])
def test_complete_ends_all_that_follows(completion: str) -> None:
    with FakeIms(completion=completion) as ims:
        media_id = ims.register(InputURL=URL).media_id
        ims.complete(media_id)
        assert [job.failure for job in ims.jobs.of(media_id=media_id)] == [None] * 3
        assert len(ims.world.queue) == 0


@pytest.mark.fake_ims(job_failures=("snapshots", "sprite", "cover"))
def test_by_hand_all_is_a_success_unless_it_is_told_to_fail(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.complete(media_id)
    assert [job.failure for job in fake_ims.jobs.of(media_id=media_id)] == [None] * 3


def test_fail_lets_what_is_pending_fail_and_the_rest_goes_on(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.complete(media_id, "analysis")
    fake_ims.fail(media_id, "no disk")
    (snapshots, sprite) = fake_ims.jobs.of(media_id=media_id)
    assert snapshots.failure is not None
    assert (snapshots.failure.message, sprite.ended) == ("no disk", False)
    with pytest.raises(ValueError, match="no snapshots comes of it, only sprite, cover"):
        fake_ims.complete(media_id, "snapshots")


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_by_reads_all_is_there_with_the_analysis(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    assert [rpc.status(media_id) for _ in range(2)] == ["Preparing", "Normal"]
    assert {"Snapshots", "SpriteImages", "CoverURL"} <= basic(rpc, media_id).keys()


@pytest.mark.fake_ims(delay=0, job_delays="sprite=5s")
def test_without_delay_only_what_is_named_takes_time(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze(START)
    media_id = rpc.register(URL).media_id
    assert kinds(fake_ims, media_id) == ["snapshots", "sprite"]
    assert [event.event_time[-3:] for event in fake_ims.settle()] == ["05Z", "05Z"]


@pytest.mark.parametrize(
    "value", ["snapshot=1s", "snapshots", "snapshots=-1s", "snapshots=soon", 5, {"nobody": 1}]
)
def test_delays_of_jobs_are_checked(value: object) -> None:
    with pytest.raises(SettingError, match="job_delays does not take"):
        FakeIms(job_delays=value)


def test_delays_of_jobs_are_written_as_they_are_read() -> None:
    with FakeIms(job_delays="sprite=1s..2s, cover=3") as ims:
        text = str(ims.settings.job_delays)
        assert text == "sprite=1s..2s cover=3s"
        assert ims.settings.replace(job_delays=text).job_delays == ims.settings.job_delays


# ---------------------------------------------------------------- what is drawn


def test_ids_and_delays_are_of_the_seed_and_move_no_other_draw() -> None:
    def story(look: Callable[[FakeIms], object], **parameters: str) -> tuple[list[str], list[int]]:
        with FakeIms(seed=7) as ims:
            ims.clock.freeze(START)
            ids = []
            for number in range(3):
                url = f"oss://bucket/{number}.mp4"
                ids.append(ims.register(InputURL=url, **parameters).media_id)
                look(ims)
            ims.settle()
            return ids, [event.at for event in ims.events.of("RegisterMediaComplete")]

    plain = story(lambda ims: None)
    assert story(FakeIms.settle)[0] == plain[0]
    assert story(lambda ims: None, **ALONE) == plain
    with FakeIms(seed=7) as one, FakeIms(seed=7) as two:
        for ims in (one, two):
            ims.clock.freeze(START)
            ims.register(InputURL=URL)
            ims.settle()
        assert repr(one.jobs) == repr(two.jobs)


# ---------------------------------------------------------------- the Python side


def test_jobs_are_shown_in_python(fake_ims: FakeIms) -> None:
    assert (len(fake_ims.jobs), repr(fake_ims.jobs)) == (0, "<0 jobs>")
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.settle()
    jobs = fake_ims.jobs.of(media_id=media_id)
    assert list(fake_ims.jobs) == [job.job_id for job in jobs]
    assert fake_ims.jobs[jobs[0].job_id] == jobs[0]
    assert jobs[0].job_id in fake_ims.jobs
    assert "x" not in fake_ims.jobs
    assert repr(fake_ims.jobs) == repr(jobs)
    assert (
        repr(jobs).splitlines()[1].startswith(f"  <job {jobs[0].job_id} snapshots of {media_id} ")
    )
    with pytest.raises(KeyError, match="no job has the id 'x'"):
        fake_ims.jobs["x"]
    with pytest.raises(KeyError, match="no job has the id 'x'"):
        fake_ims.jobs.complete("x")
    with pytest.raises(ValueError, match="it has ended"):
        fake_ims.jobs.fail(jobs[0].job_id)
    with pytest.raises(ValueError, match="no kind of job is called 'spirte'; did you mean sprite"):
        fake_ims.jobs.of("spirte")
    with fake_ims.scratch():
        assert len(fake_ims.jobs) == 0


def test_pending_jobs_are_in_the_timeline(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.complete(media_id, "snapshots")
    assert fake_ims.timeline(media_id)[-1].what.startswith("sprite is due ")


def test_each_job_is_in_the_timeline_before_its_event(fake_ims: FakeIms) -> None:
    fake_ims.jobs.expect("sprite", fails="no\nframe")
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.settle()
    story = [moment.what for moment in fake_ims.timeline(media_id)]
    assert story == [
        "registered", "RegisterMediaComplete Success: analysed, Normal",
        "VideoAnalysisComplete Success", "snapshots done", "SnapshotComplete Success",
        "sprite failed: 'no\\nframe'", "SnapshotComplete Fail", "cover done",
        "SnapshotComplete Success",
    ]  # fmt: skip
