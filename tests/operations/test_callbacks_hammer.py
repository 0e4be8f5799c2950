"""Many threads at once: no callback is lost, sent twice or out of order, and none outlives its
world.
"""

from __future__ import annotations

import random
import socket
import threading
from collections import defaultdict
from collections.abc import Callable

import pytest
from rpc import Rpc

from fake_ims import FakeIms
from fake_ims.events.callbacks import Callbacks
from fake_ims.received import Received

THREADS, CALLS = 6, 40
HANG = 60


def each_in_a_thread(work: Callable[[int], None]) -> None:
    """Do it so often at once; fails if one fails or does not end."""
    failures: list[BaseException] = []

    def guarded(number: int) -> None:
        try:
            work(number)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded, args=(n,), daemon=True) for n in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG)
    assert not failures, failures[0]
    assert not any(thread.is_alive() for thread in threads)


def busy(ims: FakeIms) -> Callable[[int], None]:
    """Registers, overwrites, changes, deletes; moves the clock, settles and waits now and then."""
    rpc = Rpc(ims)

    def work(number: int) -> None:
        draw = random.Random(number).random
        for count in range(CALLS):
            url = f"oss://bucket/{number}-{count % 10}.png"
            media_id = rpc.register(url, Overwrite="true").media_id
            chance = draw()
            if chance < 0.3:
                assert rpc("UpdateMediaInfo", MediaId=media_id, Title=f"{count}").status == 200
            elif chance < 0.4:
                assert rpc("DeleteMediaInfos", MediaIds=media_id).status == 200
            elif chance < 0.6:
                ims.clock.advance("100ms")
            elif chance < 0.65:
                ims.settle()
            elif chance < 0.7:
                ims.callbacks.deliver_now()

    return work


def by_asset(told: Callbacks | tuple[Received, ...]) -> dict[str | None, list[str]]:
    """Of each asset, what was told of it: a callback once for each of its attempts."""
    found: dict[str | None, list[str]] = defaultdict(list)
    for each in told:
        if isinstance(each, Received):
            found[each.media_id].append(each.body.decode())
        else:
            found[each.media_id] += [each.body] * len(each.attempts)
    return found


@pytest.mark.fake_ims(delay="0s..2s")
def test_each_is_delivered_once_and_in_order(fake_ims: FakeIms, rpc: Rpc) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        rpc("SetEventCallback", CallbackType="HTTP", CallbackURL=inbox.url)
        each_in_a_thread(busy(fake_ims))
        fake_ims.settle()
        callbacks = fake_ims.callbacks[:]
        assert len(callbacks) == len(fake_ims.events) == len(inbox.received)
        assert {(each.outcome, len(each.attempts)) for each in callbacks} == {("delivered", 1)}
        assert by_asset(inbox.received) == by_asset(callbacks)


@pytest.mark.fake_ims(delay="0s..2s", allow="undelivered")
def test_a_receiver_in_trouble_is_tried_as_often_as_is_told(fake_ims: FakeIms, rpc: Rpc) -> None:
    draw = random.Random(5)

    def handle(received: Received) -> int:
        return draw.choice([200, 200, 500, 503])

    with fake_ims.callbacks.receiver(handle) as inbox:
        rpc("SetEventCallback", CallbackType="HTTP", CallbackURL=inbox.url)
        each_in_a_thread(busy(fake_ims))
        fake_ims.settle()
        callbacks = fake_ims.callbacks[:]
        assert by_asset(inbox.received) == by_asset(callbacks)
        for each in callbacks:
            answered = [attempt.status for attempt in each.attempts]
            assert answered.count(200) == (each.outcome == "delivered")
            if each.outcome == "dropped":
                assert len(answered) == 3
            else:
                assert each.outcome in ("delivered", "cancelled")


def test_worlds_that_end_while_receivers_hang(fake_ims: FakeIms) -> None:
    """They end at once, and who comes next has the threads."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(1000)
        hanging = f"http://127.0.0.1:{listening.getsockname()[1]}/"

        def live(number: int) -> None:
            for _ in range(3):
                with FakeIms(server=fake_ims.server, delay=0) as ims:
                    for count in range(30):
                        url = f"oss://bucket/{count}.png"
                        ims.register(InputURL=url, UserData={"NotifyAddress": hanging})
                assert ims.callbacks.of(outcome="pending")
                assert not ims.callbacks.of(outcome="dropped")

        each_in_a_thread(live)
        with fake_ims.callbacks.receiver() as inbox:
            asset = fake_ims.register(
                InputURL="oss://bucket/a.png", UserData={"NotifyAddress": inbox.url}
            )
            fake_ims.callbacks.wait_for(media_id=asset.media_id)


@pytest.mark.fake_ims(delay=0, callback_timeout="30s", allow="undelivered")
def test_receivers_that_hang_keep_nobody_else_waiting(fake_ims: FakeIms) -> None:
    hanging = [socket.create_server(("127.0.0.1", 0)) for _ in range(20)]
    try:
        for each in hanging:
            url = f"http://127.0.0.1:{each.getsockname()[1]}/"
            for count in range(6):
                name = f"{each.getsockname()[1]}-{count}"
                fake_ims.register(
                    InputURL=f"oss://bucket/{name}.png", UserData={"NotifyAddress": url}
                )
        with fake_ims.callbacks.receiver() as inbox:
            asset = fake_ims.register(
                InputURL="oss://bucket/a.png", UserData={"NotifyAddress": inbox.url}
            )
            (received,) = inbox.wait_for(timeout=20)
            assert received.media_id == asset.media_id
    finally:
        for each in hanging:
            each.close()
