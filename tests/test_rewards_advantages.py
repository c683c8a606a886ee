"""Rewards and advantages against the paper's formulas, by enumeration and by direct computation."""

from __future__ import annotations

import itertools
import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azr_nb.advantages import advantages, dead_share, group_key, normalise
from azr_nb.rewards import half, learnability, proposer_reward, solver_reward
from azr_nb.tasks import STATUSES, Verdict

REWARDS = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.25, 0.875, 1.0]), min_size=1, max_size=20)


def test_learnability_is_equation_4_for_every_outcome_of_8_samples():
    values = {solved: learnability(solved / 8) for solved in range(9)}
    assert values[0] == 0 and values[8] == 0
    assert all(values[k] == 1 - k / 8 for k in range(1, 8))
    assert max(values, key=values.get) == 1


@pytest.mark.parametrize("p", [0.0, 0.02, 0.3, 0.5, 0.9, 1.0])
def test_expected_learnability_by_enumerating_all_outcomes(p):
    n = 8
    by_outcomes = math.fsum(
        math.prod(p if hit else 1 - p for hit in hits) * learnability(sum(hits) / n)
        for hits in itertools.product((0, 1), repeat=n)
    )
    # E[1 - k/n] without the end k = 0 (which would count 1): (1 - p) - (1 - p)^n
    assert by_outcomes == pytest.approx((1 - p) - (1 - p) ** n, abs=1e-12)


def test_half_peaks_at_one_half():
    assert half(0.5) == 1 and half(0) == half(1) == 0


@pytest.mark.parametrize("status", STATUSES)
def test_rewards_of_every_status_follow_equation_6(status):
    verdict = Verdict(status)
    solver = sum(solver_reward(verdict).values())
    assert solver == {"ok": 1.0, "unparsable": -1.0}.get(status, -0.5)
    proposer = sum(proposer_reward(verdict, 0.25).values())
    assert proposer == {"ok": 0.75, "repeat": -0.5}.get(status, -1.0)


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
