"""A test fails by itself when its fake met what it should not hide."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

Passes = Callable[..., pytest.RunResult]

# ---------------------------------------------------------------- what fails


def test_a_call_of_what_is_not_implemented_fails_the_test_with_an_excerpt(
    project: Project,
) -> None:
    result = project.loud(
        """
    def test_it(fake_ims):
        register(fake_ims, Title="mine")
        assert unknown(fake_ims)["status"] == 501
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_it _*",
            "fake_ims met what a passing test should not hide:",
            "  not_implemented: SubmitASRJob is an operation of the real service *",
            '    fake_ims.stub("SubmitASRJob", {...}) answers it as the test wants.',
            "The last calls, those in question marked:",
            "    <RegisterMediaInfo(InputURL='oss://bucket/a.mp4', Title='mine') 200 at *",
            "  > <SubmitASRJob() 501 FakeIms.OperationNotImplemented at *",
            'To allow it: @pytest.mark.fake_ims(allow="not_implemented"), or the setting allow.',
            "*- fake_ims (seed *; --fake-ims-seed=* repeats it) -*",
            "<2 calls>",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_an_error_inside_the_fake_fails_the_test_with_its_traceback(project: Project) -> None:
    result = project.loud("    def test_it(fake_ims): broken(fake_ims)")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "  internal_error: Traceback (most recent call last):",
            '*File "*helper.py", line *, in raises',
            "    LookupError: inside",
            "  > <RegisterMediaInfo(*) 500 InternalError at *",
            'To allow it: @pytest.mark.fake_ims(allow="internal_error"), *',
        ]
    )


def test_a_stray_of_an_earlier_test_fails_the_next_even_one_without_the_fixture(
    project: Project,
) -> None:
    result = project.loud(
        """
    go, threads = threading.Event(), []

    @pytest.mark.parametrize("turn", ["one"])
    def test_that_leaves_a_thread(fake_ims, turn):
        def late(key=fake_ims.access_key_id):
            go.wait(20)
            register(fake_ims, key=key)
        threads.append(threading.Thread(target=late))
        threads[0].start()

    def test_that_uses_nothing():
        go.set()
        threads[0].join(20)

    def test_after_it(fake_ims): pass
    """,
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_that_uses_nothing _*",
            "  stray: * belongs to the fake of test_it.py::test_that_leaves_a_thread[[]one[]], *",
            "  > <RegisterMediaInfo(*) 403 FakeIms.EndedWorld at *",
        ]
    )


def test_many_troubles_are_told_in_short_and_each_once(project: Project) -> None:
    result = project.loud(
        """
    def test_it(fake_ims):
        for number in range(1200):
            unknown(fake_ims)
        broken(fake_ims)

    def test_next(fake_ims): pass
    """,
    )
    result.assert_outcomes(passed=1, failed=1)
    text = result.stdout.str()
    assert text.count("  not_implemented: ") == 10
    assert "  ... and 990 more" in text
    assert "<1201 calls" in text or "(201 before them were dropped)" in text
    assert len(text) < 30_000


# ---------------------------------------------------------------- what is allowed

ALL = """
    def test_not_implemented(fake_ims): unknown(fake_ims)
    def test_internal_error(fake_ims): broken(fake_ims)

    def test_stray(fake_ims_factory):
        with fake_ims_factory() as one, fake_ims_factory():
            assert stray(one)["Code"] == "FakeIms.NoWorld"
"""


def test_each_kind_is_allowed_by_itself(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = "not_implemented internal_error stray"
    project.loud(ALL).assert_outcomes(failed=3)
    for kind in everything.split():
        result = project.run(f"--fake-ims-allow={kind}")
        result.assert_outcomes(passed=1, failed=2)
        result.stdout.no_fnmatch_line(f"*FAILED*test_{kind}*")
    project.run(f"--fake-ims-allow={everything}").assert_outcomes(passed=3)
    project.ini(fake_ims_allow=everything)
    project.run().assert_outcomes(passed=3)
    project.ini()
    monkeypatch.setenv("FAKE_IMS_ALLOW", everything)
    project.run().assert_outcomes(passed=3)
    project.run("--fake-ims-allow=").assert_outcomes(failed=3)


def test_a_marker_allows_it_of_a_test_a_class_or_a_module_and_the_nearest_decides(
    project: Project,
) -> None:
    project.loud(
        """
    pytestmark = pytest.mark.fake_ims(allow="not_implemented")

    def test_module(fake_ims): unknown(fake_ims)

    @pytest.mark.fake_ims(allow="stray")
    class TestStray:
        def test_not_allowed_here(self, fake_ims): unknown(fake_ims)

        @pytest.mark.fake_ims(allow="not_implemented stray")
        def test_both(self, fake_ims_factory):
            with fake_ims_factory() as one, fake_ims_factory():
                stray(one)
                unknown(one)
    """,
    ).assert_outcomes(passed=2, failed=1)


def test_what_a_fault_answers_and_what_the_service_refuses_is_no_trouble(passes: Passes) -> None:
    passes(
        """
        from client import call, register

        def test_it(fake_ims):
            fake_ims.faults.add(code="InternalError", times=1)
            assert register(fake_ims)["Code"] == "InternalError"
            fake_ims.faults.add("SubmitASRJob", code="InternalError")
            fake_ims.faults.add("SubmitASRJob", status=501, body={"Code": "x"}, after=1)
            for _ in range(3):
                call(fake_ims.url, "SubmitASRJob", fake_ims.access_key_id)
            assert call(fake_ims.url, "NoSuchThing")["Code"] == "InvalidAction.NotFound"
            fake_ims.ram.deny("ice:*")
            assert register(fake_ims)["status"] == 403
        """
    )


# ---------------------------------------------------------------- check()


def test_check_tells_earlier_and_each_trouble_once(passes: Passes) -> None:
    passes(
        """
        import pytest
        from client import call

        def test_it(fake_ims, fake_ims_factory):
            fake_ims.check()
            call(fake_ims.url, "SubmitASRJob", fake_ims.access_key_id)
            with pytest.raises(AssertionError, match="not_implemented: SubmitASRJob") as told:
                fake_ims.check()
            assert "allow=" in str(told.value)
            fake_ims.check()
            with fake_ims_factory(own_listener=True) as other:
                call(other.url, "CreateEditingProject", other.access_key_id)
                fake_ims.check()
            with pytest.raises(AssertionError, match="CreateEditingProject"):
                other.check()

        @pytest.mark.parametrize("before", ["SubmitASRJob", None])
        @pytest.mark.parametrize("inside", ["CreateEditingProject", None])
        @pytest.mark.parametrize("after", ["GetEditingProject", None])
        def test_reset_and_scratch_keep_what_is_untold(fake_ims, before, inside, after):
            def ask(action):
                if action:
                    call(fake_ims.url, action, fake_ims.access_key_id)

            ask(before)
            fake_ims.reset()
            with fake_ims.scratch():
                ask(inside)
            fake_ims.reset()
            ask(after)
            untold = fake_ims.untold(())
            for action in ("SubmitASRJob", "CreateEditingProject", "GetEditingProject"):
                assert (action in untold) == (action in (before, inside, after))

        @pytest.mark.fake_ims(allow="not_implemented")
        def test_what_is_allowed_is_not_told(fake_ims):
            call(fake_ims.url, "SubmitASRJob", fake_ims.access_key_id)
            assert fake_ims.troubled
            fake_ims.check()
            assert not fake_ims.troubled
        """
    )


def test_a_failing_check_shows_the_users_line_and_tells_it_once(project: Project) -> None:
    result = project.loud(
        """
    def test_it(fake_ims):
        unknown(fake_ims)
        fake_ims.check()
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">       fake_ims.check()", "E       *not_implemented: *"])
    assert result.stdout.str().count("  > <SubmitASRJob() 501") == 1
    result.stdout.no_fnmatch_line("*fake_ims/fake.py*")


def test_a_fake_of_ones_own_is_checked_when_one_asks(project: Project) -> None:
    result = project.loud(
        """
    def test_silent():
        with FakeIms() as ims:
            unknown(ims)

    def test_asked():
        with FakeIms() as ims:
            unknown(ims)
            ims.check()

    def test_asked_when_it_has_ended():
        with FakeIms() as ims:
            unknown(ims)
        with pytest.raises(AssertionError, match="SubmitASRJob"):
            ims.check()

    def test_asked_too_early():
        assert not FakeIms().troubled
        FakeIms().check()
    """,
    )
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["FAILED *test_asked *"])
