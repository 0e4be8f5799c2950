"""The shapes that answers about assets are made of: MediaBasicInfo, FileInfoList and streams.

Names and types are those of the official SDKs' models; all scalars are strings, but for CateId.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import fields

from fake_ims.clock import Instant
from fake_ims.gateway.fields import Decimal, Number, ResponseSchema, Time, Written
from fake_ims.media.details import AudioStream, VideoStream


@dataclass(slots=True, kw_only=True, eq=False)
class MediaBasicInfo:
    """What is known of an asset, without its file."""

    media_id: str
    input_url: str
    media_type: str
    business_type: str
    source: str
    title: str
    status: str
    create_time: Instant
    modified_time: Instant
    description: str | None = None
    category: str | None = None
    cate_id: int | None = None
    cate_name: str | None = None
    media_tags: str | None = None
    cover_url: str | None = None
    snapshots: str | None = None
    sprite_images: str | None = None
    user_data: str | None = None
    reference_id: str | None = None
    transcode_status: str = "Init"
    biz: str = "ICE"
    upload_source: str = "general"


class MediaBasicInfoSchema(ResponseSchema):
    """Writes :class:`MediaBasicInfo`.

    No operation has all of its fields: each leaves out what its own document does not have, with
    marshmallow's ``exclude``.
    """

    media_id = Written(data_key="MediaId")
    input_url = Written(data_key="InputURL")
    media_type = Written(data_key="MediaType")
    business_type = Written(data_key="BusinessType")
    source = Written(data_key="Source")
    title = Written(data_key="Title")
    description = Written(data_key="Description")
    category = Written(data_key="Category")
    cate_id = Number(data_key="CateId")
    cate_name = Written(data_key="CateName")
    media_tags = Written(data_key="MediaTags")
    cover_url = Written(data_key="CoverURL")
    snapshots = Written(data_key="Snapshots")
    sprite_images = Written(data_key="SpriteImages")
    user_data = Written(data_key="UserData")
    status = Written(data_key="Status")
    create_time = Time(data_key="CreateTime")
    modified_time = Time(data_key="ModifiedTime")
    reference_id = Written(data_key="ReferenceId")
    transcode_status = Written(data_key="TranscodeStatus")
    biz = Written(data_key="Biz")
    upload_source = Written(data_key="UploadSource")


@dataclass(slots=True, kw_only=True, eq=False)
class FileBasicInfo:
    """What is known of a file: size in bytes, duration in seconds, bitrate in kbit/s."""

    file_name: str
    file_size: int
    file_url: str
    region: str
    format_name: str
    create_time: Instant
    modified_time: Instant
    duration: float | None = None
    bitrate: float | None = None
    width: int | None = None
    height: int | None = None
    file_status: str = "Normal"
    file_type: str = "source_file"


class FileBasicInfoSchema(ResponseSchema):
    """Writes :class:`FileBasicInfo`."""

    file_name = Written(data_key="FileName")
    file_status = Written(data_key="FileStatus")
    file_type = Written(data_key="FileType")
    file_size = Written(data_key="FileSize")
    file_url = Written(data_key="FileUrl")
    region = Written(data_key="Region")
    format_name = Written(data_key="FormatName")
    duration = Decimal(6, data_key="Duration")
    bitrate = Decimal(3, trimmed=True, data_key="Bitrate")
    width = Written(data_key="Width")
    height = Written(data_key="Height")
    create_time = Time(data_key="CreateTime")
    modified_time = Time(data_key="ModifiedTime")


class _StreamSchema(ResponseSchema):
    stream_index = Written(data_key="Index")
    codec_name = Written(data_key="CodecName")
    codec_long_name = Written(data_key="CodecLongName")
    profile = Written(data_key="Profile")
    codec_time_base = Written(data_key="CodecTimeBase")
    codec_tag_string = Written(data_key="CodecTagString")
    codec_tag = Written(data_key="CodecTag")
    timebase = Written(data_key="Timebase")
    start_time = Decimal(6, data_key="StartTime")
    duration = Decimal(6, data_key="Duration")
    bitrate = Decimal(3, trimmed=True, data_key="Bitrate")
    num_frames = Written(data_key="NumFrames")
    lang = Written(data_key="Lang")


class AudioStreamSchema(_StreamSchema):
    """Writes an audio stream."""

    sample_fmt = Written(data_key="SampleFmt")
    sample_rate = Written(data_key="SampleRate")
    channels = Written(data_key="Channels")
    channel_layout = Written(data_key="ChannelLayout")


class VideoStreamSchema(_StreamSchema):
    """Writes a video stream."""

    width = Written(data_key="Width")
    height = Written(data_key="Height")
    has_b_frames = Written(data_key="HasBFrames")
    sar = Written(data_key="Sar")
    dar = Written(data_key="Dar")
    pix_fmt = Written(data_key="PixFmt")
    level = Written(data_key="Level")
    fps = Decimal(3, trimmed=True, data_key="Fps")
    average_fps = Decimal(3, trimmed=True, data_key="AvgFPS")
    nb_frames = Written(data_key="Nb_frames")
    rotate = Written(data_key="Rotate")


@dataclass(slots=True, eq=False)
class FileInfo:
    """A file and its streams."""

    basic: FileBasicInfo
    audio: tuple[AudioStream, ...] = ()
    video: tuple[VideoStream, ...] = ()
    subtitle: tuple[Any, ...] = ()


class FileInfoSchema(ResponseSchema):
    """Writes :class:`FileInfo`.

    Operations that show less leave it out: ``exclude=("basic.create_time", "audio")``.
    """

    basic = fields.Nested(FileBasicInfoSchema(), data_key="FileBasicInfo")
    audio = fields.List(fields.Nested(AudioStreamSchema()), data_key="AudioStreamInfoList")
    video = fields.List(fields.Nested(VideoStreamSchema()), data_key="VideoStreamInfoList")
    subtitle = fields.List(fields.Raw(), data_key="SubtitleStreamInfoList")
