"""mode=open and mode=soft: nobody is refused, and soft says who would be."""

from __future__ import annotations

from typing import Any

import pytest
from refusals import AUTHENTICATION, SCHEMES, URL, WRONGS, Wrong, pairs_of, prepared
from rpc import Rpc
from signed import Signed

from fake_ims import FakeIms

each_scheme = pytest.mark.parametrize("scheme", SCHEMES)
OPEN = pytest.mark.fake_ims(mode="open")
SOFT = pytest.mark.fake_ims(mode="soft")
MODES = pytest.mark.parametrize("mode", [pytest.param(m, marks=pytest.mark.fake_ims(mode=m))
                                         for m in ("open", "soft")])  # fmt: skip
AUTHENTICATED = [
    pytest.param(scheme, wrong, id=f"{scheme}, {name}")
    for name, wrong in WRONGS.items()
    for scheme in wrong.schemes
    if wrong.stage in AUTHENTICATION
]
LATER = [
    pytest.param(scheme, wrong, id=f"{scheme}, {name}")
    for name, wrong in WRONGS.items()
    for scheme in wrong.schemes
    if wrong.stage not in (*AUTHENTICATION, "RAM")
]
DISABLED = WRONGS["disabled key"].code


@pytest.mark.parametrize(("scheme", "wrong"), AUTHENTICATED)
@OPEN
def test_open_looks_at_none_of_it_but_a_disabled_key(
    fake_ims: FakeIms, scheme: str, wrong: Wrong
) -> None:
    reply = prepared(fake_ims, scheme, wrong).send()
    call = fake_ims.calls[-1]
    if wrong.code == DISABLED:
        assert (reply.status, reply.code) == (wrong.status, wrong.code)
    else:
        assert reply.media_id in fake_ims.assets
        assert call.ok
    assert call.would_refuse == ()


@pytest.mark.parametrize(("scheme", "wrong"), AUTHENTICATED)
@SOFT
def test_soft_refuses_none_of_it_and_says_what_enforce_would(
    fake_ims: FakeIms, scheme: str, wrong: Wrong
) -> None:
    reply = prepared(fake_ims, scheme, wrong).send()
    assert reply.media_id in fake_ims.assets
    call = fake_ims.calls[-1]
    assert (call.status, call.code, call.message) == (200, None, None)
    first = call.would_refuse[0]
    assert first.code == wrong.code
    assert first.message.startswith(wrong.message)
    assert f"(would be refused: {wrong.code})" in repr(call)
    assert call.relied_on == ()


@pytest.mark.parametrize(("scheme", "wrong"), LATER)
@MODES
def test_what_comes_after_the_signature_is_refused_in_each_mode(
    fake_ims: FakeIms, mode: str, scheme: str, wrong: Wrong
) -> None:
    reply = prepared(fake_ims, scheme, wrong).send()
    assert (reply.status, reply.code) == (wrong.status, wrong.code)
    assert fake_ims.settings.mode == mode


@each_scheme
@SOFT
def test_soft_lists_all_that_is_wrong_in_the_order_of_the_checks(
    fake_ims: FakeIms, scheme: str
) -> None:
    for pair in pairs_of(scheme):
        if all(wrong.stage in (*AUTHENTICATION, "RAM") for wrong in pair):
            with fake_ims.scratch():
                assert prepared(fake_ims, scheme, *pair).send().status == 200
                codes = [each.code for each in fake_ims.calls[-1].would_refuse]
            assert codes[0] == pair[0].code
            rest_on_what_is_missing = pair[0].stage in ("common parameters", "form of signature")
            rest_on_what_is_missing |= pair[0].stage == "access key"
            assert pair[1].code in codes or rest_on_what_is_missing


@SOFT
def test_soft_forgives_a_denial_of_ram(fake_ims: FakeIms) -> None:
    fake_ims.ram.deny("ice:*")
    assert Signed(fake_ims).rpc("RegisterMediaInfo", InputURL=URL).media_id in fake_ims.assets
    assert [each.code for each in fake_ims.calls[-1].would_refuse] == ["Forbidden"]


@SOFT
def test_soft_finds_nothing_in_what_is_right(fake_ims: FakeIms) -> None:
    client = Signed(fake_ims)
    for call in (client.rpc, client.acs3, client.rpc):
        assert call("RegisterMediaInfo", InputURL=URL, Overwrite="true").status == 200
    assert [call.would_refuse for call in fake_ims.calls] == [()] * 3


@SOFT
def test_soft_keeps_what_it_lists_short(fake_ims: FakeIms) -> None:
    client = Signed(fake_ims, fake_ims.access_key_id, "wrong")
    client.rpc("GetMediaInfo", in_body=True, MediaId="%" * 100_000)
    assert len(fake_ims.calls[-1].would_refuse[0].message) < 2000


@SOFT
def test_soft_lets_a_request_with_nothing_but_an_action_pass(fake_ims: FakeIms, rpc: Rpc) -> None:
    assert rpc.raw("GET", f"/?Action=RegisterMediaInfo&InputURL={URL}").status == 200
    codes = [each.code for each in fake_ims.calls[-1].would_refuse]
    assert codes == [
        "MissingVersion", "MissingAccessKeyId", "MissingSignatureMethod",
        "MissingSignatureVersion", "MissingTimestamp", "MissingSignatureNonce",
        "IncompleteSignature",
    ]  # fmt: skip


@MODES
def test_who_calls_is_told_by_the_key_alone(fake_ims: FakeIms, mode: str) -> None:
    alice = fake_ims.ram.create_user("alice")
    fake_ims.ram.allow("ice:*", user=alice)
    Signed(fake_ims, alice, "wrong").acs3("RegisterMediaInfo", InputURL=URL)
    keys = fake_ims.ram.temporary_keys(alice)
    Signed(fake_ims, keys).rpc("GetMediaInfo", InputURL=URL)
    Signed(fake_ims, "LTAI5tNobody", "wrong").rpc("GetMediaInfo", InputURL=URL)
    assert [call.caller for call in fake_ims.calls] == ["alice", "alice", "default"]
    assert [call.ok for call in fake_ims.calls] == [True] * 3


@OPEN
def test_open_refuses_a_disabled_key_itself_not_others_that_stand_for_its_user(
    fake_ims: FakeIms,
) -> None:
    keys = fake_ims.ram.temporary_keys()
    fake_ims.ram.disable()
    callers: list[Any] = [keys, "LTAI5tNobody"]
    for number, caller in enumerate(callers):
        client = Signed(fake_ims, caller, "any")
        url = f"oss://bucket/{number}.mp4"
        assert client.rpc("RegisterMediaInfo", InputURL=url).status == 200
        assert client.acs3("GetMediaInfo", InputURL=url).status == 200
    for call in (Signed(fake_ims).rpc, Signed(fake_ims).acs3):
        assert call("GetMediaInfo").code == DISABLED
    fake_ims.ram.enable()
    assert Signed(fake_ims).rpc("GetMediaInfo", InputURL="oss://bucket/0.mp4").status == 200


def test_the_same_request_may_be_sent_again_in_open(fake_ims: FakeIms) -> None:
    request = Signed(fake_ims).rpc_request("RegisterMediaInfo", InputURL=URL, Overwrite="true")
    assert [request.send().status for _ in range(3)] == [200, 200, 200]


def test_mode_is_open_by_default(fake_ims: FakeIms) -> None:
    assert fake_ims.settings.mode == "open"


def test_mode_has_no_other_values() -> None:
    with pytest.raises(ValueError, match=r"mode does not take 'Enforce'.*open \| soft \| enforce"):
        FakeIms(mode="Enforce")
