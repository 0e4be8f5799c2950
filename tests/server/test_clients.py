"""Clients that people use, against the listener."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import aiohttp
import pytest
import requests

from fake_ims.server import Listener
from fake_ims.serving import Refusal

Listen = Callable[..., Listener]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


def test_requests_keeps_one_connection(listen: Listen, session: requests.Session) -> None:
    url = listen().url
    said = [session.post(url, params={"n": str(n)}, data={"a": "媒"}).json() for n in range(20)]
    assert [each["QUERY_STRING"] for each in said] == [f"n={n}" for n in range(20)]
    assert {each["body"] for each in said} == {"a=%E5%AA%92"}
    assert len({each["REMOTE_PORT"] for each in said}) == 1


def test_requests_sends_chunks(listen: Listen, session: requests.Session) -> None:
    said = session.post(listen().url, data=iter([b"one ", b"two"])).json()
    assert (said["body"], said["CONTENT_LENGTH"]) == ("one two", "7")


def test_requests_sees_a_refusal(listen: Listen, session: requests.Session) -> None:
    url = listen(max_body=1000).url
    for _ in range(3):
        assert session.post(url, data=b"x" * 5_000_000).status_code == 413
        assert session.post(url, data=b"x").status_code == 200


def test_requests_through_it_as_a_proxy(
    listen: Listen, session: requests.Session, refusals: list[Refusal]
) -> None:
    url = listen().url
    session.proxies = {"http": url, "https": url}
    said = session.post("http://ice.cn-shanghai.aliyuncs.com?Action=GetMediaInfo").json()
    assert said["RAW_URI"] == "http://ice.cn-shanghai.aliyuncs.com/?Action=GetMediaInfo"
    assert (said["PATH_INFO"], said["QUERY_STRING"]) == ("/", "Action=GetMediaInfo")
    with pytest.raises(requests.exceptions.ProxyError):
        session.post("https://ice.cn-shanghai.aliyuncs.com/")
    assert {refusal.status for refusal in refusals} == {405}


def test_requests_over_tls(
    listen: Listen, session: requests.Session, refusals: list[Refusal]
) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        session.get(listen().url.replace("http:", "https:"))
    assert {refusal.reason for refusal in refusals} == {"TLS hello"}


@pytest.mark.parametrize("new_connection", [False, True])
def test_aiohttp(listen: Listen, new_connection: bool) -> None:
    url = listen(max_threads=8).url

    async def talk(number: int) -> set[str]:
        ports = set()
        session = aiohttp.ClientSession()
        async with session:
            for n in range(10):
                async with session.post(f"{url}/?n={number}.{n}", data=b"body") as answer:
                    said = await answer.json()
                assert (said["QUERY_STRING"], said["body"]) == (f"n={number}.{n}", "body")
                ports.add(said["REMOTE_PORT"])
                if new_connection:
                    await session.connector.close()  # type: ignore[union-attr]
                    await session.close()
                    session = aiohttp.ClientSession()
        await session.close()
        return ports

    async def all_of_them() -> list[set[str]]:
        return await asyncio.gather(*(talk(number) for number in range(20)))

    for ports in asyncio.run(all_of_them()):
        assert len(ports) > 1 if new_connection else len(ports) == 1


def test_aiohttp_sends_chunks_and_expects(listen: Listen) -> None:
    url = listen().url

    async def talk() -> Any:
        async def body() -> Any:
            yield b"one "
            yield b"two"

        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=body(), expect100=True) as answer,
        ):
            return await answer.json()

    said = asyncio.run(talk())
    assert (said["body"], said["HTTP_EXPECT"]) == ("one two", "100-continue")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
@pytest.mark.parametrize(
    ("options", "body"),
    [
        ([], ""),
        (["--data", "a=b"], "a=b"),
        (["--http1.0", "--data", "a=b"], "a=b"),
        (["--http2", "--data", "a=b"], "a=b"),
        (["--header", "Transfer-Encoding: chunked", "--data", "a=b"], "a=b"),
        (["--header", "Expect: 100-continue", "--data", "a=b"], "a=b"),
        (["--request-target", "?x=y"], ""),
    ],
)
def test_curl(listen: Listen, options: list[str], body: str) -> None:
    url = listen().url
    command = ["curl", "--silent", "--show-error", "--noproxy", "*", "--max-time", "20"]
    done = subprocess.run([*command, *options, url, url], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    answers = done.stdout.replace(b"}{", b"}\n{").splitlines()
    assert [json.loads(answer)["body"] for answer in answers] == [body, body]


_NODE = """
const http = require('http');
const agent = new http.Agent({keepAlive: true, maxSockets: 1});
let left = 50, ports = new Set();
function next() {
  if (!left--) { agent.destroy(); console.log(ports.size); return; }
  const request = http.request(process.argv[1], {agent, method: 'POST'}, answer => {
    let text = '';
    answer.on('data', data => text += data);
    answer.on('end', () => {
      const said = JSON.parse(text);
      if (said.body !== 'one two') throw new Error(text);
      ports.add(said.REMOTE_PORT);
      setImmediate(next);
    });
  });
  request.write('one ');
  request.end('two');
}
next();
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no Node here")
def test_node_keeps_one_connection(listen: Listen) -> None:
    done = subprocess.run(
        ["node", "-e", _NODE, listen().url],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("1\n", "")
