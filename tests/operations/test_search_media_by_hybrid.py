"""SearchMediaByHybrid: an approximation by words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rpc import Rpc, invalid

from fake_ims import FakeIms

models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)


@pytest.fixture
def zoo(fake_ims: FakeIms) -> dict[str, str]:
    """Analysed assets; their MediaIds by title."""
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    found = {}
    for title, parameters in {
        "Two pandas": {"Description": "They are fighting."},
        "Panda": {"MediaTags": "asleep,zoo"},
        "\u4e24\u53ea\u718a\u732b": {"Description": "\u5728\u6253\u67b6"},
        "Category of cats": {},
        "Photo of a panda": {"InputURL": "oss://bucket/a.png"},
        "Song of a panda": {"InputURL": "oss://bucket/a.mp3"},
    }.items():
        url = f"oss://bucket/{title}.mp4"
        asset = fake_ims.register(**{"InputURL": url, "Title": title, **parameters})
        found[title] = asset.media_id
        fake_ims.clock.advance("10s")
    return found


def search(rpc: Rpc, **parameters: str) -> dict[str, Any]:
    reply = rpc("SearchMediaByHybrid", **parameters)
    assert reply.status == 200, reply
    return reply.json


def found(ims: FakeIms, rpc: Rpc, **parameters: str) -> list[tuple[str, float]]:
    """Titles and scores."""
    media = search(rpc, **parameters)["MediaList"]
    return [(ims.assets[each["MediaId"]].title, each["ClipInfo"][0]["Score"]) for each in media]


@pytest.mark.parametrize(
    ("text", "ranked"),
    [
        (
            "Two pandas are fighting.",
            {"Two pandas": 1.0, "Photo of a panda": 0.3333, "Panda": 0.3333},
        ),
        ("a sleeping PANDA in the zoo", {"Panda": 0.6667, "Photo of a panda": 0.3333,
                                         "Two pandas": 0.3333}),
        ("\u718a\u732b\u6253\u67b6", {"\u4e24\u53ea\u718a\u732b": 0.6667}),
        ("\u732b", {"\u4e24\u53ea\u718a\u732b": 1.0}),
        ("cat", {"Category of cats": 1.0}),
        ("of", {"Photo of a panda": 1.0, "Category of cats": 1.0}),
        ("tiger", {}),
        ("!?", {}),
    ],
)  # fmt: skip
def test_best_first_and_newest_of_equal_ones(
    fake_ims: FakeIms, rpc: Rpc, zoo: dict[str, str], text: str, ranked: dict[str, float]
) -> None:
    assert found(fake_ims, rpc, Text=text) == list(ranked.items())


def test_what_was_read_off_the_pictures_counts(
    fake_ims: FakeIms, rpc: Rpc, zoo: dict[str, str]
) -> None:
    fake_ims.assets.describe(zoo["Panda"], ocr=["Wolong"], labels=[("Plant", "1", "Bamboo")])
    assert found(fake_ims, rpc, Text="Bamboo of Wolong") == [("Panda", 1.0)]


def test_a_clip_is_all_of_the_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put("oss://b/a.mp4", duration=12.5)
    for name in ("a.mp4", "a.png"):
        fake_ims.register(InputURL=f"oss://b/{name}", Title="clip")
    assert search(rpc, Text="clip")["MediaList"] == []  # nothing has been seen of it
    fake_ims.settle()
    answer = search(rpc, Text="clip")
    image, video = (each["ClipInfo"] for each in answer["MediaList"])
    assert video == [{"From": 0.0, "To": 12.5, "Score": 1.0}]
    assert image == [{"From": 0.0, "To": 0.0, "Score": 1.0}]
    assert (answer["Total"], answer["Code"], answer["Success"]) == (2, "200", "true")


def test_filters(fake_ims: FakeIms, rpc: Rpc, zoo: dict[str, str]) -> None:
    def titles(**parameters: str) -> list[str]:
        return [title for title, _ in found(fake_ims, rpc, Text="panda", **parameters)]

    every = ["Photo of a panda", "Panda", "Two pandas"]
    assert titles() == every
    assert titles(MediaType="image") == every[:1]
    assert titles(MediaType="video") == every[1:]
    assert titles(MediaId=zoo["Panda"]) == ["Panda"]
    assert titles(MediaId="0" * 32) == []
    at = fake_ims.assets[zoo["Panda"]].created_at // 1000
    assert titles(UtcCreate=json.dumps({"gte": at, "lte": at})) == ["Panda"]
    assert titles(UtcCreate=json.dumps({"gte": at + 1})) == ["Photo of a panda"]
    assert titles(UtcCreate=json.dumps({"lte": at})) == ["Panda", "Two pandas"]
    fake_ims.assets.describe(zoo["Panda"], custom_fields={"intField1": 1})
    assert titles(CustomFilters='{"intField1": [1]}') == ["Panda"]
    fake_ims.declare(search_libs=("mine",))
    assert titles(SearchLibName="mine") == []
    assert titles(PageSize="2", PageNo="2") == ["Two pandas"]
    assert titles(PageNo="2") == []


def test_an_asset_by_its_id_alone(fake_ims: FakeIms, rpc: Rpc, zoo: dict[str, str]) -> None:
    assert found(fake_ims, rpc, MediaId=zoo["Panda"]) == [("Panda", 1.0)]


def test_nothing_to_go_by_is_a_missing_parameter(rpc: Rpc) -> None:
    for sent in ({}, {"Text": "", "MediaId": ""}, {"MediaType": "video"}):
        assert rpc("SearchMediaByHybrid", **sent).code == "MissingParameter"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MediaType", "audio"),
        ("MediaType", "Video"),
        ("SearchLibName", "other"),
        ("CustomFilters", '{"x": 1}'),
        ("UtcCreate", "1"),
        ("UtcCreate", "{}"),
        ("UtcCreate", '{"gt": 1}'),
        ("UtcCreate", '{"gte": "1"}'),
        ("UtcCreate", '{"gte": 1.5}'),
        ("UtcCreate", '{"gte": true}'),
        ("UtcCreate", '{"lte": 9223372036854775808}'),
    ],
)
def test_values_of_another_kind(rpc: Rpc, name: str, value: str) -> None:
    assert rpc("SearchMediaByHybrid", Text="x", **{name: value}).refusal == invalid(name)


def test_a_long_text_counts_by_its_first_words(
    fake_ims: FakeIms, rpc: Rpc, zoo: dict[str, str]
) -> None:
    words = " ".join(f"word{number}" for number in range(5_000))
    assert found(fake_ims, rpc, Text=f"panda {words}", MediaId=zoo["Panda"]) == [("Panda", 0.01)]
    assert found(fake_ims, rpc, Text=f"{words} panda") == []


def test_the_official_sdk_reads_all_of_it(
    fake_ims: FakeIms, fake_ims_client: Any, zoo: dict[str, str]
) -> None:
    request = models.SearchMediaByHybridRequest(
        text="Two pandas are fighting.", media_type="video", namespace="name-1", page_no=1,
        page_size=20, utc_create='{"gte":0}', custom_filters="{}",
    )  # fmt: skip
    body = fake_ims_client.search_media_by_hybrid(request).body
    assert (body.code, body.success, body.total) == ("200", "true", 2)
    assert body.to_map() == json.loads(fake_ims.calls[-1].body)
    best = body.media_list[0]
    assert best.media_id == zoo["Two pandas"]
    assert isinstance(best.clip_info[0].score, float)
    assert fake_ims.calls[-1].ignored == ("Namespace",)
