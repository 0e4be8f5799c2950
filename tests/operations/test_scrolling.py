"""SearchMedia page by page with ScrollToken."""

from __future__ import annotations

import re
from typing import Any

import pytest
from rpc import Rpc, invalid

from fake_ims import FakeIms


def fill(ims: FakeIms, count: int) -> list[str]:
    """So many videos, oldest first; their titles."""
    names = [f"{number:04}" for number in range(count)]
    for name in names:
        ims.register(InputURL=f"oss://bucket/{name}.mp4", Title=name)
    return names


class Pages:
    """The pages of a search, each asked for with the token of the one before."""

    def __init__(self, rpc: Rpc, **parameters: str) -> None:
        self.rpc, self.parameters = rpc, parameters
        self.token = ""

    def next(self, **parameters: str) -> list[str]:
        """The titles of a page; its token is kept."""
        answer = self.answer(**parameters)
        self.token = answer.get("ScrollToken", "")
        return [each["MediaBasicInfo"]["Title"] for each in answer["MediaInfoList"]]

    def answer(self, **parameters: str) -> dict[str, Any]:
        sent = {**self.parameters, "ScrollToken": self.token, **parameters}
        reply = self.rpc("SearchMedia", **sent)
        assert reply.status == 200, reply
        return reply.json


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"SortBy": "utcCreate:Asc"},
        {"SortBy": "title:Desc"},
        {"Match": "title = '0'", "SortBy": "mediaType:Asc,title:Asc"},
    ],
    ids=str,
)
def test_a_search_is_read_to_its_end(
    fake_ims: FakeIms, rpc: Rpc, parameters: dict[str, str]
) -> None:
    names = fill(fake_ims, 23)
    pages = Pages(rpc, PageSize="5", **parameters)
    seen: list[str] = []
    while shown := pages.next():
        assert re.fullmatch("[0-9A-F]{32}", pages.token)
        seen += shown
    forward = parameters.get("SortBy", "Desc").endswith("Asc")
    assert seen == (names if forward else names[::-1])
    assert pages.token == "", "a page with nothing on it leads nowhere"


def test_a_page_number_beyond_the_tokens_page_jumps(fake_ims: FakeIms, rpc: Rpc) -> None:
    names = fill(fake_ims, 12)
    pages = Pages(rpc, SortBy="title:Asc", PageSize="2")
    assert pages.next(PageNo="2") == names[2:4]
    first = pages.token
    assert pages.next(PageNo="3") == names[4:6]
    assert pages.next(PageNo="5") == names[8:10]
    assert pages.next() == names[10:12]
    assert pages.next(PageNo="9") == []
    pages.token = first
    assert pages.next(PageNo="4") == names[6:8]


def test_a_page_number_that_does_not_move_is_the_next_page(fake_ims: FakeIms, rpc: Rpc) -> None:
    names = fill(fake_ims, 6)
    pages = Pages(rpc, SortBy="title:Asc", PageSize="2", PageNo="1")
    assert [pages.next() for _ in range(4)] == [names[:2], names[2:4], names[4:], []]
    assert fake_ims.calls[-1].relied_on == ("scroll_back",)


def test_a_page_is_at_most_1000_assets_away(fake_ims: FakeIms, rpc: Rpc) -> None:
    names = fill(fake_ims, 1051)
    pages = Pages(rpc, SortBy="utcCreate:Asc", PageSize="50")
    assert pages.next() == names[:50]
    reply = rpc(
        "SearchMedia", SortBy="utcCreate:Asc", PageSize="50", PageNo="22", ScrollToken=pages.token
    )
    assert reply.refusal == invalid("PageNo")
    assert fake_ims.calls[-1].note == "more than 1000 assets beyond page 1"
    assert pages.next(PageNo="21") == names[1000:1050]
    assert pages.next(PageNo="22") == names[1050:]


def test_an_asset_that_is_new_or_gone_moves_no_other_page(fake_ims: FakeIms, rpc: Rpc) -> None:
    names = fill(fake_ims, 9)
    pages = Pages(rpc, PageSize="3")
    assert pages.next() == names[:-4:-1]
    fill_more = fake_ims.register(InputURL="oss://bucket/new.mp4", Title="new")
    for name in (names[6], names[5]):  # the last that was shown, and the next one
        fake_ims.register(
            InputURL=f"oss://bucket/{name}.mp4", Title=f"again {name}", Overwrite=True
        )
    assert pages.next() == [names[4], names[3], names[2]]
    assert pages.next() == [names[1], names[0]]
    assert fill_more.media_id in fake_ims.assets


@pytest.mark.parametrize("token", ["0" * 32, "x", "\u718a", "A" * 100_000, "null"])
def test_a_token_of_nobody(fake_ims: FakeIms, rpc: Rpc, token: str) -> None:
    fill(fake_ims, 1)
    assert rpc("SearchMedia", ScrollToken=token).refusal == invalid("ScrollToken")
    assert fake_ims.calls[-1].note == "no search was answered with this token, or too long ago"


def test_a_token_is_written_as_it_was_given(fake_ims: FakeIms, rpc: Rpc) -> None:
    fill(fake_ims, 1)
    token = rpc("SearchMedia").json["ScrollToken"]
    assert token != token.lower()
    assert rpc("SearchMedia", ScrollToken=token.lower()).refusal == invalid("ScrollToken")


def test_a_token_of_another_order_or_world(fake_ims: FakeIms, rpc: Rpc) -> None:
    fill(fake_ims, 2)
    token = rpc("SearchMedia", SortBy="utcCreate:Asc").json["ScrollToken"]
    for sort_by in ("", "title:Asc", "utcCreate:Desc"):
        reply = rpc("SearchMedia", SortBy=sort_by, ScrollToken=token)
        assert reply.refusal == invalid("ScrollToken")
        assert fake_ims.calls[-1].note == "the token was given for another SortBy"
    with FakeIms() as other:
        assert Rpc(other)("SearchMedia", ScrollToken=token).refusal == invalid("ScrollToken")


def test_a_token_of_another_match_goes_on_from_its_place(fake_ims: FakeIms, rpc: Rpc) -> None:
    names = fill(fake_ims, 5)
    pages = Pages(rpc, SortBy="title:Asc", PageSize="2")
    assert pages.next() == names[:2]
    assert pages.next(Match="title = '000'") == names[2:4]
    assert fake_ims.calls[-1].relied_on == ("first_status", "foreign_scroll_token")
    same = pages.next(Match="title='000'")  # the same search in other words
    assert same == names[4:]
    assert "foreign_scroll_token" not in fake_ims.calls[-1].relied_on


def test_tokens_follow_from_the_seed_and_move_no_media_id() -> None:
    def told(searches: int) -> tuple[str, list[str]]:
        with FakeIms(seed=5) as ims:
            fill(ims, 1)
            tokens = [Rpc(ims)("SearchMedia").json["ScrollToken"] for _ in range(searches)]
            return ims.register(InputURL="oss://b/a.mp4").media_id, tokens

    assert told(2) == told(2)
    assert told(0)[0] == told(2)[0]
    assert len({*told(2)[1]}) == 2
