"""A failed assertion on calls, in a user's test: what it shows, and at which line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

FAILING = """
    from client import register

    def test_called(fake_ims):
        register(fake_ims, Title="sent")
        fake_ims.calls.assert_called("RegisterMediaInfo", Title="wanted")  # here

    def test_not_called(fake_ims):
        register(fake_ims, Title="sent")
        fake_ims.calls.assert_not_called("RegisterMediaInfo", Title="sent")  # here

    def test_order(fake_ims):
        register(fake_ims, Title="sent")
        fake_ims.calls.assert_order("RegisterMediaInfo", "GetMediaInfo")  # here
"""
LINES = {"test_called": 5, "test_not_called": 9, "test_order": 13}
SHOWN = {
    "test_called": [
        "E*AssertionError: RegisterMediaInfo(Title='wanted') was not called.",
        "E*The only call:",
        "E*1. <RegisterMediaInfo(InputURL='oss://bucket/a.mp4', Title='sent') 200 at *",
        "E*Title  wanted 'wanted'",
        "E*       sent   'sent'",
        "E*not asked for: InputURL",
    ],
    "test_not_called": [
        "E*AssertionError: RegisterMediaInfo(Title='sent') was called 1 time; wanted none.",
    ],
    "test_order": [
        "E*AssertionError: GetMediaInfo was not called after call 1: step 2 of 2 is missing.",
    ],
}


@pytest.mark.parametrize(
    ("options", "variables"),
    [((), {}), (("--assert=plain",), {}), ((), {"PYTHONOPTIMIZE": "1"}), (("--tb=short",), {})],
    ids=["rewritten", "plain", "optimised", "short"],
)
def test_the_failure_shows_the_difference_at_the_users_line(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    variables: dict[str, str],
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    project.test(FAILING)
    warnings = ("-W", "ignore:assertions not in test modules") if variables else ()
    result = project.run_alone(*options, *warnings)
    result.assert_outcomes(failed=3)
    for test, shown in SHOWN.items():
        result.stdout.fnmatch_lines(shown, consecutive=True)
        result.stdout.fnmatch_lines([f"*test_it.py:{LINES[test]}: *"])
    result.stdout.no_fnmatch_line("*journal*calls.py*")


def test_what_cannot_be_meant_is_an_error_at_the_users_line(project: Project) -> None:
    project.test(
        """
        def test_it(fake_ims):
            fake_ims.calls.assert_called("RegisterMediaInfo", stat=200)
        """
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E*TypeError: no filter is called 'stat'; did you mean status?*"])
    result.stdout.fnmatch_lines(["*test_it.py:2: *"])
    result.stdout.no_fnmatch_line("*journal*")
