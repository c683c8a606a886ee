"""Rewards of both roles as named functions of what happened to a rollout, and the place to add your own.

Paper section 3.1 (Eq. 4-6) and appendix D (Eq. 11-14, intrinsic terms). A run names one proposer reward, one solver
reward and any number of intrinsic terms; `reward_parts` turns a `RewardRecord` into named parts that sum to the reward.

    from azr_nb.rewards import proposer_reward

    @proposer_reward("mine")
    def mine(record): return 1.0 if record.solve_rate == 0.5 else 0.0

Differs from the paper: its rewards are one choice of names (`learnability`, `binary`); see `builtin` and `intrinsic`.
"""

from azr_nb.rewards import builtin, curiosity, intrinsic  # noqa: F401  what they have registers itself, in this order
from azr_nb.rewards.assign import reward_parts
from azr_nb.rewards.baselines import (
    advantage_estimator,
    advantages,
    centre,
    dead_share,
    group_key,
    leave_one_out,
    normalise,
    normalise_tokens,
)
from azr_nb.rewards.builtin import inverse, learnability, uncertainty, variance
from azr_nb.rewards.history import AnswerHistory
from azr_nb.rewards.plugins import check_rewards, load_plugin
from azr_nb.rewards.registry import (
    RewardError,
    RewardRecord,
    get_reward,
    intrinsic_term,
    proposer_reward,
    registered,
    solver_reward,
)
from azr_nb.rewards.signals import signal

__all__ = [
    "advantage_estimator",
    "advantages",
    "centre",
    "dead_share",
    "group_key",
    "leave_one_out",
    "normalise",
    "normalise_tokens",
    "AnswerHistory",
    "RewardError",
    "RewardRecord",
    "check_rewards",
    "get_reward",
    "intrinsic_term",
    "inverse",
    "learnability",
    "load_plugin",
    "proposer_reward",
    "registered",
    "reward_parts",
    "signal",
    "solver_reward",
    "uncertainty",
    "variance",
]
