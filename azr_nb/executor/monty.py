"""pydantic-monty, a Python interpreter in Rust: the engine for systems on which CPython has no sandbox.

Every call has a session of its own, and so have both its runs, with another clock and other random numbers. Sessions
follow each other in the same worker processes; what keeps a program from what came before it there is the interpreter
alone, which has no way from a program to memory, files, modules of the host or frames (`azr-nb doctor` says so).

Its word is not CPython's: it has no iterators of its own kind (generators and `map` are lists), keeps the later of two
equal keys, lacks some methods without an error, orders sets by insertion, and is slower. `tests/test_differential.py`
counts the differences by kind. Modules and built-in types cannot be changed inside, and arguments and results are
texts, because values themselves would be converted at the border (a deque to a list, say).
"""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from azr_nb.executor.checks import checked
from azr_nb.executor.core import Answer, Call, Job, Limits, Outcome, Result, Wanted, all_agreed

# within a run the clock stands still and random starts from one seed; two runs have different ones
_CLOCKS = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC), datetime.datetime(2031, 6, 7, 8, 9, tzinfo=datetime.UTC)
_POLICIES = [{"datetime": clock, "random_start": {"seed": i}, "sleep": "zero"} for i, clock in enumerate(_CLOCKS)]

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

def _values(program, call, times):
    space = {}
    try:
        exec(program, space)
    except BaseException as error:
        return [(type(error).__name__, str(error))] * times
    results = []
    for _ in range(times):
        try:
            value = eval(call, space)
            results.append('%r' % (value,) if _plain(value, 60) else None)
        except BaseException as error:
            results.append((type(error).__name__, str(error)))
    return results

_values(*_job)
"""


def _outcome(result: object, limits: Limits) -> Outcome:
    if isinstance(result, str):
        if len(result) > limits.output_chars:
            size = f"{len(result)} characters, more than {limits.output_chars}"
            return Outcome("too_big", f"the result's text has {size}")
        return Outcome("ok", result)
    if result is None:
        return Outcome("not_plain", "the result is not plain data")
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

        with contextlib.ExitStack() as stack:
            pool = Monty(
                max_processes=self.workers,
                request_timeout=limits.seconds + 3,
                feed_duration_limit_grace=0.7,
                max_checkouts_per_worker=1000,
            )
            self._pool = stack.enter_context(pool)
            self._threads = stack.enter_context(ThreadPoolExecutor(self.workers))
            self._stack, self._longest = stack.pop_all(), limits.seconds
        self._prints, self._errors = CollectString, (MontyError, ValueError, TypeError, UnicodeError)

    def run(self, jobs: Sequence[Job], limits: Limits, runs: int = 2, wanted: Wanted | None = None) -> list[Result]:
        return checked(lambda good: self.run_checked(good, limits, runs, wanted), jobs, limits)

    def run_checked(self, jobs: list[Job], limits: Limits, runs: int = 2, wanted: Wanted | None = None) -> list[Result]:
        """Run jobs that have passed the checks; equal calls are made once."""
        if self._stack is not None and limits.seconds > self._longest:
            self.__exit__()  # the pool was started to end its workers before that
        if self._stack is None:
            self._start(limits)
        begun = time.perf_counter()
        calls = list(dict.fromkeys(Call(job.program, text, job.times) for job in jobs for text in job.calls))
        futures = [self._threads.submit(self._call, call, limits, runs, wanted) for call in calls]
        try:
            found = dict(zip(calls, [future.result() for future in futures], strict=True))
        finally:
            for future in futures:  # on Ctrl-C: what has not begun does not begin
                future.cancel()
        seconds = (time.perf_counter() - begun) / max(1, len(jobs))
        return [
            Result(tuple(found[Call(job.program, text, job.times)] for text in job.calls), self.name, seconds)
            for job in jobs
        ]

    def _call(self, call: Call, limits: Limits, runs: int, wanted: Wanted | None) -> Outcome:
        """What all runs of a call agree on; what ends at a limit, or is not wanted, is not run again."""
        answers: list[Answer] = []
        for number in range(runs):
            answers.append(Answer(tuple(self._session(call, limits, _POLICIES[number % 2]))))
            first = answers[0].outcomes[0]
            if first.status in ("timeout", "memory") or (wanted is not None and not wanted(call, first)):
                break
        return all_agreed(answers)

    def _session(self, call: Call, limits: Limits, policy: dict) -> list[Outcome]:
        options = {"max_feed_duration_secs": limits.seconds, "max_memory": int(limits.memory_mb * 2**20)}
        job = (call.program, f"f({call.arguments})", call.times)
        try:
            with self._pool.checkout(limits=options, os_policy=policy, assert_message_annotations=False) as session:
                found = session.feed_run(_HARNESS, inputs={"_job": job}, print_callback=self._prints())
        except self._errors as error:
            return [_failure(error)] * call.times
        if not isinstance(found, list) or len(found) != call.times:
            return [Outcome("error", "SystemError: the program changed what its calls gave")] * call.times
        return [_outcome(result, limits) for result in found]
