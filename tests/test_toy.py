"""The toy of notebook 00b: its updates against their definition, its five endings, and its exercises' checks."""

from __future__ import annotations

import numpy as np
import pytest

from azr_nb.course.exercises import check
from azr_nb.course.views.toy import (
    ToyRun,
    chance_figure,
    chase_figure,
    chase_view,
    ends,
    proposer_pull,
    reward_shapes,
    right_chance,
    solver_pull,
    toy_rewards,
    toy_run,
)


def test_the_solvers_pull_is_the_gradient_of_the_solve_rate_on_average():
    """Its mean over all tries that can happen is (n - 1) / n of dp/da, which is p (1 - p)."""
    for p, tries in ((0.3, 3), (0.5, 2), (0.9, 4)):
        rows = np.array(np.meshgrid(*[[0, 1]] * tries)).reshape(tries, -1).T
        weights = np.prod(np.where(rows == 1, p, 1 - p), axis=1)
        mean = sum(w * solver_pull([row], [p]) for w, row in zip(weights, rows, strict=True))
        assert mean == pytest.approx(p * (1 - p) * (tries - 1) / tries)


def test_the_proposers_pull_is_the_gradient_of_the_mean_reward_on_average():
    """For the reward d the mean reward is the level, whose gradient is 1; a baseline of n makes it (n - 1) / n."""
    rng, pulls = np.random.default_rng(0), []
    for _ in range(20_000):
        difficulties = rng.normal(2, 1, 4)
        pulls.append(proposer_pull(difficulties, difficulties, 2))
    assert np.mean(pulls) == pytest.approx(3 / 4, abs=0.02)


def test_a_chance_is_one_half_where_ability_meets_difficulty():
    assert right_chance(3, 3) == 0.5 and right_chance(2, 4) == pytest.approx(1 / (1 + np.e**2))


def test_five_rewards_end_in_five_ways():
    ability = {name: ends(reward) for name, reward in toy_rewards().items()}
    assert min(ability["learnability"] + ability["uncertainty"]) > 9
    assert max(ability["random"]) < 6 and max(ability["inverse"]) < 4 and max(ability["easy"]) < 2
    runs = {name: toy_run(reward) for name, reward in toy_rewards().items()}
    assert runs["inverse"].level[-1] > runs["inverse"].ability[-1] + 3
    assert runs["easy"].level[-1] < -3 and runs["easy"].rate[-1] > 0.9


def test_a_try_alone_teaches_nothing_and_a_seed_gives_the_same():
    assert ends(toy_rewards()["learnability"], (0, 1), tries=1) == [0, 0]
    assert toy_run(toy_rewards()["easy"], steps=20) == toy_run(toy_rewards()["easy"], steps=20)


def test_figures():
    run = toy_run(toy_rewards()["learnability"], steps=30)
    assert isinstance(run, ToyRun) and len(run.level) == 31
    assert len(chase_figure({"a": run, "b": run}).axes) == 2
    assert len(chance_figure(1).axes) == len(chase_view("inverse", 50).axes) == 2
    assert len(reward_shapes(toy_rewards()).axes[0].lines) == 4


def mean_of(product):
    pairs = lambda right, chance: zip(right, chance, strict=True)  # noqa: E731
    return lambda right, chance: float(np.mean([product(np.array(r, float), p) for r, p in pairs(right, chance)]))


@pytest.mark.parametrize(
    "answer, says",
    [
        (solver_pull, ""),
        (mean_of(lambda r, p: np.mean(r * (r - p))), "the baseline is missing"),
        (mean_of(lambda r, p: np.mean((r - p) ** 2)), "the mean of the tries"),
        (mean_of(lambda r, p: np.mean((r - r.mean()) * (p - r))), "sign"),
        (lambda right, chance: 0.5, "not 0.5000"),
    ],
)
def test_checks_of_the_solvers_update(answer, says):
    result = check("00b.solver", answer)
    assert (result.status == "right") == (not says) and says in result.message


@pytest.mark.parametrize(
    "answer, says",
    [
        (proposer_pull, ""),
        (lambda r, d, level: float(np.mean(np.array(r) * (np.array(d) - level))), "the baseline is missing"),
        (lambda r, d, level: -proposer_pull(r, d, level), "sign"),
        (lambda r, d, level: len(r) * proposer_pull(r, d, level), "the mean over the proposals"),
        (lambda r, d, level: float(np.mean((np.array(r) - np.mean(r)) ** 2)), "it is"),
    ],
)
def test_checks_of_the_proposers_update(answer, says):
    result = check("00b.proposer", answer)
    assert (result.status == "right") == (not says) and says in result.message
