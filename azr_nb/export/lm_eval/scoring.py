"""What the task files call: documents of a suite, their prompts, and the verdict on a completion."""

from __future__ import annotations

import json
from typing import Any

from azr_nb.export.judge import shared_judge, tasks_of
from azr_nb.tasks import TASK_TYPES, Task


def documents(source: str = "own", **kwargs: Any) -> dict[str, Any]:
    """The suite as a dataset with one split."""
    from datasets import Dataset

    rows = [{"type": task.type, "task": json.dumps(task.to_dict())} for task in tasks_of(source)]
    return {"test": Dataset.from_list(rows)}


def _task(doc: dict[str, str]) -> Task:
    return Task.from_dict(json.loads(doc["task"]))


def prompt(doc: dict[str, str]) -> str:
    """A document's prompt: solved examples, then the task."""
    return shared_judge("fewshot").prompt(_task(doc))


def results(doc: dict[str, str], completions: list[str]) -> dict[str, float]:
    """Whether the first completion is right: of all tasks, and of its type."""
    text = completions[0]
    for stop in shared_judge("fewshot").stops:
        text = text.split(stop)[0]
    right = float(shared_judge("fewshot").verdicts([_task(doc)], [text])[0].ok)
    return {"right": right, **{kind: right for kind in TASK_TYPES if kind == doc["type"]}}
