"""The sealed suite: made again from its forms, verified by the executor, and apart from all else that is held out."""

from __future__ import annotations

from collections import Counter

import pytest

from azr_nb.config.assets import toml_asset
from azr_nb.environments.python_programs import sealed
from azr_nb.environments.python_programs.corpus import held_out_keys
from azr_nb.environments.python_programs.environment import PythonPrograms
from azr_nb.prompts.compact import CompactFormat
from azr_nb.prompts.tokens import build_tokenizer
from azr_nb.tasks import Proposal


@pytest.fixture(scope="module")
def environment():
    environment = PythonPrograms()
    yield environment
    environment.close()


def test_the_file_is_what_the_forms_give():
    forms, tasks = sealed.load_sealed()
    made = sealed.make_sealed()
    assert [task for _, task, _ in made] == list(tasks) and forms == {task.id: form for form, task, _ in made}
    assert len(forms) == len(tasks) == 400 and set(Counter(forms.values()).values()) == {20}
    assert not {behaviour for _, _, behaviour in made} & held_out_keys()[1]
    assert list(dict.fromkeys(forms.values())) == list(toml_asset("sealed"))


def test_right_answers_are_right_and_can_be_read(environment):
    tasks = environment.suite("sealed")
    answers = [answer for answer, _ in environment.solutions(tasks)]
    assert all(verdict.ok for verdict in environment.check(tasks, answers))
    tokenizer, prompt_format = build_tokenizer(), CompactFormat()
    prompts = [prompt_format.solve_prompt(task) for task in tasks]
    assert all(
        tokenizer.decode(ids) == prompt for prompt, ids in zip(prompts, tokenizer(prompts)["input_ids"], strict=True)
    )


def test_it_is_scored_by_form_and_only_where_it_is_asked_for(environment):
    assert "sealed" not in environment.suites and "sealed" in environment.other_suites
    cells = [environment.cell("sealed", task) for task in environment.suite("sealed")]
    assert Counter(cells)["countdown"] == 20
    assert environment.cell("own", environment.suite("own")[0]) == "deduction"


def test_a_form_that_cannot_fill_its_part_is_named(monkeypatch):
    one = {"flat": {"types": ["int"], "body": "return {n}"}}
    monkeypatch.setattr(sealed, "toml_asset", lambda name: one)
    with pytest.raises(RuntimeError, match="the form flat lacks 8 tasks of deduction"):
        sealed.make_sealed()


def test_a_proposal_with_a_sealed_program_makes_no_task(environment):
    task = environment.suite("sealed")[0]
    for text in (task.program, task.program.replace("c ", "total ").replace("return c", "return total")):
        made, verdict = environment.validate([Proposal("deduction", text, (task.input,))])[0]
        assert made is None and verdict.status == "repeat", text
