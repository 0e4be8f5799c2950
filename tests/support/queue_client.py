"""A bare client of the message service, which signs as the official ones do."""

from __future__ import annotations

import base64
import email.utils
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from rpc import Reply, exchange

if TYPE_CHECKING:
    from fake_ims import FakeIms

NAMESPACE = "{http://mns.aliyuncs.com/doc/v1/}"
DEMO = "ice-callback-demo"


def fields(reply: Reply) -> dict[str, str]:
    """The elements of an answer's document, with its root under an empty name."""
    assert reply.headers["content-type"] == "text/xml;charset=utf-8"
    root = ElementTree.fromstring(reply.body)
    assert root.tag.startswith(NAMESPACE), root.tag
    found = {each.tag.removeprefix(NAMESPACE): each.text or "" for each in root}
    return {"": root.tag.removeprefix(NAMESPACE), **found}


def listed(reply: Reply) -> list[dict[str, str]]:
    """The documents of an answer that has several."""
    return [
        {each.tag.removeprefix(NAMESPACE): each.text or "" for each in item}
        for item in ElementTree.fromstring(reply.body)
        if len(item)
    ]


def document(root: str, *parts: str) -> str:
    """A body."""
    return f'<{root} xmlns="{NAMESPACE[1:-1]}">{"".join(parts)}</{root}>'


class Mns:
    """Calls with the keys of the world's default caller, or with others."""

    def __init__(self, ims: FakeIms, key: str | None = None, secret: str | None = None) -> None:
        self._ims = ims
        self.key = ims.access_key_id if key is None else key
        self.secret = ims.access_key_secret if secret is None else secret

    def headers(
        self, method: str, target: str, body: bytes, extra: Mapping[str, str], at: datetime | None
    ) -> dict[str, str]:
        """With a signature of them."""
        date = email.utils.format_datetime(at or datetime.now(timezone.utc), usegmt=True)
        headers = {"Date": date, "x-mns-version": "2015-06-06", **extra}
        if body:
            digest = hashlib.md5(body, usedforsecurity=False).hexdigest().encode()
            headers |= {
                "Content-Type": "text/xml;charset=UTF-8",
                "Content-MD5": base64.b64encode(digest).decode(),
            }
        lower = {name.lower(): value for name, value in headers.items()}
        lines = [method, lower.get("content-md5", ""), lower.get("content-type", ""), date]
        lines += [f"{name}:{lower[name]}" for name in sorted(lower) if name.startswith("x-mns-")]
        signed = hmac.digest(self.secret.encode(), "\n".join([*lines, target]).encode(), "sha1")
        headers["Authorization"] = f"MNS {self.key}:{base64.b64encode(signed).decode()}"
        return headers

    def __call__(
        self,
        method: str,
        target: str,
        body: str | bytes = b"",
        *,
        at: datetime | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Reply:
        """Ask.

        :param at: when it is signed; by default now.
        :param extra: headers.
        """
        content = body.encode() if isinstance(body, str) else body
        headers = self.headers(method, target, content, extra or {}, at)
        return exchange(self._ims.endpoint, method, target, content, headers)

    def receive(self, name: str = DEMO, query: str = "") -> Reply:
        """Receive."""
        return self("GET", f"/queues/{name}/messages{query}")

    def delete(self, handle: str, name: str = DEMO) -> Reply:
        """Delete a message."""
        return self("DELETE", f"/queues/{name}/messages?ReceiptHandle={handle}")

    def refusal(self, reply: Reply) -> tuple[int, str]:
        """Status and code of an error, which must be well formed."""
        error = fields(reply)
        assert error[""] == "Error", error
        assert error["RequestId"] == reply.headers["x-mns-request-id"]
        assert error["HostId"].endswith(".aliyuncs.com")
        assert error["Message"]
        return reply.status, error["Code"]
