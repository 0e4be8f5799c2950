"""Each test has a cloud of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Project

pytest_plugins = ["pytester"]

Passes = Callable[..., pytest.RunResult]


def test_each_test_gets_an_empty_world(passes: Passes) -> None:
    passes(
        """
        import pytest
        from client import register

        earlier = []

        @pytest.mark.parametrize("turn", [1, 2])
        def test_turn(fake_ims, turn):
            assert len(fake_ims.assets) == 0
            assert fake_ims.events == ()
            assert fake_ims.calls == ()
            assert repr(fake_ims.objects) == "<0 objects described>"
            assert not fake_ims.clock.frozen
            with pytest.raises(KeyError):
                fake_ims.ram.user("alice")
            for before, now in earlier:
                assert fake_ims.access_key_id != before
                assert fake_ims.clock.now() < now

            fake_ims.objects.put("oss://bucket/a.mp4", duration=5)
            assert "MediaId" in register(fake_ims), "what an earlier test denied is allowed"
            fake_ims.settle()
            fake_ims.ram.deny("ice:*")
            fake_ims.ram.create_user("alice")
            fake_ims.clock.freeze()
            fake_ims.clock.advance("3650d")
            assert register(fake_ims)["status"] == 403
            assert [len(fake_ims.assets), len(fake_ims.calls)] == [1, 2]
            assert len(fake_ims.events) > 0
            assert repr(fake_ims.objects) == "<1 objects described>"
            earlier.append((fake_ims.access_key_id, fake_ims.clock.now()))
        """
    )


def test_tests_of_one_worker_share_one_listener(passes: Passes) -> None:
    passes(
        """
        import pytest

        urls = []

        @pytest.mark.parametrize("turn", [1, 2])
        def test_turn(fake_ims, fake_ims_server, turn):
            assert fake_ims.url == fake_ims_server.url
            urls.append(fake_ims.url)
            assert len(set(urls)) == 1
        """
    )


LATE_THREAD = """
    import threading
    from client import register

    go = threading.Event()
    answers = []
    threads = []

    def test_that_leaves_a_thread(fake_ims):
        def late():
            go.wait(20)
            answers.append(register(fake_ims, key=key))

        key = fake_ims.access_key_id
        threads.append(threading.Thread(target=late))
        threads[0].start()

    def test_after_it(fake_ims):
        go.set()
        threads[0].join(20)
        (answer,) = answers
        assert answer["status"] == 403
        assert answer["Code"] == "FakeIms.EndedWorld"
        assert "fake_ims_keys = session" in answer["Message"]
        assert len(fake_ims.assets) == 0
        assert fake_ims.calls == ()

    def test_long_after_it(fake_ims): pass
"""


def test_a_thread_of_an_earlier_test_is_refused_and_reported(passes: Passes) -> None:
    result = passes(LATE_THREAD, "-v", "--fake-ims-allow=stray")
    result.stdout.fnmatch_lines(
        [
            "had no fake to answer it: RegisterMediaInfo: *fake_ims_keys = session* (1 test)",
            "    test_it.py::test_after_it",
        ]
    )


def test_a_call_after_the_fake_has_ended_is_reported(passes: Passes) -> None:
    result = passes(
        """
        import pytest
        from client import call

        keys = []

        @pytest.fixture
        def after_the_fake():
            yield
            url, key = keys.pop()
            assert call(url, "GetMediaInfo", key)["Code"] == "FakeIms.EndedWorld"

        def test_it(after_the_fake, fake_ims):
            keys.append((fake_ims.url, fake_ims.access_key_id))
        """,
        "--fake-ims-allow=stray",
    )
    result.stdout.fnmatch_lines(["had no fake to answer it: GetMediaInfo: * (1 test)"])


# ---------------------------------------------------------------- code that caches its client

CACHED_CLIENT = """
    import functools
    import os
    import pytest
    from client import call

    @functools.cache
    def cached():
        return functools.partial(
            call, os.environ["FAKE_IMS_URL"], key=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"]
        )

    @pytest.mark.parametrize("turn", [1, 2])
    def test_turn(fake_ims, fake_ims_env, turn):
        assert len(fake_ims.assets) == 0
        answer = cached()("RegisterMediaInfo", InputURL="oss://bucket/a.mp4")
        assert list(fake_ims.assets) == [answer["MediaId"]]
        assert len(fake_ims.calls) == 1
"""


def test_session_keys_serve_code_that_caches_its_client(passes: Passes) -> None:
    passes(CACHED_CLIENT, "--fake-ims-keys=session")


def test_without_session_keys_a_cached_client_is_refused(project: Project) -> None:
    project.test(CACHED_CLIENT)
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["had no fake to answer it: RegisterMediaInfo: *fake_ims_keys*"])


# ---------------------------------------------------------------- other ways to write tests


def test_unittest_classes_take_the_fixture_by_an_autouse_fixture(passes: Passes) -> None:
    passes(
        """
        import unittest
        import pytest
        from client import register

        class TestLibrary(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _cloud(self, fake_ims):
                self.ims = fake_ims

            def test_one(self):
                register(self.ims)
                self.assertEqual(len(self.ims.assets), 1)

            def test_two(self):
                self.assertEqual(len(self.ims.assets), 0)
                register(self.ims)
        """
    )


@pytest.mark.skipif(sys.version_info < (3, 11), reason="unittest has enterContext since 3.11")
def test_unittest_classes_enter_a_world_as_a_context(passes: Passes) -> None:
    passes(
        """
        import unittest
        from client import register
        from fake_ims import FakeIms

        class TestLibrary(unittest.TestCase):
            def setUp(self):
                self.ims = self.enterContext(FakeIms())

            def test_one(self):
                register(self.ims)
                self.assertEqual(len(self.ims.assets), 1)

            def test_two(self):
                self.assertEqual(len(self.ims.assets), 0)
                register(self.ims)
        """
    )


def test_hypothesis_examples_get_an_empty_world_from_scratch(passes: Passes) -> None:
    passes(
        """
        from client import register
        from hypothesis import HealthCheck, given, settings, strategies as st

        sizes = []

        @settings(
            max_examples=8, database=None, deadline=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        @given(count=st.integers(1, 3))
        def test_count(fake_ims, count):
            with fake_ims.scratch():
                assert len(fake_ims.assets) == 0
                for number in range(count):
                    register(fake_ims, f"oss://bucket/{number}.mp4")
                assert len(fake_ims.assets) == count
                sizes.append(count)
            assert len(fake_ims.assets) == 0
            assert fake_ims.calls == ()

        def test_more_than_one_example_ran():
            assert len(sizes) > 1
        """,
        plugins=("fake_ims", "hypothesispytest"),
    )


def test_hypothesis_examples_get_worlds_from_the_factory_without_suppression(
    passes: Passes,
) -> None:
    passes(
        """
        from client import register
        from hypothesis import given, settings, strategies as st

        keys = set()

        @settings(max_examples=8, database=None, deadline=None)
        @given(count=st.integers(1, 3))
        def test_count(fake_ims_factory, count):
            with fake_ims_factory() as ims:
                assert len(ims.assets) == 0
                for number in range(count):
                    register(ims, f"oss://bucket/{number}.mp4")
                assert len(ims.assets) == count
                keys.add(ims.access_key_id)

        def test_more_than_one_example_ran():
            assert len(keys) > 1
        """,
        plugins=("fake_ims", "hypothesispytest"),
    )


# ---------------------------------------------------------------- more than one world


def test_a_module_fixture_makes_its_world_with_the_factory(passes: Passes) -> None:
    passes(
        """
        import pytest
        from client import register

        @pytest.fixture(scope="module")
        def library(fake_ims_factory):
            with fake_ims_factory(delay=0) as ims:
                ims.register(InputURL="oss://bucket/seeded.mp4")
                yield ims

        def test_one(library):
            register(library)
            assert len(library.assets) == 2

        def test_two(library, fake_ims):
            assert len(library.assets) == 2, "it lives as long as the module"
            assert len(fake_ims.assets) == 0
        """
    )


def test_two_accounts_in_one_test_do_not_see_each_other(passes: Passes) -> None:
    passes(
        """
        from client import call, register

        def test_accounts(fake_ims, fake_ims_factory):
            with fake_ims_factory(account_id="2234567890123456") as other:
                assert other.url == fake_ims.url
                assert other.access_key_id != fake_ims.access_key_id
                media_id = register(other)["MediaId"]
                assert list(other.assets) == [media_id]
                assert len(fake_ims.assets) == 0
                missing = call(
                    fake_ims.url, "GetMediaInfo", fake_ims.access_key_id, MediaId=media_id
                )
                assert missing["status"] >= 400
                assert [len(other.calls), len(fake_ims.calls)] == [1, 1]
        """
    )


def test_a_world_with_its_own_listener_answers_for_hard_coded_keys(passes: Passes) -> None:
    passes(
        """
        from client import register

        def test_hard_coded(fake_ims, fake_ims_factory):
            with fake_ims_factory(own_listener=True) as other:
                assert other.url != fake_ims.url
                media_id = register(other, key="testid")["MediaId"]
                assert list(other.assets) == [media_id]
                assert len(fake_ims.assets) == 0
        """
    )


@pytest.mark.parametrize("key", ["testid", "", None])
def test_an_unknown_key_or_none_reaches_the_running_tests_fake(
    passes: Passes, key: str | None
) -> None:
    passes(
        f"""
        import pytest
        from client import call

        @pytest.fixture(scope="module")
        def wider(fake_ims_factory):
            with fake_ims_factory() as ims:
                yield ims

        def test_unknown(wider, fake_ims, fake_ims_factory):
            with fake_ims_factory() as newest:
                answer = call(
                    fake_ims.url, "RegisterMediaInfo", {key!r}, InputURL="oss://bucket/a.mp4"
                )
                assert list(fake_ims.assets) == [answer["MediaId"]]
                assert len(wider.assets) == len(newest.assets) == 0

        def test_the_only_live_world_answers_else(wider):
            answer = call(wider.url, "RegisterMediaInfo", {key!r}, InputURL="oss://bucket/a.mp4")
            assert list(wider.assets) == [answer["MediaId"]]

        @pytest.mark.fake_ims(allow="stray")
        def test_else_it_is_refused_with_the_keys_that_are_live(wider, fake_ims_factory):
            with fake_ims_factory() as newest:
                answer = call(wider.url, "GetMediaInfo", {key!r})
                assert answer["Code"] == "FakeIms.NoWorld"
                assert wider.access_key_id in answer["Message"]
                assert newest.access_key_id in answer["Message"]
                assert "fake_ims_factory(own_listener=True)" in answer["Message"]
        """
    )
