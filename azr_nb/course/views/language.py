"""Views of a language model's recorded runs: beside each other and the tiny policy's, and proposals early and late.

Pure functions of metrics and opened runs (`runs.replay`). All model text is escaped by `widgets`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from azr_nb.course.widgets import Page, pre, table
from azr_nb.evaluation.measures import mean
from azr_nb.runs import plots
from azr_nb.runs.plots import LOOKS, Columns, Picture
from azr_nb.runs.replay import Replay
from azr_nb.runs.vitals import running
from azr_nb.tasks import TASK_TYPES

WIDTH = 5  # steps of a running mean; a step has few proposals
PANELS = (
    ("propose/{}/valid", "Proposals that hold", "valid proposals (%)", 100),
    ("solve/{}/accuracy", "Answers to own tasks", "right answers (%)", 100),
    ("entropy", "How sure the policy is", "entropy (nats per token)", 1),
)


def mean_over_types(metrics: Columns, column: str) -> list[float]:
    """A metric at each step, or the mean over task types of a column with `{}` in it; nan where nothing is recorded."""
    names = [column.format(kind) for kind in TASK_TYPES] if "{}" in column else [column]
    rows = zip(*[metrics[name] for name in names if name in metrics], strict=True)
    return [mean([value for value in row if math.isfinite(value)]) for row in rows]


def beside_figure(groups: Mapping[str, Sequence[Columns]]) -> Picture:
    """Groups of runs side by side, a line for each run: valid proposals, right answers to own tasks, entropy, by step.

    Each line is a running mean of `WIDTH` steps. A group of one run has a thicker line.
    """
    figure = Picture(figsize=(10, 3.2), layout="constrained", facecolor="white")
    for axis, (column, title, label, factor) in zip(figure.subplots(1, len(PANELS)), PANELS, strict=True):
        for (name, runs), (color, marker, line) in zip(groups.items(), LOOKS, strict=False):
            for metrics in runs:
                values = [factor * value for value in running(mean_over_types(metrics, column), WIDTH)]
                axis.plot(
                    range(len(values)),
                    values,
                    color=color,
                    linestyle=line,
                    marker=marker,
                    markersize=3,
                    linewidth=1.8 if len(runs) == 1 else 1,
                    markevery=max(1, len(values) // 8),
                    label=name if metrics is runs[0] else None,
                )
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
        pair = [
            [row for row in replay.proposals[step] if row["type"] == kind][:per_type] for step in (steps[0], steps[-1])
        ]
        for old, new in zip(*pair, strict=False):
            rows.append((kind, Page(pre(old["completion"])), _fate(old), Page(pre(new["completion"])), _fate(new)))
    head = ("task type", f"step {steps[0]}", "verdict", f"step {steps[-1]}", "verdict")
    return table(head, rows)


def _fate(row: Mapping) -> str:
    rate = "" if row["solve_rate"] is None else f", solved {row['solve_rate']:.0%}"
    return row["status"] + (rate if row["status"] == "ok" else f": {row['reason']}")


def repeated(replay: Replay, steps: range) -> float:
    """The share of proposed programs of these steps that were proposed in them before; nan without proposals."""
    texts = [
        row["completion"] for step in steps for row in replay.proposals.get(step, ()) if row["type"] != "induction"
    ]
    programs = [text.rpartition("\n")[0] for text in texts]
    return 1 - len(set(programs)) / len(programs) if programs else math.nan
