"""Whether operations declare the open questions that their answers depend on."""

from __future__ import annotations

from collections.abc import Iterable

from rpc import Rpc

from fake_ims import FakeIms
from fake_ims.gateway.catalogue import OF_EVERY_CALL
from fake_ims.journal.calls import Call
from fake_ims.operations import every_operation

OPERATION = {each.action: each for each in every_operation()}
QUESTIONS = {each.action: frozenset(each.questions) for each in every_operation()}


def relied_on(calls: Iterable[Call]) -> set[tuple[str, str]]:
    """The open questions that answers of operations depended on, each with its operation."""
    pairs = ((call.action, name) for call in calls for name in call.relied_on)
    return {(action, name) for action, name in pairs if action in QUESTIONS}


def undeclared(calls: Iterable[Call]) -> set[tuple[str, str]]:
    """Those that neither the operation nor the gateway declares."""
    return {
        (action, name)
        for action, name in relied_on(calls)
        if name not in OF_EVERY_CALL and name not in QUESTIONS[action]
    }


# ---------------------------------------------------------------- making a question matter

URL, OTHER_FORM = "oss://bucket/q.mp4", "https://bucket.oss-cn-shanghai.aliyuncs.com/q.mp4"
NOBODY = "0" * 32
FILE = '{"Type":"OSS","Media":"oss://bucket/q.mp4"}'
NO_ASSET = '{"Type":"Media","Media":"00000000000000000000000000000000"}'
REQUIRED = {
    "Input": FILE, "Output": '{"Type":"OSS","Media":"oss://bucket/q.jpg"}',
    "TemplateConfig": '{"TemplateId":"t"}',
    "InputURL": "oss://bucket/r.mp4", "CateName": "new", "CateId": "2",
    "MediaMarks": '[{"MarkStartTime":"1","MarkEndTime":"2"}]',
}  # fmt: skip
"""Values of parameters without which some operations do nothing."""
DEMANDED = {
    "CreateUploadMedia": {"FileInfo": '{"Type":"video","Name":"n","Ext":"mp4"}'},
    "UploadMediaByURL": {"UploadURLs": "https://example.com/a.mp4"},
    "StartWorkflow": {"WorkflowId": "declared", "TaskInput": FILE},
}
"""The same, by operation, of those that are not declared as required."""


def next_token(rpc: Rpc, action: str) -> str:
    """The token of the second of two pages of jobs."""
    tasks = action == "ListWorkflowTasks"
    for _ in range(2):
        if tasks:
            rpc("StartWorkflow", **DEMANDED["StartWorkflow"])
        else:
            rpc("SubmitMediaInfoJob", Input=FILE)
    size, token = ("MaxResults", "NextToken") if tasks else ("PageSize", "NextPageToken")
    found: str = rpc(action, **{size: "1"}).json[token]
    return found


def probe(ims: FakeIms, rpc: Rpc, action: str, question: str) -> None:
    """Call an operation so that an open question, which several operations share, matters to it."""
    schema = OPERATION[action].request
    for name in (REQUIRED["CateName"], "old"):
        ims.add_category(name)
    media_id = rpc.register(URL, ReferenceId="reference").media_id
    other_id = rpc.register("oss://bucket/other.mp4").media_id
    if question not in ("first_status", "early_get"):
        ims.settle()
    ims.objects.put("oss://bucket/broken.mp4", fails="gone")
    ims.declare(workflows=("declared",))
    ids, urls = (
        f"{name}s" if f"{name}s" in schema.names else name for name in ("MediaId", "InputURL")
    )
    always = {name: REQUIRED[name] for name in schema.required if name in REQUIRED}
    if action == "RegisterMediaStream":
        always = {"MediaId": media_id, "InputURL": URL}
        rpc(action, **always)
    always |= DEMANDED.get(action, {})
    if action == "SubmitSmarttagJob":
        asked_for = NOBODY if question == "unknown_media" else media_id
        always = {"Input": f'{{"Type":"Media","Media":"{asked_for}"}}'}
    if action == "SetEventCallback":
        always = {"CallbackType": "HTTP", "CallbackURL": "https://app.example.com/"}
    elif question.startswith("notify_"):
        url = "https://app.example.com/"
        set_to = {"CallbackURL": url, "AuthSwitch": "on", "AuthKey": "Secret123"}
        rpc("SetEventCallback", CallbackType="HTTP", **set_to)
    token = next_token(rpc, action) if question == "foreign_next_token" else ""
    notify = {ids: media_id, "UserData": '{"NotifyAddress":"https://own.example.com/"}'}
    sent = {
        "notify_address": notify,
        "notify_events": notify,
        "notify_signature": notify,
        "callback_content_type": notify,
        "analysis_event": notify,
        "url_identity": {urls: OTHER_FORM, "Input": OTHER_FORM},
        "unknown_media": {ids: NOBODY},
        "foreign_next_token": {
            "NextPageToken": token, "OrderBy": "CreateTimeAsc", "NextToken": token, "KeyText": "q",
        },
        "unknown_job_media": {"Input": NO_ASSET, "TaskInput": NO_ASSET},
        "unknown_workflow": {"WorkflowId": "w"},
        "undeclared_workflow": {
            "InputURL": "oss://bucket/r.mp4", "WorkflowId": "w",
            "PostProcessConfig": '{"ProcessType":"Workflow","ProcessID":"w"}',
        },
        "fuzzy_case": {"KeyText": "a", "Match": "title = 'a'"},
        "auth_timeout_range": {ids: media_id, "AuthTimeout": "0", "Timeout": "0"},
        "page_size_range": {"MaxResults": "101", "PageSize": "101", "Text": "panda"},
        "event_fields": {ids: media_id, "InputURL": URL, "Overwrite": "true", "Title": "new"},
        "event_user_data": {"UserData": "{}"},
        "unreadable_object": {"InputURL": "oss://bucket/broken.mp4"},
        "reference_id_conflict": {ids: other_id, "ReferenceId": "reference"},
    }.get(question, {ids: media_id})  # fmt: skip
    rpc(action, **{**always, **{name: sent[name] for name in sent if name in schema.names}})
