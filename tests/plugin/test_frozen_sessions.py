"""Runs in which time is frozen from beginning to end, by freezegun or time-machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

SDK_WARNS = ("-W", "ignore:datetime.datetime.utcnow:DeprecationWarning")

TESTS = """
    import datetime
    import socket
    import threading
    import time

    import pytest
    from client import call, register

    def really(begun=0.0):
        return time.clock_gettime(time.CLOCK_MONOTONIC) - begun

    def get(ims, media_id):
        answer = call(ims.url, "GetMediaInfo", ims.access_key_id, MediaId=media_id)
        return answer["MediaInfo"]["MediaBasicInfo"]

    def test_time_is_frozen():
        assert datetime.datetime.now().year == 2001

    def test_life(fake_ims):
        media_id = register(fake_ims)["MediaId"]
        created = get(fake_ims, media_id)["CreateTime"]
        assert created.startswith("2001-02-03T")
        fake_ims.clock.advance("3s")
        assert get(fake_ims, media_id)["Status"] == "Normal"
        assert fake_ims.events[0].event_time.startswith("2001-02-03T")

    def test_settle(fake_ims):
        register(fake_ims)
        fake_ims.settle()  # or, where reads move the time, whoever looked at it in between
        assert [event.event_type for event in fake_ims.events] == [
            "RegisterMediaComplete", "VideoAnalysisComplete", *["SnapshotComplete"] * 3,
        ]

    @pytest.mark.fake_ims(delay="1h")
    def test_pending_work_moves_no_clock(fake_ims):
        register(fake_ims)
        before = fake_ims.clock.read(tick=False)
        time.sleep(0.05)
        assert fake_ims.clock.read(tick=False) - before < 20_000_000

    def test_latency_is_real(fake_ims):
        fake_ims.faults.add("RegisterMediaInfo", latency="0.1s", times=1)
        begun = really()
        register(fake_ims)
        assert 0.1 <= really(begun) < 20
        assert 0.1 <= fake_ims.calls[0].duration < 20

    def test_a_latency_ends_with_its_world(fake_ims_factory):
        with fake_ims_factory() as ims:
            ims.faults.add(latency="1h")
            thread = threading.Thread(target=register, args=[ims], daemon=True)
            begun = really()
            thread.start()
            while not ims.calls:
                time.sleep(0.005)
        thread.join(20)
        assert not thread.is_alive()
        assert really(begun) < 20

    def test_the_life_of_a_fault_is_world_time(fake_ims):
        fake_ims.faults.add("RegisterMediaInfo", code="Throttling.User", ttl="10m")
        assert register(fake_ims)["Code"] == "Throttling.User"
        fake_ims.clock.advance("9m")
        assert register(fake_ims)["Code"] == "Throttling.User"
        fake_ims.clock.advance("1m")
        assert "MediaId" in register(fake_ims)

    def test_own_listener(fake_ims_factory):
        with fake_ims_factory(own_listener=True) as ims:
            assert "MediaId" in register(ims)

    @pytest.mark.fake_ims(mode="enforce")
    def test_signatures_have_the_time_of_the_process(fake_ims, fake_ims_client):
        from alibabacloud_ice20201109.models import RegisterMediaInfoRequest

        for number in range(2):
            request = RegisterMediaInfoRequest(input_url=f"oss://bucket/{number}.mp4")
            assert fake_ims_client.register_media_info(request).body.media_id

    def test_the_guard_stands():
        from fake_ims import RealCloudRefusedError

        with pytest.raises(RealCloudRefusedError):
            socket.getaddrinfo("ice.cn-shanghai.aliyuncs.com", 443)

    def test_fails(fake_ims):
        register(fake_ims)
        assert False

    def test_fails_loudly(fake_ims):
        call(fake_ims.url, "ListSmartJobs", fake_ims.access_key_id)
"""

MOMENT = "2001-02-03T04:05:06Z"
FREEZERS = {
    "freezegun": f"from freezegun import freeze_time\nfreezer = freeze_time('{MOMENT}')",
    "freezegun, ticking": (
        f"from freezegun import freeze_time\nfreezer = freeze_time('{MOMENT}', tick=True)"
    ),
    "freezegun, ticking by reads": (
        "from freezegun import freeze_time\n"
        f"freezer = freeze_time('{MOMENT}', auto_tick_seconds=15)"
    ),
    "time-machine": (f"import time_machine\nfreezer = time_machine.travel('{MOMENT}', tick=False)"),
    "time-machine, ticking": (
        f"import time_machine\nfreezer = time_machine.travel('{MOMENT}', tick=True)"
    ),
}
WHEN = {
    "before the plugin is imported": "freezer.start()",
    "when conftest is imported": "freezer.start()",
    "when pytest is configured": "def pytest_configure():\n    freezer.start()",
    "by a fixture of the session": """
import pytest

@pytest.fixture(scope="session", autouse=True)
def frozen():
    freezer.start()
    yield
    freezer.stop()
""",
}


RUNS = [
    (freezer, when)
    for freezer in FREEZERS
    for when in WHEN
    if "ticking" not in freezer or when == "when conftest is imported"
]


@pytest.mark.parametrize(("freezer", "when"), RUNS)
def test_a_whole_run_in_frozen_time(project: Project, freezer: str, when: str) -> None:
    pytest.importorskip("alibabacloud_ice20201109", exc_type=ImportError)
    early = when == "before the plugin is imported"
    source = f"{FREEZERS[freezer]}\n{WHEN[when]}\n"
    project.pytester.makepyfile(**{"first" if early else "conftest": source})
    project.test(TESTS)
    plugins = ("first", "fake_ims") if early else ("fake_ims",)
    result = project.run_alone("--durations=0", "-rA", *SDK_WARNS, plugins=plugins)
    result.assert_outcomes(passed=10, failed=2)
    result.stdout.fnmatch_lines(
        [
            "<FakeIms http://127.0.0.1:* 1 assets*",
            "*not_implemented: ListSmartJobs*",
            "kept from the real Alibaba Cloud: ice.cn-shanghai.aliyuncs.com (1 test)",
            "FAILED *::test_fails - *",
            "FAILED *::test_fails_loudly - *",
        ]
    )
    result.stdout.no_fnmatch_line("*INTERNALERROR*")
