"""Judges a file of tasks with answers: JSON lines in, one verdict a line out, in the same order.

Lines are read, judged and written in batches, so that a file of any length fits into memory. A line that cannot be
read costs itself only: its verdict is `malformed`, and the complaint names the line. An empty line has no verdict.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, BinaryIO, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from azr_nb.config import ConfigError
from azr_nb.environments.python_programs.rules import Rules
from azr_nb.environments.python_programs.verifier import check
from azr_nb.executor import Executor, Limits
from azr_nb.programs.values import MAX_TEXT, NotPlain, format_arguments, parse_arguments, parse_value
from azr_nb.tasks import ALL_TASK_TYPES, ERROR, Task

MALFORMED = "malformed"
BATCH_LINES = 1_000
BATCH_BYTES = 16_000_000
MAX_LINE = 8_000_000  # bytes

Complain = Callable[[str], None]


class _Single(BaseModel):
    """A deduction, abduction or error task with its answer."""

    type: Literal["deduction", "abduction", "error"]
    program: str
    input: str
    output: str
    answer: str

    def task(self) -> Task:
        if self.type == ERROR and not self.output.isidentifier():
            raise NotPlain(f"output: {self.output[:40]!r} is no name of an exception class")
        if self.type != ERROR:
            _gold("output", self.output)
        return Task(self.type, self.program, ((self.input, self.output),), id="-")


class _Induction(BaseModel):
    """An induction task with its answer; every pair is hidden from the program that is judged."""

    type: Literal["induction"]
    pairs: list[tuple[str, str]] = Field(min_length=1)
    answer: str

    def task(self) -> Task:
        pairs = []
        for i, (arguments, output) in enumerate(self.pairs):
            _gold(f"pairs[{i}], output", output)
            try:
                pairs.append((format_arguments(*parse_arguments(arguments)), output))
            except ValueError as error:  # NotPlain, or Python's own limit on the digits of a number
                raise NotPlain(f"pairs[{i}], input: {error}") from None
        return Task("induction", "", tuple(pairs), id="-")


_LINE = TypeAdapter(Annotated[_Single | _Induction, Field(discriminator="type")])


@dataclass
class Summary:
    """How many lines got which status, by task type; malformed lines count under the type "-"."""

    out: Path
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def malformed(self) -> int:
        return self.counts["-", MALFORMED]


def judge_file(
    file: Path, out: Path, engine: str = "auto", limits: Limits | None = None, complain: Complain | None = None
) -> Summary:
    """Write a verdict for each line of `file` to `out`, which appears when all are there.

    `complain` is called with one sentence for each malformed line. Raises `ConfigError` where a file cannot be read
    or written, or the engine is unknown.
    """
    from tqdm import tqdm

    if not file.is_file():
        raise ConfigError(f"{file} is no file: give a file of JSON lines")
    if out.is_dir() or not out.parent.is_dir():
        raise ConfigError(f"{out} cannot be written: give --out a file in a folder that exists")
    if out.exists() and out.samefile(file):
        raise ConfigError(f"{out} is the file to judge: give --out another name")
    try:
        executor = Executor(engine, limits)
    except ValueError as error:
        raise ConfigError(str(error)) from None
    summary = Summary(out)
    temporary = out.with_name(out.name + ".tmp")
    bar = tqdm(total=file.stat().st_size, unit="B", unit_scale=True, desc="judging", leave=False, disable=None)
    try:
        with bar, executor, file.open("rb") as source, temporary.open("w", encoding="ascii") as sink:
            for batch in _batches(source):
                for kind, verdict in _judged(batch, executor, complain):
                    sink.write(json.dumps(verdict) + "\n")
                    summary.counts[kind, verdict["status"]] += 1
                bar.update(sum(size for _, _, size in batch))
        os.replace(temporary, out)
    finally:
        temporary.unlink(missing_ok=True)
    return summary


def summary_table(summary: Summary) -> str:
    """Counts of verdicts, a row for each task type and a column for each status that occurs."""
    kinds = [kind for kind in (*ALL_TASK_TYPES, "-") if any(key[0] == kind for key in summary.counts)]
    statuses = sorted({status for _, status in summary.counts}, key=lambda status: (status != "ok", status))
    widths = [max(8, len(status) + 2) for status in statuses]
    lines = ["type".ljust(12) + "".join(s.rjust(w) for s, w in zip(statuses, widths, strict=True)) + "total".rjust(10)]
    for kind in kinds:
        counts = [summary.counts[kind, status] for status in statuses]
        cells = "".join(str(n).rjust(w) for n, w in zip(counts, widths, strict=True))
        lines.append(f"{kind:12}{cells}{sum(counts):10}")
    total = summary.counts.total()
    right = sum(n for (_, status), n in summary.counts.items() if status == "ok")
    lines.append(f"{right} of {total} right, {summary.malformed} malformed; verdicts: {summary.out}")
    return "\n".join(lines)


# --- lines -------------------------------------------------------------------------------------------------------
def _batches(source: BinaryIO) -> Iterator[list[tuple[int, bytes, int]]]:
    """Lists of (line number, text, size); a line beyond `MAX_LINE` bytes comes cut, with its true size."""
    batch, held, number = [], 0, 0
    while line := source.readline(MAX_LINE + 1):
        number += 1
        size = len(line)
        if not line.strip():
            continue
        if size > MAX_LINE:
            while rest := b"" if line.endswith(b"\n") else source.readline(MAX_LINE):
                size += len(rest)
                line = line[:100] + rest[-1:]
        batch.append((number, line, size))
        held += len(line)
        if len(batch) == BATCH_LINES or held > BATCH_BYTES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _judged(
    batch: list[tuple[int, bytes, int]], executor: Executor, complain: Complain | None
) -> Iterator[tuple[str, dict]]:
    read: list[tuple[Task, str] | str] = []
    for number, line, size in batch:
        try:
            read.append(_read(line, size))
        except ValueError as error:
            read.append(f"line {number}: {error}")
            if complain:
                complain(read[-1])
    good = [item for item in read if not isinstance(item, str)]
    rules = Rules(max_input=MAX_TEXT, code_answers=True)
    verdicts = iter(check([task for task, _ in good], [answer for _, answer in good], executor, rules))
    for item in read:
        if isinstance(item, str):
            yield "-", {"ok": False, "status": MALFORMED, "reason": item}
        else:
            verdict = next(verdicts)
            yield item[0].type, {"ok": verdict.ok, "status": verdict.status, "reason": verdict.reason}


def _read(line: bytes, size: int) -> tuple[Task, str]:
    """The task and the answer of one line. Raises `ValueError` with what is wrong with it, in words."""
    if size > MAX_LINE:
        raise ValueError(f"the line has {size} bytes, more than {MAX_LINE}")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 (byte {error.start + 1})") from None
    try:
        row = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} (column {error.colno})") from None
    except (ValueError, RecursionError):
        raise ValueError("not JSON that can be read: too many digits or brackets") from None
    if not isinstance(row, dict):
        raise ValueError("JSON, but not an object in braces")
    try:
        item = _LINE.validate_python(row)
    except ValidationError as error:
        raise ValueError(_first_problem(error)) from None
    return item.task(), item.answer


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    if first["type"] == "union_tag_not_found":
        return f"no type: give one of {', '.join(ALL_TASK_TYPES)}"
    if first["type"] == "union_tag_invalid":
        return f"unknown type {first['ctx']['tag'][:40]!r}: give one of {', '.join(ALL_TASK_TYPES)}"
    name = ".".join(map(str, first["loc"][1:]))
    return f"{name} is missing" if first["type"] == "missing" else f"{name}: {first['msg']}"


def _gold(name: str, text: str) -> None:
    try:
        parse_value(text)
    except NotPlain as error:
        raise NotPlain(f"{name}: {text[:40]!r} is no plain value: {error}") from None
