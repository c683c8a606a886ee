"""Suites of your own: a file of recorded executions, asked as deduction or as abduction.

CRUXEval and LiveCodeBench-Execution are of this form. Paper and released code disagree on what the second one is: the
paper counts it as deduction, the code asks it as abduction (see `differences`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from azr_nb.config import ConfigError
from azr_nb.tasks import Task
from azr_nb.values import format_arguments, parse_arguments, parse_value, repr_value

ASKED = ("deduction", "abduction")


def execution_tasks(rows: Iterable[Mapping[str, Any]], kind: str) -> list[Task]:
    """Tasks of one type from rows with `program` (or `code`), `input` and `output`, all texts.

    Raises `ConfigError` for another type, and for a row that cannot be a task, with its number.
    """
    if kind not in ASKED:
        raise ConfigError(f"a suite of executions is asked as {' or '.join(ASKED)}, not as {kind!r}")
    tasks = []
    for number, row in enumerate(rows, 1):
        try:
            program = row["program"] if "program" in row else row["code"]
            call, output = format_arguments(*parse_arguments(row["input"])), repr_value(parse_value(row["output"]))
        except KeyError as error:
            raise ConfigError(f"line {number} has no {error.args[0]}: give program, input and output") from None
        except (ValueError, TypeError, AttributeError) as error:
            raise ConfigError(f"line {number} is no task: {error}") from None
        tasks.append(Task(kind, program, ((call, output),)))
    return tasks


def read_suite(path: Path, kind: str) -> tuple[list[Task], list[str]]:
    """The tasks of a file with a JSON object on each line, and a sentence for each line that holds none.

    Raises `ConfigError` with one line if no line holds a task.
    """
    tasks, problems = [], []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as a suite: {' '.join(str(error).split())[:120]}") from None
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line) if line.strip() else None
            tasks += execution_tasks([row], kind) if row is not None else []
        except ConfigError as error:
            problems.append(str(error).replace("line 1", f"line {number}", 1))
        except ValueError:
            problems.append(f"line {number} is no JSON")
    if not tasks:
        raise ConfigError(f"{path} holds no task" + (f": {problems[0]}" if problems else ""))
    return tasks, problems


def spelt(tasks: Sequence[Task], tokenizer, dialect) -> list[Task]:
    """The tasks whose prompt comes back from the tokenizer as it went in."""
    prompts = [dialect.solve_prompt(task) for task in tasks]
    ids = tokenizer(prompts, add_special_tokens=False)["input_ids"] if prompts else []
    return [task for task, prompt, row in zip(tasks, prompts, ids, strict=True) if tokenizer.decode(row) == prompt]
