"""Views of notebook 05: exact moments against fractions, the table of a group for any text, figures at the extremes."""

from __future__ import annotations

import math

import pytest

from azr_nb.course.views.advantages import (
    POLICY,
    REWARDS,
    baseline_view,
    cosine,
    dead_chance,
    dead_figure,
    estimate,
    group_rows,
    group_table,
    groups_figure,
    moments,
    numbers_of,
    score,
    surrogate_figure,
)
from azr_nb.rewards.baselines import advantages, centre, leave_one_out, normalise
from azr_nb.runs.plots import to_png

TRUE = [-1 / 6, 1 / 18, 1 / 9]


def test_scores_are_zero_on_average():
    for i in range(3):
        assert sum(p * score(POLICY, token)[i] for token, p in enumerate(POLICY)) == pytest.approx(0)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_moments(n):
    plain, spread = moments(POLICY, REWARDS, list, n)
    assert plain == pytest.approx(TRUE) and moments(POLICY, REWARDS, leave_one_out, n)[0] == pytest.approx(TRUE)
    short, less = moments(POLICY, REWARDS, centre, n)
    assert short == pytest.approx([(n - 1) / n * g for g in TRUE]) and less < spread
    assert 0.9 < cosine(moments(POLICY, REWARDS, normalise, n)[0], TRUE) < 0.999


def test_estimates_and_cosines():
    assert estimate(POLICY, [2], [1.0]) == score(POLICY, 2)
    assert cosine([1, 0], [0, 2]) == 0 and math.isnan(cosine([0, 0], [1, 1]))


@pytest.mark.parametrize("baseline", [-1.0, 0.0, 2.0])
@pytest.mark.parametrize("shift", [-1.0, 0.0, 1.0])
def test_a_baseline_moves_no_mean(baseline, shift):
    left, right = baseline_view(baseline, shift).axes
    assert "mean 0.111" in left.get_title("left")
    low, high = left.get_ylim()
    assert all(low <= bar.get_height() <= high for bar in left.patches)
    assert right.get_ylim()[0] == 0 and to_png(left.figure)


def test_dead_chance_is_that_of_enumerated_groups():
    for n, p in ((2, 0.5), (3, 0.2), (8, 1.0), (4, 0.0)):
        chance = 0.0
        for bits in range(2**n):
            right = bin(bits).count("1")
            chance += (right in (0, n)) * p**right * (1 - p) ** (n - right)
        assert dead_chance(p, n) == pytest.approx(chance)


def test_figures_hold_every_number():
    batch = {("propose", "deduction"): [-1, 0.125], ("solve", "deduction"): [1, 1, -0.5]}
    figure = groups_figure(batch)
    rewards = [-1, 0.125, 1, 1, -0.5]
    for axis, groups in zip(figure.axes, (["all"] * 5, ["p", "p", "s", "s", "s"]), strict=True):
        drawn = [float(x) for line in axis.lines[:2] for x in line.get_xdata()]
        assert drawn == pytest.approx(advantages(rewards, groups))
    assert len(dead_figure().axes[0].lines) == 4 and to_png(figure) and to_png(dead_figure())


def test_a_surrogate_that_is_not_written_leaves_its_panel_empty():
    functions = {"mine": lambda ratio, advantage: None, "plain": lambda ratio, advantage: ratio * advantage}
    figure = surrogate_figure(functions)
    assert [len(axis.lines) for axis in figure.axes] == [0, 2] and to_png(figure)


def test_group_rows_by_hand():
    rows = {name: (values, loss, norm) for name, values, loss, norm in group_rows([1, 0], [30, 10])}
    assert rows["no baseline"] == ([1, 0], -0.5, 0.5)
    assert rows["mean (Dr. GRPO)"][0] == [0.5, -0.5] and rows["mean of the others (RLOO)"][0] == [1.0, -1.0]
    for name, (_, loss, _norm) in rows.items():
        assert name == "no baseline" or abs(loss) < 1e-6
    assert rows["the same over tokens (released code)"][0][1] == pytest.approx(-1.71, abs=0.01)


@pytest.mark.parametrize(
    "rewards, lengths, words",
    [
        ("1, -0.5, -0.5, 1", "10, 10, 10, 10", "mean of the others"),
        ("1", "5", "no baseline"),
        (",".join(["1", "0"] * 12), ",".join(["9"] * 24), "no baseline"),
        ("1000000, -1000000", "1, 1000000", "no baseline"),
        ("0, 0, 0", "1, 1, 1", "+0.000"),
        ("", "", "these are 0"),
        ("1, x", "1, 1", "is not a number"),
        ("<b>", "1", "&lt;b&gt;"),
        ("nan, 1", "1, 1", "is not a number"),
        ("1e9, 1", "1, 1", "too much"),
        ("1, 1", "1", "need as many lengths"),
        ("1, 1", "1, 0", "whole numbers"),
        ("1, 1", "1, 1.5", "whole numbers"),
        (",".join(["1"] * 99), "1", "these are 99"),
    ],
)
def test_any_text_makes_a_table_or_a_sentence(rewards, lengths, words):
    page = group_table(rewards, lengths)
    assert words in page and "<b>" not in page and "nan" not in page.replace("nan&#x27;", "")


def test_numbers_of_takes_blanks():
    assert numbers_of(" 1 ,, -0.5,") == [1.0, -0.5]
