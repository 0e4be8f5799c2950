"""The fixture fake_ims_redirect, and the marker that stands for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]
pytest.importorskip("requests")

Passes = Callable[..., pytest.RunResult]

CODE = """
    import pytest

    URL = "https://ice.cn-shanghai.aliyuncs.com/"

    def register(title="a"):
        import requests
        query = {"Action": "RegisterMediaInfo", "InputURL": f"oss://bucket/{title}.mp4"}
        return requests.post(URL, params=query).json()["MediaId"]

    def is_redirected():
        import requests
        try:
            return requests.get(URL).status_code == 400
        except requests.ConnectionError as error:
            assert "the real Alibaba Cloud" in str(error)
            return False
"""


@pytest.fixture(autouse=True)
def code(project: Project) -> None:
    project.pytester.makepyfile(redirecting=CODE)


def test_the_fixture_is_the_fake_of_the_test(passes: Passes) -> None:
    passes(
        """
        from redirecting import is_redirected, register

        def test_inside(fake_ims_redirect, fake_ims):
            assert fake_ims_redirect is fake_ims
            assert fake_ims.assets[register()].title.startswith("default_title")

        def test_without(fake_ims):
            assert not is_redirected()

        def test_each_has_its_own(fake_ims_redirect):
            assert len(fake_ims_redirect.assets) == 0
            register()
            assert len(fake_ims_redirect.assets) == 1
        """
    )


def test_the_marker_is_as_good(passes: Passes) -> None:
    passes(
        """
        import unittest
        import pytest
        from redirecting import is_redirected, register

        redirected = pytest.mark.fake_ims_redirect

        @redirected
        def test_function():
            assert is_redirected()

        @redirected
        @pytest.mark.fake_ims(delay=0)
        def test_function_with_its_fake(fake_ims):
            assert fake_ims.assets[register()].status == "Normal"

        @redirected
        def test_both(fake_ims_redirect):
            assert is_redirected()

        def test_other():
            assert not is_redirected()

        @pytest.mark.parametrize(
            ("expected", "other"),
            [(False, 1), pytest.param(True, 2, marks=redirected), (False, 3)],
        )
        def test_parameters(expected, other, fake_ims):
            assert is_redirected() == expected

        @redirected
        class TestClass:
            def test_it(self, fake_ims):
                register()
                assert len(fake_ims.assets) == 1

            @pytest.mark.parametrize("n", [1, 2])
            def test_parameters(self, n):
                assert is_redirected()

        class TestMixed:
            def test_without(self):
                assert not is_redirected()

            @redirected
            def test_with(self):
                assert is_redirected()

        @redirected
        class Unittest(unittest.TestCase):
            def setUp(self):
                self.media_id = register()

            def test_it(self):
                self.assertTrue(is_redirected())

        class UnittestMethod(unittest.TestCase):
            @redirected
            def test_with(self):
                self.assertTrue(is_redirected())

            def test_without(self):
                self.assertFalse(is_redirected())

        class UnittestAsync(unittest.IsolatedAsyncioTestCase):
            @redirected
            async def test_with(self):
                self.assertTrue(is_redirected())
        """
    )


def test_a_marked_module(passes: Passes) -> None:
    passes(
        """
        import unittest
        import pytest
        from redirecting import is_redirected

        pytestmark = [pytest.mark.fake_ims_redirect]

        def test_function():
            assert is_redirected()

        class TestClass:
            def test_it(self):
                assert is_redirected()

        class Unittest(unittest.TestCase):
            def test_it(self):
                self.assertTrue(is_redirected())
        """
    )


def test_async_tests(passes: Passes) -> None:
    pytest.importorskip("aiohttp")
    pytest.importorskip("pytest_asyncio")
    passes(
        """
        import aiohttp
        import pytest
        from redirecting import URL

        pytestmark = pytest.mark.asyncio

        async def status():
            async with aiohttp.ClientSession() as session, session.get(URL) as answer:
                return answer.status

        async def test_fixture(fake_ims_redirect):
            assert await status() == 400

        @pytest.mark.fake_ims_redirect
        async def test_marker(fake_ims):
            assert await status() == 400
            assert len(fake_ims.calls) == 1
        """,
        "-oasyncio_default_fixture_loop_scope=function",
        plugins=("fake_ims", "pytest_asyncio.plugin"),
    )


def test_the_marker_comes_before_the_tests_other_fixtures(passes: Passes) -> None:
    passes(
        """
        import pytest
        from redirecting import is_redirected

        @pytest.fixture(scope="module")
        def wide():
            return is_redirected()

        @pytest.fixture(autouse=True)
        def automatic():
            return is_redirected()

        @pytest.fixture
        def narrow():
            yield is_redirected()
            assert is_redirected()

        @pytest.mark.fake_ims_redirect
        def test_it(narrow, wide, automatic):
            assert (wide, automatic, narrow) == (False, True, True)
        """
    )


@pytest.mark.parametrize("mark", ["fake_ims_redirect('cn-shanghai')", "fake_ims_redirect(a=1)"])
@pytest.mark.parametrize("place", ["@pytest.mark.{}\n", "pytestmark = [pytest.mark.{}]\n"])
def test_a_marker_with_arguments_is_an_error_of_the_collection(
    project: Project, mark: str, place: str
) -> None:
    project.pytester.makepyfile(test_it=f"import pytest\n{place.format(mark)}def test_it(): pass\n")
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["test_it.py*: mark.fake_ims_redirect takes nothing"])


def test_the_marker_and_the_fixture_are_listed(project: Project) -> None:
    project.run("--markers").stdout.fnmatch_lines(["@pytest.mark.fake_ims_redirect: *"])
    project.run("--fixtures").stdout.fnmatch_lines(["fake_ims_redirect -- *"])


def test_a_wrong_setting_ends_a_run_whose_tests_are_only_marked(project: Project) -> None:
    project.ini(fake_ims_delay="soon")
    project.test("import pytest\n@pytest.mark.fake_ims_redirect\ndef test_it(): pass\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*fake_ims_delay does not take 'soon'*"])


def test_a_run_in_a_redirected_child_knows_its_variable(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_IMS_REDIRECT", "http://127.0.0.1:9")
    project.test("def test_it(fake_ims): pass")
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("imported", ["before", "after"])
@pytest.mark.parametrize("made", ["before", "after"])
def test_modules_and_clients_of_before_and_after(
    project: Project, imported: str, made: str
) -> None:
    pytest.importorskip("alibabacloud_ice20201109")
    pytest.importorskip("aliyunsdkice")
    project.pytester.makepyfile(
        production="""
        import asyncio
        from alibabacloud_ice20201109 import models
        from alibabacloud_ice20201109.client import Client
        from alibabacloud_tea_openapi.models import Config
        from aliyunsdkcore.client import AcsClient
        from aliyunsdkice.request.v20201109.GetMediaInfoRequest import GetMediaInfoRequest

        def make():
            keys = dict(access_key_id="LTAIproduction", access_key_secret="secret")
            client = Client(Config(**keys, region_id="cn-shanghai"))
            return client, AcsClient(*keys.values(), "cn-shanghai")

        def use(clients):
            v2, v1 = clients
            request = models.RegisterMediaInfoRequest(input_url="oss://bucket/a.mp4")
            media_id = v2.register_media_info(request).body.media_id
            query = models.GetMediaInfoRequest(media_id=media_id)
            asyncio.run(v2.get_media_info_async(query))
            request = GetMediaInfoRequest()
            request.set_MediaId(media_id)
            request.set_protocol_type("https")
            v1.do_action_with_exception(request)
        """
    )
    project.test(
        f"""
        import sys
        import pytest

        HEAVY = ("requests", "aiohttp", "Tea", "darabonba", "aliyunsdkcore")

        if {imported == "before"}:
            import production

        @pytest.fixture
        def clients(request):
            if {made == "before"}:
                import production
                yield production.make()
            else:
                yield None

        def test_it(clients, fake_ims_redirect):
            if {(imported, made) == ("after", "after")}:
                assert not [name for name in HEAVY if name in sys.modules]
            import production
            production.use(clients or production.make())
            actions = [(call.action, call.scheme) for call in fake_ims_redirect.calls]
            assert actions == [
                ("RegisterMediaInfo", "acs3"), ("GetMediaInfo", "acs3"), ("GetMediaInfo", "rpc")
            ]

        def test_after():
            import requests
            with pytest.raises(requests.ConnectionError, match="the real Alibaba Cloud"):
                requests.get("https://ice.cn-shanghai.aliyuncs.com/")
        """
    )
    project.run_alone("-Wignore").assert_outcomes(passed=2)


def test_each_worker_of_xdist_redirects_to_its_own(passes: Passes) -> None:
    pytest.importorskip("xdist")
    passes(
        """
        import pytest
        from redirecting import register

        @pytest.mark.fake_ims_redirect
        @pytest.mark.parametrize("n", range(8))
        def test_it(fake_ims, n):
            register()
            assert len(fake_ims.assets) == 1
        """,
        "-n2",
        plugins=("fake_ims", "xdist"),
    )


def test_it_goes_with_frozen_time(passes: Passes) -> None:
    pytest.importorskip("freezegun")
    passes(
        """
        from freezegun import freeze_time
        from redirecting import register

        @freeze_time("2001-02-03")
        def test_it(fake_ims_redirect):
            assert "2001-02-03" in fake_ims_redirect.assets[register()].title
        """
    )


def test_the_keys_of_the_run_are_not_redirected(project: Project) -> None:
    project.test(
        """
        import requests
        from redirecting import register

        def test_it(fake_ims, fake_ims_factory):
            with fake_ims_factory() as other, other.redirect():
                register()
                query = {"Action": "GetMediaInfo", "AccessKeyId": fake_ims.access_key_id}
                requests.get(fake_ims.url, params=query)
                assert [call.action for call in other.calls] == ["RegisterMediaInfo"]
                assert [call.action for call in fake_ims.calls] == ["GetMediaInfo"]
        """
    )
    project.run("--fake-ims-keys=session").assert_outcomes(passed=1)
