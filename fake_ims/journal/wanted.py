"""Wanted: which calls a test means, by action, parameters, and what else a call has."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fake_ims.journal.matching import Misfit, check, fits, misfits
from fake_ims.texts import nearest, shortened

if TYPE_CHECKING:
    from fake_ims.journal.calls import Call

FILTERS: Final = (
    "caller", "client", "status", "code", "message", "ok", "scheme", "http_method",
    "access_key_id", "request_id", "fault",
)  # fmt: skip
"""What can be wanted of a call beside its parameters: its attributes, and its faults."""

OPTIONS: Final = ("times", "at_least", "parameters")
"""The other keywords of assertions; for hints."""

COMMON_PARAMETERS: Final = frozenset({
    "Action", "Version", "Format", "Timestamp", "SignatureNonce", "SignatureMethod",
    "SignatureVersion", "SignatureType", "Signature", "AccessKeyId", "SecurityToken",
    "BearerToken", "RegionId",
})  # fmt: skip
"""What every RPC request may carry beside the operation's own parameters; ``Call.parameters`` does
not have it."""

_LONGEST: Final = 100


class Anything:
    """The default of a filter: whatever it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<anything>"


ANYTHING: Final[Any] = Anything()


class Known(NamedTuple):
    """What the service has: its operations, and the parameters of one, as far as they are known."""

    actions: Callable[[], Collection[str]]
    parameters: Callable[[str], Collection[str]]


class Slip(NamedTuple):
    """A name that no call can have; how the calls write it, or of what it would have to be."""

    name: str
    written: str | None = None
    among: tuple[str, ...] = ()
    action: str = ""


class Field(NamedTuple):
    """One thing that is wanted of a call, and where it is otherwise."""

    name: str
    misfits: tuple[Misfit, ...]
    is_parameter: bool


class Wanted:
    """Which calls are meant.

    :param action: what is wanted of the action; None for any.
    :param keywords: parameters, by names that begin with a capital.
    :param parameters: parameters, by whatever name.
    :param filters: by the names of :data:`FILTERS`.
    :raises TypeError: for a name or a value that cannot be meant.
    """

    __slots__ = ("action", "filters", "keywords", "parameters")

    def __init__(
        self,
        action: Any = None,
        keywords: Mapping[str, Any] | None = None,
        parameters: Mapping[str, Any] | None = None,
        **filters: Any,
    ) -> None:
        __tracebackhide__ = True
        self.action = action
        self.filters = {name: value for name, value in filters.items() if value is not ANYTHING}
        _check_filters(self.filters)
        check_names(keywords or {}, parameters or {})
        self.keywords = frozenset(keywords or ())
        self.parameters = {**(keywords or {}), **(parameters or {})}
        for value in (action, *self.filters.values(), *self.parameters.values()):
            check(value)

    @classmethod
    def step(cls, step: str | tuple[str, Mapping[str, Any]]) -> Wanted:
        """A step of an order: an action, or an action and the keywords that go with it.

        :raises TypeError: for anything else, or a name or a value that cannot be meant.
        """
        __tracebackhide__ = True
        if isinstance(step, str):
            return cls(step)
        match step:
            case (str() as action, Mapping() as mapping):
                keywords = dict(mapping)
                parameters = keywords.pop("parameters", None)
                filters = {name: keywords.pop(name) for name in FILTERS if name in keywords}
                return cls(action, keywords, parameters, **filters)
        raise TypeError(
            f"a step is an action, or (action, {{name: value}}), not {shortened(repr(step))}"
        )

    def fits(self, call: Call) -> bool:
        """Whether a call is meant."""
        if self.action is not None and self.action != call.action:
            if isinstance(self.action, str) or not fits(self.action, call.action):
                return False
        sent = call.parameters
        return all(
            fits(value, sent.get(name)) for name, value in self.parameters.items()
        ) and not any(field.misfits for field in self._filtered(call))

    def fields(self, call: Call) -> Iterator[Field]:
        """What is wanted, one by one, and where the call is otherwise."""
        if self.action is not None:
            found = tuple(misfits(self.action, call.action, "action"))
            yield Field("action", found, is_parameter=False)
        for name, value in self.parameters.items():
            found = tuple(misfits(value, call.parameters.get(name), name))
            yield Field(name, found, is_parameter=True)
        yield from self._filtered(call)

    def slip(
        self, calls: Sequence[Call], known: Known | None = None, *, negative: bool
    ) -> Slip | None:
        """A name that is only written otherwise in the calls, or that the service does not have
        and no call has: ours can never be found.

        :param negative: look at all names, else at those of parameters that must not be sent.
        """
        action = self.action if isinstance(self.action, str) else None
        if action is not None:
            found = _otherwise(action, {call.action for call in calls}) if negative else None
            if found is not None:
                return found
            calls = [call for call in calls if call.action == action]
            if negative and known is not None and not calls and action not in known.actions():
                return Slip(action, among=tuple(known.actions()))
        names = [name for name, value in self.parameters.items() if negative or value is None]
        sent = {name for call in calls for name in call.parameters} if names else set()
        has = known.parameters(action) if known is not None and action is not None else ()
        for name in names:
            slip = _otherwise(name, sent)
            if slip is not None:
                return slip
            if has and action is not None and name in self.keywords and name not in (*has, *sent):
                return Slip(name, among=tuple(has), action=action)
        return None

    def _filtered(self, call: Call) -> Iterator[Field]:
        for name, value in self.filters.items():
            if name == "fault":
                found = tuple(_fault_misfits(value, call))
            else:
                found = tuple(misfits(value, getattr(call, name), name))
            yield Field(name, found, is_parameter=False)


def _fault_misfits(wanted: Any, call: Call) -> Iterator[Misfit]:
    """A bool: whether any fired; else one that did."""
    if wanted is None or isinstance(wanted, bool):
        if bool(call.faults) is not bool(wanted):
            yield Misfit("fault", wanted, bool(call.faults))
    elif not any(fits(wanted, fault) for fault in call.faults):
        yield Misfit("fault", wanted, call.faults)


def _check_filters(filters: Mapping[str, Any]) -> None:
    """What a call never has would be found in none: that is hardly meant."""
    __tracebackhide__ = True
    status, code, ok = filters.get("status"), filters.get("code"), filters.get("ok", True)
    if isinstance(status, str):
        raise TypeError(f"status is a number, not {shortened(repr(status))}")
    if isinstance(code, int):
        raise TypeError(f"code is a text, such as 'Forbidden', not {code!r}; a number is a status")
    if not isinstance(ok, bool):
        raise TypeError(f"ok is True or False, not {shortened(repr(ok))}")


def check_names(keywords: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
    """Refuse what names no parameter that a call's entry can have.

    :raises TypeError: for such a name, and for one that is in both.
    """
    __tracebackhide__ = True
    for name in (*keywords, *parameters):
        if not isinstance(name, str):
            raise TypeError(f"{name!r} is no name of a parameter")
        if name in COMMON_PARAMETERS:
            raise TypeError(f"{name} belongs to every request; a call's parameters lack it")
    for name in keywords:
        if not name[:1].isupper():
            hint = "" if name in OPTIONS else nearest(name[:100], (*FILTERS, *OPTIONS))
            raise TypeError(
                f"no filter is called {shortened(repr(name))}{hint} (there are "
                f"{', '.join(FILTERS)}; parameters of the API begin with a capital, others go into "
                f"parameters={{...}})"
            )
        if name in parameters:
            raise TypeError(f"the parameter {name} is given twice")


def _otherwise(name: str, names: Collection[str]) -> Slip | None:
    if name in names:
        return None
    ours = plain(name)
    other = next((each for each in names if plain(each) == ours), None)
    return None if other is None else Slip(name, other)


def plain(name: str) -> str:
    """A name without what people get wrong, case and marks between words; a long one as it is."""
    return name if len(name) > _LONGEST else re.sub(r"[\s_-]", "", name).casefold()
