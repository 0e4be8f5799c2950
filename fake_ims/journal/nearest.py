"""Near misses: what the message of a failed assertion on calls says. Imported on failure only.

Bounded whatever was called: three calls, a dozen fields each, texts cut; and no comparison takes
longer than the number of calls, but for the few that are left when fitting fields are counted.
"""

from __future__ import annotations

import difflib
import heapq
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from fake_ims.journal.matching import Misfit
from fake_ims.journal.wanted import Field, Slip, Wanted, plain
from fake_ims.texts import nearest, printable, quoted, shortened

if TYPE_CHECKING:
    from fake_ims.journal.calls import Call, Calls

_Pieces: TypeAlias = "frozenset[tuple[str, str]]"

_SHOWN: Final = 3
_LISTED: Final = 10
_FIELDS: Final = 12
_NAMES: Final = 8
_COMPARED: Final = 300
"""How many calls that fit equally well are compared by their texts."""
_COUNTED: Final = 50
"""How many fields are looked at for that."""
_WIDEST: Final = 32
_LONG: Final = 100
_AROUND: Final = 30


def wrong_number(wanted: Wanted, calls: Calls, found: Calls, least: int, most: int) -> str:
    """Why it is not so that from ``least`` to ``most`` of the calls, those found, were wanted."""
    what, count = describe(wanted), len(found)
    if not least <= count <= most:
        was = f"was called {_times(count)}" if count else "was not called"
        lines = [f"{what} {was}{_wish(least, most)}."]
    elif calls.dropped and most < sys.maxsize:
        lines = [f"Whether {what} was called{f' {_times(most)}' if most else ''} cannot be told."]
    else:
        slip = wanted.slip(calls, calls.known, negative=most == 0) or Slip("")
        return f"Whether {what} was called cannot be told: {_told(slip)}"
    if count <= most:
        lines += _forgotten(calls)
    if found:
        lines += ["It was:" if count == 1 else "They were:", *_listed(found)]
    if count < least:
        those = set(map(id, found))
        others = [call for call in calls if id(call) not in those]
        lines += _near_misses(wanted, others, "other call" if found else "call")
    return "\n".join(lines)


def _told(slip: Slip) -> str:
    name = _name(slip.name)
    if slip.written is not None:
        return f"the calls write {_name(slip.written)}, not {name}."
    hint = nearest(slip.name[:_LONG], slip.among) or "."
    if slip.action:
        hint += " (One that is not documented goes into parameters={...}.)"
        return f"{_name(slip.action)} has no parameter {name}{hint}"
    return f"the service has no operation {name}{hint}"


def out_of_order(steps: Sequence[Wanted], calls: Calls, found: Sequence[int]) -> str:
    """Why the calls are not in the order of the steps; the first steps were found."""
    missing = steps[len(found)]
    after = f" after call {found[-1] + 1}" if found else ""
    lines = [
        f"{describe(missing)} was not called{after}: "
        f"step {len(found) + 1} of {len(steps)} is missing."
    ]
    lines += _forgotten(calls)
    for number, step in enumerate(steps):
        outcome = "was not reached"
        if number < len(found):
            outcome = f"call {found[number] + 1}, {calls[found[number]]!r}"
        elif number == len(found):
            outcome = "missing"
            before = range(found[-1] if found else 0)
            early = [place for place in before if missing.fits(calls[place])]
            early = [place for place in early if place not in found]
            if early:
                outcome += f"; it came too early: call {early[-1] + 1}, {calls[early[-1]]!r}"
        if abs(number - len(found)) < _NAMES:
            lines.append(f"  step {number + 1}, {describe(step)}: {outcome}")
    later = calls[found[-1] + 1 :] if found else calls
    lines += _near_misses(missing, later, "later call" if found else "call")
    return "\n".join(lines)


def describe(wanted: Wanted) -> str:
    """The wanted calls as a user writes them: ``GetMediaInfo(MediaId='m', status=200)``."""
    keywords = (wanted.parameters | wanted.filters).items()
    shown = [f"{_name(name)}={_shown(value)}" for name, value in keywords]
    if wanted.action is None:
        action = "Any operation"
    elif isinstance(wanted.action, str):
        action = _name(wanted.action)
    else:
        action = _shown(wanted.action)
    return f"{action}({shortened(', '.join(shown), 1000)})" if shown else action


def _wish(least: int, most: int) -> str:
    if most == 0:
        return "; wanted none"
    if least == most:
        return f"; wanted {_times(most)}"
    return f"; wanted at least {_times(least)}" if least > 1 else ""


def _times(count: int) -> str:
    return "1 time" if count == 1 else f"{count} times"


def _forgotten(calls: Calls) -> list[str]:
    if not calls.dropped:
        return []
    which = "1 earlier call was" if calls.dropped == 1 else f"{calls.dropped} earlier calls were"
    return [
        f"{which} dropped, and may have been such: the settings journal_size and journal_bytes "
        f"say how many are kept."
    ]


def _listed(calls: Sequence[Call]) -> list[str]:
    lines = [f"  {call!r}" for call in calls[-_LISTED:]]
    more = len(calls) - len(lines)
    return [f"  ({more} before these)", *lines] if more else lines


# ---------------------------------------------------------------- ranking


class _Near(NamedTuple):
    """How near a call is: the likeness of its action, the fields that fit, its place."""

    likeness: float
    fitting: int
    place: int


def _near_misses(wanted: Wanted, calls: Sequence[Call], what: str) -> list[str]:
    if not calls:
        return [f"There was no {what}."]
    lines = _nearest_action(wanted, calls)
    only_action = not (wanted.parameters or wanted.filters)
    near = [calls[place] for place in _ranked(wanted, calls)]
    count = f"{len(calls)} {what}s"
    lines.append(f"The only {what}:" if len(calls) == 1 else f"The nearest of {count}:")
    for number, call in enumerate(near, 1):
        lines.append(f"{number}. {call!r}")
        if not only_action:  # the line above says it all
            lines += [f"     {line}" for line in _difference(wanted, call)]
    more = len(calls) - len(near)
    if more:
        lines.append(f"{more} more {'is' if more == 1 else 'are'} not shown.")
    return lines


def _nearest_action(wanted: Wanted, calls: Sequence[Call]) -> list[str]:
    """A hint, if nothing of the wanted name was called, but something much like it."""
    if not isinstance(wanted.action, str):
        return []
    names = {call.action: None for call in calls}
    if wanted.action in names:
        return []
    close = _spelt(wanted.action, names, cutoff=0.9)
    if close is None:
        return []
    return [f"There is no call of {_name(wanted.action)}, but of {_name(close)}."]


def _ranked(wanted: Wanted, calls: Sequence[Call]) -> list[int]:
    """The places of the nearest calls, the nearest first; of equally near ones the later."""
    likeness: dict[str, float] = {}
    near = []
    for place, call in enumerate(calls):
        action = call.action
        if action not in likeness:
            likeness[action] = _likeness_of_action(wanted, action)
        fitting = sum(not field.misfits for field in _counted(wanted, call))
        near.append(_Near(likeness[action], fitting, place))
    best = heapq.nlargest(_COMPARED, near)
    wishes = wanted.parameters.items()
    texts = {name: _pieces(value) for name, value in wishes if isinstance(value, str)}

    def order(each: _Near) -> tuple[float, int, float, int]:
        call = calls[each.place]
        close = sum(
            _closeness(field, call, texts.get(field.name)) for field in _counted(wanted, call)
        )
        return each.likeness, each.fitting, close, each.place

    return [each.place for each in heapq.nlargest(_SHOWN, best, key=order)]


def _counted(wanted: Wanted, call: Call) -> Iterator[Field]:
    return itertools.islice(wanted.fields(call), _COUNTED)


def _closeness(field: Field, call: Call, pieces: _Pieces | None) -> float:
    """From 0 to 1; of texts by what they share, else by how much of it is otherwise."""
    if not field.misfits or not field.is_parameter:
        return 0 if field.misfits else 1
    sent = call.parameters.get(field.name)
    weight = 1.0
    if not sent:
        ours, names = plain(field.name), itertools.islice(call.parameters, _COUNTED)
        same = (call.parameters[name] for name in names if plain(name) == ours)
        sent, weight = next(same, ""), 0.5
    if pieces is not None:
        return weight * _overlap(pieces, _pieces(sent))
    return weight / (1 + len(field.misfits)) if sent else 0


def _likeness_of_action(wanted: Wanted, action: str) -> float:
    if wanted.action is None or wanted.action == action:
        return 1.0
    if not isinstance(wanted.action, str):
        return 0.0
    return _overlap(_pieces(wanted.action), _pieces(action)) * 0.99


def _pieces(text: str) -> _Pieces:
    """The pairs of letters at both ends of a text: what is quick to compare."""
    ends = text if len(text) <= 2 * _LONG else text[:_LONG] + text[-_LONG:]
    return frozenset(itertools.pairwise(ends.casefold()))


def _overlap(some: _Pieces, others: _Pieces) -> float:
    """From 0 to 1 (Dice)."""
    return 2 * len(some & others) / ((len(some) + len(others)) or 1)


def _spelt(name: str, names: Iterable[str], *, cutoff: float) -> str | None:
    """What of a call is written almost as a name of ours."""
    short = [each for each in names if len(each) <= _LONG][:200]
    for each in short:
        if plain(each) == plain(name):
            return each
    close = difflib.get_close_matches(name[:_LONG], short, n=1, cutoff=cutoff)
    return close[0] if close else None


# ---------------------------------------------------------------- differences


def _difference(wanted: Wanted, call: Call) -> Iterator[str]:
    """Field by field what was wanted and what was sent, in columns."""
    fields = [field for field in wanted.fields(call) if field.name != "action" or field.misfits]
    more = 0
    if len(fields) > _FIELDS:
        wrong = [field for field in fields if field.misfits]
        more = len(fields) - len(wrong[:_FIELDS])
        fields = wrong[:_FIELDS]
    unasked = [name for name, value in call.parameters.items()
               if value and name not in wanted.parameters]  # fmt: skip
    rows = [row for field in fields for row in _rows(field, call, unasked)]
    width = min(max((len(name) for name, _ in rows), default=0), _WIDEST)
    for name, text in rows:
        yield f"{name.ljust(width)}  {text}"
    if more:
        yield f"({more} more fields)"
    if unasked and wanted.parameters:
        names = ", ".join(_name(name) for name in unasked[:_NAMES])
        rest = len(unasked) - _NAMES
        yield f"not asked for: {names}{f' and {rest} more' if rest > 0 else ''}"


def _rows(field: Field, call: Call, unasked: list[str]) -> Iterator[tuple[str, str]]:
    if not field.misfits:
        yield _name(field.name), "as wanted"
    for misfit in field.misfits[:_FIELDS]:
        yield from _row(misfit, field.is_parameter)
        if not misfit.sent and field.is_parameter and misfit.path == field.name:
            other = _spelt(field.name, unasked, cutoff=0.8)
            if other is not None:
                yield "", f"but {_name(other)} was: {_shown(call.parameters[other])}"
    more = len(field.misfits) - _FIELDS
    if more > 0:
        yield "", f"({more} more differences)"


def _row(misfit: Misfit, is_parameter: bool) -> Iterator[tuple[str, str]]:
    wanted, sent, remark = misfit.wanted, misfit.sent, misfit.remark
    if isinstance(wanted, str) and isinstance(sent, str) and max(len(wanted), len(sent)) > _LONG:
        place = _first_difference(wanted, sent)
        shown = _around(wanted, place), _around(sent, place)
        remark = f"they differ from character {place + 1} on"
    else:
        shown = _shown(wanted), _shown(sent)
    forbidden = is_parameter and wanted is None
    yield _name(misfit.path), "must not be sent" if forbidden else f"wanted {shown[0]}"
    if not is_parameter:
        yield "", f"was    {shown[1]}"
    elif sent is None:
        yield "", "not sent"
    else:
        yield "", f"sent   {shown[1]}"
    if remark:
        yield "", f"({printable(shortened(remark))})"


def _first_difference(one: str, other: str) -> int:
    """How many characters two texts share at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _around(text: str, place: int) -> str:
    start, end = max(0, place - _AROUND), place + _AROUND
    if start >= len(text):
        start = max(0, len(text) - _AROUND)
    before = "..." if start else ""
    after = f"... ({len(text)} characters)" if end < len(text) else ""
    return f"{before}{text[start:end]!r}{after}"


def _name(name: str) -> str:
    return shortened(printable(shortened(name, 80)), 80)


def _shown(value: Any) -> str:
    """A value in a line, whatever it is."""
    if isinstance(value, str):
        return quoted(value)
    try:
        text = value.__name__ if callable(value) and hasattr(value, "__name__") else repr(value)
        return shortened(printable(text))
    except Exception as error:  # of the test's own object
        return f"<{type(value).__name__} whose repr raises {type(error).__name__}>"
