"""What tests of every folder may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from environments import Environments, Recipe, UnavailableError
from hypothesis import HealthCheck, settings
from rpc import Rpc

from fake_ims import FakeIms

settings.register_profile(
    "patient", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")  # a busy machine is no failure
settings.register_profile("long")  # its name is what counts: support/oracle.py


@pytest.fixture
def rpc(fake_ims: FakeIms) -> Rpc:
    """A bare client of this test's fake."""
    return Rpc(fake_ims)


@pytest.fixture(scope="session")
def place_of(request: pytest.FixtureRequest) -> Iterator[Callable[[Recipe], Path]]:
    """The folder of an environment in pytest's cache; skips where none can be had.

    Those that the parameter ``client`` of selected tests names are begun at once.
    """
    environments = Environments(request.config.cache.mkdir("clients"))
    for item in request.session.items:
        callspec = getattr(item, "callspec", None)
        client = callspec.params.get("client") if callspec else None
        recipe = getattr(client, "environment", None)
        if isinstance(recipe, Recipe):
            environments.prepare(recipe)

    def place(recipe: Recipe) -> Path:
        try:
            return environments.place(recipe)
        except UnavailableError as reason:
            pytest.skip(str(reason))

    yield place
    environments.close()
