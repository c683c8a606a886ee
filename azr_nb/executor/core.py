"""The executor's interface: jobs in, results out, engines behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Protocol

ENGINES = ("auto", "monty", "cpython")


class EngineUnavailable(RuntimeError):
    """This system cannot run the engine; the message says in one line why, and what to use instead."""


@dataclass(frozen=True)
class Limits:
    """What one job may use: wall seconds for all its calls, memory in MB, and characters of text.

    `output_chars` holds for each result's `repr`, for each argument text and for the program. All three are positive;
    anything else raises `ValueError`.
    """

    seconds: float = 2.0
    memory_mb: int = 256
    output_chars: int = 20_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < math.inf:
                raise ValueError(f"limit {field.name} is {value!r}: choose a positive number")


@dataclass(frozen=True)
class Job:
    """A program that defines `f`, and the argument texts to call it with: `Job("def f(a): …", ["3", "4"])`.

    Argument texts are literals, as in a call: "3, [1]". Anything else gets the status `unparsable` and is not run.
    """

    program: str
    calls: Sequence[str]


@dataclass(frozen=True)
class Outcome:
    """One call's outcome: a status of `tasks.STATUSES`, and the `repr` of the result or the error's text."""

    status: str
    text: str


@dataclass(frozen=True)
class Result:
    """All outcomes of one job, in the order of its calls, the engine that decided, and the seconds it took.

    `engine` is "monty" or "cpython", or "checks" where the text alone told the outcome. Jobs that shared a worker share
    their seconds equally.
    """

    outcomes: tuple[Outcome, ...]
    engine: str
    seconds: float


class Engine(Protocol):
    """What an engine must offer; it owns its worker processes between `__enter__` and `__exit__`."""

    name: str

    def __enter__(self) -> Engine: ...
    def __exit__(self, *exc: object) -> None: ...
    def run(self, jobs: Sequence[Job], limits: Limits) -> list[Result]: ...


class Executor:
    """Runs batches of jobs on an engine; use it as a context manager.

    `engine` is "auto" (monty, and CPython for what monty cannot do or must not decide), "monty" or "cpython";
    `workers` is the number of worker processes. Raises `ValueError` for another name or number. Workers start when
    they are first needed.
    """

    def __init__(self, engine: str = "auto", limits: Limits | None = None, workers: int = 2) -> None:
        if engine not in ENGINES:
            raise ValueError(f"unknown engine {engine!r}: choose auto or monty, or cpython")
        if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
            raise ValueError(f"workers is {workers!r}: choose a whole number from 1")
        self.limits = limits or Limits()
        self._engine = make_engine(engine, workers)

    def __enter__(self) -> Executor:
        self._engine.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._engine.__exit__(*exc)

    def run(self, jobs: Sequence[Job]) -> list[Result]:
        """One result per job, in order, with one outcome per call, in order."""
        return self._engine.run(jobs, self.limits)


def make_engine(name: str, workers: int = 2) -> Engine:
    """The engine of that name, not started yet."""
    if name == "monty":
        from azr_nb.executor.monty import MontyEngine

        return MontyEngine(workers)
    if name == "cpython":
        from azr_nb.executor.cpython import CPythonEngine

        return CPythonEngine(workers)
    from azr_nb.executor.auto import AutoEngine

    return AutoEngine(workers)
