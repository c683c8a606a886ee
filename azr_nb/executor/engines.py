"""The executor: jobs in, results out, on the engine that this system has."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from azr_nb.executor.core import Engine, Job, Limits, Result, Wanted
from azr_nb.executor.cpython import CPythonEngine
from azr_nb.executor.monty import MontyEngine

ENGINES = ("auto", "monty", "cpython")


class Executor:
    """Runs batches of jobs on an engine; use it as a context manager.

    `engine` is "auto" (CPython behind its sandbox, or monty where the system has no such sandbox), "monty" or
    "cpython"; `workers` is the number of worker processes. Raises `ValueError` for another name or number. Workers
    start when they are first needed.
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

    def run(self, jobs: Sequence[Job], runs: int = 2, wanted: Wanted | None = None) -> list[Result]:
        """One result per job, in order, with one outcome per call, in order.

        Each call runs in `runs` processes, and its outcome is what they agree on, or `nondeterministic`. With `wanted`
        a call whose first outcome is not wanted is not made again: one run is enough to refuse an answer, and only
        what would be right has to be confirmed.
        """
        if runs < 1:
            raise ValueError(f"runs is {runs!r}: choose a whole number from 1")
        return self._engine.run(jobs, self.limits, runs, wanted)


class AutoEngine:
    """CPython where its sandbox is there, and monty elsewhere; which of them is found out at the first run."""

    name = "auto"

    def __init__(self, workers: int = 2) -> None:
        self.workers = workers
        self._chosen: Engine | None = None
        self._choosing = threading.Lock()

    def __enter__(self) -> AutoEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._chosen is not None:
            self._chosen.__exit__(*exc)
            self._chosen = None

    def chosen(self) -> Engine:
        """The engine that decides on this system, started."""
        with self._choosing:
            if self._chosen is None:
                engine = make_engine("cpython", self.workers)
                if not engine.isolated():
                    engine.__exit__(None, None, None)
                    engine = make_engine("monty", self.workers)
                self._chosen = engine  # only now: an engine whose sandbox nobody has asked about must not be left here
        return self._chosen

    def run(self, jobs: Sequence[Job], limits: Limits, runs: int = 2, wanted: Wanted | None = None) -> list[Result]:
        return self.chosen().run(jobs, limits, runs, wanted) if jobs else []


def make_engine(name: str, workers: int = 2) -> Engine:
    """The engine of that name, not started yet."""
    return {"monty": MontyEngine, "cpython": CPythonEngine, "auto": AutoEngine}[name](workers)
