"""The operations that the fake implements, in one tuple."""

from __future__ import annotations

from typing import Final

from fake_ims.gateway.catalogue import Operation
from fake_ims.operations.changing import delete_media_infos, update_media_info
from fake_ims.operations.playing import get_play_info, register_media_stream
from fake_ims.operations.reading import batch_get_media_infos, get_media_info
from fake_ims.operations.registration import register_media_info

OPERATIONS: Final[tuple[Operation, ...]] = (
    register_media_info,
    get_media_info,
    batch_get_media_infos,
    update_media_info,
    delete_media_infos,
    register_media_stream,
    get_play_info,
)
