"""The room with a television: its rules, its four curiosities, and the exact pay of dice."""

from __future__ import annotations

import random

import pytest

from azr_nb.course.views.room import (
    CELLS,
    CURIOSITIES,
    Counts,
    Curious,
    disagreement,
    explore_room,
    progress,
    room_figure,
    room_view,
    surprise,
    watching_figure,
)


def test_only_surprise_is_glued_to_a_random_set():
    watching = {
        (name, kind): explore_room(reward, kind).watching
        for name, reward in CURIOSITIES.items()
        for kind in ("random", "in order")
    }
    assert watching["surprise", "random"] > 50 and watching["surprise", "in order"] < 3
    assert all(value < 6 for (name, _), value in watching.items() if name != "surprise")


def test_a_stay_can_be_repeated_and_all_cells_are_found():
    one = explore_room(surprise, "in order", steps=12_000, seed=3)
    assert one == explore_room(surprise, "in order", steps=12_000, seed=3)
    assert set(one.visits) == CELLS and one.known[-1] == len(CELLS) == 200 and len(one.known) == 120
    assert sum(one.visits.values()) == 12_000


def test_without_optimism_an_agent_stays_at_home():
    assert explore_room(surprise, steps=3_000, optimism=0.0).known[-1] < 100 < explore_room(surprise).known[-1]


def test_progress_is_what_counting_changes():
    agent = Curious(rng=random.Random(0))
    for outcome in ("a", "a", "b"):
        told = progress(agent, "key", outcome)
        before = surprise(agent, "key", outcome)
        agent.model.add("key", outcome)
        assert told == pytest.approx(before - surprise(agent, "key", outcome))


def test_models_of_half_of_the_data_come_to_agree():
    agent = Curious(rng=random.Random(0))
    told = [disagreement(agent, "key", "a") for _ in range(200)]
    assert told[0] == 0 and max(told[1:10]) > 0.05 > told[-1]


def test_chances_of_a_model_add_up():
    model = Counts()
    for outcome in (0, 0, 1, 5):
        model.add("key", outcome)
    assert sum(model.chance("key", outcome) for outcome in range(16)) == pytest.approx(1)


def test_figures():
    stays = {name: explore_room(CURIOSITIES[name], steps=200) for name in ("surprise", "none")}
    assert len(room_figure(stays).axes) == 2
    assert len(watching_figure({"random": {"surprise": [70, 75]}, "in order": {"surprise": [1, 2]}}).axes) == 2
    assert len(room_view(steps=100).axes) == 1
