"""Trackers: each step's metrics reach those that `report_to` names, and nothing is asked of them without it."""

from __future__ import annotations

import importlib.util
import math

import pytest

pytest.importorskip("torch")

from transformers import TrainerCallback  # noqa: E402
from transformers.integrations import integration_utils  # noqa: E402

from azr_nb.config import ConfigError, make_config  # noqa: E402
from azr_nb.runs.plots import read_metrics  # noqa: E402
from azr_nb.runs.train import check_trackers, train  # noqa: E402

SMALL = dict(
    steps=2,
    seed_tasks=4,
    proposals_per_type=2,
    solve_tasks_per_type=2,
    solve_samples=2,
    solve_rate_samples=2,
    eval_tasks=2,
    eval_samples=1,
    save_every=1,
)


@pytest.fixture
def heard(monkeypatch):
    """What the trainer tells a tracker that stands in for tensorboard."""
    calls = []

    class Recorder(TrainerCallback):
        def on_train_begin(self, args, state, control, **kwargs):
            calls.append(("begin", args.run_name, args.project))

        def on_log(self, args, state, control, logs=None, **kwargs):
            calls.append((state.global_step, logs))

        def on_train_end(self, args, state, control, **kwargs):
            calls.append(("end",))

    monkeypatch.setitem(integration_utils.INTEGRATION_TO_CALLBACK, "tensorboard", Recorder)
    monkeypatch.setattr("azr_nb.runs.train.check_trackers", lambda config: None)
    return calls


def test_each_step_is_reported_once(heard, tmp_path):
    settings = {**SMALL, "report_to": ["tensorboard"]}
    train(make_config("classroom", **settings), tmp_path / "run", progress=False, report=False)
    assert heard[0] == ("begin", "run", "azr-nb") and heard[-1] == ("end",)
    logs = heard[1:-1]
    rows = read_metrics(tmp_path / "run" / "metrics.csv")
    assert [step for step, _ in logs] == [1, 2]
    for k, (_, row) in enumerate(logs):
        assert row["grad_norm"] == pytest.approx(rows["grad_norm"][k], rel=1e-5) and all(
            map(math.isfinite, row.values())
        )


def test_without_the_setting_no_tracker_hears_anything(heard, tmp_path):
    train(make_config("classroom", **{**SMALL, "steps": 1}), tmp_path / "run", progress=False, report=False)
    assert heard == []


def test_a_tracker_that_is_not_installed_is_said_before_the_run():
    missing = [name for name in ("trackio", "wandb", "tensorboard") if importlib.util.find_spec(name) is None]
    if not missing:
        pytest.skip("all trackers are installed")
    with pytest.raises(ConfigError, match=f"{missing[0]} is not installed: pip install {missing[0]}"):
        check_trackers(make_config("classroom", report_to=[missing[0]]))


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_tensorboard_itself(tmp_path):
    settings = {**SMALL, "report_to": ["tensorboard"]}
    train(make_config("classroom", **settings), tmp_path / "run", progress=False, report=False)
    assert list((tmp_path / "run").rglob("events.out.tfevents.*"))
