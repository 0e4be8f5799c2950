"""Registration: its rules, its plan, and what becomes of an asset."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from fake_ims import errors
from fake_ims.clock import Instant, iso
from fake_ims.events.queue import EventQueue, Pending
from fake_ims.ids import IdGenerator
from fake_ims.library.assets import NORMAL, PREPARE_FAIL, Asset, AssetStore
from fake_ims.library.declared import Declared
from fake_ims.library.tokens import ClientTokens
from fake_ims.media.details import Unreadable
from fake_ims.media.locations import InputUrlError, Location, identity, parse_location
from fake_ims.media.objects import ObjectStore
from fake_ims.media.types import BUSINESS_TYPES, media_type_of, suffix_fits
from fake_ims.settings import Choices, Settings

ANALYSIS: Final = "analysis"
_REGISTER_CONFIG_KEYS: Final = {
    "NeedSprite", "NeedSnapshot", "CoverConfig", "SearchLibName",
    "StorageLocation",  # observed in production for VOD buckets, undocumented
}  # fmt: skip
_CLIENT_TOKEN: Final = re.compile(
    r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
)

Emit = Callable[[str, Instant, dict[str, Any]], None]
"""Records an event: its type, when, and its message body."""


@dataclass(slots=True, kw_only=True)
class Registration:
    """What a caller of RegisterMediaInfo asks for, each value within its documented limits."""

    input_url: str
    media_type: str | None = None
    business_type: str | None = None
    title: str | None = None
    description: str | None = None
    media_tags: tuple[str, ...] = ()
    cover_url: str | None = None
    user_data: str | None = None
    overwrite: bool = False
    client_token: str | None = field(default=None, compare=False)
    register_config: str | None = None
    cate_id: int | None = None
    workflow_id: str | None = None
    reference_id: str | None = None
    smart_tag_template_id: str | None = None


class Library:
    """The assets and their life; the caller holds the world's lock."""

    def __init__(
        self,
        settings: Settings,
        *,
        ids: IdGenerator,
        queue: EventQueue,
        objects: ObjectStore,
        draw_delay: Callable[[], int],
        emit: Emit,
    ) -> None:
        self.assets = AssetStore()
        self.declared = Declared()
        self._settings = settings
        self._ids = ids
        self._queue = queue
        self._objects = objects
        self._draw_delay = draw_delay
        self._emit = emit
        self._tokens = ClientTokens(settings.client_token_window)
        self._reads: dict[str, int] = {}

    # ------------------------------------------------------------ looking up

    def locate(self, input_url: str) -> Location:
        """The location that an InputURL names.

        :raises ApiError: InvalidParameter "InputURL" for any form that is not documented.
        """
        try:
            return parse_location(input_url, self._settings.region)
        except InputUrlError:
            raise errors.INVALID_PARAMETER(name="InputURL") from None

    def find_by_url(self, input_url: str, choices: Choices) -> Asset | None:
        """The asset that was registered with this URL, or with another URL of the same file."""
        return self._find(
            input_url,
            identity(input_url, self.locate(input_url), self._settings.url_identity),
            choices,
        )

    def _find(self, input_url: str, own: str, choices: Choices) -> Asset | None:
        asset = self.assets.by_identity(own)
        if asset is not None and asset.input_url != input_url:
            choices.note("url_identity")
        return asset

    def note_read(self, asset: Asset, now: Instant) -> Asset:
        """Count a read of an asset, for ``completion = reads``; the asset as it is to be shown."""
        if self._settings.completion != "reads" or not asset.unfinished:
            return asset
        seen = self._reads.get(asset.media_id, 0)
        if seen < self._settings.reads:
            self._reads[asset.media_id] = seen + 1
            return asset
        self._queue.cancel(asset.media_id)
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
        if self._settings.strict:
            self._check_strictly(request, location)
        media_type = request.media_type or self._media_type(location, choices)
        own = identity(request.input_url, location, self._settings.url_identity)
        old = self._room_for(request, own, choices)
        facts = self._objects.facts(location)
        if facts is not None and facts.fails is not None:
            if choices.of("unreadable_object") == "at_once":
                raise errors.INVALID_PARAMETER(name="InputURL")
        if old is not None:
            self._delete(old, now)

        asset = Asset(
            media_id=self._new_media_id(),
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
            status=self._settings.first_status,
            created_at=now,
            modified_at=now,
        )
        self.assets.put(asset)
        self._plan(asset, now)
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
        if request.reference_id:
            holder = self.assets.by_reference(request.reference_id)
            if holder is not None and holder is not old:
                if choices.of("reference_id_conflict") == "conflict":
                    raise errors.PARAMETER_CONFLICT(name="ReferenceId")
                raise errors.INVALID_PARAMETER(name="ReferenceId")
        return old

    def _check_strictly(self, request: Registration, location: Location) -> None:
        """What the documents forbid but production callers are seen to send."""
        declared = self.declared
        config = json.loads(request.register_config or "{}")
        business_type, media_type = request.business_type, request.media_type
        library = config.get("SearchLibName")
        wrong = {
            "InputURL": location.region != self._settings.region,
            "MediaType": bool(media_type) and not suffix_fits(location.suffix, media_type or ""),
            "BusinessType": (business_type is not None and business_type not in BUSINESS_TYPES)
            or (media_type == "text" and business_type not in ("subtitles", "font")),
            "ClientToken": request.client_token is not None
            and _CLIENT_TOKEN.fullmatch(request.client_token) is None,
            "RegisterConfig": not _REGISTER_CONFIG_KEYS.issuperset(config)
            or library not in (None, *declared.search_libs),
            "CateId": request.cate_id not in (None, *declared.categories),
            "WorkflowId": request.workflow_id not in (None, *declared.workflows),
            "SmartTagTemplateId": request.smart_tag_template_id
            not in (None, *declared.smart_tag_templates),
        }
        for name, is_wrong in wrong.items():
            if is_wrong:
                raise errors.INVALID_PARAMETER(name=name)

    def _new_media_id(self) -> str:
        media_id = self._ids.media_id()
        while media_id in self.assets:
            media_id = self._ids.media_id()
        return media_id

    # ------------------------------------------------------------ what happens later

    def _plan(self, asset: Asset, now: Instant) -> None:
        timed = self._settings.completion == "time"
        due = Instant(now + self._draw_delay()) if timed else None
        self._queue.add(ANALYSIS, due, asset.media_id)

    def run(self, pending: Pending, at: Instant) -> None:
        """Do a piece of pending work, at its due time."""
        self._analyse(pending.subject, at)

    def finish(self, media_id: str, now: Instant, failure: str | None = None) -> Asset:
        """Bring an analysis to its end now: successfully, or with a failure's reason."""
        self._queue.cancel(media_id)
        return self._analyse(media_id, now, failure, forced=True)

    def _analyse(
        self, media_id: str, at: Instant, failure: str | None = None, *, forced: bool = False
    ) -> Asset:
        asset = self.assets.get(media_id)
        if asset is None:
            raise KeyError(media_id)
        facts = self._objects.facts(asset.location)
        if forced and facts is not None and failure is None:
            facts = replace(facts, fails=None)
        if failure is None:
            found = self._objects.analyse(asset.location, asset.media_type, facts)
            failure = found.reason if isinstance(found, Unreadable) else None
        self._reads.pop(media_id, None)
        asset = replace(
            asset,
            status=NORMAL if failure is None else PREPARE_FAIL,
            failure=failure,
            object_facts=facts,
            modified_at=at,
        )
        self.assets.put(asset)
        body = {"Status": "Success" if failure is None else "Fail", "MediaId": media_id}
        if asset.user_data is not None and self._settings.event_user_data == "echo":
            body["UserData"] = asset.user_data
        self._emit("RegisterMediaComplete", at, body)
        return asset

    def _delete(self, asset: Asset, now: Instant) -> None:
        self.assets.remove(asset.media_id)
        self._queue.cancel(asset.media_id)
        self._reads.pop(asset.media_id, None)
        self._emit("DeleteMediaComplete", now, {"Status": "Success", "MediaId": asset.media_id})
