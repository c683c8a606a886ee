"""How fast the executor runs programs: all forms side by side in one run, because only ratios of one run mean much.

The programs are the grammar's own, never a model's: one of the forms runs them inside this process, with nothing
between them and it, to have something to compare with.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from azr_nb.environments.python_programs.grammar import HARDER, OWN, sample_input, sample_program
from azr_nb.executor import EngineUnavailable, Executor, Job, Limits, checks
from azr_nb.executor.cpython import CPythonEngine
from azr_nb.executor.monty import MontyEngine

LIMITS = Limits()
CALLS = 8  # a task's programs usually run on several inputs
FEW = 12  # programs for the forms that start a process for each
# ratio, the least it should be on two quiet cores, and what is divided by what
GOALS = {"verified_to_subprocess": (4.0, "cpython", "subprocess"), "again_to_fresh": (20.0, "cpython_again", "cpython")}
VERIFIED_GOAL = 600  # programs a second, each in two processes of different hash seeds


def sample_jobs(count: int, calls: int = 1, seed: int = 0) -> list[Job]:
    """Jobs from the grammar, short and longer programs in turn; the same seed gives the same jobs."""
    rng = random.Random(f"bench {seed}")
    samples = [sample_program(rng, (OWN, HARDER)[i % 2]) for i in range(count)]
    return [Job(s.program, [sample_input(rng, s.argument_types) for _ in range(calls)]) for s in samples]


def bare_exec(jobs: Sequence[Job]) -> list[list[str]]:
    """Run jobs in this process, without any isolation: for programs of our own grammar only."""
    texts = []
    for job in jobs:
        space: dict[str, Any] = {}
        exec(job.program, space)
        rows = []
        for call in job.calls:
            try:
                rows.append(repr(eval(f"f({call})", space)))
            except Exception as error:
                rows.append(type(error).__name__)
        texts.append(rows)
    return texts


def one_process_each(jobs: Sequence[Job]) -> None:
    """The plain way to be apart from a program: a new interpreter for each, with a time limit and nothing else."""
    for job in jobs:
        script = f"{job.program}\nfor call in {list(job.calls)!r}:\n    print(repr(eval('f(' + call + ')')))"
        subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, timeout=LIMITS.seconds)


def _timed(form: Callable[[], object]) -> float:
    checks._fault.cache_clear()  # programs are new to the executor in each round, as a model's are
    begun = time.perf_counter()
    form()
    return time.perf_counter() - begun


def worker_megabytes() -> float | None:
    """Resident memory of all processes that this one started, added up; None where /proc does not tell."""
    if not os.path.isdir("/proc/self"):
        return None
    parents, pages = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as stat, open(f"/proc/{name}/statm") as statm:
                parents[int(name)] = int(stat.read().rpartition(")")[2].split()[1])
                pages[int(name)] = int(statm.read().split()[1])
        except OSError:
            continue  # it ended meanwhile
    family, front = set(), {os.getpid()}
    while front:
        front = {pid for pid, parent in parents.items() if parent in front}
        family |= front
    return round(sum(pages[pid] for pid in family) * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def start_ms(engine: str) -> float:
    """Milliseconds from nothing to the first outcome of an engine."""
    begun = time.perf_counter()
    with Executor(engine, LIMITS) as executor:
        executor.run([Job("def f(a):\n    return a", ["1"])])
        return round((time.perf_counter() - begun) * 1e3, 1)


def bench_executor(programs: int = 200, rounds: int = 5) -> dict[str, Any]:
    """Rates per second of every form (median over interleaved rounds), ratios against their goals, start, memory.

    Forms named *_8_calls count calls, all others programs. Each engine runs every call twice, "cpython" in two
    processes of their own; "cpython_1_run" does so once, and "cpython_again" is told of what it has run before.
    """
    jobs, many = sample_jobs(programs), sample_jobs(programs // 4, CALLS)
    forms: dict[str, tuple[int, Callable[[], object]]] = {}
    started: dict[str, Any] = {"start_ms": {}}

    def anew(engine: CPythonEngine, *arguments: Any) -> None:
        engine.forget()
        engine.run(*arguments)

    with MontyEngine(2) as monty, CPythonEngine(2) as cpython:
        forms["exec"] = programs, lambda: bare_exec(jobs)
        forms["subprocess"] = FEW, lambda: one_process_each(jobs[:FEW])
        forms["monty"] = programs, lambda: monty.run(jobs, LIMITS)
        forms["monty_8_calls"] = len(many) * CALLS, lambda: monty.run(many, LIMITS)
        try:
            started["layers"] = cpython.layers()
            forms["cpython"] = programs, lambda: anew(cpython, jobs, LIMITS)
            forms["cpython_1_run"] = programs, lambda: anew(cpython, jobs, LIMITS, 1)
            forms["cpython_8_calls"] = len(many) * CALLS, lambda: anew(cpython, many, LIMITS)
            forms["cpython_again"] = programs, lambda: cpython.run(jobs, LIMITS)
        except EngineUnavailable as error:
            started["layers"] = str(error)
        rates = _rates(forms, rounds, cpython, jobs)
        started["workers_megabytes"] = worker_megabytes()
    started["start_ms"] = {name: start_ms(name) for name in ("monty", "cpython") if name in rates}
    return {"programs": programs, **_summary(rates), **started}


def _rates(
    forms: dict[str, tuple[int, Callable[[], object]]], rounds: int, cpython: CPythonEngine, jobs: Sequence[Job]
) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in forms}
    for round_number in range(rounds + 1):
        for name, (count, form) in forms.items():
            if name == "subprocess" and round_number > 2:
                continue  # slow, and steady enough
            if name == "cpython_again":
                cpython.run(jobs, LIMITS)
            seconds = _timed(form)
            if round_number:  # the first round starts the workers
                rates[name].append(count / seconds)
    return rates


def _summary(rates: dict[str, list[float]]) -> dict[str, Any]:
    medians = {name: statistics.median(each) for name, each in rates.items()}
    there = {name: goal for name, goal in GOALS.items() if goal[1] in medians}
    ratios = {name: medians[top] / medians[bottom] for name, (_, top, bottom) in there.items()}
    goals = {name: {"least": least, "met": ratios[name] >= least} for name, (least, _, _) in there.items()}
    if "cpython" in medians:
        goals["verified_per_second"] = {"least": VERIFIED_GOAL, "met": medians["cpython"] >= VERIFIED_GOAL}
    return {
        "per_second": {name: round(rate) for name, rate in medians.items()},
        "ratios": {name: round(ratio, 2) for name, ratio in ratios.items()},
        "goals": goals,
    }
