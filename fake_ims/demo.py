"""The demonstration: the main job, step by step, before the reader's eyes."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from fake_ims.clock import iso, outside
from fake_ims.fake import PROXY_VARIABLES, FakeIms
from fake_ims.gateway import signatures
from fake_ims.gateway.catalogue import VERSION

Call = Callable[[str, Mapping[str, str]], dict[str, Any]]
"""Calls an operation; the answer's body.

:raises Refused: for an error of the API.
"""

_POLL = 0.5
_PATIENCE = 120


class Refused(Exception):  # noqa: N818 - it is no error of the program, but an answer to show
    """An error that the service answered."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"HTTP {status} {code}: {message}")


def run(input_url: str, settings: Mapping[str, Any]) -> int:
    """Show the life of an asset; the exit code."""
    for name in PROXY_VARIABLES:
        os.environ.pop(name, None)
    with FakeIms(**settings) as ims:
        client, call = _client(ims)
        _say(f"fake-ims listens on {ims.url}; the client is {client}")
        try:
            return _story(call, input_url)
        except Refused as refused:
            _say(f"   -> {refused}")
            return 1


def _story(call: Call, input_url: str) -> int:
    _say(f"\n1. RegisterMediaInfo  InputURL={input_url}  Title=My first asset")
    register = {"InputURL": input_url, "Title": "My first asset", "MediaTags": "demo,sample"}
    media_id = call("RegisterMediaInfo", register)["MediaId"]
    _say(f"   -> MediaId {media_id}")

    _say("\n2. GetMediaInfo, until the file has been analysed (2 to 3 s unless you set --delay)")
    info = _wait(call, media_id)
    status = info["MediaBasicInfo"]["Status"]
    if status != "Normal":
        _say(
            "   the analysis failed" if status == "PrepareFail" else "   it takes too long to watch"
        )
        return 1

    _say("\n3. What is known of it now")
    for part, names in (
        (info["MediaBasicInfo"], ("InputURL", "Title", "MediaType", "MediaTags", "CreateTime")),
        (
            info["FileInfoList"][0]["FileBasicInfo"],
            ("FileName", "FileSize", "FormatName", "Duration", "Width", "Height", "FileUrl"),
        ),
    ):
        for name in names:
            if name in part:
                _say(f"   {name:11} {part[name]}")

    _say("\n4. RegisterMediaInfo, the same URL again")
    try:
        call("RegisterMediaInfo", register)
    except Refused as refused:
        _say(f"   -> {refused}")

    _say("\n5. RegisterMediaInfo, the same URL with Overwrite=true")
    renewed = call("RegisterMediaInfo", {**register, "Overwrite": "true"})["MediaId"]
    _say(f"   -> MediaId {renewed}, in the place of {media_id}")

    _say(f"\n6. GetMediaInfo  MediaId={media_id}, the old one")
    try:
        call("GetMediaInfo", {"MediaId": media_id})
    except Refused as refused:
        _say(f"   -> {refused}")
    return 0


def _wait(call: Call, media_id: str) -> dict[str, Any]:
    """Poll until the analysis has ended, as a client would; what was seen last."""
    pause = threading.Event()
    info: dict[str, Any] = {}
    for _ in range(int(_PATIENCE / _POLL)):
        info = call("GetMediaInfo", {"MediaId": media_id})["MediaInfo"]
        status = info["MediaBasicInfo"]["Status"]
        _say(f"   -> Status {status}, {len(info['FileInfoList'])} files")
        if status not in ("Init", "Preparing"):
            break
        pause.wait(_POLL)
    return info


def _say(text: str) -> None:
    print(text, flush=True)


def _client(ims: FakeIms) -> tuple[str, Call]:
    try:
        return "the official Python SDK", _sdk(ims)
    except ImportError:
        return "plain HTTP (the official SDK is not installed here)", _plain_http(ims)


def _sdk(ims: FakeIms) -> Call:
    from alibabacloud_ice20201109 import models
    from alibabacloud_ice20201109.client import Client
    from Tea.exceptions import TeaException

    client = Client(ims.sdk_config())
    calls = {
        "RegisterMediaInfo": (models.RegisterMediaInfoRequest, client.register_media_info),
        "GetMediaInfo": (models.GetMediaInfoRequest, client.get_media_info),
    }

    def call(action: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        request, method = calls[action]
        try:
            answer = method(request().from_map(dict(parameters)))
        except TeaException as error:
            status = int(error.data["statusCode"])
            raise Refused(status, error.code, error.data["Message"]) from None
        body: dict[str, Any] = answer.body.to_map()
        return body

    return call


def _plain_http(ims: FakeIms) -> Call:
    def call(action: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(ims.endpoint)
        try:
            connection.request("POST", f"/?{_signed_query(ims, action, parameters)}")
            answer = connection.getresponse()
            body: dict[str, Any] = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise Refused(answer.status, body["Code"], body["Message"])
        return body

    return call


def _signed_query(ims: FakeIms, action: str, parameters: Mapping[str, str]) -> str:
    """The query of a request with everything that an SDK puts there."""
    query = {
        "Action": action,
        "Version": VERSION,
        "Format": "JSON",
        "AccessKeyId": ims.access_key_id,
        "SignatureMethod": signatures.RPC_METHOD,
        "SignatureVersion": "1.0",
        "SignatureNonce": secrets.token_hex(16),
        "Timestamp": iso(outside()),
        **parameters,
    }
    text = signatures.rpc_string_to_sign("POST", query.items())
    return urlencode(query | {"Signature": signatures.rpc_signature(ims.access_key_secret, text)})
