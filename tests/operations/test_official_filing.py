"""Categories and marks through the official Python SDK: nothing of an answer is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fake_ims import FakeIms

models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
exceptions = pytest.importorskip("alibabacloud_tea_openapi.exceptions", exc_type=ImportError)


def without_request_id(body: Any) -> dict[str, Any]:
    found: dict[str, Any] = body.to_map()
    assert found.pop("RequestId")
    return found


def test_categories(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    def add(**values: Any) -> Any:
        return fake_ims_client.add_category(models.AddCategoryRequest(**values)).body.category

    top = add(cate_name="\u4f53\u80b2")
    below = add(cate_name="football", parent_id=top.cate_id, type="default")
    assert (type(below.cate_id), below.level, below.parent_id) == (int, 1, top.cate_id)
    update = models.UpdateCategoryRequest(cate_id=below.cate_id, cate_name="\u8db3\u7403")
    assert without_request_id(fake_ims_client.update_category(update).body) == {}
    request = models.GetCategoriesRequest(
        cate_id=top.cate_id, page_no=1, page_size=10, sort_by="CreationTime:Asc", type="default"
    )
    assert without_request_id(fake_ims_client.get_categories(request).body) == {
        "Category": {
            "CateId": 1, "CateName": "\u4f53\u80b2", "Level": 0, "ParentId": -1, "Type": "default",
        },
        "SubCategories": {
            "Category": [{
                "CateId": 2, "CateName": "\u8db3\u7403", "Level": 1, "ParentId": 1,
                "Type": "default", "SubTotal": 0,
            }],
        },
        "SubTotal": 1,
    }  # fmt: skip
    root = fake_ims_client.get_categories(models.GetCategoriesRequest(cate_id=-1)).body
    assert root.category is None
    assert root.sub_categories.category[0].sub_total == 1
    delete = models.DeleteCategoryRequest(cate_id=top.cate_id)
    assert without_request_id(fake_ims_client.delete_category(delete).body) == {}
    assert len(fake_ims.categories) == 0
    with pytest.raises(exceptions.ClientException) as caught:
        fake_ims_client.delete_category(delete)
    assert (caught.value.status_code, caught.value.code) == (400, "InvalidParameter")


def test_marks(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    media_id = fake_ims.register(InputURL="oss://bucket/a.mp4").media_id
    marks: list[dict[str, Any]] = [
        {"MarkStartTime": "12.1", "MarkTag": "\u6807"},
        {"MarkStartTime": 12.3},
    ]
    body = fake_ims_client.add_media_marks(
        models.AddMediaMarksRequest(media_id=media_id, media_marks=json.dumps(marks))
    ).body
    assert body.media_id == media_id
    one, two = body.media_mark_ids.split(",")
    changed = json.dumps([{"MarkId": two, "MarkEndTime": 13}])
    body = fake_ims_client.update_media_marks(
        models.UpdateMediaMarksRequest(media_id=media_id, media_marks=changed)
    ).body
    assert without_request_id(body) == {"MediaId": media_id, "MediaMarkIds": two}
    body = fake_ims_client.list_media_marks(models.ListMediaMarksRequest(media_id=media_id)).body
    assert json.loads(body.media_marks) == [
        {"MarkId": one, **marks[0]}, {"MarkId": two, **marks[1], "MarkEndTime": 13},
    ]  # fmt: skip
    assert "\u6807" in body.media_marks
    body = fake_ims_client.get_media_marks(
        models.GetMediaMarksRequest(media_id=media_id, media_mark_ids=one)
    ).body
    assert json.loads(body.media_marks) == [{"MarkId": one, **marks[0]}]
    body = fake_ims_client.delete_media_marks(
        models.DeleteMediaMarksRequest(media_id=media_id, media_mark_ids=one)
    ).body
    assert without_request_id(body) == {"MediaId": media_id, "MediaMarkIds": one}
    body = fake_ims_client.delete_media_marks(
        models.DeleteMediaMarksRequest(media_id=media_id)
    ).body
    assert body.media_mark_ids == two
    assert fake_ims.assets[media_id].marks == ()
