"""What the service makes of parameters before it looks at anything it knows."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

Sent = Mapping[str, str]
Answer = Mapping[str, Any]
Seen = dict[str, Any]
"""What matters of an answer: its status, and its fields without RequestId and signatures."""

SECOND = 1_000_000

REQUIRED = {
    "RegisterMediaInfo": ["InputURL"],
    "AddCategory": ["CateName"],
    "UpdateCategory": ["CateId", "CateName"],
    "DeleteCategory": ["CateId"],
    "AddMediaMarks": ["MediaId", "MediaMarks"],
    "UpdateMediaMarks": ["MediaId", "MediaMarks"],
}
INTEGERS = {"CateId": 64, "ParentId": 64, "MaxResults": 32, "PageNo": 32, "PageSize": 32}
WIDE = {"GetCategories"}  # its pages are counted in 64 bits
BOOLEANS = {"Overwrite", "AppendTags", "DeletePhysicalFiles", "IncludeFileBasicInfo"}


class RefusedError(Exception):
    """The answer is an error."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code, message)
        self.seen: Seen = {"status": status, "Code": code, "Message": message}


def invalid(name: str) -> RefusedError:
    """The product's refusal of a parameter."""
    return RefusedError(400, "InvalidParameter", f'The specified parameter "{name}" is not valid.')


def missing(name: str) -> RefusedError:
    """The product's refusal of a call without a parameter."""
    return RefusedError(
        400, "MissingParameter",
        f'The input parameter "{name}" that is mandatory for processing this request is not '
        "supplied.",
    )  # fmt: skip


def iso(at: int) -> str:
    """Microseconds since 1970 as answers have them."""
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=at)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def check_declared(action: str, sent: Sent) -> None:
    """What the gateway refuses before the product sees the call."""
    for name in REQUIRED.get(action, ()):
        if name not in sent:
            raise RefusedError(400, f"Missing{name}", f"{name} is mandatory for this action.")
    for name, value in sent.items():
        good = True
        if name in INTEGERS:
            limit = 2 ** (63 if action in WIDE else INTEGERS[name] - 1)
            good = bool(re.fullmatch(r"[+-]?\d{1,19}", value)) and -limit <= int(value) < limit
        elif name in BOOLEANS:
            good = value.lower() in ("true", "false")
        if not good:
            raise RefusedError(400, f"Invalid{name}", f"Specified parameter {name} is not valid.")


def whole(sent: Sent, name: str) -> int | None:
    """A number, if it is sent."""
    return int(sent[name]) if name in sent else None


def flag(sent: Sent, name: str) -> bool:
    """A boolean, which is false where it is not sent."""
    return sent.get(name, "").lower() == "true"


def text(sent: Sent, name: str, *, most: int | None = None, pattern: str = "") -> str | None:
    """A text, refused if it is longer than so many bytes or of another form."""
    value = sent.get(name)
    if value is not None and (
        (most is not None and len(value.encode()) > most)
        or (pattern and not re.fullmatch(pattern, value))
    ):
        raise invalid(name)
    return value


def word(sent: Sent, name: str, words: Collection[str]) -> str | None:
    """One of a few words."""
    if name in sent and sent[name] not in words:
        raise invalid(name)
    return sent.get(name)


def json_text(sent: Sent, name: str, *, most: int | None = None, kind: type = object) -> str | None:
    """A text that is JSON, kept as it is."""
    value = text(sent, name, most=most)
    if value is not None:
        try:
            document = json.loads(value)
        except ValueError:
            raise invalid(name) from None
        if not isinstance(document, kind):
            raise invalid(name)
    return value


def tags(sent: Sent) -> list[str] | None:
    """At most 16 tags of at most 32 bytes; None if none are sent."""
    if "MediaTags" not in sent:
        return None
    found = [tag for tag in sent["MediaTags"].split(",") if tag]
    if len(found) > 16 or any(len(tag.encode()) > 32 for tag in found):
        raise invalid("MediaTags")
    return found


def listed(sent: Sent, name: str, *, most: int | None = None) -> list[str]:
    """Texts between commas, each once."""
    texts: list[str] = []
    for part in sent.get(name, "").split(","):
        if part.strip() and part.strip() not in texts:
            texts.append(part.strip())
    if most is not None and len(texts) > most:
        raise invalid(name)
    return texts


def file_of(url: str) -> str:
    """The file that a URL names, without scheme, region and query; refused if it names none."""
    if found := re.fullmatch(r"oss://(\w+)/(.+)", url):
        return f"{found[1]}/{found[2]}"
    if found := re.fullmatch(r"https?://(\w+)\.oss-cn-shanghai\.aliyuncs\.com/([^?]+)(\?.*)?", url):
        return f"{found[1]}/{found[2]}"
    if re.fullmatch(r"vod://\w+", url):
        return url
    raise invalid("InputURL")
