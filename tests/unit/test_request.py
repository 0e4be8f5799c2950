"""Reading a request: one call in whatever form a client sends it; and writing the answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_ims import ApiError, errors
from fake_ims.gateway.rendering import render_error, render_success
from fake_ims.gateway.request import ApiRequest, HttpRequest, read_request
from fake_ims.journal.wanted import COMMON_PARAMETERS

FORM = "application/x-www-form-urlencoded"
NAMES = st.text(min_size=1).filter(lambda name: name not in COMMON_PARAMETERS)
PARAMETERS = st.dictionaries(NAMES, st.text(), max_size=6)


def read(
    query: str = "Action=X",
    body: bytes = b"",
    content_type: str = "",
    method: str = "POST",
    path: str = "/",
    **headers: str,
) -> ApiRequest:
    found = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_request(
        HttpRequest(method, path, query, {"content-type": content_type, **found}, body)
    )


def refusal(**request: Any) -> tuple[int, str]:
    with pytest.raises(ApiError) as caught:
        read(**request)
    return caught.value.status, caught.value.code


# ---------------------------------------------------------------- where parameters stand


@given(PARAMETERS)
def test_query_form_and_json_say_the_same(parameters: dict[str, str]) -> None:
    encoded = urlencode(parameters)
    forms = [
        read("Action=X&" + encoded),
        read("Action=X", encoded.encode(), FORM),
        read("", ("Action=X&" + encoded).encode(), f"{FORM}; charset=UTF-8"),
        read("Action=X", json.dumps(parameters).encode(), "application/json"),
        read("", json.dumps({"Action": "X", **parameters}).encode(), "application/json;charset=x"),
        read("Action=X", json.dumps(parameters, ensure_ascii=False).encode(), "Application/JSON"),
    ]
    for found in forms:
        assert (found.action, found.parameters) == ("X", parameters)


@given(st.text(), st.booleans())
def test_space_may_be_plus_or_percent_20(value: str, plus: bool) -> None:
    encoded = quote_plus(value) if plus else quote(value, safe="")
    assert read(f"Action=X&Title={encoded}").parameters == {"Title": value}


@pytest.mark.parametrize(
    ("query", "body", "expected"),
    [
        ("A=1&A=2", b"", "1"),
        ("A=1", b"A=2", "1"),
        ("", b"A=1&A=2", "1"),
        ("A=&A=2", b"", ""),
        ("A=", b"A=2", ""),
    ],
)
def test_of_a_name_sent_twice_the_first_value_counts(
    query: str, body: bytes, expected: str
) -> None:
    assert read("Action=X&" + query, body, FORM).parameters == {"A": expected}


def test_blank_values_are_kept() -> None:
    assert read("Action=X&A=&B&C=c").parameters == {"A": "", "B": "", "C": "c"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (5, "5"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        (["\u5f71"], '["\u5f71"]'),
        ("x", "x"),
        ("", ""),
    ],
)
def test_json_value_is_read_as_the_query_would_carry_it(value: Any, text: str) -> None:
    body = json.dumps({"A": value}).encode()
    assert read("Action=X", body, "application/json").parameters == {"A": text}


def test_json_null_is_not_sent() -> None:
    assert read("Action=X", b'{"A": null, "B": "b"}', "application/json").parameters == {"B": "b"}


def test_json_with_a_byte_order_mark_is_json() -> None:
    body = b"\xef\xbb\xbf" + b'{"A": "1"}'
    assert read("Action=X", body, "application/json").parameters == {"A": "1"}


def test_body_of_another_type_says_nothing() -> None:
    assert read("Action=X", b"A=1", "text/plain").parameters == {}
    assert read("Action=X", b"A=1", "multipart/form-data").parameters == {}


def test_body_without_a_type_is_a_form() -> None:
    assert read("Action=X", b"A=1").parameters == {"A": "1"}


def test_raw_utf_8_is_read_as_utf_8() -> None:
    body = "A=\u5f71&\u952e=1".encode()
    assert read("Action=X", body, FORM).parameters == {"A": "\u5f71", "\u952e": "1"}


@pytest.mark.parametrize(
    "request_",
    [
        {"query": "Action=X&Title=%FF"},
        {"query": "Action=X&Title=%ED%A0%80"},
        {"query": "Action=X&T%FF=1"},
        {"query": "Action=%FF"},
        {"body": b"Title=%FF", "content_type": FORM},
        {"body": b"Title=\xff", "content_type": FORM},
        {"body": b"Title=caf\xe9", "content_type": FORM},
        {"body": b'{"Title": "\\ud800"}', "content_type": "application/json"},
        {"body": b'{"\\udc00": "x"}', "content_type": "application/json"},
        {"body": b'{"Title": {"a": "\\ud800"}}', "content_type": "application/json"},
    ],
    ids=str,
)
def test_what_is_not_utf_8_is_an_invalid_parameter(request_: dict[str, Any]) -> None:
    status, code = refusal(**request_)
    assert status == 400
    assert code.startswith("Invalid")
    code.encode()


@pytest.mark.parametrize("body", [b"{", b"[]", b"1", b'"x"', b"null", b"\xff\xfe{", b"[" * 100_000])
def test_json_that_is_no_object_cannot_be_read(body: bytes) -> None:
    found = refusal(query="Action=X", body=body, content_type="application/json")
    assert found == (400, "FakeIms.BadRequest")


@given(st.binary(), st.sampled_from([FORM, "application/json", "", "text/xml"]), st.binary())
def test_no_bytes_break_the_reading(body: bytes, content_type: str, query: bytes) -> None:
    try:
        found = read(query.decode("latin-1"), body, content_type)
    except ApiError as error:
        status = error.status
    else:
        status = 200
        json.dumps([found.action, found.parameters, found.common], ensure_ascii=False).encode()
    assert status in (200, 400, 404)


# ---------------------------------------------------------------- action, version, common


def test_common_parameters_are_no_parameters_of_the_operation() -> None:
    sent = dict.fromkeys(COMMON_PARAMETERS, "x") | {"Title": "t"}
    found = read(urlencode(sent))
    assert found.parameters == {"Title": "t"}
    assert set(found.common) == COMMON_PARAMETERS


@pytest.mark.parametrize(
    ("request_", "action", "version"),
    [
        ({"query": "Action=A&Version=V"}, "A", "V"),
        ({"query": "", "x_acs_action": "A", "x_acs_version": "V"}, "A", "V"),
        ({"query": "Action=A", "x_acs_action": "B", "x_acs_version": "V"}, "A", "V"),
        ({"query": "Action=", "x_acs_action": "B"}, "B", ""),
        ({"query": "", "body": b"Action=A&Version=V", "content_type": FORM}, "A", "V"),
    ],
)
def test_action_and_version_stand_in_parameters_or_headers(
    request_: dict[str, Any], action: str, version: str
) -> None:
    found = read(**request_)
    assert (found.action, found.version) == (action, version)


@pytest.mark.parametrize("query", ["", "Title=t", "Action=", "action=X"])
def test_no_action_is_an_empty_one(query: str) -> None:
    assert read(query=query).action == ""


@pytest.mark.parametrize("path", ["/x", "//", "/index.html", "x"])
def test_other_paths_are_not_found(path: str) -> None:
    assert refusal(path=path) == (404, "InvalidAction.NotFound")


# ---------------------------------------------------------------- credentials

V3 = "ACS3-HMAC-SHA256 Credential=KEY,SignedHeaders=host;x-acs-action,Signature=ab12"
CREDENTIALS: Mapping[str, tuple[dict[str, str], str, str]] = {
    "V1": (
        {"query": "Action=X&AccessKeyId=KEY&Signature=s&SignatureMethod=HMAC-SHA1"}, "rpc", "KEY",
    ),
    "V1 with STS": (
        {"query": "Action=X&AccessKeyId=STS.KEY&Signature=s&SecurityToken=t"}, "rpc", "STS.KEY",
    ),
    "V3": ({"authorization": V3}, "acs3", "KEY"),
    "V3, spaces": ({"authorization": V3.replace(",", ", ")}, "acs3", "KEY"),
    "V3, lower case": ({"authorization": V3.replace("ACS3", "acs3")}, "acs3", "KEY"),
    "V3, SM3": ({"authorization": V3.replace("HMAC-SHA256", "HMAC-SM3")}, "acs3", "KEY"),
    "V3, other order": (
        {"authorization": "ACS3-HMAC-SHA256 SignedHeaders=host,Credential=KEY,Signature=a"},
        "acs3", "KEY",
    ),
    "V3 with STS": (
        {"authorization": V3, "x_acs_accesskey_id": "KEY", "x_acs_security_token": "t"},
        "acs3", "KEY",
    ),
    "V3, key only in its header": ({"x_acs_accesskey_id": "KEY"}, "none", "KEY"),
    "V3, no key": ({"authorization": "ACS3-HMAC-SHA256 Credential=,Signature=a"}, "acs3", ""),
    "V3 without credential": ({"authorization": "ACS3-HMAC-SHA256 Signature=a"}, "acs3", ""),
    "bearer parameter": ({"query": "Action=X&BearerToken=b"}, "bearer", ""),
    "bearer header": ({"x_acs_bearer_token": "b"}, "bearer", ""),
    "unsigned": ({"query": "Action=X&AccessKeyId=KEY"}, "none", "KEY"),
    "anonymous": ({}, "none", ""),
    "another scheme": ({"authorization": "Basic a2V5OnNlY3JldA=="}, "none", ""),
    "OSS scheme": ({"authorization": "OSS KEY:signature"}, "none", ""),
}  # fmt: skip


@pytest.mark.parametrize(("request_", "scheme", "key"), CREDENTIALS.values(), ids=CREDENTIALS)
def test_scheme_and_key_are_recognised(request_: dict[str, Any], scheme: str, key: str) -> None:
    found = read(**request_)
    assert (found.scheme, found.access_key_id) == (scheme, key)


@given(st.text(st.characters(max_codepoint=255)))
def test_no_authorization_breaks_the_reading(text: str) -> None:
    for authorization in (text, "ACS3-HMAC-SHA256 " + text):
        assert read(authorization=authorization).scheme in ("acs3", "none")


# ---------------------------------------------------------------- rendering

REQUEST_ID = "8584D687-2E67-53C1-8DD7-95E288A02343"
HOST = "ice.cn-shanghai.aliyuncs.com"


def test_success_begins_with_the_request_id() -> None:
    answer = render_success({"MediaId": "m"}, REQUEST_ID, "RegisterMediaInfo")
    assert answer.status == 200
    assert answer.body == f'{{"RequestId":"{REQUEST_ID}","MediaId":"m"}}'.encode()
    headers = dict(answer.headers)
    assert headers["Content-Type"] == "application/json;charset=utf-8"
    assert headers["x-acs-request-id"] == REQUEST_ID
    assert headers["x-acs-trace-id"] == REQUEST_ID.replace("-", "").lower()


def test_text_is_written_as_utf_8_without_escapes() -> None:
    assert "\u5f71".encode() in render_success({"Title": "\u5f71"}, REQUEST_ID, "GetMediaInfo").body


@pytest.mark.parametrize(
    ("error", "order"),
    [
        (errors.MISSING(name="InputURL"), ["RequestId", "Message", "Recommend", "HostId", "Code"]),
        (errors.FORBIDDEN(), ["RequestId", "Message", "Recommend", "HostId", "Code"]),
        (
            errors.INVALID_PARAMETER(name="Title"),
            ["RequestId", "HostId", "Code", "Message", "Recommend"],
        ),
        (errors.INTERNAL_ERROR(), ["RequestId", "HostId", "Code", "Message", "Recommend"]),
    ],
)
def test_error_has_its_layers_order(error: ApiError, order: list[str]) -> None:
    answer = render_error(error, REQUEST_ID, HOST)
    document = json.loads(answer.body)
    assert answer.status == error.status
    assert list(document) == order
    assert document["HostId"] == HOST
    assert document["RequestId"] == REQUEST_ID
    assert document["Recommend"] == (
        f"https://api.aliyun.com/troubleshoot?q={error.code}&product=ICE&requestId={REQUEST_ID}"
    )


def test_access_denied_detail_stands_last() -> None:
    denied = errors.FORBIDDEN()
    denied.access_denied_detail = {"AuthAction": "ice:X"}
    document = json.loads(render_error(denied, REQUEST_ID, HOST).body)
    assert list(document)[-1] == "AccessDeniedDetail"
    assert document["AccessDeniedDetail"] == {"AuthAction": "ice:X"}


@pytest.mark.parametrize("value", ["{0}", "{name}", "}", "{", "%s", '"', "\u5f71"])
def test_values_in_messages_are_not_read_as_templates(value: str) -> None:
    error = errors.MEDIA_ALREADY_EXIST(url=value, media_id="m")
    assert f'inputUrl "{value}"' in error.message
    assert json.loads(render_error(error, REQUEST_ID, HOST).body)["Message"] == error.message


def test_each_kind_of_error_of_the_real_service_names_its_source() -> None:
    kinds = [value for value in vars(errors).values() if isinstance(value, errors.ErrorKind)]
    assert len(kinds) > 10
    for kind in kinds:
        assert 400 <= kind.status < 600
        assert kind.source or kind.layer == "fake"
        assert (kind.layer == "fake") == kind.code.startswith("FakeIms.")


DOCUMENTED = {
    "MissingParameter": (
        400,
        'The input parameter "{name}" that is mandatory for processing this request is not '
        "supplied.",
    ),
    "InvalidParameter": (400, 'The specified parameter "{name}" is not valid.'),
    "Forbidden": (403, "User not authorized to operate on the specified resource."),
    "ResourceNotFound": (404, "Resource not found"),
    "InternalError": (500, "The request processing has failed due to some unknown error."),
    "MediaAlreadyExist": (
        409,
        'The media with the given inputUrl "{url}" has already been registered with mediaId '
        '"{media_id}".',
    ),
    "Missing{name}": (400, "{name} is mandatory for this action."),
    "Invalid{name}": (400, "Specified parameter {name} is not valid."),
    "InvalidAction.NotFound": (
        404, "Specified api is not found, please check your url and method.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", DOCUMENTED)
def test_codes_statuses_and_messages_are_those_of_the_documents(code: str) -> None:
    kinds = [value for value in vars(errors).values() if isinstance(value, errors.ErrorKind)]
    found = {(kind.status, kind.message) for kind in kinds if kind.code == code}
    assert DOCUMENTED[code] in found
