"""The pytest plugin: fixtures, the marker, settings, and what a failing test shows.

Everything else of the package is imported when a fixture is used, so that a run without one
costs nothing.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from fake_ims.lookout import Lookout

if TYPE_CHECKING:
    from fake_ims.fake import FakeIms
    from fake_ims.fake_server import FakeServer
    from fake_ims.settings import Settings

SETTINGS = (
    "url_identity", "unknown_suffix", "text_suffix", "missing_parameter", "bad_value",
    "unknown_media", "reference_id_conflict", "unknown_category", "duplicate_category",
    "category_type", "category_deletion", "mark_without_id", "client_token_conflict",
    "overwrite_unregistered", "event_fields", "batch_get_limit", "first_status", "early_get",
    "match_operators", "fuzzy_case", "scroll_back", "foreign_scroll_token", "unreadable_object",
    "play_info_source", "event_user_data", "unknown_job_media", "unknown_workflow",
    "undeclared_workflow", "intra_snapshots", "analysis_event", "event_type_list",
    "notify_address", "notify_events", "notify_signature", "callback_content_type",
    "auth_timeout_range", "page_size_range", "foreign_next_token", "url_upload_status",
    "first_storage", "default_storage", "storage_location", "search_lib_title", "unindexed_media",
    "unsupported_method_status", "action_check", "unknown_key_status", "security_token_status",
    "signed_headers", "signature_message", "throttling_status", "default_format", "queue_body",
    "region", "account_id", "delay", "completion", "reads", "access_key_id", "access_key_secret",
    "mode", "strict", "seed", "journal_size", "journal_bytes", "allow", "client_token_window",
    "vod_domain", "job_delays", "job_failures", "snapshots_shape", "default_role",
    "callback_hosts", "callback_timeout", "host", "port", "max_body", "keys", "guard",
    "allow_hosts",
)  # fmt: skip
"""The names in the table of ``fake_ims.settings``, so that the table need not be imported."""

_CHILD_VARIABLES = ("FAKE_IMS_URL", "FAKE_IMS_ENDPOINT", "FAKE_IMS_REDIRECT")
_REDIRECT = "fake_ims_redirect"
_server_of = pytest.StashKey["FakeServer"]()
_listening = pytest.StashKey["FakeServer"]()  # the same, as long as it does
_clouds_of = pytest.StashKey["list[FakeIms]"]()
_settings_of = pytest.StashKey["Settings"]()
_run_seed_of = pytest.StashKey[int]()
_untold_of = pytest.StashKey[str]()  # of an item that did not pass, until it is told
_ended_worlds = pytest.StashKey["deque[Any]"]()
_strays_seen = pytest.StashKey[int]()
_guard_of = pytest.StashKey[Lookout]()


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
    """Refuse settings that do not exist, and set the guard."""
    config.addinivalue_line(
        "markers", "fake_ims(**settings): settings of the fake_ims fixture for this test"
    )
    config.addinivalue_line("markers", "fake_ims_redirect: as if the test named that fixture")
    _refuse_unknown(_ini_names(config), "fake_ims_", str.lower)
    environment = [name for name in os.environ if name not in _CHILD_VARIABLES]
    _refuse_unknown(environment, "FAKE_IMS_", str.upper)
    config.pluginmanager.register(_Summary(), "fake_ims_summary")
    config.stash[_guard_of] = guard = Lookout(lambda: _configured(config))
    config.add_cleanup(guard.stop)
    guard.start()


def _ini_names(config: pytest.Config) -> list[str]:
    """The keys of the ini file and of ``-o``. pytest 9.1 took the public attribute back without
    another.
    """
    raw: Any = getattr(config, "_inicfg", None)
    overrides: list[str] = config.getoption("override_ini") or []
    names = [each.partition("=")[0] for each in overrides]
    return [*(config.inicfg if raw is None else raw), *names]


def _refuse_unknown(names: Any, prefix: str, spelling: Callable[[str], str]) -> None:
    right = [spelling(f"fake_ims_{name}") for name in SETTINGS]
    for name in names:
        if name.startswith(prefix) and name not in right:
            import difflib

            close = difflib.get_close_matches(name, right, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise pytest.UsageError(f"no fake_ims setting is called {name}{hint}")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Check every marker, so that a mistake in one is an error of the collection."""
    report = yield
    mistakes = [mistake for node in report.result if (mistake := _mistake_in(node))]
    if mistakes:
        report.outcome, report.longrepr, report.result = "failed", "\n".join(mistakes), []
    return report


def _mistake_in(node: pytest.Item | pytest.Collector) -> str:
    try:
        _marked(node)
        for marker in node.iter_markers(_REDIRECT):
            if marker.args or marker.kwargs:
                raise pytest.UsageError(f"{node.nodeid}: mark.{_REDIRECT} takes nothing")
    except pytest.UsageError as mistake:
        return str(mistake)
    return ""


def _marked(node: pytest.Item | pytest.Collector) -> dict[str, Any]:
    """The settings of a test's markers, the nearest marker's before the others.

    :raises UsageError: for a marker that no test can have.
    """
    found: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("fake_ims"))):
        from fake_ims.settings import SettingError, Settings

        if marker.args:
            raise pytest.UsageError(f"{node.nodeid}: mark.fake_ims takes names: delay=0")
        for name in marker.kwargs:
            if name in Settings.table and Settings.table[name].scope != "world":
                raise pytest.UsageError(
                    f"{node.nodeid}: {name} is not a setting of one test; "
                    f"set fake_ims_{name} for the whole run"
                )
        try:
            Settings().replace(**marker.kwargs)
        except SettingError as error:
            raise pytest.UsageError(f"{node.nodeid}: mark.fake_ims: {error}") from None
        found |= marker.kwargs
    return found


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the marker name its fixture. Read the settings if a test will, so that a mistake in one
    ends the run before it begins; a worker of pytest-xdist could not say so; there, the fixture
    does.
    """
    for item in items:
        if item.get_closest_marker(_REDIRECT) is not None:
            _name_redirect(item)
    names = (name for item in items for name in getattr(item, "fixturenames", ()))
    used = any(name.startswith("fake_ims") for name in names)
    if used and not hasattr(config, "workerinput"):
        _configured(config)


def _name_redirect(item: pytest.Item) -> None:
    """Use the fixture before the test's other fixtures of its scope, as ``usefixtures`` would.

    That marker itself would be too late: pytest has read those of this item.
    """
    names: list[str] = getattr(item, "fixturenames", [_REDIRECT])
    if _REDIRECT not in names:
        known: Any = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
        scopes = [known[name][-1].scope if known.get(name) else "" for name in names]
        place = scopes.index("function") if "function" in scopes else len(names)
        item.fixturenames = [*names[:place], _REDIRECT, *names[place:]]  # type: ignore[attr-defined]


def _configured(config: pytest.Config) -> Settings:
    """The settings of the run: the command line's before the environment's before the ini's.

    They are read once.

    :raises UsageError: for a value that a setting does not take.
    """
    if _settings_of in config.stash:
        return config.stash[_settings_of]
    from fake_ims.settings import SettingError, Settings, from_environment, parse_setting

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
    seed = found.pop("seed", None)  # of the run: each world's follows from it and its test's id
    if seed is not None:
        config.stash[_run_seed_of] = seed
    config.stash[_settings_of] = Settings().replace(**found)
    return config.stash[_settings_of]


def _run_seed(config: pytest.Config) -> int:
    """The seed of the run: what is set, else drawn, once for all workers of pytest-xdist."""
    _configured(config)
    if _run_seed_of not in config.stash:
        workerinput = getattr(config, "workerinput", {})
        drawn = int.from_bytes(os.urandom(4), "big")
        config.stash[_run_seed_of] = workerinput.get("fake_ims_seed", drawn)
    return config.stash[_run_seed_of]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give a worker of pytest-xdist the seed of the run."""
    with contextlib.suppress(pytest.UsageError):  # which the worker reports, if it matters
        node.workerinput["fake_ims_seed"] = _run_seed(node.config)


# ---------------------------------------------------------------- fixtures


@pytest.fixture(scope="session")
def fake_ims_server(pytestconfig: pytest.Config) -> Iterator[FakeServer]:
    """The listener of this worker, on one port for the whole run; worlds attach to it."""
    from fake_ims.fake_server import FakeServer

    ended = pytestconfig.stash[_ended_worlds] = deque[Any](maxlen=256)
    pytestconfig.stash[_clouds_of] = []
    try:
        settings = _configured(pytestconfig)
    except pytest.UsageError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    pytestconfig.stash[_strays_seen] = 0
    with FakeServer(base=settings, on_end=ended.append) as server:
        pytestconfig.stash[_server_of] = pytestconfig.stash[_listening] = server
        yield server
        del pytestconfig.stash[_listening]  # a plugin that runs tests again may need another


@pytest.fixture
def fake_ims(request: pytest.FixtureRequest) -> Iterator[FakeIms]:
    """A new, empty fake cloud for this test, on the listener of ``fake_ims_server``."""
    from fake_ims.fake import PROXY_VARIABLES, FakeIms

    # Naming that fixture as an argument would cost each test more than making the world does.
    server = request.config.stash.get(_listening, None)
    if server is None:
        server = request.getfixturevalue("fake_ims_server")
    if not os.environ.keys().isdisjoint(PROXY_VARIABLES):
        _without_proxies(request.getfixturevalue("monkeypatch"))
    base, marked = _configured(request.config), _marked(request.node)
    ims = FakeIms(
        server=server,
        foremost=True,
        base=base,
        label=_ungrouped(request.config, request.node.nodeid),
        run_seed=_run_seed(request.config),
        **marked,
    )
    with ims:
        request.config.stash[_clouds_of].append(ims)
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

    live: dict[str, object] = {}

    @contextlib.contextmanager
    def factory(*, own_listener: bool = False, **settings: Any) -> Iterator[FakeIms]:
        # Shared keys are for the running test's world, and the configured port is taken.
        base = _configured(pytestconfig).replace(keys="test", port=0)
        server = None if own_listener else fake_ims_server
        test, _, phase = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")
        where = f"{_ungrouped(pytestconfig, test)} ({phase}"
        seed = _run_seed(pytestconfig)
        with (
            _numbered(where, live) as label,
            pytest.MonkeyPatch.context() as patch,
            FakeIms(server=server, base=base, label=label, run_seed=seed, **settings) as ims,
        ):
            _without_proxies(patch)
            pytestconfig.stash[_clouds_of].append(ims)
            try:
                yield ims
            finally:
                if own_listener:
                    pytestconfig.stash[_ended_worlds].append(ims.world)

    return factory


@contextlib.contextmanager
def _numbered(where: str, live: dict[str, object]) -> Iterator[str]:
    """A label for a world of the factory: the first that no live one has.

    So neither earlier tests nor earlier examples of a test of hypothesis decide what it draws.
    """
    me = object()
    labels = (f"fake_ims_factory, number {number}, in {where}" for number in itertools.count(1))
    label = next(label for label in labels if live.setdefault(label, me) is me)
    try:
        yield label
    finally:
        del live[label]


def _ungrouped(config: pytest.Config, test: str) -> str:
    """A test's id without the group that pytest-xdist adds with ``--dist loadgroup``."""
    if getattr(config.option, "loadgroup", False) and not test.endswith("]"):
        return test.rpartition("@")[0] or test
    return test


@pytest.fixture
def fake_ims_sdk_config(fake_ims: FakeIms) -> Any:
    """A ``Config`` of the official Python SDK for this test's fake; skips without the SDK."""
    _sdk("alibabacloud_tea_openapi.models")
    return fake_ims.sdk_config()


@pytest.fixture
def fake_ims_client(fake_ims_sdk_config: Any) -> Any:
    """A ``Client`` of the official Python SDK for this test's fake; skips without the SDK."""
    return _sdk("alibabacloud_ice20201109.client").Client(fake_ims_sdk_config)


def _sdk(module: str) -> Any:
    """A module of the SDK. Before 8.2, pytest's importorskip lets some ImportErrors through."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        pytest.skip(f"could not import {module!r}: {error}")


@pytest.fixture
def fake_ims_env(fake_ims: FakeIms, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Keys and address of this test's fake in the environment, for the code under test and its
    children; the variables that were set.
    """
    variables = fake_ims.env()
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def fake_ims_redirect(fake_ims: FakeIms) -> Iterator[FakeIms]:
    """This test's fake, which gets what Python clients in this process send to the real IMS."""
    with fake_ims.redirect():
        yield fake_ims


def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """The official SDK sends loopback calls to a proxy, too, and ignores NO_PROXY (measured)."""
    from fake_ims.fake import PROXY_VARIABLES

    for name in PROXY_VARIABLES:
        if name in os.environ:
            monkeypatch.delenv(name)


# ---------------------------------------------------------------- reports


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail a test that would pass although its fake met what it should not hide."""
    try:
        result = yield
    except BaseException:
        item.stash[_untold_of] = _untold(item)
        raise
    if getattr(item, "_excinfo", None):  # a unittest.TestCase that did not pass: pytest knows
        item.stash[_untold_of] = _untold(item)
    else:
        _fail_for(_untold(item))
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fail for what came up after the test itself, if it has passed so far."""
    try:
        result = yield
    except BaseException:
        item.stash[_untold_of] = _untold(item)
        raise
    untold = _untold(item)
    if _untold_of not in item.stash:
        _fail_for(untold)
    return result


def _untold(item: pytest.Item) -> str:
    """What the fakes that this test could use have to tell, but for what is allowed."""
    server, clouds = item.config.stash.get(_server_of, None), item.config.stash.get(_clouds_of, [])
    if server is None or not (server.troubled or any(ims.troubled for ims in clouds)):
        return ""
    marked = _configured(item.config).replace(**_marked(item))
    told = [server.untold(marked.allow)]
    for ims in clouds:
        allow = {*ims.settings.allow, *marked.allow}
        told += [ims.untold(allow), ims.server.untold(allow)]
    return "\n".join(text for text in told if text)


def _fail_for(untold: str) -> None:
    if untold:
        raise pytest.fail.Exception(untold, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the fakes' state beside a failure, and note what the summary should tell."""
    report = yield
    clouds = item.config.stash.get(_clouds_of, [])
    if report.when == "setup" and not report.passed:
        item.stash[_untold_of] = _untold(item)
    untold = item.stash.get(_untold_of, "")
    if report.failed and (clouds or untold):
        from fake_ims.reporting import sections

        test = _ungrouped(item.config, item.nodeid)
        report.sections += sections(clouds, test, _run_seed(item.config), untold)
    if untold:
        item.stash[_untold_of] = ""  # it has been told
    if report.when == "teardown":
        if _untold_of in item.stash:
            del item.stash[_untold_of]  # the item may run again
        clouds[:] = [ims for ims in clouds if ims.live]
        report.fake_ims_notes = _notes(item.config)  # type: ignore[attr-defined]
    return report


def _notes(config: pytest.Config) -> list[list[str]]:
    """What came up during one test, for the summary."""
    found: list[list[str]] = []
    server = config.stash.get(_server_of, None)
    if server is not None:
        from fake_ims.reporting import notes

        stray, config.stash[_strays_seen] = server.calls_after(config.stash[_strays_seen])
        ended = config.stash[_ended_worlds]
        found += notes([ended.popleft() for _ in range(len(ended))], stray)
    refused = config.stash[_guard_of].take_refused()
    if refused:
        from fake_ims.reporting import refusals

        found += refusals(refused)
    return found


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
