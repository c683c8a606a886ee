"""Imports: many stand in functions, so that a command starts fast, where only a call would notice a name that moved."""

from __future__ import annotations

import ast
import importlib
import importlib.util
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import azr_nb
from azr_nb.config import ConfigError

PACKAGE = Path(azr_nb.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def needs_another_library(name: str) -> bool:
    """Whether a module says that it needs a library which is not in the lock and not here."""
    try:
        importlib.import_module(name)
    except ConfigError as error:
        assert "a library of its own" in str(error)
        return True
    except ImportError:  # a name within a module
        return False
    return False


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_what_a_module_takes_from_another_is_there(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "azr_nb":
            if needs_another_library(node.module):
                continue
            module = importlib.import_module(node.module)
            for name in (alias.name for alias in node.names):
                part = hasattr(module, "__path__") and importlib.util.find_spec(f"{node.module}.{name}")
                assert hasattr(module, name) or part, f"line {node.lineno}: {node.module} has no {name}"


# the rooms in the order of the data flow: each may import from those before it
ROOMS = (
    "tasks config programs executor environments prompts rewards buffer policy learning evaluation selfplay "
    "runs export course cli"
).split()


def imports(path: Path) -> set[str]:
    """The modules of the package that a module imports, also inside of functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("azr_nb."):
            for alias in node.names:
                whole = PACKAGE.joinpath(*node.module.split(".")[1:], f"{alias.name}.py")
                found.add(f"{node.module}.{alias.name}" if whole.is_file() else node.module)
    return found


def name_of(path: Path) -> str:
    return ".".join(("azr_nb", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")


def test_every_room_is_in_the_order_and_there_are_no_more_than_sixteen():
    there = {path.stem for path in PACKAGE.iterdir() if path.name[0] not in "._" and path.name != "assets"}
    assert there == set(ROOMS) and len(ROOMS) <= 16


def test_imports_go_one_way_and_in_no_circle():
    graph = {name_of(path): imports(path) - {name_of(path)} for path in MODULES}
    for name, targets in graph.items():
        if name in ("azr_nb", "azr_nb.__main__"):
            continue
        for target in targets:
            here, there = (ROOMS.index(module.split(".")[1]) for module in (name, target))
            assert there <= here, f"{name} imports {target}, from a later room"
    TopologicalSorter(graph).prepare()  # raises at a circle


@pytest.mark.parametrize("path", [path for path in MODULES if "lazily(" in path.read_text()], ids=name_of)
def test_names_that_are_imported_when_first_used_are_there(path):
    room = importlib.import_module(name_of(path))
    names = [name for names in room._NAMES.values() for name in names]
    assert set(names) <= set(room.__all__)
    for module, names in room._NAMES.items():
        if not needs_another_library(f"{room.__name__}.{module}"):
            assert all(getattr(room, name) is not None for name in names)
