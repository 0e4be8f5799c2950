"""Many threads at once: one wins, nobody sees half of anything, the indexes agree."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from at_once import at_once, check_indexes
from rpc import Reply, Rpc

from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"
HTTPS = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4"


def test_of_64_registrations_of_one_url_one_wins(fake_ims: FakeIms, rpc: Rpc) -> None:
    replies = at_once(64, lambda index: rpc.register([URL, HTTPS][index % 2], Title=str(index)))
    (winner,) = [reply for reply in replies if reply.status == 200]
    losers = [reply for reply in replies if reply.status != 200]
    assert len(losers) == 63
    for reply in losers:
        assert (reply.status, reply.code) == (409, "MediaAlreadyExist")
        assert re.findall(r'mediaId "([0-9a-f]+)"', reply.message) == [winner.media_id]
    assert list(fake_ims.assets) == [winner.media_id]
    assert len(fake_ims.calls) == 64
    check_indexes(fake_ims)


def test_of_many_registrations_with_one_token_all_get_one_answer(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    replies = at_once(32, lambda index: rpc.register(URL, ClientToken="one"))
    assert len({reply.media_id for reply in replies}) == 1
    assert len(fake_ims.assets) == 1


def test_of_many_registrations_with_one_reference_id_one_wins(fake_ims: FakeIms, rpc: Rpc) -> None:
    replies = at_once(
        32, lambda index: rpc.register(f"oss://b/{index}.mp4", ReferenceId="reference")
    )
    assert Counter(reply.status for reply in replies) == {200: 1, 400: 31}
    check_indexes(fake_ims)


def test_readers_see_the_old_asset_or_the_new_one_during_overwrites(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    known = {rpc.register(URL, Title="0", Description="0").media_id: "0"}
    stop = threading.Event()
    problems: list[object] = []

    def read_by_url() -> None:
        while not stop.is_set():
            reply = rpc("GetMediaInfo", InputURL=HTTPS)
            if reply.status != 200:
                problems.append(reply)
                return
            basic = reply.json["MediaInfo"]["MediaBasicInfo"]
            if basic["Title"] != basic["Description"]:
                problems.append(basic)

    def read_by_id() -> None:
        while not stop.is_set():
            media_id, title = list(known.items())[-1]
            reply = rpc("GetMediaInfo", MediaId=media_id)
            if reply.status == 200:
                basic = reply.json["MediaInfo"]["MediaBasicInfo"]
                if (basic["MediaId"], basic["Title"]) != (media_id, title):
                    problems.append(basic)
            elif reply.code != "InvalidParameter":
                problems.append(reply)

    readers = [threading.Thread(target=read) for read in [read_by_url, read_by_id] * 3]
    for reader in readers:
        reader.start()
    try:
        for number in map(str, range(1, 60)):
            reply = rpc.register(URL, Title=number, Description=number, Overwrite="true")
            known[reply.media_id] = number
    finally:
        stop.set()
        for reader in readers:
            reader.join(20)
    assert problems == []
    assert len(known) == 60
    assert len(fake_ims.events.of("DeleteMediaComplete")) == 59
    check_indexes(fake_ims)


@pytest.mark.fake_ims(delay="0s..20ms")
def test_hammer_of_mixed_calls_leaves_the_indexes_consistent(fake_ims: FakeIms, rpc: Rpc) -> None:
    statuses: Counter[int] = Counter()
    problems: list[object] = []

    def hammer(index: int) -> Reply:
        draw = random.Random(index)
        reply = rpc.register(URL)
        for _ in range(40):
            url = f"oss://b/{draw.randrange(12)}.mp4"
            match draw.randrange(10):
                case 0 | 1:
                    reply = rpc.register(url)
                case 2 | 3:
                    reference = f"reference-{draw.randrange(6)}"
                    reply = rpc.register(url, Overwrite="true", ReferenceId=reference)
                case 4:
                    reply = rpc.register(url, ClientToken=str(draw.randrange(4)), Overwrite="true")
                case 5:
                    reply = rpc("GetMediaInfo", InputURL=url)
                case 6:
                    fake_ims.clock.advance(draw.choice(["1ms", "-1ms", "20ms"]))
                case 7:
                    reference = f"reference-{draw.randrange(6)}"
                    reply = rpc("UpdateMediaInfo", InputURL=url, ReferenceId=reference)
                case 8:
                    reply = rpc("DeleteMediaInfos", InputURLs=url)
                case _:
                    asset = next(iter(fake_ims.assets.values()), None)
                    assert repr(fake_ims.assets)
                    if asset is not None:
                        reply = rpc("GetMediaInfo", MediaId=asset.media_id)
            statuses[reply.status] += 1
            if reply.status >= 500:
                problems.append(reply)
        return reply

    at_once(12, hammer)
    assert problems == []
    assert {200, 400, 409} <= statuses.keys()
    check_indexes(fake_ims)
    fake_ims.settle()
    check_indexes(fake_ims)
    assert not any(asset.unfinished for asset in fake_ims.assets.values())
    registered = fake_ims.events.of("RegisterMediaComplete")
    assert max(Counter(event.media_id for event in registered).values()) == 1


def test_late_request_is_no_jump_backwards(
    fake_ims: FakeIms, rpc: Rpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that read its time before another moved the clock must not move what is pending.

    Only a jump of the clock backwards shifts due times; the order of two threads is none.
    """
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    media_id = rpc.register(URL).media_id
    world = fake_ims.world
    (before,) = world.queue.of(media_id)
    has_read_its_time, may_go_on = threading.Event(), threading.Event()
    authorise = world.ram.authorise

    def slowly(*args: object) -> None:
        has_read_its_time.set()
        may_go_on.wait(20)
        authorise(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(world.ram, "authorise", slowly)
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(rpc.register, "oss://b/b.mp4")
        assert has_read_its_time.wait(20)
        fake_ims.clock.advance("1s")
        may_go_on.set()
        assert late.result(20).status == 200
    (after,) = world.queue.of(media_id)
    assert after.due == before.due


def test_two_worlds_on_one_listener_never_see_each_other(fake_ims: FakeIms, rpc: Rpc) -> None:
    with FakeIms(server=fake_ims.server) as other:
        clients = [rpc, Rpc(other)]
        replies = at_once(32, lambda index: clients[index % 2].register(f"oss://b/{index}.mp4"))
        assert {reply.status for reply in replies} == {200}
        for position, ims in enumerate((fake_ims, other)):
            assert set(ims.assets) == {reply.media_id for reply in replies[position::2]}
            assert len(ims.calls) == 16


def test_of_many_categories_at_once_a_hundred_fit(fake_ims: FakeIms, rpc: Rpc) -> None:
    parent = fake_ims.add_category("parent")
    for number in range(84):
        fake_ims.add_category(str(number), parent=parent)
    replies = at_once(
        32, lambda index: rpc("AddCategory", CateName=f"new {index}", ParentId=str(parent.cate_id))
    )
    added = [reply.json["Category"]["CateId"] for reply in replies if reply.status == 200]
    assert len(added) == 16
    assert len(set(added)) == 16
    assert {reply.code for reply in replies if reply.status != 200} == {"InvalidParameter"}
    assert len(fake_ims.categories.children(parent.cate_id)) == 100


def test_marks_that_are_added_at_once_are_all_there(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    replies = at_once(
        32, lambda index: rpc("AddMediaMarks", MediaId=media_id, MediaMarks="[{}, {}]")
    )
    added = [tuple(reply.json["MediaMarkIds"].split(",")) for reply in replies]
    ids = [mark.mark_id for mark in fake_ims.assets[media_id].marks]
    assert sorted(zip(ids[::2], ids[1::2], strict=True)) == sorted(added)
    check_indexes(fake_ims)


def test_marks_that_go_leave_nothing_behind(fake_ims: FakeIms, rpc: Rpc) -> None:
    one, two = rpc.register(URL).media_id, rpc.register("oss://b/b.mp4").media_id
    for media_id in (one, two):
        rpc("AddMediaMarks", MediaId=media_id, MediaMarks="[{}, {}]")
    rpc("DeleteMediaMarks", MediaId=one, MediaMarkIds=fake_ims.assets[one].marks[0].mark_id)
    check_indexes(fake_ims)
    rpc.register("oss://b/b.mp4", Overwrite="true")
    check_indexes(fake_ims)
