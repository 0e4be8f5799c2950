"""Categories: a tree of three levels in which assets are filed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from fake_ims import errors
from fake_ims.clock import Instant, iso

ROOT: Final = -1
"""Documented: the ParentId of the first level."""

LEVELS: Final = 3
CHILDREN: Final = 100
"""Documented: at most so many levels, and subcategories of one category."""

TYPES: Final = ("default", "material")


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One category: never changed, only replaced. ``level`` is 0 to 2."""

    cate_id: int
    cate_name: str
    created_at: Instant
    parent_id: int = ROOT
    level: int = 0
    category_type: str = "default"

    def __repr__(self) -> str:
        under = "" if self.parent_id == ROOT else f" under {self.parent_id}"
        return f"<Category {self.cate_id} {self.cate_name!r}{under} {iso(self.created_at)}>"


class Categories:
    """The categories by CateId, and each one's children in the order they were added.

    The caller holds the world's lock.
    """

    def __init__(self) -> None:
        self._by_id: dict[int, Category] = {}
        self._children: dict[int, dict[int, None]] = {}
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

    def name_of(self, cate_id: int | None) -> str | None:
        """CateName of a category, or None if there is none of that id."""
        found = None if cate_id is None else self._by_id.get(cate_id)
        return None if found is None else found.cate_name

    def children(self, cate_id: int) -> list[Category]:
        """The categories right under one, or under :data:`ROOT`, oldest first."""
        return [self._by_id[child] for child in self._children.get(cate_id, ())]

    def count_children(self, cate_id: int) -> int:
        """How many categories are right under one."""
        return len(self._children.get(cate_id, ()))

    def declare(self, cate_id: int, cate_name: str, now: Instant) -> None:
        """A category of the first level with an id of the caller's choice, or a new name for it."""
        if cate_id in self._by_id:
            self.rename(cate_id, cate_name)
        else:
            self._put(Category(cate_id=cate_id, cate_name=cate_name, created_at=now))

    def add(
        self, cate_name: str, now: Instant, *, parent_id: int = ROOT, category_type: str = "default"
    ) -> Category:
        """Add a category under a parent.

        :raises ApiError: InvalidParameter "ParentId" for a parent that does not exist, is on the
            last level, or has as many children as it may.
        """
        level = 0
        if parent_id != ROOT:
            parent = self._by_id.get(parent_id)
            if parent is None or parent.level == LEVELS - 1:
                raise errors.INVALID_PARAMETER(name="ParentId")
            level = parent.level + 1
        if self.count_children(parent_id) >= CHILDREN:
            raise errors.INVALID_PARAMETER(name="ParentId")
        category = Category(
            cate_id=self._latest + 1, cate_name=cate_name, created_at=now,
            parent_id=parent_id, level=level, category_type=category_type,
        )  # fmt: skip
        self._put(category)
        return category

    def _put(self, category: Category) -> None:
        self._latest = max(self._latest, category.cate_id)
        self._by_id[category.cate_id] = category
        self._children.setdefault(category.parent_id, {})[category.cate_id] = None

    def rename(self, cate_id: int, cate_name: str) -> None:
        """Give a category another name.

        :raises KeyError: if there is none of that id.
        """
        self._by_id[cate_id] = replace(self._by_id[cate_id], cate_name=cate_name)

    def remove(self, cate_id: int) -> list[int]:
        """Take out a category and all that is under it; the ids of what is gone.

        :raises KeyError: if there is none of that id.
        """
        category = self._by_id[cate_id]
        del self._children[category.parent_id][cate_id]
        gone = [cate_id]
        for each in gone:  # grows while it is walked
            del self._by_id[each]
            gone.extend(self._children.pop(each, ()))
        return gone
