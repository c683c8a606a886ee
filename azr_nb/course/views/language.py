"""Views of a language model's recorded runs: beside each other and the tiny policy's, and proposals early and late.

Pure functions of metrics and opened runs (`runs.replay`). All model text is escaped by `runs.pages`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from azr_nb.course.drawing import dress, panels, style
from azr_nb.evaluation.measures import mean
from azr_nb.runs.pages import Page, pre, table
from azr_nb.runs.plots import Columns, Picture
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
    figure, axes = panels(len(PANELS), width=10)
    for axis, (column, title, label, factor) in zip(axes, PANELS, strict=True):
        for number, (name, runs) in enumerate(groups.items()):
            for metrics in runs:
                values = [factor * value for value in running(mean_over_types(metrics, column), WIDTH)]
                looks = dict(linewidth=1.8 if len(runs) == 1 else 1, label=name if metrics is runs[0] else None)
                axis.plot(values, **style(number, markersize=3, markevery=max(1, len(values) // 8), **looks))
        dress(axis, title, label)
        if axis.has_data():
            axis.set_ylim(bottom=0)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def early_and_late(replay: Replay, per_type: int = 3) -> Page:
    """The first proposals of each type in the first and in the last step, with verdict and solve rate."""
    first, last = replay.steps[0], replay.steps[-1]
    rows = []
    for kind in dict.fromkeys(row["type"] for row in replay.proposals[first]):
        early, late = ([row for row in replay.proposals[step] if row["type"] == kind] for step in (first, last))
        for old, new in zip(early[:per_type], late, strict=False):
            rows.append((kind, Page(pre(old["completion"])), _fate(old), Page(pre(new["completion"])), _fate(new)))
    return table(("task type", f"step {first}", "verdict", f"step {last}", "verdict"), rows)


def _fate(row: Mapping) -> str:
    rate = "" if row["solve_rate"] is None else f", solved {row['solve_rate']:.0%}"
    return row["status"] + (rate if row["status"] == "ok" else f": {row['reason']}")


def repeated(replay: Replay, steps: range) -> float:
    """The share of proposed programs of these steps that were proposed in them before; nan without proposals."""
    proposals = [row for step in steps for row in replay.proposals.get(step, ())]
    programs = [row["completion"].rpartition("\n")[0] for row in proposals if row["type"] != "induction"]
    return 1 - len(set(programs)) / len(programs) if programs else math.nan
