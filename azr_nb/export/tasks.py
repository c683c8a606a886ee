"""The tasks that a run wrote, as a dataset: programs with inputs and outputs, their lineage, and how often each was
solved. `datasets.load_dataset(FOLDER)` reads it, and so does any other reader of parquet.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from azr_nb.config import load_config
from azr_nb.config.files import write_atomic
from azr_nb.runs.folder import RunFolderError, kept_tasks, read_lines

DATA, CARD = "data/tasks.parquet", "README.md"
ABOUT = {
    "id": "name of the task within its run",
    "type": "deduction (predict the output), abduction (find an input), induction (write the program), or another type",
    "program": "the program, as text",
    "inputs": "arguments of the calls, as text; one for deduction and abduction",
    "outputs": "what the calls gave, as the verifier found it, as text",
    "visible": "induction: how many pairs a solver is shown",
    "message": "induction: the line that a solver is shown",
    "step": "the step in which the policy wrote the task; -1 for seeding",
    "parents": "ids of the tasks that the proposer was shown",
    "attempts": "answers that were sampled during the run",
    "right": "how many of them were right",
    "pass_rate": "right / attempts; empty without attempts",
}


def task_rows(run: Path) -> Iterator[dict[str, Any]]:
    """A run's kept tasks, with the verdicts on all answers to them. Raises `RunFolderError` without a buffer."""
    tasks = kept_tasks(run)
    tried, right = Counter(), Counter()
    for row in read_lines(run / "rollouts.jsonl.gz"):
        if row.get("role") == "solve":
            tried[row["task"]] += 1
            right[row["task"]] += row["status"] == "ok"
    for task in tasks:
        yield {
            "id": task.id,
            "type": task.type,
            "program": task.program,
            "inputs": [given for given, _ in task.pairs],
            "outputs": [made for _, made in task.pairs],
            "visible": task.visible,
            "message": task.message,
            "step": task.step,
            "parents": list(task.parents),
            "attempts": tried[task.id],
            "right": right[task.id],
            "pass_rate": right[task.id] / tried[task.id] if tried[task.id] else None,
        }


def export_tasks(run: Path, out: Path) -> int:
    """Write a run's tasks as a new folder with one parquet file and a card; returns their number.

    Raises `RunFolderError` if there are none, or if the folder is there already.
    """
    from datasets import Dataset, disable_progress_bars

    if out.exists():
        raise RunFolderError(f"{out} exists already: choose another folder")
    config = load_config(run / "config.yaml")
    rows = list(task_rows(run))
    if not rows:
        raise RunFolderError(f"{run} has no tasks yet: let it take a step")
    fresh = out.with_name(f".{out.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        (fresh / DATA).parent.mkdir(parents=True)
        disable_progress_bars()
        Dataset.from_list(rows).to_parquet(str(fresh / DATA))
        write_atomic(fresh / CARD, card(rows, run.resolve().name, config.environment, Path(config.model).name))
        fresh.rename(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return len(rows)


def card(rows: list[dict[str, Any]], name: str, environment: str, model: str) -> str:
    """The dataset's card: what it is, where it comes from, its columns, what it is not good for."""
    head = {
        "tags": ["self-play", "absolute-zero", "azr-nb", "synthetic"],
        "configs": [{"config_name": "default", "data_files": DATA}],
    }
    types = ", ".join(f"{count:,} {kind}" for kind, count in Counter(row["type"] for row in rows).items())
    tried = [row["pass_rate"] for row in rows if row["pass_rate"] is not None]
    lines = [
        f"---\n{yaml.safe_dump(head, sort_keys=False).strip()}\n---\n",
        f"# Tasks of the self-play run {name}\n",
        f"{len(rows):,} tasks ({types}) of the environment {environment}, which the policy {model} wrote for itself in "
        f"Absolute Zero self-play. The environment's verifier made every output. "
        f"{len(tried):,} of them were tried"
        + (f", at a mean pass rate of {sum(tried) / len(tried):.2f}." if tried else "."),
        "\nThe programs are a model's. If they are Python, run them in a sandbox only.\n",
        "| column | what it is |\n|---|---|",
        *(f"| {column} | {says} |" for column, says in ABOUT.items()),
        '\n```python\nfrom datasets import load_dataset\n\ntasks = load_dataset("FOLDER", split="train")\n```\n',
    ]
    return "\n".join(lines)


def push(folder: Path, repository: str, kind: str) -> str:
    """Upload a folder to the hub as a dataset or a model; returns its address. Needs a login of the user's own."""
    from huggingface_hub import HfApi

    api = HfApi()
    api.create_repo(repository, repo_type=kind, exist_ok=True)
    api.upload_folder(repo_id=repository, repo_type=kind, folder_path=str(folder))
    return f"https://huggingface.co/{'datasets/' if kind == 'dataset' else ''}{repository}"
