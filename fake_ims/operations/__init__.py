"""The operations that the fake implements, in one tuple."""

from __future__ import annotations

from typing import Final

from fake_ims.gateway.catalogue import Operation
from fake_ims.operations.reading import get_media_info
from fake_ims.operations.registration import register_media_info
from fake_ims.operations.searching import search_media
from fake_ims.operations.searching_by_text import search_media_by_hybrid

OPERATIONS: Final[tuple[Operation, ...]] = (
    register_media_info,
    get_media_info,
    search_media,
    search_media_by_hybrid,
)
