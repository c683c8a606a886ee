"""Exercises of notebooks 01 and 02: stubs are open, solutions right, typical wrong answers are told what is wrong."""

from __future__ import annotations

import ast

import pytest
from exercise_cells import exercise_cells

from azr_nb.course.exercises import check
from azr_nb.programs.values import parse_value, same

CELLS = exercise_cells("01", "02")


def test_there_are_three_in_each():
    assert [name[:2] for name in CELLS] == ["01"] * 3 + ["02"] * 3


def without_status(task, answer, run):
    return same(parse_value(run(task.program, answer).text), parse_value(task.output))


def by_text(task, answer, run):
    return run(task.program, answer).text == task.output


def by_python(task, answer, run):
    outcome = run(task.program, answer)
    return outcome.status == "ok" and parse_value(outcome.text) == parse_value(task.output)


def hard(**other: str) -> dict[str, str]:
    right = {
        "deduction": "def f(a):\n    b = a\n    for i in range(150):\n        b = (b * 3 + i) % 101\n    return b",
        "abduction": "def f(a):\n    return 2 ** a % 101",
        "induction": "def f(a):\n    return a if a < 3 else a * a % 7",
    }
    return right | {kind: f"def f(a):\n    {text}" for kind, text in other.items()}


def literal(text):
    return ast.literal_eval(text)


def evaluated(text):  # the texts of this check are harmless, so that this can be shown to fail
    try:
        return eval(text, {})
    except Exception:
        raise ValueError from None


def same_types(a, b):
    return type(a) is type(b) and a == b


ONE, TWO = ("deduction", "True"), ("deduction", "7 % 3")
THREE = ("abduction", "next(i for i in range(9) if f(i) == 1)")


@pytest.mark.parametrize(
    "name, answer, words",
    [
        ("01.preimage", lambda task, answer, run: answer == task.input, "f(-2) is 2 as well"),
        ("01.preimage", by_text, "compare values, not texts"),
        ("01.preimage", by_python, "keeps apart from 1"),
        ("01.preimage", without_status, "raises NotPlain"),
        ("01.preimage", lambda task, answer, run: True, "f(3) is 0"),
        ("01.preimage", lambda task, answer, run: 1, "True or False"),
        ("01.hidden_pairs", [0, 1, 2, 3, 4, 5], "'right up to 5' is right"),
        ("01.hidden_pairs", [0, 1, 2, 7, 8, 10], "'wrong below zero' is right"),
        ("01.hidden_pairs", [0, 1, 2], "six inputs, not 3"),
        ("01.hidden_pairs", [0, 1, 2, 2, 7, -2], "six different"),
        ("01.hidden_pairs", [0, 3, 6, 9, 12, 15], "no task of these inputs"),
        ("01.hidden_pairs", [0, 1, 2, 7, -2, "x"], "no task of these inputs"),
        ("01.hard_three", hard(deduction="return a * a"), "1 statements on average"),
        ("01.hard_three", hard(deduction="for i in range(200):\n        a += 1\n    return 0"), "100 of 100 inputs"),
        ("01.hard_three", hard(abduction="return a % 2"), "2 tries find an input"),
        ("01.hard_three", hard(abduction="return a * 7 + 3"), "from the output back to the input"),
        ("01.hard_three", hard(induction="return a * 2"), "on the hidden ones too"),
        ("01.hard_three", hard(induction="return 2 ** a % 101 + 40"), "nobody is led astray"),
        ("01.hard_three", hard(induction="return 10 // (a - 3)"), "no plain value for 3"),
        ("01.hard_three", hard(abduction="return open(a)"), "refuses the program for abduction"),
        ("01.hard_three", ["x"], "a dict with the keys"),
        ("02.three_ways", [ONE, TWO, ("deduction", "eval(output)")], "was shown above"),
        ("02.three_ways", [ONE, TWO, THREE], "of one family"),
        ("02.three_ways", [("deduction", "1"), TWO, THREE], "simply right"),
        ("02.three_ways", [("deduction", "2"), TWO, THREE], "says 'wrong'"),
        ("02.three_ways", [("reduction", "2"), TWO, THREE], "not a task type"),
        ("02.three_ways", [ONE], "three pairs, not 1"),
        ("02.parse_answer", literal, "make a ValueError of it"),
        ("02.parse_answer", evaluated, "is not a plain value"),
        ("02.parse_answer", int, "raises ValueError"),
        ("02.same_value", lambda a, b: a == b, "a truth value is not a number"),
        ("02.same_value", same_types, "the same number"),
        ("02.same_value", lambda a, b: repr(a) == repr(b), "the same number"),
        ("02.same_value", lambda a, b: "yes", "True or False"),
    ],
)
def test_typical_wrong_answers_are_told_what_is_wrong(name, answer, words):
    result = check(name, answer)
    assert result.status == "wrong" and words in result.message and "\n" not in result.message, result


@pytest.mark.parametrize(
    "name, answer", [("01.hidden_pairs", [0, 1, ..., 3, 4, 5]), ("02.three_ways", [ONE, THREE, ("induction", ...)])]
)
def test_half_solved_is_not_right(name, answer):
    assert check(name, answer).status in ("open", "wrong")


def test_families_of_the_shown_answers_may_be_used_again_in_other_words():
    answer = [("abduction", "7)#"), ("deduction", "pairs[0][1] and 1"), ONE]
    assert check("02.three_ways", answer).status == "right"
