"""Both engines together: monty decides what it can, CPython the rest, twice, under two hash seeds.

| a job | is decided by |
|---|---|
| whose value can hang on the order of sets, on `hash`, `id`, or other traits of an interpreter | CPython, two runs |
| that monty ran to a value, or stopped at a limit | monty |
| that asked monty for files, processes or the network | monty: they are refused everywhere |
| that failed in monty in any other way (a missing feature and a fault of the program look alike) | CPython, two runs |

The two CPython workers take the jobs in opposite order. What they answer differently, or could not answer in company,
each of them runs again in a process of its own, before the verdict counts; then a difference is `nondeterministic`.
A program that runs long in monty before it fails there can take the time limit in CPython once more.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from azr_nb.executor.checks import checked, needs_cpython, plan
from azr_nb.executor.core import EngineUnavailable, Job, Limits, Outcome, Result
from azr_nb.executor.cpython import CHUNK, CPythonEngine, sure
from azr_nb.executor.lane import collect
from azr_nb.executor.monty import MontyEngine
from azr_nb.values import NotPlain, parse_value, same

# fixed, so that the same run has the same verdicts; a program cannot choose its hashes, so chance is no better
HASH_SEEDS = ("0", "4242")
_DIFFERENT = Outcome("nondeterministic", "two runs gave different values")
_SETTLED = ("ok", "not_plain", "timeout", "memory", "too_big")
_REFUSED = ("PermissionError: ", "FileNotFoundError: ", "OSError: ")
# traits of an interpreter that only show in a value's text: an address, half a character
_TRAITS = (" at 0x", "\ufffd")


def agreed(first: Outcome, second: Outcome) -> Outcome | None:
    """The one outcome that two runs share, or None where they differ.

    Values are compared as `values.same` does, and errors by the name of their class. Texts that are both no plain
    values count as agreed: whoever asked will refuse them for what they are.
    """
    if first == second:
        return first
    if first.status != second.status:
        # a program at the edge of a limit is not nondeterministic, it is too slow or too large
        return next((o for o in (first, second) if o.status in ("timeout", "memory")), None)
    if first.status == "error":
        return first if first.text.partition(":")[0] == second.text.partition(":")[0] else None
    if first.status != "ok":
        return first
    values = []
    for outcome in (first, second):
        try:
            values.append(parse_value(outcome.text))
        except NotPlain:
            pass
    return first if not values or (len(values) == 2 and same(*values)) else None


class AutoEngine:
    """Monty first, and two CPython workers of different hash seeds for what monty cannot decide."""

    name = "auto"

    def __init__(self, workers: int = 2) -> None:
        self.monty = MontyEngine(workers)
        self.cpython = CPythonEngine(seeds=HASH_SEEDS)
        self._available = True

    def __enter__(self) -> AutoEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        self.monty.__exit__(*exc)
        self.cpython.__exit__(*exc)

    def run(self, jobs: Sequence[Job], limits: Limits) -> list[Result]:
        return checked(lambda good: self.run_checked(good, limits), jobs, limits)

    def run_checked(self, jobs: list[Job], limits: Limits) -> list[Result]:
        """Run jobs that have passed the checks."""
        results: list[Result | None] = [None] * len(jobs)
        rest = [i for i, job in enumerate(jobs) if self._available and needs_cpython(job)]
        taken = set(rest)
        first = [i for i in range(len(jobs)) if i not in taken]
        found = self.monty.run_checked([jobs[i] for i in first], limits) if first else []
        for i, result in zip(first, found, strict=True):
            results[i] = result
            if self._available and not all(map(_settled, result.outcomes)):
                rest.append(i)
        if rest:
            try:
                verified = self._twice([jobs[i] for i in rest], limits)
            except EngineUnavailable:
                self._available = False  # monty's word stands, on this system, from now on
                verified = [results[i] or self.monty.run_checked([jobs[i]], limits)[0] for i in rest]
            for i, result in zip(rest, verified, strict=True):
                results[i] = result
        return results

    def _twice(self, jobs: list[Job], limits: Limits) -> list[Result]:
        """Each job in two processes of different hash seeds, in opposite order; see the module's text."""
        begun = time.perf_counter()
        lanes = self.cpython.lanes()
        groups = plan(jobs, CHUNK)
        backwards = [places[::-1] for places in groups[::-1]]
        orders = zip(lanes, (groups, backwards), strict=True)
        both = collect(lanes, [lane.submit(jobs, order, limits) for lane, order in orders])
        outcomes = [list(map(_both, *answers)) for answers in zip(*both, strict=True)]
        alone = [[i] for places in groups if len(places) > 1 for i in places if not sure(outcomes[i])]
        if alone:
            both = collect(lanes, [lane.submit(jobs, alone, limits) for lane in lanes])
            for (i,) in alone:
                outcomes[i] = list(map(_both, both[0][i], both[1][i]))
        seconds = (time.perf_counter() - begun) / len(jobs)
        return [Result(tuple(o or _DIFFERENT for o in each), self.cpython.name, seconds) for each in outcomes]


def _both(first: Outcome | None, second: Outcome | None) -> Outcome | None:
    return agreed(first, second) if first and second else None


def _settled(outcome: Outcome) -> bool:
    if outcome.status == "error":
        return outcome.text.startswith(_REFUSED)
    return outcome.status in _SETTLED and not any(trait in outcome.text for trait in _TRAITS)
