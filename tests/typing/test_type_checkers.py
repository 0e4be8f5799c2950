"""Type checkers see the installed package as usage.py says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from environments import Recipe, bare_variables, interpreter, node

USAGE = Path(__file__).with_name("usage.py")
PACKAGE = Path(__file__).parents[2] / "fake_ims"

STRICT = {
    "include": [USAGE.name],
    "typeCheckingMode": "strict",
    "enableTypeIgnoreComments": False,
    "reportUnnecessaryTypeIgnoreComment": "error",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that uses the package, with an environment in which that is installed.

    It is where a wheel would put it, and so known as typed by ``py.typed`` alone.
    """
    environment = tmp_path / "environment"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=60
    )
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site_packages = environment / "lib" / version / "site-packages"
    (site_packages / PACKAGE.name).symlink_to(PACKAGE)
    (site_packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    project = tmp_path / "project"
    project.mkdir()
    shutil.copy(USAGE, project)
    return project


def check(project: Path, command: Sequence[str | os.PathLike[str]]) -> None:
    done = subprocess.run(
        command, cwd=project, env=bare_variables(), capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy(project: Path, pytestconfig: pytest.Config) -> None:
    pytest.importorskip("mypy")
    there = interpreter(project.parent / "environment")
    cache = pytestconfig.cache.mkdir("mypy")
    options = ["--strict", f"--python-executable={there}", f"--cache-dir={cache}"]
    check(project, [sys.executable, "-m", "mypy", *options, USAGE.name])


@pytest.mark.clients
def test_pyright(project: Path, place_of: Callable[[Recipe], Path]) -> None:
    program = place_of(node("pyright")) / "node_modules" / "pyright" / "index.js"
    there = interpreter(project.parent / "environment")
    (project / "pyrightconfig.json").write_text(json.dumps(STRICT))
    check(project, ["node", program, f"--pythonpath={there}"])
