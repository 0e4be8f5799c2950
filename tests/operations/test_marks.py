"""AddMediaMarks, UpdateMediaMarks, ListMediaMarks, GetMediaMarks and DeleteMediaMarks."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from rpc import Reply, Rpc, invalid

from fake_ims import FakeIms, Mark

URL = "oss://bucket/a.mp4"
UNKNOWN = "0123456789ab71efabcdef0123456789"
DOCUMENTED = [
    {
        "MarkStartTime": "12.1", "MarkEndTime": "12.2", "MarkTag": "tag-1",
        "MarkContent": "content-1", "MarkStatus": "a",
    },
    {
        "MarkStartTime": "12.3", "MarkEndTime": "12.4", "MarkTag": "tag-2",
        "MarkContent": "content-2", "MarkStatus": "\u4e0a\u7ebf",
    },
]  # fmt: skip
"""The documented example."""

ONE = {"MarkStartTime": 1, "MarkEndTime": 2, "MarkTag": "t", "MarkContent": "c", "MarkStatus": "s"}


@pytest.fixture
def media_id(rpc: Rpc) -> str:
    """An asset."""
    return rpc.register(URL).media_id


def put(rpc: Rpc, action: str, media_id: str, marks: object) -> Reply:
    return rpc(action, MediaId=media_id, MediaMarks=json.dumps(marks))


def ids(reply: Reply) -> list[str]:
    """``MediaMarkIds`` of an answer."""
    assert reply.status == 200, reply
    text = reply.json["MediaMarkIds"]
    return text.split(",") if text else []


def add(rpc: Rpc, media_id: str, *marks: object) -> list[str]:
    return ids(put(rpc, "AddMediaMarks", media_id, list(marks)))


def shown(reply: Reply) -> list[dict[str, Any]]:
    """``MediaMarks`` of an answer, which is a text."""
    assert reply.status == 200, reply
    text = reply.json["MediaMarks"]
    assert isinstance(text, str)
    found = json.loads(text)
    assert isinstance(found, list)
    return found


def listed(rpc: Rpc, media_id: str) -> list[dict[str, Any]]:
    return shown(rpc("ListMediaMarks", MediaId=media_id))


# ---------------------------------------------------------------- adding


def test_the_documented_example(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    reply = put(rpc, "AddMediaMarks", media_id, DOCUMENTED)
    assert set(reply.json) == {"RequestId", "MediaId", "MediaMarkIds"}
    assert reply.json["MediaId"] == media_id
    added = ids(reply)
    assert all(re.fullmatch("mark-[0-9a-f]{32}", each) for each in added)
    assert len(set(added)) == 2
    answer = rpc("ListMediaMarks", MediaId=media_id)
    assert set(answer.json) == {"RequestId", "MediaId", "MediaMarks"}
    assert shown(answer) == [
        {"MarkId": mark_id, **mark} for mark_id, mark in zip(added, DOCUMENTED, strict=True)
    ]
    assert "\u4e0a\u7ebf" in answer.json["MediaMarks"]
    assert [mark.mark_id for mark in fake_ims.assets[media_id].marks] == added
    assert fake_ims.assets[media_id].marks[1] == Mark(
        mark_id=added[1], mark_start_time="12.3", mark_end_time="12.4", mark_tag="tag-2",
        mark_content="content-2", mark_status="\u4e0a\u7ebf",
    )  # fmt: skip


def test_more_marks_come_after_those_there_are(rpc: Rpc, media_id: str) -> None:
    added = add(rpc, media_id, {"MarkTag": "a"}) + add(rpc, media_id, {"MarkTag": "b"}, {})
    assert [each["MarkId"] for each in listed(rpc, media_id)] == added
    assert listed(rpc, media_id)[2] == {"MarkId": added[2]}


@pytest.mark.parametrize(
    "text",
    ["0", "12", "12.1", "12.10", "1e3", "1.5E-3", '"12.1"', '"0"', '"12."', '".5"', '"+1e2"',
     "0.1", "123456789012345678901234567890"],
)  # fmt: skip
def test_times_are_echoed_as_they_were_sent(rpc: Rpc, media_id: str, text: str) -> None:
    rpc("AddMediaMarks", MediaId=media_id, MediaMarks=f'[{{"MarkStartTime":{text}}}]')
    (mark,) = listed(rpc, media_id)
    assert mark["MarkStartTime"] == json.loads(text)


def test_null_counts_as_not_sent(rpc: Rpc, media_id: str) -> None:
    (mark_id,) = add(rpc, media_id, {**dict.fromkeys(ONE), "MarkId": None, "MarkTag": "t"})
    assert listed(rpc, media_id) == [{"MarkId": mark_id, "MarkTag": "t"}]


def test_a_mark_id_that_is_sent_is_not_taken(rpc: Rpc, media_id: str) -> None:
    (first,) = add(rpc, media_id, {"MarkTag": "a"})
    (second,) = add(rpc, media_id, {"MarkId": first, "MarkTag": "b"})
    assert [each["MarkTag"] for each in listed(rpc, media_id)] == ["a", "b"]
    assert first != second


def test_an_empty_array_adds_nothing(rpc: Rpc, media_id: str) -> None:
    reply = put(rpc, "AddMediaMarks", media_id, [])
    assert (reply.status, reply.json["MediaMarkIds"]) == (200, "")
    assert rpc("ListMediaMarks", MediaId=media_id).json["MediaMarks"] == "[]"


def nested(depth: int) -> str:
    return '[{"Key":' + "[" * depth + "]" * depth + "}]"


WRONG = [
    "{}", "null", '"text"', "1", "true", "[", "[{}", "nonsense", "NaN", "\u4e0a", '{"MarkTag":"a"}',
    "[1]", "[null]", '["a"]', "[[]]", "[{}, 1]",
    '[{"MarkStartTime":-0.1}]', '[{"MarkStartTime":"-1"}]', '[{"MarkStartTime":NaN}]',
    '[{"MarkStartTime":Infinity}]', '[{"MarkStartTime":"NaN"}]', '[{"MarkStartTime":"inf"}]',
    '[{"MarkStartTime":1e999}]', '[{"MarkStartTime":"1e999"}]', '[{"MarkStartTime":true}]',
    '[{"MarkStartTime":""}]', '[{"MarkStartTime":"a"}]', '[{"MarkStartTime":"1_0"}]',
    '[{"MarkStartTime":" 1"}]', '[{"MarkStartTime":"."}]', '[{"MarkStartTime":"\uff11"}]',
    '[{"MarkStartTime":[1]}]', '[{"MarkStartTime":{}}]', '[{"MarkEndTime":-1}]',
    '[{"MarkStartTime":1' + "0" * 400 + "}]", '[{"MarkStartTime":1' + "0" * 5000 + "}]",
    '[{"MarkStartTime":2,"MarkEndTime":1}]', '[{"MarkStartTime":"10","MarkEndTime":"9"}]',
    '[{"MarkTag":1}]', '[{"MarkTag":["a"]}]', '[{"MarkContent":{}}]', '[{"MarkStatus":false}]',
    '[{"MarkId":1}]', '[{"MarkTag":"\\ud800"}]', '[{"MarkId":"\\udfff"}]',
    nested(10_000),
]  # fmt: skip


@pytest.mark.parametrize("action", ["AddMediaMarks", "UpdateMediaMarks"])
@pytest.mark.parametrize("text", WRONG, ids=lambda text: ascii(text)[:40])
def test_what_is_no_array_of_marks_is_refused(
    rpc: Rpc, media_id: str, action: str, text: str
) -> None:
    (mark_id,) = add(rpc, media_id, ONE)
    text = text.replace("[{", f'[{{"MarkId":"{mark_id}","MarkTag":"new"}},{{', 1)
    reply = rpc(action, MediaId=media_id, MediaMarks=text)
    assert reply.refusal == invalid("MediaMarks")
    assert listed(rpc, media_id) == [{"MarkId": mark_id, **ONE}]


@pytest.mark.parametrize("depth", [1, 100, 480])
def test_keys_that_nobody_documents_are_ignored(rpc: Rpc, media_id: str, depth: int) -> None:
    reply = rpc("AddMediaMarks", MediaId=media_id, MediaMarks=nested(depth).replace("[]", "[1]"))
    assert listed(rpc, media_id) == [{"MarkId": each} for each in ids(reply)]


@pytest.mark.fake_ims(strict=True)
@pytest.mark.parametrize("action", ["AddMediaMarks", "UpdateMediaMarks"])
def test_strict_refuses_them(rpc: Rpc, media_id: str, action: str) -> None:
    reply = put(rpc, action, media_id, [{"MarkTag": "a", "marktag": "b"}])
    assert reply.refusal == invalid("MediaMarks")
    assert put(rpc, action, media_id, [{**ONE, "MarkId": "mark-1"}]).status == 200


@pytest.mark.parametrize("action", ["AddMediaMarks", "UpdateMediaMarks"])
@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({"MediaMarks": "[]"}, (400, "MissingMediaId", "MediaId is mandatory for this action.")),
        ({"MediaId": "", "MediaMarks": "[]"},
         (400, "MissingMediaId", "MediaId is mandatory for this action.")),
        ({"MediaId": UNKNOWN},
         (400, "MissingMediaMarks", "MediaMarks is mandatory for this action.")),
        ({"MediaId": UNKNOWN, "MediaMarks": "[]"}, invalid("MediaId")),
    ],
    ids=str,
)  # fmt: skip
def test_both_are_required_and_the_asset_must_exist(
    rpc: Rpc, action: str, sent: dict[str, str], refusal: tuple[int, str, str]
) -> None:
    assert rpc(action, **sent).refusal == refusal


@pytest.mark.fake_ims(unknown_media="not_found")
@pytest.mark.parametrize("action", ["ListMediaMarks", "GetMediaMarks", "DeleteMediaMarks"])
def test_an_unknown_asset_is_answered_as_the_setting_says(rpc: Rpc, action: str) -> None:
    reply = rpc(action, MediaId=UNKNOWN)
    assert (reply.status, reply.code) == (404, "ResourceNotFound")


def test_marks_do_not_change_the_asset_in_other_ways(
    fake_ims: FakeIms, rpc: Rpc, media_id: str
) -> None:
    fake_ims.settle()
    before, events = rpc.get(media_id)["MediaBasicInfo"], len(fake_ims.events)
    fake_ims.clock.advance("1h")
    (mark_id,) = add(rpc, media_id, ONE)
    put(rpc, "UpdateMediaMarks", media_id, [{"MarkId": mark_id, "MarkTag": "b"}])
    after = rpc.get(media_id)["MediaBasicInfo"]
    assert after["ModifiedTime"] == before["ModifiedTime"]
    assert len(fake_ims.events) == events


def test_marks_die_with_their_asset(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    (mark_id,) = add(rpc, media_id, ONE)
    media_id = rpc.register(URL, Overwrite="true").media_id
    assert listed(rpc, media_id) == []
    assert shown(rpc("GetMediaMarks", MediaMarkIds=mark_id)) == []


def test_marks_outlive_the_analysis(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    added = add(rpc, media_id, ONE)
    fake_ims.settle()
    assert [mark.mark_id for mark in fake_ims.assets[media_id].marks] == added


def test_the_same_seed_draws_the_same_ids() -> None:
    def drawn() -> list[str]:
        with FakeIms(seed=1) as ims:
            rpc = Rpc(ims)
            return add(rpc, rpc.register(URL).media_id, {}, {})

    assert drawn() == drawn()


def marks_by_id(ims: FakeIms) -> dict[str, str]:
    """What the library finds marks by."""
    return dict(ims.world.library.assets._by_mark)


def test_marks_are_found_as_long_as_they_are_there(fake_ims: FakeIms, rpc: Rpc) -> None:
    first, second = (rpc.register(f"oss://b/{name}.mp4").media_id for name in "ab")
    one, two, three = add(rpc, first, ONE, ONE, ONE)
    (four,) = add(rpc, second, ONE)
    (five,) = add(rpc, first, ONE)
    assert marks_by_id(fake_ims) == {
        one: first, two: first, three: first, four: second, five: first,
    }  # fmt: skip
    put(rpc, "UpdateMediaMarks", first, [{"MarkId": two, "MarkTag": "new"}])
    rpc("DeleteMediaMarks", MediaMarkIds=f"{one},{five}")
    assert marks_by_id(fake_ims) == {two: first, three: first, four: second}
    rpc("DeleteMediaMarks", MediaMarkIds=three)
    fake_ims.delete(second)
    assert marks_by_id(fake_ims) == {two: first}
    rpc.register("oss://b/a.mp4", Overwrite="true")
    assert marks_by_id(fake_ims) == {}


# ---------------------------------------------------------------- changing


def test_what_is_not_sent_stays(rpc: Rpc, media_id: str) -> None:
    one, two = add(rpc, media_id, ONE, ONE)
    reply = put(rpc, "UpdateMediaMarks", media_id, [
        {"MarkId": two, "MarkTag": "", "MarkEndTime": "9.5", "MarkContent": None},
    ])  # fmt: skip
    assert reply.json["MediaId"] == media_id
    assert ids(reply) == [two]
    assert listed(rpc, media_id) == [
        {"MarkId": one, **ONE},
        {"MarkId": two, **ONE, "MarkTag": "", "MarkEndTime": "9.5"},
    ]


def test_unknown_marks_are_left_out_and_others_changed(
    fake_ims: FakeIms, rpc: Rpc, media_id: str
) -> None:
    (mark_id,) = add(rpc, media_id, ONE)
    (elsewhere,) = add(rpc, rpc.register("oss://b/b.mp4").media_id, ONE)
    reply = put(rpc, "UpdateMediaMarks", media_id, [
        {"MarkId": "mark-unknown", "MarkTag": "a"}, {"MarkId": elsewhere, "MarkTag": "b"},
        {"MarkId": mark_id, "MarkTag": "c"}, {"MarkId": mark_id, "MarkStatus": "d"},
    ])  # fmt: skip
    assert ids(reply) == [mark_id]
    assert fake_ims.calls[-1].relied_on == ()
    assert listed(rpc, media_id) == [{"MarkId": mark_id, **ONE, "MarkTag": "c", "MarkStatus": "d"}]


def test_an_end_before_the_start_that_stays_is_refused(rpc: Rpc, media_id: str) -> None:
    one, two = add(rpc, media_id, ONE, ONE)
    reply = put(rpc, "UpdateMediaMarks", media_id, [
        {"MarkId": one, "MarkTag": "new"}, {"MarkId": two, "MarkEndTime": "0.5"},
    ])  # fmt: skip
    assert reply.refusal == invalid("MediaMarks")
    assert [each["MarkTag"] for each in listed(rpc, media_id)] == ["t", "t"]
    assert ids(put(rpc, "UpdateMediaMarks", media_id, [{"MarkId": one, "MarkEndTime": 1}])) == [one]


@pytest.mark.fake_ims(mark_without_id="position")
def test_by_position_the_documented_example_changes_both(rpc: Rpc, media_id: str) -> None:
    one, two = add(rpc, media_id, ONE, ONE)
    reply = put(rpc, "UpdateMediaMarks", media_id, [*DOCUMENTED, {"MarkTag": "no third"}])
    assert ids(reply) == [one, two]
    assert listed(rpc, media_id) == [
        {"MarkId": one, **DOCUMENTED[0]}, {"MarkId": two, **DOCUMENTED[1]},
    ]  # fmt: skip


@pytest.mark.fake_ims(mark_without_id="position")
@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_mark_id_is_none(rpc: Rpc, media_id: str, nothing: str | None) -> None:
    one, _ = add(rpc, media_id, {"MarkTag": "a"}, {"MarkTag": "b"})
    reply = put(rpc, "UpdateMediaMarks", media_id, [{"MarkId": nothing, "MarkTag": "new"}])
    assert ids(reply) == [one]


# ---------------------------------------------------------------- showing and deleting


def test_marks_are_found_by_their_ids(rpc: Rpc, media_id: str) -> None:
    one, two, three = add(rpc, media_id, {"MarkTag": "1"}, {"MarkTag": "2"}, {"MarkTag": "3"})
    for sent in ({"MediaId": media_id}, {}):
        reply = rpc("GetMediaMarks", MediaMarkIds=f"{three}, {one},mark-x,{one}", **sent)
        assert reply.json["MediaId"] == media_id
        assert [each["MarkTag"] for each in shown(reply)] == ["3", "1"]
    assert len(shown(rpc("GetMediaMarks", MediaId=media_id))) == 3
    assert shown(rpc("GetMediaMarks", MediaId=media_id, MediaMarkIds=",")) == []
    assert two not in rpc("GetMediaMarks", MediaMarkIds=one).json["MediaMarks"]


def test_marks_of_another_asset_are_not_this_ones(rpc: Rpc, media_id: str) -> None:
    other = rpc.register("oss://b/b.mp4").media_id
    (one,), (two,) = add(rpc, media_id, ONE), add(rpc, other, ONE)
    reply = rpc("GetMediaMarks", MediaId=media_id, MediaMarkIds=f"{one},{two}")
    assert [each["MarkId"] for each in shown(reply)] == [one]
    reply = rpc("GetMediaMarks", MediaMarkIds=f"{one},{two}")
    assert [each["MarkId"] for each in shown(reply)] == [one, two]
    assert "MediaId" not in reply.json
    assert ids(rpc("DeleteMediaMarks", MediaId=media_id, MediaMarkIds=f"{one},{two}")) == [one]
    assert len(listed(rpc, other)) == 1


def test_list_shows_all_whatever_ids_are_sent(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    (one, _) = add(rpc, media_id, ONE, ONE)
    reply = rpc("ListMediaMarks", MediaId=media_id, MediaMarkIds=one)
    assert len(shown(reply)) == 2
    assert fake_ims.calls[-1].ignored == ("MediaMarkIds",)


def test_some_are_deleted(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    one, two, three = add(rpc, media_id, {}, {}, {})
    reply = rpc("DeleteMediaMarks", MediaId=media_id, MediaMarkIds=f"{three},mark-x,{one}")
    assert reply.json["MediaId"] == media_id
    assert ids(reply) == [three, one]
    assert [mark.mark_id for mark in fake_ims.assets[media_id].marks] == [two]
    assert ids(rpc("DeleteMediaMarks", MediaMarkIds=f"{one},{two}")) == [two]
    assert shown(rpc("GetMediaMarks", MediaMarkIds=two)) == []


@pytest.mark.parametrize("sent", [{}, {"MediaMarkIds": ""}], ids=str)
def test_without_ids_all_are_deleted(rpc: Rpc, media_id: str, sent: dict[str, str]) -> None:
    added = add(rpc, media_id, {}, {})
    assert ids(rpc("DeleteMediaMarks", MediaId=media_id, **sent)) == added
    assert listed(rpc, media_id) == []
    reply = rpc("DeleteMediaMarks", MediaId=media_id, **sent)
    assert reply.json["MediaMarkIds"] == ""


def test_a_list_without_an_id_deletes_nothing(rpc: Rpc, media_id: str) -> None:
    add(rpc, media_id, ONE)
    assert ids(rpc("DeleteMediaMarks", MediaId=media_id, MediaMarkIds=", ,")) == []
    assert len(listed(rpc, media_id)) == 1


def test_marks_of_several_assets_are_deleted_by_their_ids(fake_ims: FakeIms, rpc: Rpc) -> None:
    assets = [rpc.register(f"oss://b/{number}.mp4").media_id for number in range(2)]
    added = [add(rpc, each, {}, {})[0] for each in assets]
    reply = rpc("DeleteMediaMarks", MediaMarkIds=",".join(added))
    assert ids(reply) == added
    assert "MediaId" not in reply.json
    assert [len(fake_ims.assets[each].marks) for each in assets] == [1, 1]


@pytest.mark.parametrize("action", ["ListMediaMarks", "GetMediaMarks", "DeleteMediaMarks"])
def test_without_anything_the_media_id_is_missed(rpc: Rpc, media_id: str, action: str) -> None:
    add(rpc, media_id, ONE)
    for sent in ({}, {"MediaId": "", "MediaMarkIds": ""}):
        reply = rpc(action, **sent)
        assert (reply.status, reply.code) == (400, "MissingParameter")
        assert '"MediaId"' in reply.message
    assert rpc(action, MediaId=UNKNOWN).refusal == invalid("MediaId")
    assert len(listed(rpc, media_id)) == 1


@pytest.mark.parametrize(
    "action",
    ["AddMediaMarks", "UpdateMediaMarks", "ListMediaMarks", "GetMediaMarks", "DeleteMediaMarks"],
)
def test_each_needs_its_permission(fake_ims: FakeIms, rpc: Rpc, action: str) -> None:
    fake_ims.ram.deny(f"ice:{action}")
    reply = put(rpc, action, UNKNOWN, [])
    assert (reply.status, reply.code) == (403, "Forbidden")


# ---------------------------------------------------------------- the Python side


def test_repr_of_a_mark_is_one_short_line(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    one, two, _ = add(
        rpc, media_id, {"MarkStartTime": "1", "MarkTag": "a\nb"}, {}, {"MarkTag": "x" * 9999}
    )
    marks = fake_ims.assets[media_id].marks
    assert repr(marks[0]) == f"<Mark {one} start_time='1' tag='a\\nb'>"
    assert repr(marks[1]) == f"<Mark {two}>"
    assert len(repr(marks[2])) < 300
