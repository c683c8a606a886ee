"""Views of a language model's run, on recorded runs that are there."""

from __future__ import annotations

import math

import pytest

from azr_nb.course.views import replay as language
from azr_nb.runs.replay import open_replay
from azr_nb.runs.shipped import open_recorded


@pytest.fixture(scope="module")
def replay():
    return open_replay(open_recorded("short"))


def test_means_are_over_the_task_types(replay):
    columns = [replay.metrics[f"propose/{kind}/valid"] for kind in ("deduction", "abduction", "induction")]
    assert language.mean_over_types(replay.metrics, "propose/{}/valid") == pytest.approx(
        [sum(row) / 3 for row in zip(*columns, strict=True)]
    )
    assert language.mean_over_types(replay.metrics, "entropy") == replay.metrics["entropy"]
    assert language.mean_over_types(replay.metrics, "no such column") == []


def test_groups_of_runs_stand_side_by_side(replay):
    figure = language.beside_figure({"one": [replay.metrics], "two": [replay.metrics, dict(replay.metrics)]})
    assert len(figure.axes) == 3 and all(len(axis.lines) == 3 for axis in figure.axes)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["one", "two"]
    assert figure.axes[0].lines[0].get_ydata().max() <= 100


def test_early_and_late_proposals_with_their_fates(replay):
    page = language.early_and_late(replay, 1)
    first, last = (replay.proposals[step][0] for step in (0, 2))
    assert page.count("<tr>") == 4 and first["reason"][:20] in page or "solved" in page
    assert first["status"] in page and last["status"] in page


def test_repeats_are_counted(replay):
    assert 0 <= language.repeated(replay, range(3)) < 1 and math.isnan(language.repeated(replay, range(50, 60)))
    replay.proposals[7] = [{"type": "deduction", "completion": "def f(a):\n    return a\nf(1)"}] * 4
    assert language.repeated(replay, range(7, 8)) == 0.75
    del replay.proposals[7]
