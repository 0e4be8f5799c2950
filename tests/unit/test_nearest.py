"""What a failed assertion on calls says: readable, and bounded whatever was called."""

from __future__ import annotations

import difflib
import re
import textwrap
from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims.clock import Instant
from fake_ims.faults.effects import Reset
from fake_ims.faults.fault import Fault, Scope
from fake_ims.gateway.request import HttpRequest, read_request
from fake_ims.journal import nearest as module
from fake_ims.journal.calls import Call, Calls
from fake_ims.journal.matching import fits
from fake_ims.journal.wanted import COMMON_PARAMETERS, Field

AT = Instant(1_769_860_800_000_000)


def call(action: str = "RegisterMediaInfo", /, **parameters: str) -> Call:
    return Call(action, parameters, AT, status=200, caller="default")


def refused(action: str, code: str, **parameters: str) -> Call:
    return Call(action, parameters, AT, status=400, code=code, caller="alice")


CALLS = Calls([
    call(InputURL="oss://b/a.mp4", Title="y", CateId="5"),
    call("GetMediaInfo", MediaId="m1"),
    refused("GetMediaInfo", "Throttling.User", MediaId="m2"),
])  # fmt: skip


def message(assertion: Callable[..., object], *given: Any, **wanted: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        assertion(*given, **wanted)
    return str(caught.value)


def text(block: str) -> str:
    return textwrap.dedent(block).strip("\n")


# ---------------------------------------------------------------- what is said


def test_a_call_that_was_not_made_is_compared_with_the_nearest() -> None:
    found = message(
        CALLS.assert_called, "RegisterMediaInfo", InputURL="oss://b/a.mp4", Title="x", CateId=None
    )
    assert found == text(
        """
        RegisterMediaInfo(InputURL='oss://b/a.mp4', Title='x', CateId=None) was not called.
        The nearest of 3 calls:
        1. <RegisterMediaInfo(InputURL='oss://b/a.mp4', Title='y', CateId='5') 200 at 2026-01-31T12:00:00Z>
             InputURL  as wanted
             Title     wanted 'x'
                       sent   'y'
             CateId    must not be sent
                       sent   '5'
        2. <GetMediaInfo(MediaId='m2') 400 Throttling.User at 2026-01-31T12:00:00Z>
             action    wanted 'RegisterMediaInfo'
                       was    'GetMediaInfo'
             InputURL  wanted 'oss://b/a.mp4'
                       not sent
             Title     wanted 'x'
                       not sent
             CateId    as wanted
             not asked for: MediaId
        3. <GetMediaInfo(MediaId='m1') 200 at 2026-01-31T12:00:00Z>
             action    wanted 'RegisterMediaInfo'
                       was    'GetMediaInfo'
             InputURL  wanted 'oss://b/a.mp4'
                       not sent
             Title     wanted 'x'
                       not sent
             CateId    as wanted
             not asked for: MediaId
        """  # noqa: E501  as it is printed
    )


def test_a_misspelt_parameter_is_named() -> None:
    found = message(CALLS[:1].assert_called, "RegisterMediaInfo", InputUrl="oss://b/a.mp4")
    assert found == text(
        """
        RegisterMediaInfo(InputUrl='oss://b/a.mp4') was not called.
        The only call:
        1. <RegisterMediaInfo(InputURL='oss://b/a.mp4', Title='y', CateId='5') 200 at 2026-01-31T12:00:00Z>
             InputUrl  wanted 'oss://b/a.mp4'
                       not sent
                       but InputURL was: 'oss://b/a.mp4'
             not asked for: InputURL, Title, CateId
        """  # noqa: E501
    )


def test_a_misspelt_action_is_named() -> None:
    assert message(CALLS.assert_called, "RegisterMediainfo").splitlines()[:4] == [
        "RegisterMediainfo was not called.",
        "There is no call of RegisterMediainfo, but of RegisterMediaInfo.",
        "The nearest of 3 calls:",
        f"1. {CALLS[0]!r}",
    ]
    assert "There is no call of" not in message(CALLS.assert_called, "SubmitASRJob")


def test_parts_of_json_are_compared_one_by_one() -> None:
    sent = call(UserData='{"NotifyAddress": "http://y", "list": [1, 2], "more": 1}')
    wanted = {"NotifyAddress": "http://x", "list": [1, 3], "a b": True}
    assert message(Calls([sent]).assert_called, UserData=wanted).splitlines()[3:] == [
        "     UserData.NotifyAddress  wanted 'http://x'",
        "                             sent   'http://y'",
        "     UserData.list[1]        wanted 3",
        "                             sent   2",
        "     UserData['a b']         wanted True",
        "                             not sent",
    ]


def test_a_predicate_that_raises_says_so() -> None:
    def is_number(value: str) -> bool:
        return int(value) > 0

    assert message(CALLS[:1].assert_called, Title=is_number).splitlines() == [
        "Any operation(Title=is_number) was not called.",
        "The only call:",
        f"1. {CALLS[0]!r}",
        "     Title  wanted is_number",
        "            sent   'y'",
        "            (raised ValueError: invalid literal for int() with base 10: 'y')",
        "     not asked for: InputURL, CateId",
    ]


def test_long_values_are_shown_where_they_differ() -> None:
    sent = call(Title="x" * 5000 + "S" + "z" * 500)
    lines = message(Calls([sent]).assert_called, Title="x" * 5000 + "W" + "z" * 500).splitlines()
    x, z = "x" * 30, "z" * 29
    assert lines[3:] == [
        f"     Title  wanted ...'{x}W{z}'... (5501 characters)",
        f"            sent   ...'{x}S{z}'... (5501 characters)",
        "            (they differ from character 5001 on)",
    ]


@pytest.mark.parametrize(
    ("wanted", "sent", "place"),
    [("a" * 200, "a" * 300, 201), ("a" * 300, "a" * 200, 201), ("b" + "a" * 200, "a", 1)],
)
def test_long_values_may_differ_at_either_end(wanted: str, sent: str, place: int) -> None:
    found = message(Calls([call(Title=sent)]).assert_called, Title=wanted)
    assert f"(they differ from character {place} on)" in found


def test_filters_are_compared_as_well() -> None:
    found = message(CALLS.assert_called, "GetMediaInfo", status=200, caller="alice", fault=True)
    assert found.splitlines()[2:9] == [
        f"1. {CALLS[2]!r}",
        "     caller  as wanted",
        "     status  wanted 200",
        "             was    400",
        "     fault   wanted True",
        "             was    False",
        f"2. {CALLS[1]!r}",
    ]


def test_a_wrong_number_lists_those_that_were() -> None:
    found = message(CALLS.assert_called, "GetMediaInfo", MediaId="m1", times=2)
    assert found.splitlines()[:6] == [
        "GetMediaInfo(MediaId='m1') was called 1 time; wanted 2 times.",
        "It was:",
        f"  {CALLS[1]!r}",
        "The nearest of 2 other calls:",
        f"1. {CALLS[2]!r}",
        "     MediaId  wanted 'm1'",
    ]


def test_too_many_are_listed_without_near_misses() -> None:
    assert message(CALLS.assert_called, "GetMediaInfo", times=1).splitlines() == [
        "GetMediaInfo was called 2 times; wanted 1 time.",
        "They were:",
        f"  {CALLS[1]!r}",
        f"  {CALLS[2]!r}",
    ]
    assert message(CALLS.assert_not_called, code=re.compile("^Thr")).splitlines() == [
        "Any operation(code=re.compile('^Thr')) was called 1 time; wanted none.",
        "It was:",
        f"  {CALLS[2]!r}",
    ]


def test_too_few_say_how_many_at_least() -> None:
    assert message(CALLS.assert_called, "X", at_least=2).startswith(
        "X was not called; wanted at least 2 times.\n"
    )


def test_an_empty_journal_says_so() -> None:
    assert message(Calls().assert_called, "X") == "X was not called.\nThere was no call."


def test_an_order_names_the_missing_step_and_shows_its_near_misses() -> None:
    steps = [
        "RegisterMediaInfo",
        ("GetMediaInfo", {"MediaId": "m3", "ok": True}),
        "DeleteMediaInfos",
    ]
    assert message(CALLS.assert_order, *steps).splitlines() == [
        "GetMediaInfo(MediaId='m3', ok=True) was not called after call 1: step 2 of 3 is missing.",
        f"  step 1, RegisterMediaInfo: call 1, {CALLS[0]!r}",
        "  step 2, GetMediaInfo(MediaId='m3', ok=True): missing",
        "  step 3, DeleteMediaInfos: was not reached",
        "The nearest of 2 later calls:",
        f"1. {CALLS[1]!r}",
        "     MediaId  wanted 'm3'",
        "              sent   'm1'",
        "     ok       as wanted",
        f"2. {CALLS[2]!r}",
        "     MediaId  wanted 'm3'",
        "              sent   'm2'",
        "     ok       wanted True",
        "              was    False",
    ]


def test_an_order_says_what_came_too_early() -> None:
    lines = message(CALLS.assert_order, "GetMediaInfo", "RegisterMediaInfo").splitlines()
    assert (
        lines[2] == f"  step 2, RegisterMediaInfo: missing; it came too early: call 1, {CALLS[0]!r}"
    )
    lines = message(CALLS.assert_order, "RegisterMediaInfo", "RegisterMediaInfo").splitlines()
    assert lines[2] == "  step 2, RegisterMediaInfo: missing"


# ---------------------------------------------------------------- which are nearest


def nearest(calls: Calls, *given: Any, **wanted: Any) -> list[Call]:
    lines = message(calls.assert_called, *given, **wanted).splitlines()
    shown = [line[3:] for line in lines if re.match(r"\d\. <", line)]
    return [next(call for call in calls if repr(call) == text) for text in shown]


def test_the_action_weighs_most_then_the_fields_that_fit_then_the_texts() -> None:
    one = call("A", X="1", Y="2")
    other = call("B", X="1", Y="2", Z="3")
    far, near = call("A", X="1", Z="qqq"), call("A", X="1", Z="33")
    found = nearest(Calls([far, near, other, one]), "A", X="1", Y="2", Z="333")
    assert found == [one, near, far]


def test_of_equally_near_calls_the_later_come_first() -> None:
    calls = Calls(call("A", X=str(number)) for number in range(5))
    assert nearest(calls, "A", Y="1") == [calls[4], calls[3], calls[2]]
    assert "2 more are not shown." in message(calls.assert_called, "A", Y="1")


def test_a_misspelt_parameter_with_the_wanted_value_is_nearest() -> None:
    one, other = call("A", InputURL="oss://b/a.mp4"), call("A", InputURL="oss://c/b.jpg")
    assert nearest(Calls([one, other]), "A", Input_Url="oss://b/a.mp4")[0] is one


def test_a_value_that_a_predicate_looked_at_is_nearer_than_none() -> None:
    one, other = call("A", Title="x"), call("A")
    assert nearest(Calls([one, other]), "A", Title=str.isdigit)[0] is one


# ---------------------------------------------------------------- what cannot be decided

DROPPED = Calls(CALLS, dropped=7)
CONSEQUENCE = "7 earlier calls were dropped, and may have been such: the settings journal_size and"


@pytest.mark.parametrize(
    ("assertion", "first"),
    [
        (
            lambda: DROPPED.assert_called("GetMediaInfo", times=2),
            "Whether GetMediaInfo was called 2 times cannot be told.",
        ),
        (
            lambda: DROPPED.assert_called("GetMediaInfo", times=3),
            "GetMediaInfo was called 2 times; wanted 3 times.",
        ),
        (lambda: DROPPED.assert_not_called("X"), "Whether X was called cannot be told."),
        (lambda: DROPPED.assert_called("X", times=0), "Whether X was called cannot be told."),
        (lambda: DROPPED.assert_called("X"), "X was not called."),
        (
            lambda: DROPPED.assert_order("GetMediaInfo", "RegisterMediaInfo"),
            "RegisterMediaInfo was not called after call 2: step 2 of 2 is missing.",
        ),
        (lambda: DROPPED.of("GetMediaInfo").assert_not_called("X"), "Whether X was called cannot"),
        (lambda: DROPPED[1:].assert_not_called("X"), "Whether X was called cannot be told."),
    ],
)
def test_what_dropped_calls_leave_open_fails_and_says_so(
    assertion: Callable[[], object], first: str
) -> None:
    lines = message(assertion).splitlines()
    assert lines[0].startswith(first)
    assert lines[1].startswith(CONSEQUENCE)


def test_what_the_calls_that_are_kept_decide_is_decided() -> None:
    assert DROPPED.assert_called("GetMediaInfo") is CALLS[2]
    assert DROPPED.assert_called("GetMediaInfo", at_least=2) is CALLS[2]
    assert DROPPED.assert_order("RegisterMediaInfo", "GetMediaInfo") == CALLS[:2]
    for assertion in (
        lambda: DROPPED.assert_called("GetMediaInfo", times=1),
        lambda: DROPPED.assert_not_called("GetMediaInfo"),
    ):
        assert "dropped" not in message(assertion)


@pytest.mark.parametrize(
    ("assertion", "names"),
    [
        (lambda: CALLS.assert_not_called("GetMediainfo"), "GetMediaInfo, not GetMediainfo"),
        (lambda: CALLS.assert_not_called(Mediaid=ANY), "MediaId, not Mediaid"),
        (lambda: CALLS.assert_called(Media_Id="x", times=0), "MediaId, not Media_Id"),
        (lambda: CALLS.assert_called("RegisterMediaInfo", InputUrl=None), "InputURL, not InputUrl"),
        (lambda: CALLS.assert_not_called(parameters={"media_id": 1}), "MediaId, not media_id"),
    ],
)  # fmt: skip
def test_a_name_that_only_differs_in_writing_does_not_make_an_assertion_hold(
    assertion: Callable[[], object], names: str
) -> None:
    assert message(assertion).endswith(f"cannot be told: the calls write {names}.")


# ---------------------------------------------------------------- bounds


NASTY = "\x1b[2J\r\n\u2028\u202e\ud800" * 100_000
NASTY_CALLS = Calls(
    Call(NASTY[n:], {NASTY: NASTY, "X": NASTY[n:], **{f"P{k}": "x" for k in range(2000)}}, AT)
    for n in range(20)
)
NASTY_WISH: dict[str, Any] = {"X": NASTY, **{f"Q{n}": NASTY for n in range(300)}}


@pytest.mark.parametrize(
    "assertion",
    [
        lambda: NASTY_CALLS.assert_called(NASTY + "x", parameters={**NASTY_WISH, NASTY: "x"}),
        lambda: NASTY_CALLS.assert_called(NASTY, parameters={"X": {NASTY: NASTY}}),
        lambda: NASTY_CALLS.assert_called(times=2),
        lambda: NASTY_CALLS.assert_order(*[NASTY[n:] for n in range(20)], ("X", NASTY_WISH)),
        lambda: NASTY_CALLS.assert_not_called(X=re.compile("J")),
    ],
    ids=["names", "json", "times", "order", "not called"],
)
def test_messages_are_bounded_and_printable_whatever_was_called(
    assertion: Callable[[], object],
) -> None:
    found = message(assertion)
    # What pytest would show of a failure here are the texts themselves.
    size, lines = len(found), found.split("\n")
    printable = all(line.isprintable() for line in lines)
    assert (size < 40_000, len(lines) < 120, printable) == (True, True, True), size


def test_ten_thousand_long_calls_are_no_problem() -> None:
    long = "y" * 6000
    calls = Calls(call(f"A{n}", InputURL=f"oss://b/{n}{long}", Title=str(n)) for n in range(10_000))
    found = message(calls.assert_called, "A77x", InputURL=f"oss://b/77{long}x", Title="77")
    assert repr(calls[77]) in found
    assert "9997 more are not shown." in found


class Hostile:
    def __eq__(self, other: object) -> bool:
        raise LookupError

    def __repr__(self) -> str:
        raise LookupError

    def __getattr__(self, name: str) -> Any:
        raise LookupError

    __hash__ = None  # type: ignore[assignment]


def test_objects_that_raise_are_shown_by_their_type() -> None:
    found = message(CALLS.assert_called, "RegisterMediaInfo", Title=Hostile())
    assert "Title=<Hostile whose repr raises LookupError>" in found
    assert "(raised LookupError: )" in found


# ---------------------------------------------------------------- properties

NAMES = st.sampled_from(["InputURL", "InputUrl", "Title", "UserData", "a.b", "\x1b"])
TEXTS = st.text(max_size=5) | st.sampled_from(
    ["oss://b/a.mp4", '{"a": [1, "x"]}', "[1", "True", "x" * 500]
)
SENT = st.builds(
    lambda action, parameters, status, code: Call(action, parameters, AT, status=status, code=code),
    st.sampled_from(["GetMediaInfo", "RegisterMediaInfo", "RegisterMediainfo"]),
    st.dictionaries(NAMES, TEXTS, max_size=3),
    st.sampled_from([None, 200, 400]),
    st.none() | TEXTS,
)  # fmt: skip
VALUES = st.one_of(
    TEXTS, st.none(), st.booleans(), st.integers(), st.floats(),
    st.dictionaries(st.text(max_size=2), TEXTS | st.integers(), max_size=2),
    st.lists(TEXTS, max_size=2),
    st.sampled_from([ANY, len, str.isdigit, re.compile("x"), {"a": [1, ANY]}, Hostile()]),
)  # fmt: skip
ACTIONS = st.sampled_from([None, "GetMediaInfo", "RegisterMediaInfo", "Get", re.compile("Get")])


@given(st.lists(SENT, max_size=6), ACTIONS, st.dictionaries(NAMES, VALUES, max_size=3), st.data())
def test_whatever_is_wanted_an_assertion_holds_or_says_why_not(
    sent: list[Call], action: Any, parameters: dict[str, Any], data: st.DataObject
) -> None:
    numbers = VALUES.filter(lambda value: not isinstance(value, str))
    texts = VALUES.filter(lambda value: not isinstance(value, int))
    filters = data.draw(st.fixed_dictionaries({}, optional={"status": numbers, "code": texts}))
    calls = Calls(sent, dropped=data.draw(st.integers(0, 1)))
    found = calls.of(action, parameters=parameters, **filters)
    assert list(found) == [
        call
        for call in sent
        if (action is None or fits(action, call.action))
        and all(fits(value, call.parameters.get(name)) for name, value in parameters.items())
        and all(fits(value, getattr(call, name)) for name, value in filters.items())
    ]
    times = data.draw(st.sampled_from([None, 0, 1, 2]))
    said = ""
    try:
        last = calls.assert_called(action, parameters=parameters, times=times, **filters)
    except AssertionError as failure:
        said = str(failure)
    assert all(line.isprintable() for line in said.split("\n"))
    if not said:
        assert len(found) == (len(found) or 1 if times is None else times)
        assert last is (found[-1] if found else None)


@given(
    st.lists(SENT, max_size=6),
    st.lists(st.sampled_from(["GetMediaInfo", "RegisterMediaInfo"]), min_size=1, max_size=4),
)
def test_an_order_holds_for_the_calls_in_their_order_alone(
    sent: list[Call], steps: list[str]
) -> None:
    rest = iter(sent)
    holds = all(any(step == call.action for call in rest) for step in steps)
    try:
        found = Calls(sent).assert_order(*steps)
    except AssertionError:
        assert not holds
    else:
        assert holds
        assert [call.action for call in found] == steps


# ---------------------------------------------------------------- what may be asked


def fault(effect: Any = None) -> Fault:
    return Fault(
        Scope(), effect, None, False, None, 0, 1.0, None, "seed", lambda fault: None
    )  # fmt: skip


def test_filters_pick_calls_by_whatever_a_call_has() -> None:
    one, other = fault(Reset()), fault()
    calls = Calls([
        Call("A", {}, AT, access_key_id="k", caller="alice", scheme="acs3", http_method="GET",
             user_agent="curl/8", status=200, request_id="r"),
        Call("B", {}, AT, status=400, code="Throttling", message="slow down", faults=(one,)),
        Call("C", {}, AT),
    ])  # fmt: skip
    by: list[tuple[dict[str, Any], str]] = [
        ({"access_key_id": "k"}, "A"), ({"caller": re.compile("^al")}, "A"),
        ({"scheme": "acs3"}, "A"), ({"http_method": "GET"}, "A"), ({"client": "curl"}, "A"),
        ({"status": 200}, "A"), ({"request_id": "r"}, "A"), ({"ok": True}, "A"),
        ({"ok": False}, "BC"), ({"status": 400}, "B"), ({"code": "Throttling"}, "B"),
        ({"code": None}, "AC"), ({"message": re.compile("slow")}, "B"), ({"status": None}, "C"),
        ({"status": lambda status: status >= 400}, "B"), ({"caller": ""}, "BC"),
        ({"fault": True}, "B"), ({"fault": False}, "AC"), ({"fault": one}, "B"),
        ({"fault": other}, ""), ({"fault": lambda fault: fault.fired == 0}, "B"), ({}, "ABC"),
    ]  # fmt: skip
    for wanted, names in by:
        assert "".join(call.action for call in calls.of(**wanted)) == names, wanted
    assert [call.action for call in calls.of(re.compile("[AB]"))] == ["A", "B"]
    assert message(lambda: calls.assert_called("B", fault=other)).count("<fault ") >= 2


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda: CALLS.of(stat=200), r"no filter is called 'stat'; did you mean status\?"),
        (lambda: CALLS.of(_x=1), "no filter is called '_x'"),
        (lambda: CALLS.of(times=1), r"no filter is called 'times' \("),
        (lambda: CALLS.assert_called("A", time=1), r"did you mean times\?"),
        (lambda: CALLS.assert_not_called("A", input_url="x"), "parameters of the API begin with"),
        (lambda: CALLS.of(Title=str), "the type str is no wanted value"),
        (lambda: CALLS.of(str), "the type str is no wanted value"),
        (lambda: CALLS.of(status=int), "the type int is no wanted value"),
        (lambda: CALLS.of(Title=1, parameters={"Title": 2}), "the parameter Title is given twice"),
        (lambda: CALLS.of(parameters={1: 2}), "1 is no name of a parameter"),  # type: ignore[dict-item]
        (lambda: CALLS.assert_not_called(RegionId="x"), "RegionId belongs to every request"),
        (lambda: CALLS.assert_called("A", times=1, at_least=1), "times or at_least, not both"),
        (lambda: CALLS.assert_called("A", times=True), "times is a whole number"),
        (lambda: CALLS.assert_called("A", times=1.0), "times is a whole number"),  # type: ignore[call-overload]
        (CALLS.assert_order, "an order has steps"),
        (lambda: CALLS.assert_order(("A", "B")), "a step is an action, or"),  # type: ignore[arg-type]
        (lambda: CALLS.assert_order(("A", {"stat": 1})), "did you mean status"),
    ],
)
def test_what_cannot_be_meant_is_a_type_error(asked: Callable[[], object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        asked()


@pytest.mark.parametrize("bounds", [{"times": -1}, {"at_least": 0}])
def test_numbers_that_are_no_bounds_are_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="is at least"):
        CALLS.assert_called("A", times=bounds.get("times"), at_least=bounds.get("at_least"))


@pytest.mark.parametrize("name", sorted(COMMON_PARAMETERS))
def test_what_the_gateway_takes_out_of_the_parameters_cannot_be_meant(name: str) -> None:
    sent = read_request(HttpRequest("GET", "/", f"{name}=x&Title=t", {}, b""))
    assert sent.parameters == {"Title": "t"}
    with pytest.raises(TypeError, match=f"{name} belongs to every request"):
        CALLS.of(parameters={name: "x"})


def test_names_that_differ_by_more_than_writing_are_other_names() -> None:
    calls = Calls([call("A", **{"Tag.1.1": "x"})])
    calls.assert_not_called("A", parameters={"Tag.11": "x"})
    calls.assert_not_called("B")


def test_a_slice_of_calls_can_be_asked_as_well() -> None:
    assert CALLS[1:].assert_called("GetMediaInfo", MediaId="m1") is CALLS[1]
    CALLS[1:].assert_not_called("RegisterMediaInfo")
    assert CALLS[1:].dropped == 0
    assert CALLS[-1].action == "GetMediaInfo"


def test_few_texts_are_compared_however_many_were_called(monkeypatch: pytest.MonkeyPatch) -> None:
    matched: list[int] = []
    compared: list[str] = []

    def get_close_matches(name: str, names: list[str], **how: Any) -> list[str]:
        matched.append(len(names))
        return []

    def closeness(field: Field, *others: Any) -> float:
        compared.append(field.name)
        return 0

    monkeypatch.setattr(difflib, "get_close_matches", get_close_matches)
    monkeypatch.setattr(module, "_closeness", closeness)
    calls = Calls(call(f"Get{number}", Title="x") for number in range(2000))
    message(calls.assert_called, "GetMedia", Title="y")
    assert max(matched) <= 200
    assert compared.count("Title") <= 300
