"""`python -m tools bench signals`: what signals cost in a step, and how well the signal of `progress` is measured."""

from __future__ import annotations

import statistics
import time
from typing import Any

REWARDS = ("surprise_nll", "progress", "novelty", "disagreement", "controllable")
FAMILIES = ("a + k", "a % k", "a[::-1]", "television")
TRIED = 24  # tasks of a family
STEPS = 10  # of self-play, before progress is measured


def bench_signals(play) -> dict[str, Any]:
    """Shares of a step that signals of a reward take, with all snapshots that they keep; and `progress_rows`."""
    from azr_nb.learning.signals import EVERY, KEPT, Signals
    from azr_nb.rewards import get_reward

    play.step()
    trace = play.step()
    new = {r.task.id for r in trace.of("propose") if r.task is not None}
    groups: dict[str, list] = {}
    for rollout in trace.of("solve"):
        if rollout.task.id in new:
            groups.setdefault(rollout.task.id, []).append(rollout)
    shares = {}
    for name in REWARDS:
        signals = Signals(get_reward("proposer", name).needs, play.roles)
        for step in range(0, EVERY * KEPT, EVERY):  # until as many snapshots are kept as there can be
            signals.measure(step, list(groups.values()))
        begun = time.perf_counter()
        signals.measure(EVERY * KEPT - 1, list(groups.values()))
        shares[name] = round((time.perf_counter() - begun) / trace.metrics["seconds_total"], 3)
    return {"share_of_step": shares, "progress": progress_rows()}


def progress_rows(seed: int = 0) -> dict[str, dict[str, float]]:
    """By family of deductions, progress in nats: mean over tasks with its standard error, and how two measurements
    correlate of the same tasks, each behind scratchpads of its own.
    """
    from azr_nb.config import make_config
    from azr_nb.course.views.curiosity import family_proposals
    from azr_nb.environments.python_programs.environment import PythonPrograms
    from azr_nb.policy.load import load_policy
    from azr_nb.selfplay import SelfPlay

    config = make_config(
        "classroom",
        seed=seed,
        steps=30,
        learning_rate=2e-3,
        task_types=["deduction"],
        proposals_per_type=16,
        role_balance="groups",
        propose_weight=1.0,
        proposer_reward="progress",
    )
    play = SelfPlay(config, load_policy("tiny"), PythonPrograms.for_run(config))
    own = [r.task for trace in play.steps(STEPS) for r in trace.of("propose") if r.task is not None]
    tasks = {"its own proposals": own[-2 * TRIED :]}
    for name in FAMILIES:
        made = play.environment.validate(family_proposals(name, TRIED, seed))
        tasks[name] = [task for task, verdict in made if verdict.ok]
    every = [task for asked in tasks.values() for task in asked]
    first, second = (_progress(play, every, which) for which in ("first", "second"))  # each keeps one more snapshot
    rows = {}
    for name, asked in tasks.items():
        pairs = [(first[task.id], second[task.id]) for task in asked if task.id in first and task.id in second]
        means = [(a + b) / 2 for a, b in pairs]
        rows[name] = {
            "tasks": len(pairs),
            "mean": round(statistics.mean(means), 3),
            "error": round(statistics.stdev(means) / len(means) ** 0.5, 3),
            "correlation": round(statistics.correlation(*zip(*pairs, strict=True)), 2),
        }
    play.environment.close()
    return rows


def _progress(play, tasks: list, which: str) -> dict[str, float]:
    """Progress by task id, measured behind scratchpads of answers drawn for this; without tasks that have none."""
    answers = play.roles.solve(tasks, play.config.solve_rate_samples, "bench", which)
    found = play.signals.measure(STEPS, answers)
    return {
        name: one["gold_nll_before"] - one["gold_nll"]
        for name, one in found.items()
        if {"gold_nll", "gold_nll_before"} <= set(one)
    }
