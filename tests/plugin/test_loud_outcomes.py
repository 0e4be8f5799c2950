"""What becomes of a test's troubles when it does not simply pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]


def test_a_failing_test_fails_as_it_does_with_its_troubles_beside_it(project: Project) -> None:
    result = project.loud(
        """
    def test_it(fake_ims):
        unknown(fake_ims)
        assert 1 == 2

    def test_next(fake_ims): pass
    """,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["E       assert 1 == 2", "*- fake_ims (seed*", "*- fake_ims -*", "  not_implemented: *"]
    )
    assert result.stdout.str().count("met what a passing test") == 1


def test_a_failing_test_whose_teardown_fails_too_shows_its_troubles_once(
    project: Project,
) -> None:
    result = project.loud(
        """
    @pytest.fixture
    def careless(fake_ims):
        yield
        unknown(fake_ims)
        raise OSError("in teardown")

    def test_it(fake_ims, careless):
        unknown(fake_ims, "CreateEditingProject")
        assert False

    def test_passing(fake_ims, careless): pass
    def test_next(fake_ims): pass
    """,
    )
    result.assert_outcomes(passed=2, failed=1, errors=2)
    text = result.stdout.str()
    assert text.count("not_implemented: CreateEditingProject") == 1
    assert text.count("not_implemented: SubmitASRJob") == 2, "beside the error of each teardown"


def test_xfail_and_skip(project: Project) -> None:
    result = project.loud(
        """
    @pytest.mark.xfail(strict=True)
    def test_expected_strict(fake_ims): unknown(fake_ims)

    @pytest.mark.xfail
    def test_expected(fake_ims): unknown(fake_ims)

    @pytest.mark.xfail
    def test_expected_otherwise(fake_ims):
        unknown(fake_ims)
        assert False

    @pytest.mark.xfail(raises=LookupError)
    def test_not_what_was_expected(fake_ims): unknown(fake_ims)

    @pytest.mark.xfail(strict=True)
    def test_unexpected(fake_ims): pass

    def test_that_says_so(fake_ims):
        unknown(fake_ims)
        pytest.xfail("so")

    def test_that_skips_itself(fake_ims):
        unknown(fake_ims)
        pytest.skip("so")

    @pytest.fixture
    def skips(fake_ims):
        unknown(fake_ims)
        pytest.skip("so")

    def test_skipped_by_a_fixture(skips): pass
    def test_next(fake_ims): pass
    """,
        "-rsxX",
    )
    result.assert_outcomes(passed=1, failed=2, xfailed=4, skipped=2)
    text = result.stdout.str()
    assert text.count("met what a passing test") == 1
    assert text.count("- fake_ims (seed") == 2
    result.stdout.fnmatch_lines(["not implemented: SubmitASRJob (7 tests)"])


def test_unittest_classes(project: Project) -> None:
    result = project.loud(
        """
    class TestThem(unittest.TestCase):
        @pytest.fixture(autouse=True)
        def _cloud(self, fake_ims):
            self.ims = fake_ims

        def test_loud(self): unknown(self.ims)

        def test_failing(self):
            unknown(self.ims, "CreateEditingProject")
            self.assertEqual(1, 2)

        def test_skipping(self):
            unknown(self.ims)
            self.skipTest("so")

        @unittest.expectedFailure
        def test_expected(self):
            unknown(self.ims)
            self.assertEqual(1, 2)

        @pytest.mark.fake_ims(allow="not_implemented")
        def test_allowed(self): unknown(self.ims)
    """,
    )
    result.assert_outcomes(passed=1, failed=2, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(
        ["*1 != 2", "*- fake_ims -*", "  not_implemented: CreateEditingProject *"]
    )


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        ("KeyboardInterrupt", "!!! KeyboardInterrupt !!!"),
        ("pytest.exit.Exception('enough')", "_pytest.outcomes.Exit: enough"),
        ("SystemExit(5)", "E       SystemExit: 5"),
    ],
)
def test_an_interrupt_passes_untouched(project: Project, raised: str, told: str) -> None:
    project.loud_test(
        f"""
    def test_it(fake_ims):
        unknown(fake_ims)
        raise {raised}
    """
    )
    text = project.run_alone().stdout.str()
    assert told in text
    assert "INTERNALERROR" not in text
