"""Views of notebook 04: exact expectations against sampling and closed forms, figures at every extreme."""

from __future__ import annotations

import math
import random

import pytest

from azr_nb.config import make_config
from azr_nb.course.views.rewards import (
    SHAPES,
    SIZES,
    best_rate,
    chances,
    deviation,
    expected,
    pay_rows,
    reward_view,
    shapes_figure,
    sizes_figure,
)
from azr_nb.rewards import RewardRecord, learnability, reward_parts
from azr_nb.runs.plots import to_png
from azr_nb.tasks import Verdict


@pytest.mark.parametrize("n", [1, *SIZES])
@pytest.mark.parametrize("p", [0.0, 0.02, 0.5, 1.0])
def test_chances_are_a_distribution_with_the_right_mean(p, n):
    odds = chances(p, n)
    assert math.fsum(odds) == pytest.approx(1) and min(odds) >= 0
    assert math.fsum(k * chance for k, chance in enumerate(odds)) == pytest.approx(n * p)


@pytest.mark.parametrize("n", [2, 8, 32])
@pytest.mark.parametrize("p", [0.0, 0.02, 0.3, 0.9, 1.0])
def test_closed_forms(p, n):
    assert expected(learnability, p, n) == pytest.approx((1 - p) - (1 - p) ** n)
    assert expected(SHAPES["inverse"], p, n) == pytest.approx(1 - p)
    assert expected(SHAPES["variance"], p, n) == pytest.approx(p * (1 - p) * (n - 1) / n)
    assert deviation(SHAPES["inverse"], p, n) == pytest.approx(math.sqrt(p * (1 - p) / n), abs=1e-7)


def test_the_numbers_the_notebook_speaks_of():
    assert chances(0.02, 8)[0] == pytest.approx(0.85, abs=0.005)
    assert best_rate(learnability, 8) == pytest.approx(1 - 8 ** (-1 / 7), abs=1e-3)
    assert best_rate(learnability, 2) == 0.5
    assert max(range(1, 65), key=lambda m: expected(learnability, 1 / m, 8)) == 4


def test_expectation_agrees_with_drawing():
    rng = random.Random(0)
    for name in ("paper", "released code"):
        drawn = [SHAPES[name](sum(rng.random() < 0.3 for _ in range(8)) / 8) for _ in range(20_000)]
        assert sum(drawn) / len(drawn) == pytest.approx(expected(SHAPES[name], 0.3, 8), abs=0.01)


@pytest.mark.parametrize(
    "name, settings",
    [
        ("paper", {}),
        ("released code", {"extreme_reward": -0.5}),
        ("inverse", {"proposer_reward": "inverse"}),
        ("variance", {"proposer_reward": "variance"}),
        ("uncertainty", {"proposer_reward": "uncertainty"}),
    ],
)
def test_shapes_are_what_a_run_pays(name, settings):
    config = make_config("paper", **settings)
    for k in range(9):
        record = RewardRecord("propose", "deduction", Verdict("ok"), k / 8, config=config)
        assert sum(reward_parts(record).values()) == SHAPES[name](k / 8)


def test_rows_name_their_tasks():
    assert pay_rows({"paper": learnability}, {"half": 0.5, "none": 0.0}, 8) == [("half", "+0.50"), ("none", "+0.00")]


@pytest.mark.parametrize("variant", SHAPES)
@pytest.mark.parametrize("samples", [SIZES[0], SIZES[-1]])
@pytest.mark.parametrize("solve_rate", [0.0, 1.0])
def test_the_view_at_the_extremes_of_its_controls(solve_rate, samples, variant):
    figure = reward_view(solve_rate, samples, variant)
    left, right = figure.axes
    assert f"n = {samples}" in left.get_title("left") and "100 %" in right.get_title("left")
    low, high = left.get_ylim()
    assert all(low <= y <= high for line in left.lines for y in line.get_ydata())
    assert to_png(figure).startswith(b"\x89PNG")


def test_figures_have_labels_and_a_line_for_each():
    for figure, lines in ((shapes_figure(), len(SHAPES) + 1), (sizes_figure(), len(SIZES) + 1)):
        (axis,) = figure.axes
        assert len(axis.lines) == lines and axis.get_xlabel() and axis.get_ylabel() and axis.get_title("left")
        looks = {(line.get_color(), line.get_marker(), line.get_linestyle()) for line in axis.lines}
        assert len(looks) == lines and to_png(figure)
