"""The timeline of an asset: its calls, its events, and what became of its callbacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from fake_ims.clock import Instant, iso
from fake_ims.events.callbacks import CANCELLED, DELIVERED, PENDING, Callback
from fake_ims.events.queue import Pending
from fake_ims.events.record import Event
from fake_ims.jobs.job import Job
from fake_ims.journal.calls import Call
from fake_ims.library.assets import NORMAL, PREPARE_FAIL
from fake_ims.texts import printable, shortened
from fake_ims.world import World

_MEDIA_ID: Final = re.compile("[0-9a-f]{32}")


class Moment(NamedTuple):
    """One thing that happened to an asset, or will; ``what`` tells it to a person.

    ``kind`` is ``call``, ``job``, ``event``, ``callback`` or ``pending``; ``of`` is the
    :class:`~fake_ims.journal.calls.Call`, :class:`~fake_ims.jobs.job.Job`,
    :class:`~fake_ims.events.record.Event`, :class:`~fake_ims.events.callbacks.Callback` or
    :class:`~fake_ims.events.queue.Pending` that it is about. ``at`` is None for what only a call
    sets off.
    """

    at: Instant | None
    kind: str
    what: str
    of: Any


class Timeline(tuple[Moment, ...]):
    """What happened to one asset, in the order of time; of what happened at one instant the calls
    come first, then events, then callbacks. Its repr is for people.
    """

    media_id: str
    state: str

    @classmethod
    def of(cls, media_id: str, moments: Iterable[Moment], state: str) -> Timeline:
        """The moments in order of time: what waits for a call comes last."""
        timeline = cls(sorted(moments, key=lambda moment: (moment.at is None, moment.at or 0)))
        timeline.media_id, timeline.state = media_id, state
        return timeline

    def __repr__(self) -> str:
        began = next((moment.at for moment in self if moment.at is not None), None)
        since = "" if began is None else f" from {iso(began)}"
        lines = [f"<timeline of {self.media_id}{since}, {printable(shortened(self.state))}>"]
        lines += [f"  {_since(began, moment.at)}  {moment.what}" for moment in self]
        return "\n".join(lines)


def _since(began: Instant | None, at: Instant | None) -> str:
    if began is None or at is None:
        return "    waits"
    return f"{(at - began) / 1_000_000:+8.3f}s"


def timeline_of(world: World, media_id: str) -> Timeline:
    """The story of an asset, as far as its calls, events and callbacks are still kept.

    :raises KeyError: if nothing is known of such an asset.
    :raises TypeError: for a MediaId that is no text.
    """
    if not isinstance(media_id, str):
        raise TypeError(f"media_id is a text, such as asset.media_id, not {media_id!r}")
    if _MEDIA_ID.fullmatch(media_id) is None:
        raise KeyError(f"no MediaId: {shortened(media_id)!r}; nothing is known of such an asset")
    with world.lock:
        world.catch_up()
        asset = world.library.assets.get(media_id)
        every_call = (*world.journal.snapshot(), *world.seeded)
        calls = [call for call in every_call if _concerns(call, media_id)]
        moments = [Moment(call.at, "call", _told(call), call) for call in calls]
        if asset is not None and not any(call.action == "RegisterMediaInfo" for call in calls):
            moments.append(Moment(asset.created_at, "call", "registered", None))
        moments += (_of_job(job) for job in world.jobs.of_asset(media_id) if job.ended)
        events = [event for event in world.events() if event.media_id == media_id]
        moments += map(_of_event, events)
        for callback in world.dispatcher.snapshot():
            if callback.media_id == media_id:
                moments += _of_callback(
                    world, callback, events[-1].at if events else callback.event.at
                )
        moments += (
            Moment(each.due, "pending", f"{each.kind} {_when(each)}", each)
            for each in world.queue.of(media_id)
        )
    if not moments:
        raise KeyError(f"nothing is known of an asset with MediaId {media_id!r}")
    existed = any(
        moment.kind != "call" or (moment.of.code is None and _answers_with(moment.of, media_id))
        for moment in moments
        if asset is None
    )
    state = asset.status if asset is not None else "deleted" if existed else "no such asset"
    if asset is not None and asset.failure:
        state += f" ({asset.failure})"
    return Timeline.of(media_id, moments, state)


def _concerns(call: Call, media_id: str) -> bool:
    """Whether a call names an asset, or its answer is about that one alone."""
    if any(media_id in value for value in call.parameters.values()):
        return True
    if media_id.encode() not in call.body:
        return False
    if call.code == "MediaAlreadyExist":
        return media_id in (call.message or "")
    return _answers_with(call, media_id)


def _answers_with(call: Call, media_id: str) -> bool:
    answer = call.answer
    info = answer.get("MediaInfo") if isinstance(answer, dict) else None
    told = info if isinstance(info, dict) else answer
    return isinstance(told, dict) and told.get("MediaId") == media_id


def _told(call: Call) -> str:
    code = f" {printable(call.code)}" if call.code else ""
    answered = call.status or ("no answer" if call.http_method else "from the test")
    return f"{printable(shortened(call.action))} {answered}{code}"


def _of_job(job: Job) -> Moment:
    if job.cancelled:
        how = "cancelled"
    else:
        how = "done" if job.failure is None else f"failed: {printable(job.failure.message)}"
    return Moment(job.finished_at, "job", f"{job.kind} {shortened(how)}", job)


def _of_event(event: Event) -> Moment:
    what = f"{event.event_type} {event.status}"
    if event.event_type == "RegisterMediaComplete":
        what += ": analysed, " + (NORMAL if event.status == "Success" else PREPARE_FAIL)
    return Moment(event.at, "event", what, event)


def _of_callback(world: World, callback: Callback, latest: Instant) -> Iterator[Moment]:
    to = f"callback {callback.event_type} to {printable(shortened(callback.to))}"
    copy = "" if callback.copy_of is None else f" (copy of {callback.copy_of})"
    for number, attempt in enumerate(callback.attempts, 1):
        how = attempt.reason or ("delivered" if attempt.status is None else str(attempt.status))
        what = f"{to}{copy}, attempt {number}: {printable(shortened(how))}"
        yield Moment(attempt.at, "callback", what, callback)
    last = callback.attempts[-1].at if callback.attempts else callback.event.at
    if callback.outcome == PENDING:
        entries = world.queue.of(str(callback.number))
        due = entries[0].due if entries else last
        when = _when(entries[0]) if entries else callback.why or "is on its way"
        yield Moment(due, "pending", f"{to}{copy} {when}", callback)
    elif callback.outcome != DELIVERED:
        why = f": {printable(shortened(callback.why))}" if callback.why else ""
        if callback.outcome == CANCELLED:  # by its asset's deletion, the last of its events
            last = max(last, latest)
        yield Moment(last, "callback", f"{to}{copy} {callback.outcome}{why}", callback)


def _when(pending: Pending) -> str:
    return "waits for a call" if pending.due is None else f"is due {iso(pending.due)}"
