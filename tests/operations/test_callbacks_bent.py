"""What a test can do with callbacks: which ones a bend covers, when it ends, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from rpc import Rpc

from fake_ims import CallbackError, FakeIms
from fake_ims.receiver import Receiver


def register(ims: FakeIms, inbox: Receiver, name: str = "a", path: str = "") -> str:
    url = f"oss://bucket/{name}.png"
    return ims.register(InputURL=url, UserData={"NotifyAddress": inbox.url + path}).media_id


def test_a_bend_covers_one_receiver_or_one_asset_and_ends_with_its_block(
    fake_ims: FakeIms,
) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        with fake_ims.callbacks.drop(to=f"{inbox.url}/lost") as bend:
            register(fake_ims, inbox, "a", "/lost")
            asset = register(fake_ims, inbox, "b", "/kept")
            fake_ims.callbacks.drop(media_id=asset)
            register(fake_ims, inbox, "c", "/kept")
            fake_ims.settle()
        register(fake_ims, inbox, "d", "/lost")
        fake_ims.settle()
    assert bend.fired == 1
    outcomes = [each.outcome for each in fake_ims.callbacks]
    assert sorted(outcomes) == ["delivered", "delivered", "withheld", "withheld"]
    assert fake_ims.callbacks.of(media_id=asset)[0].outcome == "withheld"


def test_what_a_reorder_still_holds_leaves_when_it_ends(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        with fake_ims.callbacks.reorder() as bend:
            register(fake_ims, inbox)
            fake_ims.settle()
            assert len(bend.held) == 1
            assert not inbox.received
        assert fake_ims.callbacks.wait_for().outcome == "delivered"


def test_before_the_answer(fake_ims: FakeIms, rpc: Rpc) -> None:
    """As often as it was asked for; the registration after that is analysed in its time."""
    with fake_ims.callbacks.receiver() as inbox:
        told = json.dumps({"NotifyAddress": inbox.url})
        fake_ims.callbacks.before_the_answer("RegisterMediaComplete", times=1)
        rpc.register("oss://bucket/a.png", UserData=told)
        assert len(inbox.received) == 1  # and nobody let time pass
        fake_ims.clock.freeze()
        rpc.register("oss://bucket/b.png", UserData=told)
        assert len(fake_ims.world.queue) == 1
        assert len(inbox.received) == 1


def test_only_the_given_are_delivered_now_in_the_given_order(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        fake_ims.callbacks.delay("1h")
        ids = [register(fake_ims, inbox, name) for name in "abcd"]
        fake_ims.clock.freeze()
        fake_ims.clock.advance("60s")
        first, second, third, _ = fake_ims.callbacks
        done = fake_ims.callbacks.deliver_now(third, first)
        assert [each.number for each in done] == [first.number, third.number]
        came = [each.media_id for each in inbox.received]
        assert came == [third.media_id, first.media_id]
        now = fake_ims.clock.read()
        assert [attempt.at for each in done for attempt in each.attempts] == [now, now]
        rest = fake_ims.callbacks.deliver_now()
        assert [each.outcome for each in rest] == ["delivered"] * 2
        assert rest[0].number == second.number
        assert {each.media_id for each in inbox.received} == set(ids)


def test_who_waits_in_vain_is_told_what_is_pending(fake_ims: FakeIms) -> None:
    with pytest.raises(CallbackError, match=r"no callback came \(of any event, of any asset\)"):
        fake_ims.callbacks.wait_for(timeout=0.05)
    fake_ims.clock.freeze()
    fake_ims.register(InputURL="oss://bucket/a.mp4")
    with pytest.raises(CallbackError, match="pending: <") as error:
        fake_ims.callbacks.wait_for(timeout=0)
    assert "SetEventCallback" not in str(error.value)


@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (lambda ims: ims.callbacks.drop(times=0), "times must be at least 1, not 0"),
        (lambda ims: ims.callbacks.delay(0), "a delay is longer than nothing"),
        (lambda ims: ims.callbacks.duplicate(copies=1), "at least 2 copies, not 1"),
        (lambda ims: ims.callbacks.reorder(count=1), "at least 2 callbacks, not 1"),
        (lambda ims: ims.callbacks.drop("RegisterMedia"), "no event is called"),
        (lambda ims: ims.callbacks.of(outcome="droped"), "no outcome is called .*dropped"),
        (lambda ims: ims.callbacks.wait_for(count=0), "count must be at least 1, not 0"),
    ],
)
def test_what_makes_no_sense_is_refused(
    fake_ims: FakeIms, bend: Callable[[FakeIms], object], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        bend(fake_ims)
    assert not fake_ims.world.bent
