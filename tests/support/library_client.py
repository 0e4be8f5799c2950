"""Calls of the library over one connection that is kept, and what matters of their answers."""

from __future__ import annotations

import difflib
import http.client
import json
from collections.abc import Mapping
from pprint import pformat
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from fake_ims import FakeIms
    from fake_ims.events.record import Event

Body = dict[str, Any]
Seen = dict[str, Any]

FIGURES = ("Duration", "Height", "Width", "Fps", "Bitrate", "Size")
"""What events tell of a file, which the fake makes up."""


class Caller:
    """A client of a fake, on a connection of its own."""

    def __init__(self, ims: FakeIms) -> None:
        self._common = {"Version": "2020-11-09", "AccessKeyId": ims.access_key_id}
        self._connection = http.client.HTTPConnection(ims.endpoint, timeout=20)

    def __enter__(self) -> Caller:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def __call__(self, action: str, parameters: Mapping[str, str]) -> tuple[int, Body]:
        """An operation, everything in the query; the status and the body of its answer."""
        target = "/?" + urlencode({"Action": action, **self._common, **parameters})
        self._connection.request("POST", target)
        response = self._connection.getresponse()
        body = json.loads(response.read())
        assert isinstance(body, dict)
        return response.status, body


def seen(status: int, body: Body) -> Seen:
    """What matters of an answer: no RequestId, no signature, a file only by its name."""
    if status != 200:
        return {"status": status, "Code": body["Code"], "Message": body["Message"]}
    return {"status": status} | {
        name: _plain(name, value) for name, value in body.items() if name != "RequestId"
    }


def _plain(name: str, value: Any) -> Any:
    if name == "CoverURL":
        return value.partition("?")[0]
    if name in ("NextToken", "ScrollToken"):
        return "(there)"
    if name in FIGURES:
        return "(told)"
    if name == "FileInfoList":
        return [each["FileBasicInfo"]["FileName"] for each in value]
    if name == "PlayInfoList":
        return [_play_info(each) for each in value]
    if name in ("MediaMarks", "MediaContent", "CustomFields"):
        return _plain("", json.loads(value))
    if isinstance(value, dict):
        return {key: _plain(key, each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain("", each) for each in value]
    return value


def _play_info(info: Body) -> tuple[Any, ...]:
    url = info["FileURL"]
    if "outin-" in url:  # a bucket of VOD
        url = url.rpartition("/")[2].rpartition(".")[0]
    return (
        url, info["StreamType"], info["CreationTime"], info["ModificationTime"],
        info.get("StreamTags"),
    )  # fmt: skip


def events_of_the_library(ims: FakeIms) -> list[tuple[str, str, Any]]:
    """All events but those of jobs."""
    return [plain_event(event) for event in ims.events if event.event_type != "SnapshotComplete"]


def plain_event(event: Event) -> tuple[str, str, Any]:
    """What matters of an event."""
    body = _plain("", dict(event.message_body))
    for name, change in body.get("MediaContent", {}).items():
        body["MediaContent"][name] = json.loads(change)
    return event.event_type, event.event_time, body


def compare(what: str, got: object, predicted: object) -> None:
    """Fail with what differs.

    :raises AssertionError: if anything does.
    """
    if got != predicted:
        raise AssertionError("\n".join([what, *differing(got, predicted)]))


def differing(got: object, predicted: object) -> list[str]:
    """Lines of what is there and what should be, side by side."""
    lines = difflib.ndiff(pformat(predicted).splitlines(), pformat(got).splitlines())
    return ["(- as the model has it, + as it is)", *lines]
