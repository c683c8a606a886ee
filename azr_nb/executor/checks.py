"""What can be said of a job by reading it: is the program one at all, are the arguments literal ones.

Nothing here runs anything: a program's text is only given to `ast.parse`, an argument's to `values.parse_arguments`.
The engines share these checks, so that text that is not a program gets the same answer from each of them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from azr_nb.executor.child import ROOTS
from azr_nb.executor.core import Job, Limits, Outcome, Result
from azr_nb.programs.syntax import read
from azr_nb.programs.values import format_arguments, parse_arguments

# argument texts that are literals at first sight, which saves most calls a parse; everything else is parsed
_NUMBER = r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?"
_ITEM = rf"(?:{_NUMBER}|'[ -&(-\[\]-~]*'|True|False|None)"
_ARGUMENT = rf"(?:{_ITEM}|\[(?:{_ITEM}(?:, {_ITEM})*)?\])"
_PLAIN_CALL = re.compile(rf"{_ARGUMENT}(?:, {_ARGUMENT})*")


# --- is it a program? ------------------------------------------------------------------------------------------------
def check_program(text: str, max_chars: int = Limits.output_chars) -> Outcome | None:
    """Say why a text cannot be run as a program that defines `f`, or None where it can.

    Statuses: `too_big` above `max_chars` characters, `error` for text that is not Python or has no function `f` at
    the top level, `forbidden` for two functions `f`, for an import that no engine allows, or for a `:=` that gives
    `repr` another meaning.
    """
    if len(text) > max_chars:
        return Outcome("too_big", f"the program has {len(text)} characters, more than {max_chars}")
    return _fault(text)


@lru_cache(maxsize=1024)  # most programs run more than once
def _fault(text: str) -> Outcome | None:
    if not text.strip():
        return Outcome("error", "SyntaxError: the program is empty")
    if "\0" in text:
        return Outcome("error", "SyntaxError: the program holds a null byte")
    tree = _parsed(text)
    return tree if isinstance(tree, Outcome) else _without_f(text, tree) or _foreign_import(text, tree)


def _foreign_import(text: str, tree: ast.Module) -> Outcome | None:
    """One rule for all engines, whether the import is reached or not."""
    if "import" not in text:
        return None
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = ["." * node.level + (node.module or "")]
        for name in names:
            if name.partition(".")[0] not in ROOTS:
                return Outcome("forbidden", f"line {node.lineno}: programs may not import {name[:40]!r}")
    return None


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
    except (ValueError, RecursionError):
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
        runnable.append(Job(job.program, calls, job.times))
    answers = iter(run(runnable) if runnable else [])
    for i, result in enumerate(results):
        if result is None:
            answer = next(answers)
            late = next((outcome for outcome in answer.outcomes if outcome.status == "timeout"), None)
            if late:  # the job has spent its time, whichever of its calls came first
                answer = Result((late,) * len(answer.outcomes), answer.engine, answer.seconds)
            if outcomes[i]:
                rest = iter(answer.outcomes)
                answer = Result(tuple(o or next(rest) for o in outcomes[i]), answer.engine, answer.seconds)
            results[i] = answer
    return results
