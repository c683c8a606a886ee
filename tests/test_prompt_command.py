"""`azr-nb prompt`: each prompt as a policy sees it, without the part that is asked for."""

from __future__ import annotations

import itertools
import sys

import pytest

from azr_nb.cli import app as cli
from azr_nb.environments.python_programs.environment import PythonPrograms
from azr_nb.tasks import ALL_TASK_TYPES, ROLES


def prompt(monkeypatch, capsys, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["azr-nb", "prompt", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code, *capsys.readouterr()


@pytest.mark.parametrize("role, task_type", itertools.product(ROLES, ALL_TASK_TYPES))
def test_every_prompt_has_its_header_and_end(monkeypatch, capsys, role, task_type):
    code, text, _ = prompt(monkeypatch, capsys, "--role", role, "--type", task_type)
    assert code == 0 and text.startswith(f"# {role} {task_type}\n") and text.endswith("###\n")


def test_references_and_numbers_choose_the_tasks(monkeypatch, capsys):
    texts = [prompt(monkeypatch, capsys, "--role", "propose", "--references", str(k))[1] for k in (0, 1, 3)]
    assert [text.count("def f(") for text in texts] == [0, 1, 3]
    first, again, last = (prompt(monkeypatch, capsys, "--number", n)[1] for n in ("0", "1000", "999"))
    assert first == again != last


def test_a_solver_is_not_shown_what_it_is_asked_for(monkeypatch, capsys):
    environment = PythonPrograms()
    tasks = {kind: next(t for t in environment.suite("own") if t.type == kind) for kind in ("deduction", "induction")}
    environment.close()
    deduction = prompt(monkeypatch, capsys)[1]
    assert "=>" not in deduction and f"f({tasks['deduction'].input})" in deduction
    induction = prompt(monkeypatch, capsys, "--type", "induction")[1]
    assert "def f(" not in induction
    assert all(f"f({call}) =>" not in induction for call, _ in tasks["induction"].hidden)


def test_what_there_is_not_is_one_line(monkeypatch, capsys):
    for arguments in (("--type", "magic"), ("--role", "judge")):
        code, text, error = prompt(monkeypatch, capsys, *arguments)
        assert code == 2 and not text and "deduction, abduction, induction, error" in error and error.count("\n") == 1


def test_weights_are_not_read_for_a_prompt(monkeypatch, capsys, tmp_path):
    import shutil

    from azr_nb.policy.models import TINY

    folder = tmp_path / "model"
    shutil.copytree(TINY, folder)
    (folder / "model.safetensors").write_bytes(b"no weights")
    assert prompt(monkeypatch, capsys, "--model", str(folder)) == prompt(monkeypatch, capsys)
