"""Following a run that goes on in another process, from a notebook: its curves so far, and how long it will take."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path

import yaml
from filelock import FileLock, Timeout
from IPython.display import DisplayHandle

from azr_nb.runs.folder import LOCK, RunFolderError, read_mapping
from azr_nb.runs.plots import Columns, learning_curves, read_metrics

RECENT = 20  # steps that the time left is estimated from
SILENT = 20.0  # seconds without a new step after which it is asked whether anybody is at work: asking takes the lock


def going(folder: Path) -> bool:
    """Whether a process is at work in a run folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True


def progress_line(folder: Path, alive: bool = True) -> str:
    """How far a run has come, and about how long it still takes, in one sentence; `alive` if a process is at work."""
    summary = read_mapping(folder / "summary.json", json.loads)
    steps = read_mapping(folder / "config.yaml", yaml.safe_load).get("steps", 0)
    minutes = [m for m in _metrics(folder).get("minutes", []) if math.isfinite(m)]
    done = f"{len(minutes)} of {steps} steps in {minutes[-1] if minutes else 0:.1f} minutes"
    if summary.get("broken"):
        return f"The run broke after {done}: {summary['broken']}"
    if "after" in summary:
        return f"The run is finished: {done}."
    if not alive:
        return f"Nothing is at work in {folder}: {done}; go on with azr-nb train --resume --out {folder}"
    if "before" not in summary:
        return "The policy is being scored on held-out tasks before the first step."
    if len(minutes) >= steps:
        return f"{done}; the policy is being scored on held-out tasks again."
    recent = minutes[-RECENT - 1 :]
    if len(recent) < 2:
        return f"{done}."
    left = (recent[-1] - recent[0]) / (len(recent) - 1) * (steps - len(minutes))
    return f"{done}, about {left:.1f} left, then scores and the report."


def _metrics(folder: Path) -> Columns:
    try:
        return read_metrics(folder / "metrics.csv")
    except (OSError, RunFolderError):  # before the first step
        return {}


def watch(
    folder: str | Path, figure: Callable[[Columns], object] = learning_curves, every: float = 3.0, wait: float = 60.0
) -> str:
    """Draw a figure of a run's metrics anew every few seconds, until the run ends; returns the last sentence about it.

    The run goes on in a process of its own, such as `azr-nb train --out data_out/evening` in a terminal; interrupting
    this cell stops the watching and nothing else. A run that has not begun is waited for, `wait` seconds at most;
    raises `RunFolderError` if there is none by then.
    """
    folder, begun = Path(folder).expanduser(), time.monotonic()
    while not (folder / "config.yaml").is_file():
        if time.monotonic() - begun > wait:
            raise RunFolderError(f"there is no run in {folder}: start one with azr-nb train --out {folder}")
        time.sleep(min(every, 1.0))
    said = DisplayHandle()
    said.display({"text/plain": progress_line(folder)}, raw=True)
    line, drawn, rows, changed = "", None, 0, time.monotonic()
    try:
        while True:
            metrics = _metrics(folder)
            if len(metrics.get("step", ())) > rows:
                rows, changed = len(metrics["step"]), time.monotonic()
                if drawn is None:
                    drawn = DisplayHandle()
                    drawn.display(figure(metrics))
                else:
                    drawn.update(figure(metrics))
            alive = time.monotonic() - changed < SILENT or going(folder)
            # looked at before the line is made, which then says at least as much
            ended = {"after", "broken"} & read_mapping(folder / "summary.json", json.loads).keys()
            line = progress_line(folder, alive)
            said.update({"text/plain": line}, raw=True)
            if not alive or ended:
                return line
            time.sleep(every)
    except KeyboardInterrupt:
        return line
