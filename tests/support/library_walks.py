"""Rules of the library's state machine that list and search, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, multiple, precondition, rule
from library_calls import (
    EACH_MATCH,
    FILTERS,
    OTHER_FILTERS,
    TEXTS,
    Parameters,
    Tree,
    booleans,
    built,
    lists,
    matches,
    orders,
    search_orders,
)
from library_client import Body
from naive_parameters import SECOND, iso
from naive_search import OTHER_LIBRARY
from side_by_side import SideBySide, Walk, cate_ids, media_ids, places

TOKENS = {"ListMediaBasicInfos": "NextToken", "SearchMedia": "ScrollToken"}
LISTS = {"ListMediaBasicInfos": "MediaInfos", "SearchMedia": "MediaInfoList"}

walks: Bundle[Walk] = Bundle("walks")
spoiling: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [str, str, str.swapcase, lambda token: token[:-1], lambda _: "x"]
)
"""What may become of a token: mostly nothing."""


class ListRules(SideBySide):
    """ListMediaBasicInfos and SearchMedia."""

    def timed(self, filters: Parameters) -> Parameters:
        """The filters, with times instead of seconds after the creation of the newest asset."""
        item = self.model.items[-1] if self.model.items else None
        created = self.model.now if item is None else item.created
        return {
            name: iso(created + int(value) * SECOND) if value.lstrip("-").isdigit() else value
            for name, value in filters.items()
        }

    def begin(self, action: str, sent: Parameters) -> Any:
        """The first page of a list, which is a walk if it has a token."""
        sent = {name: value for name, value in sent.items() if value}
        body = self.call(action, sent)
        if TOKENS[action] not in body:
            return multiple()
        walk = Walk(action, sent, body[TOKENS[action]], shown_in(action, body), set())
        walk.always = self.now_in(walk)
        self.walking.append(walk)
        return walk

    @rule(
        target=walks,
        filters=st.just({}) | lists,
        order=orders,
        size=st.sampled_from(["1", "1", "2", "0", "", "101"]),
        files=booleans,
    )
    def begin_a_list(self, filters: Parameters, order: str, size: str, files: str) -> Any:
        """ListMediaBasicInfos, the first page."""
        sent = {
            **self.timed(filters),
            "SortBy": order,
            "MaxResults": size,
            "IncludeFileBasicInfo": files,
        }
        return self.begin("ListMediaBasicInfos", sent)

    @rule(
        target=walks,
        match=matches,
        media_id=media_ids,
        cate_id=cate_ids,
        order=st.sampled_from(["", "utcCreate:Asc"]),
        size=st.sampled_from(["1", "2"]),
    )
    def begin_a_search(
        self, match: Tree, media_id: str, cate_id: str, order: str, size: str
    ) -> Any:
        """SearchMedia by the time of creation, the first page."""
        sent = {"Match": self.told(match, media_id, cate_id), "SortBy": order, "PageSize": size}
        return self.begin("SearchMedia", sent)

    @rule(walk=walks)
    def go_on(self, walk: Walk) -> None:
        """The next page: nothing twice, and at the end nothing left out that was always there."""
        token = TOKENS[walk.action]
        body = self.call(walk.action, walk.parameters | {token: walk.token})
        if not any(each is walk for each in self.walking):  # a page again, after the end
            return
        page = shown_in(walk.action, body)
        walk.shown += page
        assert len(set(walk.shown)) == len(walk.shown), f"twice: {walk}"
        if token not in body:
            assert walk.always <= set(walk.shown), f"left out: {walk}"
            self.walking = [each for each in self.walking if each is not walk]
        walk.token = body.get(token, walk.token)

    @rule(walk=walks, filters=st.just({}) | lists, order=orders, spoil=spoiling)
    def list_with_any_token(
        self, walk: Walk, filters: Parameters, order: str, spoil: Callable[[str], str]
    ) -> None:
        """A token of another list goes on from the same place; a broken one is refused."""
        sent = {**self.timed(filters), "SortBy": order, "NextToken": spoil(walk.token)}
        self.call("ListMediaBasicInfos", sent)

    @rule(
        filters=st.just({}) | lists,
        order=orders,
        page=st.sampled_from(["", "0", "1", "2", "3"]),
        size=st.sampled_from(["", "1", "2"]),
        media_id=st.just("") | media_ids,
    )
    def list_a_page(
        self, filters: Parameters, order: str, page: str, size: str, media_id: str
    ) -> None:
        """ListMediaBasicInfos as the web editor calls it, and by MediaId."""
        sent = {
            **self.timed(filters),
            "SortBy": order,
            "PageNo": page,
            "PageSize": size,
            "MediaId": media_id,
        }
        self.call("ListMediaBasicInfos", sent)

    @rule(name=st.sampled_from(sorted(FILTERS)), order=st.sampled_from(["asc", "desc"]))
    def list_by_each_value(self, name: str, order: str) -> None:
        """ListMediaBasicInfos, by one filter."""
        for value in FILTERS[name]:
            self.call("ListMediaBasicInfos", self.timed({name: value, "SortBy": order}))

    # ------------------------------------------------------------ searching

    def told(self, match: Tree, media_id: str, cate_id: str) -> str:
        """A Match as text; the model is told what it means."""
        meant = built(match, media_id, cate_id)
        self.model.search.meanings[meant.text] = meant
        return meant.text

    @rule(
        match=st.none() | matches,
        media_id=media_ids,
        cate_id=cate_ids,
        order=search_orders,
        page=st.sampled_from(["", "", "0", "1", "2", "9"]),
        size=st.sampled_from(["", "1", "2", "3", "0", "51"]),
        other=st.just({}) | st.sampled_from(OTHER_FILTERS),
    )
    def search_a_page(
        self,
        match: Tree | None,
        media_id: str,
        cate_id: str,
        order: str,
        page: str,
        size: str,
        other: Parameters,
    ) -> None:
        """SearchMedia by the number of the page."""
        text = "" if match is None else self.told(match, media_id, cate_id)
        sent = {"Match": text, "SortBy": order, "PageNo": page, "PageSize": size, **other}
        self.call("SearchMedia", sent)

    @rule(
        walk=walks,
        match=st.none() | matches,
        media_id=media_ids,
        cate_id=cate_ids,
        order=st.sampled_from(["", "", "utcCreate:Asc", "title:Asc"]),
        page=st.sampled_from(["", "", "1", "2", "3", "2000"]),
        spoil=spoiling,
    )
    def search_with_any_token(
        self,
        walk: Walk,
        match: Tree | None,
        media_id: str,
        cate_id: str,
        order: str,
        page: str,
        spoil: Callable[[str], str],
    ) -> None:
        """A token of another search goes on from the same place; a broken one is refused."""
        text = "" if match is None else self.told(match, media_id, cate_id)
        sent = {"Match": text, "SortBy": order, "PageNo": page, "ScrollToken": spoil(walk.token)}
        self.call("SearchMedia", {**sent, "PageSize": "2"})

    @rule(
        begin=st.integers(0, 3),
        order=st.sampled_from(["", "utcModified:Asc", "title:Desc"]),
        library=st.sampled_from(["", "", OTHER_LIBRARY]),
    )
    def search_in_many_ways(self, begin: int, order: str, library: str) -> None:
        """SearchMedia, by one condition or two."""
        for match in EACH_MATCH[begin::4]:
            self.model.search.meanings[match.text] = match
            sent = {"Match": match.text, "SortBy": order, "SearchLibName": library}
            self.call("SearchMedia", sent)

    @precondition(lambda self: self.model.items)
    @rule(
        place=places,
        ocr=st.lists(st.sampled_from(TEXTS[:3]), max_size=2),
        label=st.sampled_from([("Vehicle", "1", "Car"), ("Person", "2", "")]),
        custom=st.sampled_from([{}, {"intField1": 1}, {"intField1": 2, "strField1": "a"}]),
    )
    def describe(
        self, place: int, ocr: list[str], label: tuple[str, str, str], custom: dict[str, int | str]
    ) -> None:
        """Other services find something out, which is said in Python."""
        item = self.model.items[place % len(self.model.items)]
        item.ocr, item.labels, item.custom, item.meta_data = ocr, [label], custom, "data"
        self.ims.assets.describe(
            item.media_id, ocr=ocr, labels=[label], custom_fields=custom, dynamic_meta_data="data"
        )

    @rule(words=st.sampled_from(["China", "film", "red", "中文", "nothing"]), media_id=media_ids)
    def search_by_words(self, words: str, media_id: str) -> None:
        """SearchMediaByHybrid, which is an approximation: what is looked at, and what must fit."""
        looked_at = {
            item.media_id: item
            for item in self.model.items
            if item.status == "Normal" and item.fields["MediaType"] in ("video", "image")
        }
        found = self.found({"Text": words})
        titled = {key for key, item in looked_at.items() if item.fields["Title"] == words}
        assert titled <= found <= looked_at.keys(), f"{words}: {found}"
        assert self.found({"MediaId": media_id}) == looked_at.keys() & {media_id}

    def found(self, sent: Parameters) -> set[str]:
        """What SearchMediaByHybrid finds, all on one page."""
        status, body = self.caller("SearchMediaByHybrid", {**sent, "PageSize": "50"})
        assert (status, body.get("Code"), body.get("Success")) == (200, "200", "true"), body
        found = [each["MediaId"] for each in body["MediaList"]]
        assert len(set(found)) == len(found) == body["Total"], body
        return set(found)


def shown_in(action: str, body: Body) -> list[str]:
    """The MediaIds of a page."""
    return [info["MediaId"] for info in body[LISTS[action]]]
