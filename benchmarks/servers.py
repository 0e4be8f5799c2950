"""The servers that are measured: ``python servers.py constant | noop | fake | enforce``."""

from __future__ import annotations

import socket
import sys
import threading

ANSWER = (
    b'{"RequestId":"4C92B935-4698-5EF5-BB0E-EAF1C3F4CE34",'
    b'"MediaId":"4aabe1804a6771ef9748f6f7d6496301"}'
)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: "
CONSTANT = HEAD + str(len(ANSWER)).encode() + b"\r\n\r\n" + ANSWER


def say(port: int, *more: str) -> None:
    print(port, *more, flush=True)


def constant() -> None:
    """Constant bytes, one write for each request: the floor."""

    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        while chunk := connection.recv(65536):
            buffer += chunk
            while b"\r\n\r\n" in buffer:
                buffer = buffer.partition(b"\r\n\r\n")[2]
                connection.sendall(CONSTANT)

    listener = socket.create_server(("127.0.0.1", 0))
    say(listener.getsockname()[1])
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def noop() -> None:
    """A bare Flask app on the listener of the package."""
    from flask import Flask, Response

    from fake_ims.server import Listener

    app = Flask("noop")

    @app.route("/", methods=["GET", "POST"])
    def answer() -> Response:
        return Response(ANSWER, content_type="application/json;charset=utf-8")

    listener = Listener(app)
    listener.start()
    say(listener.port)
    threading.Event().wait()


def fake() -> None:
    """The fake, with an asset that is Normal under the MediaId that it prints."""
    from fake_ims import FakeIms

    ims = FakeIms(delay=0).start()
    asset = ims.register(InputURL="oss://bucket/normal.mp4", Title="normal")
    say(int(ims.endpoint.rpartition(":")[2]), asset.media_id)
    threading.Event().wait()


def enforce() -> None:
    """The fake that checks signatures; it prints its keys."""
    from fake_ims import FakeIms

    ims = FakeIms(delay=0, mode="enforce").start()
    say(int(ims.endpoint.rpartition(":")[2]), ims.access_key_id, ims.access_key_secret)
    threading.Event().wait()


if __name__ == "__main__":
    {"constant": constant, "noop": noop, "fake": fake, "enforce": enforce}[sys.argv[1]]()
