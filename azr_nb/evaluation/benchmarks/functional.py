"""HumanEval and MBPP: rows to functions that have to be written."""

from __future__ import annotations

import ast
import builtins
import textwrap
from typing import Any

from azr_nb.evaluation.benchmarks.completions import FUNCTION_STOPS, PROGRAM_STOPS
from azr_nb.evaluation.benchmarks.core import FunctionalItem
from azr_nb.programs.syntax import FAILURES, FUNCTIONS, read


def humaneval_item(row: Any, number: int) -> FunctionalItem:
    """An item from a row with `task_id`, `prompt`, `entry_point`, `test` and `canonical_solution`, all texts.

    Raises `ValueError` for a row that cannot be one; so does `mbpp_item`.
    """
    texts = _texts(row, ("task_id", "prompt", "entry_point", "test", "canonical_solution"))
    name, prompt, entry_point, test, canonical = texts
    if not entry_point.isidentifier():
        raise ValueError(f"has the entry point {entry_point[:40]!r}, which is no name")
    return FunctionalItem(name, prompt, entry_point, test, canonical, FUNCTION_STOPS)


def mbpp_item(row: Any, number: int) -> FunctionalItem:
    """An item from a row with `task_id`, `text` (or `prompt`), `code` and `test_list`, a list of assertions.

    `test_setup_code`, or the lines of `test_imports`, come before the assertions. The prompt is a docstring with the
    sentence and the assertions, which the paper shows too; the paper puts three solved examples before it.
    """
    name, sentence, code = _texts(row, ("task_id", "text" if "text" in row else "prompt", "code"))
    tests = row.get("test_list")
    if not (isinstance(tests, (list, tuple)) and tests and all(isinstance(test, str) for test in tests)):
        raise ValueError("has no test_list: give a list of assertions")
    imports = row.get("test_imports") or []
    setup = "\n".join([row.get("test_setup_code") or "", *imports]).strip()
    entry_point = _entry_point(code, tests)
    prompt = '"""\n' + sentence.strip() + "\n" + "\n".join(tests) + '\n"""\n'
    body = textwrap.indent("\n".join(tests), "    ", lambda line: True)
    test = f"{setup}\n\ndef check({entry_point}):\n{body}\n"
    return FunctionalItem(name, prompt, entry_point, test, code.replace("\r\n", "\n"), PROGRAM_STOPS)


def _texts(row: Any, names: tuple[str, ...]) -> list[str]:
    if not isinstance(row, dict):
        raise ValueError("is no object with named values")
    texts = []
    for name in names:
        value = row.get(name)
        if name == "task_id" and isinstance(value, int):
            value = str(value)
        if not isinstance(value, str) or not value:
            raise ValueError(f"has no {name}")
        texts.append(value)
    return texts


def _entry_point(code: str, tests: list[str] | tuple[str, ...]) -> str:
    """The function of the solution that the first assertion calls."""
    try:
        defined = {node.name for node in read(code).body if isinstance(node, FUNCTIONS)}
        calls = [
            node.func.id
            for node in ast.walk(read(tests[0]))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        ]
    except FAILURES as error:
        raise ValueError(f"has code or a test that is not Python ({type(error).__name__})") from None
    found = [name for name in calls if name in defined and not hasattr(builtins, name)]
    found = found or [name for name in calls if name in defined]
    if not found:
        raise ValueError("has a first test that calls no function of its code")
    return found[0]
