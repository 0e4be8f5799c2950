"""Updates and deletions by many threads: each happens once, none is lost."""

from __future__ import annotations

from collections import Counter

import pytest
from at_once import at_once, check_indexes
from rpc import Reply, Rpc

from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"
HTTPS = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4"


def test_of_many_deletions_one_finds_the_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id

    def delete(index: int) -> Reply:
        named = [{"MediaIds": media_id}, {"InputURLs": URL}, {"InputURLs": HTTPS}][index % 3]
        return rpc("DeleteMediaInfos", **named)

    replies = at_once(24, delete)
    assert Counter(len(reply.json["IgnoredList"]) for reply in replies) == {0: 1, 1: 23}
    assert len(fake_ims.events.of("DeleteMediaComplete")) == 1
    check_indexes(fake_ims)


def test_no_tag_of_many_threads_is_lost(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    replies = at_once(
        20,
        lambda index: rpc(
            "UpdateMediaInfo", MediaId=media_id, MediaTags=str(index), AppendTags="true"
        ),
    )
    assert Counter(reply.status for reply in replies) == {200: 16, 400: 4}
    taken = {str(index) for index, reply in enumerate(replies) if reply.status == 200}
    tags = fake_ims.assets[media_id].media_tags
    assert (len(tags), set(tags)) == (16, taken)
    assert len(fake_ims.events.of("MediaBaseChangeComplete")) == 16


def test_of_many_updates_to_one_reference_id_one_wins(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = [rpc.register(f"oss://b/{number}.mp4").media_id for number in range(16)]
    replies = at_once(
        16, lambda index: rpc("UpdateMediaInfo", MediaId=ids[index], ReferenceId="reference")
    )
    (winner,) = [reply.media_id for reply in replies if reply.status == 200]
    assert fake_ims.assets.by_reference_id("reference").media_id == winner
    check_indexes(fake_ims)


@pytest.mark.fake_ims(delay="0s..30ms")
def test_updates_while_analyses_end_are_not_undone(fake_ims: FakeIms, rpc: Rpc) -> None:
    def live(index: int) -> Reply:
        media_id = rpc.register(f"oss://b/{index}.mp4").media_id
        for number in range(12):
            rpc("UpdateMediaInfo", MediaId=media_id, Title=str(number), Category=str(number))
            shown = rpc.get(media_id)["MediaBasicInfo"]
            assert shown["Title"] == shown["Category"] == str(number)
        return rpc("DeleteMediaInfos", MediaIds=media_id if index % 2 else "none")

    at_once(8, live)
    fake_ims.settle()
    assert [(asset.title, asset.status) for asset in fake_ims.assets.values()] == [
        ("11", "Normal")
    ] * 4
    assert len(fake_ims.events.of("MediaBaseChangeComplete")) == 8 * 12
    ends = Counter(event.media_id for event in fake_ims.events.of("RegisterMediaComplete"))
    assert set(ends.values()) == {1}
    assert set(fake_ims.assets) <= set(ends)
    check_indexes(fake_ims)
