"""Learning things from nothing: what a graph keeps, how a thing is known again, and where each goal goes."""

from __future__ import annotations

import random

import numpy as np
import pytest

from azr_nb.environments.things.evidence import CODES, Pose, sensed
from azr_nb.environments.things.self_goals import (
    DISPLACEMENTS,
    EMPTY,
    GOALS,
    NUMBERS,
    SIZE,
    UNSEEN,
    Episode,
    Graph,
    SelfGoals,
    attraction,
    coverage,
    flickering,
    learning_curve,
)

ONE = {(0, 0): "a^", (1, 0): "b>", (1, 1): "c|"}
LINE = {(-2, 0): "b>", (-1, 0): "c|", (0, 0): "a^", (1, 0): "d<", (2, 0): "ao", (2, 1): "b-"}
AT_START = Pose(0, 0, (0, 0))


def known(thing) -> Graph:
    """The graph of a thing whose nodes, and nothing else, were looked at from (0, 0)."""
    return Graph({NUMBERS[place]: CODES[feature] for place, feature in thing.items()})


def looked(episode: Episode, thing, places, pose: Pose = AT_START) -> Episode:
    for place in places:
        episode.look(NUMBERS[place], CODES[sensed(thing, pose, place)])
    return episode


def next_places(name: str, episode: Episode) -> set:
    """Where a goal may go next, as thirty seeds have it."""
    return {DISPLACEMENTS[GOALS[name](episode, random.Random(seed))] for seed in range(30)}


# --- graphs and hypotheses -------------------------------------------------------------------------------------------
def test_a_hypothesis_expects_what_the_thing_would_let_it_meet():
    episode = Episode([known(ONE)])
    for number in range(len(episode.table)):
        _, turn, place = episode.pose(number)
        pose = Pose(0, int(turn), (int(place[0]) - SIZE // 2, int(place[1]) - SIZE // 2))
        truth = [CODES[sensed(ONE, pose, displacement)] for displacement in DISPLACEMENTS]
        told = episode.table[number] != UNSEEN
        assert told.sum() == 3 and (episode.table[number][told] == np.array(truth)[told]).all()
    assert len(episode.table) == 4 * (3 + 7)  # three nodes, and seven places beside them that nobody has looked at


def test_the_true_hypothesis_has_the_most_evidence_and_unseen_places_say_nothing():
    truth = Pose(0, 1, (1, 0))
    episode = looked(Episode([known(ONE)]), ONE, [(0, 0), (0, 1), (2, 2)], truth)
    best = episode.likeliest[0]
    graph, turn, place = episode.pose(best)
    assert graph is episode.graphs[0] and turn == 1 and tuple(place) == (SIZE // 2 + 1, SIZE // 2)
    assert episode.evidence[best] == 4 and episode.possible[best] == 4  # the third look is beyond the graph
    episode.look(NUMBERS[1, 0], CODES["d>"])  # where c- was expected
    assert episode.evidence[best] == 3 and episode.possible[best] == 6


def test_a_look_in_another_pose_is_kept_in_the_frame_of_the_graph():
    graph, pose = known(ONE), Pose(0, 3, (1, 1))
    looks = {number: CODES[sensed(ONE, pose, displacement)] for number, displacement in enumerate(DISPLACEMENTS)}
    graph.extend(looks, 3, (SIZE // 2 + 1, SIZE // 2 + 1))
    for (x, y), feature in ONE.items():
        assert graph.counts[SIZE // 2 + x, SIZE // 2 + y].tolist() == [2 * (s == feature) for s in CODES]
    assert (graph.grid < EMPTY).sum() == 3 and (graph.grid == EMPTY).sum() == len(DISPLACEMENTS) - 3


# --- known, unknown, doubtful ----------------------------------------------------------------------------------------
def test_a_known_thing_is_extended_an_unknown_one_stored_and_a_doubtful_one_dropped():
    learner = SelfGoals(coverage, random.Random(0), graphs=[known(ONE)])
    learner.meet(ONE)
    assert len(learner.graphs) == 1 and (learner.graphs[0].grid == EMPTY).any()
    learner.meet({(0, 0): "d<", (0, 1): "dv", (0, 2): "do"})
    assert len(learner.graphs) == 2

    doubtful = SelfGoals(coverage, random.Random(0), looks=1, graphs=[known(ONE)])
    doubtful.meet(ONE)  # one look agrees, which is too little to go by
    assert len(doubtful.graphs) == 1 and doubtful.graphs[0].counts.sum() == 3


def test_a_thing_of_two_nodes_is_not_stored():
    learner = SelfGoals(coverage, random.Random(0))
    learner.meet({(0, 0): "a^", (1, 0): "b>"})
    assert learner.graphs == []


def test_a_thing_that_is_met_where_nobody_has_looked_stays_one_graph():
    half = {place: feature for place, feature in LINE.items() if place[0] <= 0}
    learner = SelfGoals(coverage, random.Random(0), graphs=[known(half)])
    for _ in range(20):
        learner.meet(LINE)
    assert len(learner.graphs) == 1 and (learner.graphs[0].grid < EMPTY).sum() == len(LINE)
    assert [learner.predicted(LINE) for _ in range(5)] == [1.0] * 5


def test_nothing_is_predicted_by_an_empty_memory():
    assert SelfGoals(coverage, random.Random(0)).predicted(ONE) == 0


# --- goals -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", GOALS)
def test_a_goal_is_a_place_that_nobody_has_looked_at(name):
    rng = random.Random(0)
    for graphs in ([], [known(ONE), known(LINE)]):
        episode = Episode(graphs)
        for _ in range(8):
            number = GOALS[name](episode, rng)
            assert number not in episode.looks
            looked(episode, ONE, [DISPLACEMENTS[number]])


def test_the_goal_generator_tells_two_things_apart_and_then_looks_for_what_the_graph_lacks():
    episode = looked(Episode([known(ONE), known({**ONE, (1, 1): "do"})]), ONE, [(0, 0), (1, 0)])
    assert next_places("goal generator", episode) == {(1, 1)}
    looked(episode, ONE, [(1, 1)])
    beside = {(0, 1), (1, 2), (2, 1), (2, 0), (1, -1), (0, -1), (-1, 0)}
    assert next_places("goal generator", episode) == next_places("coverage", episode) == beside


def test_a_place_of_which_one_graph_says_nothing_does_not_tell_two_things_apart():
    part = {place: ONE[place] for place in [(0, 0), (1, 0)]}
    episode = looked(Episode([known(part), known(ONE)]), ONE, part)
    assert len(episode.likeliest) == 2
    assert next_places("goal generator", episode) == next_places("coverage", episode) > {(1, 1)}


def test_learnability_goes_where_hypotheses_disagree_and_never_where_none_expects_anything():
    others = [("c|", "do"), ("do", "do"), ("a^", "a<")]  # at (1, 1) none of three agree, at (0, 1) two do
    graphs = [known({**ONE, (1, 1): first, (0, 1): second}) for first, second in others]
    episode = looked(Episode(graphs), ONE, [(0, 0), (1, 0)])
    assert len(episode.likeliest) == 3 and next_places("learnability", episode) == {(1, 1)}
    alone = looked(Episode([known(LINE)]), LINE, [(0, 0)])
    assert next_places("learnability", alone) == set(LINE) - {(0, 0)}


def test_surprise_goes_where_what_was_sensed_differed():
    graph = known(LINE)
    graph.extend({NUMBERS[2, 0]: CODES["a^"]}, 0, (SIZE // 2, SIZE // 2))
    episode = looked(Episode([graph]), LINE, [(0, 0)])
    assert next_places("surprise", episode) == {(2, 0)}


# --- what comes of it ------------------------------------------------------------------------------------------------
def test_a_flickering_feature_keeps_its_letter():
    thing = flickering(ONE, 2, random.Random(0))
    assert sum("*" in feature for feature in thing.values()) == 2
    assert [feature[0] for feature in thing.values()] == [feature[0] for feature in ONE.values()]


def test_looking_where_nobody_looked_learns_nearly_all_and_looking_anywhere_does_not():
    (ours, graphs), (theirs, _) = (learning_curve(name, 0) for name in ("coverage", "random"))
    assert ours[-1] > theirs[-1] + 30 and 7 <= graphs <= 12
    assert learning_curve("coverage", 0) == (ours, graphs)


def test_goals_that_go_only_where_something_is_known_fall_behind():
    late = {name: sum(learning_curve(name, seed)[0][-1] for seed in range(3)) / 3 for name in GOALS}
    assert late["random"] < min(late["learnability"], late["surprise"])
    assert max(late["learnability"], late["surprise"]) < min(late["coverage"], late["goal generator"])


def test_flicker_multiplies_graphs():
    assert learning_curve("coverage", 0, flicker=2)[1] > 1.5 * learning_curve("coverage", 0)[1]


def test_surprise_is_caught_by_flickering_things_and_an_even_choice_is_not():
    assert attraction("surprise", 0) > 0.6
    assert 0.1 < attraction("uniform", 0) < 0.4
