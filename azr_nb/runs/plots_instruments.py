"""Figures of the instruments: noise in solve rates, pull of each group, programs, and the age of tasks.

Like `plots`: pure functions from the columns of metrics.csv to a figure, where missing numbers leave a gap.
"""

from __future__ import annotations

import math
import re

from azr_nb.evaluation.measures import binomial_counts
from azr_nb.runs import plots
from azr_nb.runs.plots import GREY, INK, Columns, Picture
from azr_nb.tasks import ROLES

LAST = 10  # steps whose tasks are in the histogram
_COUNT = re.compile(r"solve_rate_tasks/(\d+)_of_(\d+)")


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
    figure, (axis,) = plots._panels(1)
    n, totals = solve_rate_totals(metrics, last)
    tasks = sum(totals)
    if tasks:
        axis.bar(range(n + 1), totals, width=0.8, color="#88CCEE", edgecolor=INK, linewidth=0.6, label="tasks")
        rate = sum(k * count for k, count in enumerate(totals)) / n / tasks
        chance = binomial_counts(rate, n, round(tasks))
        places = range(n + 1)
        axis.plot(
            places,
            [count for count, _ in chance],
            color=INK,
            linestyle="--",
            marker=".",
            label=f"if each were solved at {100 * rate:.0f} %",
        )
        axis.fill_between(
            places,
            [max(0.0, count - 2 * error) for count, error in chance],
            [count + 2 * error for count, error in chance],
            color=GREY,
            alpha=0.3,
            lw=0,
            label="and two deviations of chance",
        )
        axis.legend(frameon=False, fontsize=9)
    title = f"New tasks of the last {last} steps: do they differ by more than chance?\nAt both ends nothing is learnt"
    plots._dress(axis, title, "tasks", f"right answers of {n or 'n'} samples")
    return figure


def group_gradients(metrics: Columns) -> Picture:
    """Gradient norm of each role and task type: which group pulls the shared weights."""
    figure, axes = plots._panels(2, share=True)
    for axis, role in zip(axes, ROLES, strict=True):
        plots._curves(axis, metrics, plots._by_type(metrics, f"grad_norm/{role}/"))
        plots._dress(axis, f"{role}: does one type drown the others?", "gradient norm")
    plots._legend(figure, axes)
    return figure


def programs(metrics: Columns) -> Picture:
    """Complexity and diversity of the valid programs of each step."""
    panels = (
        ("programs/nodes", "Size: falling means trivial tasks", "syntax-tree nodes", 1),
        ("programs/cognitive", "Branches and loops", "cognitive complexity", 1),
        ("programs/distance", "Distance in pairs: near 0 all look alike", "tree distance", 1),
        ("programs/near_duplicates", "Repeats up to names: rising is collapse", "repeats (%)", 100),
    )
    figure, axes = plots._panels(2, 2, 4.6)
    for axis, (name, title, label, scale) in zip(axes, panels, strict=True):
        columns = {name: metrics.get(name, ())}
        plots._curves(axis, metrics, columns, scale, color=INK, marker=".", linestyle="-")
        plots._dress(axis, title, label)
    return figure


def descent(metrics: Columns) -> Picture:
    """Age of the tasks in the solver's batch, and how many generations of tasks led to the newest ones."""
    panels = (
        (
            "solver_batch/age",
            "mean",
            "solver_batch/age_max",
            "oldest",
            "Age of the solver's tasks: does it\nstill see new ones?",
            "age (steps)",
        ),
        (
            "lineage/depth_new",
            "new tasks, mean",
            "lineage/depth",
            "longest in the buffer",
            "Lineage: level means that new tasks\ncome from seeds, not from one another",
            "generations",
        ),
    )
    figure, axes = plots._panels(2)
    for axis, (first, first_label, second, second_label, title, unit) in zip(axes, panels, strict=True):
        for name, label, color, line in ((first, first_label, INK, "-"), (second, second_label, "#D55E00", "--")):
            columns = {name: metrics.get(name, ())}
            plots._curves(axis, metrics, columns, label=label, color=color, marker=".", linestyle=line)
        plots._dress(axis, title, unit)
        if axis.get_legend_handles_labels()[0]:
            axis.legend(frameon=False, fontsize=9)
    return figure


# in the order of the report
FIGURES = (solve_rate_histogram, group_gradients, programs, descent)
