"""A story for clients to tell: each operation of the media-asset library, at least once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stories import REGISTER, WRONG_ID, Step
from tags_story import TAGGING

CATEGORY = 9_000_000_000
"""The CateId of a category that is there: more than 32 bits."""
CATEGORY_NAME = "体育 +1"

BUCKET = "https://my-bucket.oss-cn-shanghai.aliyuncs.com"
PANDAS_URL, SONG_URL, PICTURE_URL = (
    f"{BUCKET}/{name}" for name in ("熊猫 1.mp4", "歌+曲.mp3", "a&b.png")
)
STREAM_URL = f"{BUCKET}/熊猫 1/hd.mp4"
FILES: Mapping[str, Mapping[str, float]] = {
    PANDAS_URL: {"duration": 12.5, "width": 640, "height": 360},
    STREAM_URL: {"duration": 12.5, "width": 1280, "height": 720},
}
"""What is said of the files."""

NOBODY = "0" * 32
TITLE = "两只熊猫 +a~* &=%2F'()!"
USER_DATA = '{"键": "值", "n": 1}'
TAGS = '{"ims.clarity": "高清"}'
MARK = {
    "MarkStartTime": "1.5", "MarkEndTime": "2.5", "MarkTag": "标签", "MarkContent": "a+b=c & d",
    "MarkStatus": "online",
}  # fmt: skip
PANDAS = {
    "InputURL": PANDAS_URL, "Title": TITLE, "MediaTags": "熊猫,asia", "CateId": "<sub>",
    "ReferenceId": "pandas-1", "UserData": USER_DATA, "Overwrite": False,
    "ClientToken": "aB3+/dEf==",
}  # fmt: skip
NOTHING: Mapping[str, Any] = {}
TO_A_QUEUE = {
    "CallbackQueueName": "ice-callback-queue",
    "EventTypeList": "RegisterMediaComplete,DeleteMediaComplete",
}
"""The parameters that the oldest clients have; the others send no more."""
CALLBACK = {
    **TO_A_QUEUE,
    "CallbackType": "HTTP", "CallbackURL": "https://app.example.com/回调?a=b+c&d",
    "AuthSwitch": "on", "AuthKey": "TestKey001",
}  # fmt: skip


def _category(cate_id: str, name: str, level: int, parent: Any) -> dict[str, Any]:
    return {
        "CateId": cate_id, "CateName": name, "Level": level, "ParentId": parent, "Type": "default",
    }  # fmt: skip


def _marks(*marks: Mapping[str, str]) -> str:
    return json.dumps(marks, ensure_ascii=False, separators=(",", ":"))


def _basic(media_id: str, **values: Any) -> dict[str, Any]:
    return {"MediaId": media_id, "MediaBasicInfo": {"MediaId": media_id, **values}}


LIBRARY = (
    # ------------------------------------------------------------ categories
    Step(
        "add a category", "AddCategory", {"CateName": "动物 +&=", "Type": "default"},
        {"Category": _category("<top>", "动物 +&=", 0, -1)}, keeps={"top": "Category.CateId"},
    ),
    Step(
        "add one under it", "AddCategory", {"CateName": "Pandas", "ParentId": "<top>"},
        {"Category": _category("<sub>", "Pandas", 1, "<top>")}, keeps={"sub": "Category.CateId"},
    ),
    Step("rename it", "UpdateCategory", {"CateId": "<sub>", "CateName": "熊猫"}, NOTHING),
    Step(
        "look into a category", "GetCategories",
        {"CateId": "<top>", "Type": "default", "PageNo": 1, "PageSize": 10,
         "SortBy": "CreationTime:Desc"},
        {
            "Category": _category("<top>", "动物 +&=", 0, -1),
            "SubCategories": {
                "Category": [{**_category("<sub>", "熊猫", 1, "<top>"), "SubTotal": 0}]
            },
            "SubTotal": 1,
        },
    ),
    # ------------------------------------------------------------ registering and reading
    Step("register pandas", REGISTER, PANDAS, {"MediaId": "<pandas>"},
         keeps={"pandas": "MediaId"}),
    Step("the same token", REGISTER, PANDAS, {"MediaId": "<pandas>"}),
    Step("register a song", REGISTER, {"InputURL": SONG_URL, "CateId": CATEGORY},
         {"MediaId": "<song>"}, keeps={"song": "MediaId"}),
    Step("register a picture", REGISTER, {"InputURL": PICTURE_URL, "MediaType": "image"},
         {"MediaId": "<picture>"}, keeps={"picture": "MediaId"}),
    Step(
        "read", "GetMediaInfo", {"MediaId": "<pandas>", "AuthTimeout": 600},
        {"MediaInfo": {
            **_basic("<pandas>", Title=TITLE, MediaTags="熊猫,asia", UserData=USER_DATA,
                     ReferenceId="pandas-1", Status="Normal", CateId="<sub>", CateName="熊猫"),
            "FileInfoList": [
                {"FileBasicInfo": {"Width": "640", "Height": "360", "Duration": "12.500000"}}
            ],
        }},
    ),
    Step("read by URL", "GetMediaInfo", {"InputURL": SONG_URL},
         {"MediaInfo": _basic("<song>", CateId=CATEGORY, CateName=CATEGORY_NAME)}),
    Step(
        "read several", "BatchGetMediaInfos",
        {"MediaIds": f"<song>,{NOBODY},<pandas>", "AdditionType": "FileInfo", "AuthTimeout": 600},
        {
            "MediaInfos": [
                {**_basic("<song>", MediaType="audio"), "FileInfoList": [{}]},
                {**_basic("<pandas>", Title=TITLE), "FileInfoList": [{}]},
            ],
            "IgnoredList": [NOBODY],
        },
    ),
    # ------------------------------------------------------------ changing
    Step(
        "change", "UpdateMediaInfo",
        {"MediaId": "<pandas>", "MediaTags": "a+b=c", "AppendTags": True, "Category": "动物",
         "Description": "黑 & 白 100%"},
        {"MediaId": "<pandas>"},
    ),
    Step("change by URL", "UpdateMediaInfo", {"InputURL": SONG_URL, "CateId": "<sub>"},
         {"MediaId": "<song>"}),
    Step(
        "read what has changed", "GetMediaInfo", {"InputURL": PANDAS_URL},
        {"MediaInfo": _basic("<pandas>", Title=TITLE, MediaTags="熊猫,asia,a+b=c",
                             Category="动物", Description="黑 & 白 100%")},
    ),
    # ------------------------------------------------------------ listing
    Step(
        "list one", "ListMediaBasicInfos",
        {"MediaId": "<pandas>", "MediaType": "video", "BusinessType": "general", "Source": "oss",
         "Status": "Normal", "StartTime": "2020-12-20T12:00:00Z", "EndTime": "9999-12-31T23:59:59Z",
         "IncludeFileBasicInfo": True},
        {
            "MediaInfos": [
                {
                    **_basic("<pandas>", Title=TITLE, CateId="<sub>", TranscodeStatus="Init"),
                    "FileInfoList": [{"FileBasicInfo": {"Width": "640", "Height": "360"}}],
                }
            ],
            "TotalCount": 1, "MaxResults": 10, "NextToken": None,
        },
    ),
    Step(
        "list the oldest", "ListMediaBasicInfos", {"SortBy": "asc", "MaxResults": 2},
        {"MediaInfos": [_basic("<pandas>"), _basic("<song>")], "TotalCount": 3, "MaxResults": 2},
        keeps={"next": "NextToken"},
    ),
    Step(
        "list the rest", "ListMediaBasicInfos",
        {"SortBy": "asc", "MaxResults": 2, "NextToken": "<next>", "AuthTimeout": 600},
        {"MediaInfos": [_basic("<picture>")], "TotalCount": 3, "NextToken": None},
    ),
    # ------------------------------------------------------------ searching
    Step(
        "search", "SearchMedia",
        {"Match": "title = '熊猫 +a' and mediaId == '<pandas>' and tagList in ('a+b=c','x')",
         "SortBy": "utcCreate:Desc", "PageNo": 1, "PageSize": 50},
        {"MediaInfoList": [_basic("<pandas>", CateId="<sub>")], "Total": 1, "Code": "200"},
    ),
    Step(
        "begin to scroll", "SearchMedia",
        {"Match": "mediaType in ('video','audio')", "SortBy": "utcCreate:Asc", "PageSize": 1},
        {"MediaInfoList": [_basic("<pandas>")], "Total": 2, "ScrollToken": "<scroll>"},
        keeps={"scroll": "ScrollToken"},
    ),
    Step(
        "scroll", "SearchMedia",
        {"Match": "mediaType in ('video','audio')", "SortBy": "utcCreate:Asc", "PageSize": 1,
         "ScrollToken": "<scroll>"},
        {"MediaInfoList": [_basic("<song>")], "Total": 2},
    ),
    Step("search in own fields", "SearchMedia",
         {"CustomFilters": '{"strField1":["a+b","猫"],"intField1":{"gte":12}}'},
         {"MediaInfoList": [], "Total": 0, "Code": "200"}),
    Step(
        "search by a text", "SearchMediaByHybrid",
        {"Text": "熊猫", "MediaType": "video", "PageNo": 1, "PageSize": 20,
         "UtcCreate": '{"gte":1500000000000,"lte":32500000000000}'},
        {"MediaList": [{"MediaId": "<pandas>"}], "Total": 1, "Code": "200"},
    ),
    # ------------------------------------------------------------ streams
    Step(
        "register a stream", "RegisterMediaStream",
        {"MediaId": "<pandas>", "InputURL": STREAM_URL, "StreamTags": TAGS,
         "UserData": '{"Extend":{"键":"值"}}'},
        {"MediaId": "<pandas>"},
    ),
    Step(
        "get what can be played", "GetPlayInfo", {"MediaId": "<pandas>", "AuthTimeout": 600},
        {
            "MediaBase": {"MediaId": "<pandas>", "Title": TITLE, "CateId": "<sub>"},
            "PlayInfoList": [
                {"Width": 640, "Height": 360},
                {"Width": 1280, "Height": 720, "StreamTags": TAGS},
            ],
        },
    ),
    # ------------------------------------------------------------ marks
    Step("mark", "AddMediaMarks", {"MediaId": "<pandas>", "MediaMarks": _marks(MARK)},
         {"MediaId": "<pandas>", "MediaMarkIds": "<mark>"}, keeps={"mark": "MediaMarkIds"}),
    Step(
        "change a mark", "UpdateMediaMarks",
        {"MediaId": "<pandas>",
         "MediaMarks": _marks({"MarkId": "<mark>", "MarkTag": "黑"})},
        {"MediaId": "<pandas>", "MediaMarkIds": "<mark>"},
    ),
    Step(
        "list marks", "ListMediaMarks", {"MediaId": "<pandas>"},
        {"MediaId": "<pandas>",
         "MediaMarks": _marks({"MarkId": "<mark>", **MARK, "MarkTag": "黑"})},
    ),
    Step(
        "get a mark", "GetMediaMarks", {"MediaId": "<pandas>", "MediaMarkIds": "<mark>"},
        {"MediaId": "<pandas>",
         "MediaMarks": _marks({"MarkId": "<mark>", **MARK, "MarkTag": "黑"})},
    ),
    Step("take a mark away", "DeleteMediaMarks", {"MediaId": "<pandas>", "MediaMarkIds": "<mark>"},
         {"MediaId": "<pandas>", "MediaMarkIds": "<mark>"}),
    # ------------------------------------------------------------ jobs
    *TAGGING,
    # ------------------------------------------------------------ storage
    Step("set the default storage", "SetDefaultStorageLocation",
         {"StorageType": "user_oss_bucket", "Bucket": "my-bucket", "Path": "目录/a+b"},
         {"Success": True}),
    Step("get the default storage", "GetDefaultStorageLocation", NOTHING,
         {"Bucket": "my-bucket", "Path": "目录/a+b", "Status": "normal"}),
    Step(
        "list storage", "GetStorageList", {"StorageType": "user_oss_bucket", "Status": "Normal"},
        {"StorageInfoList": [
            {"StorageLocation": "my-bucket.oss-cn-shanghai.aliyuncs.com", "Path": "目录/a+b/",
             "EditingTempFileStorage": True},
        ]},
    ),
    # ------------------------------------------------------------ search libraries
    Step("create a library", "CreateSearchLib",
         {"SearchLibName": "pandas1", "SearchLibConfig": '{"faceGroupIds":"a,b"}'},
         {"SearchLibName": "pandas1", "Code": "200", "Success": "true"}),
    Step("change it", "AlterSearchLib", {"SearchLibName": "pandas1", "SearchLibConfig": "{}"},
         {"SearchLibName": "pandas1"}),
    Step("look at it", "QuerySearchLib", {"SearchLibName": "pandas1"},
         {"SearchLibName": "pandas1", "Status": "normal"}),
    Step("list libraries", "ListSearchLib", {"PageNo": 1, "PageSize": 5}, {"Total": 2}),
    Step(
        "insert an asset", "InsertMediaToSearchLib",
        {"Input": PANDAS_URL, "SearchLibName": "pandas1", "MediaType": "video", "Namespace": "n",
         "MsgBody": '{"customFields":{"strField2":"熊猫 +1"}}'},
        {"MediaId": "<pandas>", "Success": "true"},
    ),
    Step("how far it has come", "QueryMediaIndexJob",
         {"MediaId": "<pandas>", "SearchLibName": "pandas1"},
         {"IndexJobInfoList": [{"IndexType": kind} for kind in ("mm", "face", "aiLabel")]}),
    Step("say more of it", "UpdateMediaToSearchLib",
         {"MediaId": "<pandas>", "SearchLibName": "pandas1",
          "MsgBody": '{"customFields":{"intField1":7}}'}, {"MediaId": "<pandas>"}),
    Step("take it out", "DeleteMediaFromSearchLib",
         {"MediaId": "<pandas>", "SearchLibName": "pandas1"}, {"MediaId": "<pandas>"}),
    Step("drop the library", "DropSearchLib", {"SearchLibName": "pandas1"}, {"Success": "true"}),
    # ------------------------------------------------------------ deleting
    Step(
        "delete by id", "DeleteMediaInfos",
        {"MediaIds": f"<song>,{NOBODY}", "DeletePhysicalFiles": False}, {"IgnoredList": [NOBODY]},
    ),
    Step("delete by URL", "DeleteMediaInfos", {"InputURLs": f"{PICTURE_URL},{PANDAS_URL}"},
         {"IgnoredList": []}),
    Step("read what is gone", "GetMediaInfo", {"MediaId": "<pandas>"}, WRONG_ID),
    Step("delete the category", "DeleteCategory", {"CateId": "<top>"}, NOTHING),
    # ------------------------------------------------------------ callbacks
    Step("set the callback to a queue", "SetEventCallback", TO_A_QUEUE, {"Success": True}),
    Step("get the queue", "GetEventCallback", NOTHING, {**TO_A_QUEUE, "CallbackType": "MNS"}),
    Step("set the callback", "SetEventCallback", CALLBACK, {"Success": True}),
    Step("get the callback", "GetEventCallback", NOTHING, CALLBACK),
)  # fmt: skip
