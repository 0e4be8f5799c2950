"""Whole answers, byte for byte, against the files in ``fixtures/answers``.

A world with a seed and a frozen clock answers the same on every machine and Python version. After
a change that is meant, ``python tests/operations/test_golden.py`` writes the files anew; read the
difference before you commit it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from fake_ims import FakeIms

ANSWERS = Path(__file__).parents[2] / "fixtures" / "answers"
VIDEO = "https://example-bucket.oss-cn-shanghai.aliyuncs.com/dir/example.mp4"
FIFTEEN = {
    "InputURL": VIDEO, "MediaType": "video", "BusinessType": "opening", "Title": "标题",
    "Description": "defaultDescription", "MediaTags": "tag1,tag2", "Overwrite": "True",
    "CoverURL": "http://example-bucket.oss-cn-shanghai.aliyuncs.com/example.png",
    "UserData": '{"NotifyAddress":"http://xx.xx.xxx"}', "CateId": "3048",
    "ClientToken": "0311a423d11a5f7dee71353500000000", "ReferenceId": "123-123",
    "RegisterConfig": '{"NeedSprite":"false","CoverConfig":{"StartTime":1.0}}',
    "WorkflowId": "b4fb044839815d4f2cd8000000000000", "SmartTagTemplateId": "S00000101-300080",
}  # fmt: skip


def ask(ims: FakeIms, action: str, **parameters: str) -> bytes:
    query = urlencode({"Action": action, **parameters})
    try:
        with urlopen(f"{ims.url}/?{query}") as answer:
            body: bytes = answer.read()
    except HTTPError as refused:
        with refused:
            body = refused.read()
    return body


def registered(ims: FakeIms) -> bytes:
    return ask(ims, "RegisterMediaInfo", InputURL=VIDEO)


def duplicate(ims: FakeIms) -> bytes:
    registered(ims)
    return registered(ims)


def missing_url(ims: FakeIms) -> bytes:
    return ask(ims, "RegisterMediaInfo")


def bad_url(ims: FakeIms) -> bytes:
    return ask(ims, "RegisterMediaInfo", InputURL="ftp://example.com/a.mp4")


def forbidden(ims: FakeIms) -> bytes:
    ims.ram.deny("ice:RegisterMediaInfo")
    return registered(ims)


def not_implemented(ims: FakeIms) -> bytes:
    return ask(ims, "SubmitASRJob")


def unknown_action(ims: FakeIms) -> bytes:
    return ask(ims, "RegisterMedia_Info")


def preparing(ims: FakeIms) -> bytes:
    registered(ims)
    return ask(ims, "GetMediaInfo", InputURL=VIDEO)


def failed(ims: FakeIms) -> bytes:
    ims.objects.put(VIDEO, fails="no stream")
    registered(ims)
    ims.settle()
    return ask(ims, "GetMediaInfo", InputURL=VIDEO)


def normal(url: str, **parameters: str) -> Callable[[FakeIms], bytes]:
    def story(ims: FakeIms) -> bytes:
        ims.declare(categories={3048: "news"})
        ask(ims, "RegisterMediaInfo", **{"InputURL": url, **parameters})
        ims.clock.advance("3s")
        return ask(ims, "GetMediaInfo", InputURL=url)

    return story


def categories(ims: FakeIms) -> bytes:
    parent = ims.add_category("一级分类")
    ims.add_category("news", parent=parent)
    ims.add_category("sports", parent=parent)
    return ask(ims, "GetCategories", CateId=str(parent.cate_id))


def marks(ims: FakeIms) -> bytes:
    media_id = json.loads(registered(ims))["MediaId"]
    sent = [
        {"MarkStartTime": "12.1", "MarkEndTime": "12.2", "MarkTag": "tag-1", "MarkStatus": "上线"},
        {"MarkStartTime": 12.3, "MarkEndTime": 12.4, "MarkContent": 'content "2"'},
    ]
    ask(ims, "AddMediaMarks", MediaId=media_id, MediaMarks=json.dumps(sent))
    return ask(ims, "ListMediaMarks", MediaId=media_id)


def callback(ims: FakeIms) -> bytes:
    ask(ims, "SetEventCallback", CallbackType="HTTP", CallbackURL="http://xxx.yyy/callback",
        CallbackQueueName="ice-callback-queue", AuthSwitch="on", AuthKey="TestKey001",
        EventTypeList="ProduceMediaComplete,TranscodeComplete")  # fmt: skip
    return ask(ims, "GetEventCallback")


def callback_set(ims: FakeIms) -> bytes:
    return ask(ims, "SetEventCallback", CallbackQueueName="ice-callback-queue")


STORIES: dict[str, Callable[[FakeIms], bytes]] = {
    "registered": registered,
    "duplicate": duplicate,
    "missing_url": missing_url,
    "bad_url": bad_url,
    "forbidden": forbidden,
    "not_implemented": not_implemented,
    "unknown_action": unknown_action,
    "preparing": preparing,
    "failed": failed,
    "normal_video": normal(VIDEO, **FIFTEEN),
    "normal_audio": normal("oss://example-bucket/a.mp3"),
    "normal_image": normal("oss://example-bucket/a.png"),
    "normal_text": normal("oss://example-bucket/a.srt"),
    "normal_vod": normal("vod://20b48fb04483915d4f2cd8ac00000000"),
    "categories": categories,
    "marks": marks,
    "callback": callback,
    "callback_set": callback_set,
}


def told(name: str) -> str:
    with FakeIms(seed=1) as ims:
        ims.clock.freeze("2026-03-30T12:00:00Z")
        body = STORIES[name](ims)
    return json.dumps(json.loads(body), ensure_ascii=False, indent=1) + "\n"


@pytest.mark.parametrize("name", STORIES)
def test_answer_is_the_one_on_file(name: str) -> None:
    assert told(name) == (ANSWERS / f"{name}.json").read_text(encoding="utf-8")


def test_there_is_no_file_without_a_story() -> None:
    assert {path.stem for path in ANSWERS.iterdir()} == STORIES.keys()


if __name__ == "__main__":
    for each in STORIES:
        (ANSWERS / f"{each}.json").write_text(told(each), encoding="utf-8")
