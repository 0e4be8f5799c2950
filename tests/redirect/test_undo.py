"""From when to when: imports before and after, redirects in each other, and what is put back."""

from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fake_ims import FakeIms
from fake_ims.hooks import Hooks
from fake_ims.redirect import Redirect

requests = pytest.importorskip("requests")

URL = "https://ice.cn-shanghai.aliyuncs.com/?Action=GetMediaInfo&Version=2020-11-09&MediaId=x"
HOOKED = (
    ("requests.adapters", "HTTPAdapter"),
    ("aliyunsdkcore.vendored.requests.adapters", "HTTPAdapter"),
    ("aiohttp.connector", "TCPConnector"),
    ("darabonba.core", "DaraCore"),
    ("Tea.core", "TeaCore"),
)


def state() -> tuple[list[Any], list[dict[str, Any]]]:
    classes = [getattr(pytest.importorskip(module), name) for module, name in HOOKED]
    return list(sys.meta_path), [dict(vars(each)) for each in classes]


def test_everything_is_put_back(fake_ims: FakeIms) -> None:
    before = state()
    with fake_ims.redirect():
        assert all(is_new != was for is_new, was in zip(state()[1], before[1], strict=True))
    assert state() == before

    def fail() -> None:
        with fake_ims.redirect():
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert state() == before


def test_nothing_of_it_is_kept(fake_ims: FakeIms) -> None:
    redirect = Redirect(fake_ims.url, Hooks()).start()
    requests.get(URL)
    redirect.stop()
    gone = weakref.ref(redirect)
    del redirect
    gc.collect()
    assert gone() is None


def test_what_is_hooked_looks_as_before(fake_ims_redirect: FakeIms) -> None:
    import inspect

    send = requests.adapters.HTTPAdapter.send
    assert send.__name__ == "send"
    assert list(inspect.signature(send).parameters)[:2] == ["self", "request"]
    aiohttp = pytest.importorskip("aiohttp")
    assert inspect.iscoroutinefunction(aiohttp.TCPConnector.connect)


Worlds = tuple[FakeIms, FakeIms]


@pytest.fixture
def two(fake_ims_factory: Any) -> Iterator[Worlds]:
    with (
        fake_ims_factory(own_listener=True) as one,
        fake_ims_factory(own_listener=True) as other,
    ):
        yield one, other


@pytest.fixture(params=[True, False], ids=["own listeners", "one listener"])
def further(
    fake_ims: FakeIms, fake_ims_factory: Any, request: pytest.FixtureRequest
) -> Iterator[Worlds]:
    """Two worlds beside the test's own."""
    with (
        fake_ims_factory(own_listener=request.param) as one,
        fake_ims_factory(own_listener=request.param) as other,
    ):
        yield one, other


def calls_of(*worlds: FakeIms) -> list[int]:
    requests.get(URL)
    return [len(ims.calls) for ims in worlds]


def test_an_inner_redirect_wins_and_the_outer_one_goes_on(further: Worlds) -> None:
    one, other = further
    with one.redirect():
        assert calls_of(*further) == [1, 0]
        with other.redirect():
            assert calls_of(*further) == [1, 1]
            with one.redirect(), other.redirect():
                assert calls_of(*further) == [1, 2]
        assert calls_of(*further) == [2, 2]


def test_calls_with_keys_of_their_own_reach_the_world_that_they_are_redirected_to(
    fake_ims: FakeIms, further: Worlds
) -> None:
    one, other = further
    with one.redirect(), other.redirect():
        requests.get(URL, params={"AccessKeyId": "LTAI5tProduction"})
        assert [len(ims.calls) for ims in (fake_ims, *further)] == [0, 0, 1]
        requests.get(URL.replace("https://ice.cn-shanghai.aliyuncs.com", fake_ims.url), params={
            "AccessKeyId": fake_ims.access_key_id,
        })  # fmt: skip
        other.close()
        if one.server is other.server:  # and so still listens
            calls_of(one)
            assert [len(ims.calls) for ims in (fake_ims, *further)] == [1, 1, 1]
    requests.get(f"{fake_ims.url}/?Action=GetMediaInfo")
    assert len(fake_ims.calls) == 2


def test_redirects_that_end_in_another_order(two: Worlds) -> None:
    before = state()
    one, other = (Redirect(ims.url, Hooks()).start() for ims in two)
    assert calls_of(*two) == [0, 1]
    one.stop()
    assert calls_of(*two) == [0, 2]
    other.stop()
    with pytest.raises(requests.ConnectionError, match="the real Alibaba Cloud"):
        requests.get(URL)
    assert state() == before
    with two[0].redirect():
        assert calls_of(*two) == [1, 2]
    assert state() == before


def test_what_somebody_else_put_on_top_stays_and_works(fake_ims: FakeIms) -> None:
    adapter = requests.adapters.HTTPAdapter
    before, seen = adapter.send, []
    with pytest.MonkeyPatch.context() as patch:
        with fake_ims.redirect():
            ours = adapter.send

            def other(self: Any, request: Any, **options: Any) -> Any:
                seen.append(request.url)
                return ours(self, request, **options)

            patch.setattr(adapter, "send", other)
            assert calls_of(fake_ims) == [1]
        with pytest.raises(requests.ConnectionError, match="the real Alibaba Cloud"):
            requests.get(URL)
        assert adapter.send is other
        assert seen == [URL, URL]
        with fake_ims.redirect():
            assert calls_of(fake_ims) == [2]
            assert seen[2:] == [f"{fake_ims.url}/{URL.partition('com/')[2]}"]
    adapter.send = before


def test_a_world_that_is_not_live_has_no_redirect() -> None:
    ims = FakeIms()
    before = state()
    with pytest.raises(RuntimeError, match="not live"), ims.redirect():
        pass
    with ims, ims.redirect():
        calls_of(ims)
    with pytest.raises(RuntimeError, match="not live"), ims.redirect():
        pass
    assert state() == before


def test_threads_of_before_and_after(fake_ims: FakeIms) -> None:
    """A thread that calls all the time is redirected exactly while a redirect is there."""
    turn, outcomes = threading.Semaphore(0), []
    done = threading.Semaphore(0)

    def work() -> None:
        with requests.Session() as session:
            for _ in range(4):
                assert turn.acquire(timeout=20)
                try:
                    outcomes.append(session.get(URL).status_code)
                except requests.ConnectionError:
                    outcomes.append(0)
                done.release()

    thread = threading.Thread(target=work)
    thread.start()
    for redirected in (False, True, False, True):
        if redirected:
            with fake_ims.redirect():
                turn.release()
                assert done.acquire(timeout=20)
        else:
            turn.release()
            assert done.acquire(timeout=20)
    thread.join()
    assert outcomes == [0, 400, 0, 400]


# ---------------------------------------------------------------- hooks by themselves


MODULE = """
    class Thing:
        def act(self):
            return 1

        @staticmethod
        def rest():
            return 2
"""


@pytest.fixture
def thing(pytester: pytest.Pytester) -> Iterator[str]:
    """A module that can be imported, and has not been."""
    pytester.makepyfile(hooked_thing=MODULE)
    pytester.syspathinsert()
    yield "hooked_thing"
    sys.modules.pop("hooked_thing", None)


pytest_plugins = ["pytester"]


def adds(number: int, hooks: Hooks) -> Any:
    def met(module: Any) -> None:
        for name in ("act", "rest", "no_such_method"):
            hooks.replace(module.Thing, name, lambda old: lambda *args: old(*args) + number)

    return met


def test_modules_are_met_once_each_time_they_are_loaded(thing: str) -> None:
    import importlib

    outer, inner = Hooks(), Hooks()
    outer.start({thing: adds(10, outer)})
    inner.start({thing: adds(100, inner)})
    module = importlib.import_module(thing)
    assert (module.Thing().act(), module.Thing.rest(), module.Thing().rest()) == (111, 112, 112)
    assert module.__loader__ is vars(module)["__spec__"].loader
    assert "fake_ims" not in repr(module.__loader__)
    first = module.Thing
    importlib.reload(module)
    assert module.Thing is not first
    assert module.Thing().act() == 111
    inner.stop()
    assert (module.Thing().act(), first().act()) == (11, 11)
    outer.stop()
    assert (module.Thing().act(), first().act(), first.rest()) == (1, 1, 2)
    assert isinstance(vars(first)["rest"], staticmethod)
    assert "__wrapped__" not in vars(first.act)


def test_a_module_that_was_found_before_and_loaded_after_is_left_alone(thing: str) -> None:
    import importlib.util

    hooks = Hooks()
    hooks.start({thing: adds(10, hooks)})
    spec = importlib.util.find_spec(thing)
    hooks.stop()
    assert spec is not None and spec.loader is not None  # noqa: PT018 - for mypy
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.Thing().act() == 1


def test_a_start_that_fails_leaves_nothing(thing: str) -> None:
    import importlib

    module = importlib.import_module(thing)

    def fail(module: object) -> None:
        raise LookupError

    hooks, finders = Hooks(), list(sys.meta_path)
    with pytest.raises(LookupError):
        hooks.start({thing: adds(10, hooks), "sys": fail})
    assert module.Thing().act() == 1
    assert sys.meta_path == finders


def test_an_inherited_method_is_put_back_as_inherited() -> None:
    class Base:
        def act(self) -> int:
            return 1

    class Thing(Base):
        pass

    hooks = Hooks()
    hooks.replace(Thing, "act", lambda old: lambda self: old(self) + 1)
    assert (Thing().act(), Base().act()) == (2, 1)
    hooks.stop()
    assert Thing().act() == 1
    assert "act" not in vars(Thing)


class Wrapped:
    """What several threads wrap at once."""

    def act(self) -> list[str]:
        return []


def noted(name: str) -> Callable[[Any], Any]:
    return lambda old: lambda self: [*old(self), name]


def test_hooks_of_two_threads_wrap_one_another() -> None:
    """Each sees what the other has put there, or one of them would be lost."""
    first, second = Hooks(), Hooks()
    other = threading.Thread(target=lambda: second.replace(Wrapped, "act", noted("second")))

    def make(old: Any) -> Any:
        other.start()
        other.join(0.1)
        return noted("first")(old)

    before = Wrapped.act
    first.replace(Wrapped, "act", make)
    other.join()
    assert Wrapped().act() == ["first", "second"]
    first.stop()
    second.stop()
    assert Wrapped.act is before


def test_a_module_that_is_loaded_just_when_hooks_stop_stays_as_it_is() -> None:
    hooks, before = Hooks(), Wrapped.act
    hooks.start({})
    hooks.stop()
    hooks.replace(Wrapped, "act", noted("late"))
    assert Wrapped.act is before
