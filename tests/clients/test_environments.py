"""Environments for other clients: made once, whole, or unavailable for a reason that is told."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import environments as module
import pytest
from environments import (
    Environments,
    InstallError,
    LackingError,
    Recipe,
    RegistryUnreachableError,
    node,
    python,
    why_npm_failed,
    why_pip_failed,
)

SIX = python("six")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """What was installed, by an installer that takes a moment and installs one file."""
    places = []

    def install(recipe: Recipe, place: Path, downloads: Path, variables: Mapping[str, str]) -> None:
        places.append(place)
        place.mkdir()
        time.sleep(0.05)
        (place / "file").write_text(" ".join(recipe.requirements))

    monkeypatch.setattr(module, "install", install)
    return places


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Environments]:
    environments = Environments(tmp_path)
    yield environments
    environments.close()


def test_it_is_made_once(folder: Environments, made: list[Path], tmp_path: Path) -> None:
    place = folder.place(SIX)
    assert (place / "file").read_text() == "six"
    assert folder.place(SIX) == place
    again = Environments(tmp_path)
    assert again.place(SIX) == place
    again.close()
    assert len(made) == 1


def test_those_who_want_it_at_once_share_it(made: list[Path], tmp_path: Path) -> None:
    found = []

    def want() -> None:
        environments = Environments(tmp_path)
        found.append(environments.place(SIX))
        environments.close()

    threads = [threading.Thread(target=want) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(found) == 4
    assert len(set(found)) == 1


def test_what_an_interrupted_build_left_is_not_taken_for_whole(
    folder: Environments, made: list[Path], tmp_path: Path
) -> None:
    left = (tmp_path / SIX.key()).with_suffix(".part")
    left.mkdir()
    (left / "half").touch()
    place = folder.place(SIX)
    assert len(made) == 1
    assert not (place / "half").exists()
    assert not left.exists()


def test_a_failed_build_leaves_nothing_in_its_place(
    folder: Environments, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(recipe: Recipe, place: Path, *_: object) -> None:
        place.mkdir()
        raise InstallError("no compiler")

    monkeypatch.setattr(module, "install", fail)
    with pytest.raises(InstallError, match="no compiler"):
        folder.place(SIX)
    assert not (tmp_path / SIX.key()).exists()


def test_an_unreachable_registry_is_not_asked_again(
    folder: Environments, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fail(recipe: Recipe, *_: object) -> None:
        asked.append(recipe)
        raise RegistryUnreachableError("nobody there")

    monkeypatch.setattr(module, "install", fail)
    for recipe in (SIX, python("seven")):
        with pytest.raises(RegistryUnreachableError, match="nobody there"):
            folder.place(recipe)
    assert asked == [SIX]


def test_other_requirements_are_kept_elsewhere() -> None:
    assert python("a", "b").key() == python("b", "a").key()
    assert len({python("a").key(), python("b").key(), python("a", "b").key()}) == 3


# ---------------------------------------------------------------- why an installer failed

RETRYING = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(...)'"
NOTHING_FOUND = """\
ERROR: Could not find a version that satisfies the requirement six (from versions: none)
ERROR: No matching distribution found for six"""
NOTHING_FITS = """\
ERROR: Could not find a version that satisfies the requirement six==99 (from versions: 1.0, 1.1)
ERROR: No matching distribution found for six==99"""
INDEX = "Could not fetch URL https://index.example/simple/six/:"
NOT_FOUND = f"{INDEX} 404 Client Error: Not Found for url: ... - skipping"
REFUSED = f"{INDEX} connection error: HTTPSConnectionPool(...): Max retries exceeded - skipping"
BUSY = f"{INDEX} HTTPSConnectionPool(...): Max retries exceeded (too many 503 responses) - skipping"
NO_FILE = (
    "ERROR: Could not install packages due to an OSError: HTTPSConnectionPool(host='index.example',"
    " port=443): Max retries exceeded with url: /six-1.0-py3-none-any.whl (Caused by ...)"
)
NO_FILE_PIP_26 = "error: connection-failed\n\n Failed to connect to index.example while fetching"
NO_COMPILER = "error: command 'gcc' failed: No such file or directory\nERROR: Failed building wheel"


@pytest.mark.parametrize(
    ("log", "shown", "kind", "text"),
    [
        (REFUSED, f"{RETRYING}\n{NOTHING_FOUND}", RegistryUnreachableError, "cannot reach"),
        ("", f"{RETRYING}\n{NO_FILE}", RegistryUnreachableError, "cannot reach"),
        ("", f"{RETRYING}\n{NO_FILE_PIP_26}", RegistryUnreachableError, "cannot reach"),
        (NOT_FOUND, NOTHING_FOUND, LackingError, "does not have six"),
        (NOT_FOUND, f"{RETRYING}\n{NOTHING_FOUND}", LackingError, "does not have six"),
        (BUSY, NOTHING_FOUND, InstallError, "No matching distribution"),
        ("", NOTHING_FITS, InstallError, "from versions: 1.0"),
        (REFUSED, f"{RETRYING}\n{NO_COMPILER}", InstallError, "gcc"),
        ("", "", InstallError, "pip failed"),
    ],
)
def test_why_pip_failed(log: str, shown: str, kind: type[Exception], text: str) -> None:
    reason = why_pip_failed(log, shown)
    assert type(reason) is kind
    assert text in str(reason)


@pytest.mark.parametrize(
    ("shown", "kind", "text"),
    [
        ("npm error code ECONNREFUSED", RegistryUnreachableError, "cannot reach"),
        ("npm ERR! code ENOTFOUND\nnpm ERR! network", RegistryUnreachableError, "cannot reach"),
        (
            "npm error code E404\nnpm error 404 Not Found - GET https://index.example/@a%2fb\n"
            "npm error 404  The requested resource '@a/b@*' could not be found or ...",
            LackingError,
            "does not have @a/b",
        ),
        (
            "npm ERR! code E404\nnpm ERR! 404  'b@1.0' is not in this registry.",
            LackingError,
            "does not have b",
        ),
        ("npm error code ETARGET\nnpm error notarget No matching", InstallError, "notarget"),
        ("npm error code 1\nnpm error command sh -c node-gyp", InstallError, "node-gyp"),
        ("Segmentation fault", InstallError, "Segmentation"),
    ],
)
def test_why_npm_failed(shown: str, kind: type[Exception], text: str) -> None:
    reason = why_npm_failed(shown)
    assert type(reason) is kind
    assert text in str(reason)


@pytest.fixture
def dead_url() -> Iterator[str]:
    """Nobody listens there, and nobody else can."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/"


@pytest.mark.clients
@pytest.mark.parametrize(
    "recipe", [python("alibabacloud-ice20201109==1.0.0"), node("@alicloud/pop-core")]
)
def test_without_a_registry_it_is_unavailable(
    recipe: Recipe, dead_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", f"{dead_url}simple")
    monkeypatch.setenv("npm_config_registry", dead_url)
    if recipe.installer == "npm" and shutil.which("npm") is None:
        pytest.skip("Node and npm are not installed here")
    environments = Environments(tmp_path)
    try:
        with pytest.raises(RegistryUnreachableError, match=f"{recipe.installer} cannot reach"):
            environments.place(recipe)
    finally:
        environments.close()
