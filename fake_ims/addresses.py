"""Addresses to listen on: taking them, or saying in one line why they cannot be had."""

from __future__ import annotations

import errno
import socket
import sys
from typing import Any


class ListenError(OSError):
    """A listener could not take its address; the message is one line for a person."""


def endpoint_of(host: str, port: int) -> str:
    """Host and port as in a URL: ``127.0.0.1:40213``, ``[::1]:40213``."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets for each address of the host ("localhost" often has two), on one port.

    :raises ListenError: if there is none that can be had.
    """
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        addresses = sorted({(info[0], info[4][0]) for info in found}, key=_ipv4_first)
        return _listen_on(addresses, port)
    except (OSError, OverflowError, UnicodeError) as error:
        number = error.errno if isinstance(error, OSError) else None
        why = {
            errno.EADDRINUSE: "another program has this port (port 0 takes a free one)",
            errno.EACCES: "not permitted (ports below 1024 need privileges)",
            errno.EADDRNOTAVAIL: "this machine does not have that address",
        }.get(number or 0, str(error))
        refused = ListenError(f"cannot listen on {endpoint_of(host, port)}: {why}")
        refused.errno = number
        raise refused from error


def _ipv4_first(address: tuple[int, object]) -> tuple[bool, str]:
    return address[0] != socket.AF_INET, str(address[1])


def _listen_on(
    addresses: list[tuple[Any, Any]], port: int, attempts: int = 16
) -> list[socket.socket]:
    listening: list[socket.socket] = []
    same_port = port
    try:
        for family, host in addresses:
            sock = _bound(family, host, same_port, only_ipv6=len(addresses) > 1)
            if sock is not None:
                listening.append(sock)
                same_port = sock.getsockname()[1]
        if not listening:
            raise OSError(errno.EADDRNOTAVAIL, "no such address")
    except BaseException as error:
        for sock in listening:
            sock.close()
        busy = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        if busy and not port and attempts:  # free on the first address, taken on the second
            return _listen_on(addresses, port, attempts - 1)
        raise
    return listening


def _bound(family: int, host: str, port: int, *, only_ipv6: bool) -> socket.socket | None:
    """None when the machine has no such address, as with ::1 where IPv6 is switched off."""
    sock = None
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
        if sys.platform == "win32":  # where SO_REUSEADDR shares the port with other programs
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6 and only_ipv6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.listen(1024)
        sock.setblocking(False)
    except BaseException as error:
        if sock is not None:
            sock.close()
        if isinstance(error, OSError) and error.errno in (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL):
            return None
        raise
    return sock
