"""The picture of one step of self-play: a loop of boxes, one of them lit."""

from itertools import pairwise

from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path as Line

from azr_nb.config.assets import toml_asset
from azr_nb.course.drawing import canvas, word
from azr_nb.runs.plots import GREY, INK, Picture

LOOP = toml_asset("loop")  # what is written in the boxes, and said of one that is lit
STAGES = tuple(LOOP)


def pipeline(current: str | None = None) -> Picture:
    """One step of self-play as a loop of boxes, with the stage `current` lit and explained in the middle."""
    if current is not None and current not in STAGES:
        raise ValueError(f"unknown stage {current!r}: choose one of {', '.join(STAGES)}")
    lit = LOOP.get(current)
    # one unit is one inch; five boxes go right along the top, four come back along the bottom
    figure, axis = canvas(3.5, (0, 8), (0, 3.5))
    names = " → ".join(stage["name"] for stage in LOOP.values())
    shown = f" Lit: {lit['name']}. {lit['said']}" if lit else ""
    figure.alt = f"Figure. The loop of self-play: {names}, and back.{shown}"
    columns, top, bottom, wide, high = (0.82, 2.41, 4.0, 5.59, 7.18), 2.42, 0.68, 0.66, 0.37
    places = [(x, top) for x in columns] + [(x, bottom) for x in columns[:0:-1]]
    for (key, stage), (x, y) in zip(LOOP.items(), places, strict=True):
        fill = {"model": "#DCEBF7", "executor": "#FBE6D4"}.get(stage["who"].split()[0], "#F3F3F3")
        fill, ink, edge, line = ("#0B3C5D", "white", "#F2A900", 3.5) if key == current else (fill, INK, GREY, 1)
        looks = dict(fc=fill, ec=edge, lw=line, boxstyle="round,pad=0,rounding_size=0.1")
        axis.add_patch(FancyBboxPatch((x - wide, y - high), 2 * wide, 2 * high, gid=key, **looks))
        word(axis, x, y + 0.1, stage["name"], fontsize=11, color=ink, weight="bold")
        word(axis, x, y - 0.15, stage["who"], fontsize=8.5, color=ink)
    wide, high = wide + 0.05, high + 0.05  # arrows keep off the boxes
    ways = [((a + wide, top), (b - wide, top)) for a, b in pairwise(columns)]
    ways += [((b - wide, bottom), (a + wide, bottom)) for a, b in pairwise(columns[1:])]
    ways += [((columns[4], top - high), (columns[4], bottom + high))]
    ways += [((columns[1] - wide, bottom), (columns[0], bottom), (columns[0], top - high))]
    ways += [((columns[3], top + high), (columns[3], 3.2), (columns[0], 3.2), (columns[0], top + high))]
    for way in ways:
        looks = dict(color=INK, lw=1.4, linestyle="--" if len(way) == 4 else "-")
        axis.add_patch(FancyArrowPatch(path=Line(way), arrowstyle="-|>,head_width=3.5,head_length=6", **looks))
    said = lit["said"] if lit else "One step of self-play: one model in two roles, no data from outside"
    for x, y, text, size in ((3.2, 3.2, "valid tasks", 9), (0.82, 0.48, "next step", 9), (4.0, 1.56, said, 10.5)):
        word(axis, x, y, text, fontsize=size, bbox=dict(fc="white", ec="none"))
    return figure
