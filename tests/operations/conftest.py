"""What holds in every test of the operations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from questions import undeclared


@pytest.fixture(autouse=True)
def only_declared_questions_mattered(request: pytest.FixtureRequest) -> Iterator[None]:
    """The table of operations tells every open question that an answer depended on."""
    ims = request.getfixturevalue("fake_ims") if "fake_ims" in request.fixturenames else None
    yield
    if ims is not None:
        assert undeclared(ims.calls) == set()
