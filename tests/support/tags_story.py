"""A story for clients to tell: smart tagging; objects are sent in the client's own way."""

from __future__ import annotations

from stories import Step

_USER_DATA = '{"键": "a+b=c & d"}'

TAGGING = (
    Step("nothing is analysed by itself", "GetContentAnalyzeConfig", {},
         {"ContentAnalyzeConfig": {"Auto": False}}),
    Step(
        "analyse all that is registered", "SetContentAnalyzeConfig",
        {"Auto": True, "SaveType": "TEXT,FACE", "TemplateId": "S00000101-100070"},
        {"Success": True},
    ),
    Step(
        "look at it", "GetContentAnalyzeConfig", {},
        {"ContentAnalyzeConfig": {
            "Auto": True, "SaveType": "TEXT,FACE", "TemplateId": "S00000101-100070",
        }},
    ),
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
