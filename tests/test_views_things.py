"""Views of notebook 11: what is drawn of a scene, of hypotheses and of results, and what their text says."""

from __future__ import annotations

import math
import random
import re
from functools import partial
from itertools import pairwise

import pytest
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from azr_nb.course.views.things import FIRST_LOOK, MEMORY, hypotheses_picture, next_look, scene_picture
from azr_nb.course.views.things_curves import (
    _apart,
    attraction_figure,
    frontier_figure,
    goals_figure,
    looks_figure,
    two_curves,
)
from azr_nb.environments.things.evidence import POLICIES, EvidenceLearner, Pose, looks_table, sensed
from azr_nb.environments.things.scene_grammar import STYLES, random_memory, random_movement, random_scene
from azr_nb.environments.things.scenes import NOTHING, Refused, read_program, sense, spell
from azr_nb.environments.things.self_goals import CHOICES, GOALS, attraction, learning_curve
from azr_nb.runs.plots import GREY, describe, to_png

ONE = "A 00a^ 10b> 11c| 12do\nA@1:10"
PARTS = "K 00a^ 10b>\nA 00c| 10d- 02K1 11K0\nA@1:00"
FLICKER = "A 00a* 10b>\nA@0:00"


def patches(axis, kind):
    return [patch for patch in axis.patches if isinstance(patch, kind)]


def letters(axis):
    return sorted(text.get_text() for text in axis.texts)


def drawn(axis):
    return {line.get_label(): line for line in axis.lines}


# --- scenes ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("movement", ["", "e", "ee", "n", "nes", "w", "wwwwssss"])
def test_a_scene_is_drawn_in_both_frames_and_its_text_says_what_is_sensed(movement):
    figure = scene_picture(ONE, movement)
    assert [letters(axis) for axis in figure.axes] == [["a", "b", "c", "d"]] * 2
    found = sense(read_program(ONE), movement)
    assert describe(figure).endswith(f"Sensed there: {'nothing' if found == NOTHING else found}.")
    assert to_png(figure)


def test_the_turned_thing_has_turned_marks_and_the_same_ring_is_where_the_movement_ends():
    own, body = scene_picture(ONE, "ne").axes
    assert patches(own, Circle)[0].center == (0, 1) and patches(body, Circle)[0].center == (1, 1)
    ends = []
    for axis in (own, body):
        arrows = [arrow._posA_posB for arrow in patches(axis, FancyArrowPatch)]
        ends.append([tuple(round(2 * (b - a)) for a, b in zip(*arrow, strict=True)) for arrow in arrows])
    assert ends == [[(0, 1), (1, 0)], [(1, 0), (0, -1)]]


def test_every_path_is_one_line_of_its_steps():
    rng = random.Random(0)
    for _ in range(5):
        scene = random_scene(rng, STYLES["harder"])
        path = random_movement(rng, scene, 6)
        for axis in scene_picture(spell(scene), path).axes:
            line = max(axis.lines, key=lambda line: line.get_linewidth()).get_xydata().tolist()
            assert len(line) == len(path) + 1
            assert all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in pairwise(line))


def test_parts_are_expanded_and_coloured():
    for axis in scene_picture(PARTS).axes:
        assert letters(axis) == ["a", "a", "b", "b", "c", "d"]
        colours = [patch.get_facecolor() for patch in patches(axis, Rectangle)]
        assert sorted(colours.count(colour) for colour in set(colours)) == [2, 4, 25]


def test_a_flickering_mark_is_drawn():
    assert "a*" in describe(scene_picture(FLICKER))


def test_without_things_there_is_one_panel_with_the_path():
    figure = scene_picture("@0:12", "nnee")
    (axis,) = figure.axes
    assert describe(figure).endswith("Sensed there: 34.")
    assert [ring.center for ring in patches(axis, Circle)] == [(3, 4), (1, 2)]


@pytest.mark.parametrize(
    "program, movement, words",
    [
        ("hello", "", "not a scene"),
        ("A 00a^\nB@0:00", "", "shows B"),
        ("A 00a^\nA@0:11", "", "over no node"),
        ("A 03K0\nK 00a^ 02b^\nA@0:03", "", "outside"),
        (ONE, "up", "not a movement"),
        (ONE, "n" * 13, "13 steps"),
        ("@0:55", "n", "leaves the grid"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_the_reason(program, movement, words):
    with pytest.raises(Refused, match=words):
        scene_picture(program, movement)


# --- hypotheses ------------------------------------------------------------------------------------------------------
def test_a_panel_for_each_thing_and_turn():
    figure = hypotheses_picture(MEMORY, FIRST_LOOK)
    panels = [axis for axis in figure.axes if axis.get_title(loc="left")]
    assert len(panels) == 4 * len(MEMORY)
    assert sum(len(axis.texts) for axis in panels) == 4 * sum(map(len, MEMORY))


def test_twelve_panels_are_enough_and_the_two_likeliest_are_among_them():
    memory = random_memory(random.Random(3), 30)
    looks = {place: sensed(memory[4], Pose(4, 2, list(memory[4])[2]), place) for place in [(0, 0), (1, 0), (0, 2)]}
    figure = hypotheses_picture(memory, looks)
    titles = [title for axis in figure.axes if (title := axis.get_title(loc="left"))]
    assert len(titles) == 12
    text = describe(figure)
    for thing, turn in re.findall(r"(thing \d+), (turn \d), place", text):
        assert f"{thing}, {turn}" in titles
    assert "12 of 30 things" in text


def test_the_two_likeliest_are_outlined_and_the_marked_place_tells_them_apart():
    rng = random.Random(1)
    for _ in range(3):
        memory = random_memory(rng, 3)
        truth = Pose(1, 3, next(iter(memory[1])))
        figure = hypotheses_picture(memory, {(0, 0): sensed(memory[1], truth, (0, 0))})
        assert sum(len(patches(axis, Circle)) for axis in figure.axes) == 2
        one, other = re.search(r"expect (\S+) and (\S+) at", describe(figure)).groups()
        assert one != other


def test_hypotheses_that_are_all_alike_have_no_rivals():
    figure = hypotheses_picture([{(0, 0): "ao"}], {})
    assert not any(patches(axis, Circle) for axis in figure.axes) and to_png(figure)


@pytest.mark.parametrize("looks, words", [({(3, 2): "a^"}, "more than 4"), ({(0, 0): "zz"}, "neither")])
def test_looks_that_cannot_be(looks, words):
    with pytest.raises(ValueError, match=words):
        hypotheses_picture(MEMORY, looks)


def rows_of(page):
    return {row[0]: row[1:] for cells in page.split("<tr>")[2:] if (row := re.findall(r"<td[^>]*>([^<]*)</td>", cells))}


def test_a_look_leaves_what_brute_force_leaves():
    truth = Pose(1, 0, (0, 0))
    rows = rows_of(next_look(movement="en", truth=truth))
    alike = [
        pose
        for pose in EvidenceLearner(MEMORY).poses
        if all(sensed(MEMORY[pose.thing], pose, place) == sensed(MEMORY[1], truth, place) for place in [(0, 0), (1, 1)])
    ]
    assert rows["yours"][:3] == ["en", "d|", str(len(alike))]
    assert set(rows) == {"yours", "nearest", "differ", "information"} and set(rows) - {"yours"} < set(POLICIES)


def test_no_choice_leaves_fewer_on_average_than_information_in_this_memory():
    page = next_look(movement="")  # which tells nothing new
    averages = {name: float(row[-1]) for name, row in rows_of(page).items()}
    assert averages["information"] == min(averages.values())
    assert page == next_look(movement="")


@pytest.mark.parametrize(
    "more, words",
    [
        ({"movement": "up"}, "not a movement"),
        ({"movement": "nnnnn"}, "more than 4"),
        ({"truth": Pose(0, 1, (0, 0))}, "does not agree"),
        ({"looks": {(0, 0): "dv"}}, "does not agree"),
    ],
)
def test_looks_that_are_refused(more, words):
    with pytest.raises(ValueError, match=words):
        next_look(**more)


def test_the_widget_takes_it():
    explore = pytest.importorskip("azr_nb.course.widgets").explore
    menu, shown = explore(partial(next_look, truth=Pose(1, 0, (0, 0))), movement=["n", "en"]).children
    first = shown.value
    menu.value = "en"
    assert "alt=" in first and shown.value != first


# --- results ---------------------------------------------------------------------------------------------------------
def test_looks_are_a_line_for_each_policy():
    tables = {size: looks_table(size, episodes=2) for size in (3, 5)}
    (axis,) = looks_figure(tables).axes
    lines = drawn(axis)
    for name in POLICIES:
        assert lines[name].get_ydata().tolist() == [tables[size][name]["mean"] for size in (3, 5)]
    assert len(axis.collections) == len(POLICIES)


def test_goals_are_lines_of_one_weight_in_two_panels():
    curves = {
        world: {name: [learning_curve(name, seed, 4, 2, flicker, 3)[0] for seed in range(2)] for name in GOALS}
        for world, flicker in (("quiet", 0), ("flicker", 2))
    }
    figure = goals_figure(curves, every=2)
    for axis, goals in zip(figure.axes, curves.values(), strict=True):
        lines = drawn(axis)
        assert len({lines[name].get_linewidth() for name in GOALS}) == 1
        assert lines["coverage"].get_xdata().tolist() == [2, 4]
        first = [curve[0] for curve in goals["coverage"]]
        assert lines["coverage"].get_ydata()[0] == pytest.approx(sum(first) / 2)
    assert all(name in describe(figure) for name in GOALS)


def test_attraction_is_a_pair_of_bars_for_each_rule():
    shares = {
        world: {rule: [attraction(rule, seed, 8, flicker, 4) for seed in range(2)] for rule in CHOICES}
        for world, flicker in (("quiet", 0), ("flicker", 2))
    }
    (axis,) = attraction_figure(shares).axes
    heights = [bar.get_height() for bar in patches(axis, Rectangle)]
    assert heights == pytest.approx([50 * sum(found[rule]) for found in shares.values() for rule in CHOICES])
    assert drawn(axis)["chance (25 %)"].get_ydata()[0] == 25


@pytest.mark.parametrize("steps", [0, 1, 2, 60])
def test_a_live_run_is_drawn_from_its_first_step_on(steps):
    metrics = {
        "step": [float(i) for i in range(steps)],
        "programs/steps": [math.nan if i % 3 == 1 else 3 + i / 10 for i in range(steps)],
        "solve_rate/deduction": [math.nan if i % 4 == 2 else 0.5 for i in range(steps)],
    }
    figure = two_curves(metrics)
    left, right = figure.axes
    assert to_png(figure) and bool(left.lines) == bool(right.lines) == (steps > 0)
    if steps:
        assert left.get_xlim() == right.get_xlim() and set(right.lines[-1].get_ydata()) == {50}


def test_a_run_without_these_columns_says_so():
    assert all(axis.texts for axis in two_curves({"step": [0.0], "programs/steps": [math.nan]}).axes)


def test_the_frontier_has_a_line_for_each_arm_and_grey_before():
    rng = random.Random(0)
    arms = {"before": [{"1": 100, "12": 10}]}
    arms |= {f"arm {i}": [{"1": 100, "12": rng.uniform(30, 35)} for _ in range(3)] for i in range(6)}
    figure = frontier_figure(arms)
    (axis,) = figure.axes
    lines = drawn(axis)
    assert lines["before"].get_color() == GREY and len({line.get_color() for line in axis.lines}) == len(arms)
    for name, seeds in arms.items():
        assert lines[name].get_ydata()[-1] == pytest.approx(sum(one["12"] for one in seeds) / len(seeds))
    assert {text.get_text() for text in axis.texts} == set(arms) and all(name in describe(figure) for name in arms)


@pytest.mark.parametrize("heights", [[0, 0, 0], [10, 50, 90], [97, 98, 99, 100], [1, 2, 50, 51]])
def test_labels_keep_apart(heights):
    found = _apart(heights, 6)
    assert all(b - a >= 6 - 1e-9 for a, b in pairwise(found)) and 0 <= found[0] and found[-1] <= 100
