"""Matching: whether what was sent is what a test wants, and where it is not.

What a test may want of a value:

* a text: that text, exactly;
* a number: it, as a client writes it; a bool: ``true`` or ``false`` in any case;
* None: that it was not sent. Null, and a blank text, count as not sent: in this API they are;
* a compiled regular expression: it is found somewhere in the text (``search``);
* a function or other callable: it returns something true for the text. Where it raises, the value
  does not fit;
* a mapping: a JSON object that has at least this, the values matched by these rules again;
* a list or tuple: a JSON array, or a text with commas as ``MediaTags`` are written, of as many
  items, matched one by one by these rules;
* anything else: whatever is equal to it, such as ``unittest.mock.ANY``.

What was not sent fits None alone; a blank text that was sent fits ``""`` and ``[]`` as well.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from numbers import Number
from types import FunctionType
from typing import Any, Final, NamedTuple, TypeAlias

TextMatcher: TypeAlias = "str | re.Pattern[str] | Callable[[str], object] | None"
"""What may be wanted of a text, as far as a type can say it."""

_DEEPEST: Final = 100


class Misfit(NamedTuple):
    """One place where something else was sent: None for nothing.

    ``path`` leads there from the name of the parameter; ``remark`` says what the two values do not.
    """

    path: str
    wanted: Any
    sent: Any
    remark: str = ""


def fits(wanted: Any, sent: Any) -> bool:
    """Whether a value is what is wanted; ``sent`` is a text, a part of JSON, or None."""
    return next(misfits(wanted, sent), None) is None


def misfits(wanted: Any, sent: Any, path: str = "") -> Iterator[Misfit]:
    """Where a value is not what is wanted; nothing if it is.

    :param path: the name of the value.
    """
    if sent is None or (isinstance(sent, str) and not sent):
        if not _fits_nothing(wanted, sent):
            yield Misfit(path, wanted, sent)
    elif isinstance(wanted, Mapping):
        yield from _in_object(wanted, sent, path)
    elif isinstance(wanted, (list, tuple)):
        yield from _in_list(wanted, sent, path)
    else:
        try:
            remark = None if _equals(wanted, sent) else ""
        except Exception as error:  # in what the test handed in
            remark = f"raised {type(error).__name__}: {error}"
        if remark is not None:
            yield Misfit(path, wanted, sent, remark)


def check(wanted: Any, depth: int = 0) -> None:
    """Refuse what cannot be meant.

    :raises TypeError: for a type, a coroutine function, a pattern for bytes, a key of JSON that is
        no text, or what is nested more than a hundred deep.
    """
    __tracebackhide__ = True
    if depth > _DEEPEST:
        raise TypeError(f"a wanted value is nested more than {_DEEPEST} deep")
    if isinstance(wanted, type) and type(wanted).__eq__ is object.__eq__:
        raise TypeError(
            f"the type {wanted.__name__} is no wanted value: all values are sent as texts; write "
            f"unittest.mock.ANY for any of them, or a function that says which"
        )
    if isinstance(wanted, FunctionType) and inspect.iscoroutinefunction(wanted):
        raise TypeError(f"{wanted.__name__} is a coroutine function: nothing would wait for it")
    if isinstance(wanted, re.Pattern) and isinstance(wanted.pattern, bytes):
        raise TypeError(f"{wanted!r} is a pattern for bytes; what is sent are texts")
    parts: Sequence[Any] = ()
    if isinstance(wanted, Mapping):
        for key in wanted:
            if not isinstance(key, str):
                raise TypeError(f"{key!r} is no key of a JSON object: write it as a text")
        parts = list(wanted.values())
    elif isinstance(wanted, (list, tuple)):
        parts = wanted
    for part in parts:
        check(part, depth + 1)


def _fits_nothing(wanted: Any, sent: str | None) -> bool:
    return wanted is None or (
        sent is not None and isinstance(wanted, (str, list, tuple)) and not wanted
    )


def _equals(wanted: Any, sent: Any) -> bool:
    if wanted is None:
        return False
    if isinstance(wanted, bool):
        return sent is wanted or (isinstance(sent, str) and sent.lower() == str(wanted).lower())
    if isinstance(wanted, str):
        return isinstance(sent, str) and bool(wanted == sent)
    if isinstance(wanted, Number):
        if isinstance(sent, bool) or not isinstance(sent, (str, int, float)):
            return False
        number: Any = wanted  # Number has no operators for a type checker
        return str(sent) == str(number) or (not isinstance(sent, str) and bool(number == sent))
    if isinstance(wanted, re.Pattern):
        text = _as_text(sent)
        return text is not None and wanted.search(text) is not None
    if callable(wanted) and not isinstance(wanted, type):
        return bool(wanted(sent))
    return bool(wanted == sent)


def _as_text(sent: Any) -> str | None:
    """A scalar as it is written."""
    if isinstance(sent, str):
        return sent
    return json.dumps(sent) if isinstance(sent, (bool, int, float)) else None


def _in_object(wanted: Mapping[str, Any], sent: Any, path: str) -> Iterator[Misfit]:
    document, reason = read_json(sent) if isinstance(sent, str) else (sent, "")
    if not isinstance(document, dict):
        yield Misfit(path, wanted, sent, reason or "not a JSON object")
        return
    for key, value in wanted.items():
        step = f".{key}" if key.isidentifier() else f"[{key!r}]"
        yield from misfits(value, document.get(key), f"{path}{step}")


def _in_list(wanted: Sequence[Any], sent: Any, path: str) -> Iterator[Misfit]:
    """As a JSON array, or as a text with commas: where it fits neither, the former is told."""
    readings = [sent] if isinstance(sent, list) else []
    if isinstance(sent, str):
        array = read_json(sent)[0] if sent.lstrip()[:1] == "[" else None
        readings = [array] if isinstance(array, list) else []
        readings.append(sent.split(","))
    first: list[Misfit] | None = None
    for items in readings:
        if len(items) != len(wanted):
            count = f"{len(items)} {'item' if len(items) == 1 else 'items'}, not {len(wanted)}"
            found = [Misfit(path, wanted, sent, count)]
        else:
            pairs = enumerate(zip(wanted, items, strict=True))
            found = [
                misfit
                for number, (each, item) in pairs
                for misfit in misfits(each, item, f"{path}[{number}]")
            ]
        if not found:
            return
        first = first or found
    yield from first or [Misfit(path, wanted, sent, "not a list")]


def read_json(text: str) -> tuple[Any, str]:
    """A text read as strict JSON, and why it cannot be; of a key that is there twice, the last."""
    try:
        return json.loads(text, parse_constant=_refuse), ""
    except ValueError as error:
        return None, f"not JSON: {error}"
    except RecursionError:
        return None, "not JSON: nested too deeply"


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is none")
