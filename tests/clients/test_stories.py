"""Every official client tells the same stories.

Each client is the unmodified package in a process of its own; ``stories/`` has the programs. What
the client shows its user, and what the fake was asked, is compared with STORY, which is the same
for all. The Python ones also tell it to the real address, and are redirected. With LIBRARY, each
calls every operation of the media-asset library.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from environments import LackingError
from official_clients import CORES, ELSEWHERE, HERE, JS, JS_ICE, WHAT_WAS_SIGNED, Client
from running import command_line
from stories import STORY, WRONG_SECRET, Refusal, Step, filled, found_at, reduced

from fake_ims import FakeIms

STORIES = Path(__file__).with_name("stories")
README = Path(__file__).parents[2] / "README.md"
REAL = "ice.cn-shanghai.aliyuncs.com"
TIME_OUT = 60  # seconds after which a client is taken to hang

SM3 = Client("Python, sync, SM3", "python_v2.py sync ACS3-HMAC-SM3", "acs3")
WITH_SM3 = pytest.mark.skipif(
    "sm3" not in hashlib.algorithms_available, reason="this Python's OpenSSL has no SM3"
)

CLIENTS = [
    *(pytest.param(client, id=client.name) for client in HERE),
    pytest.param(SM3, id=SM3.name, marks=WITH_SM3),
    *(pytest.param(client, id=client.name, marks=pytest.mark.clients) for client in ELSEWHERE),
]

ALWAYS_REDIRECTED = ("Python, sync", "Python, async", "Python V1, product")
REDIRECTED = [
    pytest.param(
        client,
        id=client.name,
        marks=() if client.name in ALWAYS_REDIRECTED else pytest.mark.clients,
    )
    for client in (*HERE, *ELSEWHERE)
    if client.command.startswith("python_")
]
"""The Python clients; a few of them are enough where only what is installed is tested."""

CALLED = {"@alicloud/openapi-client", "@alicloud/openapi-core", "@alicloud/pop-core"}
"""Of the packages of JS, those that are clients; the others are what these need."""


def test_the_readme_names_every_client_and_version() -> None:
    text = README.read_text(encoding="utf-8")
    assert {*JS.requirements} >= CALLED
    assert [name for name in sorted({*CALLED, *CORES}) if name not in text] == []


# ---------------------------------------------------------------- telling it


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


def lowered(parameters: Mapping[str, Any]) -> dict[str, str]:
    """As texts, with booleans in lower case: clients disagree about that."""
    texts = {name: str(value) for name, value in parameters.items()}
    return {
        name: text.lower() if text in ("True", "False") else text for name, text in texts.items()
    }


@pytest.mark.fake_ims(mode="enforce", completion="reads", reads=1)
@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_tells_the_same_story(
    client: Client, fake_ims: FakeIms, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    command, variables = command_of(client, request)
    who = callers(fake_ims, temporary=client.temporary)
    told = told_by(command, variables, who, STORY, tmp_path)
    assert_told(told, client, fake_ims)


@pytest.mark.fake_ims(mode="enforce", completion="reads", reads=1)
@pytest.mark.parametrize("protocol", ["https", "http"])
@pytest.mark.parametrize("client", REDIRECTED)
def test_every_python_client_tells_it_to_the_real_address_when_redirected(
    client: Client, protocol: str, fake_ims: FakeIms, tmp_path: Path,
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.delenv("PYTHONPATH", raising=False)
    command, variables = command_of(client, request)
    variables |= fake_ims.env(redirect=True)
    who = callers(fake_ims, temporary=client.temporary, protocol=protocol)
    told = told_by(command, variables, who, STORY, tmp_path)
    assert_told(told, client, fake_ims)


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


def outcome_of(step: Step, client: Client, kept: Mapping[str, Any]) -> Any:
    """What a client shows of a step."""
    outcome = step.outcome
    if step.name == "wrong secret":
        outcome = client.wrong_secret or WRONG_SECRET[client.scheme]
    return filled(outcome, kept)


def assert_told(told: list[dict[str, Any]], client: Client, ims: FakeIms) -> None:
    """The client showed what it should, and the fake was asked what it should."""
    kept = kept_from(told, STORY)
    outcomes = [outcome_of(step, client, kept) for step in STORY]
    shown = [
        [*said_in(one["refused"], client.wording)]
        if "refused" in one
        else reduced(one["answer"], outcome)
        for one, outcome in zip(told, outcomes, strict=True)
    ]
    names = [step.name for step in STORY]
    assert list(zip(names, shown, strict=True)) == list(zip(names, outcomes, strict=True))

    asked = [(call.action, lowered(call.parameters), call.status, call.code) for call in ims.calls]
    assert asked == [
        (step.action, lowered(filled(step.parameters, kept)), *code_of(step.outcome))
        for step in STORY
    ]
    assert {(call.scheme, call.http_method) for call in ims.calls} == {
        (client.scheme, client.method)
    }


def code_of(outcome: Mapping[str, Any] | Refusal) -> tuple[int, str | None]:
    """Status and code of what the service answers."""
    return (outcome.status, outcome.code) if isinstance(outcome, Refusal) else (200, None)
