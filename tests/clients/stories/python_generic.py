"""The Python SDK's core alone: ``python_generic.py query|form|json GET|POST [algorithm]``."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions
from story import Access, Call, RefusedError, tell
from Tea.exceptions import TeaException

PLACE, METHOD, ALGORITHM = (*sys.argv[1:], None)[:3]


def connect(access: Access) -> Call:
    """``call_api`` of a client."""
    config = Config(
        access_key_id=access.access_key_id,
        access_key_secret=access.access_key_secret,
        security_token=access.security_token,
        endpoint=access.endpoint,
        protocol=access.protocol,
        signature_algorithm=ALGORITHM,
    )
    client = Client(config)

    def call(action: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        params = Params(
            action=action,
            version="2020-11-09",
            protocol=access.protocol.upper(),
            pathname="/",
            method=METHOD,
            auth_type="AK",
            style="RPC",
            req_body_type="json" if PLACE == "json" else "formData",
            body_type="json",
        )
        if PLACE == "query":  # which takes texts only
            sent = {"query": {name: _text(value) for name, value in parameters.items()}}
        else:
            sent = {"body": parameters}
        try:
            answer = client.call_api(params, OpenApiRequest(**sent), RuntimeOptions())
        except TeaException as error:
            status = getattr(error, "status_code", None)
            raise RefusedError(status, error.code, error.message) from None
        document: Mapping[str, Any] = answer["body"]
        return document

    return call


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, dict) else str(value)


tell(connect)
