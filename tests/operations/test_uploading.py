"""Uploads: by a client to a place that it is given, or fetched from URLs."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

import pytest
from rpc import Reply, Rpc, invalid, missing

from fake_ims import FakeIms

START = "2026-01-31T12:00:00Z"
VIDEO = {"Type": "video", "Name": "clip", "Ext": "mp4"}
SOURCE = "https://example.com/videos/a b.mp4"
CALLBACK = '{"MessageCallback":{"CallbackURL":"http://127.0.0.1:9/hook"},"Extend":{"a":"b"}}'


def create(rpc: Rpc, info: object = VIDEO, **parameters: str) -> Reply:
    return rpc("CreateUploadMedia", FileInfo=json.dumps(info), **parameters)


def fetch(rpc: Rpc, *urls: str, **parameters: str) -> list[dict[str, str]]:
    text = ",".join(quote(url, safe="") for url in urls)
    reply = rpc("UploadMediaByURL", UploadURLs=text, **parameters)
    assert reply.status == 200, reply
    jobs: list[dict[str, str]] = reply.json["UploadJobs"]
    return jobs


def unpacked(text: str) -> dict[str, str]:
    document: dict[str, str] = json.loads(base64.b64decode(text))
    return document


def basic(rpc: Rpc, media_id: str) -> dict[str, Any]:
    shown: dict[str, Any] = rpc.get(media_id)["MediaBasicInfo"]
    return shown


def infos(rpc: Rpc, **query: str) -> tuple[list[dict[str, str]], list[str]]:
    answer = rpc("GetUrlUploadInfos", **query).json
    return answer["URLUploadInfoList"], answer["NonExists"]


# ---------------------------------------------------------------- by a client


def test_an_asset_waits_for_its_file(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze(START)
    answer = create(
        rpc, {**VIDEO, "Size": 108078336},
        MediaMetaData='{"Title": "t", "Description": "d", "Tags": "a,b", "CateId": 7, '
        '"BusinessType": "opening", "CoverURL": "http://example.com/c.png", "DynamicMetaData": {}}',
    ).json  # fmt: skip
    media_id = answer["MediaId"]
    assert list(answer) == [
        "RequestId", "FileURL", "MediaId", "MediaURL", "UploadAddress", "UploadAuth",
    ]  # fmt: skip
    shown = rpc.get(media_id)
    assert shown["FileInfoList"] == []
    for name, value in {
        "Status": "Init", "Title": "t", "Description": "d", "MediaTags": "a,b", "CateId": 7,
        "BusinessType": "opening", "CoverURL": "http://example.com/c.png", "MediaType": "video",
        "InputURL": answer["FileURL"], "CreateTime": START,
    }.items():  # fmt: skip
        assert shown["MediaBasicInfo"][name] == value
    assert fake_ims.settle() == ()
    assert basic(rpc, media_id)["Status"] == "Init"


def test_where_it_is_to_be_uploaded_and_with_what(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze(START)
    answer = create(rpc).json
    address, auth = unpacked(answer["UploadAddress"]), unpacked(answer["UploadAuth"])
    assert list(address) == ["Endpoint", "Bucket", "FileName"]
    assert address["Endpoint"] == "https://oss-cn-shanghai.aliyuncs.com"
    assert address["Bucket"].startswith("outin-")
    assert (
        answer["FileURL"]
        == answer["MediaURL"]
        == (f"http://{address['Bucket']}.oss-cn-shanghai.aliyuncs.com/{address['FileName']}")
    )
    assert address["FileName"].endswith(".mp4")
    assert all(auth.pop(name) for name in ("SecurityToken", "AccessKeyId", "AccessKeySecret"))
    assert auth == {
        "ExpireUTCTime": "2026-01-31T12:50:00Z", "Expiration": "3000", "Region": "cn-shanghai",
    }  # fmt: skip


@pytest.mark.fake_ims(vod_domain="cdn.example.com")
def test_behind_an_acceleration_domain(rpc: Rpc) -> None:
    answer = create(rpc).json
    assert answer["MediaURL"].startswith("https://cdn.example.com/sv/")


@pytest.mark.fake_ims(delay="2s", allow="undelivered")
def test_what_a_client_has_uploaded_is_analysed(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze(START)
    answer = create(rpc, UserData=CALLBACK, AppId="app-7").json
    media_id = answer["MediaId"]
    uploaded = fake_ims.upload(media_id, duration=12, width=640, size=5510872)
    assert uploaded.status == basic(rpc, media_id)["Status"] == "Preparing"
    (event,) = fake_ims.events
    assert (event.event_type, list(event.message_body.items())) == ("FileUploadComplete", [
        ("Status", "Success"), ("FileUrl", answer["FileURL"]), ("MediaId", media_id),
        ("AppId", "app-7"), ("Size", "5510872"), ("MediaType", "video"), ("UserData", CALLBACK),
    ])  # fmt: skip
    assert [callback.to for callback in fake_ims.callbacks] == ["http://127.0.0.1:9/hook"]
    fake_ims.callbacks.drop()  # nobody is there
    happened = [event.event_type for event in fake_ims.clock.advance("2s")]
    assert happened == ["VideoAnalysisComplete"]
    file = rpc.file_of(media_id)["FileBasicInfo"]
    assert (file["Width"], file["Duration"], file["FileSize"]) == ("640", "12.000000", "5510872")
    assert [each.event_type for each in fake_ims.settle()] == ["SnapshotComplete"] * 3


@pytest.mark.parametrize(
    ("file_type", "media_type", "event"),
    [
        ("audio", "audio", "FileUploadComplete"),
        ("image", "image", "ImageUploadComplete"),
        ("text", "text", "AttachedMediaUploadComplete"),
        ("other", "text", "AttachedMediaUploadComplete"),
    ],
)
def test_other_types_have_their_own_event(
    fake_ims: FakeIms, rpc: Rpc, file_type: str, media_type: str, event: str
) -> None:
    media_id = create(rpc, {"Type": file_type, "Name": "n", "Ext": "x"}).media_id
    fake_ims.upload(media_id)
    assert [each.event_type for each in fake_ims.events] == [event]
    fake_ims.settle()
    assert basic(rpc, media_id)["MediaType"] == media_type
    assert basic(rpc, media_id)["Status"] == "Normal"
    assert not fake_ims.events.of("RegisterMediaComplete")


def test_another_file_can_take_its_place(fake_ims: FakeIms, rpc: Rpc) -> None:
    first = create(rpc).json
    media_id = first["MediaId"]
    fake_ims.upload(media_id, width=640)
    fake_ims.complete(media_id, "snapshots")
    again = rpc("RefreshUploadMedia", MediaId=media_id).json
    assert again["MediaId"] == media_id
    assert list(again) == ["RequestId", "MediaId", "UploadAddress", "UploadAuth"]
    assert again["UploadAddress"] == first["UploadAddress"]
    fake_ims.upload(media_id, width=1280)
    assert basic(rpc, media_id)["Status"] == "Preparing"
    fake_ims.settle()
    assert rpc.file_of(media_id)["FileBasicInfo"]["Width"] == "1280"
    done = [job.kind for job in fake_ims.jobs.of(media_id=media_id) if job.finished_at]
    assert done.count("snapshots") == 2
    assert len({job.job_id for job in fake_ims.jobs.of("snapshots")}) == 2


def test_a_file_that_comes_twice_is_analysed_once(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = create(rpc).media_id
    fake_ims.upload(media_id)
    fake_ims.upload(media_id)
    fake_ims.settle()
    assert len(fake_ims.events.of("VideoAnalysisComplete")) == 1


def test_a_file_that_cannot_be_read_is_told(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = create(rpc).media_id
    fake_ims.upload(media_id, fails="broken")
    fake_ims.settle()
    assert basic(rpc, media_id)["Status"] == "PrepareFail"


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_reads_do_not_analyse_what_is_not_there(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = create(rpc).media_id
    assert [rpc.status(media_id) for _ in range(3)] == ["Init"] * 3
    fake_ims.upload(media_id)
    assert [rpc.status(media_id) for _ in range(2)] == ["Preparing", "Normal"]


def test_only_what_a_client_uploads_can_be_uploaded(fake_ims: FakeIms, rpc: Rpc) -> None:
    registered = rpc.register("oss://bucket/a.mp4").media_id
    with pytest.raises(ValueError, match="no client uploads its file"):
        fake_ims.upload(registered)
    with pytest.raises(KeyError, match="no asset has MediaId 'x'"):
        fake_ims.upload("x")
    with pytest.raises(TypeError, match="nothing of a file is called 'widht'; did you mean width"):
        fake_ims.upload(registered, widht=5)
    assert rpc("RefreshUploadMedia", MediaId=registered).refusal == invalid("MediaId")
    assert rpc("RefreshUploadMedia", MediaId="x").refusal == invalid("MediaId")
    assert rpc("RefreshUploadMedia").refusal == missing("MediaId")


def test_post_processing_names_a_workflow_and_a_target_a_bucket(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    bucket = "outin-0123456789abcdef.oss-cn-beijing.aliyuncs.com"
    answer = create(
        rpc, PostProcessConfig='{"ProcessType": "Workflow", "ProcessID": "w"}',
        UploadTargetConfig=json.dumps({"StorageType": "oss", "StorageLocation": bucket}),
    ).json  # fmt: skip
    assert fake_ims.assets[answer["MediaId"]].workflow_id == "w"
    assert answer["FileURL"].startswith(f"http://{bucket}/")
    other = create(rpc, PostProcessConfig='{"ProcessType": "Other", "ProcessID": "w"}').media_id
    assert fake_ims.assets[other].workflow_id is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FileInfo", "x"),
        ("FileInfo", "[]"),
        ("FileInfo", "{}"),
        ("FileInfo", '{"Type": "film", "Name": "n", "Ext": "mp4"}'),
        ("FileInfo", '{"Type": "video", "Name": 5, "Ext": "mp4"}'),
        ("FileInfo", '{"Type": "video", "Name": "n", "Ext": ""}'),
        ("FileInfo", '{"Type": "video", "Name": "n", "Ext": "a/../b"}'),
        ("MediaMetaData", "x"),
        ("MediaMetaData", '{"Title": ["t"]}'),
        ("MediaMetaData", '{"Title": "\\ud800"}'),
        ("MediaMetaData", json.dumps({"Title": "媒" * 43})),
        ("MediaMetaData", '{"CateId": "seven"}'),
        ("MediaMetaData", json.dumps({"Tags": ",".join("abcdefghijklmnopq")})),
        ("PostProcessConfig", "w"),
        ("UploadTargetConfig", '{"StorageType": "nas"}'),
        ("UploadTargetConfig", '{"StorageLocation": "mine.oss-cn-shanghai.aliyuncs.com"}'),
        ("UploadTargetConfig", '{"StorageLocation": 7}'),
        ("UserData", "{"),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_created(
    fake_ims: FakeIms, rpc: Rpc, name: str, value: str
) -> None:
    sent = {"FileInfo": json.dumps(VIDEO), name: value}
    assert rpc("CreateUploadMedia", **sent).refusal == invalid(name)
    assert len(fake_ims.assets) == 0


def test_a_file_must_be_described(rpc: Rpc) -> None:
    assert rpc("CreateUploadMedia").refusal == missing("FileInfo")


def test_a_title_is_the_files_name_as_far_as_it_can_be(rpc: Rpc) -> None:
    media_id = create(rpc, {**VIDEO, "Name": "媒" * 99}).media_id
    assert basic(rpc, media_id)["Title"] == "媒" * 42


# ---------------------------------------------------------------- from URLs


@pytest.mark.fake_ims(delay="2s", job_delays={"url_upload": "3s"})
def test_what_is_fetched_is_an_asset_from_the_beginning(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze(START)
    (job,) = fetch(rpc, SOURCE, UserData='{"a": 1}')
    assert list(job) == ["JobId", "MediaId", "SourceURL"]
    assert job["SourceURL"] == SOURCE
    assert basic(rpc, job["MediaId"])["Status"] == "Preparing"
    seen = []
    for step in ("1.5s", "1us", "1.499999s", "2s"):
        happened = [event.event_type for event in fake_ims.clock.advance(step)]
        ((info,), none) = infos(rpc, JobIds=job["JobId"])
        assert none == []
        seen.append((happened, info["Status"], basic(rpc, job["MediaId"])["Status"]))
    assert seen == [
        ([], "PENDING", "Preparing"),
        ([], "PROCESSING", "Preparing"),
        (["UploadByURLComplete"], "SUCCESS", "Preparing"),
        (["VideoAnalysisComplete"], "SUCCESS", "Normal"),
    ]
    file = rpc.file_of(job["MediaId"])["FileBasicInfo"]
    assert info == {
        "CompleteTime": "2026-01-31T12:00:03Z", "CreationTime": START, "ErrorCode": "200",
        "ErrorMessage": "Success", "FileSize": file["FileSize"], "JobId": job["JobId"],
        "MediaId": job["MediaId"], "Status": "SUCCESS", "UploadURL": SOURCE,
        "UserData": '{"a": 1}',
    }  # fmt: skip
    (event,) = fake_ims.events.of("UploadByURLComplete")
    assert list(event.message_body.items()) == [
        ("Status", "Success"), ("MediaId", job["MediaId"]), ("JobId", job["JobId"]),
        ("SourceURL", SOURCE), ("Size", file["FileSize"]), ("UserData", '{"a": 1}'),
    ]  # fmt: skip


def test_a_url_of_oss_brings_what_is_said_of_its_object(fake_ims: FakeIms, rpc: Rpc) -> None:
    source = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4"
    fake_ims.objects.put(source, duration=12, size=1000)
    (job,) = fetch(rpc, source)
    fake_ims.settle()
    file = rpc.file_of(job["MediaId"])["FileBasicInfo"]
    assert (file["Duration"], file["FileSize"]) == ("12.000000", "1000")


def test_a_url_that_cannot_be_fetched(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.jobs.expect("url_upload", fails="cannot be downloaded", code="URLInvalidError",
                         url="https://example.com/*")  # fmt: skip
    failing, other = fetch(rpc, SOURCE, "https://example.org/b.mp3")
    fake_ims.settle()
    assert basic(rpc, failing["MediaId"])["Status"] == "PrepareFail"
    assert basic(rpc, other["MediaId"])["Status"] == "Normal"
    ((info,), _) = infos(rpc, JobIds=failing["JobId"])
    assert (info["Status"], info["ErrorCode"]) == ("FAIL", "URLInvalidError")
    assert "FileSize" not in info
    failed = fake_ims.events.of("UploadByURLComplete", media_id=failing["MediaId"])[0]
    assert failed.message_body["ErrorMessage"] == "cannot be downloaded"
    assert not fake_ims.events.of("VideoAnalysisComplete", media_id=failing["MediaId"])


def test_metadata_is_of_the_url_that_it_names(rpc: Rpc) -> None:
    described = [{"SourceURL": SOURCE, "Title": "mine", "Tags": "a"},
                 {"SourceURL": quote("https://example.com/none", safe=""), "FileExtension": "mp3",
                  "Title": "other"}, {"Title": "of none"}]  # fmt: skip
    jobs = fetch(rpc, SOURCE, "https://example.com/none", MediaMetaData=json.dumps(described))
    shown = [basic(rpc, job["MediaId"]) for job in jobs]
    assert [(each["Title"], each["MediaType"]) for each in shown] == [
        ("mine", "video"), ("other", "audio"),
    ]  # fmt: skip
    assert shown[1]["InputURL"].endswith(".mp3")


@pytest.mark.parametrize(
    "urls",
    [
        "https://example.com/a", "https://example.com/a.png", "https://example.com", "a.mp4",
        "ftp://example.com/a.mp4", ",", "https://example.com/a.mp4,https://example.com/b.jpg",
        ",".join(f"https://example.com/{number}.mp4" for number in range(21)),
    ],
)  # fmt: skip
def test_what_cannot_be_fetched_is_refused_whole(fake_ims: FakeIms, rpc: Rpc, urls: str) -> None:
    assert rpc("UploadMediaByURL", UploadURLs=urls).refusal == invalid("UploadURLs")
    assert len(fake_ims.assets) == len(fake_ims.jobs) == 0


@pytest.mark.parametrize("value", ["5", '["x"]', '[{"Title": {}}]', '[{"CateId": "x"}]', "{"])
def test_wrong_metadata_is_refused(fake_ims: FakeIms, rpc: Rpc, value: str) -> None:
    reply = rpc("UploadMediaByURL", UploadURLs=SOURCE, MediaMetaData=value)
    assert reply.refusal == invalid("MediaMetaData")
    assert len(fake_ims.assets) == 0
    assert rpc("UploadMediaByURL").refusal == missing("UploadURLs")


def test_an_asset_that_is_deleted_meanwhile_is_not_fetched(fake_ims: FakeIms, rpc: Rpc) -> None:
    (job,) = fetch(rpc, SOURCE)
    fake_ims.delete(job["MediaId"])
    assert [event.event_type for event in fake_ims.settle()] == []
    ((info,), _) = infos(rpc, JobIds=job["JobId"])
    assert (info["Status"], info["ErrorCode"]) == ("FAIL", "ResourceNotFound")


def test_uploads_are_found_by_their_urls(fake_ims: FakeIms, rpc: Rpc) -> None:
    first, other = fetch(rpc, SOURCE, "https://example.com/b.mp3")
    (again,) = fetch(rpc, SOURCE)
    fake_ims.settle()
    unknown = "https://example.com/none.mp4"
    found, none = infos(rpc, UploadURLs=",".join(quote(url, safe="") for url in (SOURCE, unknown)))
    assert [info["JobId"] for info in found] == [first["JobId"], again["JobId"]]
    assert none == [unknown]
    sprite = fake_ims.jobs.of("sprite")[0].job_id  # which is no upload
    found, none = infos(rpc, JobIds=f"{other['JobId']},x,{sprite}", UploadURLs="nonsense")
    assert ([info["UploadURL"] for info in found], none) == (
        ["https://example.com/b.mp3"], ["x", sprite],
    )  # fmt: skip
    assert rpc("GetUrlUploadInfos").refusal == missing("JobIds")
    many = ",".join(map(str, range(11)))
    assert rpc("GetUrlUploadInfos", JobIds=many).refusal == invalid("JobIds")
    assert rpc("GetUrlUploadInfos", UploadURLs=many).refusal == invalid("UploadURLs")


@pytest.mark.fake_ims(completion="reads", reads=1)
def test_by_reads_an_upload_ends_when_it_has_been_looked_at(rpc: Rpc) -> None:
    (job,) = fetch(rpc, SOURCE)
    seen = [infos(rpc, JobIds=job["JobId"])[0][0]["Status"] for _ in range(2)]
    assert seen[1] == "SUCCESS"
    assert seen[0] in ("PENDING", "PROCESSING")
