"""Calls through requests: what arrives, and what the caller sees."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from fake_ims import RealCloudRefusedError
from fake_ims.hooks import Hooks
from fake_ims.redirect import Redirect

if TYPE_CHECKING:
    from tests.redirect.conftest import Recorder

requests: Any = pytest.importorskip("requests")

HOST = "ice.cn-shanghai.aliyuncs.com"
QUERY = "/a%20b//c?x=1&y=%2F%2f+%20'()*~&empty=&x=2&bare"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_call_arrives_as_it_was_made(redirected: Recorder, method: str, scheme: str) -> None:
    body = bytes(range(256))
    wanted = requests.Request(method, f"{scheme}://{HOST}{QUERY}", data=body).prepare()
    with requests.Session() as session:
        session.send(wanted)
    sent = redirected.last
    assert (sent.method, sent.target, sent.body) == (method, wanted.path_url, body)
    assert sent.hosts == [HOST]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        (f"https://{HOST}:443/", HOST),
        (f"https://{HOST}:80/", f"{HOST}:80"),
        (f"http://{HOST}:80/", HOST),
        (f"http://{HOST}:8080/", f"{HOST}:8080"),
        (f"http://{HOST.upper()}/", HOST),
        (f"http://{HOST}./", HOST),
        (f"https://user:p%40ss@{HOST}/", HOST),
        (f"https://{HOST}", HOST),
        (f"https://{HOST}?a=b", HOST),
        (f"https://{HOST}/#fragment", HOST),
    ],
)
def test_the_host_is_the_one_that_would_have_been_sent(
    redirected: Recorder, url: str, host: str
) -> None:
    requests.get(url)
    assert redirected.last.hosts == [host]
    assert redirected.last.target == ("/?a=b" if "?" in url else "/")
    assert ("authorization" in redirected.last.headers) == ("@" in url)


def test_a_host_that_the_caller_sets_is_kept(redirected: Recorder) -> None:
    requests.get(f"https://{HOST}/", headers={"hOsT": "Signed.Example:443"})
    assert redirected.last.hosts == ["Signed.Example:443"]


@pytest.mark.parametrize("body", [iter([b"ab", b"c"]), {"a": "b c"}, "text", b""])
def test_any_body(redirected: Recorder, body: Any) -> None:
    answer = requests.post(f"https://{HOST}/", data=body)
    assert answer.json() == {"MediaId": "m"}


def test_the_caller_sees_the_address_that_it_called(redirected: Recorder) -> None:
    session = requests.Session()
    wanted = requests.Request("POST", f"https://user@{HOST}/a?b=c", data="d").prepare()
    before = dict(wanted.headers)
    seen: list[Any] = []
    with session:
        answer = session.send(wanted)
        session.get(f"https://{HOST}/", hooks={"response": lambda answer, **_: seen.append(answer)})
    assert answer.url == wanted.url == f"https://user@{HOST}/a?b=c"
    assert answer.request is wanted
    assert wanted.headers == before
    assert seen[0].url == f"https://{HOST}/"


def test_cookies_belong_to_the_host_that_was_called(redirected: Recorder) -> None:
    redirected.answers = [(200, {"Set-Cookie": "a=b; Path=/; Secure"})]
    with requests.Session() as session:
        answer = session.get(f"https://{HOST}/")
        session.get(f"https://{HOST}/")
        session.get("https://ice.aliyuncs.com/")
        assert [cookie.domain for cookie in session.cookies] == [HOST]
    assert answer.cookies["a"] == "b"
    assert [sent.headers.get("cookie") for sent in redirected.sent] == [None, "a=b", None]


def test_http_redirects_lead_on_from_the_host_that_was_called(redirected: Recorder) -> None:
    redirected.answers = [
        (302, {"Location": "/next"}),
        (302, {"Location": "https://ice.aliyuncs.com/last"}),
        (200, {}),
        (302, {"Location": "https://sts.aliyuncs.com/"}),
    ]
    answer = requests.get(f"https://{HOST}/first")
    assert answer.url == "https://ice.aliyuncs.com/last"
    assert [each.url for each in answer.history] == [
        f"https://{HOST}/first",
        f"https://{HOST}/next",
    ]
    with pytest.raises(requests.ConnectionError) as refused:
        requests.get(f"https://{HOST}/away")
    assert "sts.aliyuncs.com, the real Alibaba Cloud" in str(refused.value)


def test_other_hosts_are_left_to_the_guard(redirected: Recorder) -> None:
    for url in ("https://sts.aliyuncs.com/", "http://notice.aliyuncs.com/"):
        with pytest.raises(requests.ConnectionError, match="the real Alibaba Cloud"):
            requests.get(url, timeout=5)
    with pytest.raises(RealCloudRefusedError):
        socket.getaddrinfo(HOST, 443)
    assert requests.get(f"{redirected.url}/direct").url == f"{redirected.url}/direct"
    assert [sent.target for sent in redirected.sent] == ["/direct"]


def test_proxies_and_certificates_of_production_need_not_be_there(
    redirected: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxies = dict.fromkeys(("http", "https", "all"), "http://127.0.0.1:9")
    options = {"proxies": proxies, "verify": "/none/ca.pem", "cert": ("/none/c", "/none/k")}
    assert requests.get(f"https://{HOST}/", **options).ok
    for name in proxies:
        monkeypatch.setenv(f"{name}_proxy", "http://127.0.0.1:9")
    assert requests.get(f"https://{HOST}/").ok
    assert [sent.target for sent in redirected.sent] == ["/", "/"]


def test_retries_are_sent_to_the_same_place(redirected: Recorder) -> None:
    retry = pytest.importorskip("urllib3").Retry(total=2, status_forcelist=[503])
    redirected.answers = [(503, {}), (503, {})]
    with requests.Session() as session:
        session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retry))
        assert session.get(f"https://{HOST}/?a=b").ok
    assert [(sent.target, sent.hosts) for sent in redirected.sent] == [("/?a=b", [HOST])] * 3


def test_an_error_is_of_the_request_that_was_made() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with Redirect(f"http://127.0.0.1:{port}", Hooks()), requests.Session() as session:
        wanted = requests.Request("GET", f"https://{HOST}/").prepare()
        with pytest.raises(requests.ConnectionError) as error:
            session.send(wanted)
    assert error.value.request is wanted


def test_an_adapter_of_the_users_own_sees_the_real_address(redirected: Recorder) -> None:
    seen = []

    class Adapter(requests.adapters.HTTPAdapter):  # type: ignore[misc]
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            seen.append(request.url)
            names = ("stream", "timeout", "verify", "cert", "proxies")
            given = [kwargs.get(name) for name in names]
            return super().send(request, *given)

    with requests.Session() as session:
        session.mount("https://", Adapter())
        session.get(f"https://{HOST}/", stream=True, proxies={"https": "http://127.0.0.1:9"})
    assert seen == [f"https://{HOST}/"]
    assert redirected.last.target == "/"


def test_an_adapter_that_answers_by_itself_is_asked_as_ever(redirected: Recorder) -> None:
    class Adapter(requests.adapters.BaseAdapter):  # type: ignore[misc]
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            response = requests.Response()
            response.status_code, response.request, response.url = 204, request, request.url
            return response

        def close(self) -> None: ...

    with requests.Session() as session:
        session.mount("https://", Adapter())
        assert session.get(f"https://{HOST}/").status_code == 204
    assert redirected.sent == []


def test_a_request_without_a_readable_address_is_refused_as_ever(redirected: Recorder) -> None:
    adapter = requests.adapters.HTTPAdapter()
    for url in (None, "http://[ice.aliyuncs.com/", f"http://{HOST}:x/"):
        request = requests.Request("GET", f"http://{HOST}/").prepare()
        request.url = url
        with pytest.raises(Exception, match=r".") as error:
            adapter.send(request)
        assert "fake_ims" not in str(error.traceback[-1].path)
    assert redirected.sent == []


def test_many_threads(redirected: Recorder) -> None:
    def call(number: int) -> None:
        for _ in range(20):
            assert requests.get(f"https://{HOST}/{number}").url == f"https://{HOST}/{number}"

    threads = [threading.Thread(target=call, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sent.target for sent in redirected.sent) == sorted(
        f"/{number}" for number in range(4) for _ in range(20)
    )
