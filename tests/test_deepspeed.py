"""DeepSpeed's recipes on two CPU processes against the plain forms: `make test-deepspeed`, which installs DeepSpeed."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import psutil
import pytest
import yaml
from run_folders import timeless

torch = pytest.importorskip("torch")
load_file = pytest.importorskip("safetensors.torch").load_file
pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("deepspeed") is None, reason="needs DeepSpeed: make test-deepspeed"),
    pytest.mark.skipif(" " in sys.prefix, reason="DeepSpeed's extension cannot be linked from a path with a space"),
]

# ZeRO-3 spreads the weights, which our sampler needs whole
RECIPES = {"zero2": "shared_prefix", "zero3": "transformers"}
STEPS = 3
TRAIN = ("-m", "azr_nb", "train", "--no-report")
SETTINGS = [
    "--steps",
    STEPS,
    "--set",
    "proposals_per_type=5",
    "--set",
    "solve_tasks_per_type=2",
    "--set",
    "solve_samples=4",
    "--set",
    "solve_rate_samples=4",
    "--set",
    "seed_tasks=4",
    "--set",
    "eval_tasks=1",
    "--set",
    "eval_samples=2",
    "--set",
    "save_every=1",
    "--set",
    "max_new_tokens=64",
]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "DS_ACCELERATOR": "cpu"}


@pytest.fixture(scope="module")
def launcher(tmp_path_factory):
    """A function from the name of a recipe to the words that start it on two CPU processes."""
    from azr_nb.cli.reference import RECIPES

    home = tmp_path_factory.mktemp("recipes")

    def words(recipe: str) -> list[str]:
        file = home / f"{recipe}.yaml"
        settings = yaml.safe_load((RECIPES / f"{recipe}.yaml").read_text()) | {"use_cpu": True, "mixed_precision": "no"}
        file.write_text(yaml.safe_dump(settings))
        return [
            sys.executable,
            "-m",
            "accelerate.commands.launch",
            "--config_file",
            str(file),
            "--main_process_port",
            "0",
        ]

    return words


def call(words: list[str], *arguments: object) -> None:
    done = subprocess.run([*words, *map(str, arguments)], capture_output=True, text=True, timeout=500, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module")
def run(launcher, tmp_path_factory):
    """A function that makes a run by a recipe, once."""
    home = tmp_path_factory.mktemp("deepspeed")

    @cache
    def make(recipe: str, generation: str) -> Path:
        folder = home / f"{recipe}-{generation}"
        call(launcher(recipe), *TRAIN, *SETTINGS, "--set", f"generation={generation}", "--out", folder)
        return folder

    return make


@pytest.mark.parametrize("aggregation", ["sequence", "token"])
@pytest.mark.parametrize("recipe", RECIPES)
def test_an_update_under_deepspeed_is_that_of_one_process(launcher, recipe, aggregation, tmp_path):
    script = Path(__file__).parent / "two_processes.py"
    call([sys.executable], script, tmp_path / "one.json", aggregation)
    call(launcher(recipe), script, tmp_path / "two.json", aggregation)
    one, two = (json.loads((tmp_path / f"{name}.json").read_text())[aggregation] for name in ("one", "two"))
    assert (one["processes"], two["processes"]) == (1, 2) and one["advantages"] == two["advantages"]
    assert one["tokens"] == two["tokens"] > 0 and one["grad_norm"] > 0.01
    for name in ("grad_norm", "entropy", "kl", "loss"):
        assert two[name] == pytest.approx(one[name], rel=1e-3, abs=1e-6), name
    assert two["weights"] == pytest.approx(one["weights"], rel=1e-4, abs=1e-6)


def same_numbers(rows: list[dict[str, str]], others: list[dict[str, str]]) -> None:
    for row, other in zip(rows, others, strict=True):
        for name, value in other.items():
            # DeepSpeed keeps gradients to itself, so that groups are not told apart
            if not name.startswith("grad_norm/"):
                assert row[name] == value or float(row[name]) == pytest.approx(float(value), rel=1e-3, abs=1e-5), name


def test_a_run_with_zero2_is_that_of_two_plain_processes(run):
    ours, theirs = (run(recipe, "shared_prefix") for recipe in ("zero2", "two_cpus"))
    assert len(timeless(ours)) == STEPS
    same_numbers(timeless(ours), timeless(theirs))
    assert (ours / "buffer.jsonl").read_text() == (theirs / "buffer.jsonl").read_text()


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_killed_run_goes_on_from_its_checkpoint(run, launcher, recipe, tmp_path):
    whole, folder = run(recipe, RECIPES[recipe]), tmp_path / "killed"
    words = [*launcher(recipe), *TRAIN, *SETTINGS, "--set", f"generation={RECIPES[recipe]}", "--out", folder]
    process = subprocess.Popen(
        list(map(str, words)), env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 400
    while process.poll() is None and not (folder / "state.json").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    children = psutil.Process(process.pid).children()
    assert len(children) == 2, "the run ended before it could be killed"
    children[1].kill()
    assert process.wait(timeout=120) != 0 and len(timeless(folder)) < STEPS
    call(launcher(recipe), *TRAIN, "--resume", "--out", folder)
    same_numbers(timeless(folder), timeless(whole))
    assert (folder / "buffer.jsonl").read_text() == (whole / "buffer.jsonl").read_text()
    one, other = (load_file(at / "adapter" / "adapter_model.safetensors") for at in (folder, whole))
    assert one.keys() == other.keys() and all(weight.numel() for weight in one.values())
    assert all(torch.allclose(one[name], other[name], rtol=1e-3, atol=1e-5) for name in one)
