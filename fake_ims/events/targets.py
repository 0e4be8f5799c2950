"""Targets: where the callback of an event goes, and how it is signed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from fake_ims.events.configuration import CallbackConfiguration
    from fake_ims.settings import Settings

QUEUE_PREFIX: Final = "ice-callback-"
"""What the name of a queue that takes callbacks begins with (documented)."""


class Target(NamedTuple):
    """A receiver of callbacks: a URL byte for byte, or the name of a queue.

    ``auth_key`` signs what is posted to a URL.
    """

    kind: Literal["http", "queue"]
    address: str
    auth_key: str | None = None


def targets_of(
    event_type: str,
    user_data: str | None,
    configuration: CallbackConfiguration | None,
    settings: Settings,
) -> tuple[Target, ...]:
    """The receivers of an event.

    :param user_data: of the task that the event ends. What it names is used instead of what
        SetEventCallback set, or besides, as the setting ``notify_address`` says; whether for any
        event, as ``notify_events`` says.
    """
    everywhere = None if configuration is None else configuration.target_of(event_type, settings)
    own = address_in(user_data)
    if own is None or (everywhere is None and settings.notify_events == "listed"):
        return () if everywhere is None else (everywhere,)
    key = None if configuration is None else configuration.signs
    if own.kind == "http" and key is not None and settings.notify_signature == "signed":
        own = own._replace(auth_key=key)
    if everywhere is None or settings.notify_address == "replace":
        return (own,)
    if everywhere[:2] == own[:2]:
        return (everywhere,)  # one receiver, one callback
    return everywhere, own


def address_in(user_data: str | None) -> Target | None:
    """The receiver that the UserData of a task names, if it names one.

    ``NotifyAddress`` is a URL or the name of a queue, ``CallbackURL`` in ``MessageCallback`` a URL
    (documented, the latter for RegisterMediaStream). Both are read in any UserData, the former
    first, and each may be either. Anything may stand there: what is no address names none, and the
    event goes where all others go (inferred).
    """
    if not user_data:
        return None
    try:
        document = json.loads(user_data)
    except (ValueError, RecursionError):
        return None
    address = _text_of(document, "NotifyAddress")
    if address is None and isinstance(document, dict):
        address = _text_of(document.get("MessageCallback"), "CallbackURL")
    if address is None:
        return None
    if address.startswith(QUEUE_PREFIX):
        return Target("queue", address)
    return http_url(address)


def _text_of(document: Any, name: str) -> str | None:
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) and value else None


def http_url(text: str) -> Target | None:
    """The receiver at a URL; None for what is no ``http://`` or ``https://`` URL with a host."""
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return Target("http", text) if known and text.isprintable() and " " not in text else None


def signature_headers(url: str, auth_key: str, timestamp: int) -> tuple[tuple[str, str], ...]:
    """The headers that sign a callback (documented).

    :param url: the CallbackURL, as it was set.
    :param timestamp: seconds since 1970.
    """
    signed = hashlib.md5(f"{url}|{timestamp}|{auth_key}".encode(), usedforsecurity=False)
    return (("X-ICE-TIMESTAMP", str(timestamp)), ("X-ICE-SIGNATURE", signed.hexdigest()))
