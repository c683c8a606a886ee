"""The vital signs of a run, the band in which healthy runs stay, and which sign left it first.

A sign is one column of metrics.csv, or the mean of several over the task types. A band is measured, not thought up: it
is the range of the running mean in healthy runs of the same settings, widened by a quarter on both sides, and at least
by the least change that says something. A sign has *moved* at the first step from which its running mean stays outside
of its band, on one side, for three steps.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from azr_nb.evaluation.measures import mean

WINDOW = 3  # steps of the running mean, and steps that a sign has to stay outside
MARGIN = 0.25  # of the width of the healthy range, on both sides

Columns = Mapping[str, Sequence[float]]
Band = tuple[float, float]


@dataclass(frozen=True)
class Sign:
    """A vital sign: the columns whose mean it is (a pattern), its unit, the least change that matters, what it says.

    A band is at least that much wider than the healthy range on both sides.
    """

    name: str
    columns: str
    unit: str
    least: float
    says: str


SIGNS = (
    Sign("valid share", r"propose/[^/]+/valid", "share of proposals", 0.05, "do proposals pass the verifier?"),
    Sign("new tasks", r"funnel/ok", "tasks per step", 2.0, "does the solver get anything new?"),
    Sign("distinct programs", r"programs/distinct", "share of programs", 0.05, "does the proposer repeat itself?"),
    Sign("complexity", r"programs/cognitive", "cognitive complexity", 0.3, "do programs grow or shrink?"),
    Sign("solve rate", r"solve_rate/[^/]+", "share of answers", 0.05, "are new tasks hard or easy for the solver?"),
    Sign("dead share", r"dead_share", "share of rollouts", 0.05, "how much of the batch teaches nothing?"),
    Sign("entropy", r"entropy", "nats per token", 0.05, "is anything new still tried?"),
    Sign("KL", r"kl", "nats per token", 0.02, "how far is the policy from where it began?"),
)


def signs(metrics: Columns) -> dict[str, list[float]]:
    """Each vital sign's value at each step; nan where the run has nothing recorded for it."""
    steps = len(metrics.get("step", ()))
    found: dict[str, list[float]] = {}
    for sign in SIGNS:
        columns = [values for name, values in metrics.items() if re.fullmatch(sign.columns, name)]
        found[sign.name] = [mean([c[i] for c in columns if math.isfinite(c[i])]) for i in range(steps)]
    return found


def running(values: Sequence[float], window: int = WINDOW) -> list[float]:
    """The mean of each value and those before it, at most `window` together, nan left out."""
    parts = (values[max(0, i + 1 - window) : i + 1] for i in range(len(values)))
    return [mean([value for value in part if math.isfinite(value)]) for part in parts]


def bands(healthy: Sequence[Columns], margin: float = MARGIN) -> dict[str, Band]:
    """The band of each sign that the healthy runs have recorded. Raises `ValueError` without any run."""
    if not healthy:
        raise ValueError("a band needs at least one healthy run")
    found: dict[str, Band] = {}
    recorded = [signs(metrics) for metrics in healthy]
    for sign in SIGNS:
        values = [value for run in recorded for value in running(run[sign.name]) if math.isfinite(value)]
        if values:
            room = max(sign.least, margin * (max(values) - min(values)))
            found[sign.name] = (min(values) - room, max(values) + room)
    return found


@dataclass(frozen=True)
class Move:
    """A sign that left its band: at which place in the run's steps, and on which side ("below" or "above")."""

    sign: str
    step: int
    side: str


def moved(values: Sequence[float], band: Band, patience: int = WINDOW) -> tuple[int, str] | None:
    """The first place from which the running mean stays outside of the band for `patience` steps, and its side."""
    smooth = running(values)
    for i in range(len(smooth) - patience + 1):
        part = smooth[i : i + patience]
        if all(value < band[0] for value in part):
            return i, "below"
        if all(value > band[1] for value in part):
            return i, "above"
    return None


def moves(metrics: Columns, healthy: Mapping[str, Band]) -> list[Move]:
    """All signs that left their bands, the first to move first; signs that moved at one step keep their order."""
    found = []
    for name, values in signs(metrics).items():
        place = moved(values, healthy[name]) if name in healthy else None
        if place is not None:
            found.append(Move(name, *place))
    return sorted(found, key=lambda move: move.step)
