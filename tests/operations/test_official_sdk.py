"""The official Python SDK, unmodified, sync and async, pointed at the fake."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from fake_ims import FakeIms

models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
exceptions = pytest.importorskip("alibabacloud_tea_openapi.exceptions", exc_type=ImportError)

URL = "oss://bucket/\u5f71\u7247 1.mp4"
EVERYTHING = {
    "input_url": URL,
    "media_type": "video",
    "business_type": "opening",
    "title": "\u6807\u9898",
    "description": "a & b = c + d %20",
    "media_tags": "tag1,tag2",
    "cover_url": "oss://bucket/cover.png",
    "user_data": '{"NotifyAddress": "http://x.y", "\u952e": "\u503c"}',
    "overwrite": True,
    "client_token": "0" * 32,
    "register_config": '{"NeedSprite": "false"}',
    "cate_id": 3048,
    "workflow_id": "w",
    "reference_id": "123-123",
    "smart_tag_template_id": "S00000101-300080",
}


class Sync:
    """The SDK's synchronous half, as coroutines."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def register(self, **values: Any) -> Any:
        request = models.RegisterMediaInfoRequest(**values)
        return self._client.register_media_info(request)

    async def get(self, **values: Any) -> Any:
        return self._client.get_media_info(models.GetMediaInfoRequest(**values))


class Async(Sync):
    """The SDK's asynchronous half."""

    async def register(self, **values: Any) -> Any:
        request = models.RegisterMediaInfoRequest(**values)
        return await self._client.register_media_info_async(request)

    async def get(self, **values: Any) -> Any:
        return await self._client.get_media_info_async(models.GetMediaInfoRequest(**values))


@pytest.fixture(params=[Sync, Async], ids=["sync", "async"])
def api(request: pytest.FixtureRequest, fake_ims_client: Any) -> Sync:
    kind: type[Sync] = request.param
    return kind(fake_ims_client)


@pytest.mark.asyncio
async def test_registration_with_everything_arrives_whole(fake_ims: FakeIms, api: Sync) -> None:
    answer = await api.register(**EVERYTHING)
    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9a-f]{12}71[0-9a-f]{18}", answer.body.media_id)
    asset = fake_ims.assets[answer.body.media_id]
    for name in ("input_url", "media_type", "business_type", "title", "description", "cover_url",
                 "user_data", "register_config", "cate_id", "workflow_id", "reference_id",
                 "smart_tag_template_id"):  # fmt: skip
        assert getattr(asset, name) == EVERYTHING[name]
    assert asset.media_tags == ("tag1", "tag2")


@pytest.mark.asyncio
async def test_request_id_is_in_body_header_and_journal(fake_ims: FakeIms, api: Sync) -> None:
    answer = await api.register(input_url=URL)
    request_id = fake_ims.calls[-1].request_id
    assert answer.body.request_id == answer.headers["x-acs-request-id"] == request_id
    assert re.fullmatch(r"[0-9A-F]{8}-[0-9A-F]{4}-[35][0-9A-F]{3}-[0-9A-F]{4}-[0-9A-F]{12}",
                        request_id)  # fmt: skip


@pytest.mark.asyncio
async def test_register_poll_and_read(fake_ims: FakeIms, api: Sync) -> None:
    media_id = (await api.register(input_url=URL)).body.media_id
    info = (await api.get(media_id=media_id)).body.media_info
    assert info.file_info_list == []
    assert info.media_basic_info.status == "Preparing"
    fake_ims.clock.advance("3s")
    info = (await api.get(input_url=URL)).body.media_info
    assert info.media_basic_info.status == "Normal"
    basic = info.file_info_list[0].file_basic_info
    assert basic.file_type == "source_file"
    assert basic.file_status == "Normal"
    assert int(basic.file_size) > 0
    assert (int(basic.width), float(basic.duration)) > (0, 0.5)
    (video,) = info.file_info_list[0].video_stream_info_list
    assert video.nb_frames == video.num_frames
    assert (video.width, video.height) == (basic.width, basic.height)


@pytest.mark.asyncio
async def test_duplicate_is_an_exception_whose_text_ends_in_the_media_id(api: Sync) -> None:
    media_id = (await api.register(input_url=URL)).body.media_id
    with pytest.raises(exceptions.ClientException) as caught:
        await api.register(input_url=URL)
    error = caught.value
    assert (error.status_code, error.code) == (409, "MediaAlreadyExist")
    assert error.message == (
        f'code: 409, The media with the given inputUrl "{URL}" has already been registered '
        f'with mediaId "{media_id}". request id: {error.request_id}'
    )
    assert re.findall(r'mediaId\s+"([a-f0-9]+)"', error.message) == [media_id]


@pytest.mark.asyncio
async def test_overwrite_as_the_sdk_sends_it(fake_ims: FakeIms, api: Sync) -> None:
    await api.register(input_url=URL)
    media_id = (await api.register(input_url=URL, overwrite=True)).body.media_id
    assert list(fake_ims.assets) == [media_id]
    with pytest.raises(exceptions.ClientException):
        await api.register(input_url=URL, overwrite=False)


@pytest.mark.asyncio
async def test_journal_finds_a_boolean_as_the_sdk_sends_it(fake_ims: FakeIms, api: Sync) -> None:
    await api.register(input_url=URL, overwrite=True)
    fake_ims.calls.assert_called("RegisterMediaInfo", InputURL=URL, Overwrite=True, times=1)
    fake_ims.calls.assert_not_called("RegisterMediaInfo", Overwrite=False)


@pytest.mark.asyncio
@pytest.mark.parametrize("blank", ["", None])
async def test_empty_values_are_unset_values(fake_ims: FakeIms, api: Sync, blank: Any) -> None:
    values = dict.fromkeys(EVERYTHING, blank) | {"input_url": URL}
    assert (await api.register(**values)).status_code == 200


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({}, 400, "MissingInputURL"),
        ({"input_url": "ftp://x/y"}, 400, "InvalidParameter"),
        ({"input_url": URL, "title": "x" * 129}, 400, "InvalidParameter"),
        ({"input_url": URL, "cate_id": 1 << 63}, 400, "InvalidCateId"),
    ],
    ids=str,
)
async def test_refusal_is_a_client_exception(
    fake_ims: FakeIms, api: Sync, values: dict[str, Any], status: int, code: str
) -> None:
    with pytest.raises(exceptions.ClientException) as caught:
        await api.register(**values)
    assert (caught.value.status_code, caught.value.code) == (status, code)
    assert caught.value.request_id == fake_ims.calls[-1].request_id


@pytest.mark.asyncio
async def test_answers_of_the_fake_are_read_without_loss(fake_ims: FakeIms, api: Sync) -> None:
    """Everything that the fake writes has a place in the SDK's models."""
    media_id = (await api.register(**EVERYTHING)).body.media_id
    fake_ims.settle()
    answer = await api.get(media_id=media_id)
    info = answer.body.to_map()["MediaInfo"]
    basic, (file,) = info["MediaBasicInfo"], info["FileInfoList"]
    assert basic["CateId"] == 3048
    assert basic["UserData"] == EVERYTHING["user_data"]
    assert file["VideoStreamInfoList"][0]["Nb_frames"]
    assert None not in basic.values()


@pytest.mark.asyncio
async def test_many_at_once(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    api = Async(fake_ims_client)
    answers = await asyncio.gather(
        *(api.register(input_url=f"oss://bucket/{n}.mp4") for n in range(20))
    )
    assert {answer.body.media_id for answer in answers} == set(fake_ims.assets)


@pytest.mark.asyncio
@pytest.mark.fake_ims(allow="not_implemented")
async def test_unimplemented_operation_is_an_exception_that_names_it(
    fake_ims: FakeIms, fake_ims_client: Any
) -> None:
    with pytest.raises(exceptions.ServerException) as caught:
        fake_ims_client.submit_media_producing_job(models.SubmitMediaProducingJobRequest())
    assert caught.value.status_code == 501
    assert caught.value.code == "FakeIms.OperationNotImplemented"
    assert "SubmitMediaProducingJob" in caught.value.message
    assert fake_ims.calls[-1].action == "SubmitMediaProducingJob"
