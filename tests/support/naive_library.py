"""The media-asset library once more, as naively as can be, for others to be compared with.

Written from the documents, with the defaults of the settings for what they leave open. Everything
is a list that is walked, filtered and sorted anew each time; nothing is indexed, cached or shared.
"""

from __future__ import annotations

import json
import re
from typing import Any

from naive_filing import Category, NaiveFiling
from naive_lists import NaiveLists
from naive_parameters import (
    SECOND,
    Answer,
    RefusedError,
    Seen,
    Sent,
    check_declared,
    file_of,
    flag,
    invalid,
    iso,
    json_text,
    listed,
    missing,
    tags,
    text,
    whole,
    word,
)
from naive_records import Due, Item, Stream, Use, http_url, suffix_of
from naive_search import DEFAULT_LIBRARY, NaiveSearch

TOKEN_WINDOW = 86_400 * SECOND
BROKEN = "broken"
"""What the name of a file that cannot be analysed has in it."""

SUFFIXES = {"mp4": "video", "mp3": "audio", "jpg": "image", "srt": "text"}
NAMES_OF_VOD = {"video": "mp4", "audio": "mp3", "image": "jpg", "text": "srt"}
MEDIA_TYPES = ("image", "video", "audio", "text")
PLAYABLE = ("video", "audio")
NOT_IN_A_BATCH = ("CateId", "CateName", "ReferenceId", "UploadSource")
TOLD_OF_A_FILE = {
    "video": ("Duration", "Height", "Width", "Fps", "Bitrate", "Size"),
    "audio": ("Duration", "Bitrate", "Size"),
}
BAD_FILE = {
    "ErrorCode": "InvalidParameter.ResourceContentBad",
    "ErrorMessage": "The resource operated InputFile is bad",
}
TOLD_OF_A_CHANGE = ("Title", "Description", "CoverURL", "CateId")


class NaiveLibrary:
    """The library. Of what was answered, a prediction takes only the ids that the service drew."""

    def __init__(self, now: int, *, delay: int) -> None:
        self.now = now
        self.delay = delay
        self.items: list[Item] = []
        self.categories: list[Category] = []
        self.pending: list[Due] = []
        self.uses: list[Use] = []
        self.events: list[tuple[Any, ...]] = []
        self.deleted_files: set[str] = set()
        self.count = 0
        self.ever: set[object] = set()
        self.filing = NaiveFiling(self)
        self.lists = NaiveLists(self)
        self.search = NaiveSearch(self)

    # ------------------------------------------------------------ calls

    def call(self, action: str, parameters: Sent, answer: Answer) -> Seen:
        """What the call is to be answered; ``answer`` tells the new ids in it."""
        sent = {name: value for name, value in parameters.items() if value}
        name = re.sub("(?<=[a-z])(?=[A-Z])", "_", action).lower()
        rooms = (self, self.filing, self.lists, self.search)
        room = next(each for each in rooms if hasattr(each, name))
        try:
            check_declared(action, sent)
            return {"status": 200, **getattr(room, name)(sent, answer)}
        except RefusedError as refused:
            return refused.seen

    def new_id(self, told: object) -> Any:
        """An id that the service drew, which must be a new one."""
        if told in (None, "") or told in self.ever:
            return "(a new one)"
        self.ever.add(told)
        return told

    def next_number(self) -> int:
        """How many things have been made so far."""
        self.count += 1
        return self.count

    # ------------------------------------------------------------ time

    def advance(self, by: int) -> None:
        """Time goes on, and what is due happens; or it goes back, with all that is pending."""
        self.now += by
        if by < 0:
            for due in self.pending:
                due.at += by
        self.catch_up()

    def settle(self) -> None:
        """Time goes on until nothing is pending."""
        self.now = max([self.now, *(due.at for due in self.pending)])
        self.catch_up()

    def catch_up(self) -> None:
        """What is due happens, each thing at its time."""
        for due in sorted(self.pending, key=lambda due: (due.at, due.number)):
            if due.at <= self.now:
                self.pending.remove(due)
                self.analyse(due)

    def analyse(self, due: Due) -> None:
        """An analysis ends."""
        what = due.stream or due.item
        failed = BROKEN in what.url or what.file in self.deleted_files
        body = {"MediaId": due.item.media_id}
        if due.stream is not None:
            failed = failed or due.stream.media_type not in PLAYABLE
            body["FileUrl"] = http_url(what.file)
        body["Status"] = "Fail" if failed else "Success"
        user_data = due.item.fields["UserData"] if due.stream is None else due.user_data
        if user_data is not None:
            body["UserData"] = user_data
        what.status = "PrepareFail" if failed else "Normal"
        what.modified = due.at
        name = "RegisterMediaComplete" if due.stream is None else "RegisterStreamComplete"
        self.events.append((name, iso(due.at), body))
        media_type = due.item.fields["MediaType"]
        if due.stream is None and media_type in PLAYABLE:
            details = BAD_FILE if failed else dict.fromkeys(TOLD_OF_A_FILE[media_type], "(told)")
            self.events.append(("VideoAnalysisComplete", iso(due.at), body | details))

    def plan(self, item: Item, stream: Stream | None = None, user_data: str | None = None) -> None:
        """An analysis begins."""
        at = self.now + self.delay
        self.pending.append(Due(at, self.next_number(), item, stream, user_data))

    # ------------------------------------------------------------ finding

    def by_id(self, media_id: str) -> Item | None:
        """The asset of an id."""
        return next((item for item in self.items if item.media_id == media_id), None)

    def by_url(self, url: str) -> Item | None:
        """The asset of a file, whatever URL names it."""
        file = file_of(url)
        return next((item for item in self.items if item.file == file), None)

    def require(self, sent: Sent) -> Item:
        """The asset of MediaId, or else of InputURL."""
        for name, find in (("MediaId", self.by_id), ("InputURL", self.by_url)):
            if name in sent:
                found = find(sent[name])
                if found is None:
                    raise invalid(name)
                return found
        raise missing("MediaId")

    # ------------------------------------------------------------ registering

    def register_media_info(self, sent: Sent, answer: Answer) -> Seen:
        """RegisterMediaInfo."""
        url = sent["InputURL"]
        told = word(sent, "MediaType", MEDIA_TYPES)
        fields: dict[str, Any] = {
            "MediaType": told or SUFFIXES.get(suffix_of(url), "video"),
            "BusinessType": sent.get("BusinessType", "general"),
            "Title": text(sent, "Title", most=128) or f"default_title_{iso(self.now)}",
            "Description": text(sent, "Description", most=1024),
            "CoverURL": text(sent, "CoverURL", most=128),
            "UserData": json_text(sent, "UserData", most=1024),
            "CateId": whole(sent, "CateId"),
            "ReferenceId": text(sent, "ReferenceId", pattern="[A-Za-z0-9_-]{6,64}"),
        }
        its_tags = tags(sent) or []
        config = json.loads(json_text(sent, "RegisterConfig", kind=dict) or "{}")
        library = config.get("SearchLibName", DEFAULT_LIBRARY)
        file_of(url)
        token = sent.get("ClientToken")
        request = {name: value for name, value in sent.items() if name != "ClientToken"}
        request["Overwrite"] = str(flag(sent, "Overwrite"))
        for use in self.uses:
            if (use.token, use.request) == (token, request) and self.now < use.at + TOKEN_WINDOW:
                return {"MediaId": use.media_id}
        old = self.by_url(url)
        if old is not None and not flag(sent, "Overwrite"):
            raise RefusedError(
                409, "MediaAlreadyExist",
                f'The media with the given inputUrl "{url}" has already been registered with '
                f'mediaId "{old.media_id}".',
            )  # fmt: skip
        self.check_reference_id(fields["ReferenceId"], old)
        if old is not None:
            self.remove(old)
        media_id = self.new_id(answer.get("MediaId"))
        item = Item(
            media_id, url, self.now, self.next_number(), self.now, fields, its_tags, library
        )
        self.items.append(item)
        self.plan(item)
        if token:
            self.uses.append(Use(token, request, media_id, self.now))
        return {"MediaId": media_id}

    def check_reference_id(self, reference_id: str | None, owner: Item | None) -> None:
        """A ReferenceId is of one asset."""
        for item in self.items:
            if reference_id and item.fields["ReferenceId"] == reference_id and item is not owner:
                raise invalid("ReferenceId")

    def register_media_stream(self, sent: Sent, _: Answer) -> Seen:
        """RegisterMediaStream."""
        user_data = json_text(sent, "UserData")
        stream_tags = json_text(sent, "StreamTags", kind=dict)
        for name in ("InputURL", "MediaId"):
            if name not in sent:
                raise missing(name)
        url = sent["InputURL"]
        if file_of(url).startswith("vod:"):
            raise invalid("InputURL")
        item = self.require({"MediaId": sent["MediaId"]})
        stream = next((each for each in item.streams if each.file == file_of(url)), None)
        if stream is None:
            own_type = item.fields["MediaType"] if item.fields["MediaType"] in PLAYABLE else "video"
            media_type = SUFFIXES.get(suffix_of(url), own_type)
            stream = Stream(url, media_type, self.now, self.now, stream_tags)
            item.streams.append(stream)
        else:  # shows as before while it is analysed again
            stream.status = "Normal" if stream.status == "Normal" else "Preparing"
            stream.tags, stream.modified = stream_tags, self.now
        self.plan(item, stream, user_data)
        return {"MediaId": item.media_id}

    # ------------------------------------------------------------ changing

    def update_media_info(self, sent: Sent, _: Answer) -> Seen:
        """UpdateMediaInfo."""
        new: dict[str, Any] = {
            "Title": text(sent, "Title", most=128),
            "Description": text(sent, "Description", most=1024),
            "Category": text(sent, "Category", most=64),
            "CateId": whole(sent, "CateId"),
            "CoverURL": text(sent, "CoverURL", most=128),
            "UserData": text(sent, "UserData", most=1024),
            "BusinessType": sent.get("BusinessType"),
            "ReferenceId": text(sent, "ReferenceId", pattern="[A-Za-z0-9_-]{6,64}"),
        }
        new = {name: value for name, value in new.items() if value is not None}
        new_tags = tags(sent)
        item = self.require(sent)
        self.check_reference_id(new.get("ReferenceId"), item)
        if new_tags is not None and flag(sent, "AppendTags"):
            added = [tag for tag in dict.fromkeys(new_tags) if tag not in item.tags]
            new_tags = item.tags + added
            if len(new_tags) > 16:
                raise invalid("MediaTags")
        old = {**item.fields, "Tags": ",".join(item.tags) or None}
        item.fields |= new
        item.tags = item.tags if new_tags is None else new_tags
        if new or new_tags is not None:
            item.modified = self.now
        now = {**item.fields, "Tags": ",".join(item.tags) or None}
        if now != old:
            content = {}
            for name in (*TOLD_OF_A_CHANGE, "Tags"):
                if now[name] != old[name]:
                    values = {"OldValue": old[name], "NewValue": now[name]}
                    content[name] = {k: v for k, v in values.items() if v is not None}
            body = self.event_body(item) | {"OperateMode": "update", "MediaContent": content}
            self.events.append(("MediaBaseChangeComplete", iso(self.now), body))
        return {"MediaId": item.media_id}

    def event_body(self, item: Item) -> Seen:
        """What events of an asset have in common."""
        media_type = item.fields["MediaType"]
        return {"Status": "Success", "MediaType": media_type, "MediaId": item.media_id}

    def delete_media_infos(self, sent: Sent, _: Answer) -> Seen:
        """DeleteMediaInfos."""
        media_ids = listed(sent, "MediaIds", most=20)
        urls = listed(sent, "InputURLs", most=20)
        if not media_ids and not urls:
            raise missing("MediaIds")
        ignored, found = [], []
        for name in media_ids or urls:
            item = self.by_id(name) if media_ids else self.by_url_or_none(name)
            if item is None:
                ignored.append(name)
            elif item not in found:
                found.append(item)
        for item in found:
            self.remove(item)
            if flag(sent, "DeletePhysicalFiles"):
                self.deleted_files.add(item.file)
        return {"IgnoredList": ignored, "ForbiddenList": []}

    def by_url_or_none(self, url: str) -> Item | None:
        """The asset of what may be a URL."""
        try:
            return self.by_url(url)
        except RefusedError:
            return None

    def remove(self, item: Item) -> None:
        """An asset goes, and what was to come of it."""
        self.items.remove(item)
        self.pending = [due for due in self.pending if due.item is not item]
        body = self.event_body(item) | {"DeleteType": "all"}
        self.events.append(("DeleteMediaComplete", iso(self.now), body))

    # ------------------------------------------------------------ reading

    def basic_info(self, item: Item) -> Seen:
        """MediaBasicInfo, absent values left out."""
        shown = {
            **item.fields,
            "MediaId": item.media_id,
            "InputURL": item.url,
            "Source": item.source,
            "CateName": self.filing.name_of(item.fields["CateId"]),
            "MediaTags": ",".join(item.tags) or None,
            "Status": item.status,
            "CreateTime": iso(item.created),
            "ModifiedTime": iso(item.modified),
            "Biz": "ICE",
            "UploadSource": "general",
            "TranscodeStatus": "Init",
        }
        return {name: value for name, value in shown.items() if value is not None}

    def files(self, item: Item) -> list[str]:
        """The names of its files: one, once it is analysed."""
        if item.status != "Normal":
            return []
        if item.source == "vod":
            suffix = NAMES_OF_VOD[item.fields["MediaType"]]
            return [f"{item.file.removeprefix('vod://')}.{suffix}"]
        return [item.file.rpartition("/")[2]]

    def get_media_info(self, sent: Sent, _: Answer) -> Seen:
        """GetMediaInfo."""
        item = self.require(sent)
        basic = self.basic_info(item)
        del basic["TranscodeStatus"]
        return {
            "MediaInfo": {
                "MediaId": item.media_id,
                "MediaBasicInfo": basic,
                "FileInfoList": self.files(item),
            }
        }

    def batch_get_media_infos(self, sent: Sent, _: Answer) -> Seen:
        """BatchGetMediaInfos."""
        media_ids = listed(sent, "MediaIds")
        additions = listed(sent, "AdditionType")
        if not set(additions) <= {"FileInfo", "DynamicMetaData"}:
            raise invalid("AdditionType")
        if not media_ids:
            raise missing("MediaIds")
        found = [item for each in media_ids if (item := self.by_id(each)) is not None]
        infos = []
        for item in found:
            basic = {k: v for k, v in self.basic_info(item).items() if k not in NOT_IN_A_BATCH}
            files = {"FileInfoList": self.files(item)} if "FileInfo" in additions else {}
            data = item.meta_data if "DynamicMetaData" in additions else None
            dynamic = {"MediaDynamicInfo": {"DynamicMetaData": {"Data": data}}} if data else {}
            infos.append({"MediaId": item.media_id, "MediaBasicInfo": basic, **files, **dynamic})
        return {
            "MediaInfos": infos,
            "IgnoredList": [each for each in media_ids if self.by_id(each) is None],
        }

    def get_play_info(self, sent: Sent, _: Answer) -> Seen:
        """GetPlayInfo."""
        item = self.require(sent)
        shown = self.basic_info(item)
        base = {
            name: shown[name]
            for name in (
                "MediaId", "CateId", "Title", "Description", "MediaTags", "CoverURL", "MediaType",
                "Status",
            )
            if name in shown
        }  # fmt: skip
        playable = [s for s in item.streams if s.status == "Normal" and s.media_type in PLAYABLE]
        played = [(s.file, s.media_type, s.created, s.modified, s.tags) for s in playable]
        if item.status == "Normal" and item.fields["MediaType"] in PLAYABLE:
            if item.file not in [stream.file for stream in playable]:
                own_type = item.fields["MediaType"]
                played.insert(0, (item.file, own_type, item.created, item.modified, None))
        return {
            "MediaBase": base | {"CreationTime": iso(item.created)},
            "PlayInfoList": [
                (http_url(file), media_type, iso(created), iso(modified), stream_tags)
                for file, media_type, created, modified, stream_tags in played
            ],
        }
