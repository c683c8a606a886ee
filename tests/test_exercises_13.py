"""Exercises of notebook 13: other right answers count, and wrong ones are told what is wrong."""

from __future__ import annotations

import math

import pytest

from azr_nb.course.exercises import check
from azr_nb.course.views.zero import alarms


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("13.floor", lambda n: 1 - 0.05 ** (1 / n)),
        ("13.floor", lambda n: -math.expm1(math.log(0.05) / n)),
        ("13.worth", lambda gained, controls: min(gained - one for one in controls.values())),
        ("13.alarms", lambda m, level: 1 - (level / 100) ** m),
        ("13.alarms", lambda m, level: sum(alarms(m, level)[1:])),
    ],
)
def test_other_right_answers(name, answer) -> None:
    assert check(name, answer).status == "right", check(name, answer)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("13.floor", lambda n: 0.0, "does not make a success impossible"),
        ("13.floor", lambda n: 0.05 ** (1 / n), "the chance of a failure"),
        ("13.floor", lambda n: 1 / n, "p can be larger"),
        ("13.floor", lambda n: 1 - 0.95 ** (1 / n), "5 of 100 are wanted"),
        ("13.floor", lambda n: 3 / n, "solve (1 - p)^n"),
        ("13.worth", lambda gained, controls: gained, "leaves the controls out"),
        ("13.worth", lambda gained, controls: max(controls.values()) - gained, "the wrong way round"),
        ("13.worth", lambda gained, controls: gained - sum(controls.values()) / len(controls), "take the best"),
        ("13.worth", lambda gained, controls: gained - min(controls.values()), "the worst control"),
        ("13.worth", lambda gained, controls: max(0, gained - max(controls.values())), "less than nothing"),
        ("13.worth", lambda gained, controls: gained - max(0, *controls.values()), "the best of them still counts"),
        ("13.worth", lambda gained, controls: 7, "points, not 7"),
        ("13.alarms", lambda m, level: m * (1 - level / 100), "how many are expected"),
        ("13.alarms", lambda m, level: (level / 100) ** m, "the chance of none"),
        ("13.alarms", lambda m, level: (1 - level / 100) ** m, "all of them are false alarms"),
        ("13.alarms", lambda m, level: 100 * (1 - (level / 100) ** m), "this is in percent"),
        ("13.alarms", lambda m, level: 0.5, "not 0.5"),
    ],
)
def test_wrong_answers_are_told_what_is_wrong(name, answer, words) -> None:
    result = check(name, answer)
    assert result.status == "wrong" and words in result.message and "\n" not in result.message, result
