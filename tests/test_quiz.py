"""The quiz: right answers exist, and every one is explained and folded."""

from __future__ import annotations

import pytest

from azr_nb.config.assets import toml_asset
from azr_nb.course.quizzes import questions, quiz


@pytest.mark.parametrize("notebook", toml_asset("quiz"))
def test_questions_have_an_answer_that_is_explained(notebook):
    asked = questions(notebook)
    assert len(asked) >= 5 and len({question.text for question in asked}) == len(asked)
    for question in asked:
        assert 2 <= len(question.choices) <= 7 and 0 <= question.right < len(question.choices)
        assert len(question.why.split()) >= 6
    assert len({question.right for question in asked}) > 1, "the right one is always in the same place"


def test_answers_are_folded_and_texts_escaped(monkeypatch):
    row = {"text": "<b>?", "choices": ["a<b", "c"], "right": 1, "why": "because c is not <a> and is larger"}
    monkeypatch.setattr("azr_nb.course.quizzes.toml_asset", lambda name: {"77": [row]})
    page = quiz("77")
    assert page.count("<details") == 1 and "a) a&lt;b" in page and "<b>b)</b> because c is not &lt;a&gt;" in page
    assert page.index("c</div>") < page.index("<details")
    with pytest.raises(KeyError, match="77 have one"):
        quiz("78")
