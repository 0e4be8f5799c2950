"""Whether operations declare the open questions that their answers depend on."""

from __future__ import annotations

from collections.abc import Iterable

from fake_ims.gateway.catalogue import OF_EVERY_CALL
from fake_ims.journal.calls import Call
from fake_ims.operations import OPERATIONS

QUESTIONS = {each.action: frozenset(each.questions) for each in OPERATIONS}


def relied_on(calls: Iterable[Call]) -> set[tuple[str, str]]:
    """The open questions that answers of operations depended on, each with its operation."""
    pairs = ((call.action, name) for call in calls for name in call.relied_on)
    return {(action, name) for action, name in pairs if action in QUESTIONS}


def undeclared(calls: Iterable[Call]) -> set[tuple[str, str]]:
    """Those that neither the operation nor the gateway declares."""
    return {
        (action, name)
        for action, name in relied_on(calls)
        if name not in OF_EVERY_CALL and name not in QUESTIONS[action]
    }
