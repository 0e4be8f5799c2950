"""The tables that the command line prints and the documents hold, made from what the code says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from fake_ims import errors
from fake_ims.gateway.catalogue import PRODUCT, VERSION, known_actions
from fake_ims.operations import OPERATIONS
from fake_ims.setting_kinds import SettingInfo
from fake_ims.settings import Settings


def operations_table(*, everything: bool = False) -> str:
    """What is implemented, and which parameters are accepted without effect beyond being stored."""
    rows = [
        (each.action, each.ram_action, each.access, ", ".join(sorted(each.request.inert)) or "-")
        for each in OPERATIONS
    ]
    implemented = {each.action for each in OPERATIONS}
    missing = sorted(known_actions() - implemented)
    lines = _table(("operation", "RAM action", "access", "stored, without effect yet"), rows)
    lines += [
        "",
        f"{len(implemented)} of the {len(known_actions())} operations of {PRODUCT} {VERSION}; "
        "the others are answered with HTTP 501 and FakeIms.OperationNotImplemented.",
    ]
    if everything:
        lines += ["", *missing]
    return "\n".join(lines)


def errors_table() -> str:
    """Every error that the fake answers, and how it is known."""
    rows = [
        (kind.code, str(kind.status), kind.layer, kind.evidence.value, kind.message, kind.source)
        for kind in errors.kinds()
    ]
    head = ("code", "status", "raised by", "evidence", "message", "source")
    return "\n".join(_table(head, rows))


def settings_table() -> str:
    """Every setting with its default, what it takes, and how well its default is known."""
    rows = [
        (info.name, _default(info), info.form, info.scope, info.evidence.value, info.help)
        for info in Settings.table.values()
    ]
    return "\n".join(
        _table(("setting", "default", "takes", "of a", "evidence", "what it does"), rows)
    )


def _default(info: SettingInfo) -> str:
    """The default, as one would write it."""
    value = info.default
    with contextlib.suppress(ValueError, TypeError):
        if info.parse(info.form) == value:
            return info.form
    if value in (None, "", ()):
        return "-"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = [head, *(tuple(cell.replace("|", "/") for cell in row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return lines


def documents() -> dict[str, str]:
    """The generated documents, by file name."""
    return {
        "settings.md": _SETTINGS_HEAD + settings_table() + "\n",
        "operations.md": _OPERATIONS_HEAD + operations_table() + "\n",
        "errors.md": _ERRORS_HEAD + errors_table() + "\n",
    }


_SETTINGS_HEAD = """\
# Settings

Every setting, as `fake-ims settings` prints it. For pytest, each is an option
(`--fake-ims-url-identity`), an environment variable (`FAKE_IMS_URL_IDENTITY`) and an ini key
(`fake_ims_url_identity`). Those of a world are keywords of `@pytest.mark.fake_ims()` as well; those
of a world or a listener are keywords of `FakeIms()` and flags of `fake-ims serve`
(`--url-identity`), which reads the environment, too. A name that does not exist, or a value that a
setting does not take, stops the start.

Those whose evidence is `inferred` stand for questions that the documents of the real service leave
open; the default is what breaks the fewest callers. `call.relied_on` and the summary of `pytest -v`
say which calls and tests depended on them.

"""

_OPERATIONS_HEAD = """\
# Operations

What is implemented, as `fake-ims operations` prints it.

"""

_ERRORS_HEAD = """\
# Errors

Every error that the fake answers, as `fake-ims errors` prints it; what stands in braces is filled
in. In JSON the order of the keys tells who raised it. The gateway: RequestId, Message, Recommend,
HostId, Code. The product, and the fake itself: RequestId, HostId, Code, Message, Recommend. Codes
that begin with `FakeIms.` are the fake's own: the real service has nothing like them.

"""
