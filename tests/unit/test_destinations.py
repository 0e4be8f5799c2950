"""Where callbacks may go: to this machine, unless a setting says otherwise."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from raw_receivers import HANG, OK, RawReceiver, says

from fake_ims.events import destinations
from fake_ims.events.destinations import DestinationError, NotAllowedError, addresses_of, parse
from fake_ims.events.posting import Post, Posting, Result, destination


def post(url: str, *allow_hosts: str) -> Result:
    return Posting(Post(url, b"{}"), timeout=HANG, allow_hosts=allow_hosts).run()


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that a DNS server would have been asked for; ``*.test`` is at 127.0.0.1, and
    what else there is nowhere.
    """
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("flags", 0) & socket.AI_NUMERICHOST:
            assert not host.endswith(".aliyuncs.com")  # the guard refuses even that
            return real(host, port, *args, **kwargs)
        asked.append(host)
        if not host.rstrip(".").endswith(".test"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return real("127.0.0.1", port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.fixture(autouse=True)
def hosts_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "hosts"
    path.write_bytes(
        b"# 127.0.0.1 comment\n127.0.0.1 one\tone.alias # two\n10.0.0.1 far Both\n::1 both\n"
        b"\nbad bad\n0.0.0.0 blocked.example\n127.0.0.1\n\xff\xfe\n"
    )
    monkeypatch.setattr(destinations, "hosts_file", lambda: str(path))
    return path


HERE = [
    "127.0.0.1", "127.1", "127.255.255.254", "2130706433", "0x7f000001", "0177.0.0.1", "localhost",
    "LocalHost", "localhost.", "a.b.localhost", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]",
    "[::FFFF:7f00:1]", "one", "One.Alias", "one.", "both",
    "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021",
]  # fmt: skip


@pytest.mark.parametrize("host", HERE)
def test_this_machine(host: str, looked_up: list[str]) -> None:
    found = addresses_of(parse(f"http://{host}:8080/"), ())
    assert found
    assert all(destinations.is_loopback(address[0]) for _, address in found)
    assert all(address[1] == 8080 for _, address in found)
    assert looked_up == []


ELSEWHERE = [
    "0.0.0.0", "0", "[::]", "10.0.0.1", "192.168.0.1", "169.254.169.254", "8.8.8.8", "[fe80::1]",
    "[::ffff:10.0.0.1]", "[::ffff:0.0.0.0]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "example.com",
    "host.docker.internal", "receiver", "receiver.test", "far", "two", "comment", "bad",
    "blocked.example", "dead.cafe", "xlocalhost", "localhost.example.com", "127.0.0.1.example.com",
    "bucket.oss-cn-shanghai.aliyuncs.com", "\u4e2d\u6587.example", "..", "1.2.3.4.5", "999.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", ELSEWHERE)
def test_another_machine_is_not_contacted_nor_looked_up(host: str, looked_up: list[str]) -> None:
    result = post(f"http://{host}:8080/")
    assert (result.status, result.contacted) == (None, False)
    assert "callback_hosts=" in result.reason
    assert looked_up == []


def test_the_reason_names_a_setting_that_helps() -> None:
    with RawReceiver(says(OK)) as receiver:
        refused = post(f"http://0.0.0.0:{receiver.port}/")
        allowed = refused.reason.partition("callback_hosts=")[2].split()[0]
        assert post(f"http://0.0.0.0:{receiver.port}/", allowed).ok


ALLOWED = [
    ("receiver.test", "receiver.test"), ("receiver.test", "Receiver.TEST."),
    ("Receiver.test.", "receiver.test"), ("receiver.test", "*.test"), ("receiver.test", "*"),
    ("a.b.test", "*.test"), ("receiver.test", " receiver.test "),
    ("caf\u00e9.test", "CAF\u00c9.test"),
    ("caf\u00e9.test", "xn--caf-dma.test"), ("xn--caf-dma.test", "caf\u00e9.test"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "pattern"), ALLOWED)
def test_an_allowed_name_is_looked_up_once(host: str, pattern: str, looked_up: list[str]) -> None:
    with RawReceiver(says(OK)) as receiver:
        assert post(f"http://{host}:{receiver.port}/", "x", pattern).ok
    assert len(looked_up) == 1


@pytest.mark.parametrize(
    ("host", "pattern"),
    [
        ("10.0.0.1", "10.0.0.1"), ("10.0.0.1", "10.*"), ("10.1", "10.0.0.1"),
        ("[fe80::1]", "fe80::1"), ("[fe80:0::1]", "[FE80::1]"), ("far", "10.0.0.1"), ("far", "far"),
    ],
)  # fmt: skip
def test_an_allowed_address_needs_no_look_up(host: str, pattern: str, looked_up: list[str]) -> None:
    (found,) = addresses_of(parse(f"http://{host}/"), (pattern,))
    assert found[1][0] in ("10.0.0.1", "fe80::1")
    assert looked_up == []


def test_a_name_here_and_elsewhere_leads_here() -> None:
    assert [address[0] for _, address in addresses_of(parse("http://both/"), ())] == ["::1"]
    both = addresses_of(parse("http://both/"), ("both",))
    assert [address[0] for _, address in both] == ["10.0.0.1", "::1"]


@pytest.mark.parametrize("pattern", ["example.com", "*.example.com", "xreceiver.test", "", "127.*"])
def test_other_names_stay_refused(pattern: str, looked_up: list[str]) -> None:
    with pytest.raises(NotAllowedError):
        addresses_of(parse("http://receiver.test/"), (pattern,))
    assert looked_up == []


def test_an_allowed_name_that_does_not_exist_is_a_failed_attempt(looked_up: list[str]) -> None:
    result = post("http://receiver.invalid/", "*")
    assert result.contacted
    assert result.reason == "receiver.invalid cannot be looked up: no such name"
    assert looked_up == ["receiver.invalid"]


def test_the_guard_has_its_say_in_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*_: Any, **__: Any) -> Any:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "this test may not reach it")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    result = post("http://a.aliyuncs.com/", "*")
    assert result.contacted
    assert result.reason == "a.aliyuncs.com cannot be looked up: this test may not reach it"


@pytest.mark.parametrize("host", ["..", "x" * 64, "a..b"])
def test_an_allowed_name_that_no_name_can_be_is_a_failed_attempt(host: str) -> None:
    assert f"{host} cannot be looked up: " in post(f"http://{host}/", "*").reason


def test_without_a_hosts_file(hosts_file: Path) -> None:
    hosts_file.unlink()
    assert not post("http://one/").contacted


# ---------------------------------------------------------------- URLs


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://h", "/"), ("http://h/", "/"), ("http://h?a=b", "/?a=b"), ("http://h#f", "/"),
        ("http://h/a?b#c", "/a?b"), ("http://h/a%20b", "/a%20b"), ("http://h/a b", "/a%20b"),
        ("http://h/\u4e2d?\u4e2d", "/%E4%B8%AD?%E4%B8%AD"), ("http://h/%", "/%"),
        ("http://h//x", "//x"), ("http://h/;p=1", "/;p=1"), ("http://h/\0\x7f", "/%00%7F"),
        ("http://h/a\r\nEvil: 1", "/aEvil:%201"),
        ("http://h/\ud800", "/%3F"), ('http://h/"<>|\\^`{}', "/%22%3C%3E%7C%5C%5E%60%7B%7D"),
        ("http://h/" + "x" * 300, "/" + "x" * 300), ("http://h/?a=[1]&b=?", "/?a=%5B1%5D&b=?"),
    ],
)  # fmt: skip
def test_targets(url: str, target: str) -> None:
    assert parse(url).target == target


@pytest.mark.parametrize(
    ("url", "host_header", "endpoint"),
    [
        ("http://H/", "h", "h:80"), ("HTTPS://h", "h", "h:443"), ("http://h:80/", "h", "h:80"),
        ("http://h:", "h", "h:80"), ("https://h:80", "h:80", "h:80"),
        ("http://[::1]:8/", "[::1]:8", "[::1]:8"), ("http://[::1]", "[::1]", "[::1]:80"),
        ("http://u:p@H:8/", "h:8", "h:8"),
        ("http://\u4e2d\u6587/", "xn--fiq228c", "xn--fiq228c:80"),
        ("http://a_b/", "a_b", "a_b:80"),
    ],
)  # fmt: skip
def test_hosts(url: str, host_header: str, endpoint: str) -> None:
    assert parse(url).host_header == host_header
    assert destination(url) == endpoint


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "/cb", "//h/cb", "ftp://h/", "mailto:a@b", "http:", "http://", "http:///cb",
        "http://:80/", "http://h:0/", "http://h:65536/", "http://h:-1/", "http://h:x/",
        "http://h:8\u00b2/", "http://a b/", "http://[::1/", "http://[x]/", "http://::1/", "http://h\0/",
        "http://a%20b/", "http://" + "x" * 64 + "\u4e2d.com/", "http://\u4e2d..x/", "http://<h>/",
        "http://h\r\nX: 1/", "ice-callback-queue", "http://\ud800/",
    ],
)  # fmt: skip
def test_what_is_no_url_to_post_to_is_a_failed_attempt(url: str) -> None:
    with pytest.raises(DestinationError):
        parse(url)
    result = post(url)
    assert (result.status, result.contacted) == (None, True)
    assert result.reason.startswith("not a URL to post to: ")
    assert result.reason.isprintable()
    assert destination(url) == url


@pytest.mark.parametrize(
    ("user", "sent"),
    [
        ("u:p", b"u:p"),
        ("u", b"u:"),
        (":p", b":p"),
        ("a%3Ab:%E4", b"a:b:\xe4"),
        ("\u4e2d:", b"\xe4\xb8\xad:"),
    ],
)
def test_user_and_password_are_sent_as_most_clients_do(user: str, sent: bytes) -> None:
    import base64

    with RawReceiver(says(OK)) as receiver:
        assert post(f"http://{user}@127.0.0.1:{receiver.port}/").ok
    request = receiver.requests[0]
    assert b"\r\nAuthorization: Basic " + base64.b64encode(sent) + b"\r\n" in request
    assert f"\r\nHost: 127.0.0.1:{receiver.port}\r\n".encode() in request


PARTS = st.sampled_from([
    "http://", "https://", "127.0.0.1", "localhost", "[::1]", ":", "@", "/", "?", "#", "%", "\r\n",
    "0", "99999", "::", "[", "]", "\u4e2d", "\u3002", " ", ".", "\\", "\ud800", "x", "\0",
])  # fmt: skip


@given(st.lists(PARTS | st.text(max_size=3), max_size=8).map("".join))
@examples(max_examples=500)
def test_any_text_is_a_destination_or_is_none(url: str) -> None:
    assert destination(url) or not url
    try:
        where = parse(url)
        addresses = addresses_of(where, ())
    except (DestinationError, NotAllowedError):
        return
    assert all(destinations.is_loopback(address[0]) for _, address in addresses)
    line = f"{where.target} {where.host_header} {where.authorization}"
    assert line.isascii()
    assert line.isprintable()
    assert where.target.startswith("/")
    assert " " not in where.target
