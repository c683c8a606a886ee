"""Tasks as the model wrote them, early and late in a run, each with a right and a wrong answer, for the report.

Files that an interrupted run left short are read as far as they go.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from azr_nb.runs.folder import read_lines
from azr_nb.runs.pages import Page, pre, table
from azr_nb.runs.plots import in_order
from azr_nb.runs.report_parts import Run, page, sentence

SAMPLES, LONGEST = 3, 1_500  # proposals shown per type, characters shown of a text


def samples(run: Run) -> Page:
    """The first valid proposals of each type in the first and in the last tenth of the steps, with two answers."""
    if not run.steps:
        return sentence("No step has been taken yet.")
    parts = []
    for title, types in chosen(run.folder, run.steps):
        parts.append(f"<h3>{html.escape(title)}</h3>")
        for kind, tasks in types:
            parts.append(f"<h4>{html.escape(kind)}</h4>")
            parts += tasks or [sentence("No valid proposal of this type in these steps.")]
        if not types:
            parts.append(sentence("No valid proposals are recorded."))
    return page("".join(parts))


def chosen(folder: Path, steps: Sequence[int]) -> list[tuple[str, list[tuple[str, list[Page]]]]]:
    """For the first and the last tenth of the steps a title, and per task type a table of each proposal shown."""
    tenth = math.ceil(len(steps) / 10)
    spans = {"Early": steps[:tenth], "Late": steps[tenth:][-tenth:]}
    picks: dict[tuple[str, str], list[dict[str, Any]]] = {}
    by_task: dict[str, list[dict[str, Any]]] = {}
    for row in read_lines(folder / "rollouts.jsonl.gz"):
        if row["role"] == "propose" and row["status"] == "ok" and row["task"]:
            for phase, span in spans.items():
                taken = picks.setdefault((phase, row["type"]), [])
                if row["step"] in span and len(taken) < SAMPLES:
                    taken.append(row)
                    by_task.setdefault(row["task"], []).append(row)
    for row in read_lines(folder / "rollouts.jsonl.gz"):
        if row["role"] == "solve" and row["task"] in by_task:
            for proposal in by_task[row["task"]]:
                if row["step"] >= proposal["step"]:
                    proposal.setdefault("right" if row["status"] == "ok" else "wrong", row)
    tasks = {task["id"]: task for task in read_lines(folder / "buffer.jsonl") if task["id"] in by_task}
    order = in_order(kind for _, kind in picks)
    return [
        (
            f"{phase}: steps {span[0]} to {span[-1]}" if len(span) > 1 else f"{phase}: step {span[0]}",
            [(kind, [proposal_table(row, tasks.get(row["task"])) for row in picks[phase, kind]]) for kind in order],
        )
        for phase, span in spans.items()
        if span
    ]


def proposal_table(row: dict[str, Any], task: dict[str, Any] | None) -> Page:
    """One proposal with its answers. A task that is not in buffer.jsonl is shown as the text it was parsed from."""
    pairs = []
    for i, (call, output) in enumerate(task["pairs"] if task else ()):
        hidden = task["type"] == "induction" and i >= task["visible"]
        pairs.append(f"f({call}) => {output}" + ("    # hidden from the solver" if hidden else ""))
    rate = "not estimated" if row["solve_rate"] is None else f"{100 * row['solve_rate']:.0f} %"
    shown = [("program", box(task["program"] if task else row["completion"]))]
    shown += [("message", box(task["message"]))] if task and task["message"] else []
    shown += [("calls", box("\n".join(pairs)))] if pairs else []
    for name, mark in (("right", "✓ right answer"), ("wrong", "✗ wrong answer")):
        if name in row:
            reason = clip(row[name].get("reason") or "")
            more = f"<p>({html.escape(reason)})</p>" if reason else ""
            shown.append((mark, Page(box(row[name]["completion"] or "(no text)") + more)))
    return table((f"step {row['step']}", f"solve rate {rate}, proposer's reward {row['reward']:+.2f}"), shown)


def box(text: str) -> Page:
    """Model text in a box of its own, cut if it is long."""
    return Page(pre(clip(text)))


def clip(text: str) -> str:
    """The first characters of a long text, and how many more there are."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n… {len(text) - LONGEST} more characters"
