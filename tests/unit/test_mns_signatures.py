"""Signatures of the message service, against those that official clients make."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from fake_ims.gateway.request import HttpRequest
from fake_ims.web.mns_signatures import read_credential, signature, signature_v4


def request(method: str, headers: dict[str, str]) -> HttpRequest:
    return HttpRequest(method, "/", "", headers, b"")


@pytest.mark.parametrize(
    ("secret", "http", "target", "scope", "date", "expected"),
    [
        (
            "sk1", request("POST", {}),
            f"/queues/TestQueue/?param1=abc&PARAM2=d%20%20ef&PARAM3={quote('[def]#bbb')}"
            f"&PARAM4={quote('中文参数')}",
            ("20250603", "region1"), "20250603T105235Z",
            "1fc6013f158d4c3aba09570895a2a93c8445c2c5213d82a1463baf602cf0d945",
        ),
        (
            "skkkkkkk1111111111",
            request("PUT", {
                "x-mns-abc": "kkk", "x-mns-sss": "2015-06-06xFFF", "x-kkk-def": "lll",
            }),
            "/queues/TestQueue123456", ("20251203", "region2"), "20251203T112348Z",
            "04f1e5f929b5aaac3af6a54970f591581ecd2aade2562f926c5f2ec5d5c8cfad",
        ),
        (
            "skkkkkk2222222222",
            request("GET", {
                "x-mns-version": "2015-06-30", "x-mns-ttt": "1", "x-mns-uuuuu": "FALse",
                "content-type": "application/json", "content-md5": "0d9d2ce750000593eb34f00",
            }),
            "/queues", ("20251204", "eu-west-1"), "20251204T063235Z",
            "294f776a2d5726df679b54b081ab8126a199a2545c8c8a7a875adff0b386e458",
        ),
        (
            "testSk", request("GET", {}), "/", ("20250603", "testRegion"), "20250603T105235Z",
            "63f78964dcd1132bab91b9c38ceebdfb59509149b34874c5b2c9dfc2b12e7291",
        ),
        (
            "testSk", request("POST", {}), "/queues/Test%20Queue@123", ("20250603", "testRegion"),
            "20250603T105235Z",
            "87de7499365a31e767cdc0c726a893c72c860e415876f7f92914197ac3795833",
        ),
    ],
)  # fmt: skip
def test_the_newer_scheme_as_the_java_client_signs(
    secret: str, http: HttpRequest, target: str, scope: tuple[str, ...], date: str, expected: str
) -> None:
    assert signature_v4(secret, http, target, scope, date) == expected


def test_what_the_older_scheme_covers() -> None:
    headers = {
        "date": "Thu, 17 Mar 2012 18:49:58 GMT", "x-mns-version": "2015-06-06",
        "content-type": "text/xml", "content-md5": "x", "host": "not this",
    }  # fmt: skip
    right = signature("secret", request("PUT", headers), "/queues/q?metaoverride=true")
    for name in ("date", "x-mns-version", "content-type", "content-md5", "x-mns-new"):
        changed = request("PUT", {**headers, name: "another"})
        assert signature("secret", changed, "/queues/q?metaoverride=true") != right, name
    assert signature("secret", request("PUT", headers), "/queues/q") != right
    assert signature("other", request("PUT", headers), "/queues/q?metaoverride=true") != right
    elsewhere = request("PUT", {**headers, "host": "another"})
    assert signature("secret", elsewhere, "/queues/q?metaoverride=true") == right


@pytest.mark.parametrize(
    "text",
    ["", "MNS", "MNS key", "MNS key:", "MNS :signature", "Bearer abc", "MNS a b:c",
     "MNS4-HMAC-SHA256 Credential=k/2025/r/mns/aliyun_v4_request,Signature=00",
     "MNS4-HMAC-SHA256 Credential=k/20250101/r/oss/aliyun_v4_request,Signature=00"],
)  # fmt: skip
def test_authorization_of_another_form(text: str) -> None:
    assert read_credential(text) is None


def test_authorization_of_both_schemes() -> None:
    old = read_credential("MNS key:c2ln+/==")
    assert old == ("key", "c2ln+/==", ())
    new = read_credential(
        "MNS4-HMAC-SHA256 Credential=key/20250101/cn-x/mns/aliyun_v4_request,Signature=0af"
    )
    assert new == ("key", "0af", ("20250101", "cn-x"))
