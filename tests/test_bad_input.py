"""Bad arguments and bad files for every command: one line on standard error, exit code 2, and nothing written."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

from language_models import bytes_tokenizer, random_model, saved  # noqa: E402

from azr_nb.cli import app as cli  # noqa: E402
from azr_nb.config import (  # noqa: E402
    FORMAT,  # noqa: E402
    make_config,
    save_config,
)
from azr_nb.runs.shipped import open_recorded  # noqa: E402
from tools.__main__ import app as tools  # noqa: E402

LONG = "9" * 400


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with everything that the commands are pointed at: damaged runs, odd models, and things that are none."""
    place = tmp_path_factory.mktemp("bad")
    healthy = open_recorded("healthy")

    def run(name: str, **texts: str) -> Path:
        folder = place / name
        folder.mkdir()
        for file in ("metrics.csv", "summary.json", "held_out.json"):
            shutil.copyfile(healthy / file, folder / file)
        save_config(make_config(seed=7), folder / "config.yaml")
        for file, text in texts.items():
            (folder / file.replace("__", ".")).write_text(text)
        return folder

    text = (run("run") / "config.yaml").read_text()
    changed = {
        "half": text[: len(text) // 2],
        "twice": text + "seed: 1\n",
        "octal": text.replace("seed: 7", "seed: 010"),
        "deep": text.replace("seed: 7", "seed: " + "[" * 3000),
        "map": text.replace("seed: 7", "seed: {a: 1}"),
        "newer": text.replace(f"format: {FORMAT}", "format: 99"),
        "odd_format": text.replace(f"format: {FORMAT}", "format: x"),
        "tag": text.replace("seed: 7", "seed: !!python/name:os.system"),
        "huge": text.replace("seed: 7", "seed: " + "9" * 5000),
        "date": text.replace("seed: 7", "seed: 2026-99-99"),
        "list": "- 1\n",
        "empty_config": "",
        "plugin_run": text.replace("plugin: null", "plugin: theirs.py"),
        "infinite": text.replace("kl_weight: 0.0", "kl_weight: .inf"),
    }
    for name, config in changed.items():
        run(name, config__yaml=config)
    (run("bytes") / "config.yaml").write_bytes(b"\xff\xfe\0")
    (run("junk") / "metrics.csv").write_bytes(b"\0\xff,,\n\n1,2")
    run("wide", metrics__csv="step," + "x" * 200_000 + "\n0,1\n")
    for name, scores in {
        "cut_scores": '{"before": {',
        "list_scores": "[1]",
        "deep_scores": "[" * 5000,
        "odd_scores": '{"before": 5, "after": {"own": 3}}',
        "lost_scores": '{"after": {}}',
    }.items():
        run(name, held_out__json=scores)
    run("cut_state", state__json='{"step": 3, "che')
    run("theirs_ran")
    (place / "theirs.py").write_text("open('it_ran', 'w')")
    for name in ("adapter_junk", "adapter_cut", "adapter_newer", "adapter_circle", "summary_odd"):
        shutil.copytree(healthy / "adapter", run(name) / "adapter")
    (place / "adapter_junk/adapter/adapter_config.json").write_text("[1]")
    weights = place / "adapter_cut/adapter/adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    (place / "adapter_newer/adapter/azr_nb.json").write_text('{"format": 99}')
    circle = place / "adapter_circle/adapter/adapter_config.json"
    itself = {"base_model_name_or_path": str(place / "adapter_circle")}
    circle.write_text(json.dumps(json.loads(circle.read_text()) | itself))
    (place / "summary_odd/summary.json").write_text('{"config": [1], "before": 5, "after": 6}')
    for name, target in (("loop", "loop_too"), ("loop_too", "loop")):
        os.symlink(target, place / name)
    (run("linked") / "metrics.csv").unlink()
    os.symlink(place / "theirs.py", place / "linked/metrics.csv")
    (place / "file.txt").write_text("mine: [")
    (place / "empty").mkdir()
    (place / "bytes.jsonl").write_bytes(b"\xff\xfe")
    (place / "odd.ipynb").write_text("{}")
    (place / "broken.py").write_text("def f(:")
    tokenizer = bytes_tokenizer(2000)
    saved(place / "short", tokenizer, random_model(tokenizer, max_position_embeddings=128))
    tokenizer.chat_template = "{{ raise_exception('no such role') }}"
    saved(place / "raising", tokenizer, random_model(tokenizer))
    return place


def everything(place: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_size, path.lstat().st_mtime_ns) for path in place.rglob("*")}


CASES = [
    # new runs
    ("train --out loop", "loop: File exists"),
    ("train --out loop/x", "Too many levels of symbolic links"),
    ("train --out file.txt", "is not empty"),
    ("train --out " + "x" * 300, "File name too long"),
    ("train --plugin loop", "is missing"),
    ("train --plugin broken.py", "fails in line 1"),
    ("train --plugin empty", "is no file"),
    ("train --model loop", "unknown model"),
    ("train --model empty", "holds no model"),
    ("train --model file.txt", "unknown model"),
    ("train --model adapter_circle", "cannot load"),
    ("train --model adapter_newer", "written by a newer azr-nb"),
    ("train --model short", "can read beside max_new_tokens 96"),
    ("train --model raising --set prompt_format=r1", "the chat template of the model fails: no such role"),
    ("train --set report_to=[neptune]", "setting report_to"),
    ("train --set device=mps", "torch finds no Apple GPU here"),
    ("train --seed -1", "setting seed"),
    ("train --seed " + LONG, "setting seed"),
    ("train --steps 0", "setting steps"),
    ("train --steps x", "--steps"),
    ("train --set eval_samples=100000000", "setting eval_samples"),
    ("train --set proposals_per_type=100000000", "setting proposals_per_type"),
    *(
        (f"train --set {name}={value}", f"setting {name}")
        for name in (
            "propose_weight",
            "kl_weight",
            "weight_decay",
            "lora_alpha",
            "max_grad_norm",
            "minutes",
            "wrong_penalty",
            "temperature",
            "intrinsic_limit",
        )
        for value in (".inf", ".nan")
    ),
    ("train --set kl_weight=1e+300", "setting kl_weight"),
    ("train --set format_penalty=-3.0e+38", "setting format_penalty"),
    ("train --set intrinsic={complexity:\xa0.inf}", "intrinsic"),
    ("train --set seed=010", "cannot be read"),
    ("train --set seed=" + "9" * 5000, "cannot be read"),
    ("train --set steps=" + "[" * 3000, "nested too deeply"),
    ("train --set steps={a:1,a:1}", "given twice"),
    ("train --trust-plugin", "belongs to --resume"),
    ("train --resume --seed 1 --out run", "no other option"),
    # runs that are gone on with
    *(
        (f"train --resume --out {name}", words)
        for name, words in (
            ("loop", "holds no run"),
            ("empty", "holds no run"),
            ("file.txt", "holds no run"),
            ("half", "is not whole"),
            ("twice", "'seed' is given twice"),
            ("octal", "010 could be read"),
            ("deep", "nested too deeply"),
            ("map", "setting seed"),
            ("newer", "upgrade"),
            ("odd_format", "not a format number"),
            ("tag", "is not YAML"),
            ("huge", "is not YAML"),
            ("date", "is not YAML"),
            ("list", "does not hold settings"),
            ("bytes", "is not YAML"),
            ("empty_config", "does not hold settings"),
            ("infinite", "setting kl_weight"),
            ("junk", "is not a table"),
            ("wide", "is not a table"),
            ("run", "no checkpoint that is whole"),
            ("linked", "metrics.csv is a link"),
            ("cut_state", "no checkpoint that is whole"),
        )
    ),
    # policies
    ("eval --model loop", "unknown model"),
    ("eval --suite loop", "unknown suite"),
    ("eval --model half", "holds no model"),
    ("eval --model adapter_junk", "cut short or names no base"),
    ("eval --model adapter_cut", "cannot load"),
    ("eval --model adapter_newer", "upgrade"),
    ("eval --model short --suite own", "held-out prompts are longer"),
    ("eval --model raising --prompt-format r1 --suite own --tasks 1", "chat template"),
    ("eval --samples 100000000", "--samples"),
    ("eval --temperature nan", "eval_temperature"),
    ("eval --temperature inf", "eval_temperature"),
    ("eval --seed -1", "seed"),
    ("eval --max-new-tokens 99999", "max_new_tokens"),
    ("eval --suite bytes.jsonl", "cannot be read as a suite"),
    ("eval --suite humaneval --data file.txt", "not JSON"),
    ("eval --compare tiny loop", "unknown model"),
    ("export loop", "no recorded run"),
    ("export run", "has no adapter"),
    ("export healthy --out loop/x", "symbolic links"),
    ("export healthy --out file.txt", "exists already"),
    ("export adapter_junk --out new", "adapter_config.json"),
    ("export adapter_cut --adapter --out new", "damaged"),
    ("export adapter_newer --out new", "upgrade"),
    ("export summary_odd --out new", "summary.json is damaged"),
    ("prompt --model loop", "unknown model"),
    ("prompt --role x", "no prompt x deduction: choose propose or solve"),
    ("prompt --model raising --prompt-format r1", "chat template"),
    ("prompt --number -1", "--number"),
    ("recipe fsdp x", "unexpected extra argument"),
    ("pretrain --only listening --out x", "choose one of propose, solve"),
    ("pretrain --cases 5", "--cases"),
    ("pretrain --cases " + LONG, "--cases"),
    ("pretrain --out loop", "File exists"),
    ("pretrain --out file.txt", "File exists"),
    # looking at runs
    ("report loop", "no recorded run"),
    ("report empty", "metrics.csv is missing"),
    ("report newer", "upgrade"),
    ("report file.txt", "no recorded run"),
    ("explain", "name one metric"),
    ("explain x", "unknown metric"),
    ("explain --run loop", "metrics.csv is missing"),
    ("explain --run junk", "no steps"),
    ("explain --run wide", "is not a table"),
    ("explain --run newer", "upgrade"),
    ("compare", "Missing argument"),
    ("baseline empty", "held_out.json"),
    ("baseline loop", "no recorded run"),
    ("baseline cut_scores", "is cut short"),
    ("baseline healthy --out run --cases 100", "choose another one"),
    ("baseline healthy --cases 9", "cases"),
    ("baseline healthy --control nothing", "choose one of further, supervised"),
    ("baseline healthy --control random --cases 200", "belongs to the control further"),
    ("compare empty", "held_out.json"),
    ("compare loop", "no recorded run"),
    ("compare cut_scores", "is cut short"),
    ("compare list_scores", "does not hold"),
    ("compare deep_scores", "is cut short"),
    ("compare odd_scores", "does not hold"),
    ("compare lost_scores", "has lost the scores"),
    ("compare newer", "upgrade"),
    ("runs x", "no recorded run"),
    ("runs --kind x", "of kind 'x'"),
    ("runs --out x", "name a run"),
    ("runs healthy --out loop/x", "symbolic links"),
    ("runs healthy --out run", "exists already"),
    ("runs healthy --pack empty", "cannot be packed"),
    ("runs x --pack run", "no run 'x'"),
    ("config loop", "neither a preset"),
    ("config file.txt", "is not YAML"),
    ("config half", "is not whole"),
    ("config newer", "upgrade"),
    ("config --markdown", "No such option"),
    ("config --diff paper x", "neither a preset"),
    # tools
    ("rewards --plugin loop", "is missing"),
    ("rewards --plugin broken.py", "fails in line 1"),
    ("judge loop", "file"),
    ("verify loop", "file"),
    ("judge empty", "file"),
    ("judge theirs.py --out empty", "cannot be written"),
    ("judge theirs.py --out no/x", "cannot be written"),
    ("judge theirs.py --engine x", "unknown engine"),
    ("doctor --engine x", "--engine"),
    ("doctor --engine x --attacks", "unknown engine"),
    ("recipe x", "unknown recipe"),
    # the course
    ("sweep --seeds x", "--seeds"),
    ("sweep --vary a=010", "cannot be read"),
    ("sweep --vary stepz=1", "unknown setting 'stepz'"),
    ("sweep --set steps=x", "setting steps"),
    ("sweep --set steps=1 --vary steps=2", "given twice"),
    ("sweep --workers 0", "--workers"),
    ("new reward file.txt", "holds something"),
    ("new reward new --name X", "cannot be a name"),
    ("new thing new", "'thing' is not one of 'reward', 'task-type', 'environment'"),
    ("course file.txt", "is a file: name a folder"),
    ("lab file.txt", "is a file: name a folder"),
    ("class-report loop", "is not a folder"),
    ("class-report file.txt", "is not a folder"),
    ("class-report empty --seconds nan", "--seconds"),
    # what builds the project
    ("tools study odd", "not a recorded run, group or kind"),
    ("eval --temperatures --suite own", "all held-out suites"),
    ("tools bench x", "unknown benchmark"),
    ("tools figure", "no notebooks found"),
    ("tools suites", "no held-out suites found"),
    ("tools bench sampler --model loop", "unknown model"),
    ("tools site --out file.txt", "--out"),
    ("tools slides 77", "no notebooks found"),
    ("tools seats --tier x", "unknown tier"),
    ("tools seats --into file.txt", "needs the line"),
    ("tools seats --into loop", "does not exist"),
    ("tools seats --threads 0", "--threads"),
    ("tools settings --into file.txt", "needs the line"),
    ("tools settings --into loop", "does not exist"),
    ("tools build 77", "no notebooks found"),
    ("tools run --tier x", "unknown tier"),
    ("serve --port 0", "--port"),
    ("serve --limit 0", "--limit"),
    ("tools badges", "no pyproject.toml here"),
    ("tools screens 77", "no notebooks found"),
    ("tools x", "No such command"),
    ("x", "No such command"),
    ("--x", "No such option"),
]


@pytest.mark.parametrize("line, words", CASES, ids=[line[:60] for line, _ in CASES])
def test_one_line_exit_code_2_and_nothing_written(place, monkeypatch, capfd, line, words):
    monkeypatch.chdir(place)
    program, words_given = (tools, line.removeprefix("tools ")) if line.startswith("tools ") else (cli.app, line)
    monkeypatch.setattr(sys, "argv", ["azr-nb", *(part.replace("\xa0", " ") for part in words_given.split(" "))])
    before = everything(place)
    with pytest.raises(SystemExit) as stop:
        cli.run_app(program)
    said = capfd.readouterr().err
    assert stop.value.code == 2
    assert said.startswith("error: ") and said.count("\n") == 1, said
    assert words in said
    assert everything(place) == before


def test_every_command_is_in_the_table():
    names = {command.name or command.callback.__name__ for command in cli.app.registered_commands}
    names |= {f"tools {command.name or command.callback.__name__}" for command in tools.registered_commands}
    tried = {line.split(" ")[0] for line, _ in CASES} | {" ".join(line.split(" ")[:2]) for line, _ in CASES}
    assert names <= tried


def test_somebody_elses_plugin_runs_only_when_it_is_trusted(place, monkeypatch, capsys):
    """Where its config names one, nothing of it is executed without a word from the user, whatever the command."""
    monkeypatch.chdir(place)
    for line, code in (
        ("train --resume --out plugin_run", 2),
        ("config plugin_run", 0),
        ("explain --run plugin_run", 0),
        ("compare plugin_run", 0),
    ):
        folder = place / "plugin_run"
        (folder / "metrics.csv").write_text("step,dead_share\n0,0.1\n")
        monkeypatch.setattr(sys, "argv", ["azr-nb", *line.split()])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        assert stop.value.code == code, said.err
        if code:
            assert "look at theirs.py, then add --trust-plugin" in said.err
        assert not (place / "it_ran").exists()
    monkeypatch.setattr(sys, "argv", ["azr-nb", "train", "--resume", "--trust-plugin", "--out", "plugin_run"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert "registers no reward" in capsys.readouterr().err and (place / "it_ran").exists()
    (place / "it_ran").unlink()
