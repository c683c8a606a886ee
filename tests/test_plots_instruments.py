"""Figures of the instruments: the numbers drawn are those of the columns, and gaps never fail."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azr_nb.evaluation.measures import binomial_counts
from azr_nb.runs import plots
from azr_nb.runs.plots import to_png
from azr_nb.tasks import ROLES, TASK_TYPES

PANELS = {"solve_rate_histogram": 1, "group_gradients": 2, "programs": 4, "descent": 2}
FIGURES = [getattr(plots, name) for name in PANELS]


def run_metrics(steps=30, n=8, seed=0):
    rng = random.Random(seed)
    column = lambda high: [rng.uniform(0, high) for _ in range(steps)]  # noqa: E731
    metrics = {"step": [float(i) for i in range(steps)]}
    metrics |= {f"grad_norm/{role}/{kind}": column(2) for role in ROLES for kind in TASK_TYPES}
    metrics |= {f"solve_rate_tasks/{k}_of_{n}": [float(k + 1)] * steps for k in range(n + 1)}
    for name in (
        "programs/nodes",
        "programs/cognitive",
        "programs/distance",
        "programs/near_duplicates",
        "solver_batch/age",
        "solver_batch/age_max",
        "lineage/depth",
        "lineage/depth_new",
    ):
        metrics[name] = column(9)
    return metrics


@pytest.mark.parametrize("draw", FIGURES)
def test_every_panel_has_title_labels_and_data(draw):
    figure = draw(run_metrics())
    assert len(figure.axes) == PANELS[draw.__name__]
    for axis in figure.axes:
        assert axis.get_title(loc="left") and axis.get_xlabel() and axis.get_ylabel() and axis.has_data()
    figure.draw_without_rendering()


@pytest.mark.parametrize("draw", FIGURES)
@pytest.mark.parametrize(
    "metrics",
    [{}, {"step": []}, {"step": [0.0, 1.0]}, {"loss": [1.0]}, {"step": [0.0], "solve_rate_tasks/0_of_2": [0.0]}],
)
def test_a_run_without_the_columns_says_so(draw, metrics):
    figure = draw(metrics)
    texts = [text.get_text() for axis in figure.axes for text in axis.texts]
    assert texts == ["not recorded in this run"] * len(figure.axes)
    assert to_png(figure).startswith(b"\x89PNG")


def test_the_histogram_counts_the_last_steps_beside_chance():
    metrics = run_metrics(n=4)
    metrics["solve_rate_tasks/0_of_4"][-1] = math.nan
    n, totals = plots.solve_rate_totals(metrics)
    assert (n, totals) == (4, [9, 20, 30, 40, 50])
    (axis,) = plots.solve_rate_histogram(metrics).axes
    assert [bar.get_height() for bar in axis.patches] == totals
    rate = sum(k * t for k, t in enumerate(totals)) / 4 / sum(totals)
    assert list(axis.lines[0].get_ydata()) == [count for count, _ in binomial_counts(rate, 4, 149)]
    assert f"solved at {100 * rate:.0f} %" in axis.lines[0].get_label()
    assert axis.get_xlabel() == "right answers of 4 samples"


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_tasks_that_are_all_alike(rate):
    metrics = {"step": [0.0], "solve_rate_tasks/0_of_1": [9 * (1 - rate)], "solve_rate_tasks/1_of_1": [9 * rate]}
    (axis,) = plots.solve_rate_histogram(metrics).axes
    assert max(axis.lines[0].get_ydata()) == 9


def test_types_stand_in_one_legend_and_roles_side_by_side():
    figure = plots.group_gradients(run_metrics())
    assert [text.get_text() for text in figure.legends[0].get_texts()] == list(TASK_TYPES)
    assert [axis.get_title(loc="left").split(":")[0] for axis in figure.axes] == list(ROLES)


@given(st.data())
@settings(max_examples=12, deadline=None)
def test_missing_columns_and_cells_never_fail(data):
    whole = run_metrics(steps=data.draw(st.integers(1, 30)))
    metrics = {name: list(column) for name, column in whole.items() if data.draw(st.booleans())}
    for column in metrics.values():
        for i in data.draw(st.sets(st.integers(0, len(column) - 1), max_size=4)):
            column[i] = data.draw(st.sampled_from([math.nan, math.inf, 0.0]))
    for draw in FIGURES:
        draw(metrics).draw_without_rendering()
