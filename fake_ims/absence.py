"""Why a callback that a test waited for did not come: what a person should know of it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from fake_ims.clock import iso
from fake_ims.events.callbacks import PENDING, Callbacks
from fake_ims.events.names import FAKED, MESSAGES, OF_TASKS
from fake_ims.events.record import Event
from fake_ims.events.targets import QUEUE_PREFIX, address_in
from fake_ims.texts import printable, quoted, shortened
from fake_ims.world import World

_SHOWN = 5


def another_end(ended: Callbacks, wanted: tuple[str, ...]) -> str:
    """Callbacks that came, to another end than was wanted."""
    told = repr(ended[0]) if len(ended) == 1 else repr(ended)
    return f"a callback came to another end than {' or '.join(wanted)}:\n{told}"


def not_come(
    world: World, count: int, event_type: str | None, media_id: str | None, to: str | None
) -> str:
    """Callbacks that did not come in time. The caller holds the world's lock."""
    of = "any asset" if media_id is None else printable(shortened(media_id))
    what = f"{event_type or 'of any event'}, of {of}"
    what += "" if to is None else f", to {printable(shortened(to))}"
    came = "no callback came" if count == 1 else f"{count} callbacks did not come"
    found = world.dispatcher.snapshot().of(event_type, media_id=media_id, to=to)
    lines = [f"{came} ({what}):"]
    if not found:
        lines += _reasons(world, event_type, media_id, to)
    lines += _pending(world, media_id, found)
    lines.append(repr(found or world.dispatcher.snapshot()))
    lines += [f"bend: {bend!r}" for bend in world.dispatcher.bends]
    lines.append(f"It is {iso(world.clock.read(tick=False))} there.")
    return "\n".join(lines)


def _reasons(
    world: World, event_type: str | None, media_id: str | None, to: str | None
) -> Iterator[str]:
    elsewhere = world.dispatcher.snapshot().of(event_type, media_id=media_id)
    if elsewhere:
        addresses = dict.fromkeys(callback.to for callback in elsewhere)
        shown = ", ".join(printable(shortened(each)) for each in list(addresses)[:_SHOWN])
        yield f"Callbacks like that went elsewhere: to {shown}."
        return
    every = [event for event in world.events() if media_id in (None, event.media_id)]
    events = [event for event in every if event_type in (None, event.event_type)]
    if events:
        yield f"{events[-1]!r} happened, and {_not_set(world, events[-1])}."
    elif event_type is not None and event_type not in (*FAKED, *MESSAGES):
        yield f"The fake has no {event_type}, only {', '.join(FAKED)}."
    elif media_id is not None and not every and media_id not in world.library.assets:
        yield f"There is no asset with MediaId {quoted(media_id)}."
    else:
        yield "No such event has happened."


def _not_set(world: World, event: Event) -> str:
    """Why an event had no receiver."""
    of_task = event.event_type in OF_TASKS
    user_data = _user_data(world, event) if of_task else None
    if named := _misnamed(user_data):
        return (
            f"{named} of its UserData is neither an http:// or https:// URL "
            f"nor the name of a queue, {QUEUE_PREFIX}..."
        )
    configuration = world.callback.current
    if configuration is None:
        if address_in(user_data) is not None and world.settings.notify_events == "listed":
            return (
                "with notify_events=listed its UserData's address gets none without a callback "
                "of SetEventCallback"
            )
        own = ", NotifyAddress in the UserData of RegisterMediaInfo one for that asset"
        return (
            "no callback is set for it: SetEventCallback sets one for all assets"
            f"{own if of_task else ' (a NotifyAddress gets the events of its task only)'}"
        )
    if configuration.target_of(event.event_type, world.settings) is None:
        listed = configuration.event_type_list or ""
        return f"the EventTypeList of SetEventCallback has no {event.event_type}: {quoted(listed)}"
    return "its callback was set later"


def _user_data(world: World, event: Event) -> str | None:
    """The UserData of the task that an event ended; what is not in it was the asset's."""
    if "UserData" in event.message_body:
        return str(event.message_body["UserData"])
    asset = world.library.assets.get(event.media_id or "")
    return None if asset is None else asset.user_data


def _misnamed(user_data: str | None) -> str:
    """What stands where an address should, and is none."""
    if address_in(user_data) is not None:
        return ""
    try:
        document = json.loads(user_data or "{}")
    except (ValueError, RecursionError):
        return ""
    places = [(document, "NotifyAddress")]
    places += (
        [(document.get("MessageCallback"), "CallbackURL")] if isinstance(document, dict) else []
    )
    for place, name in places:
        if isinstance(place, dict) and place.get(name) is not None:
            return f"the {name} {quoted(str(place[name]))}"
    return ""


def _pending(world: World, media_id: str | None, found: Callbacks) -> Iterator[str]:
    numbers = {str(callback.number) for callback in found.of(outcome=PENDING)}
    held = [
        each
        for each in world.queue.entries()
        if media_id in (None, each.subject) or each.subject in numbers
    ]
    for each in held[:_SHOWN]:
        yield f"pending: {each!r}"
    if any(each.due is None for each in held):
        completion = world.settings.completion
        yield f"With completion={completion}, complete(), fail() or settle() ends an analysis."
