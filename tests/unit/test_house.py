"""The house of the design: who may import whom, who reads time, and where state lives."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import fake_ims
from fake_ims.gateway.catalogue import Operation
from fake_ims.operations import FAMILIES

ROOT = Path(fake_ims.__file__).parent
FLOORS = (
    ("__init__", "__main__", "pytest_plugin", "reporting", "guard", "lookout", "cli", "demo",
     "tables", "contract", "child"),
    ("fake", "fake_server", "seeding", "views", "laboratory", "timeline", "absence", "receiver",
     "received", "queue_views", "job_views", "storage_views",
     "by_hand"),
    ("web",),
    ("world",),
    ("operations",),
    ("gateway",),
    ("jobs",),
    ("library",),
    ("media",),
    ("events",),
    ("journal", "faults", "server", "serving", "connections", "wsgi", "addresses", "redirect",
     "hooks"),
    ("errors", "evidence", "clock", "ids", "settings", "open_questions", "setting_kinds", "texts",
     "event_loops", "job_names"),
)  # fmt: skip
"""From the roof down: a room imports from its own floor or from those below it."""

FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in ROOT.rglob("*.py")
}


def tree_of(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text(encoding="utf-8"))


def room_of(module: str) -> str:
    return module.partition(".")[0]


def imported(module: str) -> Iterator[tuple[int, str]]:
    """Line and room of everything of the package that a module imports, early or late."""
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively, line {node.lineno}"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "fake_ims":
                room = room_of(rest)
                yield node.lineno, room if room in FLOOR_OF else "__init__"


def test_every_room_has_its_floor() -> None:
    assert {room_of(module) for module in MODULES} <= FLOOR_OF.keys()


@pytest.mark.parametrize("module", sorted(MODULES))
def test_arrows_point_down_only(module: str) -> None:
    here = FLOOR_OF[room_of(module)]
    wrong = [
        f"line {line}: {room}"
        for line, room in imported(module)
        if FLOOR_OF[room] < here and not (room == "__init__" and module == "__init__")
    ]
    assert wrong == []


def test_domain_knows_no_http() -> None:
    for module, path in MODULES.items():
        if room_of(module) in ("library", "media", "events"):
            text = path.read_text(encoding="utf-8")
            for name in ("flask", "werkzeug", "http.client", "urllib.request", "marshmallow"):
                assert f"import {name}" not in text
                assert f"from {name}" not in text


TIME_CALLS = {"now", "utcnow", "today", "monotonic", "perf_counter", "time_ns", "localtime"}
CLOCKS = {"clock", "desk", "_clock", "_desk"}
"""What ``.now()`` may be asked of: the world's clock, and the desk that looks outside."""


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"clock"}))
def test_only_the_clock_reads_time(module: str) -> None:
    wrong = []
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Import):
            wrong += [alias.name for alias in node.names if alias.name == "time"]
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            wrong.append("from time")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = getattr(owner, "attr", getattr(owner, "id", ""))
            if node.func.attr in TIME_CALLS and name not in CLOCKS:
                wrong.append(f"line {node.lineno}: {ast.unparse(node)}")
    assert wrong == []


MUTABLE = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
MAKERS = {"list", "dict", "set", "deque", "defaultdict", "Counter", "OrderedDict", "bytearray"}


def is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Call):
        name = value.func
        return (getattr(name, "id", "") or getattr(name, "attr", "")) in MAKERS
    return isinstance(value, MUTABLE)


def bindings(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr | None, str]]:
    """Name, value and annotation of what a module or class binds."""
    for node in body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value, ""
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id, node.value, ast.unparse(node.annotation)


def is_constant(name: str, annotation: str) -> bool:
    return name.lstrip("_").isupper() or "Final" in annotation or name == "__all__"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_module_or_class_holds_mutable_state(module: str) -> None:
    tree = tree_of(module)
    wrong = [
        f"module: {name}"
        for name, value, annotation in bindings(tree.body)
        if is_mutable(value) and not is_constant(name, annotation)
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            wrong += [
                f"{node.name}.{name}"
                for name, value, annotation in bindings(node.body)
                if is_mutable(value) and not is_constant(name, annotation)
            ]
        elif isinstance(node, ast.Global):
            wrong.append(f"line {node.lineno}: global {', '.join(node.names)}")
    assert wrong == []


CHANGERS = {"append", "extend", "insert", "pop", "remove", "clear", "update", "setdefault", "add",
            "discard", "popitem", "appendleft", "popleft", "sort", "reverse"}  # fmt: skip


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_constant_is_changed_after_its_module_was_imported(module: str) -> None:
    tree = tree_of(module)
    constants = {name for name, value, _ in bindings(tree.body) if is_mutable(value)}
    wrong = []
    for function in ast.walk(tree):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for node in ast.walk(function):
            changed: ast.expr | None = None
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                changed = node.func.value if node.func.attr in CHANGERS else None
            elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                changed = node.value
            if isinstance(changed, ast.Name) and changed.id in constants:
                wrong.append(f"line {changed.lineno}: {ast.unparse(node)}")
    assert wrong == []


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_module_says_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(tree_of(module))


def test_every_operation_is_in_the_family_that_its_module_declares() -> None:
    for family, actions in FAMILIES.items():
        module = importlib.import_module(f"fake_ims.operations.{family}")
        declared = [each.action for each in vars(module).values() if isinstance(each, Operation)]
        assert sorted(actions) == sorted(declared)
    declaring = {
        module.rpartition(".")[2]
        for module in MODULES
        if room_of(module) == "operations" and "@operation(" in MODULES[module].read_text("utf-8")
    }
    assert declaring == FAMILIES.keys()
