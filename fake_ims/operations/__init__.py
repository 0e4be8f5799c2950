"""The operations that the fake implements, in one tuple."""

from __future__ import annotations

from typing import Final

from fake_ims.gateway.catalogue import Operation
from fake_ims.operations import categories, changing, listing, marks, playing, reading, registration

OPERATIONS: Final[tuple[Operation, ...]] = (
    registration.register_media_info,
    reading.get_media_info,
    reading.batch_get_media_infos,
    changing.update_media_info,
    changing.delete_media_infos,
    listing.list_media_basic_infos,
    categories.add_category,
    categories.update_category,
    categories.delete_category,
    categories.get_categories,
    marks.add_media_marks,
    marks.update_media_marks,
    marks.list_media_marks,
    marks.get_media_marks,
    marks.delete_media_marks,
    playing.register_media_stream,
    playing.get_play_info,
)
