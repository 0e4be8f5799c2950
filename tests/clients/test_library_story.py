"""Every official client calls every operation that it has: those of the library, and on jobs.

What a client shows is compared with what was answered, and that with the story. Old Python clients
lack some of it, as their :class:`Lacks` says, and do not show fields that are newer than they are;
the others lose nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from jobs_story import FILES as FILES_OF_JOBS
from jobs_story import JOBS, WORKFLOW, WORKFLOW_NAME
from library_story import CATEGORY, CATEGORY_NAME, FILES, LIBRARY
from official_clients import ELSEWHERE, HERE, NOTHING, Client, Lacks
from stories import Step, filled, reduced
from telling import callers, code_of, command_of, kept_from, lowered, said_in, told_by

from fake_ims import FakeIms
from fake_ims.gateway.fields import gathered
from fake_ims.operations import every_operation, find

OPERATION = {each.action: each for each in every_operation()}

CLIENTS = [
    *(pytest.param(client, id=client.name) for client in HERE if not client.temporary),
    *(
        pytest.param(client, id=client.name, marks=pytest.mark.clients)
        for client in ELSEWHERE
        if not client.temporary
    ),
]


STORIES: Mapping[str, Sequence[Step]] = {"library": LIBRARY, "jobs": JOBS}


def test_the_stories_call_every_operation() -> None:
    told = {step.action for story in STORIES.values() for step in story}
    assert told == {each.action for each in every_operation()}


@pytest.mark.fake_ims(
    mode="enforce",
    delay="0",
    job_delays={"snapshot_job": 0, "media_info_job": 0, "snapshots": 0, "workflow": 0},
)
@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("client", CLIENTS)
def test_every_client_tells_the_stories(
    client: Client, name: str, fake_ims: FakeIms, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fake_ims.declare(categories={CATEGORY: CATEGORY_NAME})
    fake_ims.add_workflow(WORKFLOW, name=WORKFLOW_NAME, activities=["转码"])
    for url, facts in {**FILES, **FILES_OF_JOBS}.items():
        fake_ims.objects.put(url, **facts)
    command, variables = command_of(client, request)
    story = STORIES[name]
    told = told_by(command, variables, callers(fake_ims, temporary=False), story, tmp_path)
    assert_told(told, story, client, fake_ims)


def assert_told(
    told: list[dict[str, Any]], story: Sequence[Step], client: Client, ims: FakeIms
) -> None:
    """The client called all that it has, and showed all that was answered."""
    kept = kept_from(told, story)
    unknown, unsent = set(), set()
    calls = iter(ims.calls)
    for step, one in zip(story, told, strict=True):
        if "unknown" in one:
            unknown.add(step.action)
            continue
        call = next(calls)
        sent = lowered(filled(step.parameters, kept))
        asked = lowered(whole(step.action, call.parameters))
        unsent |= {f"{step.action}.{name}" for name in sent.keys() - asked.keys()}
        assert (step.name, asked) == (step.name, {name: sent[name] for name in asked})
        assert (step.name, call.status, call.code) == (step.name, *code_of(step.outcome))
        outcome = filled(step.outcome, kept)
        if "refused" in one:
            shown = [*said_in(one["refused"], client.wording)]
        elif client.reads_xml:
            shown, outcome = reduced(one["answer"], in_xml(outcome)), in_xml(outcome)
        else:
            unread = {*lost(call.answer, one["answer"])}
            assert unread == set() or client.lacks != NOTHING, step.name
            shown = reduced(call.answer, outcome)
        if client.lacks == NOTHING:
            assert (step.name, shown) == (step.name, outcome)
    assert next(calls, None) is None
    lacking = client.lacks.of((step.action, step.parameters) for step in story)
    assert Lacks(frozenset(unknown), frozenset(unsent)) == lacking


def whole(action: str, parameters: Mapping[str, str]) -> dict[str, Any]:
    """What was sent, objects as such, however they were sent."""
    operation = find(action)
    assert operation is not None
    structures = operation.request.structures
    return {
        name: json.loads(value) if name in structures else value
        for name, value in gathered(structures, parameters).items()
    }


def in_xml(outcome: Any) -> Any:
    """How it reads in XML: all values are texts, and a list without items is not there."""
    if isinstance(outcome, dict):
        return {name: in_xml(value) for name, value in outcome.items()}
    if isinstance(outcome, list):
        return [in_xml(value) for value in outcome] or None
    if isinstance(outcome, bool):
        return str(outcome).lower()
    return None if outcome is None else str(outcome)


def lost(answered: Any, shown: Any, path: str = "") -> Iterator[str]:
    """Where values of an answer are not shown; what is shown was answered so, type and all.

    A client may show an empty list for one that is not there.
    """
    if isinstance(answered, dict):
        assert isinstance(shown, dict)
        invented = {name: shown[name] for name in shown.keys() - answered.keys()}
        assert [each for each in invented.values() if each not in ([], None)] == [], invented
        for name, value in answered.items():
            inner = f"{path}.{name}" if path else name
            if name in shown:
                yield from lost(value, shown[name], inner)
            else:
                yield inner
    elif isinstance(answered, list):
        assert isinstance(shown, list)
        for pair in zip(answered, shown, strict=True):
            yield from lost(*pair, f"{path}[]")
    else:
        assert (path, kind(shown), shown) == (path, kind(answered), answered)


def kind(value: Any) -> type:
    """The type of a JSON value; numbers are of one type only, JavaScript writes 1.0 as 1."""
    return float if type(value) is int else type(value)
