"""The run folder: what a run writes, atomically, so that it can be stopped at any moment and gone on with.

A checkpoint is a folder of TRL's (adapter, optimizer, random states) with our buffer beside it; `state.json` names
the last complete one, together with the sizes that the growing files had then. Resuming cuts those files back to
these sizes and takes the same steps again.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from azr_nb.config import SelfPlayConfig, save_config
from azr_nb.files import write_atomic
from azr_nb.selfplay import SelfPlay, StepTrace
from azr_nb.tasks import Task


class RunFolderError(ValueError):
    """A run folder that cannot be used; the message is one line that says why and what to do."""


def _number(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:.6g}"
    return str(value)


STATE = {"step", "checkpoint", "rollouts_bytes", "recent", "solve_rates", "minutes"}


class RunFolder:
    """Writes one run's files. Create it with `start` or `resume`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, str]] = []
        self.columns: list[str] = []

    @classmethod
    def start(cls, path: Path, config: SelfPlayConfig) -> RunFolder:
        """A new folder. Raises `RunFolderError` if a run or anything else is in it already."""
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            hint = "add --resume to go on with it, or " if (path / "config.yaml").exists() else ""
            raise RunFolderError(f"{path} is not empty: {hint}choose another folder with --out")
        path.mkdir(parents=True, exist_ok=True)
        save_config(config, path / "config.yaml")
        return cls(path)

    @classmethod
    def resume(cls, path: Path) -> tuple[RunFolder, dict[str, Any] | None]:
        """An existing folder and the state of its last checkpoint (None: from the start). Changes nothing yet.

        Raises `RunFolderError` if the folder holds no run or its state cannot be used.
        """
        if not (path / "config.yaml").is_file():
            raise RunFolderError(f"{path} holds no run to resume: config.yaml is missing")
        folder = cls(path)
        state = None
        if (path / "state.json").is_file():
            try:
                state = json.loads((path / "state.json").read_text())
                complete = (path / state["checkpoint"] / "buffer.jsonl").is_file() and STATE <= set(state)
            except (ValueError, KeyError, TypeError):
                raise RunFolderError(f"{path}/state.json is cut short: delete it to start the run over") from None
            if not complete:
                raise RunFolderError(f"{path}: the last checkpoint is incomplete; delete state.json to start over")
        keep = state["step"] if state else 0
        if (path / "metrics.csv").is_file():
            with open(path / "metrics.csv", newline="") as file:
                reader = csv.DictReader(file)
                folder.columns = list(reader.fieldnames or [])
                folder.rows = list(reader)[:keep]
        rollouts = path / "rollouts.jsonl.gz"
        size = rollouts.stat().st_size if rollouts.is_file() else 0
        if len(folder.rows) < keep or (state and size < state["rollouts_bytes"]):
            raise RunFolderError(f"{path} holds less than its last checkpoint says: delete state.json to start over")
        return folder, state

    def cut_back(self, state: dict[str, Any] | None) -> None:
        """Take away what was written after the checkpoint."""
        with open(self.path / "rollouts.jsonl.gz", "ab") as file:
            file.truncate(state["rollouts_bytes"] if state else 0)
        self.write_metrics()
        for other in (self.path / "checkpoints").glob("checkpoint-*"):
            if state is None or other.name != Path(state["checkpoint"]).name:
                shutil.rmtree(other)

    def add_step(self, trace: StepTrace) -> None:
        """Append a step's metrics and rollouts."""
        lines = "".join(
            json.dumps(r.to_row(trace.step), ensure_ascii=True) + "\n" for r in trace.rollouts
        ).encode()
        with open(self.path / "rollouts.jsonl.gz", "ab") as file:
            file.write(gzip.compress(lines, compresslevel=5, mtime=0))
        new = [name for name in trace.metrics if name not in self.columns]
        self.columns += new
        self.rows.append({name: _number(value) for name, value in trace.metrics.items()})
        self.write_metrics()

    def write_metrics(self) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(text, self.columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        write_atomic(self.path / "metrics.csv", text.getvalue())

    def checkpoint(self, folder: Path, play: SelfPlay, minutes: float) -> None:
        """Complete the trainer's checkpoint with our state, then name it as the one to resume from."""
        write_atomic(folder / "buffer.jsonl", buffer_text(play))
        state = {
            "step": play.step_number,
            "checkpoint": str(folder.relative_to(self.path)),
            "rollouts_bytes": (self.path / "rollouts.jsonl.gz").stat().st_size,
            "recent": list(play.recent),
            "solve_rates": play.buffer.solve_rates,
            "minutes": minutes,
        }
        write_atomic(self.path / "state.json", json.dumps(state))

    def restore(self, play: SelfPlay, state: dict[str, Any]) -> None:
        """Put a checkpoint's buffer and counters back into a run."""
        for line in (self.path / state["checkpoint"] / "buffer.jsonl").read_text().splitlines():
            play.buffer.add(Task.from_dict(json.loads(line)))
        play.recent.extend(state["recent"])
        play.buffer.solve_rates.update(state["solve_rates"])
        play.step_number = state["step"]

    def write_held_out(self, side: str, scores: dict[str, Any]) -> None:
        """Keep the held-out scores per task, for paired comparisons."""
        path = self.path / "held_out.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        write_atomic(path, json.dumps({**known, side: scores}))

    def write_summary(self, summary: dict[str, Any]) -> None:
        write_atomic(self.path / "summary.json", json.dumps(summary, indent=1))

    def read_summary(self) -> dict[str, Any]:
        try:
            return json.loads((self.path / "summary.json").read_text())
        except (FileNotFoundError, ValueError):
            return {}

    def write_buffer(self, play: SelfPlay) -> None:
        write_atomic(self.path / "buffer.jsonl", buffer_text(play))

    def write_adapter(self, trainer, base: str, weights: dict) -> None:
        """Save the LoRA adapter as PEFT does, naming the model that the run started from."""
        target, fresh = self.path / "adapter", self.path / "adapter.tmp"
        shutil.rmtree(fresh, ignore_errors=True)
        trainer.model.save_pretrained(fresh, state_dict=weights)
        config = json.loads((fresh / "adapter_config.json").read_text())
        config["base_model_name_or_path"] = base
        (fresh / "adapter_config.json").write_text(json.dumps(config, indent=1))
        (fresh / "README.md").unlink(missing_ok=True)
        old = self.path / "adapter.old"
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)


def buffer_text(play: SelfPlay) -> str:
    return "".join(json.dumps(task.to_dict()) + "\n" for task in play.buffer.all())


def read_mapping(path: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    """What a JSON or YAML file holds; empty if it is missing, cut short or no mapping, for a run may stop any time."""
    try:
        data = parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return data if isinstance(data, dict) else {}


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON lines file, gzipped or not, up to where an interrupted run cut it off; none without a file."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", errors="replace") as file:
            for line in file:
                yield json.loads(line)
    except (OSError, EOFError, ValueError, zlib.error):
        return


def read_rollouts(path: Path) -> list[dict[str, Any]]:
    """All rows of a run's rollouts.jsonl.gz; a last member that was cut off is left out."""
    if not (path / "rollouts.jsonl.gz").is_file():
        raise RunFolderError(f"{path} has no rollouts.jsonl.gz")
    return list(read_lines(path / "rollouts.jsonl.gz"))
