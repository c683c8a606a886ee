"""The default engine: pydantic-monty, a Python interpreter in Rust that runs in worker processes of its own.

Each job gets a fresh session, so nothing a program does reaches the next one. All calls of a job share one feed:
the results come back as `repr` text, because values themselves would be converted at the border (a deque to a
list, say).
"""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from azr_nb.executor.core import Job, Limits, Outcome, Result

# the clock stands still and random starts from one seed, so that a program cannot differ between two runs
_CLOCK = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)




def _checked(text: object, limits: Limits) -> Outcome:
    if not isinstance(text, str):
        return Outcome("not_plain", "repr did not give text")
    if len(text) > limits.output_chars:
        return Outcome("too_big", f"the result's text has {len(text)} characters, more than {limits.output_chars}")
    return Outcome("ok", text)


def _failure(error: Exception) -> Outcome:
    from pydantic_monty import MontyCrashedError, MontySyntaxError

    if isinstance(error, MontyCrashedError):
        return Outcome("error", "the worker crashed")
    inner = error.exception() if hasattr(error, "exception") else error
    name, message = type(inner).__name__, str(inner)
    if isinstance(inner, TimeoutError):
        return Outcome("timeout", "ran longer than the time limit")
    if isinstance(inner, MemoryError):
        return Outcome("memory", "used more than the memory limit")
    if isinstance(inner, NotImplementedError) and isinstance(error, MontySyntaxError):
        return Outcome("unsupported", message[:200])
    return Outcome("error", f"{name}: {message}"[:200])


class MontyEngine:
    """Runs jobs on a pool of monty workers, one session per job, one thread per worker."""

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
        from pydantic_monty import Monty

        self._stack = contextlib.ExitStack()
        self._pool = self._stack.enter_context(
            Monty(
                max_processes=self.workers,
                request_timeout=limits.seconds + 3,
                max_checkouts_per_worker=1000,
            )
        )
        self._threads = self._stack.enter_context(ThreadPoolExecutor(self.workers))

    def run(self, jobs: Sequence[Job], limits: Limits) -> list[Result]:
        if self._stack is None:
            self._start(limits)
        chunks = [jobs[i : i + 16] for i in range(0, len(jobs), 16)]
        results: list[Result] = []
        for part in self._threads.map(lambda chunk: [self._one(job, limits) for job in chunk], chunks):
            results.extend(part)
        return results

    def _one(self, job: Job, limits: Limits) -> Result:
        start = time.perf_counter()
        outcomes = self._outcomes(job, limits)
        return Result(tuple(outcomes), self.name, time.perf_counter() - start)

    def _outcomes(self, job: Job, limits: Limits) -> list[Outcome]:
        from pydantic_monty import CollectString, MontyError

        if not job.calls:
            return []
        if len(job.program) > limits.output_chars:
            return [Outcome("too_big", f"the program has more than {limits.output_chars} characters")] * len(job.calls)
        options = {"max_feed_duration_secs": limits.seconds, "max_memory": limits.memory_mb * 2**20}
        policy = {"datetime": _CLOCK, "random_start": {"seed": 0}, "sleep": "zero"}
        try:
            with self._pool.checkout(limits=options, os_policy=policy) as session:
                # the common case in one round trip: the program and all its calls
                calls = ", ".join(f"repr(f({arguments}))" for arguments in job.calls)
                try:
                    texts = session.feed_run(f"{job.program}\n[{calls}]", print_callback=CollectString())
                except MontyError as error:
                    whole = _failure(error)
                else:
                    if isinstance(texts, list) and len(texts) == len(job.calls):
                        return [_checked(text, limits) for text in texts]
                    whole = Outcome("error", "the program changed what its calls gave")
            if len(job.calls) == 1 or whole.status in ("timeout", "memory"):
                return [whole] * len(job.calls)  # another try for each call would cost the limit again and again
            return [self._outcomes(Job(job.program, [arguments]), limits)[0] for arguments in job.calls]
        except MontyError as error:
            return [_failure(error)] * len(job.calls)
        except (ValueError, TypeError, UnicodeError) as error:
            return [Outcome("error", f"{type(error).__name__}: {error}"[:200])] * len(job.calls)
