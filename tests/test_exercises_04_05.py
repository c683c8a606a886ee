"""Exercises of notebooks 04 and 05: stubs are open, solutions right, typical wrong answers are told what is wrong."""

from __future__ import annotations

import math
import random

import pytest
from exercise_cells import exercise_cells

from azr_nb.course.exercises import check
from azr_nb.course.views.update import surrogate
from azr_nb.rewards import learnability
from azr_nb.rewards.baselines import advantages


def test_there_are_six():
    assert len(exercise_cells("04", "05")) == 6


def by_hand(rewards, roles, types, key=lambda role, kind: (role, kind), bessel=1, guard=True):
    """Six-group advantages with the slips that learners make."""
    keys = [key(role, kind) for role, kind in zip(roles, types, strict=True)]
    found = []
    for reward, mine in zip(rewards, keys, strict=True):
        group = [r for r, other in zip(rewards, keys, strict=True) if other == mine]
        middle = sum(group) / len(group)
        squares = sum((r - middle) ** 2 for r in group)
        found.append(0.0 if guard and squares == 0 else (reward - middle) / math.sqrt(squares / (len(group) - bessel)))
    return found


def in_group_order(rewards, roles, types):
    pairs = sorted(zip(roles, types, by_hand(rewards, roles, types), strict=True), key=lambda row: row[:2])
    return [value for _, _, value in pairs]


def broken(ratio, advantage, clip=0.2):
    clipped = min(max(ratio, 1 - clip), 1 + clip)
    return (min if advantage > 0 else max)(ratio * advantage, clipped * advantage)


def mirrored(ratio, advantage, clip=0.2):
    """The other branch broken."""
    clipped = min(max(ratio, 1 - clip), 1 + clip)
    return (max if advantage > 0 else min)(ratio * advantage, clipped * advantage)


def with_nan(record):
    return math.nan if record.solve_rate == 0 else 0.5


WRONG = [
    ("04.expected_learnability", lambda p, n: 1 - p, "known without noise"),
    ("04.expected_learnability", lambda p, n: (1 - p) - (1 - p) ** n - p**n, "only the other end is cut"),
    ("04.expected_learnability", lambda p, n: (1 - p) * (1 - p**n), "weigh the reward"),
    ("04.expected_learnability", lambda p, n: 1 / 0, "raises ZeroDivisionError"),
    ("04.tickets", 2, "one of more tickets"),
    ("04.tickets", 64, "one of fewer tickets"),
    ("04.tickets", 0.25, "1 or more"),
    ("04.my_reward", lambda record: 1 - record.solve_rate, "impossible task"),
    ("04.my_reward", lambda record: record.solve_rate, "trivial task"),
    ("04.my_reward", lambda record: 0.5, "solved sometimes earns more"),
    ("04.my_reward", lambda record: min(1, len(record.program) / 100), "impossible task"),
    ("04.my_reward", with_nan, "is nan"),
    ("04.my_reward", lambda record: 4 * record.solve_rate, "between -1 and 1"),
    ("04.my_reward", lambda record: 0.1 / record.solve_rate, "at the solve rate 0 your reward raises"),
    ("04.my_reward", lambda record: "much", "is one number"),
    ("05.six_groups", lambda r, roles, types: by_hand(r, roles, types, key=lambda *_: 0), "one mean"),
    ("05.six_groups", lambda r, roles, types: by_hand(r, roles, types, key=lambda role, _: role), "within roles only"),
    ("05.six_groups", lambda r, roles, types: by_hand(r, roles, types, key=lambda _, kind: kind), "within types only"),
    ("05.six_groups", lambda r, roles, types: by_hand(r, roles, types, bessel=0), "n - 1, not by n"),
    ("05.six_groups", lambda r, roles, types: by_hand(r, roles, types, guard=False), "divides by zero"),
    ("05.six_groups", lambda r, roles, types: [math.nan] * len(r), "not finite"),
    ("05.six_groups", in_group_order, "another order"),
    (
        "05.six_groups",
        lambda r, roles, types: advantages(r, [*map(str, zip(roles, types, strict=True))], "task_unscaled"),
        "deviation is still missing",
    ),
    ("05.six_groups", lambda r, roles, types: [0.0], "one advantage for each"),
    ("05.six_groups", lambda r, roles, types: [random.Random(0).random() for _ in r], "has the advantage"),
    ("05.dead_groups", lambda rewards, groups: set(), "all rewards of x are equal"),
    (
        "05.dead_groups",
        lambda rewards, groups: {
            g for g in groups if all(r == 1 for r, other in zip(rewards, groups, strict=True) if other == g)
        },
        "all wrong is as dead",
    ),
    (
        "05.dead_groups",
        lambda rewards, groups: {
            g
            for g in groups
            if groups.count(g) > 1 and len({r for r, other in zip(rewards, groups, strict=True) if other == g}) == 1
        },
        "a group of one",
    ),
    (
        "05.dead_groups",
        lambda rewards, groups: {
            g
            for g in groups
            if sum(
                (r - sum(same) / len(same)) ** 2
                for same in [[r for r, other in zip(rewards, groups, strict=True) if other == g]]
                for r in same
            )
            == 0
        },
        "three times 0.1",
    ),
    ("05.dead_groups", lambda rewards, groups: 1, "names of the dead groups"),
    ("05.surrogate", broken, "branch of negative advantages"),
    ("05.surrogate", mirrored, "branch of positive advantages"),
    ("05.surrogate", lambda ratio, advantage, clip: ratio * advantage, "the clip does not act"),
    (
        "05.surrogate",
        lambda ratio, advantage, clip: min(max(ratio, 1 - clip), 1 + clip) * advantage,
        "you clip what should still be mended",
    ),
    ("05.surrogate", lambda ratio, advantage, clip: -surrogate(ratio, advantage, clip, clip), "at ratio 1"),
    ("05.surrogate", lambda ratio, advantage, clip: surrogate(ratio, advantage, 0.01, 0.01), "clip range"),
]


@pytest.mark.parametrize("name, answer, words", WRONG)
def test_wrong_answers_are_told_what_is_wrong(name, answer, words):
    result = check(name, answer)
    assert result.status == "wrong" and words in result.message and "\n" not in result.message, result


@pytest.mark.parametrize(
    "answer",
    [
        lambda record: 4 * record.solve_rate * (1 - record.solve_rate),
        lambda record: learnability(record.solve_rate, -0.5),
        lambda record: learnability(record.solve_rate) * (1 - min(1, len(record.program) / 1000)),
    ],
)
def test_other_rewards_are_accepted(answer):
    assert check("04.my_reward", answer).status == "right"
