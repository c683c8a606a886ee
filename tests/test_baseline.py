"""What the same minutes bring without self-play: `azr-nb baseline`, and a warm-up that goes on from a model."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from azr_nb import make_config  # noqa: E402
from azr_nb.cli.app import app  # noqa: E402
from azr_nb.config import ConfigError  # noqa: E402
from azr_nb.learning.warmup import pretrain  # noqa: E402
from azr_nb.policy.models import find  # noqa: E402
from azr_nb.runs.compare import compare_runs, load  # noqa: E402
from azr_nb.runs.folder import RunFolderError  # noqa: E402
from azr_nb.runs.train import train  # noqa: E402

SMALL = dict(steps=1, proposals_per_type=4, solve_tasks_per_type=2, seed_tasks=4, eval_tasks=3, eval_samples=2)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    train(make_config("things", **SMALL), folder, progress=False, report=False)
    return folder


def weights(folder) -> dict:
    return load_file(folder / "model.safetensors")


def test_a_baseline_is_scored_on_the_run_s_tasks_and_compared_with_it(run, tmp_path):
    out = tmp_path / "further"
    done = CliRunner().invoke(app, ["baseline", str(run), "--cases", "150", "--out", str(out)])
    assert done.exit_code == 0, done.output
    ours, theirs = load(out), load(run)
    assert ours["before"] == theirs["before"]
    assert {s: set(cells) for s, cells in ours["after"].items()} == {s: set(c) for s, c in theirs["after"].items()}
    summary = json.loads((out / "summary.json").read_text())
    assert summary["control"] == "further warm-up" and summary["cases"] == 150 and summary["minutes"] > 0
    assert summary["before"]["frontier"]["2"]["floor"] == summary["after"]["frontier"]["2"]["floor"]
    table = compare_runs([run, out])
    assert [row["run"] for row in table["runs"]] == ["run", "further"]
    first, after = weights(find("tiny-things").folder), weights(out / "model")
    assert any(not torch.equal(first[name], after[name]) for name in first)


def test_without_a_number_of_cases_it_takes_the_run_s_minutes(run, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr("azr_nb.runs.baseline._cases_in", lambda minutes, given: asked.append(minutes) or 120)
    done = CliRunner().invoke(app, ["baseline", str(run), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert asked == [json.loads((run / "summary.json").read_text())["minutes"]] and asked[0] > 0


def test_how_many_cases_fit_into_minutes_is_measured(run):
    from azr_nb.runs import baseline

    given = dict(seed=1, environment="things", start="tiny-things")
    few, many = (baseline._cases_in(minutes, given) for minutes in (0.001, 10))
    assert few == baseline.TRIED and many > 20 * baseline.TRIED


def test_a_run_s_own_folder_is_not_overwritten(run, tmp_path):
    before = (run / "held_out.json").read_bytes()
    done = CliRunner().invoke(app, ["baseline", str(run), "--cases", "150", "--out", str(run)])
    assert isinstance(done.exception, ConfigError) and "choose another one" in str(done.exception)
    assert (run / "held_out.json").read_bytes() == before


def test_an_unfinished_run_has_no_baseline(tmp_path):
    done = CliRunner().invoke(app, ["baseline", str(tmp_path)])
    assert isinstance(done.exception, RunFolderError) and "\n" not in str(done.exception)


def test_a_warm_up_goes_on_from_a_model_of_the_same_tokens(tmp_path):
    first = weights(find("tiny-things").folder)
    summary = pretrain(tmp_path / "on", 5, 100, progress=False, environment="things", start="tiny-things")
    on = weights(tmp_path / "on")
    far = max(float((on[name] - first[name]).abs().max()) for name in first)
    assert summary["updates"] <= 3 and 0 < far < 0.01
    with pytest.raises(ConfigError, match="tiny has other tokens"):
        pretrain(tmp_path / "other", 5, 100, progress=False, environment="things", start="tiny")
