"""What a test looks at and sets up, on the Python side: snapshots and small handles."""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping, ValuesView
from dataclasses import replace
from typing import Any, TypeVar

from fake_ims.errors import ApiError
from fake_ims.library.assets import Asset
from fake_ims.library.categories import ROOT, TYPES, Categories, Category
from fake_ims.library.insights import described
from fake_ims.media.objects import ObjectFacts
from fake_ims.settings import Choices
from fake_ims.texts import SHOWN, listing, nearest
from fake_ims.world import World

CurrentWorld = Callable[[], World]
Key = TypeVar("Key")
Item = TypeVar("Item")


class Snapshots(Mapping[Key, Item]):
    """A mapping that hands out snapshots, which do not change.

    A loop over it goes over what there was at its beginning, whatever calls change meanwhile.
    """

    def __init__(self, world: CurrentWorld) -> None:
        self._world = world

    @abstractmethod
    def _all(self) -> dict[Key, Item]:
        """What there is at this moment."""

    def __iter__(self) -> Iterator[Key]:
        return iter(self._all())

    def items(self) -> ItemsView[Key, Item]:
        """All of them at one moment, with their ids."""
        return self._all().items()

    def values(self) -> ValuesView[Item]:
        """All of them at one moment."""
        return self._all().values()


class Assets(Snapshots[str, Asset]):
    """The assets by MediaId. What it hands out are snapshots, which do not change."""

    def __getitem__(self, media_id: str) -> Asset:
        return self._find(
            lambda world: world.library.assets.get(media_id), f"no asset has MediaId {media_id!r}"
        )

    def _find(self, look_up: Callable[[World], Asset | None], missed: str) -> Asset:
        world = self._world()
        with world.lock:
            world.catch_up()
            asset = look_up(world)
        if asset is None:
            raise KeyError(missed)
        return asset

    def __contains__(self, media_id: object) -> bool:
        return media_id in self._world().library.assets

    def __len__(self) -> int:
        return len(self._world().library.assets)

    def by_url(self, input_url: str) -> Asset:
        """The asset of an InputURL, or of another URL of the same file.

        :raises KeyError: if none is registered, or the URL is of no known form.
        """
        try:
            return self._find(
                lambda world: world.library.find_by_url(input_url, Choices(world.settings)),
                f"no asset is registered for {input_url!r}",
            )
        except ApiError as error:
            raise KeyError(str(error)) from None

    def by_reference_id(self, reference_id: str) -> Asset:
        """The asset of a ReferenceId.

        :raises KeyError: if there is none.
        """
        return self._find(
            lambda world: world.library.assets.by_reference(reference_id),
            f"no asset has ReferenceId {reference_id!r}",
        )

    def describe(
        self,
        media_id: str,
        *,
        ocr: Iterable[str] | None = None,
        labels: Iterable[tuple[str, ...]] | None = None,
        custom_fields: Mapping[str, int | str] | None = None,
        dynamic_meta_data: str | None = None,
    ) -> Asset:
        """Say what other services found out about an asset, or were told; the asset as it is then.

        What is given takes the place of what was said before; the rest stays.

        :param ocr: texts that were read off its pictures.
        :param labels: of smart tagging, each ``(category, label id)`` or with its name:
            ``("Vehicle", "103102", "Car")``.
        :param custom_fields: any of ``intField1``, ``strField1`` and ``strField2``.
        :param dynamic_meta_data: what BatchGetMediaInfos shows as DynamicMetaData.
        :raises KeyError: if there is no such asset.
        :raises TypeError: for a value of another type.
        :raises ValueError: for a custom field that does not exist, or a label without its id.
        """
        world = self._world()
        with world.lock:
            asset = self[media_id]
            insights = described(
                asset.insights, ocr=ocr, labels=labels, custom_fields=custom_fields,
                dynamic_meta_data=dynamic_meta_data,
            )  # fmt: skip
            asset = replace(asset, insights=insights)
            world.library.assets.put(asset)
        return asset

    def _all(self) -> dict[str, Asset]:
        world = self._world()
        with world.lock:
            world.catch_up()
            return {asset.media_id: asset for asset in world.library.assets}

    def __repr__(self) -> str:
        world = self._world()
        with world.lock:
            world.look()
            latest = list(itertools.islice(reversed(world.library.assets), SHOWN))[::-1]
            return listing("assets", latest, total=len(world.library.assets))


class CategoryTree(Snapshots[int, Category]):
    """The categories by CateId. What it hands out are snapshots, which do not change."""

    def __getitem__(self, cate_id: int) -> Category:
        world = self._world()
        with world.lock:
            category = world.library.categories.get(cate_id)
        if category is None:
            raise KeyError(f"no category has CateId {cate_id!r}")
        return category

    def __contains__(self, cate_id: object) -> bool:
        return cate_id in self._world().library.categories

    def __len__(self) -> int:
        return len(self._world().library.categories)

    def _all(self) -> dict[int, Category]:
        world = self._world()
        with world.lock:
            return {each.cate_id: each for each in world.library.categories.added()}

    def by_name(self, cate_name: str) -> Category:
        """The category of a name.

        :raises KeyError: if none is called so, or more than one.
        """
        found = [each for each in self.values() if each.cate_name == cate_name]
        if len(found) != 1:
            raise KeyError(f"{len(found) or 'no'} categories are called {cate_name!r}")
        return found[0]

    def children(self, cate_id: int = ROOT) -> list[Category]:
        """The categories right under one, or those of the first level, first added first."""
        world = self._world()
        with world.lock:
            categories = world.library.categories
            found = [each for of_type in TYPES for each in categories.children(cate_id, of_type)]
        return sorted(found, key=lambda each: each.created_at)

    def assets_in(self, cate_id: int) -> list[Asset]:
        """The assets right in a category, the oldest first; without ``strict``, there may be some
        in a category that does not exist.
        """
        world = self._world()
        with world.lock:
            world.catch_up()
            return world.library.assets.filed_under(cate_id)

    def __repr__(self) -> str:
        world = self._world()
        with world.lock:
            return tree_of(world.library.categories)


def tree_of(categories: Categories, most: int = SHOWN) -> str:
    """How many there are, and the first of them, one a line, each indented by its level."""
    total = len(categories)
    more = f", the first {most}" if total > most else ""
    lines = [f"{'  ' * each.level}  {each!r}" for each in itertools.islice(categories.walk(), most)]
    return "\n".join([f"<{total} categories{more}>", *lines])


def facts_of(facts: Mapping[str, Any]) -> ObjectFacts:
    """What is said of a file.

    :raises TypeError: for a word that says nothing of a file.
    :raises ValueError: for a value that no file can have.
    """
    known = ObjectFacts.__dataclass_fields__
    wrong = next((name for name in facts if name not in known), None)
    if wrong is not None:
        hint = nearest(wrong, known) or f" (there are {', '.join(known)})"
        raise TypeError(f"nothing of a file is called {wrong!r}{hint}")
    return ObjectFacts(**facts)


class Objects:
    """The files that InputURLs point to. Any file exists, made up, until a test says what it is."""

    def __init__(self, world: CurrentWorld) -> None:
        self._world = world

    def put(self, url: str, **facts: Any) -> None:
        """Say what a file is: ``duration`` (seconds), ``width``, ``height``, ``size`` (bytes),
        ``bitrate`` (kbit/s), ``fps``, ``format_name``, ``has_audio``, or ``fails`` with a reason.

        What is not said is made up to fit. Assets that are analysed from now on show it.

        :raises ApiError: if the URL is of no documented form.
        :raises TypeError: for a word that says nothing of a file.
        :raises ValueError: for a value that no file can have.
        """
        said = facts_of(facts)
        world = self._world()
        with world.lock:
            world.objects.put(world.library.locate(url), said)

    def delete(self, url: str) -> None:
        """Take a file away, as DeletePhysicalFiles does: a registration of it ends in PrepareFail
        until :meth:`put` brings one. Assets that were analysed before stay as they are.

        :raises ApiError: if the URL is of no documented form.
        """
        world = self._world()
        with world.lock:
            world.objects.delete(world.library.locate(url))

    def __repr__(self) -> str:
        return f"<{len(self._world().objects)} objects described>"
