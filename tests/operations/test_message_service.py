"""The message service over HTTP: what a consumer of callbacks asks of it, with nothing between."""

from __future__ import annotations

import base64
import datetime
import email.utils
import logging
import socket
import threading
from collections.abc import Callable

import pytest
from patience import until
from queue_client import DEMO, Mns, document, fields, listed
from rpc import Reply, Rpc, exchange

from fake_ims import FakeIms
from fake_ims.clock import real_monotonic
from fake_ims.events.message_queues import MessageQueue
from fake_ims.gateway.request import HttpRequest
from fake_ims.web.mns_signatures import signature_v4

MESSAGES = f"/queues/{DEMO}/messages"
EVENT = '{"EventType":"RegisterMediaComplete","MessageBody":{"MediaId":"m","Title":"片 <a&b>"}}'
UTC = datetime.timezone.utc


@pytest.fixture
def mns(fake_ims: FakeIms) -> Mns:
    """A client with the right keys."""
    return Mns(fake_ims)


def put(ims: FakeIms, body: str = EVENT, name: str = DEMO) -> None:
    with ims.world.lock:
        ims.world.queues.put(name, body, ims.world.catch_up())


# ---------------------------------------------------------------- messages


@pytest.mark.fake_ims(mode="enforce")
def test_receive_and_delete(fake_ims: FakeIms, mns: Mns) -> None:
    fake_ims.clock.freeze("2026-01-01T00:00:00Z")
    put(fake_ims)
    fake_ims.clock.advance("2s")
    reply = mns("GET", MESSAGES)
    message = fields(reply)
    assert reply.status == 200
    assert list(message) == [
        "", "MessageId", "ReceiptHandle", "MessageBody", "MessageBodyMD5", "EnqueueTime",
        "NextVisibleTime", "FirstDequeueTime", "DequeueCount", "Priority",
    ]  # fmt: skip
    assert message[""] == "Message"
    assert message["MessageBody"] == EVENT
    assert (message["EnqueueTime"], message["FirstDequeueTime"], message["NextVisibleTime"]) == (
        "1767225600000", "1767225602000", "1767225632000",
    )  # fmt: skip
    assert (message["DequeueCount"], message["Priority"]) == ("1", "8")
    assert reply.headers["x-mns-version"] == "2015-06-06"
    assert len(reply.headers["x-mns-request-id"]) == 24
    handle = message["ReceiptHandle"]
    target = f"{MESSAGES}?ReceiptHandle={handle}"
    gone = mns("DELETE", target)
    assert (gone.status, gone.body) == (204, b"")
    again = mns("DELETE", target)
    assert mns.refusal(again) == (404, "MessageNotExist")


def test_a_message_that_is_not_deleted_comes_again(fake_ims: FakeIms, mns: Mns) -> None:
    fake_ims.clock.freeze()
    put(fake_ims)
    first = fields(mns.receive())
    assert mns.refusal(mns.receive()) == (404, "MessageNotExist")
    fake_ims.clock.advance("30s")
    assert mns.refusal(mns.delete(first["ReceiptHandle"])) == (404, "MessageNotExist")
    second = fields(mns.receive())
    assert second["MessageId"] == first["MessageId"]
    assert second["DequeueCount"] == "2"
    assert mns.delete(second["ReceiptHandle"]).status == 204


def test_peeking_shows_and_takes_nothing(fake_ims: FakeIms, mns: Mns) -> None:
    put(fake_ims)
    peeked = fields(mns("GET", f"{MESSAGES}?peekonly=true"))
    assert "ReceiptHandle" not in peeked
    assert "NextVisibleTime" not in peeked
    assert (peeked["DequeueCount"], peeked["FirstDequeueTime"]) == ("0", "0")
    assert fields(mns.receive())["DequeueCount"] == "1"
    assert mns.refusal(mns("GET", f"{MESSAGES}?peekonly=true")) == (404, "MessageNotExist")


def test_batches(fake_ims: FakeIms, mns: Mns) -> None:
    for number in range(20):
        put(fake_ims, str(number))
    peeked = listed(mns("GET", f"{MESSAGES}?peekonly=true&numOfMessages=3"))
    assert [each["MessageBody"] for each in peeked] == ["0", "1", "2"]
    received = listed(mns.receive(query="?numOfMessages=16&waitseconds=30"))
    assert [each["MessageBody"] for each in received] == [str(number) for number in range(16)]
    handles = [each["ReceiptHandle"] for each in received]
    body = document("ReceiptHandles", *(f"<ReceiptHandle>{h}</ReceiptHandle>" for h in handles))
    assert mns("DELETE", MESSAGES, body).status == 204
    (last,) = listed(mns.receive(query="?numOfMessages=1"))
    handles = [handles[0], "nonsense", last["ReceiptHandle"]]
    body = document("ReceiptHandles", *(f"<ReceiptHandle>{h}</ReceiptHandle>" for h in handles))
    partly = mns("DELETE", MESSAGES, body)
    assert partly.status == 404
    assert fields(partly)[""] == "Errors"
    assert [(each["ErrorCode"], each["ReceiptHandle"]) for each in listed(partly)] == [
        ("MessageNotExist", handles[0]), ("ReceiptHandleError", "nonsense"),
    ]  # fmt: skip
    assert len(fake_ims.queues[DEMO]) == 3
    assert len(listed(mns.receive(query="?numOfMessages=16"))) == 3
    nothing = mns.receive(query="?numOfMessages=16")
    assert mns.refusal(nothing) == (404, "MessageNotExist")


@pytest.mark.parametrize(
    "names", ["ReceiptHandle={}&VisibilityTimeout=100", "receiptHandle={}&visibilityTimeout=100"]
)
def test_change_visibility(fake_ims: FakeIms, mns: Mns, names: str) -> None:
    fake_ims.clock.freeze("2026-01-01T00:00:00Z")
    put(fake_ims)
    old = fields(mns.receive())["ReceiptHandle"]
    fake_ims.clock.advance("10s")
    changed = fields(mns("PUT", f"{MESSAGES}?{names.format(old)}"))
    assert changed[""] == "ChangeVisibility"
    assert changed["NextVisibleTime"] == "1767225710000"
    assert changed["ReceiptHandle"] != old
    fake_ims.clock.advance("90s")
    assert mns.refusal(mns.receive()) == (404, "MessageNotExist")
    assert mns.refusal(mns("PUT", f"{MESSAGES}?{names.format(old)}")) == (404, "MessageNotExist")
    assert mns.delete(changed["ReceiptHandle"]).status == 204


# ---------------------------------------------------------------- long polling


def in_thread(ask: Callable[[], Reply]) -> Callable[[], Reply]:
    """Begin to ask; what ends it, and gives the answer."""
    replies: list[Reply] = []
    thread = threading.Thread(target=lambda: replies.append(ask()))
    thread.start()

    def end() -> Reply:
        thread.join(20)
        assert not thread.is_alive()
        return replies[0]

    return end


def arrived(ims: FakeIms, count: int = 1) -> None:
    """Wait until so many requests have come."""
    until(lambda: len(ims.queues.calls) >= count)


def test_long_polling_ends_with_a_message(fake_ims: FakeIms, mns: Mns) -> None:
    began = real_monotonic()
    end = in_thread(lambda: mns.receive(query="?waitseconds=30"))
    arrived(fake_ims)
    put(fake_ims)
    assert fields(end())["MessageBody"] == EVENT
    assert real_monotonic() - began < 20


def test_long_polling_ends_when_the_clock_makes_a_message_visible(
    fake_ims: FakeIms, mns: Mns
) -> None:
    fake_ims.clock.freeze()
    put(fake_ims)
    mns.receive()
    end = in_thread(lambda: mns.receive(query="?waitseconds=30"))
    arrived(fake_ims, 2)
    fake_ims.clock.advance("30s")
    assert fields(end())["DequeueCount"] == "2"


def test_long_polling_ends_after_its_time_which_the_queue_may_set(
    fake_ims: FakeIms, mns: Mns
) -> None:
    began = real_monotonic()
    assert mns.refusal(mns.receive(query="?waitseconds=1")) == (404, "MessageNotExist")
    body = document("Queue", "<PollingWaitSeconds>1</PollingWaitSeconds>")
    assert mns("PUT", f"/queues/{DEMO}?metaoverride=true", body).status == 204
    assert mns.refusal(mns.receive()) == (404, "MessageNotExist")
    waited = real_monotonic() - began
    assert 2 <= waited < 15
    assert mns.refusal(mns.receive(query="?waitseconds=0")) == (404, "MessageNotExist")


def test_long_polling_does_not_outlive_its_world_or_its_queue(fake_ims: FakeIms) -> None:
    for act in (fake_ims.reset, lambda: Mns(fake_ims)("DELETE", f"/queues/{DEMO}")):
        end = in_thread(lambda: Mns(fake_ims).receive(query="?waitseconds=30"))
        arrived(fake_ims)
        act()
        reply = end()
        assert Mns(fake_ims).refusal(reply)[0] == 404
    with FakeIms() as ims:
        mns = Mns(ims)
        end = in_thread(lambda: mns.receive(query="?waitseconds=30"))
        arrived(ims)
    assert mns.refusal(end()) == (404, "MessageNotExist")


def test_the_server_stops_while_clients_wait() -> None:
    with FakeIms() as ims:
        mns = Mns(ims)
        end = in_thread(lambda: mns.receive(query="?waitseconds=30"))
        arrived(ims)
        began = real_monotonic()
        ims.server.stop()
        assert real_monotonic() - began < 10
        assert end().status == 404
        ims.server.start()
        put(ims)
        assert Mns(ims).receive().status == 200


def test_others_are_answered_while_many_wait(fake_ims: FakeIms, mns: Mns, rpc: Rpc) -> None:
    ends = [in_thread(lambda: mns.receive(query="?waitseconds=30")) for _ in range(60)]
    arrived(fake_ims, 60)
    assert rpc.register("oss://bucket/a.mp4").status == 200
    for number in range(60):
        put(fake_ims, str(number))
    bodies = {fields(end())["MessageBody"] for end in ends}
    assert bodies == {str(number) for number in range(60)}


# ---------------------------------------------------------------- queues


def test_create_describe_list_and_delete(fake_ims: FakeIms, mns: Mns) -> None:
    body = document(
        "Queue", "<VisibilityTimeout>60</VisibilityTimeout>",
        "<LoggingEnabled>True</LoggingEnabled>", "<NewThing>1</NewThing>",
    )  # fmt: skip
    created = mns("PUT", "/queues/a-queue", body)
    assert (created.status, created.body) == (201, b"")
    assert created.headers["location"] == f"{fake_ims.url}/queues/a-queue"
    assert fake_ims.queues.calls[-1].ignored == ("NewThing",)
    assert mns("PUT", "/queues/a-queue", body).status == 204
    assert mns.refusal(mns("PUT", "/queues/a-queue")) == (409, "QueueAlreadyExist")
    described = fields(mns("GET", "/queues/a-queue"))
    assert described["VisibilityTimeout"] == "60"
    assert described["LoggingEnabled"] == "True"
    assert described["MessageRetentionPeriod"] == "345600"
    change = document("Queue", "<DelaySeconds>7</DelaySeconds>")
    assert mns("PUT", "/queues/a-queue?metaoverride=true", change).status == 204
    described = fields(mns("GET", "/queues/a-queue"))
    assert (described["VisibilityTimeout"], described["DelaySeconds"]) == ("60", "7")
    for name in ("c", "b"):
        assert mns("PUT", f"/queues/{name}").status == 201
    every = listed(mns("GET", "/queues"))
    assert [each["QueueURL"] for each in every] == [
        f"{fake_ims.url}/queues/{name}" for name in ("a-queue", "b", "c")
    ]
    extra = {"x-mns-ret-number": "2", "x-mns-with-meta": "true"}
    page = mns("GET", "/queues", extra=extra)
    assert [each["QueueName"] for each in listed(page)] == ["a-queue", "b"]
    marker = fields(page)["NextMarker"]
    rest = mns("GET", "/queues", extra={**extra, "x-mns-marker": marker})
    assert [each["QueueName"] for each in listed(rest)] == ["c"]
    assert "NextMarker" not in fields(rest)
    assert [
        each["QueueURL"][-1] for each in listed(mns("GET", "/queues", extra={"x-mns-prefix": "b"}))
    ] == ["b"]
    assert mns("DELETE", "/queues/c").status == 204
    assert mns("DELETE", "/queues/c").status == 204
    for method, target in (
        ("GET", "/queues/c"), ("GET", "/queues/c/messages"), ("POST", "/queues/c/messages"),
        ("PUT", "/queues/c?metaoverride=true"), ("DELETE", "/queues/c/messages?ReceiptHandle=x"),
    ):  # fmt: skip
        assert mns.refusal(mns(method, target)) == (404, "QueueNotExist")


def test_counts_of_messages(fake_ims: FakeIms, mns: Mns) -> None:
    for _ in range(3):
        put(fake_ims)
    mns.receive()
    mns("POST", MESSAGES, document(
        "Message", "<MessageBody>a</MessageBody><DelaySeconds>9</DelaySeconds>"
    ))  # fmt: skip
    found = fields(mns("GET", f"/queues/{DEMO}"))
    counts = [found[f"{state}Messages"] for state in ("Active", "Inactive", "Delay")]
    assert counts == ["2", "1", "1"]


def test_a_queue_that_was_there_before_it_was_created_takes_its_attributes(
    fake_ims: FakeIms, mns: Mns
) -> None:
    put(fake_ims)
    body = document("Queue", "<VisibilityTimeout>5</VisibilityTimeout>")
    assert mns("PUT", f"/queues/{DEMO}", body).status == 201
    assert fields(mns("GET", f"/queues/{DEMO}"))["VisibilityTimeout"] == "5"
    assert fields(mns.receive())["MessageBody"] == EVENT


def test_a_deleted_queue_takes_no_callbacks_until_it_is_created_again(
    fake_ims: FakeIms, mns: Mns
) -> None:
    put(fake_ims)
    assert mns("DELETE", f"/queues/{DEMO}").status == 204
    put(fake_ims)
    assert mns.refusal(mns.receive()) == (404, "QueueNotExist")
    assert mns("PUT", f"/queues/{DEMO}").status == 201
    assert mns.refusal(mns.receive()) == (404, "MessageNotExist")
    put(fake_ims)
    assert mns.receive().status == 200


def test_send(fake_ims: FakeIms, mns: Mns) -> None:
    single = mns("POST", MESSAGES, document(
        "Message", "<MessageBody>a &lt;Messages&gt; é\r\n</MessageBody><Priority>1</Priority>"
    ))  # fmt: skip
    assert single.status == 201
    assert list(fields(single)) == ["", "MessageId", "MessageBodyMD5"]
    several = mns("POST", MESSAGES, document(
        "Messages", *(f"<Message><MessageBody>{n}</MessageBody></Message>" for n in range(16))
    ))  # fmt: skip
    assert several.status == 201
    assert len(listed(several)) == 16
    first = fields(mns.receive())
    assert first["MessageBody"] == "a <Messages> é\n"
    assert first["MessageId"] == fields(single)["MessageId"]
    assert first["MessageBodyMD5"] == fields(single)["MessageBodyMD5"]
    assert len(fake_ims.queues[DEMO]) == 17
    late = fields(mns("POST", MESSAGES, document(
        "Message", "<MessageBody>late</MessageBody><DelaySeconds>60</DelaySeconds>"
    )))  # fmt: skip
    assert mns.delete(late["ReceiptHandle"]).status == 204


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("method", "target", "refusal"),
    [
        ("GET", f"{MESSAGES}?waitseconds=31", (400, "InvalidArgument")),
        ("GET", f"{MESSAGES}?waitseconds=-1", (400, "InvalidArgument")),
        ("GET", f"{MESSAGES}?waitseconds=", (400, "InvalidArgument")),
        ("GET", f"{MESSAGES}?waitseconds=%D9%A3", (400, "InvalidArgument")),
        ("GET", f"{MESSAGES}?numOfMessages=0", (400, "InvalidArgument")),
        ("GET", f"{MESSAGES}?numOfMessages=17", (400, "InvalidArgument")),
        ("GET", f"{MESSAGES}?numOfMessages=1e1", (400, "InvalidArgument")),
        ("GET", f"{MESSAGES}?numOfMessages={'9' * 5000}", (400, "InvalidArgument")),
        ("GET", f"{MESSAGES}?peekonly=true&numOfMessages=99", (400, "InvalidArgument")),
        ("DELETE", MESSAGES, (400, "MissingReceiptHandle")),
        ("DELETE", f"{MESSAGES}?ReceiptHandle=", (400, "MissingReceiptHandle")),
        ("DELETE", f"{MESSAGES}?ReceiptHandle=nonsense", (400, "ReceiptHandleError")),
        ("DELETE", f"{MESSAGES}?ReceiptHandle=%FF%00", (400, "ReceiptHandleError")),
        ("PUT", MESSAGES, (400, "MissingReceiptHandle")),
        ("PUT", f"{MESSAGES}?ReceiptHandle=x", (400, "MissingVisibilityTimeout")),
        ("PUT", f"{MESSAGES}?ReceiptHandle=x&VisibilityTimeout=0", (400, "InvalidArgument")),
        ("PUT", f"{MESSAGES}?ReceiptHandle=x&VisibilityTimeout=43201", (400, "InvalidArgument")),
        ("PUT", f"{MESSAGES}?ReceiptHandle=x&VisibilityTimeout=1", (400, "ReceiptHandleError")),
        ("POST", MESSAGES, (400, "MalformedXML")),
        ("PATCH", MESSAGES, (400, "InvalidRequestURL")),
        ("POST", "/queues", (400, "InvalidRequestURL")),
        ("POST", f"/queues/{DEMO}", (400, "InvalidRequestURL")),
        ("GET", f"{MESSAGES}/more", (400, "InvalidRequestURL")),
        ("GET", f"/queues/{DEMO}/others", (400, "InvalidRequestURL")),
        ("GET", "/queues//messages", (400, "QueueNameLengthError")),
        ("GET", f"/queues/{'a' * 257}", (400, "QueueNameLengthError")),
        ("GET", f"/queues/{'a' * 121}", (400, "InvalidQueueName")),
        ("PUT", "/queues/a_b", (400, "InvalidQueueName")),
        ("PUT", "/queues/%E4%BD%A0", (400, "InvalidQueueName")),
        ("GET", "/queues/nobody", (404, "QueueNotExist")),
    ],
)  # fmt: skip
def test_refusals(
    mns: Mns, method: str, target: str, refusal: tuple[int, str], fake_ims: FakeIms
) -> None:
    assert mns.refusal(mns(method, target)) == refusal
    assert fake_ims.queues.calls[-1].code == refusal[1]


BOMB = '<!DOCTYPE a [<!ENTITY x "boom">]><Message><MessageBody>&x;</MessageBody></Message>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("<Message>", "MalformedXML"),
        ("no XML", "MalformedXML"),
        (b"\x00\xff\xfe", "MalformedXML"),
        (BOMB, "MalformedXML"),
        (BOMB.encode("utf-16"), "MalformedXML"),
        ('<?xml version="1.0" encoding="nonsense"?><Message/>', "MalformedXML"),
        (document("Other"), "InvalidArgument"),
        (document("Message"), "InvalidArgument"),
        (document("Message", "<MessageBody></MessageBody>"), "InvalidArgument"),
        (document("Message", f"<MessageBody>{'é' * 32769}</MessageBody>"), "InvalidArgument"),
        (document("Message", "<MessageBody>a</MessageBody><Priority>17</Priority>"),
         "InvalidArgument"),
        (document("Message", "<MessageBody>a</MessageBody><DelaySeconds>-1</DelaySeconds>"),
         "InvalidArgument"),
        (document("Messages"), "InvalidArgument"),
        (document("Messages", "<Message><MessageBody>a</MessageBody></Message>" * 17),
         "InvalidArgument"),
        (document("Messages", "<Message><MessageBody>a</MessageBody></Message><Message/>"),
         "InvalidArgument"),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_sent(
    fake_ims: FakeIms, mns: Mns, body: str | bytes, code: str
) -> None:
    assert mns.refusal(mns("POST", MESSAGES, body)) == (400, code)
    assert len(fake_ims.queues[DEMO]) == 0


@pytest.mark.parametrize(
    "body",
    [
        document("Queue", "<VisibilityTimeout>0</VisibilityTimeout>"),
        document("Queue", "<DelaySeconds>x</DelaySeconds>"),
        document("Queue", "<LoggingEnabled>perhaps</LoggingEnabled>"),
        document("Message"),
    ],
)
def test_attributes_that_no_queue_has(mns: Mns, body: str) -> None:
    assert mns.refusal(mns("PUT", "/queues/q", body)) == (400, "InvalidArgument")
    assert mns.refusal(mns("GET", "/queues/q")) == (404, "QueueNotExist")


@pytest.mark.parametrize("count", [0, 17])
def test_batches_of_too_few_or_too_many(mns: Mns, count: int) -> None:
    body = document("ReceiptHandles", "<ReceiptHandle>x</ReceiptHandle>" * count)
    assert mns.refusal(mns("DELETE", MESSAGES, body)) == (400, "InvalidArgument")


# ---------------------------------------------------------------- who calls


@pytest.mark.fake_ims(mode="enforce")
def test_enforce(fake_ims: FakeIms, mns: Mns) -> None:
    put(fake_ims)

    def code(client: Mns, at: datetime.datetime | None = None) -> str:
        return client.refusal(client("GET", MESSAGES, at=at))[1]

    def with_header(name: str, value: str | None) -> str:
        headers = mns.headers("GET", MESSAGES, b"", {}, None)
        headers = {**headers, name: value or ""}
        if value is None:
            del headers[name]
        return mns.refusal(exchange(fake_ims.endpoint, "GET", MESSAGES, None, headers))[1]

    assert code(Mns(fake_ims, secret="wrong")) == "SignatureDoesNotMatch"
    assert code(Mns(fake_ims, key="LTAInobody")) == "InvalidAccessKeyId"
    late = datetime.datetime.now(UTC) - datetime.timedelta(minutes=16)
    assert code(mns, at=late) == "TimeExpired"
    assert with_header("Authorization", None) == "MissingAuthorizationHeader"
    assert with_header("Authorization", "MNS nonsense") == "InvalidAuthorizationHeader"
    assert with_header("Date", None) == "MissingDateHeader"
    assert with_header("Date", "yesterday") == "InvalidDateHeader"
    assert with_header("x-mns-version", "1") == "SignatureDoesNotMatch"
    assert with_header("Content-MD5", "AAAA") == "SignatureDoesNotMatch"
    body = document("Message", "<MessageBody>a</MessageBody>").encode()
    headers = mns.headers("POST", MESSAGES, body, {}, None)
    altered = exchange(fake_ims.endpoint, "POST", MESSAGES, body.replace(b">a<", b">b<"), headers)
    assert mns.refusal(altered) == (400, "InvalidDegist")
    fake_ims.clock.skew("20m")
    assert code(mns) == "TimeExpired"
    fake_ims.clock.skew(0)
    assert mns.receive().status == 200
    assert [call.status for call in fake_ims.queues.calls][-1] == 200


@pytest.mark.fake_ims(mode="enforce")
def test_world_time_makes_no_request_stale(fake_ims: FakeIms, mns: Mns) -> None:
    fake_ims.clock.advance("24h")
    put(fake_ims)
    assert mns("GET", MESSAGES).status == 200


@pytest.mark.fake_ims(mode="enforce")
def test_the_newer_signature(fake_ims: FakeIms, mns: Mns) -> None:
    put(fake_ims)
    date = datetime.datetime.now(UTC).replace(microsecond=0)
    target = f"{MESSAGES}?numOfMessages=1&waitseconds=5"

    def ask(region: str, secret: str, day: str = "") -> Reply:
        headers = {
            "date": email.utils.format_datetime(date, usegmt=True),
            "x-mns-version": "2015-06-06",
        }
        scope = (day or f"{date:%Y%m%d}", region)
        http = HttpRequest("GET", MESSAGES, "", headers, b"")
        signed = signature_v4(secret, http, target, scope, f"{date:%Y%m%dT%H%M%SZ}")
        headers["authorization"] = (
            f"MNS4-HMAC-SHA256 Credential={mns.key}/{'/'.join(scope)}/mns/aliyun_v4_request"
            f",Signature={signed}"
        )
        return exchange(fake_ims.endpoint, "GET", target, None, headers)

    assert mns.refusal(ask("cn-shanghai", "wrong")) == (403, "SignatureDoesNotMatch")
    assert mns.refusal(ask("x", mns.secret, "19990101")) == (403, "SignatureDoesNotMatch")
    assert ask("cn-shanghai", mns.secret).status == 200


@pytest.mark.fake_ims(mode="soft")
def test_soft_lets_pass_and_records(fake_ims: FakeIms) -> None:
    put(fake_ims)
    nobody = fake_ims.ram.create_user("nobody")
    client = Mns(fake_ims, nobody.access_key_id, "wrong")
    assert client.receive().status == 200
    (call,) = fake_ims.queues.calls
    assert [each.code for each in call.would_refuse] == ["SignatureDoesNotMatch", "AccessDenied"]


def test_open_asks_nobody_for_a_signature(fake_ims: FakeIms) -> None:
    put(fake_ims)
    assert exchange(fake_ims.endpoint, "GET", MESSAGES).status == 200
    fake_ims.ram.disable()
    assert Mns(fake_ims).refusal(Mns(fake_ims).receive()) == (403, "InvalidAccessKeyId")


@pytest.mark.parametrize(
    ("action", "resource", "status"),
    [
        ("mns:*", "*", 200),
        ("mns:ReceiveMessage", f"acs:mns:*:*:/queues/{DEMO}/messages", 200),
        ("*", "acs:mns:*:*:/queues/other/messages", 403),
        ("mns:DeleteMessage", "*", 403),
        ("ice:*", "*", 403),
    ],
)
def test_users_need_permission(fake_ims: FakeIms, action: str, resource: str, status: int) -> None:
    put(fake_ims)
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    user = fake_ims.ram.create_user("u", {"Version": "1", "Statement": [statement]})
    client = Mns(fake_ims, user.access_key_id, user.access_key_secret)
    for query in ("", "?numOfMessages=2"):
        reply = client.receive(query=query)
        if status == 403:
            assert client.refusal(reply) == (403, "AccessDenied")
        else:
            assert reply.status == (200 if not query else 404)


def test_the_account_itself_may_unless_it_is_denied(fake_ims: FakeIms, mns: Mns) -> None:
    fake_ims.ram.deny("mns:ReceiveMessage")
    assert mns.refusal(mns.receive()) == (403, "AccessDenied")
    assert mns.refusal(mns("GET", f"{MESSAGES}?peekonly=true")) == (404, "MessageNotExist")


@pytest.mark.fake_ims(mode="enforce")
def test_temporary_keys(fake_ims: FakeIms) -> None:
    put(fake_ims)
    keys = fake_ims.ram.temporary_keys(lifetime="1h")
    client = Mns(fake_ims, keys.access_key_id, keys.access_key_secret)

    def ask(token: str) -> Reply:
        return client("GET", MESSAGES, extra={"security-token": token})

    assert client.refusal(ask("")) == (403, "InvalidSecurityToken")
    assert client.refusal(ask("wrong")) == (403, "InvalidSecurityToken")
    assert ask(keys.security_token).status == 200
    fake_ims.clock.advance("2h")
    assert client.refusal(ask(keys.security_token)) == (403, "InvalidSecurityToken")


# ---------------------------------------------------------------- whose it is


def test_each_world_has_its_own(fake_ims: FakeIms) -> None:
    with FakeIms(server=fake_ims.server) as other:
        put(other, "other's")
        put(fake_ims, "this one's")
        assert fields(Mns(other).receive())["MessageBody"] == "other's"
        assert fields(Mns(fake_ims).receive())["MessageBody"] == "this one's"


def test_keys_of_an_ended_world_are_refused_and_reported() -> None:
    with FakeIms() as ims:
        with FakeIms(server=ims.server) as inner:
            ended = Mns(inner)
        refusal = ended.refusal(Mns(ims, ended.key, ended.secret).receive())
        (call,) = ims.server.calls
        assert refusal == (call.status, "FakeIms.EndedWorld")
        assert (call.action, call.access_key_id) == ("ReceiveMessage", ended.key)
        with pytest.raises(AssertionError, match="stray"):
            ims.check()


def test_requests_are_not_among_the_calls(fake_ims: FakeIms, mns: Mns, rpc: Rpc) -> None:
    put(fake_ims)
    rpc.register("oss://bucket/a.mp4")
    mns.receive()
    mns("GET", "/queues/nobody")
    fake_ims.calls.assert_called("RegisterMediaInfo", times=1)
    assert len(fake_ims.calls) == 1
    asked = [(call.action, call.status, call.scheme) for call in fake_ims.queues.calls]
    assert asked == [("ReceiveMessage", 200, "mns"), ("GetQueueAttributes", 404, "mns")]
    fake_ims.check()


@pytest.mark.fake_ims(allow="internal_error")
def test_an_error_inside(
    fake_ims: FakeIms,
    mns: Mns,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("flux capacitor")

    monkeypatch.setattr(MessageQueue, "receive", broken)
    with caplog.at_level(logging.ERROR, "fake_ims"):
        reply = mns.receive()
    assert mns.refusal(reply) == (500, "InternalError")
    assert b"flux" not in reply.body
    assert "flux capacitor" in caplog.text
    assert "flux capacitor" in (fake_ims.queues.calls[-1].traceback or "")
    assert fake_ims.troubled
    assert "flux capacitor" in fake_ims.untold(())


def test_other_paths_are_the_apis(fake_ims: FakeIms) -> None:
    reply = exchange(fake_ims.endpoint, "GET", "/queuesx")
    assert reply.code == "InvalidAction.NotFound"


@pytest.mark.fake_ims(mode="enforce")
def test_a_target_as_it_is_sent_to_a_proxy(fake_ims: FakeIms, mns: Mns) -> None:
    put(fake_ims)
    lines = "".join(
        f"{name}: {value}\r\n"
        for name, value in mns.headers("GET", MESSAGES, b"", {}, None).items()
    )
    host, port = fake_ims.endpoint.split(":")
    with socket.create_connection((host, int(port)), timeout=20) as sock:
        head = f"GET {fake_ims.url}{MESSAGES} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        sock.sendall(f"{head}{lines}\r\n".encode())
        assert sock.makefile("rb").read().startswith(b"HTTP/1.1 200")


def test_the_body_can_be_base64() -> None:
    with FakeIms(queue_body="base64") as ims:
        put(ims)
        body = fields(Mns(ims).receive())["MessageBody"]
        assert base64.b64decode(body).decode() == EVENT
