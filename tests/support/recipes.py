"""Which other clients there are, what each needs, and how its programs are run."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from environments import Recipe, bare_variables, interpreter, node, python

CORES = {
    "1.0.0": {"tea-openapi": "0.2.5", "tea": "0.2.9", "tea-util": "0.3.5",
              "openapi-util": "0.1.4", "credentials": "0.1.4"},
    "1.1.6": {"tea-openapi": "0.3.1", "tea": "0.2.8", "tea-util": "0.3.5",
              "openapi-util": "0.1.6", "credentials": "0.2.0"},
    "2.7.0": {"tea-openapi": "0.3.10", "tea": "0.3.6", "tea-util": "0.3.12",
              "openapi-util": "0.2.2", "credentials": "0.3.4"},
    "5.0.7": {"tea-openapi": "0.3.16", "tea": "0.4.2", "tea-util": "0.3.13",
              "openapi-util": "0.2.2", "credentials": "1.0.2"},
    "6.4.2": {"tea-openapi": "0.3.15", "tea": "0.4.3", "tea-util": "0.3.13",
              "openapi-util": "0.2.2", "credentials": "1.0.2"},
}  # fmt: skip
"""Versions of the Python product package, and a core of their time.

For 1.1.6, 2.7.0 and 6.4.2 it is what was newest on the day of the release; for 5.0.7 a later one of
the line 0.3; for 1.0.0 a later one of the line 0.2: Tea before 0.2.8 bundles an aiohttp that needs
the module cgi, which Python 3.13 no longer has.
"""

JS = node(
    "@alicloud/openapi-client", "@alicloud/tea-util", "@alicloud/openapi-core",
    "@darabonba/typescript", "@alicloud/pop-core",
)  # fmt: skip
JS_ICE = node("@alicloud/ice20201109")


def ice(version: str, core: Mapping[str, str] | None = None) -> Recipe:
    """A version of the Python product package on some core, by default on the newest."""
    pins = [f"alibabacloud-{name}=={of}" for name, of in (core or {}).items()]
    return python(f"alibabacloud-ice20201109=={version}", *pins)


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
