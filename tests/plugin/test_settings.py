"""Where the plugin takes its settings from, and how it refuses wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fake_ims import pytest_plugin, settings

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

Passes = Callable[..., pytest.RunResult]

USES_THE_FIXTURE = "def test_it(fake_ims): pass"


def test_the_plugin_knows_every_setting_of_the_table_in_its_order() -> None:
    assert tuple(settings.Settings.table) == pytest_plugin.SETTINGS


def test_the_plugin_knows_the_variables_that_are_no_settings() -> None:
    assert set(pytest_plugin._CHILD_VARIABLES) == settings.CHILD_VARIABLES


def test_the_help_lists_each_option_and_ini_key(project: Project) -> None:
    text = project.run("--help").stdout.str()
    for info in settings.Settings.table.values():
        assert f"--fake-ims-{info.flag[2:]}=VALUE" in text
        assert f"fake_ims_{info.name} " in text


# ---------------------------------------------------------------- precedence


@pytest.mark.parametrize(
    ("ini", "environment", "line", "marker", "wins"),
    [
        (None, None, None, None, "cn-shanghai"),
        ("cn-ini", None, None, None, "cn-ini"),
        ("cn-ini", "cn-env", None, None, "cn-env"),
        ("cn-ini", "cn-env", "cn-line", None, "cn-line"),
        ("cn-ini", "cn-env", "cn-line", "cn-marker", "cn-marker"),
        ("cn-ini", None, None, "cn-marker", "cn-marker"),
    ],
)
def test_marker_before_command_line_before_environment_before_ini(
    passes: Passes,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    ini: str | None,
    environment: str | None,
    line: str | None,
    marker: str | None,
    wins: str,
) -> None:
    if ini:
        project.ini(fake_ims_region=ini)
    if environment:
        monkeypatch.setenv("FAKE_IMS_REGION", environment)
    passes(
        f"""
        import pytest

        @pytest.mark.fake_ims({f"region={marker!r}" if marker else ""})
        def test_region(fake_ims, fake_ims_factory):
            assert fake_ims.region == {wins!r}
            with fake_ims_factory() as of_the_run:
                assert of_the_run.region == {(line or environment or ini or "cn-shanghai")!r}
            with fake_ims_factory(region="cn-keyword") as other:
                assert other.region == "cn-keyword"
        """,
        *([f"--fake-ims-region={line}"] if line else []),
    )


def test_the_nearest_marker_wins_and_the_others_still_count(passes: Passes) -> None:
    passes(
        """
        import pytest

        pytestmark = pytest.mark.fake_ims(region="cn-module", seed=1, strict=True)

        @pytest.mark.fake_ims(region="cn-class", seed=2)
        class TestMarked:
            @pytest.mark.fake_ims(region="cn-test")
            def test_region(self, fake_ims):
                assert fake_ims.region == "cn-test"
                assert fake_ims.settings.seed == 2
                assert fake_ims.settings.strict

            @pytest.mark.parametrize(
                "region", [pytest.param("cn-case", marks=pytest.mark.fake_ims(region="cn-case"))]
            )
            def test_parameter(self, fake_ims, region):
                assert fake_ims.region == region
        """
    )


def test_listener_settings_reach_the_listener(passes: Passes) -> None:
    passes(
        """
        def test_listener(fake_ims, fake_ims_server):
            assert fake_ims.endpoint.startswith("localhost:")
            assert fake_ims_server.settings.max_body == 1 << 20
        """,
        "--fake-ims-host=localhost",
        "--fake-ims-max-body=1MiB",
    )


# ---------------------------------------------------------------- names that do not exist


def test_an_unknown_ini_key_ends_the_run_with_the_nearest_name(project: Project) -> None:
    project.ini(fake_ims_dealy="0")
    project.test(USES_THE_FIXTURE)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: no fake_ims setting is called fake_ims_dealy; did you mean fake_ims_delay?"]
    )


def test_an_unknown_ini_key_on_the_command_line_ends_the_run(project: Project) -> None:
    project.test(USES_THE_FIXTURE)
    result = project.run("-o", "fake_ims_dealy=0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: *fake_ims_dealy; did you mean fake_ims_delay?"])


def test_an_unknown_ini_key_of_a_toml_file_ends_the_run(
    project: Project, pytester: pytest.Pytester
) -> None:
    (pytester.path / "pytest.ini").unlink()
    pytester.makepyprojecttoml('[tool.pytest.ini_options]\nfake_ims_dealy = "0"')
    project.test(USES_THE_FIXTURE)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*fake_ims_dealy; did you mean fake_ims_delay?"])


def test_an_unknown_variable_ends_the_run_with_the_nearest_name(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_IMS_DEALY", "0")
    project.test("def test_it(): pass")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: no fake_ims setting is called FAKE_IMS_DEALY; did you mean FAKE_IMS_DELAY?"]
    )


def test_the_variables_that_a_fake_sets_for_children_are_no_mistake(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_IMS_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("FAKE_IMS_ENDPOINT", "127.0.0.1:1")
    passes(USES_THE_FIXTURE)


def test_an_unknown_option_ends_the_run(project: Project) -> None:
    project.test(USES_THE_FIXTURE)
    result = project.run("--fake-ims-dealy=0")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*unrecognized arguments: --fake-ims-dealy=0"])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("dealy=0", "mark.fake_ims: no setting is called 'dealy'; did you mean delay?"),
        ("delay='soon'", "mark.fake_ims: delay does not take 'soon': *"),
        ("0", "mark.fake_ims takes names: delay=0"),
        ("port=8080", "port is not a setting of one test; set fake_ims_port for the whole run"),
        ("host='::1'", "host is not a setting of one test; set fake_ims_host for the whole run"),
        ("guard=False", "guard is not a setting of one test; set fake_ims_guard for the whole run"),
    ],
)
@pytest.mark.parametrize("workers", [(), ("-n1",)], ids=["plain", "xdist"])
def test_a_mistake_in_a_marker_is_an_error_of_the_collection(
    project: Project, marker: str, message: str, workers: tuple[str, ...]
) -> None:
    project.test(
        f"""
        import unittest
        import pytest

        class TestMarked(unittest.TestCase):
            @pytest.mark.fake_ims({marker})
            def test_it(self):
                raise AssertionError("it ran")
        """
    )
    result = project.run(*workers, plugins=("fake_ims", "xdist"))
    assert result.parseoutcomes() == {"errors": 1}
    result.stdout.fnmatch_lines(
        ["* ERROR collecting test_it.py* *", f"test_it.py::TestMarked::test_it: {message}"]
    )


def test_a_marker_that_comes_after_the_collection_is_checked_when_the_test_begins(
    project: Project, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.fake_ims(guard=False))
        """
    )
    project.test(USES_THE_FIXTURE)
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*guard is not a setting of one test*"])


# ---------------------------------------------------------------- values that are not taken


@pytest.mark.parametrize(
    ("ini", "environment", "line", "called"),
    [
        ("soon", None, None, "fake_ims_delay"),
        (None, "soon", None, "FAKE_IMS_DELAY"),
        (None, None, "soon", "--fake-ims-delay"),
    ],
)
def test_a_bad_value_ends_the_run_and_names_where_it_stands(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    ini: str | None,
    environment: str | None,
    line: str | None,
    called: str,
) -> None:
    if ini:
        project.ini(fake_ims_delay=ini)
    if environment:
        monkeypatch.setenv("FAKE_IMS_DELAY", environment)
    project.test(USES_THE_FIXTURE)
    result = project.run(*([f"--fake-ims-delay={line}"] if line else []))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {called} does not take 'soon': * (form: 2s..3s *)"])
    assert result.parseoutcomes() == {}


def test_under_xdist_a_bad_value_is_one_line_without_a_traceback(project: Project) -> None:
    project.ini(fake_ims_delay="soon")
    project.test(USES_THE_FIXTURE)
    result = project.run("-n1", plugins=("fake_ims", "xdist"))
    assert result.parseoutcomes() == {"error": 1} or result.parseoutcomes() == {"errors": 1}
    result.stdout.fnmatch_lines(["fake_ims_delay does not take 'soon': *"])
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_an_empty_ini_value_is_the_default(passes: Passes, project: Project) -> None:
    project.ini(fake_ims_region="")
    passes("def test_it(fake_ims): assert fake_ims.region == 'cn-shanghai'")
