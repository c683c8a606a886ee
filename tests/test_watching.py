"""Following a run of another process: the sentence for each state of a folder, and a whole run watched to its end."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from filelock import FileLock

from azr_nb.course import progress_line, watch, watching
from azr_nb.runs.folder import LOCK, RunFolderError


def folder_of(path, steps=10, rows=0, summary=None):
    path.mkdir(exist_ok=True)
    (path / "config.yaml").write_text(f"steps: {steps}\n")
    table = "step,minutes\n" + "".join(f"{i},{(i + 1) / 2}\n" for i in range(rows))
    (path / "metrics.csv").write_text(table)
    (path / "summary.json").write_text(json.dumps(summary or {}))
    return path


def test_each_state_has_its_sentence(tmp_path):
    run = tmp_path / "run"
    assert "scored on held-out tasks before" in progress_line(folder_of(run))
    line = progress_line(folder_of(run, rows=4, summary={"before": {}}))
    assert line == "4 of 10 steps in 2.0 minutes, about 3.0 left, then scores and the report."
    assert progress_line(folder_of(run, rows=1, summary={"before": {}})) == "1 of 10 steps in 0.5 minutes."
    assert "scored on held-out tasks again" in progress_line(folder_of(run, rows=10, summary={"before": {}}))
    assert progress_line(folder_of(run, rows=10, summary={"after": {}})).startswith("The run is finished: 10 of 10")
    assert progress_line(folder_of(run, rows=3, summary={"broken": "nan"})).endswith("1.5 minutes: nan")
    assert f"--resume --out {run}" in progress_line(folder_of(run, rows=3), alive=False)


def test_a_held_lock_is_a_process_at_work(tmp_path):
    assert not watching.going(tmp_path)
    with FileLock(tmp_path / LOCK):
        assert watching.going(tmp_path)
    assert not watching.going(tmp_path)


def test_a_run_that_nobody_starts_is_one_line(tmp_path):
    with pytest.raises(RunFolderError, match="there is no run in"):
        watch(tmp_path / "nothing", wait=0)


def test_an_abandoned_run_ends_the_watching(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(watching, "SILENT", 0.0)
    line = watch(folder_of(tmp_path / "run", rows=3, summary={"before": {}}), every=0)
    assert line.startswith("Nothing is at work")


def test_a_whole_run_is_watched_to_its_end(tmp_path):
    out = tmp_path / "run"
    small = [
        "--set",
        "eval_tasks=2",
        "--set",
        "eval_samples=1",
        "--set",
        "proposals_per_type=4",
        "--set",
        "seed_tasks=4",
    ]
    command = ["train", "--environment", "things", "--steps", "3", "--no-report", "--out", str(out), *small]
    with subprocess.Popen([sys.executable, "-m", "azr_nb", *command], stdout=subprocess.DEVNULL) as running:
        drawn = []
        line = watch(out, lambda metrics: drawn.append(len(metrics["step"])) or "figure", every=0.2)
        assert running.wait(60) == 0
    assert line.startswith("The run is finished: 3 of 3 steps") and drawn[-1] == 3
