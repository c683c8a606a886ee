"""Rewards of curiosity: a proposer that is rewarded for what surprises the solver, teaches it, or is new to it.

Each is also a way to be gamed. Where a signal says nothing of a task (`gold_nll` and its
relatives measure deductions alone, since abduction and induction have many right answers), the form with counts stands
in, or 0 where there is none.
"""

from __future__ import annotations

import math
from collections import Counter

from azr_nb.rewards.registry import RewardRecord, proposer_reward, solver_reward

STUDY = "Burda et al. 2018, arXiv 1808.04355"
ICM = "Pathak et al. 2017, arXiv 1705.05363"


def surprise(solve_rate: float, n: int = 8) -> float:
    """-log((k + 1/2) / (n + 1)) for k right answers of n, in nats; 0.06 to 2.89 for n = 8."""
    return -math.log((solve_rate * n + 0.5) / (n + 1))


def count_surprise(record: RewardRecord) -> float:
    """The surprise at a right answer to a proposal's task, from the run's number of samples."""
    return surprise(record.solve_rate, record.config.solve_rate_samples)


@proposer_reward("surprise", cite=f"{STUDY}, section 2, with counts in place of a density")
def _surprise(record: RewardRecord) -> float:
    """Surprise at a right answer, from counts; gamed by tasks that nobody can solve."""
    return count_surprise(record)


@proposer_reward("surprise_nll", cite=f"{STUDY}, section 2", needs=("gold_nll",))
def _surprise_nll(record: RewardRecord) -> float:
    """Surprise at the right output, from log-probabilities, scaled to at most 1; gamed by noise."""
    scaled = record.signals.get("gold_nll/scaled")
    return count_surprise(record) / 3 if scaled is None else scaled


@proposer_reward(
    "progress",
    cite="Hou et al. 2025, arXiv 2509.25438; Schmidhuber 2008, arXiv 0812.4360",
    needs=("gold_nll", "gold_nll_before"),
)
def _progress(record: RewardRecord) -> float:
    """By how much the right output has become less surprising in the last steps, at most 1 nat; 0 for noise."""
    now, before = (record.signals.get(name) for name in ("gold_nll", "gold_nll_before"))
    return 0.0 if now is None or before is None else max(-1.0, min(1.0, before - now))


@proposer_reward("novelty", cite="Burda et al. 2018, arXiv 1810.12894, section 2.2", needs=("novelty",))
def _novelty(record: RewardRecord) -> float:
    """Error of a network that is trained on the tasks so far, scaled to at most 1; gamed by new forms of old tasks."""
    return record.signals.get("novelty/scaled", 0.0)


@proposer_reward("disagreement", cite="Pathak et al. 2019, arXiv 1906.04161, Eq. 1", needs=("disagreement",))
def _disagreement(record: RewardRecord) -> float:
    """Disagreement of the policy's last snapshots on the right output, scaled to at most 1; 0 for tasks without one."""
    return record.signals.get("disagreement/scaled", 0.0)


@proposer_reward(
    "controllable", cite=f"{ICM}, Eq. 3: the inverse model is abduction here", needs=("gold_nll", "input_nll")
)
def _controllable(record: RewardRecord) -> float:
    """Surprise times how well the input can be told from the output: what cannot be influenced is left out."""
    scaled, back = record.signals.get("gold_nll/scaled"), record.signals.get("input_nll")
    return 0.0 if scaled is None or back is None else scaled * math.exp(-back)


@proposer_reward("spread", cite="after Huang et al. 2025 (R-Zero), arXiv 2508.05004: self-consistency turned around")
def _spread(record: RewardRecord) -> float:
    """1 - share of the most frequent answer among the samples; gamed by dice."""
    return 1.0 - max(Counter(record.answers).values()) / len(record.answers) if record.answers else 0.0


@solver_reward("form", cite="control: is the verdict needed?")
def _form(record: RewardRecord) -> float:
    """1 for any well-formed answer."""
    return 1.0


@solver_reward("inverted", cite="control: wrong labels, as in Shao et al. 2025, arXiv 2506.10947")
def _inverted(record: RewardRecord) -> float:
    """1 for a wrong answer, wrong_penalty for a right one."""
    return record.config.wrong_penalty if record.verdict.ok else 1.0
