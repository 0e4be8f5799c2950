"""What fails around a test: setup, teardown, wider fixtures, and ways to run."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]


def test_troubles_of_fixtures_are_told_where_they_come_up(project: Project) -> None:
    """In the setup: the test fails that would pass; in the teardown: an error of the teardown."""
    result = project.loud(
        """
    @pytest.fixture
    def early(fake_ims): unknown(fake_ims)

    @pytest.fixture
    def late(fake_ims):
        yield
        unknown(fake_ims, "CreateEditingProject")

    @pytest.fixture
    def too_late():
        ims = []
        yield ims
        assert unknown(*ims, "GetEditingProject")["Code"] == "FakeIms.EndedWorld"

    def test_early(early): pass
    def test_late(late): pass
    def test_too_late(too_late, fake_ims): too_late.append(fake_ims)
    def test_next(fake_ims): pass

    @pytest.mark.fake_ims(allow="not_implemented stray")
    def test_allowed(too_late, early, late, fake_ims): too_late.append(fake_ims)
    """,
    )
    result.assert_outcomes(passed=4, failed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*_ ERROR at teardown of test_late _*",
            "  not_implemented: CreateEditingProject*",
            "*- fake_ims (seed *",
            "*_ ERROR at teardown of test_too_late _*",
            "  stray: * belongs to the fake of test_it.py::test_too_late, *",
            "*_ test_early _*",
        ]
    )


def test_a_setup_that_fails_shows_the_troubles_beside_its_error(project: Project) -> None:
    result = project.loud(
        """
    @pytest.fixture
    def broken_fixture(fake_ims):
        unknown(fake_ims)
        raise LookupError("mine")

    def test_it(broken_fixture): pass
    def test_next(fake_ims): pass
    """,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*- fake_ims -*", "  not_implemented: *"])
    assert result.stdout.str().count("met what a passing test") == 1


def test_everything_is_torn_down_although_the_teardown_fails(project: Project) -> None:
    result = project.loud(
        """
    done, kept = [], []

    @pytest.fixture(scope="module")
    def module():
        yield
        done.append("module")

    @pytest.fixture
    def late(module, fake_ims):
        yield
        unknown(fake_ims)
        done.append("late")

    def test_it(late, fake_ims): kept.append(fake_ims)

    class TestAfterwards:
        def test_it(self):
            assert done == ["late"]
            assert not kept[0].live
    """,
    )
    result.assert_outcomes(passed=2, errors=1)


def test_worlds_of_the_factory_fail_the_test_that_used_them(project: Project) -> None:
    result = project.loud(
        """
    @pytest.fixture(scope="module")
    def library(fake_ims_factory):
        with fake_ims_factory() as ims: yield ims

    @pytest.fixture(scope="session")
    def own(fake_ims_factory):
        with fake_ims_factory(own_listener=True) as ims: yield ims

    def test_none(library, own, fake_ims): pass
    def test_module(library): unknown(library)
    def test_own(own): unknown(own, "CreateEditingProject")

    def test_inside(fake_ims, fake_ims_factory):
        with fake_ims_factory() as other:
            unknown(other, "DeleteEditingProjects")

    @pytest.mark.fake_ims(allow="not_implemented")
    def test_allowed(library, own):
        unknown(library)
        unknown(own)

    def test_by_the_setting_of_the_world(fake_ims_factory):
        with fake_ims_factory(allow="not_implemented") as other:
            unknown(other)

    def test_last(library, own, fake_ims): pass
    """,
    )
    result.assert_outcomes(passed=4, failed=3)
    for name in ("test_module", "test_own", "test_inside"):
        result.stdout.fnmatch_lines([f"FAILED test_it.py::{name} *"])
    result.stdout.fnmatch_lines(
        ["*- fake_ims of fake_ims_factory, number 1, in test_it.py::test_inside (call) (seed *) -*"]
    )


def test_trouble_after_the_last_test_is_an_error_of_its_teardown(project: Project) -> None:
    result = project.loud(
        """
    @pytest.fixture(scope="session")
    def wide(fake_ims_factory):
        with fake_ims_factory() as ims:
            yield ims
            unknown(ims)

    def test_one(wide): pass
    def test_last(): pass
    """,
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_last *"])


@pytest.mark.skipif(not importlib.util.find_spec("hypothesis"), reason="needs hypothesis")
def test_examples_of_hypothesis_in_scratch_worlds(project: Project) -> None:
    project.test(
        """
        from client import call
        from hypothesis import HealthCheck, given, settings, strategies as st

        @settings(database=None, deadline=None, max_examples=10,
                  suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(number=st.integers(0, 3))
        def test_it(fake_ims, number):
            with fake_ims.scratch():
                call(fake_ims.url, "SubmitASRJob", fake_ims.access_key_id)

        @settings(database=None, deadline=None, max_examples=10,
                  suppress_health_check=[HealthCheck.function_scoped_fixture])
        @given(number=st.integers(0, 3))
        def test_checked(fake_ims, number):
            with fake_ims.scratch():
                if number > 1:
                    call(fake_ims.url, "CreateEditingProject", fake_ims.access_key_id)
                fake_ims.check()
        """
    )
    result = project.run(plugins=("fake_ims", "hypothesispytest"))
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["  not_implemented: SubmitASRJob *"])
    result.stdout.fnmatch_lines(["*number=2*"])


# ---------------------------------------------------------------- ways to run

NASTY = """
    def test_action(fake_ims):
        call(fake_ims.url, "Submit\\x00\\x1b[31m\\ud800\\ufffe]]>&<", Title="\\x1b\\x07\\ufffe")
        unknown(fake_ims)

    def test_title(fake_ims):
        register(fake_ims, Title="\\x01\\u202e\\ufffe]]>")
        assert False

    def test_inside(fake_ims):
        def raises(*args): raise LookupError("\\x1b[31m\\x00 \\ud800 \\t tab")
        fake_ims.world.library.register = raises
        register(fake_ims)

    @pytest.mark.fake_ims(allow="internal_error")
    def test_beside(fake_ims):
        def raises(*args): raise LookupError("\\x1b[31m\\x00 \\ud800 \\t tab")
        fake_ims.world.library.register = raises
        register(fake_ims)
        assert False

    def test_stub(fake_ims):
        def raises(call): raise LookupError("\\x1b \\udfff")
        fake_ims.stub("SubmitASRJob", raises)
        unknown(fake_ims)
"""


@pytest.mark.parametrize("plugins", [("fake_ims",), ("fake_ims", "xdist")])
def test_control_characters_reach_neither_the_terminal_nor_the_xml(
    project: Project, plugins: tuple[str, ...]
) -> None:
    if "xdist" in plugins:
        pytest.importorskip("xdist")
    source = NASTY.replace('"Submit\\x00\\x1b[31m\\ud800', '"Submit\\x00\\x1b[31m')
    project.loud(source)
    options = ["-n1"] if "xdist" in plugins else []
    result = project.run("--junitxml=out.xml", *options, plugins=plugins)
    result.assert_outcomes(failed=5)
    text = result.stdout.str()
    assert "INTERNALERROR" not in text
    reports = [line for line in text.splitlines() if not line.startswith(("E ", "> ", "    "))]
    assert not any("\x1b" in line or "\x00" in line for line in reports)
    tree = ET.parse(project.pytester.path / "out.xml")
    assert len(list(tree.iter("failure"))) == 5
    assert "not_implemented: SubmitASRJob" in ET.tostring(tree.getroot(), "unicode")


@pytest.mark.parametrize(
    "options",
    [("--tb=no",), ("--tb=line",), ("--tb=short",), ("--tb=native",), ("-x",), ("--maxfail=2",)],
    ids=" ".join,
)
def test_options_of_pytest(project: Project, options: tuple[str, ...]) -> None:
    result = project.loud(
        """
    @pytest.mark.parametrize("turn", range(4))
    def test_it(fake_ims, turn): unknown(fake_ims)
    """,
        *options,
    )
    result.assert_outcomes(failed={"-x": 1, "--maxfail=2": 2}.get(options[0], 4))
    assert "INTERNALERROR" not in result.stdout.str()


def test_under_xdist(project: Project) -> None:
    pytest.importorskip("xdist")
    project.loud(
        """
    @pytest.mark.parametrize("turn", range(4))
    def test_it(fake_ims, turn): unknown(fake_ims)
    """,
    )
    result = project.run("-n2", plugins=("fake_ims", "xdist"))
    result.assert_outcomes(failed=4)
    assert result.stdout.str().count("  > <SubmitASRJob() 501") == 4


def test_without_the_plugin_nothing_is_looked_at(project: Project) -> None:
    project.test(
        """
        from fake_ims import FakeIms
        from client import call

        def test_it():
            with FakeIms() as ims:
                call(ims.url, "SubmitASRJob", ims.access_key_id)
        """
    )
    project.run("-p", "no:fake_ims", plugins=()).assert_outcomes(passed=1)


def test_an_item_that_runs_again_begins_anew(project: Project) -> None:
    """As pytest-rerunfailures and flaky do."""
    project.pytester.makeconftest(
        """
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            for turn in range(2):
                for report in runtestprotocol(item, nextitem=nextitem, log=False):
                    if turn == 1:
                        item.ihook.pytest_runtest_logreport(report=report)
            return True
        """
    )
    result = project.loud(
        """
    turns = []

    @pytest.fixture
    def late(fake_ims):
        yield
        if len(turns) == 2:
            unknown(fake_ims)

    def test_it(fake_ims, late):
        turns.append(1)
        if len(turns) == 1:
            unknown(fake_ims, "CreateEditingProject")
            assert False
    """,
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.no_fnmatch_line("*CreateEditingProject()*")


def test_a_fake_that_is_broken_does_not_break_the_report(project: Project) -> None:
    result = project.loud(
        """
    def test_it(fake_ims):
        fake_ims.world.library.assets = None
        assert 1 == 2
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E       assert 1 == 2", "*- fake_ims (seed *", "it cannot be described:", "*Error: *"]
    )
