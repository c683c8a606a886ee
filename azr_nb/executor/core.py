"""The executor's interface: jobs in, results out, engines behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Limits:
    """What one call may use: wall seconds, memory in MB, and characters of `repr` text."""

    seconds: float = 2.0
    memory_mb: int = 256
    output_chars: int = 20_000


@dataclass(frozen=True)
class Job:
    """A program that defines `f`, and the argument texts to call it with: `Job("def f(a): …", ["3", "4"])`.

    Argument texts go into the program's text as they are; parse them with `values.parse_arguments` first when a
    model wrote them.
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
    """All outcomes of one job, in the order of its calls, the engine that ran it, and the seconds it took."""

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

    `engine` is "monty", or "auto", which today means the same. Raises `ValueError` for any other name.
    """

    def __init__(self, engine: str = "auto", limits: Limits | None = None, workers: int = 2) -> None:
        from azr_nb.executor.monty import MontyEngine

        if engine not in ("auto", "monty"):
            raise ValueError(f"unknown engine {engine!r}: choose auto or monty")
        self.limits = limits or Limits()
        self._engine: Engine = MontyEngine(workers=workers)

    def __enter__(self) -> Executor:
        self._engine.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        self._engine.__exit__(*exc)

    def run(self, jobs: Sequence[Job]) -> list[Result]:
        return self._engine.run(jobs, self.limits)
