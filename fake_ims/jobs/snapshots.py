"""Snapshots, sprite and cover: what a registration lets be made of a video."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace
from typing import Any, Final, NamedTuple

from fake_ims.clock import Instant
from fake_ims.jobs.job import Job
from fake_ims.jobs.jobs import Jobs
from fake_ims.jobs.kinds import Words, job_kind
from fake_ims.library.assets import Asset
from fake_ims.media.frames import COUNT, TILE_COUNT, Frames, FrameType

FAMILY: Final = "snapshot"

WORDS: Final = Words("Init", "Init", "Success", "Fail", "Fail")
"""Documented: Init, Success and Fail."""

_COUNT: Final = 3
"""Of the documents' example."""

_TILES: Final = 100
"""Ten lines of ten columns in a sprite (inferred)."""

_SECONDS: Final = 10
"""Between two pictures of a sprite (inferred)."""

_TYPES: Final[dict[str, FrameType]] = {
    "snapshots": "NormalSnapshot",
    "sprite": "SpriteSnapshot",
    "cover": "CoverSnapshot",
}


class FrameOrder(NamedTuple):
    """What pictures to take: from ``start`` (seconds) on."""

    start: float = 0.0


def _tell(job: Job, jobs: Jobs, at: Instant) -> None:
    """Show the pictures on the asset, and let SnapshotComplete happen.

    Its fields are those of the event of this name in ApsaraVideo VOD (inferred), one event a job.
    """
    library, frames = jobs.library, job.result
    asset = library.assets[job.media_id or ""]
    if job.failure is None:
        asset = replace(asset, made=replace(asset.made, **{job.kind: frames}))
        library.assets.put(asset)
    body: dict[str, Any] = {
        "Status": "Success" if job.failure is None else "Fail",
        "MediaId": asset.media_id,
    }
    if job.failure is not None:
        info = {"Status": "Fail", "SnapshotType": _TYPES[job.kind], "JobId": job.job_id}
        body |= {"SnapshotInfos": [info], **job.failure.fields()}
    else:
        if job.kind == "cover":
            body["CoverUrl"] = frames.location(1).http_url
        body["SnapshotInfos"] = [info_of(frames)]
    library.announce("SnapshotComplete", at, body, job.user_data)


def info_of(frames: Frames) -> dict[str, Any]:
    """What SnapshotComplete tells of the pictures of a job that was a success."""
    mark = TILE_COUNT if frames.tile_key else COUNT
    host = frames.location(1).host
    named = frames.shown_key.replace(mark, "{SnapshotCount}")
    return {
        "Status": "Success",
        "SnapshotType": frames.frame_type,
        "SnapshotCount": frames.shown_total,
        "SnapshotFormat": named,
        "SnapshotRegular": f"http://{host}/{named}",
        "JobId": frames.job_id,
    }


def planned(job: Job, jobs: Jobs) -> Frames:
    """What a job of a registration takes, but for how many pictures: none before it has."""
    return job.result or _frames(job, jobs, 0)


def _frames(job: Job, jobs: Jobs, count: int, tile_count: int = 0) -> Frames:
    asset = jobs.library.assets[job.media_id or ""]
    stored = jobs.signer.stored(asset.location, "mp4")
    folder = {"snapshots": "normal", "sprite": "sprite", "cover": "cover"}[job.kind]
    path = f"{asset.media_id}/snapshots/{folder}/{job.job_id[:8].upper()}"
    return Frames(
        frame_type=_TYPES[job.kind],
        job_id=job.job_id,
        template_id=hashlib.blake2b(job.kind.encode(), digest_size=16).hexdigest(),
        region=stored.region,
        bucket=stored.bucket,
        key=f"{path}-{COUNT}.jpg",
        total=count,
        start=job.order.start,
        tile_key=f"{path}-{TILE_COUNT}.jpg" if tile_count else "",
        tile_total=tile_count,
    )


def _wanted(asset: Asset, needed: bool, start: float = 0.0) -> FrameOrder | None:
    return FrameOrder(start) if asset.media_type == "video" and needed else None


@job_kind(
    "snapshots",
    family=FAMILY,
    words=WORDS,
    wanted=lambda asset, jobs: _wanted(asset, asset.config.need_snapshot),
    ended=_tell,
    events=("SnapshotComplete",),
)
def take_snapshots(job: Job, jobs: Jobs, at: Instant) -> Frames:
    """A few pictures from the whole length."""
    return _frames(job, jobs, _COUNT)


@job_kind(
    "sprite",
    family=FAMILY,
    words=WORDS,
    wanted=lambda asset, jobs: _wanted(asset, asset.config.need_sprite),
    ended=_tell,
    events=("SnapshotComplete",),
)
def make_sprite(job: Job, jobs: Jobs, at: Instant) -> Frames:
    """Small pictures at equal distances, many to a sprite."""
    count = max(1, math.ceil(jobs.duration_of(job) / _SECONDS))
    return _frames(job, jobs, count, math.ceil(count / _TILES))


@job_kind(
    "cover",
    family=FAMILY,
    words=WORDS,
    wanted=lambda asset, jobs: _wanted(asset, asset.cover_url is None, asset.config.cover_start),
    ended=_tell,
    events=("SnapshotComplete",),
)
def take_cover(job: Job, jobs: Jobs, at: Instant) -> Frames:
    """One picture, for an asset without a CoverURL, from the time that CoverConfig names."""
    return _frames(job, jobs, 1)
