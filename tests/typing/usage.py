"""The public names as a typed project uses them; checked by mypy and pyright, both strict.

What must be an error is ignored by its name: a checker that finds none there says so.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import pytest
from typing_extensions import assert_type

import fake_ims as package
from fake_ims import (
    ApiError,
    Asset,
    Bend,
    Call,
    Callback,
    CallbackError,
    Callbacks,
    Calls,
    Category,
    Clock,
    EmptyQueueError,
    Event,
    Events,
    FakeIms,
    FakeServer,
    Fault,
    FaultError,
    ListenError,
    Mark,
    PolicyError,
    QueueMessage,
    RealCloudRefusedError,
    Received,
    Receiver,
    SettingError,
    Stub,
    StubError,
    StubWarning,
    TemporaryKeys,
    Timeline,
    User,
    api_error,
)

Factory = Callable[..., AbstractContextManager[FakeIms]]

# ---------------------------------------------------------------- fixtures and markers


@pytest.fixture(scope="module")
def library(fake_ims_factory: Factory) -> Iterator[FakeIms]:
    with fake_ims_factory(delay=0) as ims:
        assert_type(ims, FakeIms)
        yield ims


@pytest.mark.fake_ims(delay="1s", strict=True)
def test_fixtures(
    fake_ims: FakeIms,
    fake_ims_server: FakeServer,
    fake_ims_env: dict[str, str],
    library: FakeIms,
) -> None:
    assert_type(fake_ims.url, str)
    assert_type(fake_ims.endpoint, str)
    assert_type(fake_ims.access_key_id, str)
    assert_type(fake_ims.access_key_secret, str)
    assert_type(fake_ims.account_id, str)
    assert_type(fake_ims.region, str)
    assert_type(fake_ims.env(), dict[str, str])
    assert_type(fake_ims_server.url, str)
    assert_type(fake_ims_server.calls, Calls)
    assert fake_ims_env["FAKE_IMS_URL"] == library.url


# ---------------------------------------------------------------- one's own worlds


def own_worlds() -> None:
    with FakeIms(delay="2s", mode="enforce") as ims:
        assert_type(ims, FakeIms)
        with ims.scratch() as inside:
            assert_type(inside, FakeIms)
        assert_type(ims.reset(), None)
        assert_type(ims.check(), None)
    with FakeServer(port=0) as server, FakeIms(server=server) as attached:
        assert_type(server, FakeServer)
        assert_type(attached.start(), FakeIms)
        assert_type(attached.close(), None)


# ---------------------------------------------------------------- time and events


def time(ims: FakeIms) -> None:
    assert_type(ims.clock, Clock[Events])
    assert_type(ims.clock.now(), datetime.datetime)
    assert_type(ims.clock.frozen, bool)
    ims.clock.freeze("2026-01-31T12:00:00Z")
    assert_type(ims.clock.advance("1h30m"), Events)
    ims.clock.advance(datetime.timedelta(seconds=3))
    ims.clock.advance(1.5)
    ims.clock.move_to(datetime.datetime.now(datetime.timezone.utc))
    ims.clock.resume()

    happened = ims.settle()
    assert_type(happened, Events)
    assert_type(ims.events, Events)
    assert_type(happened.of("RegisterMediaComplete", media_id="m"), Events)
    for event in happened:
        assert_type(event, Event)
        assert_type(event.event_type, str)
        assert_type(event.media_id, "str | None")
    assert_type([event.event_time for event in happened], list[str])


# ---------------------------------------------------------------- assets and objects


def assets(ims: FakeIms) -> None:
    asset = ims.register(InputURL="oss://bucket/a.mp4", MediaTags=["a", "b"], Overwrite=True)
    assert_type(asset, Asset)
    assert_type(ims.assets[asset.media_id], Asset)
    assert_type(ims.assets.by_url("oss://bucket/a.mp4"), Asset)
    assert_type(ims.assets.by_reference_id("custom-1"), Asset)
    assert_type(list(ims.assets), list[str])
    assert_type(len(ims.assets), int)
    assert_type(asset.title, str)
    assert_type(asset.media_tags, tuple[str, ...])
    assert_type(asset.failure, "str | None")
    assert_type(ims.update(asset.media_id, MediaTags=["c"], AppendTags=True), Asset)
    assert_type(ims.complete(asset.media_id), Asset)
    assert_type(ims.fail(asset.media_id, "no video stream"), Asset)
    snapshot: Mapping[str, Asset] = ims.assets
    assert asset.media_id in snapshot
    ims.objects.put("oss://bucket/a.mp4", duration=3600, width=1920, height=1080)
    ims.objects.delete("oss://bucket/a.mp4")
    ims.delete(asset.media_id)
    ims.declare(categories={1: "films"}, workflows=("w",))
    assert_type(ims.add_workflow("w", activities=["a"]).name, str)
    ims.add_workflow(
        activities={"a": None, "b": {"JobId": "j"}, "c": "violence"}, status="Inactive"
    )
    assert_type(ims.workflows["w"].active, bool)
    assert_type(asset.marks, tuple[Mark, ...])


def categories(ims: FakeIms) -> None:
    category = ims.add_category("films", parent=1, category_type="material")
    assert_type(category, Category)
    ims.add_category("cartoons", parent=category)
    assert_type(ims.categories[category.cate_id], Category)
    assert_type(ims.categories.by_name("films"), Category)
    assert_type(ims.categories.children(), list[Category])
    assert_type(ims.categories.assets_in(1), list[Asset])
    tree: Mapping[int, Category] = ims.categories
    assert 1 in tree


# ---------------------------------------------------------------- callbacks and message queues


def callbacks(ims: FakeIms) -> None:
    def handle(received: Received) -> int | None:
        assert_type(received.event, dict[str, Any])
        assert_type(received.media_id, str | None)
        assert_type(received.signed_by("Secret123"), bool)
        return None if received.event_type else 400

    with ims.callbacks.receiver(handle) as inbox:
        assert_type(inbox, Receiver)
        inbox.answer(503, times=2, handled=True)
        inbox.hang(times=1)
        inbox.slow("1s")
        asset = ims.register(InputURL="oss://bucket/a.mp4", UserData={"NotifyAddress": inbox.url})
        found = ims.callbacks.wait_for("RegisterMediaComplete", timeout=datetime.timedelta(1))
        assert_type(found, Callback)
        assert_type(found.outcome, str)
        assert_type([attempt.status for attempt in found.attempts], list[int | None])
        assert_type(inbox.received, tuple[Received, ...])
    assert_type(ims.callbacks.of(media_id=asset.media_id, outcome="dropped"), Callbacks)
    assert_type(ims.callbacks[-1], Callback)
    assert_type(ims.callbacks[1:], Callbacks)
    assert_type(ims.callbacks.deliver_now(found), Callbacks)
    assert_type(ims.callbacks.redeliver(found), Callback)
    with ims.callbacks.delay("1h", "RegisterMediaComplete", times=1) as bend:
        assert_type(bend, Bend)
        assert_type(bend.fired, int)
    ims.callbacks.duplicate(copies=3, to=inbox.url)
    story = ims.timeline(asset.media_id)
    assert_type(story, Timeline)
    assert_type([moment.what for moment in story], list[str])


async def on_a_loop(ims: FakeIms) -> None:
    assert_type(await ims.settle_async(), Events)
    callback = await ims.callbacks.wait_for_async(count=2, timeout="2s")
    assert_type(callback, Callback)
    assert_type(await ims.callbacks.redeliver_async(callback), Callback)
    assert_type(await ims.callbacks.deliver_now_async(), Callbacks)


def queues(ims: FakeIms) -> None:
    queue = ims.queues["ice-callback-demo"]
    message = queue.receive(wait="5s")
    assert_type(message, QueueMessage)
    assert_type(message.body, str)
    assert_type(message.event_type, str | None)
    assert_type([each.media_id for each in queue.receive_all()], list[str | None])
    assert_type([each.dequeue_count for each in queue], list[int])
    assert_type(ims.queues.calls, Calls)
    message.delete()


# ---------------------------------------------------------------- calls


def calls(ims: FakeIms) -> None:
    found = ims.calls
    assert_type(found, Calls)
    assert_type(found.of("RegisterMediaInfo", InputURL="oss://bucket/a.mp4"), Calls)
    call = found.assert_called("RegisterMediaInfo", InputURL="oss://bucket/a.mp4")
    assert_type(call, Call)
    assert_type(found.assert_not_called("GetMediaInfo"), None)
    found.assert_called("RegisterMediaInfo", times=2)
    assert_type(found[0], Call)
    assert_type([each.action for each in found], list[str])
    assert_type(found.dropped, int)
    assert_type(call.parameters, Mapping[str, str])
    assert_type(call.status, "int | None")
    assert_type(call.ok, bool)


# ---------------------------------------------------------------- faults and stubs


def faults(ims: FakeIms) -> None:
    fault = ims.faults.add("GetMediaInfo", code="Throttling.User", times=2, ttl="1m")
    assert_type(fault, Fault)
    assert_type(fault.fired, int)
    with ims.faults.add(latency=("10ms", 0.5)) as slow:
        assert_type(slow, Fault)
    ims.faults.add("RegisterMediaInfo", answer="half", InputURL="oss://bucket/a.mp4")
    ims.faults.add(latency=draw, caller="alice", probability=0.5)
    assert_type(list(ims.faults), list[Fault])
    ims.faults.remove(fault)
    ims.faults.clear()


def draw(generator: random.Random) -> float:
    return generator.expovariate(10)


def stubs(ims: FakeIms) -> None:
    stub = ims.stub("SubmitASRJob", {"JobId": "j"}, times=1)
    assert_type(stub, Stub)
    with ims.stub("ListSmartJobs", made_of_the_call) as inside:
        assert_type(inside, Stub)


def made_of_the_call(call: Call) -> dict[str, Any]:
    if not call.parameters:
        raise api_error("InvalidParameter", name="JobState")
    raise api_error("Teapot", status=418, message="short and stout")


def errors() -> None:
    error = api_error("Throttling.User")
    assert_type(error, ApiError)
    assert_type(error.code, str)
    assert_type(error.message, str)
    caught: list[type[Exception]] = [
        ApiError, CallbackError, EmptyQueueError, FaultError, ListenError, PolicyError,
        SettingError, StubError, StubWarning,
    ]  # fmt: skip
    refused: type[BaseException] = RealCloudRefusedError
    assert_type(package.FakeIms, type[FakeIms])
    assert_type(package.__version__, str)
    assert refused not in caught


# ---------------------------------------------------------------- RAM


def ram(ims: FakeIms) -> None:
    alice = ims.ram.create_user("alice", policy={"Version": "1", "Statement": []})
    assert_type(alice, User)
    assert_type(alice.access_key_id, str)
    keys = ims.ram.temporary_keys(user=alice)
    assert_type(keys, TemporaryKeys)
    assert_type(keys.security_token, str)
    ims.ram.deny("ice:RegisterMediaInfo", "ice:Get*", user=alice)
    ims.ram.allow("ice:*")
    assert_type(ims.env(alice), dict[str, str])
    ims.sdk_config(keys)


# ---------------------------------------------------------------- what must be errors


def mistakes(ims: FakeIms) -> None:
    package.FakeImz  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    ims.asset  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    ims.assets["m"].titel  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    ims.assets["m"].title = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    ims.assets[1]  # type: ignore[index]  # pyright: ignore[reportArgumentType]
    ims.url = "http://127.0.0.1"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    ims.settle("3s")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ims.clock.advance([3])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ims.faults.add("GetMediaInfo", times="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ims.faults.add(answer="quarter")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ims.callbacks.wait_for(timeout=[1])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ims.callbacks.drop(to=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ims.stub("SubmitASRJob")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    ims.stub("SubmitASRJob", times=1, response=3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    ims.calls.append(ims.calls[0])  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    ims.ram.create_user()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    api_error("Throttling.User", status="400")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
