"""What a lower temperature alone gives: the scores of an untrained policy over a small grid of temperatures.

Training makes a policy's answers more alike, and so does a lower temperature, which costs nothing. A gain in sampled
answers says something only beside the base's best temperature. It is chosen on every second task and scored on the
others, so that the choice does not flatter it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from azr_nb.config import SelfPlayConfig
from azr_nb.config.files import write_atomic
from azr_nb.environments.base import Environment
from azr_nb.evaluation.held_out import mean_cell, task_scores

GRID = (0.2, 0.4, 0.6, 0.8, 1.0)
FILE = "temperature.json"  # in the folder of a model
Cells = dict[str, dict[str, float]]  # by suite and cell, in 0 to 1


def temperature_scores(
    policy,
    environment: Environment,
    config: SelfPlayConfig,
    tasks: int = 1000,
    samples: int = 1,
    grid: Sequence[float] = GRID,
    progress: bool = False,
) -> dict[float, dict]:
    """By temperature, the scores of a policy on all held-out suites (see `task_scores`)."""
    found = {}
    for temperature in grid:
        asked = config.model_copy(update={"eval_temperature": temperature})
        found[temperature] = task_scores(policy, environment, None, tasks, samples, config.seed, asked, progress)
    return found


def best_temperature(scores: Mapping[float, Mapping]) -> dict[str, Any]:
    """The best temperature of a grid, from the scores at each of them.

    Returns `best`, the highest mean over the cells' tasks at even places, and what the odd ones give: `scores` at the
    best temperature by suite and cell, and `means` over all cells by temperature. `tasks` is how many of a cell they
    are, at most. Raises `ValueError` if a cell has fewer than two tasks.
    """
    chosen_on, scored_on = ({t: _half(of, start) for t, of in scores.items()} for start in (0, 1))
    means = {t: mean_cell(cells) for t, cells in chosen_on.items()}
    best = max(means, key=lambda t: (means[t], t))
    counts = [len(cell["sampled"]) // 2 for cells in scores[best].values() for cell in cells.values()]
    return {
        "best": best,
        "scores": scored_on[best],
        "means": {str(t): mean_cell(cells) for t, cells in scored_on.items()},
        "tasks": max(counts),
    }


def _half(scores: Mapping, start: int) -> Cells:
    """Mean of the sampled scores at every second place of each cell."""
    found: Cells = {}
    for suite, cells in scores.items():
        for name, cell in cells.items():
            half = cell["sampled"][start::2]
            if not half:
                raise ValueError(f"{suite}, {name} has fewer than two tasks: none is left to choose a temperature on")
            found.setdefault(suite, {})[name] = math.fsum(half) / len(half)
    return found


def keep(folder: Path, found: Mapping[str, Any]) -> None:
    """Write what `best_temperature` returns into a model's folder."""
    write_atomic(folder / FILE, json.dumps(_rounded(found), indent=1) + "\n")


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(part) for key, part in value.items()}
    return round(value, 4) if isinstance(value, float) else value


def kept(folder: Path) -> dict[str, Any] | None:
    """What `keep` wrote into a model's folder; None if it was not measured, or the file is damaged."""
    try:
        return checked(json.loads((folder / FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return None


def checked(found: Any) -> dict[str, Any] | None:
    """What a file of somebody else's says of a best temperature; None if it cannot be that."""
    try:
        return found if 0 < found["best"] <= 10 and 0 <= mean_cell(found["scores"]) <= 1 else None
    except (KeyError, TypeError, AttributeError, ZeroDivisionError):
        return None


def temperature_table(found: Mapping[str, Any]) -> str:
    """The means by temperature in percent, and which is the best."""
    row = "  ".join(f"T={float(t):g}: {100 * value:.1f}" for t, value in found["means"].items())
    return (
        f"sampled pass@1, percent: {row}\n"
        f"best temperature: {found['best']:g}, chosen on every second task and scored here on the others "
        f"({found['tasks']} a row at most)"
    )
