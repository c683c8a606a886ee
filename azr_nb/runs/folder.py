"""The run folder: what a run writes, atomically, so that it can be stopped at any moment and gone on with.

Resuming takes the newest checkpoint that is whole (see `checkpoints`), cuts the growing files back to what they were
then, and takes the same steps again. One process at a time works in a folder, and nothing is written or deleted through
a link, for a folder may come from anybody.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
import stat
import zlib
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import yaml

from azr_nb.config import (
    FORMAT,
    FORMAT_FILE,
    ConfigError,
    SelfPlayConfig,
    check_format,
    load_config,
    read_yaml,
    save_config,
)
from azr_nb.config.files import open_to_append, write_atomic
from azr_nb.runs.checkpoints import STATE, UNFINISHED, State, complete, folders, newest_usable, number
from azr_nb.selfplay import SelfPlay, StepTrace
from azr_nb.tasks import Task

LOCK = ".lock"
SIGNALS = "signals.safetensors"  # of a checkpoint: what signals keep from step to step
# what a run writes or deletes
WRITTEN = (
    "config.yaml metrics.csv rollouts.jsonl.gz state.json summary.json held_out.json buffer.jsonl checkpoints "
    f"adapter adapter.tmp adapter.old report.html *.png *.tmp {LOCK}"
).split()


class RunFolderError(ValueError):
    """A run folder that cannot be used; the message is one line that says why and what to do."""


def _number(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def refuse_links(folder: Path) -> None:
    """Raise `RunFolderError` if anything that a run writes or deletes is a link, or neither a file nor a folder."""
    for path in sorted(folder.iterdir()):
        if not any(fnmatch(path.name, name) for name in WRITTEN):
            continue
        for part in (path, *(path.rglob("*") if path.is_dir() and not path.is_symlink() else ())):
            mode = part.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                what = "a link" if stat.S_ISLNK(mode) else "neither a file nor a folder"
                raise RunFolderError(
                    f"{part} is {what}: a run writes into its own folder only; put a copy in its place, or delete it"
                )


class RunFolder:
    """One run's files; nothing is read or written before `start` or `resume`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, str]] = []
        self.columns: list[str] = []
        self.notes: list[str] = []  # what a user should know of a folder that is gone on with
        self._lock = None

    def hold(self) -> None:
        """Keep other processes out of the folder until `release`, or until this process ends, however it does.

        Raises `RunFolderError` if another one is at work in it.
        """
        from filelock import FileLock, Timeout

        if self._lock is not None:
            return
        lock = FileLock(self.path / LOCK, timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise RunFolderError(
                f"another process is at work in {self.path}: wait for it, or choose another folder with --out"
            ) from None
        self._lock = lock

    def release(self) -> None:
        """Let other processes into the folder."""
        if self._lock is not None:
            self._lock.release(force=True)

    def start(self, config: SelfPlayConfig) -> None:
        """Make the folder, hold it and write the config. Raises `RunFolderError` if anything is in it already."""
        path = self.path
        if path.exists() and (not path.is_dir() or any(entry.name != LOCK for entry in path.iterdir())):
            hint = "add --resume to go on with it, or " if (path / "config.yaml").exists() else ""
            raise RunFolderError(f"{path} is not empty: {hint}choose another folder with --out")
        path.mkdir(parents=True, exist_ok=True)
        self.hold()
        save_config(config, path / "config.yaml")

    def resume(self) -> State | None:
        """Read how far the run came, up to its newest whole checkpoint, whose state is returned. Changes nothing.

        None means from the start. Raises `RunFolderError` if the folder holds no run, or if there is no going on with
        it, and `ConfigError` for its config.
        """
        path = self.path
        if not (path / "config.yaml").is_file():
            raise RunFolderError(f"{path} holds no run to resume: config.yaml is missing")
        refuse_links(path)
        config, rows = load_config(path / "config.yaml"), self._read_rows()
        rollouts = path / "rollouts.jsonl.gz"
        size = rollouts.stat().st_size if rollouts.is_file() else 0
        state, problems = newest_usable(path, rows, size)
        then = f"going on from step {state.step}" if state else "starting over"
        self.notes = [f"{problem}; {then}" for problem in problems]
        lost = len(rows) > config.save_every or (path / STATE).is_file()
        if state is None and (lost or any(not problem.endswith(UNFINISHED) for problem in problems)):
            raise RunFolderError(
                f"{path} has no checkpoint that is whole ({'; '.join(problems) or 'there is none'}): "
                "restore its files, or start a new run with another --out"
            )
        self.rows = rows[: state.step if state else 0]
        return state

    def _read_rows(self) -> list[dict[str, str]]:
        """The rows of metrics.csv as they stand there, and its columns."""
        path = self.path / "metrics.csv"
        if not path.is_file():
            return []
        try:
            with open(path, newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file, restval="")
                self.columns = list(reader.fieldnames or [])
                return [{name: row[name] for name in self.columns} for row in reader]
        except (csv.Error, UnicodeDecodeError) as error:
            raise RunFolderError(
                f"{path} is not a table ({error}): restore it, or start a new run with another --out"
            ) from None

    def cut_back(self, state: State | None) -> None:
        """Take away what was written after the checkpoint."""
        with open_to_append(self.path / "rollouts.jsonl.gz") as file:
            file.truncate(state.rollouts_bytes if state else 0)
        self.write_metrics()
        for other in folders(self.path):
            if state is None or number(other) > number(state.checkpoint):
                shutil.rmtree(other)

    def add_step(self, trace: StepTrace) -> None:
        """Append a step's metrics and rollouts."""
        lines = "".join(json.dumps(r.to_row(trace.step), ensure_ascii=True) + "\n" for r in trace.rollouts).encode()
        with open_to_append(self.path / "rollouts.jsonl.gz") as file:
            file.write(gzip.compress(lines, compresslevel=5, mtime=0))
        self.add_row(trace.metrics)

    def add_row(self, metrics: Mapping[str, Any]) -> None:
        """Append a row to metrics.csv, with new columns where it has any."""
        self.columns += [name for name in metrics if name not in self.columns]
        self.rows.append({name: _number(value) for name, value in metrics.items()})
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
        if play.signals is not None:
            write_signals(folder / SIGNALS, play.signals.state())
        state = State(
            step=play.step_number,
            checkpoint=folder.relative_to(self.path).as_posix(),
            rollouts_bytes=(self.path / "rollouts.jsonl.gz").stat().st_size,
            recent=list(play.recent),
            solve_rates=play.buffer.solve_rates,
            rare=play.buffer.rare,
            minutes=minutes,
        )
        complete(self.path, folder, state)

    def restore(self, play: SelfPlay, state: State) -> None:
        """Put a checkpoint's buffer and counters back into a run."""
        for line in (self.path / state.checkpoint / "buffer.jsonl").read_text(encoding="utf-8").splitlines():
            play.buffer.add(Task.from_dict(json.loads(line)))
        play.recent.extend(state.recent)
        play.buffer.solve_rates.update(state.solve_rates)
        play.buffer.rare.update(state.rare)
        signals = self.path / state.checkpoint / SIGNALS
        if play.signals is not None and signals.is_file():
            play.signals.load(read_signals(signals))
        play.step_number = state.step

    def write_held_out(self, side: str, scores: dict[str, Any]) -> bool:
        """Keep the held-out scores per task, for paired comparisons; False if those that were there are damaged."""
        path = self.path / "held_out.json"
        known = read_mapping(path, json.loads)
        write_atomic(path, json.dumps({**known, side: scores}))
        return side == "before" or "before" in known

    def write_summary(self, summary: dict[str, Any]) -> None:
        write_atomic(self.path / "summary.json", json.dumps(summary, indent=1))

    def read_summary(self) -> dict[str, Any]:
        """The summary so far; without scores that are damaged, and empty if nothing of it can be read."""
        summary = read_mapping(self.path / "summary.json", json.loads)
        if "before" in summary and not _scores(summary["before"]):
            del summary["before"]
        return summary

    def write_buffer(self, play: SelfPlay) -> None:
        write_atomic(self.path / "buffer.jsonl", buffer_text(play))

    def write_adapter(self, model, base: str, weights: dict) -> None:
        """Save the LoRA adapter as PEFT does, naming the model that the run started from."""
        target, fresh, old = self.path / "adapter", self.path / "adapter.tmp", self.path / "adapter.old"
        _remove(fresh)
        try:
            model.save_pretrained(fresh, state_dict=weights)
            config = json.loads((fresh / "adapter_config.json").read_text(encoding="utf-8"))
            config["base_model_name_or_path"] = base
            write_atomic(fresh / "adapter_config.json", json.dumps(config, indent=1))
            write_atomic(fresh / FORMAT_FILE, json.dumps({"format": FORMAT}))
            (fresh / "README.md").unlink(missing_ok=True)
            _remove(old)
            if target.exists():
                target.rename(old)
            fresh.rename(target)
            _remove(old)
        finally:
            _remove(fresh)


def _remove(path: Path) -> None:
    """Delete a folder, or a link in its place."""
    path.unlink() if path.is_symlink() else shutil.rmtree(path, ignore_errors=True)


def _scores(scores: Any) -> bool:
    """Whether these are held-out scores by suite and task type."""
    cells = [cell for kinds in scores.values() for cell in kinds.values()] if nested(scores) else []
    values = [cell.get(name) for cell in cells for name in ("pass@1", "greedy", "n")]
    return bool(values) and all(isinstance(value, (int, float)) for value in values)


def nested(scores: Any) -> bool:
    """Whether this is a mapping of mappings of mappings, as by suite, task type and score."""
    return isinstance(scores, dict) and all(
        isinstance(kinds, dict) and all(isinstance(cell, dict) for cell in kinds.values()) for kinds in scores.values()
    )


def write_signals(path: Path, state: Mapping[str, Any]) -> None:
    """Keep what signals know, as tensors by name."""
    from safetensors.torch import save

    write_atomic(path, save({name: value.contiguous() for name, value in state.items()}))


def read_signals(path: Path) -> dict[str, Any]:
    """What `write_signals` wrote."""
    from safetensors.torch import load_file

    return load_file(path)


def buffer_text(play: SelfPlay) -> str:
    return "".join(json.dumps(task.to_dict()) + "\n" for task in play.buffer.all())


def read_mapping(path: Path, parse: Callable[[str], Any]) -> dict[str, Any]:
    """What a JSON or YAML file holds; empty if it is missing, cut short or no mapping, for a run may stop any time."""
    try:
        data = parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError, yaml.YAMLError):
        return {}
    return data if isinstance(data, dict) else {}


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a JSON lines file, gzipped or not, up to where an interrupted run cut it off; none without a file."""
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8", errors="replace") as file:
            for line in file:
                yield json.loads(line)
    except (OSError, EOFError, ValueError, RecursionError, zlib.error):
        return


def kept_tasks(run: Path) -> list[Task]:
    """The tasks in a run's buffer. Raises `RunFolderError` if it is not there."""
    if not (run / "buffer.jsonl").is_file():
        raise RunFolderError(f"{run} has no buffer.jsonl: some recorded runs keep scores only; make the run again")
    return [Task.from_dict(row) for row in read_lines(run / "buffer.jsonl")]


def check_run(folder: Path, purpose: str) -> None:
    """Raise `RunFolderError` for a folder without the metrics of a run."""
    if not (folder / "metrics.csv").is_file():
        fault = "metrics.csv is missing" if folder.is_dir() else "it is not a folder"
        raise RunFolderError(f"{folder} holds no run to {purpose}: {fault}")


def check_run_format(folder: Path) -> None:
    """Raise `RunFolderError` for a run or an adapter of a newer release; one without a number is of the first."""
    for name, parse in (("config.yaml", read_yaml), (FORMAT_FILE, json.loads)):
        try:
            check_format(read_mapping(folder / name, parse).get("format", 0), folder / name)
        except ConfigError as error:
            raise RunFolderError(str(error)) from None


def read_rollouts(path: Path) -> list[dict[str, Any]]:
    """All rows of a run's rollouts.jsonl.gz; a last member that was cut off is left out."""
    if not (path / "rollouts.jsonl.gz").is_file():
        raise RunFolderError(f"{path} has no rollouts.jsonl.gz")
    return list(read_lines(path / "rollouts.jsonl.gz"))
