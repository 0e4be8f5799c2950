"""Made-up findings of smart tagging: plausible, repeated by file and seed.

The shape of VideoLabel is documented as far as its persons, of NLP only the name ``autoChapters``;
the rest are the shapes of the same job in ApsaraVideo Media Processing and of Tongyi Tingwu, which
makes NLP (inferred). Times in NLP are milliseconds, elsewhere seconds.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Mapping
from typing import Any, Final

from fake_ims.media.details import FileDetails

CATEGORIES: Final = ("生活", "颜值", "萌宠", "新闻", "广告", "环境资源", "汽车")
"""What AiCategory can be (documented; in Chinese only the first)."""

_CLASSES: Final = {
    "生活": ("美食", "旅游", "家居"), "颜值": ("舞蹈", "自拍"), "萌宠": ("猫", "狗"),
    "新闻": ("财经", "体育"), "广告": ("商品", "品牌"), "环境资源": ("风景", "天气"),
    "汽车": ("评测", "驾驶"),
}  # fmt: skip
_TAGS: Final = (
    ("场景", "海滩"), ("场景", "街道"), ("场景", "会议室"), ("场景", "森林"), ("物体", "汽车"),
    ("物体", "手机"), ("物体", "雨伞"), ("动作", "跑步"), ("动作", "演讲"), ("台标", "东方卫视"),
)  # fmt: skip
_PERSONS: Final = (
    ("张三", "celebrity"), ("李四", "celebrity"),
    ("unknown_1", "unknown"), ("unknown_2", "unknown"),
)  # fmt: skip
_SIGNS: Final = ("欢迎光临", "今日新闻", "安全出口", "SALE 50%", "第1集", "阿里云")
_SENTENCES: Final = {
    "cn": (
        "大家好,欢迎收看今天的节目。", "今天我们来聊一聊云计算。", "首先看一下最近的进展。",
        "这个问题其实很有意思。", "接下来请看现场的画面。", "谢谢大家,我们下次再见。",
    ),
    "en": (
        "Hello everybody, and welcome to the show.", "Today we talk about the cloud.",
        "Let us have a look at what is new.", "That is an interesting question.",
        "Now we go live to our reporter.", "Thank you for watching, and goodbye.",
    ),
}  # fmt: skip
_KEYWORDS: Final = {
    "cn": ("云计算", "节目", "现场", "进展"), "en": ("cloud", "show", "reporter", "question"),
}  # fmt: skip


def drawing(file: str, seed: int, what: str) -> random.Random:
    """The draws for one kind of finding in a file."""
    return random.Random(hashlib.sha256(f"{seed} {what} {file}".encode()).digest())


def category(file: str, seed: int) -> str:
    """What AiCategory a file has."""
    return drawing(file, seed, "category").choice(CATEGORIES)


def video_label(file: str, details: FileDetails, seed: int) -> dict[str, Any]:
    """Persons, things, and what the whole is about."""
    draw = drawing(file, seed, "VideoLabel")
    about = category(file, seed)
    persons = [
        {"name": name, "category": kind, **_seen(draw, details)}
        for name, kind in draw.sample(_PERSONS, draw.randint(1, 2))
    ]
    tags = [
        {"mainTagName": main, "subTagName": sub, **_seen(draw, details)}
        for main, sub in draw.sample(_TAGS, draw.randint(2, 4))
    ]
    second = draw.choice(_CLASSES[about])
    classified = {"score": _score(draw), "category1": about, "category2": second}
    return {"persons": persons, "tags": tags, "classifications": [classified]}


def _seen(draw: random.Random, details: FileDetails) -> dict[str, Any]:
    """Where something is in the file, and in how much of it."""
    length = details.duration or 0.0
    begin = round(length * draw.uniform(0.0, 0.4), 3)
    end = round(length * draw.uniform(0.5, 1.0), 3)
    seen = {
        "score": _score(draw), "from": begin, "to": end, "timestamp": begin,
        "position": _position(draw, details),
    }  # fmt: skip
    ratio = round((end - begin) / length, 4) if length else 1.0
    return {"ratio": ratio, "occurrences": [seen]}


def _score(draw: random.Random) -> float:
    return round(draw.uniform(0.6, 0.999), 3)


def _position(draw: random.Random, details: FileDetails) -> dict[str, list[int]]:
    width, height = details.width or 960, details.height or 540
    left, top = draw.randrange(max(1, width // 2)), draw.randrange(max(1, height // 2))
    return {
        "leftTop": [left, top],
        "rightBottom": [draw.randint(left, width), draw.randint(top, height)],
    }


def text_label(file: str, seed: int, title: str = "") -> dict[str, Any]:
    """Keywords of what is said and written, and of the title."""
    draw = drawing(file, seed, "TextLabel")
    tags = [
        {"name": "关键词", "value": word}
        for word in draw.sample(_KEYWORDS["cn"], draw.randint(1, 3))
    ]
    if title:
        tags.insert(0, {"name": "标题", "value": title})
    return {"tags": tags}


def _spans(draw: random.Random, details: FileDetails, most: int) -> list[tuple[float, float]]:
    """Up to so many spans of a file's time, one after the other, in seconds."""
    length = details.duration or 0.0
    count = max(1, min(most, int(length / 3)))
    edges = [round(length * number / count, 3) for number in range(count + 1)]
    return [
        (begin, round(begin + min((end - begin) * 0.9, draw.uniform(2, 6)), 3))
        for begin, end in itertools.pairwise(edges)
    ]


def _spoken(
    file: str, details: FileDetails, seed: int, language: str
) -> list[tuple[float, float, str]]:
    """What is said, and when: the same in ASR as in NLP."""
    draw = drawing(file, seed, "speech")
    texts = _SENTENCES["en" if language == "en" else "cn"]
    spans = _spans(draw, details, len(texts))
    return [(begin, end, text) for (begin, end), text in zip(spans, texts, strict=False)]


def asr(file: str, details: FileDetails, seed: int, language: str = "cn") -> dict[str, Any]:
    """What is said: nothing in a file without sound."""
    spoken = _spoken(file, details, seed, language) if details.audio else []
    return {"details": [{"from": begin, "to": end, "value": text} for begin, end, text in spoken]}


def ocr(file: str, details: FileDetails, seed: int) -> dict[str, Any]:
    """What is to be read in the pictures."""
    draw = drawing(file, seed, "OCR")
    texts = draw.sample(_SIGNS, draw.randint(2, 4))
    spans = _spans(draw, details, len(texts))
    return {
        "details": [
            {
                "timestamp": begin,
                "info": [
                    {"score": _score(draw), "position": _position(draw, details), "value": text}
                ],
            }
            for (begin, _), text in zip(spans, texts, strict=False)
        ]
    }


def nlp(file: str, details: FileDetails, seed: int, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, who says it, and what it is about, as far as ``asked`` (nlpParams) wants it."""
    language = "en" if asked.get("sourceLanguage") == "en" else "cn"
    draw = drawing(file, seed, "NLP")
    sentences: list[dict[str, Any]] = [
        {"sentenceId": number, "start": round(begin * 1000), "end": round(end * 1000), "text": text}
        for number, (begin, end, text) in enumerate(
            _spoken(file, details, seed, language) if details.audio else [], 1
        )
    ]
    speakers = 2 if asked.get("diarizationEnabled") else 1
    found: dict[str, Any] = {"transcription": {"paragraphs": [
        {
            "paragraphId": f"{draw.getrandbits(64):016d}",
            "speakerId": str(1 + number % speakers),
            "words": [{"id": 10 * sentence["sentenceId"], **sentence}],
        }
        for number, sentence in enumerate(sentences)
    ]}}  # fmt: skip
    words = list(_KEYWORDS[language][:2]) if sentences else []
    first, rest = sentences[: len(sentences) // 2], sentences[len(sentences) // 2 :]
    if asked.get("autoChaptersEnabled"):
        found["autoChapters"] = [
            {
                "id": number, "start": part[0]["start"], "end": part[-1]["end"],
                "headline": part[0]["text"], "summary": " ".join(each["text"] for each in part),
            }
            for number, part in enumerate(filter(None, (first, rest)), 1)
        ]  # fmt: skip
    if asked.get("summarizationEnabled"):
        found["summarization"] = _summaries(sentences, asked)
    if asked.get("translationEnabled"):
        found["translation"] = {"paragraphs": [
            {
                "paragraphId": paragraph["paragraphId"],
                "sentences": [{**sentence, "text": _SENTENCES[_target(asked)][number]}],
            }
            for number, (paragraph, sentence) in enumerate(
                zip(found["transcription"]["paragraphs"], sentences, strict=True)
            )
        ]}  # fmt: skip
    if asked.get("meetingAssistanceEnabled"):
        found["meetingAssistance"] = {
            "keywords": words,
            "keySentences": [
                {"id": number, **sentence} for number, sentence in enumerate(sentences[:2], 1)
            ],
            "actions": [],
        }
    return found


def _target(asked: Mapping[str, Any]) -> str:
    return "cn" if asked.get("targetLanguages") in ("cn", ["cn"]) else "en"


def _summaries(sentences: list[dict[str, Any]], asked: Mapping[str, Any]) -> dict[str, Any]:
    """The kinds that ``summarizationTypes`` names, between commas or in a list; else the first."""
    given = asked.get("summarizationTypes") or "Paragraph"
    types = [each.strip() for each in given.split(",")] if isinstance(given, str) else given
    texts = [each["text"] for each in sentences]
    every = {
        "Paragraph": ("paragraphSummary", " ".join(texts)),
        "Conversational": (
            "conversationalSummary",
            [{"speakerId": "1", "speakerName": "1", "summary": texts[0]}] if texts else [],
        ),
        "QuestionsAnswering": ("questionsAnsweringSummary", []),
        "MindMap": (
            "mindMapSummary",
            [{"title": texts[0], "topic": [{"title": text, "topic": []} for text in texts[1:]]}]
            if texts
            else [],
        ),
    }
    wanted = types if isinstance(types, list) else []
    return dict(every[each] for each in wanted if isinstance(each, str) and each in every)
