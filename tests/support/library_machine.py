"""The rules of the library's state machine: one or more for each operation."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, multiple, precondition, rule
from library_calls import (
    ADDITIONS,
    BAD_MARKS,
    BAD_MATCHES,
    Parameters,
    booleans,
    cate_names,
    changes,
    client_tokens,
    marks,
    reference_ids,
    registrations,
    stream_urls,
    streams,
    tags,
    urls,
)
from library_client import Body
from library_walks import ListRules
from side_by_side import (
    FIRST_ASSETS,
    UNKNOWN_ASSET,
    UNKNOWN_CATEGORY,
    UNKNOWN_MARK,
    SideBySide,
    cate_ids,
    mark_ids,
    media_ids,
    places,
)


class AssetRules(SideBySide):
    """Registering, reading, changing and deleting assets."""

    @initialize(target=media_ids)
    def first_assets(self) -> Any:
        """Some to begin with."""
        bodies = [self.call("RegisterMediaInfo", sent) for sent in FIRST_ASSETS]
        return multiple(UNKNOWN_ASSET, *(body["MediaId"] for body in bodies))

    @rule(
        target=media_ids,
        url=urls,
        parameters=registrations,
        cate_id=st.just("") | cate_ids | cate_ids,
    )
    def register(self, url: str, parameters: Parameters, cate_id: str) -> Any:
        """RegisterMediaInfo."""
        sent = {"InputURL": url, "CateId": cate_id, **parameters}
        if "ClientToken" in sent:
            self.with_tokens.append(sent)
        body = self.call("RegisterMediaInfo", sent)
        return body["MediaId"] if "MediaId" in body else multiple()

    @rule(
        target=media_ids,
        url=urls,
        reference_id=st.just("") | reference_ids,
        overwrite=booleans,
        token=st.just("") | client_tokens,
    )
    def register_plainly(self, url: str, reference_id: str, overwrite: str, token: str) -> Any:
        """RegisterMediaInfo, with only what may be in conflict."""
        sent = {"InputURL": url, "ReferenceId": reference_id, "Overwrite": overwrite}
        if token:
            sent["ClientToken"] = token
            self.with_tokens.append(sent)
        body = self.call("RegisterMediaInfo", sent)
        return body["MediaId"] if "MediaId" in body else multiple()

    @precondition(lambda self: self.with_tokens)
    @rule(target=media_ids, changed=st.sampled_from([{}, {}, {"Title": "other"}]))
    def register_again(self, changed: Parameters) -> Any:
        """The latest with a ClientToken, as it was or almost."""
        body = self.call("RegisterMediaInfo", self.with_tokens[-1] | changed)
        return body["MediaId"] if "MediaId" in body else multiple()

    @rule(some=st.lists(media_ids, max_size=4), url=urls, additions=st.sampled_from(ADDITIONS))
    def get(self, some: list[str], url: str, additions: str) -> None:
        """GetMediaInfo, GetPlayInfo and BatchGetMediaInfos."""
        for action in ("GetMediaInfo", "GetPlayInfo"):
            for sent in ({"InputURL": url}, *({"MediaId": each} for each in some[:2])):
                self.call(action, sent)
        sent = {"MediaIds": ",".join(some), "AdditionType": additions}
        self.call("BatchGetMediaInfos", sent)

    @rule(back=st.booleans())
    def settle_and_look(self, back: bool) -> None:
        """All that is pending happens, even if time goes back before it; and how it shows."""
        if back:
            self.time_passes(-1)
        self.time_passes(None)
        media_ids = [item.media_id for item in self.model.items]
        sent = {"MediaIds": ",".join(media_ids), "AdditionType": "FileInfo,DynamicMetaData"}
        self.call("BatchGetMediaInfos", sent)
        for media_id in media_ids:
            self.call("GetPlayInfo", {"MediaId": media_id})

    @rule(
        place=st.none() | places,
        url=urls,
        parameters=changes,
        cate_id=st.just("") | cate_ids,
    )
    def update(self, place: int | None, url: str, parameters: Parameters, cate_id: str) -> None:
        """UpdateMediaInfo: a URL counts if there is no id."""
        which = {"MediaId": "" if place is None else self.id_at(place), "InputURL": url}
        self.call("UpdateMediaInfo", {**which, "CateId": cate_id, **parameters})

    @rule(place=places, tags=tags, reference_id=st.just("") | reference_ids)
    def append_tags(self, place: int, tags: str, reference_id: str) -> None:
        """UpdateMediaInfo, with tags that may be there already, or another ReferenceId."""
        sent = {"MediaId": self.id_at(place), "MediaTags": tags, "AppendTags": "true"}
        self.call("UpdateMediaInfo", {**sent, "ReferenceId": reference_id})

    @rule(
        media_ids=st.just([]) | st.lists(media_ids, max_size=3),
        urls=st.just([]) | st.lists(urls, max_size=3),
        files=booleans,
        again=st.booleans(),
    )
    def delete(self, media_ids: list[str], urls: list[str], files: str, again: bool) -> None:
        """DeleteMediaInfos: URLs count if there are no ids. What is deleted may come again."""
        sent = {"MediaIds": ",".join(media_ids), "InputURLs": ",".join(urls)}
        self.call("DeleteMediaInfos", {**sent, "DeletePhysicalFiles": files})
        if again and urls:
            self.call("RegisterMediaInfo", {"InputURL": urls[0]})

    @rule(place=places, url=st.just("") | stream_urls, parameters=streams)
    def register_stream(self, place: int, url: str, parameters: Parameters) -> None:
        """RegisterMediaStream, of few files so that it is often there already, or of its own."""
        item = self.model.by_id(self.id_at(place))
        own = FIRST_ASSETS[0]["InputURL"] if item is None else item.url
        sent = {"MediaId": self.id_at(place), "InputURL": url or own, **parameters}
        self.call("RegisterMediaStream", sent)

    @precondition(lambda self: any(item.streams for item in self.model.items))
    @rule(settled=st.booleans(), parameters=streams)
    def register_stream_again(self, settled: bool, parameters: Parameters) -> None:
        """RegisterMediaStream, of one that is there; and how it shows."""
        if settled:
            self.time_passes(None)
        item = next(item for item in self.model.items if item.streams)
        sent = {"MediaId": item.media_id, "InputURL": item.streams[-1].url, **parameters}
        self.call("GetPlayInfo", {"MediaId": item.media_id})
        self.call("RegisterMediaStream", sent)


class FilingRules(SideBySide):
    """Categories, and marks."""

    # ------------------------------------------------------------ categories

    @initialize(target=cate_ids)
    def first_categories(self) -> Any:
        """One on each level, to begin with."""
        drawn = [""]
        for name in ("first", "second", "third"):
            body = self.call("AddCategory", {"CateName": name, "ParentId": drawn[-1]})
            drawn.append(str(body["Category"]["CateId"]))
        return multiple(UNKNOWN_CATEGORY, *drawn[1:])

    @rule(
        target=cate_ids,
        name=cate_names,
        parent=st.sampled_from(["", "-1", "0", "x"]) | cate_ids | cate_ids,
        its_type=st.sampled_from(["", "", "default", "material", "other"]),
    )
    def add_category(self, name: str, parent: str, its_type: str) -> Any:
        """AddCategory."""
        sent = {"CateName": name, "ParentId": parent, "Type": its_type}
        body = self.call("AddCategory", sent)
        return str(body["Category"]["CateId"]) if "Category" in body else multiple()

    @precondition(lambda self: len(self.model.categories) > 1)  # or there soon are none
    @rule(cate_id=cate_ids)
    def delete_category(self, cate_id: str) -> None:
        """DeleteCategory."""
        self.call("DeleteCategory", {"CateId": cate_id})

    @rule(
        name=cate_names,
        cate_id=st.sampled_from(["", "-1"]) | cate_ids | cate_ids,
        sent=st.fixed_dictionaries(
            {},
            optional={
                "PageNo": st.sampled_from(["1", "2", "0", str(2**40)]),
                "PageSize": st.sampled_from(["10", "1", "1000"]),
                "SortBy": st.sampled_from(["CreationTime:Desc", "CreationTime:Asc", "Name"]),
                "Type": st.sampled_from(["default", "material"]),
            },
        ),
    )
    def rename_a_category(self, name: str, cate_id: str, sent: Parameters) -> None:
        """UpdateCategory and GetCategories."""
        self.call("UpdateCategory", {"CateId": cate_id, "CateName": name})
        self.call("GetCategories", {"CateId": cate_id, **sent})

    # ------------------------------------------------------------ marks

    @initialize(target=mark_ids, media_id=media_ids)
    def first_mark(self, media_id: str) -> Any:
        """One to begin with, if it happens to be on an asset."""
        body = self.call("AddMediaMarks", {"MediaId": media_id, "MediaMarks": '[{"MarkTag": "a"}]'})
        return multiple(UNKNOWN_MARK, *(body[name] for name in body if name == "MediaMarkIds"))

    @rule(target=mark_ids, place=places, marks=st.lists(marks, max_size=3))
    def add_marks(self, place: int, marks: list[Body]) -> Any:
        """AddMediaMarks."""
        sent = {"MediaId": self.id_at(place), "MediaMarks": json.dumps(marks)}
        body = self.call("AddMediaMarks", sent)
        added = body.get("MediaMarkIds", "")
        return multiple(*added.split(",")) if added else multiple()

    @rule(
        place=places,
        changed=st.lists(st.tuples(mark_ids, marks), max_size=2),
        new=st.lists(marks, max_size=1),
    )
    def update_marks(self, place: int, changed: list[tuple[str, Body]], new: list[Body]) -> None:
        """UpdateMediaMarks; those without an id change nothing."""
        sent = [*new, *({"MarkId": mark_id, **mark} for mark_id, mark in changed)]
        parameters = {"MediaId": self.id_at(place), "MediaMarks": json.dumps(sent)}
        self.call("UpdateMediaMarks", parameters)

    @rule(
        action=st.sampled_from(["GetMediaMarks", "DeleteMediaMarks"]),
        place=st.none() | places,
        mark_ids=st.lists(mark_ids, max_size=3),
    )
    def choose_marks(self, action: str, place: int | None, mark_ids: list[str]) -> None:
        """GetMediaMarks or DeleteMediaMarks, and what ListMediaMarks shows then."""
        media_id = "" if place is None else self.id_at(place)
        self.call(action, {"MediaId": media_id, "MediaMarkIds": ",".join(mark_ids)})
        self.call("ListMediaMarks", {"MediaId": media_id})


class LibraryMachine(AssetRules, FilingRules, ListRules):
    """All of them."""

    @rule(
        action=st.sampled_from(["AddMediaMarks", "UpdateMediaMarks"]),
        media_id=media_ids,
        marks=st.sampled_from(BAD_MARKS),
        match=st.sampled_from(BAD_MATCHES),
        name=st.sampled_from(["", "x" * 65, "中" * 22]),
    )
    def say_what_is_wrong(
        self, action: str, media_id: str, marks: str, match: str, name: str
    ) -> None:
        """What is no list of marks, no Match, no name of a category, and too many ids."""
        self.call(action, {"MediaId": media_id, "MediaMarks": marks})
        self.call("SearchMedia", {"Match": match})
        self.call("AddCategory", {"CateName": name})
        self.call("DeleteMediaInfos", {"MediaIds": ",".join([media_id, *map(str, range(20))])})
