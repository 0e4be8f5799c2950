"""What an analysis finds in a file."""

from __future__ import annotations

from typing import NamedTuple


class VideoStream(NamedTuple):
    """One video stream. Durations in seconds, bitrate in kbit/s."""

    stream_index: int
    codec_name: str
    codec_long_name: str
    profile: str
    codec_time_base: str
    codec_tag_string: str
    codec_tag: str
    width: int
    height: int
    has_b_frames: int
    sar: str
    dar: str
    pix_fmt: str
    level: int
    fps: float
    timebase: str
    start_time: float
    duration: float
    bitrate: float
    num_frames: int
    rotate: int
    lang: str | None = None

    @property
    def average_fps(self) -> float:
        """Frames a second on average: the rate is constant."""
        return self.fps

    @property
    def nb_frames(self) -> int:
        """The number of frames; the API says it under two names."""
        return self.num_frames


class AudioStream(NamedTuple):
    """One audio stream. Durations in seconds, bitrate in kbit/s."""

    stream_index: int
    codec_name: str
    codec_long_name: str
    codec_time_base: str
    codec_tag_string: str
    codec_tag: str
    sample_fmt: str
    sample_rate: int
    channels: int
    channel_layout: str
    timebase: str
    start_time: float
    duration: float
    bitrate: float
    num_frames: int
    profile: str | None = None
    lang: str | None = None


class FileDetails(NamedTuple):
    """What is in a file. ``size`` in bytes, ``duration`` in seconds, ``bitrate`` in kbit/s.

    An image has no duration, an audio file no width, a text neither.
    """

    size: int
    format_name: str
    duration: float | None = None
    bitrate: float | None = None
    width: int | None = None
    height: int | None = None
    video: tuple[VideoStream, ...] = ()
    audio: tuple[AudioStream, ...] = ()


class Unreadable(NamedTuple):
    """An analysis that found nothing it can read."""

    reason: str
