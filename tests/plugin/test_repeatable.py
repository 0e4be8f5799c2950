"""What is drawn depends on the seed and the test alone: in any order, in any worker, example by
example.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

Passes = Callable[..., pytest.RunResult]

# ---------------------------------------------------------------- hypothesis

HYPOTHESIS = """
    from client import register
    from hypothesis import HealthCheck, given, settings, strategies as st

    drawn = {}

    def is_wrong(ims, count):
        "Whether an example fails depends on what the fake draws, and on nothing else."
        ids = [register(ims, f"oss://bucket/{number}.mp4")["MediaId"] for number in range(count)]
        drawn.setdefault(count, set()).add(tuple(ids))
        return sum(int(media_id[0], 16) for media_id in ids) > 20

    @settings(
        max_examples=30, deadline=None, derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(count=st.integers(1, 12))
    def test_scratch(fake_ims, count):
        with fake_ims.scratch():
            assert not is_wrong(fake_ims, count)

    @settings(max_examples=30, deadline=None, derandomize=True)
    @given(count=st.integers(1, 12))
    def test_factory(fake_ims_factory, count):
        with fake_ims_factory() as ims:
            assert not is_wrong(ims, count)

    def test_each_example_drew_the_same_each_time():
        assert len(drawn) > 1
        assert all(len(each) == 1 for each in drawn.values())
"""


@pytest.mark.parametrize("way", ["scratch", "factory"])
def test_a_failing_example_fails_again_and_is_shrunk(project: Project, way: str) -> None:
    project.test(HYPOTHESIS)
    result = project.run(
        f"-k {way} or each", "--fake-ims-seed=1", plugins=("fake_ims", "hypothesispytest")
    )
    result.assert_outcomes(failed=1, passed=1, deselected=1)
    result.stdout.no_fnmatch_line("*Flaky*")
    result.stdout.fnmatch_lines([f"*: test_{way}(", "* count=*"])


# ---------------------------------------------------------------- orders

RECORDED = """
    import json
    import pathlib
    import random
    import pytest
    from client import register

    @pytest.fixture
    def record(request):
        def record(**worlds):
            drawn = {
                name: [register(ims, f"oss://bucket/{turn}.mp4")["MediaId"] for turn in range(2)]
                for name, ims in worlds.items()
            }
            with pathlib.Path("drawn").open("a") as file:
                name = request.node.nodeid.partition("::")[2].partition("@")[0]
                file.write(json.dumps([name, drawn]) + "\\n")
        return record

    @pytest.mark.parametrize("turn", range(6))
    def test_turn(fake_ims, record, turn):
        record(own=fake_ims)

    @pytest.mark.parametrize("turn", range(3))
    def test_accounts(fake_ims, fake_ims_factory, record, turn):
        with fake_ims_factory() as one, fake_ims_factory() as two:
            record(own=fake_ims, one=one, two=two)

    @pytest.mark.parametrize("turn", range(2))
    @pytest.mark.xdist_group("together")
    class TestGroup:
        def test_one(self, fake_ims, record, turn):
            record(own=fake_ims)

        def test_two(self, fake_ims, record, turn):
            random.random()
            record(own=fake_ims)
"""


@pytest.fixture
def drawn(project: Project, pytester: pytest.Pytester) -> Callable[..., dict[str, object]]:
    """What each test of RECORDED draws in a run with these options; the tests in their order."""
    project.ini(markers="xdist_group(name): of pytest-xdist")
    project.test(RECORDED)

    def run(*options: str, plugins: tuple[str, ...] = ()) -> dict[str, object]:
        file = pytester.path / "drawn"
        file.unlink(missing_ok=True)
        result = project.run_alone(*options, plugins=("fake_ims", *plugins))
        outcomes = result.parseoutcomes()
        assert set(outcomes) <= {"passed", "deselected"}, result.stdout.str()
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        assert len(lines) == outcomes["passed"]
        return dict(lines)

    return run


Drawn = Callable[..., dict[str, object]]


RANDOMLY = ("-p", "pytest_randomly")


def test_the_same_seed_draws_the_same_in_any_order(drawn: Drawn) -> None:
    pytest.importorskip("pytest_randomly")
    plain = drawn("--fake-ims-seed=7")
    assert len({str(each) for each in plain.values()}) == len(plain), "each draws its own"
    for order in ("1", "2"):
        shuffled = drawn("--fake-ims-seed=7", *RANDOMLY, f"--randomly-seed={order}")
        assert list(shuffled) != list(plain)
        assert shuffled == plain


def test_a_test_alone_draws_what_it_draws_in_the_whole_run(drawn: Drawn) -> None:
    plain = drawn("--fake-ims-seed=7")
    alone = drawn("--fake-ims-seed=7", "-k", "accounts and 2")
    assert list(alone) == ["test_accounts[2]"]
    assert alone["test_accounts[2]"] == plain["test_accounts[2]"]


def test_reseeding_the_random_module_does_not_make_runs_alike(drawn: Drawn) -> None:
    pytest.importorskip("pytest_randomly")
    options = (*RANDOMLY, "--randomly-seed=1")
    assert drawn(*options) != drawn(*options), "without a seed set, each run has another"


@pytest.mark.parametrize("how", ["load", "loadgroup"])
def test_the_same_seed_draws_the_same_in_any_worker(drawn: Drawn, how: str) -> None:
    pytest.importorskip("xdist")
    plain = drawn("--fake-ims-seed=7")
    spread = drawn("--fake-ims-seed=7", "-n2", "--dist", how, plugins=("xdist",))
    assert spread == plain


def test_modules_of_loadscope_have_their_wider_worlds(project: Project) -> None:
    pytest.importorskip("xdist")
    for name in ("a", "b", "c"):
        project.pytester.makepyfile(
            **{
                f"test_{name}": """
        import pytest
        from client import register

        @pytest.fixture(scope="module")
        def library(fake_ims_factory):
            with fake_ims_factory() as ims:
                yield ims

        @pytest.mark.parametrize("turn", range(4))
        def test_turn(library, fake_ims, turn):
            register(library, f"oss://bucket/{turn}.mp4")
            assert len(library.assets) == turn + 1, "one worker has the whole module"
            assert len(fake_ims.assets) == 0
                """
            }
        )
    result = project.run_alone("-n2", "--dist", "loadscope", plugins=("fake_ims", "xdist"))
    result.assert_outcomes(passed=12)
