"""RegisterMediaInfo of what is there already: duplicates, Overwrite, ReferenceId, ClientToken."""

from __future__ import annotations

import re

import pytest
from alone import ALONE
from rpc import Rpc

from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"
UUID = "123e4567-e89b-12d3-a456-426614174000"
HTTPS = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4"


def already(url: str, media_id: str) -> tuple[int, str, str]:
    return (
        409,
        "MediaAlreadyExist",
        f'The media with the given inputUrl "{url}" has already been registered '
        f'with mediaId "{media_id}".',
    )


# ---------------------------------------------------------------- duplicates


@pytest.mark.parametrize(
    "url",
    [
        URL,
        HTTPS,
        HTTPS + "?Expires=1&Signature=abc",
        "vod://20b48fb04483915d4f2cd8ac00000000",
        "oss://bucket/\u5f71\u7247 1.mp4",
        'oss://bucket/mediaId "0123".mp4',
        "oss://bucket/{braces}{0}.mp4",
    ],
)
def test_duplicate_is_refused_with_the_exact_message(rpc: Rpc, url: str) -> None:
    media_id = rpc.register(url).media_id
    reply = rpc.register(url, Title="another")
    assert reply.refusal == already(url, media_id)
    assert re.findall(r'mediaId "([a-f0-9]+)"', reply.message)[-1] == media_id
    assert reply.message.rpartition("mediaId")[2] == f' "{media_id}".'


def test_duplicate_changes_nothing(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, Title="first").media_id
    before = fake_ims.assets[media_id], fake_ims.world.queue.entries()
    assert rpc.register(URL, Title="second", Overwrite="false").status == 409
    assert (fake_ims.assets[media_id], fake_ims.world.queue.entries()) == before
    assert len(fake_ims.events) == 0


def test_duplicate_names_the_url_that_was_sent_now(rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    assert rpc.register(HTTPS).refusal == already(HTTPS, media_id)


def test_duplicate_is_refused_whatever_the_status_of_the_first(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.fail(media_id)
    assert rpc.register(URL).refusal == already(URL, media_id)


def test_object_of_another_region_is_no_duplicate(rpc: Rpc) -> None:
    rpc.register(URL)
    assert rpc.register("https://bucket.oss-cn-beijing.aliyuncs.com/a.mp4").status == 200


# ---------------------------------------------------------------- Overwrite


def test_overwrite_replaces_the_asset_under_a_new_id(fake_ims: FakeIms, rpc: Rpc) -> None:
    first = rpc.register(URL, Title="first", ReferenceId="reference-1").media_id
    second = rpc.register(URL, Title="second", Overwrite="true").media_id
    assert second != first
    assert list(fake_ims.assets) == [second]
    assert fake_ims.assets.by_url(URL).media_id == second
    with pytest.raises(KeyError):
        fake_ims.assets[first]
    with pytest.raises(KeyError):
        fake_ims.assets.by_reference_id("reference-1")
    assert rpc("GetMediaInfo", MediaId=first).code == "InvalidParameter"
    assert rpc.get(second)["MediaBasicInfo"]["Title"] == "second"


def test_overwrite_takes_nothing_over_from_the_old_asset(rpc: Rpc) -> None:
    rpc.register(URL, Description="old", MediaTags="old", CateId="1", UserData="{}")
    basic = rpc.get(rpc.register(URL, Overwrite="true").media_id)["MediaBasicInfo"]
    assert basic.keys().isdisjoint({"Description", "MediaTags", "CateId", "UserData"})


def test_overwrite_kills_what_was_pending_and_tells_of_the_deletion(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    first = rpc.register(URL).media_id
    second = rpc.register(URL, Overwrite="true", **ALONE).media_id
    assert [event.event_type for event in fake_ims.events] == ["DeleteMediaComplete"]
    assert fake_ims.events[0].media_id == first
    happened = fake_ims.settle()
    assert [(event.event_type, event.media_id) for event in happened] == [
        ("RegisterMediaComplete", second), ("VideoAnalysisComplete", second),
    ]  # fmt: skip


def test_overwrite_finds_the_asset_by_the_other_form_of_its_url(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    first = rpc.register(URL).media_id
    second = rpc.register(HTTPS, Overwrite="true").media_id
    assert list(fake_ims.assets) == [second] != [first]
    assert fake_ims.assets[second].input_url == HTTPS


@pytest.mark.parametrize(
    "wrong",
    [
        {"Title": "x" * 129},
        {"MediaType": "movie"},
        {"ReferenceId": "reference-2"},
        {"CateId": "x"},
    ],
    ids=str,
)
def test_refused_overwrite_leaves_the_old_asset(
    fake_ims: FakeIms, rpc: Rpc, wrong: dict[str, str]
) -> None:
    first = rpc.register(URL).media_id
    rpc.register("oss://bucket/b.mp4", ReferenceId="reference-2")
    assert rpc.register(URL, Overwrite="true", **wrong).status == 400
    assert fake_ims.assets.by_url(URL).media_id == first
    assert len(fake_ims.world.queue.of(first)) == 1


@pytest.mark.fake_ims(unreadable_object="at_once")
def test_overwrite_that_is_refused_at_once_leaves_the_old_asset(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    first = rpc.register(URL).media_id
    fake_ims.objects.put(URL, fails="gone")
    assert rpc.register(URL, Overwrite="true").status == 400
    assert fake_ims.assets.by_url(URL).media_id == first


def test_overwrite_may_keep_the_reference_id(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL, ReferenceId="reference-1")
    second = rpc.register(URL, ReferenceId="reference-1", Overwrite="true").media_id
    assert fake_ims.assets.by_reference_id("reference-1").media_id == second


# ---------------------------------------------------------------- ReferenceId


def test_reference_id_is_unique(fake_ims: FakeIms, rpc: Rpc) -> None:
    first = rpc.register(URL, ReferenceId="reference-1").media_id
    reply = rpc.register("oss://bucket/b.mp4", ReferenceId="reference-1")
    assert (reply.status, reply.code) == (400, "InvalidParameter")
    assert '"ReferenceId"' in reply.message
    assert list(fake_ims.assets) == [first]


def test_reference_id_distinguishes_case(rpc: Rpc) -> None:
    rpc.register(URL, ReferenceId="reference-1")
    assert rpc.register("oss://bucket/b.mp4", ReferenceId="Reference-1").status == 200


def test_reference_id_is_free_again_after_its_asset_was_overwritten(rpc: Rpc) -> None:
    rpc.register(URL, ReferenceId="reference-1")
    rpc.register(URL, Overwrite="true")
    assert rpc.register("oss://bucket/b.mp4", ReferenceId="reference-1").status == 200


# ---------------------------------------------------------------- ClientToken


@pytest.mark.parametrize("token", [UUID.replace("-", ""), UUID, "any text at all"])
def test_same_token_and_request_give_the_same_answer_and_nothing_happens_twice(
    fake_ims: FakeIms, rpc: Rpc, token: str
) -> None:
    first = rpc.register(URL, ClientToken=token, Title="a", Overwrite="true").media_id
    for _ in range(3):
        reply = rpc.register(URL, Title="a", ClientToken=token, Overwrite="True")
        assert reply.media_id == first
    assert list(fake_ims.assets) == [first]
    assert len(fake_ims.world.queue) == 1
    assert len(fake_ims.events) == 0


def test_each_repeated_answer_has_a_request_id_of_its_own(rpc: Rpc) -> None:
    one, two = (rpc.register(URL, ClientToken="t").json["RequestId"] for _ in range(2))
    assert one != two


def test_same_request_with_another_token_is_a_duplicate(rpc: Rpc) -> None:
    media_id = rpc.register(URL, ClientToken="one").media_id
    assert rpc.register(URL, ClientToken="two").refusal == already(URL, media_id)


def test_refused_request_does_not_use_up_its_token(rpc: Rpc) -> None:
    rpc.register(URL)
    assert rpc.register(URL, ClientToken="one").status == 409
    assert rpc.register("oss://bucket/b.mp4", ClientToken="one").status == 200


def test_token_outlives_the_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    first = rpc.register(URL, ClientToken="one").media_id
    second = rpc.register(URL, Overwrite="true").media_id
    assert rpc.register(URL, ClientToken="one").media_id == first
    assert list(fake_ims.assets) == [second]


@pytest.mark.fake_ims(client_token_window="10m")
def test_token_is_forgotten_after_its_window(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze()
    media_id = rpc.register(URL, ClientToken="one").media_id
    fake_ims.clock.advance("9m59.999999s")
    assert rpc.register(URL, ClientToken="one").media_id == media_id
    fake_ims.clock.advance("1us")
    assert rpc.register(URL, ClientToken="one").refusal == already(URL, media_id)


@pytest.mark.fake_ims(client_token_window=0)
def test_window_of_nothing_means_no_idempotence(rpc: Rpc) -> None:
    media_id = rpc.register(URL, ClientToken="one").media_id
    assert rpc.register(URL, ClientToken="one").refusal == already(URL, media_id)


@pytest.mark.fake_ims(client_token_window="10m")
def test_token_is_forgotten_after_its_window_even_behind_one_from_the_future(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.clock.freeze("2090-01-01T00:00:00Z")
    rpc.register("oss://bucket/future.mp4", ClientToken="future")
    fake_ims.clock.move_to("2026-01-01T00:00:00Z")
    media_id = rpc.register(URL, ClientToken="one").media_id
    fake_ims.clock.advance("11m")
    assert rpc.register(URL, ClientToken="one").refusal == already(URL, media_id)


@pytest.mark.fake_ims(client_token_conflict="register")
def test_known_token_with_another_request_registers(fake_ims: FakeIms, rpc: Rpc) -> None:
    first = rpc.register(URL, ClientToken="one").media_id
    second = rpc.register("oss://bucket/b.mp4", ClientToken="one").media_id
    assert set(fake_ims.assets) == {first, second}
    assert rpc.register("oss://bucket/b.mp4", ClientToken="one").media_id == second


@pytest.mark.fake_ims(client_token_conflict="first")
def test_known_token_with_another_request_gets_the_first_answer(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    first = rpc.register(URL, ClientToken="one").media_id
    assert rpc.register("oss://bucket/b.mp4", ClientToken="one").media_id == first
    assert list(fake_ims.assets) == [first]


@pytest.mark.fake_ims(client_token_conflict="reject")
def test_known_token_with_another_request_is_refused(fake_ims: FakeIms, rpc: Rpc) -> None:
    first = rpc.register(URL, ClientToken="one").media_id
    reply = rpc.register("oss://bucket/b.mp4", ClientToken="one")
    assert (reply.status, reply.code) == (400, "IdempotentParameterMismatch")
    assert list(fake_ims.assets) == [first]


def test_worlds_do_not_share_tokens_or_urls(fake_ims: FakeIms, rpc: Rpc) -> None:
    with FakeIms() as other:
        first = rpc.register(URL, ClientToken="one").media_id
        assert Rpc(other).register(URL, ClientToken="one").media_id != first
        assert len(fake_ims.assets) == len(other.assets) == 1
