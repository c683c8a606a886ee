"""Televisions: noise to a solver and not to the verifier, in the seeds of a run and in no suite."""

from __future__ import annotations

import random

import pytest

from azr_nb.config import ConfigError, make_config
from azr_nb.environments import Things
from azr_nb.environments.python_programs.environment import PythonPrograms
from azr_nb.environments.python_programs.rules import Rules, examine
from azr_nb.environments.python_programs.television import (
    INPUTS,
    fresh_inputs,
    looks_like_one,
    noise,
    television,
    television_proposal,
)
from azr_nb.executor import Job


@pytest.fixture(scope="module")
def environment():
    environment = PythonPrograms.for_run(make_config("classroom", television=0.25))
    yield environment
    environment.close()


def test_televisions_pass_the_verifier_and_spread_their_outputs(environment):
    rng = random.Random(0)
    shows = [television(rng) for _ in range(30)]
    assert len(set(shows)) > 25 and all(map(looks_like_one, shows))
    jobs = [Job(program, fresh_inputs(rng)) for program in shows]
    outputs = [[o.text for o in result.outcomes] for result in environment.executor.run(jobs, 2)]
    assert all(len(row) == INPUTS and set(row) <= set("012345") for row in outputs)
    even = [noise(row, 1 / len(set(row))) for row in outputs]
    assert sum(even) > 25 and not any(noise(row, 1.0) for row in outputs)


def test_noise_is_spread_evenly_and_guessed_no_better():
    die = [str(i % 4) for i in range(64)]
    assert noise(die, 0.25) and noise(die, 0.34) and not noise(die, 0.4)
    assert not noise(["0"] * 64, 0.0) and not noise(["0"] * 60 + ["1"] * 4, 0.9)


@pytest.mark.parametrize(
    "program, is_one",
    [
        ("def f(a):\n    c = 1\n    for x in a:\n        c = c * 7 + x\n    return c % 4", True),
        ("def f(a):\n    c = 1\n    while c < 9:\n        c += 2\n    return c % 3 + 1", True),
        ("def f(a):\n    c = 1\n    for x in a:\n        c += x\n    return c % 50", False),
        ("def f(a):\n    return a % 4", False),
        ("def f(a):\n    for x in a:\n        pass\n    return len(a) % 3", False),
        ("def f(a:", False),
    ],
)
def test_televisions_are_known_by_their_tail(program, is_one):
    assert looks_like_one(program) == is_one


def test_a_share_of_the_seeds_are_televisions(environment):
    for task_type in environment.task_types:
        tasks = environment.planted(task_type, 5, random.Random(1))
        assert len(tasks) == 5 and all(looks_like_one(t.program) and t.type == task_type and t.step < 0 for t in tasks)
    from stand_ins import stand_in_policy

    from azr_nb.selfplay import SelfPlay

    config = make_config("classroom", television=0.5, seed_tasks=8, task_types=["deduction"])
    play = SelfPlay(config, stand_in_policy(lambda text, **_: {"input_ids": [list(t) for t in text]}), environment)
    play.roles.propose = lambda counts, *purpose: []
    play.roles.validate = lambda *given: None
    with pytest.raises(RuntimeError, match="seeding stopped at 5 deduction of 8"):  # the identity, and four televisions
        play.seed()
    assert sum(looks_like_one(t.program) for t in play.buffer.all()) == 4
    assert environment.measures(play.buffer.all())["programs/television"] == pytest.approx(4 / 5)


def test_no_suite_has_one(environment):
    programs = {task.program for suite in environment.suites for task in environment.suite(suite)}
    ours = {television(random.Random(i)) for i in range(500)}
    assert not programs & ours


def test_other_environments_have_none():
    with pytest.raises(ConfigError, match="television is a setting of the environment python"):
        make_config("things", television=0.25)
    with pytest.raises(ConfigError, match="has no television"):
        Things().planted("deduction", 1, random.Random(0))


@pytest.mark.parametrize("head, given", [("a, b", 2), ("a, *b, c=1", 3), ("a", 1)])
def test_arguments_may_be_limited(head, given):
    program = f"def f({head}):\n    return a"
    for most in (1, 2, 3):
        verdict = examine(program, Rules(max_arguments=most))
        assert verdict.ok == (given <= most)
        assert verdict.ok or verdict.reason == f"f has {given} arguments, more than {most}"
    assert examine(program).ok


def test_a_proposal_in_induction_has_six_inputs():
    proposal = television_proposal(random.Random(0), "induction")
    assert len(set(proposal.inputs)) == 6 and proposal.message
