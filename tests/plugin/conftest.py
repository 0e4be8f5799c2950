"""A small project of a user, whose tests run under the plugin."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

# Runs inside this process drop what they import; what is imported before stays, and saves its time.
import fake_ims.fake

CLIENT = """
    import json
    import urllib.error
    import urllib.parse
    import urllib.request

    OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call(url, action, key=None, **parameters):
        query = {"Action": action, "Version": "2020-11-09", **parameters}
        if key is not None:
            query["AccessKeyId"] = key
        try:
            with OPENER.open(url, urllib.parse.urlencode(query).encode(), timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return {"status": error.code, **json.load(error)}

    def register(ims, url="oss://bucket/a.mp4", key=None, **parameters):
        key = ims.access_key_id if key is None else key
        return call(ims.url, "RegisterMediaInfo", key, InputURL=url, **parameters)
"""

HELPER = """
    import threading
    import unittest
    import pytest
    from client import call, register
    from fake_ims import FakeIms

    def unknown(ims, action="SubmitASRJob"):
        return call(ims.url, action, ims.access_key_id)

    def broken(ims):
        def raises(*args): raise LookupError("inside")
        ims.world.library.register = raises
        register(ims)

    def stray(ims):
        return call(ims.url, "GetMediaInfo", "LTAIFakeZZZZZZ0000010000")
"""


@dataclass
class Project:
    """Files of tests, an ini file, and ways to run them.

    Only the plugins that are named take part, so that a run does not depend on what else is
    installed, and starts fast.
    """

    pytester: pytest.Pytester

    def ini(self, **keys: str) -> None:
        lines = [f"{key} = {value}" for key, value in keys.items()]
        self.pytester.makefile(".ini", pytest="\n".join(["[pytest]", *lines]))

    def test(self, source: str) -> None:
        self.pytester.makepyfile(test_it=source)

    def loud(self, source: str, *options: str) -> pytest.RunResult:
        """Run tests that use what is in HELPER."""
        self.loud_test(source)
        return self.run(*options)

    def loud_test(self, source: str) -> None:
        self.pytester.makepyfile(helper=HELPER)
        self.test("    from helper import *\n" + source)

    def run(self, *options: str, plugins: tuple[str, ...] = ("fake_ims",)) -> pytest.RunResult:
        """In this process, where the outer run's guard stands, too."""
        return self.pytester.runpytest_inprocess(*_options(plugins), *options)

    def run_alone(
        self, *options: str, plugins: tuple[str, ...] = ("fake_ims",)
    ) -> pytest.RunResult:
        """In a process of its own."""
        return self.pytester.runpytest_subprocess(*_options(plugins), *options, timeout=60)


def _options(plugins: tuple[str, ...]) -> list[str]:
    named = [word for plugin in plugins for word in ("-p", plugin)]
    return [*named, "-p", "no:cacheprovider", "--strict-markers", "--strict-config", "-Werror"]


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("CI", "BUILD_NUMBER"):  # with them, pytest's short summary is not short
        monkeypatch.delenv(name, raising=False)
    for name in list(os.environ):
        if name.startswith("FAKE_IMS_") or name in fake_ims.fake.PROXY_VARIABLES:
            monkeypatch.delenv(name)
    pytester.makepyfile(client=CLIENT)
    found = Project(pytester)
    found.ini()
    return found


@pytest.fixture
def passes(project: Project) -> Callable[..., pytest.RunResult]:
    """Runs a file of tests in this process; all that are in it pass."""

    def run(source: str, *options: str, **keywords: Any) -> pytest.RunResult:
        project.test(source)
        result = project.run(*options, **keywords)
        outcomes = result.parseoutcomes()
        assert list(outcomes) == ["passed"], result.stdout.str()
        return result

    return run
