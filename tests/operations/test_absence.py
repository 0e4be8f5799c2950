"""Who waits for a callback in vain is told why: each reason there is, and what is shown with it."""

from __future__ import annotations

import json

import pytest
from rpc import Rpc

from fake_ims import CallbackError, FakeIms

IMAGE = "oss://bucket/a.png"
QUEUE = "ice-callback-demo"


def why(ims: FakeIms, event_type: str | None = None, **asked: str | int | None) -> list[str]:
    """The lines of the message; nothing more is to happen."""
    ims.settle()
    return why_now(ims, event_type, **asked)


def why_now(ims: FakeIms, event_type: str | None = None, **asked: str | int | None) -> list[str]:
    """The lines of the message, at once."""
    with pytest.raises(CallbackError) as error:
        ims.callbacks.wait_for(event_type, timeout=0, **asked)  # type: ignore[arg-type]
    lines = str(error.value).splitlines()
    assert all(line.isprintable() for line in lines)
    return lines


# ---------------------------------------------------------------- what was asked for


def test_what_was_asked_for_is_said_first_and_the_time_last(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    assert why(fake_ims) == [
        "no callback came (of any event, of any asset):",
        "No such event has happened.",
        "<0 callbacks>",
        "It is 2026-01-31T12:00:00Z there.",
    ]
    media_id = fake_ims.register(InputURL=IMAGE).media_id
    first, *_ = why(fake_ims, "DeleteMediaComplete", media_id=media_id, to=QUEUE, count=2)
    assert first == f"2 callbacks did not come (DeleteMediaComplete, of {media_id}, to {QUEUE}):"


def test_long_and_strange_addresses_are_shown_so_that_a_terminal_can_take_them(
    fake_ims: FakeIms,
) -> None:
    first, *_ = why(fake_ims, to="http://127.0.0.1/\x1b[31m\n" + "x" * 5000)
    assert "\\x1b[31m\\n" in first
    assert "...(5023 characters)..." in first
    first, second, *_ = why(fake_ims, media_id="媒体\n" * 1000)
    assert "...(3000 characters)..." in first
    assert "There is no asset with MediaId '媒体\\n" in second
    assert len(second) < 1000


def test_a_media_id_with_line_ends_stays_on_its_line(fake_ims: FakeIms) -> None:
    first, *_ = why(fake_ims, media_id="a\nb")
    assert first == "no callback came (of any event, of 'a\\nb'):"


# ---------------------------------------------------------------- reasons


def test_no_such_asset(fake_ims: FakeIms) -> None:
    assert "There is no asset with MediaId 'abc'." in why(fake_ims, media_id="abc")
    assert "There is no asset with MediaId ''." in why(fake_ims, media_id="")


def test_an_event_that_the_fake_does_not_have(fake_ims: FakeIms) -> None:
    _, second, *_ = why(fake_ims, "TranscodeComplete")
    assert second.startswith("The fake has no TranscodeComplete, only RegisterMediaComplete, Vid")


def test_an_event_that_has_not_happened(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=IMAGE, UserData={"NotifyAddress": QUEUE}).media_id
    for asked in ({}, {"media_id": media_id}):
        lines = why(fake_ims, "DeleteMediaComplete", **asked)
        assert lines[1] == "No such event has happened."
        assert lines[2] == "<1 callbacks>"  # all there are, as there is none of this kind
    lines = why(fake_ims, "VideoAnalysisComplete", media_id=media_id)  # of an image
    assert lines[1] == "No such event has happened."
    fake_ims.delete(media_id)  # it was there
    lines = why(fake_ims, "VideoAnalysisComplete", media_id=media_id)
    assert lines[1] == "No such event has happened."


def test_no_callback_is_set(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=IMAGE).media_id
    fake_ims.settle()
    (event,) = fake_ims.events
    assert why(fake_ims, media_id=media_id)[1] == (
        f"{event!r} happened, and no callback is set for it: SetEventCallback sets one for all "
        "assets, NotifyAddress in the UserData of RegisterMediaInfo one for that asset."
    )


@pytest.mark.parametrize("event_type", ["MediaBaseChangeComplete", "DeleteMediaComplete"])
def test_a_notify_address_gets_the_events_of_its_task_only(
    fake_ims: FakeIms, event_type: str
) -> None:
    media_id = fake_ims.register(InputURL=IMAGE, UserData={"NotifyAddress": QUEUE}).media_id
    fake_ims.update(media_id, Title="other")
    fake_ims.settle()
    fake_ims.delete(media_id)
    lines = why(fake_ims, event_type)
    assert lines[1].startswith(f"<{event_type} ")
    assert lines[1].endswith(
        "happened, and no callback is set for it: SetEventCallback sets one for all assets "
        "(a NotifyAddress gets the events of its task only)."
    )


def test_an_address_that_is_none_does_not_matter_to_other_events(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=IMAGE, UserData={"NotifyAddress": "demo"}).media_id
    fake_ims.update(media_id, Title="other")
    assert "no callback is set for it" in why(fake_ims, "MediaBaseChangeComplete")[1]


def test_the_latest_event_of_its_kind_is_shown(fake_ims: FakeIms) -> None:
    for name in "ab":
        fake_ims.register(InputURL=f"oss://bucket/{name}.png")
        fake_ims.settle()
    assert why(fake_ims)[1].startswith(f"{fake_ims.events[1]!r} happened, and ")


@pytest.mark.parametrize(
    ("user_data", "named"),
    [
        ({"NotifyAddress": "app.example.com/hook"}, "NotifyAddress 'app.example.com/hook'"),
        ({"NotifyAddress": "demo-queue"}, "NotifyAddress 'demo-queue'"),
        ({"NotifyAddress": 17}, "NotifyAddress '17'"),
        ({"NotifyAddress": ""}, "NotifyAddress ''"),
        ({"MessageCallback": {"CallbackURL": "ftp://a"}}, "CallbackURL 'ftp://a'"),
        ({"NotifyAddress": "http:///\x1b[0m"}, r"NotifyAddress 'http:///\x1b[0m'"),
    ],
    ids=str,
)
def test_an_address_that_is_none(
    fake_ims: FakeIms, user_data: dict[str, object], named: str
) -> None:
    fake_ims.register(InputURL=IMAGE, UserData=user_data)
    assert why(fake_ims)[1].endswith(
        f"happened, and the {named} of its UserData is neither an http:// or https:// URL nor the "
        "name of a queue, ice-callback-...."
    )


@pytest.mark.parametrize(
    "user_data",
    ["", "plain", "[1]", "[" * 1000, "{}", '{"MessageCallback":[]}', '{"NotifyAddress":null}'],
)
def test_user_data_without_an_address_names_none(fake_ims: FakeIms, user_data: str) -> None:
    """UpdateMediaInfo takes any text."""
    media_id = fake_ims.register(InputURL=IMAGE).media_id
    fake_ims.update(media_id, UserData=user_data)
    assert "no callback is set for it" in why(fake_ims, "RegisterMediaComplete")[1]


@pytest.mark.fake_ims(event_user_data="omit")
def test_an_address_that_is_none_where_events_do_not_tell_it(fake_ims: FakeIms) -> None:
    asset = fake_ims.register(InputURL=IMAGE, UserData={"NotifyAddress": "demo"})
    assert "the NotifyAddress 'demo'" in why(fake_ims)[1]
    fake_ims.delete(asset.media_id)  # its UserData is gone with it
    assert "no callback is set for it" in why(fake_ims, "RegisterMediaComplete")[1]


def test_the_address_of_an_asset_that_is_gone(fake_ims: FakeIms) -> None:
    asset = fake_ims.register(InputURL=IMAGE, UserData={"NotifyAddress": "demo"})
    fake_ims.settle()
    fake_ims.delete(asset.media_id)
    assert "the NotifyAddress 'demo'" in why(fake_ims, "RegisterMediaComplete")[1]


@pytest.mark.fake_ims(notify_events="listed")
def test_an_address_that_gets_listed_events_only(fake_ims: FakeIms, rpc: Rpc) -> None:
    told = json.dumps({"NotifyAddress": QUEUE})
    rpc.register(IMAGE, UserData=told)
    assert why(fake_ims)[1].endswith(
        "happened, and with notify_events=listed its UserData's address gets none without a "
        "callback of SetEventCallback."
    )
    rpc("SetEventCallback", CallbackQueueName="ice-callback-all", EventTypeList="Snapshot")
    rpc.register("oss://bucket/b.png", UserData=told)
    assert why(fake_ims)[1].endswith(
        "the EventTypeList of SetEventCallback has no RegisterMediaComplete: 'Snapshot'."
    )


def test_an_event_that_is_not_listed(fake_ims: FakeIms, rpc: Rpc) -> None:
    listed = "DeleteMediaComplete,RegisterMediaComplete"
    rpc("SetEventCallback", CallbackQueueName=QUEUE, EventTypeList=listed)
    fake_ims.register(InputURL="oss://bucket/a.mp4")
    assert why(fake_ims, "VideoAnalysisComplete")[1].endswith(
        f"happened, and the EventTypeList of SetEventCallback has no VideoAnalysisComplete: "
        f"'{listed}'."
    )


@pytest.mark.fake_ims(event_type_list="none")
def test_no_event_is_listed(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc("SetEventCallback", CallbackQueueName=QUEUE)
    fake_ims.register(InputURL=IMAGE)
    assert why(fake_ims)[1].endswith("SetEventCallback has no RegisterMediaComplete: ''.")


def test_a_callback_that_was_set_later(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.register(InputURL=IMAGE)
    fake_ims.settle()
    rpc("SetEventCallback", CallbackQueueName=QUEUE)
    assert why(fake_ims)[1].endswith("happened, and its callback was set later.")


def test_callbacks_that_went_elsewhere(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        for number in range(7):
            told = {"NotifyAddress": f"{inbox.url}/{number}"}
            fake_ims.register(InputURL=f"oss://bucket/{number}.png", UserData=told)
        lines = why(fake_ims, to=f"{inbox.url}/0/")  # a slash too many
    assert lines[1].startswith(f"Callbacks like that went elsewhere: to {inbox.url}/")
    assert lines[1].count(inbox.url) == 5
    assert lines[2] == "<7 callbacks>"


# ---------------------------------------------------------------- what is shown with it


def test_of_its_kind_some_came_but_not_so_many(fake_ims: FakeIms) -> None:
    for name, to in (("a", QUEUE), ("b", QUEUE), ("c", "ice-callback-other")):
        fake_ims.register(InputURL=f"oss://bucket/{name}.png", UserData={"NotifyAddress": to})
    lines = why(fake_ims, to=QUEUE, count=3)
    assert lines[0] == f"3 callbacks did not come (of any event, of any asset, to {QUEUE}):"
    assert lines[1] == "<2 callbacks>"  # those of its kind, and no reason why others did not come
    assert all(QUEUE in line for line in lines[2:] if line.startswith("  <callback"))


@pytest.mark.parametrize("completion", ["hand", "reads"])
def test_what_waits_for_a_call(fake_ims: FakeIms, completion: str) -> None:
    with FakeIms(completion=completion) as ims:
        media_id = ims.register(InputURL=IMAGE, UserData={"NotifyAddress": QUEUE}).media_id
        lines = why_now(ims, media_id=media_id)
        assert f"pending: <analysis of {media_id} when a call sets it off>" in lines
        told = f"With completion={completion}, complete(), fail() or settle() ends an analysis."
        assert told in lines
        ims.complete(media_id)
        assert ims.callbacks.wait_for(media_id=media_id).outcome == "delivered"


def test_what_is_pending_of_that_asset(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze()
    ids = [fake_ims.register(InputURL=f"oss://bucket/{n}.png").media_id for n in range(8)]
    pending = [line for line in why_now(fake_ims) if line.startswith("pending: ")]
    assert len(pending) == 5
    pending = [line for line in why_now(fake_ims, media_id=ids[3]) if line.startswith("pending: ")]
    assert len(pending) == 1
    assert pending[0].startswith(f"pending: <analysis of {ids[3]} due ")
    assert not any(line.startswith("With completion") for line in why_now(fake_ims))


def test_further_attempts_and_what_is_held(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        inbox.answer(500, times=1)
        fake_ims.clock.freeze()
        told = {"NotifyAddress": inbox.url}
        first = fake_ims.register(InputURL=IMAGE, UserData=told).media_id
        fake_ims.clock.advance("3s")
        lines = why_now(fake_ims, media_id=first)
        assert any(line.startswith("pending: <callback of 1 due ") for line in lines)
        assert any("500 Internal Server Error" in line for line in lines)

        bend = fake_ims.callbacks.reorder(count=2)
        other = fake_ims.register(InputURL="oss://bucket/b.png", UserData=told).media_id
        lines = why(fake_ims, media_id=other)
        assert f"bend: {bend!r}" in lines
        assert any("pending: a reorder holds it until 2 are there" in line for line in lines)


def test_another_end_shows_what_came(fake_ims: FakeIms) -> None:
    fake_ims.callbacks.drop()
    for name in "ab":
        told = {"NotifyAddress": QUEUE}
        fake_ims.register(InputURL=f"oss://bucket/{name}.png", UserData=told)
    fake_ims.settle()
    first, second = fake_ims.callbacks
    assert why(fake_ims, media_id=first.media_id) == [
        "a callback came to another end than delivered or recorded:", repr(first),
    ]  # fmt: skip
    assert why(fake_ims, outcome="dropped") == [
        "a callback came to another end than dropped:",
        "<2 callbacks>",
        f"  {first!r}",
        f"  {second!r}",
    ]
