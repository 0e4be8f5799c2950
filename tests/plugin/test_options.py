"""pytest's own ways of running: the plugin off, or named, and strict, plain or optimised runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

STRICT = (
    "-p",
    "no:cacheprovider",
    "-p",
    "no:randomly",
    "-Werror",
    "--strict-config",
    "--strict-markers",
)

TESTS = """
    import pytest
    from client import register

    @pytest.mark.fake_ims(delay="0")
    def test_passes(fake_ims, fake_ims_env):
        register(fake_ims)
        fake_ims.calls.assert_called("RegisterMediaInfo", InputURL="oss://bucket/a.mp4")
        assert fake_ims.settle() == ()

    def test_fails(fake_ims):
        register(fake_ims)
        expected = 2
        assert len(fake_ims.calls) == expected

    def test_was_not_called(fake_ims):
        register(fake_ims)
        fake_ims.calls.assert_called("GetMediaInfo")
"""

REWRITTEN = ["E * assert 1 == 2", "E * len(<1 calls>*"]
ALWAYS = [
    "<FakeIms http://127.0.0.1:* 1 assets*",
    "E * GetMediaInfo*",
    "E *<RegisterMediaInfo(*InputURL='oss://bucket/a.mp4'*) 200 *",
]


def check(result: pytest.RunResult, shown: list[str]) -> None:
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(shown)
    result.stdout.no_fnmatch_line("*Warning*")
    result.stderr.no_fnmatch_line("*Warning*")


@pytest.mark.parametrize("name", ["fake_ims", "fake_ims.pytest_plugin"])
@pytest.mark.parametrize("mode", ["prepend", "append", "importlib"])
def test_the_plugin_by_name_without_autoload(project: Project, name: str, mode: str) -> None:
    project.ini(pythonpath=".")
    project.test(TESTS)
    result = project.run_alone(f"--import-mode={mode}", plugins=(name,))
    check(result, [*REWRITTEN, *ALWAYS])


def test_the_plugin_named_in_a_conftest(project: Project) -> None:
    project.pytester.makeconftest("pytest_plugins = ['fake_ims.pytest_plugin']")
    project.test(TESTS)
    check(project.run_alone(plugins=()), [*REWRITTEN, *ALWAYS])


def test_the_plugin_by_name_although_it_is_loaded_by_itself(
    project: Project, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    project.ini(asyncio_default_fixture_loop_scope="function")
    project.test(TESTS)
    result = pytester.runpytest_subprocess("-p", "fake_ims", *STRICT, timeout=60)
    check(result, [*REWRITTEN, *ALWAYS])


def test_plain_assertions(project: Project) -> None:
    project.test(TESTS)
    check(project.run_alone("--assert=plain"), ALWAYS)


@pytest.mark.parametrize("level", ["1", "2"])
def test_optimised(project: Project, monkeypatch: pytest.MonkeyPatch, level: str) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", level)
    project.test(TESTS)
    result = project.run_alone("-Wignore::pytest.PytestConfigWarning", "--assert=rewrite")
    check(result, ALWAYS)


def test_optimised_and_plain_the_journal_still_asserts(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python drops the user's own assertions, and says so."""
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    project.test(TESTS)
    result = project.run_alone("-Wignore::pytest.PytestConfigWarning", "--assert=plain")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["E * GetMediaInfo*", "FAILED *::test_was_not_called *"])


def test_the_plugin_turned_off(
    project: Project, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    project.ini(asyncio_default_fixture_loop_scope="function")
    project.test(
        """
        import sys
        from fake_ims import FakeIms

        def test_without_it():
            assert "fake_ims.pytest_plugin" not in sys.modules
            with FakeIms() as ims:
                assert ims.register(InputURL="oss://bucket/a.mp4").status == "Preparing"

        def test_fixtures_are_gone(fake_ims): pass
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:fake_ims", *STRICT, timeout=60)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["E * fixture 'fake_ims' not found"])


def test_turned_on_and_not_used_it_imports_itself_and_nothing_else(
    project: Project, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(
        """
        import socket  # which the guard watches, and few runs do without
        import sys

        def pytest_sessionfinish():
            print("\\nIMPORTED", *sys.modules)
        """
    )
    project.test(
        """
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_it(number, tmp_path, monkeypatch):
            assert number != 1
        """
    )

    def imported(*plugins: str) -> set[str]:
        result = project.run_alone("-s", plugins=plugins)
        result.assert_outcomes(passed=2, failed=1)
        (line,) = [line for line in result.outlines if line.startswith("IMPORTED")]
        return set(line.split()[1:])

    more = imported("fake_ims") - imported()
    assert more == {"fake_ims", "fake_ims.lookout", "fake_ims.pytest_plugin"}
