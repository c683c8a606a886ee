"""Two processes as one run: the same gradients and statistics, one buffer, no work done twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from run_folders import timeless

pytest.importorskip("torch")

# --multi_gpu is what makes accelerate start several processes, on CPUs too; with --cpu it starts one
LAUNCH = [
    sys.executable,
    "-m",
    "accelerate.commands.launch",
    "--multi_gpu",
    "--num_processes",
    "2",
    "--num_machines",
    "1",
    "--mixed_precision",
    "no",
    "--dynamo_backend",
    "no",
    "--main_process_port",
    "0",
]
SETTINGS = [
    "--set",
    "proposals_per_type=6",
    "--set",
    "solve_tasks_per_type=2",
    "--set",
    "solve_samples=4",
    "--set",
    "solve_rate_samples=4",
    "--set",
    "seed_tasks=8",
    "--set",
    "eval_tasks=4",
    "--set",
    "eval_samples=2",
    "--set",
    "save_every=2",
    "--set",
    "kl_weight=0.1",
]


def launch(*arguments: object, size: int = 2) -> subprocess.CompletedProcess:
    command = [*LAUNCH, *map(str, arguments)] if size == 2 else [sys.executable, *map(str, arguments)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return done


@pytest.fixture(scope="module")
def updates(tmp_path_factory) -> dict[int, dict]:
    """The same recorded rollouts, trained on by one process and by two."""
    folder = tmp_path_factory.mktemp("updates")
    script = Path(__file__).parent / "two_processes.py"
    reports = {}
    for size in (1, 2):
        launch(script, folder / f"{size}.json", "sequence", "token", size=size)
        reports[size] = json.loads((folder / f"{size}.json").read_text())
    return reports


@pytest.mark.parametrize("aggregation", ["sequence", "token"])
def test_two_processes_make_the_update_of_one(updates, aggregation):
    one, two = updates[1][aggregation], updates[2][aggregation]
    assert one["tokens"] == two["tokens"] > 0
    for name in ("grad_norm", "entropy", "kl", "loss"):
        assert two[name] == pytest.approx(one[name], rel=1e-4, abs=1e-6), name
    assert two["group_grad_norms"] == pytest.approx(one["group_grad_norms"], rel=1e-4, abs=1e-6)
    assert two["weights"] == pytest.approx(one["weights"], rel=1e-4, abs=1e-6)
    assert one["advantages"] == two["advantages"]
    assert (one["processes"], two["processes"]) == (1, 2)


TRAIN = ["-m", "azr_nb", "train", "--steps", 3, "--seed", 7, *SETTINGS]


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "both"
    launch(*TRAIN, "--out", out)
    return out


def test_two_processes_write_one_run(run):
    assert [row["step"] for row in timeless(run)] == ["0", "1", "2"]
    assert {"adapter", "buffer.jsonl", "summary.json", "report.html"} <= {path.name for path in run.iterdir()}
    tasks = [json.loads(line) for line in (run / "buffer.jsonl").read_text().splitlines()]
    assert len({task["id"] for task in tasks}) == len(tasks)
    assert {task["step"] for task in tasks} == {-1, 0, 1, 2}


def test_no_work_is_done_twice(run):
    from azr_nb.runs.folder import read_rollouts

    rows = read_rollouts(run)
    proposals = [row for row in rows if row["role"] == "propose"]
    assert len(proposals) == 3 * 3 * 6  # steps, types, proposals: the number that one process makes
    texts = [(row["step"], row["type"], row["completion"]) for row in proposals]
    assert len(set(texts)) > 0.9 * len(texts)  # two processes that drew alike would make every text twice


@pytest.mark.parametrize("rank", ["0", pytest.param("1", marks=pytest.mark.slow)])
def test_a_run_that_lost_a_process_goes_on_as_if_nothing_had_been(run, tmp_path, rank):
    out = tmp_path / "killed"
    process = subprocess.Popen(
        [*LAUNCH, *map(str, TRAIN), "--no-report", "--out", str(out)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 200
    while process.poll() is None and not (out / "state.json").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    victims = [child for child in psutil.Process(process.pid).children() if child.environ().get("RANK") == rank]
    assert len(victims) == 1, "the run ended before one of its processes could be killed"
    victims[0].kill()
    assert process.wait(timeout=120) != 0, "the launcher ends the other process and says that the run failed"
    assert len(timeless(out)) < 3 and not (out / "adapter").exists()
    launch("-m", "azr_nb", "train", "--resume", "--no-report", "--out", out)
    assert timeless(out) == timeless(run)
    for name in ("buffer.jsonl", "held_out.json", "adapter/adapter_model.safetensors"):
        assert (out / name).read_bytes() == (run / name).read_bytes()


def test_a_finished_run_of_two_processes_can_be_resumed_by_one(run):
    before = (run / "metrics.csv").read_text()
    launch("-m", "azr_nb", "train", "--resume", "--no-report", "--out", run, size=1)
    assert (run / "metrics.csv").read_text() == before
