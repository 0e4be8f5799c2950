"""Smart tags: after a registration, and of jobs that are submitted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from patience import until
from rpc import Reply, Rpc, invalid, missing

from fake_ims import FakeIms

URL = "oss://bucket/folder/影片 1.mp4"
ALL = "S00000103-000001"
DETAILED = '{"AiRoughData.StandardSmartTagJob": true}'
NOT_FOUND = (404, "ResourceNotFound", "Resource not found")


def rough_data(rpc: Rpc, media_id: str, **parameters: str) -> Any:
    found = rpc("GetMediaInfo", MediaId=media_id, **parameters)
    assert found.status == 200
    return found.json["MediaInfo"].get("AiRoughData")


def found_in(data: Any) -> dict[str, Any]:
    return {
        each["Type"]: json.loads(each["Data"]) for each in data["StandardSmartTagJob"]["Results"]
    }


def submit(rpc: Rpc, kind: str, media: str, **parameters: str) -> Reply:
    return rpc("SubmitSmarttagJob", Input=json.dumps({"Type": kind, "Media": media}), **parameters)


def query(rpc: Rpc, job_id: str) -> dict[str, Any]:
    answer = rpc("QuerySmarttagJob", JobId=job_id).json
    del answer["RequestId"]
    return answer


def results_of(rpc: Rpc, job_id: str) -> dict[str, Any]:
    answer = query(rpc, job_id)
    assert answer["JobStatus"] == "Success"
    return {each["Type"]: json.loads(each["Data"]) for each in answer["Results"]["Result"]}


# ---------------------------------------------------------------- after a registration


@pytest.mark.fake_ims(delay="10s", job_delays="smart_tags=20s saving=4s")
def test_the_states_of_a_tagging_in_their_order(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    media_id = rpc.register(URL, SmartTagTemplateId=ALL).media_id
    states: list[tuple[str, str] | None] = []
    for _ in range(40):
        data = rough_data(rpc, media_id)
        state = data and (data["Status"], data["StandardSmartTagJob"]["Status"])
        if state not in states:
            states.append(state)
        fake_ims.clock.advance("1s")
    assert states == [
        None,
        ("Analyzing", "Analyzing"),
        ("AnalyzeSuccess", "AnalyzeSuccess"),
        ("Saving", "AnalyzeSuccess"),
        ("SaveSuccess", "AnalyzeSuccess"),
    ]
    (event,) = fake_ims.events.of("MediaAiAnalysisComplete")
    assert event.event_time == "2026-01-31T12:00:34Z"
    job = rough_data(rpc, media_id)["AiJobId"]
    assert event.message_body == {"Status": "Success", "MediaId": media_id, "JobId": job}


def test_the_findings_are_a_url_or_text(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, SmartTagTemplateId=ALL).media_id
    assert rough_data(rpc, media_id) is None
    fake_ims.complete(media_id, stage="analysis")
    begun = rough_data(rpc, media_id)
    assert begun == {
        "AiJobId": begun["AiJobId"], "SaveType": "TEXT", "Status": "Analyzing",
        "StandardSmartTagJob": {"AiJobId": begun["AiJobId"], "Status": "Analyzing"},
    }  # fmt: skip
    fake_ims.complete(media_id)

    for told in ({}, {"ReturnDetailedInfo": '{"AiRoughData.StandardSmartTagJob": false}'}):
        data = rough_data(rpc, media_id, **told)
        job = data["StandardSmartTagJob"]
        assert job.keys() == {"AiJobId", "Status", "ResultUrl"}
        url = job["ResultUrl"]
        assert url.startswith("http://bucket.oss-cn-shanghai.aliyuncs.com/folder/ice-generated/")
        assert "Signature=" in url
        assert data["Result"] == url
    for flag in (DETAILED, '{"AiRoughData.StandardSmartTagJob": "True"}'):
        data = rough_data(rpc, media_id, ReturnDetailedInfo=flag)
        assert "ResultUrl" not in data["StandardSmartTagJob"]
        assert found_in(data).keys() == {"NLP", "TextLabel", "VideoLabel", "ASR", "OCR"}
    assert data["AiCategory"] == found_in(data)["VideoLabel"]["classifications"][0]["category1"]
    same = results_of(rpc, data["AiJobId"])
    assert same == found_in(data)


@pytest.mark.parametrize(
    ("template", "url", "types"),
    [
        ("S00000101-300080", URL, {"NLP"}),
        ("S00000103-000002", URL, {"TextLabel", "VideoLabel", "ASR", "OCR"}),
        ("S00000101-100060", URL, {"VideoLabel"}),
        ("my-own-template", URL, {"TextLabel", "VideoLabel", "ASR", "OCR"}),
        (ALL, "oss://bucket/a.mp3", {"NLP", "TextLabel", "ASR"}),
        (ALL, "oss://bucket/a.png", {"TextLabel", "VideoLabel", "OCR"}),
        ("S00000101-300080", "oss://bucket/a.png", set()),
    ],
)
def test_what_is_found_depends_on_template_and_file(
    template: str, url: str, types: set[str], fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(url, SmartTagTemplateId=template).media_id
    fake_ims.settle()
    data = rough_data(rpc, media_id, ReturnDetailedInfo=DETAILED)
    assert data["Status"] == "SaveSuccess"
    assert found_in(data).keys() == types


def test_a_text_has_no_tags(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register("oss://bucket/a.srt", SmartTagTemplateId=ALL).media_id
    fake_ims.settle()
    assert rough_data(rpc, media_id) is None
    assert fake_ims.events.of("MediaAiAnalysisComplete") == ()


def test_without_a_template_nothing_is_tagged(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    assert rough_data(rpc, media_id, ReturnDetailedInfo=DETAILED) is None


def analyse(rpc: Rpc, auto: bool = True, save_type: str = "") -> None:
    sent = {"Auto": str(auto), "SaveType": save_type, "TemplateId": "S00000101-100070"}
    assert rpc("SetContentAnalyzeConfig", **sent).status == 200


def test_analysis_can_be_set_to_be_automatic(fake_ims: FakeIms, rpc: Rpc) -> None:
    analyse(rpc)
    unsaved = rpc.register(URL).media_id
    own = rpc.register("oss://bucket/b.mp4", SmartTagTemplateId="S00000101-300080").media_id
    fake_ims.settle()
    data = rough_data(rpc, unsaved, ReturnDetailedInfo=DETAILED)
    assert found_in(data).keys() == {"TextLabel", "VideoLabel", "OCR"}
    assert data["Status"] == "AnalyzeSuccess"
    assert "SaveType" not in data
    assert fake_ims.jobs.of("saving", media_id=unsaved) == []
    assert [*map(str, fake_ims.assets[unsaved].insights.ocr)] == []
    assert len(fake_ims.events.of("MediaAiAnalysisComplete", media_id=unsaved)) == 1
    assert found_in(rough_data(rpc, own, ReturnDetailedInfo=DETAILED)).keys() == {"NLP"}

    analyse(rpc, save_type="FACE,TEXT")
    saved = rpc.register("oss://bucket/c.mp4").media_id
    analyse(rpc, auto=False)
    nothing = rpc.register("oss://bucket/d.mp4").media_id  # what holds when it has been analysed
    fake_ims.settle()
    assert rough_data(rpc, nothing) is None
    assert rough_data(rpc, saved) is None


def test_what_was_set_when_the_analysis_ends_counts(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    analyse(rpc, save_type="FACE,TEXT")
    fake_ims.settle()
    data = rough_data(rpc, media_id)
    assert (data["Status"], data["SaveType"]) == ("SaveSuccess", "FACE,TEXT")
    assert fake_ims.assets[media_id].insights.ocr != ()


def test_a_failed_tagging_is_told_at_once_and_not_saved(fake_ims: FakeIms, rpc: Rpc) -> None:
    with fake_ims.jobs.expect("smart_tags", fails="太暗", code="TooDark"):
        media_id = rpc.register(URL, SmartTagTemplateId=ALL, UserData='{"a":1}').media_id
        fake_ims.settle()
    data = rough_data(rpc, media_id, ReturnDetailedInfo=DETAILED)
    assert (data["Status"], data["StandardSmartTagJob"]["Status"]) == ("AnalyzeFailed",) * 2
    assert data.keys() == {"AiJobId", "SaveType", "Status", "StandardSmartTagJob"}
    (event,) = fake_ims.events.of("MediaAiAnalysisComplete")
    assert event.message_body == {
        "Status": "Fail", "MediaId": media_id, "JobId": data["AiJobId"], "ErrorCode": "TooDark",
        "ErrorMessage": "太暗", "UserData": '{"a":1}',
    }  # fmt: skip
    assert fake_ims.jobs.of("saving") == []
    assert query(rpc, data["AiJobId"]) == {"JobStatus": "Fail", "UserData": '{"a":1}'}


@pytest.mark.fake_ims(job_failures="saving")
def test_saving_can_fail(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, SmartTagTemplateId=ALL).media_id
    fake_ims.settle()
    data = rough_data(rpc, media_id)
    assert (data["Status"], data["StandardSmartTagJob"]["Status"]) == (
        "SaveFailed", "AnalyzeSuccess",
    )  # fmt: skip
    (event,) = fake_ims.events.of("MediaAiAnalysisComplete")
    assert (event.status, event.message_body["JobId"]) == ("Fail", data["AiJobId"])
    assert fake_ims.assets[media_id].insights.labels == ()


def test_a_failed_analysis_is_not_tagged(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, fails="broken")
    media_id = rpc.register(URL, SmartTagTemplateId=ALL).media_id
    fake_ims.settle()
    assert rough_data(rpc, media_id) is None


GIVEN: Mapping[str, Any] = {
    "OCR": {"details": [{"timestamp": 1, "info": [{"value": "熊猫"}, {"value": 7}, "?"]}, None]},
    "VideoLabel": {
        "tags": [{"mainTagName": "动物", "subTagName": "熊猫"}, {"mainTagName": "动物"}, 3],
        "persons": [{"name": "Ann", "category": "celebrity"}], "classifications": None,
    },
    "TextLabel": {"tags": "none"},
}  # fmt: skip


def test_what_a_test_gives_is_found_and_saved_where_searches_find_it(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    as_answered = [{"Type": kind, "Data": json.dumps(data)} for kind, data in GIVEN.items()]
    for number, given in enumerate((GIVEN, as_answered)):
        url = f"oss://bucket/{number}.mp4"
        fake_ims.jobs.expect("smart_tags", result=given, url=url)
        media_id = rpc.register(url, SmartTagTemplateId=ALL).media_id
        fake_ims.complete(media_id, stage="smart_tags")
        match = f"mediaId == '{media_id}' and ocrInfo.tracks.content = '熊猫'"
        assert rpc("SearchMedia", Match=match).json["Total"] == 0
        fake_ims.complete(media_id)
        (hit,) = rpc("SearchMedia", Match=match).json["MediaInfoList"]
        assert hit["AiData"]["AiLabelInfo"] == [
            {"Category": "动物", "LabelId": "熊猫", "LabelName": "熊猫"},
            {"Category": "celebrity", "LabelId": "Ann", "LabelName": "Ann"},
        ]
        assert [each["Content"] for each in hit["AiData"]["OcrInfo"]] == ["熊猫"]
        by_label = f"mediaId == '{media_id}' and aiLabelInfo.category == 'celebrity'"
        assert rpc("SearchMedia", Match=by_label).json["Total"] == 1
        data = rough_data(rpc, media_id, ReturnDetailedInfo=DETAILED)
        assert found_in(data) == GIVEN


@pytest.mark.parametrize(
    "given",
    [
        "OCR", 1, [], ["OCR"], [{"Type": "OCR"}], {"Ocr": {}}, {"OCR": {1, 2}},
        {"OCR": float("nan")}, {"OCR": "no JSON"}, {"OCR": "\ud800"}, {1: {}},
        [{"Type": ["OCR"], "Data": "{}"}],
    ],
)  # fmt: skip
def test_what_cannot_be_found_is_told(given: Any, fake_ims: FakeIms) -> None:
    if given == []:
        fake_ims.jobs.expect("smart_tags", result=given)  # nothing is found
        return
    with pytest.raises(ValueError, match=r"findings|of type|no JSON"):
        fake_ims.jobs.expect("smart_tags", result=given)
    with pytest.raises(ValueError, match="cannot be given"):
        fake_ims.jobs.expect("saving", result={})


def test_the_same_file_and_seed_give_the_same_findings() -> None:
    seen = []
    for seed in (5, 5, 6):
        with FakeIms(seed=seed) as ims:
            rpc = Rpc(ims)
            media_id = rpc.register(URL, Title="t", SmartTagTemplateId=ALL).media_id
            ims.settle()
            seen.append(found_in(rough_data(rpc, media_id, ReturnDetailedInfo=DETAILED)))
    assert seen[0] == seen[1] != seen[2]


def test_registered_again_an_asset_is_tagged_again(fake_ims: FakeIms, rpc: Rpc) -> None:
    first = rpc.register(URL, SmartTagTemplateId=ALL).media_id
    fake_ims.complete(first, stage="analysis")
    old_job = rough_data(rpc, first)["AiJobId"]
    second = rpc.register(URL, SmartTagTemplateId=ALL, Overwrite="true").media_id
    fake_ims.settle()
    assert rough_data(rpc, second)["Status"] == "SaveSuccess"
    assert rpc("QuerySmarttagJob", JobId=old_job).refusal == NOT_FOUND
    (event,) = fake_ims.events.of("MediaAiAnalysisComplete")
    assert event.media_id == second


@pytest.mark.fake_ims(completion="reads", reads=2)
def test_reads_bring_it_on(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, SmartTagTemplateId=ALL).media_id
    states = [data and data["Status"] for data in (rough_data(rpc, media_id) for _ in range(4))]
    assert states == [None, None, "Analyzing", "SaveSuccess"]
    job_id = submit(rpc, "Media", media_id).json["JobId"]
    states = [query(rpc, job_id)["JobStatus"] for _ in range(3)]
    assert [state == "Success" for state in states] == [False, False, True]
    states = [rough_data(rpc, media_id)["Status"] for _ in range(3)]
    assert [state == "SaveSuccess" for state in states] == [False, False, True]


@pytest.mark.fake_ims(strict=True)
@pytest.mark.parametrize(
    "text", ['{"AiRoughData.StandardSmartTagJob": 1}', '{"Other": true}', '{"a": {}}']
)
def test_strictly_only_the_documented_detail(text: str, fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    refused = rpc("GetMediaInfo", MediaId=media_id, ReturnDetailedInfo=text).refusal
    assert refused == invalid("ReturnDetailedInfo")


# ---------------------------------------------------------------- submitted jobs


@pytest.mark.fake_ims(job_delays="smart_tags=10s saving=1s")
def test_a_job_on_an_asset(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-31T12:00:00Z")
    media_id = rpc.register(URL, Title="熊猫").media_id
    fake_ims.complete(media_id)
    job_id = submit(rpc, "Media", media_id, UserData="me & you", TemplateId="x").json["JobId"]
    assert query(rpc, job_id) == {"JobStatus": "Submitted", "UserData": "me & you"}
    assert rough_data(rpc, media_id)["Status"] == "Analyzing"
    fake_ims.clock.advance("6s")
    assert query(rpc, job_id)["JobStatus"] == "Processing"
    fake_ims.clock.advance("4s")
    results = results_of(rpc, job_id)
    assert results.keys() == {"TextLabel", "VideoLabel"}
    assert results["TextLabel"]["tags"][0] == {"name": "标题", "value": "熊猫"}
    assert fake_ims.events.of("MediaAiAnalysisComplete") == ()
    fake_ims.clock.advance("1s")
    data = rough_data(rpc, media_id)
    assert (data["AiJobId"], data["Status"]) == (job_id, "SaveSuccess")
    (event,) = fake_ims.events.of("MediaAiAnalysisComplete")
    assert event.message_body == {
        "Status": "Success", "MediaId": media_id, "JobId": job_id, "UserData": "me & you",
    }  # fmt: skip
    assert fake_ims.assets[media_id].insights.labels != ()


def test_the_last_job_of_an_asset_is_shown(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, SmartTagTemplateId=ALL).media_id
    fake_ims.settle()
    jobs = [submit(rpc, "Media", media_id).json["JobId"] for _ in range(2)]
    assert len({*jobs, *(each.job_id for each in fake_ims.jobs.of("smart_tags"))}) == 3
    fake_ims.settle()
    data = rough_data(rpc, media_id)
    assert (data["AiJobId"], data["Status"]) == (jobs[1], "SaveSuccess")
    told = [each.message_body["JobId"] for each in fake_ims.events.of("MediaAiAnalysisComplete")]
    assert told[1:] in (jobs, jobs[::-1])


@pytest.mark.parametrize(
    ("kind", "media"),
    [
        ("OSS", "OSS://bucket/影片 1.mp4"),
        ("OSS", "http://bucket.oss-cn-beijing.aliyuncs.com/a.mp4"),
        ("URL", "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4?Expires=1"),
        ("URL", "https://media.example.com/path/a.mp4?x=1"),
        ("URL", "HTTP://media.example.com"),
    ],
)
def test_a_job_on_a_file(kind: str, media: str, fake_ims: FakeIms, rpc: Rpc) -> None:
    params = json.dumps({
        "needAsrData": True, "needOcrData": "true", "needMetaData": True,
        "nlpParams": {"sourceLanguage": "en", "autoChaptersEnabled": True},
    })  # fmt: skip
    job_id = submit(rpc, kind, media, Params=params, Title="Two-pandas").json["JobId"]
    fake_ims.settle()
    results = results_of(rpc, job_id)
    assert results.keys() == {"TextLabel", "VideoLabel", "ASR", "OCR", "Meta", "NLP"}
    assert results["NLP"].keys() == {"transcription", "autoChapters"}
    assert results["ASR"]["details"][0]["value"].isascii()
    assert results["Meta"] == {"title": "Two-pandas"}
    assert fake_ims.events == ()
    assert len(fake_ims.assets) == 0
    assert fake_ims.jobs.of("saving") == []


def test_values_sent_one_by_one(fake_ims: FakeIms, rpc: Rpc) -> None:
    sent = {"Input.Type": "OSS", "Input.Media": URL, "ScheduleConfig.PipelineId": "p"}
    answer = rpc("SubmitSmarttagJob", **sent)
    assert fake_ims.jobs[answer.json["JobId"]].source.media == URL


@pytest.mark.parametrize("name", ["Input.", "Input..", "Input.Type.", "Input" + ".Type" * 5000])
def test_values_sent_one_by_one_with_odd_names(name: str, fake_ims: FakeIms, rpc: Rpc) -> None:
    sent = {"Input.Media": URL, "Input.Type": "OSS", name: "OSS"}
    assert rpc("SubmitSmarttagJob", **sent).status in (200, 400)
    assert rpc("SubmitSmarttagJob", **{name: "OSS"}).refusal == invalid("Input")


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ({"diarizationEnabled": True}, {"transcription"}),
        ({"summarizationEnabled": True}, {"transcription", "summarization"}),
        ({"translationEnabled": True, "targetLanguages": "cn"}, {"transcription", "translation"}),
        ({"meetingAssistanceEnabled": True}, {"transcription", "meetingAssistance"}),
        ({"summarizationTypes": {"a": 1}, "summarizationEnabled": 1, "sourceLanguage": [1]},
         {"transcription", "summarization"}),
        ({"summarizationTypes": [1, "MindMap"], "summarizationEnabled": True},
         {"transcription", "summarization"}),
    ],
)  # fmt: skip
def test_nlp_params(asked: Any, parts: set[str], fake_ims: FakeIms, rpc: Rpc) -> None:
    template = "S00000101-300080"
    params = json.dumps({"nlpParams": asked})
    job_id = submit(rpc, "OSS", URL, TemplateId=template, Params=params).json["JobId"]
    fake_ims.settle()
    results = results_of(rpc, job_id)
    assert results.keys() == {"NLP"}
    assert results["NLP"].keys() == parts


def test_a_file_that_cannot_be_read(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, fails="broken")
    job_id = submit(rpc, "OSS", URL).json["JobId"]
    fake_ims.settle()
    assert query(rpc, job_id) == {"JobStatus": "Fail"}


@pytest.mark.parametrize("length", [0.001, 1.0, 86_400.0])
def test_a_file_of_any_length(length: float, fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.objects.put(URL, duration=length, width=1, height=1)
    params = json.dumps({"needAsrData": True, "needOcrData": True, "nlpParams": {"a": 1}})
    job_id = submit(rpc, "OSS", URL, Params=params).json["JobId"]
    fake_ims.settle()
    results = results_of(rpc, job_id)
    for each in results["ASR"]["details"]:
        assert 0 <= each["from"] <= each["to"] <= length
    for label in (*results["VideoLabel"]["persons"], *results["VideoLabel"]["tags"]):
        (seen,) = label["occurrences"]
        assert 0 <= seen["from"] <= seen["to"] <= length
        assert 0 <= label["ratio"] <= 1
        assert max(*seen["position"]["leftTop"], *seen["position"]["rightBottom"]) <= 1
    assert {each["timestamp"] <= length for each in results["OCR"]["details"]} == {True}


def test_an_asset_that_goes_takes_its_jobs_along(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.complete(media_id)
    job_id = submit(rpc, "Media", media_id).json["JobId"]
    saved = submit(rpc, "Media", media_id).json["JobId"]
    fake_ims.jobs.complete(saved)
    rpc("DeleteMediaInfos", MediaIds=media_id)
    fake_ims.settle()
    assert query(rpc, job_id)["JobStatus"] == "Fail"
    assert query(rpc, saved)["JobStatus"] == "Success"
    assert fake_ims.events.of("MediaAiAnalysisComplete") == ()


@pytest.mark.fake_ims(job_delays="smart_tags=1s")
def test_jobs_are_kept_for_180_days(fake_ims: FakeIms, rpc: Rpc) -> None:
    fake_ims.clock.freeze("2026-01-01T00:00:00Z")
    job_id = submit(rpc, "OSS", URL).json["JobId"]
    fake_ims.clock.advance(180 * 86_400)
    assert query(rpc, job_id)["JobStatus"] == "Success"
    fake_ims.clock.advance(1)
    assert rpc("QuerySmarttagJob", JobId=job_id).refusal == NOT_FOUND


def test_jobs_that_are_not_there(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    (other, *_) = fake_ims.jobs.of("snapshots", media_id=media_id)
    for job_id in ("0" * 32, other.job_id, "键" * 500):
        assert rpc("QuerySmarttagJob", JobId=job_id).refusal == NOT_FOUND
    assert rpc("QuerySmarttagJob").code == "MissingJobId"
    assert rpc("QuerySmarttagJob", JobId="1", Params="[]").refusal == invalid("Params")


OSS = json.dumps({"Type": "OSS", "Media": URL})


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({"Input": ""}, missing("Input")),
        ({"Input": "[]"}, invalid("Input")),
        ({"Input": URL}, invalid("Input")),
        ({"Input": "{}"}, invalid("Input")),
        ({"Input": '{"Type": "OSS"}'}, invalid("Input")),
        ({"Input": '{"Type": "oss", "Media": "oss://bucket/a.mp4"}'}, invalid("Input")),
        ({"Input": '{"Type": "OSS", "Media": 1}'}, invalid("Input")),
        ({"Input": '{"Type": ["OSS"], "Media": "oss://bucket/a.mp4"}'}, invalid("Input")),
        ({"Input": '{"Type": "OSS", "Media": "https://example.com/a.mp4"}'}, invalid("Input")),
        ({"Input": '{"Type": "OSS", "Media": "vod://0123"}'}, invalid("Input")),
        ({"Input": '{"Type": "URL", "Media": "oss://bucket/a.mp4"}'}, invalid("Input")),
        ({"Input": '{"Type": "URL", "Media": "ftp://example.com/a.mp4"}'}, invalid("Input")),
        ({"Input": '{"Type": "URL", "Media": "http://"}'}, invalid("Input")),
        ({"Input": '{"Type": "URL", "Media": "\\u0000"}'}, invalid("Input")),
        ({"Input": '{"Type": "Media", "Media": "0123"}'}, invalid("MediaId")),
        ({"Input": OSS, "Title": "é" * 129}, invalid("Title")),
        ({"Input": OSS, "Content": "é" * 513}, invalid("Content")),
        ({"Input": OSS, "UserData": "é" * 513}, invalid("UserData")),
        ({"Input": OSS, "Params": "needAsrData"}, invalid("Params")),
        ({"Input": OSS, "Params": "[" * 50_000}, invalid("Params")),
        ({"Input": OSS, "TemplateConfig": "1"}, invalid("TemplateConfig")),
        ({"Input": OSS, "ScheduleConfig": "p"}, invalid("ScheduleConfig")),
        ({"Input": OSS, "NotifyUrl": "ftp://example.com"}, invalid("NotifyUrl")),
        ({"Input": OSS, "NotifyUrl": "ice-callback-queue"}, invalid("NotifyUrl")),
    ],
)
def test_what_is_refused(
    parameters: dict[str, str], refusal: tuple[int, str, str], fake_ims: FakeIms, rpc: Rpc
) -> None:
    assert rpc("SubmitSmarttagJob", **parameters).refusal == refusal
    assert len(fake_ims.jobs) == 0


def test_what_is_just_long_enough(fake_ims: FakeIms, rpc: Rpc) -> None:
    longest = {"Title": "é" * 128, "Content": "é" * 512, "UserData": "é" * 512}
    assert submit(rpc, "OSS", URL, **longest).status == 200
    assert submit(rpc, "OSS", URL, Params='{"needAsrData": 1, "nlpParams": []}').status == 200
    assert submit(rpc, "OSS", URL, TemplateId="no such template").status == 200


@pytest.mark.fake_ims(strict=True)
@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("TemplateId", "other", "mine"),
        ("Title", "-title", "标题-1"),
        ("Content", "*", "9"),
        ("Params", '{"needAsrData": 1}', '{"needAsrData": false, "nlpParams": {}}'),
        ("Params", '{"nlpParams": []}', "{}"),
    ],
)
def test_what_is_refused_strictly(
    name: str, wrong: str, right: str, fake_ims: FakeIms, rpc: Rpc
) -> None:
    fake_ims.declare(smart_tag_templates=("mine",))
    assert submit(rpc, "OSS", URL, **{name: wrong}).refusal == invalid(name)
    assert submit(rpc, "OSS", URL, **{name: right}).status == 200


@pytest.mark.fake_ims(strict=True, region="cn-shenzhen")
def test_strictly_only_in_three_regions(fake_ims: FakeIms, rpc: Rpc) -> None:
    assert submit(rpc, "OSS", URL).refusal == invalid("RegionId")
    refused = rpc.register(URL, SmartTagTemplateId=ALL).refusal
    assert refused == invalid("SmartTagTemplateId")
    assert rpc.register(URL).status == 200


# ---------------------------------------------------------------- NotifyUrl


def test_the_url_of_a_job_is_told_of_its_end(fake_ims: FakeIms, rpc: Rpc) -> None:
    with fake_ims.callbacks.receiver() as receiver:
        told = {"NotifyUrl": receiver.url, "UserData": '{"键": 1}'}
        first = submit(rpc, "OSS", URL, **told).json["JobId"]
        fake_ims.settle()
        with fake_ims.jobs.expect("smart_tags", fails="no"):
            second = submit(rpc, "URL", "https://example.com/a.mp4", NotifyUrl=receiver.url)
        fake_ims.settle()
    callbacks = fake_ims.callbacks.of("smarttag")
    assert [json.loads(each.body) for each in callbacks] == [
        {"Type": "smarttag", "JobId": first, "State": "Success", "UserData": '{"键": 1}'},
        {"Type": "smarttag", "JobId": second.json["JobId"], "State": "Fail"},
    ]
    assert [each.outcome for each in callbacks] == ["delivered"] * 2
    assert [each.media_id for each in callbacks] == [first, second.json["JobId"]]
    assert fake_ims.events == ()


def test_the_url_of_a_job_on_an_asset_gets_the_message_and_user_data_the_event(
    fake_ims: FakeIms, rpc: Rpc
) -> None:
    media_id = rpc.register(URL).media_id
    fake_ims.settle()
    with fake_ims.callbacks.receiver() as receiver, fake_ims.callbacks.receiver() as other:
        user_data = json.dumps({"NotifyAddress": other.url})
        submit(rpc, "Media", media_id, NotifyUrl=receiver.url, UserData=user_data)
        fake_ims.settle()
    (message,) = fake_ims.callbacks.of("smarttag", media_id=media_id)
    (event,) = fake_ims.callbacks.of("MediaAiAnalysisComplete", media_id=media_id)
    assert (message.to, event.to) == (receiver.url, other.url)
    assert {message.outcome, event.outcome} == {"delivered"}


@pytest.mark.fake_ims(job_delays="smart_tags=0s")
def test_the_message_leaves_after_the_answer(fake_ims: FakeIms, rpc: Rpc) -> None:
    answered: list[bool] = []
    submitted: list[str] = []

    def handle(received: Any) -> None:
        until(lambda: len(submitted) > 0)  # the answer was sent, and is being read
        answered.append(json.loads(received.body)["JobId"] in submitted)

    with fake_ims.callbacks.receiver(handle) as receiver:
        submitted.append(submit(rpc, "OSS", URL, NotifyUrl=receiver.url).json["JobId"])
        fake_ims.callbacks.wait_for("smarttag")
    assert answered == [True]


def test_a_message_can_be_lost_and_is_tried_three_times(fake_ims: FakeIms, rpc: Rpc) -> None:
    with fake_ims.callbacks.receiver() as receiver:
        with fake_ims.callbacks.drop("smarttag"):
            submit(rpc, "OSS", URL, NotifyUrl=receiver.url)
            fake_ims.settle()
        receiver.answer(500, times=2)
        submit(rpc, "OSS", URL, NotifyUrl=receiver.url)
        fake_ims.settle()
    lost, late = fake_ims.callbacks.of("smarttag")
    assert (lost.outcome, late.outcome, len(late.attempts)) == ("withheld", "delivered", 3)
