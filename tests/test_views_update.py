"""Views of notebook 06: ranks, clips and divergences against slow and exact forms, figures at every control value."""

from __future__ import annotations

import itertools
import math
import random

import pytest

from azr_nb.course.views.advantages import POLICY, REWARDS
from azr_nb.course.views.update import (
    MOVED,
    REFERENCE,
    best_policy,
    beta_view,
    captured,
    clip_view,
    estimator_rows,
    exact_kl,
    kl_figure,
    lora_figure,
    mask_figure,
    rank_figure,
    surrogate,
)
from azr_nb.runs.plots import to_png

K1 = lambda p, q: p - q  # noqa: E731
K3 = lambda p, q: math.exp(q - p) - 1 - (q - p)  # noqa: E731


def policies(seed=0, count=20, tokens=4):
    rng = random.Random(seed)
    drawn = [[rng.random() + 0.01 for _ in range(tokens)] for _ in range(count)]
    return [[x / sum(row) for x in row] for row in drawn]


# --- rank ------------------------------------------------------------------------------------------------------------
def test_captured_by_hand():
    assert captured([3, 4], 1) == 9 / 25 and captured([4, 3], 1) == 16 / 25 and captured([4, 3], 2) == 1
    assert captured([1], 0) == 0 and captured([2, 0, 0], 1) == 1 and captured([2, 1], 9) == 1


def test_captured_is_what_the_best_approximation_keeps():
    np = pytest.importorskip("numpy")
    matrix = np.random.default_rng(0).normal(size=(6, 4))
    u, s, v = np.linalg.svd(matrix, full_matrices=False)
    for rank in range(1, 5):
        near = (u[:, :rank] * s[:rank]) @ v[:rank]
        assert captured(s.tolist(), rank) == pytest.approx(1 - ((matrix - near) ** 2).sum() / (matrix**2).sum())


@pytest.mark.parametrize("rank", range(1, 13))
def test_rank_figure_at_every_rank(rank):
    values = [2.0**-i for i in range(12)]
    cost, kept = rank_figure(values, 12, 40, rank).axes
    assert f"Rank {rank}: {rank * 52} numbers\ninstead of 480" == cost.get_title("left")
    assert f"Rank {rank} keeps {100 * captured(values, rank):.0f} %" in kept.get_title("left")
    assert list(cost.lines[2].get_xdata()) == [rank] and list(cost.lines[2].get_ydata()) == [52 * rank]
    assert [text.get_text() for text in cost.get_legend().get_texts()] == ["two thin matrices", "the whole matrix"]
    shares = list(kept.lines[0].get_ydata())
    assert shares == sorted(shares) and shares[-1] == pytest.approx(100) and len(shares) == 12
    for axis in (cost, kept):
        assert axis.get_xlabel() == "rank" and axis.get_ylabel()


# --- clip ------------------------------------------------------------------------------------------------------------
def test_surrogate_by_hand():
    for ratio in (0.1, 0.8, 1.0, 1.2, 5.0):
        assert surrogate(ratio, 0.0, 0.2, 0.28) == 0
    assert surrogate(2, 1, 0.2, 0.28) == 1.28 and surrogate(0.5, 1, 0.2, 0.28) == 0.5
    assert surrogate(2, -1, 0.2, 0.28) == -2 and surrogate(0.5, -1, 0.2, 0.28) == -0.8
    assert surrogate(9, -1, 0.2, 0.28, dual=3.0) == -3 and surrogate(9, 1, 0.2, 0.28, dual=3.0) == 1.28


def test_surrogate_is_the_package_one():
    torch = pytest.importorskip("torch")
    from azr_nb.learning.estimators import clipped_surrogate

    for ratio, advantage, dual in itertools.product((0.3, 0.81, 1.0, 1.29, 3.0), (1.5, -0.5, 0.0), (None, 2.0)):
        now = torch.tensor(ratio, dtype=torch.float64).log()
        theirs = clipped_surrogate(
            now, torch.zeros_like(now), torch.tensor(advantage, dtype=torch.float64), 0.2, 0.28, dual
        )
        assert surrogate(ratio, advantage, 0.2, 0.28, dual) == pytest.approx(theirs.item())


STEPS = [0.05 * i for i in range(1, 21)]
CLIPS = [(clip, 0.28) for clip in STEPS[:10]] + [(0.2, high) for high in STEPS]
CLIPS += list(itertools.product((0.05, 0.5), (0.05, 1.0)))


@pytest.mark.parametrize("clip, high", CLIPS)
def test_clip_view_at_its_control_values(clip, high):
    figure = clip_view(clip, high)
    assert len(figure.axes) == 2 and all(len(axis.lines) >= 2 for axis in figure.axes)
    left, right = (axis.get_title("left") or axis.get_title() for axis in figure.axes)
    assert f"both sides {clip:g}" in left and f"{clip:g} below, {high:g} above" in right
    tops = [max(max(line.get_ydata()) for line in axis.lines[:2]) for axis in figure.axes]
    assert tops[0] == pytest.approx(1 + clip, abs=1e-6) and tops[1] <= 1 + high + 1e-6


# --- an adapter and a batch -------------------------------------------------------------------------------------------
def test_the_matrices_of_an_adapter_are_drawn_to_scale():
    figure = lora_figure(40, 80, 8)
    (axis,) = figure.axes
    whole, left, right = ((box.get_height(), box.get_width()) for box in axis.patches)
    assert whole[1] == pytest.approx(2 * whole[0]) and left == pytest.approx((whole[0], whole[0] / 5))
    assert right == pytest.approx((whole[0] / 5, whole[1]))
    said = " ".join(text.get_text() for text in axis.texts)
    for words in ("W: 40 × 80", "B: 40 × 8", "A: 8 × 80", "960 numbers", "3,200"):
        assert words in said, words


def test_what_a_mask_counts_is_told_from_padding():
    rows = [["a", "<eos>"], ["b\n", "c", "longer words", "<eos>"], ["d", "e", "f", "g"]]
    figure = mask_figure(rows, "<eos>")
    (axis,) = figure.axes
    looks = {}
    for box in axis.patches:
        y, x = round(box.get_y() + box.get_height() / 2 - 0.5), round(box.get_x())
        looks[len(rows) - 1 - y, x] = (box.get_facecolor(), box.get_hatch())
    kind = lambda row, place: "padding" if place >= len(row) else row[place] == "<eos>"  # noqa: E731
    wanted = {(y, x): kind(row, x) for y, row in enumerate(rows) for x in range(4)}
    assert looks.keys() == wanted.keys()
    assert len({(wanted[place], looks[place]) for place in looks}) == 3 == len(set(looks.values()))
    assert {text.get_text() for text in axis.texts} == {*"acdefg", "b⏎", "long…", "<eos>"}
    assert [text.get_text() for text in axis.get_legend().get_texts()][-1] == "padding: mask 0"
    assert to_png(mask_figure([["<eos>"]], "<eos>"))


def test_estimators_are_drawn_over_the_log_ratio():
    (axis,) = kl_figure({"k1": K1, "k3": K3}, MOVED, REFERENCE).axes
    for line, estimator in zip(axis.lines[:2], (K1, K3), strict=True):
        assert list(line.get_ydata()) == pytest.approx([estimator(x, 0.0) for x in line.get_xdata()], abs=1e-6)
    ratios = [math.log(p / q) for p, q in zip(MOVED, REFERENCE, strict=True)]
    assert [line.get_xdata()[0] for line in axis.lines[3:]] == pytest.approx(ratios)
    assert [text.get_text()[0] for text in axis.texts] == ["a", "b", "c"]


# --- KL --------------------------------------------------------------------------------------------------------------
def test_exact_kl_by_hand():
    assert exact_kl([1, 0], [0.5, 0.5]) == pytest.approx(math.log(2)) and exact_kl([1, 0], [0, 1]) == math.inf
    assert exact_kl([0.5, 0.5], [0.5, 0.5]) == 0 == exact_kl([0, 1], [0, 1])
    assert exact_kl(MOVED, REFERENCE) == pytest.approx(
        sum(p * math.log(p / q) for p, q in zip(MOVED, REFERENCE, strict=True))
    )
    assert exact_kl(MOVED, REFERENCE) != pytest.approx(exact_kl(REFERENCE, MOVED), abs=1e-3)


def test_exact_kl_is_never_negative_and_zero_at_home():
    for p, q in zip(policies(1), policies(2), strict=True):
        assert exact_kl(p, q) > 0 and exact_kl(p, p) == pytest.approx(0, abs=1e-15)


def test_k1_and_k3_have_the_right_mean_and_k3_the_smaller_spread():
    rows = {name: numbers for name, *numbers in estimator_rows({"k1": K1, "k3": K3}, MOVED, REFERENCE)}
    for mean, _, _ in rows.values():
        assert mean == pytest.approx(exact_kl(MOVED, REFERENCE))
    assert rows["k3"][2] >= 0 > rows["k1"][2] and rows["k3"][1] < rows["k1"][1]
    (broken,) = estimator_rows({"broken": lambda p, q: K3(q, p)}, MOVED, REFERENCE)
    assert broken[3] >= 0 and broken[1] != pytest.approx(exact_kl(MOVED, REFERENCE), rel=0.05)


def test_deviation_agrees_with_drawing():
    ((name, mean, spread, least),) = estimator_rows({"k1": K1}, MOVED, REFERENCE)
    rng = random.Random(0)
    drawn = [math.log(MOVED[i] / REFERENCE[i]) for i in rng.choices(range(3), MOVED, k=20_000)]
    centre = sum(drawn) / len(drawn)
    assert (name, least) == ("k1", min(drawn)) and centre == pytest.approx(mean, abs=0.02)
    assert math.sqrt(sum((x - centre) ** 2 for x in drawn) / len(drawn)) == pytest.approx(spread, abs=0.02)


# --- the best policy -------------------------------------------------------------------------------------------------
def value_of(policy, beta):
    return sum(p * r for p, r in zip(policy, REWARDS, strict=True)) - beta * exact_kl(policy, REFERENCE)


@pytest.mark.parametrize("beta", [0.0, 0.01, 0.05, 0.3, 1.0, 3.0, 100.0])
def test_the_best_policy_beats_every_policy_of_a_grid(beta):
    best = best_policy(beta)
    assert sum(best) == pytest.approx(1) and min(best) >= 0
    grid = [(a / 60, b / 60, (60 - a - b) / 60) for a in range(61) for b in range(61 - a)]
    top = max(grid, key=lambda policy: value_of(policy, beta))
    assert value_of(best, beta) >= value_of(top, beta) - 1e-12
    assert max(abs(x - y) for x, y in zip(best, top, strict=True)) <= 2 / 60  # and lies where the grid's best does


def test_the_best_policy_at_its_ends():
    assert best_policy(0) == [0, 0, 1] == best_policy(-1) and best_policy(1e9) == pytest.approx(POLICY)
    assert best_policy(0, (1.0, 1.0, 0.0)) == [0.5, 0.5, 0] and best_policy(1e-9) == pytest.approx([0, 0, 1])
    assert best_policy(0.5, (7.0, 7.0, 7.0)) == pytest.approx(REFERENCE)


def test_divergence_falls_with_beta():
    far = [exact_kl(best_policy(0.05 * k), REFERENCE) for k in range(61)]
    assert far == sorted(far, reverse=True)


@pytest.mark.parametrize("beta", [0.05 * k for k in range(1, 61)])
def test_beta_view_at_every_beta(beta):
    bars, trade = beta_view(beta).axes
    assert bars.get_title("left").startswith(f"KL coefficient {beta:g}:")
    heights = [bar.get_height() for bar in bars.patches]
    assert heights == pytest.approx([*REFERENCE, *best_policy(beta)])
    assert [text.get_text() for text in bars.get_legend().get_texts()] == ["reference", "best policy"]
    (x,), (y,) = trade.lines[1].get_xdata(), trade.lines[1].get_ydata()
    assert x == pytest.approx(exact_kl(best_policy(beta), REFERENCE)) and f"{y:.2f}" in trade.get_title("left")
    assert f"divergence of {x:.2f}" in trade.get_title("left")
    low, high = trade.get_xlim()
    assert low <= x <= high


def test_figures_become_pictures():
    for figure in (clip_view(0.05, 1.0), beta_view(3.0), beta_view(0), rank_figure([1.0], 1, 1, 1)):
        assert to_png(figure).startswith(b"\x89PNG")
