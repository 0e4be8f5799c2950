"""A callback that was dropped fails the test that hides it; a failing test shows its callbacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

BEGIN = """
    import http.server
    import json
    import socket
    import pytest
    from client import register
    from fake_ims.receiver import Receiver

    def closed():
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            return f"http://127.0.0.1:{sock.getsockname()[1]}/hook"

    def notify(ims, url, name="a"):
        data = json.dumps({"NotifyAddress": url})
        return register(ims, f"oss://bucket/{name}.png", UserData=data)
"""


def run(
    project: Project, source: str, *options: str, **keywords: tuple[str, ...]
) -> pytest.RunResult:
    project.test(BEGIN + source)
    return project.run(*options, **keywords)


def test_a_dropped_callback_fails_a_passing_test_with_its_attempts(project: Project) -> None:
    result = run(
        project,
        """
    def test_it(fake_ims):
        notify(fake_ims, closed())
        fake_ims.settle()
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ test_it _*",
            "fake_ims met what a passing test should not hide:",
            "  undelivered: <callback 1 RegisterMediaComplete * to http*/hook dropped>",
            *["    * <attempt 20*Z *refused*, * ms>"] * 3,
            "The last calls:",
            "    <RegisterMediaInfo(*",
            'To allow it: @pytest.mark.fake_ims(allow="undelivered"), or the setting allow.',
            "<1 callbacks>",
        ]
    )


@pytest.mark.parametrize(
    "test",
    [
        """
    @pytest.mark.fake_ims(allow="undelivered")
    def test_it(fake_ims):
        notify(fake_ims, closed())
        fake_ims.settle()
    """,
        """
    def test_it(fake_ims):
        notify(fake_ims, closed())
        fake_ims.callbacks.wait_for(outcome="dropped")
    """,
        """
    def test_it(fake_ims):
        with fake_ims.callbacks.receiver() as inbox:
            inbox.answer(500, times=3)
            notify(fake_ims, inbox.url + "/any/path")
            fake_ims.settle()
        assert fake_ims.callbacks[0].outcome == "dropped"
    """,
        """
    def test_it(fake_ims):
        with fake_ims.callbacks.receiver() as inbox:
            inbox.answer(500)
            fake_ims.reset()
            notify(fake_ims, inbox.url)
            fake_ims.settle()
            with fake_ims.scratch():
                notify(fake_ims, inbox.url)
                fake_ims.settle()
                assert fake_ims.callbacks[0].outcome == "dropped"
    """,
        """
    def test_it(fake_ims):
        notify(fake_ims, closed())  # nobody lets three seconds pass
    """,
    ],
    ids=["allowed", "waited for", "provoked", "provoked before a new world", "pending"],
)
def test_what_is_no_trouble(project: Project, test: str) -> None:
    run(project, test).assert_outcomes(passed=1)


def test_each_is_told_once(project: Project) -> None:
    result = run(
        project,
        """
    @pytest.fixture(scope="module")
    def ims(fake_ims_factory):
        with fake_ims_factory() as ims:
            yield ims

    def test_one(ims):
        notify(ims, closed())
        ims.settle()

    def test_two(ims):
        assert len(ims.callbacks) == 1
    """,
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED *::test_one*"])


def test_only_what_nobody_waited_for_is_told(project: Project) -> None:
    result = run(
        project,
        """
    @pytest.mark.fake_ims(delay="2s")  # so that the first is analysed first
    def test_it(fake_ims):
        first = notify(fake_ims, closed(), "a")["MediaId"]
        notify(fake_ims, closed(), "b")
        fake_ims.settle()
        fake_ims.callbacks.wait_for(media_id=first, outcome="dropped")
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  undelivered: <callback 2 *"])
    result.stdout.no_fnmatch_line("  undelivered: <callback 1 *")


def test_a_provoked_receiver_excuses_none_whose_port_only_begins_like_its_own(
    project: Project,
) -> None:
    """http://127.0.0.1:1234 is not http://127.0.0.1:12345."""
    result = run(
        project,
        """
    def test_it(fake_ims):
        there = closed()
        fake_ims.world.journal.troubles.provoked.add(there.removesuffix("/hook")[:-1])
        notify(fake_ims, there)
        fake_ims.settle()
    """,
    )
    result.assert_outcomes(failed=1)


def test_a_failing_test_shows_callbacks_and_bends(project: Project) -> None:
    result = run(
        project,
        """
    def test_it(fake_ims):
        fake_ims.callbacks.drop("VideoAnalysisComplete", times=2)
        with fake_ims.callbacks.receiver() as inbox:
            inbox.answer(503, times=1)
            data = json.dumps({"NotifyAddress": inbox.url})
            register(fake_ims, "oss://bucket/a.mp3", UserData=data)
            fake_ims.settle()
        assert False
    """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- fake_ims (seed *) -*",
            "<2 callbacks>",
            "  <callback 1 RegisterMediaComplete * to http://127.0.0.1:* delivered>",
            "  *<attempt 20*Z *503*, * ms>",
            "  *<attempt 20*Z 200, * ms>",
            "  <callback 2 VideoAnalysisComplete * withheld: a test asked that it be lost>",
            "<1 bends of callbacks>",
            "  <drop: VideoAnalysisComplete; fired 1 of 2>",
        ]
    )


ELSEWHERE = """
    @pytest.mark.parametrize("turn", range(4))
    def test_it(fake_ims, turn):
        notify(fake_ims, "https://app.example.com/hook")
        fake_ims.settle()
"""


def test_the_summary_tells_of_callbacks_that_were_not_sent(project: Project) -> None:
    result = run(project, ELSEWHERE)
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["callback not sent: to https://app.example.com/hook: * (4 tests)"])


def test_under_xdist(project: Project) -> None:
    pytest.importorskip("xdist")
    result = run(
        project,
        ELSEWHERE
        + """
    def test_dropped(fake_ims):
        notify(fake_ims, closed())
        fake_ims.settle()
    """,
        "-n2",
        plugins=("fake_ims", "xdist"),
    )
    result.assert_outcomes(passed=4, failed=1)
    result.stdout.fnmatch_lines(
        [
            "  undelivered: <callback 1 RegisterMediaComplete *",
            "callback not sent: to https://app.example.com/hook: * (4 tests)",
        ]
    )


def test_a_receiver_that_dies_between_tests_does_not_trouble_the_next(project: Project) -> None:
    result = run(
        project,
        """
    inbox = Receiver()

    def test_one(fake_ims):
        inbox.start()
        inbox.hang()
        notify(fake_ims, inbox.url)
        fake_ims.callbacks.delay("1s")
        notify(fake_ims, inbox.url, "b")
        fake_ims.clock.resume()

    def test_two(fake_ims):
        inbox.close()
        register(fake_ims)
        fake_ims.settle()
        assert len(fake_ims.callbacks) == 0
    """,
    )
    result.assert_outcomes(passed=2)
