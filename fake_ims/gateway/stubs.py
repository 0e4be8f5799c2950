"""Stubs: what a test answers for an operation by itself."""

from __future__ import annotations

import inspect
import json
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from fake_ims.gateway.catalogue import known_actions
from fake_ims.journal.calls import Call
from fake_ims.texts import listing, nearest, printable, shortened

if TYPE_CHECKING:
    from types import TracebackType

Response: TypeAlias = "Mapping[str, Any] | Callable[[Call], Mapping[str, Any]]"
"""An answer, or what makes one of a call; it may raise :class:`~fake_ims.errors.ApiError`."""


_DEEPEST: Final = 100
"""How deep an answer may be nested: more than any of the service's, less than XML takes."""


class StubError(ValueError):
    """A stub that cannot be; the message says what to write."""


class StubWarning(UserWarning):
    """A stub answers what the real service does not."""


@dataclass(slots=True, eq=False)
class Stub:
    """An answer of the test's own, for one operation. In a ``with`` statement it ends with it."""

    action: str
    response: Response
    times: int | None
    end: Callable[[Stub], None]
    answered: int = 0

    @property
    def left(self) -> int | None:
        """How often it will still answer; None when there is no end."""
        return None if self.times is None else self.times - self.answered

    def __enter__(self) -> Stub:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end(self)

    def __repr__(self) -> str:
        text = "a function" if callable(self.response) else repr(self.response)
        what = shortened(printable(text))
        of = "" if self.times is None else f" of {self.times}"
        return f"<stub {self.action}: {what}; answered {self.answered}{of}>"


class Stubs:
    """The stubs of a world; safe from any thread.

    Those with ``times`` answer first, in the order in which they were added; when they are used up,
    the latest without.
    """

    def __init__(self) -> None:
        self._stubs: list[Stub] = []
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._stubs)

    def __iter__(self) -> Iterator[Stub]:
        with self._lock:
            return iter(list(self._stubs))

    def __repr__(self) -> str:
        return listing("stubs", list(self))

    def add(
        self, action: str, response: Response, times: int | None = None, *, stacklevel: int = 2
    ) -> Stub:
        """Answer an operation with ``response``; warns of what the service would not answer.

        :raises StubError: for an operation that the service does not have, or what is no answer.
        """
        __tracebackhide__ = True
        if not isinstance(action, str) or action not in known_actions():
            hint = nearest(str(action), known_actions())
            raise StubError(f"the service has no operation {action!r}{hint}")
        whole = isinstance(times, int) and not isinstance(times, bool) and times > 0
        if times is not None and not whole:
            raise StubError(f"times is a whole number, at least 1, not {times!r}")
        if callable(response):
            if any(map(inspect.iscoroutinefunction, (response, type(response).__call__))):
                raise StubError("an answer is made by a function, not a coroutine function")
            _learn_shape(action)
        else:
            response = snapshot(response)
            for departure in departures(action, response):
                warnings.warn(departure, StubWarning, stacklevel=stacklevel)
        stub = Stub(action, response, times, self.remove)
        with self._lock:
            self._stubs.append(stub)
        return stub

    def remove(self, stub: Stub) -> None:
        """End a stub; nothing happens if it has ended."""
        with self._lock:
            if stub in self._stubs:
                self._stubs.remove(stub)

    def take(self, action: str) -> Stub | None:
        """The stub that answers the next call of an operation, which it has answered then."""
        with self._lock:
            mine = [stub for stub in self._stubs if stub.action == action and stub.left != 0]
            limited = [stub for stub in mine if stub.left is not None]
            if not mine:
                return None
            stub = limited[0] if limited else mine[-1]
            stub.answered += 1
            return stub

    def has(self, action: str) -> bool:
        """Whether the next call of an operation would be answered."""
        with self._lock:
            return any(stub.action == action and stub.left != 0 for stub in self._stubs)


def answer(stub: Stub, call: Call) -> Mapping[str, Any]:
    """What the stub answers to a call, whose note says what the service would not answer.

    :raises Exception: whatever a function of the test raises, an ApiError above all.
    """
    if not callable(stub.response):
        return stub.response
    try:
        returned = stub.response(call)
    except Exception:
        raise
    except BaseException as escaped:  # of pytest.fail(), sys.exit() ...: meant for another thread
        raise StubError(f"a function raised {type(escaped).__name__}: {escaped}") from escaped
    made = snapshot(returned)
    call.note = "; ".join(departures(stub.action, made))
    return made


def departures(action: str, answer: Mapping[str, Any]) -> tuple[str, ...]:
    """What the real service would not answer, as far as its answer is known, in sentences."""
    from fake_ims.gateway import answers  # most runs never need it

    return answers.departures(action, answer)


def _learn_shape(action: str) -> None:
    """Read what is known of an operation's answer: here, not in a thread of the listener.

    It may import the official SDK, with warnings silenced, which is the whole process's affair.
    """
    from fake_ims.gateway import answers

    answers.shape_of(action)


def snapshot(response: Any) -> Mapping[str, Any]:
    """A copy, which what the test does to its own objects does not change.

    :raises StubError: if it is not what a JSON object can say.
    """
    __tracebackhide__ = True
    if inspect.iscoroutine(response):
        response.close()  # or Python would tell, somewhere else, that nobody awaited it
    if not isinstance(response, Mapping):
        hint = "; write its .to_map()" if hasattr(response, "to_map") else ""
        raise StubError(f"an answer is a mapping, not a {type(response).__name__}{hint}")
    try:
        _check_depth(response, _DEEPEST)
        text = json.dumps(dict(response), ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError) as error:
        raise StubError(f"JSON cannot say this answer: {error}") from None
    copy: Mapping[str, Any] = json.loads(text)
    return copy


def _check_depth(value: Any, left: int) -> None:
    """Raise ValueError for what is nested deeper than ``left``, or in itself."""
    if isinstance(value, (Mapping, list, tuple)):
        if left < 0:
            raise ValueError(f"it is nested deeper than {_DEEPEST}")
        for inner in value.values() if isinstance(value, Mapping) else value:
            _check_depth(inner, left - 1)
