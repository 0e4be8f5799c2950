"""What the fixtures set up and put back, and what the plugin costs those who use none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from fake_ims.fake import PROXY_VARIABLES

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

Passes = Callable[..., pytest.RunResult]


# ---------------------------------------------------------------- proxies


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch, project: Project) -> None:
    """The environment of a user behind a proxy."""
    for name in PROXY_VARIABLES:
        monkeypatch.setenv(name, f"http://proxy.invalid/{name}")


PROXY_HELPERS = """
    import os
    import pytest

    NAMES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]

    def proxies():
        return [os.environ.get(name) for name in NAMES]

    CLEARED = [None] * 6
    UNTOUCHED = [f"http://proxy.invalid/{name}" for name in NAMES]
"""


@pytest.mark.usefixtures("proxies")
def test_proxy_variables_are_gone_inside_a_test_and_back_after_it(passes: Passes) -> None:
    passes(
        PROXY_HELPERS
        + """
    def test_without_the_fixture_before():
        assert proxies() == UNTOUCHED

    def test_with_the_fixture(fake_ims):
        assert proxies() == CLEARED

    def test_without_the_fixture_after():
        assert proxies() == UNTOUCHED
        """
    )


@pytest.mark.usefixtures("proxies")
@pytest.mark.parametrize("arguments", ["fake_ims, monkeypatch", "monkeypatch, fake_ims"])
def test_proxy_variables_come_back_when_the_test_sets_them_itself(
    passes: Passes, arguments: str
) -> None:
    passes(
        PROXY_HELPERS
        + f"""
    def test_that_sets_them({arguments}):
        for name in NAMES[:4]:
            monkeypatch.setenv(name, "http://own.invalid")
        assert proxies() == ["http://own.invalid"] * 4 + [None] * 2

    def test_after():
        assert proxies() == UNTOUCHED
        """
    )


@pytest.mark.usefixtures("proxies")
def test_proxy_variables_are_gone_inside_the_factorys_block_and_back_after_it(
    passes: Passes,
) -> None:
    passes(
        PROXY_HELPERS
        + """
    def test_block(fake_ims_factory):
        with pytest.raises(ZeroDivisionError), fake_ims_factory():
            assert proxies() == CLEARED
            1 / 0
        assert proxies() == UNTOUCHED

    def test_blocks_that_overlap(fake_ims_factory):
        with fake_ims_factory():
            with fake_ims_factory():
                assert proxies() == CLEARED
            assert proxies() == CLEARED
        assert proxies() == UNTOUCHED
        """
    )


# ---------------------------------------------------------------- the SDK


def test_the_client_fixture_is_the_official_client_of_this_tests_fake(passes: Passes) -> None:
    pytest.importorskip("alibabacloud_ice20201109")
    passes(
        """
        from alibabacloud_ice20201109.models import RegisterMediaInfoRequest

        def test_client(fake_ims, fake_ims_client, fake_ims_sdk_config):
            assert fake_ims_sdk_config.endpoint == fake_ims.endpoint
            request = RegisterMediaInfoRequest(input_url="oss://bucket/a.mp4")
            answer = fake_ims_client.register_media_info(request)
            assert list(fake_ims.assets) == [answer.body.media_id]
        """,
        "-Wignore",
    )


@pytest.mark.parametrize(
    ("missing", "skipped"),
    [
        ("alibabacloud_tea_openapi", ["test_client", "test_config"]),
        ("alibabacloud_ice20201109", ["test_client"]),
    ],
)
def test_fixtures_of_the_sdk_skip_without_it(
    project: Project, pytester: pytest.Pytester, missing: str, skipped: list[str]
) -> None:
    pytester.makeconftest(
        f"""
        import sys

        for name in [name for name in sys.modules if name.partition(".")[0] == {missing!r}]:
            del sys.modules[name]
        sys.modules[{missing!r}] = None
        """
    )
    project.test(
        """
        def test_client(fake_ims_client): pass
        def test_config(fake_ims_sdk_config): pass
        def test_plain(fake_ims): pass
        """
    )
    result = project.run("-rs", "-v", "-Wignore")
    result.assert_outcomes(skipped=len(skipped), passed=3 - len(skipped), warnings=None)
    result.stdout.fnmatch_lines([f"*::{name} SKIPPED*" for name in skipped])
    result.stdout.fnmatch_lines([f"SKIPPED * could not import '{missing}.*" for _ in skipped])


# ---------------------------------------------------------------- the environment


def test_the_environment_fixture_sets_and_restores(
    passes: Passes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "the user's own")
    monkeypatch.delenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", raising=False)
    monkeypatch.delenv("ALIBABA_CLOUD_REGION_ID", raising=False)
    passes(
        """
        import os
        import subprocess
        import sys

        def test_inside(fake_ims, fake_ims_env):
            assert fake_ims_env == fake_ims.env()
            assert fake_ims_env["ALIBABA_CLOUD_ACCESS_KEY_ID"] == fake_ims.access_key_id
            assert fake_ims_env["FAKE_IMS_URL"] == fake_ims.url
            script = "import os; print(os.environ['FAKE_IMS_ENDPOINT'])"
            child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
            assert child.stdout.strip() == fake_ims.endpoint

        def test_after():
            assert os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] == "the user's own"
            for name in ["ACCESS_KEY_SECRET", "REGION_ID"]:
                assert f"ALIBABA_CLOUD_{name}" not in os.environ
            assert not [name for name in os.environ if name.startswith("FAKE_IMS_")]
        """
    )


# ---------------------------------------------------------------- what it costs


COUNT_MODULES = """
    import sys

    def pytest_sessionfinish():
        roots = ("fake_ims", "flask", "werkzeug", "marshmallow", "httptools")
        found = [name for name in sys.modules if name.partition(".")[0] in roots]
        print("\\nIMPORTED", *sorted(found))
"""


@pytest.mark.parametrize("arguments", [(), ("-v", "--durations=1", "-rA")])
def test_a_run_without_a_fixture_imports_nothing_but_the_plugin(
    project: Project, pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    pytester.makeconftest(COUNT_MODULES)
    project.test(
        """
        import asyncio
        import socket

        def test_passes():
            socket.getaddrinfo("127.0.0.1", 80)
            with socket.create_server(("127.0.0.1", 0)) as server:
                socket.create_connection(server.getsockname()).close()
            asyncio.run(asyncio.sleep(0))

        def test_fails():
            raise AssertionError
        """
    )
    result = project.run_alone("-s", *arguments)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["IMPORTED fake_ims fake_ims.lookout fake_ims.pytest_plugin"])


def test_that_count_sees_what_a_fixture_imports(
    project: Project, pytester: pytest.Pytester
) -> None:
    pytester.makeconftest(COUNT_MODULES)
    project.test("def test_it(fake_ims): pass")
    result = project.run_alone("-s")
    result.stdout.fnmatch_lines(["IMPORTED fake_ims * fake_ims.fake * marshmallow *"])


def test_importing_the_package_imports_no_other_module_of_it() -> None:
    script = "import sys, fake_ims; print(*[n for n in sys.modules if n.startswith('fake_ims')])"
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.split() == ["fake_ims"]


def test_the_installed_plugin_loads_by_itself_and_strictly(
    project: Project, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:asyncio")  # it warns of a missing setting
    project.ini(fake_ims_delay="0")
    project.test(
        """
        import pytest

        @pytest.mark.fake_ims(seed=1)
        def test_it(fake_ims):
            fake_ims.register(InputURL="oss://bucket/a.mp4")
        """
    )
    result = pytester.runpytest_subprocess(
        "--strict-markers", "--strict-config", "-W", "error", timeout=60
    )
    result.assert_outcomes(passed=1)
    result.stderr.no_fnmatch_line("*Warning*")
