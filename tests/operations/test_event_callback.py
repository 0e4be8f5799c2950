"""SetEventCallback and GetEventCallback, over HTTP."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rpc import Reply, Rpc, invalid, missing

from fake_ims import FakeIms
from fake_ims.events.names import EVENT_TYPES

URL = "https://app.example.com/callback"
HTTP = {"CallbackType": "HTTP", "CallbackURL": URL}
MNS = {"CallbackType": "MNS", "CallbackQueueName": "ice-callback-all"}
AUTH = {"AuthSwitch": "on", "AuthKey": "TestKey001"}
NAMES = ("CallbackType", "CallbackQueueName", "CallbackURL", "EventTypeList", "AuthSwitch",
         "AuthKey")  # fmt: skip


def set_to(rpc: Rpc, **sent: str) -> Reply:
    return rpc("SetEventCallback", **sent)


def found(rpc: Rpc) -> dict[str, Any]:
    """What GetEventCallback answers, but for the RequestId."""
    reply = rpc("GetEventCallback")
    assert reply.status == 200
    answer = reply.json
    del answer["RequestId"]
    return answer


# ---------------------------------------------------------------- what is set is answered


def test_before_anything_is_set_nothing_is_answered(rpc: Rpc) -> None:
    assert found(rpc) == {}


def test_the_answer_of_set(rpc: Rpc) -> None:
    reply = set_to(rpc, **HTTP)
    assert (reply.status, list(reply.json)) == (200, ["RequestId", "Success"])
    assert reply.json["Success"] is True


def test_get_answers_in_the_documented_order(rpc: Rpc) -> None:
    sent = {**HTTP, **AUTH, "CallbackQueueName": "ice-callback-queue",
            "EventTypeList": "ProduceMediaComplete,TranscodeComplete"}  # fmt: skip
    set_to(rpc, **sent)
    assert list(rpc("GetEventCallback").json) == ["RequestId", *NAMES]
    assert found(rpc) == sent


@pytest.mark.parametrize(
    "sent",
    [
        HTTP,
        MNS,
        {**HTTP, **AUTH},
        {**HTTP, "AuthSwitch": "off"},
        {**HTTP, "AuthSwitch": "off", "AuthKey": "TestKey001"},
        {**HTTP, "AuthKey": "TestKey001"},
        {**HTTP, "CallbackURL": "http://127.0.0.1:8080/回调?a=b+c&d=%20"},
        {**MNS, "CallbackURL": URL},
        {**MNS, "CallbackURL": "not a URL"},
        {**MNS, "EventTypeList": " RegisterMediaComplete , NewerComplete,"},
    ],
)
def test_what_was_set_is_answered(rpc: Rpc, sent: dict[str, str]) -> None:
    assert set_to(rpc, **sent).status == 200
    assert found(rpc) == sent


def test_keys_are_for_http_only(rpc: Rpc) -> None:
    """Of MNS they have no effect, whatever they are, and are not shown."""
    assert set_to(rpc, **MNS, AuthSwitch="on", AuthKey="short").status == 200
    assert found(rpc) == MNS
    assert set_to(rpc, **MNS, AuthSwitch="on").status == 200


def test_each_takes_the_place_of_the_one_before(rpc: Rpc) -> None:
    set_to(rpc, **HTTP, **AUTH, EventTypeList="RegisterMediaComplete")
    set_to(rpc, **MNS)
    assert found(rpc) == MNS
    set_to(rpc, **HTTP)
    assert found(rpc) == HTTP


@pytest.mark.parametrize("blank", NAMES[1:])
def test_what_is_blank_counts_as_not_sent(rpc: Rpc, blank: str) -> None:
    sent = {**HTTP, **AUTH, "AuthSwitch": "off"}
    sent.pop(blank, None)
    base = MNS if blank == "CallbackURL" else sent
    assert set_to(rpc, **{**base, blank: ""}).status == 200
    assert found(rpc) == {name: value for name, value in base.items() if name != blank}


@pytest.mark.parametrize("more", [{}, {"EventTypeList": "RegisterMediaComplete"}])
def test_a_queue_alone_is_what_the_first_sdks_send(
    fake_ims: FakeIms, rpc: Rpc, more: dict[str, str]
) -> None:
    """They have neither CallbackType nor CallbackURL; the very first no EventTypeList."""
    assert set_to(rpc, CallbackQueueName="ice-callback-old", **more).status == 200
    assert found(rpc) == {"CallbackType": "MNS", "CallbackQueueName": "ice-callback-old", **more}
    fake_ims.register(InputURL="oss://bucket/a.png")
    fake_ims.settle()
    assert [each.event_type for each in fake_ims.queues["ice-callback-old"]] == [
        "RegisterMediaComplete"
    ]


def test_two_worlds_and_a_reset_world_know_nothing_of_each_other(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    set_to(rpc, **HTTP)
    with FakeIms() as other:
        assert found(Rpc(other)) == {}
    fake_ims.reset()
    assert found(rpc) == {}


def test_two_at_once_leave_one_of_them_whole(fake_ims: FakeIms, rpc: Rpc) -> None:
    asked = [{**HTTP, **AUTH}, {**MNS, "EventTypeList": "RegisterMediaComplete"}]
    seen: list[dict[str, Any]] = []

    def work(sent: dict[str, str]) -> None:
        own = Rpc(fake_ims)
        for _ in range(20):
            set_to(own, **sent)
            seen.append(found(own))

    threads = [threading.Thread(target=work, args=(sent,)) for sent in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(seen) == 40
    assert [each for each in seen if each not in asked] == []


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({}, missing("CallbackType")),
        ({"CallbackURL": URL}, missing("CallbackType")),
        ({"EventTypeList": "RegisterMediaComplete"}, missing("CallbackType")),
        ({"CallbackType": "HTTP"}, missing("CallbackURL")),
        ({"CallbackType": "HTTP", "CallbackURL": ""}, missing("CallbackURL")),
        ({"CallbackType": "HTTP", "CallbackQueueName": "ice-callback-a"}, missing("CallbackURL")),
        ({"CallbackType": "MNS"}, missing("CallbackQueueName")),
        ({"CallbackType": "MNS", "CallbackURL": URL}, missing("CallbackQueueName")),
        ({**HTTP, "AuthSwitch": "on"}, missing("AuthKey")),
        ({**HTTP, "CallbackType": "http"}, invalid("CallbackType")),
        ({**HTTP, "CallbackType": "SMQ"}, invalid("CallbackType")),
        ({**HTTP, "AuthSwitch": "On"}, invalid("AuthSwitch")),
        ({**HTTP, "AuthSwitch": "true"}, invalid("AuthSwitch")),
        ({**MNS, "AuthSwitch": "true"}, invalid("AuthSwitch")),
    ],
)
def test_what_is_refused(rpc: Rpc, sent: dict[str, str], refusal: tuple[int, str, str]) -> None:
    set_to(rpc, **HTTP, **AUTH)
    assert set_to(rpc, **sent).refusal == refusal
    assert found(rpc) == {**HTTP, **AUTH}, "nothing has changed"


@pytest.mark.parametrize(
    "url",
    ["ftp://app.example.com/", "app.example.com/callback", "ice-callback-all", "http://",
     "http://app.example.com:0/", f"{URL} ", "http://[::1", " ", f" {URL}"],
)  # fmt: skip
def test_wrong_urls(rpc: Rpc, url: str) -> None:
    assert set_to(rpc, CallbackType="HTTP", CallbackURL=url).refusal == invalid("CallbackURL")


@pytest.mark.parametrize(("letter", "bytes_each"), [("a", 1), ("路", 3)])
def test_a_url_has_at_most_256_bytes(rpc: Rpc, letter: str, bytes_each: int) -> None:
    room = 256 - len(URL)
    longest = URL + letter * (room // bytes_each) + "a" * (room % bytes_each)
    assert len(longest.encode()) == 256
    assert set_to(rpc, CallbackType="HTTP", CallbackURL=longest).status == 200
    for sent in ({"CallbackType": "HTTP"}, MNS):
        assert set_to(rpc, **sent, CallbackURL=longest + "a").refusal == invalid("CallbackURL")


@pytest.mark.parametrize("key", ["Aa1", "TestKey001", "A" * 30 + "a1", "Aa1 ~!@#%&+=é密"])
def test_right_keys(rpc: Rpc, key: str) -> None:
    assert set_to(rpc, **HTTP, AuthSwitch="on", AuthKey=key).status == 200
    assert found(rpc)["AuthKey"] == key


@pytest.mark.parametrize(
    "key",
    ["A" * 31 + "a1", "aa1", "AA1", "Aaa", "Éa1", "Aé1", "Aa²", "Aa\u0661", "123", "密" * 20],
)
@pytest.mark.parametrize("switch", [{}, {"AuthSwitch": "on"}, {"AuthSwitch": "off"}])
def test_wrong_keys(rpc: Rpc, key: str, switch: dict[str, str]) -> None:
    assert set_to(rpc, **HTTP, **switch, AuthKey=key).refusal == invalid("AuthKey")


@pytest.mark.parametrize(
    "name",
    ["queue", "ice-callback", "Ice-Callback-a", "ice-callback-a b", "ice-callback-队列",
     "ice-callback-a_b", "ice-callback-a\n", "ice-callback-" + "a" * 108, "https://ice-callback-a"],
)  # fmt: skip
@pytest.mark.parametrize("base", [{"CallbackType": "MNS"}, {}, HTTP])
def test_wrong_queues(rpc: Rpc, name: str, base: dict[str, str]) -> None:
    reply = set_to(rpc, **base, CallbackQueueName=name)
    assert reply.refusal == invalid("CallbackQueueName")


def test_right_queues(rpc: Rpc) -> None:
    for name in (
        "ice-callback-a",
        "ice-callback-" + "a" * 107,
        "ice-callback-A-1",
        "ice-callback-",
    ):
        assert set_to(rpc, CallbackType="MNS", CallbackQueueName=name).status == 200


# ---------------------------------------------------------------- EventTypeList


def test_names_that_are_newer_than_this_are_accepted(fake_ims: FakeIms, rpc: Rpc) -> None:
    assert set_to(rpc, **HTTP, EventTypeList="NewerComplete,RegisterMediaComplete").status == 200
    fake_ims.register(InputURL="oss://bucket/a.mp4")
    fake_ims.settle()
    assert [each.event_type for each in fake_ims.callbacks] == ["RegisterMediaComplete"]


@pytest.mark.fake_ims(strict=True)
def test_strict_accepts_the_documented_names_only(rpc: Rpc) -> None:
    assert set_to(rpc, **HTTP, EventTypeList=",".join(EVENT_TYPES)).status == 200
    assert set_to(rpc, **HTTP).status == 200
    for wrong in ("NewerComplete", "registermediacomplete", "RegisterMediaComplete;X", "ALL", "*"):
        reply = set_to(rpc, **HTTP, EventTypeList=wrong)
        assert reply.refusal == invalid("EventTypeList")


def test_a_long_list(rpc: Rpc) -> None:
    names = ",".join(EVENT_TYPES * 300)
    assert set_to(rpc, **HTTP, EventTypeList=names).status == 200
    assert found(rpc)["EventTypeList"] == names


@pytest.mark.parametrize("sent", [{}, {"EventTypeList": "ALL"}, {"EventTypeList": ","}])
def test_without_a_list_the_guess_is_noted(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str]
) -> None:
    set_to(rpc, **HTTP, EventTypeList="RegisterMediaComplete")
    set_to(rpc, **HTTP, **sent)
    with_list, without = fake_ims.calls
    assert "event_type_list" not in with_list.relied_on
    assert "event_type_list" in without.relied_on


@pytest.mark.parametrize(("setting", "count"), [("all", 1), ("none", 0)])
def test_all_means_what_no_list_means(setting: str, count: int) -> None:
    with FakeIms(event_type_list=setting) as ims:
        set_to(Rpc(ims), **HTTP, EventTypeList="ALL")
        ims.register(InputURL="oss://bucket/a.png")
        ims.settle()
        assert len(ims.callbacks) == count


def test_what_counts_is_what_is_set_when_the_event_happens(fake_ims: FakeIms, rpc: Rpc) -> None:
    asset = fake_ims.register(InputURL="oss://bucket/a.png")
    set_to(rpc, **HTTP)
    fake_ims.settle()
    set_to(rpc, CallbackQueueName="ice-callback-later", EventTypeList="DeleteMediaComplete")
    fake_ims.update(asset.media_id, Title="new")
    fake_ims.delete(asset.media_id)
    fake_ims.settle()
    assert [(each.event_type, each.to) for each in fake_ims.callbacks] == [
        ("RegisterMediaComplete", URL),
        ("DeleteMediaComplete", "ice-callback-later"),
    ]


# ---------------------------------------------------------------- anything at all


TEXTS = st.text(max_size=40) | st.sampled_from([
    "HTTP", "MNS", "on", "off", URL, "http://[", "ice-callback-a", "TestKey001", "ALL",
    "RegisterMediaComplete", "a" * 300,
])  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), TEXTS))
def test_anything_is_set_or_refused_whole(
    fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str]
) -> None:
    before = found(rpc)
    reply = set_to(rpc, **sent)
    after = found(rpc)
    if reply.status != 200:
        assert reply.code in ("InvalidParameter", "MissingParameter")
        assert after == before
        return
    kept = {name: value for name, value in sent.items() if value}
    kept.setdefault("CallbackType", "MNS")
    if kept["CallbackType"] == "MNS":
        kept = {name: kept[name] for name in NAMES[:4] if name in kept}
    assert after == kept
    fake_ims.register(InputURL="oss://bucket/a.png", Overwrite=True)
