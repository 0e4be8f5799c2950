"""Made-up file details: plausible, consistent with each other, repeated by object and seed."""

from __future__ import annotations

import functools
import hashlib
import random
from math import gcd
from typing import Final, NamedTuple

from fake_ims.media.details import AudioStream, FileDetails, VideoStream
from fake_ims.media.locations import Location
from fake_ims.media.objects import ObjectFacts

_FRAMES: Final = ((1920, 1080), (1280, 720), (960, 540), (1080, 1920), (3840, 2160))
_PICTURES: Final = ((1920, 1080), (768, 454), (1024, 1024), (3024, 4032))
_FPS: Final = (24.0, 25.0, 30.0)
_AUDIO_BITRATE: Final = (96.0, 127.794, 192.0)
_SAMPLE_RATE: Final = 44100
_MP4: Final = "mov,mp4,m4a,3gp,3g2,mj2"
_FORMATS: Final = {
    **dict.fromkeys(("mp4", "mov", "m4v", "m4a", "3gp", "mj2", "qt", "f4v", ""), _MP4),
    **dict.fromkeys(("mkv", "webm"), "matroska,webm"),
    **dict.fromkeys(("ts", "mts", "m2t"), "mpegts"),
    **dict.fromkeys(("mpg", "mpeg", "mpe", "vob", "dat"), "mpeg"),
    **dict.fromkeys(("wmv", "wma"), "asf"),
    **dict.fromkeys(("rm", "rmvb", "ra"), "rm"),
    "m3u8": "hls",
}  # fmt: skip


class AudioCodec(NamedTuple):
    """How audio is written: ``frame`` samples at a time, at a fixed ``bitrate`` (kbit/s) or any."""

    name: str
    long_name: str
    profile: str | None
    tag_string: str
    tag: str
    sample_fmt: str
    frame: int
    bitrate: float | None = None


_AAC: Final = AudioCodec(
    "aac", "AAC (Advanced Audio Coding)", "LC", "mp4a", "0x6134706d", "fltp", 1024
)
_NO_TAG: Final = ("[0][0][0][0]", "0x0000")
_CODECS: Final = {
    "mp3": AudioCodec("mp3", "MP3 (MPEG audio layer 3)", None, *_NO_TAG, "fltp", 1152),
    "flac": AudioCodec(
        "flac", "FLAC (Free Lossless Audio Codec)", None, *_NO_TAG, "s16", 4608, 842.0
    ),
    "wav": AudioCodec(
        *("pcm_s16le", "PCM signed 16-bit little-endian", None, "[1][0][0][0]", "0x0001"),
        *("s16", 1024, _SAMPLE_RATE * 2 * 16 / 1000),
    ),
}


@functools.lru_cache(maxsize=1024)  # a pure function, and clients poll
def probe(location: Location, media_type: str, said: ObjectFacts, seed: int = 0) -> FileDetails:
    """Details that keep to what has been said; the rest is drawn by seed and location."""
    digest = hashlib.sha256(f"{seed} {media_type} {location.canonical}".encode()).digest()
    draw = random.Random(digest)
    format_name = said.format_name or _format_name(location.suffix, media_type)
    if media_type == "image":
        width, height = _pair(said, draw.choice(_PICTURES))
        size = round(width * height * draw.uniform(0.3, 1.5)) + 256
        size = size if said.size is None else int(said.size)
        return FileDetails(size=size, format_name=format_name, width=width, height=height)
    if media_type == "text":
        size = draw.randrange(800, 80_000) if said.size is None else int(said.size)
        return FileDetails(size=size, format_name=format_name)
    return _playable(media_type, location.suffix, format_name, said, draw)


def _playable(
    media_type: str, suffix: str, format_name: str, said: ObjectFacts, draw: random.Random
) -> FileDetails:
    is_video = media_type == "video"
    frame = _pair(said, draw.choice(_FRAMES))
    fps = said.fps or draw.choice(_FPS)
    codec = _CODECS.get(suffix, _AAC)
    audio_bitrate = codec.bitrate or draw.choice(_AUDIO_BITRATE)
    overall = audio_bitrate * 1.02
    if is_video:
        overall += frame[0] * frame[1] * fps * draw.uniform(0.00005, 0.00012)
    duration = draw.randrange(5_000_000, 600_000_000) / 1_000_000
    duration, size, overall = _balance(said, duration, overall)

    has_audio = not is_video or said.has_audio is not False
    audio_bitrate = min(audio_bitrate, overall * (0.3 if is_video else 0.98))
    video = _video_stream(frame, fps, duration, overall * 0.99 - audio_bitrate * has_audio)
    audio = _audio_stream(int(is_video), codec, duration, audio_bitrate)
    return FileDetails(
        size=size,
        format_name=format_name,
        duration=duration,
        bitrate=overall,
        width=frame[0] if is_video else None,
        height=frame[1] if is_video else None,
        video=(video,) if is_video else (),
        audio=(audio,) if has_audio else (),
    )


def _balance(said: ObjectFacts, duration: float, bitrate: float) -> tuple[float, int, float]:
    """Duration, size and bitrate such that size = duration x bitrate, keeping what was said."""
    if said.size is not None and said.bitrate is not None:
        return max(said.size * 8 / 1000 / said.bitrate, 0.000001), int(said.size), said.bitrate
    duration = said.duration or duration
    if said.size is not None:
        return duration, int(said.size), said.size * 8 / 1000 / duration
    bitrate = said.bitrate or bitrate
    return duration, round(duration * bitrate * 1000 / 8), bitrate


def _pair(said: ObjectFacts, drawn: tuple[int, int]) -> tuple[int, int]:
    """Width and height; of one that is said, the other follows by the drawn ratio."""
    width, height = drawn
    if said.width is not None and said.height is not None:
        return int(said.width), int(said.height)
    if said.width is not None:
        return int(said.width), max(1, round(said.width * height / width))
    if said.height is not None:
        return max(1, round(said.height * width / height)), int(said.height)
    return drawn


def _format_name(suffix: str, media_type: str) -> str:
    if media_type in ("image", "text"):
        return suffix or {"image": "png", "text": "srt"}[media_type]
    return _FORMATS.get(suffix, suffix)


def _video_stream(
    frame: tuple[int, int], fps: float, duration: float, bitrate: float
) -> VideoStream:
    width, height = frame
    ratio = gcd(width, height)
    return VideoStream(
        stream_index=0, codec_name="h264",
        codec_long_name="H.264 / AVC / MPEG-4 AVC / MPEG-4 part 10",
        profile="High", codec_time_base=f"1/{max(1, round(fps * 2))}", codec_tag_string="avc1",
        codec_tag="0x31637661", width=width, height=height, has_b_frames=2, sar="1:1",
        dar=f"{width // ratio}:{height // ratio}", pix_fmt="yuv420p",
        level=51 if width * height > 1920 * 1088 else 40, fps=fps,
        timebase=f"1/{max(1, round(fps * 512))}", start_time=0.0, duration=duration,
        bitrate=max(bitrate, 0.0), num_frames=max(1, round(duration * fps)), rotate=0, lang="und",
    )  # fmt: skip


def _audio_stream(index: int, codec: AudioCodec, duration: float, bitrate: float) -> AudioStream:
    return AudioStream(
        stream_index=index, codec_name=codec.name, codec_long_name=codec.long_name,
        codec_time_base=f"1/{_SAMPLE_RATE}", codec_tag_string=codec.tag_string,
        codec_tag=codec.tag, sample_fmt=codec.sample_fmt, sample_rate=_SAMPLE_RATE, channels=2,
        channel_layout="stereo", timebase=f"1/{_SAMPLE_RATE}", start_time=0.0, duration=duration,
        bitrate=bitrate, num_frames=max(1, round(duration * _SAMPLE_RATE / codec.frame)),
        profile=codec.profile, lang="und",
    )  # fmt: skip
