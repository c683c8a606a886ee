"""Vital signs of a run against the band of healthy runs, as a figure and as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.ticker import MultipleLocator

from azr_nb.runs import plots
from azr_nb.runs.pages import Page, table
from azr_nb.runs.plots import INK, LOOKS, Picture
from azr_nb.runs.vitals import SIGNS, Band, Columns, moves, running, signs


def vitals_figure(metrics: Columns, healthy: Mapping[str, Band], title: str = "", marked: bool = True) -> Picture:
    """The eight vital signs of a run: running mean, the healthy band in grey, a dotted line where a sign left it.

    Without `marked` nothing says which sign left its band, or when, and no panel goes far beyond its band.
    """
    figure = Picture(figsize=(8.6, 5.2), layout="constrained", facecolor="white")
    axes = list(figure.subplots(2, 4).flat)
    values, left = signs(metrics), {move.sign: move for move in moves(metrics, healthy) if marked}
    for axis, sign in zip(axes, SIGNS, strict=True):
        if sign.name in healthy:
            axis.axhspan(*healthy[sign.name], color="#DDDDDD", zorder=0, lw=0)
        smooth, move = running(values[sign.name]), left.get(sign.name)
        points = [(i, value) for i, value in enumerate(smooth) if math.isfinite(value)]
        if points:
            color, line = (LOOKS[1][0], "-") if move else (INK, "--" if marked else "-")
            axis.plot(*zip(*points, strict=True), color=color, linestyle=line, linewidth=1.6)
        if move:
            axis.axvline(move.step, color=INK, linestyle=":", linewidth=1)
        where = f"left at step {move.step}, {move.side}" if move else "in its band"
        plots._dress(axis, f"{sign.name}\n{where}" if marked else sign.name, sign.unit)
        axis.xaxis.label.set_size(9)
        axis.yaxis.label.set_size(9)
        axis.tick_params(labelsize=8.5)
        if not marked and points and sign.name in healthy:  # so near that the step can be read off
            (low, high), (bottom, top) = healthy[sign.name], axis.get_ylim()
            axis.set_ylim(max(bottom, low - (high - low)), min(top, high + (high - low)))
            axis.xaxis.set(major_locator=MultipleLocator(10), minor_locator=MultipleLocator(2))
            axis.grid(which="minor", axis="x", color="#EEEEEE", linewidth=0.5)
            axis.set_xlim(0, len(smooth) - 1)
    figure.suptitle(title or "Vital signs: grey is where healthy runs stay, solid lines have left it", fontsize=10)
    return figure


def moves_table(metrics: Columns, healthy: Mapping[str, Band]) -> Page:
    """The vital signs that left their bands, the first to move first, with the band and the values then and later."""
    rows = []
    for move in moves(metrics, healthy):
        smooth, (low, high) = running(signs(metrics)[move.sign]), healthy[move.sign]
        then, end = f"{smooth[move.step]:.2f}", f"{smooth[-1]:.2f}"
        rows.append((move.step, move.sign, move.side, f"{low:.2f} to {high:.2f}", then, end))
    if not rows:
        return Page("<p>Every vital sign stayed in its band.</p>")
    return table(("step", "sign", "side", "healthy band", "then", "at the end"), rows)
