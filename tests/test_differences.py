"""The sixteen points where paper and released code differ: for each an input on which the results differ."""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

import pytest
from stand_ins import stand_in_policy

import azr_nb
from azr_nb.buffer import Buffer
from azr_nb.config import SelfPlayConfig, make_config
from azr_nb.config.presets import PRESETS
from azr_nb.course.differences import ALWAYS, DIFFERENCES, differences_text
from azr_nb.environments.python_programs.environment import PythonPrograms, rules_of
from azr_nb.environments.python_programs.rules import examine
from azr_nb.environments.python_programs.verifier import check, validate
from azr_nb.rewards import RewardRecord, reward_parts
from azr_nb.tasks import Proposal, Task, Verdict

PAPER, RELEASED = make_config("paper"), make_config("released_code")


def test_the_presets_differ_in_exactly_the_listed_fields():
    listed = [name for difference in DIFFERENCES for name in difference.fields]
    assert sorted(PAPER.diff(RELEASED)) == sorted(listed) and len(set(listed)) == len(listed)
    assert [difference.number for difference in DIFFERENCES] == list(range(1, 17))
    assert all(name in differences_text() for name in listed)


def test_both_presets_are_what_the_table_of_official_settings_says():
    """Every departure of a preset from an official value is in the table, with its reason; the table is complete."""
    table = tomllib.loads((Path(azr_nb.__file__).parent / "assets" / "official_settings.toml").read_text())
    table.pop("repository")
    unset = lambda value: None if value == "unset" else value  # noqa: E731
    for name, row in table.items():
        assert row["branch"] in ("paper", "master") and row["line"] > 0 and row["file"], name
        for preset, config in (("paper", PAPER), ("released_code", RELEASED)):
            assert getattr(config, name) == unset(row.get(preset, row["official"])), (name, preset)
            assert preset not in row or row["because"], name
    set_by_presets = {name for preset in ("paper", "released_code") for name in PRESETS[preset]}
    assert set_by_presets <= set(table)
    defaults = {name: SelfPlayConfig.model_fields[name].default for name in table}
    changed = {name for name, row in table.items() if unset(row["official"]) != defaults[name]}
    assert changed >= {"remove_comments", "seed_tasks"}  # what the defaults have otherwise is in the table as well
    gpu = make_config("gpu")
    assert {name for name in PAPER.diff(gpu)} == set(PRESETS["gpu"]) - set(PRESETS["paper"])


def test_what_differs_in_every_preset_is_listed():
    text = differences_text()
    assert all(line in text for line in ALWAYS) and len(ALWAYS) >= 7


def reward(config, solve_rate):
    task = Task("deduction", "def f(a):\n    return a", (("1", "1"),))
    record = RewardRecord("propose", task.type, Verdict("ok"), solve_rate, program=task.program, config=config)
    return sum(reward_parts(record).values())


def advantage_of_long(config):
    from azr_nb.rewards.baselines import advantages

    return advantages([1.0, 0.0, 0.0], ["one"] * 3, config.advantage, [100, 10, 10])[0]


def solver_batch(config):
    """The steps of the tasks that a solver gets at step 5, with tasks of steps 4 and 5 at hand."""
    from azr_nb.selfplay import SelfPlay

    environment = PythonPrograms.for_run(config)
    play = SelfPlay(config.model_copy(update={"solve_tasks_per_type": 1}), stand_in_policy(), environment, fast=False)
    play.step_number = 5
    old, new = (Task("deduction", f"def f(a):\n    return a + {i}", (("1", str(1 + i)),), step=i) for i in (4, 5))
    play.buffer.add(old)
    steps = {task.step for task in play._solver_batch([new], play.step_number)}
    environment.close()
    return steps


def status(config, program, text="1", seeding=False, kind="deduction"):
    environment = PythonPrograms.for_run(config)
    _, verdict = environment.validate([Proposal(kind, program, (text,))], seeding)[0]
    environment.close()
    return verdict.status


def kept_when_full(config):
    buffer = Buffer(2, config.buffer_drop)
    for i in range(3):
        buffer.add(Task("deduction", f"def f(a):\n    return a + {i}", (("1", str(1 + i)),)))
    return [task.output for task in buffer.of_type("deduction")]


def induction_answer(config):
    task = Task("induction", "def f(a):\n    return a", (("1", "1"), ("2", "2"), ("3", "3"), ("4", "4")), visible=2)
    wrong_on_visible = "def f(a):\n    return a if a > 2 else 0"
    environment = PythonPrograms.for_run(config)
    verdict = environment.check([task], [wrong_on_visible])[0]
    environment.close()
    return verdict.status


def surrogate(config, ratio, advantage):
    torch = pytest.importorskip("torch")
    from azr_nb.learning.estimators import clipped_surrogate

    log_ratio = torch.log(torch.tensor([ratio]))
    high = config.clip if config.clip_high is None else config.clip_high
    loss = clipped_surrogate(log_ratio, torch.zeros(1), torch.tensor([advantage]), config.clip, high, config.dual_clip)
    return round(float(loss), 4)


COUNTER = "def f(a, seen=[]):\n    seen.append(a)\n    return len(seen)"
RAISES = "def f(a):\n    if a < 0:\n        raise ValueError\n    return a"
NESTED = "def f(a):\n    def g(b):\n        return b + 1\n    return g(a)"
RANDOM = "def f(random):\n    return random + 1"


@pytest.mark.parametrize(
    "number, of, paper, released",
    [
        (1, lambda c: reward(c, 1.0), 0.0, -0.5),
        (1, lambda c: reward(c, 0.0), 0.0, -0.5),
        (1, lambda c: reward(c, 0.25), 0.75, 0.75),
        (2, lambda c: round(advantage_of_long(c), 3), 1.155, 0.445),
        (2, lambda c: c.loss_aggregation, "sequence", "token"),
        (3, solver_batch, {5}, {4}),
        (4, lambda c: c.solve_rate_temperature, None, None),
        (6, lambda c: status(c, COUNTER), "ok", "nondeterministic"),
        (7, lambda c: status(c, RANDOM), "forbidden", "ok"),
        (8, lambda c: status(c, NESTED), "ok", "forbidden"),
        (9, lambda c: c.seed_tasks, 256, 256),
        (10, kept_when_full, ["2", "3"], ["1", "2"]),
        (11, lambda c: status(c, RAISES), "forbidden", "ok"),
        (11, lambda c: status(c, RAISES, seeding=True), "forbidden", "forbidden"),
        (12, lambda c: surrogate(c, 1.25, 1.0), 1.2, 1.25),
        (12, lambda c: surrogate(c, 5.0, -1.0), -5.0, -3.0),
        (12, lambda c: c.entropy_weight, 0.001, 0.0),
        (16, induction_answer, "wrong", "ok"),
    ],
)
def test_what_paper_and_released_code_give(number, of, paper, released):
    assert (of(PAPER), of(RELEASED)) == (paper, released)


def test_greedy_solve_rates_are_zero_or_one(environment):
    """Point 4: at temperature 0 the samples of a task are all the same."""
    pytest.importorskip("torch")
    from azr_nb.policy.load import load_policy
    from azr_nb.selfplay import SelfPlay

    tasks = [task for task in environment.suite("own") if task.type == "deduction"][:12]
    for config, drawn in ((make_config("released_code", solve_rate_temperature=0.0), False), (RELEASED, True)):
        play = SelfPlay(config, load_policy("tiny"), environment)
        groups = play.roles.solve(tasks, 8, "test", temperature=config.solve_rate_temperature)
        rates = {group[0].solve_rate for group in groups}
        assert (rates > {0.0, 1.0} or bool(rates - {0.0, 1.0})) == drawn
        assert (max(len({r.completion for r in group}) for group in groups) > 1) == drawn


def test_a_suite_of_executions_can_be_asked_both_ways():
    """Point 5."""
    from azr_nb.environments.python_programs.suites import execution_tasks

    rows = [{"program": "def f(a):\n    return a + 1", "input": "1", "output": "2"}]
    (as_deduction,), (as_abduction,) = (execution_tasks(rows, kind) for kind in ("deduction", "abduction"))
    with PythonPrograms.for_run(PAPER).executor as executor:
        assert [v.status for v in check([as_deduction, as_abduction], ["2", "2"], executor)] == ["ok", "wrong"]
        assert [v.status for v in check([as_deduction, as_abduction], ["1", "1"], executor)] == ["wrong", "ok"]


def test_points_without_a_setting():
    """Points 13 to 15: paper and code agree, and what a factor between the roles would do."""
    named = {d.number: d for d in DIFFERENCES}
    assert not named[13].fields and not named[14].fields and not named[15].fields
    assert PAPER.propose_weight == RELEASED.propose_weight == 1.0
    for k in range(1, 9):  # without the case of solve rate 1 the formula gives the same
        assert reward(PAPER, k / 8) == 1 - k / 8


def test_forbidden_modules_are_found_by_import_either_way():
    program = "import random\ndef f(a):\n    return random.random()"
    assert [examine(program, rules_of(c)).status for c in (PAPER, RELEASED)] == ["forbidden"] * 2
    dotted = "import os\ndef f(a):\n    return a"
    assert [examine(dotted, rules_of(c)).status for c in (PAPER, RELEASED)] == ["forbidden", "ok"]


def test_validation_can_be_run_once_or_often():
    with PythonPrograms().executor as executor:
        for runs in (1, 2, 3):
            rules = rules_of(make_config(determinism_runs=runs))
            ((task, verdict),) = validate([Proposal("deduction", COUNTER, ("1",))], executor, rules)
            assert verdict.ok and task.output == "1"


def test_random_drop_depends_on_nothing_but_the_newcomer():
    def fill():
        buffer = Buffer(5, "random")
        for i in range(40):
            buffer.add(Task("deduction", f"def f(a):\n    return a + {i}", (("1", str(1 + i)),)))
            random.random()
        return [task.id for task in buffer.of_type("deduction")]

    assert fill() == fill() and len(fill()) == 5
