"""Views of notebook 08: vital signs against the band of healthy runs, and runs without a name to diagnose."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from azr_nb.course.widgets import Page, table
from azr_nb.runs import plots
from azr_nb.runs.catalogue import CATALOGUE, FAULTS
from azr_nb.runs.plots import GREY, INK, LOOKS, Picture
from azr_nb.runs.shipped import recorded_metrics, twins
from azr_nb.runs.vitals import SIGNS, Band, Columns, bands, moves, running, signs

# which recorded run stands behind a letter; one of them is healthy
MYSTERY = {
    "A": "starvation",
    "B": "twin-1",
    "C": "kl-blow-up",
    "D": "too-easy",
    "E": "collapse",
    "F": "dead-groups",
    "G": "reward-hacking",
}
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


def vitals_figure(metrics: Columns, healthy: Mapping[str, Band], title: str = "") -> Picture:
    """The eight vital signs of a run: running mean, the healthy band in grey, a dotted line where a sign left it."""
    figure = Picture(figsize=(10, 4.6), layout="constrained", facecolor="white")
    axes = list(figure.subplots(2, 4).flat)
    values, left = signs(metrics), {move.sign: move for move in moves(metrics, healthy)}
    for axis, sign in zip(axes, SIGNS, strict=True):
        steps = [i for i, value in enumerate(running(values[sign.name])) if math.isfinite(value)]
        if sign.name in healthy:
            axis.axhspan(*healthy[sign.name], color="#DDDDDD", zorder=0, lw=0)
        move = left.get(sign.name)
        if steps:
            smooth = running(values[sign.name])
            axis.plot(
                steps,
                [smooth[i] for i in steps],
                color=LOOKS[1][0] if move else INK,
                linestyle="-" if move else "--",
                linewidth=1.6,
            )
        if move:
            axis.axvline(move.step, color=INK, linestyle=":", linewidth=1)
        plots._dress(
            axis,
            f"{sign.name}\n{f'left at step {move.step}, {move.side}' if move else 'in its band'}",
            sign.unit,
            "step",
        )
        axis.set_xlabel("step", fontsize=8)
        axis.set_ylabel(sign.unit, fontsize=8)
        axis.tick_params(labelsize=7.5)
    figure.suptitle(title or "Vital signs: grey is where healthy runs stay, solid lines have left it", fontsize=10)
    return figure


def mystery_view(run: str = "A") -> Picture:
    """The vital signs of one run without a name."""
    return vitals_figure(recorded_metrics(MYSTERY[run]), ward_bands(), f"Run {run}: what does it suffer from?")


def moves_table(metrics: Columns, healthy: Mapping[str, Band]) -> Page:
    """The vital signs that left their bands, the first to move first, with the band and the values then and later."""
    rows = []
    for move in moves(metrics, healthy):
        smooth, (low, high) = running(signs(metrics)[move.sign]), healthy[move.sign]
        rows.append(
            (
                move.step,
                move.sign,
                move.side,
                f"{low:.2f} to {high:.2f}",
                f"{smooth[move.step]:.2f}",
                f"{smooth[-1]:.2f}",
            )
        )
    if not rows:
        return Page("<p>Every vital sign stayed in its band.</p>")
    return table(("step", "sign", "side", "healthy band", "then", "at the end"), rows)


def causes_table() -> Page:
    """The diagnoses to choose from: name, cause, and what it does to a run."""
    return table(
        ("diagnosis", "cause"),
        [(name, fault.cause) for name, (_, fault) in FAULTS.items()] + [(HEALTHY, "nothing was done to this run")],
    )


def own_and_held_out(metrics: Mapping[str, list[float]], title: str = "") -> Picture:
    """A run's solve rate on its own tasks beside its score on held-out tasks, in percent."""
    figure, (axis,) = plots._panels(1, height=2.9)
    own = running([100 * value for value in signs(metrics)["solve rate"]])
    axis.plot(range(len(own)), own, color=LOOKS[1][0], linestyle="--", label="own new tasks, running mean")
    columns = [values for name, values in metrics.items() if name.startswith("held_out/") and name.endswith("/pass@1")]
    points = [
        (i, 100 * sum(c[i] for c in columns) / len(columns))
        for i in range(len(own))
        if columns and all(math.isfinite(c[i]) for c in columns)
    ]
    if points:
        axis.plot(*zip(*points, strict=True), color=LOOKS[0][0], marker="o", label="held-out tasks, pass@1")
    plots._dress(axis, title or "Own tasks and held-out tasks: which of the two is learning?", "right answers (%)")
    axis.set_ylim(0, 100)
    axis.legend(frameon=False, fontsize=8.5)
    axis.spines["left"].set_color(GREY)
    return figure
