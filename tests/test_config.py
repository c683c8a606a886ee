"""Config: presets, YAML, and one clear line for what cannot be."""

from __future__ import annotations

import pytest
import yaml

from azr_nb.config import (
    FORMAT,
    PRESETS,
    ConfigError,
    SelfPlayConfig,
    load_config,
    make_config,
    read_yaml,
    save_config,
    with_whole_paths,
)
from azr_nb.config.files import ADDED


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_survive_yaml(preset, tmp_path):
    config = make_config(preset, seed=3)
    save_config(config, tmp_path / "config.yaml")
    assert load_config(tmp_path / "config.yaml") == config


def test_every_field_is_described():
    assert all(field.description for field in SelfPlayConfig.model_fields.values())


@pytest.mark.parametrize(
    "settings, words",
    [
        ({"preset": "quick"}, "unknown preset 'quick'"),
        ({"stepz": 3}, "unknown setting 'stepz'"),
        ({"steps": "many"}, "setting steps"),
        ({"steps": 0}, "setting steps"),
        ({"task_types": ("deduction", "sudoku")}, "task_types must be some of"),
        ({"task_types": ()}, "task_types must be some of"),
        ({"preset": "paper", "solve_tasks_per_type": 0}, "nothing to train on"),
        ({"advantage": "task", "solve_samples": 1, "solve_rate_samples": 1}, "at least 2 trained samples"),
        ({"preset": "paper", "advantage": "leave_one_out"}, "at least 2 trained samples"),
        ({"task_types": ("deduction", "deduction")}, "each once"),
        ({"visible_inputs": 6}, "leaves none of 6 inputs hidden"),
        ({"preset": "paper", "buffer_capacity": 100}, "seed_tasks 256 do not fit"),
        ({"solve_rate_temperature": 0}, "solve-rate samples of another temperature"),
        ({"determinism": "one_session", "determinism_runs": 1}, "compares calls"),
        ({"clip": 0.3, "clip_high": 0.2}, "clip_high 0.2 is below clip 0.3"),
        ({"clip": 0.2, "dual_clip": 1.1}, "dual_clip 1.1 lies inside the clip range"),
        ({"composite_share": 0.5, "task_types": ("induction",)}, "composite proposals are programs"),
        ({"composite_ramp": 5}, "nothing to grow to"),
        ({"train_propose": False, "solver_only_steps": 3}, "trains the solver only"),
        ({"fixed_tasks": True, "solver_only_steps": 3}, "never trains the proposer"),
        ({"fixed_tasks": True, "solve_tasks_per_type": 0}, "fixed_tasks needs"),
        ({"intrinsic": {"complexity": float("nan")}}, "setting intrinsic.complexity: Input should be a finite number"),
        ({"intrinsic": {"complexity": "much"}}, "setting intrinsic.complexity"),
        ({"learning_rate": -1}, "setting learning_rate"),
    ],
)
def test_impossible_settings_are_one_line(settings, words):
    with pytest.raises(ConfigError, match=words) as error:
        make_config(**settings)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["steps: [", "- 1", "steps: x", "", "unknown: 1"])
def test_broken_config_files_are_one_line(tmp_path, text):
    path = tmp_path / "config.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        load_config(path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(ConfigError, match="does not exist"):
        load_config(tmp_path / "none.yaml")


def test_whole_paths_hold_from_every_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("first", "tiny"):
        (tmp_path / name).mkdir()
    found = with_whole_paths(make_config(model="first", plugin="mine.py"))
    assert (found.model, found.plugin) == (str(tmp_path / "first"), str(tmp_path / "mine.py"))
    for name in ("tiny", "smollm2-135m", "someone/model"):  # names come before folders, and the rest are no folders
        assert with_whole_paths(make_config(model=name)).model == name


@pytest.mark.parametrize("name", SelfPlayConfig.model_fields)
def test_a_missing_setting_is_an_error_that_names_it_unless_the_run_is_older_than_it(tmp_path, monkeypatch, name):
    path = tmp_path / "config.yaml"
    save_config(make_config(), path)
    whole = yaml.safe_load(path.read_text())
    assert whole["format"] == FORMAT
    path.write_text(yaml.safe_dump({key: value for key, value in whole.items() if key != name}))
    with pytest.raises(ConfigError, match=f"it lacks the setting {name};"):
        load_config(path)
    assert load_config(path, whole=False)  # of a file that is no run's
    monkeypatch.setitem(ADDED, name, FORMAT)
    path.write_text(yaml.safe_dump({key: value for key, value in whole.items() if key not in (name, "format")}))
    assert getattr(load_config(path), name) == getattr(SelfPlayConfig(), name)


def test_yaml_means_what_it_looks_like():
    assert read_yaml("{a: 10, b: 0, c: -1_000, d: 1.5, e: [x, null]}") == {
        "a": 10,
        "b": 0,
        "c": -1000,
        "d": 1.5,
        "e": ["x", None],
    }
    for text in (
        "010",
        "a: 0x1F",
        "1:30",
        "0b1",
        "{a: 1, a: 2}",
        "? [a]\n: 1",
        "[" * 3000,
        "9" * 5000,
        "a: b: c",
        "\0",
    ):
        with pytest.raises(ConfigError) as error:
            read_yaml(text)
        assert "\n" not in str(error.value) and len(str(error.value)) < 300


def test_a_setting_of_any_size_is_one_short_line():
    value = "x"
    for _ in range(40):
        value = [value] * 10
    with pytest.raises(ConfigError) as error:
        make_config(seed=value)
    assert len(str(error.value)) < 300
