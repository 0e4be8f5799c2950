"""Every program of docs/clients.md runs as it stands, with what the page says to install."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from environments import (
    Recipe,
    bare_variables,
    interpreter,
    node,
    python,
)

from fake_ims import FakeIms

PAGE = Path(__file__).parents[2] / "docs" / "clients.md"
PART = re.compile(
    r"^#{2,3} (?P<heading>[^\n]*)$|^```(?P<language>\w+)\n(?P<block>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
TIME_OUT = 60  # seconds after which a program is taken to hang


class Block(NamedTuple):
    """A fenced block of the page, and the section that it stands in."""

    section: str
    language: str
    text: str


def blocks() -> Iterator[Block]:
    section = ""
    for part in PART.finditer(PAGE.read_text(encoding="utf-8")):
        heading, language, text = part.group("heading", "language", "block")
        if heading:
            section = heading
        else:
            yield Block(section, language, text)


BLOCKS = tuple(blocks())
PROGRAMS = {
    language: [
        pytest.param(block.text, id=block.section) for block in BLOCKS if block.language == language
    ]
    for language in ("python", "js", "sh")
}


def installed_by(section: str) -> tuple[str, ...]:
    """The packages that a section says to install."""
    (command,) = [b.text for b in BLOCKS if b[:2] == (section, "console")]
    prompt, _installer, install, *packages = command.split()
    assert (prompt, install) == ("$", "install")
    return tuple(packages)


def output_of(
    command: list[str], program: str, ims: FakeIms, folder: Path, **variables: str
) -> str:
    """What a program of the page prints; it ends well and complains of nothing."""
    keys = ims.ram.temporary_keys() if "SECURITY_TOKEN" in program else ims.ram.default
    done = subprocess.run(
        [*command, program], env={**bare_variables(), **variables, **ims.env(keys)}, cwd=folder,
        capture_output=True, text=True, timeout=TIME_OUT, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def assert_registered_and_read(ims: FakeIms) -> None:
    asked = [(call.action, call.status) for call in ims.calls]
    assert asked == [("RegisterMediaInfo", 200), ("GetMediaInfo", 200)]


def test_every_kind_of_program_is_there() -> None:
    assert {block.language for block in BLOCKS} == {*PROGRAMS, "console"}
    assert all(PROGRAMS.values())


@pytest.mark.fake_ims(mode="enforce")
@pytest.mark.parametrize("program", PROGRAMS["python"])
def test_python(program: str, fake_ims: FakeIms, tmp_path: Path) -> None:
    package = "aliyunsdkice" if "aliyunsdkcore" in program else "alibabacloud_ice20201109"
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    assert output_of([sys.executable, "-c"], program, fake_ims, tmp_path) == "first\n"
    assert_registered_and_read(fake_ims)


@pytest.mark.clients
@pytest.mark.fake_ims(mode="enforce")
def test_the_first_program_runs_on_an_old_version(
    place_of: Callable[[Recipe], Path], fake_ims: FakeIms, tmp_path: Path
) -> None:
    program = next(block.text for block in BLOCKS if block.language == "python")
    place = place_of(python(*installed_by("Python, old versions")))
    assert output_of([str(interpreter(place)), "-c"], program, fake_ims, tmp_path) == "first\n"
    assert_registered_and_read(fake_ims)


@pytest.mark.clients
@pytest.mark.fake_ims(mode="enforce")
@pytest.mark.parametrize("program", PROGRAMS["js"])
def test_javascript(
    program: str, place_of: Callable[[Recipe], Path], fake_ims: FakeIms, tmp_path: Path
) -> None:
    place = place_of(node(*installed_by("JavaScript")))
    path = str(place / "node_modules")
    printed = output_of(["node", "-e"], program, fake_ims, tmp_path, NODE_PATH=path)
    assert printed == "first\n"
    assert_registered_and_read(fake_ims)


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
@pytest.mark.parametrize("program", PROGRAMS["sh"])
def test_shell(program: str, fake_ims: FakeIms, tmp_path: Path) -> None:
    output_of(["sh", "-c"], program.replace("curl ", "curl -sS "), fake_ims, tmp_path)
    assert_registered_and_read(fake_ims)
