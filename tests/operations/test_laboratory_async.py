"""The laboratory on event loops: who awaits blocks none, and who would block one is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from fake_ims import CallbackError, FakeIms
from fake_ims.event_loops import elsewhere, in_event_loop

HANG = 20


@dataclass
class Inbox:
    """A receiver on the test's own event loop; ``statuses`` are those of the next answers."""

    url: str = ""
    received: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request, let others have their turn, and answer."""
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [
            line.split(b":")[1]
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ]
        body = await reader.readexactly(int(lengths[0]))
        await asyncio.sleep(0)
        self.received.append(json.loads(body)["MessageBody"]["MediaId"])
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(f"HTTP/1.1 {status} Said\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def receiver() -> AsyncIterator[Inbox]:
    inbox = Inbox()
    server = await asyncio.start_server(inbox.answer, "127.0.0.1", 0)
    inbox.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    async with server:
        yield inbox


def register(ims: FakeIms, to: str, name: str = "a.png") -> str:
    url = f"oss://bucket/{name}"
    return ims.register(InputURL=url, UserData={"NotifyAddress": to}).media_id


@pytest.mark.asyncio
async def test_each_option_of_wait_for_async(fake_ims: FakeIms) -> None:
    async with receiver() as inbox:
        inbox.statuses = [500]
        fake_ims.callbacks.drop("VideoAnalysisComplete")
        first = register(fake_ims, inbox.url, "a.mp3")
        wait_for = fake_ims.callbacks.wait_for_async
        found = await wait_for("RegisterMediaComplete", media_id=first, to=inbox.url, timeout="20s")
        assert [attempt.status for attempt in found.attempts] == [500, 200]
        lost = await wait_for(outcome="withheld", count=1, timeout=HANG)
        assert (lost.event_type, lost.media_id) == ("VideoAnalysisComplete", first)
        second = register(fake_ims, inbox.url)
        assert (await wait_for(count=2, timeout=HANG)).media_id == second
        assert inbox.received == [first, first, second]


@pytest.mark.asyncio
async def test_its_errors_arrive(fake_ims: FakeIms) -> None:
    with pytest.raises(CallbackError, match=r"no callback came \(of any event, of any asset\)"):
        await fake_ims.callbacks.wait_for_async(timeout=0.05)
    with pytest.raises(ValueError, match="no event is called 'Registered'"):
        await fake_ims.callbacks.wait_for_async("Registered")
    with pytest.raises(TypeError, match="to is a text"):
        await fake_ims.callbacks.wait_for_async(to=5)  # type: ignore[arg-type]
    async with receiver() as inbox:
        inbox.statuses = [500] * 3
        register(fake_ims, inbox.url)
        with pytest.raises(CallbackError, match=r"(?s)another end than delivered.* 500 Said"):
            await fake_ims.callbacks.wait_for_async(timeout=HANG)
        await fake_ims.callbacks.wait_for_async(outcome="dropped")


@pytest.mark.asyncio
async def test_many_await_at_once(fake_ims: FakeIms) -> None:
    async with receiver() as inbox:
        waiting = [
            asyncio.create_task(
                fake_ims.callbacks.wait_for_async(to=f"{inbox.url}/{number}", timeout=HANG)
            )
            for number in range(4)
        ]
        await asyncio.sleep(0)  # they are at it
        ids = [register(fake_ims, f"{inbox.url}/{n}", f"{n}.png") for n in range(4)]
        found = await asyncio.gather(*waiting)
        assert [each.media_id for each in found] == ids


@pytest.mark.asyncio
async def test_redeliver_and_deliver_now(fake_ims: FakeIms) -> None:
    async with receiver() as inbox:
        with fake_ims.callbacks.delay("1h"):
            first, second = (register(fake_ims, inbox.url, name) for name in ("a.png", "b.png"))
            fake_ims.clock.advance("60s")
        fake_ims.clock.freeze()
        now = fake_ims.clock.read()
        of_first, of_second = (fake_ims.callbacks.of(media_id=each)[0] for each in (first, second))
        done = await fake_ims.callbacks.deliver_now_async(of_second, of_first)
        assert {each.outcome for each in done} == {"delivered"}
        assert inbox.received == [second, first]
        again = await fake_ims.callbacks.redeliver_async(done[0])
        assert (again.outcome, again.copy_of) == ("delivered", done[0].number)
        assert inbox.received == [second, first, done[0].media_id]
        assert await fake_ims.callbacks.deliver_now_async() == ()
        assert fake_ims.clock.read() == now


@pytest.mark.asyncio
async def test_settle_async_makes_further_attempts(fake_ims: FakeIms) -> None:
    async with receiver() as inbox:
        inbox.statuses = [500, 302]
        media_id = register(fake_ims, inbox.url)
        (event,) = await fake_ims.settle_async()
        assert event.media_id == media_id
        assert inbox.received == [media_id] * 3
        (callback,) = fake_ims.callbacks
        assert [attempt.status for attempt in callback.attempts] == [500, 302, 200]


@pytest.mark.asyncio
async def test_what_does_not_await_does_not_wait(fake_ims: FakeIms) -> None:
    async with receiver() as inbox:
        with fake_ims.callbacks.delay("1h"):
            media_id = register(fake_ims, inbox.url)
            fake_ims.settle()
        assert inbox.received == []  # on its way, if at all
        callback = await fake_ims.callbacks.wait_for_async(timeout=HANG)
        again = fake_ims.callbacks.redeliver(callback)
        assert (again.outcome, again.attempts) == ("pending", ())
        assert [each.number for each in fake_ims.callbacks.deliver_now()] == [again.number]
        assert inbox.received == [media_id]
        assert (await fake_ims.callbacks.wait_for_async(count=2)).number == again.number
        assert inbox.received == [media_id] * 2


@pytest.mark.asyncio
async def test_wait_for_refuses_to_block_and_returns_what_is_there(fake_ims: FakeIms) -> None:
    async with receiver() as inbox:
        media_id = register(fake_ims, inbox.url)
        for count in (1, 2):
            with pytest.raises(RuntimeError, match=r"await ims\.callbacks\.wait_for_async"):
                fake_ims.callbacks.wait_for(media_id=media_id, count=count)
        assert inbox.received == []
        assert fake_ims.world.queue.of(media_id), "the clock has not moved"
        with pytest.raises(CallbackError, match="no callback came"):
            fake_ims.callbacks.wait_for(timeout=0)  # which does not block
        await fake_ims.settle_async()
        assert fake_ims.callbacks.wait_for().media_id == media_id
        fake_ims.callbacks.drop()
        lost = register(fake_ims, inbox.url, "b.png")
        fake_ims.settle()
        with pytest.raises(CallbackError, match="another end"):
            fake_ims.callbacks.wait_for(media_id=lost)


@pytest.mark.asyncio
async def test_who_gives_up_leaves_the_world_to_others(fake_ims: FakeIms) -> None:
    async with receiver() as inbox:
        waiting = fake_ims.callbacks.wait_for_async("DeleteMediaComplete", timeout="500ms")
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(waiting, 0.1)
        media_id = register(fake_ims, inbox.url)
        found = await fake_ims.callbacks.wait_for_async(timeout=HANG)
        assert found.media_id == media_id


def test_outside_of_loops_there_is_none(fake_ims: FakeIms) -> None:
    assert not in_event_loop()
    asyncio.run(asyncio.sleep(0))
    assert not in_event_loop()  # one that has ended

    async def inside() -> tuple[bool, bool]:
        return in_event_loop(), await elsewhere(in_event_loop)

    assert asyncio.run(inside()) == (True, False)


def test_on_trio(fake_ims: FakeIms) -> None:
    trio = pytest.importorskip("trio", reason="trio is not installed")
    received: list[bytes] = []

    async def answer(stream: Any) -> None:
        data = b""
        async for chunk in stream:
            data += chunk
            if b"RegisterMediaComplete" in data and data.endswith(b"}"):
                break
        received.append(data)
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            (listener, *_) = await trio.open_tcp_listeners(0, host="127.0.0.1")
            nursery.start_soon(trio.serve_listeners, answer, [listener])
            url = f"http://127.0.0.1:{listener.socket.getsockname()[1]}"
            media_id = register(fake_ims, url)
            assert in_event_loop()
            with pytest.raises(RuntimeError, match="wait_for_async"):
                fake_ims.callbacks.wait_for()
            found = await fake_ims.callbacks.wait_for_async(media_id=media_id, timeout=HANG)
            assert found.outcome == "delivered"
            again = await fake_ims.callbacks.redeliver_async(found)
            assert again.outcome == "delivered"
            nursery.cancel_scope.cancel()

    trio.run(main)
    assert len(received) == 2
    assert not in_event_loop()
