"""The report on a class: what is read from students' notebooks, however they are laid out and whatever is in them."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
import typer

from azr_nb.cli import app as cli
from azr_nb.cli import teach as cli_teach
from azr_nb.course.class_page import class_page, class_text
from azr_nb.course.class_report import (
    ClassReportError,
    class_table,
    execute_copy,
    find_notebooks,
    one_each,
    plain,
    read_student_notebook,
    stuck,
)
from azr_nb.course.exercises.core import MIME, get

ROOT = Path(__file__).resolve().parents[1]
STEM = "01_three_questions"
HOSTILE = "<script>alert(1)</script>"


def outcome(name: str, status: str, message: str):
    return nbformat.v4.new_output("display_data", {MIME: {"name": name, "status": status, "message": message}})


def checks_of(notebook) -> list[tuple[int, str]]:
    """The cells whose output is that of a check, with its name."""
    return [
        (place, output.data[MIME]["name"])
        for place, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        if MIME in output.get("data", {})
    ]


LEARNER = nbformat.read(ROOT / "notebooks" / f"{STEM}.ipynb", as_version=4)
NAMES = list(dict.fromkeys(name for _, name in checks_of(LEARNER)))


def answered(*given: tuple[str, str]):
    """The learner's notebook with other outputs of its first checks, as (status, message)."""
    notebook = nbformat.from_dict(json.loads(nbformat.writes(LEARNER)))
    for (place, name), (status, message) in zip(checks_of(notebook), given, strict=False):
        notebook.cells[place].outputs = [outcome(name, status, message)]
    return notebook


def broken():
    """The learner's notebook stopped at an error between the first and the second check: nothing was run after it."""
    notebook = answered(("wrong", "it gives 3 of 6"))
    first, second = (place for place, _ in checks_of(notebook)[:2])
    for cell in notebook.cells[first + 1 :]:
        if cell.cell_type == "code":
            cell.outputs = []
    at = next(i for i in range(first + 1, second + 1) if notebook.cells[i].cell_type == "code")
    notebook.cells[at].outputs = [
        nbformat.v4.new_output("error", ename="NameError", evalue=f"name {HOSTILE}\n\x1b[31m", traceback=[])
    ]
    return notebook, at


@pytest.fixture()
def folder(tmp_path) -> Path:
    for student in ("ada", "bob", "cy <b>", "dan"):
        (tmp_path / student).mkdir()
    shutil.copy(ROOT / "docs" / "teaching" / f"{STEM}.ipynb", tmp_path / "ada")
    half = answered(("right", "that is right"), ("wrong", f"it gives 5 of 6 {HOSTILE}"))
    nbformat.write(half, tmp_path / "bob" / f"{STEM}.ipynb")
    nbformat.write(broken()[0], tmp_path / "cy <b>" / f"{STEM}.ipynb")
    (tmp_path / "dan" / f"{STEM}.ipynb").write_text(nbformat.writes(LEARNER)[:5000])
    return tmp_path


def read(folder: Path):
    return one_each([read_student_notebook(path, student) for student, path in find_notebooks(folder)])


def command(monkeypatch, *arguments: str) -> int:
    app = typer.Typer()
    app.callback()(lambda: None)
    app.command("class-report")(cli_teach.class_report)
    monkeypatch.setattr(cli, "app", app)
    monkeypatch.setattr(sys, "argv", ["azr-nb", "class-report", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code


def test_a_class_of_four(folder):
    ada, bob, cy, dan = read(folder)
    assert [one.student for one in (ada, bob, cy, dan)] == ["ada", "bob", "cy <b>", "dan"]
    assert all(one.number == "01" for one in (ada, bob, cy))
    assert len(NAMES) >= 3 and [ada.status(name) for name in NAMES] == ["right"] * len(NAMES) and not ada.stopped
    assert [bob.status(name) for name in NAMES] == ["right", "wrong"] + ["open"] * (len(NAMES) - 2)
    assert [cy.status(name) for name in NAMES] == ["wrong"] + ["not reached"] * (len(NAMES) - 1)
    place = broken()[1] + 1
    assert cy.stopped == f"cell {place} of {len(LEARNER.cells)}: NameError: name {HOSTILE} �[31m"
    assert dan.fault == "is not a whole notebook" and not dan.checks


def test_counts_and_titles(folder):
    rows = class_table(read(folder))
    assert [row.name for row in rows] == NAMES and [row.title for row in rows] == [get(name).title for name in NAMES]
    assert rows[0].counts == {"right": 2, "wrong": 1, "open": 0, "not reached": 0}
    assert rows[1].counts == {"right": 1, "wrong": 1, "open": 0, "not reached": 1}
    assert rows[2].counts == {"right": 1, "wrong": 0, "open": 1, "not reached": 1}


def test_where_people_got_stuck():
    def one(number: int, message: str):
        return read_cells_as(number, ("wrong", message))

    messages = ["for 3 it gives 4", "for 17 it gives 2.5", "another", "a third", "a fourth", "for 1 it gives 0"]
    found = stuck([one(i, message) for i, message in enumerate(messages)])
    assert found == {"01.preimage": [(3, "for 3 it gives 4"), (1, "another"), (1, "a third")]}
    assert stuck([read_cells_as(0, ("right", "that is right"))]) == {}


def read_cells_as(number: int, given: tuple[str, str], name: str = "01.preimage"):
    from azr_nb.course.class_report import StudentNotebook

    return StudentNotebook(f"{number}.ipynb", str(number), "01", {name: given})


def test_the_page_escapes_what_students_wrote(folder):
    notebooks = read(folder)
    notebooks.append(read_cells_as(9, ("wrong", "<img src=x onerror=alert(1)>"), HOSTILE))
    page = class_page(notebooks)
    assert "<script" not in page and "<img" not in page and "<b>" not in page and "\x1b" not in page
    assert html.escape(HOSTILE) in page and "cy &lt;b&gt;" in page
    assert "default-src &#39;none&#39;" not in page and "Content-Security-Policy\" content=\"default-src 'none'" in page
    assert not re.search(r"https?://|href=|src=", page.replace("src=x", ""))
    assert all(mark in page for mark in "✓✗○–") and "is not a whole notebook" in page


def test_the_text_has_one_line_for_each_thing(folder):
    text = class_text(read(folder))
    assert "\x1b" not in text and "Notebook 01: 3 handed in" in text
    marks = {line.split()[0]: line for line in text.partition("in the order above\n")[2].splitlines()[:3]}
    assert "✓ ✗" in marks["bob"] and "✗ –" in marks["cy"] and "NameError" in marks["cy"] and "✗" not in marks["ada"]
    assert f"{NAMES[0]}: 1 × it gives 3 of 6" in text and "dan" in text.partition("Left out")[2]


@pytest.mark.parametrize(
    "inside, student",
    [
        ("ada/01_three_questions.ipynb", "ada"),
        ("ada/deep/01_three_questions.ipynb", "ada"),
        ("ada_07_01_three_questions.ipynb", "ada_07"),
        ("ada.ipynb", "ada"),
        ("submitted/ada/01_three_questions/01_three_questions.ipynb", "ada"),
    ],
)
def test_layouts(tmp_path, inside, student):
    path = tmp_path / inside
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(answered(("right", "that is right")), path)
    for aside in ("ada/.ipynb_checkpoints/01_x-checkpoint.ipynb", "ada/notes.txt"):
        (tmp_path / aside).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / aside).write_text("{}")
    if inside.startswith("submitted"):
        (tmp_path / "source").mkdir()
        nbformat.write(LEARNER, tmp_path / "source" / "01_three_questions.ipynb")
    ((found, where),) = find_notebooks(tmp_path)
    one = read_student_notebook(where, found)
    assert (one.student, one.number, one.status(NAMES[0])) == (student, "01", "right") and where == path
    if inside.startswith("submitted"):
        assert find_notebooks(tmp_path / "submitted") == [(student, path)]


def test_of_two_copies_the_better_counts(tmp_path):
    (tmp_path / "ada").mkdir()
    nbformat.write(LEARNER, tmp_path / "ada" / f"{STEM}.ipynb")
    nbformat.write(answered(("right", "yes")), tmp_path / "ada" / f"{STEM}-Copy1.ipynb")
    first, second = sorted(read(tmp_path), key=lambda one: one.fault)
    assert "Copy1" in first.path and "another copy" in second.fault
    assert class_table([first, second])[0].counts["right"] == 1


def test_results_raised_under_nbgrader_are_results(tmp_path):
    raised = nbformat.v4.new_output("error", ename="AssertionError", evalue="✗ 01.preimage: no: not so", traceback=[])
    other = nbformat.v4.new_output("error", ename="AssertionError", evalue="mine", traceback=[])
    cells = [
        nbformat.v4.new_code_cell('check("01.preimage", f)', outputs=[raised]),
        nbformat.v4.new_code_cell("assert False, 'mine'", outputs=[other]),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "a_01_x.ipynb")
    (one,) = read(tmp_path)
    assert one.checks == {"01.preimage": ("wrong", "no: not so")} and one.stopped == "cell 2 of 2: AssertionError: mine"


def code_cell(**fields) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": "", **fields}]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"cells": null}',
        '{"cells": {"a": 1}}',
        '{"cells": [1]}',
        "[" * 100_000,
        "\x00",
        code_cell(source=3),
        code_cell(outputs=[1]),
        code_cell(outputs=[{"data": {MIME: {"status": []}}}]),
    ],
)
def test_files_that_are_no_notebooks_are_listed(tmp_path, text):
    (tmp_path / "a_01_x.ipynb").write_text(text)
    (one,) = read(tmp_path)
    assert one.fault == "is not a whole notebook" and one.path in class_text([one]) and one.fault in class_page([one])


def test_forged_outputs_stay_text(tmp_path):
    said = [
        {"name": name, "status": status, "message": message}
        for name, status, message in (
            ("../../x.y", "right", 3),
            ("\ud800.a", "wrong", ["<b>"]),
            ("01." + "x" * 500, "wrong", "y" * 5000),
            ("02.none", "bribed", ""),
            (None, "open", None),
            ("77.x", "right", "\u202eabc"),
        )
    ]
    cells = [{"cell_type": "code", "source": [], "metadata": {}, "outputs": [{"data": {MIME: one}} for one in said]}]
    (tmp_path / "a_01_x.ipynb").write_text(json.dumps({"cells": cells}))
    (one,) = read(tmp_path)
    assert len(one.checks) == 5 and all(row.title == "" for row in class_table([one]))
    assert max(len(name) for name in one.checks) == 60 and all(len(text) <= 200 for _, text in one.checks.values())
    class_page([one]).encode() and class_text([one]).encode()


def test_students_text_is_one_short_line():
    assert plain("a\n\x1b[1m b\u202e") == "a �[1m b�" and len(plain("x " * 10**6)) == 200


def test_the_command(folder, monkeypatch, capsys):
    assert command(monkeypatch, str(folder)) == 0
    output = capsys.readouterr().out
    assert "Notebook 01: 3 handed in" in output and f"Page: {folder / 'class_report.html'}" in output
    assert (folder / "class_report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert command(monkeypatch, str(folder), "--out", str(folder / "x.html")) == 0 and (folder / "x.html").is_file()


def test_students_can_be_numbered_instead_of_named(folder, monkeypatch, capsys):
    names = {
        read.student for read in map(lambda found: read_student_notebook(found[1], found[0]), find_notebooks(folder))
    }
    assert command(monkeypatch, str(folder), "--no-names") == 0
    shown = capsys.readouterr().out.partition("Page: ")[0] + (folder / "class_report.html").read_text(encoding="utf-8")
    assert names and not [name for name in names if name in shown] and "student 1" in shown and "student 2" in shown


@pytest.mark.parametrize("name, number", [("ann_00b_toy", "00b"), ("00b_toy", "00b"), ("bob_05_advantages", "05")])
def test_the_number_of_a_notebook_may_have_a_letter(tmp_path, name, number):
    path = tmp_path / f"{name}.ipynb"
    path.write_text(json.dumps({"cells": []}))
    assert read_student_notebook(path).number == number


def test_errors_of_the_command_are_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "a").mkdir()
    for arguments, words in (
        ((str(tmp_path),), "there are no notebooks in"),
        ((str(tmp_path / "b"),), "is not a folder"),
    ):
        assert command(monkeypatch, *arguments) == 2
        error = capsys.readouterr().err
        assert words in error and error.startswith("error: ") and len(error.splitlines()) == 1
    with pytest.raises(ClassReportError, match="STUDENT/NN_topic.ipynb"):
        find_notebooks(tmp_path)


def students_own(folder: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[-1].outputs = [outcome("01.preimage", "right", "forged")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / "eve_01_x.ipynb")
    return folder / "eve_01_x.ipynb"


def test_nothing_is_executed_unless_asked(tmp_path, monkeypatch, capsys):
    said = {MIME: {"name": "01.preimage", "status": "wrong", "message": "as it is"}}
    show = f"from IPython.display import display\ndisplay({said!r}, raw=True)"
    path = students_own(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')", "1 / 0", show)
    before = path.read_bytes()
    assert command(monkeypatch, str(tmp_path)) == 0 and not (tmp_path / "ran").exists()
    assert "✓" in capsys.readouterr().out.partition("eve ")[2]
    assert command(monkeypatch, str(tmp_path), "--execute") == 0 and (tmp_path / "ran").exists()
    said = capsys.readouterr()
    assert "as it is" in said.out and "cell 2 of 3: ZeroDivisionError" in said.out and "executing" in said.err
    assert path.read_bytes() == before and "forged" not in said.out


@pytest.mark.parametrize(
    "source, words",
    [("while True: pass", "not finished within 4 seconds"), ("import os; os._exit(1)", "its kernel died")],
)
@pytest.mark.skipif(os.name == "nt", reason="interrupts")
def test_execution_ends_and_no_old_output_counts(tmp_path, source, words):
    path = students_own(tmp_path, source, "1")
    assert execute_copy(path, tmp_path / "copy_01_x.ipynb", 4) == words
    assert read_student_notebook(tmp_path / "copy_01_x.ipynb").checks == {}
