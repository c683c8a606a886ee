"""What rewards of curiosity pay for dice and for families of programs."""

from __future__ import annotations

import pytest

from azr_nb.course.views import curiosity
from azr_nb.course.views.rewards import expected
from azr_nb.environments.python_programs.environment import PythonPrograms
from azr_nb.rewards.builtin import learnability, uncertainty


@pytest.mark.parametrize("sides, pay", [(2, 0.496), (3, 0.628), (4, 0.650), (6, 0.601), (10, 0.470), (101, 0.067)])
def test_what_learnability_pays_for_a_die(sides, pay):
    p = 1 / sides
    assert expected(learnability, p, 8) == pytest.approx(pay, abs=1e-3)
    assert 1 - p - (1 - p) ** 8 == pytest.approx(pay, abs=1e-3)


def test_uncertainty_prefers_a_coin_and_surprise_what_nobody_solves():
    assert expected(uncertainty, 1 / 2, 8) > expected(uncertainty, 1 / 3, 8) > expected(uncertainty, 1 / 6, 8)
    rates = [k / 8 for k in range(9)]
    paid = [curiosity.REWARDS["surprise"](rate) for rate in rates]
    assert paid == sorted(paid, reverse=True) and paid[0] == 1 and 0 < paid[-1] < 0.03


@pytest.mark.parametrize("name", [*curiosity.FAMILIES, curiosity.TELEVISION])
def test_families_are_valid_tasks(name):
    environment = PythonPrograms()
    proposals = curiosity.family_proposals(name, 8)
    assert proposals == curiosity.family_proposals(name, 8) != curiosity.family_proposals(name, 8, seed=1)
    assert all(verdict.ok for _, verdict in environment.validate(proposals))
    environment.close()


def test_pay_by_family_and_figures():
    pay = curiosity.family_pay({"easy": [1.0, 1.0], "a die": [0.25, 0.125]})
    assert pay["learnability"] == {"easy": 0.0, "a die": pytest.approx(0.8125)}
    assert len(curiosity.family_figure(pay).axes) == 4
    assert len(curiosity.dice_figure().axes) == 2 and len(curiosity.dice_view(6, 16).axes) == 1
