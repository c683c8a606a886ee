"""Instruments of a step: what its rollouts and its buffer say beside rewards, as plain numbers.

Solve rates and how much of their variance is noise, programs and how they differ, ages and lineage of tasks, and a
warning of collapse. Every function is a pure function of its arguments, so a resumed run has the same numbers as one
that was never stopped; all together take a few per cent of a step.

Differs from the paper (Fig. 27): complexity is also counted in syntax-tree nodes, and repeats up to the names of
variables are counted, which the paper's edit distance does not show.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

from azr_nb.buffer import Buffer
from azr_nb.environments.base import Environment
from azr_nb.tasks import Proposal, Rollout, Task

DISTANCE_SAMPLE = 8  # programs of a step that are compared with one another, which makes 28 pairs

# a run has collapsed where a column is on the wrong side of its threshold: (side, threshold, what it means)
COLLAPSE = {
    "distinct_programs": ("below", 0.5, "most of the newest proposals repeat one another"),
    "programs/length_ratio": ("below", 0.5, "programs are less than half as long as those of seeding"),
    "dead_share": ("above", 0.8, "most groups have equal rewards and teach nothing"),
}


def mean(values: Sequence[float]) -> float:
    """The mean, or nan if there is nothing to average."""
    return math.fsum(values) / len(values) if values else math.nan


# --- solve rates -----------------------------------------------------------------------------------------------------
def solve_rate_counts(rates: Sequence[float], n: int) -> list[int]:
    """How many tasks were solved k of n times, for k = 0 to n."""
    counts = [0] * (n + 1)
    for rate in rates:
        counts[round(rate * n)] += 1
    return counts


def binomial_counts(rate: float, n: int, tasks: int) -> list[tuple[float, float]]:
    """Expected number of `tasks` solved k of n times if each is solved at `rate`, with its standard deviation."""
    shares = [math.comb(n, k) * rate**k * (1 - rate) ** (n - k) for k in range(n + 1)]
    return [(tasks * share, math.sqrt(tasks * share * (1 - share))) for share in shares]


def standard_error(rate: float, n: int) -> float:
    """The standard error of a solve rate estimated from n samples: sqrt(p (1 - p) / n)."""
    return math.sqrt(rate * (1 - rate) / n)


def variance_parts(rates: Sequence[float], n: int) -> tuple[float, float, float]:
    """Variance of solve rates between tasks: observed, the part that is binomial noise of n samples, the true spread.

    observed = Var(p) + E[p (1 - p)] / n. The noise is estimated without bias by the mean of r (1 - r) / (n - 1), and
    the true spread Var(p) as the difference, which chance can push below 0. nan with fewer than 2 tasks or samples.
    """
    if len(rates) < 2 or n < 2:
        return math.nan, math.nan, math.nan
    centre = mean(rates)
    observed = math.fsum((rate - centre) ** 2 for rate in rates) / (len(rates) - 1)
    noise = mean([rate * (1 - rate) / (n - 1) for rate in rates])
    return observed, noise, observed - noise


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Unbiased estimate of the chance that one of k samples is right, from n samples: 1 - C(n - c, k) / C(n, k).

    Chen et al. 2021, Eq. 1. Range 0 to 1. Raises `ValueError` unless 0 <= correct <= n and 1 <= k <= n.
    """
    if not (0 <= correct <= n and 1 <= k <= n):
        raise ValueError(f"pass@{k} cannot be estimated from {correct} right of {n} samples")
    return 1.0 - math.comb(n - correct, k) / math.comb(n, k)


# --- programs --------------------------------------------------------------------------------------------------------
def mean_distance(texts: Sequence[str], distance: Callable[[str, str], float], most: int = DISTANCE_SAMPLE) -> float:
    """Mean distance of the pairs among at most `most` programs, evenly taken; nan for fewer than two."""
    stride = max(1, math.ceil(len(texts) / most))
    return mean([distance(a, b) for a, b in combinations(texts[::stride], 2)])


def near_duplicates(
    tasks: Iterable[Task | Proposal], known: Iterable[Task], canonical: Callable[[Task | Proposal], str]
) -> float:
    """Share of tasks that are equal, up to names and the like, to a known one or to an earlier one: 0 to 1."""
    seen = {canonical(task) for task in known}
    hits = []
    for task in tasks:
        form = canonical(task)
        hits.append(float(form in seen))
        seen.add(form)
    return mean(hits)


# --- tasks -----------------------------------------------------------------------------------------------------------
def lineage_depths(tasks: Iterable[Task]) -> dict[str, int]:
    """For each task id, the number of ancestors on its longest chain of parents among these tasks; 0 without any.

    A chain ends at a parent that is not among them, since a full buffer may have dropped it.
    """
    by_id = {task.id: task for task in tasks}
    depths: dict[str, int] = {}
    for first in by_id:
        stack = [first] if first not in depths else []
        while stack:
            name = stack[-1]
            parents = [parent for parent in by_id[name].parents if parent in by_id]
            missing = [parent for parent in parents if parent not in depths and parent not in stack]
            if missing:
                stack += missing[:1]
                continue
            depths.setdefault(name, 1 + max((depths.get(parent, -1) for parent in parents), default=-1))
            stack.pop()
    return depths


def ages(tasks: Iterable[Task], step: int) -> list[int]:
    """Steps since each task was made; one of seeding counts as made one step before the first."""
    return [step - task.step for task in tasks]


# --- all together ----------------------------------------------------------------------------------------------------
def instrument_row(
    step: int,
    environment: Environment,
    n: int,
    rollouts: Sequence[Rollout],
    rated: Sequence[Sequence[Rollout]],
    buffer: Buffer,
) -> dict[str, float]:
    """The columns of metrics.csv that this module measures; nan where a step has nothing to measure.

    `rated` are the n solver samples of each new task; the tasks of all other solver samples are the solver's own
    batch. `buffer` already holds this step's new tasks.
    """
    rates = [group[0].solve_rate for group in rated]
    row: dict[str, float] = dict(
        zip(
            ("solve_rate_variance", "solve_rate_variance_noise", "solve_rate_variance_true"),
            variance_parts(rates, n),
            strict=True,
        )
    )
    row |= {f"solve_rate_tasks/{k}_of_{n}": count for k, count in enumerate(solve_rate_counts(rates, n))}
    return row | _program_columns(environment, rollouts, buffer) | _task_columns(step, rollouts, rated, buffer)


def _program_columns(environment: Environment, rollouts: Sequence[Rollout], buffer: Buffer) -> dict[str, float]:
    """Of the valid proposals whose program is the proposer's own; an induction proposal's program was given to it."""
    own = [r for r in rollouts if r.role == "propose" and r.proposal and r.verdict.valid and r.type != "induction"]
    proposed = [r.task or r.proposal for r in own]  # a task's program is the one without comments
    texts = [task.program for task in proposed]
    new = {r.task.id for r in own if r.task}
    tasks = [task for task in buffer.all() if task.type != "induction"]
    seeds = [len(task.program) for task in tasks if task.step < 0] or [len(task.program) for task in tasks]
    characters = mean([len(text) for text in texts])
    return {
        **environment.measures(proposed),
        "programs/characters": characters,
        "programs/length_ratio": characters / mean(seeds) if seeds else math.nan,
        "programs/distance": mean_distance(texts, environment.distance),
        "programs/distinct": len(set(map(environment.key, proposed))) / len(texts) if texts else math.nan,
        "programs/near_duplicates": near_duplicates(
            proposed, (t for t in tasks if t.id not in new), environment.canonical
        ),
    }


def _task_columns(
    step: int, rollouts: Sequence[Rollout], rated: Sequence[Sequence[Rollout]], buffer: Buffer
) -> dict[str, float]:
    of_rates = {id(rollout) for group in rated for rollout in group}
    batch = {r.task.id: r.task for r in rollouts if r.role == "solve" and r.task and id(r) not in of_rates}
    made = ages(batch.values(), step)
    depths = lineage_depths(buffer.all())
    new = {r.task.id for r in rollouts if r.role == "propose" and r.task}
    return {
        "solver_batch/age": mean(made),
        "solver_batch/age_max": max(made, default=math.nan),
        "lineage/depth": max(depths.values(), default=math.nan),
        "lineage/depth_new": mean([depths[name] for name in new if name in depths]),
    }


def collapse_reason(row: Mapping[str, float]) -> str:
    """Why a row of metrics warns of collapse, by the thresholds of `COLLAPSE`; empty if it does not.

    A column that is missing or nan says nothing.
    """
    reasons = []
    for name, (side, threshold, what) in COLLAPSE.items():
        value = row.get(name, math.nan)
        if value < threshold if side == "below" else value > threshold:
            reasons.append(f"{name} {value:.2f} is {side} {threshold:g}: {what}")
    return "; ".join(reasons)
