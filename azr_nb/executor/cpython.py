"""CPython itself, one limited process for each call of a program, and each call in two of them.

The two processes have different hash seeds, and all that is left to chance in the second is turned over (`chance`), so
that a value which depends on it differs. What both say is the truth that verdicts and gold values rest on.

Which process sees what:

| process | sees |
|---|---|
| this one | everything: golds, programs, answers |
| a zygote (`zygote`) | limits, and sockets that it passes on; never a byte of a program or of a result |
| a program's own process (`child`) | its program and the arguments of one call; it is forked from a zygote, and ends |

Linux has all layers of isolation (`sandbox`). macOS has `rlimit`s and fork only (see `layers`); Windows has no fork,
and `EngineUnavailable` says so.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import time
from collections.abc import Sequence

from azr_nb.executor.checks import checked
from azr_nb.executor.core import Answer, Call, EngineUnavailable, Job, Limits, Outcome, Result, Wanted, all_agreed
from azr_nb.executor.lane import BROKEN, LOST, Lane, run_calls
from azr_nb.executor.zygote import BACKWARDS, PLAIN, TURNED

# fixed, so that the same run has the same verdicts; a program cannot choose its hashes, so chance is no better
HASH_SEEDS = ("0", "4242")
_REMEMBERED = 50_000  # calls
_UNCONFIRMED = 0  # runs of a call that one run was enough to refuse
_LONG = 2_000  # characters; longer outcomes are not remembered


class CPythonEngine:
    """Runs jobs on zygotes of CPython; `workers` is the number of processes that compute at the same time, 2 at least.

    `without` switches layers off by name, for their tests. Outcomes are remembered, so that a call which comes again
    is not made again. Raises `EngineUnavailable` at the first run where the system has no fork.
    """

    name = "cpython"

    def __init__(self, workers: int = 2, without: Sequence[str] = ()) -> None:
        self.pairs = max(1, workers // 2)
        self.without = tuple(without)
        self._lanes: list[tuple[Lane, Lane]] = []
        self._backwards: Lane | None = None
        self._known: dict[bytes, Outcome] = {}
        self._alone = threading.RLock()  # one batch at a time, whatever thread it comes from

    def __enter__(self) -> CPythonEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        lanes, self._lanes = self._lanes, []
        for lane in [lane for pair in lanes for lane in pair] + [self._backwards] * (self._backwards is not None):
            lane.close()
        self._backwards = None
        self._known.clear()

    def lanes(self) -> list[tuple[Lane, Lane]]:
        """The started workers, in pairs. Raises `EngineUnavailable` where they cannot be started."""
        if not self._lanes:
            if not hasattr(os, "fork") or sys.platform in ("win32", "emscripten", "wasi"):
                raise EngineUnavailable("the cpython engine needs fork, which this system lacks: use engine='monty'")
            first, second = HASH_SEEDS
            self._lanes = [
                (Lane(PLAIN, first, self.without), Lane(TURNED, second, self.without)) for _ in range(self.pairs)
            ]
            self._backwards = Lane(BACKWARDS, first, self.without)  # started when it is first needed
            try:
                for lane in [lane for pair in self._lanes for lane in pair]:
                    lane.start()
                self._backwards.layers = dict(self._lanes[0][0].layers)  # it may have no less
            except (OSError, ValueError) as error:
                self.__exit__()
                raise EngineUnavailable(f"the cpython engine did not start: {error}") from None
            except BaseException:
                self.__exit__()
                raise
        return self._lanes

    def layers(self) -> dict[str, bool | str]:
        """The layers of isolation: True where it is on, else the reason why it is off."""
        found: dict[str, bool | str] = {}
        for lane in [lane for pair in self.lanes() for lane in pair]:
            for name, on in lane.layers.items():
                found[name] = on if found.get(name, True) is True else found[name]
        return found

    def isolated(self) -> bool:
        """Whether the layers are on without which this engine may not decide by itself about what a model wrote."""
        try:
            layers = self.layers()
        except EngineUnavailable:
            return False
        return all(layers.get(name) is True for name in ("seccomp", "rlimits", "no new privileges"))

    def forget(self) -> None:
        """Make every call again that is asked for from now on."""
        self._known.clear()

    def run(self, jobs: Sequence[Job], limits: Limits, runs: int = 2, wanted: Wanted | None = None) -> list[Result]:
        with self._alone:
            return checked(lambda good: self.run_checked(good, limits, runs, wanted), jobs, limits)

    def run_checked(self, jobs: list[Job], limits: Limits, runs: int = 2, wanted: Wanted | None = None) -> list[Result]:
        """Run jobs that have passed the checks; each call in `runs` processes that have to agree."""
        begun = time.perf_counter()
        # the first calls of all jobs, then the second ones, and so on: a job has one call at a time
        rounds = range(max((len(job.calls) for job in jobs), default=0))
        owners: dict[Call, set[int]] = {}
        for k in rounds:
            for number, job in enumerate(jobs):
                if k < len(job.calls):
                    owners.setdefault(Call(job.program, job.calls[k], job.times), set()).add(number)
        calls = list(owners)
        known = {call: self._remembered(call, limits, runs, wanted) for call in calls}
        new = [call for call, outcome in known.items() if outcome is None]
        if new:
            outcomes = self._outcomes([(call, frozenset(owners[call])) for call in new], limits, runs, wanted)
            known.update(zip(new, outcomes, strict=True))
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        seconds = (time.perf_counter() - begun) / max(1, len(jobs))
        return [
            Result(tuple(known[Call(job.program, text, job.times)] for text in job.calls), self.name, seconds)
            for job in jobs
        ]

    # --- what is known already ------------------------------------------------------------------------------------
    def _remembered(self, call: Call, limits: Limits, runs: int, wanted: Wanted | None) -> Outcome | None:
        found = self._known.get(_key(call, limits, runs))
        if found is None and wanted is not None:
            found = self._known.get(_key(call, limits, _UNCONFIRMED))
            found = None if found is None or wanted(call, found) else found
        return found

    def _remember(self, call: Call, limits: Limits, runs: int, outcome: Outcome) -> None:
        # what time and memory decide may come out otherwise on another day
        if outcome.status not in ("timeout", "memory") and len(outcome.text) <= _LONG:
            self._known[_key(call, limits, runs)] = outcome

    # --- what has to run ------------------------------------------------------------------------------------------
    def _outcomes(
        self, calls: list[tuple[Call, frozenset[int]]], limits: Limits, runs: int, wanted: Wanted | None
    ) -> list[Outcome]:
        """What all runs of each call agree on: in plain and turned processes by turns, and backwards if need be.

        The first runs are spread over both kinds. A call whose first outcome is not `wanted` is not made again.
        """
        pairs = self.lanes()
        answers: list[list[Answer]] = [[] for _ in calls]
        going = range(len(calls))

        def run(places: Sequence[int], numbers: Sequence[int]) -> None:
            work: dict[Lane, list[int]] = {}
            for i in places:
                for number in numbers:
                    side = (number + i) % 2 if runs > 1 else 0
                    work.setdefault(pairs[i // 2 % self.pairs][side], []).append(i)
            _run_on(work, calls, answers, limits)

        if wanted is None:
            run(going, range(runs))
        else:
            run(going, [0])
            going = [i for i in going if wanted(calls[i][0], answers[i][0].outcomes[0])]
            run(going, range(1, runs))
        _run_on(
            {self._backwards: [i for i in going if any(answer.chance_seen for answer in answers[i])]},
            calls,
            answers,
            limits,
        )
        outcomes = [all_agreed(found) for found in answers]
        for (call, _), found, outcome in zip(calls, answers, outcomes, strict=True):
            if not {LOST, BROKEN} & {one for answer in found for one in answer.outcomes}:  # not the program's doing
                self._remember(call, limits, runs if len(found) >= runs else _UNCONFIRMED, outcome)
        return outcomes


def _key(call: Call, limits: Limits, runs: int) -> bytes:
    return hashlib.sha256(repr((call, limits, runs)).encode("utf-8", "surrogatepass")).digest()


def _run_on(
    work: dict[Lane, list[int]], calls: list[tuple[Call, frozenset[int]]], answers: list[list[Answer]], limits: Limits
) -> None:
    """Make calls on the workers that are to make them, all at the same time, and add the answers: plain ones first."""
    work = {lane: places for lane, places in work.items() if places}
    found = run_calls([(lane, [calls[i] for i in places]) for lane, places in work.items()], limits)
    for (lane, places), part in zip(work.items(), found, strict=True):
        for i, answer in zip(places, part, strict=True):
            answers[i].insert(0 if lane.role == PLAIN else len(answers[i]), answer)
