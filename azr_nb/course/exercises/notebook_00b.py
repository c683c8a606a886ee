"""Checks of notebook 00b."""

import math
import random

import numpy as np

from azr_nb.course.exercises.core import Wrong, exercise, require
from azr_nb.course.views import toy


@exercise("00b.solver", "what the solver learns from its tries", difficulty=2, minutes=8)
def solver(answer) -> None:
    """`solver_pull(right, chance)`: the mean over all tries of (r - mean of the task's tries) x (r - p)."""
    rng = np.random.default_rng(0)
    for tasks, tries in ((1, 4), (3, 8), (5, 2), (4, 1)):
        chance = rng.uniform(0.1, 0.9, tasks)
        right = (rng.random((tasks, tries)) < chance[:, None]).astype(int)
        got, want = float(answer(right.tolist(), chance.tolist())), toy.solver_pull(right, chance)
        if math.isclose(got, want, abs_tol=1e-9):
            continue
        r, p = right.astype(float), chance[:, None]
        slips = (
            ((r * (r - p)).mean(), "the baseline is missing: subtract the mean of the task's own tries from each r"),
            (((r - r.mean()) * (r - p)).mean(), "you compare with the mean over all tasks: each task has its own mean"),
            (((r - p) ** 2).mean(), "the first factor compares with the mean of the tries, the second one with p"),
            (((r - r.mean(1, keepdims=True)) * (r - p)).sum(), "this is the sum over all tries: the mean is wanted"),
            (((r - r.mean(1, keepdims=True)) * (p - r)).mean(), "the sign of the second factor is the wrong way round"),
        )
        for value, reason in slips:
            require(not math.isclose(got, value, abs_tol=1e-9), reason)
        raise Wrong(
            f"for tries {right.tolist()} with chances {np.round(chance, 2).tolist()} it is {want:.4f}, not {got:.4f}"
        )


@exercise("00b.proposer", "what the proposer learns from its rewards", difficulty=2, minutes=7)
def proposer(answer) -> None:
    """`proposer_pull(rewards, difficulties, level)`: the mean of (reward - mean reward) x (difficulty - level)."""
    rng = random.Random(1)
    for size in (2, 5, 12):
        rewards, level = [rng.choice((0.0, 0.25, 0.5, 0.875)) for _ in range(size - 1)] + [1.0], rng.uniform(-2, 2)
        difficulties = [rng.gauss(level, 1) for _ in range(size)]
        got, want = float(answer(rewards, difficulties, level)), toy.proposer_pull(rewards, difficulties, level)
        if math.isclose(got, want, abs_tol=1e-9):
            continue
        away, mean = np.subtract(difficulties, level), np.mean(rewards)
        slips = (
            (np.mean(np.array(rewards) * away), "the baseline is missing: subtract the mean reward from each reward"),
            (np.sum((rewards - mean) * away), "this is the sum: the mean over the proposals is wanted"),
            (np.mean((rewards - mean) * difficulties), "the second factor is the difficulty minus the level"),
            (-want, "the sign is the wrong way round: a rewarded difficulty pulls the level towards itself"),
        )
        for value, reason in slips:
            require(not math.isclose(got, float(value), abs_tol=1e-9), reason)
        raise Wrong(f"for rewards {np.round(rewards, 2).tolist()} it is {want:.4f}, not {got:.4f}")
