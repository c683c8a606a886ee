"""Intrinsic terms: what may be added to a proposer's reward, from the task alone.

Paper appendix D; all off by default, and none helped there. Induction proposals have their program given, so that the
terms about programs do not apply to them. Differs from the released code, which formats programs first and, for
induction, has one term for inputs and one for outputs where `answer_diversity` has their mean.
"""

from __future__ import annotations

import math

from azr_nb.programs import source as programs
from azr_nb.rewards.registry import RewardRecord, intrinsic_term
from azr_nb.tasks import ERROR

PAPER = "Zhao et al. 2025, arXiv 2505.03335, appendix D"


def _no_program(record: RewardRecord) -> bool:
    """Whether the proposal has no Python program of its own."""
    return record.type == "induction" or record.config.environment != "python"


@intrinsic_term("complexity", cite=f"{PAPER}; Campbell 2018")
def complexity(record: RewardRecord) -> float | None:
    """Cognitive complexity of the program / 15: 0 without limit."""
    return None if _no_program(record) else programs.cognitive_complexity(record.program) / 15


@intrinsic_term("halstead", cite=f"{PAPER}; Halstead 1977, McCabe 1976")
def halstead(record: RewardRecord) -> float | None:
    """Effort, cyclomatic complexity and volume of the program, weighed 0.5, 0.3 and 0.2: 0 to 1."""
    return None if _no_program(record) else programs.halstead(record.program)


@intrinsic_term("edit_distance", cite=PAPER)
def edit_distance(record: RewardRecord) -> float | None:
    """Mean distance of the program to its references, 1 - string ratio of the dumped syntax trees: 0 to 1."""
    if _no_program(record) or not record.references:
        return None
    distances = [programs.tree_distance(record.program, reference.program) for reference in record.references]
    return math.fsum(distances) / len(distances)


def _asked(record: RewardRecord) -> list[tuple[str, str]]:
    """The texts that a solver has to find, as (part, text): for induction both sides of every pair."""
    if record.type == "induction":
        return [("input", given) for given, _ in record.pairs] + [("output", made) for _, made in record.pairs]
    if record.type == "abduction":
        return [("input", given) for given, _ in record.pairs]
    return [(ERROR if record.type == ERROR else "output", made) for _, made in record.pairs]


@intrinsic_term("answer_diversity", cite=PAPER)
def answer_diversity(record: RewardRecord) -> float | None:
    """1 - share of this answer among all answers so far: 0 to 1."""
    values = [1.0 - record.history.probability(text, part) for part, text in _asked(record)]
    return math.fsum(values) / len(values) if values else None


@intrinsic_term("answer_diversity_types", cite=PAPER)
def answer_diversity_types(record: RewardRecord) -> float | None:
    """Mean of 1 - share of the answer's type, and 1 - share of the answer within its type: 0 to 1."""
    history = record.history
    values = [
        1.0 - (history.type_probability(text, part) + history.value_probability(text, part)) / 2
        for part, text in _asked(record)
    ]
    return math.fsum(values) / len(values) if values else None
