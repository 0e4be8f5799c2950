"""The journal over HTTP: what is recorded, what can be asked and asserted of it."""

from __future__ import annotations

import re
from typing import Any
from unittest.mock import ANY

import pytest
from alibabacloud_ice20201109.client import Client
from alibabacloud_ice20201109.models import RegisterMediaInfoRequest
from rpc import WAYS, Rpc

from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"


def test_call_records_the_request_and_its_answer(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    reply = rpc.register(URL, Title="t")
    (call,) = fake_ims.calls
    assert call.action == "RegisterMediaInfo"
    assert call.parameters == {"InputURL": URL, "Title": "t"}
    assert (call.status, call.code, call.message, call.ok) == (200, None, None, True)
    assert call.request_id == reply.json["RequestId"]
    assert (call.http_method, call.caller) == ("POST", "default")
    assert call.at == 1769860800_000_000


def test_call_records_a_refusal(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register("x")
    (call,) = fake_ims.calls
    assert (call.status, call.code, call.ok) == (400, "InvalidParameter", False)
    assert call.message == 'The specified parameter "InputURL" is not valid.'


def test_calls_are_in_order_and_can_be_picked(fake_ims: FakeIms, rpc: Rpc) -> None:
    for number in range(3):
        rpc.register(f"oss://b/{number}.mp4")
    rpc("GetMediaInfo", InputURL="oss://b/1.mp4")
    assert [call.action for call in fake_ims.calls] == ["RegisterMediaInfo"] * 3 + ["GetMediaInfo"]
    assert len(fake_ims.calls.of("RegisterMediaInfo")) == 3
    assert len(fake_ims.calls.of(InputURL="oss://b/1.mp4")) == 2
    assert len(fake_ims.calls.of("RegisterMediaInfo", InputURL="oss://b/1.mp4")) == 1


def test_calls_are_a_snapshot(fake_ims: FakeIms, rpc: Rpc) -> None:
    before = fake_ims.calls
    rpc.register(URL)
    assert len(before) == 0


def test_assert_called_returns_the_last_such_call(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL, Title="one")
    rpc.register(URL, Title="two", CateId="5")
    assert fake_ims.calls.assert_called("RegisterMediaInfo").parameters["Title"] == "two"
    fake_ims.calls.assert_called("RegisterMediaInfo", InputURL=URL, times=2)
    fake_ims.calls.assert_called("RegisterMediaInfo", Title="one", times=1)
    fake_ims.calls.assert_called("RegisterMediaInfo", CateId=5)
    fake_ims.calls.assert_not_called("GetMediaInfo")
    fake_ims.calls.assert_not_called("RegisterMediaInfo", Title="three")


def test_assert_called_fails_with_what_was_called_instead(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL, Title="one")
    with pytest.raises(AssertionError) as caught:
        fake_ims.calls.assert_called("RegisterMediaInfo", Title="two")
    assert "RegisterMediaInfo(Title='two') was not called" in str(caught.value)
    assert f"<RegisterMediaInfo(InputURL='{URL}', Title='one') 200 at 20" in str(caught.value)


def test_assert_called_fails_with_how_often_it_was_called(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL)
    with pytest.raises(AssertionError, match="was called 1 time; wanted 2 times"):
        fake_ims.calls.assert_called("RegisterMediaInfo", times=2)
    with pytest.raises(AssertionError, match="was called 1 time; wanted none"):
        fake_ims.calls.assert_not_called("RegisterMediaInfo")


@pytest.mark.fake_ims(journal_size=3)
def test_journal_keeps_the_latest_calls(fake_ims: FakeIms, rpc: Rpc) -> None:
    for number in range(5):
        rpc.register(f"oss://b/{number}.mp4")
    assert [call.parameters["InputURL"] for call in fake_ims.calls] == [
        "oss://b/2.mp4", "oss://b/3.mp4", "oss://b/4.mp4",
    ]  # fmt: skip
    assert len(fake_ims.assets) == 5


def test_python_calls_are_not_in_the_journal(fake_ims: FakeIms) -> None:
    fake_ims.register(InputURL=URL)
    assert len(fake_ims.assets) == 1
    assert fake_ims.calls == ()


def test_request_that_cannot_be_read_is_in_the_listeners_journal(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    rpc.raw("POST", "/nowhere")
    assert fake_ims.calls == ()
    assert "/nowhere" in fake_ims.server.calls[-1].action
    assert fake_ims.server.calls[-1].code == "InvalidAction.NotFound"


# ---------------------------------------------------------------- asking


def test_calls_are_picked_by_who_called_and_how_it_went(fake_ims: FakeIms, rpc: Rpc) -> None:
    alice = fake_ims.ram.create_user("alice", policy={"Statement": []})
    media_id = rpc.register(URL).media_id
    rpc.register(URL)
    Rpc(fake_ims, access_key_id=alice.access_key_id)("GetMediaInfo", MediaId=media_id)
    calls = fake_ims.calls
    assert [call.code for call in calls.of("RegisterMediaInfo")] == [None, "MediaAlreadyExist"]
    assert calls.of(ok=True) == calls[:1]
    assert calls.of(status=409, message=re.compile(media_id)) == calls[1:2]
    assert calls.of(code=re.compile("Already")) == calls[1:2]
    assert calls.of(caller="alice") == calls.of(access_key_id=alice.access_key_id) == calls[2:]
    assert calls.of(caller="default") == calls[:2]
    assert calls.of(http_method="POST", scheme="none") == calls
    assert calls.of(request_id=calls[1].request_id) == calls[1:2]
    assert calls.of(fault=False) == calls
    assert calls.of(fault=True) == ()


@pytest.mark.parametrize("way", WAYS)
def test_parameters_are_matched_whatever_way_they_came(
    fake_ims: FakeIms, rpc: Rpc, way: str
) -> None:
    WAYS[way](
        rpc,
        "RegisterMediaInfo",
        {
            "InputURL": URL, "Title": "", "MediaTags": "a,b", "Overwrite": "True",
            "UserData": '{"NotifyAddress": "http://x.y", "Extend": {"n": [1, 2]}}',
            "CateId": "5",
        },
    )  # fmt: skip
    wanted: dict[str, Any] = {
        "InputURL": re.compile(r"\.mp4$"),
        "Title": None,
        "Description": None,
        "MediaTags": ["a", ANY],
        "Overwrite": True,
        "UserData": {"NotifyAddress": str.isascii, "Extend": {"n": [1, 2]}},
        "CateId": 5,
    }
    fake_ims.calls.assert_called("RegisterMediaInfo", parameters=wanted, times=1)
    for name in wanted:
        other = wanted | {name: "something else"}
        fake_ims.calls.assert_not_called("RegisterMediaInfo", parameters=other)


def test_the_official_clients_json_is_matched_by_its_parts(
    fake_ims: FakeIms, fake_ims_client: Client
) -> None:
    request = RegisterMediaInfoRequest(
        input_url=URL, overwrite=True, media_tags="a,b", register_config='{"NeedSprite": "false"}'
    )
    fake_ims_client.register_media_info(request)
    fake_ims.calls.assert_called(
        "RegisterMediaInfo",
        client="AlibabaCloud Python",
        ok=True,
        Overwrite=True,
        MediaTags=["a", "b"],
        RegisterConfig={"NeedSprite": False, "NeedSnapshot": None},
        UserData=None,
    )


def test_the_state_of_an_order_of_calls(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    rpc.get(media_id)
    fake_ims.clock.advance("3s")
    rpc.get(media_id)
    found = fake_ims.calls.assert_order(
        "RegisterMediaInfo", ("GetMediaInfo", {"MediaId": media_id}), ("GetMediaInfo", {"ok": True})
    )
    assert found == fake_ims.calls
    with pytest.raises(AssertionError, match="was not called after call 1: step 2 of 2 is missing"):
        fake_ims.calls[1:].assert_order("GetMediaInfo", ("GetMediaInfo", {"MediaId": "x"}))


@pytest.mark.fake_ims(journal_size=2)
def test_what_a_full_journal_cannot_tell_fails(fake_ims: FakeIms, rpc: Rpc) -> None:
    for number in range(3):
        rpc.register(f"oss://b/{number}.mp4")
    assert fake_ims.calls.dropped == 1
    fake_ims.calls.assert_called("RegisterMediaInfo", at_least=2)
    for times in (0, 2, 3):
        with pytest.raises(AssertionError):
            fake_ims.calls.assert_called("RegisterMediaInfo", times=times)
    with pytest.raises(AssertionError, match=r"cannot be told\.\n1 earlier call was dropped"):
        fake_ims.calls.assert_not_called("GetMediaInfo")


@pytest.mark.fake_ims(journal_bytes="16KiB")
def test_a_journal_is_bounded_in_bytes(fake_ims: FakeIms, rpc: Rpc) -> None:
    for number in range(10):
        rpc("GetMediaInfo", MediaId=f"{number}" + "x" * 8000)
    assert [call.parameters["MediaId"][0] for call in fake_ims.calls] == ["9"]
    assert fake_ims.calls.dropped == 9


def test_a_call_keeps_its_answer_and_how_long_it_took(fake_ims: FakeIms, rpc: Rpc) -> None:
    reply = rpc.register(URL)
    rpc("GetMediaInfo", MediaId=reply.media_id, Format="XML")
    first, second = fake_ims.calls
    assert first.answer == reply.json
    assert second.answer.startswith("<?xml")
    assert first.duration is not None
    assert 0 <= first.duration < 20
    assert first.size > len(reply.body)


@pytest.mark.parametrize(
    ("action", "wanted", "why"),
    [
        ("RegisterMedia", {}, "the service has no operation RegisterMedia; did you mean Register"),
        ("X" * 999, {}, "the service has no operation XXX"),
        (
            "RegisterMediaInfo",
            {"Titel": ANY},
            "RegisterMediaInfo has no parameter Titel; did you mean Title? (One that is not",
        ),
        ("RegisterMediaInfo", {"Zzz": "m"}, "RegisterMediaInfo has no parameter Zzz. (One"),
    ],
)
def test_what_the_service_does_not_have_cannot_be_missed(
    fake_ims: FakeIms, rpc: Rpc, action: str, wanted: dict[str, Any], why: str
) -> None:
    for _ in range(2):  # without any calls, too
        with pytest.raises(AssertionError, match=re.escape(f"cannot be told: {why}")):
            fake_ims.calls.assert_not_called(action, **wanted)
        with pytest.raises(AssertionError, match=re.escape(f"cannot be told: {why}")):
            fake_ims.calls[:0].assert_called(action, times=0, **wanted)
        rpc("RegisterMediaInfo", InputURL=URL)


def test_a_parameter_that_does_not_exist_is_not_missing(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc("RegisterMediaInfo", InputURL=URL, Foo="x")
    calls = fake_ims.calls
    with pytest.raises(AssertionError, match="no parameter Titel; did you mean Title"):
        calls.assert_called("RegisterMediaInfo", Titel=None)
    calls.assert_called("RegisterMediaInfo", Title=None, parameters={"Titel": None})
    calls.assert_not_called("RegisterMediaInfo", Foo="y")  # it was sent, if not so
    calls.assert_not_called("RegisterMediaInfo", parameters={"Titel": ANY})
    calls.assert_not_called("SubmitASRJob", Titel=ANY)  # whose parameters are not known
    rpc("NoSuchOperation")
    fake_ims.calls.assert_not_called("NoSuchOperation", ok=True)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"status": "200"}, "status is a number, not '200'"),
        ({"code": 404}, "code is a text, such as 'Forbidden', not 404; a number is a status"),
        ({"ok": "true"}, "ok is True or False, not 'true'"),
    ],
)
def test_what_no_call_has_cannot_be_wanted(
    fake_ims: FakeIms, wanted: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        fake_ims.calls.assert_not_called(**wanted)
