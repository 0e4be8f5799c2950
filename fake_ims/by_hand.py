"""What a test does to a world by hand, without HTTP: calls, and ends before their time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fake_ims.clock import Instant
from fake_ims.gateway.parameters import check_parameters, read_record, without_effect
from fake_ims.gateway.request import check_texts
from fake_ims.job_names import DEFAULT_DELAYS
from fake_ims.jobs.job import Job, JobFailure
from fake_ims.journal.calls import Call
from fake_ims.library.assets import Asset
from fake_ims.library.library import ANALYSES
from fake_ims.library.uploads import arrive, tell_of_upload
from fake_ims.media.objects import ObjectFacts
from fake_ims.settings import Choices
from fake_ims.texts import check_text, nearest
from fake_ims.world import World


def call(world: World, action: str, parameters: Mapping[str, str]) -> Any:
    """Do an operation without HTTP, signature, RAM or journal; the handler's result.

    :raises ApiError: as over HTTP.
    :raises TypeError: for a parameter that the operation does not have.
    """
    operation = world.find_operation(action)
    if operation is None:
        raise TypeError(f"fake-ims does not implement {action}")
    for name in parameters:
        if name not in operation.request.names:
            hint = nearest(name, operation.request.names)
            raise TypeError(f"{action} has no parameter {name}{hint}")
    choices = Choices(world.settings)
    check_texts(parameters.items())
    check_parameters(operation, parameters, choices)
    record = read_record(operation, parameters, choices)
    with world.lock:
        now = world.catch_up()
        result = operation.handler(record, world.services(now, choices))
        world.run_due(now)
    ignored = without_effect(operation, parameters)
    relied_on = tuple(sorted(choices.relied_on))
    world.seeded.append(Call(action, parameters, now, ignored=ignored, relied_on=relied_on))
    return result


def finish(
    world: World, media_id: str, failure: str | None = None, stage: str | None = None
) -> Asset:
    """Bring what is pending for an asset to its end now: with success, and all that follows
    it, or with a failure's reason.

    :param stage: only as far as the end of this: an analysis, or a kind of job. What comes
        before it ends with success.
    :raises KeyError: if there is no such asset.
    :raises ValueError: if nothing is pending, or the stage does not come.
    """
    if failure is not None:
        check_text("why it fails", failure)
    if stage is not None and stage not in (*ANALYSES, *DEFAULT_DELAYS):
        known = (*ANALYSES, *DEFAULT_DELAYS)
        raise ValueError(f"no stage is called {stage!r}{nearest(str(stage), known)}")
    with world.lock:
        now = world.catch_up()
        asset = world.library.assets.get(media_id)
        if asset is None:
            raise KeyError(f"no asset has MediaId {media_id!r}")
        if not world.queue.of(media_id):
            raise ValueError(f"nothing is pending for it: {asset!r}")
        if stage is None:
            _finish_all(world, media_id, now, failure)
        else:
            _finish_stage(world, media_id, now, failure, stage)
        asset = world.library.assets[media_id]
        world.run_through(now)  # a receiver may delete it
        return world.library.assets.get(media_id) or asset


def upload(world: World, media_id: str, facts: ObjectFacts) -> Asset:
    """The file of an asset has been uploaded.

    :raises KeyError: if there is no such asset.
    :raises ValueError: if its file is not to be uploaded by a client.
    """
    with world.lock:
        now = world.catch_up()
        asset = world.library.assets.get(media_id)
        if asset is None:
            raise KeyError(f"no asset has MediaId {media_id!r}")
        if asset.upload is None or asset.upload.by_url:
            raise ValueError(f"no client uploads its file: {asset!r}")
        asset = arrive(world.library, asset, now, facts)
        tell_of_upload(world.library, asset, now)
        world.run_through(now)  # a receiver may delete it
        return world.library.assets.get(media_id) or asset


def finish_job(world: World, job_id: str, failure: JobFailure | None = None) -> Job:
    """Bring a job to its end now: with success, or with a failure.

    :raises KeyError: if there is no such job.
    :raises ValueError: if it has ended.
    """
    with world.lock:
        now = world.catch_up()
        job = world.jobs.get(job_id)
        if job is None:
            raise KeyError(f"no job has the id {job_id!r}")
        if job.ended:
            raise ValueError(f"it has ended: {job!r}")
        world.jobs.finish(job, now, failure)
        world.run_through(now)
        return world.jobs.get(job_id) or job


def _finish_all(world: World, media_id: str, now: Instant, failure: str | None) -> None:
    for pending in world.queue.of(media_id):
        if pending.sequence in world.queue:  # an analysis ends what an earlier one began
            world.queue.remove(pending.sequence)
            world.run(pending, now, failure, forced=True)
    while failure is None and (following := world.queue.of(media_id)):
        world.run(world.queue.remove(following[0].sequence), now, forced=True)


def _finish_stage(
    world: World, media_id: str, now: Instant, failure: str | None, stage: str
) -> None:
    done = []
    while pending := world.queue.of(media_id):
        first = next((each for each in pending if each.kind == stage), pending[0])
        world.queue.remove(first.sequence)
        last = first.kind == stage
        world.run(first, now, failure if last else None, forced=True)
        if last:
            return
        done.append(first.kind)
    raise ValueError(f"no {stage} comes of it, only {', '.join(done)}")
