"""What the naive library keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from naive_parameters import Sent, file_of


@dataclass
class Stream:
    """A further file of an asset."""

    url: str
    media_type: str
    created: int
    modified: int
    tags: str | None
    status: str = "Preparing"

    @property
    def file(self) -> str:
        """The file that it is."""
        return file_of(self.url)


@dataclass
class Item:
    """An asset."""

    media_id: str
    url: str
    created: int
    number: int
    modified: int
    fields: dict[str, Any]
    tags: list[str]
    library: str
    status: str = "Preparing"
    marks: list[dict[str, Any]] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    ocr: list[str] = field(default_factory=list)
    labels: list[tuple[str, str, str]] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    meta_data: str | None = None

    @property
    def file(self) -> str:
        """The file that it is of."""
        return file_of(self.url)

    @property
    def entered(self) -> bool:
        """Whether it has entered its search library: as soon as it has been analysed."""
        return self.status == "Normal"

    @property
    def source(self) -> str:
        """Where the file is."""
        return "vod" if self.url.startswith("vod:") else "oss"


@dataclass
class Due:
    """An analysis that is still to end."""

    at: int
    number: int
    item: Item
    stream: Stream | None
    user_data: str | None


@dataclass
class Use:
    """What a ClientToken was used for."""

    token: str
    request: Sent
    media_id: str
    at: int


def suffix_of(url: str) -> str:
    """What stands after the last dot of a file's name."""
    return url.partition("?")[0].rpartition(".")[2]


def http_url(file: str) -> str:
    """Where a file is; of one of VOD, only its name."""
    if file.startswith("vod://"):
        return file.removeprefix("vod://")
    bucket, _, key = file.partition("/")
    return f"http://{bucket}.oss-cn-shanghai.aliyuncs.com/{key}"
