"""Every official client tells the same story.

Each client is the unmodified package in a process of its own; ``stories/`` has the programs. What
the client shows its user, and what the fake was asked, is compared with STORY, which is the same
for all.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from environments import LackingError, Recipe
from recipes import CORES, JS, JS_ICE, command_line, ice

from fake_ims import FakeIms

STORIES = Path(__file__).with_name("stories")
README = Path(__file__).parents[2] / "README.md"
TIME_OUT = 60  # seconds after which a client is taken to hang

# ---------------------------------------------------------------- the story

URL = "https://my-bucket.oss-cn-shanghai.aliyuncs.com/影片 1.mp4"
TITLE = "Ünïcödé 标题 +a~* &=%2F'()!"
VIDEO = {"InputURL": URL, "Title": TITLE, "UserData": '{"键": "值"}'}
TOKEN = {"ClientToken": "0123456789abcdef"}
REGISTER, GET = "RegisterMediaInfo", "GetMediaInfo"


class Refusal(NamedTuple):
    """How a call is refused."""

    status: int
    code: str
    message: str


class Step(NamedTuple):
    """One call, and what its caller sees: part of the answer, or a refusal.

    ``id1`` stands for the first MediaId that was answered, ``id2`` for the second.
    """

    name: str
    action: str
    parameters: Mapping[str, Any]
    outcome: Mapping[str, Any] | Refusal
    caller: str = "user"


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

PREPARING = {**VIDEO, "Status": "Preparing", "files": 0}
NORMAL = {**VIDEO, "Status": "Normal", "files": 1}
DUPLICATE = f'The media with the given inputUrl "{URL}" has already been registered with mediaId '
WRONG_ID = Refusal(400, "InvalidParameter", 'The specified parameter "MediaId" is not valid.')
WRONG_URL = Refusal(400, "InvalidParameter", 'The specified parameter "InputURL" is not valid.')
NO_URL = Refusal(400, "MissingInputURL", "InputURL is mandatory for this action.")
NO_KEY = Refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")

STORY = (
    Step("register", REGISTER, {**VIDEO, **TOKEN}, {"MediaId": "id1"}),
    Step("poll", GET, {"MediaId": "id1"}, {"MediaId": "id1", **PREPARING}),
    Step("poll again", GET, {"MediaId": "id1"}, {"MediaId": "id1", **NORMAL}),
    Step("same token again", REGISTER, {**VIDEO, **TOKEN}, {"MediaId": "id1"}),
    Step("duplicate", REGISTER, VIDEO, Refusal(409, "MediaAlreadyExist", f'{DUPLICATE}"id1".')),
    Step("overwrite", REGISTER, {**VIDEO, "Overwrite": True}, {"MediaId": "id2"}),
    Step("old id", GET, {"MediaId": "id1"}, WRONG_ID),
    Step("get by URL", GET, {"InputURL": URL}, {"MediaId": "id2", **PREPARING}),
    Step("unknown id", GET, {"MediaId": "0" * 32}, WRONG_ID),
    Step("missing URL", REGISTER, {"Title": TITLE}, NO_URL),
    Step("bad URL", REGISTER, {"InputURL": "ftp://my-bucket/1.mp4"}, WRONG_URL),
    Step("wrong secret", GET, {"MediaId": "id2"}, WRONG_SECRET["rpc"], caller="wrong secret"),
    Step("unknown key", GET, {"MediaId": "id2"}, NO_KEY, caller="unknown key"),
)

# ---------------------------------------------------------------- how clients word a refusal

PLAIN = re.compile(r"(?P<message>.*)", re.DOTALL)
TEA = re.compile(r"code: (?P<status>\d+), (?P<message>.*) request id: [0-9A-F-]{36}", re.DOTALL)
TEA_JS = re.compile(rf"(?P<code>[\w.]+): {TEA.pattern}", re.DOTALL)
POP_CORE = re.compile(r"(?P<message>.*), URL: http://127\.0\.0\.1:\d+/\S*", re.DOTALL)

WHAT_WAS_SIGNED = re.compile(r"(server (string to sign is:|StringToSign is \[)).+", re.DOTALL)

V1_WRONG_SECRET = Refusal(
    400,
    "InvalidAccessKeySecret",
    "The AccessKeySecret is incorrect. Please check your AccessKeyId and AccessKeySecret.",
)
"""What V1 product requests make of a SignatureDoesNotMatch that names what they signed."""

# ---------------------------------------------------------------- the clients


@dataclass(frozen=True)
class Client:
    """A client and how it is told the story.

    :param command: the program in ``stories/`` and its arguments.
    :param scheme: how it signs.
    :param environment: what it needs; by default what the tests themselves run in.
    :param temporary: it calls with temporary keys.
    :param wording: how it words what the service said.
    :param wrong_secret: what it shows for a wrong secret, where that is not what the service said.
    """

    name: str
    command: str
    scheme: str
    environment: Recipe | None = None
    temporary: bool = False
    method: str = "POST"
    wording: re.Pattern[str] = TEA
    wrong_secret: Refusal | None = None

    @property
    def story(self) -> list[tuple[str, Mapping[str, Any] | Refusal]]:
        """The names of the steps and what this client shows."""
        wrong_secret = self.wrong_secret or WRONG_SECRET[self.scheme]
        return [
            (step.name, wrong_secret if step.name == "wrong secret" else step.outcome)
            for step in STORY
        ]


SIGNED_IN_HEADERS = ("1.1.6",)
"""Of these versions; the others sign in the query."""


def old_versions() -> Iterator[Client]:
    """Old versions of the Python product package, sync and async, on both cores."""
    for version, core in CORES.items():
        scheme = "acs3" if version in SIGNED_IN_HEADERS else "rpc"
        for label, recipe in {
            f"core {core['tea-openapi']}": ice(version, core),
            "newest core": ice(version),
        }.items():
            for kind in ("sync", "async"):
                name = f"Python {version}, {label}, {kind}"
                yield Client(name, f"python_v2.py {kind}", scheme, recipe)


def v1(name: str, command: str, **options: Any) -> Client:
    """The V1 Python SDK."""
    return Client(f"Python V1, {name}", f"python_v1.py {command}", "rpc", wording=PLAIN, **options)


HERE = (
    Client("Python, sync", "python_v2.py sync", "acs3"),
    Client("Python, async", "python_v2.py async", "acs3"),
    Client("Python, sync, v2", "python_v2.py sync v2", "rpc"),
    Client("Python, async, v2", "python_v2.py async v2", "rpc"),
    Client("Python, sync, STS", "python_v2.py sync", "acs3", temporary=True),
    Client("Python, async, STS", "python_v2.py async", "acs3", temporary=True),
    Client("Python, sync, v2, STS", "python_v2.py sync v2", "rpc", temporary=True),
    Client("call_api, query, GET", "python_generic.py query GET", "acs3", method="GET"),
    Client("call_api, query, POST", "python_generic.py query POST", "acs3"),
    Client("call_api, form", "python_generic.py form POST", "acs3"),
    Client("call_api, JSON", "python_generic.py json POST", "acs3"),
    Client("call_api, query, GET, v2", "python_generic.py query GET v2", "rpc", method="GET"),
    Client("call_api, form, v2", "python_generic.py form POST v2", "rpc"),
    v1("product", "product", wrong_secret=V1_WRONG_SECRET),
    v1("product, STS", "product", wrong_secret=V1_WRONG_SECRET, temporary=True),
    v1("CommonRequest, GET", "common-get", method="GET"),
    v1("CommonRequest, POST", "common-post"),
    v1("CommonRequest, body", "common-body"),
    v1("CommonRequest, XML", "xml"),
)
"""Clients that are installed with the tests."""


def js(name: str, command: str, scheme: str, **options: Any) -> Client:
    """A JavaScript client."""
    return Client(
        f"JS {name}", command, scheme, **{"environment": JS, "wording": TEA_JS, **options}
    )


def on_old_core(version: str, name: str, command: str, **options: Any) -> Client:
    """A Python client on the core of an old version's time."""
    core = CORES[version]
    return Client(
        f"{name}, core {core['tea-openapi']}", command, "rpc", ice(version, core), **options
    )


ELSEWHERE = (
    js("openapi-client", "openapi_client.js callApi", "acs3"),
    js("openapi-client, STS", "openapi_client.js callApi", "acs3", temporary=True),
    js("doRPCRequest", "openapi_client.js doRPCRequest", "rpc"),
    js("doRPCRequest, STS", "openapi_client.js doRPCRequest", "rpc", temporary=True),
    js("openapi-core", "openapi_core.js", "acs3"),
    js("openapi-core, STS", "openapi_core.js", "acs3", temporary=True),
    js("pop-core, GET", "pop_core.js GET", "rpc", method="GET", wording=POP_CORE),
    js("pop-core, POST", "pop_core.js POST", "rpc", wording=POP_CORE),
    js("pop-core, STS", "pop_core.js POST", "rpc", temporary=True, wording=POP_CORE),
    js("product", "ice.js", "acs3", environment=JS_ICE),
    *old_versions(),
    on_old_core("1.0.0", "Python 1.0.0, STS", "python_v2.py sync", temporary=True),
    on_old_core("5.0.7", "Python 5.0.7, STS", "python_v2.py sync", temporary=True),
    on_old_core("5.0.7", "call_api, form, v2", "python_generic.py form POST v2"),
)
"""Clients that need an environment of their own."""

SM3 = Client("Python, sync, SM3", "python_v2.py sync ACS3-HMAC-SM3", "acs3")
WITH_SM3 = pytest.mark.skipif(
    "sm3" not in hashlib.algorithms_available, reason="this Python's OpenSSL has no SM3"
)

CLIENTS = [
    *(pytest.param(client, id=client.name) for client in HERE),
    pytest.param(SM3, id=SM3.name, marks=WITH_SM3),
    *(pytest.param(client, id=client.name, marks=pytest.mark.clients) for client in ELSEWHERE),
]


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


def callers(ims: FakeIms, *, temporary: bool) -> dict[str, dict[str, str | None]]:
    """Who calls, in stories/story.py's words."""
    keys = ims.ram.temporary_keys() if temporary else ims.ram.default
    user = {
        "endpoint": ims.endpoint,
        "access_key_id": keys.access_key_id,
        "access_key_secret": keys.access_key_secret,
        "security_token": keys.security_token,
    }
    return {
        "user": user,
        "wrong secret": {**user, "access_key_secret": "wrong"},
        "unknown key": {**user, "access_key_id": "LTAIunknown"},
    }


def aliased(value: Any, ids: Mapping[str, str]) -> Any:
    """With aliases in the place of MediaIds."""
    text = json.dumps(value)
    for media_id, alias in ids.items():
        text = text.replace(media_id, alias)
    return json.loads(text)


def seen_in(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an answer that is compared."""
    if "MediaInfo" not in answer:
        return {"MediaId": answer["MediaId"]}
    basic = answer["MediaInfo"]["MediaBasicInfo"]
    shown = {name: basic[name] for name in ("MediaId", *VIDEO, "Status")}
    return {**shown, "files": len(answer["MediaInfo"]["FileInfoList"])}


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
    steps = [
        {"caller": step.caller, "action": step.action, "parameters": step.parameters}
        for step in STORY
    ]
    task = {"callers": callers(fake_ims, temporary=client.temporary), "steps": steps}
    done = subprocess.run(
        command, input=json.dumps(task), env=variables, cwd=tmp_path, capture_output=True,
        text=True, timeout=TIME_OUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    told = json.loads(done.stdout)
    answered = [one["answer"]["MediaId"] for one in told if "MediaId" in one.get("answer", {})]
    ids = {media_id: f"id{n}" for n, media_id in enumerate(dict.fromkeys(answered), 1)}
    shown = [
        said_in(one["refused"], client.wording) if "refused" in one else seen_in(one["answer"])
        for one in aliased(told, ids)
    ]
    assert list(zip([step.name for step in STORY], shown, strict=True)) == client.story

    asked = [
        (call.action, lowered(aliased(dict(call.parameters), ids)), call.status, call.code)
        for call in fake_ims.calls
    ]
    assert asked == [
        (step.action, lowered(step.parameters), *code_of(step.outcome)) for step in STORY
    ]
    assert {(call.scheme, call.http_method) for call in fake_ims.calls} == {
        (client.scheme, client.method)
    }


def code_of(outcome: Mapping[str, Any] | Refusal) -> tuple[int, str | None]:
    """Status and code of what the service answers."""
    return (outcome.status, outcome.code) if isinstance(outcome, Refusal) else (200, None)
