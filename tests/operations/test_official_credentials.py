"""Every way in which the official Python SDK proves who calls, against ``mode=enforce``."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from alibabacloud_credentials.client import Client as Credential
from alibabacloud_credentials.models import Config as CredentialConfig
from alibabacloud_ice20201109.client import Client
from alibabacloud_ice20201109.models import GetPublicMediaInfoRequest, RegisterMediaInfoRequest
from alibabacloud_tea_openapi.models import Config
from Tea.exceptions import TeaException

from fake_ims import FakeIms

pytestmark = pytest.mark.fake_ims(mode="enforce")

# The SDK reads the variables when it is imported, and asks the network when it finds none.
WITH_THE_DEFAULT_CHAIN = """
import os
assert os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"]
from alibabacloud_credentials.client import Client as Credential
from alibabacloud_ice20201109.client import Client
from alibabacloud_ice20201109.models import RegisterMediaInfoRequest
from alibabacloud_tea_openapi.models import Config

endpoint = os.environ["FAKE_IMS_ENDPOINT"]
client = Client(Config(credential=Credential(), endpoint=endpoint, protocol="http"))
request = RegisterMediaInfoRequest(input_url="oss://bucket/a.mp4")
print(client.register_media_info(request).body.media_id)
"""


@pytest.mark.parametrize("temporary", [False, True], ids=["key of a user", "temporary keys"])
def test_default_credentials_chain_finds_the_keys_in_the_environment(
    fake_ims: FakeIms, temporary: bool
) -> None:
    keys = fake_ims.ram.temporary_keys() if temporary else None
    output = subprocess.run(
        (sys.executable, "-c", WITH_THE_DEFAULT_CHAIN),
        env={**os.environ, **fake_ims.env(keys)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert output.strip() in fake_ims.assets
    assert fake_ims.calls[-1].access_key_id.startswith("STS." if temporary else "LTAI")


@pytest.mark.parametrize("algorithm", ["", "v2"], ids=["token in a header", "token in the query"])
def test_bearer_token(fake_ims: FakeIms, algorithm: str) -> None:
    uploader = fake_ims.ram.create_user(
        "uploader",
        policy={
            "Version": "1",
            "Statement": [{"Effect": "Allow", "Action": "ice:Register*", "Resource": "*"}],
        },
    )

    def client_with(token: str) -> Client:
        credential = Credential(CredentialConfig(type="bearer", bearer_token=token))
        client = Client(Config(credential=credential, endpoint=fake_ims.endpoint, protocol="http"))
        if algorithm:
            client._signature_algorithm = algorithm
        return client

    request = RegisterMediaInfoRequest(input_url="oss://bucket/a.mp4")
    client_with(fake_ims.ram.bearer_token(uploader)).register_media_info(request)
    (call,) = fake_ims.calls
    assert (call.scheme, call.caller) == ("bearer", "uploader")

    with pytest.raises(TeaException) as refused:
        client_with("nobody's").register_media_info(request)
    assert refused.value.code == "FakeIms.UnknownBearerToken"

    fake_ims.ram.disable(uploader)
    with pytest.raises(TeaException) as refused:
        client_with(fake_ims.ram.bearer_token(uploader)).register_media_info(request)
    assert refused.value.code == "InvalidAccessKeyId.Inactive"


@pytest.mark.fake_ims(allow="not_implemented")
def test_anonymous_operation_needs_no_signature(fake_ims: FakeIms) -> None:
    with pytest.raises(TeaException) as refused:
        Client(fake_ims.sdk_config()).get_public_media_info(GetPublicMediaInfoRequest(media_id="x"))
    assert refused.value.code == "FakeIms.OperationNotImplemented"
    assert fake_ims.calls[-1].scheme == "none"
