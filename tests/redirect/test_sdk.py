"""The official Python SDKs as production code makes them: no endpoint, or the real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from fake_ims import FakeIms

models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
Client = pytest.importorskip("alibabacloud_ice20201109.client", exc_type=ImportError).Client
Config = pytest.importorskip("alibabacloud_tea_openapi.models", exc_type=ImportError).Config

PLACES: tuple[dict[str, str], ...] = (
    {"region_id": "cn-shanghai"},
    {"region_id": "cn-beijing", "protocol": "http"},
    {"region_id": "eu-central-1", "network": "vpc"},
    {"endpoint": "ice.cn-shanghai.aliyuncs.com"},
    {"endpoint": "ice.cn-shanghai.aliyuncs.com:443"},
    {"endpoint": "https://ice.aliyuncs.com"},
    {"endpoint": "ICE-VPC.cn-shanghai.aliyuncs.com", "protocol": "HTTPS"},
)


def client_of(ims: FakeIms, **place: str) -> Any:
    keys = {"access_key_id": ims.access_key_id, "access_key_secret": ims.access_key_secret}
    return Client(Config(**keys, **place))


def register_and_read(client: Any) -> str:
    request = models.RegisterMediaInfoRequest(input_url="oss://bucket/影片 1.mp4", title="é ~*'")
    media_id: str = client.register_media_info(request).body.media_id
    query = models.GetMediaInfoRequest(media_id=media_id)

    async def read() -> Any:
        return await client.get_media_info_async(query)

    for answer in (client.get_media_info(query), asyncio.run(read())):
        assert answer.body.media_info.media_id == media_id
    return media_id


@pytest.mark.fake_ims(mode="enforce")
@pytest.mark.parametrize("algorithm", [None, "v2"])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: " ".join(place.values()))
def test_every_way_to_say_where(
    fake_ims: FakeIms, place: dict[str, str], algorithm: str | None
) -> None:
    options = {**place, **({"signature_algorithm": algorithm} if algorithm else {})}
    before = client_of(fake_ims, **options)
    with fake_ims.redirect() as ims:
        assert ims is fake_ims
        register_and_read(before)
        register_again = models.RegisterMediaInfoRequest(input_url="oss://bucket/2.mp4")
        assert client_of(fake_ims, **options).register_media_info(register_again).body.media_id
    assert [(call.action, call.status) for call in fake_ims.calls] == [
        ("RegisterMediaInfo", 200), ("GetMediaInfo", 200), ("GetMediaInfo", 200),
        ("RegisterMediaInfo", 200),
    ]  # fmt: skip


@pytest.mark.fake_ims(mode="enforce")
def test_a_client_that_was_used_before_is_redirected_and_afterwards_no_more(
    fake_ims: FakeIms,
) -> None:
    client = client_of(fake_ims, region_id="cn-shanghai")
    query = models.GetMediaInfoRequest(media_id="0" * 32)

    def refused() -> None:
        with pytest.raises(Exception, match="the real Alibaba Cloud"):
            client.get_media_info(query)
        with pytest.raises(Exception, match="the real Alibaba Cloud"):
            asyncio.run(client.get_media_info_async(query))

    refused()
    with fake_ims.redirect():
        register_and_read(client)
    refused()


@pytest.mark.fake_ims(mode="enforce")
def test_a_wrong_secret_is_still_wrong(fake_ims: FakeIms) -> None:
    config = Config(
        access_key_id=fake_ims.access_key_id, access_key_secret="wrong", region_id="cn-shanghai"
    )
    query = models.GetMediaInfoRequest(media_id="0" * 32)
    with fake_ims.redirect(), pytest.raises(Exception, match="signature"):
        Client(config).get_media_info(query)
    assert [call.code for call in fake_ims.calls] == ["SignatureDoesNotMatch"]


# ---------------------------------------------------------------- V1


@pytest.fixture
def v1() -> Callable[..., Any]:
    pytest.importorskip("aliyunsdkice")
    from aliyunsdkcore.client import AcsClient
    from aliyunsdkice.request.v20201109.RegisterMediaInfoRequest import RegisterMediaInfoRequest

    def register(ims: FakeIms, region: str = "cn-shanghai", **options: str) -> Any:
        client = AcsClient(ims.access_key_id, ims.access_key_secret, region)
        request = RegisterMediaInfoRequest()
        request.set_InputURL("oss://bucket/影片 1.mp4")
        for name, value in options.items():
            getattr(request, f"set_{name}")(value)
        return json.loads(client.do_action_with_exception(request))

    return register


@pytest.mark.fake_ims(mode="enforce")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"region": "cn-beijing"},
        {"protocol_type": "https"},
        {"endpoint": "ice-vpc.cn-shanghai.aliyuncs.com", "protocol_type": "https"},
    ],
)
def test_v1(fake_ims_redirect: FakeIms, v1: Callable[..., Any], options: dict[str, str]) -> None:
    media_id = v1(fake_ims_redirect, **options)["MediaId"]
    assert fake_ims_redirect.assets[media_id].input_url == "oss://bucket/影片 1.mp4"
    assert [call.scheme for call in fake_ims_redirect.calls] == ["rpc"]


def test_v1_is_refused_outside(fake_ims: FakeIms, v1: Callable[..., Any]) -> None:
    with fake_ims.redirect():
        v1(fake_ims)
    with pytest.raises(Exception, match="the real Alibaba Cloud"):
        v1(fake_ims)


# ---------------------------------------------------------------- the TLS context that is spared


@pytest.mark.parametrize("core", ["darabonba.core.DaraCore", "Tea.core.TeaCore"])
@pytest.mark.parametrize(
    ("host", "protocol", "becomes"),
    [
        ("ice.cn-shanghai.aliyuncs.com", "https", "http"),
        ("ice.cn-shanghai.aliyuncs.com", "HTTPS", "http"),
        ("ice.cn-shanghai.aliyuncs.com:443/", "https", "http"),
        ("https://ice.cn-shanghai.aliyuncs.com", "https", "http"),
        ("ice.cn-shanghai.aliyuncs.com", "http", "http"),
        ("ice.cn-shanghai.aliyuncs.com", None, None),
        ("sts.aliyuncs.com", "https", "https"),
        ("127.0.0.1:80", "https", "https"),
        ("[", "https", "https"),
        (None, "https", "https"),
    ],
)
def test_only_calls_to_ims_are_made_plain(
    monkeypatch: pytest.MonkeyPatch, fake_ims: FakeIms, core: str, host: str | None,
    protocol: str | None, becomes: str | None,
) -> None:  # fmt: skip
    module, _, name = core.rpartition(".")
    owner = getattr(pytest.importorskip(module), name)
    acted: list[tuple[Any, Any]] = []

    async def act(request: Any, option: Any = None) -> str:
        acted.append((request.protocol, option))
        return "acted"

    monkeypatch.setattr(owner, "async_do_action", staticmethod(act))
    request = SimpleNamespace(protocol=protocol, headers={"host": host})
    with fake_ims.redirect():
        assert asyncio.run(owner.async_do_action(request, {"a": 1})) == "acted"
        assert asyncio.run(owner().async_do_action(request)) == "acted"
    assert acted == [(becomes, {"a": 1}), (becomes, None)]
    assert request.protocol == protocol
    assert vars(owner)["async_do_action"].__func__ is act


def test_an_async_https_call_makes_no_tls_context(
    fake_ims_redirect: FakeIms, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ssl

    client = client_of(fake_ims_redirect, region_id="cn-shanghai")
    media_id = fake_ims_redirect.register(InputURL="oss://bucket/a.mp4").media_id
    query = models.GetMediaInfoRequest(media_id=media_id)
    monkeypatch.delattr(ssl, "create_default_context")
    asyncio.run(client.get_media_info_async(query))
    assert len(fake_ims_redirect.calls) == 1
