"""Who calls: keys of users, temporary keys, bearer tokens, nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from alibabacloud_ice20201109.client import Client
from alibabacloud_ice20201109.models import RegisterMediaInfoRequest
from refusals import GATEWAY_ORDER, SCHEMES, UNKNOWN, URL
from rpc import Reply, Rpc, exchange
from signed import Signed
from Tea.exceptions import TeaException

from fake_ims import FakeIms
from fake_ims.clock import iso, outside

pytestmark = pytest.mark.fake_ims(mode="enforce")
each_scheme = pytest.mark.parametrize("scheme", SCHEMES)
READER = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ice:Get*", "Resource": "*"}]}
LET_IN = "InvalidParameter"


def get(ims: FakeIms, scheme: str, keys: Any = None, secret: str = "") -> str:
    """The code of a GetMediaInfo."""
    client = Signed(ims, keys, secret)
    call = client.rpc if scheme == "rpc" else client.acs3
    return call("GetMediaInfo", **UNKNOWN).code


# ---------------------------------------------------------------- keys of users


@each_scheme
def test_each_user_signs_with_a_secret_of_its_own(fake_ims: FakeIms, scheme: str) -> None:
    alice, bob = (fake_ims.ram.create_user(name, READER) for name in ("alice", "bob"))
    assert get(fake_ims, scheme, alice) == get(fake_ims, scheme, bob) == LET_IN
    assert get(fake_ims, scheme, alice, bob.access_key_secret) == "SignatureDoesNotMatch"
    assert [call.caller for call in fake_ims.calls] == ["alice", "bob", "alice"]


@each_scheme
def test_disabled_and_enabled_again(fake_ims: FakeIms, scheme: str) -> None:
    alice = fake_ims.ram.create_user("alice", READER)
    fake_ims.ram.disable(alice)
    assert get(fake_ims, scheme, alice) == "InvalidAccessKeyId.Inactive"
    assert get(fake_ims, scheme) == LET_IN
    fake_ims.ram.enable(alice)
    fake_ims.ram.disable()
    assert get(fake_ims, scheme, alice) == LET_IN
    assert get(fake_ims, scheme) == "InvalidAccessKeyId.Inactive"
    fake_ims.ram.enable()
    assert get(fake_ims, scheme) == LET_IN


@each_scheme
def test_ram_decides_for_the_user_who_signed(fake_ims: FakeIms, scheme: str) -> None:
    reader = fake_ims.ram.create_user("reader", READER)
    client = Signed(fake_ims, reader)
    call = client.rpc if scheme == "rpc" else client.acs3
    reply = call("RegisterMediaInfo", InputURL=URL)
    assert (reply.status, reply.code) == (403, "Forbidden")
    assert list(reply.json) == [*GATEWAY_ORDER, "AccessDeniedDetail"]
    assert reply.json["AccessDeniedDetail"]["AuthPrincipalDisplayName"] == "reader"
    assert len(fake_ims.assets) == 0


@pytest.mark.parametrize("key", ["x", "LTAI", "\u952e", " ", "LTAI5t" + "x" * 1000, "\0", "a,b"])
def test_key_that_nobody_has(fake_ims: FakeIms, key: str) -> None:
    assert get(fake_ims, "rpc", key, "secret") == "InvalidAccessKeyId.NotFound"
    assert (fake_ims.calls[-1].access_key_id, fake_ims.calls[-1].caller) == (key, "")
    if key.isalnum() and key.isascii():
        assert get(fake_ims, "acs3", key, "secret") == "InvalidAccessKeyId.NotFound"


@pytest.mark.fake_ims(allow="not_implemented stray")
def test_key_of_another_world_reaches_that_world(fake_ims: FakeIms, fake_ims_factory: Any) -> None:
    with fake_ims_factory(mode="enforce") as other:
        assert other.endpoint == fake_ims.endpoint
        assert get(fake_ims, "rpc", other.ram.default) == LET_IN
        assert (len(fake_ims.calls), len(other.calls)) == (0, 1)
        alice = other.ram.create_user("alice", READER)
        assert get(fake_ims, "acs3", alice) == LET_IN
    assert get(fake_ims, "acs3", alice) == "FakeIms.EndedWorld"


# ---------------------------------------------------------------- temporary keys


@each_scheme
def test_temporary_keys_do_what_their_user_may(fake_ims: FakeIms, scheme: str) -> None:
    reader = fake_ims.ram.create_user("reader", READER)
    keys = fake_ims.ram.temporary_keys(reader)
    assert get(fake_ims, scheme, keys) == LET_IN
    assert fake_ims.calls[-1].caller == "reader"
    client = Signed(fake_ims, keys)
    call = client.rpc if scheme == "rpc" else client.acs3
    assert call("RegisterMediaInfo", InputURL=URL).refusal[:2] == (403, "Forbidden")
    fake_ims.ram.deny("ice:*", user=reader)
    assert get(fake_ims, scheme, keys) == "Forbidden"


@each_scheme
def test_temporary_keys_end_in_world_time(fake_ims: FakeIms, scheme: str) -> None:
    fake_ims.clock.freeze()
    keys = fake_ims.ram.temporary_keys(lifetime="1h")
    assert get(fake_ims, scheme, keys) == LET_IN
    fake_ims.clock.advance("59m")
    assert get(fake_ims, scheme, keys) == LET_IN
    fake_ims.clock.advance("1m")
    assert get(fake_ims, scheme, keys) == "InvalidSecurityToken.Expired"
    fake_ims.clock.advance("-1m")
    assert get(fake_ims, scheme, keys) == LET_IN
    fake_ims.clock.skew("14m")
    assert get(fake_ims, scheme, keys) == LET_IN


@each_scheme
def test_temporary_keys_outlive_that_their_users_key_is_disabled(
    fake_ims: FakeIms, scheme: str
) -> None:
    keys = fake_ims.ram.temporary_keys()
    fake_ims.ram.disable()
    assert get(fake_ims, scheme, keys) == LET_IN
    assert get(fake_ims, scheme) == "InvalidAccessKeyId.Inactive"


TOKENS: Mapping[str, tuple[str, str]] = {
    "none": ("", "MissingSecurityToken"),
    "nobody's": ("CAISnobody", "InvalidSecurityToken.Malformed"),
    "another's": ("another's", "InvalidSecurityToken.MismatchWithAccessKey"),
    "in other letters": ("swapped", "InvalidSecurityToken.Malformed"),
}


@each_scheme
@pytest.mark.parametrize(("token", "code"), TOKENS.values(), ids=TOKENS)
def test_temporary_keys_with_another_token(
    fake_ims: FakeIms, scheme: str, token: str, code: str
) -> None:
    keys, other = (fake_ims.ram.temporary_keys() for _ in range(2))
    texts = {"another's": other.security_token, "swapped": keys.security_token.swapcase()}
    assert get(fake_ims, scheme, keys._replace(security_token=texts.get(token, token))) == code
    assert get(fake_ims, scheme, keys) == LET_IN


@each_scheme
def test_token_beside_the_key_of_a_user(fake_ims: FakeIms, scheme: str) -> None:
    """The real service would say something of this kind; a client with such a mix is wrong."""
    keys, user = fake_ims.ram.temporary_keys(), fake_ims.ram.default
    mixed = keys._replace(
        access_key_id=user.access_key_id, access_key_secret=user.access_key_secret
    )
    assert get(fake_ims, scheme, mixed) == "InvalidSecurityToken.MismatchWithAccessKey"
    mixed = mixed._replace(security_token="CAISnobody")
    assert get(fake_ims, scheme, mixed) == "InvalidSecurityToken.Malformed"


def test_token_in_an_unsigned_place_does_not_count(fake_ims: FakeIms) -> None:
    keys = fake_ims.ram.temporary_keys()
    bare = Signed(fake_ims, keys._replace(security_token=""))
    in_header = bare.rpc_request("GetMediaInfo").with_headers(
        x_acs_security_token=keys.security_token
    )
    assert in_header.send().code == "MissingSecurityToken"
    reply = bare.acs3("GetMediaInfo", SecurityToken=keys.security_token)
    assert reply.code == "MissingSecurityToken"


@pytest.mark.parametrize("algorithm", ["", "v2"], ids=["acs3", "rpc"])
def test_sdk_config_of_temporary_keys(fake_ims: FakeIms, algorithm: str) -> None:
    keys = fake_ims.ram.temporary_keys()

    def register(name: str, **changed: str) -> str:
        config = fake_ims.sdk_config(keys)
        for field, value in changed.items():
            setattr(config, field, value)
        client = Client(config)
        client._signature_algorithm = algorithm or client._signature_algorithm
        request = RegisterMediaInfoRequest(input_url=f"oss://bucket/{name}.mp4")
        try:
            return str(client.register_media_info(request).body.media_id)
        except TeaException as refused:
            return str(refused.code)

    assert register("a") in fake_ims.assets
    assert fake_ims.calls[-1].scheme == ("rpc" if algorithm else "acs3")
    assert register("b", security_token="") == "MissingSecurityToken"
    assert register("b", access_key_secret="wrong") == "SignatureDoesNotMatch"
    fake_ims.clock.advance("1h")
    assert register("b") == "InvalidSecurityToken.Expired"
    assert len(fake_ims.assets) == 1


# ---------------------------------------------------------------- bearer tokens, and nobody


def unsigned_request(ims: FakeIms, place: str, token: str, **sent: str) -> Reply:
    """A request without a signature: everything in the query, or in headers."""
    now, nonce = iso(outside()), sent.pop("nonce", token[-8:] + place)
    if place == "query":
        parameters = {
            **UNKNOWN,
            "Action": "GetMediaInfo", "Version": "2020-11-09", "Timestamp": now,
            "SignatureNonce": nonce, "BearerToken": token, "SignatureType": "BEARERTOKEN",
        }  # fmt: skip
        target = Rpc(ims).target("GetMediaInfo", **{**parameters, "AccessKeyId": "", **sent})
        return exchange(ims.endpoint, "POST", target)
    headers = {
        "x-acs-action": "GetMediaInfo", "x-acs-version": "2020-11-09", "x-acs-date": now,
        "x-acs-signature-nonce": nonce, "x-acs-bearer-token": token,
    }  # fmt: skip
    changed = {name: sent.get(name, value) for name, value in headers.items()}
    return exchange(
        ims.endpoint, "POST", f"/?{urlencode(UNKNOWN)}&SignatureType=BEARERTOKEN", None, changed
    )


PLACES = pytest.mark.parametrize("place", ["query", "headers"])


@PLACES
def test_bearer_token_stands_for_its_user(fake_ims: FakeIms, place: str) -> None:
    reader = fake_ims.ram.create_user("reader", READER)
    token = fake_ims.ram.bearer_token(reader)
    assert unsigned_request(fake_ims, place, token).code == LET_IN
    call = fake_ims.calls[-1]
    assert (call.scheme, call.caller, call.access_key_id) == (
        "bearer", "reader", reader.access_key_id,
    )  # fmt: skip
    assert unsigned_request(fake_ims, place, token).code == "SignatureNonceUsed"
    fake_ims.ram.deny("ice:GetMediaInfo", user=reader)
    assert unsigned_request(fake_ims, place, token, nonce="2").code == "Forbidden"
    fake_ims.ram.disable(reader)
    reply = unsigned_request(fake_ims, place, token, nonce="3")
    assert reply.code == "InvalidAccessKeyId.Inactive"


@PLACES
def test_bearer_token_that_nobody_has(fake_ims: FakeIms, place: str) -> None:
    token = fake_ims.ram.bearer_token()
    for wrong in ("x", token[:-1], f"{fake_ims.access_key_id}.", f"{token}x", token.swapcase()):
        reply = unsigned_request(fake_ims, place, wrong)
        assert (reply.status, reply.code) == (403, "FakeIms.UnknownBearerToken")


@pytest.mark.parametrize(
    ("place", "name", "value", "code"),
    [
        ("query", "Timestamp", "", "MissingTimestamp"),
        ("query", "SignatureNonce", "", "MissingSignatureNonce"),
        ("query", "Version", "", "MissingVersion"),
        ("query", "Timestamp", "2001-01-01T00:00:00Z", "InvalidTimeStamp.Expired"),
        ("headers", "x-acs-date", "2001-01-01T00:00:00Z", "InvalidTimeStamp.Expired"),
        ("headers", "x-acs-date", "x", "InvalidTimeStamp.Format"),
        ("headers", "x-acs-signature-nonce", "", "MissingSignatureNonce"),
        ("headers", "x-acs-version", "", "MissingVersion"),
    ],
)
def test_bearer_token_spares_nothing_but_the_signature(
    fake_ims: FakeIms, place: str, name: str, value: str, code: str
) -> None:
    token = fake_ims.ram.bearer_token()
    assert unsigned_request(fake_ims, place, token, **{name: value}).code == code


ANONYMOUS = ("GetPublicMediaInfo", "ListAllPublicMediaTags", "ListPublicMediaBasicInfos")


@pytest.mark.parametrize("action", ANONYMOUS)
@pytest.mark.fake_ims(allow="not_implemented stray")
def test_anonymous_operation_is_let_in(fake_ims: FakeIms, rpc: Rpc, action: str) -> None:
    in_headers = {"x-acs-action": action, "x-acs-version": "2020-11-09"}
    for reply in (
        rpc.raw("POST", f"/?Action={action}&Version=2020-11-09"),
        rpc.raw("POST", "/?Format=json", None, in_headers),
    ):
        assert reply.refusal[:2] == (501, "FakeIms.OperationNotImplemented")
    assert {call.scheme for call in fake_ims.calls} == {"none"}


@pytest.mark.parametrize("action", ANONYMOUS)
@pytest.mark.fake_ims(allow="not_implemented stray")
def test_anonymous_operation_that_is_signed_is_checked(fake_ims: FakeIms, action: str) -> None:
    client = Signed(fake_ims, fake_ims.access_key_id, "wrong")
    assert client.rpc(action).code == client.acs3(action).code == "SignatureDoesNotMatch"
    assert Signed(fake_ims).rpc(action).status == Signed(fake_ims).acs3(action).status == 501


def test_other_operation_without_a_signature_is_refused(fake_ims: FakeIms, rpc: Rpc) -> None:
    assert rpc("GetMediaInfo").code == "MissingSignatureMethod"
    in_headers = {
        "x-acs-action": "GetMediaInfo", "x-acs-version": "2020-11-09",
        "x-acs-date": iso(outside()), "x-acs-signature-nonce": "1",
    }  # fmt: skip
    assert rpc.raw("POST", "/", None, in_headers).code == "MissingAccessKeyId"
    in_headers["x-acs-accesskey-id"] = fake_ims.access_key_id
    assert rpc.raw("POST", "/", None, in_headers).code == "IncompleteSignature"
