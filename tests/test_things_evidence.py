"""The evidence learner: exact on small cases, and by the measured order of its movement policies."""

from __future__ import annotations

import random

import numpy as np
import pytest

from azr_nb.environments.things.evidence import (
    POLICIES,
    EvidenceLearner,
    Pose,
    looks_table,
    random_memory,
    recognise,
    sensed,
)

TWINS = [{(0, 0): "a^", (1, 0): "b>", (1, 1): "c|"}, {(0, 0): "a^", (1, 0): "b>", (1, 1): "d|"}]


def test_evidence_of_a_look_by_hand():
    learner = EvidenceLearner(TWINS, reach=2)
    learner.look(learner.index[0, 0], "b>")
    evidence = dict(zip(learner.poses, learner.evidence, strict=True))
    assert evidence[Pose(0, 0, (1, 0))] == evidence[Pose(1, 0, (1, 0))] == 2
    assert evidence[Pose(0, 1, (1, 0))] == 0  # the letter alone
    assert evidence[Pose(0, 0, (0, 0))] == -1
    learner.look(learner.index[-2, 0], ".")
    assert learner.evidence.max() == 3


def test_the_true_hypothesis_always_has_the_most_evidence():
    rng = random.Random(0)
    for _ in range(30):
        learner = EvidenceLearner(random_memory(rng, 4))
        truth = rng.randrange(len(learner.poses))
        pose = learner.poses[truth]
        for _ in range(6):
            number = rng.randrange(len(learner.displacements))
            learner.look(number, sensed(learner.things[pose.thing], pose, learner.displacements[number]))
            assert truth in learner.likeliest


def test_a_symmetric_thing_is_recognised_though_its_turn_is_not():
    learner = EvidenceLearner([{(0, 0): "ao"}])
    assert recognise(learner, 2, POLICIES["walk"], random.Random(0)).looks == 0


@pytest.mark.parametrize("name", ["differ", "information"])
def test_twins_are_told_apart_at_the_place_that_differs(name):
    learner = EvidenceLearner(TWINS, reach=2)
    truth = learner.poses.index(Pose(1, 0, (0, 0)))
    learner.look(learner.index[0, 0], "a^")
    assert learner.displacements[POLICIES[name](learner, random.Random(0))] == (1, 1)
    assert recognise(learner, truth, POLICIES[name], random.Random(0)).looks == 1


def test_entropy_of_a_look_is_the_most_that_it_can_tell():
    learner = EvidenceLearner(TWINS, reach=2)
    best = POLICIES["information"](learner, random.Random(0))

    def told(number):
        _, counts = np.unique(learner.table[learner.likeliest][:, number], return_counts=True)
        shares = counts / counts.sum()
        return -(shares * np.log(shares)).sum()

    assert told(best) == pytest.approx(max(map(told, range(len(learner.displacements)))))


def test_hypotheses_make_looks_few():
    rows = looks_table(10, episodes=40)
    means = [rows[name]["mean"] for name in ("information", "differ", "nearest", "random")]
    assert means == sorted(means) and means[-1] > 3 * means[-2]
    assert all(rows[name]["right"] == 1 for name in ("information", "differ", "nearest"))
    assert looks_table(10, ("differ",), episodes=40)["differ"] == rows["differ"]
