"""What must hold of whatever is answered, and the fake that hypothesis asks."""

from __future__ import annotations

import contextlib
import json
import logging
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import hypothesis
from strict_http import Answer, Reading, check_count, strict_answers, strict_requests, talk

from fake_ims import FakeIms

Factory = Callable[..., AbstractContextManager[FakeIms]]

LONG = hypothesis.settings.get_current_profile_name() == "long"
TYPES = {"JSON": "application/json;charset=utf-8", "XML": "text/xml;charset=utf-8"}


def examples(count: int) -> hypothesis.settings:
    """So many examples, the same in each run; with the profile ``long`` 50 times as many others."""
    return hypothesis.settings(
        max_examples=count * (50 if LONG else 1),
        derandomize=not LONG,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


@contextlib.contextmanager
def fake(factory: Factory, **settings: Any) -> Iterator[FakeIms]:
    """A fake on a listener of its own, which keeps what it refuses to itself.

    Thousands of warnings would bury a failure.
    """
    log = logging.getLogger("fake_ims")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with factory(own_listener=True, delay="0", **settings) as ims:
            yield ims
            assert not [call for call in ims.server.calls if call.traceback]
    finally:
        log.setLevel(level)


def read(answer: Answer) -> dict[str, Any]:
    """The fields of an answer, once it has been seen that an SDK finds those that it looks for."""
    assert answer.status == 200 or 400 <= answer.status < 600, answer
    assert answer.status != 500, answer
    assert answer.headers["content-type"] in TYPES.values(), answer
    if answer.to_head:
        return {}
    assert b"Traceback" not in answer.body
    if answer.headers["content-type"] == TYPES["XML"]:
        root = ET.fromstring(answer.body)
        assert (root.tag == "Error") == (answer.status >= 400), answer
        document: Any = {element.tag: element.text for element in root}
    else:
        document = json.loads(answer.body.decode("utf-8"), parse_constant=_no_constant)
        assert isinstance(document, dict), answer
    assert answer.headers["x-acs-request-id"] == document["RequestId"] != ""
    if answer.status >= 400:
        assert isinstance(document["Code"], str), answer
        assert isinstance(document["Message"], str), answer
        assert document["Code"] not in ("", "InternalError")
    return dict(document)


def _no_constant(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


def exchange(ims: FakeIms, sent: Sequence[bytes]) -> tuple[Reading, list[Answer]]:
    """What these bytes mean, and what came back, once it has been seen that it is in order."""
    reading = strict_requests(b"".join(sent))
    answers = strict_answers(talk(ims.endpoint, sent), reading)
    check_count(reading, answers)
    for answer in answers:
        read(answer)
    assert not [call for call in ims.calls if call.traceback]
    return reading, answers


def one_answer(ims: FakeIms, sent: bytes) -> tuple[Answer, dict[str, Any]]:
    """The answer of an empty world to a request of which nobody can doubt that it is one."""
    with ims.scratch():
        reading, answers = exchange(ims, [sent])
    assert (len(reading.lines), reading.end) == (1, "clean")
    (answer,) = answers
    return answer, read(answer)
