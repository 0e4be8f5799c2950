"""Calls: requests, and how they were answered."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    Literal,
    NamedTuple,
    SupportsIndex,
    overload,
)

from fake_ims.clock import Instant, iso
from fake_ims.journal.matching import TextMatcher, fits
from fake_ims.journal.wanted import ANYTHING, FILTERS, Known, Wanted
from fake_ims.texts import listing, printable, quoted, shortened

if TYPE_CHECKING:
    from fake_ims.faults.fault import Fault

_PRODUCT: Final = re.compile(r"([^\s/();]+)(?:/([^\s();]+))?")


class Objection(NamedTuple):
    """What ``mode=enforce`` would have refused; ``note`` says more than the service would."""

    code: str
    message: str
    note: str


@dataclass(slots=True, eq=False)
class Call:
    """One request and its answer.

    ``caller`` is the user who called, empty for one that ``mode=enforce`` does not know; ``scheme``
    how the request was signed: ``rpc``, ``acs3``, ``bearer`` or ``none``. ``status`` is None
    before there is an answer, and for one that a fault kept back. ``body`` is the answer as it was
    made, ``duration`` the seconds it took. ``faults`` are those that fired on the call; ``stubbed``
    tells that the answer is the test's own. ``ignored``
    names parameters that were accepted without effect; ``relied_on`` the settings for open
    questions of the real service that the outcome depended on. ``note`` says of a refusal what its
    message does not. With ``mode=soft``, ``would_refuse`` holds what ``enforce`` objects to.
    ``size`` is what the entry counts in its journal, in bytes, about; 0 once it has been dropped.
    """

    action: str
    parameters: Mapping[str, str]
    at: Instant
    access_key_id: str = ""
    caller: str = ""
    scheme: str = ""
    http_method: str = ""
    user_agent: str = ""
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str = ""
    body: bytes = field(default=b"", repr=False)
    duration: float | None = None
    faults: tuple[Fault, ...] = ()
    stubbed: bool = False
    ignored: tuple[str, ...] = ()
    relied_on: tuple[str, ...] = ()
    would_refuse: tuple[Objection, ...] = ()
    note: str = ""
    traceback: str | None = field(default=None, repr=False)
    size: int = field(default=0, repr=False)

    @property
    def answer(self) -> Any:
        """The answer, decoded from JSON; as text when it is something else."""
        text = self.body.decode(errors="replace")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):  # a fault may answer with anything
            return text

    @property
    def client(self) -> str:
        """The client program, as its User-Agent says: ``AlibabaCloud Python``, ``curl``, or empty.

        The official clients tell their language, and the version of their core.
        """
        return self._client()[0]

    @property
    def client_version(self) -> str:
        """The version of :attr:`client`; empty if it does not tell."""
        return self._client()[1]

    def _client(self) -> tuple[str, str]:
        products = _PRODUCT.findall(re.sub(r"\([^)]*\)", "", self.user_agent[:1000]))
        versions = dict(reversed(products))
        if "Aliyun-CLI" in versions:
            return "Aliyun-CLI", versions["Aliyun-CLI"]
        if products and products[0][0] == "AlibabaCloud":
            language = f" {products[1][0]}" if products[1:] else ""
            return f"AlibabaCloud{language}", versions.get("Core", "")
        return products[0] if products else ("", "")

    @property
    def ok(self) -> bool:
        """Whether it was answered with success."""
        return self.status == 200

    def matches(self, action: str | None, parameters: Mapping[str, Any]) -> bool:
        """Whether it is a call of this action with at least these parameters.

        :param parameters: by name, what is wanted: see :mod:`fake_ims.journal.matching`.
        """
        return action in (None, self.action) and all(
            fits(wanted, self.parameters.get(name)) for name, wanted in parameters.items()
        )

    def __repr__(self) -> str:
        parameters = ", ".join(
            f"{shortened(printable(shortened(name)))}={quoted(value)}"
            for name, value in self.parameters.items()
        )
        action = shortened(printable(shortened(self.action)))
        outcome = f"{self.status or '...'}{' ' + printable(self.code) if self.code else ''}"
        note, *place = self.note.split("\n")  # what follows points at a place in a parameter
        notes = [note] if note else []
        notes += [repr(fault) for fault in self.faults]
        notes += [f"would be refused: {each.code}" for each in self.would_refuse]
        remark = "".join(f" ({printable(note)})" for note in notes)
        said = f"<{action}({shortened(parameters, 1000)}) {outcome}{remark} at {iso(self.at)}>"
        return "\n".join([said, *(f"    {printable(line)}" for line in place)])


class Calls(tuple[Call, ...]):
    """A snapshot of the calls so far, oldest first; a slice of it is one as well.

    ``dropped`` is how many there were before them: the journal keeps the latest only.

    The keywords of :meth:`of` and of the assertions say which calls are meant. Those that begin
    with a capital are parameters of the API (``InputURL=...``); ``parameters`` takes those whose
    name is no keyword; the others are attributes of the :class:`Call`. ``fault`` is whether a fault
    fired on it, or a fault that did. What each may be: see :mod:`fake_ims.journal.matching`. All
    raise TypeError for what cannot be meant, such as a filter that does not exist.

    An assertion that cannot be decided because calls were dropped fails, and says so.
    """

    dropped: int
    known: Known | None

    def __new__(
        cls, calls: Iterable[Call] = (), *, dropped: int = 0, known: Known | None = None
    ) -> Calls:
        """The calls, with the number of those that are no longer known.

        :param known: what the service has, for names in assertions that no call can have.
        """
        made = super().__new__(cls, calls)
        made.dropped = dropped
        made.known = known
        return made

    @overload
    def __getitem__(self, index: SupportsIndex) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Calls: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Call | Calls:
        """One call, or some of them."""
        if isinstance(index, slice):
            return self._some(super().__getitem__(index))
        return super().__getitem__(index)

    def of(
        self,
        action: TextMatcher = None,
        /,
        *,
        caller: TextMatcher = ANYTHING,
        client: TextMatcher = ANYTHING,
        status: int | Callable[[int], object] | None = ANYTHING,
        code: TextMatcher = ANYTHING,
        message: TextMatcher = ANYTHING,
        ok: bool = ANYTHING,
        scheme: TextMatcher = ANYTHING,
        http_method: TextMatcher = ANYTHING,
        access_key_id: TextMatcher = ANYTHING,
        request_id: TextMatcher = ANYTHING,
        fault: bool | Fault = ANYTHING,
        parameters: Mapping[str, Any] | None = None,
        **wanted: Any,
    ) -> Calls:
        """Those of one action, or of any, of which all that is wanted is true."""
        __tracebackhide__ = True
        return self._that_fit(
            Wanted(
                action, wanted, parameters, caller=caller, client=client, status=status,
                code=code, message=message, ok=ok, scheme=scheme, http_method=http_method,
                access_key_id=access_key_id, request_id=request_id, fault=fault,
            )
        )  # fmt: skip

    @overload
    def assert_called(
        self, action: TextMatcher = None, /, *, times: Literal[0], **wanted: Any
    ) -> None: ...
    @overload
    def assert_called(
        self,
        action: TextMatcher = None,
        /,
        *,
        times: int | None = None,
        at_least: int | None = None,
        caller: TextMatcher = ANYTHING,
        client: TextMatcher = ANYTHING,
        status: int | Callable[[int], object] | None = ANYTHING,
        code: TextMatcher = ANYTHING,
        message: TextMatcher = ANYTHING,
        ok: bool = ANYTHING,
        scheme: TextMatcher = ANYTHING,
        http_method: TextMatcher = ANYTHING,
        access_key_id: TextMatcher = ANYTHING,
        request_id: TextMatcher = ANYTHING,
        fault: bool | Fault = ANYTHING,
        parameters: Mapping[str, Any] | None = None,
        **wanted: Any,
    ) -> Call: ...
    def assert_called(
        self,
        action: TextMatcher = None,
        /,
        *,
        times: int | None = None,
        at_least: int | None = None,
        parameters: Mapping[str, Any] | None = None,
        **wanted: Any,
    ) -> Call | None:
        """Assert that there was such a call.

        :param times: how many exactly; 0 is what :meth:`assert_not_called` asserts.
        :param at_least: how many at least; 1 when neither is given.
        :returns: the last such call; None with ``times=0``.
        :raises AssertionError: with the calls that come nearest, and where they are otherwise.
        """
        __tracebackhide__ = True
        least, most = _bounds(times, at_least)
        filters = {name: wanted.pop(name) for name in FILTERS if name in wanted}
        meant = Wanted(action, wanted, parameters, **filters)
        found = self._that_fit(meant)
        wrong = not least <= len(found) <= most or (self.dropped and most < sys.maxsize)
        if wrong or meant.slip(self, self.known, negative=most == 0):
            from fake_ims.journal.nearest import wrong_number  # for failures only

            raise AssertionError(wrong_number(meant, self, found, least, most))
        return found[-1] if found else None

    def assert_not_called(
        self,
        action: TextMatcher = None,
        /,
        *,
        caller: TextMatcher = ANYTHING,
        client: TextMatcher = ANYTHING,
        status: int | Callable[[int], object] | None = ANYTHING,
        code: TextMatcher = ANYTHING,
        message: TextMatcher = ANYTHING,
        ok: bool = ANYTHING,
        scheme: TextMatcher = ANYTHING,
        http_method: TextMatcher = ANYTHING,
        access_key_id: TextMatcher = ANYTHING,
        request_id: TextMatcher = ANYTHING,
        fault: bool | Fault = ANYTHING,
        parameters: Mapping[str, Any] | None = None,
        **wanted: Any,
    ) -> None:
        """Assert that there was no such call.

        :raises AssertionError: with those that there were. Also if the name of the action or of a
            parameter is only written otherwise in the calls, or is none of the service's: the
            assertion would always hold.
        """
        __tracebackhide__ = True
        self.assert_called(
            action, times=0, parameters=parameters, caller=caller, client=client, status=status,
            code=code, message=message, ok=ok, scheme=scheme, http_method=http_method,
            access_key_id=access_key_id, request_id=request_id, fault=fault, **wanted,
        )  # fmt: skip

    def assert_order(self, *steps: str | tuple[str, Mapping[str, Any]]) -> Calls:
        """Assert that these calls came one after the other; others may come between.

        :param steps: each an action, or an action and what is wanted, as for :meth:`of`:
            ``("GetMediaInfo", {"MediaId": media_id, "ok": True})``.
        :returns: the first such calls, one for each step.
        :raises AssertionError: with the first step that did not come in its turn.
        """
        __tracebackhide__ = True
        if not steps:
            raise TypeError("an order has steps")
        meant = [Wanted.step(step) for step in steps]
        found: list[int] = []
        for wanted in meant:
            rest = range(found[-1] + 1 if found else 0, len(self))
            place = next((number for number in rest if wanted.fits(self[number])), None)
            if place is None:
                from fake_ims.journal.nearest import out_of_order  # for failures only

                raise AssertionError(out_of_order(meant, self, found))
            found.append(place)
        return self._some(self[place] for place in found)

    def _that_fit(self, wanted: Wanted) -> Calls:
        return self._some(call for call in self if wanted.fits(call))

    def _some(self, calls: Iterable[Call]) -> Calls:
        return Calls(calls, dropped=self.dropped, known=self.known)

    def __repr__(self) -> str:
        dropped = f" ({self.dropped} before them were dropped)" if self.dropped else ""
        return listing(f"calls{dropped}", self)


def _bounds(times: int | None, at_least: int | None) -> tuple[int, int]:
    __tracebackhide__ = True
    for name, number, low in (("times", times, 0), ("at_least", at_least, 1)):
        if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
            raise TypeError(f"{name} is a whole number, not {number!r}")
        if number is not None and number < low:
            raise ValueError(f"{name} is at least {low}, not {number}")
    if times is None:
        return (1 if at_least is None else at_least), sys.maxsize
    if at_least is not None:
        raise TypeError("times or at_least, not both")
    return times, times
