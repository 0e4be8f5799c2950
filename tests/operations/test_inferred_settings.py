"""Every setting for an open question of the real service, with all of its values."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from alone import ALONE
from callback_scenarios import CALLBACK_SCENARIOS
from questions import QUESTIONS, probe, relied_on, undeclared
from rpc import Reply, Rpc
from signed import Signed

from fake_ims import FakeIms
from fake_ims.evidence import Evidence
from fake_ims.gateway.catalogue import OF_EVERY_CALL
from fake_ims.settings import Settings
from fake_ims.web import mns

URL = "oss://bucket/a.mp4"
HTTPS = "https://bucket.oss-cn-shanghai.aliyuncs.com/a.mp4"

Scenario = Callable[[FakeIms, Rpc], object]
Table = dict[str, tuple[Scenario, dict[str, object]]]


def outcome(reply: Reply) -> tuple[int, str | None]:
    return (reply.status, None if reply.status == 200 else reply.code)


def other_form_and_other_query(ims: FakeIms, rpc: Rpc) -> object:
    rpc.register(HTTPS + "?Expires=1")
    other_query = rpc.register(HTTPS + "?Expires=2").status
    return other_query, rpc.register(URL).status


def unknown_suffix(ims: FakeIms, rpc: Rpc) -> object:
    return outcome(rpc.register("oss://bucket/file.xyz"))


def text_suffix(ims: FakeIms, rpc: Rpc) -> object:
    media_id = rpc.register("oss://bucket/file.srt").media_id
    return ims.assets[media_id].media_type


def missing_parameter(ims: FakeIms, rpc: Rpc) -> object:
    return rpc("RegisterMediaInfo").code


def bad_value(ims: FakeIms, rpc: Rpc) -> object:
    return outcome(rpc.register(URL, Title="x" * 129))


def unknown_media(ims: FakeIms, rpc: Rpc) -> object:
    by_url = outcome(rpc("GetMediaInfo", InputURL=URL))
    assert by_url == outcome(rpc("GetMediaInfo", MediaId="0" * 32))
    return by_url


def reference_id_conflict(ims: FakeIms, rpc: Rpc) -> object:
    rpc.register(URL, ReferenceId="reference")
    return outcome(rpc.register("oss://bucket/b.mp4", ReferenceId="reference"))


def unknown_category(ims: FakeIms, rpc: Rpc) -> object:
    answers = [
        rpc("AddCategory", CateName="a", ParentId="9"),
        rpc("UpdateCategory", CateName="a", CateId="9"),
        rpc("DeleteCategory", CateId="9"),
        rpc("GetCategories", CateId="9"),
    ]
    return {outcome(reply) for reply in answers}


def duplicate_category(ims: FakeIms, rpc: Rpc) -> object:
    rpc("AddCategory", CateName="a")
    return outcome(rpc("AddCategory", CateName="a"))


def category_type(ims: FakeIms, rpc: Rpc) -> object:
    rpc("AddCategory", CateName="a", Type="material")
    reply = rpc("AddCategory", CateName="b", ParentId="1", Type="default")
    return reply.json["Category"]["Type"] if reply.status == 200 else reply.message


def category_deletion(ims: FakeIms, rpc: Rpc) -> object:
    rpc("AddCategory", CateName="a")
    media_id = rpc.register(URL, CateId="1").media_id
    rpc("DeleteCategory", CateId="1")
    return ims.assets[media_id].cate_id


def mark_without_id(ims: FakeIms, rpc: Rpc) -> object:
    media_id = rpc.register(URL).media_id
    rpc("AddMediaMarks", MediaId=media_id, MediaMarks='[{"MarkTag": "old"}]')
    reply = rpc("UpdateMediaMarks", MediaId=media_id, MediaMarks='[{"MarkTag": "new"}]')
    (mark,) = ims.assets[media_id].marks
    if reply.status == 200:
        assert reply.json["MediaMarkIds"] == (mark.mark_id if mark.mark_tag == "new" else "")
    return (*outcome(reply), mark.mark_tag)


def client_token_conflict(ims: FakeIms, rpc: Rpc) -> object:
    first = rpc.register(URL, ClientToken="t").media_id
    reply = rpc.register("oss://bucket/b.mp4", ClientToken="t")
    return (reply.media_id == first) if reply.status == 200 else reply.code


def client_token_window(ims: FakeIms, rpc: Rpc) -> object:
    ims.clock.freeze()
    rpc.register(URL, ClientToken="t")
    ims.clock.advance("23h")
    return rpc.register(URL, ClientToken="t").status


def overwrite_unregistered(ims: FakeIms, rpc: Rpc) -> object:
    return outcome(rpc.register(URL, Overwrite="true"))


def event_fields(ims: FakeIms, rpc: Rpc) -> object:
    media_id = rpc.register(URL).media_id
    rpc("UpdateMediaInfo", MediaId=media_id, Title="new")
    rpc("DeleteMediaInfos", MediaIds=media_id)
    return [" ".join(event.message_body) for event in ims.events]


def batch_get_limit(ims: FakeIms, rpc: Rpc) -> object:
    at_the_limit = outcome(rpc("BatchGetMediaInfos", MediaIds=",".join(map(str, range(20)))))
    assert at_the_limit == (200, None)
    return outcome(rpc("BatchGetMediaInfos", MediaIds=",".join(map(str, range(21)))))


def first_status(ims: FakeIms, rpc: Rpc) -> object:
    return rpc.status(rpc.register(URL).media_id)


def early_get(ims: FakeIms, rpc: Rpc) -> object:
    media_id = rpc.register(URL).media_id
    early = outcome(rpc("GetMediaInfo", MediaId=media_id))
    ims.settle()
    assert rpc.status(media_id) == "Normal"
    rpc.register("oss://bucket/b.mp4")
    rpc("GetMediaInfo", InputURL="oss://bucket/b.mp4")
    return early


def match_operators(ims: FakeIms, rpc: Rpc) -> object:
    rpc.register(URL, Title="Giant panda")
    reply = rpc("SearchMedia", Match="title == 'panda'")
    return reply.json["Total"] if reply.status == 200 else reply.code


def fuzzy_case(ims: FakeIms, rpc: Rpc) -> object:
    rpc.register(URL, Title="Giant Panda")
    rpc.register("oss://bucket/b.mp4", Title="giant panda")
    return rpc("SearchMedia", Match="title = 'panda'").json["Total"]


def three_pages(rpc: Rpc, **parameters: str) -> str:
    """The token of the second of three pages."""
    for name in "abc":
        rpc.register(f"oss://bucket/{name}.mp4", Title=name)
    reply = rpc("SearchMedia", PageNo="2", PageSize="1", **parameters)
    token = reply.json["ScrollToken"]
    assert isinstance(token, str)
    return token


def scroll_back(ims: FakeIms, rpc: Rpc) -> object:
    outcomes = []
    for page_no in ("1", "2"):
        token = three_pages(rpc)
        reply = rpc("SearchMedia", PageNo=page_no, PageSize="1", ScrollToken=token)
        titles = [each["MediaBasicInfo"]["Title"] for each in reply.json.get("MediaInfoList", ())]
        outcomes.append(titles or reply.message)
    return outcomes


def foreign_scroll_token(ims: FakeIms, rpc: Rpc) -> object:
    token = three_pages(rpc, Match="title = ''")
    return outcome(rpc("SearchMedia", Match="title = 'a'", ScrollToken=token))


def unreadable_object(ims: FakeIms, rpc: Rpc) -> object:
    ims.objects.put(URL, fails="gone")
    reply = rpc.register(URL)
    if reply.status != 200:
        assert len(ims.assets) == 0
        return reply.status, reply.code, reply.message
    ims.settle()
    return ims.assets[reply.media_id].status


def play_info_source(ims: FakeIms, rpc: Rpc) -> object:
    media_id = rpc.register(URL).media_id
    rpc("RegisterMediaStream", MediaId=media_id, InputURL="oss://bucket/hd.mp4")
    ims.settle()
    return [
        item["FileURL"].rpartition("/")[2]
        for item in rpc("GetPlayInfo", MediaId=media_id).json["PlayInfoList"]
    ]


def event_user_data(ims: FakeIms, rpc: Rpc) -> object:
    rpc.register(URL, UserData='{"a":1}')
    (user_data,) = {event.message_body.get("UserData") for event in ims.settle()}
    return user_data


def analysis_event(ims: FakeIms, rpc: Rpc) -> object:
    rpc.register(URL, UserData='{"NotifyAddress":"ice-callback-a"}', **ALONE)
    return [event.event_type for event in ims.settle()]


def auth_timeout_range(ims: FakeIms, rpc: Rpc) -> object:
    media_id = rpc.register(URL).media_id
    ims.complete(media_id)
    ims.clock.freeze("1970-01-01T00:00:00Z")
    outcomes = []
    for timeout in ("0", "-1", "86401", "9223372036854775807"):
        reply = rpc("GetMediaInfo", MediaId=media_id, AuthTimeout=timeout)
        if reply.status == 200:
            file_url = reply.json["MediaInfo"]["FileInfoList"][0]["FileBasicInfo"]["FileUrl"]
            outcomes.append(file_url.partition("Expires=")[2].partition("&")[0])
        else:
            outcomes.append(reply.code)
    return outcomes


def page_size_range(ims: FakeIms, rpc: Rpc) -> object:
    for number in range(11):
        ims.add_category(str(number))
    outcomes = []
    for name, value in (("PageNo", "0"), ("PageSize", "9"), ("PageSize", "101")):
        reply = rpc("GetCategories", **{name: value})
        shown = reply.json.get("SubCategories", {}).get("Category", ())
        outcomes.append(len(shown) or reply.message)
    return outcomes


def foreign_next_token(ims: FakeIms, rpc: Rpc) -> object:
    for name in ("a", "b"):
        rpc.register(f"oss://bucket/{name}.mp4")
    token = rpc("ListMediaBasicInfos", MaxResults="1").json["NextToken"]
    return outcome(rpc("ListMediaBasicInfos", MaxResults="1", SortBy="asc", NextToken=token))


def submitted(rpc: Rpc, media: str, **overwrite: object) -> Reply:
    """A snapshot job."""
    template = {"TemplateId": "t", "OverwriteParams": overwrite}
    return rpc(
        "SubmitSnapshotJob",
        Input=json.dumps({"Type": "Media" if len(media) == 32 else "OSS", "Media": media}),
        Output='{"Type": "OSS", "Media": "oss://bucket/{Count}.jpg"}',
        TemplateConfig=json.dumps(template),
    )


def url_upload_status(ims: FakeIms, rpc: Rpc) -> object:
    urls = [f"https://example.com/{name}.mp4" for name in "ab"]
    ims.jobs.expect("url_upload", fails="gone", url=urls[1])
    rpc("UploadMediaByURL", UploadURLs=",".join(urls))
    pending = rpc("GetUrlUploadInfos", UploadURLs=urls[0]).json["URLUploadInfoList"]
    assert [info["Status"] for info in pending] == ["PENDING"]
    ims.settle()
    ended = rpc("GetUrlUploadInfos", UploadURLs=",".join(urls)).json["URLUploadInfoList"]
    return [info["Status"] for info in ended]


def unknown_job_media(ims: FakeIms, rpc: Rpc) -> object:
    of_nobody = json.dumps({"Type": "Media", "Media": "0" * 32})
    told = rpc("SubmitSyncMediaInfoJob", Input=of_nobody)
    reply = submitted(rpc, "0" * 32)
    assert outcome(reply) == outcome(told)
    if reply.status != 200:
        return outcome(reply)
    ims.settle()
    failure = ims.jobs[reply.json["JobId"]].failure
    assert told.json["MediaInfoJob"]["Status"] == "Fail"
    return None if failure is None else failure.code


def unknown_workflow(ims: FakeIms, rpc: Rpc) -> object:
    """One that is not there, and one that is Inactive."""
    off = ims.add_workflow(status="Inactive").workflow_id
    told = json.dumps({"Type": "OSS", "Media": URL})
    return {outcome(rpc("StartWorkflow", WorkflowId=each, TaskInput=told)) for each in ("w", off)}


def undeclared_workflow(ims: FakeIms, rpc: Rpc) -> object:
    media_id = rpc.register(URL, WorkflowId="w").media_id
    told = [event.media_id for event in ims.settle().of("WorkflowTaskComplete")]
    assert set(told) <= {media_id}
    return len(told)


def intra_snapshots(ims: FakeIms, rpc: Rpc) -> object:
    """Key frames at 0, 10, 20 and 30 seconds."""
    ims.objects.put(URL, duration=89.584, fps=25)
    job_id = submitted(rpc, URL, Count=20, Interval=2, FrameType="intra").json["JobId"]
    ims.settle()
    return ims.jobs[job_id].result.total


def first_storage(ims: FakeIms, rpc: Rpc) -> object:
    listed = rpc("GetStorageList").json["StorageInfoList"]
    return rpc("GetDefaultStorageLocation").json["Status"], len(listed), len(ims.storage)


def default_storage(ims: FakeIms, rpc: Rpc) -> object:
    rpc("SetDefaultStorageLocation", StorageType="user_oss_bucket", Bucket="bucket")
    listed = rpc("GetStorageList").json["StorageInfoList"]
    return [(each["DefaultStorage"], each["EditingTempFileStorage"]) for each in listed]


def search_lib_title(ims: FakeIms, rpc: Rpc) -> object:
    media_id = rpc.register(URL, Title="old").media_id
    ims.settle()
    rpc("InsertMediaToSearchLib", Input=URL, MsgBody='{"title": "inserted"}')
    ims.settle()
    inserted = ims.assets[media_id].title
    rpc("UpdateMediaToSearchLib", MediaId=media_id, MsgBody='{"title": "updated"}')
    return inserted, ims.assets[media_id].title


def unindexed_media(ims: FakeIms, rpc: Rpc) -> object:
    return outcome(rpc("QueryMediaIndexJob", MediaId=rpc.register(URL).media_id))


def storage_location(ims: FakeIms, rpc: Rpc) -> object:
    ims.storage.put("bucket")
    (shown,) = rpc("GetStorageList", StorageType="user_oss_bucket").json["StorageInfoList"]
    return shown["StorageLocation"]


def unsupported_method_status(ims: FakeIms, rpc: Rpc) -> object:
    return outcome(rpc.raw("PUT", rpc.target("GetMediaInfo")))


def action_check(ims: FakeIms, rpc: Rpc) -> object:
    return rpc("NoSuchThing").code


def unknown_key_status(ims: FakeIms, rpc: Rpc) -> object:
    return Signed(ims, "LTAI5tNobody", "secret").rpc("GetMediaInfo").status


def security_token_status(ims: FakeIms, rpc: Rpc) -> object:
    keys = ims.ram.temporary_keys()
    return Signed(ims, keys).rpc("GetMediaInfo", common={"SecurityToken": "wrong"}).status


def signed_headers(ims: FakeIms, rpc: Rpc) -> object:
    listed = ("host", "x-acs-action", "x-acs-version", "x-acs-date")
    return Signed(ims).acs3("GetMediaInfo", signed=listed).code


def signature_message(ims: FakeIms, rpc: Rpc) -> object:
    message = Signed(ims, ims.access_key_id, "wrong").acs3("GetMediaInfo").message
    return "CanonicalRequest" in message


def throttling_status(ims: FakeIms, rpc: Rpc) -> object:
    ims.faults.add(code="Throttling.User")
    return rpc("GetMediaInfo").status


def default_format(ims: FakeIms, rpc: Rpc) -> object:
    return rpc.raw("POST", "/?Action=GetMediaInfo").headers["content-type"]


def queue_body(ims: FakeIms, rpc: Rpc) -> object:
    message = ims.queues["ice-callback-demo"].put('{"a":"b"}')
    assert message.json() == {"a": "b"}
    reply = rpc.raw("GET", "/queues/ice-callback-demo/messages")
    return reply.body.decode().partition("<MessageBody>")[2].partition("</MessageBody>")[0]


SCENARIOS: Table = {
    "url_identity": (
        other_form_and_other_query,
        {"location": (409, 409), "url": (409, 200), "exact": (200, 200)},
    ),
    "unknown_suffix": (
        unknown_suffix, {"video": (200, None), "reject": (400, "InvalidParameter")},
    ),
    "text_suffix": (text_suffix, {"text": "text", "unknown": "video"}),
    "missing_parameter": (
        missing_parameter, {"gateway": "MissingInputURL", "product": "MissingParameter"},
    ),
    "bad_value": (
        bad_value, {"product": (400, "InvalidParameter"), "gateway": (400, "InvalidTitle")},
    ),
    "unknown_media": (
        unknown_media,
        {"invalid": (400, "InvalidParameter"), "not_found": (404, "ResourceNotFound")},
    ),
    "reference_id_conflict": (
        reference_id_conflict,
        {"invalid": (400, "InvalidParameter"), "conflict": (409, "InvalidParameter")},
    ),
    "unknown_category": (
        unknown_category,
        {"invalid": {(400, "InvalidParameter")}, "not_found": {(404, "ResourceNotFound")}},
    ),
    "duplicate_category": (
        duplicate_category, {"allow": (200, None), "reject": (400, "InvalidParameter")},
    ),
    "category_type": (
        category_type,
        {"parent": "material", "reject": 'The specified parameter "Type" is not valid.'},
    ),
    "category_deletion": (category_deletion, {"detach": None, "keep": 1}),
    "mark_without_id": (
        mark_without_id,
        {
            "skip": (200, None, "old"),
            "position": (200, None, "new"),
            "reject": (400, "InvalidParameter", "old"),
        },
    ),
    "client_token_conflict": (
        client_token_conflict,
        {"register": False, "first": True, "reject": "IdempotentParameterMismatch"},
    ),
    "client_token_window": (client_token_window, {"24h": 200, "22h": 409}),
    "overwrite_unregistered": (
        overwrite_unregistered, {"register": (200, None), "reject": (404, "ResourceNotFound")},
    ),
    "event_fields": (
        event_fields,
        {
            "relative": [
                "Status MediaType MediaId OperateMode MediaContent",
                "Status MediaType DeleteType MediaId",
            ],
            "minimal": ["Status MediaId", "Status MediaId"],
        },
    ),
    "batch_get_limit": (
        batch_get_limit, {"none": (200, None), "20": (400, "InvalidParameter")},
    ),
    "first_status": (first_status, {"Preparing": "Preparing", "Init": "Init"}),
    "early_get": (early_get, {"answer": (200, None), "not_found": (404, "ResourceNotFound")}),
    "match_operators": (match_operators, {"documented": "InvalidParameter", "any": 1}),
    "fuzzy_case": (fuzzy_case, {"ignored": 2, "exact": 1}),
    "scroll_back": (
        scroll_back,
        {
            "next": [["a"], ["a"]],
            "reject": ['The specified parameter "PageNo" is not valid.'] * 2,
        },
    ),
    "foreign_scroll_token": (
        foreign_scroll_token, {"answer": (200, None), "reject": (400, "InvalidParameter")},
    ),
    "unreadable_object": (
        unreadable_object,
        {
            "later": "PrepareFail",
            "at_once": (
                400, "InvalidParameter", 'The specified parameter "InputURL" is not valid.',
            ),
        },
    ),
    "play_info_source": (
        play_info_source, {"listed": ["a.mp4", "hd.mp4"], "omitted": ["hd.mp4"]},
    ),
    "event_user_data": (event_user_data, {"echo": '{"a":1}', "omit": None}),
    "analysis_event": (
        analysis_event,
        {
            "after": ["RegisterMediaComplete", "VideoAnalysisComplete"],
            "before": ["VideoAnalysisComplete", "RegisterMediaComplete"],
            "omit": ["RegisterMediaComplete"],
        },
    ),
    "auth_timeout_range": (
        auth_timeout_range,
        {"clamp": ["1", "1", "86400", "86400"], "reject": ["InvalidParameter"] * 4},
    ),
    "page_size_range": (
        page_size_range,
        {
            "clamp": [10, 10, 11],
            "reject": [
                'The specified parameter "PageNo" is not valid.',
                'The specified parameter "PageSize" is not valid.',
                'The specified parameter "PageSize" is not valid.',
            ],
        },
    ),
    "foreign_next_token": (
        foreign_next_token, {"answer": (200, None), "reject": (400, "InvalidParameter")},
    ),
    "unknown_job_media": (
        unknown_job_media, {"fail": "ResourceNotFound", "reject": (404, "ResourceNotFound")},
    ),
    "url_upload_status": (
        url_upload_status, {"vod": ["SUCCESS", "FAIL"], "media": ["Normal", "PrepareFail"]},
    ),
    "unknown_workflow": (
        unknown_workflow,
        {"invalid": {(400, "InvalidParameter")}, "not_found": {(404, "ResourceNotFound")}},
    ),
    "undeclared_workflow": (undeclared_workflow, {"run": 1, "ignore": 0}),
    "intra_snapshots": (intra_snapshots, {"count": 20, "key_frames": 4}),
    "first_storage": (first_storage, {"vod": ("normal", 1, 1), "none": ("notExist", 0, 0)}),
    "default_storage": (
        default_storage,
        {"both": [(False, False), (True, True)], "editing": [(True, False), (False, True)]},
    ),
    "storage_location": (
        storage_location,
        {"host": "bucket.oss-cn-shanghai.aliyuncs.com", "bucket": "bucket"},
    ),
    "search_lib_title": (
        search_lib_title, {"asset": ("inserted", "updated"), "keep": ("old", "old")},
    ),
    "unindexed_media": (
        unindexed_media, {"empty": (200, None), "reject": (400, "InvalidParameter")},
    ),
    "unsupported_method_status": (
        unsupported_method_status,
        {"403": (403, "UnsupportedHTTPMethod"), "400": (400, "UnsupportedHTTPMethod")},
    ),
    "action_check": (
        action_check, {"after": "MissingSignatureMethod", "before": "InvalidAction.NotFound"},
    ),
    "unknown_key_status": (unknown_key_status, {"404": 404, "400": 400}),
    "security_token_status": (security_token_status, {"400": 400, "403": 403}),
    "signed_headers": (
        signed_headers, {"required": "IncompleteSignature", "any": "MissingParameter"},
    ),
    "signature_message": (signature_message, {"long": True, "short": False}),
    "throttling_status": (throttling_status, {"400": 400, "429": 429}),
    "default_format": (
        default_format,
        {"json": "application/json;charset=utf-8", "xml": "text/xml;charset=utf-8"},
    ),
    **CALLBACK_SCENARIOS,
    "queue_body": (queue_body, {"raw": '{"a":"b"}', "base64": "eyJhIjoiYiJ9"}),
}  # fmt: skip

OF_ENFORCE = {
    "action_check", "unknown_key_status", "security_token_status", "signed_headers",
    "signature_message",
}  # fmt: skip

INFERRED = {
    name: info for name, info in Settings.table.items() if info.evidence is Evidence.INFERRED
}


def mode_for(name: str) -> str:
    return "enforce" if name in OF_ENFORCE else "open"


def test_every_inferred_setting_is_tested_with_all_of_its_values() -> None:
    assert SCENARIOS.keys() == INFERRED.keys()
    for name, (_, outcomes) in SCENARIOS.items():
        if "|" in INFERRED[name].form:
            assert list(outcomes) == INFERRED[name].form.split(" | ")
        assert len(outcomes) > 1
        assert INFERRED[name].parse(next(iter(outcomes))) == INFERRED[name].default


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, (_, outcomes) in SCENARIOS.items() for value in outcomes],
)
def test_setting_decides(name: str, value: str) -> None:
    scenario, outcomes = SCENARIOS[name]
    settings: dict[str, Any] = {name: value, "mode": mode_for(name)}
    with FakeIms(**settings) as ims:
        assert scenario(ims, Rpc(ims)) == outcomes[value]


@pytest.mark.parametrize("name", SCENARIOS)
def test_call_that_relied_on_an_inference_says_so(name: str) -> None:
    scenario, _ = SCENARIOS[name]
    with FakeIms(mode=mode_for(name)) as ims:
        scenario(ims, Rpc(ims))
        calls = ims.queues.calls if name in mns.QUESTIONS else ims.calls
        assert name in calls[-1].relied_on
        assert undeclared(ims.calls) == set()


def test_plain_registration_relies_on_no_inference(fake_ims: FakeIms, rpc: Rpc) -> None:
    media_id = rpc.register(URL, Title="t", ClientToken="t").media_id
    fake_ims.settle()
    rpc.get(media_id)
    assert rpc.register(URL).status == 409
    assert [call.relied_on for call in fake_ims.calls] == [(), (), ()]


def test_every_question_is_the_gateways_or_an_operations_or_the_message_services() -> None:
    asked = set().union(*QUESTIONS.values())
    assert asked.isdisjoint({*OF_EVERY_CALL, *mns.QUESTIONS})
    assert asked.union(OF_EVERY_CALL, mns.QUESTIONS) == INFERRED.keys()


def test_every_operation_depends_on_what_it_declares() -> None:
    seen: set[tuple[str, str]] = set()
    for name, (scenario, _) in SCENARIOS.items():
        with FakeIms(mode=mode_for(name)) as ims:
            scenario(ims, Rpc(ims))
            seen |= relied_on(ims.calls)
    declared = {(action, name) for action, names in QUESTIONS.items() for name in names}
    for action, name in declared - seen:
        with FakeIms() as ims:
            probe(ims, Rpc(ims), action, name)
            seen |= relied_on(ims.calls)
    assert declared - seen == set()
