"""The round trip through nbgrader: assignment made, answered or not, collected and marked, unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tools import build_notebooks as builder

pytest.importorskip("nbgrader", reason="nbgrader belongs to the extra 'teach', which is not installed")

ROOT = Path(__file__).resolve().parents[1]
STEMS = ("00_start_here", "03_proposing")


def nbgrader(course: Path, *arguments: str) -> str:
    # nbgrader starts alembic by name, and the scripts of an environment need not be on the path
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments, "--course-dir", str(course)],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "PATH": path},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


SETUP = "from azr_nb.programs import renamed, tree_distance\nfrom azr_nb.course import check"


def only_exercises(path: Path) -> None:
    """Keep the cells that nbgrader knows and those that import, so that marking takes seconds."""
    notebook = nbformat.read(path, as_version=4)
    keep = ("nbgrader", "exercise")
    notes = [cell for cell in notebook.cells if "teacher" in cell.metadata.get("tags", [])]
    notebook.cells = (
        [nbformat.v4.new_code_cell(SETUP)]
        + [cell for cell in notebook.cells if any(key in cell.metadata for key in keep)]
        + notes
    )
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    course = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / builder.INSTRUCTOR / "nbgrader_config.py", course)
    for stem in STEMS:
        folder = course / "source" / stem
        folder.mkdir(parents=True)
        shutil.copy(ROOT / builder.INSTRUCTOR / f"{stem}.ipynb", folder)
        only_exercises(folder / f"{stem}.ipynb")
        nbgrader(course, "generate_assignment", stem, "--create")
    return course


@pytest.mark.parametrize("stem", STEMS)
def test_the_released_assignment_holds_no_solution(course, stem):
    released = (course / "release" / stem / f"{stem}.ipynb").read_text()
    assert "BEGIN SOLUTION" not in released and "YOUR CODE HERE" in released
    assert '"locked": true' in released and "For the teacher" not in released
    assert "For the teacher" in (course / "source" / stem / f"{stem}.ipynb").read_text()


@pytest.mark.parametrize("stem", STEMS)
def test_solutions_get_every_point_and_stubs_none(course, stem, monkeypatch):
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    from nbgrader.api import Gradebook

    for student, folder in (("right", "source"), ("open", "release")):
        target = course / "submitted" / student / stem
        target.mkdir(parents=True)
        shutil.copy(course / folder / stem / f"{stem}.ipynb", target)
    nbgrader(course, "autograde", stem)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        scores = {s.student_id: (s.score, s.max_score) for s in book.assignment_submissions(stem)}
    assert scores["right"][0] == scores["right"][1] >= 1 and scores["open"][0] == 0
