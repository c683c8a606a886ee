"""The default engine: pydantic-monty, a Python interpreter in Rust that runs in worker processes of its own.

A session takes one group of jobs: tame programs (see `traits.is_tame`) share one, every other program has its own.
Inside, each program runs in globals of its own, modules and built-in types cannot be changed, and the arguments and
results are texts, because values themselves would be converted at the border (a deque to a list, say).

All calls of a job share the program's globals, unlike in CPython's engine: what one call leaves behind for the next
then shows as nondeterminism when the calls come in another order.
"""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from azr_nb.executor.checks import checked, chunk_seconds, plan
from azr_nb.executor.core import Job, Limits, Outcome, Result

CHUNK = 64  # tame programs in one session, at most

# the clock stands still and random starts from one seed, so that a program cannot differ between two runs
_POLICY = {
    "datetime": datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC),
    "random_start": {"seed": 0},
    "sleep": "zero",
}

# Runs inside monty. '%r' is syntax: a program that defines its own repr does not change it. Only exact built-in types
# are written down, so that no `__repr__` of the program's is asked either.
_HARNESS = """
_atoms = (int, float, complex, bool, str, bytes, type(None))
_lists = (list, tuple, set, frozenset)

def _plain(value, depth):
    kind = type(value)
    if kind in _atoms:
        return True
    if not depth:
        return False
    if kind in _lists:
        for item in value:
            if type(item) not in _atoms and not _plain(item, depth - 1):
                return False
        return True
    if kind is not dict:
        return False
    return _plain(list(value.keys()), depth - 1) and _plain(list(value.values()), depth - 1)

def _calls(program, calls):
    space = {}
    try:
        exec(program, space)
    except BaseException as error:
        return [(type(error).__name__, str(error))] * len(calls)
    results = []
    for call in calls:
        try:
            value = eval(call, space)
            results.append('%r' % (value,) if _plain(value, 60) else None)
        except BaseException as error:
            results.append((type(error).__name__, str(error)))
    return results

[_calls(program, calls) for program, calls in _jobs]
"""


def _outcome(result: object, limits: Limits) -> Outcome:
    if isinstance(result, str):
        if len(result) > limits.output_chars:
            size = f"{len(result)} characters, more than {limits.output_chars}"
            return Outcome("too_big", f"the result's text has {size}")
        return Outcome("ok", result)
    if result is None:
        return Outcome("not_plain", "the result is no plain value")
    if isinstance(result, tuple) and len(result) == 2:
        return _error(str(result[0]), str(result[1]))
    return Outcome("error", "SystemError: the program changed what its calls gave")


def _error(name: str, message: str) -> Outcome:
    if name == "NotImplementedError" and message.startswith("The monty "):
        return Outcome("unsupported", message[:200])
    if name == "MemoryError":
        return Outcome("memory", "used more than the memory limit")
    return Outcome("error", f"{name}: {message}"[:200])


def _failure(error: Exception) -> Outcome:
    """What ended a whole session: a limit that programs cannot catch, or the worker's own end."""
    from pydantic_monty import MontyCrashedError

    if isinstance(error, MontyCrashedError):
        if error.timed_out:
            return Outcome("timeout", "ran longer than the time limit")
        return Outcome("error", "SystemError: the worker crashed")
    inner = error.exception() if hasattr(error, "exception") else error
    if isinstance(inner, TimeoutError):
        return Outcome("timeout", "ran longer than the time limit")
    return _error(type(inner).__name__, str(inner))


class MontyEngine:
    """Runs jobs on a pool of monty workers, one thread per worker."""

    name = "monty"

    def __init__(self, workers: int = 2) -> None:
        self.workers = workers
        self._stack: contextlib.ExitStack | None = None

    def __enter__(self) -> MontyEngine:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    def _start(self, limits: Limits) -> None:
        from pydantic_monty import CollectString, Monty, MontyError

        self._stack, self._longest = contextlib.ExitStack(), limits.seconds
        self._pool = self._stack.enter_context(
            Monty(
                max_processes=self.workers,
                request_timeout=limits.seconds + 3,
                feed_duration_limit_grace=0.7,
                max_checkouts_per_worker=1000,
            )
        )
        self._threads = self._stack.enter_context(ThreadPoolExecutor(self.workers))
        self._prints, self._errors = CollectString, (MontyError, ValueError, TypeError, UnicodeError)

    def run(self, jobs: Sequence[Job], limits: Limits) -> list[Result]:
        return checked(lambda good: self.run_checked(good, limits), jobs, limits)

    def run_checked(self, jobs: list[Job], limits: Limits) -> list[Result]:
        """Run jobs that have passed the checks."""
        if self._stack is not None and limits.seconds > self._longest:
            self.__exit__()  # the pool was started to end its workers before that
        if self._stack is None:
            self._start(limits)
        results: list[Result | None] = [None] * len(jobs)
        groups = plan(jobs, CHUNK, self.workers)
        while groups:
            unsettled = []
            for places, part in zip(groups, self._all(jobs, groups, limits), strict=True):
                if part is None:  # one of them took the time or the memory of all: each on its own
                    unsettled += [[i] for i in places]
                else:
                    for i, result in zip(places, part, strict=True):
                        results[i] = result
            groups = unsettled
        return results

    def _all(self, jobs: list[Job], groups: list[list[int]], limits: Limits) -> list[list[Result] | None]:
        if len(groups) == 1:
            return [self._group([jobs[i] for i in groups[0]], limits)]
        futures = [self._threads.submit(self._group, [jobs[i] for i in places], limits) for places in groups]
        try:
            return [future.result() for future in futures]
        finally:
            for future in futures:  # on Ctrl-C: what has not begun does not begin
                future.cancel()

    def _group(self, group: list[Job], limits: Limits) -> list[Result] | None:
        begun = time.perf_counter()
        try:
            found = self._session(group, limits.seconds if len(group) == 1 else chunk_seconds(limits), limits)
        except self._errors as error:
            if len(group) > 1:
                return None
            found = [[_failure(error)] * len(group[0].calls)]
        seconds = (time.perf_counter() - begun) / len(group)
        return [Result(tuple(outcomes), self.name, seconds) for outcomes in found]

    def _session(self, group: list[Job], seconds: float, limits: Limits) -> list[list[Outcome]]:
        options = {"max_feed_duration_secs": seconds, "max_memory": int(limits.memory_mb * 2**20)}
        texts = [(job.program, [f"f({arguments})" for arguments in job.calls]) for job in group]
        with self._pool.checkout(limits=options, os_policy=_POLICY, assert_message_annotations=False) as session:
            found = session.feed_run(_HARNESS, inputs={"_jobs": texts}, print_callback=self._prints())
        if [len(results) for results in found] != [len(job.calls) for job in group]:
            raise ValueError("the session changed the number of its results")
        return [[_outcome(result, limits) for result in results] for results in found]
