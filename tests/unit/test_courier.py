"""The courier: its threads, whom they go to, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fake_ims.events import courier as module
from fake_ims.events import posting
from fake_ims.events.courier import MOST_AT_ONCE, MOST_THREADS, Courier
from fake_ims.events.posting import Post, Result

HANG = 20
SLOW, FAST = "http://127.0.0.1:1/slow", "http://127.0.0.1:2/fast"
CUT = Result(None, "cut", 0.0, contacted=True)


class Postings:
    """Stand in for the real ones: those to :data:`SLOW` hang until they are let go or cut."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.at_work = 0
        self.most_at_work = 0
        self.let_go = threading.Event()
        self.changed = threading.Condition()

    def make(self, post: Post, *, timeout: float, allow_hosts: tuple[str, ...]) -> Fake:
        return Fake(self, post)

    def until(self, condition: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(condition, HANG)


class Fake:
    def __init__(self, postings: Postings, post: Post) -> None:
        self.postings = postings
        self.post = post
        self.cut = threading.Event()

    def abort(self) -> None:
        self.cut.set()
        with self.postings.changed:
            self.postings.changed.notify_all()

    def run(self) -> Result:
        postings = self.postings
        with postings.changed:
            if self.cut.is_set():
                return CUT
            postings.began.append(self.post.body.decode())
            postings.at_work += 1
            postings.most_at_work = max(postings.most_at_work, postings.at_work)
            postings.changed.notify_all()
            if self.post.url.startswith(SLOW[:18]):
                postings.changed.wait_for(
                    lambda: postings.let_go.is_set() or self.cut.is_set(), HANG
                )
            postings.at_work -= 1
        return CUT if self.cut.is_set() else Result(200, "", 0.0, contacted=True)


class Told:
    """Collects what the courier tells."""

    def __init__(self) -> None:
        self.results: list[tuple[str, Result]] = []
        self.changed = threading.Condition()

    def of(self, name: str) -> Callable[[Result], None]:
        def done(result: Result) -> None:
            with self.changed:
                self.results.append((name, result))
                self.changed.notify_all()

        return done

    def until(self, count: int) -> list[tuple[str, Result]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.results) >= count, HANG)
            return list(self.results)


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "fake-ims-courier"]


@pytest.fixture
def postings(monkeypatch: pytest.MonkeyPatch) -> Postings:
    postings = Postings()
    monkeypatch.setattr(posting, "Posting", postings.make)
    return postings


@pytest.fixture
def courier(postings: Postings) -> Iterator[Courier]:
    courier = Courier()
    yield courier
    postings.let_go.set()
    courier.stop()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def send(courier: Courier, told: Told) -> Callable[..., bool]:
    def send(url: str, name: str, owner: object = None) -> bool:
        post = Post(url, name.encode())
        return courier.send(owner, post, told.of(name), timeout=HANG, allow_hosts=())

    return send


Send = Callable[..., bool]


def release(postings: Postings) -> None:
    with postings.changed:
        postings.let_go.set()
        postings.changed.notify_all()


def test_those_at_one_receiver_begin_in_their_order(send: Send, told: Told, postings: Any) -> None:
    names = [str(number) for number in range(50)]
    for name in names:
        assert send(FAST, name)
    told.until(50)
    assert sorted(postings.began, key=int) == names
    for place, name in enumerate(postings.began):  # several at once may pass one another a little
        assert abs(place - int(name)) < MOST_AT_ONCE


def test_one_receiver_has_so_many_at_once_and_no_more(
    send: Send, told: Told, postings: Postings, courier: Courier
) -> None:
    for number in range(3 * MOST_AT_ONCE):
        send(SLOW, str(number))
    postings.until(lambda: postings.at_work == MOST_AT_ONCE)
    send(FAST, "fast")
    told.until(1)  # which proves as well that a thread looked, and did not take one more
    assert told.results == [("fast", Result(200, "", 0.0, contacted=True))]
    assert postings.at_work == MOST_AT_ONCE
    assert repr(courier) == f"<Courier {MOST_AT_ONCE} under way, {2 * MOST_AT_ONCE} waiting>"
    release(postings)
    told.until(3 * MOST_AT_ONCE + 1)
    assert postings.most_at_work <= MOST_AT_ONCE + 1


def test_paths_of_one_host_are_one_receiver(send: Send, told: Told, postings: Postings) -> None:
    for number in range(2 * MOST_AT_ONCE):
        send(f"{SLOW}/{number}", str(number))
    postings.until(lambda: postings.at_work == MOST_AT_ONCE)
    send(FAST, "fast")
    told.until(1)
    assert postings.at_work == MOST_AT_ONCE


def test_there_are_not_more_threads_than_it_may_have(
    send: Send, told: Told, postings: Postings
) -> None:
    before = len(threads())
    for number in range(2 * MOST_THREADS):
        send(f"http://127.0.0.1:1{number:03}/", str(number))
    postings.until(lambda: postings.at_work == MOST_THREADS)
    assert len(threads()) - before == MOST_THREADS
    release(postings)
    told.until(2 * MOST_THREADS)


def test_a_thread_that_has_nothing_to_do_takes_the_next(
    send: Send, told: Told, courier: Courier
) -> None:
    before = len(threads())
    for number in range(20):
        send(FAST, str(number))
        told.until(number + 1)
    assert len(threads()) - before <= 2  # one may be on its way back still


def test_threads_without_work_end(send: Send, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_IDLE", 0.01)
    before = set(threads())
    send(FAST, "1")
    told.until(1)
    for thread in set(threads()) - before:
        thread.join(HANG)
    assert set(threads()) <= before
    send(FAST, "2")  # and others take their place
    told.until(2)


def test_what_is_forgotten_is_not_tried_and_nobody_is_told(
    send: Send, told: Told, postings: Postings, courier: Courier
) -> None:
    mine, other = object(), object()
    for number in range(MOST_AT_ONCE):
        send(SLOW, f"mine {number}", mine)
    postings.until(lambda: postings.at_work == MOST_AT_ONCE)
    send(SLOW, "mine, waiting", mine)
    send(SLOW, "other", other)
    courier.forget(mine)
    postings.until(lambda: "other" in postings.began)
    release(postings)
    told.until(1)
    courier.stop()
    assert [name for name, _ in told.results] == ["other"]
    assert "mine, waiting" not in postings.began
    assert repr(courier) == "<Courier 0 under way, 0 waiting>"


def test_stop_cuts_all_tells_of_it_and_leaves_no_thread(
    send: Send, told: Told, postings: Postings, courier: Courier
) -> None:
    before = set(threads())
    for number in range(MOST_AT_ONCE + 3):
        send(SLOW, str(number))
    postings.until(lambda: postings.at_work == MOST_AT_ONCE)
    courier.stop()
    assert [result for _, result in told.results] == [CUT] * (MOST_AT_ONCE + 3)
    assert len(postings.began) == MOST_AT_ONCE
    assert set(threads()) <= before
    assert not send(FAST, "late")
    courier.start()
    assert send(FAST, "again")
    assert told.until(MOST_AT_ONCE + 4)[-1] == ("again", Result(200, "", 0.0, contacted=True))


def test_an_error_of_who_is_told_costs_nobody_anything(
    send: Send, told: Told, courier: Courier, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(result: Result) -> None:
        raise LookupError("told")

    courier.send(None, Post(FAST, b"first"), fails, timeout=HANG, allow_hosts=())
    send(FAST, "second")
    told.until(1)
    courier.stop()
    assert "after a callback" in caplog.text
