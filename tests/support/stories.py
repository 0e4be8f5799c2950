"""Stories for clients to tell: calls, and what comes of them. Here, how one asset is registered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple


class Refusal(NamedTuple):
    """How a call is refused."""

    status: int
    code: str
    message: str


class Step(NamedTuple):
    """One call, and what its caller sees: part of the answer, or a refusal.

    ``keeps`` gives names to values of the answer, by their paths. ``<name>`` stands for such a
    value in what is sent and seen from then on.
    """

    name: str
    action: str
    parameters: Mapping[str, Any]
    outcome: Mapping[str, Any] | Refusal
    caller: str = "user"
    keeps: Mapping[str, str] = {}


_PLACE = re.compile(r"<(\w+)>", re.ASCII)


def filled(value: Any, kept: Mapping[str, Any]) -> Any:
    """With what was kept in its places; names that were not kept are left as they are."""
    if isinstance(value, Mapping):
        return {name: filled(each, kept) for name, each in value.items()}
    if isinstance(value, (list, tuple)):  # a refusal, too
        return [filled(each, kept) for each in value]
    if not isinstance(value, str):
        return value
    whole = _PLACE.fullmatch(value)
    if whole:
        return kept.get(whole[1], value)
    return _PLACE.sub(lambda place: str(kept.get(place[1], place[0])), value)


def found_at(path: str, answer: Any) -> Any:
    """The value at a path such as ``MediaInfos.0.MediaId``; None if there is none."""
    try:
        for part in path.split("."):
            answer = answer[int(part) if isinstance(answer, list) else part]
    except (KeyError, IndexError, TypeError):
        return None
    return answer


def reduced(answer: Any, like: Any) -> Any:
    """The part of an answer that an outcome says something of; None where it has nothing."""
    if isinstance(answer, dict) and isinstance(like, Mapping):
        return {name: reduced(answer.get(name), value) for name, value in like.items()}
    if isinstance(answer, list) and isinstance(like, list) and len(answer) == len(like):
        return [reduced(*pair) for pair in zip(answer, like, strict=True)]
    return answer


# ---------------------------------------------------------------- an asset is registered

URL = "https://my-bucket.oss-cn-shanghai.aliyuncs.com/影片 1.mp4"
TITLE = "Ünïcödé 标题 +a~* &=%2F'()!"
VIDEO = {"InputURL": URL, "Title": TITLE, "UserData": '{"键": "值"}'}
TOKEN = {"ClientToken": "0123456789abcdef"}
REGISTER, GET = "RegisterMediaInfo", "GetMediaInfo"


def _shown(media_id: str, status: str, *files: object) -> dict[str, Any]:
    basic = {**VIDEO, "MediaId": media_id, "Status": status}
    return {"MediaInfo": {"MediaBasicInfo": basic, "FileInfoList": [*files]}}


WRONG_SECRET = {
    "rpc": Refusal(
        400, "SignatureDoesNotMatch",
        "Specified signature is not matched with our calculation. server string to sign is:...",
    ),
    "acs3": Refusal(
        400, "SignatureDoesNotMatch",
        "Specified signature does not match our calculation. server StringToSign is [...",
    ),
}  # fmt: skip
"""By signature scheme; the dots are what was signed."""

DUPLICATE = f'The media with the given inputUrl "{URL}" has already been registered with mediaId '
WRONG_ID = Refusal(400, "InvalidParameter", 'The specified parameter "MediaId" is not valid.')
WRONG_URL = Refusal(400, "InvalidParameter", 'The specified parameter "InputURL" is not valid.')
NO_URL = Refusal(400, "MissingInputURL", "InputURL is mandatory for this action.")
NO_KEY = Refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")

STORY = (
    Step("register", REGISTER, {**VIDEO, **TOKEN}, {"MediaId": "<old>"}, keeps={"old": "MediaId"}),
    Step("poll", GET, {"MediaId": "<old>"}, _shown("<old>", "Preparing")),
    Step("poll again", GET, {"MediaId": "<old>"}, _shown("<old>", "Normal", {})),
    Step("same token again", REGISTER, {**VIDEO, **TOKEN}, {"MediaId": "<old>"}),
    Step("duplicate", REGISTER, VIDEO, Refusal(409, "MediaAlreadyExist", f'{DUPLICATE}"<old>".')),
    Step(
        "overwrite", REGISTER, {**VIDEO, "Overwrite": True}, {"MediaId": "<new>"},
        keeps={"new": "MediaId"},
    ),
    Step("old id", GET, {"MediaId": "<old>"}, WRONG_ID),
    Step("get by URL", GET, {"InputURL": URL}, _shown("<new>", "Preparing")),
    Step("unknown id", GET, {"MediaId": "0" * 32}, WRONG_ID),
    Step("missing URL", REGISTER, {"Title": TITLE}, NO_URL),
    Step("bad URL", REGISTER, {"InputURL": "ftp://my-bucket/1.mp4"}, WRONG_URL),
    Step("wrong secret", GET, {"MediaId": "<new>"}, WRONG_SECRET["rpc"], caller="wrong secret"),
    Step("unknown key", GET, {"MediaId": "<new>"}, NO_KEY, caller="unknown key"),
)  # fmt: skip
