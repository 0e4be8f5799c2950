"""An editable install serves a project of its own like any other, also with warnings as errors."""

from __future__ import annotations

import os
import shutil
import subprocess
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from environments import Recipe, bare_variables, interpreter, python

ROOT = Path(__file__).parents[2]
REQUIRED = ("flask", "httptools", "marshmallow")

pytestmark = pytest.mark.clients

CONFTEST = """
    pytest_plugins = ["helpers"]
"""

HELPERS = """
    import pytest

    @pytest.fixture
    def expected():
        number = 2
        yield number
        assert number != 2, "in a plugin of the user's"
"""

TESTS = """
    import json
    import urllib.request

    def register(ims, title):
        url = f"{ims.url}/?Action=RegisterMediaInfo&InputURL=oss://bucket/a.mp4&Title={title}"
        with urllib.request.urlopen(url) as answer:
            return json.load(answer)["MediaId"]

    def test_passes(fake_ims):
        media_id = register(fake_ims, "first")
        fake_ims.calls.assert_called("RegisterMediaInfo", Title="first", times=1)
        assert fake_ims.assets[media_id].title == "first"

    def test_number(fake_ims):
        register(fake_ims, "first")
        wanted = 2
        assert len(fake_ims.calls) == wanted

    def test_assert_called(fake_ims):
        register(fake_ims, "first")
        fake_ims.calls.assert_called("RegisterMediaInfo", Title="second")

    def test_expected(expected):
        assert expected == 2
"""


Run = Callable[..., tuple[str, str]]


@pytest.fixture(scope="module")
def there(place_of: Callable[[Recipe], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a new environment, into which a copy of this checkout is installed."""
    base = interpreter(place_of(python("pytest", *REQUIRED, "setuptools>=77")))
    folder = tmp_path_factory.mktemp("editable")
    environment, checkout = folder / "environment", folder / "checkout"
    shutil.copytree(ROOT / "fake_ims", checkout / "fake_ims")
    for name in ("LICENSE", "README.md", "pyproject.toml", "setup.cfg"):
        shutil.copy(ROOT / name, checkout)
    command([base, "-m", "venv", "--without-pip", environment])
    there = interpreter(environment)
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    below, others = (command([each, "-c", purelib]).strip() for each in (there, base))
    Path(below, "others.pth").write_text(others)
    command([
        base, "-m", "pip", f"--python={there}", "install", "--quiet", "--no-deps",
        "--no-build-isolation", "--disable-pip-version-check", "--editable", checkout,
    ])  # fmt: skip
    return there


def command(words: Sequence[str | os.PathLike[str]]) -> str:
    done = subprocess.run(
        words, env=bare_variables(), stdout=subprocess.PIPE, text=True, timeout=300, check=True
    )
    return done.stdout


@pytest.fixture
def run(there: Path, tmp_path: Path) -> Run:
    """Runs pytest in a project; what it prints, and what it warns of."""
    files = {"conftest": CONFTEST, "helpers": HELPERS, "test_it": TESTS}
    for name, source in files.items():
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(source))
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")

    def run(*options: str) -> tuple[str, str]:
        pytest = [str(there), "-m", "pytest", "-W", "error", "-p", "no:cacheprovider"]
        done = subprocess.run(
            [*pytest, "--strict-markers", "--strict-config", *options], cwd=tmp_path,
            env=bare_variables(), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.stdout, done.stderr

    return run


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_failures_are_shown_in_full_and_nothing_warns(run: Run, mode: str) -> None:
    shown, warned = run(f"--import-mode={mode}")
    matcher = pytest.LineMatcher(shown.splitlines())
    matcher.fnmatch_lines(["plugins: fake-ims-*", "*2 failed, 2 passed, 1 error in *"])
    matcher.fnmatch_lines(["E * assert 1 == 2", "E * where 1 = len(<1 calls>*"])
    matcher.fnmatch_lines(["E * in a plugin of the user's", "E * assert 2 != 2"])
    matcher.fnmatch_lines_random(["E *RegisterMediaInfo*", "E *'second'*", "E *'first'*"])
    matcher.fnmatch_lines(["<FakeIms http://127.0.0.1:* 1 assets*"])
    assert "Warning" not in shown + warned


def test_it_is_found_without_autoload_by_its_name(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    shown, warned = run("-p", "fake_ims", "-k", "passes or number")
    assert "1 failed, 1 passed" in shown
    assert "E       AssertionError: assert 1 == 2" in shown
    assert "Warning" not in shown + warned
