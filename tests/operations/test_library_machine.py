"""Every operation of the library, at random and over the wire, against a naive model.

Runs are the same each time, but for
``pytest --hypothesis-profile=long tests/operations/test_library_machine.py``, which draws fifty
times as many others, in a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
from alone import IN_VAIN
from hypothesis import Phase
from hypothesis.stateful import run_state_machine_as_test
from library_client import Caller
from library_machine import LibraryMachine
from oracle import LONG, Factory, examples

from fake_ims import FakeIms


@pytest.fixture(scope="module")
def ims(fake_ims_factory: Factory) -> Iterator[FakeIms]:
    """A fake that analyses files in exactly two seconds of its time."""
    with fake_ims_factory(own_listener=True, delay="2s", **IN_VAIN) as ims:
        yield ims


@pytest.mark.parametrize("seed", range(5))  # each makes variations of what it drew first
def test_every_answer_is_what_the_model_says(ims: FakeIms, seed: int) -> None:
    with Caller(ims) as caller:

        class Machine(LibraryMachine):
            def __init__(self) -> None:
                super().__init__(ims, caller)

        run_state_machine_as_test(
            Machine if LONG else hypothesis.seed(seed)(Machine),
            settings=hypothesis.settings(
                examples(24),
                stateful_step_count=60,
                phases=[Phase.generate, Phase.shrink],  # to explain takes minutes
            ),
        )
