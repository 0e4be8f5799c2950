"""AddCategory, UpdateCategory, DeleteCategory and GetCategories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from marshmallow import fields

from fake_ims.gateway.catalogue import Services, operation
from fake_ims.gateway.fields import (
    Int64,
    Number,
    OneOf,
    RequestSchema,
    ResponseSchema,
    Text,
    Written,
)
from fake_ims.library.categories import DEFAULT_TYPE, ROOT, TYPES, Category, delete
from fake_ims.operations.showing import bounded

CATE_NAME: Final = 64
"""Bytes in UTF-8 (documented for AddCategory)."""

DESCENDING: Final = "CreationTime:Desc"
ASCENDING: Final = "CreationTime:Asc"

PAGE_NO: Final = (1, (1 << 63) - 1)
PAGE_SIZE: Final = (10, 100)
DEFAULT_PAGE_SIZE: Final = 10


class CategorySchema(ResponseSchema):
    """Writes a category."""

    cate_id = Number(data_key="CateId")
    cate_name = Written(data_key="CateName")
    level = Number(data_key="Level")
    parent_id = Number(data_key="ParentId")
    category_type = Written(data_key="Type")


# ---------------------------------------------------------------- adding


@dataclass(slots=True, kw_only=True, eq=False)
class NewCategory:
    """What is to be added, and where."""

    cate_name: str
    parent_id: int | None = None
    category_type: str = DEFAULT_TYPE


class AddCategoryRequest(RequestSchema):
    """A ParentId that is not sent or below 1 stands for the first level (documented)."""

    record = NewCategory

    cate_name = Text(data_key="CateName", required=True, max_bytes=CATE_NAME)
    parent_id = Int64(data_key="ParentId")
    category_type = OneOf(*TYPES, data_key="Type")


@dataclass(slots=True, eq=False)
class Added:
    """The answer of AddCategory."""

    category: Category


class AddCategoryResponse(ResponseSchema):
    """``Category``."""

    category = fields.Nested(CategorySchema(), data_key="Category")


@operation(
    "AddCategory",
    request=AddCategoryRequest,
    response=AddCategoryResponse,
    access="create",
    questions=("unknown_category", "duplicate_category", "category_type"),
)
def add_category(new: NewCategory, services: Services) -> Added:
    """Add a category: at most three levels, and a hundred under one parent (documented)."""
    return Added(
        services.library.categories.add(
            new.cate_name,
            services.now,
            services.choices,
            parent_id=new.parent_id,
            category_type=new.category_type,
        )
    )


# ---------------------------------------------------------------- renaming and deleting


@dataclass(slots=True, kw_only=True, eq=False)
class Renaming:
    """Which category, and what it is to be called."""

    cate_id: int
    cate_name: str


class UpdateCategoryRequest(RequestSchema):
    """Both are required (documented)."""

    record = Renaming

    cate_id = Int64(data_key="CateId", required=True)
    cate_name = Text(data_key="CateName", required=True, max_bytes=CATE_NAME)


class OnlyRequestId(ResponseSchema):
    """Nothing but ``RequestId`` (documented)."""


@operation(
    "UpdateCategory",
    request=UpdateCategoryRequest,
    response=OnlyRequestId,
    access="update",
    questions=("unknown_category", "duplicate_category"),
)
def update_category(wanted: Renaming, services: Services) -> None:
    """Rename a category; the assets in it show the new CateName from then on."""
    services.library.categories.rename(wanted.cate_id, wanted.cate_name, services.choices)


@dataclass(slots=True, kw_only=True, eq=False)
class Deletion:
    """Which category."""

    cate_id: int


class DeleteCategoryRequest(RequestSchema):
    """CateId is required (documented)."""

    record = Deletion

    cate_id = Int64(data_key="CateId", required=True)


@operation(
    "DeleteCategory",
    request=DeleteCategoryRequest,
    response=OnlyRequestId,
    access="delete",
    questions=("unknown_category", "category_deletion"),
)
def delete_category(wanted: Deletion, services: Services) -> None:
    """Delete a category and all that is under it (documented)."""
    delete(services.library, wanted.cate_id, services.choices)


# ---------------------------------------------------------------- listing


@dataclass(slots=True, kw_only=True, eq=False)
class CategoryQuery:
    """The subcategories of which category, and which page of them."""

    cate_id: int = ROOT
    page_no: int | None = None
    page_size: int | None = None
    sort_by: str = DESCENDING
    category_type: str | None = None


class GetCategoriesRequest(RequestSchema):
    """None is required."""

    record = CategoryQuery

    cate_id = Int64(data_key="CateId")
    page_no = Int64(data_key="PageNo")
    page_size = Int64(data_key="PageSize")
    sort_by = OneOf(DESCENDING, ASCENDING, data_key="SortBy")
    category_type = OneOf(*TYPES, data_key="Type")


@dataclass(slots=True, kw_only=True, eq=False)
class SubCategory:
    """A category as a list shows it: with the number of those right under it."""

    cate_id: int
    cate_name: str
    level: int
    parent_id: int
    category_type: str
    sub_total: int


class SubCategorySchema(CategorySchema):
    """Writes a :class:`SubCategory`."""

    sub_total = Number(data_key="SubTotal")


@dataclass(slots=True, eq=False)
class SubCategories:
    """One page of them."""

    categories: tuple[SubCategory, ...]


class SubCategoriesSchema(ResponseSchema):
    """Writes :class:`SubCategories`."""

    categories = fields.List(fields.Nested(SubCategorySchema()), data_key="Category")


@dataclass(slots=True, eq=False)
class Listed:
    """The answer of GetCategories: no category for the first level."""

    category: Category | None
    sub_categories: SubCategories
    sub_total: int


class GetCategoriesResponse(ResponseSchema):
    """``Category``, a page of ``SubCategories``, and how many there are in all."""

    category = fields.Nested(CategorySchema(), data_key="Category")
    sub_categories = fields.Nested(SubCategoriesSchema(), data_key="SubCategories")
    sub_total = Number(data_key="SubTotal")


@operation(
    "GetCategories",
    request=GetCategoriesRequest,
    response=GetCategoriesResponse,
    access="get",
    questions=("unknown_category", "page_size_range"),
)
def get_categories(query: CategoryQuery, services: Services) -> Listed:
    """Show a category and a page of those right under it.

    A CateId below 1 stands for the first level, as a ParentId does. Type is ``default`` where
    none is sent (documented); under a category, it is that category's (inferred).
    """
    categories = services.library.categories
    page = bounded(query.page_no, PAGE_NO, 1, "PageNo", services)
    size = bounded(query.page_size, PAGE_SIZE, DEFAULT_PAGE_SIZE, "PageSize", services)
    category, parent_id, own_type = None, ROOT, DEFAULT_TYPE
    if query.cate_id >= 1:
        category = categories.require(query.cate_id, services.choices)
        parent_id, own_type = category.cate_id, category.category_type
    found = categories.children(parent_id, query.category_type or own_type)
    found.sort(key=lambda each: each.created_at)
    if query.sort_by == DESCENDING:
        found.reverse()
    start = (page - 1) * size
    shown = tuple(
        SubCategory(
            cate_id=each.cate_id,
            cate_name=each.cate_name,
            level=each.level,
            parent_id=each.parent_id,
            category_type=each.category_type,
            sub_total=categories.count_children(each.cate_id, each.category_type),
        )
        for each in found[start : start + size]
    )
    return Listed(category, SubCategories(shown), len(found))
