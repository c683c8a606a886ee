"""CRUXEval: rows to tasks, and answers verified.

Differs from the benchmarks' own scripts: nothing is evaluated in this process. A predicted output has to be a literal,
which their prompts ask for too; an input may be code that gives plain values, such as `[0] * 3`, and runs in the
sandbox. Values are compared as everywhere here (`values.canonical`: True is not 1), theirs by `==`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from azr_nb.environments.python_programs.answers import check
from azr_nb.environments.python_programs.rules import Rules
from azr_nb.environments.python_programs.suites import execution_task
from azr_nb.evaluation.benchmarks.core import ExecutionItem
from azr_nb.executor import Executor
from azr_nb.programs.syntax import FAILURES, read
from azr_nb.programs.values import MAX_TEXT
from azr_nb.tasks import Verdict

RULES = Rules(max_input=MAX_TEXT, code_answers=True)  # inputs may be long, and code


def cruxeval_item(row: Any, number: int, kind: str) -> ExecutionItem:
    """An item from a row with `code`, `input` (the text between the brackets), `output` and `id`.

    Raises `ValueError` for a row that cannot be one.
    """
    try:
        task = execution_task(row, kind)
    except ValueError:
        if not isinstance(row, dict) or not _one_call(row.get("input")):
            raise
        # an input that is code, such as 'a'.upper(): it is only shown, so it need not be a value
        task = execution_task({**row, "input": ""}, kind)
        task = replace(task, pairs=((row["input"].strip(), task.output),), id="")
    return ExecutionItem(_id(row, number), task)


def _one_call(text: Any) -> bool:
    """Whether a text is the arguments of one call, values or not."""
    try:
        call = read(f"f({text}\n)", mode="eval").body
    except FAILURES:
        return False
    alone = isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
    return isinstance(text, str) and alone and call.end_lineno == text.count("\n") + 2


def _id(row: Any, number: int) -> str:
    return str(row["id"]) if isinstance(row, Mapping) and row.get("id") is not None else str(number)


def judge_execution(items: Sequence[ExecutionItem], answers: Sequence[str], executor: Executor) -> list[Verdict]:
    """A verdict for each answer, in order: an output for deduction, for abduction the text between the brackets."""
    return check([item.task for item in items], answers, executor, RULES)
