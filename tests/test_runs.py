"""Whole runs through the command line: the run folder, sameness, resuming after a kill, and bad input."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from run_folders import timeless

pytest.importorskip("torch")

SETTINGS = [
    "--set",
    "proposals_per_type=5",
    "--set",
    "solve_tasks_per_type=2",
    "--set",
    "solve_samples=4",
    "--set",
    "solve_rate_samples=4",
    "--set",
    "seed_tasks=8",
    "--set",
    "eval_tasks=5",
    "--set",
    "eval_samples=2",
    "--set",
    "save_every=2",
]


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "azr_nb", *map(str, arguments)]


def call(*arguments: object, timeout: int = 300) -> subprocess.CompletedProcess:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=timeout)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "whole"
    done = call("train", "--steps", 5, "--seed", 7, "--out", out, *SETTINGS)
    assert done.returncode == 0, done.stderr
    assert "mean pass@1" in done.stdout and str(out / "report.html") in done.stdout
    return out


def test_the_run_folder_is_complete(whole):
    names = {path.name for path in whole.iterdir()}
    assert {
        "config.yaml",
        "metrics.csv",
        "rollouts.jsonl.gz",
        "buffer.jsonl",
        "adapter",
        "summary.json",
        "report.html",
        "learning.png",
        "before_after.png",
    } <= names
    assert not [path for path in whole.rglob("*.tmp")]
    summary = json.loads((whole / "summary.json").read_text())
    for side in ("before", "after"):
        for suite in ("own", "harder"):
            for cell in summary[side][suite].values():
                assert {"pass@1", "greedy", "n", "ci95"} <= set(cell) and cell["n"] == 5
    assert len(timeless(whole)) == 5


def test_rollouts_and_buffer_can_be_read_back(whole):
    from azr_nb.runs.folder import read_rollouts
    from azr_nb.tasks import Task

    rows = read_rollouts(whole)
    assert {row["step"] for row in rows} == set(range(5))
    tasks = [Task.from_dict(json.loads(line)) for line in (whole / "buffer.jsonl").read_text().splitlines()]
    ids = {task.id for task in tasks}
    assert all(set(task.parents) <= ids for task in tasks), "lineage leads to tasks that are there"


def test_the_adapter_can_be_evaluated(whole):
    done = call("eval", "--model", whole, "--suite", "own", "--tasks", 3, "--samples", 2, "--json")
    scores = json.loads(done.stdout)
    assert set(scores) == {"own"} and scores["own"]["deduction"]["n"] == 3


@pytest.mark.parametrize(
    "rows_before_kill", [pytest.param(1, marks=pytest.mark.slow), 3, pytest.param(5, marks=pytest.mark.slow)]
)
def test_killed_and_resumed_equals_uninterrupted(whole, tmp_path, rows_before_kill):
    out = tmp_path / "killed"
    process = subprocess.Popen(
        command("train", "--steps", 5, "--seed", 7, "--no-report", "--out", out, *SETTINGS),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 200
    while process.poll() is None and time.monotonic() < deadline:
        if (out / "metrics.csv").exists() and len(timeless(out)) >= rows_before_kill:
            break
        time.sleep(0.02)
    assert process.poll() is None, "the run ended before it could be killed"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    done = call("train", "--out", out, "--resume", "--no-report")
    assert done.returncode == 0, done.stderr
    assert f"Run: {out}" in done.stdout and not (out / "report.html").exists()
    assert timeless(out) == timeless(whole)
    for name in ("buffer.jsonl", "held_out.json", "adapter/adapter_model.safetensors"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


def test_resuming_a_finished_run_changes_nothing(whole):
    before = {name: (whole / name).read_bytes() for name in ("metrics.csv", "buffer.jsonl", "held_out.json")}
    assert call("train", "--out", whole, "--resume", "--no-report").returncode == 0
    assert {name: (whole / name).read_bytes() for name in before} == before


@pytest.mark.slow
def test_past_a_damaged_checkpoint_the_run_is_the_same(whole, tmp_path):
    out = tmp_path / "damaged"
    shutil.copytree(whole, out)
    newest = out / "checkpoints/checkpoint-5/optimizer.pt"
    newest.write_bytes(newest.read_bytes()[:-9])
    done = call("train", "--out", out, "--resume", "--no-report")
    assert done.returncode == 0, done.stderr
    assert "Note: checkpoint-5: optimizer.pt has" in done.stdout and "Going on from step 4" in done.stdout
    assert timeless(out) == timeless(whole)
    for name in ("buffer.jsonl", "held_out.json", "rollouts.jsonl.gz", "adapter/adapter_model.safetensors"):
        assert (out / name).read_bytes() == (whole / name).read_bytes()


def test_a_reader_that_goes_away_does_not_end_a_run(tmp_path):
    out = tmp_path / "unheard"
    process = subprocess.Popen(
        command("train", "--steps", 1, "--seed", 7, "--no-report", "--out", out, *SETTINGS),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(200) == 0 and "Traceback" not in process.stderr.read()
    assert (out / "adapter" / "adapter_model.safetensors").exists() and len(timeless(out)) == 1


@pytest.mark.slow
def test_a_full_disk_is_one_line_and_the_last_checkpoint_stays(tmp_path):
    """Files of more than a megabyte cannot be written, and the optimizer's in a checkpoint has two."""
    resource = pytest.importorskip("resource")
    out = tmp_path / "full"
    arguments = command("train", "--steps", 2, "--seed", 7, "--no-report", "--out", out, *SETTINGS)
    small = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))  # noqa: E731
    done = subprocess.run(arguments, capture_output=True, text=True, preexec_fn=small, timeout=200)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("error: a file could not be written: make room on the disk")
    done = call("train", "--resume", "--no-report", "--out", out)
    assert done.returncode == 0 and "checkpoint-2: it was never finished; starting over" in done.stdout


def test_a_run_can_start_from_another_run(whole, tmp_path):
    second = tmp_path / "second"
    done = call("train", "--model", whole, "--steps", 1, "--seed", 7, "--no-report", "--out", second, *SETTINGS)
    assert done.returncode == 0, done.stderr
    first, summary = (json.loads((path / "summary.json").read_text()) for path in (whole, second))
    assert summary["before"] == first["after"]
    adapters = [(path / "adapter/adapter_model.safetensors").read_bytes() for path in (whole, second)]
    assert adapters[0] != adapters[1]


def test_ctrl_c_leaves_a_loadable_folder(tmp_path):
    out = tmp_path / "stopped"
    process = subprocess.Popen(
        command("train", "--steps", 200, "--seed", 7, "--out", out, *SETTINGS),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + 200
    while process.poll() is None and time.monotonic() < deadline:
        if (out / "metrics.csv").exists() and len(timeless(out)) >= 2:
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=60)
    assert process.returncode == 130 and "Interrupted" in stdout
    summary = json.loads((out / "summary.json").read_text())
    assert "before" in summary and any("interrupted" in note for note in summary["notes"])
    assert (out / "report.html").exists() and (out / "adapter" / "adapter_model.safetensors").exists()


def snapshot(path: Path) -> list[str]:
    return sorted(f"{p} {p.stat().st_size}" for p in path.rglob("*"))


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["train", "--preset", "quick"], "unknown preset"),
        (["train", "--model", "gpt-9"], "unknown model"),
        (["train", "--set", "steps=x"], "setting steps"),
        (["train", "--set", "wings=2"], "unknown setting"),
        (["train", "--set", "steps"], "name=value"),
        (["train", "--wings"], "No such option"),
        (["train", "--resume"], "needs --out"),
        (["train", "--resume", "--out", "nowhere"], "config.yaml is missing"),
        (["train", "--out", "full"], "is not empty"),
        (["train", "--resume", "--out", "cut"], "cut has no checkpoint that is whole"),
        (["train", "--resume", "--out", "cut", "--steps", "9"], "no other option"),
        (["train", "--steps", "5", "--set", "steps=6"], "given twice"),
        (["train", "--set", "steps=[ "], "cannot be read"),
        (["train", "--set", "preset=quick"], "unknown preset"),
        (["train", "--resume", "--out", "odd"], "config.yaml is not YAML"),
        (["train", "--model", "broken"], "cannot load"),
        (["train", "--model", "alien"], "does not give back the text"),
        (["eval", "--suite", "moon"], "unknown suite"),
        (["eval", "--model", "empty"], "holds no model"),
        (["eval", "--samples", "0"], "--samples"),
        (["fly"], "No such command"),
    ],
)
def test_bad_input_is_one_line_exit_2_and_touches_nothing(tmp_path, monkeypatch, capsys, arguments, words):
    from azr_nb.cli.app import main
    from azr_nb.config import make_config, save_config

    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut").mkdir()
    save_config(make_config(), tmp_path / "cut" / "config.yaml")
    (tmp_path / "cut" / "state.json").write_text('{"step": 3, "che')
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "config.yaml").write_text("steps: [")
    (tmp_path / "odd" / "rollouts.jsonl.gz").write_bytes(b"kept")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text('{"model_type": "lla')
    _alien(tmp_path / "alien")
    before = snapshot(tmp_path)
    monkeypatch.setattr(sys, "argv", ["azr-nb", *arguments])
    with pytest.raises(SystemExit) as stop:
        main()
    error = capsys.readouterr().err.strip().splitlines()
    assert stop.value.code == 2
    assert words in error[-1] and error[-1].startswith("error: ")
    assert len([line for line in error if "error" in line.lower()]) == 1
    assert snapshot(tmp_path) == before


def _alien(path: Path) -> None:
    """A small model whose tokenizer splits at white space and cannot give the prompt format's text back."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    inner = Tokenizer(models.WordLevel({"<unk>": 0, "<eos>": 1, "a": 2}, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=inner, unk_token="<unk>", eos_token="<eos>").save_pretrained(path)
    config = LlamaConfig(
        vocab_size=3,
        hidden_size=8,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=1,
        bos_token_id=None,
        eos_token_id=1,
    )
    LlamaForCausalLM(config).save_pretrained(path)


def test_importing_the_package_is_cheap():
    code = "import sys, time; t = time.perf_counter(); import azr_nb, azr_nb.cli.app; d = time.perf_counter() - t\n"
    code += "print(d, 'torch' in sys.modules, 'transformers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    seconds, torch_in, transformers_in = done.stdout.split()
    assert (torch_in, transformers_in) == ("False", "False") and float(seconds) < 1.5


@pytest.mark.parametrize("name", ["train", "eval", "pretrain", "doctor"])
def test_help_teaches(name, monkeypatch, capsys):
    from azr_nb.cli.app import main

    monkeypatch.setattr(sys, "argv", ["azr-nb", name, "--help"])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 0 and len(capsys.readouterr().out.splitlines()) > 5
