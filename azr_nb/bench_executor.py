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

from azr_nb.executor import EngineUnavailable, Executor, Job, Limits
from azr_nb.executor.checks import facts
from azr_nb.executor.cpython import CPythonEngine
from azr_nb.executor.monty import MontyEngine
from azr_nb.worlds.grammar import HARDER, OWN, sample_input, sample_program

LIMITS = Limits()
CALLS = 8  # a task's programs usually run on several inputs
FEW = 12  # programs for the forms that start a process for each
# ratio, the least it should be on two quiet cores, and what is divided by what; one worker against one process
GOALS = {
    "monty_to_exec": (0.35, "monty_1_worker", "exec"),
    "monty_to_subprocess": (25.0, "monty_1_worker", "subprocess"),
    "calls_to_fresh": (5.0, "monty_fresh_8_calls", "monty_fresh"),
}
VERIFIED_GOAL = 1000


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


def one_by_one(engine: MontyEngine | CPythonEngine, jobs: Sequence[Job]) -> None:
    """Each job in a session or child of its own."""
    for job in jobs:
        engine.run([job], LIMITS)


def verified(executor: Executor, jobs: Sequence[Job]) -> None:
    """Run everything twice, the second time backwards, as the judge does with proposals."""
    executor.run(jobs)
    executor.run(jobs[::-1])


def _timed(form: Callable[[], object]) -> float:
    facts.cache_clear()  # programs are new to the executor in each round, as a model's are
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
    program = "def f(a):\n    return a" if engine == "monty" else "def f(a):\n    return len({a})"
    begun = time.perf_counter()
    with Executor(engine, LIMITS) as executor:
        executor.run([Job(program, ["1"])])
        return round((time.perf_counter() - begun) * 1e3, 1)


def bench_executor(programs: int = 100, rounds: int = 5) -> dict[str, Any]:
    """Rates per second of every form (median over interleaved rounds), ratios against their goals, start, memory.

    Forms named *_8_calls count calls, all others programs; "auto_verified" counts programs that ran twice.
    """
    jobs, many = sample_jobs(programs), sample_jobs(programs, CALLS)
    forms: dict[str, tuple[int, Callable[[], object]]] = {}
    started: dict[str, Any] = {"start_ms": {}}
    with (
        MontyEngine(1) as monty, MontyEngine(2) as two_monty, CPythonEngine(1) as cpython,
        CPythonEngine(2) as two_cpython, Executor("auto", LIMITS) as auto,
    ):  # fmt: skip
        forms["exec"] = programs, lambda: bare_exec(jobs)
        forms["subprocess"] = FEW, lambda: one_process_each(jobs[:FEW])
        forms["monty_fresh"] = programs, lambda: one_by_one(monty, jobs)
        forms["monty_fresh_8_calls"] = programs * CALLS, lambda: one_by_one(monty, many)
        forms["monty"] = programs, lambda: two_monty.run(jobs, LIMITS)
        forms["monty_1_worker"] = programs, lambda: monty.run(jobs, LIMITS)
        forms["monty_8_calls"] = programs * CALLS, lambda: two_monty.run(many, LIMITS)
        forms["auto"] = programs, lambda: auto.run(jobs)
        forms["auto_verified"] = programs, lambda: verified(auto, jobs)
        try:
            started["layers"] = cpython.layers()
            few = jobs[: 2 * FEW]
            forms["cpython_fresh"] = len(few), lambda: one_by_one(cpython, few)
            forms["cpython_1_worker"] = programs, lambda: cpython.run(jobs, LIMITS)
            forms["cpython"] = programs, lambda: two_cpython.run(jobs, LIMITS)
            forms["cpython_8_calls"] = programs * CALLS, lambda: two_cpython.run(many, LIMITS)
        except EngineUnavailable as error:
            started["layers"] = str(error)
        rates = _rates(forms, rounds)
    started["start_ms"]["monty"] = start_ms("monty")
    if "cpython" in rates:
        started["start_ms"]["cpython"] = start_ms("cpython")
    with Executor("auto", LIMITS) as auto:
        auto.run([*jobs, Job("def f(a):\n    return len({a})", ["1"])])
        started["workers_megabytes"] = worker_megabytes()
    return {"programs": programs, **_summary(rates), **started}


def _rates(forms: dict[str, tuple[int, Callable[[], object]]], rounds: int) -> dict[str, list[float]]:
    rates: dict[str, list[float]] = {name: [] for name in forms}
    for round_number in range(rounds + 1):
        for name, (count, form) in forms.items():
            if name == "subprocess" and round_number > 2:
                continue  # slow, and steady enough
            seconds = _timed(form)
            if round_number:  # the first round starts the workers
                rates[name].append(count / seconds)
    return rates


def _summary(rates: dict[str, list[float]]) -> dict[str, Any]:
    medians = {name: statistics.median(each) for name, each in rates.items()}
    ratios = {name: medians[top] / medians[bottom] for name, (_, top, bottom) in GOALS.items()}
    return {
        "per_second": {name: round(rate) for name, rate in medians.items()},
        "ratios": {name: round(ratio, 2) for name, ratio in ratios.items()},
        "two_workers_to_one": {
            name: round(medians[name] / medians[f"{name}_1_worker"], 2) for name in ("monty", "cpython")
            if name in medians
        },
        "goals": {
            **{name: {"least": least, "met": ratios[name] >= least} for name, (least, _, _) in GOALS.items()},
            "verified_per_second": {"least": VERIFIED_GOAL, "met": medians["auto_verified"] >= VERIFIED_GOAL},
        },
    }  # fmt: skip
