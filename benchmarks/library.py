"""The media-asset library at a million assets: whether lists, changes and searches stay as cheap.

Two worlds in one process, alike but for their size, are asked the same in turns. Times are those of
the processor: there is one thread, and the machine may have other work.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from common import HERE, Ratio

if TYPE_CHECKING:
    from fake_ims.world import World

Sent: TypeAlias = dict[str, str]

SMALL, LARGE = 1_000, 1_000_000
LIMIT = 3.0
LINEAR = LARGE / SMALL
ROUNDS, CALLS = 9, 20
BEGINNING = "2026-01-01T00:00:00Z"
BEGAN = 1_767_225_600

PLACES = ("beijing", "shanghai", "hangzhou", "shenzhen", "harbin", "lhasa", "urumqi")
THINGS = ("interview", "trailer", "cut", "match", "concert", "lecture", "street", "train", "panda")
SUFFIXES = ("mp4",) * 13 + ("png",) * 4 + ("mp3",) * 2 + ("srt",)
BUSINESS_TYPES = ("general",) * 14 + ("opening",) * 4 + ("ending",) * 2


def shuffled(number: int, salt: int, modulus: int) -> int:
    """A number below the modulus that looks drawn, the same in every run."""
    return (number * 2_654_435_761 + salt * 40_503) % 4_294_967_291 // 97 % modulus


def sent_for(number: int) -> Sent:
    """The registration of the n-th asset: of many kinds, and like what callers send."""

    def draw(salt: int, modulus: int) -> int:
        return shuffled(number, salt, modulus)

    name = f"{THINGS[draw(1, len(THINGS))]}-{number}.{SUFFIXES[draw(2, len(SUFFIXES))]}"
    own = draw(3, 20) == 0
    tags = [f"tag{draw(salt, 1000) * draw(salt + 9, 1000) // 1000}" for salt in range(draw(4, 4))]
    if draw(5, 5) == 0:
        tags.append(f"order-{number}")
    return {
        "InputURL": f"vod://{number:032x}" if draw(6, 10) == 0 else f"oss://media/{number}/{name}",
        "Title": f"{PLACES[draw(7, len(PLACES))]} {THINGS[draw(8, len(THINGS))]} {number}",
        "BusinessType": f"own-{number}" if own else BUSINESS_TYPES[draw(10, 20)],
        "CateId": str(draw(11, 50)),
        "MediaTags": ",".join(dict.fromkeys(tags)),
    }  # fmt: skip


class Populated:
    """A world with so many assets, a second apart."""

    def __init__(self, world: World, size: int) -> None:
        self.world, self.size = world, size
        self.ids: list[str] = []
        self._turn = 0
        self._victims: list[str] = []
        world.clock.freeze(BEGINNING)
        for _ in range(size):
            self.register()

    def register(self) -> str:
        from fake_ims import by_hand

        number = len(self.ids)
        sent = sent_for(number)
        if shuffled(number, 12, 20) == 0 and sent["InputURL"].startswith("oss"):
            from fake_ims.media.objects import ObjectFacts

            location = self.world.library.locate(sent["InputURL"])
            self.world.objects.put(location, ObjectFacts(fails="no such key"))
        media_id: str = by_hand.call(self.world, "RegisterMediaInfo", sent).media_id
        self.ids.append(media_id)
        self.world.clock.advance(1)
        return media_id

    def turn(self) -> int:
        """The number of some asset, another one each time."""
        self._turn += 1
        return shuffled(self._turn, 13, self.size)

    def lay_out_victims(self) -> None:
        """Register what the next calls delete."""
        self._victims = [self.register() for _ in range(CALLS)]

    def victim(self) -> str:
        return self._victims.pop()

    def at(self, part: float) -> str:
        """The time at a part of the way through all registrations."""
        told = time.gmtime(BEGAN + int(self.size * part))
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", told)

    def list_first(self) -> None:
        """Ask for a list for the first time, which makes the index of all assets."""
        assert self.listed().total_count == self.size

    def make_the_rest(self) -> None:
        """Make every other part of the index, as the first searches would."""
        from fake_ims.library import index

        for kind in (index.MODIFIED, index.BUSINESS, index.CATEGORY, index.STORAGE, index.TAG):
            self.world.library.assets.index.on(kind, None)

    def listed(self, **sent: str) -> Any:
        from fake_ims import by_hand

        return by_hand.call(self.world, "ListMediaBasicInfos", sent)


class Case(NamedTuple):
    """A call that is measured: what it sends may depend on the world and on the call before.

    ``prepare`` is done before each sample, outside the time.
    """

    what: str
    action: str
    sent: Callable[[Populated], Sent]
    limit: float = LIMIT
    rounds: int = ROUNDS
    calls: int = CALLS
    prepare: Callable[[Populated], None] = lambda world: None


def listing(what: str, **sent: str) -> Case:
    return Case(what, "ListMediaBasicInfos", lambda world: sent)


def searching(what: str, match: Callable[[Populated], str]) -> Case:
    return Case(what, "SearchMedia", lambda world: {"Match": match(world)})


def fuzzy(what: str, match: str) -> Case:
    """One that must look at each asset."""
    sent = {"Match": match}
    return Case(what, "SearchMedia", lambda world: sent, limit=LINEAR, rounds=3, calls=1)


def once(find: Callable[[Populated], Sent]) -> Callable[[Populated], Sent]:
    """What is to be sent is found once for each world."""
    found: dict[int, Sent] = {}

    def sent(world: Populated) -> Sent:
        if world.size not in found:
            found[world.size] = find(world)
        return found[world.size]

    return sent


def last_page(sent: Sent) -> Callable[[Populated], Sent]:
    def find(world: Populated) -> Sent:
        before = (world.listed(**sent).total_count - 1) // 10
        return {**sent, "NextToken": world.listed(**sent, PageNo=str(before)).next_token}

    return once(find)


def page_in_the_middle(sent: Sent) -> Callable[[Populated], Sent]:
    return once(lambda world: {**sent, "PageNo": str(world.listed(**sent).total_count // 20)})


def some_id(world: Populated) -> str:
    return world.ids[world.turn()]


def some_url(world: Populated) -> str:
    return sent_for(world.turn())["InputURL"]


def milliseconds(part: float) -> Callable[[Populated], str]:
    return lambda world: str((BEGAN + int(world.size * part)) * 1000)


ALL_FILTERS = {
    "MediaType": "video", "Status": "Normal", "Source": "oss", "BusinessType": "general",
}  # fmt: skip


def cases() -> Iterable[Case]:
    yield listing("no filter")
    yield listing("no filter, asc", SortBy="asc")
    yield listing("100 of them with their files", MaxResults="100", IncludeFileBasicInfo="true")
    for name, value in (*ALL_FILTERS.items(), ("MediaType", "image"), ("Source", "vod")):
        yield listing(f"{name}={value}", **{name: value})
    yield listing("Status=PrepareFail, asc", Status="PrepareFail", SortBy="asc")
    yield listing("four filters", **ALL_FILTERS)
    action = "ListMediaBasicInfos"
    yield Case("MediaId", action, lambda world: {"MediaId": some_id(world)})
    yield Case(
        "a time", action, lambda world: {"StartTime": world.at(0.4), "EndTime": world.at(0.6)}
    )
    yield Case("four filters, a time, asc", action, lambda world: {
        **ALL_FILTERS, "StartTime": world.at(0.2), "EndTime": world.at(0.8), "SortBy": "asc",
    })  # fmt: skip
    for what, sent in {
        "no filter": {}, "MediaType=video": {"MediaType": "video"}, "four filters": ALL_FILTERS,
    }.items():  # fmt: skip
        yield Case(f"{what}, the last page by token", action, last_page(sent))
        yield Case(f"{what}, a page in the middle by number", action, page_in_the_middle(sent))

    yield Case("by MediaId", "GetMediaInfo", lambda world: {"MediaId": some_id(world)})
    yield Case("by InputURL", "GetMediaInfo", lambda world: {"InputURL": some_url(world)})
    yield Case("20 ids", "BatchGetMediaInfos", lambda world: {
        "MediaIds": ",".join(some_id(world) for _ in range(20)), "AdditionType": "FileInfo",
    })  # fmt: skip
    yield Case("Title", "UpdateMediaInfo", lambda world: {
        "MediaId": some_id(world), "Title": f"title {world.turn()}",
    })  # fmt: skip
    yield Case("tags and category, by InputURL", "UpdateMediaInfo", lambda world: {
        "InputURL": some_url(world), "CateId": str(world.turn() % 50),
        "MediaTags": f"tag{world.turn() % 100},tag{world.turn() % 100}",
    })  # fmt: skip
    yield Case("with the index in use", "RegisterMediaInfo", lambda world: {
        "InputURL": f"oss://media/more/{world.turn()}-{len(world.ids)}.mp4", "Overwrite": "true",
    })  # fmt: skip
    yield Case("one id", "DeleteMediaInfos", lambda world: {"MediaIds": world.victim()},
               prepare=Populated.lay_out_victims)  # fmt: skip

    yield searching("mediaId", lambda world: f"mediaId == '{some_id(world)}'")
    yield searching("cateId", lambda world: f"cateId == {world.turn() % 50}")
    yield searching("tagList", lambda world: "tagList in ('tag1')")
    yield searching("status", lambda world: "status == 3")
    yield searching("mediaType, status", lambda world: "mediaType == 'image' and status == 3")
    first, last = milliseconds(0.4), milliseconds(0.6)
    yield searching("utcCreate", lambda world: f"utcCreate = ('{first(world)}','{last(world)}')")
    yield fuzzy("title, a word of many", "title = 'trailer'")
    yield fuzzy("title, a word of none", "title = 'dragon'")


def microseconds(case: Case, world: Populated) -> float:
    """What a call takes."""
    from fake_ims import by_hand

    case.prepare(world)
    sent = [case.sent(world) for _ in range(case.calls)]
    taken = seconds(lambda: [by_hand.call(world.world, case.action, each) for each in sent])
    return taken / case.calls * 1e6


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def resident() -> int:
    """Bytes of memory that the process holds; where nothing tells, the most that it held."""
    gc.collect()
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def main() -> None:
    """One process of its own, so that its memory is that of the assets."""
    from fake_ims import FakeIms

    with FakeIms(delay=0, journal_size=1) as few, FakeIms(delay=0, journal_size=1) as many:
        small_world = Populated(few.world, SMALL)
        memory = [resident()]
        gc.disable()
        worlds = small_world, Populated(many.world, LARGE)
        gc.enable()
        memory.append(resident())
        made = [seconds(small_world.list_first), seconds(worlds[1].list_first)]
        memory.append(resident())
        made += [seconds(small_world.make_the_rest), seconds(worlds[1].make_the_rest)]
        memory.append(resident())
        sizes = [(after - before) / LARGE for before, after in itertools.pairwise(memory)]
        print(json.dumps([made, sizes]))

        for case in cases():
            if many.world.find_operation(case.action) is None:
                continue
            times: tuple[list[float], list[float]] = ([], [])
            for _ in range(case.rounds + 1):  # the first warms up
                for world, samples in zip(worlds, times, strict=True):
                    samples.append(microseconds(case, world))
            small, large = (statistics.median(samples[1:]) for samples in times)
            print(json.dumps([f"{case.action}, {case.what}", small, large, case.limit]))


def measure() -> list[Ratio]:
    command = (sys.executable, str(HERE / "library.py"))
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    head, *lines = map(json.loads, done.stdout.splitlines())
    (small_list, list_, small_rest, rest), (asset, listed, all_of_it) = head
    note = f"{list_:.1f} s; {asset:.0f} bytes an asset before, {listed:.0f} more after"
    more = f"{rest:.1f} s; {all_of_it:.0f} bytes an asset more"
    ratios = [
        Ratio("the first list, per asset", list_ / small_list / LINEAR, LIMIT, note=note),
        Ratio("all that searches need, per asset", rest / small_rest / LINEAR, LIMIT, note=more),
    ]
    for what, small, large, limit in lines:
        note = f"{large:.0f} us and {small:.0f} us"
        if limit == LINEAR:
            note += f"; {large / LARGE:.2f} us an asset"
        ratios.append(Ratio(what, large / small, limit, note=note))
    return ratios


if __name__ == "__main__":
    main()
