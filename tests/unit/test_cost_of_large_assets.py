"""One more mark or stream costs the same, however many an asset has: lines that run, counted."""

from __future__ import annotations

import json
import sys
from types import FrameType
from typing import Any

import pytest

from fake_ims import FakeIms, by_hand
from fake_ims.library.marks import seconds

URL = "oss://bucket/a.mp4"
MANY = 300


def lines_of(ims: FakeIms, action: str, **parameters: str) -> int:
    """How many lines of Python an operation runs."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        by_hand.call(ims.world, action, parameters)
    finally:
        sys.settrace(before)
    return count


def stream(number: int) -> str:
    return f"oss://bucket/stream-{number}.mp4"


@pytest.mark.parametrize("settings", [{"completion": "hand"}, {"delay": 0}])
def test_one_more_stream(settings: dict[str, Any]) -> None:
    with FakeIms(**settings) as ims:
        media_id = ims.register(InputURL=URL).media_id

        def cost(number: int) -> int:
            return lines_of(ims, "RegisterMediaStream", MediaId=media_id, InputURL=stream(number))

        cost(0)
        few = cost(1)
        for number in range(2, MANY):
            cost(number)
        assert cost(MANY) < 2 * few
        assert cost(1) < 2 * few  # registered again


def test_one_more_mark() -> None:
    with FakeIms(completion="hand") as ims:
        media_id = ims.register(InputURL=URL).media_id

        def cost(count: int = 1) -> int:
            marks = json.dumps([{"MarkTag": "t"}] * count)
            return lines_of(ims, "AddMediaMarks", MediaId=media_id, MediaMarks=marks)

        cost()
        few = cost()
        cost(MANY)
        assert cost() < 2 * few


def test_other_changes_do_not_pay_for_marks() -> None:
    with FakeIms(completion="hand") as ims:
        media_id = ims.register(InputURL=URL).media_id

        def cost(title: str) -> int:
            return lines_of(ims, "UpdateMediaInfo", MediaId=media_id, Title=title)

        cost("a")
        few = cost("b")
        marks = json.dumps([{"MarkTag": "t"}] * MANY)
        by_hand.call(ims.world, "AddMediaMarks", {"MediaId": media_id, "MediaMarks": marks})
        assert cost("c") < 2 * few


@pytest.mark.parametrize("text", ["0" * 200_000 + "x", "1." + "0" * 200_000 + "x"])
def test_a_long_text_is_found_to_be_no_time_in_one_pass(text: str) -> None:
    assert seconds(text) is None
