"""Real receivers, which check the signature and read the asset back with the official SDK inside
the callback: in a thread of the test, in a process of its own, and on the test's event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from patience import until

from fake_ims import FakeIms

models = pytest.importorskip("alibabacloud_ice20201109.models", exc_type=ImportError)
web = pytest.importorskip("aiohttp.web", exc_type=ImportError)

KEY = "Secret123"
EVENTS = ("RegisterMediaComplete", "VideoAnalysisComplete", "DeleteMediaComplete")


def genuine(url: str, headers: Any) -> bool:
    """As the documents tell receivers to check."""
    stamp = headers["X-ICE-TIMESTAMP"]
    wanted = hashlib.md5(f"{url}|{stamp}|{KEY}".encode()).hexdigest()
    fresh = abs(time.time() - int(stamp)) < 300
    return len(stamp) == 10 and fresh and headers["X-ICE-SIGNATURE"] == wanted


def told(event: dict[str, Any], info: Any) -> tuple[str, str]:
    """The event, and the state that the SDK read inside the callback."""
    return event["EventType"], info.body.media_info.media_basic_info.status


def set_callback(client: Any, url: str) -> None:
    answer = client.set_event_callback(
        models.SetEventCallbackRequest(
            callback_type="HTTP",
            callback_url=url,
            event_type_list=",".join(EVENTS),
            auth_switch="on",
            auth_key=KEY,
        )
    )
    assert answer.body.success is True


def register(client: Any) -> str:
    request = models.RegisterMediaInfoRequest(input_url="oss://bucket/a.mp4")
    media_id: str = client.register_media_info(request).body.media_id
    return media_id


@contextlib.contextmanager
def in_a_thread(client: Any) -> Iterator[tuple[str, list[Any]]]:
    seen: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked = models.GetMediaInfoRequest(media_id=event["MessageBody"]["MediaId"])
            seen.append((genuine(url, self.headers), told(event, client.get_media_info(asked))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        url = f"http://localhost:{server.server_port}/hook?source=ims"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield url, seen
        server.shutdown()
        thread.join()


def test_in_a_thread(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    with in_a_thread(fake_ims_client) as (url, seen):
        set_callback(fake_ims_client, url)
        media_id = register(fake_ims_client)
        fake_ims.settle()
        assert seen == [(True, (event, "Normal")) for event in EVENTS[:2]]
        assert {each.outcome for each in fake_ims.callbacks.of(media_id=media_id)} == {"delivered"}


def test_in_a_thread_while_time_passes_by_itself(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    with fake_ims.scratch(), in_a_thread(fake_ims_client) as (url, seen):
        set_callback(fake_ims_client, url)
        register(fake_ims_client)
        until(lambda: len(seen) == 2)
        assert seen == [(True, (event, "Normal")) for event in EVENTS[:2]]


PROGRAM = """
import http.server, json, os, sys
from alibabacloud_ice20201109.client import Client
from alibabacloud_ice20201109.models import GetMediaInfoRequest
from alibabacloud_tea_openapi.models import Config

client = Client(Config(
    access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
    access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
    endpoint=os.environ["FAKE_IMS_ENDPOINT"], protocol="http",
))

class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        media_id = event["MessageBody"]["MediaId"]
        info = client.get_media_info(GetMediaInfoRequest(media_id=media_id))
        status = info.body.media_info.media_basic_info.status
        self.send_response(200)
        self.end_headers()
        print(json.dumps([event["EventType"], status, dict(self.headers)]), flush=True)

    def log_message(self, *arguments):
        pass

with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
"""


def test_in_a_process_of_its_own(fake_ims: FakeIms, fake_ims_client: Any) -> None:
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PROGRAM],
        env={**os.environ, **fake_ims.env()},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            url = f"http://127.0.0.1:{int(process.stdout.readline())}/hook"
            set_callback(fake_ims_client, url)
            register(fake_ims_client)
            fake_ims.settle()
            for event in EVENTS[:2]:
                event_type, status, headers = json.loads(process.stdout.readline())
                assert (event_type, status) == (event, "Normal")
                assert genuine(url, headers)
        finally:
            process.kill()


@contextlib.asynccontextmanager
async def on_this_loop(client: Any) -> AsyncIterator[tuple[str, list[Any]]]:
    seen: list[Any] = []

    async def receive(request: Any) -> Any:
        event = await request.json()
        asked = models.GetMediaInfoRequest(media_id=event["MessageBody"]["MediaId"])
        info = await client.get_media_info_async(asked)
        seen.append((genuine(url, request.headers), told(event, info)))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", receive)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield url, seen
    await runner.cleanup()


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["settle", "wait_for", "advance"])
async def test_on_the_tests_event_loop(fake_ims: FakeIms, fake_ims_client: Any, way: str) -> None:
    async with on_this_loop(fake_ims_client) as (url, seen):
        set_callback(fake_ims_client, url)
        media_id = register(fake_ims_client)
        if way == "settle":
            await fake_ims.settle_async()
        elif way == "wait_for":
            await fake_ims.callbacks.wait_for_async("VideoAnalysisComplete", media_id=media_id)
        else:
            fake_ims.clock.advance("3s")  # which does not wait here
            await fake_ims.callbacks.deliver_now_async()
        assert seen == [(True, (event, "Normal")) for event in EVENTS[:2]]
        assert {len(each.attempts) for each in fake_ims.callbacks} == {1}


@pytest.mark.asyncio
async def test_whoever_would_block_the_loop_is_told(
    fake_ims: FakeIms, fake_ims_client: Any
) -> None:
    async with on_this_loop(fake_ims_client) as (url, seen):
        set_callback(fake_ims_client, url)
        media_id = register(fake_ims_client)
        with pytest.raises(RuntimeError, match=r"await ims\.callbacks\.wait_for_async"):
            fake_ims.callbacks.wait_for(media_id=media_id)
        fake_ims.settle()  # returns, and blocks nobody
        assert seen == []
        for _ in range(2000):
            if len(seen) == 2:
                break
            await asyncio.sleep(0.01)
        callback = fake_ims.callbacks.wait_for(media_id=media_id)  # it is there
        assert callback.outcome == "delivered"
