"""Views of notebook 07: a recorded run, step by step and task by task, and where a task comes from.

Pure functions of an opened run (`runs.replay`). All model text is escaped by `widgets`.
"""

from __future__ import annotations

from azr_nb.course.widgets import Page, pre, table
from azr_nb.runs import plots
from azr_nb.runs.plots import INK, LOOKS, Picture, look
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


def _parts(row: Row) -> str:
    """A reward with its named parts."""
    return f"{row['reward']:+.3g} ({', '.join(row['reward_parts'])})"


def step_page(replay: Replay, step: int, most: int = 100) -> Page:
    """The first proposals of a step: text, verdict, solve rate, reward with its parts, advantage."""
    rows = [
        (
            number,
            row["type"],
            Page(pre(row["completion"])),
            row["status"],
            "–" if row["solve_rate"] is None else f"{row['solve_rate']:.3g}",
            _parts(row),
            f"{row['advantage']:+.2f}",
        )
        for number, row in enumerate(replay.proposals.get(step, ()))
    ]
    head = ("number", "task type", "proposal", "verdict", "solve rate", "reward", "advantage")
    which = f", the first {most}" if len(rows) > most else ""
    return Page(f"<h4>Step {step}: {len(rows)} proposals{which}</h4>{table(head, rows[:most])}")


def proposal_page(replay: Replay, step: int, number: int) -> Page:
    """One proposal of a step, counted from 0, with its references, and every answer to it if it became a task."""
    rows = replay.proposals.get(step, [])
    if not rows:
        return Page(f"<p>No proposals are recorded at step {step}.</p>")
    row = rows[min(number, len(rows) - 1)]
    task = replay.tasks.get(row["task"])
    references = [pre(replay.tasks[name].program) for name in row["references"] if name in replay.tasks]
    top = table(
        ("shown to the proposer", "it wrote", "verdict", "reason", "reward", "advantage"),
        [
            (
                Page("<hr>".join(references) or "–"),
                Page(pre(row["completion"])),
                row["status"],
                row["reason"],
                _parts(row),
                f"{row['advantage']:+.2f}",
            )
        ],
    )
    title = f"<h4>Step {step}, proposal {min(number, len(rows) - 1)} of {len(rows)}: {row['type']}</h4>"
    if row["task"] is None:
        return Page(f"{title}{top}<p>No task came of it.</p>")
    answers = replay.answers.get((step, row["task"]), [])
    made = table(
        ("the task", "solve rate"),
        [(Page(pre(shown_pairs(task)) if task else pre("(the buffer did not keep it)")), row["solve_rate"])],
    )
    return Page(f"{title}{top}{made}{answers_page(answers)}")


def answers_page(answers: list[Row]) -> Page:
    """Answers to one task: text, verdict, reward with its parts, advantage."""
    rows = [(Page(pre(a["completion"])), a["status"], _parts(a), f"{a['advantage']:+.2f}") for a in answers]
    more = len(rows) - MOST_ANSWERS
    page = table(("answer", "verdict", "reward", "advantage"), rows[:MOST_ANSWERS])
    return Page(page + (f"<p>and {more} more</p>" if more > 0 else ""))


def _label(task: Task, wide: int = 26) -> str:
    """The last line of a program, cut, for a graph."""
    line = task.program.strip().splitlines()[-1].strip()
    return line if len(line) <= wide else line[: wide - 1] + "…"


def lineage_figure(replay: Replay, task_id: str, most: int = 24) -> Picture:
    """The ancestors of a task as a graph: when they were made, who was shown to whom, and one line back to the seed.

    The line of descent is solid and its tasks carry the last line of their program; all others are grey.
    """
    line = [task.id for task in line_of_descent(replay, task_id)]
    generations = ancestors(replay, task_id, most) | {name: number for number, name in enumerate(line)}
    places: dict[str, tuple[int, float]] = {}
    beside: dict[int, int] = {}
    for name, generation in generations.items():
        beside[generation] = beside.get(generation, 0) + (name not in line)
        height = generation if name in line else generation + 0.16 * beside[generation]
        places[name] = (replay.tasks[name].step, height)
    figure = Picture(figsize=(8, 4.2), layout="constrained", facecolor="white")
    axis = figure.subplots()
    on_line = set(zip(line, line[1:], strict=False))
    for name in places:
        for parent in replay.tasks[name].parents:
            if parent in places:
                strong = (name, parent) in on_line
                axis.plot(
                    *zip(places[name], places[parent], strict=True),
                    zorder=1,
                    color=LOOKS[1][0] if strong else "#CCCCCC",
                    linewidth=2 if strong else 0.8,
                )
    for name, (step, height) in places.items():
        style = look(replay.tasks[name].type)
        axis.plot(
            step,
            height,
            marker=style["marker"],
            color=style["color"] if name in line else "#BBBBBB",
            markersize=8 if name in line else 5,
            linestyle="none",
            zorder=2,
        )
        if name in line:
            axis.annotate(
                _label(replay.tasks[name]),
                (step, height),
                xytext=(7, 5),
                fontsize=8,
                textcoords="offset points",
                color=INK,
                family="monospace",
                parse_math=False,
            )
    plots._dress(
        axis,
        f"Where a task comes from: {len(line) - 1} generations back to a seed (step -1)",
        "generations back",
        "step in which it was made",
    )
    axis.margins(x=0.12)
    axis.yaxis.set_major_locator(plots.MaxNLocator(nbins=8, integer=True))
    for kind in plots.in_order(replay.tasks[name].type for name in line):
        style = look(kind)
        axis.plot([], [], marker=style["marker"], color=style["color"], linestyle="none", label=kind)
    axis.plot([], [], marker="o", color="#BBBBBB", linestyle="none", label="other references")
    axis.legend(frameon=False, fontsize=8.5, loc="upper right")
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
