"""RAM: which statement covers what, and which one decides."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims import ApiError, PolicyError
from fake_ims.clock import Instant
from fake_ims.gateway.ram import Ram, Statement, User, read_policy

REGISTER = "ice:RegisterMediaInfo"
GET = "ice:GetMediaInfo"


def new_ram() -> Ram:
    return Ram(
        "1234567890123456",
        lambda number: (f"key{number}", f"secret{number}"),
        lambda: Instant(0),
    )


def may(ram: Ram, action: str, user: User | None = None) -> bool:
    with contextlib.suppress(ApiError):
        ram.authorise(user or ram.default, action)
        return True
    return False


def allow(action: str | list[str], resource: str | list[str] = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def deny(action: str | list[str], resource: str | list[str] = "*") -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    ("pattern", "action", "covered"),
    [
        (REGISTER, REGISTER, True),
        ("*", REGISTER, True),
        ("ice:*", REGISTER, True),
        ("ice:Register*", REGISTER, True),
        ("ice:*MediaInfo", REGISTER, True),
        ("ice:R*M*I*", REGISTER, True),
        ("ice:?egisterMediaInfo", REGISTER, True),
        ("ice:RegisterMediaInf?", REGISTER, True),
        ("ICE:registermediainfo", REGISTER, True),
        ("Ice:REGISTER*", REGISTER, True),
        ("ice:Get*", REGISTER, False),
        ("ice:Register", REGISTER, False),
        ("ice:RegisterMediaInfo?", REGISTER, False),
        ("ice", REGISTER, False),
        ("vod:*", REGISTER, False),
        ("", REGISTER, False),
        ("ice.RegisterMediaInfo", REGISTER, False),
        ("ice:[RG]*", REGISTER, False),
        ("ice:Register.*", REGISTER, False),
        ("ice:(", REGISTER, False),
    ],
)
def test_pattern_covers_action(pattern: str, action: str, covered: bool) -> None:
    assert Statement("Allow", (pattern,)).covers(action) is covered


@given(st.text(), st.text())
def test_no_pattern_breaks_the_evaluation(pattern: str, action: str) -> None:
    covered = Statement("Allow", (pattern,)).covers(action)
    if "*" not in pattern and "?" not in pattern and pattern.isascii() and action.isascii():
        assert covered == (pattern.lower() == action.lower())


@pytest.mark.parametrize(
    ("resource", "covered"),
    [("*", True), (["x", "*"], True), ("acs:ice:*:*:media/1", False), ([], None)],
)
def test_statement_limited_to_a_resource_covers_nothing_of_ims(
    resource: Any, covered: bool | None
) -> None:
    if covered is None:
        with pytest.raises(PolicyError):
            read_policy({"Statement": [allow(REGISTER, resource)]})
        return
    (statement,) = read_policy({"Statement": [allow(REGISTER, resource)]})
    assert statement.covers(REGISTER) is covered


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([allow(REGISTER)], True),
        ([allow(GET)], False),
        ([allow([GET, REGISTER])], True),
        ([allow("ice:*"), deny(REGISTER)], False),
        ([deny(REGISTER), allow("ice:*")], False),
        ([deny("ice:*"), allow(REGISTER)], False),
        ([deny(GET), allow(REGISTER)], True),
        ([deny(REGISTER, "acs:ice:*:*:x"), allow(REGISTER)], True),
    ],
    ids=str,
)
def test_deny_outweighs_allow_and_silence_is_no_allow(
    statements: list[dict[str, Any]], allowed: bool
) -> None:
    ram = new_ram()
    user = ram.create_user("alice", policy={"Version": "1", "Statement": statements})
    assert may(ram, REGISTER, user) is allowed


def test_refusal_says_whether_it_was_denied_or_only_not_allowed() -> None:
    ram = new_ram()
    user = ram.create_user("alice")
    for kind in ("ImplicitDeny", "ExplicitDeny"):
        with pytest.raises(ApiError) as caught:
            ram.authorise(user, REGISTER)
        detail = caught.value.access_denied_detail
        assert detail is not None
        assert detail["NoPermissionType"] == kind
        assert detail["AuthAction"] == REGISTER
        assert detail["AuthPrincipalDisplayName"] == "alice"
        assert detail["AuthPrincipalOwnerId"] == "1234567890123456"
        assert all(isinstance(value, str) and value for value in detail.values())
        ram.deny(REGISTER, user=user)


def test_default_caller_may_do_everything_of_ims() -> None:
    ram = new_ram()
    assert may(ram, REGISTER)
    assert not may(ram, "vod:CreateUploadVideo")


@pytest.mark.parametrize("denied", [REGISTER, "ice:registermediainfo", "ice:*", "*", "ice:Reg*"])
def test_allow_takes_back_exactly_what_was_denied(denied: str) -> None:
    ram = new_ram()
    ram.deny(denied)
    assert not may(ram, REGISTER)
    ram.allow(denied)
    assert may(ram, REGISTER)


def test_allow_takes_one_of_several_actions_back() -> None:
    ram = new_ram()
    ram.deny(REGISTER, GET)
    ram.allow(REGISTER)
    assert may(ram, REGISTER)
    assert not may(ram, GET)


def test_allow_in_another_case_takes_it_back() -> None:
    ram = new_ram()
    ram.deny(REGISTER)
    ram.allow("ICE:REGISTERMEDIAINFO")
    assert may(ram, REGISTER)


def test_allow_under_a_wider_denial_is_an_error_that_says_so() -> None:
    ram = new_ram()
    ram.deny("ice:*")
    with pytest.raises(ValueError, match=r"<Deny ice:\* on \*> still denies ice:RegisterMediaInfo"):
        ram.allow(REGISTER)
    assert not may(ram, REGISTER)


def test_allow_of_more_than_was_denied_leaves_nothing_silently_denied() -> None:
    """Deny outweighs Allow: either the narrower denial goes, or the caller is told."""
    ram = new_ram()
    ram.deny(REGISTER)
    told = ""
    try:
        ram.allow("ice:*")
    except ValueError as error:
        told = str(error)
    assert may(ram, REGISTER) or REGISTER in told


def test_allow_gives_a_user_what_it_did_not_have() -> None:
    ram = new_ram()
    user = ram.create_user("alice")
    ram.allow(REGISTER, user=user)
    assert may(ram, REGISTER, user)
    assert not may(ram, GET, user)


def test_denial_touches_one_user() -> None:
    ram = new_ram()
    user = ram.create_user("alice", policy={"Statement": allow("*")})
    ram.deny("ice:*", user=user)
    assert not may(ram, REGISTER, user)
    assert may(ram, REGISTER)


@pytest.mark.parametrize("actions", [(), ("RegisterMediaInfo",), (REGISTER, "GetMediaInfo"), ("",)])
@pytest.mark.parametrize("verb", ["deny", "allow"])
def test_action_is_written_with_its_product(verb: str, actions: tuple[str, ...]) -> None:
    ram = new_ram()
    with pytest.raises(ValueError, match="action"):
        getattr(ram, verb)(*actions)
    assert may(ram, REGISTER)


def test_users_have_keys_of_their_own() -> None:
    ram = new_ram()
    alice, bob = ram.create_user("alice"), ram.create_user("bob")
    keys = {user.access_key_id for user in (alice, bob, ram.default)}
    assert len(keys) == 3
    assert ram.user("alice") is alice
    assert ram.caller(bob.access_key_id) is bob
    assert ram.caller("nobody's") is ram.default
    assert ram.caller("") is ram.default
    with pytest.raises(KeyError):
        ram.user("carol")


def test_name_is_taken_once() -> None:
    ram = new_ram()
    ram.create_user("alice")
    for name in ("alice", "default"):
        with pytest.raises(ValueError, match=f"there is a user '{name}' already"):
            ram.create_user(name)


def test_malformed_policy_makes_no_user() -> None:
    ram = new_ram()
    with pytest.raises(PolicyError):
        ram.create_user("alice", policy={"Statement": [{"Effect": "Maybe"}]})
    assert ram.create_user("alice").statements == ()


@pytest.mark.parametrize(
    "policy",
    [
        {"Version": "1"},
        {"Statement": None},
        {"Statement": "x"},
        {"Statement": [None]},
        {"Statement": ["x"]},
        {"Statement": [{}]},
        {"Statement": [{1: 2}]},
        {"Statement": [{1: 2, "x": 3}]},
        {"Statement": [{"Effect": "Allow", "Action": REGISTER}]},
        {"Statement": [{"Effect": "Allow", "Resource": "*"}]},
        {"Statement": [{"Effect": "allow", "Action": REGISTER, "Resource": "*"}]},
        {"Statement": [{"Effect": ["Allow"], "Action": REGISTER, "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": [], "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": [1], "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": 5, "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": {"a": 1}, "Resource": "*"}]},
        {"Statement": [{**allow(REGISTER), "Condition": {}}]},
        {"Statement": [{"Effect": "Allow", "NotAction": REGISTER, "Resource": "*"}]},
        {"Statement": [{"Effect": "Allow", "Action": REGISTER, "NotResource": "*"}]},
        {"Statement": [{**allow(REGISTER), "Principal": "*"}]},
        '{"Statement": []}',
        [],
        5,
    ],
    ids=str,
)
def test_malformed_policy_is_a_policy_error(policy: Any) -> None:
    with pytest.raises(PolicyError):
        read_policy(policy)


def test_empty_policy_given_to_create_user_is_malformed_too() -> None:
    with pytest.raises(PolicyError):
        new_ram().create_user("alice", policy={})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(), children, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "Version": JSON,
            "Statement": JSON
            | st.lists(
                st.fixed_dictionaries(
                    {},
                    optional={
                        "Effect": JSON | st.sampled_from(["Allow", "Deny"]),
                        "Action": JSON,
                        "Resource": JSON,
                    },
                )
            ),
        },
    )
)
def test_any_json_is_a_policy_or_a_policy_error(policy: Any) -> None:
    try:
        statements = read_policy(policy)
    except PolicyError:
        return
    for statement in statements:
        assert statement.covers(REGISTER) in (True, False)


def test_repr_shows_what_a_user_may_and_no_secret() -> None:
    ram = new_ram()
    user = ram.create_user("alice", policy={"Statement": allow(REGISTER)})
    assert "alice" in repr(user)
    assert "<Allow ice:RegisterMediaInfo on *>" in repr(user)
    assert user.access_key_secret not in repr(user) + repr(ram)
