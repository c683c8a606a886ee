"""The recorded studies: rewards and controls at equal compute, compared on the same held-out tasks.

One is of the tiny policy under several rewards. `laptop` and `laptop-coin` are of SmolLM2-135M, under the usual and
under random rewards; the functions take them like any other variant.

Differences are paired twice: both runs of a pair have one warm-up and seed, and both were asked the same tasks. The
interval comes from a bootstrap that draws warm-ups, seeds and, within each suite and task type, tasks. With three seeds
it says how far these tasks and seeds agree; it says nothing about other models, other suites or longer runs.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from azr_nb.evaluation.measures import mean
from azr_nb.runs.catalogue import BESIDE, CATALOGUE, SEALED
from azr_nb.runs.compare import change_of, ends, load, run_means, score_arrays, warm_ups
from azr_nb.runs.folder import read_mapping
from azr_nb.runs.plots import read_metrics
from azr_nb.runs.shipped import open_recorded, shipped

COMPARED = ("study", "language", "things", "levers", "curiosity", "zero")  # kinds of runs that come in variants


@dataclass(frozen=True)
class Change:
    """A mean of percentage points over seeds and held-out tasks, its interval (of 95 %), and the mean of each seed.

    `visible` is the smallest change that so many runs and tasks would have told from zero. Two seeds say too little
    about others to have an interval: then `low`, `high` and `visible` are nan.
    """

    mean: float
    low: float
    high: float
    seeds: tuple[float, ...]
    visible: float = math.nan

    @property
    def ends(self) -> str:
        """The interval, or the two seeds where there is none."""
        return ends({"low": None if math.isnan(self.low) else self.low, "high": self.high, "each": self.seeds})

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0


def variants(kind: str = "study") -> dict[str, str]:
    """The variants of the tiny policy's study that are there, or of another kind's, with what each is."""
    return {run.group: run.about for run in shipped() if run.kind == kind}


def runs_of(variant: str) -> list[Path]:
    """The run folders of a variant, in the order of their seeds. Raises `KeyError` for an unknown one."""
    compared = [run for run in shipped() if run.kind in COMPARED and run.group]
    found = [open_recorded(run.name) for run in compared if run.group == variant]
    if not found:
        known = ", ".join(dict.fromkeys(run.group for run in compared))
        raise KeyError(f"the study has no variant {variant!r}: choose some of {known}")
    return found


@cache
def scores(
    variant: str, side: str = "after", mode: str = "sampled", sealed: bool = False
) -> dict[tuple[str, str], Any]:
    """Scores in percent by (suite, task type): arrays of (seeds, tasks).

    With `sealed` they are of the suite `sealed`, by (suite, form). Raises `KeyError` for a variant without these.
    """
    read = _sealed if sealed else load
    return score_arrays([read(run)[side] for run in runs_of(variant)], mode)


def _sealed(run: Path) -> Mapping[str, Any]:
    found = read_mapping(run / SEALED, json.loads)
    if not found:
        raise KeyError(f"{run.name} was not scored on the suite sealed")
    return found


def change(
    variant: str, mode: str = "sampled", kind: str | None = None, sealed: bool = False, level: float = 95
) -> Change:
    """What a variant's runs gained on held-out tasks from before to after, all of them or of one task type."""
    sides = [scores(variant, side, mode, sealed) for side in ("after", "before")]
    return _change(*sides, kind, warm_ups(runs_of(variant)), level)


def difference(
    variant: str, other: str, mode: str = "sampled", kind: str | None = None, sealed: bool = False, level: float = 95
) -> Change:
    """By how much a variant ends above another one, seed by seed and task by task, over the seeds that both have."""
    sides = [scores(name, "after", mode, sealed) for name in (variant, other)]
    return _change(*sides, kind, warm_ups(runs_of(variant)), level)


def _change(
    ours: Mapping[tuple[str, str], Any],
    theirs: Mapping[tuple[str, str], Any],
    kind: str | None,
    groups: Sequence[str] = (),
    level: float = 95,
) -> Change:
    import numpy as np

    seeds = min(len(next(iter(side.values()))) for side in (ours, theirs))  # those of every variant start at 0
    parts = [ours[cell][:seeds] - theirs[cell][:seeds] for cell in ours if kind in (None, cell[1])]
    found = change_of(parts, np.random.default_rng(0), groups[:seeds], level)
    low, high, visible = (math.nan if found[end] is None else found[end] for end in ("low", "high", "visible"))
    return Change(found["mean"], low, high, tuple(found["each"]), visible)


def changes(chosen: Sequence[str] | None = None, mode: str = "sampled") -> dict[str, Change]:
    """`change` of several variants, all of them unless chosen."""
    return {name: change(name, mode) for name in chosen or variants()}


def by_cell(variant: str, side: str = "after", mode: str = "greedy") -> list[dict[str, float]]:
    """The scores of each run of a variant in percent, by task type or difficulty; suites are averaged."""
    cells: dict[str, list] = {}
    for (_, cell), values in scores(variant, side, mode).items():
        cells.setdefault(cell, []).append(values.mean(axis=1))
    runs = len(next(iter(cells.values()))[0])
    return [{cell: sum(part[i] for part in parts) / len(parts) for cell, parts in cells.items()} for i in range(runs)]


def beside(environment: str) -> str:
    """What recorded self-play and its controls gained in an environment, greedy answers in points; empty for none."""
    packed = {run.group for run in shipped()}
    parts = []
    for name in BESIDE.get(environment, ()):
        if name in packed:
            after, before = (scores(name, side, "greedy") for side in ("after", "before"))
            gained = mean(run_means([after[cell] - before[cell] for cell in after]))
            parts.append(f"{name.removeprefix(f'{environment}-')} {gained:+.1f}")
    return "recorded changes of greedy answers, points: " + ", ".join(parts) if parts else ""


def metrics_of(variant: str) -> list[dict[str, list[float]]]:
    """The metrics of each seed of a variant."""
    return [read_metrics(run / "metrics.csv") for run in runs_of(variant)]


def command_of(variant: str) -> str:
    """The command that makes the first seed of a variant again."""
    return next(run for run in CATALOGUE.values() if run.kind in COMPARED and run.group == variant).command()
