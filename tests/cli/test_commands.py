"""The command line, as a user runs it: in processes of its own."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.request import urlopen

import pytest

PYTHON = (
    *(sys.executable, "-W", "error"),
    # The official SDK's, on Python 3.12 and newer:
    *("-W", "ignore:datetime.datetime.utcnow() is deprecated:DeprecationWarning"),
)
SERVE = (*PYTHON, "-m", "fake_ims", "serve")


def clean_environment(**more: str) -> dict[str, str]:
    kept = {name: text for name, text in os.environ.items() if not name.startswith("FAKE_IMS_")}
    return {**kept, **more}


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*PYTHON, "-m", "fake_ims", *arguments),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env=clean_environment(PYTHONIOENCODING="utf-8", **environment),
    )


def banner_of(output: IO[str]) -> str:
    lines = []
    for line in output:
        lines.append(line)
        if line.startswith("Ready."):
            break
    return "".join(lines)


@contextmanager
def serving(
    *arguments: str, command: tuple[str, ...] = SERVE, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        (*command, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(**environment),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        with process.stdout, process.stderr:
            yield process, banner_of(process.stdout)
            if process.poll() is None:
                process.terminate()
                process.wait(timeout=20)
    finally:
        process.kill()
        process.wait()


def url_in(banner: str) -> str:
    match = re.search(r"http://\S+", banner)
    assert match is not None, banner
    return match[0]


def test_serve_answers_once_it_says_that_it_is_ready() -> None:
    with serving("--port", "0", "--region", "cn-beijing") as (_, banner):
        with urlopen(f"{url_in(banner)}/_fake_ims/api/health") as answer:
            assert json.load(answer)["status"] == "ok"
        assert "region cn-beijing" in banner
        assert 'protocol="http"' in banner


def test_the_banner_shows_a_curl_that_works() -> None:
    with serving("--port", "0") as (_, banner):
        target = re.search("curl '(.*)'", banner)
        assert target is not None
        with urlopen(target[1]) as answer:
            assert json.load(answer)["MediaId"]


def test_the_banner_of_a_server_that_enforces_shows_its_keys_and_no_curl() -> None:
    keys = ("--access-key-id", "mine", "--access-key-secret", "hidden")
    with serving("--port", "0", "--mode", "enforce", *keys) as (_, banner):
        assert ", mode enforce)" in banner
        assert 'access_key_id="mine"' in banner
        assert 'access_key_secret="hidden"' in banner
        assert "curl" not in banner  # it cannot sign


def test_the_module_alone_serves_too() -> None:
    command = (sys.executable, "-m", "fake_ims", "--port", "0")
    with (
        serving(command=command) as (_, banner),
        urlopen(f"{url_in(banner)}/?Action=RegisterMediaInfo&InputURL=oss://b/k.mp4") as answer,
    ):
        assert re.fullmatch("[0-9a-f]{32}", json.load(answer)["MediaId"])


def test_an_asset_completes_in_real_time_without_being_asked_for() -> None:
    with serving("--port", "0", "--delay", "50ms") as (process, banner):
        assert process.stderr is not None
        url = f"{url_in(banner)}/?Action=RegisterMediaInfo&InputURL=oss://b/k.mp4"
        with urlopen(url) as answer:
            media_id = json.load(answer)["MediaId"]
        assert "RegisterMediaInfo" in process.stderr.readline()
        assert re.search(f"RegisterMediaComplete .* {media_id}", process.stderr.readline())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
def test_serve_ends_cleanly_on_a_signal(number: int) -> None:
    with serving("--port", "0") as (process, _):
        process.send_signal(number)
        assert process.wait(timeout=20) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "fake-ims: ended\n"
        assert process.stderr is not None
        assert process.stderr.read() == ""


@pytest.mark.skipif(os.name != "posix", reason="signals are sent the POSIX way")
def test_serve_ends_cleanly_on_many_signals_at_once() -> None:
    with serving("--port", "0") as (process, _):
        for _ in range(200):
            process.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_a_busy_port_is_one_line_and_exit_code_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert str(port) in result.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "hint"),
    [
        (("--dealy", "3"), {}, "did you mean --delay?"),
        (("--dealy=3",), {}, "did you mean --delay?"),
        (("--delay", "soon"), {}, "--delay does not take 'soon'"),
        (("--port", "70000"), {}, "at most 65535"),
        (("--region", "Shanghai!"), {}, "--region does not take"),
        ((), {"FAKE_IMS_POTR": "1"}, "did you mean FAKE_IMS_PORT?"),
        ((), {"FAKE_IMS_STRICT": "perhaps"}, "FAKE_IMS_STRICT does not take 'perhaps'"),
    ],
)
def test_an_unknown_name_or_bad_value_stops_the_start(
    arguments: tuple[str, ...], environment: dict[str, str], hint: str
) -> None:
    result = run("serve", *arguments, **environment)
    assert result.returncode == 2
    assert hint in result.stderr
    assert "Traceback" not in result.stderr


def test_a_flag_comes_before_its_environment_twin() -> None:
    with serving("--port", "0", "--region", "us-west-1", FAKE_IMS_REGION="cn-beijing") as (
        _,
        banner,
    ):
        assert "region us-west-1" in banner


def test_the_banner_warns_of_proxies_that_are_set() -> None:
    proxy = "http://127.0.0.1:9"
    with serving("--port", "0", HTTP_PROXY=proxy, http_proxy=proxy) as (_, banner):
        assert re.search(r"HTTP_PROXY.* is set", banner)


@pytest.mark.parametrize("with_sdk", [True, False])
def test_the_demo_tells_the_whole_story(with_sdk: bool, tmp_path: object) -> None:
    environment = {} if with_sdk else {"PYTHONPATH": str(tmp_path)}
    if not with_sdk:
        # A package of that name that cannot be imported: as if the SDK were not installed.
        broken = os.path.join(str(tmp_path), "alibabacloud_ice20201109.py")
        with open(broken, "w", encoding="utf-8") as file:
            file.write("raise ImportError('not here')\n")
    arguments = (sys.executable, "-m", "fake_ims", "demo", "oss://b/标题.mp4")
    settings = ("--delay", "0.1s", "--mode", "enforce")  # both clients sign
    result = subprocess.run(
        (*arguments, *settings),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env=clean_environment(
            PYTHONIOENCODING="utf-8", HTTP_PROXY="http://127.0.0.1:9", **environment
        ),
    )
    assert result.returncode == 0, result.stderr
    assert ("official Python SDK\n" in result.stdout) == with_sdk
    assert ("plain HTTP" in result.stdout) == (not with_sdk)
    told = iter(result.stdout.splitlines())
    for part in (
        "Preparing",
        "Normal",
        "标题.mp4",
        "409 MediaAlreadyExist",
        "in the place of",
        "400",
    ):
        assert any(part in line for line in told), part


def test_the_demo_fails_when_the_service_refuses() -> None:
    result = run("demo", "ftp://elsewhere/a.mp4")
    assert result.returncode == 1
    assert 'HTTP 400 InvalidParameter: The specified parameter "InputURL"' in result.stdout


def test_operations_lists_what_is_implemented_and_what_is_not() -> None:
    listed = run("operations").stdout
    page = Path(__file__).parents[2] / "docs" / "operations.md"
    assert page.read_text(encoding="utf-8").endswith(f"\n\n{listed}")
    assert "| ice:RegisterMediaInfo" in listed
    everything = run("operations", "--all").stdout.splitlines()
    assert "SubmitASRJob" in everything
    assert "RegisterMediaInfo" not in everything


def test_errors_lists_every_error() -> None:
    listed = run("errors").stdout
    assert "| MediaAlreadyExist " in listed
    assert "| SignatureNonceUsed " in listed


def test_settings_lists_every_setting() -> None:
    from fake_ims.settings import Settings

    listed = run("settings").stdout
    assert all(f"| {name} " in listed for name in Settings.table)


def test_without_a_command_the_help_is_shown() -> None:
    result = subprocess.run(
        (sys.executable, "-c", "from fake_ims.cli import main; raise SystemExit(main([]))"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 2
    assert "serve" in result.stdout
