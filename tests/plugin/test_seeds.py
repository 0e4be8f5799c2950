"""The same run again: what the fakes draw follows from the run's seed and the test's id."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

DRAWS = """
    import json, os, pathlib, random
    import pytest
    from client import call, register

    def draws(ims):
        reply = register(ims)
        other = register(ims, "oss://bucket/b.jpg")
        fault = ims.faults.add("GetMediaInfo", code="InternalError", probability=0.5)
        ask = ims.url, "GetMediaInfo", ims.access_key_id
        fired = [call(*ask, MediaId=reply["MediaId"]).get("Code") for _ in range(16)]
        fault.end(fault)
        ims.settle()
        info = call(*ask, MediaId=reply["MediaId"])
        basic = info["MediaInfo"]["FileInfoList"][0]["FileBasicInfo"]
        return [reply["MediaId"], reply["RequestId"], other["MediaId"], info["RequestId"], fired,
                basic["Duration"], basic["FileSize"], ims.world.seed]

    def tell(name, *found):
        path = pathlib.Path(os.environ["DRAWN"]) / f"{name}.json"
        path.write_text(json.dumps(found))

    @pytest.fixture
    def frozen(fake_ims):
        fake_ims.clock.freeze("2026-01-31T12:00:00Z")
        return fake_ims

    def test_one(fake_ims):
        random.seed(5)
        tell("one", draws(fake_ims), [fake_ims.access_key_id, fake_ims.access_key_secret])

    @pytest.mark.parametrize("turn", [1, 2])
    def test_turn(frozen, turn):
        random.seed(turn)
        asset = frozen.register(InputURL="oss://b/delay.mp4")
        (entry,) = frozen.world.queue.entries()
        tell(f"turn{turn}", asset.media_id, entry.due, draws(frozen))

    def test_factory(fake_ims, fake_ims_factory):
        with fake_ims_factory() as one, fake_ims_factory(own_listener=True) as two:
            tell("factory", draws(one), draws(two), draws(fake_ims))

    def test_factory_too(fake_ims_factory):
        with fake_ims_factory() as one:
            tell("factory_too", draws(one))

    def test_scratch_and_reset(fake_ims):
        found = [draws(fake_ims)]
        for _ in range(2):
            with fake_ims.scratch():
                found.append(draws(fake_ims))
        fake_ims.reset()
        found.append(draws(fake_ims))
        with fake_ims.scratch():
            found.append(draws(fake_ims))
        tell("scratch", *found)

    @pytest.mark.fake_ims(seed=4711)
    def test_marked(fake_ims):
        tell("marked", draws(fake_ims))
"""
REVERSED = """
    def pytest_collection_modifyitems(items):
        items.reverse()
"""
SEED = "--fake-ims-seed=20201109"
NAMES = {"one", "turn1", "turn2", "factory", "factory_too", "scratch", "marked"}


class Runs:
    """Runs the tests above, each time in a process of its own, and reads what they have drawn."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        self._project = project
        self._monkeypatch = monkeypatch
        self._count = 0
        project.test(DRAWS)

    def __call__(self, *options: str, plugins: tuple[str, ...] = ("fake_ims",)) -> dict[str, Any]:
        self._count += 1
        folder = self._project.pytester.mkdir(f"drawn{self._count}")
        self._monkeypatch.setenv("DRAWN", str(folder))
        result = self._project.run_alone(*options, plugins=plugins)
        assert result.ret == 0, result.stdout.str()
        return {path.stem: json.loads(path.read_text()) for path in folder.iterdir()}


@pytest.fixture
def runs(project: Project, monkeypatch: pytest.MonkeyPatch) -> Runs:
    return Runs(project, monkeypatch)


def without_keys(drawn: dict[str, Any]) -> dict[str, Any]:
    """What was drawn, but for the access keys."""
    return {**drawn, "one": drawn["one"][0]}


def test_a_run_with_the_same_seed_draws_the_same_but_for_the_keys(
    runs: Runs, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    first = runs(SEED)
    monkeypatch.setenv("PYTHONHASHSEED", "2")
    again = runs(SEED)
    assert first.keys() == NAMES
    assert without_keys(first) == without_keys(again)
    (key, secret), (other_key, other_secret) = first["one"][1], again["one"][1]
    assert key != other_key
    assert secret != other_secret


def test_neither_the_order_nor_the_other_tests_matter(runs: Runs, project: Project) -> None:
    first = without_keys(runs(SEED))
    project.pytester.makeconftest(REVERSED)
    assert without_keys(runs(SEED)) == first
    for test, name in [
        ("test_turn[2]", "turn2"), ("test_factory_too", "factory_too"), ("test_factory", "factory"),
    ]:  # fmt: skip
        assert runs(SEED, f"test_it.py::{test}") == {name: first[name]}


@pytest.mark.parametrize("workers", ["-n1", "-n2"])
def test_nor_does_xdist(runs: Runs, workers: str) -> None:
    pytest.importorskip("xdist")
    alone = without_keys(runs(SEED))
    assert without_keys(runs(SEED, workers, plugins=("fake_ims", "xdist"))) == alone


def test_each_test_and_each_world_draws_its_own(runs: Runs) -> None:
    drawn = runs(SEED)
    worlds = [
        drawn["one"][0], drawn["turn1"][2], drawn["turn2"][2], *drawn["factory"],
        *drawn["factory_too"], drawn["marked"][0],
    ]  # fmt: skip
    assert len({world[0] for world in worlds}) == len({world[1] for world in worlds}) == 8
    assert drawn["turn1"][1] != drawn["turn2"][1], "their delays"
    before, scratch, again, reset, after = drawn["scratch"]
    assert scratch == again
    assert len({world[0] for world in (before, scratch, reset, after)}) == 4


def test_without_a_seed_two_runs_differ_and_a_marked_test_does_not(runs: Runs) -> None:
    first, second = runs(), runs()
    assert first["marked"] == second["marked"]
    for name in NAMES - {"marked"}:
        assert first[name] != second[name]


def test_the_seed_can_be_set_in_the_ini_and_in_the_environment(
    runs: Runs, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = "test_it.py::test_factory"
    asked = runs(SEED, test)
    project.ini(fake_ims_seed="20201109")
    assert runs(test) == asked
    project.ini(fake_ims_seed="1")
    assert runs(test) != asked
    monkeypatch.setenv("FAKE_IMS_SEED", "20201109")
    assert runs(test) == asked
    assert runs("--fake-ims-seed=1", test) != asked


FAILING = """
    import pytest
    from client import register

    @pytest.fixture(autouse=True)
    def several(fake_ims_factory):
        with fake_ims_factory() as ims: yield ims

    @pytest.mark.parametrize("turn", range(3))
    def test_fails(fake_ims, several, turn):
        print("drawn", turn, register(fake_ims)["MediaId"], register(several)["MediaId"])
        with fake_ims.scratch():
            print("scratch", turn, register(fake_ims)["MediaId"])
        assert turn != 1
"""


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["alone", "xdist"])
def test_the_seed_that_a_failing_test_prints_repeats_it(
    project: Project, options: tuple[str, ...]
) -> None:
    if options:
        pytest.importorskip("xdist")
    project.test(FAILING)
    text = project.run_alone(
        *options, plugins=("fake_ims", "xdist") if options else ("fake_ims",)
    ).stdout.str()
    (option,) = set(re.findall(r"--fake-ims-seed=\d+", text))
    drawn = re.findall(r"^(?:drawn|scratch) 1 .*$", text, re.MULTILINE)
    assert len(drawn) == 2
    again = project.run_alone(option, "test_it.py::test_fails[1]").stdout.str()
    assert re.findall(r"^(?:drawn|scratch) 1 .*$", again, re.MULTILINE) == drawn
    assert f"{option} repeats it" in again


def test_workers_of_xdist_share_the_seed_that_is_drawn(project: Project) -> None:
    pytest.importorskip("xdist")
    project.test(
        """
        import pytest

        @pytest.mark.parametrize("turn", range(6))
        def test_it(fake_ims, turn): assert False
        """
    )
    text = project.run("-n2", plugins=("fake_ims", "xdist")).stdout.str()
    assert len(re.findall(r"--fake-ims-seed=\d+ repeats it", text)) == 6
    assert len(set(re.findall(r"--fake-ims-seed=\d+", text))) == 1


def test_a_marked_seed_is_told_without_the_runs(project: Project) -> None:
    project.test(
        """
        import pytest

        @pytest.mark.fake_ims(seed=0)
        def test_it(fake_ims):
            assert fake_ims.world.seed == 0
            fake_ims.reset()
            assert fake_ims.world.seed == 0
            assert False
        """
    )
    result = project.run(SEED)
    result.stdout.fnmatch_lines(["*- fake_ims (seed 0) -*"])


def test_a_seed_that_is_no_number_ends_the_run(project: Project) -> None:
    project.test("def test_it(fake_ims): pass")
    result = project.run("--fake-ims-seed=x")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--fake-ims-seed does not take 'x'*"])
