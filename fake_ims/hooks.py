"""Hooks in other packages: attributes that are replaced, modules that are met when imported.

Standard library only, and nothing else of this package: a child process that does not have it
loads this file by its path, on whatever Python it runs. It does so whenever it starts: what is
imported here without being used costs each of them milliseconds.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock

TYPE_CHECKING = False  # as far as type checkers know it is True; typing would cost 3 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

_ATTRIBUTES = allocate_lock()
"""Held while an attribute is read, wrapped and set: what is hooked is the whole process's."""


class Hooks:
    """Replaced attributes, from :meth:`start` to :meth:`stop`; good for one such time."""

    def __init__(self) -> None:
        self._modules: Mapping[str, Callable[[ModuleType], None]] = {}
        self._replaced: set[tuple[int, str]] = set()
        self._undo: list[Callable[[], None]] = []
        self._is_over = False

    def start(self, modules: Mapping[str, Callable[[ModuleType], None]]) -> None:
        """Meet modules: at once if they are imported, and whenever they are.

        :param modules: by its name, what is called with a module; it may :meth:`replace`.
        """
        self._modules = modules
        sys.meta_path.insert(0, self)
        try:
            for name, met in modules.items():
                module = sys.modules.get(name)
                if module is not None:
                    met(module)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Put everything back, and meet no more modules.

        What has been replaced once more meanwhile is left alone: ours is inside, and must do
        nothing any more. The last of several hooks that goes puts back what was before the first.
        """
        self._modules = {}
        if self in sys.meta_path:
            sys.meta_path.remove(self)
        with _ATTRIBUTES:
            self._is_over = True
            while self._undo:
                self._undo.pop()()

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replace a method of a class; nothing if there is none of that name, or after the stop.

        :param make: makes the new function, which looks like the old one, of the old one.
        """
        with _ATTRIBUTES:
            if not self._is_over and (id(owner), name) not in self._replaced:
                self._replace(owner, name, make)

    def _replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        from functools import update_wrapper

        old = getattr(owner, name, None)
        if old is None:
            return
        new = update_wrapper(make(old), old)
        before = vars(owner).get(name)
        installed = staticmethod(new) if isinstance(before, staticmethod) else new
        new.__dict__["fake_ims_hook"] = hook = _Hook(before, installed)
        self._replaced.add((id(owner), name))
        setattr(owner, name, installed)

        def undo() -> None:
            hook.is_over = True
            current = found = vars(owner).get(name)
            while (found_hook := _hook_of(found)) is not None and found_hook.is_over:
                found = found_hook.before
            if found is None and current is not None:
                delattr(owner, name)
            elif found is not current:
                setattr(owner, name, found)

        self._undo.append(undo)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As a finder on ``sys.meta_path``: the modules that are waited for, nothing else."""
        if name not in self._modules:
            return None
        return find_and_meet(name, path, target, after=self, met=self._met)

    def _met(self, module: ModuleType) -> None:
        met = self._modules.get(module.__name__)
        if met is not None:  # it may have been found before stop() and loaded after it
            met(module)


class _Hook:
    """What was replaced by what."""

    def __init__(self, before: object, installed: object) -> None:
        self.before = before
        self.installed = installed
        self.is_over = False


def _hook_of(attribute: object) -> _Hook | None:
    """The hook that has put something there itself, and is not just inside of it."""
    function = getattr(attribute, "__func__", attribute)
    hook: _Hook | None = getattr(function, "__dict__", {}).get("fake_ims_hook")
    return hook if hook is not None and hook.installed is attribute else None


def find_and_meet(
    name: str,
    path: Sequence[str] | None,
    target: ModuleType | None,
    *,
    after: object,
    met: Callable[[ModuleType], None],
) -> ModuleSpec | None:
    """The spec of a module, with a loader that calls ``met`` when the module is loaded.

    :param after: the finder that asks; those behind it on ``sys.meta_path`` find the module.
    """
    finders: list[Any] = list(sys.meta_path)
    behind = finders[finders.index(after) + 1 :] if after in finders else []
    for finder in behind:
        find_spec = getattr(finder, "find_spec", None)
        spec: ModuleSpec | None = find_spec(name, path, target) if find_spec else None
        if spec is not None:
            if spec.loader is not None:
                loader: Any = _MeetingLoader(spec.loader, met)
                spec.loader = loader
            return spec
    return None


class _MeetingLoader:
    """Loads with another loader, hands the module back to it, and calls ``met``."""

    def __init__(self, loader: Loader, met: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._met = met

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._met(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)  # what else a loader can: get_source, is_package
