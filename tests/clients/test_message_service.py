"""The official clients of the message service consume callbacks, unmodified, pointed at the fake.

Each is a process of its own, which tells what it sees; ``queues/`` has the programs.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
from environments import Recipe, node, python
from running import command_line

from fake_ims import FakeIms
from fake_ims.clock import real_monotonic

PROGRAMS = Path(__file__).with_name("queues")
TIME_OUT = 60  # seconds after which a client is taken to hang
EVENT = '{"EventType":"RegisterMediaComplete","MessageBody":{"MediaId":"m","Title":"片 <&>"}}'
QUEUE = "ice-callback-demo"


@dataclass(frozen=True)
class Consumer:
    """A client of the message service."""

    program: str
    environment: Recipe


CONSUMERS = [
    Consumer("consume.py", python("aliyun-mns-sdk")),
    Consumer("consume.py", python("aliyun-mns-sdk==1.2.2")),
    Consumer("consume.py", python("aliyun-mns==1.1.5")),
    Consumer("consume.js", node("@alicloud/mns")),
    Consumer("consume.js", node("@alicloud/mns@1.1.0")),
]

TOLD = [
    ["queues", "other-queue"],
    100,
    50,
    ["other-queue", ""],
    hashlib.md5(base64.b64encode("片 <&>".encode())).hexdigest().upper(),
    ["片 <&>", 1, 8],
    ["QueueNotExist"],
    ["MessageNotExist"],
    [EVENT, 1],
    ["MessageNotExist"],
    ["ReceiptHandleError"],
    5,
    "0",
    ["0", "1", "2", "3", "4"],
    ["0", "1", "2", "3", "4"],
    "MessageNotExist",
    ["MessageNotExist"],
    ["SignatureDoesNotMatch"],
    ["InvalidAccessKeyId"],
]


def wait_for_the_wait(ims: FakeIms) -> None:
    """Until the client is kept waiting for a message."""
    pause = threading.Event()
    deadline = real_monotonic() + TIME_OUT
    while ims.queues.calls[-1].status is not None:
        assert real_monotonic() < deadline
        pause.wait(0.01)


@pytest.mark.clients
@pytest.mark.fake_ims(mode="enforce")
@pytest.mark.parametrize(
    "client", CONSUMERS, ids=[each.environment.requirements[0] for each in CONSUMERS]
)
def test_a_consumer(client: Consumer, fake_ims: FakeIms, request: pytest.FixtureRequest) -> None:
    command, variables = command_line(PROGRAMS / client.program, [], client.environment, request)
    task = {
        "url": fake_ims.url, "key": fake_ims.access_key_id, "secret": fake_ims.access_key_secret,
        "queue": QUEUE, "other": "other-queue",
    }  # fmt: skip
    with subprocess.Popen(
        command, env=variables, text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(task))
        process.stdin.close()
        process.stdin = None
        ready = process.stdout.readline()
        if ready == "ready\n":
            wait_for_the_wait(fake_ims)
            fake_ims.queues[QUEUE].put(EVENT)
        out, err = process.communicate(timeout=TIME_OUT)
    assert (ready, process.returncode) == ("ready\n", 0), err
    assert json.loads(out) == TOLD
    assert len(fake_ims.queues[QUEUE]) == 0
    assert {call.scheme for call in fake_ims.queues.calls} == {"mns"}
    assert len(fake_ims.calls) == 0
