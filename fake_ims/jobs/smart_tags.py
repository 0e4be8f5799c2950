"""Smart tagging: what is in a file; and saving, which lets searches find an asset by it.

Both follow an asset's analysis if its registration names a SmartTagTemplateId, or analysis was set
to be automatic. So they do when a caller submits a job on an asset (documented).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple
from urllib.parse import unquote, urlsplit

from fake_ims.clock import Instant
from fake_ims.jobs.job import Job, JobError
from fake_ims.jobs.jobs import Jobs
from fake_ims.jobs.kinds import Words, job_kind, kind_of
from fake_ims.jobs.tag_results import TagResult, TagResults, labels_of, read_results, texts_of
from fake_ims.library.assets import Asset
from fake_ims.media import tagging
from fake_ims.media.details import FileDetails, Unreadable
from fake_ims.media.locations import Location
from fake_ims.media.types import media_type_of

FAMILY: Final = "smart_tags"

WORDS: Final = Words("Submitted", "Processing", "Success", "Fail", "Fail")
"""Documented: Submitted, Processing, Success and Fail."""

MESSAGE: Final = "smarttag"
"""What a message to a NotifyUrl calls itself (documented)."""

TEXT: Final = "TEXT"
"""The library of texts and labels, which searches go by (documented)."""

_ALL_TAGS: Final = ("TextLabel", "VideoLabel", "ASR", "OCR")
_TEMPLATES: Final = {
    "S00000101-300080": ("NLP",),
    "S00000103-000001": ("NLP", *_ALL_TAGS),
    "S00000103-000002": _ALL_TAGS,
    "S00000101-100040": ("TextLabel", "OCR"),
    "S00000101-100060": ("VideoLabel",),
    "S00000101-100070": ("TextLabel", "VideoLabel", "OCR"),
}
"""What each system template finds: what it can do is documented, the types are inferred."""

_OF_ANY_OTHER: Final = _ALL_TAGS

_LESS: Final[Mapping[str, frozenset[str]]] = {
    "video": frozenset(),
    "audio": frozenset({"VideoLabel", "OCR"}),
    "image": frozenset({"NLP", "ASR"}),
    "text": frozenset({"NLP", "VideoLabel", "ASR", "OCR"}),
}
"""What cannot be found in a file of a type."""

_NLP: Final[Mapping[str, Any]] = {
    "autoChaptersEnabled": True, "summarizationEnabled": True, "meetingAssistanceEnabled": True,
    "summarizationTypes": "Paragraph,Conversational,QuestionsAnswering,MindMap",
}  # fmt: skip
"""What a template with NLP asks for, when nlpParams do not say."""


class TagParams(NamedTuple):
    """Params of SubmitSmarttagJob. ``nlp`` are the nlpParams: without them there is no NLP, unless
    the template has it. ``wrong`` are keys whose values cannot be read: they count as not there.
    """

    need_asr: bool = False
    need_ocr: bool = False
    need_meta: bool = False
    nlp: Mapping[str, Any] | None = None
    wrong: tuple[str, ...] = ()


def read_params(text: str | None) -> TagParams:
    """Read Params that are known to be a JSON object, or absent."""
    given: dict[str, Any] = json.loads(text) if text else {}
    wrong: list[str] = []
    flags: list[bool] = []
    for name in ("needAsrData", "needOcrData", "needMetaData"):
        value = given.get(name, False)
        if not isinstance(value, bool):
            value = {"true": True, "false": False}.get(str(value).lower())
        wrong += [name] if value is None else []
        flags.append(bool(value))
    nlp = given.get("nlpParams")
    if not isinstance(nlp, (dict, type(None))):
        wrong.append("nlpParams")
        nlp = None
    asr, ocr, meta = flags
    return TagParams(asr, ocr, meta, nlp or None, tuple(wrong))


class TagOrder(NamedTuple):
    """What to look for. ``params`` is None for what no caller submitted. ``save_type`` says in
    which libraries to save what is found, between commas; None: in none.
    """

    template_id: str | None = None
    params: TagParams | None = None
    title: str | None = None
    save_type: str | None = TEXT
    notify_url: str | None = None

    def types(self, media_type: str) -> tuple[str, ...]:
        """What is to be found in a file of this type.

        ASR and OCR of a job that a caller submitted only if its Params say so (documented).
        """
        wanted = dict.fromkeys(_TEMPLATES.get(self.template_id or "", _OF_ANY_OTHER))
        if self.params is not None:
            needed = {
                "ASR": self.params.need_asr, "OCR": self.params.need_ocr,
                "Meta": self.params.need_meta,
            }  # fmt: skip
            for kind, need in needed.items():
                if need:
                    wanted[kind] = None
                else:
                    wanted.pop(kind, None)
            if self.params.nlp is not None:
                wanted["NLP"] = None
        return tuple(kind for kind in wanted if kind not in _LESS[media_type])

    @property
    def asked_of_nlp(self) -> Mapping[str, Any]:
        """nlpParams, as a caller gave them or as they hold without."""
        given = None if self.params is None else self.params.nlp
        return _NLP if given is None else given


def _wanted(asset: Asset, jobs: Jobs) -> TagOrder | None:
    """A SmartTagTemplateId counts before what SetContentAnalyzeConfig has set (inferred)."""
    if asset.media_type == "text":
        return None
    if asset.smart_tag_template_id is not None:
        return TagOrder(asset.smart_tag_template_id, title=asset.title)
    config = jobs.content_analysis
    if not config.auto:
        return None
    return TagOrder(config.template_id, title=asset.title, save_type=config.save_type)


def _ended(job: Job, jobs: Jobs, at: Instant) -> None:
    order: TagOrder = job.order
    if order.notify_url is not None:
        body = {"Type": MESSAGE, "JobId": job.job_id, "State": WORDS.of(job.state(at))}
        if job.user_data is not None:
            body["UserData"] = job.user_data
        jobs.notify(MESSAGE, at, body, order.notify_url, job.media_id or job.job_id)
    if job.media_id is None:
        return
    if job.failure is not None or order.save_type is None:
        _tell(job, job, jobs, at)
    elif not job.automatic:  # what follows an automatic one is in its chain
        saving = SavingOrder(job.job_id, order.save_type)
        jobs.submit(
            kind_of("saving"), at, job.source, saving, media_id=job.media_id,
            user_data=job.user_data,
        )  # fmt: skip


def _tell(job: Job, tagging_job: Job, jobs: Jobs, at: Instant) -> None:
    """Let MediaAiAnalysisComplete happen: when all is saved (documented), or when a job failed or
    there is nothing to save (inferred). Its fields are those of AI events in ApsaraVideo VOD.
    """
    body: dict[str, Any] = {
        "Status": "Success" if job.failure is None else "Fail",
        "MediaId": job.media_id,
        "JobId": tagging_job.job_id,
    }
    if job.failure is not None:
        body |= job.failure.fields()
    jobs.library.announce("MediaAiAnalysisComplete", at, body, job.user_data)


@job_kind(
    "smart_tags",
    family=FAMILY,
    words=WORDS,
    wanted=_wanted,
    ended=_ended,
    events=("MediaAiAnalysisComplete", MESSAGE),
    read_result=read_results,
)
def find_tags(job: Job, jobs: Jobs, at: Instant) -> TagResults:
    """Made-up findings, such as the template and Params ask for."""
    order: TagOrder = job.order
    details = _details(job, jobs)
    file, seed = file_of(job, jobs), jobs.library.seed
    asset = jobs.library.assets.get(job.media_id or "")
    media_type = _media_type(job, asset)
    nlp = order.asked_of_nlp
    makers: dict[str, Callable[[], Any]] = {
        "NLP": lambda: tagging.nlp(file, details, seed, nlp),
        "TextLabel": lambda: tagging.text_label(file, seed, order.title or ""),
        "VideoLabel": lambda: tagging.video_label(file, details, seed),
        "ASR": lambda: tagging.asr(file, details, seed, str(nlp.get("sourceLanguage", "cn"))),
        "OCR": lambda: tagging.ocr(file, details, seed),
        "Meta": lambda: {"title": order.title or ""},
    }
    return tuple(TagResult(kind, makers[kind]()) for kind in order.types(media_type))


def _media_type(job: Job, asset: Asset | None) -> str:
    if asset is not None:
        return asset.media_type
    path = urlsplit(job.source.media).path if job.source.location is None else ""
    suffix = job.source.location.suffix if job.source.location else path.rpartition(".")[2].lower()
    return media_type_of(suffix) or "video"


def _details(job: Job, jobs: Jobs) -> FileDetails:
    if job.media_id is not None or job.source.location is not None:
        return jobs.details_of(job)
    parts = urlsplit(job.source.media)  # of no OSS object: made up like any other file
    elsewhere = Location("oss", "", parts.netloc, unquote(parts.path.lstrip("/")) or "/")
    media_type = _media_type(job, None)
    found = jobs.library.objects.analyse(elsewhere, media_type, None)
    if isinstance(found, Unreadable):
        raise JobError("InvalidParameter.ResourceContentBad", found.reason)
    return found


def file_of(job: Job, jobs: Jobs) -> str:
    """One text for the file that a job works on."""
    asset = jobs.library.assets.get(job.media_id or "")
    location = job.source.location if asset is None else asset.location
    return job.source.media if location is None else location.canonical


# ---------------------------------------------------------------- saving


class SavingOrder(NamedTuple):
    """What to save: what came of the job ``job_id``, in which libraries."""

    job_id: str
    save_type: str


def saving_of(job: Job, jobs: Jobs) -> Job | None:
    """The job that saves what came of a smart tagging, once it has begun."""
    for each in jobs.of_asset(job.media_id or ""):
        if each.kind == "saving" and each.order.job_id == job.job_id:
            return each
    return None


def _to_save(asset: Asset, jobs: Jobs) -> SavingOrder | None:
    for job in reversed(jobs.of_asset(asset.media_id)):
        if job.kind == "smart_tags" and job.automatic:
            save_type = job.order.save_type
            wanted = job.succeeded and save_type is not None
            return SavingOrder(job.job_id, save_type) if wanted else None
    return None  # nothing was asked for


def _saved(job: Job, jobs: Jobs, at: Instant) -> None:
    tagging_job = jobs.get(job.order.job_id)
    assert tagging_job is not None, "both are of one asset, with which they go"
    if job.failure is None and TEXT in job.order.save_type.split(","):
        library = jobs.library
        asset = library.assets[job.media_id or ""]
        old, results = asset.insights, tagging_job.result
        insights = replace(
            old,
            ocr=tuple(dict.fromkeys([*old.ocr, *texts_of(results)])),
            labels=tuple(dict.fromkeys([*old.labels, *labels_of(results)])),
        )
        library.assets.put(replace(asset, insights=insights))
    _tell(job, tagging_job, jobs, at)


@job_kind(
    "saving",
    family="saving",
    words=WORDS,
    wanted=_to_save,
    ended=_saved,
    events=("MediaAiAnalysisComplete",),
)
def save_tags(job: Job, jobs: Jobs, at: Instant) -> None:
    """Keep what was found where searches find it: the end of the job does so."""
