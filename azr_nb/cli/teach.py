"""The command for teachers: `azr-nb class-report`."""

from __future__ import annotations

import sys
from pathlib import Path

from typer import Argument, Option


def class_report(
    folder: Path = Argument(help="folder with the students' notebooks"),
    out: Path | None = Option(None, help="the page to write; by default class_report.html in the folder"),
    execute: bool = Option(
        False,
        "--execute",
        help="first run a copy of each notebook; off by default: this runs STUDENTS' CODE IN YOUR ACCOUNT, with "
        "all that you may read, delete and send",
    ),
    seconds: float = Option(600, help="with --execute, time limit of a notebook", min=1),
    no_names: bool = Option(
        False, "--no-names", help="number the students instead of naming them, to show it in class"
    ),
) -> None:
    """Where a class stands: what the checks in students' executed notebooks said.

    \b
    FOLDER holds one of
      STUDENT/NN_topic.ipynb
      STUDENT_NN_topic.ipynb
      submitted/STUDENT/ASSIGNMENT/NN_topic.ipynb (nbgrader; the course's folder or submitted itself)

    Without --execute nothing is run, and outputs are taken as they stand in the files. Prints, for each exercise, how
    many have it right, wrong, open or not reached, the most frequent messages of wrong answers, what was guessed at
    each prediction, and a line per student; the page says the same, without scripts or links.
    """
    from azr_nb.config.files import write_atomic
    from azr_nb.course.class_page import class_page, class_text
    from azr_nb.course.class_report import (
        ClassReportError,
        find_notebooks,
        one_each,
        read_student_notebook,
        without_names,
    )

    if not folder.is_dir():
        raise ClassReportError(f"{folder} is not a folder")
    found = find_notebooks(folder)
    if execute:
        read = [_executed(path, student, seconds) for student, path in found]
    else:
        read = [read_student_notebook(path, student) for student, path in found]
    notebooks = without_names(one_each(read)) if no_names else one_each(read)
    encoding = sys.stdout.encoding or "utf-8"  # names and marks need not be in a terminal's
    print(class_text(notebooks).encode(encoding, "replace").decode(encoding))
    out = out or folder / "class_report.html"
    if not out.parent.is_dir():
        raise ClassReportError(f"{out.parent} is not a folder")
    write_atomic(out, class_page(notebooks))
    print(f"Page: {out}")


def _executed(path: Path, student: str, seconds: float):
    """What the checks say when a copy of the notebook is executed, in a folder that is gone afterwards."""
    import tempfile
    from dataclasses import replace

    from azr_nb.course.class_report import execute_copy, plain, read_student_notebook

    before = read_student_notebook(path, student)
    if before.fault:
        return before
    print(f"executing {before.path} ...", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        target = Path(folder) / path.name
        try:
            ended = execute_copy(path, target, seconds)
        except Exception as error:  # a file of the right form may still be more than nbformat takes
            return replace(before, fault=f"cannot be executed: {plain(error)}")
        after = read_student_notebook(target, student)
    return replace(after, path=before.path, stopped=ended or after.stopped)
