"""GetMediaInfo's answer against the documented tree: every name, every type, nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from rpc import Rpc

from fake_ims import FakeIms

BASIC_INFO = dict.fromkeys(
    (
        "MediaId", "InputURL", "MediaType", "BusinessType", "Source", "Title", "Description",
        "Category", "CateName", "MediaTags", "CoverURL", "UserData", "Snapshots", "SpriteImages",
        "Status", "CreateTime", "ModifiedTime", "DeletedTime", "ReferenceId", "Biz",
        "UploadSource",
    ),
    str,
) | {"CateId": int}  # fmt: skip
FILE_BASIC_INFO = dict.fromkeys(
    (
        "FileName", "FileStatus", "FileType", "FileSize", "FileUrl", "Region", "FormatName",
        "Duration", "Bitrate", "Width", "Height", "CreateTime", "ModifiedTime",
    ),
    str,
)  # fmt: skip
AUDIO = dict.fromkeys(
    (
        "Index", "CodecName", "CodecLongName", "CodecTimeBase", "CodecTagString", "CodecTag",
        "Profile", "SampleFmt", "SampleRate", "Channels", "ChannelLayout", "Timebase",
        "StartTime", "Duration", "Bitrate", "Fps", "NumFrames", "Lang",
    ),
    str,
)  # fmt: skip
VIDEO = dict.fromkeys(
    (
        "Index", "CodecName", "CodecLongName", "Profile", "CodecTimeBase", "CodecTagString",
        "CodecTag", "Width", "Height", "HasBFrames", "Sar", "Dar", "PixFmt", "Level", "Fps",
        "AvgFPS", "Timebase", "StartTime", "Duration", "Bitrate", "NumFrames", "Lang", "Rotate",
        "Nb_frames",
    ),
    str,
)  # fmt: skip
TREE: dict[str, Any] = {
    "RequestId": str,
    "MediaInfo": {
        "MediaId": str,
        "MediaBasicInfo": BASIC_INFO,
        "FileInfoList": [
            {
                "FileBasicInfo": FILE_BASIC_INFO,
                "AudioStreamInfoList": [AUDIO],
                "VideoStreamInfoList": [VIDEO],
                "SubtitleStreamInfoList": [{}],
            }
        ],
    },
}


def differences(value: Any, shape: Any, path: str = "") -> list[str]:
    """Where a value does not keep to a shape; a null never does."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{path}: {value!r} is no object"]
        unknown = [f"{path}.{name}: not documented" for name in value.keys() - shape.keys()]
        known = value.keys() & shape.keys()
        return unknown + [
            line
            for name in known
            for line in differences(value[name], shape[name], f"{path}.{name}")
        ]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{path}: {value!r} is no list"]
        return [line for item in value for line in differences(item, shape[0], f"{path}[]")]
    return [] if type(value) is shape else [f"{path}: {value!r} is no {shape.__name__}"]


KINDS = {
    "video": {"InputURL": "oss://b/a.mp4"},
    "audio": {"InputURL": "oss://b/a.mp3"},
    "image": {"InputURL": "https://b.oss-cn-shanghai.aliyuncs.com/a.png"},
    "text": {"InputURL": "oss://b/a.srt", "MediaType": "text", "BusinessType": "subtitles"},
    "vod": {"InputURL": "vod://20b48fb04483915d4f2cd8ac00000000"},
    "everything": {
        "InputURL": "oss://b/b.mp4",
        "Title": "t",
        "Description": "d",
        "MediaTags": "a,b",
        "CoverURL": "oss://b/c.png",
        "UserData": "{}",
        "CateId": "5",
        "ReferenceId": "reference",
        "WorkflowId": "w",
    },
}


@pytest.mark.parametrize("sent", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("fate", ["pending", "normal", "failed"])
def test_answer_keeps_to_the_documented_tree(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str], fate: str
) -> None:
    media_id = rpc("RegisterMediaInfo", **sent).media_id
    if fate == "normal":
        fake_ims.complete(media_id)
    elif fate == "failed":
        fake_ims.fail(media_id)
    reply = rpc("GetMediaInfo", MediaId=media_id)
    assert differences(reply.json, TREE) == []
    assert b"null" not in reply.body
    assert list(reply.json) == ["RequestId", "MediaInfo"]


def file_of(ims: FakeIms, rpc: Rpc, kind: str) -> dict[str, Any]:
    media_id = rpc("RegisterMediaInfo", **KINDS[kind]).media_id
    ims.complete(media_id)
    return rpc.file_of(media_id)


def test_what_was_not_sent_is_absent(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc("RegisterMediaInfo", **KINDS["video"]).media_id
    basic = rpc.get(media_id)["MediaBasicInfo"]
    assert set(basic) == {
        "MediaId", "InputURL", "MediaType", "BusinessType", "Source", "Title", "Status",
        "CreateTime", "ModifiedTime", "Biz", "UploadSource",
    }  # fmt: skip
    assert (basic["BusinessType"], basic["Biz"], basic["UploadSource"]) == (
        "general", "ICE", "general",
    )  # fmt: skip


def test_everything_sent_is_there(rpc: Rpc) -> None:
    sent = KINDS["everything"]
    basic = rpc.get(rpc("RegisterMediaInfo", **sent).media_id)["MediaBasicInfo"]
    for name in ("InputURL", "Title", "Description", "MediaTags", "UserData", "ReferenceId"):
        assert basic[name] == sent[name]
    assert basic["CateId"] == 5
    assert basic["CoverURL"].startswith("http://b.oss-cn-shanghai.aliyuncs.com/c.png?Expires=")


def test_video_has_pictures_sound_and_time(fake_ims: FakeIms, rpc: Rpc) -> None:
    found = file_of(fake_ims, rpc, "video")
    assert set(found["FileBasicInfo"]) == set(FILE_BASIC_INFO)
    assert len(found["VideoStreamInfoList"]) == len(found["AudioStreamInfoList"]) == 1
    assert found["SubtitleStreamInfoList"] == []
    (video,), (audio,) = found["VideoStreamInfoList"], found["AudioStreamInfoList"]
    assert {video["Index"], audio["Index"]} == {"0", "1"}
    assert (video["Width"], video["Height"]) == (
        found["FileBasicInfo"]["Width"], found["FileBasicInfo"]["Height"],
    )  # fmt: skip
    assert set(VIDEO) == set(video)
    assert set(AUDIO) - set(audio) == {"Fps"}


def test_audio_has_no_pictures(fake_ims: FakeIms, rpc: Rpc) -> None:
    found = file_of(fake_ims, rpc, "audio")
    assert set(FILE_BASIC_INFO) - set(found["FileBasicInfo"]) == {"Width", "Height"}
    assert found["VideoStreamInfoList"] == []
    (audio,) = found["AudioStreamInfoList"]
    assert audio["Index"] == "0"


def test_image_has_no_duration(fake_ims: FakeIms, rpc: Rpc) -> None:
    found = file_of(fake_ims, rpc, "image")
    assert set(FILE_BASIC_INFO) - set(found["FileBasicInfo"]) == {"Duration", "Bitrate"}
    assert found["FileBasicInfo"]["FormatName"] == "png"
    assert found["VideoStreamInfoList"] == found["AudioStreamInfoList"] == []


def test_text_has_neither(fake_ims: FakeIms, rpc: Rpc) -> None:
    found = file_of(fake_ims, rpc, "text")
    assert set(FILE_BASIC_INFO) - set(found["FileBasicInfo"]) == {
        "Duration", "Bitrate", "Width", "Height",
    }  # fmt: skip
    assert found["VideoStreamInfoList"] == found["AudioStreamInfoList"] == []


NUMBERS = {
    "Duration": r"\d+\.\d{6}",
    "StartTime": r"\d+\.\d{6}",
    "Bitrate": r"\d+\.\d{1,3}",
    "Fps": r"\d+\.\d{1,3}",
    "AvgFPS": r"\d+\.\d{1,3}",
    **dict.fromkeys(
        ("FileSize", "Width", "Height", "Index", "NumFrames", "Nb_frames", "SampleRate",
         "Channels", "HasBFrames", "Level", "Rotate"),
        r"\d+",
    ),
    "CreateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
    "ModifiedTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["video", "audio", "image", "text", "vod"])
def test_numbers_are_written_as_in_the_examples(fake_ims: FakeIms, rpc: Rpc, kind: str) -> None:
    found = file_of(fake_ims, rpc, kind)
    parts = [found["FileBasicInfo"], *found["VideoStreamInfoList"], *found["AudioStreamInfoList"]]
    for part in parts:
        for name, value in part.items():
            assert re.fullmatch(NUMBERS.get(name, ".+"), value), (name, value)


@pytest.mark.parametrize(
    "said",
    [
        {"duration": 1e-6, "size": 10**12},
        {"duration": 1e12},
        {"size": 0},
        {"bitrate": 1e12, "duration": 1},
        {"fps": 1e-6},
        {"fps": 1e12, "width": 10**12, "height": 10**12},
        {"bitrate": 1e-6, "size": 10**12},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["video", "audio", "image", "text"])
def test_extreme_files_are_written_as_plain_numbers(
    fake_ims: FakeIms, rpc: Rpc, kind: str, said: dict[str, Any]
) -> None:
    fake_ims.objects.put(KINDS[kind]["InputURL"], **said)
    found = file_of(fake_ims, rpc, kind)
    parts = [found["FileBasicInfo"], *found["VideoStreamInfoList"], *found["AudioStreamInfoList"]]
    for part in parts:
        for name, value in part.items():
            assert re.fullmatch(NUMBERS.get(name, ".+"), value), (name, value)
