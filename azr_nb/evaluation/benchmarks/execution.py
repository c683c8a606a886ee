"""CRUXEval and LiveCodeBench-Execution: rows to tasks, and answers verified.

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
from azr_nb.programs.renaming import as_f, missing_imports
from azr_nb.programs.syntax import FAILURES, FUNCTIONS, read
from azr_nb.programs.values import MAX_TEXT, format_arguments, parse_arguments
from azr_nb.tasks import Verdict

RULES = Rules(max_input=MAX_TEXT, code_answers=True)  # inputs may be long, and code


def cruxeval_item(row: Any, number: int, kind: str) -> ExecutionItem:
    """An item from a row with `code`, `input` (the text between the brackets), `output` and `id`.

    Raises `ValueError` for a row that cannot be one; so does `livecodebench_item`.
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


def livecodebench_item(row: Any, number: int, kind: str) -> ExecutionItem:
    """An item from a row with `code`, `function_name`, `input` (a whole call, with keywords), `output` and `id`.

    The function is called `f` afterwards, arguments stand by position, and the imports are added that contest
    programs leave out.
    """
    try:
        code, name, call = row["code"], row["function_name"], row["input"]
        program = as_f(code, name)
        program, arguments = missing_imports(program) + program, positional(code, name, call)
    except KeyError as error:
        raise ValueError(f"has no {error.args[0]}: give code, function_name, input and output") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"is no task: {error}") from None
    changed = {"program": program, "input": arguments}
    return ExecutionItem(_id(row, number), execution_task({**row, **changed}, kind))


def _id(row: Any, number: int) -> str:
    return str(row["id"]) if isinstance(row, Mapping) and row.get("id") is not None else str(number)


def positional(code: str, name: str, call: str) -> str:
    """The arguments of a call such as `name(1, b = [2])` as the text of positional arguments.

    A keyword after which a parameter is left to its default stays one if it is keyword-only; otherwise the default has
    to be plain. Raises `ValueError` for anything but one call of that function with plain values that fit.
    """
    text = call.strip()
    inside = text.removeprefix(name).strip()
    if not (text.startswith(name) and inside.startswith("(") and inside.endswith(")")):
        raise ValueError(f"{text[:40]!r} is no call of {name}")
    args, kwargs = parse_arguments(inside[1:-1])
    try:
        found = [node for node in read(code).body if isinstance(node, FUNCTIONS) and node.name == name]
        parameters = found[-1].args
    except (IndexError, *FAILURES):
        raise ValueError(f"the program defines no function {name}") from None
    names = [one.arg for one in parameters.posonlyargs + parameters.args]
    defaults = dict(zip(reversed(names), reversed(parameters.defaults), strict=False))
    values = list(args)
    for parameter in names[len(args) :]:
        if parameter in kwargs:
            values.append(kwargs.pop(parameter))
        elif not set(kwargs) & set(names):
            break  # all that is left has its default
        elif parameter in defaults:
            values += parse_arguments(ast.unparse(defaults[parameter]))[0]
        else:
            raise ValueError(f"the call gives no {parameter}")
    known = {one.arg for one in parameters.kwonlyargs}
    if set(kwargs) - known and not parameters.kwarg:
        raise ValueError(f"{name} has no parameter {min(set(kwargs) - known)}")
    return format_arguments(tuple(values), kwargs)


def judge_execution(items: Sequence[ExecutionItem], answers: Sequence[str], executor: Executor) -> list[Verdict]:
    """A verdict for each answer, in order: an output for deduction, for abduction the text between the brackets."""
    return check([item.task for item in items], answers, executor, RULES)
