"""The names of the package itself: each is found where it says, and loaded at first use only."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

import fake_ims

NAMES = sorted(set(fake_ims.__all__) - {"__version__"})


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_what_its_home_calls_so(name: str) -> None:
    found = getattr(fake_ims, name)
    assert found.__name__ == name
    assert getattr(import_module(found.__module__), name) is found
    assert name in dir(fake_ims)


def test_no_name_is_missing_in_the_list() -> None:
    assert sorted(fake_ims._HOMES) == NAMES


def test_what_is_not_there_is_told() -> None:
    with pytest.raises(AttributeError, match="module 'fake_ims' has no attribute 'Callbak'"):
        fake_ims.Callbak  # type: ignore[attr-defined]  # noqa: B018


def test_the_package_alone_loads_none_of_it() -> None:
    told = "import sys, fake_ims; print([name for name in sys.modules if 'fake_ims.' in name])"
    done = subprocess.run(
        [sys.executable, "-c", told], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
