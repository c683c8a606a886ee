"""Exercises: every stub is open, every solution right, and typical wrong answers are told what is wrong."""

from __future__ import annotations

import pytest
from exercise_cells import exercise_cells, stub_and_solution

from azr_nb.course.exercises import check
from azr_nb.course.exercises.core import get
from azr_nb.evaluation.measures import mean
from azr_nb.programs import source as programs

CELLS = exercise_cells()


@pytest.mark.parametrize("name", CELLS)
def test_stubs_are_open_and_solutions_right(name):
    stub, solved = stub_and_solution(CELLS[name])
    assert stub.status == "open" and solved.status == "right", (stub, solved)


@pytest.mark.parametrize("name", CELLS)
def test_cards(name):
    exercise = get(name)
    assert exercise.title in exercise.card and f"{exercise.minutes} minutes" in exercise.card
    assert 1 <= exercise.difficulty <= 3 and name in exercise.card


@pytest.mark.parametrize(
    "name, answer, words",
    [
        ("00.two_rewards", [-1, 0.75, 0], "6 of 8"),
        ("00.two_rewards", [-1, 0.25, 1], "nobody solved"),
        ("00.two_rewards", [0, 0.25, 0], "does not run"),
        ("00.two_rewards", [0.25], "give three numbers"),
        ("03.copied_lines", lambda program, references: 0.0, "every line of a copy"),
        (
            "03.copied_lines",
            lambda program, references: sum(line in "\n".join(references) for line in program.splitlines()[1:]) / 2,
            "one of two lines",
        ),
        ("03.novelty", lambda program, known: 0.0 if program in known else 1.0, "another name"),
        (
            "03.novelty",
            lambda program, known: mean(
                [programs.tree_distance(*map(programs.renamed, (program, other))) for other in known] or [1.0]
            ),
            "more programs are known",
        ),
        ("03.novelty", lambda program, known: 1 / 0, "raises ZeroDivisionError"),
    ],
)
def test_typical_wrong_answers_are_told_what_is_wrong(name, answer, words):
    result = check(name, answer)
    assert result.status == "wrong" and words in result.message and "\n" not in result.message


def test_results_show_a_mark_and_a_word_and_escape_what_they_quote():
    result = check("00.two_rewards", [-1, "<b>", 0])
    page = result._repr_mimebundle_()["text/html"]
    assert result.status == "wrong" and "✗ wrong" in page and "<b>'" not in page
    assert repr(check("00.two_rewards", ...)).startswith("○ 00.two_rewards")


def test_checks_raise_when_nbgrader_marks(monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert check("00.two_rewards", [-1, 0.25, 0]).status == "right"
    for answer in ([1, 2, 3], ...):
        with pytest.raises(AssertionError, match=r"00.two_rewards"):
            check("00.two_rewards", answer)


@pytest.mark.parametrize("name, words", [("00.three", "two_rewards"), ("77.x", "notebook '77'")])
def test_unknown_exercises_name_those_there_are(name, words):
    with pytest.raises(KeyError, match=words):
        check(name, 1)
