"""A story for clients to tell: smart tagging; objects are sent in the client's own way."""

from __future__ import annotations

from stories import Step

_USER_DATA = '{"键": "a+b=c & d"}'

TAGGING = (
    Step(
        "let a file be tagged", "SubmitSmarttagJob",
        {
            "Input": {"Type": "OSS", "Media": "oss://my-bucket/熊猫 1.mp4"}, "Title": "两只熊猫-1",
            "Params": '{"needOcrData":true}', "UserData": _USER_DATA,
        },
        {"JobId": "<tagging>"}, keeps={"tagging": "JobId"},
    ),
    Step(
        "ask what was found", "QuerySmarttagJob",
        {"JobId": "<tagging>", "Params": '{"labelResultType":"auto"}'},
        {
            "JobStatus": "Success", "UserData": _USER_DATA,
            "Results": {"Result": [{"Type": "TextLabel"}, {"Type": "VideoLabel"}, {"Type": "OCR"}]},
        },
    ),
)  # fmt: skip
