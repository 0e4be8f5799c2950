"""What RAM knows beside its users: temporary keys, bearer tokens, disabled keys."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

from fake_ims.clock import Instant
from fake_ims.gateway.ram import Ram

HOUR = 3_600_000_000


@pytest.fixture
def ram() -> Ram:
    return Ram(
        "1234567890123456",
        lambda number: (f"LTAIkey{number}", f"secret{number}"),
        lambda: Instant(5),
    )


def test_temporary_keys_are_of_a_user_for_a_time(ram: Ram) -> None:
    alice = ram.create_user("alice")
    keys, others = ram.temporary_keys(alice), ram.temporary_keys(lifetime="1.5h")
    assert (keys.user, keys.expires) == (alice, 5 + HOUR)
    assert (others.user, others.expires) == (ram.default, 5 + HOUR * 3 // 2)
    assert keys.expires_at.isoformat() == "1970-01-01T01:00:00.000005+00:00"
    assert keys.access_key_id.startswith("STS.")
    assert keys.security_token.startswith("CAIS")
    for one, other in zip(keys[:3], others[:3], strict=True):
        assert one != other


@pytest.mark.parametrize("owner", ["alice", 7, "keys"])
def test_owner_that_is_no_user_is_refused_at_once(ram: Ram, owner: object) -> None:
    ram.create_user("alice")
    wrong: Any = ram.temporary_keys() if owner == "keys" else owner
    for verb in (ram.temporary_keys, ram.bearer_token, ram.disable, ram.enable):
        with pytest.raises(TypeError, match="create_user"):
            verb(wrong)
    for change in (ram.deny, ram.allow):
        with pytest.raises(TypeError, match="create_user"):
            change("ice:*", user=wrong)


def test_keys_are_found_by_their_id_and_only_so(ram: Ram) -> None:
    keys = ram.temporary_keys()
    assert ram.keys(keys.access_key_id) is keys
    assert ram.keys(ram.default.access_key_id) is ram.default
    assert ram.keys(keys.access_key_id.lower()) is None
    assert ram.keys("") is None
    assert ram.caller(keys.access_key_id) is keys.user


def test_tokens_are_known_by_their_whole_text(ram: Ram) -> None:
    token = ram.temporary_keys().security_token
    assert ram.security_token_known(token)
    assert not ram.security_token_known(token[:-1])
    assert not ram.security_token_known("")
    alice = ram.create_user("alice")
    bearer = ram.bearer_token(alice)
    assert ram.bearer(bearer) is alice
    assert ram.bearer(bearer[:-1]) is None
    assert ram.bearer(f"{alice.access_key_id}.") is None
    assert bearer != ram.bearer_token(alice)


def test_disabled_and_enabled_again(ram: Ram) -> None:
    alice = ram.create_user("alice")
    ram.disable(alice)
    assert (alice.active, ram.default.active) == (False, True)
    ram.disable()
    ram.enable(alice)
    assert (alice.active, ram.default.active) == (True, False)


def test_repr_tells_no_secret(ram: Ram) -> None:
    keys = ram.temporary_keys()
    assert keys.access_key_id in repr(keys)
    for secret in (keys.access_key_secret, keys.security_token):
        assert secret not in repr(keys) + repr(ram)


def test_tokens_are_looked_up_while_others_are_given_out(ram: Ram) -> None:
    """A request with a wrong token must not fail because a test calls ``temporary_keys()``."""
    for _ in range(2000):
        ram.temporary_keys()
    stop = threading.Event()

    def give_out() -> None:
        while not stop.is_set():
            ram.temporary_keys()

    interval = sys.getswitchinterval()
    thread = threading.Thread(target=give_out)
    sys.setswitchinterval(1e-5)
    thread.start()
    try:
        for _ in range(20):
            assert not ram.security_token_known("wrong")
    finally:
        stop.set()
        thread.join()
        sys.setswitchinterval(interval)
