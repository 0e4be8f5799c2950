"""Identifiers of the service, and access keys that say whose they are."""

from __future__ import annotations

import random
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims.ids import (
    IdGenerator,
    KeyParts,
    RequestIds,
    access_key_id,
    access_key_secret,
    new_worker,
    read_access_key_id,
)

TOKENS = st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=6, max_size=6)


@given(st.integers())
def test_media_id_has_the_form_of_real_ones(seed: int) -> None:
    ids = IdGenerator(random.Random(seed))
    assert re.fullmatch(r"[0-9a-f]{12}71[0-9a-f]{18}", ids.media_id())


@given(st.integers())
def test_mark_id_has_the_form_of_the_examples(seed: int) -> None:
    ids = IdGenerator(random.Random(seed))
    drawn = [ids.mark_id() for _ in range(3)]
    assert all(re.fullmatch("mark-[0-9a-f]{32}", each) for each in drawn)
    assert len(set(drawn)) == 3


@given(st.integers())
def test_request_id_is_an_upper_case_uuid_of_the_modern_kind(seed: int) -> None:
    form = r"[0-9A-F]{8}-[0-9A-F]{4}-[35][0-9A-F]{3}-[0-9A-F]{4}-[0-9A-F]{12}"
    drawn = [RequestIds(seed).draw() for _ in range(2)]
    assert re.fullmatch(form, drawn[0])
    assert drawn[0] == drawn[1]


def test_request_ids_differ_from_any_thread() -> None:
    ids = RequestIds(7)
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(lambda _: ids.draw(), range(4000)))
    assert len({*drawn}) == 4000


def test_ids_follow_from_the_seed_and_differ() -> None:
    one, two = (IdGenerator(random.Random(7)) for _ in range(2))
    first = [one.media_id() for _ in range(100)]
    assert first == [two.media_id() for _ in range(100)]
    assert len(set(first)) == 100


@given(TOKENS, st.integers(0, 36**6 - 1), st.integers(0, 36**4 - 1))
def test_key_says_again_what_it_was_made_of(worker: str, world: int, user: int) -> None:
    parts = KeyParts(worker, world, user)
    key = access_key_id(parts)
    assert re.fullmatch(r"LTAI[0-9A-Za-z]{20}", key)
    assert read_access_key_id(key) == parts


@given(TOKENS, st.integers(0, 36**6 - 1), st.integers(0, 36**6 - 1), st.integers(0, 36**4 - 1))
def test_two_worlds_never_have_one_key(worker: str, one: int, two: int, user: int) -> None:
    keys = {access_key_id(KeyParts(worker, world, user)) for world in (one, two)}
    assert len(keys) == len({one, two})


@pytest.mark.parametrize(
    "text",
    [
        "", "LTAI5tAnyOtherKeyOfSomebody", "LTAIFake", "LTAIFakeAAAAAA0000010000 ",
        "LTAIFakeAAAAAA00000100000", "LTAIFakeaaaaaa0000010000", "ltaifakeAAAAAA0000010000",
        "LTAIFakeAAAAAA000001000\uff10", "LTAIFakeAAAAAA0000010000\n",
    ],
)  # fmt: skip
def test_key_of_somebody_else_says_nothing(text: str) -> None:
    assert read_access_key_id(text) is None


@given(st.text())
def test_no_text_breaks_reading_a_key(text: str) -> None:
    parts = read_access_key_id(text)
    assert parts is None or access_key_id(parts) == text


def test_workers_and_secrets_are_never_drawn_from_a_seed() -> None:
    random.seed(7)
    first = new_worker(), access_key_secret()
    random.seed(7)
    assert (new_worker(), access_key_secret()) != first


def test_secret_has_the_length_of_real_ones() -> None:
    assert len(access_key_secret()) == 30
    assert re.fullmatch("[0-9A-Z]{6}", new_worker())
