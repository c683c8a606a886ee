"""Views of notebook 13: the ledger's numbers, a policy before its warm-up, and figures and rows of arms."""

from __future__ import annotations

import pytest

from azr_nb.config import SelfPlayConfig
from azr_nb.course.views import zero
from azr_nb.runs import study
from azr_nb.runs.study import Change


def test_the_ledger_counts_what_is_there():
    rows = {what: amount for what, amount, _ in zero.ledger()}
    assert rows["solved tasks that the policy read"] == "16.2 million tokens"
    assert rows["a vocabulary cut for Python"] == "211 tokens" and rows["kinds of questions"] == "3 task types"
    assert rows["settings"].startswith(f"{len(SelfPlayConfig.model_fields)}, of which classroom changes ")


def test_a_policy_before_its_warm_up_depends_on_the_seed_alone():
    weight = lambda policy: policy.model.model.layers[0].mlp.up_proj.weight  # noqa: E731
    first, same, other = (zero.untaught(seed) for seed in (0, 0, 1))
    assert (weight(first) == weight(same)).all() and not (weight(first) == weight(other)).all()
    assert first.compact and first.parameters == 1_306_624


def test_a_figure_has_a_row_for_each_arm_and_two_intervals():
    pair = (Change(1.0, 0.5, 1.5, (0.8, 1.2, 1.0)), Change(1.0, -0.1, 2.1, (0.8, 1.2, 1.0)))
    (axis,) = zero.arms_figure({"data": {"a": pair, "b": pair}, "rules": {"c": pair}}, "arms", "points").axes
    assert [text.get_text() for text in axis.get_yticklabels()] == ["a", "b", "c"]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["data", "rules"]
    bars = [line for line in axis.lines if tuple(line.get_xdata()) in ((0.5, 1.5), (-0.1, 2.1))]
    assert len(bars) == 6


def test_false_alarms_have_the_chances_of_throws():
    chances = zero.alarms(20, 95)
    assert sum(chances) == pytest.approx(1)
    assert sum(k * chance for k, chance in enumerate(chances)) == pytest.approx(20 * 0.05)
    assert zero.alarms(1, 99)[1] == pytest.approx(0.01)
    assert "64 % of studies" in zero.alarms_view().axes[0].get_title(loc="left")


def test_a_wider_interval_holds_the_narrow_one():
    name = next(iter(study.variants()))
    narrow, wide = (study.change(name, "greedy", level=level) for level in (95, 99.5))
    assert wide.low < narrow.low < narrow.high < wide.high and wide.mean == narrow.mean


def test_scores_of_the_sealed_suite_are_asked_only_where_they_are():
    with pytest.raises(KeyError, match="was not scored on the suite sealed"):
        study.change("learnability", "greedy", sealed=True)
