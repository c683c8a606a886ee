"""Three steps of a run, and the same with a break in the middle, byte for byte as when they were recorded.

Whoever moves code finds out here whether a number moved with it. Numbers depend on the processor's vector units and on
torch, so that they are compared on the kind of machine that they were recorded on. After a change that moves numbers on
purpose: `python tests/test_golden.py` records them anew.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from typer.testing import CliRunner

from azr_nb.cli.app import app

GOLDEN = Path(__file__).parent / "data" / "golden.json"
# between them these reach most branches of a step
SETTINGS = {
    "classroom": {},
    "everything": {
        "task_types": '["deduction","abduction","induction","error"]',
        "composite_share": 0.5,
        "composite_from": 0,
        "probe_every": 2,
        "eval_every": 2,
        "kl_weight": 0.01,
        "entropy_weight": 0.001,
        "train_on_solve_rate_samples": "false",
        "role_balance": "groups",
        "proposer_reward": "variance",
        "intrinsic": '{"halstead": 0.1}',
        "solver_mix": "learnable",
        "duplicates": "renamed",
        "validity_filter": "non_extremes",
        "buffer_capacity": 16,
    },
}
SMALL = dict(
    steps=3,
    seed=0,
    save_every=1,
    proposals_per_type=6,
    seed_tasks=8,
    solve_tasks_per_type=3,
    eval_tasks=3,
    eval_samples=2,
)


def machine() -> str:
    """What the numbers depend on beside the code."""
    cpu = Path("/proc/cpuinfo")
    amx = cpu.is_file() and "amx_tile" in cpu.read_text()
    return f"torch {torch.__version__.partition('+')[0]}, {torch.backends.cpu.get_cpu_capability()}, AMX {amx}"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def trace(folder: Path) -> dict[str, str]:
    """A digest of everything in a run folder that does not depend on the clock."""
    with open(folder / "metrics.csv", newline="") as file:
        rows = [
            {k: v for k, v in row.items() if not k.startswith(("seconds", "minutes"))} for row in csv.DictReader(file)
        ]
    weights = load_file(folder / "adapter" / "adapter_model.safetensors")
    return {
        "metrics": digest(json.dumps(rows, sort_keys=True).encode()),
        "buffer": digest((folder / "buffer.jsonl").read_bytes()),
        "adapter": digest(b"".join(name.encode() + weights[name].numpy().tobytes() for name in sorted(weights))),
        "held_out": digest((folder / "held_out.json").read_bytes()),
    }


def command(*arguments: str) -> None:
    done = CliRunner().invoke(app, ["train", "--no-report", *map(str, arguments)])
    assert done.exit_code == 0, (done.output, done.exception)


def record(name: str, base: Path) -> dict[str, dict[str, str]]:
    torch.set_num_threads(1)  # sums over several threads round otherwise
    whole, resumed = base / "whole", base / "resumed"
    pairs = [x for key, value in (SMALL | SETTINGS[name]).items() for x in ("--set", f"{key}={value}")]
    command("--out", whole, *pairs)
    shutil.copytree(whole, resumed)
    shutil.rmtree(resumed / "checkpoints" / "checkpoint-3")
    command("--out", resumed, "--resume")
    return {"whole": trace(whole), "resumed": trace(resumed)}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_a_run_is_the_recorded_one_byte_for_byte(name, tmp_path):
    golden = json.loads(GOLDEN.read_text())
    threads = torch.get_num_threads()
    found = record(name, tmp_path)
    torch.set_num_threads(threads)
    assert found["whole"] == found["resumed"]
    if machine() not in golden:
        pytest.skip(f"nothing was recorded on a machine with {machine()}")
    assert found == golden[machine()][name]


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    known = json.loads(GOLDEN.read_text()) if GOLDEN.is_file() and "--keep" in sys.argv else {}
    with TemporaryDirectory() as base:
        known[machine()] = {name: record(name, Path(base) / name) for name in SETTINGS}
    GOLDEN.write_text(json.dumps(known, indent=1) + "\n")
