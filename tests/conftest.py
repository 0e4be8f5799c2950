"""What tests of every folder may use."""

from __future__ import annotations

import pytest
from rpc import Rpc

from fake_ims import FakeIms


@pytest.fixture
def rpc(fake_ims: FakeIms) -> Rpc:
    """A bare client of this test's fake."""
    return Rpc(fake_ims)
