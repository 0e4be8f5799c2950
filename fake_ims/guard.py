"""The guard: what it answers for a host of Alibaba Cloud, and how it gets into other resolvers.

:mod:`fake_ims.lookout` watches the network and imports this module when there is something
to refuse, or when one of :data:`RESOLVERS` is imported.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from fake_ims.hooks import find_and_meet

if TYPE_CHECKING:
    from fake_ims.settings import Settings

RESOLVERS: Final[Mapping[str, tuple[str, Mapping[str, int]]]] = {
    "aiodns": (
        "DNSResolver",
        dict.fromkeys(("getaddrinfo", "gethostbyname", "query", "query_dns"), 0),
    ),
    "uvloop": ("Loop", {"getaddrinfo": 0, "create_connection": 1}),
}
"""Modules that look names up without Python's socket module: a class, its methods, and the place
of the host among their arguments."""


class RealCloudRefusedError(ConnectionRefusedError):
    """The test process was about to reach a host of Alibaba Cloud."""


def check(host: str, settings: Settings) -> None:
    """Let a host of Alibaba Cloud through, if the settings say so.

    :param host: in lower case, without a trailing dot.
    :raises RealCloudRefusedError: otherwise; the message says how to go on.
    """
    if not settings.guard:
        return
    if any(fnmatchcase(host, each.lower().rstrip(".")) for each in settings.allow_hosts):
        return
    # An OSError of two arguments: clients show its strerror.
    raise RealCloudRefusedError(
        errno.ECONNREFUSED,
        f"fake_ims does not let this test reach {host}, the real Alibaba Cloud. Point the client "
        "at the fake: use fake_ims.sdk_config(), or endpoint=fake_ims.endpoint with "
        "protocol='http'; the fixture fake_ims_redirect catches calls to the real IMS. "
        f"If the test needs this host, set fake_ims_allow_hosts = {host} "
        "(* stands for anything); fake_ims_guard = false turns the guard off.",
    )


def wrap_resolver(
    module_name: str, module: ModuleType, wrap: Callable[[type, str, int], None]
) -> None:
    """Put the guard before each method of a module in :data:`RESOLVERS` that its version has.

    :param wrap: called with a class, the name of a method, and the place of the host.
    """
    class_name, methods = RESOLVERS[module_name]
    owner: Any = getattr(module, class_name, None)
    for name, place in methods.items():
        if hasattr(owner, name):
            wrap(owner, name, place)


def find_resolver(
    name: str,
    path: Sequence[str] | None,
    target: ModuleType | None,
    *,
    after: object,
    wrap: Callable[[type, str, int], None],
) -> ModuleSpec | None:
    """The spec of a module in :data:`RESOLVERS`, which wraps its methods when it is loaded.

    :param after: the finder that asks; those behind it on ``sys.meta_path`` find the module.
    """

    def met(module: ModuleType) -> None:
        wrap_resolver(module.__name__, module, wrap)

    return find_and_meet(name, path, target, after=after, met=met)
