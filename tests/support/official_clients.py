"""The official clients that tell the stories, and how they word a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from environments import Recipe, node, python
from stories import Refusal

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


class Lacks(NamedTuple):
    """What an old client does not have of what the stories need, and cannot send.

    ``parameters`` as ``Action.Name``. Of answers it does not show what is newer than it is.
    """

    operations: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()

    def of(self, calls: Iterable[tuple[str, Iterable[str]]]) -> Lacks:
        """The part of it that matters to calls, each an action with the names it sends."""
        made = [(action, {*names}) for action, names in calls]
        sent = {f"{action}.{name}" for action, names in made for name in names}
        return Lacks(self.operations & {action for action, _ in made}, self.parameters & sent)


NOTHING = Lacks()


@dataclass(frozen=True)
class Client:
    """A client and how it is told the story.

    :param command: the program in ``stories/`` and its arguments.
    :param scheme: how it signs.
    :param environment: what it needs; by default what the tests themselves run in.
    :param temporary: it calls with temporary keys.
    :param wording: how it words what the service said.
    :param wrong_secret: what it shows for a wrong secret, where that is not what the service said.
    :param lacks: what it does not have.
    """

    name: str
    command: str
    scheme: str
    environment: Recipe | None = None
    temporary: bool = False
    method: str = "POST"
    wording: re.Pattern[str] = TEA
    wrong_secret: Refusal | None = None
    lacks: Lacks = NOTHING

    @property
    def reads_xml(self) -> bool:
        """Whether it asks for XML."""
        return self.command.endswith(" xml")


CORES = {
    "1.0.0": {"tea-openapi": "0.2.5", "tea": "0.2.9", "tea-util": "0.3.5",
              "openapi-util": "0.1.4", "credentials": "0.1.4"},
    "1.1.6": {"tea-openapi": "0.3.1", "tea": "0.2.8", "tea-util": "0.3.5",
              "openapi-util": "0.1.6", "credentials": "0.2.0"},
    "2.7.0": {"tea-openapi": "0.3.10", "tea": "0.3.6", "tea-util": "0.3.12",
              "openapi-util": "0.2.2", "credentials": "0.3.4"},
    "5.0.7": {"tea-openapi": "0.3.16", "tea": "0.4.2", "tea-util": "0.3.13",
              "openapi-util": "0.2.2", "credentials": "1.0.2"},
    "6.4.2": {"tea-openapi": "0.3.15", "tea": "0.4.3", "tea-util": "0.3.13",
              "openapi-util": "0.2.2", "credentials": "1.0.2"},
}  # fmt: skip
"""Versions of the Python product package, and a core of their time.

For 1.1.6, 2.7.0 and 6.4.2 it is what was newest on the day of the release; for 5.0.7 a later one of
the line 0.3; for 1.0.0 a later one of the line 0.2: Tea before 0.2.8 bundles an aiohttp that needs
the module cgi, which Python 3.13 no longer has.
"""

SIGNED_IN_HEADERS = ("1.1.6",)
"""Of these versions; the others sign in the query."""


_LATER_OPERATIONS = frozenset({
    "AddCategory", "UpdateCategory", "DeleteCategory", "GetCategories", "AddMediaMarks",
    "UpdateMediaMarks", "ListMediaMarks", "GetMediaMarks", "DeleteMediaMarks", "SearchMedia",
    "SearchMediaByHybrid", "RegisterMediaStream", "GetPlayInfo", "CreateUploadMedia",
    "RefreshUploadMedia", "UploadMediaByURL", "GetUrlUploadInfos", "SubmitSmarttagJob",
    "QuerySmarttagJob", "SetContentAnalyzeConfig", "GetContentAnalyzeConfig", "CreateSearchLib",
    "ListSearchLib", "QuerySearchLib", "AlterSearchLib", "DropSearchLib", "InsertMediaToSearchLib",
    "UpdateMediaToSearchLib", "DeleteMediaFromSearchLib", "QueryMediaIndexJob", "GetStorageList",
    "StartWorkflow", "GetWorkflowTask",
})  # fmt: skip
_LATER_PARAMETERS = frozenset({
    "RegisterMediaInfo.CateId", "RegisterMediaInfo.ReferenceId", "UpdateMediaInfo.CateId",
    "DeleteMediaInfos.DeletePhysicalFiles", "ListMediaBasicInfos.MediaId",
})  # fmt: skip
_AUTH_TIMEOUTS = frozenset({
    f"{action}.AuthTimeout"
    for action in ("GetMediaInfo", "BatchGetMediaInfos", "ListMediaBasicInfos", "GetPlayInfo")
})  # fmt: skip
_JOBS = frozenset({
    "SubmitSnapshotJob", "GetSnapshotJob", "ListSnapshotJobs", "GetSnapshotUrls",
    "SubmitMediaInfoJob", "GetMediaInfoJob", "ListMediaInfoJobs", "SubmitSyncMediaInfoJob",
})  # fmt: skip
_STORAGE = frozenset({"GetDefaultStorageLocation", "SetDefaultStorageLocation"})
_CALLBACKS = frozenset({"SetEventCallback", "GetEventCallback"})
_CALLBACK_PARAMETERS = frozenset({
    f"SetEventCallback.{name}"
    for name in ("CallbackType", "CallbackURL", "AuthSwitch", "AuthKey")
})  # fmt: skip
_NEWEST_PARAMETERS = frozenset({
    "CreateSearchLib.SearchLibConfig", "InsertMediaToSearchLib.Namespace",
    "RegisterMediaStream.StreamTags", "SearchMedia.CustomFilters", "SearchMediaByHybrid.UtcCreate",
})  # fmt: skip

_NEWEST_OPERATIONS = frozenset({"AlterSearchLib", "ListWorkflowTasks"})
_SKIP = "StartWorkflow.SkipInputVerification"

LACKING = {
    "1.0.0": Lacks(
        _LATER_OPERATIONS
        | _NEWEST_OPERATIONS
        | _JOBS
        | _CALLBACKS
        | _STORAGE
        | {"BatchGetMediaInfos"},
        _LATER_PARAMETERS | {"GetMediaInfo.AuthTimeout", "ListMediaBasicInfos.AuthTimeout"},
    ),
    "1.1.6": Lacks(
        _LATER_OPERATIONS | _NEWEST_OPERATIONS | _JOBS,
        _LATER_PARAMETERS | _CALLBACK_PARAMETERS | _AUTH_TIMEOUTS - {"GetPlayInfo.AuthTimeout"},
    ),
    "2.7.0": Lacks(
        _NEWEST_OPERATIONS | {"ListSearchLib"}, _AUTH_TIMEOUTS | _NEWEST_PARAMETERS | {_SKIP}
    ),
    "5.0.7": Lacks(_NEWEST_OPERATIONS, _AUTH_TIMEOUTS | _NEWEST_PARAMETERS | {_SKIP}),
    "6.4.2": Lacks(_NEWEST_OPERATIONS, _NEWEST_PARAMETERS),
}
"""By version of the Python product package."""


def ice(version: str, core: Mapping[str, str] | None = None) -> Recipe:
    """A version of the Python product package on some core, by default on the newest."""
    pins = [f"alibabacloud-{name}=={of}" for name, of in (core or {}).items()]
    return python(f"alibabacloud-ice20201109=={version}", *pins)


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
                yield Client(name, f"python_v2.py {kind}", scheme, recipe, lacks=LACKING[version])


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

JS = node(
    "@alicloud/openapi-client", "@alicloud/tea-util", "@alicloud/openapi-core",
    "@darabonba/typescript", "@alicloud/pop-core",
)  # fmt: skip
JS_ICE = node("@alicloud/ice20201109")


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
