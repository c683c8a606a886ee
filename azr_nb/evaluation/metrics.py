"""One row of metrics.csv: what a step of self-play looked like in numbers."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Collection, Mapping

from azr_nb.buffer import Buffer
from azr_nb.config import SelfPlayConfig
from azr_nb.environments.base import Environment
from azr_nb.evaluation.measures import collapse_reason, instrument_row, mean, standard_error
from azr_nb.rewards.baselines import dead_share, group_weights
from azr_nb.tasks import ROLES, STATUSES, Rollout, UpdateReport


def step_metrics(
    step: int,
    environment: Environment,
    config: SelfPlayConfig,
    rollouts: list[Rollout],
    rated: list[list[Rollout]],
    buffer: Buffer,
    recent: Collection[str],
    seconds: Mapping[str, float],
) -> dict[str, float]:
    """Shares (0 to 1), rewards, tokens and seconds of one step, by role and task type; the update adds its own.

    `rated` are the solver samples of each new task. `solve_rate_noise` is the standard error that a solve rate
    has from so few samples, averaged over the step. `recent` holds the keys of the newest proposals. What every
    column means stands in assets/metrics.toml.
    """
    begun = time.perf_counter()
    row: dict[str, float] = {"step": step}
    for role in ROLES:
        for task_type in config.task_types:
            rows = [r for r in rollouts if r.role == role and r.type == task_type]
            if role == "propose":
                row[f"propose/{task_type}/valid"] = mean([float(r.verdict.valid) for r in rows])
            else:
                row[f"solve/{task_type}/accuracy"] = mean([float(r.verdict.ok) for r in rows])
            row[f"{role}/{task_type}/reward"] = mean([r.reward for r in rows])
            row[f"{role}/{task_type}/tokens"] = mean([len(r.completion_ids) for r in rows])
    for task_type in config.task_types:
        row[f"solve_rate/{task_type}"] = mean([g[0].solve_rate for g in rated if g[0].type == task_type])
    rates, n = [g[0].solve_rate for g in rated], config.solve_rate_samples
    row["solve_rate_noise"] = mean([standard_error(p, n) for p in rates])
    trained = [r for r in rollouts if r.trained]
    sizes = group_weights(trained, config.role_balance, config.loss_aggregation == "token")
    pull = {
        role: sum(abs(r.advantage) * sizes[f"{r.role}/{r.type}"] for r in trained if r.role == role) for role in ROLES
    }
    row["advantage_share/propose"] = pull["propose"] / sum(pull.values()) if sum(pull.values()) else math.nan
    for name, part in (("", rollouts), *((f"/{role}", [r for r in rollouts if r.role == role]) for role in ROLES)):
        told = [r for r in part if r.entropy is not None]
        tokens = sum(len(r.completion_ids) for r in told)
        row[f"entropy{name}"] = sum(r.entropy * len(r.completion_ids) for r in told) / tokens if tokens else math.nan
    row["dead_share"] = dead_share([r.reward for r in trained], [r.group for r in trained])
    row["distinct_programs"] = len(set(recent)) / len(recent) if recent else math.nan
    statuses = Counter(r.verdict.status for r in rollouts if r.role == "propose")
    row |= {f"funnel/{status}": statuses[status] for status in STATUSES if status != "wrong"}
    for task_type in config.task_types:
        row[f"buffer/{task_type}"] = len(buffer.of_type(task_type))
    row |= instrument_row(step, environment, n, rollouts, rated, buffer)
    row["collapse"] = float(bool(collapse_reason(row)))
    row["tokens_generated"] = sum(len(r.completion_ids) for r in rollouts)
    row |= {f"seconds_{name}": seconds.get(name, 0.0) for name in ("propose", "validate", "solve", "check", "total")}
    row["seconds_instruments"] = time.perf_counter() - begun
    row["seconds_total"] += row["seconds_instruments"]
    return row


def update_metrics(config: SelfPlayConfig, report: UpdateReport, row: Mapping[str, float], seconds: float) -> dict:
    """What an update adds to the row of its step: loss, norms of gradients, entropy, KL, tokens and seconds."""
    norms = report.role_grad_norms
    added = {"loss": report.loss, "grad_norm": report.grad_norm}
    added |= {f"grad_norm/{group}": norm for group, norm in report.group_grad_norms.items()}
    share = norms.get("propose", math.nan) / sum(norms.values()) if sum(norms.values()) else math.nan
    added["gradient_share/propose"] = share
    if math.isnan(row["entropy"]):  # a sampler that tells no entropy: that of the trained completions
        added["entropy"] = report.entropy
    added["sampler_gap"] = report.gap
    added |= {} if math.isnan(report.masked) else {"sampler_masked": report.masked}
    added |= {"kl": report.kl} if config.kl_weight else {}
    added |= {"tokens_trained": report.tokens, "seconds_update": seconds}
    return added | {"seconds_total": row["seconds_total"] + seconds}
