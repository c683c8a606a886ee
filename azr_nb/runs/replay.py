"""A run folder opened for looking: any step, any task, all answers, and the line of descent of a task.

Everything is read once and indexed, so that a view answers at once. Files that an interrupted run left short are read
as far as they go.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from azr_nb.runs.folder import check_run, read_lines, read_mapping
from azr_nb.runs.plots import read_metrics
from azr_nb.tasks import Task

Row = dict[str, Any]


@dataclass
class Replay:
    """One run: `metrics` by column, `tasks` by id, and its rollouts by step and by task.

    A rollout is a row of rollouts.jsonl.gz, as `Rollout.to_row` writes it.
    """

    name: str
    config: dict[str, Any]
    metrics: dict[str, list[float]]
    tasks: dict[str, Task]
    summary: dict[str, Any]
    proposals: dict[int, list[Row]] = field(default_factory=dict, repr=False)
    answers: dict[tuple[int, str], list[Row]] = field(default_factory=dict, repr=False)

    @property
    def steps(self) -> list[int]:
        """The steps that have rollouts, in order."""
        return sorted(self.proposals)


def open_replay(folder: Path | str) -> Replay:
    """Read a run folder. Raises `RunFolderError` with one line if it holds no run."""
    folder = Path(folder)
    check_run(folder, "look at")
    tasks = {row["id"]: Task.from_dict(row) for row in read_lines(folder / "buffer.jsonl")}
    config = read_mapping(folder / "config.yaml", yaml.safe_load)
    summary = read_mapping(folder / "summary.json", json.loads)
    replay = Replay(folder.resolve().name, config, read_metrics(folder / "metrics.csv"), tasks, summary)
    proposals, answers = defaultdict(list), defaultdict(list)
    for row in read_lines(folder / "rollouts.jsonl.gz"):
        if row["role"] == "propose":
            proposals[row["step"]].append(row)
        elif row["task"]:
            answers[row["step"], row["task"]].append(row)
    replay.proposals, replay.answers = dict(proposals), dict(answers)
    return replay


# --- descent ---------------------------------------------------------------------------------------------------------
def ancestors(replay: Replay, task_id: str, most: int = 40) -> dict[str, int]:
    """A task and those it descends from, with the generations between: parents are the references it was shown.

    The nearest come first, at most `most` of them. Raises `KeyError` for a task that the run has not kept.
    """
    if task_id not in replay.tasks:
        raise KeyError(f"the run has kept no task {task_id!r}")
    found, edge = {task_id: 0}, [task_id]
    while edge and len(found) < most:
        edge = list(dict.fromkeys(p for name in edge for p in replay.tasks[name].parents if p in replay.tasks))
        edge = [name for name in edge if name not in found]
        for name in edge[: most - len(found)]:
            found[name] = found[_child(replay, name, found)] + 1
    return found


def _child(replay: Replay, name: str, found: dict[str, int]) -> str:
    """The nearest known task that was shown `name`."""
    return min((n for n in found if name in replay.tasks[n].parents), key=lambda n: found[n])


def line_of_descent(replay: Replay, task_id: str) -> list[Task]:
    """One line from a task back to one that has no parent in the run: at each step the oldest reference it was shown.

    The last is a seed task; most often the identity program, from which every run grows.
    """
    line = [replay.tasks[task_id]]
    while True:
        parents = [replay.tasks[p] for p in line[-1].parents if p in replay.tasks]
        parents = [parent for parent in parents if parent.id not in {task.id for task in line}]
        if not parents:
            return line
        line.append(min(parents, key=lambda task: task.step))
