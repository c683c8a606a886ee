"""Views of notebook 08: vital signs against the band of healthy runs, and runs without a name to diagnose."""

import math
from collections.abc import Mapping
from functools import cache

from azr_nb.course.drawing import SMALL_LEGEND, dress, panels
from azr_nb.evaluation.measures import mean
from azr_nb.runs.catalogue import CATALOGUE, FAULTS
from azr_nb.runs.pages import Page, table
from azr_nb.runs.plots import GREY, LOOKS, Picture
from azr_nb.runs.shipped import recorded_metrics, twins
from azr_nb.runs.vitals import Band, bands, moves, running, signs
from azr_nb.runs.vitals_figure import vitals_figure

# which recorded run stands behind a letter; one of them is healthy
_RUNS = ("starvation", "twin-1", "kl-blow-up", "too-easy", "collapse", "dead-groups", "reward-hacking")
MYSTERY = dict(zip("ABCDEFG", _RUNS, strict=True))
HEALTHY = "healthy"
DIAGNOSES = (*FAULTS, HEALTHY)


@cache
def ward_bands() -> dict[str, Band]:
    """The bands of the ward, from the healthy twins of its runs."""
    return bands(twins())


def diagnosis_of(letter: str) -> str:
    """What the run behind a letter suffers from: a name of the faults, or healthy."""
    run = CATALOGUE[MYSTERY[letter]]
    return run.name if run.fault else HEALTHY


def first_signs(name: str, within: int = 0) -> list[str]:
    """The vital signs of a recorded run that left their bands first, or at most `within` steps behind the first."""
    found = moves(recorded_metrics(name), ward_bands())
    return [move.sign for move in found if move.step <= found[0].step + within]


def mystery_view(run: str = "A") -> Picture:
    """The vital signs of one run without a name, and without marks where they left their bands."""
    title = f"Run {run}: what does it suffer from? Grey is where healthy runs stay"
    return vitals_figure(recorded_metrics(MYSTERY[run]), ward_bands(), title, marked=False)


def causes_table() -> Page:
    """The diagnoses to choose from: name, cause, and what it does to a run."""
    rows = [(name, fault.cause) for name, (_, fault) in FAULTS.items()]
    return table(("diagnosis", "cause"), [*rows, (HEALTHY, "nothing was done to this run")])


def own_and_held_out(metrics: Mapping[str, list[float]], title: str = "") -> Picture:
    """A run's solve rate on its own tasks beside its score on held-out tasks, in percent."""
    return exams_figure({title or "Own tasks and held-out tasks: which of the two is learning?": metrics})


def exams_figure(runs: Mapping[str, Mapping[str, list[float]]]) -> Picture:
    """Solve rates on own tasks beside scores on held-out tasks, in percent: a panel for each run, by its title."""
    figure, axes = panels(len(runs), 2.9, share=True)
    for axis, (title, metrics) in zip(axes, runs.items(), strict=True):
        own = running([100 * value for value in signs(metrics)["solve rate"]])
        axis.plot(metrics["step"], own, color=LOOKS[1][0], linestyle="--", label="own new tasks, running mean")
        columns = [v for name, v in metrics.items() if name.startswith("held_out/") and name.endswith("/pass@1")]
        means = [100 * mean(row) for row in zip(*columns, strict=True)]
        points = [(step, v) for step, v in zip(metrics["step"], means, strict=False) if math.isfinite(v)]
        if points:
            axis.plot(*zip(*points, strict=True), color=LOOKS[0][0], marker="o", label="held-out tasks, pass@1")
        legend = SMALL_LEGEND if axis is axes[0] else None
        dress(axis, title, "right answers (%)" if axis is axes[0] else "", ylim=(0, 100), legend=legend)
        axis.spines["left"].set_color(GREY)
    return figure
