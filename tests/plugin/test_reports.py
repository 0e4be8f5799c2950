"""What a failing test shows, and what the end of a run tells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from fake_ims import FakeIms
from fake_ims.clock import Instant
from fake_ims.journal.calls import Call, Calls
from fake_ims.reporting import INTERNAL, describe, notes, refusals

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]


def test_a_failing_test_shows_the_state_of_its_fake(project: Project) -> None:
    project.test(
        """
        import pytest
        from client import call, register

        @pytest.mark.fake_ims(seed=4711)
        def test_fails(fake_ims):
            register(fake_ims, Title="first")
            fake_ims.settle()
            register(fake_ims, "oss://bucket/b.mp4")
            call(fake_ims.url, "GetMediaInfo", fake_ims.access_key_id, MediaId="nobody's")
            assert False
        """
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- fake_ims (seed 4711) -*",
            "<FakeIms http://127.0.0.1:* 2 assets, 1 pending, seed 4711, *",
            "<3 calls>",
            "  <RegisterMediaInfo(*InputURL='oss://bucket/a.mp4'*Title='first'*) 200 *",
            '  <GetMediaInfo(MediaId="nobody\'s") 400 *',
            "<2 assets>",
            "<* events>",
            "<1 pending>",
            "inferred, and relied on: *unknown_media*",
        ]
    )


def test_an_error_in_another_fixtures_setup_shows_it_too(project: Project) -> None:
    project.test(
        """
        import pytest

        @pytest.fixture
        def broken(fake_ims):
            raise LookupError

        def test_it(broken): pass
        """
    )
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*- fake_ims (seed *) -*", "<FakeIms http://127.0.0.1:* 0 assets*"]
    )


def test_a_passing_test_and_one_without_the_fixture_show_nothing(project: Project) -> None:
    project.test(
        """
        def test_passes(fake_ims): pass
        def test_fails(): assert False
        """
    )
    result = project.run("-rA")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.no_fnmatch_line("*- fake_ims*")
    result.stdout.no_fnmatch_line("*= fake_ims =*")


SUMMARY = """
    import pytest
    from client import call, register

    @pytest.mark.parametrize("turn", [1, 2])
    def test_inert(fake_ims, turn):
        assert "MediaId" in register(fake_ims, Nonsense="n", Priority="1")

    @pytest.mark.fake_ims(allow="not_implemented")
    def test_not_implemented(fake_ims):
        answer = call(fake_ims.url, "SubmitASRJob", fake_ims.access_key_id)
        assert answer["status"] == 501

    def test_inferred(fake_ims):
        call(fake_ims.url, "GetMediaInfo", fake_ims.access_key_id, MediaId="nobody's")
"""


def test_the_summary_names_what_had_no_effect_and_what_is_not_implemented(
    project: Project,
) -> None:
    project.test(SUMMARY)
    result = project.run()
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "*= fake_ims =*",
            "not implemented: SubmitASRJob (1 test)",
            "accepted without effect: RegisterMediaInfo Nonsense (2 tests)",
            "accepted without effect: RegisterMediaInfo Priority (2 tests)",
            "* tests rested on inferred behaviour; -v names the settings and the tests",
        ],
        consecutive=True,
    )
    result.stdout.no_fnmatch_line("*unknown_media*")


def test_a_verbose_summary_names_the_inferred_settings_and_the_tests(project: Project) -> None:
    project.test(SUMMARY)
    result = project.run("-v")
    result.stdout.fnmatch_lines(
        [
            "not implemented: SubmitASRJob (1 test)",
            "    test_it.py::test_not_implemented",
            "accepted without effect: RegisterMediaInfo Priority (2 tests)",
            "    test_it.py::test_inert[[]1]",
            "    test_it.py::test_inert[[]2]",
            "rested on inferred behaviour: unknown_media (1 test)",
            "    test_it.py::test_inferred",
        ]
    )


def test_an_error_inside_the_fake_is_shown_with_its_traceback(
    project: Project, pytester: pytest.Pytester
) -> None:
    project.test(
        """
        from client import register

        def test_it(fake_ims, monkeypatch):
            def broken(*args):
                raise LookupError("inside")

            monkeypatch.setattr(fake_ims.world.library, "register", broken)
            assert register(fake_ims)["Code"] == "InternalError"
            assert False
        """
    )
    result = project.run()
    result.stdout.fnmatch_lines(
        [
            "*- fake_ims (seed *) -*",
            "LookupError: inside",
            "error inside fake_ims, or in a function of the test: RegisterMediaInfo: "
            "LookupError: inside (1 test)",
        ]
    )


def test_the_summary_tells_an_errors_first_line(project: Project) -> None:
    project.test(
        """
        import pytest, urllib.request

        @pytest.mark.fake_ims(allow="internal_error")
        def test_it(fake_ims):
            def job(call):
                raise AssertionError("it is\\n  - not\\n  + so")

            fake_ims.stub("SubmitASRJob", job)
            with pytest.raises(OSError):
                urllib.request.urlopen(f"{fake_ims.url}/?Action=SubmitASRJob")
        """
    )
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["error inside * of the test: SubmitASRJob: AssertionError: it is (1 test)"]
    )


def test_worlds_put_aside_have_their_say_as_well(project: Project) -> None:
    project.test(
        """
        import pytest
        from urllib.error import HTTPError
        from urllib.request import urlopen

        pytestmark = pytest.mark.fake_ims(allow="not_implemented")

        def ask(ims, action):
            try:
                urlopen(f"{ims.url}/?Action={action}&AccessKeyId={ims.access_key_id}").close()
            except HTTPError as refused:
                refused.close()

        def test_it(fake_ims, fake_ims_factory):
            ask(fake_ims, "SubmitASRJob")
            fake_ims.reset()
            with fake_ims.scratch():
                ask(fake_ims, "CreateEditingProject")
            with fake_ims_factory() as other:
                ask(other, "ListSmartJobs")
            with fake_ims_factory(own_listener=True) as other:
                ask(other, "GetEditingProject")
            file = '{"Type": "video", "Name": "n", "Ext": "mp4"}'
            fake_ims.world.call("CreateUploadMedia", {"FileInfo": file, "EntityId": "e"})
        """
    )
    result = project.run()
    for action in ("SubmitASRJob", "CreateEditingProject", "ListSmartJobs", "GetEditingProject"):
        result.stdout.fnmatch_lines([f"not implemented: {action} (1 test)"])
    result.stdout.fnmatch_lines(["accepted without effect: CreateUploadMedia EntityId (1 test)"])


def test_a_failure_inside_scratch_shows_the_world_of_the_block(project: Project) -> None:
    project.test(
        """
        def test_it(fake_ims):
            with fake_ims.scratch():
                fake_ims.register(InputURL="oss://b/inside.mp4")
                assert False
        """
    )
    project.run().stdout.fnmatch_lines(
        [
            "*- fake_ims, inside scratch() (seed *; --fake-ims-seed=* repeats it) -*",
            "<World 1 assets, *",
            "*<1 assets>*",
            "*oss://b/inside.mp4*",
            "*- fake_ims (seed *) -*",
            "<FakeIms http* 0 assets, *",
        ]
    )


def test_a_mistake_is_shown_where_it_was_made(project: Project) -> None:
    project.test(
        """
        def test_operation(fake_ims):
            fake_ims.faults.add("GetMediaInf", reset=True)

        def test_option(fake_ims):
            fake_ims.faults.add(reset=True, tims=1)

        def test_effect(fake_ims):
            fake_ims.faults.add(code="Throttling.Users")

        def test_stub(fake_ims):
            fake_ims.stub("SubmitAsrJob", {})

        def test_answer(fake_ims):
            fake_ims.stub("SubmitASRJob", None)
        """
    )
    result = project.run()
    result.assert_outcomes(failed=5)
    for wrong in ('"GetMediaInf"', "tims=1", '"Throttling.Users"', '"SubmitAsrJob"', "None"):
        result.stdout.fnmatch_lines([f">*fake_ims.*{wrong}*", "E *"], consecutive=True)
    result.stdout.no_fnmatch_line("*registry.py:*")
    result.stdout.no_fnmatch_line("*reading.py:*")
    result.stdout.no_fnmatch_line("*stubs.py:*")


# ---------------------------------------------------------------- how much is told


@pytest.fixture
def ims() -> Iterator[FakeIms]:
    """A fake of which this run's own summary does not tell."""
    with FakeIms() as ims:
        yield ims


def failed(ims: FakeIms, traceback: str, **fields: Any) -> None:
    """Enter a call on which the fake failed."""
    call = Call("GetMediaInfo", {}, Instant(0), traceback=traceback, **fields)
    ims.world.journal.add(call)


def test_a_section_shows_the_latest_tracebacks_and_not_all_of_a_long_one(ims: FakeIms) -> None:
    for number in range(500):
        failed(ims, f"Traceback of call {number}")
    text = describe(ims.world)
    assert "<500 tracebacks, the last 5>\nTraceback of call 495\n" in text
    assert "call 494" not in text
    failed(ims, f"Traceback\nLookupError: {'x' * 1_000_000} end")
    text = describe(ims.world)
    assert len(text) < 30_000
    assert " end" in text


def test_a_section_shows_categories_if_there_are_any(ims: FakeIms) -> None:
    assert "categories" not in describe(ims.world)
    ims.add_category("football", parent=ims.add_category("sports"))
    text = describe(ims.world)
    assert "\n<2 categories>\n  <Category 1 'sports' " in text
    assert "\n    <Category 2 'football' under 1 " in text


def test_notes_are_short_and_not_too_many(ims: FakeIms) -> None:
    for letter in "xyz":
        failed(ims, f"LookupError: {letter * 1_000_000}", ignored=(letter * 1_000_000,))
    failed(ims, "KeyError", ignored=tuple(str(number) for number in range(5000)))
    found = notes([ims.world], Calls())
    assert sum(kind == INTERNAL for kind, _ in found) == 4
    assert len(found) < 2000
    assert sum(len(text) for _, text in found) < 100_000


def test_what_the_guard_refused_moves_no_cursor() -> None:
    ((_, text),) = refusals(["\x1b[2J.aliyuncs.com"])
    assert text.isprintable()
