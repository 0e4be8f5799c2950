"""``ims.assets.describe``: what other services found out, as a test says it."""

from __future__ import annotations

from typing import Any

import pytest

from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"


def test_what_is_said_stays_until_it_is_said_otherwise(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    before = fake_ims.assets[media_id]
    described = fake_ims.assets.describe(
        media_id, ocr=["one"], labels=[("Vehicle", "103102", "Car"), ("Animal", "1")],
        custom_fields={"intField1": 1},
    )  # fmt: skip
    assert described == fake_ims.assets[media_id]
    assert described.insights.ocr == ("one",)
    assert described.insights.labels == (("Vehicle", "103102", "Car"), ("Animal", "1", ""))
    assert (described.title, described.modified_at) == (before.title, before.modified_at)
    fake_ims.assets.describe(media_id, ocr=(), dynamic_meta_data="{}")
    fake_ims.settle()
    insights = fake_ims.assets[media_id].insights
    assert insights.ocr == ()
    assert insights.labels == described.insights.labels
    assert dict(insights.custom_fields) == {"intField1": 1}
    assert insights.dynamic_meta_data == "{}"
    assert before.insights.ocr == ()


def test_what_was_said_does_not_change_with_the_callers_objects(fake_ims: FakeIms) -> None:
    media_id = fake_ims.register(InputURL=URL).media_id
    custom: dict[str, int | str] = {"strField1": "a"}
    insights = fake_ims.assets.describe(media_id, custom_fields=custom).insights
    custom["strField1"] = "b"
    assert insights.custom_fields["strField1"] == "a"
    with pytest.raises(TypeError):
        insights.custom_fields["strField1"] = "b"  # type: ignore[index]


@pytest.mark.parametrize(
    ("said", "error", "message"),
    [
        ({"ocr": "one"}, TypeError, "ocr is a list of texts, not the text 'one'"),
        ({"ocr": [1]}, TypeError, "ocr is text, not 1"),
        ({"ocr": ["\ud800"]}, ValueError, "surrogates not allowed"),
        ({"labels": ["Car"]}, TypeError, "a label is a list of texts, not the text 'Car'"),
        ({"labels": [("Vehicle",)]}, ValueError, "a label is .category, label id."),
        ({"labels": [("a", "b", "c", "d")]}, ValueError, "a label is .category, label id."),
        ({"labels": [("a", 1)]}, TypeError, "a label is text, not 1"),
        ({"custom_fields": {"intField2": 1}}, ValueError, "there are intField1, strField1"),
        ({"custom_fields": {"intField1": "1"}}, TypeError, "intField1 takes int, not '1'"),
        ({"custom_fields": {"intField1": True}}, TypeError, "intField1 takes int, not True"),
        ({"custom_fields": {"intField1": 1 << 63}}, TypeError, "intField1 takes int, not"),
        ({"custom_fields": {"strField2": None}}, TypeError, "strField2 takes str, not None"),
        ({"custom_fields": {"strField2": "\ud800"}}, ValueError, "surrogates not allowed"),
        ({"dynamic_meta_data": {}}, TypeError, "dynamic_meta_data is text, not {}"),
        ({"colour": "red"}, TypeError, "unexpected keyword argument"),
    ],
)
def test_what_cannot_be_said(
    fake_ims: FakeIms, said: dict[str, Any], error: type[Exception], message: str
) -> None:
    asset = fake_ims.register(InputURL=URL)
    with pytest.raises(error, match=message):
        fake_ims.assets.describe(asset.media_id, **said)
    assert fake_ims.assets[asset.media_id] == asset


def test_an_asset_that_does_not_exist(fake_ims: FakeIms) -> None:
    with pytest.raises(KeyError, match="no asset has MediaId 'x'"):
        fake_ims.assets.describe("x", ocr=["a"])
