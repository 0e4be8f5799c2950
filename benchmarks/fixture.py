"""What a test costs: fixture set-up, one SDK call, tear-down, as pytest runs it."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from common import Ratio, server_process

ROUNDS = 400
BLOCK = 20
"""Tests of one kind in a row, as in a real run: then it is the turn of the next kind."""

TESTS = """
import os

import pytest
from alibabacloud_ice20201109.client import Client
from alibabacloud_ice20201109.models import RegisterMediaInfoRequest
from alibabacloud_tea_openapi.models import Config

URL = "oss://bucket/a.mp4"


def register(endpoint, key="testid", secret="testsecret"):
    config = Config(access_key_id=key, access_key_secret=secret, region_id="cn-shanghai",
                    endpoint=endpoint, protocol="http")
    request = RegisterMediaInfoRequest(input_url=URL)
    assert Client(config).register_media_info(request).body.media_id


@pytest.mark.parametrize("round", range(%(rounds)d))
def test_fake(fake_ims, round):
    register(fake_ims.endpoint, fake_ims.access_key_id, fake_ims.access_key_secret)


@pytest.mark.parametrize("round", range(%(rounds)d))
def test_httpserver(httpserver, round):
    httpserver.expect_request("/").respond_with_json({"RequestId": "r", "MediaId": "m"})
    register(f"{httpserver.host}:{httpserver.port}")


@pytest.mark.parametrize("round", range(%(rounds)d))
def test_constant(round):
    register("127.0.0.1:%(port)d")
"""

CONFTEST = """
import json
from collections import defaultdict

times = defaultdict(lambda: defaultdict(float))


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.callspec.params["round"] // %(block)d)


def pytest_runtest_logreport(report):
    assert report.passed, report.longreprtext
    kind = report.nodeid.partition("::test_")[2].partition("[")[0]
    times[kind][report.nodeid] += report.duration


def pytest_sessionfinish():
    with open("times.json", "w") as file:
        json.dump({kind: list(each.values()) for kind, each in times.items()}, file)
"""


def measure() -> list[Ratio]:
    with tempfile.TemporaryDirectory() as name, server_process("servers.py", "constant") as port:
        folder = Path(name)
        (folder / "conftest.py").write_text(CONFTEST % {"block": BLOCK})
        (folder / "test_it.py").write_text(TESTS % {"rounds": ROUNDS, "port": port})
        others = ("cacheprovider", "asyncio", "anyio", "randomly", "xdist")
        options = ("-q", *(f"-pno:{plugin}" for plugin in others))
        command = (sys.executable, "-m", "pytest", *options)
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        times = json.loads((folder / "times.json").read_text())
    median = {kind: statistics.median(each[20:]) * 1000 for kind, each in times.items()}
    note = "  ".join(f"{kind} {value:.2f} ms" for kind, value in median.items())
    return [
        Ratio("a test with fake_ims / with pytest-httpserver",
              median["fake"] / median["httpserver"], 1.0, note=note),
        Ratio("a test with fake_ims / the same call to constant bytes",
              median["fake"] / median["constant"], 1.3),
    ]  # fmt: skip
