"""Figures of a run and of the method: pure functions from numbers to a matplotlib figure.

No pyplot: no global state, no backend to choose, the same picture in a notebook, in a report and without a screen.
Each task type has one colour, one marker and one line style in every figure, so nothing is told by colour alone.
`metrics` is what `read_metrics` returns; a column that is missing or empty leaves a gap, never an error.
"""

from __future__ import annotations

import base64
import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from statistics import fmean
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from azr_nb.config.files import write_atomic
from azr_nb.evaluation.measures import binomial_counts
from azr_nb.runs.folder import RunFolderError
from azr_nb.tasks import ROLES, STATUSES, TASK_TYPES

LAST = 10  # steps whose tasks are in the histogram of solve rates
_COUNT = re.compile(r"solve_rate_tasks/(\d+)_of_(\d+)")

Columns = Mapping[str, Sequence[float]]

INK, GREY = "#222222", "#777777"
# Okabe and Ito's colours; the task types of another environment take the last three
LOOKS = (
    ("#0072B2", "o", "-"),
    ("#D55E00", "s", "--"),
    ("#009E73", "^", "-."),
    ("#CC79A7", "D", ":"),
    ("#E69F00", "v", "-"),
    ("#56B4E9", "P", "--"),
)
# Paul Tol's muted colours, each with a hatch, for layers
FILLS = (
    ("#44AA99", ""),
    ("#DDCC77", "//"),
    ("#CC6677", ".."),
    ("#882255", "xx"),
    ("#AA4499", "--"),
    ("#999933", "\\\\"),
    ("#88CCEE", "||"),
    ("#332288", "++"),
    ("#661100", "oo"),
    ("#BBBBBB", "**"),
    ("#6699CC", "//.."),
)


def to_png(figure: Figure) -> bytes:
    """The figure as the bytes of a PNG; the same figure gives the same bytes. No text in it is read as a formula."""
    stream = io.BytesIO()
    for text in figure.findobj(Text):  # names of suites and columns are anybody's, and may hold a $
        text.set_parse_math(False)
    figure.savefig(stream, format="png", dpi=130, metadata={"Software": None})
    return stream.getvalue()


class Picture(Figure):
    """A figure that a notebook shows by itself, without a magic and without pyplot, with its text alternative."""

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict[str, Any], dict[str, Any]]:
        text = describe(self)
        return {"image/png": base64.b64encode(to_png(self)).decode(), "text/plain": text}, {"image/png": {"alt": text}}


def describe(figure: Figure) -> str:
    """What stands in a figure, in words, for readers who do not see it: titles, axes, and what is drawn.

    A figure made of text alone, such as the pipeline, is described by `figure.alt` if it has one.
    """
    if getattr(figure, "alt", ""):
        return figure.alt
    parts = [figure.get_suptitle()] if figure.get_suptitle() else []
    names = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    for axis in figure.axes:
        title = axis.get_title(loc="left") or axis.get_title()
        sides = {"x": axis.get_xlabel(), "y": axis.get_ylabel()}
        labels = [f"{side} axis: {label}" for side, label in sides.items() if label]
        own = axis.get_legend()
        names += [text.get_text() for text in own.get_texts()] if own else []
        said = [title, *labels] if title or labels else [text.get_text() for text in axis.texts]
        parts += [" ".join(part.split()) for part in said if part]
    drawn = list(dict.fromkeys(names))
    parts += [f"drawn: {', '.join(drawn)}"] if drawn else []
    return "Figure. " + "; ".join(parts or ["no description"])


def save(figure: Figure, path: Path | str) -> None:
    """Write the figure as a PNG file that is there whole or not at all."""
    write_atomic(Path(path), to_png(figure))


def read_metrics(path: Path | str) -> dict[str, list[float]]:
    """The columns of metrics.csv, all of one length, with nan for every cell that holds no number.

    Raises `RunFolderError` for a file that is not a table.
    """
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as file:
            reader = csv.DictReader(file)
            names, rows = reader.fieldnames or (), list(reader)
    except csv.Error as error:
        raise RunFolderError(f"{path} is not a table of metrics: {error}") from None
    return {name: [number(row[name]) for row in rows] for name in names}


def number(cell: Any) -> float:
    """The cell as a float, nan if it is none."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return math.nan


def look(task_type: str) -> dict[str, Any]:
    """Colour, marker and line style of a task type, the same in every figure of every run."""
    place = TASK_TYPES.index(task_type) if task_type in TASK_TYPES else 3 + sum(map(ord, task_type)) % 3
    return dict(zip(("color", "marker", "linestyle"), LOOKS[place], strict=True))


def in_order(task_types: Iterable[str]) -> list[str]:
    """Each task type once, the known ones first; difficulties by their number."""
    return sorted(set(task_types), key=lambda kind: ((*TASK_TYPES, kind).index(kind), len(kind) * kind.isdigit(), kind))


def _panels(columns: int, rows: int = 1, height: float = 3.5, share: bool = False) -> tuple[Picture, list[Axes]]:
    figure = Picture(figsize=(8, height), layout="constrained", facecolor="white")
    return figure, list(figure.subplots(rows, columns, sharex=share, sharey=share, squeeze=False).flat)


def _dress(axis: Axes, title: str, y_label: str, x_label: str = "step") -> None:
    """Title, labels with units and a light grid; says so if nothing was drawn."""
    axis.set_title(title, loc="left", fontsize=9.5, color=INK)
    axis.set(xlabel=x_label, ylabel=y_label, axisbelow=True)
    axis.grid(color="#DDDDDD", linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    if not axis.has_data():
        axis.set(xticks=[], yticks=[])
        axis.text(0.5, 0.5, "not recorded in this run", transform=axis.transAxes, ha="center", color=GREY)


def by_type(metrics: Columns, before: str, after: str = "") -> dict[str, Sequence[float]]:
    """The columns `before<type>after` that hold any number, the known types first."""
    names = [name for name in metrics if name.startswith(before) and name.endswith(after)]
    found = {name[len(before) : len(name) - len(after)]: metrics[name] for name in names}
    return {k: found[k] for k in in_order(found) if "/" not in k and any(map(math.isfinite, found[k]))}


def curves(axis: Axes, metrics: Columns, columns: Columns, scale: float = 1, **style: Any) -> None:
    """A line per column through its finite values; from 20 values on their running mean, over the values, faint."""
    for name, column in columns.items():
        rows = [(s, scale * v) for s, v in zip(metrics.get("step", ()), column, strict=False) if math.isfinite(s + v)]
        if not rows:
            continue
        half = min(25, len(rows) // 20)
        smooth = [fmean(v for _, v in rows[max(0, i - half) : i + half + 1]) for i in range(len(rows))]
        line = {**look(name), "markersize": 4.5, "markevery": max(1, len(rows) // 8), "label": name, **style}
        if half:
            axis.plot(*zip(*rows, strict=True), color=line["color"], alpha=0.25, linewidth=0.8)
        axis.plot([s for s, _ in rows], smooth, **line)


def _legend(figure: Figure, axes: Sequence[Axes]) -> None:
    """One legend below all panels."""
    handles, labels = max((axis.get_legend_handles_labels() for axis in axes), key=lambda found: len(found[0]))
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=len(handles), frameon=False, fontsize=9)


def _stack(axis: Axes, metrics: Columns, layers: Columns, order: Sequence[str], shares: bool = False) -> None:
    """Layers on each other as at most 80 bars of one or more steps; with `shares` each bar is 100 high."""
    steps = metrics.get("step", ())
    rows = [i for i, step in enumerate(steps) if math.isfinite(step)]
    size = math.ceil(len(rows) / 80) or 1
    bars = [rows[i : i + size] for i in range(0, len(rows), size)]
    if not bars or not layers:
        return
    heights = [[sum(v[i] for i in bar if math.isfinite(v[i])) / len(bar) for bar in bars] for v in layers.values()]
    if shares:
        totals = [math.fsum(bar) or 1 for bar in zip(*heights, strict=True)]
        heights = [[100 * v / total for v, total in zip(layer, totals, strict=True)] for layer in heights]
    edges = [steps[bar[0]] - 0.5 for bar in bars] + [steps[rows[-1]] + 0.5]
    tops = list(accumulate(heights, lambda low, more: [a + b for a, b in zip(low, more, strict=True)]))
    for name, top, base in zip(layers, tops, [0, *tops], strict=False):
        color, hatch = FILLS[order.index(name) % len(FILLS)]
        axis.stairs(top, edges, baseline=base, fill=True, label=name, hatch=hatch, fc=color, ec="white", lw=0)
    axis.margins(x=0)
    # the names stand in the order in which the layers lie
    axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), reverse=True, frameon=False, fontsize=9)


def with_before(metrics: Columns, summary: Mapping[str, Any]) -> dict[str, list[float]]:
    """The metrics with the held-out scores from before the run as a first row, of step -1, with gaps elsewhere.

    Only columns that the run has on its way are filled. A curve without its beginning hides what was learned first.
    """
    first = {"step": -1.0}
    for suite, cells in (summary.get("before") or {}).items():
        for cell, scores in cells.items():
            first |= {f"held_out/{suite}/{cell}/{key}": number(scores.get(key)) for key in ("pass@1", "greedy")}
    return {name: [first.get(name, math.nan), *values] for name, values in metrics.items()}


def learning_curves(metrics: Columns) -> Picture:
    """Solver accuracy on own tasks, and held-out pass@1 (or the valid share of proposals without it), in percent."""
    figure, (own, right) = _panels(2)
    curves(own, metrics, by_type(metrics, "solve/", "/accuracy") or by_type(metrics, "solve_rate/"), 100)
    _dress(own, "Own tasks: rises if the solver improves,\nor if the tasks get easier", "right answers (%)")
    suites = list(dict.fromkeys(name.split("/")[1] for name in metrics if name.startswith("held_out/")))
    for suite in suites:
        hollow = dict(linewidth=0.9, markerfacecolor="white", label="") if suite != suites[0] else {}
        curves(right, metrics, by_type(metrics, f"held_out/{suite}/", "/pass@1"), 100, **hollow)
    if right.has_data():
        named = ", ".join(f"{suite} {'hollow' if i else 'filled'}" for i, suite in enumerate(suites))
        _dress(right, f"Held-out suites ({named}): the same\ntasks, so a rise is learning", "pass@1, sampled (%)")
    else:
        curves(right, metrics, by_type(metrics, "propose/", "/valid"), 100)
        _dress(right, "Proposals: the valid share should\nrise early and stay high", "valid proposals (%)")
    _legend(figure, [own, right])
    return figure


def funnel(metrics: Columns) -> Picture:
    """What became of the proposals: the share of each verdict status, step by step."""
    figure, (axis,) = _panels(1)
    layers = {s: metrics[f"funnel/{s}"] for s in STATUSES if any(v > 0 for v in metrics.get(f"funnel/{s}", ()))}
    _stack(axis, metrics, layers, STATUSES, shares=True)
    _dress(axis, "What became of the proposals: does ok, at the bottom, grow, and which fault stays?", "proposals (%)")
    return figure


def before_after(summary: Mapping[str, Any]) -> Picture:
    """before_after.png: held-out scores with 95 % intervals per suite and cell, hollow before the run, filled after."""
    before, after = (summary.get(phase) or {} for phase in ("before", "after"))
    suites = list(dict.fromkeys((*before, *after))) or ["none"]
    if all(cell.isdigit() for scores in (before, after) for cells in scores.values() for cell in cells) and before:
        return frontier(summary)
    figure, axes = _panels(len(suites), share=True)
    types = in_order(kind for scores in (before, after) for cells in scores.values() for kind in cells)
    ways = ("sampled", "pass@1", "ci95"), ("greedy", "greedy", "greedy_ci95")
    rows = [(kind, *way) for kind in types for way in ways]
    for axis, suite in zip(axes, suites, strict=True):
        for y, (kind, _, score, interval) in enumerate(rows):
            color, marker = look(kind)["color"], look(kind)["marker"]
            for place, scores, face in ((y - 0.16, before, "white"), (y + 0.16, after, color)):
                cell = scores.get(suite, {}).get(kind, {})
                ends = [100 * number(end) for end in cell.get(interval) or ()]
                axis.plot(ends, [place] * len(ends), color=color)
                axis.plot(100 * number(cell.get(score)), place, color=color, marker=marker, mfc=face, markersize=6.5)
        _dress(axis, f"held-out suite: {suite}", "", "right answers (%)")
    axes[0].set_yticks(range(len(rows)), [f"{kind}, {how}" for kind, how, _, _ in rows])
    axes[0].set_ylim(len(rows) - 0.4, -0.6)
    figure.suptitle("Before (hollow) and after (filled): did a dot move by more than its 95 % interval?", fontsize=10)
    return figure


def frontier(summary: Mapping[str, Any]) -> Picture:
    """Greedy held-out scores by difficulty, with 95 % intervals, before and after a run: how far does the policy come?

    Sampled scores are the thin lines. The cells of a suite are difficulties, such as the steps of a path.
    """
    suites = list(summary["before"])
    figure, axes = _panels(len(suites), share=True)
    for axis, suite in zip(axes, suites, strict=True):
        for phase, place in (("before", 0), ("after", 1)):
            cells = (summary.get(phase) or {}).get(suite, {})
            looks = dict(zip(("color", "marker", "linestyle"), LOOKS[place], strict=True))
            steps, found = list(map(int, cells)), list(cells.values())
            greedy = [100 * number(cell.get("greedy")) for cell in found]
            ends = [[100 * number(end) for end in cell.get("greedy_ci95") or (math.nan, math.nan)] for cell in found]
            axis.vlines(
                steps, [low for low, _ in ends], [high for _, high in ends], color=looks["color"], lw=1, alpha=0.6
            )
            axis.plot(steps, greedy, label=f"{phase}, greedy", mfc=looks["color"] if place else "white", **looks)
            sampled = [100 * number(cell.get("pass@1")) for cell in found]
            axis.plot(steps, sampled, label=f"{phase}, sampled", color=looks["color"], lw=0.8, ls=looks["linestyle"])
        _dress(
            axis,
            f"held-out suite {suite}: how far to the right does the curve stay up?",
            "right answers (%)",
            "difficulty",
        )
        axis.set_ylim(-3, 103)
    _legend(figure, axes)
    return figure


def _by_role(metrics: Columns, asks: Sequence[str], before: str, after: str, unit: str, share: bool = False) -> Picture:
    """A panel for each role with a curve per task type; `{role}` in `before` stands for the role."""
    figure, axes = _panels(2, share=share)
    for axis, role, ask in zip(axes, ROLES, asks, strict=True):
        curves(axis, metrics, by_type(metrics, before.format(role=role), after))
        _dress(axis, f"{role}: {ask}", unit)
    _legend(figure, axes)
    return figure


def lengths(metrics: Columns) -> Picture:
    """Mean completion length in tokens, per role and task type."""
    asks = "do tasks shrink to trivial ones?", "is working dropped?"
    return _by_role(metrics, asks, "{role}/", "/tokens", "completion (tokens)")


def group_gradients(metrics: Columns) -> Picture:
    """Gradient norm of each role and task type: which group pulls the shared weights."""
    asks = ("does one type drown the others?",) * 2
    return _by_role(metrics, asks, "grad_norm/{role}/", "", "gradient norm", share=True)


def _gauges(metrics: Columns, *panels: tuple[str, str, str, float]) -> Picture:
    """Four panels with one column each: its name, a title, the unit and what it is multiplied with."""
    figure, axes = _panels(2, 2, 4.6)
    for axis, (name, title, label, scale) in zip(axes, panels, strict=True):
        curves(axis, metrics, {name: metrics.get(name, ())}, scale, color=INK, marker=".", linestyle="-")
        _dress(axis, title, label)
    return figure


def health(metrics: Columns) -> Picture:
    """Four gauges of a run: variety of proposals, dead groups, gradient norm and entropy."""
    return _gauges(
        metrics,
        ("distinct_programs", "Variety: falling towards 0 is collapse", "distinct programs (%)", 100),
        ("dead_share", "Dead groups: near 100 nothing is learnt", "dead rollouts (%)", 100),
        ("grad_norm", "Gradient: neither 0 nor ever growing", "gradient norm", 1),
        ("entropy", "Entropy: near 0 nothing new is tried", "entropy (nats/token)", 1),
    )


def seconds(metrics: Columns) -> Picture:
    """Where the time of a step goes, stage by stage, in seconds."""
    figure, (axis,) = _panels(1)
    names = [name for name in metrics if name.startswith("seconds_") and name != "seconds_total"]
    layers = {name.removeprefix("seconds_"): metrics[name] for name in names}
    _stack(axis, metrics, layers, list(layers))
    _dress(axis, "Time of a step: which stage would be worth making faster?", "seconds per step")
    return figure


# --- noise, programs and lineage --------------------------------------------------------------------------------------
def solve_rate_totals(metrics: Columns, last: int = LAST) -> tuple[int, list[float]]:
    """n and the tasks solved 0 to n times of n, over the last steps that hold such counts; (0, []) without any."""
    found: dict[int, dict[int, float]] = {}
    for name, column in metrics.items():
        if match := _COUNT.fullmatch(name):
            counts = [value for value in column[-last:] if math.isfinite(value)]
            if counts:
                found.setdefault(int(match[2]), {})[int(match[1])] = math.fsum(counts)
    if not found:
        return 0, []
    n = max(found, key=lambda size: sum(found[size].values()))
    return n, [found[n].get(k, 0.0) for k in range(n + 1)]


def solve_rate_histogram(metrics: Columns, last: int = LAST) -> Picture:
    """How often new tasks were solved, beside what chance alone would make of equally hard tasks (two deviations)."""
    figure, (axis,) = _panels(1)
    n, totals = solve_rate_totals(metrics, last)
    tasks = sum(totals)
    if tasks:
        axis.bar(range(n + 1), totals, width=0.8, color="#88CCEE", edgecolor=INK, linewidth=0.6, label="tasks")
        rate = sum(k * count for k, count in enumerate(totals)) / n / tasks
        chance = binomial_counts(rate, n, round(tasks))
        places, counts = range(n + 1), [count for count, _ in chance]
        low, high = ([max(0.0, count + sign * 2 * error) for count, error in chance] for sign in (-1, 1))
        label = f"if each were solved at {100 * rate:.0f} %"
        axis.plot(places, counts, color=INK, linestyle="--", marker=".", label=label)
        label = "and two deviations of chance"
        axis.fill_between(places, low, high, color=GREY, alpha=0.3, lw=0, label=label)
        axis.legend(frameon=False, fontsize=9)
    title = f"New tasks of the last {last} steps: do they differ by more than chance?\nAt both ends nothing is learnt"
    _dress(axis, title, "tasks", f"right answers of {n or 'n'} samples")
    return figure


def programs(metrics: Columns) -> Picture:
    """Complexity and diversity of the valid programs of each step."""
    return _gauges(
        metrics,
        ("programs/nodes", "Size: falling means trivial tasks", "syntax-tree nodes", 1),
        ("programs/cognitive", "Branches and loops", "cognitive complexity", 1),
        ("programs/distance", "Distance in pairs: near 0 all look alike", "tree distance", 1),
        ("programs/near_duplicates", "Repeats up to names: rising is collapse", "repeats (%)", 100),
    )


def descent(metrics: Columns) -> Picture:
    """Age of the tasks in the solver's batch, and how many generations of tasks led to the newest ones."""
    age = {"solver_batch/age": "mean", "solver_batch/age_max": "oldest"}
    depth = {"lineage/depth_new": "new tasks, mean", "lineage/depth": "longest in the buffer"}
    old = "Age of the solver's tasks: does it\nstill see new ones?"
    level = "Lineage: level means that new tasks\ncome from seeds, not from one another"
    figure, axes = _panels(2)
    for axis, pair, title, unit in zip(axes, (age, depth), (old, level), ("age (steps)", "generations"), strict=True):
        for (name, label), color, line in zip(pair.items(), (INK, LOOKS[1][0]), ("-", "--"), strict=True):
            columns = {name: metrics.get(name, ())}
            curves(axis, metrics, columns, label=label, color=color, marker=".", linestyle=line)
        _dress(axis, title, unit)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(frameon=False, fontsize=9)
    return figure
