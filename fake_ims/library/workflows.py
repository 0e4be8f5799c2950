"""Workflows: what processes a file step by step, as set up in the service's console."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_ims.clock import Instant, iso
from fake_ims.texts import check_text, printable, quoted, shortened

TYPES: Final = ("Common", "System", "Customize")
"""Documented: one that a user has made, one of the service, and one that was made for a user."""

ACTIVE: Final = "Active"
STATUSES: Final = (ACTIVE, "Inactive")
"""Documented."""


@dataclass(frozen=True, slots=True)
class Activity:
    """A node of a workflow, and what comes of it: ``result`` is a JSON object as text, None for
    one that is made up; with ``fails``, a reason, it fails, and the task with it.
    """

    name: str
    result: str | None = None
    fails: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """A workflow: never changed, only replaced. Its activities go one after the other."""

    workflow_id: str
    name: str
    type: str
    status: str
    created_at: Instant
    modified_at: Instant
    activities: tuple[Activity, ...] = ()

    @property
    def active(self) -> bool:
        """Whether it can be started."""
        return self.status == ACTIVE

    def __repr__(self) -> str:
        names = ", ".join(printable(shortened(each.name)) for each in self.activities)
        called = printable(shortened(self.name))
        return (
            f"<workflow {self.workflow_id} {called!r} {self.type} {self.status} "
            f"{iso(self.created_at)}: {names or 'no activities'}>"
        )


def read_activities(given: Iterable[str] | Mapping[str, Any]) -> tuple[Activity, ...]:
    """Read activities by their names, with what comes of each, if that is said: a mapping, its
    Result; or a text, the reason why it fails.

    :raises ValueError: for anything else, and for a name that is there twice.
    """
    if isinstance(given, str):
        raise ValueError(f"activities are several names, not the text {quoted(given)}")
    said = given.items() if isinstance(given, Mapping) else ((name, None) for name in given)
    activities = tuple(_activity(name, outcome) for name, outcome in said)
    names = [each.name for each in activities]
    if len(set(names)) < len(names):
        raise ValueError(f"each activity has a name of its own, not {', '.join(names)}")
    return activities


def _activity(name: Any, outcome: Any) -> Activity:
    check_text("the name of an activity", name)
    if outcome is None:
        return Activity(name)
    if isinstance(outcome, str):
        check_text(f"why {name} fails", outcome)
        return Activity(name, fails=outcome)
    if not isinstance(outcome, Mapping):
        raise ValueError(
            f"what comes of {name} is its Result, a mapping, or a text, why it fails: "
            f"not {outcome!r}"
        )
    try:
        result = json.dumps(dict(outcome), ensure_ascii=False, allow_nan=False)
        result.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the Result of {name} is no JSON: {error}") from None
    return Activity(name, result)


class Workflows:
    """The workflows of a world by WorkflowId; the caller holds the world's lock."""

    def __init__(self) -> None:
        self._by_id: dict[str, Workflow] = {}

    def __contains__(self, workflow_id: object) -> bool:
        return workflow_id in self._by_id

    def __iter__(self) -> Iterator[Workflow]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def get(self, workflow_id: str) -> Workflow | None:
        """The workflow of an id."""
        return self._by_id.get(workflow_id)

    def startable(self, workflow_id: str | None) -> bool:
        """Whether there is one of this id that is active."""
        workflow = self._by_id.get(workflow_id or "")
        return workflow is not None and workflow.active

    def declare(self, workflow_id: str, now: Instant) -> None:
        """Let a workflow be there; one that is stays as it is.

        :raises ValueError: for an id that is no text.
        """
        if workflow_id not in self._by_id:
            self.put(unknown(workflow_id, now))

    def put(self, workflow: Workflow) -> Workflow:
        """Take in a workflow; one of its id, whose time of creation it keeps, makes room.

        :raises ValueError: for a value that none can have.
        """
        check_text("a WorkflowId", workflow.workflow_id)
        check_text("the name of a workflow", workflow.name)
        for what, value, words in (
            ("type", workflow.type, TYPES), ("status", workflow.status, STATUSES),
        ):  # fmt: skip
            if value not in words:
                raise ValueError(f"the {what} of a workflow is {', '.join(words)}, not {value!r}")
        self._by_id[workflow.workflow_id] = workflow
        return workflow

    def new_id(self, seed: int) -> str:
        """An id that no workflow has, which moves no other draw of the world."""
        number = len(self._by_id)
        while (drawn := _drawn_id(seed, number)) in self._by_id:
            number += 1
        return drawn


def unknown(workflow_id: str, now: Instant) -> Workflow:
    """A workflow of which nothing but its id is known."""
    return Workflow(
        workflow_id=workflow_id, name=workflow_id, type=TYPES[0], status=ACTIVE,
        created_at=now, modified_at=now,
    )  # fmt: skip


def _drawn_id(seed: int, number: int) -> str:
    return hashlib.blake2b(f"{seed} workflow {number}".encode(), digest_size=16).hexdigest()
