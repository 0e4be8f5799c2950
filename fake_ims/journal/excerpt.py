"""What troubles mean, for the one whose test they fail."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from fake_ims.journal.book import Journal
from fake_ims.journal.calls import Calls
from fake_ims.journal.troubles import Trouble
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
    for kind, call in troubles[:_TOLD]:
        said = call.traceback or call.message or ""
        lines.append(f"  {kind}: {_indented(said)}")
        if kind == "not_implemented":
            action = printable(call.action)
            lines.append(f'    fake_ims.stub("{action}", {{...}}) answers it as the test wants.')
    if len(troubles) > _TOLD:
        lines.append(f"  ... and {len(troubles) - _TOLD} more")
    lines += ["The last calls, those in question marked:", *_excerpt(troubles, calls)]
    kinds = " ".join(sorted({trouble.kind for trouble in troubles}))
    lines.append(f'To allow it: @pytest.mark.fake_ims(allow="{kinds}"), or the setting allow.')
    return "\n".join(lines)


def _indented(text: str) -> str:
    lines = [shortened(printable(line), 1000) for line in text.strip().splitlines()]
    return "\n    ".join(lines)


def _excerpt(troubles: Sequence[Trouble], calls: Calls) -> list[str]:
    """The latest calls, each of the first troubles among them."""
    in_question = {id(trouble.call) for trouble in troubles}
    known = {id(call) for call in calls}
    strangers = [trouble.call for trouble in troubles[:_TOLD] if id(trouble.call) not in known]
    first = [call for call in calls[:-_EXCERPT] if id(call) in in_question][:_TOLD]
    shown = [*strangers, *first, *calls[-_EXCERPT:]]
    return [f"  {'>' if id(call) in in_question else ' '} {call!r}" for call in shown]
