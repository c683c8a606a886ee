"""Advantages against the paper's formula, by direct computation."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.rewards.baselines import advantages, dead_share, group_key, normalise

REWARDS = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 0.875, 1.0]), min_size=1, max_size=20)


@given(REWARDS)
def test_normalised_rewards_have_mean_zero_and_deviation_one(rewards):
    values = normalise(rewards)
    assert math.fsum(values) == pytest.approx(0, abs=1e-6)
    if len(set(rewards)) > 1:
        assert statistics.stdev(values) == pytest.approx(1, abs=1e-4)
        assert values[rewards.index(max(rewards))] > 0 > values[rewards.index(min(rewards))]
    else:
        assert set(values) == {0.0}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([-1.0, 0.0, 1.0])), max_size=30))
def test_groups_do_not_touch_one_another(rows):
    groups, rewards = [g for g, _ in rows], [r for _, r in rows]
    together = advantages(rewards, groups)
    for group in set(groups):
        alone = normalise([r for g, r in rows if g == group])
        assert [a for a, g in zip(together, groups, strict=True) if g == group] == alone
    dead = sum(len({r for g, r in rows if g == group}) == 1 for group in groups)
    assert dead_share(rewards, groups) == pytest.approx(dead / max(1, len(rows)))


def test_group_keys():
    assert group_key("role_type", "solve", "abduction", "t") == "solve/abduction"
    assert group_key("task", "solve", "abduction", "t") == "solve/abduction/t"
    assert group_key("task", "propose", "abduction", "t") == "propose/abduction"
    assert group_key("global", "solve", "abduction", "t") == "all"
