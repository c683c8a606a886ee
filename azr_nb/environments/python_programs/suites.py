"""Suites of your own: a file of recorded executions, asked as deduction or as abduction.

CRUXEval and LiveCodeBench-Execution are of this form. Paper and released code disagree on what the second one is: the
paper counts it as deduction, the code asks it as abduction (see `differences`).
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from azr_nb.config import ConfigError
from azr_nb.programs.values import format_arguments, parse_arguments, parse_value, repr_value
from azr_nb.tasks import Task

ASKED = ("deduction", "abduction")


def execution_task(row: Any, task_type: str) -> Task:
    """The task of one row with `program` (or `code`), `input` and `output`, all texts.

    Raises `ValueError` for a row that cannot be a task; the message goes on where "line 3" begins.
    """
    try:
        program = row["program"] if "program" in row else row["code"]
        call, output = format_arguments(*parse_arguments(row["input"])), repr_value(parse_value(row["output"]))
    except KeyError as error:
        raise ValueError(f"has no {error.args[0]}: give program, input and output") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueError(f"is not a task: {error}") from None
    return Task(task_type, program, ((call, output),))


def execution_tasks(rows: Iterable[Mapping[str, Any]], task_type: str) -> list[Task]:
    """Tasks of one type from rows with `program` (or `code`), `input` and `output`, all texts.

    Raises `ConfigError` for another type, and for a row that cannot be a task, with its number.
    """
    check_asked(task_type)
    tasks = []
    for number, row in enumerate(rows, 1):
        try:
            tasks.append(execution_task(row, task_type))
        except ValueError as error:
            raise ConfigError(f"line {number} {error}") from None
    return tasks


def check_asked(task_type: str) -> None:
    """Raises `ConfigError` for a type that executions cannot be asked as."""
    if task_type not in ASKED:
        raise ConfigError(f"a suite of executions is asked as {' or '.join(ASKED)}, not as {task_type!r}")


def json_lines(path: Path) -> Iterator[tuple[int, Any, str]]:
    """Number, row and problem of each line of a file that is not blank; the row is None where the line is not JSON.

    The file is plain or gzip (.gz). Raises `ConfigError` with one line if it cannot be read.
    """
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read as a suite: {' '.join(str(error).split())[:120]}") from None
    for number, line in enumerate(text.split("\n"), 1):  # a line separator of Unicode may stand inside a text
        if not line.strip():
            continue
        try:
            row, problem = json.loads(line), ""
        except (ValueError, RecursionError):
            row, problem = None, f"line {number} is not JSON"
        yield number, row, problem


def read_suite(path: Path, task_type: str) -> tuple[list[Task], list[str]]:
    """The tasks of a file with a JSON object on each line, and a sentence for each line that holds none.

    Raises `ConfigError` with one line if no line holds a task.
    """
    check_asked(task_type)
    tasks, problems = [], []
    for number, row, problem in json_lines(path):
        try:
            if not problem:
                tasks.append(execution_task(row, task_type))
        except ValueError as error:
            problem = f"line {number} {error}"
        problems += [problem] if problem else []
    if not tasks:
        raise ConfigError(f"{path} holds no task" + (f": {problems[0]}" if problems else ""))
    return tasks, problems


def spelt(tasks: Sequence[Task], tokenizer, prompt_format) -> list[Task]:
    """The tasks whose prompt comes back from the tokenizer as it went in."""
    prompts = [prompt_format.solve_prompt(task) for task in tasks]
    ids = tokenizer(prompts, add_special_tokens=False)["input_ids"] if prompts else []
    return [task for task, prompt, row in zip(tasks, prompts, ids, strict=True) if tokenizer.decode(row) == prompt]
