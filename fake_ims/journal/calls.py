"""Calls: requests, and how they were answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fake_ims.clock import Instant, iso
from fake_ims.texts import listing, printable, shortened

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
        except ValueError:
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
        """Whether it is a call of this action with at least these parameters."""
        return action in (None, self.action) and all(
            name in self.parameters and _is_sent_as(value, self.parameters[name])
            for name, value in parameters.items()
        )

    def __repr__(self) -> str:
        parameters = ", ".join(
            f"{shortened(printable(name))}={shortened(repr(value))}"
            for name, value in self.parameters.items()
        )
        action = shortened(printable(self.action))
        outcome = f"{self.status or '...'}{' ' + printable(self.code) if self.code else ''}"
        notes = [self.note] if self.note else []
        notes += [repr(fault) for fault in self.faults]
        notes += [f"would be refused: {each.code}" for each in self.would_refuse]
        remark = "".join(f" ({printable(note)})" for note in notes)
        return f"<{action}({shortened(parameters, 1000)}) {outcome}{remark} at {iso(self.at)}>"


def _is_sent_as(value: Any, sent: str) -> bool:
    """Whether a value is what was sent; booleans are in whatever case the client writes them."""
    if isinstance(value, bool):
        return sent.lower() == str(value).lower()
    return sent == str(value)


class Calls(tuple[Call, ...]):
    """A snapshot of the calls so far, oldest first.

    ``dropped`` is how many there were before them: the journal keeps the latest only.
    """

    dropped: int

    def __new__(cls, calls: Iterable[Call] = (), *, dropped: int = 0) -> Calls:
        """The calls, with the number of those that are no longer known."""
        made = super().__new__(cls, calls)
        made.dropped = dropped
        return made

    def of(self, action: str | None = None, **parameters: Any) -> Calls:
        """Those of one action, with at least these parameters."""
        found = (call for call in self if call.matches(action, parameters))
        return Calls(found, dropped=self.dropped)

    def assert_called(self, action: str, *, times: int | None = None, **parameters: Any) -> Call:
        """Assert that an action was called with at least these parameters; the last such call.

        :param times: how often exactly; any number but 0 when not given.
        :raises AssertionError: with all that was called instead.
        """
        found = self.of(action, **parameters)
        wanted = f"{action}({', '.join(f'{name}={value!r}' for name, value in parameters.items())})"
        if times is None:
            assert found, f"{wanted} was not called. {self!r}"
        else:
            assert len(found) == times, (
                f"{wanted} was called {len(found)} times, not {times}. {self!r}"
            )
        return found[-1] if found else Call(action, {}, Instant(0))

    def assert_not_called(self, action: str, **parameters: Any) -> None:
        """Assert that an action was not called with these parameters."""
        self.assert_called(action, times=0, **parameters)

    def __repr__(self) -> str:
        dropped = f" ({self.dropped} before them were dropped)" if self.dropped else ""
        return listing(f"calls{dropped}", self)
