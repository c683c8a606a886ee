"""Learning things from nothing: what a graph keeps, and that looking where nobody looked beats looking anywhere."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from azr_nb.environments.things.evidence import Pose, sensed
from azr_nb.environments.things.scene_grammar import random_thing
from azr_nb.environments.things.self_goals import (
    GOALS,
    REACHABLE,
    Episode,
    Graph,
    SelfGoals,
    attraction,
    coverage,
    flickering,
    learning_curve,
)

ONE = {(0, 0): "a^", (1, 0): "b>", (1, 1): "c|"}


def known(thing) -> Graph:
    return Graph({place: Counter([feature]) for place, feature in thing.items()})


def test_a_hypothesis_expects_what_the_thing_would_let_it_meet():
    episode = Episode([known(ONE)])
    for pose in episode.evidence:
        for displacement in REACHABLE:
            expected = episode.expected(pose, displacement)
            assert expected in (None, sensed(ONE, pose, displacement))
    assert len(episode.evidence) == 4 * len(ONE)


def test_the_true_hypothesis_has_the_most_evidence_and_unknown_places_say_nothing():
    episode, truth = Episode([known(ONE)]), Pose(0, 1, (1, 0))
    for displacement in ((0, 0), (0, 1), (2, 2)):
        episode.look(displacement, sensed(ONE, truth, displacement))
    assert episode.likeliest()[0] == truth and episode.evidence[truth] == 4  # the third look is beyond the graph
    assert (2, 2) not in episode.unseen() and (1, 0) in episode.neighbours()


def test_what_is_met_again_is_one_graph_and_is_predicted():
    rng = random.Random(0)
    learner = SelfGoals(coverage, random.Random(1))
    thing = random_thing(rng, 6)
    for _ in range(12):
        learner.meet(thing)
    assert learner.graphs and sum(learner.predicted(thing) for _ in range(10)) / 10 > 0.5


def test_nothing_is_predicted_by_an_empty_memory():
    assert SelfGoals(coverage, random.Random(0)).predicted(ONE) == 0


def test_a_flickering_feature_keeps_its_letter():
    thing = flickering(ONE, 2, random.Random(0))
    assert sum("*" in feature for feature in thing.values()) == 2
    assert [feature[0] for feature in thing.values()] == [feature[0] for feature in ONE.values()]


@pytest.mark.parametrize("name", GOALS)
def test_a_goal_is_a_place_within_reach_that_nobody_has_looked_at(name):
    rng = random.Random(0)
    episode = Episode([known(ONE), known(random_thing(rng, 5))])
    for _ in range(8):
        place = GOALS[name](episode, rng)
        assert place in REACHABLE and place not in episode.looks
        episode.look(place, sensed(ONE, Pose(0, 2, (0, 0)), place))


def test_looking_where_nobody_looked_learns_more_than_looking_anywhere():
    ours, theirs = (learning_curve(name, 0, episodes=60)[0] for name in ("coverage", "random"))
    assert ours[-1] > theirs[-1] + 20
    assert learning_curve("coverage", 0, episodes=60)[0] == ours


def test_an_even_choice_spends_a_quarter_on_two_things_of_eight():
    assert 0.1 < attraction("uniform", 0, episodes=80) < 0.4
