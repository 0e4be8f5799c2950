"""Which keys a world answers to: given ones, those of before a reset, and those that never were."""

from __future__ import annotations

from typing import Any

import pytest
from refusals import UNKNOWN, URL
from rpc import Rpc
from signed import Signed

from fake_ims import FakeIms
from fake_ims.ids import access_key_id, read_access_key_id

LET_IN = "InvalidParameter"  # what GetMediaInfo answers for UNKNOWN


def code_of(ims: FakeIms, keys: Any, secret: str = "") -> str:
    return Signed(ims, keys, secret).rpc("GetMediaInfo", **UNKNOWN).code


# ---------------------------------------------------------------- keys that are given


@pytest.mark.fake_ims(mode="enforce", access_key_id="LTAI5tMine", access_key_secret="mine")
def test_given_keys_are_those_of_the_default_caller(fake_ims: FakeIms) -> None:
    assert (fake_ims.access_key_id, fake_ims.access_key_secret) == ("LTAI5tMine", "mine")
    assert code_of(fake_ims, "LTAI5tMine", "mine") == LET_IN
    assert code_of(fake_ims, "LTAI5tMine", "other") == "SignatureDoesNotMatch"
    assert code_of(fake_ims, "LTAI5tOther", "mine") == "InvalidAccessKeyId.NotFound"
    fake_ims.reset()
    assert code_of(fake_ims, "LTAI5tMine", "mine") == LET_IN
    alice = fake_ims.ram.create_user("alice", {"Version": "1", "Statement": []})
    assert code_of(fake_ims, alice) == "Forbidden"


def test_one_of_them_may_be_given_alone() -> None:
    with FakeIms(access_key_secret="mine") as ims:
        assert ims.access_key_id.startswith("LTAIFake")
        assert ims.access_key_secret == "mine"


# ---------------------------------------------------------------- keys of before


@pytest.mark.fake_ims(mode="enforce")
@pytest.mark.fake_ims(allow="stray")
def test_keys_of_before_a_reset_are_told_for_what_they_are(fake_ims: FakeIms) -> None:
    alice = fake_ims.ram.create_user("alice", {"Version": "1", "Statement": []})
    temporary = fake_ims.ram.temporary_keys()
    fake_ims.reset()
    for keys in (alice, temporary):
        reply = Signed(fake_ims, keys).rpc("GetMediaInfo", **UNKNOWN)
        assert reply.code == "FakeIms.EndedWorld"
        assert "before reset()" in reply.message
    assert code_of(fake_ims, None) == LET_IN


@pytest.mark.fake_ims(mode="enforce")
@pytest.mark.fake_ims(allow="stray")
def test_keys_of_outside_scratch_are_good_again_after_it(fake_ims: FakeIms) -> None:
    outer = fake_ims.ram.temporary_keys()
    with fake_ims.scratch():
        assert code_of(fake_ims, outer) == "FakeIms.EndedWorld"
        inner = fake_ims.ram.temporary_keys()
        assert code_of(fake_ims, inner) == LET_IN
    assert code_of(fake_ims, outer) == LET_IN
    assert code_of(fake_ims, inner) == "FakeIms.EndedWorld"


@pytest.mark.fake_ims(mode="enforce")
@pytest.mark.parametrize("change", ["user", "world"])
def test_key_that_was_never_given_is_an_unknown_one(fake_ims: FakeIms, change: str) -> None:
    parts = read_access_key_id(fake_ims.access_key_id)
    assert parts is not None
    more = {change: getattr(parts, change) + 9}
    unknown = access_key_id(parts._replace(**more))
    assert code_of(fake_ims, unknown, "any") == "InvalidAccessKeyId.NotFound"


# ---------------------------------------------------------------- what a refusal leaves behind


def test_refused_requests_do_not_move_the_seed(rpc: Rpc) -> None:
    drawn = []
    for refused in (0, 3):
        with FakeIms(seed=1, mode="enforce") as ims:
            for _ in range(refused):
                assert Rpc(ims)("RegisterMediaInfo").status == 400
            drawn.append(ims.register(InputURL=URL).media_id)
    assert drawn[0] == drawn[1]


@pytest.mark.fake_ims(mode="enforce")
def test_report_says_why_it_was_refused(fake_ims: FakeIms) -> None:
    client = Signed(fake_ims)
    altered = client.acs3_request("GetMediaInfo", body=b"MediaId=1")
    Signed(fake_ims, fake_ims.access_key_id, "wrong").rpc("GetMediaInfo")
    altered.changed(body=b"MediaId=2").send()
    fake_ims.clock.skew("-20m")
    client.rpc("GetMediaInfo")
    shown = [repr(call) for call in fake_ims.calls]
    assert "(signed with another secret, or altered on its way)" in shown[0]
    assert "(x-acs-content-sha256 is not the body's)" in shown[1]
    assert "by the client's clock" in shown[2]
    assert "the gateway's skewed by -1200s" in repr(fake_ims.clock)
