"""The tables that the command line prints and the documents hold, made from what the code says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Final

from fake_ims import errors
from fake_ims.gateway.catalogue import OF_EVERY_CALL, PRODUCT, VERSION, known_actions
from fake_ims.operations import FAMILIES, every_operation
from fake_ims.setting_kinds import SettingInfo
from fake_ims.settings import Settings

_JOB_FAMILIES: Final = (
    "snapshots",
    "media_info_jobs",
    "workflows",
    "uploading",
    "fetching",
    "smart_tags",
    "content_analysis",
)
_JOBS: Final = tuple(action for family in _JOB_FAMILIES for action in FAMILIES[family])
"""The operations that docs/jobs.md has the examples of."""


def operations_table(*, everything: bool = False) -> str:
    """What is implemented, how well it is known, and what is stored but sets nothing off."""
    implemented = every_operation()
    rows = [
        (
            each.action,
            each.evidence.value,
            f"[example]({_example(each.action)})",
            each.ram_action,
            each.access,
            ", ".join(sorted(each.request.inert)) or "-",
            ", ".join(each.questions) or "-",
        )
        for each in implemented
    ]
    head = (
        "operation", "evidence", "example", "RAM action", "access",
        "stored, without effect yet", "open questions",
    )  # fmt: skip
    lines = _table(head, rows)
    lines += [
        "",
        f"{len(implemented)} of the {len(known_actions())} operations of {PRODUCT} {VERSION}; "
        "the others are answered with HTTP 501 and FakeIms.OperationNotImplemented.",
    ]
    if everything:
        lines += ["", *sorted(known_actions() - {each.action for each in implemented})]
    return "\n".join(lines)


def short_operations_table() -> str:
    """What is implemented, and how well it is known: the README's table."""
    rows = [
        (
            each.action,
            each.evidence.value,
            str(len(each.questions) or "-"),
            f"[example](docs/{_example(each.action)})",
        )
        for each in every_operation()
    ]
    return "\n".join(_table(("operation", "evidence", "open questions", "example"), rows))


def _example(action: str) -> str:
    """Where in the documents an operation has its example."""
    pages = {**dict.fromkeys(FAMILIES["callbacks"], "callbacks"), **dict.fromkeys(_JOBS, "jobs")}
    page = pages.get(action, "library")
    return f"{page}.md#{action.lower()}"


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


def with_operations(readme: str) -> str:
    """The README with its table of operations renewed, between the comments that mark its place.

    :raises ValueError: if they are not there.
    """
    begin, end = "<!-- operations: written by .ci/write_tables.py -->\n", "<!-- end -->\n"
    before, found, rest = readme.partition(begin)
    _, found_end, after = rest.partition(end)
    if not (found and found_end):
        raise ValueError("there is no place for the table of operations")
    return f"{before}{begin}{short_operations_table()}\n{end}{after}"


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

_OPERATIONS_HEAD = f"""\
# Operations

What is implemented, as `fake-ims operations` prints it, and how its answers are known. An open
question is a [setting](settings.md): what no document answers, and the answer may depend on. Beside
its own, every call can depend on those of the gateway:
{", ".join(OF_EVERY_CALL)}.

RAM actions are documented. So are the access levels of RegisterMediaInfo, GetMediaInfo,
ListMediaBasicInfos, SearchMedia, RegisterMediaStream, SetEventCallback and GetEventCallback; those
of the others are inferred from what they do. They say what an operation does to its resource;
policies name actions only.

"""

_ERRORS_HEAD = """\
# Errors

Every error that the fake answers, as `fake-ims errors` prints it; what stands in braces is filled
in. In JSON the order of the keys tells who raised it. The gateway: RequestId, Message, Recommend,
HostId, Code. The product, and the fake itself: RequestId, HostId, Code, Message, Recommend. Codes
that begin with `FakeIms.` are the fake's own: the real service has nothing like them.

"""
