"""What a test sees and does beside HTTP: assets, register, declare, reset, repr."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import pytest
from alone import ALONE
from freezers import ticking_by_reads
from rpc import FORM, Rpc

from fake_ims import ApiError, FakeIms, by_hand

URL = "oss://bucket/a.mp4"


# ---------------------------------------------------------------- assets


def test_assets_are_a_mapping_by_media_id(fake_ims: FakeIms, rpc: Rpc) -> None:
    one, two = rpc.register(URL).media_id, rpc.register("oss://b/b.mp4").media_id
    assert list(fake_ims.assets) == [one, two]
    assert len(fake_ims.assets) == 2
    assert one in fake_ims.assets
    assert "x" not in fake_ims.assets
    assert [asset.media_id for asset in fake_ims.assets.values()] == [one, two]
    assert fake_ims.assets.get("x") is None


def test_assets_are_found_by_any_form_of_the_url_and_by_reference(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(URL, ReferenceId="reference").media_id
    https = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4?x=1"
    assert fake_ims.assets.by_url(https).media_id == media_id
    assert fake_ims.assets.by_reference_id("reference").media_id == media_id


@pytest.mark.parametrize(
    "look",
    [
        lambda ims: ims.assets["unknown"],
        lambda ims: ims.assets.by_url("oss://b/unknown.mp4"),
        lambda ims: ims.assets.by_url("nonsense"),
        lambda ims: ims.assets.by_reference_id("unknown"),
        lambda ims: ims.complete("unknown"),
        lambda ims: ims.fail("unknown"),
    ],
    ids=["id", "url", "no url", "reference", "complete", "fail"],
)
def test_what_is_not_there_is_a_key_error_that_names_it(
    fake_ims: FakeIms, look: Callable[[FakeIms], object]
) -> None:
    with pytest.raises(KeyError, match=r"unknown|InputURL"):
        look(fake_ims)


def test_asset_is_a_snapshot(fake_ims: FakeIms) -> None:
    before = fake_ims.register(InputURL=URL)
    fake_ims.settle()
    assert before.status == "Preparing"
    assert fake_ims.assets[before.media_id].status == "Normal"


def test_a_loop_goes_over_what_there_was_at_its_beginning(fake_ims: FakeIms) -> None:
    assets = [fake_ims.register(InputURL=f"oss://b/{name}.mp4") for name in "ab"]
    categories = [fake_ims.add_category(name) for name in "ab"]
    loops = [
        map(iter, (each.values(), each.items(), each))
        for each in (fake_ims.assets, fake_ims.categories)
    ]
    begun = [list(each) for each in loops]
    fake_ims.delete(*fake_ims.assets)
    for category in categories:
        by_hand.call(fake_ims.world, "DeleteCategory", {"CateId": str(category.cate_id)})
    assert (dict(fake_ims.assets), dict(fake_ims.categories)) == ({}, {})
    by_id, by_number = {e.media_id: e for e in assets}, {e.cate_id: e for e in categories}
    assert [list(each) for each in begun[0]] == [assets, list(by_id.items()), list(by_id)]
    assert [list(each) for each in begun[1]] == [
        categories, list(by_number.items()), list(by_number),
    ]  # fmt: skip


def test_looking_at_an_asset_lets_happen_what_is_due(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.clock.advance("3s")
    assert fake_ims.assets[media_id].status == "Normal"


# ---------------------------------------------------------------- register and declare


def test_register_takes_python_values(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.register(InputURL=URL)
    asset = fake_ims.register(
        InputURL=URL,
        Overwrite=True,
        CateId=5,
        UserData={"NotifyAddress": "http://x.y"},
        RegisterConfig={"NeedSprite": False},
        Title=None,
    )
    basic = rpc.get(asset.media_id)["MediaBasicInfo"]
    assert basic["CateId"] == 5
    assert basic["UserData"] == '{"NotifyAddress": "http://x.y"}'
    assert len(fake_ims.assets) == 1


def test_register_takes_tags_as_a_list(fake_ims: FakeIms) -> None:
    asset = fake_ims.register(InputURL=URL, MediaTags=["a", "b"])
    assert asset.media_tags == ("a", "b")


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "MissingInputURL"),
        ({"InputURL": "x"}, "InvalidParameter"),
        ({"InputURL": URL, "CateId": "x"}, "InvalidCateId"),
        ({"InputURL": URL, "Title": "x" * 129}, "InvalidParameter"),
        ({"InputURL": "oss://b/\ud800.mp4"}, "InvalidInputURL"),
        ({"InputURL": URL, "Title": "\ud800"}, "InvalidTitle"),
    ],
    ids=["missing", "no url", "type", "too long", "surrogate in url", "surrogate in title"],
)
def test_register_refuses_as_over_http(
    fake_ims: FakeIms, parameters: dict[str, str], code: str
) -> None:
    with pytest.raises(ApiError) as caught:
        fake_ims.register(**parameters)
    assert caught.value.code in (code, "InvalidParameter")
    assert len(fake_ims.assets) == 0


def test_register_refuses_a_duplicate_as_over_http(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    with pytest.raises(ApiError, match=f"409 MediaAlreadyExist: .*{media_id}") as caught:
        fake_ims.register(InputURL=URL)
    assert (caught.value.status, caught.value.code) == (409, "MediaAlreadyExist")


def test_register_names_the_parameter_that_was_meant(fake_ims: FakeIms) -> None:
    with pytest.raises(TypeError, match="no parameter InputUrl; did you mean InputURL"):
        fake_ims.register(InputUrl=URL)


def test_declare_adds_to_what_was_declared(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(categories={1: "one"})
    fake_ims.declare(categories={2: "two"}, workflows=("w",))
    for number, name in ((1, "one"), (2, "two")):
        media_id = rpc.register(f"oss://b/{number}.mp4", CateId=str(number)).media_id
        assert rpc.get(media_id)["MediaBasicInfo"]["CateName"] == name


# ---------------------------------------------------------------- completing by hand


def test_complete_and_fail_end_the_analysis_now(fake_ims: FakeIms, rpc: Rpc) -> None:
    one, two = rpc.register(URL).media_id, rpc.register("oss://b/b.mp4").media_id
    assert fake_ims.complete(one).status == rpc.status(one) == "Normal"
    assert fake_ims.fail(two, "no bucket").status == rpc.status(two) == "PrepareFail"
    assert [(event.media_id, event.status) for event in fake_ims.events] == [
        *[(one, "Success")] * 5, (two, "Fail"), (two, "Fail"),
    ]  # fmt: skip
    assert len(fake_ims.settle()) == 0


def test_complete_makes_even_an_unreadable_object_normal(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, fails="gone")
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id)
    assert rpc.status(media_id) == "Normal"
    assert rpc.file_of(media_id)["FileBasicInfo"]["FileUrl"]


@pytest.mark.parametrize("again", [FakeIms.complete, FakeIms.fail])
def test_analysis_ends_once(fake_ims: FakeIms, again: Callable[[FakeIms, str], object]) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    fake_ims.complete(media_id)
    with pytest.raises(ValueError, match="nothing is pending"):
        again(fake_ims, media_id)


# ---------------------------------------------------------------- reset and scratch


def test_reset_empties_everything_behind_the_same_address_and_keys(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    before = fake_ims.endpoint, fake_ims.access_key_id, fake_ims.access_key_secret
    rpc.register(URL, ClientToken="t", ReferenceId="reference")
    alice = fake_ims.ram.create_user("alice")
    fake_ims.objects.put(URL, fails="gone")
    fake_ims.declare(categories={1: "one"})
    fake_ims.clock.freeze("2001-01-01T00:00:00Z")
    fake_ims.reset()
    assert (fake_ims.endpoint, fake_ims.access_key_id, fake_ims.access_key_secret) == before
    assert len(fake_ims.assets) == len(fake_ims.calls) == len(fake_ims.events) == 0
    assert fake_ims.settle() == ()
    assert not fake_ims.clock.frozen
    with pytest.raises(KeyError):
        fake_ims.ram.user(alice.name)
    media_id = rpc.register(URL, ClientToken="t", ReferenceId="reference", CateId="1").media_id
    assert "CateName" not in rpc.get(media_id)["MediaBasicInfo"]
    fake_ims.settle()
    assert rpc.status(media_id) == "Normal"


def test_scratch_is_an_empty_world_inside_and_the_old_one_after(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    outside = rpc.register(URL).media_id
    with fake_ims.scratch():
        assert len(fake_ims.assets) == 0
        inside = rpc.register(URL).media_id
        assert list(fake_ims.assets) == [inside]
    assert list(fake_ims.assets) == [outside]
    assert rpc.status(outside) in ("Preparing", "Normal")


@pytest.mark.fake_ims(allow="stray")
def test_ended_world_can_still_be_read_but_answers_no_more(fake_ims: FakeIms) -> None:
    with FakeIms(server=fake_ims.server) as other:
        media_id = Rpc(other).register(URL).media_id
        key = other.access_key_id
    assert other.assets[media_id].input_url == URL
    assert len(other.calls) == 1
    reply = Rpc(fake_ims, access_key_id=key).register(URL)
    assert (reply.status, reply.code) == (403, "FakeIms.EndedWorld")
    assert "fake_ims_keys = session" in reply.message
    assert len(fake_ims.assets) == 0


def test_world_that_has_ended_is_not_started_again_in_silence() -> None:
    ims = FakeIms()
    with ims:
        pass
    try:
        ims.start()
    except RuntimeError:
        return
    try:
        assert Rpc(ims).register(URL).status == 200
    finally:
        ims.close()


# ---------------------------------------------------------------- repr

SHORT = 400


def public_objects(ims: FakeIms) -> dict[str, object]:
    user = ims.ram.create_user("alice", policy={"Statement": []})
    asset = next(iter(ims.assets.values()))
    return {
        "FakeIms": ims,
        "FakeServer": ims.server,
        "Clock": ims.clock,
        "Assets": ims.assets,
        "Asset": asset,
        "CategoryTree": ims.categories,
        "Category": ims.categories[1],
        "Mark": asset.marks[0],
        "Objects": ims.objects,
        "Calls": ims.calls,
        "Call": ims.calls[0],
        "Events": ims.events,
        "Event": ims.events[0],
        "Ram": ims.ram,
        "User": user,
        "World": ims.world,
        "ObjectFacts": asset.object_facts,
        "Location": asset.location,
        "Statement": ims.ram.default.statements[0],
    }


NAMES = (
    "FakeIms", "FakeServer", "Clock", "Assets", "Asset", "CategoryTree", "Category", "Mark",
    "Objects", "Calls", "Call", "Events", "Event", "Ram", "User", "World", "ObjectFacts",
    "Location", "Statement",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_repr_is_short_says_something_and_holds_no_secret(
    fake_ims: FakeIms, rpc: Rpc, name: str
) -> None:
    fake_ims.objects.put(URL, width=640)
    media_id = rpc.register(URL, UserData="{}", **ALONE).media_id
    rpc("AddMediaMarks", MediaId=media_id, MediaMarks='[{"MarkTag": "t"}]')
    fake_ims.add_category("sports")
    fake_ims.settle()
    found = public_objects(fake_ims)
    assert tuple(found) == NAMES
    text = repr(found[name])
    assert 0 < len(text) < SHORT
    assert " object at 0x" not in text
    assert fake_ims.access_key_secret not in text
    assert fake_ims.ram.user("alice").access_key_secret not in text


def test_repr_of_a_huge_call_is_short_all_the_same(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc("GetMediaInfo", MediaId="x" * 20_000)
    assert len(repr(fake_ims.calls[0])) < 2000


@pytest.mark.parametrize("text", ["x\n1 failed", "\x1b[31m", "\r", "\u2028", "\u202e"])
def test_repr_of_a_call_is_one_line_without_escape_sequences(
    fake_ims: FakeIms, rpc: Rpc, text: str
) -> None:
    rpc(text, **{text: text})
    rpc.raw("POST", "/", b"Action=GetMediaInfo&" + quote(text).encode() + b"%FF=1", FORM)
    for call in (*fake_ims.calls, *fake_ims.server.calls):
        assert repr(call).isprintable()


def test_repr_of_an_asset_with_a_huge_url_is_short_all_the_same(fake_ims: FakeIms) -> None:
    asset = fake_ims.register(InputURL="oss://b/" + "x" * 20_000)
    assert len(repr(asset)) < 2000


def test_repr_of_many_calls_is_not_all_of_them(fake_ims: FakeIms, rpc: Rpc) -> None:
    for _ in range(300):
        rpc("GetMediaInfo")
    assert len(repr(fake_ims.calls).splitlines()) < 200


def test_repr_of_many_assets_is_not_all_of_them(fake_ims: FakeIms) -> None:
    for number in range(300):
        fake_ims.register(InputURL=f"oss://b/{number}.mp4")
    assert len(repr(fake_ims.assets).splitlines()) < 200


def test_repr_never_fails_whatever_the_state() -> None:
    ims = FakeIms()
    assert repr(ims) == "<FakeIms not started>"
    with ims:
        assert "0 assets, 0 pending" in repr(ims)
    assert repr(ims).startswith("<FakeIms ended, 0 assets, 0 pending, seed ")


def test_repr_does_not_move_a_clock_that_ticks_by_being_read(fake_ims: FakeIms) -> None:
    with ticking_by_reads("2026-01-31T12:00:00Z", 1) as looked_at:
        before = looked_at()
        assert repr(fake_ims)
        assert repr(fake_ims.clock)
        assert looked_at() == before


def test_a_word_that_says_nothing_of_a_file(fake_ims: FakeIms) -> None:
    with pytest.raises(TypeError, match="is called 'durration'; did you mean duration"):
        fake_ims.objects.put(URL, durration=3)
    with pytest.raises(TypeError, match=r"is called 'x' \(there are duration, width, height, "):
        fake_ims.objects.put(URL, x=3)
