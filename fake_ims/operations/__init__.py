"""The operations that the fake implements, in one tuple."""

from __future__ import annotations

from typing import Final

from fake_ims.gateway.catalogue import Operation
from fake_ims.operations.categories import (
    add_category,
    delete_category,
    get_categories,
    update_category,
)
from fake_ims.operations.marks import (
    add_media_marks,
    delete_media_marks,
    get_media_marks,
    list_media_marks,
    update_media_marks,
)
from fake_ims.operations.reading import get_media_info
from fake_ims.operations.registration import register_media_info

OPERATIONS: Final[tuple[Operation, ...]] = (
    register_media_info,
    get_media_info,
    add_category,
    update_category,
    delete_category,
    get_categories,
    add_media_marks,
    update_media_marks,
    list_media_marks,
    get_media_marks,
    delete_media_marks,
)
