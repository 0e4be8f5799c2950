"""The names of the events of the service (documented)."""

from __future__ import annotations

from typing import Final

EVENT_TYPES: Final = (
    "FileUploadComplete", "UploadByURLComplete", "ImageUploadComplete",
    "AttachedMediaUploadComplete", "RegisterStreamComplete", "StreamUploadComplete",
    "UploadStreamByURLComplete",
    "CreateAuditComplete", "RegisterMediaComplete", "DeleteMediaComplete",
    "MediaBaseChangeComplete",
    "WorkflowTaskComplete",
    "VideoAnalysisComplete", "SnapshotComplete", "DynamicImageComplete", "TranscodeComplete",
    "TranscodeParentComplete", "MediaConvertComplete", "MediaConvertOutputGroupComplete",
    "MediaConvertOutputComplete",
    "AIMediaAuditComplete", "AIProduceComplete", "MediaAiAnalysisComplete",
    "ProduceMediaComplete", "BatchProduceMediaComplete",
    "LiveRecordFileCreated", "LiveRecordTaskStatus", "LiveSnapshotFileCreated",
)  # fmt: skip

FAKED: Final = (
    "RegisterMediaComplete", "VideoAnalysisComplete", "RegisterStreamComplete",
    "FileUploadComplete", "ImageUploadComplete", "AttachedMediaUploadComplete",
    "UploadByURLComplete", "SnapshotComplete", "WorkflowTaskComplete", "MediaAiAnalysisComplete",
    "MediaBaseChangeComplete", "DeleteMediaComplete",
)  # fmt: skip
"""Those that the fake lets happen."""

OF_TASKS: Final = ("RegisterMediaComplete", "VideoAnalysisComplete", "RegisterStreamComplete")
"""Those that end a task, whose UserData may name a receiver of its own."""

MESSAGES: Final = ("smarttag",)
"""What a job sends to a URL that its caller names, without the envelope of events (documented)."""
