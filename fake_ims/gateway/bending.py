"""What a fault makes of an answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from fake_ims.errors import ApiError
from fake_ims.faults.effects import Effect, Malformed, Refuse, Reply
from fake_ims.gateway.rendering import Answer, Format, Sending, render_error
from fake_ims.ids import IdGenerator
from fake_ims.journal.calls import Call
from fake_ims.settings import Choices


def bend(
    effect: Effect,
    call: Call,
    written: Answer,
    *,
    dice: random.Random,
    request_id: str,
    host_id: str,
    form: Format,
    choices: Choices,
    wait: Callable[[float], bool],
) -> Answer:
    """The answer with a fault; ``call`` gets the code and message that it shows.

    :param written: the answer without it; for a fault instead of the work, anything.
    """
    if isinstance(effect, Refuse):
        error = _error(effect, call, dice, choices)
        call.code, call.message, call.note = error.code, error.message, ""
        bent = render_error(error, request_id, host_id, form)
        return Answer(bent.status, _with(bent.headers, effect.headers), bent.body)
    if isinstance(effect, Reply):
        call.code, call.message, call.note = None, None, ""
        return Answer(effect.status, effect.headers, effect.body)
    if isinstance(effect, Malformed):
        return Answer(written.status, written.headers, written.body[: len(written.body) // 2])
    return Answer(written.status, written.headers, written.body, Sending(effect, wait))


def _with(
    headers: tuple[tuple[str, str], ...], others: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """The headers with others, which take the place of those of their names."""
    replaced = {name.lower() for name, _ in others}
    return (*(each for each in headers if each[0].lower() not in replaced), *others)


def _error(effect: Refuse, call: Call, dice: random.Random, choices: Choices) -> ApiError:
    error = ApiError(effect.kind, _Values(effect.values, call, dice))
    if effect.status is not None:
        error.with_status(effect.status)
    elif effect.kind.code.startswith("Throttling"):
        error.with_status(choices.of("throttling_status"))
    if effect.message is not None:
        error.message = effect.message
    return error


class _Values(dict[str, str]):
    """What fills the templates of an error: what was given, else what fits the call."""

    def __init__(self, given: Mapping[str, str], call: Call, dice: random.Random) -> None:
        super().__init__(given)
        self._call = call
        self._dice = dice

    def __missing__(self, name: str) -> str:
        if name == "url":
            return self._call.parameters.get("InputURL", "")
        if name == "media_id":
            return self._call.parameters.get("MediaId") or IdGenerator(self._dice).media_id()
        if name == "action":
            return self._call.action
        if name == "key":
            return self._call.access_key_id
        if name == "name":
            return next(iter(self._call.parameters), "Parameter")
        return f"({name})"
