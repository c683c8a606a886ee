"""From a record to the named parts of its reward, with every number checked."""

from __future__ import annotations

import math
import numbers
from typing import Any

from azr_nb.rewards.registry import Reward, RewardError, RewardRecord, get_reward


def reward_parts(record: RewardRecord) -> dict[str, float]:
    """Named parts whose sum is the reward of this rollout.

    Valid proposals and well-formed answers get the reward that the config names, all else penalties (see `builtin`).
    Raises `RewardError` for an unknown name, and for a reward that raises or gives no finite number.
    """
    config = record.config
    proposing = record.role == "propose"
    reward = get_reward("proposer", config.proposer_reward) if proposing else get_reward("solver", config.solver_reward)
    if not record.accepted and not reward.every_rollout:
        if proposing and record.verdict.status == "repeat":
            return {"repeat": config.repeat_reward}
        unset = not proposing or config.invalid_reward is None
        return {"format": config.format_penalty if unset else config.invalid_reward}
    parts = _called(reward, record)
    if proposing and record.accepted and config.intrinsic:
        parts = combine(parts, reward.name, intrinsic_parts(record), config.intrinsic_combine)
    if not math.isfinite(sum(parts.values())):
        raise RewardError(f"{_who(reward, record)} gave parts that sum to {sum(parts.values())}: give finite numbers")
    return parts


def intrinsic_parts(record: RewardRecord) -> dict[str, float]:
    """min(weight x value, intrinsic_limit) of each term in config.intrinsic that applies to this task."""
    found = {}
    for name, weight in record.config.intrinsic.items():
        term = get_reward("intrinsic", name)
        value = _called(term, record, optional=True)
        if value is not None:
            found[name] = min(weight * sum(value.values()), record.config.intrinsic_limit)
    return found


def combine(parts: dict[str, float], name: str, terms: dict[str, float], rule: str) -> dict[str, float]:
    """The reward r joined with intrinsic terms i (paper Eq. 11-14), as named parts.

    sum: r + sum i; multiply: r x product i; sum_multiply: r + product i; multiply_sum: r x sum i. As in the released
    code nothing is joined unless r > 0. A factor r multiplies each term of a sum; names of factors are joined by *.
    """
    reward = sum(parts.values())
    if not terms or not reward > 0:
        return parts
    product = {"*".join(terms): math.prod(terms.values())}
    if rule in ("multiply", "multiply_sum"):
        factors = product if rule == "multiply" else terms
        return {f"{name}*{term}": reward * value for term, value in factors.items()}
    joined = dict(parts)
    for term, value in (product if rule == "sum_multiply" else terms).items():
        joined[term] = joined.get(term, 0.0) + value
    return joined


def _called(reward: Reward, record: RewardRecord, optional: bool = False) -> Any:
    """The parts that a reward gives, checked; None if it gives None and may."""
    try:
        result = reward.function(record)
    except Exception as error:
        text = " ".join(str(error).split())[:200]
        raise RewardError(
            f"{_who(reward, record)} failed: {type(error).__name__}" + (f": {text}" if text else "")
        ) from error
    if result is None and optional:
        return None
    named = result if isinstance(result, dict) and result else {reward.name: result}
    parts = {}
    for name, value in named.items():
        number = _number(value)
        if number is None:
            shown = " ".join(repr(value).split())[:60] if isinstance(value, numbers.Real) else type(value).__name__
            raise RewardError(f"{_who(reward, record)} gave {shown} for {name!r}: give a finite number")
        parts[str(name)] = number
    return parts


def _number(value: Any) -> float | None:
    """A finite float of any real number (True counts as 1), or None."""
    if not isinstance(value, numbers.Real):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError, TypeError):
        return None
    return number if math.isfinite(number) else None


def _who(reward: Reward, record: RewardRecord) -> str:
    text = (record.program or record.completion).strip()
    first = text.splitlines()[0][:60] if text else ""
    what = "intrinsic term" if reward.kind == "intrinsic" else f"{reward.kind} reward"
    return f"{what} {reward.name!r}, step {record.step}, {record.type} task {first!r},"
