"""Views of notebook 03: the funnel from text to task, and what a proposer copies; pure functions of rollouts."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from azr_nb.evaluation.measures import mean
from azr_nb.programs import source as programs
from azr_nb.runs import plots
from azr_nb.runs.plots import GREY, INK, Picture
from azr_nb.tasks import Rollout, Task

# the gates in the order a proposal meets them, with the verdicts that end there
GATES = {
    "of the form": ("unparsable",),
    "keeps the rules": ("forbidden", "unsupported"),
    "runs to its end": ("error", "timeout", "memory"),
    "gives a plain value": ("not_plain", "too_big"),
    "gives it twice": ("nondeterministic",),
    "is new": ("repeat",),
}


def gates(rollouts: Sequence[Rollout]) -> dict[str, int]:
    """How many proposals get through each gate, all of them first."""
    ended = Counter(r.verdict.status for r in rollouts)
    left = {"written": len(rollouts)}
    for gate, statuses in GATES.items():
        left[gate] = list(left.values())[-1] - sum(ended[status] for status in statuses)
    return left


def gates_figure(rollouts: Sequence[Rollout], title: str = "From text to task: at which gate is most lost?") -> Picture:
    """Bars of what gets through each gate, with the numbers beside them."""
    left = gates(rollouts)
    figure = Picture(figsize=(8, 2.9), layout="constrained", facecolor="white")
    axis = figure.subplots()
    names, counts = list(left), list(left.values())
    axis.barh(names, counts, color="#88CCEE", edgecolor=INK, linewidth=0.6)
    for place, (count, before) in enumerate(zip(counts, [counts[0], *counts], strict=False)):
        lost = f"  {count}" + (f"  (-{before - count})" if before > count else "")
        axis.text(count, place, lost, va="center", fontsize=9, color=INK)
    axis.invert_yaxis()
    axis.set(xlim=(0, 1.15 * max(counts[0], 1)), xlabel="proposals")
    axis.set_title(title, loc="left", fontsize=9.5, color=INK)
    axis.spines[["top", "right"]].set_visible(False)
    return figure


def distinct_share(rollouts: Sequence[Rollout]) -> float:
    """Share of different programs among the valid proposals, counted up to names of variables: 0 to 1."""
    texts = [programs.renamed(r.proposal.program) for r in rollouts if r.verdict.valid]
    return len(set(texts)) / len(texts) if texts else 0.0


def nearest_distance(program: str, others: Sequence[str]) -> float:
    """Distance of a program to the nearest of others: 0 for a copy, 1 if nothing is alike or there are none."""
    return min((programs.tree_distance(program, other) for other in others), default=1.0)


def copying(rollouts: Sequence[Rollout], known: dict[str, Task], strangers: Sequence[str]) -> Picture:
    """Distances of new programs to the nearest reference they were shown, and to as many programs they were not.

    Those are drawn from `strangers` anew for each program, the same at every call.
    """
    rng, shown, unseen = random.Random(0), [], []
    for rollout in rollouts:
        references = [known[name].program for name in rollout.references if name in known]
        if rollout.verdict.valid and references:
            others = rng.sample(list(strangers), min(len(strangers), len(references)))
            shown.append(nearest_distance(rollout.proposal.program, references))
            unseen.append(nearest_distance(rollout.proposal.program, others))
    figure = Picture(figsize=(8, 2.9), layout="constrained", facecolor="white")
    axis = figure.subplots()
    bins = [k / 20 for k in range(21)]
    axis.hist(unseen, bins, color="none", edgecolor=GREY, hatch="///", label="programs it did not see")
    axis.hist(shown, bins, color="#0072B2", alpha=0.55, label="its own references")
    for values, style, name in ((shown, "-", "references"), (unseen, "--", "others")):
        if values:
            axis.axvline(mean(values), color=INK, linestyle=style, linewidth=1.2, label=f"mean, {name}")
    plots._dress(
        axis,
        "Is a new program nearer to what its proposer was shown?",
        "proposals",
        "distance of syntax trees to the nearest one (0: a copy)",
    )
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_locator(plots.MaxNLocator(nbins=6))
    axis.legend(frameon=False, fontsize=8.5)
    return figure


def settings_view(cells: dict[tuple[int, float], Sequence[Rollout]], references: int, temperature: float) -> Picture:
    """The funnel of one measured setting of K and temperature, with its validity and diversity in the title."""
    rollouts = cells[references, temperature]
    valid = mean([float(r.verdict.valid) for r in rollouts])
    return gates_figure(
        rollouts,
        f"K = {references}, temperature {temperature:g}: {valid:.0%} valid, "
        f"{distinct_share(rollouts):.0%} of these different",
    )


def trade_off(cells: dict[tuple[int, float], Sequence[Rollout]]) -> Picture:
    """Validity and diversity against temperature, a line for each K."""
    figure = Picture(figsize=(8, 3.1), layout="constrained", facecolor="white")
    axes = figure.subplots(1, 2, sharey=True)
    counts, temperatures = sorted({k for k, _ in cells}), sorted({t for _, t in cells})
    views = (("valid", lambda rows: mean([float(r.verdict.valid) for r in rows])), ("different", distinct_share))
    for axis, (name, measure) in zip(axes, views, strict=True):
        for (color, marker, line), k in zip(plots.LOOKS, counts, strict=False):
            values = [100 * measure(cells[k, t]) for t in temperatures]
            if name == "different" and not any(values):
                continue  # without valid proposals there is nothing to differ
            axis.plot(temperatures, values, color=color, marker=marker, linestyle=line, label=f"K = {k}")
        plots._dress(axis, f"{name} proposals", "% of all" if name == "valid" else "% of the valid", "temperature")
        axis.xaxis.set_major_locator(plots.MaxNLocator(nbins=6))
        axis.set_ylim(0, 105)
    axes[0].legend(frameon=False, fontsize=9)
    return figure


def family(task: Task, known: dict[str, Task]) -> list[Task]:
    """A task's line of first parents, oldest first."""
    line = [task]
    while line[-1].parents and line[-1].parents[0] in known and len(line) < 100:
        line.append(known[line[-1].parents[0]])
    return line[::-1]


def shares(rows: Sequence[tuple[float, float]], title: str) -> Picture:
    """Valid proposals and different programs among them, in per cent, step by step."""
    figure = Picture(figsize=(8, 2.7), layout="constrained", facecolor="white")
    axis = figure.subplots()
    for (name, values), (color, marker, line) in zip(
        (("valid", [v for v, _ in rows]), ("different", [d for _, d in rows])), plots.LOOKS, strict=False
    ):
        axis.plot([100 * v for v in values], color=color, marker=marker, linestyle=line, markersize=4)
        below = name == "valid" and abs(rows[-1][0] - rows[-1][1]) < 0.08  # the two names must not overlap
        axis.annotate(
            name,
            (len(rows) - 1, 100 * values[-1]),
            (6, -9 if below else 3),
            textcoords="offset points",
            va="center",
            color=color,
            fontsize=9,
            annotation_clip=False,
        )
    plots._dress(axis, title, "% of proposals")
    axis.set(ylim=(0, 105), xlim=(0, 1.12 * max(1, len(rows) - 1)))
    return figure
