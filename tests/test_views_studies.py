"""Views of notebooks 09 and 10: study numbers against slow forms, figures and cards that say what they should."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest

from azr_nb.course.drawing import STYLES
from azr_nb.course.views.studies import (
    bootstrap_view,
    changes_figure,
    interval_of,
    pass_at_k_curve,
    pass_at_k_figure,
    resampled_means,
    reward_card,
    reward_curve,
)
from azr_nb.runs import study
from azr_nb.runs.catalogue import CATALOGUE, LAPTOP, SEEDS, STUDY, VARIANTS
from azr_nb.runs.compare import bootstrap_interval
from azr_nb.runs.plots import describe, to_png
from azr_nb.runs.shipped import archive
from azr_nb.runs.study import Change

HOSTILE = "<script>alert(1)</script>\"'&"


def recorded(*names: str) -> None:
    missing = [
        f"{name}-{seed}" for name in names or VARIANTS for seed in SEEDS if not archive(f"{name}-{seed}").is_file()
    ]
    if missing:
        pytest.skip(f"the recorded run {missing[0]} is not there yet")


# --- the study -------------------------------------------------------------------------------------------------------
def test_clear_is_an_interval_without_zero():
    for low, high, clear in ((1, 2, True), (-2, -1, True), (-1, 1, False), (0, 1, False), (-1, 0, False)):
        assert Change(0.0, low, high, (0.0,)).clear is clear


def a_study(seed=0, runs=3, tasks=40, gain=10.0):
    """Scores before and after, by suite and task type: (runs, tasks) in percent."""
    rng = np.random.default_rng(seed)
    cells = [(suite, kind) for suite in ("own", "harder") for kind in ("deduction", "abduction")]
    before = {cell: rng.choice((0.0, 25.0, 50.0), size=(runs, tasks)) for cell in cells}
    return before, {cell: old + rng.choice((0.0, gain), size=old.shape) for cell, old in before.items()}


def test_a_change_is_that_of_a_bootstrap_written_by_hand():
    before, after = a_study()
    found = study._change(after, before, None)
    parts = [after[cell] - before[cell] for cell in after]
    rng, draws = random.Random(1), []
    for _ in range(1500):
        runs = [rng.randrange(3) for _ in range(3)]
        cells = []
        for part in parts:
            tasks = [rng.randrange(40) for _ in range(40)]
            cells.append(sum(part[i][j] for i in runs for j in tasks) / 120)
        draws.append(sum(cells) / len(cells))
    draws.sort()
    assert found.mean == pytest.approx(np.mean([part.mean() for part in parts]))
    assert found.low == pytest.approx(draws[37], abs=0.2) and found.high == pytest.approx(draws[1462], abs=0.2)
    assert len(found.seeds) == 3 and np.mean(found.seeds) == pytest.approx(found.mean)
    assert found.seeds[1] == pytest.approx(np.mean([part[1].mean() for part in parts])) and found.clear


def test_a_change_of_one_type_takes_its_cells_alone():
    before, after = a_study()
    for suite in ("own", "harder"):
        after[suite, "abduction"] = before[suite, "abduction"]
    assert study._change(after, before, "abduction") == Change(0.0, 0.0, 0.0, (0.0, 0.0, 0.0), 0.0)
    assert study._change(after, before, "deduction").mean == pytest.approx(2 * study._change(after, before, None).mean)


def test_pairing_takes_what_runs_and_tasks_have_in_common_out():
    before, after = a_study(gain=0.0)
    assert study._change(after, before, None).high == 0.0
    apart = {cell: old[:, ::-1] for cell, old in before.items()}  # the same scores, of other tasks
    wide = study._change(apart, before, None)
    assert wide.mean == pytest.approx(0) and wide.high > 1


def test_the_same_numbers_give_the_same_interval():
    before, after = a_study()
    assert study._change(after, before, None) == study._change(after, before, None)
    one = bootstrap_interval([np.full((1, 5), 3.0)], np.random.default_rng(0))
    assert one == {"mean": 3.0, "low": 3.0, "high": 3.0, "visible": 0.0}


def test_unknown_variants_say_which_there_are():
    with pytest.raises(KeyError, match="no variant 'odd'"):
        study.runs_of("odd")


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_recorded_variant_has_its_numbers(variant):
    recorded(variant)
    assert study.variants()[variant] == VARIANTS[variant][0] and len(study.runs_of(variant)) == len(SEEDS)
    after, before = (study.scores(variant, side) for side in ("after", "before"))
    assert list(after) == list(before) and {kind for _, kind in after} == {"deduction", "abduction", "induction"}
    for cell in after:
        assert after[cell].shape == before[cell].shape and after[cell].shape == (3, STUDY["eval_tasks"])
        assert 0 <= after[cell].min() and after[cell].max() <= 100
        assert (before[cell] == before[cell][0]).all()  # all runs start from one policy
    for mode in ("sampled", "greedy"):
        found = study.change(variant, mode)
        assert found.low <= found.mean <= found.high and len(found.seeds) == 3
        assert np.mean(found.seeds) == pytest.approx(found.mean)
    assert study.command_of(variant) == CATALOGUE[f"{variant}-0"].command()
    assert all(len(metrics["step"]) == STUDY["steps"] for metrics in study.metrics_of(variant))


def test_a_recorded_difference_is_that_of_the_changes():
    recorded("learnability", "random")
    both = study.difference("learnability", "random")
    changes = study.changes(("learnability", "random"))
    assert both.mean == pytest.approx(changes["learnability"].mean - changes["random"].mean)
    back = study.difference("random", "learnability")
    assert (back.mean, back.low, back.high) == pytest.approx((-both.mean, -both.high, -both.low), abs=0.3)
    assert study.difference("random", "random") == Change(0.0, 0.0, 0.0, (0.0, 0.0, 0.0), 0.0)


def test_variants_are_compared_over_the_seeds_that_both_have():
    before, after = a_study(gain=0.0)
    two = {cell: old[:2] - 3 for cell, old in after.items()}
    found = study._change(after, two, None)
    assert (found.mean, found.seeds) == (pytest.approx(3), pytest.approx((3.0, 3.0)))
    assert math.isnan(found.low) and not found.clear and found.ends == "(+3.0, +3.0)"  # two are no interval
    back = study._change(two, after, None)
    assert back.mean == pytest.approx(-3) and len(back.seeds) == 2


@pytest.mark.parametrize("variant", LAPTOP)
def test_runs_of_a_language_model_are_variants_too(variant):
    about, settings, seeds = LAPTOP[variant]
    config = CATALOGUE[f"{variant}-0"].config()
    after = study.scores(variant)
    before, first = (study.scores(name, "before", "greedy") for name in (variant, "laptop"))
    for cell in after:
        assert after[cell].shape == (len(seeds), config.eval_tasks)
    # all runs start from one policy, on the same held-out tasks, but for a processor's rounding
    assert all((before[cell] == first[cell][0]).mean() > 0.98 for cell in before)
    assert len(study.change(variant).seeds) == len(seeds) and variant not in study.variants()
    assert study.command_of(variant) == CATALOGUE[f"{variant}-0"].command()
    assert [len(metrics["step"]) for metrics in study.metrics_of(variant)] == [config.steps] * len(seeds)
    assert set(config.diff(CATALOGUE["laptop-0"].config())) == set(settings)


def test_the_recorded_study_is_whole():
    recorded()
    found = study.changes()
    assert list(found) == list(VARIANTS) == list(study.variants())
    figure = changes_figure(found, "a title")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == list(VARIANTS)


# --- its figures -----------------------------------------------------------------------------------------------------
CHANGES = {"one": Change(1.0, -1.0, 3.0, (0.0, 1.0, 2.0)), "two": Change(-2.0, -2.5, -1.5, (-2.0, -2.0))}


def test_a_row_for_each_variant_with_its_seeds_and_interval():
    (axis,) = changes_figure(CHANGES, "a title", "points").axes
    assert axis.get_title("left") == "a title" and axis.get_xlabel() == "points"
    assert [label.get_text() for label in axis.get_yticklabels()] == ["one", "two"]
    for y, change in enumerate(CHANGES.values()):
        bar, seeds, mean = axis.lines[3 * y : 3 * y + 3]
        assert list(bar.get_xdata()) == [change.low, change.high] and list(bar.get_ydata()) == [y, y]
        assert tuple(seeds.get_xdata()) == change.seeds and seeds.get_markerfacecolor() == "white"
        assert list(mean.get_xdata()) == [change.mean] and list(mean.get_ydata()) == [y]
    high, low = axis.get_ylim()
    assert low < -0.22 and high > 1  # everything is inside, the first variant on top
    assert len(set(STYLES)) == len(STYLES) >= len(VARIANTS)


@pytest.mark.parametrize("count", [1, len(VARIANTS)])
def test_as_many_variants_as_there_are(count):
    figure = changes_figure({f"v{i}": CHANGES["one"] for i in range(count)}, "a title")
    assert to_png(figure).startswith(b"\x89PNG") and "held-out" in describe(figure)


# --- rewards ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("samples", [1, 8])
def test_a_reward_curve_has_every_solve_rate(samples):
    (axis,) = reward_curve(lambda rate: 1 - rate, samples).axes
    rates = [k / samples for k in range(samples + 1)]
    assert list(axis.lines[0].get_xdata()) == rates and list(axis.lines[0].get_ydata()) == [1 - r for r in rates]
    assert f"of {samples} answers" in axis.get_xlabel() and "points" in axis.get_ylabel()


def test_every_reward_of_the_menu_has_a_curve():
    from azr_nb.config import make_config
    from azr_nb.rewards import RewardRecord, get_reward, registered
    from azr_nb.tasks import Verdict

    config = make_config("classroom")
    for reward in registered("proposer"):
        if reward.name != "random":

            def pays(rate, reward=reward):
                record = RewardRecord("propose", "deduction", Verdict("ok"), rate, config=config, program="def f(a): 1")
                return get_reward("proposer", reward.name).function(record)

            assert len(reward_curve(pays).axes[0].lines[0].get_ydata()) == 9


def test_a_card_has_all_of_it_and_no_markup_of_others():
    page = reward_card(HOSTILE, HOSTILE, lambda rate: rate, HOSTILE, CHANGES["one"], f"azr-nb train {HOSTILE}")
    assert "<script" not in page and page.count("&lt;script") == 4
    assert "+1.0 points of held-out pass@1 [-1.0, +3.0] over 3 seeds (+0.0, +1.0, +2.0)" in page
    assert 'alt="Figure. What a valid proposal is paid' in page and "data:image/png;base64," in page
    for head in ("pays", "how it can be gamed", "result", "made by"):
        assert f">{head}</th>" in page
    assert "not measured yet" in reward_card("a", "b", lambda rate: 0.0, "c", None, "d")


# --- is it better? ---------------------------------------------------------------------------------------------------
def test_resampled_means_agree_with_drawing_by_hand():
    values = [0.0, 0.0, 25.0, -25.0, 50.0, 100.0]
    rng = random.Random(0)
    slow = sorted(sum(rng.choices(values, k=6)) / 6 for _ in range(20_000))
    means = resampled_means(values, 20_000)
    low, high = interval_of(means)
    assert len(means) == 20_000 and min(values) <= min(means) and max(means) <= max(values)
    assert sum(means) / len(means) == pytest.approx(sum(values) / 6, abs=0.5)
    assert (low, high) == pytest.approx((slow[500], slow[19_500]), abs=2)
    assert resampled_means(values) == resampled_means(values) != resampled_means(values, seed=1)
    assert set(resampled_means([4.0], 10)) == {4.0}


def test_interval_of_by_hand():
    assert interval_of(range(0, 1001)) == (25.0, 975.0) and interval_of([3.0]) == (3.0, 3.0)


BEFORE = [float(25 * (i % 5)) for i in range(200)]
AFTER = [min(100.0, value + 25 * (i % 3 == 0)) for i, value in enumerate(BEFORE)]


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("tasks", [1, 10, 20, 50, 100, 150, 200, 600])
def test_bootstrap_view_at_its_control_values(tasks, paired):
    (axis,) = bootstrap_view(BEFORE, AFTER, tasks, paired).axes
    count, title = min(tasks, 200), axis.get_title("left")
    change = sum(AFTER[:count]) / count - sum(BEFORE[:count]) / count
    assert title.startswith(f"{count} tasks, {'paired by task' if paired else 'as if they were different'}")
    assert f"{change:+.1f} points" in title and axis.get_ylabel() == "resamples" and "solid line" in axis.get_xlabel()
    low, high = (line.get_xdata()[0] for line in axis.lines[:2])
    assert f"[{low:+.1f}, {high:+.1f}]" in title and sum(bar.get_height() for bar in axis.patches) == 2000


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("tasks", [30, 120, 200])
def test_every_bin_of_a_bootstrap_has_as_many_possible_means(tasks, paired):
    (axis,) = bootstrap_view(BEFORE, AFTER, tasks, paired).axes
    grid = 25 / tasks  # all scores are multiples of 25
    wide = {round(bar.get_width() / grid, 6) for bar in axis.patches}
    assert len(wide) == 1 and wide.pop().is_integer() and len(axis.patches) <= 42
    assert {round(bar.get_x() / grid % 1, 6) for bar in axis.patches} == {0.5}


def test_pairing_and_more_tasks_make_the_interval_narrower():
    def width(*settings):
        (axis,) = bootstrap_view(BEFORE, AFTER, *settings).axes
        return axis.lines[1].get_xdata()[0] - axis.lines[0].get_xdata()[0]

    assert width(200, True) < width(50, True) < width(50, False) and width(200, True) < width(200, False) / 2


@pytest.mark.parametrize("samples", [1, 2, 5, 6])
def test_pass_at_k_is_the_share_of_subsets_with_a_right_answer(samples):
    right = list(range(samples + 1))
    curve = pass_at_k_curve(right, samples)
    assert len(curve) == samples
    for k in range(1, samples + 1):
        shares = []
        for count in right:
            subsets = list(itertools.combinations([1] * count + [0] * (samples - count), k))
            shares.append(sum(map(any, subsets)) / len(subsets))
        assert curve[k - 1] == pytest.approx(100 * sum(shares) / len(shares))
    assert curve == sorted(curve)


def test_pass_at_k_at_its_ends():
    assert pass_at_k_curve([0, 0], 8) == [0.0] * 8 and pass_at_k_curve([8], 8) == [100.0] * 8
    assert pass_at_k_curve([1, 3], 4)[0] == pytest.approx(50) and pass_at_k_curve([1, 3], 4)[-1] == 100


@pytest.mark.parametrize("samples, k", [(64, 1), (64, 8), (64, 64), (32, 5), (1, 1), (20, 20)])
def test_pass_at_k_figure_at_the_ends_of_its_control(samples, k):
    before, after = [0, 1, samples], [0, samples, samples]
    (axis,) = pass_at_k_figure(before, after, samples, k).axes
    curves = [pass_at_k_curve(right, samples) for right in (before, after)]
    labels = [f"{name}: {curve[k - 1]:.1f} at k = {k}" for name, curve in zip(("before", "after"), curves, strict=True)]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == labels
    assert [len(line.get_xdata()) for line in axis.lines] == [samples, 1] * 2
    assert axis.lines[1].get_xdata()[0] == k and axis.get_xscale() == "log"
    assert [label.get_text() for label in axis.get_xticklabels()] == [str(2**i) for i in range(8) if 2**i <= samples]
    assert to_png(pass_at_k_figure(before, after, samples, k)).startswith(b"\x89PNG")


def test_what_stands_beside_a_run_is_what_its_controls_gained():
    """The mean over runs of each run's mean over cells, as `change` has it."""
    line = study.beside("things")
    assert line.startswith("recorded changes of greedy answers") and study.beside("nobody's") == ""
    for arm in ("self-play", "further"):
        assert f"{arm} {study.change(f'things-{arm}', 'greedy').mean:+.1f}" in line
