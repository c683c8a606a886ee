"""Views of notebook 07: a recorded run, step by step and task by task, and where a task comes from.

Pure functions of an opened run (`runs.replay`). All model text is escaped by `runs.pages`.
"""

from __future__ import annotations

from itertools import pairwise

from matplotlib.ticker import MaxNLocator

from azr_nb.course.drawing import INSIDE, beside, dress, panels
from azr_nb.course.texts import cut
from azr_nb.runs.pages import Page, pre, table
from azr_nb.runs.plots import LOOKS, Picture, in_order, look
from azr_nb.runs.replay import Replay, Row, ancestors, line_of_descent
from azr_nb.tasks import Task

MOST_ANSWERS = 16


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

    The line of descent is solid and its tasks carry the last line of their program; all others are grey.
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
        for parent in filter(places.get, replay.tasks[name].parents):
            color, width = (LOOKS[1][0], 2) if (name, parent) in on_line else ("#CCCCCC", 0.8)
            axis.plot(*zip(place, places[parent], strict=True), zorder=1, color=color, linewidth=width)
    for name, place in places.items():
        task, grey = replay.tasks[name], dict(color="#BBBBBB", markersize=5)
        looks = look(task.type) | dict(linestyle="none", zorder=2, markersize=8)
        axis.plot(*place, **looks if name in line else looks | grey)
        if name in line:
            text = cut(task.program.strip().splitlines()[-1].strip(), 26)
            beside(axis, *place, text, (7, 5), fontsize=8, family="monospace", parse_math=False)
    title = f"Where a task comes from: {len(line) - 1} generations back to a seed (step -1)"
    dress(axis, title, "generations back", "step in which it was made")
    axis.margins(x=0.12)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
    for kind in in_order(replay.tasks[name].type for name in line):
        axis.plot([], [], **look(kind) | dict(linestyle="none", label=kind))
    axis.plot([], [], marker="o", color="#BBBBBB", linestyle="none", label="other references")
    axis.legend(loc="upper right", **INSIDE)
    return figure


def descent_page(replay: Replay, task_id: str) -> Page:
    """The programs of a task's line of descent, the seed first."""
    rows = [
        (generation, task.step, task.type, Page(pre(task.program)), task.pairs[0][0])
        for generation, task in enumerate(line_of_descent(replay, task_id)[::-1])
    ]
    return table(("generation", "made in step", "task type", "program", "first input"), rows)


def new_tasks(replay: Replay, steps: int = 1) -> list[str]:
    """The ids of the deduction tasks kept in the last steps of a run, those with most ancestors first."""
    last = max((task.step for task in replay.tasks.values()), default=-1)
    recent = [t for t in replay.tasks.values() if t.type == "deduction" and t.step > last - steps]
    return [t.id for t in sorted(recent, key=lambda t: -len(line_of_descent(replay, t.id)))]
