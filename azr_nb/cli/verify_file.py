"""Verifies a file of tasks with answers: JSON lines in, one verdict a line out, in the same order.

A line that cannot be read costs itself only: its verdict is `malformed`. An empty line has no verdict.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, Field, TypeAdapter, ValidationError

from azr_nb.config import ConfigError
from azr_nb.config.files import write_atomic
from azr_nb.environments.python_programs.rules import Rules
from azr_nb.environments.python_programs.verifier import check
from azr_nb.executor import Executor
from azr_nb.programs.values import MAX_TEXT, NotPlain, format_arguments, parse_arguments, parse_value
from azr_nb.runs.text_table import text_table
from azr_nb.tasks import ALL_TASK_TYPES, Task, Verdict

MALFORMED = "malformed"
BATCH = 1_000  # lines
Counts = Counter[tuple[str, str]]  # of task type and status; malformed lines have the type "-"


def _plain(text: str) -> str:
    try:
        parse_value(text)
    except NotPlain as error:
        raise ValueError(f"{text[:40]!r} is not a plain value: {error}") from None
    return text


def _exception_name(text: str) -> str:
    if not text.isidentifier():
        raise ValueError(f"{text[:40]!r} is not the name of an exception class")
    return text


Arguments = Annotated[str, AfterValidator(lambda text: format_arguments(*parse_arguments(text)))]
Value = Annotated[str, AfterValidator(_plain)]


class _Single(BaseModel):
    """A deduction or abduction task with its answer."""

    type: Literal["deduction", "abduction"]
    program: str
    input: str
    output: Value
    answer: str

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(self.input, self.output)]


class _Error(_Single):
    """An error task, whose output is the name of the error."""

    type: Literal["error"]
    output: Annotated[str, AfterValidator(_exception_name)]


class _Induction(BaseModel):
    """An induction task with its answer; every pair is hidden from the program that is verified."""

    program: ClassVar[str] = ""
    type: Literal["induction"]
    pairs: list[tuple[Arguments, Value]] = Field(min_length=1)
    answer: str


_LINE = TypeAdapter(Annotated[_Single | _Error | _Induction, Field(discriminator="type")])


def verify_file(
    file: Path, out: Path, engine: str = "auto", complain: Callable[[str], None] = lambda problem: None
) -> Counts:
    """Write a verdict for each line of `file` to `out`, which appears when all are there; returns how many of each.

    `complain` is called with one sentence for each malformed line. Raises `ConfigError` where a file cannot be read
    or written, or the engine is unknown.
    """
    from tqdm import tqdm

    if not file.is_file():
        raise ConfigError(f"{file} is not a file: give a file of JSON lines")
    if out.is_dir() or not out.parent.is_dir():
        raise ConfigError(f"{out} cannot be written: give --out a file in a folder that exists")
    if any(path.exists() and path.samefile(file) for path in (out, out.with_name(out.name + ".tmp"))):
        raise ConfigError(f"{out} would overwrite the file to verify: give --out another name")
    try:
        executor = Executor(engine)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    rules, counts, verdicts = Rules(max_input=MAX_TEXT, code_answers=True), Counter(), []
    bar = tqdm(total=file.stat().st_size, unit="B", unit_scale=True, desc="verifying", leave=False, disable=None)
    with bar, executor, file.open("rb") as source:
        lines = enumerate(source, 1)
        while batch := list(islice(lines, BATCH)):
            read = [_read(line, number) for number, line in batch if line.strip()]
            good = [item for item in read if not isinstance(item, str)]
            found = iter(check([task for task, _ in good], [answer for _, answer in good], executor, rules))
            for item in read:
                if isinstance(item, str):
                    complain(item)
                    kind, one = "-", Verdict(MALFORMED, item)
                else:
                    kind, one = item[0].type, next(found)
                counts[kind, one.status] += 1
                verdicts.append(json.dumps({"ok": one.ok, "status": one.status, "reason": one.reason}))
            bar.update(sum(len(line) for _, line in batch))
    write_atomic(out, "".join(f"{verdict}\n" for verdict in verdicts))
    return counts


def summary_table(counts: Counts, out: Path) -> str:
    """Counts of verdicts, a row for each task type and a column for each status that occurs."""
    kinds = [kind for kind in (*ALL_TASK_TYPES, "-") if any(key[0] == kind for key in counts)]
    statuses = sorted({status for _, status in counts}, key=lambda status: (status != "ok", status))
    rows: list[tuple] = [("type", *statuses, "total")]
    for kind in kinds:
        row = [counts[kind, status] for status in statuses]
        rows.append((kind, *row, sum(row)))
    right = sum(n for (_, status), n in counts.items() if status == "ok")
    end = f"{right} of {counts.total()} right, {counts['-', MALFORMED]} malformed; verdicts: {out}"
    return text_table(rows, "<" + ">" * (len(statuses) + 1)) + "\n" + end


def _read(line: bytes, number: int) -> tuple[Task, str] | str:
    """The task and the answer of one line, or a sentence about what is wrong with it."""
    try:
        item = _LINE.validate_json(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return f"line {number}: not UTF-8 (byte {error.start + 1})"
    except ValidationError as error:
        return f"line {number}: {_first_problem(error)}"
    return Task(item.type, item.program, tuple(item.pairs), id="-"), item.answer


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    kinds = f"give one of {', '.join(ALL_TASK_TYPES)}"
    match first["type"]:
        case "json_invalid":
            return f"not JSON: {first['ctx']['error']}"
        case "model_attributes_type" | "dict_type":
            return "JSON, but not an object in braces"
        case "union_tag_not_found":
            return f"no type: {kinds}"
        case "union_tag_invalid":
            return f"unknown type {first['ctx']['tag'][:40]!r}: {kinds}"
    _, name, *places = first["loc"]
    if len(places) == 2:
        name = f"{name}[{places[0]}], {('input', 'output')[places[1]]}"
    return (
        f"{name} is missing" if first["type"] == "missing" else f"{name}: {first['msg'].removeprefix('Value error, ')}"
    )
