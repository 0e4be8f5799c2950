"""What goes over the wire: every way to carry parameters, errors as JSON, hostile input."""

from __future__ import annotations

import http.client
import json
import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from rpc import FORM, JSON, WAYS, Reply, Rpc

from fake_ims import FakeIms

URL = "oss://bucket/\u5f71\u7247 + & = %41.mp4"
each_way = pytest.mark.parametrize("way", WAYS)
GATEWAY_ORDER = ["RequestId", "Message", "Recommend", "HostId", "Code"]
PRODUCT_ORDER = ["RequestId", "HostId", "Code", "Message", "Recommend"]


# ---------------------------------------------------------------- ways to carry parameters


@each_way
def test_parameters_arrive_whole(fake_ims: FakeIms, rpc: Rpc, way: str) -> None:
    sent = {"InputURL": URL, "Title": "\u6807\u9898 \U0001f600", "CateId": "7", "Overwrite": "True"}
    reply = WAYS[way](rpc, "RegisterMediaInfo", sent)
    asset = fake_ims.assets[reply.media_id]
    assert (asset.input_url, asset.title, asset.cate_id) == (URL, sent["Title"], 7)
    assert dict(fake_ims.calls[-1].parameters) == sent
    assert fake_ims.calls[-1].access_key_id == fake_ims.access_key_id


@each_way
def test_errors_are_the_same_whichever_way(rpc: Rpc, way: str) -> None:
    assert WAYS[way](rpc, "RegisterMediaInfo", {"InputURL": "x"}).refusal == (
        400, "InvalidParameter", 'The specified parameter "InputURL" is not valid.',
    )  # fmt: skip


@each_way
def test_blank_values_are_unset_whichever_way(rpc: Rpc, way: str) -> None:
    sent = {"InputURL": "oss://b/a.mp4", "CateId": "", "Overwrite": "", "MediaType": ""}
    assert WAYS[way](rpc, "RegisterMediaInfo", sent).status == 200


def test_json_values_other_than_text_are_read_as_the_query_would_carry_them(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    sent = {
        "InputURL": "oss://b/a.mp4",
        "CateId": 7,
        "Overwrite": True,
        "UserData": {"NotifyAddress": "http://x.y", "\u952e": None},
        "RegisterConfig": {"NeedSprite": False},
        "Title": None,
    }
    reply = rpc.raw("POST", rpc.target("RegisterMediaInfo"), json.dumps(sent).encode(), JSON)
    asset = fake_ims.assets[reply.media_id]
    assert asset.cate_id == 7
    assert json.loads(asset.user_data or "") == sent["UserData"]
    assert json.loads(asset.register_config or "") == sent["RegisterConfig"]
    assert asset.title.startswith("default_title_")


def test_raw_utf_8_in_a_form_is_read_as_utf_8(fake_ims: FakeIms, rpc: Rpc) -> None:
    """``curl -d`` sends what it is given."""
    body = "InputURL=oss://b/\u5f71.mp4&Title=\u6807\u9898".encode()
    reply = rpc.raw("POST", rpc.target("RegisterMediaInfo"), body, FORM)
    asset = fake_ims.assets[reply.media_id]
    assert (asset.input_url, asset.title) == ("oss://b/\u5f71.mp4", "\u6807\u9898")


def test_raw_utf_8_in_the_query_is_read_as_utf_8_or_refused_in_json(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    target = rpc.target("RegisterMediaInfo", InputURL="oss://b/a.mp4") + "&Title=\u6807\u9898"
    request = f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    head, _, body = send(fake_ims, request.encode()).partition(b"\r\n\r\n")
    if b" 200 " in head.partition(b"\r\n")[0]:
        assert fake_ims.assets[json.loads(body)["MediaId"]].title == "\u6807\u9898"
    else:
        assert json.loads(body)["Code"]


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/octet-stream"])
def test_empty_body_of_any_type_is_no_obstacle(rpc: Rpc, content_type: str) -> None:
    target = rpc.target("RegisterMediaInfo", InputURL="oss://b/a.mp4")
    assert rpc.raw("POST", target, b"", {"Content-Type": content_type}).status == 200


# ---------------------------------------------------------------- answers


def test_success_has_the_headers_of_the_gateway(rpc: Rpc) -> None:
    reply = rpc.register("oss://b/a.mp4")
    assert reply.headers["content-type"] == "application/json;charset=utf-8"
    assert reply.headers["x-acs-request-id"] == reply.json["RequestId"]
    assert re.fullmatch(r"[0-9a-f]{32}", reply.headers["x-acs-trace-id"])
    assert reply.headers["content-length"] == str(len(reply.body))
    assert reply.headers["access-control-allow-origin"] == "*"


ERRORS: Mapping[str, tuple[str, dict[str, str], int, list[str]]] = {
    "missing parameter": ("RegisterMediaInfo", {}, 400, GATEWAY_ORDER),
    "wrong type": ("RegisterMediaInfo", {"InputURL": "x", "CateId": "x"}, 400, GATEWAY_ORDER),
    "unknown action": ("NoSuchThing", {}, 404, GATEWAY_ORDER),
    "invalid parameter": ("RegisterMediaInfo", {"InputURL": "x"}, 400, PRODUCT_ORDER),
    "unknown media": ("GetMediaInfo", {"MediaId": "x"}, 400, PRODUCT_ORDER),
}


@pytest.mark.parametrize(("action", "sent", "status", "order"), ERRORS.values(), ids=ERRORS)
def test_error_body_has_the_keys_in_the_order_of_its_layer(
    rpc: Rpc, action: str, sent: dict[str, str], status: int, order: list[str]
) -> None:
    reply = rpc(action, **sent)
    assert reply.status == status
    assert list(reply.json) == order
    assert reply.json["RequestId"] == reply.headers["x-acs-request-id"]
    assert reply.json["HostId"] == "ice.cn-shanghai.aliyuncs.com"
    assert reply.json["Recommend"] == (
        f"https://api.aliyun.com/troubleshoot?q={reply.code}&product=ICE"
        f"&requestId={reply.json['RequestId']}"
    )


def test_refusal_of_ram_has_the_gateways_order_and_the_detail_last(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.ram.deny("ice:*")
    assert list(rpc.register("oss://b/a.mp4").json) == [*GATEWAY_ORDER, "AccessDeniedDetail"]


def test_duplicate_has_the_products_order(rpc: Rpc) -> None:
    rpc.register("oss://b/a.mp4")
    assert list(rpc.register("oss://b/a.mp4").json) == PRODUCT_ORDER


@pytest.mark.fake_ims(region="cn-beijing")
def test_host_id_names_the_region(rpc: Rpc) -> None:
    assert rpc.register("x").json["HostId"] == "ice.cn-beijing.aliyuncs.com"


def test_request_ids_differ(rpc: Rpc) -> None:
    assert len({rpc("GetMediaInfo").json["RequestId"] for _ in range(20)}) == 20


@pytest.mark.parametrize("action", ["SubmitMediaProducingJob", "ListSmartJobs"])
@pytest.mark.fake_ims(allow="not_implemented")
def test_operation_of_the_real_service_that_is_not_implemented_is_501(
    fake_ims: FakeIms, rpc: Rpc, action: str
) -> None:
    if fake_ims.world.find_operation(action):
        pytest.skip("implemented by now")
    reply = rpc(action)
    assert (reply.status, reply.code) == (501, "FakeIms.OperationNotImplemented")
    assert action in reply.message


@pytest.mark.parametrize(
    "action", ["Nonsense", "registermediainfo", "RegisterMediaInfo ", "\u6ce8\u518c", "x" * 10_000]
)
def test_operation_that_does_not_exist_is_404(rpc: Rpc, action: str) -> None:
    assert rpc(action).refusal == (
        404,
        "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method.",
    )


@pytest.mark.parametrize("query", ["", "Title=t", "Action=", "action=RegisterMediaInfo"])
def test_request_without_an_action_is_told_so(fake_ims: FakeIms, rpc: Rpc, query: str) -> None:
    reply = rpc.raw("POST", f"/?{query}")
    assert reply.refusal == (400, "MissingAction", "Action is mandatory for this action.")
    assert [call.action for call in fake_ims.calls] == ["POST /"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"])
def test_method_that_the_api_does_not_have_is_refused(rpc: Rpc, method: str) -> None:
    reply = rpc.raw(method, rpc.target("RegisterMediaInfo", InputURL="oss://b/a.mp4"))
    assert reply.refusal == (403, "UnsupportedHTTPMethod", "This http method not supported.")


def test_wrong_version_is_refused(rpc: Rpc) -> None:
    reply = rpc.register("oss://b/a.mp4", Version="2019-01-01")
    assert reply.refusal == (
        400, "InvalidVersion", "Specified parameter Version is not valid.",
    )  # fmt: skip


# ---------------------------------------------------------------- hostile input


def send(ims: FakeIms, data: bytes) -> bytes:
    """Bytes on a socket, and all that comes back."""
    host, _, port = ims.endpoint.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := sock.recv(65536):
            received += chunk
    return received


def check_is_an_answer(reply: Reply) -> None:
    document = reply.json
    if reply.status != 200:
        assert 400 <= reply.status < 500, reply
        assert {"Code", "Message", "RequestId"} <= document.keys()
        assert document["Code"] != "InternalError"
    assert reply.headers["x-acs-request-id"] == document["RequestId"]
    assert b"Traceback" not in reply.body


HUGE = "x" * 200 * 1024
VALUES = {
    "empty": "",
    "200 KiB": HUGE,
    "200 KiB of han": "\u5a92" * 70_000,
    "NUL": "a\0b",
    "line ends": "a\r\nSet-Cookie: x=1\r\n\r\n<html>",
    "braces": "{0} {name} %s %(x)s ${y}",
    "quotes": "\"'\\",
    "right to left": "\u202e\u0645\u062b\u0627\u0644",
    "combining": "e\u0301" * 50,
    "astral": "\U0010ffff",
    "noncharacter": "\uffff",
    "JSON list": "[1, 2]",
    "JSON null": "null",
    "number": "-1e999",
    "SQL": "'; DROP TABLE media; --",
    "path": "../../etc/passwd",
}
NAMES = (
    "InputURL", "MediaType", "BusinessType", "Title", "Description", "MediaTags", "CoverURL",
    "UserData", "Overwrite", "ClientToken", "RegisterConfig", "CateId", "WorkflowId",
    "ReferenceId", "SmartTagTemplateId",
)  # fmt: skip


@pytest.mark.parametrize("strict", [False, True], ids=["lax", "strict"])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_any_value_of_any_parameter_is_answered(
    fake_ims_factory: Any, value: str, strict: bool
) -> None:
    with fake_ims_factory(strict=strict) as ims:
        rpc = Rpc(ims)
        for name in NAMES:
            sent = {"InputURL": "oss://b/a.mp4", name: value, "Action": "RegisterMediaInfo"}
            sent["AccessKeyId"] = ims.access_key_id
            check_is_an_answer(rpc.raw("POST", "/", urlencode(sent).encode(), FORM))
            check_is_an_answer(rpc.raw("POST", "/", json.dumps(sent).encode(), JSON))
        ims.settle()
        for name in ("MediaId", "InputURL", "OutputType", "AuthTimeout", "ReturnDetailedInfo"):
            sent = {"Action": "GetMediaInfo", name: value, "AccessKeyId": ims.access_key_id}
            check_is_an_answer(rpc.raw("POST", "/", urlencode(sent).encode(), FORM))
        for media_id in ims.assets:
            check_is_an_answer(rpc("GetMediaInfo", MediaId=media_id))


@pytest.mark.parametrize(
    "name",
    [
        "Action", "Version", "Format", "AccessKeyId", "Signature", "\0", "", "{x}", "\u952e",
        "x" * 100_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_any_value_of_any_other_name_is_answered(rpc: Rpc, name: str, value: str) -> None:
    sent = {**rpc.common("RegisterMediaInfo"), "InputURL": "oss://b/a.mp4", name: value}
    check_is_an_answer(rpc.raw("POST", "/", urlencode(sent).encode(), FORM))


LONE_SURROGATES = {
    "form, escaped": (FORM, b"Title=%ED%A0%80"),
    "form, raw": (FORM, b"Title=\xed\xa0\x80"),
    "form, latin-1": (FORM, b"Title=caf%E9"),
    "form, overlong": (FORM, b"Title=%C0%80"),
    "form, name": (FORM, b"T%FF=1"),
    "JSON": (JSON, b'{"Title": "\\ud800"}'),
    "JSON, nested": (JSON, b'{"UserData": {"a": ["\\udfff"]}}'),
    "JSON, name": (JSON, b'{"\\ud800": "1"}'),
}


@pytest.mark.parametrize(("headers", "body"), LONE_SURROGATES.values(), ids=LONE_SURROGATES)
def test_text_that_is_not_utf_8_is_an_invalid_parameter(
    rpc: Rpc, headers: dict[str, str], body: bytes
) -> None:
    target = rpc.target("RegisterMediaInfo", InputURL="oss://b/a.mp4")
    reply = rpc.raw("POST", target, body, headers)
    check_is_an_answer(reply)
    assert reply.status == 400
    assert reply.code.startswith("Invalid")


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"1", b"null", b'"x"', b"\xff", b"\xef\xbb\xbf", b"[" * 100_000,
        b'{"a":' * 50_000, b"\x00\x00", b'{"CateId": ' + b"9" * 5000 + b"}", b"\x1f\x8b\x08",
    ],
    ids=lambda body: repr(body[:12]),
)  # fmt: skip
def test_json_body_that_cannot_be_read_is_told_so(rpc: Rpc, body: bytes) -> None:
    reply = rpc.raw("POST", rpc.target("RegisterMediaInfo"), body, JSON)
    check_is_an_answer(reply)
    assert reply.status == 400


@pytest.mark.parametrize(
    "value", [1, 1.5, True, [], {}, [[[]]], {"a": {"b": [1, None]}}, float("nan"), 10**400]
)
def test_any_json_type_of_any_parameter_is_answered(rpc: Rpc, value: object) -> None:
    for name in NAMES:
        sent = {"InputURL": "oss://b/a.mp4", "Overwrite": "true", name: value}
        body = json.dumps(sent).encode()
        check_is_an_answer(rpc.raw("POST", rpc.target("RegisterMediaInfo"), body, JSON))


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PURGE"])
@pytest.mark.parametrize(
    "path",
    [
        "/x", "/index.html", "//", "///x", "/..", "/../etc/passwd", "/%00", "/%ff", "/%2e%2e/",
        "/" + "a" * 5000, "/;x", "/?", "/x?Action=RegisterMediaInfo",
        "/" + quote("\u5f71"), "/<script>", "*",
    ],
    ids=lambda path: path[:20],
)  # fmt: skip
def test_any_path_and_method_is_answered_in_json(rpc: Rpc, method: str, path: str) -> None:
    reply = rpc.raw(method, path)
    check_is_an_answer(reply)
    assert reply.status in (400, 403, 404)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "PURGE"])
@pytest.mark.parametrize(
    "path",
    ["/_fake_ims/api/nonsense", "/_fake_ims//api/health", "/_fake_ims/api/health/", "//_fake_ims/"],
)
def test_path_beside_the_api_that_does_not_exist_is_no_html_page(
    rpc: Rpc, method: str, path: str
) -> None:
    reply = rpc.raw(method, path)
    assert reply.status in (400, 403, 404, 405)
    assert reply.json


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PURGE"])
def test_method_that_a_page_does_not_have_is_refused_in_json(rpc: Rpc, method: str) -> None:
    reply = rpc.raw(method, "/_fake_ims/api/health")
    assert reply.status == 405
    assert reply.json["error"] == "Method Not Allowed"


def test_head_is_answered_without_a_body(rpc: Rpc) -> None:
    reply = rpc.raw("HEAD", "/?Action=GetMediaInfo")
    assert 400 <= reply.status < 500
    assert reply.body == b""


@pytest.mark.parametrize("host", ["", "a b", "[::1", "b\xe4d", "x" * 1000, "x:99999999", "*"])
def test_any_host_header_is_answered(rpc: Rpc, host: str) -> None:
    check_is_an_answer(rpc.raw("POST", "/?Action=GetMediaInfo", None, {"Host": host}))


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "x"},
        {"Authorization": "ACS3-HMAC-SHA256 "},
        {"Authorization": "ACS3-HMAC-SHA256 Credential="},
        {"Authorization": "ACS3-HMAC-SHA256 " + "Credential" * 10_000},
        {"x-acs-action": "\xe4"},
        {"Content-Type": "application/json"},
        {"Content-Type": "application/json; charset=utf-7"},
        {"Content-Type": "multipart/form-data"},
        {"Content-Type": ";;;"},
        {"Cookie": "x" * 10_000},
        {"User-Agent": "\xe4{0}%s"},
        {"X-Forwarded-For": "1.2.3.4"},
    ],
    ids=lambda headers: str(headers)[:50],
)
def test_any_header_is_answered(rpc: Rpc, headers: dict[str, str]) -> None:
    for body in (b"", b"InputURL=oss://b/a.mp4&Overwrite=true", b"\xff\x00{"):
        target = rpc.target("RegisterMediaInfo")
        check_is_an_answer(rpc.raw("POST", target, body, headers))


def test_credential_pattern_takes_no_more_than_linear_time(rpc: Rpc) -> None:
    hostile = "ACS3-HMAC-SHA256 " + " Credential" * 20_000
    check_is_an_answer(rpc.raw("POST", "/?Action=GetMediaInfo", None, {"Authorization": hostile}))


def test_thousands_of_parameters_are_answered(rpc: Rpc) -> None:
    sent = {f"P{n}": "v" for n in range(5000)}
    reply = rpc.raw(
        "POST",
        rpc.target("RegisterMediaInfo", InputURL="oss://b/a.mp4"),
        urlencode(sent).encode(),
        FORM,
    )
    assert reply.status == 200


def test_hostile_input_leaves_the_world_as_it_was(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register("oss://b/a.mp4").media_id
    for value in VALUES.values():
        rpc.raw("POST", rpc.target("GetMediaInfo"), urlencode({"MediaId": value}).encode(), FORM)
    assert rpc.get(media_id)["MediaId"] == media_id
    assert list(fake_ims.assets) == [media_id]


def test_what_the_listener_refuses_has_its_request_id_in_body_and_header(fake_ims: FakeIms) -> None:
    host, _, port = fake_ims.endpoint.partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: nonsense\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        document = json.loads(answer.read())
    assert (answer.status, document["Code"]) == (400, "FakeIms.BadRequest")
    assert answer.headers["x-acs-request-id"] == document["RequestId"]
