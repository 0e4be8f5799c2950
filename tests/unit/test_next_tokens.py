"""NextTokens: what was written is read, and nothing else."""

from __future__ import annotations

import base64
import random

from hypothesis import example, given
from hypothesis import strategies as st

from fake_ims.clock import Instant, instant
from fake_ims.library.listing import Wanted
from fake_ims.library.next_tokens import SIZE, NextTokens

FIRST, LAST = instant("0001-01-01T00:00:00Z"), instant("9999-12-31T23:59:59.999999Z")
TOKENS = NextTokens(7)
PLACE = (instant("2026-01-31T12:00:00.7Z"), 41)
VIDEOS, ALL = Wanted(media_type="video"), Wanted()

instants = st.integers(FIRST, LAST).map(Instant)
numbers = st.integers(1, (1 << 32) - 1)


@given(st.tuples(instants, numbers))
@example((FIRST, 1))
@example((LAST, (1 << 32) - 1))
def test_a_place_comes_back(place: tuple[Instant, int]) -> None:
    token = TOKENS.write(place, ALL)
    assert len(base64.b64decode(token, validate=True)) == SIZE
    assert TOKENS.read(token, ALL) == (place, False)


def test_a_space_is_a_plus_that_was_not_encoded() -> None:
    places = [(PLACE[0], number) for number in range(1, 200)]
    with_plus = [place for place in places if "+" in TOKENS.write(place, ALL)]
    assert with_plus
    for place in with_plus:
        assert TOKENS.read(TOKENS.write(place, ALL).replace("+", " "), ALL) == (place, False)


def test_a_token_of_another_list_says_so() -> None:
    token = TOKENS.write(PLACE, VIDEOS)
    for other in (ALL, VIDEOS._replace(descending=False), VIDEOS._replace(after=Instant(0))):
        assert TOKENS.read(token, other) == (PLACE, True)


@given(
    st.text() | st.binary(min_size=SIZE, max_size=SIZE).map(lambda b: base64.b64encode(b).decode())
)
@example("A" * 22 + "==")
@example("")
@example("====")
@example("\ud800")
@example("8EqYpQbZ6Eh7+Zz8DxVYoQ==")
@example("A" * 1_000_000)
def test_what_nobody_wrote_is_refused(text: str) -> None:
    assert TOKENS.read(text, ALL) is None


@given(st.integers(0, 8 * SIZE - 1))
def test_no_bit_can_be_changed(bit: int) -> None:
    whole = int.from_bytes(base64.b64decode(TOKENS.write(PLACE, ALL)), "big") ^ (1 << bit)
    assert TOKENS.read(base64.b64encode(whole.to_bytes(SIZE, "big")).decode(), ALL) is None


def test_a_damaged_text_is_refused() -> None:
    token = TOKENS.write(PLACE, ALL)
    digit = chr(ord(token[21]) + 1)  # of its last digit only two bits count
    for wrong in (
        token[:-1], token[:-2], token + "=", token + "\n", f"\t{token}", token.lower(),
        token[:21] + digit + "==", token * 2, token[4:], token + "AAAA",
    ):  # fmt: skip
        assert TOKENS.read(wrong, ALL) is None


def test_tokens_of_another_world_are_refused() -> None:
    generator = random.Random(1)
    for _ in range(100):
        other = NextTokens(generator.getrandbits(32))
        assert TOKENS.read(other.write(PLACE, ALL), ALL) is None
