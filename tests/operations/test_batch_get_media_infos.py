"""BatchGetMediaInfos: which assets, and what of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from rpc import Rpc, invalid

from fake_ims import FakeIms
from fake_ims.gateway.answers import shape_of
from fake_ims.library.insights import Insights

URL = "oss://bucket/a.mp4"
UNKNOWN = "0123456789ab71efabcdef0123456789"
EVERYTHING = {
    "Title": "title",
    "Description": "description",
    "MediaTags": "one,two",
    "CoverURL": "http://bucket.oss-cn-shanghai.aliyuncs.com/cover.png",
    "UserData": '{"a":1}',
    "CateId": "1",
    "ReferenceId": "reference-1",
}


def batch(rpc: Rpc, *media_ids: str, **parameters: str) -> tuple[list[dict[str, Any]], list[str]]:
    """MediaInfos and IgnoredList."""
    reply = rpc("BatchGetMediaInfos", MediaIds=",".join(media_ids), **parameters)
    assert reply.status == 200, reply
    assert list(reply.json) == ["RequestId", "MediaInfos", "IgnoredList"]
    return reply.json["MediaInfos"], reply.json["IgnoredList"]


def whole(fake_ims: FakeIms) -> str:
    """An analysed asset of which everything is known that can be."""
    fake_ims.declare(categories={1: "one"})
    media_id = fake_ims.register(InputURL=URL, **EVERYTHING).media_id
    fake_ims.update(media_id, Category="category")
    asset = fake_ims.complete(media_id)
    with fake_ims.world.lock:
        insights = Insights(dynamic_meta_data='{"system":1}')
        fake_ims.world.library.assets.put(dataclasses.replace(asset, insights=insights))
    return media_id


# ---------------------------------------------------------------- which assets


def test_order_is_as_asked_for_and_each_comes_once(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = [fake_ims.register(InputURL=f"oss://b/{number}.mp4").media_id for number in range(4)]
    fake_ims.delete(ids[3])
    asked = [ids[2], UNKNOWN, ids[0], ids[2], "x", ids[3], UNKNOWN, ids[1]]
    media_infos, ignored = batch(rpc, *asked)
    assert [info["MediaId"] for info in media_infos] == [ids[2], ids[0], ids[1]]
    assert [info["MediaBasicInfo"]["MediaId"] for info in media_infos] == [ids[2], ids[0], ids[1]]
    assert ignored == [UNKNOWN, "x", ids[3]]


@pytest.mark.parametrize("sent", [{}, {"MediaIds": ""}, {"MediaIds": " , "}], ids=str)
def test_without_ids_it_is_a_missing_parameter(rpc: Rpc, sent: dict[str, str]) -> None:
    reply = rpc("BatchGetMediaInfos", **sent)
    assert (reply.status, reply.code) == (400, "MissingParameter")
    assert '"MediaIds"' in reply.message


def test_many_ids_are_no_error(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = [fake_ims.register(InputURL=f"oss://b/{number}.mp4").media_id for number in range(100)]
    assert [info["MediaId"] for info in batch(rpc, *ids)[0]] == ids
    assert "batch_get_limit" in fake_ims.calls[-1].relied_on
    batch(rpc, *ids[:20])
    assert "batch_get_limit" not in fake_ims.calls[-1].relied_on


@pytest.mark.fake_ims(batch_get_limit="20")
def test_repeated_ids_count_once(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = [str(number) for number in range(20)]
    assert batch(rpc, *ids * 3) == ([], ids)
    reply = rpc("BatchGetMediaInfos", MediaIds=",".join([*ids, "20"]))
    assert reply.refusal == invalid("MediaIds")


# ---------------------------------------------------------------- what of them


def test_basic_information_has_what_is_documented(fake_ims: FakeIms, rpc: Rpc) -> None:
    ((info,), _) = batch(rpc, whole(fake_ims))
    assert list(info) == ["MediaId", "MediaBasicInfo"]
    shape = shape_of("BatchGetMediaInfos")
    assert shape is not None
    item = shape.fields["MediaInfos"].item
    assert item is not None
    documented = item.fields["MediaBasicInfo"].fields.keys()
    assert info["MediaBasicInfo"].keys() == documented - {"DeletedTime"}
    assert info["MediaBasicInfo"]["TranscodeStatus"] == "Init"


def test_what_both_show_is_as_get_media_info_shows_it(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze()
    media_id = whole(fake_ims)
    ((info,), _) = batch(rpc, media_id, AdditionType="FileInfo,DynamicMetaData")
    other = rpc.get(media_id)
    assert list(info) == ["MediaId", "MediaBasicInfo", "FileInfoList", "MediaDynamicInfo"]
    assert info.pop("MediaDynamicInfo") == {"DynamicMetaData": {"Data": '{"system":1}'}}
    assert info["MediaBasicInfo"].pop("TranscodeStatus") == "Init"
    for name in ("CateId", "CateName", "ReferenceId", "UploadSource"):
        del other["MediaBasicInfo"][name]
    (file_info,) = other["FileInfoList"]
    for name in ("CreateTime", "ModifiedTime"):
        del file_info["FileBasicInfo"][name]
    assert info == other


@pytest.mark.parametrize(
    ("addition_type", "names"),
    [
        ("", set()),
        (",", set()),
        ("FileInfo", {"FileInfoList"}),
        (" FileInfo ,FileInfo", {"FileInfoList"}),
        ("DynamicMetaData", {"MediaDynamicInfo"}),
        ("DynamicMetaData,FileInfo", {"FileInfoList", "MediaDynamicInfo"}),
    ],
)
def test_more_is_there_if_it_is_asked_for(
    fake_ims: FakeIms, rpc: Rpc, addition_type: str, names: set[str]
) -> None:
    ((info,), _) = batch(rpc, whole(fake_ims), AdditionType=addition_type)
    assert info.keys() == {"MediaId", "MediaBasicInfo"} | names


def test_dynamic_meta_data_is_absent_where_there_is_none(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    ((info,), _) = batch(rpc, media_id, AdditionType="FileInfo,DynamicMetaData")
    assert "MediaDynamicInfo" not in info
    assert info["FileInfoList"] == []


@pytest.mark.parametrize("value", ["fileinfo", "FileInfo;DynamicMetaData", "FileInfo,x", "\u5a92"])
def test_unknown_addition_type_is_refused(rpc: Rpc, value: str) -> None:
    reply = rpc("BatchGetMediaInfos", MediaIds=UNKNOWN, AdditionType=value)
    assert reply.refusal == invalid("AdditionType")


def test_signed_urls_expire_after_auth_timeout(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = whole(fake_ims)
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    for sent, seconds in ({}, 3600), ({"AuthTimeout": "30"}, 30):
        ((info,), _) = batch(rpc, media_id, AdditionType="FileInfo", **sent)
        file_url = info["FileInfoList"][0]["FileBasicInfo"]["FileUrl"]
        for url in (file_url, info["MediaBasicInfo"]["CoverURL"]):
            assert f"?Expires={1769860800 + seconds}&" in url
    reply = rpc("BatchGetMediaInfos", MediaIds=media_id, AuthTimeout="x")
    assert (reply.status, reply.code) == (400, "InvalidAuthTimeout")


# ---------------------------------------------------------------- before the end of the analysis


@pytest.mark.fake_ims(completion="reads", reads=2)
def test_each_batch_counts_as_one_read_of_each_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    one, two = (fake_ims.register(InputURL=f"oss://b/{name}.mp4").media_id for name in "ab")

    def statuses(*media_ids: str) -> list[str]:
        return [info["MediaBasicInfo"]["Status"] for info in batch(rpc, *media_ids)[0]]

    assert statuses(one, two, one) == ["Preparing", "Preparing"]
    assert rpc.status(one) == "Preparing"
    assert statuses(one, two) == ["Normal", "Preparing"]
    assert rpc.status(two) == "Normal"


@pytest.mark.fake_ims(early_get="not_found")
def test_assets_that_cannot_be_got_yet_are_ignored(fake_ims: FakeIms, rpc: Rpc) -> None:
    early = fake_ims.register(InputURL=URL).media_id
    done = fake_ims.register(InputURL="oss://b/b.mp4").media_id
    fake_ims.complete(done)
    media_infos, ignored = batch(rpc, early, done)
    assert ([info["MediaId"] for info in media_infos], ignored) == ([done], [early])
    fake_ims.settle()
    assert batch(rpc, early)[1] == []
