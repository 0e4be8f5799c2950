"""The timeline of an asset: each story that it may have, in the order of time."""

from __future__ import annotations

import json
import re

import pytest
from rpc import Rpc

from fake_ims import FakeIms
from fake_ims.clock import iso

IMAGE = "oss://bucket/a.png"
QUEUE = "ice-callback-demo"
KINDS = "RegisterMediaComplete,VideoAnalysisComplete,MediaBaseChangeComplete,DeleteMediaComplete"


def told(ims: FakeIms, media_id: str) -> list[tuple[str, str]]:
    return [(moment.kind, moment.what) for moment in ims.timeline(media_id)]


def test_a_plain_registration(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    media_id = rpc.register("oss://bucket/a.mp3").media_id
    (analysis,) = fake_ims.world.queue.of(media_id)
    assert analysis.due is not None
    due = iso(analysis.due)
    assert told(fake_ims, media_id) == [
        ("call", "RegisterMediaInfo 200"),
        ("pending", f"analysis is due {due}"),
    ]
    assert fake_ims.timeline(media_id).state == "Preparing"
    fake_ims.settle()
    rpc("GetMediaInfo", MediaId=media_id)
    fake_ims.clock.advance("1s")
    rpc("GetMediaInfo", InputURL="oss://bucket/a.mp3")  # whose answer names it
    rpc("ListMediaBasicInfos")  # which is about others as well
    story = fake_ims.timeline(media_id)
    assert [moment.what for moment in story] == [
        "RegisterMediaInfo 200",
        "GetMediaInfo 200",  # at the same instant as the events, of which calls come first
        "RegisterMediaComplete Success: analysed, Normal",
        "VideoAnalysisComplete Success",
        "GetMediaInfo 200",
    ]
    assert (story.state, story.media_id) == ("Normal", media_id)
    assert story[0].of is fake_ims.calls[0]
    assert story[2].of is fake_ims.events[0]
    first, *lines = repr(story).splitlines()
    assert first == f"<timeline of {media_id} from 2026-01-31T12:00:00Z, Normal>"
    assert lines[0] == "    +0.000s  RegisterMediaInfo 200"
    began, ended = (moment.at for moment in (story[0], story[-1]))
    assert began is not None
    assert ended is not None
    assert lines[-1] == f"  {(ended - began) / 1e6:+8.3f}s  GetMediaInfo 200"


def test_a_failure(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL="oss://bucket/a.mp4").media_id
    fake_ims.fail(media_id, "no video\nstream")
    story = fake_ims.timeline(media_id)
    assert story.state == "PrepareFail (no video\nstream)"
    assert [moment.what for moment in story] == [
        "registered",
        "RegisterMediaComplete Fail: analysed, PrepareFail",
        "VideoAnalysisComplete Fail",
    ]
    first, *lines = repr(story).splitlines()
    assert first.endswith(r", 'PrepareFail (no video\nstream)'>")
    assert len(lines) == 3


def test_what_is_overwritten_and_what_takes_its_place(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc("SetEventCallback", CallbackQueueName=QUEUE, EventTypeList=KINDS)
    old = rpc.register(IMAGE).media_id
    fake_ims.settle()
    assert rpc("RegisterMediaInfo", InputURL=IMAGE).code == "MediaAlreadyExist"
    fake_ims.clock.advance("1s")
    new = rpc.register(IMAGE, Overwrite="true").media_id
    fake_ims.settle()
    assert fake_ims.timeline(old).state == "deleted"
    whats = [what for _, what in told(fake_ims, old)]
    assert whats[0] == "RegisterMediaInfo 200"
    assert "RegisterMediaInfo 409 MediaAlreadyExist" in whats
    assert whats[-2:] == [
        "DeleteMediaComplete Success",
        f"callback DeleteMediaComplete to {QUEUE}, attempt 1: delivered",
    ]
    assert told(fake_ims, new) == [
        ("call", "RegisterMediaInfo 200"),
        ("event", "RegisterMediaComplete Success: analysed, Normal"),
        ("callback", f"callback RegisterMediaComplete to {QUEUE}, attempt 1: delivered"),
    ]


def test_what_is_deleted_before_its_analysis_ends(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(IMAGE).media_id
    fake_ims.clock.advance("1ms")
    rpc("DeleteMediaInfos", MediaIds=media_id)
    rpc("GetMediaInfo", MediaId=media_id)
    story = fake_ims.timeline(media_id)
    assert story.state == "deleted"
    assert sorted(moment.what for moment in story) == [
        "DeleteMediaComplete Success",
        "DeleteMediaInfos 200",
        "GetMediaInfo 400 InvalidParameter",
        "RegisterMediaInfo 200",
    ]


def test_what_the_test_did_itself(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=IMAGE).media_id
    fake_ims.settle()
    fake_ims.clock.advance("1s")
    fake_ims.update(media_id, Title="other")
    assert [moment.what for moment in fake_ims.timeline(media_id)][-2:] == [
        "UpdateMediaInfo from the test",
        "MediaBaseChangeComplete Success",
    ]


def test_a_callback_that_is_retried_and_dropped(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        inbox.answer(503, times=2)
        inbox.reset(times=1)
        fake_ims.clock.freeze()
        asset = fake_ims.register(InputURL=IMAGE, UserData={"NotifyAddress": inbox.url})
        fake_ims.clock.advance("3s")
        to = f"callback RegisterMediaComplete to {inbox.url}"
        kind, what = told(fake_ims, asset.media_id)[-1]
        assert (kind, what[: what.index(" is due ")]) == ("pending", to)
        fake_ims.settle()
    *_, first, second, third, last = fake_ims.timeline(asset.media_id)
    assert first.what == f"{to}, attempt 1: 503 Service Unavailable"
    assert second.what == f"{to}, attempt 2: 503 Service Unavailable"
    assert re.match(re.escape(f"{to}, attempt 3: ") + "(?!503|delivered).", third.what)
    assert last.what == f"{to} dropped"
    times = [moment.at for moment in (first, second, third, last)]
    assert None not in times
    assert [time - times[0] for time in times] == [0, 1_000_000, 2_000_000, 2_000_000]  # type: ignore[operator]
    assert last.of == fake_ims.callbacks[0]


def test_copies_what_is_lost_and_what_may_not_leave(fake_ims: FakeIms) -> None:
    told_to = {"NotifyAddress": QUEUE}
    fake_ims.callbacks.duplicate(times=1)
    twice = fake_ims.register(InputURL=IMAGE, UserData=told_to).media_id
    fake_ims.settle()
    lost = fake_ims.register(InputURL="oss://bucket/b.png", UserData=told_to).media_id
    fake_ims.callbacks.drop(media_id=lost)
    away = "https://app.example.com/hook"
    far = fake_ims.register(InputURL="oss://bucket/c.png", UserData={"NotifyAddress": away})
    fake_ims.settle()
    to = f"callback RegisterMediaComplete to {QUEUE}"
    assert [what for _, what in told(fake_ims, twice)[-2:]] == [
        f"{to}, attempt 1: delivered",
        f"{to} (copy of 1), attempt 1: delivered",
    ]
    assert told(fake_ims, lost)[-1][1] == f"{to} withheld: a test asked that it be lost"
    assert told(fake_ims, far.media_id)[-1][1].startswith(
        f"callback RegisterMediaComplete to {away} recorded: nothing was sent to app.example.com"
    )


def test_a_callback_that_a_reorder_holds_or_a_delay(fake_ims: FakeIms) -> None:
    told_to = {"NotifyAddress": QUEUE}
    to = f"callback RegisterMediaComplete to {QUEUE}"
    fake_ims.clock.freeze()
    with fake_ims.callbacks.delay("1h"):
        late = fake_ims.register(InputURL=IMAGE, UserData=told_to).media_id
        fake_ims.clock.advance("60s")
    kind, what = told(fake_ims, late)[-1]
    due = fake_ims.timeline(late)[-1].at
    assert due is not None
    assert (kind, what) == ("pending", f"{to} is due {iso(due)}")
    fake_ims.callbacks.reorder()
    held = fake_ims.register(InputURL="oss://bucket/b.png", UserData=told_to).media_id
    fake_ims.clock.advance("60s")
    assert told(fake_ims, held)[-1] == (
        "pending", f"{to} a reorder holds it until 2 are there",
    )  # fmt: skip


def test_a_cancelled_callback(fake_ims: FakeIms) -> None:
    with fake_ims.callbacks.receiver() as inbox:
        inbox.answer(500, times=1)
        fake_ims.clock.freeze()
        asset = fake_ims.register(InputURL=IMAGE, UserData={"NotifyAddress": inbox.url})
        fake_ims.clock.advance("3s")
        fake_ims.delete(asset.media_id)
    assert [what for _, what in told(fake_ims, asset.media_id)][-1] == (
        f"callback RegisterMediaComplete to {inbox.url} cancelled: its asset was deleted"
    )


def test_what_waits_for_a_call_comes_last() -> None:
    with FakeIms(completion="hand") as ims:
        media_id = ims.register(InputURL=IMAGE).media_id
        story = ims.timeline(media_id)
        assert [(moment.kind, moment.what, moment.at is None) for moment in story] == [
            ("call", "registered", False),
            ("pending", "analysis waits for a call", True),
        ]
        assert repr(story).splitlines()[-1] == "      waits  analysis waits for a call"
        ims.complete(media_id)
        assert ims.timeline(media_id).state == "Normal"


def test_names_in_any_script(fake_ims: FakeIms, rpc: Rpc) -> None:
    """A title is no part of it; what an address has that a terminal should not get is escaped."""
    address = "http://127.0.0.1:9/视频-é"
    media_id = rpc.register(
        "oss://bucket/视频-é.png",
        Title="视频 é 🎬",
        UserData=json.dumps({"NotifyAddress": address}),
    ).media_id
    fake_ims.callbacks.drop()
    fake_ims.settle()
    story = fake_ims.timeline(media_id)
    assert f"to {address} withheld" in story[-1].what
    assert repr(story).isprintable() or all(map(str.isprintable, repr(story).splitlines()))
    rpc("Get\x1b[31mMedia", MediaId=media_id)
    assert r"'Get\x1b[31mMedia'" in repr(fake_ims.timeline(media_id))


def test_other_assets_are_not_in_it(fake_ims: FakeIms, rpc: Rpc) -> None:
    first, second = (rpc.register(f"oss://bucket/{name}.png").media_id for name in "ab")
    fake_ims.settle()
    rpc("BatchGetMediaInfos", MediaIds=f"{first},{second}")
    rpc("GetMediaInfo", MediaId=second)
    rpc("RegisterMediaInfo", InputURL="oss://bucket/b.png")  # exists: the other
    assert [what for kind, what in told(fake_ims, first) if kind == "call"] == [
        "RegisterMediaInfo 200",
        "BatchGetMediaInfos 200",
    ]
    events = [moment.of.media_id for moment in fake_ims.timeline(first) if moment.kind == "event"]
    assert events == [first]


@pytest.mark.parametrize(
    "media_id", ["", "0", "a", "no-such-asset", "视频", "\ud800", "a" * 100_000]
)
def test_an_unknown_asset(fake_ims: FakeIms, rpc: Rpc, media_id: str) -> None:
    """Not even if part of an id, or of a parameter, is like it."""
    known = rpc.register("oss://bucket/a.png", Title="0a视频").media_id
    fake_ims.settle()
    rpc("GetMediaInfo", MediaId=known)
    with pytest.raises(KeyError, match="nothing is known of "):
        fake_ims.timeline(media_id)
    with pytest.raises(KeyError):
        fake_ims.timeline(known[:-1])
    with pytest.raises(KeyError, match=f"nothing is known of an asset with MediaId '{'ab' * 16}'"):
        fake_ims.timeline("ab" * 16)


def test_an_asset_that_was_asked_for_and_never_was(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc("GetMediaInfo", MediaId="ab" * 16)
    rpc("BatchGetMediaInfos", MediaIds="ab" * 16)
    rpc.register(IMAGE, UserData="ab" * 16)
    story = fake_ims.timeline("ab" * 16)
    assert story.state == "no such asset"
    assert [moment.kind for moment in story] == ["call"] * 3


@pytest.mark.parametrize("media_id", [None, 5, b"ab", ["ab"]], ids=repr)
def test_a_media_id_is_a_text(fake_ims: FakeIms, media_id: object) -> None:
    asset = fake_ims.register(InputURL=IMAGE)
    for wrong in (media_id, asset):
        with pytest.raises(TypeError, match=r"media_id is a text, such as asset\.media_id, not "):
            fake_ims.timeline(wrong)  # type: ignore[arg-type]


@pytest.mark.fake_ims(journal_size=2)
def test_as_far_as_its_story_is_kept(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(IMAGE).media_id
    fake_ims.settle()
    for _ in range(3):
        rpc("GetMediaInfo", MediaId=media_id)
    story = fake_ims.timeline(media_id)
    assert [moment.what for moment in story if moment.kind == "call"] == [
        "registered", "GetMediaInfo 200", "GetMediaInfo 200",
    ]  # fmt: skip
    assert story[0].what == "registered"
