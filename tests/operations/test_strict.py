"""The setting ``strict``: refuses what the documents forbid but production callers send."""

from __future__ import annotations

import pytest
from rpc import Rpc

from fake_ims import FakeIms

FORBIDDEN = {
    "BusinessType of no documented value": ("BusinessType", {"BusinessType": "video"}),
    "text without a business type": (
        "BusinessType", {"InputURL": "oss://b/a.srt", "MediaType": "text"},
    ),
    "text with another business type": (
        "BusinessType",
        {"InputURL": "oss://b/a.srt", "MediaType": "text", "BusinessType": "general"},
    ),
    "ClientToken of no UUID": ("ClientToken", {"ClientToken": "once"}),
    "ClientToken of 33 characters": ("ClientToken", {"ClientToken": "0" * 33}),
    "ClientToken not hexadecimal": ("ClientToken", {"ClientToken": "g" * 32}),
    "unknown key of RegisterConfig": (
        "RegisterConfig", {"RegisterConfig": '{"NeedSprites": true}'},
    ),
    "unknown parameter": ("Category", {"Category": "sports"}),
    "suffix of another type": ("MediaType", {"MediaType": "image"}),
    "bucket of another region": (
        "InputURL", {"InputURL": "https://b.oss-cn-beijing.aliyuncs.com/a.mp4"},
    ),
    "unknown CateId": ("CateId", {"CateId": "3048"}),
    "unknown WorkflowId": ("WorkflowId", {"WorkflowId": "0" * 32}),
    "unknown template": ("SmartTagTemplateId", {"SmartTagTemplateId": "S00000101-300081"}),
    "unknown search library": (
        "RegisterConfig", {"RegisterConfig": '{"SearchLibName": "test"}'},
    ),
    "search library that is a list": (
        "RegisterConfig", {"RegisterConfig": '{"SearchLibName": ["test"]}'},
    ),
    "search library that is an object": (
        "RegisterConfig", {"RegisterConfig": '{"SearchLibName": {"a": 1}}'},
    ),
}  # fmt: skip
forbidden = pytest.mark.parametrize(("name", "sent"), FORBIDDEN.values(), ids=FORBIDDEN)


@forbidden
@pytest.mark.fake_ims(strict=True)
def test_strict_refuses(fake_ims: FakeIms, rpc: Rpc, name: str, sent: dict[str, str]) -> None:
    reply = rpc("RegisterMediaInfo", **{"InputURL": "oss://b/a.mp4", **sent})
    assert reply.refusal == (
        400, "InvalidParameter", f'The specified parameter "{name}" is not valid.',
    )  # fmt: skip
    assert len(fake_ims.assets) == 0


@forbidden
def test_without_strict_it_is_accepted(rpc: Rpc, name: str, sent: dict[str, str]) -> None:
    assert rpc("RegisterMediaInfo", **{"InputURL": "oss://b/a.mp4", **sent}).status == 200


@pytest.mark.fake_ims(strict=True)
@pytest.mark.parametrize(
    "sent",
    [
        {"BusinessType": business_type}
        for business_type in ("subtitles", "watermark", "opening", "ending", "general", "font")
    ]
    + [
        {"InputURL": "oss://b/a.srt", "MediaType": "text", "BusinessType": "subtitles"},
        {"InputURL": "oss://b/a.ttf", "MediaType": "text", "BusinessType": "font"},
        {"InputURL": "oss://b/a.gif", "MediaType": "image"},
        {"InputURL": "oss://b/a.gif", "MediaType": "video"},
        {"InputURL": "oss://b/a.unknown", "MediaType": "audio"},
        {"InputURL": "https://b.oss-cn-shanghai.aliyuncs.com/a.mp4"},
        {"InputURL": "vod://20b48fb04483915d4f2cd8ac00000000", "MediaType": "video"},
        {"ClientToken": "0123456789abcdefABCDEF0123456789"},
        {"ClientToken": "123e4567-e89b-12d3-a456-426614174000"},
        {"RegisterConfig": '{"NeedSprite": "false", "NeedSnapshot": false, "StorageLocation": ""}'},
        {"RegisterConfig": '{"CoverConfig": {"StartTime": 1.0}}'},
        {"RegisterConfig": '{"SearchLibName": "ims-default-search-lib"}'},
        {"SmartTagTemplateId": "S00000101-300080"},
        {"SmartTagTemplateId": "S00000103-000001"},
        {"SmartTagTemplateId": "S00000103-000002"},
        {"Title": "", "CateId": "", "RegisterConfig": "", "ClientToken": ""},
        {"RegionId": "cn-shanghai"},
    ],
    ids=str,
)
def test_strict_accepts_what_the_documents_allow(rpc: Rpc, sent: dict[str, str]) -> None:
    reply = rpc("RegisterMediaInfo", **{"InputURL": "oss://b/a.mp4", **sent})
    assert reply.status == 200, reply


@pytest.mark.fake_ims(strict=True)
def test_strict_accepts_what_the_test_has_declared(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(
        categories={3048: "sports"},
        workflows=("w" * 32,),
        smart_tag_templates=("S00000101-300081",),
        search_libs=("test",),
    )
    reply = rpc.register(
        "oss://b/a.mp4",
        CateId="3048",
        WorkflowId="w" * 32,
        SmartTagTemplateId="S00000101-300081",
        RegisterConfig='{"SearchLibName": "test"}',
    )
    assert rpc.get(reply.media_id)["MediaBasicInfo"]["CateName"] == "sports"


@pytest.mark.fake_ims(strict=True)
@pytest.mark.parametrize(
    ("sent", "name"),
    [({"OutputType": "CDN"}, "OutputType"), ({"Outputtype": "cdn"}, "Outputtype")],
)
def test_strict_checks_get_media_info_too(rpc: Rpc, sent: dict[str, str], name: str) -> None:
    media_id = rpc.register("oss://b/a.mp4").media_id
    reply = rpc("GetMediaInfo", MediaId=media_id, **sent)
    assert reply.refusal == (
        400, "InvalidParameter", f'The specified parameter "{name}" is not valid.',
    )  # fmt: skip
