"""Under pytest-xdist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest.importorskip("xdist")
pytest_plugins = ["pytester"]

XDIST = ("fake_ims", "xdist")


def test_each_worker_has_its_own_listener_and_its_summary_arrives(
    project: Project, pytester: pytest.Pytester
) -> None:
    project.test(
        """
        import pathlib
        import pytest
        from client import register

        @pytest.mark.parametrize("turn", range(8))
        def test_turn(fake_ims, worker_id, turn):
            assert len(fake_ims.assets) == 0
            register(fake_ims, Priority="1")
            assert len(fake_ims.assets) == 1
            with pathlib.Path("listeners").open("a") as file:
                file.write(f"{worker_id} {fake_ims.url}\\n")
        """
    )
    result = project.run("-n2", plugins=XDIST)
    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines(["accepted without effect: RegisterMediaInfo Priority (8 tests)"])
    lines = (pytester.path / "listeners").read_text().splitlines()
    pairs = {tuple(line.split()) for line in lines}
    assert len(lines) == 8
    assert sorted(worker for worker, _ in pairs) == ["gw0", "gw1"]
    assert len({url for _, url in pairs}) == 2


def test_options_reach_the_workers(project: Project) -> None:
    project.test("def test_it(fake_ims): assert fake_ims.region == 'cn-line'")
    result = project.run("-n1", "--fake-ims-region=cn-line", plugins=XDIST)
    result.assert_outcomes(passed=1)


def test_a_failure_in_a_worker_shows_the_state_of_its_fake(project: Project) -> None:
    project.test("def test_it(fake_ims): assert False")
    result = project.run("-n1", plugins=XDIST)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- fake_ims (seed *; --fake-ims-seed=* repeats it) -*",
            "<FakeIms http://127.0.0.1:* 0 assets*",
        ]
    )


def test_the_key_of_another_worker_is_refused_where_nobody_answers(project: Project) -> None:
    project.test(
        """
        import pytest
        from client import call

        @pytest.fixture
        def two(fake_ims_factory):
            with fake_ims_factory() as one, fake_ims_factory():
                yield one

        @pytest.mark.fake_ims(allow="stray")
        def test_it(two):
            key = "LTAIFakeZZZZZZ0000010000"
            assert call(two.url, "GetMediaInfo", key)["Code"] == "FakeIms.NoWorld"
        """
    )
    project.run("-n1", plugins=XDIST).assert_outcomes(passed=1)
