"""When callbacks leave, over HTTP: after the answer, in order, and what they announce is there."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from patience import until
from rpc import Rpc

from fake_ims import FakeIms
from fake_ims.received import Received

HANG = 20


def notify(url: str) -> str:
    return json.dumps({"NotifyAddress": url})


def set_callback(rpc: Rpc, url: str) -> None:
    events = "RegisterMediaComplete,DeleteMediaComplete,MediaBaseChangeComplete"
    rpc("SetEventCallback", CallbackType="HTTP", CallbackURL=url, EventTypeList=events)


def kinds(received: tuple[Received, ...]) -> list[str | None]:
    return [each.event_type for each in received]


def test_the_body_is_the_event_in_the_order_that_was_observed(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2024-07-25T09:21:36Z")
    with fake_ims.callbacks.receiver() as inbox:
        media_id = rpc.register("oss://b/a.png", UserData=notify(inbox.url)).media_id
        fake_ims.settle()
        (received,) = inbox.received
    assert received.body.decode().startswith(
        '{"EventType":"RegisterMediaComplete","UserId":1234567890123456,'
    )
    assert list(received.event) == ["EventType", "UserId", "EventTime", "MessageBody"]
    assert received.event["MessageBody"]["MediaId"] == media_id
    assert received.event["MessageBody"]["Status"] == "Success"
    assert received.headers["content-type"] == "application/json"


def test_no_callback_without_an_address(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register("oss://b/a.mp4", UserData='{"Team":"tv"}')
    assert fake_ims.settle()
    assert len(fake_ims.callbacks) == 0


@pytest.mark.fake_ims(delay=0)
@pytest.mark.parametrize("action", ["RegisterMediaInfo", "UpdateMediaInfo", "DeleteMediaInfos"])
def test_it_leaves_after_the_answer(fake_ims: FakeIms, rpc: Rpc, action: str) -> None:
    """The answer is kept back after the work: the callback is, too."""
    with fake_ims.callbacks.receiver() as inbox:
        set_callback(rpc, inbox.url)
        media_id = rpc.register("oss://b/a.png").media_id
        fake_ims.callbacks.wait_for(media_id=media_id)
        before = len(inbox.received)
        asked: dict[str, dict[str, str]] = {
            "RegisterMediaInfo": {"InputURL": "oss://b/b.png"},
            "UpdateMediaInfo": {"MediaId": media_id, "Title": "other"},
            "DeleteMediaInfos": {"MediaIds": media_id},
        }
        fake_ims.faults.add(action, latency="300ms")
        seen: list[int] = []

        def call() -> None:
            rpc(action, **asked[action])
            seen.append(len(fake_ims.callbacks.of(outcome="delivered")))

        thread = threading.Thread(target=call)
        thread.start()
        until(lambda: len(fake_ims.callbacks) > before)  # its work is done
        assert len(inbox.received) == before
        assert fake_ims.callbacks[-1].outcome == "pending"
        assert fake_ims.clock.advance("1h") == ()
        assert len(inbox.received) == before, (
            "advance() lets nothing leave that waits for an answer"
        )
        thread.join(HANG)
        fake_ims.callbacks.wait_for(count=before + 1)
        assert len(inbox.received) == before + 1


@pytest.mark.fake_ims(delay=0)
def test_an_answer_that_cannot_be_sent_lets_it_go(fake_ims: FakeIms, rpc: Rpc) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        fake_ims.faults.add("RegisterMediaInfo", reset=True, after_work=True)
        with pytest.raises(ConnectionError):
            rpc.register("oss://b/a.png", UserData=notify(inbox.url))
        fake_ims.callbacks.wait_for("RegisterMediaComplete")
        assert len(inbox.received) == 1


def test_what_is_announced_can_be_read_inside_the_handler(fake_ims: FakeIms, rpc: Rpc) -> None:
    seen: list[Any] = []

    def handle(received: Received) -> None:
        answer = rpc("GetMediaInfo", MediaId=received.media_id or "").json
        found = answer["MediaInfo"] if "MediaInfo" in answer else answer["Code"]
        seen.append((received.event_type, found))

    with fake_ims.callbacks.receiver(handle) as inbox:
        set_callback(rpc, inbox.url)
        media_id = rpc.register("oss://b/a.png", Title="first").media_id
        fake_ims.settle()
        rpc("UpdateMediaInfo", MediaId=media_id, Title="second")
        fake_ims.callbacks.wait_for("MediaBaseChangeComplete")
        rpc("DeleteMediaInfos", MediaIds=media_id)
        fake_ims.callbacks.wait_for("DeleteMediaComplete")
    (_, registered), (_, changed), deleted = seen
    assert registered["MediaBasicInfo"]["Status"] == "Normal"
    assert registered["FileInfoList"]
    assert changed["MediaBasicInfo"]["Title"] == "second"
    assert deleted == ("DeleteMediaComplete", "InvalidParameter")


def test_overwriting_tells_of_the_deletion_and_of_the_new_asset_only(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        set_callback(rpc, inbox.url)
        old = rpc.register("oss://b/a.png").media_id
        new = rpc.register("oss://b/a.png", Overwrite="true").media_id
        fake_ims.settle()
        assert [(each.event_type, each.media_id) for each in inbox.received] == [
            ("DeleteMediaComplete", old),
            ("RegisterMediaComplete", new),
        ]


def test_a_deletion_stops_further_attempts(fake_ims: FakeIms, rpc: Rpc) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        set_callback(rpc, inbox.url)
        inbox.answer(500, times=1)
        media_id = rpc.register("oss://b/a.png").media_id
        fake_ims.clock.freeze()
        fake_ims.clock.advance("3s")
        (callback,) = fake_ims.callbacks
        assert (callback.outcome, len(callback.attempts)) == ("pending", 1)
        rpc("DeleteMediaInfos", MediaIds=media_id)
        fake_ims.settle()
        assert kinds(inbox.received) == ["RegisterMediaComplete", "DeleteMediaComplete"]
        assert fake_ims.callbacks[0].outcome == "cancelled"


def test_the_next_leaves_when_the_one_before_has_come_to_its_end(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        set_callback(rpc, inbox.url)
        media_id = rpc.register("oss://b/a.png").media_id
        other = rpc.register("oss://b/b.png").media_id
        fake_ims.settle()
        fake_ims.clock.freeze()
        inbox.answer(500, times=1)
        for title in ("second", "third"):
            rpc("UpdateMediaInfo", MediaId=media_id, Title=title)
        fake_ims.clock.advance(0)
        assert len(inbox.received) == 3
        rpc("UpdateMediaInfo", MediaId=other, Title="passes")
        fake_ims.callbacks.wait_for("MediaBaseChangeComplete", media_id=other)
        assert fake_ims.clock.advance("1s") == ()
        contents = [each.event["MessageBody"].get("MediaContent", "") for each in inbox.received]
        titles = [json.loads(json.loads(each)["Title"])["NewValue"] for each in contents[2:]]
        assert titles == ["second", "passes", "second", "third"]


def test_a_time_out_in_real_time_and_retries_in_the_worlds(fake_ims: FakeIms, rpc: Rpc) -> None:
    with fake_ims.scratch(), fake_ims.callbacks.receiver() as inbox:
        fake_ims.clock.freeze()
        inbox.reset(times=3)
        rpc.register("oss://b/a.png", UserData=notify(inbox.url))
        callback = fake_ims.callbacks.wait_for(outcome="dropped")
        first, second, third = (attempt.at for attempt in callback.attempts)
        assert (second - first, third - second) == (1_000_000, 1_000_000)
        assert len(inbox.received) == 3


IN_A_HANDLER: dict[str, Callable[[FakeIms, str], object]] = {
    "settle": lambda ims, other: ims.settle(),
    "advance": lambda ims, other: ims.clock.advance("1h"),
    "complete": lambda ims, other: ims.complete(other),
    "deliver_now": lambda ims, other: ims.callbacks.deliver_now(),
    "settle_async": lambda ims, other: asyncio.run(ims.settle_async()),
}


@pytest.mark.fake_ims(callback_timeout="1s")
@pytest.mark.parametrize("way", IN_A_HANDLER)
def test_a_handler_that_lets_time_pass_does_not_wait_for_itself(
    fake_ims: FakeIms, rpc: Rpc, way: str
) -> None:
    """If it did, its own callback would time out, and be attempted again."""

    def handle(received: Received) -> None:
        if received.media_id == first:
            IN_A_HANDLER[way](fake_ims, second)

    with fake_ims.callbacks.receiver(handle) as inbox:
        first, second = (
            rpc.register(f"oss://b/{name}.png", UserData=notify(inbox.url)).media_id
            for name in ("first", "second")
        )
        fake_ims.complete(first)
        fake_ims.settle()
        assert [received.error for received in inbox.received] == [None, None]
    assert [
        (each.outcome, [attempt.reason for attempt in each.attempts]) for each in fake_ims.callbacks
    ] == [("delivered", [""])] * 2
