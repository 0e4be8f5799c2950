"""AddMediaMarks, UpdateMediaMarks, ListMediaMarks, GetMediaMarks and DeleteMediaMarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Listed,
    Parameter,
    RequestSchema,
    ResponseSchema,
    Text,
    Written,
    read_json,
)
from fake_ims.library import marks


class JsonArray(Parameter):
    """Text that must be a JSON array; read as a list."""

    def _deserialize(self, value: str, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        try:
            document = read_json(value)
        except ValueError as error:
            raise ValidationError(f"not JSON: {error}") from None
        if not isinstance(document, list):
            raise ValidationError("not a JSON array")
        return document


@dataclass(slots=True, kw_only=True, eq=False)
class MarksOf:
    """Marks as they were sent, and the asset that they are on."""

    media_id: str
    media_marks: list[Any]


class MarksOfRequest(RequestSchema):
    """Both are required (documented)."""

    record = MarksOf

    media_id = Text(data_key="MediaId", required=True)
    media_marks = JsonArray(data_key="MediaMarks", required=True)


@dataclass(slots=True, eq=False)
class MarkIds:
    """The marks that something was done to."""

    media_id: str | None
    media_mark_ids: str


class MarkIdsResponse(ResponseSchema):
    """``MediaId``, and ``MediaMarkIds`` with commas between them; empty if there are none."""

    media_id = Written(data_key="MediaId")
    media_mark_ids = Written(data_key="MediaMarkIds")


@operation(
    "AddMediaMarks",
    request=MarksOfRequest,
    response=MarkIdsResponse,
    access="create",
    questions=("unknown_media",),
)
def add_media_marks(request: MarksOf, services: Services) -> MarkIds:
    """Add marks to an asset, whose ModifiedTime stays: none of its own fields has changed."""
    drafts = marks.read_marks(request.media_marks, strict=services.settings.strict)
    asset = services.library.require(request.media_id, None, services.choices)
    added = marks.add(services.library, asset, drafts)
    return MarkIds(asset.media_id, ",".join(added))


@operation(
    "UpdateMediaMarks",
    request=MarksOfRequest,
    response=MarkIdsResponse,
    access="update",
    questions=("unknown_media", "mark_without_id"),
)
def update_media_marks(request: MarksOf, services: Services) -> MarkIds:
    """Change marks of an asset, each by its MarkId; what is not sent of it stays."""
    drafts = marks.read_marks(request.media_marks, strict=services.settings.strict)
    asset = services.library.require(request.media_id, None, services.choices)
    changed = marks.update(services.library, asset, drafts, services.choices)
    return MarkIds(asset.media_id, ",".join(changed))


# ---------------------------------------------------------------- showing and deleting


@dataclass(slots=True, kw_only=True, eq=False)
class WhichMarks:
    """Which marks of which asset. No MediaMarkIds stands for all, an empty list for none."""

    media_id: str | None = None
    media_mark_ids: tuple[str, ...] | None = None


class WhichMarksRequest(RequestSchema):
    """Neither is declared as required."""

    record = WhichMarks

    media_id = Text(data_key="MediaId")
    media_mark_ids = Listed(data_key="MediaMarkIds")


class ListMediaMarksRequest(RequestSchema):
    """MediaMarkIds is discontinued (documented)."""

    record = WhichMarks

    media_id = Text(data_key="MediaId")
    media_mark_ids = Listed(data_key="MediaMarkIds", inert=True)


@dataclass(slots=True, eq=False)
class ShownMarks:
    """Marks as the text of a JSON array."""

    media_id: str | None
    media_marks: str


class ShownMarksResponse(ResponseSchema):
    """``MediaId``, and ``MediaMarks``: a text that is a JSON array (documented)."""

    media_id = Written(data_key="MediaId")
    media_marks = Written(data_key="MediaMarks")


@operation(
    "ListMediaMarks",
    request=ListMediaMarksRequest,
    response=ShownMarksResponse,
    access="list",
    questions=("unknown_media",),
)
def list_media_marks(query: WhichMarks, services: Services) -> ShownMarks:
    """Show all marks of an asset, in the order in which they were added."""
    asset = services.library.require(query.media_id, None, services.choices)
    return ShownMarks(asset.media_id, marks.as_json(asset.marks))


@operation(
    "GetMediaMarks",
    request=WhichMarksRequest,
    response=ShownMarksResponse,
    access="get",
    questions=("unknown_media",),
)
def get_media_marks(query: WhichMarks, services: Services) -> ShownMarks:
    """Show marks by their ids."""
    chosen = marks.choose(services.library, query.media_id, query.media_mark_ids, services.choices)
    return ShownMarks(chosen.media_id, marks.as_json(chosen.marks))


@operation(
    "DeleteMediaMarks",
    request=WhichMarksRequest,
    response=MarkIdsResponse,
    access="delete",
    questions=("unknown_media",),
)
def delete_media_marks(query: WhichMarks, services: Services) -> MarkIds:
    """Delete marks by their ids, or all of an asset if no ids are sent (documented)."""
    chosen = marks.choose(services.library, query.media_id, query.media_mark_ids, services.choices)
    marks.delete(services.library, chosen.marks)
    return MarkIds(chosen.media_id, ",".join(mark.mark_id for mark in chosen.marks))
