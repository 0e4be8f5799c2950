"""Tests of users that are threaded, asynchronous, classes, or made of examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

Passes = Callable[..., pytest.RunResult]

ASYNCIO = ("fake_ims", "pytest_asyncio.plugin")
ANYIO = ("fake_ims", "anyio.pytest_plugin")
SDK_WARNS = ("-W", "ignore:datetime.datetime.utcnow:DeprecationWarning")


@pytest.fixture
def sdk() -> None:
    pytest.importorskip("alibabacloud_ice20201109", exc_type=ImportError)


# ---------------------------------------------------------------- threads

THREADS = """
    from concurrent.futures import ThreadPoolExecutor

    import pytest
    from alibabacloud_ice20201109.client import Client
    from alibabacloud_ice20201109.models import GetMediaInfoRequest, RegisterMediaInfoRequest

    URLS = [f"oss://bucket/{number}.mp4" for number in range(40)]

    def life(client, url):
        request = RegisterMediaInfoRequest(input_url=url)
        media_id = client.register_media_info(request).body.media_id
        query = GetMediaInfoRequest(media_id=media_id)
        basic = client.get_media_info(query).body.media_info.media_basic_info
        assert (basic.media_id, basic.input_url) == (media_id, url)
        return media_id

    def check(ims, found):
        assert {media_id: ims.assets[media_id].input_url for media_id in found} == dict(
            zip(found, URLS)
        )
        assert len(ims.assets) == len(ims.calls.of("RegisterMediaInfo")) == len(URLS)
        assert len(ims.calls.of("GetMediaInfo")) == len(URLS)

    def test_one_client_for_all(fake_ims, fake_ims_client):
        with ThreadPoolExecutor(8) as pool:
            check(fake_ims, list(pool.map(lambda url: life(fake_ims_client, url), URLS)))

    def test_a_client_for_each(fake_ims):
        with ThreadPoolExecutor(8) as pool:
            check(fake_ims, list(pool.map(lambda u: life(Client(fake_ims.sdk_config()), u), URLS)))

    def test_a_world_for_each(fake_ims_factory):
        def count(url):
            with fake_ims_factory() as ims:
                life(Client(ims.sdk_config()), url)
                return len(ims.assets)

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(count, URLS)) == {1}
"""


@pytest.mark.usefixtures("sdk")
def test_threads_with_one_client_or_many(passes: Passes) -> None:
    passes(THREADS, *SDK_WARNS)


# ---------------------------------------------------------------- asyncio

ASYNC = """
    import asyncio

    import pytest
    import pytest_asyncio
    from alibabacloud_ice20201109.models import RegisterMediaInfoRequest

    async def register_all(client, count=10):
        requests = [
            RegisterMediaInfoRequest(input_url=f"oss://bucket/{number}.mp4")
            for number in range(count)
        ]
        answers = await asyncio.gather(*map(client.register_media_info_async, requests))
        return [answer.body.media_id for answer in answers]

    @FIXTURE
    async def registered(fake_ims, fake_ims_client):
        found = await register_all(fake_ims_client)
        yield found
        assert fake_ims.live
        assert set(fake_ims.assets) == set(found)

    @MARK
    async def test_gathered(fake_ims, registered):
        assert len(set(registered)) == len(fake_ims.assets) == 10
        happened = fake_ims.settle()
        assert {event.media_id for event in happened} == set(registered)

    @MARK
    async def test_empty_again(fake_ims, fake_ims_client):
        assert len(fake_ims.assets) == 0
        assert len(await register_all(fake_ims_client, 2)) == 2

    def test_not_async(fake_ims):
        assert len(fake_ims.assets) == 0
"""


@pytest.mark.usefixtures("sdk")
@pytest.mark.parametrize("loop", ["function", "session"])
@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_pytest_asyncio(passes: Passes, mode: str, loop: str) -> None:
    pytest.importorskip("pytest_asyncio")
    auto = mode == "auto"
    fixture = "pytest.fixture" if auto else "pytest_asyncio.fixture"
    source = ASYNC.replace("@MARK\n", "" if auto else "@pytest.mark.asyncio\n")
    if auto:
        source = source.replace("    async def test", "async def test")
    passes(
        source.replace("@FIXTURE", f"@{fixture}"),
        *SDK_WARNS,
        f"--asyncio-mode={mode}",
        *("-o", f"asyncio_default_fixture_loop_scope={loop}"),
        *("-o", f"asyncio_default_test_loop_scope={loop}"),
        plugins=ASYNCIO,
    )


def test_a_session_wide_async_fixture_makes_its_world_with_the_factory(passes: Passes) -> None:
    pytest.importorskip("pytest_asyncio")
    passes(
        """
        import asyncio
        import pytest
        from client import register

        @pytest.fixture(scope="session")
        async def library(fake_ims_factory):
            with fake_ims_factory() as ims:
                await asyncio.to_thread(register, ims)
                yield ims

        async def test_one(library, fake_ims):
            assert (len(library.assets), len(fake_ims.assets)) == (1, 0)
            await asyncio.to_thread(register, library, "oss://bucket/b.mp4")

        async def test_two(library):
            assert len(library.assets) == 2
        """,
        "--asyncio-mode=auto",
        *("-o", "asyncio_default_fixture_loop_scope=session"),
        *("-o", "asyncio_default_test_loop_scope=session"),
        plugins=ASYNCIO,
    )


LOUD_ASYNC = """
    import pytest
    from client import call, register

    @pytest.fixture
    def anyio_backend():
        return "asyncio"

    @pytest.mark.{mark}
    async def test_fails(fake_ims):
        register(fake_ims)
        assert False

    @pytest.mark.{mark}
    async def test_passes_by_itself(fake_ims):
        call(fake_ims.url, "ListSmartJobs", fake_ims.access_key_id)
"""


@pytest.mark.parametrize("mark", ["asyncio", "anyio"])
def test_async_tests_fail_loudly_and_show_their_fake(project: Project, mark: str) -> None:
    pytest.importorskip("pytest_asyncio" if mark == "asyncio" else "anyio")
    project.test(LOUD_ASYNC.format(mark=mark))
    if mark == "asyncio":
        project.ini(asyncio_default_fixture_loop_scope="function")
    result = project.run(plugins=ASYNCIO if mark == "asyncio" else ANYIO)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["<FakeIms * 1 assets*", "*not_implemented: ListSmartJobs*"])


# ---------------------------------------------------------------- anyio

ANYIO_TESTS = """
    import json

    import anyio
    import pytest

    pytestmark = pytest.mark.anyio

    async def call(ims, action, **parameters):
        from urllib.parse import urlencode

        key = ims.access_key_id
        query = urlencode({"Action": action, "AccessKeyId": key, **parameters})
        host, _, port = ims.endpoint.partition(":")
        async with await anyio.connect_tcp(host, int(port)) as stream:
            lines = [f"POST /?{query} HTTP/1.1", f"Host: {ims.endpoint}", "Connection: close"]
            await stream.send("\\r\\n".join([*lines, "Content-Length: 0", "", ""]).encode())
            received = b""
            async for data in stream:
                received += data
        return json.loads(received.partition(b"\\r\\n\\r\\n")[2])

    @pytest.fixture
    async def media_id(fake_ims):
        answer = await call(fake_ims, "RegisterMediaInfo", InputURL="oss://bucket/a.mp4")
        yield answer["MediaId"]
        assert fake_ims.live

    async def test_life(fake_ims, media_id):
        fake_ims.clock.advance("3s")
        answer = await call(fake_ims, "GetMediaInfo", MediaId=media_id)
        assert answer["MediaInfo"]["MediaBasicInfo"]["Status"] == "Normal"

    async def test_many_at_once(fake_ims):
        async def register(number):
            await call(fake_ims, "RegisterMediaInfo", InputURL=f"oss://bucket/{number}.mp4")

        async with anyio.create_task_group() as group:
            for number in range(10):
                group.start_soon(register, number)
        assert len(fake_ims.assets) == 10

    async def test_an_answer_that_is_not_waited_for(fake_ims):
        fake_ims.faults.add("GetMediaInfo", latency="30s")
        with anyio.move_on_after(0.05) as scope:
            await call(fake_ims, "GetMediaInfo", MediaId="m")
        assert scope.cancelled_caught

    async def test_the_guard_stands():
        from fake_ims import RealCloudRefusedError

        with pytest.raises(RealCloudRefusedError):
            await anyio.getaddrinfo("ice.cn-shanghai.aliyuncs.com", 443)
        with pytest.raises(RealCloudRefusedError):
            await anyio.connect_tcp("ice.cn-shanghai.aliyuncs.com", 443)
"""


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_anyio(passes: Passes, backend: str) -> None:
    pytest.importorskip("anyio")
    pytest.importorskip(backend)
    backends = f"""
    @pytest.fixture
    def anyio_backend():
        return "{backend}"
    """
    passes(ANYIO_TESTS + backends, plugins=ANYIO)


@pytest.mark.usefixtures("sdk")
def test_the_official_async_client_in_anyios_tests_and_wider_fixtures(passes: Passes) -> None:
    pytest.importorskip("anyio")
    passes(
        """
        import anyio
        import pytest
        from alibabacloud_ice20201109.client import Client
        from alibabacloud_ice20201109.models import RegisterMediaInfoRequest

        pytestmark = pytest.mark.anyio

        @pytest.fixture(scope="module")
        def anyio_backend():
            return "asyncio"

        async def register(client, name):
            request = RegisterMediaInfoRequest(input_url=f"oss://bucket/{name}.mp4")
            await client.register_media_info_async(request)

        @pytest.fixture(scope="module")
        async def library(anyio_backend, fake_ims_factory):
            with fake_ims_factory() as ims:
                await register(Client(ims.sdk_config()), "shared")
                yield ims

        @pytest.mark.parametrize("turn", [1, 2])
        async def test_turn(library, fake_ims, fake_ims_client, turn):
            async with anyio.create_task_group() as group:
                for number in range(5):
                    group.start_soon(register, fake_ims_client, number)
            assert (len(library.assets), len(fake_ims.assets)) == (1, 5)
        """,
        *SDK_WARNS,
        plugins=ANYIO,
    )


# ---------------------------------------------------------------- unittest


@pytest.mark.usefixtures("sdk")
def test_async_unittest_classes_take_the_fixture_by_an_autouse_fixture(passes: Passes) -> None:
    passes(
        """
        import unittest
        import pytest
        from alibabacloud_ice20201109.models import RegisterMediaInfoRequest

        class TestLibrary(unittest.IsolatedAsyncioTestCase):
            @pytest.fixture(autouse=True)
            def _cloud(self, fake_ims, fake_ims_client):
                self.ims, self.client = fake_ims, fake_ims_client

            async def asyncSetUp(self):
                self.assertEqual(len(self.ims.assets), 0)
                request = RegisterMediaInfoRequest(input_url="oss://bucket/a.mp4")
                await self.client.register_media_info_async(request)

            async def test_one(self):
                self.assertEqual(len(self.ims.assets), 1)

            async def test_two(self):
                self.assertEqual(len(self.ims.assets), 1)
        """,
        *SDK_WARNS,
    )


def test_unittest_classes_fail_loudly_and_show_their_fake(project: Project) -> None:
    project.test(
        """
        import unittest
        import pytest
        from client import call, register

        @pytest.mark.usefixtures("_cloud")
        class Base:
            @pytest.fixture(autouse=True)
            def _cloud(self, fake_ims):
                self.ims = fake_ims

            def test_fails(self):
                register(self.ims)
                self.assertEqual(1, 2)

            def test_passes_by_itself(self):
                call(self.ims.url, "ListSmartJobs", self.ims.access_key_id)

        class TestPlain(Base, unittest.TestCase): pass

        class TestAsync(unittest.IsolatedAsyncioTestCase):
            _cloud = Base._cloud

            async def test_fails(self):
                register(self.ims)
                self.assertEqual(1, 2)

            async def test_passes_by_itself(self):
                call(self.ims.url, "ListSmartJobs", self.ims.access_key_id)
        """
    )
    result = project.run()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(["<FakeIms * 1 assets*", "*not_implemented: ListSmartJobs*"] * 2)
