"""The picture of one step of self-play: a loop of boxes, one of them lit."""

from __future__ import annotations

from itertools import pairwise

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Line

from azr_nb.runs.plots import GREY, INK, Picture

# stage: (name in the box, who does it or what it holds, the sentence that is shown when it is lit)
_STAGES = {
    "buffer": ("buffer", "verified tasks", "Every task that passed is kept, as a reference and as practice."),
    "propose": ("propose", "model as proposer", "Shown some past tasks, the model writes a new and different one."),
    "parse": ("parse", "text → proposal", "Is the text of the right form? Nothing is run yet."),
    "validate": ("validate", "executor", "Does it run, end, give a plain value, and the same value again?"),
    "solve": ("solve n times", "model as solver", "n tries at each new task, and a batch of old and new tasks."),
    "check": ("check", "executor", "Right or wrong is found by running programs, not by a judge model."),
    "rewards": ("rewards", "for both roles", "Right answers pay the solver, tasks that teach pay the proposer."),
    "advantages": ("advantages", "role × task type", "How much better was it than the others of its role and type?"),
    "update": ("LoRA update", "model learns", "One gradient step makes better-than-baseline texts more likely."),
}
STAGES = tuple(_STAGES)


def pipeline(current: str | None = None) -> Picture:
    """One step of self-play as a loop of boxes, with the stage `current` lit and explained in the middle."""
    if current is not None and current not in STAGES:
        raise ValueError(f"unknown stage {current!r}: choose one of {', '.join(STAGES)}")
    figure = Picture(figsize=(8, 3.5), facecolor="white")
    lit = f" Lit: {_STAGES[current][0]}. {_STAGES[current][2]}" if current else ""
    figure.alt = f"Figure. The loop of self-play: {' → '.join(name for name, *_ in _STAGES.values())}, and back.{lit}"
    # one unit is one inch; five boxes go right along the top, four come back along the bottom
    axis = figure.add_axes((0, 0, 1, 1), xlim=(0, 8), ylim=(0, 3.5))
    axis.set_axis_off()
    columns, top, bottom, wide, high = (0.82, 2.41, 4.0, 5.59, 7.18), 2.42, 0.68, 0.66, 0.37
    places = [(x, top) for x in columns] + [(x, bottom) for x in columns[:0:-1]]
    for (stage, (name, who, _)), (x, y) in zip(_STAGES.items(), places, strict=True):
        fill = {"model": "#DCEBF7", "executor": "#FBE6D4"}.get(who.split()[0], "#F3F3F3")
        fill, ink, edge, line = ("#0B3C5D", "white", "#F2A900", 3.5) if stage == current else (fill, INK, GREY, 1)
        axis.add_patch(
            FancyBboxPatch(
                (x - wide, y - high),
                2 * wide,
                2 * high,
                gid=stage,
                fc=fill,
                ec=edge,
                lw=line,
                boxstyle="round,pad=0,rounding_size=0.1",
            )
        )
        axis.text(x, y + 0.1, name, ha="center", va="center", fontsize=11, color=ink, weight="bold")
        axis.text(x, y - 0.15, who, ha="center", va="center", fontsize=8.5, color=ink)
    wide, high = wide + 0.05, high + 0.05  # arrows keep off the boxes
    ways = [((a + wide, top), (b - wide, top)) for a, b in pairwise(columns)]
    ways += [((b - wide, bottom), (a + wide, bottom)) for a, b in pairwise(columns[1:])]
    ways += [((columns[4], top - high), (columns[4], bottom + high))]
    ways += [((columns[1] - wide, bottom), (columns[0], bottom), (columns[0], top - high))]
    ways += [((columns[3], top + high), (columns[3], 3.2), (columns[0], 3.2), (columns[0], top + high))]
    for way in ways:
        axis.add_patch(
            FancyArrowPatch(
                path=Line(way),
                arrowstyle="-|>,head_width=3.5,head_length=6",
                color=INK,
                lw=1.4,
                linestyle="--" if len(way) == 4 else "-",
            )
        )
    said = _STAGES[current][2] if current else "One step of self-play: one model in two roles, no data from outside"
    for x, y, text, size in ((3.2, 3.2, "valid tasks", 9), (0.82, 0.48, "next step", 9), (4.0, 1.56, said, 10.5)):
        axis.text(x, y, text, ha="center", va="center", fontsize=size, color=INK, bbox=dict(fc="white", ec="none"))
    return figure
