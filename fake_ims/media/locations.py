"""InputURL: its forms, and which of them are one and the same file."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple
from urllib.parse import quote, unquote

Source = Literal["oss", "vod"]

_OSS = re.compile(r"oss://(?P<bucket>[^/?#@:\s]+)/(?P<key>.+)", re.IGNORECASE | re.DOTALL)
_HTTP = re.compile(
    r"https?://(?P<bucket>[^/?#@:.\s]+)\.oss-(?P<region>[a-z]{2,}(?:-[a-z0-9]+)+?)(?:-internal)?"
    r"\.aliyuncs\.com(?::(?:80|443))?/(?P<key>[^?#]+)(?P<query>\?[^#]*)?",
    re.IGNORECASE | re.DOTALL,
)
_VOD = re.compile(r"vod://(?P<id>[0-9A-Za-z*_-]+)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class InputUrlError(ValueError):
    """The text is none of the documented forms of an InputURL."""


class Location(NamedTuple):
    """The file that an InputURL names.

    For ``vod`` the bucket is empty and the key is the VOD media id. ``key`` is decoded.
    """

    source: Source
    region: str
    bucket: str
    key: str

    @property
    def file_name(self) -> str:
        """The last part of the key."""
        return self.key.rstrip("/").rsplit("/", 1)[-1]

    @property
    def suffix(self) -> str:
        """The file name's suffix in lower case without the dot, or an empty text."""
        name, dot, suffix = self.file_name.rpartition(".")
        return suffix.lower() if dot else name[:0]

    @property
    def canonical(self) -> str:
        """One text for one file, whatever URL named it."""
        if self.source == "vod":
            return f"vod://{self.key}"
        return f"oss://{self.bucket}.{self.region}/{self.key}"

    @property
    def http_url(self) -> str:
        """The public URL of an object, without a query; the form of documented answers."""
        return f"http://{self.host}/{quote(self.key, safe='/~')}"

    @property
    def host(self) -> str:
        """The public host name of the bucket."""
        return f"{self.bucket}.oss-{self.region}.aliyuncs.com"


def parse_location(url: str, region: str) -> Location:
    """Read an InputURL: http(s) OSS (also ``-internal`` and signed), ``oss://`` or ``vod://``.

    ``oss://`` means the service's own ``region`` (documented). The scheme may be in any case.

    :raises InputUrlError: for any other form, and for control characters.
    """
    if _CONTROL.search(url):
        raise InputUrlError("control character")
    if match := _OSS.fullmatch(url):
        key = _decoded(match["key"])
        return Location("oss", region, match["bucket"], key)
    if match := _HTTP.fullmatch(url):
        return Location("oss", match["region"].lower(), match["bucket"], _decoded(match["key"]))
    if match := _VOD.fullmatch(url):
        return Location("vod", region, "", match["id"])
    raise InputUrlError("no form of an OSS or VOD URL")


def _decoded(key: str) -> str:
    """A key without its percent-encoding.

    :raises InputUrlError: if it is not UTF-8: OSS has no such keys, and two must not become one.
    """
    try:
        return unquote(key, errors="strict")
    except UnicodeDecodeError:
        raise InputUrlError("not UTF-8") from None


def identity(url: str, location: Location, rule: str) -> str:
    """The text that is equal for two InputURLs of one asset, by the setting ``url_identity``."""
    if rule == "exact":
        return url
    if rule == "url":
        return url.partition("?")[0]
    return location.canonical
