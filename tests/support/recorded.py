"""Requests that official clients sent, with the secrets that signed them: ``fixtures/wire``."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from fake_ims.clock import Instant, instant
from fake_ims.errors import ApiError
from fake_ims.gateway import authentication
from fake_ims.gateway.nonces import Nonces
from fake_ims.gateway.ram import TemporaryKeys, User
from fake_ims.gateway.request import HttpRequest, read_request
from fake_ims.settings import DEFAULTS, Choices

WIRE = Path(__file__).parents[2] / "fixtures" / "wire"


class OneKey:
    """RAM with one key: temporary if it has a token."""

    def __init__(self, key: str, secret: str, token: str) -> None:
        user = User("recorded", key, secret)
        self._key = key
        self._keys = TemporaryKeys(key, secret, token, user, Instant(1)) if token else user

    def keys(self, access_key_id: str) -> User | TemporaryKeys | None:
        return self._keys if access_key_id == self._key else None

    def security_token_known(self, token: str) -> bool:
        return False

    def bearer(self, token: str) -> User | None:
        return None


class Recorded(NamedTuple):
    """A request as it was sent, and who signed it."""

    client: str
    number: int
    http: HttpRequest
    scheme: str
    key: str
    secret: str
    token: str
    at: Instant

    def __repr__(self) -> str:
        return f"<{self.client} {self.number}>"

    def refusal(self, http: HttpRequest | None = None, secret: str | None = None) -> str:
        """The code of the first objection to this or an altered request; empty for none.

        It arrives when it was signed, and is the first of its key.
        """
        http = self.http if http is None else http
        ram = OneKey(self.key, self.secret if secret is None else secret, self.token)
        gate = authentication.Gate(ram, Nonces(), self.at, Instant(0), Choices(DEFAULTS))
        try:
            found = authentication.objections(http, read_request(http), gate)
            return next((objection.code for objection in found), "")
        except ApiError as refused:
            return refused.code


@functools.cache
def recorded() -> Mapping[str, tuple[Recorded, ...]]:
    """All of them, by client."""
    documents = {path.stem: json.loads(path.read_text("utf-8")) for path in WIRE.glob("*.json")}
    return {
        client: tuple(
            _read(client, number, document) for number in range(len(document["requests"]))
        )
        for client, document in sorted(documents.items())
    }


def _read(client: str, number: int, document: Mapping[str, Any]) -> Recorded:
    request = document["requests"][number]
    path, _, query = request["target"].partition("?")
    headers = {name.lower(): value for name, value in request["headers"]}
    assert len(headers) == len(request["headers"])
    http = HttpRequest(request["method"], path, query, headers, request["body"].encode())
    parameters = dict(parse_qsl(f"{query}&{request['body']}"))

    def sent(parameter: str, header: str) -> str:
        return parameters.get(parameter) or headers.get(header, "")

    return Recorded(
        client,
        number,
        http,
        read_request(http).scheme,
        document["access_key_id"],
        document["secret"],
        sent("SecurityToken", "x-acs-security-token"),
        instant(sent("Timestamp", "x-acs-date")),
    )
