"""Identifiers: what the service draws, and the access keys by which a world is found."""

from __future__ import annotations

import hashlib
import itertools
import random
import re
import secrets
import string
from typing import NamedTuple

_ALPHABET = string.digits + string.ascii_uppercase
_KEY = re.compile(r"(?:LTAI|STS\.)Fake([0-9A-Z]{6})([0-9A-Z]{6})([0-9A-Z]{4})", re.ASCII)


def derived_seed(seed: int, *parts: str) -> int:
    """A seed that follows from another and from texts, and tells nothing of them."""
    text = "\0".join((str(seed), *parts)).encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "big")


class IdGenerator:
    """Draws ids from the world's generator; the caller holds the world's lock."""

    def __init__(self, generator: random.Random) -> None:
        self._random = generator

    def media_id(self) -> str:
        """32 lower-case hex digits with 71 at positions 13 and 14, as real ones have (observed)."""
        bits = self._random.getrandbits(120)
        return f"{bits >> 72:012x}71{bits & ((1 << 72) - 1):018x}"

    def mark_id(self) -> str:
        """``mark-`` and 32 lower-case hex digits, as in the documents' examples."""
        return f"mark-{self._random.getrandbits(128):032x}"


REQUEST_ID = re.compile("[!-~]{1,64}", re.ASCII)
"""What is taken for a RequestId, where one is given: a header can hold it."""


class RequestIds:
    """Draws RequestIds, from any thread: by seed and count, so that they move no other draw."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = itertools.count()

    def draw(self) -> str:
        """An upper-case UUID whose third group starts with 5, as modern answers have (observed)."""
        drawn = f"{self._seed}/{next(self._count)}".encode()
        text = hashlib.blake2b(drawn, digest_size=16).hexdigest().upper()
        return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{text[16:20]}-{text[20:]}"


def _base36(number: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _ALPHABET[digit] + digits
    return digits.rjust(width, "0")


class KeyParts(NamedTuple):
    """What an access key of the fake says: which process, which world, which of its users."""

    worker: str
    world: int
    user: int


def new_worker() -> str:
    """A token for this process, never from a seed: two runs must not take each other's keys."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(6))


def access_key_id(parts: KeyParts) -> str:
    """The key that encodes its parts: 24 characters, beginning LTAI like real ones."""
    return f"LTAIFake{parts.worker}{_base36(parts.world, 6)}{_base36(parts.user, 4)}"


def read_access_key_id(key: str) -> KeyParts | None:
    """The parts of a key that a fake made, or None for any other text."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    return KeyParts(match[1], int(match[2], 36), int(match[3], 36))


def temporary(key: str) -> str:
    """The key in the form of those that STS gives out: beginning ``STS.``, as real ones do."""
    return f"STS.{key.removeprefix('LTAI')}"


def access_key_secret() -> str:
    """30 characters, never from a seed."""
    return secrets.token_hex(15)


def security_token() -> str:
    """What goes with a temporary key; begins CAIS like real ones, never from a seed."""
    return f"CAIS{secrets.token_urlsafe(48)}"


def bearer_token(key: str) -> str:
    """A token that stands for a key without giving its secret away; never from a seed."""
    return f"{key}.{secrets.token_urlsafe(24)}"


def key_of_bearer_token(token: str) -> str:
    """The access key that a token of the fake stands for; empty for any other text."""
    key = token.rpartition(".")[0]
    return key if _KEY.fullmatch(key) else ""
