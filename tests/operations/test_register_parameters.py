"""RegisterMediaInfo: each of the fifteen parameters, at its limit and over it."""

from __future__ import annotations

import json

import pytest
from rpc import Reply, Rpc, invalid

from fake_ims import FakeIms

URL = "oss://bucket/a.mp4"
HAN = "\u5a92"  # 3 bytes in UTF-8
SMILE = "\U0001f600"  # 4 bytes


def gateway_invalid(name: str) -> tuple[int, str, str]:
    return 400, f"Invalid{name}", f"Specified parameter {name} is not valid."


def register(rpc: Rpc, name: str, value: str) -> Reply:
    return rpc.register(URL, **{name: value})


def user_data(size: int) -> str:
    """A JSON object of so many bytes, with three-byte characters in it."""
    filling = size - len('{"a":""}')
    return '{"a":"' + HAN * (filling // 3) + "x" * (filling % 3) + '"}'


def test_answer_is_request_id_and_media_id_and_nothing_else(rpc: Rpc) -> None:
    reply = rpc.register(URL)
    assert reply.status == 200
    assert list(reply.json) == ["RequestId", "MediaId"]


def test_all_fifteen_parameters_together_are_accepted_and_kept(fake_ims: FakeIms, rpc: Rpc) -> None:
    sent = {
        "MediaType": "audio",
        "BusinessType": "opening",
        "Title": "title",
        "Description": "description",
        "MediaTags": "tag1,tag2",
        "CoverURL": "http://bucket.oss-cn-shanghai.aliyuncs.com/cover.png",
        "UserData": '{"NotifyAddress":"http://xx.xx.xxx"}',
        "Overwrite": "true",
        "ClientToken": "0" * 32,
        "RegisterConfig": '{ "NeedSprite": "false", "CoverConfig": { "StartTime": 1.0 } }',
        "CateId": "3048",
        "WorkflowId": "b" * 32,
        "ReferenceId": "123-123",
        "SmartTagTemplateId": "S00000101-300080",
    }
    asset = fake_ims.assets[rpc.register(URL, **sent).media_id]
    assert asset.input_url == URL
    assert asset.media_type == "audio"
    assert asset.business_type == "opening"
    assert asset.title == "title"
    assert asset.description == "description"
    assert asset.media_tags == ("tag1", "tag2")
    assert asset.cover_url == sent["CoverURL"]
    assert asset.user_data == sent["UserData"]
    assert asset.register_config == sent["RegisterConfig"]
    assert asset.cate_id == 3048
    assert asset.workflow_id == sent["WorkflowId"]
    assert asset.reference_id == "123-123"
    assert asset.smart_tag_template_id == "S00000101-300080"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Title", "x" * 128),
        ("Title", HAN * 42 + "xx"),
        ("Title", SMILE * 32),
        ("Description", "x" * 1024),
        ("Description", HAN * 341 + "x"),
        ("Description", SMILE * 256),
        ("MediaTags", ",".join(f"tag{n}" for n in range(16))),
        ("MediaTags", "x" * 32),
        ("MediaTags", HAN * 10 + "xx"),
        ("MediaTags", ",".join([SMILE * 8] * 16)),
        ("CoverURL", "http://b.oss-cn-shanghai.aliyuncs.com/".ljust(128, "x")),
        ("CoverURL", "oss://b/".ljust(14, "x") + HAN * 38),
        ("UserData", user_data(1024)),
        ("ReferenceId", "abc-_9"),
        ("ReferenceId", "A" * 64),
        ("MediaType", "image"),
        ("MediaType", "video"),
        ("MediaType", "audio"),
        ("MediaType", "text"),
        ("BusinessType", "video"),  # production callers send it
        ("CateId", "0"),
        ("CateId", "-1"),
        ("CateId", "9223372036854775807"),
        ("CateId", "-9223372036854775808"),
    ],
)
def test_value_at_its_limit_is_accepted(rpc: Rpc, name: str, value: str) -> None:
    assert register(rpc, name, value).status == 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Title", "x" * 129),
        ("Title", HAN * 43),
        ("Title", SMILE * 32 + "x"),
        ("Description", "x" * 1025),
        ("Description", HAN * 342),
        ("MediaTags", ",".join(f"tag{n}" for n in range(17))),
        ("MediaTags", "x" * 33),
        ("MediaTags", "short," + HAN * 11),
        ("CoverURL", "http://b.oss-cn-shanghai.aliyuncs.com/".ljust(129, "x")),
        ("CoverURL", "oss://b/".ljust(15, "x") + HAN * 38),
        ("UserData", user_data(1025)),
        ("ReferenceId", "abcde"),
        ("ReferenceId", "A" * 65),
        ("ReferenceId", "has space"),
        ("ReferenceId", "with.dot"),
        ("ReferenceId", "abcdef\n"),
        ("ReferenceId", "\uff11\uff12\uff13\uff14\uff15\uff16"),
        ("ReferenceId", "\u00e9" * 10),
        ("MediaType", "Video"),
        ("MediaType", "movie"),
        ("MediaType", "video "),
    ],
)
def test_value_one_over_its_limit_is_the_products_invalid_parameter(
    fake_ims: FakeIms, rpc: Rpc, name: str, value: str
) -> None:
    assert register(rpc, name, value).refusal == invalid(name)
    assert len(fake_ims.assets) == 0


@pytest.mark.parametrize(
    "name",
    [
        "MediaType", "BusinessType", "Title", "Description", "MediaTags", "CoverURL", "UserData",
        "Overwrite", "ClientToken", "RegisterConfig", "CateId", "WorkflowId", "ReferenceId",
        "SmartTagTemplateId",
    ],
)  # fmt: skip
def test_blank_optional_value_counts_as_not_sent(fake_ims: FakeIms, rpc: Rpc, name: str) -> None:
    blank = fake_ims.assets[register(rpc, name, "").media_id]
    absent = fake_ims.assets[rpc.register("oss://bucket/b.mp4").media_id]
    for attribute in ("media_type", "business_type", "description", "media_tags", "cover_url",
                      "user_data", "register_config", "cate_id", "workflow_id", "reference_id",
                      "smart_tag_template_id"):  # fmt: skip
        assert getattr(blank, attribute) == getattr(absent, attribute)


@pytest.mark.parametrize("name", ["RegisterConfig", "WorkflowId", "SmartTagTemplateId"])
def test_blank_value_is_not_reported_as_ignored(fake_ims: FakeIms, rpc: Rpc, name: str) -> None:
    register(rpc, name, "")
    assert fake_ims.calls[-1].ignored == ()


@pytest.mark.parametrize("parameters", [{}, {"InputURL": ""}], ids=["missing", "blank"])
def test_missing_input_url_is_refused_by_the_gateway(rpc: Rpc, parameters: dict[str, str]) -> None:
    assert rpc("RegisterMediaInfo", **parameters).refusal == (
        400, "MissingInputURL", "InputURL is mandatory for this action.",
    )  # fmt: skip


@pytest.mark.fake_ims(missing_parameter="product")
@pytest.mark.parametrize("parameters", [{}, {"InputURL": ""}], ids=["missing", "blank"])
def test_missing_input_url_can_be_refused_by_the_product(
    rpc: Rpc, parameters: dict[str, str]
) -> None:
    assert rpc("RegisterMediaInfo", **parameters).refusal == (
        400,
        "MissingParameter",
        'The input parameter "InputURL" that is mandatory for processing this request is not '
        "supplied.",
    )


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "tRuE"])
def test_overwrite_is_true_in_any_case(fake_ims: FakeIms, rpc: Rpc, value: str) -> None:
    first = rpc.register(URL).media_id
    second = register(rpc, "Overwrite", value).media_id
    assert list(fake_ims.assets) == [second] != [first]


@pytest.mark.parametrize("value", ["false", "False", "FALSE", ""])
def test_overwrite_is_false_in_any_case(rpc: Rpc, value: str) -> None:
    rpc.register(URL)
    assert register(rpc, "Overwrite", value).code == "MediaAlreadyExist"


@pytest.mark.parametrize("value", ["1", "yes", "on", "truee", " true", "\u212aelvin", "null"])
def test_other_words_are_no_boolean_to_the_gateway(rpc: Rpc, value: str) -> None:
    assert register(rpc, "Overwrite", value).refusal == gateway_invalid("Overwrite")


@pytest.mark.parametrize(
    "value",
    [
        "9223372036854775808", "-9223372036854775809", "9" * 30, "1.0", "1e3", "0x10", "1_000",
        " 1", "1 ", "1\n", "--1", "abc", "null", "true",
        "\u0661\u0662",  # Arabic-Indic digits
        "\uff11\uff12",  # full-width digits
        "\u00b2",  # superscript two: str.isdigit() is true
        "\u2212" + "1",  # the minus sign
    ],
)  # fmt: skip
def test_other_numbers_are_no_cate_id_to_the_gateway(rpc: Rpc, value: str) -> None:
    assert register(rpc, "CateId", value).refusal == gateway_invalid("CateId")


def test_gateway_checks_declared_types_before_the_product_checks_values(rpc: Rpc) -> None:
    assert register(rpc, "CateId", "x").code == "InvalidCateId"
    reply = rpc.register(URL, CateId="x", MediaType="movie", Title="x" * 999)
    assert reply.code == "InvalidCateId"
    assert rpc("RegisterMediaInfo", CateId="x").code == "MissingInputURL"


DEEP = 100_000


@pytest.mark.parametrize(
    "value",
    [
        "{", "nope", "{'a': 1}", "NaN", '{"a": NaN}', '{"a": Infinity}', '{"a": -Infinity}',
        '{"a": 1,}', '{"a": 1} x', "{" * 1024, "[" * 1000,
    ],
)  # fmt: skip
def test_user_data_must_be_json(rpc: Rpc, value: str) -> None:
    assert register(rpc, "UserData", value).refusal == invalid("UserData")


@pytest.mark.parametrize(
    "value", ['{"NotifyAddress":"http://x.y","any":["key",1,null]}', "{}", "[]", '"text"', "1"]
)
def test_user_data_may_be_any_json_and_is_kept_byte_for_byte(rpc: Rpc, value: str) -> None:
    media_id = register(rpc, "UserData", value).media_id
    assert rpc.get(media_id)["MediaBasicInfo"]["UserData"] == value


@pytest.mark.parametrize(
    "value",
    [
        "{", "[]", "1", "null", '"{}"', "true", '{"CoverConfig": {"StartTime": NaN}}',
        pytest.param("[" * DEEP + "]" * DEEP, id="deep list"),
        pytest.param('{"a":' * 10_000 + "1" + "}" * 10_000, id="deep object"),
    ],
)  # fmt: skip
def test_register_config_must_be_a_json_object(rpc: Rpc, value: str) -> None:
    body = {"InputURL": URL, "RegisterConfig": value}
    reply = rpc.raw(
        "POST",
        rpc.target("RegisterMediaInfo"),
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    assert reply.refusal == invalid("RegisterConfig")


@pytest.mark.parametrize(
    "value",
    [
        "{}",
        '{"NeedSprite": "false", "NeedSnapshot": false}',
        '{"CoverConfig": {"StartTime": 1.0}, "SearchLibName": "test"}',
        '{"StorageLocation": "outin-x.oss-cn-shanghai.aliyuncs.com"}',
        '{"NobodyDocuments": ["this", {"key": null}]}',
        '{"n": 1e400, "i": 123456789012345678901234567890}',
    ],
)
def test_register_config_may_have_flags_as_text_or_booleans_and_any_keys(
    rpc: Rpc, value: str
) -> None:
    assert register(rpc, "RegisterConfig", value).status == 200


def test_integer_too_long_for_python_is_no_internal_error(rpc: Rpc) -> None:
    reply = register(rpc, "RegisterConfig", '{"n": ' + "1" * 5000 + "}")
    assert reply.status in (200, 400)


def test_default_title_says_when(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2020-12-23T03:32:59Z")
    media_id = rpc.register(URL).media_id
    assert rpc.get(media_id)["MediaBasicInfo"]["Title"] == "default_title_2020-12-23T03:32:59Z"


@pytest.mark.parametrize(
    ("tags", "kept"),
    [("a,b", "a,b"), (",a,,b,", "a,b"), ("a", "a"), (",".join("a" * 16), ",".join("a" * 16))],
)
def test_empty_tags_fall_out(rpc: Rpc, tags: str, kept: str) -> None:
    media_id = register(rpc, "MediaTags", tags).media_id
    assert rpc.get(media_id)["MediaBasicInfo"]["MediaTags"] == kept


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        ("oss://b/a.mp4", "video"),
        ("oss://b/A.MP4", "video"),
        ("oss://b/a.mp3", "audio"),
        ("oss://b/a.jpeg", "image"),
        ("oss://b/a.gif", "image"),
        ("https://b.oss-cn-shanghai.aliyuncs.com/a.png?Expires=1&Signature=x.mp3", "image"),
    ],
)
def test_media_type_follows_from_the_suffix(rpc: Rpc, url: str, media_type: str) -> None:
    media_id = rpc.register(url).media_id
    assert rpc.get(media_id)["MediaBasicInfo"]["MediaType"] == media_type


def test_media_type_that_is_sent_outweighs_the_suffix(rpc: Rpc) -> None:
    media_id = rpc.register("oss://test.sample.com/media/cover/a.jpg", MediaType="video").media_id
    assert rpc.get(media_id)["MediaBasicInfo"]["MediaType"] == "video"


@pytest.mark.parametrize(
    "url",
    [
        "oss://bucket/\u5f71\u7247/\u7b2c 1 \u96c6.mp4",
        "https://bucket.oss-cn-shanghai.aliyuncs.com/%E5%BD%B1%20a.mp4",
        "http://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4?Expires=1&Signature=a%2Bb%3D",
        "oss://bucket/mediaId%20%22abc%22.mp4",
        "vod://20b48fb04483915d4f2cd8ac00000000",
    ],
)
def test_input_url_comes_back_byte_for_byte(rpc: Rpc, url: str) -> None:
    media_id = rpc.register(url).media_id
    assert rpc.get(media_id)["MediaBasicInfo"]["InputURL"] == url


@pytest.mark.parametrize(
    "url",
    [
        "bucket/a.mp4", "ftp://bucket/a.mp4", "http://example.com/a.mp4", "oss://bucket", "oss://",
        "oss:///a.mp4", "https://bucket.oss-cn-shanghai.aliyuncs.com/", "file:///a.mp4", "vod://",
        "oss://bucket/a\n.mp4", "https://bucket.oss-cn-shanghai.aliyuncs.com.evil.com/a.mp4",
        "x oss://bucket/a.mp4", " ", "https://bucket.s3.amazonaws.com/a.mp4",
    ],
)  # fmt: skip
def test_other_forms_of_input_url_are_refused(rpc: Rpc, url: str) -> None:
    assert rpc.register(url).refusal == invalid("InputURL")


def test_unknown_parameter_is_accepted_and_reported_as_ignored(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, Category="old", DynamicMetaDataList="[]").media_id
    assert media_id in fake_ims.assets
    assert fake_ims.calls[-1].ignored == ("Category", "DynamicMetaDataList")


def test_common_parameters_are_not_reported_as_ignored(fake_ims: FakeIms, rpc: Rpc) -> None:
    rpc.register(URL, RegionId="cn-shanghai", SignatureNonce="1", Timestamp="2026-01-01T00:00:00Z")
    assert fake_ims.calls[-1].ignored == ()
