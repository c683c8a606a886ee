"""What a seat takes, measured on a stand-in for a notebook."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from azr_nb.config import ConfigError
from tools import seats
from tools.marked import check_markers, renew
from tools.seats import Seat

ROOT = Path(__file__).resolve().parents[1]
BURN = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end:\n    pass\n"
TWO = [Seat("00_a", 400, 10, 60), Seat("01_b", 600, 50, 90)]


def stand_in(folder: Path, *code: str) -> Path:
    parameters = new_code_cell("TIER = 'cpu'", metadata={"tags": ["parameters"]})
    notebook = new_notebook(cells=[parameters, *map(new_code_cell, code)])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / "00_stand_in.ipynb"
    nbformat.write(notebook, path)
    return path


def test_time_of_the_kernel_and_of_what_it_starts_is_counted(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN.format(1)!r}], check=True)"
    memory = "import os, time\nassert os.environ['OMP_NUM_THREADS'] == '3'\nx = b'x' * 150_000_000\ntime.sleep(1.2)"
    path = stand_in(tmp_path, BURN.format(1), child, memory)
    seat = seats.measure(path, "smoke", threads=3, out=tmp_path / "out")
    assert seat.failure == "" and seat.notebook == "00_stand_in"
    assert 2 < seat.processor_seconds < 30 and seat.megabytes > 150 and seat.seconds > 2
    assert "OMP_NUM_THREADS" not in os.environ


def test_a_notebook_that_fails_is_a_row_that_says_so(tmp_path):
    seat = seats.measure(stand_in(tmp_path, "raise ValueError('no such thing')"), "smoke", out=tmp_path / "out")
    assert "no such thing" in seat.failure and "| 00_stand_in (failed) |" in seats.table([seat])


def test_the_table_adds_up():
    page = seats.table(TWO, threads=1, students=30)
    assert "| 01_b | 600 | 50 | 1.5 |\n| all | 600 (the most) | 60 | 2.5 |" in page
    assert "all in 01_b: 18.0 GB" in page and "0.5 processor hours" in page and "5.0 cores" in page


def test_nothing_measured_is_refused():
    with pytest.raises(ConfigError, match="no notebook"):
        seats.table([])


def test_the_page_is_renewed_between_its_markers(tmp_path):
    path = tmp_path / "hub.md"
    path.write_text(f"# Hub\n\n{seats.MARKERS[0]}\nold\n{seats.MARKERS[1]}\n\nend\n")
    assert "renewed" in renew(path, "new", *seats.MARKERS) and "up to date" in renew(path, "new", *seats.MARKERS)
    assert path.read_text() == f"# Hub\n\n{seats.MARKERS[0]}\n\nnew\n\n{seats.MARKERS[1]}\n\nend\n"


def test_a_file_without_markers_is_refused(tmp_path):
    (tmp_path / "hub.md").write_text(f"{seats.MARKERS[1]}\n{seats.MARKERS[0]}\n")
    for name, reason in (("hub.md", "each once"), ("none.md", "does not exist")):
        with pytest.raises(ConfigError, match=reason):
            check_markers(tmp_path / name, *seats.MARKERS)


def test_the_hubs_page_has_its_markers():
    assert check_markers(ROOT / "docs/teaching/hub.md", *seats.MARKERS)
