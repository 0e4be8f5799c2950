"""MediaType by file suffix (documented: IMS, supported file formats)."""

from __future__ import annotations

from typing import Final

MEDIA_TYPES: Final = ("image", "video", "audio", "text")
BUSINESS_TYPES: Final = (
    "subtitles", "watermark", "opening", "ending", "general",
    "font",  # in the Chinese page and the Python SDK only
)  # fmt: skip

# gif stands under video and under image in the document; image is chosen (inferred).
_SUFFIXES: Final = {
    "image": "gif webp png jpg jpeg heic",
    "video": "mp4 ts 3gp mpg mpeg mpe dat vob asf avi wmv flv f4v rm rmvb mov mkv m3u8 dv m2t m4v "
    "mj2 mjpeg mts ogg qt swf webm",
    "audio": "mp3 wma wav aac ra m4a flac ape ac3 amr caf acm",
    "text": "srt vtt ass ttf ttc fon",
}
_TYPE_OF: Final = {
    suffix: media_type for media_type, text in _SUFFIXES.items() for suffix in text.split()
}


def media_type_of(suffix: str) -> str | None:
    """The MediaType of a suffix in lower case, or None when it does not tell."""
    return _TYPE_OF.get(suffix)


def business_type_fits(business_type: str | None, media_type: str | None) -> bool:
    """Whether the documents have this BusinessType, for this MediaType."""
    if media_type == "text":
        return business_type in ("subtitles", "font")
    return business_type in BUSINESS_TYPES


def suffix_fits(suffix: str, media_type: str) -> bool:
    """Whether a file of this suffix can be of the type; an unknown suffix fits any."""
    told = _TYPE_OF.get(suffix)
    return told is None or told == media_type or (suffix == "gif" and media_type == "video")
