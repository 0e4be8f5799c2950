"""Running the programs of clients that are tested."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from environments import Recipe, bare_variables, interpreter


def command_line(
    program: Path,
    arguments: Sequence[str],
    environment: Recipe | None,
    request: pytest.FixtureRequest,
) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment variables that run a client's program.

    The test is skipped where there is no environment, or the client is not installed.

    :param environment: what it needs; None for what the tests themselves run in.
    :raises LackingError: if the registry does not have what it needs.
    """
    command, variables = [str(program), *arguments], bare_variables()
    if environment is None:
        package = (
            "aliyunsdkice" if program.stem.endswith("python_v1") else "alibabacloud_ice20201109"
        )
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
        return [sys.executable, *command], variables
    place = request.getfixturevalue("place_of")(environment)
    if environment.installer == "npm":
        return ["node", *command], {**variables, "NODE_PATH": str(place / "node_modules")}
    return [str(interpreter(place)), *command], variables
