"""`azr-nb new`: what it writes is what the pages show, its tests pass, and its notebooks run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from azr_nb.cli.new import Kind, as_notebook, new, rendered
from azr_nb.config import ConfigError

ROOT = Path(__file__).resolve().parents[1]
PAGES = {Kind.reward: ("extending", "half"), Kind.task_type: ("extending", "with-length")}
PAGES[Kind.environment] = ("environment", "mirror")
SMALLER = {  # so that a notebook takes seconds
    "steps = 30": "steps = 1",
    "tasks=30": "tasks=2",
    'Path("model"), 10_000, 20': 'Path("model"), 3_000, 1',
}


@pytest.mark.parametrize("kind", Kind)
def test_the_pages_show_what_is_written(kind):
    page, name = PAGES[kind]
    text = (ROOT / f"docs/{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    written = rendered(kind, name)[f"{name.replace('-', '_')}.py"]
    shown = "\n\n".join(blocks) if kind is Kind.environment else next(b for b in blocks if f'("{name}"' in b)
    assert re.sub(r"\n{2,}", "\n\n", written) == re.sub(r"\n{2,}", "\n\n", shown)


@pytest.mark.parametrize(
    "kind", [kind if kind == Kind.reward else pytest.param(kind, marks=pytest.mark.slow) for kind in Kind]
)
def test_its_tests_pass_and_its_notebook_runs(kind, tmp_path):
    papermill = pytest.importorskip("papermill")
    folder = tmp_path / "my-own-thing"
    new(kind, folder, None)
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.md",
        "my_own_thing.ipynb",
        "my_own_thing.py",
        "test_my_own_thing.py",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    notebook = nbformat.read(folder / "my_own_thing.ipynb", as_version=4)
    for cell in notebook.cells:
        for usual, small in SMALLER.items():
            cell.source = cell.source.replace(usual, small)
    nbformat.write(notebook, folder / "small.ipynb")
    papermill.execute_notebook(
        str(folder / "small.ipynb"), str(folder / "out.ipynb"), cwd=str(folder), progress_bar=False
    )


def test_a_script_becomes_cells():
    notebook = nbformat.reads(as_notebook("# %% [markdown]\n# # A\n#\n# b\n\n# %%\nx = 1\ny = 2\n"), as_version=4)
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [
        ("markdown", "# A\n\nb"),
        ("code", "x = 1\ny = 2"),
    ]


@pytest.mark.parametrize("name", ["My", "1a", "a b", "a--b", "", "../a", "a.py"])
def test_names_that_code_cannot_have(name):
    with pytest.raises(ConfigError, match="cannot be a name"):
        rendered(Kind.reward, name)


def test_nothing_is_written_over(tmp_path):
    (tmp_path / "kept.txt").write_text("mine")
    with pytest.raises(ConfigError, match="holds something"):
        new(Kind.reward, tmp_path, "brave")
    assert [path.name for path in tmp_path.iterdir()] == ["kept.txt"]
