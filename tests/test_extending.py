"""Every block of docs/extending.md is a plugin, and a run with each takes its step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("torch")

from azr_nb import SelfPlay, advantage_estimator, load_policy, make_config, prompt_format  # noqa: E402
from azr_nb.environments import environment_for  # noqa: E402
from azr_nb.environments.base import ENVIRONMENTS  # noqa: E402
from azr_nb.prompts import FORMATS  # noqa: E402
from azr_nb.rewards import RewardError, check_rewards  # noqa: E402
from azr_nb.rewards.baselines import ESTIMATORS, PER_TASK  # noqa: E402

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
IMPORTED = r"from azr_nb(?:\.rewards)? import (\w+(?:, signal)?)"
SETTINGS = {
    "proposer_reward": {"proposer_reward": "half"},
    "solver_reward": {"solver_reward": "brief"},
    "intrinsic_term": {"intrinsic": {"loops": 0.5}},
    "proposer_reward, signal": {"proposer_reward": "short_answers"},
    "advantage_estimator": {"advantage": "median"},
    "prompt_format": {"prompt_format": "politely"},
    "PythonPrograms": {"environment": "with-length", "task_types": ["deduction", "length"]},
}


@pytest.fixture(autouse=True)
def nothing_stays():
    before = dict(ESTIMATORS), set(PER_TASK), dict(FORMATS), dict(ENVIRONMENTS)
    yield
    for registry, kept in zip((ESTIMATORS, PER_TASK, FORMATS, ENVIRONMENTS), before, strict=True):
        registry.clear()
        registry.update(kept)


def test_every_block_is_tried():
    assert [re.search(IMPORTED, block)[1] for block in BLOCKS] == list(SETTINGS)


@pytest.mark.parametrize("block", BLOCKS, ids=list(SETTINGS))
def test_a_run_takes_it(block, tmp_path):
    (tmp_path / "mine.py").write_text(block)
    chosen = SETTINGS[re.search(IMPORTED, block)[1]]
    small = dict(proposals_per_type=3, seed_tasks=3, solve_tasks_per_type=2, solve_samples=4, solve_rate_samples=4)
    config = make_config(plugin=str(tmp_path / "mine.py"), **small, **chosen)
    check_rewards(config)
    environment = environment_for(config)
    try:
        trace = SelfPlay(config, load_policy("tiny"), environment).step()
    finally:
        environment.close()
    assert trace.rollouts and trace.metrics["loss"] == trace.metrics["loss"]
    if "intrinsic" in chosen:
        assert any("loops" in r.reward_parts for r in trace.of("propose") if r.verdict.ok)
    elif "prompt_format" in chosen:
        assert all(r.prompt.startswith("# please") for r in trace.of("solve"))
    elif "environment" in chosen:
        asked = [r for r in trace.of("solve") if r.type == "length"]
        assert asked and all(r.task.output.isdigit() and r.verdict.status != "error" for r in asked)
    elif "advantage" in chosen:
        assert any(r.advantage == 0 for r in trace.of("solve")) and any(r.advantage for r in trace.of("solve"))
    else:
        role, name = next((k.removesuffix("_reward"), v) for k, v in chosen.items())
        rows = [r for r in trace.of({"proposer": "propose", "solver": "solve"}[role]) if r.verdict.ok]
        assert rows and all(name in r.reward_parts for r in rows)


@pytest.mark.parametrize("settings", [{"advantage": "mien"}, {"prompt_format": "mien"}])
def test_an_unknown_name_is_one_line(settings):
    with pytest.raises(RewardError, match="unknown .* 'mien': choose one of"):
        check_rewards(make_config(**settings))


def test_a_built_in_part_is_not_replaced():
    for decorate in (advantage_estimator("task"), prompt_format("r1")):
        with pytest.raises(ValueError, match="exists already"):
            decorate(lambda *arguments: [])
