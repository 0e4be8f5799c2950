"""Traps that were measured before: clocks that tick by being read, threads, frozen imports."""

from __future__ import annotations

import datetime
import logging
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator

import freezegun
import pytest
import time_machine
from freezers import ALL, UTC, Freezer, ticking_by_reads
from rpc import Rpc

from fake_ims import FakeIms
from fake_ims.clock import real_monotonic

URL = "oss://bucket/a.mp3"
HANG = 20
START = "2026-01-31T12:00:00Z"


class Happened(logging.Handler):
    """Waits for events in the log: no look at the world, which would let happen what is due."""

    def __init__(self) -> None:
        super().__init__()
        self._arrived = threading.Semaphore(0)

    def emit(self, record: logging.LogRecord) -> None:
        if "RegisterMediaComplete" in record.getMessage():
            self._arrived.release()

    def wait(self) -> bool:
        return self._arrived.acquire(timeout=HANG)


@pytest.fixture
def happened() -> Iterator[Happened]:
    logger, handler = logging.getLogger("fake_ims"), Happened()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


# ---------------------------------------------------------------- a clock that ticks by being read


@pytest.mark.fake_ims(delay="1h")
def test_idle_time_moves_nothing_while_work_is_pending(fake_ims: FakeIms, rpc: Rpc) -> None:
    with ticking_by_reads(START, 1) as looked_at:
        rpc.register(URL)
        before = looked_at()
        time.sleep(0.2)
        assert looked_at() == before
        assert len(fake_ims.world.queue) == 1


@pytest.mark.fake_ims(delay="1h")
def test_each_request_moves_it_by_exactly_one_step(fake_ims: FakeIms, rpc: Rpc) -> None:
    with ticking_by_reads(START, 1) as looked_at:
        media_id = rpc.register(URL).media_id  # this client reads no clock
        for _ in range(5):
            before = looked_at()
            rpc.get(media_id)
            assert (looked_at() - before).total_seconds() == 1
        for answer in (rpc.register(URL), rpc("Nonsense"), rpc("GetMediaInfo")):
            assert answer.status >= 400
        assert (looked_at() - before).total_seconds() == 4


@pytest.mark.fake_ims(delay="3s")
def test_polling_reaches_the_end_by_the_steps_alone(fake_ims: FakeIms, rpc: Rpc) -> None:
    with ticking_by_reads(START, 1):
        media_id = rpc.register(URL).media_id
        seen = [rpc.status(media_id) for _ in range(5)]
    assert seen == ["Preparing", "Preparing", "Normal", "Normal", "Normal"]
    assert fake_ims.events[0].event_time == "2026-01-31T12:00:03Z"


def test_worlds_own_clock_takes_no_steps_of_its_own(fake_ims: FakeIms) -> None:
    with ticking_by_reads(START, 1) as looked_at:
        before = looked_at()
        fake_ims.clock.advance("1h")
        fake_ims.clock.move_to("2030-01-01T00:00:00Z")
        fake_ims.clock.resume()
        assert looked_at() == before
        assert fake_ims.clock.now().isoformat() == "2030-01-01T00:00:00+00:00"


@pytest.mark.fake_ims(delay="2s")
def test_settle_under_a_clock_that_ticks_by_being_read(fake_ims: FakeIms, rpc: Rpc) -> None:
    with ticking_by_reads(START, 60):
        media_id = rpc.register(URL).media_id
        happened = fake_ims.settle()
    due = fake_ims.assets[media_id].created_at + 2_000_000
    assert [(event.media_id, event.at) for event in happened] == [(media_id, due)] * 2


# ---------------------------------------------------------------- the pump


def pumps() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "fake-ims-pump"}


def test_event_comes_in_real_time_without_a_request(happened: Happened) -> None:
    before = pumps()
    with FakeIms(delay="50ms") as ims:
        Rpc(ims).register(URL)
        assert happened.wait()
    assert pumps() == before


def test_pump_serves_one_registration_after_another(happened: Happened) -> None:
    with FakeIms(delay="1ms") as ims:
        for number in range(20):
            Rpc(ims).register(f"oss://b/{number}.mp3")
            assert happened.wait()


def test_pump_serves_two_worlds_of_one_listener(fake_ims: FakeIms, happened: Happened) -> None:
    server = fake_ims.server
    with FakeIms(server=server, delay="30ms") as one, FakeIms(server=server, delay="30ms") as two:
        Rpc(one).register(URL)
        Rpc(two).register(URL)
        assert happened.wait()
        assert happened.wait()


def test_pump_follows_a_clock_that_the_test_moves(happened: Happened) -> None:
    with freezegun.freeze_time(START) as frozen, FakeIms(delay="1h") as ims:
        Rpc(ims).register(URL)
        frozen.tick(3600)
        assert happened.wait()


def test_pump_serves_a_world_that_was_reset(happened: Happened) -> None:
    with FakeIms(delay="30ms") as ims:
        Rpc(ims).register(URL)
        ims.reset()
        Rpc(ims).register(URL)
        assert happened.wait()
        assert len(ims.events.of("RegisterMediaComplete")) == 1


def test_pump_serves_the_old_world_again_after_scratch(happened: Happened) -> None:
    with FakeIms(delay="200ms") as ims:
        Rpc(ims).register(URL)
        with ims.scratch():
            assert len(ims.assets) == 0
        assert happened.wait()


def test_no_pump_without_pending_work() -> None:
    before = pumps()
    with FakeIms(completion="hand") as ims:
        Rpc(ims).register(URL)
        assert pumps() == before
    with FakeIms(delay=0) as ims:
        Rpc(ims).register(URL)
        assert pumps() == before


def test_no_thread_is_left_after_the_world_ends() -> None:
    before = set(threading.enumerate())
    for _ in range(3):
        with FakeIms(delay="1h") as ims:
            Rpc(ims).register(URL)
    left = [thread for thread in threading.enumerate() if thread not in before]
    for thread in left:
        thread.join(HANG)
    assert not any(thread.is_alive() for thread in left)


def test_world_that_has_ended_is_looked_after_no_more(fake_ims: FakeIms) -> None:
    """On a shared listener, too, and even when a report looks at it afterwards."""
    looks: list[bool] = []
    with FakeIms(server=fake_ims.server, delay="1h") as other:
        Rpc(other).register(URL)
        world = other.world
    assert len(other.assets) == 1
    assert len(other.events) == 0
    assert list(other.assets)
    look = world.look

    def watched() -> bool:
        looks.append(True)
        return look()

    desk = fake_ims.server.desk
    assert world.look not in desk.pump._looks.values()
    world.look = watched  # type: ignore[method-assign]
    assert list(other.assets)
    time.sleep(0.1)
    assert looks == []


# ---------------------------------------------------------------- real time


@pytest.mark.parametrize("freezer", ALL.values(), ids=ALL)
def test_real_monotonic_runs_while_time_is_frozen(freezer: Freezer) -> None:
    with freezer(datetime.datetime(2001, 1, 1, tzinfo=UTC)):
        before = real_monotonic()
        time.sleep(0.005)
        assert real_monotonic() > before


def test_real_monotonic_is_not_moved_by_shifting_time() -> None:
    with time_machine.travel(0, tick=False) as traveller:
        before = real_monotonic()
        traveller.shift(10_000)
        assert real_monotonic() - before < HANG
    with freezegun.freeze_time(START) as frozen:
        before = real_monotonic()
        frozen.tick(10_000)
        assert real_monotonic() - before < HANG


def run(script: str) -> str:
    """What a new Python process prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


REGISTER = """
import http.client, json, logging, threading, time

def call(ims, **parameters):
    from urllib.parse import urlencode
    connection = http.client.HTTPConnection(ims.endpoint, timeout=20)
    connection.request("POST", "/?" + urlencode(parameters))
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer

def life(ims, move):
    media_id = call(ims, Action="RegisterMediaInfo", InputURL="oss://b/a.mp4")["MediaId"]
    basic = call(ims, Action="GetMediaInfo", MediaId=media_id)["MediaInfo"]["MediaBasicInfo"]
    assert basic["Status"] == "Preparing", basic
    move()
    basic = call(ims, Action="GetMediaInfo", MediaId=media_id)["MediaInfo"]["MediaBasicInfo"]
    assert basic["Status"] == "Normal", basic
    return basic["CreateTime"]

def in_real_time(FakeIms):
    arrived = threading.Event()
    class Handler(logging.Handler):
        def emit(self, record):
            if "RegisterMediaComplete" in record.getMessage():
                arrived.set()
    logging.getLogger("fake_ims").addHandler(Handler())
    logging.getLogger("fake_ims").setLevel(logging.INFO)
    with FakeIms(delay="50ms") as ims:
        call(ims, Action="RegisterMediaInfo", InputURL="oss://b/a.mp4")
        assert arrived.wait(20)
    assert not [t for t in threading.enumerate() if t.name.startswith("fake-ims-pump")]
"""


def test_first_import_under_freeze_time_works() -> None:
    printed = run(
        REGISTER
        + """
from freezegun import freeze_time
with freeze_time("2001-01-01T00:00:00Z") as frozen:
    from fake_ims import FakeIms
    with FakeIms(delay="2s") as ims:
        print(life(ims, lambda: frozen.tick(2)))
    from fake_ims.clock import real_monotonic
    before = real_monotonic()
    time.sleep(0.01)
    assert real_monotonic() > before
before = real_monotonic()
time.sleep(0.01)
assert real_monotonic() > before
with FakeIms(delay="2s") as ims:
    print(life(ims, lambda: ims.clock.advance("2s")) > "2025")
in_real_time(FakeIms)
with freeze_time("2090-01-01T00:00:00Z") as frozen, FakeIms(delay="2s") as ims:
    print(life(ims, lambda: frozen.tick(2)))
"""
    )
    assert printed.split() == ["2001-01-01T00:00:00Z", "True", "2090-01-01T00:00:00Z"]


def test_first_import_under_time_machine_works() -> None:
    printed = run(
        REGISTER
        + """
import time_machine
with time_machine.travel(978307200, tick=False) as traveller:
    from fake_ims import FakeIms
    with FakeIms(delay="2s") as ims:
        print(life(ims, lambda: traveller.shift(2)))
with FakeIms(delay="2s") as ims:
    print(life(ims, lambda: ims.clock.advance("2s")) > "2025")
in_real_time(FakeIms)
"""
    )
    assert printed.split() == ["2001-01-01T00:00:00Z", "True"]
