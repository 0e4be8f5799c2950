"""mode=enforce and time: timestamps by outside time, nonces that are used once."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from freezers import STANDING, UTC, Freezer, ticking_by_reads
from refusals import SCHEMES, URL
from rpc import Reply
from signed import Prepared, Signed

from fake_ims import FakeIms
from fake_ims.clock import iso, outside

pytestmark = pytest.mark.fake_ims(mode="enforce")
each_scheme = pytest.mark.parametrize("scheme", SCHEMES)
each_freezer = pytest.mark.parametrize("freezer", STANDING.values(), ids=STANDING)
NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=UTC)
QUARTER = 15 * 60
LET_IN = "InvalidParameter"  # what is said of an asset that nobody has
STALE, MALFORMED, USED = "InvalidTimeStamp.Expired", "InvalidTimeStamp.Format", "SignatureNonceUsed"


def get(
    ims: FakeIms, scheme: str, *, keys: Any = None, nonce: str = "", timestamp: str | None = None
) -> str:
    """The code of a GetMediaInfo that is signed now."""
    client, sent = Signed(ims, keys), {"MediaId": "0" * 32}
    if scheme == "rpc":
        common = {"SignatureNonce": nonce or None, "Timestamp": timestamp}
        given = {name: value for name, value in common.items() if value is not None}
        return client.rpc("GetMediaInfo", common=given, **sent).code
    headers = {"x-acs-signature-nonce": nonce or None, "x-acs-date": timestamp}
    given = {name: value for name, value in headers.items() if value is not None}
    return client.acs3("GetMediaInfo", headers=given, **sent).code


def written(at: datetime.datetime, seconds: float = 0) -> str:
    return (at + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def registration(ims: FakeIms, scheme: str, **parameters: str) -> Prepared:
    client = Signed(ims)
    sent: dict[str, Any] = {"InputURL": URL, **parameters}
    prepare = client.rpc_request if scheme == "rpc" else client.acs3_request
    return prepare("RegisterMediaInfo", **sent)


# ---------------------------------------------------------------- timestamps


@each_scheme
@each_freezer
def test_timestamp_may_be_fifteen_minutes_off_either_way(
    fake_ims: FakeIms, freezer: Freezer, scheme: str
) -> None:
    with freezer(NOON):
        for seconds, code in {
            0: LET_IN, QUARTER: LET_IN, -QUARTER: LET_IN, QUARTER + 1: STALE, -QUARTER - 1: STALE,
            86400: STALE, -86400 * 365: STALE,
        }.items():  # fmt: skip
            assert get(fake_ims, scheme, timestamp=written(NOON, seconds)) == code


@each_scheme
@each_freezer
def test_outside_time_is_the_gateways_time(
    fake_ims: FakeIms, freezer: Freezer, scheme: str
) -> None:
    before = iso(outside())
    for year in (1980, 2001, 2090):
        moment = NOON.replace(year=year)
        with freezer(moment) as move:
            assert get(fake_ims, scheme) == LET_IN
            assert get(fake_ims, scheme, timestamp=before) == STALE
            move(3600)
            assert get(fake_ims, scheme) == LET_IN
            assert get(fake_ims, scheme, timestamp=written(moment)) == STALE
    assert get(fake_ims, scheme) == LET_IN


@each_scheme
def test_skew_lets_the_gateways_clock_be_off(fake_ims: FakeIms, scheme: str) -> None:
    for skew, code in {
        "14m": LET_IN, "-14m": LET_IN, "16m": STALE, "-16m": STALE, "365d": STALE, "-1d": STALE,
        "0": LET_IN,
    }.items():  # fmt: skip
        fake_ims.clock.skew(skew)
        assert get(fake_ims, scheme) == code
    fake_ims.clock.skew("1d")
    tomorrow = written(datetime.datetime.now(UTC), 86400)
    assert get(fake_ims, scheme, timestamp=tomorrow) == LET_IN


@pytest.mark.parametrize("skew", ["soon", "", None, True, float("nan")])
def test_skew_that_is_no_length_of_time(fake_ims: FakeIms, skew: Any) -> None:
    with pytest.raises(ValueError, match="not a length of time"):
        fake_ims.clock.skew(skew)
    assert get(fake_ims, "rpc") == LET_IN


@each_scheme
def test_world_time_has_nothing_to_do_with_it(fake_ims: FakeIms, scheme: str) -> None:
    moves: list[Callable[[], object]] = [
        lambda: fake_ims.clock.advance("365d"),
        lambda: fake_ims.clock.advance("-730d"),
        fake_ims.clock.freeze,
        lambda: fake_ims.clock.move_to("2001-01-01T00:00:00Z"),
    ]
    for move in moves:
        move()
        assert get(fake_ims, scheme) == LET_IN
    assert get(fake_ims, scheme, timestamp="2001-01-01T00:00:00Z") == STALE


@each_scheme
@pytest.mark.parametrize(
    "timestamp",
    [
        "yesterday", "0", "1790000000", "2026-01-31", "2026-01-31 12:00:00", "2026-01-31T12:00:00",
        "2026-01-31T12:00:00+00:00", "2026-01-31T12:00:00.000Z", "2026-01-31T12:00Z",
        "2026-01-31T12:00:00z", "20260131T120000Z", "2026-02-30T12:00:00Z", "2026-13-01T12:00:00Z",
        "2026-01-31T25:00:00Z", "2026-01-31T12:00:61Z", "0000-01-01T00:00:00Z",
        "2026-W05-6T12:00:00Z", "x" * 10_000,
    ],
    ids=lambda timestamp: timestamp[:30],
)  # fmt: skip
def test_malformed_timestamp(fake_ims: FakeIms, scheme: str, timestamp: str) -> None:
    assert get(fake_ims, scheme, timestamp=timestamp) == MALFORMED


@pytest.mark.parametrize(
    "timestamp", ["\uff12\uff10\uff12\uff16-01-31T12:00:00Z", "2026-01-31T12:00:00Z\n", "\0", " "]
)
def test_malformed_timestamp_that_no_header_can_hold(fake_ims: FakeIms, timestamp: str) -> None:
    assert get(fake_ims, "rpc", timestamp=timestamp) == MALFORMED


@each_scheme
@pytest.mark.parametrize("timestamp", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_timestamp_at_the_ends_of_time(fake_ims: FakeIms, scheme: str, timestamp: str) -> None:
    assert get(fake_ims, scheme, timestamp=timestamp) == STALE


@each_scheme
def test_clock_that_moves_by_being_read_moves_as_with_mode_open(
    fake_ims: FakeIms, fake_ims_factory: Any, scheme: str
) -> None:
    moved = []
    with fake_ims_factory(mode="open") as other, ticking_by_reads("2026-01-31", 1) as look:
        for ims in (fake_ims, other):
            requests = [registration(ims, scheme, Overwrite="true") for _ in range(2)]
            before = look()
            assert [request.send().status for request in requests] == [200, 200]
            moved.append(look() - before)
    assert moved[0] == moved[1]


# ---------------------------------------------------------------- nonces


@each_scheme
def test_same_request_again_is_refused(fake_ims: FakeIms, scheme: str) -> None:
    request = registration(fake_ims, scheme, Overwrite="true")
    media_id = request.send().media_id
    assert [request.send().code for _ in range(3)] == [USED] * 3
    assert list(fake_ims.assets) == [media_id]


@each_freezer
@each_scheme
def test_nonce_is_remembered_for_fifteen_minutes_of_outside_time(
    fake_ims: FakeIms, freezer: Freezer, scheme: str
) -> None:
    with freezer(NOON) as move:
        assert get(fake_ims, scheme, nonce="n") == LET_IN
        move(QUARTER - 1)
        assert get(fake_ims, scheme, nonce="n") == USED
        fake_ims.clock.advance("1d")
        assert get(fake_ims, scheme, nonce="n") == USED
        move(1)
        assert get(fake_ims, scheme, nonce="n") == LET_IN
        assert get(fake_ims, scheme, nonce="n") == USED


@each_scheme
def test_nonce_is_remembered_by_the_gateways_clock(fake_ims: FakeIms, scheme: str) -> None:
    fake_ims.clock.skew("-10m")
    assert get(fake_ims, scheme, nonce="n") == LET_IN
    fake_ims.clock.skew("4m")
    assert get(fake_ims, scheme, nonce="n") == USED
    fake_ims.clock.skew("6m")
    assert get(fake_ims, scheme, nonce="n") == LET_IN


@each_scheme
def test_each_key_has_nonces_of_its_own(fake_ims: FakeIms, scheme: str) -> None:
    alice = fake_ims.ram.create_user("alice")
    fake_ims.ram.allow("ice:*", user=alice)
    keys = fake_ims.ram.temporary_keys(alice)
    for caller in (None, alice, keys):
        assert get(fake_ims, scheme, keys=caller, nonce="n") == LET_IN
        assert get(fake_ims, scheme, keys=caller, nonce="n") == USED


def test_both_schemes_share_the_nonces_of_a_key(fake_ims: FakeIms) -> None:
    assert get(fake_ims, "rpc", nonce="n") == LET_IN
    assert get(fake_ims, "acs3", nonce="n") == USED


def test_worlds_have_nonces_of_their_own(fake_ims: FakeIms, fake_ims_factory: Any) -> None:
    assert get(fake_ims, "rpc", nonce="n") == LET_IN
    with fake_ims_factory(mode="enforce") as other:
        assert get(other, "rpc", nonce="n") == LET_IN
        assert get(other, "rpc", nonce="n") == USED
    with fake_ims.scratch():
        assert get(fake_ims, "rpc", nonce="n") == LET_IN
    assert get(fake_ims, "rpc", nonce="n") == USED
    fake_ims.reset()
    assert get(fake_ims, "rpc", nonce="n") == LET_IN


@each_scheme
def test_refused_request_does_not_use_up_its_nonce(fake_ims: FakeIms, scheme: str) -> None:
    wrong = Signed(fake_ims, fake_ims.access_key_id, "wrong")
    for _ in range(2):
        if scheme == "rpc":
            reply = wrong.rpc("GetMediaInfo", common={"SignatureNonce": "n"})
        else:
            reply = wrong.acs3("GetMediaInfo", headers={"x-acs-signature-nonce": "n"})
        assert reply.code == "SignatureDoesNotMatch"
    assert get(fake_ims, scheme, nonce="n", timestamp="x") == MALFORMED
    assert get(fake_ims, scheme, nonce="n", timestamp="2001-01-01T00:00:00Z") == STALE
    fake_ims.ram.disable()
    assert get(fake_ims, scheme, nonce="n") == "InvalidAccessKeyId.Inactive"
    fake_ims.ram.enable()
    assert len(fake_ims.world.nonces) == 0
    assert get(fake_ims, scheme, nonce="n") == LET_IN


@each_scheme
def test_what_comes_after_the_signature_uses_it_up(fake_ims: FakeIms, scheme: str) -> None:
    fake_ims.ram.deny("ice:*")
    assert get(fake_ims, scheme, nonce="n") == "Forbidden"
    fake_ims.ram.allow("ice:*")
    assert get(fake_ims, scheme, nonce="n") == USED


@each_scheme
@pytest.mark.parametrize("nonce", ["0", "x" * 10_000, "a b", "\u00e4", "%00", "'\"<>&"])
def test_nonce_may_have_any_form(fake_ims: FakeIms, scheme: str, nonce: str) -> None:
    assert get(fake_ims, scheme, nonce=nonce) == LET_IN
    assert get(fake_ims, scheme, nonce=nonce) == USED


@each_scheme
def test_client_token_makes_the_same_call_with_another_nonce_one(
    fake_ims: FakeIms, scheme: str
) -> None:
    first, again = (registration(fake_ims, scheme, ClientToken="token") for _ in range(2))
    media_id = first.send().media_id
    assert again.send().media_id == media_id
    assert first.send().code == USED
    assert list(fake_ims.assets) == [media_id]


@each_scheme
def test_same_request_from_many_threads_succeeds_once(fake_ims: FakeIms, scheme: str) -> None:
    threads, barrier = 8, threading.Barrier(8)
    for turn in range(10):
        url = f"oss://bucket/{turn}.mp4"
        request = registration(fake_ims, scheme, InputURL=url, Overwrite="true")

        def send(request: Prepared = request) -> Reply:
            barrier.wait(20)
            return request.send()

        with ThreadPoolExecutor(threads) as pool:
            replies = [future.result() for future in [pool.submit(send) for _ in range(threads)]]
        assert sorted(reply.status for reply in replies) == [200] + [400] * (threads - 1)
        assert {reply.code for reply in replies if reply.status == 400} == {USED}
    assert len(fake_ims.assets) == 10
    assert sum(call.ok for call in fake_ims.calls) == 10


@each_scheme
def test_requests_of_many_threads_do_not_hinder_each_other(fake_ims: FakeIms, scheme: str) -> None:
    def register(number: int) -> str:
        return registration(fake_ims, scheme, InputURL=f"oss://bucket/{number}.mp4").send().media_id

    with ThreadPoolExecutor(8) as pool:
        media_ids = list(pool.map(register, range(80)))
    assert set(media_ids) == set(fake_ims.assets)
    assert len(fake_ims.world.nonces) == 80
