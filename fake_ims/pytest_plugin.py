"""The pytest plugin: fixtures, the marker, settings, and what a failing test shows.

Everything else of the package is imported when a fixture is used, so that a run without one
costs nothing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fake_ims.fake import FakeIms, FakeServer

SETTINGS = (
    "region", "account_id", "delay", "completion", "reads", "strict", "seed", "journal_size",
    "client_token_window", "vod_domain", "url_identity", "unknown_suffix", "missing_parameter",
    "unknown_media", "reference_id_conflict", "client_token_conflict", "overwrite_unregistered",
    "first_status", "early_get", "unreadable_object", "event_user_data", "auth_timeout_range",
    "host", "port", "max_body", "keys", "guard", "allow_hosts",
)  # fmt: skip
"""The names in the table of ``fake_ims.settings``, so that the table need not be imported."""

_CHILD_VARIABLES = ("FAKE_IMS_URL", "FAKE_IMS_ENDPOINT")
_world_of = pytest.StashKey["FakeIms"]()
_server_of = pytest.StashKey["FakeServer"]()
_strays_seen = pytest.StashKey[int]()


# ---------------------------------------------------------------- settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the ini keys and options, by name; the values are read when a fixture is used."""
    group = parser.getgroup("fake_ims", "fake of Alibaba Cloud Intelligent Media Services")
    for name in SETTINGS:
        text = f"fake_ims setting {name}; see `fake-ims settings`"
        parser.addini(f"fake_ims_{name}", text, default=None)
        flag = f"--fake-ims-{name.replace('_', '-')}"
        group.addoption(flag, dest=f"fake_ims_{name}", metavar="VALUE", default=None, help=text)


def pytest_configure(config: pytest.Config) -> None:
    """Refuse settings that do not exist."""
    config.addinivalue_line(
        "markers", "fake_ims(**settings): settings of the fake_ims fixture for this test"
    )
    _refuse_unknown(_ini_names(config), "fake_ims_", str.lower)
    environment = [name for name in os.environ if name not in _CHILD_VARIABLES]
    _refuse_unknown(environment, "FAKE_IMS_", str.upper)
    config.pluginmanager.register(_Summary(), "fake_ims_summary")


def _ini_names(config: pytest.Config) -> list[str]:
    """The keys of the ini file. pytest 9.1 took the public attribute back without another."""
    raw: Any = getattr(config, "_inicfg", None)
    return list(config.inicfg if raw is None else raw)


def _refuse_unknown(names: Any, prefix: str, spelling: Callable[[str], str]) -> None:
    right = [spelling(f"fake_ims_{name}") for name in SETTINGS]
    for name in names:
        if name.startswith(prefix) and name not in right:
            import difflib

            close = difflib.get_close_matches(name, right, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise pytest.UsageError(f"no fake_ims setting is called {name}{hint}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Check every marker, so that a mistake in one is an error of the collection."""
    for item in items:
        for marker in item.iter_markers("fake_ims"):
            from fake_ims.settings import SettingError, Settings

            if marker.args:
                raise pytest.UsageError(f"{item.nodeid}: mark.fake_ims takes names: delay=0")
            for name in marker.kwargs:
                if name in Settings.table and Settings.table[name].scope != "world":
                    raise pytest.UsageError(
                        f"{item.nodeid}: {name} is not a setting of one test; "
                        f"set fake_ims_{name} for the whole run"
                    )
            try:
                Settings().replace(**marker.kwargs)
            except SettingError as error:
                raise pytest.UsageError(f"{item.nodeid}: mark.fake_ims: {error}") from None


def _configured(config: pytest.Config) -> dict[str, Any]:
    """The settings of the run: the command line's before the environment's before the ini's.

    :raises UsageError: for a value that a setting does not take.
    """
    from fake_ims.settings import SettingError, from_environment, parse_setting

    found: dict[str, Any] = {}
    try:
        for name in SETTINGS:
            text = config.getini(f"fake_ims_{name}")
            if text not in (None, ""):
                found[name] = parse_setting(name, text, called=f"fake_ims_{name}")
        found |= from_environment()
        for name in SETTINGS:
            text = config.getoption(f"fake_ims_{name}")
            if text is not None:
                flag = f"--fake-ims-{name.replace('_', '-')}"
                found[name] = parse_setting(name, text, called=flag)
    except SettingError as error:
        raise pytest.UsageError(str(error)) from None
    return found


def _of_scope(settings: dict[str, Any], *scopes: str) -> dict[str, Any]:
    from fake_ims.settings import Settings

    return {name: value for name, value in settings.items() if Settings.table[name].scope in scopes}


# ---------------------------------------------------------------- fixtures


@pytest.fixture(scope="session")
def fake_ims_server(pytestconfig: pytest.Config) -> Iterator[FakeServer]:
    """The listener of this worker, on one port for the whole run; worlds attach to it."""
    from fake_ims.fake import FakeServer

    with FakeServer(**_of_scope(_configured(pytestconfig), "listener")) as server:
        pytestconfig.stash[_server_of] = server
        yield server


@pytest.fixture
def fake_ims(
    request: pytest.FixtureRequest,
    fake_ims_server: FakeServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FakeIms]:
    """A new, empty fake cloud for this test."""
    from fake_ims.fake import FakeIms

    _without_proxies(monkeypatch)
    settings = _of_scope(_configured(request.config), "world", "pytest")
    for marker in reversed(list(request.node.iter_markers("fake_ims"))):
        settings |= marker.kwargs
    with FakeIms(server=fake_ims_server, foremost=True, **settings) as ims:
        request.node.stash[_world_of] = ims
        yield ims


@pytest.fixture(scope="session")
def fake_ims_factory(
    pytestconfig: pytest.Config, fake_ims_server: FakeServer
) -> Callable[..., contextlib.AbstractContextManager[FakeIms]]:
    """Makes further fake clouds: ``with fake_ims_factory(delay=0) as ims:``.

    For fixtures of a wider scope, and for tests with two accounts. With ``own_listener=True`` the
    world has a port of its own and answers there for whatever keys it is asked with.
    """
    from fake_ims.fake import FakeIms

    @contextlib.contextmanager
    def factory(*, own_listener: bool = False, **settings: Any) -> Iterator[FakeIms]:
        configured = _of_scope(_configured(pytestconfig), "world") | settings
        server = None if own_listener else fake_ims_server
        with pytest.MonkeyPatch.context() as patch, FakeIms(server=server, **configured) as ims:
            _without_proxies(patch)
            yield ims

    return factory


@pytest.fixture
def fake_ims_sdk_config(fake_ims: FakeIms) -> Any:
    """A ``Config`` of the official Python SDK for this test's fake; skips without the SDK."""
    pytest.importorskip("alibabacloud_tea_openapi.models", exc_type=ImportError)
    return fake_ims.sdk_config()


@pytest.fixture
def fake_ims_client(fake_ims_sdk_config: Any) -> Any:
    """A ``Client`` of the official Python SDK for this test's fake; skips without the SDK."""
    sdk = pytest.importorskip("alibabacloud_ice20201109.client", exc_type=ImportError)
    return sdk.Client(fake_ims_sdk_config)


@pytest.fixture
def fake_ims_env(fake_ims: FakeIms, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Keys and address of this test's fake in the environment, for the code under test and its
    children; the variables that were set.
    """
    variables = fake_ims.env()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The official SDK sends loopback calls to a proxy, too, and ignores NO_PROXY (measured)."""
    from fake_ims.fake import PROXY_VARIABLES

    for name in PROXY_VARIABLES:
        if name in os.environ:
            monkeypatch.delenv(name)


# ---------------------------------------------------------------- reports


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the fake's state beside a failure, and note what the summary should tell."""
    report = yield
    world = item.stash.get(_world_of, None)
    server = item.config.stash.get(_server_of, None)
    if world is not None and report.failed:
        from fake_ims.reporting import describe

        report.sections.append(("fake_ims", describe(world)))
    if server is not None and report.when == "teardown":
        from fake_ims.reporting import notes

        stray, item.config.stash[_strays_seen] = server.calls_after(
            item.config.stash.get(_strays_seen, 0)
        )
        report.fake_ims_notes = notes(world, stray)  # type: ignore[attr-defined]
    return report


class _Summary:
    """Collects what the tests' fakes have to tell, also from the workers of pytest-xdist."""

    def __init__(self) -> None:
        self._tests: dict[tuple[str, str], list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for kind, text in getattr(report, "fake_ims_notes", ()):
            self._tests.setdefault((kind, text), []).append(report.nodeid)

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        if self._tests:
            from fake_ims.reporting import summary

            terminalreporter.section("fake_ims")
            for line in summary(self._tests, verbose=config.get_verbosity() > 0):
                terminalreporter.line(line)
