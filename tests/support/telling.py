"""Having clients tell stories: how their programs are run, and what becomes of what they print."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from environments import LackingError
from official_clients import JS_ICE, WHAT_WAS_SIGNED, Client
from running import command_line
from stories import Refusal, Step, found_at

from fake_ims import FakeIms

STORIES = Path(__file__).parents[1] / "clients" / "stories"
REAL = "ice.cn-shanghai.aliyuncs.com"
TIME_OUT = 60  # seconds after which a client is taken to hang


def command_of(client: Client, request: pytest.FixtureRequest) -> tuple[list[str], dict[str, str]]:
    """The command line and the environment variables that run a client; or the test is skipped."""
    program, *arguments = client.command.split()
    try:
        return command_line(STORIES / program, arguments, client.environment, request)
    except LackingError as reason:
        if client.environment is not JS_ICE:
            raise  # it has been there
        pytest.skip(str(reason))


def callers(
    ims: FakeIms, *, temporary: bool, protocol: str = ""
) -> dict[str, dict[str, str | None]]:
    """Who calls, in stories/story.py's words; with a protocol, they call the real IMS."""
    keys = ims.ram.temporary_keys() if temporary else ims.ram.default
    place = {"endpoint": REAL, "protocol": protocol} if protocol else {"endpoint": ims.endpoint}
    user = {
        **place,
        "access_key_id": keys.access_key_id,
        "access_key_secret": keys.access_key_secret,
        "security_token": keys.security_token,
    }
    return {
        "user": user,
        "wrong secret": {**user, "access_key_secret": "wrong"},
        "unknown key": {**user, "access_key_id": "LTAIunknown"},
    }


def said_in(shown: Mapping[str, Any], wording: re.Pattern[str]) -> Refusal:
    """What the service said, out of what the client makes of it."""
    found = wording.fullmatch(shown["message"])
    assert found, shown
    parts = found.groupdict()
    assert parts.get("code", shown["code"]) == shown["code"]
    status = int(parts.get("status") or shown["status"])
    assert shown["status"] in (status, None), "old cores have it in the message only"
    return Refusal(status, shown["code"], WHAT_WAS_SIGNED.sub(r"\1...", parts["message"]))


def lowered(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """As texts, inside of objects too, with booleans in lower case: clients disagree there."""
    objects = {
        name: lowered(value) for name, value in parameters.items() if isinstance(value, Mapping)
    }
    texts = {name: str(value) for name, value in parameters.items() if name not in objects}
    return objects | {
        name: text.lower() if text in ("True", "False") else text for name, text in texts.items()
    }


def told_by(
    command: list[str], variables: dict[str, str], who: Mapping[str, Any], story: Sequence[Step],
    folder: Path,
) -> list[dict[str, Any]]:  # fmt: skip
    """What a client's program prints."""
    steps = [
        {name: getattr(step, name) for name in ("caller", "action", "parameters", "keeps")}
        for step in story
    ]
    task = {"callers": who, "steps": steps}
    done = subprocess.run(
        command, input=json.dumps(task), env=variables, cwd=folder, capture_output=True,
        text=True, timeout=TIME_OUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def kept_from(told: list[dict[str, Any]], story: Sequence[Step]) -> dict[str, Any]:
    """What the steps keep of what was told: each another value."""
    kept = {
        name: found_at(path, one["answer"])
        for step, one in zip(story, told, strict=True)
        for name, path in step.keeps.items()
        if "answer" in one
    }
    assert len(set(kept.values())) == len(kept)
    return kept


def code_of(outcome: Mapping[str, Any] | Refusal) -> tuple[int, str | None]:
    """Status and code of what the service answers."""
    return (outcome.status, outcome.code) if isinstance(outcome, Refusal) else (200, None)
