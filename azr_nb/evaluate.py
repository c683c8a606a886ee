"""Held-out evaluation: pass@1 sampled and greedy, by suite and task type, with 95 % intervals over tasks."""

from __future__ import annotations

import math
from collections.abc import Sequence

from azr_nb.config import SelfPlayConfig
from azr_nb.selfplay import SelfPlay
from azr_nb.tasks import TASK_TYPES, Rollout, Task
from azr_nb.worlds.base import World
from azr_nb.worlds.python_programs import SUITES


def interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of the mean over tasks (normal approximation), inside 0 to 1."""
    n = len(values)
    mean = math.fsum(values) / n
    if n < 2:
        return 0.0, 1.0
    error = 1.96 * math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (n - 1) / n)
    return max(0.0, mean - error), min(1.0, mean + error)


def first_of_each(tasks: Sequence[Task], per_type: int) -> list[Task]:
    """The first `per_type` tasks of each type, in suite order."""
    return [task for kind in TASK_TYPES for task in [t for t in tasks if t.type == kind][:per_type]]


def task_scores(
    policy, world: World, suites: Sequence[str] = SUITES, tasks: int = 200, samples: int = 4, seed: int = 0
) -> dict[str, dict[str, dict[str, list[float]]]]:
    """`{suite: {task_type: {"sampled": [...], "greedy": [...]}}}`: one score in 0 to 1 per task, in suite order.

    A sampled score is the share of right answers among `samples` drawn at temperature 1. The same seed, tasks and
    policy give the same scores.
    """
    result: dict[str, dict[str, dict[str, list[float]]]] = {}
    for suite in suites:
        chosen = first_of_each(world.suite(suite), tasks)
        sampled = _solve(policy, world, chosen, samples, 1.0, seed)
        greedy = _solve(policy, world, chosen, 1, 0.0, seed)
        result[suite] = {
            kind: {
                "sampled": [group[0].solve_rate for group in sampled if group[0].type == kind],
                "greedy": [group[0].solve_rate for group in greedy if group[0].type == kind],
            }
            for kind in dict.fromkeys(task.type for task in chosen)
        }
    return result


def summarise(scores: dict[str, dict[str, dict[str, list[float]]]], samples: int) -> dict[str, dict[str, dict]]:
    """`{suite: {task_type: {"pass@1", "greedy", "n", "samples", "ci95", "greedy_ci95"}}}` from scores per task."""
    return {
        suite: {
            kind: {
                "pass@1": math.fsum(cell["sampled"]) / len(cell["sampled"]),
                "greedy": math.fsum(cell["greedy"]) / len(cell["greedy"]),
                "n": len(cell["sampled"]),
                "samples": samples,
                "ci95": interval(cell["sampled"]),
                "greedy_ci95": interval(cell["greedy"]),
            }
            for kind, cell in cells.items()
        }
        for suite, cells in scores.items()
    }


def evaluate(
    policy, world: World, suites: Sequence[str] = SUITES, tasks: int = 200, samples: int = 4, seed: int = 0
) -> dict[str, dict[str, dict]]:
    """`task_scores`, summarised."""
    return summarise(task_scores(policy, world, suites, tasks, samples, seed), samples)


def _solve(policy, world: World, tasks: list[Task], n: int, temperature: float, seed: int) -> list[list[Rollout]]:
    return SelfPlay(SelfPlayConfig(seed=seed), policy, world).solve(tasks, n, "evaluate", temperature=temperature)


def mean_score(scores: dict[str, dict[str, dict]], key: str = "pass@1") -> float:
    """Mean of one score over all suites and task types."""
    values = [cell[key] for suite in scores.values() for cell in suite.values()]
    return math.fsum(values) / len(values)
