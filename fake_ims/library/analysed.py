"""What the end of an asset's analysis tells: RegisterMediaComplete and VideoAnalysisComplete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from fake_ims.clock import Instant
from fake_ims.library.assets import Asset
from fake_ims.library.streams import PLAYABLE
from fake_ims.media.details import FileDetails, Unreadable
from fake_ims.settings import Choices

if TYPE_CHECKING:
    from fake_ims.library.library import Library

_BAD: Final = {
    "ErrorCode": "InvalidParameter.ResourceContentBad",
    "ErrorMessage": "The resource operated InputFile is bad",
}
"""Of the sample of a failure; why a file cannot be read has no code of its own there."""


def tell(library: Library, asset: Asset, found: FileDetails | Unreadable, at: Instant) -> None:
    """Record what the end of an analysis causes, all of it ``at`` one instant.

    An image or a text has only RegisterMediaComplete. The fields of VideoAnalysisComplete are those
    of the event of this name in ApsaraVideo VOD, in the order of its sample, with MediaId for
    VideoId (inferred), or as few as the setting ``event_fields`` says.
    """
    settings = library.settings
    status = "Fail" if isinstance(found, Unreadable) else "Success"
    registered = {"Status": status, "MediaId": asset.media_id}
    told = [("RegisterMediaComplete", registered)]
    if asset.media_type in PLAYABLE and settings.analysis_event != "omit":
        more = {} if settings.event_fields == "minimal" else _fields(found)
        analysed = ("VideoAnalysisComplete", registered | more)
        told.insert(0 if settings.analysis_event == "before" else 1, analysed)
    for event_type, body in told:
        if asset.user_data is not None and settings.event_user_data == "echo":
            body["UserData"] = asset.user_data
        library.emit(event_type, at, body)


def note(asset: Asset, choices: Choices) -> None:
    """Note what the events of a new asset will depend on: those of a registration that asks to be
    told of them, or hardly a test would be free of it.
    """
    if asset.user_data is None:
        return
    choices.note("event_user_data")
    if asset.media_type in PLAYABLE and _names_an_address(asset.user_data):
        if choices.of("analysis_event") != "omit":
            choices.note("event_fields")


def _names_an_address(user_data: str) -> bool:
    try:
        read = json.loads(user_data)
    except RecursionError:  # lists in lists, and little room left on the stack
        return False
    return isinstance(read, dict) and bool(read.get("NotifyAddress"))


def _fields(found: FileDetails | Unreadable) -> dict[str, str]:
    """What VOD's event tells of a file: all of it text, as in its sample, though its table has
    Float for Duration, and Long for Height, Width and Size. Audio has neither a frame nor a rate.
    """
    if isinstance(found, Unreadable):
        return _BAD
    fps = found.video[0].fps if found.video else None
    values = {
        "Duration": _written(found.duration, 6),
        "Height": _written(found.height),
        "Width": _written(found.width),
        "Fps": _written(fps, 3),
        "Bitrate": _written(found.bitrate, 3),
        "Size": _written(found.size),
    }
    return {name: value for name, value in values.items() if value is not None}


def _written(number: float | None, places: int = 0) -> str | None:
    """A number in as few figures as it takes, to the places to which answers have it."""
    if number is None:
        return None
    text = f"{number:.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text
