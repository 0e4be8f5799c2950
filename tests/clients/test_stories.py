"""Every official client tells the same story.

Each client is the unmodified package in a process of its own; ``stories/`` has the programs. What
the client shows its user, and what the fake was asked, is compared with STORY, which is the same
for all. The Python ones also tell it to the real address, and are redirected.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from official_clients import CORES, ELSEWHERE, HERE, JS, Client
from stories import STORY, WRONG_SECRET, Step, filled, reduced
from telling import callers, code_of, command_of, kept_from, lowered, said_in, told_by

from fake_ims import FakeIms

README = Path(__file__).parents[2] / "README.md"

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
