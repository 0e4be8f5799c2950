"""The environments that the selected tests want, made in the background."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from environments import Environments, Recipe


@pytest.fixture(scope="session")
def environments(request: pytest.FixtureRequest) -> Iterator[Environments]:
    """Environments in pytest's cache; those of parametrised ``client`` are begun at once."""
    found = Environments(request.config.cache.mkdir("clients"))
    for item in request.session.items:
        callspec = getattr(item, "callspec", None)
        client = callspec.params.get("client") if callspec else None
        recipe = getattr(client, "environment", None)
        if isinstance(recipe, Recipe):
            found.prepare(recipe)
    yield found
    found.close()
