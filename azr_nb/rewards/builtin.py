"""The built-in rewards of proposer and solver.

With the settings of the preset `paper` they are as the paper says (Eq. 4-6), with those of `released_code` as the
released code does, which turns a learnability of 0 into -0.5:

| event | paper | released code | setting |
|---|---|---|---|
| malformed, or invalid | -1 | -1 | `format_penalty` |
| valid, solve rate between 0 and 1 | 1 - solve rate | the same | |
| valid, solve rate 0 or 1 | 0 | -0.5 | `extreme_reward` |
| right answer | 1 | 1 | |
| well-formed wrong answer | -0.5 | -0.5 | `wrong_penalty` |

A valid proposal of a known program (verdict "repeat") is neither's, and its reward is `repeat_reward`: one that the
buffer has, where the run asks for new ones, or one of a held-out suite. Which of these rows holds for a rollout is
decided in `assign.reward_parts`.
"""

from __future__ import annotations

from collections import Counter

from azr_nb.rewards.registry import RewardRecord, proposer_reward, solver_reward

PAPER = "Zhao et al. 2025, arXiv 2505.03335"


# --- shapes: from a solve rate, 0 to 1, to a reward ------------------------------------------------------------------
def learnability(solve_rate: float, extreme: float = 0.0) -> float:
    """1 - solve rate, and `extreme` at both ends (paper Eq. 4): highest for tasks solved rarely."""
    return extreme if solve_rate in (0.0, 1.0) else 1.0 - solve_rate


def inverse(solve_rate: float) -> float:
    """1 - solve rate everywhere: range 0 to 1, highest for tasks never solved."""
    return 1.0 - solve_rate


def variance(solve_rate: float) -> float:
    """p (1 - p), the variance of an answer: range 0 to 1/4, highest for tasks solved half of the time."""
    return solve_rate * (1.0 - solve_rate)


def uncertainty(solve_rate: float) -> float:
    """1 - 2 |p - 1/2|: range 0 to 1, highest for tasks solved half of the time."""
    return 1.0 - 2.0 * abs(solve_rate - 0.5)


# --- proposer --------------------------------------------------------------------------------------------------------
@proposer_reward("learnability", cite=f"{PAPER}, Eq. 4")
def _learnability(record: RewardRecord) -> float:
    """1 - solve rate, and extreme_reward for tasks never or always solved."""
    return learnability(record.solve_rate, record.config.extreme_reward)


@proposer_reward("inverse", cite=f"{PAPER}, released code, option inverse")
def _inverse(record: RewardRecord) -> float:
    """1 - solve rate, which is highest for tasks that nobody solves."""
    return inverse(record.solve_rate)


@proposer_reward("variance", cite="Rutherford et al. 2024, arXiv 2408.15099 (learnability as p (1 - p))")
def _variance(record: RewardRecord) -> float:
    """solve rate x (1 - solve rate), the variance of an answer."""
    return variance(record.solve_rate)


@proposer_reward("uncertainty", cite="Huang et al. 2025 (R-Zero), arXiv 2508.05004")
def _uncertainty(record: RewardRecord) -> float:
    """1 - 2 |solve rate - 1/2|; R-Zero takes the share of the most frequent answer for the solve rate."""
    return uncertainty(record.solve_rate)


# --- solver ----------------------------------------------------------------------------------------------------------
@solver_reward("binary", cite=f"{PAPER}, Eq. 5-6")
def _binary(record: RewardRecord) -> dict[str, float]:
    """1 for a right answer (induction: on all verified pairs), wrong_penalty for a wrong one."""
    return {"correct": 1.0} if record.verdict.ok else {"wrong": record.config.wrong_penalty}


def _share(record: RewardRecord) -> float:
    """Share of verified pairs that an answer gets right; 0 or 1 for tasks of one pair and programs that do not run."""
    return float(record.verdict.ok) if record.verdict.share is None else record.verdict.share


@solver_reward("accuracy", cite=f"{PAPER}, released code, code_f_reward_type accuracy")
def _accuracy(record: RewardRecord) -> dict[str, float]:
    """The share of an induction task's pairs that the program gets right, wrong_penalty for none."""
    share = _share(record)
    return {"accuracy": share} if share > 0 else {"wrong": record.config.wrong_penalty}


@solver_reward("one_correct", cite=f"{PAPER}, released code, code_f_reward_type if_one_correct")
def _one_correct(record: RewardRecord) -> dict[str, float]:
    """1 for an induction answer that gets any pair right, wrong_penalty for none."""
    return {"correct": 1.0} if _share(record) > 0 else {"wrong": record.config.wrong_penalty}


@solver_reward("majority", cite="self-consistency as a judge: arXiv 2508.03682 and 2508.05004")
def _majority(record: RewardRecord) -> dict[str, float]:
    """1 for the answer that most samples of the task gave, wrong_penalty for others; the verdict is not looked at.

    Answers are compared as texts, and equally frequent ones are all rewarded.
    """
    votes = Counter(answer for answer in record.answers if answer is not None)
    most = max(votes.values(), default=0)
    agreed = record.answer is not None and most > 0 and votes[record.answer] == most
    return {"majority": 1.0} if agreed else {"minority": record.config.wrong_penalty}


# --- control ---------------------------------------------------------------------------------------------------------
@proposer_reward("random", cite="control, after Shao et al. 2025, arXiv 2506.10947", every_rollout=True)
@solver_reward("random", cite="control, after Shao et al. 2025, arXiv 2506.10947", every_rollout=True)
def _random(record: RewardRecord) -> float:
    """wrong_penalty or 1 by a coin, whatever the verdict: what a run does without any signal."""
    return record.rng().choice((record.config.wrong_penalty, 1.0))


@proposer_reward("coin", cite="control: random numbers behind a working gate, as in arXiv 2605.22217")
def _coin(record: RewardRecord) -> float:
    """0 or 1 by a coin for a valid proposal; the penalties stay, so that only these can teach the proposer."""
    return record.rng().choice((0.0, 1.0))


@proposer_reward("easy", cite="control: the sign of learnability the wrong way round")
def _easy(record: RewardRecord) -> float:
    """The solve rate itself, which is highest for tasks that everybody solves: what one wrong line does to a run."""
    return record.solve_rate


@proposer_reward("short", cite="control: rewards form instead of learning")
def _short(record: RewardRecord) -> float:
    """40 / (40 + length of the program in characters), for any valid program, highest for the shortest."""
    return 40.0 / (40.0 + len(record.program))
