"""What else could explain a run's gain: `azr-nb baseline`, and a warm-up that goes on from a model."""

from __future__ import annotations

import json
import math
import random
import shutil

import pytest
from typer.testing import CliRunner

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402

from azr_nb import make_config  # noqa: E402
from azr_nb.cli.app import app  # noqa: E402
from azr_nb.config import ConfigError  # noqa: E402
from azr_nb.environments import environment_for  # noqa: E402
from azr_nb.learning.warmup import pretrain  # noqa: E402
from azr_nb.policy.load import load_policy  # noqa: E402
from azr_nb.policy.models import find  # noqa: E402
from azr_nb.runs import baseline  # noqa: E402
from azr_nb.runs.compare import compare_runs, load  # noqa: E402
from azr_nb.runs.folder import RunFolderError, read_lines  # noqa: E402
from azr_nb.runs.plots import read_metrics  # noqa: E402
from azr_nb.runs.train import train  # noqa: E402
from azr_nb.selfplay import SelfPlay  # noqa: E402
from azr_nb.tasks import Rollout  # noqa: E402

SMALL = dict(
    steps=2, eval_every=2, proposals_per_type=4, solve_tasks_per_type=2, seed_tasks=4, eval_tasks=3, eval_samples=2
)


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
    assert summary["control"] == "further" and summary["cases"] == 150 and summary["minutes"] > 0
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
    given = dict(seed=1, environment="things", start="tiny-things")
    few, many = (baseline._cases_in(minutes, given) for minutes in (0.001, 10))
    assert few == baseline.TRIED and many > 20 * baseline.TRIED


@pytest.fixture(scope="module")
def controls(run, tmp_path_factory):
    """Each control of the run but further warm-up, as the command makes it: its folder and what was printed."""
    made = {}
    for control in ("supervised", *baseline.BY_REWARDS):
        out = tmp_path_factory.mktemp("controls") / control
        done = CliRunner().invoke(app, ["baseline", str(run), "--control", control, "--out", str(out)])
        assert done.exit_code == 0, done.output
        made[control] = out, done.output
    return made


@pytest.mark.parametrize("control", ["supervised", *baseline.BY_REWARDS])
def test_every_control_is_scored_on_the_run_s_tasks(run, controls, control):
    out, said = controls[control]
    assert f"Self-play minus {control}, points (intervals over tasks): sampled" in said
    ours, theirs = load(out), load(run)
    assert ours["before"] == theirs["before"] and set(ours["after"]) == set(theirs["after"])
    summary = json.loads((out / "summary.json").read_text())
    assert summary["control"] == control and summary["minutes"] > 0
    assert any(out.glob("adapter/*.safetensors")) and len(compare_runs([run, out])["runs"]) == 2


def test_supervised_learning_leaves_a_curve(run, controls):
    """A row for each step of the run, with as many tokens up to one completion, and scores where the run has them."""
    ours, theirs = (read_metrics(folder / "metrics.csv") for folder in (controls["supervised"][0], run))
    assert ours["step"] == theirs["step"] and ours["minutes"] == sorted(ours["minutes"])
    for tokens, budget in zip(ours["tokens_trained"], theirs["tokens_trained"], strict=True):
        assert budget <= tokens < budget + 24 or tokens == 0
    columns = {name for name in theirs if name.startswith("held_out/")}
    assert columns and columns == {name for name in ours if name.startswith("held_out/")}
    scored = [[math.isfinite(value) for value in metrics[min(columns)]] for metrics in (ours, theirs)]
    assert scored[0] == scored[1] and any(scored[0])


def test_a_finished_control_is_not_made_again(run, controls, monkeypatch):
    monkeypatch.setattr("azr_nb.runs.train.train", lambda *a, **k: pytest.fail("made again"))
    out, _ = controls["grammar"]
    assert baseline.baseline(run, "grammar", out)["control"] == "grammar"
    with pytest.raises(ConfigError, match="folder of something else"):
        baseline.baseline(run, "fixed", out)


def test_controls_by_rewards_train_what_they_say(run, controls):
    rows = {name: list(read_lines(out / "rollouts.jsonl.gz")) for name, (out, _) in controls.items()}
    for control in ("grammar", "fixed"):
        assert rows[control] and {row["role"] for row in rows[control]} == {"solve"}
    buffers = {
        name: {row["program"] + row["pairs"][0][0] for row in read_lines(folder / "buffer.jsonl")}
        for name, folder in (("run", run), ("fixed", controls["fixed"][0]))
    }
    assert buffers["fixed"] < buffers["run"]  # the seed tasks are those of the run, and nothing came of a step
    assert {row["role"] for row in rows["untrained"]} == {"propose", "solve"}


def test_a_control_has_as_many_completions_as_self_play():
    config = make_config("things", proposals_per_type=48, solve_tasks_per_type=24)
    # 48 proposals, 8 samples for each of 30 new tasks and of 24 practised ones: 480, and each task has 8
    assert baseline.equal_completions(config, 30) == 60
    assert baseline.equal_completions(make_config("things", solve_tasks_per_type=0, proposals_per_type=2), 0) == 1


def test_supervised_learning_makes_right_answers_likelier(tmp_path):
    config = make_config("things", **SMALL)
    play = SelfPlay(config, load_policy("tiny-things"), environment_for(config))
    ready = baseline.gold_rollouts(environment_for(config).grammar_tasks("deduction", 6, random.Random(0)), play)
    assert all(play.roles.prompt_format.parse_answer("deduction", r.completion) == r.task.output for r in ready)
    play.prepare(tmp_path)

    def likelihood() -> float:
        with torch.no_grad():
            rows = [(torch.tensor([r.prompt_ids + r.completion_ids]), len(r.prompt_ids)) for r in ready]
            logs = [(play.policy.model(input_ids=ids).logits[0].log_softmax(-1), ids[0], n) for ids, n in rows]
            return sum(float(log[n - 1 : -1].gather(1, ids[n:, None]).sum()) for log, ids, n in logs)

    before = likelihood()
    for step in range(5):
        play.learner.update(baseline._drawn(ready, 60, random.Random(step)))
    assert likelihood() > before


def test_a_draw_has_everything_once_before_anything_twice():
    rollouts = [Rollout("solve", "deduction", "", "", completion_ids=[0] * 5) for _ in range(4)]
    chosen = baseline._drawn(rollouts, 29, random.Random(0))
    counts = sorted(sum(one is rollout for one in chosen) for rollout in rollouts)
    assert len(chosen) == 6 and counts == [1, 1, 2, 2]


@pytest.mark.parametrize("control", baseline.CONTROLS)
def test_a_folder_of_something_else_is_left_alone(run, tmp_path, control):
    (tmp_path / "precious.txt").write_text("mine")
    done = CliRunner().invoke(app, ["baseline", str(run), "--control", control, "--out", str(tmp_path)])
    assert isinstance(done.exception, ConfigError) and "choose another one" in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_a_plugin_of_the_run_has_to_be_given(run, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    text = (copy / "config.yaml").read_text()
    (copy / "config.yaml").write_text(text.replace("plugin: null", "plugin: evil.py"))
    with pytest.raises(ConfigError, match="evil.py: look at it"):
        baseline.baseline(copy, "untrained", tmp_path / "out", progress=False)


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
