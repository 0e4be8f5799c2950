"""Environments with other clients than this one's: made once, and kept in pytest's cache.

``pytest --cache-clear`` forgets them; requirements without a version stay at what was newest when
the environment was made.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

STAMP = "recipe.json"
TIME_OUT = 600  # seconds for one installation


class UnavailableError(Exception):
    """An environment that cannot be had here; the message says why, as the reason of a skip."""


class RegistryUnreachableError(UnavailableError):
    """The package registry does not answer."""


class LackingError(Exception):
    """The package registry does not have one of the packages."""


class InstallError(Exception):
    """An installation that failed although the registry is there; with the installer's output."""


@dataclass(frozen=True)
class Recipe:
    """What is installed into an environment, by which installer."""

    installer: Literal["pip", "npm"]
    requirements: tuple[str, ...]

    def key(self) -> str:
        """Where its environment is kept; another Python or Node needs another one."""
        content = json.dumps([_runtime(self.installer), *sorted(self.requirements)])
        return f"{self.installer}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def python(*requirements: str) -> Recipe:
    """An environment of this Python."""
    return Recipe("pip", requirements)


def node(*requirements: str) -> Recipe:
    """A folder of Node packages."""
    return Recipe("npm", requirements)


class Environments:
    """The environments under a folder, made when they are first wanted, two at a time.

    Safe for several processes on one folder. A folder that is in place is whole.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._variables = bare_variables()
        self._pool = ThreadPoolExecutor(2, "environments")
        self._wanted: dict[Recipe, Future[Path]] = {}
        self._unreachable: dict[str, RegistryUnreachableError] = {}

    def prepare(self, recipe: Recipe) -> None:
        """Begin to make an environment that will be wanted."""
        if recipe not in self._wanted:
            self._wanted[recipe] = self._pool.submit(self._made, recipe)

    def place(self, recipe: Recipe) -> Path:
        """The folder of an environment, once it is there.

        :raises UnavailableError: if the registry or the installer is not there.
        :raises LackingError: if the registry does not have one of the packages.
        :raises InstallError: if the installation fails for another reason.
        """
        self.prepare(recipe)
        return self._wanted[recipe].result()

    def close(self) -> None:
        """Make no more."""
        self._pool.shutdown(cancel_futures=True)

    def _made(self, recipe: Recipe) -> Path:
        place = self._root / recipe.key()
        with _locked(place.with_suffix(".lock")):
            if (place / STAMP).exists():
                return place
            if recipe.installer in self._unreachable:
                raise self._unreachable[recipe.installer]
            part = place.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            try:
                install(recipe, part, self._root / f"{recipe.installer}-downloads", self._variables)
            except RegistryUnreachableError as error:
                self._unreachable[recipe.installer] = error
                raise
            (part / STAMP).write_text(json.dumps(recipe.requirements), encoding="utf-8")
            return part.rename(place)


def interpreter(place: Path) -> Path:
    """The Python of an environment."""
    return place / "bin" / "python"


def bare_variables() -> dict[str, str]:
    """This process's environment variables, less those that would reach into another Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


@functools.cache
def _runtime(installer: str) -> str:
    if installer == "pip":
        return f"{sys.implementation.cache_tag} {sys.version} {sys.base_prefix}"
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise UnavailableError("Node and npm are not installed here")
    return subprocess.check_output(["node", "--version"], text=True)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# ---------------------------------------------------------------- installers


def install(recipe: Recipe, place: Path, downloads: Path, variables: Mapping[str, str]) -> None:
    """Install into a new folder; errors as for :meth:`Environments.place`."""
    (_pip_install if recipe.installer == "pip" else _npm_install)(
        recipe.requirements, place, downloads, variables
    )


def _pip_install(
    requirements: Sequence[str], place: Path, downloads: Path, variables: Mapping[str, str]
) -> None:
    status, shown = _run([sys.executable, "-m", "venv", str(place)], variables)
    if status:
        raise InstallError(f"venv failed:\n{shown}")
    log = place / "pip.log"
    pip = (str(interpreter(place)), "-m", "pip", "install", "--quiet", "--no-input", "--no-compile",
           "--disable-pip-version-check", "--retries=2", "--timeout=30", f"--log={log}",
           f"--cache-dir={downloads}")  # fmt: skip
    status, shown = _run([*pip, "setuptools>=70.1"], variables)
    if not status:
        # Old packages have no wheels; to build each apart would take most of the time.
        together = ("--no-build-isolation", "--use-pep517")
        status, shown = _run([*pip, *together, *requirements], variables)
    if status:
        raise why_pip_failed(log.read_text(encoding="utf-8"), shown)


def _npm_install(
    requirements: Sequence[str], place: Path, downloads: Path, variables: Mapping[str, str]
) -> None:
    place.mkdir(parents=True)
    options = ("--no-audit", "--no-fund", "--no-update-notifier", "--fetch-retries=2",
               "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=2000",
               "--fetch-timeout=60000", f"--prefix={place}", f"--cache={downloads}")  # fmt: skip
    status, shown = _run(["npm", "install", *options, *requirements], variables)
    if status:
        raise why_npm_failed(shown)


def _run(command: Sequence[str], variables: Mapping[str, str]) -> tuple[int, str]:
    """Exit status and output."""
    try:
        done = subprocess.run(
            command, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=TIME_OUT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise InstallError(f"{command} took longer than {TIME_OUT} s:\n{error.output}") from None
    return done.returncode, done.stdout


_PIP_LACKS = re.compile(r"No matching distribution found for (\S+)")
_PIP_NO_LIST = re.compile(r"Could not fetch URL \S+: connection error")
_PIP_NOT_FOUND = re.compile(r"Could not fetch URL \S+: 404 Client Error")
_PIP_NO_FILE = re.compile(
    r"Could not install packages due to an OSError: .*(Max retries exceeded|Read timed out)"
    r"|^error: (proxy-)?connection-(failed|timeout)",
    re.MULTILINE,
)


def why_pip_failed(log: str, shown: str) -> Exception:
    """What a failed pip means.

    :param log: all that it logged: what it shows does not tell why it found no version.
    :param shown: what it showed.
    """
    lacks = _PIP_LACKS.search(shown)
    if _PIP_NO_LIST.search(log) if lacks else _PIP_NO_FILE.search(shown):
        return RegistryUnreachableError("pip cannot reach a package registry")
    if lacks and "(from versions: none)" in shown and _PIP_NOT_FOUND.search(log):
        return LackingError(f"the package registry does not have {lacks[1]}")
    return InstallError(f"pip failed:\n{shown}")


_NPM_CODE = re.compile(r"^npm (?:error|ERR!) code (\w+)$", re.MULTILINE)
_NPM_LACKS = re.compile(r"404 .*'(@?[^@']+)@\S*' ")
_NPM_CANNOT_CONNECT = frozenset({
    "ECONNREFUSED", "ECONNRESET", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND",
    "ERR_SOCKET_TIMEOUT", "ETIMEDOUT",
})  # fmt: skip


def why_npm_failed(shown: str) -> Exception:
    """What a failed npm means."""
    code = _NPM_CODE.search(shown)
    if code and code[1] in _NPM_CANNOT_CONNECT:
        return RegistryUnreachableError("npm cannot reach a package registry")
    lacks = _NPM_LACKS.search(shown)
    if code and code[1] == "E404" and lacks:
        return LackingError(f"the package registry does not have {lacks[1]}")
    return InstallError(f"npm failed:\n{shown}")
