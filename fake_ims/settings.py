"""Every setting, once.

The fields of :class:`Settings` are the table that feeds the keywords of ``FakeIms``, the pytest
marker, the ini keys and options (``fake_ims_<name>``, ``--fake-ims-<name>``), the flags of
``fake-ims serve`` and the environment twins (``FAKE_IMS_<NAME>``).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from fake_ims.evidence import Evidence
from fake_ims.job_names import DEFAULT_DELAYS, JobDelays, read_job_delays
from fake_ims.open_questions import OpenQuestions
from fake_ims.setting_kinds import (
    ENVIRONMENT_PREFIX,
    Delay,
    SettingInfo,
    Span,
    matching,
    read_boolean,
    read_delay,
    read_hosts,
    read_names,
    read_positive_span,
    read_seed,
    read_size,
    read_span,
    setting,
    some_of,
    whole,
)
from fake_ims.texts import nearest

TROUBLES: Final = ("not_implemented", "internal_error", "stray", "undelivered")
"""What makes a test fail at its end: a call of an operation that is not implemented; an error
inside the fake; a request that no fake answers, such as one with the keys of an ended test; a
callback that was dropped after three attempts."""


class SettingError(ValueError):
    """An unknown setting, or a value that it does not take; the message says what to write."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings(OpenQuestions):
    """The settings of one world, its listener and the pytest plugin, checked and typed."""

    region: str = setting(
        "cn-shanghai", "Region of the service; that of an oss:// URL.", "region id",
        matching(r"[a-z]{2,}(-[a-z0-9]+)+", 'a region id such as "cn-shanghai"'),
    )  # fmt: skip
    account_id: str = setting(
        "1234567890123456", "UserId of the account.", "16 digits",
        matching(r"[1-9]\d{15}", "16 digits, the first not 0"),
    )  # fmt: skip
    delay: Delay = setting(
        Delay(2_000_000, 3_000_000),
        "How long the analysis of a registered asset takes, in world time; "
        "0 completes it when the answer is sent.",
        "2s..3s | 1.5s | 0", read_delay, evidence=Evidence.DOCUMENTED,
    )  # fmt: skip
    completion: str = setting(
        "time", "What completes a registration: the delay, the number of reads, or only a call "
        "of settle(), complete() or fail().", "time | reads | hand",
        matching("time|reads|hand", "time or reads or hand"),
    )  # fmt: skip
    reads: int = setting(
        1, "With completion=reads: how many answers show an asset as Preparing, or leave out a "
        "stream.",
        "whole number", whole(0),
    )  # fmt: skip
    access_key_id: str = setting(
        "", "Access key of the default caller, for clients whose keys are fixed; drawn anew when "
        "not given. Such a key does not tell worlds on one listener apart.", "access key id",
        matching(r"[!-~]{0,128}", "up to 128 printable characters"),
    )  # fmt: skip
    access_key_secret: str = setting(
        "", "Its secret; drawn anew when not given.", "secret",
        matching(r"[!-~]{0,128}", "up to 128 printable characters"),
    )  # fmt: skip
    mode: str = setting(
        "open", "What becomes of signatures: open does not look at them; soft refuses nobody, and "
        "records what would have been refused; enforce refuses.", "open | soft | enforce",
        matching("open|soft|enforce", "open or soft or enforce"),
    )  # fmt: skip
    strict: bool = setting(
        False, "Also refuse what the documents forbid but production callers are seen to send.",
        "true | false", read_boolean,
    )  # fmt: skip
    seed: int | None = setting(
        None, "Seed of ids and delays; drawn anew, and printed, when not given.",
        "whole number", read_seed,
    )  # fmt: skip
    journal_size: int = setting(
        10_000, "How many of the latest calls are kept.", "whole number", whole(1),
    )  # fmt: skip
    journal_bytes: int = setting(
        64 << 20, "How large the calls that are kept may be together; the latest is kept in any "
        "case.", "64MiB", read_size,
    )  # fmt: skip
    allow: tuple[str, ...] = setting(
        (), "What of the fake's troubles a test may have without failing.",
        " ".join(TROUBLES), some_of(*TROUBLES),
    )  # fmt: skip
    client_token_window: Span = setting(
        Span(86_400_000_000), "How long a ClientToken is remembered, in world time.", "24h",
        read_span, evidence=Evidence.INFERRED,
    )  # fmt: skip
    vod_domain: str = setting(
        "", "Acceleration domain of ApsaraVideo VOD, which OutputType=cdn answers with.",
        "host name", matching(r"[A-Za-z0-9.-]*", "a host name"),
    )  # fmt: skip
    job_delays: JobDelays = setting(
        JobDelays(), "How long jobs take, in world time, by kind: those after a registration, and "
        "those that are submitted; with delay=0, what is not named takes no time. Kinds: "
        + ", ".join(DEFAULT_DELAYS) + ".",
        "snapshots=1s sprite=1s..2s", read_job_delays,
    )  # fmt: skip
    job_failures: tuple[str, ...] = setting(
        (), "Kinds of jobs that fail, or analysis.", "snapshots sprite",
        some_of("analysis", *DEFAULT_DELAYS),
    )  # fmt: skip
    snapshots_shape: str = setting(
        "documented", "Snapshots of an asset: as the document of each operation has it, which is "
        "URLs in GetMediaInfo and BatchGetMediaInfos, and the job that made them in lists and "
        "searches; or one of the two everywhere.", "documented | urls | job",
        matching("documented|urls|job", "documented or urls or job"), evidence=Evidence.DOCUMENTED,
    )  # fmt: skip
    default_role: str = setting(
        "granted", "Whether the service has AliyunICEDefaultRole: without, DeletePhysicalFiles "
        "deletes nothing that is in an OSS bucket.", "granted | missing",
        matching("granted|missing", "granted or missing"), evidence=Evidence.DOCUMENTED,
    )  # fmt: skip
    callback_hosts: tuple[str, ...] = setting(
        (), "Hosts beside this machine to which callbacks are sent; * stands for anything. Others "
        "are recorded, and not contacted.", "host names", read_hosts,
    )  # fmt: skip
    callback_timeout: Span = setting(
        Span(3_000_000), "How long a receiver of callbacks has for its answer, in real time.",
        "3s", read_positive_span, evidence=Evidence.DOCUMENTED,
    )  # fmt: skip

    host: str = setting(
        "127.0.0.1", "Address to listen on.", "host name or address",
        matching(r"[A-Za-z0-9.:_-]+", "a host name or address"), scope="listener",
    )  # fmt: skip
    port: int = setting(
        0, "Port to listen on; 0 takes a free one.", "0 to 65535", whole(0, 65535),
        scope="listener",
    )  # fmt: skip
    max_body: int = setting(
        64 << 20, "The largest request body that is read.", "64MiB", read_size, scope="listener",
    )  # fmt: skip

    keys: str = setting(
        "test", "Access keys per test, or one pair for the whole run (for code that caches its "
        "client).", "test | session", matching("test|session", "test or session"),
        scope="pytest",
    )  # fmt: skip
    guard: bool = setting(
        True, "Refuse connections from the test process to Alibaba Cloud.", "true | false",
        read_boolean, scope="pytest",
    )  # fmt: skip
    allow_hosts: tuple[str, ...] = setting(
        (), "Alibaba Cloud hosts that the guard lets through; * stands for anything.",
        "host names", read_names, scope="pytest",
    )  # fmt: skip

    table: ClassVar[Mapping[str, SettingInfo]]

    def job_delay(self, kind: str) -> Delay:
        """How long a job of this kind takes: with ``delay=0``, and nothing said of it, no time."""
        at_once = self.delay if self.delay.high == 0 else None
        return self.job_delays.of(kind) or at_once or DEFAULT_DELAYS[kind]

    def replace(self, **values: Any) -> Settings:
        """A copy with other values, parsed and checked.

        :raises SettingError: for a name or value that is not in the table.
        """
        parsed = {name: parse_setting(name, value) for name, value in values.items()}
        return dataclasses.replace(self, **parsed)


Settings.table = {
    field.name: SettingInfo(field.name, field.default, **field.metadata)
    for field in dataclasses.fields(Settings)
}


DEFAULTS: Final = Settings()
"""What holds when nothing is set."""


def parse_setting(name: str, value: Any, *, called: str | None = None) -> Any:
    """The typed value of a setting, from text or from a Python value.

    :param called: how the user wrote the setting, for the message.
    :raises SettingError: if there is no such setting, or it does not take the value.
    """
    info = Settings.table.get(name)
    if info is None:
        hint = nearest(name, Settings.table)
        raise SettingError(f"no setting is called {called or name!r}{hint}")
    try:
        return info.parse(value)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"{called or name} does not take {value!r}: {error} (form: {info.form})"
        ) from None


def from_environment(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The settings that ``FAKE_IMS_*`` variables make.

    :raises SettingError: for a variable of that prefix which is no setting.
    """
    variables = os.environ if environment is None else environment
    found = {}
    for variable, text in variables.items():
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if variable.startswith(ENVIRONMENT_PREFIX) and variable not in CHILD_VARIABLES:
            if name not in Settings.table:
                hint = nearest(variable, (info.environment for info in Settings.table.values()))
                raise SettingError(f"no setting is called {variable}{hint}")
            found[name] = parse_setting(name, text, called=variable)
    return found


CHILD_VARIABLES = frozenset({"FAKE_IMS_URL", "FAKE_IMS_ENDPOINT", "FAKE_IMS_REDIRECT"})
"""What ``FakeIms.env()`` tells a child process: not settings."""


class Choices:
    """How one call read the settings that stand for open questions, and which it relied on."""

    __slots__ = ("relied_on", "settings")

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.relied_on: set[str] = set()

    def note(self, name: str) -> None:
        """The call's outcome depends on this setting."""
        self.relied_on.add(name)

    def of(self, name: str) -> str:
        """The value of a switch; the call's outcome depends on it from here on."""
        self.note(name)
        value: str = getattr(self.settings, name)
        return value
