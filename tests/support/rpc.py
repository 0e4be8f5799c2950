"""A client with nothing between the test and the wire: no SDK, no retries, no clock."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fake_ims import FakeIms

TIMEOUT = 20  # seconds after which a test is taken to hang
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """An answer as it came; ``headers`` by name in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        """The body, which must be a JSON object."""
        assert self.headers["content-type"].startswith("application/json"), self
        document = json.loads(self.body)
        assert isinstance(document, dict), self
        return document

    @property
    def code(self) -> str:
        """``Code`` of an error."""
        code = self.json["Code"]
        assert isinstance(code, str)
        return code

    @property
    def message(self) -> str:
        """``Message`` of an error."""
        message = self.json["Message"]
        assert isinstance(message, str)
        return message

    @property
    def media_id(self) -> str:
        """``MediaId`` of a success."""
        assert self.status == 200, self
        media_id = self.json["MediaId"]
        assert isinstance(media_id, str)
        return media_id

    @property
    def refusal(self) -> tuple[int, str, str]:
        """Status, code and message of an error."""
        return self.status, self.code, self.message


def invalid(name: str) -> tuple[int, str, str]:
    """The :attr:`Reply.refusal` of InvalidParameter."""
    return 400, "InvalidParameter", f'The specified parameter "{name}" is not valid.'


def missing(name: str) -> tuple[int, str, str]:
    """The :attr:`Reply.refusal` of MissingParameter."""
    message = f'The input parameter "{name}" that is mandatory for processing this request is not '
    return 400, "MissingParameter", message + "supplied."


def exchange(
    endpoint: str,
    method: str,
    target: str,
    body: bytes | Any = None,
    headers: Mapping[str, str] | None = None,
    *,
    chunked: bool = False,
) -> Reply:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(endpoint, timeout=TIMEOUT)
    try:
        connection.request(method, target, body, dict(headers or {}), encode_chunked=chunked)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, found, response.read())
    finally:
        connection.close()


class Rpc:
    """Calls operations of a fake: ``rpc("RegisterMediaInfo", InputURL=url)``, in the query."""

    def __init__(self, ims: FakeIms, access_key_id: str | None = None) -> None:
        self.ims = ims
        self._access_key_id = access_key_id

    def common(self, action: str) -> dict[str, str]:
        """The parameters that say what is called and by whom."""
        key = self._access_key_id or self.ims.access_key_id
        return {"Action": action, "Version": "2020-11-09", "Format": "JSON", "AccessKeyId": key}

    def target(self, action: str, **parameters: str) -> str:
        """The request's target, with all of its parameters in the query."""
        return "/?" + urlencode({**self.common(action), **parameters})

    def raw(
        self,
        method: str,
        target: str,
        body: bytes | Any = None,
        headers: Mapping[str, str] | None = None,
        *,
        chunked: bool = False,
    ) -> Reply:
        """A request, whatever it says."""
        return exchange(self.ims.endpoint, method, target, body, headers, chunked=chunked)

    def __call__(self, action: str, **parameters: str) -> Reply:
        """An operation, called as current SDKs do: POST, everything in the query."""
        return self.raw("POST", self.target(action, **parameters))

    def register(self, url: str, **parameters: str) -> Reply:
        """RegisterMediaInfo."""
        return self("RegisterMediaInfo", InputURL=url, **parameters)

    def get(self, media_id: str, **parameters: str) -> dict[str, Any]:
        """``MediaInfo`` of GetMediaInfo by MediaId."""
        reply = self("GetMediaInfo", MediaId=media_id, **parameters)
        assert reply.status == 200, reply
        media_info = reply.json["MediaInfo"]
        assert isinstance(media_info, dict)
        return media_info

    def status(self, media_id: str) -> str:
        """``Status`` that GetMediaInfo shows."""
        status = self.get(media_id)["MediaBasicInfo"]["Status"]
        assert isinstance(status, str)
        return status

    def file_of(self, media_id: str, **parameters: str) -> dict[str, Any]:
        """The only item of ``FileInfoList``."""
        (found,) = self.get(media_id, **parameters)["FileInfoList"]
        assert isinstance(found, dict)
        return found


def in_query(rpc: Rpc, action: str, parameters: Mapping[str, str]) -> Reply:
    """As current SDKs do."""
    return rpc.raw("POST", rpc.target(action, **parameters))


def by_get(rpc: Rpc, action: str, parameters: Mapping[str, str]) -> Reply:
    """As a browser or curl does."""
    return rpc.raw("GET", rpc.target(action, **parameters))


def in_form(rpc: Rpc, action: str, parameters: Mapping[str, str]) -> Reply:
    """As SDK 1.0 of 2021 did."""
    body = urlencode({**rpc.common(action), **parameters}).encode()
    return rpc.raw("POST", "/", body, FORM)


def in_chunked_form(rpc: Rpc, action: str, parameters: Mapping[str, str]) -> Reply:
    """As aiohttp does with a form."""
    body = urlencode({**rpc.common(action), **parameters}).encode()
    pieces = iter([body[:7], body[7:]])
    headers = {**FORM, "Transfer-Encoding": "chunked"}
    return rpc.raw("POST", "/", pieces, headers, chunked=True)


def in_query_and_form(rpc: Rpc, action: str, parameters: Mapping[str, str]) -> Reply:
    """As the V1 SDK does: common parameters in the query, the others in the form."""
    return rpc.raw("POST", rpc.target(action), urlencode(parameters).encode(), FORM)


def in_json(rpc: Rpc, action: str, parameters: Mapping[str, str]) -> Reply:
    """As one generation of SDKs did."""
    return rpc.raw("POST", rpc.target(action), json.dumps(parameters).encode(), JSON)


def with_action_header(rpc: Rpc, action: str, parameters: Mapping[str, str]) -> Reply:
    """As signature V3 does: action, version and credential in headers."""
    headers = {
        "x-acs-action": action,
        "x-acs-version": "2020-11-09",
        "Authorization": f"ACS3-HMAC-SHA256 Credential={rpc.common(action)['AccessKeyId']},"
        "SignedHeaders=host;x-acs-action,Signature=00",
    }
    return rpc.raw("POST", "/?" + urlencode(parameters), None, headers)


WAYS: Mapping[str, Callable[[Rpc, str, Mapping[str, str]], Reply]] = {
    "query": in_query,
    "GET": by_get,
    "form": in_form,
    "chunked form": in_chunked_form,
    "query and form": in_query_and_form,
    "JSON body": in_json,
    "V3 headers": with_action_header,
}
"""Every way in which official clients carry parameters."""
