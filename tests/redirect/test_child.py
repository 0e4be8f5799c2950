"""Child processes: redirected by their environment alone, and never broken by it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

import pytest
from environments import bare_variables

import fake_ims.child
from fake_ims import FakeIms

CHILD = Path(next(iter(fake_ims.child.__path__)))
LOOKS = "import sys; print('fake_ims' in sys.modules, *[type(f).__name__ for f in sys.meta_path])"

STAND_IN = '''
"""Stands in for requests in an environment without it: an adapter that does the least."""

import urllib.request

class Request:
    def __init__(self, url):
        self.url, self.headers = url, {}

    def copy(self):
        return Request(self.url)

class Response:
    pass

class HTTPAdapter:
    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        sent = urllib.request.Request(request.url, headers=request.headers)
        response = Response()
        with urllib.request.urlopen(sent, timeout=20) as answer:
            response.text, response.request, response.url = answer.read(), request, request.url
        return response
'''
CALLS = """
from requests.adapters import HTTPAdapter, Request
try:
    import fake_ims
except ImportError:
    print("no fake_ims here")
url = "https://ice.cn-shanghai.aliyuncs.com/?Action=RegisterMediaInfo&InputURL=oss://b/a.mp4"
response = HTTPAdapter().send(Request(url))
assert b"MediaId" in response.text
print(response.url == url)
"""


def run(
    variables: Mapping[str, str], *arguments: str, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """A child, with nothing of this process's Python but what it is given."""
    return subprocess.run(
        [python, *arguments], env={**bare_variables(), **variables}, capture_output=True,
        text=True, timeout=60, check=False, cwd=os.sep,
    )  # fmt: skip


def find_python(version: str) -> str | None:
    """An interpreter of this version, here or with pyenv."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    found = [*root.glob(f"versions/{version}.*/bin/python3"), shutil.which(f"python{version}")]
    runs = (str(each) for each in found if each and not run({}, "-V", python=str(each)).returncode)
    return next(runs, None)


@pytest.fixture(autouse=True)
def no_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with nothing installed."""
    place = tmp_path_factory.mktemp("bare")
    venv.create(place, symlinks=os.name != "nt")
    return str(place / "bin" / "python")


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    folder = tmp_path / "installed"
    (folder / "requests").mkdir(parents=True)
    (folder / "requests" / "__init__.py").touch()
    (folder / "requests" / "adapters.py").write_text(STAND_IN, encoding="utf-8")
    return folder


# ---------------------------------------------------------------- the environment


def test_the_environment_of_a_redirected_child(
    fake_ims: FakeIms, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = fake_ims.env(redirect=True)
    assert env.keys() - fake_ims.env().keys() == {"FAKE_IMS_REDIRECT", "PYTHONPATH"}
    assert (env["FAKE_IMS_REDIRECT"], env["PYTHONPATH"]) == (fake_ims.url, str(CHILD))

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["a", "", "b"]))
    assert fake_ims.env(redirect=True)["PYTHONPATH"].split(os.pathsep) == [str(CHILD), "a", "b"]
    monkeypatch.setenv("PYTHONPATH", fake_ims.env(redirect=True)["PYTHONPATH"])
    assert fake_ims.env(redirect=True)["PYTHONPATH"].split(os.pathsep) == [str(CHILD), "a", "b"]


def test_keys_of_another_caller(fake_ims: FakeIms) -> None:
    keys = fake_ims.ram.temporary_keys()
    env = fake_ims.env(keys, redirect=True)
    assert env["ALIBABA_CLOUD_SECURITY_TOKEN"] == keys.security_token
    assert env["FAKE_IMS_REDIRECT"] == fake_ims.url


# ---------------------------------------------------------------- the child


def test_a_child_that_has_no_fake_ims_is_redirected(
    fake_ims: FakeIms, bare_python: str, stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(stand_in))
    done = run(fake_ims.env(redirect=True), "-c", CALLS, python=bare_python)
    assert (done.stdout.split("\n"), done.stderr) == (["no fake_ims here", "True", ""], "")
    assert len(fake_ims.assets) == 1


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.13", "3.14"])
def test_a_child_of_another_python(
    fake_ims: FakeIms, stand_in: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"no Python {version} here")
    monkeypatch.setenv("PYTHONPATH", str(stand_in))
    done = run(fake_ims.env(redirect=True), "-W", "error", "-c", CALLS, python=python)
    assert (done.stdout.split("\n")[-2:], done.stderr) == (["True", ""], "")
    assert len(fake_ims.assets) == 1


def test_a_grandchild_is_redirected_too(
    fake_ims: FakeIms, bare_python: str, stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(stand_in))
    again = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"
    done = run(fake_ims.env(redirect=True), "-c", again, CALLS, python=bare_python)
    assert (done.stdout.split("\n")[-2:], done.stderr) == (["True", ""], "")


def test_the_folder_alone_does_nothing(fake_ims: FakeIms) -> None:
    plain = run({}, "-S", "-c", LOOKS)
    assert run({**fake_ims.env(redirect=True)}, "-S", "-c", LOOKS).stdout == plain.stdout
    for value in ("", None):
        env = {"PYTHONPATH": str(CHILD), **({} if value is None else {"FAKE_IMS_REDIRECT": value})}
        done = run(env, "-c", LOOKS)
        assert ("Hooks" in done.stdout, done.stderr) == (False, "")
    assert "Hooks" in run(fake_ims.env(redirect=True), "-c", LOOKS).stdout


def test_a_start_costs_no_modules_that_are_not_used(fake_ims: FakeIms, bare_python: str) -> None:
    modules = "import sys; print(*sys.modules)"
    plain = run({"PYTHONPATH": str(CHILD)}, "-c", modules, python=bare_python).stdout.split()
    redirected = run(fake_ims.env(redirect=True), "-c", modules, python=bare_python).stdout.split()
    assert set(redirected) == set(plain)


# ---------------------------------------------------------------- what must not break it


@pytest.mark.parametrize("url", ["nonsense", "https://127.0.0.1:80", "http://127.0.0.1"])
def test_a_wrong_address_is_told_in_one_line(url: str) -> None:
    done = run({"FAKE_IMS_REDIRECT": url, "PYTHONPATH": str(CHILD)}, "-c", "print('goes on')")
    assert (done.returncode, done.stdout) == (0, "goes on\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"fake_ims: calls are not redirected to {url}: ")


@pytest.mark.parametrize("harm", ["missing", "broken"])
def test_broken_files_are_told_in_one_line(tmp_path: Path, harm: str) -> None:
    folder = tmp_path / "fake_ims" / "child"
    folder.mkdir(parents=True)
    shutil.copy(CHILD / "sitecustomize.py", folder)
    if harm == "broken":
        (folder.parent / "redirect.py").write_text("(", encoding="utf-8")
    env = {"FAKE_IMS_REDIRECT": "http://127.0.0.1:9", "PYTHONPATH": str(folder)}
    done = run(env, "-c", "print('goes on')")
    assert (done.returncode, done.stdout) == (0, "goes on\n")
    (line,) = done.stderr.splitlines()
    assert line.startswith("fake_ims: calls are not redirected to http://127.0.0.1:9: ")


def test_a_child_without_standard_error_goes_on(tmp_path: Path) -> None:
    env = {"FAKE_IMS_REDIRECT": "nonsense", "PYTHONPATH": str(CHILD)}
    script = f"exec '{sys.executable}' -c \"open('{tmp_path}/ran', 'w')\" 2>&-"
    done = subprocess.run(["sh", "-c", script], env={**bare_variables(), **env}, check=False)
    assert done.returncode == 0
    assert (tmp_path / "ran").exists()


# ---------------------------------------------------------------- the next sitecustomize

NEXT = """
import sys
ran = __name__, __file__, __spec__.origin == __file__, "Hooks" in str(sys.meta_path)
"""


@pytest.mark.parametrize("redirected", [True, False])
def test_the_sitecustomize_that_is_hidden_runs(
    fake_ims: FakeIms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, redirected: bool
) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "sitecustomize.py").write_text(NEXT, encoding="utf-8")
    paths = [str(tmp_path / "first"), str(CHILD), f"{CHILD}{os.sep}", str(tmp_path / "second")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    env = fake_ims.env(redirect=True)
    if not redirected:
        del env["FAKE_IMS_REDIRECT"]
    script = "import sitecustomize; print(*sitecustomize.ran)"
    done = run(env, "-c", script)
    assert done.stderr == ""
    assert done.stdout.split() == [
        "sitecustomize", str(tmp_path / "first" / "sitecustomize.py"), "True", str(redirected)
    ]  # fmt: skip


def test_an_error_in_it_is_shown_as_ever(
    fake_ims: FakeIms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import no_such_module", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = run(fake_ims.env(redirect=True), "-c", LOOKS)
    plain = run({"PYTHONPATH": str(tmp_path)}, "-c", LOOKS)
    assert plain.stderr == done.stderr != ""
    assert "Hooks" in done.stdout
