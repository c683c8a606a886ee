"""A language policy that says where to look: what it is asked, and how its answers are used."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from azr_nb import load_policy
from azr_nb.cli.app import app
from azr_nb.environments.things import looks_table
from azr_nb.environments.things.evidence import SENSATIONS, EvidenceLearner
from azr_nb.environments.things.scene_grammar import random_memory
from azr_nb.environments.things.scenes import read_program, read_scene, sense
from azr_nb.environments.things.verifier import telling
from azr_nb.evaluation.looks import policy_looks, question
from azr_nb.policy.roles import Roles


def test_a_question_is_about_the_two_hypotheses():
    rng = random.Random(0)
    learner = EvidenceLearner(random_memory(rng, 5))
    for _ in range(50):
        first, second = rng.sample(range(len(learner.poses)), 2)
        task = question(learner, first, second)
        one = read_program(task.program)
        other = read_scene(task.input, one.things)
        for number, scene in ((first, one), (second, other)):
            for place, path in (((1, 0), "e"), ((0, 1), "n"), ((-1, -1), "sw")):
                expected = SENSATIONS[learner.table[number, learner.index[place]]]
                assert sense(scene, path) == expected, (task, path)


def answering(answer):
    """A `Roles.solve` that gives the answer of a function."""

    def solve(self, tasks, n, *purpose, temperature=None):
        return [[SimpleNamespace(answer=answer(task))] for task in tasks]

    return solve


def short_difference(task):
    scene = read_program(task.program)
    return telling(scene, read_scene(task.input, scene.things), reach=4)[0]


@pytest.fixture(scope="module")
def policy():
    return load_policy("tiny-scenes")


def test_right_answers_need_as_few_looks_as_the_rule_and_bad_ones_as_many_as_chance(policy, monkeypatch):
    rules = looks_table(10, ("differ", "random"), episodes=20)
    monkeypatch.setattr(Roles, "solve", answering(short_difference))
    right = policy_looks(policy, episodes=20)
    assert right["own"] == right["right"] == 1 and right["mean"] < 1.5 * rules["differ"]["mean"]
    shuffled = policy_looks(policy, episodes=20, shuffled=True)
    assert shuffled["mean"] > 1.5 * right["mean"]
    for bad in (None, "x", "n" * 12, "ns"):
        monkeypatch.setattr(Roles, "solve", answering(lambda task, bad=bad: bad))
        found = policy_looks(policy, episodes=20)
        assert found["own"] == 0 and found["mean"] > 0.5 * rules["random"]["mean"]


def test_a_policy_is_asked_and_the_same_seed_gives_the_same(policy):
    assert policy_looks(policy, size=3, episodes=3) == policy_looks(policy, size=3, episodes=3)


def test_eval_prints_the_looks_of_a_policy_beside_those_of_rules():
    done = CliRunner().invoke(app, ["eval", "--model", "tiny-scenes", "--suite", "looks", "--tasks", "2"])
    assert done.exit_code == 0, done.output
    assert "2 episodes" in done.output and all(f"\n{rule} " in done.output for rule in ("random", "differ"))
    refused = CliRunner().invoke(app, ["eval", "--model", "tiny-things", "--suite", "looks"])
    assert "for one policy of scenes" in str(refused.exception)
