"""The operations that the fake implements, and the module that has each.

A module is imported when one of its operations is first called: the schemas of all of them together
would take as long as the rest of a cold start.
"""

from __future__ import annotations

import functools
import importlib
from typing import Final

from fake_ims.gateway.catalogue import Operation

FAMILIES: Final = {
    "registration": ("RegisterMediaInfo",),
    "reading": ("GetMediaInfo", "BatchGetMediaInfos"),
    "changing": ("UpdateMediaInfo", "DeleteMediaInfos"),
    "listing": ("ListMediaBasicInfos",),
    "searching": ("SearchMedia",),
    "searching_by_text": ("SearchMediaByHybrid",),
    "categories": ("AddCategory", "UpdateCategory", "DeleteCategory", "GetCategories"),
    "marks": (
        "AddMediaMarks",
        "UpdateMediaMarks",
        "ListMediaMarks",
        "GetMediaMarks",
        "DeleteMediaMarks",
    ),
    "playing": ("RegisterMediaStream", "GetPlayInfo"),
    "snapshots": (
        "SubmitSnapshotJob",
        "GetSnapshotJob",
        "ListSnapshotJobs",
        "GetSnapshotUrls",
    ),
    "media_info_jobs": (
        "SubmitMediaInfoJob",
        "GetMediaInfoJob",
        "ListMediaInfoJobs",
        "SubmitSyncMediaInfoJob",
    ),
    "workflows": ("StartWorkflow", "GetWorkflowTask", "ListWorkflowTasks"),
    "uploading": ("CreateUploadMedia", "RefreshUploadMedia"),
    "fetching": ("UploadMediaByURL", "GetUrlUploadInfos"),
    "smart_tags": ("SubmitSmarttagJob", "QuerySmarttagJob"),
    "content_analysis": ("SetContentAnalyzeConfig", "GetContentAnalyzeConfig"),
    "search_libs": (
        "CreateSearchLib",
        "ListSearchLib",
        "QuerySearchLib",
        "AlterSearchLib",
        "DropSearchLib",
    ),
    "search_lib_media": (
        "InsertMediaToSearchLib",
        "UpdateMediaToSearchLib",
        "DeleteMediaFromSearchLib",
        "QueryMediaIndexJob",
    ),
    "storage": (
        "GetDefaultStorageLocation",
        "SetDefaultStorageLocation",
        "GetStorageList",
    ),
    "callbacks": ("SetEventCallback", "GetEventCallback"),
}
"""By module, in the order in which the documents list them."""

_FAMILY_OF: Final = {action: family for family, actions in FAMILIES.items() for action in actions}


@functools.cache
def _family(name: str) -> dict[str, Operation]:
    module = importlib.import_module(f"{__name__}.{name}")
    return {each.action: each for each in vars(module).values() if isinstance(each, Operation)}


def find(action: str) -> Operation | None:
    """The operation of this name, or None if the fake does not implement it."""
    family = _FAMILY_OF.get(action)
    return None if family is None else _family(family)[action]


def every_operation() -> tuple[Operation, ...]:
    """All of them, in the order of the documents."""
    return tuple(
        _family(family)[action] for family, actions in FAMILIES.items() for action in actions
    )
