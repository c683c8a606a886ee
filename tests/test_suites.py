"""Suites from a file of executions: what is read, what is left out, and one clear line where nothing is left."""

from __future__ import annotations

import json

import pytest

from azr_nb.config import ConfigError
from azr_nb.environments.python_programs.suites import execution_tasks, read_suite, spelt

GOOD = {"code": "def f(a):\n    return a + 1", "input": "1", "output": "2"}


def test_lines_that_hold_no_task_are_named_and_left_out(tmp_path):
    path = tmp_path / "suite.jsonl"
    rows = [json.dumps(GOOD), "nonsense", "", json.dumps({"code": "x"}), json.dumps(GOOD | {"input": "g(1)"}), "3"]
    path.write_text("\n".join(rows))
    tasks, problems = read_suite(path, "abduction")
    assert [(t.type, t.input, t.output) for t in tasks] == [("abduction", "1", "2")]
    assert [problem.split(" ")[1] for problem in problems] == ["2", "4", "5", "6"]


@pytest.mark.parametrize("text", ["", "nonsense", "{}"])
def test_a_file_without_a_task_is_refused(tmp_path, text):
    path = tmp_path / "suite.jsonl"
    path.write_text(text)
    with pytest.raises(ConfigError, match="holds no task"):
        read_suite(path, "deduction")
    with pytest.raises(ConfigError, match="not as 'induction'"):
        execution_tasks([GOOD], "induction")


def test_tasks_that_the_tokenizer_cannot_spell_are_left_out(policy):
    from azr_nb.prompts.compact import CompactFormat

    odd = GOOD | {"input": "'語'", "output": "'語'"}
    tasks = execution_tasks([GOOD, odd], "deduction")
    assert spelt(tasks, policy.tokenizer, CompactFormat()) == tasks[:1]
