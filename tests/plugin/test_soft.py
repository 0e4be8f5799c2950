"""What the end of a run tells of mode=soft."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

SOFT = """
    import pytest
    from client import call, register

    pytestmark = pytest.mark.fake_ims(mode="soft")

    @pytest.mark.parametrize("turn", [1, 2])
    def test_unsigned(fake_ims, turn):
        assert "MediaId" in register(fake_ims, Timestamp="yesterday")

    def test_denied(fake_ims):
        fake_ims.ram.deny("ice:*")
        assert "MediaId" in register(fake_ims, SignatureMethod="x", SignatureVersion="1.0")
"""
LINES = [
    "would be refused with mode=enforce: RegisterMediaInfo Forbidden (1 test)",
    "would be refused with mode=enforce: RegisterMediaInfo IncompleteSignature (3 tests)",
    "would be refused with mode=enforce: RegisterMediaInfo InvalidSignatureMethod (1 test)",
    "would be refused with mode=enforce: RegisterMediaInfo InvalidTimeStamp.Format (2 tests)",
    "would be refused with mode=enforce: RegisterMediaInfo MissingSignatureMethod (2 tests)",
    "would be refused with mode=enforce: RegisterMediaInfo MissingSignatureNonce (3 tests)",
    "would be refused with mode=enforce: RegisterMediaInfo MissingSignatureVersion (2 tests)",
    "would be refused with mode=enforce: RegisterMediaInfo MissingTimestamp (1 test)",
]


def test_the_summary_counts_what_soft_let_pass(project: Project) -> None:
    project.test(SOFT)
    result = project.run()
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(["*= fake_ims =*", *LINES], consecutive=True)


def test_a_verbose_summary_names_the_tests(project: Project) -> None:
    project.test(SOFT)
    result = project.run("-v")
    result.stdout.fnmatch_lines(
        [LINES[0], "    test_it.py::test_denied", LINES[3], "    test_it.py::test_unsigned[[]1]"]
    )


def test_the_setting_of_a_run_is_soft(project: Project) -> None:
    project.ini(fake_ims_mode="soft")
    project.test(
        """
        from client import register

        def test_unsigned(fake_ims):
            assert "MediaId" in register(fake_ims)
        """
    )
    result = project.run()
    result.stdout.fnmatch_lines([f"{LINES[1].partition('(')[0]}(1 test)"])


def test_open_and_enforce_have_nothing_of_that_kind_to_tell(project: Project) -> None:
    project.test(
        """
        import pytest
        from client import register

        @pytest.mark.fake_ims(mode="enforce")
        def test_enforce(fake_ims):
            assert register(fake_ims)["Code"] == "MissingSignatureMethod"

        def test_open(fake_ims):
            assert "MediaId" in register(fake_ims)
        """
    )
    result = project.run()
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*would be refused*")


@pytest.mark.parametrize("key", ["fake_ims.access_key_id", "ended"])
def test_an_action_cannot_write_lines_of_its_own(project: Project, key: str) -> None:
    """Neither in a line about what would be refused nor in one about what no fake answered."""
    project.test(
        f"""
        import pytest
        from client import call

        @pytest.mark.fake_ims(mode="soft")
        def test_it(fake_ims, fake_ims_factory):
            with fake_ims_factory() as other:
                ended = other.access_key_id
            call(fake_ims.url, "x\\n9 failed, y\\x1b[31m", {key})
        """
    )
    result = project.run()
    result.stdout.no_fnmatch_line("9 failed*")
    assert "\x1b[31m" not in result.stdout.str()
