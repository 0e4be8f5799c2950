"""Storage locations: which there are, and which is the default."""

from __future__ import annotations

from typing import Any

import pytest
from rpc import Rpc, invalid, missing

from fake_ims import FakeIms

OWN = {"StorageType": "user_oss_bucket", "Bucket": "my-bucket", "Path": "ims/dir"}


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
        "Bucket": first["Bucket"], "Status": "Normal", "StorageType": "vod_oss_bucket",
    }  # fmt: skip
    reply = rpc("SetDefaultStorageLocation", **OWN)
    assert (list(reply.json), reply.json["Success"]) == (["RequestId", "Success"], True)
    assert default(rpc) == {**OWN, "Status": "Normal"}
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
        {**first, "DefaultStorage": False},
        {
            "AppId": "app-1000000", "CreationTime": "2026-01-31T13:00:00Z", "DefaultStorage": True,
            "EditingTempFileStorage": False, "ModifiedTime": "2026-01-31T14:00:00Z",
            "Path": "other", "Status": "Normal", "StorageLocation": "my-bucket",
            "StorageType": "user_oss_bucket",
        },
    ]  # fmt: skip
    assert first["DefaultStorage"] is True
    assert "Path" not in first


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
