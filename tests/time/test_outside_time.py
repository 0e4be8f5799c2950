"""freezegun and time-machine: world time follows whatever the process under test sees."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import freezegun
import pytest
import time_machine
from freezers import ALL, RUNNING, STANDING, UTC, Freezer, Move
from rpc import Rpc

from fake_ims import FakeIms

URL = "oss://bucket/a.mp3"
MOMENTS = {
    year: datetime.datetime(year, 12, 26, 4, 11, 8, 250_000, tzinfo=UTC)
    for year in (1980, 2001, 2026, 2090)
}
NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)

pytestmark = pytest.mark.fake_ims(delay="2s")
either = pytest.mark.parametrize("freezer", STANDING.values(), ids=STANDING)
running = pytest.mark.parametrize("freezer", RUNNING.values(), ids=RUNNING)
each_moment = pytest.mark.parametrize("moment", MOMENTS.values(), ids=map(str, MOMENTS))


def written(moment: datetime.datetime, seconds: float = 0) -> str:
    return (moment + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_life(ims: FakeIms, move: Move, moment: datetime.datetime) -> None:
    """A registration at a frozen moment, waited for by moving the frozen time."""
    rpc = Rpc(ims)
    assert ims.clock.now() == ims.clock.now() == moment
    media_id = rpc.register(URL).media_id
    basic = rpc.get(media_id)["MediaBasicInfo"]
    assert basic["CreateTime"] == basic["ModifiedTime"] == written(moment)
    assert basic["Title"] == f"default_title_{written(moment)}"
    move(1.5)
    assert rpc.status(media_id) == "Preparing"
    move(1.5)
    basic = rpc.get(media_id)["MediaBasicInfo"]
    assert basic["Status"] == "Normal"
    assert basic["ModifiedTime"] == written(moment, 2)
    expires = int(moment.timestamp() + 3) + 3600
    assert f"Expires={expires}&" in rpc.file_of(media_id)["FileBasicInfo"]["FileUrl"]
    assert ims.calls[0].at == round(moment.timestamp() * 1_000_000)


@either
@each_moment
def test_frozen_inside_the_test(
    fake_ims: FakeIms, freezer: Freezer, moment: datetime.datetime
) -> None:
    with freezer(moment) as move:
        check_life(fake_ims, move, moment)


@pytest.fixture(params=STANDING)
def frozen_first(request: pytest.FixtureRequest) -> Iterator[Move]:
    with STANDING[request.param](NOON) as move:
        yield move


def test_frozen_before_the_fixture(frozen_first: Move, fake_ims: FakeIms) -> None:
    check_life(fake_ims, frozen_first, NOON)


@either
@each_moment
def test_world_and_listener_started_while_frozen(
    freezer: Freezer, moment: datetime.datetime
) -> None:
    with freezer(moment) as move, FakeIms(delay="2s") as ims:
        check_life(ims, move, moment)


@freezegun.freeze_time("2001-12-26T04:11:08Z")
def test_frozen_by_freezeguns_decorator(fake_ims: FakeIms) -> None:
    asset = fake_ims.register(InputURL=URL)
    assert asset.created_at == 1009339868_000_000


@time_machine.travel(datetime.datetime(2001, 12, 26, 4, 11, 8, tzinfo=UTC), tick=False)
def test_frozen_by_time_machines_decorator(fake_ims: FakeIms) -> None:
    asset = fake_ims.register(InputURL=URL)
    assert asset.created_at == 1009339868_000_000


@running
@each_moment
def test_ticking_by_itself(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer, moment: datetime.datetime
) -> None:
    with freezer(moment) as move:
        media_id = rpc.register(URL).media_id
        created = fake_ims.assets[media_id].created_at
        start = round(moment.timestamp() * 1_000_000)
        assert start <= created < start + 60_000_000
        assert fake_ims.clock.read() <= fake_ims.clock.read()
        move(3600)
        assert rpc.status(media_id) == "Normal"
        assert fake_ims.assets[media_id].modified_at == created + 2_000_000


@pytest.mark.parametrize("freezer", ALL.values(), ids=ALL)
def test_leaving_a_freeze_in_the_past_ends_what_was_pending_at_its_due_time(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer
) -> None:
    with freezer(MOMENTS[2001]):
        media_id = rpc.register(URL).media_id
        created = fake_ims.assets[media_id].created_at
    assert rpc.status(media_id) == "Normal"
    assert fake_ims.assets[media_id].modified_at == created + 2_000_000


@pytest.mark.parametrize("freezer", ALL.values(), ids=ALL)
@pytest.mark.fake_ims(delay="1h")
def test_leaving_a_freeze_in_the_future_shifts_what_is_pending(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer
) -> None:
    with freezer(MOMENTS[2090]):
        media_id = rpc.register(URL).media_id
    assert rpc.status(media_id) == "Preparing"
    (pending,) = fake_ims.world.queue.of(media_id)
    assert pending.due is not None
    assert 0 < pending.due - fake_ims.clock.read() <= 3600_000_000
    fake_ims.clock.advance("1h")
    assert rpc.status(media_id) == "Normal"


@either
def test_entering_a_freeze_in_the_past_shifts_what_is_pending(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer
) -> None:
    fake_ims.clock.freeze()
    media_id = rpc.register(URL).media_id
    fake_ims.clock.resume()
    with freezer(MOMENTS[1980]) as move:
        assert rpc.status(media_id) == "Preparing"
        move(2)
        assert rpc.status(media_id) == "Normal"
        assert rpc.get(media_id)["MediaBasicInfo"]["ModifiedTime"].startswith("1980-12-26T04:11")


@either
def test_outside_jump_backwards_shifts_what_is_pending(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer
) -> None:
    with freezer(NOON) as move:
        media_id = rpc.register(URL).media_id
        move(-86400)
        assert rpc.status(media_id) == "Preparing"
        move(1.999)
        assert rpc.status(media_id) == "Preparing"
        move(0.001)
        basic = rpc.get(media_id)["MediaBasicInfo"]
        assert (basic["Status"], basic["ModifiedTime"]) == ("Normal", "2026-01-30T12:00:02Z")


@pytest.mark.parametrize("hours", [8, -5, 5.5])
@pytest.mark.parametrize("tick", [False, True])
def test_freezeguns_tz_offset_does_not_touch_utc(
    fake_ims: FakeIms, rpc: Rpc, hours: float, tick: bool
) -> None:
    offset = datetime.timedelta(hours=hours)
    with freezegun.freeze_time(NOON, tz_offset=offset, tick=tick):
        media_id = rpc.register(URL).media_id
        created = fake_ims.assets[media_id].created_at
        assert 0 <= created - 1769860800_000_000 < 60_000_000


def test_time_machines_time_zone_does_not_touch_utc(fake_ims: FakeIms) -> None:
    zoneinfo = pytest.importorskip("zoneinfo")
    try:
        there = datetime.datetime(2026, 1, 31, 20, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
    except zoneinfo.ZoneInfoNotFoundError:
        pytest.skip("this machine has no time zones")
    with time_machine.travel(there, tick=False):
        assert fake_ims.register(InputURL=URL).created_at == 1769860800_000_000


@either
def test_nested_freezes(fake_ims: FakeIms, freezer: Freezer) -> None:
    with freezer(MOMENTS[2001]):
        with freezer(MOMENTS[2090]):
            assert fake_ims.clock.now() == MOMENTS[2090]
        assert fake_ims.clock.now() == MOMENTS[2001]


@pytest.mark.parametrize("freezer", ALL.values(), ids=ALL)
def test_settle_works_while_outside_time_is_frozen(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer
) -> None:
    with freezer(NOON):
        media_id = rpc.register(URL).media_id
        due = fake_ims.assets[media_id].created_at + 2_000_000
        assert [event.at for event in fake_ims.settle()] == [due, due]
        assert rpc.status(media_id) == "Normal"


# ---------------------------------------------------------------- the world's clock on top


@either
def test_worlds_own_clock_on_top_of_frozen_time(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer
) -> None:
    with freezer(NOON) as move:
        clock = fake_ims.clock
        clock.advance("1h")
        assert clock.now().isoformat() == "2026-01-31T13:00:00+00:00"
        move(60)
        assert clock.now().isoformat() == "2026-01-31T13:01:00+00:00"
        clock.freeze()
        move(60)
        assert clock.now().isoformat() == "2026-01-31T13:01:00+00:00"
        media_id = rpc.register(URL).media_id
        assert rpc.get(media_id)["MediaBasicInfo"]["CreateTime"] == "2026-01-31T13:01:00Z"
        clock.resume()
        assert clock.now().isoformat() == "2026-01-31T13:01:00+00:00"
        move(1)
        assert clock.now().isoformat() == "2026-01-31T13:01:01+00:00"
        clock.move_to("2001-01-01T00:00:00Z")
        move(1)
        assert clock.now().isoformat() == "2001-01-01T00:00:01+00:00"
        move(1)
        assert rpc.status(media_id) == "Normal"


@either
def test_time_that_passed_before_a_jump_backwards_is_not_lost(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer
) -> None:
    """Nobody looked between the step and the jump."""
    with freezer(NOON) as move:
        media_id = rpc.register(URL).media_id
        move(1)
        fake_ims.clock.move_to("2001-01-01T00:00:00Z")
        move(1)
        assert rpc.status(media_id) == "Normal"


@either
def test_what_was_due_before_a_jump_backwards_has_happened(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer
) -> None:
    """Nobody looked between the due time and the jump."""
    with freezer(NOON) as move:
        media_id = rpc.register(URL).media_id
        move(60)
        fake_ims.clock.advance("-1h")
        assert rpc.status(media_id) == "Normal"
        assert fake_ims.events[0].event_time == "2026-01-31T12:00:02Z"


@either
def test_worlds_frozen_clock_ignores_outside_time(
    fake_ims: FakeIms, rpc: Rpc, freezer: Freezer
) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    media_id = rpc.register(URL).media_id
    for moment in MOMENTS.values():
        with freezer(moment):
            assert rpc.status(media_id) == "Preparing"
    assert len(fake_ims.clock.advance("2s").of("RegisterMediaComplete")) == 1


# ---------------------------------------------------------------- asyncio


async def check_async_life(ims: FakeIms, client: Any, move: Move, moment: str) -> None:
    models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
    request = models.RegisterMediaInfoRequest(input_url=URL)
    media_id = (await client.register_media_info_async(request)).body.media_id
    query = models.GetMediaInfoRequest(media_id=media_id)
    basic = (await client.get_media_info_async(query)).body.media_info.media_basic_info
    assert (basic.status, basic.create_time) == ("Preparing", moment)
    move(3)
    basic = (await client.get_media_info_async(query)).body.media_info.media_basic_info
    assert basic.status == "Normal"


@pytest.mark.asyncio
@either
async def test_official_async_client_inside_a_freeze(
    fake_ims: FakeIms, fake_ims_client: Any, freezer: Freezer
) -> None:
    with freezer(NOON) as move:
        await check_async_life(fake_ims, fake_ims_client, move, "2026-01-31T12:00:00Z")


@pytest.mark.asyncio
async def test_official_async_client_in_a_fixtures_freeze(
    frozen_first: Move, fake_ims: FakeIms, fake_ims_client: Any
) -> None:
    await check_async_life(fake_ims, fake_ims_client, frozen_first, "2026-01-31T12:00:00Z")


@pytest.mark.asyncio
@freezegun.freeze_time("2026-01-31T12:00:00Z", real_asyncio=True)
async def test_official_async_client_under_a_decorator(
    fake_ims: FakeIms, fake_ims_client: Any
) -> None:
    def move(seconds: float) -> None:
        fake_ims.clock.advance(seconds)

    await check_async_life(fake_ims, fake_ims_client, move, "2026-01-31T12:00:00Z")


@either
def test_official_sync_client_inside_a_freeze(
    fake_ims: FakeIms, fake_ims_client: Any, freezer: Freezer
) -> None:
    models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
    with freezer(MOMENTS[2090]) as move:
        request = models.RegisterMediaInfoRequest(input_url=URL)
        media_id = fake_ims_client.register_media_info(request).body.media_id
        move(2)
        query = models.GetMediaInfoRequest(media_id=media_id)
        basic = fake_ims_client.get_media_info(query).body.media_info.media_basic_info
        assert (basic.status, basic.modified_time) == ("Normal", "2090-12-26T04:11:10Z")
