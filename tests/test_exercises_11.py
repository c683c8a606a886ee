"""Exercises of notebook 11: other right answers count, and wrong ones are told what is wrong."""

from __future__ import annotations

import pytest

from azr_nb.course.exercises import check
from azr_nb.environments.things.scenes import turned_feature


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("11.turn", turned_feature),
        ("11.tell_apart", "es"),
        ("11.tell_apart", "nneesss"),
        ("11.nearest", lambda mine, theirs: max(mine, key=lambda a: (gap(a, theirs), a))),
        ("11.differ", lambda mine, theirs: max(p for p in {**mine, **theirs} if mine.get(p) != theirs.get(p))),
        ("11.no_way_up", "A 01a> 10a^ 11co 12av 21a<"),
        ("11.no_way_up", "A 00do 01do 10do 11do"),
    ],
)
def test_other_right_answers(name, answer) -> None:
    assert check(name, answer).status == "right", check(name, answer)


def gap(place, others) -> int:
    return min(abs(place[0] - x) + abs(place[1] - y) for x, y in others)


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("11.turn", lambda feature, quarters: feature, "the arrows go around"),
        ("11.turn", lambda feature, quarters: turned_feature(feature, -quarters), "a^ turned 1 times is a>"),
        ("11.tell_apart", "n", "both sense"),
        ("11.tell_apart", "north", "is not a movement"),
        ("11.tell_apart", 3, "give a text"),
        ("11.nearest", lambda mine, theirs: min(mine, key=lambda a: gap(a, theirs)), "one is"),
        ("11.nearest", lambda mine, theirs: theirs[0] if theirs[0] not in mine else (9, 9), "not one of the places"),
        ("11.differ", lambda mine, theirs: next(iter(mine)), "both expect"),
        ("11.differ", lambda mine, theirs: next(p for p in mine if p not in theirs), "raises StopIteration"),
        ("11.no_way_up", "A 01ao 11bo 21ao 31bo", "nodes in other places"),
        ("11.no_way_up", "A 01a^ 10a^ 11bo 12a^ 21a^", "its features are not"),
        ("11.no_way_up", "A 00ao", "take four or more"),
        ("11.no_way_up", "a thing", "give a line"),
        ("11.no_way_up", "A thing", "is not a node"),
    ],
)
def test_wrong_answers_are_told_what_is_wrong(name, answer, words) -> None:
    result = check(name, answer)
    assert result.status == "wrong" and words in result.message and "\n" not in result.message, result
