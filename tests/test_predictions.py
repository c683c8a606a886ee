"""Guesses before results: what is noted, how it compares, and what the class report makes of it."""

from __future__ import annotations

import nbformat
import pytest

from azr_nb.config.assets import toml_asset
from azr_nb.course.class_page import class_page, class_text
from azr_nb.course.class_report import guess_table, read_student_notebook
from azr_nb.course.predictions import MIME, asked, predict

NUMBER, CHOICE = "11.after", "11.goals"


def test_every_question_has_either_choices_or_a_number() -> None:
    for name in toml_asset("predictions"):
        question = asked(name)
        assert question.title
        assert bool(question.choices) != bool(question.near), name


def test_an_unknown_question_is_refused_with_those_of_its_notebook() -> None:
    with pytest.raises(KeyError, match=NUMBER):
        predict("11.nothing", 1)


@pytest.mark.parametrize(
    ("guess", "result", "said"),
    [(40, 57, "17 points too low"), (70, 57, "13 points too high"), (60, 57, "close"), (..., 57, "it is 57 %")],
)
def test_a_number_is_compared_with_its_result(guess, result, said) -> None:
    assert said in repr(predict(NUMBER, guess).against(result))


@pytest.mark.parametrize(
    ("guess", "said"),
    [("coverage", "You guessed it: it is coverage"), ("surprise", "You guessed surprise, and it is coverage")],
)
def test_a_choice_is_compared_with_its_result(guess, said) -> None:
    assert said in repr(predict(CHOICE, guess).against("coverage"))


@pytest.mark.parametrize(("name", "guess"), [(NUMBER, "many"), (NUMBER, True), (CHOICE, "luck"), (CHOICE, 3)])
def test_what_is_no_answer_to_the_question_is_not_noted(name, guess) -> None:
    made = predict(name, guess)
    assert made.guess is None
    assert "nothing is noted" in repr(made)


def test_what_is_shown_carries_the_guess_and_is_escaped() -> None:
    shown = predict(NUMBER, "<b>")._repr_mimebundle_()
    assert "<b>" not in shown["text/html"]
    assert predict(NUMBER, 40).against(57)._repr_mimebundle_()[MIME] == {"name": NUMBER, "guess": 40, "result": 57}


def handed_in(folder, student: str, guess) -> None:
    cell = nbformat.v4.new_code_cell("guess.against(57)")
    record = predict(NUMBER, guess).against(57)._repr_mimebundle_()[MIME]
    cell.outputs = [nbformat.v4.new_output("display_data", {MIME: record})]
    path = folder / student / "11_things.ipynb"
    path.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)


def test_the_class_report_counts_the_guesses(tmp_path) -> None:
    for student, guess in (("ann", 40), ("bob", 40), ("cy", 9), ("dan", ...)):
        handed_in(tmp_path, student, guess)
    read = [read_student_notebook(path, path.parent.name) for path in sorted(tmp_path.rglob("*.ipynb"))]
    (row,) = guess_table(read)
    assert (row.name, row.result, row.counts) == (NUMBER, "57 %", (("9 %", 1), ("40 %", 2)))
    for report in (class_text(read), class_page(read)):
        assert "2 × 40 %" in report
