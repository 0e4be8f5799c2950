"""Whether operations declare the open questions that their answers depend on."""

from __future__ import annotations

from collections.abc import Iterable

from rpc import Rpc

from fake_ims import FakeIms
from fake_ims.gateway.catalogue import OF_EVERY_CALL
from fake_ims.journal.calls import Call
from fake_ims.operations import OPERATIONS

OPERATION = {each.action: each for each in OPERATIONS}
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


# ---------------------------------------------------------------- making a question matter

URL, OTHER_FORM = "oss://bucket/q.mp4", "https://bucket.oss-cn-shanghai.aliyuncs.com/q.mp4"
NOBODY = "0" * 32
VALUES = {
    "InputURL": "oss://bucket/r.mp4",
    "MediaMarks": '[{"MarkStartTime":"1","MarkEndTime":"2"}]',
    "CateName": "new",
}
"""Of parameters that are required."""


def probe(ims: FakeIms, rpc: Rpc, action: str, question: str) -> None:
    """Call an operation so that an open question matters to it, if that can be told from its name.

    For questions that several operations share: one of them is enough for the scenarios.
    """
    names = OPERATION[action].request.names
    media_id = rpc.register(URL, ReferenceId="reference").media_id
    if question not in ("first_status", "early_get"):
        ims.settle()
    by_id = {"MediaIds" if "MediaIds" in names else "MediaId": media_id}
    sent = {
        "url_identity": {"InputURLs" if "InputURLs" in names else "InputURL": OTHER_FORM},
        "unknown_media": {"MediaId": NOBODY},
        "auth_timeout_range": {**by_id, "AuthTimeout": "0"},
        "event_fields": {**by_id, "InputURL": URL, "Overwrite": "true", "Title": "new"},
    }.get(question, by_id)
    if question == "reference_id_conflict":
        sent = {"MediaId": rpc.register("oss://bucket/r.mp4").media_id, "ReferenceId": "reference"}
    needed = {name: VALUES[name] for name in OPERATION[action].request.required if name not in sent}
    rpc(action, **needed, **{name: value for name, value in sent.items() if name in names})
