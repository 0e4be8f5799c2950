"""RegisterMediaStream and GetPlayInfo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from marshmallow import fields

from fake_ims.clock import Instant
from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Decimal,
    Int64,
    JsonText,
    Number,
    RequestSchema,
    ResponseSchema,
    Text,
    Time,
    Written,
)
from fake_ims.library.assets import NORMAL, Asset
from fake_ims.library.streams import PLAYABLE, Stream, StreamRegistration
from fake_ims.media.details import FileDetails
from fake_ims.operations.shapes import MediaBasicInfo
from fake_ims.operations.showing import basic_info, details_of, expiry, suffix_of

# ---------------------------------------------------------------- RegisterMediaStream


class RegisterMediaStreamRequest(RequestSchema):
    """No parameter is declared as required, but nothing comes of a stream without the first two."""

    record = StreamRegistration

    input_url = Text(data_key="InputURL")
    media_id = Text(data_key="MediaId")
    user_data = JsonText(data_key="UserData")
    stream_tags = JsonText(data_key="StreamTags", object_only=True)


@dataclass(slots=True, eq=False)
class StreamRegistered:
    """The answer of RegisterMediaStream: the asset's MediaId."""

    media_id: str


class RegisterMediaStreamResponse(ResponseSchema):
    """``RequestId`` and ``MediaId``, nothing else (documented)."""

    media_id = Written(data_key="MediaId")


@operation(
    "RegisterMediaStream",
    request=RegisterMediaStreamRequest,
    response=RegisterMediaStreamResponse,
    access="create",
    questions=(
        "url_identity", "unknown_media", "unreadable_object", "event_user_data", "notify_address",
        "notify_events", "notify_signature", "callback_content_type",
    ),
)  # fmt: skip
def register_media_stream(request: StreamRegistration, services: Services) -> StreamRegistered:
    """Register a file as a stream of an asset; it is analysed afterwards."""
    streams = services.library.streams
    media_id = streams.register(request, services.now, services.choices)
    services.callback.expect(request.user_data, services.choices)
    return StreamRegistered(media_id)


# ---------------------------------------------------------------- GetPlayInfo


@dataclass(slots=True, kw_only=True, eq=False)
class PlayQuery:
    """Which asset, and for how many seconds it can be played."""

    media_id: str | None = None
    input_url: str | None = None
    auth_timeout: int | None = None


class GetPlayInfoRequest(RequestSchema):
    """One of the first two must be there (documented)."""

    record = PlayQuery

    media_id = Text(data_key="MediaId")
    input_url = Text(data_key="InputURL")
    auth_timeout = Int64(data_key="AuthTimeout")


class _Short(Decimal):
    """A number as the examples write it: ``25``, ``9.0464``."""

    def __init__(self, places: int, **options: Any) -> None:
        super().__init__(places, trimmed=True, **options)

    def _serialize(self, value: Any, attr: Any, obj: Any, **kwargs: Any) -> str:
        return super()._serialize(value, attr, obj, **kwargs).removesuffix(".0")


class MediaBaseSchema(ResponseSchema):
    """Writes what is known of an asset under the names of GetPlayInfo."""

    media_id = Written(data_key="MediaId")
    cate_id = Number(data_key="CateId")
    title = Written(data_key="Title")
    description = Written(data_key="Description")
    media_tags = Written(data_key="MediaTags")
    cover_url = Written(data_key="CoverURL")
    media_type = Written(data_key="MediaType")
    status = Written(data_key="Status")
    create_time = Time(data_key="CreationTime")


@dataclass(slots=True, kw_only=True, eq=False)
class PlayInfo:
    """A file that can be played: size in bytes, duration in seconds, bitrate in kbit/s."""

    file_url: str
    play_url: str
    format_name: str
    stream_type: str
    definition: str
    size: int
    create_time: Instant
    modified_time: Instant
    duration: float | None = None
    bitrate: float | None = None
    fps: float | None = None
    bit_depth: int | None = None
    width: int | None = None
    height: int | None = None
    stream_tags: str | None = None
    status: str = "Normal"
    encrypt: int = 0


class PlayInfoSchema(ResponseSchema):
    """Writes :class:`PlayInfo`.

    What only a transcoding or an encryption would give is never there: EncryptType, HDRType,
    JobId, NarrowBandType, TransTemplateType and WatermarkId.
    """

    file_url = Written(data_key="FileURL")
    play_url = Written(data_key="PlayURL")
    format_name = Written(data_key="Format")
    stream_type = Written(data_key="StreamType")
    definition = Written(data_key="Definition")
    status = Written(data_key="Status")
    size = Number(data_key="Size")
    duration = _Short(6, data_key="Duration")
    bitrate = _Short(3, data_key="Bitrate")
    fps = _Short(3, data_key="Fps")
    bit_depth = Number(data_key="BitDepth")
    width = Number(data_key="Width")
    height = Number(data_key="Height")
    encrypt = Number(data_key="Encrypt")
    stream_tags = Written(data_key="StreamTags")
    create_time = Time(data_key="CreationTime")
    modified_time = Time(data_key="ModificationTime")


@dataclass(slots=True, eq=False)
class Played:
    """The answer of GetPlayInfo."""

    media_base: MediaBasicInfo
    files: tuple[PlayInfo, ...]


class GetPlayInfoResponse(ResponseSchema):
    """The asset, and its files that can be played."""

    media_base = fields.Nested(MediaBaseSchema(), data_key="MediaBase")
    files = fields.List(fields.Nested(PlayInfoSchema()), data_key="PlayInfoList")


@operation(
    "GetPlayInfo",
    request=GetPlayInfoRequest,
    response=GetPlayInfoResponse,
    access="get",
    questions=(
        "url_identity", "unknown_media", "first_status", "auth_timeout_range", "play_info_source",
    ),
)  # fmt: skip
def get_play_info(query: PlayQuery, services: Services) -> Played:
    """Show where an asset's file and its streams can be played, each as soon as it is analysed.

    The asset's own file comes first, then the streams in the order of their registration; a file
    that is both is there once. Images and texts are not playable, so they are not listed
    (inferred).
    """
    expires = expiry(query.auth_timeout, services)
    asset = services.library.require(query.media_id, query.input_url, services.choices)
    asset = services.library.note_read(asset, services.now)
    asset = services.library.streams.note_read(asset, services.now)
    if asset.unfinished:
        services.choices.note("first_status")
    files = tuple(_play_info(asset, file, services, expires) for file in _files(asset, services))
    return Played(basic_info(asset, services, expires, snapshots="none"), files)


def _files(asset: Asset, services: Services) -> Iterator[Asset | Stream]:
    streams = [each for each in asset.streams if _is_playable(each)]
    if _is_playable(asset) and asset.identity not in {each.identity for each in streams}:
        if services.choices.of("play_info_source") == "listed":
            yield asset
    yield from streams


def _is_playable(file: Asset | Stream) -> bool:
    return file.status == NORMAL and file.media_type in PLAYABLE


def _play_info(asset: Asset, file: Asset | Stream, services: Services, expires: int) -> PlayInfo:
    location, signer = file.location, services.signer
    details = details_of(location, file.media_type, file.object_facts, services)
    suffix = suffix_of(location, file.media_type)
    return PlayInfo(
        file_url=signer.stored(location, suffix).http_url,
        play_url=signer.file_url(location, suffix, expires, cdn=True),
        format_name=suffix,
        stream_type=file.media_type,
        definition="OD" if file.identity == asset.identity else definition(details),
        size=details.size,
        duration=details.duration,
        bitrate=details.bitrate,
        fps=details.video[0].fps if details.video else None,
        bit_depth=8 if details.video else None,  # as the pixel format yuv420p has
        width=details.width,
        height=details.height,
        stream_tags=file.stream_tags if isinstance(file, Stream) else None,
        create_time=file.created_at,
        modified_time=file.modified_at,
    )


_DEFINITIONS: Final = ((360, "FD"), (480, "LD"), (720, "SD"), (1080, "HD"), (1440, "2K"))
_HIGH_SOUND_QUALITY: Final = 128.0


def definition(details: FileDetails) -> str:
    """What a file would be called had it been transcoded.

    The words are documented. Which of them is inferred: by the shorter side of a video in pixels,
    as the usual transcoding templates have it, and by the bitrate of an audio file.
    """
    if details.width is None or details.height is None:
        return "HQ" if (details.bitrate or 0.0) >= _HIGH_SOUND_QUALITY else "SQ"
    side = min(details.width, details.height)
    return next((name for most, name in _DEFINITIONS if side <= most), "4K")
