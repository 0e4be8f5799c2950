"""Reading what a test wants to go wrong."""

from __future__ import annotations

import inspect
import json
import re
import string
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple

from fake_ims import errors
from fake_ims.clock import TimeDelta, micros
from fake_ims.errors import ErrorKind
from fake_ims.faults.effects import Effect, Half, Malformed, Refuse, Reply, Reset, Slow
from fake_ims.faults.fault import LONGEST, Latency, Scope
from fake_ims.journal.matching import check
from fake_ims.journal.wanted import check_names
from fake_ims.setting_kinds import read_delay
from fake_ims.texts import nearest, shortened

__tracebackhide__: Final = True
"""pytest shows the line of the test that asked for a fault, not those here that refuse it."""

AnswerFault = Literal["half", "malformed", "html"]

_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
_HTML: Final = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n"
    b"<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>proxy</center>\r\n"
    b"</body>\r\n</html>\r\n"
)


class FaultError(ValueError):
    """A fault that cannot be; the message says what to write."""


class Wish(NamedTuple):
    """What a test wants to become of an answer, as it was written."""

    code: str | None
    status: int | None
    message: str | None
    values: Mapping[str, str] | None
    body: Any
    headers: Mapping[str, str] | None
    retry_after: TimeDelta | None
    reset: bool
    answer: AnswerFault | None
    slow: TimeDelta | None


def read_effect(wish: Wish) -> Effect | None:
    """What becomes of the answer; None when it is only delayed.

    :raises FaultError: for a wish that contradicts itself, or that no HTTP server could grant.
    """
    replies = wish.code is None and wish.answer is None
    replies = replies and (wish.status is not None or wish.body is not None)
    effects = {
        "code": wish.code is not None,
        "status or body": replies,
        "reset": wish.reset,
        "answer": wish.answer is not None,
        "slow": wish.slow is not None,
    }
    chosen = [name for name, given in effects.items() if given]
    if len(chosen) > 1:
        raise FaultError(f"one fault does one thing, not {' and '.join(chosen)}; add two")
    if wish.status is not None and not _is_whole(wish.status, 200, 599):
        raise FaultError(f"status is a whole number from 200 to 599, not {wish.status!r}")
    if wish.status is not None:
        wish = wish._replace(status=int(wish.status))  # HTTPStatus writes itself differently
    _check_companions(wish, chosen[0] if chosen else "")
    if wish.code is not None:
        return _refusal(wish, wish.code)
    if replies:
        return _reply(wish)
    if wish.reset:
        return Reset()
    if wish.slow is not None:
        return Slow(_seconds("slow", wish.slow, LONGEST))
    return None if wish.answer is None else _spoilt(wish, wish.answer)


def _check_companions(wish: Wish, effect: str) -> None:
    """What is given must belong to the effect."""
    belongs = {
        "message": ("code",),
        "values": ("code",),
        "body": ("status or body",),
        "status": ("code", "status or body", "answer"),
        "headers": ("code", "status or body"),
        "retry_after": ("code", "status or body"),
    }
    for name, effects in belongs.items():
        if getattr(wish, name) is not None and effect not in effects:
            raise FaultError(f"{name} goes with {' or '.join(effects)} only")


def _refusal(wish: Wish, code: str) -> Refuse:
    if not code:
        raise FaultError("code is the code of an error, not ''")
    _check_text("code", code)
    if wish.message is not None:
        _check_text("message", wish.message)
    try:
        kind, values = errors.resolve(code, wish.status)
    except errors.UnknownCodeError as error:
        raise FaultError(str(error)) from None
    values = {**values, **_values(wish.values or {}, kind)}
    return Refuse(kind, values, wish.status, wish.message, _headers(wish))


def _values(given: Mapping[str, str], kind: ErrorKind) -> dict[str, str]:
    """What fills the templates of an error."""
    parts = string.Formatter().parse(kind.code + kind.message)
    names = list(dict.fromkeys(name for _, name, _, _ in parts if name))
    for name, value in given.items():
        if name not in names:
            has = f"has {', '.join(names)}" if names else "has nothing to fill in"
            raise FaultError(f"values: {kind.code} {has}, not {name!r}")
        _check_text(f"values[{name!r}]", str(value))
    return {name: str(value) for name, value in given.items()}


def _check_text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise FaultError(f"{name} is a text, not {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise FaultError(f"{name} cannot be written in UTF-8: {value!r}") from None


def _reply(wish: Wish) -> Reply:
    body, kind = wish.body, "application/json;charset=utf-8"
    if body is None:
        written, kind = b"", ""
    elif isinstance(body, bytes):
        written, kind = body, "application/octet-stream"
    elif isinstance(body, str):
        written, kind = body.encode(errors="surrogatepass"), "text/plain;charset=utf-8"
    else:
        try:
            written = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise FaultError(f"body is bytes, text, or what JSON can say: {error}") from None
    headers = _headers(wish)
    if kind and "content-type" not in {name.lower() for name, _ in headers}:
        headers = (("Content-Type", kind), *headers)
    status = 200 if wish.status is None else wish.status
    return Reply(status, headers, written, f"and {len(written)} bytes")


def _spoilt(wish: Wish, answer: AnswerFault) -> Effect:
    if answer not in ("half", "malformed", "html"):
        raise FaultError(f'answer is "half", "malformed" or "html", not {answer!r}')
    if answer == "html":
        status = 502 if wish.status is None else wish.status
        return Reply(status, (("Content-Type", "text/html"),), _HTML, "HTML of a proxy")
    if wish.status is not None:
        raise FaultError(f"status does not go with answer={answer!r}: that is the real answer's")
    return Half() if answer == "half" else Malformed()


def _headers(wish: Wish) -> tuple[tuple[str, str], ...]:
    found = [(str(name), str(value)) for name, value in (wish.headers or {}).items()]
    if wish.retry_after is not None:
        # In whole milliseconds: so the official SDKs read it (measured).
        milliseconds = -(-_micros("retry_after", wish.retry_after) // 1000)
        found.append(("x-acs-retry-after", str(milliseconds)))
    seen: set[str] = set()
    for name, value in found:
        if name.lower() in seen:
            raise FaultError(f"{name} is given twice")
        seen.add(name.lower())
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _FRAMING:
            raise FaultError(f"headers cannot have {name!r}")
        if not value.isprintable() or not _is_latin(value):
            raise FaultError(f"header {name} cannot be {value!r}")
    return tuple(found)


def _is_latin(text: str) -> bool:
    return all(ord(letter) < 256 for letter in text)


def read_latency(value: Any) -> Latency | None:
    """How long answers are kept back.

    :raises FaultError: for what is no length of time, no two of them, and no function.
    """
    if value is None:
        return None
    if callable(value):
        if inspect.iscoroutinefunction(value):
            raise FaultError("latency is drawn by a function, not a coroutine function")
        name = getattr(value, "__name__", "")
        text = f"of {name or shortened(repr(value))}"
        return Latency(lambda generator: float(value(generator)), text)
    try:
        delay = read_delay(value)
    except (TypeError, ValueError) as error:
        raise FaultError(f"latency does not take {value!r}: {error}") from None
    if delay.high > LONGEST * 1_000_000:
        raise FaultError(f"latency is a day at most, not {value!r}")
    return Latency(lambda generator: delay.draw(generator) / 1_000_000, str(delay))


def read_scope(
    action: str | None,
    caller: Any,
    keywords: Mapping[str, Any],
    parameters: Mapping[str, Any],
    actions: Callable[[], Iterable[str]],
) -> Scope:
    """Which calls are meant.

    :raises FaultError: for an action that the service does not have, or what is no caller.
    :raises TypeError: for a parameter that no call's entry has, or a value that no call can have
        sent, such as a type.
    """
    check_names(keywords, parameters)
    if action is not None and action not in (names := list(actions())):
        hint = nearest(str(action), names)
        raise FaultError(f"the service has no operation {action!r}{hint}")
    # A user has a name, by whichever keys he calls; temporary keys have none.
    name = getattr(caller, "name", getattr(caller, "access_key_id", caller))
    if name is not None and not isinstance(name, str):
        raise FaultError(f"caller is a user, temporary keys, a name or a key, not {caller!r}")
    wanted = {**parameters, **keywords}
    for value in wanted.values():
        check(value)
    return Scope(action, name, wanted)


def check_known(action: str, names: Iterable[str], known: Collection[str]) -> None:
    """Check parameters that were given as keywords: no call would have sent a misspelt one.

    :param known: those that the operation has; empty if that is not known.
    :raises FaultError: for one that it has not.
    """
    wrong = next((name for name in names if name not in known), None) if known else None
    if wrong is not None:
        raise FaultError(
            f"{action} has no parameter {wrong}{nearest(wrong, known)} "
            f"(one that is not documented goes into parameters={{...}})"
        )


def check_numbers(times: int | None, after: int, probability: float) -> None:
    """Check how often a fault fires.

    :raises FaultError: for a number that is out of range.
    """
    if times is not None and not _is_whole(times, 1):
        raise FaultError(f"times is a whole number, at least 1, not {times!r}")
    if not _is_whole(after, 0):
        raise FaultError(f"after is a whole number, at least 0, not {after!r}")
    is_number = isinstance(probability, (int, float)) and not isinstance(probability, bool)
    if not is_number or not 0 <= probability <= 1:
        raise FaultError(f"probability is a number from 0 to 1, not {probability!r}")


def _is_whole(number: Any, low: int, high: int | None = None) -> bool:
    whole = isinstance(number, int) and not isinstance(number, bool)
    return whole and low <= number and (high is None or number <= high)


def _micros(name: str, value: TimeDelta, most: float | None = None) -> int:
    """A positive length of time, of so many seconds at most."""
    try:
        length = micros(value)
    except (TypeError, ValueError) as error:
        raise FaultError(f"{name}: {error}") from None
    if length <= 0:
        raise FaultError(f"{name} is a positive length of time, not {value!r}")
    if most is not None and length > most * 1_000_000:
        raise FaultError(f"{name} is a day at most, not {value!r}")
    return length


def _seconds(name: str, value: TimeDelta, most: float) -> float:
    return _micros(name, value, most) / 1_000_000


def read_ttl(value: TimeDelta | None) -> int | None:
    """How long a fault lives, in microseconds of world time.

    :raises FaultError: for what is no positive length of time.
    """
    return None if value is None else _micros("ttl", value)
