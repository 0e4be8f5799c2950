"""403: what RAM refuses, as the official SDK shows it."""

from __future__ import annotations

from typing import Any

import pytest
from rpc import Rpc

from fake_ims import FakeIms

models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
sdk = pytest.importorskip("alibabacloud_ice20201109.client", exc_type=ImportError)
exceptions = pytest.importorskip("alibabacloud_tea_openapi.exceptions", exc_type=ImportError)

URL = "oss://bucket/a.mp4"
MESSAGE = "User not authorized to operate on the specified resource."


def register(client: Any, url: str = URL) -> str:
    answer = client.register_media_info(models.RegisterMediaInfoRequest(input_url=url))
    media_id = answer.body.media_id
    assert isinstance(media_id, str)
    return media_id


def refusal_of(client: Any) -> Any:
    with pytest.raises(exceptions.ClientException) as caught:
        register(client)
    return caught.value


def test_denied_operation_is_the_sdks_403(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    fake_ims.ram.deny("ice:RegisterMediaInfo")
    error = refusal_of(fake_ims_client)
    call = fake_ims.calls.assert_called("RegisterMediaInfo", times=1)
    assert error.code == "Forbidden"
    assert error.status_code == 403
    assert error.request_id == call.request_id
    assert error.message == f"code: 403, {MESSAGE} request id: {call.request_id}"
    assert (call.status, call.code, call.message) == (403, "Forbidden", MESSAGE)


def test_refusal_carries_access_denied_detail(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    fake_ims.ram.deny("ice:RegisterMediaInfo")
    detail = refusal_of(fake_ims_client).access_denied_detail
    assert detail["AuthAction"] == "ice:RegisterMediaInfo"
    assert detail["AuthPrincipalOwnerId"] == fake_ims.account_id
    assert detail["NoPermissionType"] == "ExplicitDeny"
    assert set(detail) == {
        "AuthAction", "AuthPrincipalDisplayName", "AuthPrincipalOwnerId", "AuthPrincipalType",
        "EncodedDiagnosticMessage", "NoPermissionType", "PolicyType",
    }  # fmt: skip


def test_refused_registration_changes_nothing(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    fake_ims.ram.deny("ice:*")
    refusal_of(fake_ims_client)
    assert len(fake_ims.assets) == len(fake_ims.events) == len(fake_ims.world.queue) == 0


def test_denial_of_one_operation_leaves_the_other(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    media_id = register(fake_ims_client)
    fake_ims.ram.deny("ice:RegisterMediaInfo")
    answer = fake_ims_client.get_media_info(models.GetMediaInfoRequest(media_id=media_id))
    assert answer.body.media_info.media_id == media_id


def test_allow_takes_the_denial_back(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    fake_ims.ram.deny("ice:RegisterMediaInfo")
    refusal_of(fake_ims_client)
    fake_ims.ram.allow("ice:RegisterMediaInfo")
    assert register(fake_ims_client) in fake_ims.assets


def test_user_without_a_policy_may_do_nothing(fake_ims: FakeIms) -> None:
    alice = fake_ims.ram.create_user("alice")
    error = refusal_of(sdk.Client(fake_ims.sdk_config(alice)))
    assert (error.status_code, error.code) == (403, "Forbidden")
    assert error.access_denied_detail["NoPermissionType"] == "ImplicitDeny"
    assert error.access_denied_detail["AuthPrincipalDisplayName"] == "alice"
    assert fake_ims.calls[-1].caller == "alice"


def test_user_may_do_what_its_policy_allows(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    reader = fake_ims.ram.create_user(
        "reader",
        policy={
            "Version": "1",
            "Statement": [{"Effect": "Allow", "Action": "ice:Get*", "Resource": "*"}],
        },
    )
    media_id = register(fake_ims_client)
    client = sdk.Client(fake_ims.sdk_config(reader))
    answer = client.get_media_info(models.GetMediaInfoRequest(media_id=media_id))
    assert answer.body.media_info.media_id == media_id
    assert refusal_of(client).code == "Forbidden"
    fake_ims.ram.allow("ice:RegisterMediaInfo", user=reader)
    assert register(client, "oss://bucket/b.mp4") in fake_ims.assets


def test_denial_of_one_user_leaves_the_others(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    alice = fake_ims.ram.create_user("alice", policy=everything)
    fake_ims.ram.deny("ice:*", user=alice)
    refusal_of(sdk.Client(fake_ims.sdk_config(alice)))
    register(fake_ims_client)


async def refused_async(client: Any) -> Any:
    with pytest.raises(exceptions.ClientException) as caught:
        await client.register_media_info_async(models.RegisterMediaInfoRequest(input_url=URL))
    return caught.value


@pytest.mark.asyncio
async def test_denied_operation_is_the_async_sdks_403(
    fake_ims: FakeIms, fake_ims_client: Any
) -> None:
    fake_ims.ram.deny("ice:RegisterMediaInfo")
    error = await refused_async(fake_ims_client)
    request_id = fake_ims.calls[-1].request_id
    assert (error.status_code, error.code, error.request_id) == (403, "Forbidden", request_id)
    assert error.message == f"code: 403, {MESSAGE} request id: {request_id}"


def test_key_that_nobody_has_acts_as_the_default_caller(fake_ims: FakeIms) -> None:
    stranger = Rpc(fake_ims, access_key_id="LTAI5tAnyOtherKey")
    assert stranger.register(URL).status == 200
    fake_ims.ram.deny("ice:GetMediaInfo")
    assert stranger("GetMediaInfo", InputURL=URL).refusal == (403, "Forbidden", MESSAGE)


def test_refusal_comes_before_the_products_checks_and_after_the_gateways(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.ram.deny("ice:*")
    assert rpc("RegisterMediaInfo").code == "MissingInputURL"
    assert rpc.register(URL, CateId="x").code == "InvalidCateId"
    assert rpc.register("nonsense", MediaType="movie").code == "Forbidden"
    assert rpc("GetMediaInfo", MediaId="unknown").code == "Forbidden"


def test_refusal_is_found_by_the_text_that_callers_look_for(
    fake_ims: FakeIms, fake_ims_client: Any
) -> None:
    fake_ims.ram.deny("ice:*")
    message = refusal_of(fake_ims_client).message.lower()
    assert any(word in message for word in ("403", "forbidden", "not authorized"))


def test_reset_gives_the_default_caller_its_rights_back(
    fake_ims: FakeIms, fake_ims_client: Any
) -> None:
    fake_ims.ram.deny("ice:*")
    fake_ims.reset()
    assert register(fake_ims_client) in fake_ims.assets
