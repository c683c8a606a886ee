"""HumanEval: rows to functions that have to be written."""

from __future__ import annotations

from typing import Any

from azr_nb.evaluation.benchmarks.completions import FUNCTION_STOPS
from azr_nb.evaluation.benchmarks.core import FunctionalItem


def humaneval_item(row: Any, number: int) -> FunctionalItem:
    """An item from a row with `task_id`, `prompt`, `entry_point`, `test` and `canonical_solution`, all texts.

    Raises `ValueError` for a row that cannot be one.
    """
    texts = _texts(row, ("task_id", "prompt", "entry_point", "test", "canonical_solution"))
    name, prompt, entry_point, test, canonical = texts
    if not entry_point.isidentifier():
        raise ValueError(f"has the entry point {entry_point[:40]!r}, which is not a name")
    return FunctionalItem(name, prompt, entry_point, test, canonical, FUNCTION_STOPS)


def _texts(row: Any, names: tuple[str, ...]) -> list[str]:
    if not isinstance(row, dict):
        raise ValueError("is not an object with named values")
    texts = []
    for name in names:
        value = row.get(name)
        if not isinstance(value, str) or not value:
            raise ValueError(f"has no {name}")
        texts.append(value)
    return texts
