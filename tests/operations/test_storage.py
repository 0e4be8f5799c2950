"""Storage locations: which there are, and which is the default."""

from __future__ import annotations

from typing import Any

import pytest
from rpc import Rpc, invalid, missing

from fake_ims import FakeIms

OWN = {"StorageType": "user_oss_bucket", "Bucket": "my-bucket", "Path": "ims/dir"}
REGION = "oss-cn-shanghai.aliyuncs.com"


def default(rpc: Rpc) -> dict[str, Any]:
    body = dict(rpc("GetDefaultStorageLocation").json)
    del body["RequestId"]
    return body


def listed(rpc: Rpc, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rpc("GetStorageList", **query).json["StorageInfoList"]
    return found


def test_a_bucket_of_vod_is_the_default_until_another_is_set(rpc: Rpc) -> None:
    first = default(rpc)
    assert first["Bucket"].startswith("outin-")
    assert first == {
        "Bucket": first["Bucket"], "Status": "normal", "StorageType": "vod_oss_bucket",
    }  # fmt: skip
    reply = rpc("SetDefaultStorageLocation", **OWN)
    assert (list(reply.json), reply.json["Success"]) == (["RequestId", "Success"], True)
    assert default(rpc) == {**OWN, "Status": "normal"}
    back = {"StorageType": "vod_oss_bucket", "Bucket": first["Bucket"], "Path": "no effect"}
    assert rpc("SetDefaultStorageLocation", **back).status == 200
    assert default(rpc) == first


def test_all_are_listed(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    (first,) = listed(rpc)
    fake_ims.clock.advance("1h")
    rpc("SetDefaultStorageLocation", **OWN)
    fake_ims.clock.advance("1h")
    rpc("SetDefaultStorageLocation", **{**OWN, "Path": "other"})
    assert listed(rpc) == [
        {**first, "DefaultStorage": False, "EditingTempFileStorage": False},
        {
            "AppId": "app-1000000", "CreationTime": "2026-01-31T13:00:00Z", "DefaultStorage": True,
            "EditingTempFileStorage": True, "ModifiedTime": "2026-01-31T14:00:00Z",
            "Path": "other/", "Status": "Normal", "StorageLocation": f"my-bucket.{REGION}",
            "StorageType": "user_oss_bucket",
        },
    ]  # fmt: skip
    assert (first["DefaultStorage"], first["EditingTempFileStorage"]) == (True, True)
    assert (first["Path"], first["StorageLocation"].partition(".")[2]) == ("", REGION)


@pytest.mark.parametrize("path", ["", "/", "a/b", "/a/b/", "\u76ee\u5f55/a+b"])
def test_a_url_can_be_made_of_what_is_listed(rpc: Rpc, path: str) -> None:
    """As public examples of the editor do, of where its temporary files go."""
    rpc("SetDefaultStorageLocation", **{**OWN, "Path": path})
    (found,) = (each for each in listed(rpc) if each["EditingTempFileStorage"])
    inner = path.strip("/")
    url = f"https://{found['StorageLocation']}/{found['Path']}clip.mp4"
    assert url == f"https://my-bucket.{REGION}/{inner + '/' if inner else ''}clip.mp4"
    assert rpc.register(url).status == 200


def test_nothing_is_set_in_the_beginning() -> None:
    with FakeIms(first_storage="none", default_storage="editing") as ims:
        rpc = Rpc(ims)
        assert default(rpc) == {"Status": "notExist"}
        assert (listed(rpc), ims.storage.default, list(ims.storage)) == ([], None, [])
        rpc("SetDefaultStorageLocation", **OWN)
        assert default(rpc) == {**OWN, "Status": "normal"}
        (only,) = listed(rpc)
        assert (only["DefaultStorage"], only["EditingTempFileStorage"]) == (False, True)


def test_a_test_adds_buckets(fake_ims: FakeIms, rpc: Rpc) -> None:
    storage = fake_ims.storage
    assert storage.default is not None
    assert storage.default.storage_type == "vod_oss_bucket"
    gone = storage.put("gone-bucket", path="a", exists=False, app_id="app-7", default=True)
    assert default(rpc) == {
        "Bucket": "gone-bucket", "Path": "a", "Status": "notExist",
        "StorageType": "user_oss_bucket",
    }  # fmt: skip
    assert storage.default == gone
    (found,) = listed(rpc, Status="notExist", AppId="app-7")
    assert found["Path"] == "a/"
    rpc("SetDefaultStorageLocation", **{**OWN, "Bucket": "gone-bucket"})
    again = storage.default
    assert again is not None
    assert (again.exists, again.app_id, again.path) == (False, "app-7", "ims/dir")
    assert storage.put("gone-bucket").exists
    assert len(storage) == len(list(storage)) == 2
    assert "<2 storage locations>" in repr(storage)
    assert "gone-bucket/ user_oss_bucket Normal" in repr(storage)
    fake_ims.reset()
    assert len(storage) == 1


@pytest.mark.parametrize(
    "said",
    [
        {"bucket": "My"}, {"bucket": 7}, {"storage_type": "oss"}, {"path": "x" * 1024},
        {"path": 7}, {"path": "\ud800"}, {"app_id": 7},
    ],
)  # fmt: skip
def test_no_such_bucket_can_be_added(fake_ims: FakeIms, said: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"bucket|storage_type|path|app_id|surrogates"):
        fake_ims.storage.put(**{"bucket": "fine", **said})
    assert len(fake_ims.storage) == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"StorageType": "user_oss_bucket"}, 1),
        ({"StorageType": "vod_oss_bucket", "Status": "normal"}, 1),
        ({"Status": "Normal"}, 2),
        ({"Status": "notExist"}, 0),
        ({"AppId": "app-1000000"}, 2),
        ({"AppId": "app-7"}, 0),
    ],
)
def test_a_list_can_be_narrowed(rpc: Rpc, query: dict[str, str], count: int) -> None:
    rpc("SetDefaultStorageLocation", **OWN)
    assert len(listed(rpc, **query)) == count


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Bucket", "ab"), ("Bucket", "My-Bucket"), ("Bucket", "-bucket"), ("Bucket", "b" * 64),
        ("Bucket", "buck/et"), ("Bucket", "\u6876\u6876\u6876"), ("StorageType", "oss"),
        ("Path", "x" * 1024),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_and_nothing_changes(rpc: Rpc, name: str, value: str) -> None:
    before = default(rpc)
    assert rpc("SetDefaultStorageLocation", **{**OWN, name: value}).refusal == invalid(name)
    assert default(rpc) == before
    assert len(listed(rpc)) == 1


@pytest.mark.parametrize("name", ["Bucket", "StorageType"])
def test_what_must_be_there(rpc: Rpc, name: str) -> None:
    assert rpc("SetDefaultStorageLocation", **{**OWN, name: ""}).refusal == missing(name)


@pytest.mark.parametrize(("name", "value"), [("Status", "Broken"), ("StorageType", "nas")])
def test_a_list_by_what_there_is_not(rpc: Rpc, name: str, value: str) -> None:
    assert rpc("GetStorageList", **{name: value}).refusal == invalid(name)
