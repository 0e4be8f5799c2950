"""Categories: trees of three levels in which assets are filed, one for each Type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from fake_ims import errors
from fake_ims.clock import Instant, iso
from fake_ims.settings import Choices
from fake_ims.texts import shortened

if TYPE_CHECKING:
    from fake_ims.library.library import Library

ROOT: Final = -1
"""Documented: the ParentId of the first level."""

LEVELS: Final = 3
CHILDREN: Final = 100
"""Documented: at most so many levels, and subcategories of one category."""

TYPES: Final = ("default", "material")
DEFAULT_TYPE: Final = "default"

_LARGEST: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One category: never changed, only replaced. ``level`` is 0 to 2."""

    cate_id: int
    cate_name: str
    created_at: Instant
    parent_id: int = ROOT
    level: int = 0
    category_type: str = DEFAULT_TYPE

    def __repr__(self) -> str:
        name = shortened(repr(self.cate_name))
        under = "" if self.parent_id == ROOT else f" under {self.parent_id}"
        of_type = "" if self.category_type == DEFAULT_TYPE else f" {self.category_type}"
        return f"<Category {self.cate_id} {name}{under}{of_type} {iso(self.created_at)}>"


class Categories:
    """The categories by CateId, and each one's children in the order they were added.

    All categories of a tree are of one Type. The caller holds the world's lock.
    """

    def __init__(self) -> None:
        self._by_id: dict[int, Category] = {}
        self._children: dict[tuple[int, str], dict[int, None]] = {}
        self._declared: set[int] = set()
        self._latest = 0

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_id)

    def __contains__(self, cate_id: object) -> bool:
        return cate_id in self._by_id

    def get(self, cate_id: int) -> Category | None:
        """The category of a CateId, or None."""
        return self._by_id.get(cate_id)

    def require(self, cate_id: int, choices: Choices, name: str = "CateId") -> Category:
        """The category of a CateId, which a parameter of this name says.

        :raises ApiError: for an unknown one, as the setting ``unknown_category`` says.
        """
        category = self._by_id.get(cate_id)
        if category is None:
            if choices.of("unknown_category") == "not_found":
                raise errors.RESOURCE_NOT_FOUND()
            raise errors.INVALID_PARAMETER(name=name)
        return category

    def name_of(self, cate_id: int | None) -> str | None:
        """CateName of a category, or None if there is none of that id."""
        found = None if cate_id is None else self._by_id.get(cate_id)
        return None if found is None else found.cate_name

    def children(self, cate_id: int, category_type: str = DEFAULT_TYPE) -> list[Category]:
        """The categories of a Type right under one, or under :data:`ROOT`, first added first."""
        return [self._by_id[child] for child in self._children.get((cate_id, category_type), ())]

    def count_children(self, cate_id: int, category_type: str = DEFAULT_TYPE) -> int:
        """How many categories of a Type are right under one."""
        return len(self._children.get((cate_id, category_type), ()))

    def added(self) -> Iterator[Category]:
        """All of them, first added first."""
        return iter(self._by_id.values())

    def walk(self) -> Iterator[Category]:
        """All of them, each before those under it."""
        ahead = [child for each in reversed(TYPES) for child in reversed(self.children(ROOT, each))]
        while ahead:
            category = ahead.pop()
            yield category
            ahead.extend(reversed(self.children(category.cate_id, category.category_type)))

    def declare(self, cate_id: int, cate_name: str, now: Instant) -> None:
        """A category of the first level with an id of the caller's choice, or a new name for it.

        :raises ValueError: for an id or a name that no answer can carry.
        """
        if type(cate_id) is not int or not 0 <= cate_id <= _LARGEST:
            raise ValueError(f"no category has CateId {cate_id!r}")
        cate_name.encode()
        if cate_id in self._by_id:
            self._rename(self._by_id[cate_id], cate_name)
        else:
            self._declared.add(cate_id)
            self._put(Category(cate_id=cate_id, cate_name=cate_name, created_at=now))

    def add(
        self,
        cate_name: str,
        now: Instant,
        choices: Choices,
        *,
        parent_id: int | None = None,
        category_type: str = DEFAULT_TYPE,
    ) -> Category:
        """Add a category: under a parent, or on the first level for a ParentId below 1
        (documented).

        :raises ApiError: for an unknown parent as ``unknown_category`` says; InvalidParameter
            "ParentId" for one that is on the last level or has as many children as it may
            (inferred); "Type" and "CateName" as ``category_type`` and ``duplicate_category`` say.
        """
        parent = None
        if parent_id is not None and parent_id >= 1:
            parent = self.require(parent_id, choices, "ParentId")
            if parent.level == LEVELS - 1:
                raise errors.INVALID_PARAMETER(name="ParentId")
            if parent.category_type != category_type:
                if choices.of("category_type") == "reject":
                    raise errors.INVALID_PARAMETER(name="Type")
                category_type = parent.category_type
        under = ROOT if parent is None else parent.cate_id
        if self.count_children(under, category_type) >= CHILDREN:
            raise errors.INVALID_PARAMETER(name="ParentId")
        self._check_name(cate_name, under, category_type, choices)
        category = Category(
            cate_id=self._draw_id(),
            cate_name=cate_name,
            created_at=now,
            parent_id=under,
            level=0 if parent is None else parent.level + 1,
            category_type=category_type,
        )
        self._put(category)
        return category

    def _draw_id(self) -> int:
        """The next id, never one that was used before: assets may still have it."""
        self._latest += 1
        while self._latest in self._declared:
            self._latest += 1
        return self._latest

    def _put(self, category: Category) -> None:
        self._by_id[category.cate_id] = category
        siblings = self._children.setdefault((category.parent_id, category.category_type), {})
        siblings[category.cate_id] = None

    def rename(self, cate_id: int, cate_name: str, choices: Choices) -> None:
        """Give a category another name.

        :raises ApiError: as the settings ``unknown_category`` and ``duplicate_category`` say.
        """
        category = self.require(cate_id, choices)
        if cate_name != category.cate_name:
            self._check_name(cate_name, category.parent_id, category.category_type, choices)
        self._rename(category, cate_name)

    def _rename(self, category: Category, cate_name: str) -> None:
        self._by_id[category.cate_id] = replace(category, cate_name=cate_name)

    def _check_name(
        self, cate_name: str, parent_id: int, category_type: str, choices: Choices
    ) -> None:
        siblings = self.children(parent_id, category_type)
        if any(sibling.cate_name == cate_name for sibling in siblings):
            if choices.of("duplicate_category") == "reject":
                raise errors.INVALID_PARAMETER(name="CateName")

    def remove(self, category: Category) -> list[int]:
        """Take out a category and all that is under it; the ids of what is gone."""
        of_type = category.category_type
        del self._children[category.parent_id, of_type][category.cate_id]
        gone = [category.cate_id]
        for each in gone:  # grows while it is walked
            del self._by_id[each]
            gone.extend(self._children.pop((each, of_type), ()))
        return gone


def delete(library: Library, cate_id: int, choices: Choices) -> None:
    """Delete a category with all that is under it (documented).

    What becomes of the assets in there is not documented; the setting ``category_deletion`` says.
    Their ModifiedTime stays, since nobody changed them.

    :raises ApiError: as the setting ``unknown_category`` says.
    """
    gone = library.categories.remove(library.categories.require(cate_id, choices))
    filed = [asset for each in gone for asset in library.assets.filed_under(each)]
    if filed and choices.of("category_deletion") == "detach":
        for asset in filed:
            library.assets.put(replace(asset, cate_id=None))
