"""What a fake tells in pytest's output: beside a failure, and at the end of a run."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from fake_ims.events.callbacks import RECORDED
from fake_ims.fake import FakeIms
from fake_ims.journal.calls import Call, Calls
from fake_ims.texts import legible, listing, printable, shortened
from fake_ims.views import tree_of
from fake_ims.world import World

IGNORED: Final = "accepted without effect"
NOT_SENT: Final = "callback not sent"
NOT_IMPLEMENTED: Final = "not implemented"
REFUSED: Final = "had no fake to answer it"
GUARDED: Final = "kept from the real Alibaba Cloud"
STUBBED: Final = "a stub answers what the service does not"
WOULD_REFUSE: Final = "would be refused with mode=enforce"
INTERNAL: Final = "error inside fake_ims, or in a function of the test"
INFERRED: Final = "rested on inferred behaviour"

KINDS: Final = (
    INTERNAL, GUARDED, REFUSED, NOT_IMPLEMENTED, STUBBED, WOULD_REFUSE, NOT_SENT, IGNORED,
    INFERRED,
)  # fmt: skip
"""In the order in which a run's summary tells them."""

_SHOWN = 20
_TRACES = 5
_TRACE = 10_000
_NOTED = 1000
_CLOUDS_SHOWN = 3

Note = list[str]
"""Kind and text; a list, so that pytest-xdist can send it."""


def sections(
    clouds: Sequence[FakeIms], test: str, run_seed: int, untold: str
) -> Iterator[tuple[str, str]]:
    """Heading and text of each fake that a failed test could use, its own first.

    :param untold: what :meth:`FakeIms.check` would have said.
    """
    own_first = sorted(
        clouds, key=lambda ims: (ims.label != test, f" in {test} (" not in ims.label)
    )
    for ims in own_first[:_CLOUDS_SHOWN]:
        whose = "" if ims.label == test else f" of {ims.label}"
        if ims.failed_in is not None:
            heading = f"fake_ims{whose}, inside scratch()"
            yield _section(heading, ims, ims.failed_in, ims.failed_in, run_seed)
        yield _section(f"fake_ims{whose}", ims, ims, ims.world, run_seed)
    if untold:
        yield "fake_ims", untold


def _section(
    what: str, ims: FakeIms, named: object, world: World, run_seed: int
) -> tuple[str, str]:
    repeats = f"seed {world.seed}"
    if ims.settings.seed is None:
        repeats += f"; --fake-ims-seed={run_seed} repeats it"
    try:
        text = f"{named!r}\n{describe(world)}"
    except Exception:  # a fake that is broken must not break the report of it
        text = f"it cannot be described:\n{traceback.format_exc()}"
    return f"{what} ({repeats})", legible(text)


def describe(world: World) -> str:
    """The state of a fake, for the reader of a failure."""
    calls, assets = world.journal.snapshot(), list(world.library.assets)
    parts = [
        listing("calls", calls, most=_SHOWN),
        listing("assets", assets, most=_SHOWN),
        listing("events", world.events(), most=_SHOWN),
    ]
    callbacks, bends = world.callbacks(), list(world.dispatcher.bends)
    if callbacks:
        parts.append(listing("callbacks", callbacks, most=_SHOWN))
    if bends:
        parts.append(listing("bends of callbacks", bends, most=_SHOWN))
    if world.library.categories:
        parts.append(tree_of(world.library.categories, most=_SHOWN))
    pending = world.queue.entries()
    if pending:
        parts.append(listing("pending", pending, most=_SHOWN))
    if world.faults:
        parts.append(listing("faults", list(world.faults), most=_SHOWN))
    if world.stubs:
        parts.append(listing("stubs", list(world.stubs), most=_SHOWN))
    relied_on = sorted({name for call in _all_calls(world) for name in call.relied_on})
    if relied_on:
        parts.append(f"inferred, and relied on: {', '.join(relied_on)} (each is a setting)")
    traces = [call.traceback for call in calls if call.traceback]
    if len(traces) > _TRACES:
        parts.append(f"<{len(traces)} tracebacks, the last {_TRACES}>")
    return "\n".join(parts + [shortened(trace, _TRACE) for trace in traces[-_TRACES:]])


def _all_calls(world: World) -> list[Call]:
    return [*world.journal.snapshot(), *world.seeded]


def notes(worlds: Iterable[World], stray: Calls) -> list[Note]:
    """What one test's worlds have to tell, and the requests that no fake answered meanwhile.

    Of a kind, so many that pytest-xdist can still send them.
    """
    worlds = list(worlds)
    found = {
        (REFUSED, f"{printable(call.action)}: {printable(call.message or '')}")
        for call in stray
        if not call.traceback
    }
    for call in (*stray, *(call for world in worlds for call in _all_calls(world))):
        action = printable(call.action)
        found.update((IGNORED, f"{action} {printable(name)}") for name in call.ignored)
        found.update((INFERRED, name) for name in call.relied_on)
        found.update((WOULD_REFUSE, f"{action} {each.code}") for each in call.would_refuse)
        if call.code == "FakeIms.OperationNotImplemented" and not any(
            fault.answers for fault in call.faults
        ):
            found.add((NOT_IMPLEMENTED, action))
        if call.stubbed and call.note:
            found.add((STUBBED, printable(call.note)))
        if call.traceback:
            found.add((INTERNAL, f"{action}: {_error_of(call.traceback)}"))
    for world in worlds:
        for callback in world.callbacks().of(outcome=RECORDED):
            found.add((NOT_SENT, f"to {printable(callback.to)}: {printable(callback.why)}"))
    return [
        [kind, text]
        for kind in KINDS
        for text in sorted({shortened(text) for each, text in found if each == kind})[:_NOTED]
    ]


def _error_of(trace: str) -> str:
    """The error that a traceback ends with, without the further lines of its message."""
    lines = trace.splitlines()
    stack = max((n for n, line in enumerate(lines) if line.startswith("  File ")), default=-1)
    rest = (line for line in lines[stack + 1 :] if line[:1].strip())
    return next(rest, lines[-1])


def refusals(hosts: Sequence[str]) -> list[Note]:
    """What the guard refused during one test: code under test may have swallowed it."""
    return [[GUARDED, shortened(printable(host))] for host in sorted(set(hosts))]


def summary(tests: Mapping[tuple[str, str], Sequence[str]], *, verbose: bool) -> Iterator[str]:
    """The lines at the end of a run; the tests by name only when ``verbose``."""
    for kind in KINDS:
        of_kind = sorted((text, ids) for (each, text), ids in tests.items() if each == kind)
        if kind == INFERRED and of_kind and not verbose:
            count = len({test for _, ids in of_kind for test in ids})
            yield f"{count} tests {kind}; -v names the settings and the tests"
            continue
        for text, ids in of_kind if verbose else of_kind[:_SHOWN]:
            plural = "test" if len(ids) == 1 else "tests"
            yield f"{kind}: {shortened(text)} ({len(ids)} {plural})"
            if verbose:
                yield from (f"    {test}" for test in ids)
        if len(of_kind) > _SHOWN and not verbose:
            yield f"{kind}: {len(of_kind) - _SHOWN} more; -v names them all"
