"""Every setting, once.

The fields of :class:`Settings` are the table that feeds the keywords of ``FakeIms``, the pytest
marker, the ini keys and options (``fake_ims_<name>``, ``--fake-ims-<name>``), the flags of
``fake-ims serve`` and the environment twins (``FAKE_IMS_<NAME>``).
"""

from __future__ import annotations

import dataclasses
import os
import random
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Final, Literal, NamedTuple, TypeVar

from fake_ims.clock import Micros, micros
from fake_ims.evidence import Evidence

T = TypeVar("T")
Scope = Literal["world", "listener", "pytest"]

ENVIRONMENT_PREFIX = "FAKE_IMS_"


TROUBLES: Final = ("not_implemented", "internal_error", "stray")
"""What makes a test fail at its end: a call of an operation that is not implemented; an error
inside the fake; a request that no fake answers, such as one with the keys of an ended test."""


class SettingError(ValueError):
    """An unknown setting, or a value that it does not take; the message says what to write."""


class SettingInfo(NamedTuple):
    """What the table says of one setting."""

    name: str
    default: Any
    help: str
    form: str
    scope: Scope
    evidence: Evidence
    parse: Callable[[Any], Any]

    @property
    def environment(self) -> str:
        """Its environment variable."""
        return ENVIRONMENT_PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """Its flag on the command line."""
        return "--" + self.name.replace("_", "-")


class Delay(NamedTuple):
    """How long the analysis of a registered asset takes, in microseconds, both ends included."""

    low: Micros
    high: Micros

    def draw(self, generator: random.Random) -> Micros:
        """A length of time between the ends, from the world's generator."""
        return self.low + int(generator.random() * (self.high - self.low + 1))

    def __str__(self) -> str:
        low, high = (f"{end / 1_000_000:g}s" for end in (self.low, self.high))
        return low if low == high else f"{low}..{high}"


def read_delay(value: Any) -> Delay:
    """A length of time, or two: ``"2s"``, ``"2s..3s"``, ``(2, 3)``.

    :raises ValueError: for anything else.
    """
    if isinstance(value, Delay):
        return value
    ends = value
    if isinstance(value, str):
        ends = re.split(r"\s*(?:\.\.|-)\s*", value.strip())
    elif not isinstance(value, (tuple, list)):
        ends = [value]
    if len(ends) not in (1, 2):
        raise ValueError("one length of time, or two")
    low, high = micros(ends[0]), micros(ends[-1])
    if not 0 <= low <= high:
        raise ValueError("not negative, the smaller end first")
    return Delay(low, high)


class Span(int):
    """A length of time in microseconds that has been read: another number means seconds."""

    def __str__(self) -> str:
        return f"{self / 1_000_000:g}s"


def _span(value: Any) -> Span:
    length = value if isinstance(value, Span) else Span(micros(value))
    if length < 0:
        raise ValueError("not negative")
    return length


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "on": True}
    words |= {"false": False, "0": False, "no": False, "off": False}
    try:
        return words[str(value).strip().lower()]
    except KeyError:
        raise ValueError("true or false") from None


def _whole(low: int, high: int | None = None) -> Callable[[Any], int]:
    def parse(value: Any) -> int:
        if isinstance(value, (bool, float)):
            raise ValueError("a whole number")
        number = int(value)
        if number < low or (high is not None and number > high):
            raise ValueError(f"at least {low}" + (f" and at most {high}" if high else ""))
        return number

    return parse


def _seed(value: Any) -> int | None:
    return None if value is None or value == "" else _whole(0)(value)


def _size(value: Any) -> int:
    text = str(value).strip()
    match = re.fullmatch(r"(\d+)\s*(KiB|MiB|GiB)?", text, re.ASCII | re.IGNORECASE)
    if match is None or isinstance(value, bool):
        raise ValueError('a number of bytes, or "64MiB"')
    return int(match[1]) << {"": 0, "kib": 10, "mib": 20, "gib": 30}[(match[2] or "").lower()]


def _matching(pattern: str, form: str) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            raise ValueError(form)
        text = str(value)
        if re.fullmatch(pattern, text, re.ASCII) is None:
            raise ValueError(form)
        return text

    return parse


def _names(value: Any) -> tuple[str, ...]:
    parts: Iterable[Any] = re.split(r"[\s,]+", value) if isinstance(value, str) else value
    return tuple(str(part) for part in parts if str(part))


def _some_of(*kinds: str) -> Callable[[Any], tuple[str, ...]]:
    def parse(value: Any) -> tuple[str, ...]:
        names = _names(value)
        for name in names:
            if name not in kinds:
                raise ValueError(f"{name!r} is none of {', '.join(kinds)}{nearest(name, kinds)}")
        return names

    return parse


def _setting(
    default: T,
    text: str,
    form: str,
    parse: Callable[[Any], Any],
    *,
    scope: Scope = "world",
    evidence: Evidence = Evidence.FAKE,
) -> T:
    metadata = {
        "help": text, "form": form, "parse": parse, "scope": scope, "evidence": evidence,
    }  # fmt: skip
    field: T = dataclasses.field(default=default, metadata=metadata)
    return field


def _switch(default: str, *others: str, text: str) -> str:
    """A setting for an open question of the real service: the default is an inference."""
    values = (default, *others)

    def parse(value: Any) -> str:
        if value not in values:
            raise ValueError(" or ".join(values))
        return str(value)

    return _setting(default, text, " | ".join(values), parse, evidence=Evidence.INFERRED)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one world, its listener and the pytest plugin, checked and typed."""

    region: str = _setting(
        "cn-shanghai", "Region of the service; that of an oss:// URL.", "region id",
        _matching(r"[a-z]{2,}(-[a-z0-9]+)+", 'a region id such as "cn-shanghai"'),
    )  # fmt: skip
    account_id: str = _setting(
        "1234567890123456", "UserId of the account.", "16 digits",
        _matching(r"[1-9]\d{15}", "16 digits, the first not 0"),
    )  # fmt: skip
    delay: Delay = _setting(
        Delay(2_000_000, 3_000_000),
        "How long the analysis of a registered asset takes, in world time; "
        "0 completes it when the answer is sent.",
        "2s..3s | 1.5s | 0", read_delay, evidence=Evidence.DOCUMENTED,
    )  # fmt: skip
    completion: str = _setting(
        "time", "What completes a registration: the delay, the number of reads, or only a call "
        "of settle(), complete() or fail().", "time | reads | hand",
        _matching("time|reads|hand", "time or reads or hand"),
    )  # fmt: skip
    reads: int = _setting(
        1, "With completion=reads: how many GetMediaInfo answers show it Preparing.",
        "whole number", _whole(0),
    )  # fmt: skip
    access_key_id: str = _setting(
        "", "Access key of the default caller, for clients whose keys are fixed; drawn anew when "
        "not given. Such a key does not tell worlds on one listener apart.", "access key id",
        _matching(r"[!-~]{0,128}", "up to 128 printable characters"),
    )  # fmt: skip
    access_key_secret: str = _setting(
        "", "Its secret; drawn anew when not given.", "secret",
        _matching(r"[!-~]{0,128}", "up to 128 printable characters"),
    )  # fmt: skip
    mode: str = _setting(
        "open", "What becomes of signatures: open does not look at them; soft refuses nobody, and "
        "records what would have been refused; enforce refuses.", "open | soft | enforce",
        _matching("open|soft|enforce", "open or soft or enforce"),
    )  # fmt: skip
    strict: bool = _setting(
        False, "Also refuse what the documents forbid but production callers are seen to send.",
        "true | false", _boolean,
    )  # fmt: skip
    seed: int | None = _setting(
        None, "Seed of ids and delays; drawn anew, and printed, when not given.",
        "whole number", _seed,
    )  # fmt: skip
    journal_size: int = _setting(
        10_000, "How many of the latest calls are kept.", "whole number", _whole(1),
    )  # fmt: skip
    journal_bytes: int = _setting(
        64 << 20, "How large the calls that are kept may be together; the latest is kept in any "
        "case.", "64MiB", _size,
    )  # fmt: skip
    allow: tuple[str, ...] = _setting(
        (), "What of the fake's troubles a test may have without failing.",
        " ".join(TROUBLES), _some_of(*TROUBLES),
    )  # fmt: skip
    client_token_window: Span = _setting(
        Span(86_400_000_000), "How long a ClientToken is remembered, in world time.", "24h",
        _span, evidence=Evidence.INFERRED,
    )  # fmt: skip
    vod_domain: str = _setting(
        "", "Acceleration domain of ApsaraVideo VOD, which OutputType=cdn answers with.",
        "host name", _matching(r"[A-Za-z0-9.-]*", "a host name"),
    )  # fmt: skip

    url_identity: str = _switch(
        "location", "url", "exact",
        text="Which InputURLs are one asset: those of one OSS object; those alike up to the query "
        "string; or those equal byte for byte.",
    )  # fmt: skip
    unknown_suffix: str = _switch(
        "video", "reject",
        text="MediaType of a file name that does not tell, when none is sent.",
    )  # fmt: skip
    text_suffix: str = _switch(
        "text", "unknown",
        text="Whether a suffix of subtitles or fonts tells the MediaType, as those of images, "
        "videos and audio files do.",
    )  # fmt: skip
    missing_parameter: str = _switch(
        "gateway", "product",
        text="Who refuses a request without InputURL: MissingInputURL or MissingParameter.",
    )  # fmt: skip
    bad_value: str = _switch(
        "product", "gateway",
        text="Who refuses a value that is too long, malformed or not one of those documented: "
        "InvalidParameter or Invalid<Name>.",
    )  # fmt: skip
    unknown_media: str = _switch(
        "invalid", "not_found",
        text="Answer for an unknown MediaId or InputURL: 400 InvalidParameter or "
        "404 ResourceNotFound.",
    )  # fmt: skip
    reference_id_conflict: str = _switch(
        "invalid", "conflict",
        text="Status of a ReferenceId that is in use: 400 or 409.",
    )  # fmt: skip
    client_token_conflict: str = _switch(
        "register", "first", "reject",
        text="A known ClientToken with another request: registered, given the first answer, "
        "or refused.",
    )  # fmt: skip
    overwrite_unregistered: str = _switch(
        "register", "reject",
        text="Overwrite=true for a URL that is not registered.",
    )  # fmt: skip
    first_status: str = _switch(
        "Preparing", "Init",
        text="Status right after registration.",
    )  # fmt: skip
    early_get: str = _switch(
        "answer", "not_found",
        text="GetMediaInfo before the analysis is done: 200 with an empty FileInfoList, or 404.",
    )  # fmt: skip
    unreadable_object: str = _switch(
        "later", "at_once",
        text="An object that cannot be analysed: PrepareFail after the delay, or "
        "RegisterMediaInfo refuses.",
    )  # fmt: skip
    event_user_data: str = _switch(
        "echo", "omit",
        text="UserData in the RegisterMediaComplete event.",
    )  # fmt: skip
    auth_timeout_range: str = _switch(
        "clamp", "reject",
        text="AuthTimeout outside 1 to 86400 seconds.",
    )  # fmt: skip
    unsupported_method_status: str = _switch(
        "403", "400",
        text="Status of UnsupportedHTTPMethod, for any method but GET and POST.",
    )  # fmt: skip
    action_check: str = _switch(
        "after", "before",
        text="With mode=enforce: whether an unknown Action or Version is refused after or before "
        "Format, common parameters and signature are looked at.",
    )  # fmt: skip
    unknown_key_status: str = _switch(
        "404", "400",
        text="Status of InvalidAccessKeyId.NotFound.",
    )  # fmt: skip
    security_token_status: str = _switch(
        "400", "403",
        text="Status of InvalidSecurityToken.Expired, .Malformed and .MismatchWithAccessKey.",
    )  # fmt: skip
    signed_headers: str = _switch(
        "required", "any",
        text="With mode=enforce: whether SignedHeaders must list host and the x-acs- headers by "
        "which the gateway goes, where they are sent.",
    )  # fmt: skip
    signature_message: str = _switch(
        "long", "short",
        text="Message for a wrong ACS3 signature: with the canonical request, or without.",
    )  # fmt: skip
    throttling_status: str = _switch(
        "400", "429",
        text="Status of Throttling, Throttling.User and Throttling.Api, which faults answer with.",
    )  # fmt: skip
    default_format: str = _switch(
        "json", "xml",
        text="Format of the answer to a request without ACS3 headers and without Format.",
    )  # fmt: skip

    host: str = _setting(
        "127.0.0.1", "Address to listen on.", "host name or address",
        _matching(r"[A-Za-z0-9.:_-]+", "a host name or address"), scope="listener",
    )  # fmt: skip
    port: int = _setting(
        0, "Port to listen on; 0 takes a free one.", "0 to 65535", _whole(0, 65535),
        scope="listener",
    )  # fmt: skip
    max_body: int = _setting(
        64 << 20, "The largest request body that is read.", "64MiB", _size, scope="listener",
    )  # fmt: skip

    keys: str = _setting(
        "test", "Access keys per test, or one pair for the whole run (for code that caches its "
        "client).", "test | session", _matching("test|session", "test or session"),
        scope="pytest",
    )  # fmt: skip
    guard: bool = _setting(
        True, "Refuse connections from the test process to Alibaba Cloud.", "true | false",
        _boolean, scope="pytest",
    )  # fmt: skip
    allow_hosts: tuple[str, ...] = _setting(
        (), "Alibaba Cloud hosts that the guard lets through; * stands for anything.",
        "host names", _names, scope="pytest",
    )  # fmt: skip

    table: ClassVar[Mapping[str, SettingInfo]]

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


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint that names the nearest of ``names``, or nothing."""
    import difflib  # for mistakes only

    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}?" if close else ""


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
