"""A long run leaves nothing behind: threads, descriptors and memory stay what they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rpc import Rpc

from fake_ims import FakeIms, FakeServer
from fake_ims.web import desk

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

CHECKPOINTS = (200, 1000, 2000)
TRACED = (300, 500)
"""Between these tests memory is traced, which makes each four times as slow."""

CONFTEST = f"""
    import collections
    import gc
    import json
    import os
    import pathlib
    import threading
    import tracemalloc
    import fake_ims

    ours = tracemalloc.Filter(True, os.path.join(os.path.dirname(fake_ims.__file__), "*"))
    done = 0

    def pytest_runtest_logfinish():
        global done
        done += 1
        if done in {CHECKPOINTS}:
            note(threads=threading.active_count(), descriptors=descriptors(), objects=objects())
        elif done == {TRACED[0]}:
            gc.collect()
            tracemalloc.start()
        elif done == {TRACED[1]}:
            gc.collect()
            kept = tracemalloc.take_snapshot().filter_traces([ours]).statistics("filename")
            tracemalloc.stop()
            note(bytes=sum(each.size for each in kept))

    def note(**measured):
        with pathlib.Path("measured").open("a") as file:
            file.write(json.dumps(measured) + "\\n")

    def descriptors():
        return len(os.listdir("/dev/fd"))

    def objects():
        gc.collect()
        kinds = map(type, gc.get_objects())
        return collections.Counter(
            kind.__qualname__ for kind in kinds if str(kind.__module__).startswith("fake_ims.")
        )
"""

TESTS = f"""
    import http.client
    import json
    import threading
    from urllib.parse import urlencode

    import pytest

    connections = {{}}

    def call(ims, action, **parameters):
        connection = connections.get(ims.endpoint)
        if connection is None:
            connection = connections[ims.endpoint] = http.client.HTTPConnection(ims.endpoint)
        query = urlencode({{"Action": action, "AccessKeyId": ims.access_key_id, **parameters}})
        connection.request("POST", f"/?{{query}}")
        answer = connection.getresponse()
        return json.loads(answer.read() or "null")

    def register(ims, url="oss://bucket/a.mp4"):
        return call(ims, "RegisterMediaInfo", InputURL=url).get("MediaId")

    @pytest.mark.parametrize("number", range({CHECKPOINTS[-1] + 1}))
    def test_it(fake_ims, fake_ims_factory, number):
        kind = number % 10
        if number == 0:  # workers to spare, so that chance does not add one later
            held = [http.client.HTTPConnection(fake_ims.endpoint) for _ in range(4)]
            for connection in held:
                connection.request("GET", "/?Action=GetMediaInfo&MediaId=m")
            for connection in held:
                connection.getresponse().read()
                connection.close()
        if kind == 1:
            with fake_ims.faults.add("RegisterMediaInfo", code="Throttling.User", times=1):
                assert register(fake_ims) is None
        elif kind == 2:
            fake_ims.faults.add("RegisterMediaInfo", latency="1ms", probability=0.5)
        elif kind == 3:
            fake_ims.stub("SubmitASRJob", lambda call: {{"JobId": call.action}})
            assert call(fake_ims, "SubmitASRJob")["JobId"]
        elif kind == 4:
            with fake_ims_factory(delay="1h") as other:
                assert register(other)
        elif kind == 5:
            calls = [threading.Thread(target=fake_ims.register, kwargs={{"InputURL": url}})
                     for url in ("oss://bucket/b.mp4", "oss://bucket/c.mp4")]
            for each in calls:
                each.start()
            for each in calls:
                each.join()
        elif kind == 6:
            with fake_ims.scratch():
                assert register(fake_ims)
            fake_ims.reset()
        elif kind == 7:
            fake_ims.ram.create_user("alice")
            fake_ims.ram.deny("ice:Get*")
        elif kind == 8 and number % 100 == 8:
            with fake_ims_factory(own_listener=True) as other:
                assert register(other)
                connections.pop(other.endpoint).close()
        elif kind == 9:
            assert fake_ims.settle() == ()
        assert register(fake_ims)
        assert len(fake_ims.calls) > 0
"""


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="counts descriptors in /dev/fd")
def test_a_long_run_leaves_nothing_behind(project: Project) -> None:
    project.pytester.makeconftest(CONFTEST)
    project.test(TESTS)
    result = project.run_alone("-q")
    result.assert_outcomes(passed=CHECKPOINTS[-1] + 1)
    notes = (project.pytester.path / "measured").read_text().splitlines()
    early, traced, later, last = map(json.loads, notes)

    for now in (later, last):
        assert now["threads"] == early["threads"]
        assert now["descriptors"] == early["descriptors"]
        kinds = now["objects"]
        grown = {kind: n for kind, n in kinds.items() if n > early["objects"].get(kind, 0) + 2}
        assert grown == {}, "what is being answered at the moment may differ, no more"
        assert kinds["World"] <= 2, "worlds go with their tests"

    tests = TRACED[1] - TRACED[0]
    assert traced["bytes"] < 2048 * tests, "a test leaves its lines in the summary, and its name"


def test_the_names_of_the_latest_ended_worlds_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_LABELS", 3)
    with FakeServer() as server:
        ended = [FakeIms(server=server, label=f"test {number}") for number in range(5)]
        for ims in ended:
            with ims:
                pass
        refusals = [Rpc(ims)("GetMediaInfo").message for ims in ended]
    known = [f"the fake of test {number}" in text for number, text in enumerate(refusals)]
    assert known == [False, False, True, True, True]
