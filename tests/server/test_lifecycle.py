"""Starting and stopping: quick, repeatable, and nothing is left."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from fake_ims.addresses import ListenError
from fake_ims.server import Listener

Connect = Callable[[Listener], Any]
Listen = Callable[..., Listener]

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def saying(text: str) -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [text.encode()]

    return app


_before: list[threading.Thread] = []


@pytest.fixture(autouse=True)
def _note_the_threads_of_other_listeners() -> None:
    """The listener of the whole run may be among them."""
    _before[:] = threading.enumerate()


def ours() -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread.name.startswith("fake-ims-") and thread not in _before
    ]


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_start_and_stop_may_be_repeated(connect: Connect) -> None:
    listener = Listener(saying("hi"))
    listener.stop()
    for _ in range(3):
        listener.start()
        listener.start()
        assert connect(listener).get().body == b"hi"
        listener.stop()
        listener.stop()
        with pytest.raises(ConnectionRefusedError):
            connect(listener)
    assert ours() == []


def test_it_names_itself() -> None:
    listener = Listener(saying("hi"), port=8080)
    assert (listener.host, listener.port, listener.url) == (
        "127.0.0.1",
        8080,
        "http://127.0.0.1:8080",
    )
    assert repr(listener) == "<Listener 127.0.0.1:8080 stopped>"
    with Listener(saying("hi")) as listener:
        assert listener.port > 0
        assert listener.endpoint == f"127.0.0.1:{listener.port}"
        assert repr(listener) == f"<Listener {listener.endpoint} listening>"


@pytest.mark.parametrize(
    ("host", "endpoint"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.2", "127.0.0.2"),
        ("localhost", "localhost"),
        ("0.0.0.0", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("::1", "[::1]"),
        ("::", "[::1]"),
    ],
)
def test_hosts(host: str, endpoint: str) -> None:
    if ":" in host and not _has_ipv6():
        pytest.skip("no IPv6 here")
    if host == "127.0.0.2" and sys.platform == "darwin":
        pytest.skip("macOS has to be told about 127.0.0.2")
    with Listener(saying("hi"), host=host) as listener, requests.Session() as session:
        session.trust_env = False
        assert listener.endpoint == f"{endpoint}:{listener.port}"
        assert session.get(listener.url, timeout=20).text == "hi"


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def test_localhost_is_every_address_it_has() -> None:
    with Listener(saying("hi"), host="localhost") as listener:
        found = socket.getaddrinfo("localhost", listener.port, type=socket.SOCK_STREAM)
        reached = 0
        for family, _, _, _, address in found:
            if family == socket.AF_INET6 and not _has_ipv6():
                continue
            with socket.socket(family) as sock:
                sock.settimeout(20)
                sock.connect(address)
                sock.sendall(GET)
                assert sock.recv(65536).endswith(b"hi")
                reached += 1
        assert reached


@pytest.mark.skipif(not _has_ipv6(), reason="no IPv6 here")
def test_a_port_taken_on_the_second_address_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_, **__: [(f, socket.SOCK_STREAM, 6, "", (h, 0)) for f, h in addresses],
    )
    bind, bound = socket.socket.bind, []
    busy = OSError(errno.EADDRINUSE, "busy")

    def failing(self: socket.socket, address: Any) -> None:
        bound.append(address)
        if len(bound) == 2:
            raise busy
        bind(self, address)

    monkeypatch.setattr(socket.socket, "bind", failing)
    with Listener(saying("hi"), host="both") as listener:
        assert [host for host, _ in bound] == ["127.0.0.1", "::1"] * 2
        assert listener.port == bound[3][1] != bound[1][1]


@pytest.mark.parametrize(
    ("host", "port", "message"),
    [
        ("203.0.113.1", 0, "this machine does not have that address"),
        ("no-such-host.invalid", 0, "no-such-host.invalid:0: "),
        ("a" * 70, 0, "cannot listen on a"),
        ("127.0.0.1", 70000, "0-65535"),
    ],
)
def test_an_address_it_cannot_have(host: str, port: int, message: str) -> None:
    listener = Listener(saying("hi"), host=host, port=port)
    with pytest.raises(ListenError, match=message) as raised:
        listener.start()
    assert "\n" not in str(raised.value)
    assert ours() == []
    listener.stop()


def test_a_busy_port_is_one_helpful_line(listen: Listen, capfd: pytest.CaptureFixture[str]) -> None:
    busy = listen(saying("first"))
    second = Listener(saying("second"), port=busy.port)
    with pytest.raises(ListenError) as raised:
        second.start()
    assert str(raised.value) == (
        f"cannot listen on 127.0.0.1:{busy.port}: "
        "another program has this port (port 0 takes a free one)"
    )
    assert raised.value.errno == errno.EADDRINUSE
    assert capfd.readouterr() == ("", "")
    busy.stop()
    with second:
        assert requests.get(second.url, timeout=20).text == "second"


def test_old_connections_are_closed_and_never_answered_again(connect: Connect) -> None:
    listener = Listener(saying("old"))
    listener.start()
    lingering, parked, half = (connect(listener) for _ in range(3))
    half.send(GET[:-2])
    assert parked.get().body == b"old"
    threading.Event().wait(0.1)  # longer than a worker lingers
    assert lingering.get().body == b"old"
    listener.stop()
    with Listener(saying("new"), port=listener.port) as second:
        for client in (lingering, parked, half):
            with pytest.raises((EOFError, ConnectionError)):
                client.send(GET).answer()
        assert connect(second).get().body == b"new"


def test_a_pooled_session_survives_restarts_on_the_same_port() -> None:
    with requests.Session() as session:
        session.trust_env = False
        port = 0
        for n in range(20):
            with Listener(saying(str(n)), port=port) as listener:
                port = listener.port
                for _ in range(3):
                    assert session.post(listener.url, data=b"x", timeout=20).text == str(n)


def test_an_answer_in_flight_is_finished(connect: Connect) -> None:
    inside, leave = threading.Event(), threading.Event()

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        inside.set()
        assert leave.wait(20)
        start_response("200 OK", [])
        return [b"finished" * 100_000]

    with Listener(app) as listener:
        client = connect(listener).send(GET)
        assert inside.wait(20)
        with ThreadPoolExecutor() as pool:
            stopping = pool.submit(listener.stop)
            leave.set()
            answer = client.answer()
            stopping.result(20)
    assert answer.body == b"finished" * 100_000
    assert client.rest() == b""
    assert ours() == []


def test_an_app_that_hangs_is_waited_for_only_so_long(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("fake_ims.serving._STOP_TIMEOUT", 0.1)
    monkeypatch.setattr("fake_ims.serving._CUT_TIMEOUT", 0.1)
    inside, leave = threading.Event(), threading.Event()
    called = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        called.append(environ["PATH_INFO"])
        if environ["PATH_INFO"] == "/hang":
            inside.set()
            assert leave.wait(20)
        start_response("200 OK", [])
        return [b"late"]

    listener = Listener(app, max_threads=1)
    listener.start()
    client = connect(listener).send(b"GET /hang HTTP/1.1\r\nHost: x\r\n\r\n")
    assert inside.wait(20)
    queued = connect(listener).send(b"GET /queued HTTP/1.1\r\nHost: x\r\n\r\n")
    threading.Event().wait(0.05)
    listener.stop()
    assert client.rest() == b""
    with contextlib.suppress(ConnectionResetError):
        assert queued.rest() == b""
    assert "1 calls of the app go on" in caplog.text
    (left,) = ours()
    with listener:  # it does not hinder the next start
        assert connect(listener).get().body == b"late"
        leave.set()
        left.join(20)
    assert ours() == []
    assert called == ["/hang", "/"]


def test_a_lingering_worker_does_not_hold_up_stop(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fake_ims.connections._LINGER", 60.0)
    monkeypatch.setattr("fake_ims.serving._STOP_TIMEOUT", 60.0)
    listener = Listener(saying("hi"))
    listener.start()
    client = connect(listener)
    assert client.get().body == b"hi"
    with ThreadPoolExecutor() as pool:
        pool.submit(listener.stop).result(20)
    assert client.rest() == b""
    assert ours() == []


def test_a_client_that_does_not_read_does_not_hold_up_stop(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fake_ims.serving._STOP_TIMEOUT", 0.1)
    with Listener(saying("x" * 50_000_000)) as listener:
        client = connect(listener).send(GET)
        client.sock.recv(1)
    assert ours() == []


@pytest.mark.parametrize("others", [0, 2])
def test_the_app_may_stop_its_listener(connect: Connect, others: int) -> None:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/stop":
            listener.stop()
        start_response("200 OK", [])
        return [b"stopped"]

    listener = Listener(app)
    listener.start()
    for _ in range(others):
        connect(listener).get()
    client = connect(listener)
    answer = client.get("/stop")
    assert (answer.body, answer["Connection"]) == (b"stopped", "close")
    assert client.rest() == b""
    for thread in ours():
        thread.join(20)
    assert ours() == []


def test_stop_under_load_cuts_no_answer(connect: Connect) -> None:
    """Each client gets whole answers, then a closed connection: never a part of an answer."""
    body = "0123456789" * 20_000

    for max_threads in (1, 2, 8, 32):
        listener = Listener(saying(body), max_threads=max_threads)
        listener.start()
        warm = threading.Barrier(9)

        def talk(listener: Listener, warm: threading.Barrier) -> int:
            client = connect(listener)
            answered = 0
            while True:
                try:
                    answer = client.get()
                except (EOFError, ConnectionError):
                    return answered
                assert answer.body == body.encode()
                answered += 1
                if answered == 3:
                    warm.wait(20)

        with ThreadPoolExecutor(8) as pool:
            talks = [pool.submit(talk, listener, warm) for _ in range(8)]
            warm.wait(20)
            listener.stop()
            assert all(talk.result(20) >= 3 for talk in talks)
        assert ours() == []


def test_connections_change_hands_while_it_stops(connect: Connect) -> None:
    """Parking, lingering, accepting and closing against stop, many times over."""
    draw = random.Random(1)
    listener = Listener(saying("hi"), max_threads=3)

    def disturb(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(40):
            with contextlib.suppress(OSError), connect(listener) as client:
                for _ in range(draw.randrange(4)):
                    client.send(GET[: draw.choice([5, len(GET)])])
                    client.sock.settimeout(0.01)
                    client.sock.recv(65536)

    with ThreadPoolExecutor(4) as pool:
        disturbing = [pool.submit(disturb, seed) for seed in range(4)]
        while not all(each.done() for each in disturbing):
            listener.start()
            threading.Event().wait(draw.random() / 100)
            listener.stop()
            assert ours() == []
        for each in disturbing:
            each.result()


def test_start_and_stop_from_many_threads(connect: Connect) -> None:
    listener = Listener(saying("hi"))

    def toggle(seed: int) -> None:
        draw = random.Random(seed)
        for _ in range(50):
            draw.choice([listener.start, listener.stop])()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(toggle, range(4)))
    with listener:
        assert connect(listener).get().body == b"hi"
    assert ours() == []


def test_two_listeners_know_nothing_of_each_other(listen: Listen, connect: Connect) -> None:
    first, second = listen(saying("first")), listen(saying("second"))
    assert first.port != second.port
    kept = connect(second)
    assert (connect(first).get().body, kept.get().body) == (b"first", b"second")
    first.stop()
    assert kept.get().body == b"second"


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_no_thread_and_no_descriptor_is_left(connect: Connect) -> None:
    before = descriptors()
    for _ in range(5):
        with Listener(saying("hi"), host="localhost") as listener:
            clients = [connect(listener) for _ in range(20)]
            for client in clients[:10]:
                client.get()
            clients[0].send(b"garbage").rest()
            clients[1].send(b"\x16").rest()
            clients[2].close()
        for client in clients:
            client.close()
        assert ours() == []
        assert descriptors() == before


def _python(code: str, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True, text=True, timeout=40, check=False,
    )  # fmt: skip


_SESSION = """
import gc, socket
{before}
from fake_ims.server import Listener

def app(environ, start_response):
    start_response("200 OK", [])
    return [b"fine"]

def get(sock):
    sock.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
    assert sock.recv(65536).endswith(b"fine")

listener = Listener(app, host="localhost", report=lambda refusal: None)
for _ in range(3):
    listener.start()
    with socket.create_connection(("localhost", listener.port), 20) as one:
        get(one)
        get(one)
        with socket.create_connection(("localhost", listener.port), 20) as two:
            get(two)
            two.sendall(b"garbage")
            assert two.recv(65536).startswith(b"HTTP/1.1 400 ")
            listener.stop()
            assert one.recv(1) == b""
del listener, one, two
gc.collect()
print("done")
"""


def test_development_mode_finds_nothing_left_open() -> None:
    done = _python(_SESSION.format(before=""), "-X", "dev", "-W", "error")
    assert (done.stdout, done.stderr) == ("done\n", "")


@pytest.mark.parametrize("auto_tick", ["", ", auto_tick_seconds=60"])
def test_it_works_when_first_imported_while_time_is_frozen(auto_tick: str) -> None:
    freeze = f"import freezegun\nfreezegun.freeze_time('2001-02-03'{auto_tick}).start()"
    done = _python(_SESSION.format(before=freeze))
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_it_never_reads_the_time() -> None:
    code = (
        "import sys\nimport fake_ims.server, fake_ims.wsgi\n"
        "for module in (fake_ims.server, fake_ims.wsgi):\n"
        "    assert not {'time', 'datetime', 'monotonic', 'sleep'} & set(vars(module))\n"
        "print('done')"
    )
    assert _python(code).stdout == "done\n"


def test_a_process_may_end_without_stop() -> None:
    code = (
        "import socket\n"
        "from fake_ims.server import Listener\n"
        "listener = Listener(lambda e, start_response: [start_response('200 OK', [])] and [])\n"
        "listener.start()\n"
        "sock = socket.create_connection(('127.0.0.1', listener.port), 20)\n"
        "sock.sendall(b'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n')\n"
        "print(sock.recv(12))"
    )
    done = _python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "b'HTTP/1.1 200'\n", "")


def test_a_start_that_fails_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    listener = Listener(saying("hi"))
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", failing)
        with pytest.raises(RuntimeError, match="new thread"):
            listener.start()
    assert repr(listener).endswith("stopped>")
    with listener:
        assert requests.get(listener.url, timeout=20).text == "hi"
