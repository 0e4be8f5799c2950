"""The official Python SDK updates, reads and deletes assets."""

from __future__ import annotations

from typing import Any

import pytest
from rpc import Rpc

from fake_ims import FakeIms

models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
exceptions = pytest.importorskip("alibabacloud_tea_openapi.exceptions", exc_type=ImportError)

URL = "oss://bucket/\u5f71\u7247 1.mp4"
OTHER = "oss://bucket/b.png"


def test_update(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    media_id = fake_ims.register(InputURL=URL, MediaTags="one").media_id
    request = models.UpdateMediaInfoRequest(
        media_id=media_id, title="\u6807\u9898", media_tags="two,\u6807", append_tags=True,
        cate_id=9223372036854775807, user_data="userData", reference_id="123-123",
        category="c", cover_url="oss://bucket/c.png", business_type="general", description="a&b",
    )  # fmt: skip
    answer = fake_ims_client.update_media_info(request)
    assert answer.body.media_id == media_id
    assert answer.body.request_id == fake_ims.calls[-1].request_id
    asset = fake_ims.assets[media_id]
    assert asset.media_tags == ("one", "two", "\u6807")
    for name in (
        "title", "cate_id", "user_data", "reference_id", "category", "cover_url", "business_type",
        "description",
    ):  # fmt: skip
        assert getattr(asset, name) == getattr(request, name)
    read = models.GetMediaInfoRequest(media_id=media_id)
    info = fake_ims_client.get_media_info(read).body.media_info.media_basic_info
    assert (info.cate_id, info.user_data, info.category) == (9223372036854775807, "userData", "c")


@pytest.mark.asyncio
async def test_batch_is_read_back_whole(fake_ims: FakeIms, rpc: Rpc, fake_ims_client: Any) -> None:
    fake_ims.clock.freeze()
    ids = [fake_ims.register(InputURL=url, CoverURL=OTHER).media_id for url in (URL, OTHER)]
    fake_ims.settle()
    sent = {"MediaIds": f"{ids[1]},x,{ids[0]}", "AdditionType": "FileInfo,DynamicMetaData"}
    request = models.BatchGetMediaInfosRequest(
        media_ids=sent["MediaIds"], addition_type=sent["AdditionType"]
    )
    raw = rpc("BatchGetMediaInfos", **sent).json
    for body in (
        fake_ims_client.batch_get_media_infos(request).body,
        (await fake_ims_client.batch_get_media_infos_async(request)).body,
    ):
        parsed = body.to_map()
        assert parsed["MediaInfos"] == raw["MediaInfos"]
        assert parsed["IgnoredList"] == raw["IgnoredList"] == ["x"]
        video = body.media_infos[1].file_info_list[0].video_stream_info_list[0]
        assert int(video.width) > 0


@pytest.mark.asyncio
async def test_delete(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    ids = [fake_ims.register(InputURL=url).media_id for url in (URL, OTHER)]
    by_url = models.DeleteMediaInfosRequest(
        input_urls=f"{URL},nonsense", delete_physical_files=True
    )
    body = fake_ims_client.delete_media_infos(by_url).body
    assert (body.ignored_list, body.forbidden_list) == (["nonsense"], [])
    by_id = models.DeleteMediaInfosRequest(media_ids=",".join(ids))
    body = (await fake_ims_client.delete_media_infos_async(by_id)).body
    assert (body.ignored_list, body.forbidden_list) == ([ids[0]], [])
    assert len(fake_ims.assets) == 0
    with pytest.raises(exceptions.ClientException) as caught:
        fake_ims_client.update_media_info(models.UpdateMediaInfoRequest(media_id=ids[0]))
    assert (caught.value.status_code, caught.value.code) == (400, "InvalidParameter")
