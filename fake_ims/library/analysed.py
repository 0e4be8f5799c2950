"""What the end of an asset's analysis tells: RegisterMediaComplete and VideoAnalysisComplete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fake_ims.clock import Instant
from fake_ims.library.assets import Asset
from fake_ims.library.streams import PLAYABLE
from fake_ims.media.details import FileDetails, Unreadable
from fake_ims.settings import Choices, Settings

if TYPE_CHECKING:
    from fake_ims.library.library import Library

REGISTERED: Final = "RegisterMediaComplete"
ANALYSED: Final = "VideoAnalysisComplete"

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
    for event_type in events_of(asset, settings):
        body = {"Status": status, "MediaId": asset.media_id}
        if event_type == ANALYSED and settings.event_fields != "minimal":
            body |= _fields(found)
        if asset.user_data is not None and settings.event_user_data == "echo":
            body["UserData"] = asset.user_data
        library.emit(event_type, at, body, asset.user_data)


def events_of(asset: Asset, settings: Settings) -> tuple[str, ...]:
    """The types of the events of an analysis, in their order.

    What was uploaded is not registered: it has no RegisterMediaComplete (inferred).
    """
    if asset.upload is not None:
        playable = asset.media_type in PLAYABLE and settings.analysis_event != "omit"
        return (ANALYSED,) if playable else ()
    if asset.media_type not in PLAYABLE or settings.analysis_event == "omit":
        return (REGISTERED,)
    both = (REGISTERED, ANALYSED)
    return both if settings.analysis_event == "after" else both[::-1]


def note(media_type: str, choices: Choices) -> None:
    """Note what the callbacks of an analysis rest on; of a registration that has none, it would be
    noted for nothing.
    """
    if media_type in PLAYABLE and choices.of("analysis_event") != "omit":
        choices.note("event_fields")


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
