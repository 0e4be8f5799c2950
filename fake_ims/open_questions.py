"""The open questions of the real service: settings whose defaults are inferences.

No document answers them. Each default is what breaks the fewest callers; a call that depended on
one says so in ``call.relied_on``.
"""

from __future__ import annotations

import dataclasses

from fake_ims.setting_kinds import switch


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestions:
    """How this world answers them."""

    url_identity: str = switch(
        "location", "url", "exact",
        text="Which InputURLs are one asset: those of one OSS object; those alike up to the query "
        "string; or those equal byte for byte.",
    )  # fmt: skip
    unknown_suffix: str = switch(
        "video", "reject",
        text="MediaType of a file name that does not tell, when none is sent.",
    )  # fmt: skip
    text_suffix: str = switch(
        "text", "unknown",
        text="Whether a suffix of subtitles or fonts tells the MediaType, as those of images, "
        "videos and audio files do.",
    )  # fmt: skip
    missing_parameter: str = switch(
        "gateway", "product",
        text="Who refuses a request without a required parameter: the gateway with Missing<Name>, "
        "as MissingInputURL, or the product with MissingParameter.",
    )  # fmt: skip
    bad_value: str = switch(
        "product", "gateway",
        text="Who refuses a value that is too long, malformed or not one of those documented: "
        "InvalidParameter or Invalid<Name>.",
    )  # fmt: skip
    unknown_media: str = switch(
        "invalid", "not_found",
        text="Answer for an unknown MediaId or InputURL: 400 InvalidParameter or "
        "404 ResourceNotFound.",
    )  # fmt: skip
    reference_id_conflict: str = switch(
        "invalid", "conflict",
        text="Status of a ReferenceId that is in use: 400 or 409.",
    )  # fmt: skip
    unknown_category: str = switch(
        "invalid", "not_found",
        text="Answer of the operations on categories for an unknown CateId or ParentId: "
        "400 InvalidParameter or 404 ResourceNotFound.",
    )  # fmt: skip
    duplicate_category: str = switch(
        "allow", "reject",
        text="A CateName that another category under the same parent has.",
    )  # fmt: skip
    category_type: str = switch(
        "parent", "reject",
        text="Type of a category whose parent is of another Type: the parent's, or "
        "InvalidParameter.",
    )  # fmt: skip
    category_deletion: str = switch(
        "detach", "keep",
        text="Assets in a category that is deleted: their CateId goes with it, or stays.",
    )  # fmt: skip
    mark_without_id: str = switch(
        "skip", "position", "reject",
        text="UpdateMediaMarks with an item without MarkId, as in the documented example: it "
        "changes nothing, changes the mark at its place, or is refused.",
    )  # fmt: skip
    client_token_conflict: str = switch(
        "register", "first", "reject",
        text="A known ClientToken with another request: registered, given the first answer, "
        "or refused.",
    )  # fmt: skip
    overwrite_unregistered: str = switch(
        "register", "reject",
        text="Overwrite=true for a URL that is not registered.",
    )  # fmt: skip
    event_fields: str = switch(
        "relative", "minimal",
        text="MessageBody of MediaBaseChangeComplete, DeleteMediaComplete, "
        "VideoAnalysisComplete, SnapshotComplete, MediaAiAnalysisComplete and "
        "WorkflowTaskComplete: the fields of the events of these names, or of events like them, in "
        "ApsaraVideo VOD; or Status and MediaId.",
    )  # fmt: skip
    batch_get_limit: str = switch(
        "none", "20",
        text="How many ids BatchGetMediaInfos takes.",
    )  # fmt: skip
    first_status: str = switch(
        "Preparing", "Init",
        text="Status right after registration.",
    )  # fmt: skip
    early_get: str = switch(
        "answer", "not_found",
        text="GetMediaInfo before the analysis is done: 200 with an empty FileInfoList, or 404; "
        "BatchGetMediaInfos ignores it then.",
    )  # fmt: skip
    match_operators: str = switch(
        "documented", "any",
        text="An operator in Match that is not documented for its field: refused, or answered in "
        "the way that the field has, as ApsaraVideo VOD does.",
    )  # fmt: skip
    fuzzy_case: str = switch(
        "ignored", "exact",
        text="Whether what contains a text in a fuzzy search is found in any case, or in its own.",
    )  # fmt: skip
    scroll_back: str = switch(
        "next", "reject",
        text="A PageNo sent with a ScrollToken that is not beyond the page which it came with: "
        "the next page, or refused.",
    )  # fmt: skip
    foreign_scroll_token: str = switch(
        "answer", "reject",
        text="A ScrollToken with another Match or other filters than it was given for: the search "
        "asked for now goes on from the same place, or it is refused.",
    )  # fmt: skip
    unreadable_object: str = switch(
        "later", "at_once",
        text="An object that cannot be analysed: its analysis fails after the delay, or its "
        "registration is refused.",
    )  # fmt: skip
    play_info_source: str = switch(
        "listed", "omitted",
        text="Whether PlayInfoList of GetPlayInfo begins with the asset's own file.",
    )  # fmt: skip
    event_user_data: str = switch(
        "echo", "omit",
        text="UserData in the events that end a registration, and the jobs and streams of one, "
        "whatever event_fields says.",
    )  # fmt: skip
    unknown_job_media: str = switch(
        "fail", "reject",
        text="A job on a MediaId that is not there: it fails with ResourceNotFound, or its "
        "submission is refused with 404 ResourceNotFound.",
    )  # fmt: skip
    unknown_workflow: str = switch(
        "invalid", "not_found",
        text="Answer of StartWorkflow for a WorkflowId that is not there, or Inactive: "
        "400 InvalidParameter or 404 ResourceNotFound.",
    )  # fmt: skip
    undeclared_workflow: str = switch(
        "run", "ignore",
        text="What follows the analysis of an asset that was registered or uploaded with a "
        "WorkflowId which no test has declared: a task of a workflow without activities, or none.",
    )  # fmt: skip
    intra_snapshots: str = switch(
        "count", "key_frames",
        text="Snapshots with FrameType intra: as many as were asked for; or one a key frame, which "
        "are often fewer (one observation), with a key frame every 250 frames.",
    )  # fmt: skip
    analysis_event: str = switch(
        "after", "before", "omit",
        text="The event VideoAnalysisComplete of a registered video or audio file: after "
        "RegisterMediaComplete, at the same instant; before it; or none.",
    )  # fmt: skip
    event_type_list: str = switch(
        "all", "none",
        text="Which events leave for the callback of SetEventCallback without EventTypeList (the "
        "first SDKs had none), or with ALL, as ApsaraVideo VOD has it.",
    )  # fmt: skip
    notify_address: str = switch(
        "replace", "add",
        text="NotifyAddress in UserData, or CallbackURL in its MessageCallback: the event goes "
        "there instead of to the callback of SetEventCallback, or to both.",
    )  # fmt: skip
    notify_events: str = switch(
        "any", "listed",
        text="Which events go to such an address: all of its task; or those that leave for the "
        "callback of SetEventCallback, and none without it, as in ApsaraVideo VOD.",
    )  # fmt: skip
    notify_signature: str = switch(
        "signed", "unsigned",
        text="Whether a callback to such a URL is signed when SetEventCallback has set AuthSwitch "
        "to on.",
    )  # fmt: skip
    callback_content_type: str = switch(
        "application/json", "text/plain",
        text="Content-Type of a callback over HTTP.",
    )  # fmt: skip
    auth_timeout_range: str = switch(
        "clamp", "reject",
        text="AuthTimeout outside 1 to 86400 seconds.",
    )  # fmt: skip
    page_size_range: str = switch(
        "clamp", "reject",
        text="PageNo, PageSize or MaxResults outside the documented range.",
    )  # fmt: skip
    foreign_next_token: str = switch(
        "answer", "reject",
        text="A NextToken with other filters or another order than it was given for: the list "
        "asked for now goes on from the same point in time, or it is refused.",
    )  # fmt: skip
    url_upload_status: str = switch(
        "vod", "media",
        text="Status of an upload from a URL that has ended: SUCCESS or FAIL, as in ApsaraVideo "
        "VOD, to whose page the documents point; or Normal, as in their example, or PrepareFail.",
    )  # fmt: skip
    first_storage: str = switch(
        "vod", "none",
        text="Storage that there is before any is set: a bucket of ApsaraVideo VOD, which is the "
        "default; or none, and GetDefaultStorageLocation has the Status notExist.",
    )  # fmt: skip
    default_storage: str = switch(
        "both", "editing",
        text="What GetStorageList shows of the bucket that SetDefaultStorageLocation has set: "
        "DefaultStorage and EditingTempFileStorage, or EditingTempFileStorage alone.",
    )  # fmt: skip
    storage_location: str = switch(
        "host", "bucket",
        text="StorageLocation in GetStorageList: the bucket's host name, of which public examples "
        "of the editor make URLs; or its name, as in the documented example.",
    )  # fmt: skip
    search_lib_title: str = switch(
        "asset", "keep",
        text="The title in MsgBody of InsertMediaToSearchLib and UpdateMediaToSearchLib: the "
        "asset's from then on, by which SearchMedia finds it; or known to the library alone.",
    )  # fmt: skip
    unindexed_media: str = switch(
        "empty", "reject",
        text="QueryMediaIndexJob of an asset that has not entered the library, as before its "
        "analysis is done: no jobs, or InvalidParameter.",
    )  # fmt: skip
    unsupported_method_status: str = switch(
        "403", "400",
        text="Status of UnsupportedHTTPMethod, for any method but GET and POST.",
    )  # fmt: skip
    action_check: str = switch(
        "after", "before",
        text="With mode=enforce: whether an unknown Action or Version is refused after or before "
        "Format, common parameters and signature are looked at.",
    )  # fmt: skip
    unknown_key_status: str = switch(
        "404", "400",
        text="Status of InvalidAccessKeyId.NotFound.",
    )  # fmt: skip
    security_token_status: str = switch(
        "400", "403",
        text="Status of InvalidSecurityToken.Expired, .Malformed and .MismatchWithAccessKey.",
    )  # fmt: skip
    signed_headers: str = switch(
        "required", "any",
        text="With mode=enforce: whether SignedHeaders must list host and the x-acs- headers by "
        "which the gateway goes, where they are sent.",
    )  # fmt: skip
    signature_message: str = switch(
        "long", "short",
        text="Message for a wrong ACS3 signature: with the canonical request, or without.",
    )  # fmt: skip
    throttling_status: str = switch(
        "400", "429",
        text="Status of Throttling, Throttling.User and Throttling.Api, which faults answer with.",
    )  # fmt: skip
    default_format: str = switch(
        "json", "xml",
        text="Format of the answer to a request without ACS3 headers and without Format.",
    )  # fmt: skip
    queue_body: str = switch(
        "raw", "base64",
        text="Body of a callback's message in a queue: the JSON as it is, or Base64 of it.",
    )  # fmt: skip
