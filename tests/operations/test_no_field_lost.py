"""The newest official Python SDK reads every field of every answer, and loses none.

Each operation is called as often as it takes to see every documented field that this fake can
have a value for; NEVER tells why the others do not occur.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest

from fake_ims import FakeIms
from fake_ims.gateway.answers import Shape, departures, shape_of
from fake_ims.operations import every_operation

SDK = "alibabacloud_ice20201109"
models = pytest.importorskip(f"{SDK}.models", exc_type=ImportError)

ACTIONS = [operation.action for operation in every_operation()]

VIDEO = "https://bucket.oss-cn-shanghai.aliyuncs.com/影片 1.mp4"
AUDIO, IMAGE, TEXT = "oss://bucket/a.mp3", "oss://bucket/a.png", "oss://bucket/a.srt"
VOD = "vod://" + "0a" * 16
NOBODY = "0" * 32
CATE_ID = (1 << 53) + 1
"""Not every client can read it: as a float it would be another."""


class Api:
    """Calls operations by the SDK, and compares what its models show with what was answered, and
    that with the documents.

    ``occurred`` are the places in the answers of an operation that had a value.
    """

    def __init__(self, ims: FakeIms, client: Any) -> None:
        self.ims = ims
        self.occurred: dict[str, set[str]] = {action: set() for action in ACTIONS}
        self._client = client

    def __call__(self, action: str, **parameters: Any) -> dict[str, Any]:
        """The answer as it came."""
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower()
        if (model := model_of(action)) is None:
            assert not parameters
            response = getattr(self._client, name)()
        else:
            request = model().from_map(parameters)
            assert request.to_map() == parameters
            response = getattr(self._client, name)(request)
        answered = self.ims.calls[-1].answer
        assert departures(action, answered) == ()
        assert [*differing(answered, response.body.to_map())] == []
        self.occurred[action] |= {*places(answered)}
        assert isinstance(answered, dict)
        return answered


def model_of(action: str) -> Any:
    """The model of an operation's request; None for one without parameters."""
    return getattr(models, f"{action}Request", None)


def differing(answered: Any, shown: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where what is shown is not what was answered, in value or type; lists may be shown empty."""
    if isinstance(answered, dict) and isinstance(shown, dict):
        for name in answered.keys() | shown.keys():
            if name in answered or shown[name] != []:
                yield from differing(answered.get(name), shown.get(name), f"{path}.{name}")
    elif isinstance(answered, list) and isinstance(shown, list) and len(answered) == len(shown):
        for index, pair in enumerate(zip(answered, shown, strict=True)):
            yield from differing(*pair, f"{path}[{index}]")
    elif type(answered) is not type(shown) or answered != shown or answered is None:
        yield path, answered, shown


def places(answered: Any, path: str = "") -> Iterator[str]:
    """Where in an answer there is a value."""
    if isinstance(answered, dict):
        for name, value in answered.items():
            yield from places(value, f"{path}.{name}" if path else name)
    elif isinstance(answered, list):
        for value in answered:
            yield from places(value, f"{path}[]")
    else:
        yield path


def documented_places(shape: Shape | None, path: str = "") -> Iterator[str]:
    """Where in an answer there may be a value, as the documents have it."""
    assert shape is not None
    if shape.kind == "object":
        for name, field in shape.fields.items():
            yield from documented_places(field, f"{path}.{name}" if path else name)
    elif shape.kind == "array":
        yield from documented_places(shape.item, f"{path}[]")
    else:
        yield path


class Library:
    """Assets of every kind, filed and described, and what their tests need to know of them."""

    def __init__(self, api: Api) -> None:
        ims = api.ims
        ims.declare(categories={CATE_ID: "体育"})
        ims.objects.put(VIDEO, duration=12.5, width=640, height=360)
        told = {
            "Title": "标题", "Description": "a & b = c + d %20", "MediaTags": "tag1,标签",
            "CoverURL": "oss://bucket/cover.png", "UserData": '{"键": "值"}', "CateId": CATE_ID,
            "Overwrite": False,
        }  # fmt: skip
        self.video, self.audio, self.image, self.text, self.vod = (
            api(
                "RegisterMediaInfo",
                InputURL=url,
                **told,
                ReferenceId=f"reference-{number}",
                ClientToken=f"aB+/{number}==",
            )["MediaId"]
            for number, url in enumerate((VIDEO, AUDIO, IMAGE, TEXT, VOD))
        )
        self.all = (self.video, self.audio, self.image, self.text, self.vod)
        for media_id in self.all:
            api("UpdateMediaInfo", MediaId=media_id, Category="动物", AppendTags=True)
        ims.settle()
        for media_id in self.all:
            ims.assets.describe(
                media_id, ocr=["熊猫"], labels=[("Animal", "1", "熊猫")],
                custom_fields={"intField1": 12, "strField1": "abc"}, dynamic_meta_data='{"键": 1}',
            )  # fmt: skip


def scene_register_media_info(api: Api, library: Library) -> None:
    api("RegisterMediaInfo", InputURL="oss://bucket/b.mp4")


def scene_get_media_info(api: Api, library: Library) -> None:
    for media_id in library.all:
        found = api("GetMediaInfo", MediaId=media_id, AuthTimeout=600)
        assert found["MediaInfo"]["MediaBasicInfo"]["CateId"] == CATE_ID
    scene_smart_tags(api, library)
    for detailed in ("false", "true"):
        told = f'{{"AiRoughData.StandardSmartTagJob": {detailed}}}'
        data = api("GetMediaInfo", InputURL=VIDEO, ReturnDetailedInfo=told)["MediaInfo"]
        assert data["AiRoughData"]["Status"] == "SaveSuccess"


def scene_batch_get_media_infos(api: Api, library: Library) -> None:
    ids = ",".join((*library.all, NOBODY))
    found = api("BatchGetMediaInfos", MediaIds=ids, AdditionType="FileInfo,DynamicMetaData")
    assert len(found["MediaInfos"]) == len(library.all)
    assert found["IgnoredList"] == [NOBODY]


def scene_update_media_info(api: Api, library: Library) -> None:
    api("UpdateMediaInfo", InputURL=VIDEO, CateId=CATE_ID, AppendTags=False, MediaTags="标签")


def scene_delete_media_infos(api: Api, library: Library) -> None:
    told = api("DeleteMediaInfos", MediaIds=f"{library.audio},{NOBODY}", DeletePhysicalFiles=True)
    assert told["IgnoredList"] == [NOBODY]
    assert api("DeleteMediaInfos", InputURLs=f"{VIDEO},{VOD}")["IgnoredList"] == []


def scene_list_media_basic_infos(api: Api, library: Library) -> None:
    found = api("ListMediaBasicInfos", MaxResults=len(library.all) - 1, IncludeFileBasicInfo=True)
    for each in found["MediaInfos"]:
        assert each["MediaBasicInfo"]["CateId"] == CATE_ID
    rest = api("ListMediaBasicInfos", NextToken=found["NextToken"], AuthTimeout=600)
    shown = [each["MediaId"] for each in found["MediaInfos"] + rest["MediaInfos"]]
    assert shown == [*reversed(library.all)]


def scene_register_media_stream(api: Api, library: Library) -> None:
    for url in ("oss://bucket/hd.mp4", "oss://bucket/hd.mp3"):
        api("RegisterMediaStream", MediaId=library.video, InputURL=url, UserData='{"键": 1}',
            StreamTags='{"ims.clarity": "高清"}')  # fmt: skip


def scene_get_play_info(api: Api, library: Library) -> None:
    scene_register_media_stream(api, library)
    api.ims.settle()
    for media_id in (library.video, library.audio, library.vod):
        found = api("GetPlayInfo", MediaId=media_id, AuthTimeout=600)
        assert found["MediaBase"]["CateId"] == CATE_ID
    assert len(api("GetPlayInfo", InputURL=VIDEO)["PlayInfoList"]) == 3


def scene_search_media(api: Api, library: Library) -> None:
    for match, found in (
        ("mediaType in ('video','audio') and title = '标题'", 3),
        ("mediaType == 'image' and tagList in ('标签')", 1),
        (f"mediaId == '{library.video}'", 1),
    ):
        page = api("SearchMedia", Match=match, SortBy="utcCreate:Desc", PageNo=1, PageSize=50)
        assert (page["Total"], len(page["MediaInfoList"])) == (found, found)
        assert {each["MediaBasicInfo"]["CateId"] for each in page["MediaInfoList"]} == {CATE_ID}
    custom = '{"intField1": {"gte": 12, "lte": 13}, "strField1": ["abc", "猫"]}'
    page = api("SearchMedia", CustomFilters=custom, PageSize=1)
    page = api("SearchMedia", CustomFilters=custom, PageSize=1, ScrollToken=page["ScrollToken"])
    assert page["Total"] == 2


def scene_search_media_by_hybrid(api: Api, library: Library) -> None:
    found = api("SearchMediaByHybrid", Text="标题", MediaType="video", PageNo=1, PageSize=20)
    assert found["Total"] == 2
    assert api("SearchMediaByHybrid", MediaId=library.video)["Total"] == 1


def scene_categories(api: Api, library: Library) -> None:
    top = api("AddCategory", CateName="动物", Type="material")["Category"]["CateId"]
    under = api("AddCategory", CateName="Deep", ParentId=CATE_ID)["Category"]
    assert under["ParentId"] == CATE_ID
    inside = api("AddCategory", CateName="Pandas", ParentId=top)["Category"]
    assert (inside["Level"], inside["ParentId"]) == (1, top)
    api("UpdateCategory", CateId=inside["CateId"], CateName="熊猫 +&=")
    found = api("GetCategories", CateId=top, PageNo=1, PageSize=10, SortBy="CreationTime:Asc")
    assert (found["SubTotal"], len(found["SubCategories"]["Category"])) == (1, 1)
    assert "Category" not in api("GetCategories", Type="material")
    api("DeleteCategory", CateId=top)


def scene_marks(api: Api, library: Library) -> None:
    marks = [
        {"MarkStartTime": 1.5, "MarkEndTime": "2.5", "MarkTag": "标签", "MarkContent": "a+b=c & d"},
        {"MarkStartTime": "3", "MarkEndTime": "4", "MarkStatus": "online"},
    ]
    of = {"MediaId": library.video}
    added = api("AddMediaMarks", **of, MediaMarks=json.dumps(marks))["MediaMarkIds"]
    first = added.partition(",")[0]
    changed = json.dumps([{"MarkId": first, "MarkTag": "黑"}])
    assert api("UpdateMediaMarks", **of, MediaMarks=changed)["MediaMarkIds"] == first
    for found in (api("ListMediaMarks", **of), api("GetMediaMarks", **of, MediaMarkIds=added)):
        assert [mark.get("MarkTag") for mark in json.loads(found["MediaMarks"])] == ["黑", None]
    assert api("DeleteMediaMarks", **of, MediaMarkIds=added)["MediaMarkIds"] == added


def scene_smart_tags(api: Api, library: Library) -> None:
    told = {
        "Title": "标题", "Content": "a & b", "TemplateId": "S00000103-000001",
        "TemplateConfig": '{"FaceCategoryIds":"lib"}', "UserData": '{"键": "值"}',
        "Params": '{"needAsrData":true,"nlpParams":{"sourceLanguage":"cn"}}',
        "NotifyUrl": "https://app.example.com/路径?a=b&c",
        "ScheduleConfig": {"PipelineId": "p", "Priority": "4"},
    }  # fmt: skip
    of_an_asset = {"Type": "Media", "Media": library.video}
    job_id = api("SubmitSmarttagJob", **told, Input=of_an_asset)["JobId"]
    assert api("QuerySmarttagJob", JobId=job_id)["JobStatus"] != "Success"
    api.ims.settle()
    found = api("QuerySmarttagJob", JobId=job_id, Params='{"labelResultType":"auto"}')
    assert len(found["Results"]["Result"]) == 4


def scene_callback(api: Api, library: Library) -> None:
    told = {
        "CallbackType": "HTTP", "CallbackURL": "https://app.example.com/路径?a=b&c",
        "CallbackQueueName": "ice-callback-queue", "EventTypeList": "ProduceMediaComplete,New",
        "AuthSwitch": "on", "AuthKey": "TestKey001",
    }  # fmt: skip
    assert api("SetEventCallback", **told)["Success"] is True
    found = api("GetEventCallback")
    assert {name: found[name] for name in told} == told


def snapshot_jobs(api: Api, library: Library) -> list[str]:
    """Two jobs, the first of which fails, and those of the registrations."""
    told = {
        "Name": "名字", "UserData": '{"键": "值"}', "ScheduleConfig": {"PipelineId": "p-1"},
        "TemplateConfig": {
            "TemplateId": "0" * 32,
            "OverwriteParams": {"Type": "WebVtt", "Count": 40, "Interval": 2, "IsSptFrag": True},
        },
        "Output": {"Type": "OSS", "Media": "oss://bucket/影片.vtt"},
    }  # fmt: skip
    ids = [
        api("SubmitSnapshotJob", **told, Input={"Type": "Media", "Media": media_id})["JobId"]
        for media_id in (NOBODY, library.video)
    ]
    api.ims.settle()
    return ids + [job.job_id for job in api.ims.jobs.of("sprite")]


def scene_snapshot_jobs(api: Api, library: Library) -> None:
    ids = snapshot_jobs(api, library)
    for job_id in ids:
        assert api("GetSnapshotJob", JobId=job_id)["SnapshotJob"]["JobId"] == job_id
    found = api("ListSnapshotJobs", PageSize=1, OrderBy="CreateTimeAsc", Status="Success")
    api("ListSnapshotJobs", PageSize=100, NextPageToken=found["NextPageToken"])
    found = api("ListSnapshotJobs", JobId=ids[1], StartOfCreateTime="2020-01-01T00:00:00Z",
                EndOfCreateTime="9999-12-31T23:59:59Z")  # fmt: skip
    assert [job["JobId"] for job in found["Jobs"]] == ids[1:2]
    shown = api("GetSnapshotUrls", JobId=ids[1], PageNumber=1, PageSize=30, OrderBy="Desc",
                Timeout=129600)  # fmt: skip
    assert "/%E5%BD%B1%E7%89%87/snapshot-tile-00001.jpg?" in shown["SnapshotUrls"][0]


def scene_media_info_jobs(api: Api, library: Library) -> None:
    told = {"Name": "名字", "UserData": "user data",
            "ScheduleConfig": {"PipelineId": "p-1", "Priority": 10}}  # fmt: skip
    of_a_file = {"Type": "OSS", "Media": VIDEO}
    job_id = api("SubmitMediaInfoJob", **told, Input=of_a_file)["MediaInfoJob"]["JobId"]
    of_an_asset = {"Type": "Media", "Media": library.audio}
    at_once = api("SubmitSyncMediaInfoJob", **told, Input=of_an_asset)["MediaInfoJob"]
    assert (at_once["Async"], at_once["Status"]) == (False, "Success")
    api("SubmitSyncMediaInfoJob", **told, Input=of_a_file)
    failed = {"Type": "Media", "Media": NOBODY}
    assert api("SubmitSyncMediaInfoJob", Input=failed)["MediaInfoJob"]["Status"] == "Fail"
    api.ims.settle()
    found = api("GetMediaInfoJob", JobId=job_id)["MediaInfoJob"]["MediaInfoProperty"]
    assert found["FileBasicInfo"]["MediaId"] == library.video
    page = api("ListMediaInfoJobs", PageSize=3, OrderBy="CreateTimeDesc")
    page = api("ListMediaInfoJobs", PageSize=3, NextPageToken=page["NextPageToken"])
    assert [job["JobId"] for job in page["Jobs"]] == [job_id]
    between = {"StartOfCreateTime": "2020-01-01T00:00:00Z",
               "EndOfCreateTime": "9999-12-31T23:59:59Z"}  # fmt: skip
    assert len(api("ListMediaInfoJobs", JobId=job_id, Status="Success", **between)["Jobs"]) == 1


def scene_storage(api: Api, library: Library) -> None:
    told = {"StorageType": "user_oss_bucket", "Bucket": "my-bucket", "Path": "a/b"}
    assert api("SetDefaultStorageLocation", **told)["Success"] is True
    assert told.items() <= api("GetDefaultStorageLocation").items()
    found = api("GetStorageList", StorageType="user_oss_bucket", Status="Normal",
                AppId="app-1000000")["StorageInfoList"]  # fmt: skip
    (host,) = (each["StorageLocation"] for each in found)
    assert host == "my-bucket.oss-cn-shanghai.aliyuncs.com"


def scene_search_libs(api: Api, library: Library) -> None:
    lib = {"SearchLibName": "mine"}
    assert api("CreateSearchLib", **lib, SearchLibConfig="{}")["Success"] == "true"
    api("AlterSearchLib", **lib, SearchLibConfig='{"faceGroupIds": "a"}')
    assert api("QuerySearchLib", **lib)["SearchLibConfig"] == '{"faceGroupIds": "a"}'
    assert api("ListSearchLib", PageNo=1, PageSize=2)["Total"] == 2
    of_it = {**lib, "MediaId": library.video, "Namespace": "n"}
    inserted = api("InsertMediaToSearchLib", **of_it, Input=VIDEO, MediaType="video",
                   ImagesInput="{}", MsgBody='{"title": "t"}')  # fmt: skip
    assert inserted["MediaId"] == library.video
    api("QueryMediaIndexJob", **lib, MediaId=library.video)
    api.ims.settle()
    shown = api("QueryMediaIndexJob", **lib, MediaId=library.video)
    assert [job["Status"] for job in shown["IndexJobInfoList"]] == ["Success"] * 3
    api("UpdateMediaToSearchLib", **of_it, MsgBody='{"customFields": {"intField1": 1}}')
    api("DeleteMediaFromSearchLib", **of_it, MsgBody="{}")
    api("DropSearchLib", **lib)


def scene_workflows(api: Api, library: Library) -> None:
    workflow_id = api.ims.add_workflow(name="工作流", activities=["转码"]).workflow_id
    for number, (kind, media) in enumerate((("Media", library.video), ("OSS", VIDEO))):
        told = {"Type": kind, "Media": media}
        task_id = api(
            "StartWorkflow", WorkflowId=workflow_id, UserData='{"键": "值"}',
            TaskInput=json.dumps(told, ensure_ascii=False), SkipInputVerification=number == 1,
        )["TaskId"]  # fmt: skip
        api.ims.settle()
        task = api("GetWorkflowTask", TaskId=task_id)["WorkflowTask"]
        assert json.loads(task["ActivityResults"])["转码"]["Status"] == "Succeed"
    between = {"StartOfCreateTime": "2020-01-01T00:00:00Z",
               "EndOfCreateTime": "9999-12-31T23:59:59Z"}  # fmt: skip
    page = api("ListWorkflowTasks", WorkflowId=workflow_id, MaxResults=1)
    (task,) = api("ListWorkflowTasks", WorkflowId=workflow_id, MaxResults=1,
                  NextToken=page["NextToken"])["TaskList"]  # fmt: skip
    assert task["Workflow"]["MediaType"] == "Media"
    found = api("ListWorkflowTasks", WorkflowName="工作流", KeyText="影片 1.mp4", **between)
    assert [task["TaskId"] for task in found["TaskList"]] == [task_id]


def scene_content_analysis(api: Api, library: Library) -> None:
    asked = {"Auto": True, "SaveType": "TEXT,FACE,DNA", "TemplateId": "S00000101-100070"}
    assert api("SetContentAnalyzeConfig", **asked)["Success"] is True
    assert api("GetContentAnalyzeConfig")["ContentAnalyzeConfig"] == asked


def scene_uploading(api: Api, library: Library) -> None:
    user_data = '{"Extend": {"a": 1}}'
    told: dict[str, Any] = {
        "AppId": "app-1000000", "UserData": user_data,
        "PostProcessConfig": '{"ProcessType": "Workflow", "ProcessID": "w"}',
        "UploadTargetConfig": '{"StorageType": "oss"}',
    }  # fmt: skip
    place = api("CreateUploadMedia", FileInfo='{"Type": "video", "Name": "影片", "Ext": "mp4"}',
                MediaMetaData='{"Title": "影片"}', **told)  # fmt: skip
    again = api("RefreshUploadMedia", MediaId=place["MediaId"])
    assert again["UploadAddress"] == place["UploadAddress"]
    urls = "https://example.com/a.mp4,https://example.com/%E5%BD%B1.mp3"
    of_one = '[{"SourceURL": "https://example.com/a.mp4", "Title": "a"}]'
    jobs = api("UploadMediaByURL", UploadURLs=urls, MediaMetaData=of_one, **told)
    api.ims.settle()
    ids = [job["JobId"] for job in jobs["UploadJobs"]]
    found = api("GetUrlUploadInfos", JobIds=",".join([*ids, NOBODY]))
    assert found["NonExists"] == [NOBODY]
    assert len(api("GetUrlUploadInfos", UploadURLs=urls)["URLUploadInfoList"]) == 2


SCENES: Mapping[str, Callable[[Api, Library], None]] = {
    "RegisterMediaInfo": scene_register_media_info,
    "GetMediaInfo": scene_get_media_info,
    "BatchGetMediaInfos": scene_batch_get_media_infos,
    "UpdateMediaInfo": scene_update_media_info,
    "DeleteMediaInfos": scene_delete_media_infos,
    "ListMediaBasicInfos": scene_list_media_basic_infos,
    "SearchMedia": scene_search_media,
    "SearchMediaByHybrid": scene_search_media_by_hybrid,
    "RegisterMediaStream": scene_register_media_stream,
    "GetPlayInfo": scene_get_play_info,
    **dict.fromkeys(("SubmitSmarttagJob", "QuerySmarttagJob"), scene_smart_tags),
    "SetEventCallback": scene_callback,
    "GetEventCallback": scene_callback,
    **dict.fromkeys(("SetContentAnalyzeConfig", "GetContentAnalyzeConfig"), scene_content_analysis),
    **dict.fromkeys(
        (
            "CreateSearchLib",
            "ListSearchLib",
            "QuerySearchLib",
            "AlterSearchLib",
            "DropSearchLib",
            "InsertMediaToSearchLib",
            "UpdateMediaToSearchLib",
            "DeleteMediaFromSearchLib",
            "QueryMediaIndexJob",
        ),
        scene_search_libs,
    ),
    **dict.fromkeys(
        ("GetDefaultStorageLocation", "SetDefaultStorageLocation", "GetStorageList"), scene_storage
    ),
    **dict.fromkeys(
        ("CreateUploadMedia", "RefreshUploadMedia", "UploadMediaByURL", "GetUrlUploadInfos"),
        scene_uploading,
    ),
    **dict.fromkeys(("StartWorkflow", "GetWorkflowTask", "ListWorkflowTasks"), scene_workflows),
    **dict.fromkeys(
        ("SubmitSnapshotJob", "GetSnapshotJob", "ListSnapshotJobs", "GetSnapshotUrls"),
        scene_snapshot_jobs,
    ),
    **dict.fromkeys(
        (
            "SubmitMediaInfoJob",
            "GetMediaInfoJob",
            "ListMediaInfoJobs",
            "SubmitSyncMediaInfoJob",
        ),
        scene_media_info_jobs,
    ),
    **dict.fromkeys(
        ("AddCategory", "UpdateCategory", "DeleteCategory", "GetCategories"), scene_categories
    ),
    **dict.fromkeys(
        (
            "AddMediaMarks",
            "UpdateMediaMarks",
            "ListMediaMarks",
            "GetMediaMarks",
            "DeleteMediaMarks",
        ),
        scene_marks,
    ),
}
"""What is called to see all that an operation answers."""

DELETED: Final = "nothing shows an asset that was deleted"
NO_ANALYSIS: Final = "nothing is found out by intelligent analysis yet"
NO_LIBRARIES: Final = "nothing is inserted into search libraries yet"
NO_SUBTITLES: Final = "no file has a subtitle stream inside"
NOT_TRANSCODED: Final = "nothing is transcoded or encrypted yet"
NOT_AUDIO: Final = "shown for video streams only"

_FILES: Final = {
    "FileInfoList[].SubtitleStreamInfoList": NO_SUBTITLES,
    "FileInfoList[].AudioStreamInfoList[].Fps": NOT_AUDIO,
}
_BASIC: Final = {"MediaBasicInfo.DeletedTime": DELETED}


def _in(place: str, *reasons: Mapping[str, str]) -> dict[str, str]:
    return {f"{place}.{path}": why for each in reasons for path, why in each.items()}


NOT_DONE_YET: Final = "a job has not ended when the answer to its submission is written"

NEVER: Mapping[str, Mapping[str, str]] = {
    "SubmitMediaInfoJob": {
        "MediaInfoJob.FinishTime": NOT_DONE_YET,
        "MediaInfoJob.MediaInfoProperty": NOT_DONE_YET,
    },
    "ListWorkflowTasks": {"TotalCount": "it is not returned by default"},
    "QuerySmarttagJob": {"Usages": "no document says what is counted"},
    "GetMediaInfo": _in("MediaInfo", _BASIC, _FILES),
    "BatchGetMediaInfos": _in("MediaInfos[]", _BASIC, _FILES),
    "ListMediaBasicInfos": _in("MediaInfos[]", _BASIC),
    "SearchMedia": _in(
        "MediaInfoList[]",
        _BASIC,
        dict.fromkeys(
            (
                "AiRoughData",
                "AiData.AsrInfo",
                "AiData.AiLabelInfo[].FaceId",
                "AiData.AiLabelInfo[].LabelType",
                "AiData.AiLabelInfo[].Occurrences",
                "AiData.AiLabelInfo[].Source",
                "AiData.OcrInfo[].ClipId",
                "AiData.OcrInfo[].From",
                "AiData.OcrInfo[].Timestamp",
                "AiData.OcrInfo[].To",
                "MediaBasicInfo.VisionDescription",
            ),
            NO_ANALYSIS,
        ),
        dict.fromkeys(
            (
                "IndexStatusList",
                "FileInfoList[].FileBasicInfo.ImagesInput",
                "MediaBasicInfo.Namespace",
                "MediaBasicInfo.StreamStatus",
            ),
            NO_LIBRARIES,
        ),
    ),
    "GetPlayInfo": _in(
        "PlayInfoList[]",
        dict.fromkeys(
            (
                "EncryptType",
                "HDRType",
                "JobId",
                "NarrowBandType",
                "TransTemplateType",
                "WatermarkId",
            ),
            NOT_TRANSCODED,
        ),
    ),
    "DeleteMediaInfos": {"ForbiddenList[]": "permissions are of operations, not of assets"},
}
"""By operation, documented fields that do not occur, with all inside, and why."""


@pytest.fixture
def api(fake_ims: FakeIms, fake_ims_client: Any) -> Api:
    return Api(fake_ims, fake_ims_client)


def test_every_operation_is_called() -> None:
    assert SCENES.keys() == {*ACTIONS}
    assert NEVER.keys() <= SCENES.keys()


@pytest.mark.parametrize("action", ACTIONS)
def test_no_field_is_lost_and_every_one_occurs(action: str, api: Api) -> None:
    SCENES[action](api, Library(api))
    missing = {*documented_places(shape_of(action))} - api.occurred[action]
    excused = NEVER.get(action, {})
    assert {place for place in missing if not any(inside(place, each) for each in excused)} == set()
    occurring = {
        each for each in excused if any(inside(place, each) for place in api.occurred[action])
    }
    assert occurring == set(), "they occur: take them out of NEVER"
    undocumented = {each for each in excused if not any(inside(place, each) for place in missing)}
    assert undocumented == set()


def inside(place: str, path: str) -> bool:
    """Whether a place is this one, or in it."""
    return place == path or place.startswith((f"{path}.", f"{path}["))


UNDOCUMENTED: Mapping[str, set[str]] = {"ListMediaBasicInfos": {"PageNo", "PageSize"}}
"""Parameters that callers send and the models have not."""


@pytest.mark.parametrize("operation", every_operation(), ids=lambda operation: operation.action)
def test_every_parameter_of_the_sdk_is_known(operation: Any) -> None:
    if (made := model_of(operation.action)) is None:
        assert not operation.request.names
        return
    model = made()
    structures = operation.request.structures
    values = {name: {} if name in structures else "x" for name in operation.request.names}
    sent = model.from_map(values).to_map().keys()
    attributes = vars(model).items()
    known = {name: each if hasattr(each, "to_map") else "x" for name, each in attributes}
    model = type(model)(**known)
    assert model.to_map().keys() == sent
    assert operation.request.names.keys() - sent == UNDOCUMENTED.get(operation.action, set())
