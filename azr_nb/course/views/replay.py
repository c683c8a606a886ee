"""Views of notebook 07: a recorded run, step by step and task by task, where a task comes from, and a language model's.

Pure functions of metrics and an opened run (`runs.replay`). All model text is escaped by `runs.pages`.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from matplotlib.ticker import MaxNLocator

from azr_nb.course.drawing import SMALL_LEGEND, beside, dress, panels, style
from azr_nb.course.texts import cut
from azr_nb.evaluation.measures import mean
from azr_nb.runs.pages import Page, pre, table
from azr_nb.runs.plots import LOOKS, Columns, Picture, in_order, look
from azr_nb.runs.replay import Replay, Row, ancestors, line_of_descent
from azr_nb.runs.vitals import running
from azr_nb.tasks import TASK_TYPES, Task

MOST_ANSWERS = 16
WIDTH = 5  # steps of a running mean; a step has few proposals
PANELS = (
    ("propose/{}/valid", "Valid proposals", "valid proposals (%)", 100),
    ("solve/{}/accuracy", "Right answers to own tasks", "right answers (%)", 100),
    ("entropy", "Entropy: low is certain", "entropy (nats per token)", 1),
)


def shown_pairs(task: Task) -> str:
    """A task's calls and outputs; those that an induction solver does not see are marked."""
    lines = []
    for number, (call, output) in enumerate(task.pairs):
        hidden = task.type == "induction" and number >= task.visible
        lines.append(f"f({call}) => {output}" + ("    # hidden from the solver" if hidden else ""))
    return "\n".join(lines)


def _paid(row: Row) -> tuple[str, str]:
    """A reward with its named parts, and an advantage."""
    return f"{row['reward']:+.3g} ({', '.join(row['reward_parts'])})", f"{row['advantage']:+.2f}"


def step_page(replay: Replay, step: int, most: int = 100) -> Page:
    """The first proposals of a step: text, verdict, solve rate, reward with its parts, advantage."""
    rows = []
    for number, row in enumerate(replay.proposals.get(step, ())):
        rate = "–" if row["solve_rate"] is None else f"{row['solve_rate']:.3g}"
        rows.append((number, row["type"], Page(pre(row["completion"])), row["status"], rate, *_paid(row)))
    head = ("number", "task type", "proposal", "verdict", "solve rate", "reward", "advantage")
    which = f", the first {most}" if len(rows) > most else ""
    return Page(f"<h4>Step {step}: {len(rows)} proposals{which}</h4>{table(head, rows[:most])}")


def proposal_page(replay: Replay, step: int, number: int) -> Page:
    """One proposal of a step, counted from 0, with its references, and every answer to it if it became a task."""
    rows = replay.proposals.get(step, [])
    if not rows:
        return Page(f"<p>No proposals are recorded at step {step}.</p>")
    number = min(number, len(rows) - 1)
    row = rows[number]
    references = [pre(replay.tasks[name].program) for name in row["references"] if name in replay.tasks]
    cells = (Page("<hr>".join(references) or "–"), Page(pre(row["completion"])), row["status"], row["reason"])
    head = ("shown to the proposer", "it wrote", "verdict", "reason", "reward", "advantage")
    title = f"<h4>Step {step}, proposal {number} of {len(rows)}: {row['type']}</h4>"
    page = title + table(head, [(*cells, *_paid(row))])
    if row["task"] is None:
        return Page(f"{page}<p>No task came of it.</p>")
    task = replay.tasks.get(row["task"])
    shown = shown_pairs(task) if task else "(the buffer did not keep it)"
    made = table(("the task", "solve rate"), [(Page(pre(shown)), row["solve_rate"])])
    return Page(page + made + answers_page(replay.answers.get((step, row["task"]), [])))


def answers_page(answers: list[Row]) -> Page:
    """Answers to one task: text, verdict, reward with its parts, advantage."""
    rows = [(Page(pre(a["completion"])), a["status"], *_paid(a)) for a in answers]
    more = len(rows) - MOST_ANSWERS
    page = table(("answer", "verdict", "reward", "advantage"), rows[:MOST_ANSWERS])
    return Page(page + (f"<p>and {more} more</p>" if more > 0 else ""))


def lineage_figure(replay: Replay, task_id: str, most: int = 24) -> Picture:
    """The ancestors of a task as a graph: when they were made, who was shown to whom, and one line back to the seed.

    The line of descent is solid. Its tasks carry the last line in which they differ from their reference; all others
    are grey.
    """
    line = [task.id for task in line_of_descent(replay, task_id)]
    generations = ancestors(replay, task_id, most) | {name: number for number, name in enumerate(line)}
    places: dict[str, tuple[int, float]] = {}
    others: dict[int, int] = {}
    for name, generation in generations.items():
        others[generation] = others.get(generation, 0) + (name not in line)
        height = generation if name in line else generation + 0.16 * others[generation]
        places[name] = (replay.tasks[name].step, height)
    figure, (axis,) = panels(1, 4.2)
    on_line = set(pairwise(line))
    for name, place in places.items():
        for parent in [parent for parent in replay.tasks[name].parents if parent in places]:
            color, width = (LOOKS[1][0], 2) if (name, parent) in on_line else ("#CCCCCC", 0.8)
            axis.plot(*zip(place, places[parent], strict=True), zorder=1, color=color, linewidth=width)
    for name, place in places.items():
        task, grey = replay.tasks[name], dict(color="#BBBBBB", markersize=5)
        looks = look(task.type) | dict(linestyle="none", zorder=2, markersize=8)
        axis.plot(*place, **looks if name in line else looks | grey)
        if name in line:
            text = cut(_last_change(replay, line, name), 26)
            looks = dict(fontsize=8, family="monospace", parse_math=False, zorder=3)
            beside(axis, *place, text, (8, 6), bbox=dict(fc="white", ec="none", alpha=0.85, pad=0.8), **looks)
    title = f"Where a task comes from: {len(line) - 1} generations back to a seed (step -1)"
    dress(axis, title, "generations back", "step in which it was made")
    steps = [step for step, _ in places.values()]
    room = max(max(steps) - min(steps), 5)
    axis.set_xlim(min(steps) - 0.06 * room, max(steps) + 0.36 * room)  # a label is right of its mark
    axis.set_ylim(top=max(height for _, height in places.values()) + 0.6)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    for kind in in_order(replay.tasks[name].type for name in line):
        axis.plot([], [], **look(kind) | dict(linestyle="none", label=kind))
    axis.plot([], [], marker="o", color="#BBBBBB", linestyle="none", label="other references")
    axis.legend(loc="upper right", **SMALL_LEGEND)
    return figure


def _last_change(replay: Replay, line: Sequence[str], name: str) -> str:
    """The last line of a program that is not in the one before it on its line of descent, or just its last one."""
    older = line[line.index(name) + 1 :][:1]
    known = {row.strip() for parent in older for row in replay.tasks[parent].program.splitlines()}
    rows = [row.strip() for row in replay.tasks[name].program.strip().splitlines()]
    return next((row for row in reversed(rows) if row not in known), rows[-1])


def descent_page(replay: Replay, task_id: str) -> Page:
    """The programs of a task's line of descent, the seed first."""
    line = enumerate(line_of_descent(replay, task_id)[::-1])
    rows = [(number, task.step, task.type, Page(pre(task.program)), task.pairs[0][0]) for number, task in line]
    return table(("generation", "made in step", "task type", "program", "first input"), rows)


def new_tasks(replay: Replay, steps: int = 1) -> list[str]:
    """The ids of the deduction tasks kept in the last steps of a run, those with most ancestors first."""
    last = max((task.step for task in replay.tasks.values()), default=-1)
    recent = [t for t in replay.tasks.values() if t.type == "deduction" and t.step > last - steps]
    return [t.id for t in sorted(recent, key=lambda t: -len(line_of_descent(replay, t.id)))]


# --- runs of a language model ----------------------------------------------------------------------------------------
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
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(groups), frameon=False)
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
