"""From rewards to advantages: what each rollout did better or worse than its baseline.

Task-relative REINFORCE++ (TRR++, paper Eq. 8) has one mean and one standard deviation per role and task type: six
groups. The released code computes both over tokens instead of over responses, so that long completions weigh more.
The other estimators are those of REINFORCE++ (arXiv 2501.03262), GRPO (2402.03300), Dr. GRPO (2503.20783) and RLOO
(2402.14740); a "group" of theirs is the answers to one task, and proposers, whose prompts have one completion each,
keep their role and type.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from azr_nb.tasks import Rollout

EPSILON = 1e-6


def normalise(rewards: Sequence[float], lengths: Sequence[int] | None = None) -> list[float]:
    """(reward - mean) / standard deviation over one group; all zero when the rewards are equal.

    The deviation is the sample's (divided by n - 1), as in TRL and torch. `lengths` are not looked at.
    """
    if len(rewards) < 2:
        return [0.0] * len(rewards)
    mean = math.fsum(rewards) / len(rewards)
    deviation = math.sqrt(math.fsum((r - mean) ** 2 for r in rewards) / (len(rewards) - 1))
    if deviation < EPSILON:
        return [0.0] * len(rewards)
    return [(r - mean) / (deviation + EPSILON) for r in rewards]


def normalise_tokens(rewards: Sequence[float], lengths: Sequence[int] | None = None) -> list[float]:
    """As `normalise` with every reward repeated for each token of its completion (released code).

    Mean and variance are over tokens (divided by their number - 1), with 1e-8 under the root.
    """
    lengths = lengths or [1] * len(rewards)
    tokens = sum(lengths)
    if tokens < 2 or len(set(rewards)) < 2:
        return [0.0] * len(rewards)
    mean = math.fsum(n * r for r, n in zip(rewards, lengths, strict=True)) / tokens
    variance = math.fsum(n * (r - mean) ** 2 for r, n in zip(rewards, lengths, strict=True)) / (tokens - 1)
    return [(r - mean) / math.sqrt(variance + 1e-8) for r in rewards]


def centre(rewards: Sequence[float], lengths: Sequence[int] | None = None) -> list[float]:
    """Reward - mean over one group (Dr. GRPO): no division by the deviation. `lengths` are not looked at."""
    if len(rewards) < 2:
        return [0.0] * len(rewards)
    mean = math.fsum(rewards) / len(rewards)
    return [r - mean for r in rewards]


def leave_one_out(rewards: Sequence[float], lengths: Sequence[int] | None = None) -> list[float]:
    """Reward - mean of the others (RLOO), n / (n - 1) times `centre`. `lengths` are not looked at."""
    n = len(rewards)
    return [value * n / (n - 1) for value in centre(rewards)] if n > 1 else [0.0] * n


Estimator = Callable[[Sequence[float], Sequence[int] | None], list[float]]
ESTIMATORS: dict[str, Estimator] = {
    "role_type": normalise,
    "role_type_tokens": normalise_tokens,
    "global": normalise,
    "task": normalise,
    "task_unscaled": centre,
    "leave_one_out": leave_one_out,
}
PER_TASK = {"task", "task_unscaled", "leave_one_out"}


def advantage_estimator(name: str, per_task: bool = False) -> Callable[[Estimator], Estimator]:
    """Register an estimator: a function of the rewards of one group, and of its completions' lengths in tokens.

    It gives one advantage for each reward. A group is a role and task type; with `per_task` it is the answers to one
    task. `--set advantage=NAME` chooses it.
    """

    def decorate(function: Estimator) -> Estimator:
        known = ESTIMATORS.get(name)
        if known is not None and known.__module__ != function.__module__:
            raise ValueError(f"the advantage estimator {name!r} exists already: choose another name")
        ESTIMATORS[name] = function
        (PER_TASK.add if per_task else PER_TASK.discard)(name)
        return function

    return decorate


def group_key(estimator: str, role: str, task_type: str, task_id: str | None) -> str:
    """The baseline group of a rollout: by role and type, by task (solver only), or one for all."""
    if estimator == "global":
        return "all"
    if estimator in PER_TASK and role == "solve":
        return f"{role}/{task_type}/{task_id}"
    return f"{role}/{task_type}"


def advantages(
    rewards: Sequence[float], groups: Sequence[str], estimator: str = "role_type", lengths: Sequence[int] | None = None
) -> list[float]:
    """Each group on its own, by one of `ESTIMATORS`; the result has the order of the input.

    `lengths` are the completions' tokens, which only "role_type_tokens" looks at. Groups of one have no baseline and
    get 0. Raises `KeyError` for an unknown estimator.
    """
    formula = ESTIMATORS[estimator]
    members: dict[str, list[int]] = defaultdict(list)
    for i, group in enumerate(groups):
        members[group].append(i)
    result = [0.0] * len(rewards)
    for places in members.values():
        part = formula([rewards[i] for i in places], [lengths[i] for i in places] if lengths else None)
        for i, value in zip(places, part, strict=True):
            result[i] = value
    return result


def group_weights(rollouts: Sequence[Rollout], balance: str, by_tokens: bool) -> dict[str, float]:
    """What each row (or token) of a role and type counts for beside one of an unbalanced batch, which is 1.

    "rows" leaves all rows alike; with "roles" both roles, with "groups" all roles and types, have the same weight in
    the loss however many rows they have. The weights have the mean 1 over all rows (tokens). The paper has equal groups
    by construction, one batch for each (section 3.3.5).
    """
    size: Counter[str] = Counter()
    for rollout in rollouts:
        size[f"{rollout.role}/{rollout.type}"] += len(rollout.completion_ids) if by_tokens else 1
    if balance == "rows":
        return dict.fromkeys(size, 1.0)
    part = {group: group.partition("/")[0] if balance == "roles" else group for group in size}
    whole: Counter[str] = Counter()
    for group, count in size.items():
        whole[part[group]] += count
    return {group: size.total() / (len(whole) * whole[part[group]]) for group in size}


def dead_share(rewards: Sequence[float], groups: Sequence[str]) -> float:
    """Share of rollouts in groups whose rewards are all equal, which teach nothing: 0 to 1."""
    values: dict[str, set[float]] = defaultdict(set)
    for reward, group in zip(rewards, groups, strict=True):
        values[group].add(reward)
    return sum(len(values[group]) == 1 for group in groups) / max(1, len(groups))
