"""Official clients read what a stub answers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from fake_ims import FakeIms, StubError, api_error
from fake_ims.journal.calls import Call

models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
exceptions = pytest.importorskip("alibabacloud_tea_openapi.exceptions", exc_type=ImportError)

CATEGORY = {"CateId": 43, "CateName": "\u52a8\u753b", "Level": 0, "ParentId": -1, "Type": "default"}


def add_category(client: Any, *, later: bool) -> Any:
    request = models.AddCategoryRequest(cate_name="\u52a8\u753b")
    if later:
        return asyncio.run(client.add_category_async(request))
    return client.add_category(request)


@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
@pytest.mark.fake_ims(mode="enforce")
def test_the_official_sdk(fake_ims: FakeIms, fake_ims_client: Any, later: bool) -> None:
    fake_ims.stub("AddCategory", {"Category": CATEGORY})
    answer = add_category(fake_ims_client, later=later)
    assert answer.status_code == 200
    assert answer.body.request_id == answer.headers["x-acs-request-id"]
    category = answer.body.category
    assert (category.cate_id, category.cate_name, category.parent_id) == (43, "\u52a8\u753b", -1)
    fake_ims.calls.assert_called("AddCategory", CateName="\u52a8\u753b", times=1)


@pytest.mark.parametrize("later", [False, True], ids=["sync", "async"])
def test_what_a_function_refuses_is_an_exception_of_the_sdk(
    fake_ims: FakeIms, fake_ims_client: Any, later: bool
) -> None:
    def refuse(call: Call) -> dict[str, Any]:
        raise api_error("CategoryExist", status=409, message="There is one.")

    fake_ims.stub("AddCategory", refuse)
    with pytest.raises(exceptions.AlibabaCloudException) as refused:
        add_category(fake_ims_client, later=later)
    assert (refused.value.code, refused.value.status_code) == ("CategoryExist", 409)
    assert "There is one." in str(refused.value)


@pytest.mark.fake_ims(mode="enforce")
def test_the_v1_sdk(fake_ims: FakeIms) -> None:
    core = pytest.importorskip("aliyunsdkcore.client", exc_type=ImportError)
    ice = pytest.importorskip(
        "aliyunsdkice.request.v20201109.AddCategoryRequest", exc_type=ImportError
    )

    fake_ims.stub("AddCategory", {"Category": CATEGORY})
    client = core.AcsClient(fake_ims.access_key_id, fake_ims.access_key_secret, fake_ims.region)
    request = ice.AddCategoryRequest()
    request.set_endpoint(fake_ims.endpoint)
    request.set_CateName("x")
    assert json.loads(client.do_action_with_exception(request))["Category"] == CATEGORY
    client.session.close()


def test_a_model_of_the_sdk_is_no_answer_but_its_map_is(fake_ims: FakeIms) -> None:
    body = models.SubmitASRJobResponseBody(job_id="j")
    with pytest.raises(StubError, match=r"ResponseBody; write its \.to_map\(\)$"):
        fake_ims.stub("SubmitASRJob", body)
    fake_ims.stub("SubmitASRJob", body.to_map())
