"""Faults: what can be asked for, and which calls it happens to."""

from __future__ import annotations

import datetime
import random
import re
import threading
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims import FakeIms, FaultError
from fake_ims.clock import Instant
from fake_ims.faults.effects import Refuse, Reply
from fake_ims.faults.fault import Fault
from fake_ims.faults.registry import Faults, Firing
from fake_ims.gateway.catalogue import known_actions
from fake_ims.journal.calls import Call

SECOND = 1_000_000
GET, REGISTER = "GetMediaInfo", "RegisterMediaInfo"


class World:
    """As much of a world as faults need: a time that stands still."""

    def __init__(self, seed: int = 1) -> None:
        self.now = Instant(0)
        self.faults = Faults(seed, lambda: self.now, known_actions)

    def fire(self, action: str = GET, caller: str = "", **parameters: str) -> Firing | None:
        return self.faults.fire(self.call(action, caller, **parameters), self.now)

    def fired(self, action: str = GET, caller: str = "", **parameters: str) -> tuple[Fault, ...]:
        call = self.call(action, caller, **parameters)
        self.faults.fire(call, self.now)
        return call.faults

    def call(self, action: str = GET, caller: str = "", **parameters: str) -> Call:
        return Call(action, parameters, self.now, access_key_id=f"key of {caller}", caller=caller)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def faults(world: World) -> Faults:
    return world.faults


# ---------------------------------------------------------------- what cannot be

WRONG: list[tuple[dict[str, Any], str]] = [
    ({}, "say what goes wrong: code, status, reset, answer, ..."),
    ({"reset": False}, "say what goes wrong: code, status, reset, answer, ..."),
    # one thing at a time
    ({"code": "Forbidden", "reset": True}, "one fault does one thing, not code and reset; add two"),
    ({"status": 500, "reset": True},
     "one fault does one thing, not status or body and reset; add two"),
    ({"answer": "half", "slow": 1}, "one fault does one thing, not answer and slow; add two"),
    ({"body": b"", "slow": 1}, "one fault does one thing, not status or body and slow; add two"),
    ({"code": "Forbidden", "answer": "html"},
     "one fault does one thing, not code and answer; add two"),
    # what goes with what
    ({"reset": True, "message": "m"}, "message goes with code only"),
    ({"status": 500, "message": "m"}, "message goes with code only"),
    ({"latency": 1, "values": {"name": "n"}}, "values goes with code only"),
    ({"code": "Forbidden", "body": b""}, "body goes with status or body only"),
    ({"reset": True, "headers": {}}, "headers goes with code or status or body only"),
    ({"answer": "html", "headers": {}}, "headers goes with code or status or body only"),
    ({"latency": 1, "retry_after": 1}, "retry_after goes with code or status or body only"),
    ({"answer": "half", "status": 500},
     "status does not go with answer='half': that is the real answer's"),
    ({"answer": "half", "after_work": False},
     "half an answer spoils the answer of the work: it must be done"),
    ({"slow": 1, "after_work": False},
     "body within 1s spoils the answer of the work: it must be done"),
    # codes
    ({"code": ""}, "code is the code of an error, not ''"),
    ({"code": 403}, "code is a text, not 403"),
    ({"code": "Throtling"},
     "Throtling is no error that the fake knows; did you mean Throttling? "
     "(`fake-ims errors` lists them; for another, give its status, and its message)"),
    ({"code": "\udc80", "status": 400}, r"code cannot be written in UTF-8: '\udc80'"),
    ({"code": "Forbidden", "message": 5}, "message is a text, not 5"),
    ({"code": "Forbidden", "message": "\ud800"}, r"message cannot be written in UTF-8: '\ud800'"),
    ({"code": "Forbidden", "values": {"name": "n"}},
     "values: Forbidden has nothing to fill in, not 'name'"),
    ({"code": "MediaAlreadyExist", "values": {"mediaid": "n"}},
     "values: MediaAlreadyExist has url, media_id, not 'mediaid'"),
    ({"code": "MediaAlreadyExist", "values": {"url": "\ud800"}},
     r"values['url'] cannot be written in UTF-8: '\ud800'"),
    # statuses
    *(({"status": status}, f"status is a whole number from 200 to 599, not {status!r}")
      for status in (0, 100, 199, 600, -1, "500", 500.0, True)),
    ({"code": "Forbidden", "status": 99}, "status is a whole number from 200 to 599, not 99"),
    # bodies
    ({"body": {1, 2}},
     "body is bytes, text, or what JSON can say: Object of type set is not JSON serializable"),
    ({"body": ["\ud800"]}, "body is bytes, text, or what JSON can say: "),
    ({"body": float("nan")}, "body is bytes, text, or what JSON can say: "),
    # headers
    ({"status": 500, "headers": {"": "x"}}, "headers cannot have ''"),
    ({"status": 500, "headers": {"a b": "x"}}, "headers cannot have 'a b'"),
    ({"status": 500, "headers": {"a\r\nb": "x"}}, r"headers cannot have 'a\r\nb'"),
    ({"status": 500, "headers": {"\xfcber": "x"}}, "headers cannot have '\xfcber'"),
    ({"status": 500, "headers": {"content-LENGTH": "3"}}, "headers cannot have 'content-LENGTH'"),
    ({"status": 500, "headers": {"Transfer-Encoding": "chunked"}},
     "headers cannot have 'Transfer-Encoding'"),
    ({"code": "Forbidden", "headers": {"x": "a\r\nSet-Cookie: b"}},
     r"header x cannot be 'a\r\nSet-Cookie: b'"),
    ({"status": 500, "headers": {"x": "a\0"}}, r"header x cannot be 'a\x00'"),
    ({"status": 500, "headers": {"x": "\u5a92"}}, "header x cannot be '\u5a92'"),
    ({"status": 500, "headers": {"x": "a", "X": "b"}}, "X is given twice"),
    ({"status": 500, "headers": {"X-Acs-Retry-After": "1"}, "retry_after": 1},
     "x-acs-retry-after is given twice"),
    # lengths of time
    ({"status": 500, "retry_after": 0}, "retry_after is a positive length of time, not 0"),
    ({"status": 500, "retry_after": "soon"}, 'retry_after: not a length of time: \'soon\' (write'),
    ({"slow": -1}, "slow is a positive length of time, not -1"),
    ({"slow": "25h"}, "slow is a day at most, not '25h'"),
    ({"slow": float("nan")}, "slow: not a length of time: nan"),
    ({"latency": -1}, "latency does not take -1: not negative, the smaller end first"),
    ({"latency": (2, 1)}, "latency does not take (2, 1): not negative, the smaller end first"),
    ({"latency": (1, 2, 3)}, "latency does not take (1, 2, 3): one length of time, or two"),
    ({"latency": ()}, "latency does not take (): one length of time, or two"),
    ({"latency": True}, "latency does not take True: not a length of time: True"),
    ({"latency": float("inf")}, "latency does not take inf: not a length of time: inf"),
    ({"latency": "1.5 fortnights"}, "latency does not take '1.5 fortnights': "),
    ({"latency": (1, "25h")}, "latency is a day at most, not (1, '25h')"),
    ({"latency": 10**400}, "latency is a day at most, not 1000"),
    ({"slow": 10**400}, "slow is a day at most, not 1000"),
    ({"reset": True, "ttl": 0}, "ttl is a positive length of time, not 0"),
    ({"reset": True, "ttl": "x"}, "ttl: not a length of time: 'x'"),
    # answers
    ({"answer": "halb"}, """answer is "half", "malformed" or "html", not 'halb'"""),
    ({"answer": ["half"]}, """answer is "half", "malformed" or "html", not ['half']"""),
    # how often
    *(({"reset": True, "times": times}, f"times is a whole number, at least 1, not {times!r}")
      for times in (0, -1, 1.0, "1", True)),
    *(({"reset": True, "after": after}, f"after is a whole number, at least 0, not {after!r}")
      for after in (-1, 1.0, None, True)),
    *(({"reset": True, "probability": each}, f"probability is a number from 0 to 1, not {each!r}")
      for each in (-0.1, 1.1, float("nan"), "0.5", True, None)),
    # whose calls
    ({"action": "GetMediaInfos", "reset": True},
     "the service has no operation 'GetMediaInfos'; did you mean GetMediaInfo?"),
    ({"action": 5, "reset": True}, "the service has no operation 5"),
    ({"caller": 5, "reset": True}, "caller is a user, temporary keys, a name or a key, not 5"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "message"), WRONG, ids=[str(o)[:60] for o, _ in WRONG])
def test_what_cannot_be_is_refused(faults: Faults, options: dict[str, Any], message: str) -> None:
    with pytest.raises(FaultError) as refused:
        faults.add(**options)
    assert str(refused.value).startswith(message)
    assert len(str(refused.value)) < 1000
    assert len(faults) == 0


@pytest.mark.parametrize(
    ("option", "hint"), [("lateny", "did you mean latency"), ("inputURL", ""), ("time", "times")]
)
def test_an_option_that_does_not_exist(faults: Faults, option: str, hint: str) -> None:
    options: dict[str, Any] = {option: 1}
    with pytest.raises(TypeError, match=rf"faults.add\(\) has no option {option}.*{hint}"):
        faults.add(GET, reset=True, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"InputUrl": "u"}, "RegisterMediaInfo has no parameter InputUrl; did you mean InputURL?"),
        ({"MediaId": "m"}, "RegisterMediaInfo has no parameter MediaId"),
    ],
)
def test_a_parameter_that_the_operation_lacks_is_refused(
    options: dict[str, Any], message: str
) -> None:
    with FakeIms() as ims:
        with pytest.raises(FaultError) as refused:
            ims.faults.add(REGISTER, reset=True, **options)
        assert str(refused.value).startswith(message)
        assert len(ims.faults) == 0


def test_a_parameter_that_nobody_documents_can_be_meant() -> None:
    with FakeIms() as ims:
        ims.faults.add(REGISTER, reset=True, parameters={"InputUrl": "u"})
        ims.faults.add("SubmitASRJob", reset=True, InputUrl="u")
        ims.faults.add(reset=True, InputUrl="u")
        assert len(ims.faults) == 3


def test_an_option_written_as_the_sdk_writes_a_parameter() -> None:
    with FakeIms() as ims, pytest.raises(TypeError, match="input_url; did you mean InputURL"):
        ims.faults.add(REGISTER, reset=True, input_url="u")


def test_a_fault_error_is_a_value_error() -> None:
    assert issubclass(FaultError, ValueError)


# ---------------------------------------------------------------- what can be

RIGHT: list[dict[str, Any]] = [
    {"status": HTTPStatus.IM_A_TEAPOT},
    {"status": 200}, {"status": 599}, {"body": ""}, {"body": b"\0\xff"}, {"body": "\ud800"},
    {"body": {"\u5a92": [1, None, 2.5]}}, {"body": "x" * 5_000_000},
    {"code": "Forbidden", "message": ""}, {"code": "\u5a92 {braces} {", "status": 400},
    {"code": "x" * 100_000, "status": 400, "message": "x" * 1_000_000},
    {"code": "MissingTitle"}, {"code": "Invalid{name}"},
    {"status": 500, "headers": {"X-A": "\xe4", "x-b": ""}},
    {"latency": 0}, {"latency": "2s..3s"}, {"latency": ("10ms", 1)}, {"latency": "24h"},
    {"latency": datetime.timedelta(seconds=1)}, {"latency": random.Random.random},
    {"slow": "50ms"}, {"reset": True, "ttl": 10**400}, {"reset": True, "ttl": 1e300},
    {"reset": True, "probability": 0}, {"reset": True, "probability": 1, "times": 10**30},
    {"code": "Throttling.User", "latency": 1, "after_work": True},
    {"latency": 1, "after_work": False},
]  # fmt: skip


@pytest.mark.parametrize("options", RIGHT, ids=lambda options: str(options)[:60])
def test_what_can_be_has_a_short_repr(faults: Faults, options: dict[str, Any]) -> None:
    fault = faults.add(GET, **options)
    assert list(faults) == [fault]
    text = repr(fault)
    assert text.startswith("<fault GetMediaInfo: ")
    assert text.endswith("; fired 0>") or " of 1" in text
    assert len(text) < 400
    assert text.isprintable()


def test_what_a_fault_says_of_itself(faults: Faults, world: World) -> None:
    def sometimes(dice: random.Random) -> float:
        return 0.0

    faults.add(code="Throttling.User", status=503, times=2)
    faults.add(GET, caller="alice", InputURL="oss://b/k", latency=(1, 2), reset=True)
    faults.add(REGISTER, after_work=True, status=200, body={"a": 1}, latency=sometimes)
    faults.add(answer="html")
    world.fire()
    assert repr(faults).splitlines() == [
        "<4 faults>",
        "  <fault any call: 503 Throttling.User; fired 1 of 2>",
        "  <fault GetMediaInfo(caller='alice', InputURL='oss://b/k'): connection reset, "
        "latency 1s..2s; fired 0>",
        "  <fault RegisterMediaInfo: 200 and 8 bytes, after the work, latency of sometimes; "
        "fired 0>",
        "  <fault any call: 502 HTML of a proxy; fired 0>",
    ]


def test_what_would_move_the_cursor_is_not_shown_as_it_is(faults: Faults) -> None:
    fault = faults.add(code="\x1b[31m", status=400, parameters={"\n": "\x07"}, caller="\r")
    assert repr(fault).isprintable()


def effect_of(faults: Faults, **options: Any) -> Any:
    return faults.add(**options).effect


def test_kinds_of_bodies(faults: Faults) -> None:
    def kind_and_body(**options: Any) -> tuple[dict[str, str], bytes]:
        reply = effect_of(faults, **options)
        assert isinstance(reply, Reply)
        return dict(reply.headers), reply.body

    kind = "Content-Type"
    assert kind_and_body(status=500) == ({}, b"")
    assert kind_and_body(body=b"x") == ({kind: "application/octet-stream"}, b"x")
    assert kind_and_body(body="\xe4") == ({kind: "text/plain;charset=utf-8"}, b"\xc3\xa4")
    assert kind_and_body(body=[1]) == ({kind: "application/json;charset=utf-8"}, b"[1]")
    own = {"content-type": "text/css"}
    assert kind_and_body(body="x", headers=own) == (own, b"x")


def test_retry_after_is_sent_in_whole_milliseconds(faults: Faults) -> None:
    for given_as, sent in (("2s", "2000"), (0.0015, "2"), ("1us", "1"), (10**9, "1" + "0" * 12)):
        for options in ({"code": "Throttling.User"}, {"status": 429}):
            effect = effect_of(faults, retry_after=given_as, **options)
            assert effect.headers[-1] == ("x-acs-retry-after", sent)


def test_a_status_may_be_of_http(faults: Faults) -> None:
    for options in ({"body": ""}, {"code": "Forbidden"}, {"answer": "html"}):
        assert type(effect_of(faults, status=HTTPStatus.OK, **options).status) is int


def test_an_error_of_ones_own(faults: Faults) -> None:
    effect = effect_of(faults, code="No.Such{x}", status=418, message="{m}")
    assert isinstance(effect, Refuse)
    assert str(effect) == "418 No.Such{x}"
    assert effect.message == "{m}"


def test_what_is_done_nevertheless_by_default(faults: Faults) -> None:
    def after_work(**options: Any) -> bool:
        return faults.add(**options).after_work

    assert not after_work(code="Forbidden")
    assert not after_work(status=500)
    assert not after_work(reset=True)
    assert not after_work(answer="html")
    assert after_work(code="Forbidden", after_work=True)
    assert after_work(answer="half")
    assert after_work(answer="malformed")
    assert after_work(slow=1)
    assert after_work(latency=1)
    assert not after_work(latency=1, after_work=False)


# ---------------------------------------------------------------- which calls


def test_scopes(faults: Faults, world: World) -> None:
    every = faults.add(latency=0)
    of_get = faults.add(GET, latency=0)
    of_alice = faults.add(caller="alice", latency=0)
    of_key = faults.add(caller="key of alice", latency=0)
    of_one = faults.add(REGISTER, InputURL="u", Overwrite=True, latency=0)
    of_other = faults.add(parameters={"InputURL": "v", "userdata": "x"}, latency=0)
    assert world.fired() == (every, of_get)
    assert world.fired(caller="alice") == (every, of_get, of_alice, of_key)
    assert world.fired(REGISTER, InputURL="u") == (every,)
    assert world.fired(REGISTER, InputURL="u", Overwrite="TRUE") == (every, of_one)
    assert world.fired(REGISTER, InputURL="v", userdata="x") == (every, of_other)
    assert world.fired("POST /") == (every,)


@pytest.mark.parametrize(
    ("wanted", "sent", "covered"),
    [
        ("a", "a", True), ("a", "A", False), (5, "5", True), (True, "True", True),
        (True, "true", True), (False, "true", False), ("a", None, False), (None, None, True),
        (re.compile("b"), "abc", True), (str.isdigit, "12", True), (str.isdigit, "x", False),
        ({"a": 1}, '{"a": 1, "b": 2}', True), (["a", "b"], "a,b", True), (ANY, "x", True),
    ],
)  # fmt: skip
def test_values_of_parameters(
    faults: Faults, world: World, wanted: Any, sent: str | None, covered: bool
) -> None:
    faults.add(reset=True, Title=wanted)
    assert bool(world.fired(**({} if sent is None else {"Title": sent}))) == covered


def test_a_user_is_meant_by_whichever_keys_he_calls() -> None:
    with FakeIms() as ims:
        alice = ims.ram.create_user("alice")
        keys = ims.ram.temporary_keys(alice)
        assert ims.faults.add(caller=alice, reset=True).scope.caller == "alice"
        assert ims.faults.add(caller=keys, reset=True).scope.caller == keys.access_key_id


def test_the_first_that_changes_the_answer_decides_and_delays_add_up(
    faults: Faults, world: World
) -> None:
    slow = faults.add(latency=1)
    first = faults.add(code="Forbidden", latency=10, times=2)
    second = faults.add(reset=True, latency=20)
    slower = faults.add(latency=2)
    early = faults.add(latency=4, after_work=False)
    firing = world.fire()
    assert firing is not None
    assert (firing.before, firing.after) == (14, 3)
    assert (firing.effect, firing.instead) == (first.effect, True)
    assert world.fired() == (slow, first, slower, early)
    assert world.fired() == (slow, second, slower, early)
    assert [fault.fired for fault in faults] == [3, 2, 1, 3, 3]


def test_delays_together_are_a_day_at_most(faults: Faults, world: World) -> None:
    for _ in range(3):
        faults.add(latency="24h")
        faults.add(latency="24h", after_work=False)
    firing = world.fire()
    assert firing is not None
    assert (firing.before, firing.after) == (86_400, 86_400)


@pytest.mark.parametrize(
    ("drawn", "seconds"),
    [(1, 1.0), (-1, 0.0), (float("nan"), 0.0), (float("inf"), 86_400.0), ("0.5", 0.5)],
)
def test_what_a_function_draws(faults: Faults, world: World, drawn: Any, seconds: float) -> None:
    faults.add(latency=lambda dice: drawn)
    firing = world.fire()
    assert firing is not None
    assert firing.after == seconds


def test_a_range_is_drawn_from(faults: Faults, world: World) -> None:
    faults.add(latency=(1, "2s"))
    drawn = {firing.after for firing in (world.fire() for _ in range(50)) if firing}
    assert len(drawn) > 40
    assert 1 <= min(drawn) < max(drawn) <= 2


def test_times_and_after(faults: Faults, world: World) -> None:
    fault = faults.add(GET, reset=True, times=2, after=1)
    assert [bool(world.fired()) for _ in range(5)] == [False, True, True, False, False]
    assert (fault.seen, fault.fired, fault.left) == (3, 2, 0)


def test_after_counts_the_calls_of_others_too(faults: Faults, world: World) -> None:
    """Or what was written as "the second call" would happen to the third."""
    first = faults.add(code="Forbidden", times=1)
    second = faults.add(reset=True, after=1, times=1)
    assert [world.fired() for _ in range(3)] == [(first,), (second,), ()]


def test_one_after_the_other(faults: Faults, world: World) -> None:
    first, second = (faults.add(status=status, times=2) for status in (500, 503))
    assert [world.fired() for _ in range(5)] == [(first,)] * 2 + [(second,)] * 2 + [()]


def test_ttl_is_world_time(faults: Faults, world: World) -> None:
    faults.add(reset=True, ttl="1s")
    world.now = Instant(SECOND - 1)
    assert world.fire()
    world.now = Instant(SECOND)
    assert not world.fire()


def test_a_fault_in_a_with_statement_ends_with_it(faults: Faults, world: World) -> None:
    def within() -> None:
        with faults.add(reset=True) as fault:
            assert world.fired() == (fault,)
            raise KeyError

    with pytest.raises(KeyError):
        within()
    assert world.fired() == ()
    assert len(faults) == 0


def test_removing_and_clearing(faults: Faults, world: World) -> None:
    first, second = faults.add(status=500), faults.add(status=500)
    faults.remove(first)
    faults.remove(first)
    assert list(faults) == [second]
    faults.clear()
    second.end(second)
    assert list(faults) == []
    assert world.fire() is None


# ---------------------------------------------------------------- draws


def happenings(faults: Faults, world: World, fault: Fault, count: int = 60) -> list[bool]:
    return [fault in world.fired() for _ in range(count)]


def test_the_same_seed_fires_the_same_way() -> None:
    def run(seed: int) -> list[bool]:
        world = World(seed)
        return happenings(world.faults, world, world.faults.add(reset=True, probability=0.5))

    assert run(1) == run(1) != run(2)
    assert 10 < sum(run(1)) < 50


def test_equal_faults_have_draws_of_their_own(faults: Faults, world: World) -> None:
    first, second = (faults.add(latency=0, probability=0.5) for _ in range(2))
    fired = [world.fired() for _ in range(60)]
    assert [first in each for each in fired] != [second in each for each in fired]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("other", [{"status": 500, "times": 30}, {"latency": 0}, {"slow": 1}])
def test_another_fault_does_not_move_the_draws(before: bool, other: dict[str, Any]) -> None:
    def drawn(*, alone: bool) -> list[float | None]:
        world = World()
        if before and not alone:
            world.faults.add(**other, probability=0.5)
        fault = world.faults.add(GET, latency=(0, 1), probability=0.5)
        if not before and not alone:
            world.faults.add(**other, probability=0.5)
        seen: list[float | None] = []
        for _ in range(60):
            call = world.call()
            firing = world.faults.fire(call, world.now)
            seen.append(firing.after if firing and fault in call.faults else None)
        return seen

    assert drawn(alone=True) == drawn(alone=False)


def test_media_ids_do_not_move_when_faults_fire() -> None:
    def registered(*, faulty: bool) -> list[str]:
        with FakeIms(seed=7) as ims:
            if faulty:
                ims.faults.add(latency=(0, 1), probability=0.5)
                ims.faults.add(code="MediaAlreadyExist", times=2)
            assets = [ims.register(InputURL=f"oss://b/{n}.mp4").media_id for n in range(3)]
            call = Call(GET, {}, Instant(0))
            ims.faults.fire(call, Instant(0))
            return [*assets, ims.register(InputURL="oss://b/9.mp4").media_id]

    assert registered(faulty=True) == registered(faulty=False)


# ---------------------------------------------------------------- the counting rules


class Rule(NamedTuple):
    """A fault, as far as counting goes."""

    action: str | None
    decides: bool
    times: int | None
    after: int


RULES = st.lists(
    st.builds(
        Rule,
        st.sampled_from([None, GET, REGISTER]),
        st.booleans(),
        st.none() | st.integers(1, 3),
        st.integers(0, 3),
    ),
    max_size=5,
)


def expected(rules: Sequence[Rule], actions: Sequence[str]) -> Iterator[list[int]]:
    """The numbers of the rules that fire, call by call: told once more, and slowly."""
    seen, fired = [0] * len(rules), [0] * len(rules)
    for action in actions:
        able = []
        for number, rule in enumerate(rules):
            if rule.action not in (None, action) or fired[number] == rule.times:
                continue
            seen[number] += 1
            if seen[number] > rule.after:
                able.append(number)
        deciding = [number for number in able if rules[number].decides]
        firing = [number for number in able if number not in deciding[1:]]
        for number in firing:
            fired[number] += 1
        yield firing


@given(RULES, st.lists(st.sampled_from([GET, REGISTER, "Nonsense"]), max_size=12))
def test_counting(rules: list[Rule], actions: list[str]) -> None:
    world = World()
    faults = []
    for rule in rules:
        what: dict[str, Any] = {"status": 500} if rule.decides else {"latency": 0}
        faults.append(world.faults.add(rule.action, times=rule.times, after=rule.after, **what))
    fired = [[faults.index(fault) for fault in world.fired(action)] for action in actions]
    assert fired == list(expected(rules, actions))


# ---------------------------------------------------------------- threads


def test_times_is_exact_with_many_threads(faults: Faults, world: World) -> None:
    first = faults.add(reset=True, times=100, after=50)
    second = faults.add(status=500, times=100)
    drawn = faults.add(latency=0, probability=0.5)
    seen: list[tuple[Fault, ...]] = []
    start = threading.Barrier(16)

    def hammer() -> None:
        start.wait()
        seen.extend(world.fired() for _ in range(50))

    threads = [threading.Thread(target=hammer) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    count = {fault: sum(fault in each for each in seen) for fault in faults}
    assert (count[first], count[second]) == (first.fired, second.fired) == (100, 100)
    assert count[drawn] == drawn.fired
    assert drawn.seen == 800


def test_faults_may_be_added_and_ended_while_calls_come(faults: Faults, world: World) -> None:
    over = threading.Event()
    wrong: list[BaseException] = []

    def hammer() -> None:
        try:
            while not over.is_set():
                world.fire()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(200):
        with faults.add(status=500), faults.add(latency=0) as other:
            assert other in list(faults)
            repr(faults)
        faults.clear()
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_belongs_to_the_test_may_use_the_faults(faults: Faults, world: World) -> None:
    """A latency that looks at the faults, even from another thread, stops nobody."""
    looked: list[int] = []

    def look(dice: random.Random) -> float:
        thread = threading.Thread(target=lambda: looked.append(len(list(faults))))
        thread.start()
        thread.join(10)
        faults.clear()
        return 0.0

    faults.add(latency=look)
    assert world.fire()
    assert looked == [1]


def test_waiting_ends_with_the_world(faults: Faults) -> None:
    waited: list[bool] = []
    thread = threading.Thread(target=lambda: waited.append(faults.wait(60)))
    thread.start()
    faults.end()
    thread.join(20)
    assert waited == [False]
    assert not faults.wait(60)
    faults.begin()
    assert faults.wait(0)


def test_a_scope_refuses_what_no_call_can_have_sent(faults: Faults) -> None:
    with pytest.raises(TypeError, match="the type str is no wanted value"):
        faults.add("RegisterMediaInfo", Title=str, reset=True)


@pytest.mark.parametrize("name", ["RegionId", "AccessKeyId", "Action"])
def test_a_scope_of_what_no_entry_keeps_is_refused(faults: Faults, name: str) -> None:
    """Such a fault would never fire."""
    never: dict[str, Any] = {name: "x"}
    with pytest.raises(TypeError, match=f"{name} belongs to every request"):
        faults.add(GET, code="Throttling", **never)
    with pytest.raises(TypeError, match=f"{name} belongs to every request"):
        faults.add(GET, code="Throttling", parameters=never)
    with pytest.raises(TypeError, match="the parameter InputURL is given twice"):
        faults.add(GET, code="Throttling", parameters={"InputURL": "x"}, InputURL="y")
    anything: Any = 1
    with pytest.raises(TypeError, match="1 is no name of a parameter"):
        faults.add(GET, code="Throttling", parameters={anything: "x"})
    assert len(faults) == 0


def test_a_latency_that_nobody_would_wait_for_is_refused(faults: Faults) -> None:
    async def latency(dice: random.Random) -> float:
        return 1.0

    wrong: Any = latency
    with pytest.raises(FaultError, match="latency is drawn by a function, not a coroutine"):
        faults.add(GET, latency=wrong)


def test_what_another_fault_decides_moves_no_draw(world: World, faults: Faults) -> None:
    def fires(other: World) -> list[bool]:
        chance = other.faults.add(GET, status=418, probability=0.5)
        return [chance in other.fired() for _ in range(60)]

    alone = fires(world)
    second = World()
    second.faults.add(GET, code="Throttling", times=30)
    assert fires(second) == [False] * 30 + alone[30:]


def test_a_fault_that_ends_while_it_is_asked_does_not_fire(world: World, faults: Faults) -> None:
    def end(url: str) -> bool:
        faults.clear()
        return True

    faults.add(GET, code="Throttling", InputURL=end)
    assert world.fire(GET, InputURL="u") is None


def test_whoever_waits_after_the_end_does_not(faults: Faults) -> None:
    faults.end()
    assert not faults.wait(60)
