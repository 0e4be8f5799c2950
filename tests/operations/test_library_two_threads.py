"""Two threads call the library: what comes of it is what some order of the calls gives.

The calls are drawn so that they are in each other's way: one or two URLs, one ReferenceId, one
category, and assets that one thread deletes while the other changes them.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from alone import IN_VAIN
from library_client import Caller, compare
from naive_library import NaiveLibrary
from naive_parameters import SECOND
from naive_search import both, of_type, tagged
from oracle import LONG, Factory
from two_threads import Call, Done, Turns, at_once, do, outcome

from fake_ims import FakeIms
from fake_ims.clock import instant

START = "2026-01-31T12:00:00Z"
OLD, NEW = "oss://bucket/a.mp4", "oss://bucket/new.mp4"
OLD_AGAIN = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4"

BLUE = both(tagged(["blue"]), of_type(["video", "audio"]))

BEFORE: list[tuple[str, Call]] = [
    ("cate", ("AddCategory", {"CateName": "first"})),
    ("under", ("AddCategory", {"CateName": "second", "ParentId": "$cate"})),
    (
        "a",
        (
            "RegisterMediaInfo",
            {"InputURL": OLD, "ReferenceId": "reference-1", "CateId": "$under", "MediaTags": "red"},
        ),
    ),
    ("b", ("RegisterMediaInfo", {"InputURL": "oss://bucket/b.mp3"})),
    ("mark", ("AddMediaMarks", {"MediaId": "$a", "MediaMarks": '[{"MarkTag": "old"}]'})),
]
"""What is there before the threads begin, and the names of the ids."""

KINDS: list[list[Call]] = [
    [
        ("RegisterMediaInfo", {"InputURL": url, **more})
        for url in (OLD, OLD_AGAIN, NEW)
        for more in (
            {"ReferenceId": "reference-2"},
            {"Overwrite": "true"},
            {"Overwrite": "true", "ReferenceId": "reference-1", "CateId": "$under"},
            {"Overwrite": "true", "ClientToken": "token"},
            {"ClientToken": "token"},
        )
    ],
    [
        ("UpdateMediaInfo", {**which, **what})
        for which in ({"MediaId": "$a"}, {"MediaId": "$b"}, {"InputURL": OLD}, {"InputURL": NEW})
        for what in (
            {"Title": "changed", "MediaTags": "blue", "AppendTags": "true"},
            {"MediaTags": "green,red", "AppendTags": "true", "ReferenceId": "reference-2"},
            {"CateId": "$under", "ReferenceId": "reference-1"},
        )
    ],
    [
        ("DeleteMediaInfos", {"MediaIds": "$a"}),
        ("DeleteMediaInfos", {"MediaIds": "$b,$a"}),
        ("DeleteMediaInfos", {"InputURLs": f"{NEW},{OLD}"}),
    ],
    [
        ("GetMediaInfo", {"MediaId": "$a"}),
        ("GetMediaInfo", {"InputURL": OLD}),
        ("GetMediaInfo", {"InputURL": NEW}),
        ("BatchGetMediaInfos", {"MediaIds": "$b,$a"}),
        ("ListMediaBasicInfos", {"Status": "Preparing", "SortBy": "asc"}),
        ("ListMediaBasicInfos", {"BusinessType": "general", "MaxResults": "1"}),
        ("SearchMedia", {"Match": BLUE.text}),
        ("SearchMedia", {"Match": BLUE.text, "SortBy": "title:Asc", "PageSize": "1"}),
    ],
    [
        ("AddCategory", {"CateName": "new", "ParentId": "$under"}),
        ("AddCategory", {"CateName": "new"}),
        ("UpdateCategory", {"CateId": "$under", "CateName": "renamed"}),
        ("DeleteCategory", {"CateId": "$cate"}),
        ("DeleteCategory", {"CateId": "$under"}),
        ("GetCategories", {"CateId": "$cate"}),
    ],
    [
        ("AddMediaMarks", {"MediaId": "$a", "MediaMarks": '[{"MarkTag": "x"}, {"MarkTag": "y"}]'}),
        (
            "UpdateMediaMarks",
            {"MediaId": "$a", "MediaMarks": '[{"MarkId": "$mark", "MarkTag": "z"}]'},
        ),
        ("DeleteMediaMarks", {"MediaId": "$a"}),
        ("DeleteMediaMarks", {"MediaMarkIds": "$mark"}),
        ("ListMediaMarks", {"MediaId": "$a"}),
        ("GetMediaMarks", {"MediaMarkIds": "$mark"}),
    ],
    [
        ("RegisterMediaStream", {"MediaId": "$a", "InputURL": NEW}),
        ("RegisterMediaStream", {"MediaId": "$a", "InputURL": NEW, "StreamTags": '{"a": 1}'}),
        ("GetPlayInfo", {"MediaId": "$a"}),
    ],
]


def draw(number: int) -> tuple[list[Call], list[Call]]:
    """Two threads' calls: a few of two kinds, again and again, so that they meet."""
    dice = random.Random(number)
    few = [call for kind in dice.sample(KINDS, 2) for call in dice.sample(kind, 2)]
    return dice.choices(few, k=dice.randint(3, 4)), dice.choices(few, k=dice.randint(3, 4))


def look_at(ids: dict[str, str], histories: list[list[Done]]) -> list[Call]:
    """Calls that show all that there may be."""
    bodies = [done.body for history in histories for done in history]
    media_ids = {ids["a"], ids["b"], *(body["MediaId"] for body in bodies if "MediaId" in body)}
    look: list[Call] = [("GetMediaInfo", {"InputURL": url}) for url in (OLD, NEW)]
    look += [
        (action, {"MediaId": media_id})
        for media_id in sorted(media_ids)
        for action in ("GetMediaInfo", "GetPlayInfo", "ListMediaMarks")
    ]
    look += [
        ("ListMediaBasicInfos", {}),
        ("SearchMedia", {}),
        ("SearchMedia", {"Match": BLUE.text}),
    ]
    look += [("GetCategories", {"CateId": each}) for each in ("", ids["cate"], ids["under"])]
    return look


def test_two_threads_get_what_some_order_of_their_calls_gives(fake_ims_factory: Factory) -> None:
    with (
        Turns() as turns,
        fake_ims_factory(own_listener=True, delay="2s", **IN_VAIN) as ims,
        Caller(ims) as first,
        Caller(ims) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        for number in range(10_000 if LONG else 130):
            with ims.scratch():
                check_plan(ims, pool, [first, second], number, turns)


def check_plan(
    ims: FakeIms, pool: ThreadPoolExecutor, callers: list[Caller], number: int, turns: Turns
) -> None:
    ims.clock.freeze(START)
    model = NaiveLibrary(instant(START), delay=2 * SECOND)
    model.search.meanings[BLUE.text] = BLUE
    ids: dict[str, str] = {}
    for name, call in BEFORE:
        done = do(callers[0], call, ids)
        compare(str(call), done.seen, model.call(done.action, done.parameters, done.body))
        body = done.body
        category = body.get("Category", {})
        ids[name] = body.get("MediaMarkIds") or body.get("MediaId") or str(category.get("CateId"))
    histories = at_once(pool, callers, draw(number), ids, turns)
    result = outcome(ims, callers[0], model, histories, look_at(ids, histories))
    complaint = result.complaint()
    assert not complaint, f"no order explains plan {number}: {complaint}"
