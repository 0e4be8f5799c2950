"""Every operation of the library, at random and over the wire, against a naive model.

Runs are the same each time.
``pytest --hypothesis-profile=long tests/operations/test_library_machine.py`` draws
others, fifty times as many, in half an hour.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from library_client import Caller
from library_machine import LibraryMachine
from oracle import Factory, examples

from fake_ims import FakeIms


@pytest.fixture(scope="module")
def ims(fake_ims_factory: Factory) -> Iterator[FakeIms]:
    """A fake that analyses files in exactly two seconds of its time."""
    with fake_ims_factory(own_listener=True, delay="2s") as ims:
        yield ims


def test_every_answer_is_what_the_model_says(ims: FakeIms) -> None:
    with Caller(ims) as caller:

        class Machine(LibraryMachine):
            def __init__(self) -> None:
                super().__init__(ims, caller)

        run_state_machine_as_test(
            Machine,
            settings=settings(
                examples(200),
                stateful_step_count=60,
                phases=[Phase.generate, Phase.shrink],  # to explain takes minutes
            ),
        )
