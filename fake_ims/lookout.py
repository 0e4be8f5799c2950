"""The lookout of the guard: it sees which hosts this process is about to reach.

The pytest plugin imports it in every run, so it imports little; :mod:`fake_ims.guard` has the rest.
"""

from __future__ import annotations

import contextlib
import functools
import socket
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    from fake_ims.settings import Settings


class Lookout:
    """Refuses to look up, and so to connect to, hosts of Alibaba Cloud, until it is stopped.

    It watches Python's audit events. What resolves a name before its audit event, or without
    one, is wrapped: methods of sockets, and the resolvers of :mod:`fake_ims.guard`, which are
    seen when they are imported.

    :param settings: which hosts are let through; asked when there is one to refuse.
    """

    _EVENTS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})
    _SOCKET_METHODS = ("connect", "connect_ex", "sendto")
    _RESOLVERS = ("aiodns", "uvloop")

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings: Callable[[], Settings] | None = settings
        self._undo = contextlib.ExitStack()
        self._refused: list[str] = []

    def start(self) -> None:
        """Watch from now on."""
        sys.addaudithook(self._audit)
        for name in self._SOCKET_METHODS:
            self._wrap(socket.socket, name, -1)
        for name in self._RESOLVERS:
            if (module := sys.modules.get(name)) is not None:
                from fake_ims.guard import wrap_resolver

                wrap_resolver(name, module, self._wrap)
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Put everything back. An audit hook cannot be removed; this one does nothing any more."""
        self._settings = None
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        self._undo.close()

    def take_refused(self) -> list[str]:
        """The hosts that were refused since the last time."""
        taken, self._refused = self._refused, []
        return taken

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event in self._EVENTS and self._settings is not None:
            self._look(args[0])

    def _look(self, host: object) -> None:
        name, settings = _name_of(host), self._settings
        if f".{name}".endswith(".aliyuncs.com") and settings is not None:
            from fake_ims.guard import RealCloudRefusedError, check

            try:
                check(name, settings())
            except RealCloudRefusedError:
                self._refused.append(name)
                raise

    def _wrap(self, owner: type, name: str, place: int) -> None:
        """Look at one argument of a method, a host or an address, before it is called."""
        before = owner.__dict__.get(name)
        method = getattr(owner, name)

        @functools.wraps(method)
        def guarded(self_: Any, *args: Any, **kwargs: Any) -> Any:
            host = args[place] if -len(args) <= place < len(args) else kwargs.get("host")
            self._look(host[0] if isinstance(host, tuple) and host else host)
            return method(self_, *args, **kwargs)

        def undo() -> None:
            if owner.__dict__.get(name) is not guarded:
                return  # somebody else has wrapped it since, and keeps ours, which is idle now
            if before is None:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

        setattr(owner, name, guarded)
        self._undo.callback(undo)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the resolvers, to wrap them when they are loaded; nothing else."""
        if name not in self._RESOLVERS:
            return None
        from fake_ims.guard import find_resolver

        return find_resolver(name, path, target, after=self, wrap=self._wrap)


def _name_of(host: object) -> str:
    """A host in lower case and ASCII, without a trailing dot; empty for what is no name."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("latin-1")
    if not isinstance(host, str):
        return ""
    if not host.isascii():  # the dots and letters that IDNA takes for others
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            return ""
    return host.rstrip(".").lower()
