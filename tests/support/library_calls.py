"""What calls of the library may say: strategies of parameters, most of them good, some not."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from naive_library import BROKEN
from naive_search import (
    OTHER_LIBRARY,
    STATUSES,
    Match,
    at,
    both,
    contains,
    either,
    filed,
    in_status,
    labelled,
    of_type,
    read_off,
    stored,
    tagged,
    with_id,
)

Parameters = dict[str, str]

FILES = [
    f"{bucket}/{name}"
    for bucket, names in {
        "bucket": ["a.mp4", "b.mp4", "folder/c.mp3", "d.jpg"],
        "other": ["a.mp4", "e.srt", "f.bin", f"{BROKEN}.mp4"],
    }.items()
    for name in names
]
VOD = ["vod://0123456789abcdef0123456789abcdef"]
"""What can be registered: so few that it is often there already."""


def spellings(file: str) -> list[str]:
    """The URLs of a file of the service's own region."""
    bucket, _, key = file.partition("/")
    host = f"{bucket}.oss-cn-shanghai.aliyuncs.com"
    return [
        f"oss://{bucket}/{key}",
        f"https://{host}/{key}",
        f"http://{host}/{key}",
        f"https://{host}/{key}?Expires=1&Signature=x",
    ]


BROKEN_URLS = [url for file in FILES if BROKEN in file for url in spellings(file)[:1]]

bad_urls = ["ftp://b/a.mp4", "oss://bucket", "a.mp4", "vod://", "oss:///a.mp4"]
good_urls = [url for file in FILES for url in spellings(file)] + VOD
urls = st.sampled_from(good_urls + bad_urls)

TAGS = ["red", "blue", "x y", "rot,", "蓝色"]
titles = st.sampled_from(
    ["China", "a film of China", "CHINA", "100%", "it's", '"', "a\\b", "中文", " x", "x" * 128,
     "ä" * 64]
)  # fmt: skip
MANY_TAGS = ",".join(f"tag-{number}" for number in range(14))
tags = st.lists(st.sampled_from(TAGS), max_size=4).map(",".join) | st.just(MANY_TAGS)
reference_ids = st.sampled_from([f"reference-{number}" for number in range(3)])
business_types = st.sampled_from(["general", "opening", "video"])
client_tokens = st.sampled_from(["token-1", "token-2"])
booleans = st.sampled_from(["true", "false", "True", "False"])

IN_OTHER_LIBRARY = f'{{"SearchLibName": "{OTHER_LIBRARY}"}}'
ADDITIONS = ["", "FileInfo", "FileInfo,DynamicMetaData", "Streams"]

BAD = {
    "MediaType": ["movie", "Video", "-1"],
    "Title": ["x" * 129, "ä" * 65],
    "Description": ["x" * 1025, "蓝" * 342],
    "MediaTags": ["x" * 33, ",".join(map(str, range(17))), "red," + "蓝" * 11],
    "CoverURL": ["http://x/" + "x" * 120],
    "UserData": ["not JSON", "{", '"' + "x" * 1024 + '"'],
    "ReferenceId": ["short", "x" * 65, "not allowed", "reference-ä"],
    "CateId": ["x", "1.5", str(2**63), "1e3"],
    "RegisterConfig": ["[]", "{", '"mine"'],
    "Overwrite": ["yes", "1", "0"],
    "AppendTags": ["yes"],
    "Source": ["OSS"],
    "Status": ["Deleted", "3"],
    "StartTime": ["2026-02-30T12:00:00Z", "2026-01-31", "2026-01-31T12:00:00+08:00"],
    "EndTime": ["yesterday", "2026-01-31T12:00:00.5Z", "2026-01-31T24:00:01Z"],
}
"""Values that are refused, by parameter."""

describing = {
    "Title": titles,
    "Description": titles,
    "MediaTags": tags,
    "CoverURL": st.sampled_from(["http://b.oss-cn-shanghai.aliyuncs.com/c.jpg", "https://x.com/c"]),
    "UserData": st.sampled_from(['{"a": 1}', "[]", "1", '"text"']),
    "BusinessType": business_types,
    "ReferenceId": reference_ids,
}


@st.composite
def some_of(
    draw: st.DrawFn, strategies: dict[str, st.SearchStrategy[str]], most: int = 7
) -> Parameters:
    """Parameters with values, any of them left out; now and then a single one is spoilt."""
    names = draw(st.lists(st.sampled_from(sorted(strategies)), unique=True, max_size=most))
    parameters = {name: draw(strategies[name]) for name in names}
    if draw(st.integers(0, 14)) == 0:
        spoilt = draw(st.sampled_from(sorted(BAD.keys() & strategies.keys()) or [""]))
        if spoilt:
            parameters[spoilt] = draw(st.sampled_from(BAD[spoilt]))
    return parameters


registrations = some_of(
    describing
    | {
        "MediaType": st.sampled_from(["video", "audio", "image"]),
        "Overwrite": booleans,
        "ClientToken": client_tokens,
        "RegisterConfig": st.sampled_from([IN_OTHER_LIBRARY, "{}"]),
    }
)
changes = some_of(
    describing | {"Category": titles.filter(lambda title: len(title) < 64), "AppendTags": booleans}
)
cate_names = st.sampled_from(["China", "中文", "x" * 64, "a", "b"])

marks = st.fixed_dictionaries(
    {},
    optional={
        "MarkStartTime": st.sampled_from(["0", "1.5", "12.10", 2, 3.25, 0]),
        "MarkEndTime": st.sampled_from(["2", "12.10", "1e3", 13, 3.25]),
        "MarkTag": st.sampled_from(["tag", "中文"]),
        "MarkContent": st.sampled_from(["content", "", "x" * 2000]),
        "MarkStatus": st.just("online"),
        "Unknown": st.just(1),
    },
)
BAD_MARKS = [
    "{}", "x", '["mark"]', "[null]", '[{"MarkTag": 1}]', '[{"MarkId": 1}]',
    '[{"MarkStartTime": "x"}]', '[{"MarkStartTime": true}]', '[{"MarkEndTime": -1}]',
    '[{"MarkEndTime": "inf"}]', '[{"MarkStartTime": 2, "MarkEndTime": "1.5"}]',
]  # fmt: skip

FILTERS = {
    "MediaType": ["video", "audio", "image", "all"],
    "BusinessType": ["general", "opening", "video"],
    "Source": ["oss", "vod", "live"],
    "Status": ["Normal", "Preparing", "PrepareFail"],
    "StartTime": ["-1", "0", "1"],
    "EndTime": ["-1", "0", "1"],
}
"""What lists can be filtered by; times are in seconds after the creation of an asset."""

lists = some_of({name: st.sampled_from(values) for name, values in FILTERS.items()}, most=3)
orders = st.sampled_from(["", "desc", "asc", "asc"])

stream_urls = st.sampled_from(
    [*spellings("bucket/b.mp4")[:2], "oss://other/stream.mp3", "oss://other/g.bin", *bad_urls[:1],
     "oss://bucket/d.jpg", *BROKEN_URLS, VOD[0]]
)  # fmt: skip
streams = st.fixed_dictionaries(
    {},
    optional={
        "UserData": st.sampled_from(['{"a": 1}', '{"b": 2}', "1", "no JSON"]),
        "StreamTags": st.sampled_from(['{"key": "value"}', '{"key": "other"}', "[]"]),
    },
)

# ---------------------------------------------------------------- searching

Tree = Callable[[str, str], Match]
"""A Match, but for the ids of an asset and of a category in it."""

NOON = 1_769_860_800_500
"""When the machine's worlds begin, in milliseconds."""

TEXTS = ["china", "CHINA", "a", "x", "", "'", "\\", "中", "ä", "%", "_", "title"]
brackets = st.sampled_from(["[]", "()", "[)", "(]"])
milliseconds = st.sampled_from(["", *(str(NOON + ms) for ms in (0, 0, 500, 2000))])
OTHER_FILTERS: list[Parameters] = [
    {"SearchLibName": OTHER_LIBRARY},
    {"SearchLibName": "unknown"},
    {"EntityId": "x"},
    {"CustomFilters": '{"intField1": 1}'},
    {"CustomFilters": '{"intField1": [2, 3], "strField1": "a"}'},
    {"CustomFilters": '{"intField1": {"gte": 2, "lte": 9}}'},
    {"CustomFilters": '{"colour": 1}'},
]
"""Whatever else a search can be narrowed by."""


def fixed(match: Match) -> Tree:
    """A Match without ids."""
    return lambda media_id, cate_id: match


leaves: st.SearchStrategy[Tree] = st.one_of(
    st.builds(contains, st.sampled_from(["title", "description"]), st.sampled_from(TEXTS)).map(
        fixed
    ),
    st.lists(st.sampled_from(["red", "blue", "x y", "rot", "black"]), min_size=1, max_size=2)
    .map(tagged)
    .map(fixed),
    st.sampled_from(TEXTS[:4]).map(read_off).map(fixed),
    st.builds(labelled, st.integers(0, 1), st.sampled_from(["Vehicle", "1", "2"])).map(fixed),
    st.just(lambda media_id, cate_id: with_id(media_id)),
    st.just(lambda media_id, cate_id: filed(cate_id)),
    st.lists(st.sampled_from(sorted(STATUSES)), min_size=1, max_size=2).map(in_status).map(fixed),
    st.builds(
        at, st.sampled_from(["utcCreate", "utcModified"]), milliseconds, milliseconds, brackets
    ).map(fixed),
    st.lists(st.sampled_from(["bucket", "other", "none"]), min_size=1, max_size=2)
    .map(stored)
    .map(fixed),
    st.lists(st.sampled_from(["video", "audio", "audio", "image"]), min_size=1, max_size=2)
    .map(of_type)
    .map(fixed),
)


def joined(how: Callable[[Match, Match], Match], one: Tree, two: Tree) -> Tree:
    """Two that are joined."""
    return lambda media_id, cate_id: how(one(media_id, cate_id), two(media_id, cate_id))


matches: st.SearchStrategy[Tree] = st.recursive(
    leaves,
    lambda parts: st.builds(joined, st.sampled_from([both, either, either]), parts, parts),
    max_leaves=4,
)


def built(tree: Tree, media_id: str, cate_id: str) -> Match:
    """The Match for these ids."""
    return tree(media_id, cate_id)


EACH_MATCH = [
    contains("title", "china"),
    contains("title", ""),
    contains("description", "CHINA"),
    contains("description", "x"),
    tagged(["red"]),
    tagged(["blue", "red"]),
    *(in_status([number]) for number in "123"),
    in_status(["1", "3"]),
    *(at("utcCreate", str(NOON), str(NOON + 2000), ends) for ends in ("[]", "()", "(]", "[)")),
    *(at("utcModified", str(NOON), str(NOON + 2000), ends) for ends in ("[]", "()")),
    stored(["bucket"]),
    stored(["other", "bucket"]),
    *(of_type([media_type]) for media_type in ("video", "audio", "image")),
    both(of_type(["audio", "video"]), either(tagged(["blue"]), in_status(["3"]))),
]
"""One for each way to search."""

BAD_MATCHES = [
    "title", "title = ", "title == 'a'", "title = 'a", "colour = 'red'",
    "title = 'a' or title = 'b'",
    "(title = 'a'", "title = 'a')", "tagList = 'red'", "status == 4", "status == 'Normal'",
    "cateId == x", "cateId == 9223372036854775808", "utcCreate = 1", "utcCreate = ('a','b')",
    "mediaType == 'text'", "mediaType in ('image','video')", "title = '" + "x" * 61 + "'",
    "title = 'a' and", "and", "()", "mediaId in ('a')", "title ≈ 'a'",
]  # fmt: skip
search_orders = st.sampled_from(
    ["", "", "utcCreate:Asc", "utcCreate:desc", "utcModified:Desc", "utcModified:Asc", "title:Asc",
     "title:Desc,utcCreate:Asc", "description:Desc", "description:Asc", "cateId:Desc",
     "mediaType:Asc,utcModified:Desc", "colour:Asc", "title", "title:Up"]
)  # fmt: skip
