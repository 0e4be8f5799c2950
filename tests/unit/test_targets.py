"""Where the callback of an event goes, and how it is signed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fake_ims.events.configuration import CallbackConfiguration, Configured
from fake_ims.events.targets import (
    Target,
    address_in,
    signature_headers,
    targets_of,
)
from fake_ims.settings import Choices, Settings

EVENT = "RegisterMediaComplete"
URL = "https://app.example.com/callback"
OWN = "http://own.example.com/callback"
QUEUE = "ice-callback-own"
KEY = "Secret123"

EVERYWHERE = Target("http", URL)
SIGNED = Target("http", URL, KEY)


def notify(address: Any) -> str:
    return json.dumps({"NotifyAddress": address})


def stream(url: Any) -> str:
    return json.dumps({"MessageCallback": {"CallbackURL": url}, "Extend": {"id": 1}})


def both(address: Any, url: str) -> str:
    return json.dumps({"NotifyAddress": address, "MessageCallback": {"CallbackURL": url}})


def http(**more: str) -> CallbackConfiguration:
    return CallbackConfiguration(callback_type="HTTP", callback_url=URL, **more)


def signed(**more: str) -> CallbackConfiguration:
    return http(auth_switch="on", auth_key=KEY, **more)


def mns(**more: str) -> CallbackConfiguration:
    return CallbackConfiguration(
        callback_type="MNS", callback_queue_name="ice-callback-all", **more
    )


def targets(
    user_data: str | None, configuration: CallbackConfiguration | None, **settings: Any
) -> tuple[Target, ...]:
    return targets_of(EVENT, user_data, configuration, Settings(**settings))


# ---------------------------------------------------------------- what SetEventCallback set


def test_before_anything_is_set_no_callback_leaves() -> None:
    assert targets(None, None) == ()
    assert targets("{}", None) == ()


@pytest.mark.parametrize(
    ("configuration", "target"),
    [
        (http(), EVERYWHERE),
        (signed(), SIGNED),
        (http(auth_switch="off", auth_key=KEY), EVERYWHERE),
        (http(auth_key=KEY), EVERYWHERE),
        (mns(), Target("queue", "ice-callback-all")),
        (
            mns(callback_url=URL, auth_switch="on", auth_key=KEY),
            Target("queue", "ice-callback-all"),
        ),
        (signed(callback_queue_name="ice-callback-all"), SIGNED),
    ],
)
def test_what_is_set_is_for_every_event(configuration: Any, target: Target) -> None:
    assert targets(None, configuration) == (target,)
    assert targets('{"Team": "tv"}', configuration) == (target,)


@pytest.mark.parametrize(
    ("names", "leaves"),
    [
        ("RegisterMediaComplete", True),
        ("TranscodeComplete,RegisterMediaComplete", True),
        (" TranscodeComplete , RegisterMediaComplete ", True),
        ("RegisterMediaComplete,", True),
        ("NewerThanThisComplete,RegisterMediaComplete", True),
        ("TranscodeComplete", False),
        ("registermediacomplete", False),
        ("RegisterMedia", False),
        ("all", False),
    ],
)
@pytest.mark.parametrize("setting", ["all", "none"])
def test_only_events_in_the_list_leave(setting: str, names: str, leaves: bool) -> None:
    found = targets(None, http(event_type_list=names), event_type_list=setting)
    assert found == ((EVERYWHERE,) if leaves else ())


@pytest.mark.parametrize("names", [None, "", ",", " , ", "ALL", "TranscodeComplete, ALL"])
def test_without_a_list_the_setting_decides(names: str | None) -> None:
    configuration = http() if names is None else http(event_type_list=names)
    assert targets(None, configuration) == (EVERYWHERE,)
    assert targets(None, configuration, event_type_list="none") == ()


def test_a_list_counts_beside_all() -> None:
    configuration = http(event_type_list="ALL,RegisterMediaComplete")
    assert targets(None, configuration, event_type_list="none") == (EVERYWHERE,)


# ---------------------------------------------------------------- what UserData names


@pytest.mark.parametrize(
    ("user_data", "own"),
    [
        (notify(OWN), Target("http", OWN)),
        (notify(QUEUE), Target("queue", QUEUE)),
        (stream(OWN), Target("http", OWN)),
        (stream(QUEUE), Target("queue", QUEUE)),
        (both("", OWN), Target("http", OWN)),
        (both(None, OWN), Target("http", OWN)),
        (both(QUEUE, OWN), Target("queue", QUEUE)),
    ],
)
def test_an_address_in_user_data(user_data: str, own: Target) -> None:
    assert address_in(user_data) == own
    for setting in ("replace", "add"):
        other_events = http(event_type_list="TranscodeComplete")
        assert targets(user_data, None, notify_address=setting) == (own,)
        assert targets(user_data, other_events, notify_address=setting) == (own,)
    assert targets(user_data, http()) == (own,)
    assert targets(user_data, http(), notify_address="add") == (EVERYWHERE, own)


@pytest.mark.parametrize(
    "address",
    [
        "HTTP://own.example.com", "https://own.example.com:8443/a?b=c&d#e",
        "http://user:password@own.example.com/", "http://[::1]:8080/", "http://127.0.0.1",
        "http://例子.example.com/路径",
    ],
)  # fmt: skip
def test_a_url_is_kept_byte_for_byte(address: str) -> None:
    assert address_in(notify(address)) == Target("http", address)


@pytest.mark.parametrize(
    "address",
    [
        "", " ", "ftp://own.example.com/", "own.example.com", "//own.example.com", "http://",
        "https:///callback", "http://[::1", "http://own.example.com:port/",
        "http://own.example.com:65536/", "http://own.example.com:0/", f" {OWN}", f"{OWN} ",
        "http://own.example.com/a b", "http://own.example.com/\r\nX: y", "http://\ud800/",
        "ice-callback", "Ice-callback-own", "callback-own", "\0",
        None, True, 0, 1.5, [], [OWN], {}, {"URL": OWN},
    ],
)  # fmt: skip
def test_what_is_no_address_names_none(address: Any) -> None:
    for user_data in (notify(address), stream(address)):
        assert address_in(user_data) is None
        assert targets(user_data, http(), notify_address="replace") == (EVERYWHERE,)
        assert targets(user_data, None) == ()


@pytest.mark.parametrize(
    "user_data", [None, "", "{", "null", "[]", "1", OWN, '{"NotifyAddress": NaN}', "\ud800"]
)
def test_other_texts_name_none(user_data: str | None) -> None:
    assert address_in(user_data) is None


@pytest.mark.parametrize(
    "document",
    [
        OWN, {"MessageCallback": None}, {"MessageCallback": [OWN]}, {"MessageCallback": OWN},
        {"notifyaddress": OWN}, {"Extend": {"NotifyAddress": OWN}}, [{"NotifyAddress": OWN}],
        {"CallbackURL": OWN}, {"MessageCallback": {"NotifyAddress": OWN}},
    ],
)  # fmt: skip
def test_an_address_elsewhere_is_none(document: Any) -> None:
    assert address_in(json.dumps(document)) is None


def test_documents_out_of_bounds() -> None:
    assert address_in("[" * 100_000) is None
    assert address_in('{"NotifyAddress":' * 100_000) is None
    assert address_in("9" * 100_000) is None
    url = OWN + "/a" * 500_000
    assert address_in(notify(url)) == Target("http", url)


def test_a_large_document_is_read() -> None:
    document = {"Extend": ["x" * 1000] * 1000, "NotifyAddress": OWN}
    assert address_in(json.dumps(document)) == Target("http", OWN)


def test_one_receiver_gets_one_callback() -> None:
    for setting in ("signed", "unsigned"):
        found = targets(notify(URL), signed(), notify_address="add", notify_signature=setting)
        assert found == (SIGNED,)
    found = targets(notify(URL), signed(), notify_signature="unsigned")
    assert found == (EVERYWHERE,), "the task's own callback, alone"
    queue = mns(callback_url=URL)
    assert len(targets(notify("ice-callback-all"), queue, notify_address="add")) == 1
    assert len(targets(notify(URL), queue, notify_address="add")) == 2


TEXTS = st.text(max_size=20) | st.sampled_from([
    OWN, QUEUE, "http://", "https://[", "http://h:99999999999/", "http://h:\u0661/", "ftp://h/",
    "http://\u2100/", "ice-callback-", "http://\ud800/",
])  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["NotifyAddress", "MessageCallback", "CallbackURL", "Extend"]) | TEXTS,
        inner, max_size=3,
    ),
    max_leaves=6,
)  # fmt: skip
CONFIGURATIONS = st.sampled_from([None, http(), signed(), mns()])


def naive_address(document: Any) -> str | None:
    """The first text that stands where an address may, if any does."""
    if not isinstance(document, dict):
        return None
    callback = document.get("MessageCallback")
    places = (document.get("NotifyAddress"),
              callback.get("CallbackURL") if isinstance(callback, dict) else None)  # fmt: skip
    return next((each for each in places if isinstance(each, str) and each), None)


@given(
    VALUES
    | st.fixed_dictionaries({"NotifyAddress": VALUES})
    | st.fixed_dictionaries({"MessageCallback": st.fixed_dictionaries({"CallbackURL": VALUES})}),
    CONFIGURATIONS,
    st.sampled_from(["replace", "add"]),
    st.sampled_from(["signed", "unsigned"]),
)
@example({"NotifyAddress": "http://h\u2100/"}, None, "add", "signed")
def test_whatever_user_data_holds_the_event_goes_somewhere_sensible(
    document: Any, configuration: CallbackConfiguration | None, where: str, how: str
) -> None:
    user_data = json.dumps(document)
    settings = Settings(notify_address=where, notify_signature=how)
    found = targets_of(EVENT, user_data, configuration, settings)
    everywhere = targets_of(EVENT, None, configuration, settings)
    own = naive_address(document)
    assert len(set(found)) == len(found) <= 2
    assert (own in [target.address for target in found]) == (address_in(user_data) is not None)
    for target in found:
        assert target in everywhere or target.address == own
        beginning = "ice-callback-" if target.kind == "queue" else "http"
        assert target.address.lower().startswith(beginning)
        assert target.kind == "http" or target.auth_key is None
    if where == "add" or address_in(user_data) is None:
        assert set(everywhere) <= set(found)


@given(st.text())
def test_any_text_can_be_user_data(text: str) -> None:
    assert address_in(text) is None


# ---------------------------------------------------------------- the signature


def test_the_signature_of_the_documented_example() -> None:
    headers = signature_headers("https://www.example.com/your/callback", "Test123", 1519375990)
    assert headers == (
        ("X-ICE-TIMESTAMP", "1519375990"),
        ("X-ICE-SIGNATURE", "c587b80d2d0ede300e8967937da7219b"),
    )


def test_what_is_not_ascii_is_signed_in_utf_8() -> None:
    headers = dict(signature_headers("http://例子.example.com/", "Äa1", 1))
    assert headers["X-ICE-SIGNATURE"] == "dd6a4b8c66b0333ffa23df8a639c5c77"


@pytest.mark.parametrize(
    ("user_data", "setting", "key"),
    [
        (notify(OWN), "signed", KEY),
        (notify(OWN), "unsigned", None),
        (notify(QUEUE), "signed", None),
        (notify(QUEUE), "unsigned", None),
    ],
)
def test_the_signature_of_a_tasks_own_callback(user_data: str, setting: str, key: Any) -> None:
    (own,) = targets(user_data, signed(), notify_signature=setting)
    assert own.auth_key == key
    (own,) = targets(user_data, http(auth_key=KEY), notify_signature=setting)
    assert own.auth_key is None, "AuthSwitch is not on"
    (own,) = targets(user_data, mns(auth_switch="on", auth_key=KEY), notify_signature=setting)
    assert own.auth_key is None, "keys are for HTTP"
    filtered = signed(event_type_list="TranscodeComplete")
    (own,) = targets(user_data, filtered, notify_signature=setting)
    assert own.auth_key == key, "which events leave says nothing of signatures"


# ---------------------------------------------------------------- what a call notes


@pytest.mark.parametrize(
    ("user_data", "configuration", "noted"),
    [
        (notify(OWN), None, {"callback_content_type", "notify_events"}),
        (notify(QUEUE), None, {"notify_events"}),
        (None, signed(), set()),
        (notify("ftp://h/"), signed(), set()),
        (
            notify(OWN), http(),
            {"callback_content_type", "notify_address", "notify_events"},
        ),
        (notify(QUEUE), signed(), {"notify_address", "notify_events"}),
        (
            notify(OWN), signed(),
            {"callback_content_type", "notify_address", "notify_events", "notify_signature"},
        ),
    ],
)  # fmt: skip
def test_a_call_notes_what_its_callback_rests_on(
    user_data: str | None, configuration: CallbackConfiguration | None, noted: set[str]
) -> None:
    choices, callback = Choices(Settings()), Configured()
    callback.current = configuration
    callback.expect(user_data, choices)
    assert choices.relied_on == noted
    assert callback.awaited is (address_in(user_data) is not None)
