"""Snapshot jobs that a caller submits: pictures of a video, one by one or put together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from fake_ims.clock import Instant
from fake_ims.jobs.job import Job, JobError
from fake_ims.jobs.jobs import Jobs
from fake_ims.jobs.kinds import job_kind
from fake_ims.jobs.snapshot_params import SnapshotParams
from fake_ims.jobs.snapshots import FAMILY, WORDS, info_of
from fake_ims.library.assets import Asset
from fake_ims.media.details import FileDetails
from fake_ims.media.frames import COUNT, TILE_COUNT, Frames, FrameType
from fake_ims.media.locations import Location
from fake_ims.media.signing import UrlSigner

_FRAME_TYPES: Final[dict[str, FrameType]] = {
    "Normal": "NormalSnapshot",
    "Sprite": "SpriteSnapshot",
    "WebVtt": "WebVttSnapshot",
}

_COUNT: Final = 10
"""Pictures, if nothing is said: of the documents' example."""

_SECONDS: Final = 10
"""Between two pictures that are put together, if nothing is said (inferred)."""

_KEY_FRAMES: Final = 250
"""From one key frame to the next: the usual encoder's default."""

_JOB: Final = "{JobId}"


class SnapshotOrder(NamedTuple):
    """What was asked for. ``output`` is the object that Output names, its placeholders in the key;
    None for an asset that is not there.
    """

    snapshot_type: str
    params: SnapshotParams
    output_kind: str
    output_media: str
    output: Location | None
    template_id: str
    pipeline_id: str | None = None


class Taken(NamedTuple):
    """What came of it: how many pictures."""

    total: int


def place_in(asset: Asset, snapshot_type: str, signer: UrlSigner) -> Location:
    """Where pictures lie for which Output names an asset: as those of its registration do
    (inferred).
    """
    stored = signer.stored(asset.location, "mp4")
    key = f"{asset.media_id}/snapshots/{snapshot_type.lower()}/{_JOB}"
    ending = {"Normal": f"-{COUNT}.jpg", "Sprite": f"-{TILE_COUNT}.jpg", "WebVtt": ".vtt"}
    return Location("oss", stored.region, stored.bucket, key + ending[snapshot_type])


def output_of(job: Job) -> Location | None:
    """The object that a job writes, its placeholders in the key."""
    order: SnapshotOrder = job.order
    place = order.output
    if place is not None and order.output_kind == "Media":
        place = place._replace(key=place.key.replace(_JOB, job.job_id[:8].upper()))
    return place


def frames_of(job: Job) -> Frames | None:
    """The pictures that a job has taken; None before that.

    Beside a WebVtt they lie in a folder of its name: ``x.vtt`` tells of
    ``x/snapshot-tile-00001.jpg`` (observed), or of ``x/snapshot-00001.jpg`` if they are not put
    together (inferred).
    """
    place, taken = output_of(job), job.result
    if not isinstance(taken, Taken) or place is None:
        return None
    kind, key, tile_key, vtt_key = job.order.snapshot_type, place.key, "", ""
    if kind == "Sprite":
        key, tile_key = "", place.key
    elif kind == "WebVtt":
        folder, vtt_key = place.key.removesuffix(".vtt"), place.key
        key = f"{folder}/snapshot-{COUNT}.jpg"
        if job.order.params.tiled:
            key, tile_key = "", f"{folder}/snapshot-tile-{TILE_COUNT}.jpg"
    return Frames(
        frame_type=_FRAME_TYPES[kind],
        job_id=job.job_id,
        template_id=job.order.template_id,
        region=place.region,
        bucket=place.bucket,
        key=key,
        total=taken.total,
        start=job.order.params.start,
        tile_key=tile_key,
        tile_total=_tiles(job.order, taken.total),
        vtt_key=vtt_key,
    )


def count_of(order: SnapshotOrder, details: FileDetails, *, key_frames_only: bool) -> int:
    """How many pictures there are: those asked for that lie before the end of the video.

    Without an Interval, or with one of 0, they are spread over what there is of the video, at most
    one a frame (inferred).

    :raises JobError: if there can be none.
    """
    params = order.params
    duration = details.duration or 0.0
    if not details.video or duration <= 0:
        raise JobError("InvalidParameter.ResourceContentBad", "The file has no video stream.")
    rest = duration - params.start
    if rest <= 0:
        raise JobError("InvalidParameter", 'The specified parameter "Time" is not valid.')
    wanted, interval = params.wanted, params.interval
    if wanted is None and order.snapshot_type == "Normal":
        several = order.output is not None and COUNT in order.output.key
        wanted = _COUNT if several else 1
    elif wanted is None:
        interval = interval or _SECONDS
        wanted = math.ceil(rest / interval)
    fps = details.video[0].fps
    found = min(wanted, max(1, math.ceil(rest * fps)))
    span = rest
    if interval:
        found = min(found, math.ceil(rest / interval))
        span = min(rest, found * interval)
    if key_frames_only and params.frame_type == "intra":
        apart = _KEY_FRAMES / fps
        end = params.start + span
        found = min(found, max(1, math.ceil(end / apart) - math.ceil(params.start / apart)))
    return found


def _tiles(order: SnapshotOrder, total: int) -> int:
    """Sprites that it takes; those of a WebVtt have ten lines of ten (observed)."""
    if order.snapshot_type == "Normal" or (
        order.snapshot_type == "WebVtt" and not order.params.tiled
    ):
        return 0
    return math.ceil(total / (order.params.columns * order.params.lines))


def _tell(job: Job, jobs: Jobs, at: Instant) -> None:
    """Let SnapshotComplete happen: SubType tells it from those of a registration, as the event of
    this name in ApsaraVideo VOD does.
    """
    body: dict[str, Any] = {"Status": "Success" if job.failure is None else "Fail"}
    if job.media_id is not None:
        body["MediaId"] = job.media_id
    body["SubType"] = "SpecifiedTime"
    if job.failure is not None:
        frame_type = _FRAME_TYPES[job.order.snapshot_type]
        info = {"Status": "Fail", "SnapshotType": frame_type, "JobId": job.job_id}
        body |= {"SnapshotInfos": [info], **job.failure.fields()}
    else:
        frames = frames_of(job)
        body["SnapshotInfos"] = [] if frames is None else [info_of(frames)]
    of_no_asset = job.job_id if job.media_id is None else None
    jobs.library.announce("SnapshotComplete", at, body, job.user_data, of_no_asset)


def read_taken(given: Any) -> Taken:
    """How many pictures a test wants: ``{"Count": 8}``.

    :raises ValueError: for anything else.
    """
    if not isinstance(given, Mapping) or given.keys() != {"Count"}:
        raise ValueError(f"how many pictures there are: {{'Count': 8}}, not {given!r}")
    total = given["Count"]
    if not isinstance(total, int) or isinstance(total, bool) or not 0 < total < 1 << 31:
        raise ValueError(f"Count must be a positive number, not {total!r}")
    return Taken(total)


@job_kind(
    "snapshot_job",
    family=FAMILY,
    words=WORDS,
    ended=_tell,
    events=("SnapshotComplete",),
    read_result=read_taken,
)
def take_pictures(job: Job, jobs: Jobs, at: Instant) -> Taken:
    """The pictures that were asked for."""
    order: SnapshotOrder = job.order
    if order.output is None:
        raise JobError("ResourceNotFound", 'The specified resource for "Media" could not be found.')
    details = jobs.details_of(job)
    key_frames_only = jobs.settings.intra_snapshots == "key_frames"
    return Taken(count_of(order, details, key_frames_only=key_frames_only))
