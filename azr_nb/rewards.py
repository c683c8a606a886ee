"""Rewards of both roles, as plain functions of what happened to a rollout.

Paper section 3.1 (Eq. 4-6). Differs from the released code, which turns a learnability of 0 into -0.5.
"""

from __future__ import annotations

from azr_nb.tasks import Verdict


def learnability(solve_rate: float) -> float:
    """1 - solve rate, and 0 at both ends (paper Eq. 4): range 0 to below 1, highest for tasks solved rarely."""
    return 0.0 if solve_rate in (0.0, 1.0) else 1.0 - solve_rate


def half(solve_rate: float) -> float:
    """4 p (1 - p): range 0 to 1, highest for tasks solved half of the time (the shape of R-Zero's uncertainty)."""
    return 4.0 * solve_rate * (1.0 - solve_rate)


PROPOSER = {"learnability": learnability, "half": half}


def proposer_reward(
    verdict: Verdict, solve_rate: float | None, shape: str = "learnability", format_penalty: float = -1.0,
    repeat_reward: float = -0.5,
) -> dict[str, float]:  # fmt: skip
    """Named parts of a proposer's reward: a penalty for what is no valid task, else the shape of its solve rate.

    Paper Eq. 6. Parts sum to the reward: range `format_penalty` to 1. Differs from the paper in the verdict "repeat"
    (valid, but the program is known), which only exists if the run asks for it.
    """
    if verdict.status == "repeat":
        return {"repeat": repeat_reward}
    if not verdict.ok or solve_rate is None:
        return {"format": format_penalty}
    return {shape: PROPOSER[shape](solve_rate)}


def solver_reward(
    verdict: Verdict, format_penalty: float = -1.0, wrong_penalty: float = -0.5
) -> dict[str, float]:
    """Named parts of a solver's reward (paper Eq. 5-6): 1 if right, -0.5 if well formed but wrong, -1 otherwise."""
    if verdict.status == "unparsable":
        return {"format": format_penalty}
    return {"correct": 1.0} if verdict.ok else {"wrong": wrong_penalty}
