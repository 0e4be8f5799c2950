"""The generated Python SDK, any version: ``python_v2.py sync|async [signature algorithm]``."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Mapping
from typing import Any

from alibabacloud_ice20201109 import models
from alibabacloud_ice20201109.client import Client
from alibabacloud_tea_openapi.models import Config
from story import Access, Call, RefusedError, UnknownActionError, tell
from Tea.exceptions import TeaException

KIND, ALGORITHM = (*sys.argv[1:], None)[:2]


def connect(access: Access) -> Call:
    """A client's operations."""
    config = Config(
        access_key_id=access.access_key_id,
        access_key_secret=access.access_key_secret,
        security_token=access.security_token,
        region_id="cn-shanghai",
        endpoint=access.endpoint,
        protocol=access.protocol,
        signature_algorithm=ALGORITHM,
    )
    client = Client(config)

    def call(action: str, parameters: dict[str, Any]) -> Mapping[str, Any]:
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower()
        method = getattr(client, f"{name}_async" if KIND == "async" else name, None)
        model = getattr(models, f"{action}Request", None)
        if method is None or (model is None and parameters):
            raise UnknownActionError(action)
        requests = [] if model is None else [model().from_map(parameters)]
        try:
            response = method(*requests)
            if KIND == "async":
                response = asyncio.run(response)
        except TeaException as error:
            status = getattr(error, "status_code", None) or getattr(error, "statusCode", None)
            raise RefusedError(status, error.code, error.message) from None
        document: Mapping[str, Any] = response.body.to_map()
        return document

    return call


tell(connect)
