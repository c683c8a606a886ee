"""From rewards to advantages: what each rollout did better or worse than its baseline.

Task-relative REINFORCE++ (paper Eq. 8) has one mean and one standard deviation per role and task type: six groups.
Differs from the released code, which weighs every reward by its completion's length when it computes the mean and
the deviation.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

EPSILON = 1e-6


def normalise(rewards: Sequence[float]) -> list[float]:
    """(reward - mean) / standard deviation over one group; all zero when the rewards are equal.

    The deviation is the sample's (divided by n - 1), as in TRL and torch.
    """
    if len(rewards) < 2:
        return [0.0] * len(rewards)
    mean = math.fsum(rewards) / len(rewards)
    deviation = math.sqrt(math.fsum((r - mean) ** 2 for r in rewards) / (len(rewards) - 1))
    if deviation < EPSILON:
        return [0.0] * len(rewards)
    return [(r - mean) / (deviation + EPSILON) for r in rewards]


def group_key(kind: str, role: str, task_type: str, task_id: str | None) -> str:
    """The baseline group of a rollout: by role and type, by task (solver only), or one for all."""
    if kind == "global":
        return "all"
    if kind == "task" and role == "solve":
        return f"{role}/{task_type}/{task_id}"
    return f"{role}/{task_type}"


def advantages(rewards: Sequence[float], groups: Sequence[str]) -> list[float]:
    """Normalise each group on its own; the result has the order of the input."""
    members: dict[str, list[int]] = defaultdict(list)
    for i, group in enumerate(groups):
        members[group].append(i)
    result = [0.0] * len(rewards)
    for places in members.values():
        for i, value in zip(places, normalise([rewards[i] for i in places]), strict=True):
            result[i] = value
    return result


def dead_share(rewards: Sequence[float], groups: Sequence[str]) -> float:
    """Share of rollouts in groups whose rewards are all equal, which teach nothing: 0 to 1."""
    values: dict[str, set[float]] = defaultdict(set)
    for reward, group in zip(rewards, groups, strict=True):
        values[group].add(reward)
    return sum(len(values[group]) == 1 for group in groups) / max(1, len(groups))
