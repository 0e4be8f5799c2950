"""mode=enforce: what is refused, how, and in which order."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkice.request.v20201109.GetMediaInfoRequest import GetMediaInfoRequest
from refusals import AUTHENTICATION, SCHEMES, URL, WRONGS, Wrong, pairs_of, prepared
from rpc import Rpc
from signed import ENCODINGS, Encode, Signed, canonical_query, rpc_string_to_sign

from fake_ims import FakeIms

pytestmark = pytest.mark.fake_ims(mode="enforce")
each_scheme = pytest.mark.parametrize("scheme", SCHEMES)
each_wrong = pytest.mark.parametrize(
    ("scheme", "wrong"),
    [
        pytest.param(scheme, wrong, id=f"{scheme}, {name}")
        for name, wrong in WRONGS.items()
        for scheme in wrong.schemes
    ],
)

# ---------------------------------------------------------------- what passes


@each_scheme
def test_what_is_signed_rightly_passes(fake_ims: FakeIms, scheme: str) -> None:
    reply = prepared(fake_ims, scheme).send()
    assert reply.media_id in fake_ims.assets
    assert (fake_ims.calls[-1].scheme, fake_ims.calls[-1].caller) == (scheme, "default")


TEXTS: dict[str, Any] = {
    "Title": "a b+c&d=e%f~g*h'i(j)k!l",
    "Description": "\u6807\u9898 \U0001f600\r\n\t\0",
    "UserData": '{"url": "http://x.y/?a=b&c=d"}',
}


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
@each_scheme
def test_it_does_not_matter_how_parameters_are_escaped(
    fake_ims: FakeIms, scheme: str, encode: Encode
) -> None:
    client = Signed(fake_ims)
    sent = {"InputURL": URL, "Unknown name \u952e[]": "1", "Overwrite": "true", **TEXTS}
    for method in ("GET", "POST"):
        request = getattr(client, f"{scheme}_request")(
            "RegisterMediaInfo", method=method, encode=encode, **sent
        )
        asset = fake_ims.assets[request.send().media_id]
        assert (asset.title, asset.description) == (TEXTS["Title"], TEXTS["Description"])


@pytest.mark.parametrize("encode", ENCODINGS.values(), ids=ENCODINGS)
def test_parameters_of_a_form_are_signed_too(fake_ims: FakeIms, encode: Encode) -> None:
    client = Signed(fake_ims)
    request = client.rpc_request(
        "RegisterMediaInfo", in_body=True, encode=encode, InputURL=URL, **TEXTS
    )
    assert fake_ims.assets[request.send().media_id].title == TEXTS["Title"]
    altered = request.body.replace(b"mp4", b"mp3")
    assert request.changed(body=altered).send().status == 400


# ---------------------------------------------------------------- what is refused


@each_wrong
def test_refusal(fake_ims: FakeIms, scheme: str, wrong: Wrong) -> None:
    reply = prepared(fake_ims, scheme, wrong).send()
    assert (reply.status, reply.code) == (wrong.status, wrong.code)
    assert reply.message.startswith(wrong.message)
    assert tuple(reply.json) == wrong.order
    assert reply.headers["content-type"] == "application/json;charset=utf-8"
    assert reply.json["RequestId"] == reply.headers["x-acs-request-id"]
    assert reply.json["HostId"] == "ice.cn-shanghai.aliyuncs.com"


@each_wrong
def test_refused_request_is_in_the_journal_and_changes_nothing(
    fake_ims: FakeIms, scheme: str, wrong: Wrong
) -> None:
    reply = prepared(fake_ims, scheme, wrong).send()
    call = fake_ims.calls[-1]
    assert (call.status, call.code, call.message) == reply.refusal
    assert call.request_id == reply.json["RequestId"]
    assert call.would_refuse == ()
    assert len(fake_ims.assets) == len(fake_ims.events) == len(fake_ims.world.queue) == 0


@each_scheme
def test_of_two_things_that_are_wrong_the_earlier_is_told(fake_ims: FakeIms, scheme: str) -> None:
    found, expected, stages = [], [], set()
    for earlier, later in pairs_of(scheme):
        with fake_ims.scratch():
            reply = prepared(fake_ims, scheme, earlier, later).send()
        found.append((reply.code, later.code))
        expected.append((earlier.code, later.code))
        stages.add((earlier.stage, later.stage))
    assert found == expected
    every = list(dict.fromkeys(wrong.stage for wrong in WRONGS.values()))
    adjacent = set(itertools.pairwise(every))
    assert adjacent <= stages
    assert set(AUTHENTICATION) < set(every)


# ---------------------------------------------------------------- the texts of a wrong signature


def test_message_of_hmac_sha1_ends_in_what_the_server_signs(fake_ims: FakeIms) -> None:
    client = Signed(fake_ims, fake_ims.access_key_id, "wrong")
    common = {"SignatureNonce": "n", "Timestamp": fake_ims.clock.now().strftime("%Y-%m-%dT%XZ")}
    reply = client.rpc("GetMediaInfo", common=common, MediaId="a b:c")
    sent = {
        "Action": "GetMediaInfo", "Version": "2020-11-09", "Format": "JSON", "MediaId": "a b:c",
        "AccessKeyId": fake_ims.access_key_id, "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0", **common,
    }  # fmt: skip
    head, colon, text = reply.message.partition(":")
    assert head == (
        "Specified signature is not matched with our calculation. server string to sign is"
    )
    assert (colon, text) == (":", rpc_string_to_sign("POST", sent.items()))
    assert reply.message.split(":")[1] == text


def test_v1_sdk_knows_a_wrong_secret_by_that_message(fake_ims: FakeIms) -> None:
    client = AcsClient(fake_ims.access_key_id, "wrong", fake_ims.region)
    request = GetMediaInfoRequest()
    request.set_endpoint(fake_ims.endpoint)
    request.set_protocol_type("http")
    request.set_MediaId("\u6807 :%")
    with pytest.raises(ServerException) as caught:
        client.do_action_with_exception(request)
    assert (caught.value.http_status, caught.value.error_code) == (400, "InvalidAccessKeySecret")
    assert fake_ims.calls[-1].code == "SignatureDoesNotMatch"


def test_message_of_acs3_holds_what_the_server_signs(fake_ims: FakeIms) -> None:
    client = Signed(fake_ims, fake_ims.access_key_id, "wrong")
    reply = client.acs3("GetMediaInfo", MediaId="a b")
    head, _, rest = reply.message.partition("server StringToSign is [")
    assert head == "Specified signature does not match our calculation. "
    text, _, canonical = rest.partition("] server CanonicalRequest is [")
    assert text.startswith("ACS3-HMAC-SHA256\n")
    assert canonical.startswith(f"POST\n/\n{canonical_query([('MediaId', 'a b')])}\nhost:")
    assert canonical.endswith("]")
    assert "\nx-acs-action:GetMediaInfo\n" in canonical


@pytest.mark.fake_ims(mode="enforce", signature_message="short")
def test_message_of_acs3_may_be_short(fake_ims: FakeIms) -> None:
    reply = Signed(fake_ims, fake_ims.access_key_id, "wrong").acs3("GetMediaInfo")
    assert reply.message == "Specified signature does not match our calculation."


def test_message_of_a_huge_request_is_not_huge(fake_ims: FakeIms) -> None:
    client = Signed(fake_ims, fake_ims.access_key_id, "wrong")
    reply = client.rpc("GetMediaInfo", in_body=True, MediaId="%" * 1_000_000)
    assert reply.code == "SignatureDoesNotMatch"
    assert len(reply.body) < 300_000


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(("action_check", "told"), [("after", 1), ("before", 0)])
@each_scheme
def test_action_is_looked_up_after_or_before_the_signature(
    fake_ims_factory: Any, scheme: str, action_check: str, told: int
) -> None:
    with fake_ims_factory(mode="enforce", action_check=action_check) as ims:
        for name in ("unknown action", "wrong version"):
            both = WRONGS[name], WRONGS["wrong secret"]
            assert prepared(ims, scheme, *both).send().code == both[told].code
        assert ims.calls[-1].relied_on


def test_rpc_scheme_without_anything_names_what_is_missing_in_turn(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    sent = {"InputURL": URL, "Action": "RegisterMediaInfo"}
    expected = {
        "MissingVersion": ("Version", "2020-11-09"),
        "MissingAccessKeyId": ("AccessKeyId", fake_ims.access_key_id),
        "MissingSignatureMethod": ("SignatureMethod", "HMAC-SHA1"),
        "MissingSignatureVersion": ("SignatureVersion", "1.0"),
        "MissingTimestamp": ("Timestamp", fake_ims.clock.now().strftime("%Y-%m-%dT%XZ")),
        "MissingSignatureNonce": ("SignatureNonce", "1"),
        "IncompleteSignature": ("Signature", "x"),
        "SignatureDoesNotMatch": ("Signature", "x"),
    }
    for code, (name, value) in expected.items():
        target = "/?" + "&".join(f"{each}={value}" for each, value in sent.items())
        assert rpc.raw("POST", target).code == code
        sent[name] = value
