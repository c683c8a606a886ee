"""`azr-nb course` and `azr-nb lab`: nothing of a reader's is lost, and the wheel has the notebooks."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from azr_nb.cli import course
from azr_nb.config import ConfigError

ROOT = Path(__file__).resolve().parents[1]


def test_the_course_is_written_and_a_readers_work_is_kept(tmp_path):
    folder = tmp_path / "mine"
    first = course.write_course(folder)
    names = {path.name for path in folder.iterdir()}
    assert course.FIRST in names and "glossary.md" in names and set(first["written"]) == names
    assert course.write_course(folder) == {"written": [], "kept": [], "moved": []}
    (folder / course.FIRST).write_text("my answers")
    assert course.write_course(folder) == {"written": [], "kept": [course.FIRST], "moved": []}
    again = course.write_course(folder, renew=True)
    assert again["moved"] == again["written"] == [course.FIRST]
    assert (folder / "00_start_here.yours.ipynb").read_text() == "my answers"
    (folder / course.FIRST).write_text("more")
    course.write_course(folder, renew=True)
    assert (folder / "00_start_here.yours-2.ipynb").read_text() == "more"


def test_a_file_cannot_be_the_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="is a file: name a folder"):
        course.write_course(tmp_path / "file")


def test_without_notebooks_it_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(course, "__file__", str(tmp_path / "package/cli/course.py"))
    with pytest.raises(ConfigError, match="has no notebooks: install the wheel"):
        course.source()


@pytest.mark.parametrize("code, browser", [(0, True), (3, False)])
def test_lab_opens_the_first_notebook(monkeypatch, tmp_path, code, browser):
    calls = []
    monkeypatch.setattr(course.subprocess, "call", lambda words: calls.append(words) or code)
    folder = tmp_path / "course"
    if code:
        with pytest.raises(ConfigError, match="ended with code 3"):
            course.lab(folder, browser)
    else:
        course.lab(folder, browser)
    assert (folder / course.FIRST).is_file() and calls[0][1:3] == ["-m", "jupyterlab"]
    assert f"--ServerApp.root_dir={folder}" in calls[0] and ("--no-browser" in calls[0]) == (not browser)


@pytest.mark.slow
def test_the_wheel_has_the_notebooks(tmp_path):
    words = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        str(tmp_path),
        str(ROOT),
    ]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode and "setuptools" in done.stderr:
        pytest.skip("setuptools is not installed here")
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    notebooks = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {
        Path(n).name for n in names if n.startswith("azr_nb/assets/notebooks/") and n.endswith("ipynb")
    } == notebooks
    assert wheel.stat().st_size < 25_000_000
