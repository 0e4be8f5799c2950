"""What a fault is for the code under test: the exception that each official client makes of it.

Each client is the unmodified package in a process of its own; ``faults/`` has the programs. The
table of docs/faults.md is made from the expectations here.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from environments import Recipe
from official_clients import CORES, JS, ice
from running import command_line

from fake_ims import FakeIms

PROGRAMS = Path(__file__).with_name("faults")
PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
TIME_OUT = 60  # seconds after which a client is taken to hang
PATIENCE = 800  # milliseconds for which the clients wait for an answer

# ---------------------------------------------------------------- the faults


class Said(NamedTuple):
    """What the service says."""

    status: int
    code: str
    message: str


class Fault(NamedTuple):
    """A fault, as docs/faults.md writes it, and whether the asset is registered.

    ``said``: it is an error of the service, which every client shows in its own words.
    """

    written: str
    options: Mapping[str, Any]
    registered: bool
    said: Said | None = None


FORBIDDEN = Said(403, "Forbidden", "User not authorized to operate on the specified resource.")
INTERNAL = Said(
    500, "InternalError", "The request processing has failed due to some unknown error."
)
THROTTLED = Said(400, "Throttling.User", "Request was denied due to user flow control.")
PATIENT = {"latency": PATIENCE * 8 / 1000}

FAULTS = {
    # These first: each ends its connection, and the JavaScript clients watch the time of a new
    # connection only.
    "late": Fault("`latency` beyond the client's read time-out", PATIENT, True),
    "never": Fault("the same with `after_work=False`", {**PATIENT, "after_work": False}, False),
    "dribbling": Fault("`slow` beyond it", {"slow": PATIENCE * 2 / 1000}, True),
    "4xx": Fault('`code="Forbidden"`', {"code": "Forbidden"}, False, FORBIDDEN),
    "5xx": Fault('`code="InternalError"`', {"code": "InternalError"}, False, INTERNAL),
    "throttled": Fault('`code="Throttling.User"`', {"code": "Throttling.User"}, False, THROTTLED),
    "wait": Fault(
        '... with `retry_after="2s"`',
        {"code": "Throttling.User", "retry_after": "2s"},
        False,
        THROTTLED,
    ),
    "empty": Fault("`status=503`", {"status": 503}, False),
    "no code": Fault(
        '`status=503, body={"error": "busy"}`', {"status": 503, "body": {"error": "busy"}}, False
    ),
    "proxy": Fault('`answer="html"`', {"answer": "html"}, False),
    "malformed": Fault('`answer="malformed"`', {"answer": "malformed"}, True),
    "half": Fault('`answer="half"`', {"answer": "half"}, True),
    "reset": Fault("`reset=True`", {"reset": True}, False),
    "reset late": Fault("`reset=True, after_work=True`", {"reset": True, "after_work": True}, True),
    "bearable": Fault(
        "`latency`, `slow` within the read time-out", {"latency": 0.02, "slow": 0.02}, True
    ),
}


def url_of(name: str) -> str:
    return f"oss://my-bucket/{name.replace(' ', '-')}.mp4"


# ---------------------------------------------------------------- the clients


class Seen(NamedTuple):
    """An exception: its class (in JavaScript its name), what its message matches, the rest."""

    kind: str
    message: str = ".*"
    code: str | None = None
    status: int | None = None
    retry_after: int | None = None


@dataclass(frozen=True)
class Family:
    """Clients that show the same.

    :param wording: what becomes of the message of an error.
    :param others: what they see of faults that are no errors of the service; None is no exception.
    :param kinds: the class of an exception, by status, or ``throttled`` and ``wait``; a template.
    """

    wording: str
    kinds: Mapping[int | str, str]
    others: Mapping[str, Seen | None]
    has_status: bool = True
    has_retry_after: bool = False

    def seen(self, name: str) -> Seen | None:
        """What its user sees of a fault."""
        said = FAULTS[name].said
        if said is None:
            return self.others[name]
        kind = self.kinds.get(name) or self.kinds[said.status // 100]
        return Seen(
            kind.format(code=said.code),
            self.wording.format(**{**said._asdict(), "message": re.escape(said.message)}),
            said.code,
            said.status if self.has_status else None,
            2000 if name == "wait" and self.has_retry_after else None,
        )

    def cell(self, name: str) -> str:
        """The same in the table of docs/faults.md."""
        seen = self.seen(name)
        if seen is None:
            return "nothing"
        of_service = FAULTS[name].said is not None
        code = f", code `{seen.code}`" if seen.code and not of_service else ""
        retry = f", `retry_after` {seen.retry_after}" if seen.retry_after else ""
        return f"`{seen.kind}`{code}{retry}"


ID = "[0-9A-F-]{{36}}"
TEA = rf"code: {{status}}, {{message}} request id: {ID}"
NO_JSON = "Failed to parse the value as json format, Value: .*"
RESET = ".*reset by peer.*"
LATE = ".*(Read timed out|Timeout on reading data).*"
CUT = ".*(IncompleteRead|not completed).*"


def python_v2(unreadable: str, half: str, **options: Any) -> Family:
    """What the V2 Python SDK makes of what is no error of the service."""
    retriable = "UnretryableException"
    of_5xx = options["kinds"][5]
    status = 503 if options.get("has_status", True) else None
    others = {
        "late": Seen(retriable, LATE),
        "never": Seen(retriable, LATE),
        "dribbling": None,
        "empty": Seen(unreadable, f".*{NO_JSON}"),
        "no code": Seen(of_5xx, "code: 503, None request id: None", "None", status),
        "proxy": Seen(unreadable, f".*{NO_JSON}"),
        "malformed": Seen(unreadable, f".*{NO_JSON}"),
        "half": Seen(half, CUT),
        "reset": Seen(retriable, RESET),
        "reset late": Seen(retriable, RESET),
        "bearable": None,
    }
    return Family(TEA, others=others, **options)


NEWEST_KINDS = {4: "ClientException", 5: "ServerException", "wait": "ThrottlingException"}
TEA_KINDS = {4: "TeaException", 5: "TeaException"}
PYTHON = python_v2(
    "UnretryableException", "UnretryableException", kinds=NEWEST_KINDS, has_retry_after=True
)
PYTHON_03 = python_v2("RuntimeError", "UnretryableException", kinds=TEA_KINDS)
PYTHON_03_ASYNC = python_v2("RuntimeError", "ClientPayloadError", kinds=TEA_KINDS)
PYTHON_02 = python_v2("RuntimeError", "ChunkedEncodingError", kinds=TEA_KINDS, has_status=False)
PYTHON_02_ASYNC = python_v2("RuntimeError", "ClientPayloadError", kinds=TEA_KINDS, has_status=False)

V1_LATE = Seen("ClientException", LATE, "SDK.HttpError")
V1_RESET = Seen("ClientException", RESET, "SDK.HttpError")


def v1_unknown(status: int, body: str) -> Seen:
    message = f"ServerResponseBody: {body}"
    return Seen("ServerException", message, "SDK.UnknownServerError", status)


V1 = Family(
    "{message}",
    {4: "ServerException", 5: "ServerException"},
    {
        "late": V1_LATE,
        "never": V1_LATE,
        "dribbling": None,
        "empty": v1_unknown(503, ""),
        "no code": v1_unknown(503, '{"error": "busy"}'),
        "proxy": v1_unknown(502, "<html>.*"),
        "malformed": None,
        "half": None,
        "reset": V1_RESET,
        "reset late": V1_RESET,
        "bearable": None,
    },
)


ABORTED = Seen("Error", "aborted", "ECONNRESET")
JS_LATE = Seen("RequestTimeoutError", "ReadTimeout.*")


def javascript(wording: str, dribbling: Seen, no_code: Seen | None, **options: Any) -> Family:
    """What a JavaScript client makes of what is no error of the service."""
    unreadable = Seen("SyntaxError")
    reset = Seen("Error", "read ECONNRESET.*", "ECONNRESET")
    others = {
        "late": JS_LATE,
        "never": JS_LATE,
        "dribbling": dribbling,
        "empty": unreadable,
        "no code": no_code,
        "proxy": unreadable,
        "malformed": unreadable,
        "half": ABORTED,
        "reset": reset,
        "reset late": reset,
        "bearable": None,
    }
    return Family(wording, others=others, **options)


TEA_JS = f"{{code}}: {TEA}"
NO_CODE = "undefined: code: 503, undefined request id: undefined"
CORE_KINDS = {
    4: "ClientError", 5: "ServerError", "throttled": "ThrottlingError", "wait": "ThrottlingError",
}  # fmt: skip
OPENAPI_CORE = javascript(
    TEA_JS, ABORTED, Seen("ServerError", NO_CODE, "undefined", 503),
    kinds=CORE_KINDS, has_retry_after=True,
)  # fmt: skip
OPENAPI_CLIENT = javascript(
    TEA_JS, ABORTED, Seen("Error", NO_CODE, "undefined", 503),
    kinds={4: "Error", 5: "Error"},
)  # fmt: skip
POP_CORE = javascript(
    "{message}, URL: http://.*", JS_LATE, None,
    kinds={4: "{code}Error", 5: "{code}Error"},
)  # fmt: skip

COLUMNS = {
    "Python, core 0.4": [PYTHON],
    "Python, cores 0.2 and 0.3": [PYTHON_03, PYTHON_03_ASYNC, PYTHON_02, PYTHON_02_ASYNC],
    "Python V1": [V1],
    "JS openapi-core": [OPENAPI_CORE],
    "JS openapi-client": [OPENAPI_CLIENT],
    "JS pop-core": [POP_CORE],
}
"""Of the table in docs/faults.md."""


@dataclass(frozen=True)
class Client:
    """A client, its program in ``faults/``, and what it needs beside what is installed here."""

    name: str
    command: str
    family: Family
    environment: Recipe | None = None


HERE = (
    Client("Python, sync", "see_python_v2.py sync", PYTHON),
    Client("Python, async", "see_python_v2.py async", PYTHON),
    Client("Python V1", "see_python_v1.py", V1),
)
ICE_5, ICE_1 = (ice(version, CORES[version]) for version in ("5.0.7", "1.0.0"))
ELSEWHERE = (
    Client("Python 5.0.7, sync", "see_python_v2.py sync", PYTHON_03, ICE_5),
    Client("Python 5.0.7, async", "see_python_v2.py async", PYTHON_03_ASYNC, ICE_5),
    Client("Python 1.0.0, sync", "see_python_v2.py sync", PYTHON_02, ICE_1),
    Client("Python 1.0.0, async", "see_python_v2.py async", PYTHON_02_ASYNC, ICE_1),
    Client("openapi-core", "see_openapi_core.js", OPENAPI_CORE, JS),
    Client("openapi-client", "see_openapi_client.js", OPENAPI_CLIENT, JS),
    Client("pop-core", "see_pop_core.js", POP_CORE, JS),
)
CLIENTS = [
    *(pytest.param(client, id=client.name) for client in HERE),
    *(pytest.param(client, id=client.name, marks=pytest.mark.clients) for client in ELSEWHERE),
]

# ---------------------------------------------------------------- what they see


def as_expected(told: Mapping[str, Any] | None, expected: Seen | None) -> Any:
    """What a client told, with the expected message in the place of one that matches it."""
    if told is None:
        return None
    seen = Seen._make(told.get(name) for name in Seen._fields)
    if expected is not None and re.fullmatch(expected.message, seen.message, re.DOTALL):
        seen = seen._replace(message=expected.message)
    return seen


@pytest.mark.parametrize("client", CLIENTS)
def test_what_a_client_shows(
    client: Client, fake_ims: FakeIms, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    program, *arguments = client.command.split()
    command, variables = command_line(PROGRAMS / program, arguments, client.environment, request)
    for name, fault in FAULTS.items():
        options = dict(fault.options)
        if name == "bearable":
            fake_ims.faults.add(InputURL=url_of(name), latency=options.pop("latency"))
        fake_ims.faults.add("RegisterMediaInfo", InputURL=url_of(name), **options)
    access = {
        "endpoint": fake_ims.endpoint,
        "access_key_id": fake_ims.access_key_id,
        "access_key_secret": fake_ims.access_key_secret,
        "patience": PATIENCE,
    }
    task = {"access": access, "urls": [url_of(name) for name in FAULTS]}
    done = subprocess.run(
        command, input=json.dumps(task), env=variables, cwd=tmp_path, capture_output=True,
        text=True, timeout=TIME_OUT, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    told = dict(zip(FAULTS, json.loads(done.stdout), strict=True))
    expected = {name: client.family.seen(name) for name in FAULTS}
    assert {name: as_expected(told[name], expected[name]) for name in FAULTS} == expected
    registered = {asset.input_url for asset in map(fake_ims.assets.__getitem__, fake_ims.assets)}
    assert registered == {url_of(name) for name, fault in FAULTS.items() if fault.registered}
    for name in FAULTS:  # nobody tries again by itself
        fake_ims.calls.assert_called("RegisterMediaInfo", InputURL=url_of(name), times=1)


# ---------------------------------------------------------------- the document


def table() -> Iterator[str]:
    """The table of docs/faults.md."""
    rows = [["fault", "registered", *COLUMNS]]
    for name, fault in FAULTS.items():
        cells = [
            " or ".join(dict.fromkeys(family.cell(name) for family in families))
            for families in COLUMNS.values()
        ]
        rows.append([fault.written, "yes" if fault.registered else "no", *cells])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for number, row in enumerate(rows):
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield f"| {' | '.join(padded)} |"
        if not number:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"


def test_the_table_in_the_document_is_this_one() -> None:
    assert "\n".join(table()) in PAGE.read_text(encoding="utf-8")
