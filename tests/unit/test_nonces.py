"""Nonces: refused within the window, fresh outside it, in bounded memory, from any thread."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims.clock import Instant
from fake_ims.gateway.nonces import MOST, WINDOW, Nonces

NAMES = st.sampled_from("abcdef")
STEPS = st.one_of(
    st.integers(0, WINDOW // 2),
    st.sampled_from([0, 1, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW]),
)
JUMPS = st.one_of(STEPS, STEPS.map(lambda step: -step))


class Model:
    """What ought to be known of each nonce: when it was used, and where the time has been since."""

    def __init__(self) -> None:
        self._used: dict[str, int] = {}
        self._left: set[str] = set()  # the time has been outside its window since

    def use(self, nonce: str, at: int) -> bool | None:
        """Whether it is fresh; None where both will do: its window was left, and entered again."""
        self._left |= {each for each, used in self._used.items() if abs(at - used) >= WINDOW}
        used = self._used.get(nonce)
        within = used is not None and abs(at - used) < WINDOW
        return None if within and nonce in self._left else not within

    def entered(self, nonce: str, at: int) -> None:
        self._used[nonce] = at
        self._left.discard(nonce)


@given(st.lists(st.tuples(NAMES, STEPS), max_size=60))
def test_refused_within_the_window_and_fresh_outside_it(uses: list[tuple[str, int]]) -> None:
    nonces, used, at = Nonces(), dict[str, int](), 0
    for nonce, step in uses:
        at += step
        expected = nonce not in used or at - used[nonce] >= WINDOW
        assert nonces.use("key", nonce, Instant(at)) is expected
        if expected:
            used[nonce] = at


@given(st.lists(st.tuples(NAMES, JUMPS), max_size=60))
def test_time_may_jump(uses: list[tuple[str, int]]) -> None:
    nonces, model, at = Nonces(), Model(), 10 * WINDOW
    for nonce, jump in uses:
        at += jump
        expected = model.use(nonce, at)
        found = nonces.use("key", nonce, Instant(at))
        assert found is (found if expected is None else expected)
        if found:
            model.entered(nonce, at)


@given(st.integers(1, 5), st.lists(st.tuples(NAMES, JUMPS), max_size=60))
def test_never_more_than_the_most_are_kept(most: int, uses: list[tuple[str, int]]) -> None:
    nonces, at = Nonces(most), 10 * WINDOW
    for nonce, jump in uses:
        at += jump
        nonces.use("key", nonce, Instant(at))
        assert 0 < len(nonces) <= most


def test_a_refused_one_is_remembered_no_longer_for_it() -> None:
    nonces = Nonces()
    assert nonces.use("key", "a", Instant(0))
    assert not nonces.use("key", "a", Instant(WINDOW - 1))
    assert nonces.use("key", "a", Instant(WINDOW))


def test_of_too_many_the_oldest_are_forgotten() -> None:
    nonces = Nonces(most=3)
    for nonce in "abcd":
        assert nonces.use("key", nonce, Instant(0))
    assert [nonce for nonce in "dcb" if nonces.use("key", nonce, Instant(0))] == []
    assert nonces.use("key", "a", Instant(0))


def test_one_that_is_used_again_is_among_the_newest() -> None:
    nonces = Nonces(most=2)
    nonces.use("key", "a", Instant(0))
    nonces.use("key", "b", Instant(1))
    assert nonces.use("key", "a", Instant(WINDOW))
    nonces.use("key", "c", Instant(WINDOW))
    assert not nonces.use("key", "a", Instant(WINDOW))
    assert nonces.use("key", "b", Instant(WINDOW))


def test_most_is_kept_without_a_number() -> None:
    nonces = Nonces()
    for number in range(MOST + 10):
        assert nonces.use("key", str(number), Instant(0))
    assert len(nonces) == MOST


@pytest.mark.parametrize("turned", [1, -1], ids=["later", "earlier"])
def test_those_outside_their_window_die_out(turned: int) -> None:
    nonces = Nonces()
    for number in range(1000):
        nonces.use("key", str(number), Instant(0))
    for number in range(500):
        nonces.use("key", f"new {number}", Instant(turned * WINDOW))
    assert len(nonces) == 500


def test_keys_have_nonces_of_their_own() -> None:
    nonces = Nonces()
    assert nonces.use("one", "a", Instant(0))
    assert nonces.use("other", "a", Instant(0))
    assert not nonces.use("one", "a", Instant(0))


@pytest.mark.parametrize("nonce", ["", "\0", "\u6807\U0001f600", "x" * 1_000_000, "a\0b"])
def test_any_text_is_a_nonce(nonce: str) -> None:
    nonces = Nonces()
    assert nonces.use("key", nonce, Instant(0))
    assert not nonces.use("key", nonce, Instant(0))


class Yielding(dict[bytes, Instant]):
    """Lets the other threads run after each look, where they would do harm."""

    def get(self, key: bytes, default: Any = None) -> Any:
        found = super().get(key, default)
        time.sleep(0.0001)
        return found


def test_of_many_at_once_exactly_one_is_fresh() -> None:
    nonces, threads = Nonces(), 8
    nonces._used = Yielding()
    barrier = threading.Barrier(threads)

    def use(_: int) -> list[bool]:
        barrier.wait(20)
        return [nonces.use("key", str(number), Instant(0)) for number in range(100)]

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(use, range(threads)))
    assert [sum(each) for each in zip(*found, strict=True)] == [1] * 100
