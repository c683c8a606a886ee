"""What can be said of a job by reading it: is the program one at all, are the arguments literal ones.

Nothing here runs anything: a program's text is only given to `ast.parse`, an argument's to `values.parse_arguments`.
The engines share these checks, so that a program that is no program gets the same answer from each of them.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from azr_nb.executor.core import Job, Limits, Outcome, Result
from azr_nb.executor.traits import differs, is_tame
from azr_nb.syntax import read
from azr_nb.values import NotPlain, format_arguments, parse_arguments

# argument texts that are literals at first sight, which saves most calls a parse; everything else is parsed
_NUMBER = r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?"
_ITEM = rf"(?:{_NUMBER}|'[ -&(-\[\]-~]*'|True|False|None)"
_ARGUMENT = rf"(?:{_ITEM}|\[(?:{_ITEM}(?:, {_ITEM})*)?\])"
_PLAIN_CALL = re.compile(rf"{_ARGUMENT}(?:, {_ARGUMENT})*")


# --- is it a program? ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Facts:
    """What reading a program tells: why it cannot be run, or else whether it is `tame` and where engines `differ`."""

    bad: Outcome | None = None
    tame: bool = False
    differs: bool = False


def check_program(text: str, max_chars: int = Limits.output_chars) -> Outcome | None:
    """Say why a text cannot be run as a program that defines `f`, or None where it can.

    Statuses: `too_big` above `max_chars` characters, `error` for text that is not Python or has no function `f` at
    the top level, `forbidden` for two functions `f` or a `:=` that gives `repr` another meaning.
    """
    if len(text) > max_chars:
        return Outcome("too_big", f"the program has {len(text)} characters, more than {max_chars}")
    return facts(text).bad


@lru_cache(maxsize=1024)
def facts(text: str) -> Facts:
    """What one look at the syntax tree says of a program; remembered, because most programs run more than once."""
    if not text.strip():
        return Facts(Outcome("error", "SyntaxError: the program is empty"))
    if "\0" in text:
        return Facts(Outcome("error", "SyntaxError: the program holds a null byte"))
    tree = _parsed(text)
    if isinstance(tree, Outcome):
        return Facts(tree)
    bad = _without_f(text, tree)
    return Facts(bad) if bad else Facts(None, is_tame(text, tree), differs(text, tree))


def _without_f(text: str, tree: ast.Module) -> Outcome | None:
    functions = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    named = [node for node in functions if node.name == "f"]
    if not named:
        return Outcome("error", "NameError: the program defines no function f at its top level")
    if len(named) > 1:
        return Outcome("forbidden", "the program defines two functions named f")
    if isinstance(named[0], ast.AsyncFunctionDef):
        return Outcome("error", "TypeError: f is an async function, so that calling it gives no value")
    if ":=" in text and "repr" in text:
        names = {node.target.id for node in ast.walk(tree) if isinstance(node, ast.NamedExpr)}
        if "repr" in names:
            return Outcome("forbidden", "the program gives the built-in repr another meaning inside an expression")
    return None


def _parsed(text: str) -> ast.Module | Outcome:
    try:
        return read(text)
    except SyntaxError as error:
        where = f" (line {error.lineno})" if error.lineno else ""
        return Outcome("error", f"SyntaxError: {error.msg}{where}"[:200])
    except UnicodeError:
        return Outcome("error", "SyntaxError: the program holds half a character (a lone surrogate)")
    except ValueError as error:
        return Outcome("error", f"SyntaxError: {error}"[:200])
    except (MemoryError, RecursionError):
        return Outcome("error", "SyntaxError: the program is nested too deeply to read")


# --- are the arguments arguments? ------------------------------------------------------------------------------------
def readable_call(text: str, max_chars: int = Limits.output_chars) -> str | None:
    """The canonical text of one call's literal arguments, or None where the text is anything else."""
    if len(text) < 2000 and _PLAIN_CALL.fullmatch(text):
        return text
    try:
        return format_arguments(*parse_arguments(text, max_chars))
    except (NotPlain, ValueError, RecursionError):  # ValueError: a number with more digits than Python prints
        return None


def _bad_call(text: str) -> Outcome:
    if text.isidentifier():  # what Python itself says of a name that means nothing
        return Outcome("error", f"NameError: name {text[:40]!r} is not defined")
    return Outcome("unparsable", f"{text[:40]!r} is not literal arguments of one call")


def checked(run: Callable[[list[Job]], list[Result]], jobs: Sequence[Job], limits: Limits) -> list[Result]:
    """Run what can be run through `run`, answer the rest from the checks, and keep the order of jobs and calls."""
    results: list[Result | None] = [None] * len(jobs)
    outcomes: dict[int, list[Outcome | None]] = {}
    runnable: list[Job] = []
    for i, job in enumerate(jobs):
        bad = check_program(job.program, limits.output_chars)
        if bad or not job.calls:
            results[i] = Result((bad,) * len(job.calls) if bad else (), "checks", 0.0)
            continue
        calls = [readable_call(text, limits.output_chars) for text in job.calls]
        if None in calls:
            outcomes[i] = [None if c is not None else _bad_call(t) for c, t in zip(calls, job.calls, strict=True)]
            calls = [call for call in calls if call is not None]
            if not calls:
                results[i] = Result(tuple(outcomes[i]), "checks", 0.0)
                continue
        else:
            outcomes[i] = []
        runnable.append(Job(job.program, calls))
    answers = iter(run(runnable) if runnable else [])
    for i, result in enumerate(results):
        if result is None:
            answer = next(answers)
            if outcomes[i]:
                rest = iter(answer.outcomes)
                answer = Result(tuple(o or next(rest) for o in outcomes[i]), answer.engine, answer.seconds)
            results[i] = answer
    return results


# --- who runs it, and in which company? ------------------------------------------------------------------------------
def plan(jobs: Sequence[Job], size: int, workers: int = 1) -> list[list[int]]:
    """Groups of places in `jobs` that may share one worker: tame programs up to `size`, every other one alone.

    The groups of tame programs are of equal length, and as many as keep all `workers` busy.
    """
    tame = [i for i, job in enumerate(jobs) if facts(job.program).tame]
    wild = [[i] for i, job in enumerate(jobs) if not facts(job.program).tame]
    rounds = math.ceil(len(tame) / (size * workers))
    length = math.ceil(len(tame) / max(1, rounds * workers))
    return [tame[i : i + length] for i in range(0, len(tame), max(1, length))] + wild


def chunk_seconds(limits: Limits) -> float:
    """What a whole group may take: whoever needs more is run alone afterwards, within limit + 1 s altogether."""
    return min(0.5, limits.seconds / 2)


def needs_cpython(job: Job) -> bool:
    """Whether a job's value could be another one in monty, or in another process: see `traits.differs`."""
    return facts(job.program).differs or any(_holds_set(text) for text in job.calls)


def _holds_set(text: str) -> bool:
    if "set(" in text:
        return True
    return "{" in text and any(isinstance(node, ast.Set) for node in ast.walk(read(f"f({text})")))
