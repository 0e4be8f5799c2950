"""XML: the same answers as in JSON, parseable whatever they hold."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from rpc import FORM, JSON, Reply, Rpc
from signed import Signed

from fake_ims import FakeIms
from fake_ims.gateway.rendering import render_success

URL = "oss://bucket/a.mp4"
XML_TYPE = "text/xml;charset=utf-8"
JSON_TYPE = "application/json;charset=utf-8"
DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>"
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

HOSTILE = {
    "markup": "<b a=\"1\" c='2'>&amp;</b><!-- x --><?pi?>",
    "end of CDATA": "a]]>b]]]]>>&",
    "entity": "&#0; &#xD800; &lol;",
    "line ends": "\r\n a\r b\n\r\tc \u0085 \u2028",
    "controls": "".join(map(chr, range(32))) + "\x7f",
    "C1 controls": "".join(map(chr, range(0x80, 0xA0))),
    "noncharacters": "\ufffe\uffff\ufdd0\U0001ffff\U0010ffff",
    "astral": "\U0001f600\U00010000",
    "right to left": "\u202e\u0645\ufeff",
    "blanks": "  a  ",
    "XML in XML": "<?xml version='1.0'?><!DOCTYPE x [<!ENTITY y 'z'>]><x>&y;</x>",
}
each_text = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


def legible(text: str) -> str:
    """The text with U+FFFD for what XML has no way to write."""
    return NOT_XML.sub("\ufffd", text)


def tree(reply: Reply) -> ET.Element:
    """The body of an answer in XML."""
    assert reply.headers["content-type"] == XML_TYPE
    assert reply.body.startswith(DECLARATION)
    return ET.fromstring(reply.body)


def code_of(reply: Reply) -> str | None:
    return tree(reply).findtext("Code")


def contents(value: Any, name: str) -> Iterator[tuple[str, str | None]]:
    """What the XML of a JSON value holds: each name with its text, None if it holds others."""
    if isinstance(value, list):
        for item in value:
            yield from contents(item, name)
    elif isinstance(value, dict):
        yield name, None
        for key, part in value.items():
            yield from contents(part, key)
    else:
        yield name, legible(str(value).lower() if isinstance(value, bool) else str(value))


def found_in(element: ET.Element) -> Iterator[tuple[str, str | None]]:
    """The same of an element."""
    yield element.tag, None if len(element) else element.text or ""
    for child in element:
        yield from found_in(child)


def check_holds_the_same(in_xml: Reply, in_json: Reply) -> None:
    """The answers hold the same, in the same order; the ids of the requests differ."""
    root = tree(in_xml)
    document = {**in_json.json, "RequestId": in_xml.headers["x-acs-request-id"]}
    assert list(found_in(root)) == list(contents(document, root.tag))


# ---------------------------------------------------------------- success


@pytest.mark.parametrize("form", ["XML", "xml", "Xml"])
def test_success_in_xml(fake_ims: FakeIms, rpc: Rpc, form: str) -> None:
    reply = rpc.register(URL, Format=form)
    assert reply.status == 200
    root = tree(reply)
    assert root.tag == "RegisterMediaInfoResponse"
    assert [child.tag for child in root] == ["RequestId", "MediaId"]
    assert root.findtext("MediaId") in fake_ims.assets
    assert root.findtext("RequestId") == reply.headers["x-acs-request-id"]
    assert reply.headers["content-length"] == str(len(reply.body))


def complete(ims: FakeIms, **texts: str) -> str:
    """An asset with everything that an answer can hold."""
    ims.clock.freeze()
    ims.declare(categories={7: "category <&>"})
    asset = ims.register(
        InputURL="oss://bucket/a.mp4", CateId=7, MediaTags="a,b", ReferenceId="123-123",
        CoverURL="https://bucket.oss-cn-shanghai.aliyuncs.com/c.png?x=1&y=2", **texts,
    )  # fmt: skip
    ims.settle()
    return asset.media_id


def both_answers(rpc: Rpc, action: str, **parameters: str) -> tuple[Reply, Reply]:
    return rpc(action, Format="XML", **parameters), rpc(action, **parameters)


def test_every_value_of_the_json_answer_is_in_the_xml_answer(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = complete(fake_ims, Title="t", UserData='{"a": ["<", 1]}')
    in_xml, in_json = both_answers(rpc, "GetMediaInfo", MediaId=media_id)
    assert len(in_json.json["MediaInfo"]["FileInfoList"][0]["VideoStreamInfoList"]) == 1
    check_holds_the_same(in_xml, in_json)
    assert tree(in_xml).tag == "GetMediaInfoResponse"
    file = tree(in_xml).find("MediaInfo/FileInfoList/FileBasicInfo")
    assert file is not None
    assert file.findtext("FileStatus") == "Normal"


def test_categories_and_marks_in_xml(fake_ims: FakeIms, rpc: Rpc) -> None:
    parent = fake_ims.add_category("category <&>")
    fake_ims.add_category("a", parent=parent)
    fake_ims.add_category("b", parent=parent)
    check_holds_the_same(*both_answers(rpc, "GetCategories", CateId=str(parent.cate_id)))
    media_id = rpc.register(URL).media_id
    rpc("AddMediaMarks", MediaId=media_id, MediaMarks='[{"MarkTag": "]]> <&> \\u0000"}]')
    check_holds_the_same(*both_answers(rpc, "ListMediaMarks", MediaId=media_id))
    answer = rpc("UpdateCategory", CateId=str(parent.cate_id), CateName="c", Format="XML")
    assert tree(answer).tag == "UpdateCategoryResponse"
    assert [child.tag for child in tree(answer)] == ["RequestId"]


def test_empty_list_is_no_element(rpc: Rpc) -> None:
    rpc.register(URL)
    in_xml, in_json = both_answers(rpc, "GetMediaInfo", InputURL=URL)
    assert in_json.json["MediaInfo"]["FileInfoList"] == []
    assert tree(in_xml).find("MediaInfo/FileInfoList") is None
    assert tree(in_xml).findtext("MediaInfo/MediaBasicInfo/Status") == "Preparing"


@each_text
@pytest.mark.parametrize("name", ["Title", "Description", "UserData"])
def test_any_text_comes_back(fake_ims: FakeIms, rpc: Rpc, name: str, text: str) -> None:
    if name == "UserData":
        text = json.dumps({"key": text}, ensure_ascii=False)
    media_id = complete(fake_ims, **{name: text})
    in_xml, in_json = both_answers(rpc, "GetMediaInfo", MediaId=media_id)
    assert in_json.json["MediaInfo"]["MediaBasicInfo"][name] == text
    assert tree(in_xml).findtext(f"MediaInfo/MediaBasicInfo/{name}") == legible(text)
    check_holds_the_same(in_xml, in_json)


def test_values_of_each_type() -> None:
    document = {"Flag": True, "Off": False, "Number": -1, "Rate": 0.5, "Ids": ["a", "b"],
                "Nothing": {}, "Empty": ""}  # fmt: skip
    answer = render_success(document, "id", "Any", "xml")
    assert dict(answer.headers)["Content-Type"] == XML_TYPE
    assert answer.body == DECLARATION + (
        b"<AnyResponse><RequestId>id</RequestId><Flag>true</Flag><Off>false</Off>"
        b"<Number>-1</Number><Rate>0.5</Rate><Ids>a</Ids><Ids>b</Ids><Nothing></Nothing>"
        b"<Empty></Empty></AnyResponse>"
    )


# ---------------------------------------------------------------- errors


PRODUCT_ORDER = ["RequestId", "HostId", "Code", "Message", "Recommend"]


@pytest.mark.parametrize("form", ["XML", "xml"])
@pytest.mark.parametrize(
    ("action", "sent", "status", "code"),
    [
        ("RegisterMediaInfo", {}, 400, "MissingInputURL"),
        ("RegisterMediaInfo", {"InputURL": "x"}, 400, "InvalidParameter"),
        ("RegisterMediaInfo", {"InputURL": URL, "CateId": "x"}, 400, "InvalidCateId"),
        ("GetMediaInfo", {"MediaId": "x"}, 400, "InvalidParameter"),
        ("Nonsense", {}, 404, "InvalidAction.NotFound"),
        ("SubmitMediaProducingJob", {}, 501, "FakeIms.OperationNotImplemented"),
        ("GetMediaInfo", {"Version": "1"}, 400, "InvalidVersion"),
    ],
)
@pytest.mark.fake_ims(allow="not_implemented stray")
def test_error_in_xml(
    rpc: Rpc, action: str, sent: dict[str, str], status: int, code: str, form: str
) -> None:
    reply = rpc(action, **{"Format": form, **sent})
    root = tree(reply)
    assert (reply.status, root.tag, root.findtext("Code")) == (status, "Error", code)
    assert [child.tag for child in root] == PRODUCT_ORDER
    in_json = rpc(action, **sent)
    assert (in_json.status, in_json.message) == (status, root.findtext("Message"))
    assert root.findtext("HostId") == "ice.cn-shanghai.aliyuncs.com"
    request_id = reply.headers["x-acs-request-id"]
    assert root.findtext("RequestId") == request_id
    assert root.findtext("Recommend") == (
        f"https://api.aliyun.com/troubleshoot?q={code}&product=ICE&requestId={request_id}"
    )
    assert b"<Recommend><![CDATA[https://" in reply.body


def test_refusal_of_ram_has_its_detail_in_xml(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.ram.deny("ice:*")
    in_xml, in_json = both_answers(rpc, "GetMediaInfo", MediaId="x")
    assert in_xml.status == 403
    detail = tree(in_xml).find("AccessDeniedDetail")
    assert detail is not None
    assert {each.tag: each.text for each in detail} == in_json.json["AccessDeniedDetail"]


@each_text
def test_any_text_in_a_message_comes_back(rpc: Rpc, text: str) -> None:
    url = f"oss://bucket/{text}.mp4"
    rpc.register(url)
    in_xml, in_json = both_answers(rpc, "RegisterMediaInfo", InputURL=url)
    assert tree(in_xml).findtext("Message") == legible(in_json.message)
    assert text in in_json.message or in_json.code == "InvalidParameter"


@each_text
@pytest.mark.parametrize("name", ["Action", "Version", "MediaId", "AccessKeyId", "SignatureNonce"])
def test_any_text_anywhere_is_answered_in_xml(rpc: Rpc, name: str, text: str) -> None:
    parameters = {**rpc.common("GetMediaInfo"), "Format": "XML", name: text}
    reply = rpc.raw("POST", "/", urlencode(parameters).encode(), FORM)
    assert 400 <= reply.status < 500
    assert code_of(reply)


@each_text
def test_name_of_a_parameter_that_is_not_utf_8_is_answered_in_xml(rpc: Rpc, text: str) -> None:
    reply = rpc.raw("POST", f"/?Action=GetMediaInfo&Format=XML&{quote(text)}%FF=1")
    assert reply.status == 400
    assert str(code_of(reply)) == f"Invalid{legible(text)}?"


@pytest.mark.fake_ims(mode="enforce")
def test_string_to_sign_is_whole_in_xml(fake_ims: FakeIms) -> None:
    client = Signed(fake_ims, fake_ims.access_key_id, "wrong")
    reply = client.rpc("GetMediaInfo", common={"Format": "XML"}, MediaId="<&>")
    message = tree(reply).findtext("Message") or ""
    assert message.partition(":")[2].startswith("POST&%2F&AccessKeyId%3D")
    assert "%26MediaId%3D%253C%2526%253E%26" in message


# ---------------------------------------------------------------- who is answered how


def test_anything_but_xml_is_answered_in_json(rpc: Rpc) -> None:
    for form in ("JSON", "json", "None", "", "yaml", " XML", "\u0445ml"):
        assert rpc.register("x", Format=form).headers["content-type"] == JSON_TYPE


@pytest.mark.fake_ims(default_format="xml")
def test_xml_may_be_what_is_answered_to_a_request_without_a_format(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    assert code_of(rpc.register("x", Format="")) == "InvalidParameter"
    assert rpc.register("x", Format="None").code == "InvalidParameter"  # is one that was sent
    assert code_of(rpc.raw("GET", "/?Action=Nonsense")) == "InvalidAction.NotFound"
    assert code_of(rpc.raw("GET", "/")) == "MissingAction"
    assert rpc.register("x", Format="json").code == "InvalidParameter"
    assert Signed(fake_ims).acs3("GetMediaInfo").code == "MissingParameter"


WITHOUT_A_WORLD: dict[str, tuple[str, bytes, dict[str, str]]] = {
    "no action": ("/?Format=XML", b"", {}),
    "no action, in a form": ("/", b"Format=xml", FORM),
    "wrong path": ("/nowhere?Action=GetMediaInfo&Format=XML", b"", {}),
    "body that is not JSON": ("/?Action=GetMediaInfo&Format=XML", b"{", JSON),
    "body that is not UTF-8": ("/?Action=GetMediaInfo&Format=XML", b"Title=%FF", FORM),
    "form that is not UTF-8": ("/", b"Action=GetMediaInfo&Format=XML&Title=\xff", FORM),
    "first of two": ("/nowhere?Format=XML&Format=JSON", b"", {}),
}


@pytest.mark.parametrize(
    ("target", "body", "headers"), WITHOUT_A_WORLD.values(), ids=WITHOUT_A_WORLD
)
def test_what_cannot_be_read_is_refused_in_xml_too(
    rpc: Rpc, target: str, body: bytes, headers: dict[str, str]
) -> None:
    reply = rpc.raw("POST", target, body, headers)
    assert 400 <= reply.status < 500
    assert code_of(reply)


def test_first_of_two_formats_counts(rpc: Rpc) -> None:
    for path in ("/", "/nowhere"):
        reply = rpc.raw("POST", f"{path}?Format=JSON&Format=XML")
        assert reply.headers["content-type"] == JSON_TYPE


def test_unsupported_method_is_refused_in_xml(rpc: Rpc) -> None:
    reply = rpc.raw("PUT", rpc.target("GetMediaInfo", Format="XML"))
    assert code_of(reply) == "UnsupportedHTTPMethod"
    assert rpc.raw("HEAD", rpc.target("GetMediaInfo", Format="XML")).body == b""


def test_acs3_is_answered_in_json_whatever_its_format(fake_ims: FakeIms) -> None:
    client = Signed(fake_ims)
    for parameters in ({"InputURL": URL}, {"InputURL": "x"}, {}):
        reply = client.acs3("RegisterMediaInfo", Format="XML", **parameters)
        assert reply.headers["content-type"] == JSON_TYPE
    for headers in ({"x-acs-action": None}, {"x-acs-version": "1"}):
        reply = client.acs3("RegisterMediaInfo", Format="XML", headers=headers)
        assert reply.headers["content-type"] == JSON_TYPE
    for changed in ({"method": "PUT"}, {"target": "/x?Format=XML"}, {"target": "/?Format=XML&%FF"}):
        reply = client.acs3_request("GetMediaInfo", Format="XML").changed(**changed).send()
        assert reply.code
        assert reply.headers["content-type"] == JSON_TYPE


@pytest.mark.fake_ims(allow="not_implemented stray")
def test_key_of_no_world_is_refused_in_xml(fake_ims: FakeIms, rpc: Rpc) -> None:
    with FakeIms(server=fake_ims.server) as other:
        key = other.access_key_id
    reply = rpc("GetMediaInfo", AccessKeyId=key, Format="XML")
    assert (reply.status, code_of(reply)) == (403, "FakeIms.EndedWorld")


# ---------------------------------------------------------------- the V1 SDK


def request_of_v1(ims: FakeIms, form: str, **parameters: str) -> CommonRequest:
    request = CommonRequest(
        domain=ims.endpoint, version="2020-11-09", action_name="RegisterMediaInfo"
    )
    request.set_accept_format(form)
    request.set_method("POST")
    request.set_protocol_type("http")
    for name, value in parameters.items():
        request.add_query_param(name, value)
    return request


@pytest.fixture
def v1(fake_ims: FakeIms) -> Any:
    return AcsClient(fake_ims.access_key_id, fake_ims.access_key_secret, fake_ims.region)


def do_action(client: Any, request: CommonRequest) -> ET.Element:
    """``do_action()``, which is deprecated, and the only way in which this SDK asks for XML."""
    with pytest.warns(DeprecationWarning, match="do_action"):
        return ET.fromstring(client.do_action(request))


@pytest.mark.fake_ims(mode="enforce")
def test_v1_sdk_hands_xml_on_as_it_came(fake_ims: FakeIms, v1: Any) -> None:
    root = do_action(v1, request_of_v1(fake_ims, "XML", InputURL=URL))
    assert root.tag == "RegisterMediaInfoResponse"
    assert root.findtext("MediaId") in fake_ims.assets
    assert do_action(v1, request_of_v1(fake_ims, "XML", InputURL="x")).findtext("Code") == (
        "InvalidParameter"
    )
    with pytest.warns(DeprecationWarning, match="do_action"):
        status, headers, body = v1.get_response(request_of_v1(fake_ims, "XML", InputURL=URL))
    assert (status, headers["Content-Type"]) == (409, XML_TYPE)
    assert ET.fromstring(body).findtext("Code") == "MediaAlreadyExist"


@pytest.mark.fake_ims(mode="enforce")
def test_v1_sdk_that_raises_exceptions_asks_for_json_itself(fake_ims: FakeIms, v1: Any) -> None:
    with pytest.raises(ServerException) as caught:
        v1.do_action_with_exception(request_of_v1(fake_ims, "XML", InputURL="x"))
    error, call = caught.value, fake_ims.calls[-1]
    assert (error.http_status, error.error_code) == (400, "InvalidParameter")
    assert error.message == 'The specified parameter "InputURL" is not valid.'
    assert error.request_id == call.request_id
