"""A story for clients to tell: each operation on jobs, at least once.

What is sent as an object here is sent in the client's own way: as JSON text, or value by value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stories import REGISTER, Refusal, Step

BUCKET = "https://my-bucket.oss-cn-shanghai.aliyuncs.com"
VIDEO_URL = f"{BUCKET}/影片 +1.mp4"
FILES: Mapping[str, Mapping[str, float]] = {
    VIDEO_URL: {"duration": 89.584, "width": 640, "height": 360, "fps": 25}
}
"""What is said of the files."""

USER_DATA = '{"键": "值 +&="}'
ON_THE_ASSET = {"Type": "Media", "Media": "<video>"}
ON_THE_FILE = {"Type": "OSS", "Media": VIDEO_URL}
TEMPLATE = {
    "TemplateId": "0123456789abcdef0123456789abcdef",
    "OverwriteParams": {
        "Type": "Sprite", "Time": 1000, "Interval": 2, "Count": 12, "FrameType": "normal",
        "SpriteSnapshotConfig": {"Columns": 4, "Lines": 2, "Color": "#000000"},
    },
}  # fmt: skip
SPRITES = {"Type": "OSS", "Media": f"{BUCKET}/截图/{{TileCount}}.jpg"}
SNAPSHOTS = {
    "Input": ON_THE_ASSET, "Output": SPRITES, "TemplateConfig": TEMPLATE, "Name": "任务 1",
    "ScheduleConfig": {"PipelineId": "p-1"}, "UserData": USER_DATA,
}  # fmt: skip
SCHEDULE = {"PipelineId": "p-1", "Priority": 5}
INFO = {
    "Input": ON_THE_FILE, "Name": "任务 2", "ScheduleConfig": SCHEDULE, "UserData": "user data",
}  # fmt: skip
BETWEEN = {"StartOfCreateTime": "2020-12-20T12:00:00Z", "EndOfCreateTime": "9999-12-31T23:59:59Z"}
WORKFLOW, WORKFLOW_NAME = "0123456789abcdef" * 2, "工作流 +&="
"""A workflow that is there."""
TASK_INPUT = f'{{"Type": "OSS", "Media": "{VIDEO_URL}"}}'
NO_JOB = Refusal(404, "ResourceNotFound", "Resource not found")


def _info(job_id: str, status: str, **values: Any) -> dict[str, Any]:
    return {"JobId": job_id, "Status": status, "Name": "任务 2", "TriggerSource": "API", **values}


FOUND: Mapping[str, Any] = {
    "FileBasicInfo": {"MediaId": "<video>", "Width": "640", "Duration": "89.584000"},
    "AudioStreamInfoList": [{"Index": "1", "CodecName": "aac"}],
    "VideoStreamInfoList": [
        {"Index": "0", "Codec_name": "h264", "Avg_fps": "25.0", "Has_b_frames": "2"}
    ],
}

JOBS = (
    Step("register", REGISTER, {"InputURL": VIDEO_URL, "Title": "影片"}, {"MediaId": "<video>"},
         keeps={"video": "MediaId"}),
    # ------------------------------------------------------------ snapshots
    Step("take snapshots", "SubmitSnapshotJob", SNAPSHOTS, {"JobId": "<sprites>"},
         keeps={"sprites": "JobId"}),
    Step(
        "look at the job", "GetSnapshotJob", {"JobId": "<sprites>"},
        {"SnapshotJob": {
            "JobId": "<sprites>", "Status": "Success", "Type": "Sprite", "Count": 12, "Async": True,
            "Input": {**ON_THE_ASSET, "OssFile": {"Object": "影片 +1.mp4"}}, "Output": SPRITES,
            "UserData": USER_DATA, "Name": "任务 1", "PipelineId": "p-1",
        }},
    ),
    Step(
        "list jobs", "ListSnapshotJobs",
        {"JobId": "<sprites>", "Status": "Success", "OrderBy": "CreateTimeAsc", "PageSize": 20,
         **BETWEEN},
        {"Jobs": [{"JobId": "<sprites>", "Type": "Sprite", "Input": ON_THE_ASSET}]},
    ),
    Step("list the oldest", "ListSnapshotJobs", {"OrderBy": "CreateTimeAsc", "PageSize": 1},
         {"NextPageToken": "<next>"}, keeps={"next": "NextPageToken"}),
    Step(
        "list the rest", "ListSnapshotJobs",
        {"OrderBy": "CreateTimeAsc", "PageSize": 2, "NextPageToken": "<next>"}, {"Jobs": [{}, {}]},
    ),
    Step(
        "where the pictures are", "GetSnapshotUrls",
        {"JobId": "<sprites>", "OrderBy": "Desc", "PageNumber": 1, "PageSize": 30,
         "Timeout": 129600},
        {"Total": 2},
    ),
    Step("look for no job", "GetSnapshotJob", {"JobId": "0" * 32}, NO_JOB),
    # ------------------------------------------------------------ media information
    Step("look into a file", "SubmitMediaInfoJob", INFO,
         {"MediaInfoJob": _info("<info>", "Init", Input=ON_THE_FILE, ScheduleConfig=SCHEDULE)},
         keeps={"info": "MediaInfoJob.JobId"}),
    Step(
        "look at once", "SubmitSyncMediaInfoJob", {**INFO, "Input": ON_THE_ASSET},
        {"MediaInfoJob": _info("<synced>", "Success", Async=False, MediaInfoProperty=FOUND,
                               Input=ON_THE_ASSET)},
        keeps={"synced": "MediaInfoJob.JobId"},
    ),
    Step("what was found", "GetMediaInfoJob", {"JobId": "<info>"},
         {"MediaInfoJob": _info("<info>", "Success", Async=True, MediaInfoProperty=FOUND)}),
    Step(
        "list what was found", "ListMediaInfoJobs",
        {"Status": "Success", "OrderBy": "CreateTimeDesc", "PageSize": 1, **BETWEEN},
        {"Jobs": [_info("<synced>", "Success", MediaInfoProperty=FOUND)],
         "NextPageToken": "<more>"},
        keeps={"more": "NextPageToken"},
    ),
    Step(
        "list the others", "ListMediaInfoJobs",
        {"Status": "Success", "OrderBy": "CreateTimeDesc", "PageSize": 1, **BETWEEN,
         "NextPageToken": "<more>"},
        {"Jobs": [_info("<info>", "Success")], "NextPageToken": None},
    ),
    Step("find one", "ListMediaInfoJobs", {"JobId": "<info>"},
         {"Jobs": [_info("<info>", "Success")]}),
    # ------------------------------------------------------------ workflows
    Step(
        "start a workflow", "StartWorkflow",
        {"WorkflowId": WORKFLOW, "TaskInput": TASK_INPUT, "UserData": USER_DATA,
         "SkipInputVerification": True},
        {"TaskId": "<task>"}, keeps={"task": "TaskId"},
    ),
    Step(
        "look at the task", "GetWorkflowTask", {"TaskId": "<task>"},
        {"WorkflowTask": {
            "TaskId": "<task>", "Status": "Succeed", "TaskInput": TASK_INPUT, "UserData": USER_DATA,
            "Workflow": {"WorkflowId": WORKFLOW, "Name": WORKFLOW_NAME, "Type": "Common",
                         "Status": "Active"},
        }},
    ),
    Step("start it on an asset", "StartWorkflow",
         {"WorkflowId": WORKFLOW, "TaskInput": '{"Type": "Media", "Media": "<video>"}'},
         {"TaskId": "<second>"}, keeps={"second": "TaskId"}),
    Step(
        "list tasks", "ListWorkflowTasks",
        {"WorkflowId": WORKFLOW, "WorkflowName": WORKFLOW_NAME, "MaxResults": 1, **BETWEEN},
        {"TaskList": [{"TaskId": "<second>", "Workflow": {"MediaType": "Media"}}],
         "MaxResults": 1, "NextToken": "<rest>"},
        keeps={"rest": "NextToken"},
    ),
    Step(
        "list the other tasks", "ListWorkflowTasks",
        {"WorkflowId": WORKFLOW, "WorkflowName": WORKFLOW_NAME, "MaxResults": 1, **BETWEEN,
         "NextToken": "<rest>"},
        {"TaskList": [{"TaskId": "<task>", "UserData": USER_DATA}], "NextToken": None},
    ),
    Step("find a task", "ListWorkflowTasks", {"KeyText": "影片 +1.MP4"},
         {"TaskList": [{"TaskId": "<task>"}]}),
    Step("start no workflow", "StartWorkflow", {"WorkflowId": "0" * 32, "TaskInput": TASK_INPUT},
         Refusal(400, "InvalidParameter", 'The specified parameter "WorkflowId" is not valid.')),
    # ------------------------------------------------------------ uploads
    Step(
        "ask where to upload", "CreateUploadMedia",
        {"FileInfo": '{"Type": "video", "Name": "影片", "Ext": "mp4", "Size": 5}',
         "MediaMetaData": '{"Title": "影片 +1"}', "UserData": USER_DATA, "AppId": "app-1"},
        {"MediaId": "<upload>"}, keeps={"upload": "MediaId"},
    ),
    Step("it waits for its file", "ListMediaBasicInfos", {"Status": "Init"},
         {"MediaInfos": [{"MediaBasicInfo": {"Status": "Init", "Title": "影片 +1"}}]}),
    Step("ask again", "RefreshUploadMedia", {"MediaId": "<upload>"}, {"MediaId": "<upload>"}),
    Step(
        "fetch a file", "UploadMediaByURL",
        {"UploadURLs": "https%3A%2F%2Fexample.com%2F%E5%BD%B1%20%2B1.mp4", "UserData": USER_DATA,
         "MediaMetaData": '[{"SourceURL": "https://example.com/影 +1.mp4", "Title": "影"}]'},
        {"UploadJobs": [{"JobId": "<fetched>", "SourceURL": "https://example.com/影 +1.mp4"}]},
        keeps={"fetched": "UploadJobs.0.JobId"},
    ),
    Step(
        "how far it has come", "GetUrlUploadInfos", {"JobIds": "<fetched>"},
        {"URLUploadInfoList": [{"JobId": "<fetched>", "Status": "SUCCESS", "ErrorCode": "200",
                                "UserData": USER_DATA}]},
    ),
)  # fmt: skip
