"""Receivers of callbacks that do as they are told with each connection, right or wrong."""

from __future__ import annotations

import contextlib
import datetime
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

HANG = 20  # seconds after which a test is taken to hang
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class RawReceiver:
    """Accepts connections and hands each to ``act``, one after the other, in a thread of its own.

    ``arrived`` is released for each connection before ``act`` has it; ``gone`` is set at the end.
    """

    def __init__(self, act: Callable[[RawReceiver, socket.socket], object]) -> None:
        self.act = act
        self.arrived = threading.Semaphore(0)
        self.gone = threading.Event()
        self.requests: list[bytes] = []
        self.problems: list[Exception] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/cb"

    def __enter__(self) -> RawReceiver:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self.gone.set()
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(HANG)
        assert not self._thread.is_alive()
        if kind is None:
            assert not self.problems, self.problems

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listening.accept()
            except OSError:
                return
            self.arrived.release()
            with sock:
                sock.settimeout(HANG)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with contextlib.suppress(ConnectionError):  # the other side went first
                    try:
                        self.act(self, sock)
                    except OSError:
                        raise
                    except Exception as problem:
                        self.problems.append(problem)

    def read(self, sock: socket.socket) -> bytes:
        """One request, whole."""
        data = bytearray()
        while b"\r\n\r\n" not in data:
            data += _some(sock)
        head, _, body = bytes(data).partition(b"\r\n\r\n")
        (length,) = [
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if b"Content-Length" in line
        ]
        while len(body) < length:
            body += _some(sock)
        self.requests.append(head + b"\r\n\r\n" + body)
        return self.requests[-1]


def _some(sock: socket.socket) -> bytes:
    piece = sock.recv(65536)
    if not piece:
        raise ConnectionResetError
    return piece


Act = Callable[[RawReceiver, socket.socket], object]


def says(*pieces: bytes) -> Act:
    """Read the request, answer with this, close."""

    def act(receiver: RawReceiver, sock: socket.socket) -> None:
        receiver.read(sock)
        for piece in pieces:
            sock.sendall(piece)

    return act


def says_and_hangs(*pieces: bytes) -> Act:
    """Read the request, answer with this, and keep the connection open."""

    def act(receiver: RawReceiver, sock: socket.socket) -> None:
        says(*pieces)(receiver, sock)
        receiver.gone.wait(HANG)

    return act


def dribbles(data: Iterable[int], *, pause: float = 0.05, read: bool = True) -> Act:
    """Read the request, or not, and answer with one byte after each pause."""

    def act(receiver: RawReceiver, sock: socket.socket) -> None:
        if read:
            receiver.read(sock)
        for byte in data:
            if receiver.gone.wait(pause):
                return
            sock.sendall(bytes([byte]))

    return act


def floods(start: bytes, more: bytes) -> Act:
    """Read the request, answer with the start and then with more, without end."""

    def act(receiver: RawReceiver, sock: socket.socket) -> None:
        says(start)(receiver, sock)
        while not receiver.gone.is_set():
            sock.sendall(more)

    return act


def resets(*pieces: bytes, read: bool = True) -> Act:
    """Read the request, or not, answer with this, and reset the connection."""

    def act(receiver: RawReceiver, sock: socket.socket) -> None:
        if read:
            says(*pieces)(receiver, sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return act


def hangs(receiver: RawReceiver, _: socket.socket) -> None:
    """Neither read nor write."""
    receiver.gone.wait(HANG)


def certificate(folder: Path) -> Path:
    """A self-signed certificate for localhost and its key, in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    day = datetime.timedelta(days=1)
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
