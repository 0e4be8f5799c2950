"""A fake in another process lives in real time, whatever this process has frozen."""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from freezers import STANDING, UTC
from rpc import exchange

HANG = 20


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server in a process of its own."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("FAKE_IMS_")
    }
    with subprocess.Popen(
        [sys.executable, "-m", "fake_ims", "serve", "--port", "0", "--delay", "50ms"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as process:
        assert process.stdout is not None
        found = None
        for line in process.stdout:
            found = found or re.search(r"http://(127\.0\.0\.1:\d+)", line)
            if line.startswith("Ready."):
                break
        assert found is not None
        yield found[1]
        process.terminate()


def basic_info(endpoint: str, media_id: str) -> dict[str, Any]:
    reply = exchange(endpoint, "GET", f"/?Action=GetMediaInfo&MediaId={media_id}")
    info = reply.json["MediaInfo"]["MediaBasicInfo"]
    assert isinstance(info, dict)
    return info


def poll(endpoint: str, media_id: str) -> dict[str, Any]:
    """What it shows once it is analysed; each round waits in real time."""
    for _ in range(HANG * 50):
        found = basic_info(endpoint, media_id)
        if found["Status"] != "Preparing":
            break
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("library", STANDING)
def test_registration_takes_real_time_in_another_process(endpoint: str, library: str) -> None:
    with STANDING[library](datetime.datetime(2001, 1, 1, tzinfo=UTC)):
        target = f"/?Action=RegisterMediaInfo&InputURL=oss://b/{library}.mp4"
        media_id = exchange(endpoint, "POST", target).media_id
        found = poll(endpoint, media_id)
    assert found["Status"] == "Normal"
    assert found["CreateTime"] > "2025"
