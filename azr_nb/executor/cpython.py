"""The second engine: CPython itself, one limited child process per program, forked from a prepared zygote.

Slower than monty by the price of a fork, but it runs every program, and two zygotes with different hash seeds can
tell whether a value hangs on the order of a set or on an address. `zygote.py` runs in the workers, `sandbox.py`
holds the layers of isolation. Linux has all of them; macOS has `rlimit`s and fork only (see `layers`); Windows has no
fork, and `EngineUnavailable` says so.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence

from azr_nb.executor.checks import checked, plan
from azr_nb.executor.core import EngineUnavailable, Job, Limits, Outcome, Result
from azr_nb.executor.lane import LOST, Answers, Lane, collect

CHUNK = 16  # tame programs in one child, at most


def sure(answers: Sequence[Outcome | None]) -> bool:
    """Whether a job's outcomes from a shared child may count: what time, memory or a crash can change may not."""
    return all(outcome is not None and outcome.status not in ("timeout", "memory") for outcome in answers)


class CPythonEngine:
    """Runs jobs on zygotes of CPython; every worker has hash seed 0, so that it does not matter which one is used.

    `seeds` gives other hash seeds, one worker for each; `without` switches layers off by name, for their tests.
    Raises `EngineUnavailable` at the first run where the system has no fork.
    """

    name = "cpython"

    def __init__(self, workers: int = 2, seeds: Sequence[str] = (), without: Sequence[str] = ()) -> None:
        self.seeds = tuple(seeds) or ("0",) * workers
        self.without = tuple(without)
        self._lanes: list[Lane] = []

    def __enter__(self) -> CPythonEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        lanes, self._lanes = self._lanes, []
        for lane in lanes:
            lane.close()

    def lanes(self) -> list[Lane]:
        """The started workers. Raises `EngineUnavailable` where they cannot be started."""
        if not self._lanes:
            if not hasattr(os, "fork") or sys.platform in ("win32", "emscripten", "wasi"):
                raise EngineUnavailable("the cpython engine needs fork, which this system lacks: use engine='monty'")
            self._lanes = [Lane(seed, self.without) for seed in self.seeds]
            try:
                for start in [lane.start() for lane in self._lanes]:
                    start.result()
            except (OSError, ValueError) as error:
                self.__exit__()
                raise EngineUnavailable(f"the cpython engine did not start: {error}") from None
            except BaseException:
                self.__exit__()
                raise
        return self._lanes

    def layers(self) -> dict[str, bool | str]:
        """The layers of isolation: True where it is on, else the reason why it is off."""
        return dict(self.lanes()[0].layers)

    def run(self, jobs: Sequence[Job], limits: Limits) -> list[Result]:
        return checked(lambda good: self.run_checked(good, limits), jobs, limits)

    def run_checked(self, jobs: list[Job], limits: Limits) -> list[Result]:
        """Run jobs that have passed the checks: tame ones in shared children first, the unsure ones alone."""
        begun = time.perf_counter()
        groups = plan(jobs, CHUNK, len(self.seeds))
        answers = self._spread(jobs, groups, limits)
        alone = [[i] for places in groups if len(places) > 1 for i in places if not sure(answers[i])]
        again = self._spread(jobs, alone, limits) if alone else []
        for (i,) in alone:
            answers[i] = again[i]
        seconds = (time.perf_counter() - begun) / max(1, len(jobs))
        return [Result(tuple(o or LOST for o in outcomes), self.name, seconds) for outcomes in answers]

    def _spread(self, jobs: list[Job], groups: list[list[int]], limits: Limits) -> Answers:
        lanes = self.lanes()
        futures = [lane.submit(jobs, groups[k :: len(lanes)], limits) for k, lane in enumerate(lanes)]
        parts = collect(lanes, futures)
        answers: Answers = [[None] * len(job.calls) for job in jobs]
        for k, part in enumerate(parts):
            for places in groups[k :: len(lanes)]:
                for i in places:
                    answers[i] = part[i]
        return answers
