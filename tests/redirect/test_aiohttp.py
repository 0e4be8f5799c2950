"""Calls through aiohttp: what arrives, and what the caller sees."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.redirect.conftest import Recorder

aiohttp = pytest.importorskip("aiohttp")
URL = pytest.importorskip("yarl").URL

HOST = "ice.cn-shanghai.aliyuncs.com"
QUERY = "/a%20b//c?x=1&y=%2F+'()*~&empty=&x=2&bare"


def in_session(use: Callable[[Any], Coroutine[Any, Any, Any]], **options: Any) -> Any:
    async def run() -> Any:
        async with aiohttp.ClientSession(**options) as session:
            return await use(session)

    return asyncio.run(run())


def get(url: Any, **options: Any) -> Any:
    async def use(session: Any) -> Any:
        async with session.request(options.pop("method", "GET"), url, **options) as answer:
            await answer.read()
            return answer

    return in_session(use)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_call_arrives_as_it_was_made(redirected: Recorder, method: str, scheme: str) -> None:
    body = bytes(range(256))
    url = URL(f"{scheme}://{HOST}{QUERY}")
    assert get(url, method=method, data=body).status == 200
    sent = redirected.last
    assert (sent.method, sent.target, sent.body) == (method, url.raw_path_qs, body)
    assert sent.hosts == [HOST]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (f"https://{HOST}:443/", HOST),
        (f"https://{HOST}:80/", f"{HOST}:80"),
        (f"http://{HOST}:8080/", f"{HOST}:8080"),
        (f"http://{HOST.upper()}/", HOST),
        (f"https://user:pass@{HOST}/", HOST),
        (f"https://{HOST}", HOST),
    ],
)
def test_the_host_is_the_one_that_would_have_been_sent(
    redirected: Recorder, url: str, host: str
) -> None:
    get(url)
    assert redirected.last.hosts == [host]
    assert ("authorization" in redirected.last.headers) == ("@" in url)


def test_the_caller_sees_the_address_that_it_called(redirected: Recorder) -> None:
    redirected.answers = [
        (302, {"Location": "/next", "Set-Cookie": "a=b; Path=/"}),
        (302, {"Location": "https://ice.aliyuncs.com/last"}),
    ]
    answer = get(f"https://{HOST}/first")
    assert str(answer.url) == "https://ice.aliyuncs.com/last"
    assert str(answer.request_info.url) == "https://ice.aliyuncs.com/last"
    assert [str(each.url) for each in answer.history] == [
        f"https://{HOST}/first",
        f"https://{HOST}/next",
    ]
    assert [sent.headers.get("cookie") for sent in redirected.sent] == [None, "a=b", None]


def test_a_session_with_a_base_address(redirected: Recorder) -> None:
    async def use(session: Any) -> list[str]:
        seen = []
        for _ in range(2):
            async with session.get("path?a=b") as answer:
                seen.append(str(answer.url))
        return seen

    url = f"https://{HOST}/path?a=b"
    assert in_session(use, base_url=f"https://{HOST}/") == [url, url]
    assert [sent.target for sent in redirected.sent] == ["/path?a=b"] * 2


@pytest.mark.parametrize(
    "options",
    [
        {"ssl": False},
        {"ssl": ssl.create_default_context()},
        {"ssl": aiohttp.Fingerprint(b"0" * 32)},
        {"server_hostname": "other.example"},
        {"proxy": "http://127.0.0.1:9"},
        {"proxy": "http://127.0.0.1:9", "proxy_headers": {"Proxy-Authorization": "Basic eDp5"}},
    ],
)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_tls_and_proxies_of_production_need_not_be_there(
    redirected: Recorder, scheme: str, options: dict[str, Any]
) -> None:
    assert get(f"{scheme}://{HOST}/", **options).status == 200
    assert redirected.last.target == "/"
    assert "proxy-authorization" not in redirected.last.headers


def test_a_proxy_of_the_environment_is_not_asked(
    redirected: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def use(session: Any) -> int:
        async with session.get(f"https://{HOST}/") as answer:
            status: int = answer.status
            return status

    assert in_session(use, trust_env=True) == 200


def test_other_hosts_are_left_to_the_guard(redirected: Recorder) -> None:
    for url in ("https://sts.aliyuncs.com/", "http://notice.aliyuncs.com/"):
        with pytest.raises(aiohttp.ClientError, match="the real Alibaba Cloud"):
            get(url)
    assert str(get(f"{redirected.url}/direct").url) == f"{redirected.url}/direct"
    assert [sent.target for sent in redirected.sent] == ["/direct"]


def test_one_session_calls_both_and_keeps_its_connections_apart(redirected: Recorder) -> None:
    async def use(session: Any) -> list[int]:
        async def call(url: str) -> int:
            async with session.get(url) as answer:
                await answer.read()
                status: int = answer.status
                return status

        urls = [f"https://{HOST}/", f"http://{HOST}/", f"{redirected.url}/"] * 5
        return await asyncio.gather(*map(call, urls))

    assert in_session(use) == [200] * 15
    assert {tuple(sent.hosts) for sent in redirected.sent} == {
        (HOST,),
        (redirected.url.removeprefix("http://"),),
    }
