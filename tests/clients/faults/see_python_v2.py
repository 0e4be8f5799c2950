"""The generated Python SDK, any version: ``see_python_v2.py sync|async``."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from alibabacloud_ice20201109.client import Client
from alibabacloud_ice20201109.models import RegisterMediaInfoRequest
from alibabacloud_tea_openapi.models import Config
from alibabacloud_tea_util.models import RuntimeOptions
from faulty import Access, Register, tell

KIND = sys.argv[1]


def connect(access: Access) -> Register:
    """RegisterMediaInfo of a client."""
    config = Config(
        access_key_id=access.access_key_id,
        access_key_secret=access.access_key_secret,
        region_id="cn-shanghai",
        endpoint=access.endpoint,
        protocol="http",
    )
    client = Client(config)
    runtime = RuntimeOptions(read_timeout=access.patience)

    def register(url: str) -> object:
        request = RegisterMediaInfoRequest(input_url=url)
        if KIND == "async":
            return asyncio.run(client.register_media_info_with_options_async(request, runtime))
        return client.register_media_info_with_options(request, runtime)

    return register


def see(error: Any) -> dict[str, Any]:
    """The attributes of an SDK's exception."""
    status = getattr(error, "status_code", None) or getattr(error, "statusCode", None)
    return {
        "code": getattr(error, "code", None),
        "message": getattr(error, "message", None) or str(error),
        "status": status,
        "retry_after": getattr(error, "retry_after", None),
    }


tell(connect, see)
