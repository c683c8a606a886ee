"""Environments other than Python's: the page's own one trains, and the loop's modules know nothing of any."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch")

from typer.testing import CliRunner  # noqa: E402

import azr_nb  # noqa: E402
from azr_nb import SelfPlay, load_policy, make_config, train  # noqa: E402
from azr_nb.cli.app import app  # noqa: E402
from azr_nb.config import ConfigError  # noqa: E402
from azr_nb.environments import Things, environment_for  # noqa: E402
from azr_nb.environments.base import ENVIRONMENTS, Environment, environment  # noqa: E402
from azr_nb.evaluation import task_scores  # noqa: E402
from azr_nb.export.policy import export  # noqa: E402
from azr_nb.learning.warmup import RECIPES, pretrain  # noqa: E402
from azr_nb.policy.models import made_for  # noqa: E402
from azr_nb.prompts import FORMATS, prompt_format_for  # noqa: E402
from azr_nb.rewards import RewardError, check_rewards, load_plugin  # noqa: E402

PACKAGE = Path(azr_nb.__file__).parent
PAGE = PACKAGE.parent / "docs" / "environment.md"
BLIND = [
    *("selfplay.py", "policy/roles.py", "buffer.py", "tasks.py"),
    *("learning/update.py", "learning/learner.py", "learning/packing.py", "learning/estimators.py"),
    *("rewards/baselines.py", "rewards/assign.py", "rewards/registry.py", "rewards/builtin.py", "rewards/history.py"),
    *("policy/load.py", "policy/generate.py", "policy/sampler.py", "policy/processes.py"),
    *("runs/folder.py", "runs/checkpoints.py", "evaluation/held_out.py", "evaluation/metrics.py"),
    "evaluation/measures.py",
]


@pytest.fixture(autouse=True)
def nothing_stays():
    registries = (ENVIRONMENTS, FORMATS, RECIPES)
    before = [dict(one) for one in registries]
    yield
    for registry, kept in zip(registries, before, strict=True):
        registry.clear()
        registry.update(kept)


@pytest.fixture()
def plugin(tmp_path):
    """The blocks of the page in one file, as it says."""
    path = tmp_path / "mirror.py"
    path.write_text("\n".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)))
    return path


@pytest.mark.parametrize("name", BLIND)
def test_the_loop_s_modules_know_no_environment(name):
    text = (PACKAGE / name).read_text(encoding="utf-8")
    assert not re.search(r"^import ast|azr_nb\.programs|python_programs|environments\.things", text, re.MULTILINE)


def test_an_environment_of_forty_lines_warms_up_and_trains(plugin, tmp_path):
    block = re.search(r"class Mirror\(Environment\):.*?\n\n\n", plugin.read_text(), re.DOTALL)[0]
    assert len([line for line in block.splitlines() if line.strip()]) <= 40
    load_plugin(plugin)
    pretrain(tmp_path / "model", 0, 3_000, progress=False, environment="mirror")
    assert made_for(str(tmp_path / "model")) == "mirror"
    policy = load_policy(str(tmp_path / "model"))
    config = make_config(
        "things",
        environment="mirror",
        model=str(tmp_path / "model"),
        plugin=str(plugin),
        composite_share=0,
        steps=2,
        proposals_per_type=8,
        seed_tasks=6,
        solve_tasks_per_type=4,
    )
    check_rewards(config)
    mirror = environment_for(config)
    scores = task_scores(policy, mirror, tasks=5, samples=1)
    assert list(scores) == ["length"] and list(scores["length"]) == ["2", "4", "6", "8"]
    traces = list(SelfPlay(config, policy, mirror).steps(2))
    assert all(trace.metrics["loss"] == trace.metrics["loss"] for trace in traces)
    assert any(r.task for r in traces[0].of("propose")) and traces[0].of("solve")


def test_a_run_about_things_is_resumed_as_if_nothing_had_been(tmp_path):
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    small = dict(steps=3, save_every=1, proposals_per_type=6, seed_tasks=6, solve_tasks_per_type=3, eval_tasks=3)
    config = make_config("things", seed=7, **small)
    train(config, whole, progress=False, report=False)
    shutil.copytree(whole, resumed)
    shutil.rmtree(resumed / "checkpoints" / "checkpoint-3")
    train(None, resumed, resume=True, progress=False, report=False)
    for name in ("buffer.jsonl", "held_out.json"):
        assert (whole / name).read_bytes() == (resumed / name).read_bytes()
    export(whole, tmp_path / "exported")
    assert "paths on a grid" in (tmp_path / "exported" / "README.md").read_text()
    assert made_for(str(tmp_path / "exported")) == "things"


def test_a_benchmark_of_python_programs_is_refused_for_another_environment(tmp_path):
    (tmp_path / "rows.jsonl").write_text('{"program": "def f(a): return a", "input": "3", "output": "3"}\n')
    done = CliRunner().invoke(app, ["eval", "--model", "tiny-things", "--suite", str(tmp_path / "rows.jsonl")])
    assert isinstance(done.exception, ConfigError) and "asks for Python programs" in str(done.exception)


def test_names_and_settings_of_other_environments_are_refused_in_one_line():
    with pytest.raises(ConfigError, match="forbid_raise is a setting of the environment python"):
        make_config("things", forbid_raise="always")
    with pytest.raises(ConfigError, match="task_types must be some of deduction, each once"):
        make_config("things", task_types=["error"])
    with pytest.raises(RewardError, match="unknown environment 'thing': choose one of python, things"):
        check_rewards(make_config(environment="thing"))
    with pytest.raises(ConfigError, match="unknown environment 'thing': choose one of python, things"):
        environment_for(make_config(environment="thing"))
    with pytest.raises(ConfigError, match="unknown prompt format 'compact': the environment things has auto"):
        prompt_format_for(make_config("things", prompt_format="compact"))
    with pytest.raises(ConfigError, match="of the environment things: 'tiny' was trained on python alone"):
        prompt_format_for(make_config("things"), load_policy("tiny", weights=False))


def test_a_built_in_environment_is_not_replaced():
    with pytest.raises(ValueError, match="exists already"):
        environment("things")(lambda config: Things())


def test_what_an_environment_need_not_say_has_a_default():
    class Least(Environment):
        name, task_types = "least", ("deduction",)
        seed_tasks = validate = check = None

    least = Least()
    task = Things().seed_tasks()[0]
    assert least.usual() is least and least.cell("any", task) == "deduction" and least.measures([task]) == {}
    assert least.canonical(task) == least.key(task) == task.program and least.distance("a", "a") == 0
    with pytest.raises(KeyError):
        least.suite("any")
    least.close()
