"""Worlds that begin again, and what belongs to the one before: keys, tokens, handles, reports."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import freezegun
import pytest
from rpc import Rpc

from fake_ims import FakeIms, FakeServer
from fake_ims.clock import Instant

if TYPE_CHECKING:
    from fake_ims.world import World

URL = "oss://bucket/a.mp4"


def test_a_token_that_served_two_requests_still_answers_the_first_of_them(rpc: Rpc) -> None:
    first = rpc.register(URL, ClientToken="c").media_id
    second = rpc.register("oss://bucket/b.mp4", ClientToken="c").media_id
    assert rpc.register(URL, ClientToken="c").media_id == first
    assert rpc.register("oss://bucket/b.mp4", ClientToken="c").media_id == second


@pytest.mark.fake_ims(allow="stray")
def test_the_key_of_a_user_is_refused_after_a_reset(fake_ims: FakeIms, rpc: Rpc) -> None:
    reader = fake_ims.ram.create_user("reader")
    parameters = {"InputURL": URL, "AccessKeyId": reader.access_key_id}
    assert rpc("RegisterMediaInfo", **parameters).status == 403
    fake_ims.reset()
    assert rpc("RegisterMediaInfo", **parameters).code == "FakeIms.EndedWorld"
    assert fake_ims.ram.create_user("reader").access_key_id != reader.access_key_id


@pytest.mark.fake_ims(allow="stray")
def test_users_of_a_scratch_world_have_keys_of_their_own(fake_ims: FakeIms, rpc: Rpc) -> None:
    outside = fake_ims.ram.create_user("outside")
    with fake_ims.scratch():
        inside = fake_ims.ram.create_user("inside")
        assert rpc("GetMediaInfo", AccessKeyId=outside.access_key_id).status == 403
    assert inside.access_key_id != outside.access_key_id
    assert rpc("GetMediaInfo", AccessKeyId=inside.access_key_id).code == "FakeIms.EndedWorld"
    assert rpc("GetMediaInfo", AccessKeyId=outside.access_key_id).code == "Forbidden"


def test_users_made_at_once_have_different_keys(fake_ims: FakeIms) -> None:
    keys = []
    start = threading.Barrier(32)

    def make(number: int) -> None:
        start.wait()
        keys.append(fake_ims.ram.create_user(f"user{number}").access_key_id)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(keys)) == 32


def test_closing_inside_scratch_ends_the_world_for_good(rpc: Rpc) -> None:
    with FakeServer() as server, FakeIms(server=server) as ims:
        with ims.scratch():
            ims.close()
        assert server.desk.worlds == ()


class Told(logging.Handler):
    """Waits for an event of the service, which is logged when it happens."""

    def __init__(self) -> None:
        super().__init__()
        self.happened = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if "RegisterMediaComplete" in record.getMessage():
            self.happened.set()


def test_a_server_that_is_started_again_lets_things_happen_in_their_time(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = FakeServer()
    for _ in range(2):
        told = Told()
        with server, FakeIms(server=server, delay="10ms") as ims, caplog.at_level("INFO"):
            logging.getLogger("fake_ims").addHandler(told)
            try:
                assert Rpc(ims).register(URL).status == 200
                assert told.happened.wait(20)
            finally:
                logging.getLogger("fake_ims").removeHandler(told)


def test_a_registration_in_flight_over_a_jump_backwards_is_done_in_the_new_time(
    fake_ims: FakeIms, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time goes back between the request's look at the clock and its turn."""
    world, still = fake_ims.world, fake_ims.world.still
    frozen = freezegun.freeze_time("2001-01-01")

    def jump_first(now: Instant) -> Instant:
        frozen.start()
        world.look()
        return still(now)

    monkeypatch.setattr(world, "still", jump_first)
    try:
        media_id = Rpc(fake_ims).register(URL).media_id
        assert fake_ims.assets[media_id].title == "default_title_2001-01-01T00:00:00Z"
        fake_ims.clock.advance("3s")
        assert fake_ims.assets[media_id].status == "Normal"
    finally:
        frozen.stop()


def test_settle_never_moves_the_clock_backwards(fake_ims: FakeIms) -> None:
    with freezegun.freeze_time("2026-01-31", auto_tick_seconds=900):
        fake_ims.register(InputURL=URL)
        before = fake_ims.clock.read(tick=False)
        fake_ims.settle()
        assert fake_ims.clock.read(tick=False) >= before


def test_a_miss_among_many_assets_does_not_name_them_all(fake_ims: FakeIms) -> None:
    for number in range(100):
        fake_ims.register(InputURL=f"oss://bucket/{number}.mp4")
    assert "0" * 32 not in fake_ims.assets
    with pytest.raises(KeyError) as missed:
        fake_ims.assets["0" * 32]
    assert len(str(missed.value)) < 200
    assert "the last 50" in repr(fake_ims.assets)


def test_looking_at_the_assets_does_not_move_a_clock_that_ticks(fake_ims: FakeIms) -> None:
    with freezegun.freeze_time("2026-01-31", auto_tick_seconds=10):
        before = fake_ims.clock.read(tick=False)
        repr(fake_ims.assets)
        assert fake_ims.clock.read(tick=False) == before


def test_a_recorded_event_cannot_be_changed(fake_ims: FakeIms) -> None:
    fake_ims.register(InputURL=URL)
    happened = fake_ims.settle()
    assert len(happened) == 5
    for event in happened:
        with pytest.raises(TypeError):
            event.message_body["Status"] = "Fail"  # type: ignore[index]
        assert event.to_dict()["MessageBody"]["Status"] == "Success"


def test_worlds_that_end_are_told_of_once_each() -> None:
    ended: list[World] = []
    with FakeServer(on_end=ended.append) as server, FakeIms(server=server) as ims:
        worlds = [ims.world]
        ims.reset()
        worlds.append(ims.world)
        with ims.scratch():
            worlds.append(ims.world)
    assert set(worlds) <= set(ended)
