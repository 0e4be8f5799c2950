"""What a test puts into a world, and changes there, without HTTP."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

from fake_ims import by_hand
from fake_ims.job_views import JobsView, WorkflowsView
from fake_ims.laboratory import Laboratory
from fake_ims.library.assets import Asset
from fake_ims.library.categories import Category
from fake_ims.library.workflows import Workflow, read_activities
from fake_ims.queue_views import Queues
from fake_ims.views import Assets, CategoryTree, Objects, facts_of
from fake_ims.world import World


class Seeding(ABC):
    """What of a :class:`~fake_ims.fake.FakeIms` sets up its current world, and shows it.

    Neither signature nor RAM is asked, and nothing of it is in the journal.
    """

    def __init__(self) -> None:
        self.assets = Assets(self._current)
        self.categories = CategoryTree(self._current)
        self.objects = Objects(self._current)
        self.callbacks = Laboratory(self._current)
        self.queues = Queues(self._current)
        self.jobs = JobsView(self._current)
        self.workflows = WorkflowsView(self._current)

    @property
    @abstractmethod
    def world(self) -> World:
        """The current world."""

    def _current(self) -> World:
        return self.world

    def register(self, **parameters: Any) -> Asset:
        """Register an asset without HTTP: ``register(InputURL="oss://bucket/a.mp4", Title="a")``.

        :raises ApiError: as RegisterMediaInfo would answer.
        :raises TypeError: for a parameter that it does not have.
        """
        registered = by_hand.call(self.world, "RegisterMediaInfo", _all_sent(parameters))
        return self.assets[registered.media_id]

    def update(self, media_id: str, **parameters: Any) -> Asset:
        """Change an asset without HTTP: ``update(media_id, Title="b")``.

        :raises ApiError: as UpdateMediaInfo would answer.
        :raises TypeError: for a parameter that it does not have.
        """
        by_hand.call(self.world, "UpdateMediaInfo", {"MediaId": media_id, **_all_sent(parameters)})
        return self.assets[media_id]

    def delete(self, *media_ids: str) -> None:
        """Delete assets without HTTP; their files stay.

        :raises KeyError: for the first that is not there.
        """
        for media_id in media_ids:
            known = media_id in self.assets  # several ids in one text are none
            if (
                not known
                or by_hand.call(self.world, "DeleteMediaInfos", {"MediaIds": media_id}).ignored
            ):
                raise KeyError(f"no asset has MediaId {media_id!r}")

    def add_category(
        self,
        cate_name: str,
        *,
        parent: Category | int | None = None,
        category_type: str | None = None,
    ) -> Category:
        """Add a category without HTTP: ``add_category("Football", parent=sports)``.

        :raises ApiError: as AddCategory would answer.
        """
        parent_id = parent.cate_id if isinstance(parent, Category) else parent
        asked = {"CateName": cate_name, "ParentId": parent_id, "Type": category_type}
        added: Category = by_hand.call(self.world, "AddCategory", _all_sent(asked)).category
        return added

    def declare(
        self,
        *,
        categories: dict[int, str] | None = None,
        workflows: tuple[str, ...] = (),
        smart_tag_templates: tuple[str, ...] = (),
        snapshot_templates: Mapping[str, Mapping[str, Any]] | None = None,
        search_libs: tuple[str, ...] = (),
    ) -> None:
        """Say what assets and jobs can refer to: categories by CateId with their CateName, and ids.

        GetMediaInfo shows the CateName; with ``strict``, whatever is not declared is refused.

        :param snapshot_templates: by TemplateId, what TemplateConfig says of each, such as
            ``{"Type": "Normal", "Time": 1000, "Interval": 2, "Count": 8}``.
        :raises ValueError: for a template that cannot be one.
        """
        from fake_ims.jobs.snapshot_params import read_params  # most tests have none

        for template in (snapshot_templates or {}).values():
            read_params(template)
        world = self.world
        with world.lock:
            declared = world.library.declared
            now = world.clock.read(tick=False)
            for cate_id, cate_name in (categories or {}).items():
                world.library.categories.declare(cate_id, cate_name, now)
            for workflow_id in workflows:
                declared.workflows.declare(workflow_id, now)
            declared.smart_tag_templates.update(smart_tag_templates)
            declared.snapshot_templates.update(snapshot_templates or {})
            world.library.search_libs.declare(search_libs)

    def add_workflow(
        self,
        workflow_id: str | None = None,
        *,
        name: str | None = None,
        activities: Iterable[str] | Mapping[str, Any] = (),
        workflow_type: str = "Common",
        status: str = "Active",
    ) -> Workflow:
        """Add a workflow, or put another in the place of the one that has its id.

        :param workflow_id: by default one is drawn.
        :param name: by default its id.
        :param activities: the names of its nodes, in their order; or, by name, what comes of each:
            its Result, a mapping; a text, why it fails, and the task with it; or None for success
            with a Result that is made up.
        :param workflow_type: ``Common``, ``System`` or ``Customize``.
        :param status: ``Active``, or ``Inactive`` for one that cannot be started.
        :raises ValueError: for a value that none can have.
        """
        nodes = read_activities(activities)
        world = self.world
        with world.lock:
            now = world.clock.read(tick=False)
            workflows = world.library.declared.workflows
            own_id = workflows.new_id(world.seed) if workflow_id is None else workflow_id
            old = workflows.get(own_id)
            return workflows.put(Workflow(
                workflow_id=own_id, name=own_id if name is None else name, type=workflow_type,
                status=status, created_at=now if old is None else old.created_at,
                modified_at=now, activities=nodes,
            ))  # fmt: skip

    def complete(self, media_id: str, stage: str | None = None) -> Asset:
        """End now, with success, all that is pending for an asset, and what follows that: its
        analysis, those of its streams, and the jobs on it.

        :param stage: only as far as this: ``"analysis"``, or a kind of job, such as ``"sprite"``.
        :raises KeyError: if there is no such asset.
        :raises ValueError: if nothing is pending for it, or the stage does not come.
        """
        return by_hand.finish(self.world, media_id, stage=stage)

    def upload(self, media_id: str, **facts: Any) -> Asset:
        """Let a client have uploaded the file of an asset that CreateUploadMedia made; uploaded
        again, another file takes its place.

        :param facts: what the file is, as for :meth:`Objects.put <fake_ims.views.Objects.put>`.
        :raises KeyError: if there is no such asset.
        :raises ValueError: if its file is not to be uploaded by a client.
        """
        return by_hand.upload(self.world, media_id, facts_of(facts))

    def fail(
        self, media_id: str, reason: str = "failed by the test", stage: str | None = None
    ) -> Asset:
        """End now, with failure, what is pending for an asset: its analysis, or the jobs that have
        begun since. What follows a failed analysis never comes.

        :param stage: let this fail: ``"analysis"``, or a kind of job; what comes before it ends
            with success.

        Errors as for :meth:`complete`.
        """
        return by_hand.finish(self.world, media_id, reason, stage)


def _all_sent(parameters: dict[str, Any]) -> dict[str, str]:
    return {name: _sent(value) for name, value in parameters.items() if value is not None}


def _sent(value: Any) -> str:
    """A Python value as a client would send it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
