"""Requests per second over eight keep-alive connections, against a bare Flask no-op."""

from __future__ import annotations

import itertools
import json
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from common import HERE, Ratio

from fake_ims.gateway import signatures

CONNECTIONS = 8
SECONDS = 1.0
ROUNDS = 7

FIFTEEN = {
    "MediaType": "video", "BusinessType": "opening", "Title": "Ünïcödé 标题", "CateId": "3048",
    "Description": "a description of some length, as people write them", "MediaTags": "tag1,标签2",
    "CoverURL": "http://example-bucket.oss-cn-shanghai.aliyuncs.com/example.png",
    "UserData": '{"NotifyAddress":"http://xx.xx.xxx"}', "Overwrite": "True",
    "RegisterConfig": '{"NeedSprite": "false", "CoverConfig": {"StartTime": 1.0}}',
    "WorkflowId": "b4fb044839815d4f2cd8000000000000", "SmartTagTemplateId": "S00000101-300080",
}  # fmt: skip


def request(action: str, parameters: dict[str, str]) -> bytes:
    """A request as the newest official Python SDK sends it."""
    return (
        f"POST /?{urlencode(parameters)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Accept-Encoding: identity\r\nContent-Length: 0\r\n"
        f"x-acs-action: {action}\r\nx-acs-version: 2020-11-09\r\n"
        "x-acs-date: 2026-01-01T00:00:00Z\r\naccept: application/json\r\n"
        "x-acs-signature-nonce: 0123456789abcdef0123456789abcdef\r\n"
        "user-agent: AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2\r\n"
        "Authorization: ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=host,Signature=0\r\n"
        "\r\n"
    ).encode()


def registers(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        yield request("RegisterMediaInfo", {"InputURL": f"oss://bucket/{number}.mp4"})


def full_registers(count: Iterator[int]) -> Iterator[bytes]:
    for number in count:
        own = {
            "InputURL": f"oss://bucket/full/{number}.mp4",
            "ReferenceId": f"reference-{number}",
            "ClientToken": f"{number:032x}",
        }
        yield request("RegisterMediaInfo", FIFTEEN | own)


def signed_registers(count: Iterator[int], key: str, secret: str) -> Iterator[bytes]:
    """Registrations that ``mode=enforce`` accepts, signed as the newest Python SDK does."""
    algorithm = "ACS3-HMAC-SHA256"
    empty = signatures.body_digest(algorithm, b"")
    headers = {
        "accept": "application/json",
        "host": "127.0.0.1",
        "user-agent": "AlibabaCloud (Linux; x86_64) Python/3.11.7 Core/0.4.3 TeaDSL/2",
        "x-acs-action": "RegisterMediaInfo",
        "x-acs-content-sha256": empty,
        "x-acs-credentials-provider": "static_ak",
        "x-acs-version": "2020-11-09",
    }
    names = tuple(sorted((*headers, "x-acs-date", "x-acs-signature-nonce")))
    unsigned = signatures.Authorization(algorithm, key, names, "")
    for number in count:
        headers["x-acs-date"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        headers["x-acs-signature-nonce"] = f"{number:032x}"
        pairs = [("InputURL", f"oss://bucket/signed/{number}.mp4")]
        canonical = signatures.canonical_requests(unsigned, "POST", pairs, headers, empty)[0]
        text = signatures.acs3_string_to_sign(algorithm, canonical)
        signature = signatures.acs3_signature(secret, algorithm, text)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        yield (
            f"POST /?{urlencode(pairs)} HTTP/1.1\r\n{lines}Content-Length: 0\r\n"
            f"Authorization: {algorithm} Credential={key},SignedHeaders={';'.join(names)},"
            f"Signature={signature}\r\n\r\n"
        ).encode()


def load(port: str, requests: list[bytes], seconds: float) -> float:
    """Requests answered per second; every answer must be a success."""
    selector = selectors.DefaultSelector()
    supply = iter(requests)
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", int(port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        connection.sendall(next(supply))
    answered = 0
    began = time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        for key, _ in selector.select(1):
            connection = key.fileobj  # type: ignore[assignment]
            answer = connection.recv(1 << 20)
            assert answer.startswith(b"HTTP/1.1 200"), answer[:2000]
            answered += 1
            following = next(supply, None)
            if following is None:
                return answered / (time.perf_counter() - began)
            connection.sendall(following)
    for key in list(selector.get_map().values()):
        key.fileobj.close()  # type: ignore[union-attr]
    selector.close()
    return answered / passed


def main() -> None:
    """The load generator's process; its arguments are what the servers printed."""
    noop, fake, media_id, enforce, key, secret = sys.argv[1:]
    count = itertools.count()
    get = request("GetMediaInfo", {"MediaId": media_id})
    many = 30_000
    kinds = ("noop", "register", "fifteen", "get", "unchecked", "checked")
    rates: dict[str, list[float]] = {kind: [] for kind in kinds}
    bare = list(itertools.islice(registers(count), many))
    load(noop, bare, 0.3)
    load(fake, list(itertools.islice(registers(count), many)), 0.3)
    for _ in range(ROUNDS):
        rates["noop"].append(load(noop, bare, SECONDS))
        supply = list(itertools.islice(registers(count), many))
        rates["register"].append(load(fake, supply, SECONDS))
        supply = list(itertools.islice(full_registers(count), many))
        rates["fifteen"].append(load(fake, supply, SECONDS))
        rates["get"].append(load(fake, [get] * many, SECONDS))
        for kind, port in {"unchecked": fake, "checked": enforce}.items():
            supply = list(itertools.islice(signed_registers(count, key, secret), many // 3))
            rates[kind].append(load(port, supply, SECONDS))
    print(json.dumps(rates))


def measure() -> list[Ratio]:
    def start(kind: str) -> subprocess.Popen[str]:
        command = (sys.executable, str(HERE / "servers.py"), kind)
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    servers = [start(kind) for kind in ("noop", "fake", "enforce")]
    try:
        words = [
            word
            for server in servers
            if server.stdout is not None
            for word in server.stdout.readline().split()
        ]
        command = (sys.executable, str(HERE / "throughput.py"), *words)
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    finally:
        for process in servers:
            process.kill()
            process.communicate()
    rates = {kind: statistics.median(each) for kind, each in json.loads(done.stdout).items()}
    floor = rates["noop"]
    note = "  ".join(f"{kind} {rate:.0f}/s" for kind, rate in rates.items())
    return [
        Ratio("RegisterMediaInfo, InputURL alone / no-op, per second",
              rates["register"] / floor, 0.4, at_least=True, note=note),
        Ratio("RegisterMediaInfo, fifteen parameters / no-op, per second",
              rates["fifteen"] / floor, 0.25, at_least=True),
        Ratio("GetMediaInfo of a Normal asset / no-op, per second",
              rates["get"] / floor, 0.25, at_least=True),
        Ratio("RegisterMediaInfo, signed, mode=enforce / mode=open, per second",
              rates["checked"] / rates["unchecked"], 0.6, at_least=True),
    ]  # fmt: skip


if __name__ == "__main__":
    main()
