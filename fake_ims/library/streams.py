"""Streams: further files of an asset, such as its transcoded forms, each analysed on its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fake_ims import errors
from fake_ims.clock import Instant, iso
from fake_ims.events.queue import Pending
from fake_ims.library.assets import NORMAL, PREPARE_FAIL, PREPARING, Asset
from fake_ims.media.details import Unreadable
from fake_ims.media.locations import Location, identity
from fake_ims.media.objects import ObjectFacts
from fake_ims.media.types import media_type_of
from fake_ims.settings import Choices
from fake_ims.texts import printable, shortened

if TYPE_CHECKING:
    from fake_ims.library.library import Library

STREAM_ANALYSIS: Final = "stream analysis"

PLAYABLE: Final = ("video", "audio")
"""The MediaTypes that can be played."""


@dataclass(slots=True, kw_only=True)
class StreamRegistration:
    """What a caller of RegisterMediaStream asks for; no parameter is declared as required."""

    input_url: str | None = None
    media_id: str | None = None
    user_data: str | None = None
    stream_tags: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One stream of an asset: never changed, only replaced.

    ``identity`` is what makes two InputURLs one stream, ``object_facts`` what had been said of
    the file when it was analysed. ``status`` is ``Preparing``, ``Normal`` or ``PrepareFail``.
    """

    input_url: str
    identity: str
    location: Location
    media_type: str
    status: str
    created_at: Instant
    modified_at: Instant
    user_data: str | None = None
    stream_tags: str | None = None
    object_facts: ObjectFacts | None = None
    failure: str | None = None

    def __repr__(self) -> str:
        why = f" ({printable(shortened(self.failure))})" if self.failure else ""
        tags = f" {printable(shortened(self.stream_tags))}" if self.stream_tags else ""
        return (
            f"<Stream {self.status}{why} {shortened(repr(self.input_url))}{tags} "
            f"{iso(self.created_at)}>"
        )


class Streams:
    """The life of streams, which are kept on their assets; the caller holds the world's lock."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._reads: dict[str, int] = {}
        self._places: dict[str, dict[str, int]] = {}
        """Of each asset's streams by their identity: their places, which they keep."""

    def register(self, request: StreamRegistration, now: Instant, choices: Choices) -> str:
        """Add a stream to an asset and plan its analysis; the asset's MediaId.

        A file is a stream of an asset once: registered again it has the new tags at once, keeps
        its place, and is analysed again, while it shows as before (inferred).

        :raises ApiError: MissingParameter for the first that is not there, in the order of the
            document; InvalidParameter for a URL that is not of OSS; an unknown MediaId as for
            :meth:`Library.require`; nothing has changed then.
        """
        library = self._library
        if request.input_url is None:
            raise errors.MISSING_PARAMETER(name="InputURL")
        if request.media_id is None:
            raise errors.MISSING_PARAMETER(name="MediaId")
        location = library.locate(request.input_url)
        elsewhere = library.settings.strict and location.region != library.settings.region
        if location.source != "oss" or elsewhere:
            raise errors.INVALID_PARAMETER(name="InputURL")
        asset = library.require(request.media_id, None, choices)
        library.check_readable(location, choices)

        own = identity(request.input_url, location, library.settings.url_identity)
        old = self._find(asset, own)
        if old is None:
            stream = Stream(
                input_url=request.input_url,
                identity=own,
                location=location,
                media_type=_media_type(location, asset),
                status=PREPARING,
                created_at=now,
                modified_at=now,
                user_data=request.user_data,
                stream_tags=request.stream_tags,
            )
        else:
            if old.input_url != request.input_url:
                choices.note("url_identity")
            stream = replace(
                old,
                status=NORMAL if old.status == NORMAL else PREPARING,
                failure=None,
                modified_at=now,
                user_data=request.user_data,
                stream_tags=request.stream_tags,
            )
        self._put(asset, stream)
        self._reads.pop(asset.media_id, None)
        data = {"Identity": own}
        if request.user_data is not None:
            choices.note("event_user_data")
            data["UserData"] = request.user_data
        library.plan(STREAM_ANALYSIS, asset.media_id, now, data)
        return asset.media_id

    def analyse(
        self, pending: Pending, at: Instant, failure: str | None = None, *, forced: bool = False
    ) -> None:
        """End the analysis that one registration began: each has its own event."""
        asset = self._library.assets[pending.subject]
        stream = self._find(asset, pending.data["Identity"])
        assert stream is not None, "a stream is there as long as its asset"
        if stream.media_type not in PLAYABLE and not forced:
            failure = "neither video nor audio"
        facts, found = self._library.examine(
            stream.location, stream.media_type, failure, forced=forced
        )
        failure = found.reason if isinstance(found, Unreadable) else None
        stream = replace(
            stream,
            status=NORMAL if failure is None else PREPARE_FAIL,
            failure=failure,
            object_facts=facts,
            modified_at=at,
        )
        self._put(asset, stream)
        self._reads.pop(asset.media_id, None)
        # Which fields the body has is not documented: those of FileUploadComplete (inferred).
        body = {
            "Status": "Success" if failure is None else "Fail",
            "FileUrl": stream.location.http_url,
            "MediaId": asset.media_id,
        }
        user_data = pending.data.get("UserData")
        if user_data is not None and self._library.settings.event_user_data == "echo":
            body["UserData"] = user_data
        self._library.emit("RegisterStreamComplete", at, body, user_data)

    def note_read(self, asset: Asset, now: Instant) -> Asset:
        """Count an answer that shows an asset's streams, for ``completion = reads``; the asset as
        it is to be shown.

        So many answers since the last registration leave out what has not been analysed.
        """
        settings, queue, media_id = self._library.settings, self._library.queue, asset.media_id
        if settings.completion != "reads":
            return asset
        if not any(pending.kind == STREAM_ANALYSIS for pending in queue.of(media_id)):
            return asset
        seen = self._reads.get(media_id, 0)
        if seen < settings.reads:
            self._reads[media_id] = seen + 1
            return asset
        for pending in queue.cancel(media_id, STREAM_ANALYSIS):
            self.analyse(pending, now)
        return self._library.assets[media_id]

    def forget(self, media_id: str) -> None:
        """Forget what was kept of an asset that is gone."""
        self._reads.pop(media_id, None)
        self._places.pop(media_id, None)

    def _find(self, asset: Asset, own: str) -> Stream | None:
        place = self._places.get(asset.media_id, {}).get(own)
        return None if place is None else asset.streams[place]

    def _put(self, asset: Asset, stream: Stream) -> None:
        """Put a stream in the place of the one of its identity, or after all others."""
        places = self._places.setdefault(asset.media_id, {})
        place = places.setdefault(stream.identity, len(asset.streams))
        streams = (*asset.streams[:place], stream, *asset.streams[place + 1 :])
        self._library.assets.put(replace(asset, streams=streams))


def _media_type(location: Location, asset: Asset) -> str:
    """What the file's suffix tells; else what the asset is, or video (inferred)."""
    told = media_type_of(location.suffix)
    if told is not None:
        return told
    return asset.media_type if asset.media_type in PLAYABLE else "video"
