"""DeleteMediaInfos: what goes, what is left, and what can be done afterwards."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from alone import ALONE
from rpc import Reply, Rpc, invalid

from fake_ims import ApiError, FakeIms

URL = "oss://bucket/a.mp4"
OTHER = "oss://bucket/b.mp4"
HTTPS = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4"
VOD = "vod://20b48fb04483915d4f2cd8ac00000000"
UNKNOWN = "0123456789ab71efabcdef0123456789"


def delete(rpc: Rpc, *media_ids: str, **parameters: str) -> tuple[list[str], list[str]]:
    """IgnoredList and ForbiddenList."""
    return lists(rpc("DeleteMediaInfos", MediaIds=",".join(media_ids), **parameters))


def delete_urls(rpc: Rpc, *urls: str, **parameters: str) -> tuple[list[str], list[str]]:
    return lists(rpc("DeleteMediaInfos", InputURLs=",".join(urls), **parameters))


def lists(reply: Reply) -> tuple[list[str], list[str]]:
    assert reply.status == 200, reply
    assert list(reply.json) == ["RequestId", "IgnoredList", "ForbiddenList"]
    return reply.json["IgnoredList"], reply.json["ForbiddenList"]


def registered(rpc: Rpc, count: int) -> list[str]:
    return [rpc.register(f"oss://bucket/{number}.mp4").media_id for number in range(count)]


# ---------------------------------------------------------------- which assets


def test_deleted_asset_is_gone_everywhere(fake_ims: FakeIms, rpc: Rpc) -> None:
    kept = rpc.register(OTHER).media_id
    media_id = rpc.register(URL, ReferenceId="reference-1").media_id
    assert delete(rpc, media_id) == ([], [])
    assert rpc("GetMediaInfo", MediaId=media_id).refusal == invalid("MediaId")
    assert rpc("GetMediaInfo", InputURL=URL).refusal == invalid("InputURL")
    assert list(fake_ims.assets) == [kept]
    with pytest.raises(KeyError):
        fake_ims.assets.by_reference_id("reference-1")


def test_unknown_ids_are_ignored_as_they_were_sent(fake_ims: FakeIms, rpc: Rpc) -> None:
    one, two = registered(rpc, 2)
    odd = ["*" * 40, "\u5a92", one.upper(), "null", "x" * 10_000]
    assert delete(rpc, UNKNOWN, one, *odd, two) == ([UNKNOWN, *odd], [])
    assert len(fake_ims.assets) == 0
    assert delete(rpc, one, two) == ([one, two], [])


@pytest.mark.parametrize(
    "url",
    [
        URL, HTTPS, HTTPS + "?Expires=1", "OSS://bucket/a.mp4",
        # as in the document of DeleteMediaInfos
        HTTPS + "?", URL + "?",
    ],
)  # fmt: skip
def test_by_any_form_of_the_url(fake_ims: FakeIms, rpc: Rpc, url: str) -> None:
    rpc.register(URL)
    assert delete_urls(rpc, url) == ([], [])
    assert len(fake_ims.assets) == 0


def test_key_that_ends_in_a_question_mark_comes_first(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL)
    asked = rpc.register(URL + "?").media_id
    assert delete_urls(rpc, URL + "?") == ([], [])
    assert asked not in fake_ims.assets
    assert len(fake_ims.assets) == 1


@pytest.mark.parametrize(
    "url",
    [
        OTHER,
        "nonsense",
        "http://example.com/a.mp4",
        "?",
        "oss://bucket/?",
        "oss://b/\x00",
        URL + "??",
    ],
)
def test_urls_that_name_no_asset_are_ignored_as_they_were_sent(
    fake_ims: FakeIms, rpc: Rpc, url: str
) -> None:
    rpc.register(URL)
    assert delete_urls(rpc, url) == ([url], [])
    assert len(fake_ims.assets) == 1
    assert len(fake_ims.events) == 0


def test_comma_of_a_key_must_be_percent_encoded(fake_ims: FakeIms, rpc: Rpc) -> None:
    url = "oss://bucket/a,b.mp4"
    rpc.register(url)
    assert delete_urls(rpc, url) == (["oss://bucket/a", "b.mp4"], [])
    assert delete_urls(rpc, url.replace(",", "%2C")) == ([], [])
    assert len(fake_ims.assets) == 0


def test_two_urls_of_one_asset_are_both_found_and_it_goes_once(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL)
    assert delete_urls(rpc, URL, HTTPS, URL) == ([], [])
    assert len(fake_ims.events.of("DeleteMediaComplete")) == 1


def test_repeated_ids_count_once(fake_ims: FakeIms, rpc: Rpc) -> None:
    (media_id,) = registered(rpc, 1)
    assert delete(rpc, *[media_id, UNKNOWN] * 30, f" {media_id} ") == ([UNKNOWN], [])
    assert len(fake_ims.events) == 1


def test_media_ids_count_if_both_are_sent(fake_ims: FakeIms, rpc: Rpc) -> None:
    one, two = rpc.register(URL).media_id, rpc.register(OTHER).media_id
    assert delete(rpc, one, InputURLs=OTHER) == ([], [])
    assert list(fake_ims.assets) == [two]
    assert delete(rpc, UNKNOWN, InputURLs=OTHER) == ([UNKNOWN], [])
    assert list(fake_ims.assets) == [two]
    assert delete(rpc, "", InputURLs=OTHER) == ([], [])
    assert len(fake_ims.assets) == 0


@pytest.mark.parametrize("name", ["MediaIds", "InputURLs"])
def test_20_at_most(fake_ims: FakeIms, rpc: Rpc, name: str) -> None:
    ids = registered(rpc, 21)
    urls = [fake_ims.assets[media_id].input_url for media_id in ids]
    named = {"MediaIds": ids, "InputURLs": urls}[name]
    assert rpc("DeleteMediaInfos", **{name: ",".join(named)}).refusal == invalid(name)
    assert len(fake_ims.assets) == 21
    assert lists(rpc("DeleteMediaInfos", **{name: ",".join(named[:20])})) == ([], [])
    assert list(fake_ims.assets) == ids[20:]


@pytest.mark.parametrize(
    "sent", [{}, {"MediaIds": "", "InputURLs": ""}, {"MediaIds": ",", "InputURLs": " , "}], ids=str
)
def test_without_any_it_is_a_missing_parameter(rpc: Rpc, sent: dict[str, str]) -> None:
    reply = rpc("DeleteMediaInfos", **sent)
    assert (reply.status, reply.code) == (400, "MissingParameter")
    assert '"MediaIds"' in reply.message


def test_wrong_boolean_is_the_gateways_and_deletes_nothing(fake_ims: FakeIms, rpc: Rpc) -> None:
    (media_id,) = registered(rpc, 1)
    reply = rpc("DeleteMediaInfos", MediaIds=media_id, DeletePhysicalFiles="yes")
    assert (reply.status, reply.code) == (400, "InvalidDeletePhysicalFiles")
    assert media_id in fake_ims.assets


def test_answer_as_xml(rpc: Rpc) -> None:
    reply = rpc("DeleteMediaInfos", MediaIds=f"{UNKNOWN},x", Format="XML")
    found = [element.text for element in ET.fromstring(reply.body).iter("IgnoredList")]
    assert found == [UNKNOWN, "x"]


# ---------------------------------------------------------------- what goes with it


def test_pending_analysis_dies_with_the_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    (media_id,) = registered(rpc, 1)
    delete(rpc, media_id)
    assert len(fake_ims.world.queue) == 0
    assert [event.event_type for event in fake_ims.events] == ["DeleteMediaComplete"]
    assert fake_ims.settle() == ()


@pytest.mark.fake_ims(completion="reads", reads=2)
def test_reads_that_were_counted_die_with_the_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    (media_id,) = registered(rpc, 1)
    assert rpc.status(media_id) == "Preparing"
    delete(rpc, media_id)
    assert fake_ims.world.library._reads == {}


def test_event_of_each_asset_in_the_order_asked_for(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    video, image = rpc.register(URL).media_id, rpc.register("oss://bucket/a.png").media_id
    fake_ims.settle()
    fake_ims.clock.advance("1h")
    delete(rpc, image, UNKNOWN, video)
    events = fake_ims.events.of("DeleteMediaComplete")
    assert [event.to_dict()["MessageBody"] for event in events] == [
        {"Status": "Success", "MediaType": "image", "DeleteType": "all", "MediaId": image},
        {"Status": "Success", "MediaType": "video", "DeleteType": "all", "MediaId": video},
    ]
    assert list(events[0].message_body) == ["Status", "MediaType", "DeleteType", "MediaId"]
    assert {event.at for event in events} == {fake_ims.world.clock.read()}


def test_overwrite_tells_the_same(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    rpc.register(URL, Overwrite="true")
    (event,) = fake_ims.events
    assert dict(event.message_body) == {
        "Status": "Success", "MediaType": "video", "DeleteType": "all", "MediaId": media_id,
    }  # fmt: skip
    assert fake_ims.calls[-1].relied_on == ("event_fields",)


# ---------------------------------------------------------------- afterwards


STATES: dict[str, Callable[[FakeIms, str], object]] = {
    "pending": lambda ims, media_id: None,
    "analysed": lambda ims, media_id: ims.complete(media_id),
    "failed": lambda ims, media_id: ims.fail(media_id),
    "updated": lambda ims, media_id: ims.update(media_id, ReferenceId="reference-2"),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("again", [URL, HTTPS])
@pytest.mark.parametrize("overwrite", ["false", "true"])
@pytest.mark.parametrize("by_url", [False, True])
def test_url_and_reference_id_are_free_again(
    fake_ims: FakeIms, rpc: Rpc, state: str, again: str, overwrite: str, by_url: bool
) -> None:
    first = rpc.register(URL, ReferenceId="reference-1", Title="first").media_id
    STATES[state](fake_ims, first)
    assert (delete_urls(rpc, again) if by_url else delete(rpc, first)) == ([], [])
    second = rpc.register(again, ReferenceId="reference-1", Overwrite=overwrite, **ALONE).media_id
    assert second != first
    assert rpc.status(second) == "Preparing"
    assert delete(rpc, first) == ([first], [])
    happened = fake_ims.settle()
    assert [(event.event_type, event.media_id) for event in happened] == [
        ("RegisterMediaComplete", second), ("VideoAnalysisComplete", second),
    ]  # fmt: skip
    shown = rpc.get(second)["MediaBasicInfo"]
    assert (shown["Status"], shown["InputURL"]) == ("Normal", again)
    assert shown["Title"] != "first"
    assert rpc.register("oss://b/c.mp4", ReferenceId="reference-2").status == 200


def test_token_of_a_deleted_asset_gives_the_first_answer_again(fake_ims: FakeIms, rpc: Rpc) -> None:
    first = rpc.register(URL, ClientToken="t").media_id
    delete(rpc, first)
    assert rpc.register(URL, ClientToken="t").media_id == first
    assert len(fake_ims.assets) == 0
    assert rpc.register(URL, ClientToken="another").media_id != first


# ---------------------------------------------------------------- the files


def test_files_stay_unless_they_are_to_go(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, width=640, height=360)
    for sent in ({}, {"DeletePhysicalFiles": "false"}):
        assert delete(rpc, rpc.register(URL).media_id, **sent) == ([], [])
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    assert rpc.file_of(media_id)["FileBasicInfo"]["Width"] == "640"


@pytest.mark.parametrize("url", [URL, HTTPS, VOD])
def test_file_that_is_gone_cannot_be_analysed_until_it_is_put_again(
    fake_ims: FakeIms, rpc: Rpc, url: str
) -> None:
    assert delete(rpc, rpc.register(url).media_id, DeletePhysicalFiles="True") == ([], [])
    media_id = rpc.register(url).media_id
    fake_ims.settle()
    assert rpc.status(media_id) == "PrepareFail"
    assert "the object was deleted" in repr(fake_ims.assets[media_id])
    fake_ims.objects.put(url, size=1_000_000)
    media_id = rpc.register(url, Overwrite="true").media_id
    fake_ims.settle()
    assert rpc.file_of(media_id)["FileBasicInfo"]["FileSize"] == "1000000"


def test_other_files_stay(fake_ims: FakeIms, rpc: Rpc) -> None:
    one, two = rpc.register(URL).media_id, rpc.register(OTHER).media_id
    delete(rpc, one, DeletePhysicalFiles="true")
    fake_ims.settle()
    assert rpc.status(two) == "Normal"


def test_file_can_be_deleted_from_python(fake_ims: FakeIms, rpc: Rpc) -> None:
    analysed = rpc.register(URL).media_id
    fake_ims.settle()
    fake_ims.objects.delete(HTTPS)
    assert rpc.status(analysed) == "Normal"
    media_id = rpc.register(URL, Overwrite="true").media_id
    fake_ims.settle()
    assert rpc.status(media_id) == "PrepareFail"
    with pytest.raises(ApiError, match="InputURL"):
        fake_ims.objects.delete("nonsense")


@pytest.mark.fake_ims(default_role="missing")
def test_without_the_role_files_in_own_buckets_and_their_assets_stay(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    own, vod = rpc.register(URL).media_id, rpc.register(VOD).media_id
    sent = {"DeletePhysicalFiles": "true"}
    assert delete(rpc, UNKNOWN, own, vod, **sent) == ([UNKNOWN], [own])
    assert list(fake_ims.assets) == [own]
    assert delete_urls(rpc, HTTPS, OTHER, URL, **sent) == ([OTHER], [HTTPS, URL])
    assert [event.media_id for event in fake_ims.events] == [vod]
    fake_ims.settle()
    assert rpc.status(own) == "Normal"
    assert delete(rpc, own) == ([], [])


# ---------------------------------------------------------------- the Python side


def test_delete_without_http(fake_ims: FakeIms, rpc: Rpc) -> None:
    ids = registered(rpc, 25)
    fake_ims.delete(*ids[1:])
    assert list(fake_ims.assets) == ids[:1]
    with pytest.raises(KeyError, match=UNKNOWN):
        fake_ims.delete(UNKNOWN)
    assert len(fake_ims.calls) == 25


def test_without_http_an_id_is_one_id(fake_ims: FakeIms, rpc: Rpc) -> None:
    one, two = registered(rpc, 2)
    for wrong in ("", " ", ",", f"{one},{two}", f" {one} ", "\ud800"):
        with pytest.raises(KeyError, match="no asset has MediaId"):
            fake_ims.delete(wrong)
    assert list(fake_ims.assets) == [one, two]
