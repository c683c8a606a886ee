"""Exercises of notebook 12: other right answers count, and wrong ones are told what is wrong."""

from __future__ import annotations

import math

import pytest

from azr_nb.course.exercises import check


def gained(record) -> float:
    return record.signals["gold_nll_before"] - record.signals["gold_nll"]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("12.surprise", lambda model, key, outcome: math.log(1 / model.chance(key, outcome))),
        ("12.progress", lambda before, after: math.log(after / before)),
        ("12.ignores_dice", gained),
        ("12.ignores_dice", lambda record: max(0.0, gained(record)) * (1 - record.solve_rate)),
        ("12.ignores_dice", lambda record: 1.0 if gained(record) > 0.1 else 0.0),
    ],
)
def test_other_right_answers(name, answer) -> None:
    assert check(name, answer).status == "right", check(name, answer)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("12.surprise", lambda model, key, outcome: math.log(model.chance(key, outcome)), "the sign is missing"),
        ("12.surprise", lambda model, key, outcome: -math.log2(model.chance(key, outcome)), "these are bits"),
        ("12.surprise", lambda model, key, outcome: 1 - model.chance(key, outcome), "which is bounded"),
        ("12.surprise", lambda model, key, outcome: model.chance(key, outcome), "the chance itself"),
        ("12.surprise", lambda model, key, outcome: 1.0, "nats, not 1"),
        ("12.progress", lambda before, after: math.log(before) - math.log(after), "the wrong way round"),
        ("12.progress", lambda before, after: after - before, "a difference of chances"),
        ("12.progress", lambda before, after: abs(math.log(after / before)), "negative progress"),
        ("12.progress", lambda before, after: max(0.0, math.log(after / before)), "negative progress"),
        ("12.progress", lambda before, after: after, "nats, not"),
        ("12.ignores_dice", lambda record: 1 - record.solve_rate, "a die of 2 sides earns 0.50"),
        ("12.ignores_dice", lambda record: record.signals["gold_nll"], "between -1 and 1"),
        ("12.ignores_dice", lambda record: 0.0, "no more than a die"),
        ("12.ignores_dice", lambda record: -gained(record), "no more than a die"),
    ],
)
def test_wrong_answers_are_told_what_is_wrong(name, answer, words) -> None:
    result = check(name, answer)
    assert result.status == "wrong" and words in result.message and "\n" not in result.message, result
