"""Agreement with CPython on real programs: CRUXEval items, and what real models proposed to the released code.

`tests/oracle.py` says what CPython does, in processes of its own. The files are read from ../shared/data.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from azr_nb.environments.python_programs.rules import Rules, examine
from azr_nb.environments.python_programs.verifier import check
from azr_nb.executor import EngineUnavailable, Executor, Job, Limits, Outcome
from azr_nb.programs.values import NotPlain, format_arguments, parse_arguments, parse_value, repr_value, same
from azr_nb.tasks import Task

RULES = Rules(max_input=20_000, code_answers=True)
SEED_FILES = ("3b_coder_code_f", "3b_coder", "7b_code_f", "7b", "llama_64_code_f", "llama_64", "qwen3_4b")
REASONS = (
    "recorded text cut short",
    "depends on set order or hash",
    "needs a module or file that is not allowed",
    "the input is an object, no plain value",
)


@pytest.fixture(scope="module")
def auto():
    """The engine that the laboratory uses. Where it has no CPython, monty alone cannot agree with CPython."""
    from azr_nb.executor.cpython import CPythonEngine

    try:
        with CPythonEngine(1) as engine:
            engine.lanes()
    except EngineUnavailable as error:
        pytest.skip(str(error))
    with Executor("auto", Limits(seconds=2.0)) as executor:
        yield executor


def ask(requests: list[dict], seed: str = "0", timeout: float = 60) -> list:
    """Replies of a fresh CPython with that hash seed; see tests/oracle.py."""
    done = subprocess.run(
        [sys.executable, "-s", str(Path(__file__).with_name("oracle.py"))],
        input="\n".join(map(json.dumps, requests)),
        capture_output=True,
        text=True,
        check=True,
        timeout=timeout,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def mutated(value: object) -> object:
    """Certainly another value by the stated rule, and of the same type where the type has two values."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float, complex)):
        return value + 1 if value + 1 != value else 0
    if isinstance(value, str):
        return value[1:] if len(value) > 3 else value + "x"
    if isinstance(value, bytes):
        return value + b"x"
    if isinstance(value, (list, tuple)):
        return value[:-1] + type(value)([mutated(value[-1])]) if value else type(value)([1])
    if isinstance(value, (set, frozenset)):
        return value | {f"no member {len(value)}"}
    if isinstance(value, dict):
        return {**value, next(iter(value)): mutated(value[next(iter(value))])} if value else {1: 1}
    return 0


def is_call(text: str) -> bool:
    try:
        parse_arguments(text)
        return True
    except NotPlain:
        return False


def mutated_arguments(text: str) -> str:
    args, kwargs = parse_arguments(text)
    if args:
        return format_arguments((mutated(args[0]), *args[1:]), kwargs)
    return format_arguments(args, {name: mutated(value) for name, value in kwargs.items()})


# --- CRUXEval --------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def cruxeval(shared_data):
    rows = [json.loads(line) for line in (shared_data / "cruxeval_dev.jsonl").read_text().splitlines()]
    assert len(rows) == 400
    return rows


def test_cruxeval_deduction(cruxeval, auto):
    tasks = [Task("deduction", row["code"], ((row["input"], row["output"]),)) for row in cruxeval]
    verdicts = check(tasks, [row["output"] for row in cruxeval], auto, RULES)
    assert [verdict.status for verdict in verdicts] == ["ok"] * 400
    others = [repr_value(mutated(parse_value(row["output"]))) for row in cruxeval]
    assert [v.status for v in check(tasks, others, auto, RULES)] == ["wrong"] * 400
    assert (
        ask([{"equal": [row["output"], other]} for row, other in zip(cruxeval, others, strict=True)]) == [False] * 400
    )


def test_cruxeval_abduction(cruxeval, auto):
    """Ten inputs are code; refused are two lambdas, a range, and a name of the program, which are no plain values."""
    inputs = [row["input"] for row in cruxeval]
    tasks = [Task("abduction", row["code"], ((row["input"], row["output"]),)) for row in cruxeval]
    verdicts = check(tasks, inputs, auto, RULES)
    refused = [row["input"] for row, verdict in zip(cruxeval, verdicts, strict=True) if not verdict.ok]
    assert Counter(verdict.status for verdict in verdicts) == {"ok": 396, "not_plain": 4}
    assert all(any(word in text for word in ("lambda", "range(", "thigh_o_two")) for text in refused), refused

    answers = [mutated_arguments(text) if is_call(text) else "0" for text in inputs]
    requests = [
        {"run": row["code"], "calls": [answer], "gold": row["output"]}
        for row, answer in zip(cruxeval, answers, strict=True)
    ]
    expected = [reply[0] for reply in ask(requests)]
    verdicts = check(tasks, answers, auto, RULES)
    pairs = zip(cruxeval, answers, verdicts, expected, strict=True)
    assert not [(row["id"], answer, verdict) for row, answer, verdict, right in pairs if verdict.ok is not right]
    counts = dict(Counter(verdict.status for verdict in verdicts))
    print(f"\nCRUXEval, 400 mutated inputs: {sum(expected)} give the output all the same; verdicts {counts}")
    assert 200 < expected.count(False)


# --- what real models proposed ---------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Call:
    """One call of a published program: what was recorded, what CPython gives under two hash seeds, what we give."""

    program: str
    arguments: str
    recorded: str
    cpython: tuple[str, str]
    other_seed: tuple[str, str]
    ours: Outcome | None  # None where the arguments are no plain values even when CPython has evaluated them


def calls_of(path: Path, auto: Executor) -> list[Call]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    programs = [row["snippet"] for row in rows]
    inputs = [row.get("inputs") or [row["input"]] for row in rows]
    recorded = [row.get("outputs") or [row["output"]] for row in rows]
    runs = [{"run": p, "calls": texts} for p, texts in zip(programs, inputs, strict=True)]
    # some inputs and records are code, such as dict(a=1): CPython says which values they stand for
    evaluated = [{"arguments": p, "calls": texts} for p, texts in zip(programs, inputs, strict=True)]
    records = [{"arguments": "", "calls": texts} for texts in recorded]
    replies = ask(runs + evaluated + records)
    n = len(rows)
    again = ask(runs, seed="4242")
    calls = []
    for i, row in enumerate(rows):
        texts = [t if is_call(t) else v for t, v in zip(inputs[i], replies[n + i], strict=True)]
        texts = [text if text is not None and is_call(text) else None for text in texts]
        outcomes = iter(auto.run([Job(row["snippet"], tuple(t for t in texts if t is not None))])[0].outcomes)
        for k, text in enumerate(texts):
            record = replies[2 * n + i][k] or recorded[i][k]
            ours = None if text is None else next(outcomes)
            calls.append(Call(programs[i], inputs[i][k], record, tuple(replies[i][k]), tuple(again[i][k]), ours))
    return calls


def same_text(one: str, two: str) -> bool | None:
    """Whether two texts stand for the same value; None where neither is a plain value."""
    values = []
    for text in (one, two):
        try:
            values.append(parse_value(text, 10**7))
        except NotPlain:
            pass
    return None if not values else len(values) == 2 and same(*values)


def agrees(ours: Outcome, cpython: tuple[str, str]) -> bool:
    """Whether our outcome is CPython's: the same value, the same class of error, or the limit that it goes beyond."""
    status, text = cpython
    if status == "timeout":
        return ours.status == "timeout"
    if status == "error":
        return ours.text.partition(":")[0] == text
    if len(text) > Limits.output_chars:
        return ours.status in ("too_big", "memory", "timeout")
    if ours.status == "not_plain":
        return same_text(text, text) is None
    return ours.status == "ok" and same_text(ours.text, text) is not False


def explained(call: Call) -> str:
    """Why ours or the record differs from CPython's outcome: one of the known reasons, or nothing."""
    if call.cpython != call.other_seed:
        return "depends on set order or hash"
    if examine(call.program).status == "forbidden":
        return "needs a module or file that is not allowed"
    if call.ours is None:
        return "the input is an object, no plain value"
    return ""


@pytest.mark.parametrize(
    "files", [SEED_FILES[3:6], pytest.param(SEED_FILES, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_published_seeds(shared_data, auto, files):
    """Every outcome on the published seed programs, and every record, is CPython's or has a known reason."""
    head = ("calls", "as CPython", "as recorded", *REASONS)
    widths = [max(13, len(name) + 2) for name in head]
    lines = [f"{'file':18}" + "".join(f"{name:>{width}}" for name, width in zip(head, widths, strict=True))]
    unexplained = []
    for file in files:
        counts: Counter[str] = Counter()
        for call in calls_of(shared_data / "azr_seeds" / f"{file}_seed_io.jsonl", auto):
            counts["calls"] += 1
            right = call.ours is not None and agrees(call.ours, call.cpython)
            kept = call.recorded == call.cpython[1] or same_text(call.recorded, call.cpython[1])
            counts["as CPython"] += right
            counts["as recorded"] += bool(right and kept)
            if not right or not kept:
                cut = not call.recorded or ("..." in call.recorded and len(call.recorded) >= 400)
                reason = "recorded text cut short" if right and cut else explained(call)
                counts[reason] += 1
                if not reason:
                    unexplained.append((file, call))
        lines.append(
            f"{file:18}" + "".join(f"{counts[name]:{width}}" for name, width in zip(head, widths, strict=True))
        )
    print("\n" + "\n".join(lines))
    assert not unexplained, "\n".join(f"{file}: {call}"[:600] for file, call in unexplained[:20])
