"""The base's best temperature: chosen on one half of the tasks, scored on the other, shown beside those of a run."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from azr_nb.cli.app import app
from azr_nb.evaluation.held_out import score_table
from azr_nb.evaluation.temperature import FILE, best_temperature, keep, kept, temperature_table
from azr_nb.runs.report_parts import Run, scores_table


def at(even: float, odd: float) -> dict:
    """Scores of one cell of six tasks."""
    return {"own": {"deduction": {"sampled": [even, odd] * 3, "greedy": [1.0] * 6}}}


def test_it_is_chosen_on_one_half_and_scored_on_the_other():
    found = best_temperature({0.4: at(0.75, 0.25), 1.0: at(0.5, 1.0)})
    assert found["best"] == 0.4 and found["scores"] == {"own": {"deduction": 0.25}}
    assert found["means"] == {"0.4": 0.25, "1.0": 1.0} and found["tasks"] == 3
    assert "T=0.4: 25.0  T=1: 100.0" in temperature_table(found)


def test_of_equal_ones_the_usual_temperature_wins():
    assert best_temperature({0.4: at(0.5, 0.0), 1.0: at(0.5, 0.0)})["best"] == 1.0


def test_one_task_of_a_cell_is_too_few():
    with pytest.raises(ValueError, match="own, deduction has fewer than two tasks"):
        best_temperature({1.0: {"own": {"deduction": {"sampled": [1.0], "greedy": [1.0]}}}})


def test_it_is_kept_in_the_folder_of_a_model(tmp_path):
    found = best_temperature({0.4: at(0.75, 1 / 3), 1.0: at(0.5, 1.0)})
    keep(tmp_path, found)
    assert kept(tmp_path)["scores"]["own"]["deduction"] == 0.3333 and kept(tmp_path)["best"] == 0.4
    for damaged in ("", "[]", "{", '{"best": "a"}', '{"best": 1}', '{"best": 1, "scores": {}}', '{"best": NaN}'):
        (tmp_path / FILE).write_text(damaged)
        assert kept(tmp_path) is None
    assert kept(tmp_path / "absent") is None


def summary() -> dict:
    cell = {"pass@1": 0.5, "greedy": 0.75, "n": 4, "samples": 2, "ci95": [0.4, 0.6], "greedy_ci95": [0.6, 0.9]}
    side = {"own": {"deduction": cell, "abduction": cell}}
    cooler = {"best": 0.4, "scores": {"own": {"deduction": 0.625, "abduction": 0.575}}, "means": {}, "tasks": 5}
    return {"before": side, "after": side, "base_temperature": cooler}


def test_a_run_shows_three_scores(tmp_path):
    table = score_table(summary())
    assert "at T=0.4" in table and "62.5%" in table and "its best temperature, 0.4: 60.0 %" in table
    page = scores_table(Run(tmp_path, {}, {}, summary()))
    assert "sampled before, at T = 0.4 (%)" in page and "62.5" in page and "60.0" in page
    plain = summary()
    del plain["base_temperature"]
    assert "T=0.4" not in score_table(plain) and "T = 0.4" not in scores_table(Run(tmp_path, {}, {}, plain))


def test_eval_measures_it_and_keeps_it_with_a_model_of_ones_own(tmp_path):
    from azr_nb.policy.models import find

    model = tmp_path / "model"
    model.mkdir()
    for file in find("tiny-things").folder.iterdir():
        if file.name != FILE:
            (model / file.name).write_bytes(file.read_bytes())
    asked = ["eval", "--model", str(model), "--temperatures", "--tasks", "4", "--samples", "1"]
    first = CliRunner().invoke(app, [*asked, "--json"])
    assert first.exit_code == 0, first.output
    found = json.loads(first.stdout)
    assert set(found["means"]) == {"0.2", "0.4", "0.6", "0.8", "1.0"} and found["tasks"] == 2
    assert kept(model)["best"] == found["best"]
    refused = CliRunner().invoke(app, [*asked, "--suite", "frontier"])
    assert "--temperatures is about one policy on all held-out suites" in str(refused.exception)
