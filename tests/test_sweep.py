"""Studies: what they train, that they go on, and what they say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("torch")

from typer.testing import CliRunner  # noqa: E402

from azr_nb.cli.app import app  # noqa: E402
from azr_nb.cli.sweep import parse_seeds, parse_vary  # noqa: E402
from azr_nb.config import ConfigError, load_config  # noqa: E402
from azr_nb.runs.sweep import SweepError, check_names, plan, results, results_table  # noqa: E402

SMALL = dict(steps=1, save_every=1, proposals_per_type=2, seed_tasks=2, solve_tasks_per_type=1, eval_tasks=2,
             eval_samples=2)  # fmt: skip
OPTIONS = [word for name, value in SMALL.items() for word in ("--set", f"{name}={value}")]


@pytest.mark.parametrize("text, seeds", [("0..2", [0, 1, 2]), ("3", [3]), ("0,2,5", [0, 2, 5]), ("4..5, 1", [4, 5, 1])])
def test_seeds(text, seeds):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize("text", ["", "x", "2..1", "0..5000", "1,1", "-1", "0...2"])
def test_seeds_that_cannot_be(text):
    with pytest.raises(SweepError, match="--seeds"):
        parse_seeds(text)


def test_varied_values_are_read_as_yaml():
    assert parse_vary(["a=1,2.5", "b-c=x, 'y'", "d=[1, 2],[3]"]) == {
        "a": [1, 2.5],
        "b_c": ["x", "y"],
        "d": [[1, 2], [3]],
    }


@pytest.mark.parametrize("pair", ["a", "a=", "=1", "a=1,1", "a=[", "a=010"])
def test_varied_values_that_cannot_be(pair):
    with pytest.raises(SweepError, match="--vary"):
        parse_vary([pair])


def test_names_that_cannot_be():
    for vary, fixed in (({"stepz": [1]}, {}), ({"steps": [1]}, {"steps": 2}), ({"seed": [1]}, {}), ({}, {"x": 1})):
        with pytest.raises(ConfigError):
            check_names(vary, fixed)


def test_a_plan_has_all_combinations_in_folders_of_their_own(tmp_path):
    vary = {"proposer_reward": ["easy", "random"], "intrinsic": [{}, {"complexity": 0.5}]}
    runs = plan(vary, [0, 1], SMALL, tmp_path)
    assert len({run.folder for run in runs}) == len(runs) == 8
    assert all(run.config.steps == 1 and not run.finished for run in runs)
    assert {run.config.seed for run in runs} == {0, 1} and len({run.label for run in runs}) == 4
    assert all(run.folder.parent == tmp_path and len(run.folder.name) < 80 for run in runs)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study") / "out"
    command = ["sweep", "--vary", "proposer_reward=learnability,random", "--seeds", "0", *OPTIONS, "--out", str(folder)]
    done = subprocess.run([sys.executable, "-m", "azr_nb", *command], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder, command, done.stdout


def test_it_trains_every_run_and_compares_them(study):
    folder, _, said = study
    names = ["learnability-seed-0", "random-seed-0"]
    assert sorted(path.name for path in folder.iterdir()) == [*names, "results.txt"]
    assert [load_config(folder / name / "config.yaml").proposer_reward for name in names] == ["learnability", "random"]
    assert (folder / "results.txt").read_text() in said and "proposer_reward=random" in said


def test_it_goes_on_where_it_was_stopped(study, tmp_path, monkeypatch):
    folder, command, _ = study
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    lost = copy / "random-seed-0" / "summary.json"
    summary = json.loads(lost.read_text())
    after = summary.pop("after")
    lost.write_text(json.dumps(summary))
    kept = (copy / "learnability-seed-0" / "summary.json").stat().st_mtime_ns
    done = CliRunner().invoke(app, [*command[:-1], str(copy)])
    assert done.exit_code == 0, done.output
    assert json.loads(lost.read_text())["after"] == after
    assert (copy / "learnability-seed-0" / "summary.json").stat().st_mtime_ns == kept


def test_a_run_of_other_settings_in_its_place_is_an_error(study):
    folder, _, _ = study
    with pytest.raises(SweepError, match="holds a run with steps 1, not 2"):
        plan({"proposer_reward": ["random"]}, [0], SMALL | {"steps": 2}, folder)


def test_a_run_that_fails_is_one_line_and_exit_code_1(tmp_path):
    done = CliRunner().invoke(
        app, ["sweep", "--vary", "proposer_reward=no_such", "--seeds", "0", *OPTIONS, "--out", str(tmp_path / "out")]
    )
    assert done.exit_code == 1 and "unknown proposer reward 'no_such'" in done.output


def test_intervals_need_three_seeds(study):
    folder, _, _ = study
    (row,) = results(plan({"proposer_reward": ["random"]}, [0], SMALL, folder))
    found = row["sampled"]
    assert row["seeds"] == 1 and found["low"] is None and found["each"] == [found["mean"]]
    three = row | {"sampled": found | {"low": -1.0, "high": 2.0}, "seeds": 3}
    text = results_table([row, three])
    assert "[-1.0, +2.0]" in text and f"({found['mean']:+.1f})" in text
