"""Callbacks tell the same story whatever makes time pass: a frozen world, a frozen process, or
nothing but time itself.
"""

from __future__ import annotations

import contextlib
import datetime
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from freezers import STANDING, UTC, by_freezegun, by_freezegun_ticking, by_time_machine_ticking
from patience import until

from fake_ims import FakeIms
from fake_ims.receiver import Receiver

NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)
HANG = 20

Pass = Callable[[float], object]
"""Lets so many seconds pass."""


@contextlib.contextmanager
def world_frozen(ims: FakeIms) -> Iterator[Pass]:
    ims.clock.freeze()
    yield ims.clock.advance


@contextlib.contextmanager
def world_advanced(ims: FakeIms) -> Iterator[Pass]:
    yield ims.clock.advance


@contextlib.contextmanager
def by_itself(ims: FakeIms) -> Iterator[Pass]:
    """The pump does what is due, in its time."""
    waiting = threading.Event()
    yield waiting.wait


@contextlib.contextmanager
def under_freezegun(ims: FakeIms) -> Iterator[Pass]:
    with by_freezegun(NOON) as move:
        yield move


@contextlib.contextmanager
def under_freezegun_ticking(ims: FakeIms) -> Iterator[Pass]:
    with by_freezegun_ticking(NOON) as move:
        yield move


@contextlib.contextmanager
def under_time_machine(ims: FakeIms) -> Iterator[Pass]:
    with STANDING["time-machine"](NOON) as move:
        yield move


@contextlib.contextmanager
def under_time_machine_ticking(ims: FakeIms) -> Iterator[Pass]:
    with by_time_machine_ticking(NOON) as move:
        yield move


WAYS = (
    world_frozen, world_advanced, by_itself, under_freezegun, under_freezegun_ticking,
    under_time_machine, under_time_machine_ticking,
)  # fmt: skip
Way = Callable[[FakeIms], AbstractContextManager[Pass]]


def story(ims: FakeIms, began: int) -> list[tuple[str, str, list[tuple[int, int | None]]]]:
    """Each callback, and when it was attempted, in seconds from the beginning."""
    return [
        (
            callback.event_type,
            callback.outcome,
            [
                (round((attempt.at - began) / 1_000_000), attempt.status)
                for attempt in callback.attempts
            ],
        )
        for callback in ims.callbacks
    ]


def register(ims: FakeIms, inbox: Receiver, name: str) -> str:
    url = f"oss://bucket/{name}.png"
    return ims.register(InputURL=url, UserData={"NotifyAddress": inbox.url}).media_id


@pytest.mark.fake_ims(delay="1s")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_same_program_tells_the_same_story(fake_ims: FakeIms, way: Way) -> None:
    with way(fake_ims) as let_pass, fake_ims.callbacks.receiver() as inbox:
        began = fake_ims.clock.read()
        inbox.answer(500, times=1)
        register(fake_ims, inbox, "retried")
        let_pass(1.02)
        until(lambda: [len(each.attempts) for each in fake_ims.callbacks] == [1])
        assert len(inbox.received) == 1
        let_pass(1.02)
        until(lambda: len(inbox.received) == 2)
        deleted = register(fake_ims, inbox, "deleted")
        fake_ims.delete(deleted)
        let_pass(1.5)
        until(lambda: fake_ims.callbacks[0].outcome == "delivered")
        assert story(fake_ims, began) == [
            ("RegisterMediaComplete", "delivered", [(1, 500), (2, 200)]),
        ]


@pytest.mark.fake_ims(delay="1s")
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_waiting_tells_the_same_story(fake_ims: FakeIms, way: Way) -> None:
    """Nobody lets time pass: wait_for() and settle() move the world's clock."""
    with way(fake_ims), fake_ims.callbacks.receiver() as inbox:
        began = fake_ims.clock.read()
        inbox.answer(500, times=4)
        first = register(fake_ims, inbox, "first")
        callback = fake_ims.callbacks.wait_for(media_id=first, outcome="dropped")
        assert round((fake_ims.clock.read() - began) / 1_000_000) == 3
        assert len(callback.attempts) == 3
        register(fake_ims, inbox, "second")
        fake_ims.settle()
        assert story(fake_ims, began) == [
            ("RegisterMediaComplete", "dropped", [(1, 500), (2, 500), (3, 500)]),
            ("RegisterMediaComplete", "delivered", [(4, 500), (5, 200)]),
        ]
