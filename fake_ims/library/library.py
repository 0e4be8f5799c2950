"""The library: its assets, and their life from registration to deletion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, Protocol

from fake_ims import errors
from fake_ims.clock import Instant, iso
from fake_ims.events.queue import EventQueue, Pending
from fake_ims.ids import IdGenerator
from fake_ims.library import analysed
from fake_ims.library.assets import NORMAL, PREPARE_FAIL, Asset, AssetStore
from fake_ims.library.categories import Categories
from fake_ims.library.declared import Declared
from fake_ims.library.registration import Registration, check_strictly
from fake_ims.library.scrolling import Scrolls
from fake_ims.library.search_libs import SearchLibs
from fake_ims.library.streams import STREAM_ANALYSIS, Streams
from fake_ims.library.tokens import ClientTokens
from fake_ims.media.details import FileDetails, Unreadable
from fake_ims.media.locations import InputUrlError, Location, identity, parse_location
from fake_ims.media.objects import ObjectFacts, ObjectStore
from fake_ims.media.types import media_type_of
from fake_ims.settings import Choices, Settings

ANALYSIS: Final = "analysis"

ANALYSES: Final = (ANALYSIS, STREAM_ANALYSIS)
"""Kinds of the queue's entries that the library looks after."""


class Emit(Protocol):
    """Lets an event happen."""

    def __call__(
        self,
        event_type: str,
        at: Instant,
        body: dict[str, Any],
        user_data: str | None = None,
        job_id: str | None = None,
        /,
    ) -> None:
        """Its type, when, its message body, the UserData of the task that it ends, if it ends one,
        and the job that it is about, if that works on no asset.
        """


class Library:
    """The assets, what they are filed under, and their life; the caller holds the world's lock."""

    def __init__(
        self,
        settings: Settings,
        *,
        seed: int,
        ids: IdGenerator,
        queue: EventQueue,
        objects: ObjectStore,
        draw_delay: Callable[[], int],
        emit: Emit,
        forget: Callable[[str, Instant], None] = lambda media_id, at: None,
        follow: Callable[[Asset, Instant], None] = lambda asset, at: None,
        expected: Callable[[Asset], str | None] = lambda asset: None,
    ) -> None:
        self.assets = AssetStore()
        self.categories = Categories()
        self.declared = Declared()
        self.search_libs = SearchLibs()
        self.settings = settings
        self.seed = seed
        self.ids = ids
        self.queue = queue
        self.objects = objects
        self.draw_delay = draw_delay
        self.emit = emit
        self._forget = forget
        self._follow = follow
        self._expected = expected
        self.scrolls = Scrolls(seed)
        self._tokens = ClientTokens(settings.client_token_window)
        self._reads: dict[str, int] = {}
        self.streams = Streams(self)

    # ------------------------------------------------------------ looking up

    def locate(self, input_url: str) -> Location:
        """The location that an InputURL names.

        :raises ApiError: InvalidParameter "InputURL" for any form that is not documented.
        """
        try:
            return parse_location(input_url, self.settings.region)
        except InputUrlError:
            raise errors.INVALID_PARAMETER(name="InputURL") from None

    def find_by_url(self, input_url: str, choices: Choices) -> Asset | None:
        """The asset that was registered with this URL, or with another URL of the same file."""
        return self._find(
            input_url,
            identity(input_url, self.locate(input_url), self.settings.url_identity),
            choices,
        )

    def require(self, media_id: str | None, input_url: str | None, choices: Choices) -> Asset:
        """The asset of a MediaId, or else of an InputURL: MediaId counts if both are sent
        (documented).

        :raises ApiError: MissingParameter "MediaId" without either; for an unknown one, as the
            setting ``unknown_media`` says.
        """
        if media_id is not None:
            name, asset = "MediaId", self.assets.get(media_id)
        elif input_url is not None:
            name, asset = "InputURL", self.find_by_url(input_url, choices)
        else:
            raise errors.MISSING_PARAMETER(name="MediaId")
        if asset is None:
            if choices.of("unknown_media") == "not_found":
                raise errors.RESOURCE_NOT_FOUND()
            raise errors.INVALID_PARAMETER(name=name)
        return asset

    def _find(self, input_url: str, own: str, choices: Choices) -> Asset | None:
        asset = self.assets.by_identity(own)
        if asset is not None and asset.input_url != input_url:
            choices.note("url_identity")
        return asset

    def note_read(self, asset: Asset, now: Instant) -> Asset:
        """Count a read of an asset, for ``completion = reads``; the asset as it is to be shown."""
        if self.settings.completion != "reads" or not asset.unfinished:
            return asset
        if not any(pending.kind == ANALYSIS for pending in self.queue.of(asset.media_id)):
            return asset  # its file is still to be uploaded
        seen = self._reads.get(asset.media_id, 0)
        if seen < self.settings.reads:
            self._reads[asset.media_id] = seen + 1
            return asset
        self.queue.cancel(asset.media_id, ANALYSIS)
        return self._analyse(asset.media_id, now)

    # ------------------------------------------------------------ registering

    def register(self, request: Registration, now: Instant, choices: Choices) -> str:
        """Register an asset and plan its analysis; the new MediaId.

        With a ClientToken that is known, the MediaId of the first answer, and nothing happens.

        :raises ApiError: as the document says; nothing has changed then.
        """
        if request.client_token:
            first = self._tokens.find(request.client_token, request, now, choices)
            if first is not None:
                return first
        location = self.locate(request.input_url)
        if self.settings.strict:
            check_strictly(request, location, self)
        media_type = request.media_type or self._media_type(location, choices)
        own = identity(request.input_url, location, self.settings.url_identity)
        old = self._room_for(request, own, choices)
        self.check_readable(location, choices)
        if old is not None:
            self.delete(old, now)
            choices.note("event_fields")

        asset = Asset(
            media_id=self.new_media_id(),
            input_url=request.input_url,
            identity=own,
            location=location,
            media_type=media_type,
            business_type=request.business_type or "general",
            title=request.title or f"default_title_{iso(now)}",
            description=request.description,
            media_tags=request.media_tags,
            cover_url=request.cover_url,
            user_data=request.user_data,
            cate_id=request.cate_id,
            reference_id=request.reference_id,
            workflow_id=request.workflow_id,
            smart_tag_template_id=request.smart_tag_template_id,
            register_config=request.register_config,
            status=self.settings.first_status,
            created_at=now,
            modified_at=now,
        )
        self.assets.put(asset)
        self.plan(ANALYSIS, asset.media_id, now)
        if request.user_data is not None:
            choices.note("event_user_data")
        if request.client_token:
            self._tokens.remember(request.client_token, request, asset.media_id, now)
        return asset.media_id

    def _media_type(self, location: Location, choices: Choices) -> str:
        told = media_type_of(location.suffix) if location.source == "oss" else None
        if told == "text" and choices.of("text_suffix") == "unknown":
            told = None
        if told is not None:
            return told
        if choices.of("unknown_suffix") == "reject":
            raise errors.INVALID_PARAMETER(name="MediaType")
        return "video"

    def _room_for(self, request: Registration, own: str, choices: Choices) -> Asset | None:
        """The asset that the registration replaces, if any."""
        old = self._find(request.input_url, own, choices)
        if old is not None and not request.overwrite:
            raise errors.MEDIA_ALREADY_EXIST(url=request.input_url, media_id=old.media_id)
        if old is None and request.overwrite:
            if choices.of("overwrite_unregistered") == "reject":
                raise errors.RESOURCE_NOT_FOUND()
        self.check_reference_id(request.reference_id, old, choices)
        return old

    def check_reference_id(
        self, reference_id: str | None, owner: Asset | None, choices: Choices
    ) -> None:
        """Refuse a ReferenceId that another asset than ``owner`` has.

        :raises ApiError: as the setting ``reference_id_conflict`` says.
        """
        holder = self.assets.by_reference(reference_id) if reference_id else None
        if holder is not None and holder is not owner:
            if choices.of("reference_id_conflict") == "conflict":
                raise errors.PARAMETER_CONFLICT(name="ReferenceId")
            raise errors.INVALID_PARAMETER(name="ReferenceId")

    def check_readable(self, location: Location, choices: Choices) -> None:
        """Refuse a file that cannot be analysed, if the setting ``unreadable_object`` says so."""
        facts = self.objects.facts(location)
        if facts is not None and facts.fails is not None:
            if choices.of("unreadable_object") == "at_once":
                raise errors.INVALID_PARAMETER(name="InputURL")

    def new_media_id(self) -> str:
        """Draw an id that no asset has."""
        media_id = self.ids.media_id()
        while media_id in self.assets:
            media_id = self.ids.media_id()
        return media_id

    # ------------------------------------------------------------ what happens later

    def begin_analysis(self, asset: Asset, now: Instant) -> None:
        """Let the file of an asset be analysed that has come: any other that came before is not."""
        self.queue.cancel(asset.media_id, ANALYSIS)
        self.plan(ANALYSIS, asset.media_id, now)

    def plan(
        self, kind: str, media_id: str, now: Instant, data: dict[str, str] | None = None
    ) -> None:
        """Let something happen to an asset when the setting ``completion`` says."""
        timed = self.settings.completion == "time"
        due = Instant(now + self.draw_delay()) if timed else None
        self.queue.add(kind, due, media_id, data)

    def run(
        self, pending: Pending, at: Instant, failure: str | None = None, *, forced: bool = False
    ) -> None:
        """Do a piece of pending work: as it comes, with a failure's reason, or with success."""
        if pending.kind == STREAM_ANALYSIS:
            self.streams.analyse(pending, at, failure, forced=forced)
        else:
            self._analyse(pending.subject, at, failure, forced=forced)

    def events_of(self, pending: Pending) -> tuple[str, ...]:
        """The types of the events that a piece of pending work ends in."""
        if pending.kind == STREAM_ANALYSIS:
            return ("RegisterStreamComplete",)
        return analysed.events_of(self.assets[pending.subject], self.settings)

    def _analyse(
        self, media_id: str, at: Instant, failure: str | None = None, *, forced: bool = False
    ) -> Asset:
        asset = self.assets[media_id]
        if failure is None and not forced:
            failure = self._expected(asset)
        facts, found = self.examine(asset.location, asset.media_type, failure, forced=forced)
        self._reads.pop(media_id, None)
        failure = found.reason if isinstance(found, Unreadable) else None
        asset = replace(
            asset,
            status=NORMAL if failure is None else PREPARE_FAIL,
            failure=failure,
            object_facts=facts,
            modified_at=at,
        )
        self.assets.put(asset)
        analysed.tell(self, asset, found, at)
        self._follow(asset, at)
        return self.assets[media_id]

    def examine(
        self, location: Location, media_type: str, failure: str | None, *, forced: bool
    ) -> tuple[ObjectFacts | None, FileDetails | Unreadable]:
        """What has been said of a file, and what is found in it.

        It fails with the ``failure`` that is given; without one it cannot fail if it is ``forced``.
        """
        facts = self.objects.facts(location)
        if forced and facts is not None and failure is None:
            facts = replace(facts, fails=None)
        if failure is not None:
            return facts, Unreadable(failure)
        return facts, self.objects.analyse(location, media_type, facts)

    def delete(self, asset: Asset, now: Instant) -> None:
        """Take an asset out, and with it all that was pending for it.

        The whole asset goes, so DeleteType is ``all``: ApsaraVideo VOD, whose event this is, has
        ``mezzanine`` and ``stream`` for parts of one (documented there).
        """
        self.assets.remove(asset.media_id)
        self.queue.cancel(asset.media_id)
        self._forget(asset.media_id, now)
        self._reads.pop(asset.media_id, None)
        self.streams.forget(asset.media_id)
        self.search_libs.forget(asset.media_id)
        self.announce("DeleteMediaComplete", now, {
            "Status": "Success", "MediaType": asset.media_type, "DeleteType": "all",
            "MediaId": asset.media_id,
        })  # fmt: skip

    def announce(
        self,
        event_type: str,
        at: Instant,
        body: dict[str, Any],
        user_data: str | None = None,
        job_id: str | None = None,
    ) -> None:
        """Record an event whose fields are those of its relative in ApsaraVideo VOD (inferred), or
        as few as the setting ``event_fields`` says.

        :param user_data: of the task that it ends, if it ends one.
        :param job_id: the job that it is about, if that works on no asset.
        """
        if self.settings.event_fields == "minimal":
            body = {name: body[name] for name in ("Status", "MediaId") if name in body}
        if user_data is not None and self.settings.event_user_data == "echo":
            body["UserData"] = user_data
        self.emit(event_type, at, body, user_data, job_id)
