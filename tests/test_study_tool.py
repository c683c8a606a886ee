"""Making the recorded runs that are missing: which, in what order, and that a failure does not stop the rest."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from azr_nb.config import ConfigError, load_config, save_config
from azr_nb.runs.catalogue import CATALOGUE
from azr_nb.runs.folder import RunFolder
from tools import study

RUN = CATALOGUE["things-self-play-1-0"]
CONTROL = CATALOGUE["things-further-1-0"]


def test_names_groups_and_kinds_choose_runs():
    assert study.chosen(["short"]) == [CATALOGUE["short"]]
    assert {run.group for run in study.chosen(["things-further"])} == {"things-further"}
    assert len(study.chosen([])) == len(CATALOGUE)
    with pytest.raises(ConfigError, match="'odd' is not a recorded run, group or kind"):
        study.chosen(["odd"])


def test_a_packed_run_is_there_unless_its_settings_changed():
    assert study.there(RUN) and not study.there(replace(RUN, settings={**RUN.settings, "steps": 7}))
    assert not study.there(replace(RUN, name="nobody"))
    assert "nothing is left" in study.left_table([RUN], 2)


def test_what_is_left_says_its_models_and_hours(monkeypatch):
    monkeypatch.setattr(study, "there", lambda run: False)
    monkeypatch.setattr(study, "minutes_of", lambda run: 30.0)
    text = study.left_table([RUN, CONTROL], 2)
    assert "things-warm-1: a warm-up" in text and "2 runs left, about 0.5 hours with 2 at a time" in text


def test_commands(monkeypatch, tmp_path):
    assert study.model_command(study.HOME / "things-warm-2")[:5] == [
        "pretrain",
        "--environment",
        "things",
        "--seed",
        "2",
    ]
    with pytest.raises(ConfigError, match="nothing says how"):
        study.model_command(study.HOME / "mine")
    monkeypatch.setattr(study, "HOME", tmp_path)
    assert study.run_command(CONTROL)[1] == "things-self-play-1-0"  # the recorded run, where its folder is not there
    assert study.run_command(CATALOGUE["short"])[0] == "train"
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "config.yaml").write_text("")
    assert study.run_command(CATALOGUE["short"])[:2] == ["train", "--resume"]


def test_controls_come_after_their_runs_and_a_failure_stops_nothing(monkeypatch):
    called = []

    def call(words, log, workers):
        called.append(words[0] if words[0] == "pretrain" else log.stem)
        return log.stem != RUN.name

    monkeypatch.setattr(study, "there", lambda run: False)
    monkeypatch.setattr(study, "_call", call)
    said: list[str] = []
    failed = study.study([CONTROL, RUN], 1, said.append, packing=False)
    assert called == ["pretrain", RUN.name, CONTROL.name] and failed == [RUN.name]
    assert any(line.startswith(f"{CONTROL.name}: done") for line in said)


def test_a_run_begins_with_the_scores_of_a_fellow(monkeypatch, tmp_path):
    monkeypatch.setattr(study, "HOME", tmp_path)
    run = CATALOGUE["lever-things-roles-0"]
    known = study.fellows(run)
    assert known and not study.fellows(replace(run, settings={**run.settings, "eval_tasks": 7}))
    study.begin(run)
    folder = tmp_path / run.name
    assert study.run_command(run)[:2] == ["train", "--resume"]
    assert RunFolder(folder).resume() is None and load_config(folder / "config.yaml").steps == run.settings["steps"]
    theirs = RunFolder(known[0]).read_summary()
    assert RunFolder(folder).read_summary()["before"] == theirs["before"]
    assert "after" not in RunFolder(folder).read_summary()
    assert set(json.loads((folder / "held_out.json").read_text())) == {"before"}


def test_controls_and_runs_without_fellows_begin_as_ever(monkeypatch, tmp_path):
    monkeypatch.setattr(study, "HOME", tmp_path)
    for name in ("lever-things-further-0", "things-self-play-1-0"):
        study.begin(CATALOGUE[name])
    assert not list(tmp_path.iterdir())


def test_sealed_scores_are_of_both_ends_and_measured_once(monkeypatch, tmp_path):
    asked = []

    def scores(policy, environment, suites, config):
        asked.append((policy, suites))
        return {"sealed": {"while": {"greedy": [1.0]}}}

    monkeypatch.setattr("azr_nb.evaluation.held_out.task_scores", scores)
    monkeypatch.setattr("azr_nb.policy.load.load_policy", str)
    run, control = tmp_path / "run", tmp_path / "control"
    for folder in (run, control / "model"):
        folder.mkdir(parents=True)
    for folder in (run, control):
        save_config(CATALOGUE["short"].config(), folder / "config.yaml")
    study.seal(run)
    study.seal(control, [tmp_path / "none", run])
    assert asked == [(name, ("sealed",)) for name in ("tiny", str(run), str(control / "model"))]
    assert set(json.loads((control / "sealed.json").read_text())) == {"before", "after"}
