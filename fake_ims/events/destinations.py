"""Where a callback's URL leads, and whether it may be contacted: this machine, or an allowed host.

Nothing here asks a DNS server about a name that is not allowed: whoever tests offline, or with a
callback URL of production, must neither wait for an answer nor give the name away.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import socket
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, TypeAlias
from urllib.parse import SplitResult, quote, unquote_to_bytes, urlsplit

from fake_ims.texts import quoted

Address: TypeAlias = "tuple[int, tuple[Any, ...]]"
"""A socket's family and its address."""

_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9_~.-]+|[0-9a-f.]*:[0-9a-f:.]*(%[A-Za-z0-9_.~-]+)?")
_NUMERIC: Final = re.compile(r"[0-9a-fx.]+|.*:.*")
_HERE: Final = ("127.0.0.1", "::1")
_AS_IT_IS: Final = "/%:@!$&'()*+,;=~-._"


class DestinationError(ValueError):
    """Nothing can be posted to this URL; the message says why."""


class NotAllowedError(Exception):
    """The URL leads to another machine; the message says how to allow that."""


@dataclass(frozen=True, slots=True)
class Destination:
    """What a URL says: ``host`` in lower case and ASCII, ``target`` as the request line has it.

    ``host_header`` names no port that is the scheme's own. User name and password of the URL become
    ``authorization``, as most HTTP clients send them (what the service does is not known).
    """

    scheme: str
    host: str
    port: int
    target: str
    authorization: str = ""

    @property
    def endpoint(self) -> str:
        """Host and port as in a URL."""
        return f"{self._bracketed}:{self.port}"

    @property
    def host_header(self) -> str:
        """The header Host."""
        return self._bracketed if self.port == _PORTS[self.scheme] else self.endpoint

    @property
    def _bracketed(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def parse(url: str) -> Destination:
    """What a URL says. What a URL cannot hold, non-ASCII letters and spaces, is percent-encoded;
    the fragment is left out.

    :raises DestinationError: if nothing can be posted to it.
    """
    try:
        parts = urlsplit(url)  # takes line ends and tabs out, in lower case the scheme
        if parts.scheme not in _PORTS:
            raise ValueError("it begins with neither http:// nor https://")
        port = _PORTS[parts.scheme] if parts.port is None else parts.port
        if port == 0:
            raise ValueError("there is no port 0")
        host = _host_of(parts)
    except ValueError as error:
        raise DestinationError(f"not a URL to post to: {quoted(url)}: {error}") from None
    path = quote(parts.path, safe=_AS_IT_IS, errors="replace")
    query = quote(parts.query, safe=_AS_IT_IS + "?", errors="replace")
    return Destination(
        parts.scheme,
        host,
        port,
        (path if path.startswith("/") else "/" + path) + ("?" + query if query else ""),
        _authorization(parts),
    )


def _host_of(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host:
        raise ValueError("no host")
    if not host.isascii():
        host = host.encode("idna").decode().lower()
    bracketed = parts.netloc.rpartition("@")[2].startswith("[")
    if _HOST.fullmatch(host) is None or bracketed != (":" in host):
        raise ValueError(f"{host!r} is not a host name")
    return host


def _authorization(parts: SplitResult) -> str:
    if parts.username is None:
        return ""
    # Lone surrogates cannot be sent; what urlsplit leaves in is of any kind.
    pair = f"{parts.username}:{parts.password or ''}".encode("utf-8", "replace")
    return "Basic " + base64.b64encode(unquote_to_bytes(pair)).decode()


def addresses_of(where: Destination, allow_hosts: Iterable[str]) -> list[Address]:
    """The addresses to try, in order: loopback ones, and those of hosts that are allowed.

    :param allow_hosts: patterns of names (``*`` stands for anything), and addresses.
    :raises NotAllowedError: if there is none.
    :raises OSError: if an allowed name cannot be looked up.
    """
    allowed = [_plain(pattern) for pattern in allow_hosts]
    known = _without_dns(where.host)
    if _fits(where.host, allowed):
        found = _look_up(where.host, where.port) if known is None else known
        return _addresses(found, where.port)
    may_be = [each for each in known or () if is_loopback(each) or _fits(each, allowed)]
    if not may_be:
        raise NotAllowedError(
            f"nothing was sent to {where.host}, which is no loopback address; the setting "
            f"callback_hosts={where.host} allows it"
        )
    return _addresses(may_be, where.port)


def is_loopback(address: str) -> bool:
    """Whether a numeric address is this machine's alone: 127.0.0.0/8, ::1, and the former mapped
    into IPv6. 0.0.0.0 and :: are not.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        return parsed.ipv4_mapped.is_loopback
    return parsed.is_loopback


def _plain(host: str) -> str:
    """A host or a pattern of hosts, as hosts are compared: no brackets, no dot at the end."""
    host = host.strip().lower()
    if host.startswith("[") and host.endswith("]") and ":" in host:
        host = host[1:-1]
    if not host.isascii():
        with contextlib.suppress(UnicodeError):
            host = host.encode("idna").decode()
    with contextlib.suppress(ValueError):
        return str(ip_address(host))
    return host.rstrip(".")


def _fits(host: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(_plain(host), pattern) for pattern in patterns)


def _without_dns(host: str) -> list[str] | None:
    """The numeric addresses of a host, as far as this machine knows them by itself."""
    if _NUMERIC.fullmatch(host):
        with contextlib.suppress(OSError):  # a name, like dead.cafe
            return _look_up(host, None, socket.AI_NUMERICHOST)
    name = host.rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761: never asked for
        return list(_HERE)
    return list(_from_hosts_file(name)) or None


def _look_up(host: str, port: int | None, flags: int = 0) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except UnicodeError as error:  # parts that no name has: empty ones, long ones
        raise OSError(str(error)) from None
    return [str(info[4][0]) for info in found]


def hosts_file() -> str:
    """The file in which this system keeps names of its own."""
    if sys.platform == "win32":
        root = os.environ.get("SYSTEMROOT", r"C:\Windows")
        return os.path.join(root, r"System32\drivers\etc\hosts")
    return "/etc/hosts"


def _from_hosts_file(name: str) -> Iterator[str]:
    try:
        with open(hosts_file(), encoding="utf-8", errors="replace") as file:
            text = file.read().lower()
    except OSError:
        return
    if name not in text:  # some are of a hundred thousand lines
        return
    for line in text.splitlines():
        address, *names = line.partition("#")[0].split() or [""]
        if name in names:
            with contextlib.suppress(ValueError):
                yield str(ip_address(address))


def _addresses(found: Iterable[str], port: int) -> list[Address]:
    """Socket addresses; numeric, so that connecting looks nothing up again."""
    addresses: list[Address] = []
    for each in dict.fromkeys(found):
        flags = socket.AI_NUMERICHOST
        infos = socket.getaddrinfo(each, port, type=socket.SOCK_STREAM, flags=flags)
        addresses += [(int(info[0]), info[4]) for info in infos]
    return addresses
