"""What troubles mean, for the one whose test they fail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from fake_ims.journal.book import Journal
from fake_ims.journal.calls import Call, Calls
from fake_ims.texts import printable, shortened

_TOLD: Final = 10
_EXCERPT: Final = 8


def tell(journal: Journal, allow: Collection[str]) -> str:
    """What is wrong and not allowed, with an excerpt of the journal; empty when nothing is.

    The journal's troubles have been told then.
    """
    troubles = [each for each in journal.troubles.take() if each.kind not in allow]
    if not troubles:
        return ""
    calls = journal.snapshot()
    lines = ["fake_ims met what a passing test should not hide:"]
    for kind, call, said in troubles[:_TOLD]:
        lines.append(f"  {kind}: {_indented(said if call is None else _said_of(call))}")
        if kind == "not_implemented" and call is not None:
            action = printable(call.action)
            lines.append(f'    fake_ims.stub("{action}", {{...}}) answers it as the test wants.')
    if len(troubles) > _TOLD:
        lines.append(f"  ... and {len(troubles) - _TOLD} more")
    in_question = [trouble.call for trouble in troubles if trouble.call is not None]
    if shown := _excerpt(in_question, calls):
        marked = ", those in question marked" if in_question else ""
        lines += [f"The last calls{marked}:", *shown]
    kinds = " ".join(sorted({trouble.kind for trouble in troubles}))
    lines.append(f'To allow it: @pytest.mark.fake_ims(allow="{kinds}"), or the setting allow.')
    return "\n".join(lines)


def _said_of(call: Call) -> str:
    return call.traceback or call.message or ""


def _indented(text: str) -> str:
    lines = [shortened(printable(line), 1000) for line in text.strip().splitlines()]
    return "\n    ".join(lines)


def _excerpt(in_question: Sequence[Call], calls: Calls) -> list[str]:
    """The latest calls, each of the first of those in question among them."""
    marked, known = {id(call) for call in in_question}, {id(call) for call in calls}
    strangers = [call for call in in_question[:_TOLD] if id(call) not in known]
    first = [call for call in calls[:-_EXCERPT] if id(call) in marked][:_TOLD]
    shown = [*strangers, *first, *calls[-_EXCERPT:]]
    return [f"  {'>' if id(call) in marked else ' '} {call!r}" for call in shown]
