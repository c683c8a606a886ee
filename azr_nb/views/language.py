"""Views of a language model's recorded run: beside the tiny policy's, and its proposals early and late.

Pure functions of opened runs (`runs.replay`). All model text is escaped by `widgets`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from azr_nb import plots
from azr_nb.plots import LOOKS, Picture
from azr_nb.runs.replay import Replay
from azr_nb.tasks import TASK_TYPES
from azr_nb.widgets import Page, pre, table

PANELS = (
    ("propose/{}/valid", "Proposals that hold", "valid proposals (%)", 100),
    ("solve/{}/accuracy", "Answers to own tasks", "right answers (%)", 100),
    ("entropy", "How sure the policy is", "entropy (nats per token)", 1),
)


def mean_over_types(replay: Replay, column: str) -> list[float]:
    """A metric at each step, or the mean over task types of a column with `{}` in it; nan where nothing is recorded."""
    names = [column.format(kind) for kind in TASK_TYPES] if "{}" in column else [column]
    columns = [replay.metrics[name] for name in names if name in replay.metrics]
    means = []
    for row in zip(*columns, strict=True):
        known = [value for value in row if math.isfinite(value)]
        means.append(sum(known) / len(known) if known else math.nan)
    return means


def beside_figure(runs: Mapping[str, Replay]) -> Picture:
    """Runs of different policies side by side: valid proposals, right answers to own tasks, entropy, by step."""
    figure = Picture(figsize=(10, 3.2), layout="constrained", facecolor="white")
    for axis, (column, title, label, factor) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        for (name, replay), (color, marker, line) in zip(runs.items(), LOOKS, strict=False):
            values = [factor * value for value in mean_over_types(replay, column)]
            axis.plot(range(len(values)), values, color=color, linestyle=line, marker=marker, markersize=3,
                      markevery=max(1, len(values) // 12), label=name)  # fmt: skip
        plots._dress(axis, title, label)
        if axis.has_data():
            axis.set_ylim(bottom=0)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def early_and_late(replay: Replay, per_type: int = 3) -> Page:
    """The first proposals of each type in the first and in the last step, with verdict and solve rate."""
    steps = replay.steps
    rows = []
    for kind in dict.fromkeys(row["type"] for row in replay.proposals[steps[0]]):
        pair = [[row for row in replay.proposals[step] if row["type"] == kind][:per_type]
                for step in (steps[0], steps[-1])]  # fmt: skip
        for old, new in zip(*pair, strict=False):
            rows.append((kind, Page(pre(old["completion"])), _fate(old), Page(pre(new["completion"])), _fate(new)))
    head = ("task type", f"step {steps[0]}", "verdict", f"step {steps[-1]}", "verdict")
    return table(head, rows)


def _fate(row: Mapping) -> str:
    rate = "" if row["solve_rate"] is None else f", solved {row['solve_rate']:.0%}"
    return row["status"] + (rate if row["status"] == "ok" else f": {row['reason']}")


def repeated(replay: Replay, steps: range) -> float:
    """The share of proposed programs of these steps that were proposed in them before; nan without proposals."""
    texts = [row["completion"] for step in steps for row in replay.proposals.get(step, ())
             if row["type"] != "induction"]  # fmt: skip
    programs = [text.rpartition("\n")[0] for text in texts]
    return 1 - len(set(programs)) / len(programs) if programs else math.nan
