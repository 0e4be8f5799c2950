"""The V1 Python SDK."""

from __future__ import annotations

from typing import Any

from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkice.request.v20201109.RegisterMediaInfoRequest import RegisterMediaInfoRequest
from faulty import Access, Register, tell


def connect(access: Access) -> Register:
    """RegisterMediaInfo of a client."""
    keys = (access.access_key_id, access.access_key_secret)
    client = AcsClient(*keys, "cn-shanghai", timeout=access.patience / 1000)

    def register(url: str) -> object:
        request = RegisterMediaInfoRequest()
        request.set_endpoint(access.endpoint)
        request.set_InputURL(url)
        return client.do_action_with_exception(request)

    return register


def see(error: Any) -> dict[str, Any]:
    """The attributes of an SDK's exception."""
    return {
        "code": getattr(error, "error_code", None),
        "message": getattr(error, "message", None) or str(error),
        "status": error.get_http_status() if isinstance(error, ServerException) else None,
    }


tell(connect, see)
