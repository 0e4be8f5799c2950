"""AddCategory, UpdateCategory, DeleteCategory and GetCategories."""

from __future__ import annotations

from typing import Any

import pytest
from rpc import Reply, Rpc, invalid

from fake_ims import ApiError, Category, FakeIms

LARGEST = (1 << 63) - 1


def of_wrong_type(name: str) -> tuple[int, str, str]:
    return 400, f"Invalid{name}", f"Specified parameter {name} is not valid."


def add(rpc: Rpc, name: str, parent: int | None = None, **others: str) -> dict[str, Any]:
    """``Category`` of a new one."""
    if parent is not None:
        others["ParentId"] = str(parent)
    reply = rpc("AddCategory", CateName=name, **others)
    assert reply.status == 200, reply
    category = reply.json["Category"]
    assert isinstance(category, dict)
    return category


def names(reply: Reply) -> list[str]:
    assert reply.status == 200, reply
    return [each["CateName"] for each in reply.json["SubCategories"]["Category"]]


# ---------------------------------------------------------------- adding


@pytest.mark.parametrize("parent", [None, "", "-1", "0", "-5", str(-LARGEST - 1)])
def test_without_a_parent_it_is_on_the_first_level(rpc: Rpc, parent: str | None) -> None:
    sent = {} if parent is None else {"ParentId": parent}
    reply = rpc("AddCategory", CateName="\u4f53\u80b2", **sent)
    assert reply.json["Category"] == {
        "CateId": 1, "CateName": "\u4f53\u80b2", "Level": 0, "ParentId": -1, "Type": "default",
    }  # fmt: skip
    assert set(reply.json) == {"RequestId", "Category"}


def test_three_levels_and_no_fourth(rpc: Rpc) -> None:
    parent, levels = None, []
    for number in range(3):
        category = add(rpc, f"level {number}", parent)
        levels.append((category["Level"], category["ParentId"]))
        parent = category["CateId"]
    assert levels == [(0, -1), (1, 1), (2, 2)]
    reply = rpc("AddCategory", CateName="level 3", ParentId="3")
    assert reply.refusal == invalid("ParentId")
    assert len(rpc.ims.categories) == 3


@pytest.mark.parametrize("parent", [None, 1])
def test_a_hundred_children_and_no_more(fake_ims: FakeIms, rpc: Rpc, parent: int | None) -> None:
    fake_ims.declare(categories={1: "one"})
    for number in range(100 - (parent is None)):
        fake_ims.add_category(f"child {number}", parent=parent)
    sent = {} if parent is None else {"ParentId": str(parent)}
    assert rpc("AddCategory", CateName="over", **sent).refusal == invalid("ParentId")
    rpc("DeleteCategory", CateId="50")
    assert rpc("AddCategory", CateName="over", **sent).status == 200
    assert rpc("AddCategory", CateName="other", Type="material").status == 200


def test_nothing_is_kept_of_a_tree_that_is_gone(fake_ims: FakeIms, rpc: Rpc) -> None:
    top = fake_ims.add_category("top")
    fake_ims.add_category("low", parent=fake_ims.add_category("middle", parent=top))
    rpc("DeleteCategory", CateId=str(top.cate_id))
    categories = fake_ims.world.library.categories
    assert (categories._by_id, list(filter(None, categories._children.values()))) == ({}, [])
    assert len(categories._children) == 1  # the first level


def test_ids_rise_and_are_never_given_again(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(categories={2: "two", LARGEST: "largest"})
    assert [add(rpc, name)["CateId"] for name in "ab"] == [1, 3]
    rpc("DeleteCategory", CateId="3")
    rpc("DeleteCategory", CateId=str(LARGEST))
    assert add(rpc, "c")["CateId"] == 4
    fake_ims.declare(categories={6: "six"})
    rpc("DeleteCategory", CateId="6")
    assert [add(rpc, name)["CateId"] for name in "de"] == [5, 7]


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({}, (400, "MissingCateName", "CateName is mandatory for this action.")),
        ({"CateName": ""}, (400, "MissingCateName", "CateName is mandatory for this action.")),
        ({"CateName": "x" * 65}, invalid("CateName")),
        ({"CateName": "\u4f53" * 22}, invalid("CateName")),
        ({"CateName": "a", "Type": "Default"}, invalid("Type")),
        ({"CateName": "a", "Type": "video"}, invalid("Type")),
        ({"CateName": "a", "ParentId": "7"}, invalid("ParentId")),
        ({"CateName": "a", "ParentId": str(LARGEST)}, invalid("ParentId")),
        ({"CateName": "a", "ParentId": str(LARGEST + 1)}, of_wrong_type("ParentId")),
        ({"CateName": "a", "ParentId": "root"}, of_wrong_type("ParentId")),
        ({"CateName": "a", "ParentId": "1.0"}, of_wrong_type("ParentId")),
    ],
    ids=str,
)
def test_what_cannot_be_added_is_refused(
    rpc: Rpc, sent: dict[str, str], refusal: tuple[int, str, str]
) -> None:
    assert rpc("AddCategory", **sent).refusal == refusal
    assert len(rpc.ims.categories) == 0


@pytest.mark.parametrize("name", ["x" * 64, "\u4f53" * 21, " ", "\0\r\n\x1b[31m", "<&>\uffff"])
@pytest.mark.parametrize("form", ["JSON", "XML"])
def test_any_name_of_64_bytes_will_do(rpc: Rpc, name: str, form: str) -> None:
    assert rpc("AddCategory", CateName=name, Format=form).status == 200
    assert names(rpc("GetCategories")) == [name]
    assert rpc("GetCategories", Format=form).status == 200
    assert repr(rpc.ims.categories).count("\n") == 1


def test_a_subcategory_is_of_its_parents_type(fake_ims: FakeIms, rpc: Rpc) -> None:
    parent = add(rpc, "shorts", Type="material")["CateId"]
    assert fake_ims.calls[-1].relied_on == ()
    assert add(rpc, "one", parent)["Type"] == "material"
    assert add(rpc, "two", parent, Type="material")["Type"] == "material"
    assert [call.relied_on for call in fake_ims.calls[1:]] == [("category_type",), ()]


# ---------------------------------------------------------------- renaming


def test_a_new_name_shows_everywhere_at_once(rpc: Rpc) -> None:
    cate_id = str(add(rpc, "old")["CateId"])
    media_id = rpc.register("oss://b/a.mp4", CateId=cate_id).media_id
    before = rpc.ims.assets[media_id]
    reply = rpc("UpdateCategory", CateId=cate_id, CateName="\u65b0")
    assert (reply.status, set(reply.json)) == (200, {"RequestId"})
    assert rpc.get(media_id)["MediaBasicInfo"]["CateName"] == "\u65b0"
    assert names(rpc("GetCategories")) == ["\u65b0"]
    assert rpc.ims.assets[media_id].modified_at == before.modified_at


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({"CateName": "a"}, (400, "MissingCateId", "CateId is mandatory for this action.")),
        ({"CateId": "1"}, (400, "MissingCateName", "CateName is mandatory for this action.")),
        ({"CateId": "1", "CateName": "x" * 65}, invalid("CateName")),
        ({"CateId": "2", "CateName": "a"}, invalid("CateId")),
        ({"CateId": "0", "CateName": "a"}, invalid("CateId")),
        ({"CateId": "-1", "CateName": "a"}, invalid("CateId")),
        ({"CateId": "one", "CateName": "a"}, of_wrong_type("CateId")),
    ],
    ids=str,
)
def test_what_cannot_be_renamed_is_refused(
    rpc: Rpc, sent: dict[str, str], refusal: tuple[int, str, str]
) -> None:
    add(rpc, "one")
    assert rpc("UpdateCategory", **sent).refusal == refusal
    assert rpc.ims.categories[1].cate_name == "one"


@pytest.mark.fake_ims(duplicate_category="reject")
def test_names_are_compared_among_siblings_of_one_type_only(rpc: Rpc) -> None:
    one, two = add(rpc, "one")["CateId"], add(rpc, "two")["CateId"]
    add(rpc, "one", one)
    add(rpc, "one", two)
    add(rpc, "one", Type="material")
    assert rpc("AddCategory", CateName="one", ParentId=str(two)).refusal == invalid("CateName")
    renamed = rpc("UpdateCategory", CateId=str(two), CateName="one")
    assert renamed.refusal == invalid("CateName")
    assert rpc("UpdateCategory", CateId=str(two), CateName="two").status == 200


# ---------------------------------------------------------------- deleting


def test_all_that_is_under_it_goes_too(fake_ims: FakeIms, rpc: Rpc) -> None:
    top, other = add(rpc, "top")["CateId"], add(rpc, "other")["CateId"]
    middle = add(rpc, "middle", top)["CateId"]
    add(rpc, "low", middle)
    reply = rpc("DeleteCategory", CateId=str(top))
    assert (reply.status, set(reply.json)) == (200, {"RequestId"})
    assert list(fake_ims.categories) == [other]
    assert names(rpc("GetCategories")) == ["other"]
    assert rpc("DeleteCategory", CateId=str(top)).refusal == invalid("CateId")
    assert rpc("GetCategories", CateId=str(middle)).refusal == invalid("CateId")


@pytest.mark.fake_ims(delay=0)
def test_assets_anywhere_under_it_are_filed_nowhere_from_then_on(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    top, other = add(rpc, "top")["CateId"], add(rpc, "other")["CateId"]
    low = add(rpc, "low", top)["CateId"]
    filed = [
        rpc.register(f"oss://b/{each}.mp4", CateId=str(each)).media_id for each in (top, low, other)
    ]
    fake_ims.clock.advance("1h")
    events = len(fake_ims.events)
    rpc("DeleteCategory", CateId=str(top))
    shown = [rpc.get(media_id)["MediaBasicInfo"] for media_id in filed]
    assert [(each.get("CateId"), each.get("CateName")) for each in shown] == [
        (None, None), (None, None), (other, "other"),
    ]  # fmt: skip
    assert all(each["ModifiedTime"] == each["CreateTime"] for each in shown)
    assert len(fake_ims.events) == events
    assert fake_ims.categories.assets_in(top) == fake_ims.categories.assets_in(low) == []


def test_an_empty_category_is_deleted_without_an_inference(fake_ims: FakeIms, rpc: Rpc) -> None:
    cate_id = add(rpc, "empty")["CateId"]
    rpc.register("oss://b/a.mp4")
    rpc("DeleteCategory", CateId=str(cate_id))
    assert fake_ims.calls[-1].relied_on == ()


@pytest.mark.fake_ims(category_deletion="keep")
def test_a_kept_id_has_no_name(rpc: Rpc) -> None:
    cate_id = add(rpc, "gone")["CateId"]
    media_id = rpc.register("oss://b/a.mp4", CateId=str(cate_id)).media_id
    rpc("DeleteCategory", CateId=str(cate_id))
    basic = rpc.get(media_id)["MediaBasicInfo"]
    assert basic["CateId"] == cate_id
    assert "CateName" not in basic


@pytest.mark.parametrize("cate_id", ["0", "-1", "2", str(-LARGEST)])
def test_neither_the_root_nor_an_unknown_category_can_be_deleted(rpc: Rpc, cate_id: str) -> None:
    add(rpc, "one")
    assert rpc("DeleteCategory", CateId=cate_id).refusal == invalid("CateId")
    assert rpc("DeleteCategory").code == "MissingCateId"
    assert len(rpc.ims.categories) == 1


@pytest.mark.fake_ims(strict=True)
def test_strict_registers_into_existing_categories_only(rpc: Rpc) -> None:
    cate_id = str(add(rpc, "one")["CateId"])
    assert rpc.register("oss://b/a.mp4", CateId=cate_id).status == 200
    rpc("DeleteCategory", CateId=cate_id)
    assert rpc.register("oss://b/b.mp4", CateId=cate_id).refusal == invalid("CateId")


# ---------------------------------------------------------------- getting


def test_a_category_with_what_is_under_it(rpc: Rpc) -> None:
    top = add(rpc, "top")["CateId"]
    middle = add(rpc, "middle", top)["CateId"]
    add(rpc, "low", middle)
    add(rpc, "also low", middle)
    document = rpc("GetCategories", CateId=str(top)).json
    document.pop("RequestId")
    assert document == {
        "Category": {
            "CateId": top, "CateName": "top", "Level": 0, "ParentId": -1, "Type": "default",
        },
        "SubCategories": {
            "Category": [{
                "CateId": middle, "CateName": "middle", "Level": 1, "ParentId": top,
                "Type": "default", "SubTotal": 2,
            }],
        },
        "SubTotal": 1,
    }  # fmt: skip


@pytest.mark.parametrize("sent", [{}, {"CateId": ""}, {"CateId": "-1"}, {"CateId": "0"}], ids=str)
def test_of_the_root_the_first_level_is_shown(rpc: Rpc, sent: dict[str, str]) -> None:
    empty = rpc("GetCategories", **sent).json
    assert (empty["SubCategories"], empty["SubTotal"]) == ({"Category": []}, 0)
    add(rpc, "one")
    document = rpc("GetCategories", **sent).json
    assert "Category" not in document
    assert document["SubCategories"]["Category"][0]["CateName"] == "one"
    assert document["SubTotal"] == 1


def test_newest_first_unless_asked_otherwise(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    for name in "ab":
        add(rpc, name)
    fake_ims.clock.move_to("2026-01-31T11:00:00Z")
    add(rpc, "c")
    assert names(rpc("GetCategories")) == ["b", "a", "c"]
    assert names(rpc("GetCategories", SortBy="CreationTime:Desc")) == ["b", "a", "c"]
    assert names(rpc("GetCategories", SortBy="CreationTime:Asc")) == ["c", "a", "b"]


def test_each_type_has_a_tree_of_its_own(rpc: Rpc) -> None:
    add(rpc, "films")
    shorts = add(rpc, "shorts", Type="material")["CateId"]
    add(rpc, "cats", shorts)
    assert names(rpc("GetCategories")) == names(rpc("GetCategories", Type="default")) == ["films"]
    material = rpc("GetCategories", Type="material")
    assert names(material) == ["shorts"]
    assert material.json["SubCategories"]["Category"][0]["SubTotal"] == 1
    assert names(rpc("GetCategories", CateId=str(shorts))) == ["cats"]
    assert names(rpc("GetCategories", CateId=str(shorts), Type="material")) == ["cats"]
    assert names(rpc("GetCategories", CateId=str(shorts), Type="default")) == []


@pytest.mark.parametrize(
    ("sent", "first", "count"),
    [
        ({}, 0, 10),
        ({"PageNo": "2"}, 10, 10),
        ({"PageNo": "3"}, 20, 5),
        ({"PageNo": "4"}, 25, 0),
        ({"PageNo": str(LARGEST), "PageSize": "100"}, 25, 0),
        ({"PageSize": "20", "PageNo": "2"}, 20, 5),
        ({"PageSize": "100"}, 0, 25),
        ({"PageSize": "", "PageNo": ""}, 0, 10),
        ({"PageSize": "9"}, 0, 10),
        ({"PageSize": "-1"}, 0, 10),
        ({"PageSize": "101"}, 0, 25),
        ({"PageNo": "0"}, 0, 10),
        ({"PageNo": "-3"}, 0, 10),
    ],
    ids=str,
)
def test_pages(fake_ims: FakeIms, rpc: Rpc, sent: dict[str, str], first: int, count: int) -> None:
    for number in range(25):
        fake_ims.add_category(str(number))
    reply = rpc("GetCategories", SortBy="CreationTime:Asc", **sent)
    assert names(reply) == [str(number) for number in range(first, first + count)]
    assert reply.json["SubTotal"] == 25


@pytest.mark.parametrize(
    ("sent", "refusal"),
    [
        ({"CateId": "9"}, invalid("CateId")),
        ({"CateId": "x"}, of_wrong_type("CateId")),
        ({"Type": "all"}, invalid("Type")),
        ({"SortBy": "CreationTime"}, invalid("SortBy")),
        ({"SortBy": "creationtime:desc"}, invalid("SortBy")),
        ({"SortBy": "CreationTime:Desc,CateName:Asc"}, invalid("SortBy")),
        ({"PageNo": "one"}, of_wrong_type("PageNo")),
        ({"PageSize": "1e1"}, of_wrong_type("PageSize")),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused(
    rpc: Rpc, sent: dict[str, str], refusal: tuple[int, str, str]
) -> None:
    assert rpc("GetCategories", **sent).refusal == refusal


@pytest.mark.parametrize(
    "action", ["AddCategory", "UpdateCategory", "DeleteCategory", "GetCategories"]
)
def test_each_needs_its_permission(fake_ims: FakeIms, rpc: Rpc, action: str) -> None:
    fake_ims.ram.deny(f"ice:{action}")
    reply = rpc(action, CateId="1", CateName="a")
    assert (reply.status, reply.code) == (403, "Forbidden")


# ---------------------------------------------------------------- the Python side


def test_the_view_mirrors_it_all(fake_ims: FakeIms, rpc: Rpc) -> None:
    sports = fake_ims.add_category("sports")
    football = fake_ims.add_category("football", parent=sports)
    shorts = fake_ims.add_category("shorts", category_type="material")
    assert list(fake_ims.categories.values()) == [sports, football, shorts]
    assert fake_ims.categories.by_name("football") == football
    assert fake_ims.categories.children() == [sports, shorts]
    assert fake_ims.categories.children(sports.cate_id) == [football]
    assert fake_ims.categories.children(99) == []
    assert sports.cate_id in fake_ims.categories
    assert 99 not in fake_ims.categories
    asset = fake_ims.register(InputURL="oss://b/a.mp4", CateId=football.cate_id)
    rpc.register("oss://b/b.mp4", CateId="99")
    assert fake_ims.categories.assets_in(football.cate_id) == [asset]
    assert [each.cate_id for each in fake_ims.categories.assets_in(99)] == [99]
    assert fake_ims.categories.assets_in(sports.cate_id) == []
    rpc("UpdateCategory", CateId="1", CateName="renamed")
    assert (sports.cate_name, fake_ims.categories[1].cate_name) == ("sports", "renamed")


def test_what_is_not_there_is_a_key_error_that_names_it(fake_ims: FakeIms) -> None:
    with pytest.raises(KeyError, match="no category has CateId 5"):
        fake_ims.categories[5]
    with pytest.raises(KeyError, match="no categories are called 'x'"):
        fake_ims.categories.by_name("x")
    fake_ims.declare(categories={1: "x", 2: "x"})
    with pytest.raises(KeyError, match="2 categories are called 'x'"):
        fake_ims.categories.by_name("x")


def test_the_tree_is_printed_as_one(fake_ims: FakeIms) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    sports = fake_ims.add_category("sports")
    fake_ims.add_category("shorts", category_type="material")
    news = fake_ims.add_category("news")
    fake_ims.add_category("football", parent=sports)
    fake_ims.add_category("today", parent=news.cate_id)
    assert repr(fake_ims.categories).replace(" 2026-01-31T12:00:00Z", "").splitlines() == [
        "<5 categories>",
        "  <Category 1 'sports'>",
        "    <Category 4 'football' under 1>",
        "  <Category 3 'news'>",
        "    <Category 5 'today' under 3>",
        "  <Category 2 'shorts' material>",
    ]


def test_of_a_huge_tree_the_beginning_is_printed(fake_ims: FakeIms) -> None:
    fake_ims.declare(categories=dict.fromkeys(range(200), "x" * 10000))
    text = repr(fake_ims.categories)
    assert text.startswith("<200 categories, the first 50>\n")
    assert len(text.splitlines()) == 51
    assert len(text) < 20_000


def test_adding_from_python_refuses_as_over_http(fake_ims: FakeIms) -> None:
    for wrong in ("", "x" * 65, "\ud800"):
        with pytest.raises(ApiError):
            fake_ims.add_category(wrong)
    with pytest.raises(ApiError, match='"ParentId" is not valid'):
        fake_ims.add_category("a", parent=9)
    assert len(fake_ims.categories) == 0


@pytest.mark.parametrize(
    "categories",
    [{-1: "x"}, {LARGEST + 1: "x"}, {1: "\ud800"}, {True: "x"}, {1.5: "x"}, {"1": "x"}],
    ids=ascii,
)
def test_what_no_answer_could_show_cannot_be_declared(
    fake_ims: FakeIms, categories: dict[Any, str]
) -> None:
    with pytest.raises(ValueError, match=r"CateId|surrogates"):
        fake_ims.declare(categories=categories)
    assert len(fake_ims.categories) == 0


def test_a_declared_category_is_one_like_any_other(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.declare(categories={3048: "sports"})
    assert add(rpc, "football", 3048)["Level"] == 1
    fake_ims.declare(categories={3048: "sport"})
    category = fake_ims.categories[3048]
    assert isinstance(category, Category)
    assert category.cate_name == "sport"
    assert names(rpc("GetCategories", CateId="3048")) == ["football"]
    rpc("DeleteCategory", CateId="3048")
    assert len(fake_ims.categories) == 0


def test_looking_into_a_category_lets_happen_what_is_due(fake_ims: FakeIms, rpc: Rpc) -> None:
    sports = fake_ims.add_category("sports")
    rpc.register("oss://b/a.mp4", CateId=str(sports.cate_id))
    fake_ims.clock.advance("3s")
    assert [each.status for each in fake_ims.categories.assets_in(sports.cate_id)] == ["Normal"]
