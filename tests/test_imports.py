"""Imports: many stand in functions, so that a command starts fast, where only a call would notice a name that moved."""

from __future__ import annotations

import ast
import importlib
import importlib.util
from pathlib import Path

import pytest

import azr_nb

PACKAGE = Path(azr_nb.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_what_a_module_takes_from_another_is_there(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "azr_nb":
            module = importlib.import_module(node.module)
            for name in (alias.name for alias in node.names):
                part = hasattr(module, "__path__") and importlib.util.find_spec(f"{node.module}.{name}")
                assert hasattr(module, name) or part, f"line {node.lineno}: {node.module} has no {name}"
